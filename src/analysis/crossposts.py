"""Which post shares which: a post that links to another's address is a crosspost of it."""

from __future__ import annotations

import pandas as pd

from analysis.urls import canonical

EARLY = pd.Timedelta(hours=1)
"""Clocks differ: a share may seem to come a little before what it shares."""


def find_crossposts(activity: pd.DataFrame, focal: str) -> pd.DataFrame:
    """Return the activity table with ``crosspost_of`` filled in.

    A post of another channel that links to the canonical address of a post of the focal
    channel is a crosspost of it. A repost is someone else's, so never one.

    Parameters
    ----------
    activity : DataFrame
        As from `analysis.activity.event_table`.
    focal : str
        The channel whose posts are shared.

    Returns
    -------
    DataFrame
        A copy; ``crosspost_of`` holds the ``url`` of the post that is shared, or "".
    """
    table = activity.copy()
    address: dict[str, str] = {}
    for url in table.loc[_own(table, focal), "url"]:
        key = canonical(url)
        if key:
            address.setdefault(key, url)
    if not address:
        return table

    def shared(links: tuple[str, ...]) -> str:
        return next((address[key] for link in links if (key := canonical(link)) in address), "")

    others = (table["channel"] != focal) & (table["kind"] != "repost")
    table.loc[others, "crosspost_of"] = table.loc[others, "links"].map(shared).astype("str")
    return table


def _own(activity: pd.DataFrame, focal: str) -> pd.Series:
    return (activity["channel"] == focal) & (activity["kind"] != "repost")


def in_bundle(activity: pd.DataFrame, focal: str, window: pd.Timedelta) -> pd.Series:
    """Return which rows are shares that belong to a focal post's own burst.

    Parameters
    ----------
    activity : DataFrame
        With ``crosspost_of`` filled in.
    focal : str
        The channel whose posts are shared.
    window : Timedelta
        How long after a post its shares belong to it. A share of an old post is an ordinary
        post of its own channel: nothing happened on the blog that day.

    Returns
    -------
    Series of bool
        One value a row.
    """
    own = activity[_own(activity, focal) & (activity["url"] != "")]
    born = own.drop_duplicates("url").set_index("url")
    origin = born.reindex(activity["crosspost_of"]).set_axis(activity.index)
    by_day = (origin["precision"] == "day") | (activity["precision"] == "day")
    early = by_day.map({True: pd.Timedelta(hours=24), False: EARLY})
    age = activity["at"] - origin["at"]
    return (age >= -early) & (age <= window)
