"""Sitemaps: what is none, what is too much, and what in them names nothing."""

from __future__ import annotations

import gzip
from email.message import Message

import pytest
from pytest_httpserver import HTTPServer

from analysis.collect import sitemap
from analysis.collect.base import Answer
from analysis.collect.sitemap import Entry, read_sitemap
from analysis.errors import InputError
from tests.collect.conftest import START, Collect
from tests.collect.test_collect import serve

URL = "https://example.org/sitemap.xml"


def answered(body: bytes) -> Answer:
    return Answer(URL, START, 200, Message(), body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html><body/></html>", "expected a sitemap, found <html>"),
        (b'<x:rss xmlns:x="urn:x"/>', "expected a sitemap, found <rss>"),
        (b"", "expected a sitemap: "),
        (b"<urlset><url>", "expected a sitemap: "),
        (gzip.compress(b"<urlset/>", mtime=0)[:-9], "expected a sitemap: "),
    ],
)
def test_what_is_no_sitemap_is_one_line(body: bytes, expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        read_sitemap(answered(body))
    (problem,) = caught.value.problems
    assert problem.file == URL
    assert "\n" not in str(problem)


def test_a_packed_sitemap_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = b"<urlset>" + b" " * 1000 + b"</urlset>"
    monkeypatch.setattr(sitemap, "MAX_UNPACKED", len(whole))
    assert read_sitemap(answered(gzip.compress(whole))) == (False, [])
    monkeypatch.setattr(sitemap, "MAX_UNPACKED", len(whole) - 1)
    with pytest.raises(InputError, match=r"it unpacks to more than 1,016 bytes"):
        read_sitemap(answered(gzip.compress(whole)))


def test_what_names_no_address_is_left_out() -> None:
    nodes = "<url><lastmod>2012</lastmod></url><url><loc> </loc></url><!-- --><url/>"
    named = "<url><!-- a --><loc> https://example.org/a </loc></url>"
    body = f"<urlset>{nodes}{named}</urlset>".encode()
    assert read_sitemap(answered(body)) == (False, [Entry("https://example.org/a", "")])


@pytest.mark.usefixtures("no_robots")
def test_more_sitemaps_than_a_run_may_read_are_told(
    httpserver: HTTPServer, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "MAX_SITEMAPS", 2)
    here = httpserver.url_for("").rstrip("/")
    inside = "".join(f"<sitemap><loc>{here}/{name}.xml</loc></sitemap>" for name in "abc")
    serve(httpserver, "/sitemap.xml", f"<sitemapindex>{inside}</sitemapindex>", "text/xml")
    for name in "abc":
        text = f"<urlset><url><loc>{here}/{name}</loc></url></urlset>"
        serve(httpserver, f"/{name}.xml", text, "text/xml")
        serve(httpserver, f"/{name}", name)
    (found,) = collect({"blog": {"url": f"{here}/sitemap.xml"}})
    assert (found.status, found.new) == ("done", 1)
    assert found.notes == ("only 2 sitemaps were read; 2 more are named",)
    asked = [request.path for request, _ in httpserver.log]
    assert "/a" in asked
    assert not {"/b.xml", "/c.xml"} & set(asked)
