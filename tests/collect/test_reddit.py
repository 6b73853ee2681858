"""Reddit's listings, and its refusals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect.secrets import Secrets
from tests.collect.conftest import START, Collect, FakeClock
from tests.collect.networks import HTML, posts, serve

PATH = "/user/me/submitted.json"


class Listing:
    """Posts an hour apart; the newest 1,000 are listed."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.count = 0
        self.scores: dict[int, int] = {}
        self.asked = serve(server, PATH, self.answer)

    @property
    def table(self) -> dict[str, Any]:
        url = self.server.url_for("/user/me/")
        return {"url": url, "kind": "reddit", "api": self.server.url_for("/")}

    def answer(self, request: Request) -> dict[str, Any]:
        assert request.args["raw_json"] == "1"
        shown = list(range(self.count - 1, max(-1, self.count - 1001), -1))
        after = request.args.get("after")
        start = shown.index(int(after[3:], 36)) + 1 if after else 0
        here = shown[start : start + int(request.args["limit"])]
        more = f"t3_{_base36(here[-1])}" if here and here[-1] != shown[-1] else None
        return {"kind": "Listing", "data": {"after": more, "children": list(map(self.child, here))}}

    def child(self, number: int) -> dict[str, Any]:
        name = _base36(number)
        created = (START - dt.timedelta(hours=2000 - number)).timestamp()
        data = {
            "id": name,
            "name": f"t3_{name}",
            "author": "me",
            "title": f"number {number}",
            "permalink": f"/r/it/comments/{name}/",
            "url": f"https://blog.example.org/{number}",
            "is_self": False,
            "selftext": "",
            "created_utc": created,
            "score": self.scores.get(number, 1),
            "num_comments": 0,
        }
        return {"kind": "t3", "data": data}


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits


@pytest.fixture
def listing(httpserver: HTTPServer) -> Listing:
    return Listing(httpserver)


@pytest.mark.usefixtures("no_robots")
def test_pages_of_posts_and_their_counts_again(
    listing: Listing, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    listing.count = 250
    (found,) = collect({"reddit": listing.table})
    assert (found.status, found.kind, found.new, found.notes) == ("done", "reddit", 250, ())
    listing.count = 251
    listing.scores = {249: 70}
    clock.time += dt.timedelta(days=1)
    (found,) = collect({"reddit": listing.table})
    assert (found.new, len(listing.asked)) == (1, 4)
    kept = posts(tmp_path, "reddit")
    assert len(kept) == 251
    observed = kept[f"t3_{_base36(249)}"]
    assert [(post.reactions, post.seen_at) for post in observed] == [
        (1, START),
        (70, START + dt.timedelta(days=1)),
    ]


@pytest.mark.usefixtures("no_robots")
def test_only_the_newest_thousand_are_listed(listing: Listing, collect: Collect) -> None:
    listing.count = 1200
    (found,) = collect({"reddit": listing.table})
    assert found.new == 1000
    assert found.notes == ("Reddit lists the newest 1,000 posts only; a data request has all",)


@pytest.mark.usefixtures("no_robots")
@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [
        (Response(status=403), "failed", "the host refuses (403); a token in NEEDLE_TOKEN_REDDIT,"),
        (Response(status=404), "failed", "expected an account; the host answers 404 for 'me'"),
        (Response(status=429), "stopped", "it answers 429"),
        (HTML, "failed", "expected a page of posts as JSON, found a page of HTML"),
        ({"kind": "Listing"}, "failed", "key data: expected a listing; it is missing"),
        ({"data": {"children": [{}]}}, "failed", "key data.name: expected text; it is missing"),
        (
            {"data": {"children": [{"data": {"name": "t3_1"}}], "after": "t3_1"}},
            "failed",
            "expected older posts on page 2, found the same ones again",
        ),
    ],
)
def test_refusals_and_answers_that_are_none(
    httpserver: HTTPServer, collect: Collect, answer: Any, status: str, expected: str
) -> None:
    asked = serve(httpserver, PATH, lambda request: answer)
    url = httpserver.url_for("/u/me")
    (found,) = collect({"reddit": {"url": url, "kind": "reddit", "api": httpserver.url_for("/")}})
    assert found.status == status
    assert expected in (found.why or str(found.problems[0]))
    assert len(asked) <= 2


def test_robots_txt_is_obeyed_where_nobody_logs_in(listing: Listing, collect: Collect) -> None:
    rules = "User-agent: *\nDisallow: /"
    listing.server.expect_request("/robots.txt").respond_with_data(rules)
    listing.count = 3
    (found,) = collect({"reddit": listing.table})
    assert "expected an address that robots.txt allows" in str(found.problems[0])
    assert not listing.asked
    secrets = Secrets({"NEEDLE_TOKEN_REDDIT": "0123456789"})
    (found,) = collect({"reddit": listing.table}, secrets=secrets)
    assert (found.status, found.new) == ("done", 3)
    assert listing.asked[0].headers["Authorization"] == "Bearer 0123456789"
