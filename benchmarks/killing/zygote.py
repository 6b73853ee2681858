"""Runs ``needle`` again and again without importing it each time: ``python -m killing.zygote``.

Reads an order in JSON a line (folder, arguments, variables, where to write what is said), forks,
prints the child's number, and prints its status when it is over. The child is a whole run of
its own, to be killed at any moment. With ``KILL_AT`` it kills itself at that one of its writes,
with ``KILL_COUNT`` it writes there how many they were.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import analysis.collect.run
import analysis.report.build
import analysis.report.runner
import analysis.report.sections
import analysis.settings
import analysis.workbench  # noqa: F401 - imported here, once
from analysis.cli import main

_MOVES = frozenset(("os.rename", "os.remove", "os.mkdir", "os.rmdir"))


def count_writes(at: int, told: str) -> None:
    """Count every write of this process to the disk from here on; end at one of them."""
    count = 0

    def hook(event: str, given: tuple[Any, ...]) -> None:
        nonlocal count
        opened = (
            event == "open"
            and isinstance(given[2], int)
            and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        if not (opened or event in _MOVES) or given[0] in (os.devnull, told):
            return
        if isinstance(given[0], str | bytes | os.PathLike):
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    if told:
        atexit.register(lambda: Path(told).write_text(str(count)))


def run(order: dict[str, Any]) -> NoReturn:
    """Be the run that an order asks for."""
    os.setsid()
    os.chdir(order["folder"])
    os.environ.update(order["variables"])
    tempfile.tempdir = None
    for number, name in ((0, os.devnull), (1, order["said"]), (2, order["errors"])):
        handle = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    at, told = int(os.environ.get("KILL_AT", "0")), os.environ.get("KILL_COUNT", "")
    if at or told:
        count_writes(at, told)
    code = 0
    try:
        main(order["arguments"], standalone_mode=False)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        import traceback

        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    """Carry out orders until there are no more."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
