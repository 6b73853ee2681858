"""Kill runs at random moments, and hold the next run to one that nothing disturbed.

Each case starts ``needle collect`` (from servers on loopback), ``verdict`` or ``report``, and kills
it by SIGKILL: at any moment, or at one of its writes to the disk; its own process alone, or every
process below it too. At that moment each published file is whole: the old one or the new one. Then
it is run again, which has to succeed. What stands there afterwards has to be the same, byte by
byte, as after a run that nothing disturbed (of what was collected: the posts that are read from
it, and each record that was whole before), with no file, folder or process left over.

Run::

    python benchmarks/kills.py
    python benchmarks/kills.py --kills 30 --seed 7 --only report
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from killing import bases  # noqa: E402
from killing.bases import Files, digests  # noqa: E402

KILLS = 200
SEED = 20_120_622
PAGE = ROOT / "docs" / "kills.md"
LATE = 600.0
GONE = 30.0
"""Seconds after which what a killed run started has ended by itself."""


@dataclass(frozen=True)
class Way:
    """How to kill.

    Attributes
    ----------
    share : float
        When, as a share of how long a run takes; None: at a write.
    write : float
        At which write, as a share of all of them.
    whole : bool
        Every process below it, too.
    """

    share: float | None
    write: float
    whole: bool

    @property
    def when(self) -> str:
        """The moment, in words."""
        return "a write" if self.share is None else "any moment"


@dataclass
class Command:
    """What is run, from where, and what it leaves.

    Attributes
    ----------
    name : str
        Of the command.
    base : Path
        What each case begins with.
    arguments : tuple of str
        After ``needle``.
    left : callable
        Returns what a run leaves in a copy of ``base``: digests by name.
    whole : callable
        Returns what is wrong with what stands there at the moment of a kill; empty where nothing.
    """

    name: str
    base: Path
    arguments: tuple[str, ...]
    left: Callable[[Path], Files]
    whole: Callable[[Path], str] = lambda place: ""
    kept: Callable[[Path], dict[Path, bytes]] = lambda place: {}
    seconds: float = 0.0
    writes: int = 0
    expected: Files = field(default_factory=dict)
    said: str = ""


@dataclass
class Case:
    """One kill, and what came of it."""

    command: str
    number: int
    way: Way
    killed: bool = False
    wrong: str = ""


class Run:
    """One run, in a process of its own.

    Attributes
    ----------
    pid : int
        Of the process.
    said, errors : str
        What it printed, when it is over.
    """

    def __init__(self, zygote: subprocess.Popen[str], order: dict[str, object]) -> None:
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        self.answers, self.order = zygote.stdout, order
        zygote.stdin.write(json.dumps(order) + "\n")
        zygote.stdin.flush()
        self.pid = int(zygote.stdout.readline())
        self.said = self.errors = ""

    def over(self) -> bool:
        """Whether it has ended."""
        return bool(select.select([self.answers], [], [], 0.01)[0])

    def kill(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Return its exit code, when it is over; a run that takes too long is ended."""
        timer = threading.Timer(LATE, self.kill)
        timer.start()
        code = int(self.answers.readline())
        timer.cancel()
        self.said, self.errors = (
            Path(str(self.order[name])).read_text("utf-8", "replace") for name in ("said", "errors")
        )
        return code


class Runner:
    """Runs commands in copies of their bases, and kills them."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        variables = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "benchmarks")]),
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.zygote = subprocess.Popen(
            [sys.executable, "-m", "killing.zygote"],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Start no more runs."""
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.close()
        self.zygote.stdout.close()
        self.zygote.wait(GONE)

    def start(self, command: Command, place: Path, temporary: Path, **more: str) -> Run:
        """Start a command in a folder."""
        order: dict[str, object] = {
            "folder": str(place),
            "arguments": command.arguments,
            "variables": {
                "PYTHONPATH": str(ROOT / "src"),
                "TMPDIR": str(temporary),
                **more,
            },
            "said": f"{temporary}.said",
            "errors": f"{temporary}.errors",
        }
        for name in ("said", "errors"):
            Path(str(order[name])).write_bytes(b"")
        return Run(self.zygote, order)

    def undisturbed(self, command: Command) -> None:
        """Learn what an undisturbed run leaves, how long it takes and how often it writes."""
        place, temporary = self.places(command, "undisturbed")
        counted = self.scratch / f"{command.name}-count"
        begun = time.monotonic()
        run = self.start(command, place, temporary, KILL_COUNT=str(counted))
        if run.wait():
            raise SystemExit(f"needle {command.name} does not run here: {run.errors}")
        command.seconds = time.monotonic() - begun
        command.writes = int(counted.read_text())
        command.expected, command.said = command.left(place), run.said

    def places(self, command: Command, name: str) -> tuple[Path, Path]:
        """Return a copy of a command's base, and a folder for what is temporary."""
        place = self.scratch / "cases" / f"{command.name}-{name}"
        temporary = Path(tempfile.mkdtemp(prefix="kill", dir=self.scratch))
        shutil.copytree(command.base, place, symlinks=True)
        return place, temporary

    def case(self, command: Command, case: Case) -> Case:
        """Kill one run, and see what the next one makes of it."""
        place, temporary = self.places(command, str(case.number))
        below = self._kill(command, case, place, temporary)
        if not case.wrong and case.killed:
            case.wrong = command.whole(place)
        kept = command.kept(place)
        if not case.wrong:
            case.wrong = self._next(command, place, temporary, kept)
        late = time.monotonic() + GONE
        while (alive := [one for one in below if _runs(one)]) and time.monotonic() < late:
            time.sleep(0.05)
        if alive and not case.wrong:
            case.wrong = f"left over: {len(alive)} processes"
        for one in alive:
            one.kill()
        if not case.wrong:
            shutil.rmtree(place)
            shutil.rmtree(temporary)
        return case

    def _kill(
        self, command: Command, case: Case, place: Path, temporary: Path
    ) -> set[psutil.Process]:
        """Run until the moment has come; return every process that was seen below."""
        by_write = case.way.share is None
        more = {"KILL_AT": str(1 + int(case.way.write * command.writes))} if by_write else {}
        run = self.start(command, place, temporary, **more)
        handle, below = _process(run.pid), set[psutil.Process]()
        until = time.monotonic() + (LATE if by_write else command.seconds * (case.way.share or 0))
        while not run.over() and time.monotonic() < until:
            below |= _below(handle)
        below |= _below(handle)
        run.kill()
        if case.way.whole:
            for one in below:
                _end(one)
        code = run.wait()
        case.killed = code == -signal.SIGKILL
        if not case.killed and code:
            case.wrong = f"before the kill: exit code {code}"
        return below

    def _next(self, command: Command, place: Path, temporary: Path, kept: dict[Path, bytes]) -> str:
        """Run again, undisturbed; return what is wrong, empty where nothing is."""
        begun = time.monotonic()
        run = self.start(command, place, temporary)
        code = run.wait()
        command.seconds += 0.2 * (time.monotonic() - begun - command.seconds)
        if code:
            return f"the next run failed: {code}, {run.errors.strip().splitlines()[-1:]}"
        if "Traceback" in run.errors:
            return "the next run shows a traceback"
        if command.name == "verdict" and run.said != command.said:
            return "the next run says something else"
        left = command.left(place)
        if left != command.expected:
            names = sorted(
                name
                for name in left.keys() | command.expected.keys()
                if left.get(name) != command.expected.get(name)
            )
            return f"differs from an undisturbed run: {', '.join(names[:5])}"
        for path, data in kept.items():
            if not (path.exists() and path.read_bytes().startswith(data)):
                return f"lost of what was kept: {path.name}"
        rest = [path.name for path in temporary.iterdir()]
        return f"left over in the temporary folder: {rest[:3]}" if rest else ""


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _below(handle: psutil.Process | None) -> set[psutil.Process]:
    try:
        return set(handle.children(recursive=True)) if handle else set()
    except psutil.NoSuchProcess:
        return set()


def _end(one: psutil.Process) -> None:
    try:
        one.kill()
    except psutil.NoSuchProcess:
        return


def _runs(one: psutil.Process) -> bool:
    try:
        return bool(one.is_running() and one.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def ways(command: Command, count: int, seed: int) -> Iterator[Way]:
    """Yield how to kill, half of them at a write where there are any, all by the seed."""
    rng = random.Random(f"{command.name}:{seed}")
    for number in range(count):
        at_write = command.writes > 0 and number % 2 == 1
        share, write, whole = rng.random(), rng.random(), number // 2 % 2 == 1
        yield Way(None if at_write else share, write, whole)


def published(place: Path, old: Files, new: Files) -> str:
    """Return what of a report is neither the old nor the new; empty where all is one of them."""
    for name in ("index.html", "mine/index.html", "mine/results.json"):
        found = digests(place / "reports").get(name) if (place / "reports").exists() else None
        if found is None and name not in old:
            continue
        if found not in (old.get(name), new.get(name)):
            return f"neither old nor new at the kill: {name}"
    return ""


def commands(scratch: Path, address: str, only: Sequence[str]) -> list[Command]:
    """Return what is killed, with what a run that nothing disturbs leaves of each."""
    made = []
    if "collect" in only:
        base = bases.write_collecting(scratch / "collect", address)
        arguments = ("collect", "mine", "--budget", "5")
        made.append(Command("collect", base, arguments, bases.collected, kept=bases.kept))
    if "verdict" in only:
        base = bases.write_project(scratch / "verdict")
        made.append(Command("verdict", base, ("verdict", "data/mine", "--json"), digests))
    for name, write in (("report", bases.write_project), ("report again", bases.write_again)):
        if name in only:
            base = write(scratch / name.replace(" ", "-"))
            command = Command(name, base, ("report", "data/mine"), digests)
            old = digests(base / "reports") if (base / "reports").exists() else {}
            command.whole = lambda place, command=command, old=old: published(  # type: ignore[misc]
                place,
                old,
                {
                    each.removeprefix("reports/"): digest
                    for each, digest in command.expected.items()
                },
            )
            made.append(command)
    return made


SHARES = {"collect": 0.4, "verdict": 0.3, "report": 0.15, "report again": 0.15}
NAMES = tuple(SHARES)


def campaign(
    kills: int,
    seed: int,
    only: Sequence[str] = NAMES,
    workers: int = 1,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Case]:
    """Kill so many runs in all, and return what came of each."""
    with tempfile.TemporaryDirectory(prefix="kills-") as folder, bases.served() as address:
        runners = [Runner(Path(folder)) for _ in range(workers)]
        cases: list[Case] = []
        try:
            made = commands(Path(folder), address, only)
            for command in made:
                runners[0].undisturbed(command)
                tell(f"{command.name}: {command.seconds:.1f} s, {command.writes} writes")
                share = round(kills * SHARES[command.name] / sum(SHARES[each] for each in only))
                cases += _killed(command, max(1, share), seed, runners, tell)
        finally:
            for runner in runners:
                runner.close()
        return cases


def _killed(
    command: Command, share: int, seed: int, runners: list[Runner], tell: Callable[[str], None]
) -> list[Case]:
    """Kill one command until so many of its runs were killed."""
    cases: list[Case] = []
    numbered = enumerate(ways(command, 5 * share + len(runners), seed))
    with ThreadPoolExecutor(len(runners)) as pool:
        while sum(one.killed for one in cases) < share:
            batch = [
                Case(command.name, number, way) for number, way in islice(numbered, len(runners))
            ]
            jobs = [
                pool.submit(runner.case, command, case)
                for runner, case in zip(runners, batch, strict=False)
            ]
            for case in [job.result() for job in jobs]:
                cases.append(case)
                if case.wrong:
                    tell(f"{case.command}:{seed}:{case.number} ({case.way.when}): {case.wrong}")
    return cases


def table(cases: Sequence[Case]) -> list[str]:
    """Return the lines of the table: what was killed, how, and what was lost."""
    lines = [
        "| run | killed at | processes | kills | next run succeeded | lost, doubled or half |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    killed = [case for case in cases if case.killed]
    groups = sorted({(case.command, case.way.when, case.way.whole) for case in killed})
    for command, way, whole in groups:
        those = [
            case
            for case in killed
            if (case.command, case.way.when, case.way.whole) == (command, way, whole)
        ]
        who = "all" if whole else "its own"
        lines.append(f"| {command} | {way} | {who} | {_counts(those)} |")
    lines.append(f"| all | | | {_counts(killed)} |")
    return lines


def _counts(cases: Sequence[Case]) -> str:
    lost = sum(bool(case.wrong) for case in cases)
    failed = sum(case.wrong.startswith("the next run") for case in cases)
    return f"{len(cases)} | {len(cases) - failed} | {lost}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="write docs/kills.md, too")
    asked = parser.parse_args(arguments)
    begun = time.monotonic()
    cases = campaign(
        asked.kills,
        asked.seed,
        asked.only,
        asked.workers,
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    lines = table(cases)
    print("\n".join(lines))
    print(f"{len(cases)} runs, {time.monotonic() - begun:,.0f} s", file=sys.stderr)
    if asked.write:
        command = f"python benchmarks/kills.py --kills {asked.kills} --seed {asked.seed} --write"
        about = (__doc__ or "").split("\n\n")[1].replace("\n", " ").replace("``", "`")
        head = f"# Kills\n\nWritten by `{command}`.\n\n{about}\n\n"
        PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return int(any(case.wrong for case in cases))


if __name__ == "__main__":
    sys.exit(main())
