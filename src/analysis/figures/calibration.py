"""How often the method errs on accounts like this one, drawn and said."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.calibration import (
    CLAIMS,
    KEPT,
    UNSEEN,
    Calibration,
    TruthRates,
    failings,
    sentence,
    tenths,
)
from analysis.claims.base import STATEMENTS, VERDICTS, Verdict, number, percent
from analysis.display import Picture, Table, Words
from analysis.figures.intervals import no_fit
from analysis.figures.style import (
    AGAINST,
    FOCAL,
    LINE,
    PALE,
    SMALL,
    bare_left,
    label,
    sheet,
    styled,
)
from analysis.model.primary import POWER
from analysis.workbench import Study

CLAIM = "only-blogging"

_ORDER: tuple[Verdict, ...] = ("supported", "inconclusive", "untestable", "refuted")
_LOOKS = {
    "supported": (FOCAL, "", "white"),
    "inconclusive": (PALE, "", "black"),
    "untestable": ("white", "....", "black"),
    "refuted": ("white", "////", "black"),
}
"""Face, pattern and color of the word in a bar."""

_ROOM = 0.029
"""The share of a bar that one letter of its word needs to be read."""


def error_words(study: Study, found: Calibration | None) -> Words:
    """Say how often each headline verdict is wrong on accounts like this one."""
    if found is None:
        return no_fit(study)
    claims = [f"“{STATEMENTS[claim]}” {sentence(found, claim)}" for claim in CLAIMS]
    return Words.of(*claims, KEPT)


def failing_words(study: Study, found: Calibration | None) -> Words:
    """Say where the method fails for this study, and what the accounts cannot show."""
    if found is None:
        return no_fit(study)
    missing = failings(found)
    nowhere = "On accounts like this one the method keeps what it promises."
    return Words.of(*(missing or (nowhere,)), UNSEEN)


@styled
def power_curve(study: Study, found: Calibration | None) -> Picture | Words:
    """Draw how often a focal effect is found, by its true size."""
    if found is None:
        return no_fit(study)
    if found.focal in found.why_not:
        return Words.of(
            f"No effect of {found.focal} is ever found, whatever its size: "
            f"{found.why_not[found.focal]}."
        )
    rates = found.alone
    sizes = np.array([each.truth.focal * found.margin for each in rates])
    shares = np.array([each.found.share for each in rates])
    low, high = np.array([each.found.interval() for each in rates]).T
    figure = sheet(3.6)
    ax = figure.subplots()
    ax.fill_between(sizes, low, high, color=FOCAL, alpha=0.25, linewidth=0)
    ax.plot(sizes, shares, "o-", color=FOCAL, linewidth=2, markersize=6)
    _draw_marks(ax, found)
    ax.set(
        xlim=(-0.02 * sizes[-1], 1.03 * sizes[-1]),
        ylim=(0, 1.05),
        xlabel=f"true effect of {label(found.focal)}, {found.unit}",
        ylabel="found in, share of accounts",
    )
    table = pd.DataFrame({"true effect": sizes, "found": shares, "low": low, "high": high})
    table["interval holds it"] = [each.coverage(found.focal).share for each in rates]
    shown = dict.fromkeys(("found", "low", "high", "interval holds it"), ".3f")
    return Picture.of(
        figure,
        f"How large must an effect of {label(found.focal)} be to be found?",
        _power_words(found),
        Table.of(
            table,
            f"Power on {found.draws:,} simulated accounts",
            formats=shown | {"true effect": ".3g"},
            notes="Low and high bound the 95 % Monte Carlo interval of the share found.",
        ),
    )


def _draw_marks(ax: Axes, found: Calibration) -> None:
    """Mark the power asked for, and the smallest effect that matters."""
    ax.axhline(POWER, color=LINE, linewidth=1, linestyle=":")
    ax.axvline(found.margin, color=AGAINST, linestyle="--", linewidth=1.4)
    ax.annotate(
        "matters from here",
        (found.margin, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=AGAINST,
    )


def _power_words(found: Calibration) -> str:
    said = "; ".join(
        f"{number(each.truth.focal * found.margin)}: {tenths(each.found)}" for each in found.alone
    )
    enough = next((each for each in found.alone if each.found.share >= POWER), None)
    reached = (
        f"No size tried is found with {percent(POWER)} certainty."
        if enough is None
        else f"From {number(enough.truth.focal * found.margin)} on it is found with "
        f"{percent(POWER)} certainty or more."
    )
    return (
        f"How often the claim about {found.focal} is supported, by the true effect in "
        f"{found.unit}, with 95\u202f% Monte Carlo intervals: {said}. An effect matters from "
        f"{number(found.margin)} on. {reached}"
    )


@styled
def verdict_shares(study: Study, found: Calibration | None) -> Picture | Words:
    """Draw how often each verdict on the headline is given, under each truth."""
    if found is None:
        return no_fit(study)
    figure = sheet(1.5 + 0.42 * len(found.rates))
    ax = figure.subplots()
    for row, each in enumerate(found.rates):
        _draw_shares(ax, row, each)
    names = [each.truth.label(found.focal) for each in found.rates]
    ax.set_yticks(range(len(names)), [label(name, 30) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    bare_left(ax)
    ax.set(xlim=(0, 1), xlabel="share of accounts;\nwrong verdicts are outlined and counted")
    handles = [
        ax.barh([0], [0], facecolor=face, hatch=hatch, edgecolor=LINE, label=verdict)
        for verdict, (face, hatch, _) in _LOOKS.items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=4, columnspacing=1.0)
    return Picture.of(
        figure,
        f"What is said of “{STATEMENTS[CLAIM]}” when this is true?",
        _shares_words(found),
        _shares_table(found),
    )


def _draw_shares(ax: Axes, row: int, each: TruthRates) -> None:
    left, wrong = 0.0, 0.0
    for verdict in _ORDER:
        share = each.says(CLAIM, verdict).share
        face, hatch, ink = _LOOKS[verdict]
        ax.barh(row, share, 0.72, left, facecolor=face, hatch=hatch, edgecolor=LINE, linewidth=0.5)
        if each.truth.is_wrong(CLAIM, verdict) and share:
            wrong += share
            ax.barh(row, share, 0.72, left, fill=False, edgecolor=AGAINST, linewidth=2, zorder=3)
        if share >= _ROOM * len(verdict):
            ax.text(
                left + share / 2,
                row,
                verdict,
                ha="center",
                va="center",
                fontsize=SMALL,
                color=ink,
                bbox={"facecolor": face, "edgecolor": "none", "pad": 1},
            )
        left += share
    if wrong:
        ax.annotate(
            f"{100 * wrong:.1f}\u202f%",
            (1.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            color=AGAINST,
            fontweight="bold",
        )


def _shares_words(found: Calibration) -> str:
    parts = [sentence(found, CLAIM)]
    for verdict in VERDICTS[:2]:
        worst = found.worst(CLAIM, verdict)
        if worst is not None and worst.rate.hits:
            parts.append(
                f"'{verdict.capitalize()}' is wrong most often when the truth is "
                f"{worst.truth.label(found.focal)}: {tenths(worst.rate)}."
            )
    return " ".join([*parts, f"δ is {number(found.margin)} {found.unit}."])


def _shares_table(found: Calibration) -> Table:
    shares = [*VERDICTS, "wrong"]
    return Table.of(
        found.table(),
        f"Shares of the verdicts on {found.draws:,} simulated accounts under each truth",
        formats=dict.fromkeys(shares, ".3f"),
        notes=f"δ is the smallest effect that matters, {number(found.margin)} {found.unit}.",
    )
