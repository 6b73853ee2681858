"""Readings of a score from the pages that ``needle collect`` has kept.

Every capture is read anew with the selector of today's study.toml, so that a wrong one can be
mended years later. One that was had from the Wayback Machine is a reading of the time at which it
was made, not of the time at which it was had.
"""

from __future__ import annotations

import datetime as dt
from email.message import Message
from urllib.parse import urlsplit

from analysis.collect.archive import Archive, Capture, content_type
from analysis.collect.numbers import find_number
from analysis.collect.settings import CollectSettings
from analysis.errors import InputError, Problem, absent, one_line
from analysis.files import Tree
from analysis.files.bodies import decoded
from analysis.files.mementos import original
from analysis.files.warcs import MAX_BODY_BYTES
from analysis.formats.base import Score

_OK = (200, 203, 304)
_NO_PAGES = ("/robots.txt", "/cdx/search/cdx")


def read_captures(tree: Tree, settings: CollectSettings) -> tuple[list[Score], tuple[Problem, ...]]:
    """Return the score on each page that was kept, at the time at which it was kept.

    Parameters
    ----------
    tree : Tree
        The folder ``raw/collected/score``.
    settings : CollectSettings
        The table ``[collect.score]``: selector and pattern.

    Returns
    -------
    readings, problems
        In the order of time; a capture on which the selector finds no number is a problem, and a
        gap. Where a page has changed its form, a selector may name both forms (``.old, .new``).

    Raises
    ------
    InputError
        Nothing was kept, an archive is damaged, or no capture has a number.
    """
    readings: dict[dt.datetime, Score] = {}
    problems: list[Problem] = []
    kept = 0
    for capture in Archive(tree.root, tree.label, dt.datetime.now(dt.UTC)).captures():
        if capture.status not in _OK or urlsplit(capture.url).path in _NO_PAGES:
            continue
        kept += 1
        _, at = original(capture.url, capture.at)
        member, place = capture.place.file, f"capture of {at:%Y-%m-%d %H:%M:%S} UTC"
        try:
            body = decoded(capture.body, {}, f"{tree.label}/{member}", MAX_BODY_BYTES)
            number = find_number(body, _charset(capture), settings.selectors, settings.pattern)
        except InputError as error:
            problems += error.problems
            continue
        except ValueError as error:
            said = one_line(error)
            problems.append(Problem("corrupt", f"{tree.label}/{member}", place, said))
            continue
        readings[at] = Score(
            at,
            number.value,
            granularity=number.granularity,
            member=member,
            pointer=f"byte {capture.place.offset}",
        )
    if not kept:
        raise absent(tree.label, "expected a page that was kept; 'needle collect' keeps one")
    if not readings:
        raise InputError(problems[:1])
    return [readings[at] for at in sorted(readings)], tuple(problems)


def _charset(capture: Capture) -> str | None:
    headers = Message()
    headers["Content-Type"] = content_type(capture.headers)
    return headers.get_content_charset()
