"""Measure how often a verdict is wrong on accounts of known truth.

Accounts come from ``analysis.worlds``, whose truth is known, and are judged by the claims that
``needle verdict`` prints. ``--quick`` writes every account to disk as native exports and reads
it back. ``--memory`` makes the table of ``docs/error-rates.md``: 1,000 accounts a world at three
lengths by ``analysis.simulated``, and 20 a world through files as well, which must agree to the
last digit. Nothing is drawn anew from run to run: the same command gives the same table.

Run::

    python benchmarks/known_truth.py                     # --quick: 100 accounts a world, 240 days
    python benchmarks/known_truth.py --memory            # docs/error-rates.md, minutes
    python benchmarks/known_truth.py --render            # the same page from the counts it kept
    python benchmarks/known_truth.py --seeds 20 --days 365 --worlds nothing blog-only
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import analysis
from analysis import worlds
from analysis.claims.base import Claim
from analysis.claims.ledger import judge_headline, margin_of, wording_of
from analysis.model.primary import fit_primary
from analysis.panel import Panel
from analysis.simulated import simulated_panel
from analysis.workbench import Study
from known.counts import CLAIMS, Cell, cells_of, missed, said
from known.page import page, quick_table

ROOT = Path(__file__).parents[1]
PAGE, COUNTS, WHY = "error-rates.md", "error-rates.json", "error-causes.json"
ALPHA = 0.05
LENGTHS = (180, 365, 730)
SEEDS, FILE_SEEDS, FILE_DAYS = 1000, 20, 365
QUICK_SEEDS, QUICK_DAYS = 100, 240

Job = tuple[str, int, int]
"""World, seed, days."""


@dataclass(frozen=True)
class Judged:
    """One simulated account, judged.

    Attributes
    ----------
    world, seed, days
        Which account.
    verdicts : tuple of str
        On each of `CLAIMS`.
    truth : float
        Points that a blog post with its shares truly adds within 48 hours.
    estimate : float or None
        The estimate of that, and
    interval : tuple of float, or None
        its 95 % interval.
    """

    world: str
    seed: int
    days: int
    verdicts: tuple[str, ...]
    truth: float
    estimate: float | None
    interval: tuple[float, float] | None


def judge_memory(job: Job) -> Judged:
    """Judge one account without files."""
    world, seed, days = job
    account = worlds.simulate(world, seed=seed, days=days, worded=False)
    return judged(job, account, headline(simulated_panel(account), account))


def judge_files(job: Job) -> Judged:
    """Write one account as native exports, read it back, and judge the headline."""
    account, study = written(job)
    return judged(job, account, headline(study.arrays, account))


def judge_ledger(job: Job) -> Judged:
    """Write one account as native exports, read it back, and judge every claim."""
    account, study = written(job)
    return judged(job, account, [study.ledger.claim(name) for name in CLAIMS])


def written(job: Job) -> tuple[worlds.Account, Study]:
    """Return an account, and the study that reading its exports gives."""
    world, seed, days = job
    account = worlds.simulate(world, seed=seed, days=days)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        worlds.write_account(account, folder, zone=ZoneInfo(worlds.TIMEZONE))
        return account, analysis.load(str(folder))


def headline(panel: Panel, account: worlds.Account) -> Sequence[Claim]:
    """Return the claims of the headline, or none where there are too few readings."""
    bundle, own = fit_primary(panel, "bundle"), fit_primary(panel, "all posts")
    if bundle is None or own is None:
        return ()
    margin, _ = margin_of(panel, account.world.smallest_effect)
    return judge_headline(bundle, own, wording_of(panel), margin, ALPHA).claims


def judged(job: Job, account: worlds.Account, claims: Sequence[Claim]) -> Judged:
    """Return an account with its verdicts."""
    if not claims:
        return Judged(*job, ("untestable",) * len(CLAIMS), account.bundle_effect, None, None)
    focal, verdicts = claims[0], tuple(claim.verdict for claim in claims)
    return Judged(*job, verdicts, account.bundle_effect, focal.estimate, focal.interval)


def in_parallel(
    work: Callable[[Job], Judged], jobs: Sequence[Job], workers: int, label: str
) -> list[Judged]:
    """Judge every account, in the order of ``jobs``; progress goes to stderr."""
    began, told = time.perf_counter(), 0.0
    found: list[Judged] = []
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read by the processes that are about to start
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for one in pool.map(work, jobs, chunksize=10):
            found.append(one)
            spent = time.perf_counter() - began
            if spent - told > 20 or len(found) == len(jobs):
                told = spent
                print(f"{label}: {len(found):,} of {len(jobs):,}, {spent:.0f} s", file=sys.stderr)
    return found


def counted(found: Iterable[Judged]) -> list[Cell]:
    """Return the counts by world and length."""
    return cells_of(
        (one.world, one.days, one.verdicts, one.truth, one.estimate, one.interval) for one in found
    )


def disagreements(files: Sequence[Judged], memory: Sequence[Judged]) -> list[str]:
    """Return the accounts that the two ways judge differently, each in a line."""
    known = {(one.world, one.seed, one.days): one for one in memory}
    return [
        f"{one.world}, seed {one.seed}: {one} through files, {other} without"
        for one in files
        if one != (other := known[one.world, one.seed, one.days])
    ]


def measure(
    names: Sequence[str], lengths: Sequence[int], seeds: range, workers: int, out: Path
) -> int:
    """Make the whole table, keep its counts, write the page; return the exit code."""
    began = time.perf_counter()
    jobs = [(name, seed, days) for days in lengths for seed in seeds for name in names]
    by_files = [job for job in jobs if job[2] == FILE_DAYS and job[1] < seeds[0] + FILE_SEEDS]
    files = in_parallel(judge_ledger, by_files, workers, "through files")
    memory = in_parallel(judge_memory, jobs, workers, "without files")
    different = disagreements(files, memory)
    for line in different:
        print(f"NOT THE SAME: {line}", file=sys.stderr)
    told = {
        "seeds": [seeds[0], seeds[-1]],
        "through_files": {"accounts": len(files), "same": len(files) - len(different)},
        "cells": [cell.kept() for cell in counted(memory)],
    }
    (out / COUNTS).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    render(out)
    print(f"{len(jobs):,} accounts in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 1 if different else 0


def render(out: Path) -> int:
    """Write the page from the counts that were kept; return the exit code."""
    counts = json.loads((out / COUNTS).read_text("utf-8"))
    causes = json.loads((ROOT / "docs" / WHY).read_text("utf-8"))
    (out / PAGE).write_text(page(counts, causes), "utf-8")
    print(f"wrote {out / PAGE}", file=sys.stderr)
    return 0


def quick(names: Sequence[str], lengths: Sequence[int], seeds: range, workers: int) -> int:
    """Print a small table, every account through files; return 1 when a bound surely breaks."""
    jobs = [(name, seed, days) for days in lengths for seed in seeds for name in names]
    cells = counted(in_parallel(judge_files, jobs, workers, "through files"))
    print(quick_table(cells))
    broken = list(missed(cells, certainly=True))
    for measure_of, cell in broken:
        print(f"BROKEN: {said(measure_of, cell)}", file=sys.stderr)
    return 1 if broken else 0


def main() -> int:
    """Run what the options say; exit 1 when a bound breaks (quick) or the two ways differ."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", action="store_true", help="a small table through files (default)")
    mode.add_argument("--memory", action="store_true", help="the whole table, and its page")
    mode.add_argument("--render", action="store_true", help="write the page from kept counts")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="where the page goes")
    parser.add_argument("--seeds", type=int, help="accounts a world and length")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--days", type=int, nargs="*", help="readings of an account")
    parser.add_argument("--worlds", nargs="*")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if options.render:
        return render(options.out)
    free = [name for name in worlds.names() if worlds.get(name).period is None]
    names = options.worlds or free
    count = options.seeds or (SEEDS if options.memory else QUICK_SEEDS)
    lengths = options.days or (LENGTHS if options.memory else (QUICK_DAYS,))
    seeds = range(options.first_seed, options.first_seed + count)
    if options.memory:
        return measure(names, lengths, seeds, options.workers, options.out)
    return quick(names, lengths, seeds, options.workers)


if __name__ == "__main__":
    sys.exit(main())
