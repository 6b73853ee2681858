"""A file, a folder or a zip, read alike and never extracted to disk."""

from __future__ import annotations

import builtins
import hashlib
import io
import lzma
import os
import stat
import struct
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, NoReturn

from analysis.errors import InputError, absent, corrupt

MAX_MEMBERS = 200_000
MAX_MEMBER_BYTES = 2 * 1024**3
MAX_RATIO = 1_000
"""A member that unpacks to over a thousand times its packed size is taken for a bomb."""

_FREE_BYTES = 1_000_000
_ENCRYPTED = 0x1
_IGNORED_NAMES = {".DS_Store", "Thumbs.db", "desktop.ini"}
_IGNORED_FOLDERS = {"__MACOSX", ".git", ".ipynb_checkpoints"}
_READ_ERRORS = (
    OSError,
    EOFError,
    RuntimeError,  # zipfile: a password; NotImplementedError, a kind of it: a compression
    ValueError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        not parts
        or parts[-1] in _IGNORED_NAMES
        or parts[-1].startswith("._")
        or any(part in _IGNORED_FOLDERS for part in parts)
    )


def _reason(error: BaseException) -> str:
    """Return what went wrong without the path on this machine that an OSError tells."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or "it ends too early"


def _unreadable(where: str, error: BaseException) -> InputError:
    return corrupt(where, "", f"expected a readable file: {_reason(error)}")


class _Member(io.RawIOBase):
    """A member that is being read; what goes wrong is told under the member's own name."""

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._stream = stream
        self._where = where

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self._read(-1)

    def close(self) -> None:
        self._stream.close()
        super().close()

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except _READ_ERRORS as error:
            raise _unreadable(self._where, error) from None


@dataclass(frozen=True)
class Tree:
    """The members of one source, by relative name with forward slashes.

    Attributes
    ----------
    root : Path
        The file, folder or zip on disk.
    label : str
        How messages name it: the path as the study gives it.
    names : tuple of str
        Members in sorted order. A single file has one member: its own name.
    """

    root: Path
    label: str
    names: tuple[str, ...]
    archive: zipfile.ZipFile | None = field(default=None, repr=False, compare=False)
    entries: Mapping[str, zipfile.ZipInfo] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def at(cls, root: Path, label: str | None = None) -> Tree:
        """Open what stands at ``root``.

        Raises
        ------
        InputError
            Nothing is there, it cannot be read, or a zip is broken, encrypted or a bomb.
        """
        label = root.name if label is None else label
        try:
            mode = root.stat().st_mode
            if stat.S_ISDIR(mode):
                return cls(root, label, tuple(sorted(_walk(root, label))))
            is_zip = stat.S_ISREG(mode) and _looks_like_zip(root)
        except (FileNotFoundError, NotADirectoryError):
            raise absent(label, "expected a file, a folder or a zip; nothing is there") from None
        except (OSError, ValueError) as error:
            raise _unreadable(label, error) from None
        if not stat.S_ISREG(mode):
            raise corrupt(label, "", "expected a file, a folder or a zip; this is a device or pipe")
        if is_zip:
            archive = _open_zip(root, label)
            entries = _entries(archive, label)
            return cls(root, label, tuple(sorted(entries)), archive, entries)
        return cls(root, label, (root.name,))

    @cached_property
    def is_single_file(self) -> bool:
        """Whether the source is one plain file."""
        return self.archive is None and self.root.is_file()

    def path_of(self, name: str) -> Path:
        """Return where member ``name`` of a folder or single file stands on disk."""
        return self.root if self.is_single_file else self.root / name

    def open(self, name: str) -> BinaryIO:
        """Open member ``name`` for reading bytes.

        Raises
        ------
        InputError
            The member cannot be opened; reading from it raises the same where it is cut short,
            has a wrong checksum or cannot be unpacked.
        """
        where = self.where(name)
        try:
            if self.archive is not None:
                stream: IO[bytes] = self.archive.open(self.entries[name])
            else:
                stream = self.path_of(name).open("rb")
        except _READ_ERRORS as error:
            raise _unreadable(where, error) from None
        return io.BufferedReader(_Member(stream, where))

    def bytes(self, name: str) -> builtins.bytes:
        """Return the whole content of member ``name``.

        Raises
        ------
        InputError
            The member cannot be read to its end.
        """
        with self.open(name) as stream:
            return stream.read()

    def head(self, name: str, size: int = 4096) -> builtins.bytes:
        """Return the first ``size`` bytes of member ``name``.

        Raises
        ------
        InputError
            They cannot be read. What is damaged is not taken for what nobody knows.
        """
        with self.open(name) as stream:
            return stream.read(size)

    def where(self, name: str) -> str:
        """Return how messages name member ``name``."""
        return self.label if self.is_single_file else f"{self.label}/{name}"

    def find(self, *basenames: str) -> tuple[str, ...]:
        """Return the members whose last path part matches any of the patterns."""
        return tuple(
            name
            for name in self.names
            if any(PurePosixPath(name).match(pattern) for pattern in basenames)
        )

    def digests(self) -> dict[str, str]:
        """Return the sha256 of every file on disk that makes up this source, by label.

        A zip is one file. The keys are what ``provenance.inputs`` shows.

        Raises
        ------
        InputError
            One of them cannot be read.
        """
        if self.archive is not None or self.is_single_file:
            return {self.label: sha256_of(self.root, self.label)}
        return {
            self.where(name): sha256_of(self.root / name, self.where(name)) for name in self.names
        }


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
        raise _unreadable(label, error) from None


def _walk(root: Path, label: str) -> Iterator[str]:
    """Yield the regular files below ``root``; links that lead out of it are left alone."""
    inside = root.resolve()
    count = 0

    def refuse(error: OSError) -> NoReturn:
        below = Path(error.filename).relative_to(root).as_posix()
        raise _unreadable(label if below == "." else f"{label}/{below}", error)

    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if name not in _IGNORED_FOLDERS]
        for path in (Path(folder, name) for name in files):
            name = path.relative_to(root).as_posix()
            if _is_noise(name) or not path.is_file():
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                continue
            if not _is_unicode(name):
                raise corrupt(f"{label}/{name}", "", "expected a file name in UTF-8; rename it")
            count += 1
            if count > MAX_MEMBERS:
                raise corrupt(label, "", f"expected at most {MAX_MEMBERS:,} files")
            yield name


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _looks_like_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        magic = stream.read(4)
    return magic in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08") or path.suffix.lower() == ".zip"


def _open_zip(path: Path, label: str) -> zipfile.ZipFile:
    """Open a zip; its file is closed when nobody holds the archive any more."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        archive = zipfile.ZipFile(io.BufferedReader(io.FileIO(descriptor, closefd=False)))
    except _READ_ERRORS as error:
        os.close(descriptor)
        raise corrupt(label, "", f"expected a whole zip archive: {_reason(error)}") from None
    weakref.finalize(archive, os.close, descriptor)
    return archive


def _entries(archive: zipfile.ZipFile, label: str) -> dict[str, zipfile.ZipInfo]:
    """Return a zip's files by name, refusing what no honest export contains.

    Names are only names: nothing is ever written or looked up on disk under them.
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        expected = f"expected at most {MAX_MEMBERS:,} members, found {len(members):,}"
        raise corrupt(label, "", expected)
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in members:
        if not entry.filename:
            raise corrupt(label, "", "expected every member to have a name")
        name = PurePosixPath(entry.filename.replace("\\", "/")).as_posix().lstrip("/")
        if entry.is_dir() or _is_noise(name) or stat.S_ISLNK(entry.external_attr >> 16):
            continue
        _refuse_dishonest(entry, label, name)
        if name in found:
            raise corrupt(label, name, "expected every member once, found the name twice")
        found[name] = entry
    return found


def _refuse_dishonest(entry: zipfile.ZipInfo, label: str, name: str) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise corrupt(label, name, "expected an archive without a password")
    if entry.file_size > MAX_MEMBER_BYTES:
        raise corrupt(label, name, f"expected at most {MAX_MEMBER_BYTES:,} bytes")
    most = max(_FREE_BYTES, MAX_RATIO * max(entry.compress_size, 1))
    if entry.file_size > most:
        raise corrupt(label, name, f"expected at most {MAX_RATIO:,} times its packed size")
