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
