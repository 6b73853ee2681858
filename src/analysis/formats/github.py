"""GitHub: an account's public events (``/users/<name>/events/public``), of the last weeks only.

What an account brings out itself is a post: a push (however many commits), a release, a new
repository or one made public, an issue or a pull request that it opens. What it does with
others' (stars, forks, comments, reviews) and what only keeps house (closing, branches) is not.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from analysis.errors import corrupt, one_line
from analysis.files import Tree
from analysis.formats.answers import (
    Reading,
    count_of,
    instant,
    json_members,
    most_common,
    words,
)
from analysis.formats.base import Extract, Format, Post, Recognition
from analysis.formats.javascript import items_of, load, section, string
from analysis.formats.known_keys import GITHUB_EVENT
from analysis.formats.text import bare_urls
from analysis.urls import canonical

FIRST_YEAR, LAST_YEAR = 2008, 2100
SITE = "https://github.com"

_MARKS = (
    re.compile(r'"type"\s*:\s*"[A-Za-z]{2,40}Event"'),
    *(re.compile(rf'"{key}"\s*:\s*\{{') for key in ("actor", "repo")),
    re.compile(r'"created_at"\s*:'),
)
_EVENTS = re.compile(r"/users/([^/?#]+)/events(?:/public)?(?:[?#]|$)")
_REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")
_COMMENTS = frozenset(
    {
        "CommitCommentEvent",
        "IssueCommentEvent",
        "PullRequestReviewCommentEvent",
        "PullRequestReviewEvent",
        "PullRequestReviewThreadEvent",
        "DiscussionCommentEvent",
    }
)
_MADE = {
    "ReleaseEvent": ("published", "release"),
    "IssuesEvent": ("opened", "issue"),
    "PullRequestEvent": ("opened", "pull_request"),
}
_MOST_COMMITS = 100


def _recognise(tree: Tree) -> Recognition | None:
    members = json_members(tree, lambda name, head: _is_answer(tree, name, head))
    if not members:
        return None
    return Recognition(0.9, members, f"{len(members)} answer(s) with events of GitHub")


def _is_answer(tree: Tree, name: str, head: str) -> bool:
    if not head.startswith("["):
        return False
    known = all(mark.search(head) for mark in _MARKS)
    return known or _EVENTS.search(tree.address(name)) is not None


def _read(tree: Tree, recognition: Recognition) -> Extract:
    reading = Reading(tree)
    found: list[tuple[str, Post | str, dt.datetime | None]] = []
    for name, events in reading.each(recognition.members, _loaded):
        reading.pages.add(name)
        found += _events(reading, name, events)
    asked = [m[1] for name in reading.pages if (m := _EVENTS.search(tree.address(name)))]
    owner = most_common(asked) or most_common(actor for actor, _, _ in found if actor) or ""
    for actor, made, when in found:
        if actor and actor.lower() != owner.lower():
            reading.keep("another account")
            continue
        reading.keep(made)
        reading.reach(when)
    return reading.extract()


GITHUB = Format("GitHub events", _recognise, _read)


def _loaded(tree: Tree, name: str) -> list[Any]:
    events = load(tree, name)
    if not isinstance(events, list):
        raise corrupt(tree.where(name), "", "expected a list of events")
    return events


def _events(
    reading: Reading, name: str, events: list[Any]
) -> Iterator[tuple[str, Post | str, dt.datetime | None]]:
    """Yield events: who did it, the post or why it is none, and when."""
    for index, item in enumerate(events):
        event = section(item)
        reading.look("events: event", event, GITHUB_EVENT)
        when = instant(event.get("created_at"))
        if when is not None and not FIRST_YEAR <= when.year <= LAST_YEAR:
            when = None
        actor = words(section(event.get("actor")), "login")
        yield actor, _post(event, when, name, f"item {index + 1}"), when


def _post(event: dict[str, Any], when: dt.datetime | None, member: str, pointer: str) -> Post | str:
    """Return an event as a post, or why it is none."""
    kind = words(event, "type")
    payload = section(event.get("payload"))
    if event.get("public") is False:
        return "private"
    if reason := _aside(kind, payload):
        return reason
    if when is None:
        return "impossible date" if event.get("created_at") else "no date"
    made = section(payload.get(_MADE[kind][1])) if kind in _MADE else {}
    title, body = _words_of(event, kind, payload, made)
    url = words(made, "html_url") or ("" if kind == "PushEvent" else _repository(event))
    return Post(
        when=when,
        id=words(event, "id") or string(event, "id"),
        url=url if canonical(url) else "",
        title=title,
        text="\n".join(filter(None, (title, body))),
        links=tuple(filter(canonical, bare_urls(body))),
        comments=count_of(made.get("comments")),
        reactions=count_of(section(made.get("reactions")).get("total_count")),
        member=member,
        pointer=pointer,
    )


def _aside(kind: str, payload: dict[str, Any]) -> str:
    """Return why an event is no post; empty for one that is."""
    if kind in _COMMENTS:
        return "comment"
    if kind == "PushEvent":
        return "PushEvent without commits" if payload.get("size") == 0 else ""
    if kind == "PublicEvent":
        return ""
    if kind == "CreateEvent":
        what = payload.get("ref_type")
        return "" if what == "repository" else one_line(f"CreateEvent {what}", 40)
    if kind in _MADE:
        action = payload.get("action")
        return "" if action == _MADE[kind][0] else one_line(f"{kind} {action}", 40)
    return one_line(kind, 40) or "not a post"


def _repository(event: dict[str, Any]) -> str:
    name = words(section(event.get("repo")), "name")
    return f"{SITE}/{name}" if _REPOSITORY.fullmatch(name) else ""


def _words_of(
    event: dict[str, Any], kind: str, payload: dict[str, Any], made: dict[str, Any]
) -> tuple[str, str]:
    """Return the title and the words of an event that is a post."""
    if kind == "PushEvent":
        commits = items_of(payload.get("commits"))[:_MOST_COMMITS]
        return "", "\n".join(filter(None, (words(section(one), "message") for one in commits)))
    if kind in _MADE:
        return words(made, "title") or words(made, "name"), words(made, "body")
    return words(section(event.get("repo")), "name"), words(payload, "description")
