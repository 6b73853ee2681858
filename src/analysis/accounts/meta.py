"""A mean over accounts that differ: random effects, heterogeneity, shrunken estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from analysis.accounts.gram import Floats
from analysis.model.distributions import t_quantile, t_two_sided

FEWEST = 3


@dataclass(frozen=True, slots=True)
class Meta:
    """A random-effects mean.

    Attributes
    ----------
    mean, error : float
        The mean of the accounts' true effects, and its Hartung-Knapp standard error.
    tau : float
        Standard deviation of the true effects (Paule and Mandel).
    q, i2 : float
        Cochran's Q, and the share of the spread that is not chance.
    q_p : float
        p of the null that all accounts have one effect.
    accounts : int
        How many.
    """

    mean: float
    error: float
    tau: float
    q: float
    i2: float
    q_p: float
    accounts: int

    @property
    def p(self) -> float:
        """Two-sided p of the null that the mean is zero."""
        return t_two_sided(self.mean / self.error, self.accounts - 1)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the Hartung-Knapp interval of the mean."""
        half = t_quantile((1 + level) / 2, self.accounts - 1) * self.error
        return self.mean - half, self.mean + half

    def prediction(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the true effect of one more account would lie (Higgins et al. 2009)."""
        spread = np.hypot(self.tau, self.error)
        half = t_quantile((1 + level) / 2, max(self.accounts - 2, 1)) * float(spread)
        return self.mean - half, self.mean + half


def random_effects(estimate: Floats, error: Floats) -> Meta | None:
    """Return the random-effects mean of accounts' own estimates.

    tau is Paule and Mandel's (1982): the spread under which the weighted sum of squares is
    what it should be. The error of the mean is Hartung and Knapp's (2001).

    Parameters
    ----------
    estimate, error : array (a,)
        Own estimates and standard errors; accounts without either are left out.

    Returns
    -------
    Meta or None
        None for fewer than three accounts.
    """
    known = np.isfinite(estimate) & np.isfinite(error) & (error > 0)
    if known.sum() < FEWEST:
        return None
    return mean_of(estimate[known], error[known])


def mean_of(b: Floats, error: Floats) -> Meta:
    """Return the random-effects mean of three estimates or more, each with its error; see above.

    Parameters
    ----------
    b, error : array (a,)
        Estimates and standard errors; finite, errors above zero.
    """
    a, variance = len(b), error**2
    q = _spread(0.0, b, variance)
    tau2 = 0.0
    if q > a - 1:
        # At four times the variance, the sum of squares is under a quarter of the accounts.
        high = float(b.var() + variance.max()) * 4 + 1e-300
        tau2 = float(
            optimize.brentq(
                lambda value: _spread(value, b, variance) - (a - 1),
                0.0,
                high,
                xtol=1e-300,
                rtol=1e-14,
            )
        )
    weight = 1 / (variance + tau2)
    mean = float(weight @ b / weight.sum())
    error_ = float(np.sqrt((weight @ (b - mean) ** 2) / ((a - 1) * weight.sum())))
    return Meta(
        mean=mean,
        error=error_,
        tau=float(np.sqrt(tau2)),
        q=q,
        i2=max(0.0, (q - (a - 1)) / q) if q > 0 else 0.0,
        q_p=float(special.chdtrc(a - 1, q)),
        accounts=a,
    )


def _spread(tau2: float, b: Floats, variance: Floats) -> float:
    weight = 1 / (variance + tau2)
    mean = weight @ b / weight.sum()
    return float(weight @ (b - mean) ** 2)


def shrunken(estimate: Floats, error: Floats, meta: Meta) -> Floats:
    """Return each account's estimate drawn to the mean by as much as it is chance; shape (a,)."""
    share = meta.tau**2 / (meta.tau**2 + error**2)
    return np.asarray(meta.mean + share * (estimate - meta.mean))
