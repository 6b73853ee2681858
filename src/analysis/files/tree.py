"""A file, a folder or an archive, read alike and never extracted to disk."""

from __future__ import annotations

import builtins
import datetime as dt
import io
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Self

from analysis.errors import InputError, Problem, absent, corrupt
from analysis.files import common
from analysis.files.common import (
    READ_ERRORS,
    Guarded,
    Shelf,
    sha256_of,
    unreadable,
)
from analysis.files.kinds import is_called_archive, shelf_of
from analysis.files.revisits import link
from analysis.files.walk import files_in
from analysis.files.warcs import Warc

_NOWHERE = "expected a file, a folder or an archive; nothing is there"


@dataclass(frozen=True)
class Tree:
    """The members of one source, by relative name with forward slashes.

    Attributes
    ----------
    root : Path
        The file, folder or archive on disk.
    label : str
        How messages name it: the path as the study gives it.
    names : tuple of str
        Members in sorted order. A single file has one member: its own name. The members of an
        archive in a folder stand under the archive's name: ``part-1.zip/posts/1.json``.
    problems : tuple of Problem
        What cannot be read although the members named can: an archive in a folder, the last
        record of a web archive that was cut short.
    """

    root: Path
    label: str
    names: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    shelves: Mapping[str, Shelf] = field(default_factory=dict, repr=False, compare=False)
    _places: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False, compare=False)
    _files: tuple[str, ...] = field(default=(), repr=False, compare=False)
    _digests: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def at(cls, root: Path, label: str | None = None) -> Tree:
        """Open what stands at ``root``.

        Raises
        ------
        InputError
            Nothing is there, it cannot be read, or an archive is broken, encrypted or a bomb.
        """
        label = root.name if label is None else label
        try:
            mode = root.stat().st_mode
            if stat.S_ISDIR(mode):
                return _folder(root, label)
            shelf = shelf_of(root, label) if stat.S_ISREG(mode) else None
        except (FileNotFoundError, NotADirectoryError):
            raise absent(label, _NOWHERE) from None
        except (OSError, ValueError) as error:
            raise unreadable(label, error) from None
        if not stat.S_ISREG(mode):
            device = "expected a file, a folder or an archive; this is a device or pipe"
            raise corrupt(label, "", device)
        if shelf is None:
            return cls(root, label, (root.name,))
        problems = (*shelf.problems, *_linked([shelf]))
        places = {name: ("", name) for name in shelf.names}
        return cls(root, label, tuple(sorted(places)), problems, {"": shelf}, places)

    @cached_property
    def is_single_file(self) -> bool:
        """Whether the source is one plain file."""
        return not self.shelves and self.root.is_file()

    def open(self, name: str) -> BinaryIO:
        """Open member ``name`` for reading bytes.

        Raises
        ------
        InputError
            The member cannot be opened; reading from it raises the same where it is cut short,
            has a wrong checksum or cannot be unpacked.
        """
        where = self.where(name)
        try:
            if name in self._places:
                key, inner = self._places[name]
                stream: IO[bytes] = self.shelves[key].open(inner)
            else:
                stream = (self.root if self.is_single_file else self.root / name).open("rb")
        except READ_ERRORS as error:
            raise unreadable(where, error) from None
        return io.BufferedReader(Guarded(stream, where))

    def bytes(self, name: str) -> builtins.bytes:
        """Return the whole content of member ``name``.

        Raises
        ------
        InputError
            The member cannot be read to its end.
        """
        with self.open(name) as stream:
            return stream.read()

    def head(self, name: str, size: int = 4096) -> builtins.bytes:
        """Return the first ``size`` bytes of member ``name``.

        Raises
        ------
        InputError
            They cannot be read. What is damaged is not taken for what nobody knows.
        """
        with self.open(name) as stream:
            return stream.read(size)

    def where(self, name: str) -> str:
        """Return how messages name member ``name``."""
        return self.label if self.is_single_file else f"{self.label}/{name}"

    def find(self, *basenames: str) -> tuple[str, ...]:
        """Return the members whose last path part matches any of the patterns."""
        return tuple(
            name
            for name in self.names
            if any(PurePosixPath(name).match(pattern) for pattern in basenames)
        )

    def only(self, names: Iterable[str]) -> Tree:
        """Return this tree with no more than some of its members, under the same names."""
        wanted = set(names)
        kept = tuple(name for name in self.names if name in wanted)
        return replace(self, names=kept, problems=())

    def below(self, child: str) -> Tree:
        """Return what stands in a folder or an archive at the top of a folder.

        What is told of it bears the same labels; its members' names begin below it.
        """
        start = f"{child}/"
        problems = tuple(
            problem
            for problem in self.problems
            if f"{problem.file}/".startswith(f"{self.label}/{start}")
        )
        places, shelves = self._places, self.shelves
        names = tuple(name.removeprefix(start) for name in self.names if name.startswith(start))
        if child in shelves:
            inside = {"": shelves[child]}
            places = {name: ("", name) for name in names}
        else:
            inside = {
                key.removeprefix(start): shelf
                for key, shelf in shelves.items()
                if key.startswith(start)
            }
            places = {
                name.removeprefix(start): (key.removeprefix(start), inner)
                for name, (key, inner) in places.items()
                if name.startswith(start)
            }
        files = tuple(name.removeprefix(start) for name in self._files if name.startswith(start))
        label = f"{self.label}/{child}"
        return Tree(self.root / child, label, names, problems, inside, places, files)

    def seen_at(self, name: str) -> dt.datetime | None:
        """Return when member ``name`` was captured (aware); None for all but web archives."""
        key, inner = self._places.get(name, ("", ""))
        return self.shelves[key].seen_at(inner) if inner else None

    def address(self, name: str) -> str:
        """Return the address that member ``name`` was captured from; else empty."""
        key, inner = self._places.get(name, ("", ""))
        return self.shelves[key].address(inner) if inner else ""

    def redirects(self) -> dict[str, str]:
        """Return where addresses lead (as answered), of those that web archives caught doing so.

        Of one that was captured several times, the earliest.
        """
        found: dict[str, tuple[dt.datetime, str]] = {}
        for shelf in self.shelves.values():
            for address, (at, location) in shelf.redirects.items():
                if address not in found or at < found[address][0]:
                    found[address] = at, location
        return {address: location for address, (_, location) in found.items()}

    def repeats(self, name: str) -> str:
        """Return the member whose content ``name`` has, seen again at a later time; else empty.

        A web archive's revisit repeats the page that it refers to, in any archive of the folder.
        It is empty, too, where that page is no member of this tree.
        """
        key, inner = self._places.get(name, ("", ""))
        of = self.shelves[key].repeats(inner) if inner else None
        if of is None:
            return ""
        there, page = self._keys.get(id(of[0])), of[1]
        found = f"{there}/{page}" if there else page
        return found if there is not None and found in self._held else ""

    @cached_property
    def _keys(self) -> dict[int, str]:
        return {id(shelf): key for key, shelf in self.shelves.items()}

    @cached_property
    def _held(self) -> frozenset[str]:
        return frozenset(self.names)

    def digest_of(self, name: str) -> tuple[str, str]:
        """Return the sha256 and the label of the file on disk that holds member ``name``.

        Raises
        ------
        InputError
            The file cannot be read.
        """
        key = self._places[name][0] if name in self._places else name
        if not key or self.is_single_file:
            return self._digest(self.root, self.label), self.label
        label = f"{self.label}/{key}"
        return self._digest(self.root / key, label), label

    def digests(self) -> dict[str, str]:
        """Return the sha256 of every file on disk that makes up this source, by label.

        An archive is one file. The keys are what ``provenance.inputs`` shows. What
        ``needle collect`` remembers beside its archives is none of them.

        Raises
        ------
        InputError
            One of them cannot be read.
        """
        if "" in self.shelves or self.is_single_file:
            return {self.label: self._digest(self.root, self.label)}
        labels = {f"{self.label}/{name}": self.root / name for name in self._files}
        return {label: self._digest(path, label) for label, path in labels.items()}

    def _digest(self, path: Path, label: str) -> str:
        if label not in self._digests:
            self._digests[label] = sha256_of(path, label)
        return self._digests[label]


class Watched(Tree):
    """A tree that notes which of its members were read.

    Attributes
    ----------
    opened : set of str
        Their names; a look at a member's beginning is not enough.
    """

    opened: set[str]

    @classmethod
    def of(cls, tree: Tree) -> Self:
        """Return ``tree`` to be watched."""
        watched = cls(**{each.name: getattr(tree, each.name) for each in fields(tree)})
        object.__setattr__(watched, "opened", set())
        return watched

    def open(self, name: str) -> BinaryIO:
        """Open member ``name``, as `Tree.open`."""
        self.opened.add(name)
        return super().open(name)

    def head(self, name: str, size: int = 4096) -> builtins.bytes:
        """Return the first ``size`` bytes of member ``name``, as `Tree.head`."""
        with super().open(name) as stream:
            return stream.read(size)


class Look(Watched):
    """A tree to be looked into: a damaged member of it begins with nothing, and is noted.

    Attributes
    ----------
    faults : dict of str to Problem
        What is wrong with each damaged member that was looked into.
    """

    faults: dict[str, Problem]

    @classmethod
    def of(cls, tree: Tree) -> Self:
        """Return ``tree`` to be looked into."""
        look = super().of(tree)
        object.__setattr__(look, "faults", {})
        return look

    def head(self, name: str, size: int = 4096) -> builtins.bytes:
        """Return the first ``size`` bytes of member ``name``, none where it is damaged."""
        try:
            return super().head(name, size)
        except InputError as error:
            self.faults.setdefault(name, error.problems[0])
            return b""


def _folder(root: Path, label: str) -> Tree:
    """Return a folder, with the members of the archives in it in their place."""
    files = files_in(root, label)
    plain: list[str] = []
    shelves: dict[str, Shelf] = {}
    problems: list[Problem] = []
    count = 0
    for name in files:
        where = f"{label}/{name}"
        if not is_called_archive(name):
            plain.append(name)
            continue
        try:
            shelf = shelf_of(root / name, where)
        except InputError as error:
            problems += error.problems
            continue
        except READ_ERRORS as error:
            problems += unreadable(where, error).problems
            continue
        if shelf is None:
            plain.append(name)
            continue
        shelves[name] = shelf
        problems += shelf.problems
        count += len(shelf.names)
        if count + len(plain) > common.MAX_MEMBERS:
            raise corrupt(label, "", f"expected at most {common.MAX_MEMBERS:,} files")
    problems += _linked(shelves.values())
    places = {
        f"{name}/{inner}": (name, inner) for name, shelf in shelves.items() for inner in shelf.names
    }
    names = tuple(sorted([*plain, *places]))
    if problems and not names:
        raise InputError(problems)
    return Tree(root, label, names, tuple(problems), shelves, places, files)


def _linked(shelves: Iterable[Shelf]) -> list[Problem]:
    """Make members of the revisits in web archives; return what these lack."""
    return link(shelf for shelf in shelves if isinstance(shelf, Warc))
