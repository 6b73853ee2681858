"""Many accounts in pictures: how far they scatter, which stand out, how they differ."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray
from scipy import special

from analysis.accounts.effects import ChannelEffects
from analysis.accounts.fit import Fitted
from analysis.accounts.gram import Floats
from analysis.accounts.groups import SMALL_GROUP
from analysis.accounts.meta import Meta, shrunken
from analysis.claims.base import interval_words, number, percent
from analysis.display import Picture, Table, Words
from analysis.figures.intervals import draw_margin
from analysis.figures.style import (
    AGAINST,
    FOCAL,
    LINE,
    OTHER,
    PALE,
    SMALL,
    bare_left,
    counted,
    label,
    sheet,
    styled,
)

STRONGEST, SAMPLED, SEED = 15, 15, 1
MOST_DOTS = 3_000
"""More accounts than this are drawn as cells that are darker where there are more of them."""
CELLS = LinearSegmentedColormap.from_list("cells", ["#EDEDED", "#707070"], N=6)
STRIPES = 10
Z = 1.959964
_ROW = 0.27


@dataclass(frozen=True)
class Effects:
    """The accounts that have a focal effect of their own.

    Attributes
    ----------
    names : array (a,) of str
        What they go by.
    own, error, low, high : array (a,)
        Effect, standard error, and the ends of the 95 % interval.
    drawn : array (a,)
        The effect drawn to the mean by as much as it is chance.
    mean : Meta
        Of all.
    """

    names: NDArray[np.str_] = field(repr=False)
    own: Floats = field(repr=False)
    error: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    drawn: Floats = field(repr=False)
    mean: Meta


def effects_of(fitted: Fitted) -> Effects | None:
    """Return the accounts' own focal effects, or None where too few have one for a mean."""
    population = fitted.bundle
    channel: ChannelEffects = population.channels[0]
    if channel.mean is None:
        return None
    known = np.isfinite(channel.own) & np.isfinite(channel.error) & (channel.error > 0)
    own, error = channel.own[known], channel.error[known]
    half = special.stdtrit(population.own.df[known], 0.975) * error
    return Effects(
        population.grams.accounts[known],
        own,
        error,
        own - half,
        own + half,
        shrunken(own, error, channel.mean),
        channel.mean,
    )


def too_few(fitted: Fitted) -> Words:
    """Say why there is nothing to draw."""
    channel = fitted.bundle.channels[0]
    return Words.of(
        f"There is nothing to draw: {counted(channel.share.accounts, 'account')} of "
        f"{len(fitted.bundle.grams):,} have posts of {channel.name!r} enough for an effect of "
        "their own, and a mean needs 3."
    )


@styled
def funnel(fitted: Fitted) -> Picture | Words:
    """Draw every account's effect against its standard error, around the mean."""
    found = effects_of(fitted)
    if found is None:
        return too_few(fitted)
    mean = found.mean
    figure = sheet(4.2)
    ax = figure.subplots()
    top = 1.04 * float(found.error.max())
    ends = np.array([0.0, top])
    ax.fill_betweenx(
        ends, mean.mean - Z * ends, mean.mean + Z * ends, color=PALE, linewidth=0, zorder=0
    )
    for side in (-Z, Z):
        ax.plot(mean.mean + side * ends, ends, "--", color=FOCAL, linewidth=1.2, zorder=3)
    ax.axvline(mean.mean, color=FOCAL, linewidth=2, zorder=3)
    ax.axvline(0, color=LINE, linewidth=1, zorder=3)
    if len(found.own) > MOST_DOTS:
        ax.hexbin(found.own, found.error, gridsize=40, bins="log", mincnt=1, cmap=CELLS)
    else:
        ax.plot(found.own, found.error, "o", color=OTHER, markersize=3.5, alpha=0.6, zorder=2)
    ax.set(
        ylim=(top, 0),
        xlabel=f"effect of one more {label(fitted.groups.channel)} post, {fitted.unit}",
        ylabel="its standard error",
    )
    beyond = np.abs(found.own - mean.mean) > Z * found.error
    outside = float(beyond.mean())
    return Picture.of(
        figure,
        f"Do {counted(len(found.own), 'account')} differ by more than chance?",
        f"Each of {counted(len(found.own), 'account')} stands at its own effect; the more certain "
        f"it is, the higher. The blue line is the mean, {number(mean.mean, signed=True)} "
        f"({interval_words(mean.interval())}). If all had that effect, about {percent(0.05)} "
        f"would lie outside of the dashed lines; {percent(outside)} do. Beyond chance the effects "
        f"scatter with a standard deviation of {number(mean.tau)}.",
        _stripes(found, beyond),
    )


def _stripes(found: Effects, beyond: NDArray[np.bool_]) -> Table:
    """Return the accounts in stripes of like certainty: no table of millions of rows."""
    count = int(np.clip(len(found.own) // SMALL_GROUP, 1, STRIPES))
    rows = [
        {
            "standard error from": float(found.error[part].min()),
            "to": float(found.error[part].max()),
            "accounts": len(part),
            "mean effect": float(found.own[part].mean()),
            "outside of the lines": float(beyond[part].mean()),
        }
        for part in np.array_split(np.argsort(found.error, kind="stable"), count)
    ]
    formats = dict.fromkeys(("standard error from", "to"), ".3g")
    return Table.of(
        pd.DataFrame(rows),
        "Effects by how certain they are",
        formats={**formats, "mean effect": "+.3g", "outside of the lines": ".0%"},
    )


@styled
def spread(fitted: Fitted) -> Picture | Words:
    """Draw how the effects are distributed once chance is taken out."""
    found = effects_of(fitted)
    if found is None:
        return too_few(fitted)
    edges = np.histogram_bin_edges(found.own, bins=int(np.clip(len(found.own) // 5, 10, 40)))
    raw, _ = np.histogram(found.own, edges)
    drawn, _ = np.histogram(found.drawn, edges)
    figure = sheet(3.6)
    ax = figure.subplots()
    draw_margin(ax, fitted.margin)
    ax.stairs(drawn, edges, fill=True, color=FOCAL, alpha=0.75, label="drawn to the mean", zorder=2)
    ax.stairs(raw, edges, color="black", linewidth=1.4, label="as estimated", zorder=3)
    ax.set(
        xlim=(min(edges[0], -fitted.margin), max(edges[-1], fitted.margin)),
        xlabel=f"effect of one more {label(fitted.groups.channel)} post, {fitted.unit}",
        ylabel="accounts",
    )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
    table = pd.DataFrame(
        {"from": edges[:-1], "to": edges[1:], "drawn to the mean": drawn, "as estimated": raw}
    )
    return Picture.of(
        figure,
        "How the effects differ between accounts",
        _spread_words(fitted, found),
        Table.of(table, "Accounts by effect", formats={"from": "+.3g", "to": "+.3g"}),
    )


def _spread_words(fitted: Fitted, found: Effects) -> str:
    if not found.mean.tau > 0:
        return (
            f"The {counted(len(found.own), 'account')} differ no more than chance makes them: "
            f"drawn to the mean, all stand at {number(found.mean.mean, signed=True)}."
        )
    low, middle, high = np.quantile(found.drawn, [0.1, 0.5, 0.9])
    above = float((found.drawn > fitted.margin).mean())
    below = float((found.drawn < -fitted.margin).mean())
    return (
        f"As estimated, effects scatter by chance, too (outline). Drawn to the mean by as much as "
        f"each is chance, the middle one of {counted(len(found.own), 'account')} is "
        f"{number(float(middle), signed=True)}, and four in five lie between {number(float(low))} "
        f"and {number(float(high))}. An effect matters from {number(fitted.margin)} on: "
        f"{percent(above)} lie above that, {percent(below)} below {number(-fitted.margin)}."
    )


def readable(found: Effects, seed: int = SEED) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the accounts of the forest: the strongest either way, and a sample of the others.

    Strong is what is so after being drawn to the mean, or the least certain ones would be shown.

    Parameters
    ----------
    found : Effects
        All accounts.
    seed : int
        Of the sample.

    Returns
    -------
    strongest, sampled : array of int
        Positions, each from the lowest effect to the highest.
    """
    order = np.lexsort((found.names, found.own / found.error, found.drawn))
    if len(order) <= 2 * STRONGEST + SAMPLED:
        return order, order[:0]
    middle = order[STRONGEST:-STRONGEST]
    chosen = np.random.default_rng(seed).choice(len(middle), SAMPLED, replace=False)
    strongest = np.concatenate([order[:STRONGEST], order[-STRONGEST:]])
    return strongest, middle[np.sort(chosen)]


@styled
def forest(fitted: Fitted, seed: int = SEED) -> Picture | Words:
    """Draw the strongest accounts either way, and a sample of the others, with intervals."""
    found = effects_of(fitted)
    if found is None:
        return too_few(fitted)
    strongest, sampled = readable(found, seed)
    blocks = [("every account", strongest)]
    if len(sampled):
        low, high = strongest[:STRONGEST], strongest[STRONGEST:]
        blocks = [("lowest", low), ("drawn by lot", sampled), ("highest", high)]
    shown = np.concatenate([part for _, part in blocks])
    rows = np.concatenate(
        [np.arange(len(part)) + _start(blocks, at) for at, part in _parts(blocks)]
    )
    figure = sheet(_ROW * (float(rows[-1]) + 1) + 0.9)
    ax = figure.subplots()
    draw_margin(ax, fitted.margin)
    ax.axvline(found.mean.mean, color="black", linewidth=1, linestyle="--", zorder=1)
    _draw_rows(ax, found, shown, rows)
    for place, (name, _) in enumerate(blocks):
        ax.text(
            0,
            _start(blocks, place) - 0.75,
            name,
            transform=ax.get_yaxis_transform(),
            fontsize=SMALL,
            fontweight="bold",
            va="center",
        )
    ax.set_yticks(rows, [label(name) for name in found.names[shown]])
    ax.set_ylim(float(rows[-1]) + 0.7, -1.3)
    bare_left(ax)
    ax.set_xlabel(f"effect of one more {label(fitted.groups.channel)} post, {fitted.unit}", x=0.4)
    return Picture.of(
        figure,
        f"{len(shown):,} of {counted(len(found.own), 'account')}, one by one",
        _forest_words(found, shown, sampled),
        _forest_table(found, blocks),
    )


def _parts(blocks: list[tuple[str, NDArray[np.int64]]]) -> list[tuple[int, NDArray[np.int64]]]:
    return [(place, part) for place, (_, part) in enumerate(blocks)]


def _start(blocks: list[tuple[str, NDArray[np.int64]]], place: int) -> float:
    """Return the row where a block begins: a line and a half after the one before."""
    return sum(len(part) + 1.4 for _, part in blocks[:place])


def _draw_rows(ax: Axes, found: Effects, shown: NDArray[np.int64], rows: Floats) -> None:
    ax.hlines(rows, found.low[shown], found.high[shown], color=LINE, linewidth=1.6, zorder=2)
    ax.plot(found.own[shown], rows, "o", color=OTHER, markerfacecolor="white", markersize=5)
    ax.plot(found.drawn[shown], rows, "D", color=AGAINST, markersize=5)


def _forest_words(found: Effects, shown: NDArray[np.int64], sampled: NDArray[np.int64]) -> str:
    clear = int(((found.low[shown] > 0) | (found.high[shown] < 0)).sum())
    which = (
        f"The {STRONGEST} accounts of the lowest effect, the {STRONGEST} of the highest, and "
        f"{len(sampled)} of the others drawn by lot"
        if len(sampled)
        else f"All {counted(len(shown), 'account')}"
    )
    return (
        f"{which}: own estimate (ring) with its 95 % interval, and drawn to the mean of "
        f"{number(found.mean.mean, signed=True)} (diamond). {clear} of these {len(shown)} "
        "intervals lie clear of zero. Who is chosen for being extreme was also lucky or unlucky: "
        "of these the diamond is to be believed, not the ring. Drawn to the mean, they reach from "
        f"{number(float(found.drawn[shown].min()))} to {number(float(found.drawn[shown].max()))}."
    )


def _forest_table(found: Effects, blocks: list[tuple[str, NDArray[np.int64]]]) -> Table:
    frames = [
        pd.DataFrame(
            {
                "account": found.names[part],
                "shown as": name,
                "effect": found.own[part],
                "low": found.low[part],
                "high": found.high[part],
                "drawn to the mean": found.drawn[part],
            }
        )
        for name, part in blocks
    ]
    numbers = ("effect", "low", "high", "drawn to the mean")
    return Table.of(
        pd.concat(frames),
        "Accounts, one by one",
        formats=dict.fromkeys(numbers, "+.3g"),
        notes="Low and high bound the 95 % interval of the account's own estimate.",
    )
