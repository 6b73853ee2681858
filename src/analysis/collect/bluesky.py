"""Bluesky: the feed with its counts, held against the account's own repository.

The feed (``getAuthorFeed``) loses posts: one of two with the same time, those beyond where its
cursor ends. The repository (``listRecords``, on the account's own server) has every post and no
counts. Both are kept.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from analysis.collect.answers import (
    JSON,
    base_of,
    body_of,
    gone,
    moment,
    name_in,
    records_of,
    text_at,
)
from analysis.collect.base import Answer, CollectPlan, Progress
from analysis.collect.fetcher import Fetcher
from analysis.collect.newest import Page, Reach, newest_first
from analysis.collect.state import State
from analysis.collect.tids import tid_time
from analysis.errors import InputError, invalid

API, DIRECTORY = "https://public.api.bsky.app", "https://plc.directory"
PER_PAGE = 100
COLLECTION = "app.bsky.feed.post"

_DID = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[a-z0-9.-]+(?:%3A[0-9]{1,5})?)", re.IGNORECASE)
_FEED, _RECORDS = "posts of the feed", "posts of the repository"


def collect_bluesky(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep the account's feed, then its repository, and say what only the repository has.

    Raises
    ------
    InputError
        There is no such account, or the answers are not what they should be.
    """
    api = base_of(plan, API)
    did = _did(plan, fetcher, state, api)
    reach = Reach.of(plan, fetcher.clock)

    def ask_feed(cursor: str) -> Page:
        asked: dict[str, str | int] = {
            "actor": did,
            "limit": PER_PAGE,
            "filter": "posts_with_replies",
            "includePins": "false",
        }
        url = f"{api}/xrpc/app.bsky.feed.getAuthorFeed"
        answer = fetcher.get(url, asked | ({"cursor": cursor} if cursor else {}), accept=JSON)
        page = _feed(answer, did)
        state.note(f"feed {each}" for each in page.ids)
        return page

    yield from newest_first(state, _FEED, ask_feed, reach)
    home = _home(plan, fetcher, did)
    unfed = set(map(str, state.cursor.get("unfed", ())))

    def ask_records(cursor: str) -> Page:
        asked: dict[str, str | int] = {"repo": did, "collection": COLLECTION, "limit": PER_PAGE}
        url = f"{home}/xrpc/com.atproto.repo.listRecords"
        answer = fetcher.get(url, asked | ({"cursor": cursor} if cursor else {}), accept=JSON)
        page, listed = _records(answer)
        unfed.update(
            uri
            for uri, when in zip(page.ids, listed, strict=True)
            if reach.since is None or when is None or when >= reach.since
        )
        return page

    is_whole = bool(state.cursor[_FEED].get("complete"))
    for step in newest_first(state, _RECORDS, ask_records, reach):
        unfed = {uri for uri in unfed if not state.knows(f"feed {uri}")}
        state.cursor["unfed"] = sorted(unfed)
        yield step
    if unfed and is_whole:
        said = f"{len(unfed):,} post(s) of the repository are not in the feed: they have no counts"
        yield Progress("repository", note=said)


def _did(plan: CollectPlan, fetcher: Fetcher, state: State, api: str) -> str:
    """Return the account's identifier, which stays when its name changes."""
    known = state.cursor.get("did")
    if isinstance(known, str) and _DID.fullmatch(known):
        return known
    name = name_in(plan, r"/profile/([^/?\s]+)/?", "https://bsky.app/profile/me.example.org")
    if not name.lower().startswith("did:"):
        url = f"{api}/xrpc/com.atproto.identity.resolveHandle"
        answer = fetcher.get(url, {"handle": name}, accept=JSON)
        if answer.status == 400:
            raise plan.wrong("url", f"expected an account of Bluesky, found no {name!r}")
        gone(plan, answer, name)
        name = text_at(answer, body_of(answer, "an account's identifier", dict), "did")
    if not _DID.fullmatch(name):
        raise plan.wrong("url", "expected an account whose identifier is did:plc:… or did:web:…")
    state.cursor["did"] = name
    return name


def _home(plan: CollectPlan, fetcher: Fetcher, did: str) -> str:
    """Return the server that holds the account's repository, as its identity document says."""
    method, _, name = did.removeprefix("did:").partition(":")
    if method.lower() == "plc":
        url = f"{base_of(plan, DIRECTORY)}/{did}"
    else:
        host = unquote(name)
        scheme = "http" if host.partition(":")[0] == "localhost" else "https"
        url = f"{scheme}://{host}/.well-known/did.json"
    answer = fetcher.get(url, accept=JSON)
    document = body_of(answer, "the account's identity document", dict)
    for service in records_of(answer, document, "service"):
        if str(service.get("id", "")).endswith("#atproto_pds"):
            return text_at(answer, service, "serviceEndpoint").rstrip("/")
    raise invalid(answer.url, "key service", "expected the account's server (#atproto_pds)")


def _feed(answer: Answer, did: str) -> Page:
    """Return a page of the feed; a repost stands at the time of reposting."""
    body = _body(answer, "a page of the account's feed")
    ids, times = [], list[dt.datetime | None]()
    for item in records_of(answer, body, "feed"):
        uri = text_at(answer, item, "post", "uri")
        reason = item.get("reason")
        is_repost = isinstance(reason, dict) and str(reason.get("$type")).endswith("#reasonRepost")
        if isinstance(reason, dict) and is_repost:
            own = reason.get("uri")
            ids.append(own if isinstance(own, str) and own else f"{did} reposts {uri}")
            times.append(moment(reason.get("indexedAt")))
        else:
            ids.append(uri)  # a pinned one stands at the top, whenever it was made
            times.append(None if isinstance(reason, dict) else _listed_at(item["post"]))
    return Page(
        answer,
        tuple(ids),
        tuple(when.isoformat(timespec="microseconds") if when else "" for when in times),
        min(filter(None, times), default=None),
        _cursor(answer, body),
    )


def _listed_at(view: dict[str, Any]) -> dt.datetime | None:
    """Return the time by which a post has its place in the feed: the earlier one of its two."""
    record = view.get("record")
    stated = moment(record.get("createdAt")) if isinstance(record, dict) else None
    return min(filter(None, (stated, moment(view.get("indexedAt")))), default=None)


def _records(answer: Answer) -> tuple[Page, list[dt.datetime | None]]:
    """Return a page of the repository, in the order of its keys, and by when the feed lists each.

    A key tells when its record was written.
    """
    body = _body(answer, "a page of the account's records")
    records = records_of(answer, body, "records")
    ids = tuple(text_at(answer, each, "uri") for each in records)
    keys = tuple(uri.rpartition("/")[2] for uri in ids)
    written = [tid_time(key) for key in keys]
    stated = [moment(section.get("createdAt")) for section in map(_value, records)]
    listed = [min(filter(None, times), default=None) for times in zip(stated, written, strict=True)]
    cursor = _cursor(answer, body) if records else ""
    return Page(answer, ids, keys, min(filter(None, written), default=None), cursor), listed


def _value(record: dict[str, Any]) -> dict[str, Any]:
    value = record.get("value")
    return value if isinstance(value, dict) else {}


def _body(answer: Answer, what: str) -> dict[str, Any]:
    """Return an answer's body; an error is told in the network's own words."""
    if answer.status == 400:
        try:
            said = answer.json()
        except InputError:
            said = None
        message = said.get("message") if isinstance(said, dict) else None
        if isinstance(message, str):
            raise invalid(answer.url, "", f"expected {what}; the host says {message[:200]!r}")
    return body_of(answer, what, dict)


def _cursor(answer: Answer, body: dict[str, Any]) -> str:
    return text_at(answer, body, "cursor") if body.get("cursor") else ""
