"""Keys that a format has never been seen to hold: a sign that its layout has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set

from analysis.errors import one_line

MOST_KEYS = 50
"""Distinct unknown keys that are counted; a file of another layout could hold any number."""


class Drift:
    """Counts the keys of records that are not among those known.

    Parameters
    ----------
    pattern : str
        How the files are named in what is told: ``tweets.js``.
    known : set of str
        Every known key with its path: ``post.title``.
    """

    def __init__(self, pattern: str, known: Set[str]) -> None:
        self._pattern = pattern
        self._known = known
        self.found: Counter[str] = Counter()

    def look(self, record: object, path: str) -> None:
        """Count the unknown keys of a JSON object that stands at ``path``; nothing else has any."""
        if not isinstance(record, dict):
            return
        for key in record:
            place = f"{path}.{key}"
            if place not in self._known:
                self._count(f"{self._pattern}: {one_line(place, 80)}")

    def _count(self, place: str) -> None:
        if place in self.found or len(self.found) < MOST_KEYS:
            self.found[place] += 1


def known_keys(**paths: str) -> frozenset[str]:
    """Return the known keys of each path, given as words in one string."""
    return frozenset(f"{path}.{key}" for path, keys in paths.items() for key in keys.split())
