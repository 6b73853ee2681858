"""YouTube in a Google Takeout: the owner's public videos.

Newer exports hold ``video metadata/videos.csv`` (``videos(1).csv``, … where there are many), older
ones ``playlists/uploads.json``, the uploads as the Data API lists them. Folders and files are
named in the owner's language, so that a table is known by its columns and a list by its
playlist, whose id begins with ``UU``; tables whose columns are in another language than English
are not known. The layouts are written down from descriptions and from programs that read
such exports, not from an export at hand.

A video counts from its publication; where only its upload is told, the time is that one and is
marked as derived. There are no counts. Videos that are not public are set aside.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Literal

from analysis.errors import InputError, Problem, corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Quality, Recognition
from analysis.formats.drift import count_unseen
from analysis.formats.javascript import head_text, items_of, load, section, sound, string
from analysis.formats.tables import header_of, parse_when, rows_of
from analysis.formats.text import bare_urls, parse_iso
from analysis.formats.unread import unread_note

FIRST_YEAR, LAST_YEAR = 2005, 2100

_ID, _PRIVACY = "video id", "privacy"
_PUBLISHED, _CREATED = "video publish timestamp", "video create timestamp"
_TITLE, _WORDS = "video title (original)", "video description (original)"
_COLUMNS = {
    "": frozenset(
        {
            _ID,
            _PRIVACY,
            _PUBLISHED,
            _CREATED,
            _TITLE,
            _WORDS,
            f"{_TITLE} language",
            f"{_WORDS} language",
            "approx duration (ms)",
            "video audio language",
            "video category",
            "video state",
            "channel id",
        }
    )
}
_ITEM = {
    "": frozenset({"kind", "etag", "id", "snippet", "contentDetails", "status"}),
    "snippet": frozenset(
        {
            "publishedAt",
            "channelId",
            "title",
            "description",
            "thumbnails",
            "channelTitle",
            "playlistId",
            "position",
            "resourceId",
            "videoOwnerChannelTitle",
            "videoOwnerChannelId",
        }
    ),
    "contentDetails": frozenset({"videoId", "videoPublishedAt", "startAt", "endAt", "note"}),
    "status": frozenset({"privacyStatus"}),
}
_TAG = re.compile(r"tag \d+")
_SNIFFED = 65_536
_PLAYLIST_ITEM = re.compile(r'"youtube#playlistItem"')
_UPLOADS = re.compile(r'"playlistId"\s*:\s*"UU')
_VIDEO_ID = re.compile(r"[\w-]{5,20}", re.ASCII)
_NOT_PUBLIC = {"private", "unlisted"}
_DATED = re.compile(r"takeout-(20\d{6}T\d{6})Z", re.IGNORECASE)
_OTHERS = re.compile(
    r"(?:watch-history|search-history|subscriptions|comments|live chats|likes|channel)"
    r"(?:\(\d+\))?\.(?:json|html|csv)",
    re.IGNORECASE,
)


def _recognise(tree: Tree) -> Recognition | None:
    tables = tuple(name for name in tree.names if _is_table(tree, name))
    lists = tuple(name for name in tree.names if _is_list(tree, name))
    if not tables and not lists:
        return None
    why = f"{len(tables) + len(lists)} file(s) with the columns or the playlist of uploaded videos"
    others = (name for name in tree.names if _OTHERS.fullmatch(PurePosixPath(name).name))
    return Recognition(0.95, tuple(dict.fromkeys((*tables, *lists, *others))), why)


def _is_table(tree: Tree, name: str) -> bool:
    if not name.lower().endswith(".csv"):
        return False
    header = set(header_of(tree, name))
    return {_ID, _PRIVACY} <= header and bool({_PUBLISHED, _CREATED} & header)


def _is_list(tree: Tree, name: str) -> bool:
    path = PurePosixPath(name)
    if path.suffix.lower() != ".json":
        return False
    if _PLAYLIST_ITEM.search(head_text(tree, name)) is None:
        return False
    head = head_text(tree, name, _SNIFFED)
    named = path.stem.lower() == "uploads" and '"playlistId"' not in head
    return named or _UPLOADS.search(head) is not None


def _read(tree: Tree, recognition: Recognition) -> Extract:
    posts: list[Post] = []
    set_aside: Counter[str] = Counter()
    drift: Counter[str] = Counter()
    problems: list[Problem] = []
    seen: set[str] = set()
    members = [
        name for name in recognition.members if _is_table(tree, name) or _is_list(tree, name)
    ]
    for name in members:
        is_table = name.lower().endswith(".csv")
        videos = _of_table(tree, name, drift) if is_table else _of_list(tree, name, drift)
        try:
            found = list(videos)
        except InputError as error:
            problems.extend(error.problems)
            continue
        for video in found:
            if isinstance(video, str):
                set_aside[video] += 1
            elif video.id in seen:
                set_aside["duplicate"] += 1
            else:
                seen.add(video.id)
                posts.append(video)
    if problems and len(problems) == len(members):
        raise InputError(problems)
    return Extract(
        posts,
        set_aside=set_aside,
        exported_at=_exported_at(tree),
        notes=tuple(_notes(tree, posts)),
        problems=tuple(problems),
        drift=drift,
    )


def _of_table(tree: Tree, name: str, drift: Counter[str]) -> Iterator[Post | str]:
    """Yield the videos of a table, or why each is none."""
    header = [column for column in header_of(tree, name) if not _TAG.fullmatch(column)]
    count_unseen(drift, "videos*.csv", dict.fromkeys(filter(None, header)), _COLUMNS)
    for line, row in rows_of(tree, name):
        place = f"line {line}"
        reason = _hidden(row[_PRIVACY])
        if reason:
            yield reason
            continue
        column = _PUBLISHED if row.get(_PUBLISHED) else _CREATED
        stated = row.get(column, "")
        if not stated:
            yield "no date"
            continue
        when = parse_when(stated, tree.where(name), f"{place}, column {column}")
        if not isinstance(when, dt.datetime):
            when = dt.datetime.combine(when, dt.time(), dt.UTC)
        words = row.get(_WORDS, "")
        derived = column == _CREATED
        yield _video(row[_ID], when, row.get(_TITLE, ""), words, (name, place), derived=derived)


def _of_list(tree: Tree, name: str, drift: Counter[str]) -> Iterator[Post | str]:
    """Yield the videos of a list of uploads, or why each item is none."""
    raw = load(tree, name)
    items = section(raw).get("items") if isinstance(raw, dict) else raw
    if not isinstance(items, list):
        raise corrupt(tree.where(name), "", "expected a list of uploaded videos")
    for index, item in enumerate(items_of(items), start=1):
        record = section(item)
        snippet, details = section(record.get("snippet")), section(record.get("contentDetails"))
        if not snippet:
            yield "not a video"
            continue
        count_unseen(drift, "uploads.json", record, _ITEM)
        reason = _hidden(string(section(record.get("status")), "privacyStatus"))
        if reason:
            yield reason
            continue
        published = string(details, "videoPublishedAt")
        video = string(section(snippet.get("resourceId")), "videoId") or string(details, "videoId")
        yield _listed(video, snippet, published, (name, f"item {index}"))


def _listed(
    video: str, snippet: dict[str, Any], published: str, place: tuple[str, str]
) -> Post | str:
    """Return an item of a playlist as a post, or why it is none."""
    stated = published or string(snippet, "publishedAt")
    if not stated:
        return "no date"
    try:
        when = parse_iso(stated)
    except ValueError:
        return "impossible date"
    if not isinstance(when, dt.datetime):
        return "impossible date"
    title, words = sound(string(snippet, "title")), sound(string(snippet, "description"))
    return _video(sound(video), when, title, words, place, derived=not published)


def _hidden(privacy: str) -> str:
    """Return why a video of this privacy does not count, "" where it does."""
    if privacy.lower() == "public":
        return ""
    if not privacy:
        return "not known to be public"
    return "not public" if privacy.lower() in _NOT_PUBLIC else f"privacy {one_line(privacy, 40)}"


def _video(
    video: str, when: dt.datetime, title: str, words: str, place: tuple[str, str], *, derived: bool
) -> Post | str:
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        return "impossible date"
    if not video:
        return "no id"
    quality: Quality | Literal[""] = "derived" if derived else ""
    known = _VIDEO_ID.fullmatch(video) is not None
    return Post(
        when=when if when.tzinfo else when.replace(tzinfo=dt.UTC),
        id=video,
        url=f"https://www.youtube.com/watch?v={video}" if known else "",
        title=title,
        text="\n".join(filter(None, (title, words))),
        links=bare_urls(words),
        quality=quality,
        member=place[0],
        pointer=place[1],
    )


def _exported_at(tree: Tree) -> dt.datetime | None:
    """Return the latest time that the archives' names tell."""
    names = {tree.label, *(name.partition("/")[0] for name in tree.names)}
    times = []
    for match in filter(None, map(_DATED.search, names)):
        try:
            times.append(dt.datetime.strptime(f"{match.group(1)}+0000", "%Y%m%dT%H%M%S%z"))
        except ValueError:
            continue
    return max(times, default=None)


def _notes(tree: Tree, posts: list[Post]) -> Iterator[str]:
    derived = sum(post.quality == "derived" for post in posts)
    if derived:
        yield f"{derived} video(s) tell no publication: the time is that of the upload."
    others = (name for name in tree.names if _OTHERS.fullmatch(PurePosixPath(name).name))
    yield from unread_note(others, "No videos of the channel")


YOUTUBE = Format("YouTube takeout (videos.csv, uploads.json)", _recognise, _read)
