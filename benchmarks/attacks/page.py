"""The table of ``docs/security.md``: a row a kind, written between two marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attacks import REFUSED, SURVIVED, Kind

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- attacks: written by the command -->", "<!-- end -->"
HEADER = ("where", "attack or fault", "cases tried", "refused or survived", "of these refused")
HEADER = (*HEADER, "lost (must be 0)")
_ROW = re.compile(r"^\| (?P<where>[^|]+) \| (?P<what>[^|]+) \|(?P<counts>( [\d,]+ \|){4})$", re.M)
ALL = "all"


@dataclass(frozen=True)
class Row:
    """What came of a kind's cases."""

    tried: int
    held: int
    refused: int
    lost: int

    def __add__(self, other: Row) -> Row:
        """Return both together."""
        refused, lost = self.refused + other.refused, self.lost + other.lost
        return Row(self.tried + other.tried, self.held + other.held, refused, lost)


def rows_of(found: Iterable[Mapping[str, Any]], kinds: Mapping[str, Kind]) -> dict[str, Row]:
    """Return a row for every kind of which cases were tried."""
    counts: dict[str, Counter[str]] = {}
    for each in found:
        name = each["name"].partition(":")[0]
        counts.setdefault(name, Counter())[each["result"]] += 1
    return {
        name: Row(each.total(), held, each[REFUSED], each.total() - held)
        for name, each in counts.items()
        if (held := each[REFUSED] + each[SURVIVED]) is not None and name in kinds
    }


def written(text: str, kinds: Mapping[str, Kind]) -> dict[str, Row]:
    """Return the rows that a page has, of kinds that there are, by name."""
    by_words = {kind.what: name for name, kind in kinds.items()}
    found = {}
    for match in _ROW.finditer(_between(text)):
        numbers = [int(each.replace(",", "")) for each in re.findall(r"[\d,]+", match["counts"])]
        if match["what"] in by_words:
            found[by_words[match["what"]]] = Row(*numbers)
    return found


def table(rows: Mapping[str, Row], kinds: Mapping[str, Kind]) -> list[str]:
    """Return the lines of the table, kinds by where they strike, and all of them together."""
    lines = [_line(*HEADER), _line("---", "---", *["---:"] * (len(HEADER) - 2))]
    total = Row(0, 0, 0, 0)
    count = 0
    for name, kind in sorted(kinds.items(), key=lambda each: each[1].where):
        if name in rows:
            count += 1
            total += rows[name]
            lines.append(_line(kind.where, kind.what, *_counts(rows[name])))
    return [*lines, _line(ALL, f"{count} kinds", *_counts(total))]


def replaced(text: str, lines: Sequence[str]) -> str:
    """Return the page with this table in the place of the old one."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    inside = "\n".join(lines)
    return f"{before}{BEGIN}\n\n{inside}\n\n{END}{after}"


def _between(text: str) -> str:
    return text.partition(BEGIN)[2].partition(END)[0]


def _counts(row: Row) -> tuple[str, ...]:
    return tuple(f"{each:,}" for each in (row.tried, row.held, row.refused, row.lost))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
