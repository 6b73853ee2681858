"""Stack Exchange's reputation from its changes: ``/users/{id}/reputation-history`` and the like.

The API tells changes, not levels. Added up they give the level at the end of every day of UTC,
which is the day of Stack Exchange.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

from analysis.errors import InputError, Problem, corrupt
from analysis.files import Tree
from analysis.formats.base import Readings, Recognition, Score, ScoreFormat
from analysis.formats.javascript import items_of, section, string
from analysis.formats.pages import each, from_unix, json_members, load_page
from analysis.formats.tables import is_possible

_CHANGE = re.compile(r'"reputation_change"\s*:\s*-?[0-9]')
_ITEMS = re.compile(r'"items"\s*:')
_FIRST_LEVEL = 1
"""Everyone starts with a reputation of 1."""

_MOST_DAYS = 20_000

_Event = tuple[dt.datetime, int, str]


def _recognise(tree: Tree) -> Recognition | None:
    def is_own(head: str) -> bool:
        return _ITEMS.search(head) is not None and _CHANGE.search(head) is not None

    members = json_members(tree, is_own)
    if not members:
        return None
    return Recognition(0.9, members, f"{len(members)} file(s) of Stack Exchange's reputation")


def _read(tree: Tree, recognition: Recognition) -> Readings:
    events: Counter[_Event] = Counter()
    is_whole = False
    problems: list[Problem] = []
    for found, more in each(recognition.members, lambda name: _page(tree, name), problems):
        # Pages overlap where something happened between them; within one, alike is twice.
        events |= found
        is_whole = is_whole or more is False
    if problems:
        raise InputError(problems)
    changes: Counter[dt.date] = Counter()
    for (moment, change, _), times in events.items():
        changes[moment.date()] += change * times
    readings = _levels(changes, _FIRST_LEVEL if is_whole else 0, recognition.members[0])
    if not readings:
        expected = "expected reputation changes of two days or more, found fewer"
        raise corrupt(tree.label, "", expected)
    readings.notes = _notes(is_whole, max(changes))
    return readings


REPUTATION = ScoreFormat("Stack Exchange reputation (changes)", _recognise, _read)


def _page(tree: Tree, name: str) -> tuple[Counter[_Event], bool | None]:
    """Return the changes of one page, and whether more follow it.

    Raises
    ------
    InputError
        It is not JSON, has no list of changes, or one without its time or its size.
    """
    value, where = section(load_page(tree, name)), tree.where(name)
    if not isinstance(value.get("items"), list):
        said = string(value, "error_message", "error_name")
        found = f"the answer {said!r}" if said else "none"
        raise corrupt(where, "items", f"expected a list of changes, found {found}")
    events: Counter[_Event] = Counter()
    users: set[str] = set()
    for index, item in enumerate(items_of(value["items"])):
        event, user = _event(section(item), where, f"items[{index}]")
        events[event] += 1
        users.add(user)
    if len(users) > 1:
        raise corrupt(where, "items", f"expected changes of one user, found {len(users)}")
    more = value.get("has_more")
    return events, more if isinstance(more, bool) else None


def _event(item: dict[str, Any], where: str, place: str) -> tuple[_Event, str]:
    moment = from_unix(item.get("creation_date", item.get("on_date")))
    if moment is None or not is_possible(moment):
        raise corrupt(where, place, "expected the time of a change, in seconds since 1970")
    change = item.get("reputation_change")
    if not isinstance(change, int) or isinstance(change, bool) or abs(change) > 10**6:
        raise corrupt(where, place, "expected reputation_change, a whole number")
    kind = string(item, "reputation_history_type", "vote_type")
    return (moment, change, f"{kind} {string(item, 'post_id')}"), string(item, "user_id")


def _levels(changes: Counter[dt.date], level: int, member: str) -> Readings:
    """Return the level at the end of every day but the last, which may have gone on."""
    readings = Readings()
    day, last = min(changes, default=None), max(changes, default=None)
    while day is not None and last is not None and day < last and len(readings) < _MOST_DAYS:
        level += changes[day]
        day += dt.timedelta(days=1)
        midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
        readings.append(Score(midnight, float(level), derived=True, member=member))
    return readings


def _notes(is_whole: bool, last: dt.date) -> tuple[str, ...]:
    left_out = f"Changes of {last}, the last day, are left out: it may have gone on."
    if is_whole:
        return (f"Reputation is added up from its changes, beginning with 1. {left_out}",)
    return (
        "Reputation is added up from its changes; no page is the last, so that what it was before "
        f"them is not known: the first level is set to 0. {left_out}",
    )
