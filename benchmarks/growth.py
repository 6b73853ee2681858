"""Measure how the statistics grow with days, channels and specifications.

Made-up accounts, held in memory: posts at random, a score that moves by blog posts and noise, one
known break in the middle. Days and channels each grow tenfold, in five steps, with the other
held; so does the number of specifications, by own lags and samples, on one account. What is timed:
the verdict's statistics (both codings of the primary, claims, confirmation, soundness), and the
curve with its joint test. Specifications leave out one month at a time, so that more days are more
of them too: for days and channels the curve's seconds are those of one specification. The exponent
is the slope of the logarithms, by least squares; the wild draws and calendars of a confirmation
are as many whatever the account. CPU seconds, the median of several runs in turn.

Run::

    python benchmarks/growth.py
    python benchmarks/growth.py --repeat 3
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy reads it

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.claims.ledger import judge
from analysis.evidence.confirm import confirm
from analysis.evidence.curve import specification_curve
from analysis.evidence.soundness import soundness
from analysis.panel import BACK, LEADS, Panel, outcome
from machine import Target, conclude, paired, parser

DAYS = (365, 650, 1155, 2054, 3650)
CHANNELS = (4, 7, 13, 22, 40)
LAGS = (1, 2, 4, 7, 10)
"""How many numbers of own lags are tried: so many times the specifications."""
LIMITS = {"days": 1.1, "channels": 2.2, "specifications": 1.0}
HELD_DAYS, HELD_CHANNELS = 1155, 5


@dataclass(frozen=True)
class Growth:
    """How the seconds of something grow.

    Attributes
    ----------
    what, along : str
        What is timed, and what grows.
    sizes, seconds : tuple of float
        How much of it there was, and what it took.
    """

    what: str
    along: str
    sizes: tuple[float, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """The slope of the logarithms."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])


def account(days: int, channels: int, seed: int = 1) -> Panel:
    """Return a made-up account: counts a day, and a score that blog posts move."""
    rng = np.random.default_rng(seed)
    names = ("blog", *(f"channel {place}" for place in range(1, channels)))
    bins = {name: rng.poisson(0.3, BACK + days + LEADS).astype(float) for name in names}
    posts = bins["blog"][BACK : BACK + days] + bins["blog"][BACK - 1 : BACK - 1 + days]
    score = np.round(50 + np.cumsum(0.2 * (posts - posts.mean()) + rng.standard_t(5, days)), 2)
    dates = pd.date_range("2010-01-01", periods=days)
    masked = np.zeros(days, dtype=bool)
    masked[days // 2] = True
    return Panel(
        dates=dates,
        score=score,
        outcome=outcome(score, "level"),
        posts={"bundle": bins, "all posts": bins},
        crossposts={name: np.zeros(days) for name in names},
        reactions={name: np.full(BACK + days + LEADS, np.nan) for name in names},
        masked=masked,
        weekday=dates.day_of_week.to_numpy(),
        kind="level",
        window_days=2,
        focal="blog",
        channels=names,
        breaks=(dates[days // 2].date(),),
    )


def verdict(panel: Panel) -> None:
    """Make the statistics of a verdict."""
    ledger = judge(panel)
    fit, table = ledger.bundle, ledger.channels
    assert fit is not None
    assert table is not None
    confirm(panel, fit, table, None)
    soundness(panel, fit, table)


def specifications(panel: Panel, lags: Sequence[int]) -> int:
    """Make the curve, and return how many specifications it is."""
    curve = specification_curve(panel, lags=tuple(lags))
    assert curve is not None
    return curve.specifications + len(curve.sensitivity)


def along(what: str, sizes: Sequence[int], repeat: int) -> list[Growth]:
    """Time verdict and curve while days or channels grow."""
    shapes = [(n, HELD_CHANNELS) if what == "days" else (HELD_DAYS, n) for n in sizes]
    panels = [account(*shape) for shape in shapes]
    lags = (7, 14)
    works: dict[str, Callable[[], object]] = {}
    for size, panel in zip(sizes, panels, strict=True):
        works[f"verdict {size}"] = lambda panel=panel: verdict(panel)
        works[f"curve {size}"] = lambda panel=panel: specifications(panel, lags)
    counts = [specifications(panel, lags) for panel in panels]
    taken = paired(works, repeat)
    whole = tuple(float(size) for size in sizes)
    each = [taken[f"curve {size}"] / count for size, count in zip(sizes, counts, strict=True)]
    return [
        Growth("verdict", what, whole, tuple(taken[f"verdict {size}"] for size in sizes)),
        Growth("a specification of the curve", what, whole, tuple(each)),
    ]


def along_specifications(repeat: int) -> Growth:
    """Time the curve while more numbers of own lags are tried."""
    panel = account(365, HELD_CHANNELS)
    # As many own lags on average, whatever their number: what grows is the count alone.
    tried = [tuple(np.linspace(7, 16, count).astype(int)) if count > 1 else (11,) for count in LAGS]
    counts = [specifications(panel, lags) for lags in tried]
    works = {
        str(place): lambda lags=lags: specifications(panel, lags)
        for place, lags in enumerate(tried)
    }
    taken = paired(works, repeat)
    return Growth(
        "the curve and its joint test", "specifications", tuple(counts), tuple(taken.values())
    )


def main() -> int:
    options = parser(__doc__, repeat=5).parse_args()
    growths = [
        *along("days", DAYS, options.repeat),
        *along("channels", CHANNELS, options.repeat),
        along_specifications(options.repeat),
    ]
    print(f"CPU seconds, median of {options.repeat} runs in turn")
    for one in growths:
        print(f"\n{one.what}, by {one.along}")
        for size, seconds in zip(one.sizes, one.seconds, strict=True):
            print(f"  {size:>8,.0f} {seconds:12.6f} s")
        print(f"  exponent {one.exponent:.2f}")
    targets = [
        Target(f"exponent of {one.along}: {one.what}", one.exponent, LIMITS[one.along])
        for one in growths
    ]
    return conclude(targets, options.json)


if __name__ == "__main__":
    sys.exit(main())
