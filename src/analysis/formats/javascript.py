"""JSON, and the JavaScript files of archives, which are JSON behind ``window.YTD.x.part0 =``."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from analysis.errors import InputError, corrupt
from analysis.files import Tree

ASSIGNMENT = re.compile(r"\s*(?:(?:(?:var|let|const)\s+)?[A-Za-z_$][\w$.]*\s*=\s*)?")
"""What may stand before the JSON: ``window.YTD.tweets.part0 =``."""

_64_BITS = range(-(2**63), 2**64)
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(data: bytes) -> str:
    """Return the encoding that the byte order mark of ``data`` tells; UTF-8 without one."""
    return next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")


def decode(data: bytes, file: str) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark.

    Raises
    ------
    InputError
        The bytes are no such text; the place is the line and column of the first bad one.
    """
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore")
        place = _place(before, len(before))
        raise corrupt(file, place, f"expected {encoding[:6].upper()} text") from None


def head_text(tree: Tree, name: str, size: int = 4096) -> str:
    """Return the beginning of a member as text, as well as it can be read; never raises."""
    data = tree.head(name, size)
    return data.decode(encoding_of(data), "replace")


def load(tree: Tree, name: str) -> Any:
    """Return the JSON value of a member; see `parse`."""
    file = tree.where(name)
    return parse(decode(tree.bytes(name), file), file)


def parse(text: str, file: str) -> Any:
    """Return the JSON value in ``text``, with or without an assignment before it.

    Parameters
    ----------
    text : str
        ``[…]``, ``window.YTD.tweets.part0 = […];`` or ``var tweet_index = […]``.
    file : str
        How messages name the file.

    Raises
    ------
    InputError
        It is cut short, is not JSON, or is nested too deeply; with line and column.
    """
    match = ASSIGNMENT.match(text)
    start = match.end() if match else 0
    try:
        value, end = json.JSONDecoder(parse_constant=refuse).raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise _not_json(text, error.pos, error.msg, file) from None
    except RecursionError:
        expected = "expected JSON with fewer levels of nesting"
        raise corrupt(file, _place(text, start), expected) from None
    except ValueError as error:
        raise corrupt(file, _place(text, start), f"expected JSON: {error}") from None
    rest = text[end:].lstrip()
    if rest.strip("; \t\r\n"):
        raise _not_json(text, len(text) - len(rest), "more data after the value", file)
    return value


def sound(text: str) -> str:
    r"""Return ``text`` with halves of surrogate pairs (``\ud83d``, cut emoji) replaced.

    JSON allows them and nothing can write them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def section(value: object) -> dict[str, Any]:
    """Return a JSON object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items_of(value: object) -> list[Any]:
    """Return a JSON array as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def string(record: dict[str, Any], *keys: str) -> str:
    """Return the first of the keys that holds a string or a whole number; "" for none.

    A number of more than 64 bits is none: the quicker parser cannot tell all of its digits.
    """
    for key in keys:
        value = record.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value in _64_BITS:
            return str(value)
    return ""


def refuse(constant: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which Python would take for JSON."""
    raise ValueError(f"found {constant}, which is no JSON number")


def _not_json(text: str, position: int, message: str, file: str) -> InputError:
    if position >= len(text.rstrip()):
        message = "the file ends in the middle (cut short?)"
    return corrupt(file, _place(text, position), f"expected JSON: {message}")


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"line {line}, column {column}"
