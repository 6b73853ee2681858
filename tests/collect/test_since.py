"""``since``: what every kind of site leaves alone because it is older than the study wants."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.collect import test_bluesky
from tests.collect.conftest import START, Collect, FakeClock
from tests.collect.networks import posts, serve
from tests.collect.test_collect import KEY, ghost, rss
from tests.collect.test_command import Command, command  # noqa: F401 - a fixture
from tests.collect.test_github import Events
from tests.collect.test_mastodon import account
from tests.collect.test_reddit import Listing


def days_before(days: float, now: dt.datetime = START) -> dt.date:
    return (now - dt.timedelta(days=days)).date()


def test_mastodon_stops_at_the_first_page_that_goes_past_it(
    httpserver: HTTPServer, collect: Collect
) -> None:
    account(httpserver)

    def answer(request: Request) -> list[dict[str, Any]]:
        newest = int(request.args.get("max_id", 501)) - 1
        numbers = range(newest, max(newest - 40, 0), -1)
        times = {number: START - dt.timedelta(days=500 - number) for number in numbers}
        return [{"id": f"{n}", "created_at": f"{when:%FT%TZ}"} for n, when in times.items()]

    asked = serve(httpserver, "/api/v1/accounts/7/statuses", answer)
    table = {"url": httpserver.url_for("/@me")}
    (found,) = collect({"toots": {**table, "since": days_before(100)}})
    assert (found.status, found.new, len(asked)) == ("done", 120, 3)
    (found,) = collect({"toots": {**table, "since": days_before(100)}})
    assert (found.new, len(asked)) == (0, 4)
    (found,) = collect({"toots": {**table, "since": days_before(200)}})  # more is wanted now
    assert (found.new, len(asked)) == (120, 10)


@pytest.mark.usefixtures("no_robots")
def test_reddit_stops_and_is_not_misled_by_a_pinned_post(
    httpserver: HTTPServer, collect: Collect
) -> None:
    listing = Listing(httpserver)
    listing.count = 2000

    def answer(request: Request) -> dict[str, Any]:
        whole = Listing.answer(listing, request)
        if "after" not in request.args:
            first = listing.child(1)
            first["data"]["pinned"] = True
            whole["data"]["children"].insert(0, first)
        return whole

    httpserver.clear_all_handlers()
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    asked = serve(httpserver, "/user/me/submitted.json", answer)
    (found,) = collect({"reddit": {**listing.table, "since": days_before(10)}})
    assert (found.status, found.new, len(asked), found.notes) == ("done", 301, 3, ())


def test_github_stops(httpserver: HTTPServer, collect: Collect) -> None:
    events = Events(httpserver)
    events.numbers = list(range(700, 1000))
    (found,) = collect({"code": {**events.table, "since": days_before(5)}})
    assert (found.status, found.new, len(events.asked), found.notes) == ("done", 200, 2, ())


def test_a_gap_on_github_before_since_is_none(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock
) -> None:
    said = "all events that it gives out are new, so older ones may be missing: ask more often"
    for wanted, notes in ((4, (said,)), (-5, ())):
        httpserver.clear_all_handlers()
        events = Events(httpserver)
        table = {f"code {wanted}": {**events.table, "since": days_before(wanted)}}
        events.numbers = list(range(990, 1000))
        collect(table)
        events.numbers = list(range(1000, 1300))
        clock.time += dt.timedelta(days=12)
        (found,) = collect(table)
        assert (found.new, found.notes) == (300, notes)


def test_bluesky_stops_in_feed_and_repository(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    clock.time = now = test_bluesky.START
    network = test_bluesky.Network(httpserver)
    for number in range(700):
        network.write(now - dt.timedelta(days=700 - number))
    lost = network.write(now - dt.timedelta(days=90, minutes=5))
    network.hidden = {700, 50}
    table = {**network.table, "since": days_before(150, now)}
    (found,) = collect({"sky": table})
    assert (found.status, len(network.fed), len(network.listed)) == ("done", 2, 2)
    assert found.notes == ("1 post(s) of the repository are not in the feed: they have no counts",)
    kept = posts(tmp_path, "sky")
    assert lost in kept
    assert {network.uri(number) for number in range(550, 700)} <= kept.keys()
    assert len(kept) < 300


def test_older_records_of_the_repository_are_not_missed_in_the_feed(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock
) -> None:
    """The last page of the one goes further down than that of the other: no post is lost."""
    clock.time = now = test_bluesky.START
    network = test_bluesky.Network(httpserver)
    for number in range(350):
        network.write(now - dt.timedelta(days=350 - number))
    for number in range(60):  # shown in the feed by their stated times, of long ago
        network.write(now - dt.timedelta(days=2000 + number), now - dt.timedelta(minutes=number))
    (found,) = collect({"sky": {**network.table, "since": days_before(120, now)}})
    assert (len(network.fed), len(network.listed)) == (2, 2)
    assert found.notes == ()


@pytest.mark.usefixtures("no_robots")
def test_ghost_is_asked_for_less(httpserver: HTTPServer, collect: Collect) -> None:
    ghost(httpserver, 3)
    table = {"blog": {"url": httpserver.url_for("/"), "since": dt.date(2012, 6, 2)}}
    (found,) = collect(table)
    assert (found.status, found.new) == ("done", 3)
    published = "published_at:>='2012-06-01 00:00:00'"
    assert KEY in httpserver.log[-1][0].args["key"]
    assert httpserver.log[-1][0].args["filter"] == published
    collect(table)
    assert httpserver.log[-1][0].args["filter"] == f"updated_at:>='2012-06-03'+{published}"


@pytest.mark.usefixtures("no_robots")
@pytest.mark.parametrize("dated", [True, False])
def test_older_pages_of_a_feed_are_left_alone(
    httpserver: HTTPServer, collect: Collect, dated: bool
) -> None:
    def answer(request: Request) -> Response:
        number = int(request.args.get("paged", 1))
        if number > 6:
            return Response(status=404)
        when = START - dt.timedelta(days=10 * number)
        date = f"<pubDate>{when:%a, %d %b %Y %T +0000}</pubDate>" if dated else ""
        text = rss(f"{number}a", f"{number}b", generator="https://wordpress.org/?v=6.1")
        return Response(text.replace("</item>", f"{date}</item>"), content_type="text/xml")

    httpserver.expect_request("/feed").respond_with_handler(answer)
    table = {"url": httpserver.url_for("/feed"), "kind": "feed", "since": days_before(25)}
    (found,) = collect({"blog": table})
    assert (found.status, found.new) == ("done", 6 if dated else 12)


@pytest.mark.usefixtures("no_robots")
def test_older_pages_of_a_json_feed_are_left_alone(
    httpserver: HTTPServer, collect: Collect
) -> None:
    version = "https://jsonfeed.org/version/1.1"

    def answer(request: Request) -> Response:
        number = int(request.args.get("p", 1))
        when = START - dt.timedelta(days=10 * number)
        item = {"id": f"{number}", "date_published": when.isoformat()}
        feed = {"version": version, "items": [item], "next_url": f"/feed.json?p={number + 1}"}
        return Response(json.dumps(feed), content_type="application/feed+json")

    httpserver.expect_request("/feed.json").respond_with_handler(answer)
    table = {"url": httpserver.url_for("/feed.json"), "kind": "feed", "since": days_before(25)}
    (found,) = collect({"blog": table})
    assert (found.status, found.new) == ("done", 3)


@pytest.mark.parametrize(
    "table",
    [
        '[collect.score]\nurl = "http://x/"\ncss = "b"\nsince = 2011-01-01\n',
        '[collect.score]\nurl = "http://x/"\ncss = "b"\nkind = "page"\nsince = 2011-01-01\n',
        '[collect.blog]\nurl = "http://x/"\nkind = "page"\nsince = 2011-01-01\n',
    ],
)
def test_a_page_has_no_past_to_begin_in(command: Command, table: str) -> None:  # noqa: F811
    result = command(table)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert ".since: expected no such key: a page tells today's number" in line
