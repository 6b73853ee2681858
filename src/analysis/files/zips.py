"""Zip archives, read member by member and never extracted."""

from __future__ import annotations

import io
import os
import stat
import struct
import weakref
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, BinaryIO

from analysis.errors import corrupt
from analysis.files import common
from analysis.files.common import READ_ERRORS, Shelf, is_noise, member_name, reason

_ENCRYPTED = 0x1
_ENTRY = struct.Struct("<4s24xHHH12x")
_LOCAL_HEADER = 30
_TOTAL, _SIZE, _LOCATION = 4, 5, 9
_ZIP64_ENDS = 56 + 20


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
        _refuse_crowded(path, label)
        archive = zipfile.ZipFile(io.BufferedReader(io.FileIO(descriptor, closefd=False)))
    except READ_ERRORS as error:
        os.close(descriptor)
        raise corrupt(label, "", f"expected a whole zip archive: {reason(error)}") from None
    weakref.finalize(archive, os.close, descriptor)
    return archive


def _refuse_crowded(path: Path, label: str) -> None:
    """Count the entries of the directory before any is built: ten million take gigabytes.

    Raises
    ------
    InputError
        There are more than `common.MAX_MEMBERS`.
    """
    with path.open("rb") as stream:
        end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
        if end is None:
            return  # what is wrong is told by who opens it
        start = end[_LOCATION] - end[_SIZE]
        is_long = end[0] == zipfile.stringEndArchive64  # type: ignore[attr-defined]
        stream.seek(max(0, start - (_ZIP64_ENDS if is_long else 0)))
        found = max(end[_TOTAL], _counted(stream, end[_SIZE]))
    if found > common.MAX_MEMBERS:
        expected = f"expected at most {common.MAX_MEMBERS:,} members, found "
        raise corrupt(label, "", expected + (f"{found:,}" if found == end[_TOTAL] else "more"))


def _counted(stream: BinaryIO, size: int) -> int:
    """Return how many entries stand in the next bytes, or one more than may."""
    count = 0
    while size > 0 and count <= common.MAX_MEMBERS:
        head = stream.read(_ENTRY.size)
        if len(head) < _ENTRY.size or not head.startswith(b"PK\1\2"):
            break
        skipped = sum(_ENTRY.unpack(head)[1:])
        stream.seek(skipped, io.SEEK_CUR)
        size -= _ENTRY.size + skipped
        count += 1
    return count


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
    _refuse_overlaps(found, label)
    return found


def _refuse_overlaps(entries: Mapping[str, zipfile.ZipInfo], label: str) -> None:
    """Refuse members that share their bytes: kilobytes unpack to terabytes so."""
    end = 0
    for name, entry in sorted(entries.items(), key=lambda each: each[1].header_offset):
        if entry.header_offset < end:
            raise corrupt(label, name, "expected bytes of its own, found those of another member")
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size


def _refuse_dishonest(entry: zipfile.ZipInfo, label: str, name: str) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise corrupt(label, name, "expected an archive without a password")
    if entry.file_size > common.MAX_MEMBER_BYTES:
        raise corrupt(label, name, f"expected at most {common.MAX_MEMBER_BYTES:,} bytes")
    most = max(common.FREE_BYTES, common.MAX_RATIO * max(entry.compress_size, 1))
    if entry.file_size > most:
        raise corrupt(label, name, f"expected at most {common.MAX_RATIO:,} times its packed size")
