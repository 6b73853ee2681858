"""Hold the pooled estimates of many accounts against statsmodels and pyfixest.

200 simulated accounts of unequal length are built into a panel by DuckDB, and fitted from their
sums and products alone. The others get the readings themselves, their columns made anew by pandas
from the panel's counts and outcomes: statsmodels the regression with a dummy an account
(``cov_type="cluster"``), pyfixest the one with accounts absorbed (``CRV1``), both with errors by
account, and by account and day, which DuckDB sums for ours. Every coefficient and every standard
error has to be theirs to 1e-8; the exit code is 1 where one is not.

Run::

    python benchmarks/accounts_peers.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy reads it

import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.accounts.build import build, read_manifest
from analysis.accounts.columns import MOST_LAGS, Columns
from analysis.accounts.days import two_way
from analysis.accounts.folder import read_input
from analysis.accounts.gram import enough, whole
from analysis.accounts.pooled import Pooled, fit_pooled
from analysis.accounts.sample import write
from analysis.accounts.take_in import Options
from analysis.panel import Coding
from analysis.worlds import simulate
from machine import Target, conclude, paired, parser

ACCOUNTS, SHORTEST, STEP, LENGTHS = 200, 90, 30, 8
"""Accounts; the days of the shortest, and of each next length; how many lengths there are."""
TOLERANCE = 1e-8

Absorbed = Literal["nested", "counted"]


@dataclass(frozen=True)
class Readings:
    """What a peer is given.

    Attributes
    ----------
    table : DataFrame
        A row a reading that enters: account, day, y, and the regressors.
    names : list of str
        The regressors.
    """

    table: pd.DataFrame
    names: list[str]


By = Literal["account", "account and day"]
Peer = Callable[[Readings, By], tuple[np.ndarray, np.ndarray]]


def population(folder: Path, accounts: int) -> Path:
    """Write a panel of simulated accounts and return its place."""
    worlds = ("blog-only", "nothing")
    every = [
        (f"account {seed:03}", simulate(worlds[seed % 2], seed=seed, days=int(days), worded=False))
        for seed, days in enumerate(SHORTEST + STEP * (np.arange(accounts) % LENGTHS))
    ]
    build(read_input(write(folder / "in", every)), folder / "panel", Options(), lambda _: None)
    return folder / "panel"


def columns_of(panel: Path) -> Columns:
    """Return the regressors of a panel."""
    manifest = read_manifest(panel)
    return Columns(tuple(manifest["channels"]), tuple(manifest["codings"]))


def ours(panel: Path, coding: Coding, by: By, absorbed: Absorbed = "nested") -> Pooled:
    """Fit from the sums and products of the accounts that can be fitted."""
    columns = columns_of(panel)
    keep = columns.chosen(coding)
    grams = whole(panel, columns).chosen(keep)
    grams = grams.only(enough(grams))
    pooled = fit_pooled(grams, absorbed)
    if by == "account":
        return pooled
    return two_way(panel, grams, columns, keep, pooled, Options(), absorbed)


def readings_of(panel: Path, coding: Coding) -> Readings:
    """Return the readings that enter, with every regressor, made from the panel by pandas."""
    columns = columns_of(panel)
    keep = [columns.names[place] for place in columns.chosen(coding)]
    parts = [pd.read_parquet(path) for path in sorted((panel / "panel").rglob("*.parquet"))]
    table = pd.concat(parts).sort_values(["account", "day"], ignore_index=True)
    base = (table["steady"] - table["middle"]).groupby(table["account"])
    for lag in range(1, MOST_LAGS + 1):
        table[f"lag_{lag}"] = base.shift(lag).where(table["lags"] >= lag, 0.0)
    for day in range(1, 7):
        table[f"weekday_{day}"] = (table["weekday"] == day) * 1.0
    table["y"] = table["outcome"]
    grams = whole(panel, columns).chosen(columns.chosen(coding))
    known = set(grams.accounts[enough(grams)])
    used = (table["used"] == 1) & table["account"].isin(known)
    chosen = table.loc[used, ["account", "day", "y", *keep]].astype(dict.fromkeys(keep, float))
    there = [name for name in keep if chosen[name].any()]
    return Readings(chosen.reset_index(drop=True), there)


def by_statsmodels(given: Readings, by: By) -> tuple[np.ndarray, np.ndarray]:
    """Fit with a dummy an account."""
    table, k = given.table, len(given.names)
    dummies = pd.get_dummies(table["account"], dtype=float)
    x = np.column_stack([table[given.names], dummies])
    groups = pd.factorize(table["account"])[0]
    if by == "account and day":
        groups = np.column_stack([groups, table["day"]])
    fit = sm.OLS(table["y"].to_numpy(), x).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    return fit.params[:k], np.sqrt(np.diag(fit.cov_params())[:k])


def by_pyfixest(given: Readings, by: By) -> tuple[np.ndarray, np.ndarray]:
    """Fit with the accounts absorbed, each sum of clusters with a factor of its own."""
    import pyfixest

    formula = f"y ~ {' + '.join(given.names)} | account"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit: Any = pyfixest.feols(
            formula,
            given.table,
            vcov={"CRV1": by.replace(" and ", "+")},
            ssc=pyfixest.ssc(G_df="conventional"),
            fixef_tol=1e-12,
            fixef_maxiter=10_000,
        )
    return fit.coef()[given.names].to_numpy(), fit.se()[given.names].to_numpy()


PEERS: dict[str, tuple[Absorbed, Peer]] = {
    "statsmodels": ("counted", by_statsmodels),
    "pyfixest": ("nested", by_pyfixest),
}
"""Whether each counts the accounts' constants, and how it fits."""


def off(mine: Pooled, theirs: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the largest relative difference of a coefficient or a standard error.

    Coefficients are held against their standard error where they are smaller than that. By day,
    too, ours has the errors of the channels alone.
    """
    beta, error = theirs
    there = np.isfinite(mine.beta)
    assert there.sum() == len(beta)
    own = np.sqrt(np.diag(mine.covariance)[there])
    differ = np.abs(mine.beta[there] - beta) / np.maximum(np.abs(beta), np.nan_to_num(error))
    known = np.isfinite(own)
    return float(max(differ.max(), np.abs(own[known] / error[known] - 1).max()))


def main() -> int:
    about = parser(__doc__, 1)
    about.add_argument("--accounts", type=int, default=ACCOUNTS, help=f"how many ({ACCOUNTS})")
    options = about.parse_args()
    there = {name: peer for name, peer in PEERS.items() if find_spec(name)}
    with tempfile.TemporaryDirectory() as scratch:
        panel = population(Path(scratch), options.accounts)
        given = readings_of(panel, "bundle")
        taken = paired(
            {"needle": lambda: ours(panel, "bundle", "account")}
            | {name: lambda fit=fit: fit(given, "account") for name, (_, fit) in there.items()},
            options.repeat,
        )
        found = {
            f"{name}, by {by}": off(ours(panel, "bundle", by, absorbed), fit(given, by))
            for name, (absorbed, fit) in there.items()
            for by in get_args(By)
        }
    print(
        f"{given.table['account'].nunique()} accounts, {len(given.table):,} readings, "
        f"{len(given.names)} regressors; CPU seconds, median of {options.repeat} runs in turn"
    )
    for name, seconds in taken.items():
        print(f"  {name:<14} {seconds:9.3f} s {seconds / taken['needle']:8,.0f}x")
    if "pyfixest" not in there:
        print("pyfixest is not installed: not compared with it")
    print("needle reads its sums from disk, the others hold their columns already")
    return conclude(
        [
            Target(f"largest difference from {name}", differ, TOLERANCE)
            for name, differ in found.items()
        ],
        options.json,
    )


if __name__ == "__main__":
    sys.exit(main())
