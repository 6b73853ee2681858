"""One HTTP exchange: bounded in size and in time, to an address that may be asked."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, DecodeError, HTTPError, NewConnectionError

from analysis.collect.addresses import Guard, Origin, origin
from analysis.errors import invalid

MAX_BYTES = 64 * 1024**2
TOTAL_SECONDS = 120.0
CONNECT_SECONDS = 10.0
SILENT_SECONDS = 30.0
_CHUNK = 65_536


class UnfinishedError(Exception):
    """No whole answer came.

    Attributes
    ----------
    again : bool
        Whether asking again may help.
    """

    def __init__(self, why: str, again: bool = True) -> None:
        self.again = again
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came, its body unpacked."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """Return the last value of a header, empty where it was not sent."""
        return next((v for key, v in reversed(self.headers) if key.lower() == name), "")


class _Lines:
    """A stream that remembers the last line that was read from it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, *limit: int) -> bytes:
        self.last = self._stream.readline(*limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _WholeHeaders(http.client.HTTPResponse):
    """A response whose headers end with an empty line; http.client takes the stream's end too."""

    def begin(self) -> None:
        stream: Any = self.fp
        lines: Any = _Lines(stream)
        self.fp = lines
        super().begin()
        self.fp = stream
        if lines.last not in (b"\r\n", b"\n"):
            self.close()
            raise http.client.IncompleteRead(b"")


def _connections(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    """Return urllib3's pools with connections that the guard opens."""

    def opened(connection: HTTPConnection) -> socket.socket:
        try:
            timeout = connection.timeout if isinstance(connection.timeout, int | float) else None
            return guard.connect(
                connection.host, int(connection.port or 0), timeout, connection.socket_options
            )
        except TimeoutError:
            raise ConnectTimeoutError(connection, "no connection in time") from None
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(connection, str(error)) from None

    def answered(connection: Any, ask: Callable[[], Any]) -> Any:
        """Return the answer; one that urllib3 takes for none (two lengths) is closed here."""
        guard.live = connection.sock
        begun: list[_WholeHeaders] = []

        def response(*given: Any, **more: Any) -> _WholeHeaders:
            begun.append(_WholeHeaders(*given, **more))
            return begun[-1]

        connection.response_class = response
        try:
            return ask()
        except BaseException:
            for each in begun:
                each.close()
            raise

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return opened(self)

        def getresponse(self) -> Any:
            return answered(self, super().getresponse)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return opened(self)

        def getresponse(self) -> Any:
            return answered(self, super().getresponse)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Adapter(HTTPAdapter):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _connections(self._guard)


class Transport:
    """Asks for one address at a time; follows nothing, stores nothing, sends no cookie.

    Proxies, certificates and passwords from the environment (``HTTPS_PROXY``, ``.netrc``) play no
    part: behind a proxy, the address that answers could not be looked at.
    """

    def __init__(
        self,
        named: frozenset[Origin],
        max_bytes: int = MAX_BYTES,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.max_bytes, self.total_seconds = max_bytes, total_seconds
        self._named = named
        self._guards = {True: Guard(named), False: Guard(frozenset())}
        self._as_it_is: set[str] = set()
        self._sessions = {key: _session(guard) for key, guard in self._guards.items()}

    def is_named(self, where: Origin) -> bool:
        """Whether the study names this host and port itself."""
        return where in self._named

    def close(self) -> None:
        """Close what is open."""
        for session in self._sessions.values():
            session.close()

    def get(self, url: str, headers: Mapping[str, str], *, first: Origin) -> Raw:
        """Return the answer of one address.

        Parameters
        ----------
        url : str
            What to ask for.
        headers : mapping
            What to send.
        first : Origin
            Where the chain of redirects began: one that the study names may lead only to itself.

        Raises
        ------
        InputError
            The address may not be asked, or the answer is larger than is allowed.
        UnfinishedError
            No whole answer came.
        """
        here = origin(url)
        trusted = here in self._named and here == first
        guard, session = self._guards[trusted], self._sessions[trusted]
        with _bounded(guard, self.total_seconds) as expired:
            try:
                # Not by the session: that reads a redirect's address even where none is followed,
                # and leaves the connection open where it cannot be read.
                asked = session.prepare_request(requests.Request("GET", url, dict(headers)))
                response = session.get_adapter(url).send(
                    asked,
                    stream=True,
                    timeout=(
                        min(CONNECT_SECONDS, self.total_seconds),
                        min(SILENT_SECONDS, self.total_seconds),
                    ),
                )
                with response:
                    body = self._body(response, url)
            except DecodeError:
                self._as_it_is.add(url)
                raise UnfinishedError("its body is not packed as it says") from None
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                if expired.is_set():
                    seconds = f"{self.total_seconds:g} seconds"
                    raise UnfinishedError(
                        f"no whole answer within {seconds}", again=False
                    ) from None
                raise _unfinished(error) from None
        items = list(response.raw.headers.items())
        return Raw(response.status_code, str(response.reason or ""), items, body)

    def _body(self, response: requests.Response, url: str) -> bytes:
        """Return the body, unpacked; as it is where it could not be the last time."""
        parts, size, is_packed = [], 0, url not in self._as_it_is
        while chunk := response.raw.read(_CHUNK, decode_content=is_packed):
            size += len(chunk)
            if size > self.max_bytes:
                shown = url.split("?")[0]
                limit = f"{self.max_bytes:,} bytes"
                raise invalid(shown, "", f"expected an answer of at most {limit}, found more")
            parts.append(chunk)
        return b"".join(parts)


def _session(guard: Guard) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(guard))
    return session


@contextmanager
def _bounded(guard: Guard, seconds: float) -> Iterator[threading.Event]:
    """Shut the live connection when the time is over: a drip resets every other timeout."""
    expired = threading.Event()

    def cut() -> None:
        expired.set()
        live = guard.live
        if live is not None:
            with suppress(OSError, ValueError):
                live.shutdown(socket.SHUT_RDWR)

    guard.live = None
    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()


def _unfinished(error: Exception) -> UnfinishedError:
    """Return what went wrong in plain words: errors of libraries quote the whole address."""
    if isinstance(error, requests.exceptions.SSLError):
        return UnfinishedError("its certificate cannot be trusted, or TLS failed", again=False)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return UnfinishedError("no connection in time")
    if isinstance(error, requests.exceptions.ReadTimeout | TimeoutError):
        return UnfinishedError("it fell silent")
    if isinstance(error, requests.ConnectionError) and "NewConnectionError" in repr(error):
        return UnfinishedError("no connection")
    if isinstance(error, requests.exceptions.InvalidHeader | UnicodeError):
        return UnfinishedError("its answer is not HTTP", again=False)
    return UnfinishedError(f"the answer broke off ({type(error).__name__})")
