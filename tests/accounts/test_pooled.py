"""Pooled numbers against statsmodels, on the readings themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.meta_analysis import combine_effects

from analysis.accounts.columns import Columns
from analysis.accounts.gram import Grams
from analysis.accounts.meta import random_effects, shrunken
from analysis.accounts.own import solve
from analysis.accounts.pooled import fit_pooled
from analysis.accounts.shares import discoveries, share_of


def sample(accounts: int, seed: int = 0) -> pd.DataFrame:
    """Return accounts of unequal length whose errors are alike within each."""
    rng = np.random.default_rng(seed)
    parts = []
    for account in range(accounts):
        n = int(rng.integers(30, 60))
        x = rng.poisson(0.4, n) + 0.0
        z = rng.normal(size=n) + account / 10
        y = account + (0.3 + 0.2 * rng.normal()) * x + 0.1 * z + rng.normal(size=n) * (1 + x)
        parts.append(pd.DataFrame({"account": f"a{account:03}", "x": x, "z": z, "y": y}))
    return pd.concat(parts, ignore_index=True)


def grams_of(table: pd.DataFrame, names: list[str], outcome: str, by: str) -> Grams:
    grouped = list(table.groupby(by))
    inner = [part[[*names, outcome]] - part[[*names, outcome]].mean() for _, part in grouped]
    products = np.array([part.to_numpy().T @ part.to_numpy() for part in inner])
    k = len(names)
    return Grams(
        np.array([str(name) for name, _ in grouped]),
        np.array([float(len(part)) for _, part in grouped]),
        products[:, :k, :k],
        products[:, :k, k],
        products[:, k, k],
        np.full(len(grouped), 14),
        np.array([part[names].sum().to_numpy() for _, part in grouped]),
        np.zeros((len(grouped), 1)),
    )


def with_dummies(table: pd.DataFrame, names: list[str], outcome: str, by: str):
    dummies = pd.get_dummies(table[by].astype(str), dtype=float)
    x = pd.concat([table[names], dummies], axis=1)
    return sm.OLS(table[outcome], x).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(table[by])[0]}, use_t=True
    )


@pytest.mark.parametrize("accounts", [5, 200])
def test_pooled_within_is_ols_with_dummies(accounts) -> None:
    table = sample(accounts)
    mine = fit_pooled(grams_of(table, ["x", "z"], "y", "account"), absorbed="counted")
    theirs = with_dummies(table, ["x", "z"], "y", "account")
    np.testing.assert_allclose(mine.beta, theirs.params[:2], rtol=1e-8)
    np.testing.assert_allclose([mine.error(0), mine.error(1)], theirs.bse[:2], rtol=1e-8)
    assert mine.p(0) == pytest.approx(theirs.pvalues["x"], rel=1e-6)
    np.testing.assert_allclose(mine.interval(0), theirs.conf_int().loc["x"], rtol=1e-8)
    joint = mine.joint([0, 1])
    wald = theirs.f_test(np.eye(2, len(theirs.params)))
    assert joint is not None
    assert joint[0] == pytest.approx(float(wald.fvalue), rel=1e-8)
    assert joint[2] == pytest.approx(float(wald.pvalue), rel=1e-6)


def test_nested_constants_are_not_counted() -> None:
    table = sample(40)
    grams = grams_of(table, ["x", "z"], "y", "account")
    nested, counted = fit_pooled(grams), fit_pooled(grams, absorbed="counted")
    n = len(table)
    factor = np.sqrt((n - 2 - 40) / (n - 3))
    assert nested.error(0) == pytest.approx(counted.error(0) * factor, rel=1e-12)


def test_grunfeld(shared) -> None:
    """Firms' investment: the within estimates of the textbook data."""
    table = pd.read_csv(next(shared.glob("reference/**/*runfeld*.csv")))
    table.columns = [name.lower() for name in table.columns]
    outcome = "invest" if "invest" in table else "inv"
    mine = fit_pooled(grams_of(table, ["value", "capital"], outcome, "firm"), absorbed="counted")
    theirs = with_dummies(table, ["value", "capital"], outcome, "firm")
    np.testing.assert_allclose(mine.beta, theirs.params[:2], rtol=1e-8)
    np.testing.assert_allclose([mine.error(0), mine.error(1)], theirs.bse[:2], rtol=1e-8)


def test_wages_of_young_men(shared) -> None:
    """Vella and Verbeek's panel, as Wooldridge gives it: 545 accounts of 8 readings."""
    table = pd.read_csv(shared / "reference" / "wooldridge_wagepan.csv")
    names = ["union", "married", "expersq"]
    mine = fit_pooled(grams_of(table, names, "lwage", "nr"), absorbed="counted")
    theirs = with_dummies(table, names, "lwage", "nr")
    assert mine.clusters == 545
    np.testing.assert_allclose(mine.beta, theirs.params[:3], rtol=1e-8)
    np.testing.assert_allclose(
        [mine.error(column) for column in range(3)], theirs.bse[:3], rtol=1e-8
    )


def test_random_effects_are_statsmodels_with_hartung_and_knapp() -> None:
    rng = np.random.default_rng(3)
    error = rng.uniform(0.05, 0.4, 60)
    estimate = 0.2 + 0.15 * rng.normal(size=60) + error * rng.normal(size=60)
    mine = random_effects(estimate, error)
    theirs = combine_effects(estimate, error**2, method_re="iterated", use_t=True)
    assert mine is not None
    assert mine.tau**2 == pytest.approx(theirs.tau2, rel=1e-6)
    assert mine.mean == pytest.approx(theirs.mean_effect_re, rel=1e-8)
    assert mine.error == pytest.approx(theirs.sd_eff_w_re_hksj, rel=1e-8)
    assert mine.q == pytest.approx(theirs.q, rel=1e-10)
    low, high = mine.prediction()
    assert low < mine.interval()[0] < mine.mean < mine.interval()[1] < high
    drawn = shrunken(estimate, error, mine)
    assert np.all(np.abs(drawn - mine.mean) < np.abs(estimate - mine.mean))


def test_two_accounts_have_no_mean() -> None:
    assert random_effects(np.array([0.1, 0.2]), np.array([0.1, 0.1])) is None
    with_nan = random_effects(np.array([0.1, 0.2, np.nan]), np.array([0.1, 0.1, 0.1]))
    assert with_nan is None


def test_collinear_columns_are_not_identified_but_the_others_are() -> None:
    table = sample(12)
    table["twice"] = 2 * table["x"]
    table["never"] = 0.0
    grams = grams_of(table, ["x", "twice", "z", "never"], "y", "account")
    pooled = fit_pooled(grams)
    assert np.isnan(pooled.beta[[0, 1, 3]]).all()
    assert np.isfinite(pooled.beta[2])
    alone = fit_pooled(grams_of(table, ["x", "z"], "y", "account"))
    assert pooled.rank == alone.rank == 2
    assert pooled.error(2) == pytest.approx(alone.error(1), rel=1e-10)
    solved = solve(grams)
    assert not solved.identified[:, [0, 1, 3]].any()
    assert solved.identified[:, 2].all()
    one = table[table.account == "a003"]
    x = sm.add_constant(one[["x", "z"]])
    assert solved.beta[3, 2] == pytest.approx(sm.OLS(one["y"], x).fit().params["z"], rel=1e-8)
    assert solved.df[3] == len(one) - 3


def test_false_discoveries_stay_at_their_level() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(5)
    p = np.r_[rng.uniform(size=900), rng.uniform(size=100) * 1e-4, np.nan]
    mine = discoveries(p, 0.05)
    theirs = multipletests(p[:-1], 0.05, method="fdr_bh")[0]
    np.testing.assert_array_equal(mine[:-1], theirs)
    assert not mine[-1]
    share = share_of(np.r_[np.zeros(900), np.ones(100), 0.0], p)
    assert share.accounts == 1000
    assert share.interval[0] <= 0.1 <= share.interval[1]
    assert share.up == 100


def test_where_nothing_was_tested_nothing_is_found() -> None:
    unknown = np.full(3, np.nan)
    assert not discoveries(unknown).any()
    share = share_of(unknown, unknown)
    assert (share.accounts, share.found, share.interval) == (0, 0, (0.0, 1.0))
    assert np.isnan(share.least)


def test_columns_of_both_codings_stand_apart() -> None:
    columns = Columns(("blog", "twitter"), ("bundle", "all posts"))
    bundle, every = columns.chosen("bundle"), columns.chosen("all posts")
    assert [columns.names[place] for place in bundle[:2]] == ["posts_0_0", "posts_0_1"]
    assert [columns.names[place] for place in every[:2]] == ["posts_1_0", "posts_1_1"]
    assert bundle[2:] == every[2:]
    assert len(list(columns.pairs())) == (len(columns.names) + 1) * (len(columns.names) + 2) // 2
