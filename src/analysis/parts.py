"""Kinds of posts within a channel: shared or not, long or short, with an audience or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

QUIET_TWEET = 3
"""A tweet with at most this many shares is an ordinary one."""


@dataclass(frozen=True, slots=True)
class Split:
    """A channel's posts in two kinds.

    Attributes
    ----------
    channel : str
        The channel.
    question : str
        What tells them apart: ``sharing``, ``length``, ``type`` or ``audience``.
    first, second : str
        The names of the two kinds.
    in_first, in_second : array (m,) of bool
        Which rows of the activity table; a row of which the source does not say is in neither.
    """

    channel: str
    question: str
    first: str
    second: str
    in_first: Flags
    in_second: Flags


def splits(
    events: pd.DataFrame, focal: str, twitter: str | None, bundled: Flags
) -> Iterator[Split]:
    """Yield every split of a study's posts that a claim asks about.

    Parameters
    ----------
    events : DataFrame
        The activity table, without reposts.
    focal : str
        The focal channel.
    twitter : str or None
        The channel on Twitter, if there is one.
    bundled : array (m,) of bool
        The rows that share a focal post within its window.
    """
    yield sharing(events, focal, bundled)
    yield from content(events, focal)
    if twitter is not None and twitter != focal:
        ordinary = ordinary_tweets(events, twitter, bundled)
        if ordinary is not None:
            yield ordinary


def sharing(events: pd.DataFrame, focal: str, bundled: Flags) -> Split:
    """Split the focal posts by whether any other channel shares them within the window.

    A post without an address cannot be recognized when it is shared: it is of neither kind.

    Parameters
    ----------
    events : DataFrame
        The activity table, without reposts.
    focal : str
        The focal channel.
    bundled : array (m,) of bool
        The rows that share a focal post within its window.
    """
    shared = set(events.loc[bundled, "crosspost_of"])
    mine = (events["channel"] == focal).to_numpy()
    told = mine & (events["url"] != "").to_numpy()
    has = events["url"].isin(shared).to_numpy()
    return Split(focal, "sharing", "shared", "not shared", told & has, told & ~has)


def content(events: pd.DataFrame, focal: str) -> Iterator[Split]:
    """Yield the ways to split the focal posts by what they are, as far as the source says.

    By length (words, at the median), by type (an article, photo or share against a plain post)
    and by audience (views, else reactions and comments, at the median).
    """
    mine = (events["channel"] == focal).to_numpy()
    if not mine.any():
        return
    words = np.array([len(text.split()) or np.nan for text in events["text"]], dtype=np.float64)
    yield from _at_median(mine, focal, "length", ("long", "short"), words)
    kinds = events.loc[mine, "kind"].value_counts()
    if len(kinds) > 1:
        usual = str(kinds.index[0])
        same = (events["kind"] == usual).to_numpy()
        yield Split(focal, "type", usual, "other types", mine & same, mine & ~same)
    yield from _at_median(
        mine, focal, "audience", ("much noticed", "little noticed"), audience(events)
    )


def audience(events: pd.DataFrame) -> NDArray[np.float64]:
    """Return how far each post was noticed: views where told, else reactions and the like."""
    views = events["views"].to_numpy(dtype=float, na_value=np.nan)
    parts = [
        events[name].to_numpy(dtype=float, na_value=np.nan)
        for name in ("reactions", "comments", "shares")
    ]
    told = np.isfinite(parts).any(axis=0)
    noticed = np.where(told, np.nansum(parts, axis=0), np.nan)
    return np.where(np.isfinite(views), views, noticed)


def _at_median(
    mine: Flags, focal: str, question: str, names: tuple[str, str], values: NDArray[np.float64]
) -> Iterator[Split]:
    known = mine & np.isfinite(values)
    if not known.any():
        return
    middle = float(np.median(values[known]))
    high, low = known & (values > middle), known & (values <= middle)
    if high.any() and low.any():
        yield Split(focal, question, *names, high, low)


def ordinary_tweets(events: pd.DataFrame, channel: str, bundled: Flags) -> Split | None:
    """Split a channel's own posts by whether they got few shares; None where no source tells.

    The claim is about tweets that get two or three shares; fewer are fewer still. Shares of a
    focal post are not among them: they belong to it.
    """
    mine = (events["channel"] == channel).to_numpy() & ~bundled
    shares = events["shares"].to_numpy(dtype=float, na_value=np.nan)
    told = mine & np.isfinite(shares)
    if not told.any():
        return None
    few = told & (shares <= QUIET_TWEET)
    return Split(channel, "shares", "ordinary", "widely shared", few, told & ~few)
