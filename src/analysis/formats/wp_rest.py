"""WordPress's REST answers: ``/wp-json/wp/v2/posts``, and WordPress.com's ``rest/v1.1`` posts.

``date_gmt`` is UTC and ``date`` the site's own clock, both without an offset; what was
written and changed otherwise (``modified``) is no publication.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

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
    in_utc,
    json_members,
    load_page,
)
from analysis.formats.text import hrefs, parse_iso, plain_text, well_formed

_RENDERED = re.compile(r'"rendered"\s*:')
_DATED = re.compile(r'"date(?:_gmt)?"\s*:\s*"[0-9]{4}-')
_HOSTED = re.compile(r'"site_ID"\s*:')
_PAST_THE_END = "rest_post_invalid_page_number"
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_WHOLE = frozenset(("per_page", "orderby", "order", "rest_route", "context", "_embed"))
"""Parameters that leave no post out."""

_NETWORKS = re.compile(
    r"https?://(?:[\w-]+\.)?(twitter|facebook|linkedin|tumblr|bsky|threads|x)\.(?:com|net|app)/",
    re.IGNORECASE,
)
_KNOWN = known_keys(
    post="""
        id date date_gmt guid modified modified_gmt slug status type link title content excerpt
        author featured_media comment_status ping_status sticky template format meta categories
        tags class_list password permalink_template generated_slug _links _embedded parent
        menu_order jetpack_featured_media_url jetpack_publicize_connections jetpack_shortlink
        jetpack-related-posts jetpack_sharing_enabled jetpack_likes_enabled yoast_head
        yoast_head_json acf aioseo_notices featured_image_src uagb_featured_image_src
        uagb_author_info uagb_comment_info uagb_excerpt
        ID site_ID URL short_URL discussion likes_enabled sharing_enabled like_count i_like
        is_reblogged is_following global_ID featured_image post_thumbnail publicize_URLs terms
        attachments attachment_count metadata capabilities other_URLs page_template
    """
)


@dataclass(frozen=True, slots=True)
class _Page:
    """One answer: its records, or that there are none any more; where it was had from, and when."""

    name: str
    records: tuple[Any, ...]
    is_past_the_end: bool = False
    address: str = ""
    seen_at: dt.datetime | None = None


def _is_own(head: str) -> bool:
    if _RENDERED.search(head):
        return _DATED.search(head) is not None
    return _HOSTED.search(head) is not None and _DATED.search(head) is not None


def _recognise(tree: Tree) -> Recognition | None:
    members = json_members(tree, _is_own)
    if not members:
        return None
    return Recognition(0.94, members, f"{len(members)} file(s) of WordPress's REST answers")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    drift = Drift("posts.json", _KNOWN)
    pages: list[_Page] = []
    for page in each(recognition.members, lambda name: _page(tree, name), rows.problems):
        seen_at = captured(tree, page.name)
        pages.append(replace(page, address=tree.address(page.name), seen_at=seen_at))
        rows.seen_at += [seen_at] if seen_at else []
        for number, record in enumerate(page.records, start=1):
            drift.look(record, "post")
            rows.add(_post(record, page.name, f"item {number}", seen_at))
    rows.once()
    since, notes = _reach(pages, rows)
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        exported_at=max(rows.seen_at, default=None),
        since=since,
        notes=notes,
        problems=tuple(rows.problems),
        drift=drift.found,
    )


WP_REST = Format("WordPress REST answers (posts)", _recognise, _read)


def _page(tree: Tree, name: str) -> _Page:
    """Return one answer.

    Raises
    ------
    InputError
        It is not JSON, or neither a list of posts nor one post nor the end of the list.
    """
    value = load_page(tree, name)
    if isinstance(value, list):
        return _Page(name, tuple(value), not value)
    record = section(value)
    if isinstance(record.get("posts"), list):
        return _Page(name, tuple(record["posts"]), not record["posts"])
    if record.get("code") == _PAST_THE_END:
        return _Page(name, (), True)
    if "date" in record or "date_gmt" in record:
        return _Page(name, (record,))
    said = string(record, "message", "code", "error")
    found = f"the answer {said!r}" if said else "none"
    raise corrupt(tree.where(name), "", f"expected a list of posts, found {found}")


def _reach(pages: list[_Page], rows: Rows) -> tuple[When | None, tuple[str, ...]]:
    """Return from when the pages are complete, with what is to be said of it."""
    since = earliest(rows.posts)
    kept = [page for page in pages if page.address]
    is_whole = _are_whole([page for page in pages if not page.address]) or _is_any_whole(kept)
    if is_whole or since is None:
        return None, ()
    return since, (
        "WordPress answers page by page, and no page shows that it is the last: posts before "
        f"{since:%Y-%m-%d} are not known.",
    )


def _are_whole(pages: list[_Page]) -> bool:
    """Return whether saved pages, of which nobody knows the numbers, are all that there are.

    They are where the page past the last is there, or where the one with the oldest posts is
    shorter than all others.
    """
    sizes = sorted(len(page.records) for page in pages if page.records)
    return any(page.is_past_the_end for page in pages) or (
        len(sizes) > 1 and sizes[0] < sizes[1] and len(set(sizes[1:])) == 1 and sizes[1] >= 10
    )


def _is_any_whole(pages: Iterable[_Page]) -> bool:
    """Return whether kept pages are all of a list: from the first to one that is not full.

    Of each page the last capture counts. A list of some of the posts (those changed since a day)
    is none of all.
    """
    lists: dict[tuple[str, str], dict[int, _Page]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for page in sorted(pages, key=lambda page: page.seen_at or _NEVER):
        try:
            parts = urlsplit(page.address)
            query = dict(parse_qsl(parts.query))
            number, size = int(query.pop("page", "1")), int(query.get("per_page", "10"))
        except ValueError:
            continue
        if _WHOLE.issuperset(query):
            of = f"{parts.netloc}{parts.path}", repr(sorted(query.items()))
            lists.setdefault(of, {})[number] = page
            sizes[of] = size
    return any(_reaches_the_end(numbered, sizes[of]) for of, numbered in lists.items())


def _reaches_the_end(numbered: Mapping[int, _Page], size: int) -> bool:
    """Return whether pages of so many posts go on from the first to one that is not full."""
    for number in range(1, len(numbered) + 1):
        page = numbered.get(number)
        if page is None:
            return False
        if page.is_past_the_end or len(page.records) < size:
            return True
    return False


def _post(record: object, member: str, pointer: str, seen_at: dt.datetime | None) -> Post | str:
    """Return a record as a post, or why it is not a public post."""
    if not isinstance(record, dict):
        return "not a post"
    kind, status = string(record, "type") or "post", string(record, "status") or "publish"
    if kind != "post":
        return one_line(kind, 40)
    if status != "publish":
        return one_line(status, 40)
    if section(record.get("content")).get("protected") is True or string(record, "password"):
        return "password"
    when = in_utc(first_when(parse_iso, _text(record, "date_gmt")))
    if when is None:
        when = first_when(parse_iso, _text(record, "date"))
    if when is None:
        return "no date"
    content = _rendered(record, "content")
    url = _text(record, "link") or _text(record, "URL") or _rendered(record, "guid")
    title = plain_text(_rendered(record, "title"))
    return Post(
        when=when,
        id=well_formed(string(record, "id", "ID")),
        url=url,
        title=title,
        text="\n".join(filter(None, (title, plain_text(content)))),
        links=hrefs(content, url),
        reactions=count_of(record.get("like_count")),
        comments=count_of(section(record.get("discussion")).get("comment_count")),
        shared_to=tuple(dict.fromkeys(_shared_to(record))),
        seen_at=seen_at,
        member=member,
        pointer=pointer,
    )


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return well_formed(value).strip() if isinstance(value, str) else ""


def _rendered(record: dict[str, Any], key: str) -> str:
    """Return a field of HTML, which stands in it as it is or under ``rendered``."""
    return _text(section(record.get(key)), "rendered") or _text(record, key)


def _shared_to(record: dict[str, Any]) -> Iterator[str]:
    """Yield the networks of the addresses that WordPress.com's Publicize kept."""
    for url in items_of(record.get("publicize_URLs")):
        found = _NETWORKS.match(url) if isinstance(url, str) else None
        if found:
            name = found[1].lower()
            yield {"x": "twitter", "bsky": "bluesky"}.get(name, name)
