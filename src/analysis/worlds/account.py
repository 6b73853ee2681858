"""A simulated account held in memory: its posts, its score, and the truth behind both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.worlds.world import World

Times = NDArray[np.datetime64]
"""Local wall-clock times, ``datetime64[s]``."""


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts of one channel in the order of time, one entry a post in every field.

    Attributes
    ----------
    when : array of datetime64[s]
        Local wall-clock times.
    crosspost_of : array of int
        Row of the blog post that this one shares; -1 where it is a post of its own.
    kind : tuple of str
        "post", "share", "photo", "reply" or "repost".
    title, text, link : tuple of str
        Plain text; only blog posts have a title. The link of a blog post is its permalink.
    reactions : array of int
        How many people reacted. Few exports tell.
    """

    when: Times
    crosspost_of: NDArray[np.int64]
    kind: tuple[str, ...]
    title: tuple[str, ...]
    text: tuple[str, ...]
    link: tuple[str, ...]
    reactions: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of posts."""
        return len(self.when)

    @property
    def counts(self) -> NDArray[np.bool_]:
        """Whether each one counts as a post of the owner: all but reposts of others."""
        return np.array([kind != "repost" for kind in self.kind], dtype=bool)


@dataclass(frozen=True, slots=True)
class Break:
    """A known change of the scoring model: readings from ``date`` on follow the new one."""

    date: dt.date
    label: str


@dataclass(frozen=True, slots=True)
class Account:
    """One simulated account.

    Attributes
    ----------
    world : World
        Where it lives.
    seed : int
        What, with the world, the start and the number of days, fixes every byte.
    dates : array of datetime64[D]
        The day of each reading; it is taken at ``world.observed_at``, local time.
    score : array of float
        The reading of each date, rounded to 0.01.
    posts : mapping of str to Posts
        By channel. They begin two weeks before the first reading and end with the export.
    breaks : tuple of Break
        Known changes of the scoring model.
    engine : str
        How the score was made, see `analysis.worlds.engines`.
    effects : mapping of str to float
        Points that one post of the channel adds to the published score within two readings.
    share_effects : mapping of str to float
        What it adds beyond that when it shares a blog post.
    exported : datetime64[s]
        When the exports were made, local time.
    """

    world: World
    seed: int
    dates: NDArray[np.datetime64]
    score: NDArray[np.float64]
    posts: Mapping[str, Posts]
    breaks: tuple[Break, ...]
    engine: str
    effects: Mapping[str, float]
    share_effects: Mapping[str, float]
    exported: np.datetime64

    @property
    def bundle_effect(self) -> float:
        """Points that a blog post adds, shared as the author usually shares, in two readings."""
        carried = sum(
            (self.effects.get(channel, 0.0) + self.share_effects.get(channel, 0.0)) * probability
            for channel, probability in self.world.sharing.items()
        )
        return self.effects.get(self.world.focal, 0.0) + carried
