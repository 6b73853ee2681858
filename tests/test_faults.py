"""A disk that is full, forbids or flips a bit: one clear line or success, and nothing lost."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis.cli import main
from analysis.errors import InputError
from analysis.report import store
from analysis.report.stamp import STAMP, read_stamp
from tests.privileges import like_anyone
from tests.studies import small_study

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")

ROOT = Path(__file__).parents[1]
FULL = "No space left on device"


def needle(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def one_line_of(result: Result) -> str:
    """Return the one line that a run failed with."""
    assert result.exit_code == 2, result.output
    (line,) = [each for each in result.stderr.splitlines() if each.startswith("needle: ")]
    assert "Traceback" not in result.output
    return line


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"folder"
        for path in sorted(folder.rglob("*"))
    }


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder, nor root."""
    folder.chmod(0o500)
    try:
        with like_anyone():
            if os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
                pytest.skip("permissions do not bind here")
            yield
    finally:
        folder.chmod(0o700)


@contextmanager
def full_at(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the disk be full from the n-th time on that something is put on it or renamed."""
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def count(name: str) -> None:
        done.append(name)
        if len(done) >= number:
            raise OSError(errno.ENOSPC, FULL)

    def synced(handle: int) -> None:
        count("fsync")
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        count("rename")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", synced)
        patch.setattr(Path, "replace", renamed)
        yield done


Command = Callable[[Path], list[str]]
COMMANDS: dict[str, Command] = {
    "simulate": lambda place: ["simulate", "blog-only", str(place / "world"), "--days", "60"],
    "plan": lambda place: ["plan", str(place), "--weeks", "12", "--seed", "1"],
    "collect": lambda place: ["collect", str(place)],
    "report": lambda place: ["report", str(place / "study"), "--out", str(place)],
    "report below": lambda place: ["report", str(place / "study"), "--out", str(place / "out")],
}


def placed(folder: Path, name: str) -> Path:
    """Return a folder in which a command works, were it not for the disk."""
    place = folder / "place"
    collect = '\n[collect.blog]\nurl = "http://127.0.0.1:9/"\n' if name == "collect" else ""
    if name == "plan" or name == "collect":
        from tests.studies import TOML

        small_study(place, TOML + collect)
    else:
        place.mkdir()
        small_study(place / "study")
    return place


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_that_nobody_may_write_to_is_one_line(tmp_path: Path, name: str) -> None:
    place = placed(tmp_path, name)
    before = contents(place)
    with read_only(place / "raw" if name == "collect" else place):
        line = one_line_of(needle(*COMMANDS[name](place)))
    assert line.endswith("Permission denied")
    assert str(tmp_path.parent) not in line or name == "simulate"  # as it was named
    assert contents(place) == before


@pytest.mark.parametrize("name", ["simulate", "plan"])
def test_a_disk_that_is_full_at_any_write_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = placed(tmp_path, name)
    before = contents(place)
    with full_at(10**9, monkeypatch) as done:
        assert needle(*COMMANDS[name](place)).exit_code == 0
    whole = contents(place)
    take_away(place, before)
    rng = random.Random(name)
    for number in sorted({1, 2, len(done) - 1, *rng.sample(range(1, len(done)), 4)}):
        with full_at(number, monkeypatch):
            line = one_line_of(needle(*COMMANDS[name](place)))
        assert line.endswith(FULL)
        # Where only the last of it was refused, to put the folder's list of names on the disk, what
        # it lists is there, and whole.
        assert contents(place) in (before, whole), number
        take_away(place, before)
    assert needle(*COMMANDS[name](place)).exit_code == 0
    assert contents(place) == whole


def take_away(place: Path, before: dict[str, bytes]) -> None:
    for path in sorted(place.rglob("*"), reverse=True):
        if path.relative_to(place).as_posix() not in before:
            path.rmdir() if path.is_dir() else path.unlink()


def built(folder: Path, text: str) -> Path:
    new = folder / "new"
    (new / "notebooks").mkdir(parents=True)
    for name in ("index.html", "results.json", "notebooks/a.ipynb"):
        (new / name).write_text(json.dumps({name: text}))
    return new


def test_a_disk_that_is_full_while_a_report_is_put_in_place_leaves_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, number = tmp_path / "reports" / "mine", 0
    store.publish(built(tmp_path / "0", "old"), out, "old", {})
    old = contents(out)
    while True:
        number += 1
        try:
            with full_at(number, monkeypatch):
                store.publish(built(tmp_path / str(number), "new"), out, "new", {})
        except OSError:
            store.check_ours(out)
            stands = contents(out)
            stamp = stands.pop(STAMP)
            for name, data in stands.items():
                texts = [b"folder"] if data == b"folder" else [old[name], new(name)]
                assert data in texts, name
            told = read_stamp(out)
            assert told is not None
            assert store.damage(out) == ""
            assert (told.key == "old") == (stamp == old[STAMP])
            for key, of in (("old", old.__getitem__), ("new", new)):
                if told.key == key:
                    assert all(data in (b"folder", of(name)) for name, data in stands.items())
        else:
            break
        store.publish(built(tmp_path / f"{number}-again", "new"), out, "new", {})
        new_stands = contents(out)
        assert new_stands["index.html"] == new("index.html")
        store.publish(built(tmp_path / f"{number}-old", "old"), out, "old", {})
        assert contents(out) == old
    assert number > 10


def new(name: str) -> bytes:
    return json.dumps({name: "new"}).encode()


@pytest.mark.parametrize("name", ["index.html", "results.json", "notebooks/a.ipynb", STAMP])
def test_a_flipped_bit_in_a_report_is_found_and_named(tmp_path: Path, name: str) -> None:
    out, study = tmp_path / "reports" / "mine", tmp_path / "study"
    study.mkdir()
    store.publish(built(tmp_path, "x"), out, "key", {})
    made_from = store.Ingredients(study, (), {})
    assert store.is_fresh(out, made_from, "key")
    assert store.damage(out) == ""
    whole, rng = (out / name).read_bytes(), random.Random(name)
    for _ in range(50):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (out / name).write_bytes(data)
        if name == STAMP and _same(data, whole):
            continue
        assert not store.is_fresh(out, made_from, "key"), data
        assert store.damage(out) == name or b'"schema": 2' not in data
    (out / name).unlink()
    assert store.damage(out) == ("" if name == STAMP else name)


def _same(data: bytes, whole: bytes) -> bool:
    try:
        return bool(json.loads(data) == json.loads(whole))
    except ValueError:
        return False


def test_a_stamp_that_names_what_is_outside_removes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "reports" / "mine"
    store.publish(built(tmp_path, "x"), out, "key", {})
    (tmp_path / "precious").write_text("mine")
    stamp = json.loads((out / STAMP).read_bytes())
    stamp["outputs"]["../../precious"] = "0" * 64
    del stamp["digest"]
    text = json.dumps(stamp, sort_keys=True, ensure_ascii=True)
    stamp["digest"] = store.hashlib.sha256(text.encode()).hexdigest()
    (out / STAMP).write_text(json.dumps(stamp))
    store.publish(built(tmp_path / "again", "y"), out, "key", {})
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("verdict", "--json"), ("check",)])
def test_output_to_a_full_disk_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    study = small_study(tmp_path / "mine")
    command = [sys.executable, "-m", "analysis", arguments[0], str(study), *arguments[1:]]
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, env=variables, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (2, f"needle: the disk: expected to write: {FULL}\n")


def test_a_fault_of_the_disk_while_reading_is_told_too(tmp_path: Path) -> None:
    study = small_study(tmp_path / "mine")
    with read_only(study):
        assert needle("check", str(study)).exit_code == 0
        assert needle("verdict", str(study)).exit_code == 0
    with pytest.raises(InputError, match="expected a folder"):
        store.check_ours(study)
