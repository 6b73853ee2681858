"""What the notebooks say in sentences and tables rather than in pictures."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.display import Table, Words
from analysis.figures.style import counted, day, listed
from analysis.workbench import Study

HEADLINE = ("blogging-moves-score", "nothing-else-correlates", "only-blogging")
_SIGNS = {"supported": "✓", "refuted": "✗", "inconclusive": "?", "untestable": "–"}


def about(study: Study) -> Words:
    """Say which study this is: its title, score, period and channels."""
    panel = study.arrays
    name = study.data.settings.score.name
    what = (
        f"{counted(panel.readings, 'reading')} of the {name}, "
        f"{day(panel.dates[0])} to {day(panel.dates[-1])}. Channels: {listed(study.channels)}; "
        f"the question is about {panel.focal}."
    )
    simulated = ["The data are simulated: they show the method, not a person."]
    return Words.of(study.title, what, *(simulated if study.data.settings.simulated else []))


def limits(study: Study) -> Words:
    """Say what a reader must know before believing anything here, a sentence each."""
    return Words.of(*study.results()["limits"])


def answer(study: Study) -> Words:
    """Say the answer to the headline question, with its numbers."""
    return Words.of(study.ledger.sentence)


def verdict(study: Study, *claims: str) -> Words:
    """Say what the data say about claims, why, and what was tested.

    Parameters
    ----------
    study : Study
        The study.
    *claims : str
        Ids, such as ``upticks-follow-posts``.
    """
    said = []
    for found in map(study.ledger.claim, claims):
        said.append(f"“{found.statement}” {found.verdict.capitalize()}. {found.reason}")
        said += [f"What was tested: {found.test}"] if found.test else []
    return Words.of(*said)


def ledger_table(study: Study, claims: Sequence[str] = HEADLINE) -> Table:
    """Return claims with their verdicts and numbers, one row a claim."""
    rows = []
    for found in map(study.ledger.claim, claims):
        low, high = found.interval or (None, None)
        rows.append(
            {
                "claim": found.statement,
                "verdict": f"{_SIGNS[found.verdict]} {found.verdict}",
                "estimate": found.estimate,
                "low": low,
                "high": high,
                "unit": found.unit,
                "p": found.p,
                "detectable": found.detectable,
                "why": found.reason,
            }
        )
    formats = dict.fromkeys(("estimate", "low", "high"), "+.3g") | {"p": ".2g", "detectable": ".3g"}
    return Table.of(
        pd.DataFrame(rows),
        "The claims and their verdicts",
        formats=formats,
        notes="Low and high bound the 95 % interval. Detectable: the smallest true value that "
        "this test would have found with 80 % certainty.",
    )


def sources_table(study: Study) -> Table:
    """Return what was read: a row a source, with what was set aside and why."""
    rows = [
        {
            "source": source["path"],
            "read as": source["format"],
            "posts": source["posts"],
            "first": source["first"],
            "last": source["last"],
            "set aside": ", ".join(f"{count} {why}" for why, count in source["set_aside"].items()),
            "notes": " ".join(source["notes"]),
        }
        for source in study.results()["sources"]
    ]
    rows += [
        {"source": problem.file, "read as": "left out: corrupt", "notes": str(problem)}
        for problem in study.data.skipped
    ]
    columns = ["source", "read as", "posts", "first", "last", "set aside", "notes"]
    table = pd.DataFrame(rows, columns=columns).fillna({"set aside": "", "notes": ""})
    table["posts"] = table["posts"].astype("Int64")
    return Table.of(
        table.mask(table == ""),
        "What was read",
        formats={"posts": ",d"},
        notes="Posts are the owner's own; reposts of others are set aside and never counted.",
    )
