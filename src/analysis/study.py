"""A folder in, a study's data out: settings, activity, score, and what was wrong."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analysis.activity import (
    SourceRead,
    coverage,
    event_table,
    read_source,
    shared_channels,
    to_utc,
)
from analysis.crossposts import evidence_of, with_crossposts
from analysis.errors import InputError, Problem
from analysis.files import Tree, sha256_of
from analysis.formats.base import Score
from analysis.formats.registry import read_scores
from analysis.plan import PLAN, SEAL, Plan, read_plan
from analysis.settings import (
    FILE,
    TABLES,
    Coverage,
    Settings,
    check_settings,
    is_inside,
    read_toml,
)
from analysis.urls import LINKS, read_links


@dataclass(frozen=True)
class StudyData:
    """Everything that a study's files say, before any model.

    Attributes
    ----------
    folder : Path
        Where it is on this machine; never written to any output.
    settings : Settings
        The validated study.toml.
    sources : tuple of SourceRead
        The sources that were read.
    activity : DataFrame
        One row a post, ``crosspost_of`` filled in; see ``data/README.md``.
    counts : DataFrame
        Index: days; a column a channel of the ``daily`` table; missing where not known.
    score : DataFrame
        Columns date, score, kind, derived, source; one row a reading, in order of date.
    skipped : tuple of Problem
        Corrupt sources left out because the reader asked for it.
    inputs : dict of str to str
        sha256 by path within the study: study.toml, every raw file read, a plan and its seal.
    plan : Plan or None
        The sealed posting plan, where there is one.
    hours_off : float
        How far from ``observed_at`` the readings typically were taken (median, in hours); 0 where
        they carry no time.
    evidence : DataFrame
        Why posts are taken for shares of focal posts: see `analysis.crossposts.evidence_of`.
    short_links : dict of str to str
        What links.csv says that short links stand for.
    """

    folder: Path
    settings: Settings
    sources: tuple[SourceRead, ...]
    activity: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    score: pd.DataFrame = field(repr=False)
    skipped: tuple[Problem, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict, repr=False)
    plan: Plan | None = field(default=None, repr=False)
    hours_off: float = 0.0
    evidence: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    short_links: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.name

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel, the focal one first, the others in the order of the sources."""
        found = dict.fromkeys(name for source in self.sources for name in source.channels)
        focal = self.settings.focal
        return (focal, *(name for name in found if name != focal))

    def channel_on(self, network: str) -> str | None:
        """Return the channel that comes from a network, by its format or its name.

        Parameters
        ----------
        network : str
            Lower case: ``twitter``, ``facebook``.
        """
        for source in self.sources:
            if network in source.format_name.lower():
                return source.key
        named = sorted(name for name in self.channels if network in name.lower())
        exact = [name for name in named if name.lower() == network]
        return next(iter(exact + named), None)

    def coverage(self) -> dict[str, tuple[dt.date | None, dt.date | None]]:
        """Return the first and last complete day of every channel (None: no bound)."""
        zone = self.settings.zone
        known: dict[str, tuple[dt.date | None, dt.date | None]] = {}
        for source in self.sources:
            start, end = coverage(source, zone)
            for name in source.channels:
                declared = self.settings.coverage.get(name, Coverage())
                known[name] = declared.start or start, declared.end or end
        return known


@dataclass(frozen=True)
class Inspection:
    """What ``needle check`` found: whatever could be read, and every problem.

    Attributes
    ----------
    settings : Settings or None
        None when study.toml is wrong.
    sources : tuple of SourceRead
        The sources that could be read.
    readings : tuple of Score, or None
        The score's readings; None when they could not be read.
    score_format : str
        What the score file was taken for.
    problems : tuple of Problem
        One a thing that is wrong.
    inputs : dict of str to str
        sha256 by path, of whatever was read.
    plan : Plan or None
        The sealed posting plan, where there is one that can be read.
    short_links : dict of str to str
        Long by short address, from links.csv.
    score_notes : tuple of str
        What a careful reader should know of the readings.
    """

    settings: Settings | None
    sources: tuple[SourceRead, ...]
    readings: tuple[Score, ...] | None
    score_format: str
    problems: tuple[Problem, ...]
    inputs: dict[str, str]
    plan: Plan | None = None
    short_links: dict[str, str] = field(default_factory=dict)
    score_notes: tuple[str, ...] = ()


def inspect(folder: Path) -> Inspection:
    """Read all that can be read of a study, and collect all that is wrong with it."""
    label = folder.name
    try:
        raw = read_toml(folder)
        inputs = {FILE: sha256_of(folder / FILE, f"{label}/{FILE}")}
    except InputError as error:
        return Inspection(None, (), None, "", error.problems, {})
    settings, problems = check_settings(raw, f"{label}/{FILE}")
    paths = settings.sources if settings else _paths(raw.get("sources"))
    sources: list[SourceRead] = []
    for key, path in paths.items():
        try:
            source = read_source(key, path, Tree.at(folder / path, f"{label}/{path}"))
        except InputError as error:
            problems.extend(error.problems)
        else:
            sources.append(source)
            problems.extend(source.corrupt)
            inputs |= _relative(source.digests, label)
    problems.extend(shared_channels(sources, label))
    if settings is not None:
        problems.extend(_not_found(settings, sources, label))
    readings: tuple[Score, ...] | None = None
    format_name = ""
    score_notes: tuple[str, ...] = ()
    for path in _paths({"path": _score_path(raw)}).values():
        try:
            tree = Tree.at(folder / path, f"{label}/{path}")
            found, _, scores = read_scores(tree)
            inputs |= _relative(tree.digests(), label)
        except InputError as error:
            problems.extend(error.problems)
        else:
            format_name, readings, score_notes = found.name, tuple(scores), scores.notes
    short_links: dict[str, str] = {}
    if os.path.lexists(folder / LINKS):
        try:
            short_links = read_links(folder / LINKS, f"{label}/{LINKS}")
            inputs[LINKS] = sha256_of(folder / LINKS, f"{label}/{LINKS}")
        except InputError as error:
            problems.extend(error.problems)
    plan = None
    try:
        plan = read_plan(folder)
    except InputError as error:
        problems.extend(error.problems)
    if plan is not None:
        inputs |= {name: sha256_of(folder / name, f"{label}/{name}") for name in (PLAN, SEAL)}
    return Inspection(
        settings,
        tuple(sources),
        readings,
        format_name,
        tuple(problems),
        inputs,
        plan,
        short_links,
        score_notes,
    )


def _paths(table: Any) -> dict[str, str]:
    """Return the usable paths of a raw table; what is wrong with others is told elsewhere."""
    if not isinstance(table, dict):
        return {}
    return {key: path for key, path in table.items() if isinstance(path, str) and is_inside(path)}


def _score_path(raw: dict[str, Any]) -> Any:
    score = raw.get("score")
    return score.get("path") if isinstance(score, dict) else None


def _relative(digests: dict[str, str], label: str) -> dict[str, str]:
    return {path.removeprefix(f"{label}/"): digest for path, digest in digests.items()}


def _not_found(settings: Settings, sources: list[SourceRead], label: str) -> list[Problem]:
    """Return what study.toml says of channels that no source turned out to have."""
    found = {name for source in sources for name in source.channels}
    unread = settings.sources.keys() - {source.key for source in sources}
    if unread & set(TABLES):
        return []  # the channel may be in there
    expected = f"expected one of the channels found: {', '.join(sorted(found)) or 'none'}"
    named = {"focal": settings.focal} | {f"coverage.{name}": name for name in settings.coverage}
    if settings.question.negative_control is not None:
        named["question.negative_control"] = settings.question.negative_control
    return [
        Problem("invalid", f"{label}/{FILE}", f"key {key}", f"{expected}; found {name!r}")
        for key, name in named.items()
        if name not in found | unread
    ]


def read_study(folder: Path, *, skip_corrupt: bool = False) -> StudyData:
    """Read a study whole, or refuse it.

    Parameters
    ----------
    folder : Path
        With a study.toml in it.
    skip_corrupt : bool
        Leave out sources that are corrupt (never the focal one, nor the score) instead of
        refusing. A half-read source is left out whole: its gaps would look like silence.

    Raises
    ------
    InputError
        With one problem for each thing that is wrong.
    """
    found = inspect(folder)
    skipped: tuple[Problem, ...] = ()
    problems = found.problems
    if skip_corrupt and found.settings is not None:
        skipped = tuple(p for p in problems if _can_skip(p, found.settings, folder.name))
        problems = tuple(problem for problem in problems if problem not in skipped)
    if problems or found.settings is None or found.readings is None:
        raise InputError(problems)
    sources = tuple(source for source in found.sources if not source.corrupt)
    left_out = {path for source in found.sources if source.corrupt for path in source.digests}
    inputs = found.inputs.keys() - _relative(dict.fromkeys(left_out, ""), folder.name).keys()
    activity = event_table(sources, found.settings.zone)
    focal, sure = found.settings.focal, found.settings.question.crosspost_confidence
    formats = {source.key: source.format_name for source in sources}
    evidence = evidence_of(activity, focal, found.short_links, formats)
    return StudyData(
        folder=folder,
        settings=found.settings,
        sources=sources,
        activity=with_crossposts(activity, evidence, focal, sure),
        counts=_counts(sources),
        score=score_table(found.readings, found.settings),
        skipped=skipped,
        inputs={path: found.inputs[path] for path in sorted(inputs)},
        plan=found.plan,
        hours_off=_hours_off(found.readings, found.settings),
        evidence=evidence,
        short_links=found.short_links,
    )


def _hours_off(readings: tuple[Score, ...], settings: Settings) -> float:
    zone, minutes = settings.zone, settings.score.minutes
    return median(_nearest_day(reading, zone, minutes)[1] for reading in readings) / 3600


def _can_skip(problem: Problem, settings: Settings, label: str) -> bool:
    """Return whether a study can do without what a problem is about.

    Not without the score, nor without the source that has, or may have, the focal channel.
    """
    focal = {key: path for key, path in settings.sources.items() if key == settings.focal}
    tables = {key: path for key, path in settings.sources.items() if key in TABLES}
    needed = [settings.score.path, *(focal or tables).values()]
    return problem.kind == "corrupt" and not any(
        f"{problem.file}/".startswith(f"{label}/{path.rstrip('/')}/") for path in needed
    )


def _counts(sources: tuple[SourceRead, ...]) -> pd.DataFrame:
    rows = [count for source in sources for count in source.extract.counts]
    if not rows:
        return pd.DataFrame(index=pd.DatetimeIndex([], name="date"))
    table = pd.DataFrame(
        {
            "date": [pd.Timestamp(count.day) for count in rows],
            "channel": [count.channel for count in rows],
            "posts": [
                float("nan") if count.posts is None else float(count.posts) for count in rows
            ],
        }
    )
    return table.pivot_table(
        index="date", columns="channel", values="posts", dropna=False, sort=True
    )


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
