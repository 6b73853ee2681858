"""What a claim is, what a verdict is, and how numbers are put into words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # a page names verdicts and writes numbers without what computes them
    from analysis.model.primary import Estimate

Verdict = Literal["supported", "refuted", "inconclusive", "untestable"]
VERDICTS: tuple[Verdict, ...] = ("supported", "refuted", "inconclusive", "untestable")

LEVEL = 0.95

STATEMENTS: dict[str, str] = {
    "blogging-moves-score": (
        "Blogging, with the links posted to the profiles, moves the score up within 48 hours."
    ),
    "nothing-else-correlates": "Nothing else seems to correlate.",
    "only-blogging": "Blogging is the only thing that moves the score.",
    "upticks-follow-posts": "Each uptick maps to a blog post in the 24 to 48 hours before it.",
    "silence-lowers-score": ("Leave the blog alone for a few days, and the score trends downward."),
    "sharing-matters": "It takes the links posted to the profiles, not the blog post alone.",
    "facebook-activity-does-not-matter": (
        "Facebook posts that generate a lot of activity don't matter."
    ),
    "tweets-rarely-move-it": "Tweets with two or three shares rarely move the needle.",
    "content-need-not-compel": (
        "It just has to get an audience, albeit small: length and type don't matter."
    ),
    "algorithm-change": "The scheme was updated, and scores dropped radically.",
}
"""Every claim, in the order of the ledger, worded after the post of 2012."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the ledger.

    Attributes
    ----------
    id : str
        A key of ``STATEMENTS``.
    verdict : {"supported", "refuted", "inconclusive", "untestable"}
        What these data say about it.
    reason : str
        Why, in one plain sentence.
    estimate : float or None
        The number that the verdict rests on; None when there is none.
    unit : str
        Its unit.
    interval : tuple of float, or None
        With coverage ``level``.
    p : float or None
        Of the test that decides.
    detectable : float or None
        The smallest true value that this test would have found with 80 % power.
    test : str
        The operational test, in words.
    level : float
        Of the interval.
    """

    id: str
    verdict: Verdict
    reason: str
    test: str
    estimate: float | None = None
    unit: str = ""
    interval: tuple[float, float] | None = None
    p: float | None = None
    detectable: float | None = None
    level: float = LEVEL

    @property
    def statement(self) -> str:
        """The claim as its author put it."""
        return STATEMENTS[self.id]


@dataclass(frozen=True, slots=True)
class Wording:
    """How this study's things are called.

    Attributes
    ----------
    focal : str
        The focal channel.
    unit : str
        Unit of an effect.
    hours : int
        The window.
    """

    focal: str
    unit: str
    hours: int

    @property
    def post(self) -> str:
        """One focal post, in words."""
        return "blog post" if self.focal == "blog" else f"post in {self.focal!r}"


def number(value: float, signed: bool = False) -> str:
    """Return ``value`` with three significant digits and a true minus sign."""
    if not math.isfinite(value):
        return "n/a"
    size = abs(value)
    if size == 0:
        text = "0"
    else:
        decimals = max(0, min(6, 2 - math.floor(math.log10(size))))
        text = f"{size:,.{decimals}f}" if 1e-6 <= size < 1e9 else f"{size:.2e}"
    sign = "−" if value < 0 else "+" if signed else ""
    return sign + text


def interval_words(interval: tuple[float, float]) -> str:
    """Return an interval as "−0.05 to 0.31"."""
    return f"{number(interval[0])} to {number(interval[1])}"


def p_words(p: float) -> str:
    """Return a p value as "p = 0.03" or "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"


def percent(share: float) -> str:
    """Return a share as "35 %" with a narrow no-break space."""
    return f"{round(100 * share)}\u202f%"


def of_estimate(estimate: Estimate, alpha: float) -> dict[str, Any]:
    """Return the fields of a claim that an estimate fills."""
    if not estimate.known:
        return {}
    return {
        "estimate": estimate.value,
        "interval": estimate.interval(LEVEL),
        "p": estimate.p,
        "detectable": estimate.detectable(alpha),
    }
