from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from blog_exports import at, damaged, distorted, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read
from tests.archives import record as kept_record
from tests.archives import response

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.registry import POSTS, recognise
from analysis.formats.tumblr import TUMBLR
from analysis.formats.tumblr_export import TUMBLR_EXPORT

MOMENT = 1336354200  # 2012-05-07T01:30:00Z


def record(number: int = 7, **changes: Any) -> dict[str, Any]:
    """Return a post as version 2 of the API gives it."""
    return {
        "type": "text",
        "blog_name": "me",
        "id": number,
        "id_string": str(number),
        "post_url": f"https://me.tumblr.example/post/{number}/a",
        "date": "2012-05-07 01:30:00 GMT",
        "timestamp": MOMENT,
        "state": "published",
        "reblog_key": "x",
        "note_count": 12,
        "title": "T & U",
        "body": "<p>Words <a href='https://a.example/'>a</a></p>",
        **changes,
    }


def answer(*records: Any, total: int | None = None) -> dict[str, Any]:
    counted = {} if total is None else {"total_posts": total}
    return {"meta": {"status": 200}, "response": {"posts": list(records), **counted}}


def test_a_post(tmp_path: Path) -> None:
    content = json.dumps(answer(record(), total=1))
    found = read(TUMBLR, folder(tmp_path, {"posts.json": content}))
    (post,) = found.posts
    assert post.when == at("2012-05-07T01:30:00+00:00")
    assert (post.kind, post.id, post.url) == ("post", "7", "https://me.tumblr.example/post/7/a")
    assert (post.title, post.text) == ("T & U", "T & U\nWords a")
    assert (post.links, post.reactions) == (("https://a.example/",), 12)
    assert (found.since, found.notes, found.drift) == (None, (), Counter())


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"reblogged_from_url": "https://you.tumblr.example/post/1"}, "repost"),
        ({"parent_post_url": "https://you.tumblr.example/post/1"}, "repost"),
        ({"type": "photo", "caption": "<p>c</p>"}, "photo"),
        ({"type": "link", "url": "https://a.example/"}, "share"),
        ({"type": "blocks", "content": [{"type": "image"}]}, "photo"),
        ({"type": "quote", "reblogged_from_id": None}, "post"),
    ],
)
def test_kinds(tmp_path: Path, changes: dict[str, Any], kind: str) -> None:
    content = json.dumps(answer(record(**changes)))
    (post,) = read(TUMBLR, folder(tmp_path, {"posts.json": content})).posts
    assert post.kind == kind


def test_blocks_have_words_and_links(tmp_path: Path) -> None:
    link = {"type": "link", "start": 0, "end": 3, "url": "https://b.example/"}
    blocks = [
        {"type": "text", "text": "One & two", "formatting": [link, {"type": "bold"}]},
        {"type": "link", "url": "https://c.example/", "title": "three"},
    ]
    content = json.dumps(answer(record(type="blocks", body="", content=blocks)))
    (post,) = read(TUMBLR, folder(tmp_path, {"posts.json": content})).posts
    assert post.text == "T & U\nOne & two\nthree"
    assert post.links == ("https://b.example/", "https://c.example/")


def test_drafts_are_set_aside_and_missing_posts_are_told(tmp_path: Path) -> None:
    records = [record(), record(8, state="draft"), record(9, timestamp=None, date="soon"), 7]
    content = json.dumps(answer(*records, total=50))
    found = read(TUMBLR, folder(tmp_path, {"posts.json": content}))
    assert found.set_aside == Counter({"draft": 1, "no date": 1, "not a post": 1})
    assert found.since == at("2012-05-07T01:30:00+00:00")
    assert found.notes == ("4 of 50 posts are here; those before 2012-05-07 are not known.",)


def test_a_page_that_was_had_twice_holds_no_more_posts(tmp_path: Path) -> None:
    url, kept = "https://api.tumblr.example/v2/blog/me/posts", b""
    for notes in (1, 2):
        held = answer(record(note_count=notes), record(8, state="x"), total=3)
        at_noon = f"2012-06-0{notes}T12:00:00Z"
        kept += kept_record(response(json.dumps(held).encode()), url, date=at_noon)
    (tmp_path / "x.warc").write_bytes(kept)
    found = read(TUMBLR, Tree.at(tmp_path / "x.warc"))
    assert [post.reactions for post in found.posts] == [1, 2]
    assert found.notes == ("2 of 3 posts are here; those before 2012-05-07 are not known.",)


OLD = {
    "id": "7",
    "url": "https://me.tumblr.example/post/7",
    "url-with-slug": "https://me.tumblr.example/post/7/a",
    "type": "regular",
    "date-gmt": "2012-05-07 01:30:00 GMT",
    "date": "Sun, 06 May 2012 21:30:00",
    "unix-timestamp": MOMENT,
    "note-count": "12",
    "regular-title": "T & U",
    "regular-body": "<p>Words <a href='https://a.example/'>a</a></p>",
}


@pytest.mark.parametrize("name", ["read.json", "read.js", "read"])
def test_the_old_api(tmp_path: Path, name: str) -> None:
    reblog = OLD | {"id": "8", "reblogged-from-name": "you", "url-with-slug": "https://x.example/8"}
    value = {"tumblelog": {"name": "me"}, "posts-total": 2, "posts": [OLD, reblog]}
    content = f"var tumblr_api_read = {json.dumps(value)};\n"
    found = read(TUMBLR, folder(tmp_path, {name: content}))
    post, other = found.posts
    assert post.when == at("2012-05-07T01:30:00+00:00")
    assert (post.title, post.text, post.reactions) == ("T & U", "T & U\nWords a", 12)
    assert post.url == "https://me.tumblr.example/post/7/a"
    assert other.kind == "repost"
    assert (found.since, found.drift) == (None, Counter())


def test_a_file_a_post_and_a_corrupt_one(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "json/7.json": json.dumps(record(7)),
        "json/8.json": json.dumps(record(8)),
        "json/9.json": json.dumps(record(9))[:-10],
    }
    found = read(TUMBLR, folder(tmp_path, files))
    assert [post.id for post in found.posts] == ["7", "8"]
    assert [problem.file for problem in found.problems] == ["raw/json/9.json"]


@pytest.mark.parametrize("shape", ["a list", "one post"])
def test_posts_that_were_taken_out_of_their_answer(tmp_path: Path, shape: str) -> None:
    content = json.dumps([record(), record(8)] if shape == "a list" else record())
    found = read(TUMBLR, folder(tmp_path, {"p.json": content}))
    assert [post.id for post in found.posts] == ["7", "8"][: len(found.posts)]
    assert len(found.posts) == (2 if shape == "a list" else 1)


def test_a_half_written_answer_names_the_line(tmp_path: Path) -> None:
    content = json.dumps(answer(record()))[:-30]
    assert problem_of(TUMBLR, tmp_path, "posts.json", content).place.startswith("line 1, column ")


@given(damaged(json.dumps(answer(record())).encode()) | distorted(answer(record(), total=2)))
@settings(deadline=None)
def test_wild_answers_are_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(TUMBLR, "posts.json", content)


def page(stamp: str = "May 6th, 2012 9:30pm", body: str = "<p>Words</p>") -> str:
    """Return a post of Tumblr's own export."""
    return (
        "<!DOCTYPE HTML><html><head><title>x</title></head><body><h1>T &amp; U</h1>"
        f'{body}<div id="footer"><span id="timestamp"> {stamp} </span>'
        '<span class="tag">klout</span></div></body></html>'
    )


def test_tumblr_s_own_export(tmp_path: Path) -> None:
    reblog = '<p><a class="tumblr_blog" href="https://you.example/1">you</a>:</p>'
    files: dict[str, str | bytes] = {
        "posts/html/170000000001.html": page(),
        "posts/html/170000000002.html": page("December 1st, 2013 12:05am", reblog),
        "posts/html/170000000003.html": page("yesterday evening"),
        "posts/html/170000000004.html": page("January 2nd, 2014"),
        "posts/html/170000000005.html": page("February 30th, 2014"),
        "posts/posts_index.html": "<html></html>",
    }
    tree = folder(tmp_path / "raw", files)
    found = read(TUMBLR_EXPORT, tree)
    first, second, third = found.posts
    assert third.when == dt.date(2014, 1, 2)
    assert first.when == dt.datetime(2012, 5, 6, 21, 30)
    assert (first.id, first.kind) == ("170000000001", "post")
    assert (first.title, first.text) == ("T & U", "T & U\nWords")
    assert (second.when, second.kind) == (dt.datetime(2013, 12, 1, 0, 5), "repost")
    assert found.set_aside == Counter({"no date": 2})
    assert found.notes == (
        "Tumblr's export tells times without a zone; they are taken for the study's own.",
    )
    assert_same_when_zipped(TUMBLR_EXPORT, tree, tmp_path / "x.zip")


def packed(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"html/{name}.html", content)
    return data.getvalue()


def test_the_posts_zip_within_the_export(tmp_path: Path) -> None:
    inner = packed(**{"170000000001": page(), "about": page()})
    files: dict[str, str | bytes] = {"posts.zip": inner, "media/1.jpg": b"x"}
    tree = folder(tmp_path / "a", files)
    (unpacked,) = read(TUMBLR_EXPORT, tree).posts
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    (post,) = read(TUMBLR_EXPORT, Tree.at(tmp_path / "export.zip", "raw.zip")).posts
    assert (post.id, post.title) == ("170000000001", "T & U")
    assert post == unpacked


def test_a_cut_posts_zip_is_corrupt(tmp_path: Path) -> None:
    inner = packed(**{"170000000001": page()})
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("posts.zip", inner[:-40])
        archive.writestr("media/1.jpg", b"x")
    with pytest.raises(InputError, match=r"raw\.zip/posts\.zip: expected a whole zip archive"):
        read(TUMBLR_EXPORT, Tree.at(tmp_path / "export.zip", "raw.zip"))


def test_other_pages_are_not_recognized(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"170000000001.html": "<html><p>May 6th, 2012</p></html>"}
    assert recognise(folder(tmp_path, files), POSTS) is None


@given(damaged(page().encode()))
@settings(deadline=None)
def test_a_damaged_page_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(TUMBLR_EXPORT, "170000000001.html", content)
