"""Findings that are nothing but two slow drifts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.claims.ledger import Ledger, judge
from analysis.evidence.drift import SURELY_UNRELATED, beside, drift_p, level_p, slow_columns
from analysis.model.design import standing
from analysis.panel import Panel
from tests.builders import panel_of, simulated_panel

DAYS = 600


def drifting(seed: int, focal_too: bool = False) -> Ledger:
    """Judge an account whose posting rises while the score's daily change falls, unrelated."""
    rng = np.random.default_rng(seed)
    day = np.arange(DAYS)
    most = 2 if focal_too else 30
    rising = rng.poisson(most * day / DAYS).astype(float)
    steady = rng.poisson(0.2, DAYS).astype(float)
    posts = {"blog": rising if focal_too else steady, "micro": steady if focal_too else rising}
    change = rng.normal(0.5 - 1.0 * day / DAYS, 0.7)
    return judge(panel_of(50 + np.cumsum(change), posts))


def test_another_channel_that_only_drifts_with_the_score_refutes_nothing() -> None:
    found = refuted = 0
    for seed in range(20):
        ledger = drifting(seed)
        assert ledger.channels is not None
        assert ledger.channels.joint is not None
        if ledger.channels.joint.p >= 0.05:
            continue
        found += 1
        claim = ledger.claim("nothing-else-correlates")
        refuted += claim.verdict == "refuted"
        if claim.verdict != "refuted":
            assert claim.verdict == "inconclusive"
            assert "drift together" in claim.reason
            assert "micro moves it" not in ledger.sentence
    assert found >= 12
    assert refuted <= 3  # the test beside the trend errs in one of twenty, too


def test_a_focal_channel_that_only_drifts_is_not_found() -> None:
    found = decided = 0
    for seed in range(30):
        ledger = drifting(seed, focal_too=True)
        assert ledger.channels is not None
        if ledger.channels.focal.p_adjusted >= 0.05:
            continue
        found += 1
        claim = ledger.claim("blogging-moves-score")
        decided += claim.verdict != "inconclusive"
        if claim.verdict == "inconclusive":
            assert "drift together" in claim.reason
            assert "cannot tell" in ledger.sentence.lower()
    assert found >= 12
    assert decided <= found / 4


def test_steady_posting_is_told_from_drifting_posting() -> None:
    days = np.arange(365)
    steady = drifts = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        at_random = np.convolve(rng.poisson(0.3, 365), [1.0, 1.0])[:365]
        rising = np.convolve(rng.poisson(1.5 * days / 365), [1.0, 1.0])[:365]
        steady += drift_p(at_random, days.astype(float)) >= SURELY_UNRELATED
        drifts += drift_p(rising, days.astype(float)) < SURELY_UNRELATED
    assert 0.72 <= steady / 200 <= 0.88  # a test at 20 %
    assert drifts / 200 >= 0.95


def answering_dips(seed: int, days: int) -> Panel:
    """Return an account that posts when its score is low, from where it comes back by itself."""
    rng = np.random.default_rng(seed)
    score = np.zeros(days)
    for day in range(1, days):
        score[day] = 0.75 * score[day - 1] + rng.normal(0, 0.8)
    low = 1 / (1 + np.exp(1.65 * score + 1.6))
    posts = {
        "blog": (rng.random(days) < 0.1 + 0.6 * low).astype(float),
        "linkedin": rng.poisson(0.1 + 0.8 * low).astype(float),
        "twitter": rng.poisson(1.3, days).astype(float),
    }
    after = {name: np.concatenate([[0.0], counts[:-1]]) for name, counts in posts.items()}
    return panel_of(45 + score, after)


def test_posting_when_the_score_is_low_does_not_lift_it() -> None:
    rejected = supported = refuted = 0
    for seed in range(60):
        ledger = judge(answering_dips(seed, 730))
        assert ledger.channels is not None
        rejected += ledger.channels.focal.p_adjusted < 0.05
        claim = ledger.claim("blogging-moves-score")
        supported += claim.verdict == "supported"
        if ledger.channels.focal.lost:
            assert claim.verdict == "inconclusive"
            assert "where the score stands" in claim.reason
        refuted += ledger.claim("nothing-else-correlates").verdict == "refuted"
    assert rejected >= 10  # what the primary alone would say
    assert supported <= 5
    assert refuted <= 6


def test_what_goes_with_no_rival_is_not_asked_again() -> None:
    asked = 0
    for seed in range(40):
        ledger = judge(simulated_panel(seed, 365, {"blog": 0.6}))
        assert ledger.channels is not None
        focal = ledger.channels.focal
        asked += focal.beside is not None
        assert (focal.beside is None) == (not focal.rivals)
        assert ledger.claim("blogging-moves-score").verdict == "supported"
    assert asked <= 30


def test_posting_that_goes_with_the_level() -> None:
    rng = np.random.default_rng(5)
    level = rng.normal(size=300)
    assert level_p(rng.poisson(np.exp(-level)).astype(float), level) < 1e-6
    assert level_p(np.ones(300), level) == 1.0
    few = rng.poisson(1.0, (400, 300)).astype(float)
    assert np.mean([level_p(posts, level) < 0.2 for posts in few]) == pytest.approx(0.2, abs=0.06)


def test_a_level_is_told_from_its_usual_place_between_known_changes() -> None:
    score = np.array([5.0, 7.0, 6.0, 1.0, 3.0, np.nan, 2.0])
    masked = np.array([False, False, False, True, False, False, False])
    found = standing(score, masked)
    assert np.isnan(found[[0, 6]]).all()
    assert found[1:6].tolist() == [-1.0, 1.0, 0.0, -1.0, 1.0]
    assert np.array_equal(standing(np.stack([score, score]), masked)[1], found, equal_nan=True)


def test_an_effect_stays_beside_a_trend() -> None:
    rng = np.random.default_rng(4)
    posts = {name: rng.poisson(2.0 * np.arange(DAYS) / DAYS) for name in ("blog", "micro")}
    both = posts["blog"] + np.concatenate([[0], posts["blog"][:-1]])
    change = rng.normal(-0.3, 0.5, DAYS) + 0.3 * both
    ledger = judge(panel_of(50 + np.cumsum(change), posts))
    assert ledger.channels is not None
    assert ledger.channels.focal.beside is not None
    assert not ledger.channels.focal.lost
    assert ledger.claim("blogging-moves-score").verdict == "supported"


def test_beside_a_trend_is_the_regression_of_statsmodels() -> None:
    panel = simulated_panel(3, 300, {"blog": 0.4, "twitter": 0.2})
    ledger = judge(panel)
    assert ledger.bundle is not None
    fit = ledger.bundle
    again = beside(fit, ("slow movements of the score", "where the score stands"), ("twitter",))
    assert again is not None
    assert again.joint is not None
    slow = slow_columns(fit.design.rows.astype(float))
    before = panel.score[fit.design.rows - 2] - panel.score.mean()
    x = np.column_stack([fit.design.x, slow, before])
    reference = sm.OLS(fit.design.y, x).fit(cov_type="HC3", use_t=True)
    column = 1 + fit.design.channels.index("twitter")
    effect = again.effects["twitter"]
    assert effect.value == pytest.approx(reference.params[column] * fit.multiplier, rel=1e-9)
    assert effect.error == pytest.approx(reference.bse[column] * fit.multiplier, rel=1e-8)
    restriction = np.zeros((1, x.shape[1]))
    restriction[0, column] = 1
    assert again.joint.p == pytest.approx(float(reference.f_test(restriction).pvalue), rel=1e-7)


def test_columns_are_slow_whatever_the_length() -> None:
    for length in (60, 180, 365, 730):
        columns = slow_columns(np.arange(length, dtype=float))
        assert columns.shape[1] == 1 + 2 * length // 120
        centered = columns - columns.mean(axis=0)
        crossings = (np.diff(np.sign(centered), axis=0) != 0).sum(axis=0)
        assert crossings.max() <= 2 * length / 120


def test_a_record_too_short_for_a_trend_is_not_fitted_again() -> None:
    ledger = judge(simulated_panel(1, 365, {"blog": 0.6}))
    assert ledger.bundle is not None
    design = ledger.bundle.design
    few = replace(design, x=design.x[:34], y=design.y[:34], rows=design.rows[:34])
    assert beside(replace(ledger.bundle, design=few), ("slow movements of the score",), ()) is None
    assert drift_p(design.x[:10, 1], design.rows[:10].astype(float)) == 1.0
