"""All claims in one picture: how far each estimate lies from zero."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes

from analysis.claims.base import Claim, interval_words, number
from analysis.display import Picture, Table, Words
from analysis.figures.style import AGAINST, FOCAL, OTHER, SMALL, bare_left, listed, sheet, styled
from analysis.workbench import Study

_FARTHEST = 6.0
"""In half-widths; what lies beyond is drawn at the edge, as an arrow."""
_FAINT = "#6B6B6B"
_COLORS = {"supported": FOCAL, "refuted": AGAINST, "inconclusive": OTHER, "untestable": _FAINT}
_MARKERS = {"supported": "o", "refuted": "X", "inconclusive": "D", "untestable": "_"}


@styled
def all_claims(study: Study) -> Picture | Words:
    """Draw every claim's estimate against zero, in half-widths of its own interval."""
    claims = study.ledger.claims
    drawn = [claim for claim in claims if _scaled(claim) is not None]
    if not drawn:
        return Words.of("No claim has an estimate with an interval, so there is none to draw.")
    figure = sheet(0.9 + 0.52 * len(claims))
    ax = figure.subplots()
    ax.axvline(0, color=OTHER, linewidth=1)
    for row, claim in enumerate(claims):
        _draw(ax, row, claim)
    names = [textwrap.fill(claim.statement, 32, max_lines=2, placeholder=" …") for claim in claims]
    ax.set_yticks(range(len(claims)), names, fontsize=SMALL)
    ax.set_ylim(len(claims) - 0.5, -0.5)
    ax.set(
        xlim=(-_FARTHEST - 1, _FARTHEST + 1),
        xlabel="half-widths of the interval, from zero",
    )
    bare_left(ax)
    return Picture.of(
        figure,
        "Every claim's estimate, against zero",
        _words(list(claims), drawn),
        _table(list(claims)),
    )


def _scaled(claim: Claim) -> tuple[float, float, float] | None:
    """Return low, estimate and high in half-widths of the interval, or None without one."""
    if claim.estimate is None or claim.interval is None:
        return None
    low, high = claim.interval
    half = (high - low) / 2
    return (low / half, claim.estimate / half, high / half) if half > 0 else None


def _draw(ax: Axes, row: int, claim: Claim) -> None:
    scaled, color = _scaled(claim), _COLORS[claim.verdict]
    ax.annotate(
        claim.verdict,
        (1.02, row),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=SMALL,
        color=color,
        fontweight="bold",
    )
    if scaled is None:
        ax.text(0.25, row, "no estimate", va="center", fontsize=SMALL, color=color)
        return
    low, at, high = scaled
    if abs(at) > _FARTHEST:
        edge, marker = (_FARTHEST, ">") if at > 0 else (-_FARTHEST, "<")
        ax.plot(edge, row, marker, color=color, markersize=9)
        return
    ax.plot([low, high], [row, row], color=color, linewidth=2.2, solid_capstyle="butt")
    ax.plot(at, row, _MARKERS[claim.verdict], color=color, markersize=7.5)


def _words(claims: list[Claim], drawn: list[Claim]) -> str:
    clear = [claim for claim in drawn if claim.interval and not _holds_zero(claim.interval)]
    said = [
        f"{len(drawn)} of {len(claims)} claims have an estimate with an interval; {len(clear)} of "
        "these intervals lie clear of zero."
    ]
    said += [
        f"“{claim.statement}” {claim.verdict.capitalize()}: {number(claim.estimate, signed=True)} "
        f"({interval_words(claim.interval)}) {claim.unit}."
        for claim in drawn
        if claim.estimate is not None and claim.interval is not None
    ]
    untested = [f"“{claim.statement}”" for claim in claims if claim not in drawn]
    if untested:
        said.append(f"Without an estimate: {listed(untested)}")
    return " ".join(said)


def _holds_zero(interval: tuple[float, float]) -> bool:
    return interval[0] <= 0 <= interval[1]


def _table(claims: list[Claim]) -> Table:
    rows = []
    for claim in claims:
        low, high = claim.interval or (None, None)
        scaled = _scaled(claim)
        away = None if scaled is None else scaled[1]
        rows.append(
            (claim.statement, claim.verdict, claim.estimate, low, high, claim.unit or None, away)
        )
    columns = ["claim", "verdict", "estimate", "low", "high", "unit", "half-widths from zero"]
    return Table.of(
        pd.DataFrame(rows, columns=columns),
        "Every claim, its estimate and interval",
        formats=dict.fromkeys(("estimate", "low", "high"), "+.3g")
        | {"half-widths from zero": "+.2f"},
        notes="Low and high bound the 95 % interval. Beyond one half-width it lies clear of zero.",
    )
