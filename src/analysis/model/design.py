"""The primary design: which rows enter, and which columns explain them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel import Coding, Flags, Floats, Panel

SHORT = 250
"""Under this many readings, 7 own lags; from here on, 14."""

MIN_SPARE = 10
"""Readings beyond the number of regressors without which nothing is fitted."""


@dataclass(frozen=True)
class Design:
    """Regressors and outcome of one fit.

    Attributes
    ----------
    x : array (n, k)
        Regressors; see ``names``.
    y : array (n,)
        Outcome.
    names : tuple of str
        ``constant``, then channels, ``lag 1`` …, weekdays.
    channels : tuple of str
        The channels among them, in order; column 1 + i is channel i.
    rows : array (n,) of int
        The panel's rows that enter.
    lags : int
        Own lags of the outcome.
    lag_columns : slice
        Where they stand in ``x``.
    filled_lags : int
        Earlier outcomes that are not known and entered at the mean; 0 but for scores with
        readings missing all the time.
    level : array (m,)
        For a level, where the score stood the day before each of the panel's m days, see
        `standing`; NaN where that is not known. Empty for a flow. Not in ``x``.
    """

    x: Floats = field(repr=False)
    y: Floats = field(repr=False)
    names: tuple[str, ...]
    channels: tuple[str, ...]
    rows: NDArray[np.int64] = field(repr=False)
    lags: int
    lag_columns: slice
    filled_lags: int
    level: Floats = field(default_factory=lambda: np.empty(0), repr=False)

    def frame(self) -> pd.DataFrame:
        """Return regressors and outcome as a frame, for people and for statsmodels."""
        table = pd.DataFrame(self.x, columns=list(self.names))
        return table.assign(outcome=self.y)


def standing(score: Floats, masked: Flags) -> Floats:
    """Return where a level stood the day before each day, against its usual place.

    Parameters
    ----------
    score : array (..., m)
        Readings of one or many accounts; NaN where there is none.
    masked : array (m,) of bool
        Days whose change spans a known break of the scoring model. What is usual is the mean
        between two of them: a level before a break is none after it.

    Returns
    -------
    array (..., m)
    """
    before = np.full(score.shape, np.nan)
    stretch = np.cumsum(masked)
    for one in np.unique(stretch):
        days = np.flatnonzero(stretch == one)
        part = score[..., days]
        known = np.isfinite(part)
        count = known.sum(axis=-1, keepdims=True)
        usual = np.where(known, part, 0.0).sum(axis=-1, keepdims=True) / np.maximum(count, 1)
        inside = days[days + 1 < score.shape[-1]]
        before[..., inside + 1] = (part - usual)[..., : len(inside)]
    return before


def own_lags(panel: Panel) -> int:
    """Return how many own lags the panel bears: 7, or 14 from 250 readings on."""
    return 7 if panel.readings < SHORT else 14


@dataclass(frozen=True)
class Lags:
    """Earlier outcomes of each day.

    Attributes
    ----------
    outcomes : array (n, p)
        Outcomes of the p days before; at their mean where not known or moved by a break.
    enough : array (n,) of bool
        Days on which enough of them are known to enter a fit.
    known : array (n, p) of bool
        Which of them are known.
    """

    outcomes: Floats = field(repr=False)
    enough: Flags = field(repr=False)
    known: Flags = field(repr=False)

    @property
    def filled(self) -> NDArray[np.int64]:
        """How many of each day's earlier outcomes are not known; shape (n,)."""
        return np.asarray((~self.known).sum(axis=1))


def lagged_outcomes(panel: Panel, lags: int) -> Lags:
    """Return the earlier outcomes of each day.

    Those that are not known stand at the mean. A change that spans a known break stands at the
    mean too: it says nothing about the next.

    Parameters
    ----------
    panel : Panel
        The panel.
    lags : int
        How many earlier outcomes.
    """
    n = len(panel.dates)
    moved = panel.masked & (panel.kind == "level")
    known_outcome = np.isfinite(panel.outcome)
    steady = panel.outcome[known_outcome & ~moved]
    mean = float(steady.mean()) if len(steady) else 0.0
    source = np.where(known_outcome & ~moved, panel.outcome, mean)
    values, known = np.full((n, lags), mean), np.zeros((n, lags), dtype=bool)
    for lag in range(1, min(lags, n) + 1):
        values[lag:, lag - 1] = source[: n - lag]
        known[lag:, lag - 1] = known_outcome[: n - lag]
    return Lags(values, enough_lags(panel, known, usable_rows(panel, True)), known)


def enough_lags(panel: Panel, known: Flags, usable: Flags) -> Flags:
    """Return the days of which enough earlier outcomes are known to enter a fit; shape (n,).

    A day enters only when every one of its earlier outcomes is known. Where readings are
    missing so often that this would lose more than half of the days (a score read on working
    days, say), a day enters when at least half are.

    Parameters
    ----------
    panel : Panel
        The panel.
    known : array (n, p) of bool
        Which of the p earlier outcomes of each day are known.
    usable : array (n,) of bool
        The days that can enter whatever is known of earlier ones.
    """
    lags = known.shape[1]
    reached = np.arange(len(known)) >= lags + (panel.kind == "level")
    complete = reached & known.all(axis=1)
    if (usable & complete).sum() * 2 < (usable & reached).sum():
        return np.asarray(reached & (known.sum(axis=1) * 2 >= lags))
    return np.asarray(complete)


def usable_rows(panel: Panel, enough: Flags | bool) -> Flags:
    """Return the days that can enter a fit, given those with enough lags; shape (n,)."""
    used = np.isfinite(panel.outcome) & ~panel.masked & enough
    for name in panel.channels:
        used &= np.isfinite(panel.window(name))
    return used


def weekday_dummies(weekday: NDArray[np.int64]) -> tuple[Floats, tuple[str, ...]]:
    """Return indicator columns of the weekdays, without the first that occurs.

    Returns
    -------
    columns : array (n, up to 6)
    names : tuple of str
    """
    labels = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    present = [int(day) for day in np.unique(weekday)]
    columns = [(weekday == day).astype(float) for day in present[1:]]
    stacked = np.column_stack(columns) if columns else np.empty((len(weekday), 0))
    return stacked, tuple(labels[day] for day in present[1:])


def primary_design(panel: Panel, coding: Coding) -> Design:
    """Return the pre-specified design of a panel in one coding.

    The outcome of each reading on the posts of every channel in the window before it, own
    lags, and weekday. See ``docs/method.md``.

    Parameters
    ----------
    panel : Panel
        The panel.
    coding : {"bundle", "all posts"}
        Whether a focal post's shares count as part of it or in their own channel.
    """
    lags = own_lags(panel)
    lagged = lagged_outcomes(panel, lags)
    rows = np.flatnonzero(usable_rows(panel, lagged.enough))
    counts = [panel.window(name, coding)[rows] for name in panel.channels]
    days, day_names = weekday_dummies(panel.weekday[rows])
    x = np.column_stack([np.ones(len(rows)), *counts, lagged.outcomes[rows], days])
    first = 1 + len(panel.channels)
    return Design(
        x=x,
        y=panel.outcome[rows],
        names=(
            "constant",
            *panel.channels,
            *(f"lag {lag}" for lag in range(1, lags + 1)),
            *day_names,
        ),
        channels=panel.channels,
        rows=rows,
        lags=lags,
        lag_columns=slice(first, first + lags),
        filled_lags=int(lagged.filled[rows].sum()),
        level=standing(panel.score, panel.masked) if panel.kind == "level" else np.empty(0),
    )
