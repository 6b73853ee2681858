"""The three claims of the headline: blogging moves it, nothing else does, only blogging."""

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
from analysis.evidence.channels import (
    MIN_POSTS,
    MIN_QUIET,
    MIN_READINGS,
    ChannelEvidence,
    ChannelTable,
    crowded_words,
)

BLOGGING_TEST = (
    "In the primary model, bundle coding, the effect of one more focal post is above zero "
    "(two-sided t test with HC3), and beside rival explanations that posting goes with as well. "
    "Refuted when it is below zero by the same two tests, or when it is not told from zero and its "
    "90 % interval lies within the smallest effect that matters."
)
NOTHING_ELSE_TEST = (
    "A joint F test of every other channel; only if it rejects, Holm over them, and a hit "
    "refutes when both reject beside the rival explanations that its posting goes with as well. "
    "Supported when it does not reject and every 90 % interval lies within the smallest effect "
    "that matters, and the focal channel itself is found."
)
ONLY_TEST = "Both of the claims above; refuted when either is."


def blogging_moves_score(table: ChannelTable, words: Wording) -> Claim:
    """Judge whether the focal channel moves the score."""
    focal, effect = table.focal, table.focal.effect
    fields: dict[str, Any] = {"unit": words.unit, "test": BLOGGING_TEST}
    if focal.posts == 0:
        reason = f"There is no {words.post} in the period, so nothing can be said about one."
        return Claim("blogging-moves-score", "untestable", reason, **fields)
    if not effect.known:
        reason = f"The effect of a {words.post} cannot be told apart from other channels."
        return Claim("blogging-moves-score", "untestable", reason, **fields)
    fields |= of_estimate(effect, table.alpha)
    verdict, reason = _focal_verdict(table, words)
    return Claim("blogging-moves-score", verdict, reason, **fields)


def _focal_verdict(table: ChannelTable, words: Wording) -> tuple[Verdict, str]:
    focal, effect = table.focal, table.focal.effect
    measured = (
        f"{number(effect.value, signed=True)} {words.unit} "
        f"(95\u202f% interval {interval_words(effect.interval())}, {p_words(effect.p)})"
    )
    detectable = number(effect.detectable(table.alpha))
    if focal.posts < MIN_POSTS:
        return "inconclusive", (
            f"Only {focal.posts} posts count; {MIN_POSTS} are needed before a verdict, "
            f"whatever the estimate says: {measured}."
        )
    if focal.quiet < MIN_QUIET:
        return "inconclusive", (
            f"Only {focal.quiet} readings have no {words.post} in the {words.hours} hours before; "
            f"{MIN_QUIET} are needed to compare with: {measured}."
        )
    if effect.rests_on < MIN_READINGS:
        return "inconclusive", (
            f"{_sentence_case(crowded_words(effect))}; {MIN_READINGS} are needed before a verdict, "
            f"whatever the estimate says: {measured}."
        )
    if focal.lost:
        where = "stands higher" if effect.value > 0 else "is lower"
        return "inconclusive", (
            f"After one more {words.post} the score {where}: {measured}. {_only_a_rival(focal)}"
        )
    if effect.p < table.alpha and effect.value > 0:
        small = (
            f" It is itself below the smallest effect that matters here, {number(table.margin)}."
            if focal.equivalent
            else ""
        )
        return "supported", (
            f"After one more {words.post} the score stands higher: {measured}.{small}"
        )
    if effect.p < table.alpha:
        return "refuted", f"After one more {words.post} the score is lower: {measured}."
    if focal.equivalent:
        return "refuted", (
            f"One more {words.post} makes no difference that matters: {measured}, "
            f"and anything beyond ±{number(table.margin)} is ruled out."
        )
    return "inconclusive", (
        f"No effect was found ({measured}), but only one of {detectable} {words.unit} or more "
        f"would have been found with {percent(0.8)} certainty."
    )


def nothing_else_correlates(
    table: ChannelTable, words: Wording, found: bool | None = None
) -> Claim:
    """Judge whether any other channel moves the score.

    Parameters
    ----------
    table : ChannelTable
        The evidence.
    words : Wording
        Names.
    found : bool, optional
        Whether the focal channel was found to move it, where an experiment decided that.
    """
    judged = table.judged_others
    fields: dict[str, Any] = {"unit": words.unit, "test": NOTHING_ELSE_TEST}
    if not judged or table.joint is None:
        reason = _no_rivals(table)
        return Claim("nothing-else-correlates", "untestable", reason, **fields)
    hits = [channel for channel in judged if channel.is_found(table.alpha)]
    lost = [channel for channel in judged if channel.lost]
    joint_rejects = table.joint.p < table.alpha
    if joint_rejects and hits:
        strongest = min(hits, key=lambda channel: channel.p_adjusted)
        fields |= _of_channel(strongest, table, words)
        named = _sentence_case(_listed(hits, table, words))
        reason = f"{named}; joint test {p_words(table.joint.p)}."
        return Claim("nothing-else-correlates", "refuted", reason, **fields)
    widest = max(judged, key=_reach)
    fields |= _of_channel(widest, table, words)
    if lost:
        strongest = min(lost, key=lambda channel: channel.p_adjusted)
        fields |= _of_channel(strongest, table, words)
        reason = f"{_sentence_case(_listed(lost, table, words, 'goes with it'))}. "
        return Claim(
            "nothing-else-correlates", "inconclusive", reason + _only_a_rival(strongest), **fields
        )
    if joint_rejects:
        reason = (
            f"Together the other channels matter ({p_words(table.joint.p)}), "
            "but no single one can be named."
        )
        return Claim("nothing-else-correlates", "inconclusive", reason, **fields)
    open_ones = [channel for channel in judged if not channel.equivalent]
    if open_ones:
        return Claim(
            "nothing-else-correlates", "inconclusive", _not_ruled_out(table, words), **fields
        )
    if not (_focal_found(table) if found is None else found):
        reason = (
            f"No other channel matters by more than ±{number(table.margin)} {words.unit}, but "
            f"neither was {words.focal} found to: 'nothing else' needs a 'something'."
        )
        return Claim("nothing-else-correlates", "inconclusive", reason, **fields)
    reason = (
        f"Each of {_names(judged)} is within ±{number(table.margin)} {words.unit} of no effect; "
        f"joint test {p_words(table.joint.p)}.{_not_judged(table)}"
    )
    return Claim("nothing-else-correlates", "supported", reason, **fields)


def _focal_found(table: ChannelTable) -> bool:
    focal = table.focal
    return focal.is_found(table.alpha) and focal.effect.value > 0


_RIVAL_WORDS = {
    "slow movements of the score": "posting and the score's daily change may only drift together",
    "where the score stands": "it may be where the score stands that both follow",
}


def _only_a_rival(channel: ChannelEvidence) -> str:
    """Return why a finding is none, in a sentence."""
    assert channel.beside is not None
    why = ", or ".join(_RIVAL_WORDS[rival] for rival in channel.rivals)
    return (
        f"But with {' and '.join(channel.rivals)} held fixed the effect of {channel.name} is "
        f"{number(channel.beside.value, signed=True)} ({p_words(channel.beside.p)}) and the tests "
        f"no longer pass: {why}."
    )


def _of_channel(channel: ChannelEvidence, table: ChannelTable, words: Wording) -> dict[str, Any]:
    """Return the numbers of the channel that decides, with the p of the joint test."""
    shown = of_estimate(channel.effect, table.alpha)
    assert table.joint is not None
    return shown | {"p": table.joint.p, "unit": f"{words.unit} in {channel.name}"}


def _reach(channel: ChannelEvidence) -> float:
    low, high = channel.effect.interval(0.9)
    return max(abs(low), abs(high))


def _names(channels: tuple[ChannelEvidence, ...] | list[ChannelEvidence]) -> str:
    names = [channel.name for channel in channels]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _listed(
    hits: list[ChannelEvidence], table: ChannelTable, words: Wording, verb: str = "moves it"
) -> str:
    too = " too" if _focal_found(table) else ""
    ranked = sorted(hits, key=lambda channel: channel.p_adjusted)
    said = [
        f"{channel.name} {verb}{too}, {number(channel.effect.value, signed=True)} {words.unit} "
        f"(95\u202f% interval {interval_words(channel.effect.interval())})"
        for channel in ranked
    ]
    return "; ".join(said)


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _no_rivals(table: ChannelTable) -> str:
    if not table.others:
        return "No other channel was collected, so there is nothing to compare with."
    why = "; ".join(f"{channel.name}: {channel.why_not}" for channel in table.others)
    return f"No other channel can be judged ({why})."


def _not_judged(table: ChannelTable) -> str:
    missing = [channel for channel in table.others if not channel.judged]
    return f" Not judged: {_names(missing)}." if missing else ""


def _not_ruled_out(table: ChannelTable, words: Wording) -> str:
    open_ones = [channel for channel in table.judged_others if not channel.equivalent]
    reach = "; ".join(f"{channel.name} up to {number(_reach(channel))}" for channel in open_ones)
    return (
        f"Nothing else was found (joint test {p_words(table.joint.p if table.joint else 1.0)}), "
        f"but effects beyond ±{number(table.margin)} {words.unit} are not ruled out: {reach}."
        f"{_not_judged(table)}"
    )


def only_blogging(blogging: Claim, nothing_else: Claim, words: Wording) -> Claim:
    """Judge the headline from its two parts."""
    fields: dict[str, Any] = {
        "unit": words.unit,
        "test": ONLY_TEST,
        "estimate": blogging.estimate,
        "interval": blogging.interval,
        "p": blogging.p,
        "detectable": blogging.detectable,
    }
    parts = {blogging.verdict, nothing_else.verdict}
    if parts == {"supported"}:
        reason = f"{blogging.reason} {nothing_else.reason}"
        return Claim("only-blogging", "supported", reason, **fields)
    if nothing_else.verdict == "refuted":
        rival = ("unit", "estimate", "interval", "p", "detectable")
        fields |= {name: getattr(nothing_else, name) for name in rival}
        return Claim("only-blogging", "refuted", nothing_else.reason, **fields)
    if blogging.verdict == "refuted":
        return Claim("only-blogging", "refuted", blogging.reason, **fields)
    if "untestable" in parts:
        missing = blogging if blogging.verdict == "untestable" else nothing_else
        return Claim("only-blogging", "untestable", missing.reason, **fields)
    if blogging.verdict == "supported":
        reason = f"That {words.focal} moves it is known; that nothing else does is not. "
        return Claim("only-blogging", "inconclusive", reason + nothing_else.reason, **fields)
    reason = f"Not even {words.focal}'s own part is known. {blogging.reason}"
    return Claim("only-blogging", "inconclusive", reason, **fields)


def answer_sentence(
    only: Claim, blogging: Claim, nothing_else: Claim, table: ChannelTable, words: Wording
) -> str:
    """Return the answer to the headline question, one sentence with its numbers."""
    question = "blogging" if words.focal == "blog" else f"posting in {words.focal!r}"
    if only.verdict == "supported":
        return (
            f"Yes: {question} moves the score "
            f"({_effect(blogging)}), and {_none_of(table)}.{_not_judged(table)}"
        )
    if only.verdict == "untestable":
        return f"These data cannot say: {_lower(only.reason)}"
    if nothing_else.verdict == "refuted":
        own = {
            "supported": f"{question} moves the score ({_effect(blogging)}), but so does "
            "something else",
            "refuted": f"{question} {_refuted_how(blogging, table)}, and something else moves it",
        }.get(blogging.verdict, "something else moves it")
        return f"No: {own}. {nothing_else.reason}"
    if only.verdict == "refuted":
        return f"No: {_lower(blogging.reason)}"
    if blogging.verdict == "supported":
        return (
            f"Cannot tell: {question} moves the score ({_effect(blogging)}), but "
            f"{_open_rival(table, words)}."
        )
    return (
        f"Cannot tell: these data do not even show whether {question} moves the score. "
        f"{blogging.reason}"
    )


def _refuted_how(blogging: Claim, table: ChannelTable) -> str:
    below = blogging.estimate is not None and blogging.estimate < 0
    if below and blogging.p is not None and blogging.p < table.alpha:
        return "lowers the score"
    return "does not matter"


def _none_of(table: ChannelTable) -> str:
    judged = table.judged_others
    if len(judged) == 1:
        return f"{judged[0].name}, the only other channel that could be judged, does not matter"
    return f"none of the {len(judged)} other channels that could be judged matters"


def _open_rival(table: ChannelTable, words: Wording) -> str:
    """Return what keeps "nothing else" open, in half a sentence."""
    lost = [channel for channel in table.judged_others if channel.lost]
    if lost:
        return f"whether {_names(lost)} does or only goes with it cannot be said"
    if table.joint is not None and table.joint.p < table.alpha:
        return "the other channels together matter too, though none can be named"
    open_ones = [channel for channel in table.judged_others if not channel.equivalent]
    if not open_ones:
        return "whether anything else does cannot be said"
    widest = max(open_ones, key=_reach)
    more = [channel for channel in open_ones if channel is not widest]
    also = f", and likewise {_names(more)}" if more else ""
    return (
        f"these data cannot rule out that {widest.name} matters, too (90\u202f% interval up to "
        f"{number(_reach(widest))}; {number(table.margin)} {words.unit} would){also}"
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _effect(claim: Claim) -> str:
    if claim.estimate is None or claim.interval is None:
        return "no estimate"
    return (
        f"{number(claim.estimate, signed=True)} {claim.unit}, "
        f"95\u202f% interval {interval_words(claim.interval)}"
    )
