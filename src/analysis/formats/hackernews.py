"""Hacker News: answers of Algolia's search, and ``item`` and ``user`` files of Firebase's API.

Stories, polls and jobs are posts; comments are not, and set aside. A deleted item is ``null``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from analysis.errors import corrupt
from analysis.files import Tree
from analysis.formats.answers import (
    Reading,
    count_of,
    instant,
    json_members,
    most_common,
    words,
)
from analysis.formats.base import Extract, Format, Post, Recognition
from analysis.formats.javascript import items_of, load, section, sound, string
from analysis.formats.known_keys import HN_HIT, HN_ITEM
from analysis.formats.meta import unix_time
from analysis.formats.text import hrefs, plain_text
from analysis.urls import canonical

FIRST_YEAR = 2006
ITEM = "https://news.ycombinator.com/item?id="

_HITS = re.compile(r'"hits"\s*:\s*\[')
_HIT = re.compile(r'"_tags"\s*:|"objectID"\s*:')
_NO_HIT = re.compile(r'"hits"\s*:\s*\[\s*\]')
_ALGOLIA = re.compile(r"hn\.algolia\.com/api/")
_TYPE = re.compile(r'"type"\s*:\s*"(?:story|comment|job|poll|pollopt)"')
_ITEM_MARKS = tuple(re.compile(rf'"{key}"\s*:\s*[0-9]') for key in ("id", "time"))
_ITEM_NAME = re.compile(r"[0-9]{1,12}")
_ITEM_ADDRESS = re.compile(r"/v0/item/[0-9]{1,12}\.json")
_USER_MARKS = tuple(re.compile(rf'"{key}"\s*:') for key in ("submitted", "karma", "created"))
_POSTS = ("story", "job", "poll")

_Found = tuple[str, Post | str, dt.datetime | None]


def _recognise(tree: Tree) -> Recognition | None:
    hits = json_members(tree, lambda name, head: _is_search(tree, name, head))
    items = json_members(tree, lambda _, head: _is_item(head))
    if not hits and not items:
        return None
    users = json_members(tree, lambda _, head: _is_user(head))
    deleted = json_members(tree, lambda name, head: _is_deleted(tree, name, head)) if items else ()
    kinds = [f"{len(hits)} answer(s) of Hacker News' search"] * bool(hits)
    kinds += [f"{len(items)} item(s) of Hacker News"] * bool(items)
    members = tuple(sorted({*hits, *items, *users, *deleted}))
    return Recognition(0.91, members, " and ".join(kinds))


def _is_search(tree: Tree, name: str, head: str) -> bool:
    if not head.startswith("{") or not _HITS.search(head):
        return False
    if _HIT.search(head):
        return '"author_' in head or '"points"' in head or '"story_' in head
    return bool(_NO_HIT.search(head) and _ALGOLIA.search(tree.address(name)))


def _is_item(head: str) -> bool:
    return bool(_TYPE.search(head)) and all(mark.search(head) for mark in _ITEM_MARKS)


def _is_user(head: str) -> bool:
    return head.startswith("{") and all(mark.search(head) for mark in _USER_MARKS)


def _is_deleted(tree: Tree, name: str, head: str) -> bool:
    is_item = _ITEM_NAME.fullmatch(PurePosixPath(name).stem) is not None
    asked = _ITEM_ADDRESS.search(tree.address(name)) is not None
    return head.strip() == "null" and (is_item or asked)


def _read(tree: Tree, recognition: Recognition) -> Extract:
    reading = Reading(tree)
    found: list[_Found] = []
    users: list[dict[str, Any]] = []
    here: set[str] = set()
    for name, value in reading.each(recognition.members, _loaded):
        if value is None:
            reading.keep("deleted")
            here |= set(re.findall(r"[0-9]{1,12}", PurePosixPath(name).stem))
            continue
        answer = section(value)
        if isinstance(answer.get("submitted"), list):
            users.append(answer)
            continue
        reading.pages.add(name)
        if isinstance(answer.get("hits"), list):
            found += _hits(reading, name, answer["hits"])
            continue
        items = value if isinstance(value, list) else [value]
        here |= {string(section(item), "id") for item in items}
        found += _items(reading, name, items)
    named = {words(user, "id") for user in users} - {""}
    votes = [author for author, _, _ in found if author]
    owner = most_common([author for author in votes if author in named] or votes)
    for author, made, when in found:
        if author and author != owner:
            reading.keep("another account")
            continue
        reading.keep(made)
        reading.reach(when)
    reading.notes += _missing(users, owner, here)
    return reading.extract()


HACKER_NEWS = Format("Hacker News answers", _recognise, _read)


def _loaded(tree: Tree, name: str) -> Any:
    value = load(tree, name)
    if value is None or isinstance(value, dict | list):
        return value
    raise corrupt(tree.where(name), "", "expected an item, a user or hits")


def _missing(users: list[dict[str, Any]], owner: str | None, here: set[str]) -> list[str]:
    """Return a note on submissions that the account names and whose items are not here."""
    named = {
        str(number)
        for user in users
        for number in items_of(user.get("submitted"))
        if words(user, "id") == owner and isinstance(number, int)
    }
    left = len(named - here)
    if not here or not left:
        return []
    return [f"{left:,} of {len(named):,} submissions (posts and comments) have no item here."]


def _hits(reading: Reading, name: str, hits: list[Any]) -> Iterator[_Found]:
    """Yield the hits of a search: author, post or why it is none, time."""
    for index, item in enumerate(hits):
        hit = section(item)
        reading.look("search: hits", hit, HN_HIT)
        tags = {tag for tag in items_of(hit.get("_tags")) if isinstance(tag, str)}
        kind = next((kind for kind in (*_POSTS, "comment", "pollopt") if kind in tags), "")
        when = unix_time(hit.get("created_at_i"), FIRST_YEAR) or _possible(hit.get("created_at"))
        made = _post(
            kind,
            when,
            string(hit, "objectID"),
            title=words(hit, "title"),
            body=words(hit, "story_text"),
            url=words(hit, "url"),
            counts=(count_of(hit.get("points")), count_of(hit.get("num_comments"))),
            place=(name, f"hits[{index}]"),
        )
        yield words(hit, "author"), made, when


def _items(reading: Reading, name: str, items: list[Any]) -> Iterator[_Found]:
    """Yield items: author, post or why it is none, time."""
    for index, value in enumerate(items):
        item = section(value)
        reading.look("item", item, HN_ITEM)
        when = unix_time(item.get("time"), FIRST_YEAR)
        made: Post | str
        if value is None or item.get("deleted") is True:
            made = "deleted"
        elif item.get("dead") is True:
            made = "dead"
        else:
            made = _post(
                words(item, "type"),
                when,
                string(item, "id"),
                title=words(item, "title"),
                body=words(item, "text"),
                url=words(item, "url"),
                counts=(count_of(item.get("score")), count_of(item.get("descendants"))),
                place=(name, f"item {index + 1}"),
            )
        yield words(item, "by"), made, when


def _possible(text: object) -> dt.datetime | None:
    when = instant(text)
    return when if when is not None and FIRST_YEAR <= when.year <= 2100 else None


def _post(
    kind: str,
    when: dt.datetime | None,
    identifier: str,
    *,
    title: str,
    body: str,
    url: str,
    counts: tuple[int | None, int | None],
    place: tuple[str, str],
) -> Post | str:
    """Return a story, job or poll as a post, or why it is none."""
    if kind not in _POSTS:
        return {"comment": "comment", "pollopt": "poll option"}.get(kind, "not a post")
    if when is None:
        return "impossible date"
    title = plain_text(title)
    address = f"{ITEM}{identifier}" if identifier.isascii() and identifier.isdigit() else ""
    target = url if canonical(url) else ""
    found = dict.fromkeys((*filter(None, (target,)), *hrefs(body)))
    return Post(
        when=when,
        kind="share" if target else "post",
        id=sound(identifier),
        url=address,
        title=title,
        text="\n".join(filter(None, (title, plain_text(body)))),
        links=tuple(link for link in found if canonical(link)),
        reactions=counts[0],
        comments=counts[1],
        member=place[0],
        pointer=place[1],
    )
