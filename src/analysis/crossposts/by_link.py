"""Evidence from links: what a post points to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from analysis.crossposts.kinds import Found, found
from analysis.crossposts.table import DAY, Addresses, Posts
from analysis.urls import WpMe, canonical, expand, is_short, wp_me

PROMPT = 2 * DAY
"""Most links to a post are made so soon after it."""


class _Short(NamedTuple):
    """A wp.me link: who made it, what it says, and which focal post has that number or slug."""

    post: int
    link: str
    says: WpMe
    of: int | None


def by_link(posts: Posts, index: Addresses) -> Iterator[Found]:
    """Yield evidence for every link that leads to a focal post."""
    if not index.by_url:
        return
    needles = index.needles(posts.mapping)
    shorts: list[_Short] = []
    own_blogs: set[str] = set()
    for post, links in enumerate(posts.links):
        if not links or not posts.others[post]:
            continue
        for link in links:
            if needles is not None and link.isascii():
                lower = link.lower()
                if not any(needle in lower for needle in needles):
                    continue
            yield from _found(posts, index, post, link, shorts, own_blogs)
    yield from _by_wp_me(posts, shorts, own_blogs)


def _found(
    posts: Posts,
    index: Addresses,
    post: int,
    link: str,
    shorts: list[_Short],
    own_blogs: set[str],
) -> Iterator[Found]:
    (one,) = expand((link,), posts.mapping)
    key = canonical(one.target)
    named = index.row_of(one.target, key)
    says = wp_me(link) if is_short(link) else None
    if says is not None and key.partition("/")[0].partition("?")[0] in index.hosts:
        own_blogs.add(says.blog)
    if named is not None:
        of, numbered = named
        kind = "expanded" if one.how == "mapping" else "short id" if numbered else "address"
        yield found(post, of, kind, link)
        return
    says = wp_me(one.target)
    if says is not None:
        of_short = (index.by_slug if says.by_slug else index.by_number).get(says.post)
        shorts.append(_Short(post, one.target, says, of_short))


def _by_wp_me(posts: Posts, shorts: list[_Short], own_blogs: set[str]) -> Iterator[Found]:
    """Yield what wp.me links say, once it is known whose blogs they are of.

    A link holds the number of its blog, which no export tells. It is this blog when a link of it
    is known to lead here, or when its links fit: at least two posts are named, most of the links
    soon after their post, and none before it.
    """
    by_blog: dict[str, list[_Short]] = defaultdict(list)
    for short in shorts:
        by_blog[short.says.blog].append(short)
    for blog, links in by_blog.items():
        kind = "short id" if blog in own_blogs or _fits(posts, links) else "short id, blog unknown"
        for short in links:
            if short.of is not None and _after(posts, short.post, short.of):
                yield found(short.post, short.of, kind, short.link)


def _after(posts: Posts, post: int, of: int) -> bool:
    return posts.age(post, of) >= posts.earliest(post, of)


def _fits(posts: Posts, links: list[_Short]) -> bool:
    named = [(short.post, short.of) for short in links if short.of is not None]
    prompt = sum(_after(posts, *pair) and posts.age(*pair) <= PROMPT for pair in named)
    return (
        len({of for _, of in named}) >= 2
        and all(_after(posts, *pair) for pair in named)
        and prompt >= 2
        and 2 * prompt > len(links)
    )
