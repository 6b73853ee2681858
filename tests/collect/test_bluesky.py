"""Bluesky: the feed, and the repository that it is held against."""

from __future__ import annotations

import datetime as dt
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.cli import main
from analysis.collect import newest
from analysis.files import Tree
from analysis.formats.registry import read_posts
from tests.collect import bluesky_servers
from tests.collect.conftest import Collect, FakeClock
from tests.collect.networks import HTML, posts, serve

START = dt.datetime(2025, 6, 22, 6, tzinfo=dt.UTC)
DID = "did:plc:" + "abcdefgh" * 3
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def key(when: dt.datetime) -> str:
    """Return the key of a record that was written then (a TID)."""
    number = int(when.timestamp() * 1_000_000) << 10
    return "".join(LETTERS[(number >> shift) & 31] for shift in range(60, -1, -5))


class Network:
    """Feed, directory and repository on one server; the feed hides what it is told to hide."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.times: list[tuple[dt.datetime, dt.datetime]] = []
        self.hidden: set[int] = set()
        self.likes: dict[int, int] = {}
        self.feed_ends_after = 10**9
        server.expect_request("/robots.txt").respond_with_data("", status=404)
        names = "/xrpc/com.atproto.identity.resolveHandle"
        self.resolved = serve(server, names, lambda request: {"did": DID})
        home = server.url_for("").rstrip("/")
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer"}
        document = {"id": DID, "service": [{**service, "serviceEndpoint": home}]}
        serve(server, f"/{DID}", lambda request: document)
        self.fed = serve(server, "/xrpc/app.bsky.feed.getAuthorFeed", self.feed)
        self.listed = serve(server, "/xrpc/com.atproto.repo.listRecords", self.records)

    @property
    def table(self) -> dict[str, Any]:
        url = self.server.url_for("/profile/me.test")
        return {"url": url, "kind": "bluesky", "api": self.server.url_for("")}

    def drop(self, path: str) -> None:
        """Let nothing answer there."""
        handlers = self.server.handlers
        handlers[:] = [each for each in handlers if path not in str(each.matcher.uri)]

    def write(self, stated: dt.datetime, written: dt.datetime | None = None) -> str:
        self.times.append((stated, written or stated))
        return self.uri(len(self.times) - 1)

    def uri(self, number: int) -> str:
        return f"at://{DID}/app.bsky.feed.post/{key(self.times[number][1])}"

    def value(self, number: int) -> dict[str, Any]:
        stated = self.times[number][0]
        text = f"number {number}"
        kind = "app.bsky.feed.post"
        return {"$type": kind, "text": text, "createdAt": f"{stated:%Y-%m-%dT%H:%M:%S.%f}Z"}

    def feed(self, request: Request) -> dict[str, Any]:
        assert request.args["actor"] == DID
        shown = [n for n in range(len(self.times)) if n not in self.hidden]
        shown.sort(key=lambda n: self.times[n][0], reverse=True)
        start = int(request.args.get("cursor", 0))
        end = start + int(request.args["limit"])
        items = [
            {
                "post": {
                    "uri": self.uri(n),
                    "cid": f"c{n}",
                    "author": {"did": DID, "handle": "me.test"},
                    "record": self.value(n),
                    "likeCount": self.likes.get(n, 0),
                    "replyCount": 0,
                    "repostCount": 0,
                    "indexedAt": self.value(n)["createdAt"],
                }
            }
            for n in shown[start:end]
        ]
        more = {"cursor": str(end)} if end < min(len(shown), self.feed_ends_after) else {}
        return {"feed": items, **more}

    def records(self, request: Request) -> dict[str, Any]:
        assert (request.args["repo"], request.args["collection"]) == (DID, "app.bsky.feed.post")
        order = sorted(range(len(self.times)), key=lambda n: self.times[n][1], reverse=True)
        below = request.args.get("cursor", "~")
        order = [n for n in order if key(self.times[n][1]) < below][: int(request.args["limit"])]
        records = [{"uri": self.uri(n), "cid": f"c{n}", "value": self.value(n)} for n in order]
        return {"records": records} | ({"cursor": key(self.times[order[-1]][1])} if order else {})


@pytest.fixture
def network(httpserver: HTTPServer, clock: FakeClock) -> Network:
    clock.time = START
    return Network(httpserver)


def test_the_repository_has_what_the_feed_loses(
    network: Network, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    for number in range(240):
        network.write(START - dt.timedelta(hours=12 * (240 - number)))
    twin = network.times[100][0]
    lost = network.write(twin, twin + dt.timedelta(microseconds=7))
    network.hidden = {240}
    (found,) = collect({"sky": network.table})
    assert (found.status, found.kind, found.new) == ("done", "bluesky", 241)
    assert found.notes == ("1 post(s) of the repository are not in the feed: they have no counts",)
    assert (len(network.fed), len(network.listed)) == (3, 4)
    kept = posts(tmp_path, "sky")
    assert len(kept) == 241
    assert [post.reactions for post in kept[lost]] == [None]
    assert kept[lost][0].text == "number 240"

    network.likes[239], network.likes[0] = 5, 5
    fresh = network.write(START)
    clock.time += dt.timedelta(days=1)
    (found,) = collect({"sky": network.table})
    assert (found.status, found.new) == ("done", 1)
    assert len(network.resolved) == 1
    kept = posts(tmp_path, "sky")
    assert len(kept) == 242
    counts = [post.reactions for post in kept[network.uri(239)] if post.reactions is not None]
    assert counts == [0, 5]
    old = [post.reactions for post in kept[network.uri(0)] if post.reactions is not None]
    assert old == [0]  # older than the days that are looked at again
    assert any(post.reactions == 0 for post in kept[fresh])
    assert found.notes == ("1 post(s) of the repository are not in the feed: they have no counts",)
    network.hidden = set()
    (found,) = collect({"sky": {**network.table, "refresh_days": 90}})
    assert found.notes == ()


def test_a_feed_that_ends_too_early(network: Network, collect: Collect, tmp_path: Path) -> None:
    for number in range(150):
        network.write(START - dt.timedelta(hours=150 - number))
    network.feed_ends_after = 50
    (found,) = collect({"sky": network.table})
    assert (found.new, len(posts(tmp_path, "sky"))) == (150, 150)
    assert found.notes == ("50 post(s) of the repository are not in the feed: they have no counts",)


def test_a_post_that_states_a_time_long_ago_is_found_in_the_repository(
    network: Network, collect: Collect, tmp_path: Path, clock: FakeClock
) -> None:
    for number in range(300):
        network.write(START - dt.timedelta(days=300 - number))
    collect({"sky": network.table})
    written = START + dt.timedelta(hours=3)
    backdated = network.write(START - dt.timedelta(days=3000), written)
    clock.time += dt.timedelta(days=1)
    (found,) = collect({"sky": network.table})
    assert found.new == 1
    assert backdated in posts(tmp_path, "sky")


def test_a_repost_stands_where_it_was_made(
    network: Network, collect: Collect, tmp_path: Path, httpserver: HTTPServer
) -> None:
    network.write(START - dt.timedelta(days=1))
    plain = network.feed
    reason = {
        "$type": "app.bsky.feed.defs#reasonRepost",
        "by": {"did": DID},
        "uri": f"at://{DID}/app.bsky.feed.repost/{key(START)}",
        "indexedAt": "2025-06-22T06:00:00Z",
    }

    def feed(request: Request) -> dict[str, Any]:
        (own,) = plain(request)["feed"]
        other = {"uri": "at://did:plc:x/app.bsky.feed.post/y", "record": {}, "author": {}}
        return {"feed": [{"post": other, "reason": reason}, own]}

    network.drop("getAuthorFeed")
    serve(httpserver, "/xrpc/app.bsky.feed.getAuthorFeed", feed)
    (found,) = collect({"sky": network.table})
    assert (found.status, found.new) == ("done", 2)
    kinds = sorted(seen[0].kind for seen in posts(tmp_path, "sky").values())
    assert kinds == ["post", "repost"]


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        ("getAuthorFeed", HTML, "expected a page of the account's feed as JSON, found a page of"),
        ("getAuthorFeed", {"feed": {}}, "key feed: expected a list; found an object"),
        ("getAuthorFeed", {"feed": [{"post": {}}]}, "key post.uri: expected text; it is missing"),
        ("getAuthorFeed", {"feed": [], "cursor": 5}, "key cursor: expected text"),
        ("getAuthorFeed", {"feed": [], "cursor": "x"}, "found the way back to others"),
        (
            "getAuthorFeed",
            Response('{"error":"InvalidRequest","message":"no\\nway"}', status=400),
            "the host says 'no\\nway'",
        ),
        ("listRecords", {}, "key records: expected a list; it has none"),
        ("resolveHandle", Response("{}", status=400), "expected an account of Bluesky, found no"),
        ("resolveHandle", {"did": "did:key:x"}, "whose identifier is did:plc:… or did:web:…"),
        (DID, {"service": []}, "expected the account's server (#atproto_pds)"),
        (DID, {}, "key service: expected a list; it has none"),
    ],
)
def test_answers_that_are_none(
    network: Network,
    httpserver: HTTPServer,
    collect: Collect,
    path: str,
    answer: Any,
    expected: str,
) -> None:
    network.write(START)
    network.drop(path)
    prefix = {"getAuthorFeed": "/xrpc/app.bsky.feed.", "listRecords": "/xrpc/com.atproto.repo."}
    usual = "/" if path == DID else "/xrpc/com.atproto.identity."
    serve(httpserver, prefix.get(path, usual) + path, lambda request: answer)
    (found,) = collect({"sky": network.table})
    assert found.status == "failed"
    (problem,) = found.problems
    assert expected in str(problem)
    assert found.new == (1 if path in ("listRecords", DID) else 0)


def test_pages_without_posts_have_an_end(
    network: Network, httpserver: HTTPServer, collect: Collect
) -> None:
    network.drop("getAuthorFeed")
    numbers = iter(range(10**6))
    asked = serve(
        httpserver,
        "/xrpc/app.bsky.feed.getAuthorFeed",
        lambda request: {"feed": [], "cursor": str(next(numbers))},
    )
    (found,) = collect({"sky": network.table})
    assert "found 4 empty pages, each with another after it" in str(found.problems[0])
    assert len(asked) == newest.MAX_EMPTY + 1


def test_an_account_whose_identity_is_a_web_site(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its document stands on that site, which may name services of other kinds first."""
    monkeypatch.setitem(globals(), "DID", f"did:web:localhost%3A{httpserver.port}")
    clock.time = START
    network = Network(httpserver)
    network.write(START - dt.timedelta(days=1))
    services = [
        {"id": "#bsky_notif", "serviceEndpoint": "http://10.0.0.1"},
        {"id": f"{DID}#atproto_pds", "serviceEndpoint": httpserver.url_for("/")},
    ]
    asked = serve(httpserver, "/.well-known/did.json", lambda request: {"service": services})
    (found,) = collect({"sky": network.table})
    assert (found.status, found.new, found.notes) == ("done", 1, ())
    assert len(asked) == 1


def test_a_server_at_a_private_address_is_not_asked(
    network: Network, httpserver: HTTPServer, collect: Collect
) -> None:
    network.drop(DID)
    service = {"id": "#atproto_pds", "serviceEndpoint": "http://127.0.0.1:9"}
    serve(httpserver, f"/{DID}", lambda request: {"service": [service]})
    (found,) = collect({"sky": network.table})
    assert found.status == "failed"
    assert "expected a public address, found a loopback one" in str(found.problems[0])


@pytest.fixture
def whole_network(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Run Bluesky's own servers; skip where nobody asks for them, or they cannot be had."""
    if "bluesky_network" not in request.config.getoption("markexpr"):
        pytest.skip("installs half a gigabyte, so only -m bluesky_network asks for it")
    with ExitStack() as stack:
        try:
            network = stack.enter_context(bluesky_servers.running())
        except bluesky_servers.NotInstalledError as error:
            pytest.skip(str(error))
        yield network


@pytest.mark.bluesky_network
def test_a_whole_network(whole_network: dict[str, Any], tmp_path: Path) -> None:
    """Bluesky's own servers: nothing is missing, and the repository's file tells the same."""
    told = whole_network
    study = tmp_path / "mine"
    study.mkdir()
    (study / "study.toml").write_text(
        'title = "T"\ntimezone = "UTC"\nfocal = "sky"\n[score]\npath = "raw/score.csv"\n'
        f'[collect.sky]\nkind = "bluesky"\nurl = "{told["api"]}/profile/{told["handle"]}"\n'
        f'api = "{told["api"]}"\n[collect.home]\nurl = "{told["home"]}"\n',
        encoding="utf-8",
    )
    result = CliRunner().invoke(main, ["collect", str(study), "--only", "sky"])
    print(result.output)
    assert (result.exit_code, result.stderr) == (0, "")
    kinds = {
        "post": {*told["posts"], *told["threads"]},  # who answers herself goes on with a post
        "reply": set(told["replies"]),
        "repost": set(told["reposts"]),
    }
    written = set[str]().union(*kinds.values())
    assert [len(uris) for uris in kinds.values()] == [115 + 3, 2, 4]
    assert told["gone"] not in written
    assert result.stdout.startswith(f"sky: bluesky: {len(written)} new, ")
    kept = posts(tmp_path, "sky")
    assert set(kept) == written
    for kind, uris in kinds.items():
        assert {uri for uri, seen in kept.items() if seen[0].kind == kind} == uris
    assert "; 1 post(s) of the repository are not in the feed" in result.stdout
    assert [post.reactions for post in kept[told["lost"]]] == [None]
    liked = {uri for uri, seen in kept.items() if any(post.reactions == 1 for post in seen)}
    assert liked == set(told["liked"])

    address = f"{told['home']}/xrpc/com.atproto.sync.getRepo?did={told['did']}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        (tmp_path / "repo.car").write_bytes(answer.read())
    (part,) = read_posts(Tree.at(tmp_path / "repo.car")).parts
    assert part.extract.problems == ()
    mine = {post.id: post for post in part.extract.posts}
    assert set(mine) == written
    assert len(part.extract.posts) == len(written)
    for uri, post in mine.items():
        for seen in kept[uri]:
            assert (post.when, post.kind) == (seen.when, seen.kind)
            assert post.kind == "repost" or post.text == seen.text  # which the file has not

    result = CliRunner().invoke(main, ["collect", str(study), "--only", "sky"])
    assert result.stdout.startswith("sky: bluesky: 0 new, ")
    assert set(posts(tmp_path, "sky")) == written
