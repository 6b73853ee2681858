"""The network as it stands still: each post on a wide page, weeks on a narrow one.

Only numbers become paths; names and labels are texts that the template escapes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from analysis.claims.base import number
from analysis.network import LANE_HEIGHT, SCORE_HEIGHT, SCORE_TOP, Network, short

WIDE, LEFT, RIGHT = 1040, 112, 14
NARROW, EDGE = 360, 10
AXIS = 34
_NARROW_SCORE, _NARROW_LANE, _NARROW_BARS = 120, 46, 24
_STEPS: tuple[tuple[str, int], ...] = (
    ("day", 1),
    ("day", 2),
    ("day", 7),
    ("day", 14),
    *(("month", months) for months in (1, 2, 3, 6, 12, 24, 60, 120, 240)),
)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path of one look; ``width`` where that is not the look's own."""

    look: str
    path: str
    width: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A text on the picture; ``look`` says how it is set."""

    look: str
    x: str
    y: int
    text: str


@dataclass(frozen=True)
class Drawing:
    """A picture: strokes from the bottom up, then labels.

    Attributes
    ----------
    width, height : int
        Of its own units.
    strokes : tuple of Stroke
        What is drawn.
    labels : tuple of Label
        What is written.
    """

    width: int
    height: int
    strokes: tuple[Stroke, ...] = field(repr=False)
    labels: tuple[Label, ...] = field(repr=False)


Scale = Callable[[float], float]


def wide(network: Network) -> Drawing:
    """Return the picture for a wide page: a dot a post, a line an edge."""
    scale = (WIDE - LEFT - RIGHT) / network.minutes
    end = WIDE - RIGHT

    def x(at: float) -> float:
        return LEFT + at * scale

    nodes, lanes = network.nodes, network.lanes
    bottom = network.height
    sharing = {share.post for share in network.shares}
    ticks = list(_ticks(network, 10))
    strokes = [
        Stroke("grid", _verticals([x(at) for at, _ in ticks], SCORE_TOP, bottom)),
        Stroke("grid", "".join(f"M{LEFT} {y}H{end}" for _, y in network.levels)),
        Stroke("ground", "".join(_box(LEFT, lane.top, end, LANE_HEIGHT) for lane in lanes)),
        *_hatching(network, x, [lane.top for lane in lanes], LANE_HEIGHT),
        Stroke("break", _verticals([x(at) for at, _ in network.breaks], SCORE_TOP, bottom)),
        *_left_out(network, x, bottom),
        Stroke(
            "share",
            "".join(
                _edge(
                    x(nodes[share.of].at),
                    nodes[share.of].y,
                    x(nodes[share.post].at),
                    nodes[share.post].y,
                )
                for share in network.shares
            ),
        ),
        Stroke(
            "lead",
            "".join(
                _edge(x(nodes[post].at), nodes[post].y, x(mark.at), mark.y)
                for mark in network.upticks
                for post in mark.posts
            ),
        ),
    ]
    for row in range(len(lanes)):
        mine = [place for place, node in enumerate(nodes) if node.lane == row]
        plain = [place for place in mine if place not in sharing]
        shared = [place for place in mine if place in sharing]
        look = "post" if row else "post focal"
        strokes.append(Stroke(look, _dots((x(nodes[at].at), nodes[at].y) for at in plain)))
        strokes.append(
            Stroke("post shares", _dots((x(nodes[at].at), nodes[at].y) for at in shared))
        )
    strokes += _score_strokes(network, x, lambda y: y, 5)
    labels = [
        Label("name", str(LEFT - 10), lane.top + LANE_HEIGHT // 2 - 2, short(lane.name, 12))
        for lane in lanes
    ]
    labels += [
        Label("count", str(LEFT - 10), lane.top + LANE_HEIGHT // 2 + 13, f"{lane.posts:,}")
        for lane in lanes
    ]
    labels += [Label("count", str(LEFT - 10), y + 4, number(value)) for value, y in network.levels]
    labels += _tick_labels(ticks, x, bottom + 14, WIDE)
    labels += _break_labels(network, x, (LEFT + end) / 2, 34)
    return Drawing(WIDE, bottom + AXIS - 12, tuple(_drawn(strokes)), tuple(labels))


def narrow(network: Network) -> Drawing:
    """Return the picture for a narrow page: bars for a few weeks, the upticks above."""
    scale = (NARROW - 2 * EDGE) / network.minutes

    def x(at: float) -> float:
        return EDGE + at * scale

    def y(height: float) -> float:
        return SCORE_TOP + (height - SCORE_TOP) * _NARROW_SCORE / SCORE_HEIGHT

    first = SCORE_TOP + _NARROW_SCORE + 12
    tops = [
        first + row * _NARROW_LANE + _NARROW_LANE - _NARROW_BARS
        for row in range(len(network.lanes))
    ]
    bottom = first + len(network.lanes) * _NARROW_LANE + 6
    ticks = list(_ticks(network, 5))
    strokes = [
        Stroke("grid", _verticals([x(at) for at, _ in ticks], SCORE_TOP, bottom)),
        Stroke("grid", "".join(f"M{EDGE} {_n(y(at))}H{NARROW - EDGE}" for _, at in network.levels)),
        *_hatching(network, x, tops, _NARROW_BARS),
        *_left_out(network, x, bottom),
        Stroke("break", _verticals([x(at) for at, _ in network.breaks], SCORE_TOP, bottom)),
    ]
    labels = []
    bar = _n(max(0.5, scale * 10080 * network.bin_weeks - 0.4))
    period = "week" if network.bin_weeks == 1 else f"{network.bin_weeks} weeks"
    for row, (lane, bins, top) in enumerate(zip(network.lanes, network.bins, tops, strict=True)):
        most = max((each.posts for each in bins), default=0)
        base = top + _NARROW_BARS
        strokes.append(Stroke("base", f"M{EDGE} {base}H{NARROW - EDGE}"))
        for look in ("bar", "bar shares"):
            counts = [each.shares if look == "bar shares" else each.posts for each in bins]
            places = [
                (x((each.start + each.end) / 2), _NARROW_BARS * count / most)
                for each, count in zip(bins, counts, strict=True)
                if count
            ]
            look_of_lane = look if row else f"{look} focal"
            strokes.append(Stroke(look_of_lane, _bars(places, base), bar))
        labels.append(Label("name start", str(EDGE), top - 6, short(lane.name, 16)))
        days = "days" if lane.counted else "posts"
        said = f"{lane.posts:,} {days}, at most {most:,} in a {period}"
        labels.append(Label("count", str(NARROW - EDGE), top - 6, said))
    strokes += _score_strokes(network, x, y, 4)
    labels += [
        Label("count start", str(EDGE), round(y(at)) - 3, number(value))
        for value, at in network.levels
    ]
    labels += _tick_labels(ticks, x, bottom + 14, NARROW)
    labels += _break_labels(network, x, NARROW / 2, 26)
    return Drawing(NARROW, bottom + AXIS - 12, tuple(_drawn(strokes)), tuple(labels))


def _score_strokes(network: Network, x: Scale, y: Scale, size: float) -> Iterator[Stroke]:
    """Yield the score's line, and the upticks: full triangles after a post, bare diamonds."""
    runs = []
    for run in network.line:
        points = [f"{_n(x(at))} {_n(y(height))}" for at, height in run]
        runs.append(f"M{points[0]}L{' '.join(points[1:]) or points[0]}")
    yield Stroke("score", "".join(runs))
    for follows in (True, False):
        marks = []
        for mark in network.upticks:
            if mark.follows == follows:
                marks.append(_glyph(x(mark.at), y(mark.y), size, follows=follows))
        yield Stroke("uptick" if follows else "uptick bare", "".join(marks))


def _glyph(x: float, y: float, size: float, *, follows: bool) -> str:
    if follows:
        return f"M{_n(x)} {_n(y - size)}l{_n(size)} {_n(1.8 * size)}h{_n(-2 * size)}z"
    half = _n(size)
    return f"M{_n(x)} {_n(y - size)}l{half} {half}l-{half} {half}l-{half} -{half}z"


def _tick_labels(ticks: Sequence[tuple[int, str]], x: Scale, y: int, width: int) -> Iterator[Label]:
    """Yield the ticks' names, those at an edge set away from it."""
    for at, name in ticks:
        near, far = x(at) < 4 * len(name), x(at) > width - 4 * len(name)
        yield Label(f"tick{' start' if near else ' end' if far else ''}", _n(x(at)), y, name)


def _break_labels(network: Network, x: Scale, middle: float, most: int) -> Iterator[Label]:
    for place, (at, text) in enumerate(network.breaks):
        late = x(at) > middle
        look = "break end" if late else "break"
        shifted = x(at) - 4 if late else x(at) + 4
        yield Label(
            look,
            _n(shifted),
            SCORE_TOP + SCORE_HEIGHT // 2 - 74 + 14 * (place % 4),
            short(text, most),
        )


def _hatching(network: Network, x: Scale, tops: Sequence[int], height: int) -> Iterator[Stroke]:
    """Yield slanted lines where no source tells anything."""
    lines = []
    for lane, top in zip(network.lanes, tops, strict=True):
        for begin, end in lane.unknown:
            left, right = x(begin), x(end)
            at = left
            while at < right:
                run = min(height / 2, right - at)
                lines.append(f"M{_n(at)} {top + height}l{_n(run)} {_n(-2 * run)}")
                at += 6
    yield Stroke("unknown", "".join(lines))


def _left_out(network: Network, x: Scale, bottom: int) -> Iterator[Stroke]:
    if network.left_out:
        yield Stroke("since", _verticals([x(network.since)], network.lanes[0].top, bottom))


def _ticks(network: Network, most: int) -> Iterator[tuple[int, str]]:
    """Yield round local days with their names, at most ``most`` of them."""
    for unit, step in _STEPS:
        found = [at for at in _days(network, unit, step) if 0 <= at < network.minutes]
        if len(found) <= most:
            break
    year = None
    for at in found:
        day = network.local(at)
        name = f"{day:%b}" if unit == "month" else f"{day.day} {day:%b}"
        if unit == "month" and step % 12 == 0:
            name = f"{day:%Y}"
        elif day.year != year:
            name = f"{name} {day.year}"
        year = day.year
        yield at, name


def _days(network: Network, unit: str, step: int) -> Iterator[int]:
    """Yield the minutes of every ``step``-th local midnight or first of a month."""
    start = network.local(0).replace(hour=0, minute=0)
    if unit == "day":
        for count in range(0, network.minutes // 1440 + 2, step):
            yield network.minute(start + dt.timedelta(days=count))
        return
    month = 12 * start.year + start.month - 1
    last = network.local(network.minutes)
    for each in range(month - month % step, 12 * last.year + last.month, step):
        if each // 12 >= 1:
            yield network.minute(dt.datetime(each // 12, each % 12 + 1, 1))


def _drawn(strokes: Sequence[Stroke]) -> Iterator[Stroke]:
    return (stroke for stroke in strokes if stroke.path)


def _n(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0").replace("-0", "0") if text == "-0.0" else text.removesuffix(".0")


def _verticals(places: Sequence[float], top: int, bottom: int) -> str:
    return "".join(f"M{_n(place)} {top}V{bottom}" for place in places)


def _box(left: float, top: float, right: float, height: float) -> str:
    return f"M{_n(left)} {_n(top)}H{_n(right)}v{_n(height)}H{_n(left)}z"


def _edge(x: float, y: float, to_x: float, to_y: float) -> str:
    return f"M{_n(x)} {_n(y)}L{_n(to_x)} {_n(to_y)}"


def _dots(places: Iterable[tuple[float, float]]) -> str:
    """Return a closed path of no length for each place: a round cap makes it a dot.

    Each is told by its distance from the one before, in tenths.
    """
    parts, x, y = [], 0, 0
    for right, down in places:
        to_x, to_y = round(10 * right), round(10 * down)
        parts.append(f"m{_tenths(to_x - x)}{_after(_tenths(to_y - y))}z")
        x, y = to_x, to_y
    return "".join(parts)


def _tenths(value: int) -> str:
    return str(value // 10) if value % 10 == 0 else f"{value / 10:.1f}"


def _after(coordinate: str) -> str:
    return coordinate if coordinate.startswith("-") else f" {coordinate}"


def _bars(tops: Iterable[tuple[float, float]], base: int) -> str:
    """Return a stroke upwards from ``base`` for each place and height."""
    return "".join(f"M{_n(x)} {base}v-{_n(height)}" for x, height in tops)
