"""Worlds where no post of any channel moves the score."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from unseen.diary import AFTER, BEFORE, Diary, Floats
from unseen.needle_moves import lose_blocks, returning, shocks, walk
from unseen.worlds import Score, World

Number = TypeVar("Number", bound=np.generic)


def on_readings(diary: Diary, daily: NDArray[Number]) -> NDArray[Number]:
    """Return the part of a row over days with posting that stands on days with readings."""
    return daily[BEFORE : BEFORE + diary.days]


def over_posting(diary: Diary, readings: Floats, otherwise: float) -> Floats:
    """Return a row over readings as one over days with posting."""
    return np.concatenate([np.full(BEFORE, otherwise), readings, np.full(AFTER, otherwise)])


def rising_together(diary: Diary) -> Score:
    """Let daily growth rise from none to half a usual move (0.4), and all posting with it."""
    part = diary.progress
    diary.blog(0.10 + 0.45 * part)
    diary.write("twitter", 1 + 3 * part)
    diary.write("mastodon", 0.4 + 1.6 * part)
    diary.pass_on("twitter", 0.85)
    return Score(walk(diary.rng, 12, 0.4, 0.2 * on_readings(diary, part)))


def rise_and_fall(diary: Diary) -> Score:
    """Let growth swell to 0.35 usual moves (0.6) a day and ebb to a loss, and posting with it."""
    wave = np.sin(np.pi * diary.progress) ** 2
    diary.blog(0.08 + 0.45 * wave)
    diary.write("twitter", 0.6 + 2.2 * wave)
    diary.write("facebook", 0.3 + 0.9 * wave)
    diary.write("linkedin", 0.15 + 0.4 * wave)
    drift = 0.6 * (0.5 * on_readings(diary, wave) - 0.15)
    values = walk(diary.rng, 30, 0.6, drift)
    return Score(lose_blocks(diary.rng, values, 5, 6, 15))


def slow_sine(diary: Diary) -> Score:
    """Let visits a day follow the year, and posting too, up to two weeks apart.

    The year's swing is 1.5 usual moves (45 visits); surprises last for some days.
    """
    year = 2 * np.pi * np.arange(diary.span) / 365.25 + diary.rng.uniform(0, 2 * np.pi)
    apart = diary.rng.uniform(-0.25, 0.25)
    diary.blog(0.28 * (1 + 0.75 * np.sin(year + apart)))
    diary.write("twitter", 1.4 * (1 + 0.6 * np.sin(year + apart)))
    diary.write("youtube", 0.3 * (1 + 0.8 * np.sin(year + apart)))
    diary.pass_on("twitter", 0.7)
    course = 320 + 68 * np.sin(on_readings(diary, year))
    return Score(np.maximum(returning(diary.rng, course, 45, 0.45), 0), 0)


def take_off(diary: Diary) -> Score:
    """Let followers take off as word spreads, in the months when a video channel is built up."""
    part = diary.progress
    steep = 1 / (1 + np.exp(-(part - 0.6) / 0.08))
    diary.blog(0.3)
    diary.write("youtube", 0.05 + 0.65 * steep, at_most=3)
    diary.write("twitter", 1.2)
    diary.pass_on("twitter", 0.8)
    course = on_readings(diary, 400 + 4600 * steep)
    gains = 1.5 + np.diff(course, prepend=course[0])
    spread = diary.rng.gamma(3, 1 / 3, gains.size)
    won = diary.rng.poisson(gains * spread)
    lost = diary.rng.poisson(1.2, gains.size)
    return Score(400 + np.cumsum(won - lost).astype(float), 0)


def vacations(diary: Diary) -> Score:
    """Let the author fall silent four times; the score, going back to its mean, does not care."""
    busy = np.ones(diary.span)
    for _ in range(4):
        at = int(diary.rng.integers(BEFORE, diary.span - 30))
        busy[at : at + int(diary.rng.integers(8, 17))] = 0
    diary.blog(0.35 * busy)
    diary.write("twitter", 2 * busy)
    diary.write("facebook", 0.8 * busy)
    diary.write("instagram", 0.7 * busy)
    diary.write("linkedin", 0.2 * busy)
    for channel in ("twitter", "facebook", "linkedin"):
        diary.pass_on(channel, 0.9)
    return Score(returning(diary.rng, np.full(diary.days, 52.0), 0.5, 0.85))


def weekly(diary: Diary) -> Score:
    """Let a score in whole points be higher on working days, and posting of both channels too."""
    works = np.array([1.0, 1.3, 1.2, 1.1, 0.7, 0.15, 0.25])[diary.weekdays]
    diary.blog(0.4 * works)
    diary.write("twitter", 1.8 * works)
    diary.pass_on("twitter", 0.6)
    shape = np.array([0.2, 0.9, 1.1, 0.8, 0.3, -1.7, -1.6])[on_readings(diary, diary.weekdays)]
    return Score(walk(diary.rng, 55, 0.5, np.full(diary.days, 0.01)) + shape, 0)


def restated(diary: Diary) -> Score:
    """Bring two new models: one takes 7 points; the other restates three weeks before it too.

    Both stand in the settings, by the day of their announcement. After the first the author
    loses heart and posts less.
    """
    one = int(diary.rng.integers(120, 150))
    two = int(diary.rng.integers(250, 280))
    day = np.arange(diary.span) - BEFORE
    heart = np.where(day < one, 1.0, 0.45)
    diary.blog(0.4 * heart)
    diary.write("facebook", 1.1 * heart)
    diary.write("instagram", 0.8)
    values = walk(diary.rng, 61, 0.35, np.full(diary.days, -0.02))
    values[one:] = values[one] - 7 + 0.8 * (values[one:] - values[one])
    values[two - 21 :] += 3
    return Score(values, breaks=[diary.first + dt.timedelta(days=each) for each in (one, two)])


def after_the_move(diary: Diary) -> Score:
    """Read a random walk with drift at seven; a rise sets the author writing, for two days."""
    steps = 0.03 + 0.5 * shocks(diary.rng, diary.days)
    glad = (steps > 0.4).astype(float)
    lately = np.maximum(glad, np.concatenate([[0.0], glad[:-1]]))
    diary.blog(0.15 + 0.6 * over_posting(diary, glad, 0.0), hour=13)
    diary.write("twitter", 1 + 3.5 * over_posting(diary, lately, 0.0))
    diary.write("mastodon", 0.5 + 1.2 * over_posting(diary, lately, 0.0))
    diary.pass_on("twitter", 0.8)
    return Score(40 + np.cumsum(steps))


def dips_answered(diary: Diary) -> Score:
    """Let the author write on days when the score is low; it comes back by itself."""
    values = returning(diary.rng, np.full(diary.days, 45.0), 0.8, 0.75)
    low = 1 / (1 + np.exp(2 * ((values - 45) / (0.8 / np.sqrt(1 - 0.75**2)) + 0.8)))
    worry = over_posting(diary, low, 0.15)
    diary.blog(0.1 + 0.6 * worry, hour=13)
    diary.write("linkedin", 0.1 + 0.8 * worry)
    diary.write("twitter", 1.3)
    diary.pass_on("linkedin", 0.5)
    return Score(values)


QUIET = [
    World(
        "rising-together",
        "posting and the score's growth both rise, on a line",
        False,
        False,
        420,
        "America/Toronto",
        6,
        "level",
        {"blog": "rss", "twitter": "twitter", "mastodon": "table"},
        rising_together,
    ),
    World(
        "rise-and-fall",
        "both rise and then fall; readings missing in blocks",
        False,
        False,
        800,
        "Europe/Berlin",
        24,
        "level",
        {"blog": "daily", "twitter": "daily", "facebook": "daily", "linkedin": "daily"},
        rise_and_fall,
    ),
    World(
        "slow-sine",
        "visits and posting both follow the year",
        False,
        False,
        730,
        "Australia/Sydney",
        24,
        "flow",
        {"blog": "json-feed", "twitter": "twitter", "youtube": "table"},
        slow_sine,
    ),
    World(
        "take-off",
        "followers take off while a video channel grows",
        False,
        False,
        500,
        "Asia/Tokyo",
        0,
        "level",
        {"blog": "table", "youtube": "table", "twitter": "table"},
        take_off,
    ),
    World(
        "vacations",
        "posting stops for vacations; a score that returns to its mean",
        False,
        False,
        300,
        "America/Los_Angeles",
        6,
        "level",
        {
            "blog": "rss",
            "twitter": "twitter",
            "facebook": "table",
            "instagram": "table",
            "linkedin": "table",
        },
        vacations,
    ),
    World(
        "weekly",
        "both follow the week; a score in whole points",
        False,
        False,
        364,
        "Europe/London",
        5,
        "level",
        {"blog": "rss", "twitter": "twitter"},
        weekly,
    ),
    World(
        "restated",
        "two new models of the score, one restated backward; posting halves",
        False,
        False,
        380,
        "America/New_York",
        0,
        "level",
        {"blog": "markdown", "facebook": "daily", "instagram": "daily"},
        restated,
    ),
    World(
        "after-the-move",
        "posts follow the score's rises; a random walk with drift",
        False,
        False,
        350,
        "Asia/Kolkata",
        7,
        "level",
        {"blog": "json-feed", "twitter": "table", "mastodon": "table"},
        after_the_move,
    ),
    World(
        "dips-answered",
        "posts answer dips from which the score returns by itself",
        False,
        False,
        320,
        "Europe/Paris",
        7,
        "level",
        {"blog": "rss", "linkedin": "table", "twitter": "twitter"},
        dips_answered,
    ),
]
