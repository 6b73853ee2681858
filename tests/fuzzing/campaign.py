"""Many cases, judged by processes that may die of them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

ROOT = Path(__file__).parents[2]
WAIT = 180.0
"""Seconds after which a worker that says nothing is ended."""


class Worker:
    """A process that judges cases, started again when it dies."""

    def __init__(self, *options: str, module: str = "tests.fuzzing.worker") -> None:
        self._options = options
        self._module = module
        self.about: dict[str, Any] = {}
        self._start()

    def _start(self) -> None:
        paths = (
            str(ROOT),
            str(ROOT / "src"),
            str(ROOT / "benchmarks"),
            os.environ.get("PYTHONPATH", ""),
        )
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module, *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )
        self.about = self._answer() or {}

    def _answer(self) -> dict[str, Any] | None:
        """Return the next line, or None where the process dies or says nothing."""
        assert self._process.stdout is not None
        timer = threading.Timer(WAIT, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        return json.loads(line) if line.endswith("\n") else None

    def judge(self, name: str) -> dict[str, Any]:
        """Return what came of a case."""
        assert self._process.stdin is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        found = self._answer()
        if found is not None:
            return found
        self.close()
        code = self._process.returncode
        result = "slow" if code == -9 else "traceback"
        format_ = self.about["seeds"][name.partition(":")[0]]
        self._start()
        said = f"the process ended with {code}"
        return {"name": name, "format": format_, "result": result, "said": said} | {
            "seconds": WAIT,
            "bytes": 0,
        }

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait(WAIT)


def names(cases: int, seed: int, seeds: Iterable[str]) -> list[str]:
    """Return the names of ``cases`` cases, as many of every seed."""
    known = list(seeds)
    return [f"{known[n % len(known)]}:{seed}:{n // len(known)}" for n in range(cases)]


def run(
    wanted: Iterable[str], workers: int, module: str = "tests.fuzzing.worker"
) -> Iterator[dict[str, Any]]:
    """Yield what came of each case, in no order."""
    todo: SimpleQueue[str] = SimpleQueue()
    done: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    for name in wanted:
        todo.put(name)

    def work() -> None:
        worker = Worker(module=module)
        try:
            while True:
                done.put(worker.judge(todo.get_nowait()))
        except Empty:
            pass
        finally:
            worker.close()
            done.put(None)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    left = workers
    while left:
        found = done.get()
        if found is None:
            left -= 1
        else:
            yield found
    for thread in threads:
        thread.join()
