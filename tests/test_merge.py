"""The same post from several sources is one row, each field as the best copy tells it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.activity import SourceRead, event_tables
from analysis.formats.base import KINDS, Extract, Format, Post, Recognition, When
from analysis.formats.registry import Part
from analysis.merge import QUALITIES, Merged, merge

PACIFIC = ZoneInfo("America/Los_Angeles")
WXR, FEED, REST = "WordPress export (WXR)", "RSS or Atom feed", "WordPress REST answers (posts)"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


NOON = utc("2012-05-07T12:00:30")


def part(name: str, *posts: Post, path: str = "", exported: dt.datetime | None = None) -> Part:
    extract = Extract(list(posts), exported_at=exported)
    known = Format(name, lambda _: None, lambda *_: extract)
    return Part(known, Recognition(1.0, (), ""), extract, path or f"raw/{name.split()[0].lower()}")


def one(*parts: Part) -> Merged:
    (row,) = merge(parts, PACIFIC)
    return row


def copies(*parts: Part) -> list[int]:
    return [row.copies for row in merge(parts, PACIFIC)]


URL, PAGE = "https://blog.example/a", "http://www.blog.example/a/?utm_source=x"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (part("Twitter archive", Post(NOON, id="5")), part("Twitter CSV", Post(NOON, id="5"))),
        (
            part(WXR, Post(NOON, id="5", url=URL)),
            part(REST, Post(NOON, id="5", url="https://blog.example/renamed")),
        ),
        (part(WXR, Post(NOON, id="5", url=URL)), part(FEED, Post(NOON, id="g", url=PAGE))),
        (
            part(WXR, Post(NOON, id="5", url=URL)),
            part(FEED, Post(NOON, id="http://blog.example/?p=5", url="http://feeds.example/x")),
        ),
        (
            part(FEED, Post(NOON, id=PAGE, url="http://else.example/")),
            part(REST, Post(NOON, url=URL)),
        ),
        (
            part("Facebook", Post(NOON, text="Good  Morning")),
            part("list", Post(utc("2012-05-07T12:00:00"), text="good morning")),
        ),
        (
            part("Facebook", Post(utc("2012-05-08T05:00:00"), text="late")),
            part("list", Post(dt.date(2012, 5, 7), text="late")),
        ),
        (
            part("Facebook", Post(NOON, text="x")),
            part("list", Post(dt.datetime(2012, 5, 7, 5, 0), text="x")),
        ),
    ],
)
def test_two_copies_are_one(first: Part, second: Part) -> None:
    assert copies(first, second) == copies(second, first) == [2]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (part("Twitter archive", Post(NOON, id="5")), part("Facebook", Post(NOON, id="5"))),
        (
            part("Twitter archive", Post(NOON, id="5", url=URL, text="x")),
            part("Twitter CSV", Post(NOON, id="6", url=URL, text="x")),
        ),
        (
            part(WXR, Post(NOON, id="5", url=URL)),
            part(WXR, Post(NOON, id="5", url="https://other.example/a")),
        ),
        (part("Facebook", Post(NOON)), part("list", Post(NOON + dt.timedelta(seconds=1)))),
        (part("Facebook", Post(NOON)), part("list", Post(dt.date(2012, 5, 7)))),
        (part("Facebook", Post(NOON, url=URL)), part("list", Post(NOON))),
        (
            part("Facebook", Post(NOON, text="x")),
            part("list", Post(utc("2012-05-07T12:01:00"), text="x")),
        ),
        (
            part("Facebook", Post(utc("2012-05-08T08:00:00"), text="late")),
            part("list", Post(dt.date(2012, 5, 7), text="late")),
        ),
        (
            part("activity", Post(NOON, channel="a", text="x")),
            part("activity", Post(NOON, channel="b", text="x")),
        ),
    ],
)
def test_two_posts_stay_two(first: Part, second: Part) -> None:
    assert copies(first, second) == copies(second, first) == [1, 1]


def test_posts_of_one_part_are_merged_only_where_two_files_tell_one() -> None:
    same = Post(NOON, url=URL, text="x", member="1")
    assert copies(part("list", same, same)) == [1, 1]
    assert copies(part("list", same, replace(same, member="2"))) == [2]
    assert copies(part("list", replace(same, url=""), replace(same, url="", member="2"))) == [1, 1]
    ids = [replace(same, id="a"), replace(same, id="b", member="2")]
    assert copies(part(FEED, *ids)) == [1, 1]


def test_a_chain_is_one_post() -> None:
    a = part(WXR, Post(NOON, id="5", url="https://blog.example/old"))
    b = part(REST, Post(NOON, id="5", url=URL))
    c = part(FEED, Post(NOON, id="g", url=URL, text="x y"))
    d = part("list", Post(dt.date(2012, 5, 7), text="X y"))
    for parts in ([a, b, c, d], [d, c, b, a], [c, a, d, b]):
        assert copies(*parts) == [4]


def test_a_chain_never_ties_two_posts_of_one_network() -> None:
    later = NOON + dt.timedelta(hours=1)
    archive = part("Twitter archive", Post(NOON, id="5", url=URL), Post(later, id="6", url=URL))
    assert copies(archive, part("list", Post(later, url=URL))) == [1, 2]
    neither = Post(NOON + dt.timedelta(hours=2), url=URL)
    assert copies(archive, part("list", neither)) == [1, 1, 1]


def test_an_address_or_id_that_every_post_bears_is_none() -> None:
    home = "https://blog.example/"
    posts = [
        Post(
            NOON + dt.timedelta(days=number), id=home, url=home, text=f"words {number}", member="f"
        )
        for number in range(3)
    ]
    again = [replace(post, member="g") for post in posts]
    assert copies(part(FEED, *posts)) == [1, 1, 1]
    assert copies(part(FEED, *posts), part("JSON Feed", *again)) == [2, 2, 2]


def test_twins_of_a_part_find_their_twins_of_another() -> None:
    twins = [Post(NOON, text="Lunch", member="f")] * 2
    assert copies(part("list", *twins), part("activity", *twins)) == [2, 2]
    assert copies(part("list", *twins), part("activity", twins[0])) == [2, 1]


def test_a_day_goes_to_one_post_of_it() -> None:
    timed = [Post(utc(f"2012-05-07T{hour}:00:00"), text="Hi", member="f") for hour in (15, 19)]
    dated = Post(dt.date(2012, 5, 7), text="Hi", member="f")
    assert copies(part("Facebook", *timed), part("list", dated)) == [2, 1]
    assert copies(part("Facebook", *timed), part("list", dated, dated)) == [2, 2]
    apart = [part("Facebook", timed[0]), part("activity", timed[1]), part("list", dated)]
    assert copies(*apart) == [2, 1]


def test_the_best_time_wins_with_its_place() -> None:
    times: list[tuple[When, str]] = [
        (dt.date(2012, 5, 7), "day"),
        (NOON + dt.timedelta(seconds=3), "disputed"),
        (NOON + dt.timedelta(seconds=2), "derived"),
        (NOON + dt.timedelta(seconds=1), "exact"),
        (NOON, "exact"),
    ]
    for cut in range(len(times)):
        parts = [
            part(FEED, Post(when, url=URL, quality=quality, member=f"m{number}"))  # type: ignore[arg-type]
            for number, (when, quality) in enumerate(times[: cut + 1])
        ]
        row = one(*parts)
        best = min(cut, 3)  # of two exact ones the more trusted
        assert (row.post.when, row.post.quality) == times[best]
        assert (row.part, row.post.member) == (best, f"m{best}")
        assert row.post.time_quality == tuple(reversed(QUALITIES))[best]


def test_each_field_is_told_by_the_copy_that_knows_it() -> None:
    feed = Post(
        NOON,
        id="guid",
        url="http://bit.ly/abc",
        text="Words that go on and on and on and o…",
        links=("https://a.example/", "https://b.example/"),
        member="feed",
    )
    export = Post(
        NOON,
        kind="article",
        id="guid2",
        url=URL,
        title="T",
        text="Words that go on",
        links=("https://b.example/", "https://c.example/"),
        via="W",
        shared_to=("twitter",),
        shared_from="x",
    )
    more = Post(NOON, kind="reply", id="5", text="Words", via="V", url="https://blog.example/?p=5")
    feed, export = replace(feed, url=""), replace(export, text="Words that go on")
    first = part(FEED, replace(feed, id=URL))
    row = one(first, part("list", export), part("Ghost posts", replace(more, url=URL)))
    assert row.copies == 3
    post = row.post
    assert (post.kind, post.id, post.url, post.title) == ("reply", "5", URL, "T")
    assert post.text == "Words that go on"
    assert post.links == ("https://a.example/", "https://b.example/", "https://c.example/")
    assert (post.via, post.shared_to, post.shared_from) == ("W", ("twitter",), "x")
    assert post.member == "feed"


def test_a_short_link_or_a_number_is_not_the_permalink() -> None:
    short = part("Twitter archive", Post(NOON, id="5", url="http://bit.ly/abc"))
    assert one(short, part("Twitter CSV", Post(NOON, id="5", url=URL))).post.url == URL
    number = part(WXR, Post(NOON, id="5", url="http://blog.example/?p=5"))
    assert one(number, part(REST, Post(NOON, id="5", url=URL))).post.url == URL


def test_the_latest_number_stands_though_it_is_smaller() -> None:
    old, new = utc("2012-06-01T00:00:00"), utc("2012-07-01T00:00:00")
    a = part(FEED, Post(NOON, url=URL, comments=9, seen_at=old))
    b = part(REST, Post(NOON, url=URL, comments=4, shares=2), exported=new)
    c = part(WXR, Post(NOON, url=URL, comments=7, shares=8))
    for parts in ([a, b, c], [c, b, a]):
        row = one(*parts)
        assert (row.post.comments, row.post.shares, row.post.views) == (4, 2, None)
        assert [(each.metric, each.value, each.seen_at) for each in row.observations] == [
            ("comments", 7, None),
            ("comments", 9, old),
            ("comments", 4, new),
            ("shares", 8, None),
            ("shares", 2, new),
        ]


def test_numbers_of_one_moment_are_told_by_the_most_trusted_and_both_kept() -> None:
    a, b = part(FEED, Post(NOON, url=URL, views=3)), part(WXR, Post(NOON, url=URL, views=5))
    assert one(a, b).post.views == 3
    assert one(b, a).post.views == 5
    assert len(one(a, b).observations) == 2
    assert len(one(a, a).observations) == 1


def test_a_number_that_cannot_be_is_no_observation() -> None:
    a, b = part(FEED, Post(NOON, url=URL, views=-1)), part(WXR, Post(NOON, url=URL, views=10**16))
    assert one(a, b).post.views is None
    assert one(a, b).observations == ()


TIMES: Sequence[When] = (
    NOON,
    NOON + dt.timedelta(seconds=20),
    NOON + dt.timedelta(minutes=5),
    dt.datetime(2012, 5, 7, 5, 0),
    dt.date(2012, 5, 7),
)
SEEN = (None, utc("2012-06-01T00:00:00"), utc("2012-07-01T00:00:00"))
POSTS = st.lists(
    st.builds(
        Post,
        when=st.sampled_from(TIMES),
        kind=st.sampled_from(KINDS),
        id=st.sampled_from(["", "1", "2", "https://blog.example/a"]),
        url=st.sampled_from(["", URL, PAGE, "https://blog.example/b", "http://bit.ly/x"]),
        text=st.sampled_from(["", "x", "X", "words", "words…"]),
        links=st.sampled_from([(), ("https://a.example/",), ("https://b.example/",)]),
        comments=st.sampled_from([None, 1, 2, -1]),
        quality=st.sampled_from(["", "derived", "disputed"]),
        seen_at=st.sampled_from(SEEN),
        member=st.sampled_from(["f", "g"]),
    ),
    max_size=7,
)
NAMES = st.sampled_from([WXR, REST, FEED, "JSON Feed", "Twitter archive", "list of posts"])


@st.composite
def part_lists(draw: st.DrawFn) -> list[Part]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        posts = [replace(p, pointer=str(at)) for at, p in enumerate(draw(POSTS))]
        found.append(part(draw(NAMES), *posts, path=f"raw/{number}"))
    return found


def by_file(posts: Sequence[Post], order: Sequence[str]) -> list[Post]:
    """Return posts as their files would give them in another order."""
    return sorted(posts, key=lambda post: order.index(post.member))


def tables(parts: Sequence[Part]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = tuple(merge(parts, PACIFIC))
    extract = Extract([row.post for row in rows])
    source = SourceRead("blog", "raw", "f", "", extract, {}, tuple(parts), merged=rows)
    return event_tables([source], PACIFIC)


@settings(max_examples=60, deadline=None)
@given(part_lists())
def test_the_order_of_the_files_makes_no_difference(parts: list[Part]) -> None:
    def ordered(order: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        return tables(
            [each._replace(extract=Extract(by_file(each.extract.posts, order))) for each in parts]
        )

    for one_way, other_way in zip(ordered("fg"), ordered("gf"), strict=True):
        pd.testing.assert_frame_equal(one_way, other_way)


@settings(max_examples=60, deadline=None)
@given(part_lists())
def test_a_copy_of_everything_changes_nothing_but_the_number_of_copies(parts: list[Part]) -> None:
    again = [each._replace(path=f"copy/{each.path}") for each in parts]
    (once, seen), (twice, seen_twice) = tables(parts), tables([*parts, *again])
    assert (twice["copies"] == 2 * once["copies"]).all()
    pd.testing.assert_frame_equal(once.drop(columns="copies"), twice.drop(columns="copies"))
    pd.testing.assert_frame_equal(seen, seen_twice)


@settings(max_examples=60, deadline=None)
@given(part_lists())
def test_nothing_is_lost_and_ids_that_conflict_stay_apart(parts: list[Part]) -> None:
    rows = merge(parts, PACIFIC)
    posts = [post for each in parts for post in each.extract.posts]
    assert sum(row.copies for row in rows) == len(posts)
    for each in parts:
        ids = {post.id for post in each.extract.posts if post.id}
        assert len(rows) >= len(ids)
    numbers = {(post.comments, post.seen_at) for post in posts if (post.comments or -1) >= 0}
    assert {(o.value, o.seen_at) for row in rows for o in row.observations} == numbers


def test_two_hundred_thousand_posts_take_seconds() -> None:
    def posts(member: str, skip: int) -> list[Post]:
        return [
            Post(
                NOON + dt.timedelta(minutes=number),
                id=str(number),
                url=f"https://twitter.com/me/status/{number}",
                text=f"Words {number}",
                shares=1,
                member=member,
            )
            for number in range(skip, skip + 100_000)
        ]

    parts = [part("Twitter archive", *posts("a", 0)), part("Twitter CSV", *posts("b", 50_000))]
    start = time.process_time()
    rows = merge(parts, PACIFIC)
    assert time.process_time() - start < 30  # about 4 where this was written
    assert len(rows) == 150_000
    assert sum(row.copies for row in rows) == 200_000
