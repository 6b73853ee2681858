"""The score's readings: from a file, from pages that were kept, or both; one a local day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import pandas as pd

from analysis.collect import collected_folder
from analysis.collect.settings import SCORE, CollectSettings
from analysis.errors import InputError, Problem, absent
from analysis.files import Tree, within
from analysis.formats.base import Score
from analysis.formats.captures import read_captures
from analysis.formats.registry import read_scores
from analysis.instants import to_utc
from analysis.settings import Settings

CAPTURES = "captures of a page"

LARGEST = 1e15
"""Points above or below zero; beyond that, a score's changes are lost in its own rounding."""


@dataclass(frozen=True, slots=True)
class ScoreRead:
    """The readings as they were read.

    Attributes
    ----------
    readings : tuple of Score, or None
        Those of the file and those of kept pages, one behind the other; None when some of it
        could not be read.
    captured : int
        How many of them, the last ones, are of kept pages.
    paths : tuple of str
        Where they stand in the study.
    format_name : str
        What that was taken for.
    notes : tuple of str
        What a careful reader should know of them.
    problems : tuple of Problem
        What is wrong.
    digests : dict of str to str
        sha256 by label.
    """

    readings: tuple[Score, ...] | None = None
    captured: int = 0
    paths: tuple[str, ...] = ()
    format_name: str = ""
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)


def read_score(
    folder: Path, label: str, path: str | None, collect: CollectSettings | None
) -> ScoreRead:
    """Read the score of a study: its file, its kept pages, or both.

    Parameters
    ----------
    folder : Path
        The study's.
    label : str
        How messages name it.
    path : str or None
        Of the file, within the study.
    collect : CollectSettings or None
        The table ``[collect.score]``.
    """
    readings: list[Score] = []
    captured: list[Score] = []
    names: list[str] = []
    paths: list[str] = []
    notes: tuple[str, ...] = ()
    problems: list[Problem] = []
    digests: dict[str, str] = {}
    kept = collected_folder(SCORE)
    if path is not None:
        paths.append(path)
        try:
            tree = Tree.at(within(folder, path, label), f"{label}/{path}")
            found, _, scores = read_scores(tree)
            digests |= tree.digests()
        except InputError as error:
            problems += error.problems
        else:
            readings += scores
            problems += _too_large(scores, tree)
            names.append(found.name)
            notes = scores.notes
    if collect is not None and (path is None or is_collected(folder, SCORE)):
        paths.append(kept)
        try:
            if not is_collected(folder, SCORE):
                raise nothing_collected(label, SCORE)
            tree = Tree.at(within(folder, kept, label), f"{label}/{kept}")
            captured, unread = read_captures(tree, collect)
            notes += tuple(_gaps(unread))
            digests |= tree.digests()
        except InputError as error:
            problems += error.problems
        else:
            problems += _too_large(captured, tree)
            names.append(CAPTURES)
    is_whole = len(names) == len(paths) and bool(paths) and not problems
    return ScoreRead(
        readings=(*readings, *captured) if is_whole else None,
        captured=len(captured),
        paths=tuple(paths),
        format_name=" and ".join(names),
        notes=notes,
        problems=tuple(problems),
        digests=digests,
    )


def _too_large(readings: Iterable[Score], tree: Tree) -> list[Problem]:
    """Return the problem of the first reading that no score can be, if there is one."""
    for each in readings:
        if abs(each.value) > LARGEST:
            expected = (
                f"expected a score from -{LARGEST:.0e} to {LARGEST:.0e}, found {each.value:g}"
            )
            return [Problem("invalid", tree.where(each.member), each.pointer, expected)]
    return []


def _gaps(unread: tuple[Problem, ...]) -> Iterator[str]:
    """Yield what to say of kept pages without a number: they are gaps, as days without one."""
    if unread:
        pages = "1 kept page shows" if len(unread) == 1 else f"{len(unread):,} kept pages show"
        yield f"{pages} no score: {unread[0]}"


def is_collected(folder: Path, channel: str) -> bool:
    """Return whether ``needle collect`` has kept anything for a channel of a study."""
    kept = folder / collected_folder(channel)
    try:
        return any(path.name.endswith(".warc.gz") for path in kept.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # what is wrong with it is told where it is read


def nothing_collected(label: str, channel: str) -> InputError:
    """Return the error of a channel of ``[collect]`` of which nothing is kept yet."""
    where = f"{label}/{collected_folder(channel)}"
    return absent(where, "expected what 'needle collect' keeps; run it first")


def without_later_copies(score: ScoreRead, settings: Settings) -> tuple[Score, ...]:
    """Return the readings without those of kept pages on days that the file has read.

    A reading that the file only worked out from a stated change is none that it has read.
    """
    readings = score.readings or ()
    zone, minutes = settings.zone, settings.score.minutes
    first = len(readings) - score.captured
    told = {_nearest_day(each, zone, minutes)[0] for each in readings[:first] if not each.derived}
    later = (each for each in readings[first:] if _nearest_day(each, zone, minutes)[0] not in told)
    return (*readings[:first], *later)


def hours_off(readings: Iterable[Score], settings: Settings) -> float:
    """Return how far from ``observed_at`` readings typically were taken, in hours."""
    zone, minutes = settings.zone, settings.score.minutes
    return median(_nearest_day(reading, zone, minutes)[1] for reading in readings) / 3600


def score_table(readings: tuple[Score, ...], settings: Settings) -> pd.DataFrame:
    """Return one reading a local day.

    A reading that carries its time belongs to the day whose ``observed_at`` is nearest, so that
    no post made after it counts as before it by more than the distance. Where several belong
    to a day, the nearest stands for it, the earlier of two equally near; one that is worked out
    from a stated change does so only where none was read.

    Returns
    -------
    DataFrame
        Columns date, score, kind (level or flow), derived, source, in order of date.
    """
    zone, minutes = settings.zone, settings.score.minutes
    chosen: dict[dt.date, tuple[bool, float, dt.datetime, Score]] = {}
    for reading in readings:
        day, off, local = _nearest_day(reading, zone, minutes)
        if day not in chosen or (reading.derived, off, local) < chosen[day][:3]:
            chosen[day] = reading.derived, off, local, reading
    days = sorted(chosen)
    kept = [chosen[day][3] for day in days]
    return pd.DataFrame(
        {
            "date": pd.DatetimeIndex(days),
            "score": [reading.value for reading in kept],
            "kind": settings.score.kind,
            "derived": [reading.derived for reading in kept],
            "source": [reading.member for reading in kept],
        }
    )


def _nearest_day(
    reading: Score, zone: ZoneInfo, minutes: int
) -> tuple[dt.date, float, dt.datetime]:
    """Return the day a reading stands for, its distance in seconds, and its local time."""
    at = dt.timedelta(minutes=minutes)
    if not isinstance(reading.when, dt.datetime):
        return reading.when, 0.0, dt.datetime.combine(reading.when, dt.time()) + at
    local = to_utc(reading.when, zone).astimezone(zone).replace(tzinfo=None)
    days = [local.date() + dt.timedelta(days=step) for step in (0, -1, 1)]
    targets = [dt.datetime.combine(day, dt.time()) + at for day in days]
    distances = [abs((local - target).total_seconds()) for target in targets]
    best = min(range(3), key=distances.__getitem__)
    return days[best], distances[best], local
