"""Hacker News: a search that shows so many hits and no more, and the karma."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request

from analysis.collect import hackernews
from tests.collect.conftest import START, Collect, FakeClock
from tests.collect.networks import HTML, posts, serve


class Search:
    """Stories by their second, and what Algolia makes of a request."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.seconds: list[int] = []
        self.points: dict[int, int] = {}
        self.user: Any = {"id": "me", "karma": 1234, "created": 1, "submitted": [1]}
        self.asked = serve(server, "/api/v1/search_by_date", self.answer)
        serve(server, "/v0/user/me.json", lambda request: self.user)

    @property
    def table(self) -> dict[str, Any]:
        url = self.server.url_for("/user") + "?id=me"
        return {"url": url, "kind": "hackernews", "api": self.server.url_for("/")}

    def answer(self, request: Request) -> dict[str, Any]:
        assert request.args["tags"] == "author_me,(story,poll,job)"
        below = int(request.args.get("numericFilters", "created_at_i<=9999999999").split("<=")[1])
        numbers = [n for n, second in enumerate(self.seconds) if second <= below]
        numbers.sort(key=lambda n: self.seconds[n], reverse=True)
        hits = [self.hit(n) for n in numbers[: int(request.args["hitsPerPage"])]]
        return {"hits": hits, "nbHits": len(numbers), "hitsPerPage": hackernews.PER_PAGE}

    def hit(self, number: int) -> dict[str, Any]:
        return {
            "objectID": str(1000 + number),
            "author": "me",
            "title": f"number {number}",
            "url": f"https://blog.example.org/{number}",
            "points": self.points.get(number, 1),
            "num_comments": 0,
            "created_at_i": self.seconds[number],
            "_tags": ["story", "author_me", f"story_{1000 + number}"],
        }


@pytest.fixture
def search(httpserver: HTTPServer) -> Search:
    return Search(httpserver)


def test_more_than_a_thousand_stories(
    search: Search, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    end = int(START.timestamp())
    search.seconds = [end - 3600 * (1250 - number) for number in range(1250)]
    search.seconds[1050] = search.seconds[1049]  # two of one second, at the end of a page
    (found,) = collect({"news": search.table})
    assert (found.status, found.kind, found.new) == ("done", "hackernews", 1250)
    assert found.notes == ("karma 1,234",)
    assert len(search.asked) == 7
    kept = posts(tmp_path, "news")
    assert sorted(map(int, kept)) == list(range(1000, 2250))
    search.points = {1249: 90, 3: 90}
    search.seconds.append(end + 10)
    clock.time += dt.timedelta(days=1)
    (found,) = collect({"news": {**search.table, "refresh_days": 5}})
    assert (found.new, len(search.asked)) == (1, 8)
    kept = posts(tmp_path, "news")
    assert [post.reactions for post in kept["2249"]] == [1, 90]
    assert [post.seen_at for post in kept["2249"]] == [START, START + dt.timedelta(days=1)]
    assert [post.reactions for post in kept["1003"]] == [1]


def test_since_is_where_a_run_ends(search: Search, collect: Collect) -> None:
    end = int(START.timestamp())
    search.seconds = [end - 86400 * number for number in range(1000)]
    since = (START - dt.timedelta(days=300)).date()
    (found,) = collect({"news": {**search.table, "since": since}})
    assert (found.new, len(search.asked)) == (399, 2)


@pytest.mark.parametrize(
    ("user", "answer", "expected"),
    [
        (None, {}, "expected an account of Hacker News, found no 'me'"),
        ([], {}, "expected an account (an object), found a list"),
        ({"id": "me"}, HTML, "expected a page of hits as JSON, found a page of HTML"),
        ({"id": "me"}, {"hits": None}, "key hits: expected a list; found something else"),
        ({"id": "me"}, {"hits": [{"objectID": "1"}]}, "expected seconds since 1970"),
        (
            {"id": "me"},
            {"hits": [{"objectID": "1", "created_at_i": 10**15}]},
            "expected seconds since 1970",
        ),
    ],
)
def test_answers_that_are_none(
    httpserver: HTTPServer, collect: Collect, user: Any, answer: Any, expected: str
) -> None:
    serve(httpserver, "/v0/user/me.json", lambda request: user)
    serve(httpserver, "/api/v1/search_by_date", lambda request: answer)
    url = httpserver.url_for("/user") + "?id=me"
    table = {"url": url, "kind": "hackernews", "api": httpserver.url_for("/")}
    (found,) = collect({"news": table})
    assert (found.status, found.new) == ("failed", 0)
    assert expected in str(found.problems[0])


def test_a_search_that_turns_in_a_circle(search: Search, collect: Collect) -> None:
    search.seconds = [int(START.timestamp())] * 500
    (found,) = collect({"news": search.table})
    assert (found.status, found.new, len(search.asked)) == ("failed", 200, 2)
    assert "the same ones again" in str(found.problems[0])
