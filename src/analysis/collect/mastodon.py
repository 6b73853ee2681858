"""Mastodon by its public API; other servers of the Fediverse answer the same way.

Nobody is logged in, so that nothing comes but what everybody can see. The way from page to page is
by the ids themselves, because a "next page" of an earlier run leads nowhere useful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from analysis.collect.answers import JSON, body_of, gone, moment, name_in, objects, site_of, text_at
from analysis.collect.base import Answer, CollectPlan, Progress
from analysis.collect.discover import links_of
from analysis.collect.fetcher import Fetcher
from analysis.collect.newest import Page, Reach, newest_first
from analysis.collect.state import State

PER_PAGE = 40
_LONGEST_ID = 64
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def collect_mastodon(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep every status of an account, and those of the last weeks again.

    Raises
    ------
    InputError
        There is no such account, or the answers are not what they should be.
    """
    site, name = site_of(plan.url), _name(plan)
    account = state.cursor.get("account")
    if not isinstance(account, str):
        url = f"{site}/api/v1/accounts/lookup"
        answer = fetcher.get(url, {"acct": name}, accept=JSON)
        gone(plan, answer, name)
        account = text_at(answer, body_of(answer, "an account", dict), "id")
        if not _ID.fullmatch(account):
            raise plan.wrong("url", "expected a server whose ids are letters and digits")
        state.cursor["account"] = account
    url = f"{site}/api/v1/accounts/{account}/statuses"

    def ask(cursor: str) -> Page:
        older = {"max_id": cursor} if cursor else {}
        return _page(fetcher.get(url, {"limit": PER_PAGE, **older}, accept=JSON))

    yield from newest_first(state, "statuses", ask, Reach.of(plan, fetcher.clock))


def _name(plan: CollectPlan) -> str:
    """Return the account's name; raises where it is of another server."""
    name = name_in(plan, r"/(?:@|users/)([^/@?\s]+(?:@[^/@?\s]+)?)/?", "https://example.social/@me")
    if "@" in name:
        raise plan.wrong("url", "expected the account's page on its own server, which has it whole")
    return name


def _page(answer: Answer) -> Page:
    statuses = objects(answer, body_of(answer, "a page of statuses", list))
    ids = tuple(text_at(answer, each, "id") for each in statuses)
    is_last = not ids or (len(ids) < PER_PAGE and "next" not in links_of(answer))
    times = [when for each in statuses if (when := moment(_date(each)))]
    orders = tuple(map(_order, ids))
    last = ids[orders.index(min(orders))] if ids else ""
    return Page(answer, ids, orders, min(times, default=None), "" if is_last else last)


def _date(status: dict[str, Any]) -> object:
    return status.get("created_at")


def _order(identifier: str) -> str:
    """Return an id so that text compares as it does: numbers by their size, others as they are."""
    return identifier.zfill(_LONGEST_ID) if identifier.isdigit() else identifier
