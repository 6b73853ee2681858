"""What account constants do to own lags: the published formula, and accounts of known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from analysis.accounts.gram import Grams
from analysis.accounts.nickell import responses, unpulled
from analysis.accounts.pooled import fit_pooled


def grams_of(x: np.ndarray, y: np.ndarray, lags: int) -> Grams:
    """Return products about means; x of shape (a, n, k), y of (a, n)."""
    a, n, _ = x.shape
    inner, outcome = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    return Grams(
        np.array([f"a{row}" for row in range(a)]),
        np.full(a, float(n)),
        np.einsum("ani,anj->aij", inner, inner),
        np.einsum("ani,an->ai", inner, outcome),
        (outcome**2).sum(axis=1),
        np.full(a, lags),
        x.sum(axis=1),
        np.zeros((a, 1)),
    )


@pytest.mark.parametrize("phi", [0.0, 0.5, -0.3, 0.9])
@pytest.mark.parametrize("n", [8, 60])
def test_one_lag_is_pulled_as_nickell_says(phi: float, n: int) -> None:
    """Nickell (1981), equation 15: the numerator of the bias, for shocks of variance one."""
    numerator = ((n - 1) - n * phi + phi**n) / (n * (1 - phi) ** 2)
    one = Grams(
        np.array(["a"]),
        np.array([float(n)]),
        np.zeros((1, 1, 1)),
        np.zeros((1, 1)),
        np.array([n - 1.0]),
        np.array([1]),
        np.zeros((1, 1)),
        np.zeros((1, 1)),
    )
    moved = unpulled(one, np.array([phi]), np.eye(1), slice(0, 1)) - phi
    assert moved[0] == pytest.approx(numerator, rel=1e-10)


def test_responses_are_those_of_a_filter() -> None:
    phi = np.array([0.5, -0.2, 0.1])
    shock = np.zeros(40)
    shock[0] = 1.0
    np.testing.assert_allclose(responses(phi, 40), lfilter([1.0], [1.0, *-phi], shock), atol=1e-14)


def test_short_accounts_give_the_truth_back() -> None:
    """Two lags and a regressor that lives on from day to day, 4,000 accounts of 40 readings."""
    rng = np.random.default_rng(1)
    phi, effect, a, n = np.array([0.4, 0.1]), 0.5, 4_000, 40
    x = lfilter([1.0], [1.0, -0.6], rng.normal(size=(a, n + 60)))
    shocks = rng.normal(size=(a, n + 60)) * rng.uniform(0.5, 2, (a, 1))
    y = lfilter([1.0], [1.0, *-phi], effect * x + shocks)
    columns = np.stack([x[:, 60:], y[:, 59:-1], y[:, 58:-2]], axis=2)
    grams = grams_of(columns, y[:, 60:], lags=2)
    truth = np.array([effect, *phi])
    within = fit_pooled(grams)
    mended = unpulled(grams, within.beta, within.bread, slice(1, 3))
    off, left = np.abs(within.beta - truth), np.abs(mended - truth)
    assert off[1] > 5 * within.error(1)
    assert off[0] > 3 * within.error(0)
    assert (left < off / 4).all()


def test_without_lags_or_with_growing_ones_nothing_is_done() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(5, 30, 2)), rng.normal(size=(5, 30))
    grams = grams_of(x, y, lags=1)
    beta = np.array([0.3, 1.2])
    np.testing.assert_array_equal(unpulled(grams, beta, np.eye(2), slice(1, 2)), beta)
    np.testing.assert_array_equal(unpulled(grams, beta, np.eye(2), slice(2, 2)), beta)


def test_lags_that_an_account_has_not_are_not_pulled_by_it() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(4, 30, 2)), rng.normal(size=(4, 30))
    grams = grams_of(x, y, lags=1)
    beta = np.array([0.1, 0.0])
    moved = unpulled(grams, beta, np.eye(2), slice(0, 2)) - beta
    assert moved[0] > 0
    assert moved[1] == 0
