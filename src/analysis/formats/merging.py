"""The parts of one source as one extract: their rows one behind the other, their reach as one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.formats.base import DailyCount, Extract, Post, When
from analysis.formats.drift import together
from analysis.formats.registry import Part


@dataclass(frozen=True, slots=True)
class _Reach:
    """The days from which and up to which a part is complete; None: from the beginning."""

    since: When | None
    until: dt.date


def merged(parts: Sequence[Part], posts: list[Post]) -> Extract:
    """Return what several parts say together.

    The source is complete where any part is. Where their days leave a hole, only what is later
    is. A day's count is that of the first part that tells it.

    Parameters
    ----------
    parts : sequence of Part
        The most trusted first, at least one.
    posts : list of Post
        Theirs, each once.
    """
    if len(parts) == 1:
        return replace(parts[0].extract, posts=posts)
    extracts = [part.extract for part in parts]
    aside: Counter[str] = Counter()
    for extract in extracts:
        aside.update(extract.set_aside)
    since, said = _since(extracts)
    exported = [each.exported_at for each in extracts if each.exported_at is not None]
    notes = [note for extract in extracts for note in extract.notes]
    return Extract(
        posts=posts,
        counts=_counts(extracts),
        set_aside=aside,
        exported_at=max(exported, default=None),
        since=since,
        notes=tuple(dict.fromkeys([*notes, *said])),
        problems=tuple(dict.fromkeys(each for extract in extracts for each in extract.problems)),
        drift=together(extract.drift for extract in extracts),
    )


def _counts(extracts: Iterable[Extract]) -> list[DailyCount]:
    """Return each day's count once: the first that is known."""
    kept: dict[tuple[dt.date, str], DailyCount] = {}
    for extract in extracts:
        for count in extract.counts:
            key = count.day, count.channel
            if key not in kept or kept[key].posts is None:
                kept[key] = count
    return list(kept.values())


def _since(extracts: Iterable[Extract]) -> tuple[When | None, list[str]]:
    """Return from when the parts together are complete, and what to say of a hole."""
    reaches = [reach for extract in extracts if (reach := _reach(extract)) is not None]
    reaches.sort(key=lambda reach: reach.until, reverse=True)
    if not reaches:
        return None, []
    since = reaches[0].since
    for reach in reaches[1:]:
        if since is None:
            break
        if reach.until < _day(since) - dt.timedelta(days=1):
            return since, [
                f"What its parts hold leaves a hole from {reach.until} to {_day(since)}; what was "
                "posted in it is not known, so only what is later counts as complete."
            ]
        if reach.since is None or _day(reach.since) < _day(since):
            since = reach.since
    return since, []


def _reach(extract: Extract) -> _Reach | None:
    """Return how far one part reaches; None for one that holds nothing and says nothing."""
    days = [_day(post.when) for post in extract.posts]
    days += [count.day for count in extract.counts]
    if extract.exported_at is not None:
        days.append(_day(extract.exported_at))
    return _Reach(extract.since, max(days)) if days else None


def _day(when: When) -> dt.date:
    return when.date() if isinstance(when, dt.datetime) else when
