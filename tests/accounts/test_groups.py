"""Who differs: the test between groups, and what is never shown of small ones."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from analysis.accounts.build import build
from analysis.accounts.effects import ChannelEffects
from analysis.accounts.fit import fit, results
from analysis.accounts.folder import read_input
from analysis.accounts.groups import between, groups_record, read_attributes, who_differs
from analysis.accounts.meta import random_effects
from analysis.accounts.sample import sample
from analysis.accounts.shares import share_of
from analysis.accounts.take_in import Options
from analysis.errors import InputError
from analysis.evidence.channels import holm
from analysis.model.primary import Estimate


def channel_of(own: np.ndarray, error: np.ndarray) -> ChannelEffects:
    """Return a channel with these effects."""
    p = np.full(len(own), 0.5)
    mean = random_effects(own, error)
    pooled = Estimate(0, 1, 9)
    return ChannelEffects("blog", own, error, p, pooled, pooled, mean, share_of(own, p), 0)


def names_of(count: int) -> np.ndarray:
    return np.array([f"a{number:03}" for number in range(count)])


def compared(own: np.ndarray, error: np.ndarray, **attributes: list[str | None]):
    """Return who differs, for attributes given account by account."""
    names = names_of(len(own))
    table = pd.DataFrame(attributes, index=pd.Index(names, name="account"))
    return who_differs(table, names, channel_of(own, error))


def test_equal_errors_by_hand() -> None:
    """Two groups of ten: effects 1 and 3, each plus and minus 1, with errors near zero.

    Each mean has the variance of ten values, 10/9 / 10 = 1/9. The two lie 1 from their common
    mean, so Q = 2 (1 / (1/9)) = 18 with 1 degree of freedom: Welch's t squared, of 18 degrees.
    """
    own = np.array([1 + 1.0, 1 - 1.0] * 5 + [3 + 1.0, 3 - 1.0] * 5)
    (found,) = compared(own, np.full(20, 1e-6), team=["one"] * 10 + ["two"] * 10).found
    assert [(group.value, group.mean.accounts) for group in found.groups] == [
        ("one", 10),
        ("two", 10),
    ]
    assert [group.mean.mean for group in found.groups] == pytest.approx([1, 3])
    assert [group.variance for group in found.groups] == pytest.approx([1 / 9, 1 / 9])
    test = found.test
    assert (test.q, test.df, test.f, test.df_within) == pytest.approx((18, 1, 18, 18))
    assert test.q_p == pytest.approx(stats.chi2.sf(18, 1))
    assert test.p == pytest.approx(2 * stats.t.sf(np.sqrt(18), 18))


def test_effects_without_error_give_welchs_analysis_of_variance() -> None:
    rng = np.random.default_rng(3)
    sizes, spreads = (12, 30, 10, 17), (1.0, 3.0, 0.5, 2.0)
    parts = [rng.normal(at, s, n) for at, (n, s) in enumerate(zip(sizes, spreads, strict=True))]
    labels = [name for name, n in zip("abcd", sizes, strict=True) for _ in range(n)]
    (found,) = compared(np.concatenate(parts), np.full(sum(sizes), 1e-7), team=labels).found
    theirs = anova_oneway(parts, use_var="unequal", welch_correction=True)
    assert found.test.f == pytest.approx(theirs.statistic, rel=1e-6)
    assert found.test.df_within == pytest.approx(theirs.df_denom, rel=1e-6)
    assert found.test.p == pytest.approx(theirs.pvalue, rel=1e-6)


def test_equal_effects_weigh_by_their_errors_by_hand() -> None:
    """Without a spread of their own, means weigh by one over the summed precision."""
    own, error = np.repeat([0.2, 0.5], 10), np.repeat([0.1, 0.2], 10)
    (found,) = compared(own, error, team=["one"] * 10 + ["two"] * 10).found
    one, two = 0.1**2 / 10, 0.2**2 / 10
    assert [group.variance for group in found.groups] == pytest.approx([one, two])
    assert found.test.q == pytest.approx(0.3**2 / (one + two))


def test_small_groups_are_put_together_or_left_out() -> None:
    rng = np.random.default_rng(5)
    labels = ["big"] * 20 + ["other"] * 15 + ["secret one"] * 9 + ["secret two"] * 3 + [None] * 2
    own = rng.normal(size=len(labels))
    found = compared(own, np.full(len(own), 0.5), team=labels)
    (difference,) = found.found
    assert [(g.value, g.mean.accounts) for g in difference.groups] == [
        ("big", 20),
        ("other", 15),
        (None, 12),
    ]
    assert difference.left_out == 2
    few = [label if label != "secret one" else " " for label in labels]
    found = compared(own, np.full(len(own), 0.5), team=few)
    (difference,) = found.found
    assert [g.value for g in difference.groups] == ["big", "other"]
    assert difference.left_out == 14
    assert "secret" not in json.dumps(groups_record(found))


def test_what_makes_no_groups_is_counted_by_reason() -> None:
    n = 40
    found = compared(
        np.linspace(-1, 1, n),
        np.full(n, 0.5),
        one=["same"] * n,
        none=[None] * n,
        each=[f"v{number}" for number in range(n)],
        rare=["most"] * (n - 9) + ["few"] * 9,
        twenty=[f"v{number % 20}" for number in range(n)],
    )
    assert not found.found
    assert found.not_asked == {
        "fewer than 2 groups of 10 accounts": 2,
        "fewer than 2 values": 2,
        "more than 20 values": 1,
    }


def test_only_accounts_with_an_effect_count_for_a_group() -> None:
    own = np.linspace(-1, 1, 30)
    own[10] = np.nan
    found = compared(own, np.full(30, 0.5), team=["one"] * 10 + ["two"] * 10 + ["three"] * 10)
    assert [(g.value, g.mean.accounts) for g in found.found[0].groups] == [
        ("one", 10),
        ("three", 10),
    ]
    assert found.found[0].left_out == 9


def test_holm_over_the_attributes() -> None:
    rng = np.random.default_rng(1)
    own = np.r_[rng.normal(0, 1, 30), rng.normal(0.7, 1, 30)]
    teams = {name: list(rng.permutation(["x"] * 30 + ["y"] * 30)) for name in ("b", "c")}
    found = compared(own, np.full(60, 0.3), a=["x"] * 30 + ["y"] * 30, **teams).found
    assert [each.test.p for each in found] == sorted(each.test.p for each in found)
    assert [each.p_adjusted for each in found] == holm([each.test.p for each in found])
    assert found[0].attribute == "a"
    assert found[0].p_adjusted == pytest.approx(3 * found[0].test.p)


def test_small_groups_reject_a_true_null_as_often_as_they_should() -> None:
    """With five groups of ten, 200 times: about as often as .05; by chi-square more often."""
    rng = np.random.default_rng(11)
    labels = [f"g{number % 5}" for number in range(50)]
    by_welch, by_chi_square = [], []
    for _ in range(200):
        error = rng.uniform(0.1, 0.4, 50)
        own = rng.normal(0, 0.3, 50) + error * rng.standard_normal(50)
        test = between(compared(own, error, team=labels).found[0].groups)
        by_welch.append(test.p < 0.05)
        by_chi_square.append(test.q_p < 0.05)
    assert np.mean(by_welch) < 0.1
    assert np.mean(by_chi_square) > np.mean(by_welch)


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("groups")
    build(read_input(sample(folder / "in")), folder / "out", Options(), lambda _: None)
    return folder / "out"


def test_the_groups_that_were_planted_are_found(panel) -> None:
    told = results(fit(panel, rows=False))["groups"]
    planted, team = told["attributes"]
    assert (planted["attribute"], team["attribute"]) == ("planted", "team")
    assert planted["p_adjusted"] < 1e-6
    assert team["p"] > 0.05
    effects = {group["value"]: group for group in planted["groups"]}
    assert effects["an effect of blogging"]["accounts"] == 40
    low, high = effects["nothing"]["interval"]
    assert low < 0 < high < effects["an effect of blogging"]["interval"][0]


def test_without_attributes_there_is_nothing_to_compare(panel) -> None:
    population = fit(panel, rows=False).bundle
    found = who_differs(None, population.grams.accounts, population.channels[0])
    assert groups_record(found)["attributes"] == []


def test_a_broken_table_of_accounts_is_one_line(panel, tmp_path) -> None:
    (tmp_path / "accounts").mkdir()
    assert read_attributes(tmp_path / "none") is None
    (tmp_path / "accounts" / "part.parquet").write_bytes(b"no table")
    with pytest.raises(InputError, match="expected a table of this program") as caught:
        read_attributes(tmp_path)
    assert str(tmp_path) not in str(caught.value)
    twice = pd.DataFrame({"account": ["a", "a"], "team": ["one", "two"]})
    twice.to_parquet(tmp_path / "accounts" / "part.parquet")
    with pytest.raises(InputError, match="found an account twice"):
        read_attributes(tmp_path)
