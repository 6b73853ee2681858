"""Time the reading of a Twitter archive beside the parsers that could do a part of it.

One file of made-up tweets, written as the archive writes them: a third are replies, a seventh
reposts, four in ten have a link. Ours reads it as a study does: file to recognized format to
`Extract`, every tweet once, with its kind, its links, and its time weighed against its id. The
others parse the same bytes and take the same fields without making anything of them, or do no
more than parse. CPU seconds of one core, the runs of all in turn.

Run::

    python benchmarks/ingest.py
    python benchmarks/ingest.py --write docs/ingest.md
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import hashlib
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from analysis.files import Tree
from analysis.formats.base import Post
from analysis.formats.twitter_archive import ARCHIVE
from analysis.formats.twitter_time import SNOWFLAKE_EPOCH_MS
from machine import Target, conclude

TWEETS, REPEAT, SEED = 100_000, 5, 1
GOAL = 2.0
"""Ours may take twice as long as orjson alone."""

POST = tuple(field.name for field in fields(Post))

_TEXT = "the a score post blog reading moves after before café naïve data 😀 日本 week talk"
_WORDS = _TEXT.split()
_APPS = ("Twitter Web Client", "Twitter for iPhone", "WordPress.com", "Buffer")
_FIELDS = ("id_str", "created_at", "full_text", "favorite_count", "retweet_count", "source")


def tweet(rng: random.Random, number: int, at: dt.datetime) -> dict[str, Any]:
    """Return a made-up tweet with the keys that the archive of 2023 has."""
    milliseconds = round(at.timestamp() * 1000) + rng.randrange(1000)
    own = str(((milliseconds - SNOWFLAKE_EPOCH_MS) << 22) + number % 4096)
    text = " ".join(rng.choices(_WORDS, k=rng.randint(4, 25)))
    entities: dict[str, Any] = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}
    answer: dict[str, str] = {}
    draw = rng.random()
    if draw < 0.35:
        who = str(rng.randrange(10**6, 10**9))
        name = {"name": f"User {who}", "screen_name": f"u{who}", "id_str": who, "id": who}
        text = f"@u{who} {text}"
        entities["user_mentions"] = [name | {"indices": ["0", str(len(who) + 2)]}]
        to = str(int(own) - rng.randrange(10**10, 10**14))
        answer = dict.fromkeys(("in_reply_to_status_id_str", "in_reply_to_status_id"), to)
        answer |= dict.fromkeys(("in_reply_to_user_id_str", "in_reply_to_user_id"), who)
        answer["in_reply_to_screen_name"] = f"u{who}"
    elif draw < 0.5:
        text = f"RT @other: {text}…"
    elif draw > 0.6:
        short = f"https://t.co/{rng.randrange(16**10):010x}"
        full = f"https://blog.example.org/2012/post-{number}/?utm_source=twitter"
        indices = [str(len(text) + 1), str(len(text) + 24)]
        link = {"url": short, "expanded_url": full, "display_url": "blog.example.org/2012/…"}
        entities["urls"] = [link | {"indices": indices}]
        text = f"{text} &amp; {short}"
    edit = {"editTweetIds": [own], "editableUntil": f"{at:%Y-%m-%dT%H:%M:%S.000Z}"}
    return {
        "edit_info": {"initial": edit | {"editsRemaining": "5", "isEditEligible": draw > 0.5}},
        "retweeted": False,
        "source": f'<a href="https://app.example" rel="nofollow">{rng.choice(_APPS)}</a>',
        "entities": entities,
        "display_text_range": ["0", str(len(text))],
        "favorite_count": str(int(rng.expovariate(0.2))),
        "id_str": own,
        "truncated": False,
        "retweet_count": str(int(rng.expovariate(1))),
        "id": own,
        "created_at": f"{at:%a %b %d %H:%M:%S +0000 %Y}",
        "favorited": False,
        "full_text": text,
        "lang": "en",
        **answer,
    }


def write_archive(path: Path, count: int) -> None:
    """Write a ``tweets.js`` of ``count`` tweets, indented as the archive's are."""
    rng = random.Random(SEED)
    at = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)
    with path.open("w", encoding="utf-8") as file:
        file.write("window.YTD.tweets.part0 = [")
        for number in range(count):
            at += dt.timedelta(seconds=rng.randrange(30, 6000))
            record = {"tweet": tweet(rng, number, at)}
            text = json.dumps(record, indent=2, ensure_ascii=False, separators=(",", " : "))
            file.write(",\n" if number else "\n")
            file.writelines(f"  {line}\n" for line in text.splitlines()[:-1])
            file.write("  }")
        file.write("\n]")


def _array(path: Path) -> memoryview:
    data = path.read_bytes()
    return memoryview(data)[data.index(b"=") + 1 :]


def ours(path: Path) -> object:
    """Read the file as a study does."""
    tree = Tree.at(path)
    found = ARCHIVE.recognise(tree)
    if found is None:
        raise SystemExit("the file is not recognized")
    return ARCHIVE.read(tree, found)


def _rows(records: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for record in records:
        one = record["tweet"]
        links = [url["expanded_url"] for url in one["entities"]["urls"]]
        yield (*(one.get(field) for field in _FIELDS), one.get("in_reply_to_status_id_str"), links)


def by_json(path: Path) -> object:
    return list(_rows(json.loads(str(_array(path), "utf-8"))))


def by_pandas(path: Path) -> object:
    records = json.loads(str(_array(path), "utf-8"))
    return pd.json_normalize([record["tweet"] for record in records], max_level=1)


def by_orjson(path: Path) -> object:
    return orjson.loads(_array(path))


def by_orjson_paused(path: Path) -> object:
    gc.disable()
    try:
        return orjson.loads(_array(path))
    finally:
        gc.enable()


def by_orjson_fields(path: Path) -> object:
    return list(_rows(orjson.loads(_array(path))))


def kept(path: Path) -> Path:
    """Write the posts of the file beside it as Parquet, and return where."""
    posts = ARCHIVE.read(tree := Tree.at(path), ARCHIVE.recognise(tree)).posts
    columns = {name: [getattr(post, name) for post in posts] for name in POST}
    parquet.write_table(pa.table(columns), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def by_parquet(path: Path) -> object:
    """Hash the file, and make its posts from what was kept of them."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    gc.disable()
    try:
        read = parquet.read_table(path.with_suffix(".parquet"), use_threads=False)
        return [Post(*row) for row in zip(*(column.to_pylist() for column in read), strict=True)]
    finally:
        gc.enable()


WAYS: dict[str, Callable[[Path], object]] = {
    "needle: file to `Extract`": ours,
    "`orjson.loads` alone": by_orjson,
    "`orjson.loads` alone, garbage collector paused": by_orjson_paused,
    "`orjson.loads` and a loop that takes the fields": by_orjson_fields,
    "`json.loads` and a loop that takes the fields": by_json,
    "`json.loads` and `pandas.json_normalize`": by_pandas,
    "a Parquet of the posts: hash, read, make posts": by_parquet,
}
OURS, FLOOR = list(WAYS)[:2]


def measure(path: Path, repeat: int) -> dict[str, float]:
    """Return the median CPU seconds of each way, their runs in turn."""
    taken: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(repeat):
        for name, way in WAYS.items():
            gc.collect()
            start = time.process_time()
            result = way(path)
            taken[name].append(time.process_time() - start)
            del result
    return {name: statistics.median(times) for name, times in taken.items()}


def table(seconds: dict[str, float], count: int) -> list[str]:
    lines = [
        "| way | CPU seconds | tweets a second | times `orjson.loads` alone |",
        "|---|---|---|---|",
    ]
    for name, took in seconds.items():
        ratio = took / seconds[FLOOR]
        lines.append(f"| {name} | {took:.2f} | {count / took:,.0f} | {ratio:.2f} |")
    return lines


def page(lines: list[str], count: int, size: int, repeat: int) -> str:
    versions = (
        f"Python {platform.python_version()}, orjson {orjson.__version__}, pandas {pd.__version__}"
    )
    return "\n".join(
        [
            "# Speed of reading an archive",
            "",
            "Written by `python benchmarks/ingest.py --write docs/ingest.md`.",
            "",
            f"{count:,} made-up tweets in one `tweets.js` of {size / 1e6:.0f} MB, indented as",
            f"Twitter indents it; median of {repeat} runs, those of all ways in turn. {versions}.",
            "",
            *lines,
            "",
            "Ours makes posts: kinds, links, plain text, times weighed against ids, each once. It",
            "parses a piece of the file at a time, so that its memory holds the posts and never",
            "the whole file as objects, and lets the garbage collector wait. Most of what plain",
            "`orjson.loads` takes is spent in that collector; the third row is the floor without.",
            "",
            "A cache of posts as Parquet, by the hash of the file, would take what the last row",
            "says, and the import of pyarrow with it, which reading an archive does without. A",
            "report reads each source once, its notebooks share what was read, and one whose",
            "inputs are unchanged reads nothing: so there is no such cache to go stale.",
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--tweets", type=int, default=TWEETS)
    parser.add_argument("--repeat", type=int, default=REPEAT, help="runs; the median counts")
    parser.add_argument("--write", type=Path, help="write the table to this file too")
    parser.add_argument("--json", type=Path, help="write what is aimed at, and measured, as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "tweets.js"
        write_archive(path, options.tweets)
        kept(path)
        seconds = measure(path, options.repeat)
        text = page(
            table(seconds, options.tweets), options.tweets, path.stat().st_size, options.repeat
        )
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    ratio = seconds[OURS] / seconds[FLOOR]
    return conclude(
        [Target("reading an archive, in times of orjson alone", ratio, GOAL)], options.json
    )


if __name__ == "__main__":
    sys.exit(main())
