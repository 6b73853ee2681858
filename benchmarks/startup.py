"""Time how soon the commands answer, beside what importing their libraries alone takes.

CPU seconds of whole processes, imports and all, the median of several, each in turn in one run:
``needle --help``; ``needle verdict`` beside ``import pandas, statsmodels.api, scipy.stats``; an
unchanged report; and ``needle calibrate``: 1,000 simulated accounts of a year under every truth.

Run::

    python benchmarks/startup.py
    python benchmarks/startup.py --repeat 9
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from machine import Target, child_cpu, conclude, paired_children, parser, python

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "data" / "banfield-2012"
IMPORTS = "import pandas, statsmodels.api, scipy.stats"
YEAR = 365


def needle(*arguments: str) -> tuple[str, ...]:
    """Return a command of ours as a process."""
    return python("-m", "analysis", *arguments)


def main() -> int:
    """Print the times and their ratios; exit 1 where a limit is passed."""
    options = parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        pages, year = str(Path(scratch) / "reports"), str(Path(scratch) / "year")
        child_cpu(*needle("simulate", "blog-only", year, "--days", str(YEAR)))
        first = child_cpu(*needle("report", str(STUDY), "--out", pages))
        taken = paired_children(
            {
                "needle --help": needle("--help"),
                IMPORTS: python("-c", IMPORTS),
                "needle verdict": needle("verdict", str(STUDY)),
                "needle report, nothing changed": needle("report", str(STUDY), "--out", pages),
                "needle calibrate, a year": needle("calibrate", year),
            },
            options.repeat,
        )
    print(f"CPU seconds of whole processes, median of {options.repeat}")
    for name, seconds in taken.items():
        print(f"  {name:<45} {seconds:6.2f}")
    print(f"  {'needle report, from nothing (once)':<45} {first:6.2f}")
    targets = [
        Target("needle --help", taken["needle --help"], 0.25, "s"),
        Target(
            "needle verdict, in times of importing pandas, statsmodels and scipy",
            taken["needle verdict"] / taken[IMPORTS],
            1.5,
        ),
        Target(
            "needle calibrate, 1,000 accounts of 365 days under every truth",
            taken["needle calibrate, a year"],
            5.0,
            "s",
        ),
    ]
    return conclude(targets, options.json)


if __name__ == "__main__":
    sys.exit(main())
