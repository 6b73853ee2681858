"""Tumblr in JSON: the answers of its API (v2), and of the old ``/api/read/json`` (v1).

Both tell the instant as seconds since 1970. A reblog is someone else's post passed on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from analysis.errors import corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Kind, Post, Recognition
from analysis.formats.drift import Drift, known_keys
from analysis.formats.javascript import items_of, section, string
from analysis.formats.pages import (
    Rows,
    captured,
    count_of,
    each,
    earliest,
    first_when,
    from_unix,
    in_utc,
    json_members,
    load_page,
)
from analysis.formats.text import bare_urls, hrefs, parse_iso, plain_text, well_formed

_V1 = re.compile(r'tumblr_api_read\s*=|"tumblelog"\s*:')
_V1_POST = re.compile(r'"(?:unix-timestamp|url-with-slug)"\s*:')
_V2 = re.compile(r'"(?:post_url|blog_name)"\s*:')
_V2_POST = re.compile(r'"(?:reblog_key|short_url|id_string|note_count)"\s*:')
_REBLOGS = (
    "reblogged_from_id",
    "reblogged_from_url",
    "reblogged_root_id",
    "reblogged_root_url",
    "parent_post_url",
    "reblogged-from-url",
    "reblogged-root-url",
    "reblogged-from-name",
)
_HTML = (
    *("body", "caption", "description", "text", "quote", "source", "question", "answer"),
    *("regular-body", "photo-caption", "link-description", "quote-text", "quote-source"),
    *("conversation-text", "video-caption", "audio-caption"),
)
_TITLES = ("title", "regular-title", "conversation-title", "link-text")
_LINKS = ("link-url", "source_url")
_KINDS: dict[str, Kind] = {"photo": "photo", "link": "share"}
_KNOWN = known_keys(
    post="""
        object_type type original_type blog_name blog id id_string is_blazed is_blaze_pending
        can_ignite can_blaze post_url parent_post_url slug date timestamp state format reblog_key
        tags short_url summary should_open_in_legacy recommended_source recommended_color
        followed note_count title body reblog trail can_like interactability_reblog
        interactability_blaze can_reblog can_send_in_message can_reply display_avatar caption photos
        photoset_layout image_permalink link_url link_image link_author excerpt publisher url
        description text source source_url source_title asking_name asking_url question answer
        dialogue player audio_url audio_type audio_source_url embed plays track_name album artist
        album_art year is_external video_url html5_capable thumbnail_url thumbnail_width
        thumbnail_height duration video video_type permalink_url content layout
        is_blocks_post_format reblogged_from_id reblogged_from_url reblogged_from_name
        reblogged_from_title
        reblogged_from_uuid reblogged_from_can_message reblogged_from_following reblogged_root_id
        reblogged_root_url reblogged_root_name reblogged_root_title reblogged_root_uuid
        reblogged_root_can_message reblogged_root_following is_submission post_author anonymous_name
        url-with-slug date-gmt unix-timestamp reblog-key is-submission like-button reblog-button
        note-count reblogged-from-url reblogged-from-name reblogged-from-title reblogged-root-url
        reblogged-root-name reblogged-root-title reblogged_from_avatar_url_16
        reblogged_from_avatar_url_24 reblogged_from_avatar_url_30 reblogged_from_avatar_url_40
        reblogged_from_avatar_url_48 reblogged_from_avatar_url_64 reblogged_from_avatar_url_96
        reblogged_from_avatar_url_128 reblogged_from_avatar_url_512 reblogged_root_avatar_url_16
        reblogged_root_avatar_url_24 reblogged_root_avatar_url_30 reblogged_root_avatar_url_40
        reblogged_root_avatar_url_48 reblogged_root_avatar_url_64 reblogged_root_avatar_url_96
        reblogged_root_avatar_url_128 reblogged_root_avatar_url_512 tumblelog bookmarklet mobile
        feed-item from-feed-id regular-title regular-body photo-caption photo-link-url width height
        photo-url-1280 photo-url-500 photo-url-400 photo-url-250 photo-url-100 photo-url-75
        link-text link-url link-description quote-text quote-source conversation-title
        conversation-text conversation video-caption video-source video-player video-player-500
        video-player-250 audio-caption audio-player audio-embed audio-plays id3-title id3-artist
        id3-album id3-year id3-track submitter
    """
)


@dataclass(frozen=True, slots=True)
class _Page:
    """One answer: its posts, and how many the blog has where it says so."""

    name: str
    records: tuple[Any, ...]
    total: int | None = None


def _is_own(head: str) -> bool:
    if _V1.search(head) and _V1_POST.search(head):
        return True
    return _V2.search(head) is not None and _V2_POST.search(head) is not None


def _recognise(tree: Tree) -> Recognition | None:
    members = json_members(tree, _is_own)
    if not members:
        return None
    return Recognition(0.94, members, f"{len(members)} file(s) of Tumblr's answers")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    drift = Drift("tumblr.json", _KNOWN)
    totals: list[int] = []
    held: set[tuple[str, object]] = set()
    for page in each(recognition.members, lambda name: _page(tree, name), rows.problems):
        totals += [page.total] if page.total is not None else []
        seen_at = captured(tree, page.name)
        rows.seen_at += [seen_at] if seen_at else []
        for index, record in enumerate(page.records):
            drift.look(record, "post")
            name = string(section(record), "id_string", "id")
            held.add(("", name) if name else (page.name, index))
            rows.add(_post(record, page.name, f"posts[{index}]", seen_at))
    rows.once()
    since = earliest(rows.posts)
    is_whole = bool(totals) and len(held) >= max(totals)
    notes: tuple[str, ...] = ()
    if since is not None and not is_whole:
        of = f" of {max(totals):,}" if totals else ""
        notes = (f"{len(held):,}{of} posts are here; those before {since:%Y-%m-%d} are not known.",)
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        exported_at=max(rows.seen_at, default=None),
        since=None if is_whole else since,
        notes=notes,
        problems=tuple(rows.problems),
        drift=drift.found,
    )


TUMBLR = Format("Tumblr posts (JSON)", _recognise, _read)


def _page(tree: Tree, name: str) -> _Page:
    """Return one answer.

    Raises
    ------
    InputError
        It is not JSON, or holds no posts.
    """
    value = load_page(tree, name)
    if isinstance(value, list):
        return _Page(name, tuple(value))
    record = section(value)
    response = section(record.get("response")) or record
    if isinstance(response.get("posts"), list):
        total = response.get("total_posts", response.get("posts-total"))
        return _Page(name, tuple(response["posts"]), count_of(total))
    if "post_url" in record or "url-with-slug" in record:
        return _Page(name, (record,))
    said = string(section(record.get("meta")), "msg", "status")
    found = f"the answer {said!r}" if said else "none"
    raise corrupt(tree.where(name), "", f"expected a list of posts, found {found}")


def _post(record: object, member: str, pointer: str, seen_at: dt.datetime | None) -> Post | str:
    """Return a record as a post, or why it is not a public post."""
    if not isinstance(record, dict):
        return "not a post"
    state = string(record, "state") or "published"
    if state != "published":
        return one_line(state, 40)
    when = from_unix(record.get("timestamp", record.get("unix-timestamp")))
    moment = when or in_utc(first_when(parse_iso, string(record, "date-gmt", "date")))
    if moment is None:
        return "no date"
    kind: Kind = "repost" if any(record.get(key) for key in _REBLOGS) else _kind(record)
    html = "\n".join((*(_text(record, key) for key in _HTML), *_blocks(record)))
    title = plain_text(next(filter(None, (_text(record, key) for key in _TITLES)), ""))
    url = _text(record, "post_url") or _text(record, "url-with-slug") or _text(record, "url")
    words = plain_text(html)
    pointed = [_text(record, key) for key in _LINKS if key != "source_url" or kind != "repost"]
    if string(record, "type") == "link":
        pointed.append(_text(record, "url"))
    links = (*filter(None, pointed), *hrefs(html, url), *bare_urls(words))
    return Post(
        when=moment,
        kind=kind,
        id=well_formed(string(record, "id_string", "id")),
        url=url,
        title=title,
        text="\n".join(filter(None, (title, words))),
        links=tuple(dict.fromkeys(link for link in links if link != url)),
        reactions=count_of(record.get("note_count", record.get("note-count"))),
        seen_at=seen_at,
        member=member,
        pointer=pointer,
    )


def _kind(record: dict[str, Any]) -> Kind:
    """Return a post's kind; one of blocks is a photo where a picture is its first block."""
    kind = string(record, "original_type") or string(record, "type")
    first = next(iter(items_of(record.get("content"))), None)
    if section(first).get("type") == "image":
        return "photo"
    return _KINDS.get(kind, "post")


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return well_formed(value).strip() if isinstance(value, str) else ""


def _blocks(record: dict[str, Any]) -> Iterator[str]:
    """Yield HTML for the blocks of a post in the newer format: their words and their links."""
    for value in items_of(record.get("content")):
        block = section(value)
        yield f"<p>{escape(_text(block, 'text') or _text(block, 'title'))}</p>"
        formats = (section(part) for part in items_of(block.get("formatting")))
        urls = [_text(block, "url"), *(_text(part, "url") for part in formats)]
        yield from (f'<a href="{escape(url)}"></a>' for url in urls if url)
