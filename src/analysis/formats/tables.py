"""The two plain tables: ``activity`` (a row a post) and ``daily`` (counts a day)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator

from analysis.errors import corrupt, invalid
from analysis.files import Tree
from analysis.formats.base import DailyCount, Extract, Format, Post, Recognition, When
from analysis.formats.text import bare_urls, parse_iso

_NUMBERS = ("reactions", "comments", "shares", "views")
_ACTIVITY = {"at", "channel", "id", "url", "text", *_NUMBERS}


def rows_of(tree: Tree, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV with its line number, keyed by lower-case header.

    Raises
    ------
    InputError
        The bytes are not UTF-8 text, a row has more fields than the header, or a column
        stands twice in the header.
    """
    where = tree.where(name)
    try:
        text = tree.bytes(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise corrupt(where, f"byte {error.start}", "expected UTF-8 text") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if len(set(header)) != len(header):
            raise corrupt(where, "line 1", "expected every column once")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                expected = f"expected {len(header)} fields, found {len(cells)}"
                raise corrupt(where, f"line {reader.line_num}", expected)
            yield reader.line_num, dict(zip(header, map(str.strip, cells), strict=True))
    except csv.Error as error:
        raise corrupt(where, f"line {reader.line_num}", f"expected a CSV row: {error}") from None


def header_of(tree: Tree, name: str) -> list[str]:
    """Return the lower-case header of a CSV, or an empty list when it has none."""
    first = tree.head(name).decode("utf-8-sig", "replace").partition("\n")[0]
    return [cell.strip().strip('"').lower() for cell in first.split(",")]


def one_csv(tree: Tree) -> str | None:
    """Return the only CSV of a source, or None when it holds none or several."""
    found = [name for name in tree.names if name.lower().endswith((".csv", ".txt"))]
    return found[0] if len(found) == 1 else None


def _recognise_activity(tree: Tree) -> Recognition | None:
    name = one_csv(tree)
    if name is None or not {"at", "channel"} <= set(header_of(tree, name)):
        return None
    return Recognition(1.0, (name,), "a CSV with the columns at and channel")


def _recognise_daily(tree: Tree) -> Recognition | None:
    name = one_csv(tree)
    if name is None:
        return None
    header = header_of(tree, name)
    if header[0] != "date" or len(header) < 2 or "score" in header:
        return None
    return Recognition(0.6, (name,), "a CSV with a date and one column a channel")


def parse_when(text: str, where: str, place: str) -> When:
    """Return the time in ``text``: ISO 8601, with offset, without, or only a date.

    Raises
    ------
    InputError
        It is no such time.
    """
    try:
        return parse_iso(text)
    except ValueError:
        raise corrupt(
            where, place, f"expected a time like 2012-06-22T09:30:00Z, found {text!r}"
        ) from None


def _whole_number(text: str, where: str, place: str) -> int | None:
    if not text:
        return None
    try:
        number = float(text)
        if number != int(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise corrupt(where, place, f"expected a whole number, found {text!r}") from None
    return int(number)


def _read_activity(tree: Tree, recognition: Recognition) -> Extract:
    (name,) = recognition.members
    where = tree.where(name)
    extract = Extract()
    seen: set[tuple[str, str]] = set()
    extra: set[str] = set()
    for line, row in rows_of(tree, name):
        place = f"line {line}"
        extra |= set(row) - _ACTIVITY
        channel = row["channel"]
        if not channel:
            raise corrupt(where, place, "expected a channel, found an empty cell")
        identifier = row.get("id", "")
        if identifier and (channel, identifier) in seen:
            extract.set_aside["duplicate"] += 1
            continue
        seen.add((channel, identifier))
        text = row.get("text", "")
        numbers = {
            key: _whole_number(row.get(key, ""), where, f"{place}, column {key}")
            for key in _NUMBERS
        }
        extract.posts.append(
            Post(
                when=parse_when(row["at"], where, f"{place}, column at"),
                id=identifier,
                url=row.get("url", ""),
                text=text,
                links=bare_urls(text),
                channel=channel,
                member=name,
                pointer=place,
                reactions=numbers["reactions"],
                comments=numbers["comments"],
                shares=numbers["shares"],
                views=numbers["views"],
            )
        )
    notes = (f"columns not used: {', '.join(sorted(extra))}",) if extra else ()
    first = min(extract.posts, key=_day_of, default=None)
    since = None if first is None else first.when
    return Extract(extract.posts, set_aside=extract.set_aside, since=since, notes=notes)


def _day_of(post: Post) -> tuple[int, int, int]:
    return post.when.year, post.when.month, post.when.day


def _read_daily(tree: Tree, recognition: Recognition) -> Extract:
    (name,) = recognition.members
    where = tree.where(name)
    counts: list[DailyCount] = []
    seen: dict[dt.date, int] = {}
    set_aside: Counter[str] = Counter()
    for line, row in rows_of(tree, name):
        place = f"line {line}"
        day = parse_when(row.pop("date"), where, f"{place}, column date")
        if isinstance(day, dt.datetime):
            raise corrupt(where, f"{place}, column date", "expected a date without a time")
        if day in seen:
            raise invalid(where, place, f"expected every date once; {day} is in line {seen[day]}")
        seen[day] = line
        for channel, cell in row.items():
            posts = _whole_number(cell, where, f"{place}, column {channel}")
            if posts is not None and posts < 0:
                set_aside["negative count"] += 1
                posts = None
            counts.append(DailyCount(day, channel, posts, place))
    if not counts:
        raise corrupt(where, "", "expected at least one row under the header")
    return Extract(counts=counts, set_aside=set_aside)


ACTIVITY = Format("activity table (at,channel,…)", _recognise_activity, _read_activity)
DAILY = Format("daily counts (date,<channel>,…)", _recognise_daily, _read_daily)
