"""Which shares belong to a post's own burst."""

from __future__ import annotations

import pandas as pd

EARLY = pd.Timedelta(hours=1)
"""Clocks differ: a share may seem to come a little before what it shares."""


def own_posts(activity: pd.DataFrame, focal: str) -> pd.Series:
    """Return which rows are posts of the focal channel; reposts are others' words."""
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
    own = activity[own_posts(activity, focal) & (activity["url"] != "")]
    born = own.drop_duplicates("url").set_index("url")
    origin = born.reindex(activity["crosspost_of"]).set_axis(activity.index)
    by_day = (origin["precision"] == "day") | (activity["precision"] == "day")
    early = by_day.map({True: pd.Timedelta(hours=24), False: EARLY})
    age = activity["at"] - origin["at"]
    return (age >= -early) & (age <= window)
