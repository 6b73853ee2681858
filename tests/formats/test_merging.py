"""Several parts of one source: their rows, and from when they are complete together."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from analysis.errors import Problem
from analysis.formats.base import DailyCount, Extract, Format, Post, Recognition, When
from analysis.formats.merging import merged as together
from analysis.formats.registry import Part


def at(day: int, month: int = 6) -> dt.datetime:
    return dt.datetime(2012, month, day, 9, tzinfo=dt.UTC)


def part(name: str, extract: Extract) -> Part:
    known = Format(name, lambda _: None, lambda *_: extract)
    return Part(known, Recognition(1.0, (), ""), extract)


def reach(since: When | None, *days: dt.datetime, exported: dt.datetime | None = None) -> Part:
    posts = [Post(when, text=str(when)) for when in days]
    return part("feed", Extract(posts, since=since, exported_at=exported))


def merged(parts: list[Part]) -> Extract:
    return together(parts, [post for each in parts for post in each.extract.posts])


def test_one_part_is_as_it_is() -> None:
    extract = Extract([Post(at(1)), Post(at(1))], set_aside=Counter(draft=1), since=at(1))
    assert merged([part("a", extract)]) == extract


def test_what_all_parts_say_is_kept_together() -> None:
    problem = Problem("corrupt", "raw/x", "", "expected more")
    one = Extract([Post(at(1))], set_aside=Counter(draft=1), notes=("n", "a"), drift=Counter(k=1))
    other = Extract(set_aside=Counter(draft=2), notes=("n",), problems=(problem,))
    both = merged([part("a", one), part("b", other)])
    assert (both.set_aside, both.notes) == (Counter(draft=3), ("n", "a"))
    assert (both.problems, both.drift) == ((problem,), Counter(k=1))


def test_a_day_is_counted_by_the_first_part_that_knows_it() -> None:
    day, other = dt.date(2012, 6, 1), dt.date(2012, 6, 2)
    first = [DailyCount(day, "x", 3, "line 2"), DailyCount(other, "x", None, "line 3")]
    second = [DailyCount(day, "x", 9, "line 2"), DailyCount(other, "x", 4, "line 3")]
    both = merged([part("a", Extract(counts=first)), part("b", Extract(counts=second))])
    assert both.counts == [first[0], second[1]]


def test_an_archive_from_the_beginning_wins_over_a_feed() -> None:
    feed, archive = reach(at(10), at(10), at(20)), reach(None, at(12), exported=at(15))
    for parts in ([feed, archive], [archive, feed]):
        both = merged(parts)
        assert (both.since, both.exported_at, both.notes) == (None, at(15), ())


def test_days_that_touch_are_one_stretch() -> None:
    assert merged([reach(at(10), at(20)), reach(at(1), at(9))]).since == at(1)
    assert merged([reach(at(10), at(20)), reach(at(1), at(9)), reach(None, at(2))]).since is None
    assert merged([reach(dt.date(2012, 6, 10), at(20)), reach(at(3), at(12))]).since == at(3)


def test_a_part_within_another_one_reaches_no_further() -> None:
    for within in (reach(at(12), at(15)), reach(at(10), at(11))):
        both = merged([reach(at(10), at(20)), within])
        assert (both.since, both.notes) == (at(10), ())


def test_a_hole_between_parts_is_not_taken_for_silence() -> None:
    both = merged([reach(None, at(1, 3)), reach(at(10), at(20))])
    assert both.since == at(10)
    assert "a hole from 2012-03-01 to 2012-06-10" in both.notes[0]


def test_a_part_that_holds_nothing_reaches_nowhere() -> None:
    assert merged([reach(at(10), at(20)), reach(None)]).since == at(10)
    assert merged([reach(None), reach(None)]).since is None
    assert merged([reach(at(10), at(20)), reach(None, exported=at(20))]).since is None
