"""The wheel and the sdist: the same bytes wherever they are built, and all of the package."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EPOCH = "1700000000"
PARTS = ("src", "notebooks", "tests", "README.md", "LICENSE", "CHANGELOG.md", "environment.yml")
BUILD = """
import os, sys
os.umask(int(sys.argv.pop(1), 8))
from hatchling.cli import hatchling
sys.exit(hatchling())
"""


def copied(folder: Path, *, backwards: bool) -> Path:
    """Copy what a build reads: file by file, in one order or the other."""
    named = [ROOT / name for name in (*PARTS, "pyproject.toml", ".gitignore")]
    files = [path for one in named for path in (one.rglob("*") if one.is_dir() else [one])]
    for path in sorted(filter(Path.is_file, files), reverse=backwards):
        if "__pycache__" not in path.parts and ".ipynb_checkpoints" not in path.parts:
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o600 if backwards else 0o664)
            when = 1_000_000_000 if backwards else 1_900_000_000
            os.utime(target, (when, when))
    return folder


def built(folder: Path, umask: str, **environment: str) -> dict[str, Path]:
    """Build both there, without asking the network, and return them by their suffix."""
    out = folder.with_name(f"{folder.name}-dist")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, umask, "build", "-d", str(out)],
        cwd=folder,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {path.suffix: path for path in out.iterdir() if path.is_file()}
    assert sorted(found) == [".gz", ".whl"]
    return found


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Path]]:
    """Return what two people built."""
    base = tmp_path_factory.mktemp("builds")
    homes = [base / "home", base / "another home"]
    for home in homes:
        home.mkdir()
    first = built(
        copied(base / "one", backwards=False),
        "0022",
        **{"HOME": str(homes[0]), "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
    )
    second = built(
        copied(base / "quite" / "another place", backwards=True),
        "0077",
        **{
            "HOME": str(homes[1]),
            "TZ": "Pacific/Kiritimati",
            "LC_ALL": "C",
            "PYTHONHASHSEED": "2",
            "USER": "someone",
        },
    )
    return [first, second]


@pytest.mark.parametrize("kind", [".whl", ".gz"])
def test_the_same_bytes_from_another_place_time_umask_zone_home_and_locale(
    twice: list[dict[str, Path]], kind: str
) -> None:
    one, other = (built[kind] for built in twice)
    assert one.name == other.name
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, other)}
    assert len(digests) == 1


def test_another_date_is_another_file(tmp_path: Path, twice: list[dict[str, Path]]) -> None:
    again = built(
        copied(tmp_path / "late", backwards=False), "0022", SOURCE_DATE_EPOCH="1800000000"
    )
    assert again[".gz"].read_bytes() != twice[0][".gz"].read_bytes()


def test_the_wheel_holds_the_package_and_nothing_else(twice: list[dict[str, Path]]) -> None:
    expected = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "analysis").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(twice[0][".whl"]) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert len(names) == len(set(names))
    assert set(names) == expected


def test_the_sdist_holds_nothing_personal(tmp_path: Path) -> None:
    folder = copied(tmp_path / "mine", backwards=False)
    planted = [
        "data/mine/raw/src/secret.csv",
        "data/mine/README.md",
        "reports/mine/notebooks/secret.ipynb",
        "src/analysis/__pycache__/secret.pyc",
        ".env",
    ]
    for name in planted:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret", encoding="utf-8")
    with tarfile.open(built(folder, "0022")[".gz"]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    made = {"PKG-INFO", "pyproject.toml", ".gitignore"}
    assert {name.split("/")[0] for name in names} == {*PARTS} | made
    assert not names & set(planted)
