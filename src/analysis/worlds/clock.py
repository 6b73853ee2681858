"""Local wall-clock times as instants, and as the texts that exports hold; no locale involved."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from analysis.worlds.account import Times

TWITTER_EPOCH_MS = 1_288_834_974_657
"""Zero of the time that the ids of tweets carry, in Unix milliseconds."""


def instants(when: Times, zone: ZoneInfo) -> list[dt.datetime]:
    """Return the UTC instants of local times; of an hour that happens twice, the first."""
    naive: list[dt.datetime] = when.astype("datetime64[s]").tolist()
    return [time.replace(tzinfo=zone).astimezone(dt.UTC) for time in naive]


def unix(instant: dt.datetime) -> int:
    """Return whole seconds since 1970."""
    return int(instant.timestamp())


def sql(time: dt.datetime) -> str:
    """Return ``2012-05-08 01:30:00``."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


def rfc822(instant: dt.datetime) -> str:
    """Return ``Tue, 08 May 2012 01:30:00 +0000``."""
    return format_datetime(instant)


def classic(instant: dt.datetime) -> str:
    """Return Twitter's ``Tue May 08 01:30:00 +0000 2012``."""
    weekday, day, month, year, time, offset = format_datetime(instant).replace(",", "").split()
    return f"{weekday} {month} {day} {time} {offset} {year}"


def iso_ms(instant: dt.datetime) -> str:
    """Return ``2012-05-08T01:30:00.000Z``."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def snowflake(instant: dt.datetime, row: int) -> int:
    """Return the id that Twitter gives at an instant; ``row`` tells two in one second apart."""
    return ((unix(instant) * 1000 - TWITTER_EPOCH_MS) << 22) + row % 4096
