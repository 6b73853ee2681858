"""One effect for all accounts: within estimates with errors clustered by account."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.accounts.gram import Floats, Grams
from analysis.model.distributions import f_upper
from analysis.model.primary import Estimate

FEWEST_CLUSTERS = 3
RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Pooled:
    """A within regression with account fixed effects.

    Attributes
    ----------
    beta : array (k,)
        Coefficients; NaN where the data do not identify one.
    covariance : array (k, k)
        Cluster-robust (CR1) by account, or by account and day.
    clusters : int
        Accounts.
    n : int
        Readings.
    bread : array (k, k)
        Inverse of the summed products.
    scores : array (a, k)
        Each account's sum of regressor times residual: ``X'y - X'X b``.
    rank : int
        Of the regressors; less than k where some are not identified.
    days : int or None
        Days, where errors are clustered by them, too.
    mended : bool
        Whether such a covariance was not positive definite, and was made so.
    shared : array (c, c) or None
        What days add to it, for the channels: by day, less by account and day.
    """

    beta: Floats
    covariance: Floats = field(repr=False)
    clusters: int
    n: int
    bread: Floats = field(repr=False)
    scores: Floats = field(repr=False)
    rank: int
    days: int | None = None
    mended: bool = False
    shared: Floats | None = field(default=None, repr=False)

    @property
    def spare(self) -> int:
        """Degrees of freedom of t: one less than accounts, or days where they are fewer."""
        return min(self.clusters, self.clusters if self.days is None else self.days) - 1

    def estimate(self, column: int) -> Estimate:
        """Return a coefficient as an estimate; its error is not known from 2 clusters or fewer."""
        error = self.error(column) if self.spare + 1 >= FEWEST_CLUSTERS else float("nan")
        return Estimate(float(self.beta[column]), error, self.spare)

    def error(self, column: int) -> float:
        """Return the standard error of a coefficient."""
        return float(np.sqrt(self.covariance[column, column]))

    def p(self, column: int) -> float:
        """Return the two-sided p value of a coefficient."""
        return self.estimate(column).p

    def interval(self, column: int, level: float = 0.95) -> tuple[float, float]:
        """Return the interval of a coefficient."""
        return self.estimate(column).interval(level)

    def joint(self, columns: list[int]) -> tuple[float, tuple[int, int], float] | None:
        """Return F, degrees of freedom and p of the test that ``columns`` are all zero.

        None where there are fewer clusters than that asks for, or a covariance that had to be
        made positive: it says nothing of some direction.
        """
        kept = [column for column in columns if np.isfinite(self.beta[column])]
        spare = self.spare
        if not kept or spare < len(kept) or self.mended:
            return None
        b, v = self.beta[kept], self.covariance[np.ix_(kept, kept)]
        f = float(b @ np.linalg.lstsq(v, b, rcond=None)[0]) / len(kept)
        return f, (len(kept), spare), f_upper(f, len(kept), spare)


Absorbed = Literal["nested", "counted"]


def fit_pooled(grams: Grams, absorbed: Absorbed = "nested") -> Pooled:
    """Fit the within regression of all accounts from their cross products.

    The covariance is CR1 (Liang and Zeger 1986, with the usual correction)
    ``G / (G - 1) (N - 1) / (N - K)``.

    Parameters
    ----------
    grams : Grams
        Cross products about each account's means.
    absorbed : {"nested", "counted"}
        Whether K leaves out the accounts' constants, which are nested in the clusters (as
        fixest and reghdfe do), or counts them (as a regression with dummies does).
    """
    xx, xy = grams.xx.sum(axis=0), grams.xy.sum(axis=0)
    bread, identified = inverse(xx)
    beta = bread @ xy
    scores = grams.xy - np.einsum("aij,j->ai", grams.xx, beta)
    clusters, n = len(grams), int(grams.n.sum())
    half = scores @ bread
    covariance = half.T @ half
    covariance[~identified, :] = np.nan
    covariance[:, ~identified] = np.nan
    rank = round(float(np.trace(bread @ xx)))
    beta = np.where(identified, beta, np.nan)
    found = Pooled(beta, covariance, clusters, n, bread, scores, rank)
    return replace(found, covariance=small_sample(found, clusters, absorbed) * covariance)


def small_sample(pooled: Pooled, clusters: int, absorbed: Absorbed) -> float:
    """Return ``G / (G - 1) (N - 1) / (N - K)`` for errors by so many clusters."""
    counted = pooled.clusters if absorbed == "counted" else 1
    k = pooled.rank + counted
    return clusters / max(clusters - 1, 1) * (pooled.n - 1) / max(pooled.n - k, 1)


def inverse(xx: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the pseudo-inverse of a matrix of products, and which columns are identified.

    Columns are scaled to length one first.

    Returns
    -------
    bread : array (k, k)
    identified : array (k,) of bool
    """
    length = np.sqrt(np.diag(xx))
    scale = np.where(length > 0, length, 1.0)
    values, vectors = np.linalg.eigh(xx / np.outer(scale, scale))
    kept = values > RANK_TOLERANCE * max(values.max(initial=0.0), 0.0)
    v = vectors[:, kept]
    bread = (v / values[kept]) @ v.T / np.outer(scale, scale)
    identified = np.isclose((v**2).sum(axis=1), 1.0, atol=1e-8) & (length > 0)
    return bread, identified
