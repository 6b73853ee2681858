"""Reddit: ``posts.csv`` of a data request, and listings that the API answers.

Comments are written under others' posts, so they are no posts and set aside. Messages are in
files of their own and never read. A request's tables may come in parts (``posts_1.csv``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from analysis.errors import InputError, corrupt, one_line
from analysis.files import Tree
from analysis.formats.answers import (
    Reading,
    count_of,
    instant,
    json_members,
    most_common,
    words,
)
from analysis.formats.base import Extract, Format, Kind, Post, Recognition
from analysis.formats.javascript import items_of, load, section, sound
from analysis.formats.known_keys import REDDIT_POST, REDDIT_T3
from analysis.formats.meta import unix_time
from analysis.formats.tables import header_of, rows_of
from analysis.formats.text import bare_urls
from analysis.urls import canonical

FIRST_YEAR, LAST_YEAR = 2005, 2100
SITE = "https://www.reddit.com"

_POSTS = {"id", "permalink", "date", "subreddit", "title"}
_COMMENTS = {"id", "permalink", "date", "subreddit", "parent"}
_LISTING = re.compile(r'"kind"\s*:\s*"Listing"')
_CHILDREN = re.compile(r'"kind"\s*:\s*"t[13]"|"children"\s*:\s*\[\s*\]')
_USER = re.compile(r"/user/([\w-]{1,40})/(?:submitted|overview)", re.IGNORECASE)
_MARKDOWN_END = re.compile(r"\\([_*~`()\[\]])")
_TABLES = """
    account_gender announcements approved_submitter_subreddits birthdate chat_history
    checkfile comment_headers comment_votes drafts friends gilded_content gold_received
    hidden_posts ip_logs linked_identities linked_phone_number message_headers messages
    messages_archive messages_archive_headers moderated_subreddits multireddits payouts
    persona poll_votes post_headers post_votes purchases saved_comments saved_posts
    scheduled_posts sensitive_ads_preferences statistics stripe subscribed_subreddits twitter
    user_preferences
"""
_NO_POSTS = re.compile(rf"(?:{'|'.join(_TABLES.split())})(?:_[0-9]+)?\.csv")
_PICTURES = ("i.redd.it", "v.redd.it", "reddit.com/gallery/")

Table = list[tuple[int, dict[str, str]]]


def _recognise(tree: Tree) -> Recognition | None:
    tables = tuple(
        name
        for name in tree.names
        if (tree.is_single_file or name.lower().endswith(".csv")) and _kind_of_table(tree, name)
    )
    answers = json_members(
        tree, lambda _, head: bool(_LISTING.search(head) and _CHILDREN.search(head))
    )
    if not tables and not answers:
        return None
    kinds = [f"{len(tables)} table(s) with Reddit's columns"] * bool(tables)
    kinds += [f"{len(answers)} listing(s) of Reddit"] * bool(answers)
    every = tuple(sorted({*tables, *answers, *_beside(tree, tables)}))
    return Recognition(0.92, every, " and ".join(kinds))


def _beside(tree: Tree, tables: Iterable[str]) -> set[str]:
    """Return the other tables of the data requests among ``tables``, which hold no posts."""
    folders = {PurePosixPath(name).parent for name in tables}
    return {
        name for name in tree.names if _is_apart(name) and PurePosixPath(name).parent in folders
    }


def _is_apart(name: str) -> bool:
    return _NO_POSTS.fullmatch(PurePosixPath(name).name.lower()) is not None


def _kind_of_table(tree: Tree, name: str) -> str:
    """Return "post" or "comment" for a table of them, else nothing."""
    header = set(header_of(tree, name))
    if header >= _POSTS:
        return "post"
    return "comment" if header >= _COMMENTS else ""


def _read(tree: Tree, recognition: Recognition) -> Extract:
    reading = Reading(tree)
    found: list[tuple[str, Post | str, dt.datetime | None]] = []
    members = [name for name in recognition.members if not _is_apart(name)]
    for name, content in reading.each(members, _loaded):
        if isinstance(content, dict):
            reading.pages.add(name)
            found += _children(reading, name, content)
        elif _kind_of_table(tree, name) == "comment":
            reading.aside.update({"comment": len(content)} if content else {})
        else:
            for line, row in content:
                reading.look("posts.csv: column", row, REDDIT_POST)
                reading.keep(_row_post(row, name, f"line {line}"))
    asked = [match[1] for name in reading.pages if (match := _USER.search(tree.address(name)))]
    owner = most_common(asked) or most_common(author for author, _, _ in found if author)
    for author, made, when in found:
        if author and owner and author.lower() != owner.lower():
            reading.keep("another account")
            continue
        reading.keep(made)
        reading.reach(when)
    return reading.extract(_exported_at(tree))


REDDIT = Format("Reddit export or listings", _recognise, _read)


def _loaded(tree: Tree, name: str) -> Table | dict[str, Any]:
    if _kind_of_table(tree, name):
        return list(rows_of(tree, name))
    listing = section(section(load(tree, name)).get("data"))
    if not isinstance(listing.get("children"), list):
        raise corrupt(tree.where(name), "data.children", "expected a list of posts")
    return listing


def _exported_at(tree: Tree) -> dt.datetime | None:
    """Return when a data request was answered, as its ``statistics.csv`` says."""
    for name in tree.names:
        if PurePosixPath(name).name.lower() != "statistics.csv":
            continue
        try:
            if {"statistic", "value"} <= set(header_of(tree, name)):
                for _, row in rows_of(tree, name):
                    if row["statistic"].lower() == "export time":
                        return _possible(instant(row["value"]))
        except InputError:  # of no use then, and of no harm: it holds no posts
            continue
    return None


def _possible(when: dt.datetime | None) -> dt.datetime | None:
    return when if when is not None and FIRST_YEAR <= when.year <= LAST_YEAR else None


def _row_post(row: dict[str, str], member: str, pointer: str) -> Post | str:
    """Return a row of ``posts.csv`` as a post, or why it is none."""
    stated = row.get("date") or row.get("created_utc", "")
    when = _possible(instant(stated))
    if when is None:
        return "impossible date" if stated else "no date"
    return _post(
        when,
        identifier=row["id"],
        permalink=row["permalink"],
        title=row["title"],
        body=row.get("body", ""),
        target=row.get("url", ""),
        member=member,
        pointer=pointer,
    )


def _post(
    when: dt.datetime,
    *,
    identifier: str,
    permalink: str,
    title: str,
    body: str,
    target: str,
    member: str,
    pointer: str,
    counts: tuple[int | None, int | None] = (None, None),
) -> Post:
    """Return a post; one that links to a page has that page for its ``target``."""
    url = _absolute(permalink)
    target = _absolute(target)
    number = sound(identifier).removeprefix("t3_")
    is_own = not canonical(target) or bool(number and f"/comments/{number}" in target)
    kind = _kind("" if is_own else target)
    words_of = _MARKDOWN_END.sub(r"\1", body)
    links = (*((target,) if kind == "share" else ()), *bare_urls(words_of))
    return Post(
        when=when,
        kind=kind,
        id=f"t3_{number}" if number else "",
        url=url,
        title=sound(title),
        text=sound("\n".join(filter(None, (title, body)))),
        links=tuple(sound(link) for link in dict.fromkeys(links) if canonical(link)),
        reactions=counts[0],
        comments=counts[1],
        member=member,
        pointer=pointer,
    )


def _kind(target: str) -> Kind:
    if not target:
        return "post"
    return "photo" if any(place in target.lower() for place in _PICTURES) else "share"


def _absolute(address: str) -> str:
    """Return an address of the site in full; empty where it is none."""
    try:
        whole = urljoin(SITE, sound(address).strip()) if address.strip() else ""
        return whole if urlsplit(whole).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _children(
    reading: Reading, name: str, listing: dict[str, Any]
) -> Iterator[tuple[str, Post | str, dt.datetime | None]]:
    """Yield what a listing holds: its author, a post or why it is none, and its time."""
    for index, item in enumerate(items_of(listing.get("children"))):
        child = section(item)
        data, kind = section(child.get("data")), child.get("kind")
        when = unix_time(data.get("created_utc"), FIRST_YEAR)
        author = words(data, "author")
        if kind != "t3" or not data:
            named = one_line(kind, 20) if isinstance(kind, str) and kind else "not a post"
            yield author, "comment" if kind == "t1" else named, when
            continue
        reading.look("listing: data", data, REDDIT_T3)
        yield author, _listed(data, when, name, f"data.children[{index}]"), when


def _listed(
    data: dict[str, Any], when: dt.datetime | None, member: str, pointer: str
) -> Post | str:
    """Return a post of a listing, or why it is none."""
    if words(data, "subreddit_type") in ("private", "employees_only"):
        return "private"
    if when is None:
        return "impossible date" if data.get("created_utc") else "no date"
    return _post(
        when,
        identifier=words(data, "id") or words(data, "name"),
        permalink=words(data, "permalink"),
        title=words(data, "title"),
        body=words(data, "selftext"),
        target="" if data.get("is_self") is True else words(data, "url"),
        member=member,
        pointer=pointer,
        counts=(count_of(data.get("score")), count_of(data.get("num_comments"))),
    )
