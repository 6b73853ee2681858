"""How a score is made from shocks and posts: linear engines with known responses.

Every engine is a response: what one point of input adds to the score at the reading that
first sees it, at the next one, and so on. A score is then a sum of responses, and what a post
truly adds within two readings can be read off instead of being estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAK = 0.97
WINDOW_DAYS = 90
CLIFF_DAYS = 30
SMOOTHED_LEAK = 0.985
SMOOTHING = 0.5

SHOCK_SD = 0.25
"""Of the daily shocks, in points; they follow a Student t."""
READING_SD = 0.08
"""Of the noise of one published reading, in points."""
BURN_IN = 400


def leaky(length: int) -> Floats:
    """Return the response of a score that loses 3 % of its distance to its level a day."""
    return LEAK ** np.arange(length, dtype=float)


def window(length: int) -> Floats:
    """Return the response of a score that forgets linearly over 90 days."""
    return np.maximum(0.0, 1.0 - np.arange(length, dtype=float) / WINDOW_DAYS)


def smoothed(length: int) -> Floats:
    """Return the response of a leaky score published as its exponential moving average."""
    days = np.arange(length, dtype=float)
    kernel = SMOOTHING * (1.0 - SMOOTHING) ** days
    return np.convolve(SMOOTHED_LEAK**days, kernel)[:length]


def cliff(length: int) -> Floats:
    """Return the response of a score that counts the last 30 days, all of them alike."""
    return np.where(np.arange(length) < CLIFF_DAYS, 1.0, 0.0)


ENGINES: Mapping[str, Callable[[int], Floats]] = MappingProxyType(
    {"leaky": leaky, "window": window, "smoothed": smoothed, "cliff": cliff}
)
DRAWN = ("leaky", "smoothed", "window")
"""The engines of worlds that name none, each as likely as the others."""


def post_response(engine: str, length: int, spread: int = 2) -> Floats:
    """Return what a post adds per point of its effect, from the first reading after it on.

    The effect arrives in equal parts with the first ``spread`` readings. Element 1 is the
    true effect within two readings.
    """
    response = ENGINES[engine](length)
    total = response
    for lag in range(1, min(spread, length)):
        total = total + np.concatenate((np.zeros(lag), response[:-lag]))
    return total / spread


def noise(rng: np.random.Generator, engine: str, days: int, freedom: float = 5.0) -> Floats:
    """Return a score without posts, around zero: shocks through the engine, and reading noise.

    Parameters
    ----------
    rng : Generator
        Source of chance.
    engine : str
        A key of `ENGINES`.
    days : int
        How many values.
    freedom : float
        Degrees of freedom of the shocks, above 2; their standard deviation is the same.
    """
    length = days + BURN_IN
    shocks = rng.standard_t(freedom, length) * (SHOCK_SD / np.sqrt(freedom / (freedom - 2.0)))
    path = np.convolve(shocks, ENGINES[engine](length))[BURN_IN:length]
    return path + rng.normal(0.0, READING_SD, days)


def add_posts(
    path: Floats, engine: str, points: Floats, expected: float, spread: int = 2
) -> Floats:
    """Return ``path`` with the posts' effects.

    Parameters
    ----------
    path : array
        One value a reading.
    engine : str
        A key of `ENGINES`.
    points : array
        Points that arrive with each reading: effect times posts since the reading before.
    expected : float
        Their long-run mean, which the level already holds: the days before the first one
        are taken to have had just that.
    spread : int
        As in `post_response`.
    """
    response = post_response(engine, len(path), spread)
    return path + np.convolve(points - expected, response)[: len(path)]


def publish(path: Floats, resolution: float) -> Floats:
    """Return the readings as published: from 1 to 100, in steps of ``resolution``."""
    return np.round(np.clip(path, 1.0, 100.0) / resolution) * resolution
