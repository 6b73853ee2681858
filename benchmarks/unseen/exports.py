"""A study's folder: its settings, and the files as networks and blogs give them out."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from unseen.diary import Diary, Entry, Floats

SNOWFLAKE_EPOCH = 1288834974657


def rss(folder: Path, entries: Sequence[Entry], zone: ZoneInfo) -> str:
    """Write a blog's RSS 2.0 feed, newest item first."""
    items = [
        f"<item><title>{escape(each.words)}</title><link>{escape(each.url)}</link>"
        f"<guid isPermaLink='true'>{escape(each.url)}</guid>"
        f"<pubDate>{format_datetime(each.at.astimezone(zone))}</pubDate>"
        f"<description>{escape(each.words)}</description></item>"
        for each in reversed(entries)
    ]
    head = "<title>A blog</title><link>https://blog.example.org/</link><description>d</description>"
    text = "\n".join([f'<rss version="2.0"><channel>{head}', *items, "</channel></rss>"])
    (folder / "feed.xml").write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', "utf-8")
    return "feed.xml"


def json_feed(folder: Path, entries: Sequence[Entry], zone: ZoneInfo) -> str:
    """Write a blog's JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A blog",
        "home_page_url": "https://blog.example.org/",
        "feed_url": "https://blog.example.org/feed.json",
        "items": [
            {
                "id": each.url,
                "url": each.url,
                "title": each.words,
                "content_text": each.words,
                "date_published": each.at.astimezone(zone).isoformat(),
            }
            for each in reversed(entries)
        ],
    }
    (folder / "feed.json").write_text(json.dumps(feed, indent=1), "utf-8")
    return "feed.json"


def markdown(folder: Path, entries: Sequence[Entry], zone: ZoneInfo) -> str:
    """Write a folder of Markdown posts, as a static blog is kept."""
    (folder / "posts").mkdir()
    for each in entries:
        slug = each.url.rstrip("/").rsplit("/", 1)[1]
        head = f"title: {each.words}\ndate: {each.at.astimezone(zone).isoformat()}\nurl: {each.url}"
        (folder / "posts" / f"{slug}.md").write_text(
            f"---\n{head}\n---\n\n{each.words}.\n", "utf-8"
        )
    return "posts"


def twitter(folder: Path, entries: Sequence[Entry], zone: ZoneInfo) -> str:
    """Write a Twitter archive as it is given out since 2019, made after the last post."""
    data = folder / "twitter" / "data"
    data.mkdir(parents=True)
    tweets = [{"tweet": tweet(each, number)} for number, each in enumerate(entries)]
    made = (entries[-1].at + dt.timedelta(days=8)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    owner = {"accountId": "4242", "userName": "author", "displayName": "An author"}
    named = {
        "fileName": "data/tweets.js",
        "globalName": "YTD.tweets.part0",
        "count": str(len(tweets)),
    }
    manifest = {
        "userInfo": owner,
        "archiveInfo": {"sizeBytes": "1000", "generationDate": made, "isPartialArchive": False},
        "dataTypes": {"tweets": {"files": [named]}},
    }
    account = [{"account": {**owner, "username": "author", "accountDisplayName": "An author"}}]
    del account[0]["account"]["userName"], account[0]["account"]["displayName"]
    script(data / "manifest.js", "window.__THAR_CONFIG", manifest)
    script(data / "account.js", "window.YTD.account.part0", account)
    script(data / "tweets.js", "window.YTD.tweets.part0", tweets)
    return "twitter"


def script(path: Path, name: str, value: object) -> None:
    """Write a value as the JavaScript assignment of an archive."""
    path.write_text(f"{name} = {json.dumps(value, indent=1)}\n", "utf-8")


def tweet(entry: Entry, number: int) -> dict[str, object]:
    """Return one tweet of an archive."""
    stamp = int(entry.at.timestamp() * 1000) - SNOWFLAKE_EPOCH
    name = str((stamp << 22) + number % 4096)
    short = f"https://t.co/{number:010d}"
    text = f"{entry.words} {short}" if entry.link else entry.words
    url = {
        "url": short,
        "expanded_url": entry.link,
        "display_url": entry.link.removeprefix("https://"),
        "indices": [str(len(entry.words) + 1), str(len(text))],
    }
    return {
        "id": name,
        "id_str": name,
        "created_at": entry.at.strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "full_text": text,
        "entities": {
            "hashtags": [],
            "symbols": [],
            "user_mentions": [],
            "urls": [url] if entry.link else [],
        },
        "display_text_range": ["0", str(len(text))],
        "favorite_count": "0",
        "retweet_count": "0",
        "retweeted": False,
        "favorited": False,
        "truncated": False,
        "lang": "en",
        "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
    }


ONE_FILE: dict[str, Callable[[Path, Sequence[Entry], ZoneInfo], str]] = {
    "rss": rss,
    "json-feed": json_feed,
    "markdown": markdown,
    "twitter": twitter,
}
"""Forms that hold one channel each."""

SEVERAL = {"table": "activity", "daily": "daily"}
"""Forms that hold several channels, and the source that the settings name them by."""


def table(path: Path, diary: Diary, channels: Sequence[str]) -> None:
    """Write a spreadsheet of posts, links standing in their words."""
    rows = sorted(
        (each.at, channel, each.url, f"{each.words} {each.link}".strip())
        for channel in channels
        for each in diary.posts[channel]
    )
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["at", "channel", "url", "text"])
        out.writerows((f"{at:%Y-%m-%dT%H:%M:%SZ}", *rest) for at, *rest in rows)


def daily(path: Path, diary: Diary, channels: Sequence[str]) -> None:
    """Write counts of posts by local day."""
    counts = {(channel, day): 0 for channel in channels for day in diary.dates}
    for channel in channels:
        for each in diary.posts[channel]:
            counts[channel, each.at.astimezone(diary.zone).date()] += 1
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["date", *channels])
        for day in diary.dates:
            out.writerow([day.isoformat(), *(counts[channel, day] for channel in channels)])


def score(path: Path, diary: Diary, values: Floats, decimals: int) -> int:
    """Write the readings, leaving out those that are missing; return their number."""
    days = [each for each in diary.dates if each >= diary.first][: diary.days]
    rows = [
        f"{day.isoformat()},{value:.{decimals}f}"
        for day, value in zip(days, values, strict=True)
        if not math.isnan(value)
    ]
    path.write_text("\n".join(["date,score", *rows, ""]), "utf-8")
    return len(rows)


def sources(raw: Path, diary: Diary, forms: dict[str, str]) -> dict[str, str]:
    """Write every channel in its form; return the sources as the settings name them."""
    named = {}
    for channel, form in forms.items():
        if form in ONE_FILE:
            place = ONE_FILE[form](raw, diary.posts[channel], diary.zone)
            named[channel] = f"raw/{place}"
    for form, key in SEVERAL.items():
        write = table if form == "table" else daily
        channels = [each for each in forms if forms[each] == form]
        if channels:
            write(raw / f"{key}.csv", diary, channels)
            named[key] = f"raw/{key}.csv"
    return named


def settings(
    diary: Diary, title: str, kind: str, named: dict[str, str], breaks: Sequence[dt.date]
) -> str:
    """Return study.toml: the files of every channel are complete for all of the record."""
    lines = [
        f'title = "{title}"',
        f'timezone = "{diary.zone.key}"',
        'focal = "blog"',
        "simulated = true",
        "\n[score]",
        'path = "raw/score.csv"',
        f'kind = "{kind}"',
        f'observed_at = "{diary.read_hour:02d}:00"',
        "\n[sources]",
        *(f'{channel} = "{place}"' for channel, place in named.items()),
    ]
    for number, day in enumerate(breaks, 1):
        lines += ["\n[[breaks]]", f"date = {day.isoformat()}", f'label = "Model {number + 1}"']
    for channel in diary.posts:
        lines += [
            f"\n[coverage.{channel}]",
            f"start = {diary.dates[0].isoformat()}",
            f"end = {diary.dates[-1].isoformat()}",
        ]
    return "\n".join([*lines, ""])
