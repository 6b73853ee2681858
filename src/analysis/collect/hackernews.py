"""Hacker News: an account's stories by Algolia's search, and its karma by Firebase's API.

The search shows a thousand hits at most, so each page is asked for by the time at which the one
before it ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analysis.collect.answers import (
    JSON,
    base_of,
    body_of,
    moment,
    name_in,
    records_of,
    text_at,
)
from analysis.collect.base import Answer, CollectPlan, Progress
from analysis.collect.fetcher import Fetcher
from analysis.collect.newest import Page, Reach, newest_first
from analysis.collect.state import State
from analysis.errors import invalid

SEARCH, FIREBASE = "https://hn.algolia.com", "https://hacker-news.firebaseio.com"
PER_PAGE = 200


def collect_hackernews(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep the account itself, every story of it, and those of the last weeks again.

    Raises
    ------
    InputError
        There is no such account, or the answers are not what they should be.
    """
    name = name_in(plan, r"/user\?id=([\w-]{1,40})", "https://news.ycombinator.com/user?id=me")
    answer = fetcher.get(
        f"{base_of(plan, FIREBASE)}/v0/user/{name}.json", accept=JSON, is_api=True
    ).expect("an account")
    if answer.body.strip() == b"null":
        raise plan.wrong("url", f"expected an account of Hacker News, found no {name!r}")
    karma = body_of(answer, "an account", dict).get("karma")
    is_number = isinstance(karma, int) and not isinstance(karma, bool)
    yield Progress("the account", note=f"karma {karma:,}" if is_number else "")
    url = f"{base_of(plan, SEARCH)}/api/v1/search_by_date"

    def ask(cursor: str) -> Page:
        asked: dict[str, str | int] = {
            "tags": f"author_{name},(story,poll,job)",
            "hitsPerPage": PER_PAGE,
        }
        if cursor:
            asked["numericFilters"] = f"created_at_i<={cursor}"
        return _page(fetcher.get(url, asked, accept=JSON, is_api=True))

    yield from newest_first(state, "stories", ask, Reach.of(plan, fetcher.clock))


def _page(answer: Answer) -> Page:
    body = body_of(answer, "a page of hits", dict)
    hits = records_of(answer, body, "hits")
    ids = tuple(text_at(answer, each, "objectID") for each in hits)
    seconds = [_seconds(answer, each) for each in hits]
    given = body.get("hitsPerPage")
    full = given if isinstance(given, int) and 0 < given < PER_PAGE else PER_PAGE
    is_last = len(hits) < full
    return Page(
        answer,
        ids,
        tuple(f"{each:020}" for each in seconds),
        moment(min(seconds, default=None)),
        "" if is_last else str(min(seconds)),
    )


def _seconds(answer: Answer, hit: dict[str, Any]) -> int:
    value = hit.get("created_at_i")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**12:
        raise invalid(answer.url, "key hits.created_at_i", "expected seconds since 1970")
    return value
