"""Files that a living run holds: by a lock of the system, which ends with the process."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two runs at once are the user's to avoid
    fcntl = None  # type: ignore[assignment]

PART = ".needle-part"
"""How the name of a file ends that is not whole yet."""

LOCK = ".needle-lock"
"""How the name of a file ends by which a run holds a place."""

RUN = ".needle-run"
"""How the name of a file ends by which a run holds a scratch folder of that name."""

_LONGEST = 40
_OURS = re.compile(r"\..*\.needle-(?:part|lock|run)", re.DOTALL)
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EBADF})
_FLAGS = (
    os.O_RDWR
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


def is_ours(name: str) -> bool:
    """Whether a file's name is that of a lock or of a part: no data of anybody."""
    return _OURS.fullmatch(name) is not None


def hidden_name(name: str, end: str, *, unique: bool = False) -> str:
    """Return a name for what stands beside a file or folder while it is being made."""
    token = f".{secrets.token_hex(6)}" if unique else ""
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}"
    return f".{name}{token}{end}"


def create(path: Path) -> int:
    """Open a file that was not there, with the permissions that new files get."""
    return os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)


def open_or_create(path: Path) -> int:
    """Open a file for reading and writing, made if need be; a link is not followed."""
    return os.open(path, _FLAGS | os.O_CREAT, 0o666)


def try_to_hold(handle: int) -> bool | None:
    """Hold an open file if nobody else does; None where this system has no such locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def hold(handle: int) -> None:
    """Hold an open file as soon as nobody else does; nothing where there are no such locks."""
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise


def is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        there = path.lstat()
    except OSError:
        return False
    here = os.fstat(handle)
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def take_from_the_dead(path: Path) -> int | None:
    """Open and hold a file that no living process holds; None where one does, or none is told.

    Only a regular file of this user's counts, whom nobody can make delete another's.
    """
    if fcntl is None:
        return None
    try:
        handle = os.open(path, _FLAGS | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    found = os.fstat(handle)
    mine = found.st_uid == os.geteuid() and found.st_nlink == 1
    with suppress(OSError):
        if mine and try_to_hold(handle) and is_at(handle, path):
            return handle
    os.close(handle)
    return None
