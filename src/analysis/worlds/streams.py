"""When every channel of one account posts, and which blog post each post shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.worlds import behavior, engines
from analysis.worlds.account import Times
from analysis.worlds.world import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RETWEETS = 0.5
"""Tweets of others passed on, a day; they count for nothing."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The posts of one channel in the order of time, before they say anything.

    Attributes
    ----------
    when : array of datetime64[s]
        Local wall-clock times.
    crosspost_of : array of int
        Row of the blog post that each one shares; -1 where it shares none.
    repost : array of bool
        Whether it is someone else's.
    """

    when: Times
    crosspost_of: Ints
    repost: NDArray[np.bool_]


def posting(
    rng: np.random.Generator,
    world: World,
    calendar: Times,
    drive: Floats,
    path: Floats,
    engine: str,
    events: NDArray[np.bool_],
) -> dict[str, Stream]:
    """Return when every channel posts, the blog first.

    Parameters
    ----------
    rng : Generator
        Source of chance.
    world : World
        How the author posts.
    calendar : array (n,) of datetime64[D]
        The days.
    drive : array (n,)
        Log of the factor on all posting rates.
    path : array (n,)
        The published score without blog posts.
    engine : str
        A key of `engines.ENGINES`.
    events : array (n,) of bool
        The days of hidden events.
    """
    weekdays = (calendar.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    chances = behavior.blog_rates(rng, world.rates["blog"], weekdays, drive)
    if world.hidden is not None:
        chances = 1.0 - (1.0 - chances) * (1.0 - world.hidden.blogging * events)
    if world.falls_cause_posts:
        response = engines.post_response(engine, len(calendar), world.spread)
        added = world.effects.get("blog", 0.0) * response
        counts = behavior.blog_counts_after_falls(
            rng, chances, path, world.falls_cause_posts, added
        )
    else:
        counts = behavior.blog_counts(rng, chances)
    blog = behavior.times(rng, calendar, counts)
    streams = {"blog": _merged(blog, None, None)}
    for channel, rate in world.rates.items():
        if channel == "blog":
            continue
        own = behavior.times(rng, calendar, behavior.daily_counts(rng, rate, weekdays, drive))
        shared = behavior.shares(rng, blog, world.sharing.get(channel, 0.0))
        others = None
        if channel == "twitter":
            counts = behavior.daily_counts(rng, RETWEETS, weekdays, drive)
            others = behavior.times(rng, calendar, counts)
        streams[channel] = _merged(own, shared, others)
    return streams


def _merged(
    own: Times, shared: tuple[Times, NDArray[np.int64]] | None, others: Times | None
) -> Stream:
    """Return own posts, shares of blog posts and reposts in the order of time."""
    none: Times = np.array([], dtype="datetime64[s]")
    shares, rows = shared or (none, np.array([], dtype=np.int64))
    passed = none if others is None else others
    when = np.concatenate([own, shares, passed])
    parents = np.concatenate([np.full(len(own), -1), rows, np.full(len(passed), -1)])
    repost = np.repeat([False, False, True], [len(own), len(shares), len(passed)])
    order = np.argsort(when, kind="stable")
    return Stream(when[order], parents[order].astype(np.int64), repost[order])


def reactions(
    rng: np.random.Generator, world: World, streams: Mapping[str, Stream]
) -> dict[str, Ints]:
    """Return how many people react to each post, in the channels where that counts."""
    return {
        channel: behavior.reactions(rng, len(streams[channel].when))
        for channel in world.per_reaction
    }
