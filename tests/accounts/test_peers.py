"""Pooled estimates of a built panel against statsmodels on its readings, by the benchmark."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from click.testing import CliRunner

from analysis.accounts.clusters import Clusters
from analysis.accounts.days import DayClusters, DaySums, day_clusters, positive, with_days
from analysis.accounts.pooled import fit_pooled
from analysis.cli import main
from tests.accounts.test_pooled import grams_of, sample
from tests.benchmark_modules import of_the_benchmark

ACCOUNTS = 24


@pytest.fixture(scope="module")
def peers():
    return of_the_benchmark("accounts_peers")


@pytest.fixture(scope="module")
def panel(peers, tmp_path_factory) -> Path:
    return peers.population(tmp_path_factory.mktemp("peers"), ACCOUNTS)


@pytest.mark.parametrize("coding", ["bundle", "all posts"])
@pytest.mark.parametrize("by", ["account", "account and day"])
def test_sums_and_products_give_what_statsmodels_makes_of_the_readings(
    peers, panel, coding, by
) -> None:
    given = peers.readings_of(panel, coding)
    mine = peers.ours(panel, coding, by, "counted")
    assert mine.n == len(given.table) > 3000
    assert mine.clusters == given.table["account"].nunique() == ACCOUNTS
    assert {"lag_14", "weekday_6"} < set(given.names)
    theirs = peers.by_statsmodels(given, by)
    assert peers.off(mine, theirs) < 1e-9
    channels = len(peers.columns_of(panel).channels)
    assert np.isfinite(np.diag(mine.covariance)[:channels]).all()
    assert mine.spare == ACCOUNTS - 1
    assert mine.days == (None if by == "account" else given.table["day"].nunique())


def test_a_number_that_differs_is_seen(peers, panel) -> None:
    given = peers.readings_of(panel, "bundle")
    mine = peers.ours(panel, "bundle", "account", "counted")
    beta, error = mine.beta.copy(), np.sqrt(np.diag(mine.covariance))
    assert peers.off(mine, (beta, error)) == 0
    for place in range(len(given.names)):
        bent = beta.copy()
        bent[place] += 1e-6 * max(error[place], abs(beta[place]))
        assert peers.off(mine, (bent, error)) > 1e-7
    day = peers.ours(panel, "bundle", "account and day", "counted")
    assert peers.off(day, (beta, error)) > 1e-3
    wide = replace(mine, covariance=mine.covariance * (1 + 1e-6))
    assert peers.off(wide, (beta, error)) > 1e-7


def test_days_that_hit_all_accounts_widen_the_errors_by_day_alone() -> None:
    """A shock of the day goes with the regressor: by account the errors are far too small."""
    rng = np.random.default_rng(1)
    accounts, length = 40, 60
    shared = rng.normal(size=length)
    table = pd.DataFrame(
        {
            "account": np.repeat([f"a{at:02}" for at in range(accounts)], length),
            "day": np.tile(np.arange(length), accounts),
            "x": np.tile(shared, accounts) + 0.1 * rng.normal(size=accounts * length),
        }
    )
    table["y"] = np.tile(rng.normal(size=length), accounts) + rng.normal(size=len(table))
    grams = grams_of(table, ["x"], "y", "account")
    pooled = fit_pooled(grams, "counted")
    inner = table[["x", "y"]] - table.groupby("account")[["x", "y"]].transform("mean")
    added = inner["x"] * (inner["y"] - inner["x"] * pooled.beta[0]) * pooled.bread[0, 0]
    by_day = added.groupby(table["day"]).sum().to_numpy()[:, None]
    sums = DaySums(by_day, np.array([[float(added @ added)]]), len(table))
    both = with_days(pooled, sums, 1, "counted")
    x = np.column_stack([table["x"], pd.get_dummies(table["account"], dtype=float)])
    groups = np.column_stack([pd.factorize(table["account"])[0], table["day"]])
    theirs = sm.OLS(table["y"].to_numpy(), x).fit(cov_type="cluster", cov_kwds={"groups": groups})
    assert both.error(0) == pytest.approx(theirs.bse[0], rel=1e-8)
    assert both.error(0) > 5 * pooled.error(0)
    assert (both.spare, both.mended) == (accounts - 1, False)
    assert both.p(0) > 0.05 > pooled.p(0)


def test_a_covariance_that_is_not_positive_is_mended_and_said() -> None:
    """By hand: eigenvalues 3 and -1 of (1 2, 2 1) become 3 and 0, which is all 1.5."""
    matrix, mended = positive(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert mended
    np.testing.assert_allclose(matrix, np.full((2, 2), 1.5))
    scaled, mended = positive(np.array([[1e6, 2e-3], [2e-3, 1e-12]]))
    assert mended
    np.testing.assert_allclose(scaled, [[1.5e6, 1.5e-3], [1.5e-3, 1.5e-12]])
    fine = np.array([[2.0, 1.0], [1.0, 2.0]])
    same, mended = positive(fine)
    assert not mended
    assert same is fine
    pooled = fit_pooled(grams_of(sample(5), ["x", "z"], "y", "account"))
    none = np.zeros((4, 2))
    large = DaySums(none, np.diag([1e3, 1e3]), pooled.n)
    bad = with_days(pooled, large, 2, "nested")
    assert bad.mended
    assert np.diag(bad.covariance).min() >= 0
    assert bad.spare == 3
    assert pooled.joint([0, 1]) is not None
    assert bad.joint([0, 1]) is None
    assert not bad.estimate(0).known
    assert np.isnan(bad.p(0))


def test_days_add_to_the_errors_for_few_accounts_what_they_add_to_the_plain_ones() -> None:
    grams = grams_of(sample(9), ["x", "z"], "y", "account")
    pooled = fit_pooled(grams)
    few = Clusters.of(grams, pooled)
    assert day_clusters(few, pooled) is few
    rng = np.random.default_rng(2)
    sums = DaySums(0.02 * rng.normal(size=(40, 2)), np.diag([1e-6, 1e-6]), pooled.n)
    both = with_days(pooled, sums, 2, "nested")
    mine = day_clusters(few, both)
    assert isinstance(mine, DayClusters)
    assert not mine.mended
    np.testing.assert_allclose(
        mine.covariance - few.covariance, both.covariance - pooled.covariance, rtol=1e-8
    )
    assert mine.estimate(0).error > few.estimate(0).error
    assert mine.estimate(0).df == few.spare(0)
    joint, alone = mine.joint([0, 1]), few.joint([0, 1])
    assert joint is not None
    assert alone is not None
    assert joint[0] < alone[0]
    short = day_clusters(few, with_days(pooled, replace(sums, days=sums.days[:3]), 2, "nested"))
    assert short.estimate(0).df == 2
    bad = day_clusters(few, with_days(pooled, replace(sums, squares=np.eye(2)), 2, "nested"))
    assert isinstance(bad, DayClusters)
    assert bad.mended
    assert bad.joint([0, 1]) is None


def test_two_clusters_have_no_error() -> None:
    pooled = fit_pooled(grams_of(sample(2), ["x", "z"], "y", "account"))
    assert np.isfinite(pooled.estimate(0).value)
    assert np.isnan(pooled.estimate(0).error)
    assert np.isnan(pooled.p(0))
    assert np.isnan(pooled.interval(0)).all()


def run(*arguments: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(main, [str(part) for part in ("accounts", *arguments)])
    return found.exit_code, found.stdout, found.stderr


def test_the_command_clusters_by_day_when_asked(panel) -> None:
    plain, both = (
        json.loads(run("fit", panel, "--json", "--moments-only", *more)[1])
        for more in ((), ("--cluster", "account-day"))
    )
    assert plain["pooled_errors"] == {
        "clustered_by": "account",
        "accounts": ACCOUNTS,
        "days": None,
        "mended": False,
    }
    assert both["pooled_errors"]["clustered_by"] == "account-day"
    assert both["pooled_errors"]["days"] > 250
    for name, channel in plain["channels"].items():
        other = both["channels"][name]
        assert other["pooled"]["effect"] == channel["pooled"]["effect"]
        assert other["pooled"]["interval"] != channel["pooled"]["interval"]
        assert other["pooled"]["plain"]["interval"] != channel["pooled"]["plain"]["interval"]
        assert other["mean"] == channel["mean"]
        wild = channel["pooled"]["plain"]["wild"]
        assert other["pooled"]["plain"]["wild"] == wild
        assert wild["draws"] == 9_999
        assert wild["interval"][0] < channel["pooled"]["plain"]["effect"] < wild["interval"][1]
        assert (other["all_posts"] is None) == (channel["all_posts"] is None)
    assert both["joint_other"] != plain["joint_other"]
    assert both["limits"] != plain["limits"]
    code, out, _ = run("fit", panel, "--moments-only", "--cluster", "account-day")
    assert code == 0
    assert f"pooled errors by {ACCOUNTS} accounts and " in out


def test_a_panel_that_cannot_be_read_is_one_line(panel, tmp_path) -> None:
    shutil.copytree(panel, tmp_path / "panel")
    (part,) = (tmp_path / "panel" / "panel").rglob("*.parquet")
    part.write_bytes(b"no table")
    asked = ("fit", tmp_path / "panel", "--moments-only", "--cluster", "account-day")
    code, _, said = run(*asked)
    assert code == 2
    assert said.count("\n") == 1
    assert "panel/panel, part-00000: expected Parquet files of this program" in said
    assert str(tmp_path) not in said
    part.unlink()
    code, _, said = run(*asked)
    assert (code, said.count("\n")) == (2, 1)
    assert "found none" in said


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("fit", ("--engine", "spark")),
        ("fit", ("--master", "local[2]", "--cluster", "account-day")),
        ("report", ("--out", "x", "--account", "a", "--moments-only")),
        ("report", ("--out", "x", "--account", "a", "--cluster", "account-day")),
    ],
)
def test_options_that_would_do_nothing_are_refused(panel, command, more) -> None:
    code, _, said = run(command, panel, *more)
    assert code == 2
    assert "alone" in said or "--account is one of them" in said
