"""Errors that also hold when neighboring days are disturbed alike (Newey and West 1987)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE, Floats, OlsFit

Whole = NDArray[np.int64]


@cache
def bandwidth(n: int) -> int:
    """Return the lags of a Newey-West covariance of ``n`` rows: ``4 (n / 100)^(2/9)``, cut off.

    The rule of Newey and West (1994) with the Bartlett kernel; 5 for a year of days.
    """
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


def newey_west(
    x: Floats, fit: OlsFit, bandwidth: int, days: NDArray[np.int64] | None = None
) -> Floats:
    """Return the covariance of a fit's coefficients by Newey and West, Bartlett's weights.

    Multiplied by ``n / (n - rank)``, as statsmodels does with ``use_correction``.

    Parameters
    ----------
    x : array (n, k)
        The regressors that were fitted.
    fit : OlsFit
        Their fit.
    bandwidth : int
        Days over which disturbances may be alike.
    days : array (n,) of int, optional
        The day of each row, ascending. Rows are weighed by how many days lie between them; the
        days without a row count as zero (Parzen 1963), which keeps the covariance positive. By
        default each row is the day after the one before.

    Returns
    -------
    array (k, k)
        NaN in the rows and columns of coefficients that are not identified.
    """
    used = fit.leverage < LEVERAGE_ONE
    inner = x[used]
    length = np.linalg.norm(inner, axis=0)
    scale = np.where(length > 0, length, 1.0)
    u, s, vt = np.linalg.svd(inner / scale, full_matrices=False)
    keep = s > RANK_TOLERANCE * s[0] if s.size and s[0] > 0 else np.zeros(s.size, dtype=bool)
    shares = (u[:, keep] / s[keep]) @ vt[keep] / scale * fit.residuals[used][:, None]
    place = np.flatnonzero(used) if days is None else days[used] - days[0]
    scores = np.zeros((int(place[-1]) + 1 if len(place) else 0, x.shape[1]))
    scores[place] = shares
    covariance = scores.T @ scores
    for lag in range(1, min(bandwidth, len(scores) - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        covariance += (1 - lag / (bandwidth + 1)) * (cross + cross.T)
    covariance *= used.sum() / fit.df_resid
    covariance[~fit.identified, :] = np.nan
    covariance[:, ~fit.identified] = np.nan
    return np.asarray(covariance)


def with_newey_west(
    x: Floats, fit: OlsFit, bandwidth: int, days: NDArray[np.int64] | None = None
) -> OlsFit:
    """Return the same fit with the covariance of `newey_west` instead of HC3."""
    return replace(fit, covariance=newey_west(x, fit, bandwidth, days))


def newey_west_errors(scores: Floats, days: Whole, counts: Whole, df: Whole) -> Floats:
    """Return the Newey-West error of one coefficient in each of s fits, at the usual bandwidth.

    Parameters
    ----------
    scores : array (s, n)
        Residual times weight; zero in rows outside of a set.
    days : array (n,) of int
        The day of each row.
    counts, df : array (s,) of int
        Rows of each set, and those less rank.
    """
    laid = scores
    if days[-1] >= len(days):  # else there is no day without a row
        laid = np.zeros((len(scores), int(days[-1]) + 1))
        laid[:, days] = scores
    widths = np.array([bandwidth(n) for n in counts.tolist()])
    lags = np.arange(1, min(int(widths.max(initial=0)), laid.shape[1] - 1) + 1)
    kernel = np.maximum(0.0, 2 - 2 * lags[:, None] / (widths + 1))
    total = np.einsum("sn,sn->s", laid, laid)
    for lag, weight in zip(lags.tolist(), kernel, strict=True):
        total += weight * np.einsum("sn,sn->s", laid[:, lag:], laid[:, :-lag])
    usable = (df > 0) & (total >= 0)
    factor = counts / np.where(usable, df, 1)
    return np.where(usable, np.sqrt(np.where(usable, total * factor, 0.0)), np.nan)
