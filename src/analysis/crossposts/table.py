"""The activity table as the search for crossposts needs it: arrays, and an index of addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.crossposts.bundle import EARLY, own_posts
from analysis.urls import canonical, expand
from analysis.urls.shorteners import host_of, split

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EARLY = -(EARLY // pd.Timedelta(microseconds=1))
_NUMBER = re.compile(r"[1-9][0-9]{0,11}")
_MOST_NEEDLES = 20
_NETWORKS: Mapping[str, tuple[str, ...]] = {
    "twitter": ("twitter", "x"),
    "facebook": ("facebook", "fb"),
    "linkedin": ("linkedin", "in"),
    "instagram": ("instagram", "ig"),
}


@dataclass(frozen=True)
class Posts:
    """Columns of the activity table by position.

    Attributes
    ----------
    at : array (n,)
        Microseconds since 1970 UTC.
    exact : array (n,)
        Whether the time is known, not only the day.
    focal, others : array (n,)
        Which rows can be shared (posts of the focal channel with an address), and which can
        share them (posts of others; reposts are in neither).
    mapping : mapping of str to str
        What short links stand for.
    formats : mapping of str to str
        What each channel was read from, where that is known.
    """

    frame: pd.DataFrame
    at: NDArray[np.int64]
    exact: NDArray[np.bool_]
    focal: NDArray[np.bool_]
    others: NDArray[np.bool_]
    channel: Sequence[str]
    links: Sequence[tuple[str, ...]]
    mapping: Mapping[str, str]
    formats: Mapping[str, str]

    @classmethod
    def of(
        cls,
        activity: pd.DataFrame,
        focal: str,
        mapping: Mapping[str, str],
        formats: Mapping[str, str],
    ) -> Posts:
        """Return the columns of an activity table."""
        stamps = pd.DatetimeIndex(activity["at"]).tz_convert("UTC").tz_localize(None)
        own = own_posts(activity, focal).to_numpy(dtype=bool)
        others = ((activity["channel"] != focal) & (activity["kind"] != "repost")).to_numpy(bool)
        return cls(
            frame=activity,
            at=stamps.to_numpy().astype("datetime64[us]").astype(np.int64),
            exact=(activity["precision"] != "day").to_numpy(dtype=bool),
            focal=own & (activity["url"] != "").to_numpy(dtype=bool),
            others=others,
            channel=activity["channel"].tolist(),
            links=activity["links"].tolist(),
            mapping=mapping,
            formats=formats,
        )

    @cached_property
    def focal_rows(self) -> list[int]:
        """Rows of the focal posts, the earliest first."""
        rows = np.flatnonzero(self.focal)
        return rows[np.argsort(self.at[rows], kind="stable")].tolist()  # type: ignore[no-any-return]

    def column(self, name: str) -> list[str]:
        """Return a column of text; empty texts where the table has no such column."""
        return self.frame[name].tolist() if name in self.frame else [""] * len(self.frame)

    def lists(self, name: str) -> list[tuple[str, ...]]:
        """Return a column of tuples; empty ones where the table has no such column."""
        return self.frame[name].tolist() if name in self.frame else [()] * len(self.frame)

    def age(self, post: int, of: int) -> int:
        """Return how long after ``of`` a post was made, in microseconds."""
        return int(self.at[post] - self.at[of])

    def earliest(self, post: int, of: int) -> int:
        """Return the lowest age that a share can seem to have."""
        if self.exact[post] and self.exact[of]:
            return _EARLY
        return -DAY

    def leads_elsewhere(self, post: int, index: Addresses) -> bool:
        """Return whether a post links to a page that is not the blog's, as far as is known."""
        for one in expand(self.links[post], self.mapping):
            parts = split(one.target) if one.is_known else None
            if parts is not None and canonical(one.target).partition("/")[0] not in index.hosts:
                return True
        return False

    @cached_property
    def channels(self) -> list[str]:
        """Every channel, sorted by name."""
        return sorted(set(self.channel))

    def on(self, network: str) -> tuple[str, ...]:
        """Return the channels that stand for a network, as a record names it.

        By their own names, or by the format that they were read from.
        """
        wanted = network.strip().lower()
        wanted = next((name for name, known in _NETWORKS.items() if wanted in known), wanted)
        short = _NETWORKS.get(wanted, ())
        return tuple(
            name
            for name in self.channels
            if name.lower() in short
            or (wanted and wanted in f"{name} {self.formats.get(name, '')}".lower())
        )


@dataclass(frozen=True)
class Addresses:
    """The focal posts by address, by number and by slug.

    Attributes
    ----------
    by_url : dict of str to int
        Row by canonical address; of two posts with one address, the first in time.
    by_number : dict of str to int
        Row by the post's number at its blog, where the source tells it.
    by_slug : dict of str to int
        Row by the last part of the address, where only one post has it.
    hosts : frozenset of str
        Canonical hosts of the focal posts.
    """

    by_url: dict[str, int]
    by_number: dict[str, int]
    by_slug: dict[str, int]
    hosts: frozenset[str]

    @classmethod
    def of(cls, posts: Posts) -> Addresses:
        """Return the index of the focal posts."""
        by_url: dict[str, int] = {}
        by_number: dict[str, int] = {}
        slugs: dict[str, int] = {}
        repeated: Counter[str] = Counter()
        urls, ids = posts.column("url"), posts.column("id")
        for row in posts.focal_rows:
            key = canonical(urls[row])
            if not key or key in by_url:
                continue
            by_url[key] = row
            number = number_in(urls[row]) or number_in(ids[row])
            if not number and _NUMBER.fullmatch(ids[row]):
                number = ids[row]
            if number:
                by_number.setdefault(number, row)
            slug = key.partition("?")[0].rpartition("/")[2]
            repeated[slug] += 1
            slugs[slug] = row
        return cls(
            by_url,
            by_number,
            {slug: row for slug, row in slugs.items() if repeated[slug] == 1},
            frozenset(key.partition("/")[0].partition("?")[0].partition("#")[0] for key in by_url),
        )

    def row_of(self, target: str, key: str) -> tuple[int, bool] | None:
        """Return the row that an address names and whether by number only, or None."""
        row = self.by_url.get(key)
        if row is not None:
            return row, False
        if "?" not in key or key.partition("?")[0].partition("/")[0] not in self.hosts:
            return None
        number = number_in(target)
        numbered = self.by_number.get(number) if number else None
        return None if numbered is None else (numbered, True)

    def needles(self, mapping: Mapping[str, str]) -> tuple[str, ...] | None:
        """Return what a link must contain to be worth a look; None where that saves nothing."""
        hosts = set(self.hosts) | {key.partition("/")[0] for key in mapping}
        found = {"wp.me/"}
        for host in hosts:
            found.add(host.removesuffix("com") if host.endswith(".blogspot.com") else host)
        if "twitter.com" in hosts:
            found.add("x.com")
        return tuple(sorted(found)) if len(found) <= _MOST_NEEDLES else None


def number_in(url: str) -> str:
    """Return the number of ``?p=12``, or "" where an address has none."""
    if "p=" not in url:
        return ""
    parts = split(url)
    told = parse_qs(parts.query).get("p", []) if parts is not None and host_of(parts) else []
    return told[0] if len(told) == 1 and _NUMBER.fullmatch(told[0]) else ""
