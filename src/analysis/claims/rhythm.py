"""Two claims about the calendar: upticks follow posts, and silence lowers the score."""

from __future__ import annotations

from typing import Any

from analysis.claims.base import (
    Claim,
    Verdict,
    Wording,
    interval_words,
    number,
    of_estimate,
    p_words,
    percent,
)
from analysis.evidence.silence import QUIET_DAYS, Silence
from analysis.evidence.upticks import TOP, Upticks

MIN_EVENTS = 10

UPTICKS_TEST = (
    f"An uptick is a rise among the top {TOP:.0%} of daily changes. Supported when one more "
    "focal post makes an uptick likelier (the primary's design on uptick yes or no, HC3) and "
    "most upticks have a post in the window before them (the 95 % interval of that share lies "
    "above one half); refuted when the interval lies below one half, or posts make one less "
    "likely."
)
SILENCE_TEST = (
    f"The expected daily change after {QUIET_DAYS} or more days without a focal post, at "
    "average own lags and weekday, is below zero and below that of other days (HC3). For a "
    "flow: the score in silence against the score otherwise. Refuted when it is above zero, or "
    "its 90 % interval rules out a fall that matters. Other channels are not held fixed."
)


def upticks_follow_posts(found: Upticks | None, words: Wording, alpha: float) -> Claim:
    """Judge whether upticks follow focal posts."""
    name = "upticks-follow-posts"
    if found is None or found.test is None or not found.test.known:
        reason = "There are too few known changes of the score to look for upticks."
        return Claim(name, "untestable", reason, UPTICKS_TEST)
    fields: dict[str, Any] = {
        "estimate": found.share,
        "unit": "share of upticks",
        "interval": found.share_interval,
        "p": found.test.p,
        "detectable": found.detectable,
    }
    verdict, why = _uptick_verdict(found, words, alpha)
    said = (
        f"{percent(found.share)} of {found.count} upticks follow a {words.post} within "
        f"{words.hours} hours; so do {percent(found.base)} of all {found.readings} readings"
    )
    return Claim(name, verdict, f"{said}: {why}", UPTICKS_TEST, **fields)


def _uptick_verdict(found: Upticks, words: Wording, alpha: float) -> tuple[Verdict, str]:
    assert found.test is not None
    low, high = found.share_interval
    test = found.test
    likelier = test.p < alpha and test.value > 0
    effect = f"{number(100 * test.value, signed=True)} percentage points, {p_words(test.p)}"
    if found.count < MIN_EVENTS:
        return "inconclusive", f"{found.count} upticks are too few; {MIN_EVENTS} are needed."
    if likelier and low > 0.5:
        return "supported", (
            f"one more post makes an uptick likelier ({effect}), and most have one before them, "
            f"though {percent(1 - found.share)} have none."
        )
    if high < 0.5:
        more = f", though one more post makes it likelier ({effect})" if likelier else ""
        return "refuted", f"most upticks have no {words.post} before them{more}."
    if test.p < alpha and test.value < 0:
        return "refuted", f"one more post makes an uptick less likely ({effect})."
    if likelier:
        return "inconclusive", (
            f"posts make an uptick likelier ({effect}), but whether most upticks have one "
            f"before them is open ({percent(low)} to {percent(high)})."
        )
    return "inconclusive", f"the difference is within what chance gives ({effect})."


def silence_lowers_score(
    found: Silence | None, words: Wording, kind: str, margin: float, alpha: float
) -> Claim:
    """Judge whether the score falls in silence.

    Parameters
    ----------
    found : Silence or None
        The evidence.
    words : Wording
        Names.
    kind : {"level", "flow"}
        The kind of score.
    margin : float
        The smallest effect that matters, in points per post. A level's fall matters when it
        adds up to this within the ``QUIET_DAYS`` of silence.
    alpha : float
        The level of the test.
    """
    name = "silence-lowers-score"
    unit = "points a day" if kind == "level" else "points"
    if found is None or not found.drift.known:
        reason = (
            f"There are no readings after {QUIET_DAYS} days without a {words.post}, or none "
            "other, so there is nothing to compare."
        )
        return Claim(name, "untestable", reason, SILENCE_TEST, unit=unit)
    fields: dict[str, Any] = {"unit": unit, **of_estimate(found.drift, alpha)}
    verdict, reason = _silence_verdict(found, words, kind, margin, alpha)
    return Claim(name, verdict, reason, SILENCE_TEST, **fields)


def _silence_verdict(
    found: Silence, words: Wording, kind: str, margin: float, alpha: float
) -> tuple[Verdict, str]:
    drift = found.drift
    per_day = margin / QUIET_DAYS if kind == "level" else margin
    unit = "points a day" if kind == "level" else "points"
    measured = (
        f"{number(drift.value, signed=True)} {unit} (95\u202f% interval "
        f"{interval_words(drift.interval())}, {p_words(drift.p)}, {found.quiet} readings)"
    )
    after = f"After {QUIET_DAYS} or more days without a {words.post}"
    if min(found.quiet, found.active) < MIN_EVENTS:
        return "inconclusive", f"{after} there are too few readings to compare: {measured}."
    if drift.p < alpha and drift.value < 0:
        other = found.against
        if not (other.known and other.p < alpha and other.value < 0):
            return "inconclusive", (
                f"{after} the score falls: {measured}; but the difference from other days, "
                f"{number(other.value, signed=True)} ({p_words(other.p)}), is not told from zero."
            )
        return "supported", (
            f"{after} the score falls: {measured}; its own past alone, as of a smoothed score that "
            f"must come down by itself, would give {number(found.mechanical, signed=True)}."
        )
    if drift.p < alpha:
        return "refuted", f"{after} the score rises: {measured}."
    if drift.interval(0.9)[0] > -per_day:
        return "refuted", (
            f"{after} the score does not fall by as much as {number(per_day)} {unit}: {measured}."
        )
    return "inconclusive", f"{after} no fall was found, nor one ruled out: {measured}."
