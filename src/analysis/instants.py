"""Instants and local days of what a record says of its time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from analysis.formats.base import When


def to_utc(when: When, zone: ZoneInfo) -> dt.datetime:
    """Return the instant that a record's time stands for.

    A naive time is the study's local clock; a day is placed at its local noon, the hour
    farthest from both of its ends.
    """
    if not isinstance(when, dt.datetime):
        when = dt.datetime.combine(when, dt.time(12))
    if when.tzinfo is None:
        when = when.replace(tzinfo=zone)
    return when.astimezone(dt.UTC)


def local_day(when: When, zone: ZoneInfo) -> dt.date:
    """Return the study's local day of a record's time."""
    if not isinstance(when, dt.datetime):
        return when
    return when.date() if when.tzinfo is None else when.astimezone(zone).date()
