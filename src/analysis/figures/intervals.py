"""Rows of estimates with their intervals, the common part of several pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes

from analysis.display import Words
from analysis.evidence.channels import ChannelEvidence
from analysis.figures.style import LINE, PALE, SMALL
from analysis.model.primary import Estimate
from analysis.workbench import Study


def evidence_of(study: Study) -> tuple[ChannelEvidence, ...]:
    """Return the evidence on every channel, the focal one first; empty without a fit."""
    table = study.ledger.channels
    return () if table is None else (table.focal, *table.others)


def no_fit(study: Study) -> Words:
    """Say why there is no regression to draw."""
    return Words.of(f"There is no regression to show. {study.ledger.sentence}")


def outer(
    level: float, estimates: Iterable[Estimate], *, also: Sequence[float]
) -> tuple[float, float]:
    """Return limits of an axis that hold the intervals, zero and ``also``, with some room."""
    ends = [end for estimate in estimates for end in estimate.interval(level) if np.isfinite(end)]
    low, high = min([0.0, *also, *ends]), max([0.0, *also, *ends])
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + room


def draw_margin(ax: Axes, margin: float) -> None:
    """Shade the effects too small to matter, around a line at zero."""
    if np.isfinite(margin):
        ax.axvspan(-margin, margin, color=PALE, linewidth=0, zorder=0)
    ax.axvline(0, color=LINE, linewidth=1, zorder=1)


def draw_estimate(
    ax: Axes,
    row: float,
    estimate: Estimate,
    *,
    levels: Sequence[float],
    color: str,
    marker: str = "o",
    hollow: bool = False,
) -> None:
    """Draw one estimate on its row, with an interval for each level, the last one thickest.

    What lies beyond the limits of the axis, which must be set before, ends in an arrow head.
    """
    if not estimate.known:
        ax.annotate(
            "cannot be told apart",
            (0.5, row),
            xycoords=("axes fraction", "data"),
            ha="center",
            va="center",
            fontsize=SMALL,
        )
        return
    low_limit, high_limit = ax.get_xlim()
    color = LINE if hollow else color
    for place, level in enumerate(levels):
        ends = np.clip(estimate.interval(level), low_limit, high_limit)
        width = 1.4 + 2.4 * place if len(levels) > 1 else 2.4
        ax.plot(ends, [row, row], color=color, linewidth=width, solid_capstyle="butt")
    low, high = estimate.interval(levels[0])
    inward = 0.012 * (high_limit - low_limit)
    if low < low_limit:
        ax.plot(low_limit + inward, row, "<", color=color, markersize=8)
    if high > high_limit:
        ax.plot(high_limit - inward, row, ">", color=color, markersize=8)
    if low_limit <= estimate.value <= high_limit:
        face = "white" if hollow else color
        ax.plot(estimate.value, row, marker, color=color, markerfacecolor=face, markersize=6)
