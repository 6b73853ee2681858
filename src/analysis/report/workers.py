"""The processes below a run: how they are started, watched and ended."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from analysis.errors import InputError, Problem
from analysis.report.computing import Computed, compute

Answer = Computed | tuple[Problem, ...] | str
"""What came of computing: all of it, or what is wrong with the study, or a fault of ours."""

LOOK_SECONDS = 0.5
READY = "ready.json"
_KILL_SECONDS = 5.0
_GO_SECONDS = 2.0
_POLL_SECONDS = 0.02


@dataclass
class Worker:
    """A process that runs one task, and every process seen below it.

    psutil knows a process by its start time too, so a number that the system gave to another
    program since is never mistaken for ours.

    Attributes
    ----------
    task : int
        Which one it runs.
    since : float
        When it was asked for, by the monotonic clock.
    process : Popen or None
        None for one that the nursery forks.
    handle : psutil.Process or None
        None until it is known.
    code : int or None
        How it ended; None while it runs.
    """

    task: int
    since: float
    process: subprocess.Popen[bytes] | None = None
    handle: psutil.Process | None = None
    code: int | None = None
    family: set[psutil.Process] = field(default_factory=set)
    looked: float = 0.0

    def look(self) -> None:
        """Note the processes below it: a kernel outlives a worker that was killed."""
        self.looked = time.monotonic()
        if self.handle is not None:
            try:
                self.family |= set(self.handle.children(recursive=True))
            except psutil.NoSuchProcess:
                return

    def kill(self) -> None:
        """End it with everything below it, and wait until they are gone."""
        self.look()
        everyone = [*self.family, *([self.handle] if self.handle is not None else [])]
        for process in everyone:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        if self.process is not None:
            self.process.kill()
            self.process.wait(_KILL_SECONDS)
        late = time.monotonic() + _KILL_SECONDS
        while any(map(_runs, everyone)) and time.monotonic() < late:
            time.sleep(_POLL_SECONDS)


def _runs(process: psutil.Process) -> bool:
    """Whether a process is more than an exit code that its parent has not asked for yet."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Staff:
    """Starts workers for the tasks of one job, each of its own, or forked from a nursery.

    Parameters
    ----------
    scratch : Path
        The job's folder, with ``job.json``.
    environment : mapping of str to str
        The variables of all processes.
    fork : bool
        Whether to fork them, where the imports allow it.
    """

    def __init__(self, scratch: Path, environment: Mapping[str, str], *, fork: bool) -> None:
        self.scratch = scratch
        self.environment = environment
        self.fork = fork
        self.nursery: subprocess.Popen[bytes] | None = None
        self.handle: psutil.Process | None = None
        self.started = 0
        self.asked = 0
        if fork:
            self._found()

    def start(self, task: int) -> Worker | None:
        """Return a new worker for a task; None while it is not known how to start one."""
        if self.nursery is None:
            log = self.scratch / f"log-{task}"
            process = self._process("worker", log, str(task))
            return Worker(task, time.monotonic(), process, psutil.Process(process.pid))
        ready = self.read(READY)
        if ready is None:
            return None
        if not ready["forks"]:
            self.close()
            return self.start(task)
        return Worker(task, time.monotonic()) if self._order({"run": task}) else None

    def compute(self, study: Path, *, skip_corrupt: bool) -> Computed:
        """Return what the page says of a study, computed where kernels are forked from.

        Raises
        ------
        InputError
            Something is wrong with its files.
        RuntimeError
            Something is wrong with us.
        """
        self.asked += 1
        order = {"study": str(study), "skip_corrupt": skip_corrupt, "number": self.asked}
        asked = self.nursery is not None and self._order(order)
        path = self.scratch / f"answer-{self.asked}.pickle"
        while asked and not path.exists():
            if why := self.lost():
                self.again()
                raise RuntimeError(f"computing the results: {why}")
            if (ready := self.read(READY)) is not None and not ready["forks"]:
                self.close()
                asked = False
            time.sleep(_POLL_SECONDS)
        if not asked:
            return compute(study, skip_corrupt=skip_corrupt)
        # A process of our own wrote it, into a folder that nobody else can write to.
        answer: Answer = pickle.loads(path.read_bytes())
        path.unlink()
        if isinstance(answer, Computed):
            return answer
        raise RuntimeError(answer) if isinstance(answer, str) else InputError(answer)

    def watch(self, worker: Worker) -> None:
        """Find out what became of a worker: which process it is, whether it ended."""
        if worker.process is not None:
            worker.code = worker.process.poll()
        elif worker.handle is None and (began := self.read(f"began-{worker.task}.json")):
            with suppress(psutil.NoSuchProcess):
                worker.handle = psutil.Process(began["pid"])
        if worker.process is None and (ended := self.read(f"ended-{worker.task}.json")):
            worker.code = ended["code"]
        if time.monotonic() - worker.looked > LOOK_SECONDS:
            worker.look()

    def lost(self) -> str:
        """Return why no worker can come from the nursery any more; empty as long as they can."""
        if self.nursery is None or self.nursery.poll() is None:
            return ""
        return self.last_words(self.nursery.returncode, f"log-nursery-{self.started}")

    def again(self) -> bool:
        """Found a new nursery in place of one that ended; False when it never got ready."""
        ready = self.scratch / READY
        if not ready.exists():
            return False
        ready.unlink()
        self.close()
        self._found()
        return True

    def close(self) -> None:
        """End the nursery, if there is one, and whatever it started that is not known yet."""
        if self.nursery is None:
            return
        assert self.nursery.stdin is not None
        with suppress(BrokenPipeError):
            self.nursery.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.nursery.wait(_GO_SECONDS)  # it ends its workers first
        Worker(-1, 0.0, self.nursery, self.handle).kill()
        self.nursery = None

    def last_words(self, code: int | None, log: str) -> str:
        """Return how a process ended, with the last line that it wrote."""
        path = self.scratch / log
        text = path.read_text("utf-8", "replace") if path.exists() else ""
        said = [line.strip() for line in text.split("\n") if line.strip()]
        return f"its process ended with code {code}" + (f": {said[-1]}" if said else "")

    def read(self, name: str) -> dict[str, Any] | None:
        """Return what a process wrote to a file of the job's folder; None where there is none."""
        try:
            content: dict[str, Any] = json.loads((self.scratch / name).read_bytes())
        except FileNotFoundError:
            return None
        return content

    def _order(self, order: Mapping[str, Any]) -> bool:
        """Tell the nursery what to do; False when it has ended."""
        assert self.nursery is not None
        assert self.nursery.stdin is not None
        try:
            self.nursery.stdin.write(json.dumps(order).encode() + b"\n")
            self.nursery.stdin.flush()
        except BrokenPipeError:
            return False
        return True

    def _found(self) -> None:
        self.started += 1
        log = self.scratch / f"log-nursery-{self.started}"
        self.nursery = self._process("nursery", log, stdin=subprocess.PIPE)
        self.handle = psutil.Process(self.nursery.pid)

    def _process(
        self, module: str, log: Path, *arguments: str, stdin: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"analysis.report.{module}"]
        with log.open("wb") as written:
            return subprocess.Popen(
                [*command, str(self.scratch / "job.json"), *arguments],
                stdin=stdin,
                stdout=written,
                stderr=written,
                cwd=self.scratch,
                env=dict(self.environment),
                start_new_session=os.name == "posix",
            )
