"""Which picture and which table a claim rests on, for links from the one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.report.sections import Block, Section


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a claim's evidence stands on the page.

    Attributes
    ----------
    title : str
        Of the picture or table.
    figure, table : str
        Ids on the page; ``figure`` is empty for a table without a picture.
    """

    title: str
    figure: str
    table: str


def evidence_of(sections: Sequence[Section]) -> dict[str, list[Evidence]]:
    """Return the evidence by claim, in the order of the page."""
    found: dict[str, list[Evidence]] = {}
    for section in sections:
        for block in section.blocks:
            if block.kind in ("picture", "table"):
                for claim in block.claims:
                    found.setdefault(claim, []).append(_evidence(block))
    return found


def _evidence(block: Block) -> Evidence:
    if block.kind == "picture":
        return Evidence(block.content.title, block.anchor, f"{block.anchor}-data-rows")
    return Evidence(block.content.title, "", f"{block.anchor}-rows")
