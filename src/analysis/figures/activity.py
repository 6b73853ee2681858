"""What was collected: the score with the posts under it, when, where, and what shares what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from analysis.claims.base import number, percent
from analysis.display import Picture, Table, Words
from analysis.figures.days import posts_by_day, runs
from analysis.figures.style import (
    AGAINST,
    FOCAL,
    LINE,
    OTHER,
    PALE,
    SMALL,
    as_numbers,
    counted,
    date_axis,
    day,
    label,
    listed,
    name_rows,
    sheet,
    styled,
)
from analysis.settings import Break
from analysis.workbench import Study

MANY = 4
"""From here on, posts a day share one color of the calendar."""

_BLUES = ("#EFEFEF", "#8CC3E6", "#3A93CC", "#005F96", "#002B45")


@styled
def score_and_posts(study: Study) -> Picture:
    """Draw the score over time with the posts of every channel under it."""
    panel, posts = study.arrays, posts_by_day(study)
    names = study.channels
    figure = sheet(2.9 + 0.3 * len(names))
    above, under = figure.subplots(2, 1, sharex=True, height_ratios=[2.6, 0.3 * len(names)])
    draw_score(above, study)
    _draw_breaks(above, under, study)
    for row, name in enumerate(names):
        _draw_row(under, posts[name], row, focal=name == panel.focal)
    name_rows(under, names, panel.focal)
    date_axis(under, pd.DatetimeIndex(posts.index))
    table = posts.assign(score=pd.Series(panel.score, panel.dates))[["score", *names]]
    return Picture.of(
        figure,
        f"{study.data.settings.score.name} over time, and the days with posts",
        _score_words(study, posts),
        Table.of(table, "Score and posts of every day", formats=dict.fromkeys(names, ".0f")),
    )


def draw_score(ax: Axes, study: Study, color: str = OTHER) -> None:
    """Draw the score as a line that breaks where readings are missing."""
    panel = study.arrays
    x, score = as_numbers(panel.dates), panel.score
    ax.plot(x, score, color=color, linewidth=1.3)
    padded = np.concatenate([[np.nan], score, [np.nan]])
    alone = np.isfinite(score) & ~np.isfinite(padded[:-2]) & ~np.isfinite(padded[2:])
    ax.plot(x[alone], score[alone], ".", color=color, markersize=3)
    ax.set_ylabel(label(study.data.settings.score.name, 30))


def _draw_breaks(above: Axes, under: Axes, study: Study) -> None:
    """Draw known changes of the scoring model as dashed lines with their labels."""
    first, last = as_numbers(study.arrays.dates[[0, -1]])
    for place, known in enumerate(_breaks(study)):
        (x,) = as_numbers(pd.DatetimeIndex([known.date]))
        for ax in (above, under):
            ax.axvline(x, color=AGAINST, linestyle="--", linewidth=1.2)
        late = x > (first + last) / 2
        above.annotate(
            label(known.label, 34),
            (x, 1 - 0.11 * (place % 4)),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if late else 4, -2),
            textcoords="offset points",
            ha="right" if late else "left",
            va="top",
            fontsize=SMALL,
            color=AGAINST,
        )


def _breaks(study: Study) -> list[Break]:
    dates = study.arrays.dates
    return [
        known
        for known in study.data.settings.breaks
        if dates[0] <= pd.Timestamp(known.date) <= dates[-1]
    ]


def _draw_row(ax: Axes, posts: pd.Series, row: int, *, focal: bool) -> None:
    """Draw a tick for each day with a post, and hatching where nothing is known."""
    x = as_numbers(pd.DatetimeIndex(posts.index[(posts > 0).to_numpy()]))
    half = 0.42 if focal else 0.28
    color, width = (FOCAL, 1.3) if focal else (OTHER, 0.7)
    ax.vlines(x, row - half, row + half, color=color, linewidth=width)
    _hatch(ax, posts.isna(), 1, (row - 0.3, 0.6))


def _hatch(ax: Axes, unknown: pd.Series, days: int, height: tuple[float, float]) -> None:
    """Hatch what no source tells; each row of ``unknown`` stands for ``days`` days."""
    for start, length in runs(unknown):
        (left,) = as_numbers(pd.DatetimeIndex([start]))
        ax.broken_barh(
            [(left, length * days)],
            height,
            facecolor=PALE,
            edgecolor=LINE,
            linewidth=0,
            hatch="///",
        )


def _score_words(study: Study, posts: pd.DataFrame) -> str:
    panel = study.arrays
    score = pd.Series(panel.score, index=panel.dates).dropna()
    said = [
        f"{counted(panel.readings, 'reading')} from {day(panel.dates[0])} to "
        f"{day(panel.dates[-1])}, {counted(panel.gaps, 'day')} without one.",
        f"The score begins at {number(score.iloc[0])} and ends at {number(score.iloc[-1])}; its "
        f"lowest is {number(score.min())} on {day(score.idxmin())}, its highest "
        f"{number(score.max())} on {day(score.idxmax())}.",
    ]
    for name in study.channels:
        days = counted(int((posts[name] > 0).sum()), "day")
        unknown = int(posts[name].isna().sum())
        dark = f", {unknown} days not on record (hatched)" if unknown else ""
        said.append(f"{name}: {counted(int(posts[name].sum()), 'post')} on {days}{dark}.")
    said += [f"Dashed line on {known.date}: {known.label}." for known in _breaks(study)]
    return " ".join(said)


@styled
def calendar(study: Study) -> Picture | Words:
    """Draw the focal posts as a calendar, a strip a year: weeks across, weekdays down."""
    panel = study.arrays
    posts = posts_by_day(study)[panel.focal]
    if not posts.sum() > 0:
        return Words.of(f"There is no post in {panel.focal} within the score's period.")
    year_of = pd.DatetimeIndex(posts.index).year
    years = year_of[posts.notna()].unique()
    figure = sheet(0.75 + 1.3 * len(years))
    rows = figure.subplots(len(years), 1, squeeze=False)[:, 0]
    for ax, year in zip(rows, years, strict=True):
        _draw_year(ax, posts[year_of == year], int(year))
    most = int(posts.max())
    keys = [
        Patch(facecolor=color, edgecolor=LINE, linewidth=0.5, label=f"{count}")
        for count, color in enumerate(_BLUES[: most + 1])
    ]
    keys[-1].set_label(f"{MANY} or more" if most > MANY else keys[-1].get_label())
    figure.legend(
        handles=keys,
        title="posts a day",
        ncols=len(keys),
        loc="outside lower center",
        handlelength=1,
        handleheight=1,
        columnspacing=1.2,
    )
    return Picture.of(
        figure,
        f"Calendar of the posts in {panel.focal}",
        _calendar_words(posts, panel.focal),
        Table.of(_weeks(posts), "Posts by week and weekday", formats=dict.fromkeys(_DAYS, ".0f")),
    )


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _weeks(posts: pd.Series) -> pd.DataFrame:
    """Return a row a week, named by its Monday, and a column a weekday."""
    days = pd.DatetimeIndex(posts.index)
    monday = days - pd.to_timedelta(days.day_of_week, unit="D")
    frame = pd.DataFrame(
        {"week of": monday, "weekday": days.day_of_week, "posts": posts.to_numpy()}
    )
    table = frame.pivot_table(index="week of", columns="weekday", values="posts", dropna=False)
    return table.reindex(columns=range(7)).set_axis(list(_DAYS), axis=1)


def _draw_year(ax: Axes, posts: pd.Series, year: int) -> None:
    first = pd.Timestamp(year, 1, 1)
    first -= pd.Timedelta(days=first.day_of_week)
    table = _weeks(posts).reindex(pd.date_range(first, periods=54, freq="7D")).T
    sns.heatmap(
        table.clip(upper=MANY),
        ax=ax,
        cmap=ListedColormap(_BLUES),
        vmin=0,
        vmax=MANY + 1,
        norm=BoundaryNorm(range(MANY + 2), MANY + 1),
        cbar=False,
        square=True,
        linewidths=0.6,
        linecolor="white",
        xticklabels=False,
        yticklabels=["M", "", "W", "", "F", "", "S"],
    )
    months = pd.date_range(pd.Timestamp(year, 1, 1), periods=12, freq="MS")
    ax.set_xticks([(month - first).days / 7 + 0.5 for month in months], list("JFMAMJJASOND"))
    ax.tick_params(length=0, rotation=0)
    ax.set(title=str(year), xlabel="", ylabel="")


def _calendar_words(posts: pd.Series, focal: str) -> str:
    by_day = posts.groupby(pd.DatetimeIndex(posts.index).day_name()).sum()
    silent = max(runs(posts == 0), key=lambda run: run[1], default=None)
    said = [
        f"{counted(int(posts.sum()), 'post')} in {focal} on {int((posts > 0).sum())} of "
        f"{counted(int(posts.notna().sum()), 'day')} on record.",
        f"Most fall on {by_day.idxmax()} ({int(by_day.max())}), fewest on {by_day.idxmin()} "
        f"({int(by_day.min())}); the busiest day is {day(posts.idxmax())} with "
        f"{int(posts.max())}.",
    ]
    if silent is not None:
        said.append(f"The longest silence is {counted(silent[1], 'day')}, from {day(silent[0])}.")
    if posts.isna().any():
        said.append("Blank days within the period are not on record.")
    return " ".join(said)


@styled
def posts_per_week(study: Study) -> Picture | Words:
    """Draw the posts of each week, a strip a channel, each on its own scale."""
    names = study.channels
    weekly = posts_by_day(study).resample("W-MON", closed="left", label="left").sum(min_count=1)
    if not weekly.sum().sum() > 0:
        return Words.of("No channel has a post within the score's period.")
    figure = sheet(0.5 + 0.62 * len(names))
    rows = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    edges = as_numbers(pd.DatetimeIndex(weekly.index))
    for ax, name in zip(rows, names, strict=True):
        focal = name == study.arrays.focal
        top = max(1.0, float(np.nan_to_num(weekly[name]).max()))
        ax.stairs(
            weekly[name].fillna(0),
            np.append(edges, edges[-1] + 7),
            fill=True,
            color=FOCAL if focal else OTHER,
        )
        _hatch(ax, weekly[name].isna(), 7, (0, top))
        ax.set_ylim(0, top)
        ax.set_yticks([top], [f"{top:,.0f}"])
        ax.tick_params(axis="both", length=0)
        ax.set_ylabel(label(name), rotation=0, ha="right", va="center")
        ax.yaxis.label.set_fontweight("bold" if focal else "normal")
    date_axis(rows[-1], pd.DatetimeIndex(weekly.index))
    figure.align_ylabels(rows)
    said = [
        f"{name}: {number(weekly[name].mean())} posts a week on average, at most "
        f"{int(weekly[name].max())}, none in {int((weekly[name] == 0).sum())} of "
        f"{int(weekly[name].notna().sum())} weeks."
        for name in names
        if weekly[name].notna().any()
    ]
    return Picture.of(
        figure,
        "Posts a week in each channel (each strip has its own scale, its busiest week beside it)",
        " ".join(said),
        Table.of(
            weekly.rename_axis("week of"), "Posts a week", formats=dict.fromkeys(names, ".0f")
        ),
    )


@styled
def crossposts(study: Study) -> Picture | Words:
    """Draw which share of each other channel's posts are shares of a focal post."""
    focal = study.arrays.focal
    channels = study.results()["channels"]
    uncounted = [name for name in study.channels[1:] if name in study.data.counts]
    rows = [
        (name, channels[name]["crossposts"], channels[name]["posts"])
        for name in study.channels[1:]
        if channels[name]["posts"] and name not in uncounted
    ]
    dark = [f"Of {listed(uncounted)} only counts are known, not links."] if uncounted else []
    if not any(shares for _, shares, _ in rows):
        return Words.of(
            f"No post of another channel was found to link to a post in {focal}. Links are found "
            "by address, so this also happens when a source does not tell its links.",
            *how_recognized(study.results()["crossposts"]),
            *dark,
        )
    figure = sheet(0.9 + 0.42 * len(rows))
    ax = figure.subplots()
    portions = [100 * shares / posts for _, shares, posts in rows]
    ax.barh(range(len(rows)), [100] * len(rows), color=PALE, height=0.6)
    ax.barh(range(len(rows)), portions, color=FOCAL, height=0.6)
    for row, ((_, shares, posts), portion) in enumerate(zip(rows, portions, strict=True)):
        inside = portion > 60
        ax.annotate(
            f"{shares:,} of {posts:,}",
            (portion, row),
            xytext=(-5 if inside else 5, 0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center",
            color="white" if inside else "black",
        )
    name_rows(ax, [name for name, _, _ in rows])
    ax.set(xlim=(0, 100), xlabel=f"% of the channel's posts that share a post in {label(focal)}")
    said = [
        f"{percent(shares / posts)} of the posts in {name} ({shares:,} of {posts:,}) share a "
        f"post in {focal}."
        for name, shares, posts in rows
    ]
    said += [*how_recognized(study.results()["crossposts"]), *dark]
    table = pd.DataFrame(rows, columns=["channel", "shares", "posts"])
    return Picture.of(
        figure,
        f"How much of each channel is sharing posts in {focal}",
        " ".join(said),
        Table.of(table, f"Shares of posts in {focal}"),
    )


def how_recognized(shares: dict[str, Any]) -> Iterator[str]:
    """Yield by what evidence shares were recognized, and what was not counted.

    Parameters
    ----------
    shares : dict
        The part ``crossposts`` of results.json.
    """
    counted = shares["counted"]
    parts = [f"{kind} {percent(n / counted)} ({n:,})" for kind, n in shares["by_kind"].items()]
    if parts:
        yield f"Recognized by: {', '.join(parts)}."
    if shares["below_threshold"]:
        yield (
            f"Not counted, because their evidence is below {shares['threshold']:g}: "
            f"{shares['below_threshold']:,}."
        )
    if shares["unresolved_short_links"]:
        yield (
            f"Posts with a short link that nothing expands: {shares['unresolved_short_links']:,}."
        )
