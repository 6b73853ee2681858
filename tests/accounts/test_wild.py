"""The wild cluster bootstrap against a loop that refits the readings, draw by draw."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis.accounts import wild
from analysis.accounts.gram import Grams
from analysis.accounts.pooled import fit_pooled
from analysis.accounts.wild import Wild, wild_clusters, wild_effect
from tests.accounts.test_pooled import grams_of, sample

NAMES = ["x", "z"]


def loop(table: pd.DataFrame, column: str, null: float, weights: np.ndarray) -> np.ndarray:
    """Refit the readings of every draw with a dummy an account; return the t of each."""
    dummies = pd.get_dummies(table["account"], dtype=float).to_numpy()
    groups = pd.factorize(table["account"])[0]
    x = np.column_stack([table[[column, *(set(NAMES) - {column})]], dummies])
    y = table["y"].to_numpy()
    held = y - null * x[:, 0]
    fitted = x[:, 1:] @ np.linalg.lstsq(x[:, 1:], held, rcond=None)[0]
    bread = np.linalg.inv(x.T @ x)
    count, n, k = dummies.shape[1], len(y), len(NAMES) + 1
    factor = count / (count - 1) * (n - 1) / (n - k)
    found = []
    for draw in weights.T:
        made = null * x[:, 0] + fitted + draw[groups] * (held - fitted)
        beta = bread @ x.T @ made
        scores = x * (made - x @ beta)[:, None]
        sums = np.array([scores[groups == group].sum(axis=0) for group in range(count)])
        variance = bread @ sums.T @ sums @ bread
        found.append((beta[0] - null) / np.sqrt(factor * variance[0, 0]))
    return np.array(found)


def bootstrapped(table: pd.DataFrame, column: int, **how: object) -> Wild:
    grams = grams_of(table, NAMES, "y", "account")
    found = wild_clusters(grams, fit_pooled(grams), column, **how)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("null", [0.0, 0.35])
@pytest.mark.parametrize(
    ("accounts", "how"),
    [
        (5, {"weights": "rademacher"}),
        (14, {"weights": "rademacher", "draws": 40}),
        (7, {"weights": "webb", "draws": 40}),
    ],
)
def test_every_draw_is_what_refitting_gives(accounts, how, null) -> None:
    table = sample(accounts, seed=accounts)
    drawn = list(wild._blocks(accounts, how["weights"], how.get("draws", 0), wild.SEED))
    weights = np.concatenate(drawn, axis=1)
    for column, name in enumerate(NAMES):
        mine = bootstrapped(table, column, **how)
        theirs = loop(table, name, null, weights)
        assert mine.draws == len(theirs) == (32 if accounts == 5 else 40)
        np.testing.assert_allclose(mine.t(null), theirs, rtol=1e-8, atol=1e-10)
        (once,) = loop(table, name, null, np.ones((accounts, 1)))
        assert once == pytest.approx((mine.beta - null) / mine.error, rel=1e-8)
        beyond = (np.abs(theirs) >= abs(once) * (1 - 1e-10)).sum()
        share = beyond / 32 if mine.exact else (1 + beyond) / 41
        assert mine.p(null) == pytest.approx(share, abs=1e-12)


def test_few_accounts_take_every_combination_of_signs_once() -> None:
    for accounts, draws in ((3, 8), (12, 4096)):
        found = bootstrapped(sample(accounts), 0)
        assert found.exact
        assert found.draws == draws
        assert found.p() >= 2 / draws
    (signs,) = wild._blocks(6, "rademacher", 10, 1)
    assert sorted(map(tuple, signs.T)) == sorted(product((-1.0, 1.0), repeat=6))
    drawn = bootstrapped(sample(13), 0, draws=50)
    assert (drawn.exact, drawn.draws) == (False, 50)
    assert not bootstrapped(sample(6), 0, weights="webb", draws=50).exact


def test_webbs_six_points_have_mean_zero_and_variance_one() -> None:
    drawn = np.concatenate(list(wild._blocks(50, "webb", 4_000, 3)), axis=1)
    points = np.sqrt([0.5, 1, 1.5])
    values, counts = np.unique(drawn, return_counts=True)
    np.testing.assert_allclose(values, np.r_[-points[::-1], points])
    np.testing.assert_allclose(counts / counts.sum(), 1 / 6, atol=0.005)


def test_the_interval_holds_what_is_not_rejected() -> None:
    for accounts in (8, 20):
        found = bootstrapped(sample(accounts, seed=2), 0)
        low, high = found.interval()
        assert low < found.beta < high
        gap = 1e-6 * found.error
        for end, out in ((low, -gap), (high, gap)):
            assert found.p(end - out) >= 0.05 > found.p(end + out)
        wide = found.interval(0.99)
        assert wide[0] < low < high < wide[1]


def test_an_end_that_no_signs_reach_is_infinite() -> None:
    """Of four accounts every t is at least as far out as 2 of 16: p is never below .125."""
    found = bootstrapped(sample(4), 0)
    assert found.interval() == (-np.inf, np.inf)
    assert np.isfinite(found.interval(0.8)).all()
    assert found.p(1e6) == 2 / 16


def test_the_same_seed_gives_the_same_and_another_one_another() -> None:
    table = sample(20)
    one, same, other = (
        bootstrapped(table, 0, draws=200, seed=seed).t().tolist() for seed in (1, 1, 2)
    )
    assert one == same != other


def test_what_is_not_identified_has_no_bootstrap() -> None:
    table = sample(8)
    table["twice"] = 2 * table["x"]
    grams = grams_of(table, ["x", "twice", "z"], "y", "account")
    pooled = fit_pooled(grams)
    assert wild_clusters(grams, pooled, 0) is None
    beside = wild_clusters(grams, pooled, 2)
    assert beside is not None
    alone = bootstrapped(table, 1)
    np.testing.assert_allclose(beside.t(), alone.t(), rtol=1e-8, atol=1e-10)
    few = grams_of(sample(2), NAMES, "y", "account")
    assert wild_clusters(few, fit_pooled(few), 0) is None


def test_few_accounts_reject_a_true_null_as_often_as_they_should() -> None:
    """With eight accounts, one of them long and loud: about .05; by t of seven degrees more."""
    rng = np.random.default_rng(7)
    wilds, plain = [], []
    for _ in range(200):
        n = np.array([200.0, *[25.0] * 7])
        sums = np.empty((8, 3))
        for account, readings in enumerate(n):
            x = rng.normal(size=int(readings))
            y = x * rng.normal() * (2 if account == 0 else 0.5) + rng.normal(size=len(x))
            x, y = x - x.mean(), y - y.mean()
            sums[account] = x @ x, x @ y, y @ y
        names, zero = np.array([f"a{account}" for account in range(8)]), np.zeros((8, 1))
        xx, xy, yy = sums[:, :1, None], sums[:, 1:2], sums[:, 2]
        grams = Grams(names, n, xx, xy, yy, np.full(8, 7), zero, zero)
        pooled = fit_pooled(grams)
        found = wild_clusters(grams, pooled, 0)
        assert found is not None
        wilds.append(found.p() < 0.05)
        plain.append(pooled.p(0) < 0.05)
    assert np.mean(wilds) < np.mean(plain)
    assert np.mean(wilds) < 0.12


def test_results_tell_it_for_few_accounts_alone() -> None:
    """A real fit: 14 accounts have it, in units of the effect; 50 are asked of t alone."""
    table = sample(14)
    grams = grams_of(table, NAMES, "y", "account")
    pooled = fit_pooled(grams)
    told, raw = wild_effect(grams, pooled, 0, -2.0), wild_clusters(grams, pooled, 0)
    assert told is not None
    assert raw is not None
    low, high = raw.interval()
    assert (told.low, told.high) == (-2 * high, -2 * low)
    assert (told.p, told.draws, told.exact) == (raw.p(), 9_999, False)
    many = grams_of(sample(wild.FEW_ACCOUNTS), NAMES, "y", "account")
    assert wild_effect(many, fit_pooled(many), 0, 1.0) is None
