"""Claims about what it takes: the shared links, the reactions, ordinary tweets, the content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.claims.base import Claim, Wording, interval_words, number, of_estimate, p_words
from analysis.evidence.channels import MIN_POSTS, MIN_READINGS, crowded_words, holm
from analysis.evidence.reactions import Reactions
from analysis.evidence.splits import SplitEvidence
from analysis.model.primary import Estimate
from analysis.parts import QUIET_TWEET

SHARING_TEST = (
    "Focal posts that another channel shares within the window against those that none does, "
    "both in the primary model. Supported when the shared ones do more (two-sided t test with "
    "HC3); refuted when they do less, or the 90 % interval of the difference lies within the "
    "smallest effect that matters."
)
REACTIONS_TEST = (
    "The reactions to Facebook posts in the window beside the number of posts; the effect of a "
    "much noticed day (90th percentile) over an ordinary one (median). Supported when its 90 % "
    "interval lies within the smallest effect that matters; refuted when it is told from zero "
    "and does not."
)
TWEETS_TEST = (
    f"The effect of one more tweet with at most {QUIET_TWEET} shares (where the source does not "
    "tell shares: of any tweet) that is no share of a focal post. Supported when its 90 % "
    "interval lies within the smallest effect that matters; refuted when it is told from zero "
    "and does not."
)
CONTENT_TEST = (
    "Focal posts in two kinds (long and short, usual and other types, much and little noticed), "
    "as far as the sources tell; the difference of their effects, with Holm's correction. "
    "Supported when every 90 % interval of a difference lies within the smallest effect that "
    "matters; refuted when one is told from zero and does not."
)


def _measured(estimate: Estimate, unit: str) -> str:
    return (
        f"{number(estimate.value, signed=True)} {unit} (95\u202f% interval "
        f"{interval_words(estimate.interval())}, {p_words(estimate.p)})"
    )


def sharing_matters(
    found: SplitEvidence | None, words: Wording, margin: float, alpha: float
) -> Claim:
    """Judge whether shared posts do more than those that are not shared."""
    name = "sharing-matters"
    fields: dict[str, Any] = {"unit": words.unit, "test": SHARING_TEST}
    if found is None or sum(found.posts) == 0:
        reason = f"No {words.post} has an address by which a share of it could be recognized."
        return Claim(name, "untestable", reason, **fields)
    shared, alone = found.posts
    if min(shared, alone) < MIN_POSTS or not found.difference.known:
        way_out = (
            "Leaving a share out on days drawn at random would tell."
            if alone < MIN_POSTS
            else "Sharing on days drawn at random would tell."
        )
        reason = (
            f"{shared} posts were shared within {words.hours} hours and {alone} were not; "
            f"{MIN_POSTS} of each are needed. {way_out}"
        )
        return Claim(name, "untestable", reason, **fields)
    if found.difference.rests_on < MIN_READINGS:
        reason = _crowded(found.difference, words.unit)
        return Claim(name, "untestable", reason, **fields)
    return _difference(name, found, words, margin, alpha, fields)


def _difference(
    name: str,
    found: SplitEvidence,
    words: Wording,
    margin: float,
    alpha: float,
    fields: dict[str, Any],
) -> Claim:
    difference = found.difference
    fields = fields | of_estimate(difference, alpha)
    said = (
        f"A {words.post} that is shared adds {number(found.first.value, signed=True)}, one that is "
        f"not {number(found.second.value, signed=True)}; the difference is "
        f"{_measured(difference, words.unit)}"
    )
    if difference.p < alpha:
        verdict = "supported" if difference.value > 0 else "refuted"
        return Claim(name, verdict, f"{said}.", **fields)  # type: ignore[arg-type]
    if difference.within(margin):
        return Claim(name, "refuted", f"{said}: too small to matter.", **fields)
    return Claim(name, "inconclusive", f"{said}: it could be either.", **fields)


def facebook_activity(
    found: Reactions | None, words: Wording, margin: float, alpha: float, there: bool = True
) -> Claim:
    """Judge whether reactions to Facebook posts are shown not to matter.

    Parameters
    ----------
    found : Reactions or None
        The evidence.
    words, margin, alpha
        As everywhere.
    there : bool
        Whether the study has a Facebook channel at all.
    """
    name = "facebook-activity-does-not-matter"
    unit = "points"
    fields: dict[str, Any] = {"unit": unit, "test": REACTIONS_TEST}
    if not there:
        return Claim(name, "untestable", "There is no Facebook channel in this study.", **fields)
    if found is None or not found.effect.known:
        reason = (
            "No source tells enough of how many reactions the Facebook posts got (Facebook's own "
            "export tells none); an activity table with a column reactions would."
        )
        return Claim(name, "untestable", reason, **fields)
    said = (
        f"{number(found.dose)} more reactions at the same number of posts go with "
        f"{_measured(found.effect, unit)}"
    )
    if found.posts < MIN_POSTS:
        reason = f"Only {found.posts} posts; {MIN_POSTS} are needed. {said}."
        return Claim(name, "inconclusive", reason, **fields, **of_estimate(found.effect, alpha))
    if found.effect.rests_on < MIN_READINGS:
        reason = _crowded(found.effect, unit)
        return Claim(name, "inconclusive", reason, **fields, **of_estimate(found.effect, alpha))
    return _too_small(name, found.effect, said, margin, alpha, fields)


def _too_small(
    name: str,
    effect: Estimate,
    said: str,
    margin: float,
    alpha: float,
    fields: dict[str, Any],
) -> Claim:
    """Judge a claim that an effect does not matter."""
    fields = fields | of_estimate(effect, alpha)
    if effect.within(margin):
        return Claim(
            name, "supported", f"{said}: within ±{number(margin)}, too small to matter.", **fields
        )
    if effect.p < alpha:
        return Claim(name, "refuted", f"{said}.", **fields)
    reason = f"{said}: nothing was found, but effects beyond ±{number(margin)} are not ruled out."
    return Claim(name, "inconclusive", reason, **fields)


def tweets_rarely_move_it(
    found: SplitEvidence | None,
    every: Estimate | None,
    posts: int,
    words: Wording,
    margin: float,
    alpha: float,
) -> Claim:
    """Judge whether ordinary tweets are shown not to matter.

    Parameters
    ----------
    found : SplitEvidence or None
        Tweets by their shares, where a source tells them.
    every : Estimate or None
        The effect of any tweet that shares no focal post; None without a Twitter channel.
    posts : int
        How many of those there are.
    words, margin, alpha
        As everywhere.
    """
    name = "tweets-rarely-move-it"
    fields: dict[str, Any] = {"unit": words.unit, "test": TWEETS_TEST}
    if every is None:
        return Claim(name, "untestable", "There is no Twitter channel in this study.", **fields)
    told = found is not None and found.posts[0] >= MIN_POSTS and found.first.known
    effect = found.first if told and found is not None else every
    count = found.posts[0] if told and found is not None else posts
    kind = f"with at most {QUIET_TWEET} shares" if told else "(its shares are not told)"
    if count < MIN_POSTS or not effect.known:
        reason = f"Only {count} tweets {kind} count; {MIN_POSTS} are needed."
        return Claim(name, "untestable", reason, **fields)
    if effect.rests_on < MIN_READINGS:
        return Claim(name, "untestable", _crowded(effect, words.unit), **fields)
    said = f"One more tweet {kind} goes with {_measured(effect, words.unit)}"
    return _too_small(name, effect, said, margin, alpha, fields)


def content_need_not_compel(
    found: Sequence[SplitEvidence], words: Wording, margin: float, alpha: float
) -> Claim:
    """Judge whether the kind of content is shown to make no difference."""
    name = "content-need-not-compel"
    fields: dict[str, Any] = {"unit": words.unit, "test": CONTENT_TEST}
    usable = [one for one in found if _usable(one)]
    if not usable:
        reason = (
            "The sources do not tell posts of two kinds apart by length, type or audience, with "
            f"{MIN_POSTS} of each, and enough days of them for {MIN_READINGS} readings to decide."
        )
        return Claim(name, "untestable", reason, **fields)
    adjusted = holm([one.difference.p for one in usable])
    hits = [
        one
        for one, p in zip(usable, adjusted, strict=True)
        if p < alpha and not one.difference.within(margin)
    ]
    if hits:
        strongest = min(hits, key=lambda one: one.difference.p)
        reason = f"{_contrast(strongest, words)}."
        shown = of_estimate(strongest.difference, alpha)
        return Claim(name, "refuted", reason, **fields, **shown)
    open_ones = [one for one in usable if not one.difference.within(margin)]
    widest = max(open_ones or usable, key=_reach)
    shown = of_estimate(widest.difference, alpha)
    if open_ones:
        reason = f"{_contrast(widest, words)}: a difference that matters is not ruled out."
        return Claim(name, "inconclusive", reason, **fields, **shown)
    asked = ", ".join(one.question for one in usable)
    reason = f"By {asked}: no difference beyond ±{number(margin)}. {_contrast(widest, words)}."
    return Claim(name, "supported", reason, **fields, **shown)


def _usable(found: SplitEvidence) -> bool:
    difference = found.difference
    enough = min(found.posts) >= MIN_POSTS and difference.rests_on >= MIN_READINGS
    return enough and difference.known


def _crowded(effect: Estimate, unit: str) -> str:
    said = crowded_words(effect)
    return (
        f"{said[:1].upper()}{said[1:]}; {MIN_READINGS} are needed, whatever the estimate says: "
        f"{_measured(effect, unit)}."
    )


def _reach(found: SplitEvidence) -> float:
    low, high = found.difference.interval(0.9)
    return max(abs(low), abs(high))


def _contrast(found: SplitEvidence, words: Wording) -> str:
    first, second = found.names
    return (
        f"By {found.question}, {first} against {second} ({found.posts[0]} and {found.posts[1]} "
        f"posts): {_measured(found.difference, words.unit)}"
    )
