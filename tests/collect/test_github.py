"""GitHub's public events: a window that moves, and who may be asked how often."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect.secrets import Secrets
from tests.collect.conftest import START, Collect, FakeClock
from tests.collect.networks import HTML, posts, serve

SECRET = "ghp_0123456789abcdef"


def event(number: int) -> dict[str, Any]:
    when = START + dt.timedelta(hours=number - 1000)
    return {
        "id": str(number),
        "type": "PushEvent",
        "actor": {"login": "me"},
        "repo": {"name": "me/it"},
        "payload": {"size": 1, "commits": [{"message": f"number {number}"}]},
        "public": True,
        "created_at": f"{when:%Y-%m-%dT%H:%M:%SZ}",
    }


class Events:
    """What GitHub gives out: the newest 300, pages with links, ETags, an interval."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.numbers: list[int] = []
        server.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /")
        self.asked = serve(server, "/users/me/events/public", self.answer)

    @property
    def table(self) -> dict[str, Any]:
        url = self.server.url_for("/me")
        return {"url": url, "kind": "github", "api": self.server.url_for("/")}

    def answer(self, request: Request) -> Response:
        shown = sorted(self.numbers, reverse=True)[:300]
        page, size = int(request.args["page"]), int(request.args["per_page"])
        here = shown[(page - 1) * size : page * size]
        headers = {"X-Poll-Interval": "60", "ETag": f'W/"{hash(tuple(here))}"'}
        if page * size < len(shown):
            headers["Link"] = f'<http://10.0.0.1/user/7/events?page={page + 1}>; rel="next"'
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return Response(status=304, headers=headers)
        body = json.dumps([event(number) for number in here])
        return Response(body, headers=headers, content_type="application/json")


@pytest.fixture
def events(httpserver: HTTPServer) -> Events:
    return Events(httpserver)


def test_the_window_is_read_and_then_what_is_new(
    events: Events, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    events.numbers = list(range(250))
    (found,) = collect({"code": events.table})
    assert (found.status, found.kind, found.new, found.notes) == ("done", "github", 250, ())
    assert [request.args["page"] for request in events.asked] == ["1", "2", "3"]
    (found,) = collect({"code": events.table})
    assert (found.new, found.requests) == (0, 0)
    assert found.notes == ("it wants to be asked again after 06:01:00 UTC",)
    clock.time += dt.timedelta(minutes=1)
    (found,) = collect({"code": events.table})
    assert (found.new, found.requests, found.unchanged, len(events.asked)) == (0, 1, 1, 4)
    events.numbers += range(250, 270)
    clock.time += dt.timedelta(days=1)
    (found,) = collect({"code": events.table})
    assert (found.new, found.requests, found.notes) == (20, 1, ())
    kept = posts(tmp_path, "code")
    assert sorted(map(int, kept)) == list(range(270))
    assert kept["3"][0].text == "number 3"


def test_a_gap_between_two_runs_is_told(events: Events, collect: Collect, clock: FakeClock) -> None:
    events.numbers = list(range(10))
    collect({"code": events.table})
    events.numbers += range(10, 500)
    clock.time += dt.timedelta(days=9)
    (found,) = collect({"code": events.table})
    assert found.new == 300
    assert found.notes == (
        "all events that it gives out are new, so older ones may be missing: ask more often",
    )


def test_a_run_that_was_stopped_reads_the_whole_window_again(
    events: Events, collect: Collect, httpserver: HTTPServer, clock: FakeClock
) -> None:
    events.numbers = list(range(300))
    plain = events.answer

    def broken(request: Request) -> Response:
        return HTML if request.args["page"] == "2" else plain(request)

    httpserver.clear_all_handlers()
    serve(httpserver, "/users/me/events/public", broken)
    (found,) = collect({"code": events.table})
    assert (found.status, found.new) == ("failed", 100)
    assert "expected a page of events as JSON, found a page of HTML" in str(found.problems[0])
    httpserver.clear_all_handlers()
    serve(httpserver, "/users/me/events/public", plain)
    clock.time += dt.timedelta(hours=1)
    (found,) = collect({"code": events.table})
    assert (found.status, found.new) == ("done", 200)


def test_a_token_goes_with_the_request_and_nowhere_else(
    events: Events, collect: Collect, tmp_path: Path
) -> None:
    events.numbers = [1]
    secrets = Secrets({"NEEDLE_TOKEN_CODE": SECRET})
    (found,) = collect({"code": events.table}, secrets=secrets)
    assert found.new == 1
    assert events.asked[0].headers["Authorization"] == f"Bearer {SECRET}"
    kept = b"".join(each.read_bytes() for each in (tmp_path / "mine").rglob("*") if each.is_file())
    assert SECRET.encode() not in kept


def test_a_spent_limit_stops_until_the_host_says(events: Events, collect: Collect) -> None:
    reset = int((START + dt.timedelta(hours=1)).timestamp())
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    headers["Date"] = "Fri, 22 Jun 2012 06:00:00 GMT"
    events.server.clear_all_handlers()
    asked = serve(
        events.server, "/users/me/events/public", lambda request: Response("{}", 403, headers)
    )
    (found,) = collect({"code": events.table})
    assert found.status == "stopped"
    assert "not before 2012-06-22 07:00:00 UTC" in found.why
    (found,) = collect({"code": events.table})
    assert (found.status, len(asked)) == ("stopped", 1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Response(status=404), "expected an account; the host answers 404 for 'me'"),
        ({"message": "x"}, "expected a page of events (a list), found an object"),
        ([{"type": "PushEvent"}], "key id: expected text; it is missing"),
        ([[]], "expected a list of objects"),
        (Response("[" * 100_000), "expected JSON"),
    ],
)
def test_answers_that_are_none(
    httpserver: HTTPServer, collect: Collect, answer: Any, expected: str
) -> None:
    serve(httpserver, "/users/me/events/public", lambda request: answer)
    table = {"url": httpserver.url_for("/me"), "kind": "github", "api": httpserver.url_for("/")}
    (found,) = collect({"code": table})
    assert found.status == "failed"
    assert expected in str(found.problems[0])


def test_past_the_last_page_is_the_end(httpserver: HTTPServer, collect: Collect) -> None:
    """A link to a page that GitHub then says is beyond what it gives out."""

    def answer(request: Request) -> Response:
        if request.args["page"] == "1":
            return Response('[{"id": "1"}]', headers={"Link": '<?page=2>; rel="next"'})
        return Response('{"message": "In order to keep the API fast"}', 422)

    asked = serve(httpserver, "/users/me/events/public", answer)
    table = {"url": httpserver.url_for("/me"), "kind": "github", "api": httpserver.url_for("/")}
    (found,) = collect({"code": table})
    assert (found.status, found.new, found.notes, len(asked)) == ("done", 1, (), 2)


def test_a_first_page_that_is_refused_is_no_end(httpserver: HTTPServer, collect: Collect) -> None:
    serve(httpserver, "/users/me/events/public", lambda request: Response("{}", 422))
    table = {"url": httpserver.url_for("/me"), "kind": "github", "api": httpserver.url_for("/")}
    (found,) = collect({"code": table})
    assert found.status == "failed"
    assert "expected a page of events, the host answered 422" in str(found.problems[0])


def test_the_same_page_for_ever(httpserver: HTTPServer, collect: Collect) -> None:
    link = {"Link": '<?page=2>; rel="next"'}
    body = '[{"id": "1"}]'
    asked = serve(
        httpserver, "/users/me/events/public", lambda request: Response(body, headers=link)
    )
    table = {"url": httpserver.url_for("/me"), "kind": "github", "api": httpserver.url_for("/")}
    (found,) = collect({"code": table})
    assert (found.status, len(asked)) == ("failed", 2)
    assert "found the same ones again" in str(found.problems[0])
