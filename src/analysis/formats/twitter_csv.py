"""Twitter archives in CSV: ``tweets.csv`` (2013-2018) and ``data/csv/2012_05.csv`` (2012).

Columns are read by name, for the two generations order them differently. They tell neither
likes nor retweets.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from analysis.errors import InputError, Problem, corrupt
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Recognition
from analysis.formats.drift import count_keys
from analysis.formats.javascript import decode
from analysis.formats.tables import header_of
from analysis.formats.text import bare_urls
from analysis.formats.twitter import RawTweet, payload_time
from analysis.formats.twitter_keys import COLUMNS
from analysis.formats.twitter_posts import Archive, Collector, Part

_NEEDED = {"tweet_id", "timestamp", "text"}
_BETWEEN_URLS = re.compile(r",(?=https?://)")


def _recognise(tree: Tree) -> Recognition | None:
    members = tuple(
        name
        for name in tree.names
        if (name.lower().endswith(".csv") or tree.is_single_file)
        and set(header_of(tree, name)) >= _NEEDED
    )
    if not members:
        return None
    return Recognition(0.85, members, "a CSV with the columns tweet_id, timestamp and text")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    problems: tuple[Problem, ...] = ()
    try:
        exported_at = payload_time(tree)
    except InputError as error:
        exported_at, problems = None, error.problems
    collector = Collector(Archive(exported_at))
    collector.read(recognition.members, lambda name, part: _take(tree, name, part))
    collector.problems.extend(problems)
    return collector.extract()


def _take(tree: Tree, name: str, part: Part) -> None:
    for line, row in _rows(tree, name):
        if not row.keys() <= COLUMNS:
            count_keys(part.drift, "tweets.csv: ", row, COLUMNS)
        part.add(_raw(row, name, line))


def _rows(tree: Tree, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows by column name, with their line; the last field may be left out."""
    where = tree.where(name)
    text = decode(tree.bytes(name), where)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if not set(header) >= _NEEDED:
            raise corrupt(where, "line 1", "expected the columns tweet_id, timestamp and text")
        for cells in reader:
            if not cells:
                continue
            if not len(header) - 1 <= len(cells) <= len(header):
                expected = f"expected {len(header)} fields, found {len(cells)}"
                raise corrupt(where, f"line {reader.line_num}", expected)
            yield reader.line_num, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise corrupt(where, f"line {reader.line_num}", f"expected a CSV row: {error}") from None


def _raw(row: dict[str, str], member: str, line: int) -> RawTweet:
    text = row.get("text", "")
    expanded = _BETWEEN_URLS.split(row.get("expanded_urls", "").strip())
    targets = tuple(dict.fromkeys(url for url in expanded if url))
    shorts = bare_urls(text)
    # Which address stands for which is only certain when there is one of each.
    short = shorts[0] if len(shorts) == len(targets) == 1 else ""
    return RawTweet(
        id=row.get("tweet_id", "").strip(),
        created_at=row.get("timestamp", ""),
        text=text,
        member=member,
        pointer=f"line {line}",
        urls=tuple((short, target) for target in targets),
        reply_to=row.get("in_reply_to_status_id", ""),
        reply_to_user=row.get("in_reply_to_user_id", ""),
        is_retweet=bool(row.get("retweeted_status_id", "")),
        source=row.get("source", ""),
    )


CSV = Format("Twitter archive (CSV of 2012-2018)", _recognise, _read)
