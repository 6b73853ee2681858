"""What every format gives: posts or readings of a score, with where each one came from."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from analysis.errors import Problem
from analysis.files import Tree

Kind = Literal["post", "share", "photo", "article", "reply", "repost"]
KINDS: tuple[Kind, ...] = ("post", "share", "photo", "article", "reply", "repost")

Quality = Literal["exact", "derived", "day", "disputed"]
"""How well a time is known: stated to the second; worked out from an id because none that can
be is stated; stated as a day; stated, but the record's own id says another one."""

When = dt.datetime | dt.date
"""An aware datetime is exact; a naive one is the study's local clock; a date is a day."""


@dataclass(frozen=True, slots=True)
class Post:
    """One public record of the account's owner, as its source tells it.

    Attributes
    ----------
    when : datetime or date
        Aware: the instant. Naive: the study's local time. A date: only the day is known.
    kind : str
        One of ``KINDS``. A ``repost`` is someone else's post passed on: kept, never counted.
    id, url, title, text : str
        Empty where the source has none. ``text`` is plain text, with t.co and the like
        already replaced by what they stand for where the source says so; a post that has a
        title (a blog's) has it in ``title`` and, as before, wherever its format puts it in
        ``text``.
    links : tuple of str
        Every address that the post points to, as expanded as its source allows.
    reactions, comments, shares, views : int or None
        None is "the source does not say", which is not zero.
    channel : str
        Empty, but in tables that carry their own channels.
    quality : str
        One of ``exact``, ``derived``, ``day`` and ``disputed``; empty for what ``when`` tells by
        its type: a datetime is exact, a date is a day.
    via : str
        The application that made the post, as the record names it: ``WordPress.com``, ``Buffer``.
    shared_to : tuple of str
        Networks, in lower case, that the record itself says it was passed on to: a blog's
        Publicize marks, a tweet's ``#fb`` and ``#in``.
    shared_from : str
        The network, in lower case, that the record says it came from: Instagram's
        ``cross_post_source``, a tweet made by WordPress.com.
    seen_at : datetime or None
        When reactions, comments, shares and views were counted (aware): a response's capture.
        None: at the export, where the source says when that was.
    member, pointer : str
        Where the record stands: the file within the source, and the place in that file.
    seen_again : tuple of datetime and str, or None
        When they were last counted and were the same, and the member that tells it: a capture
        of the page that found it unchanged.
    """

    when: When
    kind: Kind = "post"
    id: str = ""
    url: str = ""
    title: str = ""
    text: str = ""
    links: tuple[str, ...] = ()
    reactions: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None
    channel: str = ""
    quality: Quality | Literal[""] = ""
    via: str = ""
    shared_to: tuple[str, ...] = ()
    shared_from: str = ""
    seen_at: dt.datetime | None = None
    member: str = ""
    pointer: str = ""
    seen_again: tuple[dt.datetime, str] | None = None

    @property
    def time_quality(self) -> Quality:
        """How well the time is known."""
        return self.quality or ("exact" if isinstance(self.when, dt.datetime) else "day")


@dataclass(frozen=True, slots=True)
class DailyCount:
    """The number of posts on one day, where only counts are known.

    Attributes
    ----------
    day : date
        The study's local day.
    channel : str
        The column; empty for the channel that the source itself is.
    posts : int or None
        None where the cell is empty, or negative (more deleted than posted): not known.
    pointer : str
        The line of the table.
    """

    day: dt.date
    channel: str
    posts: int | None
    pointer: str


@dataclass(frozen=True, slots=True)
class Extract:
    """What a format read from a source.

    Attributes
    ----------
    posts : list of Post
        In the order of the source.
    counts : list of DailyCount
        From ``daily`` tables, and from sources that tell no more than numbers a day.
    set_aside : Counter of str
        Records that are not the owner's public posts, by reason ("draft", "page", …).
    exported_at : datetime or None
        When the export was made (aware), where the source says it. After that, silence is
        not known to be silence.
    since : datetime, date or None
        The earliest moment from which the source is complete. None: from the account's
        beginning (an archive). A feed holds only its newest items: its first item's time.
    notes : tuple of str
        What a careful reader should know, one sentence each.
    problems : tuple of Problem
        Files of the source that are ``corrupt``, or ``absent`` though another file of it says
        that they should be there. What the others hold is read all the same; whether that is
        enough is for the study to say, since a hole looks like silence.
    drift : Counter of str
        Keys that this format has never been seen to hold, as ``file name pattern: path.to.key``,
        with how often each stands there: the layout may have changed.
    """

    posts: list[Post] = field(default_factory=list)
    counts: list[DailyCount] = field(default_factory=list)
    set_aside: Counter[str] = field(default_factory=Counter)
    exported_at: dt.datetime | None = None
    since: When | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    drift: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Recognition:
    """Why a format thinks that a source is its own.

    Attributes
    ----------
    confidence : float
        From 0 to 1; the highest wins, and two equal ones go to the first registered.
    members : tuple of str
        The files that it would read.
    why : str
        One phrase, for ``needle check``.
    """

    confidence: float
    members: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Format:
    """One format of posts: how to tell it, how to read it.

    Attributes
    ----------
    name : str
        As people call it, for messages.
    recognise : callable
        From a tree to a `Recognition`, or None. Never raises on foreign content.
    read : callable
        From a tree and the recognition to an `Extract`. Raises `InputError` where a file
        that it recognised is broken.
    """

    name: str
    recognise: Callable[[Tree], Recognition | None]
    read: Callable[[Tree, Recognition], Extract]


@dataclass(frozen=True, slots=True)
class Score:
    """One reading of the score.

    Attributes
    ----------
    when : datetime or date
        As in `Post`.
    value : float
        Finite.
    derived : bool
        Computed from a change that the source states, not read.
    granularity : float
        Half the width of what the value may stand for: 50 for a page's ``1.2K``; 0 where it is
        written out.
    member, pointer : str
        Where it stands.
    """

    when: When
    value: float
    derived: bool = False
    granularity: float = 0.0
    member: str = ""
    pointer: str = ""


class Readings(list[Score]):
    """Readings of a score, in the order of the source.

    Attributes
    ----------
    notes : tuple of str
        What a careful reader should know, one sentence each.
    """

    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreFormat:
    """One format of score readings; as `Format`, but gives `Readings`."""

    name: str
    recognise: Callable[[Tree], Recognition | None]
    read: Callable[[Tree, Recognition], Readings]
