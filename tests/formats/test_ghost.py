from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from blog_exports import at, damaged, distorted, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read, shared

from analysis.files import Tree
from analysis.formats.ghost import GHOST
from analysis.formats.ghost_html import html_of
from analysis.formats.registry import recognise


def record(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a post as the Content API gives it."""
    return {
        "id": f"6b0{number}",
        "uuid": "9a64",
        "title": "T & U",
        "slug": f"post-{number}",
        "html": '<p>Words <a href="/b/">b</a></p>',
        "comment_id": "6b0",
        "visibility": "public",
        "created_at": "2026-11-22T21:59:45.000+00:00",
        "updated_at": "2026-11-22T21:59:45.000+00:00",
        "published_at": f"2012-05-{number:02}T21:30:00.000+00:00",
        "url": f"http://blog.example/post-{number}/",
        **changes,
    }


def answer(page: int, pages: int, *records: Any) -> str:
    pagination = {"page": page, "limit": 15, "pages": pages, "total": 99}
    return json.dumps({"posts": list(records), "meta": {"pagination": pagination}})


def export(*records: Any, **data: Any) -> str:
    meta = {"exported_on": 1340380800000, "version": "5.2.0"}
    return json.dumps({"db": [{"meta": meta, "data": {"posts": list(records), **data}}]})


def stored(**changes: Any) -> dict[str, Any]:
    """Return a post as the export has it."""
    made = record(**{"status": "published", "type": "post", **changes})
    del made["url"]
    return made


def test_a_post_of_the_api(tmp_path: Path) -> None:
    found = read(GHOST, folder(tmp_path, {"posts.json": answer(1, 1, record())}))
    (post,) = found.posts
    assert post.when == at("2012-05-01T21:30:00+00:00")
    assert (post.id, post.url) == ("6b01", "http://blog.example/post-1/")
    assert (post.title, post.text) == ("T & U", "T & U\nWords b")
    assert post.links == ("http://blog.example/b/",)
    assert (found.since, found.notes, found.problems) == (None, (), ())
    assert found.drift == Counter()


def test_the_day_of_an_import_is_no_publication(tmp_path: Path) -> None:
    content = answer(1, 1, record(), record(2, published_at=None))
    found = read(GHOST, folder(tmp_path, {"posts.json": content}))
    assert found.set_aside == Counter({"no date": 1})


def test_missing_pages_are_told(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "p1.json": answer(1, 4, record(9)),
        "p3.json": answer(3, 4, record(4)),
    }
    found = read(GHOST, folder(tmp_path, files))
    assert found.since == at("2012-05-04T21:30:00+00:00")
    assert found.notes == (
        "Not every page of the blog's answers is here: posts before 2012-05-04 are not known.",
    )
    (problem,) = found.problems
    assert (problem.kind, problem.expected) == ("absent", "expected page 2 of 4 of the answers")


def test_all_pages_are_the_whole_blog(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "p1.json": answer(1, 2, record(9)),
        "p2.json": answer(2, 2, record(4), record(9)),
    }
    tree = folder(tmp_path / "raw", files)
    found = read(GHOST, tree)
    assert (found.since, found.problems) == (None, ())
    assert found.set_aside == Counter({"duplicate": 1})
    assert_same_when_zipped(GHOST, tree, tmp_path / "x.zip")


def test_ghost_s_export(tmp_path: Path) -> None:
    records = [
        stored(),
        stored(number=2, status="draft"),
        stored(number=3, status="scheduled"),
        stored(number=4, status="sent"),
        stored(number=5, visibility="paid"),
        stored(number=6),
        record(7, status="published", page=1),
        record(8, status="published", type="page"),
        "not one",
    ]
    content = export(*records, posts_tags=[], posts_meta=[{"post_id": "6b06", "email_only": 1}])
    found = read(GHOST, folder(tmp_path, {"ghost.json": content}))
    (post,) = found.posts
    assert (post.id, post.url, post.links) == ("6b01", "", ("/b/",))
    assert found.exported_at == at("2012-06-22T16:00:00+00:00")
    assert found.since is None
    assert found.set_aside == Counter(
        {
            "draft": 1,
            "scheduled": 1,
            "sent by e-mail only": 2,
            "for paid only": 1,
            "page": 2,
            "not a post": 1,
        }
    )
    assert found.notes == (
        "The export tells no addresses of posts: which posts elsewhere share them cannot be told "
        "by their links; answers of the Content API, or the feed, can.",
    )


def test_an_old_export_without_db_and_with_milliseconds(tmp_path: Path) -> None:
    old = stored(published_at=1336339800000, canonical_url="https://first.example/a")
    content = json.dumps({"meta": {"exported_on": 1340380800000}, "data": {"posts": [old]}})
    found = read(GHOST, folder(tmp_path, {"ghost.json": content}))
    (post,) = found.posts
    assert post.when == at("2012-05-06T21:30:00+00:00")
    assert (post.url, found.notes) == ("https://first.example/a", ())


LEXICAL = {
    "root": {
        "children": [
            {
                "type": "paragraph",
                "children": [
                    {"type": "text", "text": "One & "},
                    {
                        "type": "link",
                        "url": "https://a.example/?x=1&y=2",
                        "children": [{"type": "text", "text": "two"}],
                    },
                ],
            },
            {"type": "html", "html": "<b>three</b>"},
        ]
    }
}
MOBILEDOC = {
    "version": "0.3.1",
    "markups": [["a", ["href", "https://a.example/?x=1&y=2"]], ["em"]],
    "cards": [["html", {"html": "<b>three</b>"}]],
    "sections": [[1, "p", [[0, [], 0, "One & "], [0, [0], 1, "two"]]], [10, 0]],
}


@pytest.mark.parametrize("document", [LEXICAL, MOBILEDOC])
def test_posts_that_are_stored_as_documents(tmp_path: Path, document: object) -> None:
    key = "lexical" if document is LEXICAL else "mobiledoc"
    content = export(stored(html=None, **{key: json.dumps(document)}))
    (post,) = read(GHOST, folder(tmp_path, {"ghost.json": content})).posts
    assert post.text.split() == ["T", "&", "U", "One", "&", "two", "three"]
    assert post.links == ("https://a.example/?x=1&y=2",)


def test_documents_that_are_none() -> None:
    for document in (None, 7, "", "{", "[]", '{"root": 7}', '{"sections": {"a": 1}}', "[" * 9999):
        assert html_of(document) == ""


def test_a_refused_request_is_shown_as_what_it_says(tmp_path: Path) -> None:
    refused = '{"errors": [{"message": "Unknown Content API Key"}]}'
    files: dict[str, str | bytes] = {"p1.json": answer(1, 2, record()), "p2.json": refused}
    found = read(GHOST, folder(tmp_path, files))
    (problem,) = found.problems
    assert problem.expected == (
        "expected a list of posts, found the answer 'Unknown Content API Key'"
    )


def test_a_half_written_answer_names_the_line(tmp_path: Path) -> None:
    problem = problem_of(GHOST, tmp_path, "posts.json", answer(1, 1, record())[:-30])
    assert problem.place.startswith("line 1, column ")


def test_unknown_keys_are_counted(tmp_path: Path) -> None:
    content = answer(1, 1, record(mood="good"))
    found = read(GHOST, folder(tmp_path, {"posts.json": content}))
    assert found.drift == Counter({"ghost.json: post.mood": 1})


@pytest.mark.parametrize(
    "content",
    ['{"posts": []}', '[{"date_gmt": "2012-05-06T21:30:00", "title": {"rendered": ""}}]', "{}"],
)
def test_other_json_is_not_recognized(tmp_path: Path, content: str) -> None:
    assert recognise(folder(tmp_path, {"x.json": content}), (GHOST,)) is None


SAMPLE = json.loads(answer(1, 2, record(lexical=json.dumps(LEXICAL))))
EXPORT = json.loads(export(stored(), posts_meta=[{"post_id": "6b06", "email_only": 1}]))


@given(damaged(json.dumps(SAMPLE).encode()) | distorted(SAMPLE) | distorted(EXPORT))
@settings(deadline=None)
def test_wild_answers_are_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(GHOST, "posts.json", content)


@given(distorted(LEXICAL) | distorted(MOBILEDOC))
def test_wild_documents_are_text(content: bytes) -> None:
    assert isinstance(html_of(content.decode()), str)


def test_the_real_answers() -> None:
    found = read(GHOST, Tree.at(shared("exports/native_samples/ghost/ghost_content_posts.json")))
    assert [post.title for post in found.posts][:1] == ["Post 1 — naïve"]
    assert found.posts[0].when == at("2012-05-01T21:30:00+00:00")
    assert found.drift == Counter()
