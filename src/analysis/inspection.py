"""What ``needle check`` and ``needle verdict`` print: plain lines for a terminal."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis.activity import SourceRead
from analysis.claims.base import interval_words, number, p_words
from analysis.errors import one_line
from analysis.experiment.power import weeks_for
from analysis.formats.base import Extract, Score
from analysis.instants import local_day
from analysis.plan import FILES, SEAL, Plan
from analysis.plan.file import MOST_WEEKS
from analysis.provenance import counted, merging_lines, posts_in, set_aside_of
from analysis.settings import TABLES, Settings
from analysis.study import Inspection, redirects_in
from analysis.survey import (
    Found,
    Survey,
    by_kind,
    lines_of_drift,
    lines_of_unknown,
    span,
    unknown_files,
    why_nothing,
)
from analysis.urls import LINKS

_SIGNS = {"supported": "✓", "refuted": "✗", "inconclusive": "?", "untestable": "–"}


def describe(found: Inspection, name: str) -> Iterator[str]:
    """Yield one line for the study, its score, and each source that was read."""
    settings = found.settings
    if settings is not None or found.sources:
        yield f"{name}: {settings.title}" if settings else name
    if found.plan is not None:
        yield f"  {_plan_line(found.plan)}"
    if found.readings is not None and settings is not None:
        yield f"  {_score_line(found.readings, settings, found)}"
        for note in found.score_notes:
            yield f"    note: {note}"
    if found.short_links:
        yield f"  short links: {LINKS}, {len(found.short_links):,} known"
    if redirects := redirects_in(found.sources):
        yield f"  short links: redirects in web archives, {len(redirects):,} known"
    for source in found.sources:
        yield f"  {_source_line(source, found)}"
        yield from (f"    {line}" for line in _source_details(source))


def _source_details(source: SourceRead) -> Iterator[str]:
    """Yield what is to be said of a source beyond its rows."""
    yield from merging_lines(source)
    yield from (f"note: {note}" for note in source.extract.notes)
    told = [problem for problem in source.problems if problem.kind != "corrupt"]
    yield from (f"{problem.kind}: {problem}" for problem in told)
    yield from lines_of_unknown(source.unclaimed)
    yield from lines_of_drift(source.extract.drift)


def as_data(found: Inspection, name: str) -> dict[str, Any]:
    """Return what ``needle check --json`` says of a study."""
    readings = found.readings
    problems = [*found.problems, *(each for source in found.sources for each in source.problems)]
    first, last = span(reading.when for reading in readings or ())
    return {
        "study": name,
        "title": found.settings.title if found.settings else None,
        "score": None
        if readings is None
        else {
            "format": found.score_format,
            "readings": len(readings),
            "first": first,
            "last": last,
        },
        "sources": [
            {
                "channel": source.key,
                "path": source.path,
                "parts": [asdict(Found.of(source.path, part)) for part in source.parts],
                "set_aside": dict(sorted(source.extract.set_aside.items())),
                "notes": list(source.extract.notes),
                "unread": unknown_files(source.unclaimed).as_dict(),
            }
            for source in found.sources
        ],
        "problems": by_kind(problems),
    }


def survey_lines(found: Survey) -> Iterator[str]:
    """Yield what ``needle check`` says of what is no study."""
    yield f"{found.name}: not a study (no study.toml); what can be read of it:"
    for source in found.sources:
        yield f"  {source.path}: {source.format} ({source.why})"
        rows = ", ".join(counted(count, kind) for kind, count in source.rows.items())
        rows = rows or f"no posts, {why_nothing(source.set_aside)}"
        said = f"{counted(source.files, 'file')}: {rows}"
        if source.first is not None:
            said += f", {source.first} to {source.last}"
        if source.set_aside:
            said += "; set aside: "
            said += ", ".join(f"{count:,} {why}" for why, count in source.set_aside.items())
        yield f"    {said}"
        yield from (f"    note: {note}" for note in source.notes)
        yield from (f"    {line}" for line in lines_of_drift(source.drift))
    for score in found.scores:
        said = f"{counted(score.readings, 'reading')} in {counted(score.files, 'file')}"
        said += f", {score.first} to {score.last}"
        yield f"  score: {score.path}, {score.format}: {said}"
        yield from (f"    note: {note}" for note in score.notes)
    for kind in ("absent", "unknown"):
        yield from (f"  {kind}: {problem}" for problem in found.of_kind(kind))
    yield from (f"  {line}" for line in lines_of_unknown(found.unknown))
    unread = unknown_files(found.unknown)
    unknown = len(found.of_kind("unknown")) + len(unread.data)
    counts = {
        "absent": len(found.of_kind("absent")),
        "corrupt": len(found.of_kind("corrupt", "invalid")),
        "unknown": unknown,
        "other files": sum(unread.others.values()),
    }
    read = f"{counted(len(found.sources), 'source')}, {counted(len(found.scores), 'score')}"
    yield f"  in all: {read}, {', '.join(f'{count:,} {what}' for what, count in counts.items())}"


def _score_line(readings: tuple[Score, ...], settings: Settings, found: Inspection) -> str:
    days = sorted({local_day(reading.when, settings.zone) for reading in readings})
    gaps = (days[-1] - days[0]).days + 1 - len(days)
    said = f"score: {' and '.join(found.score_paths)}, {found.score_format}: {len(days)} readings"
    if len(readings) > len(days):
        said += f" (one a day of {len(readings)}, the nearest to {settings.score.observed_at})"
    return f"{said}, {days[0]} to {days[-1]}, {gaps} days without one"


def _plan_line(plan: Plan) -> str:
    return (
        f"plan: {plan.start} to {plan.end}, {plan.posting_days} posting days of "
        f"{len(plan.days)}; as it was sealed ({SEAL})"
    )


def _source_line(source: SourceRead, found: Inspection) -> str:
    extract = source.extract
    posts = posts_in(extract)
    said = f"{source.key}: {source.path}, {source.format_name} ({source.why}): "
    said += f"{posts} posts" if posts else f"no posts, {_why_no_posts(extract)}"
    if found.settings is not None and (extract.posts or extract.counts):
        zone = found.settings.zone
        days = [local_day(post.when, zone) for post in extract.posts]
        days += [count.day for count in extract.counts]
        said += f", {min(days)} to {max(days)}"
    if source.key in TABLES and source.channels:
        said += _by_channel(source)
    if aside := set_aside_of(extract):
        said += "; set aside: " + ", ".join(f"{count} {why}" for why, count in aside.items())
    return said


def _why_no_posts(extract: Extract) -> str:
    return why_nothing(Counter(set_aside_of(extract)))


def _by_channel(source: SourceRead) -> str:
    """Return the posts of each channel of a table, in words."""
    posts = Counter(dict.fromkeys(source.channels, 0))
    posts.update(post.channel for post in source.extract.posts if post.kind != "repost")
    for count in source.extract.counts:
        posts[count.channel] += count.posts or 0
    return "; by channel: " + ", ".join(f"{name} {count}" for name, count in posts.items())


def plan_text(plan: Plan, seal: str) -> str:
    """Return what ``needle plan`` says of a plan that it wrote.

    Parameters
    ----------
    plan : Plan
        The plan.
    seal : str
        The sha256 of its file.
    """
    quiet = len(plan.days) - plan.posting_days
    paragraphs = [
        f"{plan.weeks} weeks from {plan.start:%A} {plan.start} to {plan.end}: {plan.posting_days} "
        f"posting days ({plan.posts_per_week} a week) and {quiet} quiet days, never more than "
        f"{plan.longest_posting} of the first or {plan.longest_quiet} of the second in a row, "
        f"drawn with seed {plan.seed}.",
        _power_text(plan),
        f"Publish this hash before the first day; it proves that nothing was chosen later: {seal}",
        f"Written: {', '.join(FILES)}. Post on the posting days, do not on the others, and keep "
        "the record going. After the last reading 'needle verdict' reads what it shows.",
    ]
    wrapped = ("\n".join(textwrap.wrap(one_line(text, 900), 96)) for text in paragraphs)
    return "\n\n".join(wrapped) + "\n"


def _power_text(plan: Plan) -> str:
    if plan.detectable is None:
        return "What it could find is not known: the record so far has too few readings."
    said = (
        f"If it is kept, it finds an effect of {number(plan.detectable)} {plan.unit} with 80 % "
        "certainty, on simulated accounts that move as this one did so far."
    )
    if plan.smallest_effect is None or plan.detectable <= plan.smallest_effect:
        return said
    weeks = weeks_for(plan.smallest_effect, plan.weeks, plan.detectable)
    needed = f"about {weeks} weeks" if weeks <= MOST_WEEKS else "more than two years"
    return (
        f"{said} For the smallest effect that matters, {number(plan.smallest_effect)}, it would "
        f"take {needed}."
    )


def printable_json(text: str) -> str:
    """Return JSON with every character that is not printable as its escape.

    The value is the same; what came from scraped text cannot steer a terminal.
    """
    return "".join(
        character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
        for character in text
    )


def ledger_text(results: dict[str, Any]) -> str:
    """Return the answer and the ledger as text for a terminal.

    Parameters
    ----------
    results : dict
        The content of results.json.
    """
    study, period = results["study"], results["period"]
    lines = [results["question"]["text"], "", *textwrap.wrap(results["answer"]["sentence"], 96), ""]
    if study["simulated"]:
        lines += ["SIMULATED DATA: they show the method, not a person.", ""]
    lines.append(
        f"{study['title']}: {period['used']} of {period['readings']} readings used, "
        f"{period['start']} to {period['end']}."
    )
    for claim in results["claims"]:
        lines += ["", f"{_SIGNS[claim['verdict']]} {claim['verdict']}: {claim['statement']}"]
        if claim["interval"] is not None and claim["estimate"] is not None:
            numbers = (
                f"{number(claim['estimate'], signed=True)} {claim['unit']}, "
                f"{claim['level']:.0%} interval {interval_words(tuple(claim['interval']))}"
            )
            numbers += f", {p_words(claim['p'])}" if claim["p"] is not None else ""
            lines.append(f"    {numbers}")
        lines += textwrap.wrap(claim["reason"], 96, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(one_line(line) if line else line for line in lines) + "\n"
