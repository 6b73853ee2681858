"""How much of the explained change each channel accounts for: Shapley shares of R squared."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import comb

import numpy as np

from analysis.model.design import Design
from analysis.model.fwl import orthonormal
from analysis.model.ols import RANK_TOLERANCE
from analysis.panel import Floats

MAX_CHANNELS = 10
"""Two to the power of this many regressions are still done at once."""

_PIVOT = 1e-10
"""Share of a column's square under which the columns before it leave nothing of it."""


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
        The central 95 % over bootstrap draws of the rows, each a day with its own lags. No
        share is below zero, so an interval never tells one from nothing: see ``by_chance``.
    total : float
        The partial R squared of all channels beside own lags and weekday.
    by_chance : float
        What a channel that does nothing gets on average.
    """

    channels: tuple[str, ...]
    shares: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    total: float
    by_chance: float


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
    high, low = np.tril_indices(table.shape[1])
    gram = np.empty((len(weights), table.shape[1], table.shape[1]))
    gram[:, high, low] = gram[:, low, high] = weights @ (table[:, high] * table[:, low])
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
    explained = subset_fits(gram)
    masks = np.arange(2**count)
    size = np.array([int(mask).bit_count() for mask in masks])
    shares = np.zeros((len(gram), count))
    for column in range(count):
        without = masks[(masks >> column) & 1 == 0]
        weight = np.array([1 / (count * comb(count - 1, int(n))) for n in size[without]])
        gained = explained[without | (1 << column)] - explained[without]
        shares[:, column] = weight @ gained
    return shares


def subset_fits(gram: Floats) -> Floats:
    """Return R squared of every subset of the columns.

    One column at a time is swept out of those after it, so that a subset costs one step more
    than the subset without its last column. A column of which the others leave nothing adds
    nothing.

    Parameters
    ----------
    gram : array (b, c + 1, c + 1)
        As in `shapley`.

    Returns
    -------
    array (2^c, b)
        Bit i of the place tells whether column i is in the subset.
    """
    count = gram.shape[1] - 1
    total = gram[:, -1, -1]
    explained = np.zeros((2**count, len(gram)))
    squares = np.diagonal(gram, axis1=1, axis2=2)

    def descend(left: Floats, first: int, mask: int) -> None:
        explained[mask] = np.where(
            total > 0, 1 - left[:, -1, -1] / np.where(total > 0, total, 1), 0
        )
        for column in range(first, count):
            row = left[:, column - first]
            pivot = row[:, column - first]
            usable = pivot > _PIVOT * squares[:, column]
            after = np.where(usable[:, None], row[:, column - first + 1 :], 0.0)
            inner = left[:, column - first + 1 :, column - first + 1 :]
            step = after[:, :, None] * (after / np.where(usable, pivot, 1.0)[:, None])[:, None, :]
            descend(inner - step, column + 1, mask | (1 << column))

    descend(gram, 0, 0)
    return explained


def dominance(design: Design, draws: int = 200, seed: int = 0) -> Dominance | None:
    """Return each channel's share of what posts explain, with bootstrap intervals.

    Channels without a post, and those that lags and weekdays fit exactly, are left out.

    Parameters
    ----------
    design : Design
        The primary's.
    draws : int
        Bootstrap draws.
    seed : int
        Of the draws.

    Returns
    -------
    Dominance or None
        None when no channel is left or more than ``MAX_CHANNELS``, or nothing of the outcome is.
    """
    columns = 1 + np.arange(len(design.channels))
    controls = orthonormal(np.delete(design.x, columns, axis=1))
    raw = np.column_stack([design.x[:, columns], design.y])
    left = raw - controls @ (controls.T @ raw)
    moving = np.linalg.norm(left, axis=0) > RANK_TOLERANCE * np.linalg.norm(raw, axis=0)
    kept = np.flatnonzero(moving[:-1])
    if not moving[-1] or not 0 < len(kept) <= MAX_CHANNELS:
        return None
    x = np.column_stack([left[:, kept], controls])
    n = len(design.y)
    rng = np.random.default_rng(seed)
    weights = np.vstack([np.ones(n), rng.multinomial(n, np.full(n, 1 / n), size=draws)])
    shares = shapley(partial_grams(x, len(kept), left[:, -1], weights))
    low, high = np.quantile(shares[1:], [0.025, 0.975], axis=0)
    return Dominance(
        channels=tuple(design.channels[i] for i in kept),
        shares=shares[0],
        low=low,
        high=high,
        total=float(shares[0].sum()),
        by_chance=1 / max(1, n - controls.shape[1]),
    )
