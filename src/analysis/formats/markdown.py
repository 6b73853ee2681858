"""Blog posts as text files with metadata: Hugo, Jekyll, Pelican and what follows them.

Front matter is YAML between ``---``, TOML between ``+++`` or a JSON object (Hugo's
documentation, "Front matter"); Jekyll's posts carry their date in the file's name; Pelican's
have no fence, and may be reStructuredText. A time without an offset is the study's own clock.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath

from markdown_it import MarkdownIt

from analysis.errors import corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition, When
from analysis.formats.front_matter import (
    FrontMatter,
    FrontMatterError,
    has_front_matter,
    split_front_matter,
)
from analysis.formats.pages import Rows, each
from analysis.formats.pelican import RST_SUFFIXES, has_metadata, split_markdown, split_rst
from analysis.formats.publicize import Shared, shared_by, unnamed_note
from analysis.formats.sniff import candidates
from analysis.formats.text import bare_urls, hrefs, parse_when, plain_text, well_formed

MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn"})
MAX_POST_BYTES = 20 * 1024**2

_HTML_SUFFIXES = frozenset({".html", ".htm"})
_NOT_CONTENT = frozenset(
    {"archetypes", "layouts", "node_modules", "public", "resources", "static", "themes", "vendor"}
)
_CONTENT = frozenset({"_drafts", "_posts", "blog", "content", "post", "posts"})
_DRAFTS = frozenset({"_drafts", "drafts"})
_HEAD = 4096
_DATED_NAME = re.compile(r"(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})-(?P<slug>.+)")
_PAGE_NAMES = frozenset(
    {"_index", "readme", "license", "changelog", "contributing", "code_of_conduct", "404"}
)
_DATE_KEYS = ("date", "publishdate", "pubdate", "published")
_URL_KEYS = ("url", "permalink", "canonicalurl", "canonical_url", "canonical")
_PLACEHOLDER = re.compile(r"(?:^|/):[a-z]")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def _recognise(tree: Tree) -> Recognition | None:
    suffixes = MARKDOWN_SUFFIXES | _HTML_SUFFIXES | RST_SUFFIXES
    sniffed = [
        name
        for name in candidates(tree, suffixes)
        if PurePosixPath(name).suffix.lower() in suffixes and _is_content(name)
    ]
    posts = [name for name in sniffed if _looks_like_a_post(tree, name)]
    if not posts:
        return None
    members = tuple(name for name in tree.names if _is_member(tree, name))
    return Recognition(0.9, members, f"{len(members)} Markdown file(s), with front matter or dated")


def _is_content(name: str) -> bool:
    """Return whether a member can be a post: no template, theme or built page."""
    folders = PurePosixPath(name).parts[:-1]
    if any(folder[0] in "_." and folder not in ("_posts", "_drafts") for folder in folders):
        return False
    # A site as a zip often stands in one folder of its own.
    top = folders[:1] if folders[:1] and folders[0] in _CONTENT else folders[:2]
    return _NOT_CONTENT.isdisjoint(top)


def _is_member(tree: Tree, name: str) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    if not _is_content(name):
        return False
    return suffix in MARKDOWN_SUFFIXES or (
        suffix in _HTML_SUFFIXES | RST_SUFFIXES and _looks_like_a_post(tree, name)
    )


def _looks_like_a_post(tree: Tree, name: str) -> bool:
    path, head = PurePosixPath(name), tree.head(name, _HEAD)
    suffix = path.suffix.lower()
    if suffix in RST_SUFFIXES:
        return has_metadata(head, suffix)
    if has_front_matter(head[:512]):
        return suffix in MARKDOWN_SUFFIXES or "_posts" in path.parts
    if suffix not in MARKDOWN_SUFFIXES:
        return False
    return bool(_DATED_NAME.match(path.stem)) or has_metadata(head, suffix)


def _read(tree: Tree, recognition: Recognition) -> Extract:
    """Read every file; one of broken front matter is named."""
    rows = Rows()
    unnamed = 0
    for row, is_unnamed in each(recognition.members, lambda name: _row(tree, name), rows.problems):
        rows.add(row)
        unnamed += is_unnamed and isinstance(row, Post)
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        notes=unnamed_note(unnamed),
        problems=tuple(rows.problems),
    )


MARKDOWN = Format("Markdown posts with front matter", _recognise, _read)


def _row(tree: Tree, name: str) -> tuple[Post | str, bool]:
    """Return one file as a post, or why it is not a public post.

    With it comes whether it was passed on to a network that is not named.
    """
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    try:
        front = _split(_text(tree, name), suffix)
    except FrontMatterError as error:
        raise corrupt(tree.where(name), f"line {error.line}", error.expected) from None
    when = _time(front, path)
    if reason := _not_public(front, path):
        return reason, False
    if when is None:
        return "no date", False
    url, shared = _url(front), _shared(front)
    words, links = _body(front.body, suffix, url)
    title = front.text("title")
    post = Post(
        when=when,
        id=front.text("slug") or _slug(path),
        url=url,
        title=title,
        text="\n".join(filter(None, (title, words))),
        links=links,
        shared_to=shared.networks,
        member=name,
    )
    return post, shared.is_unnamed


def _split(text: str, suffix: str) -> FrontMatter:
    """Return the metadata and the body of a file, whichever way it has them."""
    if suffix in RST_SUFFIXES:
        return split_rst(text)
    head = text[:_HEAD].encode("utf-8", "replace")
    is_plain = not has_front_matter(head[:512]) and suffix in MARKDOWN_SUFFIXES
    if is_plain and has_metadata(head, suffix):
        return split_markdown(text)
    return split_front_matter(text)


def _body(body: str, suffix: str, url: str) -> tuple[str, tuple[str, ...]]:
    """Return the words of a post and what it links to."""
    if suffix in RST_SUFFIXES:
        return body.strip(), bare_urls(body)
    html = body if suffix in _HTML_SUFFIXES else _renderer().render(body)
    words = plain_text(html)
    return words, tuple(dict.fromkeys((*hrefs(html, url), *bare_urls(words))))


def _shared(front: FrontMatter) -> Shared:
    """Return where WordPress passed a post on to, where its fields came along to Jekyll."""
    meta = front.data.get("meta")
    if not isinstance(meta, Mapping):
        return Shared()
    return shared_by({str(key): str(value) for key, value in meta.items()})


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _text(tree: Tree, name: str) -> str:
    data = tree.bytes(name)
    if len(data) > MAX_POST_BYTES:
        most = f"expected at most {MAX_POST_BYTES // 1024**2} MB of text"
        raise corrupt(tree.where(name), "", most)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise corrupt(tree.where(name), f"line {line}", "expected text in UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _not_public(front: FrontMatter, path: PurePosixPath) -> str:
    if not _DRAFTS.isdisjoint(path.parts[:-1]) or front.text("draft").lower() in _TRUE:
        return "draft"
    status = front.text("status").lower()
    if status not in ("", "publish", "published"):
        return one_line(status, 40)
    if front.text("published").lower() in _FALSE:
        return "unpublished"
    kind = (front.text("type") or front.text("layout")).lower()
    if path.stem.lower() in _PAGE_NAMES or kind == "page":
        return "page"
    return ""


def _time(front: FrontMatter, path: PurePosixPath) -> When | None:
    """Return the post's time: from its front matter, else from its name."""
    texts = [front.text(key) for key in _DATE_KEYS]
    names = [_DATED_NAME.fullmatch(path.stem)]
    if path.stem.split(".")[0] == "index":
        names.append(_DATED_NAME.fullmatch(path.parent.name))
    for text in (*texts, *(match["date"] for match in names if match)):
        try:
            return parse_when(text)
        except ValueError:
            continue
    return None


def _url(front: FrontMatter) -> str:
    """Return the address that the front matter gives; a pattern of Jekyll's is none."""
    for key in _URL_KEYS:
        url = front.text(key)
        if url and not _PLACEHOLDER.search(url):
            return one_line(url, 2_000)
    return ""


def _slug(path: PurePosixPath) -> str:
    """Return what names the post: the file, or its folder where the file is an index."""
    stem = path.parent.name if path.stem.split(".")[0] == "index" else path.stem
    dated = _DATED_NAME.fullmatch(stem)
    return well_formed(dated["slug"] if dated else stem)
