"""Keys that a format has never been seen to hold: the sign that a layout has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from analysis.errors import one_line

MOST = 50
"""Different keys that are told apart; a file with more is another file."""

Known = Mapping[str, frozenset[str]]
"""The keys seen at each level: ``""`` is the record and has to be there, ``data.media`` the
object or list of objects there. Levels that are not in it are not looked at."""


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


def count_unseen(drift: Counter[str], file: str, record: object, known: Known) -> None:
    """Count the unseen keys of a record into ``drift``, as ``file: path.to.key``."""
    if not known:
        return
    for path in unseen_keys(record, known):
        name = f"{file}: {one_line(path, 80)}"
        if name in drift or len(drift) < MOST:
            drift[name] += 1
