"""The formats that needle reads, and the recogniser that picks them from content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar

from analysis.errors import InputError, Problem, corrupt, unknown
from analysis.files import Look, Tree, Watched
from analysis.formats.base import Extract, Format, Readings, Recognition, ScoreFormat
from analysis.formats.blogger import BLOGGER
from analysis.formats.blogger_json import BLOGGER_JSON
from analysis.formats.bluesky import BLUESKY
from analysis.formats.facebook import FACEBOOK
from analysis.formats.feeds import FEED, JSON_FEED
from analysis.formats.ghost import GHOST
from analysis.formats.github import GITHUB
from analysis.formats.hackernews import HACKER_NEWS
from analysis.formats.instagram import INSTAGRAM
from analysis.formats.javascript import load
from analysis.formats.linkedin import LINKEDIN
from analysis.formats.markdown import MARKDOWN
from analysis.formats.mastodon import MASTODON
from analysis.formats.medium import MEDIUM
from analysis.formats.post_table import POST_TABLE
from analysis.formats.reddit import REDDIT
from analysis.formats.repeats import once, with_repeats
from analysis.formats.reputation import REPUTATION
from analysis.formats.scores import SNAPSHOTS, TABLE
from analysis.formats.signposts import without_signposts
from analysis.formats.tables import header_of
from analysis.formats.tumblr import TUMBLR
from analysis.formats.tumblr_export import TUMBLR_EXPORT
from analysis.formats.twitter_analytics import ANALYTICS
from analysis.formats.twitter_archive import ARCHIVE, GRAILBIRD
from analysis.formats.twitter_csv import CSV
from analysis.formats.web_pages import export_pages
from analysis.formats.wp_rest import WP_REST
from analysis.formats.wxr import WXR
from analysis.formats.youtube import YOUTUBE

POSTS: tuple[Format, ...] = (
    WXR,
    WP_REST,
    GHOST,
    BLOGGER,
    BLOGGER_JSON,
    MEDIUM,
    TUMBLR,
    TUMBLR_EXPORT,
    FEED,
    JSON_FEED,
    MARKDOWN,
    ARCHIVE,
    GRAILBIRD,
    CSV,
    ANALYTICS,
    FACEBOOK,
    INSTAGRAM,
    LINKEDIN,
    MASTODON,
    BLUESKY,
    REDDIT,
    HACKER_NEWS,
    GITHUB,
    YOUTUBE,
    POST_TABLE,
)
SCORES: tuple[ScoreFormat, ...] = (TABLE, SNAPSHOTS, REPUTATION)


class _Recogniser(Protocol):
    @property
    def name(self) -> str: ...

    def recognise(self, tree: Tree, /) -> Recognition | None: ...


LOOKED_INTO = 100
"""Files of a source of no known format that are looked into for what is wrong with them."""

F = TypeVar("F", bound=_Recogniser)


class Part(NamedTuple):
    """What one format read of a source.

    Attributes
    ----------
    format : Format
        The format.
    recognition : Recognition
        Why, and of which members.
    extract : Extract
        Its rows.
    path : str
        Where the study has it: one of the paths of its source.
    digests : mapping of str to str
        By member, the sha256 of the file on disk that holds it.
    """

    format: Format
    recognition: Recognition
    extract: Extract
    path: str = ""
    digests: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """A source as all formats together read it.

    Attributes
    ----------
    parts : tuple of Part
        The surest first; at least one.
    problems : tuple of Problem
        What could not be read although the parts could; what a part tells of its own files
        is in its extract.
    unclaimed : tuple of str
        Members that no format takes for its own, nor opened when it read them; kept answers that
        only led to others are not among them.
    """

    parts: tuple[Part, ...]
    problems: tuple[Problem, ...] = ()
    unclaimed: tuple[str, ...] = ()


def recognise(tree: Tree, formats: Sequence[F]) -> tuple[F, Recognition] | None:
    """Return the format that is surest of ``tree``, or None.

    Parameters
    ----------
    tree : Tree
        The source.
    formats : sequence
        `POSTS` or `SCORES`, or a part of them.
    """
    return next(iter(claims(tree, formats)), None)


def claims(tree: Tree, formats: Sequence[F]) -> list[tuple[F, Recognition]]:
    """Return every format that takes members of ``tree`` for its own, the surest first.

    A member that several want is the surest one's; a format that is left without any is not
    among them.
    """
    found = [(each, why) for each in formats if (why := each.recognise(tree)) is not None]
    found.sort(key=lambda claim: -claim[1].confidence)
    taken: set[str] = set()
    kept: list[tuple[F, Recognition]] = []
    for each, why in found:
        left = tuple(name for name in why.members if name not in taken)
        taken.update(left)
        if left or not why.members:
            kept.append((each, why if left == why.members else replace(why, members=left)))
    return kept


def read_posts(tree: Tree, formats: Sequence[Format] = POSTS) -> Reading:
    """Read the posts of every format that ``tree`` holds.

    A part that is broken does not keep the others from being read.

    Raises
    ------
    InputError
        There is nothing to read: no format knows the source (kind "unknown"), or all that
        they know of it is broken (kind "corrupt").
    """
    whole, problems = tree, list(tree.problems)
    tree, again = once(whole)
    look = Look.of(tree)
    found = claims(look, formats)
    problems += look.faults.values()
    parts: list[Part] = []
    watched = Watched.of(tree)
    for each, why in found:
        try:
            extract = each.read(watched, why)
            parts.append(Part(each, why, with_repeats(extract, why.members, whole, again)))
        except InputError as error:
            problems += error.problems
    known = watched.opened.union(*(why.members for _, why in found))
    unclaimed = without_signposts(tree, (name for name in tree.names if name not in known))
    names = " ".join(each.name for each, _ in found)
    problems += export_pages(look, unclaimed, names)
    problems = list(dict.fromkeys(problems))
    if not parts:
        if problems:
            raise InputError(problems)
        _refuse_broken(tree)
        raise unknown(tree.label, _no_format(tree, formats))
    return Reading(tuple(parts), tuple(problems), unclaimed)


def read_scores(
    tree: Tree, formats: Sequence[ScoreFormat] = SCORES
) -> tuple[ScoreFormat, Recognition, Readings]:
    """Recognise ``tree`` and read its score readings; raises as `read_posts`."""
    lacking = [problem for problem in tree.problems if problem.kind == "absent"]
    if broken := [problem for problem in tree.problems if problem not in lacking]:
        raise InputError(broken)
    match = recognise(tree, formats)
    if match is None:
        _refuse_broken(tree)
        raise unknown(tree.label, _no_format(tree, formats))
    found, why = match
    readings = found.read(tree, why)
    readings.notes = (*readings.notes, *(f"{each.kind}: {each}." for each in lacking))
    return found, why, readings


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
