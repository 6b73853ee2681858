"""Where a table that an engine could not read is wrong."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.accounts.folder import Table
from analysis.errors import InputError, corrupt, one_line


def unreadable(table: Table, error: Exception) -> InputError:
    """Return the one line for a table that an engine could not read: the first line at fault.

    Engines tell it each in its own words, and some not at all, so the files are read once more.
    """
    if table.kind == "csv":
        for path in table.files:
            found = None if "://" in path else first_fault(Path(path))
            if found is not None:
                line, said = found
                return corrupt(f"{table.name}/{Path(path).name}", f"line {line}", said)
    said = str(error).split("\n", maxsplit=1)[0]
    for path in table.files:
        said = said.replace(path, Path(path).name)
    return corrupt(f"{table.name}/", "", f"expected tables that can be read: {one_line(said, 200)}")


def refuse_faults(files: Sequence[str]) -> None:
    """Raise ValueError when a CSV file of this machine has a line that is no row."""
    for path in files:
        if "://" not in path and first_fault(Path(path)) is not None:
            raise ValueError(f"{path} has a line that is no row")


def first_fault(path: Path) -> tuple[int, str] | None:
    """Return the first line of a CSV file that is no row as its first is, and why, if any."""
    csv.field_size_limit(sys.maxsize)
    begin, width = 1, 0
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        rows = csv.reader(stream, strict=True)
        while True:
            begin = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return None
            except csv.Error as error:
                if "end of data" in str(error):
                    return begin, "expected a quote that is closed, found none up to the end"
                return begin, "expected a quoted value to end at its quote, found more after it"
            width = width or len(row)
            if row and len(row) != width:
                return begin, f"expected {width} values as in the first line, found {len(row)}"
            if any("\udc80" <= character <= "\udcff" for value in row for character in value):
                return begin, "expected text in UTF-8, found other bytes"
