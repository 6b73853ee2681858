"""Worlds in which no post of any channel moves the score."""

from __future__ import annotations

import datetime as dt

import numpy as np

from fresh import scores
from fresh.clock import LEAD, Stretch
from fresh.folders import Account, Draft, facebook, feed, linkedin, plain
from fresh.posting import (
    WEEKENDS,
    WORKDAYS,
    appointment,
    following,
    habit,
    hawkes,
    together,
    wander,
)

Rng = np.random.Generator

VIEWS_WEEK = np.array([1.1, 1.2, 1.15, 1.1, 1.0, 0.7, 0.75])
"""Page views by weekday, Monday first."""


def view_weekdays(stretch: Stretch) -> scores.Values:
    """Return the factor of each day's weekday, for the lead too."""
    return np.array([VIEWS_WEEK[stretch.date(day).weekday()] for day in range(-LEAD, stretch.days)])


def night_owl(rng: Rng) -> Account:
    """Return an account in Tokyo that posts after midnight; followers come and go by chance."""
    stretch = Stretch("Asia/Tokyo", dt.date(2014, 3, 3), 540)
    draft = Draft(stretch)
    count = scores.followers(rng, 2500, np.full(LEAD + stretch.days, 6.0), 0.002)[LEAD:]
    draft.score(plain(stretch, count, 0, count >= 0), "followers", "level", "03:30")
    draft.table(
        {
            "blog": habit(rng, stretch, 2.5, 25.0, 1.5),
            "newsletter": appointment(rng, stretch, 4, 7.0, 0.1),
            "podcast": appointment(rng, stretch, 6, 26.0, 0.1, every=2),
            "chat": habit(rng, stretch, 9, 23.0, 3.0, WEEKENDS),
        },
        "offset",
    )
    return draft.done()


def bursts(rng: Rng) -> Account:
    """Return an account that posts in bursts across channels, and a weekly mean in whole points."""
    stretch = Stretch("Europe/Berlin", dt.date(2013, 9, 1), 450)
    draft = Draft(stretch)
    rank = scores.week_mean(60 + scores.pulled(rng, LEAD + stretch.days, 0.9, 2.5))[LEAD:]
    draft.score(plain(stretch, rank, 0, rank > -1), "rank", "level", "12:15")
    names = ("blog", "micro", "photos")
    offspring = ((0.3, 0.8, 0.2), (0.05, 0.4, 0.1), (0.05, 0.2, 0.3))
    posts = hawkes(rng, stretch, (0.12, 0.4, 0.2), offspring, 14.0)
    draft.table(dict(zip(names, posts, strict=True)), "utc")
    return draft.done()


def dip_brings_posts(rng: Rng) -> Account:
    """Return an account whose owner reads the score at seven and writes when it has fallen."""
    stretch = Stretch("America/New_York", dt.date(2012, 1, 9), 400)
    draft = Draft(stretch)
    score = 50 + scores.pulled(rng, LEAD + stretch.days, 0.92, 0.6)
    fell = np.diff(score, prepend=score[0])
    chance = np.where(fell < -0.5, 0.6, np.where(fell < 0, 0.25, 0.08))
    chosen = [int(day) - LEAD for day in np.flatnonzero(rng.random(len(score)) < chance)]
    blog = stretch.instants(chosen, rng.uniform(8.0, 21.0, len(chosen)))
    kept = score[LEAD:]
    draft.score(plain(stretch, kept, 2, kept > 0), "score", "level", "07:00")
    draft.table(
        {
            "blog": blog,
            "links": following(rng, blog, 0.6, 0.2, 5.0),
            "forum": habit(rng, stretch, 5, 20.0, 2.0, WORKDAYS),
        },
        "wall",
    )
    return draft.done()


def slow_moods(rng: Rng) -> Account:
    """Return page views and posting that each wander over weeks, apart from each other."""
    stretch = Stretch("America/Sao_Paulo", dt.date(2011, 8, 1), 600)
    draft = Draft(stretch)
    public = wander(rng, stretch, 30, 0.35)
    mood = np.array([public(day) for day in range(-LEAD, stretch.days)])
    views = scores.counted(rng, 400 * view_weekdays(stretch) * mood, 0.2)[LEAD:]
    draft.score(plain(stretch, views, 0, views >= 0), "page views", "flow", "24:00")
    draft.table(
        {
            "blog": habit(rng, stretch, 2.5, 22.0, 2.5, WEEKENDS, wander(rng, stretch, 30, 0.7)),
            "video": habit(rng, stretch, 1.5, 18.0, 2.0, mood=wander(rng, stretch, 40, 0.7)),
            "photos": habit(rng, stretch, 7, 16.0, 4.0, mood=wander(rng, stretch, 20, 0.7)),
        },
        "offset",
    )
    return draft.done()


def shared_rise(rng: Rng) -> Account:
    """Return an account that grows and posts more each year; nobody reads it on weekends."""
    stretch = Stretch("Europe/London", dt.date(2014, 1, 6), 700)
    draft = Draft(stretch)
    grown = (np.arange(LEAD + stretch.days)) / (LEAD + stretch.days)
    count = scores.followers(rng, 800, 2 + 14 * grown, 0.001)[LEAD:]
    weekday = np.array([stretch.date(day).weekday() < 5 for day in range(stretch.days)])
    draft.score(plain(stretch, count, 0, weekday), "followers", "level", "24:00")

    def more(day: int) -> float:
        return 0.4 + 1.4 * (day + LEAD) / (LEAD + stretch.days)

    draft.table(
        {
            "blog": habit(rng, stretch, 3, 12.0, 3.0, WORKDAYS, more),
            "newsletter": appointment(rng, stretch, 3, 9.0, 0.15),
            "micro": habit(rng, stretch, 14, 15.0, 4.0, mood=more),
        },
        "offset",
    )
    return draft.done()


def viral_spikes(rng: Rng) -> Account:
    """Return page views with rare great spikes from elsewhere; posts are known by day only."""
    stretch = Stretch("America/Los_Angeles", dt.date(2012, 5, 1), 500)
    draft = Draft(stretch)
    views = scores.counted(rng, 250 * view_weekdays(stretch), 0.25)
    views = (views + np.round(scores.spikes(rng, LEAD + stretch.days, 15, 600, 1.3)))[LEAD:]
    draft.score(plain(stretch, views, 0, views >= 0), "page views", "flow", "24:00")
    draft.table(
        {
            "blog": habit(rng, stretch, 2, 10.0, 2.0, WORKDAYS),
            "photos": habit(rng, stretch, 5, 17.0, 3.0, WEEKENDS),
            "links": habit(rng, stretch, 8, 13.0, 3.0, WORKDAYS),
        },
        "day",
    )
    return draft.done()


def restated(rng: Rng) -> Account:
    """Return a faded sum of chance, restated at two known dates, with gaps; native exports."""
    stretch = Stretch("Europe/Berlin", dt.date(2011, 6, 1), 420)
    draft = Draft(stretch)
    gains = rng.gamma(0.5, 0.5, LEAD + stretch.days)
    score = (30 + scores.faded(gains, 90))[LEAD:]
    days = np.arange(stretch.days)
    score = score - 6.0 * (days >= 147) + 0.9 * (score - 40) * (days >= 300)
    kept = (rng.random(stretch.days) > 0.04) & ~((days >= 200) & (days < 209))
    draft.score(plain(stretch, score, 2, kept), "score", "level", "06:00")
    blog = habit(rng, stretch, 2, 21.0, 2.0)
    shares = {
        number: float(at) + rng.uniform(0.1, 6.0)
        for number, at in enumerate(blog, 1)
        if rng.random() < 0.5
    }
    again = {number: at + 1.0 for number, at in shares.items() if rng.random() < 0.7}
    book = habit(rng, stretch, 5, 19.0, 3.0, WEEKENDS)
    work = habit(rng, stretch, 2.5, 10.0, 2.0, WORKDAYS)
    draft.add("blog", "raw/feed.xml", len(blog), feed(stretch, blog))
    draft.add("facebook", "raw/facebook", len(book) + len(shares), facebook(book, shares))
    draft.add("linkedin", "raw/linkedin", len(work) + len(again), linkedin(work, again))
    draft.breaks((147, 300))
    return draft.done()


def holidays(rng: Rng) -> Account:
    """Return views that fall on holidays, when its owner does not write: a hidden cause."""
    stretch = Stretch("Europe/Berlin", dt.date(2013, 1, 7), 500)
    draft = Draft(stretch)
    starts = rng.choice(np.arange(-LEAD, stretch.days), 40, replace=False)
    off = {int(start) + later for start in starts for later in range(int(rng.integers(1, 6)))}
    away = np.array([0.45 if day in off else 1.0 for day in range(-LEAD, stretch.days)])
    views = scores.counted(rng, 500 * view_weekdays(stretch) * away, 0.15)[LEAD:]
    draft.score(plain(stretch, views, 0, views >= 0), "page views", "flow", "24:00")

    def at_work(day: int) -> float:
        return 0.15 if day in off else 1.0

    blog = habit(rng, stretch, 3.5, 11.0, 2.5, WORKDAYS, at_work)
    links = together(following(rng, blog, 0.5, 0.2, 3.0), habit(rng, stretch, 3, 14.0, 3.0))
    draft.table({"blog": blog, "links": links}, "offset")
    return draft.done()
