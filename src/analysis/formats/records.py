"""Lists of records in JSON and in archives' JavaScript, a batch at a time, whatever their size.

A file larger than a block is cut at the commas between its records, and each piece is parsed by
itself, so that a gigabyte needs the memory of one piece. What is between two records is told by
how the first one begins; a piece that is no JSON was cut at a wrong place or is damaged, and then
the standard parser reads the file record by record, which tells the place of the damage.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from analysis.errors import InputError, corrupt
from analysis.files import Tree
from analysis.formats.javascript import ASSIGNMENT, decode, encoding_of, parse, refuse

try:
    import orjson
except ImportError:  # the standard parser gives the same, more slowly
    orjson = None  # type: ignore[assignment]

BLOCK = 2 * 1024**2
"""Bytes that are read at once."""

MAX_RECORD = 64 * 1024**2
"""Characters of one record; a longer one is no record of anybody's."""

_BATCH = 2_000
_PREFIX = re.compile(ASSIGNMENT.pattern.encode())
_FIRST_KEY = re.compile(rb'\s*\{\s*("[A-Za-z0-9_]{1,64}")')
_CANDIDATES = 50
_SPACE = " \t\r\n"
_AFTER = b"; \t\r\n"


def batches(tree: Tree, name: str) -> Iterator[list[Any]]:
    """Yield the records of the list that member ``name`` is, in order.

    What was yielded before an error is to be forgotten: the file is damaged.

    Raises
    ------
    InputError
        It is no list, is cut short, is no JSON, or is nested too deeply.
    """
    given = 0
    with tree.open(name) as stream:
        head = stream.read(BLOCK)
        if len(head) < BLOCK:
            yield _whole(head, tree.where(name))
            return
        for piece in _pieces(head, stream):
            items = None if piece is None else _items(piece)
            if items is None:
                break
            given += len(items)
            yield items
        else:
            return
    yield from _one_by_one(tree, name, given)


def _whole(data: bytes, where: str) -> list[Any]:
    value = None
    if orjson is not None and encoding_of(data) != "utf-16":
        start = _start(data)
        end = len(data.rstrip(_AFTER))
        try:
            value = orjson.loads(memoryview(data)[start:end])
        except ValueError:
            value = None
    if value is None:
        value = parse(decode(data, where), where)
    if not isinstance(value, list):
        raise corrupt(where, "", "expected a list of records")
    return value


def _start(data: bytes) -> int:
    """Return where the JSON begins: behind a byte order mark and an assignment."""
    mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    match = _PREFIX.match(data, mark)
    return match.end() if match else mark


def _pieces(head: bytes, stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the inside of the list in pieces of whole records; None where that fails."""
    start = _start(head)
    first = _FIRST_KEY.match(head, start + 1)
    if head[start : start + 1] != b"[" or first is None:
        yield None
        return
    between = re.compile(rb",\s*\{\s*" + re.escape(first[1]) + rb"\s*:")
    buffer = head[start + 1 :]
    while more := stream.read(BLOCK):
        cut = _last_cut(buffer, first[1], between)
        if cut < 0:
            yield None
            return
        yield buffer[:cut]
        buffer = buffer[cut + 1 :] + more
    rest = buffer.rstrip(_AFTER)
    yield rest[:-1] if rest.endswith(b"]") else None


def _last_cut(buffer: bytes, key: bytes, between: re.Pattern[bytes]) -> int:
    """Return where the last comma between two records stands, or -1 where none is found.

    A quote inside of a string is escaped, so that ``{"key":`` cannot stand in one.
    """
    end = len(buffer)
    for _ in range(_CANDIDATES):
        end = buffer.rfind(key, 0, end)
        if end < 0:
            return -1
        opened = buffer[:end].rstrip() if end < 64 else buffer[end - 64 : end].rstrip()
        before = opened[:-1].rstrip()
        if opened.endswith(b"{") and before.endswith(b","):
            cut = max(0, end - 64) + len(before) - 1
            if between.match(buffer, cut):
                return cut
    return -1


def _items(piece: bytes) -> list[Any] | None:
    """Return the records of a piece, or None where it is no such piece."""
    if not piece.strip():
        return None
    data = b"[%b]" % piece
    if orjson is not None:
        try:
            found: list[Any] = orjson.loads(data)
        except ValueError:
            pass
        else:
            return found
    try:
        value = parse(data.decode(), "")
    except (InputError, UnicodeDecodeError):
        return None
    return value if isinstance(value, list) else None


def _one_by_one(tree: Tree, name: str, skip: int) -> Iterator[list[Any]]:
    """Yield the records after the first ``skip`` as the standard parser reads them."""
    with tree.open(name) as stream:
        window = _Window(stream, tree.where(name))
        batch: list[Any] = []
        for index, item in enumerate(window.items()):
            if index < skip:
                continue
            batch.append(item)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        yield batch


class _Window:
    """The part of a long text that is being parsed."""

    def __init__(self, stream: BinaryIO, where: str) -> None:
        head = stream.read(4)
        self.stream, self.where = stream, where
        self.encoding = encoding_of(head)
        self.decoder = codecs.getincrementaldecoder(self.encoding)()
        self.text, self.position, self.ended = "", 0, False
        self.line, self.column = 1, 1
        self._take(head)

    def items(self) -> Iterator[Any]:
        self.more(BLOCK)
        match = ASSIGNMENT.match(self.text)
        self.position = match.end() if match else 0
        if self.next() != "[":
            raise corrupt(self.where, self.place(self.position), "expected a list of records")
        self.position += 1
        if self.next() == "]":
            self.position += 1
        else:
            yield self.item()
            while (mark := self.next()) == ",":
                self.position += 1
                self.next()
                yield self.item()
            if mark != "]":
                raise self.error(self.position, "expecting ',' delimiter")
            self.position += 1
        while not self.text[self.position :].strip("; \t\r\n") and not self.ended:
            self.position = len(self.text)
            self.more(BLOCK)
        rest = self.text[self.position :].lstrip()
        if rest.strip("; \t\r\n"):
            raise self.error(len(self.text) - len(rest), "more data after the value")

    def next(self) -> str:
        """Move to the next character that is no space, and return it; "" at the end."""
        while True:
            while self.text[self.position : self.position + 1] in tuple(_SPACE):
                self.position += 1
            if self.position < len(self.text) or self.ended:
                return self.text[self.position : self.position + 1]
            self.more(BLOCK)

    def item(self) -> Any:
        size = BLOCK
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.position)
            except (ValueError, RecursionError) as error:
                if self.ended or len(self.text) - self.position > MAX_RECORD:
                    raise self.why(error) from None
                self.more(size)
                size *= 2
                continue
            if end < len(self.text) or self.ended:  # else a number may go on
                self.position = end
                return value
            self.more(size)

    def more(self, size: int) -> None:
        """Read on, and let go of what was parsed."""
        parsed = self.text[: self.position]
        if lines := parsed.count("\n"):
            self.line += lines
            self.column = 1
        self.column += len(parsed) - (parsed.rfind("\n") + 1)
        self.text, self.position = self.text[self.position :], 0
        self._take(self.stream.read(size))

    def place(self, position: int) -> str:
        lines = self.text.count("\n", 0, position)
        last = self.text.rfind("\n", 0, position)
        column = position - last if lines else self.column + position
        return f"line {self.line + lines}, column {column}"

    def why(self, error: Exception) -> InputError:
        if isinstance(error, json.JSONDecodeError):
            return self.error(error.pos, error.msg)
        place = self.place(self.position)
        if isinstance(error, RecursionError):
            return corrupt(self.where, place, "expected JSON with fewer levels of nesting")
        return corrupt(self.where, place, f"expected JSON: {error}")

    def error(self, position: int, message: str) -> InputError:
        if self.ended and position >= len(self.text.rstrip()):
            message = "the file ends in the middle (cut short?)"
        return corrupt(self.where, self.place(position), f"expected JSON: {message}")

    def _take(self, data: bytes) -> None:
        self.ended = not data
        try:
            self.text += self.decoder.decode(data, final=self.ended)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(self.encoding, "ignore")
            self.text += good
            place = self.place(len(self.text))
            raise corrupt(self.where, place, f"expected {self.encoding[:6].upper()} text") from None


_DECODER = json.JSONDecoder(parse_constant=refuse)
