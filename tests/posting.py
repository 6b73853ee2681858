"""Accounts that post at random and whose score comes back by itself, for paths at other rates."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.panel import BACK, Panel
from tests.builders import panel_of, write_study

DAYS = 200


def account(seed: int, kind: str = "level", days: int = DAYS, effect: float = 0.3) -> Panel:
    """Return an account in which each blog post adds to the next two readings."""
    rng = np.random.default_rng(seed)
    blog = (rng.random(days) < 0.25).astype(float)
    tweets = rng.poisson(2.0, days).astype(float)
    window = blog + np.append(0.0, blog[:-1])
    score = np.empty(days)
    score[0] = 50.0
    for day in range(1, days):
        came = effect * window[day] + rng.normal(0, 0.3)
        if kind == "flow":
            score[day] = 30 + 0.4 * (score[day - 1] - 50) + 20 + came
        else:
            score[day] = score[day - 1] - 0.1 * (score[day - 1] - 50) + came - effect / 2
    return panel_of(np.round(score, 2), {"blog": blog, "twitter": tweets}, kind=kind)


def written(folder: Path, panel: Panel) -> Path:
    """Write a study with the posts and readings of a panel."""
    days = [f"{date:%Y-%m-%d}" for date in panel.dates]
    posts = [
        (f"{days[day]}T12:00:00", channel)
        for channel, bins in panel.posts["bundle"].items()
        for day, count in enumerate(bins[BACK : BACK + len(days)])
        for _ in range(int(count))
    ]
    return write_study(folder, score=list(zip(days, panel.score, strict=True)), activity=posts)
