"""One run of ``needle collect``: channel by channel, each with its archive and its state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from analysis import disk
from analysis.collect import COLLECTED, collected_folder, shortlinks
from analysis.collect.addresses import shown_host
from analysis.collect.archive import Archive
from analysis.collect.base import Clock, CollectPlan, Progress, StoppedError, SystemClock
from analysis.collect.discover import kind_of_site
from analysis.collect.fetcher import Fetcher, host_names
from analysis.collect.hosts import PACE, Hosts
from analysis.collect.registry import COLLECTORS
from analysis.collect.secrets import Secrets
from analysis.collect.settings import SCORE, CollectSettings
from analysis.collect.state import State
from analysis.collect.transport import MAX_BYTES, TOTAL_SECONDS, Transport
from analysis.errors import InputError, Problem, invalid
from analysis.files import within
from analysis.urls import LINKS

BUDGET = 600.0
Status = Literal["done", "stopped", "failed"]
Job = Callable[[Fetcher, State], tuple[str, Iterator[Progress]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one channel.

    Attributes
    ----------
    status : {"done", "stopped", "failed"}
        A host or the budget stopped it; or something is the user's to mend.
    kind : str
        Which collector; empty where that could not be found out.
    new, requests, unchanged : int
        Records never seen before; requests made; answers that had not changed.
    notes : tuple of str
        What the collector has to say.
    problems : tuple of Problem
        Of a channel that failed.
    why : str
        Of one that was stopped.
    """

    channel: str
    status: Status
    kind: str = ""
    new: int = 0
    requests: int = 0
    unchanged: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        """Return the line of the summary."""
        asked = f"{self.requests:,} request" + ("" if self.requests == 1 else "s")
        same = f", {self.unchanged:,} unchanged" if self.unchanged else ""
        what = f"{self.kind}: " if self.kind else ""
        said = "".join(f"; {note}" for note in self.notes)
        line = f"{self.channel}: {what}{self.new:,} new, {asked}{same}{said}"
        return f"{line}; stopped: {self.why}" if self.status == "stopped" else line


@dataclass(slots=True)
class Run:
    """What the channels of a run share, and its limits.

    Attributes
    ----------
    folder : Path
        The study's.
    collect : mapping
        Its ``[collect]`` tables.
    budget : float
        Seconds that the whole run may take.
    tell : callable
        Is told each step, for a terminal.
    warn : callable
        Is told what nobody should miss: that another run is waited for.
    links : sequence of str
        Links of posts; the short ones among them are asked for, after the channels.
    """

    folder: Path
    collect: Mapping[str, CollectSettings]
    budget: float = BUDGET
    tell: Callable[[str], None] = lambda line: None
    warn: Callable[[str], None] = lambda line: None
    clock: Clock = field(default_factory=SystemClock)
    secrets: Secrets = field(default_factory=Secrets)
    pace: float = PACE
    max_bytes: int = MAX_BYTES
    total_seconds: float = TOTAL_SECONDS
    links: Sequence[str] = ()

    def all(self, only: Iterable[str] = ()) -> list[Outcome]:
        """Collect every channel, or only some.

        Raises
        ------
        InputError
            There is nothing to collect, a channel is not in ``[collect]``, another run is at
            work, or the answers cannot be written.
        """
        label = f"{self.folder.name}/study.toml"
        if not self.collect and not self.links:
            expected = "expected a table [collect.<channel>] with a url; there is none"
            raise invalid(label, "", expected)
        wanted = list(dict.fromkeys(only)) or list(self.collect)
        for name in wanted:
            if name not in self.collect:
                known = ", ".join(self.collect)
                raise invalid(
                    label, "", f"expected one of its [collect] channels: {known}; found {name!r}"
                )
        place = f"{self.folder.name}/{COLLECTED}"
        for path in (*map(collected_folder, (*self.collect, shortlinks.FOLDER)), LINKS):
            within(self.folder, path, self.folder.name)
        try:
            return self._alone(place, wanted, label)
        except OSError as error:
            expected = f"expected a folder that can be written: {error.strerror}"
            raise invalid(place, "", expected) from None

    def _alone(self, place: str, wanted: list[str], label: str) -> list[Outcome]:
        """Collect when no other run does; waiting for one counts as time of this run."""
        folder = self.folder / COLLECTED
        folder.mkdir(parents=True, exist_ok=True)
        begun = self.clock.monotonic()
        with disk.locked(
            folder / f".collect{disk.LOCK}",
            place,
            wait=self.budget,
            tell=self.warn,
            sleep=self.clock.sleep,
            clock=self.clock.monotonic,
        ):
            for each in (self.folder, *folder.iterdir()):
                disk.sweep(each)
            left = max(0.0, self.budget - (self.clock.monotonic() - begun))
            return replace(self, budget=left)._collected(wanted, label)

    def _collected(self, wanted: list[str], label: str) -> list[Outcome]:
        addresses = [url for table in self.collect.values() for url in table.addresses]
        for url in addresses:
            self.secrets.hide_in(url)
        named = host_names(addresses)
        free = frozenset(shown_host(url) for url in addresses if _is_loopback(url))
        hosts = Hosts(self.clock, self.budget, free, self.pace, self.tell)
        transport = Transport(named, self.max_bytes, self.total_seconds)
        started = self.clock.now()
        states = {name: self._state(name) for name in (*self.collect, shortlinks.FOLDER)}
        for state in states.values():
            for host, until in state.stops_by(started).items():
                hosts.hold(host, until)
        try:
            jobs: dict[str, Job] = {
                name: partial(self._collector, CollectPlan(name, self.collect[name], label))
                for name in wanted
            }
            if self.links:
                jobs[shortlinks.FOLDER] = self._expander
            return [
                self._channel(name, job, states[name], hosts, transport, started)
                for name, job in jobs.items()
            ]
        finally:
            transport.close()

    def _collector(
        self, plan: CollectPlan, fetcher: Fetcher, state: State
    ) -> tuple[str, Iterator[Progress]]:
        """Return which collector does a channel, and its steps."""
        is_page = plan.channel == SCORE and plan.settings.kind is None
        kind = "page" if is_page else kind_of_site(plan, fetcher, state)
        if kind not in COLLECTORS:
            raise plan.wrong("kind", f"expected one of: {', '.join(COLLECTORS)}")
        return kind, COLLECTORS[kind](plan, fetcher, state)

    def _expander(self, fetcher: Fetcher, state: State) -> tuple[str, Iterator[Progress]]:
        table, label = self.folder / LINKS, f"{self.folder.name}/{LINKS}"
        return "short links", shortlinks.expand_links(self.links, table, label, fetcher)

    def _clean(self, problem: Problem) -> Problem:
        file, place = self.secrets.scrub(problem.file), self.secrets.scrub(problem.place)
        return Problem(problem.kind, file, place, self.secrets.scrub(problem.expected))

    def _state(self, name: str) -> State:
        return State(self.folder / collected_folder(name), self.secrets.scrub)

    def _channel(
        self,
        name: str,
        job: Job,
        state: State,
        hosts: Hosts,
        transport: Transport,
        started: dt.datetime,
    ) -> Outcome:
        """Collect one channel; whatever happens, its state is saved."""
        where = collected_folder(name)
        archive = Archive(self.folder / where, f"{self.folder.name}/{where}", started)
        fetcher = Fetcher(
            name,
            transport=transport,
            hosts=hosts,
            clock=self.clock,
            secrets=self.secrets,
            archive=archive,
            state=state,
        )
        kind, new, notes = "", 0, dict[str, None]()
        if state.damaged:
            notes["its state.json was damaged, and is made anew"] = None
        status: Status = "done"
        problems: tuple[Problem, ...] = ()
        why, is_whole = "", False
        try:
            state.whole = archive.mend(state.whole)
            is_whole = True
            kind, steps = job(fetcher, state)
            for step in steps:
                state.save()
                new += step.new
                if step.note:
                    notes[self.secrets.scrub(step.note)] = None
                self.tell(self.secrets.scrub(f"{name}: {step.text}"))
        except StoppedError as stop:
            status, why = "stopped", str(stop)
        except InputError as error:
            status, problems = "failed", tuple(map(self._clean, error.problems))
        finally:
            archive.close()
            state.stops, state.saved = dict(hosts.stops), self.clock.now()
            if is_whole and (archive.kept or state.whole):
                state.whole = archive.sizes()
                state.save()
        return Outcome(
            name,
            status,
            kind,
            new,
            fetcher.requests,
            fetcher.unchanged,
            tuple(notes),
            problems,
            why,
        )


def _is_loopback(url: str) -> bool:
    host = shown_host(url).rpartition(":")[0] or shown_host(url)
    return host in ("localhost", "[::1]") or host.startswith("127.")
