"""How much of the explained change each channel accounts for: Shapley shares of R squared."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from math import factorial

import numpy as np

from analysis.model.design import Design
from analysis.panel import Floats

MAX_CHANNELS = 10
"""Two to the power of this many regressions are still done at once."""


@dataclass(frozen=True)
class Dominance:
    """Shares of the outcome's variation that posts explain.

    Attributes
    ----------
    channels : tuple of str
        The channels.
    shares : array (c,)
        Each one's Shapley share of the partial R squared of all channels (Lindeman, Merenda
        and Gold 1980); they add up to ``total``.
    low, high : array (c,)
        The central 95 % over bootstrap draws of the rows.
    total : float
        The partial R squared of all channels beside own lags and weekday.
    """

    channels: tuple[str, ...]
    shares: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    total: float


def partial_grams(x: Floats, keep: int, y: Floats, weights: Floats) -> Floats:
    """Return weighted cross products of [x_keep, y] with the other columns taken out.

    Parameters
    ----------
    x : array (n, k)
        The first ``keep`` columns are those asked about, the others are taken out.
    keep : int
        How many.
    y : array (n,)
        Outcome.
    weights : array (b, n)
        Rows count this often.

    Returns
    -------
    array (b, keep + 1, keep + 1)
    """
    table = np.column_stack([x[:, :keep], y, x[:, keep:]])
    gram = np.einsum("bn,ni,nj->bij", weights, table, table, optimize=True)
    inner, outer, cross = (
        gram[:, : keep + 1, : keep + 1],
        gram[:, keep + 1 :, keep + 1 :],
        gram[:, keep + 1 :, : keep + 1],
    )
    inverse = np.linalg.pinv(outer, rcond=1e-12, hermitian=True)
    return np.asarray(inner - np.swapaxes(cross, 1, 2) @ inverse @ cross)


def shapley(gram: Floats) -> Floats:
    """Return each column's Shapley share of R squared.

    Parameters
    ----------
    gram : array (b, c + 1, c + 1)
        Cross products of c columns and, last, the outcome.

    Returns
    -------
    array (b, c)
    """
    count = gram.shape[1] - 1
    fitted: dict[tuple[int, ...], Floats] = {(): np.zeros(len(gram))}
    total = np.maximum(gram[:, -1, -1], np.finfo(float).tiny)
    for size in range(1, count + 1):
        for subset in combinations(range(count), size):
            inner = gram[:, subset][:, :, subset]
            cross = gram[:, subset, -1]
            solved = np.linalg.pinv(inner, rcond=1e-10, hermitian=True) @ cross[:, :, None]
            fitted[subset] = (cross[:, None, :] @ solved)[:, 0, 0] / total
    shares = np.zeros((len(gram), count))
    for column in range(count):
        rest = [other for other in range(count) if other != column]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for subset in combinations(rest, size):
                both = tuple(sorted((*subset, column)))
                shares[:, column] += weight * (fitted[both] - fitted[subset])
    return shares


def dominance(design: Design, draws: int = 200, seed: int = 0) -> Dominance | None:
    """Return each channel's share of what posts explain, with bootstrap intervals.

    Channels without a post are left out; None when none or more than ``MAX_CHANNELS`` are left.
    """
    moving = [i for i in range(len(design.channels)) if np.ptp(design.x[:, 1 + i]) > 0]
    if not moving or len(moving) > MAX_CHANNELS:
        return None
    columns = [1 + i for i in moving]
    others = [k for k in range(design.x.shape[1]) if k not in columns]
    x = design.x[:, columns + others]
    n = len(design.y)
    rng = np.random.default_rng(seed)
    weights = np.vstack([np.ones(n), rng.multinomial(n, np.full(n, 1 / n), size=draws)])
    shares = shapley(partial_grams(x, len(columns), design.y, weights))
    low, high = np.quantile(shares[1:], [0.025, 0.975], axis=0)
    return Dominance(
        tuple(design.channels[i] for i in moving), shares[0], low, high, float(shares[0].sum())
    )
