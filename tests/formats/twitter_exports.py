"""Small Twitter archives, and what is read from them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from network_exports import folder, read

from analysis.formats.base import Extract, Post
from analysis.formats.twitter_archive import ARCHIVE

AT = dt.datetime(2012, 5, 8, 1, 30, tzinfo=dt.UTC)
ID = "199672466145017861"  # given out at that time, 321 milliseconds later
LATER_ID = "219233817200832512"  # given out at 2012-07-01 00:59:49.845 UTC
LATER = dt.datetime(2012, 7, 1, 0, 59, 49, tzinfo=dt.UTC)


def tweet(text: str, identifier: str = "1", **more: Any) -> dict[str, Any]:
    return {
        "id_str": identifier,
        "id": identifier,
        "full_text": text,
        "created_at": "Tue May 08 01:30:00 +0000 2012",
        "favorite_count": "3",
        "retweet_count": "1",
        "entities": {"urls": [], "user_mentions": []},
        **more,
    }


def url(short: str, full: str) -> dict[str, Any]:
    return {"url": short, "expanded_url": full, "indices": ["0", "1"]}


def current(*tweets: object, name: str = "tweets", part: int = 0) -> str:
    return f"window.YTD.{name}.part{part} = " + json.dumps([{"tweet": one} for one in tweets])


def month(*tweets: dict[str, Any], label: str = "2012_05") -> str:
    old = [
        {"text": one["full_text"], **{k: v for k, v in one.items() if "_count" not in k}}
        for one in tweets
    ]
    for one in old:
        del one["full_text"]
    return f"Grailbird.data.tweets_{label} = \n {json.dumps(old)}"


def extract_of(tmp_path: Path, *tweets: object, **more: str) -> Extract:
    return read(ARCHIVE, folder(tmp_path, {"data/tweets.js": current(*tweets), **more}))


def post_of(tmp_path: Path, record: dict[str, Any]) -> Post:
    (post,) = extract_of(tmp_path, record).posts
    return post
