"""A notebook that cannot be finished, by the command as people run it: the old page stays."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
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
    "hangs": ("import time; time.sleep(600)", "CellTimeout: the cell ran longer than 10 seconds"),
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


def report(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analysis", "report", *arguments]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        command, cwd=project, env=variables, capture_output=True, text=True, timeout=300
    )


def write_project(project: Path) -> list[str]:
    """Write notebooks, and a study for each way to fail; return the studies."""
    (project / "notebooks").mkdir()
    for name in NOTEBOOKS:
        cells = DO if name == "upticks" else ("print(1)",)
        content = notebook_json(f"#!# What {name} tells", *cells, parameters=PARAMETERS)
        (project / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content))
    small_study(project / "data" / "good")
    (project / "data" / "good" / "do.py").write_text("print('all is well')")
    for kind in FAILURES:
        shutil.copytree(project / "data" / "good", project / "data" / kind)
    return [f"data/{kind}" for kind in FAILURES]


@pytest.fixture(scope="session")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A project whose studies were all published, and then all failed; and what was said."""
    project = shared_folder(tmp_path_factory, "failed")
    with once(project) as missing:
        if missing:
            studies = write_project(project)
            done = report(project, *studies)
            assert done.returncode == 0, done.stderr
            told: dict[str, Any] = {"before": digests(project / "reports")}
            for kind, (doing, _) in FAILURES.items():
                (project / "data" / kind / "do.py").write_text(doing)
            done = report(project, *studies, "data/good", "--cell-timeout", "10")
            told |= {"code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
            (project / "told.json").write_text(json.dumps(told))
    return project, json.loads((project / "told.json").read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAILURES)
def test_a_notebook_that_fails_leaves_the_old_page(failed: tuple[Path, Any], kind: str) -> None:
    project, told = failed
    assert told["code"] == 1
    assert "Traceback" not in told["stdout"] + told["stderr"]
    (line,) = [line for line in told["stderr"].splitlines() if line.startswith(f"{kind}: failed")]
    said = rf"notebook upticks, code cell 3: {FAILURES[kind][1]}"
    assert re.fullmatch(rf"{kind}: failed; its old page stays: {said}", line), line
    after = digests(project / "reports" / kind)
    assert after.pop(".failure.json")
    assert after == {
        name.removeprefix(f"{kind}/"): digest
        for name, digest in told["before"].items()
        if name.startswith(f"{kind}/")
    }
    index = lxml_html.document_fromstring((project / "reports/index.html").read_text("utf-8"))
    (why,) = index.xpath(
        f"//ul[@class='studies']/li[.//a[starts-with(@href, '{kind}/')]]//*[@class='failure']"
    )
    assert "The last run failed" in why.text_content()
    assert "notebook upticks, code cell 3: " in why.text_content()


@pytest.mark.slow
def test_the_others_go_on_and_the_next_good_run_takes_a_failure_away(
    failed: tuple[Path, Any], tmp_path: Path
) -> None:
    project, told = failed
    assert told["stdout"] == "good: rendered, reports/good/index.html\n"
    assert sorted(path.name for path in (project / "reports").iterdir()) == sorted(
        [*FAILURES, "good", "index.html"]
    )
    copied = tmp_path / "project"
    shutil.copytree(project, copied)
    alone = report(copied, "data/is-killed")
    assert alone.returncode == 1
    shutil.copy(project / "data/good/do.py", copied / "data/is-killed/do.py")
    done = report(copied, "data/is-killed")
    assert (done.returncode, done.stdout) == (
        0,
        "is-killed: rendered, reports/is-killed/index.html\n",
    )
    assert digests(copied / "reports" / "is-killed") == {
        name.removeprefix("is-killed/"): digest
        for name, digest in told["before"].items()
        if name.startswith("is-killed/")
    }


def test_the_time_of_a_cell_is_the_documented_one() -> None:
    (option,) = [one for one in main.commands["report"].params if one.name == "cell_timeout"]
    assert option.default == CELL_TIMEOUT
