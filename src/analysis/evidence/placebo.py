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
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analysis.model.design import MIN_SPARE, own_lags, primary_design
from analysis.model.fwl import hc3_t, partial_out
from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE
from analysis.panel import BACK, Coding, Floats, Panel

Whole = NDArray[np.int64]

MIN_SHIFT = 7
"""Days; nearer ones still overlap the real windows, and nearly repeat them."""

DRAWS = 10_000
"""Where the regimes' shifts combine to more calendars, so many are drawn."""

_BLOCK = 64
"""Calendars at a time, so that they stay in the processor's cache."""

_COLLINEAR = 1e-12
"""The share of a shifted column, squared, that must be left beside the others."""


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


@dataclass(frozen=True)
class Calendars:
    """A regression whose focal column may be shifted within regimes.

    Attributes
    ----------
    basis : array (n, k)
        Orthonormal columns that span the others.
    left : array (n,)
        Outcome with the others taken out.
    rows : tuple of array
        By regime: which rows of the regression fall into it, and
    days : tuple of array
        on which of its days.
    counts : tuple of array
        By regime: the posts in the window of each of its days, with the last day before the
        first.
    """

    basis: Floats = field(repr=False)
    left: Floats = field(repr=False)
    rows: tuple[Whole, ...] = field(repr=False)
    days: tuple[Whole, ...] = field(repr=False)
    counts: tuple[Floats, ...] = field(repr=False)

    def columns(self, shifts: Whole) -> Floats:
        """Return the shifted columns; shape (m, n) for shifts of shape (m, regimes)."""
        moved = np.zeros((len(shifts), len(self.left)))
        for place, (rows, days, counts) in enumerate(
            zip(self.rows, self.days, self.counts, strict=True)
        ):
            length = len(counts)
            turns = sliding_window_view(np.concatenate([counts, counts]), length)
            starts = (length - shifts[:, place]) % length
            moved[:, rows] = turns[starts][:, days]
        return moved


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


def shifted_ols(calendars: Calendars, shifts: Whole) -> Floats:
    """Return the t of ordinary least squares for each shifted calendar, by Fourier transforms.

    With M y the outcome and Q the others' basis, a column x shifted by s has the numerator
    x_s'My and what is left of it x_s'x_s - |Q'x_s|^2; each is a circular correlation, so one
    transform gives it for every shift, and the regimes' parts add up.

    Parameters
    ----------
    calendars : Calendars
        The regression.
    shifts : array (m, regimes) of int
        Days to move each regime's posts on by.

    Returns
    -------
    array (m,)
        NaN where a shift makes the column a combination of the others.
    """
    k = calendars.basis.shape[1]
    sums = np.zeros((k + 2, len(shifts)))
    for place, (rows, days, counts) in enumerate(
        zip(calendars.rows, calendars.days, calendars.counts, strict=True)
    ):
        laid = np.zeros((k + 2, len(counts)))
        laid[0, days] = calendars.left[rows]
        laid[1:-1, days] = calendars.basis[rows].T
        laid[-1, days] = 1.0
        moved = np.repeat(counts[None, :], k + 2, axis=0)
        moved[-1] = counts**2
        product = np.fft.rfft(laid) * np.conj(np.fft.rfft(moved))
        sums += np.fft.irfft(product, len(counts))[:, shifts[:, place] % len(counts)]
    numerator, square = sums[0], sums[-1] - (sums[1:-1] ** 2).sum(axis=0)
    square = np.where(square > _COLLINEAR * sums[-1], square, np.nan)
    spare = len(calendars.left) - k - 1
    residual = calendars.left @ calendars.left - numerator**2 / square
    return np.asarray(numerator * np.sqrt(spare / (square * np.maximum(residual, 1e-300))))


def shifted_hc3(calendars: Calendars, shifts: Whole) -> Floats:
    """Return the HC3 t for each shifted calendar.

    With r the residual of the shifted column on the others, the coefficient is r'y / r'r, and
    the leverage of a row grows by r_i^2 / r'r.

    Parameters and returns are those of `shifted_ols`.
    """
    basis, left = calendars.basis, calendars.left
    leverage = (basis**2).sum(axis=1)
    # A row that the others fit exactly says nothing of any further column.
    room = np.where(leverage < LEVERAGE_ONE, 1 - leverage, np.inf)
    t = np.full(len(shifts), np.nan)
    for start in range(0, len(shifts), _BLOCK):
        block = slice(start, start + _BLOCK)
        moved = calendars.columns(shifts[block])
        r = moved - (moved @ basis) @ basis.T
        square = np.einsum("ij,ij->i", r, r)
        known = square > RANK_TOLERANCE**2 * np.einsum("ij,ij->i", moved, moved)
        square = np.where(known, square, np.nan)
        beta = r @ left / square
        spare = np.multiply(r, r, out=moved)
        spare /= -square[:, None]
        spare += room
        spare[spare <= 1 - LEVERAGE_ONE] = np.inf
        scaled = r * -beta[:, None]
        scaled += left
        scaled *= r
        scaled /= spare
        spread = np.sqrt(np.einsum("ij,ij->i", scaled, scaled)) / square
        t[block] = np.divide(beta, spread, where=spread > 0, out=np.full(len(beta), np.nan))
    return t
