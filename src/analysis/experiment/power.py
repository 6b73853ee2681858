"""What a plan could find, on accounts that move as this one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.model.design import MIN_SPARE, SHORT, primary_design, weekday_dummies
from analysis.model.distributions import t_quantile
from analysis.model.many import fit_many
from analysis.model.ols import fit_hc3
from analysis.model.primary import POWER, window_multiplier
from analysis.panel import Floats, Panel
from analysis.plan import Days

ACCOUNTS = 500
"""Simulated accounts: a power of 80 % is then known to within 3.5 points."""

_BURN = 60
_BLOCK = 7
_LARGEST_ROOT = 0.995
_STEPS = 10


@dataclass(frozen=True)
class Noise:
    """How the score moves by itself, as far as the record tells.

    Attributes
    ----------
    residuals : array (n,)
        Of the outcome on the focal posts, own lags and weekday, each over ``sqrt(1 - h)``.
        What other channels do is left in them: the experiment does not control for it.
    phi : array (p,)
        Coefficients of the own lags.
    multiplier : float
        From coefficient to effect; see `window_multiplier`.
    """

    residuals: Floats = field(repr=False)
    phi: Floats = field(repr=False)
    multiplier: float

    def draw(self, rng: np.random.Generator, accounts: int, days: int) -> Floats:
        """Return outcomes in which no post moves anything; shape (accounts, days).

        Residuals are drawn in weeks, so that calm and wild times stay together.
        """
        total = _BURN + days
        starts = rng.integers(0, len(self.residuals), (accounts, -(-total // _BLOCK)))
        places = (starts[:, :, None] + np.arange(_BLOCK)) % len(self.residuals)
        return self.echo(self.residuals[places].reshape(accounts, -1)[:, :total])[:, _BURN:]

    def echo(self, pushes: Floats) -> Floats:
        """Return the outcomes that follow from pushes by the own lags; shape (b, days)."""
        lags = len(self.phi)
        moves = np.concatenate([np.zeros((len(pushes), lags)), pushes], axis=1)
        for day in range(lags, moves.shape[1]):
            moves[:, day] += moves[:, day - lags : day] @ self.phi[::-1]
        return moves[:, lags:]


def noise_of(panel: Panel) -> Noise | None:
    """Return how a panel's outcome moves by itself; None with too few readings to tell."""
    design = primary_design(panel, "bundle")
    others = 1 + np.arange(1, len(design.channels))
    x = np.delete(design.x, others, axis=1)
    if len(design.y) < x.shape[1] + MIN_SPARE:
        return None
    fit = fit_hc3(x, design.y)
    phi = _steady(np.nan_to_num(fit.beta[2 : 2 + design.lags]))
    said = fit.leverage < 1
    residuals = fit.residuals[said] / np.sqrt(1 - fit.leverage[said])
    days = panel.window_days
    multiplier = 1.0 if panel.kind == "flow" else window_multiplier(phi[: days - 1], days)
    return Noise(residuals - residuals.mean(), phi, multiplier)


def _steady(phi: Floats) -> Floats:
    """Return lags whose shocks die out, by shrinking the roots where they would not."""
    companion = np.eye(len(phi), k=-1)
    companion[0] = phi
    radius = float(np.abs(np.linalg.eigvals(companion)).max())
    if radius <= _LARGEST_ROOT:
        return phi
    return phi * (_LARGEST_ROOT / radius) ** np.arange(1, len(phi) + 1)


def detectable_effect(
    noise: Noise,
    days: Days,
    weekday: int,
    window_days: int,
    alpha: float,
    seed: int,
    accounts: int = ACCOUNTS,
) -> float | None:
    """Return the effect of a planned post that a plan finds with 80 % power, if it is kept.

    The accounts move by the record's own lags and residuals; each is analyzed as the experiment
    will be, but for its p value, which is taken from the t distribution.

    Parameters
    ----------
    noise : Noise
        How the score moves by itself.
    days : array (days,) of bool
        The plan.
    weekday : int
        Of its first day.
    window_days : int
        Days in which a post stands in the window of a reading.
    alpha : float
        The level of the test.
    seed : int
        Of the accounts.
    accounts : int
        How many.

    Returns
    -------
    float or None
        In points per planned post; None when no effect of a size that can be is found.
    """
    power = _power(noise, days, weekday, window_days, alpha, seed, accounts)
    high = float(noise.residuals.std())
    for _ in range(_STEPS):
        if power(high) >= POWER:
            break
        high *= 2
    else:
        return None
    low = 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return (low + high) / 2


def _power(
    noise: Noise,
    days: Days,
    weekday: int,
    window_days: int,
    alpha: float,
    seed: int,
    accounts: int,
) -> Callable[[float], float]:
    """Return the share of accounts in which an effect is found, as a function of it."""
    planned = np.convolve(days, np.ones(window_days))[: len(days)]
    lags = 7 if len(days) < SHORT else 14
    quiet = noise.draw(np.random.default_rng(seed), accounts, lags + len(days))
    answer = np.concatenate([np.zeros(lags), noise.echo(planned[None])[0] / noise.multiplier])
    rows = np.arange(window_days - 1, len(days)) + lags
    dummies, _ = weekday_dummies((weekday + rows - lags) % 7)
    x = np.column_stack([np.ones(len(rows)), planned[rows - lags], np.zeros((len(rows), lags))])
    x = np.column_stack([x, dummies])

    def power(effect: float) -> float:
        moved = quiet + effect * answer
        earlier = np.stack([moved[:, rows - lag] for lag in range(1, lags + 1)], axis=2)
        found = 0
        for fit in fit_many(x, slice(2, 2 + lags), earlier, moved[:, rows]):
            bound = t_quantile(1 - alpha / 2, fit.df_resid)
            found += abs(fit.beta[1]) > bound * fit.standard_errors[1]
        return found / accounts

    return power


def weeks_for(effect: float, weeks: int, detectable: float) -> int:
    """Return about how many weeks it takes to find another effect: errors shrink by the root."""
    return int(np.ceil(weeks * (detectable / effect) ** 2))


def arms(plans: Days, window_days: int) -> NDArray[np.int64]:
    """Return the readings with and without a planned post in their window; shape (m, 2)."""
    planned = np.zeros((len(plans), plans.shape[1] - window_days + 1), dtype=bool)
    for lag in range(window_days):
        planned |= plans[:, lag : lag + planned.shape[1]]
    exposed = planned.sum(axis=1)
    return np.column_stack([exposed, planned.shape[1] - exposed])
