"""LinkedIn's data export: ``Shares.csv``, or ``Shares_<member id>.csv`` in a complete one.

Times carry no zone and are UTC: the upper bits of a post's number are its milliseconds since
1970. Where the two do not agree the time is disputed, and where none is stated it is worked
out from the number. Reactions, connections and the rest are in other files and no posts;
comments are counted. A post stands as many times in ``Shares.csv`` as it has pictures, under one
number: it counts once. The quotes of ``Shares.csv`` are doubled, those of ``Comments.csv`` in the
same export escaped by a backslash.

What is public: ``PUBLIC``, ``LOGGED_IN`` and ``MEMBER_NETWORK``, which is what the export writes
for whatever is on the profile for everyone, and posts that say nothing of it (older exports).
Any other visibility (connections only, a group) is set aside under its own name.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote

from analysis.errors import InputError, Problem, corrupt, one_line, unknown
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Kind, Post, Quality, Recognition
from analysis.formats.drift import count_unseen, together
from analysis.formats.linkedin_articles import article_members, article_of
from analysis.formats.tables import header_of, parse_when, rows_of
from analysis.formats.text import bare_urls
from analysis.formats.unread import unread_note
from analysis.urls import canonical

FIRST_YEAR, LAST_YEAR = 2003, 2100

AGREES = dt.timedelta(minutes=1)
"""How far a post's stated time may be from the one in its number."""

_COLUMNS = {"date", "sharelink", "sharecommentary"}
_KNOWN = {"": frozenset(_COLUMNS | {"sharedurl", "mediaurl", "visibility"})}
_NAME = re.compile(r"Shares(?:_\d+)?\.csv", re.IGNORECASE)
_COMMENTS = re.compile(r"Comments(?:_\d+)?\.csv", re.IGNORECASE)
_COMMENT_COLUMNS = ["date", "link", "message"]
_OTHERS = re.compile(
    r"(?:Ad_Targeting|Ads Clicked|Certifications|Company Follows|Connections|Content|Courses"
    r"|Education|Email Addresses|Endorsement_\w+|Events|guide_messages|Hashtag_Follows|Honors"
    r"|ImportedContacts|Inferences_about_you|InstantReposts|Invitations|Languages|Learning"
    r"|LearningCoachMessages|learning_\w+|Logins|Member_Follows|messages|Organizations|PhoneNumbers"
    r"|Positions|Profile|Profile Summary|Projects|Providers|Publications|Reactions|Receipts\w*"
    r"|Recommendations_\w+|Registration|Rich[ _]Media|SavedJobs|Saved_Items|SearchQueries"
    r"|Security Challenges|Services|Skills|Test Scores|Verifications?|Volunteering|Votes"
    r"|Whatsapp Phone Numbers)(?:_\d+)?\.(?:csv|xlsx)",
    re.IGNORECASE,
)
_PUBLIC = {"", "PUBLIC", "MEMBER_NETWORK", "LOGGED_IN"}
_URN = re.compile(r"urn:li:[A-Za-z]{1,20}:[0-9-]{1,40}")
_NUMBER = re.compile(r"[0-9]{15,20}$")
_DATED = re.compile(r"LinkedInDataExport_(\d\d)-(\d\d)-(20\d\d)", re.IGNORECASE)


def _recognise(tree: Tree) -> Recognition | None:
    tables = [name for name in tree.names if name.lower().endswith(".csv") or tree.is_single_file]
    members = tuple(name for name in tables if set(header_of(tree, name)) >= _COLUMNS)
    named = tuple(name for name in tables if _NAME.fullmatch(PurePosixPath(name).name))
    articles = article_members(tree)
    if members:
        every = tuple(sorted({*members, *named, *articles, *_comments(tree), *_others(tree)}))
        return Recognition(0.95, every, "a CSV with the columns Date and ShareCommentary")
    if articles:
        every = tuple(sorted({*named, *articles, *_comments(tree), *_others(tree)}))
        return Recognition(0.8, every, f"{len(articles)} article(s) written as LinkedIn's")
    if named:
        return Recognition(0.3, named, "a file named as LinkedIn's posts")
    return None


def _read(tree: Tree, recognition: Recognition) -> Extract:
    posts: list[Post] = []
    set_aside: Counter[str] = Counter()
    drift: list[Counter[str]] = []
    problems: list[Problem] = []
    comments = _comments(tree)
    apart = {*comments, *_others(tree)}
    members = [name for name in recognition.members if name not in apart]
    pages = [name for name in members if name.lower().endswith((".html", ".htm"))]
    tables = [name for name in members if name not in pages]
    seen: set[str] = set()
    for name in tables:
        try:
            read, aside, unseen = _shares(tree, name, seen)
        except InputError as error:
            problems.extend(error.problems)
        else:
            posts.extend(read)
            set_aside.update(aside)
            drift.append(unseen)
    for name in pages:
        try:
            article = article_of(tree, name)
        except InputError as error:
            problems.extend(error.problems)
            continue
        if isinstance(article, str):
            set_aside[article] += 1
        elif article.url and article.url in seen:
            set_aside["duplicate"] += 1
        else:
            posts.append(article)
            seen.add(article.url)
    if problems and len(problems) == len(members):
        raise InputError(problems)
    for name in comments:
        try:
            set_aside["comment"] += _number_of_comments(tree, name)
        except InputError as error:
            problems.extend(error.problems)
    return Extract(
        posts,
        set_aside=+set_aside,
        exported_at=_exported_at(tree),
        notes=(*_notes_on_articles(posts), *unread_note(_others(tree), "Not posts")),
        problems=tuple(problems),
        drift=together(drift),
    )


def _shares(tree: Tree, name: str, seen: set[str]) -> tuple[list[Post], Counter[str], Counter[str]]:
    """Return a table's posts, what it sets aside, and columns that were never seen before."""
    posts: list[Post] = []
    aside: Counter[str] = Counter()
    drift: Counter[str] = Counter()
    header = header_of(tree, name)
    if not any(header):
        raise corrupt(tree.where(name), "line 1", "expected a header, found nothing")
    if not set(header) >= _COLUMNS:
        expected = "expected LinkedIn's columns Date, ShareLink and ShareCommentary"
        raise unknown(tree.where(name), f"{expected}; found {', '.join(header)}")
    count_unseen(drift, "Shares*.csv", dict.fromkeys(filter(None, header)), _KNOWN)
    new = set(seen)
    for line, row in rows_of(tree, name):
        post = _post_of(row, tree, name, line)
        reason = post if isinstance(post, str) else _reason(row, post, new)
        if isinstance(post, Post) and not reason:
            posts.append(post)
        else:
            aside[reason] += 1
        if isinstance(post, Post) and post.id:
            new.add(post.id)
    seen |= new
    return posts, aside, drift


def _reason(row: dict[str, str], post: Post, seen: set[str]) -> str:
    """Return why a post does not count, "" where it does."""
    if not FIRST_YEAR <= post.when.year <= LAST_YEAR:
        return "impossible date"
    if post.id in seen:
        return "duplicate"
    visibility = row.get("visibility", "").upper()
    if visibility not in _PUBLIC:
        return f"visibility {one_line(visibility, 40)}"
    if "visibility" not in row and post.id.startswith("urn:li:groupPost:"):
        return "in a group"
    return ""


def _post_of(row: dict[str, str], tree: Tree, name: str, line: int) -> Post | str:
    place = f"line {line}"
    address = row["sharelink"]
    found = _URN.search(unquote(address))
    urn = found.group() if found else ""
    numbered = time_in(urn)
    quality: Quality | Literal[""] = ""
    if row["date"]:
        when = parse_when(row["date"], tree.where(name), f"{place}, column Date")
        if isinstance(when, dt.datetime):
            when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
            agrees = numbered is None or abs(numbered - when) <= AGREES
            quality = "" if numbered is None else "exact" if agrees else "disputed"
    elif numbered is None:
        return "no date"
    else:
        when, quality = numbered, "derived"
    text = unwrapped(row["sharecommentary"])
    shared, media = row.get("sharedurl", ""), row.get("mediaurl", "")
    return Post(
        when=when,
        kind=_kind(text, shared, media),
        id=urn,
        url=address if canonical(address) else "",
        text=text,
        links=tuple(dict.fromkeys(filter(canonical, (shared, *bare_urls(text))))),
        quality=quality,
        member=name,
        pointer=place,
    )


def time_in(urn: str) -> dt.datetime | None:
    """Return the time that a post's number holds, None where that is no time of LinkedIn's."""
    number = _NUMBER.search(urn)
    if number is None:
        return None
    seconds = (int(number.group()) >> 22) / 1000
    when = dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds < 2**32 else None
    return when if when and FIRST_YEAR <= when.year <= LAST_YEAR else None


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


def _number_of_comments(tree: Tree, name: str) -> int:
    """Return how many comments a table holds, whichever way its quotes are escaped."""
    text = tree.bytes(name).decode("utf-8-sig", "replace")
    counts = (_rows_of_three(text, escaped=escaped) for escaped in (True, False))
    count = next((count for count in counts if count is not None), None)
    if count is None:
        expected = "expected the columns Date, Link and Message, and as many fields in each row"
        raise corrupt(tree.where(name), "", expected)
    return count


def _rows_of_three(text: str, *, escaped: bool) -> int | None:
    """Return the number of rows under a header of comments; None where it is no such table."""
    stream = io.StringIO(text, newline="")
    reader = (
        csv.reader(stream, escapechar="\\", doublequote=False, strict=True)
        if escaped
        else csv.reader(stream, strict=True)
    )
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        return None
    if not rows or [cell.strip().lower() for cell in rows[0]] != _COMMENT_COLUMNS:
        return None
    return len(rows) - 1 if all(len(row) == len(_COMMENT_COLUMNS) for row in rows) else None


def _exported_at(tree: Tree) -> dt.datetime | None:
    """Return the beginning of the latest day that the archives' names tell, month first."""
    names = {tree.label, *(name.partition("/")[0] for name in tree.names)}
    days = []
    for match in filter(None, map(_DATED.search, names)):
        month, day, year = map(int, match.groups())
        try:
            days.append(dt.datetime(year, month, day, tzinfo=dt.UTC))
        except ValueError:
            continue
    return max(days, default=None)


def _notes_on_articles(posts: list[Post]) -> tuple[str, ...]:
    count = sum(post.kind == "article" for post in posts)
    note = f"{count} article(s): the page tells the minute and no zone, taken as UTC."
    return (note,) if count else ()


def _comments(tree: Tree) -> list[str]:
    return [name for name in tree.names if _COMMENTS.fullmatch(PurePosixPath(name).name)]


def _others(tree: Tree) -> list[str]:
    """Return the other files of the export, which are known and hold no posts."""
    return [name for name in tree.names if _OTHERS.fullmatch(PurePosixPath(name).name)]


LINKEDIN = Format("LinkedIn export (Shares.csv)", _recognise, _read)
