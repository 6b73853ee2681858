"""From a study's events and readings to its panel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.crossposts import in_bundle
from analysis.panel.clock import break_mask, microseconds, reading_instants
from analysis.panel.table import BACK, LEADS, Coding, Flags, Floats, Panel, Part, outcome
from analysis.parts import splits
from analysis.study import StudyData


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
        dates[0] - pd.Timedelta(days=BACK + 1), dates[-1] + pd.Timedelta(days=LEADS), unit="us"
    )
    edges = reading_instants(bins, minutes, zone)
    posts = post_bins(study, bins, edges)
    events = _countable(study)
    shares = events[events["crosspost_of"] != ""]
    inner = slice(BACK, BACK + len(dates))
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
            name: _reactions(events[events["channel"] == name], edges) for name in study.channels
        },
        masked=break_mask(dates, minutes, settings.breaks, settings.score.kind),
        weekday=dates.day_of_week.to_numpy().astype(np.int64),
        kind=settings.score.kind,
        window_days=settings.question.days,
        focal=settings.focal,
        channels=study.channels,
        parts=_parts(study, events, edges),
        breaks=tuple(known.date for known in settings.breaks),
        networks={
            network: channel
            for network in ("twitter", "facebook")
            if (channel := study.channel_on(network)) is not None
        },
    )


def _parts(
    study: StudyData, events: pd.DataFrame, edges: NDArray[np.int64]
) -> dict[tuple[str, str], Part]:
    window = pd.Timedelta(days=study.settings.question.days)
    bundled = in_bundle(events, study.settings.focal, window).to_numpy()
    return {
        (split.channel, split.question): Part(
            (split.first, split.second),
            (_binned(events[split.in_first], edges), _binned(events[split.in_second], edges)),
        )
        for split in splits(events, study.settings.focal, study.channel_on("twitter"), bundled)
    }


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
    total = _summed(told, told["reactions"].to_numpy(dtype=np.float64), edges)
    untold = events[events["reactions"].isna()]
    return np.where(_binned(untold, edges) > 0, np.nan, total)


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
