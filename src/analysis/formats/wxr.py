"""WordPress exports: WXR 1.0, 1.1 and 1.2 (Tools, Export in WordPress; also WordPress.com).

RSS 2.0 with elements of ``http://wordpress.org/export/1.x/``. Only published posts count.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from analysis.errors import corrupt, one_line
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition, When
from analysis.formats.pages import Rows, captured, each
from analysis.formats.publicize import Shared, is_mark, shared_by, unnamed_note
from analysis.formats.sniff import candidates, encoding_of, text_head, xml_root
from analysis.formats.text import hrefs, parse_iso, parse_rfc822, plain_text

NAMESPACE = re.compile(r"http://wordpress\.org/export/1\.[0-9]+/")
"""The namespace that tells a WordPress export from a feed; it ends in the version."""

_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_CHUNK = 65_536
_DECLARATION = 1_000
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)])
_WIDE_NAMES = """
    big5 cp932 cp949 euc_jp euc_kr gb18030 gb2312 gbk iso2022_jp shift_jis
    utf-32 utf-32-le utf-32-be
"""
_WIDE = frozenset(_WIDE_NAMES.split())
"""Encodings, by Python's names, that expat does not read by itself."""

_NO_CHARACTERS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
"""What Python calls encodings and no file is written in."""

_POST_FIELDS = ["post_id", "post_date", "post_date_gmt", "post_type", "status", "post_password"]
_WANTED = frozenset(
    {
        ("pubDate",),
        ("wp:base_blog_url",),
        *(("item", name) for name in ("title", "link", "pubDate", "guid", "content:encoded")),
        *(("item", f"wp:{name}") for name in _POST_FIELDS),
        ("item", "wp:comment", "wp:comment_approved"),
        ("item", "wp:comment", "wp:comment_type"),
        ("item", "wp:postmeta", "wp:meta_key"),
        ("item", "wp:postmeta", "wp:meta_value"),
    }
)
_DEEPEST = 2 + max(map(len, _WANTED))
_INNER = frozenset({("item", "wp:comment"), ("item", "wp:postmeta")})
_ENDS_EARLY = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)


@dataclass(slots=True)
class _Item:
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    comments: int = 0


@dataclass(slots=True)
class _Channel:
    """What stands around the items of one file."""

    exported_at: dt.datetime | None = None
    blog: str = ""
    forbidden: int = 0
    unnamed: int = 0


@dataclass(slots=True)
class _Part:
    """One file of an export."""

    channel: _Channel
    rows: list[Post | str] = field(default_factory=list)


class _Handler:
    """Gathers the items of one file from the events of an XML parser."""

    def __init__(self, refuse: Callable[[int], Exception]) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.channel = _Channel()
        self.items: list[_Item] = []
        self._refuse = refuse
        self._path: list[str] = []
        self._parts: list[str] = []
        self._item = _Item(0)
        self._inner: dict[str, str] = {}

    def _doctype(self, *_: object) -> None:
        raise self._refuse(self.parser.CurrentLineNumber)

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(_short(name))
        place = self._place()
        if place == ("item",):
            self._item = _Item(self.parser.CurrentLineNumber)
        elif place in _INNER:
            self._inner = {}
        elif place in _WANTED:
            self._parts = []

    def _text(self, data: str) -> None:
        self._parts.append(data)

    def _place(self) -> tuple[str, ...]:
        """Return the names from the channel's child on; none below what is read."""
        return tuple(self._path[2:]) if len(self._path) <= _DEEPEST else ()

    def _end(self, _: str) -> None:
        place = self._place()
        self._path.pop()
        if place in _WANTED:
            self._keep(place, "".join(self._parts).strip())
        elif place == ("item", "wp:comment"):
            self._item.comments += _is_public_comment(self._inner)
        elif place == ("item", "wp:postmeta"):
            key = self._inner.get("wp:meta_key", "")
            if is_mark(key):
                self._item.marks[key] = self._inner.get("wp:meta_value", "")
        elif place == ("item",):
            self.items.append(self._item)
        self._parts = []

    def _keep(self, place: tuple[str, ...], value: str) -> None:
        if place == ("pubDate",):
            self.channel.exported_at = _instant(value)
        elif place == ("wp:base_blog_url",):
            self.channel.blog = value
        elif len(place) == 2:
            self._item.fields.setdefault(place[1], value)
        else:
            self._inner[place[2]] = value


def _recognise(tree: Tree) -> Recognition | None:
    members = tuple(
        name
        for name in candidates(tree, (".xml", ".wxr", ".rss", ".txt"))
        if NAMESPACE.search(xml_root(text_head(tree, name)))
    )
    if not members:
        return None
    files = "a file" if len(members) == 1 else f"{len(members)} files"
    return Recognition(0.98, members, f"{files} in WordPress's export namespace")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    """Read the published posts of every member, in order."""
    rows = Rows()
    channels: list[_Channel] = []

    def parsed(name: str) -> _Part:
        part = _Part(_Channel())
        for item in _items(tree, name, part.channel):
            shared = shared_by(item.marks)
            made = _post(item, name, shared)
            part.rows.append(made)
            part.channel.unnamed += isinstance(made, Post) and shared.is_unnamed
        return part

    for part in each(recognition.members, parsed, rows.problems):
        channels.append(part.channel)
        for row in part.rows:
            rows.add(row)
    rows.seen_at += [seen for name in recognition.members if (seen := captured(tree, name))]
    exported = [channel.exported_at for channel in channels if channel.exported_at]
    rows.once()
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        exported_at=max(exported or rows.seen_at, default=None),
        notes=_notes(channels),
        problems=tuple(rows.problems),
    )


WXR = Format("WordPress export (WXR)", _recognise, _read)


def _notes(channels: list[_Channel]) -> tuple[str, ...]:
    notes = []
    if forbidden := sum(channel.forbidden for channel in channels):
        notes.append(f"{forbidden:,} control character(s) that XML forbids were left out.")
    blogs = {channel.blog for channel in channels if channel.blog}
    if len(blogs) > 1:
        notes.append(f"The files come from {len(blogs)} blogs; they are read as one channel.")
    return (*notes, *unnamed_note(sum(channel.unnamed for channel in channels)))


def _items(tree: Tree, name: str, channel: _Channel) -> Iterator[_Item]:
    """Yield the items of one file as it is read; ``channel`` is filled on the way."""
    where = tree.where(name)
    handler = _Handler(
        lambda line: corrupt(where, f"line {line}", "expected no DOCTYPE in an export; refused")
    )
    handler.channel = channel
    with tree.open(name) as stream:
        pieces = _pieces(stream, channel)
        while True:
            try:
                piece = next(pieces, None)
                handler.parser.Parse(piece if piece is not None else b"", piece is None)
            except expat.ExpatError as error:
                place = f"line {error.lineno}, column {error.offset + 1}"
                raise corrupt(where, place, _expected(error)) from None
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
                raise corrupt(where, "", f"expected a readable file: {error}") from None
            except (LookupError, ValueError) as error:
                raise corrupt(where, "", f"expected text as its encoding says: {error}") from None
            yield from handler.items
            handler.items.clear()
            if piece is None:
                return


def _pieces(stream: BinaryIO, channel: _Channel) -> Iterator[bytes | str]:
    """Yield a file piece by piece: bytes where expat knows the encoding, else text."""
    piece = stream.read(_CHUNK)
    encoding = encoding_of(piece)
    name = codecs.lookup(encoding).name if encoding else ""
    declared = encoding_of(piece[:_DECLARATION].replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf"))
    if declared and codecs.lookup(declared).name in _NO_CHARACTERS:
        raise LookupError(f"{declared} is the encoding of no export")
    if encoding and name in _WIDE:
        decoder = codecs.getincrementaldecoder(encoding)()
        while piece:
            yield decoder.decode(piece)
            piece = stream.read(_CHUNK)
        yield decoder.decode(b"", True)
        return
    controls = b"" if (encoding or "").startswith("utf-16") else _CONTROLS
    while piece:
        kept = piece.translate(None, controls)
        channel.forbidden += len(piece) - len(kept)
        yield kept
        piece = stream.read(_CHUNK)


def _expected(error: expat.ExpatError) -> str:
    said = expat.ErrorString(error.code)
    if error.code in _ENDS_EARLY:
        return f"expected the rest of the export; the file ends here ({said})"
    return f"expected well-formed XML: {said}"


def _short(name: str) -> str:
    """Return an element's name with the prefix that WordPress gives it."""
    namespace, _, local = name.rpartition(" ")
    if not namespace:
        return local
    if NAMESPACE.fullmatch(namespace):
        return f"wp:{local}"
    return f"content:{local}" if namespace == _CONTENT else name


def _is_public_comment(comment: dict[str, str]) -> bool:
    approved = comment.get("wp:comment_approved") == "1"
    return approved and comment.get("wp:comment_type") not in ("pingback", "trackback")


def _post(item: _Item, member: str, shared: Shared) -> Post | str:
    """Return an item as a post, or why it is not a public post."""
    get = item.fields.get
    kind, status = get("wp:post_type") or "no type", get("wp:status") or "no status"
    if kind != "post":
        return one_line(kind, 40)
    if status != "publish":
        return one_line(status, 40)
    if get("wp:post_password"):
        return "password"
    when = _time(item.fields)
    if when is None:
        return "no date"
    content, url = get("content:encoded", ""), get("link") or get("guid", "")
    title = plain_text(get("title", ""))
    return Post(
        when=when,
        id=get("wp:post_id", ""),
        url=url,
        title=title,
        text="\n".join(filter(None, (title, plain_text(content)))),
        links=hrefs(content, url),
        comments=item.comments,
        shared_to=shared.networks,
        member=member,
        pointer=f"line {item.line}",
    )


def _time(fields: dict[str, str]) -> When | None:
    """Return when a post was published; posts written as drafts have zeros for the UTC time."""
    utc = _parsed(parse_iso, fields.get("wp:post_date_gmt", ""))
    if isinstance(utc, dt.datetime):
        return utc.replace(tzinfo=dt.UTC)
    published = _instant(fields.get("pubDate", ""))
    return published or _parsed(parse_iso, fields.get("wp:post_date", ""))


def _instant(text: str) -> dt.datetime | None:
    when = _parsed(parse_rfc822, text)
    return when if isinstance(when, dt.datetime) and when.tzinfo else None


def _parsed(parse: Callable[[str], When], text: str) -> When | None:
    try:
        return parse(text)
    except ValueError:
        return None
