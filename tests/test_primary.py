"""The primary design and its effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.model.design import lagged_outcomes, own_lags, primary_design
from analysis.model.primary import Estimate, fit_primary, window_multiplier
from tests.builders import panel_of, simulated_panel


def test_design_is_what_a_careful_hand_would_write() -> None:
    panel = simulated_panel(1, 120, masked=(60,))
    design = primary_design(panel, "bundle")
    frame = pd.DataFrame({"change": panel.outcome}, index=panel.dates)
    clean = frame["change"].where(~panel.masked)
    for name in panel.channels:
        daily = pd.Series(panel.posts["bundle"][name][7 : 7 + 120], index=panel.dates)
        frame[name] = daily + daily.shift(1, fill_value=0)
    for lag in range(1, 8):
        frame[f"lag {lag}"] = clean.fillna(clean.mean()).shift(lag)
    kept = frame.iloc[8:][~panel.masked[8:]]
    assert design.lags == 7
    assert list(panel.dates[design.rows]) == list(kept.index)
    np.testing.assert_allclose(design.y, kept["change"])
    for name in (*panel.channels, *(f"lag {lag}" for lag in range(1, 8))):
        np.testing.assert_allclose(design.x[:, design.names.index(name)], kept[name], err_msg=name)
    weekdays = design.x[:, design.names.index("lag 7") + 1 :]
    assert weekdays.shape[1] == 6
    assert set(weekdays.sum(axis=1)) == {0.0, 1.0}


def test_fourteen_lags_from_250_readings_on() -> None:
    assert own_lags(simulated_panel(0, 249)) == 7
    assert own_lags(simulated_panel(0, 250)) == 14


def test_a_day_with_a_missing_reading_among_its_lags_does_not_enter() -> None:
    score = simulated_panel(5, 100).score.copy()
    score[50] = np.nan
    panel = panel_of(score, {"blog": np.zeros(100)})
    rows = primary_design(panel, "bundle").rows
    # Changes 50 and 51 are not known; they are lags of the days up to 58.
    assert set(range(8, 100)) - set(rows.tolist()) == set(range(50, 59))
    assert lagged_outcomes(panel, 7).enough[59]


def test_readings_on_working_days_only_still_give_a_fit() -> None:
    panel = simulated_panel(5, 240)
    score = np.where(panel.weekday >= 5, np.nan, panel.score)
    thin = panel_of(score, {name: panel.posts["bundle"][name][7:-2] for name in panel.channels})
    design = primary_design(thin, "bundle")
    assert len(design.rows) > 100
    assert design.filled_lags > 0
    assert set(thin.weekday[design.rows]) == {1, 2, 3, 4}


def test_a_flow_is_explained_as_it_stands() -> None:
    rng = np.random.default_rng(0)
    posts = rng.poisson(0.3, 200).astype(float)
    flow = 5 + rng.normal(0, 1, 200) + posts
    panel = panel_of(flow, {"blog": posts}, kind="flow")
    design = primary_design(panel, "bundle")
    np.testing.assert_allclose(design.y, flow[design.rows])
    np.testing.assert_allclose(design.x[:, design.names.index("lag 1")], flow[design.rows - 1])
    fit = fit_primary(panel)
    assert fit is not None
    assert fit.multiplier == 1.0
    assert fit.effects["blog"] == fit.coefficient("blog")


def test_window_multiplier_is_the_rise_after_the_window() -> None:
    phi = np.array([0.2, -0.1])
    moves = [1.0]
    moves.append(1 + phi[0] * moves[0])
    moves.append(1 + phi[0] * moves[1] + phi[1] * moves[0])
    assert window_multiplier(phi, 3) == pytest.approx(sum(moves))
    assert window_multiplier(phi[:1], 2) == pytest.approx(2.2)
    assert window_multiplier(np.empty(0), 1) == 1.0
    assert window_multiplier(np.empty(0), 3) == 3.0  # no own lags: nothing but the window
    assert window_multiplier(phi[:1], 4) == window_multiplier(np.array([phi[0], 0, 0]), 4)


def test_effect_is_the_planted_one() -> None:
    errors = []
    for seed in range(40):
        fit = fit_primary(simulated_panel(seed, 365, {"blog": 0.4, "twitter": 0.1}))
        assert fit is not None
        for name, truth in (("blog", 0.4), ("twitter", 0.1), ("facebook", 0.0)):
            effect = fit.effects[name]
            errors.append((effect.value - truth) / effect.error)
    # 120 standardized errors: their mean within 3 standard errors of 0, their spread near 1.
    assert abs(np.mean(errors)) < 3 / np.sqrt(120)
    assert 0.85 < np.std(errors) < 1.15


def test_too_few_readings_give_no_fit() -> None:
    assert fit_primary(simulated_panel(0, 30)) is None
    assert fit_primary(simulated_panel(0, 60)) is not None


def test_posts_and_quiet_readings_are_counted_over_the_readings_that_entered() -> None:
    posts = np.zeros(100)
    posts[[20, 21, 40, 60]] = 1
    panel = panel_of(simulated_panel(0, 100).score, {"blog": posts})
    fit = fit_primary(panel)
    assert fit is not None
    assert fit.posts_seen("blog") == 4
    assert fit.quiet_readings("blog") == len(fit.design.y) - 7


def test_estimate_agrees_with_statsmodels_on_power_and_equivalence() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(0.1, 1, 80)
    result = sm.OLS(y, np.ones(80)).fit()
    estimate = Estimate(float(result.params[0]), float(result.bse[0]), 79)
    low, high = estimate.interval(0.9)
    assert estimate.within(high + 0.01) == (-(high + 0.01) < low)
    assert not estimate.within(high - 0.01)
    from statsmodels.stats.weightstats import DescrStatsW

    margin = 0.35
    tost = DescrStatsW(y).ttost_mean(-margin, margin)[0]
    assert estimate.within(margin, 0.05) == (tost < 0.05)
    # Power at the detectable effect, by simulation of the t test itself.
    effect = estimate.detectable()
    draws = np.random.default_rng(4).normal(effect, estimate.error, 20_000)
    critical = estimate.interval()[1] - estimate.value
    assert np.mean(np.abs(draws) > critical) == pytest.approx(0.8, abs=0.01)


def test_unknown_estimates_stay_unknown() -> None:
    nothing = Estimate(float("nan"), float("nan"), 10)
    assert not nothing.known
    assert np.isnan(nothing.p)
    assert np.isnan(nothing.detectable())
    assert not nothing.within(1.0)
    assert not Estimate(1.0, 0.0, 10).known
