"""Pooled estimates of a built panel against statsmodels on its readings, by the benchmark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.benchmark_modules import of_the_benchmark

ACCOUNTS = 24


@pytest.fixture(scope="module")
def peers():
    return of_the_benchmark("accounts_peers")


@pytest.fixture(scope="module")
def panel(peers, tmp_path_factory) -> Path:
    return peers.population(tmp_path_factory.mktemp("peers"), ACCOUNTS)


@pytest.mark.parametrize("coding", ["bundle", "all posts"])
def test_sums_and_products_give_what_statsmodels_makes_of_the_readings(
    peers, panel, coding
) -> None:
    given = peers.readings_of(panel, coding)
    mine = peers.ours(panel, coding, "counted")
    assert mine.n == len(given.table) > 3000
    assert mine.clusters == given.table["account"].nunique() == ACCOUNTS
    assert {"lag_14", "weekday_6"} < set(given.names)
    assert peers.off(mine, peers.by_statsmodels(given)) < 1e-10


def test_a_number_that_differs_is_seen(peers, panel) -> None:
    given = peers.readings_of(panel, "bundle")
    mine = peers.ours(panel, "bundle", "counted")
    beta, error = mine.beta.copy(), np.sqrt(np.diag(mine.covariance))
    assert peers.off(mine, (beta, error)) == 0
    for place in range(len(given.names)):
        bent = beta.copy()
        bent[place] += 1e-6 * max(error[place], abs(beta[place]))
        assert peers.off(mine, (bent, error)) > 1e-7
    wide = replace(mine, covariance=mine.covariance * (1 + 1e-6))
    assert peers.off(wide, (beta, error)) > 1e-7
