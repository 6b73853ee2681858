"""Pelican's posts, whose metadata stands at the head of the file without a fence.

Markdown has ``Key: value`` lines up to the first empty one; reStructuredText a field list
(``:key: value``) under the title (Pelican's documentation, "File metadata").
"""

from __future__ import annotations

import re
from typing import Any

from analysis.formats.front_matter import FrontMatter
from analysis.formats.text import well_formed

RST_SUFFIXES = frozenset({".rst"})

_LINE = re.compile(r"(?P<key>[A-Za-z][\w-]{0,40}):(?:[ \t]+(?P<value>.*))?")
_DATE = re.compile(r"date:[ \t]+[0-9]{4}-", re.IGNORECASE)
_FIELD = re.compile(r":(?P<key>[A-Za-z][\w-]{0,40}):(?:[ \t]+(?P<value>.*))?")
_DATE_FIELD = re.compile(r"^:date:[ \t]+[0-9]{4}-", re.IGNORECASE | re.MULTILINE)
_RULE = re.compile(r"([^\w\s])\1{2,}[ \t]*")
_MARKS = re.compile(r"([^\w\s])\1*[ \t]*")


def has_metadata(head: bytes, suffix: str) -> bool:
    """Return whether a file that starts with these bytes has Pelican's metadata, with a date.

    Parameters
    ----------
    head : bytes
        The first bytes of the file.
    suffix : str
        The end of its name, in lower case: ``.md`` or ``.rst``.
    """
    text = head.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if suffix in RST_SUFFIXES:
        return _DATE_FIELD.search(text) is not None
    for line in text.split("\n"):
        if _DATE.match(line):
            return True
        if not _LINE.fullmatch(line) and not line.startswith((" ", "\t")):
            return False
    return False


def split_markdown(text: str) -> FrontMatter:
    """Return the metadata and the body of a Markdown post; indented lines go on a value."""
    lines = text.split("\n")
    data: dict[str, Any] = {}
    for number, line in enumerate(lines):
        found = _LINE.fullmatch(line)
        if found:
            data.setdefault(found["key"].lower(), (found["value"] or "").strip())
        elif not line.startswith((" ", "\t")) or not line.strip():
            return FrontMatter(data, "\n".join(lines[number:]))
    return FrontMatter(data, "")


def split_rst(text: str) -> FrontMatter:
    """Return the title, the fields and the body of a post in reStructuredText."""
    lines = text.split("\n")
    data: dict[str, Any] = {}
    number = _past_empty(lines, 0)
    if number < len(lines) and _RULE.fullmatch(lines[number]):
        number += 1
    if number < len(lines) and not _FIELD.fullmatch(lines[number]):
        data["title"] = well_formed(lines[number]).strip()
        number += 1
        if number < len(lines) and _is_underline(lines[number], len(data["title"])):
            number += 1
    number = _past_empty(lines, number)
    while number < len(lines):
        found = _FIELD.fullmatch(lines[number])
        if found:
            data.setdefault(found["key"].lower(), (found["value"] or "").strip())
        elif not lines[number].startswith((" ", "\t")) or not lines[number].strip():
            break
        number += 1
    return FrontMatter(data, "\n".join(lines[number:]))


def _is_underline(line: str, title: int) -> bool:
    """Return whether a line underlines the title above it, which may have one letter."""
    return _MARKS.fullmatch(line) is not None and len(line.rstrip()) >= min(title, 3)


def _past_empty(lines: list[str], number: int) -> int:
    """Return the number of the first line from ``number`` on that is not empty."""
    while number < len(lines) and not lines[number].strip():
        number += 1
    return number
