"""WordPress by its REST API: every public post, a hundred a page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from analysis.collect.base import MAX_PAGES, Answer, CollectPlan, Progress
from analysis.collect.discover import look
from analysis.collect.feed import collect_feed
from analysis.collect.fetcher import Fetcher
from analysis.collect.state import State
from analysis.errors import invalid

PER_PAGE = 100
_PAST_THE_END = "rest_post_invalid_page_number"
_CLOSED = (401, 403, 404)
_HOME = re.compile(r"/(?:wp-json|index\.php|\?rest_route)")
_MARGIN = dt.timedelta(days=2)
"""``modified_after`` is read in the site's own zone, which may be a day and more from UTC."""


def collect_wordpress(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep every public post; later, what was changed since. By its feed where the API is closed.

    Raises
    ------
    InputError
        The site has neither.
    """
    site = look(plan, fetcher, state)
    api = site.get("api", "")
    if not api or site.get("closed"):
        yield from collect_feed(plan, fetcher, state)
        return
    url = _route(api, "wp/v2/posts")
    if "modified" in state.cursor:
        yield from _changes(plan, fetcher, state, url)
        return
    try:
        yield from _whole(plan, fetcher, state, url)
    except _ClosedError as closed:
        site["closed"] = True
        site.setdefault("feed", _HOME.split(api)[0].rstrip("/") + "/?feed=rss2")
        yield Progress("REST API", note=f"the REST API answers {closed}, so its feed is read")
        yield from collect_feed(plan, fetcher, state)


class _ClosedError(Exception):
    """The API is not for everyone."""


def _whole(plan: CollectPlan, fetcher: Fetcher, state: State, url: str) -> Iterator[Progress]:
    """Keep all posts, oldest first, so that a new one does not move those to come."""
    cursor = state.cursor
    page = int(cursor.get("page", 1))
    for _ in range(MAX_PAGES):
        asked = {"page": page, "orderby": "date", "order": "asc"}
        answer = fetcher.get(url, _wanted(plan, asked))
        if page == 1 and answer.status in _CLOSED:
            raise _ClosedError(str(answer.status))
        posts = _posts(answer)
        total = _count(answer, "x-wp-total")
        if posts is not None and total < int(cursor.get("total", 0)) and page > 1:
            page -= 1  # one was deleted meanwhile, and the others moved up
            cursor["total"] = total
            continue
        new = state.note(_id(post) for post in posts or ())
        cursor["newest"] = max([cursor.get("newest", ""), *map(_modified, posts or ())])
        cursor["total"] = total or cursor.get("total", 0)
        pages = _count(answer, "x-wp-totalpages")
        if posts:
            page += 1
            cursor["page"] = page
            yield Progress(f"posts, page {page - 1} of {pages or '?'}", new)
        if not posts or (pages and page > pages):
            break
    else:
        note = f"there are more than {MAX_PAGES} pages; the next run goes on"
        yield Progress("posts", note=note)
        return
    cursor["modified"] = cursor.pop("newest", "")
    cursor["count"] = cursor.pop("total", 0)
    cursor.pop("page", None)


def _changes(plan: CollectPlan, fetcher: Fetcher, state: State, url: str) -> Iterator[Progress]:
    """Keep what was changed since the last time, newest first, until a post is known.

    A post that is published with a date of the past counts as changed on that date. So the posts
    are counted, too, and where that does not come out all of them are asked for again.
    """
    cursor, known = state.cursor, str(state.cursor["modified"])
    asked: dict[str, str | int] = {"orderby": "modified", "order": "desc"}
    after = _moment(known)
    if after is not None:
        asked["modified_after"] = f"{after - _MARGIN:%Y-%m-%dT%H:%M:%S}"
    newest, found, is_whole = known, 0, False
    for page in range(1, MAX_PAGES + 1):
        posts = _posts(fetcher.get(url, _wanted(plan, {**asked, "page": page}))) or []
        newest = max([newest, *map(_modified, posts)])
        new = state.note(map(_id, posts))
        found += new
        if len(posts) < PER_PAGE or _modified(posts[-1]) < known:
            is_whole = True
        yield Progress(f"changed posts, page {page}", new)
        if is_whole:
            break
    one = fetcher.get(url, _wanted(plan, {"per_page": 1}))
    count = _count(one, "x-wp-total")
    if is_whole and count in (0, int(cursor.get("count", 0)) + found):
        cursor["modified"], cursor["count"] = newest, count
        return
    cursor.pop("modified")
    yield from _whole(plan, fetcher, state, url)


def _wanted(plan: CollectPlan, asked: dict[str, Any]) -> dict[str, str | int]:
    since = {"after": f"{plan.since}T00:00:00"} if plan.since else {}
    return {"per_page": PER_PAGE, **asked, **since}


def _route(api: str, route: str) -> str:
    """Return the address of a route, with pretty permalinks and without.

    Examples
    --------
    >>> _route("https://a.org/wp-json/", "wp/v2/posts")
    'https://a.org/wp-json/wp/v2/posts'
    >>> _route("https://a.org/index.php?rest_route=/", "wp/v2/posts")
    'https://a.org/index.php?rest_route=/wp/v2/posts'
    """
    return api.rstrip("/") + "/" + route


def _posts(answer: Answer) -> list[dict[str, Any]] | None:
    """Return the posts of a page; None past the end of the list.

    Raises
    ------
    InputError
        The answer is something else.
    """
    if answer.status == 400:
        body = answer.json()
        if isinstance(body, dict) and body.get("code") == _PAST_THE_END:
            return None
    body = answer.expect("a page of posts").json()
    if not isinstance(body, list) or not all(isinstance(post, dict) for post in body):
        raise invalid(answer.url, "", "expected a list of posts, found something else")
    return body


def _id(post: dict[str, Any]) -> str:
    return str(post.get("id") or post.get("link") or "")


def _modified(post: dict[str, Any]) -> str:
    value = post.get("modified_gmt")
    return value if isinstance(value, str) and _moment(value) else ""


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _count(answer: Answer, name: str) -> int:
    text = answer.header(name).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
