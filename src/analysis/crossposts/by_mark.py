"""Evidence from what records say of themselves: passed on to, made by, come from."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from analysis.crossposts.by_title import Titles
from analysis.crossposts.kinds import KINDS, Found, found
from analysis.crossposts.table import HOUR, MINUTE, Addresses, Posts
from analysis.crossposts.words import likeness, words_of
from analysis.urls import unresolved

PASSED_ON = 30 * MINUTE
"""Programs pass a post on within minutes; half an hour leaves room for their queues."""

CLOCKS = 2 * MINUTE
MARKED = HOUR
LIKE = 0.6
"""Texts of one post on two networks: marks, mentions and cut ends differ, the words do not."""

_ENOUGH_WORDS = 3
_MOST_NEAR = 50
_PASSES_BLOGS_ON = re.compile(
    r"wordpress|jetpack|publicize|twitterfeed|dlvr\.it|feedburner|networkedblogs|rss ?graffiti"
    r"|ifttt|zapier|blogger|squarespace|typepad|posterous|livejournal|medium|tumblr|ghost",
    re.IGNORECASE,
)


class Timeline:
    """Rows of each channel in order of time, among those that can share and have a clock time."""

    def __init__(self, posts: Posts) -> None:
        rows: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in posts.others.nonzero()[0].tolist():
            if posts.exact[row]:
                rows[posts.channel[row]].append((int(posts.at[row]), row))
        self._rows = {name: sorted(pairs) for name, pairs in rows.items()}

    def between(self, channels: Sequence[str], start: int, end: int) -> list[int]:
        """Return the rows of some channels from one instant to another, both included."""
        found: list[int] = []
        for name in channels:
            pairs = self._rows.get(name, [])
            low, high = bisect_left(pairs, (start, -1)), bisect_right(pairs, (end, 2**62))
            found += [row for _, row in pairs[low : min(high, low + _MOST_NEAR)]]
        return found


def by_publicize(
    posts: Posts, index: Addresses, titles: Titles, timeline: Timeline, linked: dict[int, set[int]]
) -> Iterator[Found]:
    """Yield the posts that a focal post's marks say were made of it.

    Parameters
    ----------
    posts, index, titles, timeline
        The activity, and what is known of it.
    linked : dict of int to set of int
        By row that shares, the focal rows that its links lead to.
    """
    kinds, via = posts.column("kind"), posts.column("via")
    for of, networks in enumerate(posts.lists("shared_to")):
        if not networks or not posts.focal[of] or not posts.exact[of]:
            continue
        born = int(posts.at[of])
        for network in networks:
            near = timeline.between(posts.on(network), born - CLOCKS, born + PASSED_ON)
            if any(of in linked.get(post, ()) for post in near):
                continue
            free = [
                post
                for post in near
                if post not in linked
                and kinds[post] != "reply"
                and not posts.leads_elsewhere(post, index)
            ]
            signed = [post for post in free if _has_sign(posts, titles, of, post, via[post])]
            if len(signed) == 1:
                yield found(signed[0], of, "publicize", network)
            elif free:
                nearest = min(signed or free, key=lambda post: abs(posts.age(post, of)))
                yield found(nearest, of, "publicize by time", network)


def _has_sign(posts: Posts, titles: Titles, of: int, post: int, via: str) -> bool:
    """Return whether anything in a post says that a program passed the focal post on."""
    return (
        titles.stands_in(of, post)
        or bool(_PASSES_BLOGS_ON.search(via))
        or bool(unresolved(posts.links[post], posts.mapping))
    )


def by_application(posts: Posts, title_found: Sequence[Found]) -> Iterator[Found]:
    """Yield what a program that passes blogs on made, among the posts that hold a whole title."""
    via = posts.column("via")
    for one in title_found:
        if one.kind == "title" and _PASSES_BLOGS_ON.search(via[one.post]):
            yield found(one.post, one.of, "application", via[one.post])


def by_source(posts: Posts, focal: str) -> Iterator[Found]:
    """Yield the posts that say they came from the focal network, where one post there fits."""
    rows = [row for row in posts.focal_rows if posts.exact[row]]
    times = [int(posts.at[row]) for row in rows]
    for post, network in enumerate(posts.column("shared_from")):
        if not network or not posts.others[post] or not posts.exact[post]:
            continue
        if focal not in posts.on(network):
            continue
        at = int(posts.at[post])
        low, high = bisect_left(times, at - PASSED_ON), bisect_right(times, at + CLOCKS)
        if high - low == 1:
            yield found(post, rows[low], "source", network)


def by_tweet_mark(
    posts: Posts, timeline: Timeline, best: dict[int, Found]
) -> Iterator[tuple[Found, Found | None]]:
    """Yield what a tweet's #fb and #in made, and what that makes of the focal post behind it.

    Parameters
    ----------
    posts, timeline
        The activity.
    best : dict of int to Found
        The strongest evidence of each row so far.
    """
    texts = posts.column("text")
    for tweet, networks in enumerate(posts.lists("shared_to")):
        if not networks or not posts.others[tweet] or not posts.exact[tweet]:
            continue
        words = words_of(texts[tweet])
        if len(words) < _ENOUGH_WORDS:
            continue
        at = int(posts.at[tweet])
        for network in networks:
            channels = [name for name in posts.on(network) if name != posts.channel[tweet]]
            near = timeline.between(channels, at - MARKED, at + MARKED)
            alike = [(likeness(words, words_of(texts[post])), post) for post in near]
            like, post = max(alike, default=(0.0, -1), key=lambda pair: (pair[0], -pair[1]))
            if like >= LIKE:
                yield found(post, tweet, "mark", network), _through(post, best.get(tweet), network)


def _through(post: int, behind: Found | None, network: str) -> Found | None:
    if behind is None:
        return None
    sure = min(behind.confidence, KINDS["mark"].confidence)
    return Found(post, behind.of, "mark", sure, network)
