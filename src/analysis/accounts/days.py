"""Errors for accounts that live through the same days: clustered by account and by day.

The engine sums what each reading adds to an estimate by day; no reading comes here.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import add
from pathlib import Path
from tempfile import gettempdir

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table, Value

from analysis import disk
from analysis.accounts.clusters import Clusters
from analysis.accounts.columns import Columns
from analysis.accounts.engines import Engine, Limits, duckdb_engine, small, spark_engine
from analysis.accounts.faults import errors_of
from analysis.accounts.gram import Floats, Grams
from analysis.accounts.moments import regressors
from analysis.accounts.pooled import Absorbed, Pooled, small_sample
from analysis.accounts.take_in import Options
from analysis.errors import corrupt, one_line
from analysis.model.distributions import f_upper

NEGATIVE = 1e-12
"""An eigenvalue below minus this share of the largest one is negative, not rounding."""


@dataclass(frozen=True)
class Model:
    """What the engine needs to know of a pooled fit.

    Attributes
    ----------
    columns : Columns
        All regressors of the panel.
    keep : list of int
        Those of the model.
    beta : array (k,)
        A solution of its normal equations, without NaN.
    lift : array (c, k)
        From what a reading adds to the normal equations to what it adds to an estimate, for the
        channels: their rows of the bread.
    accounts : DataFrame
        ``account`` of those that enter.
    """

    columns: Columns
    keep: list[int]
    beta: Floats = field(repr=False)
    lift: Floats = field(repr=False)
    accounts: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class DaySums:
    """What readings add to the estimates of the channels, summed.

    Attributes
    ----------
    days : array (d, c)
        By day.
    squares : array (c, c)
        Products of what each reading adds, over all readings.
    n : int
        Readings.
    """

    days: Floats = field(repr=False)
    squares: Floats = field(repr=False)
    n: int


def two_way(
    panel: Path,
    grams: Grams,
    columns: Columns,
    keep: list[int],
    pooled: Pooled,
    options: Options,
    absorbed: Absorbed = "nested",
) -> Pooled:
    """Return a pooled fit with errors clustered by account and day, for the channels.

    The covariance is that of Cameron, Gelbach and Miller (2011): by account, plus by day, less by
    both, where each reading is a cluster of its own. Each of the three has its own factor
    ``G / (G - 1) (N - 1) / (N - K)``; t has one degree of freedom less than there are accounts
    or days, whichever are fewer. A matrix that comes out with negative eigenvalues gets zero in
    their place, and is marked.

    Parameters
    ----------
    panel : Path
        What `needle accounts build` wrote.
    grams : Grams
        Of the accounts and regressors of the fit.
    columns : Columns
        All regressors.
    keep : list of int
        Which of them the model has, those of the channels first.
    pooled : Pooled
        The fit, with errors by account.
    options : Options
        Which engine reads the panel.
    absorbed : {"nested", "counted"}
        As in `analysis.accounts.pooled.fit_pooled`.

    Returns
    -------
    Pooled
        With the errors of the channels; those of the other regressors are NaN.
    """
    channels = len(columns.channels)
    model = Model(
        columns,
        keep,
        pooled.bread @ grams.xy.sum(axis=0),
        pooled.bread[:channels],
        pd.DataFrame({"account": grams.accounts}),
    )
    sums = day_sums(panel, model, options)
    return with_days(pooled, sums, channels, absorbed)


def with_days(pooled: Pooled, sums: DaySums, channels: int, absorbed: Absorbed) -> Pooled:
    """Return a fit by account with errors by account and day; see `two_way`."""
    by_account = pooled.scores @ pooled.bread[:, :channels]
    days = len(sums.days)
    shared = small_sample(pooled, days, absorbed) * (sums.days.T @ sums.days)
    shared = shared - small_sample(pooled, sums.n, absorbed) * sums.squares
    own = small_sample(pooled, pooled.clusters, absorbed) * (by_account.T @ by_account)
    covariance, mended = _together(pooled, own, shared)
    return replace(pooled, covariance=covariance, days=days, mended=mended, shared=shared)


def _together(pooled: Pooled | Clusters, own: Floats, shared: Floats) -> tuple[Floats, bool]:
    """Return the covariance of all coefficients, NaN but for the channels; and if it was mended."""
    k, places = len(pooled.beta), np.flatnonzero(np.isfinite(pooled.beta[: len(shared)]))
    chosen = np.ix_(places, places)
    covariance = np.full((k, k), np.nan)
    covariance[chosen], mended = positive(own[chosen] + shared[chosen])
    return covariance, mended


@dataclass(frozen=True)
class DayClusters(Clusters):
    """Errors by account that hold with few of them, and what days add.

    Attributes
    ----------
    shared : array (c, c)
        What days add to the covariance of the channels.
    days : int
        How many.
    """

    shared: Floats = field(repr=False)
    days: int

    @cached_property
    def _found(self) -> tuple[Floats, bool]:
        return _together(self, super().covariance, self.shared)

    @property
    def covariance(self) -> Floats:
        """CR3 by account, plus by day, less by both; of the channels."""
        return self._found[0]

    @property
    def mended(self) -> bool:
        """Whether that was not positive definite, and was made so."""
        return self._found[1]

    def spare(self, column: int) -> float:
        """Return Satterthwaite's degrees of freedom, or one less than there are days."""
        return min(super().spare(column), self.days - 1)

    def joint(self, columns: list[int]) -> tuple[float, tuple[int, float], float] | None:
        """Return F, degrees of freedom and p; None also where the covariance was mended."""
        found = None if self.mended else super().joint(columns)
        if found is None:
            return None
        f, (q, spare), _p = found
        spare = min(spare, self.days - q)
        return (f, (q, spare), f_upper(f, q, spare)) if spare > 0 else None


def day_clusters(clusters: Clusters, pooled: Pooled) -> Clusters:
    """Return errors for few accounts with what days add to them, where they were asked for."""
    if pooled.shared is None or pooled.days is None:
        return clusters
    return DayClusters(
        clusters.beta,
        clusters.xx,
        clusters.bread,
        clusters.root,
        clusters.scores,
        pooled.shared,
        pooled.days,
    )


def positive(matrix: Floats) -> tuple[Floats, bool]:
    """Return a symmetric matrix with zero for negative eigenvalues, and whether there were any."""
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    if not values.size or values.min() >= -NEGATIVE * np.abs(values).max():
        return matrix, False
    kept = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return kept * np.outer(scale, scale), True


def day_sums(panel: Path, model: Model, options: Options) -> DaySums:
    """Return what the readings of a panel add to the estimates, summed by the engine.

    DuckDB takes the parts of a panel one by one, with one thread each, so that the last digit is
    the same every time.

    Raises
    ------
    InputError
        A part of the panel that is not there or cannot be read.
    """
    if not any((panel / "panel").rglob("*.parquet")):
        raise corrupt(f"{panel.name}/panel", "", "expected Parquet files, found none")
    parts = sorted(path.name for path in (panel / "panel").iterdir() if path.is_dir())
    if options.engine == "spark" or not parts:
        parts = [""]

    def one(part: str) -> pd.DataFrame:
        with _engine(options, panel) as engine:
            try:
                rows = engine.parquet(panel / "panel" / part)
                moments = engine.parquet(panel / "moments" / part)
                return engine.frame(by_day(rows, moments, model))
            except errors_of(engine.name) as error:
                said = str(error).replace(str(panel), panel.name)
                said = said.strip().split("\n", maxsplit=1)[0]
                said = f"expected Parquet files of this program: {one_line(said, 200)}"
                raise corrupt(f"{panel.name}/panel", part, said) from None

    with ThreadPoolExecutor(options.workers) as pool:
        frames = list(pool.map(one, parts))
    every = pd.concat(frames).groupby("day").sum()
    c = len(model.lift)
    squares = np.zeros((c, c))
    for place, (row, column) in enumerate(_pairs(c)):
        squares[row, column] = squares[column, row] = every[f"p{place}"].sum()
    days = every[[f"w{place}" for place in range(c)]].to_numpy(dtype=float)
    return DaySums(days, squares, int(every["n"].sum()))


def by_day(panel: Table, moments: Table, model: Model) -> Table:
    """Return what readings add to the estimates, summed by day.

    Parameters
    ----------
    panel : Table
        See `analysis.accounts.panel.panel_of`.
    moments : Table
        See `analysis.accounts.moments.moments_of`; its sums give each account's means.
    model : Model
        The fit.

    Returns
    -------
    Table
        day, n, ``w<i>`` for each channel, and ``p<i>``: the sums of the products of each two.
    """
    names = (*(model.columns.names[place] for place in model.keep), "y")
    places = (*model.keep, len(model.columns.names))
    means = moments.join(small(model.accounts), "account").select(
        "account",
        **{f"m{at}": moments["sums"][at] / moments["n"] for at in places},
    )
    used = regressors(panel, model.columns)
    used = used.filter(used["used"] == 1).join(means, "account")
    inner = used.select(
        "day",
        **{f"x{at}": used[name] - used[f"m{at}"] for at, name in zip(places, names, strict=True)},
    )
    outcome = inner[f"x{places[-1]}"]
    left = outcome - _weighted(inner, model.keep, model.beta)
    whole = inner.select(
        "day",
        left=left,
        **{f"z{place}": _weighted(inner, model.keep, row) for place, row in enumerate(model.lift)},
    )
    c = len(model.lift)
    added = whole.select(
        "day", **{f"w{place}": whole[f"z{place}"] * whole["left"] for place in range(c)}
    )
    return added.group_by("day").agg(
        n=added.count(),
        **{f"w{place}": added[f"w{place}"].sum() for place in range(c)},
        **{
            f"p{place}": (added[f"w{row}"] * added[f"w{column}"]).sum()
            for place, (row, column) in enumerate(_pairs(c))
        },
    )


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(row, column) for row in range(count) for column in range(row, count)]


def _weighted(table: Table, places: list[int], weights: Floats) -> Value:
    return reduce(
        add,
        (table[f"x{at}"] * float(weight) for at, weight in zip(places, weights, strict=True)),
        ibis.literal(0.0),
    )


@contextmanager
def _engine(options: Options, panel: Path) -> Iterator[Engine]:
    with disk.scratch(Path(gettempdir()), "needle-") as scratch:
        if options.engine == "duckdb":
            whole = int(options.memory.upper().removesuffix("GB")) * 1024
            memory = f"{max(512, whole // options.workers)}MB"
            with duckdb_engine(Limits(memory, 1, scratch)) as engine:
                yield engine
            return
        size = sum(path.stat().st_size for path in panel.rglob("*.parquet"))
        limits = Limits(options.memory, 1, scratch, size)
        with spark_engine(options.master, limits) as engine:
            yield engine
