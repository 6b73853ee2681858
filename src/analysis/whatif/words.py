"""What a path says, as sentences for a person and as data for a program."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from analysis.claims.base import Verdict
from analysis.errors import one_line
from analysis.whatif.answer import CLAIM, WhatIf
from analysis.whatif.fan import Hold, hold
from analysis.whatif.path import HORIZON
from analysis.whatif.redraw import LEVEL

DIGITS = 6
"""Significant digits kept of what was drawn by lot."""

LONGEST_NAME = 120

WEEKS = (1, 4, 8)
"""Weeks after which a table tells the score."""

MEASURED = (91, 97)
"""Accounts of 100 whose path the band held at all rates, in the worst and the best of the worlds of
``docs/whatif.md``."""

_SHOWN = 1.96


def places_of(found: WhatIf) -> int:
    """Return how many decimals say all that the band leaves of a score."""
    half = float(found.fan.half(found.seen.average)[-1])
    return min(6, max(0, 1 - math.floor(math.log10(half)))) if half > 0 else 2


def value(number: float, places: int) -> str:
    """Return a score with so many decimals and a true minus sign."""
    text = f"{abs(number):,.{places}f}"
    return f"−{text}" if number < 0 and float(text.replace(",", "")) else text


def score_name(found: WhatIf) -> str:
    """Return the score's name, no longer than a sentence bears."""
    return one_line(found.score, LONGEST_NAME)


def rate_words(found: WhatIf, rate: float) -> str:
    """Return a rate as "3 blog posts a week"."""
    one, many = rate_phrases(found)
    return (one if rate == 1 else many).replace("{rate}", rate_text(rate))


def rate_text(rate: float) -> str:
    """Return a rate with three digits, or, from 100 on, in tenths."""
    return f"{rate:.3g}" if rate < 100 else f"{round(rate, 1):.10g}"


def rate_phrases(found: WhatIf) -> tuple[str, str]:
    """Return what stands around a rate of one, and around any other."""
    if found.words.focal == "blog":
        return "{rate} blog post a week", "{rate} blog posts a week"
    place = f"in {one_line(repr(found.words.focal), LONGEST_NAME)} a week"
    return f"{{rate}} post {place}", f"{{rate}} posts {place}"


def path_sentence(found: WhatIf, rate: float) -> str:
    """Return what is expected at a rate, with its band."""
    places = places_of(found)
    middle, half = float(found.fan.expected(rate)[-1]), float(found.fan.half(rate)[-1])
    span = f"{value(middle - half, places)} to {value(middle + half, places)}"
    at = rate_words(found, rate)
    if found.kind == "flow":
        return (
            f"At {at}, kept up, the fit expects the {score_name(found)} to be "
            f"{value(middle, places)} on an average day (95 % band {span})."
        )
    return (
        f"At {at} the fit expects the {score_name(found)} to stand at {value(middle, places)} "
        f"after {HORIZON // 7} weeks (95 % band {span}); the last reading was "
        f"{value(found.now, places)}."
    )


def verdict_sentence(verdict: Verdict, words_focal: str) -> str:
    """Return how far the fit is known to be more than a fit."""
    does = "blogging" if words_focal == "blog" else f"posting in {words_focal!r}"
    if verdict == "supported":
        return (
            f"That {does} moves the score is supported by these data; the path holds as far as "
            "nothing unseen makes one post and also moves the score."
        )
    return (
        f"But that {does} moves the score is {verdict} on these data: this shows what the fit "
        "would say, not what is known."
    )


def scatter_sentence(found: WhatIf) -> str:
    """Return how far single days lie from what is expected."""
    spread = _SHOWN * float(found.fan.scatter[-1])
    when = "" if found.kind == "flow" else f" after {HORIZON // 7} weeks"
    return (
        "The band is about the expected path, not about single days: those scatter around it, 19 "
        f"of 20 within about ±{value(spread, places_of(found))}{when}."
    )


def rest_sentence(found: WhatIf, rate: float) -> str:
    """Return where a level comes to rest; empty for a flow."""
    if found.kind == "flow":
        return ""
    rest = found.rest(rate)
    if rest is None:
        return "In the fit the score comes to rest nowhere: what it would come to cannot be told."
    if rest.interval is None:
        return (
            "Where it would come to rest in the long run cannot be told: the record is too short "
            "for so slow a score."
        )
    places = places_of(found)
    span = " to ".join(value(edge, places) for edge in rest.interval)
    return f"In the long run it would come to rest at {value(rest.expected, places)} ({span})."


def hold_phrases(found: WhatIf) -> dict[str, str]:
    """Return every way to answer how often one would have to post, with places for numbers."""
    low, high = found.seen.low, found.seen.high
    aim = f"To hold {{target}} after {HORIZON // 7} weeks"
    if found.kind == "flow":
        aim = "For {target} on an average day"
    most = max(float(found.fan.expected(rate)[-1]) for rate in (low, high))
    never = (
        f"{aim}: out of reach. At no rate from {low:g} to {high:g} a week does the fit expect it, "
        f"at most {value(most, places_of(found))}"
    )
    asked = f"{aim} the fit asks for {{posts}}"
    return {
        "cannot tell": (
            f"{aim}: cannot tell. At every rate from {low:g} to {high:g} a week the band holds "
            "{target}."
        ),
        "nowhere": f"{never}; the band is below it at all of them.",
        "hardly": f"{never}; the band allows it from {{possible}} a week on.",
        "perhaps": (
            f"{asked}; from {{possible}} on the band allows it, and no rate up to {high:g} makes "
            "it sure."
        ),
        "surely": f"{asked}; the band allows it from {{possible}} on, and lies above it from "
        "{sure} on.",
    }


def hold_sentence(found: WhatIf, asked: Hold) -> str:
    """Return how often one would have to post for a score."""
    phrases = hold_phrases(found)
    if asked.answer == "cannot tell":
        said = phrases["cannot tell"]
    elif asked.rate is None:
        said = phrases["nowhere" if asked.possible is None else "hardly"]
    else:
        said = phrases["perhaps" if asked.sure is None else "surely"]
    numbers = {
        "target": f"{asked.target:,.10g}".replace("-", "−"),
        "posts": "" if asked.rate is None else rate_words(found, asked.rate),
        "possible": "" if asked.possible is None else rate_text(asked.possible),
        "sure": "" if asked.sure is None else rate_text(asked.sure),
    }
    for name, text in numbers.items():
        said = said.replace(f"{{{name}}}", text)
    return said


def assumptions(found: WhatIf) -> tuple[str, ...]:
    """Return what every path takes for granted."""
    seen = found.seen
    said = [
        "Posts are spread evenly over the week, each with its shares as so far; all other channels "
        "go on at their average of the record; weekdays are averaged.",
        f"The band holds for all {HORIZON} days and for all rates from {seen.low:g} to "
        f"{seen.high:g} at once. It is what the data leave open about the expected path, if the "
        "model is right.",
        f"In most of {seen.weeks:,} times seven days in a row (from the 5th to the 95th of 100) "
        f"there were {seen.low:g} to {seen.high:g} posts, {rate_text(seen.average)} on average. "
        "Other rates are refused.",
    ]
    said.append(
        f"On simulated accounts of known truth the band held the path at all rates at once in "
        f"{MEASURED[0]} to {MEASURED[1]} of 100, by the kind of account (fewest where readings are "
        "missing); it aims at 95."
    )
    if found.kind == "level":
        said.append(
            "The score is taken to be drawn back to a usual place, more strongly the farther it is."
        )
    return tuple(said)


def sentences(found: WhatIf, rate: float, target: float | None = None) -> list[str]:
    """Return all that is said of a rate, in order."""
    said = [path_sentence(found, rate), verdict_sentence(found.verdict, found.words.focal)]
    said += [rest_sentence(found, rate), scatter_sentence(found)]
    if target is not None:
        said.append(hold_sentence(found, hold(found.fan, found.seen, target)))
    return [sentence for sentence in said if sentence]


def as_dict(found: WhatIf, rate: float, target: float | None = None) -> dict[str, Any]:
    """Return what is said of a rate as plain data.

    Parameters
    ----------
    found : WhatIf
        What the fit says.
    rate : float
        Posts a week, checked before.
    target : float, optional
        A score to hold.
    """
    expected, half = found.fan.expected(rate), found.fan.half(rate)
    rest = found.rest(rate)
    asked = None if target is None else hold(found.fan, found.seen, target)
    seen = found.seen
    return {
        "whatif": True,
        "why": None,
        "kind": found.kind,
        "score": found.score,
        "focal": found.words.focal,
        "claim": {"id": CLAIM, "verdict": found.verdict},
        "posts_per_week": rate,
        "seen": {
            "low": seen.low,
            "high": seen.high,
            "average": rounded(seen.average),
            "step": seen.step,
            "weeks": seen.weeks,
        },
        "last": {"date": found.last.isoformat(), "score": found.now},
        "level": LEVEL,
        "critical": rounded(found.critical),
        "path": [
            {
                "day": day,
                "date": found.date(day).isoformat(),
                "expected": rounded(expected[day - 1]),
                "low": rounded(expected[day - 1] - half[day - 1]),
                "high": rounded(expected[day - 1] + half[day - 1]),
                "scatter": rounded(found.fan.scatter[day - 1]),
            }
            for day in range(1, len(expected) + 1)
        ],
        "rest": None
        if rest is None
        else {
            "expected": rounded(rest.expected),
            "interval": rest.interval and [rounded(edge) for edge in rest.interval],
        },
        "hold": asked
        and {
            "target": asked.target,
            "answer": asked.answer,
            "posts_per_week": asked.rate,
            "possible": asked.possible,
            "sure": asked.sure,
        },
        "sentences": sentences(found, rate, target),
        "assumptions": list(assumptions(found)),
    }


def rounded(number: float) -> float:
    """Return a number with ``DIGITS`` significant digits."""
    return float(f"{float(number):.{DIGITS}g}")


def cannot_tell(why: str) -> dict[str, Any]:
    """Return the same data where there is nothing to say but why."""
    return {"whatif": None, "why": why, "sentences": [why_sentence(why)]}


def why_sentence(why: str) -> str:
    """Return why nothing is told as a sentence."""
    return f"Cannot tell: {why}."


def plain_text(found: WhatIf, rate: float, target: float | None = None) -> str:
    """Return what ``needle whatif`` prints of a rate."""
    places = places_of(found)
    expected, half = found.fan.expected(rate), found.fan.half(rate)
    said = sentences(found, rate, target)
    lines = [line for sentence in said[:2] for line in _wrapped(sentence)]
    if found.kind == "level":
        lines.append("")
        for weeks in WEEKS:
            at = 7 * weeks - 1
            span = (expected[at], expected[at] - half[at], expected[at] + half[at])
            shown = [value(float(number), places) for number in span]
            lines.append(
                f"  after {weeks} week{'s' if weeks > 1 else ' '}  {found.date(at + 1)}  "
                f"{shown[0]:>10}   {shown[1]} to {shown[2]}"
            )
    for sentence in said[2:]:
        lines += ["", *_wrapped(sentence)]
    lines.append("")
    for sentence in assumptions(found):
        lines += textwrap.wrap(
            one_line(sentence, 900), 96, initial_indent="- ", subsequent_indent="  "
        )
    return "\n".join(lines) + "\n"


def _wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(one_line(sentence, 900), 96)
