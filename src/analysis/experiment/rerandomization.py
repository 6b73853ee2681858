"""What the plan did to the score, by comparing it with the plans that might have been drawn.

Only the plan is random here. If it moves nothing, the readings would have been the same under
any other plan, whatever else moved them and whatever the person did: the statistic of the plan
that was drawn is then one of many that were equally likely (Fisher 1935). That holds exactly, for
any score and any hidden event, and however badly the plan was kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis.model.design import MIN_SPARE, SHORT, lagged_outcomes, weekday_dummies
from analysis.model.distributions import t_quantile
from analysis.model.fwl import orthonormal
from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE
from analysis.model.primary import POWER
from analysis.panel import Floats, Panel
from analysis.plan import Days, Plan

_BLOCK = 512
_STEPS = 60
_PRECISION = 0.005
"""Of an end of an interval, in standard errors."""


@dataclass(frozen=True)
class Trial:
    """The readings that a plan decides about, and what it says of them.

    Attributes
    ----------
    panel : Panel
        The whole score, since earlier readings serve as lags; no channel, since what was posted
        may have no say in which readings enter.
    rows : array (n,) of int
        Its rows that enter: those whose window lies within the plan.
    planned : array (len(panel.dates),)
        Planned posts in the window before each reading; 0 where the plan does not reach.
    lags : int
        Own lags of the outcome.
    """

    panel: Panel
    rows: NDArray[np.int64] = field(repr=False)
    planned: Floats = field(repr=False)
    lags: int

    @property
    def exposed(self) -> int:
        """Readings with a planned post in the window before them."""
        return int((self.planned[self.rows] > 0).sum())

    @property
    def unexposed(self) -> int:
        """Readings with none."""
        return len(self.rows) - self.exposed

    @property
    def total(self) -> int:
        """Readings in whose window a post stands that a level adds up: 1 for a flow."""
        return 1 if self.panel.kind == "flow" else self.panel.window_days

    def without(self, effect: float) -> tuple[Floats, Floats]:
        """Return what the readings would be had no post been planned, and what explains them.

        Under the hypothesis that each planned post lifts the score by ``effect``, in equal
        parts over the readings of its window, these are the same under every plan.

        Returns
        -------
        outcome : array (n,)
        basis : array (n, r)
            Orthonormal columns that span a constant, own lags and weekdays.
        """
        bare = replace(self.panel, outcome=self.panel.outcome - effect / self.total * self.planned)
        lagged = lagged_outcomes(bare, self.lags).outcomes[self.rows]
        days, _ = weekday_dummies(self.panel.weekday[self.rows])
        columns = np.column_stack([np.ones(len(self.rows)), lagged, days])
        return bare.outcome[self.rows], orthonormal(columns)


@dataclass(frozen=True, slots=True)
class Randomized:
    """What one more planned post does, by re-randomization.

    Attributes
    ----------
    effect : float
        Points per planned post: where the statistic is zero. For a level, the rise once the
        window has passed; for a flow, the rise of each reading in it.
    interval : tuple of float
        The effects that the test at 5 % does not reject.
    narrow : tuple of float
        Those that it does not reject at twice the study's alpha: within a margin, they prove
        that the effect is.
    t : float
        The studentized (HC3) coefficient of the planned posts in the window.
    p : float
        Two-sided, exact for the design; at least 1 / (draws + 1).
    draws : int
        Plans that it was compared with.
    detectable : float
        The smallest true effect of a planned post found with 80 % power.
    """

    effect: float
    interval: tuple[float, float]
    narrow: tuple[float, float]
    t: float
    p: float
    draws: int
    detectable: float


def trial(plan: Plan, panel: Panel) -> Trial:
    """Return the readings of a panel that a plan decides about."""
    n = len(panel.dates)
    panel = replace(panel, channels=())
    index = _first_day(plan, panel)
    planned = np.zeros(n)
    inside = np.ones(n, dtype=bool)
    for lag in range(panel.window_days):
        day = index - lag
        within = (day >= 0) & (day < len(plan.days))
        planned[within] += plan.days[day[within]]
        inside &= within
    lags = 7 if inside.sum() < SHORT else 14
    enough = lagged_outcomes(panel, lags).enough
    usable = inside & enough & np.isfinite(panel.outcome) & ~panel.masked
    return Trial(panel, np.flatnonzero(usable), planned, lags)


def _first_day(plan: Plan, panel: Panel) -> NDArray[np.int64]:
    """Return the planned day, 0 for the first, that stands in the last 24 hours of each reading.

    A day belongs to the reading whose 24 hours hold its noon.
    """
    offset = (panel.dates[0].date() - plan.start).days
    return np.arange(len(panel.dates)) + offset - shift(plan)


def shift(plan: Plan) -> int:
    """Return by how many days the reading comes after the planned day that it holds."""
    return 0 if plan.minutes > 720 else 1


def exposures(plan: Plan, panel: Panel, rows: NDArray[np.int64], plans: Days) -> Floats:
    """Return the planned posts in the window before each reading, under each of many plans.

    Parameters
    ----------
    plan : Plan
        Their common design.
    panel : Panel
        The panel.
    rows : array (n,) of int
        Rows of the panel whose window lies within the plan.
    plans : array (m, days) of bool
        The plans.

    Returns
    -------
    array (n, m)
    """
    index = _first_day(plan, panel)[rows]
    total = np.zeros((len(rows), len(plans)))
    for lag in range(panel.window_days):
        total += plans.T[index - lag]
    return total


def columns_t(columns: Floats, basis: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the coefficient of each column beside the same others, and its HC3 t.

    By the theorem of Frisch, Waugh and Lovell only the column is worked on anew: with r its
    residual on the others the coefficient is ``r'y / r'r``, and the leverage of a row grows by
    ``r_i^2 / r'r``.

    Parameters
    ----------
    columns : array (n, m)
        The columns.
    basis : array (n, r)
        Orthonormal columns that span the others.
    y : array (n,)
        Outcome.

    Returns
    -------
    beta, t : array (m,)
        NaN where the others leave nothing of a column.
    """
    fixed = (basis**2).sum(axis=1)
    free = fixed < LEVERAGE_ONE
    inside = y - basis @ (basis.T @ y)
    betas, ts = np.empty(columns.shape[1]), np.empty(columns.shape[1])
    for begin in range(0, columns.shape[1], _BLOCK):
        block = columns[:, begin : begin + _BLOCK]
        r = block - basis @ (basis.T @ block)
        square = (r**2).sum(axis=0)
        square[square <= RANK_TOLERANCE**2 * (block**2).sum(axis=0)] = np.nan
        beta = (inside @ r) / square
        room = 1 - fixed[:, None] - r**2 / square
        room[~free] = np.inf
        room[room <= 1 - LEVERAGE_ONE] = np.inf
        weighted = r * (inside[:, None] - r * beta) / room
        error = np.sqrt((weighted**2).sum(axis=0)) / square
        error[error == 0] = np.nan
        betas[begin : begin + _BLOCK], ts[begin : begin + _BLOCK] = beta, beta / error
    return betas, ts


def p_value(t: float, others: Floats) -> float:
    """Return the share of plans whose t is at least as far from zero, the real one among them.

    A plan whose coefficient is not identified counts as further away.
    """
    beyond = int((~(np.abs(others) < abs(t) * (1 - 1e-12))).sum())
    return (1 + beyond) / (1 + len(others))


def critical(others: Floats, alpha: float) -> float:
    """Return how far from zero t must be for `p_value` to be at most ``alpha``."""
    rank = int(alpha * (1 + len(others)) + 1e-9)
    if rank < 1:
        return float("inf")
    size = np.sort(np.where(np.isfinite(others), np.abs(others), np.inf))[::-1]
    return float(size[rank - 1])


def rerandomize(plan: Plan, found: Trial) -> Randomized | None:
    """Return what one more planned post does, or None where the readings do not tell.

    Parameters
    ----------
    plan : Plan
        The plan.
    found : Trial
        The readings that it decides about.
    """
    rows = found.rows
    real = found.planned[rows, None]
    y, basis = found.without(0.0)
    df = len(rows) - basis.shape[1] - 1
    if df < MIN_SPARE:
        return None
    chance = exposures(plan, found.panel, rows, plan.others())
    coefficient, t = columns_t(real, basis, y)
    if not np.isfinite(t[0]):
        return None
    others = columns_t(chance, basis, y)[1]
    error = abs(float(coefficient[0] / t[0])) * found.total if t[0] else float("nan")
    test = _Inversion(found, real, chance)
    effect = test.estimate(float(coefficient[0]) * found.total, error)
    return Randomized(
        effect=effect,
        interval=test.interval(effect, error, 0.05),
        narrow=test.interval(effect, error, 2 * plan.alpha),
        t=float(t[0]),
        p=p_value(float(t[0]), others),
        draws=len(others),
        detectable=error * (t_quantile(1 - plan.alpha / 2, df) + t_quantile(POWER, df)),
    )


@dataclass(frozen=True)
class _Inversion:
    """The test as a function of the effect that it is asked about."""

    found: Trial
    real: Floats
    chance: Floats

    def t(self, effect: float) -> float:
        """Return how far the data are from an effect, studentized."""
        y, basis = self.found.without(effect)
        return float(columns_t(self.real, basis, y)[1][0])

    def spare(self, effect: float, alpha: float) -> float:
        """Return by how much an effect escapes rejection; below zero where it is rejected."""
        y, basis = self.found.without(effect)
        others = columns_t(self.chance, basis, y)[1]
        real = float(columns_t(self.real, basis, y)[1][0])
        return critical(others, alpha) - abs(real)

    def estimate(self, near: float, error: float) -> float:
        """Return the effect at which the statistic is zero (Hodges and Lehmann 1963)."""
        low, high = near - error, near + error
        for _ in range(_STEPS):
            if self.t(low) > 0 > self.t(high):
                return _root(self.t, low, high, _PRECISION * error)
            low, high = low - (high - low) / 2, high + (high - low) / 2
        return float("nan")

    def interval(self, effect: float, error: float, alpha: float) -> tuple[float, float]:
        """Return the effects that are not rejected; an end that is not found is infinite."""
        return self._end(effect, -error, alpha), self._end(effect, error, alpha)

    def _end(self, effect: float, step: float, alpha: float) -> float:
        inner, outer = effect, effect + 2 * step
        for _ in range(8):
            if self.spare(outer, alpha) < 0:
                return _root(
                    lambda value: self.spare(value, alpha), inner, outer, _PRECISION * abs(step)
                )
            inner, outer = outer, outer + 2 * (outer - effect)
        return float("inf") if step > 0 else float("-inf")


def _root(f: Callable[[float], float], low: float, high: float, precision: float) -> float:
    """Return where ``f`` changes its sign between two points (the Illinois method)."""
    at_low, at_high = f(low), f(high)
    middle = low
    for _ in range(_STEPS):
        before, middle = middle, (low * at_high - high * at_low) / (at_high - at_low)
        value = f(middle)
        if value == 0 or abs(middle - before) < precision:
            return middle
        if value * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = middle, value
    return middle
