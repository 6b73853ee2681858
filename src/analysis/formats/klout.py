"""What an answer of Klout's API tells: the score, and by its changes that of the days before.

Version 1 has ``users[].kscore`` with ``delta_1day``, ``delta_5day`` and ``slope`` (30 days);
version 2 ``score`` with ``scoreDelta`` or ``scoreDeltas`` (day, week, month).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from analysis.formats.javascript import section

_NESTED = 4
"""How deep in an answer of Klout's API its score stands, at most."""

_CHANGES = {
    "dayChange": 1,
    "delta_1day": 1,
    "delta_5day": 5,
    "weekChange": 7,
    "monthChange": 30,
    "slope": 30,
}


def number_of(value: Any) -> float | None:
    """Return a JSON number that a score can be; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
        return float(value) if math.isfinite(value) else None
    return None


def klout_score(body: Any) -> float | None:
    """Return the score in an answer of Klout's API, v1 or v2, or None when it holds none.

    Parameters
    ----------
    body : object
        Parsed JSON: v2 ``{"score": 47.3}`` or ``{"score": {"score": 47.3}}``; v1
        ``{"users": [{"kscore": 47.3}]}`` or ``{"users": [{"score": {"kscore": 47.3}}]}``.
    """
    for record in _levels(body):
        value = record.get("score", record.get("kscore"))
        if not isinstance(value, dict):
            return number_of(value)
    return None


def klout_changes(body: Any) -> dict[int, float]:
    """Return how much the score has changed in so many days, as an answer states it.

    Where an answer has a change of the same span twice, the first counts.
    """
    changes: dict[int, float] = {}
    for record in _levels(body):
        parts = (record, section(record.get("scoreDelta")), section(record.get("scoreDeltas")))
        for part in parts:
            for key, days in _CHANGES.items():
                change = number_of(part.get(key))
                if change is not None and abs(change) <= 100:
                    changes.setdefault(days, change)
    return changes


def _levels(body: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects on the way from an answer to its score."""
    for _ in range(_NESTED):
        record = section(body)
        users = record.get("users")
        if isinstance(users, list) and len(users) == 1:
            body = users[0]
            continue
        if not record:
            return
        yield record
        body = record.get("score", record.get("kscore"))
