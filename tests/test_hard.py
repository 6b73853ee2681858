""".ci/hard: the conditions that it says hold, on one small test."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "hard"
ONE = ("-q", "-k", "never_looks_whole", "tests/test_covered.py")


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(SCRIPT), *arguments],
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def missing() -> str:
    """Return why it cannot be run here; empty where it can."""
    if os.geteuid() != 0:
        return "it needs root, which it lays down"
    if not (ROOT / ".git").exists() or not (ROOT / ".venv" / "bin" / "python").exists():
        return "no clone with a .venv"
    if importlib.util.find_spec("pytest_randomly") is None:
        return "pytest-randomly is not installed: make setup"
    if any(shutil.which(program) is None for program in ("ip", "mount", "setpriv", "unshare")):
        return "not Linux, or a program is missing"
    spaces = ["unshare", "--net", "--mount", "--pid", "--fork", "true"]
    return "" if subprocess.run(spaces, check=False).returncode == 0 else "no namespaces here"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="not a POSIX system")
def test_tests_run_read_only_as_nobody_without_network_in_a_told_order() -> None:
    if why := missing():
        pytest.skip(why)
    done = run(*ONE, SEED="7", JOBS="0")
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()[0]
    for said in ("read-only", "no network", "TZ=Pacific/Kiritimati", "LC_ALL=C", "SEED=7"):
        assert said in told
    assert "1 passed" in done.stdout


@pytest.mark.skipif(not os.access(ROOT, os.W_OK), reason="here the conditions hold")
def test_a_condition_that_does_not_hold_stops_it() -> None:
    done = run("--tests", "7", "0", *ONE)
    assert done.returncode == 2
    assert "passed" not in done.stdout
    assert done.stderr.startswith(".ci/hard: ")
    assert len(done.stderr.splitlines()) == 1
