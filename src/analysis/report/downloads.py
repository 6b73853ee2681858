"""Files inside the page: a table as CSV, results.json, each behind a link that asks nobody."""

from __future__ import annotations

import base64
import csv
import io
import re

from analysis.display import Cell, Table
from analysis.errors import is_device

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{MINUS SIGN}", *"\uff1d\uff0b\uff0d\uff20")
"""The last four are full-width ``=+-@``, which spreadsheets may read as the others."""
LONGEST_CELL = 20_000
"""Characters; beyond that nobody reads it, and a page is sent by mail."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def as_csv(table: Table) -> str:
    """Return a table as CSV: numbers in full, unknown ones empty, no cell a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in (table.columns, *table.rows):
        writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def csv_uri(table: Table) -> str:
    """Return the address of a table as CSV, with the mark by which spreadsheets know UTF-8."""
    return data_uri("text/csv;charset=utf-8", as_csv(table).encode("utf-8-sig", "replace"))


def data_uri(kind: str, content: bytes) -> str:
    """Return content as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def file_name(title: str) -> str:
    """Return a short file name made of a title's letters and digits."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    name = "-".join(words)[:60].strip("-") or "table"
    return f"{name}-table" if is_device(name) else name


def _cell(value: Cell) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if len(text) > LONGEST_CELL:
        text = f"{text[:LONGEST_CELL]}…"
    if (
        isinstance(value, str)
        and text.lstrip(" ").startswith(_FORMULA)
        and not _NUMBER.fullmatch(text)
    ):
        return f"'{text}"
    return text
