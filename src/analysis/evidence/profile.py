"""The effect of a channel's posts day by day, before the reading and after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.model.design import MIN_SPARE, primary_design
from analysis.model.ols import fit_hc3
from analysis.model.primary import Estimate
from analysis.panel import LEADS, Coding, Panel


@dataclass(frozen=True, slots=True)
class LagProfile:
    """How much one more post on each day around a reading goes with that reading's outcome.

    Attributes
    ----------
    channel : str
        The channel.
    days : tuple of int
        The days: -1 is the 24 hours before the reading, -2 the 24 before those; 1 is the 24
        hours after it, which no effect of posting can reach.
    moves : tuple of Estimate
        The coefficient of each, in points of that one reading per post.
    readings : int
        Readings that entered.
    """

    channel: str
    days: tuple[int, ...]
    moves: tuple[Estimate, ...]
    readings: int

    @property
    def before(self) -> dict[int, Estimate]:
        """The days before the reading."""
        return {day: move for day, move in zip(self.days, self.moves, strict=True) if day < 0}

    @property
    def after(self) -> dict[int, Estimate]:
        """The placebo days."""
        return {day: move for day, move in zip(self.days, self.moves, strict=True) if day > 0}


def lag_profile(panel: Panel, channel: str, coding: Coding = "bundle") -> LagProfile | None:
    """Return the profile of one channel: its days jointly, all else as in the primary.

    The channel's single count gives way to one count a day: those of the window, one day
    before it, and the placebo days after the reading. The other channels keep their window.

    Parameters
    ----------
    panel : Panel
        The panel.
    channel : str
        One of its channels.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.

    Returns
    -------
    LagProfile or None
        None when there are too few readings for the columns.
    """
    design = primary_design(panel, coding)
    days = (*range(-panel.window_days - 1, 0), *range(1, LEADS + 1))
    bins, n = panel.posts[coding][channel], len(panel.dates)
    back = len(bins) - n - LEADS
    starts = [back + day + (1 if day < 0 else 0) for day in days]
    counts = np.column_stack([bins[start : start + n][design.rows] for start in starts])
    known = np.isfinite(counts).all(axis=1)
    others = np.delete(design.x, 1 + design.channels.index(channel), axis=1)
    x = np.column_stack([counts, others])[known]
    if len(x) < x.shape[1] + MIN_SPARE:
        return None
    fit = fit_hc3(x, design.y[known])
    errors = fit.standard_errors
    moves = tuple(
        Estimate(float(fit.beta[column]), float(errors[column]), fit.df_resid)
        for column in range(len(days))
    )
    return LagProfile(channel, days, moves, len(x))
