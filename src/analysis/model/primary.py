"""The primary fit: the effect of one more post, for every channel jointly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis.model.design import MIN_SPARE, Design, primary_design
from analysis.model.distributions import t_quantile, t_two_sided
from analysis.model.ols import FTest, OlsFit, fit_hc3, joint_f, rests_on
from analysis.panel import Coding, Flags, Floats, Panel

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with what is known about it.

    Attributes
    ----------
    value, error : float
        The estimate and its HC3 standard error, NaN when not identified.
    df : float
        Degrees of freedom of its t distribution.
    rests_on : float
        Readings with a post in their window that decide it, were all to weigh alike
        (`analysis.model.ols.rests_on`); infinite where that is not asked.
    """

    value: float
    error: float
    df: float
    rests_on: float = float("inf")

    @property
    def known(self) -> bool:
        """Whether the data identify it, with an error that is neither zero nor infinite."""
        return bool(np.isfinite(self.value) and np.isfinite(self.error) and self.error > 0)

    @property
    def p(self) -> float:
        """Two-sided p value of the null that it is zero."""
        if not self.known:
            return float("nan")
        return t_two_sided(self.value / self.error, self.df)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval with coverage ``level``."""
        if not self.known:
            return float("nan"), float("nan")
        half = t_quantile((1 + level) / 2, self.df) * self.error
        return self.value - half, self.value + half

    def detectable(self, alpha: float = 0.05, power: float = POWER) -> float:
        """Return the smallest true value that a test at ``alpha`` finds with ``power``."""
        if not self.known:
            return float("nan")
        return (t_quantile(1 - alpha / 2, self.df) + t_quantile(power, self.df)) * self.error

    def times(self, factor: float) -> Estimate:
        """Return the estimate in another unit."""
        return replace(self, value=self.value * factor, error=self.error * abs(factor))

    def within(self, margin: float, alpha: float = 0.05) -> bool:
        """Return whether two one-sided tests at ``alpha`` place it inside ±``margin``.

        Claims always ask at 5 %, whatever the level of their other tests.
        """
        low, high = self.interval(1 - 2 * alpha)
        return bool(-margin < low and high < margin)


@dataclass(frozen=True)
class PrimaryFit:
    """The primary model of a panel in one coding.

    Attributes
    ----------
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.
    design : Design
        What was regressed on what.
    ols : OlsFit
        The fit.
    window_days : int
        Days in which a post stands in the window of a reading.
    kind : {"level", "flow"}
        The kind of score.
    """

    coding: Coding
    design: Design
    ols: OlsFit
    window_days: int
    kind: str

    @property
    def n(self) -> int:
        """Readings that entered."""
        return len(self.design.y)

    def coefficient(self, channel: str) -> Estimate:
        """Return the move of each reading whose window holds one more post of a channel."""
        column = 1 + self.design.channels.index(channel)
        return combination(self.ols, {column: 1.0}, self.design.x[:, column] != 0)

    @cached_property
    def multiplier(self) -> float:
        """From coefficient to effect; see `window_multiplier`. 1 for a flow."""
        if self.kind == "flow":
            return 1.0
        lags = self.design.lag_columns
        phi = np.nan_to_num(self.ols.beta[lags][: self.window_days - 1])
        return window_multiplier(phi, self.window_days)

    @cached_property
    def effects(self) -> dict[str, Estimate]:
        """The effect of one more post in each channel.

        ``level``: how much higher the score stands once the window has passed. ``flow``: how
        much higher each reading in the window is. The multiplier is taken as known, so that
        estimate, interval and p of an effect are those of its coefficient; its own error is
        a few percent of the effect at most.
        """
        return {
            name: self.coefficient(name).times(self.multiplier) for name in self.design.channels
        }

    def joint(self, channels: tuple[str, ...]) -> FTest | None:
        """Return the joint test that none of ``channels`` matters."""
        columns = np.array([1 + self.design.channels.index(name) for name in channels], dtype=int)
        return joint_f(self.ols, columns)

    def posts_seen(self, channel: str) -> int:
        """Return the posts of ``channel`` that stand in the window of a reading that entered.

        A post stands in ``window_days`` windows; where a gap cuts some of them off it still
        counts once, as far as whole windows tell.
        """
        column = self.design.x[:, 1 + self.design.channels.index(channel)]
        return int(np.ceil(column.sum() / self.window_days))

    def quiet_readings(self, channel: str) -> int:
        """Return the readings that entered with no post of ``channel`` in their window."""
        return int((self.design.x[:, 1 + self.design.channels.index(channel)] == 0).sum())

    def table(self) -> pd.DataFrame:
        """Return one row a channel: posts, effect, 95 % interval, p, detectable."""
        rows = []
        for name, effect in self.effects.items():
            low, high = effect.interval()
            rows.append(
                {
                    "channel": name,
                    "posts": self.posts_seen(name),
                    "effect": effect.value,
                    "low": low,
                    "high": high,
                    "p": effect.p,
                    "detectable": effect.detectable(),
                    "coefficient": self.coefficient(name).value,
                    "standard error": self.coefficient(name).error,
                }
            )
        return pd.DataFrame(rows).set_index("channel")

    def _repr_html_(self) -> str:
        return str(self.table().to_html(float_format=lambda number: f"{number:.4g}"))

    def statsmodels(self) -> Any:
        """Return the same regression as a statsmodels result, HC3 and t, to explore further."""
        import statsmodels.api as sm

        keep = self.ols.identified
        names = [name for name, use in zip(self.design.names, keep, strict=True) if use]
        frame = pd.DataFrame(self.design.x[:, keep], columns=names)
        outcome = pd.Series(self.design.y, name="outcome")
        return sm.OLS(outcome, frame).fit(cov_type="HC3", use_t=True)


def combination(fit: OlsFit, weights: dict[int, float], events: Flags | None = None) -> Estimate:
    """Return a weighted sum of coefficients.

    Parameters
    ----------
    fit : OlsFit
        The fit.
    weights : dict of int to float
        Column to weight.
    events : array (n,) of bool, optional
        The readings of which `Estimate.rests_on` counts those that decide: those with a post in
        the window. By default all.
    """
    columns = np.array(list(weights))
    w = np.array(list(weights.values()))
    variance = float(w @ fit.covariance[np.ix_(columns, columns)] @ w)
    readings = float(rests_on(w @ fit.weights[columns], events))
    return Estimate(float(w @ fit.beta[columns]), float(np.sqrt(variance)), fit.df_resid, readings)


def window_multiplier(phi: Floats, days: int) -> float:
    """Return how far a level stands higher after a post's window, per unit of coefficient.

    With changes that follow ``y_t = b x_t + phi_1 y_(t-1) + …`` and a post that stands in the
    windows of ``days`` readings, the changes are ``m_1 = b``, ``m_d = b + sum phi_j m_(d-j)``,
    and the level has risen by their sum: ``(2 + phi_1) b`` for the usual 48 hours.

    Parameters
    ----------
    phi : array (up to days - 1,)
        Coefficients of the first own lags.
    days : int
        The window in days.
    """
    return float(window_multipliers(phi[None], days)[0])


def window_multipliers(phi: Floats, days: int) -> Floats:
    """Return `window_multiplier` of many fits; shape (b,) for phi of shape (b, up to days - 1)."""
    missing = max(0, days - 1 - phi.shape[1])
    if missing:  # a lag that is not in the model does nothing
        phi = np.concatenate([phi, np.zeros((len(phi), missing))], axis=1)
    moves = np.ones((len(phi), days))
    for day in range(1, days):
        moves[:, day] += (phi[:, :day] * moves[:, :day][:, ::-1]).sum(axis=1)
    return np.asarray(moves.sum(axis=1))


def fit_design(design: Design, coding: Coding, panel: Panel) -> PrimaryFit | None:
    """Fit one design, or return None when there are too few readings for its columns."""
    if len(design.y) < design.x.shape[1] + MIN_SPARE:
        return None
    return PrimaryFit(coding, design, fit_hc3(design.x, design.y), panel.window_days, panel.kind)


def fit_primary(panel: Panel, coding: Coding = "bundle") -> PrimaryFit | None:
    """Fit the primary model of a panel in one coding.

    Returns
    -------
    PrimaryFit or None
        None when fewer readings can enter than the columns plus ``MIN_SPARE``.
    """
    return fit_design(primary_design(panel, coding), coding, panel)
