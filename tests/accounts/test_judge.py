"""What is said of a population: a verdict for everything that its effects can come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from analysis.accounts.answer import limits_of
from analysis.accounts.effects import ChannelEffects
from analysis.accounts.judge import judge, spread_words
from analysis.accounts.meta import random_effects
from analysis.accounts.shares import share_of
from analysis.claims.base import Claim
from analysis.model.primary import Estimate

MARGIN, ALPHA, UNIT = 0.15, 0.05, "points per post"
CLEAR, ERROR = 0.5, 0.05
NOT_FOUND = (0.8, (2, 40.0), 0.5)
"""F, degrees of freedom and p of a joint test."""
FOUND = (9.0, (2, 40.0), 0.0004)


def channel(name: str, own: np.ndarray, error: float = ERROR) -> ChannelEffects:
    """Return a channel with these effects, each with this error."""
    errors = np.full(len(own), error)
    p = 2 * stats.norm.sf(np.abs(own / error))
    pooled = Estimate(0.0, 1.0, 9)
    mean = random_effects(own, errors)
    return ChannelEffects(name, own, errors, p, pooled, pooled, mean, share_of(own, p), 0)


def around(centre: float, accounts: int = 40, spread: float = 0.03) -> np.ndarray:
    return centre + np.linspace(-spread, spread, accounts)


@dataclass
class Found:
    """What is asked of a population: its channels, the focal one first, and its joint test."""

    channels: tuple[ChannelEffects, ...]
    test: tuple[float, tuple[int, float], float] | None = NOT_FOUND

    @property
    def others(self) -> tuple[ChannelEffects, ...]:
        return self.channels[1:]

    def joint(self) -> tuple[float, tuple[int, float], float] | None:
        return self.test


def judged(
    focal: ChannelEffects, *others: ChannelEffects, test: object = NOT_FOUND
) -> tuple[Claim, Claim, Claim]:
    return judge(Found((focal, *others), test), MARGIN, ALPHA, UNIT)  # type: ignore[arg-type]


BLOG = channel("blog", around(CLEAR))
NONE = channel("twitter", around(0.0))


def test_one_channel_that_is_found_and_one_that_is_not_are_the_headline() -> None:
    blogging, nothing, only = judged(BLOG, NONE)
    assert [claim.verdict for claim in (blogging, nothing, only)] == ["supported"] * 3
    assert blogging.reason.startswith("After one more post of 'blog' the score stands higher: +0.5")
    assert blogging.estimate == pytest.approx(CLEAR)
    assert nothing.reason == "On average every other channel stays within ±0.150 points per post."
    assert only.reason == f"{blogging.reason} {nothing.reason}"
    assert only.estimate == blogging.estimate
    assert (only.interval, only.p) == (blogging.interval, blogging.p)


def test_a_fall_refutes_and_is_told() -> None:
    blogging, nothing, only = judged(channel("blog", around(-CLEAR)), NONE)
    assert blogging.verdict == only.verdict == "refuted"
    assert blogging.reason.startswith("After one more post of 'blog' the score is lower: −0.5")
    assert "40 of 40 can be named, 40 of them with a fall." in blogging.reason
    assert only.reason == blogging.reason
    # What is not found cannot be alone in being found.
    assert nothing.verdict == "inconclusive"
    assert nothing.reason.endswith("neither was the focal one found to move the score.")


def test_no_difference_that_matters_refutes() -> None:
    blogging, _, only = judged(channel("blog", around(0.0)), NONE)
    assert blogging.verdict == only.verdict == "refuted"
    assert "makes no difference that matters" in blogging.reason
    assert "anything beyond ±0.150 is ruled out" in blogging.reason
    assert "No account can be named that responds; at most about" in blogging.reason


def test_what_is_too_uncertain_is_open_and_says_what_would_have_been_found() -> None:
    loose = channel("blog", around(0.1, accounts=4, spread=0.9), error=0.4)
    blogging, _, only = judged(loose, NONE)
    assert blogging.verdict == "inconclusive"
    assert blogging.detectable == pytest.approx(loose.estimate.detectable(ALPHA))
    assert "would have been found with 80\u202f% certainty" in blogging.reason
    assert only.verdict == "inconclusive"
    assert only.reason == (
        "No other channel reaches ±0.150 on average, but neither was the focal one found to move "
        "the score."
    )


def test_posts_on_two_accounts_are_no_population() -> None:
    few = channel("blog", around(CLEAR, accounts=2))
    blogging, _, only = judged(few, NONE)
    assert blogging.verdict == "untestable"
    assert blogging.reason == (
        "Only 2 accounts have posts of 'blog' enough for a verdict; 3 are needed."
    )
    assert (blogging.estimate, blogging.interval, blogging.p) == (None, None, None)
    assert only.verdict == "untestable"
    assert spread_words(few) == ""


def test_without_another_channel_or_a_joint_test_nothing_is_compared() -> None:
    alone = judged(BLOG)
    thin = judged(BLOG, channel("twitter", around(0.0, accounts=2)))
    assert alone[1] == thin[1]
    assert alone[1].verdict == "untestable"
    assert alone[1].reason == (
        "No other channel has posts enough on three accounts, so nothing can be compared."
    )
    assert (alone[2].verdict, alone[2].reason) == ("untestable", alone[1].reason)
    untested = judged(BLOG, NONE, test=None)[1]
    assert untested.verdict == "untestable"
    assert untested.reason == (
        "There are too few accounts, or days, to test the other channels together."
    )


def test_only_what_the_joint_test_lets_through_is_a_hit() -> None:
    strong, weak = channel("twitter", around(0.4)), channel("photos", around(-0.2, spread=0.1))
    _, nothing, only = judged(BLOG, NONE, weak, strong, test=FOUND)
    assert nothing.verdict == only.verdict == "refuted"
    assert nothing.reason.startswith("Another channel moves it. 'photos': −0.200 points per post")
    assert "; 'twitter': +0.400 points per post" in nothing.reason
    assert nothing.reason.endswith("joint test p < 0.001.")
    assert nothing.estimate == pytest.approx(0.4)  # of the one with the smallest p
    assert only.reason == nothing.reason
    assert judged(BLOG, NONE, weak, strong)[1].verdict == "inconclusive"


def test_together_but_none_alone_is_open() -> None:
    _, nothing, only = judged(BLOG, NONE, test=FOUND)
    assert nothing.verdict == only.verdict == "inconclusive"
    assert nothing.reason == "Together the other channels matter (p < 0.001), none alone is found."
    assert only.reason == nothing.reason


def test_a_wide_interval_of_another_channel_rules_nothing_out() -> None:
    wide = channel("photos", around(0.05, accounts=4, spread=0.4), error=0.3)
    _, nothing, only = judged(BLOG, NONE, wide)
    assert nothing.verdict == only.verdict == "inconclusive"
    assert nothing.estimate == pytest.approx(0.05)
    assert nothing.reason.endswith("for 'photos' does not rule out ±0.150.")


def test_none_on_average_but_on_many_accounts_is_open() -> None:
    split = channel("photos", np.tile([CLEAR, -CLEAR], 200))
    assert split.estimate.within(MARGIN)
    _, nothing, only = judged(BLOG, NONE, split)
    assert nothing.verdict == only.verdict == "inconclusive"
    assert " But accounts differ in 'photos': At least about 100\u202f%" in nothing.reason
    assert "400 of 400 can be named, 200 of them with a fall." in nothing.reason


def test_the_limits_say_who_and_what_was_left_out_and_what_does_not_fit() -> None:
    class Whole(Found):
        grams = range(40)
        thin = 3
        mended = False

    found = Whole((BLOG, NONE))
    manifest = {
        "accounts": {"without readings": 1_200, "without posts": 0},
        "set_aside": {"activity": {"repost": 7, "no time": 0}, "accounts": {}},
    }
    said = limits_of(manifest, found, rows=True)  # type: ignore[arg-type]
    assert said[-2] == (
        "40 accounts were fitted. Left out: 1,200 without readings, 3 with too few readings."
    )
    assert said[-1] == "Rows that were set aside: 7 activity: repost."
    assert any("--cluster account-day allows for such days" in each for each in said)
    found.mended = True
    both = limits_of(manifest, found, rows=False, cluster="account-day")  # type: ignore[arg-type]
    assert any(each.endswith("set to zero): there is no joint test.") for each in both)
    assert both[-1].startswith("Each account's own error is the classical one")
    found.mended, found.thin = False, 0
    manifest = {"accounts": {"without readings": 0, "without posts": 0}, "set_aside": {}}
    quiet = limits_of(manifest, found, rows=True, cluster="account-day")  # type: ignore[arg-type]
    assert quiet[-1] == "40 accounts were fitted."
    assert not any("joint test." in each for each in quiet[:3])
