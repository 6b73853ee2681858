"""The headline question: whether all else can be ruled out, and whether chance does as much."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.claims.base import number, p_words, percent
from analysis.display import Picture, Table, Words
from analysis.evidence.channels import ChannelEvidence, ChannelTable
from analysis.evidence.equivalence import reach as reach_of
from analysis.evidence.placebo import MIN_SHIFT, Placebo
from analysis.figures.days import wording
from analysis.figures.intervals import draw_estimate, draw_margin, evidence_of, no_fit, outer
from analysis.figures.style import (
    AGAINST,
    FOCAL,
    LINE,
    OTHER,
    counted,
    label,
    listed,
    name_rows,
    sheet,
    styled,
)
from analysis.model.primary import POWER
from analysis.workbench import Study

RULED_OUT, OPEN, MOVES, ASIDE = "too small to matter", "not ruled out", "moves it", "not judged"
_LOOKS = {RULED_OUT: ("o", OTHER), OPEN: ("D", AGAINST), MOVES: ("^", FOCAL), ASIDE: ("o", LINE)}


def standing(channel: ChannelEvidence, table: ChannelTable) -> str:
    """Return what is known of another channel, by the rule of the claim."""
    if not channel.judged:
        return ASIDE
    gate = table.joint is not None and table.joint.p < table.alpha
    if gate and channel.is_found(table.alpha):
        return MOVES
    return RULED_OUT if channel.equivalent and not channel.lost else OPEN


def reach(channel: ChannelEvidence, alpha: float) -> float:
    """Return how far from zero a channel's effect may still be: its interval's far end."""
    return reach_of(channel.effect, alpha)


@styled
def equivalence(study: Study) -> Picture | Words:
    """Draw every other channel's interval against the smallest effect that matters."""
    table = study.ledger.channels
    if table is None:
        return no_fit(study)
    if not table.others:
        return Words.of("No other channel was collected, so there is nothing to rule out.")
    if not any(channel.effect.known for channel in table.others):
        why = "; ".join(f"{channel.name}: {channel.why_not}" for channel in table.others)
        return Words.of(f"No other channel can be held against the band ({why}).")
    level = 1 - 2 * table.alpha
    figure = sheet(1.3 + 0.46 * len(table.others))
    ax = figure.subplots()
    shown = [channel.effect for channel in table.judged_others or table.others]
    low, high = outer(level, shown, also=(-table.margin, table.margin))
    ax.set_xlim(low, high)
    draw_margin(ax, table.margin)
    for row, channel in enumerate(table.others):
        found = standing(channel, table)
        marker, color = _LOOKS[found]
        draw_estimate(
            ax,
            row,
            channel.effect,
            levels=(level,),
            color=color,
            marker=marker,
            hollow=found == ASIDE,
        )
        ax.annotate(
            found,
            (1.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontweight="bold" if found in (OPEN, MOVES) else "normal",
        )
    name_rows(ax, [channel.name for channel in table.others])
    ax.set_xlabel(f"{wording(study).unit}; {percent(level)} intervals;\ngray: too small to matter")
    return Picture.of(
        figure,
        "Can every other channel be ruled out?",
        _equivalence_words(study, table),
        _equivalence_table(study, table),
    )


def _equivalence_words(study: Study, table: ChannelTable) -> str:
    unit = wording(study).unit
    said = [
        f"An effect matters from ±{number(table.margin)} {unit} on ({study.ledger.margin_from})."
    ]
    for found in (RULED_OUT, OPEN, MOVES, ASIDE):
        names = [c.name for c in table.others if standing(c, table) == found]
        if names:
            said.append(f"{found.capitalize()}: {listed(names)}.")
    if table.judged_others:
        widest = max(table.judged_others, key=lambda channel: reach(channel, table.alpha))
        said.append(
            f"The smallest bound within which these data place every judged channel is "
            f"±{number(reach(widest, table.alpha))}, set by {widest.name}: 'nothing else matters' "
            "can be shown only for effects called too small up to there or beyond."
        )
    return " ".join(said)


def _equivalence_table(study: Study, table: ChannelTable) -> Table:
    level = 1 - 2 * table.alpha
    rows = [
        (
            channel.name,
            channel.effect.value,
            *channel.effect.interval(level),
            reach(channel, table.alpha),
            channel.p_adjusted,
            standing(channel, table),
            channel.why_not,
        )
        for channel in table.others
    ]
    columns = ["channel", "effect", "low", "high", "may reach", "p, Holm", "verdict", "why not"]
    return Table.of(
        pd.DataFrame(rows, columns=columns),
        f"Other channels against ±{number(table.margin)} {wording(study).unit}",
        formats=dict.fromkeys(("effect", "low", "high"), "+.3g")
        | {"may reach": ".3g", "p, Holm": ".2g"},
        notes=f"Low and high bound the {percent(level)} interval.",
    )


@styled
def detectable(study: Study) -> Picture | Words:
    """Draw the smallest effect that would have been found in each channel."""
    evidence = [channel for channel in evidence_of(study) if channel.effect.known]
    table = study.ledger.channels
    if table is None or not evidence:
        return no_fit(study)
    unit, certainty = wording(study).unit, percent(POWER)
    sizes = [channel.effect.detectable(table.alpha) for channel in evidence]
    figure = sheet(1.3 + 0.42 * len(evidence))
    ax = figure.subplots()
    judged = [size for size, channel in zip(sizes, evidence, strict=True) if channel.judged]
    ax.set_xlim(0, 1.25 * max([table.margin, *(judged or sizes)]))
    ax.axvline(table.margin, color=AGAINST, linestyle="--", linewidth=1.4)
    ax.annotate(
        "matters from here",
        (table.margin, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=AGAINST,
    )
    for row, (channel, size) in enumerate(zip(evidence, sizes, strict=True)):
        _draw_detectable(ax, row, size, focal=channel == table.focal, judged=channel.judged)
    aside = {channel.name for channel in evidence if not channel.judged}
    name_rows(ax, [channel.name for channel in evidence], table.focal.name, aside)
    ax.set_xlabel(f"smallest effect found with {certainty} certainty, {unit}", x=0.4)
    said = "; ".join(
        f"{channel.name} {number(size)}" for channel, size in zip(evidence, sizes, strict=True)
    )
    short = [
        channel.name
        for channel, size in zip(evidence, sizes, strict=True)
        if channel.judged and size > table.margin
    ]
    weak = (
        f"Effects that matter could be missed in {listed(short)}."
        if short
        else "In every judged channel an effect that matters would very likely have been found."
    )
    frame = pd.DataFrame(
        {
            "channel": [channel.name for channel in evidence],
            "detectable": sizes,
            "effect": [channel.effect.value for channel in evidence],
            "posts": [channel.posts for channel in evidence],
            "quiet readings": [channel.quiet for channel in evidence],
        }
    )
    return Picture.of(
        figure,
        "What could have been found",
        f"Smallest effect found with {certainty} certainty, in {unit}: {said}. An effect matters "
        f"from {number(table.margin)} on. {weak}",
        Table.of(frame, "Detectable effects", formats={"detectable": ".3g", "effect": "+.3g"}),
    )


def _draw_detectable(ax: Axes, row: int, size: float, *, focal: bool, judged: bool) -> None:
    limit = ax.get_xlim()[1]
    color = FOCAL if focal else OTHER if judged else LINE
    ax.plot([0, min(size, limit)], [row, row], color=color, linewidth=2)
    if size > limit:
        ax.plot(0.988 * limit, row, ">", color=color, markersize=8)
        return
    face = color if judged else "white"
    ax.plot(size, row, "s" if focal else "o", color=color, markerfacecolor=face, markersize=7)
    ax.annotate(
        number(size),
        (size, row),
        xytext=(9, 0),
        textcoords="offset points",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


@styled
def shifted_calendars(study: Study) -> Picture | Words:
    """Draw the focal channel's t with its posts shifted around the calendar, and as it is."""
    placebo = None if study.confirmation is None else study.confirmation.shifts
    focal = study.arrays.focal
    if placebo is None or not len(placebo.shifted):
        return Words.of(
            f"The posts in {focal} cannot be shifted around the calendar: there are too few "
            "readings, or nothing tells the days with a post from the others."
        )
    figure = sheet(3.4)
    ax = figure.subplots()
    low, high = min(placebo.t, placebo.shifted.min()), max(placebo.t, placebo.shifted.max())
    edges = np.histogram_bin_edges(placebo.shifted, bins="fd")
    counts, edges = np.histogram(placebo.shifted, bins=edges if len(edges) > 12 else 12)
    ax.stairs(counts, edges, fill=True, color=LINE)
    ax.axvline(placebo.t, color=FOCAL, linewidth=2.4)
    left = placebo.t > (low + high) / 2
    ax.annotate(
        f"posts where\nthey are\nt = {number(placebo.t)}",
        (placebo.t, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(-7 if left else 7, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        color=FOCAL,
    )
    room = 0.05 * (high - low)
    ax.set(
        xlim=(low - room, high + room),
        ylim=(0, 1.45 * counts.max()),
        xlabel=f"t of {label(focal)} with its posts shifted around the calendar",
        ylabel="calendars",
    )
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "calendars": counts})
    return Picture.of(
        figure,
        f"Could chance do as much? {counted(len(placebo.shifted), 'shifted calendar')}",
        _placebo_words(placebo, focal),
        Table.of(table, "t of the shifted calendars", formats={"from": ".2f", "to": ".2f"}),
    )


def _placebo_words(placebo: Placebo, focal: str) -> str:
    low, high = np.quantile(placebo.shifted, [0.025, 0.975])
    tried = len(placebo.shifted)
    drawn = f", drawn from {placebo.possible:,}," if placebo.possible > tried else ""
    regimes = sum(one.movable for one in placebo.regimes)
    within = f" within each of {regimes} regimes of the score" if regimes > 1 else ""
    return (
        f"With the posts in {focal} where they are, t is {number(placebo.t)}. Shifted around the "
        f"calendar by {MIN_SHIFT} days or more{within}, with everything else in its place, "
        f"{percent(0.95)} of {counted(tried, 'shifted calendar')}{drawn} give a t between "
        f"{number(float(low))} and {number(float(high))}; {placebo.beyond} are as far from zero "
        f"as the real one ({p_words(placebo.p)} by rank)."
    )
