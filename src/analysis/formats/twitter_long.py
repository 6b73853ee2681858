"""Long tweets: the archive cuts them at 280 characters and keeps the rest in note-tweet.js."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.files import Tree
from analysis.formats.javascript import head_text, items_of, load, section, string
from analysis.formats.twitter import pairs
from analysis.formats.twitter_time import id_number, parse_created_at, snowflake_time

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

    @property
    def seconds(self) -> range:
        """The seconds in which its tweet can have been posted."""
        return range(self.second - _SECONDS_APART, self.second + _SECONDS_APART + 1)


def long_text_files(tree: Tree) -> Iterator[str]:
    """Yield the files of long texts that an archive has."""
    for name in tree.find("*note*.js", "*NOTE*.js"):
        if _HEAD.match(head_text(tree, name, 200)):
            yield name


def long_texts(tree: Tree, name: str) -> list[LongText]:
    """Return the long texts in a file.

    Raises
    ------
    InputError
        The file is broken.
    """
    found: list[LongText] = []
    for item in items_of(load(tree, name)):
        note = section(section(item).get("noteTweet"))
        core = section(note.get("core"))
        identifier, text = string(note, "noteTweetId"), string(core, "text")
        when = parse_created_at(string(note, "createdAt")) or snowflake_time(identifier)
        if text and isinstance(when, dt.datetime):
            urls = pairs(core.get("urls"), "shortUrl", "expandedUrl")
            found.append(LongText(identifier, int(when.timestamp()), text, urls))
    return found


Stubs = Mapping[int, Sequence[tuple[int, str, str]]]
"""By second, the tweets that may be cut: a number to find each by, its id, its text."""


def stub_of(note: LongText, stubs: Stubs) -> int | None:
    """Return the number of the tweet that a long text belongs to; None for none.

    To the one of the same second that begins as it does, or else to the one with the nearest
    id that was posted within five seconds.
    """
    for place, _, text in stubs.get(note.second, ()):
        begin = html.unescape(text).rpartition("…")[0].rpartition(" ")[0]
        if begin and note.text.startswith(begin):
            return place
    own = id_number(note.id)
    if own is None:
        return None
    near = [
        (abs(number - own), place)
        for second in note.seconds
        for place, identifier, _ in stubs.get(second, ())
        if (number := id_number(identifier)) is not None
    ]
    return min(near)[1] if near else None
