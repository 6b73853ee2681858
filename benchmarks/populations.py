"""Measure how often ``needle accounts`` is wrong about simulated populations of known truth.

Populations are those of `people`, which knows nothing of the model. Some go all the way: files,
``needle accounts build``, ``needle accounts fit``. The same ones, as arrays, go through the same
functions after the engine; where any number differs by more than 1e-9 the run fails. So the rates
can be measured on arrays, on many more populations than could be built.

Run::

    python benchmarks/populations.py                          # 1,000 populations a cell: hours
    python benchmarks/populations.py --populations 50 --files 1
    python benchmarks/populations.py --keep rates.json --write docs/populations.md

With ``--keep``, what was measured is kept, and a run that was stopped goes on there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy import special

import people
import rates
from analysis.accounts.build import build
from analysis.accounts.columns import MOST_LAGS, Columns
from analysis.accounts.effects import ChannelEffects, Population, population_of
from analysis.accounts.fit import fit
from analysis.accounts.folder import read_input
from analysis.accounts.gram import Grams, enough, within
from analysis.accounts.groups import who_differs
from analysis.accounts.judge import judge
from analysis.accounts.own import own_of_rows
from analysis.accounts.take_in import Options
from analysis.model.design import SHORT
from people import CHANNELS, MOST_DAYS, People, World
from rates import Kept, name_of

COLUMNS = Columns(CHANNELS, ("bundle",))
LAGS = slice(len(CHANNELS), len(CHANNELS) + MOST_LAGS)
WEEKDAYS = slice(LAGS.stop, LAGS.stop + 6)
MARGIN, ALPHA = 0.06, 0.05
CHUNK = {20: 100, 1000: 10}
"""Populations that are judged, and kept, at a time."""

CELLS = [(world, accounts) for world in rates.WORLDS for accounts in (20, 1000)]


def panel(crowd: People) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of the design with the outcome last, which enter, and own lags.

    Returns
    -------
    rows : array (a, k + 1, d)
        Zero where a reading does not enter.
    used : array (a, d) of bool
    lags : array (a,) of int
    """
    change = np.diff(crowd.score, axis=1, prepend=np.nan)
    away = np.nan_to_num(change - np.nanmean(change, axis=1, keepdims=True))
    day = np.arange(MOST_DAYS)
    lags = np.where(crowd.days < SHORT, 7, MOST_LAGS)
    used = (day > lags[:, None]) & (day < crowd.days[:, None])
    rows = np.zeros((len(lags), len(COLUMNS.names) + 1, MOST_DAYS))
    for number in range(len(CHANNELS)):
        rows[:, number] = crowd.posts[:, number]
        rows[:, number, 1:] += crowd.posts[:, number, :-1]
    for lag in range(1, MOST_LAGS + 1):
        rows[:, LAGS.start + lag - 1, lag:] = away[:, :-lag] * (lags >= lag)[:, None]
    weekday = people.weekday(crowd.first[:, None] + day)
    for number in range(1, 7):
        rows[:, WEEKDAYS.start + number - 1] = weekday == number
    rows[:, -1] = away
    rows *= used[:, None]
    return rows, used, lags


def grams_of(crowd: People, rows: np.ndarray, used: np.ndarray, lags: np.ndarray) -> Grams:
    """Return the accounts' products, as `analysis.accounts.gram` reads them from a panel."""
    n, sums = used.sum(axis=1).astype(float), rows.sum(axis=2)
    upper = tuple(np.array(list(COLUMNS.pairs())).T)
    products = np.matmul(rows, rows.transpose(0, 2, 1))[:, *upper]
    quiet = (used[:, None] & (rows[:, : len(CHANNELS)] == 0)).sum(axis=2).astype(float)
    return Grams(crowd.names, n, *within(n, sums, products, COLUMNS), lags, sums[:, :-1], quiet)


def fitted(crowd: People) -> Population:
    """Fit a population in memory, by the functions of ``needle accounts fit``."""
    rows, used, lags = panel(crowd)
    grams = grams_of(crowd, rows, used, lags)
    if not enough(grams).all():
        raise ValueError("an account with too few readings")

    def each() -> Iterator[Any]:
        for row, name in enumerate(crowd.names):
            mine = rows[row, :, lags[row] + 1 : crowd.days[row]].T
            yield np.array([name]), mine[:, :-1], mine[:, -1], np.array([0, len(mine)])

    own = own_of_rows(grams, each())
    return population_of(grams, own, COLUMNS, coding="bundle", days=2, kind="level", thin=0)


def from_files(crowd: People, folder: Path, kind: str, seed: int) -> Population:
    """Fit a population from files on disk, as the commands do."""
    source = people.write(crowd, folder / "in", kind, seed)
    build(read_input(source), folder / "panel", Options(workers=1), lambda _: None)
    return fit(folder / "panel").bundle


def differ(one: Population, other: Population) -> float:
    """Return by how much the numbers of two fits differ at most, relative to their size."""
    pairs = zip(_numbers(one), _numbers(other), strict=True)
    return max(
        abs(a - b) / max(1.0, abs(a), abs(b))
        if np.isfinite([a, b]).all()
        else (0.0 if str(a) == str(b) else np.inf)
        for a, b in pairs
    )


def _numbers(found: Population) -> Iterator[float]:
    for channel in found.channels:
        pooled, share = channel.pooled, channel.share
        yield from (pooled.value, pooled.error, pooled.df, channel.plain.error)
        yield from (share.accounts, share.found, share.up, share.down, share.least)
        yield from share.interval
        if channel.mean is not None:
            yield from asdict(channel.mean).values()
        yield from channel.own.tolist()
        yield from channel.error.tolist()
    joint = found.joint()
    yield from (np.nan, np.nan) if joint is None else (joint[0], joint[2])


def measured(job: tuple[World, int, range]) -> tuple[list[dict[str, Any]], np.ndarray, np.ndarray]:
    """Judge populations of one cell; return a row of each, and sums for the pooled truth."""
    world, accounts, seeds = job
    rows, xx, xy = [], np.zeros(()), np.zeros(())
    for seed in seeds:
        crowd = people.population(world, accounts, seed)
        found = fitted(crowd)
        rows.append(row_of(world, crowd, found))
        each = np.einsum("aij,aj->i", found.grams.xx, coefficients(crowd))
        xx, xy = xx + found.grams.xx.sum(axis=0), xy + each
    return rows, xx, xy


def coefficients(crowd: People) -> np.ndarray:
    """Return every account's true coefficients; shape (a, k)."""
    true = np.zeros((len(crowd.names), len(COLUMNS.names)))
    true[:, 0] = crowd.coefficients
    true[:, LAGS.start] = crowd.memory
    true[:, WEEKDAYS] = people.WEEKDAYS[1:] - people.WEEKDAYS[0]
    return true


def row_of(world: World, crowd: People, found: Population) -> dict[str, Any]:
    """Return what is asked of one population."""
    focal, mean = found.channels[0], found.channels[0].mean
    assert mean is not None
    joint, plain = found.joint(), found.pooled.joint([1, 2])
    known = np.isfinite(focal.own)
    differs = who_differs(
        people.attributes(crowd).set_index("account"), found.grams.accounts, focal
    ).found
    verdicts = [claim.verdict for claim in judge(found, MARGIN, ALPHA, "points per post")]
    return {
        "pooled": [focal.pooled.value, *focal.pooled.interval()],
        "plain": list(focal.plain.interval()),
        "mean": [mean.mean, *mean.interval()],
        "tau": mean.tau,
        "prediction": inside(world, *mean.prediction()),
        "named": focal.share.found,
        "rightly": int((crowd.effect[known] != 0).sum()),
        "least": [focal.share.least, *focal.share.interval],
        "joint": None if joint is None else joint[2],
        "joint_plain": None if plain is None else plain[2],
        "differs": differs[0].p_adjusted if differs else None,
        "others": [responds(channel) for channel in found.others],
        "verdicts": verdicts,
    }


def responds(channel: ChannelEffects) -> bool:
    """Return whether a channel is said to have accounts that respond (`judge.spread_words`)."""
    return bool(channel.share.found or channel.share.interval[0] > 0)


def inside(world: World, low: float, high: float) -> float:
    """Return for which share of all accounts the true effect lies in an interval."""
    if world.spread:
        below = special.ndtr((np.array([low, high]) - world.effect) / world.spread)
        share = float(below[1] - below[0])
    else:
        share = float(low <= world.effect <= high)
    return world.responding * share + (1 - world.responding) * float(low <= 0 <= high)


def compared(job: tuple[World, int, int]) -> float:
    """Return by how much a population differs that goes through files and through memory."""
    world, accounts, seed = job
    crowd = people.population(world, accounts, seed)
    with tempfile.TemporaryDirectory() as folder:
        told = from_files(crowd, Path(folder), ("csv", "parquet")[seed % 2], seed)
    return differ(told, fitted(crowd))


def read_kept(path: Path | None) -> dict[str, Kept]:
    """Return what earlier runs measured."""
    if path is None or not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Kept(**{**one, "xx": np.array(one["xx"]), "xy": np.array(one["xy"])})
        for name, one in found.items()
    }


def keep(kept: dict[str, Kept], path: Path | None) -> None:
    """Write what was measured."""
    if path is None:
        return
    told = {
        name: {**asdict(one), "xx": np.asarray(one.xx).tolist(), "xy": np.asarray(one.xy).tolist()}
        for name, one in kept.items()
    }
    half = path.with_name(path.name + ".half")
    half.write_text(json.dumps(told), encoding="utf-8")
    half.replace(path)


def run(cells: Sequence[tuple[World, int]], options: argparse.Namespace) -> dict[str, Kept]:
    """Measure what is not kept yet."""
    kept = read_kept(options.keep)
    with ProcessPoolExecutor(options.workers) as pool:
        for world, accounts in cells:
            mine = kept.setdefault(name_of(world, accounts), Kept())
            files = options.files if accounts < people.MANY else options.files // 4
            jobs = [(world, accounts, seed) for seed in range(len(mine.files), files)]
            mine.files += list(pool.map(compared, jobs))
            keep(kept, options.keep)
            size = CHUNK[accounts]
            starts = range(len(mine.rows), options.populations, size)
            chunks = [
                (world, accounts, range(begin, min(begin + size, options.populations)))
                for begin in starts
            ]
            for rows, xx, xy in pool.map(measured, chunks):
                mine.rows += rows
                mine.xx, mine.xy = mine.xx + xx, mine.xy + xy
                keep(kept, options.keep)
            print(
                f"{name_of(world, accounts)} accounts: {len(mine.rows):,} populations", flush=True
            )
    return kept


def main() -> int:
    """Measure, write the page, and return 1 where something aimed at is missed."""
    about = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    about.add_argument("--populations", type=int, default=1000, help="of each cell")
    about.add_argument(
        "--files", type=int, default=20, help="of these, through files; a fourth on 1,000 accounts"
    )
    about.add_argument("--workers", type=int, default=2)
    about.add_argument("--keep", type=Path, help="keep what was measured here, and go on there")
    about.add_argument("--write", type=Path, help="write the page, and a JSON beside it")
    options = about.parse_args()
    began = time.perf_counter()
    kept = run(CELLS, options)
    found = [rates.rates(world, accounts, kept) for world, accounts in CELLS]
    missed = rates.missed(found)
    text = rates.page(found, missed)
    print(f"\n{text}\n{time.perf_counter() - began:.0f} s")
    if options.write:
        options.write.write_text(text, encoding="utf-8")
        told = json.dumps({"cells": found, "missed": missed}, indent=1) + "\n"
        options.write.with_suffix(".json").write_text(told, encoding="utf-8")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
