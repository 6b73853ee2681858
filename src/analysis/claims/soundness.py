"""How far a verdict can be trusted, in words: other ways, hidden events, shares."""

from __future__ import annotations

from typing import Any

from analysis.claims.base import Wording, interval_words, number, p_words, percent
from analysis.evidence.dominance import Dominance
from analysis.evidence.robustness import Reestimate, Robustness
from analysis.evidence.sensitivity import Sensitivity, Strength
from analysis.evidence.soundness import Soundness


def share_words(share: float) -> str:
    """Return a share as "12 %", a small one as "1.2 %"."""
    if share >= 0.0995:
        return percent(share)
    return f"{100 * share:.1f}\u202f%" if share >= 0.0005 else "under 0.1\u202f%"


def robustness_words(found: Robustness, words: Wording) -> list[str]:
    """Say in how many other ways the primary's finding holds, and which differs most."""
    assert found.primary.estimate is not None
    primary = found.primary.estimate
    first = (
        f"The primary gives {number(primary.value, signed=True)} {words.unit} "
        f"({interval_words(primary.interval())})."
    )
    return [first, *_ways_words(found), *_months_words(found)]


def _ways_words(found: Robustness) -> list[str]:
    gone = found.gone
    if not gone:
        return []
    side = "above" if _value(found.primary) > 0 else "below"
    same = f"stays {side} zero and significant" if found.found else "is not told from zero either"
    broken = [way for way in gone if not found.holds(way)]
    if not broken:
        count = f"all {len(gone)} other ways" if len(gone) > 1 else "the one other way"
        said = [f"In {count} of computing it that these data allow, it {same}."]
    else:
        listed = "; ".join(_way_words(way) for way in broken)
        count = f"{len(gone) - len(broken)} of {len(gone)}"
        said = [f"In {count} other ways of computing it, it {same}. It does not in: {listed}."]
    farthest = found.farthest
    assert farthest is not None
    return [*said, f"The one that differs most: {_way_words(farthest)}."]


def _way_words(way: Reestimate) -> str:
    assert way.estimate is not None
    note = f"; {way.note}" if way.note else ""
    return (
        f"{way.name} ({number(way.estimate.value, signed=True)}, {p_words(way.estimate.p)}{note})"
    )


def _value(way: Reestimate) -> float:
    assert way.estimate is not None
    return way.estimate.value


def _months_words(found: Robustness) -> list[str]:
    ends = found.extreme_months
    if ends is None:
        return []
    low, high = ends
    known = sum(month.estimate is not None for month in found.months)
    said = f"Without {low.name} it is {number(_value(low), signed=True)}"
    if known > 1:
        said = (
            f"With any one of {known} months left out, it lies between "
            f"{number(_value(low), signed=True)} (without {low.name}) and "
            f"{number(_value(high), signed=True)} (without {high.name})"
        )
    changing = found.changing_months
    if not changing:
        return [f"{said}; no single month decides whether it is told from zero."]
    names = ", ".join(f"{month.name} ({_month_p(month)})" for month in changing)
    return [f"{said}; whether it is told from zero hangs on: {names}."]


def _month_p(month: Reestimate) -> str:
    assert month.estimate is not None
    return p_words(month.estimate.p)


def sensitivity_words(found: Sensitivity, words: Wording, significant: bool) -> list[str]:
    """Say how strong a hidden event would have to be to explain the focal effect.

    Parameters
    ----------
    found : Sensitivity
        The robustness values.
    words : Wording
        How things are called.
    significant : bool
        Whether the primary tells the effect from zero.
    """
    if not significant or found.robustness_alpha <= 0:
        return [
            "The effect is not clearly told from zero to begin with "
            f"(t = {number(found.t)}), so there is nothing for a hidden event to explain away."
        ]
    said = [
        f"Suppose something unseen, a talk or a launch, makes a {words.post} likelier and also "
        "moves the score. To leave nothing of the effect it would have to explain "
        f"{share_words(found.robustness)} of what the model leaves open about when the posts "
        f"come, and {share_words(found.robustness)} of what it leaves open about the score; "
        f"{share_words(found.robustness_alpha)} of each would do to make the effect no longer "
        "significant."
    ]
    if found.strongest is not None:
        said.append(_scale_words(found, found.strongest, words))
    said.append("This tells how strong it would have to be, not whether there was one.")
    return said


def _scale_words(found: Sensitivity, strongest: Strength, words: Wording) -> str:
    """Compare a hidden event with what could hide most of all that was recorded."""
    known = (
        f"For scale: of all that was recorded, {strongest.name} could hide most; it explains "
        f"{share_words(strongest.observed_posts)} of the one and "
        f"{share_words(strongest.observed_outcome)} of the other."
    )
    times = f"{strongest.times:.2g}" if strongest.times < 10 else f"{strongest.times:.0f}"
    if strongest.times <= 1:
        return f"{known} Something unseen {times} times as strong would leave nothing."
    enough = f"; to leave nothing it would have to be {times} times as strong"
    return (
        f"{known} Something unseen as strong as that would leave "
        f"{number(strongest.effect, signed=True)} of {number(found.effect, signed=True)} "
        f"{words.unit} (t = {number(strongest.t)})"
        f"{enough if strongest.times < 1000 else ''}."
    )


def dominance_words(found: Dominance) -> list[str]:
    """Say how much of the movement each channel's posts explain."""
    parts = "; ".join(
        f"{name} {share_words(share)} ({share_words(low)} to {share_words(high)})"
        for name, share, low, high in sorted(
            zip(found.channels, found.shares, found.low, found.high, strict=True),
            key=lambda row: -row[1],
        )
    )
    return [
        f"Of what the score's own past and the weekday leave open, posts explain "
        f"{share_words(found.total)}: {parts}, with 95\u202f% intervals.",
        f"A channel that does nothing gets about {share_words(found.by_chance)} by chance; no "
        "share can be below zero, so an interval near zero means nothing was found.",
    ]


def soundness_records(found: Soundness | None, words: Wording) -> dict[str, Any]:
    """Return ``robustness``, ``sensitivity`` and ``dominance`` as results.json has them."""
    ways = None if found is None else found.robustness
    hidden = None if found is None else found.sensitivity
    shares = None if found is None else found.dominance
    significant = found is not None and found.significant
    return {
        "robustness": None if ways is None else _robustness(ways, words),
        "sensitivity": None if hidden is None else _sensitivity(hidden, words, significant),
        "dominance": None if shares is None else _dominance(shares),
    }


def _robustness(found: Robustness, words: Wording) -> dict[str, Any]:
    return {
        "sentence": " ".join(robustness_words(found, words)),
        "ways": [
            {"name": way.name, "note": way.note, **_reestimate(found, way)} for way in found.ways
        ],
        "months": [
            {"without": month.name, "note": month.note, **_reestimate(found, month)}
            for month in found.months
        ],
    }


def _reestimate(found: Robustness, way: Reestimate) -> dict[str, Any]:
    estimate = way.estimate
    return {
        "effect": None if estimate is None else estimate.value,
        "interval": None if estimate is None else list(estimate.interval()),
        "p": None if estimate is None else estimate.p,
        "readings": way.readings,
        "holds": None if estimate is None else found.holds(way),
    }


def _sensitivity(found: Sensitivity, words: Wording, significant: bool) -> dict[str, Any]:
    return {
        "sentence": " ".join(sensitivity_words(found, words, significant)),
        "t": found.t,
        "df": found.df,
        "partial_r2": found.partial_r2,
        "robustness_value": found.robustness,
        "robustness_value_alpha": found.robustness_alpha,
        "observed": [
            {
                "name": one.name,
                "explains_posts": one.observed_posts,
                "explains_score": one.observed_outcome,
                "hidden_posts": one.posts,
                "hidden_score": one.outcome,
                "effect_left": one.effect,
                "t_left": one.t,
                "times_to_nothing": one.times,
            }
            for one in found.observed
        ],
    }


def _dominance(found: Dominance) -> dict[str, Any]:
    return {
        "sentence": " ".join(dominance_words(found)),
        "explained": found.total,
        "by_chance": found.by_chance,
        "channels": [
            {"channel": name, "share": share, "interval": [low, high]}
            for name, share, low, high in zip(
                found.channels, found.shares, found.low, found.high, strict=True
            )
        ],
    }
