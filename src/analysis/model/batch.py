"""Least squares for many specifications at once: columns and rows of the same data.

Specifications that differ in the rows and columns they use share the cross products of the rows.
One matrix product gives those of every set of rows, a small inverse each gives the coefficients,
and the error of the one coefficient asked for needs only its column of that inverse (Frisch,
Waugh and Lovell). Where the columns come near to a combination of each other, or one of them
fits a row exactly, cross products cost digits: such a specification is fitted anew by `fit_hc3`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.model.fwl import partial_out
from analysis.model.ols import LEVERAGE_ONE, Flags, Floats, fit_hc3

MAX_INFLATION = 1e5
"""Variance inflation of a column up to which cross products keep ten digits."""

MAX_LEVERAGE = 1 - 1e-5
"""Above this, ``1 - h`` has lost digits."""


def bandwidth(n: int) -> int:
    """Return the lags of a Newey-West covariance of ``n`` rows: ``4 (n / 100)^(2/9)``, cut off.

    The rule of Newey and West (1994) with the Bartlett kernel; 5 for a year of days.
    """
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


@dataclass(frozen=True)
class Shared:
    """Data that many specifications share; make it with `share`.

    Attributes
    ----------
    raw : array (n, k)
        Every column that any of them uses.
    x : array (n, k)
        The same scaled to length one; those that vary far from zero less their mean, which the
        constant makes up for: a score about 50 and the constant are nearly alike.
    mean, length : array (k,)
        What was taken away, and the length after that.
    constant : int
        The column that is one everywhere; every specification has it.
    y : array (n,)
        Outcome.
    rows : array (s, n) of bool
        The rows of each set.
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
    grams: Floats = field(repr=False)
    moments: Floats = field(repr=False)
    days: NDArray[np.int64] = field(repr=False)


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
    df: NDArray[np.int64] = field(repr=False)
    weights: Floats = field(repr=False)


def share(x: Floats, y: Floats, rows: Flags, days: NDArray[np.int64] | None = None) -> Shared:
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
    scaled = (x - mean) / length
    table = np.column_stack([scaled, y])
    first, second = np.triu_indices(k + 1)
    products = rows.astype(np.float64) @ (table[:, first] * table[:, second])
    whole = np.empty((len(rows), k + 1, k + 1))
    whole[:, first, second] = products
    whole[:, second, first] = products
    return Shared(
        raw=x,
        x=scaled,
        mean=mean,
        length=length,
        constant=constant,
        y=y,
        rows=rows,
        grams=whole[:, :k, :k],
        moments=whole[:, :k, k],
        days=np.arange(len(y)) if days is None else days - days[0],
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
    chosen = np.asarray(columns)
    if shared.constant not in chosen:
        raise ValueError("a specification needs the constant")
    x, rows = shared.x[:, chosen], shared.rows[sets]
    gram = shared.grams[sets][:, chosen[:, None], chosen]
    squares = np.einsum("sii->si", gram)
    empty = squares == 0
    place = np.arange(len(chosen))
    gram[:, place, place] = np.where(empty, 1.0, squares)
    inverse, sound = _inverses(gram)
    beta = np.einsum("sij,sj->si", inverse, shared.moments[sets][:, chosen])
    beta[empty] = np.nan
    residuals = np.where(rows, shared.y - np.nan_to_num(beta) @ x.T, 0.0)
    weights = np.where(rows, inverse[:, 0] @ x.T, 0.0)
    leverage = np.einsum("snk,nk->sn", x @ inverse, x)
    sound &= np.where(rows, leverage, 0.0).max(axis=1, initial=0.0) < MAX_LEVERAGE
    room = np.where(rows & sound[:, None], 1 - leverage, 1.0)
    df = rows.sum(axis=1) - (~empty).sum(axis=1)
    scores = weights * residuals
    slopes = beta / shared.length[chosen]
    slopes[:, chosen == shared.constant] -= (np.nan_to_num(slopes) @ shared.mean[chosen])[:, None]
    fits = FocalFits(
        beta=slopes,
        hc3=np.sqrt(((scores / room) ** 2).sum(axis=1)) / shared.length[chosen[0]],
        hac=_newey_west(scores, shared.days, rows.sum(axis=1), df) / shared.length[chosen[0]],
        df=df,
        weights=weights / shared.length[chosen[0]],
    )
    _blank(fits, empty[:, 0])
    for index in np.flatnonzero(~sound & ~empty[:, 0]):
        _fit_anew(fits, int(index), shared, chosen, rows[index])
    return fits


def _inverses(gram: Floats) -> tuple[Floats, Flags]:
    """Return the inverses, and which of them keep their digits."""
    try:
        inverse = np.linalg.inv(gram)
    except np.linalg.LinAlgError:
        regular = np.linalg.matrix_rank(gram, hermitian=True) == gram.shape[1]
        inverse = np.full_like(gram, np.nan)
        if regular.any():
            inverse[regular] = np.linalg.inv(gram[regular])
    inflation = np.einsum("sii,sii->si", gram, inverse)
    sound = ((inflation > 0) & (inflation < MAX_INFLATION)).all(axis=1)
    inverse[~sound] = 0.0
    return np.asarray(inverse), np.asarray(sound)


def _newey_west(
    scores: Floats, days: NDArray[np.int64], counts: NDArray[np.int64], df: NDArray[np.int64]
) -> Floats:
    """Return Newey-West errors, given each row's share in the coefficient's deviation.

    Parameters
    ----------
    scores : array (s, n)
        Residual times weight; zero in rows outside of a set.
    days : array (n,) of int
        The day of each row.
    counts, df : array (s,) of int
        Rows of each set, and those less rank.
    """
    laid = np.zeros((len(scores), int(days[-1]) + 1))
    laid[:, days] = scores
    widths = np.array([bandwidth(int(n)) for n in counts])
    total = (laid**2).sum(axis=1)
    for lag in range(1, min(int(widths.max(initial=0)), laid.shape[1] - 1) + 1):
        kernel = np.maximum(0.0, 1 - lag / (widths + 1))
        total += 2 * kernel * np.einsum("sn,sn->s", laid[:, lag:], laid[:, :-lag])
    usable = (df > 0) & (total >= 0)
    factor = counts / np.where(usable, df, 1)
    return np.where(usable, np.sqrt(np.where(usable, total * factor, 0.0)), np.nan)


def _blank(fits: FocalFits, where: Flags) -> None:
    fits.beta[where, 0] = np.nan
    fits.hc3[where] = fits.hac[where] = np.nan
    fits.weights[where] = 0.0


def _fit_anew(
    fits: FocalFits, index: int, shared: Shared, chosen: NDArray[np.int64], rows: Flags
) -> None:
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
    fits.hac[index] = _newey_west(scores, shared.days[used], counts, df)[0]
    fits.weights[index, used] = weights
