"""The specification curve: every admissible way to ask, sorted, and what each choice does."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.claims.base import interval_words, number, p_words, percent
from analysis.display import Picture, Table, Words
from analysis.evidence.curve import Curve
from analysis.evidence.specifications import (
    AS_READ,
    COUNTS,
    FIRST_HALF,
    KEPT,
    LAGS,
    SECOND_HALF,
    WHOLE,
    WITH,
)
from analysis.figures.days import wording
from analysis.figures.style import (
    FOCAL,
    LINE,
    OTHER,
    PALE,
    SMALL,
    bare_left,
    counted,
    sheet,
    styled,
)
from analysis.panel import Floats
from analysis.workbench import Study

LEVEL = 0.95
DRAWN_AXES = ("own lags", "window", "posts", "weekday", "sample", "score", "jumps", "coding")
"""Not the errors: they change no effect."""

_MOST = 400
_BAND = "#BDBDBD"
_MONTH = "one month left out"


@dataclass(frozen=True, slots=True)
class Choice:
    """A level, or several alike, of one axis.

    Attributes
    ----------
    axis, name : str
        The axis, and how the level is drawn.
    effects : array
        Of the specifications that make this choice.
    """

    axis: str
    name: str
    effects: Floats = field(repr=False)

    @property
    def median(self) -> float:
        """The median effect."""
        return float(np.median(self.effects))


def choices(curve: Curve) -> list[Choice]:
    """Return the rows under the curve: the effects by choice, axes with one choice left out."""
    found: list[Choice] = []
    for axis in DRAWN_AXES:
        effects: dict[str, list[Floats]] = {}
        for table in (curve.table, curve.sensitivity)[: 2 if axis == "jumps" else 1]:
            for level, part in table.groupby(axis, observed=True):
                name = _name(axis, str(level))
                effects.setdefault(name, []).append(part["effect"].to_numpy())
        if len(effects) > 1:
            found += [Choice(axis, name, np.concatenate(all_)) for name, all_ in effects.items()]
    return found


def _name(axis: str, level: str) -> str:
    """Return how a level is drawn; levels of one name share a row."""
    if axis == "own lags":
        half = len(LAGS) // 2
        lags = LAGS[:half] if int(level) < LAGS[half] else LAGS[half:]
        return f"{lags[0]} to {lags[-1]} own lags"
    if axis == "sample":
        if level in (WHOLE, FIRST_HALF, SECOND_HALF):
            return level
        return level.replace("without 7", "not 7") if "around" in level else _MONTH
    return {
        "window": f"{level} window",
        "posts": "posts counted" if level == COUNTS else "logarithm of posts",
        "weekday": "with weekday" if level == WITH else "without weekday",
        "score": "score as read" if level == AS_READ else "score rounded",
        "jumps": "jumps kept" if level == KEPT else "jumps left out*",
        "coding": "with its shares" if level == "bundle" else "post by itself",
    }[axis]


@styled
def specifications(study: Study) -> Picture | Words:
    """Draw the focal effect in every admissible specification, and its median by choice."""
    curve = study.curve
    if curve is None:
        return Words.of(
            f"There is no specification curve: the effect of {wording(study).focal} cannot be "
            "fitted, or no specification has enough posts, quiet readings and readings overall."
        )
    rows = choices(curve)
    figure = sheet(3.3 + 0.235 * len(rows))
    top, bottom = figure.subplots(
        2, 1, sharex=True, height_ratios=[2.4, max(0.4, 0.235 * len(rows))]
    )
    _draw_sorted(top, curve)
    _draw_choices(bottom, rows, curve)
    figure.supxlabel(f"{wording(study).unit}; shaded: the median by chance", fontsize=11)
    return Picture.of(
        figure,
        f"One question asked in {curve.specifications:,} ways",
        _words(study, curve, rows),
        _table(study, curve),
    )


def _draw_sorted(ax: Axes, curve: Curve) -> None:
    order = np.argsort(curve.effects, kind="stable")
    few = order[np.unique(np.linspace(0, len(order) - 1, _MOST).round().astype(int))]
    place = np.linspace(0, 1, len(few))
    low, high = curve.intervals(LEVEL)
    ax.axvspan(*curve.null_interval(LEVEL), color=PALE, linewidth=0, zorder=0)
    ax.hlines(place, low[few], high[few], color=_BAND, linewidth=0.9, zorder=1)
    ax.axvline(0, color=OTHER, linewidth=1, zorder=2)
    ax.plot(curve.effects[few], place, color=FOCAL, linewidth=2.6, zorder=3)
    ax.plot(curve.primary.value, 1.06, "v", color=FOCAL, markersize=8, clip_on=False)
    ax.annotate(
        "primary",
        (curve.primary.value, 1.06),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
    )
    ends = np.quantile(np.concatenate([low, high]), [0.01, 0.99])
    shown = [0.0, curve.primary.value, *ends, *curve.null_interval(LEVEL)]
    room = 0.04 * (max(shown) - min(shown))
    ax.set(xlim=(min(shown) - room, max(shown) + room), ylim=(-0.02, 1.12), yticks=[])
    ax.set_ylabel("ways to ask, sorted")
    bare_left(ax)


def _draw_choices(ax: Axes, rows: list[Choice], curve: Curve) -> None:
    ax.axvspan(*curve.null_interval(LEVEL), color=PALE, linewidth=0, zorder=0)
    ax.axvline(0, color=OTHER, linewidth=1, zorder=1)
    for row, choice in enumerate(rows):
        low, high = np.quantile(choice.effects, [0.05, 0.95])
        ax.plot([low, high], [row, row], color=LINE, linewidth=2, solid_capstyle="butt")
        ax.plot(choice.median, row, "o", color=FOCAL, markersize=5.5)
        if row and choice.axis != rows[row - 1].axis:
            ax.axhline(row - 0.5, color=PALE, linewidth=1, zorder=0)
    ax.set_yticks(range(len(rows)), [choice.name for choice in rows], fontsize=SMALL)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    bare_left(ax)


def _words(study: Study, curve: Curve, rows: list[Choice]) -> str:
    words = wording(study)
    low, high = np.quantile(curve.effects, [0.05, 0.95])
    side, other = ("above", "below") if curve.primary.value > 0 else ("below", "above")
    said = [
        f"The effect of {words.focal} in {counted(curve.specifications, 'specification')}, every "
        f"other channel always beside it: the median is {number(curve.median, signed=True)} "
        f"{words.unit}, nine in ten lie from {interval_words((float(low), float(high)))}, and the "
        f"primary says {number(curve.primary.value, signed=True)}.",
        f"{percent(curve.positive)} are above zero; {percent(curve.significant)} are "
        f"significantly {side} it, as the primary is held to be, and {percent(curve.against)} "
        f"significantly {other}.",
        f"On {counted(len(curve.null_medians), 'account')} like this one in which {words.focal} "
        f"does nothing, {percent(LEVEL)} of the medians lie from "
        f"{interval_words(curve.null_interval(LEVEL))} (shaded; {p_words(curve.p)} by rank).",
    ]
    if rows:
        said.append(_widest(rows))
    if len(curve.sensitivity):
        median = number(float(curve.sensitivity["effect"].median()), signed=True)
        said.append(
            f"*With the largest jumps of the score left out the median is {median}; what is left "
            "out there depends on the outcome, so it is not counted in the curve."
        )
    if curve.left_out:
        said.append(
            f"{counted(curve.left_out, 'more specification')} had too few posts, quiet readings "
            "or readings to fit."
        )
    return " ".join(said)


def _widest(rows: list[Choice]) -> str:
    """Say which axis moves the median most; jumps, a sensitivity, aside."""
    axes: dict[str, list[Choice]] = {}
    for choice in rows:
        if choice.axis != "jumps":
            axes.setdefault(choice.axis, []).append(choice)
    if not axes:
        return ""

    def spread(found: list[Choice]) -> float:
        return max(each.median for each in found) - min(each.median for each in found)

    axis = max(axes, key=lambda name: spread(axes[name]))
    ends = sorted(axes[axis], key=lambda choice: choice.median)
    low, high = ends[0], ends[-1]
    first = " (the shorter window knows only of the first day)" if axis == "window" else ""
    return (
        f"The choice that matters most is {axis}: median {number(low.median, signed=True)} with "
        f"“{low.name}”, {number(high.median, signed=True)} with “{high.name}”{first}."
    )


def _table(study: Study, curve: Curve) -> Table:
    frame = curve.by_axis()
    whole = {
        "axis": "all",
        "level": "",
        "specifications": curve.specifications,
        "median": curve.median,
        "low": float(np.quantile(curve.effects, 0.05)),
        "high": float(np.quantile(curve.effects, 0.95)),
        "positive": curve.positive,
        "significant": curve.significant,
    }
    frame = pd.concat([pd.DataFrame([whole]), frame], ignore_index=True)
    names = {"low": "5 %", "high": "95 %", "positive": "above zero"}
    return Table.of(
        frame.rename(columns=names),
        f"Median effect by choice, in {wording(study).unit}",
        formats=dict.fromkeys(("median", "5 %", "95 %"), "+.3g")
        | dict.fromkeys(("above zero", "significant"), ".0%")
        | {"specifications": ",d"},
        notes=(
            "5 % and 95 % bound nine in ten of the effects. Significant: on the primary's side of "
            f"zero, with p < {curve.alpha:g}."
        ),
    )
