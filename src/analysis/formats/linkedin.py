"""LinkedIn's data export: ``Shares.csv``, or ``Shares_<member id>.csv`` in a complete one.

Times carry no zone and are UTC: the upper bits of a post's number are its milliseconds
since 1970, and agree. Comments, reactions and connections are in other files and not posts.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from analysis.errors import corrupt, unknown
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Kind, Post, Recognition
from analysis.formats.tables import header_of, parse_when, rows_of
from analysis.formats.text import bare_urls
from analysis.urls import canonical

FIRST_YEAR, LAST_YEAR = 2003, 2100

_COLUMNS = {"date", "sharelink", "sharecommentary"}
_NAME = re.compile(r"Shares(?:_\d+)?\.csv", re.IGNORECASE)
_OTHERS = ("Comments*.csv", "Reactions*.csv", "InstantReposts*.csv")
_URN = re.compile(r"urn:li:[A-Za-z]{1,20}:[0-9-]{1,40}")


def _recognise(tree: Tree) -> Recognition | None:
    tables = [name for name in tree.names if name.lower().endswith(".csv") or tree.is_single_file]
    members = tuple(name for name in tables if set(header_of(tree, name)) >= _COLUMNS)
    if members:
        return Recognition(0.95, members, "a CSV with the columns Date and ShareCommentary")
    named = tuple(name for name in tables if _NAME.fullmatch(PurePosixPath(name).name))
    if named:
        return Recognition(0.3, named, "a file named as LinkedIn's posts")
    return None


def _read(tree: Tree, recognition: Recognition) -> Extract:
    extract = Extract()
    seen: set[str] = set()
    for name in recognition.members:
        header = header_of(tree, name)
        if not any(header):
            raise corrupt(tree.where(name), "line 1", "expected a header, found nothing")
        if not set(header) >= _COLUMNS:
            expected = "expected LinkedIn's columns Date, ShareLink and ShareCommentary"
            raise unknown(tree.where(name), f"{expected}; found {', '.join(header)}")
        for line, row in rows_of(tree, name):
            post = _post_of(row, tree, name, line)
            if not FIRST_YEAR <= post.when.year <= LAST_YEAR:
                extract.set_aside["impossible date"] += 1
            elif post.id and post.id in seen:
                extract.set_aside["duplicate"] += 1
            else:
                extract.posts.append(post)
            seen.add(post.id)
    others = [PurePosixPath(name).name for name in tree.find(*_OTHERS)]
    notes = (f"Not posts, so not read: {', '.join(others)}.",) if others else ()
    return Extract(extract.posts, set_aside=extract.set_aside, notes=notes)


def _post_of(row: dict[str, str], tree: Tree, name: str, line: int) -> Post:
    place = f"line {line}"
    when = parse_when(row["date"], tree.where(name), f"{place}, column Date")
    if isinstance(when, dt.datetime) and when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    text = unwrapped(row["sharecommentary"])
    shared, media = row.get("sharedurl", ""), row.get("mediaurl", "")
    address = row["sharelink"]
    urn = _URN.search(unquote(address))
    return Post(
        when=when,
        kind=_kind(text, shared, media),
        id=urn.group() if urn else "",
        url=address if canonical(address) else "",
        text=text,
        links=tuple(dict.fromkeys(filter(canonical, (shared, *bare_urls(text))))),
        member=name,
        pointer=place,
    )


def _kind(text: str, shared: str, media: str) -> Kind:
    if not (text or shared or media):
        return "repost"
    return "share" if shared else "post"


def unwrapped(commentary: str) -> str:
    r"""Return a commentary without the quotes that the export puts around each line.

    Many exports write every line break as ``"\n"``, some with quotes around the whole too;
    a text with one line break that is not written so is left as it is.
    """
    lines = commentary.replace("\r\n", "\n").split("\n")
    inner = [
        line.endswith('"') and after.startswith('"') for line, after in itertools.pairwise(lines)
    ]
    if not inner or not all(inner):
        return "\n".join(lines)
    first, last = lines[0], lines[-1]
    whole = first.startswith('"') and last.endswith('"')
    if whole and first.count('"') % 2 == 0 and last.count('"') % 2 == 0:
        lines[0], lines[-1] = first[1:], last[:-1]
    return "\n".join(lines).replace('"\n"', "\n")


LINKEDIN = Format("LinkedIn export (Shares.csv)", _recognise, _read)
