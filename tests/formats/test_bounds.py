"""The largest files that formats read: one byte more is refused in one line, and not parsed."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from network_exports import folder, read
from test_mastodon import status
from test_medium import NAME, story
from test_tumblr import answer, page, record

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats import (
    answers,
    feeds,
    ghost_html,
    markdown,
    medium,
    pages,
    sniff,
    tumblr_export,
    twitter_client,
)
from analysis.formats.base import Format
from analysis.formats.feeds import FEED
from analysis.formats.ghost_html import html_of
from analysis.formats.markdown import MARKDOWN
from analysis.formats.mastodon import MASTODON
from analysis.formats.medium import MEDIUM
from analysis.formats.registry import read_posts
from analysis.formats.tumblr import TUMBLR
from analysis.formats.tumblr_export import TUMBLR_EXPORT
from analysis.formats.twitter_client import Clients
from analysis.formats.wxr import WXR

RSS = (
    "<rss version='2.0'><channel><item><title>t</title><guid>1</guid>"
    "<pubDate>Sun, 06 May 2012 21:30:00 -0400</pubDate></item></channel></rss>"
)
POST = "---\ntitle: T\ndate: 2012-05-06\n---\nwords\n"


@pytest.mark.parametrize(
    ("source", "module", "limit", "name", "content"),
    [
        (FEED, feeds, "MAX_FEED_BYTES", "feed.xml", RSS),
        (MARKDOWN, markdown, "MAX_POST_BYTES", "a.md", POST),
        (MEDIUM, medium, "MAX_STORY_BYTES", NAME, story()),
        (TUMBLR, pages, "MAX_JSON_BYTES", "posts.json", json.dumps(answer(record()))),
        (TUMBLR_EXPORT, tumblr_export, "MAX_POST_BYTES", "posts/html/170000000001.html", page()),
    ],
)
def test_a_file_has_a_largest_size(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: Format,
    module: ModuleType,
    limit: str,
    name: str,
    content: str,
) -> None:
    tree = folder(tmp_path, {name: content})
    why = source.recognise(tree)
    assert why is not None
    size = len(content.encode())
    monkeypatch.setattr(module, limit, size)
    assert len(source.read(tree, why).posts) == 1
    monkeypatch.setattr(module, limit, size - 1)
    with pytest.raises(InputError, match="at most") as caught:
        source.read(tree, why)
    (problem,) = caught.value.problems
    assert (problem.kind, problem.file) == ("corrupt", f"raw/{name}")


def packed(files: Mapping[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_posts_zip_and_each_post_in_it_have_a_largest_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = enumerate((10, 5000))
    inner = packed({f"html/17000000000{n}.html": page(body="x" * size) for n, size in sizes})
    (tmp_path / "export.zip").write_bytes(packed({"posts.zip": inner, "media/1.jpg": b"x"}))
    tree = Tree.at(tmp_path / "export.zip", "raw.zip")
    assert len(read(TUMBLR_EXPORT, tree).posts) == 2
    monkeypatch.setattr(tumblr_export, "MAX_POST_BYTES", 4000)
    found = read(TUMBLR_EXPORT, tree)
    assert [post.id for post in found.posts] == ["170000000000"]
    (problem,) = found.problems
    assert (problem.place, problem.expected) == (
        "html/170000000001.html",
        "expected a post of at most 5 MB",
    )
    monkeypatch.setattr(tumblr_export, "MAX_ARCHIVE_BYTES", len(inner) - 1)
    with pytest.raises(InputError, match="at most 500 MB; unpack it and drop the rest"):
        read(TUMBLR_EXPORT, tree)


def test_long_tags_are_read_until_their_attributes_are_too_many(tmp_path: Path) -> None:
    def with_attributes(count: int, length: int) -> str:
        told = " ".join(f"a{number}='{'x' * length}'" for number in range(count))
        return RSS.replace("<title>", f"<category {told}/><title>")

    assert len(read(FEED, folder(tmp_path / "long", {"f.xml": with_attributes(9, 900)})).posts) == 1
    many = with_attributes(feeds.MAX_ATTRIBUTES + 1, 9)
    with pytest.raises(InputError, match="expected at most 1,000 attributes"):
        read(FEED, folder(tmp_path / "many", {"f.xml": many}))


def lexical(count: int) -> str:
    words = [{"type": "text", "text": f"w{number}"} for number in range(count)]
    return json.dumps({"root": {"children": words}})


def mobiledoc(count: int) -> str:
    words = [[0, [], 0, f"w{number}"] for number in range(count)]
    return json.dumps({"sections": [[1, "p", words]], "cards": [["html", {"html": "<b>c</b>"}]]})


@pytest.mark.parametrize("stored", [lexical, mobiledoc])
def test_a_document_of_ghost_is_read_as_far_as_its_bound(
    monkeypatch: pytest.MonkeyPatch, stored: object
) -> None:
    assert callable(stored)
    whole = html_of(stored(40))
    assert len(re.findall(r"w[0-9]+", whole)) == 40
    monkeypatch.setattr(ghost_html, "_MOST_NODES", 20)
    part = re.findall(r"w[0-9]+", html_of(stored(40)))
    assert 10 < len(part) < 20
    assert part == re.findall(r"w[0-9]+", whole)[: len(part)]
    if stored is mobiledoc:
        assert html_of(stored(40)).endswith("<b>c</b>"), "cards are read all the same"


def test_applications_are_told_alike_when_no_more_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sources = [f'<a href="https://x.example/{n}">Buffer {n}</a>' for n in range(5)]
    sources += ['<a href="https://x.example">Instagram</a>', "web"]
    known = [Clients().of(source) for source in sources]
    assert known[0] == ("Buffer 0", "")
    monkeypatch.setattr(twitter_client, "_MOST", 3)
    clients = Clients()
    for _ in range(2):
        assert [clients.of(source) for source in sources] == known


STATUS = json.dumps([status()])


def test_of_a_large_source_only_what_is_named_so_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of thousands of pictures is not opened one by one."""
    files = {"statuses.odd": STATUS, "a.bin": "x", "b.bin": "x"}
    assert MASTODON.recognise(folder(tmp_path, files)) is not None
    monkeypatch.setattr(answers, "_SMALL", 2)
    assert MASTODON.recognise(folder(tmp_path, files)) is None
    named = folder(tmp_path, {"statuses.json": STATUS})
    found = MASTODON.recognise(named)
    assert found is not None
    assert found.members == ("statuses.json",)


def test_of_a_large_source_feeds_are_looked_for_by_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"feed": RSS, "a.bin": "x", "b.bin": "x"}
    assert len(read_posts(folder(tmp_path, {"feed.odd": RSS, **files})).parts) == 1
    monkeypatch.setattr(sniff, "_SMALL", 2)
    tree = folder(tmp_path, {"feed.xml": RSS, "other.odd": RSS})
    why = FEED.recognise(tree)
    assert why is not None
    assert "feed.xml" in why.members
    assert not {"feed.odd", "other.odd", "a.bin"} & set(why.members)
    assert WXR.recognise(tree) is None
    monkeypatch.setattr(sniff, "MAX_LOOKED_AT", 0)
    assert sniff.candidates(tree, {".xml"}) == ()
