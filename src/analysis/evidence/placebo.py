"""What the focal coefficient looks like when the posts are moved to other days."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.model.design import MIN_SPARE, primary_design
from analysis.model.fwl import orthonormal
from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE
from analysis.panel import Coding, Floats, Panel

MIN_SHIFT = 7
"""Readings; nearer ones still overlap the real windows."""

_BLOCK = 256


@dataclass(frozen=True)
class Placebo:
    """The focal coefficient's t among those of its own shifts.

    Attributes
    ----------
    t : float
        With the posts where they are.
    shifted : array (m,)
        With the posts moved on by ``MIN_SHIFT`` to ``n - MIN_SHIFT`` readings; those whose
        coefficient the data do not identify are left out.
    """

    t: float
    shifted: Floats = field(repr=False)

    @property
    def beyond(self) -> int:
        """Shifts whose t is at least as far from zero as the real one."""
        return int((np.abs(self.shifted) >= abs(self.t) * (1 - 1e-12)).sum())

    @property
    def p(self) -> float:
        """The rank of the real t among all, two-sided; at least 1 / (m + 1)."""
        return (1 + self.beyond) / (1 + len(self.shifted))


def circular_placebo(panel: Panel, coding: Coding = "bundle") -> Placebo | None:
    """Shift the focal channel's window counts around the readings, and refit each time.

    A shift keeps the rhythm of the posts, and everything else in its place; it breaks only the
    link between the posts and the outcome.

    Parameters
    ----------
    panel : Panel
        The panel.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.

    Returns
    -------
    Placebo or None
        None when there are too few readings, or the real coefficient is not identified.
    """
    design = primary_design(panel, coding)
    n = len(design.y)
    shifts = np.arange(MIN_SHIFT, n - MIN_SHIFT + 1)
    if n < design.x.shape[1] + MIN_SPARE or not len(shifts):
        return None
    column = 1 + design.channels.index(panel.focal)
    others = np.delete(design.x, column, axis=1)
    t = shifted_t(design.x[:, column], others, design.y, np.concatenate([[0], shifts]))
    if not np.isfinite(t[0]):
        return None
    return Placebo(float(t[0]), t[1:][np.isfinite(t[1:])])


def shifted_t(
    counts: Floats, others: Floats, y: Floats, shifts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the HC3 t of ``counts`` for each of its shifts, beside the other columns.

    By the theorem of Frisch, Waugh and Lovell only the shifted column is worked on anew: with
    r its residual on the others, the coefficient is r'y / r'r, and the leverage of a row grows
    by r_i^2 / r'r.

    Parameters
    ----------
    counts : array (n,)
        The column that is shifted.
    others : array (n, k)
        The columns that stay, the constant among them.
    y : array (n,)
        Outcome.
    shifts : array (m,) of int
        Rows to move it on by.

    Returns
    -------
    array (m,)
        NaN where a shift makes the column a combination of the others.
    """
    q = orthonormal(others)
    fixed = (q**2).sum(axis=1)
    free = fixed < LEVERAGE_ONE  # the others fit each further row exactly: it says nothing
    residual_y = y - q @ (q.T @ y)
    rows = np.arange(len(y))
    blocks = np.array_split(shifts, -(-len(shifts) // _BLOCK))
    found = []
    for block in blocks:
        moved = counts[(rows[:, None] - block[None, :]) % len(y)]
        r = moved - q @ (q.T @ moved)
        square = (r**2).sum(axis=0)
        identified = square > (RANK_TOLERANCE**2) * (moved**2).sum(axis=0)
        square = np.where(identified, square, np.nan)
        beta = r.T @ residual_y / square
        residuals = residual_y[:, None] - r * beta
        spare = np.where(free[:, None], 1 - fixed[:, None] - r**2 / square, np.nan)
        spare = np.where(spare > 1 - LEVERAGE_ONE, spare, np.nan)
        variance = np.nansum((r * residuals / spare) ** 2, axis=0) / square**2
        found.append(np.divide(beta, np.sqrt(variance), where=variance > 0, out=beta * np.nan))
    return np.concatenate(found)
