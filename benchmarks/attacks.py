"""Try every attack and fault that we know of, by the thousand, and say what came of it.

Each case goes through what is shipped, in a process of its own bounds: ten seconds of the
processor and a gigabyte, nothing written outside its folder, nobody asked. It has to be refused
by one clear line, or survived with right numbers; all else is lost.

Run::

    python benchmarks/attacks.py
    python benchmarks/attacks.py --write
    python benchmarks/attacks.py --share 0.05 --only zip-slip json-deep:1:37
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.fuzzing import campaign  # noqa: E402

from attacks import REFUSED, SURVIVED, every_kind, names_of, seeds  # noqa: E402
from attacks.page import PAGE, replaced, rows_of, table, written  # noqa: E402

WORKER = "attacks.worker"


def wanted(only: Sequence[str] | None, share: float) -> list[str]:
    """Return the names of cases: of all kinds, of some, or some cases by name."""
    asked = only or sorted(every_kind())
    whole = [name for each in asked if ":" not in each for name in names_of(each, share)]
    return [*whole, *(each for each in asked if ":" in each)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", help="kinds, or cases by name")
    parser.add_argument("--share", type=float, default=1.0, help="of each kind's cases (1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--write", action="store_true", help=f"put the rows on the page, {PAGE.name}"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    kinds = every_kind()
    if asked.write and (asked.share != 1 or any(":" in each for each in asked.only or ())):
        parser.error("--write is for whole kinds")
    if strange := {each.partition(":")[0] for each in asked.only or ()} - kinds.keys():
        parser.error(f"no such kind: {', '.join(sorted(strange))}; known: {', '.join(kinds)}")
    if kinds.keys() != seeds().keys():
        parser.error(f"not in step with seeds.json: {sorted(kinds.keys() ^ seeds().keys())}")
    names, found = wanted(asked.only, asked.share), []
    begun = time.monotonic()
    for each in campaign.run(names, min(asked.workers, len(names)), WORKER):
        found.append(each)
        is_lost = each["result"] not in (REFUSED, SURVIVED)
        if is_lost or any(":" in name for name in asked.only or ()):
            print(f"{each['name']}: {each['result']}: {each['said']}", file=sys.stderr)
    _summary(found, time.monotonic() - begun)
    rows = rows_of(found, kinds)
    if asked.write:
        text = asked.page.read_text(encoding="utf-8")
        lines = table(written(text, kinds) | rows, kinds)
        asked.page.write_text(replaced(text, lines), encoding="utf-8")
    else:
        print("\n".join(table(rows, kinds)))
    return int(any(row.lost for row in rows.values()))


def _summary(found: list[dict[str, object]], seconds: float) -> None:
    """Say how long it all took, and which cases were the slowest and the largest."""
    spent = sum(float(str(each["seconds"])) for each in found)
    print(
        f"{len(found):,} cases: {spent:,.0f} s of the processor, {seconds:,.0f} s", file=sys.stderr
    )
    for key, unit, by in (("seconds", "s", 1), ("bytes", "MB", 1e6)):
        most = max(found, key=lambda each: float(str(each[key])))
        print(
            f"most {key}: {most['name']} ({float(str(most[key])) / by:.1f} {unit})", file=sys.stderr
        )


if __name__ == "__main__":
    sys.exit(main())
