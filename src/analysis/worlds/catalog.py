"""The named worlds: what drives posting there, and what moves the score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from analysis.errors import invalid

Mood = Literal["steady", "busy", "season"]

RATES: Mapping[str, float] = MappingProxyType(
    {"blog": 0.21, "twitter": 3.4, "facebook": 0.6, "instagram": 0.36, "linkedin": 0.1}
)
"""Own posts a day, shares of blog posts not counted."""

SHARING: Mapping[str, float] = MappingProxyType({"twitter": 0.9, "facebook": 0.9, "linkedin": 0.9})
"""Probability that a blog post is shared on each network."""

_NOTHING: Mapping[str, float] = MappingProxyType({})

START = dt.date(2012, 1, 2)
DAYS = 240


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
    engine : str or None
        None: drawn, see `analysis.worlds.engines`.
    level : tuple of float
        Range of the level around which the score moves, after any change.
    rates, sharing : mapping of str to float
        Own posts a day; probability that a blog post is shared on each network.
    observed_at, title, score_name : str
        As study.toml has them.
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
    engine: str | None = None
    level: tuple[float, float] = (42.0, 58.0)
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)
    sharing: Mapping[str, float] = field(default_factory=lambda: SHARING)
    observed_at: str = "00:00"
    title: str = ""
    score_name: str = "Simulated score"
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
            for effects in (self.effects, self.share_effects)
            for channel in (self.focal, *self.sharing)
        )

    @property
    def others_move(self) -> tuple[str, ...]:
        """The other channels whose own posts move the score here."""
        return tuple(
            channel
            for channel in self.rates
            if channel != self.focal and self.effects.get(channel, 0.0) != 0.0
        )


def _effects(**points: float) -> Mapping[str, float]:
    return MappingProxyType(points)


_CHANGE = Change(drop=(6.0, 6.0), posting=1.6)

BANFIELD = World(
    name="banfield-2012",
    description=(
        "One account of 2011-2012 with the facts that its author stated: blog posts move the "
        "score only through the links shared on Twitter, Facebook and LinkedIn; nothing else does."
    ),
    share_effects=_effects(twitter=0.12, facebook=0.12, linkedin=0.09),
    change=Change((6.0, 10.0), dt.date(2011, 10, 26), "Klout's new scoring model"),
    engine="window",
    level=(58.5, 59.5),
    rates=MappingProxyType({**RATES, "instagram": 1.1}),
    observed_at="06:00",
    title="Does Klout actually have any?",
    score_name="Klout score",
    smallest_effect=0.15,
    period=Period(dt.date(2011, 3, 23), 458, 2047),
)

WORLDS: Mapping[str, World] = MappingProxyType(
    {
        world.name: world
        for world in (
            World("nothing", "No post of any channel moves the score."),
            World(
                "blog-only", "Blog posts move the score and nothing else does.", _effects(blog=0.3)
            ),
            World(
                "tweets-only",
                "Every tweet moves the score a little, those that share a blog post included.",
                _effects(twitter=0.12),
            ),
            World(
                "everything",
                "Every channel moves the score, each by its own amount.",
                _effects(blog=0.3, twitter=0.08, facebook=0.18, instagram=0.15, linkedin=0.3),
            ),
            World(
                "busy",
                "Busy and idle weeks drive all posting alike; the score does not care.",
                mood="busy",
            ),
            World(
                "trend-season",
                "A trend and a yearly season carry both posting and score; no post moves it.",
                mood="season",
            ),
            World(
                "algorithm-change",
                "The scoring model changes on a known day, the score drops by 6 points and the "
                "author then posts more; no post moves it.",
                change=_CHANGE,
            ),
            World(
                "algorithm-change-blog",
                "The scoring model changes on a known day, the score drops by 6 points and the "
                "author then posts more; blog posts move it.",
                _effects(blog=0.3),
                change=_CHANGE,
            ),
            World(
                "reverse",
                "The author blogs because the score fell; no post moves it.",
                falls_cause_posts=1.2,
            ),
            World(
                "reverse-blog",
                "The author blogs because the score fell, and blog posts move it.",
                _effects(blog=0.3),
                falls_cause_posts=1.2,
            ),
            BANFIELD,
        )
    }
)


def names() -> tuple[str, ...]:
    """Return the names of all worlds."""
    return tuple(WORLDS)


def get(name: str) -> World:
    """Return the world of that name; underscores count as dashes.

    Raises
    ------
    InputError
        There is none.
    """
    try:
        return WORLDS[name.strip().lower().replace("_", "-")]
    except KeyError:
        raise invalid("WORLD", name, f"expected one of {', '.join(WORLDS)}") from None


def describe(name: str) -> str:
    """Return one sentence on the world of that name."""
    return get(name).description
