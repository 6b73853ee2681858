"""Tumblr's own export: an HTML file a post, in ``posts/html/`` or zipped in ``posts.zip``.

The footer of a file tells the time in words, without a zone: it is taken for the study's own.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from analysis.errors import InputError, Problem, corrupt
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Kind, Post, Recognition, When
from analysis.formats.pages import Rows, first_when
from analysis.formats.sniff import candidates
from analysis.formats.text import hrefs, parse_rfc822, plain_text

MAX_POST_BYTES = 5 * 1024**2
MAX_ARCHIVE_BYTES = 500 * 1024**2

_TOO_LARGE = f"expected a post of at most {MAX_POST_BYTES // 1024**2} MB"
_NAME = re.compile(r"[0-9]{6,25}\.html")
_STAMP = re.compile(r'<span\s+id="timestamp">\s*([^<]{6,60}?)\s*</span>', re.IGNORECASE)
_WORDS = re.compile(
    r"(?P<month>[A-Za-z]{3,9})\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,\s+(?P<year>[0-9]{4})"
    r"(?:\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})\s*(?P<half>[ap]m))?",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"<body[^>]*>(.*?)(?:<div\s+id=\"footer\"|</body>|\Z)", re.DOTALL | re.IGNORECASE
)
_TITLE = re.compile(r"<h1[^>]*>(.{0,2000}?)</h1>", re.DOTALL | re.IGNORECASE)
_REBLOG = re.compile(r'class="tumblr_blog"', re.IGNORECASE)
_INNER = "posts.zip"


def _recognise(tree: Tree) -> Recognition | None:
    own = [
        name
        for name in candidates(tree, (".html",))
        if _NAME.fullmatch(PurePosixPath(name).name)
        and _STAMP.search(tree.head(name, MAX_POST_BYTES).decode("utf-8", "replace"))
    ]
    if own:
        same = {PurePosixPath(name).parent for name in own}
        members = tuple(name for name in tree.names if _is_like(name, same))
        return Recognition(0.92, members, f"{len(members)} post file(s) of Tumblr's export")
    inner = tuple(name for name in tree.names if PurePosixPath(name).name == _INNER)
    if inner and any(PurePosixPath(name).parts[-2:-1] == ("media",) for name in tree.names):
        return Recognition(0.9, inner, "the posts.zip of Tumblr's export")
    return None


def _is_like(name: str, folders: set[PurePosixPath]) -> bool:
    path = PurePosixPath(name)
    return path.parent in folders and _NAME.fullmatch(path.name) is not None


def _read(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    is_timed = False
    for name, content in _files(tree, recognition.members, rows.problems):
        row = _post(content.decode("utf-8", "replace").replace("\0", ""), name)
        rows.add(row)
        is_timed = is_timed or isinstance(row, Post)
    if rows.problems and not rows.posts and not rows.set_aside:
        raise InputError(rows.problems)
    note = "Tumblr's export tells times without a zone; they are taken for the study's own."
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        notes=(note,) if is_timed else (),
        problems=tuple(rows.problems),
    )


TUMBLR_EXPORT = Format("Tumblr export (HTML)", _recognise, _read)


def _files(
    tree: Tree, members: tuple[str, ...], problems: list[Problem]
) -> Iterator[tuple[str, bytes]]:
    """Yield the post files, those within ``posts.zip`` too; what is broken goes to ``problems``."""
    for name in members:
        try:
            if PurePosixPath(name).name == _INNER:
                yield from _unzipped(tree, name)
                continue
            content = tree.head(name, MAX_POST_BYTES + 1)
            if len(content) > MAX_POST_BYTES:
                raise corrupt(tree.where(name), "", _TOO_LARGE)
            if not _STAMP.search(content.decode("utf-8", "replace")):
                raise corrupt(tree.where(name), "", "expected a post with its time in the footer")
            yield name, content
        except InputError as error:
            problems.extend(error.problems)


def _unzipped(tree: Tree, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the post files of an archive within the export, read in memory.

    Raises
    ------
    InputError
        It is too large, or no whole zip archive.
    """
    data = tree.head(name, MAX_ARCHIVE_BYTES + 1)
    if len(data) > MAX_ARCHIVE_BYTES:
        raise corrupt(tree.where(name), "", "expected at most 500 MB; unpack it and drop the rest")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if not _NAME.fullmatch(PurePosixPath(entry.filename).name):
                    continue
                if entry.file_size > MAX_POST_BYTES:
                    raise corrupt(tree.where(name), entry.filename, _TOO_LARGE)
                yield f"{name}/{entry.filename}", archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError, EOFError) as error:
        raise corrupt(tree.where(name), "", f"expected a whole zip archive: {error}") from None


def _post(text: str, member: str) -> Post | str:
    """Return one file as a post, or why it is none."""
    stamp = _STAMP.search(text)
    when = _time(stamp[1]) if stamp else None
    if when is None:
        return "no date"
    found = _BODY.search(text)
    html = found[1] if found else ""
    heading = _TITLE.search(html)
    title = plain_text(heading[1]) if heading else ""
    kind: Kind = "repost" if _REBLOG.search(html) else "post"
    return Post(
        when=when,
        kind=kind,
        id=PurePosixPath(member).stem,
        title=title,
        text=plain_text(html),
        links=hrefs(html),
        member=member,
    )


def _time(words: str) -> When | None:
    """Return the time that a footer tells: ``May 6th, 2012 9:30pm``."""
    match = _WORDS.fullmatch(" ".join(words.split()))
    if match is None:
        return None
    day = f"{match['day']} {match['month'][:3]} {match['year']}"
    if match["hour"] is None:
        return first_when(parse_rfc822, day)
    hour = int(match["hour"]) % 12 + (12 if match["half"].lower() == "pm" else 0)
    return first_when(parse_rfc822, f"{day} {hour:02}:{match['minute']}:00")
