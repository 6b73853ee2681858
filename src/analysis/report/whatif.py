"""What if, on the page: a picture that stands still, its words and table, and its data.

Nothing here needs a script. ``scripts/whatif.js`` moves the same picture along the rates, and says
the sentences that stand beside it in the JSON: they are those of ``needle whatif``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.display import Table
from analysis.report.network import embedded
from analysis.report.whatif_part import Mark, WhatIfPart
from analysis.whatif import HORIZON, WhatIf, hold, why_sentence
from analysis.whatif.words import (
    WEEKS,
    assumptions,
    hold_phrases,
    hold_sentence,
    path_sentence,
    places_of,
    rate_phrases,
    rest_sentence,
    rounded,
    scatter_sentence,
    score_name,
    value,
    verdict_sentence,
)

WIDTH, HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 290
_TICKS = 5


@dataclass(frozen=True, slots=True)
class _Scale:
    """From days since the last reading, and scores, to the picture."""

    first: int
    low: float
    high: float

    def x(self, day: float) -> float:
        return _LEFT + (day - self.first) / (HORIZON - self.first) * (WIDTH - _LEFT - _RIGHT)

    def y(self, score: float) -> float:
        return _BOTTOM - (score - self.low) / (self.high - self.low) * (_BOTTOM - _TOP)

    def at(self, day: float, score: float) -> str:
        return f"{self.x(day):.1f} {self.y(score):.1f}"


def whatif_part(found: WhatIf | str) -> WhatIfPart:
    """Return what the page shows of paths at other rates."""
    if isinstance(found, str):
        return WhatIfPart(why_sentence(found))
    scale, rate, seen = _scale(found), found.seen.average, found.seen
    target = float(f"{_usual_target(found):.{places_of(found)}f}")
    _, many = rate_phrases(found)
    posts = many.replace("{rate} ", "")
    return WhatIfPart(
        why="",
        said=_said(found, rate),
        verdict=verdict_sentence(found.verdict, found.words.focal),
        scatter=scatter_sentence(found),
        hold=hold_sentence(found, hold(found.fan, seen, target)),
        supported=found.verdict == "supported",
        word=found.verdict,
        posts=posts[0].upper() + posts[1:],
        low=f"{seen.low:g}",
        high=f"{seen.high:g}",
        step=f"{seen.step:g}",
        start=f"{min(seen.rates, key=lambda place: abs(place - rate)):g}",
        target=f"{target:.10g}",
        record=_record(found, scale),
        band=_band(found, scale, rate),
        line=_line(found, scale, rate),
        marks=tuple(_marks(found, scale)),
        now=scale.at(0, found.now),
        table=rate_table(found),
        notes=assumptions(found),
        json=embedded(data(found)),
    )


def _said(found: WhatIf, rate: float) -> tuple[str, ...]:
    return tuple(text for text in (path_sentence(found, rate), rest_sentence(found, rate)) if text)


def _usual_target(found: WhatIf) -> float:
    """Return the score to hold that is asked for first."""
    return found.now if found.kind == "level" else float(found.fan.expected(found.seen.average)[-1])


def rate_table(found: WhatIf) -> Table:
    """Return the expected score with its band at every place of the slider, and at the average."""
    rates = sorted({*found.seen.rates, rounded(found.seen.average)})
    spans = {"average day": HORIZON}
    if found.kind == "level":
        spans = {f"{weeks} week{'s' * (weeks > 1)}": 7 * weeks for weeks in WEEKS}
    rows = []
    for rate in rates:
        expected, half = found.fan.expected(rate), found.fan.half(rate)
        cells = [float(rate)]
        for day in spans.values():
            middle, reach = float(expected[day - 1]), float(half[day - 1])
            cells += [rounded(part) for part in (middle, middle - reach, middle + reach)]
        rows.append(tuple(cells))
    columns = [f"{name}{end}" for name in spans for end in ("", ", low", ", high")]
    after = "on an average day" if found.kind == "flow" else "after some weeks"
    name = score_name(found)
    return Table(
        f"The {name} that the fit expects {after}, by posts a week, with its 95 % band",
        ("posts a week", *columns),
        tuple(rows),
        formats={"posts a week": ".3g" if found.seen.high < 100 else ".10g"}
        | dict.fromkeys(columns, f".{places_of(found)}f"),
    )


def data(found: WhatIf) -> dict[str, Any]:
    """Return what the script needs as plain JSON."""
    scale, seen, fan = _scale(found), found.seen, found.fan
    one, many = rate_phrases(found)
    return {
        "rates": list(seen.rates),
        "said": [list(_said(found, rate)) for rate in seen.rates],
        "low": seen.low,
        "high": seen.high,
        "start": fan.start.tolist(),
        "slope": fan.slope.tolist(),
        "square": fan.square.tolist(),
        "now": found.now,
        "box": [scale.x(0), scale.x(HORIZON), scale.y(scale.low), scale.y(scale.high)],
        "scores": [scale.low, scale.high],
        "joined": found.kind == "level",
        "hold": hold_phrases(found),
        "one": one,
        "many": many,
    }


def _scale(found: WhatIf) -> _Scale:
    known = [float(score) for score in found.recent if math.isfinite(score)]
    for rate in (found.seen.low, found.seen.average, found.seen.high):
        middle, half = found.fan.expected(rate), found.fan.half(rate)
        known += [float((middle - half).min()), float((middle + half).max())]
    low, high = min(known), max(known)
    margin = 0.04 * (high - low) or 1.0
    return _Scale(-len(found.recent) + 1, low - margin, high + margin)


def _record(found: WhatIf, scale: _Scale) -> str:
    """Return the readings so far, broken where there is none."""
    path, pen = [], "M"
    for place, score in enumerate(found.recent):
        if not math.isfinite(score):
            pen = "M"
            continue
        path.append(f"{pen}{scale.at(place - len(found.recent) + 1, float(score))}")
        pen = "L"
    return "".join(path)


def _points(found: WhatIf, scale: _Scale, scores: Sequence[float]) -> list[str]:
    """Return points of a path; that of a level begins at the last reading."""
    points = [scale.at(day, score) for day, score in enumerate(scores, 1)]
    return [scale.at(0, found.now), *points] if found.kind == "level" else points


def _line(found: WhatIf, scale: _Scale, rate: float) -> str:
    return "M" + "L".join(_points(found, scale, found.fan.expected(rate).tolist()))


def _band(found: WhatIf, scale: _Scale, rate: float) -> str:
    middle, half = found.fan.expected(rate), found.fan.half(rate)
    above = _points(found, scale, (middle + half).tolist())
    below = _points(found, scale, (middle - half).tolist())
    return "M" + "L".join([*above, *reversed(below)]) + "Z"


def _marks(found: WhatIf, scale: _Scale) -> list[Mark]:
    step = _nice((scale.high - scale.low) / _TICKS)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    marks = []
    for tick in range(math.ceil(scale.low / step), math.floor(scale.high / step) + 1):
        y = scale.y(tick * step)
        text = value(tick * step, places)
        marks.append(Mark(f"M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}", f"{_LEFT - 8}", f"{y:.1f}", text))
    for day in (0, 28, HORIZON):
        text = found.date(day).isoformat() if day else "last reading"
        x = scale.x(day)
        marks.append(Mark(f"M{x:.1f} {_BOTTOM}v6", f"{x:.1f}", "", text))
    return marks


def _nice(step: float) -> float:
    """Return the next larger of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(size * power for size in (1, 2, 5, 10) if size * power >= step * (1 - 1e-9))
