"""Looking at the first bytes of a file: how it is encoded, and what XML it holds."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from pathlib import PurePosixPath

from analysis.files import Tree

HEAD_BYTES = 16_384
"""Enough for the root element of an XML file, past the comments that stand before it."""

MAX_LOOKED_AT = 500
"""Files of one source whose first bytes are looked at."""

_SMALL = 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']"""
)
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.S)
_ROOT = re.compile(r"<[A-Za-z_][^<>]*>")


def candidates(tree: Tree, suffixes: Collection[str]) -> tuple[str, ...]:
    """Return the members whose first bytes are worth a look.

    All of a small source, whatever they are called; of a large one, those with one of
    ``suffixes`` (lower case, with the dot; empty for no suffix), and every captured page.
    """
    if len(tree.names) <= _SMALL:
        return tree.names
    named = (
        name
        for name in tree.names
        if PurePosixPath(name).suffix.lower() in suffixes or tree.address(name)
    )
    return tuple(name for name, _ in zip(named, range(MAX_LOOKED_AT), strict=False))


def encoding_of(head: bytes) -> str | None:
    """Return the encoding that the first bytes of a file tell; None where they tell nothing.

    A byte order mark, the zero bytes of UTF-16 and UTF-32 around the first ``<``, or else
    the XML declaration (XML 1.0, appendix F).
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    declared = _DECLARED.match(head)
    return declared[1].decode("ascii").lower() if declared else None


def text_head(tree: Tree, name: str, size: int = HEAD_BYTES) -> str:
    """Return the first characters of a member; what is not ASCII in it may be wrong."""
    head = tree.head(name, size)
    encoding = encoding_of(head) or "utf-8"
    unicode_name = encoding if encoding.startswith("utf-") else "utf-8"
    try:
        return head.decode(unicode_name, "replace").lstrip("\ufeff")
    except LookupError:
        return head.decode("utf-8", "replace")


def xml_root(text: str) -> str:
    """Return the start tag of the root element, attributes and all; empty where none is seen."""
    position = 0
    while skipped := _BEFORE_ROOT.match(text, position):
        position = skipped.end()
    root = _ROOT.match(text, position)
    return root.group() if root else ""
