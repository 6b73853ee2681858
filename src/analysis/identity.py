"""Which records of several parts are the same post.

Asked in this order, each only of what the ones before left apart:

1. the same id at the network (a site's own id, such as WordPress's numbers, at the same host);
2. the same canonical address;
3. the same words within the same minute, or on the same day where only the day is known; without
   words, id or address at all: the same links, if any, at the very same time.

What is one this way over a third is one. Never one are two records that

- one part, or one network, tells under different ids;
- one file, at one capture, holds both, unless their network's id is the same;
- one part tells in the same words without an id or an address: it holds two, since a copy of
  that part would too. The first of one part goes with the first of the other.

A key that would make such two one (an id or an address that every post of a feed bears) is taken
only together with the time and the words.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from analysis.copies import NETWORKS, Key, Record, address_of, family, records_of
from analysis.formats.base import Post
from analysis.formats.registry import Part
from analysis.instants import local_day, to_utc


@dataclass(slots=True)
class Cluster:
    """Records that are known to be one post."""

    records: list[Record]
    names: dict[Key, str] = field(default_factory=dict)
    files: set[tuple[object, ...]] = field(default_factory=set)

    @classmethod
    def of(cls, record: Record) -> Cluster:
        """Return a record by itself."""
        return cls([record], dict(record.names), {record.file})


def clusters_of(parts: Sequence[Part], zone: ZoneInfo) -> list[list[Record]]:
    """Return the records of all parts, those of one post together.

    Parameters
    ----------
    parts : sequence of Part
        The most trusted first.
    zone : ZoneInfo
        The study's: what a local clock and a day mean.
    """
    if len(parts) == 1 and _all_apart(parts[0].extract.posts):
        return [[record] for record in _bare_records(parts)]
    if _ids_decide(parts):
        by_id: dict[Key, list[Record]] = {}
        for record in _bare_records(parts):
            by_id.setdefault((record.post.channel, record.post.id), []).append(record)
        return list(by_id.values())
    same = Same(records_of(parts), zone)
    if len(parts) > 1:
        same.by_everything()
    same.by_keys(lambda record: record.ids, is_network_id=True)
    same.by_keys(lambda record: record.addresses)
    if len(parts) > 1 or any(record.post.seen_at for record in same.records):
        same.by_words()
    return same.clusters()


def _bare_records(parts: Sequence[Part]) -> Iterator[Record]:
    """Yield the posts of all parts without what it takes to compare them."""
    for number, part in enumerate(parts):
        for index, post in enumerate(part.extract.posts):
            yield Record(number, index, post, (), ())


def _ids_decide(parts: Sequence[Part]) -> bool:
    """Return whether all parts are of one network, with ids that are no addresses on all posts."""
    kinds = {family(part) for part in parts}
    return (
        len(kinds) == 1
        and kinds <= NETWORKS
        and all(
            post.id and not post.id.startswith("http")
            for part in parts
            for post in part.extract.posts
        )
    )


def _all_apart(posts: Sequence[Post]) -> bool:
    """Return whether no two posts of a part can be one: each has an id of its own, or one file.

    An id that is an address may be spelled in two ways.
    """
    ids = {post.id for post in posts}
    if len(ids) == len(posts) and "" not in ids:
        return not any(each.startswith(("http://", "https://")) for each in ids) or (
            len({address_of(each) or each for each in ids}) == len(posts)
        )
    return not any(ids) and len({(post.member, post.seen_at) for post in posts}) <= 1


class Same:
    """Records on the way to be known as the same, in one table of clusters.

    Parameters
    ----------
    records : list of Record
        All of a source.
    zone : ZoneInfo
        The study's.
    """

    def __init__(self, records: list[Record], zone: ZoneInfo) -> None:
        self.records = records
        self.zone = zone
        self._home: list[int] = list(range(len(records)))
        self._clusters: dict[int, Cluster] = {}

    def clusters(self) -> list[list[Record]]:
        """Return the records of each post, in the order of the first of each."""
        found: dict[int, list[Record]] = {}
        for number, record in enumerate(self.records):
            found.setdefault(self._root(number), []).append(record)
        return list(found.values())

    def by_everything(self) -> None:
        """Make those one that two parts tell alike at the same place: copies of one file."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for number, record in enumerate(self.records):
            post = record.post
            told = post.when, post.kind, post.id, post.url, post.text, post.links, post.seen_at
            counts = post.reactions, post.comments, post.shares, post.views
            key = (record.kind, post.channel, post.pointer, *told, *counts)
            groups.setdefault(key, []).append(number)
        for group in groups.values():
            if len(group) > 1:
                for ranked in self._by_rank(group, lambda record: record.part):
                    self._join(ranked)

    def by_keys(
        self, keys: Callable[[Record], Iterable[Key]], *, is_network_id: bool = False
    ) -> None:
        """Make those one that share a key, so far as nothing speaks against it."""
        groups: dict[Key, list[int]] = {}
        for number, record in enumerate(self.records):
            for key in keys(record):
                groups.setdefault(key, []).append(number)
        several = {key: group for key, group in groups.items() if len(group) > 1}
        for key in sorted(several):
            trusts_id = is_network_id and key[1] in NETWORKS
            if not self._join(several[key], trusts_id=trusts_id):
                self._refined(several[key])

    def by_words(self) -> None:
        """Make those one that say the same in the same minute, or on a day that is all known."""
        minutes: dict[Key, list[int]] = defaultdict(list)
        days: dict[Key, list[int]] = defaultdict(list)
        for number, record in enumerate(self.records):
            post = record.post
            words, timed = _words(post), isinstance(post.when, dt.datetime)
            if words:
                days[post.channel, words, self._day(post)].append(number)
                if timed:
                    minutes[post.channel, words, self._minute(post)].append(number)
            elif not post.id and not post.url:
                bare = post.channel, "", *post.links
                if timed:
                    minutes[*bare, to_utc(post.when, self.zone).isoformat()].append(number)
                else:
                    days[*bare, self._day(post)].append(number)
        for key in sorted(key for key, group in minutes.items() if len(group) > 1):
            for group in self._by_rank(minutes[key], _capture):
                self._join(group, apart=_capture)
        for key in sorted(key for key, group in days.items() if len(group) > 1):
            self._on_a_day(days[key])

    def _on_a_day(self, group: Sequence[int]) -> None:
        """Give each record that knows only its day to one of those that know their time.

        The first goes with the first: what they are to each other is not known better.
        """
        dated = [one for one in group if not isinstance(self.records[one].post.when, dt.datetime)]
        timed: dict[int, dt.datetime] = {}
        for one in group:
            when = self.records[one].post.when
            if isinstance(when, dt.datetime):
                root, at = self._root(one), to_utc(when, self.zone)
                timed[root] = min(timed.get(root, at), at)
        roots = sorted(timed, key=lambda root: (timed[root], self._order(root)))
        for rank, members in enumerate(self._by_rank(dated, _capture)):
            self._join([*roots[rank : rank + 1], *members], apart=_capture)

    def _order(self, root: int) -> tuple[int, str, int]:
        return min(record.order for record in self._cluster(root).records)

    def _refined(self, group: Sequence[int]) -> None:
        """Make those of a group one that also agree in address, time and words."""
        finer: dict[Key, list[int]] = defaultdict(list)
        for one in group:
            post = self.records[one].post
            url = address_of(post.url) if post.url else ""
            finer[url, self._minute(post), _words(post)].append(one)
        for key in sorted(finer):
            if len(finer[key]) > 1 and not self._join(finer[key]):
                for ranked in self._by_rank(finer[key], lambda record: record.file):
                    self._join(ranked)

    def _by_rank(
        self, group: Iterable[int], of: Callable[[Record], Hashable]
    ) -> Iterator[list[int]]:
        """Yield the first record of each ``of``, then the second of each, and so on."""
        ranks: dict[int, list[int]] = defaultdict(list)
        counted: Counter[Hashable] = Counter()
        for one in sorted(group, key=lambda one: self.records[one].order):
            place = of(self.records[one])
            ranks[counted[place]].append(one)
            counted[place] += 1
        yield from (ranks[rank] for rank in sorted(ranks))

    def _day(self, post: Post) -> str:
        return local_day(post.when, self.zone).isoformat()

    def _minute(self, post: Post) -> str:
        if not isinstance(post.when, dt.datetime):
            return post.when.isoformat()
        return to_utc(post.when, self.zone).isoformat()[:16]

    def _join(
        self,
        group: Sequence[int],
        *,
        trusts_id: bool = False,
        apart: Callable[[Record], Hashable] | None = None,
    ) -> bool:
        """Make the clusters of a group one; return False, and change nothing, where they differ.

        Parameters
        ----------
        trusts_id : bool
            One file may hold the post twice.
        apart : callable, optional
            Records of which this is the same are two posts.
        """
        roots = list(dict.fromkeys(self._root(one) for one in group))
        if len(roots) < 2:
            return True
        found = [self._cluster(root) for root in roots]
        if not _agree(found, trusts_id, apart):
            return False
        largest = max(range(len(found)), key=lambda one: len(found[one].records))
        home, into = roots[largest], found[largest]
        for root, cluster in zip(roots, found, strict=True):
            if root != home:
                into.records += cluster.records
                into.names |= cluster.names
                into.files |= cluster.files
                self._home[root] = home
                del self._clusters[root]
        return True

    def _cluster(self, root: int) -> Cluster:
        if root not in self._clusters:
            self._clusters[root] = Cluster.of(self.records[root])
        return self._clusters[root]

    def _root(self, one: int) -> int:
        home = self._home
        while home[one] != one:
            home[one] = home[home[one]]
            one = home[one]
        return one


def _agree(
    clusters: Sequence[Cluster], trusts_id: bool, apart: Callable[[Record], Hashable] | None
) -> bool:
    """Return whether nothing says that some of these clusters are different posts."""
    names: dict[Key, str] = {}
    files: set[tuple[object, ...]] = set()
    places: set[Hashable] = set()
    for cluster in clusters:
        for space, name in cluster.names.items():
            if names.setdefault(space, name) != name:
                return False
        if not trusts_id:
            if not files.isdisjoint(cluster.files):
                return False
            files |= cluster.files
        if apart is not None:
            mine = {apart(record) for record in cluster.records}
            if not places.isdisjoint(mine):
                return False
            places |= mine
    return True


def _capture(record: Record) -> Hashable:
    """Return what tells posts of the same words apart: a part as it was seen at one time."""
    return record.part, record.post.seen_at


def _words(post: Post) -> str:
    """Return a post's words as two sources may both have them; empty where it has none."""
    return " ".join((post.text or post.title).casefold().split())
