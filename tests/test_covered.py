"""What `make coverage` says, held to files whose coverage is plain to see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.covered import main, percent, told

ROOT = Path(__file__).parents[1]
MODULE = """\
import os


def sign(number):
    if number < 0:
        return "minus"
    return "plus"


def kept():  # pragma: no cover
    return 1


if __name__ == "__main__":
    child = os.fork()
    if child == 0:
        sign(-1)
        os._exit(0)
    os.waitpid(child, 0)
    sign(1)
"""


def measured(**totals: int) -> dict[str, Any]:
    """Return a measurement with 1,000 lines and 200 branches."""
    whole = {"num_statements": 1000, "covered_lines": 1000, "excluded_lines": 0}
    whole |= {"num_branches": 200, "covered_branches": 200}
    return {"totals": whole | totals, "files": {}}


@pytest.mark.parametrize(
    ("totals", "good"),
    [
        ({}, True),
        ({"covered_branches": 190}, True),
        ({"covered_branches": 189}, False),
        ({"covered_lines": 950}, True),
        ({"covered_lines": 949}, False),
        ({"excluded_lines": 10}, True),  # of 1,010
        ({"excluded_lines": 11}, False),
        ({"num_branches": 0, "covered_branches": 0}, False),
    ],
)
def test_too_little_covered_or_too_much_left_out_fails(totals: dict[str, int], good: bool) -> None:
    assert told(measured(**totals))[1] is good


def test_what_falls_short_never_looks_whole() -> None:
    assert percent(9499, 10000) == "94.9 %"
    assert percent(189, 200) == "94.5 %"
    assert percent(1, 1) == "100.0 %"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system")
def test_forks_and_subprocesses_are_measured_by_the_projects_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "src" / "analysis"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "signs.py").write_text(MODULE, encoding="utf-8")
    code = "import subprocess, sys; subprocess.run([sys.executable, '-m', 'analysis.signs'])"
    (tmp_path / "run.py").write_text(code, encoding="utf-8")
    (tmp_path / ".cache" / "coverage").mkdir(parents=True)
    settings = f"--rcfile={ROOT / 'pyproject.toml'}"
    inherited = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
    for arguments in (
        ["run", settings, "run.py"],
        ["combine", "--quiet", settings],
        ["json", "--quiet", settings, "-o", "all.json"],
    ):
        subprocess.run(
            [sys.executable, "-m", "coverage", *arguments],
            cwd=tmp_path,
            env=inherited | {"PYTHONPATH": str(tmp_path / "src")},
            check=True,
            capture_output=True,
        )
    found = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    signs = found["files"]["src/analysis/signs.py"]
    assert signs["missing_lines"] == []
    assert signs["missing_branches"] == [[14, -1]]  # as imported
    assert signs["excluded_lines"] == [10, 11]
    assert main(str(tmp_path / "all.json")) == 1
    said = capsys.readouterr().out
    assert "signs.py: 1 not taken, at lines 14" in said
    assert "branches taken: 5 of 6, 83.3 %" in said
    assert "lines left out: 2 of" in said
