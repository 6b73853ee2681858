"""On which local days the person posted: their habit before a plan, how they kept it after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.plan import Plan
from analysis.plan.design import WEEK
from analysis.study import StudyData


@dataclass(frozen=True, slots=True)
class Adherence:
    """How the plan was kept, on the days of which the record tells.

    Attributes
    ----------
    posting, posted : int
        Planned posting days, and those of them with a post.
    quiet, kept_quiet : int
        Planned quiet days, and those of them without one.
    unknown : int
        Planned days on which the focal channel's source does not reach.
    """

    posting: int
    posted: int
    quiet: int
    kept_quiet: int
    unknown: int

    @property
    def contrast(self) -> float:
        """How much likelier a post was on posting days than on quiet ones; NaN if not known."""
        if not self.posting or not self.quiet:
            return float("nan")
        return self.posted / self.posting - 1 + self.kept_quiet / self.quiet


def posting_days(study: StudyData, start: dt.date, end: dt.date) -> pd.Series:
    """Return whether each local day has a focal post.

    Parameters
    ----------
    study : StudyData
        The study.
    start, end : date
        The first and last day asked for.

    Returns
    -------
    Series
        1 or 0 by day, NaN where the source of the focal channel does not reach.
    """
    focal = study.settings.focal
    days = pd.date_range(start, end, freq="D")
    if focal in study.counts.columns:
        counts = study.counts[focal].reindex(days)
        return counts.gt(0).astype(float).where(counts.notna())
    events = study.activity
    mine = events[(events["channel"] == focal) & (events["kind"] != "repost")]
    local = mine["at"].dt.tz_convert(study.settings.zone).dt.tz_localize(None).dt.normalize()
    posted = pd.Series(days.isin(local.unique()).astype(float), index=days)
    first, last = study.coverage().get(focal, (None, None))
    known = np.ones(len(days), dtype=bool)
    if first is not None:
        known &= days >= pd.Timestamp(first)
    if last is not None:
        known &= days <= pd.Timestamp(last)
    return posted.where(known)


def habit(study: StudyData) -> float | None:
    """Return the posting days of a week on which the score is read, or None if not known."""
    table = study.score["date"]
    posted = posting_days(study, table.iloc[0].date(), table.iloc[-1].date()).dropna()
    return WEEK * float(posted.mean()) if len(posted) else None


def adherence(plan: Plan, study: StudyData) -> Adherence:
    """Return how the plan was kept."""
    posted = posting_days(study, plan.start, plan.end).to_numpy(dtype=float)
    known = np.isfinite(posted)
    on, off = known & plan.days, known & ~plan.days
    return Adherence(
        posting=int(on.sum()),
        posted=int(posted[on].sum()),
        quiet=int(off.sum()),
        kept_quiet=int((posted[off] == 0).sum()),
        unknown=int((~known).sum()),
    )
