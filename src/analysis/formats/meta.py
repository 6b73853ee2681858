r"""What Facebook's and Instagram's exports share: broken text, unix times, labelled values.

Both write the UTF-8 bytes of every non-ASCII character as one character each
(``caf\u00c3\u00a9`` for café), and both come as JSON or as HTML, whichever was asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from analysis.errors import corrupt, unknown
from analysis.files import Tree
from analysis.formats.base import Extract, Post, Recognition
from analysis.formats.javascript import head_text, items_of, load, section, sound, string

_BYTES_AS_CHARACTERS = re.compile(
    "[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_SNIFFED = 65_536
_BARE = 128
_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|\?xml)", re.IGNORECASE)
_WHOLE_SECONDS = re.compile(r"-?[0-9]{1,12}")
_LAST_YEAR = 2100


def repaired_text(text: str) -> str:
    """Return ``text`` with characters that stand for UTF-8 bytes put together again.

    Each sequence of two to four such characters that is UTF-8 becomes what it spells; what
    is none (a cut emoji, text that was right already) stays as it is.
    """
    return sound(_BYTES_AS_CHARACTERS.sub(_spelled, text))


def _spelled(match: re.Match[str]) -> str:
    try:
        return match.group().encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match.group()


def repaired(value: Any) -> Any:
    """Return a JSON value with the text of all its keys and values repaired."""
    if isinstance(value, str):
        return repaired_text(value)
    if isinstance(value, list):
        return [repaired(item) for item in value]
    if isinstance(value, dict):
        return {repaired_text(key): repaired(item) for key, item in value.items()}
    return value


def unix_time(value: object, first_year: int) -> dt.datetime | None:
    """Return the moment (UTC) of a number of seconds since 1970.

    Returns
    -------
    datetime or None
        None where it is no such number, or lies before the network existed: exports hold
        -62169958800 and milliseconds.
    """
    if isinstance(value, str) and _WHOLE_SECONDS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        when = dt.datetime.fromtimestamp(value, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return when if first_year <= when.year <= _LAST_YEAR else None


def label_values(record: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the words and the web addresses among a record's ``label_values``.

    The labels are in the owner's language, so they are not read: the longest text that is
    no address is the message.
    """
    values = [section(entry) for entry in items_of(record.get("label_values"))]
    texts = [text for entry in values if (text := string(entry, "value"))]
    addresses = [string(entry, key) for entry in values for key in ("value", "href")]
    urls = tuple(dict.fromkeys(url for url in addresses if url.startswith(("http:", "https:"))))
    words = [text for text in texts if not text.startswith(("http:", "https:"))]
    return max(words, key=len, default=""), urls


@dataclass(frozen=True, slots=True)
class Export:
    """How one of the two networks names and writes its posts.

    Attributes
    ----------
    network : str
        Its name, for messages.
    name : re.Pattern
        What the stem of a file of posts is called.
    keys : tuple of re.Pattern
        What stands in such a file, each of them.
    marks : tuple of re.Pattern
        What stands in such a file and in no other, each of them: enough to know one file of
        another name by.
    post_of : callable
        From a repaired record to a post without its place, or to the reason why it is none.
    """

    network: str
    name: re.Pattern[str]
    keys: tuple[re.Pattern[str], ...]
    marks: tuple[re.Pattern[str], ...]
    post_of: Callable[[dict[str, Any], str, str], Post | str]

    def recognise(self, tree: Tree) -> Recognition | None:
        """Recognise the export by the names of its files and by what is in them."""
        named = [name for name in tree.names if self._is_named(name)]
        sure = tuple(name for name in named if _is_json(name) and _holds(tree, name, self.keys))
        if sure:
            damaged = tuple(name for name in named if _is_json(name) and _is_bare(tree, name))
            why = f"{len(sure)} file(s) named and written as {self.network}'s posts"
            return Recognition(0.9, tuple(sorted({*sure, *damaged})), why)
        if tree.is_single_file and _holds(tree, tree.names[0], self.marks):
            return Recognition(0.7, tree.names, f"JSON written as {self.network}'s posts")
        bare = tuple(name for name in named if _is_json(name) and _is_bare(tree, name))
        if bare:
            why = f"{len(bare)} file(s) named as {self.network}'s posts, with nothing in them"
            return Recognition(0.4, bare, why)
        pages = tuple(name for name in named if _is_page(tree, name))
        if pages:
            return Recognition(0.5, pages, f"{self.network}'s posts as web pages")
        return None

    def read(self, tree: Tree, recognition: Recognition) -> Extract:
        """Read the posts; raises `InputError` for web pages and broken files."""
        pages = [name for name in recognition.members if _is_page(tree, name)]
        if pages:
            expected = f"expected JSON, found web pages: ask {self.network} for JSON instead"
            raise unknown(tree.where(pages[0]), expected)
        extract = Extract()
        seen: set[object] = set()
        was_repaired = False
        for name in recognition.members:
            records, changed = _records(tree, name)
            was_repaired = was_repaired or changed
            for index, record in enumerate(records):
                post = self.post_of(section(record), name, f"item {index + 1}")
                if isinstance(post, str):
                    extract.set_aside[post] += 1
                    continue
                same = _identity(post, section(record))
                if same in seen:
                    extract.set_aside["duplicate"] += 1
                    continue
                seen.add(same)
                extract.posts.append(post)
        note = "Text was repaired: the export writes each byte of UTF-8 as a character."
        notes = (note,) if was_repaired else ()
        return Extract(extract.posts, set_aside=extract.set_aside, notes=notes)

    def _is_named(self, member: str) -> bool:
        path = PurePosixPath(member)
        known = path.suffix.lower() in (".json", ".html", ".htm")
        return known and self.name.fullmatch(path.stem) is not None


def _holds(tree: Tree, member: str, keys: tuple[re.Pattern[str], ...]) -> bool:
    head = head_text(tree, member, _SNIFFED)
    return head.lstrip().startswith(("[", "{")) and all(key.search(head) for key in keys)


def _identity(post: Post, record: dict[str, Any]) -> object:
    """Return what two copies of one post share, for posts carry no id."""
    return post.when, post.kind, post.text, post.links, tuple(media_files(record))


def media_files(record: dict[str, Any]) -> list[str]:
    """Return the files of a record's pictures and videos, wherever it keeps them."""
    media = [*items_of(record.get("media")), *(data.get("media") for data in attachments(record))]
    return [string(section(medium), "uri") for medium in media if section(medium)]


def attachments(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is attached to a record, as one flat list that holds no empty object."""
    return [
        data
        for attachment in items_of(record.get("attachments"))
        for item in items_of(section(attachment).get("data"))
        if (data := section(item))
    ]


def _records(tree: Tree, name: str) -> tuple[list[Any], bool]:
    """Return the records of a file, their text repaired, and whether it had to be."""
    raw = load(tree, name)
    if isinstance(raw, dict) and {"timestamp", "media"} & set(raw):
        raw = [raw]  # an export with one post holds no list
    if not isinstance(raw, list):
        raise corrupt(tree.where(name), "", "expected a list of posts")
    try:
        fixed = repaired(raw)
        return fixed, fixed != raw
    except RecursionError:
        expected = "expected JSON with fewer levels of nesting"
        raise corrupt(tree.where(name), "line 1, column 1", expected) from None


def _is_json(member: str) -> bool:
    return PurePosixPath(member).suffix.lower() == ".json"


def _is_bare(tree: Tree, member: str) -> bool:
    """Return whether a file is empty, or was cut short before its first record."""
    head = head_text(tree, member, _BARE).strip("\0 \t\r\n")
    return len(head) < _BARE // 2 and (not head or head[0] in "[{")


def _is_page(tree: Tree, member: str) -> bool:
    return not _is_json(member) and _HTML.match(head_text(tree, member, 256)) is not None
