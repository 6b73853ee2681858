"""Ordinary least squares with HC3 errors, as pure functions of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis.model.distributions import f_upper

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVERAGE_ONE = 1 - 1e-10
"""A row with leverage above this is fitted exactly by a column of its own."""

SURELY_INDEPENDENT = 1e-5
"""What a column of length one keeps beside those before it, for the quick way to be taken."""

TINY = 1e-300
"""Stands in for a divisor of zero."""

RANK_TOLERANCE = 1e-9
"""Relative to the largest singular value of the columns scaled to length one."""


@dataclass(frozen=True, slots=True)
class OlsFit:
    """A least-squares fit.

    Attributes
    ----------
    beta : array (k,)
        Coefficients; NaN where the data do not identify one (a column that is constant
        zero, or a combination of others).
    covariance : array (k, k)
        HC3 covariance; NaN in the rows and columns of unidentified coefficients.
    residuals, leverage : array (n,)
        ``y - X b`` and the diagonal of the hat matrix.
    identified : array (k,) of bool
        Which coefficients the data identify.
    rank : int
        Rank of X.
    df_resid : int
        n minus rank.
    rss : float
        Residual sum of squares.
    exact_rows : int
        Rows that a column of their own fits exactly. They say nothing about any other
        coefficient, nor how well that column is known: they are left out.
    weights : array (k, n)
        Each coefficient is the product of its row with the outcome; zero in exact rows, and of
        no meaning for what is not identified.
    """

    beta: Floats
    covariance: Floats = field(repr=False)
    residuals: Floats = field(repr=False)
    leverage: Floats = field(repr=False)
    identified: Flags = field(repr=False)
    rank: int
    df_resid: int
    rss: float
    exact_rows: int
    weights: Floats = field(repr=False)

    @property
    def standard_errors(self) -> Floats:
        """HC3 standard errors, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True, slots=True)
class FTest:
    """A joint test that several coefficients are zero.

    Attributes
    ----------
    f : float
        The Wald statistic over its numerator degrees of freedom.
    df : tuple of int
        Numerator and denominator degrees of freedom.
    p : float
        From the F distribution.
    """

    f: float
    df: tuple[int, int]
    p: float


def fit_hc3(x: Floats, y: Floats) -> OlsFit:
    """Fit ``y`` on ``x`` by least squares with HC3 errors.

    HC3 (MacKinnon and White 1985) divides each squared residual by ``(1 - h)^2``. Columns are
    scaled to length one first, so that a channel of thousands beside one of ones costs no
    digits; coefficients that the data do not identify come back as NaN instead of one
    arbitrary solution among many.

    Parameters
    ----------
    x : array (n, k)
        Regressors, the constant among them.
    y : array (n,)
        Outcome.

    Returns
    -------
    OlsFit
    """
    length = np.linalg.norm(x, axis=0)
    scale = np.where(length > 0, length, 1.0)
    basis, inverse, identified = _decomposed(x / scale)
    identified &= length > 0
    residuals = y - basis @ (basis.T @ y)
    leverage = (basis**2).sum(axis=1)
    exact = leverage > LEVERAGE_ONE
    if exact.any():
        return _without(x, y, exact)
    weights = inverse / scale[:, None]
    half = weights * (residuals / (1 - leverage))
    beta = weights @ y
    covariance = half @ half.T
    covariance[~identified, :] = np.nan
    covariance[:, ~identified] = np.nan
    return OlsFit(
        beta=np.where(identified, beta, np.nan),
        covariance=covariance,
        residuals=residuals,
        leverage=leverage,
        identified=identified,
        rank=basis.shape[1],
        df_resid=len(y) - basis.shape[1],
        rss=float(residuals @ residuals),
        exact_rows=0,
        weights=weights,
    )


def _decomposed(x: Floats) -> tuple[Floats, Floats, Flags]:
    """Return an orthonormal basis (n, r), the pseudo-inverse (k, n), and what is identified (k,).

    By QR where the columns, which have length one or zero, are clearly independent; else by the
    singular values, which take three times as long and tell what is not identified.
    """
    n, k = x.shape
    if n >= k > 0:
        q, r = np.linalg.qr(x)
        if np.abs(np.diag(r)).min() > SURELY_INDEPENDENT:
            return q, np.linalg.inv(r) @ q.T, np.ones(k, dtype=bool)
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    keep = s > RANK_TOLERANCE * s[0] if s.size and s[0] > 0 else np.zeros(s.size, dtype=bool)
    u, s, vt = u[:, keep], s[keep], vt[keep]
    return u, (vt.T / s) @ u.T, np.isclose((vt**2).sum(axis=0), 1.0, atol=1e-8)


def _without(x: Floats, y: Floats, exact: Flags) -> OlsFit:
    """Fit the other rows; the exact ones come back with no residual and leverage one."""
    inner = fit_hc3(x[~exact], y[~exact])
    residuals, leverage = np.zeros(len(y)), np.ones(len(y))
    residuals[~exact], leverage[~exact] = inner.residuals, inner.leverage
    weights = np.zeros(x.T.shape)
    weights[:, ~exact] = inner.weights
    return replace(
        inner,
        residuals=residuals,
        leverage=leverage,
        exact_rows=inner.exact_rows + int(exact.sum()),
        weights=weights,
    )


def rests_on(weights: Floats, events: Flags | None = None) -> Floats:
    """Return on how many rows a weighted sum of outcomes rests: ``(sum w^2)^2 / sum w^4``.

    As many rows of equal weight would decide it as much as these do: n where all weigh alike,
    close to 2 where two rows do nearly all. The ``w^2`` are each row's share in the variance of
    the sum, and the inverse of the sum of squared shares counts what they come to.

    Parameters
    ----------
    weights : array (..., n)
        What each row's outcome is multiplied by.
    events : array (n,) of bool, optional
        The rows that count; by default all.

    Returns
    -------
    array (...)
        Zero where nothing has weight.
    """
    counted = np.ones(weights.shape[-1]) if events is None else events.astype(np.float64)
    squares = weights * weights
    second, fourth = squares @ counted, (squares * squares) @ counted
    return np.asarray(second * second / np.maximum(fourth, TINY))


def inverses(matrices: Floats) -> Floats:
    """Return the inverse of each symmetric matrix (s, k, k); NaN for one that has none."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        regular = np.linalg.matrix_rank(matrices, hermitian=True) == matrices.shape[1]
        found = np.full_like(matrices, np.nan)
        if regular.any():
            found[regular] = np.linalg.inv(matrices[regular])
        return found


def joint_f(fit: OlsFit, columns: NDArray[np.int64]) -> FTest | None:
    """Test that the coefficients of ``columns`` are all zero.

    Parameters
    ----------
    fit : OlsFit
        The fit.
    columns : array (q,) of int
        Positions of the coefficients; those that are not identified are left out.

    Returns
    -------
    FTest or None
        None when nothing is left to test or no degrees of freedom remain.
    """
    columns = columns[fit.identified[columns]]
    if not len(columns) or fit.df_resid < 1:
        return None
    b = fit.beta[columns]
    v = fit.covariance[np.ix_(columns, columns)]
    spread = np.sqrt(np.diag(v))
    if not np.all(spread > 0):
        return None
    scaled = v / np.outer(spread, spread)
    t = b / spread
    statistic = float(t @ np.linalg.lstsq(scaled, t, rcond=None)[0]) / len(columns)
    return FTest(
        statistic,
        (len(columns), fit.df_resid),
        f_upper(statistic, len(columns), fit.df_resid),
    )
