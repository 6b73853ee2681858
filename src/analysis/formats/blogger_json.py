"""Blogger in JSON: its feed (``/feeds/posts/default?alt=json``) and the answers of its API, v3.

In the feed every value stands under ``$t``; both tell the author's own offset.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from analysis.errors import corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition, When
from analysis.formats.drift import Drift, known_keys
from analysis.formats.javascript import items_of, section, string
from analysis.formats.pages import (
    Rows,
    captured,
    count_of,
    each,
    earliest,
    first_when,
    json_members,
    load_page,
)
from analysis.formats.text import hrefs, parse_iso, plain_text, well_formed

KIND_SCHEME = "http://schemas.google.com/g/2005#kind"

_GDATA = re.compile(r'"\$t"\s*:')
_FEED = re.compile(r'"feed"\s*:')
_API = re.compile(r'"blogger#post(?:List)?"')
_KNOWN = known_keys(
    entry="""
        id published updated category title content summary link author thr$total app$control
        media$thumbnail georss$featurename georss$point georss$box gd$extendedProperty
        thr$in-reply-to app$edited gd$etag
    """,
    post="""
        kind id blog published updated etag url selfLink title titleLink content images
        customMetaData author replies labels location status readerComments trashed
    """,
)


@dataclass(frozen=True, slots=True)
class _Texts:
    """What a post says, in whichever of the two kinds."""

    id: str
    url: str
    title: str
    html: str


def _is_own(head: str) -> bool:
    is_feed = _FEED.search(head) is not None and _GDATA.search(head) is not None
    return is_feed or _API.search(head) is not None


def _recognise(tree: Tree) -> Recognition | None:
    members = json_members(tree, _is_own)
    if not members:
        return None
    return Recognition(0.95, members, f"{len(members)} file(s) of Blogger's JSON")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    drift = Drift("blogger.json", _KNOWN)
    totals: list[int] = []

    def records(name: str) -> tuple[str, str, list[Any]]:
        path, found, total = _records(tree, name)
        totals.extend([total] if total is not None else [])
        return name, path, found

    for name, path, found in each(recognition.members, records, rows.problems):
        seen_at = captured(tree, name)
        rows.seen_at += [seen_at] if seen_at else []
        make = _entry if path == "entry" else _api_post
        for index, record in enumerate(found):
            drift.look(record, path)
            is_record = isinstance(record, dict)
            rows.add(make(record, name, f"{path}[{index}]", seen_at) if is_record else "not a post")
    rows.once()
    since = earliest(rows.posts)
    is_whole = bool(totals) and len(rows.posts) >= max(totals)
    notes: tuple[str, ...] = ()
    if since is not None and not is_whole:
        held = f"{len(rows.posts):,} of {max(totals):,}" if totals else f"{len(rows.posts):,}"
        notes = (f"{held} posts are here; those before {since:%Y-%m-%d} are not known.",)
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        exported_at=max(rows.seen_at, default=None),
        since=None if is_whole else since,
        notes=notes,
        problems=tuple(rows.problems),
        drift=drift.found,
    )


BLOGGER_JSON = Format("Blogger posts (JSON)", _recognise, _read)


def _records(tree: Tree, name: str) -> tuple[str, list[Any], int | None]:
    """Return what stands in a file, which of the two kinds it is, and how many the blog has.

    Raises
    ------
    InputError
        It is neither a feed, nor a list of posts, nor one post.
    """
    value = section(load_page(tree, name))
    feed = section(value.get("feed"))
    if feed:
        total = count_of(_t(feed, "openSearch$totalResults"))
        entries = feed.get("entry", [])
        if isinstance(entries, list):
            return "entry", entries, total
    if isinstance(value.get("entry"), dict):
        return "entry", [value["entry"]], None
    if isinstance(value.get("items"), list):
        return "post", value["items"], None
    if value.get("kind") == "blogger#post":
        return "post", [value], None
    raise corrupt(tree.where(name), "", "expected a list of posts, as Blogger gives")


def _t(record: dict[str, Any], key: str) -> str:
    """Return the text that a key holds under ``$t``."""
    value = section(record.get(key)).get("$t")
    return well_formed(value).strip() if isinstance(value, str) else ""


def _kind(entry: dict[str, Any]) -> str:
    """Return what an entry is (``post``, ``comment``, ``page``) where it says so, else empty."""
    for category in items_of(entry.get("category")):
        if section(category).get("scheme") == KIND_SCHEME:
            return one_line(string(section(category), "term").rpartition("#")[2], 40)
    return ""


def _entry(
    entry: dict[str, Any], member: str, pointer: str, seen_at: dt.datetime | None
) -> Post | str:
    """Return an entry of the feed as a post, or why it is not a public post."""
    if (kind := _kind(entry)) not in ("", "post"):
        return kind
    if _t(section(entry.get("app$control")), "app$draft") == "yes":
        return "draft"
    when = first_when(parse_iso, _t(entry, "published"), _t(entry, "updated"))
    if when is None:
        return "no date"
    links = (section(link) for link in items_of(entry.get("link")))
    url = next((string(link, "href") for link in links if link.get("rel") == "alternate"), "")
    title = _t(entry, "title")
    if section(entry.get("title")).get("type") in ("html", "xhtml"):
        title = plain_text(title)
    html = _t(entry, "content") or _t(entry, "summary")
    texts = _Texts(_t(entry, "id"), well_formed(url), title, html)
    return _made(texts, when, count_of(_t(entry, "thr$total")), (member, pointer), seen_at)


def _api_post(
    record: dict[str, Any], member: str, pointer: str, seen_at: dt.datetime | None
) -> Post | str:
    """Return a post of the API as one, or why it is not a public post."""
    kind, status = string(record, "kind"), string(record, "status") or "LIVE"
    if kind not in ("", "blogger#post"):
        return one_line(kind.rpartition("#")[2], 40)
    if status != "LIVE":
        return one_line(status.lower(), 40)
    when = first_when(parse_iso, string(record, "published"))
    if when is None:
        return "no date"
    values = (well_formed(string(record, key)) for key in ("id", "url", "title", "content"))
    counted = count_of(section(record.get("replies")).get("totalItems"))
    return _made(_Texts(*values), when, counted, (member, pointer), seen_at)


def _made(
    texts: _Texts,
    when: When,
    comments: int | None,
    place: tuple[str, str],
    seen_at: dt.datetime | None,
) -> Post:
    return Post(
        when=when,
        id=texts.id,
        url=texts.url,
        title=texts.title,
        text="\n".join(filter(None, (texts.title, plain_text(texts.html)))),
        links=hrefs(texts.html, texts.url),
        comments=comments,
        seen_at=seen_at,
        member=place[0],
        pointer=place[1],
    )
