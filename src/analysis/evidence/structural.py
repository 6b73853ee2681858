"""A second opinion on the focal effect, from a model of another family.

The score is a level that wanders, read with noise: a structural time series (Harvey 1989),
estimated by statsmodels through the Kalman filter. It has no own lags and needs no differences;
readings that are missing are simply not there.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.model.design import MIN_SPARE, weekday_dummies
from analysis.model.fwl import partial_out
from analysis.model.primary import Estimate
from analysis.panel import Coding, Flags, Floats, Panel


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """The focal effect by a structural time series.

    Attributes
    ----------
    estimate : Estimate or None
        In the unit of the primary's effect; None when there is none.
    readings : int
        Readings that entered.
    said : str
        What the model is, or why there is no estimate.
    """

    estimate: Estimate | None
    readings: int
    said: str


LEVEL = "the score as a wandering level that is read with noise"
FLOW = "the score as a wandering level with daily ups and downs that fade"


def second_opinion(panel: Panel, coding: Coding = "bundle") -> SecondOpinion:
    """Estimate the focal effect by a structural time series.

    A level's changes are explained by the same window counts and weekdays as in the primary: a
    local level with these as cumulated regressors. A flow is a local level with autoregressive
    noise and the counts as they stand. The step of a known break has a regressor of its own.
    It never fails, but may have nothing to say.

    Parameters
    ----------
    panel : Panel
        The panel.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.

    Returns
    -------
    SecondOpinion
    """
    known = _known_windows(panel, coding)
    places = np.flatnonzero(known)
    if not len(places):
        return SecondOpinion(None, 0, "No day's posts are known.")
    span = slice(int(places[0]), int(places[-1]) + 1)
    x = _regressors(panel, coding, known, span)
    y = np.where(known, panel.score, np.nan)[span]
    readings = int(np.isfinite(y).sum())
    if readings < x.shape[1] + MIN_SPARE or not float(np.nanstd(y)) > 0:
        return SecondOpinion(None, readings, "There are too few readings for it.")
    return _opinion(panel, y, x, readings)


def _known_windows(panel: Panel, coding: Coding) -> Flags:
    known = np.ones(len(panel.dates), dtype=bool)
    for name in panel.channels:
        known &= np.isfinite(panel.window(name, coding))
    return known


def _regressors(panel: Panel, coding: Coding, known: Flags, span: slice) -> Floats:
    """Return the counts, the focal channel's first, drift, weekdays, and free steps.

    A level may step freely on a day that a known break moves, and once in every run of days
    whose posts are not known; the readings in such a run are left out.
    """
    counts = [np.nan_to_num(panel.window(name, coding)[span]) for name in panel.channels]
    days, _ = weekday_dummies(panel.weekday[span])
    free = panel.masked[span].copy()
    level = panel.kind == "level"
    if level:
        inside = known[span]
        free[1:] |= ~inside[1:] & inside[:-1]
    steps = np.eye(len(free))[:, free]
    drift = [np.ones(len(free))] if level else []
    return np.column_stack([*counts, *drift, days, steps])


def _opinion(panel: Panel, y: Floats, x: Floats, readings: int) -> SecondOpinion:
    flow = panel.kind == "flow"
    regressors = x if flow else np.cumsum(x, axis=0)
    spread = regressors.std(axis=0)
    moving = spread > 0
    read = np.isfinite(y)
    others = np.column_stack([np.ones(len(y)), regressors[:, 1:]])
    if not moving[0] or partial_out(regressors[read, 0], others[read]) is None:
        return SecondOpinion(None, readings, "It cannot tell the focal posts from the rest.")
    regressors = (regressors[:, moving] - regressors[:, moving].mean(axis=0)) / spread[moving]
    center, unit = float(np.nanmean(y)), float(np.nanstd(y))
    try:
        found = _fitted((y - center) / unit, regressors, autoregressive=flow)
    except (np.linalg.LinAlgError, ValueError) as problem:
        return SecondOpinion(None, readings, f"It could not be computed: {problem}.")
    if found is None:
        return SecondOpinion(None, readings, "Its estimation did not settle, so it has no say.")
    days = 1 if flow else panel.window_days
    effect = found.times(days * unit / float(spread[0]))
    if not effect.known:
        return SecondOpinion(None, readings, "It has found no error for its estimate.")
    return SecondOpinion(effect, readings, FLOW if flow else LEVEL)


def _fitted(y: Floats, regressors: Floats, *, autoregressive: bool) -> Estimate | None:
    """Return the coefficient of the first regressor, or None when no optimizer settles.

    The coefficients are states that do not change, so that only the variances are searched for.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    with warnings.catch_warnings():
        # What they warn of is looked at here: whether it settled, and to finite numbers.
        warnings.simplefilter("ignore")
        model: Any = UnobservedComponents(
            y,
            level="llevel",
            exog=regressors,
            mle_regression=False,
            **({"autoregressive": 1} if autoregressive else {}),
        )
        found = model.fit(disp=False, maxiter=200)
        if not found.mle_retvals["converged"]:
            found = model.fit(found.params, method="nm", disp=False, maxiter=2000)
    if not found.mle_retvals["converged"]:
        return None
    state = -regressors.shape[1]
    variance = float(found.filtered_state_cov[state, state, -1])
    df = int(np.isfinite(y).sum()) - regressors.shape[1] - len(found.params)
    value = float(found.filtered_state[state, -1])
    return Estimate(value, float(np.sqrt(max(variance, 0.0))), df)
