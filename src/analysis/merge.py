"""The same post from an export and from a scrape is one row; which copy tells what.

`analysis.identity` says what the same post is. Of its copies, field by field:

=============================  ===============================================================
field                          the copy that tells it
=============================  ===============================================================
at, precision, quality         a time that is exact over one that is derived from an id, over
                               one that is disputed, over a day; then in the order of trust
source, member, pointer,       the copy whose time it is
sha256, parser
kind                           repost over reply over anything said over a plain post
id                             the network's own copy over a feed's or a table's
url                            the network's own permalink: never a short link or ``?p=12``
                               where another copy tells the page itself
text                           the longest that is not cut (``…`` at its end)
title, via, shared_to,         the first that has it
shared_from
links                          all, in order
reactions, comments, shares,   the latest observation, whatever it is: by when the page was seen,
views                          else by when the export was made, else it is the oldest
=============================  ===============================================================

The order of trust is that of the paths in study.toml, what ``needle collect`` kept last; within a
path the surest format first; within a part the earliest capture, then the files by name. No
observation is lost: all stand in ``study.observations``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from analysis.copies import NETWORKS, SITES, Record, family
from analysis.formats.base import Kind, Post, Quality
from analysis.formats.registry import Part
from analysis.identity import clusters_of
from analysis.urls import is_short

METRICS = ("reactions", "comments", "shares", "views")
MOST = 10**15
"""A post with as many reactions is a broken record."""

QUALITIES: tuple[Quality, ...] = ("exact", "derived", "disputed", "day")
"""How well a time is known, the best first."""

_KINDS: tuple[Kind, ...] = ("repost", "reply", "article", "photo", "share", "post")
_MARKS = frozenset({"repost", "reply"})
_CUT = ("…", "...", "[…]", "[...]", "[&hellip;]")
_OLDEST = dt.datetime.min.replace(tzinfo=dt.UTC)


class Observation(NamedTuple):
    """One number of one post, as it was seen once.

    Attributes
    ----------
    metric : str
        One of ``METRICS``.
    value : int
        The number.
    seen_at : datetime or None
        When; None where the source does not say.
    part : int
        Which part of the source tells it.
    member, pointer : str
        Where in it.
    """

    metric: str
    value: int
    seen_at: dt.datetime | None
    part: int
    member: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Merged:
    """One post, of one or more copies.

    Attributes
    ----------
    post : Post
        Each field as the copy tells it that knows it best.
    part : int
        The part whose copy tells its time, and where that stands.
    copies : int
        How many records it was made of.
    observations : tuple of Observation
        Its numbers, the earliest first.
    """

    post: Post
    part: int = 0
    copies: int = 1
    observations: tuple[Observation, ...] = ()


def count(number: int | None) -> int | None:
    """Return a number that a source tells, or None where it is no count that can be."""
    return number if number is not None and 0 <= number < MOST else None


def merge(parts: Sequence[Part], zone: ZoneInfo) -> list[Merged]:
    """Return each post of a source once.

    Parameters
    ----------
    parts : sequence of Part
        The most trusted first.
    zone : ZoneInfo
        The study's.
    """
    kinds = [family(part) for part in parts]
    exported = [part.extract.exported_at for part in parts]
    own = [kind in NETWORKS or kind in SITES for kind in kinds]
    rows = [_merged(records, exported, own) for records in clusters_of(parts, zone)]
    if any(row.copies > 1 for _, row in rows):
        rows.sort(key=lambda each: each[0])
    return [row for _, row in rows]


def _merged(
    records: list[Record], exported: Sequence[dt.datetime | None], own: Sequence[bool]
) -> tuple[tuple[int, str, int], Merged]:
    """Return the post that records tell together, after the place of the one whose time it is."""
    if len(records) == 1:
        (record,) = records
        seen = tuple(_numbers(record, exported))
        return record.order, Merged(record.post, record.part, 1, seen)
    copies = sorted(records, key=_trust)
    seen = _once(each for record in copies for each in _numbers(record, exported))
    timed = min(copies, key=lambda record: QUALITIES.index(record.post.time_quality))
    posts = [record.post for record in copies]
    network = sorted(copies, key=lambda record: not own[record.part])
    post = replace(
        timed.post,
        quality=timed.post.time_quality,
        kind=_kind(posts),
        id=next((record.post.id for record in network if record.post.id), ""),
        url=_permalink([record.post.url for record in network]),
        title=_first(post.title for post in posts),
        text=min((post.text for post in posts), key=lambda text: (_is_cut(text), -len(text))),
        links=tuple(dict.fromkeys(link for post in posts for link in post.links)),
        via=_first(post.via for post in posts),
        shared_to=next((post.shared_to for post in posts if post.shared_to), ()),
        shared_from=_first(post.shared_from for post in posts),
        seen_at=max((post.seen_at for post in posts if post.seen_at), default=None),
    )
    return timed.order, Merged(_with_numbers(post, seen), timed.part, len(copies), seen)


def _trust(record: Record) -> tuple[object, ...]:
    seen_at = record.post.seen_at
    return record.part, seen_at is None, seen_at or _OLDEST, record.post.member, record.index


def _kind(posts: Sequence[Post]) -> Kind:
    kinds = [post.kind for post in posts]
    marked = [kind for kind in kinds if kind in _MARKS]
    if marked:
        return min(marked, key=_KINDS.index)
    return next((kind for kind in kinds if kind != "post"), "post")


def _permalink(urls: Iterable[str]) -> str:
    """Return the first address of a page itself, else the first of any kind."""
    told = [url for url in urls if url]
    return min(told, key=lambda url: ("?p=" in url) + 2 * is_short(url), default="")


def _is_cut(text: str) -> bool:
    """Return whether a text is none, or the beginning of a longer one."""
    return not text or text.rstrip().endswith(_CUT)


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _numbers(record: Record, exported: Sequence[dt.datetime | None]) -> Iterator[Observation]:
    post = record.post
    for metric in METRICS:
        value = count(getattr(post, metric))
        if value is not None:
            at = post.seen_at or exported[record.part]
            yield Observation(metric, value, at, record.part, post.member, post.pointer)
            if post.seen_again is not None:
                again, member = post.seen_again
                yield Observation(metric, value, again, record.part, member, post.pointer)


def _once(found: Iterable[Observation]) -> tuple[Observation, ...]:
    """Return observations without those that a more trusted copy tells, too, in order of time."""
    kept: dict[tuple[object, ...], Observation] = {}
    for each in found:
        kept.setdefault(each[:3], each)
    return tuple(
        sorted(
            kept.values(), key=lambda each: (METRICS.index(each.metric), each.seen_at or _OLDEST)
        )
    )


def _with_numbers(post: Post, seen: Iterable[Observation]) -> Post:
    """Return a post with the latest of each number; of several at one time, the most trusted."""
    latest: dict[str, Observation] = {}
    for each in seen:
        known = latest.get(each.metric)
        if known is None or (known.seen_at or _OLDEST) < (each.seen_at or _OLDEST):
            latest[each.metric] = each
    reactions, comments, shares, views = (
        latest[metric].value if metric in latest else None for metric in METRICS
    )
    return replace(post, reactions=reactions, comments=comments, shares=shares, views=views)
