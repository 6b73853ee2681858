"""The folder of many accounts: its study.toml, and where its tables are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from analysis.errors import InputError, Problem, absent, corrupt
from analysis.settings import FILE, Settings, read_toml, validated

TABLES = ("activity", "score", "accounts")
"""Folders of tables; the last one is optional."""

NOT_HERE: Mapping[str, str] = {
    "sources": "expected no sources: activity/ holds the posts of every account and channel",
    "collect": "expected nothing to collect: many accounts come as tables",
}

Kind = Literal["parquet", "csv"]


@dataclass(frozen=True, slots=True)
class Table:
    """The files of one table.

    Attributes
    ----------
    name : str
        One of `TABLES`.
    kind : {"parquet", "csv"}
        What they are.
    files : tuple of str
        Paths or addresses, as the engine's own reader takes them.
    digests : dict of str to str
        sha256 by path within the folder; empty for addresses, which are not read here.
    """

    name: str
    kind: Kind
    files: tuple[str, ...]
    digests: dict[str, str]


@dataclass(frozen=True, slots=True)
class Input:
    """A folder of many accounts.

    Attributes
    ----------
    folder : Path
        Where it is.
    settings : Settings
        Its study.toml; without sources.
    tables : dict of str to Table
        ``activity``, ``score`` and, where it is there, ``accounts``.
    """

    folder: Path
    settings: Settings
    tables: dict[str, Table]

    def digests(self) -> dict[str, str]:
        """Return sha256 by path within the folder, study.toml among them."""
        found = {FILE: _sha256(self.folder / FILE)}
        for table in self.tables.values():
            found |= table.digests
        return found

    def size(self) -> int | None:
        """Return the bytes of all tables; None where some are not files of this machine."""
        files = [path for table in self.tables.values() for path in table.files]
        if any("://" in path for path in files):
            return None
        return sum(Path(path).stat().st_size for path in files)


def read_input(folder: Path) -> Input:
    """Return what a folder of many accounts holds.

    Raises
    ------
    InputError
        No such folder, a study.toml that is wrong, a table without files or of two kinds.
    """
    raw = read_toml(folder)
    label = f"{folder.name}/{FILE}"
    places = raw.pop("tables", {})
    problems = [
        Problem("invalid", label, f"key {key}", said)
        for key, said in NOT_HERE.items()
        if key in raw
    ]
    if isinstance(raw.get("score"), dict) and "path" in raw["score"]:
        said = "expected no path: score/ holds the readings of every account"
        problems.append(Problem("invalid", label, "key score.path", said))
    if problems:
        raise InputError(problems)
    settings = validated(raw, label)
    tables = {}
    for name in TABLES:
        table = _table(folder, name, _place(places, name, label))
        if table is not None:
            tables[name] = table
        elif name != "accounts":
            said = "expected a folder of tables, *.parquet or *.csv"
            raise absent(f"{folder.name}/{name}", said)
    return Input(folder, settings, tables)


def _place(places: Any, name: str, label: str) -> str:
    if not isinstance(places, dict):
        raise InputError(Problem("invalid", label, "key tables", "expected a table"))
    unknown = sorted(set(places) - set(TABLES))
    if unknown:
        said = f"unknown key; expected one of: {', '.join(TABLES)}"
        raise InputError(Problem("invalid", label, f"key tables.{unknown[0]}", said))
    place = places.get(name, name)
    if not isinstance(place, str) or not place:
        said = "expected a folder, or an address that the engine reads"
        raise InputError(Problem("invalid", label, f"key tables.{name}", said))
    return place


def _table(folder: Path, name: str, place: str) -> Table | None:
    if "://" in place:
        return Table(name, "csv" if place.endswith(".csv") else "parquet", (place,), {})
    root = folder / place
    if root.is_file():
        files = [root]
    else:
        files = sorted(
            path
            for path in root.rglob("*")
            if path.suffix in (".parquet", ".csv") and path.is_file()
        )
    if not files:
        return None
    kinds = {path.suffix for path in files}
    label = f"{folder.name}/{place}"
    if len(kinds) > 1:
        raise corrupt(label, "", "expected files of one kind, found both .parquet and .csv")
    for path in files:
        if path.is_symlink():
            said = "expected files of its own, found a link to another place"
            raise corrupt(f"{folder.name}/{os.path.relpath(path, folder)}", "", said)
    digests = {os.path.relpath(path, folder): _sha256(path) for path in files}
    kind: Kind = "csv" if kinds == {".csv"} else "parquet"
    return Table(name, kind, tuple(map(str, files)), digests)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise corrupt(path.name, "", f"expected a readable file: {error.strerror}") from None
