"""What a world is made of: who posts how, what moves the score, and how it is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Mood = Literal["steady", "busy", "season"]

RATES: Mapping[str, float] = MappingProxyType(
    {"blog": 0.21, "twitter": 3.4, "facebook": 0.6, "instagram": 0.36, "linkedin": 0.1}
)
"""Own posts a day, shares of blog posts not counted."""

SHARING: Mapping[str, float] = MappingProxyType({"twitter": 0.9, "facebook": 0.9, "linkedin": 0.9})
"""Probability that a blog post is shared on each network."""

REACTIONS = 6.0
"""People who react to a post, on average, where it is reactions that count."""

_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """A step in the scoring model.

    Attributes
    ----------
    drop : tuple of float
        The score falls by a number of points drawn evenly from this range.
    date : date or None
        None: somewhere in the middle fifth of the period, drawn.
    label : str
        As study.toml tells it.
    posting : float
        The author's posting rates are multiplied by this from then on.
    """

    drop: tuple[float, float]
    date: dt.date | None = None
    label: str = "The score's new model"
    posting: float = 1.0


@dataclass(frozen=True, slots=True)
class Period:
    """The period and seed of a world that stands for one account at one time."""

    start: dt.date
    days: int
    seed: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """Events that no source shows: they make one blog, and they lift the score.

    Attributes
    ----------
    rate : float
        The chance of one on a day.
    blogging : float
        The chance that it makes the author blog on that day.
    points : float
        What it adds to the score over the next two readings.
    """

    rate: float
    blogging: float
    points: float


@dataclass(frozen=True, slots=True)
class Readings:
    """How the score is published, and which readings are there.

    Attributes
    ----------
    resolution : float
        The step of the published score, in points.
    missing : float
        The chance that a reading is not there.
    outage : int
        Days in a row without one, once, beside those.
    """

    resolution: float = 0.01
    missing: float = 0.0
    outage: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """A way that an account and its score can be.

    Attributes
    ----------
    name, description : str
        The description is one sentence.
    effects : mapping of str to float
        Points that one post of the channel adds to the score over the next two readings,
        before the score's engine lets them decay. Channels that are not named add nothing.
    share_effects : mapping of str to float
        The same, but only for posts that share a blog post.
    mood : {"steady", "busy", "season"}
        The slow thing behind all posting: none; one that leaves the score alone; a trend
        and a season that also carry the score.
    falls_cause_posts : float
        How strongly the author blogs because the score fell: the log of the blogging rate
        rises by this much a point lost over three days.
    change : Change or None
        A known change of the scoring model.
    hidden : Hidden or None
        Events that no source shows. Blog posts then rise with the score though they do
        nothing, and no regression on these sources can tell: see `identifiable`.
    spread : int
        Readings over which the effect of a post arrives, in equal parts. ``effects`` are
        their sum.
    second_adds : float
        What share of its effect a blog post adds when another was posted in the 48 hours
        before it.
    per_reaction : mapping of str to float
        Points that each reaction to a post of the channel adds, as ``effects``. The posts of
        these channels get `REACTIONS` reactions on average, some of them many.
    engine : str or None
        None: drawn, see `analysis.worlds.engines`.
    tails : tuple of float
        Range of the degrees of freedom of the daily shocks' Student t.
    readings : Readings
        How the score is published, and which readings are there.
    level : tuple of float
        Range of the level around which the score moves, after any change.
    rates, sharing : mapping of str to float
        Own posts a day; probability that a blog post is shared on each network.
    observed_at, title, score_name : str
        As study.toml has them.
    negative_control : str or None
        The same: a channel that is known to do nothing.
    smallest_effect : float or None
        The same; None leaves it to the default.
    period : Period or None
        None: any start, any number of days.
    """

    name: str
    description: str
    effects: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    share_effects: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    mood: Mood = "steady"
    falls_cause_posts: float = 0.0
    change: Change | None = None
    hidden: Hidden | None = None
    spread: int = 2
    second_adds: float = 1.0
    per_reaction: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    engine: str | None = None
    tails: tuple[float, float] = (5.0, 5.0)
    readings: Readings = field(default_factory=Readings)
    level: tuple[float, float] = (42.0, 58.0)
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)
    sharing: Mapping[str, float] = field(default_factory=lambda: SHARING)
    observed_at: str = "00:00"
    title: str = ""
    score_name: str = "Simulated score"
    negative_control: str | None = None
    smallest_effect: float | None = None
    period: Period | None = None

    @property
    def focal(self) -> str:
        """The channel that the claim is about."""
        return "blog"

    @property
    def focal_moves(self) -> bool:
        """Whether a blog post, shared as the author shares, moves the score here."""
        return any(
            effects.get(channel, 0.0) != 0.0
            for effects in (self.effects, self.share_effects, self.per_reaction)
            for channel in (self.focal, *self.sharing)
        )

    @property
    def others_move(self) -> tuple[str, ...]:
        """The other channels whose own posts move the score here."""
        return tuple(
            channel
            for channel in self.rates
            if channel != self.focal
            and (self.effects.get(channel, 0.0) or self.per_reaction.get(channel, 0.0))
        )

    @property
    def identifiable(self) -> bool:
        """Whether the sources, read forever, could tell what moves the score here."""
        return self.hidden is None
