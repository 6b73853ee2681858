"""The answer in a sentence, and what a reader must know before believing it."""

from __future__ import annotations

from typing import Any, Literal

from analysis.accounts.effects import Population
from analysis.accounts.groups import SMALL_GROUP
from analysis.claims.base import Claim

Cluster = Literal["account", "account-day"]

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


def limits_of(
    manifest: dict[str, Any], found: Population, *, rows: bool, cluster: Cluster = "account"
) -> list[str]:
    """Return what these data cannot show, a sentence or two each.

    Parameters
    ----------
    manifest : dict
        Of the panel.
    found : Population
        In the bundle coding.
    rows : bool
        Whether the accounts' own errors are HC3.
    cluster : {"account", "account-day"}
        Of the pooled errors.
    """
    said = [
        "Nobody decided by lot who posts when. Each account is compared with itself on other days, "
        "so what lasts cannot mislead; what makes people post and lifts the score on the same day "
        "can.",
        "The claims are about the average account. It may be true on average and false for many; "
        "the share of accounts that respond is a lower one, because weak effects are not seen.",
        _same_days(found, cluster),
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


def _same_days(found: Population, cluster: Cluster) -> str:
    same = "Accounts live through the same days. "
    if cluster == "account":
        return (
            f"{same}A day on which the network treats all of them alike makes the errors here, "
            "which take accounts for independent, too small; --cluster account-day allows for such "
            "days in the pooled ones."
        )
    said = (
        f"{same}The pooled errors and the joint test allow for days on which the network treats "
        "all of them alike; the mean over accounts, which decides the claims, takes accounts for "
        "independent."
    )
    if found.mended:
        said += (
            " Clustered by account and by day, the errors of the channels do not fit together (a "
            "covariance with negative eigenvalues, which were set to zero): there is no joint test."
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
            f" {focal.few:,} of the fitted ones have too few posts of {focal.name!r}, or days "
            "with or without one, for an effect of their own."
        )
    tables = [
        f"{count:,} {table}: {why}"
        for table, reasons in sorted(manifest["set_aside"].items())
        for why, count in reasons.items()
        if count
    ]
    aside = [f"Rows that were set aside: {'; '.join(tables)}."] if tables else []
    return [said, *aside]
