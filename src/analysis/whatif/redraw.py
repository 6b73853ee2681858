"""Accounts like this one, drawn from the fitted model, to see how far fits of them miss.

Least squares makes a slow score come back too quickly, and by more the shorter the record
(Hurwicz 1950); and the delta method takes a curve for straight. Both show on drawn accounts whose
truth is the fit: the mean miss is taken out of the coefficients (Kilian 1998), and the band is as
wide as it must be to hold the drawn accounts' true paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from analysis.model.design import standing
from analysis.model.many import fit_many
from analysis.model.ols import LEVERAGE_ONE
from analysis.panel import Floats, Panel
from analysis.whatif.model import PathModel, State, filled_outcomes, posts_by_age, state_of
from analysis.whatif.path import rays

LEVEL = 0.95
SLOWEST = 0.9995
"""Nothing is drawn from coefficients that forget less than the rest of this a day."""
FOR_BIAS, FOR_BAND = 200, 500
"""Accounts drawn for each."""
SEEDS = (1, 2)
RATES = 5
"""Rates, evenly over the range, that a drawn account's band must hold."""

_CELLS = 4_000_000
_SHRINK, _STEPS = 0.98, 20


@dataclass(frozen=True)
class Drawn:
    """What fits see of drawn accounts.

    Attributes
    ----------
    beta : array (b, moving)
        Their coefficients.
    covariance : array (b, moving, moving)
        Their HC3 covariance.
    state : State
        Where each stands on its last day.
    """

    beta: Floats = field(repr=False)
    covariance: Floats = field(repr=False)
    state: State = field(repr=False)


def is_stable(model: PathModel, theta: Floats) -> bool:
    """Return whether a score with these coefficients comes back to some place."""
    first, lags = model.first_lag, model.lags
    level = model.kind == "level"
    steps = np.zeros((lags + level, lags + level))
    steps[0, :lags] = theta[first : first + lags]
    steps[1:lags, : lags - 1] = np.eye(lags - 1)
    if level:
        steps[0, lags] = theta[-1]
        steps[lags] = steps[0]
        steps[lags, lags] += 1
    return bool(np.abs(np.linalg.eigvals(steps)).max() < SLOWEST)


def corrected(panel: Panel, model: PathModel) -> Floats:
    """Return the coefficients less what fits of drawn accounts miss on average; shape (moving,).

    As much of it as leaves the score coming back to some place (Kilian 1998).
    """
    truth = drawable(model, model.beta)
    parts = list(_drawn(panel, model, truth, FOR_BIAS, SEEDS[0]))
    miss = np.concatenate([part.beta for part in parts]).mean(axis=0) - truth
    for step in range(_STEPS):
        theta = model.beta - (1 - step / _STEPS) * miss
        if is_stable(model, theta):
            return np.asarray(theta)
    return model.beta


def drawable(model: PathModel, theta: Floats) -> Floats:
    """Return coefficients near ``theta`` whose accounts do not wander off."""
    near, first = theta.copy(), model.first_lag
    if model.kind == "level" and not is_stable(model, near):
        near[-1] = min(max(float(near[-1]), -1.0), -2 * (1 - SLOWEST))
    while not is_stable(model, near):
        near[first : first + model.lags] *= _SHRINK
    return near


def critical_value(panel: Panel, model: PathModel, theta: Floats, low: float, high: float) -> float:
    """Return the standard errors to either side in the band that holds all days and rates at once.

    Parameters
    ----------
    panel : Panel
        The study's.
    model : PathModel
        Its fit.
    theta : array (moving,)
        What is true of the accounts that are drawn.
    low, high : float
        The rates, in posts a week, between which the band is to hold.
    """
    truth = drawable(model, theta)
    usual = model.state.usual
    largest = []
    for part in _drawn(panel, model, truth, FOR_BAND, SEEDS[1]):
        many = np.repeat(truth[None], len(part.beta), axis=0)
        there = State(part.state.changes, part.state.last, np.repeat(usual, len(many)))
        told, true = rays(model, part.beta, part.state), rays(model, many, there)
        squares = told.squares(part.covariance)
        worst = np.zeros(len(many))
        for rate in np.linspace(low, high, RATES):
            miss = told.start - true.start + (told.slope - true.slope) * rate
            error = squares @ np.array([1.0, rate, rate * rate])
            worst = np.maximum(worst, np.abs(miss / np.sqrt(error)).max(axis=1))
        largest.append(worst)
    return float(np.quantile(np.concatenate(largest), LEVEL))


def _drawn(panel: Panel, model: PathModel, theta: Floats, draws: int, seed: int) -> Iterator[Drawn]:
    """Yield what fits see of ``draws`` accounts on this study's calendar, some at a time."""
    rng = np.random.default_rng(seed)
    steady, spread = _course(panel, model, theta)
    batch = max(1, min(draws, _CELLS // model.x.size))
    for done in range(0, draws, batch):
        shocks = _shocks(rng, spread, min(batch, draws - done))
        yield _seen(panel, model, _scores(panel, model, theta, steady + shocks))


def _course(panel: Panel, model: PathModel, theta: Floats) -> tuple[Floats, Floats]:
    """Return what each day brings beside its own past, and its residual (NaN: none); (n,) each."""
    first = model.first_lag
    own = slice(first, model.moving)
    steady = theta[0] + posts_by_age(panel, model.age) @ theta[1:first]
    fitted = model.y - model.ols.residuals
    fitted = fitted + model.x[:, : model.moving] @ (theta - model.beta)
    steady[model.rows] = fitted - model.x[:, own] @ theta[own]
    free = model.ols.leverage < LEVERAGE_ONE
    residuals = model.y[free] - fitted[free]
    spread = np.full(len(panel.dates), np.nan)
    spread[model.rows[free]] = residuals - residuals.mean()
    spread[model.rows[free]] /= np.sqrt(1 - model.ols.leverage[free])
    return steady, spread


def _shocks(rng: np.random.Generator, spread: Floats, batch: int) -> Floats:
    """Return each day's residual with random signs, on other days any one's; shape (batch, n)."""
    known = np.isfinite(spread)
    sizes = np.broadcast_to(spread, (batch, len(spread))).copy()
    sizes[:, ~known] = rng.choice(spread[known], (batch, int((~known).sum())))
    return np.asarray(sizes * (rng.integers(0, 2, sizes.shape) * 2.0 - 1.0))


def _scores(panel: Panel, model: PathModel, theta: Floats, brought: Floats) -> Floats:
    """Return the scores of accounts on every day, gaps included; shape (b, n)."""
    level, lags, first = panel.kind == "level", model.lags, model.first_lag
    backward = theta[first : first + lags][::-1]
    _, filled = filled_outcomes(panel, panel.score[None], lags)
    outcomes = np.full((len(brought), lags + brought.shape[1]), filled[0, 0])
    scores = np.empty(brought.shape)
    usual = _usual(panel)
    for day in range(brought.shape[1]):
        if level and (day == 0 or panel.masked[day]):
            real = panel.score[day]
            scores[:, day] = real if np.isfinite(real) else usual[day]
            continue
        change = brought[:, day] + outcomes[:, day : day + lags] @ backward
        if level:
            change += theta[-1] * (scores[:, day - 1] - usual[day])
        outcomes[:, lags + day] = change
        scores[:, day] = scores[:, day - 1] + change if level else change
    return scores


def _usual(panel: Panel) -> Floats:
    """Return the mean of the readings between two known changes, for each day; shape (n,)."""
    stretch = np.cumsum(panel.masked)
    usual, mean = np.empty(len(stretch)), float(np.nanmean(panel.score))
    for one in np.unique(stretch):
        part = panel.score[stretch == one]
        known = part[np.isfinite(part)]
        usual[stretch == one] = known.mean() if len(known) else mean
    return usual


def _seen(panel: Panel, model: PathModel, scores: Floats) -> Drawn:
    """Return the fits of accounts, with this study's gaps."""
    seen = np.where(np.isfinite(panel.score), scores, np.nan)
    outcomes, filled = filled_outcomes(panel, seen, model.lags)
    rows = model.rows
    columns = [filled[:, rows + model.lags - lag] for lag in range(1, model.lags + 1)]
    if panel.kind == "level":
        columns.append(standing(seen, panel.masked)[:, rows])
    own = slice(model.first_lag, model.moving)
    fits = list(fit_many(model.x, own, np.stack(columns, axis=2), outcomes[:, rows]))
    size = model.moving
    return Drawn(
        beta=np.array([fit.beta[:size] for fit in fits]),
        covariance=np.array([fit.covariance[:size, :size] for fit in fits]),
        state=state_of(panel, seen, model.lags),
    )
