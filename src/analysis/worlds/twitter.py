"""Twitter archives as Twitter wrote them: of 2012 to 2018 (Grailbird) and the current one."""

from __future__ import annotations

import datetime as dt
import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analysis import disk
from analysis.worlds import clock
from analysis.worlds.account import Account, Posts

Json = dict[str, Any]

NAME = "author_example"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def write_grailbird(account: Account, folder: Path, zone: ZoneInfo) -> None:
    """Write ``data/js``: a file a month, newest tweet first, an index and the export's date."""
    months: dict[str, list[Json]] = {}
    for instant, tweet in _tweets(account.posts["twitter"], zone, _grailbird):
        months.setdefault(f"{instant:%Y_%m}", []).append(tweet)
    (folder / "data/js/tweets").mkdir(parents=True)
    index = []
    for month, tweets in sorted(months.items(), reverse=True):
        file = f"data/js/tweets/{month}.js"
        head = f"Grailbird.data.tweets_{month} = \n "
        _write(folder / file, head + _lines(tweets))
        index.append(
            {
                "file_name": file,
                "year": int(month[:4]),
                "var_name": f"tweets_{month}",
                "tweet_count": len(tweets),
                "month": int(month[5:]),
            }
        )
    _write(folder / "data/js/tweet_index.js", "var tweet_index =  " + _lines(index))
    details = {
        "tweets": len(account.posts["twitter"]),
        "created_at": f"{clock.sql(_exported(account, zone))} +0000",
        "lang": "en",
    }
    _write(folder / "data/js/payload_details.js", f"var payload_details =  {json.dumps(details)}\n")


def write_archive(account: Account, folder: Path, zone: ZoneInfo) -> None:
    """Write ``data/tweets.js`` with its manifest, as the download of today has them."""
    tweets = [{"tweet": tweet} for _, tweet in _tweets(account.posts["twitter"], zone, _current)]
    (folder / "data").mkdir(parents=True)
    _write(folder / "data/tweets.js", "window.YTD.tweets.part0 = " + _lines(tweets))
    files = [
        {
            "fileName": "data/tweets.js",
            "globalName": "YTD.tweets.part0",
            "count": str(len(tweets)),
        }
    ]
    manifest = {
        "userInfo": {"accountId": "7", "userName": NAME, "displayName": "The Author"},
        "archiveInfo": {
            "generationDate": clock.iso_ms(_exported(account, zone)),
            "isPartialArchive": False,
        },
        "dataTypes": {"tweets": {"mediaDirectory": "data/tweets_media", "files": files}},
    }
    text = json.dumps(manifest, indent=2)
    _write(folder / "data/manifest.js", f"window.__THAR_CONFIG = {text}\n")


def _exported(account: Account, zone: ZoneInfo) -> dt.datetime:
    local: dt.datetime = account.exported.astype("datetime64[s]").item()
    return local.replace(tzinfo=zone).astimezone(dt.UTC)


def _write(path: Path, text: str) -> None:
    disk.write(path, text.encode("ascii"), synced=False)


def _lines(records: list[Json]) -> str:
    """Return a JSON array with one record a line."""
    rows = (json.dumps(record, separators=(",", ":")) for record in records)
    return "[ " + ",\n".join(rows) + " ]\n"


def _tweets(
    posts: Posts, zone: ZoneInfo, form: Callable[[Posts, int, dt.datetime], Json]
) -> list[tuple[dt.datetime, Json]]:
    """Return every tweet in one archive's form with its instant, newest first."""
    moments = clock.instants(posts.when, zone)
    return [(moment, form(posts, row, moment)) for row, moment in enumerate(moments)][::-1]


def _short(number: int) -> str:
    """Return the t.co address of a tweet's link: eight characters that the id fixes."""
    scrambled = number * 0x9E3779B97F4A7C15 % 2**64
    letters = [_ALPHABET[scrambled // 62**place % 62] for place in range(8)]
    return "http://t.co/" + "".join(letters)


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _with_link(posts: Posts, row: int, number: int) -> tuple[str, list[Json]]:
    """Return the escaped text, its link shortened, and the link's entity.

    The indices count characters of the escaped text, as they do in real archives.
    """
    text, link = _escaped(posts.text[row]), posts.link[row]
    if not link:
        return text, []
    short = _short(number)
    begin = len(text) + 1
    entity = {
        "indices": [begin, begin + len(short)],
        "url": short,
        "expanded_url": link,
        "display_url": link.split("://", 1)[1][:28],
    }
    return f"{text} {short}", [entity]


def _other(text: str) -> str:
    """Return whom a reply or retweet names."""
    return text.split("@", 1)[1].split()[0].rstrip(":")


def _grailbird(posts: Posts, row: int, instant: dt.datetime) -> Json:
    number = clock.snowflake(instant, row)
    text, urls = _with_link(posts, row, number)
    source = "web" if not urls else '<a href="http://bufferapp.com" rel="nofollow">Buffer</a>'
    tweet: Json = {
        "source": source,
        "entities": {"user_mentions": [], "media": [], "hashtags": [], "urls": urls},
        "geo": {},
        "id_str": str(number),
        "text": text,
        "id": number,
        "created_at": f"{clock.sql(instant)} +0000",
        "user": {"screen_name": NAME, "protected": False},
    }
    if posts.kind[row] == "reply":
        tweet["in_reply_to_status_id_str"] = str(number - (1 << 34))
        tweet["in_reply_to_screen_name"] = _other(posts.text[row])
    if posts.kind[row] == "repost":
        passed = posts.text[row].split(": ", 1)[1]
        tweet["retweeted_status"] = {
            "id_str": str(number - (1 << 34)),
            "text": _escaped(passed),
            "user": {"screen_name": _other(posts.text[row])},
        }
    return tweet


def _current(posts: Posts, row: int, instant: dt.datetime) -> Json:
    """Return a tweet as the current archive has it: every number is a string."""
    number = clock.snowflake(instant, row)
    text, urls = _with_link(posts, row, number)
    for url in urls:
        url["indices"] = [str(place) for place in url["indices"]]
    owned = posts.kind[row] != "repost"
    tweet: Json = {
        "retweeted": False,
        "source": '<a href="http://twitter.com" rel="nofollow">Twitter Web Client</a>',
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": urls},
        "display_text_range": ["0", str(len(text))],
        "favorite_count": str(int(posts.reactions[row]) // 2 if owned else 0),
        "id_str": str(number),
        "truncated": False,
        "retweet_count": str(int(posts.reactions[row]) if owned else 0),
        "id": str(number),
        "created_at": clock.classic(instant),
        "favorited": False,
        "full_text": text,
        "lang": "en",
    }
    if posts.kind[row] == "reply":
        tweet["in_reply_to_status_id_str"] = str(number - (1 << 34))
        tweet["in_reply_to_screen_name"] = _other(posts.text[row])
    return tweet
