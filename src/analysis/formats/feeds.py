"""Blog feeds: RSS, Atom, RDF and CDF through feedparser, JSON Feed by hand.

A feed holds only a blog's newest posts, so what came before its first item is not known.
"""

from __future__ import annotations

import calendar
import datetime as dt
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from xml.sax import SAXParseException

import feedparser

from analysis.errors import Problem, corrupt
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition, When
from analysis.formats.drift import Drift, known_keys
from analysis.formats.pages import Rows, captured, count_of, each, earliest, first_when
from analysis.formats.sniff import candidates, text_head, xml_root
from analysis.formats.text import bare_urls, hrefs, parse_when, plain_text, well_formed
from analysis.formats.wxr import NAMESPACE as WORDPRESS_EXPORT

MAX_FEED_BYTES = 200 * 1024**2
MAX_ATTRIBUTES = 1_000
"""Of one element: feedparser takes the square of their number."""

MAX_DEPTH = 10_000
"""Elements in elements; of their number, too, feedparser takes the square."""

_FEEDPARSER_FAILS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
)

_RSS = re.compile(r"<rss[\s>]", re.IGNORECASE)
_ATOM = re.compile(r"<(?:[\w.-]+:)?feed\s[^>]*(?:w3\.org/2005/Atom|purl\.org/atom/ns#)")
_RDF = re.compile(r"<(?:[\w.-]+:)?RDF\s[^>]*(?:purl\.org/(?:rss/|net/rss)|netscape\.com/rdf)")
_CDF = re.compile(r"<channel(?:\s[^>]*\b(?:href|base|lastmod)\s*=[^>]*)?\s*>", re.IGNORECASE)
_ROOT_END = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_CDF_END = re.compile(rb"</\s*channel\s*>", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)(?:\s[^<>]*)?>", re.IGNORECASE)
_ITEM_END = re.compile(rb"</\s*(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_NOT_MARKUP = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(rb"<(/?)[A-Za-z_][^<>]*?(/?)>")
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{4000,}")
_NO_DAY = re.compile(r"[0-9]{4}(?:-?[0-9]{2})?")
_JSON_FEED = re.compile(r"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version\\?/1")
_JSON_KEYS = re.compile(r'"(?:date_published|content_html|content_text)"\s*:')
_JSON_HEAD = 65_536
_FEWEST_FOR_DAYS = 3
_JSON_KNOWN = known_keys(
    feed="""
        version title home_page_url feed_url description user_comment next_url icon favicon
        author authors language expired hubs items
    """,
    item="""
        id url external_url title content_html content_text summary image banner_image
        date_published date_modified author authors tags language attachments
    """,
)


def _recognise_feed(tree: Tree) -> Recognition | None:
    found = {
        name: kind
        for name in candidates(tree, (".xml", ".rss", ".atom", ".rdf", ".txt", ""))
        if (kind := _kind_of(xml_root(text_head(tree, name))))
    }
    if not found:
        return None
    kinds = " and ".join(sorted(set(found.values())))
    return Recognition(0.95, tuple(found), f"{len(found)} file(s) of {kinds}")


def _kind_of(root: str) -> str:
    """Return which feed starts with this root element; empty for none."""
    if _RSS.match(root):
        return "" if WORDPRESS_EXPORT.search(root) else "RSS"
    if _ATOM.match(root):
        return "Atom"
    if _RDF.match(root):
        return "RSS in RDF"
    return "CDF" if _CDF.fullmatch(root) else ""


class _Parsed(NamedTuple):
    """What feedparser makes of a member, and what is wrong with the file.

    Attributes
    ----------
    feed : mapping
        As feedparser gives it.
    damage : Problem or None
        Where the file was cut off, or is too broken to give an item.
    is_cut_inside : bool
        The file ends within its last item, whose date may have lost its end.
    """

    feed: Mapping[str, Any]
    damage: Problem | None
    is_cut_inside: bool


def _read_feed(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    notes: list[str] = []

    def parsed(name: str) -> tuple[str, _Parsed]:
        return name, _parsed_feed(tree, name)

    for name, (feed, damage, is_cut_inside) in each(recognition.members, parsed, rows.problems):
        fault = feed.get("bozo_exception")
        if damage is not None:
            rows.problems.append(damage)
        elif feed.get("bozo") and isinstance(fault, SAXParseException):
            line = fault.getLineNumber()
            notes.append(
                f"The feed is not well-formed XML (line {line}); it was read as well as it goes."
            )
        seen_at = captured(tree, name)
        entries = feed["entries"]
        for number, entry in enumerate(entries, start=1):
            is_cut = is_cut_inside and number == len(entries)
            rows.add("cut off" if is_cut else _entry_post(entry, name, f"item {number}", seen_at))
        rows.seen_at += [seen_at] if seen_at else []
    return _extract(rows, notes)


FEED = Format("RSS or Atom feed", _recognise_feed, _read_feed)


def _parsed_feed(tree: Tree, name: str) -> _Parsed:
    """Return what feedparser makes of a member, whole or damaged.

    Raises
    ------
    InputError
        It is not a feed.
    """
    where, data = tree.where(name), tree.bytes(name)
    if len(data) > MAX_FEED_BYTES:
        raise corrupt(where, "", f"expected a feed of at most {MAX_FEED_BYTES // 1024**2} MB")
    _refuse_endless(data.replace(b"\0", b""), where)
    try:
        # As a stream: feedparser takes bare bytes or text for a path or an address first.
        feed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False
        )
    except _FEEDPARSER_FAILS as error:
        raise corrupt(where, "", f"expected a feed: {error}") from None
    except RecursionError:
        raise corrupt(where, "", "expected a feed; its elements nest too deep") from None
    fault = feed.get("bozo_exception") if feed.get("bozo") else None
    if fault is None:
        return _Parsed(feed, None, False)
    if not feed["entries"] and not feed.get("version"):
        raise corrupt(where, _place(fault), f"expected a whole feed: {_message(fault)}")
    end = _CDF_END if _CDF.fullmatch(xml_root(text_head(tree, name))) else _ROOT_END
    plain = data.replace(b"\0", b"")
    is_cut = not end.search(plain[-4096:])
    if not is_cut and feed["entries"]:
        return _Parsed(feed, None, False)
    count = len(feed["entries"])
    found = f"{'1 item is' if count == 1 else f'{count:,} items are'} in what is there"
    how = "cut off" if is_cut else "broken"
    expected = f"expected a whole feed, found one that is {how} ({_message(fault)}); {found}"
    damage = Problem("corrupt", where, _place(fault), expected)
    return _Parsed(feed, damage, is_cut and _ends_within_an_item(plain))


def _refuse_endless(data: bytes, where: str) -> None:
    """Raise InputError where an element has more attributes, or stands deeper, than any feed's."""
    is_many = data.count(b"<") > MAX_DEPTH
    if not is_many and not _LONG_TAG.search(data):
        return
    markup, depth = _NOT_MARKUP.sub(b"", data), 0
    for tag in _LONG_TAG.findall(markup):
        if tag.count(b"=") > MAX_ATTRIBUTES:
            most = f"expected at most {MAX_ATTRIBUTES:,} attributes in an element, found more"
            raise corrupt(where, "", most)
    for closes, is_empty in _TAG.findall(markup) if is_many else ():
        depth += -1 if closes else 0 if is_empty else 1
        if depth > MAX_DEPTH:
            raise corrupt(where, "", f"expected elements at most {MAX_DEPTH:,} deep, found more")


def _ends_within_an_item(data: bytes) -> bool:
    """Return whether the last item of a feed that was cut off is not closed."""
    markup = _NOT_MARKUP.sub(b"", data)
    opened = max((found.end() for found in _ITEM.finditer(markup)), default=0)
    return not _ITEM_END.search(markup, opened) if opened else False


def _place(fault: Exception) -> str:
    if isinstance(fault, SAXParseException):
        return f"line {fault.getLineNumber()}, column {(fault.getColumnNumber() or 0) + 1}"
    return ""


def _message(fault: Exception) -> str:
    return fault.getMessage() if isinstance(fault, SAXParseException) else str(fault)


def _entry_post(
    entry: Mapping[str, Any], member: str, pointer: str, seen_at: dt.datetime | None
) -> Post | str:
    """Return a feedparser entry as a post, or why it is none."""
    when = _entry_time(entry)
    if when is None:
        return "no date"
    guid = str(entry.get("id", ""))
    url = str(entry.get("feedburner_origlink") or entry.get("link") or "")
    if not url and guid.startswith(("http://", "https://")):
        url = guid
    title = _words(entry.get("title_detail"))
    contents = [*entry.get("content", ()), entry.get("summary_detail")]
    body: Mapping[str, Any] = next((part for part in contents if part and part.get("value")), {})
    value = str(body.get("value", ""))
    is_plain = body.get("type") == "text/plain"
    return Post(
        when=when,
        id=guid,
        url=url,
        title=title,
        text="\n".join(filter(None, (title, _words(body)))),
        links=bare_urls(value) if is_plain else hrefs(value, url),
        comments=count_of(str(entry.get("slash_comments") or entry.get("thr_total")).strip()),
        seen_at=seen_at,
        member=member,
        pointer=pointer,
    )


def _words(part: Mapping[str, Any] | None) -> str:
    if not part:
        return ""
    value = str(part.get("value", ""))
    return value.strip() if part.get("type") == "text/plain" else plain_text(value)


def _entry_time(entry: Mapping[str, Any]) -> When | None:
    """Return when an entry was published, by its author's own clock where it says so.

    feedparser's parsed times have lost the offset, so they are only the last resort.
    """
    for key in ("published", "updated", "created"):
        # dict.get, as feedparser's own answers "updated" with "published" and a warning.
        raw = dict.get(entry, key)  # type: ignore[call-overload]
        parsed = dict.get(entry, f"{key}_parsed")  # type: ignore[call-overload]
        if not raw:
            continue
        try:
            return parse_when(str(raw))
        except ValueError:
            if parsed and not _NO_DAY.fullmatch(str(raw).strip()):
                try:
                    moment = dt.datetime.fromtimestamp(calendar.timegm(parsed), dt.UTC)
                except (ValueError, OverflowError):  # the calendar has no such year
                    continue
                return moment if ":" in str(raw) else moment.date()
    return None


def _recognise_json(tree: Tree) -> Recognition | None:
    sure: list[str] = []
    for name in candidates(tree, (".json", ".txt", "")):
        head = text_head(tree, name, _JSON_HEAD)
        if not head.lstrip().startswith("{"):
            continue
        if _JSON_FEED.search(head) or ('"items"' in head and _JSON_KEYS.search(head)):
            sure.append(name)
    if not sure:
        return None
    return Recognition(0.96, tuple(sure), f"{len(sure)} file(s) of JSON Feed")


def _read_json(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    notes: list[str] = []
    drift = Drift("feed.json", _JSON_KNOWN)

    def parsed(name: str) -> tuple[str, dict[str, Any]]:
        return name, _parsed_json(tree, name)

    for name, feed in each(recognition.members, parsed, rows.problems):
        drift.look(feed, "feed")
        if feed.get("next_url"):
            notes.append("The feed says that it goes on at another address; that was not read.")
        seen_at = captured(tree, name)
        for index, item in enumerate(feed["items"]):
            drift.look(item, "item")
            is_item = isinstance(item, dict)
            rows.add(
                _item_post(item, name, f"items[{index}]", seen_at) if is_item else "not an item"
            )
        rows.seen_at += [seen_at] if seen_at else []
    return replace(_extract(rows, notes), drift=drift.found)


JSON_FEED = Format("JSON Feed", _recognise_json, _read_json)


def _parsed_json(tree: Tree, name: str) -> dict[str, Any]:
    """Return a JSON Feed as it stands.

    Raises
    ------
    InputError
        It is not JSON, or has no list of items.
    """
    where, data = tree.where(name), tree.bytes(name)
    try:
        feed = json.loads(data)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise corrupt(where, place, f"expected whole JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise corrupt(where, f"byte {error.start}", "expected text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise corrupt(where, "", f"expected plain JSON: {error}") from None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise corrupt(where, "items", "expected a list of items, as JSON Feed has")
    return feed


def _item_post(
    item: dict[str, Any], member: str, pointer: str, seen_at: dt.datetime | None
) -> Post | str:
    """Return an item of a JSON Feed as a post, or why it is none."""
    times = (_string(item, "date_published"), _string(item, "date_modified"))
    when = first_when(parse_when, *times)
    if when is None:
        return "no date"
    guid = _string(item, "id") or (str(item["id"]) if isinstance(item.get("id"), int) else "")
    external, html = _string(item, "external_url"), _string(item, "content_html")
    words = _string(item, "content_text") or _string(item, "summary")
    url = _string(item, "url") or (guid if guid.startswith(("http://", "https://")) else "")
    links = (*filter(None, (external,)), *(hrefs(html, url) if html else bare_urls(words)))
    title = _string(item, "title")
    return Post(
        when=when,
        id=guid,
        url=url or external,
        title=title,
        text="\n".join(filter(None, (title, plain_text(html) or words))),
        links=tuple(dict.fromkeys(links)),
        seen_at=seen_at,
        member=member,
        pointer=pointer,
    )


def _string(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return well_formed(value).strip() if isinstance(value, str) else ""


def _extract(rows: Rows, notes: Iterable[str]) -> Extract:
    """Return the rows of a feed with the earliest moment that it can speak for."""
    rows.once()
    items = rows.held
    posts = rows.posts
    if _is_dated_by_day(posts):
        posts = [replace(post, when=_day(post.when)) for post in posts]
        notes = [*notes, "Every item is timed at midnight, so its day alone is taken as known."]
    since = earliest(posts)
    held = "1 item" if items == 1 else f"{items:,} items"
    older = f"; posts before {since:%Y-%m-%d} are not known" if since else ""
    holds = f"A feed holds only a blog's newest posts: this one has {held}{older}."
    return Extract(
        posts=posts,
        set_aside=rows.set_aside,
        exported_at=max(rows.seen_at, default=None),
        since=since,
        notes=(holds, *dict.fromkeys(notes)),
        problems=tuple(rows.problems),
    )


def _is_dated_by_day(posts: list[Post]) -> bool:
    """Return whether every item stands at midnight: blogs whose posts have only a date."""
    return len(posts) >= _FEWEST_FOR_DAYS and all(
        post.when.time() == dt.time() for post in posts if isinstance(post.when, dt.datetime)
    )


def _day(when: When) -> dt.date:
    return when.date() if isinstance(when, dt.datetime) else when
