"""Readings of a score: ``date,score`` tables, Klout's JSON, JSON lines of snapshots.

Klout's answers carry no date (v1 ``users[].kscore``, v2 ``score``): the time of the snapshot
is the only one, so it must stand in the line (``retrieved_at``) or in the file's name.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterator
from typing import Any

from analysis.errors import corrupt, invalid
from analysis.files import Tree
from analysis.formats.base import Recognition, Score, ScoreFormat, When
from analysis.formats.tables import header_of, one_csv, parse_when, rows_of

_TIME_KEYS = ("date", "retrieved_at", "observed_at", "at", "timestamp", "time")
_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?:[T_-]?(\d{2})-?:?(\d{2}))?(?!\d)")


def _number(value: Any, where: str, place: str) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise corrupt(where, place, f"expected a number, found {value!r}") from None
    if not math.isfinite(number):
        raise corrupt(where, place, f"expected a finite number, found {value!r}")
    return number


def _recognise_table(tree: Tree) -> Recognition | None:
    name = one_csv(tree)
    if name is None or not {"date", "score"} <= set(header_of(tree, name)):
        return None
    return Recognition(1.0, (name,), "a CSV with the columns date and score")


def _read_table(tree: Tree, recognition: Recognition) -> list[Score]:
    (name,) = recognition.members
    where = tree.where(name)
    readings: list[Score] = []
    lines: dict[dt.date, int] = {}
    for line, row in rows_of(tree, name):
        place = f"line {line}"
        when = parse_when(row["date"], where, f"{place}, column date")
        if not isinstance(when, dt.datetime):
            if when in lines:
                expected = f"expected every date once; {when} is in line {lines[when]} too"
                raise invalid(where, place, expected)
            lines[when] = line
        if row["score"] == "":
            continue
        value = _number(row["score"], where, f"{place}, column score")
        readings.append(Score(when, value, member=name, pointer=place))
    return _not_empty(readings, where)


def _not_empty(readings: list[Score], where: str) -> list[Score]:
    if not readings:
        raise corrupt(where, "", "expected at least one reading of the score, found none")
    return readings


def klout_score(body: Any) -> float | None:
    """Return the score in an answer of Klout's API, v1 or v2, or None when it holds none.

    Parameters
    ----------
    body : object
        Parsed JSON: v2 ``{"score": 47.3}`` or ``{"score": {"score": 47.3}}``; v1
        ``{"users": [{"kscore": 47.3}]}`` or ``{"users": [{"score": {"kscore": 47.3}}]}``.
    """
    if not isinstance(body, dict):
        return None
    users = body.get("users")
    if isinstance(users, list) and len(users) == 1:
        return klout_score(users[0])
    for key in ("score", "kscore"):
        value = body.get(key)
        if isinstance(value, dict):
            return klout_score(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _json_lines(tree: Tree, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each JSON value of a member with its place: one for the file, or one a line."""
    where = tree.where(name)
    try:
        text = tree.bytes(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise corrupt(where, f"byte {error.start}", "expected UTF-8 text") from None
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        whole = None
    if whole is not None:
        items = whole if isinstance(whole, list) else [whole]
        yield from ((f"item {index}", item) for index, item in enumerate(items, 1))
        return
    for line, content in enumerate(text.splitlines(), 1):
        if not content.strip():
            continue
        try:
            yield f"line {line}", json.loads(content)
        except (json.JSONDecodeError, RecursionError) as error:
            raise corrupt(where, f"line {line}", f"expected JSON: {error}") from None


def _json_members(tree: Tree) -> tuple[str, ...]:
    return tree.find("*.json", "*.jsonl", "*.ndjson")


def _recognise_json(tree: Tree) -> Recognition | None:
    members = _json_members(tree)
    if not members or tree.find("*.js", "*.html"):
        return None
    head = tree.head(members[0])
    if not re.search(rb'"(k?score|body)"\s*:', head):
        return None
    return Recognition(0.8, members, "JSON with a score in it")


def _time_in_name(name: str) -> When | None:
    found = _DATE_IN_NAME.search(name)
    if not found:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        if hour is None or minute is None:
            return dt.date(year or 0, month or 0, day or 0)
        return dt.datetime(year or 0, month or 0, day or 0, hour, minute)
    except ValueError:
        return None


def _time_of(item: Any, tree: Tree, name: str, place: str) -> When:
    if isinstance(item, dict):
        for key in _TIME_KEYS:
            if isinstance(item.get(key), str):
                return parse_when(item[key], tree.where(name), f"{place}, key {key}")
            if isinstance(item.get(key), int | float) and not isinstance(item.get(key), bool):
                return _unix(item[key], tree.where(name), f"{place}, key {key}")
    named = _time_in_name(name)
    if named is None:
        expected = "expected the time of the snapshot: a key retrieved_at, or a date in the name"
        raise corrupt(tree.where(name), place, expected)
    return named


def _unix(seconds: float, where: str, place: str) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise corrupt(where, place, f"expected seconds since 1970, found {seconds}") from None


def _read_json(tree: Tree, recognition: Recognition) -> list[Score]:
    readings = []
    for name in recognition.members:
        where = tree.where(name)
        for place, item in _json_lines(tree, name):
            body = item.get("body", item) if isinstance(item, dict) else item
            value = klout_score(body)
            if value is None:
                said = body.get("description") if isinstance(body, dict) else None
                found = f"found {said!r}" if said else "found none"
                raise corrupt(where, place, f"expected a score, {found}")
            when = _time_of(item, tree, name, place)
            readings.append(Score(when, _number(value, where, place), member=name, pointer=place))
    return _not_empty(readings, tree.label)


TABLE = ScoreFormat("score table (date,score)", _recognise_table, _read_table)
SNAPSHOTS = ScoreFormat("score snapshots (JSON, Klout v1 or v2)", _recognise_json, _read_json)
