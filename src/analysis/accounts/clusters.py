"""Errors clustered by account that hold with few accounts, or very unequal ones.

With few clusters the usual covariance (CR1) is too small, the more so the more a few of them
decide, and t with one degree of freedom fewer than clusters promises too much. Bell and McCaffrey
(2002) mend both: each cluster's residuals are those of a fit without it (CR3: the sum of squares
of what leaving out one cluster after the other does to an estimate, the jackknife), and the
degrees of freedom are those that such a covariance would have if errors were independent and alike
(Satterthwaite). Where effects differ between clusters, CR2, which is unbiased only if errors are
alike, is too small still. Pustejovsky and Tipton (2018) do the same for joint tests (HTZ), and
show that constants of clusters may be taken out before. Everything comes from cross products: for
an account with products S and the inverse M of all, ``X' (I - X M X')^(-1) e`` is
``(I - S M)^(-1) X' e``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from analysis.accounts.gram import Floats, Grams
from analysis.accounts.pooled import Pooled
from analysis.model.distributions import f_upper
from analysis.model.primary import Estimate

SERIES = 0.1
"""Accounts of less leverage are adjusted by a series, which is then as exact as the others are."""
TERMS = 18
CLOSE = 1e-16
"""A term of the series below this share of its sum changes nothing more."""
ALONE = 1e-9
"""What is left of a direction that one account alone decides; it tells nothing of errors."""
TINY = 1e-9
"""A covariance that varies less than this was not estimated: there is one account, or none."""
SHORT = 1e-6
"""By what the expected covariance may fall short of what it is if errors are alike. It is larger
than that but where one account alone decides."""
BATCH = 20_000


@dataclass(frozen=True)
class Clusters:
    """A pooled regression with errors by few or unequal accounts.

    Attributes
    ----------
    beta : array (k,)
        Its coefficients.
    xx : array (a, k, k)
        Products of each account.
    bread : array (k, k)
        Inverse of their sum.
    root : array (k, r)
        ``root root'`` is the bread.
    scores : array (a, k)
        Each account's ``X'y - X'X b``.
    """

    beta: Floats
    xx: Floats = field(repr=False)
    bread: Floats = field(repr=False)
    root: Floats = field(repr=False)
    scores: Floats = field(repr=False)

    @classmethod
    def of(cls, grams: Grams, pooled: Pooled, beta: Floats | None = None) -> Clusters:
        """Return the same fit with its accounts' products, and coefficients of its own if given."""
        values, vectors = np.linalg.eigh(pooled.bread)
        kept = values > 0
        root = vectors[:, kept] * np.sqrt(values[kept])
        own = pooled.beta if beta is None else beta
        return cls(own, grams.xx, pooled.bread, root, pooled.scores)

    @property
    def mended(self) -> bool:
        """Whether the covariance had to be made positive definite; one by account never has."""
        return False

    @cached_property
    def covariance(self) -> Floats:
        """CR3, shape (k, k); of what is identified."""
        parts = [
            _adjust(xx, self, self.scores[rows][:, :, None])[:, :, 0] for rows, xx in self._parts()
        ]
        half = np.concatenate(parts) @ self.bread
        return np.asarray(half.T @ half)

    def estimate(self, column: int) -> Estimate:
        """Return a coefficient with its CR3 error and Satterthwaite's degrees of freedom."""
        value, error = float(self.beta[column]), float("nan")
        spare = self.spare(column)
        if np.isfinite(value) and np.isfinite(spare):
            error = float(np.sqrt(self.covariance[column, column]))
        return Estimate(value, error, spare)

    def spare(self, column: int) -> float:
        """Return Satterthwaite's degrees of freedom of one coefficient.

        NaN where one account alone decides it.
        """
        mean, variances = self._expected(np.eye(len(self.bread))[:, [column]])
        expected, variance = float(mean[0, 0]), float(variances[0, 0])
        if expected < (1 - SHORT) * self.bread[column, column]:
            return float("nan")
        return 2 * expected**2 / variance if variance > TINY * expected**2 else float("nan")

    def joint(self, columns: list[int]) -> tuple[float, tuple[int, float], float] | None:
        """Return F, degrees of freedom and p of the test that ``columns`` are all zero.

        None where the accounts are too few, or too unequal, for so many.
        """
        kept = [column for column in columns if np.isfinite(self.beta[column])]
        if not kept:
            return None
        q, b = len(kept), self.beta[kept]
        contrasts = np.zeros((len(self.bread), q))
        contrasts[kept] = _root_inverse(self.bread[np.ix_(kept, kept)])
        mean, _ = self._expected(contrasts)
        if np.linalg.eigvalsh(mean)[0] < 1 - SHORT:
            return None
        _, variances = self._expected(contrasts @ _root_inverse(mean))
        total = float(variances.sum())
        eta = q * (q + 1) / total if total > TINY else 0.0
        spare = eta - q + 1
        if not spare > 0:
            return None
        wald = float(b @ np.linalg.lstsq(self.covariance[np.ix_(kept, kept)], b, rcond=None)[0])
        f = spare / (eta * q) * wald
        return f, (q, spare), f_upper(f, q, spare)

    def _expected(self, contrasts: Floats) -> tuple[Floats, Floats]:
        """Return means and variances of CR3's elements for contrasts (k, q), were errors alike."""
        k, q = contrasts.shape
        lifted = self.bread @ contrasts
        mean, own, crossed = np.zeros((q, q)), np.zeros((q, q)), np.zeros((q, q, k, k))
        for _rows, xx in self._parts():
            v = xx @ lifted
            u = _adjust(xx, self, v)
            d = lifted.T @ _adjust(xx, self, u)
            w = u.transpose(0, 2, 1) @ self.bread @ u
            mean += (d - w).sum(axis=0)
            one, two = np.einsum("ass->as", d), np.einsum("ass->as", w)
            own += one.T @ one - one.T @ two - two.T @ one
            own += (d * d.transpose(0, 2, 1) - 2 * d * w.transpose(0, 2, 1)).sum(axis=0)
            crossed += np.einsum("aks,alt->stkl", u, u, optimize=True)
        turned = np.einsum("kl,stlm,mn->stkn", self.bread, crossed, self.bread, optimize=True)
        both = np.einsum("stkn,stkn->st", crossed, turned)
        swapped = np.einsum("stkn,tskn->st", crossed, turned)
        return (mean + mean.T) / 2, np.asarray(own + both + swapped)

    def _parts(self) -> Iterator[tuple[slice, Floats]]:
        for begin in range(0, len(self.xx), BATCH):
            rows = slice(begin, begin + BATCH)
            yield rows, self.xx[rows]


def _root_inverse(matrix: Floats) -> Floats:
    """Return the symmetric root of the inverse of a positive matrix (q, q)."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)


def _adjust(xx: Floats, clusters: Clusters, vectors: Floats) -> Floats:
    """Return ``(I - S M)^(-1) v`` of each account; shape of ``vectors`` (a, k, q)."""
    bread = clusters.bread
    leverage = np.einsum("aij,ji->a", xx, bread)
    made = vectors.copy()
    few = leverage < SERIES
    if few.any():
        small, term = xx[few] @ bread, vectors[few]
        total = term.copy()
        for _ in range(TERMS):
            term = small @ term
            total += term
            if np.abs(term).max() <= CLOSE * np.abs(total).max():
                break
        made[few] = total
    for row in np.flatnonzero(~few):
        half = xx[row] @ clusters.root
        values, directions = np.linalg.eigh(clusters.root.T @ half)
        left = 1 - values
        factor = np.where(left > ALONE, 1 / np.where(left > ALONE, left, 1.0), 0.0)
        over = (factor - 1) / np.where(values > ALONE, values, 1.0)
        lifted = directions.T @ (clusters.root.T @ vectors[row])
        made[row] = vectors[row] + half @ directions @ (over[:, None] * lifted)
    return made
