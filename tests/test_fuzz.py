"""Broken exports of every format: a slice of what ``benchmarks/fuzz.py`` reads."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.fuzzing import campaign

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="measures by POSIX means")

CASES = 1_500
SEED = 20_120_622
FOUND = (
    *("wxr:2:90", "wxr:2:337", "rss:2:129", "rss:3:131", "study:2:197", "ghost:2:176"),
    *("ghost:3:21", "post_table:2:71", "markdown:2:27", "rss:2:59"),
    *("linkedin:3:197", "wxr:3:232", "daily:1:187"),
)
"""Cases that once were faults."""

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def worker() -> Any:
    made = campaign.Worker()
    yield made
    made.close()


def test_every_format_has_exports_to_break(worker: campaign.Worker) -> None:
    assert set(worker.about["known"]) < {*worker.about["seeds"].values()}


def test_whole_exports_are_read(worker: campaign.Worker) -> None:
    names = [f"{name}:whole:{kind}" for name in worker.about["seeds"] for kind in "fz"]
    found = [worker.judge(name) for name in names]
    assert {(each["name"], each["said"]) for each in found if each["result"] != "rows"} == set()


def test_broken_exports_give_rows_or_one_line(worker: campaign.Worker) -> None:
    wanted = [*FOUND, *campaign.names(CASES, SEED, worker.about["seeds"])]
    found = [worker.judge(name) for name in wanted]
    faults = [each for each in found if each["result"] not in ("rows", "line")]
    assert faults == []
    counts = Counter(each["result"] for each in found)
    assert min(counts["rows"], counts["line"]) > CASES / 5  # neither is the easy way out


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("raise", "traceback"),
        ("hang", "slow"),
        ("grow", "big"),
        ("write", "unsound"),
        ("connect", "unsound"),
        ("year", "unsound"),
        ("lines", "unsound"),
        ("die", "traceback"),
    ],
)
def test_a_reader_with_a_fault_is_caught(kind: str, result: str) -> None:
    worker = campaign.Worker("--fault", kind)
    try:
        assert worker.judge("rss:whole:f")["result"] == result
    finally:
        worker.close()


def test_the_command_writes_the_table(tmp_path: Path) -> None:
    page = tmp_path / "fuzz.md"
    command = [sys.executable, "benchmarks/fuzz.py", "--cases", "41", "--write", str(page)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    text = page.read_text(encoding="utf-8")
    assert "| all | 41 |" in text
    assert "The slowest case is" in text
