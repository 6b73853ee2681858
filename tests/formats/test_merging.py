"""Several parts of one source: their rows, and from when they are complete together."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from analysis.errors import Problem
from analysis.formats.base import Extract, Format, Post, Recognition, When
from analysis.formats.merging import merged
from analysis.formats.registry import Part


def at(day: int, month: int = 6) -> dt.datetime:
    return dt.datetime(2012, month, day, 9, tzinfo=dt.UTC)


def part(name: str, extract: Extract) -> Part:
    known = Format(name, lambda _: None, lambda *_: extract)
    return Part(known, Recognition(1.0, (), ""), extract)


def reach(since: When | None, *days: dt.datetime, exported: dt.datetime | None = None) -> Part:
    posts = [Post(when, text=str(when)) for when in days]
    return part("feed", Extract(posts, since=since, exported_at=exported))


def test_one_part_is_as_it_is() -> None:
    extract = Extract([Post(at(1)), Post(at(1))])
    assert merged([part("a", extract)]) is extract


def test_what_all_parts_say_is_kept_together() -> None:
    problem = Problem("corrupt", "raw/x", "", "expected more")
    one = Extract([Post(at(1))], set_aside=Counter(draft=1), notes=("n", "a"), drift=Counter(k=1))
    other = Extract(set_aside=Counter(draft=2), notes=("n",), problems=(problem,))
    both = merged([part("a", one), part("b", other)])
    assert (both.set_aside, both.notes) == (Counter(draft=3), ("n", "a"))
    assert (both.problems, both.drift) == ((problem,), Counter(k=1))


def test_the_same_record_of_two_parts_counts_once() -> None:
    same = Post(at(1), url="https://a/1", text="words")
    words = [same, same, Post(at(2), url="https://a/1", text="words")]
    others = [same, Post(at(1), url="https://a/1", text="other"), Post(at(1), text="words")]
    both = merged([part("RSS feed", Extract(words)), part("JSON Feed", Extract(others))])
    assert both.posts == [*words, *others[1:]]
    assert both.set_aside == Counter(duplicate=1)


def test_an_id_is_one_record_within_a_network_only() -> None:
    one, other = Post(at(1), id="5", text="short…"), Post(at(2), id="5", text="shortened")
    archives = [part("Twitter archive", Extract([one])), part("Twitter CSV", Extract([other]))]
    assert merged(archives).posts == [one]
    apart = [part("WordPress export", Extract([one])), part("JSON Feed", Extract([other]))]
    assert merged(apart).posts == [one, other]


def test_an_archive_from_the_beginning_wins_over_a_feed() -> None:
    feed, archive = reach(at(10), at(10), at(20)), reach(None, at(12), exported=at(15))
    for parts in ([feed, archive], [archive, feed]):
        both = merged(parts)
        assert (both.since, both.exported_at, both.notes) == (None, at(15), ())


def test_days_that_touch_are_one_stretch() -> None:
    assert merged([reach(at(10), at(20)), reach(at(1), at(9))]).since == at(1)
    assert merged([reach(at(10), at(20)), reach(at(1), at(9)), reach(None, at(2))]).since is None
    assert merged([reach(dt.date(2012, 6, 10), at(20)), reach(at(3), at(12))]).since == at(3)


def test_a_hole_between_parts_is_not_taken_for_silence() -> None:
    both = merged([reach(None, at(1, 3)), reach(at(10), at(20))])
    assert both.since == at(10)
    assert "a hole from 2012-03-01 to 2012-06-10" in both.notes[0]


def test_a_part_that_holds_nothing_reaches_nowhere() -> None:
    assert merged([reach(at(10), at(20)), reach(None)]).since == at(10)
    assert merged([reach(None), reach(None)]).since is None
    assert merged([reach(at(10), at(20)), reach(None, exported=at(20))]).since is None
