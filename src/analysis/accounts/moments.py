"""The panel to one row an account: the sums from which everything else is arithmetic."""

from __future__ import annotations

import ibis
from ibis import _
from ibis.expr.types import Table

from analysis.accounts.columns import MOST_LAGS, Columns


def moments_of(panel: Table, columns: Columns) -> Table:
    """Return the number of readings that enter, the sums of all columns, and of their products.

    Lags and outcome are taken from their account's mean, so that no digits are lost in sums of
    squares, however high the score stands; the fits have a constant for every account.

    Parameters
    ----------
    panel : Table
        See `analysis.accounts.panel.panel_of`.
    columns : Columns
        The regressors.

    Returns
    -------
    Table
        account, n, readings, days, lags, ``quiet`` (readings without a post, by window),
        ``sums`` (k + 1,) and ``products`` (the upper triangle of (k + 1, k + 1), row by row; the
        outcome stands last).
    """
    names = (*columns.names, "y")
    wide = regressors(panel, columns)
    sums = {f"s{place}": wide[name].sum() for place, name in enumerate(names)}
    products = {
        f"p{place}": (wide[names[row]] * wide[names[column]]).sum()
        for place, (row, column) in enumerate(columns.pairs())
        if not _disjoint(names[row], names[column])
    }
    quiet = {
        f"q{place}": ibis.ifelse((wide["used"] == 1) & (wide[name] == 0), 1, 0)
        .cast("float64")
        .sum()
        for place, (_coding, _number, name) in enumerate(columns.windows)
    }
    table = wide.group_by("account").agg(
        n=wide["used"].sum(),
        readings=wide["score"].count(),
        days=wide.count(),
        lags=wide["lags"].max(),
        **sums,
        **products,
        **quiet,
    )
    zero = ibis.literal(0.0)
    return table.select(
        "account",
        "n",
        "readings",
        "days",
        "lags",
        quiet=ibis.array([table[name] for name in quiet]),
        sums=ibis.array([table[name] for name in sums]),
        products=ibis.array(
            [
                table[f"p{place}"] if f"p{place}" in products else zero
                for place, _pair in enumerate(columns.pairs())
            ]
        ),
    )


def _disjoint(one: str, other: str) -> bool:
    """Return whether two columns are never both other than zero: two weekdays."""
    return one != other and one.startswith("weekday_") and other.startswith("weekday_")


def regressors(panel: Table, columns: Columns) -> Table:
    """Return the rows of all days with every regressor; zero where a reading does not enter."""
    order = ibis.window(group_by="account", order_by="day")
    away = panel.mutate(base=panel["steady"] - panel["middle"])
    lagged = away.mutate(
        **{f"lag_{lag}": away["base"].lag(lag).over(order) for lag in range(1, MOST_LAGS + 1)}
    )
    used = (lagged["used"] == 1).cast("float64")
    zero = ibis.literal(0.0)
    values = {
        **{name: lagged[name].cast("float64") for _coding, _number, name in columns.windows},
        **{
            f"lag_{lag}": ibis.ifelse(lagged["lags"] >= lag, lagged[f"lag_{lag}"], zero)
            for lag in range(1, MOST_LAGS + 1)
        },
        **{f"weekday_{day}": (lagged["weekday"] == day).cast("float64") for day in range(1, 7)},
        "y": lagged["outcome"] - lagged["middle"],
    }
    entering = lagged["used"] == 1
    return lagged.select(
        "account",
        "day",
        "score",
        "lags",
        used=used,
        **{name: ibis.ifelse(entering, value, zero) for name, value in values.items()},
    )


def reasons_of(panel: Table) -> Table:
    """Return how many readings do not enter, by reason."""
    return panel.filter(_.reason != "").group_by("reason").agg(readings=_.count())
