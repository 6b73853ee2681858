"""The admissible ways to ask the primary question: what a specification curve varies.

Every specification keeps every other channel in, explains daily changes (a flow: the score), looks
only at posts before the reading, counts them, and leaves out known breaks. Specifications with
same-day or later posts, with yes or no instead of counts, in levels, or across breaks are never
among them: simulated accounts in which nothing moves the score show that they find effects there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.evidence.robustness import AROUND, jumps
from analysis.model.design import (
    enough_lags,
    lagged_outcomes,
    primary_design,
    usable_rows,
    weekday_dummies,
)
from analysis.panel import CODINGS, Coding, Flags, Floats, Panel, outcome

LAGS = tuple(range(7, 15))
"""Own lags: from those of a short series to those of a long one."""

AXES = (
    "own lags",
    "window",
    "posts",
    "weekday",
    "errors",
    "sample",
    "score",
    "jumps",
    "coding",
)
COUNTS, LOGARITHM = "counts", "logarithm"
WITH, WITHOUT = "with", "without"
HC3, HAC = "HC3", "Newey-West"
WHOLE, FIRST_HALF, SECOND_HALF = "all readings", "first half", "second half"
AS_READ, ROUNDED = "as read", "rounded to whole points"
KEPT, MASKED = "kept", "masked (sensitivity)"


@dataclass(frozen=True)
class Setting:
    """What fixes outcome, counts and rows; lags, weekday, sample and errors vary within.

    Attributes
    ----------
    panel : Panel
        With the score, the masks and the window of this setting.
    score, jumps, posts : str
        Levels of these axes.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.
    """

    panel: Panel
    score: str
    jumps: str
    posts: str
    coding: Coding

    @property
    def levels(self) -> dict[str, str]:
        """The level on each axis that a setting fixes."""
        return {
            "window": f"{24 * self.panel.window_days} h",
            "posts": self.posts,
            "score": self.score,
            "jumps": self.jumps,
            "coding": self.coding,
        }


@dataclass(frozen=True)
class Columns:
    """The data of one setting, over the days that any of its specifications uses.

    Attributes
    ----------
    days : array (m,) of int
        Those days.
    x : array (m, k)
        The focal channel, the constant, the other channels, weekdays, own lags.
    y : array (m,)
        Outcome.
    focal : array (m,)
        The focal channel's posts in the window, as counts whatever the form.
    rows : array (s, m) of bool
        Sets of rows: for each number of lags, for each sample.
    samples : dict of int to tuple of str
        By number of lags: the samples, in the order of ``rows``.
    channels : int
        How many.
    weekdays : range
        Their columns.
    """

    days: NDArray[np.int64] = field(repr=False)
    x: Floats = field(repr=False)
    y: Floats = field(repr=False)
    focal: Floats = field(repr=False)
    rows: Flags = field(repr=False)
    samples: dict[int, tuple[str, ...]]
    channels: int
    weekdays: range

    def chosen(self, lags: int) -> list[int]:
        """Return the columns of a specification without weekdays, the focal one first."""
        first = self.weekdays.stop
        return [*range(1 + self.channels), *range(first, first + lags)]


def settings(panel: Panel) -> Iterator[Setting]:
    """Yield every setting; an axis on which nothing would change has one level."""
    known = panel.score[np.isfinite(panel.score)]
    scores = [(AS_READ, panel)]
    if not np.array_equal(known, np.rint(known)):
        score = np.rint(panel.score)
        whole = replace(panel, score=score, outcome=outcome(score, panel.kind))
        scores.append((ROUNDED, whole))
    found = jumps(panel)
    masks = [(KEPT, panel.masked)]
    if found is not None and found.any():
        masks.append((MASKED, panel.masked | found))
    codings = CODINGS if _shares(panel) else CODINGS[:1]
    widths = sorted({1, panel.window_days})
    for (score_name, scored), (jumps_name, masked), coding, width, posts in product(
        scores, masks, codings, widths, (COUNTS, LOGARITHM)
    ):
        varied = replace(scored, masked=masked, window_days=width)
        yield Setting(varied, score_name, jumps_name, posts, coding)


def _shares(panel: Panel) -> bool:
    """Return whether the two codings differ."""
    bundle, every = panel.posts["bundle"], panel.posts["all posts"]
    return not all(
        np.array_equal(bundle[name], every[name], equal_nan=True) for name in panel.channels
    )


def samples(panel: Panel) -> dict[str, Flags]:
    """Return the days that each sample keeps, by its name; the whole one first.

    The halves are those of the readings of the primary.
    """
    rows = primary_design(panel, "bundle").rows
    every = np.ones(len(panel.dates), dtype=bool)
    kept = {WHOLE: every}
    if len(rows):
        early = np.arange(len(every)) < rows[len(rows) // 2]
        kept |= {FIRST_HALF: early, SECOND_HALF: ~early}
    for date in panel.breaks:
        away = np.abs((panel.dates - pd.Timestamp(date)).days.to_numpy())
        kept[f"without {AROUND} days around {date.isoformat()}"] = away > AROUND
    months = panel.dates.strftime("%Y-%m").to_numpy()
    for month in np.unique(months):
        kept[f"without {month}"] = months != month
    return kept


def columns_of(setting: Setting, kept: dict[str, Flags], lags: tuple[int, ...]) -> Columns:
    """Return the data of a setting.

    A sample that leaves out none of the readings that would enter is no other specification
    than the whole, and is left out itself.

    Parameters
    ----------
    setting : Setting
        The setting.
    kept : dict of str to array (n,) of bool
        The samples, as `samples` gives them.
    lags : tuple of int
        The numbers of own lags.
    """
    panel = setting.panel
    rows, names = [], {}
    inside = np.array(list(kept.values()))
    is_whole = np.array([name == WHOLE for name in kept])
    lagged, usable = lagged_outcomes(panel, max(lags)), usable_rows(panel, True)
    for count in lags:
        whole = usable & enough_lags(panel, lagged.known[:, :count], usable)
        sets = whole & inside
        taken = is_whole | (sets.sum(axis=1) < whole.sum())
        rows.append(sets[taken])
        names[count] = tuple(name for name, use in zip(kept, taken, strict=True) if use)
    stacked = np.concatenate(rows)
    days = np.flatnonzero(stacked.any(axis=0))
    others = (name for name in panel.channels if name != panel.focal)
    counts = [panel.window(name, setting.coding)[days] for name in (panel.focal, *others)]
    shaped = [np.log1p(count) if setting.posts == LOGARITHM else count for count in counts]
    earlier = lagged.outcomes[days]
    weekdays, _ = weekday_dummies(panel.weekday[days])
    return Columns(
        days=days,
        x=np.column_stack([shaped[0], np.ones(len(days)), *shaped[1:], weekdays, earlier]),
        y=panel.outcome[days],
        focal=counts[0],
        rows=stacked[:, days],
        samples=names,
        channels=len(panel.channels),
        weekdays=range(1 + len(panel.channels), 1 + len(panel.channels) + weekdays.shape[1]),
    )
