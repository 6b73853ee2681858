"""Files of another shape than their format gives: told in one line, and no post is made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from network_exports import folder

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.base import Format, Recognition, ScoreFormat
from analysis.formats.blogger_json import BLOGGER_JSON
from analysis.formats.bluesky import BLUESKY
from analysis.formats.facebook import FACEBOOK
from analysis.formats.feeds import FEED
from analysis.formats.github import GITHUB
from analysis.formats.hackernews import HACKER_NEWS
from analysis.formats.mastodon import MASTODON
from analysis.formats.medium import MEDIUM
from analysis.formats.reddit import REDDIT
from analysis.formats.reputation import REPUTATION
from analysis.formats.tumblr import TUMBLR
from analysis.formats.tumblr_export import TUMBLR_EXPORT
from analysis.formats.twitter_csv import CSV
from analysis.formats.wp_rest import WP_REST
from analysis.formats.youtube import YOUTUBE


def said(source: Format | ScoreFormat, tree: Tree) -> list[str]:
    """Return what a format says of a source that it takes for its own; there are no posts."""
    why = Recognition(1.0, tree.names, "a test says so")
    try:
        found = source.read(tree, why)
    except InputError as error:
        return [str(problem) for problem in error.problems]
    assert not isinstance(found, list)
    assert (found.posts, found.counts) == ([], [])
    return [str(problem) for problem in found.problems]


@pytest.mark.parametrize(
    ("source", "content", "expected"),
    [
        (BLOGGER_JSON, {"kind": "blogger#blog"}, "expected a list of posts, as Blogger gives"),
        (BLOGGER_JSON, {"feed": {"entry": "x"}}, "expected a list of posts, as Blogger gives"),
        (BLUESKY, {"feed": {}, "posts": None}, "expected a list of feed, records or posts"),
        (FACEBOOK, "words", "expected a list of posts"),
        (GITHUB, {"message": "Not Found"}, "expected a list of events"),
        (HACKER_NEWS, 7, "expected an item, a user or hits"),
        (MASTODON, {"error": "x"}, "orderedItems: expected a list of activities or statuses"),
        (REDDIT, {"data": {"children": {}}}, "data.children: expected a list of posts"),
        (REPUTATION, {"error_message": "too many"}, "found the answer 'too many'"),
        (REPUTATION, {"items": 1}, "items: expected a list of changes, found none"),
        (TUMBLR, {"meta": {"msg": "Not Found"}}, "found the answer 'Not Found'"),
        (TUMBLR, {"response": {"posts": 5}}, "expected a list of posts, found none"),
        (WP_REST, {"message": "No route"}, "found the answer 'No route'"),
    ],
)
def test_json_of_another_shape_is_one_line(
    tmp_path: Path, source: Format | ScoreFormat, content: Any, expected: str
) -> None:
    (line,) = said(source, folder(tmp_path, {"a.json": json.dumps(content)}))
    assert line.startswith("raw/a.json")
    assert expected in line


@pytest.mark.parametrize(
    ("source", "name", "content", "expected"),
    [
        (CSV, "tweets.csv", "a,b\n1,2\n", "line 1: expected the columns tweet_id, timestamp"),
        (CSV, "tweets.csv", "", "line 1: expected the columns tweet_id, timestamp"),
        (MEDIUM, "a.html", "<p>words</p>", "expected a story as Medium exports it"),
        (TUMBLR_EXPORT, "1.html", "<p>x</p>", "expected a post with its time in the footer"),
    ],
)
def test_a_file_of_another_shape_is_one_line(
    tmp_path: Path, source: Format, name: str, content: str, expected: str
) -> None:
    (line,) = said(source, folder(tmp_path, {name: content}))
    assert line.startswith(f"raw/{name}")
    assert expected in line


def test_damage_that_has_no_place_is_told_without_one(tmp_path: Path) -> None:
    """Whole XML in another encoding than it declares, and no feed."""
    content = '<?xml version="1.0" encoding="utf-8"?><html>caf\xe9</html>'.encode("latin-1")
    (line,) = said(FEED, folder(tmp_path, {"a.xml": content}))
    assert line.startswith("raw/a.xml: expected a whole feed: document declared as utf-8")


def test_a_list_of_uploads_that_is_none_is_one_line(tmp_path: Path) -> None:
    content = json.dumps({"kind": "youtube#playlistItem", "items": {}})
    (line,) = said(YOUTUBE, folder(tmp_path, {"uploads.json": content}))
    assert line == "raw/uploads.json: expected a list of uploaded videos"
