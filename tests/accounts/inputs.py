"""Simulated accounts as the tables of many accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.worlds import TIMEZONE, Account

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
            table.to_csv(folder / name / "part.csv", index=False)
        else:
            table.to_parquet(folder / name / "part.parquet", index=False)
    text = STUDY.format(zone=TIMEZONE, observed_at=world.observed_at)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder
