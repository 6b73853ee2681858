"""The page of many accounts, from the functions that ``notebooks/accounts.ipynb`` calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from analysis import disk
from analysis.accounts.answer import Cluster
from analysis.accounts.fit import Fitted, fit, results
from analysis.display import Picture, Table, Words, to_json
from analysis.figures import accounts as pictures
from analysis.figures import accounts_pooled as pooled
from analysis.figures import accounts_words as words
from analysis.report import ledger, store
from analysis.report.downloads import data_uri
from analysis.report.ledger import Fact
from analysis.report.links import evidence_of
from analysis.report.numerals import Numeral, estimated, p_value, plain
from analysis.report.page import render
from analysis.report.sections import Block, Section

TEMPLATE = "accounts.html.j2"

Show = Callable[[Fitted], Picture | Table | Words]

HEADLINE = ("blogging-moves-score", "only-blogging")
OTHERS = ("nothing-else-correlates", "only-blogging")

PARTS: tuple[tuple[str, str, tuple[tuple[Show, tuple[str, ...]], ...]], ...] = (
    (
        "differ",
        "On how many accounts, and how far do they differ?",
        (
            (words.channels_table, (*HEADLINE, OTHERS[0])),
            (pictures.spread, HEADLINE),
            (pictures.funnel, HEADLINE),
        ),
    ),
    ("pooled", "One effect for all?", ((pooled.pooled_table, ()),)),
    ("who", "Who differs?", ((words.differences_words, ()), (words.differences_table, ()))),
    ("one-by-one", "Account by account", ((pictures.forest, ()), (words.full_page_words, ()))),
)
"""Id and title of each section, what it shows, and the claims that rest on that."""


def accounts_page(fitted: Fitted, told: Mapping[str, Any]) -> str:
    """Return the page of a population as HTML.

    Parameters
    ----------
    fitted : Fitted
        The population.
    told : mapping
        Its results.json: every number above the pictures is rendered from it.
    """
    sections = tuple(_section(*part, fitted) for part in PARTS)
    return render(
        TEMPLATE,
        results=told,
        sections=sections,
        claims=ledger.claim_rows(told),
        facts=facts(told),
        evidence=evidence_of(sections),
        numbers={claim["id"]: at for at, claim in enumerate(told["claims"], 1)},
        download=Markup(data_uri("application/json", to_json(dict(told)).encode())),
        smallest=plain(told["question"]["smallest_effect"]),
        word=ledger.answer_word(told["answer"]["verdict"]),
        level=ledger.percent(told["claims"][0]["level"]),
    )


def _section(
    name: str, title: str, shows: tuple[tuple[Show, tuple[str, ...]], ...], fitted: Fitted
) -> Section:
    shown: list[tuple[Any, tuple[str, ...]]] = []
    for show, claims in shows:
        what = show(fitted)
        if what not in [each for each, _ in shown]:  # without data, two may say the same
            shown.append((what, claims))
    blocks = [
        Block(_kind(what), what, f"{name}-{number}", claims if _kind(what) != "words" else ())
        for number, (what, claims) in enumerate(shown, 1)
    ]
    return Section(name, title, tuple(blocks))


def _kind(what: Picture | Table | Words) -> str:
    if isinstance(what, Picture):
        return "picture"
    return "table" if isinstance(what, Table) else "words"


def facts(told: Mapping[str, Any]) -> list[Fact]:
    """Return the four numbers that a reader wants after the answer."""
    focal = told["study"]["focal"]
    channel, unit = told["channels"][focal], ledger.effect_unit(told)
    mean, share = channel["mean"] or {}, channel["share"]
    effect = estimated(mean.get("effect"), mean.get("interval"))
    post = "blog post" if focal == "blog" else f"post in {focal}"
    entered = told["accounts"]["fitted"]
    joint = told["joint_other"] or {}
    return [
        Fact(
            f"One more {post}, on average",
            effect.estimate,
            unit if effect.estimate.value is not None else "",
            (f"95 %: {effect.low.text} to {effect.high.text}",) if effect.has_interval else (),
        ),
        Fact(
            "Accounts that respond, at least",
            _percent(share["at_least"]),
            "",
            (f"{share['found']:,} of {share['accounts']:,} can be named",),
        ),
        Fact(
            "All others together",
            p_value(joint.get("p")),
            "p value" if joint.get("p") is not None else "",
            (ledger.joint_text(told) or "not tested",),
        ),
        Fact("Accounts", Numeral(f"{entered:,}", entered), f"{told['readings']:,} readings", ()),
    ]


def _percent(share: float | None) -> Numeral:
    if share is None:
        return Numeral("not estimable", None)
    return Numeral(f"{100 * share:.0f}\u202f%", share)


def write_report(
    panel: Path, out: Path, *, rows: bool = True, cluster: Cluster = "account"
) -> Path:
    """Fit a panel and write its page and results.json; return the page's place.

    Both are made whole beside the folder before either is put into it.

    Parameters
    ----------
    panel : Path
        What ``needle accounts build`` wrote.
    out : Path
        A folder that is not there yet, or one of an earlier report.
    rows, cluster
        As in :func:`analysis.accounts.fit.fit`.

    Raises
    ------
    InputError
        No panel, nothing in it that can be fitted, or ``out`` holds something else.
    """
    out = out.resolve()
    store.check_ours(out)
    fitted = fit(panel, rows=rows, cluster=cluster)
    told = results(fitted)
    out.parent.mkdir(parents=True, exist_ok=True)
    page = accounts_page(fitted, told)
    inputs = fitted.manifest["inputs"]
    key = store.digest_of({"inputs": inputs, "results": told})
    with store.holding(out), disk.scratch(out.parent, f".{out.name[:40]}.") as built:
        disk.write(built / "results.json", to_json(told), synced=False)
        disk.write(built / "index.html", page, synced=False)
        store.publish(built, out, key, inputs)
    return out / "index.html"
