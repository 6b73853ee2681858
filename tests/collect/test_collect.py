"""Whole runs of ``needle collect``: feeds, sitemaps, Ghost, a page with the score on it."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis import disk
from analysis.collect import base, collected_folder, feed, sitemap
from analysis.collect.archive import Archive, Capture
from analysis.collect.run import Run
from analysis.collect.settings import CollectSettings
from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.captures import read_captures
from analysis.formats.feeds import FEED
from tests.collect.conftest import START, Collect, FakeClock

pytestmark = pytest.mark.usefixtures("no_robots")


def captures(folder: Path, channel: str) -> list[Capture]:
    """Return what a run kept of a channel."""
    return list(Archive(folder / "mine" / collected_folder(channel), channel, START).captures())


def rss(*ids: str, generator: str = "", link: str = "") -> str:
    items = "".join(
        f"<item><title>{each}</title><guid>{each}</guid><link>http://example.org/{each}</link>"
        "<pubDate>Fri, 22 Jun 2012 06:00:00 +0000</pubDate></item>"
        for each in ids
    )
    head = f"<title>T</title><generator>{generator}</generator>{link}"
    space = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    return f'<?xml version="1.0"?><rss version="2.0" {space}><channel>{head}{items}</channel></rss>'


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def serve(server: HTTPServer, path: str, text: str, kind: str = "text/html", **more: Any) -> None:
    server.expect_request(path).respond_with_data(text, content_type=kind, **more)


def test_a_feed_is_found_on_the_page(httpserver: HTTPServer, collect: Collect) -> None:
    kind = 'type="application/rss+xml"'
    comments = f'<link rel="alternate" {kind} href="/comments/feed">'
    serve(httpserver, "/", page("", f'{comments}<link rel="alternate" {kind} href="rss.xml">'))
    serve(httpserver, "/rss.xml", rss("a", "b"), "application/rss+xml")
    (found,) = collect({"blog": {"url": httpserver.url_for("/")}})
    assert (found.status, found.kind, found.new, found.requests) == ("done", "feed", 2, 3)
    assert str(found) == "blog: feed: 2 new, 3 requests"
    (found,) = collect({"blog": {"url": httpserver.url_for("/")}})
    assert str(found) == "blog: feed: 0 new, 1 request, 1 unchanged"


def test_older_pages_are_followed_until_one_brings_nothing(
    httpserver: HTTPServer, collect: Collect
) -> None:
    pages = [("a", "b"), ("b", "c"), ("d",), ("c", "d"), ("never",)]

    def answer(request: Request) -> Response:
        number = int(request.args.get("p", 0))
        link = f'<atom:link rel="next" href="?p={number + 1}"/>'
        return Response(rss(*pages[number], link=link), content_type="application/rss+xml")

    httpserver.expect_request("/f").respond_with_handler(answer)
    (found,) = collect({"blog": {"url": httpserver.url_for("/f")}})
    assert (found.status, found.new) == ("done", 4)


def test_endless_pages_are_bounded_and_gone_on_with(
    httpserver: HTTPServer, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MAX_PAGES", 5)

    def answer(request: Request) -> Response:
        number = int(request.args.get("paged", 1))
        generator = "https://wordpress.org/?v=6.1"
        text = rss(*(f"{number}-{n}" for n in range(3)), generator=generator)
        return Response(text, content_type="application/rss+xml")

    httpserver.expect_request("/f").respond_with_handler(answer)
    (found,) = collect({"blog": {"url": httpserver.url_for("/f")}})
    assert (found.status, found.new) == ("done", 18)
    assert found.notes == ("the feed has more than 5 pages; the next run goes on",)
    (found,) = collect({"blog": {"url": httpserver.url_for("/f")}})
    assert found.new == 12
    asked = [request.args.get("paged") for request, _ in httpserver.log]
    assert asked[-6:] == [None, "6", "7", "8", "9", "10"]


def test_a_run_that_breaks_off_among_new_pages_leaves_no_hole(
    httpserver: HTTPServer, collect: Collect
) -> None:
    pages = [["c"], ["b"], ["a"]]
    broken = False

    def answer(request: Request) -> Response:
        number = int(request.args.get("paged", 1))
        if number > len(pages):
            return Response("", 404)
        if broken and number > 2:
            return Response("", 429)
        generator = "https://wordpress.org/"
        return Response(rss(*pages[number - 1], generator=generator), content_type="text/xml")

    httpserver.expect_request("/f").respond_with_handler(answer)
    table = {"blog": {"url": httpserver.url_for("/f")}}
    assert collect(table)[0].new == 3
    pages[:0], broken = [["g"], ["f"], ["e"], ["d"]], True
    (found,) = collect(table)
    assert (found.status, found.new) == ("stopped", 2)
    pages[:0], broken = [["i"], ["h"]], False
    (found,) = collect(table)
    assert (found.status, found.new) == ("done", 4)


def test_a_json_feed_goes_on_at_its_next_url(httpserver: HTTPServer, collect: Collect) -> None:
    version = "https://jsonfeed.org/version/1.1"
    first = {"version": version, "items": [{"id": "1"}], "next_url": "/two"}
    serve(httpserver, "/feed.json", json.dumps(first), "application/feed+json")
    second = {"version": version, "items": [{"id": 2}, {"url": "x"}]}
    serve(httpserver, "/two", json.dumps(second), "application/feed+json")
    (found,) = collect({"blog": {"url": httpserver.url_for("/feed.json")}})
    assert (found.kind, found.new) == ("feed", 3)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, "key collect.blog.url: expected a site with an API, a feed or a sitemap"),
        ({"kind": "feed"}, "key collect.blog.url: expected a feed at http"),
        ({"kind": "ghost"}, "key collect.blog.url: expected a feed at http"),
        ({"kind": "sitemap"}, "sitemap.xml: expected a sitemap, the host answered 404"),
        ({"kind": "page", "path": "/gone"}, "gone: expected the page, the host answered 404"),
    ],
)
def test_a_site_that_is_not_what_was_said(
    httpserver: HTTPServer, collect: Collect, table: dict[str, str], expected: str
) -> None:
    serve(httpserver, "/", page("nothing"))
    serve(httpserver, "/sitemap.xml", "", status=404)
    serve(httpserver, "/gone", "", status=404)
    path = table.pop("path", "/")
    (found,) = collect({"blog": {"url": httpserver.url_for(path), **table}})
    assert found.status == "failed"
    assert expected in str(found.problems[0])


def test_sitemaps_and_their_pages(
    httpserver: HTTPServer, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "MAX_FETCHED", 2)
    here = httpserver.url_for("").rstrip("/")
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    index = f"<sitemapindex {space}><sitemap><loc>{here}/s1.xml.gz</loc></sitemap></sitemapindex>"
    urls = "".join(
        f"<url><loc>{where}</loc><lastmod>2012-06-{day}</lastmod></url>"
        for where, day in (
            (f"{here}/a", 20),
            (f"{here}/b", 22),
            (f"{here}/c", 21),
            ("http://10.0.0.1/d", 23),
        )
    )
    packed = gzip.compress(f"<urlset {space}>{urls}</urlset>".encode())
    serve(httpserver, "/sitemap.xml", index, "text/xml")
    httpserver.expect_request("/s1.xml.gz").respond_with_data(packed)
    for name in "abc":
        serve(httpserver, f"/{name}", page(name))
    table = {"url": httpserver.url_for("/sitemap.xml")}
    (found,) = collect({"blog": table})
    assert (found.status, found.kind, found.new) == ("done", "sitemap", 3)
    assert found.notes == (
        "2 pages were fetched; 1 are left for the next run",
        "addresses of other hosts in the sitemap were left alone",
    )
    (found,) = collect({"blog": table})
    paths = [request.path for request, _ in httpserver.log]
    assert [path for path in paths if len(path) == 2] == ["/b", "/c", "/a"]


def test_a_sitemap_opens_no_other_file(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("/of-mine")
    text = (
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>'
        f"<urlset><url><loc>{httpserver.url_for('')}&x;</loc></url></urlset>"
    )
    serve(httpserver, "/sitemap.xml", text, "text/xml")
    collect({"blog": {"url": httpserver.url_for("/sitemap.xml"), "kind": "sitemap"}})
    assert not any("of-mine" in request.path for request, _ in httpserver.log)


KEY = "0123456789abcdef0123456789"


def ghost(httpserver: HTTPServer, posts: int) -> None:
    script = f'<script data-ghost="{httpserver.url_for("/")}" data-key="{KEY}"></script>'
    head = f'<meta name="generator" content="Ghost 6.65">{script}'
    serve(httpserver, "/", page("", head))

    def answer(request: Request) -> Response:
        if request.args.get("key") != KEY:
            return Response(status=401)
        number = int(request.args["page"])
        ids = list(range(posts))[(number - 1) * 2 : number * 2]
        body = {
            "posts": [{"id": str(n), "updated_at": f"2012-06-{n + 1:02}"} for n in ids],
            "meta": {"pagination": {"page": number, "pages": (posts + 1) // 2}},
        }
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/ghost/api/content/posts/").respond_with_handler(answer)


def test_ghost_by_the_key_in_its_pages(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    ghost(httpserver, 5)
    (found,) = collect({"blog": {"url": httpserver.url_for("/")}})
    assert (found.status, found.kind, found.new) == ("done", "ghost", 5)
    kept = [each for each in captures(tmp_path, "blog") if "/posts/" in each.url]
    assert len(kept) == 3
    assert all("key=REDACTED" in each.url for each in kept)
    (found,) = collect({"blog": {"url": httpserver.url_for("/")}})
    assert found.new == 0
    assert httpserver.log[-3][0].args["filter"] == "updated_at:>='2012-06-05'"


SCORE = {"css": ".score"}


def test_the_score_on_a_page_is_kept_and_read_again(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    shown = ["58", "58", "59.5", "nothing", "1.2K"]
    url = httpserver.url_for("/me")

    def answer(request: Request) -> Response:
        number = int((clock.time - START).total_seconds() // 86400)
        body = page(f'<b class="score">{shown[number]}</b>')
        return Response(body, headers={"ETag": 'W/"x"'}, content_type="text/html")

    httpserver.expect_request("/me").respond_with_handler(answer)
    said = []
    for _ in shown:
        (found,) = collect({"score": {"url": url, **SCORE}})
        said.append((found.status, *found.notes, *map(str, found.problems)))
        clock.time += dt.timedelta(days=1)
    assert said == [
        ("done", "58 on 2012-06-22 06:00 UTC"),
        ("done", "58 on 2012-06-23 06:00 UTC"),
        ("done", "59.5 on 2012-06-24 06:00 UTC"),
        (
            "failed",
            "mine/study.toml, key collect.score.css: expected a number, found 'nothing'",
        ),
        ("done", "1,200 ± 50 on 2012-06-26 06:00 UTC"),
    ]
    tree = Tree.at(tmp_path / "mine" / collected_folder("score"), "raw/collected/score")
    settings = CollectSettings.model_validate({"url": url, **SCORE})
    readings, problems = read_captures(tree, settings)
    assert [(each.value, each.granularity) for each in readings] == [
        (58, 0),
        (58, 0),
        (59.5, 0),
        (1200, 50),
    ]
    assert [each.when for each in readings] == [
        START + dt.timedelta(days=day) for day in (0, 1, 2, 4)
    ]
    (problem,) = problems
    assert "capture of 2012-06-25 06:00:00 UTC: expected a number" in str(problem)
    other = CollectSettings.model_validate({"url": url, "css": ".none"})
    with pytest.raises(InputError, match="it finds nothing"):
        read_captures(tree, other)
    mended = CollectSettings.model_validate({"url": url, "xpath": "//b", "pattern": "[0-9]"})
    assert [each.value for each in read_captures(tree, mended)[0]] == [5, 5, 5, 1]


@pytest.mark.parametrize("charset", ["; charset=windows-1252", "; charset=utf-8", ""])
def test_a_page_that_has_not_changed_is_read_as_before(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path, clock: FakeClock, charset: str
) -> None:
    """A 304 does not say in what letters the page is written."""
    body = page("<b>1\u00a0234</b>").encode("cp1252" if "1252" in charset else "utf-8")

    def answer(request: Request) -> Response:
        if "If-None-Match" in request.headers:
            return Response(status=304, headers={"ETag": '"x"'})
        headers = {"ETag": '"x"', "Content-Type": f"text/html{charset}"}
        return Response(body, headers=headers)

    httpserver.expect_request("/me").respond_with_handler(answer)
    table = {"url": httpserver.url_for("/me"), "css": "b"}
    for _ in range(2):
        (found,) = collect({"score": table})
        assert found.notes[0].startswith("1,234 on "), found
        clock.time += dt.timedelta(days=1)
    tree = Tree.at(tmp_path / "mine" / collected_folder("score"))
    readings, problems = read_captures(tree, CollectSettings.model_validate(table))
    assert [each.value for each in readings] == [1234, 1234]
    assert problems == ()


def test_a_page_without_a_selector_is_only_kept(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    serve(httpserver, "/me", page("58"))
    table = {"url": httpserver.url_for("/me"), "kind": "page"}
    said = [collect({"blog": table})[0] for _ in range(2)]
    assert [(each.status, each.kind, each.new, each.notes) for each in said] == [
        ("done", "page", 1, ()),
        ("done", "page", 0, ()),
    ]
    first, last = [each for each in captures(tmp_path, "blog") if each.status == 200]
    assert (first.revisit, last.revisit) == (False, True)
    assert first.body == last.body == page("58").encode()


def test_no_captures_are_no_readings(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    settings = CollectSettings.model_validate({"url": "http://example.org/", **SCORE})
    with pytest.raises(InputError, match="expected a page that was kept"):
        read_captures(Tree.at(tmp_path / "raw"), settings)


def test_one_host_that_stops_us_leaves_the_others(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    with HTTPServer() as second:
        second.expect_request("/robots.txt").respond_with_data("", status=404)
        second.expect_request("/f").respond_with_data("", 429, headers={"Retry-After": "90000"})
        serve(httpserver, "/f", rss("a"), "text/xml")
        tables = {
            "one": {"url": second.url_for("/f")},
            "two": {"url": httpserver.url_for("/f")},
        }
        one, two = collect(tables)
        assert (one.status, two.status) == ("stopped", "done")
        assert "not before 2012-06-23 07:00:00 UTC" in str(one)
        asked = len(second.log)
        (one,) = collect(tables, only=["one"])
        assert one.status == "stopped"
        assert len(second.log) == asked


def test_a_run_without_answers_leaves_no_file(collect: Collect, tmp_path: Path) -> None:
    (found,) = collect({"blog": {"url": "http://127.0.0.1:1/"}})
    assert found.status == "stopped"
    assert "no connection" in found.why
    assert not list((tmp_path / "mine").rglob("*.warc.gz"))


@pytest.mark.parametrize(
    ("tables", "only", "expected"),
    [
        ({}, (), "expected a table [collect.<channel>] with a url"),
        ({"blog": {"url": "http://x/"}}, ("vlog",), "its [collect] channels: blog; found 'vlog'"),
    ],
)
def test_nothing_to_collect(
    collect: Collect, tables: dict[str, Any], only: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        collect(tables, only=only)
    assert expected in str(caught.value)


def test_another_run_is_waited_for_as_long_as_the_budget_lasts(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock, tmp_path: Path
) -> None:
    folder = tmp_path / "mine" / "raw" / "collected"
    folder.mkdir(parents=True)
    table = {"blog": {"url": httpserver.url_for("/")}}
    said: list[str] = []
    who = f"another run (process {os.getpid()})"
    with (
        disk.locked(folder / f".collect{disk.LOCK}", "x"),
        pytest.raises(InputError, match=re.escape(f"one run at a time; {who} is at work there")),
    ):
        collect(table, budget=60, warn=said.append)
    assert said == [f"mine/raw/collected: waiting for {who}"]
    assert sum(clock.slept) == pytest.approx(60, abs=1)
    assert httpserver.log == []
    serve(httpserver, "/", rss("a"), "text/xml")
    (found,) = collect(table)
    assert found.status == "done"


def test_a_clock_that_went_back_breaks_nothing(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    """What is kept after it still stands after what it repeats, and is asked as before."""
    serve(httpserver, "/f", rss("a"), "text/xml")
    table = {"blog": {"url": httpserver.url_for("/f")}}
    for back in (0, 400, 3):
        clock.time -= dt.timedelta(days=back)
        (found,) = collect(table)
        assert (found.status, found.problems) == ("done", ())
    assert found.unchanged == 1
    kept = captures(tmp_path, "blog")
    assert [each.revisit for each in kept if each.url.endswith("/f")] == [False, True, True]
    assert len({each.place.file for each in kept}) == 3


def test_a_host_is_left_alone_no_longer_because_the_clock_went_back(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock
) -> None:
    url = httpserver.url_for("/f")
    httpserver.expect_oneshot_request("/f").respond_with_data(
        "", 429, headers={"Retry-After": "7200"}
    )
    clock.time += dt.timedelta(days=4000)
    (found,) = collect({"blog": {"url": url}})
    assert found.status == "stopped"
    clock.time -= dt.timedelta(days=4000, minutes=30)
    (found,) = collect({"blog": {"url": url}})
    assert found.why.endswith("not before 2012-06-22 07:30:00 UTC")
    clock.time += dt.timedelta(hours=3)
    serve(httpserver, "/f", rss("a"), "text/xml")
    (found,) = collect({"blog": {"url": url}})
    assert found.status == "done"


def test_flipped_bits_in_the_state_are_found_and_told(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    serve(httpserver, "/f", rss("a", "b"), "text/xml")
    table = {"blog": {"url": httpserver.url_for("/f")}}
    collect(table)
    path = tmp_path / "mine" / collected_folder("blog") / "state.json"
    whole, rng, told = path.read_bytes(), random.Random(2012), "state.json was damaged"
    (found,) = collect(table)
    assert not any(told in note for note in found.notes)
    whole = path.read_bytes()
    for _ in range(40):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        (found,) = collect(table)
        same = _meaning(bytes(data)) == _meaning(whole)
        assert (found.status, any(told in note for note in found.notes)) == ("done", not same)
        assert {tuple(each.body) for each in captures(tmp_path, "blog")} >= {
            tuple(rss("a", "b").encode())
        }


def _meaning(data: bytes) -> object:
    """Return what a state says; a digest under a name that nobody knows says nothing."""
    try:
        told = json.loads(data)
        return {name: each for name, each in told.items() if len(str(each)) != 64}
    except (ValueError, AttributeError):
        return None


@pytest.mark.parametrize("state", [b"", b"{}", b"[]", b'{"version": 1}', b"\xff", b"[" * 99999])
def test_a_lost_or_broken_state_costs_requests_only(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path, state: bytes
) -> None:
    serve(httpserver, "/f", rss("a"), "text/xml")
    table = {"blog": {"url": httpserver.url_for("/f")}}
    collect(table)
    (tmp_path / "mine" / collected_folder("blog") / "state.json").write_bytes(state)
    (found,) = collect(table)
    assert (found.status, found.new) == ("done", 1)


def test_a_damaged_archive_is_told_each_time_and_left_alone(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    serve(httpserver, "/f", rss("a"), "text/xml")
    table = {"blog": {"url": httpserver.url_for("/f")}}
    collect(table)
    folder = tmp_path / "mine" / collected_folder("blog")
    (path,) = folder.glob("*.warc.gz")
    data = bytearray(path.read_bytes())
    data[40] ^= 0xFF
    path.write_bytes(data + data[:1])
    for _ in range(2):
        (found,) = collect(table)
        assert found.status == "failed"
        assert "expected whole records up to the end" in str(found.problems[0])
        assert path.read_bytes() == data + data[:1]


def test_a_folder_that_cannot_be_written(httpserver: HTTPServer, collect: Collect) -> None:
    serve(httpserver, "/f", rss("a"), "text/xml")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(InputError, match="can be written: No space left on device"):
            collect({"blog": {"url": httpserver.url_for("/f")}})
    (found,) = collect({"blog": {"url": httpserver.url_for("/f")}})
    assert (found.status, found.new) == ("done", 1)


def test_steps_are_told(httpserver: HTTPServer, collect: Collect) -> None:
    serve(httpserver, "/f", rss("a"), "text/xml")
    told: list[str] = []
    collect({"blog": {"url": httpserver.url_for("/f")}}, tell=told.append)
    assert told == ["blog: feed, 1 items"]


PELICAN = """\
AUTHOR = "A"; SITENAME = "S"; PATH = {content!r}; OUTPUT_PATH = {output!r}
SITEURL = {url!r}; TIMEZONE = "America/New_York"; DEFAULT_LANG = "en"
FEED_ALL_ATOM = "feeds/all.atom.xml"; FEED_ALL_RSS = "feeds/all.rss.xml"
FEED_MAX_ITEMS = 100; CACHE_CONTENT = False; LOAD_CONTENT_CACHE = False
"""


@pytest.fixture
def pelican(tmp_path: Path) -> Iterator[str]:
    """Serve a blog that Pelican builds, from a plain file server."""
    content, output = tmp_path / "content", tmp_path / "output"
    content.mkdir()
    output.mkdir()
    for number in range(1, 8):
        text = f"Post {number}\n######\n\n:date: 2012-0{number}-06 21:30\n\nHello.\n"
        (content / f"{number}.rst").write_text(text)
    handler = partial(_Quiet, directory=str(output))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = tmp_path / "pelicanconf.py"
    settings.write_text(PELICAN.format(content=str(content), output=str(output), url=url))
    command = [sys.executable, "-m", "pelican", "-s", str(settings), "-q"]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_pelican(pelican: str, collect: Collect, tmp_path: Path) -> None:
    (found,) = collect({"blog": {"url": pelican + "/"}})
    assert (found.status, found.kind, found.new) == ("done", "feed", 7)
    (kept,) = [each for each in captures(tmp_path, "blog") if each.url.endswith("atom.xml")]
    (tmp_path / "feed.xml").write_bytes(kept.body)
    tree = Tree.at(tmp_path / "feed.xml")
    recognition = FEED.recognise(tree)
    assert recognition is not None
    posts = FEED.read(tree, recognition).posts
    moments = sorted(post.when for post in posts if isinstance(post.when, dt.datetime))
    assert moments[4] == dt.datetime(2012, 5, 7, 1, 30, tzinfo=dt.UTC)
    assert moments[4].utcoffset() == dt.timedelta(hours=-4)
    (found,) = collect({"blog": {"url": pelican + "/"}})
    assert (found.new, found.requests, found.unchanged) == (0, 1, 1)
    last = captures(tmp_path, "blog")[-1]
    assert (last.status, last.revisit) == (304, True)


def test_a_run_needs_no_more_than_its_pages() -> None:
    assert base.MAX_PAGES >= 100
    assert Run(Path("x"), {}).budget == 600


@pytest.mark.parametrize("name", ["raw/collected", "raw/collected/blog", "links.csv"])
def test_nothing_is_written_through_a_link_out_of_the_study(
    tmp_path: Path, collect: Collect, name: str
) -> None:
    path, outside = tmp_path / "mine" / name, tmp_path / "outside"
    outside.mkdir()
    path.parent.mkdir(parents=True)
    path.symlink_to(outside)
    with pytest.raises(InputError, match="found a link that leads out of it"):
        collect({"blog": {"url": "http://127.0.0.1:9/", "kind": "feed"}})
    assert list(outside.iterdir()) == []
