"""The picture of a choice: the score, its fit, the posts, and the effects beside the primary's."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.claims.base import interval_words, number
from analysis.display import Picture, Table
from analysis.explore.fit import LEVEL, Exploration
from analysis.figures.days import runs
from analysis.figures.intervals import draw_estimate, draw_margin, outer
from analysis.figures.style import (
    FOCAL,
    OTHER,
    PALE,
    WIDTH,
    as_numbers,
    date_axis,
    label,
    name_rows,
    styled,
)
from analysis.model.primary import Estimate

_TOP, _BOTTOM, _RIGHT, _GAP = 0.3, 0.75, 0.15, 0.35
_SCORE, _OUTCOME, _ROW, _EFFECT = 1.3, 1.1, 0.24, 0.4
"""Inches. Places, titles' too, are computed, not searched for: that takes as long as all else."""


@styled
def draw_exploration(found: Exploration, score: str) -> Picture:
    """Draw the score, its fit and posts over time, and each effect with the primary's under it.

    Parameters
    ----------
    found : Exploration
        The fit of a choice.
    score : str
        What the score is called.
    """
    names = found.choice.channels
    figure, axes = _axes(names)
    _draw_days(axes[:3], found, score)
    _draw_effects(figure, axes[3], found)
    return Picture.of(
        figure,
        f"{score}: the chosen fit, and the primary beside it",
        _words(found, score),
        Table.of(found.days, "Score, fit and posts of every day"),
        small=False,
    )


def _axes(names: tuple[str, ...]) -> tuple[Figure, list[Axes]]:
    """Return a figure with its four parts, one under the other."""
    heights = [_SCORE, _OUTCOME, _ROW * len(names) + 0.1, _EFFECT * len(names) + 0.1]
    gaps = [_GAP, 0.1, 0.9]
    total = round((_TOP + sum(heights) + sum(gaps) + _BOTTOM) * 32) / 32
    figure = Figure(figsize=(WIDTH, total))
    left = max(0.75, 0.2 + 0.105 * max(len(label(name)) for name in names))
    axes, top = [], total - _TOP
    for height, gap in zip(heights, [*gaps, 0.0], strict=True):
        place = (left / WIDTH, (top - height) / total, 1 - (left + _RIGHT) / WIDTH, height / total)
        axes.append(figure.add_axes(place))
        top -= height + gap
    return figure, axes


def _draw_days(axes: list[Axes], found: Exploration, score: str) -> None:
    days, names = found.days, found.choice.channels
    dates = pd.DatetimeIndex(days.index)
    x = as_numbers(dates)
    above, middle, under = axes
    for ax in (above, middle):
        within = days[f"{found.spoken_of} in window"] > 0
        spans = [(as_numbers(pd.DatetimeIndex([day]))[0] - 0.5, n) for day, n in runs(within)]
        ax.broken_barh(
            spans, (0, 1), transform=ax.get_xaxis_transform(), facecolor=PALE, linewidth=0
        )
        ax.tick_params(labelbottom=False)
    above.plot(x, days["score"], color=OTHER, linewidth=1.3)
    name = f"{label(score, 24)}; gray: {label(found.spoken_of)} in the window"
    above.set_title(name, y=1.0)
    middle.plot(x, days["outcome"], color=OTHER, linewidth=0.9)
    middle.plot(x, days["fitted"], color=FOCAL, linewidth=1.1)
    entered = days["outcome"][days["fitted"].notna()]
    room = 0.05 * float(entered.max() - entered.min())
    middle.set_ylim(entered.min() - room, entered.max() + room)  # a known break may lie far off
    middle.set_title(f"{found.choice.outcome}; blue: the fit", y=1.0)
    for row, name in enumerate(names):
        at = x[(days[f"{name} posts"] > 0).to_numpy()]
        first = row == 0
        color, width = (FOCAL, 1.3) if first else (OTHER, 0.7)
        under.vlines(at, row - 0.35, row + 0.35, color=color, linewidth=width)
    name_rows(under, names, found.spoken_of)
    for ax in (above, middle):
        ax.set_xlim(x[0] - 1, x[-1] + 1)
        ax.set_xticks([])
    date_axis(under, dates)


def _draw_effects(figure: Figure, ax: Axes, found: Exploration) -> None:
    """Draw the effects; the primary's under each, on a scale of its own where units differ."""
    names = found.choice.channels
    primary = {name: found.primary[name] for name in names if name in found.primary}
    alike = found.unit == found.primary_unit
    beside = ax if alike else _right_half(figure, ax, len(names))
    chosen = _judged(found.effects, found.aside)
    before = _judged(primary, found.primary_aside)
    ax.set_xlim(outer(LEVEL, [*chosen, *(before if alike else [])], also=()))
    draw_margin(ax, float("nan"))
    name_rows(ax, names, found.spoken_of)
    ax.set_title("● chosen   ◆ the primary" if alike else "chosen", y=1.0)
    ax.set_xlabel(found.unit.replace(", ", ",\n"))
    if not alike:
        beside.set_xlim(outer(LEVEL, before, also=()))
        draw_margin(beside, float("nan"))
        beside.set_title("the primary", color=OTHER, y=1.0)
        beside.set_xlabel(found.primary_unit)
    apart = 0.17 if alike else 0.0
    for row, name in enumerate(names):
        _draw_row(ax, row - apart, found.effects[name], "o", FOCAL, name in found.aside)
        if name in primary:
            aside = name in found.primary_aside
            _draw_row(beside, row + apart, primary[name], "D", OTHER, aside)


def _judged(effects: dict[str, Estimate], aside: Container[str]) -> list[Estimate]:
    """Return the effects that the scale is made for: those judged, or else all."""
    judged = [effect for name, effect in effects.items() if name not in aside]
    return [effect for effect in judged or effects.values() if effect.known]


def _draw_row(
    ax: Axes, row: float, effect: Estimate, marker: str, color: str, hollow: bool
) -> None:
    draw_estimate(ax, row, effect, levels=(LEVEL,), color=color, marker=marker, hollow=hollow)


def _right_half(figure: Figure, ax: Axes, rows: int) -> Axes:
    box = ax.get_position()
    ax.set_position((box.x0, box.y0, 0.47 * box.width, box.height))
    right = figure.add_axes(
        (box.x0 + 0.53 * box.width, box.y0, 0.47 * box.width, box.height), yticks=[]
    )
    right.set_ylim(rows - 0.5, -0.5)
    right.spines["left"].set_visible(False)
    return right


def _words(found: Exploration, score: str) -> str:
    days = found.days
    entered = int(days["fitted"].notna().sum())
    said = [
        f"{int(np.isfinite(days['score']).sum())} readings of the {score}, of which {entered} "
        f"entered. {found.sentence}"
    ]
    for name in found.choice.channels[1:]:
        effect = found.effects[name]
        said.append(
            f"{name}: {number(effect.value, signed=True)} "
            f"({interval_words(effect.interval(LEVEL))})."
        )
    said += [f"{name} holds too little to judge: {why}." for name, why in found.aside.items()]
    return " ".join(said)
