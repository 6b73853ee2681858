"""What the score does when the focal channel has been quiet for three days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.model.design import MIN_SPARE, primary_design
from analysis.model.ols import fit_hc3
from analysis.model.primary import Estimate, combination
from analysis.panel import Panel, window_sum

QUIET_DAYS = 3


@dataclass(frozen=True, slots=True)
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
    raw_quiet, raw_active : float
        The plain means of the outcome, for the two kinds of readings.
    """

    quiet: int
    active: int
    drift: Estimate
    against: Estimate
    raw_quiet: float
    raw_active: float


def silence_evidence(panel: Panel) -> Silence | None:
    """Return the score's drift in silence, or None when either kind of reading is missing.

    The outcome on two indicators (quiet, not quiet) with own lags and weekday centered, so
    that the first coefficient is the expected change of a quiet day.
    """
    design = primary_design(panel, "bundle")
    n = len(panel.dates)
    recent = window_sum(panel.posts["bundle"][panel.focal], QUIET_DAYS, n)[design.rows]
    controls = design.x[:, design.lag_columns.start :]
    known = np.isfinite(recent)
    if known.sum() < controls.shape[1] + 2 + MIN_SPARE:
        return None
    quiet = recent[known] == 0
    if not quiet.any() or quiet.all():
        return None
    y = design.y[known]
    centered = controls[known] - controls[known].mean(axis=0)
    x = np.column_stack([quiet.astype(float), (~quiet).astype(float), centered])
    fit = fit_hc3(x, y)
    against = combination(fit, {0: 1.0, 1: -1.0})
    return Silence(
        quiet=int(quiet.sum()),
        active=int((~quiet).sum()),
        drift=combination(fit, {0: 1.0}) if panel.kind == "level" else against,
        against=against,
        raw_quiet=float(y[quiet].mean()),
        raw_active=float(y[~quiet].mean()),
    )
