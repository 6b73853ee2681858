"""From the activity table to the evidence for every share, and to the shares that count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.crossposts.by_link import by_link
from analysis.crossposts.by_mark import (
    Timeline,
    by_application,
    by_publicize,
    by_source,
    by_tweet_mark,
)
from analysis.crossposts.by_title import Titles, by_title
from analysis.crossposts.kinds import BY_LINK, Found
from analysis.crossposts.table import Addresses, Posts

THRESHOLD = 0.8
"""A share counts from this confidence on, where study.toml does not say another."""

COLUMNS = ("post", "channel", "of", "url", "kind", "confidence", "detail")


def evidence_of(
    activity: pd.DataFrame,
    focal: str,
    mapping: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return all evidence that a post of another channel shares a focal post.

    Parameters
    ----------
    activity : DataFrame
        As from `analysis.activity.event_table`.
    focal : str
        The channel whose posts are shared.
    mapping : mapping of str to str, optional
        Long by short address, as `analysis.urls.read_links` gives it.
    formats : mapping of str to str, optional
        What each channel was read from.

    Returns
    -------
    DataFrame
        One row a pair of posts and kind of evidence: ``post`` and ``of`` are labels of the
        activity's index, ``channel`` that of ``post`` and ``url`` the address of ``of``; ``kind``
        and ``confidence`` as in `KINDS`; ``detail`` is the link, network or application. A tweet
        that was passed on (``mark``) stands in ``of`` itself.
    """
    posts = Posts.of(activity, focal, mapping or {}, formats or {})
    found = _all_found(posts, focal)
    labels, urls = activity.index.to_list(), posts.column("url")
    rows = [
        (labels[one.post], posts.channel[one.post], labels[one.of], urls[one.of], *one[2:])
        for one in found
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("channel", "url", "kind", "detail"):
        table[name] = table[name].astype("str")
    for name in ("post", "of"):
        table[name] = table[name].astype(activity.index.dtype)
    table["confidence"] = table["confidence"].astype("float64")
    return table


def _all_found(posts: Posts, focal: str) -> list[Found]:
    """Return every piece of evidence once, by row that shares, the strongest first."""
    index = Addresses.of(posts)
    if not index.by_url:
        return []
    found = list(by_link(posts, index))
    linked: dict[int, set[int]] = {}
    for one in found:
        linked.setdefault(one.post, set()).add(one.of)
    titles, timeline = Titles(posts), Timeline(posts)
    said = list(by_title(posts, index, titles))
    found += said
    found += by_application(posts, said)
    found += by_publicize(posts, index, titles, timeline, linked)
    found += by_source(posts, focal)
    for of_tweet, through in by_tweet_mark(posts, timeline, _strongest(posts, found)):
        found += [of_tweet] if through is None else [of_tweet, through]
    once: dict[tuple[int, int, str], Found] = {}
    for one in found:
        once.setdefault((one.post, one.of, one.kind), one)
    return sorted(once.values(), key=lambda one: _order(posts, one))


def _order(posts: Posts, one: Found) -> tuple[int, float, int]:
    """Return what puts the strongest evidence of a row first.

    Of links that are equally sure, the first; of posts that other evidence may mean, the nearest.
    """
    by_link = one.kind in BY_LINK
    return one.post, -one.confidence, 0 if by_link else abs(posts.age(one.post, one.of))


def _strongest(posts: Posts, found: Iterable[Found]) -> dict[int, Found]:
    """Return the strongest evidence of each row for a focal post; of equals the first."""
    best: dict[int, Found] = {}
    for one in found:
        if posts.focal[one.of] and (
            one.post not in best or best[one.post].confidence < one.confidence
        ):
            best[one.post] = one
    return best


def with_crossposts(
    activity: pd.DataFrame, evidence: pd.DataFrame, focal: str, threshold: float = THRESHOLD
) -> pd.DataFrame:
    """Return the activity table with its crossposts filled in.

    Parameters
    ----------
    activity : DataFrame
        As from `analysis.activity.event_table`.
    evidence : DataFrame
        As from `evidence_of`.
    focal : str
        The channel whose posts are shared.
    threshold : float
        What counts: evidence of at least this confidence.

    Returns
    -------
    DataFrame
        A copy. ``crosspost_evidence`` and ``crosspost_confidence`` are the kind and confidence of
        the strongest evidence, "" and missing where there is none; ``crosspost_of`` holds the
        ``url`` of the post that is shared, and stays "" below the threshold.
    """
    table = activity.copy()
    named = evidence[evidence["of"].map(table["channel"]) == focal]
    best = named.sort_values("confidence", ascending=False, kind="stable").drop_duplicates("post")
    at = table.index.get_indexer(pd.Index(best["post"]))
    of, kind = np.full(len(table), "", dtype=object), np.full(len(table), "", dtype=object)
    confidence = np.full(len(table), np.nan)
    sure = best["confidence"].to_numpy()
    of[at] = np.where(sure >= threshold, best["url"].to_numpy(dtype=object), "")
    kind[at], confidence[at] = best["kind"].to_numpy(dtype=object), sure
    table["crosspost_of"] = pd.Series(of, index=table.index).astype("str")
    table["crosspost_evidence"] = pd.Series(kind, index=table.index).astype("str")
    table["crosspost_confidence"] = confidence
    return table


def find_crossposts(
    activity: pd.DataFrame,
    focal: str,
    mapping: Mapping[str, str] | None = None,
    threshold: float = THRESHOLD,
) -> pd.DataFrame:
    """Return the activity table with its crossposts filled in, all in one.

    A post of another channel that links to the canonical address of a post of the focal channel
    is a crosspost of it; so is one with other evidence as sure as ``threshold``. A repost is
    someone else's, so never one.

    Parameters
    ----------
    activity, focal, mapping
        As for `evidence_of`.
    threshold : float
        As for `with_crossposts`.
    """
    evidence = evidence_of(activity, focal, mapping)
    return with_crossposts(activity, evidence, focal, threshold)
