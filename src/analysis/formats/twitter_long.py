"""Long tweets: the archive cuts them at 280 characters and keeps the rest in note-tweet.js."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.files import Tree
from analysis.formats.javascript import head_text, items_of, load, section, string
from analysis.formats.twitter import (
    RawTweet,
    id_number,
    pairs,
    parse_created_at,
    snowflake_time,
)

_HEAD = re.compile(r"\s*window\.YTD\.note_tweet\.part\d+\s*=")
_SECONDS_APART = 5


@dataclass(frozen=True, slots=True)
class LongText:
    """The whole text of a tweet.

    Attributes
    ----------
    id : str
        Its own, which is not the tweet's.
    second : int
        When it was written, in seconds since 1970.
    """

    id: str
    second: int
    text: str
    urls: tuple[tuple[str, str], ...]


def long_texts(tree: Tree) -> list[LongText]:
    """Return the long texts of an archive; none where it has no such file.

    Raises
    ------
    InputError
        The file is broken.
    """
    found: list[LongText] = []
    for name in tree.names:
        if not name.lower().endswith(".js") or not _HEAD.match(head_text(tree, name, 200)):
            continue
        for item in items_of(load(tree, name)):
            note = section(section(item).get("noteTweet"))
            core = section(note.get("core"))
            identifier, text = string(note, "noteTweetId"), string(core, "text")
            when = parse_created_at(string(note, "createdAt")) or snowflake_time(identifier)
            if text and isinstance(when, dt.datetime):
                urls = pairs(core.get("urls"), "shortUrl", "expandedUrl")
                found.append(LongText(identifier, int(when.timestamp()), text, urls))
    return found


def with_long_texts(
    tweets: Sequence[RawTweet], notes: Sequence[LongText]
) -> tuple[list[RawTweet], tuple[str, ...]]:
    """Return the tweets with their whole texts, and a note on the texts that match none.

    A long text belongs to the tweet of the same second that begins as it does, or else to
    the one with the nearest id that was posted within five seconds.
    """
    whole = list(tweets)
    by_second: dict[int, list[int]] = defaultdict(list)
    for index, tweet in enumerate(tweets if notes else ()):
        when = parse_created_at(tweet.created_at)
        if isinstance(when, dt.datetime) and not tweet.text.startswith("RT @"):
            by_second[int(when.timestamp())].append(index)
    unmatched = 0
    for note in notes:
        match = _stub_of(note, tweets, by_second)
        if match is None:
            unmatched += 1
            continue
        stub = tweets[match]
        urls = (*note.urls, *(pair for pair in stub.urls if pair not in note.urls))
        whole[match] = replace(stub, text=note.text, urls=urls)
    sentence = f"{unmatched:,} long text(s) match no tweet and were left out."
    return whole, (sentence,) if unmatched else ()


def _stub_of(
    note: LongText, tweets: Sequence[RawTweet], by_second: dict[int, list[int]]
) -> int | None:
    for index in by_second.get(note.second, ()):
        begin = html.unescape(tweets[index].text).rpartition("…")[0].rpartition(" ")[0]
        if begin and note.text.startswith(begin):
            return index
    own = id_number(note.id)
    if own is None:
        return None
    near = [
        (abs(number - own), index)
        for second in range(note.second - _SECONDS_APART, note.second + _SECONDS_APART + 1)
        for index in by_second.get(second, ())
        if (number := id_number(tweets[index].id)) is not None
    ]
    return min(near)[1] if near else None
