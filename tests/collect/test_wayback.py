"""The Wayback Machine: an index with its oddities, captures, and a limit that counts."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect import collected_folder, wayback
from analysis.collect.settings import CollectSettings, cross_checks
from analysis.files import Tree
from analysis.files.mementos import original
from analysis.formats.captures import read_captures
from tests.collect.conftest import START, Collect, FakeClock
from tests.collect.networks import HTML, posts, serve

PAGE = "https://klout.example/me"
COLUMNS = ["timestamp", "original", "statuscode", "digest"]


def stamp(day: int) -> str:
    return f"201206{day:02}120000"


def moment(day: int) -> dt.datetime:
    return dt.datetime(2012, 6, day, 12, tzinfo=dt.UTC)


class Machine:
    """The index and the captures of one page."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.rows: list[list[str]] = []
        self.bodies: dict[str, Response | str] = {}
        self.limit = 1000
        self.asked = serve(server, "/cdx/search/cdx", self.index)
        self.had: list[str] = []

    def table(self, url: str = PAGE, **more: Any) -> dict[str, Any]:
        return {"url": url, "kind": "wayback", "api": self.server.url_for("/"), **more}

    def capture(self, day: int, body: Response | str, status: str = "200", **more: str) -> None:
        page = more.get("page", PAGE)
        text = body if isinstance(body, str) else str(id(body))
        self.rows.append([stamp(day), page, status, more.get("digest", f"D{hash(text)}")])
        path = f"/web/{stamp(day)}id_/{page}"

        def answer(request: Request) -> Response:
            self.had.append(stamp(day))
            if isinstance(body, Response):
                return body
            memento = f"{moment(day):%a, %d %b %Y %H:%M:%S GMT}"
            return Response(body, headers={"Memento-Datetime": memento}, content_type="text/html")

        self.server.expect_request(path.partition("?")[0]).respond_with_handler(answer)

    def index(self, request: Request) -> list[list[str]]:
        assert request.args["url"] == PAGE
        begin = request.args.get("from", "")
        rows = [row for row in sorted(self.rows) if row[0][: len(begin)] >= begin]
        start = int(request.args.get("resumeKey", 0))
        end = start + self.limit
        more = [[], [str(end)]] if end < len(rows) else []
        return [COLUMNS, *rows[start:end], *more] if rows else []


@pytest.fixture
def machine(httpserver: HTTPServer) -> Machine:
    return Machine(httpserver)


def score(number: str) -> str:
    return f"<html><b class='score'>{number}</b></html>"


def readings(folder: Path) -> list[tuple[Any, float]]:
    settings = CollectSettings.model_validate({"url": PAGE, "css": ".score"})
    tree = Tree.at(folder / "mine" / collected_folder("score"), "raw/collected/score")
    found, problems = read_captures(tree, settings)
    assert problems == ()
    return [(each.when, each.value) for each in found]


def test_old_captures_become_readings_of_their_time(
    machine: Machine, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    packed = Response(
        gzip.compress(gzip.compress(score("61").encode())),
        headers={"Content-Encoding": "gzip"},
        content_type="text/html",
    )
    false = Response(score("60"), headers={"Content-Encoding": "gzip"}, content_type="text/html")
    machine.capture(1, score("58"), digest="A")
    machine.capture(2, score("58"), digest="A")
    machine.capture(3, score("58"), "-", digest="A")
    machine.capture(4, "moved", "302", digest="M")
    machine.capture(5, packed, digest="B")
    machine.capture(6, score("58"), digest="A")
    machine.capture(7, score("59"), "-", digest="C")
    machine.capture(8, "gone", "404", digest="G")
    machine.capture(9, false, digest="E")
    machine.limit = 4
    table = machine.table(css=".score")
    (found,) = collect({"score": table})
    assert (found.status, found.kind, found.new) == ("done", "wayback", 5)
    assert len(machine.asked) == 3
    assert set(machine.had) == {stamp(day) for day in (1, 5, 6, 7, 9)}
    assert all(wait >= 2 for wait in clock.slept)
    assert sum(clock.slept) >= 2.5 * (len(machine.asked) + len(machine.had) - 1)
    expected = [(1, 58), (5, 61), (6, 58), (7, 59), (9, 60)]
    assert readings(tmp_path) == [(moment(day), value) for day, value in expected]
    had = len(machine.had)
    machine.capture(20, score("62"), digest="F")
    (found,) = collect({"score": table})
    assert (found.new, len(machine.had)) == (1, had + 1)
    assert readings(tmp_path)[-1] == (moment(20), 62)


def test_a_page_and_its_past_stand_in_one_archive(
    machine: Machine, collect: Collect, tmp_path: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/me").respond_with_data(score("64"), content_type="text/html")
    machine.capture(1, score("58"))
    collect({"score": machine.table(css=".score")})
    (found,) = collect({"score": {"url": httpserver.url_for("/me"), "css": ".score"}})
    assert (found.kind, found.new) == ("page", 1)
    first, last = readings(tmp_path)
    assert first == (moment(1), 58)
    assert last[1] == 64
    assert last[0] >= START


def test_429_ends_it_at_once_and_the_next_run_goes_on(
    machine: Machine, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    machine.capture(1, score("58"))
    refused = Response(status=429, headers={"Retry-After": "5"})
    machine.capture(2, refused)
    machine.capture(3, score("60"))
    table = machine.table(css=".score")
    (found,) = collect({"score": table})
    assert (found.status, found.new) == ("stopped", 1)
    assert "it answers 429" in found.why
    assert machine.had == [stamp(3), stamp(2)]
    refused.status_code, refused.data = 200, score("59").encode()
    clock.time += dt.timedelta(minutes=1)
    (found,) = collect({"score": table})
    assert (found.status, found.new) == ("done", 2)
    assert [value for _, value in readings(tmp_path)] == [58, 59, 60]
    assert machine.had.count(stamp(3)) == 1


def test_a_budget_that_is_too_short_for_all(
    machine: Machine, collect: Collect, tmp_path: Path
) -> None:
    for day in range(1, 21):
        machine.capture(day, score(f"{day}"))
    table = machine.table(css=".score")
    new, runs, stopped = 0, 0, 0
    while runs < 10:
        (found,) = collect({"score": table}, budget=20)
        new, runs = new + found.new, runs + 1
        if found.status == "done":
            break
        stopped += 1
    assert (new, sorted(machine.had)) == (20, [stamp(day) for day in range(1, 21)])
    assert stopped >= 2


FEED = """<rss version="2.0"><channel><title>B</title><link>https://blog.example.org/</link>
<item><title>{0}</title><link>https://blog.example.org/{0}</link><guid>{0}</guid>
<pubDate>Wed, 0{0} Jun 2012 09:00:00 GMT</pubDate></item></channel></rss>"""


def test_old_feeds_become_posts_each_content_once(
    machine: Machine, collect: Collect, tmp_path: Path
) -> None:
    for day, number in ((6, 1), (7, 2), (8, 1)):
        machine.capture(day, FEED.format(number), digest=f"D{number}")
    machine.capture(9, Response(status=404), digest="X")
    url = f"https://web.archive.org/web/*/{PAGE}"
    (found,) = collect({"blog": machine.table(url)})
    assert (found.status, found.new) == ("done", 2)
    assert found.notes == ("1 of 3 captures could not be had, though they are listed",)
    assert sorted(seen[0].title for seen in posts(tmp_path, "blog").values()) == ["1", "2"]
    path = tmp_path / "mine" / collected_folder("blog")
    tree = Tree.at(path)
    feeds = [name for name in tree.names if tree.address(name) == PAGE]
    assert sorted(tree.seen_at(name) or START for name in feeds) == [moment(6), moment(7)]


def test_since_is_asked_of_the_index(machine: Machine, collect: Collect) -> None:
    machine.capture(1, score("58"))
    machine.capture(5, score("59"))
    (found,) = collect({"blog": machine.table(since=dt.date(2012, 6, 4))})
    assert (found.new, machine.asked[0].args["from"]) == (1, "20120604")


@pytest.mark.parametrize("limit", ["MAX_PAGES", "MOST_WAITING"])
def test_a_list_that_is_longer_than_a_run_goes_on_next_time(
    machine: Machine,
    collect: Collect,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
) -> None:
    monkeypatch.setattr(wayback, limit, 1)
    for day in range(1, 6):
        machine.capture(day, score(f"{day}"))
    machine.limit = 2
    table = {"score": machine.table(css=".score")}
    runs = [collect(table)[0] for _ in range(3)]
    said = "there are more captures; the next run goes on"
    assert [each.new for each in runs] == [2, 2, 1]
    assert [said in each.notes for each in runs] == [True, True, False]
    assert sorted(machine.had) == [stamp(day) for day in range(1, 6)]
    assert [value for _, value in readings(tmp_path)] == [1, 2, 3, 4, 5]


def test_a_page_that_was_never_captured(machine: Machine, collect: Collect) -> None:
    (found,) = collect({"score": machine.table(css=".score")})
    assert (found.status, found.new, found.notes, len(machine.asked)) == ("done", 0, (), 1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (HTML, "expected a list of captures as JSON, found a page of HTML"),
        ({"a": 1}, "expected a list of captures (a list), found an object"),
        ([["timestamp", "original"]], "expected a column digest; it is missing"),
        ([COLUMNS, ["1", "2"]], "expected 4 columns in every row"),
        ([COLUMNS, [1, 2, 3, 4]], "expected rows of text"),
        ([COLUMNS, [], ["same"]], "expected more captures, found the same key again"),
        (Response(status=403), "the host answers 403: not without a login, or not at all"),
    ],
)
def test_answers_that_are_none(
    httpserver: HTTPServer, collect: Collect, answer: Any, expected: str
) -> None:
    asked = serve(httpserver, "/cdx/search/cdx", lambda request: answer)
    table = {"url": PAGE, "kind": "wayback", "api": httpserver.url_for("/")}
    (found,) = collect({"blog": table})
    assert found.status == "failed"
    assert expected in str(found.problems[0])
    assert len(asked) <= 2


def test_rows_that_are_no_captures_are_left_alone(httpserver: HTTPServer, collect: Collect) -> None:
    rows = [
        ["now", PAGE, "200", "A"],
        [stamp(1), "javascript:alert(1)", "200", "B"],
        [stamp(1), "http://a b/", "200", "C"],
        ["2012", PAGE, "200", "D"],
    ]
    serve(httpserver, "/cdx/search/cdx", lambda request: [COLUMNS, *rows])
    table = {"url": PAGE, "kind": "wayback", "api": httpserver.url_for("/")}
    (found,) = collect({"blog": table})
    assert (found.status, found.requests) == ("done", 1)


@pytest.mark.parametrize(
    "address",
    [
        "https://blog.example.org/web/20120622060000/https://a.org/",
        "https://web.archive.org/web/20121399060000id_/https://a.org/",
        "https://web.archive.org/web/20120622060000id_/ftp://a.org/",
        "https://a.org/?/web/20120622060000id_/https://b.org/",
        "",
    ],
)
def test_other_addresses_are_their_own(address: str) -> None:
    assert original(address, START) == (address, START)


@pytest.mark.parametrize(
    ("channel", "table", "key"),
    [
        ("score", {"css": "b", "kind": "wayback"}, None),
        ("score", {"css": "b", "kind": "feed"}, "collect.score.kind"),
        ("a", {"kind": "wayback", "api": "http://127.0.0.1/"}, None),
        ("a", {"kind": "mastodon", "api": "http://127.0.0.1/"}, "collect.a.api"),
        ("a", {"api": "http://127.0.0.1/"}, "collect.a.api"),
        ("a", {"kind": "github", "refresh_days": 3}, "collect.a.refresh_days"),
        ("a", {"kind": "reddit", "refresh_days": 3}, None),
    ],
)
def test_keys_that_do_not_go_together(channel: str, table: dict[str, Any], key: str | None) -> None:
    settings = CollectSettings.model_validate({"url": PAGE, **table})
    assert [each for each, _ in cross_checks({channel: settings})] == ([key] if key else [])
