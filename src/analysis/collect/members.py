"""The gzip members of a file: where each begins, which is whole, and where the last one ends."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from analysis.errors import corrupt

MAX_RECORD = 512 * 1024**2
_READ = 1024**2
_MAGIC = b"\x1f\x8b\x08"


class BrokenError(Exception):
    """A gzip member ends too early or is damaged."""


def members(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield where each gzip member begins and its unpacked bytes.

    Raises
    ------
    BrokenError
        One is not whole; those before it have been yielded.
    """
    start, pending = stream.tell(), b""
    while True:
        pending = pending or stream.read(_READ)
        if not pending:
            return
        unpacker, size, parts, length = zlib.decompressobj(31), 0, [], 0
        try:
            while not unpacker.eof:
                parts.append(unpacker.decompress(pending, MAX_RECORD))
                size += len(parts[-1])
                length += len(pending) - len(unpacker.unused_data) - len(unpacker.unconsumed_tail)
                if size >= MAX_RECORD:
                    raise BrokenError
                pending = unpacker.unused_data if unpacker.eof else stream.read(_READ)
                if not pending and not unpacker.eof:
                    raise BrokenError
        except zlib.error:
            raise BrokenError from None
        yield start, b"".join(parts)
        start += length


def end_of_whole(stream: BinaryIO) -> int:
    """Return where the last whole member ends: where the broken one begins."""
    begin = 0
    try:
        for offset, _ in members(stream):
            begin = offset
    except BrokenError:
        pass
    stream.seek(begin)
    unpacker, end = zlib.decompressobj(31), begin
    try:
        while not unpacker.eof:
            chunk = stream.read(_READ)
            if not chunk:
                return begin
            unpacker.decompress(chunk)
            end += len(chunk)
    except zlib.error:
        return begin
    return end - len(unpacker.unused_data)


def refuse_damage(stream: BinaryIO, good: int, where: str) -> None:
    """Raise where a whole record stands after the broken one: no killed run leaves that.

    Raises
    ------
    InputError
        One does.
    """
    stream.seek(good)
    rest = stream.read()
    found = rest.find(_MAGIC, 1)
    while found >= 0:
        try:
            _, data = next(members(io.BytesIO(rest[found:])))
        except (BrokenError, StopIteration):
            data = b""
        if data.startswith(b"WARC/"):
            expected = "expected whole records up to the end; restore it from a copy"
            raise corrupt(where, f"byte {good}", expected)
        found = rest.find(_MAGIC, found + 1)
