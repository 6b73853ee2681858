"""What an engine says that it cannot do, in one line, and where a table is wrong."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from analysis.accounts.folder import Table
from analysis.errors import InputError, Problem, corrupt, one_line

Name = Literal["duckdb", "spark"]


def row_errors_of(engine: Name) -> tuple[type[Exception], ...]:
    """Return what an engine raises when it meets, in the middle, a row that it cannot read."""
    if engine == "duckdb":
        import duckdb

        return (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException)
    return errors_of(engine)


def errors_of(engine: Name) -> tuple[type[Exception], ...]:
    """Return what an engine raises, whatever it could not do."""
    if engine == "duckdb":
        import duckdb

        return (duckdb.Error,)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return (PySparkException, Py4JError)


@contextmanager
def in_one_line(engine: Name, work: Path, marker: str) -> Iterator[None]:
    """Turn what an engine or the disk cannot do into an InputError.

    Parameters
    ----------
    engine : {"duckdb", "spark"}
        Which engine.
    work : Path
        Where it builds.
    marker : str
        A file that is in ``work`` once there is something to go on with.
    """
    try:
        yield
    except OSError as error:
        file = Path(error.filename).name if isinstance(error.filename, str) else work.name
        said = f"expected to write here: {error.strerror or error}"
        raise InputError(Problem("invalid", file, "", said + _kept(work, marker))) from None
    except Exception as error:
        # Asked for only now: an engine that is not installed has been refused before.
        if isinstance(error, InputError) or not isinstance(error, errors_of(engine)):
            raise
        said = f"expected to finish: {_cause(error).replace(str(work), work.name)}"
        told = one_line(said, 300) + _kept(work, marker)
        raise InputError(Problem("invalid", f"engine {engine}", "", told)) from None


def _cause(error: Exception) -> str:
    """Return the line of an engine's message that tells why; Java tells it last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return (causes or lines or [type(error).__name__])[-1 if causes else 0]


def _kept(work: Path, marker: str) -> str:
    if not (work / marker).is_file():
        return ""
    return f". Parts that are finished are kept in {work.name}; the same command goes on"


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
