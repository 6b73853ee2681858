from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from network_exports import (
    assert_rows_or_input_error,
    assert_same_when_zipped,
    broken,
    folder,
    read,
    shared,
)
from repositories import car, node, repository

from analysis.collect.tids import tid_time
from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.answers import instant
from analysis.formats.base import Extract
from analysis.formats.bluesky import BLUESKY, POST, REPOST

ME, OTHER = "did:plc:ada", "did:plc:bob"
AT = dt.datetime(2024, 5, 6, 7, 8, 9, 250_000, tzinfo=dt.UTC)
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def tid(when: dt.datetime, clock: int = 5) -> str:
    """Return the key of a record made at ``when``, by the rule of the protocol."""
    micros = (when - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    number, letters = micros << 10 | clock, ""
    for _ in range(13):
        number, digit = divmod(number, 32)
        letters = LETTERS[digit] + letters
    return letters


def later(seconds: int) -> str:
    return tid(AT + dt.timedelta(seconds=seconds))


def record(text: str = "hi", **more: Any) -> dict[str, Any]:
    return {"$type": POST, "text": text, "createdAt": "2024-05-06T07:08:09.250Z", **more}


def uri(key: str, did: str = ME, kind: str = POST) -> str:
    return f"at://{did}/{kind}/{key}"


def view(key: str, did: str = ME, **more: Any) -> dict[str, Any]:
    counts = {"likeCount": 3, "replyCount": 1, "repostCount": 2, "quoteCount": 0}
    author = {"did": did, "handle": f"{did[8:]}.test"}
    return {"uri": uri(key, did), "author": author, "record": record(), **counts, **more}


def feed(*items: object) -> str:
    return json.dumps({"feed": items, "cursor": "x"})


def records(*values: dict[str, Any], did: str = ME) -> str:
    listed = [{"uri": uri(later(n), did), "cid": "c", "value": v} for n, v in enumerate(values)]
    return json.dumps({"records": listed})


def extract_of(tmp_path: Path, content: str | bytes, name: str = "page.json") -> Extract:
    return read(BLUESKY, folder(tmp_path, {name: content}))


def link(start: int, end: int, to: str) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": to}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def test_a_listed_record(tmp_path: Path) -> None:
    value = record(
        "é😀 blog.example/a…, bye",
        facets=[link(7, 24, "https://blog.example/a/long/")],
        embed={
            "$type": "app.bsky.embed.recordWithMedia",
            "media": {"external": {"uri": "https://card.example/"}},
            "record": {"record": {"uri": uri("3kabc", OTHER)}},
        },
        via="Skeets",
    )
    extract = extract_of(tmp_path, records(value))
    (post,) = extract.posts
    assert (post.when, post.kind, post.quality) == (AT, "post", "exact")
    assert post.text == "é😀 https://blog.example/a/long/, bye"
    assert post.links == (
        "https://blog.example/a/long/",
        "https://card.example/",
        "https://bsky.app/profile/did:plc:bob/post/3kabc",
    )
    assert post.id == uri(later(0))
    assert post.url == f"https://bsky.app/profile/{ME}/post/{later(0)}"
    assert (post.reactions, post.comments, post.shares, post.views) == (None,) * 4
    assert (post.via, post.member, post.pointer) == ("Skeets", "page.json", "records[0]")
    assert extract.since == AT


@pytest.mark.parametrize("place", [(-1, 3), (3, 2), (1, 4), (0, 99), (None, 4), ("0", "4")])
def test_links_at_impossible_places_are_links_all_the_same(
    tmp_path: Path, place: tuple[int, int]
) -> None:
    value = record("é x", facets=[link(*place, "https://blog.example/")])
    (post,) = extract_of(tmp_path, records(value)).posts
    assert post.text == "é x"


def test_bare_addresses_count_where_nothing_is_marked(tmp_path: Path) -> None:
    (post,) = extract_of(tmp_path, records(record("see https://blog.example/x."))).posts
    assert post.links == ("https://blog.example/x",)


def test_the_time_of_the_key_wins_over_another_one_that_is_stated(tmp_path: Path) -> None:
    times = {
        "2024-05-06T07:17:00Z": "exact",
        "2024-05-06T09:08:09Z": "disputed",
        "2012-05-04T21:30:00.000Z": "disputed",
        "1970-01-01T00:00:00Z": "derived",
        "0200-01-01T00:00:00Z": "derived",
        "9999-12-31T23:59:59-07:00": "derived",
        "yesterday": "derived",
    }
    extract = extract_of(tmp_path, records(*(record(createdAt=text) for text in times)))
    assert [post.quality for post in extract.posts] == list(times.values())
    assert extract.posts[0].when == dt.datetime(2024, 5, 6, 7, 17, tzinfo=dt.UTC)
    assert [post.when for post in extract.posts[1:]] == [
        AT + dt.timedelta(seconds=n) for n in range(1, 7)
    ]
    assert extract.notes[0].startswith("2 post(s) state another time")


def test_without_a_time_in_the_key_the_stated_one_has_to_be_possible(tmp_path: Path) -> None:
    stated = ("2024-05-06T07:08:09Z", "2012-05-06T07:08:09Z", "0001-01-01T00:00:00Z", "", None)
    listed = [
        {"uri": uri(f"own-{n}"), "value": record(createdAt=text)} for n, text in enumerate(stated)
    ]
    extract = extract_of(tmp_path, json.dumps({"records": listed}))
    assert [(post.when.year, post.quality) for post in extract.posts] == [(2024, "exact")]
    assert extract.set_aside == Counter({"impossible date": 2, "no date": 2})


def test_a_feed(tmp_path: Path) -> None:
    to_me = {"parent": {"uri": uri("3kaaa")}, "root": {"uri": uri("3kaaa")}}
    to_other = {"parent": {"uri": uri("3kaaa", OTHER)}, "root": {"uri": uri("3kaaa")}}
    by_me = {"did": ME, "handle": "ada.test"}
    repost = {
        "$type": "app.bsky.feed.defs#reasonRepost",
        "by": by_me,
        "uri": uri(later(9), kind=REPOST),
        "indexedAt": "2024-05-06T07:08:18.250Z",
    }
    old = tid(AT - dt.timedelta(days=300))
    pin = {"$type": "app.bsky.feed.defs#reasonPin"}
    extract = extract_of(
        tmp_path,
        feed(
            {"post": view(old, record=record(createdAt="2023-07-11T07:08:09Z")), "reason": pin},
            {"post": view(later(3)), "newKey": 1},
            {"post": view("3kzzz", OTHER), "reason": repost},
            {"post": view(later(2), record=record(reply=to_me))},
            {"post": view(later(1), record=record(reply=to_other)), "reply": {}},
            {"post": view("3kyyy", OTHER)},
            {"post": view(later(3))},
            7,
        ),
    )
    kinds = [post.kind for post in extract.posts]
    assert kinds == ["post", "post", "repost", "post", "reply"]
    passed_on = extract.posts[2]
    assert passed_on.when == AT + dt.timedelta(seconds=9)
    assert (passed_on.id, passed_on.reactions) == (uri(later(9), kind=REPOST), None)
    assert passed_on.links == ("https://bsky.app/profile/did:plc:bob/post/3kzzz",)
    first = extract.posts[1]
    assert (first.reactions, first.comments, first.shares) == (3, 1, 2)
    assert extract.set_aside == Counter({"another account": 1, "duplicate": 1, "not a post": 1})
    assert extract.since == AT  # the reply of 07:08:09, not the pinned post of long before
    assert extract.drift == Counter({"getAuthorFeed: feed.newKey": 1})


def test_posts_that_were_asked_for_one_by_one(tmp_path: Path) -> None:
    """getPosts: in the order in which they were asked for, so that they reach nowhere."""
    content = json.dumps({"posts": [view(later(5), likeCount=3), view(later(1))]})
    extract = extract_of(tmp_path, content)
    assert [post.id for post in extract.posts] == [uri(later(5)), uri(later(1))]
    assert extract.posts[0].reactions == 3
    assert [post.pointer for post in extract.posts] == ["posts[0]", "posts[1]"]


def test_reposts_of_answers_that_do_not_name_their_record(tmp_path: Path) -> None:
    reason = {
        "$type": "app.bsky.feed.defs#reasonRepost",
        "by": {"did": ME},
        "indexedAt": "2024-05-06T07:08:18.250Z",
    }
    (post,) = extract_of(tmp_path, feed({"post": view("3kzzz", OTHER), "reason": reason})).posts
    assert post.id == f"{ME} reposts {uri('3kzzz', OTHER)}"
    assert (post.kind, post.quality) == ("repost", "exact")


def test_the_account_that_was_asked_for_is_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = feed({"post": view(later(0), OTHER)}, {"post": view(later(1), OTHER)})
    assert len(extract_of(tmp_path / "plain", page).posts) == 2
    asked = f"https://api.example/xrpc/app.bsky.feed.getAuthorFeed?actor={ME}&limit=100"
    monkeypatch.setattr(Tree, "address", lambda *_: asked)
    extract = extract_of(tmp_path / "asked", page)
    assert (extract.posts, extract.set_aside) == ([], Counter({"another account": 2}))


def test_a_repository(tmp_path: Path) -> None:
    data = repository(
        ME,
        later(99),
        {
            f"{POST}/{later(0)}": record(),
            f"{POST}/{later(1)}": record(reply={"parent": {"uri": uri("3k", OTHER)}}),
            f"{REPOST}/{later(2)}": {
                "$type": REPOST,
                "subject": {"uri": uri("3kzzz", OTHER), "cid": "c"},
                "createdAt": "2024-05-06T07:08:11Z",
            },
            f"app.bsky.feed.like/{later(3)}": {"$type": "app.bsky.feed.like"},
            "app.bsky.actor.profile/self": {"displayName": "Ada"},
        },
    )
    extract = extract_of(tmp_path, data, "repo.car")
    assert [post.kind for post in extract.posts] == ["post", "reply", "repost"]
    assert extract.posts[0].pointer == f"{POST}/{later(0)}"
    assert extract.posts[2].links == ("https://bsky.app/profile/did:plc:bob/post/3kzzz",)
    assert extract.set_aside == Counter(
        {"app.bsky.feed.like record": 1, "app.bsky.actor.profile record": 1}
    )
    assert extract.since is None
    assert extract.exported_at == AT + dt.timedelta(seconds=99)
    assert not extract.problems
    assert not extract.drift


def test_a_repository_and_a_feed_count_each_post_once_with_its_counts(tmp_path: Path) -> None:
    data = repository(ME, later(9), {f"{POST}/{later(n)}": record() for n in (0, 1)})
    files = {"repo.car": data, "feed.json": feed({"post": view(later(1))})}
    extract = read(BLUESKY, folder(tmp_path, files))
    assert {post.id: post.reactions for post in extract.posts} == {
        uri(later(0)): None,
        uri(later(1)): 3,
    }
    assert extract.set_aside == Counter({"duplicate": 1})
    assert extract.since is None


def test_a_broken_repository_among_answers_is_named(tmp_path: Path) -> None:
    files = {"repo.car": car(node([]))[:70], "feed.json": feed({"post": view(later(1))})}
    extract = read(BLUESKY, folder(tmp_path / "both", files))
    assert len(extract.posts) == 1
    assert [problem.file for problem in extract.problems] == ["raw/repo.car"]
    with pytest.raises(InputError, match=r"raw/repo\.car"):
        extract_of(tmp_path / "one", files["repo.car"], "repo.car")


def test_folder_and_zip_read_alike(tmp_path: Path) -> None:
    data = repository(ME, later(9), {f"{POST}/{later(0)}": record()})
    tree = folder(tmp_path / "a", {"x/repo.car": data, "x/1.json": records(record("b"))})
    assert_same_when_zipped(BLUESKY, tree, tmp_path / "a.zip")


@pytest.mark.parametrize(
    "content", ['{"feed": []}', '{"records": [{"uri": "at://did:plc:a/x.y.z/1"}]}', "[1]", "{}"]
)
def test_others_are_not_ours(tmp_path: Path, content: str) -> None:
    assert BLUESKY.recognise(folder(tmp_path, {"x.json": content})) is None


def test_a_view_of_another_tool_is_not_ours() -> None:
    path = shared("exports/parser_fixtures/bluesky/post_view_granary.json")
    assert BLUESKY.recognise(Tree.at(path)) is None


def test_times_of_keys() -> None:
    assert tid_time(tid(AT)) == AT
    # The key of a sample whose answer says that it was indexed at 21:48:19.190 of that day.
    found = tid_time("3n2wlrrjl6k2b")
    assert found is not None
    indexed = dt.datetime(2026, 11, 22, 21, 48, 19, 190_000, dt.UTC)
    assert abs(found - indexed) < dt.timedelta(milliseconds=10)
    for other in ("self", "", "zzzzzzzzzzzzz", "3n2wlrrjl6k2", "2222222222222", "3N2WLRRJL6K2B"):
        assert tid_time(other) is None


def datetimes(name: str) -> list[str]:
    text = shared(f"exports/parser_fixtures/bluesky/{name}").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_datetime_that_the_protocol_allows_is_read() -> None:
    lines = datetimes("datetime_syntax_valid.txt")
    assert len(lines) > 20
    for line in lines:
        found = instant(line)
        seconds, _, zone = line[:19], line[19:], line[-6:]
        expected = dt.datetime.fromisoformat(seconds + ("+00:00" if line[-1] == "Z" else zone))
        assert found is not None
        assert found.replace(microsecond=0) == expected
    assert instant("1985-04-12T23:20:50.1235678912345Z") == dt.datetime(
        1985, 4, 12, 23, 20, 50, 123_567, tzinfo=dt.UTC
    )


def test_datetimes_of_no_day_are_none() -> None:
    lines = datetimes("datetime_parse_invalid.txt")
    found = {line: instant(line) for line in lines}
    assert [line for line, when in found.items() if when] == ["1985-04-12T23:20:60Z"]


def test_the_real_repository_holds_what_its_listing_shows() -> None:
    root = shared("exports/native_samples/bluesky")
    extract = read(BLUESKY, Tree.at(root / "repo.car"))
    assert [post.text for post in extract.posts] == [
        f"Post {n} é😀 https://blog.example.org/2012/05/post-{n}/" for n in range(5)
    ]
    assert [post.links for post in extract.posts] == [
        (f"https://blog.example.org/2012/05/post-{n}/",) for n in range(5)
    ]
    listed = read(BLUESKY, Tree.at(root / "listRecords.json"))
    assert [post.id for post in listed.posts] == [post.id for post in extract.posts][:2:-1]
    assert {post.quality for post in extract.posts} == {"disputed"}
    assert {f"{post.when:%Y-%m-%d}" for post in extract.posts} == {"2026-11-22"}
    assert (extract.problems, extract.drift) == ((), Counter())


def test_the_real_feed(tmp_path: Path) -> None:
    root = shared("exports/native_samples/bluesky")
    names = ("getAuthorFeed_page1.json", "getAuthorFeed_page2.json")
    extract = read(BLUESKY, folder(tmp_path, {name: (root / name).read_bytes() for name in names}))
    assert Counter(post.kind for post in extract.posts) == Counter({"post": 13, "repost": 1})
    profile = json.loads((root / "getProfile.json").read_bytes())
    assert profile["postsCount"] == 13
    assert sum(post.reactions or 0 for post in extract.posts) == 1
    linked = [post for post in extract.posts if any("blog.example.org" in x for x in post.links)]
    assert len(linked) == 4
    assert not extract.drift


@settings(max_examples=150, deadline=None)
@given(broken(records(record(facets=[link(0, 2, "https://x.example/")]), record()).encode()))
def test_a_broken_listing_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(BLUESKY, "page.json", content)


@settings(max_examples=150, deadline=None)
@given(broken(feed({"post": view(later(1))}, {"post": view(later(0))}).encode()))
def test_a_broken_feed_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(BLUESKY, "page.json", content)
