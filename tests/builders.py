"""Small studies and panels for tests, made on the spot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.panel import BACK, LEADS, Floats, Panel, outcome


def panel_of(
    score: Sequence[float] | Floats,
    posts: Mapping[str, Sequence[float] | Floats],
    *,
    focal: str = "blog",
    kind: str = "level",
    start: str = "2012-01-02",
    masked: Sequence[int] = (),
    window_days: int = 2,
    own: Mapping[str, Floats] | None = None,
) -> Panel:
    """Return a panel from a score and the posts in the 24 hours before each reading.

    Posts before the first day and after the last are none. ``own`` gives the bundle coding of
    channels whose shares are taken out; by default both codings are the same.
    """
    values = np.asarray(score, dtype=float)
    n = len(values)
    dates = pd.date_range(start, periods=n, freq="D", unit="us")

    def padded(counts: Sequence[float] | Floats) -> Floats:
        return np.concatenate([np.zeros(BACK), np.asarray(counts, dtype=float), np.zeros(LEADS)])

    every = {name: padded(counts) for name, counts in posts.items()}
    mask = np.zeros(n, dtype=bool)
    mask[list(masked)] = True
    names = (focal, *(name for name in posts if name != focal))
    return Panel(
        dates=dates,
        score=values,
        outcome=outcome(values, kind),
        posts={
            "all posts": every,
            "bundle": {**every, **{name: padded(c) for name, c in (own or {}).items()}},
        },
        crossposts={name: np.zeros(n) for name in posts},
        reactions={name: np.full(BACK + n + LEADS, np.nan) for name in posts},
        masked=mask,
        weekday=dates.day_of_week.to_numpy().astype(np.int64),
        kind="flow" if kind == "flow" else "level",
        window_days=window_days,
        focal=focal,
        channels=names,
    )


def simulated_panel(
    seed: int,
    days: int = 200,
    effects: Mapping[str, float] | None = None,
    rates: Mapping[str, float] | None = None,
    noise: float = 0.25,
    **options: object,
) -> Panel:
    """Return a panel whose daily change is the effects of the two days before plus noise."""
    rng = np.random.default_rng(seed)
    rates = rates or {"blog": 0.25, "twitter": 3.0, "facebook": 0.6}
    posts = {name: rng.poisson(rate, days).astype(float) for name, rate in rates.items()}
    change = rng.normal(0, noise, days)
    for name, effect in (effects or {}).items():
        both = posts[name] + np.concatenate([[0.0], posts[name][:-1]])
        change += effect / 2 * both
    return panel_of(50 + np.cumsum(change), posts, **options)  # type: ignore[arg-type]


def write_study(
    folder: Path,
    *,
    score: Sequence[tuple[str, float]],
    activity: Sequence[tuple[str, str]] = (),
    extra: str = "",
    focal: str = "blog",
    observed_at: str = "24:00",
    kind: str = "level",
    timezone: str = "America/Los_Angeles",
) -> Path:
    """Write a study of an activity table: ``activity`` holds (at, channel) pairs."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    lines = [f"{day},{value}" for day, value in score]
    (raw / "score.csv").write_text("\n".join(["date,score", *lines, ""]), encoding="utf-8")
    rows = [f"{at},{channel},{index}" for index, (at, channel) in enumerate(activity)]
    (raw / "activity.csv").write_text("\n".join(["at,channel,id", *rows, ""]), encoding="utf-8")
    (folder / "study.toml").write_text(
        f'title = "A test"\ntimezone = "{timezone}"\nfocal = "{focal}"\n\n'
        f'[score]\nname = "score"\npath = "raw/score.csv"\nkind = "{kind}"\n'
        f'observed_at = "{observed_at}"\n\n[sources]\nactivity = "raw/activity.csv"\n{extra}\n',
        encoding="utf-8",
    )
    return folder


def days_from(start: str, count: int) -> list[str]:
    """Return ``count`` ISO dates from ``start`` on."""
    first = dt.date.fromisoformat(start)
    return [(first + dt.timedelta(days=day)).isoformat() for day in range(count)]
