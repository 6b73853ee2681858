"""The formats that needle reads, and the recogniser that picks one from content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from analysis.errors import InputError, corrupt, unknown
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Recognition, Score, ScoreFormat
from analysis.formats.facebook import FACEBOOK
from analysis.formats.feeds import FEED, JSON_FEED
from analysis.formats.instagram import INSTAGRAM
from analysis.formats.javascript import load
from analysis.formats.linkedin import LINKEDIN
from analysis.formats.markdown import MARKDOWN
from analysis.formats.scores import SNAPSHOTS, TABLE
from analysis.formats.tables import header_of
from analysis.formats.twitter_archive import ARCHIVE, GRAILBIRD
from analysis.formats.twitter_csv import CSV
from analysis.formats.wxr import WXR

POSTS: tuple[Format, ...] = (
    WXR,
    FEED,
    JSON_FEED,
    MARKDOWN,
    ARCHIVE,
    GRAILBIRD,
    CSV,
    FACEBOOK,
    INSTAGRAM,
    LINKEDIN,
)
SCORES: tuple[ScoreFormat, ...] = (TABLE, SNAPSHOTS)


class _Recogniser(Protocol):
    @property
    def name(self) -> str: ...

    def recognise(self, tree: Tree, /) -> Recognition | None: ...


LOOKED_INTO = 100
"""Files of a source of no known format that are looked into for what is wrong with them."""

F = TypeVar("F", bound=_Recogniser)


def recognise(tree: Tree, formats: Sequence[F]) -> tuple[F, Recognition] | None:
    """Return the format that is surest of ``tree``, or None.

    Parameters
    ----------
    tree : Tree
        The source.
    formats : sequence
        `POSTS` or `SCORES`, or a part of them.
    """
    best: tuple[F, Recognition] | None = None
    for candidate in formats:
        found = candidate.recognise(tree)
        if found and (best is None or found.confidence > best[1].confidence):
            best = candidate, found
    return best


def read_posts(
    tree: Tree, formats: Sequence[Format] = POSTS
) -> tuple[Format, Recognition, Extract]:
    """Recognise ``tree`` and read its posts.

    Raises
    ------
    InputError
        No format knows it (kind "unknown"), or it is broken (kind "corrupt").
    """
    found, why = _match(tree, formats)
    extract = found.read(tree, why)
    unread = _unread(tree, why, formats)
    return found, why, replace(extract, notes=(*extract.notes, *unread)) if unread else extract


def _unread(tree: Tree, taken: Recognition, formats: Sequence[Format]) -> list[str]:
    """Return a note for every other format whose files stand in the same source."""
    others = ((other, other.recognise(tree)) for other in formats if len(tree.names) > 1)
    return [
        f"{len(left)} file(s) of another format are not read: {other.name}."
        for other, why in others
        if why and (left := set(why.members) - set(taken.members))
    ]


def read_scores(
    tree: Tree, formats: Sequence[ScoreFormat] = SCORES
) -> tuple[ScoreFormat, Recognition, list[Score]]:
    """Recognise ``tree`` and read its score readings; raises as `read_posts`."""
    found, why = _match(tree, formats)
    return found, why, found.read(tree, why)


def _match(tree: Tree, formats: Sequence[F]) -> tuple[F, Recognition]:
    if tree.problems:
        raise InputError(tree.problems)
    match = recognise(tree, formats)
    if match is None:
        _refuse_broken(tree)
        raise unknown(tree.label, _no_format(tree, formats))
    return match


def _refuse_broken(tree: Tree) -> None:
    """Raise for what cannot be known because it is empty or half-written.

    JSON can be told to be broken whatever it was meant to be; of other files it takes the
    format that knows them.
    """
    for name in tree.names[:LOOKED_INTO]:
        if tree.is_single_file and not tree.head(name, 1):
            raise corrupt(tree.where(name), "", "expected content, found an empty file")
        if PurePosixPath(name).suffix.lower() == ".json":
            load(tree, name)


def _no_format(tree: Tree, formats: Sequence[_Recogniser]) -> str:
    if not tree.names:
        return "expected files, found an empty folder or archive"
    csv = tree.is_single_file and tree.names[0].lower().endswith(".csv")
    if csv and b";" in tree.head(tree.names[0], 200).partition(b"\n")[0]:
        return "expected columns set apart by commas, found semicolons; save it as CSV with commas"
    known = ", ".join(candidate.name for candidate in formats)
    columns = header_of(tree, tree.names[0]) if csv else []
    if len(columns) > 1:
        return f"found the columns {', '.join(columns[:8])}; expected one of: {known}"
    return f"found no known format in {len(tree.names)} file(s); expected one of: {known}"
