"""A difference in words for a terminal, and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from analysis.diff.compare import Change, Difference, Flip, Move
from analysis.diff.snapshot import Estimate, Snapshot
from analysis.display import significant
from analysis.errors import one_line

SCHEMA = 1
MOST = 20
"""Lines of one kind that a terminal shows unless everything is asked for."""


def lines(found: Difference, *, everything: bool = False) -> Iterator[str]:
    """Yield the difference, line by line.

    Parameters
    ----------
    found : Difference
        What to tell.
    everything : bool
        Also estimates that moved within their interval, and lists to their end.
    """
    name = found.new.folder or found.new.title or "the study"
    yield one_line(f"{name}: {summary(found)}")
    yield one_line(f"Period: {period_words(found)}")
    for section, told in _sections(found, everything=everything):
        yield ""
        yield f"{section}:"
        shown = told if everything else told[:MOST]
        yield from (f"  {one_line(line, 500)}" for line in shown)
        if len(shown) < len(told):
            yield f"  and {len(told) - len(shown)} more; --all shows them"


def summary(found: Difference) -> str:
    """Return in a sentence what matters."""
    flips, beyond = len(found.flips), len(found.beyond)
    if not flips and not beyond:
        return "no verdict flipped and no estimate moved beyond its interval."
    told = []
    if flips:
        told.append(f"{_counted(flips, 'verdict')} flipped")
    if beyond:
        own = "its interval" if beyond == 1 else "their intervals"
        told.append(f"{_counted(beyond, 'estimate')} moved beyond {own}")
    return f"{' and '.join(told)}."


def period_words(found: Difference) -> str:
    """Return how the period has grown."""
    old, new, grown = found.old, found.new, found.grown
    days = f"{_days(old)}, now {_days(new)}" if _days(old) != _days(new) else _days(new)
    if grown is None:
        return f"{days}; how many readings is not known of both"
    if grown == 0:
        return f"{days}; as many readings ({new.readings})"
    more = _counted(abs(grown), "more reading" if grown > 0 else "fewer reading")
    return f"{days}; {more} ({old.readings}, now {new.readings})"


def move_name(move: Move) -> str:
    """Return what moved: a claim by its id, a channel by its name."""
    alone = move.about == "channel, every post by itself"
    return f"{move.name}, every post by itself" if alone else move.name


def move_words(move: Move) -> str:
    """Return how an estimate moved, without its name."""
    if not move.old.alike(move.new):
        return f"{_shown(move.old)} {move.old.unit}, now {_shown(move.new)} {move.new.unit}"
    unit = move.new.unit or move.old.unit
    return f"{_shown(move.old)}, now {_shown(move.new)} {unit}".strip()


def change_words(change: Change) -> str:
    """Return what became of a setting or a version, without its name."""
    if change.how == "changed":
        return f"{change.old}, now {change.new}"
    return f"{change.new} (not told before)" if change.how == "added" else f"was {change.old}"


def as_data(found: Difference) -> dict[str, Any]:
    """Return the difference as JSON-ready data."""
    return {
        "schema": SCHEMA,
        "matters": found.matters,
        "warnings": list(found.warnings),
        "old": _about(found.old),
        "new": _about(found.new),
        "more_readings": found.grown,
        "verdicts": [
            {"id": flip.id, "statement": flip.statement, "old": flip.old, "new": flip.new}
            | {"reason": flip.reason}
            for flip in found.flips
        ],
        "claims": {
            how: [change.name for change in found.claims if change.how == how]
            for how in ("added", "gone")
        },
        "estimates": [
            {"about": move.about, "name": move.name, "beyond": move.beyond}
            | {"old": _estimate(move.old), "new": _estimate(move.new)}
            for move in found.moves
        ],
        "posts": _listed(found.posts),
        "data": {
            how: [change.name for change in found.data if change.how == how]
            for how in ("added", "gone", "changed")
        }
        | {"same": found.same_data},
        "parameters": _listed(found.parameters),
        "code": _listed(found.code),
        "environment": _listed(found.environment),
    }


def _sections(found: Difference, *, everything: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield the headings that have something under them."""
    within = [move for move in found.moves if move.beyond is False]
    unclear = [move for move in found.moves if move.beyond is None]
    told: list[tuple[str, list[str]]] = [
        ("Verdicts that flipped", [line for flip in found.flips for line in _flip_lines(flip)]),
        ("Claims", [f"{change.name}: {change.how}" for change in found.claims]),
        ("Estimates beyond their interval", _move_lines(found.beyond)),
        ("Estimates that cannot be compared", _move_lines(unclear)),
        ("Estimates within their interval", _move_lines(within) if everything else []),
        ("Posts", _change_lines(found.posts)),
        ("Data", [f"{change.how}: {change.name}" for change in found.data]),
        ("Settings", _change_lines(found.parameters)),
        ("Code", _change_lines(found.code)),
        ("Environment", _change_lines(found.environment)),
    ]
    yield from ((section, rows) for section, rows in told if rows)
    if within and not everything:
        moved = _counted(len(within), "estimate")
        yield "Estimates within their interval", [f"{moved} moved; --all shows them"]


def _flip_lines(flip: Flip) -> list[str]:
    head = f"{flip.id}: {flip.old}, now {flip.new}"
    reason = one_line(flip.reason, 600)
    return [head, *(f"  {part}" for part in textwrap.wrap(reason, 92))]


def _move_lines(moves: Sequence[Move]) -> list[str]:
    return [f"{move_name(move)}: {move_words(move)}" for move in moves]


def _change_lines(changes: Sequence[Change]) -> list[str]:
    return [f"{change.name}: {change_words(change)}" for change in changes]


def _shown(estimate: Estimate) -> str:
    if estimate.value is None:
        return "not estimable"
    if not estimate.bounded:
        return significant(estimate.value, 3)
    ends = ["no bound" if end is None else significant(end, 3) for end in _ends(estimate)]
    return f"{significant(estimate.value, 3)} ({ends[0]} to {ends[1]})"


def _ends(estimate: Estimate) -> tuple[float | None, float | None]:
    return estimate.low, estimate.high


def _days(snapshot: Snapshot) -> str:
    if not snapshot.start or not snapshot.end:
        return "not told"
    return f"{snapshot.start} to {snapshot.end}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _about(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "folder": snapshot.folder,
        "title": snapshot.title,
        "start": snapshot.start or None,
        "end": snapshot.end or None,
        "readings": snapshot.readings,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    ends = list(_ends(estimate)) if estimate.bounded else None
    return {"value": estimate.value, "interval": ends, "unit": estimate.unit}


def _listed(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {"name": change.name, "how": change.how, "old": change.old, "new": change.new}
        for change in changes
    ]
