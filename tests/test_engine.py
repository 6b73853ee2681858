"""One column at a time: shifts, bootstraps and shares agree with refitting everything."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.evidence.dominance import dominance, partial_grams, shapley
from analysis.model.design import primary_design
from analysis.model.fwl import hc3_t, partial_out
from analysis.model.wild import wild_bootstrap
from tests.builders import simulated_panel


def parts(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    design = primary_design(simulated_panel(seed, 160), "bundle")
    return design.x[:, 1], np.delete(design.x, 1, axis=1), design.y


def test_t_of_many_outcomes_equals_statsmodels() -> None:
    column, others, y = parts()
    part = partial_out(column, others)
    assert part is not None
    rng = np.random.default_rng(0)
    outcomes = np.column_stack([y, rng.normal(size=(len(y), 4))])
    x = np.column_stack([column, others])
    theirs = [sm.OLS(o, x).fit(cov_type="HC3", use_t=True) for o in outcomes.T]
    np.testing.assert_allclose(hc3_t(part, outcomes), [t.tvalues[0] for t in theirs], rtol=1e-9)
    assert part.df_resid == theirs[0].df_resid


def test_nothing_is_left_of_a_combination() -> None:
    column, others, _ = parts()
    assert partial_out(others[:, 1] + others[:, 2], others) is None
    assert partial_out(np.zeros(len(column)), others) is None


def test_a_row_with_a_column_of_its_own_has_no_say() -> None:
    column, others, y = parts()
    own = np.zeros(len(y))
    own[10] = 1
    part = partial_out(column, np.column_stack([others, own]))
    assert part is not None
    rest = np.arange(len(y)) != 10
    x = np.column_stack([column, others])[rest]
    theirs = sm.OLS(y[rest], x).fit(cov_type="HC3")
    assert hc3_t(part, y[:, None])[0] == pytest.approx(theirs.tvalues[0], rel=1e-9)


def test_wild_bootstrap_holds_its_level_and_finds_an_effect() -> None:
    p_values = []
    for seed in range(60):
        design = primary_design(simulated_panel(seed, 120), "bundle")
        part = partial_out(design.x[:, 1], np.delete(design.x, 1, axis=1))
        assert part is not None
        p_values.append(wild_bootstrap(part, design.y, 199, seed).p)
    # Under the null p is uniform: 60 draws give at most 8 below .05 but once in 100,000 times.
    assert sum(p < 0.05 for p in p_values) <= 8
    assert 0.35 < np.mean(p_values) < 0.65
    design = primary_design(simulated_panel(1, 200, {"blog": 0.6}), "bundle")
    part = partial_out(design.x[:, 1], np.delete(design.x, 1, axis=1))
    assert part is not None
    found = wild_bootstrap(part, design.y, 199, 0)
    assert found.p == 1 / 200
    assert wild_bootstrap(part, design.y, 199, 0).draws.tolist() == found.draws.tolist()


def test_shapley_shares_equal_the_average_over_all_orders() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(80, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.3], [0, 0, 1]])
    controls = np.column_stack([np.ones(80), rng.normal(size=80)])
    y = x @ [1.0, 0.5, 0.0] + rng.normal(size=80)

    def explained(columns: tuple[int, ...]) -> float:
        full = np.column_stack([controls, x[:, list(columns)]])
        base = sm.OLS(y, controls).fit().ssr
        return float((base - sm.OLS(y, full).fit().ssr) / base)

    expected = np.zeros(3)
    for order in permutations(range(3)):
        for place, column in enumerate(order):
            expected[column] += explained(order[: place + 1]) - explained(order[:place])
    gram = partial_grams(np.column_stack([x, controls]), 3, y, np.ones((1, 80)))
    np.testing.assert_allclose(shapley(gram)[0], expected / 6, rtol=1e-9, atol=1e-12)


def test_dominance_adds_up_and_names_the_strongest() -> None:
    found = dominance(primary_design(simulated_panel(1, 300, {"blog": 0.6}), "bundle"), draws=50)
    assert found is not None
    assert found.channels[int(found.shares.argmax())] == "blog"
    assert found.total == pytest.approx(found.shares.sum())
    assert (found.low <= found.shares).all()
    assert found.low[0] > 0.05
