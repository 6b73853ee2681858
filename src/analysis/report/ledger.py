"""results.json as the page lays it out: the answer, the claims, the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.report.numerals import (
    UNKNOWN,
    Bar,
    Estimated,
    Numeral,
    bar,
    estimated,
    fixed,
    p_value,
    places_for,
    plain,
    reach_of,
)

Results = Mapping[str, Any]

ANSWERS = {
    "supported": "Yes",
    "refuted": "No",
    "inconclusive": "Cannot tell",
    "untestable": "Not testable",
}
"""What a verdict on the headline answers to the question "is … the only thing …?"."""

_FIRST_CLAIM = "blogging-moves-score"


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One line of the ledger."""

    id: str
    statement: str
    verdict: str
    reason: str
    shown: Estimated
    unit: str
    level: str
    p: Numeral
    detectable: Numeral
    bar: Bar | None
    is_headline: bool
    test: str


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel's effect in both codings."""

    name: str
    focal: bool
    judged: bool
    posts: int
    crossposts: int
    shown: Estimated
    bar: Bar | None
    p: Numeral
    p_adjusted: Numeral
    equivalent: str
    detectable: Numeral
    note: str
    all_posts: Estimated
    all_posts_p: Numeral
    coefficient: Numeral
    standard_error: Numeral
    interval_90: Estimated
    posts_in_windows: Numeral
    quiet_readings: Numeral
    rests_on: Numeral


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the numbers under the answer: a label, the number, and what to know of it."""

    label: str
    number: Numeral
    unit: str
    details: tuple[str, ...]


def percent(level: float) -> str:
    """Return a level of confidence in words: 0.95 is ``95 %``."""
    return f"{100 * level:g} %"


def claim_rows(results: Results) -> list[ClaimRow]:
    """Return the ledger; bars of claims in the same unit share a scale."""
    claims: Sequence[Mapping[str, Any]] = results["claims"]
    shown = [estimated(claim["estimate"], claim["interval"]) for claim in claims]
    reach: dict[str, float] = {}
    for claim, value in zip(claims, shown, strict=True):
        reach[claim["unit"]] = max(reach.get(claim["unit"], 0.0), reach_of([value]))
    return [
        ClaimRow(
            id=claim["id"],
            statement=claim["statement"],
            verdict=claim["verdict"],
            reason=claim["reason"],
            shown=value,
            unit=claim["unit"],
            level=percent(claim["level"]),
            p=p_value(claim["p"]),
            detectable=plain(claim["detectable"]),
            bar=bar(value, reach[claim["unit"]]),
            is_headline=claim["id"] == results["answer"]["claim"],
            test=claim.get("test", ""),
        )
        for claim, value in zip(claims, shown, strict=True)
    ]


def channel_rows(results: Results) -> list[ChannelRow]:
    """Return every channel, all on one scale, with the band of effects too small to matter."""
    channels: Mapping[str, Mapping[str, Any]] = results["channels"]
    effects = {name: _effect(channel) for name, channel in channels.items()}
    band = results["question"]["smallest_effect"]
    reach = max(reach_of(effects.values()), band or 0.0)
    return [
        _channel_row(name, channel, results, bar(effects[name], reach, band))
        for name, channel in channels.items()
    ]


def _channel_row(
    name: str, channel: Mapping[str, Any], results: Results, drawn: Bar | None
) -> ChannelRow:
    """Return one channel's row; what was not estimated is None in results.json, or absent."""
    own = channel.get("all_posts") or {}
    ninety = channel.get("interval_90")
    known = channel.get("effect") is not None
    return ChannelRow(
        name=name,
        focal=name == results["study"]["focal"],
        judged=channel.get("judged", False),
        posts=channel["posts"],
        crossposts=channel["crossposts"],
        shown=_effect(channel),
        bar=drawn,
        p=p_value(channel.get("p")),
        p_adjusted=p_value(channel.get("p_adjusted")),
        equivalent=_yes_no(channel.get("equivalent_to_zero") if known else None),
        detectable=plain(channel.get("detectable")),
        note=channel.get("note", ""),
        all_posts=_effect(own),
        all_posts_p=p_value(own.get("p")),
        coefficient=plain(channel.get("coefficient")),
        standard_error=plain(channel.get("standard_error")),
        interval_90=estimated(None, ninety),
        posts_in_windows=_count(channel.get("posts_in_windows")),
        quiet_readings=_count(channel.get("quiet_readings")),
        rests_on=plain(channel.get("rests_on")),
    )


def _effect(channel: Mapping[str, Any]) -> Estimated:
    return estimated(channel.get("effect"), channel.get("interval"))


def _count(value: int | None) -> Numeral:
    return Numeral(UNKNOWN if value is None else f"{value:,}", value)


def facts(results: Results) -> list[Fact]:
    """Return the four numbers that a reader wants after the answer."""
    study, question, period = results["study"], results["question"], results["period"]
    joint = results["joint_other"] or {}
    focal = results["channels"].get(study["focal"], {})
    effect = _effect(focal)
    post = "blog post" if study["focal"] == "blog" else f"post in {study['focal']}"
    unit = effect_unit(results)
    level = percent(1 - question["alpha"])
    between = f"{level}: {effect.low.text} to {effect.high.text}"
    detectable, smallest = plain(focal.get("detectable")), plain(question["smallest_effect"])
    joint_p = p_value(joint.get("p"))
    joint_test = _joint_details(results, joint.get("p"))
    gaps = f"{period['gaps']} missing" if period["gaps"] else "none missing"
    return [
        Fact(
            f"One more {post}",
            effect.estimate,
            unit if effect.estimate.value is not None else "",
            (between,) if effect.has_interval else (),
        ),
        Fact(
            "All others together",
            joint_p,
            "p value" if joint_p.value is not None else "",
            joint_test,
        ),
        Fact(
            "Detectable effect",
            detectable,
            unit if detectable.value is not None else "",
            ("matters from", f"{smallest.text} on"),
        ),
        Fact(
            "Daily readings used",
            Numeral(str(period["used"]), period["used"]),
            f"of {period['readings']}, {gaps}",
            (f"{period['start']} to", f"{period['end']}"),
        ),
    ]


def _joint_details(results: Results, p: float | None) -> tuple[str, ...]:
    """Return what the joint test of the other channels says, and its numbers."""
    if p is None:
        return ("not tested",)
    told = "more than chance" if p < results["question"]["alpha"] else "not told from chance"
    test = joint_text(results)
    return (f"{told},", test) if test else (told,)


def effect_unit(results: Results) -> str:
    """Return the unit of a channel's effect, as the first claim names it."""
    units = (claim["unit"] for claim in results["claims"] if claim["id"] == _FIRST_CLAIM)
    return next(units, "") or "points per post"


def joint_text(results: Results) -> str:
    """Return the joint test of the other channels, or nothing when there is none."""
    joint = results["joint_other"]
    if joint is None or joint["f"] is None or None in joint["df"]:
        return ""
    one, two = (f"{degrees:g}" for degrees in joint["df"])
    return f"F({one}, {two}) = {fixed(joint['f'], max(2, places_for([joint['f']]))).text}"


def answer_word(verdict: str) -> str:
    """Return the verdict on the headline as the answer to the question."""
    return ANSWERS.get(verdict, verdict.capitalize())


def settings_rows(parameters: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested settings as flat names and texts; what is not set is left out."""
    rows: list[tuple[str, str]] = []
    for key, value in parameters.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            rows += settings_rows(value, f"{name}.")
        elif isinstance(value, list | tuple):
            for at, item in enumerate(value, 1):
                inner = item if isinstance(item, Mapping) else {"": item}
                rows += [
                    (label.rstrip("."), text)
                    for label, text in settings_rows(inner, f"{name} {at}.")
                ]
        elif value is not None and value != "":
            rows.append((name, _yes_no(value) if isinstance(value, bool) else str(value)))
    return rows


def _yes_no(value: bool | None) -> str:
    if value is None:
        return "–"
    return "yes" if value else "no"
