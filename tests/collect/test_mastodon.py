"""Mastodon: against a real server, and against one that is not what it should be."""

from __future__ import annotations

import datetime as dt
import json
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect import newest
from analysis.collect.settings import CollectSettings
from tests.collect.conftest import START, Collect, FakeClock
from tests.collect.networks import HTML, extract, posts, serve

MANY = 130


@dataclass
class Mock:
    """A server of Mastodon's API in a process of its own."""

    url: str
    database: Path

    def ask(self, method: str, path: str, body: Any = None, token: str = "me_token") -> Any:
        """Ask the server as its accounts do."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def post(self, text: str, **more: Any) -> str:
        return str(self.ask("POST", "/api/v1/statuses", {"status": text, **more})["id"])

    def date(self, first: dt.datetime) -> None:
        """Give the statuses a day each, beginning with the first."""
        with sqlite3.connect(self.database, timeout=20) as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM statuses ORDER BY id")]
            for number, each in enumerate(ids):
                when = (first + dt.timedelta(days=number)).replace(tzinfo=None)
                stamp = when.isoformat(sep=" ", timespec="microseconds")
                connection.execute("UPDATE statuses SET created_at=? WHERE id=?", (stamp, each))
        connection.close()

    def fault(self, **effect: Any) -> None:
        """Let the next request for statuses fail."""
        match = {"path_regex": r"/accounts/[^/]+/statuses"}
        self.ask("POST", "/api/v1/_mock/faults", {"match": match, "effect": effect, "count": 1})


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[Mock]:
    """Start a server on a free port, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database, config = tmp_path / "mock.sqlite", tmp_path / "mock.toml"
    accounts = "".join(
        f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "{name}_token"\n'
        for name in ("me", "you")
    )
    statuses = "".join(
        f'[[seed.statuses]]\naccount = "me"\ntext = "number {number}"\n' for number in range(MANY)
    )
    config.write_text(f"[database]\npath = {json.dumps(str(database))}\n{accounts}{statuses}")
    command = [sys.executable, "-m", "mastodon_mock", "serve", "--config", str(config)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "critical"]
    with (tmp_path / "mock.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
    made = Mock(f"http://127.0.0.1:{port}", database)
    try:
        _until_it_answers(made, process)
        yield made
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _until_it_answers(mock: Mock, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            mock.ask("GET", "/api/v1/accounts/lookup?acct=me")
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def test_every_status_once_then_what_is_new_and_what_is_young_again(
    mock: Mock, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    start = START - dt.timedelta(days=MANY)
    mock.date(start)
    table = {"toots": {"url": f"{mock.url}/@me"}}
    (first,) = collect(table)
    assert (first.status, first.kind, first.new) == ("done", "mastodon", MANY)
    kept = posts(tmp_path, "toots")
    assert sorted(seen[0].text for seen in kept.values()) == sorted(
        f"number {number}" for number in range(MANY)
    )
    assert {seen[0].when for seen in kept.values()} == {
        start + dt.timedelta(days=number) for number in range(MANY)
    }
    newest_id = mock.ask("GET", "/api/v1/accounts/lookup?acct=me")["id"]
    page = mock.ask("GET", f"/api/v1/accounts/{newest_id}/statuses?limit=40")
    for status in (page[0], page[5]):
        mock.ask("POST", f"/api/v1/statuses/{status['id']}/favourite", {}, "you_token")
    mock.post("the newest")
    mock.post("for followers only", visibility="private")
    mock.date(start)
    clock.time += dt.timedelta(days=2)
    (second,) = collect(table)
    assert (second.status, second.new) == ("done", 1)
    assert second.requests <= 2  # a page of 40 days holds the last 30
    found = posts(tmp_path, "toots")
    assert len(found) == MANY + 1
    observed = [[post.reactions for post in found[page[n]["uri"]]] for n in (0, 1, 5)]
    assert observed == [[0, 1], [0, 0], [0, 1]]
    assert [post.seen_at for post in found[page[0]["uri"]]] == [
        START,
        START + dt.timedelta(days=2),
    ]
    assert "for followers only" not in str(extract(tmp_path, "toots").posts)


def test_a_run_that_is_stopped_goes_on_and_misses_nothing(
    mock: Mock, collect: Collect, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mock.date(START - dt.timedelta(days=MANY + 60))
    table = {"toots": {"url": f"{mock.url}/@me", "kind": "mastodon", "refresh_days": 0}}
    monkeypatch.setattr(newest, "MAX_PAGES", 2)
    (found,) = collect(table)
    assert (found.new, found.notes) == (
        80,
        ("statuses: there are more than 2 pages; the next run goes on",),
    )
    monkeypatch.undo()
    for number in range(50):
        mock.post(f"later {number}")
    mock.date(START - dt.timedelta(days=MANY + 60))
    mock.fault(type="malformed")
    (found,) = collect(table)
    assert (found.status, found.new) == ("failed", 0)
    assert "expected JSON" in str(found.problems[0])
    mock.fault(type="ratelimit")
    before = clock.time
    (found,) = collect(table)
    assert (found.status, found.new) == ("done", 100)
    assert (clock.time - before).total_seconds() >= 300  # as its Retry-After says
    assert len(posts(tmp_path, "toots")) == MANY + 50
    (found,) = collect(table)
    assert (found.new, found.requests, found.unchanged) == (0, 1, 1)


def test_an_account_that_is_not_there(mock: Mock, collect: Collect) -> None:
    (found,) = collect({"toots": {"url": f"{mock.url}/@nobody"}})
    assert str(found.problems[0]) == (
        "mine/study.toml, key collect.toots.url: expected an account; the host answers 404 for"
        " 'nobody'"
    )


def status(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"{number}", "created_at": "2012-06-20T00:00:00.000Z", **more}


def account(server: HTTPServer) -> None:
    server.expect_request("/robots.txt").respond_with_data("", status=404)
    serve(server, "/api/v1/accounts/lookup", lambda request: {"id": "7", "acct": "me"})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (HTML, "expected a page of statuses as JSON, found a page of HTML"),
        ({"error": "x"}, "expected a page of statuses (a list), found an object"),
        ([1, 2], "expected a list of objects, found something else in it"),
        ([{"created_at": "2012-06-20"}], "key id: expected text; it is missing"),
        (Response(status=401), "the host answers 401: not without a login, or not at all"),
        (Response(status=418), "expected a page of statuses, the host answered 418"),
        ([status(n) for n in range(6000)], "expected at most 5,000 records in one answer"),
    ],
)
def test_answers_that_are_none(
    httpserver: HTTPServer, collect: Collect, answer: Any, expected: str
) -> None:
    account(httpserver)
    first = [status(n) for n in range(140, 100, -1)]
    asked = serve(
        httpserver,
        "/api/v1/accounts/7/statuses",
        lambda request: answer if "max_id" in request.args else first,
    )
    (found,) = collect({"toots": {"url": httpserver.url_for("/@me")}})
    assert (found.status, found.new, len(asked)) == ("failed", 40, 2)
    (problem,) = found.problems
    assert expected in str(problem)
    assert "\n" not in str(problem)


def test_the_same_page_again_and_pages_without_end(
    httpserver: HTTPServer, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(httpserver)
    same = [status(n) for n in range(140, 100, -1)]
    asked = serve(httpserver, "/api/v1/accounts/7/statuses", lambda request: same)
    (found,) = collect({"toots": {"url": httpserver.url_for("/@me")}})
    assert (found.status, found.new, len(asked)) == ("failed", 40, 2)
    assert "expected older statuses on page 2, found the same ones again" in str(found.problems[0])
    monkeypatch.setattr(newest, "MAX_PAGES", 7)

    def endless(request: Request) -> list[dict[str, Any]]:
        top = int(request.args.get("max_id", 10**9))
        return [status(n) for n in range(top - 1, top - 41, -1)]

    httpserver.clear_all_handlers()
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    serve(httpserver, "/api/v1/accounts/lookup", lambda request: {"id": "8"})
    asked = serve(httpserver, "/api/v1/accounts/8/statuses", endless)
    (found,) = collect({"more": {"url": httpserver.url_for("/@me")}})
    assert (found.status, found.new, len(asked)) == ("done", 280, 7)
    assert "more than 7 pages" in found.notes[0]


@pytest.mark.parametrize("reset", ["2012-06-22T06:02:00.000000Z", "1340344920", "1340344920.0"])
def test_an_empty_budget_of_requests_is_waited_for(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock, reset: str
) -> None:
    account(httpserver)
    pages = [[status(n) for n in range(140, 100, -1)], []]
    date = {"Date": "Fri, 22 Jun 2012 06:00:00 GMT"}

    def answer(request: Request) -> Response:
        is_first = "max_id" not in request.args
        limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset} if is_first else {}
        body = json.dumps(pages[not is_first])
        return Response(body, headers={**date, **limits}, content_type="application/json")

    serve(httpserver, "/api/v1/accounts/7/statuses", answer)
    (found,) = collect({"toots": {"url": httpserver.url_for("/@me")}})
    assert (found.status, found.new, clock.slept) == ("done", 40, [120.0])


def test_ids_of_letters(httpserver: HTTPServer, collect: Collect) -> None:
    account(httpserver)
    ids = [f"01H{n:023}" for n in range(90, 0, -1)]

    def answer(request: Request) -> list[dict[str, Any]]:
        older = [each for each in ids if each < request.args.get("max_id", "Z")]
        return [status(0) | {"id": each} for each in older[:40]]

    asked = serve(httpserver, "/api/v1/accounts/7/statuses", answer)
    table = {"toots": {"url": httpserver.url_for("/users/me"), "kind": "mastodon"}}
    (found,) = collect(table)
    assert (found.new, len(asked)) == (90, 3)
    ids.insert(0, f"01J{1:023}")
    (found,) = collect({"toots": {**table["toots"], "refresh_days": 1}})
    assert (found.new, len(asked)) == (1, 4)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/@me@far.example", "the account's page on its own server"),
        ("/about", "expected an address such as https://example.social/@me"),
    ],
)
def test_an_address_that_is_no_account(
    httpserver: HTTPServer, collect: Collect, path: str, expected: str
) -> None:
    (found,) = collect({"toots": {"url": httpserver.url_for(path), "kind": "mastodon"}})
    assert expected in str(found.problems[0])
    assert not httpserver.log


def test_how_far_back_is_a_number_of_days() -> None:
    table = {"url": "https://a.social/@me"}
    assert CollectSettings.model_validate(table).refresh_days == 30
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        CollectSettings.model_validate({**table, "refresh_days": -1})


def test_an_account_that_is_emptied_keeps_its_place(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    account(httpserver)
    shown = [status(n) for n in range(140, 110, -1)]
    asked = serve(httpserver, "/api/v1/accounts/7/statuses", lambda request: shown)
    table = {"toots": {"url": httpserver.url_for("/@me")}}
    assert [each.new for each in collect(table)] == [30]
    before = json.loads((tmp_path / "mine/raw/collected/toots/state.json").read_bytes())
    shown.clear()
    assert [each.new for each in collect(table)] == [0]
    after = json.loads((tmp_path / "mine/raw/collected/toots/state.json").read_bytes())
    assert after["cursor"]["statuses"] == before["cursor"]["statuses"]
    assert len(asked) == 2


def test_an_account_that_begins_empty(httpserver: HTTPServer, collect: Collect) -> None:
    account(httpserver)
    shown: list[dict[str, Any]] = []
    asked = serve(
        httpserver,
        "/api/v1/accounts/7/statuses",
        lambda request: [] if "max_id" in request.args else shown,
    )
    table = {"toots": {"url": httpserver.url_for("/@me")}}
    assert [each.new for each in collect(table)] == [0]
    shown += [status(n) for n in range(140, 100, -1)]
    assert [each.new for each in collect(table)] == [40]
    shown.insert(0, status(141))
    assert [each.new for each in collect(table)] == [1]
    assert len(asked) == 5
