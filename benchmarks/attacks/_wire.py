"""What kinds that attack the client share: a server that says anything, and a look at the wire."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from analysis.collect.archive import Archive
from analysis.collect.fetcher import Fetcher
from analysis.collect.hosts import Hosts
from analysis.collect.secrets import Secrets
from analysis.collect.state import State
from analysis.collect.transport import Transport
from attacks import Case

GONE = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Say = Callable[[str], bytes]


class Clock:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = dt.datetime(2012, 6, 22, 6, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        """Return the time."""
        return self.time

    def monotonic(self) -> float:
        """Return it as seconds."""
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let it go on."""
        self.time += dt.timedelta(seconds=seconds)


class Server:
    """A server on loopback that says exactly what it is told, and keeps what it was asked."""

    def __init__(self, say: Say, drip: float = 0) -> None:
        self.say, self.drip = say, drip
        self.asked: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer, contextlib.suppress(OSError):
                peer.settimeout(5)
                request = peer.recv(65536)
                self.asked.append(request)
                path = request.split(b" ", 2)[1].decode("latin-1") if b" " in request else ""
                self._send(peer, GONE if path == "/robots.txt" else self.say(path))

    def _send(self, peer: socket.socket, says: bytes) -> None:
        step = 1 if self.drip else 65_536
        for start in range(0, len(says), step):
            peer.sendall(says[start : start + step])
            if self.drip and self._over.wait(self.drip):
                return

    def close(self) -> None:
        """End it."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@contextlib.contextmanager
def serving(say: Say, drip: float = 0) -> Iterator[Server]:
    """Give a server for a while."""
    server = Server(say, drip)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def fetcher(
    case: Case, *servers: Server, environ: Mapping[str, str] | None = None, **limits: Any
) -> Iterator[Fetcher]:
    """Give the client of a study that names these servers itself, and nobody else."""
    named = frozenset(("127.0.0.1", server.port) for server in servers)
    clock, secrets = Clock(), Secrets(environ or {})
    folder = case.folder / "raw" / "collected" / "blog"
    archive = Archive(folder, "raw/collected/blog", clock.now())
    transport = Transport(named, **limits)
    shared = {"transport": transport, "clock": clock, "secrets": secrets, "archive": archive}
    hosts = Hosts(clock, 3_600, frozenset(), 0)
    state = State(folder, secrets.scrub)
    try:
        yield Fetcher("blog", hosts=hosts, state=state, **shared)  # type: ignore[arg-type]
    finally:
        archive.close()
        transport.close()


@dataclass
class Wire:
    """What was looked up and where connections went; none of them leaves this process.

    Attributes
    ----------
    names : mapping of str to list of list of str
        What DNS answers, one time after the other, and the last one for ever.
    looked_up, connected : list of str
        Names, and addresses.
    """

    names: Mapping[str, list[list[str]]] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def look_up(self, host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        """Answer as DNS would; spellings of numbers as the system does."""
        times = self.looked_up.count(host)
        self.looked_up.append(host)
        if host in self.names:
            answers = self.names[host][min(times, len(self.names[host]) - 1)]
        else:
            flags = socket.AI_NUMERICHOST
            told = _LOOK_UP(host, port, type=socket.SOCK_STREAM, flags=flags)
            answers = [str(each[4][0]) for each in told]
        return [_told(answer, port) for answer in answers]


def _told(answer: str, port: int) -> tuple[Any, ...]:
    if ipaddress.ip_address(answer.split("%")[0]).version == 6:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (answer, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))


_LOOK_UP = socket.getaddrinfo


@contextlib.contextmanager
def wired(names: Mapping[str, list[list[str]]] | None = None) -> Iterator[Wire]:
    """Let names be looked up as told, and connections end where they would begin."""
    wire = Wire(names or {})

    class Peer(socket.socket):
        def connect(self, where: Any) -> None:
            wire.connected.append(str(where[0]))
            raise ConnectionRefusedError(111, "as far as a test goes")

    with (
        mock.patch.object(socket, "getaddrinfo", wire.look_up),
        mock.patch.object(socket, "socket", Peer),
    ):
        yield wire
