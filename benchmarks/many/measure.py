"""Run a command, watch it and all that it starts, and end it where it takes too much."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY = 0.05
"""Seconds between looks."""


@dataclass(frozen=True)
class Taken:
    """What a command took.

    Attributes
    ----------
    seconds, cpu : float
        On the clock, and of all cores together.
    peak : int
        Bytes of memory, all processes of its tree together.
    disk : int
        Bytes that the watched folder held at most.
    ended : str
        Empty where it came to its end; else why it did not.
    """

    seconds: float
    cpu: float
    peak: int
    disk: int
    ended: str


def watched(
    command: Sequence[str],
    log: Path,
    *,
    memory: float,
    cpu: float = float("inf"),
    folder: Path | None = None,
) -> Taken:
    """Run a command until it ends, or takes more memory or CPU seconds than it may.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    log : Path
        What it prints goes here.
    memory, cpu : float
        Bytes and seconds that it may take.
    folder : Path or None
        Whose size is watched.
    """
    start, peak, disk, used, ended = time.monotonic(), 0, 0, 0.0, ""
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, start_new_session=True)
        tree = psutil.Process(process.pid)
        looks = 0
        while True:
            found, status, usage = os.wait4(process.pid, os.WNOHANG)
            if found:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            held, spent = _tree(tree)
            peak, used = max(peak, held), max(used, spent)
            if folder is not None and looks % 20 == 0:
                disk = max(disk, size(folder))
            if peak > memory or used > cpu:
                ended = f"over {memory / 1e9:.0f} GB" if peak > memory else f"over {cpu:,.0f} s"
                _end(tree)
                memory = cpu = float("inf")
            looks += 1
            time.sleep(EVERY)
    if process.returncode and not ended:
        ended = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        ended = f"exit code {process.returncode}: {ended}"
    own = usage.ru_maxrss * 1024
    return Taken(
        time.monotonic() - start, usage.ru_utime + usage.ru_stime, max(peak, own), disk, ended
    )


def _tree(top: psutil.Process) -> tuple[int, float]:
    """Return the memory and the CPU seconds of a process and of all that it started."""
    memory, cpu = 0, 0.0
    with suppress(psutil.Error):
        for one in (top, *top.children(recursive=True)):
            with suppress(psutil.Error), one.oneshot():
                memory += one.memory_info().rss
                times = one.cpu_times()
                cpu += times.user + times.system
    return memory, cpu


def _end(top: psutil.Process) -> None:
    with suppress(psutil.Error):
        for one in (*top.children(recursive=True), top):
            with suppress(psutil.Error):
                one.kill()


def size(folder: Path) -> int:
    """Return the bytes of the files in a folder; none where it is not there."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                total += path.stat().st_size
    return total
