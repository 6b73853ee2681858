"""When a tweet was posted: what it states, and what its id tells."""

from __future__ import annotations

import datetime as dt
import re

from analysis.formats.base import Quality, When
from analysis.formats.text import parse_iso, parse_rfc822

_CLASSIC = re.compile(
    r"[A-Za-z]{3} (?P<month>[A-Za-z]{3}) (?P<day>[0-9]{1,2}) (?P<clock>[0-9:]{8}) "
    r"(?P<zone>[+-][0-9]{4}) (?P<year>[0-9]{4})"
)
_ID = re.compile(r"[0-9]{1,19}")
_MINUTES = {
    f"{hour:02}:{minute:02}:": (hour, minute, hour * 3600 + minute * 60)
    for hour in range(24)
    for minute in range(60)
}
_SECONDS = {f"{second:02}": second for second in range(60)}

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
FIRST_SNOWFLAKE = 3 * 10**14
APART = 60
"""Seconds by which the stated time and the id's may differ and still be the same."""

_FIRST_YEAR, _LAST_YEAR = 2006, 2100
_CLOCK_KNOWN_FROM = dt.datetime(2010, 11, 5, tzinfo=dt.UTC)
_CLOCK_KNOWN_SECOND = int(_CLOCK_KNOWN_FROM.timestamp())
_END = dt.datetime(_LAST_YEAR + 1, 1, 1, tzinfo=dt.UTC)
_EPOCH = dt.date(1970, 1, 1).toordinal()
_MOST_DAYS = 50_000


def id_number(identifier: str) -> int | None:
    """Return an id as a number, or None where it is none."""
    return int(identifier) if _ID.fullmatch(identifier) else None


def snowflake_time(identifier: str) -> dt.datetime | None:
    """Return when an id was given out (UTC), or None for ids from before November 2010.

    Ids since then are "snowflakes": their upper bits are milliseconds.
    """
    number = id_number(identifier)
    if number is None or not FIRST_SNOWFLAKE <= number < 2**63:
        return None
    milliseconds = (number >> 22) + SNOWFLAKE_EPOCH_MS
    return dt.datetime.fromtimestamp(milliseconds // 1000, dt.UTC)


def parse_created_at(text: str) -> When | None:
    """Return the time that a tweet states, in UTC, or None when it is none.

    ``Tue May 08 01:30:00 +0000 2012`` and ``2012-05-08 01:30:00 +0000`` are both in use.
    """
    classic = _CLASSIC.fullmatch(text.strip())
    try:
        if classic:
            parts = classic.group("day", "month", "year", "clock", "zone")
            when = parse_rfc822(" ".join(parts))
        else:
            when = parse_iso(text)
        if not isinstance(when, dt.datetime):
            return when
        if when.tzinfo is None:
            when = when.replace(tzinfo=dt.UTC)
        return when.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


class Times:
    """The times of an archive's tweets, and how well each is known.

    Ids are given out by the server in the moment of posting; what is stated has passed through
    the code of an export, which has written years before Twitter was founded. Where both are
    possible and say different times, the id's is taken and called disputed.

    Parameters
    ----------
    exported_at : datetime or None
        When the archive was made: nothing in it is from a day later.
    """

    def __init__(self, exported_at: dt.datetime | None = None) -> None:
        self._latest = _a_day_after(exported_at) if exported_at else _END
        self._latest_second = int(self._latest.timestamp())
        self._days: dict[str, tuple[int, int, int, int]] = {}

    def of(self, stated: str, identifier: str) -> tuple[When | None, Quality]:
        """Return when a tweet was posted; None where neither its time nor its id can tell."""
        day = self._days.get(stated[:11] + stated[19:])
        minute = _MINUTES.get(stated[11:17])
        second = _SECONDS.get(stated[17:19])
        if day is None or minute is None or second is None:
            return self._weighed(stated, identifier)
        number = 0
        if len(identifier) < 20 and identifier.isascii() and identifier.isdigit():
            number = int(identifier)
        moment = day[3] + minute[2] + second
        if number >= FIRST_SNOWFLAKE:
            told = ((number >> 22) + SNOWFLAKE_EPOCH_MS) // 1000
            if not -APART <= told - moment <= APART:
                return self._weighed(stated, identifier)
        elif not _CLOCK_KNOWN_SECOND <= moment <= self._latest_second:
            return self._weighed(stated, identifier)
        return (
            dt.datetime(day[0], day[1], day[2], minute[0], minute[1], second, 0, dt.UTC),
            "exact",
        )

    def _weighed(self, stated: str, identifier: str) -> tuple[When | None, Quality]:
        when = self._possible(self._parsed(stated))
        from_id = snowflake_time(identifier)
        told = from_id if self._possible(from_id) else None
        if when is None:
            return told, "derived"
        day = _only_day(when)
        if told is None:
            return (when, "exact") if day is None else (day, "day")
        if day is not None:
            return told, "derived" if told.date() == day else "disputed"
        if isinstance(when, dt.datetime) and abs(told - when) <= dt.timedelta(seconds=APART):
            return when, "exact"
        return told, "disputed"

    def _possible(self, when: When | None) -> When | None:
        """Return a time at which someone can have tweeted, or None for any other."""
        if when is None or not _FIRST_YEAR <= when.year <= _LAST_YEAR:
            return None
        if isinstance(when, dt.datetime):
            return when if when <= self._latest else None
        return when if when <= self._latest.date() else None

    def _parsed(self, stated: str) -> When | None:
        """Parse a time, and remember its day where the clock is as it says: in UTC."""
        when = parse_created_at(stated)
        if not isinstance(when, dt.datetime) or when.microsecond:
            return when
        known = _FIRST_YEAR <= when.year <= _LAST_YEAR and len(self._days) < _MOST_DAYS
        if known and f"{when:%H:%M:%S}" == stated[11:19]:
            first = (when.toordinal() - _EPOCH) * 86_400
            self._days[stated[:11] + stated[19:]] = when.year, when.month, when.day, first
        return when


def _a_day_after(exported_at: dt.datetime) -> dt.datetime:
    try:
        return exported_at + dt.timedelta(days=1)
    except OverflowError:
        return _END


def _only_day(when: When) -> dt.date | None:
    """Return the day of a time that tells no more than that.

    Archives give every tweet before November 2010 the time 00:00:00.
    """
    if not isinstance(when, dt.datetime):
        return when
    if when < _CLOCK_KNOWN_FROM and when.time() == dt.time(0, 0, 0):
        return when.date()
    return None
