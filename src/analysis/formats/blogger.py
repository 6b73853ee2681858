"""Blogger's own backups, in Atom: ``blog-….xml`` (Back up content) and Takeout's ``feed.atom``.

The older one tells what an entry is by a category of ``…/blogger/2008/kind#…`` and drafts by
``app:control``; the newer by ``blogger:type`` and ``blogger:status``. Beside the posts both
hold comments, pages and, the older, the blog's settings and template.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from lxml import etree

from analysis.errors import corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition
from analysis.formats.blogger_json import KIND_SCHEME
from analysis.formats.pages import Rows, each, first_when
from analysis.formats.sniff import candidates, text_head, xml_root
from analysis.formats.text import hrefs, parse_iso, plain_text

_ATOM = "{http://www.w3.org/2005/Atom}"
_APPS = ("{http://purl.org/atom/app#}", "{http://www.w3.org/2007/app}")
_THREAD = "{http://purl.org/syndication/thread/1.0}"
_TAKEOUT = "{http://schemas.google.com/blogger/2018}"
_TAKEOUT_ROOT = "http://schemas.google.com/blogger/2018"
_FEED_ROOT = re.compile(r"<(?:[\w.-]+:)?feed\s[^>]*w3\.org/2005/Atom")
_KIND = re.compile(r"http://schemas\.google\.com/blogger/2008/kind#")
_HEAD = 65_536
_LIVE = "LIVE"


@dataclass(slots=True)
class _Entry:
    """One post, or why it is none; a comment tells the post that it is on."""

    row: Post | str
    on: str = ""


@dataclass(slots=True)
class _Part:
    """One file of a backup."""

    entries: list[_Entry] = field(default_factory=list)
    home: str = ""


def _recognise(tree: Tree) -> Recognition | None:
    members = []
    for name in candidates(tree, (".xml", ".atom", ".txt")):
        head = text_head(tree, name, _HEAD)
        root = xml_root(head)
        if _FEED_ROOT.match(root) and (_TAKEOUT_ROOT in root or _KIND.search(head)):
            members.append(name)
    if not members:
        return None
    return Recognition(0.97, tuple(members), f"{len(members)} file(s) of Blogger's backup")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    comments: Counter[str] = Counter()
    has_comments = False
    for part in each(recognition.members, lambda name: _part(tree, name), rows.problems):
        for entry in part.entries:
            has_comments = has_comments or bool(entry.on)
            comments.update([entry.on] if entry.on and entry.row == "comment" else [])
            row = entry.row
            if isinstance(row, Post) and row.url.startswith("/") and part.home:
                row = replace(row, url=urljoin(part.home, row.url))
            rows.add(row)
    if has_comments:
        rows.posts = [replace(post, comments=comments[post.id]) for post in rows.posts]
    rows.once()
    notes: tuple[str, ...] = ()
    if any(post.url.startswith("/") for post in rows.posts):
        notes = (
            "The backup tells the posts' paths without the blog's address: which posts elsewhere "
            "share them cannot be told by their links; the blog's feed can.",
        )
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        notes=notes,
        problems=tuple(rows.problems),
    )


BLOGGER = Format("Blogger backup (Atom)", _recognise, _read)


def _part(tree: Tree, name: str) -> _Part:
    """Return what one file holds, read entry by entry.

    Raises
    ------
    InputError
        It is not well-formed XML, or has a DOCTYPE.
    """
    where, part = tree.where(name), _Part()
    if "<!DOCTYPE" in text_head(tree, name, _HEAD).partition("<entry")[0]:
        raise corrupt(where, "", "expected no DOCTYPE in a backup; refused")
    try:
        with tree.open(name) as stream:
            for number, element in enumerate(_elements(stream, part), start=1):
                part.entries.append(_entry(element, name, f"entry {number}"))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        said = one_line(error.msg or "it ends too early", 120)
        raise corrupt(where, f"line {line}, column {column}", f"expected XML: {said}") from None
    except (ValueError, AssertionError, LookupError) as error:
        raise corrupt(where, "", f"expected XML: {one_line(error, 120)}") from None
    return part


def _elements(stream: object, part: _Part) -> Iterator[etree._Element]:
    """Yield every entry, and forget it when the next is asked for."""
    events = etree.iterparse(
        stream,
        events=("end",),
        tag=(f"{_ATOM}entry", f"{_ATOM}link"),
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    for _, element in events:
        if element.tag == f"{_ATOM}link":
            parent = element.getparent()
            is_feed = parent is not None and parent.tag == f"{_ATOM}feed"
            if is_feed and element.get("rel") == "alternate":
                part.home = element.get("href") or ""
            continue
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _text(element: etree._Element, tag: str) -> str:
    found = element.find(tag)
    if found is None:
        return ""
    return "".join(str(piece) for piece in found.itertext()).strip()


def _kind(element: etree._Element) -> str:
    """Return what an entry is, in lower case; "post" where it does not say."""
    if told := _text(element, f"{_TAKEOUT}type"):
        return one_line(told.lower(), 40)
    for category in element.iterfind(f"{_ATOM}category"):
        if category.get("scheme") == KIND_SCHEME:
            return one_line((category.get("term") or "").rpartition("#")[2], 40)
    return "post"


def _not_public(element: etree._Element) -> str:
    """Return why an entry is not public; empty where it is."""
    status = _text(element, f"{_TAKEOUT}status") or _LIVE
    if status != _LIVE:
        return one_line(status.lower(), 40)
    if _text(element, f"{_TAKEOUT}trashed"):
        return "trashed"
    for app in _APPS:
        control = element.find(f"{app}control")
        if control is not None and _text(control, f"{app}draft").lower() == "yes":
            return "draft"
    return ""


def _entry(element: etree._Element, member: str, pointer: str) -> _Entry:
    """Return an entry as a post, or why it is no public post."""
    kind, reason = _kind(element), _not_public(element)
    if kind == "comment":
        reply = element.find(f"{_THREAD}in-reply-to")
        on = (reply.get("ref") or "") if reply is not None else ""
        on = on or _text(element, f"{_TAKEOUT}parent")
        return _Entry("comment" if not reason else f"comment ({reason})", on)
    if kind != "post":
        return _Entry(kind)
    if reason:
        return _Entry(reason)
    when = first_when(parse_iso, _text(element, f"{_ATOM}published"))
    if when is None:
        return _Entry("no date")
    html = _text(element, f"{_ATOM}content") or _text(element, f"{_ATOM}summary")
    title = element.find(f"{_ATOM}title")
    words = _text(element, f"{_ATOM}title")
    if title is not None and title.get("type") in ("html", "xhtml"):
        words = plain_text(words)
    url = _url(element)
    post = Post(
        when=when,
        id=_text(element, f"{_ATOM}id"),
        url=url,
        title=words,
        text="\n".join(filter(None, (words, plain_text(html)))),
        links=hrefs(html, url if not url.startswith("/") else ""),
        member=member,
        pointer=pointer,
    )
    return _Entry(post)


def _url(element: etree._Element) -> str:
    """Return a post's address, or its path where the backup tells no more."""
    for link in element.iterfind(f"{_ATOM}link"):
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            return str(link.get("href"))
    path = _text(element, f"{_TAKEOUT}filename")
    return path if path.startswith("/") else ""
