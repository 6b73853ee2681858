"""Rows of every source, in one table: instants, local days, and how far each source reaches."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.activity import (
    COLUMNS,
    SourceRead,
    coverage,
    event_table,
    local_day,
    possible,
    shared_channels,
    to_utc,
)
from analysis.formats.base import DailyCount, Extract, Post, When

PACIFIC = ZoneInfo("America/Los_Angeles")
BERLIN = ZoneInfo("Europe/Berlin")


def source(key: str, extract: Extract, path: str = "") -> SourceRead:
    return SourceRead(key, path or f"raw/{key}", "format", "why", extract, {})


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("when", "zone", "instant"),
    [
        (utc("2012-06-22T23:30"), PACIFIC, "2012-06-22T23:30"),
        (dt.datetime.fromisoformat("2012-06-22T23:30+02:00"), PACIFIC, "2012-06-22T21:30"),
        (dt.datetime(2012, 6, 22, 23, 30), PACIFIC, "2012-06-23T06:30"),
        (dt.datetime(2012, 1, 22, 23, 30), PACIFIC, "2012-01-23T07:30"),
        (dt.datetime(2012, 3, 11, 1, 59), PACIFIC, "2012-03-11T09:59"),
        (dt.datetime(2012, 3, 11, 3, 0), PACIFIC, "2012-03-11T10:00"),
        (dt.datetime(2012, 3, 11, 2, 30), PACIFIC, "2012-03-11T10:30"),
        (dt.datetime(2012, 11, 4, 1, 30), PACIFIC, "2012-11-04T08:30"),
        (dt.datetime(2012, 11, 4, 1, 30, fold=1), PACIFIC, "2012-11-04T09:30"),
        (day("2012-06-22"), PACIFIC, "2012-06-22T19:00"),
        (day("2012-01-22"), PACIFIC, "2012-01-22T20:00"),
        (day("2012-03-11"), PACIFIC, "2012-03-11T19:00"),
        (day("2012-06-22"), BERLIN, "2012-06-22T10:00"),
    ],
)
def test_every_kind_of_time_is_an_instant(when: When, zone: ZoneInfo, instant: str) -> None:
    assert to_utc(when, zone) == utc(instant)
    assert to_utc(when, zone).tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("when", "zone", "local"),
    [
        (utc("2012-06-23T06:59"), PACIFIC, "2012-06-22"),
        (utc("2012-06-23T07:00"), PACIFIC, "2012-06-23"),
        (utc("2012-01-23T07:59"), PACIFIC, "2012-01-22"),
        (utc("2012-06-22T22:00"), BERLIN, "2012-06-23"),
        (dt.datetime(2012, 6, 22, 23, 59), BERLIN, "2012-06-22"),
        (day("2012-06-22"), BERLIN, "2012-06-22"),
    ],
)
def test_a_day_is_a_local_day(when: When, zone: ZoneInfo, local: str) -> None:
    assert local_day(when, zone) == day(local)


@given(
    st.dates(dt.date(1970, 1, 1), dt.date(2100, 12, 31)),
    st.sampled_from(
        ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", "Africa/Cairo", "Europe/Berlin"]
    ),
)
def test_the_middle_of_a_day_lies_in_that_day(date: dt.date, name: str) -> None:
    zone = ZoneInfo(name)
    assert local_day(to_utc(date, zone), zone) == date


def test_the_table_has_its_columns_in_order_of_time() -> None:
    blog = Post(
        utc("2012-06-22T10:00"),
        kind="article",
        id="1",
        url="https://b.example/1",
        text="One",
        links=("https://s.example/",),
        reactions=3,
        member="blog.xml",
        pointer="item 1",
    )
    own = source("blog", Extract([blog, Post(day("2012-06-21"))]), "raw/blog.xml")
    table = source("activity", Extract([Post(dt.datetime(2012, 6, 22, 2), channel="talks")]))
    frame = event_table([own, table], PACIFIC)
    assert tuple(frame.columns) == COLUMNS
    assert frame["channel"].tolist() == ["blog", "talks", "blog"]
    assert frame["precision"].tolist() == ["day", "second", "second"]
    assert frame["at"].tolist() == [
        pd.Timestamp("2012-06-21T19:00Z"),
        pd.Timestamp("2012-06-22T09:00Z"),
        pd.Timestamp("2012-06-22T10:00Z"),
    ]
    last = frame.iloc[2]
    assert (last["kind"], last["id"], last["text"]) == ("article", "1", "One")
    assert (last["source"], last["member"], last["pointer"]) == (
        "raw/blog.xml",
        "blog.xml",
        "item 1",
    )
    assert last["links"] == ("https://s.example/",)
    assert last["reactions"] == 3
    assert pd.isna(last["comments"])
    assert (frame["crosspost_of"] == "").all()


def test_the_table_has_its_types_even_when_empty() -> None:
    for frame in (
        event_table([], PACIFIC),
        event_table([source("blog", Extract([Post(day("2012-06-21"))]))], PACIFIC),
    ):
        types = {name: str(kind) for name, kind in frame.dtypes.items()}
        assert types["at"] == "datetime64[us, UTC]"
        assert {types[name] for name in ("reactions", "comments", "shares", "views")} == {"Int64"}
        assert types["links"] == "object"
        assert types["id"] == types["channel"] == types["crosspost_of"] == "str"


def test_numbers_that_cannot_be_are_unknown() -> None:
    posts = [Post(day("2012-06-21"), reactions=number) for number in (10**30, -1, 0, None)]
    frame = event_table([source("blog", Extract(posts))], PACIFIC)
    assert frame["reactions"].isna().tolist() == [True, True, False, True]


def test_posts_of_impossible_years_are_set_aside() -> None:
    posts = [Post(day("0001-01-01")), Post(utc("2012-06-22T10:00")), Post(utc("9999-12-31T23:59"))]
    read = possible(Extract(posts, set_aside=Counter({"draft": 1}), since=day("0001-01-01")))
    assert read.posts == posts[1:2]
    assert read.set_aside == {"draft": 1, "impossible date": 2}
    assert read.since == utc("2012-06-22T10:00")
    begun = replace(read, posts=posts, since=utc("2012-06-20T00:00"))
    assert possible(begun).since == utc("2012-06-20T00:00"), "what can be stays"
    assert possible(Extract(posts[:1], since=day("0001-01-01"))).since is None
    fine = Extract(posts[1:2])
    assert possible(fine) is fine


def test_an_archive_reaches_from_the_beginning_to_its_export() -> None:
    read = source("twitter", Extract([Post(utc("2012-06-20T10:00"))]))
    assert coverage(read, PACIFIC) == (None, day("2012-06-20"))
    exported = Extract([Post(utc("2012-06-20T10:00"))], exported_at=utc("2012-06-23T06:00"))
    assert coverage(source("twitter", exported), PACIFIC) == (None, day("2012-06-22"))


def test_an_export_time_before_the_last_post_is_not_believed() -> None:
    extract = Extract([Post(utc("2012-06-20T20:00"))], exported_at=utc("2012-06-01T00:00"))
    assert coverage(source("twitter", extract), PACIFIC) == (None, day("2012-06-20"))


def test_an_empty_archive_reaches_to_its_export() -> None:
    extract = Extract(exported_at=utc("2012-06-23T06:00"))
    assert coverage(source("twitter", extract), PACIFIC) == (None, day("2012-06-22"))
    assert coverage(source("twitter", Extract()), PACIFIC) == (None, None)


def test_a_feed_reaches_from_its_first_item() -> None:
    first = utc("2012-06-02T03:00")
    extract = Extract([Post(utc("2012-06-20T10:00")), Post(first)], since=first)
    assert coverage(source("blog", extract), PACIFIC) == (day("2012-06-01"), day("2012-06-20"))


def test_daily_counts_reach_from_their_first_row_to_their_last() -> None:
    counts = [DailyCount(day(text), "a", None, "") for text in ("2012-06-03", "2012-06-01")]
    read = source("daily", Extract(counts=counts))
    assert coverage(read, PACIFIC) == (day("2012-06-01"), day("2012-06-03"))


def test_the_channels_of_a_source() -> None:
    posts = [Post(day("2012-06-21"), channel=name) for name in ("b", "a", "b")]
    counts = [DailyCount(day("2012-06-21"), name, 1, "") for name in ("d", "c")]
    assert source("activity", Extract(posts)).channels == ("b", "a")
    assert source("daily", Extract(counts=counts)).channels == ("d", "c")
    assert source("blog", Extract()).channels == ("blog",)


def test_a_channel_belongs_to_one_source() -> None:
    table = source("activity", Extract([Post(day("2012-06-21"), channel="blog")]))
    blog = source("blog", Extract(), "raw/blog.xml")
    assert shared_channels([blog], "s") == []
    (problem,) = shared_channels([blog, table], "s")
    assert str(problem) == "s/raw/activity: expected channel 'blog' once; raw/blog.xml has it too"
    assert problem.kind == "invalid"


def test_an_export_of_an_impossible_year_tells_no_end() -> None:
    posts = [Post(utc("2012-06-20T20:00"))]
    assert possible(Extract(posts, exported_at=utc("2395-11-28T23:06"))) == Extract(posts)
    told = Extract(posts, exported_at=utc("2012-06-23T06:00"))
    assert possible(told) == told
