"""What stands on the sheet: lanes, nodes, edges, upticks and the score's line."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from analysis.display import visible

LONGEST = 140
"""Characters kept of a post's title or text."""

SCORE_TOP, SCORE_HEIGHT = 18, 170
LANE_HEIGHT, LANE_GAP, LANE_PAD = 44, 12, 4

_ORIGIN = dt.datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Lane:
    """A channel's strip.

    Attributes
    ----------
    name : str
        The channel.
    top : int
        Its upper edge.
    posts, shares : int
        Nodes in it, and those that share a focal post.
    unknown : tuple of tuple of int
        Spans of time for which its source tells nothing.
    counted : bool
        Whether only counts by day are known, so that a node is a day.
    """

    name: str
    top: int
    posts: int
    shares: int
    unknown: tuple[tuple[int, int], ...] = ()
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A post; ``y`` is its local time of day within the lane, midnight at the top."""

    at: int
    y: int
    lane: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """An edge from a focal post to one that shares it, both as positions in the nodes."""

    of: int
    post: int
    evidence: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Mark:
    """An uptick.

    Attributes
    ----------
    at, y : int
        Where its reading stands.
    date : str
        The reading's day.
    change, score : float
        The rise since the day before, and where it led.
    follows : bool
        Whether a focal post stands in the window before it; it is bare otherwise.
    posts : tuple of int
        Positions of those posts among the nodes, in order of time.
    """

    at: int
    y: int
    date: str
    change: float
    score: float
    follows: bool
    posts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """A few weeks of a lane: what the narrow picture shows instead of each post."""

    start: int
    end: int
    posts: int
    shares: int


@dataclass(frozen=True)
class Network:
    """The whole sheet.

    Attributes
    ----------
    score_name, zone : str
        What the line is, and whose clock times are told by.
    epoch : int
        The left edge, in minutes since 1970 UTC.
    minutes : int
        Where the right edge is.
    offsets : tuple of tuple of int
        From which minute on the local clock is how many minutes ahead of UTC.
    first, last : str
        First and last day with a reading.
    hours : int
        The window before a reading.
    lanes : tuple of Lane
        The focal one first.
    nodes : tuple of Node
        In order of time.
    shares : tuple of Share
        Edges between nodes.
    upticks : tuple of Mark
        In order of time.
    line : tuple of tuple of tuple of int
        The score: runs of points (minute, y) without a missing reading between them.
    levels : tuple of tuple
        Round values of the score, and their heights.
    breaks : tuple of tuple
        Known changes of the scoring model: where, and their labels.
    bins : tuple of tuple of Bin
        By lane.
    bin_weeks : int
        Weeks a bin.
    left_out : int
        Posts older than the newest ``MOST_NODES``.
    since : int
        The minute from which on every post is shown.
    """

    score_name: str
    zone: str
    epoch: int
    minutes: int
    offsets: tuple[tuple[int, int], ...]
    first: str
    last: str
    hours: int
    lanes: tuple[Lane, ...]
    nodes: tuple[Node, ...] = field(repr=False)
    shares: tuple[Share, ...] = field(repr=False)
    upticks: tuple[Mark, ...] = field(repr=False)
    line: tuple[tuple[tuple[int, int], ...], ...] = field(repr=False)
    levels: tuple[tuple[float, int], ...]
    breaks: tuple[tuple[int, str], ...]
    bins: tuple[tuple[Bin, ...], ...] = field(repr=False)
    bin_weeks: int
    left_out: int
    since: int

    @property
    def height(self) -> int:
        """The sheet's height."""
        return lane_top(len(self.lanes))

    def offset(self, at: int) -> int:
        """Return how many minutes the local clock is ahead of UTC at a minute."""
        return next(ahead for since, ahead in reversed(self.offsets) if since <= at or since == 0)

    def local(self, at: int) -> dt.datetime:
        """Return a minute as the local clock tells it."""
        return _ORIGIN + dt.timedelta(minutes=self.epoch + at + self.offset(at))

    def minute(self, local: dt.datetime) -> int:
        """Return the minute at which the local clock tells a time."""
        plain = (local - _ORIGIN) // dt.timedelta(minutes=1) - self.epoch
        return plain - self.offset(plain - self.offset(plain))


def lane_top(row: int) -> int:
    """Return the upper edge of a lane, by its row."""
    return SCORE_TOP + SCORE_HEIGHT + 2 * LANE_GAP + row * (LANE_HEIGHT + LANE_GAP)


def short(text: str, most: int = LONGEST) -> str:
    """Return text as one line of at most ``most`` characters, what is unseen in it shown."""
    line = " ".join(visible(text[: 8 * most]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
