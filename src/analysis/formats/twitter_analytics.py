"""Twitter Analytics: tables by tweet and by day, a pair of files a month.

A table by tweet is a table of posts. A table by day tells only how many tweets were published;
it is used where no table by tweet is. The months of an account overlap at their edges: each tweet
and each day counts once, with the larger of its numbers, which is the later one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from analysis.errors import InputError, Problem, corrupt
from analysis.files import Tree
from analysis.formats.base import DailyCount, Extract, Format, Kind, Post, Recognition
from analysis.formats.drift import count_unseen
from analysis.formats.tables import header_of, parse_possible, rows_of
from analysis.formats.twitter import links_of, plain
from analysis.formats.twitter_client import passed_on
from analysis.formats.twitter_posts import on_times
from analysis.formats.twitter_time import Times, id_number

_BY_TWEET = ("tweet id", "tweet permalink", "tweet text", "time", "impressions")
_BY_DAY = ("date", "tweets published", "impressions")
_METRICS = """
    impressions;engagements;engagement rate;retweets;replies;likes;user profile clicks;url clicks;
    hashtag clicks;detail expands;permalink clicks;app opens;app installs;follows;email tweet;
    dial phone;media views;media engagements
"""
_EVERY = frozenset(metric.strip() for metric in _METRICS.split(";"))
_KNOWN = {"": frozenset({*_BY_TWEET, *_BY_DAY, *_EVERY, *(f"promoted {one}" for one in _EVERY)})}
_NUMBER = re.compile(r"([0-9]{1,15})(?:\.0*)?")
_PERMALINK = re.compile(r"https://(?:twitter|x)\.com/\w{1,20}/status/[0-9]{1,19}", re.ASCII)
_PERIOD = re.compile(r"_([0-9]{4})([0-9]{2})([0-9]{2})_([0-9]{4})([0-9]{2})([0-9]{2})(?:_|\.)")
_DAY = dt.timedelta(days=1)


def _kind_of(tree: Tree, name: str) -> str:
    if not (name.lower().endswith(".csv") or tree.is_single_file):
        return ""
    header = set(header_of(tree, name))
    return "tweets" if header >= {*_BY_TWEET} else "days" if header >= {*_BY_DAY} else ""


def _recognise(tree: Tree) -> Recognition | None:
    kinds = {name: kind for name in tree.names if (kind := _kind_of(tree, name))}
    if not kinds:
        return None
    told = Counter(kinds.values())
    why = f"{told['tweets']} table(s) by tweet and {told['days']} by day of Twitter Analytics"
    return Recognition(0.9, tuple(kinds), why)


def _read(tree: Tree, recognition: Recognition) -> Extract:
    reading = _Reading(tree)
    for name in recognition.members:
        reading.take(name)
    if reading.problems and len(reading.problems) == len(recognition.members):
        raise InputError(reading.problems)
    return reading.extract()


class _Reading:
    """What the tables give, each tweet and each day once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.times = Times()
        self.posts: dict[str, Post] = {}
        self.days: dict[dt.date, DailyCount] = {}
        self.covered: set[dt.date] = set()
        self.aside: Counter[str] = Counter()
        self.drift: Counter[str] = Counter()
        self.problems: list[Problem] = []

    def take(self, name: str) -> None:
        """Read one table; a damaged one is told, and nothing of it is kept."""
        by_tweet = _kind_of(self.tree, name) == "tweets"
        try:
            if by_tweet:
                self._take_tweets(name)
            else:
                self._take_days(name)
        except InputError as error:
            self.problems.extend(error.problems)
            return
        header = dict.fromkeys(filter(None, header_of(self.tree, name)))
        kind = "tweet_activity_metrics" if by_tweet else "daily_tweet_activity_metrics"
        count_unseen(self.drift, f"{kind}*.csv", header, _KNOWN)

    def _take_tweets(self, name: str) -> None:
        where = self.tree.where(name)
        aside: Counter[str] = Counter()
        posts: list[Post] = []
        for line, row in rows_of(self.tree, name, *_BY_TWEET):
            post = self._post(row, name, where, f"line {line}")
            if post is None:
                aside["no date"] += 1
            else:
                posts.append(post)
        self.aside += aside
        for post in posts:
            key = post.id or f"{name} {post.pointer}"
            known = self.posts.get(key)
            self.aside["duplicate"] += known is not None
            if known is None or (post.views or 0) > (known.views or 0):
                self.posts[key] = post
        self.covered |= _period(name) or _span(_utc_day(post) for post in posts)

    def _post(self, row: dict[str, str], name: str, where: str, place: str) -> Post | None:
        identifier, text = row["tweet id"], row["tweet text"]
        when, quality = self.times.of(row["time"], identifier)
        if when is None:
            return None
        known = identifier if id_number(identifier) is not None else ""
        link = row["tweet permalink"]
        kind: Kind = "post"
        if text.startswith("RT @"):
            kind = "repost"
        elif text.startswith("@"):
            kind = "reply"
        told = {
            column: _count(row, column, where, place)
            for column in ("likes", "replies", "retweets", "impressions")
        }
        return Post(
            when=when,
            kind=kind,
            id=known,
            url=link if _PERMALINK.fullmatch(link) else "",
            text=plain(text, ()),
            links=links_of(text, ()),
            reactions=told["likes"],
            comments=told["replies"],
            shares=told["retweets"],
            views=told["impressions"],
            quality=quality,
            shared_to=passed_on(text) if kind != "repost" else (),
            member=name,
            pointer=place,
        )

    def _take_days(self, name: str) -> None:
        where = self.tree.where(name)
        found: list[DailyCount] = []
        for line, row in rows_of(self.tree, name, *_BY_DAY):
            place = f"line {line}"
            day = parse_possible(row["date"], where, f"{place}, column date")
            if isinstance(day, dt.datetime):
                raise corrupt(where, f"{place}, column date", "expected a date without a time")
            posts = _count(row, "tweets published", where, place)
            found.append(DailyCount(day, "", posts, place))
        for count in found:
            known = self.days.get(count.day)
            self.aside["day told twice"] += known is not None
            if known is None or (count.posts or 0) > (known.posts or 0):
                self.days[count.day] = count

    def extract(self) -> Extract:
        posts = list(self.posts.values())
        notes = list(on_times(posts))
        counts: list[DailyCount] = []
        since = min(self.days, default=None)
        if self.covered:
            since, hole = _last_stretch(self.covered)
            self.aside["day told by its tweets"] += len(self.days.keys() & self.covered)
            without = {day for day in self.days if day not in self.covered}
            self.aside["day without its tweets"] += len(without)
            notes.extend(self._on_days(posts, without))
            if hole:
                notes.append(f"No table by tweet is here for {hole}; only what is later counts.")
        else:
            counts = [self.days[day] for day in sorted(self.days)]
            notes.append("Days are those of Twitter Analytics, which end at midnight UTC.")
        return Extract(
            posts,
            counts,
            set_aside=+self.aside,
            since=since,
            notes=tuple(notes),
            problems=tuple(self.problems),
            drift=self.drift,
        )

    def _on_days(self, posts: list[Post], without: set[dt.date]) -> Iterable[str]:
        """Yield how the tables by day differ from those by tweet."""
        days = self.days.keys() & self.covered
        published = sum(self.days[day].posts or 0 for day in days)
        held = sum(_utc_day(post) in days for post in posts)
        if published != held:
            yield (
                f"The tables by day tell {published:,} tweet(s) published, those by tweet hold"
                f" {held:,} of the same days: the others may have been deleted since."
                if published > held
                else f"The tables by tweet hold {held:,} tweet(s), those by day tell only"
                f" {published:,} of the same days."
            )
        if without:
            yield (
                f"{len(without):,} day(s) stand in a table by day only and are left out: counts and"
                " posts of one channel cannot be joined."
            )


def _count(row: dict[str, str], column: str, where: str, place: str) -> int | None:
    """Return a number, which may be written as ``3.0``; None for ``-``, an empty cell, none."""
    text = row.get(column, "")
    if text in ("", "-"):
        return None
    number = _NUMBER.fullmatch(text)
    if number is None:
        expected = f"expected a whole number, found {text!r}"
        raise corrupt(where, f"{place}, column {column}", expected)
    return int(number[1])


def _utc_day(post: Post) -> dt.date:
    return post.when.date() if isinstance(post.when, dt.datetime) else post.when


def _period(name: str) -> set[dt.date]:
    """Return the days that a file's name says it covers, the last one excluded."""
    match = _PERIOD.search(PurePosixPath(name).name)
    if match is None:
        return set()
    numbers = [int(part) for part in match.groups()]
    try:
        first, end = dt.date(*numbers[:3]), dt.date(*numbers[3:])
        return _span([first, end - _DAY]) if first < end < first + 400 * _DAY else set()
    except (ValueError, OverflowError):
        return set()


def _span(days: Iterable[dt.date]) -> set[dt.date]:
    every = set(days)
    if not every:
        return set()
    first = min(every)
    return {first + n * _DAY for n in range((max(every) - first).days + 1)}


def _last_stretch(days: set[dt.date]) -> tuple[dt.date, str]:
    """Return the first day of the last unbroken stretch, and the hole before it; "" for none."""
    first = max(days)
    while first - _DAY in days:
        first -= _DAY
    earlier = [day for day in days if day < first]
    return first, f"{max(earlier) + _DAY} to {first - _DAY}" if earlier else ""


ANALYTICS = Format("Twitter Analytics (CSV by tweet or by day)", _recognise, _read)
