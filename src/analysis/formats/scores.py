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

from analysis.errors import InputError, corrupt, invalid
from analysis.files import Tree
from analysis.formats.base import Recognition, Score, ScoreFormat, When
from analysis.formats.javascript import decode, parse, section
from analysis.formats.tables import header_of, is_possible, one_csv, parse_possible, rows_of

_TIME_KEYS = ("date", "retrieved_at", "observed_at", "at", "timestamp", "time")
_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?:[T_-]?(\d{2})-?:?(\d{2}))?(?!\d)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HAS_SCORE = re.compile(rb'"(k?score|body)"\s*:')
_NESTED = 4
"""How deep in an answer of Klout's API its score stands, at most."""


def _number(text: str, where: str, place: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise corrupt(where, place, f"expected a number, found {text!r}")
    return float(text)


def _recognise_table(tree: Tree) -> Recognition | None:
    name = one_csv(tree)
    if name is None or not {"date", "score"} <= set(header_of(tree, name)):
        return None
    return Recognition(1.0, (name,), "a CSV with the columns date and score")


def _read_table(tree: Tree, recognition: Recognition) -> list[Score]:
    (name,) = recognition.members
    where = tree.where(name)
    readings: list[Score] = []
    seen: dict[When, str] = {}
    for line, row in rows_of(tree, name, "date", "score"):
        place = f"line {line}"
        when = parse_possible(row["date"], where, f"{place}, column date")
        _refuse_twice(when, seen, where, place)
        if row["score"]:
            value = _number(row["score"], where, f"{place}, column score")
            readings.append(Score(when, value, member=name, pointer=place))
    return _not_empty(readings, where)


def _refuse_twice(when: When, seen: dict[When, str], where: str, place: str) -> None:
    """Raise where a day or an exact moment has been read before; note it otherwise."""
    if when in seen:
        raise invalid(where, place, f"expected every date once; {when} is in {seen[when]} too")
    seen[when] = place


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
    for _ in range(_NESTED):
        record = section(body)
        users = record.get("users")
        if isinstance(users, list) and len(users) == 1:
            body = users[0]
            continue
        body = record.get("score", record.get("kscore"))
        if isinstance(body, int | float) and not isinstance(body, bool):
            return float(body) if abs(body) < 1e300 else None
    return None


def _json_items(tree: Tree, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each JSON value of a member with its place: one for the file, or one a line.

    Raises
    ------
    InputError
        The member is not JSON, nor has it one JSON value in every line.
    """
    where = tree.where(name)
    text = decode(tree.bytes(name), where)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and _is_json(lines[0][1]):
        for number, line in lines:
            try:
                value = parse(line, where)
            except InputError as error:
                (problem,) = error.problems
                place = problem.place.replace("line 1", f"line {number}")
                raise corrupt(where, place, problem.expected) from None
            yield f"line {number}", value
        return
    whole = parse(text, where)
    items = whole if isinstance(whole, list) else [whole]
    yield from ((f"item {index}", item) for index, item in enumerate(items, 1))


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _recognise_json(tree: Tree) -> Recognition | None:
    members = tree.find("*.json", "*.jsonl", "*.ndjson")
    if not members or tree.find("*.js", "*.html"):
        return None
    if not _HAS_SCORE.search(tree.head(members[0])):
        return None
    return Recognition(0.8, members, "JSON with a score in it")


def _time_in_name(name: str) -> When | None:
    found = _DATE_IN_NAME.search(name)
    if not found:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        date = dt.date(year or 0, month or 0, day or 0)
        if hour is None or minute is None:
            return date
        return dt.datetime.combine(date, dt.time(hour, minute))
    except ValueError:
        return None


def _time_of(item: Any, tree: Tree, name: str, place: str) -> When:
    where = tree.where(name)
    for key in _TIME_KEYS:
        value = section(item).get(key)
        if isinstance(value, str):
            return parse_possible(value, where, f"{place}, key {key}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _unix(value, where, f"{place}, key {key}")
    named = _time_in_name(name)
    if named is None or not is_possible(named):
        expected = "expected the time of the snapshot: a key retrieved_at, or a date in the name"
        raise corrupt(where, place, expected)
    return named


def _unix(seconds: float, where: str, place: str) -> dt.datetime:
    try:
        when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        when = None
    if when is None or not is_possible(when):
        raise corrupt(where, place, f"expected seconds since 1970, found {seconds}")
    return when


def _read_json(tree: Tree, recognition: Recognition) -> list[Score]:
    readings: list[Score] = []
    seen: dict[When, str] = {}
    for name in recognition.members:
        where = tree.where(name)
        for place, item in _json_items(tree, name):
            body = section(item).get("body", item)
            value = klout_score(body)
            if value is None:
                said = section(body).get("description")
                found = f"found {said!r}" if isinstance(said, str) else "found none"
                raise corrupt(where, place, f"expected a score, {found}")
            when = _time_of(item, tree, name, place)
            _refuse_twice(when, seen, where, place)
            seen[when] = place if len(recognition.members) == 1 else f"{name}, {place}"
            readings.append(Score(when, value, member=name, pointer=place))
    return _not_empty(readings, tree.label)


TABLE = ScoreFormat("score table (date,score)", _recognise_table, _read_table)
SNAPSHOTS = ScoreFormat("score snapshots (JSON, Klout v1 or v2)", _recognise_json, _read_json)
