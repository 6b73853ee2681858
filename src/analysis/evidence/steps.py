"""Steps of the score at dates when its scheme changed, and the search for unknown ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.model.design import primary_design
from analysis.model.distributions import normal_quantile
from analysis.model.ols import fit_hc3
from analysis.model.primary import combination
from analysis.panel import Floats, Panel

MIN_ORDINARY = 20
"""Ordinary moves (a flow: readings on either side) without which no step is judged."""

MOST_DAYS = 10
"""A step is measured between readings at most this far apart."""

MIN_SETTLE = 0.05
"""A flow whose own lags add up to nearly one never settles."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the score moved at one known date.

    Attributes
    ----------
    date : date
        The date.
    size : float
        Points that the score moved across it, less what the days around it average.
    low, high : float
        The 95 % interval: the size less the 2.5 % and 97.5 % quantiles of ordinary moves.
    ordinary : float
        The largest ordinary move over as many days, either way.
    p : float
        The rank of the size among ordinary moves, two-sided.
    spread : float
        The standard deviation of ordinary moves over as many days.
    """

    date: dt.date
    size: float
    low: float
    high: float
    ordinary: float
    p: float
    spread: float

    @property
    def detectable(self) -> float:
        """The step that would have been found with 80 % power, for moves like a normal's."""
        return (normal_quantile(0.975) + normal_quantile(0.8)) * self.spread


def ordinary_moves(panel: Panel, days: int) -> Floats:
    """Return the moves of a level over every run of ``days`` days without a break or gap.

    Less their mean, so that a score that always rises has none.
    """
    change = np.where(panel.masked, np.nan, panel.outcome)
    moves = np.convolve(change, np.ones(days), mode="valid")
    known = moves[np.isfinite(moves)]
    return np.asarray(known - known.mean() if len(known) else known)


def known_steps(panel: Panel) -> tuple[Step, ...]:
    """Return the step of the score at each known date within the panel, in order of date.

    A level's move across the masked days of a date is set against all moves over as many
    ordinary days: one account has one such day, so only its size among ordinary days can be
    judged. A flow's step is where it settles, from the primary's design with a step in it.
    """
    one = level_step if panel.kind == "level" else flow_step
    found = (one(panel, date) for date in sorted(panel.breaks))
    return tuple(step for step in found if step is not None)


def level_step(panel: Panel, date: dt.date) -> Step | None:
    """Return the step of a level at one date, or None when readings about it are missing.

    From the last reading before the date to the first that the change has surely reached.
    """
    hit = np.flatnonzero(panel.dates == pd.Timestamp(date))
    if not len(hit):
        return None
    first = int(hit[0])
    spans = first + 1 < len(panel.score) and bool(panel.masked[first + 1])
    read = np.flatnonzero(np.isfinite(panel.score))
    before, after = read[read < first], read[read >= first + spans]
    if not len(before) or not len(after) or after[0] - before[-1] > MOST_DAYS:
        return None
    days = int(after[0] - before[-1])
    moves = ordinary_moves(panel, days)
    size = float(panel.score[after[0]] - panel.score[before[-1]])
    if len(moves) < MIN_ORDINARY:
        return None
    size -= float(np.nanmean(np.where(panel.masked, np.nan, panel.outcome))) * days
    low, high = np.quantile(moves, [0.025, 0.975])
    beyond = int((np.abs(moves) >= abs(size)).sum())
    return Step(
        date=date,
        size=size,
        low=size - float(high),
        high=size - float(low),
        ordinary=float(np.abs(moves).max()),
        p=(1 + beyond) / (1 + len(moves)),
        spread=float(moves.std(ddof=1)),
    )


def flow_step(panel: Panel, date: dt.date) -> Step | None:
    """Return the step of a flow at one date, or None with too few readings on either side.

    The coefficient of the step, carried through the own lags to where the flow settles. An
    ordinary move is the largest difference between neighboring four-week means elsewhere.
    """
    design = primary_design(panel, "bundle")
    after = (panel.dates[design.rows] >= pd.Timestamp(date)).astype(float)
    if not MIN_ORDINARY <= after.sum() <= len(after) - MIN_ORDINARY:
        return None
    fit = fit_hc3(np.column_stack([design.x, after]), design.y)
    settle = 1 - float(np.nan_to_num(fit.beta[design.lag_columns]).sum())
    step = combination(fit, {design.x.shape[1]: 1.0})
    if not step.known or settle <= MIN_SETTLE:
        return None
    settled = step.times(1 / settle)
    low, high = settled.interval()
    means = pd.Series(panel.score).rolling(28, min_periods=14).mean()
    moves = np.abs(means.to_numpy()[28:] - means.to_numpy()[:-28])
    known = moves[np.isfinite(moves)]
    return Step(
        date=date,
        size=settled.value,
        low=low,
        high=high,
        ordinary=float(known.max()) if len(known) else float("nan"),
        p=settled.p,
        spread=settled.error,
    )


@dataclass(frozen=True)
class BreakSearch:
    """The search for a date at which the drift of the score changed, where none is known.

    Attributes
    ----------
    date : date
        The likeliest.
    first, last : date
        Between them it lies with about 95 % confidence: dates whose F is within the 5 %
        critical value of the largest (an inverted likelihood ratio).
    sup_f : float
        The largest F over the middle 70 % of the readings (Andrews 1993).
    p : float
        By wild bootstrap of the whole search, with no break imposed.
    dates, f : arrays
        Every candidate and its F.
    """

    date: dt.date
    first: dt.date
    last: dt.date
    sup_f: float
    p: float
    dates: pd.DatetimeIndex = field(repr=False)
    f: Floats = field(repr=False)


TRIM = 0.15
_WITHIN = 3.84


def search_break(panel: Panel, draws: int = 499, seed: int = 0) -> BreakSearch | None:
    """Search for a change of drift (a flow: of level) at an unknown date.

    The primary's design with a step at each candidate date in turn; the significance of the
    largest F is that of the whole search, not of one date.

    Returns
    -------
    BreakSearch or None
        None with too few readings.
    """
    design = primary_design(panel, "bundle")
    n = len(design.y)
    candidates = np.arange(int(TRIM * n), int((1 - TRIM) * n))
    if len(candidates) < 20 or n < design.x.shape[1] + 30:
        return None
    u, s, _ = np.linalg.svd(design.x, full_matrices=False)
    q = u[:, s > 1e-10 * s[0]]
    steps = (np.arange(n)[:, None] >= candidates[None, :]).astype(float)
    steps -= q @ (q.T @ steps)
    square = (steps**2).sum(axis=0)
    usable = square > 1e-8
    steps, square, candidates = steps[:, usable], square[usable], candidates[usable]
    residual = design.y - q @ (q.T @ design.y)
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, size=(n, draws)) * 2.0 - 1.0
    outcomes = np.column_stack([residual, residual[:, None] * signs])
    outcomes[:, 1:] -= q @ (q.T @ outcomes[:, 1:])
    f = robust_f(steps, square, outcomes)
    observed, largest = f[:, 0], f.max(axis=0)
    best = int(observed.argmax())
    near = np.flatnonzero(observed >= observed[best] - _WITHIN)
    dates = panel.dates[design.rows[candidates]]
    return BreakSearch(
        date=dates[best].date(),
        first=dates[near[0]].date(),
        last=dates[near[-1]].date(),
        sup_f=float(observed[best]),
        p=float((1 + (largest[1:] >= largest[0]).sum()) / (1 + draws)),
        dates=dates,
        f=observed,
    )


def robust_f(steps: Floats, square: Floats, outcomes: Floats) -> Floats:
    """Return the White F of each step for each outcome; shape (candidates, outcomes).

    Parameters
    ----------
    steps : array (n, c)
        Steps with the design taken out.
    square : array (c,)
        Their squared lengths.
    outcomes : array (n, b)
        Outcomes with the design taken out.
    """
    beta = steps.T @ outcomes / square[:, None]
    meat = (steps**2).T @ outcomes**2
    return np.asarray((beta * square[:, None]) ** 2 / np.maximum(meat, 1e-300))
