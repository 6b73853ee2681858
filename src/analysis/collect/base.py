"""What collectors are given and what they give."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any, Protocol

from analysis.errors import InputError, invalid, one_line

if TYPE_CHECKING:
    from analysis.collect.fetcher import Fetcher
    from analysis.collect.settings import CollectSettings
    from analysis.collect.state import State

MAX_PAGES = 500
"""How many pages of one list a run reads at most; the next run goes on from there."""


class Clock(Protocol):
    """The time, so that tests need not wait."""

    def now(self) -> dt.datetime:
        """Return the instant, aware and in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> dt.datetime:
        """Return the instant, aware and in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class StoppedError(Exception):
    """A host, or the run's budget, stopped a channel: not the user's mistake; exit code 1.

    What was collected before is kept, and the next run goes on from there.

    Attributes
    ----------
    host : str
        Who stopped it.
    until : datetime or None
        When it may go on, where the host says so.
    why : str
        What happened.
    """

    def __init__(self, host: str, why: str, until: dt.datetime | None = None) -> None:
        self.host, self.why, self.until = host, why, until
        later = f"; not before {until:%Y-%m-%d %H:%M:%S} UTC" if until else ""
        super().__init__(one_line(f"{host}: {why}{later}"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, after redirects; it stands in the archive already.

    Attributes
    ----------
    url : str
        The address that answered, secrets taken out.
    at : datetime
        When it answered (aware, UTC).
    status : int
        200 also where the host answered 304: then ``body`` is the one kept before.
    headers : Message
        Case-insensitive: ``answer.headers["link"]`` is None where there is none. As they came, so
        that links in them can be followed; what is written of them is without secrets.
    body : bytes
        Unpacked, and without the run's own tokens.
    unchanged : bool
        The body is the same as the last time this address was asked.
    """

    url: str
    at: dt.datetime
    status: int
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)
    unchanged: bool = False

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        """Return a header's value, empty where it was not sent."""
        return str(self.headers.get(name, ""))

    def json(self) -> Any:
        """Return the body as JSON.

        Raises
        ------
        InputError
            It is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise invalid(self.url, "", f"expected JSON: {error}") from None

    def expect(self, what: str) -> Answer:
        """Return the answer itself where it is ``ok``.

        Raises
        ------
        InputError
            It is not: the line says what was expected and which status came.
        """
        if not self.ok:
            raise invalid(self.url, "", f"expected {what}, the host answered {self.status}")
        return self


@dataclass(frozen=True, slots=True)
class CollectPlan:
    """What to collect for one channel.

    Attributes
    ----------
    channel : str
        The key of ``[collect.<channel>]``.
    settings : CollectSettings
        Its table: ``url``, ``kind``, ``since``, selectors.
    label : str
        How messages name the study's settings: ``mine/study.toml``.
    """

    channel: str
    settings: CollectSettings
    label: str

    @property
    def url(self) -> str:
        """The address that the study names."""
        return self.settings.url

    @property
    def since(self) -> dt.date | None:
        """The first day that is wanted; None is everything."""
        return self.settings.since

    def wrong(self, key: str, expected: str) -> InputError:
        """Return the error for one key of this channel's table."""
        return invalid(self.label, f"key collect.{self.channel}.{key}", expected)


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a collector: a page that has been kept.

    Attributes
    ----------
    text : str
        What was done, for a terminal: "posts, page 3 of 12".
    new : int
        How many records the page holds that were never seen before.
    note : str
        What the summary has to tell besides, one sentence; empty for nothing.
    """

    text: str
    new: int = 0
    note: str = ""


Collector = Callable[[CollectPlan, "Fetcher", "State"], Iterator[Progress]]
"""Fetches page by page and yields a `Progress` after each.

At each ``yield`` the state is saved, so set ``state.cursor`` to what comes next before it. Killed
between two of them, a run starts again from the last saved cursor: a page is fetched twice, never
left out. Raise `StoppedError` or `InputError` for nothing that `Fetcher` does not raise by itself
already, but for answers that are not what they should be.
"""
