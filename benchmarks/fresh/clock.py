"""Local clocks: days, hours and readings of an account, as hours since 1970 in UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Hours = NDArray[np.float64]
"""Instants, in hours since 1970-01-01T00:00Z."""

LEAD = 100
"""Days of posting before the first reading, so that no account begins from nothing."""


@dataclass(frozen=True)
class Stretch:
    """The days on which a score is read, where its owner lives.

    Attributes
    ----------
    place : str
        IANA time zone.
    first : date
        Local day of the first reading.
    days : int
        Days with a possible reading.
    """

    place: str
    first: dt.date
    days: int

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.place)

    @property
    def span(self) -> range:
        """Return the day numbers on which posts are made; 0 is the first reading's day."""
        return range(-LEAD, self.days + 3)

    def date(self, day: int) -> dt.date:
        """Return the local date of a day number."""
        return self.first + dt.timedelta(days=day)

    def instant(self, day: int, hour: float) -> float:
        """Return the instant at which the wall clock of a day shows ``hour`` (25.5 is 1:30)."""
        later, rest = divmod(hour, 24.0)
        midnight = dt.datetime.combine(self.date(day + int(later)), dt.time())
        wall = midnight + dt.timedelta(seconds=round(rest * 3600))
        return wall.replace(tzinfo=self.zone).timestamp() / 3600

    def instants(self, days: list[int], hours: Hours) -> Hours:
        """Return the sorted instants of many wall clocks."""
        found = [self.instant(day, float(hour)) for day, hour in zip(days, hours, strict=True)]
        return np.sort(np.array(found, dtype=float))

    def readings(self, hour: float) -> Hours:
        """Return the reading of each day, and before them those of the lead, none left out."""
        return np.array([self.instant(day, hour) for day in range(-LEAD, self.days)])

    def local(self, instant: float) -> dt.datetime:
        """Return an instant as its owner's clock shows it, to the second."""
        return dt.datetime.fromtimestamp(round(instant * 3600), tz=self.zone)


def utc(instant: float) -> dt.datetime:
    """Return an instant in UTC, to the second."""
    return dt.datetime.fromtimestamp(round(instant * 3600), tz=dt.UTC)
