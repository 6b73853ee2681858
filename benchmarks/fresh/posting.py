"""How people post: habits by weekday and hour, bursts, moods, and posts that follow others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fresh.clock import Hours, Stretch

Rng = np.random.Generator

EVEN = (1.0,) * 7
"""Every weekday alike, Monday first."""
WORKDAYS = (1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5)
WEEKENDS = (0.6, 0.6, 0.6, 0.6, 1.0, 1.8, 1.8)


def habit(
    rng: Rng,
    stretch: Stretch,
    a_week: float,
    hour: float,
    spread: float,
    weekdays: Sequence[float] = EVEN,
    mood: Callable[[int], float] = lambda day: 1.0,
) -> Hours:
    """Return posts at random days by weekday and mood, around an hour of the wall clock.

    Parameters
    ----------
    a_week : float
        Posts a week where mood is 1.
    hour, spread : float
        Center and standard deviation of the hour; 25 is one at night, of the day begun before.
    mood : callable
        From a day number to a factor of the rate.
    """
    share = np.array(weekdays) / np.sum(weekdays)
    days = [
        day
        for day in stretch.span
        for _ in range(rng.poisson(a_week * share[stretch.date(day).weekday()] * mood(day)))
    ]
    return stretch.instants(days, hour + spread * rng.standard_normal(len(days)))


def appointment(
    rng: Rng, stretch: Stretch, weekday: int, hour: float, skipped: float, every: int = 1
) -> Hours:
    """Return posts on one weekday of each or every nth week, at nearly the same time."""
    held = [day for day in stretch.span if stretch.date(day).weekday() == weekday][::every]
    days = [day for day in held if rng.random() >= skipped]
    return stretch.instants(days, hour + 0.1 * rng.standard_normal(len(days)))


def hawkes(
    rng: Rng,
    stretch: Stretch,
    a_day: Sequence[float],
    offspring: Sequence[Sequence[float]],
    delay: float,
) -> list[Hours]:
    """Return the posts of channels in which each post calls for more, in its own and others.

    Parameters
    ----------
    a_day : sequence of float
        Posts a day that nothing called for, by channel.
    offspring : sequence of sequences of float
        ``offspring[i][j]``: mean number of posts in j that one in i directly calls for.
    delay : float
        Mean hours from a post to those that it calls for (exponential).
    """
    start, end = stretch.instant(stretch.span[0], 0), stretch.instant(stretch.span[-1], 24)
    found: list[list[float]] = [[] for _ in a_day]
    waiting = [
        (channel, instant)
        for channel, rate in enumerate(a_day)
        for instant in rng.uniform(start, end, rng.poisson(rate * (end - start) / 24))
    ]
    while waiting:
        channel, instant = waiting.pop()
        if instant >= end:
            continue
        found[channel].append(instant)
        for other, mean in enumerate(offspring[channel]):
            for wait in rng.exponential(delay, rng.poisson(mean)):
                waiting.append((other, instant + wait))
    return [np.sort(np.array(each, dtype=float)) for each in found]


def following(rng: Rng, posts: Hours, share: float, soonest: float, latest: float) -> Hours:
    """Return a follow-up to a share of the posts, between so many hours after each."""
    chosen = posts[rng.random(len(posts)) < share]
    return np.sort(chosen + rng.uniform(soonest, latest, len(chosen)))


def wander(rng: Rng, stretch: Stretch, days: float, size: float) -> Callable[[int], float]:
    """Return a mood of mean 1 that wanders slowly: the exponential of an AR(1).

    Parameters
    ----------
    days : float
        Days after which its autocorrelation is 1/e.
    size : float
        Standard deviation of its logarithm.
    """
    keep = np.exp(-1 / days)
    level, path = size * rng.standard_normal(), {}
    for day in stretch.span:
        level = keep * level + size * np.sqrt(1 - keep**2) * rng.standard_normal()
        path[day] = float(np.exp(level - size**2 / 2))
    return path.__getitem__


def together(*posts: Hours) -> Hours:
    """Return all of the posts in order."""
    return np.sort(np.concatenate(posts))
