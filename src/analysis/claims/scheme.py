"""The claim about the scheme: it was updated, and scores dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from analysis.claims.base import Claim, Verdict, interval_words, number, p_words
from analysis.evidence.channels import holm
from analysis.evidence.steps import BreakSearch, Step

STEP_TEST = (
    "The move of the score across each known date, against its moves over as many ordinary days "
    "(a flow: where it settles after the date against before). Supported when one is a drop "
    "beyond what ordinary days give, with Holm's correction over the dates; refuted when none "
    "is and every interval rules out a drop larger than any ordinary move. Without a known date "
    "the likeliest one is searched for: the largest F of a step, by wild bootstrap."
)


def algorithm_change(
    steps: Sequence[Step],
    search: BreakSearch | None,
    alpha: float,
    known: Sequence[dt.date] = (),
) -> Claim:
    """Judge whether the score dropped at a known change of its scheme.

    Parameters
    ----------
    steps : sequence of Step
        One a known date.
    search : BreakSearch or None
        The search for an unknown one, told where no date is known.
    alpha : float
        The level of the test.
    known : sequence of date
        Every date that study.toml names; those without a step are told.
    """
    name = "algorithm-change"
    missing = [date for date in known if date not in {step.date for step in steps}]
    if not steps and missing:
        reason = f"{_listed(missing)} cannot be measured: no readings close enough on both sides."
        return Claim(name, "untestable", reason, STEP_TEST, unit="points")
    if not steps:
        return Claim(name, "untestable", _no_date(search), STEP_TEST, unit="points")
    adjusted = holm([step.p for step in steps])
    drops = [at for at, step in enumerate(steps) if adjusted[at] < alpha and step.size < 0]
    chosen = min(drops or range(len(steps)), key=lambda at: (steps[at].size, at))
    step, p = steps[chosen], adjusted[chosen]
    fields: dict[str, Any] = {
        "estimate": step.size,
        "unit": "points",
        "interval": (step.low, step.high),
        "p": p,
        "detectable": step.detectable,
    }
    said = (
        f"On {step.date} the score moved by {number(step.size, signed=True)} points "
        f"(95\u202f% interval {interval_words((step.low, step.high))}, {p_words(p)}); the "
        f"largest ordinary move over as many days is {number(step.ordinary)}"
    )
    if missing:
        said += f"; {_listed(missing).lower()} cannot be measured"
    verdict: Verdict = "inconclusive"
    if drops:
        verdict = "supported"
    elif not missing and all(one.low > -one.ordinary for one in steps):
        verdict = "refuted"
    return Claim(name, verdict, f"{said}.", STEP_TEST, **fields)


def _listed(dates: Sequence[dt.date]) -> str:
    return f"The change of {', '.join(map(str, dates))}"


def _no_date(search: BreakSearch | None) -> str:
    missing = "study.toml names no known change of the scheme ([[breaks]])."
    if search is None:
        return missing
    found = (
        f"The likeliest date of an unknown one is {search.date} (between {search.first} and "
        f"{search.last}), largest F {number(search.sup_f)}, {p_words(search.p)} for the whole "
        "search."
    )
    return f"{missing} {found}"
