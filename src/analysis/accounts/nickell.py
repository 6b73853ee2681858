"""What constants of accounts do to their own lags, and through them to everything else.

Taking an account's mean out ties each reading's shock to the lags of the others: own lags are
pulled down by the order of one over the readings (Nickell 1981), whatever the number of accounts.
To that order the pull on the normal equations is known from the lags themselves (Kiviet 1995; Hahn
and Kuersteiner 2002) and can be taken out.
"""

from __future__ import annotations

import numpy as np

from analysis.accounts.gram import Floats, Grams

EXPLOSIVE = 10.0
"""A shock that grows beyond this many times itself: the lags say nothing to correct by."""


def unpulled(grams: Grams, beta: Floats, bread: Floats, lags: slice) -> Floats:
    """Return the coefficients of a within regression without the pull on own lags.

    Parameters
    ----------
    grams : Grams
        Products within accounts.
    beta : array (k,)
        Coefficients; NaN where not identified.
    bread : array (k, k)
        Inverse of the summed products.
    lags : slice
        Where the own lags stand, the first one first.

    Returns
    -------
    array (k,)
        ``beta`` itself where it has no lags, or lags under which shocks grow.
    """
    known = np.nan_to_num(beta)
    pull = _pull(grams, known, lags)
    return np.asarray(beta + bread @ pull)


def _pull(grams: Grams, beta: Floats, lags: slice) -> Floats:
    """Return by how much the normal equations are too low, summed over accounts; shape (k,).

    For an account of n readings in a row with shocks of variance s, lag j is pulled by
    ``s sum_h (1 - (j + h) / n) psi_h``, where psi are the responses to a shock.
    """
    pull = np.zeros(len(beta))
    phi = beta[lags]
    longest = int(grams.n.max(initial=0.0))
    response = responses(phi, longest)
    if not len(phi) or np.abs(response).max(initial=0.0) > EXPLOSIVE:
        return pull
    whole = np.concatenate([[0.0], np.cumsum(response)])
    timed = np.concatenate([[0.0], np.cumsum(np.arange(longest) * response)])
    fitted = np.einsum("aij,j->ai", grams.xx, beta)
    rss = grams.yy - 2 * grams.xy @ beta + fitted @ beta
    variance = np.maximum(rss, 0.0) / np.maximum(grams.n - 1, 1)
    n = grams.n.astype(np.int64)
    for lag in range(1, len(phi) + 1):
        left = np.maximum(n - lag, 0)
        each = (1 - lag / np.maximum(n, 1)) * whole[left] - timed[left] / np.maximum(n, 1)
        pull[lags.start + lag - 1] = float((variance * each)[grams.lags >= lag].sum())
    return pull


def responses(phi: Floats, length: int) -> Floats:
    """Return what is left of a shock of one after 0, 1, ... days; shape (length,)."""
    response = np.zeros(length)
    response[:1] = 1.0
    for day in range(1, length):
        back = min(day, len(phi))
        response[day] = phi[:back] @ response[day - back : day][::-1]
    return response
