"""Attacks and faults: a slice of what ``benchmarks/attacks.py`` tries, and that it would notice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.benchmark_modules import of_the_benchmark
from tests.fuzzing import campaign

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="measures by POSIX means")

PLANTED = ("lose", "hang", "grow", "write", "connect", "read", "start", "leave", "die", "answer")
EACH = 1
"""Cases of every kind."""

SLOW = 2
"""Kinds whose cases may take so many times ten seconds are left to the command."""


@pytest.fixture(scope="module")
def attacks() -> ModuleType:
    return of_the_benchmark("attacks")


@pytest.fixture(scope="module")
def worker() -> Iterator[campaign.Worker]:
    made = campaign.Worker(module="attacks.worker")
    yield made
    made.close()


def test_every_kind_is_held(attacks: ModuleType, worker: campaign.Worker) -> None:
    kinds = {name: kind for name, kind in attacks.every_kind().items() if kind.seconds < SLOW * 10}
    found = [worker.judge(name) for each in kinds for name in attacks.names_of(each)[:EACH]]
    lost = [each for each in found if each["result"] not in (attacks.REFUSED, attacks.SURVIVED)]
    assert lost == []
    assert len(found) >= len(kinds)


@pytest.mark.parametrize("kind", PLANTED)
def test_what_comes_through_is_noticed(kind: str, worker: campaign.Worker) -> None:
    found = worker.judge(f"planted-{kind}:1:0")
    assert found["result"] not in ("refused", "survived"), found


def test_the_seeds_and_the_page_are_in_step(attacks: ModuleType) -> None:
    page = of_the_benchmark("attacks.page")
    kinds, seeds = attacks.every_kind(), attacks.seeds()
    assert list(seeds) == sorted(kinds)
    rows = page.written(page.PAGE.read_text(encoding="utf-8"), kinds)
    tried = {name: row.tried for name, row in rows.items()}
    assert tried == {name: len(attacks.names_of(name)) for name in kinds}
    assert all(row.held == row.tried and row.lost == 0 for row in rows.values())


def test_rows_are_put_in_the_place_of_the_old_ones(attacks: ModuleType, tmp_path: Path) -> None:
    page = of_the_benchmark("attacks.page")
    kinds = {name: attacks.Kind(name, "here", name.title(), lambda case: "") for name in "ab"}
    text = f"# Words\n\n{page.BEGIN}\n{page.END}\nmore\n"
    first = {"a": page.Row(3, 3, 1, 0), "b": page.Row(1_200, 1_199, 0, 1)}
    text = page.replaced(text, page.table(first, kinds))
    assert page.written(text, kinds) == first
    assert "| all | 2 kinds | 1,203 | 1,202 | 1 | 1 |" in text
    found = [{"name": "b:1:0", "result": "refused"}, {"name": "b:1:1", "result": "slow"}]
    again = page.written(text, kinds) | page.rows_of(found, kinds)
    assert again == {"a": page.Row(3, 3, 1, 0), "b": page.Row(2, 1, 1, 1)}
    text = page.replaced(text, page.table(again, kinds))
    assert text.startswith("# Words\n")
    assert text.endswith("\nmore\n")
    assert text.count("| attack or fault |") == 1
