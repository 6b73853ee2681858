"""Run notebooks in child processes, and believe only what was proved.

A killed kernel leaves a notebook that says "completed", so a notebook counts as run only when
its worker says so in a result of its own. The old output stays until then.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis import disk
from analysis.errors import one_line
from analysis.report.environment import clean_environment, socket_folder
from analysis.report.tasks import CELL_TIMEOUT, RUN_TIMEOUT, Failure, Run, Task, prepare
from analysis.report.workers import Staff, Worker

START_TIMEOUT = 60
FORKS = sys.platform == "linux"
"""Elsewhere, libraries of the system itself may not survive a fork."""
_POLL_SECONDS = 0.02

Told = Callable[[int, Run], None]


def run_notebooks(
    tasks: Sequence[Task],
    *,
    jobs: int = 2,
    cell_timeout: float = CELL_TIMEOUT,
    run_timeout: float = RUN_TIMEOUT,
    on_done: Told | None = None,
    crew: Crew | None = None,
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
    crew : Crew, optional
        Who runs them; one of their own when not given.

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
    if not tasks:
        return []
    with crew or Crew() as own:
        staff = own.staff
        sockets = staff.scratch / "s"
        sockets.mkdir()
        for index, (notebook, _) in enumerate(prepared):
            _write_json(staff.scratch / f"in-{index}.ipynb", notebook)
        job = {
            "tasks": [entry for _, entry in prepared],
            "sockets": str(sockets),
            "cell_timeout": max(1, math.ceil(cell_timeout)),
            "start_timeout": START_TIMEOUT,
        }
        _write_json(staff.scratch / "job.json", job)
        pool = _Pool(staff, tasks, max(1, jobs), run_timeout, on_done or (lambda *_: None))
        try:
            return pool.run()
        finally:
            pool.stop()


class Crew:
    """Who computes results and runs notebooks, once: hired when first needed, gone with the block.

    Parameters
    ----------
    fork : bool, optional
        Whether kernels are forked with everything imported and the studies read, which shows the
        same in less time, or each is started; when not given, whatever the system allows.
    """

    def __init__(self, fork: bool | None = None) -> None:
        self.fork = FORKS if fork is None else fork
        self.stack = ExitStack()

    @cached_property
    def staff(self) -> Staff:
        """The processes, and the folder that they share."""
        scratch = self.stack.enter_context(socket_folder())
        staff = Staff(scratch, clean_environment(scratch), fork=self.fork)
        self.stack.callback(staff.close)
        return staff

    def __enter__(self) -> Crew:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process, and remove their folder."""
        self.stack.close()


def _write_json(path: Path, content: Any) -> None:
    disk.write(path, json.dumps(content), synced=False)


class _Pool:
    """The workers of one job, watched by this process."""

    def __init__(
        self, staff: Staff, tasks: Sequence[Task], jobs: int, run_timeout: float, on_done: Told
    ) -> None:
        self.staff = staff
        self.tasks = tasks
        self.jobs = jobs
        self.run_timeout = run_timeout
        self.on_done = on_done
        self.waiting = list(range(len(tasks)))
        self.workers: list[Worker] = []
        self.runs: dict[int, Run] = {}

    def run(self) -> list[Run]:
        """Run every task, and return what came of them in order."""
        while len(self.runs) < len(self.tasks):
            self._fill()
            time.sleep(_POLL_SECONDS)
            if why := self.staff.lost():
                self._lose(why)
            for worker in list(self.workers):
                self._watch(worker)
        return [self.runs[index] for index in range(len(self.tasks))]

    def stop(self) -> None:
        """End every process that this job started."""
        for worker in list(self.workers):
            self._end(worker)

    def _fill(self) -> None:
        """Start workers until each free place has one, as long as tasks are left."""
        while self.waiting and len(self.workers) < self.jobs:
            worker = self.staff.start(self.waiting[0])
            if worker is None:
                return
            self.waiting.pop(0)
            self.workers.append(worker)

    def _watch(self, worker: Worker) -> None:
        """Look at one worker: whether it has a result, has ended, or is late."""
        self.staff.watch(worker)
        index = worker.task
        result = self.staff.read(f"result-{index}.json")
        if result is not None:
            self._end(worker)
            self._take_in(index, result["failure"])
        elif worker.code is not None:
            self._end(worker)
            why = self.staff.last_words(worker.code, f"log-{index}")
            self._fail(index, "DeadWorker", why)
        elif time.monotonic() - worker.since > self.run_timeout:
            self._end(worker)
            late = f"the notebook ran longer than {self.run_timeout:g} seconds"
            self._fail(index, "RunTimeout", late)

    def _lose(self, why: str) -> None:
        """Go on after the nursery ended: what ran is lost, what waits may have a new one."""
        for worker in list(self.workers):
            self._watch(worker)
        for worker in list(self.workers):
            self._end(worker)
            self._fail(worker.task, "DeadWorker", why)
        if not self.staff.again():
            for index in self.waiting:
                self._done(index, None, "DeadWorker", why)
            self.waiting.clear()

    def _take_in(self, index: int, failure: Mapping[str, Any] | None) -> None:
        """Take in the result that a worker wrote."""
        task = self.tasks[index]
        if failure is not None:
            self._done(index, failure["cell"], failure["error"], failure["message"])
            return
        try:
            task.output.parent.mkdir(parents=True, exist_ok=True)
            executed = self.staff.scratch / f"out-{index}.ipynb"
            disk.write(task.output, executed.read_bytes(), synced=False)
        except OSError as error:
            self._done(index, None, type(error).__name__, str(error.strerror))
        else:
            self._done(index)

    def _fail(self, index: int, error: str, message: str) -> None:
        current = self.staff.read(f"current-{index}.json") or {}
        self._done(index, current.get("cell"), error, message)

    def _done(
        self, index: int, cell: int | None = None, error: str = "", message: str = ""
    ) -> None:
        task = self.tasks[index]
        name = task.notebook.stem
        why = Failure(name, cell, one_line(error, 60), _first_line(message)) if error else None
        self.runs[index] = Run(task, why)
        self.on_done(index, self.runs[index])

    def _end(self, worker: Worker) -> None:
        worker.kill()
        self.workers.remove(worker)


def _first_line(message: str) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return one_line(lines[0]) if lines else ""
