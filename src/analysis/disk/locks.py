"""One run at a time at one place: the others wait, and are told for whom."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.disk.marks import is_at, open_or_create, try_to_hold
from analysis.errors import invalid, one_line

WAIT = 3600.0
"""Seconds that a run waits for another one, at most."""

_POLL_SECONDS = 0.1

Tell = Callable[[str], None]


@contextmanager
def locked(
    path: Path,
    label: str,
    *,
    wait: float = WAIT,
    tell: Tell | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[bool]:
    """Hold a place for one run. A process that died, however it died, holds nothing.

    The lock is the system's (flock), on a file that says who holds it and goes with the run. It
    works between machines only as far as their shared file system keeps such locks; where there
    are none at all, that is told, and the run goes on; so it does on Windows, untold.

    Parameters
    ----------
    path : Path
        The lock's file; its folder exists.
    label : str
        How messages name what is held.
    wait : float
        Seconds to wait for another run.
    tell : callable, optional
        Told a line when it has to wait.
    sleep, clock : callable
        Of the time.

    Yields
    ------
    bool
        Whether it had to wait: what was known before may be old.

    Raises
    ------
    InputError
        Another run held it for all that time.
    OSError
        The file cannot be made.
    """
    if os.name != "posix":  # two runs at once are the user's to avoid
        yield False
        return
    say = tell or (lambda line: None)
    handle, waited = _hold(path, label, wait, say, sleep, clock)
    try:
        yield waited
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _hold(
    path: Path,
    label: str,
    wait: float,
    say: Tell,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> tuple[int, bool]:
    until, told = clock() + wait, False
    while True:
        handle = open_or_create(path)
        held = try_to_hold(handle)
        if held is None:
            say(f"{label}: this file system has no locks; let no other run write to it")
            return handle, told
        if held and is_at(handle, path):
            _sign(handle)
            return handle, told
        if not held:
            who = _holder(handle)
            if clock() >= until:
                os.close(handle)
                raise invalid(label, "", f"expected one run at a time; {who} is at work there")
            if not told:
                say(f"{label}: waiting for {who}")
                told = True
        os.close(handle)
        if not held:
            sleep(_POLL_SECONDS)


def _sign(handle: int) -> None:
    """Write into a lock who holds it."""
    about = {"process": os.getpid(), "machine": platform.node()}
    os.ftruncate(handle, 0)
    os.write(handle, json.dumps(about).encode())


def _holder(handle: int) -> str:
    """Return who holds a lock, as it says itself."""
    try:
        about = json.loads(os.pread(handle, 1000, 0))
        process, machine = int(about["process"]), str(about["machine"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return "another run"
    elsewhere = f" on {one_line(machine, 60)}" if machine != platform.node() else ""
    return f"another run (process {process}{elsewhere})"
