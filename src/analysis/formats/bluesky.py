"""Bluesky: a repository (``repo.car``), ``listRecords`` and ``getAuthorFeed`` answers.

``createdAt`` is whatever the author's client wrote. The key of a record (a TID) holds the time
at which it was made, to the microsecond. Where the two are minutes apart the stated time is
kept. Where they differ by more, the key wins and the time is marked as disputed: a post that
was brought over with its date of years ago was seen by nobody then, but when it was written.
Stated times from before the network, or of no real year, tell nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from analysis.collect.tids import FIRST_YEAR, tid_time
from analysis.errors import corrupt
from analysis.files import Tree
from analysis.formats.answers import (
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
from analysis.formats.car import Repository, is_car, read_repository
from analysis.formats.javascript import items_of, load, section, sound
from analysis.formats.known_keys import (
    BLUESKY_ITEM,
    BLUESKY_POST,
    BLUESKY_REPOST,
    BLUESKY_VIEW,
)
from analysis.formats.text import bare_urls
from analysis.urls import canonical

POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"

_MARKS = re.compile(r'"(?:feed|records|posts)"\s*:\s*\[')
_URI = re.compile(r'"uri"\s*:\s*"at:\\?/\\?/[^"\s]{1,300}?app\.bsky\.feed\.(?:post|repost)')
_METHOD = re.compile(r"/xrpc/(?:app\.bsky\.feed\.getAuthorFeed|com\.atproto\.repo\.listRecords)\?")
_AT = re.compile(r"at://([^/\s]+)/([^/\s]+)/([^/\s?#]+)")
_MOST_FACETS = 200


def _recognise(tree: Tree) -> Recognition | None:
    files = tuple(
        name for name in tree.names if _may_be_car(tree, name) and is_car(tree.head(name, 256))
    )
    answers = json_members(tree, lambda name, head: _is_answer(tree, name, head))
    if not files and not answers:
        return None
    kinds = [f"{len(files)} repository of Bluesky"] * bool(files)
    kinds += [f"{len(answers)} answer(s) with Bluesky's records"] * bool(answers)
    return Recognition(0.94, tuple(sorted({*files, *answers})), " and ".join(kinds))


def _may_be_car(tree: Tree, name: str) -> bool:
    is_named = name.lower().endswith(".car") or "sync.getRepo" in tree.address(name)
    return tree.is_single_file or is_named


def _is_answer(tree: Tree, name: str, head: str) -> bool:
    if not head.startswith("{") or not _MARKS.search(head):
        return False
    return bool(_URI.search(head) or _METHOD.search(tree.address(name)))


def _read(tree: Tree, recognition: Recognition) -> Extract:
    """Read the posts and reposts of the account that most of the records are of."""
    reading = Reading(tree)
    made: list[tuple[str, Post | str, bool]] = []
    revisions: list[tuple[str, dt.datetime | None]] = []
    for name, content in reading.each(recognition.members, _loaded):
        if isinstance(content, Repository):
            revisions.append((content.did, tid_time(content.rev)))
            made += _of_repository(reading, name, content)
        else:
            reading.pages.add(name)
            made += _of_answer(reading, name, content)
    owner = _asked_for(tree, reading.pages) or most_common(did for did, _, _ in made if did)
    for did, post, in_order in made:
        if did and did != owner:
            reading.keep("another account")
            continue
        reading.keep(post)
        if isinstance(post, Post) and in_order and post.member in reading.pages:
            reading.reach(instant_of(post))
    changed = [when for did, when in revisions if did == owner and when]
    disputed = sum(post.quality == "disputed" for post in reading.posts)
    if disputed:
        reading.notes.append(
            f"{disputed:,} post(s) state another time than the one at which they were written,"
            " which is taken."
        )
    return reading.extract(max(changed, default=None))


BLUESKY = Format("Bluesky repository or answers", _recognise, _read)


def _loaded(tree: Tree, name: str) -> Repository | dict[str, Any]:
    if is_car(tree.head(name, 256)):
        return read_repository(tree.bytes(name), tree.where(name), (POST, REPOST))
    answer = section(load(tree, name))
    if not any(isinstance(answer.get(key), list) for key in ("feed", "records", "posts")):
        raise corrupt(tree.where(name), "", "expected a list of feed, records or posts")
    return answer


def _asked_for(tree: Tree, names: set[str]) -> str:
    """Return the account that most of the kept answers were asked for, where addresses tell."""
    asked: list[str] = []
    for name in sorted(names):
        try:
            query = parse_qs(urlsplit(tree.address(name)).query)
        except ValueError:
            continue
        asked += [
            did for key in ("actor", "repo") for did in query.get(key, ()) if did[:4] == "did:"
        ]
    return most_common(asked) or ""


def _of_repository(
    reading: Reading, name: str, repository: Repository
) -> Iterator[tuple[str, Post | str, bool]]:
    """Yield the records of a repository: account, post or reason, and that it is in order."""
    reading.problems += repository.problems
    reading.aside.update({f"{kind} record": n for kind, n in repository.others.items()})
    for key, value in repository.records:
        uri = f"at://{repository.did}/{key}"
        yield repository.did, _record_post(reading, uri, value, name, key), True


def _of_answer(
    reading: Reading, name: str, answer: dict[str, Any]
) -> Iterator[tuple[str, Post | str, bool]]:
    """Yield what an answer holds: account, post or reason, and whether it is in order."""
    for index, item in enumerate(items_of(answer.get("records"))):
        entry = section(item)
        uri, place = words(entry, "uri"), f"records[{index}]"
        yield _did(uri), _record_post(reading, uri, section(entry.get("value")), name, place), True
    for index, item in enumerate(items_of(answer.get("posts"))):
        yield _viewed(reading, section(item), name, f"posts[{index}]", False)
    for index, item in enumerate(items_of(answer.get("feed"))):
        entry = section(item)
        reading.look("getAuthorFeed: feed", entry, BLUESKY_ITEM)
        view, reason = section(entry.get("post")), section(entry.get("reason"))
        place, kind = f"feed[{index}]", words(reason, "$type")
        if kind.endswith("#reasonRepost"):
            did = words(section(reason.get("by")), "did")
            yield did, _passed_on(view, reason, did, name, place), True
        else:
            yield _viewed(reading, view, name, place, not kind.endswith("#reasonPin"))


def _did(uri: str) -> str:
    match = _AT.match(uri)
    return match[1] if match else ""


def _web(uri: str) -> str:
    """Return the address at which people read a post; empty for other records."""
    match = _AT.fullmatch(uri)
    is_post = match and match[2] == POST
    return f"https://bsky.app/profile/{match[1]}/post/{match[3]}" if match and is_post else ""


def _record_post(
    reading: Reading, uri: str, record: dict[str, Any], member: str, pointer: str
) -> Post | str:
    """Return a record of a repository as a post, or why it is none."""
    match = _AT.fullmatch(uri)
    if match is None or match[2] not in (POST, REPOST) or not record:
        return "not a post"
    if match[2] == POST:
        reading.look(POST, record, BLUESKY_POST)
        post = Post(
            dt.datetime.min,
            _kind(record, match[1]),
            id=uri,
            url=_web(uri),
            text=_expanded(record),
            links=_links(record),
            via=words(record, "via"),
            shared_from="mastodon" if words(record, "fediverseId") else "",
            member=member,
            pointer=pointer,
        )
    else:
        reading.look(REPOST, record, BLUESKY_REPOST)
        address = _web(words(section(record.get("subject")), "uri"))
        post = Post(
            dt.datetime.min,
            "repost",
            id=uri,
            links=(address,) if address else (),
            member=member,
            pointer=pointer,
        )
    return _dated(post, instant(record.get("createdAt")), tid_time(match[3]))


def _dated(post: Post, stated: dt.datetime | None, written: dt.datetime | None) -> Post | str:
    """Return a post with its time, or why it has none; see the module's first lines."""
    if stated is not None and not (is_stated(stated) and (written or stated.year >= FIRST_YEAR)):
        if written is None:
            return "impossible date"
        stated = None
    quality = quality_of(stated, written)
    when = stated if quality == "exact" else written
    return "no date" if when is None else replace(post, when=when, quality=quality)


def _viewed(
    reading: Reading, view: dict[str, Any], member: str, pointer: str, in_order: bool
) -> tuple[str, Post | str, bool]:
    """Return a post as the network shows it, with its counts."""
    reading.look("getAuthorFeed: feed.post", view, BLUESKY_VIEW)
    uri = words(view, "uri")
    post = _record_post(reading, uri, section(view.get("record")), member, pointer)
    if isinstance(post, Post):
        post = replace(
            post,
            reactions=count_of(view.get("likeCount")),
            comments=count_of(view.get("replyCount")),
            shares=count_of(view.get("repostCount")),
        )
    return words(section(view.get("author")), "did") or _did(uri), post, in_order


def _passed_on(
    view: dict[str, Any], reason: dict[str, Any], did: str, member: str, pointer: str
) -> Post | str:
    """Return the repost of a post; older answers do not tell the repost's own record."""
    subject, uri = words(view, "uri"), words(reason, "uri")
    record = section(view.get("record"))
    match = _AT.fullmatch(uri)
    post = Post(
        dt.datetime.min,
        "repost",
        id=uri or (subject and f"{did} reposts {subject}"),
        text=_expanded(record),
        links=tuple(filter(None, (_web(subject), *_links(record)))),
        member=member,
        pointer=pointer,
    )
    return _dated(post, instant(reason.get("indexedAt")), tid_time(match[3]) if match else None)


def _kind(record: dict[str, Any], did: str) -> Kind:
    parent = words(section(section(record.get("reply")).get("parent")), "uri")
    if not record.get("reply"):
        return "post"
    return "post" if _did(parent) == did else "reply"


def _facets(record: dict[str, Any]) -> list[tuple[int, int, str]]:
    """Return where the links of a post's text begin and end, in bytes of UTF-8, and to what."""
    found = []
    for facet in items_of(record.get("facets"))[:_MOST_FACETS]:
        index = section(section(facet).get("index"))
        start, end = count_of(index.get("byteStart")), count_of(index.get("byteEnd"))
        for feature in items_of(section(facet).get("features")):
            uri = words(section(feature), "uri")
            is_link = words(section(feature), "$type").endswith("facet#link")
            if is_link and uri and start is not None and end is not None:
                found.append((start, end, uri))
    return found


def _expanded(record: dict[str, Any]) -> str:
    """Return a post's text with its links, which may be shown shortened, in full."""
    text = words(record, "text")
    data = text.encode()
    pieces: list[bytes] = []
    position = 0
    for start, end, uri in sorted(_facets(record)):
        if position <= start < end <= len(data) and canonical(uri):
            pieces += [data[position:start], uri.encode()]
            position = end
    pieces.append(data[position:])
    try:
        return b"".join(pieces).decode()
    except UnicodeDecodeError:  # places in the middle of a character: of another text
        return text


def _links(record: dict[str, Any]) -> tuple[str, ...]:
    """Return what a post links to: in its text, by its card, and the post that it quotes."""
    in_text = [uri for _, _, uri in _facets(record)] or list(bare_urls(words(record, "text")))
    embed = section(record.get("embed"))
    media, quoted = section(embed.get("media")), section(embed.get("record"))
    quote = words(quoted, "uri") or words(section(quoted.get("record")), "uri")
    cards = [words(section(part.get("external")), "uri") for part in (embed, media)]
    found = (*in_text, *cards, _web(quote), words(record, "bridgyOriginalUrl"))
    return tuple(sound(url) for url in dict.fromkeys(found) if url and canonical(url))
