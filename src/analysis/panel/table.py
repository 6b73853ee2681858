"""The daily panel itself: one row a day, and what can be asked of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Coding = Literal["bundle", "all posts"]
CODINGS: tuple[Coding, ...] = ("bundle", "all posts")

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEADS = 2
"""Days after the reading whose posts serve as placebo."""


@dataclass(frozen=True)
class Part:
    """A channel's posts in two kinds.

    Attributes
    ----------
    names : tuple of str
        The two kinds.
    bins : tuple of array
        The posts of each kind, in the bins of ``Panel.posts``.
    """

    names: tuple[str, str]
    bins: tuple[Floats, Floats] = field(repr=False)


@dataclass(frozen=True)
class Panel:
    """One row a calendar day from the first reading to the last.

    Attributes
    ----------
    dates : DatetimeIndex
        The days, n of them, without holes; a day without a reading is a gap.
    score : array (n,)
        The reading, NaN in a gap.
    outcome : array (n,)
        What the model explains: the change since the day before (``level``), or the score
        itself (``flow``). NaN where either reading is missing.
    posts : dict of str to dict of str to array (BACK + n + LEADS,)
        By coding, by channel: the number of posts in the 24 hours before the reading of each
        day, from ``BACK`` days before the first to ``LEADS`` past the last. NaN where the
        source says nothing.
    crossposts : dict of str to array (n,)
        By channel: posts of the same 24 hours that share a focal post.
    reactions : dict of str to array (BACK + n + LEADS,)
        By channel, in the bins of ``posts``: reactions to the posts made in them; NaN all
        through where no source tells them.
    masked : array (n,) of bool
        Days whose change spans a known break.
    weekday : array (n,)
        0 is Monday.
    kind : {"level", "flow"}
        The kind of score.
    window_days : int
        The window before a reading, in days.
    focal : str
        The focal channel; the first of ``channels``.
    channels : tuple of str
        Every channel.
    parts : mapping of tuple to Part
        By channel and question: its posts in two kinds, in the bins of ``posts``.
    breaks : tuple of date
        The known changes of the scoring model.
    networks : mapping of str to str
        Network (``twitter``, ``facebook``) to the channel that comes from it.
    """

    dates: pd.DatetimeIndex
    score: Floats = field(repr=False)
    outcome: Floats = field(repr=False)
    posts: dict[Coding, dict[str, Floats]] = field(repr=False)
    crossposts: dict[str, Floats] = field(repr=False)
    reactions: dict[str, Floats] = field(repr=False)
    masked: Flags = field(repr=False)
    weekday: NDArray[np.int64] = field(repr=False)
    kind: Literal["level", "flow"]
    window_days: int
    focal: str
    channels: tuple[str, ...]
    parts: Mapping[tuple[str, str], Part] = field(default_factory=dict, repr=False)
    breaks: tuple[dt.date, ...] = ()
    networks: Mapping[str, str] = field(default_factory=dict)

    @property
    def readings(self) -> int:
        """The number of days with a reading."""
        return int(np.isfinite(self.score).sum())

    @property
    def gaps(self) -> int:
        """The number of days between the first and last reading without one."""
        return len(self.dates) - self.readings

    def window(self, channel: str, coding: Coding = "bundle") -> Floats:
        """Return the posts of ``channel`` in the window before each reading; shape (n,).

        NaN on the first days, whose window begins before the panel, is not needed: the bins
        reach back far enough. NaN means that the source does not cover part of the window.
        """
        return window_sum(self.posts[coding][channel], self.window_days, len(self.dates))

    def frame(self) -> pd.DataFrame:
        """Return the panel as a frame, one row a day, for people to look at.

        Columns: score, change, then for each channel ``<channel> 0-24h``, ``24-48h`` … (all
        posts), ``<channel> next 24h`` and ``next 48h``, crossposts, reactions; weekday, masked.
        """
        n = len(self.dates)
        change = np.full(n, np.nan)
        change[1:] = differences(self.score)
        columns: dict[str, object] = {"score": self.score, "change": change}
        for name in self.channels:
            bins = self.posts["all posts"][name]
            for lag in range(self.window_days):
                columns[f"{name} {24 * lag}-{24 * lag + 24}h"] = bins[BACK - lag : BACK - lag + n]
            columns[f"{name} next 24h"] = bins[BACK + 1 : BACK + 1 + n]
            columns[f"{name} next 48h"] = bins[BACK + 2 : BACK + 2 + n]
            columns[f"{name} crossposts"] = self.crossposts[name]
            columns[f"{name} reactions"] = self.reactions[name][BACK : BACK + n]
        columns["weekday"] = self.dates.day_name()
        columns["masked"] = self.masked
        return pd.DataFrame(columns, index=self.dates)


BACK = 7
"""Bins kept before the first day, so that the longest window (168 h) is whole on it."""


def window_sum(bins: Floats, days: int, n: int) -> Floats:
    """Return the sums of ``days`` bins ending at each of ``n`` days; NaN spreads.

    Parameters
    ----------
    bins : array (BACK + n + LEADS,)
        Posts in the 24 hours before each day's reading.
    days : int
        The width of the window.
    n : int
        The number of days in the panel.
    """
    total = np.zeros(n)
    for lag in range(days):
        total = total + bins[BACK - lag : BACK - lag + n]
    return total


def outcome(score: Floats, kind: str) -> Floats:
    """Return what the model explains; shape (n,).

    Levels are differenced (a level regressed on levels finds trends everywhere); a flow is
    explained as it stands.
    """
    if kind == "flow":
        return score.copy()
    change = np.full(len(score), np.nan)
    change[1:] = differences(score)
    return change


def differences(score: Floats) -> Floats:
    """Return the differences of neighbors, without the noise of binary fractions.

    0.3 - 0.2 and 0.2 - 0.1 are not the same number to a computer. Rounded to the fourteenth digit
    of the largest reading, equal changes are equal, wherever the score stands.
    """
    finite = np.abs(score[np.isfinite(score)])
    largest = float(finite.max()) if len(finite) else 0.0
    if largest == 0:
        return np.diff(score)
    decimals = 14 - int(np.clip(np.ceil(np.log10(largest)), -250, 250))
    return np.asarray(np.round(np.diff(score), decimals))


def set_aside(panel: Panel, used: Flags, lagged: Flags, lags: int) -> Counter[str]:
    """Count why readings do not enter the fit, each under its first reason.

    Parameters
    ----------
    panel : Panel
        The panel.
    used : array (n,) of bool
        The days that enter.
    lagged : array (n,) of bool
        The days with enough earlier readings.
    lags : int
        How many of them the model needs.
    """
    reasons: Counter[str] = Counter()
    has = np.isfinite(panel.score)
    early = np.arange(len(panel.dates)) < lags + (panel.kind == "level")
    usable = np.isfinite(panel.outcome)
    checks = {
        "at a known change of the scoring model": has & panel.masked,
        f"at the beginning, with fewer than {lags} days before them": has & early,
        "without a reading the day before": has & ~usable,
        f"with a missing reading among the {lags} days before": has & ~lagged,
        **{
            f"where the record of {name} does not reach": has & ~np.isfinite(panel.window(name))
            for name in panel.channels
        },
    }
    left = has & ~used
    for reason, flags in checks.items():
        reasons[reason] = int((left & flags).sum())
        left &= ~flags
    return +reasons
