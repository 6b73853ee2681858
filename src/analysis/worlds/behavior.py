"""The posting behavior of one account: who posts how often, on which day, at what time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.worlds.world import REACTIONS, Mood

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Times = NDArray[np.datetime64]

DAY_SECONDS = 86_400
WAKE_SECOND = 6 * 3600 + 1800
"""Nobody starts a post between midnight and 06:30, so daylight saving skips no post."""
LAST_SHARE_SECONDS = 2 * 3600

_BLOG_WEEK = np.array([1.15, 1.35, 1.3, 1.2, 0.95, 0.45, 0.6])
_WEEK = np.array([1.05, 1.1, 1.1, 1.05, 1.0, 0.85, 0.85])
_SECOND_POST = 0.04
_UNSEEN_DAYS = 240
"""The period begins anywhere in that many days of productive and idle spells."""


@dataclass(frozen=True, slots=True)
class Drive:
    """The slow things behind an account, one value a day.

    Attributes
    ----------
    posting : array
        Log of the factor on all posting rates.
    score : array
        Points that come and go with it in the score itself.
    """

    posting: Floats
    score: Floats


def _standard(values: Floats) -> Floats:
    standardized: Floats = (values - values.mean()) / values.std()
    return standardized


def _slow(rng: np.random.Generator, days: int, persistence: float, smooth: int) -> Floats:
    """Return a slow random series with mean 0 and variance 1."""
    length = days + smooth - 1
    weights = persistence ** np.arange(300, dtype=float)
    series = np.convolve(rng.normal(size=length + 299), weights, mode="valid")
    return _standard(np.convolve(series, np.full(smooth, 1.0 / smooth), mode="valid"))


def drive(rng: np.random.Generator, mood: Mood, days: int) -> Drive:
    """Return what slowly drives the account, see `World.mood`."""
    still = np.zeros(days)
    if mood == "steady":
        return Drive(still, still)
    if mood == "busy":
        return Drive(0.55 * _slow(rng, days, 0.95, 5), still)
    time = np.arange(days, dtype=float)
    season = np.sin(2.0 * np.pi * (time / 365.25 + rng.random()))
    trend = (time / days - 0.5) * (1.0 if rng.random() < 0.5 else -1.0)
    slow = _slow(rng, days, 0.97, 30)
    return Drive(0.35 * season + 0.4 * trend + 0.3 * slow, 2.0 * season + 3.0 * trend + slow)


def blog_rates(rng: np.random.Generator, rate: float, weekdays: Ints, posting: Floats) -> Floats:
    """Return the chance of a blog post on each day: in bursts, less at weekends.

    Productive spells of about 10 days (1.8 times the usual rate) alternate with idle ones
    of about 14 (0.43 times).
    """
    pairs = len(weekdays) + _UNSEEN_DAYS
    lengths = rng.geometric(np.tile([1 / 10, 1 / 14], pairs))
    spells = np.repeat(np.tile([1.8, 0.43], pairs), lengths)
    offset = int(rng.integers(0, _UNSEEN_DAYS))
    factors = spells[offset : offset + len(weekdays)]
    chances: Floats = np.clip(rate * factors * _BLOG_WEEK[weekdays] * np.exp(posting), 0.0, 0.95)
    return chances


def blog_counts(rng: np.random.Generator, chances: Floats) -> Ints:
    """Return the number of blog posts on each day: mostly 0 or 1, rarely 2."""
    first = rng.random(len(chances)) < chances
    second = first & (rng.random(len(chances)) < _SECOND_POST)
    return first.astype(np.int64) + second.astype(np.int64)


def blog_counts_after_falls(
    rng: np.random.Generator,
    chances: Floats,
    path: Floats,
    gain: float,
    response: Floats,
) -> Ints:
    """Return the number of blog posts on each day of an author who watches the score.

    Parameters
    ----------
    rng : Generator
        Source of chance.
    chances : array
        As `blog_rates` gives them, for a score that stands still.
    path : array
        The published score without blog posts; the day's reading is out before its posts.
    gain : float
        By how much the log chance rises a point lost over the last three days.
    response : array
        Points that one blog post adds at the first reading after it and later.
    """
    seen = path.copy()
    luck = rng.random(len(chances))
    counts = np.zeros(len(chances), dtype=np.int64)
    for day, chance in enumerate(chances.tolist()):
        fall = float(seen[max(day - 3, 0)] - seen[day])
        if luck[day] < min(0.95, chance * np.exp(gain * fall)):
            counts[day] = 1
            seen[day + 1 :] += response[: len(seen) - day - 1]
    return counts


def daily_counts(rng: np.random.Generator, rate: float, weekdays: Ints, posting: Floats) -> Ints:
    """Return the number of posts on each day, more uneven than Poisson."""
    lively = rng.gamma(4.0, 1.0 / 4.0, len(weekdays))
    expected = rate * lively * _WEEK[weekdays] * np.exp(posting)
    counts: Ints = rng.poisson(expected).astype(np.int64)
    return counts


def times(rng: np.random.Generator, days: Times, counts: Ints) -> Times:
    """Return the local time of each post, sorted, from 06:30 to the last second of the day."""
    waking = DAY_SECONDS - WAKE_SECOND
    hours = rng.beta(1.5, 1.3, int(counts.sum()))
    seconds = WAKE_SECOND + np.minimum((hours * waking).astype(np.int64), waking - 1)
    starts = np.repeat(days.astype("datetime64[s]"), counts)
    return np.sort(starts + seconds.astype("timedelta64[s]"))


def shares(rng: np.random.Generator, posts: Times, probability: float) -> tuple[Times, Ints]:
    """Return when each blog post is shared on one network, and the rows of those shared.

    A share follows its post by a minute to two hours, half of them within 15 minutes.
    """
    rows = np.flatnonzero(rng.random(len(posts)) < probability).astype(np.int64)
    wait = 60 + np.minimum(rng.exponential(1200.0, len(posts)), LAST_SHARE_SECONDS - 60)
    return posts[rows] + wait[rows].astype("timedelta64[s]"), rows


def reactions(rng: np.random.Generator, posts: int) -> Ints:
    """Return how many people react to each post: mostly few, now and then dozens."""
    lively = rng.gamma(0.5, REACTIONS / 0.5, posts)
    counts: Ints = rng.poisson(lively).astype(np.int64)
    return counts
