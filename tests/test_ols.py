"""Our least squares against statsmodels' own."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.model.distributions import f_upper, normal_quantile, t_quantile, t_two_sided
from analysis.model.ols import fit_hc3, joint_f
from analysis.model.primary import fit_primary
from tests.builders import simulated_panel

# Both solve the same well-conditioned problem in double precision; 1e-9 leaves room for the
# different decompositions (ours: SVD of scaled columns; theirs: pseudo-inverse).
TOLERANCE = 1e-9


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("coding", ["bundle", "all posts"])
def test_primary_equals_statsmodels(seed: int, coding: str) -> None:
    panel = simulated_panel(seed, 180 + 20 * seed, {"blog": 0.3}, noise=0.1 + 0.1 * seed)
    fit = fit_primary(panel, coding)  # type: ignore[arg-type]
    assert fit is not None
    theirs = sm.OLS(fit.design.y, fit.design.x).fit(cov_type="HC3", use_t=True)
    np.testing.assert_allclose(fit.ols.beta, theirs.params, rtol=TOLERANCE, atol=1e-12)
    np.testing.assert_allclose(fit.ols.standard_errors, theirs.bse, rtol=TOLERANCE)
    np.testing.assert_allclose(fit.ols.covariance, theirs.cov_params(), rtol=1e-7, atol=1e-12)
    for name in panel.channels:
        column = 1 + fit.design.channels.index(name)
        assert fit.coefficient(name).p == pytest.approx(theirs.pvalues[column], rel=1e-7)
        low, high = fit.coefficient(name).interval()
        assert [low, high] == pytest.approx(list(theirs.conf_int()[column]), rel=1e-8)
    joint = fit.joint(panel.channels[1:])
    assert joint is not None
    restriction = np.zeros((len(panel.channels) - 1, fit.design.x.shape[1]))
    for row in range(len(restriction)):
        restriction[row, 2 + row] = 1
    reference = theirs.f_test(restriction)
    assert joint.f == pytest.approx(float(reference.fvalue), rel=1e-8)
    assert joint.p == pytest.approx(float(reference.pvalue), rel=1e-7)
    assert joint.df == (reference.df_num, reference.df_denom)


def test_statsmodels_result_is_the_same_regression() -> None:
    fit = fit_primary(simulated_panel(3))
    assert fit is not None
    theirs = fit.statsmodels()
    assert theirs.params["blog"] == pytest.approx(fit.coefficient("blog").value, rel=1e-9)
    assert theirs.bse["blog"] == pytest.approx(fit.coefficient("blog").error, rel=1e-9)


def test_scale_of_a_column_costs_no_digits() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(60), rng.normal(size=60), rng.normal(size=60)])
    y = rng.normal(size=60)
    plain = fit_hc3(x, y)
    scaled = fit_hc3(x * np.array([1, 1e9, 1e-9]), y)
    factors = np.array([1, 1e-9, 1e9])
    np.testing.assert_allclose(scaled.beta, plain.beta * factors, rtol=1e-10)
    np.testing.assert_allclose(scaled.standard_errors, plain.standard_errors * factors, rtol=1e-10)


def test_unidentified_columns_are_nan_and_the_others_right() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 80))
    y = a + rng.normal(size=80)
    x = np.column_stack([np.ones(80), a, b, b * 2, np.zeros(80)])
    fit = fit_hc3(x, y)
    assert fit.identified.tolist() == [True, True, False, False, False]
    assert np.isnan(fit.beta[2:]).all()
    assert np.isnan(fit.covariance[2:, :]).all()
    reference = sm.OLS(y, x[:, :3]).fit(cov_type="HC3")
    np.testing.assert_allclose(fit.beta[:2], reference.params[:2], rtol=1e-9)
    np.testing.assert_allclose(fit.standard_errors[:2], reference.bse[:2], rtol=1e-9)
    assert fit.df_resid == 80 - 3


def test_row_with_a_column_of_its_own_says_nothing() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(50), rng.normal(size=50), np.eye(50)[:, 7]])
    y = rng.normal(size=50)
    fit = fit_hc3(x, y)
    rest = np.arange(50) != 7
    reference = sm.OLS(y[rest], x[rest, :2]).fit(cov_type="HC3")
    np.testing.assert_allclose(fit.beta[:2], reference.params, rtol=1e-9)
    np.testing.assert_allclose(fit.standard_errors[:2], reference.bse, rtol=1e-9)
    assert np.isnan(fit.beta[2])
    assert fit.exact_rows == 1
    assert fit.df_resid == 47
    assert fit.leverage[7] == 1
    assert fit.residuals[7] == 0


def test_joint_f_leaves_unidentified_columns_out() -> None:
    rng = np.random.default_rng(4)
    a = rng.normal(size=60)
    x = np.column_stack([np.ones(60), a, np.zeros(60)])
    fit = fit_hc3(x, rng.normal(size=60))
    joint = joint_f(fit, np.array([1, 2]))
    assert joint is not None
    assert joint.df == (1, 58)
    assert joint_f(fit, np.array([2])) is None


def test_tails_equal_scipy_stats() -> None:
    for df in (1, 5, 30, 800):
        for t in (-9.0, -2.0, 0.0, 0.3, 4.0):
            assert t_two_sided(t, df) == pytest.approx(2 * stats.t.sf(abs(t), df), rel=1e-10)
        for p in (0.001, 0.2, 0.8, 0.975):
            assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9)
        assert f_upper(1.7, 3, df) == pytest.approx(stats.f.sf(1.7, 3, df), rel=1e-10)
    assert normal_quantile(0.975) == pytest.approx(stats.norm.ppf(0.975))
