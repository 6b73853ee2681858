"""Time the specification curve, and the same regressions in other libraries.

A year of one simulated account with five channels and one known break: a curve of at least 10,000
specifications with its joint test, 10,000 placebo calendars and 10,000 draws of the wild
bootstrap, in CPU seconds of one core. Then the same regressions, HC3 errors, one by one in
statsmodels (arrays and formula) and in pyfixest; their coefficients and errors have to be ours to
1e-8.

Run::

    python benchmarks/curve.py
    python benchmarks/curve.py --peers 20 --repeat 3
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy reads it

import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

import analysis
from analysis import worlds
from analysis.evidence.curve import DRAWS, specification_curve
from analysis.evidence.placebo import circular_placebo
from analysis.evidence.specifications import columns_of, samples, settings
from analysis.model.batch import focal_fits, share
from analysis.model.design import primary_design
from analysis.model.fwl import partial_out
from analysis.model.wild import wild_bootstrap
from analysis.panel import Panel
from machine import Target, conclude

WORLD, DAYS, SEED = "blog-only", 365, 1
LAGS = tuple(range(7, 17))
"""Two more than the curve of a report has, so that a year holds 10,000 specifications."""
DRAWN = 10_000
TOLERANCE = 1e-8
LIMIT = 2.0
"""CPU seconds for the curve, the placebo and the bootstrap together."""


@dataclass(frozen=True)
class Regression:
    """One of the curve's regressions, and what it gives for its first column.

    Attributes
    ----------
    x, y : array
        Columns, the focal one first, and outcome.
    beta, error : float
        Ours.
    """

    x: np.ndarray
    y: np.ndarray
    beta: float
    error: float


def account() -> Panel:
    """Return a year of a simulated account, its scheme changed on the middle day."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = worlds.write_world(WORLD, Path(scratch) / "account", seed=SEED, days=DAYS)
        panel = analysis.load(folder).arrays
    masked = panel.masked.copy()
    masked[DAYS // 2 : DAYS // 2 + 2] = True
    return replace(panel, masked=masked, breaks=(panel.dates[DAYS // 2].date(),))


def cpu(work: Callable[[], object], repeat: int) -> float:
    """Return the median CPU seconds of ``repeat`` runs."""
    taken = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def regressions(panel: Panel, count: int) -> list[Regression]:
    """Return ``count`` of the curve's regressions, drawn at random, as ours fits them."""
    rng = np.random.default_rng(SEED)
    kept, every = samples(panel), []
    for setting in settings(panel):
        data = columns_of(setting, kept, LAGS)
        shared = share(data.x, data.y, data.rows, data.days)
        start = 0
        for lags, names in data.samples.items():
            sets = slice(start, start + len(names))
            start = sets.stop
            chosen = data.chosen(lags, weekday=bool(rng.integers(2)))
            fits = focal_fits(shared, chosen, sets)
            one = int(rng.integers(len(names)))
            rows = data.rows[sets][one]
            x = data.x[rows][:, chosen]
            every.append(Regression(x, data.y[rows], float(fits.beta[one, 0]), fits.hc3[one]))
    return [every[place] for place in rng.choice(len(every), min(count, len(every)), False)]


def frame_of(one: Regression) -> pd.DataFrame:
    """Return a regression as a frame: y, x0 (the focal channel), x2 … without the constant."""
    columns = {f"x{place}": one.x[:, place] for place in range(one.x.shape[1]) if place != 1}
    return pd.DataFrame({"y": one.y} | columns)


def formula_of(frame: pd.DataFrame) -> str:
    return "y ~ " + " + ".join(frame.columns[1:])


def by_arrays(one: Regression) -> tuple[float, float]:
    fit = sm.OLS(one.y, one.x).fit(cov_type="HC3", use_t=True)
    return float(fit.params[0]), float(fit.bse[0])


def by_formula(frame: pd.DataFrame) -> tuple[float, float]:
    fit = smf.ols(formula_of(frame), frame).fit(cov_type="HC3", use_t=True)
    return float(fit.params["x0"]), float(fit.bse["x0"])


def by_pyfixest(frame: pd.DataFrame) -> tuple[float, float]:
    import pyfixest

    fit: Any = pyfixest.feols(formula_of(frame), frame, vcov="HC3", ssc=pyfixest.ssc(k_adj=False))
    return float(fit.coef()["x0"]), float(fit.se()["x0"])


def peer(name: str, fit: Callable[[Any], tuple[float, float]], inputs: list[Any]) -> list[Any]:
    """Time one peer; return its name, seconds a fit, and what it found."""
    fit(inputs[0])  # imports, and compiles what it compiles
    start = time.process_time()
    found = [fit(one) for one in inputs]
    return [name, (time.process_time() - start) / len(inputs), found]


def worst(found: list[tuple[float, float]], ours: list[Regression]) -> float:
    """Return the largest relative difference of a coefficient or an error from ours."""
    pairs = [(one.beta, one.error) for one in ours]
    return float(np.max(np.abs(np.array(found) / np.array(pairs) - 1)))


def report_ours(panel: Panel, repeat: int) -> tuple[dict[str, float], float]:
    """Time the curve, the placebo and the bootstrap; return seconds a fit, and of all three."""
    design = primary_design(panel, "bundle")
    column = 1 + design.channels.index(panel.focal)
    part = partial_out(design.x[:, column], np.delete(design.x, column, axis=1))
    curve, placebo = specification_curve(panel, lags=LAGS), circular_placebo(panel, draws=DRAWN)
    if curve is None or placebo is None or part is None:
        sys.exit("the simulated account has no effect to ask for")
    works = {
        f"{curve.specifications:,} specifications, {DRAWS} accounts of the null": lambda: (
            specification_curve(panel, lags=LAGS)
        ),
        f"{len(placebo.shifted):,} placebo calendars": lambda: circular_placebo(panel, draws=DRAWN),
        f"{DRAWN:,} wild draws": lambda: wild_bootstrap(part, design.y, DRAWN, SEED),
    }
    print(f"{panel.readings} readings, {len(panel.channels)} channels; median of {repeat} runs")
    taken = [cpu(work, repeat) for work in works.values()]
    for name, seconds in zip(works, taken, strict=True):
        print(f"  {name:<50} {seconds:8.3f} s of CPU")
    print(f"  {'together':<50} {sum(taken):8.3f} s of CPU (at most {LIMIT:g})")
    if curve.specifications < DRAWN:
        sys.exit(f"only {curve.specifications:,} specifications")
    fits = (curve.specifications + len(curve.sensitivity)) // 2  # two errors each
    bare = cpu(lambda: specification_curve(panel, lags=LAGS, draws=1), repeat)
    each = {"needle, HC3 and Newey-West": bare / fits, "the same with joint test": taken[0] / fits}
    return each, sum(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--peers", type=int, default=100, help="regressions given to each peer")
    parser.add_argument("--repeat", type=int, default=5, help="runs of ours; the median counts")
    parser.add_argument("--json", type=Path, help="write what is aimed at, and measured, as JSON")
    options = parser.parse_args()
    panel = account()
    each, together = report_ours(panel, options.repeat)
    ours = regressions(panel, options.peers)
    frames = [frame_of(one) for one in ours]
    peers = [
        peer("statsmodels, arrays, HC3", by_arrays, ours),
        peer("statsmodels, formula, HC3", by_formula, frames),
    ]
    if find_spec("pyfixest"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peers.append(peer("pyfixest, HC3", by_pyfixest, frames))
    print(f"\n{len(ours)} of these regressions, one by one")
    print(f"  {'':<36} {'fits a second':>14} {'slower':>10} {'differs by':>11}")
    for name, seconds in each.items():
        print(f"  {name:<36} {1 / seconds:>14,.0f}")
    quickest = min(each.values())
    wrong = False
    for name, seconds, found in peers:
        off = worst(found, ours)
        wrong |= not off < TOLERANCE
        print(f"  {name:<36} {1 / seconds:>14,.0f} {seconds / quickest:>9,.0f}x {off:>11.1e}")
    if not find_spec("pyfixest"):
        print('  pyfixest is not installed: pip install -e ".[bench]"')
    missed = conclude([Target("curve, placebo and bootstrap", together, LIMIT, "s")], options.json)
    return int(wrong or missed)


if __name__ == "__main__":
    sys.exit(main())
