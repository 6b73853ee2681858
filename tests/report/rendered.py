"""The bundled study's reports, rendered for the tests in processes of their own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "data" / "banfield-2012"
DRAWS = 40

RENDER = f"""
import sys
from pathlib import Path
from analysis.report.build import build_reports
(outcome,) = build_reports([Path(sys.argv[1])], Path(sys.argv[2]), parameters={{"draws": {DRAWS}}})
print(outcome)
sys.exit(outcome.status != "rendered")
"""


def render(study: Path, out: Path, cwd: Path, **environment: str) -> Path:
    """Render a study's report in a process of its own."""
    command = [sys.executable, "-c", RENDER, str(study), str(out)]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@contextmanager
def once(folder: Path) -> Iterator[bool]:
    """Tell whether what belongs into a folder is still to be made; others wait until it is."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not (folder / "done").exists()
        (folder / "done").touch()


def shared_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """Return a folder that all processes of this run share."""
    base = factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name


def digests(reports: Path) -> dict[str, str]:
    return {
        path.relative_to(reports).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in reports.rglob("*")
        if path.is_file()
    }
