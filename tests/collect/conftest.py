"""What the tests of collecting share: a clock that only pretends, and a study with a server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from analysis.collect.archive import Archive, Capture
from analysis.collect.fetcher import Fetcher
from analysis.collect.hosts import Hosts
from analysis.collect.run import Outcome, Run
from analysis.collect.secrets import Secrets
from analysis.collect.settings import CollectSettings
from analysis.collect.state import State
from analysis.collect.transport import Transport

START = dt.datetime(2012, 6, 22, 6, 0, tzinfo=dt.UTC)


@dataclass
class FakeClock:
    """A clock that goes on only when somebody sleeps."""

    time: dt.datetime = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> dt.datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(round(seconds, 3))
        self.time += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@dataclass
class Channel:
    """A fetcher with all that it stands on."""

    folder: Path
    fetch: Fetcher
    archive: Archive
    state: State
    hosts: Hosts

    def captures(self) -> list[Capture]:
        return list(self.archive.captures())


Maker = Callable[..., Channel]


@pytest.fixture
def channel(tmp_path: Path, httpserver: HTTPServer, clock: FakeClock) -> Iterator[Maker]:
    """Give a maker of fetchers for the server on loopback."""
    open_things: list[Archive | Transport] = []

    def make(
        name: str = "blog",
        *,
        budget: float = 600,
        pace: float = 0,
        named: frozenset[tuple[str, int]] | None = None,
        environ: dict[str, str] | None = None,
        **limits: Any,
    ) -> Channel:
        where = frozenset({(httpserver.host, httpserver.port)}) if named is None else named
        secrets = Secrets(environ or {})
        folder = tmp_path / "raw" / "collected" / name
        state = State(folder, secrets.scrub)
        hosts = Hosts(clock, budget, frozenset(), pace)
        hosts.stops.update(state.stops)
        archive = Archive(folder, f"raw/collected/{name}", clock.now())
        transport = Transport(where, **limits)
        open_things.extend((archive, transport))
        fetch = Fetcher(
            name,
            transport=transport,
            hosts=hosts,
            clock=clock,
            secrets=secrets,
            archive=archive,
            state=state,
        )
        return Channel(folder, fetch, archive, state, hosts)

    yield make
    for each in open_things:
        each.close()


@pytest.fixture
def no_robots(httpserver: HTTPServer) -> None:
    """Let the server have no robots.txt."""
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)


Collect = Callable[..., list[Outcome]]


@pytest.fixture
def collect(tmp_path: Path, clock: FakeClock) -> Collect:
    """Return what collects into a study, with a clock that pretends."""

    def run(tables: dict[str, dict[str, Any]], **options: Any) -> list[Outcome]:
        settings = {name: CollectSettings.model_validate(each) for name, each in tables.items()}
        only = options.pop("only", ())
        options.setdefault("secrets", Secrets({}))
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        return Run(folder, settings, clock=clock, **options).all(only)

    return run
