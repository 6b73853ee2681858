"""What every collector asks of an answer of an API before it believes it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from analysis.collect.addresses import parsed
from analysis.collect.base import Answer, CollectPlan
from analysis.errors import invalid, one_line

JSON = "application/json"

T = TypeVar("T")

_NAMES: dict[type, str] = {list: "a list", dict: "an object", str: "text"}
_MOST_RECORDS = 5000


def body_of(answer: Answer, what: str, kind: type[T]) -> T:
    """Return an answer's JSON.

    Parameters
    ----------
    answer : Answer
        Of an API.
    what : str
        What it should be, in messages: "a page of statuses".
    kind : type
        ``list`` or ``dict``.

    Raises
    ------
    InputError
        It is refused, something else than JSON, or JSON of another kind.
    """
    if answer.status in (401, 403):
        said = f"the host answers {answer.status}: not without a login, or not at all"
        raise invalid(answer.url, "", f"expected {what}; {said}")
    answer.expect(what)
    if answer.body.lstrip()[:1] == b"<":
        raise invalid(answer.url, "", f"expected {what} as JSON, found a page of HTML")
    body = answer.json()
    if not isinstance(body, kind):
        found = _found(body)
        raise invalid(answer.url, "", f"expected {what} ({_NAMES[kind]}), found {found}")
    return body


def _found(value: object) -> str:
    return _NAMES.get(type(value), "something else")


def records_of(answer: Answer, body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the list of objects under a key.

    Raises
    ------
    InputError
        There is none.
    """
    value = body.get(key)
    if not isinstance(value, list):
        found = f"found {_found(value)}" if key in body else "it has none"
        raise invalid(answer.url, f"key {key}", f"expected a list; {found}")
    return objects(answer, value)


def objects(answer: Answer, value: list[Any]) -> list[dict[str, Any]]:
    """Return a list that holds objects only, and not too many.

    Raises
    ------
    InputError
        It does not.
    """
    if not all(isinstance(each, dict) for each in value):
        raise invalid(answer.url, "", "expected a list of objects, found something else in it")
    if len(value) > _MOST_RECORDS:
        expected = f"expected at most {_MOST_RECORDS:,} records in one answer"
        raise invalid(answer.url, "", f"{expected}, found {len(value):,}")
    return value


def text_at(answer: Answer, record: dict[str, Any], *path: str) -> str:
    """Return the text that stands in a record where ``path`` leads.

    Raises
    ------
    InputError
        There is none: what tells the records apart, or the way to the next page, is missing.
    """
    value: Any = record
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value or len(value) > 1000:
        raise invalid(answer.url, f"key {'.'.join(path)}", "expected text; it is missing")
    return value


def moment(value: object) -> dt.datetime | None:
    """Return the instant that an ISO date or seconds since 1970 tell (UTC), or None."""
    try:
        if isinstance(value, str):
            when = dt.datetime.fromisoformat(value)
            return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return dt.datetime.fromtimestamp(value, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def name_in(plan: CollectPlan, pattern: str, example: str) -> str:
    """Return the account's name in the address that the study gives.

    Parameters
    ----------
    plan : CollectPlan
        Its ``url``.
    pattern : str
        A regular expression for path and query; its first group is the name.
    example : str
        What the address should look like, in messages.

    Raises
    ------
    InputError
        The address has none.
    """
    parts = urlsplit(plan.url)
    match = re.fullmatch(pattern, unquote(parts.path) + (f"?{parts.query}" if parts.query else ""))
    if match is None:
        raise plan.wrong("url", f"expected an address such as {example}")
    return match[1]


def base_of(plan: CollectPlan, usual: str) -> str:
    """Return where a network's API is: as the study says, or where it usually is."""
    return (plan.settings.api or usual).rstrip("/")


def site_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = parsed(url)
    return f"{parts.scheme}://{parts.netloc}"


def gone(plan: CollectPlan, answer: Answer, name: str) -> None:
    """Raise where an answer says that there is no such account.

    Raises
    ------
    InputError
        It does.
    """
    if answer.status in (404, 410):
        shown = one_line(name, 60)
        raise plan.wrong(
            "url", f"expected an account; the host answers {answer.status} for {shown!r}"
        )
