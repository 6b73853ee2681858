"""The one client: what it obeys, what it refuses, what it repeats."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect import transport
from analysis.collect.addresses import Guard
from analysis.collect.base import StoppedError
from analysis.collect.fetcher import MAX_REDIRECTS
from analysis.errors import InputError
from tests.collect.conftest import START, FakeClock, Maker


def answers(server: HTTPServer, path: str, *responses: Response) -> list[Request]:
    """Let a path answer one after the other, the last one for ever; return what was asked."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return responses[min(len(asked), len(responses)) - 1]

    server.expect_request(path).respond_with_handler(answer)
    return asked


@pytest.mark.usefixtures("no_robots")
def test_an_answer_is_kept_before_it_is_returned(
    httpserver: HTTPServer, channel: Maker, clock: FakeClock
) -> None:
    httpserver.expect_request("/a").respond_with_data("body", headers={"X-A": "1"})
    made = channel()
    answer = made.fetch.get(httpserver.url_for("/a"))
    assert (answer.status, answer.body, answer.unchanged) == (200, b"body", False)
    assert (answer.header("x-a"), answer.header("x-b"), answer.at) == ("1", "", START)
    robots, kept = made.captures()
    assert robots.status == 404
    assert (kept.url, kept.at, kept.status, kept.body) == (answer.url, START, 200, b"body")
    assert ("X-A", "1") in kept.headers
    (request, _) = httpserver.log[-1]
    assert request.headers["User-Agent"].startswith("needle/")


@pytest.mark.parametrize("is_allowed", [True, False])
def test_robots_that_moved_are_obeyed_from_where_they_are(
    httpserver: HTTPServer, channel: Maker, is_allowed: bool
) -> None:
    moved = Response(status=301, headers={"Location": "/elsewhere.txt"})
    answers(httpserver, "/robots.txt", moved)
    path = "/b" if is_allowed else "/a"
    answers(httpserver, "/elsewhere.txt", Response(f"User-agent: *\nDisallow: {path}\n"))
    asked = answers(httpserver, "/a", Response("ok"))
    if is_allowed:
        assert channel().fetch.get(httpserver.url_for("/a")).ok
        return
    with pytest.raises(InputError, match=r"expected an address that robots\.txt allows"):
        channel().fetch.get(httpserver.url_for("/a"))
    assert asked == []


def test_robots_that_move_without_end_are_no_rule(httpserver: HTTPServer, channel: Maker) -> None:
    """RFC 9309, 2.3.1.2: after five redirects they may be taken as not there."""
    asked = answers(
        httpserver, "/robots.txt", Response(status=302, headers={"Location": "/robots.txt"})
    )
    httpserver.expect_request("/a").respond_with_data("ok")
    assert channel().fetch.get(httpserver.url_for("/a")).ok
    assert len(asked) == MAX_REDIRECTS + 1


@pytest.mark.usefixtures("no_robots")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honored_once(
    httpserver: HTTPServer, channel: Maker, clock: FakeClock, status: int, as_date: bool
) -> None:
    when = format_datetime(START + dt.timedelta(seconds=90), usegmt=True)
    headers = {
        "Retry-After": when if as_date else "90",
        "Date": format_datetime(START, usegmt=True),
    }
    asked = answers(httpserver, "/a", Response(status=status, headers=headers), Response("ok"))
    answer = channel().fetch.get(httpserver.url_for("/a"))
    assert (answer.body, len(asked), clock.slept) == (b"ok", 2, [90.0])


@pytest.mark.usefixtures("no_robots")
@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_beyond_the_budget_stops_the_host_and_later_runs(
    httpserver: HTTPServer, channel: Maker, clock: FakeClock, status: int
) -> None:
    asked = answers(httpserver, "/a", Response(status=status, headers={"Retry-After": "86400"}))
    made = channel()
    with pytest.raises(StoppedError, match="not before 2012-06-23 06:00:00 UTC") as caught:
        made.fetch.get(httpserver.url_for("/a"))
    assert caught.value.until == START + dt.timedelta(days=1)
    made.state.stops = dict(made.hosts.stops)
    made.state.save()
    with pytest.raises(StoppedError, match="not before 2012-06-23"):
        channel().fetch.get(httpserver.url_for("/a"))
    assert (len(asked), clock.slept) == (1, [])
    clock.time += dt.timedelta(days=1)
    asked.clear()
    with pytest.raises(StoppedError):
        channel().fetch.get(httpserver.url_for("/a"))
    assert len(asked) == 1


@pytest.mark.usefixtures("no_robots")
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "5"}])
def test_429_stops_the_host_after_one_wait_at_most(
    httpserver: HTTPServer, channel: Maker, headers: dict[str, str]
) -> None:
    asked = answers(httpserver, "/a", Response(status=429, headers=headers))
    httpserver.expect_request("/b").respond_with_data("ok")
    made = channel()
    with pytest.raises(StoppedError, match="it answers 429"):
        made.fetch.get(httpserver.url_for("/a"))
    assert len(asked) == 1 + bool(headers)
    with pytest.raises(StoppedError, match="it answers 429"):
        made.fetch.get(httpserver.url_for("/b"))
    assert [capture.status for capture in made.captures()] == [404] + [429] * len(asked)


@pytest.mark.usefixtures("no_robots")
def test_5xx_is_repeated_with_growing_pauses(
    httpserver: HTTPServer, channel: Maker, clock: FakeClock
) -> None:
    bad = Response("no", status=502)
    asked = answers(httpserver, "/a", bad, bad, bad, Response("ok"))
    assert channel().fetch.get(httpserver.url_for("/a")).body == b"ok"
    assert (len(asked), clock.slept) == (4, [2.0, 8.0, 30.0])
    asked = answers(httpserver, "/b", bad)
    with pytest.raises(StoppedError, match="it answers 502"):
        channel().fetch.get(httpserver.url_for("/b"))
    assert len(asked) == 4


@pytest.mark.usefixtures("no_robots")
@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2012-06-22T06:01:00.000Z"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(START.timestamp()) + 60)},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "60"},
        {"X-RateLimit-Remaining": "0.0", "X-RateLimit-Reset": "60"},
    ],
)
def test_a_spent_limit_is_waited_for(
    httpserver: HTTPServer, channel: Maker, clock: FakeClock, headers: dict[str, str]
) -> None:
    headers = headers | {"Date": format_datetime(START, usegmt=True)}
    answers(httpserver, "/a", Response("ok", headers=headers))
    made = channel()
    made.fetch.get(httpserver.url_for("/a"))
    assert clock.slept == []
    made.fetch.get(httpserver.url_for("/a"))
    assert clock.slept == [60.0]


@pytest.mark.usefixtures("no_robots")
def test_a_limit_that_is_not_spent_costs_nothing(
    httpserver: HTTPServer, channel: Maker, clock: FakeClock
) -> None:
    headers = {"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "60"}
    answers(httpserver, "/a", Response("ok", headers=headers))
    made = channel()
    made.fetch.get(httpserver.url_for("/a"))
    made.fetch.get(httpserver.url_for("/a"))
    assert clock.slept == []


@pytest.mark.usefixtures("no_robots")
def test_the_clock_of_the_host_may_be_wrong(
    httpserver: HTTPServer, channel: Maker, clock: FakeClock
) -> None:
    theirs = START + dt.timedelta(hours=5)
    headers = {
        "Retry-After": format_datetime(theirs + dt.timedelta(seconds=20), usegmt=True),
        "Date": format_datetime(theirs, usegmt=True),
    }
    answers(httpserver, "/a", Response(status=429, headers=headers), Response("ok"))
    channel().fetch.get(httpserver.url_for("/a"))
    assert clock.slept == [20.0]


def test_robots_forbid(httpserver: HTTPServer, channel: Maker) -> None:
    text = "User-agent: *\nDisallow: /private\nUser-agent: needle\nDisallow: /secret*end$\n"
    httpserver.expect_request("/robots.txt").respond_with_data(text)
    httpserver.expect_request("/private").respond_with_data("for needle")
    made = channel()
    with pytest.raises(InputError, match=r"expected an address that robots.txt allows"):
        made.fetch.get(httpserver.url_for("/secret-and-end"))
    assert made.fetch.get(httpserver.url_for("/private")).ok
    assert [request.path for request, _ in httpserver.log] == ["/robots.txt", "/private"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_is_no_rule(httpserver: HTTPServer, channel: Maker, status: int) -> None:
    text = "User-agent: *\nDisallow: /"
    httpserver.expect_request("/robots.txt").respond_with_data(text, status=status)
    httpserver.expect_request("/a").respond_with_data("ok")
    assert channel().fetch.get(httpserver.url_for("/a")).ok


def test_robots_that_cannot_be_had_forbid_everything(
    httpserver: HTTPServer, channel: Maker
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=500)
    httpserver.expect_request("/a").respond_with_data("ok")
    with pytest.raises(StoppedError, match=r"robots.txt could not be had"):
        channel().fetch.get(httpserver.url_for("/a"))
    assert {request.path for request, _ in httpserver.log} == {"/robots.txt"}


def test_robots_are_kept_a_day(httpserver: HTTPServer, channel: Maker, clock: FakeClock) -> None:
    asked = answers(httpserver, "/robots.txt", Response("User-agent: *\nDisallow:"))
    httpserver.expect_request("/a").respond_with_data("ok")
    url = httpserver.url_for("/a")
    for expected in (1, 1, 2):
        made = channel()
        made.fetch.get(url)
        made.state.save()
        assert len(asked) == expected
        clock.time += dt.timedelta(hours=13)


@pytest.mark.parametrize(
    ("robots", "pace", "expected"),
    [
        ("User-agent: *\nCrawl-delay: 7", 1, 7.0),
        ("User-agent: *\nCrawl-delay: 0.5", 1, 1.0),
        ("User-agent: *\nRequest-rate: 1/20", 1, 20.0),
        ("User-agent: other\nCrawl-delay: 7", 1, 1.0),
    ],
)
def test_the_slower_pace_counts(
    httpserver: HTTPServer,
    channel: Maker,
    clock: FakeClock,
    robots: str,
    pace: float,
    expected: float,
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data(robots)
    httpserver.expect_request("/a").respond_with_data("ok")
    made = channel(pace=pace)
    for _ in range(3):
        made.fetch.get(httpserver.url_for("/a"))
    assert clock.slept == [pytest.approx(each) for each in (clock.slept[0], expected, expected)]


def test_a_crawl_delay_longer_than_the_run_stops_it(httpserver: HTTPServer, channel: Maker) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nCrawl-delay: 7000")
    httpserver.expect_request("/a").respond_with_data("ok")
    made = channel(budget=60)
    made.fetch.get(httpserver.url_for("/a"))
    with pytest.raises(StoppedError, match="its next turn is in 7000 seconds"):
        made.fetch.get(httpserver.url_for("/a"))


@pytest.mark.usefixtures("no_robots")
def test_the_budget_ends_a_run(httpserver: HTTPServer, channel: Maker, clock: FakeClock) -> None:
    httpserver.expect_request("/a").respond_with_data("ok")
    made = channel(budget=60)
    made.fetch.get(httpserver.url_for("/a"))
    clock.time += dt.timedelta(seconds=61)
    with pytest.raises(StoppedError, match=r"the time for this run is over \(1 minute\)"):
        made.fetch.get(httpserver.url_for("/a"))


@pytest.mark.usefixtures("no_robots")
def test_validators_go_back_verbatim_and_304_has_the_old_body(
    httpserver: HTTPServer, channel: Maker
) -> None:
    etag, modified = '"a,b; c"', "Fri, 22 Jun 2012 05:00:00 +0000"
    first = Response("body", headers={"ETag": etag, "Last-Modified": modified})
    asked = answers(httpserver, "/a", first, Response(status=304))
    made = channel()
    made.fetch.get(httpserver.url_for("/a"))
    made.state.save()
    again = channel()
    for _ in range(2):
        answer = again.fetch.get(httpserver.url_for("/a"))
        assert (answer.status, answer.body, answer.unchanged) == (200, b"body", True)
    for request in asked[1:]:
        assert request.headers["If-None-Match"] == etag
        assert request.headers["If-Modified-Since"] == modified
    kept = [capture for capture in again.captures() if capture.url.endswith("/a")]
    assert [(each.status, each.revisit, each.body) for each in kept] == [
        (200, False, b"body"),
        (304, True, b"body"),
        (304, True, b"body"),
    ]


@pytest.mark.usefixtures("no_robots")
def test_the_same_body_after_a_weak_etag_is_unchanged(
    httpserver: HTTPServer, channel: Maker
) -> None:
    weak = {"ETag": 'W/"x"'}
    new = Response("other", headers=weak)
    answers(httpserver, "/a", Response("body", headers=weak), Response("body", headers=weak), new)
    made = channel()
    told = [made.fetch.get(httpserver.url_for("/a")) for _ in range(3)]
    assert [each.unchanged for each in told] == [False, True, False]
    assert [each.body for each in told] == [b"body", b"body", b"other"]
    kept = [capture for capture in made.captures() if capture.url.endswith("/a")]
    assert [each.revisit for each in kept] == [False, True, False]


@pytest.mark.usefixtures("no_robots")
def test_without_the_archive_nothing_is_conditional(httpserver: HTTPServer, channel: Maker) -> None:
    asked = answers(httpserver, "/a", Response("body", headers={"ETag": '"x"'}))
    made = channel()
    made.fetch.get(httpserver.url_for("/a"))
    made.archive.close()
    for path in made.archive.files():
        path.unlink()
    made.fetch.get(httpserver.url_for("/a"))
    assert "If-None-Match" not in asked[1].headers


@pytest.mark.usefixtures("no_robots")
def test_redirects_are_followed_and_each_is_kept(httpserver: HTTPServer, channel: Maker) -> None:
    httpserver.expect_request("/a").respond_with_data("", 301, headers={"Location": "b?x=1"})
    httpserver.expect_request("/b").respond_with_data("ok")
    made = channel()
    answer = made.fetch.get(httpserver.url_for("/a"))
    assert answer.url == httpserver.url_for("/b") + "?x=1"
    assert [capture.status for capture in made.captures()] == [404, 301, 200]


@pytest.mark.usefixtures("no_robots")
def test_redirects_end(httpserver: HTTPServer, channel: Maker) -> None:
    httpserver.expect_request("/a").respond_with_data("", 302, headers={"Location": "/b"})
    httpserver.expect_request("/b").respond_with_data("", 302, headers={"Location": "/a"})
    with pytest.raises(InputError, match="redirects in a circle"):
        channel().fetch.get(httpserver.url_for("/a"))
    for n in range(9):
        headers = {"Location": f"/n{n + 1}"}
        httpserver.expect_request(f"/n{n}").respond_with_data("", 302, headers=headers)
    with pytest.raises(InputError, match="at most 5 redirects"):
        channel().fetch.get(httpserver.url_for("/n0"))


@pytest.mark.usefixtures("no_robots")
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://127.0.0.1:{other}/", "found a loopback one"),
        ("http://[::1]:{other}/", "found a loopback one"),
        ("http://10.0.0.1/", "found a private one"),
        ("http://169.254.169.254/latest/meta-data/", "found a metadata one"),
        ("http://[::ffff:10.0.0.1]/", "found a private one"),
        ("http://0x7f.1:{other}/", "found a loopback one"),
        ("http://0.0.0.0/", "found a unspecified one"),
        ("file:///etc/passwd", "begins with http"),
        ("ftp://example.org/", "begins with http"),
        ("http://me:pass@127.0.0.1/", "without a user name"),
    ],
)
def test_a_redirect_to_where_nobody_may_go(
    httpserver: HTTPServer, channel: Maker, target: str, expected: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        location = target.format(other=other.getsockname()[1])
        httpserver.expect_request("/a").respond_with_data("", 302, headers={"Location": location})
        with pytest.raises(InputError, match=expected):
            channel().fetch.get(httpserver.url_for("/a"))
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


@pytest.mark.usefixtures("no_robots")
def test_a_named_host_is_not_for_others(httpserver: HTTPServer, channel: Maker) -> None:
    """A site that the study names may not send us to another private one that it names."""
    with HTTPServer() as second:
        second.expect_request("/robots.txt").respond_with_data("", status=404)
        second.expect_request("/b").respond_with_data("inside")
        location = {"Location": second.url_for("/b")}
        httpserver.expect_request("/a").respond_with_data("", 302, headers=location)
        named = frozenset({(httpserver.host, httpserver.port), (second.host, second.port)})
        made = channel(named=named)
        assert made.fetch.get(second.url_for("/b")).ok
        with pytest.raises(InputError, match="found a loopback one"):
            made.fetch.get(httpserver.url_for("/a"))


def test_a_private_address_that_the_study_does_not_name(
    httpserver: HTTPServer, channel: Maker
) -> None:
    with pytest.raises(InputError, match="found a loopback one; only"):
        channel(named=frozenset()).fetch.get(httpserver.url_for("/a"))
    assert httpserver.log == []


@pytest.mark.usefixtures("no_robots")
def test_an_answer_has_a_largest_size(httpserver: HTTPServer, channel: Maker) -> None:
    httpserver.expect_request("/a").respond_with_data(b"x" * 1001)
    httpserver.expect_request("/b").respond_with_data(b"x" * 1000)
    made = channel(max_bytes=1000)
    assert len(made.fetch.get(httpserver.url_for("/b")).body) == 1000
    with pytest.raises(InputError, match="at most 1,000 bytes"):
        made.fetch.get(httpserver.url_for("/a"))


@pytest.mark.usefixtures("no_robots")
def test_a_packed_answer_has_a_largest_size_unpacked(
    httpserver: HTTPServer, channel: Maker
) -> None:
    packed = gzip.compress(b"\0" * 5_000_000)
    headers = {"Content-Encoding": "gzip"}
    httpserver.expect_request("/a").respond_with_data(packed, headers=headers)
    assert len(packed) < 10_000
    with pytest.raises(InputError, match="at most 100,000 bytes"):
        channel(max_bytes=100_000).fetch.get(httpserver.url_for("/a"))
    made = channel()
    assert made.fetch.get(httpserver.url_for("/a")).body == b"\0" * 5_000_000
    kept = made.captures()[-1]
    assert len(kept.body) == 5_000_000
    assert ("X-Orig-Content-Encoding", "gzip") in kept.headers


NOT_FOUND = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Raw:
    """A server that says exactly what it is told, connection by connection."""

    def __init__(self, *says: bytes, drip: float = 0) -> None:
        self.says, self.drip = says, drip
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                request = peer.recv(65536)
                if request.startswith(b"GET /robots.txt"):
                    peer.sendall(
                        b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                    continue
                says = self.says[min(self.asked, len(self.says) - 1)]
                self.asked += 1
                self._say(peer, says)

    def _say(self, peer: socket.socket, says: bytes) -> None:
        try:
            if not self.drip:
                peer.sendall(says)
                return
            for byte in says:
                peer.sendall(bytes([byte]))
                if self.over.wait(self.drip):
                    return
        except OSError:
            return

    def close(self) -> None:
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/a"

    def named(self) -> frozenset[tuple[str, int]]:
        return frozenset({("127.0.0.1", self.port)})


@pytest.fixture
def raw() -> Iterator[list[Raw]]:
    made: list[Raw] = []
    yield made
    for each in made:
        each.close()


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def test_a_body_that_breaks_off_is_asked_for_again(
    channel: Maker, clock: FakeClock, raw: list[Raw]
) -> None:
    cut = HEAD + b"Content-Length: 10\r\n\r\nhalf"
    cut_chunk = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    whole = HEAD + b"Content-Length: 5\r\n\r\nwhole"
    server = Raw(cut, cut_chunk, whole)
    raw.append(server)
    made = channel(named=server.named())
    assert made.fetch.get(server.url()).body == b"whole"
    assert clock.slept == [2.0, 8.0]
    assert [capture.body for capture in made.captures()] == [b"", b"whole"]


def test_a_host_that_never_gives_a_whole_answer_is_stopped(
    channel: Maker, clock: FakeClock, raw: list[Raw]
) -> None:
    server = Raw(b"", b"HTTP/1.1 200 OK\r\n", HEAD, HEAD + b"Content-Le")
    raw.append(server)
    with pytest.raises(StoppedError, match="the answer broke off"):
        channel(named=server.named()).fetch.get(server.url())
    assert (server.asked, clock.slept) == (4, [2.0, 8.0, 30.0])


@pytest.mark.parametrize(
    "says",
    [
        *(
            b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 5\r\nLocation: " + where
            for where in (b"\xff\xfe", b"http://\xe2\x80", b"http://[bad")
        ),
        HEAD + b"Content-Length: 5, 3",
    ],
)
def test_what_cannot_be_read_leaves_no_connection(
    channel: Maker, raw: list[Raw], says: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[socket.socket] = []
    connect = Guard.connect

    def kept(*arguments: Any, **more: Any) -> socket.socket:
        opened.append(connect(*arguments, **more))
        return opened[-1]

    monkeypatch.setattr(Guard, "connect", kept)
    server = Raw(says + b"\r\n\r\nhello")
    raw.append(server)
    with pytest.raises((InputError, StoppedError)) as caught:
        channel(named=server.named()).fetch.get(server.url())
    assert "\n" not in str(caught.value)
    assert [each.fileno() for each in opened] == [-1] * len(opened)
    assert opened


@pytest.mark.parametrize("says", [HEAD + b"Content-Length: 900\r\n\r\n" + b"x" * 900, HEAD * 20])
def test_a_slow_drip_is_cut(channel: Maker, raw: list[Raw], says: bytes) -> None:
    server = Raw(says, drip=0.02)
    raw.append(server)
    with pytest.raises(StoppedError, match=r"no whole answer within 0\.4 seconds"):
        channel(named=server.named(), total_seconds=0.4).fetch.get(server.url())
    assert server.asked == 1


def test_what_is_not_http_is_no_answer(channel: Maker, raw: list[Raw]) -> None:
    server = Raw(b"\xff\x00hello\r\n\r\n")
    raw.append(server)
    with pytest.raises(StoppedError):
        channel(named=server.named()).fetch.get(server.url())


def test_two_lengths_are_no_answer(channel: Maker, raw: list[Raw]) -> None:
    """Where it ends is not known then: what a proxy in between takes may be another one."""
    server = Raw(HEAD + b"Content-Length: 5, 3\r\n\r\nwhole")
    raw.append(server)
    with pytest.raises(StoppedError, match="its answer is not HTTP"):
        channel(named=server.named()).fetch.get(server.url())
    assert server.asked == 1


def test_a_validator_over_two_lines_is_not_sent_back(channel: Maker, raw: list[Raw]) -> None:
    """A header may go on in the next line; sent back like that it would be no request."""
    whole = HEAD + b'Content-Length: 5\r\nETag: "a\r\n b"\r\nLast-Modified: \x0cnow\r\n\r\nwhole'
    server = Raw(whole)
    raw.append(server)
    made = channel(named=server.named())
    assert [made.fetch.get(server.url()).unchanged for _ in range(2)] == [False, True]


def test_a_host_that_falls_silent_is_stopped(
    channel: Maker, clock: FakeClock, raw: list[Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "SILENT_SECONDS", 0.1)
    server = Raw(HEAD + b"Content-Length: 5\r\n\r\nwhole", drip=60)
    raw.append(server)
    with pytest.raises(StoppedError, match="it fell silent"):
        channel(named=server.named()).fetch.get(server.url())
    assert clock.slept[:1] == [2.0]


class Unreachable(socket.socket):
    """A socket that gets nowhere."""

    fault: OSError = OSError("no way")

    def connect(self, where: object) -> None:
        raise self.fault


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (TimeoutError("late"), r"\(no connection in time\)"),
        (OSError("refused"), r"\(no connection\)"),
    ],
)
def test_an_address_that_nobody_answers_at(
    channel: Maker,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    fault: OSError,
    said: str,
) -> None:
    monkeypatch.setattr(Unreachable, "fault", fault)
    monkeypatch.setattr(socket, "socket", Unreachable)
    with pytest.raises(StoppedError, match=said) as caught:
        channel(named=frozenset({("127.0.0.1", 9)})).fetch.get("http://127.0.0.1:9/a")
    assert "late" not in str(caught.value)
    assert clock.slept == [2.0, 8.0, 30.0]


def test_a_name_that_is_looked_up_for_too_long(
    channel: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is open yet that could be shut, and the time is over all the same."""
    looked: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        looked.append(host)
        threading.Event().wait(0.4)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    made = channel(named=frozenset(), total_seconds=0.1)
    with pytest.raises(StoppedError, match=r"no whole answer within 0\.1 seconds"):
        made.fetch.get("http://slow.example/a")
    assert looked == ["slow.example"]


CANARY = "canary/c4n4ry+tok=en"


@pytest.mark.usefixtures("no_robots")
def test_no_secret_is_written(httpserver: HTTPServer, channel: Maker) -> None:
    def echo(request: Request) -> Response:
        told = request.headers.get("Authorization", "") + " " + request.url
        headers = {"Set-Cookie": "session=of-mine", "X-Echo": told, "Link": f"<{request.url}>"}
        return Response(f"you said {told}", headers=headers)

    httpserver.expect_request("/a").respond_with_handler(echo)
    httpserver.expect_request("/b").respond_with_handler(
        lambda request: Response(status=302, headers={"Location": f"/a?access_token={CANARY}"})
    )
    httpserver.expect_request("/bad").respond_with_data("", status=500)
    made = channel("my blog", environ={"NEEDLE_TOKEN_MY_BLOG": CANARY})
    token = made.fetch.token(httpserver.host)
    assert token is not None
    assert CANARY not in repr(token)
    answer = made.fetch.get(httpserver.url_for("/a"), token=token)
    assert b"Bearer REDACTED" in answer.body
    made.fetch.get(httpserver.url_for("/a"), token=token, token_in="?key")
    made.fetch.get(httpserver.url_for("/b"), {"api_key": "another-secret"})
    assert httpserver.log[-1][0].args["access_token"] == CANARY.replace("+", " ")
    with pytest.raises(StoppedError) as caught:
        made.fetch.get(httpserver.url_for("/bad"), {"token": CANARY})
    made.state.cursor = {"next": f"https://example.org/?page=2&token={CANARY}"}
    made.state.save()
    sent = [request.headers.get("Authorization") for request, _ in httpserver.log]
    assert f"Bearer {CANARY}" in sent
    written = b"".join(path.read_bytes() for path in made.folder.rglob("state.json"))
    for capture in made.captures():
        written += repr(capture).encode() + capture.body + repr(capture.headers).encode()
    written += str(caught.value).encode()
    for secret in (CANARY, "c4n4ry", "another-secret", "of-mine"):
        assert secret.encode() not in written


@pytest.mark.usefixtures("no_robots")
def test_a_token_goes_to_its_own_host_only(httpserver: HTTPServer, channel: Maker) -> None:
    httpserver.expect_request("/a").respond_with_data("ok")
    made = channel(environ={"NEEDLE_TOKEN_BLOG": "a-long-secret"})
    made.fetch.get(httpserver.url_for("/a"), token=made.fetch.token("example.org"))
    made.fetch.get(httpserver.url_for("/a"), token=made.fetch.token("example.org"), token_in="?key")
    for request, _ in httpserver.log:
        assert "Authorization" not in request.headers
        assert request.query_string == b""


def test_a_token_that_is_too_short_is_refused(channel: Maker) -> None:
    with pytest.raises(InputError, match="NEEDLE_TOKEN_BLOG: expected 8 or more"):
        channel(environ={"NEEDLE_TOKEN_BLOG": "short"}).fetch.token("example.org")


@pytest.mark.usefixtures("no_robots")
def test_proxies_and_cookies_play_no_part(
    httpserver: HTTPServer, channel: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    httpserver.expect_request("/a").respond_with_data("ok", headers={"Set-Cookie": "a=b"})
    made = channel()
    for _ in range(2):
        assert made.fetch.get(httpserver.url_for("/a")).ok
    assert "Cookie" not in httpserver.log[-1][0].headers


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_certificate_that_nobody_vouches_for(channel: Maker, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        f" -addext subjectAltName=DNS:localhost -keyout {key.name} -out {certificate.name}".split(),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/a").respond_with_data("ok")
        made = channel(named=frozenset({(server.host, server.port)}))
        with pytest.raises(StoppedError, match="certificate cannot be trusted"):
            made.fetch.get(server.url_for("/a"))
        assert server.log == []


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS that answers with a public address first and a private one after that gains nothing."""
    answers = iter(["93.184.215.14", "127.0.0.1"])
    went: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        where = (next(answers), port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where)]

    class Peer(socket.socket):
        def connect(self, where: object) -> None:
            went.append(str(where))
            raise OSError("as far as a test goes")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "socket", Peer)
    guard = Guard(frozenset())
    with pytest.raises(OSError, match="as far as"):
        guard.connect("example.org", 80, 1)
    assert went == ["('93.184.215.14', 80)"]
    with pytest.raises(InputError, match="found a loopback one"):
        guard.connect("example.org", 80, 1)
    assert len(went) == 1


def test_a_connection_that_ended_elsewhere_is_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a packet filter bends to an address of this machine answers under a public one."""
    made: list[socket.socket] = []

    class Bent(socket.socket):
        def connect(self, where: object) -> None:
            made.append(self)

        def getpeername(self) -> tuple[str, int]:
            return "127.0.0.1", 80

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "socket", Bent)
    with pytest.raises(InputError, match=r"example\.org: expected a public address, found a loop"):
        Guard(frozenset()).connect("example.org", 80, 1)
    (peer,) = made
    assert peer.fileno() == -1, "it is closed"
