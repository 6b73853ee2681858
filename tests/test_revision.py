"""Which commit the code is, as Git tells it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from analysis import revision as module


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    code = tmp_path / "src" / "analysis" / "revision.py"
    code.parent.mkdir(parents=True)
    code.write_text("")
    monkeypatch.setattr(module, "__file__", str(code))
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_commit_and_whether_files_differ_from_it(checkout: Path) -> None:
    assert module.revision() is None
    git(checkout, "init", "-q")
    assert module.revision() is None
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "first")
    head = git(checkout, "rev-parse", "HEAD")[:12]
    assert module.revision() == head
    (checkout / "untracked").write_text("x")
    assert module.revision() == head
    (checkout / "src/analysis/revision.py").write_text("changed")
    assert module.revision() == f"{head}+changes"
    git(checkout, "commit", "-q", "-a", "-m", "second")
    git(checkout, "mv", "src/analysis/revision.py", "src/analysis/a b.py")
    assert module.revision() == f"{git(checkout, 'rev-parse', 'HEAD')[:12]}+changes"


def test_no_git_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(checkout, "init", "-q")
    monkeypatch.setenv("PATH", "")
    assert module.revision() is None
