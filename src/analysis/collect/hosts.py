"""How often a host may be asked, and when it said to wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import NoReturn

from analysis.collect.base import Clock, StoppedError
from analysis.collect.transport import Raw

PACE = 1.0
"""Seconds between two requests to a host, where it asks for no more."""

_FAR = dt.timedelta(days=3650)
_EPOCH_FROM = 1_000_000_000
_WORTH_TELLING = 5


def http_date(text: str) -> dt.datetime | None:
    """Return the instant of an HTTP date, or None where it is none."""
    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _later(now: dt.datetime, seconds: float) -> dt.datetime:
    """Return a moment after now, at most ten years."""
    return now + min(max(dt.timedelta(), dt.timedelta(seconds=min(seconds, 1e9))), _FAR)


def retry_after(raw: Raw, now: dt.datetime) -> dt.datetime | None:
    """Return until when a host asks to be left alone, by its ``Retry-After``.

    A date is corrected by what the host's own clock says (``Date``).
    """
    text = raw.header("retry-after").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return _later(now, float(text))
    when = http_date(text) if text else None
    return _on_our_clock(when, raw, now) if when else None


def _on_our_clock(when: dt.datetime, raw: Raw, now: dt.datetime) -> dt.datetime:
    theirs = http_date(raw.header("date")) or now
    return _later(now, (when - theirs).total_seconds())


def exhausted_until(raw: Raw, now: dt.datetime) -> dt.datetime | None:
    """Return when a host will answer again, where it says that no request is left.

    ``X-RateLimit-Reset`` is an ISO date (Mastodon), seconds since 1970 (GitHub) or seconds from
    now (Reddit); ``RateLimit-Reset`` (Bluesky) likewise.
    """
    for prefix in ("x-ratelimit-", "ratelimit-"):
        try:
            if float(raw.header(prefix + "remaining")) >= 1:
                continue
        except ValueError:
            continue
        text = raw.header(prefix + "reset").strip()
        try:
            seconds = float(text)
            if seconds < _EPOCH_FROM:
                return _later(now, seconds)
            when = dt.datetime.fromtimestamp(seconds, dt.UTC)
        except (ValueError, OverflowError, OSError):
            try:
                when = dt.datetime.fromisoformat(text)
            except ValueError:
                continue
            when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
        return _on_our_clock(when, raw, now)
    return None


class Hosts:
    """Every host of a run: its pace, its turn, and until when it must be left alone.

    Attributes
    ----------
    stops : dict
        Host to the moment before which it is not asked, in later runs either.
    """

    def __init__(
        self,
        clock: Clock,
        budget: float,
        free: frozenset[str] = frozenset(),
        pace: float = PACE,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.stops: dict[str, dt.datetime] = {}
        self._clock, self._free, self._own, self._tell = clock, free, pace, tell
        self._minutes = budget / 60
        self._ends = clock.monotonic() + budget
        self._turn: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._over: dict[str, StoppedError] = {}
        self._careful: dict[str, float] = {}

    @property
    def spent(self) -> bool:
        """Whether the time for this run is over."""
        return self._clock.monotonic() >= self._ends

    def pace(self, host: str, asked: float | None) -> None:
        """Set how many seconds a host wants between two requests, by its robots.txt."""
        if asked:
            self._asked[host] = asked

    def careful(self, host: str, seconds: float) -> None:
        """Ask a host no more often than this, and take its first refusal for the last."""
        self._careful[host] = seconds

    def is_careful(self, host: str) -> bool:
        """Whether a host's first refusal ends what it is asked in this run."""
        return host in self._careful

    def wait(self, host: str) -> None:
        """Wait for the host's turn.

        Raises
        ------
        StoppedError
            It said to wait longer than the run may take, or has stopped this run before.
        """
        if host in self._over:
            raise self._over[host]
        now = self._clock.monotonic()
        if now >= self._ends:
            budget = f"{self._minutes:g} minute" + ("" if self._minutes == 1 else "s")
            raise StoppedError(
                host, f"the time for this run is over ({budget}); run it again to go on"
            )
        until = self.stops.get(host)
        if until is not None:
            left = (until - self._clock.now()).total_seconds()
            if left > self._ends - now:
                self.stop(host, "it asks to be left alone", until)
            self._turn[host] = max(self._turn.get(host, now), now + left)
        turn = self._turn.get(host, now)
        if turn > self._ends:
            raise StoppedError(
                host, f"its next turn is in {turn - now:.0f} seconds, after this run"
            )
        if turn > now:
            if turn - now >= _WORTH_TELLING:
                self._tell(f"{host}: waiting {turn - now:.0f} seconds, as it asks")
            self._clock.sleep(turn - now)
        self.stops.pop(host, None)
        own = 0.0 if host in self._free else self._own
        slow = max(self._asked.get(host, 0.0), self._careful.get(host, 0.0))
        self._turn[host] = self._clock.monotonic() + max(own, slow)

    def hold(self, host: str, until: dt.datetime) -> None:
        """Leave a host alone until then; the next `wait` does, or stops."""
        self.stops[host] = max(until, self.stops.get(host, until))

    def pause(self, host: str, seconds: float) -> None:
        """Put off a host's next turn, after it failed."""
        self._turn[host] = max(self._turn.get(host, 0.0), self._clock.monotonic() + seconds)

    def stop(self, host: str, why: str, until: dt.datetime | None = None) -> NoReturn:
        """Ask this host nothing more in this run.

        Raises
        ------
        StoppedError
            Always.
        """
        if until is not None:
            self.stops[host] = until
        self._over[host] = StoppedError(host, why, until)
        raise self._over[host]
