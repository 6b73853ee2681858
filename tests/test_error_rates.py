"""The table of error rates: what is counted, what breaks a bound, and that the page is current."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.benchmark_modules import of_the_benchmark

ROOT = Path(__file__).parents[1]
S, R, I = "supported", "refuted", "inconclusive"  # noqa: E741


@pytest.fixture(scope="module")
def counts() -> ModuleType:
    """Return the module that counts verdicts and holds them to their bounds."""
    return of_the_benchmark("known.counts")


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """Return the module that writes the page."""
    return of_the_benchmark("known.page")


def causes() -> dict[str, object]:
    numbers: dict[str, object] = json.loads((ROOT / "docs/error-causes.json").read_text("utf-8"))
    return numbers


def rows(world: str, days: int, *verdicts: tuple[str, str, str]) -> list[tuple[object, ...]]:
    return [(world, days, one, 0.0, 0.1, (-0.1, 0.3)) for one in verdicts]


def test_counts_are_by_world_and_length(counts):
    found = counts.cells_of(
        [*rows("nothing", 180, (S, I, I), (R, I, R)), *rows("nothing", 365, (I, R, R))]
    )
    assert [(cell.world, cell.days, cell.accounts) for cell in found] == [
        ("nothing", 180, 2),
        ("nothing", 365, 1),
    ]
    assert found[0].verdicts["blogging-moves-score"] == {R: 1, S: 1}
    assert found[0].count("only-blogging", R) == 1
    assert found[1].count("nothing-else-correlates", R) == 1
    assert found[1].count("nothing-else-correlates", S) == 0


def test_coverage_and_mean_error(counts):
    (cell,) = counts.cells_of(
        [
            ("blog-only", 365, (S, I, I), 0.25, 0.30, (0.2, 0.4)),
            ("blog-only", 365, (S, I, I), 0.25, 0.40, (0.3, 0.5)),
            ("blog-only", 365, ("untestable",) * 3, 0.25, None, None),
        ]
    )
    assert (cell.covered, cell.intervals) == (1, 2)
    assert cell.bias == pytest.approx(0.1)
    assert cell.bias_error == pytest.approx(0.05 * 2**0.5 / 2, abs=1e-4)
    assert cell.truth == 0.25


@pytest.mark.parametrize(
    ("world", "days", "verdict", "broken"),
    [
        ("nothing", 180, (S, I, I), "false “blogging moves it”"),
        ("nothing", 180, (I, R, R), "false “something else does”"),
        ("cliff", 730, (I, I, S), "false “only blogging”"),
        ("hidden-event", 365, (S, I, S), "false “only blogging”"),
        ("tweets-only", 365, (S, R, S), "false “only blogging”"),
        ("blog-only", 365, (I, I, I), "blogging found"),
        ("everything", 180, (S, I, I), "“only blogging” refuted"),
    ],
)
def test_each_bound_can_break(counts, pages, world, days, verdict, broken):
    cells = counts.cells_of(rows(world, days, *[verdict] * 30))
    assert [measure.name for measure, _ in counts.missed(cells)] == [broken]
    assert [measure.name for measure, _ in counts.missed(cells, certainly=True)] == [broken]
    assert broken in pages.bounds_table(cells)
    assert f"| {world} | {days} | {broken} | " in pages.misses_table(cells, causes())
    ((measure, cell),) = counts.missed(cells)
    assert counts.said(measure, cell).startswith(f"{world}, {days} readings: {broken} in ")


@pytest.mark.parametrize(
    ("world", "days", "verdict"),
    [
        ("blog-only", 365, (S, S, S)),
        ("blog-only", 180, (I, I, I)),
        ("everything", 365, (S, R, R)),
        ("hidden-event", 365, (S, I, I)),
        ("reactions", 365, (S, R, R)),
    ],
)
def test_what_is_right_or_not_bounded_breaks_nothing(counts, world, days, verdict):
    assert not list(counts.missed(counts.cells_of(rows(world, days, *[verdict] * 30))))


def test_a_bound_is_surely_broken_only_beyond_chance(counts):
    some = [(S, I, I)] * 2 + [(I, I, I)] * 18
    (cell,) = counts.cells_of(rows("nothing", 365, *some))
    assert [m.name for m, _ in counts.missed([cell])] == ["false “blogging moves it”"]
    assert not list(counts.missed([cell], certainly=True))


def test_the_trend_has_a_bound_of_its_own(counts):
    seven = [(S, I, I)] * 7 + [(I, I, I)] * 93
    assert not list(counts.missed(counts.cells_of(rows("trend-season", 365, *seven))))
    assert list(counts.missed(counts.cells_of(rows("busy", 365, *seven))))


def test_a_hidden_event_is_told_without_a_bound(counts, pages):
    cells = counts.cells_of(rows("hidden-event", 365, *[(S, I, I)] * 30))
    told = pages.misses_table(cells, causes()).splitlines()[2:]
    assert any("| false “blogging moves it” | 100.0 (88.6–100.0) | none |" in row for row in told)
    assert pages.true_of(cells[0].place) == "nothing; cannot be told"


def test_the_page_is_the_one_of_its_counts(counts, pages):
    kept = json.loads((ROOT / "docs/error-rates.json").read_text("utf-8"))
    page = (ROOT / "docs/error-rates.md").read_text("utf-8")
    assert page == pages.page(kept, causes()), "run: python benchmarks/known_truth.py --render"
    assert kept["through_files"]["same"] == kept["through_files"]["accounts"] >= 400
    cells = [counts.Cell(**cell) for cell in kept["cells"]]
    assert {cell.days for cell in cells} == {180, 365, 730}
    assert len({cell.world for cell in cells}) >= 16
    assert {cell.accounts for cell in cells} == {1000}


def test_every_broken_bound_has_its_cause():
    page = (ROOT / "docs/error-rates.md").read_text("utf-8")
    assert "not explained" not in page
