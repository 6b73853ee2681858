"""A small simulated population, for who has none of their own yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pandas as pd

from analysis import disk
from analysis.accounts.build import build
from analysis.accounts.fit import Fitted, fit
from analysis.accounts.folder import read_input
from analysis.accounts.take_in import Options
from analysis.worlds import TIMEZONE, Account, simulate

ACCOUNTS, DAYS = 60, 160
TEAMS = ("north", "south", "west")

STUDY = """title = "Simulated accounts"
timezone = "{zone}"
focal = "blog"
simulated = true

[score]
name = "score"
kind = "level"
observed_at = "{observed_at}"
"""


def tables(accounts: Sequence[tuple[str, Account]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the activity (account, at, channel, kind, url, crosspost_of) and the score."""
    posts, readings = [], []
    for name, account in accounts:
        for channel, mine in account.posts.items():
            local = pd.DatetimeIndex(mine.when).tz_localize(
                TIMEZONE, ambiguous=np.ones(len(mine), bool), nonexistent="shift_forward"
            )
            posts.append(
                pd.DataFrame(
                    {
                        "account": name,
                        "at": local.tz_convert("UTC").as_unit("us"),
                        "channel": channel,
                        "kind": list(mine.kind),
                        "url": [
                            f"post {row}" if channel == "blog" else "" for row in range(len(mine))
                        ],
                        "crosspost_of": [
                            f"post {row}" if row >= 0 else "" for row in mine.crosspost_of
                        ],
                    }
                )
            )
        dates = pd.DatetimeIndex(account.dates).date
        readings.append(pd.DataFrame({"account": name, "date": dates, "score": account.score}))
    return pd.concat(posts, ignore_index=True), pd.concat(readings, ignore_index=True)


def write(folder: Path, accounts: Sequence[tuple[str, Account]], kind: str = "parquet") -> Path:
    """Write a folder of many accounts and return it."""
    world = accounts[0][1].world
    for name, table in zip(("activity", "score"), tables(accounts), strict=True):
        (folder / name).mkdir(parents=True, exist_ok=True)
        if kind == "csv":
            disk.write(folder / name / "part.csv", table.to_csv(index=False), synced=False)
        else:
            _write_parquet(table, folder / name)
    text = STUDY.format(zone=TIMEZONE, observed_at=world.observed_at)
    disk.write(folder / "study.toml", text, synced=False)
    return folder


def _write_parquet(table: pd.DataFrame, folder: Path) -> None:
    disk.write(folder / "part.parquet", table.to_parquet(index=False), synced=False)


def sample(folder: Path) -> Path:
    """Write a folder of many accounts, of which two thirds gain by blogging, and return it.

    What was planted in each stands in its attributes, beside a team that says nothing.
    """
    accounts, known = [], []
    for seed in range(ACCOUNTS):
        world = "nothing" if seed % 3 == 0 else "blog-only"
        name = f"account {seed:02}"
        accounts.append((name, simulate(world, seed=seed, days=DAYS, worded=False)))
        planted = "nothing" if world == "nothing" else "an effect of blogging"
        known.append({"account": name, "planted": planted, "team": TEAMS[seed // 3 % 3]})
    write(folder, accounts)
    (folder / "accounts").mkdir()
    _write_parquet(pd.DataFrame(known), folder / "accounts")
    return folder


def fitted_panel(panel: str | Path = "") -> Fitted:
    """Return the fit of a panel, or of a small simulated population where none is named.

    Parameters
    ----------
    panel : str or Path
        What ``needle accounts build`` wrote; empty for the simulated one.

    Raises
    ------
    InputError
        No panel, or nothing in it that can be fitted.
    """
    if str(panel):
        return fit(Path(panel))
    with disk.scratch(Path(gettempdir()), "needle-") as place:
        source, made = sample(place / "simulated"), place / "panel"
        build(read_input(source), made, Options(), lambda _: None)
        return fit(made)
