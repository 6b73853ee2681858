"""The specification curve of many accounts against statsmodels, on the readings themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.accounts import sample as sampling
from analysis.accounts.build import build
from analysis.accounts.curve import (
    MOST_SETS,
    Layout,
    RegressorCurve,
    channel_sets,
    curve_words,
    regressor_curves,
)
from analysis.accounts.fit import fit, results
from analysis.accounts.folder import read_input
from analysis.accounts.pooled import fit_pooled
from analysis.accounts.take_in import Options
from analysis.cli import main
from tests.accounts.test_pooled import grams_of, with_dummies

CHANNELS, LAGS, DAYS = ("blog", "photos", "links"), ("lag1", "lag2"), ("monday", "tuesday")
NAMES = [*CHANNELS, *LAGS, *DAYS]
LAYOUT = Layout(CHANNELS, slice(3, 5), slice(5, 7))


def readings(accounts: int, seed: int) -> pd.DataFrame:
    """Return accounts of unequal length, channels that go together, errors alike within each."""
    rng = np.random.default_rng(seed)
    parts = []
    for account in range(accounts):
        n = int(rng.integers(30, 70))
        x = rng.poisson(0.5, (n, 3)) + rng.poisson(0.3, (n, 1)) + 0.0
        lags = rng.normal(size=(n, 2)) + 0.2 * x[:, :2] + account
        days = np.eye(7)[np.arange(n) % 7][:, :2]
        slope = 0.4 + 0.3 * rng.normal()
        y = 50 + account + slope * x[:, 0] - 0.1 * x[:, 1] + 0.3 * lags[:, 0] + days[:, 0]
        y += rng.normal(size=n) * (1 + x[:, 0])
        parts.append(pd.DataFrame(np.column_stack([x, lags, days, y]), columns=[*NAMES, "y"]))
        parts[-1]["account"] = f"a{account:03}"
    return pd.concat(parts, ignore_index=True)


def curves_from(
    table: pd.DataFrame, layout: Layout = LAYOUT, names: list[str] = NAMES
) -> tuple[RegressorCurve | None, ...]:
    grams = grams_of(table, names, "y", "account")
    return regressor_curves(grams, fit_pooled(grams), layout, absorbed="counted")


@pytest.mark.parametrize("accounts", [8, 60])
def test_every_kind_of_choice_is_ols_with_dummies(accounts) -> None:
    table = readings(accounts, seed=accounts)
    rng = np.random.default_rng(accounts)
    for focal, curve in zip(CHANNELS, curves_from(table), strict=True):
        assert curve is not None
        assert curve.switches == (*(c for c in CHANNELS if c != focal), "own lags", "weekdays")
        assert len(curve) == len(np.unique(curve.chosen, axis=0)) == 16
        assert (curve.left_out, curve.complete) == (0, True)
        low, high = curve.intervals()
        for row in rng.choice(16, 5, replace=False):
            on = dict(zip(curve.switches, curve.chosen[row], strict=True))
            inside = [focal, *(c for c in CHANNELS if on.get(c))]
            inside += [*(LAGS if on["own lags"] else ()), *(DAYS if on["weekdays"] else ())]
            theirs = with_dummies(table, inside, "y", "account")
            assert curve.effect[row] == pytest.approx(theirs.params[focal], rel=1e-8)
            assert curve.error[row] == pytest.approx(theirs.bse[focal], rel=1e-8)
            assert curve.p[row] == pytest.approx(theirs.pvalues[focal], rel=1e-6)
            np.testing.assert_allclose(
                (low[row], high[row]), theirs.conf_int().loc[focal], rtol=1e-8
            )


def test_the_primary_is_one_of_them_and_a_level_rises_by_its_own_lags() -> None:
    grams = grams_of(readings(20, seed=1), NAMES, "y", "account")
    pooled = fit_pooled(grams)
    level = Layout(CHANNELS, slice(3, 5), slice(5, 7), days=2, kind="level")
    flows = regressor_curves(grams, pooled, LAYOUT)
    levels = regressor_curves(grams, pooled, level)
    for column, (flow, curve) in enumerate(zip(flows, levels, strict=True)):
        assert flow is not None
        assert curve is not None
        (row,) = np.flatnonzero(curve.chosen.all(axis=1))
        times = 2 + pooled.beta[3]
        assert curve.effect[row] == pytest.approx(pooled.beta[column] * times, rel=1e-10)
        assert curve.primary == pytest.approx(curve.effect[row], rel=1e-12)
        assert curve.error[row] == pytest.approx(pooled.error(column) * times, rel=1e-9)
        without = ~curve.chosen[:, curve.switches.index("own lags")]
        np.testing.assert_allclose(curve.effect[without], 2 * flow.effect[without], rtol=1e-12)
        np.testing.assert_allclose(curve.p, flow.p, rtol=1e-9)


def test_a_collinear_choice_is_left_out_and_counted() -> None:
    table = readings(10, seed=2)
    table["links"] = 2 * table["photos"] + table["account"].str[1:].astype(float)
    blog, photos, links = curves_from(table)
    assert blog is not None
    assert photos is not None
    assert links is not None
    both = blog.chosen[:, :2].all(axis=1)
    assert (len(blog), blog.left_out, both.any()) == (12, 4, False)
    assert (len(photos), photos.left_out) == (8, 8)  # with and without the blog, not with links
    told = blog.summary()
    assert told["below_primary"] is None  # it has both
    assert told["same_sign"] == pytest.approx(np.mean(blog.effect > 0))
    assert "4 left out as collinear" in curve_words(told)
    assert np.isnan(photos.primary)
    assert (photos.summary()["same_sign"], photos.summary()["significant"]) == (None, None)
    assert "is not identified" in curve_words(photos.summary())
    np.testing.assert_allclose(links.effect, photos.effect / 2, rtol=1e-9)


def test_what_never_varies_is_no_choice() -> None:
    table = readings(10, seed=3).assign(links=4.0, monday=0.0, tuesday=0.0)
    blog, photos, links = curves_from(table)
    assert links is None
    assert blog is not None
    assert photos is not None
    assert blog.switches == ("photos", "own lags")
    assert (len(blog), len(photos), blog.left_out) == (4, 4, 0)


def test_a_lag_that_never_varies_adds_nothing_to_a_level() -> None:
    """Without it a post stands in the two readings of its window, and echoes in none."""
    table = readings(10, seed=3).assign(lag1=4.0)
    flows = curves_from(table)
    levels = curves_from(table, replace(LAYOUT, days=2, kind="level"))
    for flow, level in zip(flows, levels, strict=True):
        assert flow is not None
        assert level is not None
        np.testing.assert_allclose(level.effect, 2 * flow.effect, rtol=1e-12)
        np.testing.assert_allclose(level.error, 2 * flow.error, rtol=1e-12)
        assert level.primary == pytest.approx(2 * flow.primary)


def test_a_curve_without_a_choice_or_without_the_primary_says_so() -> None:
    empty = np.empty(0)
    none = RegressorCurve(
        "blog", ("x",), np.empty((0, 1), bool), empty, empty, 9, np.nan, 2, complete=True
    )
    told = none.summary()
    assert (told["specifications"], told["median"], told["same_sign"]) == (0, None, None)
    assert curve_words(told) == "No choice of regressors can be fitted; 2 are left out."
    one = replace(none, chosen=np.array([[False]]), effect=np.ones(1), error=np.ones(1))
    said = "; the primary, with all of them, is not identified; 2 left out as collinear."
    assert curve_words(one.summary()).endswith(said)
    assert curve_words(one.summary()).startswith("Over 1 choice of regressors")


def test_two_accounts_have_no_curve() -> None:
    assert curves_from(readings(2, seed=4)) == (None, None, None)


@pytest.mark.parametrize(
    ("others", "sets", "complete"), [(0, 1, True), (4, 16, True), (8, 256, True), (9, 92, False)]
)
def test_sets_are_bounded_and_whole_sizes_from_both_ends(others, sets, complete) -> None:
    found, whole = channel_sets(others)
    assert (len(found), len(set(found)), whole) == (sets, sets, complete)
    assert {(), tuple(range(others))} <= set(found)
    many, whole = channel_sets(49)
    assert (len(many), whole) == (100, False)
    assert set(many) >= set(combinations(range(49), 48))
    assert len(many) <= MOST_SETS


def test_summary_and_table_are_those_of_the_specifications() -> None:
    curve = RegressorCurve(
        "blog",
        ("effect", "own lags"),
        np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=bool),
        np.array([0.5, -0.1, 0.3, 0.2]),
        np.array([0.1, 0.01, 0.2, 0.05]),
        30,
        0.2,
        2,
        complete=True,
    )
    assert curve.summary(0.05) == {
        "specifications": 4,
        "left_out": 2,
        "complete": True,
        "median": 0.25,
        "smallest": -0.1,
        "largest": 0.5,
        "same_sign": 0.75,
        "significant": 0.5,
        "below_primary": 0.25,
    }
    table = curve.table()
    assert table.iloc[:, 2].tolist() == [-0.1, 0.2, 0.3, 0.5]
    assert table.iloc[:, 0].tolist() == [True, True, False, False]
    said = curve_words(curve.summary())
    assert said.startswith("Over 4 choices of regressors the pooled effect is +0.250")
    assert "75\u202f% have the sign of the primary, 50\u202f% significantly, and 25\u202f%" in said


def test_the_command_tells_a_curve_for_every_channel(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sampling, "ACCOUNTS", 12)
    build(read_input(sampling.sample(tmp_path / "in")), tmp_path / "panel", Options(), str)
    fitted = fit(tmp_path / "panel", rows=False)
    told = json.loads(json.dumps(results(fitted)))
    names = list(told["channels"])
    assert len(names) > 2
    for curve, name in zip(fitted.curves, names, strict=True):
        assert curve is not None
        plain, shown = told["channels"][name]["pooled"]["plain"], told["channels"][name]["curve"]
        (row,) = np.flatnonzero(curve.chosen.all(axis=1))
        low, high = curve.intervals()
        assert curve.effect[row] == pytest.approx(plain["effect"], rel=1e-8)
        np.testing.assert_allclose((low[row], high[row]), plain["interval"], rtol=1e-7)
        assert shown["specifications"] + shown["left_out"] == 2 ** (len(names) - 1) * 4
        assert shown["smallest"] <= shown["median"] <= shown["largest"]
        assert shown["words"] == curve_words(curve.summary(told["question"]["alpha"]))
    arguments = ["accounts", "fit", str(tmp_path / "panel"), "--moments-only"]
    printed = CliRunner().invoke(main, arguments)
    assert printed.exit_code == 0
    words = " ".join(told["channels"]["blog"]["curve"]["words"].split())
    assert f"blog under other regressors: {words}\n" in printed.stdout
