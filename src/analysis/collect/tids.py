"""The keys of Bluesky's records (TIDs), which tell when each was written."""

from __future__ import annotations

import datetime as dt
import re

FIRST_YEAR, LAST_YEAR = 2022, 2100
"""The years of the network; a key of another year is no TID."""

_TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def tid_time(key: str) -> dt.datetime | None:
    """Return the time (UTC) in a record's key; None where it is of another kind.

    A TID is a number of 64 bits, five to a letter: microseconds since 1970 above ten bits that
    tell clocks apart.
    """
    if not _TID.fullmatch(key):
        return None
    number = 0
    for letter in key:
        number = number * 32 + _DIGITS.index(letter)
    seconds, microseconds = divmod(number >> 10, 1_000_000)
    when = dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=microseconds)
    return when if FIRST_YEAR <= when.year <= LAST_YEAR else None
