"""Whole files or none; one run at a time; nothing left of the dead."""

from __future__ import annotations

import errno
import importlib
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis import disk
from analysis.disk import locks, marks, whole
from analysis.errors import InputError
from tests.privileges import like_anyone

scratches = importlib.import_module("analysis.disk.scratch")  # its name is a function's there

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks and signals are POSIX")

HOLD = """
import sys, time
from pathlib import Path
from analysis import disk
place = Path(sys.argv[1])
with disk.locked(place / ".x.needle-lock", "x"), disk.scratch(place, "ndl") as folder:
    (folder / "inside").mkdir()
    with disk.beside(place / "file") as stream:
        stream.write(b"half")
        stream.flush()
        print("held", flush=True)
        time.sleep(600)
"""


@contextmanager
def holder(place: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a process that holds a lock and a scratch folder, and has half written a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    before = os.umask(0o027)
    try:
        disk.write(path, "a\nb\r\né")
    finally:
        os.umask(before)
    assert path.read_bytes() == "a\nb\r\né".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o600)
    disk.write(path, b"new", synced=False)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == [path.name]


def test_file_and_folder_are_on_the_disk_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        happened.append(f"{kind} of {os.fstat(handle).st_size}" if kind == "file" else kind)
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        happened.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    disk.write(tmp_path / "x", b"12345")
    assert happened == ["file of 5", "rename", "folder"]


@pytest.mark.parametrize("fault", ["write", "fsync", "rename", "block"])
def test_what_cannot_be_written_leaves_the_old_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if fault == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif fault == "rename":
        monkeypatch.setattr(Path, "replace", full)

    def write() -> None:
        with small_files(1000 if fault == "write" else None), disk.beside(path) as stream:
            stream.write(b"n" * 100_000)
            if fault == "block":
                full()

    with pytest.raises(OSError, match=r"No space left|File too large"):
        write()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["x"]


@contextmanager
def small_files(size: int | None) -> Iterator[None]:
    """Let no file of this process grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_the_dead_left_goes_and_what_the_living_hold_stays(tmp_path: Path) -> None:
    (tmp_path / ".notes.needle-lock-of-mine").write_text("not ours")
    with holder(tmp_path) as process:
        (part,) = tmp_path.glob(".file.*.needle-part")
        (folder,) = tmp_path.glob("ndl*")
        disk.sweep(tmp_path)
        with disk.scratch(tmp_path, "ndl") as mine:
            assert mine != folder
            assert stat.S_IMODE(mine.stat().st_mode) == 0o700
        assert part.read_bytes() == b"half"
        assert folder.is_dir()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert folder.is_dir()
    with disk.locked(tmp_path / ".x.needle-lock", "x") as waited:
        assert not waited
        disk.sweep(tmp_path)
        assert (tmp_path / ".x.needle-lock").exists()
    with disk.scratch(tmp_path, "ndl") as mine:
        assert [path.name for path in tmp_path.glob("ndl*")] == [mine.name]
    assert names(tmp_path) == [".notes.needle-lock-of-mine"]


def test_a_folder_that_is_anothers_or_only_named_alike_stays(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "ndl01234567").symlink_to(tmp_path / "outside")
    (tmp_path / ".ndl01234567.needle-run").touch()
    for name in ("x.1", "raw"):
        (tmp_path / name).mkdir()
        (tmp_path / f".{name}.needle-run").touch()
    (tmp_path / ".linked.needle-part").symlink_to(tmp_path / "outside")
    disk.sweep(tmp_path)
    for prefix in ("ndl", "x.", ""):
        with disk.scratch(tmp_path, prefix):
            pass
    assert names(tmp_path) == [".linked.needle-part", "ndl01234567", "outside", "raw", "x.1"]


def test_a_second_run_waits_and_says_for_whom(tmp_path: Path) -> None:
    place, said = tmp_path / ".x.needle-lock", list[str]()
    with holder(tmp_path) as process:
        with (
            pytest.raises(InputError) as caught,
            disk.locked(place, "reports/x", wait=0.3, tell=said.append),
        ):
            pass
        who = f"another run (process {process.pid})"
        assert said == [f"reports/x: waiting for {who}"]
        expected = f"reports/x: expected one run at a time; {who} is at work there"
        assert str(caught.value) == expected
        threading.Timer(0.3, process.kill).start()
        begun = time.monotonic()
        with disk.locked(place, "x") as waited:
            assert waited
        assert time.monotonic() - begun > 0.1
    assert not place.exists()


def test_no_two_ever_hold_the_same(tmp_path: Path) -> None:
    counted, at_once, most = 0, 0, 0

    def run() -> None:
        nonlocal counted, at_once, most
        for _ in range(20):
            with disk.locked(tmp_path / ".x.needle-lock", "x", sleep=lambda _: None):
                at_once += 1
                most = max(most, at_once)
                counted += 1
                at_once -= 1

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (counted, most) == (80, 1)
    assert names(tmp_path) == []


def test_where_there_are_no_locks_that_is_said_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    said: list[str] = []
    with disk.locked(tmp_path / ".x.needle-lock", "x", tell=said.append) as waited:
        assert not waited
        disk.write(tmp_path / "file", "whole")
        with disk.scratch(tmp_path, "ndl"):
            pass
    assert said == ["x: this file system has no locks; let no other run write to it"]
    assert names(tmp_path) == ["file"]


def test_a_link_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / ".x.needle-lock").symlink_to(tmp_path / "victim")
    with (
        pytest.raises(OSError, match="symbolic links"),
        disk.locked(tmp_path / ".x.needle-lock", "x"),
    ):
        pass
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_fault_of_the_disk_is_one_line_and_a_fault_of_ours_is_not(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with like_anyone(), pytest.raises(PermissionError) as caught:
        disk.write(tmp_path / "x", "x")
    told = disk.unwritable(caught.value)
    assert told is not None
    assert str(told).endswith(": expected to write: Permission denied")
    assert str(tmp_path.parent) not in str(told)
    assert str(disk.unwritable(OSError(errno.ENOSPC, "No space left on device"))).startswith("the ")
    assert disk.unwritable(OSError(errno.EBADF, "Bad file descriptor")) is None


class Elsewhere:
    """The module ``os`` where it is not POSIX: no locks, no open file that can be removed."""

    name = "nt"

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (locks, scratches, whole):
        monkeypatch.setattr(module, "os", Elsewhere())
    monkeypatch.setattr(marks, "fcntl", None)


@pytest.mark.usefixtures("elsewhere")
def test_where_there_is_no_posix_files_are_whole_and_folders_go_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, unlink = Path.replace, Path.unlink

    def is_open(path: Path) -> bool:
        handles = Path("/proc/self/fd")
        found = handles.iterdir() if handles.is_dir() else iter(())
        return str(path) in {os.path.realpath(handle) for handle in found}

    def renamed(self: Path, target: Path) -> Path:
        assert not is_open(self), "an open file cannot be renamed there"
        return replace(self, target)

    def removed(self: Path, missing_ok: bool = False) -> None:
        assert not is_open(self), "nor be removed"
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "replace", renamed)
    monkeypatch.setattr(Path, "unlink", removed)
    with disk.locked(tmp_path / ".x.needle-lock", "x") as waited:
        assert not waited
        assert names(tmp_path) == []
        disk.write(tmp_path / "file", "old")
        disk.write(tmp_path / "file", "new")
        with disk.scratch(tmp_path, "ndl") as folder:
            (folder / "inside").touch()
    assert (tmp_path / "file").read_text() == "new"
    assert names(tmp_path) == ["file"]


def test_where_there_are_no_locks_nobody_is_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "fcntl", None)
    said: list[str] = []
    (tmp_path / ".file.needle-part").touch()
    (tmp_path / ".ndl01234567.needle-run").touch()
    (tmp_path / "ndl01234567").mkdir()
    before = names(tmp_path)
    with (
        disk.locked(tmp_path / ".x.needle-lock", "x", tell=said.append),
        disk.scratch(tmp_path, "ndl"),
    ):
        disk.sweep(tmp_path)
    assert names(tmp_path) == before
    assert said == ["x: this file system has no locks; let no other run write to it"]


def test_a_lock_that_fails_otherwise_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("old")

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("fcntl.flock", broken)
    with pytest.raises(OSError, match="Input/output"):
        disk.write(tmp_path / "file", "new")
    with pytest.raises(OSError, match="Input/output"), disk.scratch(tmp_path, "ndl"):
        pass
    assert names(tmp_path) == ["file"]
    with pytest.raises(OSError, match="Input/output"), disk.locked(tmp_path / ".x", "x"):
        pass
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.parametrize("module", ["whole", "scratches"])
def test_a_sweep_between_making_and_holding_takes_nothing_that_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """Another run may find a file that nobody holds yet, and remove it: it is made anew."""
    swept: list[str] = []

    def sweeping(handle: int) -> None:
        if not swept:
            (left,) = tmp_path.iterdir()
            swept.append(left.name)
            left.unlink()
        marks.hold(handle)

    monkeypatch.setattr({"whole": whole, "scratches": scratches}[module], "hold", sweeping)
    if module == "whole":
        disk.write(tmp_path / "file", "whole")
        assert (tmp_path / "file").read_text() == "whole"
    else:
        with disk.scratch(tmp_path, "ndl") as folder:
            assert folder.is_dir()
            assert swept[0] not in names(tmp_path)
            assert len(names(tmp_path)) == 2
    assert len(swept) == 1
    assert names(tmp_path) == (["file"] if module == "whole" else [])


def test_a_tree_is_put_on_the_disk_without_what_its_links_lead_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").write_text("x")
    tree = tmp_path / "tree"
    (tree / "below").mkdir(parents=True)
    for path in (tree / "a", tree / "below" / "b"):
        path.write_text("x")
    (tree / "link").symlink_to(tmp_path / "outside")
    (tree / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tree / "pipe")
    synced: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
    disk.sync_tree(tree)
    wanted = (tree, tree / "a", tree / "below", tree / "below" / "b")
    assert synced == {path.stat().st_ino for path in wanted}


@pytest.mark.parametrize(("fault", "is_told"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_file_system_that_syncs_no_folders_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int, is_told: bool
) -> None:
    fsync = os.fsync

    def synced(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(fault, os.strerror(fault))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    if is_told:
        with pytest.raises(OSError, match="Input/output"):
            disk.write(tmp_path / "x", "whole")
    else:
        disk.write(tmp_path / "x", "whole")
    assert (tmp_path / "x").read_text() == "whole"
