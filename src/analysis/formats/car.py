"""A Bluesky account's repository as one file (``repo.car``): its records with their keys.

A CAR file (version 1) is a header and blocks, each after its length and named by the sha256 of
its bytes (its CID). A block is DAG-CBOR. The root is the commit; from it a tree of nodes (a
Merkle search tree) leads to the records in the order of their keys. Every length is checked
against the bytes that are there, and every block that is used against its name.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import cbor2

from analysis.errors import InputError, Problem, corrupt, one_line
from analysis.formats.answers import words
from analysis.formats.javascript import items_of, section

LONGEST_KEY = 1024
LONGEST_NUMBER = 10
"""Bytes of a length or code (a varint) at most: more do not fit into 64 bits."""

_LINK = 42
_SHA256 = 0x12
_LONGEST_DIGEST = 64
_CBOR_ERRORS = (
    cbor2.CBORError,
    ArithmeticError,  # numbers written as a fraction with nothing below the line, or too large
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Repository:
    """An account's repository, as far as it could be read.

    Attributes
    ----------
    did : str
        The account.
    rev : str
        The revision: the time of the last change, as record keys write it.
    records : list of (str, dict)
        Key (``collection/rkey``) and value of the records that were asked for, by key.
    others : Counter of str
        The number of records in each other collection.
    problems : tuple of Problem
        What is cut, missing or damaged, each kind once.
    """

    did: str
    rev: str
    records: list[tuple[str, dict[str, Any]]]
    others: Counter[str]
    problems: tuple[Problem, ...]


def is_car(head: bytes) -> bool:
    """Return whether a file begins as a CAR file of version 1 does."""
    start = head[:200]
    return b"eroots" in start and b"gversion\x01" in start


def read_repository(data: bytes, where: str, wanted: Collection[str]) -> Repository:
    """Return the records of the collections ``wanted`` of a repository.

    Parameters
    ----------
    data : bytes
        The whole file.
    where : str
        How messages name it.
    wanted : collection of str
        Collections, such as ``app.bsky.feed.post``.

    Raises
    ------
    InputError
        It is no repository, or its header or its root cannot be read.
    """
    blocks = _Blocks(data, where)
    commit = section(blocks.value(blocks.root))
    top = _cid(commit.get("data"))
    if top is None:
        found = "; ".join(problem.expected for problem in blocks.problems())
        raise corrupt(where, "", f"expected the commit of a repository{found and ': '}{found}")
    records: list[tuple[str, dict[str, Any]]] = []
    others: Counter[str] = Counter()
    for key, cid in _entries(blocks, top):
        collection = key.partition("/")[0]
        if collection not in wanted:
            others[one_line(collection, 60)] += 1
            continue
        value = blocks.value(cid, key)
        if isinstance(value, dict):
            records.append((key, value))
        elif value is not None:
            blocks.note("expected a record", key)
    return Repository(
        words(commit, "did"), words(commit, "rev"), records, others, blocks.problems()
    )


@dataclass
class _Blocks:
    """The blocks of a CAR file by CID, and what is wrong with them."""

    data: bytes
    where: str
    root: bytes = b""
    places: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    faults: dict[str, tuple[int, str]] = field(default_factory=dict)
    known: dict[bytes, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the header and find every block; raises `InputError` where there is no header."""
        length, start = self._number(0)
        end = start + length
        if length == 0 or end > len(self.data):
            raise corrupt(self.where, "byte 0", "expected a CAR header; the file ends in it")
        try:
            header = section(_decoded(self.data[start:end]))
        except ValueError:
            header = {}
        roots = items_of(header.get("roots"))
        root = _cid(roots[0]) if roots else None
        if header.get("version") != 1 or root is None:
            raise corrupt(self.where, "byte 0", "expected the header of a CAR file, version 1")
        self.root = root
        position = end
        while position < len(self.data):
            try:
                length, start = self._number(position)
                end = start + length
                body = self._after_cid(start, min(end, len(self.data)))
            except InputError:
                self.note("expected a block, whole and named", f"byte {start}")
                return
            if end > len(self.data):
                self.note("expected the rest of a block; the file ends", f"byte {start}")
                return
            self.places.setdefault(self.data[start:body], (body, end))
            position = end

    def value(self, cid: bytes, key: str = "") -> Any:
        """Return what a block holds; None, and a problem noted, where it cannot be told."""
        if cid in self.known:
            return self.known[cid]
        place = key or f"block {cid.hex()[:16]}"
        if cid not in self.places:
            self.note("expected a block that is not in the file", place)
            return None
        start, end = self.places[cid]
        body = self.data[start:end]
        if hashlib.sha256(body).digest() != cid[-32:] or cid[-34:-32] != b"\x12\x20":
            self.note("expected a block whose sha256 is its name", place)
            return None
        try:
            self.known[cid] = _decoded(body)
        except ValueError:
            self.note("expected a block of DAG-CBOR", place)
            return None
        return self.known[cid]

    def note(self, expected: str, place: str) -> None:
        """Note what is wrong somewhere; the first place of each kind is kept."""
        times, first = self.faults.get(expected, (0, place))
        self.faults[expected] = times + 1, first

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong, each kind once with how often."""
        return tuple(
            Problem(
                "corrupt",
                self.where,
                first,
                expected + (f" ({times:,} times; this is the first)" if times > 1 else ""),
            )
            for expected, (times, first) in self.faults.items()
        )

    def _number(self, position: int) -> tuple[int, int]:
        """Return a varint and the position after it."""
        number = 0
        for index, byte in enumerate(self.data[position : position + LONGEST_NUMBER]):
            number |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return number, position + index + 1
        raise corrupt(self.where, f"byte {position}", "expected a length")

    def _after_cid(self, start: int, end: int) -> int:
        """Return the position after the CID that begins at ``start``."""
        position = start
        if self.data[start : start + 2] != b"\x12\x20":  # what is left out in version 0
            for _ in ("version", "codec"):
                _, position = self._number(position)
        _, position = self._number(position)
        digest, position = self._number(position)
        if digest > _LONGEST_DIGEST or position + digest > end:
            raise corrupt(self.where, f"byte {start}", "expected the name of a block")
        return position + digest


def _decoded(data: bytes) -> Any:
    """Return what DAG-CBOR stands for; raises ValueError where it is none."""
    try:
        return cbor2.loads(data)
    except _CBOR_ERRORS as error:
        raise ValueError(f"expected CBOR: {type(error).__name__}") from None


def _cid(value: object) -> bytes | None:
    """Return the CID that a link names; None where it is no link."""
    if not isinstance(value, cbor2.CBORTag) or value.tag != _LINK:
        return None
    named = value.value
    return named[1:] if isinstance(named, bytes) and named[:1] == b"\0" and named[1:] else None


def _entries(blocks: _Blocks, top: bytes) -> list[tuple[str, bytes]]:
    """Return the keys of a tree in order, each with the CID of its record.

    No node is read twice, so that a tree that leads back into itself ends.
    """
    found: list[tuple[str, bytes]] = []
    seen: set[bytes] = set()
    waiting: list[bytes | tuple[str, bytes]] = [top]
    while waiting:
        step = waiting.pop()
        if isinstance(step, tuple):
            found.append(step)
        elif step not in seen:
            seen.add(step)
            waiting += reversed(_node(blocks, step))
    return found


def _node(blocks: _Blocks, cid: bytes) -> list[bytes | tuple[str, bytes]]:
    """Return what a node of the tree leads to, in order: nodes below it, and records by key."""
    value = blocks.value(cid)
    node = section(value)
    if value is not None and not isinstance(node.get("e"), list):
        blocks.note("expected a node of the tree of records", f"block {cid.hex()[:16]}")
    left = _cid(node.get("l"))
    steps: list[bytes | tuple[str, bytes]] = [left] if left else []
    key = b""
    for item in items_of(node.get("e")):
        entry = section(item)
        shared, rest, link = entry.get("p"), entry.get("k"), _cid(entry.get("v"))
        if not (isinstance(shared, int) and isinstance(rest, bytes) and link) or not (
            0 <= shared <= len(key) and shared + len(rest) <= LONGEST_KEY
        ):
            blocks.note("expected a key and a record", f"block {cid.hex()[:16]}")
            break
        key = key[:shared] + rest
        steps.append((key.decode("utf-8", "replace"), link))
        right = _cid(entry.get("t"))
        if right:
            steps.append(right)
    return steps
