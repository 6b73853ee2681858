"""Many accounts in sentences and tables."""

from __future__ import annotations

import pandas as pd

from analysis.accounts.answer import answer_of
from analysis.accounts.fit import Fitted, limits
from analysis.accounts.groups import SMALL_GROUP, Difference, Group
from analysis.claims.base import interval_words, number, p_words
from analysis.display import Table, Words
from analysis.figures.style import counted, listed

SMALLER = "smaller groups"


def about(fitted: Fitted) -> Words:
    """Say which accounts these are: how many, of what score and channels."""
    settings, bundle = fitted.manifest["settings"], fitted.bundle
    names = [channel.name for channel in bundle.channels]
    what = (
        f"{counted(len(bundle.grams), 'account')} with {int(bundle.grams.n.sum()):,} readings of "
        f"the {settings['score']['name']}. Channels: {listed(names)}; the question is about "
        f"{names[0]}."
    )
    simulated = ["The data are simulated: they show the method, not people."]
    return Words.of(settings["title"], what, *(simulated if settings["simulated"] else []))


def answer_words(fitted: Fitted) -> Words:
    """Say the answer to the headline question, then each claim."""
    claims = [
        f"“{claim.statement}” {claim.verdict.capitalize()}. {claim.reason}"
        for claim in fitted.claims[:2]
    ]
    return Words.of(answer_of(fitted.claims[2])["sentence"], *claims)


def limit_words(fitted: Fitted) -> Words:
    """Say what these data cannot show."""
    return Words.of(*limits(fitted))


def full_page_words(fitted: Fitted) -> Words:
    """Say how to get the full page of one account."""
    hashed = " Here accounts go by a keyed hash of that name." if fitted.manifest["hashed"] else ""
    return Words.of(
        "The full page of any one account: needle accounts report INPUT --account NAME --out "
        f"FOLDER, with the folder of the tables, and the name that they have for it.{hashed}"
    )


def channels_table(fitted: Fitted) -> Table:
    """Return every channel: the mean over accounts, how they differ, and the pooled effect."""
    rows = []
    for channel in fitted.bundle.channels:
        mean, share = channel.mean, channel.share
        low, high = mean.interval() if mean else (None, None)
        nearest, farthest = mean.prediction() if mean else (None, None)
        rows.append(
            {
                "channel": channel.name,
                "accounts": share.accounts,
                "mean": mean.mean if mean else None,
                "low": low,
                "high": high,
                "p": mean.p if mean else None,
                "spread": mean.tau if mean else None,
                "next from": nearest,
                "next to": farthest,
                "named up": share.up,
                "named down": share.down,
                "pooled": channel.pooled.value,
            }
        )
    numbers = ("mean", "low", "high", "next from", "next to", "pooled")
    return Table.of(
        pd.DataFrame(rows),
        "The effect of one more post, over accounts",
        formats={**dict.fromkeys(numbers, "+.3g"), "p": ".2g", "spread": ".3g", "accounts": ",d"},
        notes="Accounts: those with posts enough of the channel. Low and high bound the 95 % "
        "interval of the mean; next is where the effect of one more account would lie; named are "
        "accounts found at a false discovery rate of 5 %; pooled is one effect for all.",
    )


def differences_words(fitted: Fitted) -> Words:
    """Say by which attributes the accounts differ, and which could not be asked."""
    found, alpha = fitted.groups, fitted.manifest["settings"]["question"]["alpha"]
    said = [_difference(each) for each in found.found if each.p_adjusted < alpha]
    silent = [each.attribute for each in found.found if not each.p_adjusted < alpha]
    if silent:
        said.append(f"By {listed(silent)} no difference is told from chance.")
    if found.not_asked:
        why = "; ".join(f"{count} with {reason}" for reason, count in found.not_asked.items())
        said.append(f"Attributes that make no groups to compare: {why}.")
    if not (said or found.not_asked):
        said.append("Nothing is known of the accounts by which they could be compared.")
    return Words.of(*said)


def _difference(each: Difference) -> str:
    ordered = sorted(each.groups, key=lambda group: -group.mean.mean)
    first, last = ordered[0], ordered[-1]
    return (
        f"Accounts differ by {each.attribute} ({p_words(each.p_adjusted)} after Holm): "
        f"{_told(first)} against {_told(last)}."
    )


def _told(group: Group) -> str:
    mean = group.mean
    return (
        f"{number(mean.mean, signed=True)} ({interval_words(mean.interval())}) on average over "
        f"{mean.accounts:,} accounts with {_value(group)!r}"
    )


def _value(group: Group) -> str:
    return SMALLER if group.value is None else group.value


def differences_table(fitted: Fitted) -> Table | Words:
    """Return the groups of every attribute, with the mean of each; no small group is shown."""
    rows = [
        {
            "attribute": each.attribute,
            "value": _value(group),
            "accounts": group.mean.accounts,
            "mean": group.mean.mean,
            "low": group.mean.interval()[0],
            "high": group.mean.interval()[1],
            "p of no difference": each.test.p,
            "p, Holm": each.p_adjusted,
            "in no group": each.left_out,
        }
        for each in fitted.groups.found
        for group in each.groups
    ]
    if not rows:
        return differences_words(fitted)
    return Table.of(
        pd.DataFrame(rows),
        f"The effect of one more {fitted.groups.channel} post, by group",
        formats={
            **dict.fromkeys(("mean", "low", "high"), "+.3g"),
            **dict.fromkeys(("p of no difference", "p, Holm"), ".2g"),
            **dict.fromkeys(("accounts", "in no group"), ",d"),
        },
        notes=f"Groups of fewer than {SMALL_GROUP} accounts are not shown: together they are "
        f"{SMALLER!r} if that makes {SMALL_GROUP}, else in no group, as are accounts without a "
        "value. Low and high bound the 95 % interval; p is by Welch's F on Q between the groups.",
    )
