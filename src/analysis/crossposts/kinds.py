"""Kinds of evidence that one post shares another, and how far each can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence.

    Attributes
    ----------
    name : str
        As the table of evidence names it.
    confidence : float
        How likely it is that a pair with this evidence and no stronger one is a crosspost.
    why : str
        What it rests on, and how it can be wrong.
    """

    name: str
    confidence: float
    why: str


_TABLE = (
    Kind(
        "address",
        0.99,
        "The record points to the post's own address, expanded by the archive itself; a link in "
        "passing, in a conversation, is a share all the same.",
    ),
    Kind(
        "expanded",
        0.97,
        "A short link that links.csv, or a redirect in a web archive, says leads to the post: as "
        "sure as that is.",
    ),
    Kind(
        "short id",
        0.97,
        "The post's number at its blog: ?p=12 on the blog's own host, or a wp.me link of a blog "
        "known to be this one.",
    ),
    Kind(
        "publicize",
        0.9,
        "The blog marked the post as passed on to that network, and of the posts there within the "
        "next half hour that nothing else explains, exactly one has the title, a short link that "
        "is not known, or a program that passes blogs on.",
    ),
    Kind(
        "application",
        0.9,
        "Made by a program that passes blogs on (WordPress.com, twitterfeed), with the whole title "
        "of the post in it.",
    ),
    Kind(
        "source",
        0.9,
        "The record says that it came from the focal network, where exactly one post was made in "
        "the half hour before.",
    ),
    Kind(
        "mark",
        0.9,
        "A tweet marked #fb or #in, and a post with the same words on that network within an hour. "
        "What is shared is the tweet; the blog post only as surely as the tweet shares it.",
    ),
    Kind(
        "title",
        0.7,
        "The whole title in a post of the next seven days that links to no other page: mostly a "
        "share whose link is not known, but titles are also said in passing.",
    ),
    Kind(
        "short id, blog unknown",
        0.5,
        "A wp.me link whose number is that of a post, but nothing tells whose blog it is.",
    ),
    Kind(
        "publicize by time",
        0.5,
        "Marked as passed on, and a post there fits in time; but nothing in it says so, or in "
        "several. The nearest one is named.",
    ),
    Kind(
        "title in part",
        0.3,
        "Most of the title's words, or the whole title of several posts, or beside a link to "
        "another page: often the same subject, not the same post.",
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}
"""Every kind by name, the surest first."""

BY_LINK = frozenset({"address", "expanded", "short id", "short id, blog unknown"})


class Found(NamedTuple):
    """One piece of evidence: the row that shares, the row that is shared, and why.

    Rows are positions in the activity table.
    """

    post: int
    of: int
    kind: str
    confidence: float
    detail: str


def found(post: int, of: int, kind: str, detail: str = "") -> Found:
    """Return evidence of a kind with its confidence."""
    return Found(post, of, kind, KINDS[kind].confidence, detail)
