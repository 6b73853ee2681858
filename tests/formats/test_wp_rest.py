from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from blog_exports import at, damaged, distorted, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read, shared
from tests.archives import packed, response
from tests.archives import record as kept_record

from analysis.files import Tree
from analysis.formats.feeds import FEED
from analysis.formats.registry import POSTS, recognise
from analysis.formats.wp_rest import WP_REST
from analysis.formats.wxr import WXR


def record(number: int = 7, **changes: Any) -> dict[str, Any]:
    """Return a post as the API gives it."""
    return {
        "id": number,
        "date": "2012-05-06T21:30:00",
        "date_gmt": "2012-05-07T01:30:00",
        "guid": {"rendered": f"http://blog.example/?p={number}"},
        "modified": "2013-01-01T00:00:00",
        "modified_gmt": "2013-01-01T05:00:00",
        "slug": "a",
        "status": "publish",
        "type": "post",
        "link": f"http://blog.example/2012/05/{number}/",
        "title": {"rendered": "T &#038; <em>U</em>"},
        "content": {
            "rendered": "<p>Words &amp; <a href='/b/?x=1&amp;y=2'>b</a></p>",
            "protected": False,
        },
        "_links": {},
        **changes,
    }


def pages(*numbers: int, **changes: Any) -> str:
    return json.dumps([record(number, **changes) for number in numbers])


def test_a_post(tmp_path: Path) -> None:
    found = read(WP_REST, folder(tmp_path, {"posts.json": pages(7)}))
    (post,) = found.posts
    assert post.when == at("2012-05-07T01:30:00+00:00")
    assert (post.kind, post.id, post.url) == ("post", "7", "http://blog.example/2012/05/7/")
    assert (post.title, post.text) == ("T & U", "T & U\nWords & b")
    assert post.links == ("http://blog.example/b/?x=1&y=2",)
    assert (post.comments, post.reactions, post.shared_to) == (None, None, ())
    assert (post.member, post.pointer) == ("posts.json", "item 1")
    assert found.since == post.when
    assert found.drift == Counter()
    assert found.notes == (
        "WordPress answers page by page, and no page shows that it is the last: posts before "
        "2012-05-07 are not known.",
    )


def test_a_local_date_alone_is_the_study_s_own_clock(tmp_path: Path) -> None:
    changes = [{"date_gmt": value} for value in ("0000-00-00T00:00:00", None, 5)]
    content = json.dumps([record(**change) for change in changes])
    found = read(WP_REST, folder(tmp_path, {"posts.json": content}))
    assert [post.when for post in found.posts] == [dt.datetime(2012, 5, 6, 21, 30)] * 3


def test_what_is_no_public_post_is_set_aside(tmp_path: Path) -> None:
    records: list[Any] = [
        record(),
        record(type="page"),
        record(type="attachment"),
        record(type="comment"),
        *(record(status=status) for status in ("draft", "private", "future")),
        record(content={"rendered": "", "protected": True}),
        record(date=None, date_gmt=None),
        7,
    ]
    found = read(WP_REST, folder(tmp_path, {"posts.json": json.dumps(records)}))
    assert len(found.posts) == 1
    assert found.set_aside == Counter(
        {
            "page": 1,
            "attachment": 1,
            "comment": 1,
            "draft": 1,
            "private": 1,
            "future": 1,
            "password": 1,
            "no date": 1,
            "not a post": 1,
        }
    )


def test_one_post_alone(tmp_path: Path) -> None:
    """What ``/wp/v2/posts/7`` answers: nothing says that the others are here."""
    found = read(WP_REST, folder(tmp_path, {"post.json": json.dumps(record())}))
    (post,) = found.posts
    assert (post.id, found.since) == ("7", post.when)


def test_pages_are_one_source_and_overlap(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"page1.json": pages(9, 8), "page2.json": pages(8, 7)}
    tree = folder(tmp_path / "raw", files)
    found = read(WP_REST, tree)
    assert [post.id for post in found.posts] == ["9", "8", "7"]
    assert found.set_aside == Counter({"duplicate": 1})
    assert_same_when_zipped(WP_REST, tree, tmp_path / "x.zip")


def test_a_short_last_page_or_the_end_itself_tells_that_all_is_here(tmp_path: Path) -> None:
    full, short = pages(*range(20, 30)), pages(1, 2, 3)
    beyond = '{"code": "rest_post_invalid_page_number", "message": "x", "data": {"status": 400}}'
    for number, files in enumerate(
        (
            {"p1.json": full, "p2.json": short},
            {"p1.json": full, "p2.json": "[]"},
            {"p1.json": full, "p2.json": beyond},
        )
    ):
        found = read(WP_REST, folder(tmp_path / str(number), dict(files)))
        assert (found.since, found.notes) == (None, ())
        assert found.problems == ()
    found = read(
        WP_REST, folder(tmp_path / "open", {"p1.json": full, "p2.json": pages(*range(10))})
    )
    assert found.since is not None


API = "https://blog.example/wp-json/wp/v2/posts"
FIRST, SECOND = range(20, 30), range(8, 11)


@pytest.mark.parametrize(
    ("asked", "is_whole"),
    [
        ([("?per_page=10&page=1", FIRST), ("?per_page=10&page=2", SECOND)], True),
        ([("?page=2&per_page=10", SECOND), ("", FIRST)], False),  # of two lists
        ([("?page=2", SECOND), ("", FIRST), ("?page=1", FIRST), ("", FIRST)], True),
        ([("?per_page=1", [29]), ("?modified_after=2012-05-01&per_page=10", SECOND)], False),
        ([("?per_page=10", FIRST), ("?per_page=10&page=3", SECOND)], False),
        ([("?per_page=10&page=2", SECOND), ("?per_page=10&page=2", FIRST)], False),
        ([("?per_page=100&search=x", SECOND), ("?per_page=ten", SECOND)], False),
        ([("?per_page=100&order=asc", SECOND)], True),
    ],
)
def test_kept_pages_are_all_where_they_go_to_one_that_is_not_full(
    tmp_path: Path, asked: list[tuple[str, Iterable[int]]], is_whole: bool
) -> None:
    kept = [
        kept_record(response(pages(*ids).encode()), API + query, date=f"2012-06-0{day}T06:00:00Z")
        for day, (query, ids) in enumerate(asked, 1)
    ]
    (tmp_path / "x.warc.gz").write_bytes(packed(*kept))
    found = read(WP_REST, Tree.at(tmp_path / "x.warc.gz"))
    assert (found.since is None, found.notes == ()) == (is_whole, is_whole)


def test_a_corrupt_page_is_named_even_where_nothing_of_it_can_be_told(tmp_path: Path) -> None:
    refused = '{"code": "rest_forbidden", "message": "Sorry\\u001b"}'
    files: dict[str, str | bytes] = {"p1.json": pages(9), "p2.json": "[{", "p3.json": refused}
    found = read(WP_REST, folder(tmp_path, files))
    assert [post.id for post in found.posts] == ["9"]
    assert [(problem.kind, problem.file) for problem in found.problems] == [
        ("corrupt", "raw/p2.json"),
        ("corrupt", "raw/p3.json"),
    ]
    assert str(found.problems[1]).isprintable()


def test_a_half_written_page_names_the_line(tmp_path: Path) -> None:
    problem = problem_of(WP_REST, tmp_path, "posts.json", pages(7, 8)[:-40])
    assert problem.kind == "corrupt"
    assert problem.place.startswith("line 1, column ")


def test_unknown_keys_are_counted(tmp_path: Path) -> None:
    found = read(WP_REST, folder(tmp_path, {"posts.json": pages(7, 8, mood="good")}))
    assert found.drift == Counter({"posts.json: post.mood": 2})


def test_wordpress_com_s_own_answers(tmp_path: Path) -> None:
    post = {
        "ID": 5,
        "site_ID": 1,
        "date": "2012-05-06T21:30:00-04:00",
        "title": "T &#038; U",
        "URL": "http://blog.example/a/",
        "content": "<p>x</p>",
        "status": "publish",
        "type": "post",
        "discussion": {"comment_count": 3},
        "like_count": 2,
        "publicize_URLs": ["http://twitter.com/me/status/1", "https://www.facebook.com/1_2", 7],
    }
    content = json.dumps({"found": 1, "posts": [post]})
    (made,) = read(WP_REST, folder(tmp_path, {"posts.json": content})).posts
    assert made.when == at("2012-05-06T21:30:00-04:00")
    assert (made.id, made.url, made.title) == ("5", "http://blog.example/a/", "T & U")
    assert (made.comments, made.reactions) == (3, 2)
    assert made.shared_to == ("twitter", "facebook")


@pytest.mark.parametrize(
    "content",
    [
        '{"posts": [{"id": "1", "published_at": "2012-05-06T21:30:00Z", "uuid": "u"}]}',
        '[{"id": 1, "created_at": "2012-05-06", "content": "a toot"}]',
        '{"name": "Blog", "url": "http://blog.example", "gmt_offset": -5}',
        "[]",
    ],
)
def test_other_json_is_not_recognized(tmp_path: Path, content: str) -> None:
    assert recognise(folder(tmp_path, {"x.json": content}), (WP_REST,)) is None


SAMPLE = [record(7), record(8)]


@given(damaged(json.dumps(SAMPLE).encode()) | distorted(SAMPLE))
@settings(deadline=None)
def test_wild_answers_are_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(WP_REST, "posts.json", content)


def test_export_feeds_and_rest_give_the_same_posts() -> None:
    samples = shared("exports/native_samples/wordpress")

    def known(name: str) -> dict[str, tuple[object, str]]:
        found = recognise(Tree.at(samples / name), POSTS)
        assert found is not None
        assert found[0] in (WP_REST, WXR, FEED)
        posts = read(found[0], Tree.at(samples / name)).posts
        return {post.url: (post.when, post.title) for post in posts}

    export = known("wp_export_wxr12.xml")
    assert len(export) == 15
    for name, count in (
        ("wp_rest_posts_page1.json", 2),
        ("wp_feed_rss2.xml", 10),
        ("wp_feed_atom.xml", 10),
    ):
        others = known(name)
        assert len(others) == count
        assert others.items() <= export.items()


def test_whole_files_of_something_else_are_left_to_others(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"1.json": pages(9), "2.json": '{"likes": [1, 2]}'}
    why = WP_REST.recognise(folder(tmp_path, files))
    assert why is not None
    assert why.members == ("1.json",)
