"""How a daily score comes about: followers, views, ranks and faded sums, with or without posts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fresh.clock import Hours

Rng = np.random.Generator
Values = NDArray[np.float64]
Shape = Callable[[Hours], Hours]
"""From hours since a post to the share of its effect that has come (0 before the post)."""


def soon(hours: float) -> Shape:
    """Return the shape of an effect that comes at once and halves every so many hours."""
    return lambda age: np.where(age > 0, 1 - 0.5 ** (np.maximum(age, 0) / hours), 0.0)


def ramp(start: float, end: float) -> Shape:
    """Return the shape of an effect that comes evenly from one age to another, in hours."""
    return lambda age: np.clip((age - start) / (end - start), 0, 1)


def brought(readings: Hours, posts: Hours, shape: Shape) -> Values:
    """Return what all posts have brought between each reading and the one before it.

    Parameters
    ----------
    readings : array, shape (n,)
        In hours; the first gives 0.
    posts : array, shape (p,)
        In hours.

    Returns
    -------
    array, shape (n,)
        In units of one post's whole effect.
    """
    total = np.zeros(len(readings))
    for post in posts:
        total += shape(readings - post)
    return np.diff(total, prepend=total[0])


def faded(gains: Values, days: float) -> Values:
    """Return the sum of daily gains, each fading linearly to nothing over so many days."""
    weights = np.maximum(1 - np.arange(int(days) + 1) / days, 0)
    return np.convolve(gains, weights)[: len(gains)]


def pulled(rng: Rng, days: int, keep: float, noise: float, tails: float = np.inf) -> Values:
    """Return an AR(1) around zero; its shocks are normal, or Student's t with ``tails`` df."""
    shocks = noise * (rng.standard_normal(days) if np.isinf(tails) else rng.standard_t(tails, days))
    path = np.zeros(days)
    for day in range(1, days):
        path[day] = keep * path[day - 1] + shocks[day]
    return path


def followers(rng: Rng, start: int, joins: Values, churn: float) -> Values:
    """Return a number of followers: joins are Poisson, and each leaves by chance every day."""
    count, path = start, []
    for expected in joins:
        count += int(rng.poisson(max(expected, 0.0))) - int(rng.binomial(count, churn))
        path.append(count)
    return np.array(path, dtype=float)


def counted(rng: Rng, expected: Values, scatter: float) -> Values:
    """Return negative binomial counts: Poisson with a gamma rate of relative sd ``scatter``."""
    rates = expected * rng.gamma(1 / scatter**2, scatter**2, len(expected))
    return rng.poisson(np.maximum(rates, 0)).astype(float)


def spikes(rng: Rng, days: int, a_year: float, size: float, tail: float) -> Values:
    """Return views that links from elsewhere bring: rare, Pareto in size, halving every day."""
    hits = (rng.random(days) < a_year / 365) * size * (1 + rng.pareto(tail, days))
    return np.convolve(hits, 0.5 ** np.arange(8))[:days]


def week_mean(values: Values) -> Values:
    """Return the mean of each day and the six before it (of fewer at the beginning)."""
    sums = np.convolve(values, np.ones(7))[: len(values)]
    return np.asarray(sums / np.minimum(np.arange(1, len(values) + 1), 7))
