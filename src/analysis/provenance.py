"""What was read of each source, part by part: for results.json, the limits and ``check``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from analysis.activity import SourceRead
from analysis.claims.base import percent
from analysis.formats.base import Extract
from analysis.formats.registry import Part
from analysis.instants import local_day
from analysis.merge import QUALITIES
from analysis.study import StudyData

DISPUTED = 0.01
"""The share of a channel's posts from which those of disputed times are told."""


def source_record(source: SourceRead, zone: ZoneInfo) -> dict[str, Any]:
    """Return what results.json says of a source.

    Parameters
    ----------
    source : SourceRead
        As it was read.
    zone : ZoneInfo
        The study's.
    """
    extract = source.extract
    days = [local_day(post.when, zone) for post in extract.posts]
    days += [count.day for count in extract.counts]
    return {
        "channel": source.key,
        "path": source.path,
        "format": source.format_name,
        "posts": posts_in(extract),
        "set_aside": set_aside_of(extract),
        "first": min(days).isoformat() if days else None,
        "last": max(days).isoformat() if days else None,
        "notes": list(source.notes),
        "merged": source.copies,
        "time_quality": {name: source.times.get(name, 0) for name in QUALITIES},
        "parts": [_part_record(part) for part in source.parts],
    }


def _part_record(part: Part) -> dict[str, Any]:
    return {
        "path": part.path,
        "format": part.format.name,
        "posts": posts_in(part.extract),
        "set_aside": set_aside_of(part.extract),
        "problems": len(part.extract.problems),
    }


def posts_in(extract: Extract) -> int:
    """Return the number of posts that something read holds; reposts are none."""
    reposts = sum(post.kind == "repost" for post in extract.posts)
    return len(extract.posts) - reposts + sum(count.posts or 0 for count in extract.counts)


def set_aside_of(extract: Extract) -> dict[str, int]:
    """Return the records that are no posts by reason, reposts among them."""
    aside = Counter(extract.set_aside)
    reposts = sum(post.kind == "repost" for post in extract.posts)
    if reposts:
        aside["repost"] += reposts
    return dict(sorted(aside.items()))


def counted(count: int, word: str) -> str:
    """Return a number of things in words."""
    if count != 1:
        word = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count:,} {word}"


def merging_lines(source: SourceRead) -> Iterator[str]:
    """Yield what ``needle check`` says of a source's parts, copies and times.

    Nothing of a source of one part whose times are all known to the second.
    """
    if len(source.parts) > 1:
        for part in source.parts:
            aside = set_aside_of(part.extract)
            path = f"{part.path}, " if part.path else ""
            files = counted(len(part.recognition.members), "file")
            posts = counted(posts_in(part.extract), "post")
            said = f"part: {path}{part.format.name}: {files}, {posts}"
            if aside:
                counts = (f"{number} {why}" for why, number in aside.items())
                said += "; set aside: " + ", ".join(counts)
            yield said
    if source.copies:
        several = sum(row.copies > 1 for row in source.merged)
        yield f"merged: {source.copies} copies of {several} posts that other records tell, too"
    if set(source.times) - {"exact"}:
        yield "times: " + ", ".join(
            f"{source.times[name]} {name}" for name in QUALITIES if name in source.times
        )


def limits_of_times(study: StudyData) -> Iterator[str]:
    """Yield a sentence for every channel with many posts whose time is disputed."""
    posts = study.activity[study.activity["kind"] != "repost"]
    for channel, mine in posts.groupby("channel", sort=True):
        disputed = int((mine["quality"] == "disputed").sum())
        if disputed > DISPUTED * len(mine):
            yield (
                f"{channel}: {disputed:,} of {len(mine):,} posts ({percent(disputed / len(mine))}) "
                "state another time than the one that their own id tells; they may stand on the "
                "wrong side of a reading."
            )
