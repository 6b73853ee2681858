"""What a case may not do: write or ask elsewhere, take too long or too much memory."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BYTES = 1024**3
SECRET = "canary-7f3a"
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.symlink", "os.link")


class UnsoundError(Exception):
    """What was read cannot be used, or the reader did what it must not."""


class HangError(BaseException):
    """The reader did not come to an end."""


class Watch:
    """A place to work in; notes what is written elsewhere and every connection."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.faults: list[str] = []
        self.is_on = False
        self.starts: tuple[str, ...] = ()
        self.canary = scratch / "canary.txt"
        self.canary.write_text(SECRET)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.port = self.server.getsockname()[1]
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event == "subprocess.Popen" and args[0] in self.starts:
            return
        is_asked = event in ("socket.connect", "socket.getaddrinfo", "socket.sendto")
        if is_asked or event in ("os.system", "subprocess.Popen"):
            self.faults.append(f"{event} {args[0]}")
        if event == "open" and args[0] == str(self.canary):
            self.faults.append("open the canary")
        is_written = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if is_written or event in _CHANGES:
            self._written(event, args[0])

    def _written(self, event: str, path: Any) -> None:
        if isinstance(path, int):
            return
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
        if not full.startswith((str(self.scratch), os.devnull)):
            self.faults.append(f"{event} {full}")

    def check(self) -> None:
        """Raise for what the last case did that it must not."""
        with contextlib.suppress(BlockingIOError):
            self.server.accept()
            self.faults.append("a connection to loopback")
        faults, self.faults = self.faults, []
        if faults:
            raise UnsoundError(f"did {faults[0]}")


@contextlib.contextmanager
def limited(most: int = BYTES) -> Iterator[None]:
    """Let this process take little more than it has, where the system can."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        yield
        return
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    size = pages * resource.getpagesize() + most + most // 8
    resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def resident(key: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
