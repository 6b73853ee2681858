"""The second generator of simulated accounts: its bytes, its table, and the gate on error rates."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"

sys.path.insert(0, str(BENCHMARKS))
try:
    import fresh_worlds
    from fresh import scores
    from fresh.catalogue import BY_NAME, WORLDS, make, write_study
    from fresh.clock import Stretch
finally:
    sys.path.remove(str(BENCHMARKS))


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def outcome(world: str, seed: int, **verdicts: str) -> fresh_worlds.Outcome:
    known = {"blog": fresh_worlds.BLOG, "nothing": fresh_worlds.ELSE, "only": fresh_worlds.ONLY}
    return fresh_worlds.Outcome(world, seed, {known[key]: v for key, v in verdicts.items()}, ())


def test_two_worlds_go_through_the_runner(tmp_path: Path) -> None:
    page, kept = tmp_path / "page.md", tmp_path / "kept"
    command = [sys.executable, str(BENCHMARKS / "fresh_worlds.py"), "--seeds", "1", "--jobs", "2"]
    command += ["--worlds", "next-day,podcast-carries", "--write", str(page), "--keep", str(kept)]
    ran = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert ran.returncode == 0, ran.stderr
    assert page.read_text(encoding="utf-8") == ran.stdout
    rows = [line for line in ran.stdout.splitlines() if line.startswith(("| next", "| podcast"))]
    assert [row.split(" | ")[0] for row in rows] == ["| next-day", "| podcast-carries"]
    for row in rows:
        counts = [int(cell.split()[0]) for cell in row.strip("| ").split(" | ")[3:]]
        assert sum(counts[:3]) == 1, "one seed has one verdict on blogging"
    assert sorted(path.name for path in kept.iterdir()) == ["next-day-00", "podcast-carries-00"]


@pytest.mark.parametrize("name", ["links-carry", "counts-only", "irregular"])
def test_the_same_seed_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_study(BY_NAME[name], seed, tmp_path / folder)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    other = content(tmp_path / "c")
    assert all(text != other[path] for path, text in content(tmp_path / "a").items())


def test_there_are_enough_worlds_of_every_kind() -> None:
    kinds = [(world.focal_moves, world.others_move) for world in WORLDS if world.identifiable]
    assert kinds.count((False, False)) >= 5
    assert kinds.count((True, False)) >= 3
    assert kinds.count((False, True)) >= 2
    assert kinds.count((True, True)) >= 1
    assert [world.name for world in WORLDS if not world.identifiable] == ["holidays"]


def test_a_post_brings_its_effect_once_and_after_it() -> None:
    readings = np.arange(0.0, 240.0, 24.0)
    came = scores.brought(readings, np.array([30.0]), scores.ramp(0.0, 36.0))
    assert came.tolist() == pytest.approx([0, 0, 0.5, 0.5, 0, 0, 0, 0, 0, 0])
    came = scores.brought(readings, np.array([30.0, 31.0]), scores.soon(4.0))
    assert came[:2].tolist() == [0, 0]
    assert came.sum() == pytest.approx(2.0, abs=1e-6)


def test_hours_are_those_of_the_wall() -> None:
    stretch = Stretch("America/Sao_Paulo", dt.date(2012, 10, 20), 3)
    day = stretch.instant(1, 24.0) - stretch.instant(0, 24.0)
    assert day == 23.0, "summer time began at midnight of 2012-10-21"
    late = stretch.local(stretch.instant(1, 25.5)).isoformat()
    assert late == "2012-10-22T01:30:00-02:00"


def test_readings_that_are_missing_are_not_written() -> None:
    account = make(BY_NAME["shared-rise"], 0)
    days = [line[:10] for line in account.files["raw/score.csv"].splitlines()[1:]]
    assert len(days) == account.readings == 500
    assert all(dt.date.fromisoformat(day).weekday() < 5 for day in days)


def test_wilson_is_the_published_interval() -> None:
    low, high = fresh_worlds.wilson(0, 20)
    assert (low, round(high, 4)) == (0.0, 0.1611)
    low, high = fresh_worlds.wilson(15, 148)  # Newcombe 1998, table I: 0.0624 to 0.1605
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)


def test_the_gate_closes_only_when_the_interval_lies_above_the_level() -> None:
    def pool(hits: int) -> list[fresh_worlds.Outcome]:
        return [
            outcome("bursts", seed, blog="supported" if seed < hits else "refuted")
            for seed in range(100)
        ]

    assert not fresh_worlds.exceeded(pool(9))
    (said,) = fresh_worlds.exceeded(pool(12))
    assert said.endswith("blogging *supported*: 12 of 100 is more than 5%")


def test_worlds_with_a_hidden_cause_do_not_close_the_gate() -> None:
    outcomes = [outcome("holidays", seed, blog="supported") for seed in range(20)]
    assert not fresh_worlds.exceeded(outcomes)
