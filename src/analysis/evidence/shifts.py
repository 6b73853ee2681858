"""A column of posts shifted around its calendar: the t of every shift at once.

With several regimes a shift is one for each, and the regimes' parts of the column add up. So do
their parts in all that is linear in it, and each is made once, not once a calendar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE
from analysis.panel import Flags, Floats

Whole = NDArray[np.int64]

_BLOCK = 128
"""Calendars at a time, so that they stay in the processor's cache."""

_KEPT = 4_000_000
"""Numbers that are kept of the regimes' shifted columns at a time: 32 MB."""

_CANCELED = 1e-4
"""Where less than this share of a column is left, the regimes' parts are added; they cancel."""

_COLLINEAR = 1e-12
"""The share of a shifted column, squared, that must be left beside the others."""


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

    def columns(self, shifts: Whole, regime: int) -> Floats:
        """Return a regime's part of the column, shifted; shape (m, n) for shifts of shape (m,)."""
        rows, days, counts = self.rows[regime], self.days[regime], self.counts[regime]
        moved, length = np.zeros((len(shifts), len(self.left))), len(counts)
        turns = sliding_window_view(np.concatenate([counts, counts]), length)
        moved[:, rows] = turns[(length - shifts) % length][:, days]
        return moved


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
    parts: list[_Rows] = []
    numerator, full, gone = (np.zeros(len(shifts)) for _ in range(3))
    for rows, days, counts, moved in zip(
        calendars.rows, calendars.days, calendars.counts, shifts.T, strict=True
    ):
        laid = np.zeros((k + 2, len(counts)))
        laid[0, days] = calendars.left[rows]
        laid[1, days] = 1.0
        laid[2:, days] = calendars.basis[rows].T
        turned = np.repeat(np.fft.rfft(counts)[None, :], k + 2, axis=0)
        turned[1] = np.fft.rfft(counts**2)
        sums = np.fft.irfft(np.fft.rfft(laid) * np.conj(turned), len(counts))
        one = _Rows(np.ascontiguousarray(sums[2:].T), moved % len(counts))
        gone += one.squares()
        for other in parts:
            gone += 2 * one.products(other)
        numerator += sums[0][one.places]
        full += sums[1][one.places]
        parts.append(one)
    square = full - gone
    square = np.where(square > _COLLINEAR * full, square, np.nan)
    spare = len(calendars.left) - k - 1
    residual = calendars.left @ calendars.left - numerator**2 / square
    return np.asarray(numerator * np.sqrt(spare / (square * np.maximum(residual, 1e-300))))


def shifted_hc3(calendars: Calendars, shifts: Whole) -> Floats:
    """Return the HC3 t for each shifted calendar.

    With r the residual of the shifted column on the others, the coefficient is r'y / r'r, and
    the leverage of a row grows by r_i^2 / r'r. The regimes' parts of r add up, so each part is
    made once, not once a calendar.

    Parameters and returns are those of `shifted_ols`.
    """
    lengths = [len(counts) for counts in calendars.counts]
    turns = [moved % length for moved, length in zip(shifts.T, lengths, strict=True)]
    order = np.lexsort(turns[::-1])
    chosen = np.column_stack(turns)[order]
    new = np.concatenate([[True], (chosen[1:] != chosen[:-1]).any(axis=1)])[: len(chosen)]
    different, back = chosen[new], np.empty(len(chosen), dtype=np.int64)
    back[order] = np.cumsum(new) - 1
    parts = sum(len(np.unique(moved)) for moved in different.T)
    most = max(_BLOCK, _KEPT // max(len(calendars.left), 1))
    size = len(different) if parts <= most else max(_BLOCK, most // len(lengths))
    starts = range(0, len(different), size)
    found = [_different_hc3(calendars, different[start : start + size]) for start in starts]
    return np.concatenate([np.empty(0), *found])[back]


def _different_hc3(calendars: Calendars, turns: Whole) -> Floats:
    """Return the HC3 t of some calendars, in an order that keeps the first regime's turns."""
    parts = [_Left.of(calendars, place, moved) for place, moved in enumerate(turns.T)]
    square = np.zeros(len(turns))
    for place, one in enumerate(parts):
        square += one.square[one.rows.places]
        for other in parts[:place]:
            square += 2 * one.rows.products(other.rows)
    full = _added(parts, [one.full for one in parts])
    beta = _added(parts, [one.rows.values @ calendars.left for one in parts])
    rows = [one.rows for one in parts]
    near = np.flatnonzero(square < _CANCELED * full)
    square[near], beta[near] = _unsplit(rows, calendars.left, near)
    known = square > RANK_TOLERANCE**2 * full
    scale = 1 / np.sqrt(np.where(known, square, np.nan))
    beta *= scale
    leverage = (calendars.basis**2).sum(axis=1)
    # A row that the others fit exactly says nothing of any further column.
    room = np.where(leverage < LEVERAGE_ONE, 1 - leverage, np.inf)
    largest = _added(parts, [one.largest for one in parts]) * scale
    roomy = largest**2 < room.min() - 2 * (1 - LEVERAGE_ONE)
    spread = np.sqrt(_spread(rows, calendars.left, room, beta, scale, roomy))
    found = np.full(len(beta), np.nan)
    np.divide(beta, spread, where=spread > 0, out=found)
    return found


def _unsplit(parts: Sequence[_Rows], left: Floats, which: Whole) -> tuple[Floats, Floats]:
    """Return the squared length, and the product with ``left``, of what is left of some columns."""
    square, product = np.empty((2, len(which)))
    for start in range(0, len(which), _BLOCK):
        block = which[start : start + _BLOCK]
        r = np.sum([one.values[one.places[block]] for one in parts], axis=0)
        square[start : start + _BLOCK] = np.einsum("ij,ij->i", r, r)
        product[start : start + _BLOCK] = r @ left
    return square, product


def _spread(
    parts: Sequence[_Rows],
    left: Floats,
    room: Floats,
    beta: Floats,
    scale: Floats,
    roomy: Flags,
) -> Floats:
    """Return the HC3 variance of each coefficient of a column of length one; shape (m,).

    Parameters
    ----------
    parts : sequence of _Rows
        What the others leave of each regime's part of the column.
    left : array (n,)
        What they leave of the outcome.
    room : array (n,)
        One less their leverage; infinite where a row is to be left out.
    beta, scale : array (m,)
        The coefficient, and what gives the column that length.
    roomy : array (m,) of bool
        Where no row can be fitted exactly.
    """
    spread = np.empty(len(beta))
    unit, scaled = np.empty((2, min(_BLOCK, len(beta)), len(left)))
    for start in range(0, len(beta), _BLOCK):
        block = slice(start, start + _BLOCK)
        count = len(beta[block])
        u, e = unit[:count], scaled[:count]
        parts[0].take(block, u)
        for one in parts[1:]:
            one.take(block, e)
            u += e
        u *= scale[block, None]
        np.multiply(u, -beta[block, None], out=e)
        e += left
        e *= u
        np.multiply(u, u, out=u)
        np.subtract(room, u, out=u)
        if not roomy[block].all():
            u[u <= 1 - LEVERAGE_ONE] = np.inf
        e /= u
        spread[block] = np.einsum("ij,ij->i", e, e)
    return spread


@dataclass(frozen=True)
class _Rows:
    """Rows (s, n) of which each calendar takes the one at its place (m,)."""

    values: Floats
    places: Whole

    def take(self, block: slice, out: Floats) -> None:
        np.take(self.values, self.places[block], axis=0, out=out, mode="clip")

    def squares(self) -> Floats:
        """Return the squared length of each calendar's row."""
        return np.asarray(np.einsum("ij,ij->i", self.values, self.values)[self.places])

    def products(self, other: _Rows) -> Floats:
        """Return the product of each calendar's two rows."""
        if len(self.values) * len(other.values) <= 8 * len(self.places):
            return np.asarray((self.values @ other.values.T)[self.places, other.places])
        return np.concatenate(
            [
                np.einsum("ij,ij->i", self.values[own], other.values[its])
                for own, its in zip(
                    np.array_split(self.places, 64), np.array_split(other.places, 64), strict=True
                )
            ]
        )


@dataclass(frozen=True)
class _Left:
    """What the others leave of a regime's part of the column, for each of its turns (s,).

    ``square`` is its squared length, ``full`` that of the part itself, ``largest`` its largest
    number.
    """

    rows: _Rows
    square: Floats
    full: Floats
    largest: Floats

    @classmethod
    def of(cls, calendars: Calendars, regime: int, turns: Whole) -> _Left:
        own, places = np.unique(turns, return_inverse=True)
        values = np.empty((len(own), len(calendars.left)))
        square, full, largest = np.empty((3, len(own)))
        for start in range(0, len(own), _BLOCK):
            block = slice(start, start + _BLOCK)
            column, left = calendars.columns(own[block], regime), values[block]
            np.matmul(column @ calendars.basis, calendars.basis.T, out=left)
            np.subtract(column, left, out=left)
            full[block] = np.einsum("ij,ij->i", column, column)
            square[block] = np.einsum("ij,ij->i", left, left)
            largest[block] = np.maximum(left.max(axis=1), -left.min(axis=1))
        return cls(_Rows(values, places), square, full, largest)


def _added(parts: Sequence[_Left], values: Sequence[Floats]) -> Floats:
    """Return the sums over the regimes of what each calendar takes of them."""
    taken = [value[one.rows.places] for one, value in zip(parts, values, strict=True)]
    return np.asarray(np.sum(taken, axis=0))
