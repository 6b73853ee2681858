"""Ghost: the answers of its Content API, and its own export (Settings, Export).

A post's ``published_at`` is when it was published; ``created_at`` may be the day of an import.
The export tells no addresses, since the site's own is not in it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from analysis.errors import Problem, absent, corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition, When
from analysis.formats.drift import Drift, known_keys
from analysis.formats.ghost_html import html_of
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
from analysis.formats.text import hrefs, parse_iso, plain_text, well_formed

_PUBLISHED = re.compile(r'"published_at"\s*:')
_POSTS = re.compile(r'"(?:posts|db|data)"\s*:')
_OWN = re.compile(r'"(?:comment_id|custom_excerpt|mobiledoc|lexical|visibility|uuid)"\s*:')
_EXPORT = re.compile(r'\s*\{\s*"(?:db|meta)"\s*:')
_EXPORTED = re.compile(r'"exported_on"\s*:')
_PLACEHOLDER = "__GHOST_URL__"
_KNOWN = known_keys(
    post="""
        id uuid title slug html comment_id feature_image featured visibility created_at created_by
        updated_at updated_by published_at published_by custom_excerpt codeinjection_head
        codeinjection_foot custom_template canonical_url tags authors primary_author primary_tag
        url excerpt reading_time access comments og_image og_title og_description twitter_image
        twitter_title twitter_description meta_title meta_description email_subject frontmatter
        feature_image_alt feature_image_caption email_only send_email_when_published count plaintext
        mobiledoc lexical status type page language image author_id locale newsletter_id
        email_recipient_filter show_title_and_feature_image tiers email_segment comment_count amp
        email newsletter markdown author
    """
)


def _is_own(head: str) -> bool:
    if _EXPORT.match(head) and _EXPORTED.search(head):
        return True
    is_list = _POSTS.search(head) is not None and _PUBLISHED.search(head) is not None
    return is_list and _OWN.search(head) is not None


def _recognise(tree: Tree) -> Recognition | None:
    members = json_members(tree, _is_own)
    if not members:
        return None
    return Recognition(0.94, members, f"{len(members)} file(s) of Ghost's JSON")


class _Reader:
    """Reads the files of one source, and keeps what they tell of themselves."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.rows = Rows()
        self.drift = Drift("ghost.json", _KNOWN)
        self.exported: list[dt.datetime] = []
        self.pages: dict[int, str] = {}
        self.last_page = 0
        self.is_export = False

    def records(self, name: str) -> tuple[str, list[Any], frozenset[str]]:
        """Return a file's posts, and the ids of those that went out by e-mail only."""
        value = section(load_page(self.tree, name))
        bases = items_of(value.get("db")) or [value]
        base = section(bases[0])
        data = section(base.get("data"))
        if isinstance(data.get("posts"), list):
            self.is_export = True
            milliseconds = section(base.get("meta")).get("exported_on")
            if isinstance(milliseconds, int | float):
                when = from_unix(milliseconds / 1000) if abs(milliseconds) < 1e15 else None
                self.exported += [when] if when else []
            by_mail = (section(row) for row in items_of(data.get("posts_meta")))
            ids = {string(row, "post_id") for row in by_mail if row.get("email_only") in (1, True)}
            return name, data["posts"], frozenset(ids)
        if not isinstance(value.get("posts"), list):
            said = "; ".join(string(section(e), "message") for e in items_of(value.get("errors")))
            found = f"the answer {said!r}" if said else "none"
            raise corrupt(self.tree.where(name), "", f"expected a list of posts, found {found}")
        pagination = section(section(value.get("meta")).get("pagination"))
        page, pages = count_of(pagination.get("page")), count_of(pagination.get("pages"))
        if page and pages:
            self.pages[page] = name
            self.last_page = max(self.last_page, pages)
        return name, value["posts"], frozenset()

    def reach(self) -> tuple[When | None, tuple[str, ...]]:
        """Return from when the source is complete, with what is to be said of it."""
        since = earliest(self.rows.posts)
        if self.is_export:
            notes: tuple[str, ...] = ()
            if any(not post.url for post in self.rows.posts):
                notes = (
                    "The export tells no addresses of posts: which posts elsewhere share them "
                    "cannot be told by their links; answers of the Content API, or the feed, can.",
                )
            return None, notes
        is_whole = 0 < self.last_page == len(self.pages)
        if is_whole or since is None:
            return None, ()
        return since, (
            "Not every page of the blog's answers is here: posts before "
            f"{since:%Y-%m-%d} are not known.",
        )

    def missing(self) -> tuple[Problem, ...]:
        """Return a problem for every page that is missing between two that are here."""
        between = range(1, max(self.pages, default=0))
        return tuple(
            absent(
                self.tree.label, f"expected page {page} of {self.last_page} of the answers"
            ).problems[0]
            for page in between
            if page not in self.pages
        )[:20]


def _read(tree: Tree, recognition: Recognition) -> Extract:
    reader = _Reader(tree)
    rows = reader.rows
    for name, records, by_mail in each(recognition.members, reader.records, rows.problems):
        seen_at = captured(tree, name)
        rows.seen_at += [seen_at] if seen_at else []
        for index, record in enumerate(records):
            reader.drift.look(record, "post")
            if string(section(record), "id") in by_mail and by_mail:
                rows.add("sent by e-mail only")
                continue
            rows.add(_post(record, name, f"posts[{index}]", seen_at))
    rows.once()
    since, notes = reader.reach()
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        exported_at=max(reader.exported or rows.seen_at, default=None),
        since=since,
        notes=notes,
        problems=(*rows.problems, *reader.missing()),
        drift=reader.drift.found,
    )


GHOST = Format("Ghost posts (Content API, or Ghost's export)", _recognise, _read)


def _not_public(record: dict[str, Any]) -> str:
    """Return why a record is not a public post; empty where it is one."""
    status = string(record, "status") or "published"
    if string(record, "type") == "page" or record.get("page") in (1, True):
        return "page"
    if status == "sent" or record.get("email_only") is True:
        return "sent by e-mail only"
    if status != "published":
        return one_line(status, 40)
    visibility = string(record, "visibility") or "public"
    return "" if visibility == "public" else f"for {one_line(visibility, 30)} only"


def _post(record: object, member: str, pointer: str, seen_at: dt.datetime | None) -> Post | str:
    """Return a record as a post, or why it is not a public post."""
    if not isinstance(record, dict):
        return "not a post"
    if reason := _not_public(record):
        return reason
    when = _published(record.get("published_at"))
    if when is None:
        return "no date"
    stored = html_of(record.get("lexical")) or html_of(record.get("mobiledoc"))
    html = (_text(record, "html") or stored).replace(_PLACEHOLDER, "")
    url = _text(record, "url") or _text(record, "canonical_url")
    url = "" if url.startswith(_PLACEHOLDER) else url
    title = _text(record, "title")
    words = plain_text(html) or _text(record, "plaintext")
    counted = section(record.get("count")).get("comments", record.get("comment_count"))
    return Post(
        when=when,
        id=well_formed(string(record, "id")),
        url=url,
        title=title,
        text="\n".join(filter(None, (title, words))),
        links=hrefs(html, url),
        comments=count_of(counted),
        seen_at=seen_at,
        member=member,
        pointer=pointer,
    )


def _published(value: object) -> When | None:
    """Return a moment as Ghost writes it: ISO 8601, UTC without saying so, or milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return from_unix(value / 1000) if abs(value) < 1e15 else None
    return in_utc(first_when(parse_iso, value)) if isinstance(value, str) else None


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return well_formed(value).strip() if isinstance(value, str) else ""
