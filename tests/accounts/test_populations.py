"""The measured error rates of many accounts: their page, their truth, and a slice of them."""

from __future__ import annotations

import json
from types import ModuleType

import numpy as np
import pytest

from tests.benchmark_modules import of_the_benchmark
from tests.test_benchmarks import ROOT

PAGE = ROOT / "docs" / "populations.md"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return of_the_benchmark("populations")


@pytest.fixture(scope="module")
def rates() -> ModuleType:
    return of_the_benchmark("rates")


@pytest.fixture(scope="module")
def people() -> ModuleType:
    return of_the_benchmark("people")


def test_the_page_is_that_of_its_numbers(bench: ModuleType, rates: ModuleType) -> None:
    told = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    assert rates.missed(told["cells"]) == told["missed"]
    assert rates.page(told["cells"], told["missed"]) == PAGE.read_text(encoding="utf-8")
    cells = [(cell["world"], cell["accounts"]) for cell in told["cells"]]
    assert cells == [(world.name, accounts) for world, accounts in bench.CELLS]


def test_a_population_through_files_is_the_one_in_memory(bench: ModuleType, rates) -> None:
    assert bench.compared((rates.VARYING, 20, 0)) < 1e-9
    assert bench.compared((rates.TENTH, 20, 1)) < 1e-9


def test_a_difference_of_any_number_is_seen(bench: ModuleType, rates, people) -> None:
    one = bench.fitted(people.population(rates.EQUAL, 20, 1))
    other = bench.fitted(people.population(rates.EQUAL, 20, 2))
    assert bench.differ(one, one) == 0
    assert bench.differ(one, other) > 1e-3


def test_posts_add_what_the_world_says(people: ModuleType, rates: ModuleType) -> None:
    """The same posts and shocks with and without the effect: all else cancels."""
    still = people.population(rates.NONE, 5, 7)
    moved = people.population(rates.EQUAL, 5, 7)
    np.testing.assert_array_equal(still.posts, moved.posts)
    change = np.diff(moved.score - still.score, axis=1)
    push = change[:, 1:] - people.MEMORY * change[:, :-1]
    posts = moved.posts[:, 0].astype(float)
    window = (posts[:, 1:] + posts[:, :-1])[:, 1:]
    for row in range(5):
        last = moved.days[row] - 2
        slope, _usual = np.polyfit(window[row, :last], push[row, :last], 1)
        rise = slope * (1 + 1 + people.MEMORY)
        assert rise == pytest.approx(0.3, rel=1e-9)
        assert moved.effect[row] == 0.3


def test_populations_are_what_the_page_says(people: ModuleType, rates: ModuleType) -> None:
    crowd = people.population(rates.TENTH, 1000, 1)
    assert crowd.days.min() >= 180
    assert crowd.days.max() <= 365
    assert (crowd.effect != 0).sum() == 100
    known = np.isfinite(crowd.score).sum(axis=1)
    np.testing.assert_array_equal(known, crowd.days)
    daily = crowd.posts[:, 0].sum(axis=1) / crowd.days
    assert np.median(daily) == pytest.approx(0.2, rel=0.15)
    assert np.quantile(daily, 0.9) > 4 * np.quantile(daily, 0.1)
    related = people.population(rates.RELATED, 1000, 1)
    busy = np.log(related.posts[:, 0].sum(axis=1) / related.days)
    assert 0.45 < np.corrcoef(busy, related.effect)[0, 1] < 0.65


def test_a_slice_of_the_rates(bench: ModuleType, rates: ModuleType) -> None:
    """Bounds that chance would break less than once in ten thousand seeds."""
    kept = {}
    for world in (rates.VARYING, rates.NONE):
        rows, xx, xy = bench.measured((world, 20, range(60)))
        kept[rates.name_of(world, 20)] = rates.Kept(rows, xx, xy)
    for world in (rates.VARYING, rates.NONE):
        found = rates.rates(world, 20, kept)
        assert found["populations"] == 60
        assert found["pooled_holds"] >= 49
        assert found["mean_holds"] >= 49
        assert found["joint"][0] <= 11
    none = rates.rates(rates.NONE, 20, kept)
    assert none["recognized"] <= 11
    assert none["pooled_truth"] == pytest.approx(0, abs=1e-12)
    varying = rates.rates(rates.VARYING, 20, kept)
    assert varying["recognized"] == 60
    assert varying["pooled_truth"] == pytest.approx(0.295, abs=0.03)


def test_what_is_beyond_its_bound_is_named(rates: ModuleType) -> None:
    told = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    cell = {**told["cells"][0], "populations": 1000, "pooled_holds": 935, "joint": [65, 1000]}
    cell |= {"mean_holds": 936, "differs": [0, 0], "others": [64, 1000]}
    cell |= {"files": 1, "files_differ": 1e-8}
    said = rates.missed([cell])
    assert [line.partition(": ")[2] for line in said] == [
        "files and memory differ by 1.0e-08",
        "the pooled interval holds 0.935",
        "joint test false in 0.065",
    ]
    few = rates.missed([{**cell, "populations": 399, "files": 0}])
    assert few == ["equal effects, 20: only 399 populations, too few to be held against a bound"]


def test_what_was_measured_is_kept(bench: ModuleType, rates: ModuleType, tmp_path) -> None:
    path = tmp_path / "kept.json"
    rows, xx, xy = bench.measured((rates.EQUAL, 20, range(2)))
    name = rates.name_of(rates.EQUAL, 20)
    bench.keep({name: rates.Kept(rows, xx, xy, [1e-13])}, path)
    again = bench.read_kept(path)[name]
    assert again.rows == rows
    assert again.files == [1e-13]
    np.testing.assert_array_equal(again.xx, xx)
    assert bench.read_kept(tmp_path / "none.json") == {}
