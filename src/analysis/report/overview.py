"""The index over all reports of a folder, made anew only when something of it is different."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis import disk
from analysis.files import sha256_of
from analysis.report.store import (
    FAILURE,
    INDEX,
    RESULTS,
    digest_of,
    failure_of,
    results_of,
    surroundings,
)


def write_index(out: Path, around: Mapping[str, Any] | None = None) -> None:
    """Write ``index.html`` over every report in ``out``, failures shown as failures.

    Its last line tells what it was made from, and the digest of all before that line: a page
    that was made from the same, and that nobody touched, stays.

    Parameters
    ----------
    out : Path
        The folder.
    around : mapping of str to object, optional
        The :func:`~analysis.report.store.surroundings`, when they are known.
    """
    if not _written(out, around, only_fresh=True):
        with disk.locked(out / f".{INDEX}{disk.LOCK}", f"{out.name}/{INDEX}"):
            _written(out, around)


def _written(out: Path, around: Mapping[str, Any] | None, *, only_fresh: bool = False) -> bool:
    """Return whether the index is that of all reports, after writing it unless told not to."""
    folders = [
        folder
        for folder in sorted(out.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    ]
    made_from = {
        folder.name: [
            sha256_of(folder / name, name) if (folder / name).is_file() else None
            for name in (RESULTS, FAILURE)
        ]
        for folder in folders
    }
    key = digest_of({"around": around or surroundings(None), "reports": made_from})
    if _is_fresh(out / INDEX, key):
        return True
    if only_fresh:
        return False
    from analysis.report.index import Entry
    from analysis.report.page import index_page

    entries = [Entry(folder.name, results_of(folder), failure_of(folder)) for folder in folders]
    page = index_page([entry for entry in entries if entry.results is not None or entry.failure])
    disk.write(out / INDEX, page + _last_line(key, page))
    return True


def _is_fresh(path: Path, key: str) -> bool:
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    page, mark, _ = text.rpartition("<!-- ")
    return bool(mark) and text == page + _last_line(key, page)


def _last_line(key: str, page: str) -> str:
    digest = hashlib.sha256(page.encode("utf-8")).hexdigest()
    return f"<!-- made from {key}, without this line {digest} -->\n"
