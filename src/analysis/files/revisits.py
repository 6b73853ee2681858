"""Revisits of web archives: records that say that a page was the same at another time.

What a revisit repeats stands in another record, of any archive beside it: it is named by address
and time, or by the digest of its content. The latest revisit of each page is told apart; those
between say no more than that one.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from analysis.errors import Problem
from analysis.files.common import Shelf

Key: TypeAlias = tuple[str, dt.datetime]
"""An address and a time, as a record's header tells them."""


_LONGEST = 200
_SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}


class Reference(NamedTuple):
    """What a revisit repeats: an address and a time, a digest, or both; empty where not told."""

    address: str
    at: dt.datetime | None
    digest: str

    @property
    def key(self) -> Key | None:
        """The address and the time, where both are told."""
        return (self.address, self.at) if self.address and self.at else None


@dataclass(slots=True)
class Revisit:
    """The latest of the revisits that repeat one thing, and how many they are.

    Attributes
    ----------
    key : tuple
        Its address and time, as its header tells them.
    reference : Reference
        What it repeats.
    times : int
        How many revisits of one archive repeat that.
    """

    key: Key
    reference: Reference
    times: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that an archive holds.

    Attributes
    ----------
    key : tuple
        Its address and time, as its header tells them.
    digest : str
        Of its content, as its header tells it; may be empty.
    name : str
        The page's name in the archive; empty for what is no page (a redirect, an error).
    """

    key: Key
    digest: str
    name: str


class Archive(Shelf):
    """A web archive, as far as revisits need it.

    Attributes
    ----------
    label : str
        How messages name it.
    revisits : dict of Reference to Revisit
        The latest of those that repeat the same.
    """

    label: str
    revisits: dict[Reference, Revisit]

    def answers(self) -> Iterator[Answer]:
        """Yield its responses, pages or not."""
        raise NotImplementedError

    def repeat(self, revisit: Revisit, archive: Shelf, name: str) -> None:
        """Take in a member that repeats page ``name`` of an archive."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _Place:
    """A response, and the archive in which it stands."""

    archive: Archive
    answer: Answer


@dataclass(slots=True)
class _Library:
    """All responses and revisits of a folder, found by what revisits tell of them."""

    at: dict[Key, _Place] = field(default_factory=dict)
    of: dict[str, _Place] = field(default_factory=dict)
    revisits: dict[Key, Revisit] = field(default_factory=dict)
    _found: dict[Reference, _Place | None] = field(default_factory=dict)

    def add(self, archive: Archive) -> None:
        for answer in archive.answers():
            place = _Place(archive, answer)
            self.at.setdefault(answer.key, place)
            if answer.digest:
                self.of.setdefault(answer.digest, place)
        for revisit in archive.revisits.values():
            self.revisits.setdefault(revisit.key, revisit)

    def find(self, reference: Reference) -> _Place | None:
        """Return what is referred to, over other revisits too; None where it is nowhere."""
        followed: list[Reference] = []
        place: _Place | None = None
        while True:
            if reference in self._found:
                place = self._found[reference]
                break
            self._found[reference] = None  # revisits in a circle lead nowhere
            followed.append(reference)
            place = self._named(reference)
            between = self.revisits.get(reference.key) if reference.key else None
            if place is not None or between is None:
                break
            reference = between.reference
        self._found |= dict.fromkeys(followed, place)
        return place

    def _named(self, reference: Reference) -> _Place | None:
        """Return the response of that address and time, unless it is told to hold another thing."""
        place = self.at.get(reference.key) if reference.key else None
        if place is not None and _agree(reference.digest, place.answer.digest):
            return place
        return self.of.get(reference.digest) if reference.digest else None


def _agree(one: str, other: str) -> bool:
    """Return whether two digests may be of one content: also where they cannot be compared."""
    return one == other or one.partition(":")[0] != other.partition(":")[0]


def link(archives: Iterable[Archive]) -> list[Problem]:
    """Give each archive the members that its revisits are; return what these lack.

    A page has one such member at most: its latest revisit, however many there are.

    Parameters
    ----------
    archives : iterable of Archive
        All of one folder.
    """
    archives = list(archives)
    if not any(archive.revisits for archive in archives):
        return []
    library = _Library()
    for archive in archives:
        library.add(archive)
    latest: dict[tuple[int, str], tuple[Archive, Revisit, _Place]] = {}
    problems: list[Problem] = []
    for archive in archives:
        missing = 0
        for revisit in archive.revisits.values():
            place = library.find(revisit.reference)
            if place is None:
                missing += revisit.times
            elif place.answer.name and place.answer.key != revisit.key:
                page = id(place.archive), place.answer.name
                if page not in latest or latest[page][1].key[1] < revisit.key[1]:
                    latest[page] = archive, revisit, place
        if missing:
            problems.append(_absent(archive.label, missing))
    for archive, revisit, place in latest.values():
        archive.repeat(revisit, place.archive, place.answer.name)
    return problems


def _absent(label: str, missing: int) -> Problem:
    them = "the page that 1 record repeats" if missing == 1 else ""
    them = them or f"the pages that {missing:,} records repeat"
    return Problem("absent", label, "", f"expected {them}, in any archive of one folder; not found")


def reference_of(headers: Mapping[str, str], when: dt.datetime | None) -> Reference:
    """Return what a revisit repeats, by its headers.

    Parameters
    ----------
    headers : mapping of str to str
        The record's, by lower-case name.
    when : datetime or None
        What its ``WARC-Refers-To-Date`` says, where that can be read.
    """
    address = headers.get("warc-refers-to-target-uri") or headers.get("warc-target-uri", "")
    return Reference(address.strip("<> "), when, digest_of(headers))


def digest_of(headers: Mapping[str, str]) -> str:
    """Return the digest of a record's content in one spelling; empty where none is told."""
    algorithm, _, value = headers.get("warc-payload-digest", "").partition(":")
    algorithm, value = algorithm.strip().lower().replace("-", ""), value.strip().rstrip("=")
    if not value or len(value) > _LONGEST:
        return ""
    if len(value) != 2 * _SIZES.get(algorithm, 0):  # not in hexadecimal, so in base 32
        # One that is neither is spelled in its own way, the same in both records.
        with contextlib.suppress(ValueError):
            value = base64.b32decode(value.upper() + "=" * (-len(value) % 8)).hex()
    return f"{algorithm[:20]}:{value.lower()}"
