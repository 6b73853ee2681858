"""Every account's own estimates, at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import special

from analysis.accounts.columns import MOST_LAGS, Columns
from analysis.accounts.gram import Floats, Grams, not_ours
from analysis.accounts.pooled import inverse
from analysis.model.ols import rests_on

CLEAR = 1e-7
"""What a product with its inverse may differ from one by, for the quick way to be taken."""

AT_ONCE = 500
"""Accounts solved together: their matrices stay in the cache, and no copy is of all."""


@dataclass(frozen=True)
class Own:
    """Estimates of many accounts, each from its own readings.

    Attributes
    ----------
    accounts : array (a,) of str
        Their names.
    beta, error : array (a, k)
        Coefficients and standard errors; NaN where an account does not identify one.
    df : array (a,)
        Residual degrees of freedom.
    rests_on : array (a, k)
        Readings with a post in the window that decide a coefficient of one, were all to weigh
        alike (`analysis.model.ols.rests_on`); of no meaning for other regressors.
        Without the readings: those that its counts come to, ``(sum x)^2 / sum x^2``, which does
        not see a burst above steady posting.
    """

    accounts: NDArray[np.str_]
    beta: Floats = field(repr=False)
    error: Floats = field(repr=False)
    df: Floats = field(repr=False)
    rests_on: Floats = field(repr=False)

    @property
    def p(self) -> Floats:
        """Two-sided p values, shape (a, k)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.abs(self.beta / self.error)
        return np.asarray(2 * special.stdtr(self.df[:, None], -t))


@dataclass(frozen=True, slots=True)
class Solved:
    """Least squares of many accounts from their cross products.

    Attributes
    ----------
    beta : array (a, k)
        Coefficients; zero where not identified.
    bread : array (a, k, k)
        Inverses of the products.
    identified : array (a, k) of bool
        Which coefficients each account identifies.
    df : array (a,)
        Readings less regressors and the constant.
    rss : array (a,)
        Residual sums of squares.
    """

    beta: Floats
    bread: Floats
    identified: NDArray[np.bool_]
    df: Floats
    rss: Floats


SOLVED = tuple(each.name for each in fields(Solved))


def solve(grams: Grams) -> Solved:
    """Solve every account's normal equations.

    Those that are clearly of full rank are solved together; the others one by one, with what
    they do not identify left out.
    """
    parts = [
        _solved(grams.only(slice(begin, begin + AT_ONCE)))
        for begin in range(0, len(grams), AT_ONCE)
    ]
    return Solved(*(np.concatenate([getattr(one, name) for one in parts]) for name in SOLVED))


def _solved(grams: Grams) -> Solved:
    length = np.sqrt(np.einsum("aii->ai", grams.xx))
    there = length > 0
    scale = np.where(there, length, 1.0)
    scaled = grams.xx / (scale[:, :, None] * scale[:, None, :])
    k = scaled.shape[1]
    square = scaled + np.eye(k) * ~there[:, None, :]
    try:
        bread = np.linalg.inv(square)
        with np.errstate(invalid="ignore", over="ignore"):
            off = np.abs(square @ bread - np.eye(k)).max(axis=(1, 2), initial=0.0)
        clear = off < CLEAR
    except np.linalg.LinAlgError:
        bread, clear = np.zeros_like(square), np.zeros(len(square), dtype=bool)
    bread = bread * there[:, :, None] * there[:, None, :]
    identified = there.copy()
    for row in np.flatnonzero(~clear):
        bread[row], identified[row] = inverse(scaled[row])
    bread = bread / (scale[:, :, None] * scale[:, None, :])
    beta = np.einsum("aij,aj->ai", bread, grams.xy)
    rank = np.round(np.einsum("aij,aji->a", bread, grams.xx))
    rss = grams.yy - np.einsum("ai,ai->a", beta, grams.xy)
    return Solved(beta, bread, identified, grams.n - rank - 1, np.maximum(rss, 0.0))


def own_classical(grams: Grams) -> Own:
    """Return each account's estimates with errors that take every reading for alike."""
    solved = solve(grams)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = solved.rss / solved.df
    error = np.sqrt(np.einsum("aii->ai", solved.bread) * variance[:, None])
    squares = np.einsum("aii->ai", grams.xx) + grams.totals**2 / grams.n[:, None]
    rests = grams.totals**2 / np.where(squares > 0, squares, 1.0)
    return _own(grams, solved, error, rests)


def own_hc3(panel: Path, grams: Grams, columns: Columns, keep: list[int]) -> Own:
    """Return each account's estimates with HC3 errors, which ask for the readings again.

    Parameters
    ----------
    panel : Path
        What `needle accounts build` wrote.
    grams : Grams
        Products of the chosen regressors.
    columns : Columns
        All regressors.
    keep : list of int
        Which of them the model has.
    """
    return own_of_rows(grams, rows_of(panel, columns, keep))


def own_of_rows(
    grams: Grams, rows: Iterable[tuple[NDArray[np.str_], Floats, Floats, NDArray[np.int64]]]
) -> Own:
    """Return each account's estimates with HC3 errors, from readings as `rows_of` yields them."""
    solved = solve(grams)
    error, rests = np.full_like(solved.beta, np.nan), np.zeros_like(solved.beta)
    place = {name: row for row, name in enumerate(grams.accounts)}
    for names, x, y, starts in rows:
        for name, begin, end in zip(names, starts[:-1], starts[1:], strict=True):
            row = place.get(str(name))
            if row is not None and end > begin:
                bread, beta = solved.bread[row], solved.beta[row]
                error[row], rests[row] = _hc3(x[begin:end], y[begin:end], bread, beta)
    return _own(grams, solved, error, rests)


def _own(grams: Grams, solved: Solved, error: Floats, rests: Floats) -> Own:
    beta = np.where(solved.identified, solved.beta, np.nan)
    error = np.where(solved.identified, error, np.nan)
    return Own(grams.accounts, beta, error, solved.df, rests)


def _hc3(x: Floats, y: Floats, bread: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Return HC3 standard errors of one account, and what they rest on; shapes (k,)."""
    inner = x - x.mean(axis=0)
    residuals = y - y.mean() - inner @ beta
    half = inner @ bread
    leverage = np.einsum("ij,ij->i", half, inner) + 1 / len(x)
    left = 1 - leverage
    weight = np.where(left > 1e-10, residuals / np.where(left > 1e-10, left, 1.0), 0.0)
    weighted = half * weight[:, None]
    return np.sqrt((weighted**2).sum(axis=0)), rests_on((half * (x > 0)).T)


def rows_of(
    panel: Path, columns: Columns, keep: list[int]
) -> Iterator[tuple[NDArray[np.str_], Floats, Floats, NDArray[np.int64]]]:
    """Yield the readings that enter, part by part.

    Returns
    -------
    accounts : array (a,) of str
    x : array (n, k)
    y : array (n,)
    starts : array (a + 1,) of int
        Where each account's rows begin.
    """
    windows = [name for _coding, _number, name in columns.windows]
    asked = ["account", "day", "outcome", "weekday", *windows, "steady", "middle", "lags", "used"]
    for path in sorted((panel / "panel").rglob("*.parquet")):
        try:
            table = pq.read_table(path, columns=asked, read_dictionary=["account"])
        except (OSError, ValueError) as error:
            raise not_ours(panel, path, error) from None
        if not table.num_rows:
            continue
        accounts = _encoded(table)
        new = _runs(accounts)
        if not _in_order(accounts, new, table["day"].to_numpy()):
            plain = table.set_column(0, "account", table["account"].cast("string"))
            table = plain.sort_by([("account", "ascending"), ("day", "ascending")])
            accounts = _encoded(table)
            new = _runs(accounts)
        names = np.array(accounts.take(new).to_pylist(), dtype=np.str_)
        used = table["used"].to_numpy() == 1
        x = _design(table, windows)[:, keep]
        y = np.where(
            used, np.nan_to_num(table["outcome"].to_numpy()) - table["middle"].to_numpy(), 0
        )
        before = np.r_[0, np.cumsum(used)]
        yield names, x[used], y[used], before[np.r_[new, len(used)]]


def _encoded(table: Any) -> Any:
    """Return the accounts as one array of numbers and a dictionary."""
    return table["account"].dictionary_encode().unify_dictionaries().combine_chunks()


def _runs(accounts: Any) -> NDArray[np.int64]:
    """Return where another account begins."""
    codes = accounts.indices.to_numpy()
    return np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])


def _in_order(accounts: Any, new: NDArray[np.int64], day: NDArray[np.int64]) -> bool:
    """Return whether each account stands in one place, its days in order."""
    later = np.diff(day) > 0
    later[new[1:] - 1] = True
    return bool(later.all() and len(np.unique(accounts.indices.to_numpy()[new])) == len(new))


def _design(table: Any, windows: list[str]) -> Floats:
    """Return every regressor of every day; lags reach back within an account's rows."""
    column: dict[str, Floats] = {
        name: np.nan_to_num(np.asarray(table[name].to_numpy(), dtype=np.float64))
        for name in (*windows, "weekday", "steady", "middle", "lags")
    }
    base = column["steady"] - column["middle"]
    lagged = np.zeros((len(base), MOST_LAGS))
    for lag in range(1, MOST_LAGS + 1):
        lagged[lag:, lag - 1] = base[:-lag]
        lagged[column["lags"] < lag, lag - 1] = 0.0
    days = np.column_stack([column["weekday"] == day for day in range(1, 7)]).astype(float)
    return np.column_stack([*(column[name] for name in windows), lagged, days])
