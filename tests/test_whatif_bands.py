"""The measured coverage of paths: the truth that it is held to, and what is said of it."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from analysis.whatif.words import MEASURED
from tests.test_benchmarks import ROOT, of_the_benchmark

PAGE = ROOT / "docs" / "whatif.md"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return of_the_benchmark("whatif")


def shares(page: Path) -> list[tuple[str, list[float]]]:
    """Return the world and readings of each row of the table, and its four shares."""
    rows = []
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"\d+", cells[1] if len(cells) > 1 else ""):
            rows.append(
                (f"{cells[0]}, {cells[1]}", [float(cell.split()[0]) for cell in cells[2:6]])
            )
    return rows


def test_the_document_has_every_world(bench: ModuleType) -> None:
    wanted = [f"{world.name}, {days}" for world in bench.WORLDS for days in world.lengths]
    assert [name for name, _ in shares(PAGE)] == wanted
    text = PAGE.read_text(encoding="utf-8")
    for name, held in shares(PAGE):
        told = f"- {name} readings: {min(held):.3f}" in text
        assert told == (min(held) < bench.BOUND), name


def test_what_is_said_of_the_band_is_what_was_measured() -> None:
    at_once = [held[3] for _, held in shares(PAGE)]
    assert (round(100 * min(at_once)), round(100 * max(at_once))) == MEASURED
    assert "readings are missing" in min(shares(PAGE), key=lambda row: row[1][3])[0]


def test_what_is_expected_of_a_leak_leaks(bench: ModuleType) -> None:
    read = np.random.default_rng(1).normal(0, 0.5, 60)
    read[20:25] = np.nan
    coming = bench.expected_noise("back soon", read)
    assert coming[1:] == pytest.approx(0.9 * coming[:-1])
    assert coming[0] * read[-1] > 0


def test_what_is_expected_is_the_mean_of_many_futures(bench: ModuleType) -> None:
    """Of accounts with the same last readings, as near as ten thousand tell."""
    rng = np.random.default_rng(2)
    kernel = bench.response("leaky", 400)
    shocks = rng.normal(0, bench.engines.SHOCK_SD, (20_000, 406))
    score = np.stack([shocks[:, day : day + 400] @ kernel[::-1] for day in range(7)], axis=1)
    read = score[:, :3] + rng.normal(0, bench.engines.READING_SD, (20_000, 3))
    slopes = np.linalg.lstsq(read, score[:, 3:], rcond=None)[0]
    unit = np.column_stack([bench.expected_noise("leaky", one)[:4] for one in np.eye(3)])
    assert pytest.approx(unit, abs=0.03) == slopes.T


LEAK = 0.3 / 14 * np.cumsum([1, 1 + 0.9, 0.9 + 0.81])


@pytest.mark.parametrize(("place", "days"), [(2, LEAK.tolist()), (3, [6 / 7] * 3)])
def test_posts_add_what_the_world_says(bench: ModuleType, place: int, days: list[float]) -> None:
    _, truth = bench.account(bench.WORLDS[place], 1, 240)
    none, one, two = truth(0.0), truth(1.0), truth(2.0)
    assert two - one == pytest.approx(one - none)
    assert (one - none)[:3] == pytest.approx(days)


@pytest.mark.parametrize("place", range(6))
def test_an_account_of_each_world_is_judged(bench: ModuleType, place: int) -> None:
    found = bench.judged((bench.WORLDS[place], 1, 240))
    assert found.told
    assert len(found.holds) == 4
    assert found.half > 0
    assert f"| {bench.WORLDS[place].name} | 240 | " in bench.row(bench.WORLDS[place], 240, [found])
