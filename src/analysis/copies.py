"""Posts as parts tell them, each with what may show that another is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from analysis.crossposts.table import number_in
from analysis.formats.base import Post
from analysis.formats.registry import Part
from analysis.urls import canonical

Key: TypeAlias = tuple[str, ...]

NETWORKS = frozenset(
    {
        "Blogger",
        "Bluesky",
        "Facebook",
        "Ghost",
        "GitHub",
        "Hacker",
        "Instagram",
        "LinkedIn",
        "Mastodon",
        "Medium",
        "Reddit",
        "Tumblr",
        "Twitter",
        "YouTube",
    }
)
"""Format names' first words whose ids are the network's own: one id, one post, anywhere."""

SITES = frozenset({"WordPress"})
"""Those whose ids are numbers of one site: one id, one post, at one host."""

FAMILIES = {"RSS": "feed", "JSON": "feed"}
"""Formats of which one may tell what the other does, under the same ids."""

address_of = lru_cache(maxsize=1 << 16)(canonical)


def family(part: Part) -> str:
    """Return the network, or the kind of file, whose ids a part tells."""
    name = part.format.name.split()[0]
    return FAMILIES.get(name, name)


@dataclass(slots=True)
class Record:
    """One post of one part, and what may show that another is the same.

    Attributes
    ----------
    part, index : int
        Which part, the most trusted is 0; and where in it.
    post : Post
        As the part tells it.
    names : tuple
        Pairs of a space of ids and the id in it: two records of one space with different ids are
        two posts.
    file : tuple
        Part, member and capture: what one such holds, its format took for several posts.
    kind : str
        As from `family`.
    ids, addresses : tuple
        What it shares with other records of the same post.
    """

    part: int
    index: int
    post: Post
    names: tuple[tuple[Key, str], ...]
    file: tuple[object, ...]
    kind: str = ""
    ids: tuple[Key, ...] = ()
    addresses: tuple[Key, ...] = ()

    @property
    def order(self) -> tuple[int, str, int]:
        """What puts records of one part in the same order however its files were listed."""
        return self.part, self.post.member, self.index


def records_of(parts: Sequence[Part]) -> list[Record]:
    """Return the posts of all parts."""
    return [
        _record(number, index, post, family(part))
        for number, part in enumerate(parts)
        for index, post in enumerate(part.extract.posts)
    ]


def _record(number: int, index: int, post: Post, kind: str) -> Record:
    channel, url = post.channel, address_of(post.url) if post.url else ""
    other = address_of(post.id) if post.id.startswith(("http://", "https://")) else ""
    identifier = other or post.id
    names: list[tuple[Key, str]] = []
    ids: list[Key] = []
    if identifier:
        names.append(((channel, "part", str(number)), identifier))
        space: Key = (channel, kind)
        if kind not in NETWORKS:
            space = (channel, kind, url.partition("/")[0].partition("?")[0])
        if kind in NETWORKS | SITES:
            names.append((space, identifier))
        ids.append((*space, identifier))
        if other and (wordpress := number_in(post.id)):
            ids.append((channel, "WordPress", other.partition("/")[0].partition("?")[0], wordpress))
    addresses = tuple((channel, each) for each in dict.fromkeys((url, other)) if each)
    file = (number, post.member, post.seen_at)
    return Record(number, index, post, tuple(names), file, kind, tuple(ids), addresses)
