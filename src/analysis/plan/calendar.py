"""A plan as a calendar that a phone can subscribe to (RFC 5545)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from analysis.errors import one_line
from analysis.plan.file import Plan

OCTETS = 75
"""The longest line of a calendar file, its line break not counted (RFC 5545, 3.1)."""


def calendar(plan: Plan, title: str, seal: str) -> bytes:
    """Return the plan as a calendar: an all-day event for every planned day.

    Parameters
    ----------
    plan : Plan
        The plan.
    title : str
        The study's title, of any content.
    seal : str
        The sha256 of the plan's file: part of every event's UID, so that reading the same
        calendar again moves nothing and another plan's is another.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//needle//posting plan//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(f'Posting plan: {title}')}",
    ]
    for day, post in plan.assignment.items():
        lines += _event(plan, day, post, title, seal)
    lines.append("END:VCALENDAR")
    return b"".join(piece + b"\r\n" for line in lines for piece in folded(line))


def _event(plan: Plan, day: dt.date, post: bool, title: str, seal: str) -> list[str]:
    what = "blog post" if plan.focal == "blog" else f"post in {plan.focal}"
    summary = f"Planned: a {what} today" if post else f"Planned: no {what} today"
    after = day + dt.timedelta(days=1)
    return [
        "BEGIN:VEVENT",
        f"UID:{day:%Y%m%d}-{seal[:32]}@needle.invalid",
        f"DTSTAMP:{plan.made:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{after:%Y%m%d}",
        f"SUMMARY:{escaped(summary)}",
        f"DESCRIPTION:{escaped(title)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def escaped(text: str) -> str:
    """Return ``text`` as one line of a TEXT value (RFC 5545, 3.3.11)."""
    shown = one_line(text)
    for character in "\\;,":
        shown = shown.replace(character, f"\\{character}")
    return shown


def folded(line: str) -> Iterator[bytes]:
    """Yield the pieces of a content line, each of at most 75 octets and of whole characters."""
    piece = b""
    for character in line:
        octets = character.encode("utf-8")
        if len(piece) + len(octets) > OCTETS:
            yield piece
            piece = b" "
        piece += octets
    yield piece
