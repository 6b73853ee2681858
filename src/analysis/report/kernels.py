"""Kernels that begin with everything imported: forked, instead of started anew.

A process that will run one notebook first forks a kernel in waiting, while it has no sockets and
no threads. When papermill asks for a kernel, that one wakes up, takes the command line, variables
and folder that a started one would have been given, and becomes it. What a notebook can see in it
is the same; a test compares every output of every notebook.
"""

from __future__ import annotations

import atexit
import builtins
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

TASKS = Path("/proc/self/task")
"""On Linux, a folder a thread of this process."""

LAUNCHER = "ipykernel_launcher"
"""The module that the kernel's command runs; any other command is started, not forked."""

_POLL_SECONDS = 0.02
_PACKAGES = ("analysis.figures", "analysis.evidence", "analysis.calibration")
_APP = "ipykernel.kernelapp"
"""Imported once more in the kernel: it looks at the variables while it is imported."""
_MODULES = (_APP, "ipykernel.ipkernel", "ipykernel.zmqshell", "analysis.workbench")


def preload() -> bool:
    """Import what the notebooks import; return whether that was silent.

    What an import says, a started kernel would say in the notebook. What cannot be imported is
    left to the notebook, which then fails in the cell that needs it.
    """
    # Libraries ask while they are imported whether this is a kernel, and what its stdout takes:
    # pandas, for its widths and its encoding.
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    try:
        with Listening() as heard, _kernels_stdout():
            for name in (*_MODULES, *_below(_PACKAGES)):
                with suppress(Exception):
                    importlib.import_module(name)
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]
    return not heard.anything


def _below(packages: Iterable[str]) -> Iterable[str]:
    for package in packages:
        with suppress(Exception):
            folders = importlib.import_module(package).__path__
            yield from (f"{package}.{found.name}" for found in pkgutil.iter_modules(folders))


@contextmanager
def _kernels_stdout() -> Iterator[None]:
    own = sys.stdout
    with open(os.dup(1), "w", encoding="UTF-8") as sys.stdout:  # noqa: PTH123 - no path
        yield
    sys.stdout = own


class Listening:
    """Whether anything is written to stderr inside the block; it is written there afterwards."""

    anything = False

    def __enter__(self) -> Listening:
        """Begin."""
        sys.stderr.flush()
        self.kept = os.dup(2)
        self.heard = tempfile.TemporaryFile()
        os.dup2(self.heard.fileno(), 2)
        return self

    def __exit__(self, *_: object) -> None:
        """Say what was said."""
        sys.stderr.flush()
        os.dup2(self.kept, 2)
        os.close(self.kept)
        with self.heard:
            self.heard.seek(0)
            said = self.heard.read()
        self.anything = bool(said)
        sys.stderr.write(said.decode("utf-8", "replace"))
        sys.stderr.flush()


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text().strip()
    except OSError:  # it has ended meanwhile
        return ""


def threads() -> int:
    """Return how many threads this process has, those of libraries too where that is told.

    jemalloc's own is left out: it minds forks by itself, and pandas brings it where pyarrow is.
    """
    if TASKS.is_dir():
        return sum(_name(task) != "jemalloc_bg_thd" for task in TASKS.iterdir())
    return threading.active_count()


class WaitingKernel:
    """A forked process that becomes a kernel when it is told to, or ends with its parent.

    Once told, it stands where the kernel manager expects a :class:`subprocess.Popen`.

    Attributes
    ----------
    pid : int
        Of the process.
    returncode : int or None
        As of a Popen.
    """

    stdin = stdout = stderr = None

    def __init__(self, strangers: Iterable[str]) -> None:
        """Fork.

        Parameters
        ----------
        strangers : iterable of str
            Modules that are imported here but would not be in a kernel that was started.
        """
        self.returncode: int | None = None
        reading, self._order = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._order)
            _wait_and_become(reading, tuple(strangers))
        os.close(reading)

    def become(self, command: list[str], env: dict[str, str], cwd: str | None) -> None:
        """Give the kernel in waiting what a new process would have been started with."""
        order = {"argv": command, "env": env, "cwd": cwd or str(Path.cwd())}
        with os.fdopen(self._order, "wb") as pipe:
            pipe.write(json.dumps(order).encode())

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self.returncode = 0
            else:
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit code."""
        late = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if late is not None and time.monotonic() > late:
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def _wait_and_become(reading: int, strangers: tuple[str, ...]) -> None:
    """Read an order and be the kernel that it asks for; never returns."""
    code = 1
    try:
        with os.fdopen(reading, "rb") as pipe:
            text = pipe.read()
        code = _become(json.loads(text), strangers) if text else 0
    except BaseException:  # noqa: BLE001 - nothing of the parent's may run on in here
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _become(order: dict[str, Any], strangers: tuple[str, ...]) -> int:
    os.setsid()
    nothing, closed = os.pipe()
    os.close(closed)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    launcher = importlib.import_module("importlib.util").find_spec(LAUNCHER)
    command = order["argv"]
    sys.argv = [launcher.origin, *command[command.index(LAUNCHER) + 1 :]]
    for name in (*strangers, _APP):
        sys.modules.pop(name, None)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # else every kernel would draw the same numbers
    kernelapp = importlib.import_module(_APP)
    try:
        kernelapp.launch_new_instance()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        atexit._run_exitfuncs()
    return 0
