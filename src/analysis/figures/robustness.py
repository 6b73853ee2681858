"""How far the focal effect can be leaned on: other ways, hidden events, shares by channel."""

from __future__ import annotations

from textwrap import fill

import pandas as pd

from analysis.claims.base import interval_words, number, p_words
from analysis.claims.soundness import (
    dominance_words,
    robustness_words,
    sensitivity_words,
    share_words,
)
from analysis.display import Picture, Table, Words
from analysis.evidence.dominance import MAX_CHANNELS, Dominance
from analysis.evidence.robustness import Reestimate, Robustness
from analysis.evidence.sensitivity import Sensitivity
from analysis.evidence.structural import SecondOpinion, second_opinion
from analysis.figures.days import wording
from analysis.figures.intervals import draw_estimate, evidence_of, no_fit, outer
from analysis.figures.style import AGAINST as DIFFERS
from analysis.figures.style import FOCAL, LINE, OTHER, bare_left, name_rows, sheet, styled
from analysis.workbench import Study

_LEVEL = 0.95
STRUCTURAL = "a structural time series"


@styled
def reestimates(study: Study) -> Picture | Words:
    """Draw the focal effect in the primary, in other ways, and by a second opinion."""
    found = None if study.soundness is None else study.soundness.robustness
    if found is None:
        return _not_judged(study)
    opinion = second_opinion(study.arrays)
    rows = _rows(found, opinion)
    figure = sheet(1.2 + 0.44 * len(rows))
    ax = figure.subplots()
    estimates = [row.estimate for row in rows if row.estimate is not None]
    ax.set_xlim(outer(_LEVEL, estimates, also=()))
    ax.axvline(0, color=LINE, linewidth=1, zorder=1)
    ax.axvline(estimates[0].value, color=FOCAL, linewidth=1, linestyle=":", zorder=1)
    for place, row in enumerate(rows):
        assert row.estimate is not None
        differs = not found.holds(row)
        color = FOCAL if place == 0 else DIFFERS if differs else OTHER
        marker = "s" if place == 0 else "D" if differs else "o"
        draw_estimate(ax, place, row.estimate, levels=(_LEVEL,), color=color, marker=marker)
        ax.annotate(
            p_words(row.estimate.p) if differs else number(row.estimate.value, signed=True),
            (1.02, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontweight="bold" if differs else "normal",
        )
    ax.set_yticks(range(len(rows)), [fill(row.name, 26) for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    bare_left(ax)
    ax.get_yticklabels()[0].set_fontweight("bold")
    ax.set_xlabel(
        f"{wording(study).unit}; 95\u202f% intervals; with p: comes out differently", x=0.3
    )
    said = [*robustness_words(found, wording(study)), _opinion_words(opinion)]
    return Picture.of(
        figure,
        "The same effect, estimated in other ways",
        " ".join(said),
        _reestimates_table(study, found, opinion),
    )


def _rows(found: Robustness, opinion: SecondOpinion) -> list[Reestimate]:
    """Return what is drawn: every way with an estimate, the extreme months, the opinion."""
    rows = [found.primary, *found.gone]
    for month in dict.fromkeys(found.extreme_months or ()):
        rows.append(Reestimate(f"without {month.name}", month.estimate, month.readings))
    if opinion.estimate is not None:
        rows.append(_of_opinion(opinion))
    return rows


def _of_opinion(opinion: SecondOpinion) -> Reestimate:
    return Reestimate(STRUCTURAL, opinion.estimate, opinion.readings, opinion.said)


def _opinion_words(opinion: SecondOpinion) -> str:
    if opinion.estimate is None:
        return f"A second opinion, {STRUCTURAL}, has nothing to say here. {opinion.said}"
    return (
        f"A second opinion, {STRUCTURAL} ({opinion.said}): "
        f"{number(opinion.estimate.value, signed=True)} "
        f"({interval_words(opinion.estimate.interval())}; {p_words(opinion.estimate.p)}). "
        "It does not look at the score's own last days, so that a score which drifts for a while "
        "can pass for an effect; it decides nothing."
    )


def _reestimates_table(study: Study, found: Robustness, opinion: SecondOpinion) -> Table:
    months = (
        Reestimate(f"without {one.name}", one.estimate, one.readings, one.note)
        for one in found.months
    )
    rows = []
    for way in (found.primary, *found.ways, _of_opinion(opinion), *months):
        known = way.estimate
        low, high = (None, None) if known is None else known.interval(_LEVEL)
        rows.append(
            {
                "way": way.name,
                "effect": None if known is None else known.value,
                "low": low,
                "high": high,
                "p": None if known is None else known.p,
                "readings": way.readings or None,
                "finding holds": "–" if known is None else "yes" if found.holds(way) else "no",
                "note": way.note,
            }
        )
    frame = pd.DataFrame(rows)
    frame["readings"] = frame["readings"].astype("Int64")
    return Table.of(
        frame,
        f"The focal effect in other ways, in {wording(study).unit}",
        formats=dict.fromkeys(("effect", "low", "high"), "+.3g") | {"p": ".2g", "readings": ",d"},
        notes="Low and high bound the 95 % interval. The finding holds with the primary's sign "
        "and significance; where the primary tells nothing from zero, when this does not either.",
    )


def _not_judged(study: Study) -> Words:
    table = study.ledger.channels
    if table is None:
        return no_fit(study)
    why = table.focal.why_not or "its effect is not told from that of others"
    return Words.of(
        f"The effect of posts in {table.focal.name} cannot be judged ({why}), so there is nothing "
        "to hold against other ways or hidden events."
    )


def hidden_event(study: Study) -> Words:
    """Say how strong something unseen would have to be to explain the focal effect."""
    found = study.soundness
    if found is None or found.sensitivity is None:
        return _not_judged(study)
    return Words.of(*sensitivity_words(found.sensitivity, wording(study), found.significant))


def hidden_event_table(study: Study) -> Table | Words:
    """Return what a hidden event as strong as each thing recorded would leave of the effect."""
    found = None if study.soundness is None else study.soundness.sensitivity
    if found is None:
        return _not_judged(study)
    shares = ("explains of the posts", "explains of the score")
    rows = [
        (one.name, one.observed_posts, one.observed_outcome, one.effect, one.t, one.times)
        for one in found.observed
    ]
    columns = ["as strong as", *shares, "effect left", "t left", "times to nothing"]
    return Table.of(
        pd.DataFrame(rows, columns=columns),
        f"What a hidden event would leave of {number(found.effect, signed=True)} "
        f"{wording(study).unit}",
        formats=dict.fromkeys(shares, ".2%")
        | {"effect left": "+.3g", "t left": ".3g", "times to nothing": ",.1f"},
        notes=_values(found),
    )


def _values(found: Sensitivity) -> str:
    return (
        f"Robustness value {share_words(found.robustness)}, at the "
        f"{100 * found.alpha:g}\u202f% level {share_words(found.robustness_alpha)}; partial "
        f"R² of the focal posts with the score {share_words(found.partial_r2)} (Cinelli and "
        "Hazlett 2020). Shares are partial R²: of what everything else leaves open."
    )


@styled
def dominance_bars(study: Study) -> Picture | Words:
    """Draw how much of the movement each channel's posts explain."""
    if study.soundness is None:
        return no_fit(study)
    found = study.soundness.dominance
    if found is None:
        return Words.of(
            "What the channels explain cannot be shared out: no channel's posts or nothing of the "
            f"score is left to explain, or there are more than {MAX_CHANNELS} channels."
        )
    figure = sheet(1.2 + 0.42 * len(found.channels))
    ax = figure.subplots()
    order = _order(found)
    focal = study.arrays.focal
    for place, i in enumerate(order):
        color = FOCAL if found.channels[i] == focal else OTHER
        ax.barh(place, 100 * found.shares[i], height=0.5, color=color)
        ends = [100 * found.low[i], 100 * found.high[i]]
        ax.plot(ends, [place, place], color="black", linewidth=1.4, marker="|", markersize=7)
    ax.axvline(100 * found.by_chance, color=LINE, linestyle="--", linewidth=1)
    ax.set_xlim(0, 105 * float(max(found.high.max(), found.shares.max(), found.by_chance)))
    name_rows(ax, [found.channels[i] for i in order], focal, _aside(study))
    ax.set_xlabel("% of the movement explained; 95\u202f% intervals; dashed: by chance", x=0.4)
    return Picture.of(
        figure,
        "How much of the movement each channel explains",
        " ".join(dominance_words(found)),
        _dominance_table(found, order),
    )


def _aside(study: Study) -> set[str]:
    return {channel.name for channel in evidence_of(study) if not channel.judged}


def _order(found: Dominance) -> list[int]:
    return sorted(range(len(found.channels)), key=lambda i: -found.shares[i])


def _dominance_table(found: Dominance, order: list[int]) -> Table:
    shares = [
        (found.channels[i], found.shares[i], found.low[i], found.high[i], found.by_chance)
        for i in order
    ]
    columns = ["channel", "share", "low", "high", "by chance"]
    return Table.of(
        pd.DataFrame(shares, columns=columns),
        "Share of the movement that each channel's posts explain",
        formats=dict.fromkeys(columns[1:], ".2%"),
        notes="Shapley shares of the partial R² beside the score's own past and the weekday; low "
        "and high bound the 95 % bootstrap interval.",
    )
