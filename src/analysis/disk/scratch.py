"""A folder for one run, gone with it; what killed runs left goes with the next one."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from analysis.disk.marks import RUN, create, hold, is_at, is_ours, take_from_the_dead

_MADE_HERE = re.compile(r"[0-9a-f]{8}\Z")


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """Give a new folder that nobody else can read, and remove it at the end.

    Beside it stands a file that this process holds as long as it lives: by that the next run
    knows which folders are nobody's any more.

    Parameters
    ----------
    parent : Path
        Where to make it.
    prefix : str
        How its name begins.

    Raises
    ------
    OSError
        It cannot be made.
    """
    sweep_folders(parent, prefix)
    folder, handle = _made(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _release(_mark(folder), handle)


def sweep_folders(parent: Path, prefix: str) -> None:
    """Remove the scratch folders of runs that died."""
    with suppress(OSError):
        for mark in parent.glob(f".{_escaped(prefix)}*{RUN}"):
            handle = take_from_the_dead(mark)
            if handle is None:
                continue
            folder = parent / mark.name[1:].removesuffix(RUN)
            if _MADE_HERE.search(folder.name) and _is_mine(folder):
                shutil.rmtree(folder, ignore_errors=True)
            _release(mark, handle)


def sweep(folder: Path) -> None:
    """Remove what killed runs left in a folder: parts of files, and locks.

    What a living run holds stays, and so does all that is not named like these.
    """
    with suppress(OSError):
        for path in (each for each in folder.iterdir() if is_ours(each.name)):
            handle = None if path.name.endswith(RUN) else take_from_the_dead(path)
            if handle is not None:
                _release(path, handle)


def _made(parent: Path, prefix: str) -> tuple[Path, int]:
    while True:
        folder = parent / f"{prefix}{secrets.token_hex(4)}"
        mark = _mark(folder)
        handle = create(mark)
        try:
            hold(handle)
        except OSError:
            _release(mark, handle)
            raise
        if is_at(handle, mark):
            break
        os.close(handle)  # a run that sweeps was between the two lines
    try:
        folder.mkdir(mode=0o700)
    except OSError:
        _release(mark, handle)
        raise
    return folder, handle


def _release(mark: Path, handle: int) -> None:
    if os.name != "posix":  # there, no open file can be removed
        os.close(handle)
    with suppress(OSError):
        mark.unlink(missing_ok=True)
    if os.name == "posix":
        os.close(handle)


def _mark(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}{RUN}")


def _is_mine(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and found.st_uid == os.geteuid()


def _escaped(text: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
