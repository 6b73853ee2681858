"""Rows of every source, in one tidy event table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import Extract
from analysis.formats.merging import merged
from analysis.formats.registry import POSTS, Part, read_posts
from analysis.formats.tables import ACTIVITY, DAILY, calendar_day, is_possible
from analysis.instants import local_day as local_day
from analysis.instants import to_utc as to_utc
from analysis.merge import METRICS, Merged, count, merge
from analysis.urls import short_links_in

COLUMNS = (
    "id",
    "channel",
    "kind",
    "at",
    "precision",
    "quality",
    "url",
    "title",
    "text",
    "links",
    "reactions",
    "comments",
    "shares",
    "views",
    "via",
    "shared_to",
    "shared_from",
    "crosspost_of",
    "crosspost_evidence",
    "crosspost_confidence",
    "source",
    "member",
    "pointer",
    "sha256",
    "parser",
    "copies",
)
OBSERVED = ("id", "metric", "value", "seen_at", "source", "member", "pointer")

_UTC = ZoneInfo("UTC")
_LISTS = ("links", "shared_to")


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One source of a study as it was read.

    Attributes
    ----------
    key : str
        Its key in ``[sources]``: a channel, ``activity`` or ``daily``.
    path : str
        The path as the study gives it; of several, all of them in words.
    format_name, why : str
        What it was taken for, and why.
    extract : Extract
        Its rows: those of all parts together, each post once.
    digests : dict of str to str
        sha256 of each file on disk, by the path within the study.
    parts : tuple of Part
        What each format read of each of its paths, the most trusted first.
    unread : tuple of Problem
        What could not be read beside that.
    unclaimed : tuple of str
        Members that no format takes for its own.
    merged : tuple of Merged
        The posts of ``extract`` with the copies that they were made of.
    short_links : dict of str to str
        Long by short address, from the redirects in its web archives.
    """

    key: str
    path: str
    format_name: str
    why: str
    extract: Extract
    digests: dict[str, str]
    parts: tuple[Part, ...] = ()
    unread: tuple[Problem, ...] = ()
    unclaimed: tuple[str, ...] = ()
    merged: tuple[Merged, ...] = ()
    short_links: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def rows(self) -> tuple[Merged, ...]:
        """Its posts with their copies; each by itself where nothing was merged."""
        return self.merged or tuple(map(Merged, self.extract.posts))

    @property
    def copies(self) -> int:
        """How many records were copies of posts that stand once."""
        return sum(row.copies - 1 for row in self.merged)

    @property
    def times(self) -> dict[str, int]:
        """The number of posts by how well their time is known; reposts are none."""
        posts = [post for post in self.extract.posts if post.kind != "repost"]
        return dict(sorted(Counter(post.time_quality for post in posts).items()))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is corrupt, absent or unknown in it although the rest was read."""
        return tuple(dict.fromkeys((*self.unread, *self.extract.problems)))

    @property
    def corrupt(self) -> tuple[Problem, ...]:
        """The problems whose gaps would look like silence."""
        return tuple(problem for problem in self.problems if problem.kind == "corrupt")

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful reader should know: its notes, and what is absent or unknown."""
        said = [f"{problem.kind}: {problem}." for problem in self.problems]
        return (*self.extract.notes, *said)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that this source gives, in order of their first record."""
        if self.key == "activity":
            return tuple(dict.fromkeys(post.channel for post in self.extract.posts))
        if self.key == "daily":
            return tuple(dict.fromkeys(count.channel for count in self.extract.counts))
        return (self.key,)


def read_source(
    key: str,
    path: str,
    tree: Tree,
    zone: ZoneInfo = _UTC,
    *,
    more: Mapping[str, Tree] | None = None,
) -> SourceRead:
    """Recognise and read one source.

    Parameters
    ----------
    key : str
        Its key in ``[sources]``. ``activity`` and ``daily`` must be those tables; every
        other key takes any format of posts.
    path : str
        The path as the study gives it.
    tree : Tree
        What stands there.
    zone : ZoneInfo
        The study's: what two copies of a post must agree in.
    more : mapping of str to Tree, optional
        Further paths of the source in the order of trust, and what stands there.

    Raises
    ------
    InputError
        Nothing knows the format, or what knows it finds it broken. Where other paths of the
        source can be read, what is corrupt is among its problems instead.
    """
    formats = {"activity": (ACTIVITY,), "daily": (DAILY,)}.get(key, POSTS)
    trees = {path: tree, **(more or {})}
    parts: list[Part] = []
    unread: list[Problem] = []
    is_readable = True
    unclaimed: list[str] = []
    digests: dict[str, str] = {}
    short_links: dict[str, str] = {}
    for place, found in trees.items():
        try:
            reading = read_posts(found, formats)
        except InputError as error:
            unread += error.problems
            is_readable &= all(problem.kind == "corrupt" for problem in error.problems)
            continue
        digests |= found.digests()
        short_links = short_links_in(found.redirects()) | short_links
        parts += [_kept(part, place, found) for part in reading.parts]
        unread += reading.problems
        unclaimed += reading.unclaimed
    if not parts or not is_readable:
        raise InputError(unread)
    rows = merge(parts, zone)
    return SourceRead(
        key,
        " and ".join(trees),
        " and ".join(dict.fromkeys(part.format.name for part in parts)),
        "; ".join(dict.fromkeys(part.recognition.why for part in parts)),
        _of_channel(merged(parts, [row.post for row in rows]), key),
        digests,
        tuple(parts),
        tuple(dict.fromkeys(unread)),
        tuple(unclaimed),
        tuple(rows),
        short_links,
    )


def _kept(part: Part, path: str, tree: Tree) -> Part:
    """Return a part with what says where it stands, without impossible posts."""
    extract = possible(part.extract)
    known = {post.member for post in extract.posts}.intersection(tree.names)
    digests = {member: tree.digest_of(member)[0] for member in known}
    return part._replace(extract=extract, path=path, digests=digests)


def _of_channel(extract: Extract, key: str) -> Extract:
    """Return what was read with counts that name no channel given to the source's own.

    Where there are posts too, the counts are set aside: both tell the same.
    """
    own = sum(not count.channel for count in extract.counts)
    if not own:
        return extract
    if extract.posts:
        counted = extract.set_aside + Counter({"day told by its posts": own})
        return replace(extract, counts=[c for c in extract.counts if c.channel], set_aside=counted)
    named = [replace(count, channel=count.channel or key) for count in extract.counts]
    return replace(extract, counts=named)


def possible(extract: Extract) -> Extract:
    """Return what was read without the posts of years in which nobody posted.

    They are set aside as "impossible date": a feed's year 1 is a missing date in disguise. An
    export of such a year is one of which nobody knows when it was made.
    """
    if extract.exported_at is not None and not is_possible(extract.exported_at):
        extract = replace(extract, exported_at=None)
    posts = [post for post in extract.posts if is_possible(post.when)]
    aside = len(extract.posts) - len(posts)
    if not aside:
        return extract
    since = extract.since
    if since is not None and not is_possible(since):
        since = min((post.when for post in posts), key=calendar_day, default=None)
    counted = extract.set_aside + Counter({"impossible date": aside})
    return replace(extract, posts=posts, since=since, set_aside=counted)


def coverage(source: SourceRead, zone: ZoneInfo) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and last local day on which a source is complete.

    Before the first (None: the beginning of the account) and after the last, silence is not
    known to be silence. The last is the day of the export where the files say it, else the
    day of the last record of any kind.
    """
    extract = source.extract
    days = [local_day(post.when, zone) for post in extract.posts]
    days += [count.day for count in extract.counts]
    since = None if extract.since is None else local_day(extract.since, zone)
    if source.key == "daily":
        since = min(days, default=None)
    if extract.exported_at is not None:
        exported = local_day(extract.exported_at, zone)
        return since, max([exported, *days]) if days else exported
    return since, max(days, default=None)


def _row(row: Merged, source: SourceRead, zone: ZoneInfo) -> dict[str, object]:
    post = row.post
    part = source.parts[row.part] if source.parts else None
    return {
        "id": post.id,
        "channel": post.channel or source.key,
        "kind": post.kind,
        "at": to_utc(post.when, zone).replace(tzinfo=None),
        "precision": "second" if isinstance(post.when, dt.datetime) else "day",
        "quality": post.time_quality,
        "url": post.url,
        "title": post.title,
        "text": post.text,
        "links": post.links,
        **{name: count(getattr(post, name)) for name in METRICS},
        "via": post.via,
        "shared_to": post.shared_to,
        "shared_from": post.shared_from,
        "crosspost_of": "",
        "crosspost_evidence": "",
        "crosspost_confidence": float("nan"),
        "source": part.path if part else source.path,
        "member": post.member,
        "pointer": post.pointer,
        "sha256": part.digests.get(post.member, "") if part else "",
        "parser": part.format.name if part else source.format_name,
        "copies": row.copies,
    }


def event_table(sources: Iterable[SourceRead], zone: ZoneInfo) -> pd.DataFrame:
    """Return the activity table: one row a post, in order of time.

    Parameters
    ----------
    sources : iterable of SourceRead
        Every source that was read.
    zone : ZoneInfo
        The study's time zone.

    Returns
    -------
    DataFrame
        With the columns ``COLUMNS``. ``at`` is UTC; reposts are in it, marked by ``kind``.
    """
    return event_tables(sources, zone)[0]


def event_tables(
    sources: Iterable[SourceRead], zone: ZoneInfo
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the activity table, and every observation of its posts' numbers.

    Returns
    -------
    activity, observations
        As `event_table`; and a table of the columns ``OBSERVED``, one row an observation in the
        order of the posts, whose ``id`` is the label of the post's row in the first.
    """
    pairs = [(row, source) for source in sources for row in source.rows]
    rows = [_row(row, source, zone) for row, source in pairs]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    at = np.array([row["at"] for row in rows], dtype="datetime64[us]")
    frame["at"] = pd.Series(at, index=frame.index).dt.tz_localize("UTC")
    for name in METRICS:
        frame[name] = frame[name].astype("Int64")
    frame["copies"] = frame["copies"].astype("int64")
    frame["crosspost_confidence"] = frame["crosspost_confidence"].astype("float64")
    apart = {"at", *_LISTS, *METRICS, "crosspost_confidence", "copies"}
    for name in set(COLUMNS) - apart:
        frame[name] = frame[name].astype("str")
    order = ["at", "channel", "source", "member", "id"]
    frame = frame.sort_values(order, kind="stable")
    observed = _observed([pairs[label] for label in frame.index])
    return frame.reset_index(drop=True), observed


def _observed(pairs: Sequence[tuple[Merged, SourceRead]]) -> pd.DataFrame:
    """Return the observations of rows in their order."""
    found = [
        (label, source.parts[each.part].path, each)
        for label, (row, source) in enumerate(pairs)
        for each in row.observations
    ]
    seen = [
        each.seen_at.astimezone(dt.UTC).replace(tzinfo=None) if each.seen_at else None
        for *_, each in found
    ]
    frame = pd.DataFrame(
        {
            "id": np.array([label for label, *_ in found], dtype=np.int64),
            "metric": [each.metric for *_, each in found],
            "value": np.array([each.value for *_, each in found], dtype=np.int64),
            "seen_at": pd.Series(np.array(seen, dtype="datetime64[us]")).dt.tz_localize("UTC"),
            "source": [path for _, path, _ in found],
            "member": [each.member for *_, each in found],
            "pointer": [each.pointer for *_, each in found],
        }
    )
    return frame.astype(dict.fromkeys(("metric", "source", "member", "pointer"), "str"))


def shared_channels(sources: Sequence[SourceRead], label: str) -> list[Problem]:
    """Return a problem for every channel that two sources claim."""
    owner: dict[str, str] = {}
    problems = []
    for source in sources:
        for channel in source.channels:
            if channel in owner:
                expected = f"expected channel {channel!r} once; {owner[channel]} has it too"
                problems.append(Problem("invalid", f"{label}/{source.path}", "", expected))
            owner.setdefault(channel, source.path)
    return problems
