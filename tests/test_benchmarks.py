"""What the benchmarks of speed share: targets, the page, and which scripts run when."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.benchmark_modules import of_the_benchmark

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def machine() -> ModuleType:
    return of_the_benchmark("machine")


@pytest.fixture(scope="module")
def gather() -> ModuleType:
    return of_the_benchmark("gather")


@pytest.mark.parametrize(
    ("measured", "least", "met"),
    [(14.9, True, False), (15.0, True, True), (15.1, False, False), (float("nan"), True, False)],
)
def test_a_target_is_met_on_its_own_side(
    machine: ModuleType, measured: float, least: bool, met: bool
) -> None:
    assert machine.Target("x", measured, 15.0, least=least).met is met


def test_targets_come_back_as_they_went(
    machine: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = [machine.Target("good", 0.2, 0.25, "s"), machine.Target("bad", 1.2, 15.0, least=True)]
    assert machine.conclude(targets[:1]) == 0
    assert machine.conclude(targets, tmp_path / "kept.json") == 1
    assert machine.read_targets(tmp_path / "kept.json") == targets
    assert machine.read_targets(tmp_path / "none.json") == []
    said = capsys.readouterr().out.splitlines()[-2:]
    assert said[0].split() == ["good", "0.200", "s", "at", "most", "0.250", "s"]
    assert said[1].split() == ["bad", "1.20", "at", "least", "15.0", "MISSED"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.1234, "0.123"), (12.34, "12.3"), (1234.5, "1,234"), (0.0, "0"), (0.00012, "1.2e-04")],
)
def test_numbers_have_three_digits_that_count(
    machine: ModuleType, value: float, shown: str
) -> None:
    assert machine.number(value) == shown


def test_the_machine_is_told_without_names(machine: ModuleType) -> None:
    import getpass
    import socket

    about = machine.describe()
    assert all(about.values())
    assert "numpy " in about["libraries"]
    told = " ".join(about.values())
    for name in (socket.gethostname(), getpass.getuser()):
        assert len(name) < 4 or name not in told


def test_the_page_shows_what_was_missed_and_what_failed(
    machine: ModuleType, gather: ModuleType
) -> None:
    missed = gather.Run("curve", 1, "slow\n", [machine.Target("ratio", 3.0, 15.0, least=True)])
    failed = gather.Run("ingest", 2, "no file", [])
    text = gather.page([missed, failed], {"Python": "x"}, "1.0 on 2 cores")
    assert "| curve | ratio | 3.00 | at least 15.0 | no |" in text
    assert "**It failed: exit code 2.**" in text
    assert text.count("It failed") == 1
    assert "```text\nslow\n```" in text
    assert "Run::" not in text
    assert "Not run this time: startup, render, paint, growth, accounts_peers." in text


def test_what_is_measured_again_stands_in_place_of_what_was_said_before(
    machine: ModuleType, gather: ModuleType
) -> None:
    def made(name: str, value: float, output: str) -> object:
        return gather.Run(name, 0, output, [machine.Target("ratio", value, 15.0, least=True)])

    first = [
        made("startup", 16.0, "one"),
        made("curve", 14.0, "two"),
        made("growth", 17.0, "three"),
    ]
    old = gather.page(first, {"Python": "x"}, "1.0 on 2 cores")
    new = gather.renewed(old, [made("curve", 18.0, "four"), made("growth", 19.0, "five")])
    assert "| curve | ratio | 18.0 | at least 15.0 | yes |" in new
    assert "| startup | ratio | 16.0 |" in new
    assert [word in new for word in ("one", "```text\ntwo", "three", "four", "five")] == [
        *(True, False, False, True, True)
    ]
    assert new.count("Measured again") == 2
    assert new.count("## `benchmarks/") == 3
    assert gather.renewed(new, [made("curve", 18.0, "four")]) == new
    with pytest.raises(SystemExit, match="says nothing of paint"):
        gather.renewed(old, [made("paint", 1.0, "")])


def test_every_script_is_run_by_one_of_the_two(gather: ModuleType) -> None:
    scripts = {one.stem for one in (ROOT / "benchmarks").glob("*.py")} - set(gather.SHARED)
    long = {one.stem for one in gather.others()}
    assert long == scripts - set(gather.SPEED)
    assert long >= {"known_truth", "fresh_worlds", "unseen_worlds", "fuzz"}


def test_paint_stands_beside_a_page_of_as_many_bytes(tmp_path: Path) -> None:
    paint = of_the_benchmark("paint")
    page = tmp_path / "index.html"
    page.write_text("é" * 500, encoding="utf-8")
    assert paint.peer(page, tmp_path).stat().st_size == page.stat().st_size == 1000
    found = {
        "page": paint.Times([500.0], [250.0], [180.0, 400.0, 190.0], [90.0, 95.0, 80.0]),
        "empty": paint.Times([500.0], [120.0], [100.0, 110.0, 90.0], [60.0, 61.0, 62.0]),
    }
    lines = paint.table(found)
    assert lines[2].split()[-1] == "+130"
    assert lines[3].split()[-9:] == ["190", "(180", "to", "400)", "100", "(90", "to", "110)", "+90"]
    assert lines[4].split()[-1] == "+29"


def test_a_render_that_shows_something_else_is_not_timed(tmp_path: Path) -> None:
    render = of_the_benchmark("render")
    cell = {"cell_type": "code", "outputs": [{"data": {"text/plain": ["a", "b"]}, "metadata": {}}]}
    for folder, text in (("mine", ["ab"]), ("same", ["a", "b"]), ("other", ["a", "c"])):
        (tmp_path / folder).mkdir()
        cell["outputs"] = [{"data": {"text/plain": text}}, {"name": "stdout", "text": text}]
        for name in render.NOTEBOOKS:
            notebook = {"cells": [{"cell_type": "markdown"}, cell]}
            (tmp_path / folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    assert render.same_outputs(tmp_path / "mine", tmp_path / "same") == 2 * len(render.NOTEBOOKS)
    with pytest.raises(SystemExit, match="something else"):
        render.same_outputs(tmp_path / "mine", tmp_path / "other")
