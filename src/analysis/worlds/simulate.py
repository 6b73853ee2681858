"""Run one account through a world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from analysis.errors import invalid
from analysis.worlds import behavior, catalog, engines, words
from analysis.worlds.account import Account, Break, Posts, Times
from analysis.worlds.catalog import World

LEAD_IN = 14
"""Days of posting before the first reading."""
LEAD_OUT = 3
"""Days of posting after the last reading's; the export is made at noon of the day after them."""

EARLIEST = dt.date(2010, 12, 1)
"""Before November 2010 ids of tweets carry no time."""
FEWEST_DAYS, MOST_DAYS = 30, 10_000
RETWEETS = 0.5
"""Tweets of others passed on, a day; they count for nothing."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """When a channel's posts happen, and which blog post each one shares (-1: none)."""

    when: Times
    crosspost_of: NDArray[np.int64]
    repost: NDArray[np.bool_]


def simulate(
    world: str, *, seed: int, days: int | None = None, start: dt.date | None = None
) -> Account:
    """Return the account that ``seed`` makes in a world.

    Parameters
    ----------
    world : str
        One of `catalog.names`.
    seed : int
        Not negative. The same seed gives the same account, always.
    days : int, optional
        Daily readings; 240 unless the world has a period of its own.
    start : date, optional
        Day of the first reading; 2012-01-02 unless the world has a period of its own.

    Raises
    ------
    InputError
        No such world; a seed, number of days or start out of range.
    """
    place = catalog.get(world)
    days, start = _period(place, seed, days, start)
    change_rng, drive_rng, post_rng, score_rng, word_rng = (
        np.random.default_rng([seed, stream]) for stream in range(5)
    )
    first = np.datetime64(start, "D") - LEAD_IN
    calendar = first + np.arange(LEAD_IN + days + LEAD_OUT)
    change, drop = _change(change_rng, place, calendar, days)
    mood = behavior.drive(drive_rng, place.mood, len(calendar))
    posting = mood.posting
    if change is not None and place.change is not None:
        posting = posting + np.log(place.change.posting) * (calendar >= np.datetime64(change.date))
    engine = place.engine or str(score_rng.choice(sorted(engines.ENGINES)))
    level = score_rng.uniform(*place.level)
    path = level + mood.score + drop + engines.noise(score_rng, engine, len(calendar))
    streams = _posting(post_rng, place, calendar, posting, path, engine)
    path = _add_effects(path, place, engine, calendar, streams)
    published = engines.publish(path[LEAD_IN : LEAD_IN + days])
    within_two = float(engines.post_response(engine, 2)[1])
    return Account(
        world=place,
        seed=seed,
        dates=calendar[LEAD_IN : LEAD_IN + days],
        score=published,
        posts=_with_words(word_rng, streams),
        breaks=() if change is None else (change,),
        engine=engine,
        effects=_scaled(place.effects, within_two),
        share_effects=_scaled(place.share_effects, within_two),
        exported=(first + len(calendar)).astype("datetime64[s]") + np.timedelta64(12, "h"),
    )


def _scaled(effects: Mapping[str, float], factor: float) -> Mapping[str, float]:
    return MappingProxyType({channel: points * factor for channel, points in effects.items()})


def _period(
    world: World, seed: int, days: int | None, start: dt.date | None
) -> tuple[int, dt.date]:
    """Return the number of days and the start, checked."""
    if seed < 0:
        raise invalid("--seed", str(seed), "expected a whole number, 0 or more")
    if world.period is not None:
        fixed = world.period
        if days not in (None, fixed.days) or start not in (None, fixed.start):
            raise invalid(
                world.name, "", f"expected its own period, {fixed.days} days from {fixed.start}"
            )
        return fixed.days, fixed.start
    days = catalog.DAYS if days is None else days
    start = catalog.START if start is None else start
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise invalid("--days", str(days), f"expected from {FEWEST_DAYS} to {MOST_DAYS} days")
    if not EARLIEST <= start <= dt.date(2100, 1, 1):
        raise invalid("start", str(start), f"expected a date from {EARLIEST} to 2100-01-01")
    return days, start


def _change(
    rng: np.random.Generator, world: World, calendar: Times, days: int
) -> tuple[Break | None, NDArray[np.float64]]:
    """Return the change of the model, and how far above its later level the score stood."""
    if world.change is None:
        return None, np.zeros(len(calendar))
    drawn = rng.integers(int(0.4 * days), int(0.6 * days) + 1)
    date = world.change.date or (calendar[LEAD_IN] + int(drawn)).item()
    points = rng.uniform(*world.change.drop)
    above = np.where(calendar < np.datetime64(date), points, 0.0)
    return Break(date, world.change.label), above


def _posting(
    rng: np.random.Generator,
    world: World,
    calendar: Times,
    posting: NDArray[np.float64],
    path: NDArray[np.float64],
    engine: str,
) -> dict[str, _Stream]:
    """Return when every channel posts."""
    weekdays = (calendar.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    chances = behavior.blog_rates(rng, world.rates["blog"], weekdays, posting)
    if world.falls_cause_posts:
        added = world.effects.get("blog", 0.0) * engines.post_response(engine, len(calendar))
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
        own = behavior.times(rng, calendar, behavior.daily_counts(rng, rate, weekdays, posting))
        shared = behavior.shares(rng, blog, world.sharing.get(channel, 0.0))
        others = None
        if channel == "twitter":
            counts = behavior.daily_counts(rng, RETWEETS, weekdays, posting)
            others = behavior.times(rng, calendar, counts)
        streams[channel] = _merged(own, shared, others)
    return streams


def _merged(
    own: Times, shared: tuple[Times, NDArray[np.int64]] | None, others: Times | None
) -> _Stream:
    """Return own posts, shares of blog posts and reposts in the order of time."""
    none: Times = np.array([], dtype="datetime64[s]")
    shares, rows = shared or (none, np.array([], dtype=np.int64))
    passed = none if others is None else others
    when = np.concatenate([own, shares, passed])
    parents = np.concatenate([np.full(len(own), -1), rows, np.full(len(passed), -1)])
    repost = np.repeat([False, False, True], [len(own), len(shares), len(passed)])
    order = np.argsort(when, kind="stable")
    return _Stream(when[order], parents[order].astype(np.int64), repost[order])


def _add_effects(
    path: NDArray[np.float64],
    world: World,
    engine: str,
    calendar: Times,
    streams: Mapping[str, _Stream],
) -> NDArray[np.float64]:
    """Return the score with what all posts add to it, each from its first reading on."""
    for channel, stream in streams.items():
        own, extra = world.effects.get(channel, 0.0), world.share_effects.get(channel, 0.0)
        if not own and not extra:
            continue
        shares = stream.crosspost_of >= 0
        points = np.where(stream.repost, 0.0, own + extra * shares)
        reading = first_reading_after(stream.when, calendar, world.observed_at)
        seen = reading < len(calendar)
        arriving = np.bincount(reading[seen], points[seen], len(calendar)).astype(float)
        usual_shares = world.sharing.get(channel, 0.0) * world.rates["blog"]
        expected = own * (world.rates[channel] + usual_shares) + extra * usual_shares
        path = engines.add_posts(path, engine, arriving, expected)
    return path


def first_reading_after(when: Times, calendar: Times, observed_at: str) -> NDArray[np.int64]:
    """Return the row of ``calendar`` whose reading is the first one after each time."""
    hours, minutes = (int(part) for part in observed_at.split(":"))
    opening = calendar[0].astype("datetime64[s]") + np.timedelta64(60 * hours + minutes, "m")
    elapsed: NDArray[np.int64] = (when - opening).astype(np.int64)
    return elapsed // behavior.DAY_SECONDS + 1


def _with_words(rng: np.random.Generator, streams: Mapping[str, _Stream]) -> Mapping[str, Posts]:
    blog = _blog(rng, streams["blog"])
    posts = {"blog": blog}
    for channel, stream in streams.items():
        if channel != "blog":
            posts[channel] = _network(rng, channel, stream, blog)
    return MappingProxyType(posts)


def _blog(rng: np.random.Generator, stream: _Stream) -> Posts:
    wordings = [words.blog_post(draw) for draw in words.draws(rng, len(stream.when))]
    links: list[str] = []
    used: dict[str, int] = {}
    for time, wording in zip(stream.when.tolist(), wordings, strict=True):
        slug = words.slug(wording.title)
        used[slug] = used.get(slug, 0) + 1
        ending = slug if used[slug] == 1 else f"{slug}-{used[slug]}"
        links.append(f"{words.SITE}/{time:%Y/%m}/{ending}/")
    return _posts(stream, wordings, tuple(links), rng.poisson(3.0, len(wordings)))


def _network(rng: np.random.Generator, channel: str, stream: _Stream, blog: Posts) -> Posts:
    say = words.OWN[channel]
    wordings = []
    rows = zip(
        words.draws(rng, len(stream.when)),
        stream.crosspost_of.tolist(),
        stream.repost.tolist(),
        strict=True,
    )
    for draw, parent, repost in rows:
        if repost:
            wordings.append(words.retweet(draw))
        elif parent >= 0:
            wordings.append(words.share(draw, blog.title[parent], blog.link[parent], channel))
        else:
            wordings.append(say(draw))
    links = tuple(wording.link for wording in wordings)
    return _posts(stream, wordings, links, rng.poisson(2.5, len(wordings)))


def _posts(
    stream: _Stream,
    wordings: list[words.Wording],
    links: tuple[str, ...],
    reactions: NDArray[np.int64],
) -> Posts:
    return Posts(
        when=stream.when,
        crosspost_of=stream.crosspost_of,
        kind=tuple(wording.kind for wording in wordings),
        title=tuple(wording.title for wording in wordings),
        text=tuple(wording.text for wording in wordings),
        link=links,
        reactions=reactions.astype(np.int64),
    )
