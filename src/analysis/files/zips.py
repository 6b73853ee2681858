"""Zip archives, read member by member and never extracted."""

from __future__ import annotations

import io
import os
import stat
import weakref
import zipfile
from pathlib import Path
from typing import IO

from analysis.errors import corrupt
from analysis.files import common
from analysis.files.common import READ_ERRORS, Shelf, is_noise, member_name, reason

_ENCRYPTED = 0x1


class Zip(Shelf):
    """A zip archive.

    Raises
    ------
    InputError
        It is broken, encrypted or a bomb.
    """

    def __init__(self, path: Path, label: str) -> None:
        self._archive = _open(path, label)
        self._entries = _entries(self._archive, label)
        self.names = self._entries.keys()

    def open(self, name: str) -> IO[bytes]:
        """Open a member; its checksum is tested at its end."""
        return self._archive.open(self._entries[name])


def _open(path: Path, label: str) -> zipfile.ZipFile:
    """Open a zip; its file is closed when nobody holds the archive any more."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        archive = zipfile.ZipFile(io.BufferedReader(io.FileIO(descriptor, closefd=False)))
    except READ_ERRORS as error:
        os.close(descriptor)
        raise corrupt(label, "", f"expected a whole zip archive: {reason(error)}") from None
    weakref.finalize(archive, os.close, descriptor)
    return archive


def _entries(archive: zipfile.ZipFile, label: str) -> dict[str, zipfile.ZipInfo]:
    """Return a zip's files by name, refusing what no honest export contains."""
    members = archive.infolist()
    if len(members) > common.MAX_MEMBERS:
        expected = f"expected at most {common.MAX_MEMBERS:,} members, found {len(members):,}"
        raise corrupt(label, "", expected)
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in members:
        if not entry.filename:
            raise corrupt(label, "", "expected every member to have a name")
        name = member_name(entry.filename)
        if entry.is_dir() or is_noise(name) or stat.S_ISLNK(entry.external_attr >> 16):
            continue
        _refuse_dishonest(entry, label, name)
        if name in found:
            raise corrupt(label, name, "expected every member once, found the name twice")
        found[name] = entry
    return found


def _refuse_dishonest(entry: zipfile.ZipInfo, label: str, name: str) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise corrupt(label, name, "expected an archive without a password")
    if entry.file_size > common.MAX_MEMBER_BYTES:
        raise corrupt(label, name, f"expected at most {common.MAX_MEMBER_BYTES:,} bytes")
    most = max(common.FREE_BYTES, common.MAX_RATIO * max(entry.compress_size, 1))
    if entry.file_size > most:
        raise corrupt(label, name, f"expected at most {common.MAX_RATIO:,} times its packed size")
