"""Tar archives, plain or packed by gzip, bzip2 or xz, read in one pass and never extracted.

A packed tar can only be read from its beginning. So it is unpacked once, when it is opened:
its members go, one behind the other and without their names, into an unnamed temporary file,
small ones into memory. Pictures and films, which no format reads, are left out of that except
for their first bytes; who reads one all the same has the archive unpacked again up to there.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from analysis.errors import InputError, corrupt
from analysis.files import common
from analysis.files.common import READ_ERRORS, Section, Shelf, is_noise, member_name, reason

OPENERS: dict[bytes, Callable[[Path], io.BufferedIOBase]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
"""How a packed file is opened, by its first bytes."""

_BLOCK = 512
_CHUNK = 1024**2
_IN_MEMORY = 32 * 1024**2
_XZ_MEMORY = 256 * 1024**2
_HEADS = 64 * 1024**2
_HEAD = 64 * 1024
_LONGEST_NAME = 64 * 1024
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_NO_DATA = (
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
)
_PICTURES = ".bmp .gif .heic .heif .jpeg .jpg .png .svg .tif .tiff .webp"
_FILMS = ".3gp .avi .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .webm"
_SOUNDS = ".flac .m4a .mp3 .oga .ogg .opus .wav"
_MEDIA = frozenset(f"{_PICTURES} {_FILMS} {_SOUNDS}".split())


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a member's bytes stand: in the unpacked tar, and as many of them in the spool."""

    offset: int
    size: int
    spooled_at: int = 0
    spooled: int = 0


class Tar(Shelf):
    """A tar archive.

    Raises
    ------
    InputError
        It is cut short, damaged or a bomb.
    """

    def __init__(self, path: Path, label: str) -> None:
        packer = opener_of(path)
        self._spool: IO[bytes] | None = None
        if packer is not None:
            # By its own close, not by being forgotten, which Python warns of.
            self._spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
            weakref.finalize(self, self._spool.close)
        self._open: Callable[[Path], io.BufferedIOBase] = packer or _open_plain
        self._path = path
        try:
            _refuse_hungry(path)
            with self._open(path) as stream:
                self._entries = _Scan(stream, path, label, self._spool).entries()
        except READ_ERRORS as error:
            raise corrupt(label, "", f"expected a whole tar archive: {reason(error)}") from None
        self.names = self._entries.keys()
        self._again: io.BufferedIOBase | None = None

    def open(self, name: str) -> IO[bytes]:
        """Open a member."""
        entry = self._entries[name]
        if self._spool is not None and entry.spooled == entry.size:
            return io.BufferedReader(Section(self._spool, entry.spooled_at, entry.size))
        if self._spool is not None and entry.spooled:
            return io.BufferedReader(_Begun(self, entry))
        return io.BufferedReader(self.unpacked(entry.offset, entry.size))

    def unpacked(self, offset: int, size: int) -> Section:
        """Return a stretch of the unpacked archive; only going back in it unpacks it anew."""
        if self._again is None:
            self._again = self._open(self._path)
            weakref.finalize(self, self._again.close)
        return Section(self._again, offset, size)

    def spooled(self, entry: _Entry) -> Section:
        """Return the beginning of a member that was kept."""
        assert self._spool is not None
        return Section(self._spool, entry.spooled_at, entry.spooled)


def _open_plain(path: Path) -> io.BufferedIOBase:
    return path.open("rb")


class _Begun(io.RawIOBase):
    """A member of which only the beginning was kept; the rest is unpacked when it is wanted."""

    def __init__(self, tar: Tar, entry: _Entry) -> None:
        self._tar, self._entry = tar, entry
        self._parts: list[Section] = [tar.spooled(entry)]
        self._rest_is_due = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._parts[-1].readinto(buffer)
        if count or not self._rest_is_due:
            return count
        self._rest_is_due = False
        entry = self._entry
        rest = self._tar.unpacked(entry.offset + entry.spooled, entry.size - entry.spooled)
        self._parts.append(rest)
        return rest.readinto(buffer)


def opener_of(path: Path) -> Callable[[Path], io.BufferedIOBase] | None:
    """Return how a packed file is opened; None where it is not packed."""
    with path.open("rb") as stream:
        head = stream.read(6)
    return next((opener for magic, opener in OPENERS.items() if head.startswith(magic)), None)


def begins_as_tar(block: bytes) -> bool:
    """Return whether the first unpacked bytes of a file are the header of a tar's member."""
    try:
        tarfile.TarInfo.frombuf(block[:_BLOCK], "utf-8", "replace")
    except tarfile.TarError:
        return False
    return True


def _refuse_hungry(path: Path) -> None:
    """Raise LZMAError where unpacking an xz would take more memory than an export is worth."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(b"\xfd7zXZ\0"):
        lzma.LZMADecompressor(memlimit=_XZ_MEMORY).decompress(head, 1)


class _Scan:
    """One pass over a tar that finds its members, and spools them where it is packed."""

    def __init__(
        self, stream: io.BufferedIOBase, path: Path, label: str, spool: IO[bytes] | None
    ) -> None:
        self._stream = stream
        self._label = label
        self._spool = spool
        self._size = path.stat().st_size
        self._most = min(
            common.MAX_ARCHIVE_BYTES, max(common.FREE_BYTES, common.MAX_RATIO * self._size)
        )
        self._position = 0
        self._spooled = 0
        self._heads = 0

    def entries(self) -> dict[str, _Entry]:
        """Return the files in it by name, refusing what no honest export contains."""
        found: dict[str, _Entry] = {}
        members = 0
        stated: dict[str, str] = {}
        while (header := self._header()) is not None:
            if header.type in (*_NAMES, *_PAX):
                stated |= self._stated(header)
                continue
            members += 1
            if members > common.MAX_MEMBERS:
                expected = f"expected at most {common.MAX_MEMBERS:,} members"
                raise corrupt(self._label, "", expected)
            name, size = self._called(header, stated)
            is_sparse = header.type == tarfile.GNUTYPE_SPARSE or "GNU.sparse.major" in stated
            stated = {}
            is_file = header.type in _FILES and not header.name.endswith("/")
            if is_sparse:
                raise corrupt(self._label, name, "expected a whole file, found one with holes")
            if not is_file or is_noise(name):
                self._skip(0 if header.type in _NO_DATA else size, name)
                continue
            if name in found:
                raise corrupt(self._label, name, "expected every member once, found it twice")
            found[name] = self._entry(name, size)
        self._finish()
        return found

    def _header(self) -> tarfile.TarInfo | None:
        """Return the next header, or None at the mark that ends an archive."""
        block = self._stream.read(_BLOCK)
        self._position += len(block)
        if not block and self._spool is not None and self._position:
            return None  # the packing has an end of its own, which tells that all is there
        if len(block) < _BLOCK:
            raise EOFError("it ends without its end mark (cut short?)")
        if not block.strip(b"\0"):
            return None
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "backslashreplace")
        except tarfile.HeaderError as error:
            raise ValueError(f"{error}, at byte {self._position - len(block):,}") from None

    def _stated(self, header: tarfile.TarInfo) -> dict[str, str]:
        """Return what an extension header says of the member behind it."""
        if not 0 <= header.size <= _LONGEST_NAME * 16:
            raise ValueError(f"an extension header of {header.size:,} bytes")
        data = self._take(header.size, "")
        if header.type == tarfile.GNUTYPE_LONGNAME:
            return {"path": data.partition(b"\0")[0].decode("utf-8", "backslashreplace")}
        if header.type in (tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE):
            return {}
        return _pax(data)

    def _called(self, header: tarfile.TarInfo, stated: dict[str, str]) -> tuple[str, int]:
        name = member_name(stated.get("path", header.name))
        digits = stated.get("size", "")
        size = int(digits) if digits.isascii() and digits.isdigit() else header.size
        if size > common.MAX_MEMBER_BYTES:
            most = f"expected at most {common.MAX_MEMBER_BYTES:,} bytes"
            raise corrupt(self._label, name, most)
        if size < 0:
            raise ValueError("a member of negative size")
        if not name or len(name) > _LONGEST_NAME:
            raise corrupt(self._label, "", "expected every member to have a name")
        return name, size

    def _entry(self, name: str, size: int) -> _Entry:
        offset = self._position
        if self._spool is None:
            self._skip(size, name)
            return _Entry(offset, size)
        keep = size
        if PurePosixPath(name).suffix.lower() in _MEDIA:
            keep = min(size, _HEAD, _HEADS - self._heads)
            self._heads += keep
        start = self._spooled
        self._copy(keep, name, self._spool)
        self._spooled += keep
        self._copy(size - keep, name)
        self._copy(-size % _BLOCK, name)
        return _Entry(offset, size, start, keep)

    def _take(self, size: int, name: str) -> bytes:
        buffer = io.BytesIO()
        self._copy(size, name, buffer)
        self._copy(-size % _BLOCK, name)
        return buffer.getvalue()

    def _skip(self, size: int, name: str) -> None:
        size += -size % _BLOCK
        if self._spool is not None:
            self._copy(size, name)
            return
        self._position += size
        if self._position > self._size:
            raise self._cut(name)
        self._stream.seek(self._position)

    def _copy(self, size: int, name: str, target: IO[bytes] | None = None) -> None:
        """Read on by as many bytes, into ``target`` where there is one."""
        if self._position + size > self._most:
            if self._spool is None:
                raise self._cut(name)
            packed = f"expected at most {common.MAX_RATIO:,} times its packed size"
            raise corrupt(self._label, name, packed)
        while size:
            data = self._stream.read(min(size, _CHUNK))
            if not data:
                raise self._cut(name)
            self._position += len(data)
            size -= len(data)
            if target is not None:
                target.write(data)

    def _cut(self, name: str) -> InputError:
        expected = "expected a whole tar archive: it ends in the middle of this member"
        return corrupt(self._label, name, expected)

    def _finish(self) -> None:
        """Read to the end, which tests the checksum of the packing; only zeros may stand there."""
        while data := self._stream.read(_CHUNK):
            self._position += len(data)
            if data.strip(b"\0"):
                raise ValueError("there is more behind its end mark")
            if self._position > self._most:
                raise ValueError("nothing but zeros behind its end mark")


def _pax(data: bytes) -> dict[str, str]:
    """Return the records of a pax header, each ``<length> <key>=<value>`` and a line feed."""
    records: dict[str, str] = {}
    while data.strip(b"\0"):
        digits, _, _ = data.partition(b" ")
        if not digits.isdigit() or len(digits) > 8 or not len(digits) < int(digits) <= len(data):
            raise ValueError("a broken extension header")
        record, data = data[len(digits) + 1 : int(digits) - 1], data[int(digits) :]
        key, _, value = record.partition(b"=")
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "backslashreplace")
    return records
