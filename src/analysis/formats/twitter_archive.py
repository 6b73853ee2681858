"""Twitter archives in JavaScript: the current one (2018 on) and Grailbird's (2012-2018).

The current one holds ``data/tweets.js`` (``tweet.js`` before 2022) and its numbered parts,
with all numbers as strings; Grailbird's a file a month, ``data/js/tweets/2012_05.js``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from analysis.errors import corrupt
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Recognition
from analysis.formats.javascript import head_text, items_of, load, section, string
from analysis.formats.twitter import (
    RawTweet,
    export_time,
    extract,
    pairs,
    payload_time,
)
from analysis.formats.twitter_long import long_texts, with_long_texts

_COUNT = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class _Generation:
    """How a generation of the archive names its files of tweets, and begins them."""

    head: re.Pattern[str]
    name: re.Pattern[str]
    folder: str
    confidence: float
    why: str

    def recognise(self, tree: Tree) -> Recognition | None:
        """Return the files that begin as they should, and those that are damaged.

        A file of the right name in the right folder that begins otherwise (emptied, cut
        short) is read with the others: its damage is told, its tweets do not go missing.
        """
        sure: list[str] = []
        named: list[str] = []
        all_blank = True
        for member in tree.names:
            path = PurePosixPath(member)
            if not (path.suffix.lower() == ".js" or tree.is_single_file):
                continue
            begin = head_text(tree, member, 400)
            if self.head.match(begin):
                sure.append(member)
            elif self.name.fullmatch(path.name) and path.parent.name in (self.folder, ""):
                named.append(member)
                all_blank = all_blank and not begin.strip("\0 \t\r\n")
        members = tuple(sorted(sure + named))
        if sure:
            return Recognition(self.confidence, members, f"{len(sure)} file(s) {self.why}")
        if named and all_blank:
            return Recognition(0.4, members, f"{len(named)} empty file(s) named as tweets")
        return None


_CURRENT = _Generation(
    head=re.compile(r"\s*window\.YTD\.tweets?\.part\d+\s*="),
    name=re.compile(r"tweets?(?:-part\d+)?\.js", re.IGNORECASE),
    folder="data",
    confidence=0.95,
    why="that begin with window.YTD.tweets",
)
_GRAILBIRD = _Generation(
    head=re.compile(r"\s*Grailbird\.data\.tweets_\d{4}_\d{2}\s*="),
    name=re.compile(r"\d{4}_\d{2}\.js", re.IGNORECASE),
    folder="tweets",
    confidence=0.9,
    why="that begin with Grailbird.data.tweets",
)


@dataclass(frozen=True, slots=True)
class _Manifest:
    exported_at: dt.datetime | None = None
    owner_ids: tuple[str, ...] = ()
    owner_names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def _read_current(tree: Tree, recognition: Recognition) -> Extract:
    manifest = _manifest(tree)
    aside: Counter[str] = Counter()
    tweets = list(_tweets(tree, recognition.members, aside))
    tweets, notes = with_long_texts(tweets, long_texts(tree))
    return extract(
        tweets,
        owner_ids=manifest.owner_ids,
        owner_names=manifest.owner_names,
        set_aside=aside,
        exported_at=manifest.exported_at,
        notes=(*_missing(manifest.files, recognition.members), *notes),
    )


def _read_grailbird(tree: Tree, recognition: Recognition) -> Extract:
    exported_at = payload_time(tree)
    aside: Counter[str] = Counter()
    ids: set[str] = set()
    names: set[str] = set()
    tweets = list(_tweets(tree, recognition.members, aside, ids, names))
    notes = list(_missing(_indexed(tree), recognition.members))
    if tree.find("tweets.csv"):
        notes.append("tweets.csv was not read: the monthly files hold the same tweets, and more.")
    return extract(
        tweets,
        owner_ids=ids,
        owner_names=names,
        set_aside=aside,
        exported_at=exported_at,
        notes=notes,
    )


def _tweets(
    tree: Tree,
    members: Iterable[str],
    aside: Counter[str],
    ids: set[str] | None = None,
    names: set[str] | None = None,
) -> Iterator[RawTweet]:
    """Yield the tweets of all files; collects their authors' ids and names when asked to."""
    for member in members:
        items = load(tree, member)
        if not isinstance(items, list):
            raise corrupt(tree.where(member), "", "expected a list of tweets")
        for index, item in enumerate(items):
            inner = item.get("tweet", item) if isinstance(item, dict) else None
            if not isinstance(inner, dict) or not ("full_text" in inner or "text" in inner):
                aside["not a tweet"] += 1
                continue
            user = inner.get("user")
            if ids is not None and names is not None and isinstance(user, dict):
                ids.add(string(user, "id_str", "id"))
                names.add(string(user, "screen_name"))
            yield _raw(inner, member, f"item {index + 1}")


def _raw(tweet: dict[str, Any], member: str, pointer: str) -> RawTweet:
    entities = section(tweet.get("entities"))
    edit = section(section(tweet.get("edit_info")).get("edit"))
    retweeted = (tweet.get(key) for key in ("retweeted_status", "retweeted_status_id"))
    return RawTweet(
        id=string(tweet, "id_str", "id"),
        created_at=string(tweet, "created_at"),
        text=string(tweet, "full_text", "text"),
        member=member,
        pointer=pointer,
        urls=pairs(entities.get("urls"), "url", "expanded_url"),
        media=pairs(entities.get("media"), "url", "expanded_url"),
        reply_to=string(tweet, "in_reply_to_status_id_str", "in_reply_to_status_id"),
        reply_to_user=string(tweet, "in_reply_to_user_id_str", "in_reply_to_user_id"),
        reply_to_name=string(tweet, "in_reply_to_screen_name"),
        is_retweet=any(retweeted),
        first_version=string(edit, "initialTweetId"),
        favorites=_count(tweet.get("favorite_count")),
        retweets=_count(tweet.get("retweet_count")),
    )


def _count(value: object) -> int | None:
    if isinstance(value, str) and _COUNT.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None


def _manifest(tree: Tree) -> _Manifest:
    """Return what ``manifest.js`` tells: whose archive, made when, and of which files."""
    for name in tree.find("manifest.js"):
        if "__THAR_CONFIG" not in head_text(tree, name, 200):
            continue
        config = section(load(tree, name))
        user, archive = section(config.get("userInfo")), section(config.get("archiveInfo"))
        kinds = section(config.get("dataTypes"))
        files = section(kinds.get("tweets", kinds.get("tweet"))).get("files")
        return _Manifest(
            export_time(tree, archive.get("generationDate"), name),
            (string(user, "accountId"),),
            (string(user, "userName"),),
            tuple(string(section(file), "fileName") for file in items_of(files)),
        )
    return _Manifest()


def _indexed(tree: Tree) -> tuple[str, ...]:
    """Return the monthly files that Grailbird's index lists."""
    for name in tree.find("tweet_index.js"):
        if "tweet_index" in head_text(tree, name, 200):
            months = (section(month) for month in items_of(load(tree, name)))
            return tuple(string(month, "file_name") for month in months)
    return ()


def _missing(listed: Iterable[str], members: Iterable[str]) -> tuple[str, ...]:
    """Return a note naming the files that an archive lists and that are not here."""
    here = {PurePosixPath(member).name for member in members}
    absent = [name for name in listed if name and PurePosixPath(name).name not in here]
    if not absent:
        return ()
    return (
        f"The archive lists {len(absent):,} file(s) of tweets that are not here"
        f" ({absent[0]} and so on): the days in them look silent.",
    )


ARCHIVE = Format("Twitter archive (2018 on)", _CURRENT.recognise, _read_current)
GRAILBIRD = Format("Twitter archive (2012-2018)", _GRAILBIRD.recognise, _read_grailbird)
