"""Build and fit up to 100,000 made-up accounts, within 8 GB, beside pandas and its like.

Populations with five channels, shares among them, and a reading every day for a year, written as
Parquet outside the clock. ``needle accounts build`` and ``fit`` run as commands, each watched with
all that it starts. The others start from the same tables in a process of their own: pandas makes
the panel, statsmodels fits each account (HC3) and all of them (within, clustered), pyfixest all of
them (constants absorbed, CRV1). They get populations of growing size as long as they keep within
the same memory and the CPU seconds that ours took for the largest. On the largest that each does,
all its estimates and errors have to be ours to 1e-8. A build on Spark is measured by Spark's own
record of its tasks, for a paper estimate of 100 million accounts.

Run::

    python benchmarks/accounts_scale.py --write docs/scale.md        # an hour
    python benchmarks/accounts_scale.py --accounts 20 60 --days 260 --spark 0
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy reads it

import json
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from analysis.accounts.fit import fit
from analysis.model.design import SHORT
from machine import Target, busy, conclude, describe, parser
from many import population
from many.estimate import Cluster
from many.measure import Taken, size, watched
from many.page import page, table
from many.runs import Peer, Run, exponent
from many.spark import Tasks, submit_args, tasks

ACCOUNTS, DAYS = (1_000, 10_000, 100_000), 365
SMALLEST = 10
"""Accounts whose build and fit take what every start takes."""
MEMORY = 8e9
TOLERANCE, EXPONENT = 1e-8, 1.05
PEERS = ("statsmodels", "pyfixest")
SPARK, MASTER = 1_000, "local[2]"
NEEDLE = (sys.executable, "-m", "analysis", "accounts")


def made(place: Path, accounts: int, days: int) -> Path:
    """Return the folder of a population, written unless it is there."""
    folder = place / f"{accounts} accounts of {days} days"
    if not (folder / "in").exists():
        half = folder / "half"
        half.mkdir(parents=True)
        population.write(half, accounts, days)
        half.rename(folder / "in")
    return folder


def run(folder: Path, accounts: int, days: int) -> Run:
    """Build and fit one population."""
    panel, half = folder / "panel", folder / "panel.building"
    built = watched(
        (*NEEDLE, "build", str(folder / "in"), "--out", str(panel)),
        folder / "build.log",
        memory=MEMORY,
        folder=half,
    )
    stop(built)
    fitted = watched((*NEEDLE, "fit", str(panel), "--json"), folder / "fit.log", memory=MEMORY)
    stop(fitted)
    told = json.loads((panel / "manifest.json").read_text(encoding="utf-8"))
    if told["rows"]["score"] != accounts * days:
        sys.exit(f"{accounts} accounts have {told['rows']['score']} readings in the panel")
    sizes = (size(folder / "in"), size(panel / "panel"), size(panel / "moments"))
    return Run(accounts, days, told["rows"]["activity"], *sizes, built, fitted, folder)


def stop(taken: Taken) -> None:
    """Leave where a command of ours did not come to its end."""
    if taken.ended:
        sys.exit(f"needle accounts: {taken.ended}")


def say(what: str, accounts: int, taken: Taken) -> None:
    """Say on the way what something took."""
    print(
        f"{what}, {accounts:,} accounts: {taken.cpu:,.1f} CPU seconds, {taken.seconds:,.1f} on the "
        f"clock, {taken.peak / 1e9:.2f} GB {taken.ended}".rstrip(),
        flush=True,
    )


def peer(name: str, runs: Sequence[Run]) -> Peer:
    """Give another one growing populations until it takes too much."""
    script = Path(__file__).parent / "many" / "peers.py"
    found: dict[int, Taken] = {}
    for one in runs:
        command = (sys.executable, str(script), name, str(one.folder / "in"))
        out = one.folder / f"{name}.npz"
        found[one.accounts] = watched(
            (*command, str(out)), one.folder / f"{name}.log", memory=MEMORY, cpu=runs[-1].cpu
        )
        say(name, one.accounts, found[one.accounts])
        if found[one.accounts].ended:
            break
    done = [one for one in runs if one.accounts in found and not found[one.accounts].ended]
    differ = off(done[-1].folder, name) if done else float("nan")
    return Peer(name, found, differ)


def off(folder: Path, name: str) -> float:
    """Return the largest relative difference of an estimate or an error from ours.

    Estimates are held against their error where they are smaller than that.
    """
    ours, worst = fit(folder / "panel").bundle, 0.0
    with np.load(folder / f"{name}.npz") as theirs:
        pairs = [
            (ours.pooled.beta, np.sqrt(np.diag(ours.pooled.covariance)), "pooled", "pooled_error")
        ]
        if "beta" in theirs:
            if theirs["accounts"].tolist() != ours.own.accounts.tolist():
                return float("inf")
            pairs.append((ours.own.beta, ours.own.error, "beta", "error"))
        for beta, error, their_beta, their_error in pairs:
            there = np.isfinite(beta) & np.isfinite(error)
            if not there.any():
                return float("nan")
            b, e = theirs[their_beta][there], theirs[their_error][there]
            apart = np.abs(beta[there] - b) / np.maximum(np.abs(b), e)
            worst = max(worst, float(apart.max()), float(np.abs(error[there] / e - 1).max()))
    return worst


def on_spark(folder: Path) -> Tasks:
    """Build one population on Spark, on this machine, and return what its tasks took."""
    log = folder / "tasks"
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir()
    os.environ["PYSPARK_SUBMIT_ARGS"] = submit_args(log)
    build = (*NEEDLE, "build", str(folder / "in"), "--out", str(folder / "spark"))
    taken = watched(
        (*build, "--engine", "spark", "--master", MASTER), folder / "spark.log", memory=MEMORY
    )
    stop(taken)
    return tasks(log)


def targets(runs: Sequence[Run], start: Run, peers: Sequence[Peer]) -> list[Target]:
    """Return what is aimed at."""
    peak = max(one.peak for one in runs) / 1e9
    found = [Target("largest memory of build and fit", peak, MEMORY / 1e9, "GB")]
    if len(runs) > 1:
        found += [
            Target("exponent of CPU seconds on accounts", exponent(runs), EXPONENT),
            Target("the same less the start", exponent(runs, start.cpu), EXPONENT),
        ]
    for one in peers:
        what = f"largest difference from {one.name}, {one.largest:,} accounts"
        found.append(Target(what, one.differ, TOLERANCE))
    return found


def options_of() -> Namespace:
    """Return what was asked for."""
    about = parser(__doc__, 1)
    about.add_argument("--accounts", type=int, nargs="+", default=ACCOUNTS, help="sizes, growing")
    about.add_argument("--days", type=int, default=DAYS, help=f"readings of each ({DAYS})")
    about.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="beside these")
    about.add_argument(
        "--spark", type=int, default=SPARK, help=f"accounts to build on Spark, 0 for none ({SPARK})"
    )
    about.add_argument("--keep", type=Path, help="write populations there, and use those there are")
    about.add_argument("--write", type=Path, help="write the page to this file")
    options = about.parse_args()
    if options.days < SHORT:
        about.error(f"expected at least {SHORT} days: shorter accounts have fewer own lags")
    return options


def measured(place: Path, options: Namespace) -> int:
    """Run all of it, the populations in ``place``, and return 1 where a target is missed."""
    load = busy()
    start = run(made(place, SMALLEST, options.days), SMALLEST, options.days)
    runs = []
    for accounts in sorted(options.accounts):
        runs.append(run(made(place, accounts, options.days), accounts, options.days))
        say("build", accounts, runs[-1].build)
        say("fit", accounts, runs[-1].fit)
    there = [name for name in options.peers if find_spec(name)]
    peers = [peer(name, runs) for name in there]
    spark = None
    if options.spark:
        folder = made(place, options.spark, options.days)
        spark = (options.spark * options.days, on_spark(folder))
    print(table(runs, start, peers))
    for name in set(options.peers) - set(there):
        print(f"{name} is not installed: not compared with it")
    aimed = targets(runs, start, peers)
    if options.write:
        text = page(runs, start, peers, spark, Cluster(), aimed, describe(), load)
        options.write.write_text(text, encoding="utf-8")
    return conclude(aimed, options.json)


def main() -> int:
    options = options_of()
    if options.keep:
        return measured(options.keep, options)
    with tempfile.TemporaryDirectory(prefix="needle-") as scratch:
        return measured(Path(scratch), options)


if __name__ == "__main__":
    sys.exit(main())
