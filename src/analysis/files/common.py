"""What all kinds of sources share: how much is too much, what is noise, and how damage is told."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import IO

from analysis.disk import is_ours
from analysis.errors import InputError, Problem, corrupt, invalid

MAX_MEMBERS = 200_000
MAX_MEMBER_BYTES = 2 * 1024**3
MAX_ARCHIVE_BYTES = 64 * 1024**3
"""Of an archive that has to be unpacked to its end before its members are known."""

MAX_RATIO = 1_000
"""What unpacks to over a thousand times its packed size is taken for a bomb."""

FREE_BYTES = 1_000_000
READ_ERRORS = (
    OSError,
    EOFError,
    RuntimeError,  # zipfile: a password; NotImplementedError, a kind of it: a compression
    ValueError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)
_IGNORED_NAMES = {".DS_Store", "Thumbs.db", "desktop.ini"}
IGNORED_FOLDERS = {"__MACOSX", ".git", ".ipynb_checkpoints"}


def is_noise(name: str) -> bool:
    """Return whether a computer, not an export, left a file behind."""
    parts = PurePosixPath(name).parts
    return (
        not parts
        or parts[-1] in _IGNORED_NAMES
        or parts[-1].startswith("._")
        or is_ours(parts[-1])
        or any(part in IGNORED_FOLDERS for part in parts)
    )


def member_name(name: str) -> str:
    """Return a name as an archive has it, with forward slashes and relative.

    Names are only names: nothing is ever written or looked up on disk under them.
    """
    return PurePosixPath(name.replace("\\", "/")).as_posix().lstrip("/")


def reason(error: BaseException) -> str:
    """Return what went wrong without the path on this machine that an OSError tells."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or "it ends too early"


def unreadable(where: str, error: BaseException) -> InputError:
    """Return the error for what cannot be read."""
    return corrupt(where, "", f"expected a readable file: {reason(error)}")


def within(folder: Path, path: str, label: str) -> Path:
    """Return the place of a path of a study.

    A study may be somebody else's, so that no link in it may lead to what is not its own.

    Raises
    ------
    InputError
        A link leads out of the study's folder.
    """
    place = folder / path
    try:
        leads_out = not place.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return place  # what is wrong with it is told by who opens it
    if leads_out:
        expected = "expected a path inside the study's folder, found a link that leads out of it"
        raise invalid(f"{label}/{path}", "", expected)
    return place


def sha256_of(path: Path, label: str) -> str:
    """Return the hexadecimal sha256 of a file's bytes.

    Raises
    ------
    InputError
        The file, which messages name by ``label``, cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(label, error) from None


class Shelf:
    """One archive, and the members in it.

    Attributes
    ----------
    names : collection of str
        The members' names within the archive.
    problems : tuple of Problem
        What is wrong with it although the members named can be read.
    redirects : mapping of str to (datetime, str)
        When an address was first captured as one that leads elsewhere, and where to.
    """

    names: Collection[str] = ()
    problems: tuple[Problem, ...] = ()
    redirects: Mapping[str, tuple[dt.datetime, str]] = MappingProxyType({})

    def open(self, name: str) -> IO[bytes]:
        """Open a member; raises `InputError` or one of ``READ_ERRORS``."""
        raise NotImplementedError

    def seen_at(self, name: str) -> dt.datetime | None:
        """Return when a member was captured, where it was."""
        return None

    def address(self, name: str) -> str:
        """Return the address that a member was captured from, where it was."""
        return ""

    def repeats(self, name: str) -> tuple[Shelf, str] | None:
        """Return the archive and the member whose content this member has, where it has none."""
        return None


class Section(io.RawIOBase):
    """A stretch of a seekable stream, which others may be reading too."""

    def __init__(self, stream: IO[bytes] | io.BufferedIOBase, offset: int, size: int) -> None:
        self._stream = stream
        self._position = offset
        self._end = offset + size

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read the next bytes; raises EOFError where the stream is shorter than it said."""
        size = min(len(buffer), self._end - self._position)
        if size <= 0:
            return 0
        self._stream.seek(self._position)
        data = self._stream.read(size)
        if not data:
            raise EOFError("it ends too early")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class Guarded(io.RawIOBase):
    """A member that is being read; what goes wrong is told under the member's own name."""

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._stream = stream
        self._where = where

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read the next bytes."""
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        """Read all that is left."""
        return self._read(-1)

    def close(self) -> None:
        """Close what is behind it too."""
        self._stream.close()
        super().close()

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except READ_ERRORS as error:
            raise unreadable(self._where, error) from None
