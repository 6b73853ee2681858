"""A real WordPress: what its API, its feed and its export tell is one and the same."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.collect.archive import Archive, Capture
from analysis.collect.state import State
from analysis.files import Tree
from analysis.formats.base import Format, Post
from analysis.formats.feeds import FEED
from analysis.formats.wxr import WXR
from analysis.urls import canonical
from tests.collect.conftest import START, Collect
from tests.collect.wordpress_site import POSTS, Site, missing, running

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")

Key = tuple[str, dt.datetime]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running() as site:
        yield site


def captures(study: Path, channel: str) -> list[Capture]:
    """Return what was kept for a channel, but robots.txt."""
    folder = study / "raw" / "collected" / channel
    found = Archive(folder, channel, START).captures()
    return [each for each in found if not each.url.endswith("/robots.txt")]


def by_api(found: list[Capture]) -> set[Key]:
    """Return the posts in answers of the REST API."""
    pages = [each for each in found if "wp/v2/posts" in each.url and each.status == 200]
    return {
        (canonical(post["link"]), dt.datetime.fromisoformat(post["date_gmt"] + "+00:00"))
        for page in pages
        for post in json.loads(page.body)
    }


def read(reader: Format, path: Path) -> set[Key]:
    """Return the posts that one of our formats reads."""
    tree = Tree.at(path)
    recognition = reader.recognise(tree)
    assert recognition is not None
    return {key(post) for post in reader.read(tree, recognition).posts}


def key(post: Post) -> Key:
    assert isinstance(post.when, dt.datetime)
    return canonical(post.url), post.when.astimezone(dt.UTC)


def test_the_api_the_feed_and_the_export_tell_the_same(
    site: Site, collect: Collect, tmp_path: Path
) -> None:
    tables = {"blog": {"url": site.url + "/"}, "feed": {"url": site.url + "/feed/"}}
    blog, feed = collect(tables)
    assert (blog.status, blog.kind, blog.new) == ("done", "wordpress", POSTS)
    assert (feed.status, feed.kind, feed.new) == ("done", "feed", POSTS)
    study = tmp_path / "mine"
    api = by_api(captures(study, "blog"))
    assert len(api) == POSTS
    pages = tmp_path / "pages"
    pages.mkdir()
    kept = captures(study, "feed")
    for number, capture in enumerate(each for each in kept if each.status == 200):
        (pages / f"{number:03}.xml").write_bytes(capture.body)
    assert [each.status for each in kept][-1] == 404
    export = tmp_path / "export.xml"
    code = "require ABSPATH . 'wp-admin/includes/export.php'; export_wp(['content' => 'all']);"
    export.write_text(site.php(code), encoding="utf-8")
    assert api == read(FEED, pages) == read(WXR, export)


def test_later_runs_ask_for_what_is_new(site: Site, collect: Collect, tmp_path: Path) -> None:
    tables = {"blog": {"url": site.url}, "feed": {"url": site.url + "/feed/"}}
    collect(tables)
    study = tmp_path / "mine"
    had = {name: len(captures(study, name)) for name in tables}
    blog, feed = collect(tables)
    assert (blog.new, feed.new) == (0, 0)
    assert (blog.requests, feed.requests) == (2, 1)
    (again,) = captures(study, "feed")[had["feed"] :]
    assert (again.status, again.revisit) == (304, True)
    site.php(
        "$p = get_posts(['numberposts' => 1, 'order' => 'ASC', 'orderby' => 'date'])[0];"
        "wp_update_post(['ID' => $p->ID, 'post_title' => 'Changed']);"
        "wp_insert_post(['post_title' => 'Brand new', 'post_status' => 'publish'], true);"
    )
    try:
        blog, feed = collect(tables)
        assert (blog.new, feed.new) == (1, 1)
        titles = [
            post["title"]["rendered"]
            for page in captures(study, "blog")[had["blog"] :]
            for post in json.loads(page.body)
        ]
        assert {"Changed", "Brand new"} <= set(titles)
        site.php(
            "wp_insert_post(['post_title' => 'Brand new', 'post_status' => 'publish',"
            "'post_date' => '2010-01-02 03:04:05'], true);"
        )
        (blog,) = collect(tables, only=["blog"])
        assert blog.new == 1, "published late with a date of the past"
    finally:
        site.php(
            "foreach (get_posts(['title' => 'Brand new']) as $p) wp_delete_post($p->ID, true);"
        )


def test_a_weak_etag_is_answered_with_200_and_is_no_change(
    site: Site, collect: Collect, tmp_path: Path
) -> None:
    """What a packing proxy makes of an ETag; this WordPress does not know its own then."""
    tables = {"feed": {"url": site.url + "/feed/", "kind": "feed"}}
    collect(tables)
    state = State(tmp_path / "mine" / "raw" / "collected" / "feed")
    url = site.url + "/feed/"
    known = state.validators[url]
    assert known.etag
    state.validators[url] = replace(known, etag="W/" + known.etag)
    state.save()
    (feed,) = collect(tables)
    assert (feed.new, feed.unchanged) == (0, 1)
    last = captures(tmp_path / "mine", "feed")[-1]
    assert (last.status, last.revisit) == (200, True)


def test_without_pretty_permalinks(site: Site, collect: Collect, tmp_path: Path) -> None:
    site.php("update_option('permalink_structure', '');")
    try:
        (blog,) = collect({"blog": {"url": site.url}})
        assert (blog.status, blog.kind, blog.new) == ("done", "wordpress", POSTS)
        assert any("rest_route=" in each.url for each in captures(tmp_path / "mine", "blog"))
    finally:
        site.php("update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');")


def test_since_asks_for_less(site: Site, collect: Collect) -> None:
    (blog,) = collect({"blog": {"url": site.url, "since": dt.date(2011, 7, 1)}})
    assert 0 < blog.new < POSTS


def test_a_closed_api_leaves_the_feed(site: Site, collect: Collect) -> None:
    plugins = site.root / "wp-content" / "mu-plugins"
    plugins.mkdir(exist_ok=True)
    plugin = plugins / "closed.php"
    plugin.write_text(
        "<?php add_filter('rest_authentication_errors', function () { return new WP_Error("
        "'rest_closed', 'No.', ['status' => 401]); });",
        encoding="utf-8",
    )
    try:
        (blog,) = collect({"blog": {"url": site.url}})
        assert blog.problems == ()
        assert (blog.status, blog.kind, blog.new) == ("done", "wordpress", POSTS)
        assert blog.notes == ("the REST API answers 401, so its feed is read",)
    finally:
        plugin.unlink()
