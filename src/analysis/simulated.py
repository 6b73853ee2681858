"""A simulated account to its panel without files: the same panel as by way of its exports.

What reading the exports would give is known without reading them: which posts are there, when,
which of them share a blog post, and how far each source reaches. Tests hold this panel against
the one that comes from the files, array by array, and what is known of shares against the links.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.crossposts import EARLY
from analysis.panel import (
    BACK,
    LEADS,
    Flags,
    Floats,
    Panel,
    Part,
    break_mask,
    microseconds,
    outcome,
    reading_instants,
)
from analysis.settings import Break, Question, ScoreSettings
from analysis.worlds import TIMEZONE, Account

Ints = NDArray[np.int64]

TELL_EXPORT = ("blog", "twitter")
"""Sources whose files say when they were exported; the others reach to their last record."""

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class _Events:
    """What the panel needs of one channel's posts, reposts of others left out.

    Attributes
    ----------
    moments : array (m,) of int
        Microseconds since 1970 UTC.
    shares : array (m,) of int
        Row of the blog post that each one shares; -1 where it shares none.
    bundled : array (m,) of bool
        Whether it shares a blog post within the window.
    """

    moments: Ints
    shares: Ints
    bundled: Flags


def simulated_panel(account: Account) -> Panel:
    """Return the panel of an account as `analysis.worlds.write_account` would write it.

    Exports hold one of two Facebook posts with the same words in the same second; here both
    count.

    Parameters
    ----------
    account : Account
        As `analysis.worlds.simulate` gives it, with words or without.
    """
    world, zone = account.world, ZoneInfo(TIMEZONE)
    settings = ScoreSettings(path="raw/score.csv", observed_at=world.observed_at)
    dates = pd.date_range(account.dates[0], account.dates[-1], freq="D", unit="us")
    edges = _edges(dates, settings.minutes, zone)
    events = _events(account, zone)
    unknown = {name: edges[:-1] >= _covered_until(account, name, zone) for name in account.posts}
    score = _score(account, len(dates))
    every = {name: _counted(mine.moments, edges) for name, mine in events.items()}
    own = {name: _counted(mine.moments[~mine.bundled], edges) for name, mine in events.items()}
    breaks = tuple(Break(date=known.date, label=known.label) for known in account.breaks)
    inner = slice(BACK, BACK + len(dates))
    return Panel(
        dates=dates,
        score=score,
        outcome=outcome(score, settings.kind),
        posts={
            "bundle": {name: np.where(unknown[name], np.nan, own[name]) for name in own},
            "all posts": {name: np.where(unknown[name], np.nan, every[name]) for name in every},
        },
        crossposts={
            name: _counted(mine.moments[mine.shares >= 0], edges)[inner]
            for name, mine in events.items()
        },
        reactions={name: np.full(len(edges) - 1, np.nan) for name in events},
        masked=break_mask(dates, settings.minutes, breaks, settings.kind),
        weekday=dates.day_of_week.to_numpy().astype(np.int64),
        kind=settings.kind,
        window_days=Question().days,
        focal=world.focal,
        channels=tuple(events),
        parts=_parts(account, events, edges),
        breaks=tuple(known.date for known in breaks),
        networks={"twitter": "twitter", "facebook": "facebook"},
    )


def _edges(dates: pd.DatetimeIndex, minutes: int, zone: ZoneInfo) -> Ints:
    """Return the instants between the bins of a panel's posts."""
    first, last = dates[0] - pd.Timedelta(days=BACK + 1), dates[-1] + pd.Timedelta(days=LEADS)
    return reading_instants(pd.date_range(first, last, freq="D", unit="us"), minutes, zone)


def _score(account: Account, days: int) -> Floats:
    """Return a reading a day as its table holds it, with two decimals; NaN where there is none."""
    score = np.full(days, np.nan)
    rows = (account.dates - account.dates[0]) // _DAY
    score[rows] = np.round(account.score, 2)
    return score


def _instants(when: NDArray[np.datetime64], zone: ZoneInfo) -> Ints:
    """Return local times in microseconds since 1970 UTC; of an hour that comes twice, the first."""
    naive = pd.DatetimeIndex(when.astype("datetime64[us]"))
    return microseconds(naive.tz_localize(zone, ambiguous=np.ones(len(naive), dtype=bool)))


def _events(account: Account, zone: ZoneInfo) -> dict[str, _Events]:
    born = _instants(account.posts[account.world.focal].when, zone)
    early = EARLY // pd.Timedelta(microseconds=1)
    window = pd.Timedelta(hours=Question().window_hours) // pd.Timedelta(microseconds=1)
    found = {}
    for name, posts in account.posts.items():
        kept = posts.counts
        at = _instants(posts.when[kept], zone)
        shares = posts.crosspost_of[kept]
        age = at - born[shares] if len(born) else at
        bundled = (shares >= 0) & (age >= -early) & (age <= window)
        found[name] = _Events(at, shares, bundled)
    return found


def _covered_until(account: Account, name: str, zone: ZoneInfo) -> int:
    """Return the end of a channel's last known day; of one without posts, past all time."""
    posts = account.posts[name]
    if name not in TELL_EXPORT and not len(posts):
        return int(np.iinfo(np.int64).max)
    last = account.exported if name in TELL_EXPORT else posts.when[-1]
    return int(_instants(np.array([last.astype("datetime64[D]") + _DAY]), zone)[0])


def _counted(at: Ints, edges: Ints) -> Floats:
    """Return the number of instants in each [edge, next edge)."""
    slot = np.searchsorted(edges, at, side="right") - 1
    inside = slot[(slot >= 0) & (slot < len(edges) - 1)]
    return np.bincount(inside, minlength=len(edges) - 1).astype(np.float64)


def _parts(
    account: Account, events: dict[str, _Events], edges: Ints
) -> dict[tuple[str, str], Part]:
    """Return the blog's posts in two kinds: shared or not, and by length."""
    focal = account.world.focal
    at, blog = events[focal].moments, account.posts[focal]
    shared = np.zeros(len(at), dtype=bool)
    for mine in events.values():
        shared[mine.shares[mine.bundled]] = True
    parts = {(focal, "sharing"): _part(("shared", "not shared"), at, shared, edges)}
    words = np.array(
        [len(f"{title} {text}".split()) for title, text in zip(blog.title, blog.text, strict=True)]
    )
    long = words > np.median(words) if len(words) else shared
    if long.any():
        parts[focal, "length"] = _part(("long", "short"), at, long, edges)
    return parts


def _part(names: tuple[str, str], at: Ints, first: Flags, edges: Ints) -> Part:
    return Part(names, (_counted(at[first], edges), _counted(at[~first], edges)))
