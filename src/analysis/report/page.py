"""The pages: one self-contained file for a study, and an index over all of them.

No request to any host, and whole without scripts; the numbers are those of results.json, each
with its exact value in a ``data`` element.

Parts of the page that have a module of their own are listed in ``PARTS``: the template finds
what the function returns under the name, in the slot that the page has for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from analysis.display import Picture, Table, to_json, visible
from analysis.network import Network
from analysis.report import ledger
from analysis.report.assets import scripts, style
from analysis.report.changes import changes_since
from analysis.report.chart import HEIGHT as CHART_HEIGHT
from analysis.report.chart import WIDTH as CHART_WIDTH
from analysis.report.chart import first_chart
from analysis.report.downloads import csv_uri, data_uri, file_name
from analysis.report.index import FAILED, VERDICTS, Entry, index_of
from analysis.report.links import evidence_of
from analysis.report.numerals import WIDTH, plain
from analysis.report.publishable import Check
from analysis.report.sections import Section

if TYPE_CHECKING:
    from analysis.report.whatif_part import WhatIfPart

LONGEST_TEXT = 20_000
LONGEST_TABLE = 400
"""Rows of a table that the page shows; what is left out is said under it."""

STUDY_TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True)
class Material:
    """What a page is made from.

    Attributes
    ----------
    results : mapping
        results.json.
    sections : sequence of Section
        What the notebooks showed, in order.
    previous : mapping or None
        Earlier results.json, to tell what changed; None when there is none.
    network : Network or None
        The layout of posts, shares and upticks; None leaves that picture out.
    whatif : WhatIfPart or None
        The paths at other rates, or why there are none; None leaves them out.
    """

    results: Mapping[str, Any]
    sections: Sequence[Section] = ()
    previous: Mapping[str, Any] | None = None
    network: Network | None = None
    whatif: WhatIfPart | None = None


Part = Callable[[Material], Any]


def _network(material: Material) -> Any:
    """Return the network's part; what it needs is imported when a page has one."""
    if material.network is None:
        return None
    from analysis.report.network import network_part

    return network_part(material.network)


PARTS: tuple[tuple[str, Part], ...] = (
    ("changes", lambda material: changes_since(material.previous, material.results)),
    ("network", _network),
    ("whatif", lambda material: material.whatif),
)
"""Name in the template's context, and the function that fills it."""


def _json_of(results: Mapping[str, Any]) -> bytes:
    """Return results.json for the download; texts that nobody could read whole are cut."""

    def cut(value: Any) -> Any:
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            return f"{value[:LONGEST_TEXT]}…"
        if isinstance(value, Mapping):
            return {key: cut(each) for key, each in value.items()}
        return [cut(each) for each in value] if isinstance(value, list | tuple) else value

    return to_json(cut(results)).encode()


def study_page(
    results: Mapping[str, Any],
    sections: Sequence[Section] = (),
    previous: Mapping[str, Any] | None = None,
    checks: Sequence[Check] = (),
    network: Network | None = None,
    whatif: WhatIfPart | None = None,
) -> str:
    """Return the page of a study as HTML.

    Parameters
    ----------
    results, sections, previous, network, whatif
        As in :class:`Material`.
    checks : sequence of Check
        Whether the page could be made again.
    """
    material = Material(results, sections, previous, network, whatif)
    levels = {claim["level"] for claim in results["claims"]}
    return render(
        STUDY_TEMPLATE,
        results=results,
        sections=sections,
        settings=ledger.settings_rows(results["provenance"]["parameters"]),
        claims=ledger.claim_rows(results),
        channels=ledger.channel_rows(results),
        facts=ledger.facts(results),
        checks=checks,
        evidence=evidence_of(sections),
        numbers={claim["id"]: at for at, claim in enumerate(results["claims"], 1)},
        download=Markup(data_uri("application/json", _json_of(results))),
        chart=first_chart(results, sections),
        joint=ledger.joint_text(results),
        unit=ledger.effect_unit(results),
        smallest=plain(results["question"]["smallest_effect"]),
        word=ledger.answer_word(results["answer"]["verdict"]),
        level=ledger.percent(min(levels)) if len(levels) == 1 else "",
        **{name: part(material) for name, part in PARTS},
    )


def index_page(entries: Sequence[Entry]) -> str:
    """Return the index over studies as HTML, failures shown as failures."""
    return render("index.html.j2", index=index_of(entries), verdicts=(*VERDICTS, FAILED))


@functools.cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("analysis.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["data_uri"] = _data_uri
    templates.filters["csv"] = _csv
    templates.filters["file_name"] = file_name
    templates.filters["short"] = _short
    templates.filters["after_word"] = _after_word
    templates.filters["path"] = lambda name: quote(name, safe="", errors="replace")
    templates.globals["table_rows"] = _table_rows
    templates.globals["bar_width"] = f"{WIDTH:g}"
    templates.globals["chart_box"] = f"0 0 {CHART_WIDTH} {CHART_HEIGHT}"
    return templates


def render(template: str, **context: Any) -> str:
    """Return a template of this package as a page, with its style and scripts."""
    page = _templates().get_template(template)
    return page.render(style=style(), scripts=scripts(), **context) + "\n"


def _finalize(value: Any) -> Any:
    """Show what would otherwise not be seen, and cut what nobody would read to its end."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _short(value, LONGEST_TEXT)


def _after_word(sentence: str) -> str:
    """Return an answer without its first word, which the page shows beside it in large type."""
    rest = re.sub(r"^(Yes|No|Cannot tell|These data cannot say): ", "", sentence)
    return rest[:1].upper() + rest[1:]


def _short(text: object, limit: int = 300) -> str:
    whole = visible(text)
    if len(whole) <= limit:
        return whole
    return f"{whole[:limit]}… ({len(whole):,} characters in all)"


def _data_uri(picture: Picture) -> Markup:
    return Markup(data_uri("image/png", picture.png))


def _csv(table: Table) -> Markup:
    return Markup(csv_uri(table))


def _table_rows(table: Table) -> tuple[list[tuple[str, ...]], int]:
    """Return the rows to show, and how many are left out."""
    rows = list(table.texts())
    return rows[:LONGEST_TABLE], max(0, len(rows) - LONGEST_TABLE)
