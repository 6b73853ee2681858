"""A download of Facebook's or Instagram's: which of its files hold posts, and how they add up.

An export holds one post in several files (a picture in an album and in a post, a reel in two
lists), and comes in several archives. Each kind of file is a `Part`; what stands twice counts
once, and what is no public post of the owner is set aside by reason.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from analysis.errors import InputError, Problem, corrupt, unknown
from analysis.files import Tree
from analysis.formats.base import Extract, Post, Recognition
from analysis.formats.drift import Known, count_unseen
from analysis.formats.javascript import head_text, load, section, string
from analysis.formats.meta import labelled_message, media_files, message_label, repaired
from analysis.formats.unread import unread_note

_SNIFFED = 65_536
_BARE = 128
_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|\?xml)", re.IGNORECASE)
_VERSIONED = re.compile(r"\w+_v[0-9]+")
_ROOTS = re.compile(r"^your_(?:facebook_activity|activity_across_facebook|instagram_activity)/")

PostOf = Callable[[dict[str, Any], str], Post | str]
"""From a record and the message among its labelled values to a post, or why it is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of file of an export.

    Attributes
    ----------
    label : str
        How notes and drift name it.
    name : re.Pattern
        Found at the end of the path without its suffix.
    marks : tuple of re.Pattern
        What stands in such a file, each of them.
    post_of : callable
        See `PostOf`.
    known : mapping
        The keys of records seen so far, level by level; see `analysis.formats.drift`.
    keys : tuple of str
        The keys that the lists of records stand under; none is a bare list.
    aside : str
        Why its records are no posts, where none of them is.
    telling : bool
        Whether no other network has files of this name.
    by_file : bool
        Whether a record whose picture was read before is that post again.
    echo : bool
        Whether a record of the same second as a post is that post again.
    burst : int or None
        Records of one file at most so many seconds apart were posted in one go.
    note : str
        What to say of the posts of such files, after their number.
    """

    label: str
    name: re.Pattern[str]
    marks: tuple[re.Pattern[str], ...]
    post_of: PostOf
    known: Known
    keys: tuple[str, ...] = ()
    aside: str = ""
    telling: bool = False
    by_file: bool = False
    echo: bool = False
    burst: int | None = None
    note: str = ""

    def is_named(self, member: str) -> bool:
        """Return whether a member has such a file's name."""
        path = PurePosixPath(member)
        known = path.suffix.lower() in (".json", ".html", ".htm")
        return known and self.name.search(path.with_suffix("").as_posix()) is not None


@dataclass(frozen=True, slots=True)
class Export:
    """How one of the two networks names and writes its posts.

    Attributes
    ----------
    network : str
        Its name, for messages.
    parts : tuple of Part
        The first is the main one: what a file of any other name is read as.
    marks : tuple of re.Pattern
        What stands in a file of the main part and in no other network's, each of them.
    left : re.Pattern
        Found in the names of files that are known and not read, because they hold no posts.
    dated : re.Pattern
        Found in the name of an archive; its groups are year, month and day of the export.
    """

    network: str
    parts: tuple[Part, ...]
    marks: tuple[re.Pattern[str], ...]
    left: re.Pattern[str]
    dated: re.Pattern[str]

    def recognise(self, tree: Tree) -> Recognition | None:
        """Recognise the export by the names of its files and by what is in them."""
        named = [(name, part) for name in tree.names if (part := self._part(name))]
        files = [(name, part) for name, part in named if _is_json(name)]
        sure = {name: part for name, part in files if _holds(tree, name, part.marks)}
        if sure:
            beside = {(PurePosixPath(name).parent, part.label) for name, part in sure.items()}
            damaged = {
                name
                for name, part in files
                if part.telling or (PurePosixPath(name).parent, part.label) in beside
                if name not in sure
            }
            bare = {name for name, _ in files if name not in sure and _is_bare(tree, name)}
            why = f"{len(sure)} file(s) named and written as {self.network}'s posts"
            left = self._left(tree)
            return Recognition(0.9, tuple(sorted({*sure, *damaged, *bare, *left})), why)
        if tree.is_single_file and _holds(tree, tree.names[0], self.marks):
            return Recognition(0.7, tree.names, f"JSON written as {self.network}'s posts")
        bare_ones = tuple(name for name, part in files if part.telling and _is_bare(tree, name))
        if bare_ones:
            why = f"{len(bare_ones)} file(s) named as {self.network}'s posts, with nothing in them"
            return Recognition(0.4, bare_ones, why)
        pages = tuple(name for name, part in named if part.telling and _is_page(tree, name))
        if pages:
            return Recognition(0.5, pages, f"{self.network}'s posts as web pages")
        return None

    def read(self, tree: Tree, recognition: Recognition) -> Extract:
        """Read the posts; raises `InputError` for web pages, and where nothing can be read."""
        pages = [name for name in recognition.members if _is_page(tree, name)]
        if pages:
            expected = f"expected JSON, found web pages: ask {self.network} for JSON instead"
            raise unknown(tree.where(pages[0]), expected)
        reading = _Reading(tree)
        for part, name in self._in_order(recognition.members):
            reading.take(part, name)
        if reading.problems and not reading.files:
            raise InputError(reading.problems)
        return Extract(
            reading.posts,
            set_aside=reading.set_aside,
            exported_at=self._exported_at(tree),
            notes=(*reading.notes(), *unread_note(self._left(tree), "No posts of the profile")),
            problems=tuple(reading.problems),
            drift=reading.drift,
        )

    def _left(self, tree: Tree) -> list[str]:
        """Return the files that are known and not read."""
        return [name for name in tree.names if _is_json(name) and self.left.search(name)]

    def _part(self, member: str) -> Part | None:
        return next((part for part in self.parts if part.is_named(member)), None)

    def _in_order(self, members: tuple[str, ...]) -> Iterator[tuple[Part, str]]:
        """Yield what is no post first, so that it is no post where it stands again."""
        read = [name for name in members if self._part(name) or not self.left.search(name)]
        parts = {name: self._part(name) or self.parts[0] for name in read}
        for part in sorted(self.parts, key=lambda part: not part.aside):
            yield from ((part, name) for name in read if parts[name] is part)

    def _exported_at(self, tree: Tree) -> dt.datetime | None:
        """Return the latest day (its beginning) that the names of the archives tell."""
        names = {tree.label, *(name.partition("/")[0] for name in tree.names)}
        days = (match.groups() for name in names if (match := self.dated.search(name)))
        return max(filter(None, (_midnight(*map(int, day)) for day in days)), default=None)


@dataclass(slots=True)
class _Reading:
    """What was read so far of an export, and what it holds already."""

    tree: Tree
    posts: list[Post] = field(default_factory=list)
    set_aside: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    drift: Counter[str] = field(default_factory=Counter)
    files: int = 0
    repaired: bool = False
    kept: Counter[str] = field(default_factory=Counter)
    seen: set[object] = field(default_factory=set)

    def take(self, part: Part, name: str) -> None:
        """Read one file, or keep in mind what is wrong with it."""
        try:
            records, changed = _records(self.tree, name, part)
        except InputError as error:
            self.problems.extend(error.problems)
            return
        self.files += not part.aside
        self.repaired |= changed
        label = message_label(section(record) for _, record in records)
        found: list[Post] = []
        again: list[dt.datetime] = []
        for pointer, item in records:
            record = section(item)
            count_unseen(self.drift, part.label, record, part.known)
            post = part.post_of(record, labelled_message(record, label))
            reason = post if isinstance(post, str) else self._reason(part, post, record)
            if isinstance(post, Post) and not reason:
                found.append(replace(post, member=name, pointer=pointer))
                continue
            self.set_aside[reason] += 1
            if isinstance(post, Post):
                again.append(_moment(post))
        if part.burst is not None:
            found = self._first_of_each(found, again, part.burst)
        self.kept[part.note] += len(found)
        self.posts.extend(found)

    def _reason(self, part: Part, post: Post, record: dict[str, Any]) -> str:
        """Return why a post does not count, "" where it does; and remember it."""
        named = media_files(record) or (string(record, "uri", "path"),)
        files = tuple(_ROOTS.sub("", file) for file in named if file)
        what = (post.when, post.text or (post.links, files))
        same: list[object] = [("id", post.id), ("without id", what)] if post.id else []
        if part.by_file and files:
            same = [("file", files[0])]
        elif not post.id:
            same = [("post", what)]
        if part.echo:
            same.append(("moment", post.when))
        again = any(key in self.seen for key in same)
        self.seen.update(("file", file) for file in files)
        self.seen |= {("moment", post.when), ("post", what)}
        self.seen.add(("id", post.id) if post.id else ("without id", what))
        return "duplicate" if again else part.aside

    def _first_of_each(
        self, posts: list[Post], again: list[dt.datetime], seconds: int
    ) -> list[Post]:
        """Return the first post of every go that holds none of what was read before.

        ``again`` are the moments of the records that stand in another file too: the others of
        their go are that post as well. They are set aside.
        """
        goes: list[list[Post | None]] = []
        last: dt.datetime | None = None
        timed = [*((when, None) for when in again), *((_moment(post), post) for post in posts)]
        for when, post in sorted(timed, key=lambda one: one[0]):
            if last is None or when - last > dt.timedelta(seconds=seconds):
                goes.append([])
            goes[-1].append(post)
            last = when
        kept = [go[0] for go in goes if go[0] is not None and None not in go]
        if len(kept) < len(posts):
            self.set_aside["uploaded together with another"] += len(posts) - len(kept)
        return kept

    def notes(self) -> Iterator[str]:
        """Yield what a careful reader should know."""
        if self.repaired:
            yield "Text was repaired: the export writes each byte of UTF-8 as a character."
        for note, count in self.kept.items():
            if note and count:
                yield f"{count} {note}"


def _moment(post: Post) -> dt.datetime:
    """Return when a post was made; every part of an export tells it to the second."""
    assert isinstance(post.when, dt.datetime)
    return post.when


def _midnight(year: int, month: int, day: int) -> dt.datetime | None:
    try:
        return dt.datetime(year, month, day, tzinfo=dt.UTC)
    except ValueError:
        return None


def _holds(tree: Tree, member: str, marks: tuple[re.Pattern[str], ...]) -> bool:
    head = head_text(tree, member, _SNIFFED)
    return head.lstrip().startswith(("[", "{")) and all(mark.search(head) for mark in marks)


def _records(tree: Tree, name: str, part: Part) -> tuple[list[tuple[str, Any]], bool]:
    """Return the records of a file with their places, repaired, and whether they had to be."""
    raw = load(tree, name)
    lists = _lists(raw, part)
    if lists is None:
        under = f" under {part.keys[0]}" if part.keys else ""
        raise corrupt(tree.where(name), "", f"expected a list of posts{under}")
    try:
        fixed = repaired(lists)
        changed = fixed != lists
    except RecursionError:
        expected = "expected JSON with fewer levels of nesting"
        raise corrupt(tree.where(name), "line 1, column 1", expected) from None
    many = len(lists) > 1
    records = [
        (f"{key}, item {index}" if many else f"item {index}", record)
        for key, items in fixed.items()
        for index, record in enumerate(items, start=1)
    ]
    return records, changed


def _lists(raw: Any, part: Part) -> dict[str, list[Any]] | None:
    """Return the lists of records in a file, by the key that each stands under."""
    if isinstance(raw, list):
        return {"": raw}
    if not isinstance(raw, dict):
        return None
    if part.keys:
        found = {key: raw[key] for key in part.keys if key in raw}
        return found if found and all(isinstance(v, list) for v in found.values()) else None
    if {"timestamp", "media"} & set(raw):
        return {"": [raw]}  # an export with one post holds no list
    versioned = [key for key in raw if _VERSIONED.fullmatch(key) and isinstance(raw[key], list)]
    return {"": raw[versioned[0]]} if len(raw) == len(versioned) == 1 else None


def _is_json(member: str) -> bool:
    return PurePosixPath(member).suffix.lower() == ".json"


def _is_bare(tree: Tree, member: str) -> bool:
    """Return whether a file is empty, or was cut short before its first record."""
    head = head_text(tree, member, _BARE).strip("\0 \t\r\n")
    return len(head) < _BARE // 2 and (not head or head[0] in "[{")


def _is_page(tree: Tree, member: str) -> bool:
    return not _is_json(member) and _HTML.match(head_text(tree, member, 256)) is not None
