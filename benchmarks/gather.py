"""Run the benchmarks of speed, and write what they found to ``docs/benchmarks.md``.

Each is a script beside this one, which compares ours with others, or with itself on more data, in
one run. What takes hours or minutes (error rates, broken exports) has pages of its own and is
run by ``make bench-long``.

Run::

    python benchmarks/gather.py                     # make bench: minutes
    python benchmarks/gather.py --only curve growth --print
    python benchmarks/gather.py --only curve --again  # these rows and sections of the page anew
    python benchmarks/gather.py --long              # make bench-long: hours
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import machine

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
SPEED = ("startup", "render", "paint", "curve", "growth", "ingest", "accounts_peers")
"""The scripts that take minutes at most, in the order of the page."""

SHARED = ("gather", "machine", "people", "rates")
"""No benchmarks."""

HEAD = """\
# Benchmarks

Written by `make bench`, on the machine below. Every script is in `benchmarks/`; it runs what is
compared in turn, in one run, on the same inputs, holds the outputs against each other, and takes
the median. Seconds are CPU seconds unless they say otherwise. Error rates are measured too, and
have their own pages: [error-rates.md](error-rates.md), [fresh-worlds.md](fresh-worlds.md),
[unseen-worlds.md](unseen-worlds.md), [experiment.md](experiment.md), [whatif.md](whatif.md),
[populations.md](populations.md), [bursts.md](bursts.md), [fuzz.md](fuzz.md),
[crossposts.md](crossposts.md) (`make bench-long`).
"""

AGAIN = ["\nMeasured again by `python benchmarks/gather.py --again`, after the others."]


@dataclass(frozen=True)
class Run:
    """What one script came to.

    Attributes
    ----------
    name : str
        Of the script.
    code : int
        Its exit code: 1 where something aimed at was missed, or an output differs.
    output : str
        What it printed.
    targets : list of Target
        What it aims at.
    """

    name: str
    code: int
    output: str = field(repr=False)
    targets: list[machine.Target]


def purpose(name: str) -> str:
    """Return what a script says of itself, without how to run it."""
    doc = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
    return str(doc).split("\nRun::")[0].strip()


def run(name: str, folder: Path, more: Sequence[str] = ()) -> Run:
    """Run one script, and say on the way what it says."""
    kept = folder / f"{name}.json"
    command = [sys.executable, str(HERE / f"{name}.py"), "--json", str(kept), *more]
    print(f"\n== benchmarks/{name}.py", flush=True)
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return Run(name, process.returncode, "".join(lines), machine.read_targets(kept))


def others() -> list[Path]:
    """Return the scripts that ``make bench`` leaves to ``make bench-long``."""
    return [one for one in sorted(HERE.glob("*.py")) if one.stem not in (*SPEED, *SHARED)]


def run_long() -> int:
    """Run each of the others as it is, to the first that fails; return its exit code."""
    for script in others():
        print(f"\n== benchmarks/{script.name}", flush=True)
        done = subprocess.run([sys.executable, str(script)], check=False)
        if done.returncode:
            return done.returncode
    return 0


def page(runs: Sequence[Run], about: dict[str, str], load: str) -> str:
    """Return the page."""
    parts = [HEAD, "## Machine\n", "| | |\n|---|---|"]
    parts += [f"| {name} | {value} |" for name, value in about.items()]
    parts += [f"| wanting a core when it began | {load} |", "\n## What is aimed at\n"]
    parts += ["| benchmark | what | measured | aimed at | met |\n|---|---|---:|---|---|"]
    for one in runs:
        parts += [f"| {one.name} | {' | '.join(target.cells)} |" for target in one.targets]
    left = [name for name in SPEED if name not in {one.name for one in runs}]
    if left:
        parts.append(f"\nNot run this time: {', '.join(left)}. `make bench` runs all.")
    for one in runs:
        parts += _section(one)
    return "\n".join(parts) + "\n"


def renewed(old: str, runs: Sequence[Run]) -> str:
    """Return a page with what some scripts found in place of what it said of them before."""
    for one in runs:
        rows = "".join(f"| {one.name} | {' | '.join(target.cells)} |\n" for target in one.targets)
        old, found = re.subn(
            rf"(?:^\| {one.name} \|.*\n)+", lambda _, new=rows: new, old, flags=re.M
        )
        before, head, rest = old.partition(f"\n## `benchmarks/{one.name}.py`\n")
        if not head or found != 1:
            raise SystemExit(f"{PAGE.name} says nothing of {one.name}: run all")
        after = re.search(r"^## `benchmarks/", rest, flags=re.M)
        said = _section(one) + AGAIN
        old = before + "\n".join(said) + "\n" + (f"\n{rest[after.start() :]}" if after else "")
    return old


def _section(one: Run) -> list[str]:
    """Return what the page says of one script, below the table."""
    parts = [f"\n## `benchmarks/{one.name}.py`\n\n{purpose(one.name)}\n"]
    if one.code and all(target.met for target in one.targets):
        parts.append(f"**It failed: exit code {one.code}.**\n")
    return [*parts, f"```text\n{one.output.strip()}\n```"]


def main() -> int:
    about = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    there = [name for name in SPEED if (HERE / f"{name}.py").exists()]
    about.add_argument("--only", nargs="+", choices=there, default=there, help="these scripts")
    about.add_argument("--again", action="store_true", help="keep what the page says of others")
    about.add_argument("--print", action="store_true", help="leave the page as it is")
    about.add_argument("--long", action="store_true", help="the other scripts; no page")
    about.add_argument("--lean", help="the Python of an environment without JupyterLab, to render")
    options = about.parse_args()
    if options.long:
        return run_long()
    load = machine.busy()
    more = {"render": ["--user", sys.executable, "--lean", options.lean]} if options.lean else {}
    with tempfile.TemporaryDirectory() as scratch:
        runs = [run(name, Path(scratch), more.get(name, ())) for name in options.only]
    if not options.print:
        old = PAGE.read_text(encoding="utf-8") if options.again else ""
        made = renewed(old, runs) if options.again else page(runs, machine.describe(), load)
        PAGE.write_text(made, encoding="utf-8")
        print(
            f"\nwrote {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}"
        )
    return int(any(one.code for one in runs))


if __name__ == "__main__":
    sys.exit(main())
