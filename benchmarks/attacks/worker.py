"""A process that does the cases named on its input, a line of JSON for each."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fuzzing.watch import HangError, UnsoundError, Watch, forget_peak, limited, resident

from attacks import REFUSED, SURVIVED, Case, Kind, Lost, every_kind

LOST = "lost"
HANGS = 170
"""Seconds by the clock after which a case is broken off, on a machine that others use too."""

TOO_SLOW = 2
"""Times the seconds of the processor that a case may take, after which it is broken off."""


def main() -> None:
    """Do cases until there is no more input."""
    warnings.simplefilter("error")
    kinds = every_kind() | _planted()
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = os.environ["MPLCONFIGDIR"] = folder
        os.chdir(folder)
        watch = Watch(Path(folder).resolve())
        _tell({"seeds": {name: kind.what for name, kind in kinds.items()}})
        for line in sys.stdin:
            name = line.strip()
            _tell(done(kinds[name.partition(":")[0]], name, watch))
        watch.server.close()
        os.chdir("/")


def done(kind: Kind, name: str, watch: Watch) -> dict[str, Any]:
    """Return what came of a case: ``result``, ``said``, ``seconds``, ``bytes``."""
    folder = watch.scratch / "case"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    case = Case(name, int(name.rpartition(":")[2]), folder, watch, random.Random(name))
    forget_peak()
    before, begun = resident("VmRSS"), time.process_time()
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, _hung)
    signal.alarm(HANGS)
    signal.setitimer(signal.ITIMER_PROF, TOO_SLOW * kind.seconds)
    watch.is_on, watch.starts = kind.watched, kind.starts
    try:
        with limited(kind.room):
            result, said = _result(kind, case)
    finally:
        watch.is_on = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    seconds, size = time.process_time() - begun, max(0, resident("VmHWM") - before)
    if result != LOST and seconds > kind.seconds:
        result, said = LOST, f"took {seconds:.1f} s"
    if result != LOST and size > kind.room:
        result, said = LOST, f"took {size:,} bytes"
    os.chdir(watch.scratch)
    shutil.rmtree(folder, ignore_errors=True)
    about = {"name": name, "kind": kind.name, "result": result, "said": said}
    return {**about, "seconds": seconds, "bytes": size}


def _planted() -> dict[str, Kind]:
    """Return kinds that do what they must not, to see that it is noticed."""

    def lose(case: Case) -> str:
        raise Lost("came through")

    def hang(case: Case) -> str:
        signal.alarm(1)
        while True:
            pass

    def grow(case: Case) -> str:
        return SURVIVED if bytearray(2 * 1024**3) else REFUSED

    def write(case: Case) -> str:
        with contextlib.suppress(OSError):
            Path("/no such folder/x").touch()
        return SURVIVED

    def connect(case: Case) -> str:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        return SURVIVED

    def read(case: Case) -> str:
        return SURVIVED if case.watch.canary.read_text() else REFUSED

    def start(case: Case) -> str:
        subprocess.run([sys.executable, "-V"], check=True, capture_output=True)
        return SURVIVED

    def leave(case: Case) -> str:
        raise SystemExit(0)

    def die(case: Case) -> str:
        os._exit(3)

    def answer(case: Case) -> str:
        return "ok"

    every = (lose, hang, grow, write, connect, read, start, leave, die, answer)
    return {f"planted-{run.__name__}": _kind_of(run) for run in every}


def _kind_of(run: Callable[[Case], str]) -> Kind:
    return Kind(f"planted-{run.__name__}", "planted", run.__name__, run)


def _hung(*_: object) -> None:
    raise HangError


def _result(kind: Kind, case: Case) -> tuple[str, str]:
    try:
        result = kind.run(case)
        case.watch.check()
    except HangError:
        return LOST, f"did not end: {_where(sys.exc_info()[2])}"
    except (Exception, SystemExit) as error:  # noqa: BLE001
        case.watch.faults.clear()
        shown = "" if isinstance(error, UnsoundError) else _where(error.__traceback__)
        return LOST, f"{type(error).__name__}: {str(error)[:300]} {shown}".strip()
    if result not in (REFUSED, SURVIVED):
        return LOST, f"returned {result!r}"
    return result, ""


def _where(trace: Any) -> str:
    frames = [(Path(each.filename), each.lineno) for each in traceback.extract_tb(trace)]
    ours = [each for each in frames if {"analysis", "attacks"} & set(each[0].parts)]
    return " < ".join(f"{path.name}:{line}" for path, line in reversed(ours[-5:]))


def _tell(value: object) -> None:
    sys.__stdout__.write(json.dumps(value) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
