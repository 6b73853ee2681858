"""Least squares for many specifications at once: columns and rows of the same data.

Specifications that differ in the rows and columns they use share the cross products of the rows.
One matrix product gives those of every set of rows, a small inverse each gives the coefficients,
another matrix product with the pairs of columns every leverage, and the error of the one
coefficient asked for needs only its column of that inverse (Frisch, Waugh and Lovell). Where the
columns come near to a combination of each other, or one of them fits a row exactly, cross products
cost digits: such a specification is fitted anew by `fit_hc3`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.model.fwl import partial_out
from analysis.model.hac import newey_west_errors
from analysis.model.ols import LEVERAGE_ONE, Flags, Floats, fit_hc3, inverses

Whole = NDArray[np.int64]

MAX_INFLATION = 1e5
"""Variance inflation of a column up to which cross products keep ten digits."""

MAX_BORDERED = 1e6
"""The same for inverses made from that of fewer columns: the product of the two inflations."""

MAX_LEVERAGE = 1 - 1e-5
"""Above this, ``1 - h`` has lost digits."""


@dataclass(frozen=True)
class Shared:
    """Data that many specifications share; make it with `share`.

    Attributes
    ----------
    raw : array (n, k)
        Every column that any of them uses.
    x : array (k, n)
        The same, a row a column, scaled to length one; those that vary far from zero less their
        mean, which the constant makes up for: a score about 50 and the constant are nearly alike.
    mean, length : array (k,)
        What was taken away, and the length after that.
    constant : int
        The column that is one everywhere; every specification has it.
    y : array (n,)
        Outcome.
    rows : array (s, n) of bool
        The rows of each set.
    counts : array (s,) of int
        How many.
    pairs : array (k (k + 1) / 2, n)
        The products of each two columns i <= j of ``x``, at ``j (j + 1) / 2 + i``.
    grams : array (s, k, k)
        Cross products of the columns in each set of rows.
    moments : array (s, k)
        Those of the columns with the outcome.
    days : array (n,) of int
        The day of each row, ascending from 0.
    """

    raw: Floats = field(repr=False)
    x: Floats = field(repr=False)
    mean: Floats = field(repr=False)
    length: Floats = field(repr=False)
    constant: int
    y: Floats = field(repr=False)
    rows: Flags = field(repr=False)
    counts: Whole = field(repr=False)
    pairs: Floats = field(repr=False)
    grams: Floats = field(repr=False)
    moments: Floats = field(repr=False)
    days: Whole = field(repr=False)


@dataclass(frozen=True)
class FocalFits:
    """The coefficient of one column in each set of rows, with its errors.

    Attributes
    ----------
    beta : array (s, c)
        Coefficients of the columns asked for, in their order; NaN where the data do not
        identify one.
    hc3, hac : array (s,)
        Standard errors of the focal coefficient: HC3, and Newey-West at the usual bandwidth,
        as `analysis.model.hac.newey_west` gives them with the days of the rows.
    df : array (s,) of int
        Rows less rank; rows that a column of their own fits exactly are left out.
    weights : array (s, n)
        The focal coefficient is their product with the outcome; zero in rows of no say.
    """

    beta: Floats = field(repr=False)
    hc3: Floats = field(repr=False)
    hac: Floats = field(repr=False)
    df: Whole = field(repr=False)
    weights: Floats = field(repr=False)


def share(x: Floats, y: Floats, rows: Flags, days: Whole | None = None) -> Shared:
    """Prepare data for `focal_fits`.

    Parameters
    ----------
    x : array (n, k)
        Columns, all finite, one of them one everywhere.
    y : array (n,)
        Outcome, finite.
    rows : array (s, n) of bool
        Sets of rows.
    days : array (n,) of int, optional
        The day of each row, ascending; by default each is the day after the one before.

    Raises
    ------
    ValueError
        When no column is the constant.
    """
    k = x.shape[1]
    ones = np.flatnonzero((x == 1).all(axis=0))
    if not len(ones):
        raise ValueError("one of the columns has to be the constant")
    constant = int(ones[0])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    mean = np.where((np.arange(k) != constant) & (np.abs(mean) > 3 * spread), mean, 0.0)
    length = np.linalg.norm(x - mean, axis=0)
    length = np.where(length > 0, length, 1.0)
    scaled = np.ascontiguousarray(((x - mean) / length).T)
    pairs = np.empty((k * (k + 1) // 2, len(y)))
    for last in range(k):
        start = last * (last + 1) // 2
        np.multiply(scaled[: last + 1], scaled[last], out=pairs[start : start + last + 1])
    second, first = _lower(k)
    grams = np.empty((len(rows), k, k))
    grams[:, first, second] = grams[:, second, first] = _sums(rows, pairs)
    return Shared(
        raw=x,
        x=scaled,
        mean=mean,
        length=length,
        constant=constant,
        y=y,
        rows=rows,
        counts=rows.sum(axis=1),
        pairs=pairs,
        grams=grams,
        moments=_sums(rows, scaled * y),
        days=np.arange(len(y)) if days is None else days - days[0],
    )


def _sums(rows: Flags, values: Floats) -> Floats:
    """Return the sums of values (m, n) over each set of rows (s, n); shape (s, m).

    Sets that take the same side of long runs of rows, such as all but a month, need the sum of
    each run once.
    """
    if not rows.size:
        return np.zeros((len(rows), len(values)))
    starts = np.flatnonzero(np.concatenate([[True], (rows[:, 1:] != rows[:, :-1]).any(axis=0)]))
    return np.asarray(
        rows[:, starts].astype(np.float64) @ np.add.reduceat(values, starts, axis=1).T
    )


def focal_fits(shared: Shared, columns: Sequence[int], sets: slice = slice(None)) -> FocalFits:
    """Fit some columns in some sets of rows, for the coefficient of the first column.

    Parameters
    ----------
    shared : Shared
        The data.
    columns : sequence of int
        The columns of the specification, the focal one first, the constant among them.
    sets : slice
        The sets of rows; all by default.

    Returns
    -------
    FocalFits
        Equal to what one fit after the other gives, to eight digits or more.

    Raises
    ------
    ValueError
        When the constant is not among ``columns``.
    """
    return nested_fits(shared, columns, (), sets)[0]


def nested_fits(
    shared: Shared, columns: Sequence[int], further: Sequence[int], sets: slice = slice(None)
) -> tuple[FocalFits, FocalFits]:
    """Return `focal_fits` of some columns, and of the same with ``further`` ones after them.

    The inverse of the second comes from that of the first.
    """
    chosen = np.array([*columns, *further], dtype=np.int64)
    few = len(chosen) - len(further)
    if shared.constant not in chosen[:few]:
        raise ValueError("a specification needs the constant")
    gram = shared.grams[sets][:, chosen[:, None], chosen]
    place = np.arange(len(chosen))
    empty = gram[:, place, place] == 0
    gram[:, place, place] += empty
    first = inverses(gram[:, :few, :few])
    parts = [_part(chosen[:few], gram[:, :few, :few], first, empty[:, :few])]
    if len(further):
        parts.append(_part(chosen, gram, _bordered(gram, first), empty))
    fits = _fits(shared, sets, parts)
    return fits[0], fits[-1]


@dataclass(frozen=True)
class _Part:
    """Some columns in each of s sets of rows.

    Attributes
    ----------
    chosen : array (c,) of int
        The columns.
    inverse : array (s, c, c)
        Of their cross products; zero where it would not keep its digits.
    sound : array (s,) of bool
        Where it does.
    empty : array (s, c) of bool
        Which columns are zero in a set.
    """

    chosen: Whole
    inverse: Floats
    sound: Flags
    empty: Flags


def _part(chosen: Whole, gram: Floats, inverse: Floats, empty: Flags) -> _Part:
    inflation = _inflation(gram, inverse)
    sound: Flags = np.all((inflation > 0) & (inflation < MAX_INFLATION), axis=1)
    if not sound.all():
        inverse = np.where(sound[:, None, None], inverse, 0.0)
    return _Part(chosen, inverse, sound, empty)


def _fits(shared: Shared, sets: slice, parts: Sequence[_Part]) -> list[FocalFits]:
    """Return the fits of each part, all with the same first column, in one go."""
    focal = int(parts[0].chosen[0])
    rows, last = shared.rows[sets], int(max(part.chosen.max() for part in parts)) + 1
    inside = np.concatenate([rows.astype(np.float64)] * len(parts))
    beta, focal_row, forms = _laid_out(shared.moments[sets], parts, last)
    weights = focal_row @ shared.x[:last]
    weights *= inside
    leverage = forms @ shared.pairs[: forms.shape[1]]
    leverage *= inside
    sound = np.concatenate([part.sound for part in parts])
    sound = sound & (leverage.max(axis=1, initial=0.0) < MAX_LEVERAGE)
    leverage[~sound] = 0.0
    counts = np.concatenate([shared.counts[sets]] * len(parts))
    df = counts - np.concatenate([(~part.empty).sum(axis=1) for part in parts])
    scores = beta @ shared.x[:last]
    np.subtract(shared.y, scores, out=scores)
    scores *= weights
    hac = newey_west_errors(scores, shared.days, counts, df) / shared.length[focal]
    scores /= np.subtract(1.0, leverage, out=leverage)
    hc3 = np.sqrt(np.einsum("sn,sn->s", scores, scores)) / shared.length[focal]
    weights /= shared.length[focal]
    beta /= shared.length[:last]
    beta[:, shared.constant] -= beta @ shared.mean[:last]
    found = []
    for place, part in enumerate(parts):
        own = slice(place * len(rows), (place + 1) * len(rows))
        fits = FocalFits(beta[own, part.chosen], hc3[own], hac[own], df[own], weights[own])
        fits.beta[part.empty] = np.nan
        _blank(fits, part.empty[:, 0])
        for index in np.flatnonzero(~sound[own] & ~part.empty[:, 0]):
            _fit_anew(fits, int(index), shared, part.chosen, rows[index])
        found.append(fits)
    return found


def _laid_out(moments: Floats, parts: Sequence[_Part], last: int) -> tuple[Floats, Floats, Floats]:
    """Return what the parts say of the first ``last`` columns, one part's sets after another's.

    Returns
    -------
    tuple of array (p s, last), array (p s, last), array (p s, last (last + 1) / 2)
        Coefficients, the focal row of the inverse, and the inverse as a quadratic form of the
        pairs of columns, whose values are the leverages; zero at columns that are not chosen. A
        column that is zero in a set has a moment of zero, and so a coefficient of zero here.
    """
    s = len(moments)
    beta, focal_row = np.zeros((2, len(parts) * s, last))
    forms = np.zeros((len(parts) * s, last * (last + 1) // 2))
    for place, part in enumerate(parts):
        own = slice(place * s, (place + 1) * s)
        beta[own, part.chosen] = (part.inverse @ moments[:, part.chosen, None])[:, :, 0]
        focal_row[own, part.chosen] = part.inverse[:, 0]
        entries, times, pairs = _pairs(tuple(part.chosen.tolist()))
        forms[own, pairs] = part.inverse.reshape(s, -1).take(entries, axis=1) * times
    return beta, focal_row, forms


@lru_cache(maxsize=1024)
def _pairs(chosen: tuple[int, ...]) -> tuple[Whole, Floats, Whole]:
    """Return, for each entry of a lower triangle over chosen columns, where it is and belongs.

    Returns
    -------
    tuple of array (c (c + 1) / 2,)
        Its place in the flat matrix (c, c); how often it counts in a quadratic form, which is
        twice off the diagonal; and its place among `Shared.pairs`.
    """
    high, low = _lower(len(chosen))
    one, other = np.array(chosen)[high], np.array(chosen)[low]
    last, first = np.maximum(one, other), np.minimum(one, other)
    times = np.where(high == low, 1.0, 2.0)
    return high * len(chosen) + low, times, last * (last + 1) // 2 + first


@cache
def _lower(k: int) -> tuple[Whole, Whole]:
    """Return the rows and columns of a lower triangle, row after row."""
    return np.tril_indices(k)


def _bordered(gram: Floats, first: Floats) -> Floats:
    """Return the inverses, given those of the leading blocks, by what the blocks leave."""
    few = first.shape[1]
    across = first @ gram[:, :few, few:]
    rest = inverses(gram[:, few:, few:] - gram[:, few:, :few] @ across)
    side = across @ rest
    inverse = np.empty_like(gram)
    inverse[:, :few, :few] = first + side @ across.transpose(0, 2, 1)
    inverse[:, :few, few:] = -side
    inverse[:, few:, :few] = -side.transpose(0, 2, 1)
    inverse[:, few:, few:] = rest
    before, after = _inflation(gram[:, :few, :few], first), _inflation(gram, inverse)
    again = ~(before.max(axis=1) * np.abs(after).max(axis=1) < MAX_BORDERED)
    if again.any():
        inverse[again] = inverses(gram[again])
    return inverse


def _inflation(gram: Floats, inverse: Floats) -> Floats:
    """Return the variance inflation of each column; shape (s, c)."""
    return np.asarray(np.einsum("sii,sii->si", gram, inverse))


def _blank(fits: FocalFits, where: Flags) -> None:
    fits.beta[where, 0] = np.nan
    fits.hc3[where] = fits.hac[where] = np.nan
    fits.weights[where] = 0.0


def _fit_anew(fits: FocalFits, index: int, shared: Shared, chosen: Whole, rows: Flags) -> None:
    """Overwrite one set's numbers by those of a fit from its rows themselves."""
    x = shared.raw[:, chosen]
    whole = fit_hc3(x[rows], shared.y[rows])
    free = whole.leverage < LEVERAGE_ONE
    used = np.flatnonzero(rows)[free]
    part = partial_out(x[used, 0], x[used, 1:]) if whole.identified[0] else None
    fits.beta[index], fits.df[index] = whole.beta, whole.df_resid
    _blank(fits, np.arange(len(fits.df)) == index)
    if part is None:
        return
    weights = part.left / part.square
    scores = (weights * whole.residuals[free])[None]
    counts, df = np.array([len(used)]), np.array([whole.df_resid])
    fits.beta[index, 0] = whole.beta[0]
    fits.hc3[index] = np.sqrt(whole.covariance[0, 0])
    fits.hac[index] = newey_west_errors(scores, shared.days[used], counts, df)[0]
    fits.weights[index, used] = weights
