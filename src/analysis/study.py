"""A folder in, a study's data out: settings, activity, score, and what was wrong."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analysis.activity import (
    SourceRead,
    coverage,
    event_tables,
    read_source,
    shared_channels,
)
from analysis.collect import collected_folder
from analysis.collect.settings import SCORE, CollectSettings, is_name
from analysis.crossposts import evidence_of, with_crossposts
from analysis.errors import InputError, Problem
from analysis.files import Tree, sha256_of, within
from analysis.formats.base import Score
from analysis.places import is_inside, places_of
from analysis.plan import PLAN, SEAL, Plan, read_plan
from analysis.readings import (
    hours_off,
    is_collected,
    nothing_collected,
    read_score,
    score_table,
    without_later_copies,
)
from analysis.settings import (
    FILE,
    TABLES,
    Coverage,
    Settings,
    check_settings,
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
        What short links stand for, as links.csv says, else the redirects in web archives.
    observations : DataFrame
        Every number of every post as often as it was seen; see ``data/README.md``.
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
    observations: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

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
    score_paths : tuple of str
        Where the readings stand in the study.
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
    score_paths: tuple[str, ...] = ()


def inspect(folder: Path) -> Inspection:
    """Read all that can be read of a study, and collect all that is wrong with it."""
    label = folder.name
    try:
        raw = read_toml(folder)
        inputs = {FILE: sha256_of(folder / FILE, f"{label}/{FILE}")}
    except InputError as error:
        return Inspection(None, (), None, "", error.problems, {})
    settings, problems = check_settings(raw, f"{label}/{FILE}")
    sources: list[SourceRead] = []
    for key, paths in _places(raw, settings).items():
        source, wrong = _source(folder, key, paths, settings)
        problems.extend(wrong)
        if source is not None:
            sources.append(source)
            problems.extend(source.corrupt)
            inputs |= _relative(source.digests, label)
    problems.extend(shared_channels(sources, label))
    if settings is not None:
        problems.extend(_not_found(settings, sources, label))
    score = read_score(folder, label, *_score_from(raw, settings))
    problems.extend(score.problems)
    inputs |= _relative(score.digests, label)
    readings = score.readings
    if settings is not None and readings is not None:
        readings = without_later_copies(score, settings)
    short_links: dict[str, str] = {}
    if os.path.lexists(folder / LINKS):
        try:
            short_links = read_links(within(folder, LINKS, label), f"{label}/{LINKS}")
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
        score.format_name,
        tuple(problems),
        inputs,
        plan,
        short_links,
        score.notes,
        score.paths,
    )


def _places(raw: dict[str, Any], settings: Settings | None) -> dict[str, tuple[str, ...]]:
    """Return the paths of each source, also of a study.toml that is wrong somewhere."""
    if settings is not None:
        return settings.places
    sources, collect = raw.get("sources"), raw.get("collect")
    usable = [name for name in collect if is_name(name)] if isinstance(collect, dict) else []
    return places_of(sources if isinstance(sources, dict) else {}, usable)


def _source(
    folder: Path, key: str, paths: tuple[str, ...], settings: Settings | None
) -> tuple[SourceRead | None, list[Problem]]:
    """Return one source as far as it can be read, and what is wrong with it besides."""
    label, kept = folder.name, collected_folder(key)
    trees: dict[str, Tree] = {}
    problems: list[Problem] = []
    try:
        wanted = [path for path in paths if path != kept or is_collected(folder, key)]
        if not wanted:
            raise nothing_collected(label, key)
        for path in wanted:
            try:
                trees[path] = Tree.at(within(folder, path, label), f"{label}/{path}")
            except InputError as error:
                problems += error.problems
        if not trees:
            return None, problems
        first, *_ = trees
        zone = settings.zone if settings is not None else ZoneInfo("UTC")
        return read_source(key, first, trees[first], zone, more=trees), problems
    except InputError as error:
        return None, [*problems, *error.problems]


def _score_from(
    raw: dict[str, Any], settings: Settings | None
) -> tuple[str | None, CollectSettings | None]:
    """Return the path of the score and its table under ``[collect]``, where they are usable."""
    if settings is not None:
        return settings.score.path, settings.collect.get(SCORE)
    score = raw.get("score")
    path = score.get("path") if isinstance(score, dict) else None
    return (path if isinstance(path, str) and is_inside(path) else None), None


def _relative(digests: dict[str, str], label: str) -> dict[str, str]:
    return {path.removeprefix(f"{label}/"): digest for path, digest in digests.items()}


def _not_found(settings: Settings, sources: list[SourceRead], label: str) -> list[Problem]:
    """Return what study.toml says of channels that no source turned out to have."""
    found = {name for source in sources for name in source.channels}
    unread = settings.places.keys() - {source.key for source in sources}
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
    activity, observations = event_tables(sources, found.settings.zone)
    focal, sure = found.settings.focal, found.settings.question.crosspost_confidence
    formats = {source.key: source.format_name for source in sources}
    short_links = redirects_in(sources) | found.short_links
    evidence = evidence_of(activity, focal, short_links, formats)
    return StudyData(
        folder=folder,
        settings=found.settings,
        sources=sources,
        activity=with_crossposts(activity, evidence, focal, sure),
        observations=observations,
        counts=_counts(sources),
        score=score_table(found.readings, found.settings),
        skipped=skipped,
        inputs={path: found.inputs[path] for path in sorted(inputs)},
        plan=found.plan,
        hours_off=hours_off(found.readings, found.settings),
        evidence=evidence,
        short_links=short_links,
    )


def redirects_in(sources: Sequence[SourceRead]) -> dict[str, str]:
    """Return long by short address from the web archives of some sources, the first knows best."""
    return {
        short: long for source in reversed(sources) for short, long in source.short_links.items()
    }


def _can_skip(problem: Problem, settings: Settings, label: str) -> bool:
    """Return whether a study can do without what a problem is about.

    Not without the score, nor without the source that has, or may have, the focal channel.
    """
    places = settings.places
    tables = [path for key in TABLES for path in places.get(key, ())]
    needed = [*places.get(settings.focal, tables), collected_folder(SCORE)]
    if settings.score.path is not None:
        needed.append(settings.score.path)
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
