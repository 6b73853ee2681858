"""The answer in a sentence, and what a reader must know before believing it."""

from __future__ import annotations

from typing import Any

from analysis.accounts.effects import Population
from analysis.accounts.groups import SMALL_GROUP
from analysis.claims.base import Claim

ANSWERS = {
    "supported": "Yes",
    "refuted": "No",
    "inconclusive": "Cannot tell",
    "untestable": "These data cannot say",
}


def answer_of(only: Claim) -> dict[str, str]:
    """Return the answer to the headline question, from its claim."""
    sentence = f"{ANSWERS[only.verdict]}: {only.reason}"
    return {"claim": only.id, "verdict": only.verdict, "sentence": sentence}


def limits_of(manifest: dict[str, Any], found: Population, *, rows: bool) -> list[str]:
    """Return what these data cannot show, a sentence or two each.

    Parameters
    ----------
    manifest : dict
        Of the panel.
    found : Population
        In the bundle coding.
    rows : bool
        Whether the accounts' own errors are HC3.
    """
    said = [
        "Nobody decided by lot who posts when. Each account is compared with itself on other days, "
        "so what lasts cannot mislead; what makes people post and lifts the score on the same day "
        "can.",
        "The claims are about the average account. It may be true on average and false for many; "
        "the share of accounts that respond is a lower one, because weak effects are not seen.",
        "Accounts live through the same days. A day on which the network treats all of them alike "
        "makes the errors here, which take accounts for independent, too small.",
        f"Groups of fewer than {SMALL_GROUP} accounts are not shown. Groups are compared one "
        "attribute at a time, and were not made by lot either.",
        *_set_aside(manifest, found),
    ]
    if not rows:
        said.append(
            "Each account's own error is the classical one, which takes all days for equally "
            "uncertain: the readings were not read again."
        )
    return said


def _set_aside(manifest: dict[str, Any], found: Population) -> list[str]:
    entered = manifest["accounts"]
    counts = {
        "without readings": entered["without readings"],
        "without posts": entered["without posts"],
        "with too few readings": found.thin,
    }
    told = [f"{count:,} {why}" for why, count in counts.items() if count]
    focal = found.channels[0]
    said = f"{len(found.grams):,} accounts were fitted."
    if told:
        said += f" Left out: {', '.join(told)}."
    if focal.few:
        said += (
            f" {focal.few:,} of the fitted ones have too few posts of {focal.name!r}, or readings "
            "without one, for an effect of their own."
        )
    tables = [
        f"{count:,} {table}: {why}"
        for table, reasons in sorted(manifest["set_aside"].items())
        for why, count in reasons.items()
        if count
    ]
    aside = [f"Rows that were set aside: {'; '.join(tables)}."] if tables else []
    return [said, *aside]
