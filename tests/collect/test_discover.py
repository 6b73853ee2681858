"""What a site is by what it answers: no page, keys of others, sitemaps that robots.txt names."""

from __future__ import annotations

from email.message import Message
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from analysis.collect.base import Answer
from analysis.collect.discover import REST, offered
from analysis.collect.state import State
from analysis.urls import canonical
from tests.collect.conftest import START, Collect
from tests.collect.test_collect import KEY, page, rss, serve

SITE = "https://blog.example.org/"


def answered(body: str, **headers: str) -> Answer:
    told = Message()
    for name, value in headers.items():
        told[name] = value
    return Answer(SITE, START, 200, told, body.encode())


@pytest.mark.parametrize("body", ["", "   ", "<!-- nothing -->"])
def test_an_answer_without_a_page_offers_what_its_headers_say(body: str) -> None:
    assert offered(answered(body)) == {}
    told = answered(body, Link=f'<{SITE}wp-json/>; rel="{REST}"')
    assert offered(told) == {"kind": "wordpress", "api": f"{SITE}wp-json/"}


def test_wordpress_by_the_link_in_its_page_the_first_of_two() -> None:
    links = "".join(f'<link rel="{REST}" href="{path}">' for path in ("/wp-json/", "/other/"))
    site = offered(answered(page("", links)))
    assert site == {"kind": "wordpress", "api": f"{SITE}wp-json/"}
    told = answered(page("", links), Link=f'<{SITE}api/>; rel="{REST}"')
    assert offered(told)["api"] == f"{SITE}api/", "the header goes first"


@pytest.mark.parametrize(
    ("script", "key"),
    [
        (f'data-key="{KEY}"', KEY),
        (f'data-key="{KEY[:-1]}"', None),
        (f'data-key="{KEY[:-1]}G"', None),
        (f'data-key="{KEY}" data-api="https://elsewhere.example/ghost/api/content/"', None),
        (f'data-key="{KEY}" data-ghost="{SITE}"', KEY),
    ],
)
def test_only_a_key_for_the_site_itself_is_taken(script: str, key: str | None) -> None:
    """Another host's key on a page would send what is asked, and who asks, to that host."""
    head = f'<meta name="generator" content="Ghost 5"><script {script}></script>'
    site = offered(answered(page("", head)))
    assert (site["kind"], site.get("key")) == ("ghost", key)
    assert canonical(site["ghost"]) == canonical(SITE)


def test_the_first_key_that_fits_is_taken_after_scripts_of_others() -> None:
    scripts = (
        "<script></script>"
        f'<script data-key="{KEY}" data-ghost="https://elsewhere.example/"></script>'
        f'<script data-key="{KEY[::-1]}" data-ghost="{SITE}"></script>'
    )
    assert offered(answered(page("", scripts)))["key"] == KEY[::-1]


def test_a_sitemap_that_only_robots_txt_names(httpserver: HTTPServer, collect: Collect) -> None:
    where = httpserver.url_for("/hidden/map.xml")
    serve(httpserver, "/robots.txt", f"Sitemap: {where}\n", "text/plain")
    serve(httpserver, "/", page("nothing"))
    serve(httpserver, "/a", page("a"))
    text = f"<urlset><url><loc>{httpserver.url_for('/a')}</loc></url></urlset>"
    serve(httpserver, "/hidden/map.xml", text, "text/xml")
    (found,) = collect({"blog": {"url": httpserver.url_for("/")}})
    assert (found.status, found.kind, found.new) == ("done", "sitemap", 1)
    assert [request.path for request, _ in httpserver.log][-1] == "/a"


@pytest.mark.usefixtures("no_robots")
def test_a_wordpress_without_its_api_is_read_by_its_feed(
    httpserver: HTTPServer, collect: Collect
) -> None:
    serve(
        httpserver, "/", page("", '<link rel="alternate" type="application/rss+xml" href="/feed">')
    )
    serve(httpserver, "/feed", rss("a", "b"), "application/rss+xml")
    (found,) = collect({"blog": {"url": httpserver.url_for("/"), "kind": "wordpress"}})
    assert (found.status, found.kind, found.new) == ("done", "wordpress", 2)


@pytest.mark.usefixtures("no_robots")
def test_a_kind_that_a_later_version_wrote_down_is_one_line(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    url = httpserver.url_for("/")
    state = State(tmp_path / "mine" / "raw" / "collected" / "blog")
    state.cursor = {"asked": {"url": url, "kind": "", "since": ""}, "site": {"kind": "gopher"}}
    state.save()
    (found,) = collect({"blog": {"url": url}})
    assert found.status == "failed"
    assert "key collect.blog.kind: expected one of: " in str(found.problems[0])
    assert httpserver.log == []
