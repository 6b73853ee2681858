"""Simulated populations whose truth is known: many accounts, as arrays and as files.

Not one line of this knows the model that is measured. An account posts in bursts, more on some
weekdays, and less or more than others; its score moves by its posts of the 48 hours before a
reading, by its own memory, by the weekday, and by shocks with heavy tails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

CHANNELS = ("blog", "instagram", "twitter")
FEWEST_DAYS, MOST_DAYS = 180, 365
FIRST_DAY, START_SPREAD = 15_340, 365
"""The earliest first reading, in days since 1970, and over how many days accounts begin."""
BEFORE = 42
"""Days that a score has lived through before its first reading."""

RATES, RATE_SPREAD = np.array([0.2, 0.35, 1.0]), 0.7
"""Posts a day of the median account, by channel; standard deviation of their logarithm."""
BURSTS = 2.0
"""Shape of the gamma distribution that makes one week busier than another."""
POSTING = np.array([1.1, 1.2, 1.1, 1.1, 1.0, 0.7, 0.8])
"""How much is posted on each weekday, Monday first."""
WEEKDAYS = np.array([0.06, 0.03, 0.02, 0.0, -0.02, -0.05, -0.04])
"""What each weekday adds to a score."""
SHOCK, SHOCK_SPREAD, SHOCK_DF = 0.25, 0.3, 5.0
MEMORY = 0.2
"""How much of a day's change comes back the day after."""
LEVEL = 50.0
MANY, TEAMS = 100, 5
"""From so many accounts on there are five teams, else two; no team says anything."""

STUDY = """title = "Simulated population"
timezone = "UTC"
focal = "blog"
simulated = true

[score]
name = "score"
kind = "level"
observed_at = "00:00"
"""


@dataclass(frozen=True)
class World:
    """What is true of a population.

    Attributes
    ----------
    name : str
        In the tables.
    effect, spread : float
        Mean and standard deviation of what one more blog post has added when its 48 hours have
        passed.
    responding : float
        The share of accounts that have an effect at all.
    memory_spread : float
        Standard deviation of accounts' memories.
    related : float
        How much the effect goes with the logarithm of how much an account blogs; 0 is not at all.
    """

    name: str
    effect: float = 0.3
    spread: float = 0.0
    responding: float = 1.0
    memory_spread: float = 0.0
    related: float = 0.0


@dataclass(frozen=True)
class People:
    """A population.

    Attributes
    ----------
    names : array (a,) of str
        Its accounts.
    team : array (a,) of int
        A group that says nothing.
    first, days : array (a,) of int
        First reading (days since 1970), and how many there are.
    posts : array (a, 3, d) of int
        Posts in the 24 hours before each reading; zero from an account's last reading on.
    score : array (a, d)
        The readings; NaN where there is none.
    effect : array (a,)
        What one more blog post has added when its 48 hours have passed.
    coefficients : array (a,)
        What it does to each of the two readings after it, before memory.
    memory : array (a,)
        See `MEMORY`.
    """

    names: NDArray[np.str_]
    team: Counts
    first: Counts
    days: Counts
    posts: Counts = field(repr=False)
    score: Floats = field(repr=False)
    effect: Floats = field(repr=False)
    coefficients: Floats = field(repr=False)
    memory: Floats = field(repr=False)


def population(world: World, accounts: int, seed: int) -> People:
    """Draw a population of a world."""
    rng = np.random.default_rng([seed, accounts])
    first = FIRST_DAY + rng.integers(0, START_SPREAD, accounts)
    days = rng.integers(FEWEST_DAYS, MOST_DAYS + 1, accounts)
    length = BEFORE + MOST_DAYS
    on = weekday(first[:, None] - BEFORE + np.arange(length))
    activity = rng.normal(0.0, RATE_SPREAD, (accounts, len(CHANNELS)))
    weeks = rng.gamma(BURSTS, 1 / BURSTS, (accounts, len(CHANNELS), length // 7 + 1))
    busy = np.repeat(weeks, 7, axis=2)[:, :, :length]
    rate = RATES[:, None] * np.exp(activity)[:, :, None] * busy
    posts = rng.poisson(rate * POSTING[on][:, None, :])
    effect = _effects(world, activity[:, 0], rng)
    memory = np.clip(MEMORY + world.memory_spread * rng.normal(size=accounts), -0.2, 0.6)
    coefficient = effect / (2 + memory)
    blog = posts[:, 0].astype(float)
    window = blog + np.pad(blog, ((0, 0), (1, 0)))[:, :-1]
    shock = SHOCK * np.exp(rng.normal(0.0, SHOCK_SPREAD, accounts))
    shock /= np.sqrt(SHOCK_DF / (SHOCK_DF - 2))
    usual = 2 * RATES[0] * np.exp(activity[:, 0])
    push = (
        coefficient[:, None] * (window - usual[:, None])
        + WEEKDAYS[on]
        + shock[:, None] * rng.standard_t(SHOCK_DF, (accounts, length))
    )
    change, by_day = np.zeros((length, accounts)), push.T.copy()
    change[0] = by_day[0]
    for day in range(1, length):
        change[day] = by_day[day] + memory * change[day - 1]
    score = LEVEL + np.cumsum(change, axis=0).T
    there = np.arange(MOST_DAYS) < days[:, None]
    return People(
        names=np.array([f"account {number:05}" for number in range(accounts)]),
        team=rng.permutation(np.arange(accounts) % (2 if accounts < MANY else TEAMS)),
        first=first,
        days=days,
        posts=np.where(there[:, None, :], posts[:, :, BEFORE:], 0),
        score=np.where(there, score[:, BEFORE:], np.nan),
        effect=effect,
        coefficients=coefficient,
        memory=memory,
    )


def weekday(day: Counts) -> Counts:
    """Return the weekday, 0 is Monday, of days since 1970."""
    return np.asarray((day + 3) % 7)


def _effects(world: World, activity: Floats, rng: np.random.Generator) -> Floats:
    accounts = len(activity)
    drawn = rng.normal(size=accounts)
    if world.related:
        drawn = (drawn + world.related * activity) / np.hypot(1, world.related * RATE_SPREAD)
    effect = world.effect + world.spread * drawn
    responding = np.zeros(accounts, dtype=bool)
    responding[rng.permutation(accounts)[: round(world.responding * accounts)]] = True
    return np.where(responding, effect, 0.0)


def attributes(people: People) -> pd.DataFrame:
    """Return what is known of each account: its team."""
    team = [f"team {number}" for number in people.team]
    return pd.DataFrame({"account": people.names, "team": team})


def write(people: People, folder: Path, kind: str, seed: int) -> Path:
    """Write a population as ``needle accounts build`` reads it, and return the folder.

    Every post is put at some second of its 24 hours.
    """
    rng = np.random.default_rng([seed, 1])
    account, channel, day = np.nonzero(people.posts)
    times = people.posts[account, channel, day]
    account, channel, day = (np.repeat(part, times) for part in (account, channel, day))
    second = (people.first[account] + day - 1) * 86_400 + rng.integers(0, 86_400, len(account))
    at = second.astype("datetime64[s]")
    activity = pd.DataFrame(
        {
            "account": people.names[account],
            "at": pd.DatetimeIndex(at).tz_localize("UTC"),
            "channel": np.array(CHANNELS)[channel],
        }
    )
    owner, read = np.nonzero(np.isfinite(people.score))
    date = (people.first[owner] + read).astype("datetime64[D]")
    score = pd.DataFrame(
        {"account": people.names[owner], "date": date, "score": people.score[owner, read]}
    )
    tables = {"activity": activity, "score": score, "accounts": attributes(people)}
    for name, table in tables.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        if kind == "csv":
            if name == "activity":
                table["at"] = table["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            table.to_csv(folder / name / "part.csv", index=False)
        else:
            table.to_parquet(folder / name / "part.parquet", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder
