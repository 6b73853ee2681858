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
from analysis.formats.github import GITHUB

AT = dt.datetime(2026, 5, 7, 16, 41, 18, tzinfo=dt.UTC)


def event(number: int, kind: str, payload: dict[str, Any] | None = None, **more: Any) -> Any:
    return {
        "id": str(number),
        "type": kind,
        "actor": {"id": 1, "login": "ada"},
        "repo": {"id": 2, "name": "ada/tool"},
        "payload": payload or {},
        "public": True,
        "created_at": "2026-05-07T16:41:18Z",
        **more,
    }


def extract_of(tmp_path: Path, *events: object) -> Extract:
    return read(GITHUB, folder(tmp_path, {"events.json": json.dumps(events)}))


def test_what_an_account_brings_out_is_a_post(tmp_path: Path) -> None:
    release = {
        "html_url": "https://github.com/ada/tool/releases/tag/v1",
        "name": "One",
        "body": "See https://blog.example/v1.",
        "reactions": {"total_count": 3},
    }
    issue = {"html_url": "https://github.com/x/y/issues/1", "title": "It fails", "comments": 2}
    commits = [{"message": "Fix a"}, {"message": "Fix b"}]
    extract = extract_of(
        tmp_path,
        event(6, "PushEvent", {"commits": commits, "size": 2}),
        event(5, "ReleaseEvent", {"action": "published", "release": release}),
        event(4, "CreateEvent", {"ref_type": "repository", "description": "A tool"}),
        event(3, "IssuesEvent", {"action": "opened", "issue": issue}),
        event(2, "PullRequestEvent", {"action": "opened", "pull_request": {"title": "Do"}}),
        event(1, "PublicEvent"),
    )
    push, released, created, opened, asked, public = extract.posts
    assert (push.id, push.text, push.url, push.when) == ("6", "Fix a\nFix b", "", AT)
    assert (released.title, released.url) == ("One", release["html_url"])
    assert (released.links, released.reactions) == (("https://blog.example/v1",), 3)
    assert (created.text, created.url) == ("ada/tool\nA tool", "https://github.com/ada/tool")
    assert (opened.title, opened.comments) == ("It fails", 2)
    assert (asked.text, asked.url) == ("Do", "https://github.com/ada/tool")
    assert public.title == "ada/tool"
    assert {post.kind for post in extract.posts} == {"post"}
    assert not extract.set_aside
    assert extract.since == AT


def test_the_rest_is_set_aside_by_kind(tmp_path: Path) -> None:
    extract = extract_of(
        tmp_path,
        event(1, "WatchEvent", {"action": "started"}, created_at="2026-05-01T00:00:00Z"),
        event(2, "ForkEvent"),
        event(3, "IssueCommentEvent", {"action": "created"}),
        event(4, "PullRequestReviewEvent", {"action": "created"}),
        event(5, "IssuesEvent", {"action": "closed"}),
        event(6, "CreateEvent", {"ref_type": "branch"}),
        event(7, "PushEvent", {"size": 0, "commits": []}),
        event(8, "PushEvent", public=False),
        event(9, "PushEvent", actor={"login": "bob"}),
        event(10, "PushEvent", created_at="0001-01-01T00:00:00Z"),
        event(11, "PushEvent", new_key=1),
        event(11, "PushEvent"),
        None,
    )
    assert [post.id for post in extract.posts] == ["11"]
    assert extract.set_aside == Counter(
        {
            "WatchEvent": 1,
            "ForkEvent": 1,
            "comment": 2,
            "IssuesEvent closed": 1,
            "CreateEvent branch": 1,
            "PushEvent without commits": 1,
            "private": 1,
            "another account": 1,
            "impossible date": 1,
            "duplicate": 1,
            "not a post": 1,
        }
    )
    assert extract.since == dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert extract.drift == Counter({"events: event.new_key": 1})


def test_the_address_tells_whose_events_were_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "https://api.github.com/users/Ada/events/public?per_page=100"
    monkeypatch.setattr(Tree, "address", lambda *_: address)
    others = [event(n, "PushEvent", actor={"login": "bob"}) for n in (1, 2)]
    extract = extract_of(tmp_path, event(3, "PushEvent"), *others)
    assert [post.id for post in extract.posts] == ["3"]
    assert extract.set_aside == Counter({"another account": 2})


def test_a_cut_answer(tmp_path: Path) -> None:
    whole = json.dumps([event(1, "PushEvent")])
    files = {"1.json": whole, "2.json": whole[:-5]}
    extract = read(GITHUB, folder(tmp_path / "both", files))
    assert len(extract.posts) == 1
    assert [problem.file for problem in extract.problems] == ["raw/2.json"]
    with pytest.raises(InputError, match=r"raw/2\.json, line 1, column .*expected JSON"):
        read(GITHUB, folder(tmp_path / "one", {"2.json": whole[:-5]}))


@pytest.mark.parametrize("content", ["[]", "{}", '[{"type": "PushEvent"}]', '[{"actor": {}}]'])
def test_others_are_not_ours(tmp_path: Path, content: str) -> None:
    assert GITHUB.recognise(folder(tmp_path, {"events.json": content})) is None


def test_folder_and_zip_read_alike(tmp_path: Path) -> None:
    files = {"a/events.json": json.dumps([event(1, "PushEvent")]), "a/readme.txt": "x"}
    assert_same_when_zipped(GITHUB, folder(tmp_path / "a", files), tmp_path / "a.zip")


def test_the_real_sample() -> None:
    extract = read(GITHUB, Tree.at(shared("exports/native_samples/github")))
    (post,) = extract.posts
    assert (post.id, post.when, post.kind) == ("22249084964", AT, "post")
    assert not extract.drift


@settings(max_examples=150, deadline=None)
@given(
    broken(
        json.dumps(
            [event(1, "PushEvent", {"commits": [{"message": "x"}]}), event(2, "WatchEvent")]
        ).encode()
    )
)
def test_a_broken_answer_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(GITHUB, "events.json", content)
