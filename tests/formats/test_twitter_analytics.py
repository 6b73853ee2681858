from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from network_exports import (
    assert_rows_or_input_error,
    assert_same_when_zipped,
    broken,
    folder,
    read,
)
from network_exports import shared as sample

from analysis.activity import read_source
from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.base import DailyCount, Post
from analysis.formats.registry import POSTS, read_posts, recognise
from analysis.formats.tables import DAILY
from analysis.formats.twitter_analytics import ANALYTICS
from analysis.formats.twitter_archive import GRAILBIRD
from analysis.formats.twitter_csv import CSV
from analysis.formats.twitter_time import SNOWFLAKE_EPOCH_MS

METRICS = ["impressions", "engagements", "engagement rate", "retweets", "replies", "likes"]
TWEET = ["Tweet id", "Tweet permalink", "Tweet text", "time", *METRICS]
DAY = ["Date", "Tweets published", *METRICS]
AT = dt.datetime(2021, 1, 31, 23, 51, tzinfo=dt.UTC)


def identifier(at: dt.datetime) -> str:
    return str((round(at.timestamp() * 1000) + 17_000 - SNOWFLAKE_EPOCH_MS) << 22)


ID = identifier(AT)
HER = f"https://twitter.com/her/status/{ID}"


def table(columns: list[str], *rows: list[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([*row, *["0"] * (len(columns) - len(row))] for row in rows)
    return out.getvalue()


def one(text: str = "words", at: dt.datetime = AT, views: str = "215.0") -> list[str]:
    told = identifier(at)
    link = f"https://twitter.com/her/status/{told}"
    return [told, link, text, f"{at:%Y-%m-%d %H:%M} +0000", views, "9.0", "0.04", "2.0", "1.0", "5"]


def by_tweet(months: str) -> str:
    return f"tweet_activity_metrics_her_{months}_en.csv"


def by_day(months: str) -> str:
    return f"daily_tweet_activity_metrics_her_{months}_en.csv"


JANUARY, FEBRUARY = "20210101_20210201", "20210201_20210301"


def test_a_tweet_with_its_numbers(tmp_path: Path) -> None:
    text = "R&amp;D #fb https://t.co/abc"
    tree = folder(tmp_path, {by_tweet(JANUARY): table(TWEET, one(text))})
    extract = read(ANALYTICS, tree)
    assert extract.posts == [
        Post(
            when=AT,
            id=ID,
            url=HER,
            text="R&D #fb https://t.co/abc",
            links=("https://t.co/abc",),
            reactions=5,
            comments=1,
            shares=2,
            views=215,
            quality="exact",
            shared_to=("facebook",),
            member=by_tweet(JANUARY),
            pointer="line 2",
        )
    ]
    assert extract.since == dt.date(2021, 1, 1)
    assert not extract.drift


@pytest.mark.parametrize(
    ("text", "kind"),
    [("@you hello", "reply"), (".@you hello", "post"), ("RT @you: hello", "repost")],
)
def test_kinds(tmp_path: Path, text: str, kind: str) -> None:
    tree = folder(tmp_path, {by_tweet(JANUARY): table(TWEET, one(text))})
    assert [post.kind for post in read(ANALYTICS, tree).posts] == [kind]


def test_numbers_that_are_not_told_are_none_and_a_strange_link_is_none(tmp_path: Path) -> None:
    row = [ID, "javascript:alert(1)", "words", "2021-01-31 23:51 +0000", "-", "", "", "-", "", "3"]
    (post,) = read(ANALYTICS, folder(tmp_path, {"a.csv": table(TWEET, row)})).posts
    assert (post.views, post.shares, post.comments, post.reactions) == (None, None, None, 3)
    assert post.url == ""


def test_a_tweet_in_two_months_counts_once_with_its_later_numbers(tmp_path: Path) -> None:
    files = {
        by_tweet(JANUARY): table(TWEET, one(views="10"), one("first", AT - dt.timedelta(days=3))),
        by_tweet(FEBRUARY): table(TWEET, one(views="900.0")),
    }
    extract = read(ANALYTICS, folder(tmp_path, files))
    assert [(post.text, post.views) for post in extract.posts] == [("words", 900), ("first", 215)]
    assert extract.set_aside == Counter({"duplicate": 1})


def test_a_tweet_counts_once_with_its_larger_numbers_whatever_the_order(tmp_path: Path) -> None:
    files = {by_tweet(JANUARY): table(TWEET, one(views="300")), "b.csv": table(TWEET, one())}
    extract = read(ANALYTICS, folder(tmp_path, files))
    assert [(post.views, post.member) for post in extract.posts] == [(300, by_tweet(JANUARY))]
    assert extract.set_aside["duplicate"] == 1


def test_a_row_without_a_time_is_set_aside(tmp_path: Path) -> None:
    row = ["", "", "words", "soon", "1", "1", "0", "0", "0", "0"]
    extract = read(ANALYTICS, folder(tmp_path, {"a.csv": table(TWEET, row, one())}))
    assert (len(extract.posts), extract.set_aside["no date"]) == (1, 1)
    extract = read(ANALYTICS, folder(tmp_path, {"a.csv": table(TWEET, row)}))
    assert (extract.posts, extract.since) == ([], None)
    assert extract.set_aside["no date"] == 1


def test_a_day_told_twice_counts_once_with_its_larger_number(tmp_path: Path) -> None:
    for numbers in (["3", "2"], ["2", "3"], ["3", "-"], ["-", "3"]):
        rows = [["2021-01-05", number] for number in numbers]
        files = {by_day(JANUARY): table(DAY, rows[0]), "c.csv": table(DAY, rows[1])}
        extract = read(ANALYTICS, folder(tmp_path, files))
        assert [(count.day, count.posts) for count in extract.counts] == [(dt.date(2021, 1, 5), 3)]
        assert extract.set_aside["day told twice"] == 1


def test_days_alone_are_counts_of_the_source_s_channel(tmp_path: Path) -> None:
    files = {
        by_day(JANUARY): table(DAY, ["2021-01-30", "4"], ["2021-01-31", "1"]),
        by_day(FEBRUARY): table(DAY, ["2021-01-31", "2"], ["2021-02-01", "-"]),
    }
    tree = folder(tmp_path, files)
    extract = read(ANALYTICS, tree)
    assert [(count.day.day, count.posts, count.channel) for count in extract.counts] == [
        (30, 4, ""),
        (31, 2, ""),
        (1, None, ""),
    ]
    assert extract.set_aside == Counter({"day told twice": 1})
    source = read_source("tweets", "raw", tree)
    assert source.channels == ("tweets",)
    assert {count.channel for count in source.extract.counts} == {"tweets"}
    assert source.extract.since == dt.date(2021, 1, 30)


def test_days_are_set_aside_where_tweets_tell_them(tmp_path: Path) -> None:
    files = {
        by_tweet(JANUARY): table(TWEET, one()),
        by_day(JANUARY): table(DAY, ["2021-01-31", "3"]),
        by_day(FEBRUARY): table(DAY, ["2021-02-01", "7"]),
    }
    extract = read(ANALYTICS, folder(tmp_path, files))
    assert len(extract.posts) == 1
    assert extract.counts == []
    assert extract.set_aside == {"day told by its tweets": 1, "day without its tweets": 1}
    assert "3 tweet(s) published, those by tweet hold 1" in extract.notes[0]
    assert "1 day(s) stand in a table by day only" in extract.notes[1]


ARCHIVED = "Grailbird.data.tweets_2021_01 = " + json.dumps(
    [{"id_str": ID, "text": "words", "created_at": "2021-01-31 23:51:17 +0000"}]
)


def test_days_beside_an_archive_are_set_aside(tmp_path: Path) -> None:
    files = {
        "data/js/tweets/2021_01.js": ARCHIVED,
        by_day(JANUARY): table(DAY, ["2021-01-31", "3"]),
    }
    extract = read_source("twitter", "raw", folder(tmp_path, files)).extract
    assert len(extract.posts) == 1
    assert extract.counts == []
    assert extract.set_aside["day told by its posts"] == 1


def test_a_tweet_of_an_archive_counts_once(tmp_path: Path) -> None:
    files = {
        "data/js/tweets/2021_01.js": ARCHIVED,
        by_tweet(JANUARY): table(TWEET, one()),
    }
    extract = read_source("twitter", "raw", folder(tmp_path, files)).extract
    assert [post.id for post in extract.posts] == [ID]


def test_only_what_follows_a_hole_counts_as_complete(tmp_path: Path) -> None:
    march = "20210301_20210401"
    files = {
        by_tweet(JANUARY): table(TWEET, one()),
        by_tweet(march): table(TWEET, one("late", AT + dt.timedelta(days=40))),
    }
    extract = read(ANALYTICS, folder(tmp_path, files))
    assert extract.since == dt.date(2021, 3, 1)
    assert "2021-02-01 to 2021-02-28" in extract.notes[0]


def test_new_columns_are_told(tmp_path: Path) -> None:
    tree = folder(tmp_path, {"a.csv": table([*TWEET, "bookmarks"], one())})
    assert read(ANALYTICS, tree).drift == {"tweet_activity_metrics*.csv: bookmarks": 1}


GOOD = table(TWEET, one(), one("more", AT - dt.timedelta(hours=5)))


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (GOOD[:-30], "line 3"),
        (GOOD.replace("215.0", "many"), "line 2, column impressions"),
        (GOOD + '"1",\n', "line 4"),
        (table(DAY, ["2021-01-30", "x"]), "line 2, column tweets published"),
        (table(DAY, ["yesterday", "1"]), "line 2, column date"),
        (table(DAY, ["2021-01-30 10:00", "1"]), "line 2, column date"),
    ],
)
def test_a_damaged_table_is_told_and_the_others_are_read(
    tmp_path: Path, damage: str, place: str
) -> None:
    alone = folder(tmp_path / "alone", {"x.csv": damage})
    with pytest.raises(InputError) as caught:
        read(ANALYTICS, alone)
    (problem,) = caught.value.problems
    assert (problem.kind, problem.file, problem.place) == ("corrupt", "raw/x.csv", place)
    among = folder(tmp_path / "among", {"x.csv": damage, by_tweet(JANUARY): table(TWEET, one())})
    extract = read(ANALYTICS, among)
    assert extract.problems == (problem,)
    assert [post.text for post in extract.posts] == ["words"]


@pytest.mark.parametrize(
    "content",
    [
        "id,created_at,source,is_retweet,is_reply,link_domains,text_len\n1,2012-05-08,web,,,,3\n",
        "date,score\n2021-01-01,5\n",
        "date,twitter\n2021-01-01,5\n",
        "id,username,name,tweet,followers,following,timestamp\n1,a,b,2,3,4,2021-01-01\n",
        "",
    ],
)
def test_foreign_tables_are_not_known(tmp_path: Path, content: str) -> None:
    assert ANALYTICS.recognise(folder(tmp_path, {"a.csv": content})) is None


def test_the_tables_are_no_other_format_s(tmp_path: Path) -> None:
    for content in (GOOD, table(DAY, ["2021-01-30", "1"])):
        tree = folder(tmp_path, {"a.csv": content})
        best = recognise(tree, POSTS)
        assert best is not None
        assert best[0] is ANALYTICS
    assert ANALYTICS not in (DAILY, CSV, GRAILBIRD)


@settings(deadline=None, max_examples=60)
@given(content=broken(GOOD.encode()))
def test_damage_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(ANALYTICS, "a.csv", content)


def test_a_real_year(tmp_path: Path) -> None:
    root = sample("exports/lisadebruine_2021/twitter_analytics")
    tree = Tree.at(root)
    frames = {name: pd.read_csv(root / name, dtype=str) for name in tree.names}
    tweets = pd.concat([one for name, one in frames.items() if name.startswith("tweet")])
    tweets = tweets.drop_duplicates("Tweet id")
    days = pd.concat([one for name, one in frames.items() if name.startswith("daily")])
    days = days.drop_duplicates("Date").set_index("Date")["Tweets published"].astype(int)
    assert (len(tweets), len(days), days.sum()) == (3087, 365, 3097)

    extract = read(ANALYTICS, tree)
    assert {post.id for post in extract.posts} == set(tweets["Tweet id"])
    assert len(extract.posts) == 3087
    assert sum(post.kind == "reply" for post in extract.posts) == 2010
    for column, attribute in [("impressions", "views"), ("likes", "reactions")]:
        told = tweets[column].astype(float).sum()
        assert sum(getattr(post, attribute) for post in extract.posts) == told
    assert {post.quality for post in extract.posts} == {"exact"}
    assert (extract.since, extract.set_aside["day told by its tweets"]) == (
        dt.date(2021, 1, 1),
        365,
    )
    assert any("3,097" in note and "3,087" in note for note in extract.notes)
    assert not extract.drift
    assert_same_when_zipped(ANALYTICS, tree, tmp_path / "raw.zip")

    for name in tree.names:
        if name.startswith("daily"):
            (tmp_path / "days").mkdir(exist_ok=True)
            (tmp_path / "days" / name).write_bytes(tree.bytes(name))
    alone = read(ANALYTICS, Tree.at(tmp_path / "days"))
    assert {str(count.day): count.posts for count in alone.counts} == days.to_dict()
    assert isinstance(alone.counts[0], DailyCount)


def test_a_derived_table_of_tweets_is_nobody_s(shared: Path) -> None:
    with pytest.raises(InputError, match=r"expected one of") as caught:
        read_posts(Tree.at(shared / "exports/soffes_2012/tweet_events.csv"))
    assert caught.value.problems[0].kind == "unknown"
