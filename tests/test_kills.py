"""Killed at any moment, or run twice at once: a slice of what ``benchmarks/kills.py`` does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from tests.benchmark_modules import of_the_benchmark

ROOT = Path(__file__).parents[1]
SEED = 2012

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture(scope="module")
def kills() -> ModuleType:
    return of_the_benchmark("kills")


@pytest.fixture(scope="module")
def bases() -> ModuleType:
    return of_the_benchmark("killing.bases")


def judged(kills: ModuleType, count: int, *only: str) -> None:
    cases = kills.campaign(count, SEED, only)
    assert sum(case.killed for case in cases) >= count
    assert {case.wrong for case in cases} == {""}
    told = kills.table(cases)[-1].split("|")
    assert int(told[4]) == int(told[5]) == sum(case.killed for case in cases)
    assert int(told[6]) == 0


def test_collect_and_verdict_are_killed_and_the_next_run_is_as_if_nothing_was(
    kills: ModuleType,
) -> None:
    judged(kills, 9, "collect", "verdict")


@pytest.mark.slow
def test_a_report_is_killed_and_the_next_one_is_the_same_to_the_byte(kills: ModuleType) -> None:
    judged(kills, 1, "report")


def test_what_a_kill_must_not_leave_is_seen(kills: ModuleType, tmp_path: Path) -> None:
    """The judge finds a page that is neither the old one nor the new one, and what is left over."""
    (tmp_path / "reports/mine").mkdir(parents=True)
    (tmp_path / "reports/mine/index.html").write_text("ha")
    other = {"mine/index.html": "0" * 64}
    assert "mine/index.html" in kills.published(tmp_path, {}, other)
    old = kills.digests(tmp_path / "reports")
    assert kills.published(tmp_path, old, other) == ""


def start(place: Path, *arguments: str) -> subprocess.Popen[str]:
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "analysis", *arguments],
        cwd=place,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def both(place: Path, *arguments: str) -> list[tuple[str, str]]:
    """Return what two runs at once say, of which neither fails."""
    runs = [start(place, *arguments) for _ in range(2)]
    said = [(*process.communicate(timeout=300), process.returncode) for process in runs]
    assert [code for _, _, code in said] == [0, 0], said
    assert not any("Traceback" in errors for _, errors, _ in said)
    return [(told, errors) for told, errors, _ in said]


@pytest.mark.slow
def test_two_reports_at_once_are_one_good_report(bases: ModuleType, tmp_path: Path) -> None:
    place = bases.write_project(tmp_path / "project")
    (first, waits), (second, also) = sorted(both(place, "report", "data/mine"), reverse=True)
    assert first == "mine: unchanged, reports/mine/index.html\n"
    assert second == "mine: rendered, reports/mine/index.html\n"
    assert "reports/mine: waiting for another run (process " in waits
    assert "waiting" not in also
    made = bases.digests(place)
    assert not [name for name in made if "needle-" in name]
    again = start(place, "report", "data/mine")
    assert again.communicate(timeout=300)[0] == first
    assert bases.digests(place) == made


def test_two_collections_at_once_are_one_good_archive(bases: ModuleType, tmp_path: Path) -> None:
    with bases.served() as address:
        alone, place = tmp_path / "alone", tmp_path / "both"
        bases.write_collecting(alone, address)
        shutil.copytree(alone, place)
        process = start(alone, "collect", "mine")
        process.communicate(timeout=300)
        expected = bases.collected(alone)
        said = sorted(both(place, "collect", "mine"))
    assert bases.collected(place) == expected
    assert [line.partition(" new")[0] for line in said[1][0].splitlines()] == [
        "blog: wordpress: 300",
        "news: feed: 20",
    ]
    assert [line.partition(" new")[0] for line in said[0][0].splitlines()] == [
        "blog: wordpress: 0",
        "news: feed: 0",
    ]
    assert said[0][1].startswith("mine/raw/collected: waiting for another run (process ")
    assert said[1][1] == ""


def test_a_dead_run_holds_nothing(bases: ModuleType, tmp_path: Path) -> None:
    """Stopped it holds the archive, killed it does not."""
    with bases.served() as address:
        place = bases.write_collecting(tmp_path / "place", address)
        first = start(place, "collect", "mine")
        lock = place / "mine/raw/collected/.collect.needle-lock"
        while not lock.exists() or not lock.read_bytes():
            assert first.poll() is None
            time.sleep(0.001)
        first.send_signal(signal.SIGSTOP)
        second = start(place, "collect", "mine", "--budget", "0.02")
        errors = second.communicate(timeout=300)[1]
        assert second.returncode == 2
        waiting, refused = errors.splitlines()
        who = f"another run (process {first.pid})"
        assert waiting == f"mine/raw/collected: waiting for {who}"
        said = f"mine/raw/collected: expected one run at a time; {who} is at work there"
        assert refused == f"needle: {said}"
        first.kill()
        first.communicate()
        third = start(place, "collect", "mine")
        assert third.communicate(timeout=300)[1] == ""
        assert third.returncode == 0
        assert not lock.exists()
