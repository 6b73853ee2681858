"""Whether the primary's residuals look as its tests assume, and statsmodels agrees with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.special import chdtrc

from analysis.model.distributions import normal_quantile
from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE
from analysis.model.primary import PrimaryFit
from analysis.panel import Floats

LAGS = 21
"""Days over which the residuals' autocorrelation is shown."""


@dataclass(frozen=True)
class Residuals:
    """The residuals in three views.

    Attributes
    ----------
    residuals : array (n,)
        In points; position i belongs to row ``design.rows[i]`` of the panel.
    spread : float
        Their standard deviation.
    autocorrelation : array (lags,)
        At 1, 2 … days; days without a residual count for nothing. NaN without any pair.
    bound : float
        About 95 % of them lie within plus or minus this when nothing is left over.
    normal, ordered : array (n,)
        Normal quantiles, and the residuals in order, over their spread.
    """

    residuals: Floats = field(repr=False)
    spread: float
    autocorrelation: Floats = field(repr=False)
    bound: float
    normal: Floats = field(repr=False)
    ordered: Floats = field(repr=False)

    @property
    def outside(self) -> int:
        """Autocorrelations beyond the bound."""
        return int((np.abs(self.autocorrelation) > self.bound).sum())


@dataclass(frozen=True, slots=True)
class DiagnosticTest:
    """One test of the residuals, by statsmodels.

    Attributes
    ----------
    name : str
        ``Ljung-Box``, ``Breusch-Godfrey``, ``Breusch-Pagan`` or ``Jarque-Bera``.
    lags : int
        How many days back it looks; 0 when it does not.
    statistic, p : float
        Chi-squared statistic and p value.
    """

    name: str
    lags: int
    statistic: float
    p: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The same regression by statsmodels.

    Attributes
    ----------
    tests : tuple of DiagnosticTest
        Of its residuals.
    condition : float
        Condition number of the regressors, each scaled to length one.
    estimates, errors : float
        The largest difference of our coefficients and HC3 errors from theirs, over the size
        of their largest.
    """

    tests: tuple[DiagnosticTest, ...]
    condition: float
    estimates: float
    errors: float


def residual_views(fit: PrimaryFit) -> Residuals | None:
    """Return the residuals of a fit in three views; None when it fits every reading exactly."""
    used = fit.ols.leverage < LEVERAGE_ONE
    values = fit.ols.residuals
    spread = float(np.std(values[used]))
    n = int(used.sum())
    if n < 2 or spread <= 1e-12 * max(1.0, float(np.abs(fit.design.y).max())):
        return None
    ranks = (np.arange(1, n + 1) - 0.5) / n
    return Residuals(
        residuals=values,
        spread=spread,
        autocorrelation=autocorrelation(values[used], fit.design.rows[used], LAGS),
        bound=normal_quantile(0.975) / float(np.sqrt(n)),
        normal=np.array([normal_quantile(rank) for rank in ranks]),
        ordered=np.sort(values[used]) / spread,
    )


def autocorrelation(values: Floats, days: Any, lags: int) -> Floats:
    """Return the autocorrelation of a series with holes, at 1 to ``lags`` days.

    Parameters
    ----------
    values : array (n,)
        The series.
    days : array (n,) of int
        The day of each value, ascending.
    lags : int
        The longest lag; shorter where the days do not reach as far.

    Returns
    -------
    array (up to lags,)
    """
    span = int(days[-1] - days[0]) + 1
    series = np.full(span, np.nan)
    series[days - days[0]] = values - values.mean()
    variance = float(np.nanmean(series**2))
    found = np.full(min(lags, span - 1), np.nan)
    for lag in range(1, len(found) + 1):
        pairs = series[lag:] * series[:-lag]
        if np.isfinite(pairs).any():
            found[lag - 1] = np.nanmean(pairs) / variance
    return found


def reference(fit: PrimaryFit) -> Reference:
    """Fit the same design with statsmodels: its tests, and how far its numbers are from ours.

    Rows that a column of their own fits exactly are left out, as in ours. The test of Ljung and
    Box is lenient beside own lags; that of Breusch and Godfrey is made for them.
    """
    import statsmodels.api as sm
    from statsmodels.stats.diagnostic import acorr_ljungbox, het_breuschpagan
    from statsmodels.stats.stattools import jarque_bera

    used = fit.ols.leverage < LEVERAGE_ONE
    columns = independent(fit.design.x[used])
    x, y = fit.design.x[used][:, columns], fit.design.y[used]
    keep = fit.ols.identified[columns]
    ours, our_errors = fit.ols.beta[columns][keep], fit.ols.standard_errors[columns][keep]
    plain = sm.OLS(y, x).fit()
    robust = sm.OLS(y, x).fit(cov_type="HC3", use_t=True)
    resid, short = np.asarray(plain.resid), min(7, len(y) // 5)
    box = acorr_ljungbox(resid, lags=[short])
    wider = np.column_stack([x, _before(resid, short)])
    godfrey = sm.OLS(resid, wider[:, independent(wider)]).fit()
    explained = len(y) * float(godfrey.rsquared)
    tests = (
        DiagnosticTest("Ljung-Box", short, float(box.iloc[0, 0]), float(box.iloc[0, 1])),
        DiagnosticTest("Breusch-Godfrey", short, explained, float(chdtrc(short, explained))),
        DiagnosticTest("Breusch-Pagan", 0, *map(float, het_breuschpagan(resid, x)[:2])),
        DiagnosticTest("Jarque-Bera", 0, *map(float, jarque_bera(resid)[:2])),
    )
    return Reference(
        tests=tests,
        condition=float(np.linalg.cond(x / np.linalg.norm(x, axis=0))),
        estimates=_apart(ours, np.asarray(plain.params)[keep]),
        errors=_apart(our_errors, np.asarray(robust.bse)[keep]),
    )


def independent(x: Floats) -> NDArray[np.int64]:
    """Return the positions of columns that span all of ``x``, none a combination of others.

    A column that the data identify is always among them.
    """
    length = np.linalg.norm(x, axis=0)
    triangle, order = qr(x / np.where(length > 0, length, 1.0), mode="r", pivoting=True)
    size = np.abs(np.diag(triangle))
    rank = int((size > RANK_TOLERANCE * size[0]).sum())
    return np.sort(np.asarray(order[:rank], dtype=np.int64))


def _before(values: Floats, lags: int) -> Floats:
    """Return the ``lags`` values before each, zero before the first; shape (n, lags)."""
    padded = np.concatenate([np.zeros(lags), values])
    return np.column_stack([padded[lags - lag : len(padded) - lag] for lag in range(1, lags + 1)])


def _apart(ours: Floats, theirs: Floats) -> float:
    """Return the largest difference, over the size of the largest value."""
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())
