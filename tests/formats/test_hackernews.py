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

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.base import Extract
from analysis.formats.hackernews import HACKER_NEWS

AT = dt.datetime(2012, 5, 8, 1, 30, tzinfo=dt.UTC)
SECONDS = int(AT.timestamp())


def hit(number: int = 11, kind: str = "story", **more: Any) -> dict[str, Any]:
    return {
        "objectID": str(number),
        "created_at": "2012-05-08T01:30:00Z",
        "created_at_i": SECONDS,
        "author": "ada",
        "title": "A &amp; B",
        "url": "https://blog.example/p/",
        "points": 5,
        "num_comments": 2,
        "story_text": None,
        "_tags": [kind, "author_ada", f"story_{number}"],
        **more,
    }


def item(number: int = 11, **more: Any) -> dict[str, Any]:
    return {
        "by": "ada",
        "descendants": 4,
        "id": number,
        "score": 6,
        "time": SECONDS,
        "title": "T",
        "type": "story",
        "url": "https://blog.example/p/",
        **more,
    }


def search(*hits: object) -> str:
    return json.dumps({"hits": hits, "nbHits": len(hits), "page": 0, "nbPages": 1})


def extract_of(tmp_path: Path, files: dict[str, Any]) -> Extract:
    texts = {name: x if isinstance(x, str) else json.dumps(x) for name, x in files.items()}
    return read(HACKER_NEWS, folder(tmp_path, texts))


def test_hits_of_a_search(tmp_path: Path) -> None:
    ask = hit(12, url=None, story_text='<p>why? <a href="https:&#x2F;&#x2F;a.example&#x2F;b">a</a>')
    content = search(
        hit(new_key=1),
        ask,
        hit(13, "comment", title=None, created_at_i=SECONDS - 600),
        hit(14, author="bob"),
        hit(11),
        hit(15, created_at_i=0, created_at="1970-01-01T00:00:00Z"),
        "rubbish",
    )
    extract = extract_of(tmp_path, {"search.json": content})
    link, words = extract.posts
    assert (link.when, link.kind, link.id) == (AT, "share", "11")
    assert link.url == "https://news.ycombinator.com/item?id=11"
    assert (link.title, link.links) == ("A & B", ("https://blog.example/p/",))
    assert (link.reactions, link.comments, link.shares) == (5, 2, None)
    assert (words.kind, words.links) == ("post", ("https://a.example/b",))
    assert words.text == "A & B\nwhy? a"
    assert extract.set_aside == Counter(
        {"comment": 1, "another account": 1, "duplicate": 1, "impossible date": 1, "not a post": 1}
    )
    assert extract.since == AT - dt.timedelta(minutes=10)  # the comment is a record too
    assert extract.drift == Counter({"search: hits.new_key": 1})


def test_items_of_a_user(tmp_path: Path) -> None:
    files = {
        "user.json": {"id": "ada", "created": 1, "karma": 9, "submitted": [15, 14, 13, 12, 11]},
        "item/11.json": item(),
        "item/12.json": {"by": "ada", "id": 12, "parent": 11, "time": SECONDS, "type": "comment"},
        "item/13.json": "null",
        "item/14.json": {"deleted": True, "id": 14, "time": SECONDS, "type": "story"},
        "more.json": [item(16, dead=True), item(17, type="job", url=""), item(18, by="bob")],
    }
    extract = extract_of(tmp_path, files)
    assert [(post.id, post.kind) for post in extract.posts] == [("11", "share"), ("17", "post")]
    assert (extract.posts[0].reactions, extract.posts[0].comments) == (6, 4)
    assert extract.set_aside == Counter(
        {"comment": 1, "deleted": 2, "dead": 1, "another account": 1}
    )
    assert "1 of 5 submissions (posts and comments) have no item here." in extract.notes
    assert not extract.drift


def test_a_search_needs_no_item_of_every_submission(tmp_path: Path) -> None:
    user = {"id": "ada", "created": 1, "karma": 9, "submitted": [11, 12]}
    extract = extract_of(tmp_path, {"user.json": user, "search.json": search(hit())})
    assert len(extract.notes) == 1
    assert extract.notes[0].startswith("Answers hold the newest records")


def test_the_same_story_at_two_times_keeps_both_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {name: AT + dt.timedelta(days=n) for n, name in enumerate(("1.json", "2.json"))}
    monkeypatch.setattr(Tree, "seen_at", lambda _, name: times[name])
    files = {"1.json": search(hit()), "2.json": search(hit(points=50))}
    extract = extract_of(tmp_path, files)
    assert [(post.reactions, post.seen_at) for post in extract.posts] == [
        (5, times["1.json"]),
        (50, times["2.json"]),
    ]
    assert extract.exported_at == times["2.json"]


def test_a_cut_answer(tmp_path: Path) -> None:
    whole = search(hit())
    both = extract_of(tmp_path / "both", {"1.json": whole, "2.json": search(hit(12))[:-9]})
    assert len(both.posts) == 1
    assert [problem.file for problem in both.problems] == ["raw/2.json"]
    with pytest.raises(InputError, match=r"raw/1\.json, line 1, column .*expected JSON"):
        extract_of(tmp_path / "one", {"1.json": whole[:-9]})


@pytest.mark.parametrize(
    "content",
    [
        '{"hits": []}',
        '{"hits": [{"objectID": "1", "name": "of a shop"}]}',
        '{"id": "ada", "created": 1, "karma": 9, "submitted": []}',
        "null",
        '{"type": "story"}',
    ],
)
def test_others_are_not_ours(tmp_path: Path, content: str) -> None:
    assert HACKER_NEWS.recognise(folder(tmp_path, {"1.json": content})) is None


def test_folder_and_zip_read_alike(tmp_path: Path) -> None:
    files = {"a/1.json": search(hit()), "a/item/12.json": json.dumps(item(12)), "a/13.json": "null"}
    assert_same_when_zipped(HACKER_NEWS, folder(tmp_path / "a", files), tmp_path / "a.zip")


def test_the_real_samples() -> None:
    extract = read(HACKER_NEWS, Tree.at(shared("exports/native_samples/hackernews")))
    (post,) = extract.posts
    assert (post.id, post.title, post.reactions, post.comments) == ("4000001", "Post 14", 5, 2)
    assert post.when == AT
    assert extract.set_aside == Counter({"duplicate": 1})
    assert "1 of 2 submissions (posts and comments) have no item here." in extract.notes
    assert not extract.drift


@settings(max_examples=150, deadline=None)
@given(broken(search(hit(), hit(12, "comment")).encode()))
def test_a_broken_search_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(HACKER_NEWS, "search.json", content)


@settings(max_examples=150, deadline=None)
@given(broken(json.dumps([item(), item(12, text="<p>x")]).encode()))
def test_broken_items_are_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(HACKER_NEWS, "11.json", content)
