"""Archives written by hand: tars of any packing, and web archives of a few pages."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def tar_bytes(
    content: Mapping[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT
) -> bytes:
    """Return a tar; ``mode`` is tarfile's: ``w``, ``w:gz``, ``w:bz2`` or ``w:xz``."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def tar_of(path: Path, content: Mapping[str, bytes], mode: str = "w:gz") -> Path:
    """Write a tar to ``path``."""
    path.write_bytes(tar_bytes(content, mode))
    return path


def record(
    block: bytes,
    address: str = "https://blog.example/feed/",
    *,
    date: str = "2012-06-22T09:30:00Z",
    kind: str = "response",
    more: Iterable[str] = (),
    length: int | None = None,
) -> bytes:
    """Return one record of a web archive."""
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {address}",
        f"WARC-Date: {date}",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(block) if length is None else length}",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an HTTP response."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def packed(*records: bytes) -> bytes:
    """Return a web archive of records that are packed one by one."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)


def zip_by_hand(
    content: Sequence[tuple[bytes, bytes]], *, claimed: int | None = None, shared: bool = False
) -> bytes:
    """Return a zip of packed members, its directory written field by field.

    Parameters
    ----------
    content : sequence of (bytes, bytes)
        Name and data of each member.
    claimed : int, optional
        How many members its end claims; in a ZIP64 directory where that is more than 65,534.
    shared : bool
        Every entry points to the bytes of the first one.
    """
    blocks, entries, sums, packed_ = bytearray(), bytearray(), 0, b""
    for at, (name, data) in enumerate(content):
        is_own = at == 0 or not shared
        if is_own:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            sums, packed_ = zlib.crc32(data), packer.compress(data) + packer.flush()
        offset = len(blocks) if is_own else 0
        sizes = struct.pack("<IIIHH", sums, len(packed_), len(data), len(name), 0)
        if is_own:
            blocks += b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + name + packed_
        head = struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
        entries += b"PK\1\2" + head + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name
    return bytes(blocks + entries) + _zip_end(
        len(content) if claimed is None else claimed, len(entries), len(blocks)
    )


def _zip_end(count: int, size: int, start: int) -> bytes:
    if count < 0xFFFF:
        return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, 0)
    long = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
    long += b"PK\6\7" + struct.pack("<IQI", 0, start + size, 1)
    return long + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)


def whole_records(path: Path) -> bytes:
    """Return a file up to its last whole answer; nothing where it holds none."""
    data = rest = path.read_bytes()
    answers = 0
    while rest:
        unpacker = zlib.decompressobj(31)
        text = unpacker.decompress(rest)
        if not unpacker.eof:
            break
        answers += b"WARC-Type: warcinfo" not in text
        rest = unpacker.unused_data
    return data[: len(data) - len(rest)] if answers else b""
