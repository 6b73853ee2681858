"""What the focal coefficient looks like when the posts are moved to other days.

Posts are moved around the calendar as a whole, within each regime of the score: a known change
of the scoring model, or a long hole in the record, is never crossed. For every shift the t of
ordinary least squares comes from fast Fourier transforms, and the HC3 t, which decides, from
the residuals of the shifted column (Frisch, Waugh and Lovell).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.evidence.shifts import Calendars, Whole, shifted_hc3, shifted_ols
from analysis.model.design import MIN_SPARE, own_lags, primary_design
from analysis.model.fwl import hc3_t, partial_out
from analysis.panel import BACK, Coding, Floats, Panel

MIN_SHIFT = 7
"""Days; nearer ones still overlap the real windows, and nearly repeat them."""

DRAWS = 10_000
"""Where the regimes' shifts combine to more calendars, so many are drawn."""


@dataclass(frozen=True)
class Rank:
    """One t among those of calendars that mean nothing.

    Attributes
    ----------
    t : float
        With the posts where they are.
    shifted : array (m,)
        With the posts moved; calendars whose coefficient is not identified are left out.
    """

    t: float
    shifted: Floats = field(repr=False)

    @property
    def beyond(self) -> int:
        """Calendars whose t is at least as far from zero as the real one."""
        return int((np.abs(self.shifted) >= abs(self.t) * (1 - 1e-12)).sum())

    @property
    def p(self) -> float:
        """The rank of the real t among all, two-sided; at least 1 / (m + 1)."""
        return (1 + self.beyond) / (1 + len(self.shifted))


@dataclass(frozen=True, slots=True)
class Regime:
    """Days within which posts may be moved.

    Attributes
    ----------
    start, stop : int
        Its rows of the panel, the last one excluded.
    first, last : date
        Its days.
    movable : bool
        Whether it is long enough, and has posts and readings, for a shift to say something.
    """

    start: int
    stop: int
    first: dt.date
    last: dt.date
    movable: bool

    @property
    def shifts(self) -> Whole:
        """The days by which its posts are moved; only 0 where they stay."""
        days = self.stop - self.start
        return np.arange(MIN_SHIFT, days - MIN_SHIFT + 1) if self.movable else np.zeros(1, int)


@dataclass(frozen=True)
class Placebo(Rank):
    """The focal coefficient's HC3 t among those of its shifted calendars.

    Attributes
    ----------
    classical : Rank
        The same with the t of ordinary least squares.
    regimes : tuple of Regime
        Within which posts were moved.
    possible : int
        Calendars that there are; all of them were tried, or ``DRAWS`` drawn from them.
    """

    classical: Rank
    regimes: tuple[Regime, ...]
    possible: int


def circular_placebo(
    panel: Panel, coding: Coding = "bundle", *, draws: int = DRAWS, seed: int = 0
) -> Placebo | None:
    """Shift the focal posts around the calendar within each regime, and refit each time.

    A shift keeps the rhythm of the posts, and everything else in its place, days without a
    reading among it; it breaks only the link between the posts and the outcome.

    Parameters
    ----------
    panel : Panel
        The panel.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.
    draws : int
        At most so many calendars; all of them when there are no more.
    seed : int
        Of the draw.

    Returns
    -------
    Placebo or None
        None when there are too few readings, or the real coefficient is not identified.
    """
    design = primary_design(panel, coding)
    found = regimes(panel, coding, design.rows)
    if len(design.y) < design.x.shape[1] + MIN_SPARE or not any(one.movable for one in found):
        return None
    column = 1 + design.channels.index(panel.focal)
    part = partial_out(design.x[:, column], np.delete(design.x, column, axis=1))
    if part is None:
        return None
    (t,) = hc3_t(part, design.y[:, None])
    left = part.residual(design.y)
    beta = float(part.left @ left) / part.square
    spread = float(left @ left) - beta**2 * part.square
    if spread <= 0 or t == 0:
        return None
    classical = beta * np.sqrt(part.square * part.df_resid / spread)
    calendars = calendars_of(panel, coding, found, design.rows, part.basis, left)
    shifts, possible = choose_shifts(found, draws, seed)
    robust, ordinary = shifted_hc3(calendars, shifts), shifted_ols(calendars, shifts)
    return Placebo(
        float(t),
        robust[np.isfinite(robust)],
        classical=Rank(float(classical), ordinary[np.isfinite(ordinary)]),
        regimes=found,
        possible=possible,
    )


def regimes(panel: Panel, coding: Coding, used: Whole) -> tuple[Regime, ...]:
    """Return the runs of days within which the focal posts may be moved.

    A regime ends where the scoring model changes (its day begins the next one), where the
    focal source does not say, and at a hole without readings longer than the own lags, past
    which a reading remembers nothing of those before.

    Parameters
    ----------
    panel : Panel
        The panel.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.
    used : array of int
        The days that enter the regression.
    """
    posts = panel.posts[coding][panel.focal][BACK : BACK + len(panel.dates)]
    inside = np.isfinite(posts)
    for start, stop in _runs(~np.isfinite(panel.score)):
        if stop - start > own_lags(panel):
            inside[start:stop] = False
    changes = panel.masked & ~np.concatenate([[False], panel.masked[:-1]])
    found = []
    for start, stop in _runs(inside):
        cuts = [start, *(start + 1 + np.flatnonzero(changes[start + 1 : stop])), stop]
        for first, past in pairwise(cuts):
            seen = ((used >= first) & (used < past)).any()
            long = past - first >= 2 * MIN_SHIFT
            movable = bool(seen and long and np.ptp(posts[first:past]) > 0)
            ends = panel.dates[first].date(), panel.dates[past - 1].date()
            found.append(Regime(int(first), int(past), *ends, movable))
    return tuple(found)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the start and end (past it) of every run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def calendars_of(
    panel: Panel,
    coding: Coding,
    found: tuple[Regime, ...],
    used: Whole,
    basis: Floats,
    left: Floats,
) -> Calendars:
    """Return a regression whose focal posts can be shifted within ``found``.

    The windows are those of the shifted calendar: a regime's first days look back to its last
    ones. A regime that is not movable keeps its windows as they are.

    Parameters
    ----------
    panel, coding
        As for `circular_placebo`.
    found : tuple of Regime
        They hold every day that enters.
    used : array (n,) of int
        The days that enter.
    basis, left
        As in `Calendars`.
    """
    bins, windows = panel.posts[coding][panel.focal], panel.window(panel.focal, coding)
    rows, days, counts = [], [], []
    for one in found:
        inside = np.flatnonzero((used >= one.start) & (used < one.stop))
        posts = bins[BACK + one.start : BACK + one.stop]
        around = np.sum([np.roll(posts, day) for day in range(panel.window_days)], axis=0)
        rows.append(inside)
        days.append(used[inside] - one.start)
        counts.append(around if one.movable else np.nan_to_num(windows[one.start : one.stop]))
    return Calendars(basis, left, tuple(rows), tuple(days), tuple(counts))


def choose_shifts(found: tuple[Regime, ...], draws: int, seed: int) -> tuple[Whole, int]:
    """Return combinations of the regimes' shifts, and how many there are.

    Returns
    -------
    shifts : array (m, regimes) of int
        All of them where there are no more than ``draws``, else so many at random.
    possible : int
    """
    each = [one.shifts for one in found]
    possible = int(np.prod([float(len(one)) for one in each]))
    if possible <= draws:
        grid = np.meshgrid(*each, indexing="ij")
        return np.column_stack([axis.ravel() for axis in grid]), possible
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.choice(one, draws) for one in each]), possible
