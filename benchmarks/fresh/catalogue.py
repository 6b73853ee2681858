"""The worlds by name, and what is true in each."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fresh import effects, nulls
from fresh.folders import Account, write


@dataclass(frozen=True)
class World:
    """One way in which an account and its score come about.

    Attributes
    ----------
    name : str
        As in the table.
    says : str
        What is special about it, in a phrase.
    focal_moves, others_move : bool
        Whether blog posts (shares of them included) move the score within 48 hours, and
        whether posts of any other channel that share none do.
    identifiable : bool
        False where something that the files do not hold causes both posts and score.
    build : callable
        Makes an account from a random generator.
    """

    name: str
    says: str
    focal_moves: bool
    others_move: bool
    identifiable: bool
    build: Callable[[np.random.Generator], Account]

    @property
    def truth(self) -> str:
        """What moves the score, in a word or two."""
        words = {
            (False, False): "nothing",
            (True, False): "blog only",
            (False, True): "another channel only",
            (True, True): "blog and another channel",
        }[self.focal_moves, self.others_move]
        return words if self.identifiable else f"{words}, but a hidden cause looks like it"


def _world(build: Callable[[np.random.Generator], Account], says: str, truth: str) -> World:
    name = build.__name__.replace("_", "-")
    return World(name, says, "focal" in truth, "others" in truth, "hidden" not in truth, build)


WORLDS: tuple[World, ...] = (
    _world(nulls.night_owl, "Tokyo, posts after midnight, followers with churn, read 03:30", ""),
    _world(nulls.bursts, "Hawkes bursts across channels, weekly mean in whole points", ""),
    _world(nulls.dip_brings_posts, "its owner writes when the score has fallen", ""),
    _world(nulls.slow_moods, "views and posting wander over weeks, apart (flow)", ""),
    _world(nulls.shared_rise, "growth and posting both rise; no weekend readings", ""),
    _world(nulls.viral_spikes, "views with Pareto spikes; posts known by day (flow)", ""),
    _world(nulls.restated, "restated twice, gaps; native exports", ""),
    _world(nulls.holidays, "holidays stop the posts and lower the views (flow)", "hidden"),
    _world(effects.same_evening, "views for some hours after a post (flow)", "focal"),
    _world(effects.next_day, "rise 12 to 40 hours after a post; native exports", "focal"),
    _world(effects.subscribers, "new followers over two days; posts known by day", "focal"),
    _world(effects.counts_only, "counts a day, mean-reverting, one decimal", "focal"),
    _world(effects.smoothed, "weekly mean of a rank", "focal"),
    _world(effects.irregular, "read between 5 and 11, some days twice", "focal"),
    _world(effects.spiky_blog, "views by half a day's worth, among Pareto spikes (flow)", "focal"),
    _world(effects.faint_blog, "one or two new followers a post; one year", "focal"),
    _world(effects.podcast_carries, "podcast brings followers, blog has its notes", "others"),
    _world(effects.photos_carry, "photos bring views, in bursts with the blog (flow)", "others"),
    _world(effects.everything, "blog, newsletter and podcast alike", "focal others"),
    _world(effects.links_carry, "LinkedIn posts and shares; native exports", "focal others"),
)

BY_NAME = {world.name: world for world in WORLDS}


def make(world: World, seed: int) -> Account:
    """Return one account of a world; the same seed gives the same account."""
    return world.build(np.random.default_rng([zlib.crc32(world.name.encode()), seed]))


def write_study(world: World, seed: int, folder: Path) -> Account:
    """Write one account of a world as a study's folder, and return it."""
    account = make(world, seed)
    truth = {
        "world": world.name,
        "seed": seed,
        "focal_moves": world.focal_moves,
        "others_move": world.others_move,
        "identifiable": world.identifiable,
    }
    write(account, f"{world.name}, seed {seed}", truth, folder)
    return account
