"""Sums and products of accounts as arrays, and what arithmetic makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.accounts.columns import Columns
from analysis.errors import InputError, corrupt, one_line
from analysis.model.design import MIN_SPARE

Floats = NDArray[np.float64]

ZERO = 1e-12
"""A column whose sum of squares about its mean is below this share of the raw one is constant."""


@dataclass(frozen=True)
class Grams:
    """Within-account cross products of a batch of accounts, for one model.

    Attributes
    ----------
    accounts : array (a,) of str
        Their names.
    n : array (a,)
        Readings that enter.
    xx : array (a, k, k)
        Products of the regressors about their account's means.
    xy : array (a, k)
        Products with the outcome.
    yy : array (a,)
        Of the outcome with itself.
    lags : array (a,) of int
        Own lags of each account's model, 7 or 14; columns of later ones are zero.
    totals : array (a, k)
        Sums of the regressors.
    quiet : array (a, w)
        Readings without a post, for the windows: the first w of all regressors.
    """

    accounts: NDArray[np.str_]
    n: Floats
    xx: Floats = field(repr=False)
    xy: Floats = field(repr=False)
    yy: Floats = field(repr=False)
    lags: NDArray[np.int64] = field(repr=False)
    totals: Floats = field(repr=False)
    quiet: Floats = field(repr=False)

    def __len__(self) -> int:
        """Return the number of accounts."""
        return len(self.n)

    def chosen(self, keep: list[int]) -> Grams:
        """Return the same of a model with fewer regressors."""
        rows = np.array(keep)
        return Grams(
            self.accounts,
            self.n,
            self.xx[:, rows[:, None], rows],
            self.xy[:, rows],
            self.yy,
            self.lags,
            self.totals[:, rows],
            self.quiet,
        )

    def only(self, which: NDArray[np.bool_] | slice) -> Grams:
        """Return the same of fewer accounts; a slice of them is not copied."""
        return Grams(
            self.accounts[which],
            self.n[which],
            self.xx[which],
            self.xy[which],
            self.yy[which],
            self.lags[which],
            self.totals[which],
            self.quiet[which],
        )


def within(n: Floats, sums: Floats, products: Floats, columns: Columns) -> tuple[Floats, ...]:
    """Return cross products about each account's means.

    Parameters
    ----------
    n : array (a,)
        Readings that enter.
    sums : array (a, k + 1)
        Of every column, the outcome last.
    products : array (a, (k + 1) (k + 2) / 2)
        The upper triangle, row by row.
    columns : Columns
        The k regressors.

    Returns
    -------
    xx : array (a, k, k)
    xy : array (a, k)
    yy : array (a,)
    """
    k = len(columns.names) + 1
    whole = np.zeros((len(n), k, k))
    rows, others = np.array(list(columns.pairs())).T
    whole[:, rows, others] = products
    whole[:, others, rows] = products
    raw = np.einsum("aii->ai", whole).copy()
    means = sums / np.maximum(n, 1.0)[:, None]
    whole -= means[:, :, None] * sums[:, None, :]
    flat = np.einsum("aii->ai", whole) <= ZERO * raw
    whole[flat] = 0.0
    whole.transpose(0, 2, 1)[flat] = 0.0
    return whole[:, :-1, :-1], whole[:, :-1, -1], whole[:, -1, -1]


def batches(panel: Path, columns: Columns) -> Iterator[Grams]:
    """Yield the accounts of a panel, part by part, in the order of the parts.

    Raises
    ------
    InputError
        A part that is not there or cannot be read.
    """
    files = sorted((panel / "moments").rglob("*.parquet"))
    if not files:
        raise corrupt(f"{panel.name}/moments", "", "expected Parquet files, found none")
    for path in files:
        try:
            table = pq.read_table(
                path, columns=["account", "n", "lags", "quiet", "sums", "products"]
            )
        except (OSError, ValueError) as error:
            raise not_ours(panel, path, error) from None
        if not table.num_rows:
            continue
        n = table["n"].to_numpy().astype(float)
        k = len(columns.names) + 1
        sums = _matrix(table["sums"], len(n), k)
        products = _matrix(table["products"], len(n), k * (k + 1) // 2)
        xx, xy, yy = within(n, sums, products, columns)
        names = np.array(table["account"].to_pylist(), dtype=np.str_)
        yield Grams(
            names,
            n,
            xx,
            xy,
            yy,
            table["lags"].to_numpy().astype(np.int64),
            sums[:, :-1],
            _matrix(table["quiet"], len(n), len(columns.windows)),
        )


def not_ours(panel: Path, path: Path, error: Exception) -> InputError:
    """Return the one line for a file of a panel that cannot be read."""
    said = one_line(str(error).replace(str(path), path.name), 200)
    said = f"expected a Parquet file of this program: {said}"
    return corrupt(f"{panel.name}/{path.relative_to(panel)}", "", said)


def _matrix(column: object, rows: int, width: int) -> Floats:
    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)  # type: ignore[attr-defined]
    return np.asarray(flat, dtype=float).reshape(rows, width)


def whole(panel: Path, columns: Columns) -> Grams:
    """Return all accounts of a panel."""
    kept: dict[str, list[Any]] = {each.name: [] for each in fields(Grams)}
    for part in batches(panel, columns):
        for name, arrays in kept.items():
            arrays.append(getattr(part, name))
    # What has been put together is let go of before the next one is.
    return Grams(*(np.concatenate(kept.pop(each.name)) for each in fields(Grams)))


def enough(grams: Grams) -> NDArray[np.bool_]:
    """Return which accounts have readings enough for a fit of their own; shape (a,).

    As for one account: the columns that are not constant and zero, one for the constant, and
    ``MIN_SPARE`` more.
    """
    regressors = (np.einsum("aii->ai", grams.xx) > 0).sum(axis=1)
    return np.asarray(grams.n >= regressors + 1 + MIN_SPARE)
