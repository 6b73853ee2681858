"""Tweets, whatever generation of the archive they come from: time, kind, text, links.

The formats are in `analysis.formats.twitter_archive` (JavaScript) and
`analysis.formats.twitter_csv`; each gives `RawTweet`, and `extract` turns them into posts.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.errors import corrupt
from analysis.files import Tree
from analysis.formats.base import Extract, Kind, Post, When
from analysis.formats.javascript import head_text, items_of, load, section, sound, string
from analysis.formats.text import bare_urls, parse_iso, parse_rfc822
from analysis.urls import canonical

_CLASSIC = re.compile(
    r"[A-Za-z]{3} (?P<month>[A-Za-z]{3}) (?P<day>[0-9]{1,2}) (?P<clock>[0-9:]{8}) "
    r"(?P<zone>[+-][0-9]{4}) (?P<year>[0-9]{4})"
)
_OWN_MEDIA = re.compile(
    r"https?://(?:twitter|x)\.com/[^/]+/status/[0-9]+/(?:photo|video)/[0-9]+", re.IGNORECASE
)
_CUT_URL = re.compile(r"https?://[^\s…]*…")
_ID = re.compile(r"[0-9]{1,19}")

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_FIRST_SNOWFLAKE = 3 * 10**14
_FIRST_YEAR, _LAST_YEAR = 2006, 2100
_CLOCK_KNOWN_FROM = dt.datetime(2010, 11, 5, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class RawTweet:
    """One tweet as an archive tells it, before anything is made of it.

    Attributes
    ----------
    text : str
        With HTML entities and t.co addresses still in it.
    urls : tuple of (str, str)
        Each short address with what it stands for.
    media : tuple of (str, str)
        The same for the tweet's own pictures, which are no links.
    reply_to, reply_to_user, reply_to_name : str
        The post and the account that it answers; empty when it answers none.
    first_version : str
        The id of the post that this one is an edited version of; empty for the others.
    """

    id: str
    created_at: str
    text: str
    member: str
    pointer: str
    urls: tuple[tuple[str, str], ...] = ()
    media: tuple[tuple[str, str], ...] = ()
    reply_to: str = ""
    reply_to_user: str = ""
    reply_to_name: str = ""
    is_retweet: bool = False
    first_version: str = ""
    favorites: int | None = None
    retweets: int | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The account whose archive it is, as far as its ids and names are known."""

    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    tweets: frozenset[str] = frozenset()

    def is_answered_by(self, tweet: RawTweet) -> bool:
        """Return whether a reply answers its own author: a thread, not a conversation."""
        return (
            tweet.reply_to in self.tweets
            or tweet.reply_to_user in self.ids
            or tweet.reply_to_name.lower() in self.names
        )


def id_number(identifier: str) -> int | None:
    """Return an id as a number, or None where it is none."""
    return int(identifier) if _ID.fullmatch(identifier) else None


def snowflake_time(identifier: str) -> dt.datetime | None:
    """Return when an id was given out (UTC), or None for ids from before November 2010.

    Ids since then are "snowflakes": their upper bits are milliseconds.
    """
    number = id_number(identifier)
    if number is None or not _FIRST_SNOWFLAKE <= number < 2**63:
        return None
    milliseconds = (number >> 22) + SNOWFLAKE_EPOCH_MS
    return dt.datetime.fromtimestamp(milliseconds // 1000, dt.UTC)


def parse_created_at(text: str) -> When | None:
    """Return the time that a tweet states, in UTC, or None when it is none.

    ``Tue May 08 01:30:00 +0000 2012`` and ``2012-05-08 01:30:00 +0000`` are both in use.
    """
    classic = _CLASSIC.fullmatch(text.strip())
    try:
        if classic:
            parts = classic.group("day", "month", "year", "clock", "zone")
            when = parse_rfc822(" ".join(parts))
        else:
            when = parse_iso(text)
        if not isinstance(when, dt.datetime):
            return when
        if when.tzinfo is None:
            when = when.replace(tzinfo=dt.UTC)
        return when.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def when_of(tweet: RawTweet) -> When | None:
    """Return when a tweet was posted; None where neither its time nor its id can tell.

    Archives give every tweet before November 2010 the time 00:00:00: only its day is known.
    """
    when = parse_created_at(tweet.created_at)
    if when is None or not _FIRST_YEAR <= when.year <= _LAST_YEAR:
        return snowflake_time(tweet.id)
    if (
        isinstance(when, dt.datetime)
        and when < _CLOCK_KNOWN_FROM
        and when.time() == dt.time(0, 0, 0)
    ):
        return when.date()
    return when


def pairs(entities: object, short: str, full: str) -> tuple[tuple[str, str], ...]:
    """Return the short and the full address of each of a tweet's ``entities``."""
    found = (
        (string(section(entity), short), string(section(entity), full))
        for entity in items_of(entities)
    )
    return tuple(pair for pair in found if any(pair))


def plain(text: str, urls: Iterable[tuple[str, str]]) -> str:
    """Return a tweet's text with short addresses replaced and HTML entities undone.

    Addresses are put in whole: undoing entities in them would turn ``&copy=1`` into ©.
    """
    known = {short: full for short, full in urls if short and full}
    if not known:
        return sound(html.unescape(text))
    longest_first = sorted(known, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])", text)
    shown = (known[piece] if piece in known else html.unescape(piece) for piece in pieces)
    return sound("".join(shown))


def links_of(tweet: RawTweet) -> tuple[str, ...]:
    """Return what a tweet links to: expanded addresses, or else those in its plain text."""
    urls = [full or short for short, full in tweet.urls]
    if not urls:
        without_media = plain(tweet.text, [(short, " ") for short, _ in tweet.media])
        urls = list(bare_urls(_CUT_URL.sub(" ", without_media)))
    sound_urls = dict.fromkeys(map(sound, urls))
    return tuple(url for url in sound_urls if canonical(url) and not _OWN_MEDIA.fullmatch(url))


def kind_of(tweet: RawTweet, owner: Owner) -> Kind:
    """Return whether a tweet is a repost, a reply to someone else, or a post."""
    if tweet.is_retweet or tweet.text.startswith("RT @"):
        return "repost"
    if tweet.reply_to or tweet.reply_to_user or tweet.reply_to_name:
        return "post" if owner.is_answered_by(tweet) else "reply"
    return "post"


def post_of(tweet: RawTweet, when: When, owner: Owner) -> Post:
    """Return the post that a tweet is."""
    known_id = tweet.id if _ID.fullmatch(tweet.id) else ""
    return Post(
        when=when,
        kind=kind_of(tweet, owner),
        id=known_id,
        url=f"https://twitter.com/i/web/status/{known_id}" if known_id else "",
        text=plain(tweet.text, (*tweet.urls, *tweet.media)),
        links=links_of(tweet),
        reactions=tweet.favorites,
        shares=tweet.retweets,
        member=tweet.member,
        pointer=tweet.pointer,
    )


def extract(
    tweets: Sequence[RawTweet],
    *,
    owner_ids: Iterable[str] = (),
    owner_names: Iterable[str] = (),
    set_aside: Counter[str] | None = None,
    exported_at: dt.datetime | None = None,
    notes: Iterable[str] = (),
) -> Extract:
    """Return the posts among an archive's tweets, each id once.

    Parameters
    ----------
    tweets : sequence of RawTweet
        In the order of the archive.
    owner_ids, owner_names : iterable of str
        The account's, where the archive tells them; its own threads tell its id too.
    set_aside, exported_at, notes
        As in `Extract`; records set aside here are added to those given.
    """
    owner = _owner(tweets, owner_ids, owner_names)
    aside = Counter(set_aside or ())
    posts: list[Post] = []
    seen: set[str] = set()
    for tweet in tweets:
        when = when_of(tweet)
        if tweet.id and tweet.id in seen:
            aside["duplicate"] += 1
        elif tweet.first_version != tweet.id and tweet.first_version in owner.tweets:
            aside["edited version"] += 1
        elif when is None:
            aside["impossible date" if tweet.created_at else "no date"] += 1
        else:
            posts.append(post_of(tweet, when, owner))
        seen.add(tweet.id)
    days_only = sum(not isinstance(post.when, dt.datetime) for post in posts)
    if days_only:
        notes = (*notes, f"{days_only:,} tweet(s) tell only their day (UTC), not the hour.")
    return Extract(posts, set_aside=aside, exported_at=exported_at, notes=tuple(notes))


def export_time(tree: Tree, text: object, name: str) -> dt.datetime | None:
    """Return the time at which an archive says that it was made; None where it says none.

    Raises
    ------
    InputError
        It says something that is no time.
    """
    if text is None:
        return None
    when = parse_created_at(text) if isinstance(text, str) else None
    if not isinstance(when, dt.datetime):
        raise corrupt(tree.where(name), "", "expected the time at which the archive was made")
    return when


def payload_time(tree: Tree) -> dt.datetime | None:
    """Return when a 2013-2018 archive was made, as its ``payload_details.js`` says."""
    for name in tree.find("payload_details.js"):
        if "payload_details" in head_text(tree, name, 200):
            return export_time(tree, section(load(tree, name)).get("created_at"), name)
    return None


def _owner(tweets: Sequence[RawTweet], ids: Iterable[str], names: Iterable[str]) -> Owner:
    own = {tweet.id for tweet in tweets if kind_of(tweet, Owner()) != "repost"} - {""}
    threads = {tweet.reply_to_user for tweet in tweets if tweet.reply_to in own}
    return Owner(
        ids=frozenset({*ids, *threads} - {""}),
        names=frozenset({name.lower() for name in names} - {""}),
        tweets=frozenset(own),
    )
