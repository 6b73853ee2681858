"""Run notebooks in child processes, and believe only what was proved.

A killed kernel leaves a notebook that says "completed", so a notebook counts as run only when
its worker says so in a result of its own. The old output stays until then.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from analysis.errors import one_line
from analysis.report.environment import clean_environment, socket_folder
from analysis.report.tasks import Failure, Run, Task, prepare

CELL_TIMEOUT = 300.0
RUN_TIMEOUT = 900.0
START_TIMEOUT = 60
_POLL_SECONDS = 0.05
_LOOK_SECONDS = 0.5
_KILL_SECONDS = 5.0

Told = Callable[[int, Run], None]


def run_notebooks(
    tasks: Sequence[Task],
    *,
    jobs: int = 2,
    cell_timeout: float = CELL_TIMEOUT,
    run_timeout: float = RUN_TIMEOUT,
    on_done: Told | None = None,
) -> list[Run]:
    """Run notebooks, ``jobs`` at a time.

    Parameters
    ----------
    tasks : sequence of Task
        All parameters are checked before the first notebook starts.
    jobs : int
        How many run at the same time.
    cell_timeout : float
        Seconds that one cell may take; rounded up to whole ones.
    run_timeout : float
        Seconds that one notebook may take, its kernel's start included.
    on_done : callable, optional
        Told the index and the result of every task as it ends, in this process.

    Returns
    -------
    list of Run
        In the order of ``tasks``.

    Raises
    ------
    InputError
        A notebook is missing or broken, or a parameter is unknown or of the wrong type.
    """
    prepared = [prepare(task) for task in tasks]
    with _scratch() as scratch:
        for index, (notebook, _) in enumerate(prepared):
            _write_json(scratch / f"in-{index}.ipynb", notebook)
            (scratch / f"todo-{index}").touch()
        sockets = scratch / "s"
        sockets.mkdir()
        job = {
            "parent": os.getpid(),
            "tasks": [entry for _, entry in prepared],
            "sockets": str(sockets),
            "cell_timeout": max(1, math.ceil(cell_timeout)),
            "start_timeout": START_TIMEOUT,
        }
        _write_json(scratch / "job.json", job)
        pool = _Pool(scratch, tasks, max(1, jobs), run_timeout, on_done or (lambda *_: None))
        try:
            return pool.run()
        finally:
            pool.stop()


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder for one run, with a path short enough for sockets."""
    folder = Path(socket_folder())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


@dataclass
class _Worker:
    """A child process, and every process seen below it.

    psutil knows a process by its start time too, so a number that the system gave to another
    program since is never mistaken for ours.
    """

    number: int
    process: subprocess.Popen[bytes]
    handle: psutil.Process
    task: int | None = None
    since: float = 0.0
    family: set[psutil.Process] = field(default_factory=set)
    looked: float = 0.0

    def look(self) -> None:
        """Note the processes below it: a kernel outlives a worker that was killed."""
        try:
            self.family |= set(self.handle.children(recursive=True))
        except psutil.NoSuchProcess:
            return

    def kill(self) -> None:
        """End it with everything below it, and wait until they are gone."""
        self.look()
        for process in self.family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.kill()
        self.process.wait(_KILL_SECONDS)
        psutil.wait_procs(list(self.family), timeout=_KILL_SECONDS)


class _Pool:
    """The workers of one job, watched by this process."""

    def __init__(
        self, scratch: Path, tasks: Sequence[Task], jobs: int, run_timeout: float, on_done: Told
    ) -> None:
        self.scratch = scratch
        self.tasks = tasks
        self.jobs = jobs
        self.run_timeout = run_timeout
        self.on_done = on_done
        self.environment = clean_environment(scratch)
        self.workers: list[_Worker] = []
        self.started = 0
        self.runs: dict[int, Run] = {}

    def run(self) -> list[Run]:
        """Run every task, and return what came of them in order."""
        while len(self.runs) < len(self.tasks):
            self._staff()
            time.sleep(_POLL_SECONDS)
            for worker in list(self.workers):
                self._watch(worker)
        return [self.runs[index] for index in range(len(self.tasks))]

    def stop(self) -> None:
        """End every process that this job started."""
        for worker in list(self.workers):
            self._end(worker)

    def _staff(self) -> None:
        """Start workers until each free place has one, as long as tasks are left to take."""
        left = len(self._left())
        idle = sum(worker.task is None for worker in self.workers)
        while len(self.workers) < self.jobs and left > idle:
            self.workers.append(self._start())
            idle += 1

    def _start(self) -> _Worker:
        self.started += 1
        command = [sys.executable, "-m", "analysis.report.worker"]
        command += [str(self.scratch / "job.json"), str(self.started)]
        with (self.scratch / f"log-{self.started}").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.scratch,
                env=self.environment,
                start_new_session=os.name == "posix",
            )
        return _Worker(self.started, process, psutil.Process(process.pid))

    def _watch(self, worker: _Worker) -> None:
        """Look at one worker: what it does, whether it ended, whether it is late."""
        ended = worker.process.poll() is not None
        now = time.monotonic()
        if now - worker.looked > _LOOK_SECONDS:
            worker.looked = now
            worker.look()
        self._collect()
        claimed = self._claimed(worker)
        task = next((index for index in claimed if index not in self.runs), None)
        if task != worker.task:
            worker.task, worker.since = task, now
        if ended:
            self._end(worker)
            if task is not None:
                self._fail(task, worker, "DeadWorker", self._last_words(worker))
            elif not claimed:
                self._give_up(worker)
        elif task is not None and now - worker.since > self.run_timeout:
            self._end(worker)
            late = f"the notebook ran longer than {self.run_timeout:g} seconds"
            self._fail(task, worker, "RunTimeout", late)

    def _left(self) -> list[int]:
        return [int(path.name.split("-")[1]) for path in self.scratch.glob("todo-*")]

    def _claimed(self, worker: _Worker) -> list[int]:
        claims = self.scratch.glob(f"claim-*-{worker.number}")
        return [int(path.name.split("-")[1]) for path in claims]

    def _collect(self) -> None:
        """Take in the results that workers wrote."""
        for index, task in enumerate(self.tasks):
            result = None if index in self.runs else self._read(f"result-{index}.json")
            if result is None:
                continue
            failure = result["failure"]
            if failure is not None:
                self._done(index, failure["cell"], failure["error"], failure["message"])
                continue
            try:
                _publish(self.scratch / f"out-{index}.ipynb", task.output)
            except OSError as error:
                self._done(index, None, type(error).__name__, str(error.strerror))
            else:
                self._done(index)

    def _fail(self, index: int, worker: _Worker, error: str, message: str) -> None:
        current = self._read(f"current-{worker.number}.json") or {}
        cell = current.get("cell") if current.get("task") == index else None
        self._done(index, cell, error, message)

    def _give_up(self, worker: _Worker) -> None:
        """Fail what nobody took when a worker ends without taking any: it cannot start."""
        for index in sorted(self._left()):
            try:
                (self.scratch / f"todo-{index}").unlink()
            except FileNotFoundError:  # another worker took it just now
                continue
            self._done(index, None, "DeadWorker", self._last_words(worker))

    def _done(
        self, index: int, cell: int | None = None, error: str = "", message: str = ""
    ) -> None:
        task = self.tasks[index]
        name = task.notebook.stem
        why = Failure(name, cell, one_line(error, 60), _first_line(message)) if error else None
        self.runs[index] = Run(task, why)
        self.on_done(index, self.runs[index])

    def _end(self, worker: _Worker) -> None:
        worker.kill()
        self.workers.remove(worker)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] = json.loads((self.scratch / name).read_bytes())
        except FileNotFoundError:
            return None
        return content

    def _last_words(self, worker: _Worker) -> str:
        code = worker.process.returncode
        log = (self.scratch / f"log-{worker.number}").read_text("utf-8", "replace").split("\n")
        said = [line.strip() for line in log if line.strip()]
        return f"its process ended with code {code}" + (f": {said[-1]}" if said else "")


def _first_line(message: str) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return one_line(lines[0]) if lines else ""


def _publish(executed: Path, output: Path) -> None:
    """Put a finished notebook in place by a rename, so that nobody sees half of one."""
    output.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        shutil.copyfile(executed, temporary)
        temporary.chmod(0o644)
        temporary.replace(output)
    finally:
        temporary.unlink(missing_ok=True)
