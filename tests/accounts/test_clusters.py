"""Errors for few or unequal accounts, against the matrices that the papers write down."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power

from analysis.accounts import clusters
from analysis.accounts.clusters import Clusters
from analysis.accounts.gram import Grams
from analysis.accounts.pooled import fit_pooled
from analysis.model.distributions import f_upper

K = 4


def accounts(count: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return regressors and outcomes of accounts about their means; some weigh ten times more."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        n = int(rng.integers(8, 40))
        x = rng.normal(size=(n, K)) * rng.uniform(0.2, 2, K)
        y = x @ np.array([0.5, 0, 0, 0]) + rng.normal(size=n) * rng.uniform(0.5, 2)
        made.append((x - x.mean(axis=0), y - y.mean()))
    return made


def grams_of(made: list[tuple[np.ndarray, np.ndarray]]) -> Grams:
    n = np.array([float(len(y)) for _, y in made])
    return Grams(
        np.array([f"a{row}" for row in range(len(made))]),
        n,
        np.array([x.T @ x for x, _ in made]),
        np.array([x.T @ y for x, y in made]),
        np.array([y @ y for _, y in made]),
        np.full(len(made), 7),
        np.zeros((len(made), made[0][0].shape[1])),
        np.zeros((len(made), 1)),
    )


def dense(made: list[tuple[np.ndarray, np.ndarray]]):
    """Return CR3, and for a contrast the vectors whose products are P of the papers."""
    x = np.vstack([x for x, _ in made])
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ np.concatenate([y for _, y in made])
    adjust = [np.linalg.inv(np.eye(len(mine)) - mine @ bread @ mine.T) for mine, _ in made]
    half = np.array(
        [bread @ x.T @ a @ (y - x @ beta) for (x, y), a in zip(made, adjust, strict=True)]
    )
    owner = np.repeat(np.arange(len(made)), [len(y) for _, y in made])
    constants = (owner[:, None] == np.arange(len(made))).astype(float)
    constants /= np.sqrt(constants.sum(axis=0))
    left = np.eye(len(x)) - x @ bread @ x.T - constants @ constants.T

    def vectors(contrast: np.ndarray) -> np.ndarray:
        each = [
            left[:, owner == row] @ a @ x @ bread @ contrast
            for row, ((x, _), a) in enumerate(zip(made, adjust, strict=True))
        ]
        return np.column_stack(each)

    return beta, bread, half.T @ half, vectors


@pytest.mark.parametrize("series", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("count", [6, 40])
def test_the_numbers_are_those_of_the_matrices(monkeypatch, count, series) -> None:
    """By the series or by eigenvalues: account constants are taken out before in both."""
    monkeypatch.setattr(clusters, "SERIES", series)
    monkeypatch.setattr(clusters, "TERMS", 500)
    monkeypatch.setattr(clusters, "BATCH", 25)
    made = accounts(count)
    beta, _bread, covariance, vectors = dense(made)
    grams = grams_of(made)
    mine = Clusters.of(grams, fit_pooled(grams))
    np.testing.assert_allclose(mine.covariance, covariance, rtol=1e-9, atol=1e-14)
    for column in range(2):
        p = vectors(np.eye(K)[column])
        products = p.T @ p
        spare = np.trace(products) ** 2 / (products**2).sum()
        found = mine.estimate(column)
        assert found.df == pytest.approx(spare, rel=1e-9)
        assert found.value == pytest.approx(beta[column], rel=1e-9)
        assert found.error == pytest.approx(np.sqrt(covariance[column, column]), rel=1e-9)
    columns = [1, 2, 3]
    inner = np.ix_(columns, columns)
    raw = [vectors(np.eye(K)[column]) for column in columns]
    mean = np.array([[(one * other).sum() for one in raw] for other in raw])
    contrasts = np.eye(K)[:, columns] @ fractional_matrix_power(mean, -0.5).real
    p = [vectors(contrasts[:, column]) for column in range(3)]
    total = sum(
        ((p[s].T @ p[s]) * (p[t].T @ p[t]) + (p[s].T @ p[t]) * (p[t].T @ p[s])).sum()
        for s in range(3)
        for t in range(3)
    )
    eta = 12 / total
    wald = beta[columns] @ np.linalg.solve(covariance[inner], beta[columns])
    found = mine.joint(columns)
    assert found is not None
    assert found[1][1] == pytest.approx(eta - 2, rel=1e-9)
    f = (eta - 2) / (3 * eta) * wald
    assert found[0] == pytest.approx(f, rel=1e-9)
    assert found[2] == pytest.approx(f_upper(f, 3, eta - 2), rel=1e-9)


def test_it_is_what_leaving_out_one_account_after_the_other_does() -> None:
    made = accounts(9)
    grams = grams_of(made)
    pooled = fit_pooled(grams)
    moved = [
        fit_pooled(grams_of([one for place, one in enumerate(made) if place != left])).beta
        - pooled.beta
        for left in range(len(made))
    ]
    expected = np.sum([np.outer(each, each) for each in moved], axis=0)
    np.testing.assert_allclose(Clusters.of(grams, pooled).covariance, expected, rtol=1e-9)


def test_a_coefficient_that_one_account_decides_has_no_error() -> None:
    made = accounts(9)
    made = [(np.column_stack([x, x[:, 0] ** 2 * (row == 4)]), y) for row, (x, y) in enumerate(made)]
    made = [(x - x.mean(axis=0), y) for x, y in made]
    mine = Clusters.of(grams := grams_of(made), fit_pooled(grams))
    assert not mine.estimate(K).known
    assert mine.joint([0, K]) is None
    assert mine.estimate(0).known
    assert mine.joint([0, 1]) is not None


def test_the_series_is_as_exact_as_it_is_said() -> None:
    made = accounts(300)
    grams = grams_of(made)
    mine = Clusters.of(grams, fit_pooled(grams))
    leverage = np.einsum("aij,ji->a", mine.xx, mine.bread)
    assert (leverage < clusters.SERIES).sum() > 0
    _beta, _bread, covariance, _vectors = dense(made)
    np.testing.assert_allclose(mine.covariance, covariance, rtol=1e-12, atol=1e-16)


def test_equal_accounts_lose_one_degree_of_freedom() -> None:
    """One regressor and accounts that are alike: what is left is one less than accounts."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(20, 1))
    x -= x.mean()
    made = [(x, rng.normal(size=20)) for _ in range(12)]
    grams = grams_of(made)
    assert Clusters.of(grams, fit_pooled(grams)).estimate(0).df == pytest.approx(11)


def test_what_is_not_identified_is_not_told() -> None:
    made = [(np.column_stack([x, 2 * x[:, 0], 0 * x[:, 0]]), y) for x, y in accounts(9)]
    grams = grams_of(made)
    mine = Clusters.of(grams, fit_pooled(grams))
    for column in (0, 4, 5):
        assert not mine.estimate(column).known
    plain = grams_of(accounts(9))
    theirs = Clusters.of(plain, fit_pooled(plain)).estimate(1)
    assert mine.estimate(1).error == pytest.approx(theirs.error, rel=1e-6)
    assert mine.joint([0, 4, 5]) is None


def test_too_few_accounts_say_nothing() -> None:
    one = grams_of(accounts(1))
    mine = Clusters.of(one, fit_pooled(one))
    assert not mine.estimate(0).known
    assert mine.joint([1, 2, 3]) is None
    two = grams_of(accounts(2))
    assert Clusters.of(two, fit_pooled(two)).joint([1, 2, 3]) is None
