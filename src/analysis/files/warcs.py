"""Web archives (WARC, ISO 28500): the pages that were captured, as members.

Records are found by their own lengths, once; warcio reads their headers. What is between two
records and belongs to neither, and a record that the file breaks off in, is a problem of the
archive; what stands before it is read.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeadersParser

from analysis.errors import InputError, Problem, one_line
from analysis.files import common
from analysis.files.bodies import decoded
from analysis.files.common import READ_ERRORS, Shelf, reason, unreadable
from analysis.files.mementos import original
from analysis.files.revisits import (
    Answer,
    Archive,
    Key,
    Reference,
    Revisit,
    digest_of,
    reference_of,
)

MAX_BODY_BYTES = 256 * 1024**2
MAX_PROBLEMS = 20

_CHUNK = 64 * 1024
_MOST_HEADER = 1024**2
_HTTP = re.compile(rb"HTTP/[0-9.]{1,4}[ \t]+([0-9]{3})\b")
_NOT_A_NAME = re.compile(r"[^\w.%=~+,@/-]+")
_ENDING = re.compile(r"(?<=[^/])\.[A-Za-z0-9]{1,6}$")
_LONGEST_NAME = 180
_LONGEST_LOCATION = 8_192
_REDIRECTS = (b"301", b"302", b"303", b"307", b"308")
_PARSER = StatusAndHeadersParser([], verify=False)


@dataclass(frozen=True, slots=True)
class _Capture:
    """Where a response stands, when it was captured, and from which address.

    ``of`` is the page, here or in another archive, that a revisit repeats.
    """

    offset: int
    at: dt.datetime
    address: str
    answer: Answer | None = None
    of: tuple[Shelf, str] | None = None


@dataclass(slots=True)
class _Record:
    """A record whose header was read, and the stream that stands at its block."""

    offset: int
    headers: dict[str, str]
    length: int
    stream: BinaryIO


class _TornError(Exception):
    """The archive cannot be followed from here on."""


class Warc(Archive):
    """A web archive, each record packed by itself or none.

    Its revisits are members once `revisits.link` has found what they repeat.

    Raises
    ------
    InputError
        There is no record in it that can be read.
    """

    def __init__(self, path: Path, label: str) -> None:
        self._path = path
        self.label = label
        self.revisits: dict[Reference, Revisit] = {}
        self.redirects: dict[str, tuple[dt.datetime, str]] = {}
        self._others: dict[Key, str] = {}
        self._captures: dict[str, _Capture] = {}
        self._problems: list[Problem] = []
        with path.open("rb") as stream:
            self._packed = stream.read(2) == b"\x1f\x8b"
            records = self._index(stream)
        self.names = self._captures.keys()
        self.problems = tuple(self._problems)
        if self.problems and not records:
            raise InputError(self.problems[0])

    def seen_at(self, name: str) -> dt.datetime | None:
        """Return when a page was captured."""
        return self._captures[name].at

    def address(self, name: str) -> str:
        """Return the address of a page."""
        return self._captures[name].address

    def repeats(self, name: str) -> tuple[Shelf, str] | None:
        """Return the page that a revisit repeats, and its archive."""
        return self._captures[name].of

    def answers(self) -> Iterator[Answer]:
        """Yield the responses, pages or not."""
        yield from (each.answer for each in self._captures.values() if each.answer is not None)
        yield from (Answer(key, digest, "") for key, digest in self._others.items())

    def repeat(self, revisit: Revisit, archive: Shelf, name: str) -> None:
        """Take in a revisit as a member that repeats page ``name`` of an archive."""
        address, at = revisit.key
        self._captures[self._free_name(at, address)] = _Capture(-1, at, address, of=(archive, name))

    def open(self, name: str) -> IO[bytes]:
        """Return the body of a response, its transfer and content encodings undone.

        Raises
        ------
        InputError
            It is damaged, was cut short, or is packed in a way that is not known.
        """
        capture = self._captures[name]
        if capture.of is not None:
            archive, page = capture.of
            return archive.open(page)
        where = f"{self.label}/{name}"
        with self._path.open("rb") as stream:
            try:
                record = self._record(stream, capture.offset)
                block = _block(record)
            except _TornError as error:
                raise unreadable(where, error) from None
        head = io.BytesIO(block)
        headers = _headers(head)
        return io.BytesIO(decoded(block[head.tell() :], headers, where, MAX_BODY_BYTES))

    def _index(self, stream: BinaryIO) -> int:
        """Find the responses; return how many records of any type were read."""
        records = position = 0
        end = stream.seek(0, io.SEEK_END)
        while position < end and len(self._problems) < MAX_PROBLEMS:
            try:
                record = self._record(stream, position)
                head = record.stream.read(min(record.length, _CHUNK))
                position = self._end_of(record, len(head), stream, end)
            except _TornError as error:
                self._complain(position, str(error))
                break
            except READ_ERRORS as error:
                self._complain(position, f"expected a whole record: {reason(error)}")
                break
            records += 1
            if len(self._captures) + len(self.revisits) >= common.MAX_MEMBERS:
                self._complain(position, f"expected at most {common.MAX_MEMBERS:,} responses")
                break
            self._keep(record, head)
        return records

    def _complain(self, position: int, expected: str) -> None:
        place = f"record at byte {position:,}"
        self._problems.append(Problem("corrupt", self.label, place, expected))

    def _keep(self, record: _Record, head: bytes) -> None:
        """Name a record that is a page: a response of status 200; note a revisit of one."""
        headers = record.headers
        kind, status = headers.get("warc-type"), _HTTP.match(head)
        is_page = status is not None and status[1] == b"200"
        is_revisit = kind == "revisit" and (is_page or status is None or status[1] == b"304")
        if not is_revisit and (kind != "response" or not status):
            return
        asked = headers.get("warc-target-uri", "").strip("<> ")
        told = _time(headers.get("warc-date", ""))
        if told is None:
            if is_page or is_revisit:
                found = one_line(headers.get("warc-date", "nothing"), 40)
                self._complain(record.offset, f"expected a WARC-Date, found {found}")
            return
        address, at = original(asked, told)
        key = asked, told
        if is_revisit:
            if address == asked:  # else it is the same capture, had from an archive again
                self._note(key, headers)
        elif is_page:
            name = self._free_name(at, address)
            answer = Answer(key, digest_of(headers), name)
            self._captures[name] = _Capture(record.offset, at, address, answer)
        elif len(self._others) < common.MAX_MEMBERS:
            self._others[key] = digest_of(headers)
            if status is not None and status[1] in _REDIRECTS:
                self._lead(address, at, head)

    def _lead(self, address: str, at: dt.datetime, head: bytes) -> None:
        """Note where an address leads; the earliest capture knows best what was meant."""
        location = _headers(io.BytesIO(head)).get("location", "")
        known = self.redirects.get(address)
        if 0 < len(location) <= _LONGEST_LOCATION and (known is None or at < known[0]):
            self.redirects[address] = at, location

    def _note(self, key: Key, headers: dict[str, str]) -> None:
        """Note a revisit, the latest of those that repeat the same."""
        reference = reference_of(headers, _time(headers.get("warc-refers-to-date", "")))
        known = self.revisits.setdefault(reference, Revisit(key, reference, 0))
        known.times += 1
        if known.key[1] < key[1]:
            known.key = key

    def _free_name(self, at: dt.datetime, address: str) -> str:
        name = plain = _name(at, address)
        number = 1
        while name in self._captures:
            number += 1
            name = _numbered(plain, number)
        return name

    def _record(self, stream: BinaryIO, position: int) -> _Record:
        """Return the record whose header starts there, or behind the blank lines there."""
        stream.seek(position)
        source = io.BufferedReader(_Packed(stream), _CHUNK) if self._packed else stream
        line = source.readline(_CHUNK)
        while line in (b"\r\n", b"\n"):
            position += 0 if self._packed else len(line)
            line = source.readline(_CHUNK)
        if not line.startswith(b"WARC/"):
            found = f"found {line[:40]!r}" if line else "found nothing but blank lines"
            raise _TornError(f"expected a record that starts with WARC/, {found}")
        lines = [line]
        size = len(line)
        while line not in (b"\r\n", b"\n"):
            line = source.readline(_CHUNK)
            size += len(line)
            lines.append(line)
            if not line.endswith(b"\n") or size > _MOST_HEADER:
                raise _TornError("expected the rest of the record's header; the file ends here")
        headers = _headers(io.BytesIO(b"".join(lines)))
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise _TornError(
                f"expected a Content-Length, found {one_line(length or 'nothing', 40)}"
            )
        return _Record(position, headers, int(length), source)

    def _end_of(self, record: _Record, read: int, stream: BinaryIO, end: int) -> int:
        """Return where the next record starts; raises where this one is not whole."""
        cut = _TornError("expected the rest of the record; the file ends here (cut short?)")
        if not self._packed:
            after = stream.tell() + record.length - read
            if after > end:
                raise cut
            return _past_blank_lines(stream, after)
        while read < record.length:
            data = record.stream.read(min(record.length - read, _CHUNK))
            if not data:
                raise cut
            read += len(data)
        if record.stream.read(5).strip(b"\r\n"):
            raise _TornError("expected every record packed by itself (warcio recompress does that)")
        packed = record.stream.raw  # type: ignore[attr-defined]
        return int(packed.end)


class _Packed(io.RawIOBase):
    """One gzip member of a file, from where its stream stands to its own end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._start = self._read = stream.tell()
        self._made = 0

    @property
    def end(self) -> int:
        """Where the member ends in the file, once it was read to its end."""
        return self._read - len(self._unpacker.unused_data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail
            if not packed:
                # Others may have read from the stream in the meantime.
                self._stream.seek(self._read)
                packed = self._stream.read(_CHUNK)
                self._read += len(packed)
            data = self._unpacker.decompress(packed, len(buffer))
            buffer[: len(data)] = data
            self._made += len(data)
            packed_size = self._read - self._start - len(self._unpacker.unconsumed_tail)
            if self._made > max(common.FREE_BYTES, common.MAX_RATIO * packed_size):
                raise ValueError(f"expected at most {common.MAX_RATIO:,} times its packed size")
            if data:
                return len(data)
            if not packed:
                raise EOFError("the file ends here (cut short?)")
        return 0


def _past_blank_lines(stream: BinaryIO, position: int) -> int:
    stream.seek(position)
    while (line := stream.readline(_CHUNK)) in (b"\r\n", b"\n"):
        position += len(line)
    return position


def _headers(stream: BinaryIO) -> dict[str, str]:
    """Return the headers in front of a stream by lower-case name; the stream is at the body."""
    try:
        parsed = _PARSER.parse(stream)
    except EOFError:
        return {}
    return {name.strip().lower(): value.strip() for name, value in reversed(parsed.headers)}


def _block(record: _Record) -> bytes:
    """Return what a record holds, held against its digest.

    Raises
    ------
    _TornError
        It is not what was written there.
    """
    if record.length > MAX_BODY_BYTES:
        raise _TornError(f"at most {MAX_BODY_BYTES:,} bytes were expected")
    cut = record.headers.get("warc-truncated", "")
    if cut:
        raise _TornError(f"the capture was cut short ({one_line(cut, 40)})")
    try:
        block = record.stream.read(record.length)
    except READ_ERRORS as error:
        raise _TornError(reason(error)) from None
    if len(block) < record.length:
        raise _TornError("it ends too early")
    if not _agrees(block, record.headers.get("warc-block-digest", "")):
        raise _TornError("it is not what its WARC-Block-Digest says")
    return block


def _agrees(block: bytes, stated: str) -> bool:
    """Return whether a block has the digest that is stated; True where none known is."""
    algorithm, _, value = stated.partition(":")
    algorithm = algorithm.strip().lower().replace("-", "")
    if algorithm not in ("sha1", "sha256", "sha512") or not value:
        return True
    digest = hashlib.new(algorithm, block, usedforsecurity=False).digest()
    as_text = {digest.hex(), base64.b32encode(digest).decode().rstrip("=").lower()}
    return value.strip().rstrip("=").lower() in as_text


def _time(text: str) -> dt.datetime | None:
    """Return the instant that a header tells; None for none."""
    try:
        when = dt.datetime.fromisoformat(text.strip())
        if when.tzinfo is None:
            when = when.replace(tzinfo=dt.UTC)
        return when.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _name(at: dt.datetime, address: str) -> str:
    """Return a name for a page that tells when and where it was captured."""
    try:
        parts = urlsplit(address)
        host, path, query = parts.netloc.rpartition("@")[2], parts.path, parts.query
    except ValueError:
        host, path, query = "", address, ""
    path = "/".join(part for part in path.split("/") if part not in ("", ".", ".."))
    ending = match.group() if (match := _ENDING.search(path)) else ""
    stem = path.removesuffix(ending) + (f"@{query.replace('/', '_')}" if query else "")
    where = _NOT_A_NAME.sub("_", f"{host.lower()}/{stem or 'index'}")
    if len(where) > _LONGEST_NAME:
        where = f"{where[:_LONGEST_NAME]}~{zlib.crc32(address.encode('utf-8', 'replace')):08x}"
    stamp = f"{at.year:04}{at:%m%d%H%M%S}"
    return f"{stamp}/{where.lstrip('/')}{ending}"


def _numbered(name: str, number: int) -> str:
    ending = match.group() if (match := _ENDING.search(name)) else ""
    return f"{name.removesuffix(ending)}~{number}{ending}"
