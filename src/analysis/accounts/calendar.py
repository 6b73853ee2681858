"""The calendar that every account shares: when each day's reading was taken, and what is masked.

It is made here, once, and joined to the events as a small table. So no engine is asked for time
zones, in which engines differ.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel import break_mask, reading_instants
from analysis.settings import Settings

EPOCH = dt.date(1970, 1, 1)
SECOND = 1_000_000
DAY = 86_400
NEVER = 2**62
"""Later than every event."""


def bins_by_utc_day(settings: Settings, first: int, last: int) -> pd.DataFrame:
    """Return which reading's window an event falls in, by its UTC day.

    A UTC day holds up to two readings. An event at second s of 1970 UTC belongs to the 24 hours
    before the reading of day ``base + (s >= edge_1) + (s >= edge_2)``.

    Parameters
    ----------
    settings : Settings
        Time zone and time of the reading.
    first, last : int
        Days since 1970 of the first and last event.

    Returns
    -------
    DataFrame
        ``utc_day``, ``base``, ``edge_1``, ``edge_2``; whole numbers.
    """
    days = np.arange(first - 3, last + 4)
    dates = pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[us]"))
    edges = _instants(dates, settings) // SECOND
    utc = np.arange(first, last + 1)
    start = np.searchsorted(edges, utc * DAY, side="right")
    stop = np.searchsorted(edges, utc * DAY + DAY - 1, side="right")
    padded = np.append(edges, [NEVER, NEVER, NEVER])
    return pd.DataFrame(
        {
            "utc_day": utc,
            "base": days[start],
            "edge_1": np.where(stop - start >= 1, padded[start], NEVER),
            "edge_2": np.where(stop - start >= 2, padded[start + 1], NEVER),
        }
    )


def days_table(
    settings: Settings, channels: tuple[str, ...], first: int, last: int
) -> pd.DataFrame:
    """Return what is the same for every account on a day.

    Returns
    -------
    DataFrame
        ``day`` (since 1970), ``weekday`` (0 is Monday), ``masked`` (0 or 1: its change spans a
        known break) and, for channel i, ``known_i``: 0 where ``[coverage]`` says that the
        24 hours before its reading are not covered.
    """
    days = np.arange(first, last + 1)
    dates = pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[us]"))
    masked = break_mask(dates, settings.score.minutes, settings.breaks, settings.score.kind)
    table = pd.DataFrame(
        {
            "day": days,
            "weekday": dates.day_of_week.to_numpy().astype(np.int64),
            "masked": masked.astype(np.int64),
        }
    )
    before = dates - pd.Timedelta(days=1)
    edges, starts = (_instants(at, settings) for at in (dates, before))
    for number, name in enumerate(channels):
        known = np.ones(len(days), dtype=np.int64)
        covered = settings.coverage.get(name)
        if covered is not None and covered.start is not None:
            known &= edges > _midnight(covered.start, settings)
        if covered is not None and covered.end is not None:
            known &= starts < _midnight(covered.end + dt.timedelta(days=1), settings)
        table[f"known_{number}"] = known
    return table


def _instants(dates: pd.DatetimeIndex, settings: Settings) -> NDArray[np.int64]:
    return reading_instants(dates, settings.score.minutes, settings.zone)


def _midnight(day: dt.date, settings: Settings) -> int:
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=settings.zone).astimezone(dt.UTC)
    return round(midnight.timestamp() * SECOND)
