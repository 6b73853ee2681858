"""Archives written by hand: tars of any packing, and web archives of a few pages."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping
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
