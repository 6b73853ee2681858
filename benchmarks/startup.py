"""Time how soon the commands answer, beside what importing their libraries alone takes.

CPU seconds of whole processes, the median of several, in one run: ``needle --help``; ``needle
verdict`` beside ``import pandas, statsmodels.api, scipy.stats``; an unchanged report; and 1,000
simulated accounts of a year under every truth (`needle calibrate`).

Run::

    python benchmarks/startup.py
    python benchmarks/startup.py --repeat 9
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "data" / "banfield-2012"
IMPORTS = "import pandas, statsmodels.api, scipy.stats"
HELP_LIMIT, VERDICT_LIMIT, CALIBRATE_LIMIT = 0.25, 1.5, 5.0
YEAR = 365


def cpu(*arguments: str, repeat: int) -> float:
    """Return the median CPU seconds of a process of this Python, its children's included."""
    taken = []
    for _ in range(repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def needle(*arguments: str, repeat: int) -> float:
    """Return the median CPU seconds of a command."""
    return cpu("-m", "analysis", *arguments, repeat=repeat)


def main() -> int:
    """Print the times and their ratios; exit 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each; the median counts")
    repeat = parser.parse_args().repeat
    shown = needle("--help", repeat=repeat)
    imports = cpu("-c", IMPORTS, repeat=repeat)
    verdict = needle("verdict", str(STUDY), repeat=repeat)
    with tempfile.TemporaryDirectory() as scratch:
        pages = str(Path(scratch) / "reports")
        first = needle("report", str(STUDY), "--out", pages, repeat=1)
        again = needle("report", str(STUDY), "--out", pages, repeat=repeat)
        year = str(Path(scratch) / "year")
        needle("simulate", "blog-only", year, "--days", str(YEAR), repeat=1)
        calibrate = needle("calibrate", year, repeat=1)
    print(f"CPU seconds, median of {repeat}")
    print(f"  needle --help                       {shown:6.2f}   (at most {HELP_LIMIT:g})")
    print(f"  {IMPORTS[:35]:<35} {imports:6.2f}")
    ratio = verdict / imports
    print(f"  needle verdict                      {verdict:6.2f}   {ratio:.2f} times the imports")
    print(f"  needle report, from nothing (once)  {first:6.2f}")
    print(f"  needle report, nothing changed      {again:6.2f}")
    print(f"  needle calibrate, a year (once)     {calibrate:6.2f}   1,000 accounts a truth")
    broken = shown > HELP_LIMIT or ratio > VERDICT_LIMIT or calibrate - imports > CALIBRATE_LIMIT
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
