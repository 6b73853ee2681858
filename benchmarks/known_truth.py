"""How often is a verdict wrong on accounts of known truth? Raw files in, verdict out.

Every account is written to disk as native exports by ``analysis.worlds`` and judged by the same
``analysis.load(folder).results()`` that ``needle verdict`` prints. The table says, for each
world, in how many of N accounts each claim got each verdict, with its Monte Carlo interval.

Run::

    python benchmarks/known_truth.py                     # 100 accounts a world, 240 days
    python benchmarks/known_truth.py --seeds 20 --days 365 --worlds nothing blog-only
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import analysis
from analysis import worlds
from analysis.evidence.upticks import wilson

FALSE_BLOG = 10
FALSE_OTHER = 10
FOUND_BLOG = 90
"""Of 100 accounts: what the table is held against."""


@dataclass(frozen=True)
class Judged:
    """One simulated account, judged.

    Attributes
    ----------
    world : str
        Its world.
    verdicts : dict of str to str
        By claim.
    covered : bool or None
        Whether the 95 % interval of the focal effect holds the true one.
    """

    world: str
    verdicts: dict[str, str]
    covered: bool | None


def judge(job: tuple[str, int, int]) -> Judged:
    """Write one account to files, judge it, and compare with its truth."""
    world, seed, days = job
    with tempfile.TemporaryDirectory() as scratch:
        folder = worlds.write_world(world, Path(scratch) / "account", seed=seed, days=days)
        results = analysis.load(folder).results()
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    focal = results["channels"][results["study"]["focal"]]
    low, high = focal.get("interval", (None, None))
    covered = None if low is None else bool(low <= truth["bundle"] <= high)
    verdicts = {claim["id"]: claim["verdict"] for claim in results["claims"]}
    return Judged(world, verdicts, covered)


def share(hits: int, n: int) -> str:
    """Return a count with the 95 % interval of its share (Wilson), in percent."""
    low, high = wilson(hits, n)
    return f"{hits}/{n} ({100 * low:.0f}–{100 * high:.0f} %)"


def rows(judged: Iterable[Judged], world: str) -> dict[str, Counter[str]]:
    """Return the verdicts on each headline claim in one world."""
    mine = [one for one in judged if one.world == world]
    claims = ("blogging-moves-score", "nothing-else-correlates", "only-blogging")
    return {claim: Counter(one.verdicts[claim] for one in mine) for claim in claims}


HEADER = (
    "| world | blog moves it: supported | refuted | something else: found "
    "| only blogging: supported | refuted | 95 % interval holds the truth |\n"
    "|---|---|---|---|---|---|---|"
)


def table(judged: list[Judged], names: list[str], n: int) -> str:
    """Return the table as Markdown, one row a world."""
    lines = [HEADER]
    for name in names:
        found = rows(judged, name)
        covered = [one.covered for one in judged if one.world == name and one.covered is not None]
        blog = found["blogging-moves-score"]
        other, only = found["nothing-else-correlates"], found["only-blogging"]
        cells = (
            share(blog["supported"], n),
            share(blog["refuted"], n),
            share(other["refuted"], n),
            share(only["supported"], n),
            share(only["refuted"], n),
            share(sum(covered), len(covered)) if covered else "–",
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def broken_bounds(judged: list[Judged], names: list[str], n: int, days: int) -> list[str]:
    """Return which bounds the counts break, each in a line."""
    broken, percent = [], 100 / n
    for name in names:
        truth = worlds.truth(worlds.simulate(name, seed=0, days=days))
        found = rows(judged, name)
        blog = found["blogging-moves-score"]["supported"]
        other = found["nothing-else-correlates"]["refuted"]
        if not truth["bundle"] and blog * percent > FALSE_BLOG:
            broken.append(f"{name}: blog supported in {blog} of {n}")
        if not truth["others_move"] and other * percent > FALSE_OTHER:
            broken.append(f"{name}: something else found in {other} of {n}")
        if truth["only_focal_moves"] and blog * percent < FOUND_BLOG:
            broken.append(f"{name}: blog found in only {blog} of {n}")
    return broken


def main() -> int:
    """Print the table; exit 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=240)
    parser.add_argument("--worlds", nargs="*")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    names = options.worlds or [name for name in worlds.names() if name != "banfield-2012"]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    jobs = [(name, seed, options.days) for name in names for seed in seeds]
    began = time.perf_counter()
    with ProcessPoolExecutor(options.workers) as pool:
        judged = list(pool.map(judge, jobs, chunksize=5))
    spent = time.perf_counter() - began
    text = (
        f"{options.seeds} accounts a world (seeds {seeds[0]} to {seeds[-1]}), {options.days} "
        "readings each, through files. In brackets: the 95 % interval of each share.\n\n"
        f"{table(judged, names, options.seeds)}\n"
    )
    print(text)
    print(f"{len(jobs)} accounts in {spent:.0f} s; {len(jobs) / spent:.1f} a second.")
    if options.write:
        command = "python benchmarks/known_truth.py --write docs/error-rates.md"
        head = f"# Error rates on accounts of known truth\n\nWritten by `{command}`.\n\n"
        worlds_told = "\n".join(f"- **{name}**: {worlds.describe(name)}" for name in names)
        options.write.write_text(f"{head}{text}\n## The worlds\n\n{worlds_told}\n", "utf-8")
    broken = broken_bounds(judged, names, options.seeds, options.days)
    for line in broken:
        print(f"BROKEN: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
