"""Reddit: an account's posts by its public JSON, the newest thousand at most.

With a token the same list comes from Reddit's API for programs. Without one Reddit refuses many
programs; the data request has everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
from analysis.collect.secrets import variable
from analysis.collect.state import State
from analysis.errors import invalid

SITE, API = "https://www.reddit.com", "https://oauth.reddit.com"
PER_PAGE = 100
MOST_LISTED = 1000
_NEARLY = 950


def collect_reddit(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep the account's posts, and those of the last weeks again.

    Raises
    ------
    InputError
        There is no such account, Reddit refuses, or the answers are not what they should be.
    """
    name = name_in(plan, r"/u(?:ser)?/([\w-]{1,40})(?:/.*)?", "https://www.reddit.com/user/me")
    token = fetcher.token_for(base_of(plan, API))
    base = base_of(plan, API if token else SITE)
    listed: set[str] = set()

    def ask(cursor: str) -> Page:
        asked: dict[str, str | int] = {"limit": PER_PAGE, "raw_json": 1, "sort": "new"}
        answer = fetcher.get(
            f"{base}/user/{name}/submitted.json",
            asked | ({"after": cursor} if cursor else {}),
            accept=JSON,
            token=token,
            is_api=token is not None,
        )
        gone(plan, answer, name)
        if answer.status in (401, 403):
            said = f"a token in {variable(plan.channel)}, or your data request, would do"
            raise invalid(
                answer.url, "", f"expected posts, the host refuses ({answer.status}); {said}"
            )
        page = _page(answer)
        listed.update(page.ids)
        return page

    yield from newest_first(state, "posts", ask, Reach.of(plan, fetcher.clock))
    if len(listed) >= _NEARLY:
        said = f"Reddit lists the newest {MOST_LISTED:,} posts only; a data request has all"
        yield Progress("posts", note=said)


def _page(answer: Answer) -> Page:
    body = body_of(answer, "a page of posts", dict)
    data = body.get("data")
    if not isinstance(data, dict):
        raise invalid(answer.url, "key data", "expected a listing; it is missing")
    children = records_of(answer, data, "children")
    ids = tuple(text_at(answer, each, "data", "name") for each in children)
    times = [moment(_created(each)) for each in children]
    after = data.get("after")
    return Page(
        answer,
        ids,
        tuple(when.isoformat(timespec="microseconds") if when else "" for when in times),
        min(filter(None, times), default=None),
        text_at(answer, data, "after") if after else "",
    )


def _created(child: dict[str, Any]) -> object:
    """Return when a post was made; one that is pinned stands at the top, whenever that was."""
    data = child.get("data")
    if not isinstance(data, dict) or data.get("pinned") is True:
        return None
    return data.get("created_utc")
