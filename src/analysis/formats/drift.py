"""Keys that a format has never been seen to hold: the sign that a layout has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set

from analysis.errors import one_line

MOST = 50
"""Different keys that are told apart; a source with more is of another format."""

_LONGEST = 120

Known = Mapping[str, frozenset[str]]
"""The keys seen at each level: ``""`` is the record and has to be there, ``data.media`` the
object or list of objects there. Levels that are not in it are not looked at."""


def count(drift: Counter[str], name: str, times: int = 1) -> None:
    """Count one unseen key, which is told as ``file: path.to.key``, within the bound."""
    shown = one_line(name, _LONGEST)
    if shown in drift or len(drift) < MOST:
        drift[shown] += times


def count_keys(
    drift: Counter[str], place: str, keys: Iterable[object], known: Collection[object]
) -> None:
    """Count the keys that are not among those known; ``place`` stands before each."""
    for key in keys:
        if key not in known:
            count(drift, f"{place}{key}")


def count_unseen(drift: Counter[str], file: str, record: object, known: Known) -> None:
    """Count the unseen keys of a record and of what is in it."""
    for path in unseen_keys(record, known):
        count(drift, f"{file}: {path}")


def unseen_keys(record: object, known: Known, path: str = "") -> Iterator[str]:
    """Yield the path of every key of ``record`` that its level has not been seen to hold."""
    for item in record if isinstance(record, list) else [record]:
        if not isinstance(item, dict):
            continue
        for key, value in item.items():
            below = f"{path}.{key}" if path else key
            if key not in known[path]:
                yield below
            elif below in known:
                yield from unseen_keys(value, known, below)


def together(found: Iterable[Counter[str]]) -> Counter[str]:
    """Return what several parts of a source hold, within the bound."""
    drift: Counter[str] = Counter()
    for each in found:
        for name, times in each.items():
            count(drift, name, times)
    return drift


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
                count(self.found, f"{self._pattern}: {place}")


def known_keys(**paths: str) -> frozenset[str]:
    """Return the known keys of each path, given as words in one string."""
    return frozenset(f"{path}.{key}" for path, keys in paths.items() for key in keys.split())
