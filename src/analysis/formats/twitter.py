"""Tweets, whatever generation of the archive they come from: text, links, and when it was made.

The formats are in `analysis.formats.twitter_archive` (JavaScript) and
`analysis.formats.twitter_csv`; each gives `RawTweet`s, and `analysis.formats.twitter_posts` makes
posts of them.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from analysis.errors import corrupt
from analysis.files import Tree
from analysis.formats.javascript import head_text, items_of, load, section, sound, string
from analysis.formats.text import bare_urls
from analysis.formats.twitter_time import parse_created_at
from analysis.urls import canonical

_OWN_MEDIA = re.compile(
    r"https?://(?:twitter|x)\.com/[^/]+/status/[0-9]+/(?:photo|video)/[0-9]+", re.IGNORECASE
)
_CUT_URL = re.compile(r"https?://[^\s…]*…")
_SHORT = re.compile(r"https?://t\.co/[A-Za-z0-9]+")
_SHORTS = re.compile(f"({_SHORT.pattern})")
_PLAIN_WEB = re.compile(
    r"https?://[A-Za-z0-9-]{1,60}(?:\.[A-Za-z0-9-]{1,60}){1,9}(?:/[!-~]{0,2000})?"
)


class RawTweet(NamedTuple):
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
    source : str
        The application, as a link in HTML.
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
    source: str = ""


def pairs(entities: object, short: str, full: str) -> tuple[tuple[str, str], ...]:
    """Return the short and the full address of each of a tweet's ``entities``."""
    found = (
        (string(section(entity), short), string(section(entity), full))
        for entity in items_of(entities)
    )
    return tuple(pair for pair in found if any(pair))


def plain(text: str, urls: Sequence[tuple[str, str]]) -> str:
    """Return a tweet's text with short addresses replaced and HTML entities undone.

    Addresses are put in whole: undoing entities in them would turn ``&copy=1`` into ©.
    """
    known = {short: full for short, full in urls if short and full} if urls else None
    if not known:
        shown = html.unescape(text) if "&" in text else text
        return shown if shown.isascii() else sound(shown)
    if all(map(_SHORT.fullmatch, known)):
        pieces = _SHORTS.split(text)
    else:
        longest_first = sorted(known, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])", text)
    for place, piece in enumerate(pieces):
        if piece in known:
            pieces[place] = known[piece]
        elif "&" in piece:
            pieces[place] = html.unescape(piece)
    return sound("".join(pieces))


def links_of(
    text: str, urls: Sequence[tuple[str, str]], media: Sequence[tuple[str, str]] = ()
) -> tuple[str, ...]:
    """Return what a tweet links to: expanded addresses, or else those in its plain text."""
    found = [full or short for short, full in urls]
    if not found:
        if "://" not in text:
            return ()
        without_media = plain(text, [(short, " ") for short, _ in media])
        found = list(bare_urls(_CUT_URL.sub(" ", without_media)))
    if len(found) == 1:
        url = sound(found[0])
        return (url,) if _is_link(url) else ()
    return tuple(url for url in dict.fromkeys(map(sound, found)) if _is_link(url))


@lru_cache(maxsize=4096)
def _is_link(url: str) -> bool:
    if not _PLAIN_WEB.fullmatch(url) and not canonical(url):
        return False
    return not _OWN_MEDIA.fullmatch(url)


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
