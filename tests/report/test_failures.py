"""A notebook that cannot be finished, by the command as people run it: the old page stays."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rendered import ROOT, digests, once, shared_folder
from report_samples import notebook_json
from tests.studies import small_study

from analysis.cli import main
from analysis.report.build import NOTEBOOKS, STUDY_PARAMETER
from analysis.report.runner import CELL_TIMEOUT

# The third code cell runs what the study says, so that the notebooks are the same every time.
DO = ("import pathlib", f"exec(pathlib.Path({STUDY_PARAMETER}, 'do.py').read_text())", "print(1)")
PARAMETERS = f'{STUDY_PARAMETER}: str = "x"'

MEMORY = """
import resource
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (32 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
keep = []
"""
FAILURES = {
    "raises": ("None.score", "AttributeError: 'NoneType' object has no attribute 'score'"),
    "raises-hostile": (
        "raise ValueError('\\x1b[31m</script>\\u202e{{ 7*7 }}\\nmore')",
        r"ValueError: \\x1b\[31m</script>\\u202e\{\{ 7\*7 \}\}",
    ),
    "hangs": ("import time; time.sleep(600)", "CellTimeout: the cell ran longer than 5 seconds"),
    "is-killed": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        r"DeadKernel: the kernel died \(killed, or out of memory\)",
    ),
    "has-no-memory": (MEMORY + "keep = bytearray(1 << 30)", "MemoryError"),
    "dies-of-memory": (
        MEMORY
        + "for size in (1 << 20, 1 << 12, 256, 24):\n"
        + "    try:\n        while True: keep.append(bytes(size))\n    except MemoryError: pass\n"
        + "while True: print(len(keep), flush=True)",  # until the sockets have no memory either
        r"(DeadKernel|CellExecutionError): .*out of memory.*",
    ),
}


def report(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analysis", "report", "data/mine", *options]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        command, cwd=project, env=variables, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with notebooks of its own and one report, for all processes of this run."""
    project = shared_folder(tmp_path_factory, "published")
    with once(project) as missing:
        if missing:
            write_project(project)
            done = report(project)
            assert done.returncode == 0, done.stderr
    return project


def write_project(project: Path) -> None:
    (project / "notebooks").mkdir()
    for name in NOTEBOOKS:
        cells = DO if name == "upticks" else ("print(1)",)
        content = notebook_json(f"#!# What {name} tells", *cells, parameters=PARAMETERS)
        (project / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content))
    study = small_study(project / "data" / "mine")
    (study / "do.py").write_text("print('all is well')")


@pytest.mark.parametrize("kind", FAILURES)
def test_a_notebook_that_fails_leaves_the_old_page(
    published: Path, tmp_path: Path, kind: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(published, project)
    before = digests(project / "reports" / "mine")
    doing, error = FAILURES[kind]
    (project / "data" / "mine" / "do.py").write_text(doing)
    done = report(project, *(("--cell-timeout", "5") if kind == "hangs" else ()))
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("mine: failed")]
    said = rf"notebook upticks, code cell 3: {error}"
    assert re.fullmatch(rf"mine: failed; its old page stays: {said}", line), line
    after = digests(project / "reports" / "mine")
    assert after.pop(".failure.json")
    assert after == before
    assert sorted(path.name for path in (project / "reports").iterdir()) == ["index.html", "mine"]
    index = (project / "reports" / "index.html").read_text(encoding="utf-8")
    assert "The last run failed" in index
    assert "notebook upticks, code cell 3: " in index
    if kind == "is-killed":  # and the next good run takes the failure away
        shutil.copy(published / "data/mine/do.py", project / "data/mine/do.py")
        done = report(project)
        assert (done.returncode, done.stdout) == (0, "mine: rendered, reports/mine/index.html\n")
        assert digests(project / "reports") == digests(published / "reports")


def test_the_time_of_a_cell_is_the_documented_one() -> None:
    (option,) = [one for one in main.commands["report"].params if one.name == "cell_timeout"]
    assert option.default == CELL_TIMEOUT
