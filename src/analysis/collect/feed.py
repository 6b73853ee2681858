"""Feeds: RSS, Atom and JSON Feed, page by page where they have pages."""

from __future__ import annotations

import calendar
import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import feedparser

from analysis.collect.answers import moment
from analysis.collect.base import MAX_PAGES, Answer, CollectPlan, Progress
from analysis.collect.discover import is_json_feed, look
from analysis.collect.fetcher import Fetcher
from analysis.collect.newest import Reach
from analysis.collect.state import State

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
_PAST_THE_END = (400, 404, 410)
_PARSER_ERRORS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What one page of a feed says.

    Attributes
    ----------
    ids : tuple of str
        Of its items.
    next_url : str
        The page with older ones; empty where it names none.
    is_wordpress : bool
        Older ones stand at ``?paged=2``.
    newest : datetime or None
        The time of its newest item (aware, UTC), where that is told.
    """

    ids: tuple[str, ...]
    next_url: str
    is_wordpress: bool
    newest: dt.datetime | None = None


def collect_feed(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep a feed, and its older pages until one brings nothing new.

    Raises
    ------
    InputError
        It is no feed.
    """
    url = look(plan, fetcher, state).get("feed", "") or plan.url
    answer = (fetcher.recent(url) or fetcher.get(url, accept=ACCEPT)).expect("a feed")
    page = feed_page(answer)
    if page is None:
        raise plan.wrong("url", f"expected a feed at {answer.url}, found something else")
    new = state.note(page.ids)
    is_complete = bool(state.cursor.get("complete"))
    if new:
        # Until the older pages are had, too: a run that is killed must not leave a hole.
        state.cursor.pop("complete", None)
    if new == len(page.ids):
        state.cursor.pop("at", None)  # as many new ones may stand on the pages before it
    yield Progress(f"feed, {len(page.ids)} items", new)
    if is_complete and not new:
        return
    since = Reach.of(plan, fetcher.clock).since
    yield from _older(fetcher, state, page, answer.url, is_complete, since)


def _older(
    fetcher: Fetcher,
    state: State,
    page: FeedPage,
    first: str,
    is_complete: bool,
    since: dt.datetime | None,
) -> Iterator[Progress]:
    """Keep the older pages; what a run does not reach, the next one begins with.

    After a page of nothing but items from before ``since`` come more of them.
    """
    had = set(page.ids)
    number = 1
    at = state.cursor.get("at") if not is_complete else None
    if at:
        number, page = int(at["number"]), FeedPage((), str(at["next"]), bool(at["wordpress"]))
    for _ in range(MAX_PAGES):
        step = (first, {"paged": number + 1}) if page.is_wordpress else (page.next_url, None)
        if not step[0] or (since and page.newest and page.newest < since):
            break
        number += 1
        answer = fetcher.get(*step, accept=ACCEPT)
        if answer.status in _PAST_THE_END:
            break
        found = feed_page(answer.expect("an older page of the feed"))
        if found is None or had.issuperset(found.ids):
            break
        had.update(found.ids)
        here = {"number": number - 1, "next": step[0], "wordpress": page.is_wordpress}
        page = found
        new = state.note(page.ids)
        state.cursor["at"] = here
        yield Progress(f"feed, page {number}", new)
        if is_complete and not new:
            break
    else:
        note = f"the feed has more than {MAX_PAGES} pages; the next run goes on"
        yield Progress("feed", note=note)
        return
    state.cursor.pop("at", None)
    state.cursor["complete"] = True


def feed_page(answer: Answer) -> FeedPage | None:
    """Return what a page of a feed says, or None where it is no feed."""
    if is_json_feed(answer.body):
        feed: Any = json.loads(answer.body)
        items = [item for item in _list(feed.get("items")) if isinstance(item, dict)]
        ids = tuple(str(item.get("id") or item.get("url") or "") for item in items)
        newest = _newest(moment(item.get("date_published")) for item in items)
        return FeedPage(ids, _joined(answer.url, feed.get("next_url")), False, newest)
    try:
        parsed = feedparser.parse(
            io.BytesIO(answer.body), sanitize_html=False, resolve_relative_uris=False
        )
    except _PARSER_ERRORS:
        return None
    if not parsed.get("version") and not parsed.get("entries"):
        return None
    head = parsed.get("feed", {})
    ids = tuple(
        str(entry.get("id") or entry.get("link") or entry.get("title") or "")
        for entry in parsed["entries"]
    )
    nexts = [link.get("href") for link in head.get("links", ()) if link.get("rel") == "next"]
    generator = str(head.get("generator", "")).lower()
    next_url = _joined(answer.url, next(iter(nexts), ""))
    newest = _newest(map(_entry_time, parsed["entries"]))
    return FeedPage(ids, next_url, "wordpress" in generator, newest)


def _newest(times: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return max(filter(None, times), default=None)


def _entry_time(entry: Mapping[str, Any]) -> dt.datetime | None:
    """Return the later one of the times that an entry tells."""
    # dict.get, as feedparser's own answers "updated" with "published" and a warning.
    told = [dict.get(entry, key) for key in ("published_parsed", "updated_parsed")]  # type: ignore[call-overload]
    try:
        return _newest(moment(calendar.timegm(each)) for each in told if each)
    except (ValueError, OverflowError):  # the calendar has no such year
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _joined(base: str, target: Any) -> str:
    try:
        return urljoin(base, target) if isinstance(target, str) and target else ""
    except ValueError:
        return ""
