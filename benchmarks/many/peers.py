"""The same from the same tables, as one would write it with pandas, statsmodels and pyfixest.

Run by ``accounts_scale.py``, a process each: ``python peers.py PEER INPUT OUT``. Not one line of
this is from the package. The readings of these accounts are complete and no change of the scoring
model is known, so that the panel is a few lines.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LAGS = 14
EARLY, WINDOW = pd.Timedelta("1h"), pd.Timedelta("2D")
"""How long before a post its share may come, and how long after it still belongs to it."""


def design(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return a row a reading (account, y and the regressors), and the regressors' names."""
    posts = pd.read_parquet(folder / "activity")
    blog = posts[(posts["channel"] == "blog") & (posts["url"] != "")]
    born = blog.groupby(["account", "url"])["at"].min().rename("born").reset_index()
    joined = posts.merge(
        born.rename(columns={"url": "crosspost_of"}), on=["account", "crosspost_of"], how="left"
    )
    del posts, blog, born
    bundled = (joined["at"] - joined["born"]).between(-EARLY, WINDOW)
    own = joined.loc[~bundled, ["account", "at", "channel"]]
    del joined
    own["date"] = own["at"].dt.tz_convert(None).dt.floor("D") + pd.Timedelta("1D")
    counts = own.pivot_table(
        index=["account", "date"], columns="channel", aggfunc="size", fill_value=0
    )
    del own
    score = pd.read_parquet(folder / "score").sort_values(["account", "date"], ignore_index=True)
    score["date"] = pd.to_datetime(score["date"])
    names = sorted(counts.columns, key=lambda name: (name != "blog", name))
    for back in (0, 1):
        before = score["date"] - pd.Timedelta(days=back)
        places = pd.MultiIndex.from_arrays([score["account"], before])
        there = counts.reindex(places, fill_value=0).to_numpy()
        for name, column in zip(counts.columns, there.T, strict=True):
            score[name] = column + (score[name] if back else 0.0)
    by_account = score.groupby("account")
    score["y"] = by_account["score"].diff()
    for lag in range(1, LAGS + 1):
        score[f"lag_{lag}"] = score.groupby("account")["y"].shift(lag)
    for day in range(1, 7):
        score[f"weekday_{day}"] = (score["date"].dt.day_of_week == day).astype(float)
    regressors = [*names, *(f"lag_{lag}" for lag in range(1, LAGS + 1))]
    regressors += [f"weekday_{day}" for day in range(1, 7)]
    return score[["account", "y", *regressors]].dropna(ignore_index=True), regressors


def by_statsmodels(table: pd.DataFrame, names: list[str]) -> dict[str, np.ndarray]:
    """Fit each account with HC3 errors, and all of them within, clustered by account."""
    import statsmodels.api as sm

    beta, error, accounts = [], [], []
    for account, mine in table.groupby("account"):
        x = np.column_stack([mine[names], np.ones(len(mine))])
        fit = sm.OLS(mine["y"].to_numpy(), x).fit(cov_type="HC3")
        accounts.append(account)
        beta.append(fit.params[:-1])
        error.append(fit.bse[:-1])
    inner = table[["y", *names]] - table.groupby("account")[["y", *names]].transform("mean")
    groups = pd.factorize(table["account"])[0]
    pooled = sm.OLS(inner["y"].to_numpy(), inner[names].to_numpy()).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    # One more for the constant, which is nested in the accounts and gone from these columns.
    spare = len(table) - len(names)
    return {
        "accounts": np.array(accounts, dtype=str),
        "beta": np.array(beta),
        "error": np.array(error),
        "pooled": pooled.params,
        "pooled_error": pooled.bse * np.sqrt(spare / (spare - 1)),
    }


def by_pyfixest(table: pd.DataFrame, names: list[str]) -> dict[str, np.ndarray]:
    """Fit all accounts with their constants absorbed, clustered by account."""
    import pyfixest

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit: Any = pyfixest.feols(
            f"y ~ {' + '.join(names)} | account",
            table,
            vcov={"CRV1": "account"},
            ssc=pyfixest.ssc(G_df="conventional"),
            fixef_tol=1e-12,
            fixef_maxiter=10_000,
        )
    return {
        "pooled": fit.coef()[names].to_numpy(),
        "pooled_error": fit.se()[names].to_numpy(),
    }


PEERS: dict[str, Callable[[pd.DataFrame, list[str]], dict[str, np.ndarray]]] = {
    "statsmodels": by_statsmodels,
    "pyfixest": by_pyfixest,
}

if __name__ == "__main__":
    peer, source, out = sys.argv[1:]
    np.savez(out, **PEERS[peer](*design(Path(source))))
