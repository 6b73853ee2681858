"""The Wayback Machine: what a page looked like at earlier dates.

Its index (CDX) lists the captures; each one that differs is had in its raw form (``id_``). It is
asked 24 times a minute at most, and never again in a run once it answers 429: it shuts out those
who go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from analysis.collect.answers import JSON, base_of, body_of
from analysis.collect.base import MAX_PAGES, Answer, CollectPlan, Progress
from analysis.collect.fetcher import Fetcher
from analysis.collect.settings import SCORE
from analysis.collect.state import State
from analysis.errors import InputError, invalid

API = "https://web.archive.org"
SECONDS = 60 / 24
PER_PAGE = 1000
MOST_WAITING = 20_000

_COLUMNS = ("timestamp", "original", "statuscode", "digest")
_STAMP = re.compile(r"[0-9]{14}")
_TARGET = re.compile(r"/web/[^/]+/(?P<target>https?:/.+)")
_SCHEME = re.compile(r"^(https?):/+")


def collect_wayback(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep every capture of an address that differs from those before it.

    Raises
    ------
    InputError
        The answers are not what they should be.
    """
    base = base_of(plan, API)
    fetcher.careful(base, SECONDS)
    yield from _listed(plan, fetcher, state, base)
    yield from _fetched(fetcher, state, base)


def _target(url: str) -> str:
    """Return the page whose captures are wanted: also of an address of the archive's own."""
    match = _TARGET.search(url)
    return _SCHEME.sub(r"\1://", match["target"]) if match else url


def _listed(plan: CollectPlan, fetcher: Fetcher, state: State, base: str) -> Iterator[Progress]:
    """Add to ``state.cursor["waiting"]`` the captures that were made since the last time."""
    cursor = state.cursor
    waiting: list[list[str]] = cursor.setdefault("waiting", [])
    queued = {each[2] for each in waiting}
    asked = _wanted(plan, str(cursor.get("last", "")))
    key = str(cursor.get("resume", ""))
    keys = {key}
    for number in range(1, MAX_PAGES + 1):
        if key:
            asked["resumeKey"] = key
        answer = fetcher.get(f"{base}/cdx/search/cdx", asked, accept=JSON, is_api=True)
        rows, key = _rows(answer)
        for row in rows:
            _note(plan, state, row, waiting, queued)
        if key and key in keys:
            cursor["resume"] = ""
            raise invalid(answer.url, "", "expected more captures, found the same key again")
        keys.add(key)
        cursor["resume"] = key
        yield Progress(f"list of captures, page {number}; {len(waiting):,} to be had")
        if not key:
            cursor["last"] = cursor.get("seen", cursor.get("last", ""))
            return
        if len(waiting) >= MOST_WAITING:
            break
    yield Progress("captures", note="there are more captures; the next run goes on")


def _wanted(plan: CollectPlan, last: str) -> dict[str, str | int]:
    since = f"{plan.since:%Y%m%d}" if plan.since else ""
    begin = max(last, since)
    return {
        "url": _target(plan.url),
        "output": "json",
        "fl": ",".join(_COLUMNS),
        "showResumeKey": "true",
        "limit": PER_PAGE,
        **({"from": begin} if begin else {}),
    }


def _rows(answer: Answer) -> tuple[list[dict[str, str]], str]:
    """Return the captures in an answer of the index, and the key to those after them.

    Raises
    ------
    InputError
        It is something else.
    """
    body: list[Any] = body_of(answer, "a list of captures", list)
    if not all(isinstance(row, list) and all(isinstance(x, str) for x in row) for row in body):
        raise invalid(answer.url, "", "expected rows of text, found something else")
    if not body:
        return [], ""
    head, *rows = body
    if missing := set(_COLUMNS) - set(head):
        raise invalid(answer.url, "", f"expected a column {min(missing)}; it is missing")
    key = ""
    if len(rows) >= 2 and rows[-2] == [] and len(rows[-1]) == 1:
        key = rows[-1][0]
        rows = rows[:-2]
    if not all(len(row) == len(head) for row in rows):
        raise invalid(answer.url, "", f"expected {len(head)} columns in every row")
    return [dict(zip(head, row, strict=True)) for row in rows], key


def _note(
    plan: CollectPlan,
    state: State,
    row: dict[str, str],
    waiting: list[list[str]],
    queued: set[str],
) -> None:
    """Put a capture among those to be had, unless its content is had or no page.

    Of a score every change counts, also back to what it was; of anything else content once. The
    rows "-" repeat what an earlier one has.
    """
    stamp, digest = row["timestamp"], row["digest"]
    if not _STAMP.fullmatch(stamp) or row["statuscode"] not in ("200", "-"):
        return
    state.cursor["seen"] = max(stamp, str(state.cursor.get("seen", "")))
    if not re.match(r"https?://\S+$", row["original"]):
        return
    page = row["original"]
    last = state.cursor.setdefault("digests", {})
    before, last[page] = last.get(page), digest
    if plan.channel == SCORE:
        is_same = before == digest
    else:
        is_same = state.knows(f"body {digest}") or digest in queued
    if not is_same and not state.knows(f"capture {stamp} {page}"):
        waiting.append([stamp, page, digest])
        queued.add(digest)


def _fetched(fetcher: Fetcher, state: State, base: str) -> Iterator[Progress]:
    """Have the captures that wait, the newest first."""
    waiting: list[list[str]] = state.cursor["waiting"]
    waiting.sort()
    total, failed = len(waiting), 0
    for number in range(1, total + 1):
        stamp, page, digest = waiting[-1]
        url = f"{base}/web/{stamp}id_/{page.partition('#')[0]}"
        try:
            is_had = fetcher.get(url, is_api=True).ok
        except InputError:  # too large, or redirects in a circle: told with the others
            is_had = False
        failed += not is_had
        if is_had:
            state.note((f"capture {stamp} {page}", f"body {digest}"))
        waiting.pop()
        yield Progress(f"capture {number} of {total:,}", int(is_had))
    if failed:
        note = f"{failed:,} of {total:,} captures could not be had, though they are listed"
        yield Progress("captures", note=note)
