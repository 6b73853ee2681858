"""Twitter archives in JavaScript: the current one (2018 on) and Grailbird's (2012-2018).

The current one holds ``data/tweets.js`` (``tweet.js`` before 2022) and its numbered parts,
with all numbers as strings; Grailbird's a file a month, ``data/js/tweets/2012_05.js``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any, TypeVar

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Recognition
from analysis.formats.drift import count_keys
from analysis.formats.javascript import head_text, items_of, load, section, string
from analysis.formats.records import batches
from analysis.formats.twitter import RawTweet, export_time, pairs, payload_time
from analysis.formats.twitter_keys import CURRENT, ENTITIES, URL, is_other_file
from analysis.formats.twitter_keys import GRAILBIRD as OLD
from analysis.formats.twitter_long import long_text_files, long_texts
from analysis.formats.twitter_posts import Archive, Collector, Part

T = TypeVar("T")

_LONGEST_COUNT = 15
_REPLY = frozenset(
    f"in_reply_to_{key}"
    for key in ("status_id", "status_id_str", "user_id", "user_id_str", "screen_name")
)


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
            if is_other_file(member):
                continue  # messages and the like: not even their first bytes
            begin = head_text(tree, member, 400)
            if self.head.match(begin):
                sure.append(member)
            elif self.name.fullmatch(path.name) and path.parent.name in (self.folder, ""):
                named.append(member)
                all_blank = all_blank and not begin.strip("\0 \t\r\n")
        members = tuple(sorted(sure + named))
        if sure:
            members = tuple(sorted({*members, *filter(is_other_file, tree.names)}))
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
    """What ``manifest.js`` tells: whose archive, made when, and of which files."""

    archive: Archive = field(default_factory=Archive)
    name: str = ""
    files: tuple[str, ...] = ()


def _read_current(tree: Tree, recognition: Recognition) -> Extract:
    problems: list[Problem] = []
    manifest = _tried(partial(_manifest, tree), problems) or _Manifest()
    notes = [
        note
        for name in long_text_files(tree)
        for note in _tried(partial(long_texts, tree, name), problems) or ()
    ]
    told = manifest.archive
    collector = Collector(Archive(told.exported_at, tuple(notes), told.owner_ids, told.owner_names))
    collector.read(_of_tweets(recognition), lambda name, part: _take(tree, name, part, CURRENT))
    absent = _missing(tree, manifest.name, "", manifest.files, recognition.members)
    collector.problems.extend((*problems, *absent))
    return collector.extract()


def _read_grailbird(tree: Tree, recognition: Recognition) -> Extract:
    problems: list[Problem] = []
    collector = Collector(Archive(_tried(partial(payload_time, tree), problems)))
    collector.read(_of_tweets(recognition), lambda name, part: _take(tree, name, part, OLD))
    index, listed = _tried(partial(_indexed, tree), problems) or ("", ())
    collector.problems.extend(
        (*problems, *_missing(tree, index, "tweets", listed, recognition.members))
    )
    return collector.extract()


def _of_tweets(recognition: Recognition) -> list[str]:
    """Return the files of tweets: all but those that are known to hold something else."""
    return [name for name in recognition.members if not is_other_file(name)]


def _tried(read: Callable[[], T], problems: list[Problem]) -> T | None:
    """Return what is read, or None where it is damaged: told, and done without."""
    try:
        return read()
    except InputError as error:
        problems.extend(error.problems)
        return None


def _take(tree: Tree, member: str, part: Part, known: frozenset[str]) -> None:
    """Give a file's tweets to ``part``."""
    old = known is OLD
    place = "tweets/*.js: " if old else "tweets.js: tweet."
    index = 0
    for batch in batches(tree, member):
        for item in batch:
            index += 1
            inner = item.get("tweet", item) if type(item) is dict else None
            if type(inner) is not dict or not ("full_text" in inner or "text" in inner):
                part.aside["not a tweet"] += 1
                continue
            if old:
                user = section(inner.get("user"))
                part.owner_ids.add(string(user, "id_str", "id"))
                part.owner_names.add(string(user, "screen_name"))
            if not inner.keys() <= known:
                count_keys(part.drift, place, inner, known)
            part.add(_raw(inner, member, f"item {index}", part, place))


def _raw(tweet: dict[str, Any], member: str, pointer: str, part: Part, place: str) -> RawTweet:
    get = tweet.get
    urls: tuple[tuple[str, str], ...] = ()
    media: tuple[tuple[str, str], ...] = ()
    entities = get("entities")
    if type(entities) is dict:
        if not entities.keys() <= ENTITIES:
            count_keys(part.drift, f"{place}entities.", entities, ENTITIES)
        if found := entities.get("urls"):
            urls = pairs(found, "url", "expanded_url")
            for entity in items_of(found):
                if type(entity) is dict and not entity.keys() <= URL:
                    count_keys(part.drift, f"{place}entities.urls.", entity, URL)
        if found := entities.get("media"):
            media = pairs(found, "url", "expanded_url")
    to = user = name = ""
    if not _REPLY.isdisjoint(tweet):
        to = _id(tweet, "in_reply_to_status_id_str", "in_reply_to_status_id")
        user = _id(tweet, "in_reply_to_user_id_str", "in_reply_to_user_id")
        name = string(tweet, "in_reply_to_screen_name")
    first = ""
    if edit := get("edit_info"):
        first = string(section(section(edit).get("edit")), "initialTweetId")
    created_at, text, source = get("created_at"), get("full_text"), get("source")
    return RawTweet(
        _id(tweet, "id_str", "id"),
        created_at if type(created_at) is str else string(tweet, "created_at"),
        text if type(text) is str and text else string(tweet, "full_text", "text"),
        member,
        pointer,
        urls,
        media,
        to,
        user,
        name,
        bool(get("retweeted_status") or get("retweeted_status_id")),
        first,
        _count(get("favorite_count")),
        _count(get("retweet_count")),
        source if type(source) is str else "",
    )


def _id(tweet: dict[str, Any], first: str, second: str) -> str:
    """Return an id; a number that no id can be is none, and the quicker parser cannot tell it."""
    value = tweet.get(first)
    if type(value) is str and value:
        return value
    for found in (value, tweet.get(second)):
        if type(found) is str and found:
            return found
        if type(found) is int and -(2**63) <= found < 2**63:
            return str(found)
    return ""


def _count(value: object) -> int | None:
    if type(value) is str:
        if value.isascii() and value.isdigit() and len(value) <= _LONGEST_COUNT:
            return int(value)
    elif type(value) is int and 0 <= value < 10**_LONGEST_COUNT:
        return value
    return None


def _manifest(tree: Tree) -> _Manifest:
    for name in tree.find("manifest.js"):
        if "__THAR_CONFIG" not in head_text(tree, name, 200):
            continue
        config = section(load(tree, name))
        user, archive = section(config.get("userInfo")), section(config.get("archiveInfo"))
        kinds = section(config.get("dataTypes"))
        files = section(kinds.get("tweets", kinds.get("tweet"))).get("files")
        return _Manifest(
            Archive(
                export_time(tree, archive.get("generationDate"), name),
                owner_ids=frozenset({string(user, "accountId")}),
                owner_names=frozenset({string(user, "userName")}),
            ),
            name,
            tuple(string(section(file), "fileName") for file in items_of(files)),
        )
    return _Manifest()


def _indexed(tree: Tree) -> tuple[str, tuple[str, ...]]:
    """Return Grailbird's index, and the monthly files that it lists."""
    for name in tree.find("tweet_index.js"):
        if "tweet_index" in head_text(tree, name, 200):
            months = (section(month) for month in items_of(load(tree, name)))
            return name, tuple(string(month, "file_name") for month in months)
    return "", ()


def _missing(
    tree: Tree, index: str, folder: str, listed: Iterable[str], members: Iterable[str]
) -> tuple[Problem, ...]:
    """Return a problem naming the files that an archive lists and that are not here."""
    here = {PurePosixPath(member).name for member in members}
    absent = [name for name in listed if name and PurePosixPath(name).name not in here]
    if not absent:
        return ()
    more = f", as are {len(absent) - 1:,} more" if len(absent) > 1 else ""
    expected = (
        f"expected this file of tweets, which {PurePosixPath(index).name} lists; it is not"
        f" here{more}, and the days in it look silent"
    )
    file = PurePosixPath(index).parent / folder / PurePosixPath(absent[0]).name
    return (Problem("absent", tree.where(str(file)), "", expected),)


ARCHIVE = Format("Twitter archive (2018 on)", _CURRENT.recognise, _read_current)
GRAILBIRD = Format("Twitter archive (2012-2018)", _GRAILBIRD.recognise, _read_grailbird)
