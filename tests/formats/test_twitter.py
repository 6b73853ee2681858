from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

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
from network_exports import shared as sample_at
from twitter_exports import (
    AT,
    ID,
    LATER,
    LATER_ID,
    current,
    extract_of,
    month,
    post_of,
    tweet,
    url,
)

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.base import Format, Post
from analysis.formats.twitter import plain
from analysis.formats.twitter_archive import ARCHIVE, GRAILBIRD
from analysis.formats.twitter_csv import CSV
from analysis.formats.twitter_time import parse_created_at, snowflake_time
from analysis.inspection import describe
from analysis.study import inspect

FORMATS = (ARCHIVE, GRAILBIRD, CSV)


def test_a_tweet_of_the_current_archive(tmp_path: Path) -> None:
    record = tweet(
        "New: caf\u00e9 &amp; &lt;code&gt; http://t.co/a http://t.co/ab",
        ID,
        entities={
            "urls": [
                url("http://t.co/a", "http://b.example/?x=1&copy=2"),
                url("http://t.co/ab", ""),
            ]
        },
    )
    assert post_of(tmp_path, record) == Post(
        when=AT,
        kind="post",
        id=ID,
        url=f"https://twitter.com/i/web/status/{ID}",
        text="New: café & <code> http://b.example/?x=1&copy=2 http://t.co/ab",
        links=("http://b.example/?x=1&copy=2", "http://t.co/ab"),
        reactions=3,
        shares=1,
        quality="exact",
        member="data/tweets.js",
        pointer="item 1",
    )


def test_longer_short_addresses_are_replaced_before_their_beginnings() -> None:
    urls = [("http://t.co/a", "http://x.example/"), ("http://t.co/ab", "http://y.example/")]
    assert plain("http://t.co/ab http://t.co/a", urls) == "http://y.example/ http://x.example/"


def test_own_pictures_are_no_links(tmp_path: Path) -> None:
    picture = url("https://t.co/p", "https://twitter.com/me/status/1/photo/1")
    entities = {"urls": [], "media": [picture]}
    post = post_of(tmp_path, tweet("see http://old.example/a https://t.co/p", entities=entities))
    assert post.links == ("http://old.example/a",)
    assert post.text.endswith("https://twitter.com/me/status/1/photo/1")


def test_addresses_in_plain_text_count_where_there_are_no_entities(tmp_path: Path) -> None:
    post = post_of(tmp_path, tweet("(http://is.gd/x?a=1&amp;b=2) https://t.co/cut…", entities={}))
    assert post.links == ("http://is.gd/x?a=1&b=2",)


@pytest.mark.parametrize("full", ["javascript:alert(1)", "ftp://x.example/", "=cmd()", "//x"])
def test_only_web_addresses_are_links(tmp_path: Path, full: str) -> None:
    record = tweet("x http://t.co/a", entities={"urls": [url("http://t.co/a", full)]})
    assert post_of(tmp_path, record).links == ()


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "post"),
        ({"full_text": "RT @other: words"}, "repost"),
        ({"full_text": "I said RT @other"}, "post"),
        ({"retweeted_status": {"id_str": "5"}}, "repost"),
        ({"retweeted_status_id": "5"}, "repost"),
        ({"retweeted": False}, "post"),
        ({"in_reply_to_status_id_str": "999"}, "reply"),
        ({"in_reply_to_user_id": 8}, "reply"),
        ({"in_reply_to_screen_name": "other"}, "reply"),
        ({"in_reply_to_screen_name": "ME", "in_reply_to_user_id": "7"}, "post"),
        ({"in_reply_to_user_id": "7"}, "post"),
        ({"in_reply_to_status_id_str": None, "in_reply_to_user_id": None}, "post"),
    ],
)
def test_kinds(tmp_path: Path, more: dict[str, Any], kind: str) -> None:
    manifest = {"userInfo": {"accountId": "7", "userName": "me"}}
    files = {"data/manifest.js": "window.__THAR_CONFIG = " + json.dumps(manifest)}
    extract = extract_of(tmp_path, tweet("words", **more) | more, **files)
    assert [post.kind for post in extract.posts] == [kind]


def test_a_thread_of_ones_own_is_told_without_knowing_whose_archive_it_is(tmp_path: Path) -> None:
    extract = extract_of(
        tmp_path,
        tweet("first", "11"),
        tweet("second", "12", in_reply_to_status_id="11", in_reply_to_user_id="7"),
        tweet("to a deleted one of mine", "13", in_reply_to_status_id="3", in_reply_to_user_id="7"),
        tweet("RT @other: words", "14"),
        tweet("to the retweet's author", "15", in_reply_to_status_id="14", in_reply_to_user_id="8"),
    )
    assert [post.kind for post in extract.posts] == ["post", "post", "post", "repost", "reply"]


@pytest.mark.parametrize(
    ("created_at", "identifier", "when"),
    [
        ("Tue May 08 01:30:00 +0000 2012", "1", AT),
        ("Mon May 07 18:30:00 -0700 2012", "1", AT),
        ("2012-05-08 01:30:00 +0000", "1", AT),
        ("2012-05-08T01:30:00.000Z", "1", AT),
        ("2010-10-01 00:00:00 +0000", "26091718140", dt.date(2010, 10, 1)),
        ("2010-10-01 00:00:01 +0000", "1", dt.datetime(2010, 10, 1, 0, 0, 1, tzinfo=dt.UTC)),
        ("2010-11-05 00:00:00 +0000", "1", dt.datetime(2010, 11, 5, tzinfo=dt.UTC)),
        ("1997-01-01 00:00:00 +0000", LATER_ID, LATER),
        ("nonsense", LATER_ID, LATER),
        ("9999-12-31 23:59:59 -0700", LATER_ID, LATER),
    ],
)
def test_times(tmp_path: Path, created_at: str, identifier: str, when: dt.datetime) -> None:
    post = post_of(tmp_path, tweet("words", identifier, created_at=created_at))
    assert post.when == when
    assert isinstance(post.when, dt.datetime) == isinstance(when, dt.datetime)


def test_what_cannot_be_a_post_is_set_aside_by_reason(tmp_path: Path) -> None:
    edited = {"edit": {"initialTweetId": "1"}}
    extract = extract_of(
        tmp_path,
        tweet("kept"),
        tweet("kept"),
        tweet("kept, mended", "2", edit_info=edited),
        tweet("too early", "3", created_at="2003-01-01 10:00:00 +0000"),
        tweet("when?", "4", created_at=None),
        {"id_str": "5"},
        "no object",
    )
    assert [post.text for post in extract.posts] == ["kept"]
    assert extract.set_aside == Counter(
        {
            "duplicate": 1,
            "edited version": 1,
            "impossible date": 1,
            "no date": 1,
            "not a tweet": 2,
        }
    )


def test_snowflakes_tell_their_time_and_older_ids_do_not() -> None:
    assert snowflake_time(LATER_ID) == LATER
    for identifier in ("26091718140", "", "x", "-5", "9" * 30, "٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣"):
        assert snowflake_time(identifier) is None


def test_a_time_without_zone_is_utc_and_nonsense_is_none() -> None:
    assert parse_created_at("2012-05-08 01:30:00") == AT
    assert parse_created_at("Tue Foo 08 01:30:00 +0000 2012") is None


def test_ids_and_texts_are_not_trusted(tmp_path: Path) -> None:
    post = post_of(tmp_path, tweet("cut \ud83d", "../<b>", favorite_count="-1"))
    assert (post.id, post.url, post.reactions) == ("", "", None)
    assert post.text == "cut \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "files",
    [
        {"data/tweets.js": current(tweet("a")), "data/tweets-part1.js": current(tweet("b", "2"))},
        {"x/data/tweet.js": current(tweet("a"), tweet("b", "2"), name="tweet")},
        {"deep/er/tweets.js": current(tweet("a"), tweet("b", "2"), part=7) + ";\n"},
        {"tweets.js": "window.YTD.tweet.part0 = " + json.dumps([tweet("a"), tweet("b", "2")])},
        {"anything.txt": current(tweet("a"), tweet("b", "2"))},
    ],
)
def test_every_way_to_name_and_wrap_the_current_archive(
    tmp_path: Path, files: dict[str, str]
) -> None:
    tree = folder(tmp_path, files)
    if "anything.txt" in files:
        tree = Tree.at(tmp_path / "anything.txt")
    assert sorted(post.text for post in read(ARCHIVE, tree).posts) == ["a", "b"]


def test_other_files_of_the_archive_are_not_read(tmp_path: Path) -> None:
    others = {
        f"data/{kind.replace('_', '-')}.js": current(tweet("no", "9"), name=kind)
        for kind in ("deleted_tweets", "like", "community_tweet", "twitter_circle_tweet")
    }
    extract = extract_of(tmp_path, tweet("yes"), **others)
    assert [post.text for post in extract.posts] == ["yes"]
    assert ARCHIVE.recognise(folder(tmp_path / "others", others)) is None


def test_the_manifest_tells_when_it_was_made_and_what_is_missing(tmp_path: Path) -> None:
    manifest = {
        "archiveInfo": {"generationDate": "2023-10-01T00:00:00.000Z"},
        "dataTypes": {
            "tweets": {
                "files": [{"fileName": "data/tweets.js"}, {"fileName": "data/tweets-part1.js"}]
            }
        },
    }
    files = {"data/manifest.js": "window.__THAR_CONFIG = " + json.dumps(manifest)}
    extract = extract_of(tmp_path, tweet("words"), **files)
    assert extract.exported_at == dt.datetime(2023, 10, 1, tzinfo=dt.UTC)
    (problem,) = extract.problems
    assert (problem.kind, problem.file) == ("absent", "raw/data/tweets-part1.js")
    assert "manifest.js" in problem.expected


def long_text(text: str, created_at: str, identifier: str = "900") -> dict[str, Any]:
    urls = [{"shortUrl": "https://t.co/zz", "expandedUrl": "https://b.example/long/"}]
    core = {"text": text, "urls": urls}
    return {"noteTweet": {"noteTweetId": identifier, "createdAt": created_at, "core": core}}


def test_long_texts_replace_their_stubs(tmp_path: Path) -> None:
    notes = [
        long_text("It begins & goes on to its end https://t.co/zz", "2012-05-08T01:30:00.000Z"),
        long_text("Another wording", "2012-05-08T02:00:03.000Z", "52"),
        long_text("Nobody's", "2013-01-01T00:00:00.000Z"),
    ]
    late = {"created_at": "Tue May 08 02:00:00 +0000 2012"}
    extract = extract_of(
        tmp_path,
        tweet("Of the same second", "10"),
        tweet("It begins &amp; goes o… https://t.co/me", "11"),
        tweet("far", "2000", **late),
        tweet("near", "50", **late),
        **{"data/note-tweet.js": "window.YTD.note_tweet.part0 = " + json.dumps(notes)},
    )
    assert [post.text for post in extract.posts] == [
        "Of the same second",
        "It begins & goes on to its end https://b.example/long/",
        "far",
        "Another wording",
    ]
    assert extract.posts[1].links == ("https://b.example/long/",)
    assert extract.notes == ("1 long text(s) match no tweet and were left out.",)


def test_grailbird_months_are_read_and_the_csv_beside_them_is_not(tmp_path: Path) -> None:
    user = {"id_str": "7", "screen_name": "Me"}
    files = {
        "data/js/tweets/2012_05.js": month(
            tweet("words http://t.co/a", "11", user=user),
            tweet("more", "12", user=user, in_reply_to_screen_name="me"),
            tweet("hi", "13", user=user, in_reply_to_screen_name="other", favorite_count=2),
        ),
        "data/js/tweets/2009_02.js": month(
            tweet("old", "5", created_at="2009-02-27 00:00:00 +0000"), label="2009_02"
        ),
        "data/js/payload_details.js": 'var payload_details = {"created_at": "2013-06-01 10:00:00"}',
        "data/js/tweet_index.js": 'var tweet_index = [{"file_name": "data/js/tweets/2012_04.js"}]',
        "tweets.csv": table({"tweet_id": "11"}, {"tweet_id": "99"}),
    }
    tree = folder(tmp_path, files)
    extract = read(GRAILBIRD, tree)
    assert [(post.text, post.kind) for post in extract.posts] == [
        ("old", "post"),
        ("words http://t.co/a", "post"),
        ("more", "post"),
        ("hi", "reply"),
    ]
    assert extract.posts[0].when == dt.date(2009, 2, 27)
    assert (extract.posts[1].reactions, extract.posts[1].shares) == (None, None)
    assert extract.exported_at == dt.datetime(2013, 6, 1, 10, tzinfo=dt.UTC)
    assert [(one.kind, one.file) for one in extract.problems] == [
        ("absent", "raw/data/js/tweets/2012_04.js")
    ]
    best, other = GRAILBIRD.recognise(tree), CSV.recognise(tree)
    assert best is not None
    assert other is not None
    assert best.confidence > other.confidence


def test_files_that_are_only_called_like_an_archive_s_tell_nothing(tmp_path: Path) -> None:
    """Manifests and indexes of other tools; the long texts of another network."""
    files = {
        "data/js/tweets/2012_05.js": month(tweet("words", "11")),
        "data/js/payload_details.js": 'var other = {"created_at": "2013-06-01 10:00:00"}',
        "data/js/tweet_index.js": 'var other = [{"file_name": "data/js/tweets/2012_04.js"}]',
    }
    extract = read(GRAILBIRD, folder(tmp_path / "old", files))
    assert (extract.exported_at, extract.problems) == (None, ())
    manifest = {"archiveInfo": {"generationDate": "2023-10-01T00:00:00.000Z"}}
    stub = tweet("It begins and goes o… https://t.co/me", "11")
    note = long_text("It begins and goes on", "2012-05-08T01:30:00.000Z")
    more = {
        "data/manifest.js": "window.other = " + json.dumps(manifest),
        "data/my-notes.js": "window.other = " + json.dumps([note]),
    }
    extract = extract_of(tmp_path / "new", stub, **more)
    assert (extract.exported_at, extract.problems) == (None, ())
    assert extract.posts[0].text.startswith("It begins and goes o…")


@pytest.mark.parametrize(
    ("stated", "count"),
    [
        ("12", 12),
        (12, 12),
        (0, 0),
        (-1, None),
        (True, None),
        ("-1", None),
        (1.5, None),
        (10**18, None),
    ],
)
def test_a_count_is_a_number_or_digits(tmp_path: Path, stated: object, count: int | None) -> None:
    (post,) = extract_of(tmp_path, tweet("words", favorite_count=stated)).posts
    assert post.reactions == count


def test_an_empty_line_in_the_csv_is_no_row(tmp_path: Path) -> None:
    content = table({"tweet_id": "11"}) + "\n\n" + table({"tweet_id": "12"}).split("\n", 1)[1]
    found = read(CSV, folder(tmp_path, {"tweets.csv": content}))
    assert [(post.id, post.pointer) for post in found.posts] == [("11", "line 2"), ("12", "line 5")]


COLUMNS = [
    *("tweet_id", "in_reply_to_status_id", "in_reply_to_user_id", "timestamp", "source", "text"),
    *("retweeted_status_id", "retweeted_status_user_id", "retweeted_status_timestamp"),
    "expanded_urls",
]


def table(*rows: dict[str, str], columns: list[str] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    default = {"timestamp": "2012-05-08 01:30:00 +0000", "text": "words"}
    writer.writerows({**default, **row} for row in rows)
    return out.getvalue()


def test_the_csv_of_2013(tmp_path: Path) -> None:
    rows = table(
        {
            "tweet_id": ID,
            "text": "café &amp; http://t.co/a",
            "expanded_urls": "http://b.example/1,2,http://b.example/1,2",
        },
        {"tweet_id": "2", "text": "RT @other: hello", "retweeted_status_id": "1"},
        {"tweet_id": "3", "in_reply_to_status_id": "77", "in_reply_to_user_id": "8"},
        {"tweet_id": "4", "text": "http://is.gd/x", "timestamp": "2009-02-27 00:00:00 +0000"},
        {"tweet_id": "4"},
    )
    extract = read(CSV, folder(tmp_path, {"x/tweets.csv": rows}))
    first, repost, reply, old = extract.posts
    assert first == Post(
        when=AT,
        id=ID,
        url=f"https://twitter.com/i/web/status/{ID}",
        text="café & http://b.example/1,2",
        links=("http://b.example/1,2",),
        quality="exact",
        member="x/tweets.csv",
        pointer="line 2",
    )
    assert (repost.kind, reply.kind) == ("repost", "reply")
    assert (old.when, old.links) == (dt.date(2009, 2, 27), ("http://is.gd/x",))
    assert extract.set_aside == Counter({"duplicate": 1})


def test_the_monthly_csv_of_2012_has_other_columns_and_short_rows(tmp_path: Path) -> None:
    columns = [
        *("tweet_id", "in_reply_to_status_id", "in_reply_to_user_id", "retweeted_status_id"),
        *("retweeted_status_user_id", "timestamp", "source", "text", "expanded_urls"),
    ]
    may = table({"tweet_id": "1"}, columns=columns)
    may += '"2","","","","","2012-05-08 02:00:00 +0000","web","one field less"\n'
    june = table({"tweet_id": "3", "text": "june"}, columns=columns)
    extract = read(
        CSV, folder(tmp_path, {"data/csv/2012_05.csv": may, "data/csv/2012_06.csv": june})
    )
    assert [post.text for post in extract.posts] == ["words", "one field less", "june"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (table({"tweet_id": "1"}) + '"2","",\n', "line 3"),
        (table({"tweet_id": "1"})[:-4] + '"never closed', "line 2"),
    ],
)
def test_a_broken_csv_is_corrupt_at_its_line(tmp_path: Path, content: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        read(CSV, folder(tmp_path, {"tweets.csv": content}))
    (problem,) = caught.value.problems
    assert (problem.kind, problem.file, problem.place) == ("corrupt", "raw/tweets.csv", place)


@pytest.mark.parametrize(
    ("source", "good", "damaged", "damage"),
    [
        (ARCHIVE, ("data/tweets.js", current(tweet("a"))), "data/tweets-part1.js", ""),
        (ARCHIVE, ("data/tweets.js", current(tweet("a"))), "data/tweets-part1.js", "window.YT"),
        (ARCHIVE, None, "data/tweets.js", ""),
        (ARCHIVE, None, "tweets.js", ""),
        (ARCHIVE, None, "data/tweets.js", "\0" * 300),
        (ARCHIVE, None, "data/tweets.js", current(tweet("a"))[:-9]),
        (ARCHIVE, None, "data/tweets.js", "window.YTD.tweets.part0 = {}"),
        (GRAILBIRD, ("js/tweets/2012_05.js", month(tweet("a"))), "js/tweets/2012_06.js", ""),
        (GRAILBIRD, None, "js/tweets/2012_06.js", ""),
    ],
)
def test_a_damaged_file_is_corrupt_alone_and_among_others(
    tmp_path: Path, source: Format, good: tuple[str, str] | None, damaged: str, damage: str
) -> None:
    tree = folder(tmp_path, dict([good] if good else []) | {damaged: damage})
    if good:
        extract = read(source, tree)
        assert [post.text for post in extract.posts] == ["a"]
        (problem,) = extract.problems
    else:
        with pytest.raises(InputError) as caught:
            read(source, tree)
        (problem,) = caught.value.problems
    assert (problem.kind, problem.file) == ("corrupt", f"raw/{damaged}")


@pytest.mark.parametrize(
    "files",
    [
        {"data/tweets.js": "export const tweets = []"},
        {"js/app.js": "window.YTD = {}"},
        {"tweets.csv": "id,text\n1,x\n"},
        {"a.js": b"\xff\xfe\x00", "b.csv": b"\x00\x01\xff"},
        {},
    ],
)
def test_foreign_files_are_not_known(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    tree = folder(tmp_path, files)
    assert [source.recognise(tree) for source in FORMATS] == [None, None, None]


EXPORTS = {
    "data/tweets.js": (ARCHIVE, current(tweet("café http://t.co/a", ID), tweet("RT @x: y", "2"))),
    "data/js/tweets/2012_05.js": (GRAILBIRD, month(tweet("café &amp;", ID), tweet("b", "2"))),
    "tweets.csv": (CSV, table({"tweet_id": ID, "text": "a, b"}, {"tweet_id": "2"})),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_folder_and_zip_give_the_same_rows(tmp_path: Path, name: str) -> None:
    source, content = EXPORTS[name]
    tree = folder(tmp_path / "raw", {f"twitter-2023/{name}": content})
    assert_same_when_zipped(source, tree, tmp_path / "raw.zip")


@pytest.mark.parametrize("name", EXPORTS)
def test_a_damaged_export_gives_rows_or_one_clear_error(name: str) -> None:
    source, content = EXPORTS[name]

    @settings(deadline=None, max_examples=60)
    @given(content=broken(content.encode()))
    def check(content: bytes) -> None:
        assert_rows_or_input_error(source, name, content)

    check()


@pytest.mark.parametrize(
    ("sample", "source", "kinds"),
    [
        ("native_samples/twitter/gen0_2012-12", CSV, {"post": 1, "reply": 1}),
        ("native_samples/twitter/gen1_2013", GRAILBIRD, {"post": 2}),
        ("native_samples/twitter/gen2_ytd", ARCHIVE, {"post": 2, "repost": 1}),
        ("parser_fixtures/twitter_modern/tweets.js", ARCHIVE, {"reply": 1, "repost": 1}),
        ("parser_fixtures/twitter_modern/tweets_utf16.js", ARCHIVE, {"reply": 1, "repost": 1}),
        ("soffes_2012/native", GRAILBIRD, {"post": 555, "reply": 1969, "repost": 150}),
    ],
)
def test_the_sample_archives(
    sample: str, source: Format, kinds: dict[str, int], tmp_path: Path
) -> None:
    tree = Tree.at(sample_at(f"exports/{sample}"))
    extract = read(source, tree)
    assert Counter(post.kind for post in extract.posts) == Counter(kinds)
    assert not extract.set_aside
    if not tree.is_single_file:
        assert_same_when_zipped(source, tree, tmp_path / "raw.zip")


def test_the_sample_cut_short_is_corrupt() -> None:
    path = sample_at("exports/parser_fixtures/twitter_modern/tweets_truncated_bad_json.js")
    with pytest.raises(InputError, match=r"line 43, column 1: .*cut short"):
        read(ARCHIVE, Tree.at(path))


def test_times_of_a_real_archive_agree_with_its_ids() -> None:
    extract = read(GRAILBIRD, Tree.at(sample_at("exports/soffes_2012/native")))
    for post in extract.posts:
        from_id = snowflake_time(post.id)
        if isinstance(post.when, dt.datetime):
            assert from_id is not None
            assert abs(post.when - from_id) <= dt.timedelta(seconds=2)
        else:
            assert from_id is None
            assert post.when < dt.date(2010, 11, 5)


def test_a_real_archive_is_checked_against_an_independent_table(
    tmp_path: Path, shared: Path
) -> None:
    sample = shared / "exports/soffes_2012"
    shutil.copytree(sample / "native", tmp_path / "raw/twitter")
    days = pd.date_range("2012-01-01", "2012-06-30").strftime("%Y-%m-%d")
    score = "".join(f"{day},{50 + place % 7}\n" for place, day in enumerate(days))
    (tmp_path / "raw/score.csv").write_text(f"date,score\n{score}")
    (tmp_path / "study.toml").write_text(
        'title = "t"\ntimezone = "UTC"\nfocal = "twitter"\n'
        '[score]\npath = "raw/score.csv"\n[sources]\ntwitter = "raw/twitter"\n'
    )
    ids = {
        re.search(r'"id_str" : "([0-9]+)",\s+"(?:in_reply_to_user_id|text)"', record)[1]  # type: ignore[index]
        for month in (tmp_path / "raw/twitter/data/js/tweets").iterdir()
        for record in re.split(r"(?m)^\}, \{$", month.read_text())
    }
    table = pd.read_csv(sample / "tweet_events.csv", dtype={"id": str})
    mine = table[table["id"].isin(ids)]
    reposts = int(mine["is_retweet"].sum())
    assert len(mine) == len(ids) == 2674
    (line,) = [line for line in describe(inspect(tmp_path), "t") if line.startswith("  twitter: ")]
    assert f"{len(mine) - reposts} posts" in line
    assert f"{reposts} repost" in line
    assert any("2019_03.js" in line for line in describe(inspect(tmp_path), "t"))
