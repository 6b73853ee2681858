"""The two plain tables: ``activity`` (a row a post) and ``daily`` (counts a day)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Iterator, Set

from analysis.errors import corrupt, invalid, one_line
from analysis.files import Tree
from analysis.formats.base import DailyCount, Extract, Format, Post, Recognition, When
from analysis.formats.text import bare_urls, parse_iso

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""A date outside of these years is a slip of the pen, or a missing date in disguise."""

MOST_A_DAY = 1_000_000
"""More posts than that are a slip of the pen, or a number of something else."""

MOST_NAMED = 20
"""Columns that are named in a note."""

_NUMBERS = ("reactions", "comments", "shares", "views")
_ACTIVITY = {"at", "channel", "id", "url", "text", *_NUMBERS}
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(?:\.0*)?")


def rows_of(tree: Tree, name: str, *needed: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV with its line number, keyed by lower-case header.

    Raises
    ------
    InputError
        The bytes are not UTF-8 text, a row has more or fewer fields than the header, a column
        stands twice in the header, or one of those ``needed`` does not stand there.
    """
    where, data = tree.where(name), tree.bytes(name)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise corrupt(where, f"byte {error.start}", "expected UTF-8 text") from None
    # Line by line: as text in memory, a table takes four times the bytes of its file.
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    try:
        header = _checked_header(next(reader, []), needed, where)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                expected = f"expected {len(header)} fields, found {len(cells)}"
                raise corrupt(where, f"line {reader.line_num}", expected)
            yield reader.line_num, dict(zip(header, map(str.strip, cells), strict=True))
    except csv.Error as error:
        raise corrupt(where, f"line {reader.line_num}", f"expected a CSV row: {error}") from None


def _checked_header(cells: list[str], needed: tuple[str, ...], where: str) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    for column, times in Counter(header).items():
        if times > 1:
            raise corrupt(where, "line 1", f"expected every column once, found {column!r} twice")
    for column in needed:
        if column not in header:
            raise corrupt(where, "line 1", f"expected a column {column}")
    return header


def header_of(tree: Tree, name: str) -> list[str]:
    """Return the lower-case header of a CSV, or an empty list when it has none."""
    text = tree.head(name).decode("utf-8-sig", "replace")
    try:
        cells = next(csv.reader(io.StringIO(text, newline="")), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in cells]


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
    if header[:1] != ["date"] or len(header) < 2 or "score" in header:
        return None
    return Recognition(0.6, (name,), "a CSV with a date and one column a channel")


def is_possible(when: When) -> bool:
    """Return whether a time lies in the years in which anyone could post or be scored."""
    return FIRST_YEAR <= when.year <= LAST_YEAR


def calendar_day(when: When) -> tuple[int, int, int]:
    """Return year, month and day, to order exact times and days alike."""
    return when.year, when.month, when.day


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
        expected = (
            f"expected a date like 2012-06-22 or a time like 2012-06-22T09:30:00Z, found {text!r}"
        )
        raise corrupt(where, place, expected) from None


def parse_possible(text: str, where: str, place: str) -> When:
    """Return the time in ``text`` as `parse_when`, of a year in which it can be true.

    Raises
    ------
    InputError
        It is no such time.
    """
    when = parse_when(text, where, place)
    if not is_possible(when):
        expected = f"expected a year from {FIRST_YEAR} to {LAST_YEAR}, found {when.year}"
        raise corrupt(where, place, expected)
    return when


def not_used(columns: Set[str]) -> tuple[str, ...]:
    """Return the note on columns that nothing reads, at most one line."""
    names = ", ".join(one_line(name, 60) for name in sorted(columns - {""})[:MOST_NAMED])
    return (one_line(f"columns not used: {names}", 500),) if names else ()


def _whole_number(text: str, where: str, place: str) -> int | None:
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise corrupt(where, place, f"expected a whole number, found {text!r}")
    return int(text.partition(".")[0])


def _count(row: dict[str, str], column: str, where: str, place: str) -> int | None:
    """Return a cell that cannot be less than zero, or None where it is empty or not there."""
    place = f"{place}, column {column}"
    number = _whole_number(row.get(column, ""), where, place)
    if number is not None and number < 0:
        raise corrupt(where, place, f"expected zero or more, found {number}")
    return number


def _read_activity(tree: Tree, recognition: Recognition) -> Extract:
    (name,) = recognition.members
    where = tree.where(name)
    posts: list[Post] = []
    set_aside: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    extra: set[str] = set()
    for line, row in rows_of(tree, name, "at", "channel"):
        extra |= set(row) - _ACTIVITY
        post = _post(row, name, where, f"line {line}")
        if post.id and (post.channel, post.id) in seen:
            set_aside["duplicate"] += 1
            continue
        seen.add((post.channel, post.id))
        posts.append(post)
    return Extract(
        posts,
        set_aside=set_aside,
        since=min((post.when for post in posts), key=calendar_day, default=None),
        notes=not_used(extra),
    )


def _post(row: dict[str, str], name: str, where: str, place: str) -> Post:
    """Return a row of the activity table as a post."""
    if not row["channel"]:
        raise corrupt(where, f"{place}, column channel", "expected a channel, found an empty cell")
    text = row.get("text", "")
    return Post(
        when=parse_possible(row["at"], where, f"{place}, column at"),
        id=row.get("id", ""),
        url=row.get("url", ""),
        text=text,
        links=bare_urls(text),
        channel=row["channel"],
        member=name,
        pointer=place,
        reactions=_count(row, "reactions", where, place),
        comments=_count(row, "comments", where, place),
        shares=_count(row, "shares", where, place),
        views=_count(row, "views", where, place),
    )


def _read_daily(tree: Tree, recognition: Recognition) -> Extract:
    (name,) = recognition.members
    where = tree.where(name)
    counts: list[DailyCount] = []
    seen: dict[dt.date, int] = {}
    set_aside: Counter[str] = Counter()
    for line, row in rows_of(tree, name, "date"):
        place = f"line {line}"
        if "" in row:
            raise corrupt(where, "line 1", "expected the name of a channel over every column")
        day = parse_possible(row.pop("date"), where, f"{place}, column date")
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
            if posts is not None and posts > MOST_A_DAY:
                expected = f"expected at most {MOST_A_DAY:,} posts a day, found {posts:,}"
                raise corrupt(where, f"{place}, column {channel}", expected)
            counts.append(DailyCount(day, channel, posts, place))
    if not counts:
        raise corrupt(where, "", "expected at least one row under the header")
    return Extract(counts=counts, set_aside=set_aside)


ACTIVITY = Format("activity table (at,channel,…)", _recognise_activity, _read_activity)
DAILY = Format("daily counts (date,<channel>,…)", _recognise_daily, _read_daily)
