"""Mastodon: an archive's ``outbox.json``, and the statuses that its API answers.

Public posts are addressed to everybody (``to``), unlisted ones too (``cc``); what is addressed
to followers or single people is not public and set aside. Other servers of the Fediverse write
the same two shapes.

A server gives out ids whose upper bits are milliseconds ("snowflakes"). Where the stated time
differs from that of the id by more than minutes, the id wins and the time is marked as
disputed: a post brought over with its date of years ago was seen by nobody then, but when the
server stored it. Where most of the times differ, the ids are of another kind and say nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from analysis.errors import corrupt, one_line
from analysis.files import Tree
from analysis.formats.answers import (
    LAST_YEAR,
    Reading,
    count_of,
    instant,
    instant_of,
    is_stated,
    json_members,
    most_common,
    quality_of,
    words,
)
from analysis.formats.base import Extract, Format, Kind, Post, Recognition
from analysis.formats.javascript import items_of, load, section, sound, string
from analysis.formats.known_keys import ACTIVITY, NOTE, STATUS
from analysis.formats.text import MAX_HTML, hrefs, plain_text
from analysis.urls import canonical

FIRST_YEAR = 2016

_PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_SHOWN = frozenset({"public", "unlisted"})
_OUTBOX_MARKS = re.compile(
    r'"id"\s*:\s*"(?:[^"\s]*/)?outbox(?:\.json)?"|"type"\s*:\s*"(?:Create|Announce)"'
)
_STATUS_MARKS = tuple(
    re.compile(rf'"{key}"\s*:') for key in ("visibility", "spoiler_text", "reblogs_count")
)
_STATUSES = re.compile(r"/api/v1/accounts/[^/?#]+/statuses(?:[?#]|$)")
_ACCOUNT = re.compile(r"https?://([^/?#\s]+)/(?:(?:ap/)?users/|@)?([^/@?#\s]+)", re.IGNORECASE)
# Nineteen digits tell years up to 6805.
_LAST_NUMBER = re.compile(r"(?:^|/)([0-9]{1,19})(?:/activity)?/?$")
_ARCHIVE = re.compile(r"archive-([0-9]{14})-[0-9a-f]{8,64}")
_NO_POSTS = re.compile(r"(?:actor|likes|bookmarks)\.json|(?:avatar|header)\.[a-z]{3,4}")
_ANCHOR = re.compile(r"<a\s[^<>]{0,1000}>", re.IGNORECASE)
_NO_LINK = re.compile(
    r"""\sclass\s*=\s*(?:["'][^"']*|)(?<![\w-])(?:mention|hashtag)(?![\w-])|\srel\s*=\s*["']?tag\b""",
    re.IGNORECASE,
)
_CROSSPOSTERS = {"mastodon twitter crossposter": "twitter", "moa": "twitter"}


@dataclass(frozen=True, slots=True)
class _Record:
    """A post, or the reason why it is none, with what is only known of the whole."""

    owner: str
    made: Post | str
    stated: dt.datetime | None = None
    from_id: dt.datetime | None = None
    is_unlisted: bool = False


def snowflake_time(identifier: str) -> dt.datetime | None:
    """Return when an id, or the address that ends with one, was given out (UTC).

    Returns
    -------
    datetime or None
        None for ids that are none: of old servers, of other software, of tests.
    """
    match = _LAST_NUMBER.search(identifier)
    seconds, milliseconds = divmod(int(match[1]) >> 16 if match else 0, 1000)
    when = dt.datetime.fromtimestamp(seconds, dt.UTC) + dt.timedelta(milliseconds=milliseconds)
    return when if FIRST_YEAR <= when.year <= LAST_YEAR else None


def _recognise(tree: Tree) -> Recognition | None:
    members = json_members(
        tree, lambda name, head: _is_outbox(head) or _is_answer(tree, name, head)
    )
    if not members:
        return None
    every = tuple(sorted({*members, *_beside(tree, members)}))
    return Recognition(0.93, every, f"{len(members)} file(s) of Mastodon's activities or statuses")


def _beside(tree: Tree, members: tuple[str, ...]) -> list[str]:
    """Return the other files of the archives among ``members``, which hold no posts."""
    outboxes = (PurePosixPath(name) for name in members)
    folders = {path.parent for path in outboxes if path.name == "outbox.json"}
    return [
        name
        for name in tree.names
        if _NO_POSTS.fullmatch(PurePosixPath(name).name) and PurePosixPath(name).parent in folders
    ] + [
        name
        for name in tree.names
        if any(PurePosixPath(name).is_relative_to(each / "media_attachments") for each in folders)
    ]


def _exported_at(tree: Tree) -> dt.datetime | None:
    """Return the latest time that the names of the archives tell."""
    names = (tree.label, *(part for name in tree.names for part in PurePosixPath(name).parts[:-1]))
    told = {match[1] for name in names if (match := _ARCHIVE.search(name))}
    times = []
    for digits in told:
        try:
            times.append(dt.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC))
        except ValueError:
            continue
    return max((when for when in times if FIRST_YEAR <= when.year <= LAST_YEAR), default=None)


def _is_outbox(head: str) -> bool:
    is_collection = head.startswith("{") and '"OrderedCollection"' in head
    return is_collection and '"orderedItems"' in head and bool(_OUTBOX_MARKS.search(head))


def _is_answer(tree: Tree, name: str, head: str) -> bool:
    if not head.startswith("["):
        return False
    return all(mark.search(head) for mark in _STATUS_MARKS) or (
        _STATUSES.search(tree.address(name)) is not None
    )


def _read(tree: Tree, recognition: Recognition) -> Extract:
    """Read the posts of the account that most of the records are of."""
    reading = Reading(tree)
    records: list[_Record] = []
    members = set(recognition.members) - set(_beside(tree, recognition.members))
    for name, value in reading.each(sorted(members), _loaded):
        if isinstance(value, list):
            reading.pages.add(name)
            records += _statuses(reading, name, value)
        else:
            records += _activities(reading, name, value)
    owner = most_common(record.owner for record in records if record.owner)
    mine = [record for record in records if record.owner in (owner, "")]
    if others := len(records) - len(mine):
        reading.aside["another account"] += others
    for record in _checked(mine, reading):
        reading.keep(record.made)
        if isinstance(record.made, Post) and record.made.member in reading.pages:
            reading.reach(instant_of(record.made))
    if unlisted := sum(record.is_unlisted for record in mine):
        reading.notes.append(
            f"{unlisted:,} post(s) are unlisted: everybody can see them, but they stand in no"
            " public timeline."
        )
    return reading.extract(_exported_at(tree))


MASTODON = Format("Mastodon archive or statuses", _recognise, _read)


def _loaded(tree: Tree, name: str) -> Any:
    """Return a list of statuses, or an outbox with its list of activities."""
    value = load(tree, name)
    if isinstance(value, list) or isinstance(section(value).get("orderedItems"), list):
        return value
    raise corrupt(tree.where(name), "orderedItems", "expected a list of activities or statuses")


def _checked(records: list[_Record], reading: Reading) -> list[_Record]:
    """Return the records with the times that their ids bear out, or with those stated."""
    agreed = Counter(
        quality_of(record.stated, record.from_id)
        for record in records
        if record.from_id is not None and is_stated(record.stated)
    )
    if agreed["disputed"] <= agreed["exact"]:
        if agreed["disputed"]:
            reading.notes.append(
                f"{agreed['disputed']:,} post(s) state another time than the one at which they"
                " were stored, which is taken."
            )
        return records
    reading.notes.append("The ids of this server tell no time that bears out the stated ones.")
    return [_as_stated(record) for record in records]


def _as_stated(record: _Record) -> _Record:
    """Return a record with the time that it states, whatever its id says."""
    if isinstance(record.made, str) or record.from_id is None:
        return record
    if record.stated is None or not is_stated(record.stated):
        return replace(record, made="impossible date")
    return replace(record, made=replace(record.made, when=record.stated, quality="exact"))


def _activities(reading: Reading, name: str, outbox: dict[str, Any]) -> Iterator[_Record]:
    """Yield the activities of an outbox as posts, or why they are none."""
    items = outbox["orderedItems"]
    total = count_of(outbox.get("totalItems"))
    if total is not None and total != len(items):
        reading.notes.append(
            f"{one_line(name, 100)} says that the account has {total:,} post(s), and holds"
            f" {len(items):,}."
        )
    own = {string(section(section(item).get("object")), "id") for item in items} - {""}
    names = _names(items)
    for index, item in enumerate(items):
        activity = section(item)
        note = section(activity.get("object"))
        reading.look("outbox.json: orderedItems", activity, ACTIVITY)
        reading.look("outbox.json: orderedItems.object", note, NOTE)
        actor = string(activity, "actor") or string(note, "attributedTo")
        when = _first_stated(note.get("published"), activity.get("published"))
        shown = _addressed(note) or _addressed(activity)
        made = _activity_post(activity, note, own, actor)
        if not isinstance(made, str):
            made = replace(made, member=name, pointer=f"item {index + 1}")
        yield _dated(names.get(actor) or _account(actor), made, when, shown)


def _names(items: list[Any]) -> dict[str, str]:
    """Return the name of each actor as its posts' addresses spell it."""
    found: dict[str, str] = {}
    for item in items:
        note = section(section(item).get("object"))
        if named := _account(string(note, "url")):
            found.setdefault(string(section(item), "actor"), named)
    return found


def _account(address: str) -> str:
    """Return ``name@host`` of an account's or a post's address; empty where it is none."""
    match = _ACCOUNT.match(address)
    return sound(f"{match[2]}@{match[1]}".lower()) if match else ""


def _first_stated(*texts: object) -> dt.datetime | None:
    moments = [when for text in texts if (when := instant(text))]
    return next(filter(is_stated, moments), moments[0] if moments else None)


def _addressed(record: dict[str, Any]) -> str:
    """Return who a post is shown to: "public", "unlisted", "private", or "" if it does not say."""
    to, cc = (_texts(record.get(key)) for key in ("to", "cc"))
    if _PUBLIC & to:
        return "public"
    if _PUBLIC & cc:
        return "unlisted"
    return "private" if to or cc else ""


def _texts(value: object) -> set[str]:
    return {
        text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)
    }


def _activity_post(
    activity: dict[str, Any], note: dict[str, Any], own: set[str], actor: str
) -> Post | str:
    """Return an activity as a post without time and place, or why it is none."""
    kind = activity.get("type")
    if kind == "Announce":
        address = string(activity, "object") or string(note, "id")
        return Post(
            dt.datetime.min,
            "repost",
            id=words(activity, "id"),
            links=(sound(address),) if canonical(address) else (),
        )
    if kind != "Create" or not note:
        return "not a post"
    content = words(note, "content")
    parent = string(note, "inReplyTo")
    is_thread = parent in own or (actor != "" and parent.startswith(f"{actor}/"))
    return Post(
        dt.datetime.min,
        "reply" if parent and not is_thread else "post",
        id=words(note, "id"),
        url=words(note, "url") or words(note, "id"),
        title=words(note, "name"),
        text=_text(words(note, "summary"), content),
        links=_links(content, note.get("tag"), "href", string(note, "quoteUrl", "quoteUri")),
        reactions=count_of(section(note.get("likes")).get("totalItems")),
        shares=count_of(section(note.get("shares")).get("totalItems")),
    )


def _text(warning: str, content: str) -> str:
    return "\n".join(filter(None, (plain_text(warning), plain_text(content))))


def _links(content: str, tags: object, key: str, *more: str) -> tuple[str, ...]:
    """Return what a post links to, without its mentions and hashtags."""
    anchors = _ANCHOR.sub(
        lambda tag: "" if _NO_LINK.search(tag.group()) else tag.group(), content[:MAX_HTML]
    )
    named = {string(section(tag), key) for tag in items_of(tags)}
    found = dict.fromkeys((*hrefs(anchors), *more))
    return tuple(sound(url) for url in found if canonical(url) and url not in named)


def _dated(owner: str, made: Post | str, stated: dt.datetime | None, shown: str) -> _Record:
    """Return a record with its time, or the reason why it is no public post."""
    if isinstance(made, str):
        return _Record(owner, made)
    if shown not in _SHOWN:
        return _Record(owner, one_line(shown, 20) or "not public")
    from_id = snowflake_time(made.id)
    quality = quality_of(stated, from_id)
    when = stated if quality == "exact" else from_id
    if when is None:
        return _Record(owner, "impossible date" if stated else "no date")
    dated = replace(made, when=when, quality=quality)
    return _Record(owner, dated, stated, from_id, shown == "unlisted")


def _statuses(reading: Reading, name: str, statuses: list[Any]) -> Iterator[_Record]:
    """Yield the statuses of an answer as posts, or why they are none."""
    for index, item in enumerate(statuses):
        status = section(item)
        reading.look("statuses: status", status, STATUS)
        if not string(status, "id"):
            yield _Record("", "not a post")
            continue
        account = section(status.get("account"))
        owner = _account(string(status, "url")) or _account(
            string(account, "url", "uri") or string(status, "uri")
        )
        when = instant(status.get("created_at"))
        made = replace(_status_post(status, account), member=name, pointer=f"item {index + 1}")
        yield _dated(owner, made, when, words(status, "visibility"))


def _status_post(status: dict[str, Any], account: dict[str, Any]) -> Post:
    """Return a status as a post without time and place."""
    via = words(section(status.get("application")), "name")
    passed_on = section(status.get("reblog"))
    if passed_on:
        content = words(passed_on, "content")
        return Post(
            dt.datetime.min,
            "repost",
            id=words(status, "uri") or sound(string(status, "id")),
            url=words(status, "url"),
            text=_text(words(passed_on, "spoiler_text"), content),
            links=_links(content, passed_on.get("tags"), "url", words(passed_on, "url")),
            via=via,
        )
    content = words(status, "content")
    card = string(section(status.get("card")), "url")
    quoted = string(section(section(status.get("quote")).get("quoted_status")), "url")
    tags = [*items_of(status.get("tags")), *items_of(status.get("mentions"))]
    return Post(
        dt.datetime.min,
        _status_kind(status, account),
        id=words(status, "uri") or sound(string(status, "id")),
        url=words(status, "url") or words(status, "uri"),
        text=_text(words(status, "spoiler_text"), content),
        links=_links(content, tags, "url", card, quoted),
        reactions=count_of(status.get("favourites_count")),
        comments=count_of(status.get("replies_count")),
        shares=count_of(status.get("reblogs_count")),
        via=via,
        shared_from=_CROSSPOSTERS.get(via.lower(), ""),
    )


def _status_kind(status: dict[str, Any], account: dict[str, Any]) -> Kind:
    if not string(status, "in_reply_to_id"):
        return "post"
    to, by = string(status, "in_reply_to_account_id"), string(account, "id")
    return "post" if to and to == by else "reply"
