"""Files that are whole or not there: written beside their place, synced, and renamed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from analysis.disk.marks import PART, create, hidden_name, hold, is_at
from analysis.errors import InputError, Problem

_USERS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EIO, errno.EMFILE, errno.ENFILE),
}
"""What a disk or its permissions refuse: the user's to mend."""


def write(path: Path, content: str | bytes, *, synced: bool = True) -> None:
    """Put a file in its place, whole, and on the disk when this returns.

    Parameters
    ----------
    path : Path
        Its place; what stands there is replaced, its permissions stay. The folder exists.
    content : str or bytes
        Text is written as UTF-8, line ends as they are.
    synced : bool
        False for what does not outlive the run, and for a folder that `sync_tree` does later.

    Raises
    ------
    OSError
        It cannot be written. What stood there stands there still, and nothing beside it.
    """
    with beside(path, synced=synced) as stream:
        stream.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def beside(path: Path, *, synced: bool = True) -> Iterator[BinaryIO]:
    """Give a stream whose content takes a file's place when the block ends without an error.

    Parameters
    ----------
    path, synced
        As for `write`.

    Raises
    ------
    OSError
        As `write`.
    """
    part, handle = _part_of(path)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            with suppress(FileNotFoundError):
                part.chmod(stat.S_IMODE(path.stat().st_mode))
            if synced:
                os.fsync(handle)
            if os.name == "posix":  # as long as it is held
                part.replace(path)
        if os.name != "posix":
            part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    if synced:
        sync_folder(path.parent)


def _part_of(path: Path) -> tuple[Path, int]:
    """Return a new file beside a path, open and held."""
    while True:
        part = path.with_name(hidden_name(path.name, PART, unique=True))
        handle = create(part)
        try:
            hold(handle)
        except OSError:
            os.close(handle)
            part.unlink(missing_ok=True)
            raise
        if is_at(handle, part):
            return part, handle
        os.close(handle)  # a run that sweeps was between the two lines


def move(source: Path, target: Path, *, synced: bool = True) -> None:
    """Rename a file or a folder that is on the disk, and put the renaming there too.

    Parameters
    ----------
    source, target : Path
        On one file system.
    synced : bool
        False where `sync_folder` does it later, for several at once.

    Raises
    ------
    OSError
        It cannot be renamed.
    """
    source.replace(target)
    if synced:
        for folder in {target.parent, source.parent}:
            sync_folder(folder)


def sync_tree(folder: Path) -> None:
    """Put every file and folder below a folder, and itself, on the disk.

    Raises
    ------
    OSError
        The disk does not take them.
    """
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as stream:
                    os.fsync(stream.fileno())
        sync_folder(Path(place))


def sync_folder(folder: Path) -> None:
    """Put a folder's list of files on the disk, where the system can.

    Raises
    ------
    OSError
        The disk does not take it.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # this file system syncs no folders
            raise
    finally:
        os.close(handle)


def unwritable(error: OSError, label: str = "") -> InputError | None:
    """Return the error for a disk that does not take a file; None where it is no such fault.

    Parameters
    ----------
    error : OSError
        What the system said.
    label : str
        How messages name the file; when empty, the last two names of its path.
    """
    if error.errno not in _USERS:
        return None
    path = error.filename2 or error.filename
    known = Path(os.fsdecode(path)).parts[-2:] if isinstance(path, str | bytes) else ()
    place = label or "/".join(known) or "the disk"
    return InputError(Problem("invalid", place, "", f"expected to write: {error.strerror}"))
