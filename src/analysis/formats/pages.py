"""What formats share whose posts come in several files: pages of answers, captures, parts."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from analysis.errors import InputError, Problem, corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Post, When
from analysis.formats.javascript import decode, parse
from analysis.formats.sniff import candidates, text_head

MAX_JSON_BYTES = 500 * 1024**2
JSON_SUFFIXES = (".json", ".js", ".txt", "")
JSON_HEAD = 65_536

_REFUSALS = frozenset({"code", "errors", "error", "message"})
_DIGITS = re.compile(r"[0-9]+")

MOST_REASONS = 50
"""Different reasons that are told apart, where the records themselves give them."""

T = TypeVar("T")


def put_aside(set_aside: Counter[str], reason: str) -> None:
    """Count a record that is no post, for a reason that its file may have made up."""
    shown = one_line(reason, 40)
    known = shown in set_aside or len(set_aside) < MOST_REASONS
    set_aside[shown if known else "other"] += 1


@dataclass(slots=True)
class Rows:
    """What was read of a source so far.

    Attributes
    ----------
    posts : list of Post
        In the order of the source.
    set_aside : Counter of str
        Records that are no public posts, by reason.
    seen_at : list of datetime
        When the files were captured, where the source tells it.
    problems : list of Problem
        Files that could not be read.
    """

    posts: list[Post] = field(default_factory=list)
    set_aside: Counter[str] = field(default_factory=Counter)
    seen_at: list[dt.datetime] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, row: Post | str) -> None:
        """Take in a post, or the reason why a record is none."""
        if isinstance(row, Post):
            self.posts.append(row)
        else:
            put_aside(self.set_aside, row)

    @property
    def held(self) -> int:
        """How many different records there are, whether posts or set aside.

        A post that several files hold, or one at several times, is one.
        """
        told = Counter(
            (post.id, post.url, post.member) if post.id or post.url else (post.member, post.pointer)
            for post in self.posts
        )
        most: dict[tuple[str, ...], int] = {}
        for key, times in told.items():
            most[key[:2]] = max(times, most.get(key[:2], 0))
        return sum(most.values()) + self.set_aside.total() - self.set_aside["duplicate"]

    def once(self) -> None:
        """Keep one of each post that several files hold: the latest.

        Two records are the same post where both their id and their address are; what one file
        holds twice is left as it stands. Where a post tells numbers, each capture of it is an
        observation of them and stays.
        """
        kept: dict[object, Post] = {}
        for number, post in enumerate(self.posts):
            seen_at = post.seen_at if _has_numbers(post) else None
            key: object = (post.id, post.url, seen_at) if post.id or post.url else number
            before = kept.get(key)
            if before is not None and before.member == post.member:
                key, before = number, None
            if before is None or _is_later(post, before):
                kept[key] = post
        if again := len(self.posts) - len(kept):
            self.set_aside["duplicate"] += again
            self.posts = list(kept.values())


def _has_numbers(post: Post) -> bool:
    counts = post.reactions, post.comments, post.shares, post.views
    return any(number is not None for number in counts)


def _is_later(post: Post, before: Post) -> bool:
    if post.seen_at is None or before.seen_at is None:
        return False
    return post.seen_at > before.seen_at


def each(names: Iterable[str], read: Callable[[str], T], problems: list[Problem]) -> Iterator[T]:
    """Yield what ``read`` makes of each file; one that is corrupt is named in ``problems``.

    Raises
    ------
    InputError
        Not one of them can be read.
    """
    done = False
    failed: list[Problem] = []
    for name in names:
        try:
            result = read(name)
        except InputError as error:
            failed.extend(error.problems)
            continue
        done = True
        yield result
    if failed and not done:
        raise InputError(failed)
    problems.extend(failed)


def captured(tree: Tree, name: str) -> dt.datetime | None:
    """Return when a member was fetched, where the source tells it (a web archive does)."""
    return tree.seen_at(name)


def json_members(tree: Tree, is_own: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the JSON files whose beginning ``is_own``, and the damaged ones among their like.

    A file that is named as one of them but for its digits (``page2.json`` beside
    ``page1.json``), and is cut, empty or a refusal, is read too: its damage is told, its posts do
    not go missing. A whole one of something else is not theirs.
    """
    own: set[str] = set()
    others: list[str] = []
    for name in candidates(tree, JSON_SUFFIXES):
        head = text_head(tree, name, JSON_HEAD)
        if head.lstrip()[:1] in ("{", "[", "v") and is_own(head):
            own.add(name)
        else:
            others.append(name)
    named = {_DIGITS.sub("0", name) for name in own}
    like = {name for name in others if _DIGITS.sub("0", name) in named and _is_failed(tree, name)}
    return tuple(name for name in tree.names if name in own or name in like)


def _is_failed(tree: Tree, name: str) -> bool:
    """Return whether a file is no whole JSON, or an answer that gives nothing."""
    try:
        value = load_page(tree, name)
    except InputError:
        return True
    return not value or (isinstance(value, dict) and not _REFUSALS.isdisjoint(value))


def load_page(tree: Tree, name: str) -> Any:
    """Return the JSON value of a file of at most `MAX_JSON_BYTES`; raises as `parse`."""
    data = tree.head(name, MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise corrupt(tree.where(name), "", f"expected at most {MAX_JSON_BYTES // 1024**2} MB")
    file = tree.where(name)
    return parse(decode(data, file), file)


def order(when: When) -> dt.datetime:
    """Return a moment to sort by: a day by its start, a local time as if in UTC."""
    if not isinstance(when, dt.datetime):
        when = dt.datetime.combine(when, dt.time())
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def earliest(posts: Sequence[Post]) -> When | None:
    """Return the time of the first post; None where there is none."""
    return min((post.when for post in posts), key=order, default=None)


def first_when(parse: Callable[[str], When], *texts: str) -> When | None:
    """Return the first of several texts that is a time; None where none is."""
    for text in texts:
        try:
            return parse(text)
        except ValueError:
            continue
    return None


def in_utc(when: When | None) -> When | None:
    """Return a time without offset as one in UTC, as its source means it."""
    if isinstance(when, dt.datetime) and when.tzinfo is None:
        return when.replace(tzinfo=dt.UTC)
    return when


def from_unix(seconds: object) -> dt.datetime | None:
    """Return the instant of seconds since 1970, as a number or as digits; None for no such."""
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit() and len(seconds) < 15:
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def count_of(value: object) -> int | None:
    """Return a count as a source writes it, as a number or as digits; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return int(value) if is_count and isinstance(value, int) else None
