"""Every verdict of every claim that this version judges, and the words that go with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.claims.base import STATEMENTS, VERDICTS, Wording, number, p_words, percent
from analysis.claims.headline import blogging_moves_score, nothing_else_correlates, only_blogging
from analysis.claims.ledger import Ledger, judge
from analysis.claims.rhythm import silence_lowers_score, upticks_follow_posts
from analysis.evidence.channels import ChannelEvidence, ChannelTable, holm, usual_spread
from analysis.evidence.silence import Silence, days_since_post, silence_evidence
from analysis.evidence.upticks import Upticks, shifted_shares, uptick_evidence, uptick_flags, wilson
from analysis.model.ols import FTest
from analysis.model.primary import Estimate
from tests.builders import panel_of, simulated_panel

WORDS = Wording("blog", "points per post", 48)
MARGIN = 0.15


def channel(
    name: str, value: float, error: float, posts: int = 60, quiet: int = 90
) -> ChannelEvidence:
    effect = Estimate(value, error, 200)
    few = posts < 10
    return ChannelEvidence(
        name=name,
        posts=posts,
        quiet=quiet,
        effect=effect,
        own=effect,
        p_adjusted=float("nan") if few else effect.p,
        equivalent=not few and effect.within(MARGIN),
        why_not="too few" if few else "",
    )


def table(focal: ChannelEvidence, *others: ChannelEvidence, joint_p: float = 0.5) -> ChannelTable:
    judged = [other for other in others if other.judged]
    adjusted = dict(zip((o.name for o in judged), holm([o.effect.p for o in judged]), strict=True))
    held = tuple(replace(o, p_adjusted=adjusted.get(o.name, float("nan"))) for o in others)
    joint = FTest(1.0, (len(judged), 200), joint_p) if judged else None
    return ChannelTable(focal, held, joint, joint, MARGIN, 0.05)


STRONG = channel("blog", 0.5, 0.05)
NOTHING = channel("blog", 0.01, 0.05)
VAGUE = channel("blog", 0.1, 0.2)
FLAT = channel("instagram", 0.0, 0.03)
OPEN = channel("facebook", 0.05, 0.15)
HIT = channel("twitter", 0.3, 0.04)


@pytest.mark.parametrize(
    ("focal", "verdict", "said"),
    [
        (STRONG, "supported", "stands higher"),
        (channel("blog", 0.1, 0.01), "supported", "below the smallest effect that matters"),
        (NOTHING, "refuted", "no difference that matters"),
        (channel("blog", -0.5, 0.05), "refuted", "lower"),
        (VAGUE, "inconclusive", "80"),
        (channel("blog", 2.0, 0.01, posts=9), "inconclusive", "Only 9 posts"),
        (channel("blog", 2.0, 0.01, quiet=9), "inconclusive", "Only 9 readings"),
        (channel("blog", 0.0, 0.0, posts=0), "untestable", "no blog post"),
        (channel("blog", float("nan"), float("nan")), "untestable", "cannot be told apart"),
    ],
)
def test_blogging_moves_score(focal: ChannelEvidence, verdict: str, said: str) -> None:
    claim = blogging_moves_score(table(focal, FLAT), WORDS)
    assert claim.verdict == verdict
    assert said in claim.reason
    if verdict != "untestable":
        assert claim.estimate == focal.effect.value
        assert claim.interval == focal.effect.interval()
        assert claim.p == focal.effect.p
        assert claim.detectable == focal.effect.detectable()


@pytest.mark.parametrize(
    ("evidence", "verdict", "said"),
    [
        (table(STRONG, FLAT), "supported", "within ±0.150"),
        (table(STRONG, FLAT, channel("g", 9, 0.1, posts=4)), "supported", "Not judged: g"),
        (table(STRONG, HIT, FLAT, joint_p=0.001), "refuted", "Twitter moves it too, +0.300"),
        # Without the gate a single small p is not a hit, however small.
        (table(STRONG, HIT, FLAT, joint_p=0.2), "inconclusive", "twitter up to"),
        (table(STRONG, FLAT, OPEN, joint_p=0.001), "inconclusive", "no single one"),
        (table(STRONG, FLAT, OPEN), "inconclusive", "facebook up to"),
        (table(VAGUE, FLAT), "inconclusive", "needs a 'something'"),
        (table(STRONG), "untestable", "No other channel was collected"),
        (table(STRONG, channel("g", 9, 0.1, posts=4)), "untestable", "g: too few"),
    ],
)
def test_nothing_else_correlates(evidence: ChannelTable, verdict: str, said: str) -> None:
    claim = nothing_else_correlates(evidence, WORDS)
    assert claim.verdict == verdict
    assert said in claim.reason


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (table(STRONG, FLAT), "supported"),
        (table(STRONG, HIT, joint_p=0.001), "refuted"),
        (table(NOTHING, FLAT), "refuted"),
        (table(VAGUE, HIT, joint_p=0.001), "refuted"),
        (table(STRONG, OPEN), "inconclusive"),
        (table(VAGUE, FLAT), "inconclusive"),
        (table(STRONG), "untestable"),
    ],
)
def test_only_blogging(evidence: ChannelTable, verdict: str) -> None:
    blogging = blogging_moves_score(evidence, WORDS)
    nothing_else = nothing_else_correlates(evidence, WORDS)
    assert only_blogging(blogging, nothing_else, WORDS).verdict == verdict


def test_holm_equals_statsmodels() -> None:
    p = [0.2, 0.001, 0.04, 0.03, 0.9]
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])
    assert holm([]) == []


def ledger_of(seed: int, effects: dict[str, float], days: int = 365, **options: object) -> Ledger:
    panel = simulated_panel(seed, days, effects, **options)  # type: ignore[arg-type]
    return judge(panel, smallest_effect=0.15)


def test_whole_ledger_finds_the_planted_truth() -> None:
    both = ledger_of(1, {"blog": 0.6})
    assert [claim.id for claim in both.claims] == list(STATEMENTS)
    assert both.claim("blogging-moves-score").verdict == "supported"
    assert both.claim("nothing-else-correlates").verdict == "supported"
    assert both.claim("only-blogging").verdict == "supported"
    assert both.sentence.startswith("Yes: blogging moves the score (+0.")
    rival = ledger_of(2, {"blog": 0.6, "twitter": 0.3})
    assert rival.claim("only-blogging").verdict == "refuted"
    assert "twitter moves it too" in rival.sentence.lower()
    none = ledger_of(3, {})
    assert none.claim("blogging-moves-score").verdict == "refuted"
    assert none.sentence.startswith("No: ")


def test_every_verdict_shows_its_interval_and_what_was_detectable() -> None:
    for claim in ledger_of(1, {"blog": 0.6}).claims:
        assert claim.verdict in VERDICTS
        assert claim.reason
        if claim.verdict != "untestable":
            assert claim.estimate is not None
            assert claim.interval is not None
            assert claim.interval[0] < claim.estimate < claim.interval[1]
            assert claim.p is not None
            assert claim.detectable is not None
            assert claim.detectable > 0


def test_too_short_a_study_is_untestable_and_says_how_short() -> None:
    short = ledger_of(1, {"blog": 0.6}, days=25)
    assert {claim.verdict for claim in short.claims} == {"untestable"}
    assert "of 25 readings can enter" in short.sentence


def test_default_margin_is_a_quarter_of_the_spread_of_the_change() -> None:
    panel = simulated_panel(1, 200, masked=(40,))
    change = np.diff(panel.score)[np.arange(1, 200) != 40]
    assert judge(panel).margin == pytest.approx(np.std(change, ddof=1) / 4)


def test_channel_with_a_handful_of_posts_gets_no_verdict_and_does_not_open_the_gate() -> None:
    rng = np.random.default_rng(8)
    panel = simulated_panel(8, 300, {"blog": 0.5})
    rare = np.zeros(300)
    rare[[100, 150, 200]] = 1
    bumped = panel.outcome.copy()
    bumped[[100, 101, 150, 151, 200, 201]] += 3 + rng.normal(0, 0.01, 6)
    score = 50 + np.cumsum(np.nan_to_num(bumped))
    posts = {name: panel.posts["bundle"][name][7:-2] for name in panel.channels}
    ledger = judge(panel_of(score, {**posts, "museum": rare}), smallest_effect=0.3)
    assert ledger.channels is not None
    museum = next(c for c in ledger.channels.others if c.name == "museum")
    assert not museum.judged
    assert museum.effect.p < 1e-6
    assert ledger.channels.joint is not None
    assert ledger.channels.joint.df[0] == 2
    assert ledger.channels.joint.p > 0.01
    assert ledger.channels.joint_all is not None
    assert ledger.channels.joint_all.p < 1e-6
    assert ledger.claim("nothing-else-correlates").verdict != "refuted"


# Upticks


def upticks(followed: int, count: int, effect: float, error: float) -> Upticks:
    found = uptick_evidence(simulated_panel(1, 200))
    assert found is not None
    return replace(
        found,
        table=found.table.head(0).reindex(range(count)),
        followed=followed,
        share=followed / count,
        share_interval=wilson(followed, count),
        test=Estimate(effect, error, 150),
    )


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        (upticks(30, 36, 0.3, 0.05), "supported", "most have one before them"),
        (upticks(8, 36, 0.0, 0.05), "refuted", "most upticks have no blog post"),
        (upticks(8, 36, 0.2, 0.05), "refuted", "though one more post makes it likelier"),
        (upticks(20, 36, -0.2, 0.05), "refuted", "less likely"),
        (upticks(20, 36, 0.2, 0.05), "inconclusive", "whether most"),
        (upticks(30, 36, 0.02, 0.05), "inconclusive", "chance"),
        (upticks(5, 5, 0.3, 0.05), "inconclusive", "too few"),
    ],
)
def test_upticks_follow_posts(found: Upticks, verdict: str, said: str) -> None:
    claim = upticks_follow_posts(found, WORDS, 0.05)
    assert claim.verdict == verdict
    assert said in claim.reason
    assert percent(found.share) in claim.reason
    assert f"{percent(found.base)} of all" in claim.reason


def test_no_upticks_is_untestable() -> None:
    flat = panel_of(np.full(100, 50.0), {"blog": np.zeros(100)})
    assert uptick_evidence(flat) is None
    assert upticks_follow_posts(None, WORDS, 0.05).verdict == "untestable"


def test_upticks_are_the_top_rises_and_never_falls() -> None:
    change = np.r_[np.nan, np.linspace(-1, 1, 100)]
    flags, threshold = uptick_flags(change)
    assert flags.sum() == 15
    assert threshold == pytest.approx(np.quantile(change[1:], 0.85))
    falling, _ = uptick_flags(np.linspace(-2, -1, 50))
    assert not falling.any()


@given(st.integers(2, 60), st.randoms(use_true_random=False))
def test_shifted_shares_equal_a_loop(n: int, random: object) -> None:
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    posted, uptick = rng.random((2, n)) < 0.4
    uptick[0] = True
    expected = [np.mean(np.roll(posted, shift)[uptick]) for shift in range(n)]
    np.testing.assert_allclose(shifted_shares(posted, uptick), expected)


def test_wilson_equals_scipy() -> None:
    from scipy.stats import binomtest

    for hits, n in ((0, 5), (5, 5), (30, 70), (1, 200)):
        reference = binomtest(hits, n).proportion_ci(0.95, method="wilson")
        assert wilson(hits, n) == pytest.approx((reference.low, reference.high))


# Silence


def silence(drift: float, error: float, against: float, quiet: int = 60) -> Silence:
    return Silence(
        quiet,
        60,
        Estimate(drift, error, 150),
        Estimate(against, error, 150),
        mechanical=-0.01,
        by_day=pd.DataFrame(),
    )


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        (silence(-0.2, 0.03, -0.3), "supported", "falls"),
        (silence(-0.2, 0.03, -0.02), "inconclusive", "difference from other days"),
        (silence(0.2, 0.03, 0.1), "refuted", "rises"),
        (silence(0.0, 0.02, 0.0), "refuted", "does not fall by as much as 0.0500"),
        (silence(-0.04, 0.1, 0.0), "inconclusive", "no fall was found, nor one ruled out"),
        (silence(-0.2, 0.03, -0.3, quiet=5), "inconclusive", "too few readings"),
    ],
)
def test_silence_lowers_score(found: Silence, verdict: str, said: str) -> None:
    claim = silence_lowers_score(found, WORDS, "level", MARGIN, 0.05)
    assert claim.verdict == verdict
    assert said in claim.reason


def test_no_silence_is_untestable() -> None:
    always = panel_of(simulated_panel(0, 120).score, {"blog": np.ones(120)})
    assert silence_evidence(always) is None
    assert silence_lowers_score(None, WORDS, "level", MARGIN, 0.05).verdict == "untestable"


def test_silence_measures_the_drift_that_was_planted() -> None:
    rng = np.random.default_rng(0)
    posts = (rng.random(400) < 0.2).astype(float)
    recent = sum(np.r_[np.zeros(k), posts[: 400 - k]] for k in range(3))
    change = np.where(recent > 0, 0.15, -0.10) + rng.normal(0, 0.1, 400)
    found = silence_evidence(panel_of(50 + np.cumsum(change), {"blog": posts}))
    assert found is not None
    low, high = found.drift.interval(0.99)
    assert low < -0.10 < high
    low, high = found.against.interval(0.99)
    assert low < -0.25 < high
    assert found.quiet + found.active == 400 - 1 - 14
    assert abs(found.mechanical) < 0.05  # drawn without memory: nothing comes down by itself
    table = found.by_day.set_index("days since the last post")
    assert table["readings"].sum() == 385
    quiet = table.loc[3:]
    assert (quiet["readings"] @ quiet["mean"]) / found.quiet == pytest.approx(-0.1, abs=0.03)
    assert (table.loc[:2, "low"] > 0).all()
    assert (table.loc[3:5, "high"] < 0).all()
    # The differences are from the average over all readings.
    assert (table["readings"] @ table["difference"]) == pytest.approx(0, abs=1e-9)


def test_a_score_with_memory_comes_down_by_itself() -> None:
    rng = np.random.default_rng(1)
    posts = (rng.random(600) < 0.15).astype(float)
    change = np.zeros(600)
    for day in range(1, 600):
        change[day] = 0.6 * change[day - 1] + 0.5 * posts[day] - 0.075 + rng.normal(0, 0.02)
    found = silence_evidence(panel_of(50 + np.cumsum(change), {"blog": posts}))
    assert found is not None
    assert found.mechanical < -0.05


def test_days_since_the_last_post() -> None:
    bins = np.concatenate([np.zeros(7), [0, 1, 0, 0, 2, 0], np.zeros(2)])
    assert days_since_post(bins, 6).tolist() == [7, 0, 1, 2, 0, 1]
    bins[2] = np.nan
    assert np.isnan(days_since_post(bins, 6)).tolist() == [True, False, False, False, False, False]


# Words


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.6123, True, "+0.612"),
        (-0.0514, False, "−0.0514"),
        (12.345, False, "12.3"),
        (1234.5, False, "1,234"),
        (0.0, False, "0"),
        (float("nan"), False, "n/a"),
        (1e-9, False, "1.00e-09"),
    ],
)
def test_numbers_in_words(value: float, signed: bool, text: str) -> None:
    assert number(value, signed) == text


def test_p_in_words() -> None:
    assert [p_words(p) for p in (1e-9, 0.0123, 0.346)] == ["p < 0.001", "p = 0.012", "p = 0.35"]


# The smallest effect that matters


def test_a_few_extreme_days_do_not_set_what_matters() -> None:
    rng = np.random.default_rng(3)
    panel = simulated_panel(3, 300)
    views = 250 + rng.normal(0, 30, 300)
    views[[40, 140, 260]] += 60_000
    posts = {"blog": panel.posts["bundle"]["blog"][7:-2]}
    ledger = judge(panel_of(views, posts, kind="flow"))
    assert ledger.margin < 250 / 4
    assert "nine of ten days" in ledger.margin_from
    assert ledger.claim("blogging-moves-score").verdict == "inconclusive"
    plain = judge(panel_of(250 + rng.normal(0, 30, 300), posts, kind="flow"))
    assert "nine of ten" not in plain.margin_from


def test_a_score_that_seldom_changes_keeps_its_spread() -> None:
    change = np.zeros((1, 400))
    change[0, [50, 200]] = 1.0, -1.0
    spread, trimmed = usual_spread(change)
    assert spread[0] == pytest.approx(change.std(ddof=1))
    assert not trimmed[0]


# Numbers that only a computer tells apart


def test_equal_rises_are_equal_wherever_the_score_stands() -> None:
    rng = np.random.default_rng(5)
    steps = rng.integers(-2, 3, 300) / 10
    posts = {"blog": (rng.random(300) < 0.2).astype(float)}
    found = [
        uptick_evidence(panel_of(np.round(base + np.cumsum(steps), 1), posts))
        for base in (0.0, 40.0, 1000.0)
    ]
    assert len({(one.count, one.followed) for one in found if one is not None}) == 1
    assert len(found) == 3


@pytest.mark.parametrize(
    ("kind", "score"),
    [
        ("level", np.full(200, 50.0)),
        ("flow", np.full(200, 50.0)),
        # A level that always rises by the same amount; a flow that rises does move.
        ("level", np.round(40 + 0.01 * np.arange(200), 2)),
    ],
)
def test_a_score_that_never_moves_is_untestable(kind: str, score: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    posts = {"blog": rng.poisson(0.3, 200).astype(float), "twitter": rng.poisson(3, 200) * 1.0}
    ledger = judge(panel_of(score, posts, kind=kind))
    assert {claim.verdict for claim in ledger.claims} == {"untestable"}
    assert "never changes" in ledger.sentence


def test_equivalence_is_asked_at_five_percent_whatever_alpha() -> None:
    wide = simulated_panel(3, 365)
    for alpha in (0.01, 0.05, 0.3):
        ledger = judge(wide, alpha=alpha, smallest_effect=0.15)
        assert ledger.channels is not None
        for one in (ledger.channels.focal, *ledger.channels.others):
            low, high = one.effect.interval(0.9)
            assert one.equivalent == (low > -0.15 and high < 0.15)


def test_blogging_that_lowers_the_score_is_said_to() -> None:
    ledger = judge(simulated_panel(4, 365, {"blog": -0.6, "twitter": 0.3}), smallest_effect=0.15)
    assert ledger.claim("blogging-moves-score").verdict == "refuted"
    assert "lowers the score" in ledger.sentence
    assert " too," not in ledger.sentence
    assert (
        ledger.claim("only-blogging").estimate == ledger.claim("nothing-else-correlates").estimate
    )


def test_a_day_without_a_rise_is_no_uptick() -> None:
    flags, threshold = uptick_flags(np.array([0.0] * 9 + [1.0]))
    assert flags.tolist() == [False] * 9 + [True]
    assert threshold == 1.0
    never, nothing = uptick_flags(np.zeros(20))
    assert not never.any()
    assert np.isnan(nothing)


def test_fewer_days_than_own_lags_are_untestable() -> None:
    ledger = judge(simulated_panel(1, 6))
    assert {claim.verdict for claim in ledger.claims} == {"untestable"}
