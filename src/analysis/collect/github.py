"""GitHub: an account's public events, of the last weeks and 300 at most, so ask often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from analysis.collect.answers import base_of, body_of, gone, moment, name_in, objects, text_at
from analysis.collect.base import Answer, CollectPlan, Progress
from analysis.collect.discover import links_of
from analysis.collect.fetcher import Fetcher
from analysis.collect.newest import Reach
from analysis.collect.state import State
from analysis.errors import invalid

API = "https://api.github.com"
ACCEPT = "application/vnd.github+json"
PER_PAGE = 100
MAX_EVENT_PAGES = 10
"""More than GitHub gives out (three)."""

_PAST_THE_END = 422
_LONGEST_WAIT = 86_400


def collect_github(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep the account's public events down to those that are known.

    Raises
    ------
    InputError
        There is no such account, or the answers are not what they should be.
    """
    name = name_in(plan, r"/([A-Za-z0-9-]{1,39}(?:\[bot\])?)/?", "https://github.com/me")
    until = moment(state.cursor.get("poll"))
    if until is not None and fetcher.clock.now() < until:
        yield Progress("events", note=f"it wants to be asked again after {until:%H:%M:%S} UTC")
        return
    was_whole = bool(state.cursor.get("whole"))
    state.cursor["whole"] = False
    since = Reach.of(plan, fetcher.clock).since
    seen: set[str] = set()
    reached_known = not state.cursor.get("any")
    for number in range(1, MAX_EVENT_PAGES + 1):
        answer = _asked(plan, fetcher, name, number)
        if answer.status == _PAST_THE_END and number > 1:
            break
        events = objects(answer, body_of(answer, "a page of events", list))
        ids = [text_at(answer, each, "id") for each in events]
        if ids and seen.issuperset(ids):
            expected = f"expected older events on page {number}, found the same ones again"
            raise invalid(answer.url, "", expected)
        seen.update(ids)
        new = state.note(ids)
        is_past = _is_past(events, since)
        reached_known = reached_known or new < len(ids) or is_past
        if number == 1:
            state.cursor["poll"] = _next_poll(answer)
        state.cursor["any"] = bool(seen) or bool(state.cursor.get("any"))
        yield Progress(f"events, page {number}", new)
        if "next" not in links_of(answer) or (was_whole and new < len(ids)) or is_past:
            break
    else:
        yield Progress("events", note=f"there are more than {MAX_EVENT_PAGES} pages of events")
    if seen and not reached_known:
        said = "all events that it gives out are new, so older ones may be missing: ask more often"
        yield Progress("events", note=said)
    state.cursor["whole"] = True


def _asked(plan: CollectPlan, fetcher: Fetcher, name: str, number: int) -> Answer:
    base = base_of(plan, API)
    answer = fetcher.get(
        f"{base}/users/{name}/events/public",
        {"per_page": PER_PAGE, "page": number},
        accept=ACCEPT,
        token=fetcher.token_for(base),
        is_api=True,
    )
    gone(plan, answer, name)
    return answer


def _is_past(events: list[dict[str, Any]], since: dt.datetime | None) -> bool:
    """Return whether a page goes down to events that are older than what is wanted."""
    times = [when for each in events if (when := moment(each.get("created_at")))]
    return since is not None and bool(times) and min(times) < since


def _next_poll(answer: Answer) -> str:
    """Return from when on the account may be asked again, as ``X-Poll-Interval`` says."""
    text = answer.header("x-poll-interval").strip()
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    seconds = min(int(text), _LONGEST_WAIT) if is_number else 0
    return (answer.at + dt.timedelta(seconds=seconds)).isoformat()
