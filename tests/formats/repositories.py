"""Bluesky repositories written by hand: blocks, a tree of one or two levels, a commit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import cbor2


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def cid_of(block: bytes) -> bytes:
    return b"\x01\x71\x12\x20" + hashlib.sha256(block).digest()


def link(block: bytes) -> cbor2.CBORTag:
    return cbor2.CBORTag(42, b"\0" + cid_of(block))


def framed(block: bytes, cid: bytes | None = None) -> bytes:
    named = (cid or cid_of(block)) + block
    return varint(len(named)) + named


def car(root: bytes, *blocks: bytes) -> bytes:
    """Return a CAR file of blocks, the root first."""
    header = cbor2.dumps({"roots": [link(root)], "version": 1})
    return varint(len(header)) + header + b"".join(map(framed, (root, *blocks)))


def node(entries: list[tuple[str, bytes]], left: bytes | None = None) -> bytes:
    """Return a node that leads to records by key, and to another node before them."""
    found, before = [], b""
    for key, block in entries:
        name = key.encode()
        shared = 0
        while shared < min(len(name), len(before)) and name[shared] == before[shared]:
            shared += 1
        found.append({"p": shared, "k": name[shared:], "v": link(block), "t": None})
        before = name
    return cbor2.dumps({"l": None if left is None else link(left), "e": found})


def commit(did: str, rev: str, top: bytes) -> bytes:
    return cbor2.dumps(
        {"did": did, "rev": rev, "version": 3, "prev": None, "sig": b"", "data": link(top)}
    )


def repository(did: str, rev: str, records: Mapping[str, Any]) -> bytes:
    """Return a repository whose tree has two levels: the first half of the keys, the others."""
    blocks = [(key, cbor2.dumps(records[key])) for key in sorted(records)]
    half = len(blocks) // 2
    below = node(blocks[:half])
    top = node(blocks[half:], below)
    return car(commit(did, rev, top), top, below, *(block for _, block in blocks))
