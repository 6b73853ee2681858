"""Events and readings to a daily panel: counts by hours before the reading."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.crossposts import in_bundle
from analysis.settings import Break
from analysis.study import StudyData

Coding = Literal["bundle", "all posts"]
CODINGS: tuple[Coding, ...] = ("bundle", "all posts")

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEADS = 2
"""Days after the reading whose posts serve as placebo."""


@dataclass(frozen=True)
class Panel:
    """One row a calendar day from the first reading to the last.

    Attributes
    ----------
    dates : DatetimeIndex
        The days, n of them, without holes; a day without a reading is a gap.
    score : array (n,)
        The reading, NaN in a gap.
    outcome : array (n,)
        What the model explains: the change since the day before (``level``), or the score
        itself (``flow``). NaN where either reading is missing.
    posts : dict of str to dict of str to array (n + LEADS,)
        By coding, by channel: the number of posts in the 24 hours before the reading of each
        day, running on to ``LEADS`` days past the end. NaN where the source says nothing.
    crossposts, reactions : dict of str to array (n,)
        By channel, over the same 24 hours; reactions are NaN where no source tells them.
    masked : array (n,) of bool
        Days whose change spans a known break.
    weekday : array (n,)
        0 is Monday.
    kind : {"level", "flow"}
        The kind of score.
    window_days : int
        The window before a reading, in days.
    focal : str
        The focal channel; the first of ``channels``.
    channels : tuple of str
        Every channel.
    """

    dates: pd.DatetimeIndex
    score: Floats = field(repr=False)
    outcome: Floats = field(repr=False)
    posts: dict[Coding, dict[str, Floats]] = field(repr=False)
    crossposts: dict[str, Floats] = field(repr=False)
    reactions: dict[str, Floats] = field(repr=False)
    masked: Flags = field(repr=False)
    weekday: NDArray[np.int64] = field(repr=False)
    kind: Literal["level", "flow"]
    window_days: int
    focal: str
    channels: tuple[str, ...]

    @property
    def readings(self) -> int:
        """The number of days with a reading."""
        return int(np.isfinite(self.score).sum())

    @property
    def gaps(self) -> int:
        """The number of days between the first and last reading without one."""
        return len(self.dates) - self.readings

    def window(self, channel: str, coding: Coding = "bundle") -> Floats:
        """Return the posts of ``channel`` in the window before each reading; shape (n,).

        NaN on the first days, whose window begins before the panel, is not needed: the bins
        reach back far enough. NaN means that the source does not cover part of the window.
        """
        return window_sum(self.posts[coding][channel], self.window_days, len(self.dates))

    def frame(self) -> pd.DataFrame:
        """Return the panel as a frame, one row a day, for people to look at.

        Columns: score, change, then for each channel ``<channel> 0-24h``, ``24-48h`` … (all
        posts), ``<channel> next 24h`` and ``next 48h``, crossposts, reactions; weekday, masked.
        """
        n = len(self.dates)
        change = np.full(n, np.nan)
        change[1:] = np.diff(self.score)
        columns: dict[str, object] = {"score": self.score, "change": change}
        for name in self.channels:
            bins = self.posts["all posts"][name]
            for lag in range(self.window_days):
                columns[f"{name} {24 * lag}-{24 * lag + 24}h"] = bins[_BACK - lag : _BACK - lag + n]
            columns[f"{name} next 24h"] = bins[_BACK + 1 : _BACK + 1 + n]
            columns[f"{name} next 48h"] = bins[_BACK + 2 : _BACK + 2 + n]
            columns[f"{name} crossposts"] = self.crossposts[name]
            columns[f"{name} reactions"] = self.reactions[name]
        columns["weekday"] = self.dates.day_name()
        columns["masked"] = self.masked
        return pd.DataFrame(columns, index=self.dates)


_BACK = 7
"""Bins kept before the first day, so that the longest window (168 h) is whole on it."""


def window_sum(bins: Floats, days: int, n: int) -> Floats:
    """Return the sums of ``days`` bins ending at each of ``n`` days; NaN spreads.

    Parameters
    ----------
    bins : array (_BACK + n + LEADS,)
        Posts in the 24 hours before each day's reading.
    days : int
        The width of the window.
    n : int
        The number of days in the panel.
    """
    total = np.zeros(n)
    for lag in range(days):
        total = total + bins[_BACK - lag : _BACK - lag + n]
    return total


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


def build_panel(study: StudyData) -> Panel:
    """Return the panel of a study.

    Raises
    ------
    InputError
        Never: a study that was read whole always has a panel, if a thin one.
    """
    settings = study.settings
    table = study.score
    dates = pd.date_range(table["date"].iloc[0], table["date"].iloc[-1], freq="D", unit="us")
    score = table.set_index("date")["score"].reindex(dates).to_numpy(dtype=float)
    minutes, zone = settings.score.minutes, settings.zone
    bins = pd.date_range(
        dates[0] - pd.Timedelta(days=_BACK + 1), dates[-1] + pd.Timedelta(days=LEADS), unit="us"
    )
    edges = reading_instants(bins, minutes, zone)
    posts = post_bins(study, bins, edges)
    events = _countable(study)
    shares = events[events["crosspost_of"] != ""]
    inner = slice(_BACK, _BACK + len(dates))
    return Panel(
        dates=dates,
        score=score,
        outcome=outcome(score, settings.score.kind),
        posts=posts,
        crossposts={
            name: _binned(shares[shares["channel"] == name], edges)[inner]
            for name in study.channels
        },
        reactions={
            name: _reactions(events[events["channel"] == name], edges)[inner]
            for name in study.channels
        },
        masked=break_mask(dates, minutes, settings.breaks, settings.score.kind),
        weekday=dates.day_of_week.to_numpy().astype(np.int64),
        kind=settings.score.kind,
        window_days=settings.question.days,
        focal=settings.focal,
        channels=study.channels,
    )


def outcome(score: Floats, kind: str) -> Floats:
    """Return what the model explains; shape (n,).

    Levels are differenced (a level regressed on levels finds trends everywhere); a flow is
    explained as it stands.
    """
    if kind == "flow":
        return score.copy()
    change = np.full(len(score), np.nan)
    change[1:] = np.diff(score)
    return change


def _countable(study: StudyData) -> pd.DataFrame:
    return study.activity[study.activity["kind"] != "repost"]


def _binned(events: pd.DataFrame, edges: NDArray[np.int64]) -> Floats:
    """Return the number of events in each [edge, next edge); shape (len(edges) - 1,)."""
    return _summed(events, np.ones(len(events)), edges)


def _summed(events: pd.DataFrame, weights: Floats, edges: NDArray[np.int64]) -> Floats:
    at = microseconds(pd.DatetimeIndex(events["at"]))
    slot = np.searchsorted(edges, at, side="right") - 1
    inside = (slot >= 0) & (slot < len(edges) - 1)
    total = np.bincount(slot[inside], weights=weights[inside], minlength=len(edges) - 1)
    return total.astype(np.float64)


def _reactions(events: pd.DataFrame, edges: NDArray[np.int64]) -> Floats:
    told = events[events["reactions"].notna()]
    if told.empty:
        return np.full(len(edges) - 1, np.nan)
    return _summed(told, told["reactions"].to_numpy(dtype=np.float64), edges)


def post_bins(
    study: StudyData, bins: pd.DatetimeIndex, edges: NDArray[np.int64]
) -> dict[Coding, dict[str, Floats]]:
    """Return the posts between each two readings, by coding and channel.

    Parameters
    ----------
    study : StudyData
        Its activity and counts.
    bins : DatetimeIndex (m + 1,)
        The days whose reading ends a bin, and the one before the first.
    edges : array (m + 1,)
        Their instants.

    Returns
    -------
    dict
        Arrays of shape (m,), NaN where the source does not cover the bin.
    """
    events = _countable(study)
    window = pd.Timedelta(days=study.settings.question.days)
    bundled = in_bundle(events, study.settings.focal, window).to_numpy()
    unknown = _unknown_bins(study, edges)
    result: dict[Coding, dict[str, Floats]] = {"bundle": {}, "all posts": {}}
    for name in study.channels:
        mine = (events["channel"] == name).to_numpy()
        if name in study.counts.columns:
            every = own = _daily_bins(study.counts[name], bins, study.settings.score.minutes)
        else:
            every = _binned(events[mine], edges)
            own = _binned(events[mine & ~bundled], edges)
        result["all posts"][name] = np.where(unknown[name], np.nan, every)
        result["bundle"][name] = np.where(unknown[name], np.nan, own)
    return result


def _daily_bins(counts: pd.Series, bins: pd.DatetimeIndex, minutes: int) -> Floats:
    """Return a day's count in the bin that holds its noon."""
    shift = 0 if minutes > 720 else 1
    days = bins[1:] - pd.Timedelta(days=shift)
    return counts.reindex(days).to_numpy(dtype=float)


def _unknown_bins(study: StudyData, edges: NDArray[np.int64]) -> Mapping[str, Flags]:
    """Return the bins that lie outside of what a channel's source covers."""
    zone = study.settings.zone
    unknown = {}
    for name, (start, end) in study.coverage().items():
        outside = np.zeros(len(edges) - 1, dtype=bool)
        if start is not None:
            outside |= edges[1:] <= _midnight(start, zone)
        if end is not None:
            outside |= edges[:-1] >= _midnight(end + dt.timedelta(days=1), zone)
        unknown[name] = outside
    nothing = np.ones(len(edges) - 1, dtype=bool)
    return {name: unknown.get(name, nothing) for name in study.channels}


def _midnight(day: dt.date, zone: ZoneInfo) -> int:
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
    return round(midnight.timestamp() * 1_000_000)


def set_aside(panel: Panel, used: Flags, lagged: Flags, lags: int) -> Counter[str]:
    """Count why readings do not enter the fit, each under its first reason.

    Parameters
    ----------
    panel : Panel
        The panel.
    used : array (n,) of bool
        The days that enter.
    lagged : array (n,) of bool
        The days with enough earlier readings.
    lags : int
        How many of them the model needs.
    """
    reasons: Counter[str] = Counter()
    known = np.ones(len(panel.dates), dtype=bool)
    for name in panel.channels:
        known &= np.isfinite(panel.window(name))
    has = np.isfinite(panel.score)
    early = np.arange(len(panel.dates)) < lags + (panel.kind == "level")
    usable = np.isfinite(panel.outcome)
    checks = {
        "at a known change of the scoring model": has & panel.masked,
        f"at the beginning, with fewer than {lags} days before them": has & early,
        "without a reading the day before": has & ~usable,
        f"with a missing reading among the {lags} days before": has & ~lagged,
        "where the record of a channel does not reach": has & ~known,
    }
    left = has & ~used
    for reason, flags in checks.items():
        reasons[reason] = int((left & flags).sum())
        left &= ~flags
    return +reasons
