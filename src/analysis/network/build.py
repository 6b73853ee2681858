"""From a study to the layout of its network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.network.sheet import WEEK, Sheet
from analysis.network.table import (
    SCORE_HEIGHT,
    SCORE_TOP,
    Bin,
    Mark,
    Network,
    Node,
    Share,
    short,
)
from analysis.panel import Panel, reading_instants
from analysis.workbench import Study

MOST_NODES = 4000
MOST_BINS = 160
"""Columns of the narrow picture; each holds as many whole weeks as that takes."""


def network_of(study: Study, most: int = MOST_NODES) -> Network:
    """Return the layout of a study.

    Parameters
    ----------
    study : Study
        Any that could be read.
    most : int
        Nodes to keep; the newest.
    """
    data, panel = study.data, study.arrays
    sheet = Sheet.of(data, panel)
    events = sheet.events(data)
    left_out = max(0, len(events) - most)
    kept = events.iloc[left_out:].reset_index(drop=True)
    nodes = tuple(sheet.nodes(kept))
    shares = tuple(_shares(kept, panel.focal))
    sharing = {share.post for share in shares}
    lanes = tuple(
        replace(
            lane,
            posts=sum(node.lane == row for node in nodes),
            shares=sum(nodes[post].lane == row for post in sharing),
        )
        for row, lane in enumerate(sheet.lanes(data))
    )
    line, heights, levels = _score(panel, sheet.readings)
    weeks = max(1, math.ceil(sheet.minutes / WEEK / MOST_BINS))
    return Network(
        score_name=short(data.settings.score.name, 60),
        zone=str(data.settings.zone),
        epoch=sheet.epoch,
        minutes=sheet.minutes,
        offsets=sheet.offsets,
        first=f"{panel.dates[0]:%Y-%m-%d}",
        last=f"{panel.dates[-1]:%Y-%m-%d}",
        hours=24 * panel.window_days,
        lanes=lanes,
        nodes=nodes,
        shares=shares,
        upticks=tuple(_marks(study, sheet, kept, heights)),
        line=line,
        levels=levels,
        breaks=tuple(sheet.breaks(data)),
        bins=_bins(nodes, sharing, len(lanes), sheet.minutes, weeks * WEEK),
        bin_weeks=weeks,
        left_out=left_out,
        since=nodes[0].at if left_out and nodes else 0,
    )


def _shares(events: pd.DataFrame, focal: str) -> Iterator[Share]:
    own = events[(events["channel"] == focal) & (events["url"] != "")]
    born = {url: int(place) for place, url in zip(own.index[::-1], own["url"][::-1], strict=True)}
    for place, url, kind, sure in zip(
        events.index,
        events["crosspost_of"],
        events["crosspost_evidence"],
        events["crosspost_confidence"],
        strict=True,
    ):
        if url and url in born:
            yield Share(born[url], int(place), str(kind), round(float(sure), 3))


def _marks(
    study: Study, sheet: Sheet, events: pd.DataFrame, heights: Sequence[int | None]
) -> Iterator[Mark]:
    """Yield the upticks, each with the focal posts in the window before its reading."""
    found, panel, settings = study.upticks(), study.arrays, study.data.settings
    if found is None:
        return
    ends = pd.DatetimeIndex(found.table["date"])
    starts = ends - pd.Timedelta(days=panel.window_days)
    minutes, zone = settings.score.minutes, settings.zone
    own = events.index[events["channel"] == panel.focal].to_numpy()
    at = events["us"].to_numpy(dtype=np.int64)[own]
    edges = (reading_instants(days, minutes, zone) for days in (starts, ends))
    begin, end = (np.searchsorted(at, instants) for instants in edges)
    for row, place in enumerate(panel.dates.get_indexer(ends).tolist()):
        yield Mark(
            at=int(sheet.readings[place]),
            y=heights[place] or SCORE_TOP,
            date=f"{ends[row]:%Y-%m-%d}",
            change=float(found.table["change"].iloc[row]),
            score=float(panel.score[place]),
            follows=bool(found.table["follows a post"].iloc[row]),
            posts=tuple(int(post) for post in own[begin[row] : end[row]]),
        )


def _score(
    panel: Panel, readings: NDArray[np.int64]
) -> tuple[
    tuple[tuple[tuple[int, int], ...], ...], list[int | None], tuple[tuple[float, int], ...]
]:
    """Return the runs of the score, the height of each reading, and round values with theirs."""
    known = panel.score[np.isfinite(panel.score)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    middle = not high > low

    def height(value: float) -> int:
        share = 0.5 if middle else value / (high - low) - low / (high - low)
        return SCORE_TOP + round(SCORE_HEIGHT * (1 - share))

    heights = [height(float(value)) if np.isfinite(value) else None for value in panel.score]
    runs: list[list[tuple[int, int]]] = [[]]
    for at, y in zip(readings, heights, strict=True):
        if y is None:
            runs.append([])
        else:
            runs[-1].append((int(at), y))
    levels = [low] if middle else round_values(low, high)
    return (
        tuple(tuple(run) for run in runs if run),
        heights,
        tuple((value, height(value)) for value in levels),
    )


def round_values(low: float, high: float, about: int = 4) -> list[float]:
    """Return a few round values between two, the step 1, 2 or 5 times a power of ten."""
    rough = (high - low) / about
    if not (math.isfinite(rough) and rough > 1e-300):
        return [low, high]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{at * step:.12g}") for at in range(first, last + 1)]


def _bins(
    nodes: Sequence[Node], sharing: set[int], lanes: int, minutes: int, width: int
) -> tuple[tuple[Bin, ...], ...]:
    count = math.ceil(minutes / width)
    posts = np.zeros((lanes, count), dtype=int)
    shares = np.zeros((lanes, count), dtype=int)
    for place, node in enumerate(nodes):
        posts[node.lane, node.at // width] += 1
        shares[node.lane, node.at // width] += place in sharing
    return tuple(
        tuple(
            Bin(
                at * width,
                min(minutes, (at + 1) * width),
                int(posts[row, at]),
                int(shares[row, at]),
            )
            for at in range(count)
            if posts[row, at]
        )
        for row in range(lanes)
    )
