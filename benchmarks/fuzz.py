"""Break exports of every format, by the thousand, and say what comes of reading them.

Every case is a small export of a format, changed by a seed: bytes cut, flipped and put in, values
of other types and sizes, bombs, archives that lie. It has to give rows or one clear line, in ten
seconds and a gigabyte.

Run::

    python benchmarks/fuzz.py
    python benchmarks/fuzz.py --cases 10000 --seed 1 --write docs/fuzz.md
    python benchmarks/fuzz.py --only wxr:1:37
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.fuzzing import campaign  # noqa: E402

RESULTS = {
    "rows": "gave rows",
    "line": "gave a clear line",
    "traceback": "traceback",
    "unsound": "unsound",
    "slow": "too slow",
    "big": "too big",
}
FAULTS = ("traceback", "unsound", "slow", "big")


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def page(found: list[dict[str, Any]], command: str) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "# Broken exports"
    yield ""
    yield f"Written by `{command}`."
    yield ""
    yield (
        "Small exports of every format, each changed by a seed: cut, flipped, of other types and "
        "sizes, nested, in archives that lie. *Unsound* is a row that cannot be (a time, a count, "
        "a score, text that cannot be written), a message that is no line or names no file, and "
        "whatever was written or asked for elsewhere; *too slow* is over ten seconds of the "
        "processor, *too big* over a gigabyte more than before. Where `needle check` was run too "
        "(one case in seventeen, and every study), its time and memory count with the case's."
    )
    yield ""
    yield row("format", "cases", *RESULTS.values(), "slowest", "largest")
    yield row("---", *["---:"] * (len(RESULTS) + 3))
    for name in sorted({each["format"] for each in found}, key=str.casefold):
        yield _line(name, [each for each in found if each["format"] == name])
    yield _line("all", found)
    yield ""
    slowest = max(found, key=lambda each: each["seconds"])
    largest = max(found, key=lambda each: each["bytes"])
    yield (
        f"The slowest case is `{slowest['name']}` ({slowest['seconds']:.1f} s), the largest "
        f"`{largest['name']}` ({largest['bytes'] / 1e6:,.0f} MB)."
    )


def _line(name: str, found: list[dict[str, Any]]) -> str:
    counts = Counter(each["result"] for each in found)
    seconds = max(each["seconds"] for each in found)
    size = max(each["bytes"] for each in found)
    shown = (f"{counts[each]:,}" for each in RESULTS)
    return row(name, f"{len(found):,}", *shown, f"{seconds:.1f} s", f"{size / 1e6:,.0f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="+", help="cases by name")
    parser.add_argument("--write", type=Path, help="write the page there instead of printing it")
    asked = parser.parse_args()
    first = campaign.Worker()
    first.close()
    wanted = asked.only or campaign.names(asked.cases, asked.seed, first.about["seeds"])
    begun, found = time.monotonic(), []
    for each in campaign.run(wanted, min(asked.workers, len(wanted))):
        found.append(each)
        if each["result"] in FAULTS or asked.only:
            print(f"{each['name']}: {each['result']}: {each['said']}", file=sys.stderr)
    print(f"{len(found):,} cases in {time.monotonic() - begun:,.0f} s", file=sys.stderr)
    command = f"python benchmarks/fuzz.py --cases {asked.cases} --seed {asked.seed}"
    text = "\n".join(page(found, f"{command} --write docs/fuzz.md")) + "\n"
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return int(any(each["result"] in FAULTS for each in found))


if __name__ == "__main__":
    sys.exit(main())
