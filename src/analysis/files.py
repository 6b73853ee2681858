"""A file, a folder or a zip, read alike and never extracted to disk."""

from __future__ import annotations

import builtins
import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from analysis.errors import absent, corrupt

MAX_MEMBERS = 200_000
MAX_MEMBER_BYTES = 2 * 1024**3
MAX_RATIO = 1_000
"""A member that unpacks to over a thousand times its packed size is taken for a bomb."""

_IGNORED_NAMES = {".DS_Store", "Thumbs.db", "desktop.ini"}
_IGNORED_FOLDERS = {"__MACOSX", ".git", ".ipynb_checkpoints"}


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        not parts
        or parts[-1] in _IGNORED_NAMES
        or parts[-1].startswith("._")
        or any(part in _IGNORED_FOLDERS for part in parts)
    )


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

    @classmethod
    def at(cls, root: Path, label: str | None = None) -> Tree:
        """Open what stands at ``root``.

        Raises
        ------
        InputError
            Nothing is there, or a zip cannot be read, is encrypted or is a bomb.
        """
        label = str(root) if label is None else label
        if root.is_dir():
            return cls(root, label, tuple(sorted(_walk(root, label))))
        if not root.is_file():
            raise absent(label, "expected a file, a folder or a zip; nothing is there")
        if _looks_like_zip(root):
            archive = _open_zip(root, label)
            return cls(root, label, tuple(sorted(_members(archive, label))), archive)
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
            The member cannot be opened.
        """
        try:
            if self.archive is not None:
                return io.BufferedReader(self.archive.open(name))  # type: ignore[type-var]
            return self.path_of(name).open("rb")
        except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise corrupt(self.where(name), "", f"expected a readable file: {error}") from None

    def bytes(self, name: str) -> builtins.bytes:
        """Return the whole content of member ``name``.

        Raises
        ------
        InputError
            The member cannot be read to its end (truncated, wrong checksum, no permission).
        """
        try:
            with self.open(name) as stream:
                return stream.read()
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
            raise corrupt(self.where(name), "", f"expected a readable file: {error}") from None

    def head(self, name: str, size: int = 4096) -> builtins.bytes:
        """Return the first ``size`` bytes of member ``name``; empty when it cannot be read."""
        try:
            with self.open(name) as stream:
                return stream.read(size)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError):
            return b""

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
        """
        if self.archive is not None or self.is_single_file:
            return {self.label: sha256_of(self.root)}
        return {self.where(name): sha256_of(self.root / name) for name in self.names}


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _walk(root: Path, label: str) -> Iterator[str]:
    """Yield the regular files below ``root``; links that lead out of it are left alone."""
    inside = root.resolve()
    count = 0
    for path in root.rglob("*"):
        if not path.is_file() or not path.resolve().is_relative_to(inside):
            continue
        name = path.relative_to(root).as_posix()
        if _is_noise(name):
            continue
        count += 1
        if count > MAX_MEMBERS:
            raise corrupt(label, "", f"expected at most {MAX_MEMBERS:,} files")
        yield name


def _looks_like_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        magic = stream.read(4)
    return magic in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08") or path.suffix.lower() == ".zip"


def _open_zip(path: Path, label: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise corrupt(label, "", f"expected a whole zip archive: {error}") from None


def _members(archive: zipfile.ZipFile, label: str) -> Iterator[str]:
    """Yield the names of a zip's files, refusing what no honest export contains."""
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise corrupt(
            label, "", f"expected at most {MAX_MEMBERS:,} members, found {len(entries):,}"
        )
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if entry.is_dir() or _is_noise(name) or stat.S_ISLNK(entry.external_attr >> 16):
            continue
        if entry.flag_bits & 0x1:
            raise corrupt(label, name, "expected an archive without a password")
        if entry.file_size > MAX_MEMBER_BYTES:
            raise corrupt(label, name, f"expected at most {MAX_MEMBER_BYTES:,} bytes")
        if entry.file_size > 1_000_000 and entry.file_size > MAX_RATIO * max(
            entry.compress_size, 1
        ):
            raise corrupt(label, name, f"expected at most {MAX_RATIO} times its packed size")
        if name in seen:
            raise corrupt(label, name, "expected every member once, found the name twice")
        seen.add(name)
        yield name
