"""When the score was read, by the local clock, and which readings a known break moves."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.table import Flags
from analysis.settings import Break


def reading_instants(dates: pd.DatetimeIndex, minutes: int, zone: ZoneInfo) -> NDArray[np.int64]:
    """Return when each day's reading was taken, in microseconds since 1970 UTC.

    The reading is at ``minutes`` after local midnight by the local clock, so two readings
    are 23, 24 or 25 hours apart. A clock time that daylight saving skips is taken as the
    moment of the jump; one that comes twice, as its first coming.

    Parameters
    ----------
    dates : DatetimeIndex
        Local days.
    minutes : int
        0 to 1440; 1440 is the end of the day.
    zone : ZoneInfo
        The study's zone.
    """
    naive = dates + pd.Timedelta(minutes=minutes)
    ambiguous = np.ones(len(naive), dtype=bool)
    local = naive.tz_localize(zone, ambiguous=ambiguous, nonexistent="shift_forward")
    return microseconds(local)


def microseconds(at: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return aware times as microseconds since 1970 UTC."""
    naive = at.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]")
    return naive.astype(np.int64)


def break_mask(
    dates: pd.DatetimeIndex, minutes: int, breaks: tuple[Break, ...], kind: str
) -> Flags:
    """Return the days whose outcome a known break may have moved.

    A break dated d may show in the reading dated d or, when the score is read before the
    day is over, in the next one: both are masked.
    """
    masked = np.zeros(len(dates), dtype=bool)
    for known in breaks:
        day = pd.Timestamp(known.date)
        masked |= dates == day
        if minutes < 1440:
            masked |= dates == day + pd.Timedelta(days=1)
    return masked
