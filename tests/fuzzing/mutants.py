"""Mutants of the content of a file: broken where each format is read, by a seed."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable
from typing import Any

from tests.fuzzing import markup, weird

_ASSIGNMENT = re.compile(r"\s*(?:var\s+)?[\w.]+\s*=\s*")
_HOLE = "\ue000hole\ue000"
_TEXT_ENDS = (".json", ".js", ".jsonl", "read", "item")


def mutant(random_: random.Random, name: str, data: bytes) -> bytes:
    """Return ``data`` broken in one to three places."""
    for _ in range(random_.choice((1, 1, 1, 2, 3))):
        data = random_.choice(_mutators(name))(random_, data)
    return data


def _mutators(name: str) -> tuple[Callable[[random.Random, bytes], bytes], ...]:
    end = name.lower()
    if end.endswith((".json", ".js", ".jsonl")):
        return (values, values, values, values, pieces, pieces, duplicate_keys, raw)
    if end.endswith(".csv"):
        return (cells, cells, cells, table, table, pieces, raw)
    if end.endswith((".xml", ".atom", ".html")):
        return (*(markup.edited,) * 4, markup.declared, markup.declared, pieces, raw)
    if end.endswith((".md", ".rst", ".toml")):
        return (lines, lines, lines, lines, pieces, raw)
    if end.endswith(".car"):
        return (blocks, lengths, raw, raw)
    return (pieces, raw)


def raw(random_: random.Random, data: bytes) -> bytes:
    """Cut, flip, insert, drop, double or swap bytes, or put a mark before them."""
    place = random_.randint(0, len(data))
    length = random_.choice((1, 2, 8, 64, 512))
    kind = random_.randrange(9)
    if kind <= 1:
        return data[:place]
    if kind == 2:
        changed = bytearray(data)
        for _ in range(random_.choice((1, 1, 4, 32))):
            if changed:
                changed[random_.randrange(len(changed))] ^= 1 << random_.randrange(8)
        return bytes(changed)
    if kind == 3:
        return data[:place] + random_.randbytes(length) + data[place:]
    if kind == 4:
        return data[:place] + data[place + length :]
    if kind == 5:
        return data[:place] + data[place : place + length] * 2 + data[place + length :]
    if kind == 6:
        return random_.choice(weird.HEADS) + data
    if kind == 7:
        return data[:place] + b"\0" * random_.choice((1, 600, 100_000)) + data[place:]
    return data.decode("utf-8", "replace").encode(random_.choice(("utf-16", "utf-32", "utf-16-le")))


def pieces(random_: random.Random, data: bytes) -> bytes:
    """Put bytes that mean something, or are no text, in between or in the place of others."""
    for _ in range(random_.choice((1, 1, 2, 5))):
        place = random_.randint(0, len(data))
        put = random_.choice(weird.BYTES) * random_.choice((1, 1, 1, 2, 3000))
        data = data[:place] + put + data[place + random_.choice((0, 0, 1, 3)) :]
    return data


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    return [path, *(place for key, inner in steps for place in _places(inner, (*path, key)))]


def _edited(random_: random.Random, value: Any, put: Any) -> Any:
    """Drop, double, rename or replace something in a JSON value."""
    place = random_.choice(_places(value))
    if not place:
        return random_.choice((put, [value], {"a": value})) if random_.random() < 0.3 else value
    within = value
    for step in place[:-1]:
        within = within[step]
    last, kind = place[-1], random_.randrange(8)
    if kind == 0:
        del within[last]
    elif kind == 1 and isinstance(within, list):
        within.extend([within[last]] * random_.choice((1, 50)))
    elif kind == 1:
        within[random_.choice(("", "\0", "x" * 500, "a.b", "\ud83d", "id"))] = within.pop(last)
    elif kind == 2:
        within[last] = random_.choice(([within[last]], {"a": within[last]}, str(within[last])))
    else:
        within[last] = put
    return value


def values(random_: random.Random, data: bytes) -> bytes:
    """Change values of JSON: their types, their sizes, their keys."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return pieces(random_, data)
    match = _ASSIGNMENT.match(text)
    start = text[: match.end()] if match else ""
    rows = text[len(start) :].rstrip("; \n").split("\n")
    try:
        found = [json.loads("\n".join(rows))]
    except (ValueError, RecursionError):
        try:
            found = [json.loads(row) for row in rows]
        except (ValueError, RecursionError):
            return pieces(random_, data)
    holes: list[str] = []
    for _ in range(random_.choice((1, 1, 2, 4))):
        number = random_.randrange(len(found))
        put: Any = random_.choice(weird.STRINGS)
        if random_.random() < 0.6:
            put = f"{_HOLE}{len(holes)};"
            holes.append(random_.choice(weird.RAW_JSON))
        try:
            found[number] = _edited(random_, found[number], put)
        except (RecursionError, KeyError):
            return pieces(random_, data)
    ascii_ = random_.random() < 0.5
    text = start + "\n".join(_dumped(value, ascii_) for value in found)
    mark = json.dumps(_HOLE)[1:-1] if ascii_ else _HOLE
    for number, hole in enumerate(holes):
        text = text.replace(f'"{mark}{number};"', hole)
    return text.encode("utf-8", random_.choice(("surrogatepass", "replace")))


def _dumped(value: Any, ascii_: bool) -> str:
    try:
        return json.dumps(value, ensure_ascii=ascii_)
    except (ValueError, RecursionError):
        return "[]"


def duplicate_keys(random_: random.Random, data: bytes) -> bytes:
    """Let a key stand twice in a JSON object, with another value."""
    keys = list(re.finditer(rb'"[^"\\]{1,60}"\s*:', data))
    if not keys:
        return raw(random_, data)
    key = random_.choice(keys)
    put = random_.choice(weird.RAW_JSON).encode("utf-8", "replace")
    return data[: key.start()] + key.group() + put + b"," + data[key.start() :]


def _rows(data: bytes) -> list[list[str]]:
    text = data.decode("utf-8-sig", "replace").replace("\0", "")
    limit = csv.field_size_limit(2**31 - 1)
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    finally:
        csv.field_size_limit(limit)


def _written(rows: list[list[str]], **options: Any) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, **options).writerows(rows)
    return stream.getvalue().encode("utf-8", "surrogatepass")


def cells(random_: random.Random, data: bytes) -> bytes:
    """Change cells of a table."""
    try:
        rows = [row for row in _rows(data) if row]
    except csv.Error:
        return raw(random_, data)
    for _ in range(random_.choice((1, 1, 2, 4))):
        if rows:
            row = rows[0] if random_.random() < 0.15 else random_.choice(rows)
            row[random_.randrange(len(row))] = random_.choice(weird.STRINGS)
    return _written(rows)


def table(random_: random.Random, data: bytes) -> bytes:
    """Change the shape of a table, or what separates its cells."""
    try:
        rows = _rows(data)
    except csv.Error:
        rows = []
    if not any(rows):
        return raw(random_, data)
    row = random_.choice([row for row in rows if row])
    kind = random_.randrange(11)
    if kind == 0:
        row.extend([""] * random_.choice((1, 1_000_000)))
    elif kind == 1:
        del row[random_.randrange(len(row)) :]
    elif kind == 2:
        at = random_.randrange(len(rows[0]) or 1)
        rows = [[*row, *row[at : at + 1]] for row in rows]
    elif kind == 3:
        at = random_.randrange(len(rows[0]) or 1)
        rows = [row[:at] + row[at + 1 :] for row in rows]
    elif kind == 4:
        return b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n" + data
    elif kind == 5:
        return _written(rows, delimiter=random_.choice(";\t|"))
    elif kind == 6:
        return _written(rows, lineterminator=random_.choice(("\r", "\n\n", "\n\0", "\u2028")))
    elif kind == 7:
        return data.replace(b",", random_.choice((b',"', b'",', b'"",', b', "x" y,')), 3)
    elif kind == 8:
        rows = [rows[0], *rows[1:] * random_.choice((2, 500))]
    elif kind == 9:
        return data + b'"' + b"x\n" * random_.choice((1, 200_000))
    else:
        rows = [*rows[1:], rows[0]]
    return _written(rows)


_FRONT = (
    *("a: &a [x,x,x,x,x,x,x,x,x]", "date: !!python/object/apply:os.system ['true']", "<<: *a"),
    *("date: 1:60:60", "date: 0x7fffffffffffffff", "? [a, b]\n: c", "date: !!timestamp x", "\tx"),
    *("date: !!binary aGVsbG8=", "date: !!float .nan", "date: .inf", "tags: !!set {a, b}", "- x"),
    *("date: 0001-01-01 00:00:00 +14:00", "date: 9999-12-31 23:59:59 -12:00", "date: {}", "..."),
    *("title: " + "[" * 3000, "title: " + "{a: " * 3000, "x: " + "- " * 3000, "title: |\n  a", "%"),
    *("title: &x [*x]", "title: *nobody", "date: 99999999999999999999", "date: 2012-02-30", "---"),
    *("date = 1979-05-27T07:32:00-25:00", "date = nan", "date = 0x10", "a.b.c = 1", "[a]\n[a]"),
    *("x = " + "[" * 3000, "x = " + "{a=" * 3000, "x = 1e999", "x = " + "9" * 5000, "+++"),
    *("title = '''", 'title = "\\ud800"', 'timezone = "../../etc"', 'focal = ""', "[sources]"),
    *('path = "/etc/passwd"', 'path = "../x"', 'blog = ["a"]', "[score]", "[[breaks]]", "date ="),
    *('timezone = "\\u0000"', 'timezone = "' + "a/" * 3000 + '"', 'kind = "x"', "window_days = -1"),
    *("window_days = 1e999", "window_days = " + "9" * 400, "lags = nan", "observed_at = 24:00:01"),
    *('observed_at = "99:99"', "date = 9999-12-31", "date = 0001-01-01", "start = 9999-12-31"),
    *(":date: 0000-00-00", ":date: " + "9" * 5000, "Date: 2012-05-08 25:00", "Date:", "a\n===\n"),
)


def _bomb() -> str:
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join([*rows, "tags: *a11", "title: *a11", "date: *a11"])


def lines(random_: random.Random, data: bytes) -> bytes:
    """Change lines of front matter, settings or prose."""
    rows = data.decode("utf-8", "replace").split("\n")
    for _ in range(random_.choice((1, 1, 2, 4))):
        at = random_.randrange(len(rows))
        kind = random_.randrange(8)
        if kind == 0:
            rows.insert(at, random_.choice(_FRONT))
        elif kind == 1:
            rows[at] = random_.choice(_FRONT)
        elif kind == 2:
            del rows[at]
        elif kind == 3:
            rows.insert(at, rows[at])
        elif kind == 4 and random_.random() < 0.4:
            rows.insert(1, _bomb())
        elif kind == 5:
            rows[at] += random_.choice(weird.STRINGS)
        else:
            key, mark, _ = rows[at].partition(random_.choice("=:"))
            put = random_.choice(weird.STRINGS)
            quoted = random_.choice((put, json.dumps(put), f"'{put}'", random_.choice(_RAW)))
            rows[at] = f"{key}{mark} {quoted}"
        rows = rows or [""]
    return "\n".join(rows).encode("utf-8", "surrogatepass")


_RAW = tuple(each for each in weird.RAW_JSON if len(each) < 10_000)
_HEADS = (b"\x9b", b"\xbb", b"\x5b", b"\x7b", b"\xdb", b"\x1b", b"\xfb")


def blocks(random_: random.Random, data: bytes) -> bytes:
    """Return a repository with a record of strange values and whole frames."""
    from tests.fuzzing.seeds import cbor

    deep = b"\x81" * 100_000 + b"\x80"
    record: Any = {"$type": "app.bsky.feed.post", "text": "x", "createdAt": "2024-05-06T07:08:09Z"}
    odd: tuple[Any, ...] = (
        *(None, -1, 2**63, 10**400, float("nan"), float("inf"), b"\xff", "", [], {}, [[]], True),
        *({1: 2}, {b"a": 1}, {None: None}, {(1, 2): 3}, [1, {"uri": []}], "9999-12-31T23:59:59Z"),
        *({"index": {"byteStart": -(10**30), "byteEnd": 10**30}, "features": [{"uri": 7}]}, deep),
    )
    for _ in range(random_.choice((1, 2, 3))):
        key = random_.choice(("text", "createdAt", "facets", "embed", "reply", "via", "langs", 7))
        record[key] = random_.choice(odd)
    return cbor(random_.choice((record, record, record, random_.choice(odd))))


def lengths(random_: random.Random, data: bytes) -> bytes:
    """Let lengths in a repository lie: varints and the heads of CBOR."""
    place = random_.randint(0, len(data))
    put = random_.choice(
        (
            b"\xff" * random_.choice((1, 8, 9, 10, 5000)),
            b"\x80" * random_.choice((1, 9, 5000)) + b"\x01",
            random_.choice(_HEADS) + random_.choice((b"\xff" * 8, b"\x7f" + b"\xff" * 7)),
            b"\x81" * random_.choice((1000, 100_000)),
            b"\xd9\x01\x02" * 50_000,
            b"\xc2\x5a\x00\x0f\x42\x40" + b"\xff" * 1_000_000,
            b"\x9f" * 2000,
            b"\xd8\x2a",
            b"\xd8\x1c\xd8\x1d\x00",
            b"\xc4\x82\x3b" + b"\x7f" * 8 + b"\x01",
        )
    )
    return data[:place] + put + data[place + random_.choice((0, len(put))) :]
