"""What the score does as the days since the last focal post go by."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.model.design import MIN_SPARE, primary_design
from analysis.model.ols import fit_hc3
from analysis.model.primary import Estimate, combination
from analysis.panel import BACK, Floats, Panel

QUIET_DAYS = 3
LONGEST = 7
"""Days since the last post beyond which readings are counted together."""


@dataclass(frozen=True)
class Silence:
    """The score in silence.

    Attributes
    ----------
    quiet, active : int
        Readings after three or more days without a focal post, and the others.
    drift : Estimate
        ``level``: the expected change a day in silence, at average own lags and weekday.
        ``flow``: the same as ``against``.
    against : Estimate
        The outcome in silence less the outcome otherwise.
    mechanical : float
        The part of the mean outcome in silence that the score's own past alone predicts (lags,
        weekday, and how high it stood), less what it predicts on average: how far a smoothed
        score comes down by itself.
    by_day : DataFrame
        A row for each number of days since the last post (the last row: that many or more):
        readings, mean outcome, what the score's own past alone predicts, and by how much the
        outcome differs from that of all readings, with its 95 % interval.
    """

    quiet: int
    active: int
    drift: Estimate
    against: Estimate
    mechanical: float
    by_day: pd.DataFrame = field(repr=False)


def days_since_post(bins: Floats, n: int) -> Floats:
    """Return the whole days since the last post before each reading, at most ``LONGEST``.

    Parameters
    ----------
    bins : array (BACK + n + LEADS,)
        Posts in the 24 hours before each reading, NaN where not known.
    n : int
        Readings.

    Returns
    -------
    array (n,)
        0 when there is a post within 24 hours; NaN where the days before are not known.
    """
    since = np.full(n, float(LONGEST))
    settled = np.zeros(n, dtype=bool)
    for back in range(LONGEST):
        count = bins[BACK - back : BACK - back + n]
        unknown = ~settled & ~np.isfinite(count)
        posted = ~settled & (np.nan_to_num(count) > 0)
        since = np.where(unknown, np.nan, np.where(posted, float(back), since))
        settled |= unknown | posted
    return since


def silence_evidence(panel: Panel) -> Silence | None:
    """Return the score's course in silence, or None when either kind of reading is missing.

    The drift comes from the outcome on two indicators (quiet, not quiet) with own lags and
    weekday centered, so that the first coefficient is the expected change of a quiet day.
    """
    design = primary_design(panel, "bundle")
    bins = panel.posts["bundle"][panel.focal]
    since = days_since_post(bins, len(panel.dates))[design.rows]
    known = np.isfinite(since)
    controls = design.x[:, design.lag_columns.start :]
    if known.sum() < controls.shape[1] + 2 + MIN_SPARE:
        return None
    since, y, controls = since[known], design.y[known], controls[known]
    quiet = since >= QUIET_DAYS
    if not quiet.any() or quiet.all():
        return None
    centered = controls - controls.mean(axis=0)
    fit = fit_hc3(np.column_stack([quiet.astype(float), (~quiet).astype(float), centered]), y)
    against = combination(fit, {0: 1.0, 1: -1.0})
    height = panel.score[design.rows - 1][known]
    steady = np.where(np.isfinite(height), height, np.nanmean(panel.score))
    alone = fit_hc3(np.column_stack([np.ones(len(y)), controls, steady]), y)
    predicted = y - alone.residuals
    return Silence(
        quiet=int(quiet.sum()),
        active=int((~quiet).sum()),
        drift=combination(fit, {0: 1.0}) if panel.kind == "level" else against,
        against=against,
        mechanical=float(predicted[quiet].mean() - predicted.mean()),
        by_day=_by_day(since, y, controls, predicted),
    )


def _by_day(since: Floats, y: Floats, controls: Floats, predicted: Floats) -> pd.DataFrame:
    """Return the table of ``Silence.by_day``."""
    days = np.unique(since)
    indicators = (since[:, None] == days[None, :]).astype(float)
    centered = controls - controls.mean(axis=0)
    fit = fit_hc3(np.column_stack([indicators, centered]), y)
    rows = []
    for column, day in enumerate(days):
        here = since == day
        weights = _against_average(column, indicators.mean(axis=0))
        difference = combination(fit, weights)
        low, high = difference.interval()
        rows.append(
            {
                "days since the last post": int(day),
                "readings": int(here.sum()),
                "mean": float(y[here].mean()),
                "expected": float(predicted[here].mean()),
                "difference": difference.value,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def _against_average(column: int, shares: NDArray[np.float64]) -> dict[int, float]:
    """Return weights of one indicator's coefficient less the average of all of them."""
    return {at: float((at == column) - share) for at, share in enumerate(shares)}
