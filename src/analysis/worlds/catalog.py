"""The named worlds: what drives posting there, and what moves the score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from analysis.errors import invalid
from analysis.worlds.world import RATES, SHARING, Change, Hidden, Period, Readings, World

START = dt.date(2012, 1, 2)
DAYS = 240


def _effects(**points: float) -> Mapping[str, float]:
    return MappingProxyType(points)


_BLOG = _effects(blog=0.3)
_CHANGE = Change(drop=(6.0, 6.0), posting=1.6)
_HEAVY_TAILS = (2.5, 3.0)
_WHOLE_POINTS = Readings(resolution=1.0)
_GAPS = Readings(missing=0.08, outage=10)
_FEW_OTHERS: Mapping[str, float] = MappingProxyType({**RATES, "facebook": 0.15, "linkedin": 0.03})
_NEARLY_ALL: Mapping[str, float] = MappingProxyType(dict.fromkeys(SHARING, 0.98))

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
    negative_control="instagram",
    period=Period(dt.date(2011, 3, 23), 458, 2047),
)

_PLAIN: tuple[World, ...] = (
    World("nothing", "No post of any channel moves the score."),
    World("blog-only", "Blog posts move the score and nothing else does.", _BLOG),
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
        _BLOG,
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
        _BLOG,
        falls_cause_posts=1.2,
    ),
)
"""Worlds in which posting and score are what they seem, and the usual traps."""

_HARD: tuple[World, ...] = (
    World(
        "cliff",
        "Whatever moves the score leaves it again after exactly 30 days; no post moves it.",
        engine="cliff",
    ),
    World(
        "cliff-blog",
        "Whatever moves the score leaves it again after exactly 30 days; blog posts move it.",
        _BLOG,
        engine="cliff",
    ),
    World(
        "heavy-tails",
        "The score makes rare large moves (Student t, 2.5 to 3 degrees of freedom); no post "
        "moves it.",
        tails=_HEAVY_TAILS,
    ),
    World(
        "heavy-tails-blog",
        "The score makes rare large moves (Student t, 2.5 to 3 degrees of freedom), and blog "
        "posts move it.",
        _BLOG,
        tails=_HEAVY_TAILS,
    ),
    World(
        "whole-points",
        "The score is published in whole points; no post moves it.",
        readings=_WHOLE_POINTS,
    ),
    World(
        "whole-points-blog",
        "The score is published in whole points, and blog posts move it.",
        _BLOG,
        readings=_WHOLE_POINTS,
    ),
    World(
        "missing-readings",
        "Of the readings 8 % are missing, and ten days in a row beside them; no post moves the "
        "score.",
        readings=_GAPS,
    ),
    World(
        "missing-readings-blog",
        "Of the readings 8 % are missing, and ten days in a row beside them; blog posts move "
        "the score.",
        _BLOG,
        readings=_GAPS,
    ),
    World(
        "heavy-crossposting",
        "Nearly every blog post is shared everywhere, and little else is posted on Facebook and "
        "LinkedIn; no post moves the score.",
        rates=_FEW_OTHERS,
        sharing=_NEARLY_ALL,
    ),
    World(
        "heavy-crossposting-blog",
        "Nearly every blog post is shared everywhere, and little else is posted on Facebook and "
        "LinkedIn; blog posts move the score.",
        _BLOG,
        rates=_FEW_OTHERS,
        sharing=_NEARLY_ALL,
    ),
    World(
        "hidden-event",
        "Events that no source shows make the author blog and lift the score; no post moves it, "
        "and these data cannot tell.",
        hidden=Hidden(rate=0.08, blogging=0.7, points=0.5),
    ),
    World(
        "slow-blog",
        "A blog post moves the score a little on each of the seven days after it.",
        _effects(blog=0.6),
        spread=7,
    ),
    World(
        "saturation",
        "Blog posts move the score, but one within 48 hours of another adds a third.",
        _BLOG,
        second_adds=1 / 3,
    ),
    World(
        "reactions",
        "Each reaction to a Facebook post moves the score, however many posts there are; the "
        "sources tell the posts and not the reactions.",
        per_reaction=_effects(facebook=0.04),
    ),
)
"""Worlds that break an assumption of most models."""

WORLDS: Mapping[str, World] = MappingProxyType(
    {world.name: world for world in (*_PLAIN, *_HARD, BANFIELD)}
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
