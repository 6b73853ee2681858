"""Tweets to posts: each once, of the right kind, with a time and how well it is known."""

from __future__ import annotations

import datetime as dt
import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from analysis.errors import InputError, Problem
from analysis.formats.base import Extract, Kind, Post
from analysis.formats.drift import together
from analysis.formats.twitter import RawTweet, links_of, plain
from analysis.formats.twitter_client import Clients, passed_on
from analysis.formats.twitter_long import LongText, stub_of
from analysis.formats.twitter_time import Times


class _Reply(NamedTuple):
    place: int
    to: str
    user: str
    name: str


class _Stub(NamedTuple):
    place: int
    second: int
    tweet: RawTweet


@dataclass(frozen=True, slots=True)
class Archive:
    """What is the same for all files of an archive.

    Attributes
    ----------
    exported_at : datetime or None
        When it was made, where it says so.
    long_texts : tuple of LongText
        Whole texts of tweets that it cuts.
    owner_ids, owner_names : frozenset of str
        The account's, where the archive tells them; its own threads tell its id too.
    """

    exported_at: dt.datetime | None = None
    long_texts: tuple[LongText, ...] = ()
    owner_ids: frozenset[str] = frozenset()
    owner_names: frozenset[str] = frozenset()


class Part:
    """What one file gives; kept apart until the file is known to be whole.

    Attributes
    ----------
    owner_ids, owner_names : set of str
        Of the tweets' authors, where the file tells them.
    """

    def __init__(self, whole: Collector) -> None:
        self._whole = whole
        self._seconds = whole.long_seconds
        self._exported_at = whole.archive.exported_at
        self._time_of, self._client_of = whole.times.of, whole.clients.of
        self._before = whole.seen
        self.seen: set[str] = set()
        self.reposts: set[str] = set()
        self.posts: list[Post] = []
        self.replies: list[_Reply] = []
        self.edits: list[tuple[int, str]] = []
        self.stubs: list[_Stub] = []
        self.aside: Counter[str] = Counter()
        self.drift: Counter[str] = Counter()
        self.owner_ids: set[str] = set()
        self.owner_names: set[str] = set()

    def add(self, tweet: RawTweet) -> None:
        """Take a tweet: it becomes a post, or is set aside."""
        identifier = tweet.id
        if identifier:
            if identifier in self.seen or identifier in self._before:
                self.aside["duplicate"] += 1
                return
            self.seen.add(identifier)
        text, index = tweet.text, len(self.posts)
        via, shared_from = self._client_of(tweet.source)
        kind: Kind = "post"
        shared_to: tuple[str, ...] = ()
        if tweet.is_retweet or text.startswith("RT @"):
            self.reposts.add(identifier)
            kind, shared_from = "repost", ""
        elif "#" in text:
            shared_to = passed_on(text)
        when, quality = self._time_of(tweet.created_at, identifier)
        if when is None:
            self.aside["impossible date" if tweet.created_at else "no date"] += 1
            return
        if kind == "post":
            if tweet.reply_to or tweet.reply_to_user or tweet.reply_to_name:
                kind = "reply"
                reply = _Reply(index, tweet.reply_to, tweet.reply_to_user, tweet.reply_to_name)
                self.replies.append(reply)
            if self._seconds and isinstance(when, dt.datetime):
                second = int(when.timestamp())
                if second in self._seconds:
                    self.stubs.append(_Stub(index, second, tweet))
        if tweet.first_version and tweet.first_version != identifier:
            self.edits.append((index, tweet.first_version))
        urls, media, likes, retweets = tweet.urls, tweet.media, tweet.favorites, tweet.retweets
        is_id = len(identifier) < 20 and identifier.isascii() and identifier.isdigit()
        self.posts.append(
            Post(  # by position, which is quicker, in the order of its attributes
                when,
                kind,
                identifier if is_id else "",
                f"https://twitter.com/i/web/status/{identifier}" if is_id else "",
                "",
                plain(text, (*urls, *media) if media else urls),
                links_of(text, urls, media),
                likes,
                None,
                retweets,
                None,
                "",
                quality,
                via,
                shared_to,
                shared_from,
                None if likes is None and retweets is None else self._exported_at,
                tweet.member,
                tweet.pointer,
            )
        )


class Collector:
    """The posts of an archive, file by file."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.times = Times(archive.exported_at)
        self.clients = Clients()
        self.long_seconds = {second for text in archive.long_texts for second in text.seconds}
        self.seen: set[str] = set()
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._parts: list[Part] = []

    def read(self, members: Sequence[str], one: Callable[[str, Part], None]) -> None:
        """Have ``one`` read each member; what a damaged one gave is forgotten.

        Raises
        ------
        InputError
            All of them are damaged.
        """
        problems: list[Problem] = []
        with _collection_paused():
            for member in members:
                part = Part(self)
                try:
                    one(member, part)
                except InputError as error:
                    problems.extend(error.problems)
                else:
                    self._parts.append(part)
                    self.seen |= part.seen
        if not self._parts:
            raise InputError(problems)
        self.problems.extend(problems)

    def extract(self) -> Extract:
        """Return what was collected."""
        own = self.seen.difference(*(part.reposts for part in self._parts))
        aside: Counter[str] = Counter()
        self._settle_replies(own)
        self._put_long_texts()
        posts: list[Post] = []
        for part in self._parts:
            edited = {index for index, first in part.edits if first in own}
            part.aside["edited version"] += len(edited)
            kept = (post for index, post in enumerate(part.posts) if index not in edited)
            posts.extend(kept if edited else part.posts)
            aside += part.aside
        return Extract(
            posts,
            set_aside=aside,
            exported_at=self.archive.exported_at,
            notes=(*self.notes, *on_times(posts)),
            problems=tuple(self.problems),
            drift=together(part.drift for part in self._parts),
        )

    def _settle_replies(self, own: set[str]) -> None:
        """Call what answers its own author a post: a thread, not a conversation."""
        ids, names = set(self.archive.owner_ids), set(self.archive.owner_names)
        for part in self._parts:
            ids |= part.owner_ids
            ids |= {reply.user for reply in part.replies if reply.to in own}
            names |= part.owner_names
        names = {name.lower() for name in names} - {""}
        ids.discard("")
        for part in self._parts:
            for index, to, user, name in part.replies:
                if to in own or user in ids or name.lower() in names:
                    part.posts[index] = replace(part.posts[index], kind="post")

    def _put_long_texts(self) -> None:
        """Put whole texts in the place of their stubs."""
        places = [(part, stub) for part in self._parts for stub in part.stubs]
        stubs: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
        for place, (_, stub) in enumerate(places):
            stubs[stub.second].append((place, stub.tweet.id, stub.tweet.text))
        unmatched = 0
        for note in self.archive.long_texts:
            found = stub_of(note, stubs)
            if found is None:
                unmatched += 1
                continue
            part, (index, _, tweet) = places[found]
            urls = (*note.urls, *(pair for pair in tweet.urls if pair not in note.urls))
            part.posts[index] = replace(
                part.posts[index],
                text=plain(note.text, (*urls, *tweet.media)),
                links=links_of(note.text, urls, tweet.media),
                shared_to=passed_on(note.text),
            )
        if unmatched:
            self.notes.append(f"{unmatched:,} long text(s) match no tweet and were left out.")


def on_times(posts: Sequence[Post]) -> Iterator[str]:
    """Yield a sentence for each way in which times are less than stated exactly."""
    qualities = Counter(post.quality for post in posts)
    if days := qualities["day"]:
        yield f"{days:,} tweet(s) tell only their day (UTC), not the hour."
    if derived := qualities["derived"]:
        yield (
            f"The time of {derived:,} tweet(s) was worked out from the id: they state none that"
            " can be."
        )
    if disputed := qualities["disputed"]:
        yield (
            f"{disputed:,} tweet(s) state a time over a minute from their id's: the id's,"
            " which the server gave out, was taken."
        )


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep the garbage collector from looking through records that hold no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
