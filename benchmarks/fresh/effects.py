"""Worlds in which posts of the blog, of another channel, or of several move the score."""

from __future__ import annotations

import datetime as dt

import numpy as np

from fresh import scores
from fresh.clock import LEAD, Stretch
from fresh.folders import Account, Draft, facebook, feed, linkedin, plain
from fresh.nulls import view_weekdays
from fresh.posting import (
    WEEKENDS,
    WORKDAYS,
    appointment,
    following,
    habit,
    hawkes,
    together,
)

Rng = np.random.Generator


def same_evening(rng: Rng) -> Account:
    """Return page views that a blog post lifts for some hours, by half after four."""
    stretch = Stretch("Europe/Berlin", dt.date(2014, 2, 3), 400)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2.5, 17.0, 4.0, WORKDAYS)
    came = scores.brought(stretch.readings(24.0), blog, scores.soon(4.0))
    views = scores.counted(rng, 300 * view_weekdays(stretch) + 130 * came, 0.2)[LEAD:]
    draft.score(plain(stretch, views, 0, views >= 0), "page views", "flow", "24:00")
    draft.table(
        {
            "blog": blog,
            "newsletter": appointment(rng, stretch, 1, 8.0, 0.1),
            "micro": habit(rng, stretch, 10, 15.0, 5.0),
        },
        "offset",
    )
    return draft.done()


def next_day(rng: Rng) -> Account:
    """Return a faded sum that rises 12 to 40 hours after a blog post; native exports."""
    stretch = Stretch("Europe/London", dt.date(2011, 11, 1), 380)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 20.0, 2.5)
    came = scores.brought(stretch.readings(6.0), blog, scores.ramp(12, 40))
    gains = 0.9 * came + rng.gamma(1.0, 0.3, LEAD + stretch.days)
    noise = scores.pulled(rng, LEAD + stretch.days, 0.5, 0.15)
    score = (20 + scores.faded(gains, 90) + noise)[LEAD:]
    kept = rng.random(stretch.days) > 0.03
    draft.score(plain(stretch, score, 2, kept), "score", "level", "06:00")
    shares = {
        number: float(at) + rng.uniform(0.1, 3.0)
        for number, at in enumerate(blog, 1)
        if rng.random() < 0.5
    }
    book = habit(rng, stretch, 4, 19.0, 3.0, WEEKENDS)
    work = habit(rng, stretch, 2.5, 10.0, 2.0, WORKDAYS)
    draft.add("blog", "raw/feed.xml", len(blog), feed(stretch, blog))
    draft.add("facebook", "raw/facebook", len(book) + len(shares), facebook(book, shares))
    draft.add("linkedin", "raw/linkedin", len(work), linkedin(work, {}))
    return draft.done()


def subscribers(rng: Rng) -> Account:
    """Return followers of whom each blog post brings some over two days; days only."""
    stretch = Stretch("Australia/Sydney", dt.date(2013, 4, 1), 450)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 21.0, 2.0, WEEKENDS)
    came = scores.brought(stretch.readings(24.0), blog, scores.ramp(0, 48))
    count = scores.followers(rng, 3000, 8 + 9 * came, 0.002)[LEAD:]
    draft.score(plain(stretch, count, 0, count >= 0), "followers", "level", "24:00")
    draft.table(
        {
            "blog": blog,
            "podcast": appointment(rng, stretch, 2, 6.0, 0.1),
            "photos": habit(rng, stretch, 4, 15.0, 4.0, WEEKENDS),
        },
        "day",
    )
    return draft.done()


def spiky_blog(rng: Rng) -> Account:
    """Return views that a blog post lifts by half a day's worth, among Pareto spikes."""
    stretch = Stretch("America/Los_Angeles", dt.date(2012, 5, 1), 500)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 10.0, 2.0, WORKDAYS)
    came = scores.brought(stretch.readings(24.0), blog, scores.soon(6.0))
    views = scores.counted(rng, 250 * view_weekdays(stretch) + 120 * came, 0.25)
    views = (views + np.round(scores.spikes(rng, LEAD + stretch.days, 15, 600, 1.3)))[LEAD:]
    draft.score(plain(stretch, views, 0, views >= 0), "page views", "flow", "24:00")
    draft.table(
        {
            "blog": blog,
            "photos": habit(rng, stretch, 5, 17.0, 3.0, WEEKENDS),
            "links": habit(rng, stretch, 8, 13.0, 3.0, WORKDAYS),
        },
        "offset",
    )
    return draft.done()


def faint_blog(rng: Rng) -> Account:
    """Return followers of whom a blog post brings one or two; a year of readings."""
    stretch = Stretch("Europe/Berlin", dt.date(2013, 4, 1), 365)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 21.0, 3.0)
    came = scores.brought(stretch.readings(24.0), blog, scores.ramp(0, 40))
    count = scores.followers(rng, 2500, 6 + 1.5 * came, 0.0025)[LEAD:]
    draft.score(plain(stretch, count, 0, count >= 0), "followers", "level", "24:00")
    draft.table(
        {
            "blog": blog,
            "micro": habit(rng, stretch, 10, 15.0, 5.0),
            "photos": habit(rng, stretch, 4, 15.0, 4.0, WEEKENDS),
        },
        "offset",
    )
    return draft.done()


def counts_only(rng: Rng) -> Account:
    """Return a slowly pulled score of one decimal, and no more than posts a day."""
    stretch = Stretch("America/Sao_Paulo", dt.date(2012, 3, 1), 500)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 13.0, 4.0)
    came = scores.brought(stretch.readings(24.0), blog, scores.soon(8.0))
    score, level = [], 40.0
    for gain, shock in zip(came, rng.standard_normal(len(came)), strict=True):
        level = 40 + 0.97 * (level - 40) + 0.7 * gain - 0.2 + 0.45 * shock
        score.append(level)
    kept = np.array(score)[LEAD:]
    draft.score(plain(stretch, kept, 1, kept > 0), "score", "level", "24:00")
    draft.counts(
        {
            "blog": blog,
            "micro": habit(rng, stretch, 12, 14.0, 5.0),
            "video": habit(rng, stretch, 1.5, 18.0, 2.0, WEEKENDS),
        }
    )
    return draft.done()


def smoothed(rng: Rng) -> Account:
    """Return the weekly mean of a rank that a blog post lifts on its day and the next."""
    stretch = Stretch("America/Chicago", dt.date(2013, 1, 1), 500)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 11.0, 3.0, WORKDAYS)
    came = scores.brought(stretch.readings(24.0), blog, scores.ramp(0, 30))
    daily = 50 + 8 * came + scores.pulled(rng, LEAD + stretch.days, 0.3, 3.0)
    rank = scores.week_mean(daily)[LEAD:]
    draft.score(plain(stretch, rank, 1, rank > 0), "rank", "level", "24:00")
    draft.table(
        {
            "blog": blog,
            "micro": habit(rng, stretch, 9, 14.0, 4.0),
            "links": habit(rng, stretch, 4, 12.0, 3.0, WORKDAYS),
        },
        "utc",
    )
    return draft.done()


def irregular(rng: Rng) -> Account:
    """Return a score read between five and eleven, some days twice, that the blog moves."""
    stretch = Stretch("America/New_York", dt.date(2015, 2, 2), 420)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2.5, 24.0, 2.0)
    hours = np.clip(8 + 1.5 * rng.standard_normal(LEAD + stretch.days), 5, 11)
    read = np.array([stretch.instant(day - LEAD, hour) for day, hour in enumerate(hours)])
    came = scores.brought(read, blog, scores.soon(9.0))
    score = 45 + np.cumsum(0.8 * came - 0.28 + 0.5 * rng.standard_normal(len(came)))
    rows = []
    for instant, value in zip(read[LEAD:], score[LEAD:], strict=True):
        rows.append((stretch.local(instant).isoformat(), f"{value:.2f}"))
        if rng.random() < 0.2:
            rows.append((stretch.local(instant + 9).isoformat(), f"{value + 0.05:.2f}"))
    draft.score(rows, "score", "level", "08:00")
    draft.table(
        {
            "blog": blog,
            "newsletter": appointment(rng, stretch, 0, 10.0, 0.1),
            "micro": habit(rng, stretch, 12, 20.0, 4.0),
        },
        "offset",
    )
    return draft.done()


def podcast_carries(rng: Rng) -> Account:
    """Return followers whom the podcast brings; the blog has its notes a day or two later."""
    stretch = Stretch("Asia/Tokyo", dt.date(2015, 1, 5), 500)
    draft = Draft(stretch)
    podcast = together(appointment(rng, stretch, 2, 6.0, 0.15), habit(rng, stretch, 0.8, 12.0, 4.0))
    came = scores.brought(stretch.readings(24.0), podcast, scores.soon(8.0))
    count = scores.followers(rng, 2000, 5 + 14 * came, 0.0035)[LEAD:]
    draft.score(plain(stretch, count, 0, count >= 0), "followers", "level", "24:00")
    notes = following(rng, podcast, 0.6, 20.0, 40.0)
    draft.table(
        {
            "blog": together(notes, habit(rng, stretch, 1.2, 22.0, 2.0)),
            "podcast": podcast,
            "micro": habit(rng, stretch, 8, 18.0, 5.0),
        },
        "offset",
    )
    return draft.done()


def photos_carry(rng: Rng) -> Account:
    """Return page views that photos bring; photos and blog posts come in the same bursts."""
    stretch = Stretch("Australia/Sydney", dt.date(2012, 9, 3), 450)
    draft = Draft(stretch)
    offspring = ((0.2, 0.5, 0.3), (0.1, 0.5, 0.1), (0.05, 0.1, 0.3))
    blog, photos, links = hawkes(rng, stretch, (0.15, 0.25, 0.3), offspring, 10.0)
    came = scores.brought(stretch.readings(24.0), photos, scores.soon(6.0))
    views = scores.counted(rng, 200 * view_weekdays(stretch) + 45 * came, 0.2)[LEAD:]
    draft.score(plain(stretch, views, 0, views >= 0), "page views", "flow", "24:00")
    draft.table({"blog": blog, "photos": photos, "links": links}, "utc")
    return draft.done()


def everything(rng: Rng) -> Account:
    """Return a score that blog, newsletter and podcast move alike."""
    stretch = Stretch("America/Denver", dt.date(2014, 6, 2), 540)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 19.0, 3.0)
    letter = habit(rng, stretch, 1.2, 9.0, 2.0, WORKDAYS)
    podcast = habit(rng, stretch, 1.2, 16.0, 3.0, WEEKENDS)
    came = scores.brought(stretch.readings(5.0), together(blog, letter, podcast), scores.soon(10.0))
    gains = 0.6 * came + rng.gamma(1.0, 0.3, LEAD + stretch.days)
    score = scores.faded(gains, 60)[LEAD:] + scores.pulled(rng, stretch.days, 0.4, 0.2)
    draft.score(plain(stretch, score, 2, score > -9), "score", "level", "05:00")
    posts = {"blog": blog, "newsletter": letter, "podcast": podcast}
    draft.table({**posts, "micro": habit(rng, stretch, 9, 15.0, 5.0)}, "offset")
    return draft.done()


def links_carry(rng: Rng) -> Account:
    """Return a score that posts on LinkedIn move, own ones and shares of the blog's alike."""
    stretch = Stretch("Europe/London", dt.date(2012, 1, 2), 420)
    draft = Draft(stretch)
    blog = habit(rng, stretch, 2, 9.0, 2.0, WORKDAYS)
    shares = {
        number: float(at) + rng.uniform(0.1, 2.0)
        for number, at in enumerate(blog, 1)
        if rng.random() < 0.85
    }
    work = habit(rng, stretch, 2, 12.0, 3.0, WORKDAYS)
    carried = together(work, np.array(list(shares.values())))
    came = scores.brought(stretch.readings(6.0), carried, scores.ramp(2, 30))
    gains = 0.8 * came + rng.gamma(1.0, 0.3, LEAD + stretch.days)
    score = (15 + scores.faded(gains, 90))[LEAD:]
    draft.score(plain(stretch, score, 2, score > 0), "score", "level", "06:00")
    book = habit(rng, stretch, 5, 19.0, 3.0)
    draft.add("blog", "raw/feed.xml", len(blog), feed(stretch, blog))
    draft.add("facebook", "raw/facebook", len(book), facebook(book, {}))
    draft.add("linkedin", "raw/linkedin", len(work) + len(shares), linkedin(work, shares))
    return draft.done()
