"""Accounts like this one in which the focal channel does nothing, days and designs held fixed."""

from __future__ import annotations

import numpy as np

from analysis.model.design import Design, lagged_outcomes, weekday_dummies
from analysis.model.fwl import orthonormal
from analysis.model.ols import LEVERAGE_ONE
from analysis.panel import Floats, Panel


def null_outcomes(panel: Panel, design: Design, draws: int, seed: int) -> Floats:
    """Return outcomes of accounts like this one in which the focal channel does nothing.

    The primary without the focal channel is fitted, and each residual, scaled by
    ``1 / (1 - h)``, gets a random sign: errors stay as large as they are on each day, whatever
    their distribution. Days that only other specifications use (fewer lags are known, say) get
    the same prediction, and their residual from it.

    Parameters
    ----------
    panel : Panel
        The panel.
    design : Design
        Of the primary.
    draws : int
        How many accounts.
    seed : int
        Of the signs.

    Returns
    -------
    array (n, draws)
        One row a day of the panel; zero where no specification has an outcome.
    """
    others = [panel.window(name) for name in panel.channels if name != panel.focal]
    earlier = lagged_outcomes(panel, design.lags).outcomes
    weekdays, _ = weekday_dummies(panel.weekday)
    z = np.column_stack([np.ones(len(panel.dates)), *others, earlier, weekdays])
    length = np.linalg.norm(z[design.rows], axis=0)
    length = np.where(length > 0, length, 1.0)
    slopes = np.linalg.lstsq(z[design.rows] / length, design.y, rcond=None)[0] / length
    fitted = z @ slopes
    fitted = np.where(np.isfinite(fitted), fitted, design.y.mean())
    known = np.isfinite(panel.outcome) & ~panel.masked
    residual = np.where(known, panel.outcome - fitted, 0.0)
    residual[design.rows] *= _enlargement(panel, design)
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, size=(len(residual), draws)) * 2.0 - 1.0
    return np.asarray(np.where(known, fitted, 0.0)[:, None] + residual[:, None] * signs)


def _enlargement(panel: Panel, design: Design) -> Floats:
    """Return ``1 / (1 - h)`` without the focal channel; zero for rows fitted exactly."""
    others = np.delete(design.x, 1 + design.channels.index(panel.focal), axis=1)
    leverage = (orthonormal(others) ** 2).sum(axis=1)
    free = leverage < LEVERAGE_ONE
    return np.where(free, 1 / np.where(free, 1 - leverage, 1.0), 0.0)
