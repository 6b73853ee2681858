"""Posts by local day, as a reader counts them; the model counts by hours before a reading."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.claims.base import Wording
from analysis.workbench import Study


def posts_by_day(study: Study) -> pd.DataFrame:
    """Return the posts of each local day of the score's period, a column a channel.

    Returns
    -------
    DataFrame
        Missing where the channel's source does not reach; a repost is no post.
    """
    data, dates = study.data, study.arrays.dates
    events = data.activity[data.activity["kind"] != "repost"]
    local = events["at"].dt.tz_convert(data.settings.zone).dt.tz_localize(None).dt.normalize()
    covered = data.coverage()
    columns = {}
    for name in data.channels:
        if name in data.counts.columns:
            posts = data.counts[name].reindex(dates).astype(float)
        else:
            counts = local[events["channel"] == name].value_counts()
            posts = counts.reindex(dates, fill_value=0).astype(float)
        columns[name] = posts.where(_inside(dates, *covered.get(name, (pd.NaT, pd.NaT))))
    return pd.DataFrame(columns, index=dates.rename("date"))


def _inside(dates: pd.DatetimeIndex, start: object, end: object) -> pd.Series:
    """Return the days from ``start`` to ``end``; None is no bound, NaT lets no day in."""
    inside = np.ones(len(dates), dtype=bool)
    if start is not None:
        inside &= dates >= pd.Timestamp(start)  # type: ignore[arg-type]
    if end is not None:
        inside &= dates <= pd.Timestamp(end)  # type: ignore[arg-type]
    return pd.Series(inside, index=dates)


def runs(flags: pd.Series) -> list[tuple[pd.Timestamp, int]]:
    """Return the first day and the length of every unbroken run of ``flags``."""
    change = flags.ne(flags.shift()).cumsum()[flags]
    return [(run.index[0], len(run)) for _, run in change.groupby(change)]


def wording(study: Study) -> Wording:
    """Return how the study's things are called in sentences."""
    panel = study.arrays
    unit = study.ledger.claim("blogging-moves-score").unit
    return Wording(panel.focal, unit or "points per post", 24 * panel.window_days)
