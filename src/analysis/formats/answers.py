"""What the open networks' files share: answers of an API kept page by page, beside archives."""

from __future__ import annotations

import datetime as dt
import re
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, TypeVar

from analysis.errors import Problem
from analysis.files import Tree
from analysis.formats.base import Extract, Post, Quality
from analysis.formats.drift import count_keys
from analysis.formats.javascript import head_text, sound
from analysis.formats.pages import each
from analysis.formats.text import parse_iso

FIRST_STATED_YEAR, LAST_YEAR = 1991, 2100
"""Years that somebody may have meant: those of the web. Others stand for no time at all."""

SAME_TIME = dt.timedelta(minutes=10)
"""How far a stated time and the one in an id may lie apart: clocks go wrong, posts wait."""

_A_SECOND = dt.timedelta(seconds=1)
"""Archives leave out the fraction of a second that answers have."""

_TOO_MANY = 10**12
_SNIFFED = 65_536
_SMALL = 20
_SUFFIXES = frozenset({".json", ".txt", ""})
_OPEN = re.compile(
    r'"(?:orderedItems|spoiler_text|hits|children|submitted|actor)"\s*:|app\.bsky\.feed\.'
    r'|"type"\s*:\s*"(?:story|comment|job|poll|pollopt)"'
)
_LAST: dict[str, tuple[weakref.ref[Tree], tuple[str, ...]]] = {}
_COUNTS = ("reactions", "comments", "shares", "views")

T = TypeVar("T")


def json_members(tree: Tree, test: Callable[[str, str], bool]) -> tuple[str, ...]:
    """Return the members that begin as JSON of an open network and pass a test.

    Parameters
    ----------
    tree : Tree
        The source. All of a small one is looked at; of a large one what may be JSON by its
        name, and every answer kept with its address.
    test : callable
        From a member's name and its first characters, without blanks before them, to bool.
    """
    return tuple(name for name in _json_names(tree) if test(name, _head(tree, name)))


def _json_names(tree: Tree) -> tuple[str, ...]:
    """Return what may be of an open network; the answer for the last tree is kept.

    Exports of other networks hold thousands of JSON files, and every format asks.
    """
    asked, names = _LAST.get("tree", (None, ()))
    if asked is None or asked() is not tree:
        names = tuple(filter(lambda name: _is_of_open_network(tree, name), tree.names))
        _LAST["tree"] = weakref.ref(tree), names
    return names


def _is_of_open_network(tree: Tree, name: str) -> bool:
    address = tree.address(name)
    is_named = PurePosixPath(name).suffix.lower() in _SUFFIXES
    if not (len(tree.names) <= _SMALL or is_named or address):
        return False
    head = _head(tree, name)
    if head[:1] not in ("[", "{", "n"):
        return False
    return bool(address or head.strip() == "null" or _OPEN.search(head))


def _head(tree: Tree, name: str) -> str:
    return head_text(tree, name, _SNIFFED).lstrip("\ufeff \t\r\n")


def words(record: dict[str, Any], key: str) -> str:
    """Return the string under a key as text that can be written; empty for anything else."""
    value = record.get(key)
    return sound(value) if isinstance(value, str) else ""


def count_of(value: object) -> int | None:
    """Return a number of reactions and the like; None where there is none that can be."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _TOO_MANY else None


def instant(text: object) -> dt.datetime | None:
    """Return the moment (UTC) of a string in ISO 8601; None where it tells none."""
    try:
        when = parse_iso(text) if isinstance(text, str) else None
        if not isinstance(when, dt.datetime):
            return None
        return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def instant_of(post: Post) -> dt.datetime:
    """Return the time of a post of these networks, which is always an instant."""
    assert isinstance(post.when, dt.datetime)
    return post.when


def is_stated(when: dt.datetime | None) -> bool:
    """Return whether a time is one that somebody may have meant."""
    return when is not None and FIRST_STATED_YEAR <= when.year <= LAST_YEAR


def quality_of(stated: dt.datetime | None, from_id: dt.datetime | None) -> Quality:
    """Return how well a time is known that is stated, in an id, or both."""
    if stated is None or not is_stated(stated):
        return "derived"
    if from_id is not None and abs(stated - from_id) > SAME_TIME:
        return "disputed"
    return "exact"


def most_common(votes: Iterable[T]) -> T | None:
    """Return what stands most often among ``votes``, the first of equals; None for nothing."""
    counted = Counter(votes).most_common(1)
    return counted[0][0] if counted else None


@dataclass
class Reading:
    """What has been read of a source so far.

    Attributes
    ----------
    tree : Tree
        The source.
    pages : set of str
        Members that are answers of an API, which may not reach to the account's beginning.
    reached : list of datetime
        When the owner made the records of the pages, of whatever kind.
    posts, aside, drift, problems, notes
        As in `Extract`.
    """

    tree: Tree
    pages: set[str] = field(default_factory=set)
    reached: list[dt.datetime] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    aside: Counter[str] = field(default_factory=Counter)
    drift: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def each(
        self, members: Iterable[str], read: Callable[[Tree, str], T]
    ) -> Iterator[tuple[str, T]]:
        """Return the members that can be read, with their content, as `analysis.formats.pages`."""
        return each(members, lambda name: (name, read(self.tree, name)), self.problems)

    def keep(self, made: Post | str) -> None:
        """Keep a post, or count the reason why a record is none."""
        if isinstance(made, str):
            self.aside[made] += 1
        elif made.member in self.pages:
            self.posts.append(replace(made, seen_at=self.tree.seen_at(made.member)))
        else:
            self.posts.append(made)

    def reach(self, when: dt.datetime | None) -> None:
        """Note that a page holds a record of this time, in its order."""
        if when is not None:
            self.reached.append(when)

    def look(self, place: str, record: Iterable[str], known: Collection[str]) -> None:
        """Count the keys of a record that are not among those known."""
        count_keys(self.drift, f"{place}.", record, known)

    def extract(self, exported_at: dt.datetime | None = None) -> Extract:
        """Return what was read, each post once for every time at which it was seen.

        Parameters
        ----------
        exported_at : datetime, optional
            When an archive was made. The last answer may be younger.
        """
        seen = [when for name in self.pages if (when := self.tree.seen_at(name))]
        made = max([*seen, *filter(None, (exported_at,))], default=None)
        since = self._since(made)
        if since is not None:
            self.notes.append(
                f"Answers hold the newest records: posts before {since:%Y-%m-%d} are not known."
            )
        return Extract(
            posts=self._once(),
            set_aside=self.aside,
            exported_at=made,
            since=since,
            notes=tuple(dict.fromkeys(self.notes)),
            problems=tuple(self.problems),
            drift=self.drift,
        )

    def _since(self, made: dt.datetime | None) -> dt.datetime | None:
        """Return the moment from which the source is complete; None: from the beginning.

        An archive is, up to its newest post; pages that begin after that leave a hole
        between the two, so that only what the pages hold is complete. Pages that hold
        nothing tell nothing of the time before they were asked for.
        """
        if not self.pages:
            return None
        archived = [instant_of(post) for post in self.posts if post.member not in self.pages]
        paged = [instant_of(post) for post in self.posts if post.member in self.pages]
        oldest = min(self.reached, default=min(paged, default=made))
        if archived and (oldest is None or not self.reached or oldest < max(archived) + _A_SECOND):
            return None
        return oldest

    def _once(self) -> list[Post]:
        """Return the posts without copies: of those seen at one time, the one that tells most."""
        kept: dict[object, Post] = {}
        for post in self.posts:
            key: object = (post.id, post.seen_at) if post.id else (post.member, post.pointer)
            other = kept.get(key)
            if other is not None:
                self.aside["duplicate"] += 1
            if other is None or _told(post) > _told(other):
                kept[key] = post
        return list(kept.values())


def _told(post: Post) -> int:
    return sum(getattr(post, name) is not None for name in _COUNTS)
