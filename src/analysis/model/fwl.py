"""One column at a time: what is left of it, and of an outcome, beside all other columns.

By the theorem of Frisch, Waugh and Lovell the coefficient of a column is ``r'y / r'r``, where r
is its residual on the others. Everything that asks for one coefficient many times (shifts,
bootstraps, specification curves) works on r alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE, Flags, Floats


@dataclass(frozen=True)
class Partialled:
    """A column beside others.

    Attributes
    ----------
    basis : array (n, r)
        Orthonormal columns that span the others.
    left : array (n,)
        What the others leave of the column.
    leverage : array (n,)
        Of the others alone.
    free : array (n,) of bool
        Rows that the others do not fit exactly.
    df_resid : int
        Rows less the rank of all columns.
    """

    basis: Floats = field(repr=False)
    left: Floats = field(repr=False)
    leverage: Floats = field(repr=False)
    free: Flags = field(repr=False)
    df_resid: int

    @property
    def square(self) -> float:
        """The squared length of what is left."""
        return float(self.left @ self.left)

    def residual(self, y: Floats) -> Floats:
        """Return what the others leave of ``y``, shape (n,) or (n, b)."""
        return np.asarray(y - self.basis @ (self.basis.T @ y))


def orthonormal(x: Floats) -> Floats:
    """Return orthonormal columns that span those of ``x``; shape (n, rank)."""
    length = np.linalg.norm(x, axis=0)
    u, s, _ = np.linalg.svd(x / np.where(length > 0, length, 1.0), full_matrices=False)
    keep = s > RANK_TOLERANCE * s[0] if s.size and s[0] > 0 else np.zeros(s.size, dtype=bool)
    return np.asarray(u[:, keep])


def partial_out(column: Floats, others: Floats) -> Partialled | None:
    """Return a column with the others taken out, or None where nothing is left of it."""
    basis = orthonormal(others)
    left = column - basis @ (basis.T @ column)
    left -= basis @ (basis.T @ left)
    if left @ left <= RANK_TOLERANCE**2 * (column @ column) or not left.any():
        return None
    leverage = (basis**2).sum(axis=1)
    return Partialled(
        basis, left, leverage, leverage < LEVERAGE_ONE, len(column) - basis.shape[1] - 1
    )


def hc3_weight(part: Partialled) -> Floats:
    """Return the weight of each residual in the column's HC3 error; shape (n,).

    The error is the root of the sum of squares of weight times residual.
    """
    room = 1 - part.leverage - part.left**2 / part.square
    use = part.free & (room > 1 - LEVERAGE_ONE)
    return np.where(use, part.left / np.where(use, room, 1.0), 0.0) / part.square


def hc3_t(part: Partialled, outcomes: Floats) -> Floats:
    """Return the column's HC3 t for each of many outcomes.

    Parameters
    ----------
    part : Partialled
        The column.
    outcomes : array (n, b)
        Outcomes; what the others explain of them makes no difference.

    Returns
    -------
    array (b,)
    """
    inside = part.residual(outcomes)
    beta = part.left @ inside / part.square
    residuals = inside - np.outer(part.left, beta)
    weight = hc3_weight(part)[:, None]
    spread = np.sqrt(((weight * residuals) ** 2).sum(axis=0))
    return np.where(spread > 0, beta / np.where(spread > 0, spread, 1.0), 0.0)
