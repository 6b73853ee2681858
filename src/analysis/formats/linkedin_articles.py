"""LinkedIn's articles: a page each, ``Articles/….html``, in the complete export.

A page holds a heading that links to the article, a paragraph of the class ``published`` with
the time of publication (another, ``created``, with that of the draft), and the article. This
layout is written down from descriptions of such exports, not from one at hand: a page
without the paragraph is a draft where it tells when it was created, else unknown.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re

from analysis.errors import unknown
from analysis.files import Tree
from analysis.formats.base import Post
from analysis.formats.javascript import decode, head_text
from analysis.formats.text import hrefs, parse_iso, plain_text
from analysis.urls import canonical

_PATH = re.compile(r"(?:^|/)Articles/(?:[^/]+/)*[^/]+\.html?$", re.IGNORECASE)
_SNIFFED = 65_536
_STAMP = re.compile(r"<p[^>]{0,200}\bclass=[\"']?(published|created)\b[^>]{0,200}>([^<]{0,200})<")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?")
_HEADING = re.compile(r"<h1[^>]{0,500}>(.{0,4000}?)</h1>", re.IGNORECASE | re.DOTALL)
_PAGE_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})</title>", re.IGNORECASE)
_AUTHORS = re.compile(r"linkedin\.com/pulse/", re.IGNORECASE)

FIRST_YEAR, LAST_YEAR = 2003, 2100


def article_members(tree: Tree) -> tuple[str, ...]:
    """Return the pages of a source that stand and read as LinkedIn's articles."""
    return tuple(name for name in tree.names if _PATH.search(name) and _is_article(tree, name))


def _is_article(tree: Tree, name: str) -> bool:
    head = head_text(tree, name, _SNIFFED)
    return _STAMP.search(head) is not None or _AUTHORS.search(head) is not None


def article_of(tree: Tree, name: str) -> Post | str:
    """Return the article of a page, or the reason why it is no post.

    Raises
    ------
    InputError
        The page cannot be read, or does not say when it was published or created.
    """
    page = decode(tree.bytes(name), tree.where(name))
    head = page[:_SNIFFED]
    found = list(itertools.islice(_STAMP.finditer(head), 2))
    stamps = {match.group(1): _time(match.group(2)) for match in found}
    if "published" not in stamps and "created" not in stamps:
        expected = "expected the time of publication, in a paragraph of the class published"
        raise unknown(tree.where(name), expected)
    when = stamps.get("published")
    if when is None:
        return "draft"
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        return "impossible date"
    heading = _first(_HEADING, head)
    title = " ".join(plain_text(heading or _first(_PAGE_TITLE, head)).split())
    body = page[page.find(">", found[-1].end()) + 1 :]
    address = next(filter(canonical, hrefs(heading)), "")
    text = "\n".join(filter(None, (title, plain_text(body))))
    links = tuple(url for url in hrefs(body) if canonical(url))
    return Post(when, "article", url=address, title=title, text=text, links=links, member=name)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1) if found else ""


def _time(text: str) -> dt.datetime | None:
    found = _TIME.search(text)
    if found is None:
        return None
    try:
        when = parse_iso(found.group())
    except ValueError:
        return None
    return when.replace(tzinfo=dt.UTC) if isinstance(when, dt.datetime) else None
