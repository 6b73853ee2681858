"""The driver of the mutation tests: what it changes, and whether it can tell what is noticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from scipy.stats import binomtest

from tests.benchmark_modules import of_the_benchmark

ROOT = Path(__file__).parents[1]
CLOCK = "analysis.panel.clock"


@pytest.fixture(scope="module")
def mutants() -> ModuleType:
    return of_the_benchmark("mutants")


def code(text: str) -> object:
    return compile(text, "x.py", "exec")


def test_what_runs_at_import_is_told_from_functions(mutants: ModuleType) -> None:
    text = (
        "LIMIT = 1\n"
        "def f(x):\n    return [x + 1 for _ in 'a']\n"
        "class A:\n    def g(self): return 2\n"
    )
    assert mutants.pairs(code(text), code(text)) == []
    for old, new, names in (
        ("x + 1", "x - 1", ["f"]),
        ("return 2", "return 3", ["A.g"]),
        ("LIMIT = 1", "LIMIT = 2", None),
        ("f(x)", "f(x=1)", None),
        ("class A:", "class A(int):", None),
    ):
        found = mutants.pairs(code(text), code(text.replace(old, new)))
        assert (found and [one.co_qualname for one, _ in found]) == names


def test_annotations_are_no_places(mutants: ModuleType) -> None:
    spots = mutants.unread("def f(x: int | None = 1 + 1) -> list[int]:\n    y: float = 2\n")
    columns = {column for line, column in spots if line == 1}
    assert columns == set(range(9, 19)) | set(range(32, 41))
    assert {column for line, column in spots if line == 2} == set(range(7, 12))


def test_the_interval_of_the_share_is_wilsons(mutants: ModuleType) -> None:
    theirs = binomtest(870, 1000).proportion_ci(0.95, method="wilson")
    assert mutants.wilson(0.87, 1000) == pytest.approx((theirs.low, theirs.high))


def test_survivors_without_a_reason_are_told(
    mutants: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [mutants.Mutant(CLOCK, "x", 0, 0, line, 0, f"a{line} | b", "c") for line in range(1, 5)]
    reasons = {CLOCK: {made[1].change: "It is the same."}}
    monkeypatch.setattr(mutants, "reasons", lambda: reasons)
    verdicts = dict(zip(made, ("killed", "survived", "survived", "out of time"), strict=True))
    text = "\n".join(mutants.page(verdicts, 900, 8, "run"))
    assert "**2 of 4 mutants are noticed: 50.0%**" in text
    assert "| panel.clock | 4 | 2 | 1 | 2 | 0 | 50.0% |" in text
    assert r"| panel.clock | `a2 \| b` | `c` | It is the same. |" in text
    assert r"| panel.clock | `a3 \| b` | `c` | **no test notices** |" in text


def test_a_draw_changes_nothing_and_is_the_same_again(mutants: ModuleType) -> None:
    few, places = mutants.draw([CLOCK], 5, 1)
    more, again = mutants.draw([CLOCK], 8, 1)
    assert [one.key for one in few] == [one.key for one in more[:5]]
    assert places == again > 8
    assert len({(one.line, one.column) for one in more}) == 8
    source = mutants.path_of(CLOCK).read_text(encoding="utf-8")
    assert mutants.nodes(CLOCK)[0].get_code() == source
    for one in more:
        assert one.before in source
        assert one.before != one.after


@pytest.mark.slow
def test_a_test_that_sees_nothing_kills_nothing(mutants: ModuleType, tmp_path: Path) -> None:
    blind = ROOT / "tests" / "test_values.py"
    command = [sys.executable, "benchmarks/mutants.py", "--only", "panel.clock", "--places", "6"]
    page = tmp_path / "page.md"
    command += ["--write", str(page), "--tests"]
    assert subprocess.run([*command, str(blind)], cwd=ROOT, check=False).returncode == 1
    assert "**0 of 6 mutants are noticed" in page.read_text(encoding="utf-8")
    subprocess.run([*command, "tests/test_panel.py"], cwd=ROOT, check=False)
    assert "**0 of 6 mutants are noticed" not in page.read_text(encoding="utf-8")
