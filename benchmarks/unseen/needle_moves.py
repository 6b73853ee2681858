"""What a score does by itself, and what a post adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from unseen.diary import Diary, Entry, Floats

Answer = Callable[[Floats], Floats]
"""What one post adds to a reading, by its age then in hours (never negative)."""


def shocks(rng: np.random.Generator, days: int) -> Floats:
    """Return daily surprises of standard deviation 1, now and then a large one."""
    return np.asarray(rng.standard_t(6, days) / np.sqrt(6 / 4), dtype=float)


def walk(rng: np.random.Generator, start: float, usual: float, drift: Floats | float) -> Floats:
    """Return a random walk: the daily drift is a row, or one number for the length of another."""
    steps = np.asarray(drift, dtype=float) + usual * shocks(rng, np.size(drift))
    return start + np.cumsum(steps)


def returning(rng: np.random.Generator, around: Floats, usual: float, stays: float) -> Floats:
    """Return a score that goes back to its mean, keeping a share of its distance from it a day."""
    away = np.zeros(around.size)
    surprises = shocks(rng, around.size) * usual
    away[0] = surprises[0] / np.sqrt(1 - stays**2)
    for day in range(1, around.size):
        away[day] = stays * away[day - 1] + surprises[day]
    return around + away


def lasting(wait: float, half_life: float) -> Answer:
    """Return a rise that is whole after some hours and then fades slowly (half-life in days)."""

    def answer(age: Floats) -> Floats:
        return np.where(age >= wait, 0.5 ** ((age - wait) / 24 / half_life), 0.0)

    return answer


def two_days(age: Floats) -> Floats:
    """Return a rise that is whole for a day, half for a second one, and gone."""
    return np.select([age < 24, age < 48], [1.0, 0.5], 0.0)


def visits(age: Floats) -> Floats:
    """Return the part of a post's visits that fall on the 24 hours before the reading.

    Visits thin out exponentially, by a factor of e every 14 hours; all of them together are 1.
    """
    return np.exp(-np.maximum(age - 24, 0) / 14) - np.exp(-age / 14)


def lift(diary: Diary, entries: Iterable[Entry], mean: float, answer: Answer) -> Floats:
    """Return what posts add to each reading; no two posts do equally well."""
    times = np.array([each.timestamp() for each in diary.readings()])
    total = np.zeros(times.size)
    for entry in entries:
        size = mean * diary.rng.gamma(4, 1 / 4)
        age = (times - entry.at.timestamp()) / 3600
        total += np.where(age >= 0, size * answer(np.maximum(age, 0)), 0.0)
    return total


def lose_blocks(
    rng: np.random.Generator, values: Floats, blocks: int, low: int, high: int
) -> Floats:
    """Return the readings with some stretches of days missing (NaN)."""
    kept = values.copy()
    for _ in range(blocks):
        length = int(rng.integers(low, high + 1))
        at = int(rng.integers(5, values.size - length - 5))
        kept[at : at + length] = np.nan
    return kept
