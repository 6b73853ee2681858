"""The regression: effects in both codings, their timing, and whether the residuals behave."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from analysis.claims.base import interval_words, number, p_words, percent
from analysis.display import Picture, Table, Words
from analysis.evidence.channels import ChannelEvidence
from analysis.evidence.profile import LagProfile, lag_profile
from analysis.figures.days import wording
from analysis.figures.intervals import draw_estimate, draw_margin, evidence_of, no_fit, outer
from analysis.figures.style import (
    FOCAL,
    LINE,
    OTHER,
    PALE,
    bare_left,
    counted,
    label,
    listed,
    name_rows,
    sheet,
    styled,
)
from analysis.model.primary import Estimate
from analysis.workbench import Study

LEVELS = (0.95, 0.9)
_INTERVALS = "Thin lines are 95\u202f% intervals, thick ones 90\u202f%."


@styled
def coefficients(study: Study) -> Picture | Words:
    """Draw the effect of one more post in every channel, in both codings side by side."""
    evidence = evidence_of(study)
    if not any(channel.effect.known or channel.own.known for channel in evidence):
        return no_fit(study)
    margin, unit = study.ledger.margin, wording(study).unit
    figure = sheet(1.6 + 0.42 * len(evidence))
    panels = figure.subplots(1, 2, sharey=True, sharex=True)
    judged = [channel for channel in evidence if channel.judged] or list(evidence)
    shown = [estimate for channel in judged for estimate in (channel.effect, channel.own)]
    panels[0].set_xlim(outer(LEVELS[0], shown, also=(-margin, margin)))
    for ax, own, title in zip(panels, (False, True), _CODINGS, strict=True):
        draw_margin(ax, margin)
        for row, channel in enumerate(evidence):
            draw_estimate(
                ax,
                row,
                channel.own if own else channel.effect,
                levels=LEVELS,
                color=FOCAL if row == 0 else OTHER,
                marker="s" if row == 0 else "o",
                hollow=not channel.judged,
            )
        ax.set_title(title)
    names = [channel.name for channel in evidence]
    aside = {channel.name for channel in evidence if not channel.judged}
    name_rows(panels[0], names, evidence[0].name, aside)
    bare_left(panels[1])
    figure.supxlabel(f"{unit}; gray: too small to matter", fontsize=11)
    return Picture.of(
        figure,
        "Effect of one more post, every channel held beside the others",
        _effect_words(study, evidence),
        effects_table(study),
    )


_CODINGS = ("a post with its shares", "every post by itself")


def effects_table(study: Study) -> Table:
    """Return the effects of every channel in both codings, with their intervals."""
    rows = []
    for channel in evidence_of(study):
        for title, estimate in zip(_CODINGS, (channel.effect, channel.own), strict=True):
            rows.append(
                {
                    "channel": channel.name,
                    "a post": title,
                    "effect": estimate.value,
                    "95 % low": estimate.interval(0.95)[0],
                    "95 % high": estimate.interval(0.95)[1],
                    "90 % low": estimate.interval(0.9)[0],
                    "90 % high": estimate.interval(0.9)[1],
                    "p": estimate.p,
                    "posts": channel.posts,
                    "judged": "yes" if channel.judged else f"no: {channel.why_not}",
                }
            )
    formats = dict.fromkeys(_EFFECT_COLUMNS[2:7], "+.3g") | {"p": ".2g", "posts": ",d"}
    return Table.of(
        pd.DataFrame(rows, columns=list(_EFFECT_COLUMNS)),
        f"Effect of one more post, in {wording(study).unit}",
        formats=formats,
    )


_EFFECT_COLUMNS = (
    "channel",
    "a post",
    "effect",
    "95 % low",
    "95 % high",
    "90 % low",
    "90 % high",
    "p",
    "posts",
    "judged",
)


def _effect_words(study: Study, evidence: tuple[ChannelEvidence, ...]) -> str:
    judged = [channel for channel in evidence if channel.judged]
    first = f"With the shares of a {evidence[0].name} post counted as part of it"
    said = [
        f"{first}: {_listed_effects({channel.name: channel.effect for channel in judged})}.",
        f"With every post by itself: {_listed_effects({c.name: c.own for c in judged})}.",
    ]
    aside = [
        f"{channel.name} is drawn hollow and not judged: {channel.why_not}."
        for channel in evidence
        if not channel.judged
    ]
    unit = wording(study).unit
    if all(channel.effect == channel.own for channel in judged):
        aside.append(f"No share of a {evidence[0].name} post was found: both sides are the same.")
    margin = f"Effects within ±{number(study.ledger.margin)} are too small to matter."
    about = f"Effects in {unit}, with 95\u202f% intervals."
    return " ".join([about, *(said if judged else []), *aside, margin, _INTERVALS])


def _listed_effects(effects: dict[str, Estimate]) -> str:
    return "; ".join(
        f"{name} {number(effect.value, signed=True)} ({interval_words(effect.interval())})"
        for name, effect in effects.items()
    )


@styled
def timing(study: Study) -> Picture | Words:
    """Draw what goes with a post day by day, before the reading and, as placebo, after it."""
    judged = [channel.name for channel in evidence_of(study) if channel.judged]
    found = [lag_profile(study.arrays, name) for name in judged]
    profiles = [profile for profile in found if profile is not None]
    if not profiles:
        return Words.of("No channel has enough posts and readings to tell one day from another.")
    columns = min(2, len(profiles))
    rows = -(-len(profiles) // columns)
    figure = sheet(max(2.9, 0.6 + 1.75 * rows))
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for ax, profile in zip(axes, profiles, strict=False):
        _draw_profile(ax, profile, focal=profile.channel == study.arrays.focal)
    for ax in axes[len(profiles) :]:
        ax.set_axis_off()
    for ax in axes[max(0, len(profiles) - columns) : len(profiles)]:
        ax.tick_params(axis="x", labelbottom=True)
    figure.supxlabel("day before (−) or after (+) the reading", fontsize=11)
    figure.supylabel("points of that reading per post", fontsize=11)
    return Picture.of(
        figure,
        "When a post shows in the score: days before the reading, and days after it as placebo",
        _timing_words(profiles),
        Table.of(
            _timing_table(profiles),
            "Points of one reading per post, by day",
            formats=dict.fromkeys(("move", "low", "high"), "+.3g") | {"p": ".2g"},
            notes="Day -1 is the 24 hours before the reading; days after it are placebo.",
        ),
    )


def _draw_profile(ax: Axes, profile: LagProfile, *, focal: bool) -> None:
    color = FOCAL if focal else OTHER
    places = range(len(profile.days))
    ahead = sum(day < 0 for day in profile.days) - 0.5
    ax.axhline(0, color=LINE, linewidth=1)
    ax.axvspan(ahead, len(profile.days) - 0.5, color=PALE, linewidth=0, zorder=0)
    for place, day, move in zip(places, profile.days, profile.moves, strict=True):
        if not move.known:
            continue
        ax.plot([place, place], move.interval(), color=color, linewidth=1.6)
        face = color if day < 0 else "white"
        marker = "o" if day < 0 else "D"
        ax.plot(place, move.value, marker, color=color, markerfacecolor=face, markersize=6.5)
    ax.set_xticks(places, [f"{day:+d}".replace("-", "−") for day in profile.days])
    ax.set_xlim(-0.5, len(profile.days) - 0.5)
    ax.set_title(label(profile.channel, 24), color=color)
    if focal:
        ax.annotate("placebo", (0.98, 0.97), xycoords="axes fraction", ha="right", va="top")


def _timing_table(profiles: list[LagProfile]) -> pd.DataFrame:
    rows = [
        (profile.channel, f"{day:+d}", move.value, *move.interval(), move.p, profile.readings)
        for profile in profiles
        for day, move in zip(profile.days, profile.moves, strict=True)
    ]
    return pd.DataFrame(rows, columns=["channel", "day", "move", "low", "high", "p", "readings"])


def _timing_words(profiles: list[LagProfile]) -> str:
    first = profiles[0]
    days = [
        f"day {day:+d}: {number(move.value, signed=True)} ({interval_words(move.interval())})"
        for day, move in zip(first.days, first.moves, strict=True)
    ]
    leads = [move for profile in profiles for move in profile.after.values() if move.known]
    hits = [
        f"{profile.channel} on day {day:+d}"
        for profile in profiles
        for day, move in profile.after.items()
        if _misses_zero(move)
    ]
    named = f" ({listed(hits)})" if hits else ""
    return (
        f"Points of one reading per post in {first.channel}, with 95\u202f% intervals: "
        f"{'; '.join(days)}. Over all {counted(len(profiles), 'channel')} drawn, {len(hits)} of "
        f"{len(leads)} placebo days after the reading miss zero{named}; about "
        f"{number(0.05 * len(leads))} would by chance."
    )


def _misses_zero(move: Estimate) -> bool:
    return move.known and move.p < 0.05


def model_words(study: Study) -> Words:
    """Say what was regressed on what, on how many readings, and the joint test."""
    fit, table = study.fit(), study.ledger.channels
    if fit is None or table is None:
        return no_fit(study)
    words = wording(study)
    outcome = "change of the score" if fit.kind == "level" else "score"
    said = [
        f"{fit.n} readings. The {outcome} of a day is explained by the posts of "
        f"{counted(len(fit.design.channels), 'channel')} in the {words.hours} hours before the "
        f"reading, by its own last {fit.design.lags} days, and by the weekday; errors are HC3."
    ]
    if table.joint is not None:
        judged = [channel.name for channel in table.judged_others]
        said.append(
            f"Joint test that none of {listed(judged)} matters: F = {number(table.joint.f)} with "
            f"{table.joint.df[0]} and {table.joint.df[1]} degrees of freedom, "
            f"{p_words(table.joint.p)}."
        )
    total = float(((fit.design.y - fit.design.y.mean()) ** 2).sum())
    if total > 0:
        explained = percent(1 - fit.ols.rss / total)
        said.append(f"The regression explains {explained} of the variance.")
    return Words.of(*said)
