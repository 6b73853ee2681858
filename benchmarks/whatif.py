"""Measure how often the band of ``needle whatif`` holds the true expected path.

Accounts post as those of `analysis.worlds` do; their scores come from its engines, with shocks that
are known here. So is the truth: what the score would be on each of the coming days, at a rate of
posts, averaged over all that is not known on the last day.

Run::

    python benchmarks/whatif.py                       # 300 accounts a world and length
    python benchmarks/whatif.py --write docs/whatif.md
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.linalg import solve

from analysis.claims.ledger import judge
from analysis.evidence.upticks import wilson
from analysis.model.distributions import t_quantile
from analysis.panel import BACK, Floats, Panel, outcome
from analysis.simulated import simulated_panel
from analysis.whatif import HORIZON, WhatIf, what_if
from analysis.whatif.path import rays
from analysis.worlds import engines, simulate

BOUND = 0.92
"""The share of paths that a band is held against, at each rate."""
BACK_SOON = 0.9
STEP = -6.0
RATES = 5
"""Rates, evenly over those that were seen, at all of which the band must hold the path at once."""
VIEWS, WEEKDAYS = 40.0, np.array([3.0, 2.0, 1.0, 0.0, -1.0, -3.0, -2.0])
VIEW_SD, VIEW_MEMORY, VIEWS_A_POST = 4.0, 0.5, 3.0

Truth = Callable[[float], Floats]


@dataclass(frozen=True)
class World:
    """What is true of an account.

    Attributes
    ----------
    name : str
        In the table.
    posts : str
        The world of `analysis.worlds` whose posts and readings these are.
    effect : float
        Points that a blog post adds over the next two readings, before the engine forgets them.
    engine : str
        Of `analysis.worlds.engines`, "back soon" or "views"; empty: drawn, as there.
    lengths : tuple of int
        Readings, of one row of the table each.
    """

    name: str
    posts: str
    effect: float = 0.3
    engine: str = ""
    lengths: tuple[int, ...] = (240,)


WORLDS = (
    World("blog posts move a level", "blog-only", lengths=(240, 480)),
    World("nothing moves a level", "nothing", 0.0),
    World("blog posts move a level that comes back soon", "blog-only", engine="back soon"),
    World("blog posts add to a flow", "blog-only", VIEWS_A_POST, "views", (240, 480)),
    World("blog posts move a level; readings are missing", "missing-readings-blog"),
    World("blog posts move a level; the scoring model changes once", "algorithm-change-blog"),
)


def response(engine: str, length: int) -> Floats:
    """Return what one point adds to the reading that first sees it, the next one, and so on."""
    if engine == "back soon":
        return np.asarray(BACK_SOON ** np.arange(length, dtype=float))
    return engines.ENGINES[engine](length)


@cache
def moments(engine: str, days: int) -> tuple[Floats, Floats]:
    """Return the covariance of the true scores of ``days`` days, and of the coming ones with them.

    Shapes (days, days) and (HORIZON, days); without the noise of readings.
    """
    kernel = response(engine, engines.BURN_IN)
    whole = np.concatenate([kernel, np.zeros(days + HORIZON)])
    lagged = [float(kernel @ whole[lag : lag + len(kernel)]) for lag in range(days + HORIZON)]
    by_lag = np.array(lagged) * engines.SHOCK_SD**2
    day = np.arange(days)
    ahead = np.arange(HORIZON)[:, None] + days
    return by_lag[np.abs(day[:, None] - day)], by_lag[ahead - day]


def expected_noise(engine: str, read: Floats) -> Floats:
    """Return what is expected of the coming days of a score around zero, given its readings.

    The best linear prediction for the true engine, shocks and noise; NaN where nothing was read.
    """
    now, ahead = moments(engine, len(read))
    known = np.isfinite(read)
    inner = now[np.ix_(known, known)] + engines.READING_SD**2 * np.eye(int(known.sum()))
    return np.asarray(ahead[:, known] @ solve(inner, read[known], assume_a="pos"))


def account(world: World, seed: int, days: int) -> tuple[Panel, Truth]:
    """Return an account's panel, and its true expected path at each rate; shape (HORIZON,)."""
    panel = simulated_panel(simulate(world.posts, seed=seed, days=days, worded=False))
    rng = np.random.default_rng([seed, 99])
    if world.engine == "views":
        return _views(world, panel, rng)
    engine = world.engine or str(rng.choice(engines.DRAWN))
    kernel = response(engine, engines.BURN_IN + days)
    shocks = rng.standard_t(5, engines.BURN_IN + days) * (engines.SHOCK_SD / np.sqrt(5 / 3))
    noise = np.convolve(shocks, kernel)[engines.BURN_IN : engines.BURN_IN + days]
    noise += rng.normal(0.0, engines.READING_SD, days)
    place = rng.uniform(42, 58) + STEP * np.cumsum(panel.masked)
    bins = panel.posts["bundle"]["blog"][: BACK + days]
    usual = float(bins.mean()) * world.effect

    def added(rate: float) -> Floats:
        points = np.concatenate([bins, np.full(HORIZON, rate / 7)]) * world.effect - usual
        kernel = response(engine, len(points))
        kernel = (kernel + np.concatenate([[0.0], kernel[:-1]])) / 2
        return np.convolve(points, kernel)[BACK : len(points)]

    read = np.isfinite(panel.score)
    score = np.where(read, np.round(place + noise + added(0.0)[:days], 2), np.nan)
    coming = place[-1] + expected_noise(engine, np.where(read, noise, np.nan))
    with_score = replace(panel, score=score, outcome=outcome(score, "level"))
    return with_score, lambda rate: coming + added(rate)[days:]


def _views(world: World, panel: Panel, rng: np.random.Generator) -> tuple[Panel, Truth]:
    """Return views a day, with memory and weekdays, and those of an average day at each rate."""
    days = len(panel.dates)
    shocks = rng.standard_t(5, days + 100) * (VIEW_SD / np.sqrt(5 / 3))
    memory = np.convolve(shocks, VIEW_MEMORY ** np.arange(100.0))[100 : days + 100]
    posts = panel.window("blog", "bundle")
    views = VIEWS + WEEKDAYS[panel.weekday] + world.effect * posts + memory
    score = np.round(views)
    flow = replace(panel, kind="flow", score=score, outcome=outcome(score, "flow"))
    in_window = panel.window_days / 7
    return flow, lambda rate: np.full(HORIZON, VIEWS + world.effect * rate * in_window)


@dataclass(frozen=True)
class Outcome:
    """What became of one account's band.

    Attributes
    ----------
    told : bool
        Whether there was any; if not, the rest is empty.
    holds : tuple of bool
        The path on all days: at the lowest, the average and the highest rate that was seen, and
        at five rates at once.
    plain : bool
        At the average and highest rate, least squares as it is, with 95 % for each day alone.
    half : float
        Half the width of the band after eight weeks at the average rate.
    """

    told: bool
    holds: tuple[bool, ...] = ()
    plain: bool = False
    half: float = float("nan")


def judged(job: tuple[World, int, int]) -> Outcome:
    """Return what became of one account's band."""
    panel, truth = account(*job)
    found = what_if(panel, judge(panel), "score")
    if isinstance(found, str):
        return Outcome(False)
    seen, fan = found.seen, found.fan

    def holds(rate: float) -> bool:
        return bool((np.abs(fan.expected(rate) - truth(rate)) <= fan.half(rate)).all())

    every = all(holds(float(rate)) for rate in np.linspace(seen.low, seen.high, RATES))
    return Outcome(
        told=True,
        holds=(holds(seen.low), holds(seen.average), holds(seen.high), every),
        plain=_plain(found, truth),
        half=float(fan.half(seen.average)[-1]),
    )


def _plain(found: WhatIf, truth: Truth) -> bool:
    """Return whether least squares as it is, with 95 % a day, would have held the path."""
    model, rate = found.model, found.seen.high
    line = rays(model, model.beta[None], model.state)
    error = np.sqrt(line.squares(model.covariance[None])[0] @ np.array([1.0, rate, rate * rate]))
    miss = line.start[0] + line.slope[0] * rate - truth(rate)
    return bool((np.abs(miss) <= t_quantile(0.975, model.ols.df_resid) * error).all())


def share(hits: Sequence[bool]) -> str:
    """Return a share with its 95 % interval."""
    low, high = wilson(int(np.sum(hits)), len(hits))
    return f"{np.mean(hits):.3f} ({low:.3f}–{high:.3f})"


HEADER = (
    "| world | readings | lowest rate | average rate | highest rate | all rates at once | "
    "± after 8 weeks | highest rate, plain |\n|---|---|---|---|---|---|---|---|"
)


def row(world: World, days: int, told: Sequence[Outcome]) -> str:
    """Return a row of the table."""
    cells = [share([one.holds[place] for one in told]) for place in range(4)]
    half = f"{np.median([one.half for one in told]):.3g}"
    plain = share([one.plain for one in told])
    return f"| {world.name} | {days} | {' | '.join(cells)} | {half} | {plain} |"


NOTES = f"""\
**The columns.** In how many accounts the 95 % band held the true expected path on all {HORIZON}
days: at the lowest, the average and the highest rate that the record shows (5th to 95th
percentile of its weeks), and at {RATES} rates from the lowest to the highest at once, which is
what the band is made for. In brackets: the 95 % interval of each share. *± after 8 weeks* is
half the width of the band at the average rate, the median over accounts. *Plain*: least squares
as it is, with 95 % for each day alone.

**The truth** is what is expected of the score given all readings and posts so far, were the
world's engine, level and effect known: the best linear prediction from the readings, and what
posts add. An average over endless futures comes to the same. The shocks of single days are not
in it.

**The worlds.** Posts are those of `analysis.worlds`: in bursts, with weekdays, about 1.5 blog
posts a week. Scores come from its engines (a leak of 3 % a day, the same smoothed, or a window
of 90 days, drawn), with t-distributed shocks of {engines.SHOCK_SD} a day and noise of
{engines.READING_SD} in each reading; a post adds 0.3 points over two readings, which the engine
then forgets. *Comes back soon*: a tenth of the distance is lost a day. The flow has {VIEWS:.0f}
views a day, weekdays, shocks of {VIEW_SD:.0f} of which half is left a day later, and
{VIEWS_A_POST:.0f} more views on each of the two days after a post. *Missing*: 8 % of the
readings, and ten days in a row. *Changes once*: the level drops by {-STEP:.0f} points on a
known day.

**What it rests on.** In all these worlds posting does not answer to the score, nothing unseen
drives both, and a post does the same at every rate. Where that is not so the band is not about
the truth, however wide it is; `needle verdict` says what is known of it, and `needle plan` the
way out.
"""


def main() -> int:
    """Print the table; exit 1 when a band holds the path too seldom at some rate."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--accounts", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    lines, below, untold = [HEADER], [], 0
    began = time.perf_counter()
    with ProcessPoolExecutor(options.workers) as pool:
        for world in WORLDS:
            for days in world.lengths:
                jobs = [(world, seed, days) for seed in range(1, options.accounts + 1)]
                found = list(pool.map(judged, jobs, chunksize=5))
                told = [one for one in found if one.told]
                untold += len(found) - len(told)
                if not told:
                    continue
                lines.append(row(world, days, told))
                print(lines[-1], flush=True)
                least = min(np.mean([one.holds[place] for one in told]) for place in range(4))
                if least < BOUND:
                    below.append(f"{world.name}, {days} readings: {least:.3f}")
    text = document(lines, below, untold, options.accounts)
    print(f"\n{text}\n{time.perf_counter() - began:.0f} s")
    if options.write:
        options.write.write_text(text, "utf-8")
    return 1 if below else 0


def document(lines: Sequence[str], below: Sequence[str], untold: int, accounts: int) -> str:
    """Return the page: the rows of the table, what is below the bound in them, and the notes."""
    notes = "\n\n".join(textwrap.fill(one, 98) for one in NOTES.strip().split("\n\n"))
    table = "\n".join(lines)
    return (
        "# How often the band of a path holds the truth\n\n"
        "Written by `python benchmarks/whatif.py --write docs/whatif.md`.\n\n"
        f"{accounts:,} accounts a row (seeds 1 to {accounts}); on {untold} of all nothing was "
        f"told.\n\n{table}\n\n{_said(below)}\n\n{notes}\n"
    )


def _said(below: Sequence[str]) -> str:
    if not below:
        return f"Nowhere is a share below {BOUND}."
    listed = "\n".join(f"- {one}" for one in below)
    return f"The lowest share of a row is below {BOUND} here:\n\n{listed}"


if __name__ == "__main__":
    sys.exit(main())
