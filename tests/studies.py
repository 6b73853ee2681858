"""A small study in native formats, on disk, to be read whole or broken on purpose."""

from __future__ import annotations

import datetime as dt
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.privileges import like_anyone

START = dt.date(2012, 1, 2)
DAYS = 90

TOML = """\
title = "A small study"
timezone = "America/Los_Angeles"
focal = "blog"

[score]
name = "Klout score"
path = "raw/score.csv"

[sources]
blog = "raw/blog.json"
twitter = "raw/twitter.zip"
facebook = "raw/facebook"
"""


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def score_csv() -> str:
    """Return a score that rises in the two days after each blog post (every sixth day)."""
    value, lines = 40.0, ["date,score"]
    for number in range(DAYS):
        value += (0.5 if number % 6 in (1, 2) else -0.25) + 0.07 * ((number * 37) % 11 - 5)
        lines.append(f"{day(number)},{value:.2f}")
    return "\n".join(lines) + "\n"


def blog_json() -> str:
    items = [
        {
            "id": str(number),
            "url": f"https://blog.example/{number}",
            "date_published": f"{day(number)}T10:00:00-08:00",
            "content_text": "Words",
        }
        for number in range(0, DAYS, 6)
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "B", "items": items})


def tweets_js() -> str:
    tweets = [
        {
            "tweet": {
                "id_str": str(180_000_000_000_000_000 + number),
                "created_at": f"{day(number):%a %b %d} 18:30:00 +0000 {day(number):%Y}",
                "full_text": "Look https://t.co/a" if number % 6 == 0 else "Lunch",
                "entities": {
                    "urls": [
                        {"url": "https://t.co/a", "expanded_url": f"https://blog.example/{number}"}
                    ]
                    if number % 6 == 0
                    else []
                },
            }
        }
        for number in range(DAYS)
        if number % 3 == 0 or number % 7 == 1
    ]
    return "window.YTD.tweets.part0 = " + json.dumps(tweets)


def facebook_json() -> str:
    posts = [
        {
            "timestamp": int(dt.datetime(2012, 1, 2, 20, tzinfo=dt.UTC).timestamp())
            + number * 86_400,
            "data": [{"post": "Hello"}],
            "title": "Someone updated their status.",
        }
        for number in range(0, DAYS, 4)
    ]
    return json.dumps(posts)


def small_study(folder: Path, toml: str = TOML) -> Path:
    """Write a blog's JSON Feed, a Twitter zip, a Facebook folder and a score of 90 days."""
    (folder / "raw/facebook/posts").mkdir(parents=True)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    (folder / "raw/score.csv").write_text(score_csv(), encoding="utf-8")
    (folder / "raw/blog.json").write_text(blog_json(), encoding="utf-8")
    (folder / "raw/facebook/posts/your_posts_1.json").write_text(facebook_json(), encoding="utf-8")
    with zipfile.ZipFile(folder / "raw/twitter.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/tweets.js", tweets_js())
    return folder


@contextmanager
def forbid(path: Path) -> Iterator[None]:
    """Take away every permission for a while, also from root."""
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        with like_anyone():
            if os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
                pytest.skip("permissions do not bind here")
            yield
    finally:
        path.chmod(mode)


def cut_short(path: Path, share: float = 0.5) -> None:
    """Leave only the first part of a file, as a download that broke off."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
