"""Checks, other ways and hidden events: every word that tells them, and where each begins."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import analysis
from analysis.claims.agreement import agreement
from analysis.claims.base import Wording, interval_words, number, p_words
from analysis.claims.headline import blogging_moves_score, nothing_else_correlates, only_blogging
from analysis.claims.ledger import judge, never_moves
from analysis.claims.record import confirmation_record
from analysis.claims.scheme import algorithm_change
from analysis.claims.soundness import (
    dominance_words,
    robustness_words,
    sensitivity_words,
    soundness_records,
)
from analysis.evidence.channels import ChannelTable
from analysis.evidence.confirm import Confirmation, NegativeControl
from analysis.evidence.curve import specification_curve
from analysis.evidence.diagnostics import reference
from analysis.evidence.dominance import Dominance
from analysis.evidence.drift import drift_p, slow_columns
from analysis.evidence.equivalence import JointEquivalence, partial_f, provable_margins
from analysis.evidence.leads import Leads, placebo_leads
from analysis.evidence.placebo import Placebo, Rank, Regime
from analysis.evidence.reactions import reaction_evidence
from analysis.evidence.robustness import Reestimate, Robustness, jumps, robustness
from analysis.evidence.sensitivity import Sensitivity, Strength
from analysis.evidence.silence import silence_evidence
from analysis.evidence.soundness import Soundness
from analysis.evidence.specifications import LAGS, samples, settings
from analysis.evidence.steps import Step, flow_step, level_step
from analysis.evidence.structural import LEVEL, second_opinion
from analysis.evidence.upticks import wilson
from analysis.model.batch import focal_fits, share
from analysis.model.design import own_lags, primary_design
from analysis.model.ols import FTest, fit_hc3
from analysis.model.primary import Estimate, fit_primary
from analysis.model.wild import WildBootstrap
from analysis.panel import BACK, Part
from tests.builders import panel_of, simulated_panel, write_study
from tests.test_claims import FLAT, NOTHING, OPEN, STRONG, channel, table

WORDS = Wording("blog", "points per post", 48)
SPACE = "\u202f"


def ranked(t: float, beyond: int, among: int) -> np.ndarray:
    found = np.zeros(among)
    found[:beyond] = 2 * t
    return found


def confirmation(
    evidence: ChannelTable,
    shifted: tuple[int, int] | None = (0, 999),
    wild: tuple[int, int] | None = (0, 9999),
    leads: Estimate | None = None,
    control: Estimate | None = None,
    joint: JointEquivalence | None = None,
) -> Confirmation:
    """Return a confirmation of which every part is said."""
    regime = Regime(0, 100, dt.date(2012, 1, 2), dt.date(2012, 4, 10), True)
    still = replace(regime, movable=False)
    of_control = None if control is None else replace(FLAT, name="dead", effect=control)
    return Confirmation(
        table=evidence,
        shifts=shifted
        and Placebo(2.5, ranked(2.5, *shifted), Rank(2.0, np.ones(3)), (regime, still), 5000),
        wild=wild and WildBootstrap(2.5, ranked(2.5, *wild)),
        leads=None if leads is None else Leads(FTest(3.0, (2, 100), leads.p), leads, 120),
        control=of_control and NegativeControl(of_control, 0.07),
        joint=joint,
        margins=provable_margins(evidence),
    )


SMALL = JointEquivalence(0.01, 0.05, 0.001, 0.03)
TOGETHER_OPEN = JointEquivalence(0.01, 0.05, 0.4, 0.08)


def test_the_checks_say_what_they_found() -> None:
    still = Estimate(0.01, 0.03, 200)
    found = agreement(
        confirmation(table(STRONG, FLAT), leads=still, control=still, joint=SMALL), "points"
    )
    assert found.agree is True
    assert [check.found for check in found.checks] == [
        "0 of 999 reach the real t of 2.50 (p = 0.001)",
        "0 of 9,999 such accounts do (p < 0.001)",
        f"No sign of it: a reading differs by +0.0100 points per post that follows "
        f"({p_words(still.p)})",
        f"+0.0100 points (90{SPACE}% interval {interval_words(still.interval(0.9))}, "
        f"{p_words(still.p)})",
        f"Yes: they explain at most 3{SPACE}% of what nothing else does (p = 0.001 against "
        f"5{SPACE}%)",
    ]
    assert [check.standing for check in found.checks] == [
        "agrees", "agrees", "stands aside", "agrees", "agrees",
    ]  # fmt: skip
    assert found.sentence == (
        f"The primary analysis finds an effect of blog ({p_words(STRONG.effect.p)}), and all 4 "
        "checks that could be made agree."
    )
    record = confirmation_record(
        confirmation(table(STRONG, FLAT), leads=still, control=still, joint=SMALL), "points"
    )
    assert record["shifts"]["regimes"] == [
        {"start": "2012-01-02", "end": "2012-04-10", "shifts": 87},
        {"start": "2012-01-02", "end": "2012-04-10", "shifts": 0},
    ]
    assert (record["shifts"]["calendars"], record["shifts"]["possible"]) == (999, 5000)
    assert record["wild"]["draws"] == 9999
    assert record["leads"]["interval"] == list(still.interval())
    assert record["negative_control"]["reach"] == 0.07
    assert record["joint_equivalence"]["provable"] == 0.03
    nothing = confirmation_record(confirmation(table(STRONG), None, None), "points")
    for name in ("shifts", "wild", "leads", "negative_control", "joint_equivalence", "agree"):
        assert nothing[name] is None


def test_checks_that_do_not_agree_say_why() -> None:
    speaks = Estimate(0.5, 0.05, 200)
    found = agreement(
        confirmation(
            table(STRONG, FLAT), (99, 999), (999, 9999), leads=speaks, control=speaks,
            joint=TOGETHER_OPEN,
        ),
        "points",
    )  # fmt: skip
    assert found.agree is False
    leaning = (
        "the two fall on different sides of 0.0500, so the finding leans on what is assumed of "
        "chance: believe the larger, p = 0.10"
    )
    assert [check.why for check in found.checks] == [
        leaning,
        leaning,
        "",
        "dead goes with the score though it can do nothing: something unseen moves both, and "
        "other effects of 0.500 may be no more than that",
        f"each alone lies within ±0.150 points, but together they may still explain 7{SPACE}%",
    ]
    assert found.checks[2].found.startswith("It seems so: a reading differs by +0.500 points")
    assert "; 0 of 4 checks agree. Those which do not: shifted calendars (the two" in found.sentence
    assert found.sentence.endswith(
        f" Readings are also higher in the 48 hours before a post ({p_words(speaks.p)}): you seem "
        "to post because of the score, or something unseen drives both. In the first case the "
        "primary stays valid, as it counts only posts made before a reading; in the second it does "
        "not."
    )
    lower = confirmation(table(STRONG, FLAT), leads=Estimate(-0.5, 0.05, 200))
    assert "Readings are also lower in the 48 hours" in agreement(lower, "points").sentence


def test_one_check_against_the_others() -> None:
    one = agreement(
        confirmation(table(NOTHING, OPEN), (0, 999), (5000, 9999), joint=SMALL), "points"
    )
    assert one.sentence.startswith(
        f"The primary analysis finds no effect of blog ({p_words(NOTHING.effect.p)}); 1 of 3 "
        "checks agree. Those which do not: shifted calendars ("
    )
    assert one.checks[4].why == (
        f"together they explain at most 3{SPACE}%, but alone facebook may still reach beyond "
        "±0.150 points"
    )
    alone = agreement(confirmation(table(NOTHING, FLAT), None, (5000, 9999)), "points")
    assert alone.sentence.endswith("and the one check that could be made agrees.")
    against = agreement(confirmation(table(NOTHING, FLAT), None, (0, 9999)), "points")
    assert "; 0 of 1 checks agree. That which does not: wild bootstrap (" in against.sentence
    none = agreement(confirmation(table(NOTHING, FLAT), None, None), "points")
    assert none.agree is None
    assert none.sentence == "No check could be made beside the primary analysis."


@pytest.mark.parametrize(("draws", "standing"), [(19, "cannot tell"), (20, "agrees")])
def test_as_many_draws_as_let_p_fall_below_alpha(draws: int, standing: str) -> None:
    found = confirmation(table(STRONG, FLAT), (0, draws), (0, draws))
    shifted, wild, *_ = agreement(found, "points").checks
    assert (shifted.standing, wild.standing) == (standing, standing)
    if standing == "cannot tell":
        assert wild.why == "too few calendars: p cannot fall below 0.0500"


def test_a_channel_that_is_not_judged_cannot_be_checked() -> None:
    few = channel("blog", 0.5, 0.05, posts=3)
    found = agreement(
        confirmation(table(few, FLAT), leads=Estimate(0.5, 0.05, 200), joint=SMALL), "points"
    )
    assert [check.standing for check in found.checks] == ["cannot tell"] * 4 + ["agrees"]
    assert found.checks[0].why == "blog gets no verdict of its own: too few"
    assert found.checks[2].found == "not made"
    assert found.sentence == (
        "The primary analysis does not judge blog, and the one check that could be made agrees."
    )


def test_the_headline_names_the_part_that_cannot_be_tested() -> None:
    silent = table(channel("blog", 0.0, 0.0, posts=0), OPEN)
    blogging = blogging_moves_score(silent, WORDS)
    nothing = nothing_else_correlates(silent, WORDS)
    assert (blogging.verdict, nothing.verdict) == ("untestable", "inconclusive")
    only = only_blogging(blogging, nothing, WORDS)
    assert (
        only.reason
        == blogging.reason
        == ("There is no blog post in the period, so nothing can be said about one.")
    )


# Other ways


def way(name: str, value: float, error: float = 0.1, note: str = "") -> Reestimate:
    return Reestimate(name, Estimate(value, error, 200), 200, note)


def ways(
    *others: Reestimate, months: tuple[Reestimate, ...] = (), value: float = 0.5
) -> Robustness:
    return Robustness(way("the primary", value), others, months, 0.05)


GONE = Reestimate("cannot", None, 0, "why not")


def said(found: Robustness) -> list[str]:
    return robustness_words(found, WORDS)


def test_other_ways_are_counted_and_the_farthest_named() -> None:
    own = Estimate(0.5, 0.1, 200).interval()
    assert said(ways())[0] == f"The primary gives +0.500 points per post ({interval_words(own)})."
    assert said(ways(GONE)) == said(ways())
    assert len(said(ways())) == 1
    one = said(ways(GONE, way("log", 0.4, note="a note")))
    assert one[1:] == [
        "In the one other way of computing it that these data allow, it stays above zero and "
        "significant.",
        "The one that differs most: log (+0.400, p < 0.001; a note).",
    ]
    two = said(ways(way("log", 0.4), way("half", 0.9)))
    assert two[1].startswith("In all 2 other ways of computing it that these data allow, it stays")
    assert two[2] == "The one that differs most: half (+0.900, p < 0.001)."
    lost = way("half", 0.1)
    mixed = said(ways(way("log", 0.4), lost, way("other", -0.5)))
    assert mixed[1] == (
        "In 1 of 3 other ways of computing it, it stays above zero and significant. It does not "
        f"in: half (+0.100, {p_words(lost.estimate.p)}); other (−0.500, p < 0.001)."  # type: ignore[union-attr]
    )
    assert "it stays below zero and significant" in said(ways(way("log", -0.4), value=-0.5))[1]
    nothing = said(ways(way("log", -0.1), value=0.1))
    assert nothing[1].endswith("it is not told from zero either.")


def test_months_are_told_by_their_ends() -> None:
    low, high, lost = way("2012-01", 0.4), way("2012-02", 0.6), way("2012-03", 0.1)
    assert said(ways(months=(GONE, low)))[1] == (
        "Without 2012-01 it is +0.400; no single month decides whether it is told from zero."
    )
    assert said(ways(months=(high, GONE, low)))[1] == (
        "With any one of 2 months left out, it lies between +0.400 (without 2012-01) and +0.600 "
        "(without 2012-02); no single month decides whether it is told from zero."
    )
    assert said(ways(months=(low, high, lost)))[1].endswith(
        f"; whether it is told from zero hangs on: 2012-03 ({p_words(lost.estimate.p)})."  # type: ignore[union-attr]
    )
    assert ways(months=(GONE,)).extreme_months is None


def test_what_holds_has_the_sign_where_there_is_one() -> None:
    found = ways(value=0.5)
    assert [found.holds(one) for one in (way("a", 0.4), way("a", -0.4), way("a", 0.1), GONE)] == [
        True, False, False, False,
    ]  # fmt: skip
    nothing = ways(value=0.1)
    assert [nothing.holds(one) for one in (way("a", -0.1), way("a", 0.4))] == [True, False]
    assert not nothing.found
    assert ways(way("a", 0.1), way("b", 0.95), GONE).farthest == way("b", 0.95)
    assert ways(GONE).farthest is None
    assert ways(value=0.0).holds(way("a", 0.1))
    assert Reestimate("a", None).readings == 0


def strength(times: float, effect: float = 0.3) -> Strength:
    return Strength("twitter", 0.02, 0.1, 0.03, 0.2, effect, 1.5, times)


def hidden(*observed: Strength, alpha: float = 0.05) -> Sensitivity:
    return Sensitivity(0.5, 4.0, 200, 0.07, 0.25, alpha, 0.05, observed)


@pytest.mark.parametrize(
    ("times", "end"),
    [
        (0.94, "Something unseen 0.94 times as strong would leave nothing."),
        (1.0, "Something unseen 1 times as strong would leave nothing."),
        (2.34, "(t = 1.50); to leave nothing it would have to be 2.3 times as strong."),
        (10.4, "(t = 1.50); to leave nothing it would have to be 10 times as strong."),
        (999.0, "; to leave nothing it would have to be 999 times as strong."),
        (1000.0, "would leave +0.300 of +0.500 points per post (t = 1.50)."),
    ],
)
def test_a_hidden_event_is_told_by_its_strength(times: float, end: str) -> None:
    first, scale, last = sensitivity_words(hidden(strength(times)), WORDS, True)
    assert scale.endswith(end)
    assert scale.startswith(
        "For scale: of all that was recorded, twitter could hide most; it explains "
        f"2.0{SPACE}% of the one and 10{SPACE}% of the other."
    )
    assert f"explain 25{SPACE}% of what the model leaves open about when the posts come" in first
    assert f"; 5.0{SPACE}% of each would do" in first
    assert last == "This tells how strong it would have to be, not whether there was one."
    assert len(sensitivity_words(hidden(), WORDS, True)) == 2


def test_nothing_can_be_explained_away_of_what_is_not_found() -> None:
    expected = [
        "The effect is not clearly told from zero to begin with (t = 4.00), so there is nothing "
        "for a hidden event to explain away."
    ]
    assert sensitivity_words(hidden(), WORDS, False) == expected
    assert sensitivity_words(hidden(alpha=0.0), WORDS, True) == expected


def test_shares_stand_in_the_order_of_their_size() -> None:
    found = Dominance(
        ("blog", "twitter", "facebook"),
        np.array([0.05, 0.2, 0.1]), np.array([0.04, 0.01, 0.02]), np.array([0.1, 0.3, 0.4]),
        0.35, 0.004,
    )  # fmt: skip
    first, second = dominance_words(found)
    assert first == (
        "Of what the score's own past and the weekday leave open, posts explain "
        f"35{SPACE}%: twitter 20{SPACE}% (1.0{SPACE}% to 30{SPACE}%); facebook 10{SPACE}% "
        f"(2.0{SPACE}% to 40{SPACE}%); blog 5.0{SPACE}% (4.0{SPACE}% to 10{SPACE}%), with "
        f"95{SPACE}% intervals."
    )
    assert second.startswith(f"A channel that does nothing gets about 0.4{SPACE}% by chance")
    records = soundness_records(
        Soundness(ways(way("log", 0.4), GONE), hidden(strength(2.0)), found, True), WORDS
    )
    assert records["robustness"]["ways"][0]["holds"] is True
    assert records["robustness"]["ways"][0]["interval"] == list(Estimate(0.4, 0.1, 200).interval())
    assert records["robustness"]["ways"][1] == {
        "name": "cannot", "note": "why not", "effect": None, "interval": None, "p": None,
        "readings": 0, "holds": None,
    }  # fmt: skip
    assert records["sensitivity"]["observed"][0]["times_to_nothing"] == 2.0
    assert "Suppose something unseen" in records["sensitivity"]["sentence"]
    assert records["dominance"]["channels"][1] == {
        "channel": "twitter", "share": 0.2, "interval": [0.01, 0.3],
    }  # fmt: skip
    assert soundness_records(None, WORDS) == dict.fromkeys(
        ("robustness", "sensitivity", "dominance")
    )


def test_counts_whose_logarithms_are_alike_have_no_effect_of_their_own() -> None:
    rng = np.random.default_rng(0)
    posts = rng.poisson(0.8, 200).astype(float)
    twice = (1 + posts) ** 2 - 1
    score = 50 + np.cumsum(rng.normal(0, 0.2, 200))
    panel = panel_of(score, {"blog": posts, "twitter": twice}, window_days=1)
    found = robustness(panel)
    assert found is not None
    logged = next(one for one in found.ways if one.name == "counts as log(1 + posts)")
    assert logged.estimate is None
    assert logged.note == "its effect cannot be told from those of others"


def test_a_jump_is_seven_times_the_usual_distance() -> None:
    outcomes = np.r_[np.tile([-1.0, 0.0, 1.0], 10)]
    scale = 1.4826
    for height, jumped in ((7 * scale * 1.001, True), (7 * scale * 0.999, False)):
        changes = np.r_[outcomes, height, outcomes]
        panel = panel_of(np.r_[0.0, np.cumsum(changes)], {"blog": np.zeros(62)})
        found = jumps(panel)
        assert found is not None
        assert np.flatnonzero(found).tolist() == ([31] if jumped else [])
    assert jumps(panel_of(np.r_[np.zeros(30), 5.0, 6.0], {"blog": np.zeros(32)})) is None


def test_months_without_enough_readings_have_no_estimate() -> None:
    columns = primary_design(simulated_panel(2, 90), "bundle").x.shape[1]
    panel = simulated_panel(2, 8 + columns + 10 + 12, start="2012-01-02", rates={"blog": 0.5})
    found = robustness(panel)
    assert found is not None
    assert [month.name for month in found.months] == ["2012-01", "2012-02"]
    notes = {month.name: month.note for month in found.months}
    # January holds 22 readings that enter, more than the 12 that can be spared.
    assert notes["2012-01"] == "too few readings are left"


def test_whole_points_with_a_gap_are_whole_points() -> None:
    score = np.round(simulated_panel(3, 200, noise=3.0).score)
    score[50] = np.nan
    posts = np.random.default_rng(0).poisson(0.5, 200).astype(float)
    found = robustness(panel_of(score, {"blog": posts}))
    assert found is not None
    whole = next(one for one in found.ways if one.name == "score in whole points")
    assert whole.note == "it comes in whole points already"


def test_a_month_without_which_too_few_posts_are_left() -> None:
    posts = np.zeros(150)
    posts[[12, 16, 20, 24, 40, 48, 56, 64, 72, 80, 88, 96]] = 1
    panel = panel_of(simulated_panel(3, 150).score, {"blog": posts}, start="2012-01-02")
    found = robustness(panel)
    assert found is not None
    notes = {month.name: (month.estimate is None, month.note) for month in found.months}
    assert notes["2012-01"] == (True, "8 posts of its own; 10 are needed")
    assert notes["2012-05"] == (False, "")


# Evidence


def test_a_score_of_tiny_numbers_moves() -> None:
    tiny = simulated_panel(1, 60).score * 1e-16
    assert not never_moves(panel_of(tiny, {"blog": np.zeros(60)}))


def test_a_change_of_nothing_is_no_drop() -> None:
    still = Step(dt.date(2012, 1, 1), 0.0, -1.0, 1.0, 2.0, 0.001, 0.4)
    assert algorithm_change([still], None, 0.05).verdict == "refuted"


def test_residuals_of_few_readings_are_looked_at_over_a_fifth_of_them() -> None:
    fit = fit_primary(simulated_panel(7, days=37))
    assert fit is not None
    assert fit.n == 29
    assert [test.lags for test in reference(fit).tests] == [5, 5, 0, 0]


def test_little_that_is_left_unexplained_is_not_nothing() -> None:
    fit = fit_primary(simulated_panel(7, days=120, noise=0.001))
    assert fit is not None
    assert fit.ols.rss < 0.01
    found = partial_f(fit, ("twitter", "facebook"))
    assert found is not None
    assert found.df == (2, fit.ols.df_resid)
    assert partial_f(fit, ()) is None
    assert partial_f(replace(fit, ols=replace(fit.ols, rss=0.0)), ("twitter",)) is None


def test_a_flow_that_never_settles_has_no_step() -> None:
    rng = np.random.default_rng(3)
    flow = np.cumsum(rng.normal(0, 1, 1000))
    panel = panel_of(flow, {"blog": rng.poisson(0.3, 1000)}, kind="flow")
    assert flow_step(panel, panel.dates[500].date()) is None


def test_wilson_of_none_and_of_one() -> None:
    assert np.isnan(wilson(0, 0)).all()
    for hits in (0, 1):
        theirs = stats.binomtest(hits, 1).proportion_ci(0.95, method="wilson")
        assert wilson(hits, 1) == pytest.approx((theirs.low, theirs.high))


def test_degrees_of_freedom_of_a_second_opinion() -> None:
    found = second_opinion(simulated_panel(3, 120, {"blog": 0.5}))
    assert found.estimate is not None
    # Three channels, a drift and six weekdays; two variances.
    assert found.estimate.df == 120 - 10 - 2


def test_a_batch_with_a_column_of_nothing() -> None:
    rng = np.random.default_rng(6)
    x = np.column_stack([rng.poisson(0.5, 60), np.ones(60), np.zeros(60), rng.normal(size=60)])
    y = rng.normal(size=60)
    found = focal_fits(share(x, y, np.ones((1, 60), dtype=bool)), [0, 1, 2, 3])
    alone = fit_hc3(x, y)
    np.testing.assert_allclose(found.beta[0], alone.beta, rtol=1e-8)
    assert found.hc3[0] == pytest.approx(alone.standard_errors[0], rel=1e-8)
    assert found.df[0] == 57


def test_drift_is_the_power_of_slow_waves_over_that_of_faster_ones() -> None:
    rng = np.random.default_rng(1)
    rows = np.arange(400.0) + 8
    posts = rng.poisson(1.0, 400).astype(float)
    place = (np.arange(400) + 0.5) / 400
    waves = np.cos(np.pi * place[:, None] * np.arange(1, 19))
    power = (waves.T @ (posts - posts.mean())) ** 2
    ratio = power[:6].mean() / power[6:].mean()  # 2 * 400 / 120 waves are slower than 120 days
    assert drift_p(posts, rows) == pytest.approx(stats.f.sf(ratio, 6, 12), rel=1e-6)
    assert drift_p(np.ones(400), rows) == 1.0
    columns = slow_columns(rows)
    np.testing.assert_allclose(columns[:, 0], 2 * place - 1)
    np.testing.assert_allclose(columns[:, 1:], waves[:, :6], atol=1e-12)
    for days, known in ((16, True), (15, False)):
        short = drift_p(posts[:days], rows[:days])
        assert (short < 1.0) == known


def test_a_tie_with_an_ordinary_move_counts() -> None:
    change = np.tile([1.0, -1.0], 30)
    score = np.r_[50.0, 50 + np.cumsum(change)]
    panel = panel_of(score, {"blog": np.zeros(61)}, masked=(30,))
    found = level_step(panel, panel.dates[30].date())
    assert found is not None
    assert abs(found.size) <= found.ordinary * 1.1
    even = panel_of(
        np.r_[score[:30], score[29] + 1, score[29] + 1 + np.cumsum(change)[:30]],
        {"blog": np.zeros(61)},
        masked=(30,),
    )
    ties = level_step(even, even.dates[30].date())
    assert ties is not None
    drift = float(np.delete(np.diff(even.score), 29).mean())
    moves = np.delete(np.diff(even.score), 29) - drift
    assert ties.p == (1 + (np.abs(moves) >= abs(1 - drift)).sum()) / (1 + len(moves))


def test_reactions_need_ten_readings_more_than_columns() -> None:
    columns = primary_design(simulated_panel(2, 90), "bundle").x.shape[1]
    for days, there in ((8 + columns + 11, True), (8 + columns + 10, False)):
        panel = simulated_panel(2, days)
        posts = panel.posts["bundle"]["facebook"]
        noticed = posts * np.random.default_rng(0).gamma(1.0, 10.0, len(posts))
        panel = replace(panel, reactions={**panel.reactions, "facebook": noticed})
        assert (reaction_evidence(panel, "facebook") is not None) == there


def test_silence_needs_ten_readings_more_than_columns() -> None:
    # Own lags and weekdays, and one indicator of either kind.
    for days, there in ((8 + 13 + 12, True), (8 + 13 + 11, False)):
        panel = simulated_panel(2, days, rates={"blog": 0.2})
        assert (silence_evidence(panel) is not None) == there


def test_leads_need_ten_posts_after_a_reading_and_ten_readings_more_than_columns() -> None:
    columns = primary_design(simulated_panel(2, 90), "bundle").x.shape[1] + 2
    for days, there in ((8 + columns + 10, True), (8 + columns + 9, False)):
        panel = simulated_panel(2, days, rates={"blog": 2.0, "twitter": 3.0, "facebook": 0.6})
        assert (placebo_leads(panel) is not None) == there
    for count, there in ((10, True), (9, False)):
        posts = np.zeros(120)
        posts[20 : 20 + 8 * count : 8] = 1
        panel = panel_of(simulated_panel(2, 120).score, {"blog": posts})
        assert (placebo_leads(panel) is not None) == there


def test_a_second_opinion_needs_ten_readings_more_than_columns() -> None:
    # Three channels, a drift and six weekdays.
    enough = second_opinion(
        simulated_panel(3, 20, {"blog": 0.5}, rates={"blog": 0.5, "a": 1, "b": 1})
    )
    assert enough.said == LEVEL
    assert enough.readings == 20
    few = second_opinion(simulated_panel(3, 19, {"blog": 0.5}, rates={"blog": 0.5, "a": 1, "b": 1}))
    assert few.said == "There are too few readings for it."
    still = second_opinion(panel_of(np.full(60, 5.0), {"blog": np.arange(60.0) % 2}))
    assert still.said == "There are too few readings for it."


def test_every_setting_of_a_curve() -> None:
    plain = panel_of(np.arange(60.0) % 7, {"blog": np.zeros(60)})
    assert LAGS == (7, 8, 9, 10, 11, 12, 13, 14)
    found = list(settings(plain))
    assert [(one.panel.window_days, one.posts) for one in found] == [
        (1, "counts"), (1, "logarithm"), (2, "counts"), (2, "logarithm"),
    ]  # fmt: skip
    assert found[0].levels == {
        "window": "24 h", "posts": "counts", "score": "as read", "jumps": "kept",
        "coding": "bundle",
    }  # fmt: skip
    assert len(list(settings(replace(plain, window_days=1)))) == 2
    fractions = panel_of(np.arange(60.0) % 7 + 0.25, {"blog": np.zeros(60)})
    assert len(list(settings(fractions))) == 8
    own = {"blog": np.zeros(60), "twitter": np.ones(60)}
    shared = panel_of(np.arange(60.0) % 7, {**own, "twitter": np.full(60, 2.0)}, own=own)
    assert {one.coding for one in settings(shared)} == {"bundle", "all posts"}


# From files


@pytest.mark.parametrize(
    ("observed_at", "first"),
    [("12:00", "2012-01-11"), ("12:01", "2012-01-10"), ("00:00", "2012-01-11")],
)
def test_a_count_of_a_day_stands_in_the_bin_of_its_noon(
    tmp_path: Path, observed_at: str, first: str
) -> None:
    days = [f"2012-01-{day:02d}" for day in range(2, 22)]
    folder = write_study(
        tmp_path / "s",
        score=[(day, 50.0 + at) for at, day in enumerate(days)],
        activity=[("2012-01-01T12:00:00Z", "blog"), ("2012-01-25T12:00:00Z", "blog")],
        extra='daily = "raw/daily.csv"\n',
        observed_at=observed_at,
    )
    lines = ["date,visits", *(f"{day},{7 if day == '2012-01-10' else 0}" for day in days)]
    (folder / "raw/daily.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    seen = analysis.load(str(folder)).panel["visits 0-24h"]
    assert seen.index[seen == 7].strftime("%Y-%m-%d").tolist() == [first]


def test_reactions_are_unknown_where_a_post_does_not_tell(tmp_path: Path) -> None:
    days = [f"2012-01-{day:02d}" for day in range(2, 22)]
    folder = write_study(
        tmp_path / "s",
        score=[(day, 50.0 + at) for at, day in enumerate(days)],
        observed_at="24:00",
    )
    rows = [
        "2012-01-05T12:00:00-08:00,blog,1,3",
        "2012-01-05T13:00:00-08:00,blog,2,4",
        "2012-01-06T12:00:00-08:00,blog,3,5",
        "2012-01-06T13:00:00-08:00,blog,4,",
        "2012-01-07T12:00:00-08:00,twitter,5,",
        "2012-01-20T12:00:00-08:00,blog,6,1",
    ]
    text = "\n".join(["at,channel,id,reactions", *rows]) + "\n"
    (folder / "raw/activity.csv").write_text(text, encoding="utf-8")
    panel = analysis.load(str(folder)).data
    built = analysis.panel.build_panel(panel)
    inner = slice(BACK, BACK + len(days))
    blog = built.reactions["blog"][inner]
    assert blog[:6].tolist()[:4] == [0.0, 0.0, 0.0, 7.0]
    assert np.isnan(blog[4])
    assert blog[5] == 0.0
    assert np.isnan(built.reactions["twitter"]).all()


def test_networks_are_looked_for_by_their_names() -> None:
    panel = simulated_panel(2, 200)
    reason = judge(panel).claim("facebook-activity-does-not-matter").reason
    assert reason == "There is no Facebook channel in this study."
    named = replace(panel, networks={"facebook": "facebook", "twitter": "twitter"})
    ledger = judge(named, smallest_effect=0.3)
    said_ = ledger.claim("facebook-activity-does-not-matter").reason
    assert said_.startswith("No source tells enough of how many reactions")
    assert ledger.channels is not None
    twitter = next(one for one in ledger.channels.others if one.name == "twitter")
    tweets = ledger.claim("tweets-rarely-move-it")
    assert tweets.estimate == twitter.effect.value
    assert number(twitter.effect.value, signed=True) in tweets.reason
    assert own_lags(panel) == 7
    bins = panel.posts["bundle"]["twitter"]
    parts = {("twitter", "shares"): Part(("few", "many"), (bins, np.zeros_like(bins)))}
    told = judge(replace(named, parts=parts), smallest_effect=0.3).claim("tweets-rarely-move-it")
    assert "tweet with at most 3 shares" in told.reason


def test_a_curve_is_drawn_by_seed_nought_and_counts_what_it_leaves_out() -> None:
    panel = simulated_panel(2, 100, rates={"blog": 0.15, "twitter": 2.0})
    usual = specification_curve(panel, draws=5, lags=(7,))
    assert usual is not None
    said_ = specification_curve(panel, draws=5, lags=(7,), seed=0)
    assert said_ is not None
    assert usual.null_medians.tolist() == said_.null_medians.tolist()
    other = specification_curve(panel, draws=5, lags=(7,), seed=1)
    assert other is not None
    assert usual.null_medians.tolist() != other.null_medians.tolist()
    # Both windows, counts and logarithms, with and without weekday, as read and in whole points,
    # by two errors: of every sample that leaves something out.
    fits = usual.left_out + usual.specifications
    assert usual.left_out > 0
    assert fits == 2 * 2 * 2 * 2 * 2 * len(samples(panel))
