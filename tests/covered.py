"""Say how much of src/analysis the tests take, from the JSON that coverage.py writes.

``make coverage`` measures and runs this: ``python -m tests.covered COVERAGE.json``. It ends with 1
where less is covered, or more is left out, than is aimed at.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

COVERED = Fraction(95, 100)
EXCLUDED = Fraction(1, 100)
_SHOWN = 15


def percent(part: int, whole: int) -> str:
    """Return a share in percent, cut off after one digit: what falls short never looks whole."""
    return f"{part * 1000 // whole / 10:.1f} %" if whole else "none"


def told(measured: dict[str, Any]) -> tuple[list[str], bool]:
    """Return what there is to say of a measurement, and whether it is what is aimed at."""
    totals = measured["totals"]
    lines, branches = totals["num_statements"], totals["num_branches"]
    left_out = totals["excluded_lines"]
    if not lines or not branches:
        return ["Nothing was measured: no line or no branch of src/analysis"], False
    rows = (
        ("branches taken", totals["covered_branches"], branches),
        ("lines run", totals["covered_lines"], lines),
    )
    said = [
        f"{name}: {part:,} of {whole:,}, {percent(part, whole)} (aimed at: {int(COVERED * 100)} %)"
        for name, part, whole in rows
    ]
    share = percent(left_out, lines + left_out)
    said.append(
        f"lines left out: {left_out:,} of {lines + left_out:,}, {share}"
        f" (aimed at: under {int(EXCLUDED * 100)} %)"
    )
    good = all(Fraction(part, whole) >= COVERED for _, part, whole in rows)
    return said, good and Fraction(left_out, lines + left_out) < EXCLUDED


def worst(measured: dict[str, Any]) -> list[str]:
    """Return the files with most branches that were not taken, and the lines where these begin."""
    found = sorted(
        measured["files"].items(),
        key=lambda item: (-item[1]["summary"]["missing_branches"], item[0]),
    )
    return [
        f"{name}: {entry['summary']['missing_branches']} not taken, at lines "
        + ", ".join(str(line) for line in sorted({start for start, _ in entry["missing_branches"]}))
        for name, entry in found[:_SHOWN]
        if entry["summary"]["missing_branches"]
    ]


def main(path: str) -> int:
    """Print what was measured; return the exit code."""
    measured = json.loads(Path(path).read_text(encoding="utf-8"))
    said, good = told(measured)
    print("\n".join([*worst(measured), "", *said]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
