"""The Makefile, with a Python that only pretends: what it would do, and when."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
GUIDES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "reports/README.md")
INPUTS = ("requirements.lock", "requirements-lab.lock", "pyproject.toml")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

# Says that it is Python 3.12, makes a .venv that holds itself, writes down what pip is asked.
FAKE_PYTHON = r"""#!/bin/sh
case "$*" in
    *print*) echo "${FAKE_VERSION:-3.12}" ;;
    *sys.exit*) [ "${FAKE_VERSION:-3.12}" != 3.9 ] ;;
    *ensurepip*) [ -z "$FAKE_BARE" ] ;;
    "-m venv"*) echo venv >>"$FAKE_LOG"; for place; do :; done
        mkdir -p "$place/bin"; cp "$0" "$place/bin/python" ;;
    *"install --require-hashes"*) echo "pip $(echo "$*" | sed 's/.*-r //')" >>"$FAKE_LOG"
        [ "$FAKE_BREAK" != pip ] ;;
    *"install --no-deps"*) echo "pip this" >>"$FAKE_LOG"; [ "$FAKE_BREAK" != this ] ;;
    *) echo "$*" >>"$FAKE_LOG"; exit "${FAKE_EXIT:-0}" ;;
esac
"""


@dataclass(frozen=True)
class Project:
    """A copy of what the Makefile reads, a fake Python, and the log of what that was asked."""

    folder: Path
    python: Path
    log: Path

    def make(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run make with the fake Python."""
        inherited = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS", "STUDY", "PYTHON")
        environment = {name: text for name, text in os.environ.items() if name not in inherited}
        environment |= {"PYTHON": str(self.python), "FAKE_LOG": str(self.log), **settings}
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def asked(self) -> list[str]:
        """Return what the fake Python was asked since the last time."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "a folder"
    (folder / "src").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in INPUTS:
        (folder / name).write_text(f"{name}\n", encoding="utf-8")
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON, encoding="utf-8")
    python.chmod(0o755)
    return Project(folder, python, tmp_path / "log")


def targets() -> list[str]:
    """Return the targets that are meant for people."""
    declared = re.search(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.MULTILINE)
    assert declared
    return [name for name in declared[1].split() if name != "study-named"]


ALL = ["venv", "pip requirements.lock", "pip this"]


def test_set_up_runs_once(project: Project) -> None:
    first = project.make("setup")
    assert first.returncode == 0, first.stderr
    assert "Python 3.12" in first.stdout
    assert project.asked() == ALL
    second = project.make("setup")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert project.asked() == []


def test_times_change_nothing(project: Project) -> None:
    project.make("setup")
    project.asked()
    for name in INPUTS:
        os.utime(project.folder / name)
    assert project.make("setup").stdout == ""
    assert project.asked() == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("requirements.lock", ALL),
        ("pyproject.toml", ["pip this"]),
        ("requirements-lab.lock", []),
    ],
)
def test_one_changed_byte_renews_what_depends_on_it(
    project: Project, changed: str, expected: list[str]
) -> None:
    project.make("setup")
    project.asked()
    kept = (project.folder / changed).stat()
    (project.folder / changed).write_text(f"{changed}!", encoding="utf-8")
    os.utime(project.folder / changed, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    project.make("setup")
    assert project.asked() == expected


def test_a_moved_folder_is_set_up_anew(project: Project) -> None:
    project.make("setup")
    project.asked()
    moved = Project(
        project.folder.rename(project.folder.with_name("moved")), project.python, project.log
    )
    moved.make("setup")
    assert moved.asked() == ALL


def test_a_lost_python_is_replaced(project: Project) -> None:
    project.make("setup")
    project.asked()
    (project.folder / ".venv" / "bin" / "python").unlink()
    project.make("setup")
    assert project.asked() == ALL


def test_another_python_is_another_environment(project: Project) -> None:
    project.make("setup")
    project.asked()
    assert "Python 3.13" in project.make("setup", FAKE_VERSION="3.13").stdout
    assert project.asked() == ALL


@pytest.mark.parametrize(("broken", "again"), [("pip", ALL), ("this", ["pip this"])])
def test_an_interrupted_set_up_is_not_finished(
    project: Project, broken: str, again: list[str]
) -> None:
    assert project.make("setup", FAKE_BREAK=broken).returncode != 0
    project.asked()
    assert project.make("setup").returncode == 0
    assert project.asked() == again


def test_a_broken_renewal_does_not_count_when_the_change_is_taken_back(project: Project) -> None:
    project.make("setup")
    lock = project.folder / "requirements.lock"
    before = lock.read_bytes()
    lock.write_bytes(before + b"#")
    assert project.make("setup", FAKE_BREAK="pip").returncode != 0
    lock.write_bytes(before)
    project.asked()
    assert project.make("setup").returncode == 0
    assert project.asked() == ALL


def test_jupyterlab_is_added_once_and_goes_with_the_environment(project: Project) -> None:
    assert project.make("lab-setup").returncode == 0
    assert project.asked() == [*ALL, "pip requirements-lab.lock"]
    project.make("lab-setup")
    assert project.asked() == []
    (project.folder / "requirements.lock").write_text("other\n", encoding="utf-8")
    project.make("lab-setup")
    assert project.asked() == [*ALL, "pip requirements-lab.lock"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"FAKE_VERSION": "3.9"}, "does not run as Python 3.11 or newer"),
        ({"FAKE_BARE": "1"}, "cannot make a virtual environment"),
        ({"PYTHON": "no-such-python"}, "PYTHON=no-such-python does not run"),
    ],
)
def test_no_python_is_one_clear_line(project: Project, settings: dict[str, str], said: str) -> None:
    done = project.make("setup", **settings)
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(told) == 1
    assert said in told[0]
    assert not (project.folder / ".venv").exists()


def test_the_newest_python_that_runs_is_taken(project: Project, tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    for name, text in (("python3.13", "#!/bin/sh\nexit 127\n"), ("python3.12", FAKE_PYTHON)):
        (shims / name).write_text(text, encoding="utf-8")
        (shims / name).chmod(0o755)
    path = f"{shims}{os.pathsep}{os.environ['PATH']}"
    done = project.make("setup", PYTHON="", PATH=path)
    assert done.returncode == 0, done.stderr
    assert project.asked() == ALL


def test_arguments_reach_pytest_whole(project: Project) -> None:
    shown = project.make("-n", "test", "ARGS=-k 'foo or bar'").stdout
    assert shown.splitlines()[-1].endswith("-m pytest -n auto -k 'foo or bar'")
    checks = [line for line in shown.splitlines() if line.startswith(".venv/bin/")]
    assert [line.removeprefix(".venv/bin/").split(" -n")[0] for line in checks] == [
        "ruff check",
        "ruff format --check",
        "mypy",
        "python -m pytest",
    ]


def test_reports_takes_every_folder_with_settings(project: Project) -> None:
    project.make("setup")
    for name in ("one", "two words", "none"):
        (project.folder / "data" / name).mkdir(parents=True)
    for name in ("one", "two words"):
        (project.folder / "data" / name / "study.toml").touch()
    needle = project.folder / ".venv" / "bin" / "needle"
    needle.write_text('#!/bin/sh\nprintf "[%s]" "$@"\nexit 1\n', encoding="utf-8")
    needle.chmod(0o755)
    done = project.make()
    assert done.stdout == "[report][data/one][data/two words][--out][reports]"
    assert done.returncode != 0, "the failure of needle has to be make's"
    one = project.make("report", "STUDY=../else where")
    assert one.stdout == "[report][../else where][--out][reports]"
    one = project.make("collect", "STUDY=../else where", "ARGS=--budget 5")
    assert one.stdout == "[collect][../else where][--budget][5]"


def test_missing_studies_are_said(project: Project) -> None:
    nothing = project.make("reports")
    assert nothing.returncode != 0
    assert "No study in data/" in nothing.stderr
    (project.folder / ".venv").rename(project.folder / "away")
    unnamed = project.make("report")
    assert unnamed.returncode != 0
    assert "make report STUDY=data/banfield-2012" in unnamed.stderr
    assert "make collect STUDY=" in project.make("collect").stderr
    assert not (project.folder / ".venv").exists(), "said before anything is installed"


def test_benchmarks_are_those_of_speed_or_the_long_ones(project: Project) -> None:
    assert project.make("bench").returncode == 0
    once = project.asked()
    assert once[:3] == ALL
    assert once[3:6] == ["pip requirements-lab.lock", "venv", "pip requirements-lab.lock"]
    lean = " --lean .venv/lean/bin/python"
    for target, expected in (("bench", lean), ("bench-long", " --long")):
        assert project.make(target, "ARGS=--only curve").returncode == 0
        assert project.asked() == [f"benchmarks/gather.py{expected} --only curve"]
        assert project.make(target, FAKE_EXIT="1").returncode != 0
        project.asked()


def test_clean_keeps_data_and_the_environment(project: Project) -> None:
    project.make("setup")
    kept = ["reports/README.md", "data/mine/study.toml", ".venv/bin/python", "src/x.py"]
    gone = ["reports/a b/index.html", "reports/index.html", "src/__pycache__/x.pyc", ".cache/k"]
    for name in (*kept[:2], kept[3], *gone):
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).touch()
    done = project.make("clean")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [name for name in kept if not (project.folder / name).exists()] == []
    assert [name for name in gone if (project.folder / name).exists()] == []


def test_help_lists_every_target(project: Project) -> None:
    done = project.make("help")
    assert done.returncode == 0
    assert re.findall(r"^  make ([a-z-]+) +\S", done.stdout, flags=re.MULTILINE) == sorted(
        targets(), key=MAKEFILE.split(".PHONY", maxsplit=1)[1].index
    )
    assert not (project.folder / ".venv").exists()


def test_the_default_is_reports(project: Project) -> None:
    assert project.make("-n").stdout == project.make("-n", "reports").stdout


@pytest.mark.parametrize("target", targets())
def test_every_target_can_be_shown_without_being_done(project: Project, target: str) -> None:
    done = project.make("-n", target, "STUDY=data/x")
    assert done.returncode == 0, done.stderr
    assert project.asked() == []


@pytest.mark.parametrize("guide", GUIDES)
def test_targets_in_the_guides_exist(guide: str) -> None:
    path = ROOT / guide
    if not path.exists():
        pytest.skip(f"{guide} is not written yet")
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^\s*|`)make ([a-z][a-z-]*)", text, flags=re.MULTILINE))
    assert named <= set(targets())
