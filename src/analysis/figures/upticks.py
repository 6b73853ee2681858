"""Upticks and posts: the author's chart rebuilt, beside what chance gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.claims.base import interval_words, number, percent
from analysis.display import Picture, Table, Words
from analysis.errors import one_line
from analysis.evidence.path import MeanPath, mean_path
from analysis.evidence.upticks import TOP, Upticks
from analysis.figures.activity import draw_score
from analysis.figures.days import posts_by_day, wording
from analysis.figures.style import (
    AGAINST,
    FOCAL,
    LINE,
    OTHER,
    PALE,
    SMALL,
    as_numbers,
    date_axis,
    label,
    name_rows,
    sheet,
    styled,
)
from analysis.panel import microseconds, reading_instants
from analysis.workbench import Study

_NONE = "There is no uptick to look at: the score never rises, or its changes are not known."
_DAY = 86_400_000_000
"""Microseconds."""


@styled
def upticks_and_posts(study: Study) -> Picture | Words:
    """Draw every uptick with the focal post that preceded it, or left bare."""
    found = study.upticks()
    if found is None:
        return Words.of(_NONE)
    words, dates = wording(study), study.arrays.dates
    table = preceding_posts(study, found)
    figure = sheet(4.3)
    ax = figure.subplots()
    draw_score(ax, study, color=LINE)
    _draw_upticks(ax, study, table)
    date_axis(ax, dates)
    figure.legend(handles=_uptick_keys(study), loc="outside upper left", ncols=3)
    said = (
        f"{found.count:,} upticks: the rises of {number(found.threshold)} or more since the day "
        f"before, the top {percent(TOP)}. {found.followed} ({percent(found.share)}) have a "
        f"{words.post} in the {words.hours} hours before them and stand on a line from it; "
        f"{found.count - found.followed} ({percent(1 - found.share)}) have none and are left bare."
    )
    return Picture.of(
        figure,
        f"Every uptick of the {study.data.settings.score.name}, and the {words.post} before it",
        said,
        Table.of(table, "Every uptick", formats={"change": "+.3g", "hours before": ".1f"}),
    )


def preceding_posts(study: Study, found: Upticks) -> pd.DataFrame:
    """Return the upticks with the last focal post in the window before each.

    Returns
    -------
    DataFrame
        Columns date, change, follows a post, hours before, post; the last two are missing
        without a post, and where only counts of posts are known.
    """
    settings, panel = study.data.settings, study.arrays
    events = study.data.activity
    events = events[(events["channel"] == panel.focal) & (events["kind"] != "repost")]
    at = microseconds(pd.DatetimeIndex(events["at"]))
    ends = pd.DatetimeIndex(found.table["date"])
    starts = ends - pd.Timedelta(days=panel.window_days)
    minutes, zone = settings.score.minutes, settings.zone
    begin, end = (reading_instants(days, minutes, zone) for days in (starts, ends))
    last = np.searchsorted(at, end) - 1
    there = (last >= 0) & (np.append(at, 0)[last] >= begin)
    hours = np.where(there, (end - np.append(at, 0)[last]) / (_DAY / 24), np.nan)
    texts = [
        one_line(events["text"].iloc[place], 80) if is_there else None
        for place, is_there in zip(last, there, strict=True)
    ]
    table = found.table.copy()
    table["hours before"], table["post"] = hours, texts
    return table


def _draw_upticks(ax: Axes, study: Study, table: pd.DataFrame) -> None:
    """Draw posts along the floor, and a line from each to the uptick that follows it."""
    panel = study.arrays
    low, high = np.nanmin(panel.score), np.nanmax(panel.score)
    floor, top = low - 0.24 * (high - low), low - 0.12 * (high - low)
    posts = posts_by_day(study)[panel.focal]
    days = as_numbers(pd.DatetimeIndex(posts.index[(posts > 0).to_numpy()])) + 0.5
    ax.vlines(days, floor, top, color=FOCAL, linewidth=1.1)
    x = as_numbers(pd.DatetimeIndex(table["date"])) + study.data.settings.score.minutes / 1440
    score = panel.score[panel.dates.get_indexer(pd.DatetimeIndex(table["date"]))]
    after = table["follows a post"].to_numpy(dtype=bool)
    since = np.nan_to_num(table["hours before"].to_numpy(dtype=float) / 24, nan=1.0)
    ax.plot(
        [(x - since)[after], x[after]],
        [np.full(after.sum(), top), score[after]],
        color=FOCAL,
        linewidth=0.6,
        alpha=0.6,
    )
    ax.plot(x[after], score[after], "^", color=FOCAL, markersize=6)
    ax.plot(x[~after], score[~after], "^", color=AGAINST, markerfacecolor="white", markersize=6)
    ax.set_ylim(floor, high + 0.06 * (high - low))
    ax.set_yticks([tick for tick in ax.get_yticks() if top < tick <= high])


def _uptick_keys(study: Study) -> list[Line2D]:
    post = label(wording(study).post, 22)
    common = {"linestyle": "none", "marker": "^", "markersize": 7}
    return [
        Line2D([], [], color=FOCAL, label="uptick after a post", **common),  # type: ignore[arg-type]
        Line2D([], [], color=AGAINST, markerfacecolor="white", label="bare uptick", **common),  # type: ignore[arg-type]
        Line2D([], [], color=FOCAL, linestyle="none", marker="|", markersize=10, label=post),
    ]


@styled
def uptick_shares(study: Study) -> Picture | Words:
    """Draw the share of upticks with a post before them, beside the base rate and chance."""
    found = study.upticks()
    if found is None:
        return Words.of(_NONE)
    words = wording(study)
    names = ("upticks", "all readings", "by chance")
    figure = sheet(2.3)
    ax = figure.subplots()
    ax.axvline(50, color=LINE, linestyle=":", linewidth=1.2)
    ax.annotate(
        "half",
        (50, 1),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="bottom",
        fontsize=SMALL,
    )
    low, high = (100 * end for end in found.share_interval)
    ax.plot([low, high], [0, 0], color=FOCAL, linewidth=3, solid_capstyle="butt")
    ax.plot(100 * found.share, 0, "^", color=FOCAL, markersize=11, clip_on=False)
    ax.plot(100 * found.base, 1, "D", color=OTHER, markersize=8, clip_on=False)
    ax.barh(
        2, 100 * (found.band[1] - found.band[0]), left=100 * found.band[0], color=LINE, height=0.34
    )
    band = f"{percent(found.band[0])} to {percent(found.band[1])}"
    for row, text in enumerate((percent(found.share), percent(found.base), band)):
        ax.annotate(text, (1.03, row), xycoords=("axes fraction", "data"), va="center")
    name_rows(ax, names, "upticks")
    ax.set(xlim=(0, 100), xlabel=f"% with a {label(words.post, 30)} in the {words.hours} h before")
    said = (
        f"{percent(found.share)} of the {found.count} upticks (95\u202f% interval "
        f"{percent(found.share_interval[0])} to {percent(found.share_interval[1])}) have a "
        f"{words.post} in the {words.hours} hours before them; so do {percent(found.base)} of all "
        f"{found.readings} readings. With the same posts shifted around the calendar it would be "
        f"{band}, and {_share_words(found.p_shift)} of the shifts give as many or more."
    )
    rows = [
        ("upticks", found.share, *found.share_interval, found.count),
        ("all readings", found.base, None, None, found.readings),
        ("by chance: posts shifted around the calendar", None, *found.band, found.count),
    ]
    columns = ["of", "share", "low", "high", "number"]
    return Picture.of(
        figure,
        "How often an uptick has a post before it, and how often any reading has",
        said,
        Table.of(
            pd.DataFrame(rows, columns=columns),
            "Shares with a post in the window before them",
            formats=dict.fromkeys(("share", "low", "high"), ".1%"),
        ),
    )


def _share_words(share: float) -> str:
    """Return a small share without rounding it to nothing."""
    return percent(share) if share >= 0.01 else "under 1\u202f%"


@styled
def path_around_a_post(study: Study) -> Picture | Words:
    """Draw where the score stands around a focal post, against the reading before it."""
    path, words = mean_path(study.arrays), wording(study)
    if path is None:
        return Words.of(
            f"There is no {words.post} with readings around it, so there is no path to draw."
        )
    figure = sheet(3.6)
    ax = figure.subplots()
    ax.fill_between(path.days, path.low, path.high, color=PALE, linewidth=0)
    ax.axhline(0, color=LINE, linewidth=0.8)
    ax.axvline(-0.5, color=AGAINST, linestyle="--", linewidth=1.2)
    ax.plot(path.days, path.mean, color=FOCAL, marker="o", markersize=5, linewidth=1.8)
    ax.annotate(
        "the post",
        (-0.5, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-5, -2),
        textcoords="offset points",
        ha="right",
        va="top",
        color=AGAINST,
    )
    ax.annotate(
        "gray: what chance gives (95\u202f%)",
        (0.98, 0.04),
        xycoords="axes fraction",
        ha="right",
        va="bottom",
        fontsize=SMALL,
    )
    ax.set_xticks(path.days)
    ax.set(
        xlabel="readings from the first after the post (0)",
        ylabel=f"{label(study.data.settings.score.name, 20)},\nagainst the last before",
    )
    return Picture.of(
        figure,
        f"Mean path of the {study.data.settings.score.name} around a {words.post}",
        _path_words(path, words.post),
        Table.of(_path_table(path), "Mean path around a post", formats=_PATH_FORMATS),
    )


_PATH_FORMATS = dict.fromkeys(("mean", "chance low", "chance high"), "+.3g") | {"posts": ".0f"}


def _path_table(path: MeanPath) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "reading": path.days,
            "mean": path.mean,
            "chance low": path.low,
            "chance high": path.high,
            "posts": path.counts,
        }
    )


def _path_words(path: MeanPath, post: str) -> str:
    outside = [
        day
        for day, mean, low, high in zip(path.days, path.mean, path.low, path.high, strict=True)
        if day >= 0 and not low <= mean <= high
    ]
    after = np.array(path.days) >= 0
    peak = int(np.argmax(np.where(after, path.mean, -np.inf)))
    when = f"{path.days[peak]} readings after" if path.days[peak] else "at"
    return (
        f"Averaged over {int(path.counts[path.days.index(0)])} days with a {post}, the score "
        f"stands highest {when} the first reading that follows: "
        f"{number(path.mean[peak], signed=True)} against the last reading before the post. By "
        f"chance it would stand within {interval_words((path.low[peak], path.high[peak]))} "
        f"there. {len(outside)} of {int(after.sum())} readings after a post lie outside of what "
        "chance gives. This describes; it holds nothing else fixed."
    )
