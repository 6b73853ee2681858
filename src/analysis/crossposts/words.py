"""Words of posts, so that titles and texts can be compared whatever their letters look like."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

MOST_CHARACTERS = 5_000
"""Of a text. A title stands at its beginning, and a share of a post is short."""

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MARK = re.compile(r"#(?:fb|in|li)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_COMMON = """
    a about all am an and any are as at be but by can de der die do en for from has have how i if
    im in is it its la le my new not of on or our post so some that the their there they this to up
    was we what when which who why will with you your blog
"""
COMMON = frozenset(_COMMON.split())
"""Words that a title shares with anything."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in order: no addresses, no #fb, no case, no mathematical bold.

    Scripts that write no spaces give pairs of characters instead of words.
    """
    plain = unicodedata.normalize("NFKC", _MARK.sub(" ", _URL.sub(" ", text[:MOST_CHARACTERS])))
    if plain.isascii():
        return tuple(word.replace("'", "") for word in _WORD.findall(plain.lower()))
    found: list[str] = []
    for word in _WORD.findall(plain.casefold().replace("’", "'")):
        if _WITHOUT_SPACES.search(word) and len(word) > 1:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word.replace("'", ""))
    return tuple(found)


def holds(words: tuple[str, ...], title: tuple[str, ...]) -> bool:
    """Return whether the words of a title stand in a row among the words of a text."""
    n, first = len(title), title[0]
    return any(
        word == first and words[at : at + n] == title
        for at, word in enumerate(words[: len(words) - n + 1])
    )


def telling(title: Iterable[str]) -> frozenset[str]:
    """Return the words of a title that tell it from others."""
    return frozenset(word for word in title if word not in COMMON)


def likeness(first: tuple[str, ...], second: tuple[str, ...]) -> float:
    """Return the share of the words of two texts that they have in common (0 to 1)."""
    one, two = Counter(first), Counter(second)
    together = sum((one | two).values())
    return sum((one & two).values()) / together if together else 0.0
