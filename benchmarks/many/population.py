"""Write a population of made-up accounts as tables, in chunks, the same for the same seed.

Every account has posts on five channels, some of which share its blog posts, and a reading every
day. Effects of blogging differ between accounts; half of them have none.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CHANNELS = ("blog", "facebook", "instagram", "linkedin", "twitter")
RATES = (0.25, 0.4, 0.4, 0.15, 0.8)
"""Posts a day of a middling account, without shares."""
SHARED = (0.0, 0.5, 0.0, 0.3, 0.7)
"""Of its blog posts, how many are shared on each channel."""
EFFECT, SPREAD, RESPOND = 0.3, 0.1, 0.5
START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
CHUNK = 1_000
DAY, LATEST_SHARE = 86_400, 7_200

STUDY = """title = "Made-up accounts"
timezone = "Etc/UTC"
focal = "blog"
simulated = true

[score]
name = "score"
kind = "level"
observed_at = "00:00"
"""


def write(folder: Path, accounts: int, days: int, seed: int = 1) -> None:
    """Write study.toml, activity/ and score/ as Parquet.

    Parameters
    ----------
    folder : Path
        Is made.
    accounts, days : int
        How many, and readings of each.
    seed : int
        The first accounts of a larger population are those of a smaller one.
    """
    for name in ("activity", "score"):
        (folder / name).mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    for number, begin in enumerate(range(0, accounts, CHUNK)):
        names = np.arange(begin, min(begin + CHUNK, accounts))
        rng = np.random.default_rng([seed, number])
        posts, score = _chunk(rng, names, days)
        for name, table in (("activity", posts), ("score", score)):
            pq.write_table(table, folder / name / f"part-{number:04}.parquet", compression="zstd")


def _chunk(rng: np.random.Generator, names: np.ndarray, days: int) -> tuple[pa.Table, pa.Table]:
    """Return the posts, by time, and the readings, by day, of a chunk of accounts."""
    lively = np.exp(rng.normal(0, 0.4, (len(names), 1, 1)))
    # Two days more: what was posted before the first reading counts for it.
    counts = rng.poisson(np.array(RATES) * lively, (len(names), days + 2, len(CHANNELS)))
    account, day, channel = np.repeat(np.indices(counts.shape).reshape(3, -1), counts.ravel(), 1)
    seconds = (day - 2) * DAY + rng.integers(0, DAY - LATEST_SHARE, len(day))
    blog = np.flatnonzero(channel == 0)
    number = np.full(len(day), -1)
    number[blog] = np.arange(len(blog))
    parts = [(account, channel, seconds, number, np.full(len(day), -1))]
    for place, chance in enumerate(SHARED):
        mine = blog[rng.random(len(blog)) < chance]
        late = seconds[mine] + rng.integers(60, LATEST_SHARE, len(mine))
        none = np.full(len(mine), -1)
        parts.append((account[mine], none + 1 + place, late, none, number[mine]))
    account, channel, seconds, number, shares = map(np.concatenate, zip(*parts, strict=True))
    order = np.argsort(seconds, kind="stable")
    start = int(START.timestamp())
    posts = pa.table(
        {
            "account": _names(names[account[order]]),
            "at": pa.array((start + seconds[order]) * 1_000_000, pa.timestamp("us", "UTC")),
            "channel": pa.array(CHANNELS).take(pa.array(channel[order])),
            "url": _addresses(names[account[order]], number[order]),
            "crosspost_of": _addresses(names[account[order]], shares[order]),
        }
    )
    return posts, _readings(rng, names, counts[:, :, 0], days)


def _readings(rng: np.random.Generator, names: np.ndarray, blog: np.ndarray, days: int) -> pa.Table:
    """Return scores that wander, and rise with the blog posts of the two days before."""
    mine = rng.normal(EFFECT, SPREAD, len(names)) * (rng.random(len(names)) < RESPOND)
    window = blog[:, 1 : days + 1] + blog[:, :days]
    change = mine[:, None] * (window - window.mean(axis=1, keepdims=True))
    score = np.round(50 + np.cumsum(change + rng.standard_t(5, change.shape), axis=1), 2)
    dates = np.datetime64(START.date()) + np.arange(days)
    return pa.table(
        {
            "account": _names(np.tile(names, days)),
            "date": pa.array(np.repeat(dates, len(names))),
            "score": score.T.ravel(),
        }
    )


def _names(numbers: np.ndarray) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 9, "0")
    return pc.binary_join_element_wise("account-", digits, "")


def _addresses(accounts: np.ndarray, numbers: np.ndarray) -> pa.Array:
    """Return an address for each post of a blog, and an empty text for -1."""
    text = pc.binary_join_element_wise(
        "https://", _names(accounts), ".example/", pa.array(numbers).cast(pa.string()), ""
    )
    return pc.if_else(pa.array(numbers >= 0), text, "")
