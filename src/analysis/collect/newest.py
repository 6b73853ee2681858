"""Lists that begin with the newest: from there to what is known, and once down to the oldest.

A server's own "next page" of long ago may lead past what has come since, or nowhere; so every run
begins at the newest and goes down until it has passed what an earlier run had whole, and everything
young enough for its counts to be asked for again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analysis.collect.base import MAX_PAGES, Answer, Clock, CollectPlan, Progress
from analysis.collect.state import State
from analysis.errors import InputError, invalid

MAX_EMPTY = 3
"""Pages without a record, but with another page after them, that are believed in a row."""

_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes
    ----------
    answer : Answer
        Where it came from.
    ids : tuple of str
        Of its records, the newest first.
    orders : tuple of str
        What the list is ordered by, as text that can be compared, of the same records; empty
        for one that stands out of order.
    oldest : datetime or None
        The time of its oldest record, where that is known (aware).
    next : str
        What the page with older ones is asked for by; empty for the last page.
    """

    answer: Answer
    ids: tuple[str, ...]
    orders: tuple[str, ...]
    oldest: dt.datetime | None
    next: str


Ask = Callable[[str], Page]
"""Fetches the page that ``next`` of another one leads to; of an empty text, the first."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far down a list is read.

    Attributes
    ----------
    again : datetime
        What is younger is asked for again, because its counts may have changed.
    since : datetime or None
        What is older is not wanted.
    """

    again: dt.datetime
    since: dt.datetime | None = None

    @classmethod
    def of(cls, plan: CollectPlan, clock: Clock) -> Reach:
        """Return how far the study's table wants to go.

        ``since`` is a local day somewhere, so that the day before it is read as well.
        """
        now = clock.now()
        days = min(plan.settings.refresh_days, now.toordinal() - 1)
        since = None
        if plan.since is not None and plan.since > dt.date.min:
            since = dt.datetime.combine(plan.since, dt.time(), dt.UTC) - _A_DAY
        return cls(now - dt.timedelta(days=days), since)


def newest_first(state: State, name: str, ask: Ask, reach: Reach) -> Iterator[Progress]:
    """Keep what is new of a list, and what is old once; yields after every page.

    Parameters
    ----------
    state : State
        ``state.cursor[name]`` is where the list stands: ``top``, down from which everything is
        kept as far as ``next``, and whether it is ``complete`` below that.
    name : str
        What its records are called: "statuses".
    ask : callable
        Fetches a page.
    reach : Reach
        How far to go.

    Raises
    ------
    InputError
        The list goes in a circle, or has pages without end and records. What came is kept.
    """
    here = state.cursor.setdefault(name, {})
    if "top" in here:
        yield from _news(state, name, ask, reach)
    if not here.get("complete"):
        yield from _older(state, name, ask, reach)


def _news(state: State, name: str, ask: Ask, reach: Reach) -> Iterator[Progress]:
    """Go from the newest until below what was whole and what is to be seen again."""
    here = state.cursor[name]
    top = str(here["top"])
    highest = top
    for number, page in _pages(ask, "", name):
        orders = list(filter(None, page.orders))
        highest = max([highest, *orders])
        yield Progress(f"{name}, page {number}", state.note(page.ids))
        is_known = bool(orders) and min(orders) < top
        is_old = page.oldest is None or page.oldest < reach.again
        if not page.next or (is_known and is_old) or _is_past(page, reach):
            here["top"] = highest
            return
    note = f"{name}: more than {MAX_PAGES} pages are new; the next run begins with the newest again"
    yield Progress(name, note=note)


def _older(state: State, name: str, ask: Ask, reach: Reach) -> Iterator[Progress]:
    """Go on down to the oldest, from where the last run came to."""
    here = state.cursor[name]
    begin = str(here.get("next", ""))
    try:
        for number, page in _pages(ask, begin, name):
            if not begin and number == 1:
                here["top"] = max(page.orders, default="")
            here["next"] = page.next
            here["complete"] = not page.next or _is_past(page, reach)
            new = state.note(page.ids)
            yield Progress(f"{name}, {'older ' if begin else ''}page {number}", new)
            if here["complete"]:
                here["next"] = ""
                return
    except InputError:
        here["next"] = ""  # where it came to may be no place any more: begin anew the next time
        raise
    note = f"{name}: there are more than {MAX_PAGES} pages; the next run goes on"
    yield Progress(name, note=note)


def _is_past(page: Page, reach: Reach) -> bool:
    return reach.since is not None and page.oldest is not None and page.oldest < reach.since


def _pages(ask: Ask, cursor: str, name: str) -> Iterator[tuple[int, Page]]:
    """Yield pages, numbered; at most `MAX_PAGES`. After one without ``next``, ask for no more.

    Raises
    ------
    InputError
        A page is one that was there before, or too many in a row are empty.
    """
    seen: set[str] = set()
    asked = {cursor}
    empty = 0
    for number in range(1, MAX_PAGES + 1):
        page = ask(cursor)
        if page.next and page.ids and seen.issuperset(page.ids):
            expected = f"expected older {name} on page {number}, found the same ones again"
            raise invalid(page.answer.url, "", expected)
        seen.update(page.ids)
        empty = 0 if page.ids else empty + 1
        yield number, page
        if page.next in asked:
            expected = f"expected older {name} after page {number}, found the way back to others"
            raise invalid(page.answer.url, "", expected)
        if empty > MAX_EMPTY:
            expected = f"expected {name}, found {empty} empty pages, each with another after it"
            raise invalid(page.answer.url, "", expected)
        cursor = page.next
        asked.add(cursor)
