"""Rows of every source, in one tidy event table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analysis.errors import Problem
from analysis.files import Tree
from analysis.formats.base import Extract, Post, When
from analysis.formats.merging import merged
from analysis.formats.registry import POSTS, Part, read_posts
from analysis.formats.tables import ACTIVITY, DAILY, calendar_day, is_possible

COLUMNS = (
    "id",
    "channel",
    "kind",
    "at",
    "precision",
    "url",
    "title",
    "text",
    "links",
    "reactions",
    "comments",
    "shares",
    "views",
    "via",
    "shared_to",
    "shared_from",
    "crosspost_of",
    "crosspost_evidence",
    "crosspost_confidence",
    "source",
    "member",
    "pointer",
)
MOST = 10**15
"""A post with as many reactions is a broken record."""

_NUMBERS = ("reactions", "comments", "shares", "views")
_LISTS = ("links", "shared_to")


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One source of a study as it was read.

    Attributes
    ----------
    key : str
        Its key in ``[sources]``: a channel, ``activity`` or ``daily``.
    path : str
        The path as the study gives it.
    format_name, why : str
        What it was taken for, and why.
    extract : Extract
        Its rows: those of all parts together.
    digests : dict of str to str
        sha256 of each file on disk, by the path within the study.
    parts : tuple of Part
        What each format read of it, the surest first.
    unread : tuple of Problem
        What could not be read beside that.
    unclaimed : tuple of str
        Members that no format takes for its own.
    """

    key: str
    path: str
    format_name: str
    why: str
    extract: Extract
    digests: dict[str, str]
    parts: tuple[Part, ...] = ()
    unread: tuple[Problem, ...] = ()
    unclaimed: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is corrupt, absent or unknown in it although the rest was read."""
        return tuple(dict.fromkeys((*self.unread, *self.extract.problems)))

    @property
    def corrupt(self) -> tuple[Problem, ...]:
        """The problems whose gaps would look like silence."""
        return tuple(problem for problem in self.problems if problem.kind == "corrupt")

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful reader should know: its notes, and what is absent or unknown."""
        said = [f"{problem.kind}: {problem}." for problem in self.problems]
        return (*self.extract.notes, *said)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that this source gives, in order of their first record."""
        if self.key == "activity":
            return tuple(dict.fromkeys(post.channel for post in self.extract.posts))
        if self.key == "daily":
            return tuple(dict.fromkeys(count.channel for count in self.extract.counts))
        return (self.key,)


def read_source(key: str, path: str, tree: Tree) -> SourceRead:
    """Recognise and read one source.

    Parameters
    ----------
    key : str
        Its key in ``[sources]``. ``activity`` and ``daily`` must be those tables; every
        other key takes any format of posts.
    path : str
        The path as the study gives it.
    tree : Tree
        What stands there.

    Raises
    ------
    InputError
        Nothing knows the format, or what knows it finds it broken.
    """
    formats = {"activity": (ACTIVITY,), "daily": (DAILY,)}.get(key, POSTS)
    reading = read_posts(tree, formats)
    parts = tuple(part._replace(extract=possible(part.extract)) for part in reading.parts)
    return SourceRead(
        key,
        path,
        " and ".join(part.format.name for part in parts),
        "; ".join(part.recognition.why for part in parts),
        _of_channel(merged(parts), key),
        tree.digests(),
        parts,
        reading.problems,
        reading.unclaimed,
    )


def _of_channel(extract: Extract, key: str) -> Extract:
    """Return what was read with counts that name no channel given to the source's own.

    Where there are posts too, the counts are set aside: both tell the same.
    """
    own = sum(not count.channel for count in extract.counts)
    if not own:
        return extract
    if extract.posts:
        counted = extract.set_aside + Counter({"day told by its posts": own})
        return replace(extract, counts=[c for c in extract.counts if c.channel], set_aside=counted)
    named = [replace(count, channel=count.channel or key) for count in extract.counts]
    return replace(extract, counts=named)


def possible(extract: Extract) -> Extract:
    """Return what was read without the posts of years in which nobody posted.

    They are set aside as "impossible date": a feed's year 1 is a missing date in disguise.
    """
    posts = [post for post in extract.posts if is_possible(post.when)]
    aside = len(extract.posts) - len(posts)
    if not aside:
        return extract
    since = extract.since
    if since is not None and not is_possible(since):
        since = min((post.when for post in posts), key=calendar_day, default=None)
    counted = extract.set_aside + Counter({"impossible date": aside})
    return replace(extract, posts=posts, since=since, set_aside=counted)


def to_utc(when: When, zone: ZoneInfo) -> dt.datetime:
    """Return the instant that a record's time stands for.

    A naive time is the study's local clock; a day is placed at its local noon, the hour
    farthest from both of its ends.
    """
    if not isinstance(when, dt.datetime):
        when = dt.datetime.combine(when, dt.time(12))
    if when.tzinfo is None:
        when = when.replace(tzinfo=zone)
    return when.astimezone(dt.UTC)


def local_day(when: When, zone: ZoneInfo) -> dt.date:
    """Return the study's local day of a record's time."""
    if not isinstance(when, dt.datetime):
        return when
    return when.date() if when.tzinfo is None else when.astimezone(zone).date()


def coverage(source: SourceRead, zone: ZoneInfo) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and last local day on which a source is complete.

    Before the first (None: the beginning of the account) and after the last, silence is not
    known to be silence. The last is the day of the export where the files say it, else the
    day of the last record of any kind.
    """
    extract = source.extract
    days = [local_day(post.when, zone) for post in extract.posts]
    days += [count.day for count in extract.counts]
    since = None if extract.since is None else local_day(extract.since, zone)
    if source.key == "daily":
        since = min(days, default=None)
    if extract.exported_at is not None:
        exported = local_day(extract.exported_at, zone)
        return since, max([exported, *days]) if days else exported
    return since, max(days, default=None)


def _count(number: int | None) -> int | None:
    """Return a number that a source tells, or None where it is no count that can be."""
    return number if number is not None and 0 <= number < MOST else None


def _row(post: Post, source: SourceRead, zone: ZoneInfo) -> dict[str, object]:
    exact = isinstance(post.when, dt.datetime)
    return {
        "id": post.id,
        "channel": post.channel or source.key,
        "kind": post.kind,
        "at": to_utc(post.when, zone).replace(tzinfo=None),
        "precision": "second" if exact else "day",
        "url": post.url,
        "title": post.title,
        "text": post.text,
        "links": post.links,
        **{name: _count(getattr(post, name)) for name in _NUMBERS},
        "via": post.via,
        "shared_to": post.shared_to,
        "shared_from": post.shared_from,
        "crosspost_of": "",
        "crosspost_evidence": "",
        "crosspost_confidence": float("nan"),
        "source": source.path,
        "member": post.member,
        "pointer": post.pointer,
    }


def event_table(sources: Iterable[SourceRead], zone: ZoneInfo) -> pd.DataFrame:
    """Return the activity table: one row a post, in order of time.

    Parameters
    ----------
    sources : iterable of SourceRead
        Every source that was read.
    zone : ZoneInfo
        The study's time zone.

    Returns
    -------
    DataFrame
        With the columns ``COLUMNS``. ``at`` is UTC; reposts are in it, marked by ``kind``.
    """
    rows = [_row(post, source, zone) for source in sources for post in source.extract.posts]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    at = np.array([row["at"] for row in rows], dtype="datetime64[us]")
    frame["at"] = pd.Series(at, index=frame.index).dt.tz_localize("UTC")
    for name in _NUMBERS:
        frame[name] = frame[name].astype("Int64")
    frame["crosspost_confidence"] = frame["crosspost_confidence"].astype("float64")
    for name in set(COLUMNS) - {"at", *_LISTS, *_NUMBERS, "crosspost_confidence"}:
        frame[name] = frame[name].astype("str")
    order = ["at", "channel", "source", "member", "id"]
    return frame.sort_values(order, kind="stable", ignore_index=True)


def shared_channels(sources: Sequence[SourceRead], label: str) -> list[Problem]:
    """Return a problem for every channel that two sources claim."""
    owner: dict[str, str] = {}
    problems = []
    for source in sources:
        for channel in source.channels:
            if channel in owner:
                expected = f"expected channel {channel!r} once; {owner[channel]} has it too"
                problems.append(Problem("invalid", f"{label}/{source.path}", "", expected))
            owner.setdefault(channel, source.path)
    return problems
