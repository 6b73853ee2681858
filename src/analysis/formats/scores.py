"""Readings of a score: ``date,score`` tables, Klout's JSON, JSON lines of snapshots.

Answers of APIs carry no date: the time of the snapshot is the only one, so it must stand in the
line (``retrieved_at``), in a web archive, or in the file's name.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.errors import InputError, corrupt, invalid, one_line, unknown
from analysis.files import Tree
from analysis.formats.base import Readings, Recognition, Score, ScoreFormat, When
from analysis.formats.javascript import decode, items_of, parse, section
from analysis.formats.klout import klout_changes, klout_score, number_of
from analysis.formats.tables import header_of, is_possible, one_csv, parse_possible, rows_of

_TIME_KEYS = ("date", "retrieved_at", "observed_at", "at", "timestamp", "time")
_DATE_NAMES = frozenset({*_TIME_KEYS, "day", "when", "datetime"})
_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?:[T_-]?(\d{2})-?:?(\d{2}))?(?!\d)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HAS_SCORE = re.compile(rb'"(k?score|body|karma|reputation)"\s*:')
_HAS_ERROR = re.compile(rb'\{\s*"error"\s*:\s*[0-9]+\s*,\s*"description"\s*:')
_HEAD = 65_536
_SAME_DAY = dt.timedelta(hours=12)


def _number(text: str, where: str, place: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise corrupt(where, place, f"expected a number, found {text!r}")
    return float(text)


def _recognise_table(tree: Tree) -> Recognition | None:
    name = one_csv(tree)
    if name is None:
        return None
    header = header_of(tree, name)
    if "score" in header:
        return Recognition(1.0, (name,), "a CSV with the columns date and score")
    if len(header) > 2 and header[0] in _DATE_NAMES:
        return Recognition(0.1, (name,), "a CSV with a date and several columns")
    if len(header) == 2 and (header[0] in _DATE_NAMES or _is_dated(tree, name)):
        why = f"a CSV with a date, whose other column, {header[1]}, is the score"
        return Recognition(0.5, (name,), one_line(why, 160))
    return None


def _is_dated(tree: Tree, name: str) -> bool:
    """Return whether the first row of a table of two columns is a date and a number."""
    try:
        header = header_of(tree, name)
        _, row = next(rows_of(tree, name))
        parse_possible(row[header[0]], "", "")
        _number(row[header[1]], "", "")
    except (InputError, StopIteration, KeyError):
        return False
    return True


def _read_table(tree: Tree, recognition: Recognition) -> Readings:
    (name,) = recognition.members
    where = tree.where(name)
    date, score = _columns(header_of(tree, name), where)
    readings = Readings()
    seen: dict[When, str] = {}
    for line, row in rows_of(tree, name, date, score):
        place = f"line {line}"
        when = parse_possible(row[date], where, f"{place}, column {date}")
        _refuse_twice(when, seen, where, place)
        if row[score]:
            value = _number(row[score], where, f"{place}, column {score}")
            readings.append(Score(when, value, member=name, pointer=place))
    if score != "score":
        readings.notes = (f"The column {one_line(score, 60)} is taken for the score.",)
    return _not_empty(readings, where)


def _columns(header: list[str], where: str) -> tuple[str, str]:
    """Return the names of the columns that hold the date and the score.

    Raises
    ------
    InputError
        There are several that could be the score.
    """
    if "score" in header:
        return "date", "score"
    if len(header) == 2 and header[1]:
        return header[0], header[1]
    found = ", ".join(header[:8])
    expected = f"expected date,score, or a date and one number; found {found}: keep two columns"
    raise unknown(where, expected)


def _refuse_twice(when: When, seen: dict[When, str], where: str, place: str) -> None:
    """Raise where a day or an exact moment has been read before; note it otherwise."""
    if when in seen:
        raise invalid(where, place, f"expected every date once; {when} is in {seen[when]} too")
    seen[when] = place


def _not_empty(readings: Readings, where: str) -> Readings:
    if not readings:
        raise corrupt(where, "", "expected at least one reading of the score, found none")
    return readings


def score_in(body: Any) -> float | None:
    """Return the score in an answer of an API, or None when it holds none.

    Parameters
    ----------
    body : object
        Parsed JSON: one of Klout's answers (`klout_score`); Hacker News' ``user.json``, whose
        ``karma`` it is; Stack Exchange's ``/users/{id}``, whose ``reputation`` it is.
    """
    record = section(body)
    for key in ("karma", "reputation"):
        if key in record:
            return number_of(record[key])
    items = items_of(record.get("items"))
    if len(items) == 1 and "reputation" in section(items[0]):
        return number_of(section(items[0])["reputation"])
    return klout_score(body)


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
    pages = tuple(name for name in tree.names if tree.address(name) and _holds(tree, name))
    if pages:
        return Recognition(0.8, pages, "captured answers with a score in them")
    members = tree.find("*.json", "*.jsonl", "*.ndjson")
    if not members or tree.find("*.js", "*.html"):
        return None
    if not any(_holds(tree, name) for name in members[:20]):
        return None
    return Recognition(0.8, members, "JSON with a score in it")


def _holds(tree: Tree, name: str) -> bool:
    head = tree.head(name, _HEAD)
    is_json = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    return is_json and bool(_HAS_SCORE.search(head) or _HAS_ERROR.search(head))


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
    where, record = tree.where(name), section(item)
    # An item of Hacker News says when it was posted, which is not when its points were read.
    keys = _TIME_KEYS if "by" not in record else _TIME_KEYS[:-1]
    for key in keys:
        value = record.get(key)
        if isinstance(value, str):
            return parse_possible(value, where, f"{place}, key {key}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _unix(value, where, f"{place}, key {key}")
    named = tree.seen_at(name) or _time_in_name(name)
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


@dataclass(slots=True)
class _Snapshots:
    """What was read so far: readings, what their answers say of days before, and refusals."""

    readings: Readings = field(default_factory=Readings)
    seen: dict[When, str] = field(default_factory=dict)
    before: dict[When, tuple[int, Score]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def derive(self, reading: Score, changes: dict[int, float]) -> None:
        """Keep what a reading's changes tell of the days before; the shortest span counts."""
        for days, change in sorted(changes.items()):
            try:
                when = reading.when - dt.timedelta(days=days)
            except OverflowError:
                continue
            value = round(reading.value - change, 9)
            made = replace(reading, when=when, value=value, derived=True)
            known = self.before.get(_key(when))
            if is_possible(when) and (known is None or days < known[0]):
                self.before[_key(when)] = days, made

    def derived(self) -> list[Score]:
        """Return what is known of days without a reading of their own."""
        moments = sorted(_moment(reading.when) for reading in self.readings)
        return [made for _, made in self.before.values() if not _is_near(made.when, moments)]


def _key(when: When) -> When:
    """Return the day that derived readings are told apart by: the same for all of one day."""
    return when.date() if isinstance(when, dt.datetime) else when


def _moment(when: When) -> float:
    """Return seconds to compare times by; a day stands at its noon, a local time as in UTC."""
    if not isinstance(when, dt.datetime):
        when = dt.datetime.combine(when, dt.time(12))
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


def _is_near(when: When, moments: list[float]) -> bool:
    """Return whether a reading of the same day is there; ``moments`` are in order."""
    at, reach = _moment(when), _SAME_DAY.total_seconds()
    after = bisect_left(moments, at)
    return any(abs(moment - at) < reach for moment in moments[max(0, after - 1) : after + 1])


def _read_json(tree: Tree, recognition: Recognition) -> Readings:
    found = _Snapshots()
    for name in recognition.members:
        where = tree.where(name)
        for place, item in _json_items(tree, name):
            body = section(item).get("body", item)
            value = score_in(body)
            if value is None:
                found.refusals.append(_refusal(body, where, place))
                continue
            when = _time_of(item, tree, name, place)
            _refuse_twice(when, found.seen, where, place)
            found.seen[when] = place if len(recognition.members) == 1 else f"{name}, {place}"
            reading = Score(when, value, member=name, pointer=place)
            found.readings.append(reading)
            found.derive(reading, klout_changes(body))
    if not found.readings and found.refusals:
        raise corrupt(tree.label, "", f"expected a score, found {found.refusals[0]!r}")
    derived = found.derived()
    readings = Readings([*found.readings, *derived])
    readings.notes = tuple(_notes(found.refusals, len(derived)))
    return _not_empty(readings, tree.label)


def _refusal(body: Any, where: str, place: str) -> str:
    """Return what an answer says that holds an error in the place of a score.

    Raises
    ------
    InputError
        It holds no error either.
    """
    said = section(body).get("description")
    if isinstance(said, str) and "error" in section(body):
        return said
    found = f"found {said!r}" if isinstance(said, str) else "found none"
    raise corrupt(where, place, f"expected a score, {found}")


def _notes(refusals: list[str], derived: int) -> Iterator[str]:
    if refusals:
        said = one_line(refusals[0], 120)
        yield f"{len(refusals):,} answer(s) hold an error and no score, as {said!r}: gaps."
    if derived:
        yield (
            f"{derived:,} reading(s) of earlier days are worked out from the changes that the "
            "answers state (over 1, 5 and 7 days, and a month taken for 30), where no reading of "
            "the day itself is there."
        )


TABLE = ScoreFormat("score table (date,score)", _recognise_table, _read_table)
SNAPSHOTS = ScoreFormat("score snapshots (JSON, Klout v1 or v2)", _recognise_json, _read_json)
