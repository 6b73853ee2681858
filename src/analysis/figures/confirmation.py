"""Everything that was tried beside the primary: what it asks, what it found, whether it agrees."""

from __future__ import annotations

import pandas as pd

from analysis.claims.agreement import RULE, Standing, agreement
from analysis.claims.base import interval_words, number, p_words, percent
from analysis.display import Table, Words
from analysis.figures.days import wording
from analysis.figures.intervals import no_fit
from analysis.model.primary import POWER
from analysis.workbench import Study

_SHAPES: dict[Standing, str] = {
    "agrees": "✓",
    "does not agree": "✗",
    "stands aside": "○",
    "cannot tell": "–",
}


def checks(study: Study) -> Table | Words:
    """Return every check as a row: what it asks, what it found, and whether it agrees."""
    found = study.confirmation
    if found is None:
        return no_fit(study)
    rows = [
        {
            "check": check.name,
            "it asks": check.asks,
            "it found": check.found,
            "beside the primary": f"{_SHAPES[check.standing]} {check.standing}",
            "why": check.why or None,
        }
        for check in agreement(found, wording(study).unit).checks
    ]
    focal = found.table.focal
    return Table.of(
        pd.DataFrame(rows),
        f"Does all else agree with the primary analysis of {focal.name}?",
        notes=f"The primary analysis gives {p_words(focal.effect.p)}. {RULE}",
    )


def in_one_sentence(study: Study) -> Words:
    """Say whether all checks agree, and what a channel known to do nothing looks like."""
    found = study.confirmation
    if found is None:
        return no_fit(study)
    unit = wording(study).unit
    said = [agreement(found, unit).sentence]
    control = found.control
    if control is not None and control.channel.judged:
        level = 1 - 2 * found.table.alpha
        interval = control.channel.effect.interval(level)
        enough = "is larger than that" if found.table.margin > control.reach else "is not"
        said.append(
            f"{control.channel.name} can do nothing, and its {percent(level)} interval is "
            f"{interval_words(interval)} {unit}. So here an effect of nothing may seem to be "
            f"{number(control.reach)}; the smallest effect that matters, "
            f"{number(found.table.margin)}, {enough}."
        )
    return Words.of(*said)


def provable(study: Study) -> Table | Words:
    """Return how small a smallest effect could be proven for each other channel."""
    found = study.confirmation
    if found is None:
        return no_fit(study)
    margins = found.margins
    if not margins.channels:
        return Words.of("No other channel can be judged, so nothing can be proven of any.")
    rows = [(one.channel, one.observed, one.with_power) for one in margins.channels]
    rows.append(("all of them", margins.observed, margins.with_power))
    asked = f"with {percent(POWER)} certainty"
    return Table.of(
        pd.DataFrame(rows, columns=["channel", "as it came out", asked]),
        f"The smallest effect that could be ruled out, {wording(study).unit}",
        formats={"as it came out": ".3g", asked: ".3g"},
        notes=f"Effects beyond these are ruled out: by this record, and by {percent(POWER)} of "
        "records like it if the channel does nothing. The study set "
        f"{number(found.table.margin)} as mattering.",
    )
