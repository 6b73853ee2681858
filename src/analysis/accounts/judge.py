"""The claims of the headline for a population: on average, and on how many accounts."""

from __future__ import annotations

from typing import Any

from analysis.accounts.effects import ChannelEffects, Population
from analysis.claims.base import (
    Claim,
    Verdict,
    interval_words,
    number,
    of_estimate,
    p_words,
    percent,
)
from analysis.evidence.channels import holm

BLOGGING_TEST = (
    "The random-effects mean of the accounts' own effects of one more focal post is above zero "
    "(two-sided t test, Hartung and Knapp). Refuted when it is below zero, or when it is not told "
    "from zero and its 90 % interval lies within the smallest effect that matters."
)
NOTHING_TEST = (
    "A joint F test of every other channel, clustered by account; only if it rejects, Holm over "
    "their random-effects means, and a hit refutes. Supported when it does not reject and every "
    "90 % interval lies within the smallest effect that matters, and the focal channel is found."
)
ONLY_TEST = "Both of the claims above; refuted when either is."


def judge(found: Population, margin: float, alpha: float, unit: str) -> tuple[Claim, Claim, Claim]:
    """Return the three claims of the headline.

    Parameters
    ----------
    found : Population
        In the bundle coding.
    margin : float
        The smallest effect that matters.
    alpha : float
        Level of the tests.
    unit : str
        Of an effect.
    """
    blogging = _blogging(found.channels[0], margin, alpha, unit)
    nothing = _nothing_else(found, margin, alpha, unit, blogging.verdict == "supported")
    return blogging, nothing, _only(blogging, nothing)


def _measured(channel: ChannelEffects, unit: str) -> str:
    estimate = channel.estimate
    return (
        f"{number(estimate.value, signed=True)} {unit} on average over {channel.share.accounts:,} "
        f"accounts (95\u202f% interval {interval_words(estimate.interval())}, "
        f"{p_words(estimate.p)})"
    )


def spread_words(channel: ChannelEffects) -> str:
    """Return how far accounts differ, in a sentence."""
    share, mean = channel.share, channel.mean
    if mean is None:
        return ""
    low, high = share.interval
    said = (
        "No account can be named that responds; at most about "
        f"{percent(high)} do so strongly enough to be seen"
    )
    if share.found or low > 0:
        said = (
            f"At least about {percent(share.least)} of accounts respond ({percent(low)} to "
            f"{percent(high)}); {share.found:,} of {share.accounts:,} can be named"
        )
    if share.down:
        said += f", {share.down:,} of them with a fall"
    where = interval_words(mean.prediction())
    return f"{said}. For one more account the effect would lie in {where}."


def _blogging(channel: ChannelEffects, margin: float, alpha: float, unit: str) -> Claim:
    estimate = channel.estimate
    fields: dict[str, Any] = {"unit": unit, "test": BLOGGING_TEST}
    if not estimate.known:
        reason = (
            f"Only {channel.share.accounts} accounts have posts of {channel.name!r} enough for a "
            "verdict; 3 are needed."
        )
        return Claim("blogging-moves-score", "untestable", reason, **fields)
    fields |= of_estimate(estimate, alpha)
    verdict: Verdict
    if estimate.p < alpha:
        verdict = "supported" if estimate.value > 0 else "refuted"
        where = "stands higher" if estimate.value > 0 else "is lower"
        reason = f"After one more post of {channel.name!r} the score {where}: "
        reason += f"{_measured(channel, unit)}."
    elif estimate.within(margin):
        verdict = "refuted"
        reason = (
            f"On average one more post of {channel.name!r} makes no difference that matters: "
            f"{_measured(channel, unit)}, and anything beyond ±{number(margin)} is ruled out."
        )
    else:
        verdict = "inconclusive"
        reason = (
            f"No effect was found on average ({_measured(channel, unit)}), but only one of "
            f"{number(estimate.detectable(alpha))} {unit} or more would have been found with "
            f"{percent(0.8)} certainty."
        )
    return Claim("blogging-moves-score", verdict, f"{reason} {spread_words(channel)}", **fields)


def _nothing_else(
    found: Population, margin: float, alpha: float, unit: str, focal_found: bool
) -> Claim:
    fields: dict[str, Any] = {"unit": unit, "test": NOTHING_TEST}
    others = [channel for channel in found.others if channel.estimate.known]
    joint = found.joint()
    if not others or joint is None:
        reason = "No other channel has posts enough on three accounts, so nothing can be compared."
        if others:
            reason = "There are too few accounts, or days, to test the other channels together."
        return Claim("nothing-else-correlates", "untestable", reason, **fields)
    adjusted = holm([channel.estimate.p for channel in others])
    hits = [
        channel
        for channel, p in zip(others, adjusted, strict=True)
        if joint[2] < alpha and p < alpha
    ]
    if hits:
        strongest = min(hits, key=lambda channel: channel.estimate.p)
        fields |= of_estimate(strongest.estimate, alpha)
        listed = "; ".join(f"{channel.name!r}: {_measured(channel, unit)}" for channel in hits)
        reason = f"Another channel moves it. {listed}; joint test {p_words(joint[2])}."
        return Claim("nothing-else-correlates", "refuted", reason, **fields)
    widest = max(others, key=lambda channel: max(map(abs, channel.estimate.interval(0.9))))
    fields |= of_estimate(widest.estimate, alpha)
    if joint[2] < alpha:
        reason = f"Together the other channels matter ({p_words(joint[2])}), none alone is found."
        return Claim("nothing-else-correlates", "inconclusive", reason, **fields)
    if not all(channel.estimate.within(margin) for channel in others):
        reason = (
            f"No other channel was found to matter, but {_measured(widest, unit)} for "
            f"{widest.name!r} does not rule out ±{number(margin)}."
        )
        return Claim("nothing-else-correlates", "inconclusive", reason, **fields)
    if not focal_found:
        reason = (
            f"No other channel reaches ±{number(margin)} on average, but neither was the focal one "
            "found to move the score."
        )
        return Claim("nothing-else-correlates", "inconclusive", reason, **fields)
    responding = max(others, key=lambda channel: channel.share.interval[0])
    reason = f"On average every other channel stays within ±{number(margin)} {unit}."
    if responding.share.interval[0] > 0:
        reason += f" But accounts differ in {responding.name!r}: {spread_words(responding)}"
        return Claim("nothing-else-correlates", "inconclusive", reason, **fields)
    return Claim("nothing-else-correlates", "supported", reason, **fields)


def _only(blogging: Claim, nothing: Claim) -> Claim:
    verdicts = {blogging.verdict, nothing.verdict}
    fields: dict[str, Any] = {
        "unit": blogging.unit,
        "test": ONLY_TEST,
        "estimate": blogging.estimate,
        "interval": blogging.interval,
        "p": blogging.p,
        "detectable": blogging.detectable,
    }
    if "refuted" in verdicts:
        one = blogging if blogging.verdict == "refuted" else nothing
        return Claim("only-blogging", "refuted", one.reason, **fields)
    if verdicts == {"supported"}:
        return Claim("only-blogging", "supported", f"{blogging.reason} {nothing.reason}", **fields)
    open_one = nothing if nothing.verdict != "supported" else blogging
    verdict: Verdict = "untestable" if "untestable" in verdicts else "inconclusive"
    return Claim("only-blogging", verdict, open_one.reason, **fields)
