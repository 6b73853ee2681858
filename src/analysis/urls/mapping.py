"""links.csv: what short links stand for, kept beside a study because shorteners disappear."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.disk import write
from analysis.errors import InputError, Problem, corrupt, one_line
from analysis.urls.canonical import canonical

LINKS = "links.csv"
COLUMNS = ("short", "long")
MOST_BYTES = 200_000_000
_MOST_PROBLEMS = 10


def read_links(path: Path, label: str) -> dict[str, str]:
    """Return long by short address; empty when there is no such file.

    The columns ``short`` and ``long`` may stand among others. An empty ``long`` says that the
    link is known to lead nowhere. Keys are canonical, values as written.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        How messages name it.

    Raises
    ------
    InputError
        It is no such table, or a row of it is wrong; one problem a row, at most ten.
    """
    text = _text(path, label)
    if text is None:
        return {}
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        if sorted(set(COLUMNS) & set(header)) != sorted(COLUMNS):
            found = one_line(", ".join(header), 80) or "nothing"
            raise corrupt(label, "line 1", f"expected the columns short,long; found {found}")
        return _mapping(rows, header, label)
    except csv.Error as error:
        said = f"expected a table separated by commas: {error}"
        raise corrupt(label, f"line {rows.line_num}", said) from None


def _text(path: Path, label: str) -> str | None:
    """Return a file's text, or None where there is none."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise corrupt(label, "", "expected a file")
        if found.st_size > MOST_BYTES:
            raise corrupt(label, "", f"expected at most {MOST_BYTES:,} bytes")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise corrupt(label, f"byte {error.start}", "expected UTF-8 text") from None
    except OSError as error:
        raise corrupt(label, "", f"expected a readable file: {error.strerror}") from None


def _mapping(rows: Iterable[list[str]], header: list[str], label: str) -> dict[str, str]:
    at_short, at_long = map(header.index, COLUMNS)
    found: dict[str, str] = {}
    lines: dict[str, int] = {}
    targets: dict[str, str] = {}
    known: set[tuple[str, str]] = set()
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        wrong, key = "", ""
        if len(row) != len(header):
            wrong = f"expected {len(header)} cells, found {len(row)}"
        else:
            short, long = row[at_short].strip(), row[at_long].strip()
            if (short, long) in known:
                continue
            key, target = canonical(short), canonical(long)
            wrong = _fault(short, long, key, target)
            if not wrong and targets.get(key, target) != target:
                wrong = f"expected each short link once; row {lines[key]} says another address"
        if wrong:
            problems.append(Problem("invalid", label, f"row {number}", wrong))
            if len(problems) == _MOST_PROBLEMS:
                break
        else:
            found.setdefault(key, long)
            lines.setdefault(key, number)
            targets.setdefault(key, target)
            known.add((short, long))
    if problems:
        raise InputError(problems)
    return found


def _fault(short: str, long: str, key: str, target: str) -> str:
    """Return what is wrong with two addresses, whose canonical forms these are, or ""."""
    if not key:
        return f"expected a web address as short, found {one_line(short, 60)!r}"
    if long and not target:
        return f"expected a web address as long, or nothing; found {one_line(long, 60)!r}"
    return ""


def merge_links(path: Path, label: str, found: Mapping[str, str]) -> int:
    """Add what was found to the file, all of it or nothing, and return how many rows that are.

    Rows that are there stay as they are, byte by byte, and what the file knows is not written
    again: it only ever grows. What is no pair of addresses is left out.

    Parameters
    ----------
    path : Path
        The file; made when it is not there.
    label : str
        How messages name it.
    found : mapping of str to str
        Long by short address; an empty long one for a link that leads nowhere.

    Raises
    ------
    InputError
        The file that is there is wrong, or cannot be written.
    """
    known = read_links(path, label)
    old = _text(path, label)
    header = list(COLUMNS) if not old else _header(old)
    rows: list[list[str]] = []
    for short, long in found.items():
        key = canonical(short)
        if key in known or _fault(short, long, key, canonical(long)):
            continue
        known[key] = long
        pair = dict(zip(COLUMNS, (short.strip(), long.strip()), strict=True))
        rows.append([pair.get(name, "") for name in header])
    if rows:
        added = io.StringIO(newline="")
        writer = csv.writer(added, lineterminator="\n")
        writer.writerows(rows if old else [header, *rows])
        start = "" if not old or old.endswith("\n") else "\n"
        _replace(path, label, (old or "") + start + added.getvalue())
    return len(rows)


def _header(text: str) -> list[str]:
    return [name.strip().lower() for name in next(csv.reader(io.StringIO(text, newline="")))]


def _replace(path: Path, label: str, text: str) -> None:
    """Let a text take the place of the old one."""
    try:
        write(path, text)
    except OSError as error:
        raise corrupt(label, "", f"expected a place to write to: {error.strerror}") from None
