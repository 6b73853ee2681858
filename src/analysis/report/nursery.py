"""The process that imports once and forks a worker for every notebook.

``python -m analysis.report.nursery JOB.json``: each line that it reads is the number of a task;
for each it forks a worker, which first forks a kernel in waiting. It writes who was started
(``began-INDEX.json``) and how each ended (``ended-INDEX.json``), and goes, with all that it
started, when what it reads from is closed: its parent has ended. Where it had better not fork, it
says so (``ready.json``), and the parent starts workers one by one.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

from analysis.report.kernels import WaitingKernel, preload, threads
from analysis.report.worker import import_papermill, main, write_json

READY = "ready.json"
_POLL_SECONDS = 0.02


def serve(job_file: str) -> None:
    """Fork workers for the tasks that are asked for, until there is nobody to ask.

    Parameters
    ----------
    job_file : str
        What :mod:`analysis.report.runner` wrote; all other files stand beside it.
    """
    os.chdir(Path(job_file).parent)
    silent = preload()
    own = set(sys.modules)
    import_papermill()
    strangers = tuple(set(sys.modules) - own)
    gc.freeze()  # so that collecting garbage in a fork does not copy every page
    # A fork does not take threads along, nor the locks that they may hold.
    write_json(READY, {"forks": silent and threads() == 1})
    running: dict[int, int] = {}
    asked = b""
    while True:
        if select.select([0], [], [], _POLL_SECONDS if running else None)[0]:
            read = os.read(0, 65536)
            if not read:
                break
            *lines, asked = (asked + read).split(b"\n")
            for line in lines:
                index = int(line)
                pid = _worker(job_file, index, strangers)
                running[pid] = index
                write_json(f"began-{index}.json", {"pid": pid})
        _reap(running)
    for pid in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _reap(running: dict[int, int]) -> None:
    """Tell of the workers that ended."""
    for pid in list(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            write_json(f"ended-{running.pop(pid)}.json", {"code": code})


def _worker(job_file: str, index: int, strangers: tuple[str, ...]) -> int:
    """Fork a worker, and return its process id; in the worker, this never returns."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        with Path(f"log-{index}").open("wb") as log, Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        kernel = WaitingKernel(strangers)
        from analysis.report.provisioner import offer

        offer(kernel)
        warnings.simplefilter("ignore")
        main(job_file, index)
        code = 0
    except BaseException:  # noqa: BLE001 - told in the log; the nursery's loop is not the worker's
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
