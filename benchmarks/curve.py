"""Time the specification curve, the placebo and the wild bootstrap beside statsmodels.

A year of one simulated account with five channels and one known break. The curve is at least
10,000 specifications, each a regression with HC3 or Newey-West errors; the placebo 10,000 shifted
calendars, each with the t of ordinary least squares and of HC3. statsmodels gets the same columns
as ready arrays, fits each regression once for both errors (and, beside that, once an error; the
faster way counts), or reads the same columns by formula. It is given a sample, drawn evenly, and
its time is scaled to as many. All effects and errors of the sample have to be ours to 1e-8. Both
sides use one thread of the linear algebra library, and both are timed in turn, in CPU seconds.

Run::

    python benchmarks/curve.py
    python benchmarks/curve.py --peers 50 --repeat 3
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy reads it

import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
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
from analysis.evidence.curve import DRAWS, Curve, specification_curve
from analysis.evidence.placebo import (
    Placebo,
    calendars_of,
    choose_shifts,
    circular_placebo,
    regimes,
)
from analysis.evidence.specifications import (
    AXES,
    HAC,
    HC3,
    LOGARITHM,
    WITH,
    WITHOUT,
    columns_of,
    samples,
    settings,
)
from analysis.model.design import primary_design
from analysis.model.fwl import orthonormal, partial_out
from analysis.model.hac import bandwidth
from analysis.model.primary import window_multiplier
from analysis.model.wild import wild_bootstrap
from analysis.panel import Panel
from machine import Target, conclude, paired, parser

WORLD, DAYS, SEED = "blog-only", 365, 1
LAGS = tuple(range(7, 17))
"""Two more than the curve of a report has, so that a year holds 10,000 specifications."""
DRAWN = 10_000
SHIFTS, FORMULAS = 300, 30
"""Of which the time of statsmodels' loop, and of its formulas, is scaled up."""
TOLERANCE = 1e-8
LIMIT = 2.0
"""CPU seconds for the curve, its joint test, the placebo and the bootstrap together."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class Regression:
    """One of the curve's regressions: two specifications, by its errors.

    Attributes
    ----------
    x, y : array
        Columns, the focal one first and the constant next, and outcome.
    rows : array of bool
        The days that enter, between the first and the last of the setting.
    factor : float
        From the focal coefficient to the effect, without what own lags add.
    first_lag : int or None
        The column of the first own lag, where it adds to the effect.
    effect, hc3, hac : float
        What the curve says.
    """

    x: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    factor: float
    first_lag: int | None
    effect: float
    hc3: float
    hac: float

    @property
    def bandwidth(self) -> int:
        """The lags of its Newey-West errors."""
        return bandwidth(len(self.y))

    def scale(self, params: np.ndarray) -> float:
        """Return what turns a coefficient into an effect."""
        if self.first_lag is None:
            return self.factor
        return self.factor * window_multiplier(params[self.first_lag : self.first_lag + 1], 2)


def account() -> Panel:
    """Return a year of a simulated account, its scheme changed on the middle day."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = worlds.write_world(WORLD, Path(scratch) / "account", seed=SEED, days=DAYS)
        panel = analysis.load(folder).arrays
    masked = panel.masked.copy()
    masked[DAYS // 2 : DAYS // 2 + 2] = True
    return replace(panel, masked=masked, breaks=(panel.dates[DAYS // 2].date(),))


def regressions(panel: Panel, curve: Curve, count: int) -> list[Regression]:
    """Return ``count`` of the curve's regressions, drawn evenly, with what the curve says."""
    table = pd.concat([curve.table, curve.sensitivity])
    said = table.set_index(list(AXES))[["effect", "error"]].to_dict("index")
    kept, every = samples(panel), []
    for setting in settings(panel):
        data = columns_of(setting, kept, LAGS)
        sets = [(lags, name) for lags, names in data.samples.items() for name in names]
        for rows, (lags, sample) in zip(data.rows, sets, strict=True):
            for weekday, more in ((WITHOUT, ()), (WITH, data.weekdays)):
                levels = setting.levels | {"own lags": str(lags), "weekday": weekday}
                levels |= {"sample": sample}
                keys = [
                    tuple((levels | {"errors": kind})[axis] for axis in AXES) for kind in (HC3, HAC)
                ]
                if keys[0] in said:
                    every.append((setting, data, rows, [*data.chosen(lags), *more], keys))
    found = []
    for place in np.linspace(0, len(every) - 1, min(count, len(every))).astype(int):
        setting, data, rows, columns, keys = every[place]
        lagged = setting.panel.kind == "level" and setting.panel.window_days == 2
        found.append(
            Regression(
                x=data.x[rows][:, columns],
                y=data.y[rows],
                rows=np.isin(np.arange(data.days[0], data.days[-1] + 1), data.days[rows]),
                factor=float(np.log(2)) if setting.posts == LOGARITHM else 1.0,
                first_lag=1 + data.channels if lagged else None,
                effect=said[keys[0]]["effect"],
                hc3=said[keys[0]]["error"],
                hac=said[keys[1]]["error"],
            )
        )
    return found


def by_arrays(one: Regression) -> Pair:
    """Fit once, for both errors."""
    fit = sm.OLS(one.y, one.x).fit()
    hac = fit.get_robustcov_results("HAC", maxlags=one.bandwidth, use_correction=True)
    return float(fit.HC3_se[0]), float(hac.bse[0])


def by_arrays_twice(one: Regression) -> Pair:
    """Fit once an error."""
    hac = {"maxlags": one.bandwidth, "use_correction": True}
    return (
        float(sm.OLS(one.y, one.x).fit(cov_type="HC3").bse[0]),
        float(sm.OLS(one.y, one.x).fit(cov_type="HAC", cov_kwds=hac).bse[0]),
    )


def frame_of(one: Regression) -> pd.DataFrame:
    """Return a regression as a frame: y, x0 (the focal channel), x2 … without the constant."""
    columns = {f"x{place}": one.x[:, place] for place in range(one.x.shape[1]) if place != 1}
    return pd.DataFrame({"y": one.y} | columns)


def formula_of(frame: pd.DataFrame) -> str:
    return "y ~ " + " + ".join(frame.columns[1:])


def by_formula(frame: pd.DataFrame) -> Pair:
    """Fit once, for both errors."""
    fit = smf.ols(formula_of(frame), frame).fit()
    lags = bandwidth(len(frame))
    hac = fit.get_robustcov_results("HAC", maxlags=lags, use_correction=True)
    return float(fit.HC3_se["x0"]), float(hac.bse[list(frame.columns).index("x0")])


def by_pyfixest(frame: pd.DataFrame) -> float:
    """Fit with HC3 errors alone."""
    import pyfixest

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit: Any = pyfixest.feols(
            formula_of(frame), frame, vcov="HC3", ssc=pyfixest.ssc(k_adj=False)
        )
    return float(fit.se()["x0"])


def off(one: Regression) -> float:
    """Return the largest relative difference of the effect or an error from statsmodels'.

    A day that a sample leaves out is a row of zeros, which adds nothing to any sum and keeps the
    others as far apart as they are; the correction for degrees of freedom is made by hand.
    """
    fit = sm.OLS(one.y, one.x).fit()
    scale, inside = one.scale(fit.params), np.flatnonzero(one.rows)
    x, y = np.zeros((len(one.rows), one.x.shape[1])), np.zeros(len(one.rows))
    x[inside], y[inside] = one.x, one.y
    hac = {"maxlags": one.bandwidth, "use_correction": False}
    laid = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds=hac)
    error = laid.bse[0] * np.sqrt(len(one.y) / fit.df_resid)
    theirs = np.array([fit.params[0], abs(fit.HC3_se[0]), abs(error)]) * scale
    return float(np.max(np.abs(np.array([one.effect, one.hc3, one.hac]) / theirs - 1)))


def placebo_peer(panel: Panel) -> tuple[Callable[[], list[Pair]], list[Pair]]:
    """Return statsmodels' loop over the first shifts, and what ours says of them."""
    design = primary_design(panel, "bundle")
    found = regimes(panel, "bundle", design.rows)
    column = 1 + design.channels.index(panel.focal)
    basis = orthonormal(np.delete(design.x, column, axis=1))
    left = design.y - basis @ (basis.T @ design.y)
    calendars = calendars_of(panel, "bundle", found, design.rows, basis, left)
    shifts, _ = choose_shifts(found, DRAWN, 0)
    moved = sum(calendars.columns(shifts[:SHIFTS, place], place) for place in range(len(found)))
    x, y = design.x.copy(), design.y

    def loop() -> list[Pair]:
        every = []
        for one in np.asarray(moved):
            x[:, column] = one
            fit = sm.OLS(y, x).fit()
            every.append((float(fit.tvalues[column]), fit.params[column] / fit.HC3_se[column]))
        return every

    ours = circular_placebo(panel, draws=DRAWN)
    assert isinstance(ours, Placebo)
    assert len(ours.shifted) == len(ours.classical.shifted) == DRAWN
    return loop, list(zip(ours.classical.shifted[:SHIFTS], ours.shifted[:SHIFTS], strict=True))


def all_of(fit: Callable[[Any], object], inputs: Sequence[Any]) -> Callable[[], list[object]]:
    return lambda: [fit(one) for one in inputs]


def main() -> int:
    about = parser(__doc__)
    about.add_argument("--peers", type=int, default=200, help="regressions given to statsmodels")
    options = about.parse_args()
    panel = account()
    curve = specification_curve(panel, lags=LAGS)
    if curve is None or curve.specifications < DRAWN:
        sys.exit("the simulated account has too few specifications")
    ours = regressions(panel, curve, options.peers)
    frames = [frame_of(one) for one in ours[:: max(1, len(ours) // FORMULAS)]]
    loop, said = placebo_peer(panel)
    design = primary_design(panel, "bundle")
    column = 1 + design.channels.index(panel.focal)
    part = partial_out(design.x[:, column], np.delete(design.x, column, axis=1))
    assert part is not None
    works: dict[str, Callable[[], object]] = {
        "curve": lambda: specification_curve(panel, lags=LAGS, draws=1),
        "arrays": all_of(by_arrays, ours),
        "arrays, twice": all_of(by_arrays_twice, ours),
        "formula": all_of(by_formula, frames),
        "curve and test": lambda: specification_curve(panel, lags=LAGS),
        "placebo": lambda: circular_placebo(panel, draws=DRAWN),
        "loop": loop,
        "wild": lambda: wild_bootstrap(part, design.y, DRAWN, SEED),
    }
    if find_spec("pyfixest"):
        works["pyfixest"] = all_of(by_pyfixest, frames)
    taken = paired(works, options.repeat)
    worst = max(off(one) for one in ours)
    shifted = float(np.max(np.abs(np.array(said) / np.array(loop()) - 1)))
    return tell(panel, curve, taken, (len(ours), len(frames)), (worst, shifted), options)


def tell(
    panel: Panel,
    curve: Curve,
    taken: dict[str, float],
    given: tuple[int, int],
    differ: Pair,
    options: Any,
) -> int:
    """Print the times, each as long as all would take, and hold them against what is aimed at."""
    count = curve.specifications + len(curve.sensitivity)
    arrays, formula = (
        min(taken["arrays"], taken["arrays, twice"]) / given[0] / 2,
        taken["formula"] / given[1] / 2,
    )
    each, shift = taken["curve"] / count, taken["loop"] / SHIFTS
    print(
        f"{panel.readings} readings, {len(panel.channels)} channels; CPU seconds, median of "
        f"{options.repeat} runs in turn"
    )
    rows = [
        (f"{count:,} specifications, needle", taken["curve"], 1.0),
        (f"  statsmodels, arrays, scaled from {2 * given[0]}", arrays * count, arrays / each),
        (f"  statsmodels, formula, scaled from {2 * given[1]}", formula * count, formula / each),
    ]
    if "pyfixest" in taken:
        feols = taken["pyfixest"] / given[1]
        rows.append(("  pyfixest, HC3 alone, scaled", feols * count, feols / each))
    rows += [
        (f"{DRAWN:,} shifted calendars, needle", taken["placebo"], 1.0),
        (
            f"  statsmodels, arrays, scaled from {SHIFTS}",
            shift * DRAWN,
            shift * DRAWN / taken["placebo"],
        ),
    ]
    for name, seconds, ratio in rows:
        print(f"  {name:<52} {seconds:9.3f} s {ratio:8,.0f}x")
    print("\nbeside them, without a peer that does it")
    joint = taken["curve and test"] - taken["curve"]
    print(f"  {f'joint test of the curve, {DRAWS} accounts':<52} {joint:9.3f} s")
    print(f"  {f'{DRAWN:,} draws of the wild bootstrap':<52} {taken['wild']:9.3f} s")
    print(f"\n{given[0]} regressions differ from statsmodels' by {differ[0]:.1e} at most,")
    print(f"{SHIFTS} shifted calendars by {differ[1]:.1e} (at most {TOLERANCE:g} is right)")
    together = taken["curve and test"] + taken["placebo"] + taken["wild"]
    targets = [
        Target("specification curve, times statsmodels' arrays", arrays / each, 15, least=True),
        Target("specification curve, times statsmodels' formulas", formula / each, 400, least=True),
        Target(
            "placebo of 10,000, times a loop of statsmodels",
            shift * DRAWN / taken["placebo"],
            300,
            least=True,
        ),
        Target("curve, joint test, placebo and bootstrap together", together, LIMIT, "s"),
    ]
    missed = conclude(targets, options.json)
    return int(missed or not max(differ) < TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
