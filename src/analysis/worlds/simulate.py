"""Run one account through a world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from analysis.errors import invalid
from analysis.worlds import behavior, catalog, engines, words
from analysis.worlds.account import Account, Break, Posts, Times
from analysis.worlds.streams import Stream, posting, reactions
from analysis.worlds.world import REACTIONS, World

LEAD_IN = 14
"""Days of posting before the first reading."""
LEAD_OUT = 3
"""Days of posting after the last reading's; the export is made at noon of the day after them."""

EARLIEST = dt.date(2010, 12, 1)
"""Before November 2010 ids of tweets carry no time."""
FEWEST_DAYS, MOST_DAYS = 30, 10_000


def simulate(
    world: str,
    *,
    seed: int,
    days: int | None = None,
    start: dt.date | None = None,
    worded: bool = True,
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
    worded : bool
        Whether posts on the networks say anything. Without, an account is ready three times
        as fast and all else is the same, but it cannot be written to files.

    Raises
    ------
    InputError
        No such world; a seed, number of days or start out of range.
    """
    place = catalog.get(world)
    days, start = _period(place, seed, days, start)
    change_rng, drive_rng, post_rng, score_rng, word_rng, odd_rng = (
        np.random.default_rng([seed, stream]) for stream in range(6)
    )
    first = np.datetime64(start, "D") - LEAD_IN
    calendar = first + np.arange(LEAD_IN + days + LEAD_OUT)
    change, drop = _change(change_rng, place, calendar, days)
    posting_drive, score_drive = _drives(drive_rng, place, calendar, change)
    engine = place.engine or str(score_rng.choice(engines.DRAWN))
    level = score_rng.uniform(*place.level)
    freedom = _freedom(odd_rng, place)
    path = level + score_drive + drop + engines.noise(score_rng, engine, len(calendar), freedom)
    events = _events(odd_rng, place, len(calendar))
    streams = posting(post_rng, place, calendar, posting_drive, path, engine, events)
    reacted = reactions(odd_rng, place, streams)
    arriving = {name: _arriving(place, name, streams, reacted) for name in streams}
    path = _add_effects(path, place, engine, calendar, streams, arriving)
    path = _add_events(path, place, engine, events)
    read = LEAD_IN + _readings(odd_rng, place, days)
    within_two = float(engines.post_response(engine, 2, place.spread)[1])
    return Account(
        world=place,
        seed=seed,
        dates=calendar[read],
        score=engines.publish(path[read], place.readings.resolution),
        posts=_posts(word_rng, streams, reacted, worded),
        breaks=() if change is None else (change,),
        engine=engine,
        effects=_effects(place, arriving, streams, within_two),
        share_effects=_scaled(place.share_effects, within_two),
        exported=(first + len(calendar)).astype("datetime64[s]") + np.timedelta64(12, "h"),
    )


def _drives(
    rng: np.random.Generator, world: World, calendar: Times, change: Break | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log of the factor on all posting rates, and what comes with it in the score."""
    mood = behavior.drive(rng, world.mood, len(calendar))
    drive = mood.posting
    if change is not None and world.change is not None:
        drive = drive + np.log(world.change.posting) * (calendar >= np.datetime64(change.date))
    return drive, mood.score


def _freedom(rng: np.random.Generator, world: World) -> float:
    """Return the degrees of freedom of the shocks; draws nothing where they are given."""
    low, high = world.tails
    return low if low == high else float(rng.uniform(low, high))


def _events(rng: np.random.Generator, world: World, days: int) -> NDArray[np.bool_]:
    """Return the days of hidden events."""
    if world.hidden is None:
        return np.zeros(days, dtype=bool)
    return rng.random(days) < world.hidden.rate


def _readings(rng: np.random.Generator, world: World, days: int) -> NDArray[np.int64]:
    """Return the rows of the days whose reading is there; the first and last always are."""
    there = np.ones(days, dtype=bool)
    if world.readings.missing:
        there = rng.random(days) >= world.readings.missing
    if world.readings.outage:
        begin = int(rng.integers(1, days - world.readings.outage))
        there[begin : begin + world.readings.outage] = False
    there[[0, -1]] = True
    return np.flatnonzero(there)


def _scaled(effects: Mapping[str, float], factor: float) -> Mapping[str, float]:
    return MappingProxyType({channel: points * factor for channel, points in effects.items()})


def _effects(
    world: World,
    arriving: Mapping[str, NDArray[np.float64]],
    streams: Mapping[str, Stream],
    within_two: float,
) -> Mapping[str, float]:
    """Return what a post of each channel truly adds within two readings.

    Where posts of one channel add different amounts (saturation, reactions), it is the mean
    over those that the account made.
    """
    even = dict(_scaled(world.effects, within_two))
    uneven = [*world.per_reaction, *(["blog"] if world.second_adds != 1.0 else [])]
    for channel in uneven:
        counted = arriving[channel][~streams[channel].repost]
        even[channel] = float(counted.mean()) * within_two if len(counted) else 0.0
    return MappingProxyType(even)


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


def _arriving(
    world: World,
    channel: str,
    streams: Mapping[str, Stream],
    reacted: Mapping[str, NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Return the points that each post of a channel brings, whatever the engine makes of them."""
    stream = streams[channel]
    own, extra = world.effects.get(channel, 0.0), world.share_effects.get(channel, 0.0)
    points = np.where(stream.repost, 0.0, own + extra * (stream.crosspost_of >= 0))
    if channel in reacted:
        points = points + world.per_reaction[channel] * reacted[channel]
    if channel == "blog" and world.second_adds != 1.0:
        soon = np.diff(stream.when) < np.timedelta64(48, "h")
        points[1:] = np.where(soon, points[1:] * world.second_adds, points[1:])
    return points


def _add_effects(
    path: NDArray[np.float64],
    world: World,
    engine: str,
    calendar: Times,
    streams: Mapping[str, Stream],
    arriving: Mapping[str, NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the score with what all posts add to it, each from its first reading on."""
    for channel, stream in streams.items():
        points = arriving[channel]
        if not points.any():
            continue
        reading = first_reading_after(stream.when, calendar, world.observed_at)
        seen = reading < len(calendar)
        daily = np.bincount(reading[seen], points[seen], len(calendar)).astype(float)
        expected = _expected(world, channel, points)
        path = engines.add_posts(path, engine, daily, expected, world.spread)
    return path


def _expected(world: World, channel: str, points: NDArray[np.float64]) -> float:
    """Return the points that a channel brings on an average day, as far as the rates tell."""
    own, extra = world.effects.get(channel, 0.0), world.share_effects.get(channel, 0.0)
    if channel == world.focal and world.second_adds != 1.0:
        own = float(points.mean())
    own += world.per_reaction.get(channel, 0.0) * REACTIONS
    usual_shares = world.sharing.get(channel, 0.0) * world.rates["blog"]
    return own * (world.rates[channel] + usual_shares) + extra * usual_shares


def _add_events(
    path: NDArray[np.float64], world: World, engine: str, events: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the score with what hidden events add to it, from the reading of the next day on."""
    if world.hidden is None:
        return path
    daily = world.hidden.points * np.concatenate(([0.0], events[:-1]))
    return engines.add_posts(path, engine, daily, world.hidden.points * world.hidden.rate)


def first_reading_after(when: Times, calendar: Times, observed_at: str) -> NDArray[np.int64]:
    """Return the row of ``calendar`` whose reading is the first one after each time."""
    hours, minutes = (int(part) for part in observed_at.split(":"))
    opening = calendar[0].astype("datetime64[s]") + np.timedelta64(60 * hours + minutes, "m")
    elapsed: NDArray[np.int64] = (when - opening).astype(np.int64)
    return elapsed // behavior.DAY_SECONDS + 1


def _posts(
    rng: np.random.Generator,
    streams: Mapping[str, Stream],
    reacted: Mapping[str, NDArray[np.int64]],
    worded: bool,
) -> Mapping[str, Posts]:
    """Return the posts of every channel with what they say."""
    blog = _blog(rng, streams["blog"])
    posts = {"blog": blog}
    for channel, stream in streams.items():
        if channel != "blog":
            posts[channel] = _network(rng, channel, stream, blog) if worded else _mute(stream)
    for channel, reactions_to in reacted.items():
        posts[channel] = replace(posts[channel], reactions=reactions_to)
    return MappingProxyType(posts)


def _mute(stream: Stream) -> Posts:
    """Return posts that say nothing."""
    kinds = np.where(stream.repost, "repost", np.where(stream.crosspost_of >= 0, "share", "post"))
    none = ("",) * len(stream.when)
    nobody = np.zeros(len(stream.when), dtype=np.int64)
    kind = tuple(kinds.tolist())
    return Posts(stream.when, stream.crosspost_of, kind, none, none, none, nobody)


def _blog(rng: np.random.Generator, stream: Stream) -> Posts:
    wordings = [words.blog_post(draw) for draw in words.draws(rng, len(stream.when))]
    links: list[str] = []
    used: dict[str, int] = {}
    for time, wording in zip(stream.when.tolist(), wordings, strict=True):
        slug = words.slug(wording.title)
        used[slug] = used.get(slug, 0) + 1
        ending = slug if used[slug] == 1 else f"{slug}-{used[slug]}"
        links.append(f"{words.SITE}/{time:%Y/%m}/{ending}/")
    return _worded(stream, wordings, tuple(links), rng.poisson(3.0, len(wordings)))


def _network(rng: np.random.Generator, channel: str, stream: Stream, blog: Posts) -> Posts:
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
    return _worded(stream, wordings, links, rng.poisson(2.5, len(wordings)))


def _worded(
    stream: Stream,
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
