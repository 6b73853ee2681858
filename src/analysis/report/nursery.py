"""The process that imports once, reads each study once, and forks a worker for every notebook.

``python -m analysis.report.nursery JOB.json``: each line that it reads is an order in JSON. To
compute a study's results (``study``, ``skip_corrupt``, ``number``) it reads the study, keeps it
for the kernels, and writes ``answer-NUMBER.pickle``. To run a task (``run``) it forks a worker,
which first forks a kernel in waiting; it writes who was started (``began-INDEX.json``) and how
each ended (``ended-INDEX.json``). It goes, with all that it started, when what it reads from is
closed: its parent has ended. Where it had better not fork, it says so (``ready.json``), and the
parent does without it.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import select
import signal
import sys
import traceback
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from analysis import disk
from analysis.errors import InputError
from analysis.report.computing import compute
from analysis.report.kernels import Listening, WaitingKernel, preload, threads
from analysis.report.worker import import_papermill, main, write_json
from analysis.report.workers import READY, Answer

_POLL_SECONDS = 0.02


def serve(job_file: str) -> None:
    """Do what is asked for, until there is nobody to ask.

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
            for order in map(json.loads, lines):
                if "study" in order:
                    _compute(order)
                    continue
                index = order["run"]
                pid = _worker(job_file, index, strangers)
                running[pid] = index
                write_json(f"began-{index}.json", {"pid": pid})
        _reap(running)
    for pid in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _compute(order: dict[str, Any]) -> None:
    """Compute a study's results, and keep the study for kernels where that was silent.

    What a computation says, a kernel that computes it anew says in the notebook.
    """
    answer: Answer
    with Listening() as heard:
        try:
            answer = compute(Path(order["study"]), skip_corrupt=order["skip_corrupt"], share=True)
        except InputError as error:
            answer = error.problems
        except Exception as error:  # noqa: BLE001 - told by the parent, for this study alone
            answer = f"{type(error).__name__}: {error}"
    if heard.anything:
        import_module("analysis.workbench").unshare()
    gc.freeze()
    disk.write(Path(f"answer-{order['number']}.pickle"), pickle.dumps(answer), synced=False)


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
