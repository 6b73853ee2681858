"""What changed since the report that a new one replaces, for its page.

The earlier results stay beside the new ones as ``earlier.json``, until something of substance is
different again: so a report that is rendered twice from the same is the same twice, to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.diff import Change, Difference, Move, Snapshot, compare
from analysis.diff.words import change_words, move_name, move_words, period_words, summary
from analysis.errors import InputError
from analysis.report.stamp import read_stamp
from analysis.report.store import RESULTS, is_sound, json_of

EARLIER = "earlier.json"
MOST = 100
"""Lines of one kind that the page shows."""

Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A heading, what stands under it, and how many lines are left out."""

    title: str
    lines: tuple[tuple[str, str], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, as the page lays it out.

    Attributes
    ----------
    since : str
        The last reading of the earlier report, or words for it.
    found : Difference
        All of it.
    summary, period : str
        In a sentence each.
    moves : tuple of (str, str)
        Estimates beyond their interval: name and words.
    within : int
        Estimates that moved less.
    lists : tuple of Listed
        All else.
    """

    since: str
    found: Difference
    summary: str
    period: str
    moves: tuple[tuple[str, str], ...]
    within: int
    lists: tuple[Listed, ...]


def earlier_of(folder: Path, results: Results) -> Path | None:
    """Return where the results stand that a report's page compares ``results`` with.

    Parameters
    ----------
    folder : Path
        Of the report that is to be replaced.
    results : mapping
        Of the one that replaces it.

    Returns
    -------
    Path or None
        The replaced report's results.json; where that differs in nothing but code and
        environment, what that report itself was compared with. None when there is none, or
        none that is as it was written.
    """
    stamp = read_stamp(folder)
    for path in (folder / RESULTS, folder / EARLIER):
        if stamp is not None and not is_sound(folder, path.name, stamp):
            continue
        earlier = json_of(path)
        found = None if earlier is None else _difference(earlier, results)
        if found is not None and found.of_substance:
            return path
    return None


def changes_since(earlier: Results | None, results: Results) -> Changes | None:
    """Return what the page says of the difference; None when there is nothing to say."""
    found = None if earlier is None else _difference(earlier, results)
    if found is None or not found.of_substance:
        return None
    same_end = found.old.end == found.new.end or not found.old.end
    lists = (
        ("Claims", _words(found.claims)),
        (
            "Not to be compared",
            [_moved(move, found) for move in found.moves if move.beyond is None],
        ),
        ("Posts", _words(found.posts)),
        ("Data", [(change.name, change.how) for change in found.data]),
        ("Settings", _words(found.parameters)),
        ("Code", _words(found.code)),
        ("Environment", _words(found.environment)),
    )
    return Changes(
        since="the report before" if same_end else found.old.end,
        found=found,
        summary=_sentence(summary(found)),
        period=_sentence(period_words(found)),
        moves=tuple(_moved(move, found) for move in found.beyond),
        within=sum(move.beyond is False for move in found.moves),
        lists=tuple(
            Listed(title, tuple(rows[:MOST]), max(0, len(rows) - MOST))
            for title, rows in lists
            if rows
        ),
    )


def _difference(earlier: Results, results: Results) -> Difference | None:
    """Return the difference; None when the earlier report is of a layout or study of its own."""
    try:
        found = compare(Snapshot.of(earlier), Snapshot.of(results))
    except InputError:
        return None
    return None if found.warnings else found


def _moved(move: Move, found: Difference) -> tuple[str, str]:
    claim = found.new.claims.get(move.name) if move.about == "claim" else None
    name = claim.statement if claim and claim.statement else move_name(move)
    return name, move_words(move)


def _words(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.name, change_words(change) or change.how) for change in changes]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
