"""Posts that crowd into few days: what an effect rests on, and that too little decides nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from analysis.accounts.gram import Grams
from analysis.accounts.own import own_classical, own_of_rows
from analysis.claims.ledger import judge
from analysis.evidence.channels import MIN_READINGS
from analysis.model.ols import fit_hc3, rests_on
from analysis.model.primary import fit_primary
from analysis.panel import Panel
from tests.builders import panel_of, simulated_panel

DAYS = 120


@pytest.fixture
def bursts() -> Iterator[Any]:
    """The benchmark of bursts, to be run on few accounts."""
    folder = str(Path(__file__).parents[1] / "benchmarks")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        import bursts

        yield bursts
    sys.modules.pop("bursts", None)


def burst(channel: str, posts: int = 300, others: int = 0, days: int = DAYS) -> Panel:
    """Return a panel in which one channel posts on one day, and a few single times besides."""
    rng = np.random.default_rng(5)
    plain = simulated_panel(5, days=days)
    counts = {name: rng.poisson(0.3, days).astype(float) for name in ("blog", "twitter")}
    crowd = np.zeros(days)
    crowd[days // 2] = posts
    crowd[rng.choice(days // 2 - 5, others, replace=False)] += 1
    return panel_of(plain.score, counts | {channel: crowd})


@given(st.lists(st.just(0.0) | st.floats(1e-9, 1e6) | st.floats(-1e6, -1e-9), max_size=40))
def test_an_effect_rests_on_one_reading_at_least_and_on_all_at_most(weights: list[float]) -> None:
    w = np.array(weights)
    found = float(rests_on(w))
    if not w.any():
        assert found == 0
    else:
        assert 1 - 1e-9 <= found <= np.count_nonzero(w) + 1e-9
        assert float(rests_on(-3e-7 * w)) == pytest.approx(found)


def test_readings_that_weigh_alike_all_count() -> None:
    w = np.array([[1.0, -1, 1, -1, 0, 0], [5, 0, 0, 0, 0, 0], [3, 1, 0, 0, 0, 0]])
    np.testing.assert_allclose(rests_on(w), [4, 1, 100 / 82])


def test_weights_give_the_coefficients_and_are_what_no_other_column_explains() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(60), rng.poisson(0.4, (60, 3)), np.arange(60) == 7])
    y = rng.normal(size=60)
    fit = fit_hc3(x, y)
    np.testing.assert_allclose((fit.weights @ y)[:4], fit.beta[:4], rtol=1e-10)
    assert fit.weights[:4, 7] == pytest.approx(0)
    left = sm.OLS(x[:, 1], np.delete(x, 1, axis=1)).fit().resid
    np.testing.assert_allclose(fit.weights[1], left / (left @ left), atol=1e-12)
    assert float(rests_on(fit.weights[1])) == pytest.approx((left @ left) ** 2 / (left**4).sum())


@pytest.mark.parametrize("others", [0, 9, 25])
def test_a_burst_of_the_focal_channel_decides_nothing(others: int) -> None:
    found = judge(burst("blog", others=others))
    claim = found.claim("blogging-moves-score")
    assert found.channels is not None
    assert found.channels.focal.posts >= 10
    assert found.channels.focal.effect.rests_on < 4
    assert not found.channels.focal.judged
    assert not found.channels.focal.equivalent
    assert claim.verdict == "inconclusive"
    assert f"readings would; {MIN_READINGS} are needed before a verdict" in claim.reason
    assert "95\u202f% interval" in claim.reason


def test_a_burst_of_another_channel_is_a_control_only() -> None:
    found = judge(burst("facebook"))
    assert found.channels is not None
    (aside,) = [one for one in found.channels.others if not one.judged]
    assert aside.name == "facebook"
    assert aside.why_not.startswith("its posts crowd into so few days that they tell no more than")
    assert found.claim("blogging-moves-score").verdict != "untestable"


def test_posts_on_ten_days_of_their_own_are_enough() -> None:
    counts = np.zeros(DAYS)
    counts[10:110:10] = 1
    panel = panel_of(simulated_panel(1, days=DAYS).score, {"blog": counts})
    fit = fit_primary(panel)
    assert fit is not None
    assert fit.effects["blog"].rests_on > MIN_READINGS
    assert fit.effects["blog"].times(3.0).rests_on == fit.effects["blog"].rests_on


@pytest.mark.parametrize("rows", [True, False])
def test_accounts_of_one_burst_rest_on_little_with_their_readings_and_without(rows: bool) -> None:
    rng = np.random.default_rng(2)
    crowd, spread = np.zeros((80, 1)), rng.poisson(0.3, (80, 1)).astype(float)
    crowd[40:42] = 300
    parts = [(x, rng.normal(size=80)) for x in (crowd, spread)]
    inner = [(x - x.mean(axis=0), y - y.mean()) for x, y in parts]
    grams = Grams(
        np.array(["crowd", "spread"]),
        np.full(2, 80.0),
        np.array([x.T @ x for x, _ in inner]),
        np.array([x.T @ y for x, y in inner]),
        np.array([y @ y for _, y in inner]),
        np.full(2, 7),
        np.array([x.sum(axis=0) for x, _ in parts]),
        np.zeros((2, 1)),
    )
    whole = (np.array(["crowd", "spread"]), np.vstack([x for x, _ in parts]))
    read = (*whole, np.concatenate([y for _, y in parts]), np.array([0, 80, 160]))
    own = own_of_rows(grams, [read]) if rows else own_classical(grams)
    assert own.rests_on[0, 0] < 2.2
    assert own.rests_on[1, 0] > MIN_READINGS


def test_a_test_that_a_burst_decides_rejects_too_often_and_no_verdict_follows_it(
    bursts: Any,
) -> None:
    found = bursts.measured((bursts.Bursts(1, 300), 365, 12))
    assert found.accounts == 12 * bursts.SCORES
    assert found.rejected / found.accounts > 0.09
    assert found.judged == found.wrong == 0
    usual = bursts.measured((bursts.Bursts(20, 1), 90, 8))
    assert usual.judged == usual.accounts == 8 * bursts.SCORES
    assert 0.01 < usual.wrong / usual.judged < 0.1
    text = bursts.page([found, usual])
    assert "| 300 on one day | 365 | 600 |" in text
