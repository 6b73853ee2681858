"""Many least-squares fits at once, of designs that share all columns but a few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.model.ols import (
    LEVERAGE_ONE,
    RANK_TOLERANCE,
    Flags,
    Floats,
    OlsFit,
    fit_hc3,
    inverses,
)

SURELY_APART = 1e-4
"""Moving columns that the rest explains nearer than this go the slow and sure way."""


@dataclass(frozen=True)
class _Fixed:
    """The columns that all fits share: a basis (n, r) and their pseudo-inverse (f, n)."""

    basis: Floats = field(repr=False)
    inverse: Floats = field(repr=False)
    leverage: Floats = field(repr=False)
    identified: Flags = field(repr=False)


@dataclass(frozen=True)
class _Moving:
    """The other columns beside them: what is left of each (b, n, p), and their pseudo-inverse.

    ``inverse`` (b, n, p) has a row an observation; ``apart`` tells the fits in which the columns
    are safely told from the rest.
    """

    left: Floats = field(repr=False)
    inverse: Floats = field(repr=False)
    leverage: Floats = field(repr=False)
    apart: Flags = field(repr=False)


def fit_many(x: Floats, where: slice, moving: Floats, outcomes: Floats) -> Iterator[OlsFit]:
    """Yield for each outcome what `fit_hc3` returns, at a fraction of its cost.

    The shared columns are decomposed once; the others are taken beside them (Frisch, Waugh and
    Lovell) by the inverse of what is left of their cross products. A fit whose moving columns come
    near to depending on the rest, or that fits a row exactly, is left to `fit_hc3` itself.

    Parameters
    ----------
    x : array (n, k)
        Regressors, the constant among them.
    where : slice
        The columns that differ from fit to fit.
    moving : array (b, n, p)
        What stands in them.
    outcomes : array (b, n)
        Outcomes.
    """
    stay = np.delete(np.arange(x.shape[1]), where)
    fixed = _fixed(x[:, stay])
    if (fixed.leverage > LEVERAGE_ONE).any():
        yield from (_alone(x, where, *each) for each in zip(moving, outcomes, strict=True))
        return
    beside = _beside(fixed, moving)
    inverse = np.empty((len(outcomes), x.shape[1], len(x)))
    turned = beside.inverse.transpose(0, 2, 1)
    inverse[:, where] = turned
    inverse[:, stay] = fixed.inverse - (fixed.inverse @ moving) @ turned
    residuals = outcomes - (outcomes @ fixed.basis) @ fixed.basis.T
    residuals -= _times(beside.left, _times(turned, outcomes))
    room = np.where(beside.apart[:, None], 1 - beside.leverage, 1.0)
    half = inverse * (residuals / room)[:, None, :]
    beta, covariance = _times(inverse, outcomes), half @ half.transpose(0, 2, 1)
    identified = np.ones(x.shape[1], dtype=bool)
    identified[stay] = fixed.identified
    beta[:, ~identified] = covariance[:, ~identified, :] = covariance[:, :, ~identified] = np.nan
    rank = fixed.basis.shape[1] + moving.shape[2]
    for i, apart in enumerate(beside.apart):
        if not apart:
            yield _alone(x, where, moving[i], outcomes[i])
            continue
        yield OlsFit(
            beta=beta[i],
            covariance=covariance[i],
            residuals=residuals[i],
            leverage=beside.leverage[i],
            identified=identified,
            rank=rank,
            df_resid=len(x) - rank,
            rss=float(residuals[i] @ residuals[i]),
            exact_rows=0,
            weights=inverse[i],
        )


@dataclass(frozen=True)
class ManyFits:
    """What a verdict needs of many fits: some coefficients with their HC3 covariance.

    Attributes
    ----------
    beta : array (b, c)
        The coefficients asked for; NaN where not identified.
    covariance : array (b, c, c)
        Their HC3 covariance, NaN likewise.
    moving : array (b, p)
        The coefficients of the moving columns.
    df_resid : array (b,) of int
        n minus rank.
    """

    beta: Floats = field(repr=False)
    covariance: Floats = field(repr=False)
    moving: Floats = field(repr=False)
    df_resid: NDArray[np.int64] = field(repr=False)


def fit_columns(
    x: Floats, where: NDArray[np.int64], moving: Floats, outcomes: Floats, asked: NDArray[np.int64]
) -> ManyFits:
    """Return for many outcomes the coefficients that are asked for, as `fit_hc3` has them.

    The shared columns are decomposed once; the others are taken beside them (Frisch, Waugh and
    Lovell) by the inverse of what is left of their cross products. A fit whose moving columns come
    near to depending on the rest, or that fits a row exactly, is left to `fit_hc3` itself.

    Parameters
    ----------
    x : array (n, k)
        Regressors, the constant among them.
    where : array (p,) of int
        The columns that differ from fit to fit.
    moving : array (b, n, p)
        What stands in them.
    outcomes : array (b, n)
        Outcomes.
    asked : array (c,) of int
        Columns whose coefficients are wanted; none of the moving ones.
    """
    stay = np.delete(np.arange(x.shape[1]), where)
    fixed = _fixed(x[:, stay])
    if (fixed.leverage > LEVERAGE_ONE).any():
        alone = [_alone(x, where, *each) for each in zip(moving, outcomes, strict=True)]
        return _gathered(alone, asked, where)
    beside = _beside(fixed, moving)
    places = np.searchsorted(stay, asked)
    turned = beside.inverse.transpose(0, 2, 1)
    half = (fixed.inverse[places] @ moving) @ turned
    np.subtract(fixed.inverse[places], half, out=half)
    its, beta = _times(turned, outcomes), _times(half, outcomes)
    residuals = outcomes - (outcomes @ fixed.basis) @ fixed.basis.T
    residuals -= _times(beside.left, its)
    residuals /= np.where(beside.apart[:, None], 1 - beside.leverage, 1.0)
    half *= residuals[:, None, :]
    covariance = half @ half.transpose(0, 2, 1)
    lost = ~fixed.identified[places]
    beta[:, lost] = covariance[:, lost, :] = covariance[:, :, lost] = np.nan
    rank = fixed.basis.shape[1] + moving.shape[2]
    df = np.full(len(outcomes), len(x) - rank)
    for i in np.flatnonzero(~beside.apart):
        one = _gathered([_alone(x, where, moving[i], outcomes[i])], asked, where)
        beta[i], covariance[i], its[i], df[i] = (
            one.beta[0],
            one.covariance[0],
            one.moving[0],
            one.df_resid[0],
        )
    return ManyFits(beta, covariance, its, df)


def _gathered(
    fits: Sequence[OlsFit], asked: NDArray[np.int64], where: NDArray[np.int64]
) -> ManyFits:
    return ManyFits(
        np.array([fit.beta[asked] for fit in fits]),
        np.array([fit.covariance[np.ix_(asked, asked)] for fit in fits]),
        np.array([fit.beta[where] for fit in fits]),
        np.array([fit.df_resid for fit in fits]),
    )


def _fixed(x: Floats) -> _Fixed:
    return _decomposed(x.tobytes(), x.shape[1])


@lru_cache(maxsize=4)
def _decomposed(values: bytes, columns: int) -> _Fixed:
    """Return the shared columns' part; thousands of simulated accounts share one calendar."""
    x = np.frombuffer(values).reshape(-1, columns)
    length = np.linalg.norm(x, axis=0)
    scale = np.where(length > 0, length, 1.0)
    u, s, vt = np.linalg.svd(x / scale, full_matrices=False)
    keep = s > RANK_TOLERANCE * s[0]
    u, s, vt = u[:, keep], s[keep], vt[keep]
    identified = np.isclose((vt**2).sum(axis=0), 1.0, atol=1e-8) & (length > 0)
    basis = np.ascontiguousarray(u)
    return _Fixed(basis, (vt.T / s) @ u.T / scale[:, None], (u**2).sum(axis=1), identified)


def _beside(fixed: _Fixed, moving: Floats) -> _Moving:
    left = fixed.basis @ (fixed.basis.T @ moving)
    np.subtract(moving, left, out=left)
    gram = left.transpose(0, 2, 1) @ left
    square = np.einsum("bpp->bp", gram)
    apart = (square > SURELY_APART**2 * np.einsum("bnp,bnp->bp", moving, moving)).all(axis=1)
    gram[~apart] = np.eye(gram.shape[1])
    length = np.sqrt(np.einsum("bpp->bp", gram))
    scales = length[:, :, None] * length[:, None, :]
    inverse = inverses(gram / scales)
    # The inverse of the smallest eigenvalue is less than the trace.
    apart &= np.einsum("bpp->b", inverse) < SURELY_APART**-2
    inverse[~apart] = 0.0
    weights = left @ (inverse / scales)
    leverage = fixed.leverage + np.einsum("bnp,bnp->bn", left, weights)
    apart &= (leverage <= LEVERAGE_ONE).all(axis=1)
    return _Moving(left, weights, leverage, apart)


def _times(matrices: Floats, vectors: Floats) -> Floats:
    """Return each matrix times its vector; (b, m, n) and (b, n) give (b, m)."""
    return np.asarray((matrices @ vectors[:, :, None])[:, :, 0])


def _alone(x: Floats, where: slice | NDArray[np.int64], moving: Floats, outcome: Floats) -> OlsFit:
    whole = x.copy()
    whole[:, where] = moving
    return fit_hc3(whole, outcome)
