"""What the page shows of paths at other rates: plain texts, and nothing that computes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from analysis.display import Table


@dataclass(frozen=True, slots=True)
class Mark:
    """A label of an axis with its line."""

    line: str
    x: str
    y: str
    text: str


@dataclass(frozen=True, slots=True)
class WhatIfPart:
    """What the template ``whatif.html.j2`` shows.

    Attributes
    ----------
    why : str
        Why nothing is told, as a sentence; empty when something is. Then the rest is empty.
    said : tuple of str
        The path at the average rate, and where it comes to rest.
    verdict, scatter, hold : str
        How far the fit is known; single days; the rate that would keep the score where it is.
    supported : bool
        Whether the claim that posts move the score is.
    word : str
        The claim's verdict.
    posts : str
        What a rate counts: "Blog posts a week".
    low, high, step, start : str
        Of the slider.
    target : str
        The score of ``hold``.
    record, band, line : str
        Paths of the picture: the readings so far, the band and the middle at the average rate.
    marks : tuple of Mark
        The axes.
    now : str
        Where the last reading stands on the picture.
    table : Table or None
        Rates, and the score after some weeks.
    notes : tuple of str
        What every path takes for granted.
    json : Markup
        The data for the script.
    """

    why: str
    said: tuple[str, ...] = ()
    verdict: str = ""
    scatter: str = ""
    hold: str = ""
    supported: bool = False
    word: str = ""
    posts: str = ""
    low: str = ""
    high: str = ""
    step: str = ""
    start: str = ""
    target: str = ""
    record: str = field(default="", repr=False)
    band: str = field(default="", repr=False)
    line: str = field(default="", repr=False)
    marks: tuple[Mark, ...] = field(default=(), repr=False)
    now: str = ""
    table: Table | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    json: Markup = field(default=Markup(), repr=False)
