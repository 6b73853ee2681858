"""Posts by local day, as a reader counts them; the model counts by hours before a reading."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.claims.base import Wording
from analysis.panel import reading_instants
from analysis.workbench import Study


def posts_by_day(study: Study) -> pd.DataFrame:
    """Return the posts that can stand before a reading by local day, a column a channel.

    From the 24 hours before the first reading to the last reading, so that the sums are those
    of the panel.

    Returns
    -------
    DataFrame
        Missing where the channel's source does not reach; a repost is no post.
    """
    data = study.data
    start, end = _span(study)
    days = pd.date_range(start.normalize(), (end - pd.Timedelta("1us")).normalize(), unit="us")
    events = data.activity[data.activity["kind"] != "repost"]
    local = events["at"].dt.tz_convert(data.settings.zone)
    within = (local >= start) & (local < end)
    noon = days.tz_localize(None) + pd.Timedelta(hours=12)
    inside = (noon >= start.tz_localize(None)) & (noon < end.tz_localize(None))
    days = days.tz_localize(None).rename("date")
    covered = data.coverage()
    columns = {}
    for name in data.channels:
        if name in data.counts.columns:
            posts = data.counts[name].reindex(days).astype(float).where(inside)
        else:
            at = local[within & (events["channel"] == name)]
            counts = at.dt.tz_localize(None).dt.normalize().value_counts()
            posts = counts.reindex(days, fill_value=0).astype(float)
        columns[name] = posts.where(_covered(days, *covered.get(name, (pd.NaT, pd.NaT))))
    return pd.DataFrame(columns, index=days)


def _span(study: Study) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the local instants 24 hours (one reading) before the first reading, and the last."""
    settings, dates = study.data.settings, study.arrays.dates
    ends = pd.DatetimeIndex([dates[0] - pd.Timedelta(days=1), dates[-1]])
    instants = reading_instants(ends, settings.score.minutes, settings.zone)
    start, end = (pd.Timestamp(int(at), unit="us", tz="UTC") for at in instants)
    return start.tz_convert(settings.zone), end.tz_convert(settings.zone)


def _covered(days: pd.DatetimeIndex, start: object, end: object) -> NDArray[np.bool_]:
    """Return the days from ``start`` to ``end``; None is no bound, NaT lets no day in."""
    inside = np.ones(len(days), dtype=bool)
    if start is not None:
        inside &= days >= pd.Timestamp(start)  # type: ignore[arg-type]
    if end is not None:
        inside &= days <= pd.Timestamp(end)  # type: ignore[arg-type]
    return inside


def runs(flags: pd.Series) -> list[tuple[pd.Timestamp, int]]:
    """Return the first day and the length of every unbroken run of ``flags``."""
    change = flags.ne(flags.shift()).cumsum()[flags]
    return [(run.index[0], len(run)) for _, run in change.groupby(change)]


def wording(study: Study) -> Wording:
    """Return how the study's things are called in sentences."""
    panel = study.arrays
    unit = study.ledger.claim("blogging-moves-score").unit
    return Wording(panel.focal, unit or "points per post", 24 * panel.window_days)
