"""Ghost by its content API, with the key that its own pages carry; else by its feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from analysis.collect.addresses import origin
from analysis.collect.base import MAX_PAGES, CollectPlan, Progress
from analysis.collect.discover import look
from analysis.collect.feed import collect_feed
from analysis.collect.fetcher import Fetcher
from analysis.collect.newest import Reach
from analysis.collect.state import State
from analysis.errors import invalid

PER_PAGE = 100
_API = "ghost/api/content/"


def collect_ghost(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep every published post.

    Raises
    ------
    InputError
        The site has neither the API nor a feed.
    """
    site = look(plan, fetcher, state)
    base = str(site.get("ghost", "") or plan.url)
    token = fetcher.token(origin(base)[0])
    key = "" if token else str(site.get("key", ""))
    if token is None and not key:
        yield from collect_feed(plan, fetcher, state)
        return
    head = base.rstrip("/") + "/"
    url = (head if head.endswith(_API) else head + _API) + "posts/"
    cursor = state.cursor
    known = str(cursor.get("updated", ""))
    begun = str(cursor.setdefault("begun", fetcher.clock.now().isoformat()))
    newest, page = str(cursor.get("newest", known)), int(cursor.get("page", 1))
    for _ in range(MAX_PAGES):
        params: dict[str, str | int] = {"limit": PER_PAGE, "page": page, "include": "tags,authors"}
        # Oldest first, so that what is published meanwhile does not move what is to come.
        params["order"] = "updated_at asc" if known else "published_at asc"
        if wanted := _wanted(known, Reach.of(plan, fetcher.clock).since):
            params["filter"] = wanted
        if key:
            params["key"] = key
        answer = fetcher.get(url, params, token=token, token_in="?key")
        posts, pages = _posts(answer.expect("a page of posts").json(), answer.url)
        newest = max([newest, *(str(post.get("updated_at") or "") for post in posts)])
        new = state.note(str(post.get("id") or "") for post in posts)
        page += 1
        is_over = page > pages or not posts
        if is_over:
            cursor["updated"] = min(newest, begun)
            for name in ("page", "newest", "begun"):
                cursor.pop(name, None)
        elif not known:
            cursor["page"], cursor["newest"] = page, newest
        yield Progress(f"posts, page {page - 1} of {pages}", new)
        if is_over:
            return
    yield Progress("posts", note=f"there are more than {MAX_PAGES} pages; the next run goes on")


def _wanted(known: str, since: dt.datetime | None) -> str:
    """Return the filter for what was changed since ``known``, and published since then."""
    changed = [f"updated_at:>='{known}'"] if known else []
    published = [f"published_at:>='{since:%Y-%m-%d %H:%M:%S}'"] if since else []
    return "+".join(changed + published)


def _posts(body: Any, where: str) -> tuple[list[dict[str, Any]], int]:
    """Return the posts of a page and how many pages there are."""
    posts = body.get("posts") if isinstance(body, dict) else None
    if not isinstance(posts, list) or not all(isinstance(post, dict) for post in posts):
        raise invalid(where, "posts", "expected a list of posts")
    meta = body.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    pages = pagination.get("pages") if isinstance(pagination, dict) else None
    return posts, pages if isinstance(pages, int) and 0 <= pages < 10**6 else 1
