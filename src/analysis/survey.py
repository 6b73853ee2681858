"""What can be read of a folder or file that is no study yet, and what cannot."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from analysis.activity import possible, to_utc
from analysis.errors import InputError, Problem
from analysis.files import Look, Tree
from analysis.formats.base import Readings, When
from analysis.formats.markdown import MARKDOWN
from analysis.formats.registry import POSTS, SCORES, Part, claims, read_posts, read_scores
from analysis.formats.scores import TABLE
from analysis.formats.signposts import without_signposts
from analysis.formats.tables import ACTIVITY, DAILY, header_of

MOST_LINES = 10
"""Unknown files, and keys never seen before, that have a line of their own."""

LOOKED_INTO = 1_000
"""Files that no network's format takes which are tried as tables and readings of a score."""

_DATA = frozenset({".csv", ".htm", ".html", ".js", ".json", ".jsonl", ".ndjson", ".xml"})
_TABLES = frozenset({".csv", ".txt"})
_SNAPSHOTS = frozenset({".json", ".jsonl", ".ndjson"})
_DEEPEST = 8
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Found:
    """One part of a source: what one format reads of it.

    Attributes
    ----------
    path : str
        The file or folder, as messages name it.
    format, why : str
        What it was taken for, and why.
    files : int
        How many files.
    rows : dict of str to int
        How many records of each kind; ``count`` is a cell of a table of daily counts.
    first, last : str or None
        The earliest and the latest time, ISO 8601; only a day where only that is known.
    set_aside, drift : dict of str to int
        As in `Extract`.
    notes : tuple of str
        As in `Extract`.
    """

    path: str
    format: str
    why: str
    files: int
    rows: dict[str, int]
    first: str | None
    last: str | None
    set_aside: dict[str, int]
    drift: dict[str, int]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, path: str, part: Part) -> Found:
        """Return what is to be said of a part."""
        extract = part.extract
        rows = Counter[str](post.kind for post in extract.posts)
        if extract.counts:
            rows["count"] = len(extract.counts)
        whens: list[When] = [post.when for post in extract.posts]
        first, last = span(whens + [count.day for count in extract.counts])
        return cls(
            path,
            part.format.name,
            part.recognition.why,
            len(part.recognition.members),
            dict(sorted(rows.items())),
            first,
            last,
            dict(sorted(extract.set_aside.items())),
            dict(sorted(extract.drift.items())),
            extract.notes,
        )


@dataclass(frozen=True, slots=True)
class FoundScore:
    """Readings of a score: where, in which format, how many, and from when to when."""

    path: str
    format: str
    files: int
    readings: int
    first: str | None
    last: str | None
    notes: tuple[str, ...]


@dataclass(slots=True)
class Survey:
    """What stands below a path.

    Attributes
    ----------
    name : str
        The file or folder.
    sources : list of Found
        One a format in each place.
    scores : list of FoundScore
        One a format in each folder.
    problems : list of Problem
        Whatever is absent, corrupt, unknown for a reason that can be said, or invalid.
    unknown : list of str
        Other files that nothing here reads.
    """

    name: str
    sources: list[Found] = field(default_factory=list)
    scores: list[FoundScore] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> list[Problem]:
        """Return the problems of some kinds."""
        return [problem for problem in self.problems if problem.kind in kinds]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as data."""
        shown = {
            "sources": [asdict(each) for each in self.sources],
            "scores": [asdict(each) for each in self.scores],
        }
        files = unknown_files(self.unknown)
        unread = {"unread": files.as_dict()}
        return {"path": self.name, **shown, "problems": by_kind(self.problems), **unread}


def by_kind(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Return the lines of some problems, apart by kind."""
    kinds: dict[str, list[str]] = {"absent": [], "corrupt": [], "unknown": [], "invalid": []}
    for problem in dict.fromkeys(problems):
        kinds[problem.kind].append(str(problem))
    return kinds


@dataclass(frozen=True, slots=True)
class UnknownFiles:
    """Files that nothing here reads: those that may hold data by name, the others by suffix."""

    data: tuple[str, ...]
    others: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return them as data."""
        return {"data": list(self.data), "others": self.others}


def unknown_files(names: Iterable[str]) -> UnknownFiles:
    """Return files sorted into those that may hold data and the others.

    Pictures and films are expected in exports and only counted.
    """
    data: list[str] = []
    others: Counter[str] = Counter()
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in _DATA:
            data.append(name)
        else:
            others[suffix or "without a suffix"] += 1
    return UnknownFiles(
        tuple(data), dict(sorted(others.items(), key=lambda each: (-each[1], each)))
    )


def lines_of_unknown(names: Iterable[str]) -> list[str]:
    """Return what is to be said of files that nothing here reads, a line each."""
    files = unknown_files(names)
    said = [f"unknown: {name}" for name in files.data[:MOST_LINES]]
    if len(files.data) > MOST_LINES:
        said.append(f"unknown: {len(files.data) - MOST_LINES:,} more")
    if files.others:
        counts = (f"{count:,} {suffix}" for suffix, count in files.others.items())
        said.append(f"other files: {', '.join(counts)}")
    return said


def lines_of_drift(drift: Mapping[str, int]) -> list[str]:
    """Return what is to be said of keys never seen before: the layout may have changed."""
    said = [f"new key: {key}, {count:,} times" for key, count in sorted(drift.items())]
    left = len(said) - MOST_LINES
    return said if left <= 0 else [*said[:MOST_LINES], f"new key: {left:,} more"]


def why_nothing(set_aside: Mapping[str, int]) -> str:
    """Return why a source gives no post."""
    return "all set aside" if set_aside else "its files hold no record"


def span(whens: Iterable[When]) -> tuple[str | None, str | None]:
    """Return the earliest and latest of some times, as text; a naive one counts as UTC."""
    known = sorted(whens, key=lambda when: to_utc(when, _UTC))
    return (_text(known[0]), _text(known[-1])) if known else (None, None)


def _text(when: When) -> str:
    if not isinstance(when, dt.datetime):
        return when.isoformat()
    if when.tzinfo is None:
        return when.isoformat(timespec="seconds")
    return when.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def survey(path: Path) -> Survey:
    """Look at whatever stands at ``path``.

    Raises
    ------
    InputError
        There is nothing, or nothing of it can be opened.
    """
    tree = Tree.at(path)
    found = Survey(tree.label, problems=list(tree.problems))
    for leaf in _leaves(tree, _DEEPEST):
        _read(leaf, found)
    found.problems = list(dict.fromkeys(found.problems))
    return found


def _leaves(tree: Tree, deepest: int) -> list[Tree]:
    """Return the sources in a folder: itself, or what stands in the folders and archives in it.

    It is divided where two of them hold something that a format knows. Markdown alone divides
    nothing: a blog has folders.
    """
    if deepest == 0 or tree.is_single_file or "" in tree.shelves:
        return [tree]
    taken: dict[str, set[str]] = {}
    for each, why in claims(Look.of(tree), POSTS):
        for name in why.members:
            child, below, _ = name.partition("/")
            if below:
                taken.setdefault(child, set()).add(each.name)
    if not taken or set[str]().union(*taken.values()) == {MARKDOWN.name}:
        return [tree]
    inside = [leaf for child in sorted(taken) for leaf in _leaves(tree.below(child), deepest - 1)]
    if len(inside) < 2:
        return [tree]
    rest = [name for name in tree.names if name.partition("/")[0] not in taken]
    return [*inside, tree.only(rest)] if rest else inside


def _read(tree: Tree, found: Survey) -> None:
    """Add what one source holds."""
    advice: dict[str, Problem] = {}
    try:
        reading = read_posts(tree)
    except InputError as error:
        broken = {problem.file for problem in error.problems if problem.kind != "unknown"}
        advice = {problem.file: problem for problem in error.problems if problem.kind == "unknown"}
        found.problems += [problem for problem in error.problems if problem.file in broken]
        names = (name for name in tree.names if tree.where(name) not in broken)
        unclaimed = without_signposts(tree, names)
    else:
        for part in reading.parts:
            part = part._replace(extract=possible(part.extract))
            found.sources.append(Found.of(_place(tree, part.recognition.members), part))
            found.problems += part.extract.problems
        found.problems += reading.problems
        unclaimed = reading.unclaimed
    for name in _tables_and_scores(tree, unclaimed, found):
        where = tree.where(name)
        if where in advice:
            found.problems.append(advice[where])
        else:
            found.unknown.append(where)


def _tables_and_scores(tree: Tree, names: Sequence[str], found: Survey) -> list[str]:
    """Read what is a table of needle's own or holds readings; return the names of the others."""
    left: list[str] = []
    readings: dict[tuple[str, str], list[tuple[str, Readings]]] = {}
    for index, name in enumerate(names):
        suffix = PurePosixPath(name).suffix.lower()
        if index >= LOOKED_INTO or suffix not in _TABLES | _SNAPSHOTS:
            left.append(name)
            continue
        one = tree if tree.is_single_file else tree.only([name])
        if suffix in _TABLES and _is_own_table(one, found):
            continue
        try:
            match = claims(Look.of(one), SCORES)
            scores = read_scores(one)[2] if match else Readings()
        except InputError as error:
            if match and match[0][0] is TABLE and {"date", "score"} <= set(header_of(one, name)):
                found.problems += error.problems
            else:
                left.append(name)
            continue
        if scores:
            place = (match[0][0].name, str(PurePosixPath(name).parent))
            readings.setdefault(place, []).append((name, scores))
        else:
            left.append(name)
    for (format_name, _), files in readings.items():
        whens = [score.when for _, scores in files for score in scores]
        path = _place(tree, [name for name, _ in files])
        notes = tuple(dict.fromkeys(note for _, scores in files for note in scores.notes))
        found.scores.append(
            FoundScore(path, format_name, len(files), len(whens), *span(whens), notes)
        )
    return left


def _is_own_table(tree: Tree, found: Survey) -> bool:
    """Add a table of posts or of daily counts, and return whether it is one.

    Columns ``at`` and ``channel`` are needle's own, so what is wrong with them is told; dates
    and numbers may be anything.
    """
    for table in (ACTIVITY, DAILY):
        if not claims(Look.of(tree), (table,)):
            continue
        try:
            (part,) = read_posts(tree, (table,)).parts
        except InputError as error:
            if table is ACTIVITY:
                found.problems += error.problems
                return True
            continue
        part = part._replace(extract=possible(part.extract))
        found.sources.append(Found.of(_place(tree, part.recognition.members), part))
        return True
    return False


def _place(tree: Tree, members: Sequence[str]) -> str:
    """Return the file that some members are, or the folder that holds them all."""
    if len(members) == 1 or tree.is_single_file:
        return tree.where(members[0])
    parts = [PurePosixPath(name).parts[:-1] for name in members]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return tree.where("/".join(shared)) if shared else tree.label
