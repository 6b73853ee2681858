"""The author's chart, rebuilt for the first screen: the score, posts under it, each uptick tied.

It is drawn from the tables behind two pictures of the notebooks, as lines that follow the
page's colors and as type that grows on a phone.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.display import Picture, Table, significant
from analysis.report.sections import Block, Section

WIDTH, HEIGHT = 560, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 14.0, 8.0, 12.0, 238.0
_FLOOR = (252.0, 272.0)
_MONTHS, _YEARS = 293, 313
_MOST_POINTS = 1100
"""Beyond this each unit of width keeps its first, lowest, highest and last reading only."""
_MOST_BREAKS = 12
_ROWS, _ROW = 3, 20.0

Reading = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class Label:
    """Text with its line; ``late`` when it ends where it stands."""

    x: str
    y: str
    text: str
    line: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What the first screen draws.

    Attributes
    ----------
    title, words : str
        What is drawn, and what it shows.
    anchor : str
        The figure that has the numbers behind it.
    line, posts, ties, after, bare : str
        Paths: the score, the posts, lines from post to uptick, upticks with a post before
        them, and those without.
    across, along, breaks : tuple of Label
        Along the time axis, along the score's, and at known changes of how the score is made.
    post : str
        What a post is called.
    followed, alone : int
        How many upticks have a post before them, and how many have none.
    """

    title: str
    words: str
    anchor: str
    line: str
    posts: str
    ties: str
    after: str
    bare: str
    across: tuple[Label, ...]
    along: tuple[Label, ...]
    breaks: tuple[Label, ...]
    post: str
    followed: int
    alone: int


def first_chart(results: Mapping[str, Any], sections: Sequence[Section]) -> Chart | None:
    """Return the chart of the first screen, or None where the notebooks drew nothing of it.

    Parameters
    ----------
    results : mapping
        results.json.
    sections : sequence of Section
        With the pictures of the score and its posts, and of the upticks.
    """
    scores = _table_with(sections, ("date", "score"))
    upticks = _table_with(sections, ("date", "change", "follows a post", "hours before"))
    if scores is None or upticks is None:
        return None
    (_, daily), (block, rises) = scores, upticks
    readings = [(_day(row[0]), _number(row[1])) for row in daily.rows]
    known = [score for _, score in readings if score is not None]
    if len(known) < 2 or len(daily.columns) < 3:
        return None
    posted = [_day(row[0]) for row in daily.rows if (_number(row[2]) or 0) > 0]
    return _drawn(results, block.anchor, readings, posted, rises)


def _drawn(
    results: Mapping[str, Any],
    anchor: str,
    readings: Sequence[Reading],
    posted: Sequence[float],
    rises: Table,
) -> Chart:
    known = [score for _, score in readings if score is not None]
    low, high = min(known), max(known)
    ticks = _round_numbers(low, high)
    names = [significant(tick) for tick in ticks]
    left = _LEFT + 9.5 * max(map(len, names))
    first, last = readings[0][0], readings[-1][0]
    changes = _changes(results, first, last)
    top = _TOP + _ROW * min(_ROWS, len(changes))

    def x(day: float) -> float:
        share = (day - first) / max(1.0, last - first)
        return left + min(1.0, max(0.0, share)) * (WIDTH - _RIGHT - left)

    def y(score: float) -> float:
        return _BOTTOM - (score - low) / ((high - low) or 1.0) * (_BOTTOM - top)

    score_on = dict(readings)
    after: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    ties: list[str] = []
    for row in rises.rows:
        day, score = _day(row[0]), score_on.get(_day(row[0]))
        if score is None:
            continue
        (after if row[2] else bare).append((x(day), y(score)))
        hours = _number(row[3])
        if row[2] and hours is not None:
            ties.append(f"M{x(day - hours / 24):.1f} {_FLOOR[0]:g}L{x(day):.1f} {y(score):.1f}")
    post = _post(results["study"]["focal"])
    return Chart(
        f"Every uptick of the {results['study']['score']['name']}, and the {post} before it",
        _words(results, readings, len(posted), post, len(after), len(bare)),
        anchor,
        _line([(x(day), None if score is None else y(score)) for day, score in readings]),
        "".join(f"M{x(day):.1f} {_FLOOR[0]:g}V{_FLOOR[1]:g}" for day in posted),
        "".join(ties),
        _triangles(after),
        _triangles(bare),
        tuple(_dates(first, last, x)),
        tuple(
            Label(f"{left - 6:.1f}", f"{y(tick):.1f}", name, f"M{left:.1f} {y(tick):.1f}H{WIDTH}")
            for tick, name in zip(ticks, names, strict=True)
        ),
        tuple(_breaks(changes, x)),
        post,
        len(after),
        len(bare),
    )


def _table_with(
    sections: Sequence[Section], columns: tuple[str, ...]
) -> tuple[Block, Table] | None:
    for section in sections:
        for block in section.blocks:
            picture = block.content
            if isinstance(picture, Picture) and picture.data.columns[: len(columns)] == columns:
                return block, picture.data
    return None


def _day(value: Any) -> float:
    return float(dt.date.fromisoformat(str(value)).toordinal())


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _post(focal: str) -> str:
    return "blog post" if focal == "blog" else f"post in {focal}"


def _words(
    results: Mapping[str, Any],
    readings: Sequence[Reading],
    days: int,
    post: str,
    followed: int,
    alone: int,
) -> str:
    known = [(day, score) for day, score in readings if score is not None]
    (first, begins), (last, ends) = known[0], known[-1]
    upticks = followed + alone
    return (
        f"The {results['study']['score']['name']} from {significant(begins)} on {_iso(first)} to "
        f"{significant(ends)} on {_iso(last)}. Days with a {post} are marked under it, {days:,} in "
        f"all. Of {upticks:,} upticks {followed:,} are tied to the {post} before them, and "
        f"{alone:,} are left bare."
    )


def _iso(day: float) -> str:
    return dt.date.fromordinal(int(day)).isoformat()


def _line(points: Sequence[tuple[float, float | None]]) -> str:
    """Return a line through the points that breaks where there is none."""
    parts = []
    for known, run in itertools.groupby(points, lambda point: point[1] is not None):
        if known:
            places = [(x, y) for x, y in run if y is not None]
            if len(points) > _MOST_POINTS:
                places = list(_thinned(places))
            steps = " ".join(f"{x:.1f} {y:.1f}" for x, y in places)
            parts.append(f"M{steps}" if len(places) > 1 else f"M{steps}h.1")
    return "".join(parts)


def _thinned(places: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the points that can be seen at this width."""
    for _, same in itertools.groupby(places, lambda place: int(place[0])):
        column = list(same)
        lowest = max(range(len(column)), key=lambda at: column[at][1])
        highest = min(range(len(column)), key=lambda at: column[at][1])
        for at in sorted({0, lowest, highest, len(column) - 1}):
            yield column[at]


def _triangles(places: Iterable[tuple[float, float]]) -> str:
    return "".join(f"M{x:.1f} {y - 5:.1f}l4.6 8h-9.2z" for x, y in places)


def _round_numbers(low: float, high: float) -> list[float]:
    """Return two to five round numbers between two others."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span))
    for step in (power * 2, power, power / 2, power / 4, power / 5):
        found = [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
        if len(found) >= 3:
            return found[:: max(1, math.ceil(len(found) / 5))]
    return [low] if low == high else [low, high]


def _changes(results: Mapping[str, Any], first: float, last: float) -> list[tuple[float, str]]:
    """Return the known changes of the scoring model within the record."""
    known = results["provenance"]["parameters"].get("breaks") or []
    days = [(_day(one["date"]), str(one["label"])) for one in known]
    return [(day, label) for day, label in days if first <= day <= last][:_MOST_BREAKS]


def _breaks(changes: Sequence[tuple[float, str]], x: Any) -> Iterator[Label]:
    """Yield the changes as dashed lines, their labels above the score, out of each other's way."""
    for place, (day, label) in enumerate(changes):
        at, row = x(day), _TOP + _ROW * (place % _ROWS)
        late = at > WIDTH / 2
        text = label if len(label) <= 34 else f"{label[:33]}…"
        side = f"{at - 5 if late else at + 5:.1f}"
        yield Label(side, f"{row:g}", text, f"M{at:.1f} {row - 9:g}V{_FLOOR[1]:g}", late=late)


def _dates(first: float, last: float, x: Any) -> Iterator[Label]:
    """Yield the months, or years, that stand under the chart."""
    begin, end = dt.date.fromordinal(int(first)), dt.date.fromordinal(int(last))
    months = [
        dt.date(year, month, 1)
        for year in range(begin.year, end.year + 1)
        for month in range(1, 13)
        if begin <= dt.date(year, month, 1) <= end
    ]
    step = next((n for n in (1, 2, 3, 6, 12, 24, 60, 120) if len(months) / n <= 6), 240)
    count = [12 * day.year + day.month - 1 for day in months]
    kept = [day for day, at in zip(months, count, strict=True) if at % step == 0] or [begin]
    year = None
    for day in kept:
        place = x(day.toordinal())
        side = min(max(place, 22.0), WIDTH - 22.0)
        tick = f"M{place:.1f} {_FLOOR[1]:g}v4"
        if step < 12:
            yield Label(f"{side:.1f}", f"{_MONTHS}", f"{day:%b}", tick)
        if day.year != year:
            yield Label(f"{side:.1f}", f"{_MONTHS if step >= 12 else _YEARS}", f"{day.year}", tick)
        year = day.year
