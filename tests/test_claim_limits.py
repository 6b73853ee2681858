"""Verdicts at their limits, with the numbers that they rest on and every word that tells them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.base import (
    Claim,
    Wording,
    interval_words,
    number,
    of_estimate,
    p_words,
    percent,
)
from analysis.claims.headline import (
    answer_sentence,
    blogging_moves_score,
    nothing_else_correlates,
    only_blogging,
)
from analysis.claims.ledger import judge, margin_of, never_moves, wording_of
from analysis.claims.links import (
    content_need_not_compel,
    facebook_activity,
    sharing_matters,
    tweets_rarely_move_it,
)
from analysis.claims.rhythm import silence_lowers_score, upticks_follow_posts
from analysis.claims.scheme import algorithm_change
from analysis.claims.soundness import share_words
from analysis.evidence.reactions import Reactions
from analysis.evidence.splits import SplitEvidence
from analysis.evidence.steps import BreakSearch, Step
from analysis.model.primary import Estimate
from tests.builders import panel_of, simulated_panel
from tests.test_claims import (
    FLAT,
    HIT,
    NOTHING,
    OPEN,
    STRONG,
    VAGUE,
    WORDS,
    channel,
    silence,
    table,
    upticks,
)

MARGIN, ALPHA = 0.15, 0.05
SPACE = "\u202f"


def interval(effect: Estimate) -> str:
    low, high = effect.interval()
    return f"95{SPACE}% interval {number(low)} to {number(high)}"


def measured(effect: Estimate, unit: str = "points per post") -> str:
    return f"{number(effect.value, signed=True)} {unit} ({interval(effect)}, {p_words(effect.p)})"


# Words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-6, "0.000001"),
        (9.99e-7, "9.99e-07"),
        (0.00123, "0.00123"),
        (0.0000123, "0.000012"),
        (1.0, "1.00"),
        (9.87, "9.87"),
        (10.0, "10.0"),
        (100.0, "100"),
        (123_456_789.0, "123,456,789"),
        (1e9, "1.00e+09"),
        (-1.5, "−1.50"),
        (float("inf"), "n/a"),
    ],
)
def test_numbers_have_three_digits_at_most_six_places(value: float, text: str) -> None:
    assert number(value) == text


def test_signs_intervals_p_and_shares() -> None:
    assert (number(0.5, signed=True), number(-0.5, signed=True)) == ("+0.500", "−0.500")
    assert number(0.0, signed=True) == "+0"
    assert interval_words((-0.5, 2.0)) == "−0.500 to 2.00"
    told = [p_words(p) for p in (0.000999, 0.001, 0.0994, 0.1, 0.5)]
    assert told == ["p < 0.001", "p = 0.001", "p = 0.099", "p = 0.10", "p = 0.50"]
    assert [percent(share) for share in (0.0, 0.354, 1.0)] == [f"{n}{SPACE}%" for n in (0, 35, 100)]
    told = [share_words(share) for share in (0.0995, 0.0994, 0.0005, 0.000499)]
    assert told == [f"10{SPACE}%", f"9.9{SPACE}%", f"0.1{SPACE}%", f"under 0.1{SPACE}%"]


def test_what_things_are_called() -> None:
    panel = simulated_panel(0, 60)
    assert wording_of(panel) == Wording("blog", "points per post", 48)
    flow = panel_of(panel.score, {"notes": np.zeros(60)}, focal="notes", kind="flow", window_days=3)
    words = wording_of(flow)
    assert words == Wording("notes", "points a day per post", 72)
    assert (WORDS.post, words.post) == ("blog post", "post in 'notes'")
    assert margin_of(panel, 0.3) == (0.3, "study.toml")
    assert margin_of(panel, None)[1] == "a quarter of the standard deviation of the daily change"
    assert margin_of(flow, None)[1] == "a quarter of the standard deviation of the score"
    spiky = panel.score.copy()
    spiky[30:] += 500
    told = margin_of(panel_of(spiky, {"blog": np.zeros(60)}), None)[1]
    assert told.endswith("of the daily change in nine of ten days, as a few set it else")


def test_an_estimate_that_is_not_known_fills_nothing() -> None:
    known = Estimate(0.2, 0.1, 50)
    assert of_estimate(known, 0.1) == {
        "estimate": 0.2,
        "interval": known.interval(0.95),
        "p": known.p,
        "detectable": known.detectable(0.1),
    }
    assert of_estimate(Estimate(0.2, 0.0, 50), 0.05) == {}


# The headline


@pytest.mark.parametrize("few", [{"posts": 10}, {"quiet": 10}])
def test_ten_events_are_enough(few: dict[str, int]) -> None:
    focal = channel("blog", 0.5, 0.05, **few)
    claim = blogging_moves_score(table(focal, FLAT), WORDS)
    assert claim.verdict == "supported"
    assert (
        claim.reason
        == f"After one more blog post the score stands higher: {measured(focal.effect)}."
    )


def test_every_reason_of_the_focal_claim() -> None:
    def reason(focal: object) -> str:
        return blogging_moves_score(table(focal, FLAT), WORDS).reason  # type: ignore[arg-type]

    small = channel("blog", 0.1, 0.01)
    assert reason(small) == (
        f"After one more blog post the score stands higher: {measured(small.effect)}."
        " It is itself below the smallest effect that matters here, 0.150."
    )
    lower = channel("blog", -0.5, 0.05)
    assert (
        reason(lower) == f"After one more blog post the score is lower: {measured(lower.effect)}."
    )
    assert reason(NOTHING) == (
        f"One more blog post makes no difference that matters: {measured(NOTHING.effect)}, "
        "and anything beyond ±0.150 is ruled out."
    )
    assert reason(VAGUE) == (
        f"No effect was found ({measured(VAGUE.effect)}), but only one of "
        f"{number(VAGUE.effect.detectable())} points per post or more would have been found with "
        f"80{SPACE}% certainty."
    )
    nine = channel("blog", 2.0, 0.01, posts=9)
    assert reason(nine) == (
        "Only 9 posts count; 10 are needed before a verdict, whatever the estimate says: "
        f"{measured(nine.effect)}."
    )
    quiet = channel("blog", 2.0, 0.01, quiet=9)
    assert reason(quiet) == (
        "Only 9 readings have no blog post in the 48 hours before; 10 are needed to compare with: "
        f"{measured(quiet.effect)}."
    )


@pytest.mark.parametrize("value", [0.5, -0.5])
def test_a_finding_lost_beside_its_rivals_is_open(value: float) -> None:
    focal = replace(
        channel("blog", value, 0.05),
        lost=True,
        beside=Estimate(0.02, 0.05, 190),
        rivals=("slow movements of the score", "where the score stands"),
    )
    claim = blogging_moves_score(table(focal, FLAT), WORDS)
    assert claim.verdict == "inconclusive"
    where = "stands higher" if value > 0 else "is lower"
    assert claim.reason == (
        f"After one more blog post the score {where}: {measured(focal.effect)}. But with slow "
        "movements of the score and where the score stands held fixed the effect of blog is "
        f"+0.0200 ({p_words(Estimate(0.02, 0.05, 190).p)}) and the tests no longer pass: posting "
        "and the score's daily change may only drift together, or it may be where the score "
        "stands that both follow."
    )


SECOND = channel("mastodon", -0.4, 0.08)


def test_a_rival_is_named_with_its_numbers_the_surest_first() -> None:
    claim = nothing_else_correlates(table(STRONG, SECOND, HIT, FLAT, joint_p=0.001), WORDS)
    assert claim.verdict == "refuted"
    assert claim.reason == (
        f"Twitter moves it too, +0.300 points per post ({interval(HIT.effect)}); mastodon moves it "
        f"too, −0.400 points per post ({interval(SECOND.effect)}); joint test p = 0.001."
    )
    assert (claim.estimate, claim.interval) == (0.3, HIT.effect.interval())
    assert (claim.p, claim.detectable) == (0.001, HIT.effect.detectable())
    assert claim.unit == "points per post in twitter"
    alone = nothing_else_correlates(table(VAGUE, HIT, joint_p=0.001), WORDS)
    assert alone.reason.startswith("Twitter moves it, +0.300")


def test_rivals_that_are_lost_leave_it_open() -> None:
    lost = replace(
        HIT, lost=True, beside=Estimate(0.01, 0.04, 190), rivals=("where the score stands",)
    )
    weaker = replace(lost, name="mastodon", effect=SECOND.effect)
    claim = nothing_else_correlates(table(STRONG, weaker, lost, OPEN, joint_p=0.001), WORDS)
    assert claim.verdict == "inconclusive"
    assert claim.reason.startswith("Twitter goes with it too, +0.300")
    assert "; mastodon goes with it too, −0.400" in claim.reason
    assert "with where the score stands held fixed the effect of twitter is +0.0100" in claim.reason
    assert claim.estimate == 0.3
    sentence = answer_sentence(
        replace(claim, id="only-blogging"),
        blogging_moves_score(table(STRONG, lost), WORDS),
        claim,
        table(STRONG, weaker, lost, OPEN, joint_p=0.001),
        WORDS,
    )
    assert sentence.endswith(
        "but whether mastodon and twitter does or only goes with it cannot be said."
    )


def test_the_widest_interval_keeps_it_open() -> None:
    wide = channel("g", -0.05, 0.2)
    evidence = table(STRONG, OPEN, wide, FLAT, channel("few", 1.0, 0.1, posts=3))
    claim = nothing_else_correlates(evidence, WORDS)
    assert claim.verdict == "inconclusive"
    ends = {one.name: max(map(abs, one.effect.interval(0.9))) for one in (OPEN, wide)}
    assert claim.reason == (
        "Nothing else was found (joint test p = 0.50), but effects beyond ±0.150 points per post "
        f"are not ruled out: facebook up to {number(ends['facebook'])}; g up to "
        f"{number(ends['g'])}. Not judged: few."
    )
    assert (claim.estimate, claim.unit) == (-0.05, "points per post in g")


def test_nothing_else_needs_a_something() -> None:
    two = table(STRONG, FLAT, replace(FLAT, name="g"), channel("few", 1.0, 0.1, posts=3))
    claim = nothing_else_correlates(two, WORDS)
    assert claim.reason == (
        "Each of instagram and g is within ±0.150 points per post of no effect; joint test "
        "p = 0.50. Not judged: few."
    )
    assert nothing_else_correlates(two, WORDS, found=False).verdict == "inconclusive"
    assert nothing_else_correlates(table(VAGUE, FLAT), WORDS, found=True).verdict == "supported"
    lower = table(channel("blog", -0.5, 0.05), FLAT)
    assert nothing_else_correlates(lower, WORDS).reason == (
        "No other channel matters by more than ±0.150 points per post, but neither was blog found "
        "to: 'nothing else' needs a 'something'."
    )


def test_three_names_are_a_list() -> None:
    three = table(STRONG, FLAT, replace(FLAT, name="g"), replace(FLAT, name="h"))
    reason = nothing_else_correlates(three, WORDS).reason
    assert reason.startswith("Each of instagram, g and h is within ±0.150")


def test_together_they_may_matter_without_a_name() -> None:
    claim = nothing_else_correlates(table(STRONG, FLAT, joint_p=0.01), WORDS)
    assert claim.reason == (
        "Together the other channels matter (p = 0.01), but no single one can be named."
    )
    assert claim.verdict == "inconclusive"


def headline(evidence: object) -> tuple[Claim, str]:
    blogging = blogging_moves_score(evidence, WORDS)  # type: ignore[arg-type]
    nothing = nothing_else_correlates(evidence, WORDS)  # type: ignore[arg-type]
    only = only_blogging(blogging, nothing, WORDS)
    return only, answer_sentence(only, blogging, nothing, evidence, WORDS)  # type: ignore[arg-type]


def test_the_headline_is_answered_in_a_sentence() -> None:
    strong = f"+0.500 points per post, {interval(STRONG.effect)}"
    only, said = headline(table(STRONG, FLAT))
    assert (only.estimate, only.p) == (0.5, STRONG.effect.p)
    assert said == (
        f"Yes: blogging moves the score ({strong}), and instagram, the only other channel that "
        "could be judged, does not matter."
    )
    _, said = headline(table(STRONG, FLAT, replace(FLAT, name="g"), channel("few", 1, 1, posts=3)))
    assert said == (
        f"Yes: blogging moves the score ({strong}), and none of the 2 other channels that could be "
        "judged matters. Not judged: few."
    )
    only, said = headline(table(STRONG, HIT, joint_p=0.001))
    assert (only.estimate, only.unit) == (0.3, "points per post in twitter")
    assert (only.interval, only.p) == (HIT.effect.interval(), 0.001)
    assert said == (
        f"No: blogging moves the score ({strong}), but so does something else. {only.reason}"
    )
    _, said = headline(table(channel("blog", -0.5, 0.05), HIT, joint_p=0.001))
    assert said.startswith("No: blogging lowers the score, and something else moves it. Twitter")
    _, said = headline(table(NOTHING, HIT, joint_p=0.001))
    assert said.startswith("No: blogging does not matter, and something else moves it. Twitter")
    _, said = headline(table(VAGUE, HIT, joint_p=0.001))
    assert said.startswith("No: something else moves it. Twitter moves it, +0.300")
    only, said = headline(table(NOTHING, FLAT))
    assert said == f"No: o{only.reason[1:]}"
    _, said = headline(table(STRONG))
    assert said == (
        "These data cannot say: no other channel was collected, so there is nothing to compare "
        "with."
    )
    only, said = headline(table(VAGUE, FLAT))
    assert said.startswith(
        "Cannot tell: these data do not even show whether blogging moves the score. No effect was"
    )
    assert only.reason.startswith("Not even blog's own part is known. No effect was found")


def test_what_keeps_the_headline_open_is_named() -> None:
    strong = f"+0.500 points per post, {interval(STRONG.effect)}"
    only, said = headline(table(STRONG, OPEN))
    end = number(max(map(abs, OPEN.effect.interval(0.9))))
    assert only.reason.startswith(
        "That blog moves it is known; that nothing else does is not. Nothing else was found"
    )
    assert said == (
        f"Cannot tell: blogging moves the score ({strong}), but these data cannot rule out that "
        f"facebook matters, too (90{SPACE}% interval up to {end}; 0.150 points per post would)."
    )
    wide = channel("g", -0.05, 0.2)
    _, said = headline(table(STRONG, OPEN, wide))
    assert "rule out that g matters, too" in said
    assert said.endswith("points per post would), and likewise facebook.")
    _, said = headline(table(STRONG, FLAT, joint_p=0.01))
    assert said.endswith("but the other channels together matter too, though none can be named.")


def test_a_score_that_never_moves_says_so() -> None:
    days = np.arange(200.0)
    posts = np.random.default_rng(0).poisson(0.3, 200).astype(float)
    for score in (np.full(200, 50.0), 50 + 0.1 * days):
        panel = panel_of(score, {"blog": posts})
        assert never_moves(panel)
        assert judge(panel).sentence == (
            "These data cannot say: the score never changes, or always by the same amount: "
            "nothing can move it."
        )
    assert not never_moves(panel_of(50 + 0.1 * days + (days == 100) * 1e-9, {"blog": posts}))
    assert never_moves(panel_of(np.full(200, np.nan), {"blog": posts}))


# Rhythm


def test_silence_is_told_in_its_unit() -> None:
    found = silence(-0.2, 0.03, -0.3)
    drift = found.drift
    level = silence_lowers_score(found, WORDS, "level", MARGIN, ALPHA)
    assert (level.unit, level.estimate, level.interval) == ("points a day", -0.2, drift.interval())
    assert level.reason == (
        "After 3 or more days without a blog post the score falls: −0.200 points a day "
        f"({interval(drift)}, {p_words(drift.p)}, 60 readings); its own past alone, as of a "
        "smoothed score that must come down by itself, would give −0.0100."
    )
    flow = silence_lowers_score(found, WORDS, "flow", MARGIN, ALPHA)
    assert flow.unit == "points"
    assert "−0.200 points (95" in flow.reason
    none = silence_lowers_score(None, WORDS, "flow", MARGIN, ALPHA)
    assert (none.unit, none.verdict) == ("points", "untestable")
    assert none.reason == (
        "There are no readings after 3 days without a blog post, or none other, so there is "
        "nothing to compare."
    )
    assert silence_lowers_score(None, WORDS, "level", MARGIN, ALPHA).unit == "points a day"


def test_what_silence_rules_out_is_a_third_of_the_margin_a_day_or_all_of_a_flow() -> None:
    found = silence(0.0, 0.05, 0.0)
    bound = found.drift.interval(0.9)[0]
    assert -0.15 < bound < -0.05
    assert silence_lowers_score(found, WORDS, "level", MARGIN, ALPHA).verdict == "inconclusive"
    flow = silence_lowers_score(found, WORDS, "flow", MARGIN, ALPHA)
    assert flow.verdict == "refuted"
    assert "does not fall by as much as 0.150 points: +0 points (95" in flow.reason


@pytest.mark.parametrize(
    ("quiet", "active", "verdict"),
    [(10, 10, "supported"), (9, 10, "inconclusive"), (10, 9, "inconclusive")],
)
def test_ten_readings_of_either_kind(quiet: int, active: int, verdict: str) -> None:
    found = replace(silence(-0.2, 0.03, -0.3), quiet=quiet, active=active)
    assert silence_lowers_score(found, WORDS, "level", MARGIN, ALPHA).verdict == verdict


def test_a_fall_that_is_no_deeper_than_on_other_days_is_open() -> None:
    for against in (Estimate(0.3, 0.03, 150), Estimate(float("nan"), float("nan"), 150)):
        found = replace(silence(-0.2, 0.03, -0.3), against=against)
        claim = silence_lowers_score(found, WORDS, "level", MARGIN, ALPHA)
        assert claim.verdict == "inconclusive"
        assert (
            f"; but the difference from other days, {number(against.value, signed=True)} (p"
        ) in claim.reason


def test_ten_upticks_are_enough() -> None:
    assert upticks_follow_posts(upticks(9, 10, 0.3, 0.05), WORDS, ALPHA).verdict == "supported"
    nine = upticks_follow_posts(upticks(9, 9, 0.3, 0.05), WORDS, ALPHA)
    assert nine.reason.endswith("9 upticks are too few; 10 are needed.")


def test_upticks_are_told_with_their_numbers() -> None:
    found = upticks(30, 36, 0.3, 0.05)
    claim = upticks_follow_posts(found, WORDS, ALPHA)
    assert (claim.estimate, claim.interval) == (30 / 36, found.share_interval)
    assert (claim.p, claim.detectable) == (found.test.p, found.detectable)  # type: ignore[union-attr]
    assert claim.unit == "share of upticks"
    assert claim.reason == (
        f"83{SPACE}% of 36 upticks follow a blog post within 48 hours; so do "
        f"{percent(found.base)} of all {found.readings} readings: one more post makes an uptick "
        f"likelier (+30.0 percentage points, p < 0.001), and most have one before them, though "
        f"17{SPACE}% have none."
    )
    open_ = upticks_follow_posts(upticks(20, 36, 0.2, 0.05), WORDS, ALPHA).reason
    low, high = upticks(20, 36, 0.2, 0.05).share_interval
    assert open_.endswith(f"is open ({percent(low)} to {percent(high)}).")
    few = upticks_follow_posts(upticks(8, 36, 0.02, 0.05), WORDS, ALPHA)
    assert few.reason.endswith(": most upticks have no blog post before them.")
    unknown = replace(found, test=Estimate(0.3, 0.0, 150))
    assert upticks_follow_posts(unknown, WORDS, ALPHA).verdict == "untestable"
    assert upticks_follow_posts(replace(found, test=None), WORDS, ALPHA).verdict == "untestable"


# What it takes


def parted(
    first: Estimate, second: Estimate, difference: Estimate, posts: tuple[int, int] = (40, 30)
) -> SplitEvidence:
    return SplitEvidence("blog", "length", ("long", "short"), posts, first, second, difference)


ONE, OTHER = Estimate(0.5, 0.05, 200), Estimate(0.1, 0.04, 200)
APART = Estimate(0.4, 0.06, 200)


def test_sharing_needs_ten_of_either_kind() -> None:
    found = parted(ONE, OTHER, APART, (10, 10))
    claim = sharing_matters(found, WORDS, MARGIN, ALPHA)
    assert claim.verdict == "supported"
    assert claim.reason == (
        "A blog post that is shared adds +0.500, one that is not +0.100; the difference is "
        f"{measured(APART)}."
    )
    assert (claim.estimate, claim.unit, claim.p) == (0.4, "points per post", APART.p)
    for posts, way_out in (
        ((10, 9), "Leaving a share out on days drawn at random would tell."),
        ((9, 10), "Sharing on days drawn at random would tell."),
    ):
        claim = sharing_matters(replace(found, posts=posts), WORDS, MARGIN, ALPHA)
        assert claim.verdict == "untestable"
        assert claim.reason == (
            f"{posts[0]} posts were shared within 48 hours and {posts[1]} were not; 10 of each are "
            f"needed. {way_out}"
        )
    unknown = replace(found, difference=Estimate(0.4, 0.0, 200))
    assert sharing_matters(unknown, WORDS, MARGIN, ALPHA).verdict == "untestable"
    none = sharing_matters(replace(found, posts=(0, 0)), WORDS, MARGIN, ALPHA)
    assert none.reason == "No blog post has an address by which a share of it could be recognized."


def test_reactions_are_told_with_their_dose() -> None:
    effect = Estimate(0.5, 0.05, 200)
    claim = facebook_activity(Reactions("facebook", 10, 20.0, effect), WORDS, MARGIN, ALPHA)
    assert (claim.verdict, claim.estimate, claim.unit) == ("refuted", 0.5, "points")
    said = f"20.0 more reactions at the same number of posts go with {measured(effect, 'points')}"
    assert claim.reason == f"{said}."
    nine = facebook_activity(Reactions("facebook", 9, 20.0, effect), WORDS, MARGIN, ALPHA)
    assert nine.reason == f"Only 9 posts; 10 are needed. {said}."
    assert nine.estimate == 0.5
    unknown = Reactions("facebook", 60, 20.0, Estimate(0.5, 0.0, 200))
    for found in (None, unknown):
        claim = facebook_activity(found, WORDS, MARGIN, ALPHA)
        assert claim.verdict == "untestable"
        assert claim.reason.startswith("No source tells enough of how many reactions")
    assert facebook_activity(None, WORDS, MARGIN, ALPHA, there=False).reason == (
        "There is no Facebook channel in this study."
    )


def test_tweets_are_told_by_their_shares_where_ten_are_known() -> None:
    every = Estimate(0.4, 0.02, 200)
    quiet = Estimate(0.01, 0.02, 200)
    found = parted(quiet, every, APART, (10, 3))
    claim = tweets_rarely_move_it(found, every, 99, WORDS, MARGIN, ALPHA)
    assert claim.verdict == "supported"
    assert claim.reason == (
        f"One more tweet with at most 3 shares goes with {measured(quiet)}: within ±0.150, too "
        "small to matter."
    )
    for few in (replace(found, posts=(9, 30)), replace(found, first=Estimate(0.01, 0.0, 200))):
        claim = tweets_rarely_move_it(few, every, 99, WORDS, MARGIN, ALPHA)
        assert claim.reason == (
            f"One more tweet (its shares are not told) goes with {measured(every)}."
        )
        assert (claim.verdict, claim.estimate) == ("refuted", 0.4)
    ten = tweets_rarely_move_it(None, every, 10, WORDS, MARGIN, ALPHA)
    assert ten.verdict == "refuted"
    unknown = tweets_rarely_move_it(None, Estimate(0.4, 0.0, 9), 50, WORDS, MARGIN, ALPHA)
    assert unknown.reason == "Only 50 tweets (its shares are not told) count; 10 are needed."
    wide = Estimate(0.1, 0.2, 200)
    assert tweets_rarely_move_it(None, wide, 50, WORDS, MARGIN, ALPHA).reason == (
        f"One more tweet (its shares are not told) goes with {measured(wide)}: nothing was found, "
        "but effects beyond ±0.150 are not ruled out."
    )


def test_content_is_told_by_the_contrast_that_decides() -> None:
    flat = parted(ONE, OTHER, Estimate(0.0, 0.03, 200))
    kind = replace(flat, question="type", names=("usual", "other"))
    little = replace(kind, difference=Estimate(-0.02, 0.03, 200))
    claim = content_need_not_compel([flat, little], WORDS, MARGIN, ALPHA)
    assert claim.reason == (
        "By length, type: no difference beyond ±0.150. By type, usual against other (40 and 30 "
        f"posts): {measured(little.difference)}."
    )
    assert (claim.verdict, claim.estimate) == ("supported", -0.02)
    strong, stronger = (
        replace(kind, difference=Estimate(value, 0.05, 200)) for value in (0.5, -0.6)
    )
    claim = content_need_not_compel([strong, stronger, flat], WORDS, MARGIN, ALPHA)
    assert (claim.verdict, claim.estimate) == ("refuted", -0.6)
    wide, wider = (replace(kind, difference=Estimate(0.1, error, 200)) for error in (0.2, 0.3))
    claim = content_need_not_compel([wide, wider, flat], WORDS, MARGIN, ALPHA)
    assert (claim.verdict, claim.interval) == ("inconclusive", wider.difference.interval())
    assert claim.reason.endswith(": a difference that matters is not ruled out.")
    for ten, verdict in (((10, 10), "supported"), ((9, 10), "untestable")):
        found = [replace(flat, posts=ten)]
        assert content_need_not_compel(found, WORDS, MARGIN, ALPHA).verdict == verdict
    # Told from zero, but too small to matter: no hit.
    small = replace(flat, difference=Estimate(0.05, 0.01, 200))
    assert content_need_not_compel([small], WORDS, MARGIN, ALPHA).verdict == "supported"


# The scheme

DAY = dt.date(2011, 10, 26)


def test_the_drop_that_decides_is_told_with_its_numbers() -> None:
    rise = Step(dt.date(2011, 2, 15), 0.2, -0.3, 0.7, 1.5, 0.8, 0.4)
    drop = Step(DAY, -8.0, -8.5, -7.5, 1.5, 0.002, 0.4)
    deeper = Step(dt.date(2012, 8, 14), -9.0, -9.5, -8.5, 1.5, 0.6, 0.4)
    claim = algorithm_change([rise, drop, deeper], None, ALPHA, ())
    assert claim.verdict == "supported"
    assert (claim.estimate, claim.interval, claim.p) == (-8.0, (-8.5, -7.5), pytest.approx(0.006))
    assert claim.detectable == drop.detectable
    assert claim.reason == (
        f"On 2011-10-26 the score moved by −8.00 points (95{SPACE}% interval −8.50 to −7.50, "
        "p = 0.006); the largest ordinary move over as many days is 1.50."
    )
    claim = algorithm_change([rise], None, ALPHA, (rise.date, DAY, dt.date(2012, 8, 14)))
    assert claim.verdict == "inconclusive"
    assert claim.reason.endswith(
        "is 1.50; the change of 2011-10-26, 2012-08-14 cannot be measured."
    )
    assert claim.reason.startswith("On 2011-02-15 the score moved by +0.200 points (95")
    assert algorithm_change([], None, ALPHA, (DAY,)).reason == (
        "The change of 2011-10-26 cannot be measured: no readings close enough on both sides."
    )


def test_a_drop_as_large_as_an_ordinary_move_is_not_ruled_out() -> None:
    near = Step(DAY, -1.0, -1.5, -0.5, 1.5, 0.3, 0.4)
    assert algorithm_change([near], None, ALPHA).verdict == "inconclusive"
    assert algorithm_change([replace(near, low=-1.4)], None, ALPHA).verdict == "refuted"


def test_the_search_is_told_where_no_date_is_known() -> None:
    search = BreakSearch(
        DAY,
        dt.date(2011, 10, 1),
        dt.date(2011, 11, 1),
        12.5,
        0.02,
        None,
        None,  # type: ignore[arg-type]
    )
    claim = algorithm_change([], search, ALPHA)
    assert claim.reason == (
        "study.toml names no known change of the scheme ([[breaks]]). The likeliest date of an "
        "unknown one is 2011-10-26 (between 2011-10-01 and 2011-11-01), largest F 12.5, p = 0.02 "
        "for the whole search."
    )
    assert algorithm_change([], None, ALPHA).reason.endswith("([[breaks]]).")
