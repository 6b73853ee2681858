"""Panel and model at their limits: gaps, breaks, columns that cannot be told apart, nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis
from analysis.model.batch import focal_fits, share
from analysis.model.design import (
    MIN_SPARE,
    enough_lags,
    lagged_outcomes,
    primary_design,
    standing,
    usable_rows,
    weekday_dummies,
)
from analysis.model.fwl import hc3_t, hc3_weight, orthonormal, partial_out
from analysis.model.hac import bandwidth, newey_west
from analysis.model.many import fit_columns, fit_many
from analysis.model.null import null_outcomes
from analysis.model.ols import fit_hc3, inverses, joint_f
from analysis.model.primary import Estimate, combination, fit_primary, window_multipliers
from analysis.panel import BACK, LEADS, outcome, set_aside, window_sum
from analysis.panel.shares import Shares, share_counts
from analysis.panel.table import differences
from tests.builders import panel_of, simulated_panel
from tests.studies import small_study

NAN = float("nan")


# Panel


def test_shares_are_told_with_what_may_be_missed() -> None:
    shares = Shares("blog", 0.8, {"link": 3, "title": 2}, 1, 1)
    assert shares.counted == 5
    assert shares.record() == {
        "threshold": 0.8,
        "counted": 5,
        "by_kind": {"link": 3, "title": 2},
        "below_threshold": 1,
        "unresolved_short_links": 1,
    }
    assert list(shares.limits()) == [
        "1 post seems to share a blog post, but on evidence below 0.8 (a title, say), so they do "
        "not count as shares.",
        "1 post holds a short link that nothing here expands; if it leads to a blog post, that "
        "share is missed. links.csv beside study.toml can say where it leads.",
    ]
    below, unresolved = replace(shares, below=1200, unresolved=2).limits()
    assert below.startswith("1,200 posts seem to share")
    assert unresolved.startswith("2 posts hold a short link")
    assert list(replace(shares, below=0, unresolved=0).limits()) == []
    assert [said[:13] for said in replace(shares, below=0).limits()] == ["1 post holds "]


def test_shares_are_counted_from_the_day_before_the_panel_to_its_last_reading(
    tmp_path: Path,
) -> None:
    study = analysis.load(str(small_study(tmp_path / "small"))).data
    settings = study.settings
    assert settings.score.minutes == 0
    panel = simulated_panel(0, 10, start="2012-01-10")
    zone = settings.zone

    def at(day: int, hour: int) -> dt.datetime:
        return dt.datetime(2012, 1, day, hour, tzinfo=zone)

    # The first reading is at midnight on the 10th: its window begins at that of the 9th.
    times = [at(8, 23), at(9, 0), at(18, 23), at(19, 0), *[at(12, 5)] * 4]
    kind = settings_kind()
    events = pd.DataFrame(
        {
            "at": pd.to_datetime(times, utc=True),
            "kind": ["post"] * 4 + ["repost", "post", "post", "post"],
            "channel": ["twitter"] * 7 + ["blog"],
            "crosspost_of": ["x"] * 5 + ["", "", ""],
            "crosspost_evidence": [kind] * 6 + ["", ""],
            "links": [("https://bit.ly/a",)] * 8,
        }
    )
    fake = SimpleNamespace(settings=settings, activity=events, short_links={})
    found = share_counts(fake, panel)  # type: ignore[arg-type]
    assert found.by_kind == {kind: 2}
    assert found.below == 1
    assert found.unresolved == 2
    assert (found.focal, found.threshold) == ("blog", settings.question.crosspost_confidence)


def settings_kind() -> str:
    from analysis.crossposts import KINDS

    return next(iter(KINDS))


def test_windows_sum_the_bins_that_end_with_the_reading() -> None:
    bins = np.arange(float(BACK + 4 + LEADS))
    assert window_sum(bins, 1, 4).tolist() == [7, 8, 9, 10]
    assert window_sum(bins, 3, 4).tolist() == [18, 21, 24, 27]
    assert window_sum(bins, BACK, 4)[0] == sum(range(1, 8))


def test_the_frame_shows_every_day_around_a_reading() -> None:
    score = [1.0, 2.0, NAN, 4.0]
    panel = panel_of(score, {"blog": [1, 2, 3, 4]}, window_days=2, masked=(3,))
    bins = np.arange(float(BACK + 4 + LEADS))
    panel = replace(
        panel,
        posts={"bundle": {"blog": bins * 0}, "all posts": {"blog": bins}},
        reactions={"blog": bins * 10},
    )
    frame = panel.frame()
    assert frame.columns.tolist() == [
        "score", "change", "blog 0-24h", "blog 24-48h", "blog next 24h", "blog next 48h",
        "blog crossposts", "blog reactions", "weekday", "masked",
    ]  # fmt: skip
    assert frame["blog 0-24h"].tolist() == [7, 8, 9, 10]
    assert frame["blog 24-48h"].tolist() == [6, 7, 8, 9]
    assert frame["blog next 24h"].tolist() == [8, 9, 10, 11]
    assert frame["blog next 48h"].tolist() == [9, 10, 11, 12]
    assert frame["blog reactions"].tolist() == [70, 80, 90, 100]
    np.testing.assert_array_equal(frame["change"], [NAN, 1.0, NAN, NAN])
    assert frame["masked"].tolist() == [False, False, False, True]
    assert frame["weekday"].tolist()[0] == "Monday"
    assert (panel.readings, panel.gaps) == (3, 1)


def test_differences_are_rounded_to_the_fourteenth_digit_of_the_largest() -> None:
    assert set(differences(np.array([0.1, 0.2, 0.3]))) == {0.1}
    assert differences(np.array([0.0, 0.0])).tolist() == [0.0]
    assert differences(np.array([1e300, 2e300]))[0] == pytest.approx(1e300)
    tiny = differences(np.array([1e-300, 3e-300]))
    assert tiny[0] == pytest.approx(2e-300)
    assert np.isnan(differences(np.array([NAN, 1.0]))).all()
    assert np.isnan(differences(np.array([NAN, NAN]))).all()
    # 100 has its fourteenth digit at the twelfth decimal.
    assert differences(np.array([100.0, 100.0 + 4e-13]))[0] == 0.0
    assert differences(np.array([50.0, 50.0 + 2e-12]))[0] == 2e-12
    flow = np.array([1.0, NAN, 3.0])
    np.testing.assert_array_equal(outcome(flow, "flow"), flow)
    assert outcome(flow, "flow") is not flow
    np.testing.assert_array_equal(outcome(flow, "level"), [NAN, NAN, NAN])


def test_a_reading_is_set_aside_under_its_first_reason() -> None:
    score = simulated_panel(5, 60).score.copy()
    score[30] = np.nan
    panel = panel_of(score, {"blog": np.zeros(60)}, masked=(20, 31))
    bins = panel.posts["bundle"]["blog"].copy()
    bins[BACK + 50] = np.nan
    panel = replace(panel, posts={"bundle": {"blog": bins}, "all posts": {"blog": bins}})
    lagged = lagged_outcomes(panel, 7)
    used = usable_rows(panel, lagged.enough)
    assert set_aside(panel, used, lagged.enough, 7) == {
        "at a known change of the scoring model": 2,
        "at the beginning, with fewer than 7 days before them": 8,
        "with a missing reading among the 7 days before": 7,
        "where the record of blog does not reach": 2,
    }
    # Day 31 is at a break, and has none the day before as well.
    plain = replace(panel, masked=np.zeros(60, dtype=bool))
    lagged = lagged_outcomes(plain, 7)
    found = set_aside(plain, usable_rows(plain, lagged.enough), lagged.enough, 7)
    assert found["without a reading the day before"] == 1
    flow = panel_of(score, {"blog": np.zeros(60)}, kind="flow")
    lagged = lagged_outcomes(flow, 7)
    found = set_aside(flow, usable_rows(flow, lagged.enough), lagged.enough, 7)
    assert found["at the beginning, with fewer than 7 days before them"] == 7


# Design


def test_a_level_stands_against_its_usual_place_between_breaks() -> None:
    score = np.array([1.0, 3.0, NAN, 8.0, 10.0, 12.0])
    masked = np.array([False, False, False, True, False, False])
    # The first three have the mean 2; those from the break on, 10. Each day tells the day before.
    np.testing.assert_allclose(standing(score, masked), [NAN, -1.0, 1.0, NAN, -2.0, 0.0])
    both = standing(np.vstack([score, score + 5]), masked)
    np.testing.assert_allclose(both[0], both[1])
    nothing = standing(np.array([NAN, NAN, 4.0]), np.array([False, False, True]))
    assert np.isnan(nothing).all()


def test_a_lag_that_a_break_moved_stands_at_the_mean_of_the_others() -> None:
    panel = simulated_panel(1, 60, masked=(30,))
    lagged = lagged_outcomes(panel, 7)
    change = panel.outcome
    mean = np.delete(change, [0, 30]).mean()
    assert lagged.outcomes[31, 0] == pytest.approx(mean)
    assert lagged.outcomes[33, 2] == pytest.approx(mean)
    assert lagged.outcomes[33, 0] == change[32]
    assert lagged.known[31, 0]
    assert lagged.filled[[0, 1, 2, 5, 8]].tolist() == [7, 7, 6, 3, 0]
    flow = replace(panel, kind="flow", outcome=panel.score)
    assert lagged_outcomes(flow, 7).outcomes[31, 0] == panel.score[30]
    few = lagged_outcomes(panel_of([1.0, 2.0, 4.0], {"blog": [0, 0, 0]}), 7)
    np.testing.assert_allclose(few.outcomes[2], [1.0] + [1.5] * 6)
    none = lagged_outcomes(panel_of([1.0, NAN, 4.0], {"blog": [0, 0, 0]}), 2)
    assert none.outcomes.tolist() == [[0.0, 0.0]] * 3


def test_half_of_the_days_before_are_enough_where_most_would_be_lost() -> None:
    panel = simulated_panel(0, 40)
    usable = np.ones(40, dtype=bool)
    known = np.ones((40, 6), dtype=bool)
    known[:7] = False
    # Of the 33 days from the eighth on, 17 complete are more than half, and 16 are not.
    for incomplete, rest_enter in ((16, False), (17, True)):
        some = known.copy()
        some[7 : 7 + incomplete, :3] = False
        some[7, 3] = False
        enough = enough_lags(panel, some, usable)
        assert not enough[:8].any()
        assert enough[8 : 7 + incomplete].all() == rest_enter
        assert enough[7 + incomplete :].all()
    flow = replace(panel, kind="flow")
    assert (
        enough_lags(flow, np.ones((40, 6), dtype=bool), usable).tolist()
        == [False] * 6 + [True] * 34
    )


def test_weekdays_leave_the_first_that_occurs_out() -> None:
    columns, names = weekday_dummies(np.array([2, 4, 6, 4]))
    assert names == ("Friday", "Sunday")
    assert columns.tolist() == [[0, 0], [1, 0], [0, 1], [1, 0]]
    columns, names = weekday_dummies(np.array([3, 3]))
    assert columns.shape == (2, 0)
    assert names == ()


def test_a_fit_needs_ten_readings_more_than_columns() -> None:
    columns = primary_design(simulated_panel(2, 90), "bundle").x.shape[1]
    assert MIN_SPARE == 10
    assert fit_primary(simulated_panel(2, 8 + columns + 10)) is not None
    assert fit_primary(simulated_panel(2, 8 + columns + 9)) is None


def test_the_design_as_a_frame() -> None:
    design = primary_design(simulated_panel(2, 90), "bundle")
    frame = design.frame()
    assert frame.columns.tolist() == [*design.names, "outcome"]
    np.testing.assert_array_equal(frame["outcome"], design.y)
    assert design.lag_columns == slice(4, 11)
    assert len(design.level) == 90


# Least squares


def test_nothing_spans_nothing() -> None:
    assert orthonormal(np.empty((5, 0))).shape == (5, 0)
    assert orthonormal(np.zeros((5, 2))).shape == (5, 0)
    column = np.arange(5.0)
    part = partial_out(column, np.empty((5, 0)))
    assert part is not None
    assert part.df_resid == 4
    assert part.left.tolist() == column.tolist()


def test_the_weight_of_a_residual_in_the_error() -> None:
    rng = np.random.default_rng(0)
    column, others, y = rng.normal(size=40), rng.normal(size=(40, 3)), rng.normal(size=40)
    part = partial_out(column, others)
    assert part is not None
    theirs = sm.OLS(y, np.column_stack([column, others])).fit(cov_type="HC3")
    plain = sm.OLS(y, np.column_stack([column, others])).fit()
    assert np.sqrt(((hc3_weight(part) * plain.resid) ** 2).sum()) == pytest.approx(theirs.bse[0])
    assert hc3_t(part, np.zeros((40, 1))).tolist() == [0.0]


def test_matrices_without_an_inverse_are_unknown_and_the_others_right() -> None:
    regular = np.array([[2.0, 1.0], [1.0, 3.0]])
    found = inverses(np.stack([regular, np.ones((2, 2)), np.eye(2)]))
    np.testing.assert_allclose(found[0], np.linalg.inv(regular))
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[2], np.eye(2))
    assert np.isnan(inverses(np.ones((1, 2, 2)))).all()


def test_joint_tests_that_there_are_not() -> None:
    rng = np.random.default_rng(0)
    x, y = np.column_stack([np.ones(4), rng.normal(size=(4, 2))]), rng.normal(size=4)
    one = fit_hc3(x, y)
    assert one.df_resid == 1
    assert joint_f(one, np.array([1])) is not None
    assert joint_f(replace(one, df_resid=0), np.array([1])) is None
    assert joint_f(one, np.empty(0, dtype=int)) is None
    still = replace(one, covariance=np.zeros((3, 3)))
    assert joint_f(still, np.array([1, 2])) is None


def test_a_sum_of_coefficients_is_the_contrast_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    x, y = np.column_stack([np.ones(50), rng.normal(size=(50, 3))]), rng.normal(size=50)
    theirs = sm.OLS(y, x).fit(cov_type="HC3", use_t=True).t_test([0, 2, 0, -0.5])
    found = combination(fit_hc3(x, y), {1: 2.0, 3: -0.5})
    assert found.value == pytest.approx(float(theirs.effect[0]))
    assert found.error == pytest.approx(float(theirs.sd[0, 0]))
    assert found.df == 46


def test_an_estimate_in_another_unit() -> None:
    assert Estimate(0.5, 0.1, 30).times(-2.0) == Estimate(-1.0, 0.2, 30)
    assert Estimate(0.0, 0.1, 30).known
    assert not Estimate(0.5, float("inf"), 30).known
    low, high = Estimate(0.5, 0.0, 30).interval()
    assert np.isnan(low)
    assert np.isnan(high)
    one = Estimate(0.5, 0.1, 30)
    assert one.detectable(power=0.9) > one.detectable(power=0.8) == one.detectable()
    assert one.detectable(0.01) > one.detectable()
    assert one.within(one.interval(0.9)[1] + 1e-9)
    assert not one.within(one.interval(0.9)[1] - 1e-9)
    assert not Estimate(-0.5, 0.1, 30).within(0.5)


def test_moves_of_many_windows() -> None:
    phi = np.array([[0.5, 0.2], [0.0, 0.0]])
    # 1; 1 + .5; 1 + .5 * 1.5 + .2: together 4.45. Without memory, one a day.
    np.testing.assert_allclose(window_multipliers(phi, 3), [4.45, 3.0])
    np.testing.assert_allclose(window_multipliers(phi[:, :1], 3), [1 + 1.5 + 1.75, 3.0])


def test_neighbors_alike_are_weighed_by_their_days() -> None:
    rng = np.random.default_rng(2)
    x, y = np.column_stack([np.ones(60), rng.normal(size=60)]), rng.normal(size=60)
    fit = fit_hc3(x, y)
    theirs = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})
    np.testing.assert_allclose(newey_west(x, fit, 4), theirs.cov_params(), rtol=1e-9)
    np.testing.assert_allclose(
        newey_west(x, fit, 4, np.arange(60) + 7), theirs.cov_params(), rtol=1e-9
    )
    # With two days between any rows, a bandwidth of one sees none of them together.
    apart = newey_west(x, fit, 1, 2 * np.arange(60))
    np.testing.assert_allclose(apart, newey_west(x, fit, 0), rtol=1e-12)
    pairs = newey_west(x, fit, 3, 2 * np.arange(60))
    shares = np.linalg.pinv(x).T * fit.residuals[:, None]
    cross = shares[1:].T @ shares[:-1]
    expected = (shares.T @ shares + 0.5 * (cross + cross.T)) * 60 / 58
    np.testing.assert_allclose(pairs, expected, rtol=1e-9)


# Many at once


def test_many_outcomes_of_columns_that_are_not_told_apart() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(50), rng.normal(size=(50, 3)), np.zeros(50)])
    moving = rng.normal(size=(5, 50, 2))
    moving[1, :, 1] = moving[1, :, 0]
    moving[2, :, 0] = x[:, 1]
    moving[3] = 0.0
    outcomes = rng.normal(size=(5, 50))
    found = list(fit_many(x, slice(2, 4), moving, outcomes))
    asked = np.array([0, 1, 4])
    columns = fit_columns(x, np.array([2, 3]), moving, outcomes, asked)
    for place, one in enumerate(found):
        whole = x.copy()
        whole[:, 2:4] = moving[place]
        alone = fit_hc3(whole, outcomes[place])
        np.testing.assert_allclose(one.beta, alone.beta, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(one.covariance, alone.covariance, rtol=1e-7, atol=1e-14)
        np.testing.assert_allclose(one.residuals, alone.residuals, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(one.leverage, alone.leverage, rtol=1e-8)
        assert (one.rank, one.df_resid, one.exact_rows) == (alone.rank, alone.df_resid, 0)
        assert one.rss == pytest.approx(alone.rss)
        assert one.identified.tolist() == alone.identified.tolist()
        np.testing.assert_allclose(columns.beta[place], alone.beta[asked], rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(
            columns.covariance[place], alone.covariance[np.ix_(asked, asked)], rtol=1e-7, atol=1e-14
        )
        np.testing.assert_allclose(columns.moving[place], alone.beta[2:4], rtol=1e-8, atol=1e-12)
        assert columns.df_resid[place] == alone.df_resid


@pytest.mark.parametrize("own", ["fixed", "moving"])
def test_many_outcomes_beside_a_row_that_is_fitted_exactly(own: str) -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(40), rng.normal(size=(40, 2)), np.eye(40)[7]])
    moving = rng.normal(size=(2, 40, 1))
    if own == "moving":
        x = x[:, :3]
        moving[1, :, 0] = np.eye(40)[5]
    outcomes = rng.normal(size=(2, 40))
    asked = np.array([0, 2])
    columns = fit_columns(x, np.array([1]), moving, outcomes, asked)
    for place, one in enumerate(fit_many(x, slice(1, 2), moving, outcomes)):
        whole = x.copy()
        whole[:, 1:2] = moving[place]
        alone = fit_hc3(whole, outcomes[place])
        np.testing.assert_allclose(one.beta, alone.beta, rtol=1e-8)
        np.testing.assert_allclose(one.covariance, alone.covariance, rtol=1e-7)
        assert one.exact_rows == alone.exact_rows
        np.testing.assert_allclose(columns.beta[place], alone.beta[asked], rtol=1e-8)
        assert columns.df_resid[place] == alone.df_resid


def test_accounts_without_an_effect_keep_a_channel_that_is_silent() -> None:
    panel = simulated_panel(3, 120, rates={"blog": 0.5, "twitter": 2.0, "silent": 0.0})
    design = primary_design(panel, "bundle")
    found = null_outcomes(panel, design, 30, 5)
    moving = np.flatnonzero(design.x.any(axis=0))
    others = design.x[:, moving[moving != 1]]
    theirs = sm.OLS(design.y, others).fit()
    leverage = theirs.get_influence().hat_matrix_diag
    np.testing.assert_allclose(
        np.abs(found[design.rows] - theirs.fittedvalues[:, None]),
        np.repeat(np.abs(theirs.resid / (1 - leverage))[:, None], 30, axis=1),
        rtol=1e-7,
        atol=1e-10,
    )
    signs = np.sign(found[design.rows] - theirs.fittedvalues[:, None])
    assert abs(signs.mean()) < 0.1
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert (found[0] == 0).all()


def test_a_batch_is_the_fits_one_by_one() -> None:
    rng = np.random.default_rng(6)
    x = np.column_stack([rng.poisson(0.5, 80), np.ones(80), 50 + rng.normal(size=80)])
    y = rng.normal(size=80)
    rows = np.ones((3, 80), dtype=bool)
    rows[1, :30] = False
    rows[2] = x[:, 0] == 0
    days = np.sort(rng.choice(120, 80, replace=False))
    found = focal_fits(share(x, y, rows, days), [0, 1, 2])
    for place in (0, 1):
        keep = rows[place]
        alone = fit_hc3(x[keep], y[keep])
        np.testing.assert_allclose(found.beta[place], alone.beta, rtol=1e-8)
        assert found.hc3[place] == pytest.approx(alone.standard_errors[0], rel=1e-8)
        width = bandwidth(int(keep.sum()))
        hac = newey_west(x[keep], alone, width, days[keep])
        assert found.hac[place] == pytest.approx(np.sqrt(hac[0, 0]), rel=1e-8)
        assert found.df[place] == alone.df_resid
        assert found.weights[place] @ y == pytest.approx(alone.beta[0], rel=1e-8)
        assert not found.weights[place, ~keep].any()
    assert np.isnan(found.beta[2, 0])
    assert np.isnan([found.hc3[2], found.hac[2]]).all()
    assert not found.weights[2].any()
    assert found.df[2] == rows[2].sum() - 2
    with pytest.raises(ValueError, match="has to be the constant"):
        share(x[:, [0, 2]], y, rows)
    with pytest.raises(ValueError, match="needs the constant"):
        focal_fits(share(x, y, rows), [0, 2])
