"""Sitemaps: which pages there are and when they were last changed; some of them are fetched."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from analysis.collect.addresses import origin
from analysis.collect.base import Answer, CollectPlan, Progress
from analysis.collect.discover import look
from analysis.collect.fetcher import Fetcher
from analysis.collect.state import State
from analysis.errors import InputError, invalid

MAX_SITEMAPS = 100
MAX_FETCHED = 200
"""How many pages a run fetches at most, those that were changed last first."""

MAX_UNPACKED = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a sitemap names, and when it was changed as the sitemap spells it."""

    url: str
    changed: str


def collect_sitemap(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep the sitemaps of a site, and the pages that are new or changed in them.

    Raises
    ------
    InputError
        There is no sitemap.
    """
    first = look(plan, fetcher, state).get("sitemap") or next(
        iter(fetcher.sitemaps(plan.url)), urljoin(plan.url, "/sitemap.xml")
    )
    waiting, had = [str(first)], set[str]()
    pages: dict[str, Entry] = {}
    notes = set[str]()
    while waiting and len(had) < MAX_SITEMAPS:
        url = waiting.pop(0)
        had.add(url)
        answer = (fetcher.recent(url) or fetcher.get(url)).expect("a sitemap")
        is_index, entries = read_sitemap(answer)
        inside = [each for each in entries if _same_host(each.url, plan.url)]
        if len(inside) < len(entries):
            notes.add("addresses of other hosts in the sitemap were left alone")
        if is_index:
            waiting += [each.url for each in inside if each.url not in had | set(waiting)]
        else:
            pages.update((each.url, each) for each in inside)
        new = 0 if is_index else state.note(each.url for each in inside)
        yield Progress(f"sitemap {len(had)}, {len(entries)} addresses", new)
    if waiting:
        notes.add(f"only {MAX_SITEMAPS} sitemaps were read; {len(waiting)} more are named")
    yield from _fetch(plan, fetcher, state, list(pages.values()), notes)
    for note in sorted(notes):
        yield Progress("sitemap", note=note)


def _fetch(
    plan: CollectPlan, fetcher: Fetcher, state: State, pages: list[Entry], notes: set[str]
) -> Iterator[Progress]:
    """Fetch the pages that are new or changed, as many as a run may."""
    fetched: dict[str, str] = state.cursor.setdefault("pages", {})
    since = plan.since.isoformat() if plan.since else ""
    wanted = [
        each
        for each in sorted(pages, key=lambda each: each.changed, reverse=True)
        if fetched.get(each.url) != each.changed and (not each.changed or each.changed >= since)
    ]
    if len(wanted) > MAX_FETCHED:
        left = len(wanted) - MAX_FETCHED
        notes.add(f"{MAX_FETCHED} pages were fetched; {left:,} are left for the next run")
    for number, each in enumerate(wanted[:MAX_FETCHED], 1):
        try:
            fetcher.get(each.url)
        except InputError as error:
            notes.add(str(error.problems[0]))
        fetched[each.url] = each.changed
        yield Progress(f"page {number} of {min(len(wanted), MAX_FETCHED)}")


def _same_host(url: str, other: str) -> bool:
    try:
        return origin(url) == origin(other)
    except InputError:
        return False


def read_sitemap(answer: Answer) -> tuple[bool, list[Entry]]:
    """Return whether a sitemap is an index, and what it names.

    Raises
    ------
    InputError
        It is no sitemap, or unpacks to too much.
    """
    try:
        root = etree.fromstring(_unpacked(answer), _parser())
        name = etree.QName(root).localname
    except (etree.LxmlError, ValueError, OSError, EOFError, zlib.error) as error:
        raise invalid(answer.url, "", f"expected a sitemap: {error}") from None
    if name not in ("urlset", "sitemapindex"):
        raise invalid(answer.url, "", f"expected a sitemap, found <{name}>")
    entries = []
    for node in root:
        told = {
            etree.QName(child).localname: (child.text or "").strip()
            for child in node
            if isinstance(child.tag, str)
        }
        if told.get("loc"):
            entries.append(Entry(told["loc"], told.get("lastmod", "")))
    return name == "sitemapindex", entries


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _unpacked(answer: Answer) -> bytes:
    if not answer.body.startswith(b"\x1f\x8b"):
        return answer.body
    with gzip.open(io.BytesIO(answer.body)) as stream:
        data = stream.read(MAX_UNPACKED + 1)
    if len(data) > MAX_UNPACKED:
        raise ValueError(f"it unpacks to more than {MAX_UNPACKED:,} bytes")
    return data
