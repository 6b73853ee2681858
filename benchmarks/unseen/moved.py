"""Worlds where posts move the score: the blog's, another channel's, or all of them."""

from __future__ import annotations

import numpy as np

from unseen.diary import Diary
from unseen.needle_moves import lasting, lift, returning, two_days, visits, walk
from unseen.quiet import on_readings
from unseen.worlds import Score, World


def blog_at_once(diary: Diary) -> Score:
    """Let a blog post add 1.0 usual moves (0.5) by the next reading, half-life 20 days."""
    diary.blog(0.3)
    diary.write("twitter", 1.6)
    diary.write("facebook", 0.6)
    diary.write("instagram", 0.7)
    diary.pass_on("twitter", 0.9)
    diary.pass_on("facebook", 0.8)
    own = returning(diary.rng, np.full(diary.days, 50.0), 0.5, 0.97)
    return Score(own + lift(diary, diary.posts["blog"], 0.5, lasting(0, 20)))


def blog_next_day(diary: Diary) -> Score:
    """Let a blog post add 1.2 usual moves (0.4), but only once it is a day old."""
    diary.blog(0.25)
    diary.write("twitter", 2)
    diary.write("linkedin", 0.3)
    diary.pass_on("twitter", 0.8)
    diary.pass_on("linkedin", 0.7)
    own = walk(diary.rng, 40, 0.4, np.full(diary.days, -0.02))
    return Score(own + lift(diary, diary.posts["blog"], 0.48, lasting(24, 60)))


def blog_seasonal(diary: Diary) -> Score:
    """Let a blog post add 1.4 usual moves (0.6) for a day, half for one more; a year in both."""
    year = 2 * np.pi * np.arange(diary.span) / 365.25 + diary.rng.uniform(0, 2 * np.pi)
    diary.blog(0.25 * (1 + 0.8 * np.sin(year)))
    diary.write("twitter", 1.3 * (1 + 0.5 * np.sin(year)))
    diary.write("mastodon", 0.6)
    diary.pass_on("mastodon", 0.6)
    course = 48 + 2 * np.sin(on_readings(diary, year))
    own = returning(diary.rng, course, 0.6, 0.9)
    return Score(own + lift(diary, diary.posts["blog"], 0.84, two_days))


def blog_visits(diary: Diary) -> Score:
    """Let a blog post bring visits of 1.5 usual moves (40) in all, thinning out over two days."""
    diary.blog(0.3)
    diary.write("twitter", 1.5)
    diary.write("youtube", 0.2)
    diary.pass_on("twitter", 0.75)
    week = np.array([1.05, 1.1, 1.08, 1.05, 1.0, 0.85, 0.87])[on_readings(diary, diary.weekdays)]
    own = returning(diary.rng, 260 * week, 40, 0.35)
    return Score(np.maximum(own + lift(diary, diary.posts["blog"], 60, visits), 0), 0)


def blog_on_a_rise(diary: Diary) -> Score:
    """Let a blog post add 0.9 usual moves (0.5), while posting and the score's own growth rise."""
    part = diary.progress
    diary.blog(0.1 + 0.4 * part)
    diary.write("twitter", 0.8 + 2.5 * part)
    diary.write("instagram", 0.2 + 1.2 * part)
    diary.pass_on("twitter", 0.8)
    own = walk(diary.rng, 15, 0.5, 0.2 * on_readings(diary, part) - 0.1)
    return Score(own + lift(diary, diary.posts["blog"], 0.45, lasting(0, 60)))


def shares_carry(diary: Diary) -> Score:
    """Let a link to a post add 0.8 usual moves (0.5) on each of two networks, the post nothing."""
    diary.blog(0.4)
    diary.write("twitter", 1.4)
    diary.write("linkedin", 0.3)
    diary.write("instagram", 0.6)
    diary.pass_on("twitter", 0.6)
    diary.pass_on("linkedin", 0.6)
    own = returning(diary.rng, np.full(diary.days, 47.0), 0.5, 0.96)
    links = [*diary.shares("twitter"), *diary.shares("linkedin")]
    return Score(own + lift(diary, links, 0.4, lasting(0, 15)))


def tweets_only(diary: Diary) -> Score:
    """Let a tweet add 0.7 usual moves (0.6) and the blog, shared on LinkedIn alone, nothing."""
    diary.blog(0.3)
    diary.write("twitter", 0.8)
    diary.write("linkedin", 0.2)
    diary.pass_on("linkedin", 0.9)
    own = returning(diary.rng, np.full(diary.days, 42.0), 0.6, 0.95)
    return Score(own + lift(diary, diary.posts["twitter"], 0.42, lasting(0, 10)))


def photos_and_blog(diary: Diary) -> Score:
    """Let a photo add 0.8 usual moves (0.5) and a blog post 1.0."""
    diary.blog(0.28)
    diary.write("instagram", 0.5)
    diary.write("twitter", 1.5)
    diary.write("facebook", 0.5)
    diary.write("linkedin", 0.15)
    diary.pass_on("twitter", 0.8)
    diary.pass_on("facebook", 0.8)
    own = returning(diary.rng, np.full(diary.days, 50.0), 0.5, 0.95)
    photos = lift(diary, diary.posts["instagram"], 0.4, lasting(0, 12))
    return Score(own + photos + lift(diary, diary.posts["blog"], 0.5, lasting(0, 12)))


def videos_on_a_rise(diary: Diary) -> Score:
    """Let a video add 1.2 usual moves (10 followers), while blog, videos and growth all rise."""
    part = diary.progress
    diary.blog(0.1 + 0.35 * part)
    diary.write("youtube", 0.08 + 0.4 * part, at_most=2)
    diary.write("twitter", 1.5)
    diary.pass_on("twitter", 0.5)
    own = walk(diary.rng, 900, 10, 2 + 3.5 * on_readings(diary, part))
    return Score(own + lift(diary, diary.posts["youtube"], 12, lasting(0, 400)), 0)


def everything(diary: Diary) -> Score:
    """Let posts add 1.0 (blog), 0.5 (Twitter), 0.7 (Facebook), 0.8 (LinkedIn) usual moves (0.5)."""
    diary.blog(0.3)
    diary.write("twitter", 1.2)
    diary.write("facebook", 0.5)
    diary.write("linkedin", 0.25)
    diary.pass_on("linkedin", 0.5)
    total = returning(diary.rng, np.full(diary.days, 38.0), 0.5, 0.95)
    for channel, size in {"blog": 0.5, "twitter": 0.25, "facebook": 0.35, "linkedin": 0.4}.items():
        total = total + lift(diary, diary.posts[channel], size, lasting(0, 10))
    return Score(total)


def everything_visits(diary: Diary) -> Score:
    """Let posts bring visits of 1.4 (blog) and 0.6 to 1.2 (five others) usual moves (50) in all."""
    diary.blog(0.3)
    rates = {"twitter": 1.0, "facebook": 0.5, "linkedin": 0.2, "mastodon": 0.5, "youtube": 0.15}
    for channel, rate in rates.items():
        diary.write(channel, rate)
    diary.pass_on("twitter", 0.7)
    diary.pass_on("mastodon", 0.7)
    total = returning(diary.rng, np.full(diary.days, 420.0), 50, 0.3)
    sizes = {"blog": 70, "twitter": 30, "facebook": 35, "linkedin": 45}
    for channel, size in {**sizes, "mastodon": 30, "youtube": 60}.items():
        total = total + lift(diary, diary.posts[channel], size, visits)
    return Score(np.maximum(total, 0), 0)


MOVED = [
    World(
        "blog-at-once",
        "a blog post adds 1.0 usual moves by the next reading",
        True,
        False,
        365,
        "America/Los_Angeles",
        6,
        "level",
        {"blog": "rss", "twitter": "twitter", "facebook": "table", "instagram": "table"},
        blog_at_once,
    ),
    World(
        "blog-next-day",
        "a blog post adds 1.2 usual moves a day later",
        True,
        False,
        450,
        "Europe/Madrid",
        0,
        "level",
        {"blog": "json-feed", "twitter": "twitter", "linkedin": "table"},
        blog_next_day,
    ),
    World(
        "blog-seasonal",
        "a blog post adds 1.4 usual moves, gone after two days; the year is in both",
        True,
        False,
        640,
        "America/Sao_Paulo",
        24,
        "level",
        {"blog": "markdown", "twitter": "twitter", "mastodon": "table"},
        blog_seasonal,
    ),
    World(
        "blog-visits",
        "a blog post brings visits of 1.5 usual moves over two days",
        True,
        False,
        400,
        "Europe/Warsaw",
        24,
        "flow",
        {"blog": "rss", "twitter": "twitter", "youtube": "daily"},
        blog_visits,
    ),
    World(
        "blog-on-a-rise",
        "a blog post adds 0.9 usual moves; posting and growth both rise",
        True,
        False,
        540,
        "America/Chicago",
        6,
        "level",
        {"blog": "json-feed", "twitter": "twitter", "instagram": "table"},
        blog_on_a_rise,
    ),
    World(
        "shares-carry",
        "links to the blog on two networks add 0.8 usual moves each",
        True,
        False,
        420,
        "Africa/Johannesburg",
        5,
        "level",
        {"blog": "rss", "twitter": "twitter", "linkedin": "table", "instagram": "table"},
        shares_carry,
    ),
    World(
        "tweets-only",
        "a tweet adds 0.7 usual moves, the blog nothing",
        False,
        True,
        200,
        "Europe/Stockholm",
        6,
        "level",
        {"blog": "json-feed", "twitter": "twitter", "linkedin": "table"},
        tweets_only,
    ),
    World(
        "photos-and-blog",
        "a photo adds 0.8 usual moves, a blog post 1.0",
        True,
        True,
        330,
        "America/Denver",
        0,
        "level",
        {
            "blog": "rss",
            "instagram": "table",
            "twitter": "twitter",
            "facebook": "table",
            "linkedin": "table",
        },
        photos_and_blog,
    ),
    World(
        "videos-on-a-rise",
        "a video adds 1.2 usual moves; blog, videos and growth all rise",
        False,
        True,
        480,
        "Asia/Singapore",
        24,
        "level",
        {"blog": "table", "youtube": "table", "twitter": "table"},
        videos_on_a_rise,
    ),
    World(
        "everything",
        "every channel adds, 0.5 to 1.0 usual moves",
        True,
        True,
        260,
        "Pacific/Auckland",
        24,
        "level",
        {"blog": "daily", "twitter": "daily", "facebook": "daily", "linkedin": "daily"},
        everything,
    ),
    World(
        "everything-visits",
        "every channel brings visits, 0.6 to 1.4 usual moves",
        True,
        True,
        700,
        "Europe/Rome",
        24,
        "flow",
        {
            "blog": "rss",
            "twitter": "twitter",
            "facebook": "table",
            "linkedin": "table",
            "mastodon": "table",
            "youtube": "table",
        },
        everything_visits,
    ),
]
