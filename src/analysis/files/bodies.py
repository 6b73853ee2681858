"""The bodies of HTTP responses as they were before they were packed for the way."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from analysis.errors import corrupt, one_line, unknown
from analysis.files import common

_GZIP = b"\x1f\x8b\x08"
_PACKED_TYPES = ("gzip", "tar", "octet-stream", "zip")
_PLAIN = ("", "identity", "none", "binary", "utf-8", "utf8")


def decoded(body: bytes, headers: Mapping[str, str], where: str, most: int) -> bytes:
    """Return a body with its transfer encoding and content encodings undone.

    Archives often hold bodies that are not packed, though their header says so, or that are
    packed twice: what the body itself is decides.

    Parameters
    ----------
    body : bytes
        As the record has it.
    headers : mapping of str to str
        The response's, by lower-case name.
    where : str
        How messages name it.
    most : int
        Bytes that it may unpack to.

    Raises
    ------
    InputError
        It is damaged (kind "corrupt"), or packed in a way that is not known (kind "unknown").
    """
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _unchunked(body, where)
    stated = headers.get("content-encoding", "").lower().split(",")
    for encoding in reversed([each.strip() for each in stated]):
        if encoding in ("gzip", "x-gzip"):
            body = _gunzipped(body, where, most)
        elif encoding == "deflate":
            body = _inflated(body, where, most)
        elif encoding not in _PLAIN:
            known = "expected a body packed by gzip or deflate, or not at all"
            raise unknown(where, f"{known}; found {one_line(encoding, 40)}")
    kind = headers.get("content-type", "").lower()
    if not any(word in kind for word in _PACKED_TYPES):
        body = _gunzipped(body, where, most)
    return body


def _unchunked(body: bytes, where: str) -> bytes:
    """Return the chunks of a body joined, or the body where it is in none."""
    parts: list[bytes] = []
    position = 0
    while True:
        end = body.find(b"\n", position, position + 80)
        digits = body[position : max(end, position)].partition(b";")[0].strip()
        try:
            size = int(digits, 16) if digits.isalnum() else -1
        except ValueError:
            size = -1
        if size < 0:
            if not parts:
                return body
            raise corrupt(where, f"byte {position:,}", "expected the length of a chunk")
        if size == 0:
            return b"".join(parts)
        position = end + 1
        if position + size > len(body):
            expected = "expected the rest of a chunk; the body ends here"
            raise corrupt(where, f"byte {len(body):,}", expected)
        parts.append(body[position : position + size])
        position += size
        position += 2 if body[position : position + 2] == b"\r\n" else 1


def _gunzipped(body: bytes, where: str, most: int) -> bytes:
    """Return a body without the gzip around it; as it is where there is none."""
    if not body.startswith(_GZIP):
        return body
    data, rest = _unpacked(body, 16 + zlib.MAX_WBITS, where, most)
    while rest.startswith(_GZIP):
        more, rest = _unpacked(rest, 16 + zlib.MAX_WBITS, where, most - len(data))
        data += more
    return data


def _inflated(body: bytes, where: str, most: int) -> bytes:
    """Return a body without the deflate around it: with zlib's header, without, or none."""
    if len(body) > 1 and body[0] & 15 == 8 and (body[0] * 256 + body[1]) % 31 == 0:
        return _unpacked(body, zlib.MAX_WBITS, where, most)[0]
    try:
        zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, 1)
    except zlib.error:
        return body
    return _unpacked(body, -zlib.MAX_WBITS, where, most)[0]


def _unpacked(body: bytes, bits: int, where: str, most: int) -> tuple[bytes, bytes]:
    """Return what a body unpacks to, and what stands behind it."""
    most = min(most, max(common.FREE_BYTES, common.MAX_RATIO * len(body)))
    unpacker = zlib.decompressobj(bits)
    try:
        data = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise corrupt(where, "", f"expected a body that can be unpacked: {error}") from None
    if len(data) > most:
        raise corrupt(where, "", f"expected at most {most:,} bytes of body")
    if not unpacker.eof:
        raise corrupt(where, "", "expected the rest of a packed body; it ends too early")
    return data, unpacker.unused_data
