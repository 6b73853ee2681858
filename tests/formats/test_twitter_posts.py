from __future__ import annotations

import datetime as dt
import gc
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from network_exports import changed, folder, read
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
from analysis.formats import records
from analysis.formats.base import Extract, Post
from analysis.formats.drift import MOST
from analysis.formats.twitter_archive import ARCHIVE, GRAILBIRD
from analysis.formats.twitter_client import FROM, Clients, passed_on
from analysis.formats.twitter_keys import is_other_file
from analysis.formats.twitter_time import SNOWFLAKE_EPOCH_MS, Times


def identifier(at: dt.datetime, milliseconds: int = 0) -> str:
    return str((round(at.timestamp() * 1000) + milliseconds - SNOWFLAKE_EPOCH_MS) << 22)


def classic(at: dt.datetime) -> str:
    return at.strftime("%a %b %d %H:%M:%S +0000 %Y")


def manifest(generated: str | None = "2023-10-01T00:00:00.000Z", **more: Any) -> str:
    info = {} if generated is None else {"generationDate": generated}
    return "window.__THAR_CONFIG = " + json.dumps({"archiveInfo": info, **more})


SECOND = dt.timedelta(seconds=1)
NOV_4 = dt.datetime(2010, 11, 4, 22, 30, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("stated", "told", "when", "quality"),
    [
        (classic(AT), identifier(AT), AT, "exact"),
        (classic(AT), identifier(AT, 59_999), AT, "exact"),
        (classic(AT), identifier(AT - 60 * SECOND), AT, "exact"),
        (classic(AT), identifier(AT + 61 * SECOND), AT + 61 * SECOND, "disputed"),
        (classic(AT), LATER_ID, LATER, "disputed"),
        ("2012-05-08", identifier(AT), AT, "derived"),
        ("2012-05-07", identifier(AT), AT, "disputed"),
        ("2010-11-04 00:00:00 +0000", identifier(NOV_4), NOV_4, "derived"),
        ("2010-11-03 00:00:00 +0000", identifier(NOV_4), NOV_4, "disputed"),
        ("2010-10-01 00:00:00 +0000", "26091718140", dt.date(2010, 10, 1), "day"),
        ("2012-05-08", "1", dt.date(2012, 5, 8), "day"),
        (classic(AT), "1", AT, "exact"),
        ("2003-01-01 00:00:00 +0000", identifier(AT), AT, "derived"),
        ("", identifier(AT), AT, "derived"),
        # Neither an id nor a time from after the export can be true.
        (classic(AT), identifier(dt.datetime(2031, 1, 1, tzinfo=dt.UTC)), AT, "exact"),
        ("2031-01-01 10:00:00 +0000", identifier(AT), AT, "derived"),
        ("2031-01-01 10:00:00 +0000", "1", None, "derived"),
    ],
)
@pytest.mark.parametrize("warm", [False, True])
def test_how_well_a_time_is_known(
    stated: str, told: str, when: dt.datetime | dt.date | None, quality: str, warm: bool
) -> None:
    times = Times(dt.datetime(2023, 10, 1, tzinfo=dt.UTC))
    if warm:  # the day has been seen: the quick way has to say the same as the other
        times.of(f"{stated[:11]}10:10:10{stated[19:]}", "1")
    found = times.of(stated, told)
    assert found == (when, quality)
    assert type(found[0]) is type(when)


def test_every_clock_of_a_day_is_told_quickly_as_it_is_slowly() -> None:
    warm = Times()
    warm.of("2012-05-08 10:10:10 +0000", "1")
    clocks = ["00:00:00", "09:59:59", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "1a:00:00"]
    for clock in clocks:
        for rest in (" +0000", " -0700", ""):
            stated = f"2012-05-08 {clock}{rest}"
            assert warm.of(stated, "1") == Times().of(stated, "1"), stated


def test_the_qualities_are_counted_in_notes(tmp_path: Path) -> None:
    extract = extract_of(
        tmp_path,
        tweet("agreed", ID),
        tweet("disputed", LATER_ID),
        tweet("derived", identifier(LATER), created_at="Fri Dec 31 23:00:00 +0000 1999"),
        tweet("a day", "5", created_at="2009-02-27 00:00:00 +0000"),
    )
    qualities = [post.time_quality for post in extract.posts]
    assert qualities == ["exact", "disputed", "derived", "day"]
    assert [note.split(" tweet(s)")[0] for note in extract.notes] == [
        "1",
        "The time of 1",
        "1",
    ]


def anchor(name: str) -> str:
    return f'<a href="http://app.example" rel="nofollow">{name}</a>'


@pytest.mark.parametrize(
    ("source", "via", "shared_from"),
    [
        (anchor("WordPress.com"), "WordPress.com", "wordpress"),
        (anchor("Instagram"), "Instagram", "instagram"),
        (anchor("Swarm"), "Swarm", "foursquare"),
        (anchor("Buffer"), "Buffer", ""),
        (anchor("dlvr.it"), "dlvr.it", ""),
        (anchor("twitterfeed"), "twitterfeed", ""),
        (anchor("R&amp;D \ud83d"), "R&D \N{REPLACEMENT CHARACTER}", ""),
        ("web", "web", ""),
        ("", "", ""),
        (None, "", ""),
        (["x"], "", ""),
        ("<script>alert(1)</script>", "", ""),
    ],
)
def test_the_application_and_the_network_behind_it(
    tmp_path: Path, source: object, via: str, shared_from: str
) -> None:
    post = post_of(tmp_path, tweet("words", ID, source=source))
    assert (post.via, post.shared_from) == (via, shared_from)


def test_tools_for_many_networks_are_no_network() -> None:
    tools = {"buffer", "hootsuite", "dlvr.it", "twitterfeed", "ifttt", "tweetdeck", "zapier.com"}
    assert not tools & FROM.keys()
    assert all(name == name.lower() for name in (*FROM, *FROM.values()))
    assert Clients().of(anchor("INSTAGRAM"))[1] == "instagram"


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("words #fb", ("facebook",)),
        ("#in and #FB", ("linkedin", "facebook")),
        ("#fb #fb", ("facebook",)),
        ("#fbi #infinity a#fb &#in; http://x.example/#in #yam", ()),
        ("RT @other: words #fb", ()),
    ],
)
def test_where_a_tweet_was_passed_on_to(
    tmp_path: Path, text: str, networks: tuple[str, ...]
) -> None:
    assert post_of(tmp_path, tweet(text, ID)).shared_to == networks


def test_a_repost_came_from_no_network_of_the_owner(tmp_path: Path) -> None:
    post = post_of(tmp_path, tweet("RT @other: words", ID, source=anchor("Instagram")))
    assert (post.kind, post.via, post.shared_from) == ("repost", "Instagram", "")
    assert passed_on("RT") == ()


@pytest.mark.parametrize(
    ("generated", "counts", "seen"),
    [
        ("2023-10-01T00:00:00.000Z", {}, dt.datetime(2023, 10, 1, tzinfo=dt.UTC)),
        (None, {}, None),
        ("2023-10-01T00:00:00.000Z", {"favorite_count": None, "retweet_count": ""}, None),
    ],
)
def test_counts_were_seen_at_the_export(
    tmp_path: Path, generated: str | None, counts: dict[str, Any], seen: dt.datetime | None
) -> None:
    files = {"data/manifest.js": manifest(generated)}
    (post,) = extract_of(tmp_path, tweet("words", ID, **counts), **files).posts
    assert post.seen_at == seen


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/manifest.js", "window.__THAR_CONFIG = {"),
        ("data/manifest.js", manifest("soon")),
        ("data/note-tweet.js", "window.YTD.note_tweet.part0 = [{"),
    ],
)
def test_a_damaged_companion_is_told_and_the_tweets_are_read(
    tmp_path: Path, name: str, content: str
) -> None:
    extract = extract_of(tmp_path, tweet("words", ID), **{name: content})
    assert [post.text for post in extract.posts] == ["words"]
    (problem,) = extract.problems
    assert (problem.kind, problem.file) == ("corrupt", f"raw/{name}")


def test_what_a_damaged_part_gave_is_forgotten(tmp_path: Path) -> None:
    half = current(tweet("lost", "9"), tweet("lost too", "10"), part=1)[:-40]
    files = {
        "data/tweets-part1.js": half,
        "data/tweets-part2.js": current(tweet("once", ID), tweet("new", "11"), part=2),
    }
    extract = extract_of(tmp_path, tweet("once", ID), **files)
    assert [post.text for post in extract.posts] == ["once", "new"]
    assert extract.set_aside == Counter({"duplicate": 1})
    assert [problem.file for problem in extract.problems] == ["raw/data/tweets-part1.js"]


def test_all_parts_damaged_is_an_error_that_names_each(tmp_path: Path) -> None:
    files = {"data/tweets.js": current(tweet("a"))[:-3], "data/tweets-part1.js": ""}
    with pytest.raises(InputError) as caught:
        read(ARCHIVE, folder(tmp_path, files))
    assert [one.file for one in caught.value.problems] == [f"raw/{name}" for name in sorted(files)]


def test_keys_never_seen_are_counted(tmp_path: Path) -> None:
    odd = url("http://t.co/a", "http://b.example/") | {"fresh": 1}
    extract = extract_of(
        tmp_path,
        tweet("a", "1", new_key=1, entities={"urls": [odd], "moods": []}),
        tweet("b", "2", new_key=2),
        tweet("c", "3", geo={"anything": 1}),
    )
    assert extract.drift == Counter(
        {
            "tweets.js: tweet.new_key": 2,
            "tweets.js: tweet.entities.moods": 1,
            "tweets.js: tweet.entities.urls.fresh": 1,
        }
    )
    old = folder(tmp_path / "old", {"data/js/tweets/2012_05.js": month(tweet("a", ID, lang2="x"))})
    assert read(GRAILBIRD, old).drift == Counter({"tweets/*.js: lang2": 1})
    many = extract_of(tmp_path / "many", tweet("a", **{f"k{n}\ud800": n for n in range(2 * MOST)}))
    assert len(many.drift) == MOST
    assert all(key.encode() for key in many.drift)


@pytest.mark.parametrize(
    "name",
    [
        "data/direct-messages.js",
        "x/data/direct-messages-part3.js",
        "data/like.js",
        "data/deleted-tweets.js",
        "data/ad-impressions.js",
        "data/manifest.js",
        "data/tweets_media/1-abc.jpg",
        "Your archive.html",
        "assets/js/app.js",
    ],
)
def test_files_beside_the_tweets_are_known(name: str) -> None:
    assert is_other_file(name)


@pytest.mark.parametrize(
    "name",
    ["data/tweets.js", "tweets-part1.js", "tweets.csv", "notes.js", "photo.jpg", "-part1.js"],
)
def test_other_files_are_not(name: str) -> None:
    assert not is_other_file(name)


def test_files_beside_the_tweets_are_claimed_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = folder(
        tmp_path,
        {"data/tweets.js": current(tweet("words", ID)), "data/direct-messages.js": "secret {"},
    )
    opened: list[str] = []
    whole = Tree.open
    monkeypatch.setattr(Tree, "open", lambda self, name: opened.append(name) or whole(self, name))
    found = ARCHIVE.recognise(tree)
    assert found is not None
    assert found.members == tree.names
    assert len(ARCHIVE.read(tree, found).posts) == 1
    assert "data/tweets.js" in opened
    assert "data/direct-messages.js" not in opened


def test_a_number_that_no_id_can_be_is_none(tmp_path: Path) -> None:
    record = tweet("words") | {"id_str": 10**30, "id": 1.5, "favorite_count": 10**30}
    post = post_of(tmp_path, record)
    assert (post.id, post.reactions, post.shares) == ("", None, 1)
    assert isinstance(post, Post)


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(
    ("number", "text"),
    [(2**64 - 1, str(2**64 - 1)), (2**64, ""), (-(2**63), str(-(2**63))), (10**30, ""), (1.5, "")],
)
def test_a_number_that_only_one_parser_can_tell_is_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: bool, number: float, text: str
) -> None:
    if not quick:
        monkeypatch.setattr(records, "orjson", None)
    assert post_of(tmp_path, tweet("") | {"full_text": number}).text == text


ALL: dict[str, Any] = {
    "tweets": [
        {
            "tweet": tweet(
                "New &amp; http://t.co/a #fb …",
                ID,
                source=anchor("WordPress.com"),
                entities={"urls": [url("http://t.co/a", "http://b.example/")], "media": []},
                in_reply_to_status_id_str="5",
                in_reply_to_screen_name="me",
                edit_info={"edit": {"initialTweetId": "1"}},
                retweeted_status={"id_str": "5"},
            )
        },
        {"tweet": tweet("more", LATER_ID)},
    ],
    "manifest": {
        "userInfo": {"accountId": "7", "userName": "me"},
        "archiveInfo": {"generationDate": "2023-10-01T00:00:00.000Z"},
        "dataTypes": {"tweets": {"files": [{"fileName": "data/tweets.js"}]}},
    },
    "notes": [
        {
            "noteTweet": {
                "noteTweetId": "9",
                "createdAt": "2012-05-08T01:30:00.000Z",
                "core": {"text": "New and long", "urls": [{"shortUrl": "a", "expandedUrl": "b"}]},
            }
        }
    ],
}


@settings(deadline=None, max_examples=150)
@given(changed(ALL))
@example({"tweets": [{"tweet": tweet("") | {"full_text": 10**30}}]})
@example({"tweets": [{"tweet": tweet("") | {"full_text": -(2**63) - 1}}]})
@example({"tweets": [{"tweet": tweet("") | {"full_text": None, "text": 2**64}}]})
@example({"tweets": [{"tweet": tweet("") | {"created_at": 10**30}}]})
def test_any_value_gives_posts_or_one_clear_error_with_either_parser(whole: Any) -> None:
    def outcome() -> Extract | str:
        with tempfile.TemporaryDirectory() as scratch:
            parts = whole if isinstance(whole, dict) else {"tweets": whole}
            head = {
                "tweets": ("data/tweets.js", "window.YTD.tweets.part0 = "),
                "manifest": ("data/manifest.js", "window.__THAR_CONFIG = "),
                "notes": ("data/note-tweet.js", "window.YTD.note_tweet.part0 = "),
            }
            files = {
                head[key][0]: head[key][1] + json.dumps(value)
                for key, value in parts.items()
                if key in head
            }
            tree = folder(Path(scratch), files)
            found = ARCHIVE.recognise(tree)
            if found is None:
                return "unknown"
            try:
                extract = ARCHIVE.read(tree, found)
            except InputError as error:
                return str(error)
            return extract

    quick = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "orjson", None)
        assert outcome() == quick
    if isinstance(quick, str):
        assert "\n" not in quick
        return
    for post in quick.posts:
        words = (post.id, post.url, post.text, post.via, post.shared_from, *post.links)
        "".join((*words, *quick.drift, *quick.notes)).encode()
        assert 2006 <= post.when.year <= 2100


def test_keys_of_any_content_stay_one_line(tmp_path: Path) -> None:
    found = extract_of(tmp_path, tweet("a", **{"\0\x1b" + "x" * 500: 1}))
    (key,) = found.drift
    assert key.startswith("tweets.js: tweet.\\x00\\x1bxxx")
    assert (key.isprintable(), len(key)) == (True, 120)


@pytest.mark.parametrize("told", ["", "abc", "٣", "1" * 20, "-5"])
def test_what_is_no_id_tells_no_time(told: str) -> None:
    times = Times()
    for _ in range(2):  # by the slow way, and by the quick one of a day that is known
        assert times.of(classic(AT), told) == (AT, "exact")


def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path) -> None:
    assert gc.isenabled()
    extract_of(tmp_path / "a", tweet("words"))
    assert gc.isenabled()
    gc.disable()
    try:
        extract_of(tmp_path / "b", tweet("words"))
        assert not gc.isenabled()
    finally:
        gc.enable()
