"""The focal effect, estimated again in other defensible ways.

None of them decides anything: the primary was fixed before. They show whether its verdict hangs
on one month, one half, one coding, a few wild days, or on how the errors were computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.evidence.channels import why_not_judged
from analysis.evidence.drift import SLOWEST_KEPT, Rival, beside
from analysis.model.batch import focal_fits, share
from analysis.model.design import MIN_SPARE, Design, lagged_outcomes, primary_design
from analysis.model.hac import bandwidth, with_newey_west
from analysis.model.ols import rests_on
from analysis.model.primary import (
    Estimate,
    PrimaryFit,
    fit_design,
    fit_primary,
    window_multipliers,
)
from analysis.panel import Coding, Flags, Floats, Panel, outcome

PRIMARY = "the primary"

JUMP = 7.0
"""Robust z beyond which a move of the score is called a jump."""

TOO_FEW = "too few readings are left"

AROUND = 7
"""Days left out on either side of a known change of the scoring model."""


@dataclass(frozen=True, slots=True)
class Reestimate:
    """The focal effect, estimated in one other way.

    Attributes
    ----------
    name : str
        The way.
    estimate : Estimate or None
        In the unit of the primary's effect; None where this way cannot be gone.
    readings : int
        Readings that entered.
    note : str
        What to know about it, or why there is no estimate.
    """

    name: str
    estimate: Estimate | None
    readings: int = 0
    note: str = ""


@dataclass(frozen=True)
class Robustness:
    """The focal effect in the primary and in other ways.

    Attributes
    ----------
    primary : Reestimate
        As it was fixed before; always with an estimate.
    ways : tuple of Reestimate
        Other ways, those that cannot be gone among them.
    months : tuple of Reestimate
        Without each month in turn, named like ``2012-03``, in order.
    alpha : float
        Level of the test whose outcome should hold.
    """

    primary: Reestimate
    ways: tuple[Reestimate, ...]
    months: tuple[Reestimate, ...] = field(repr=False)
    alpha: float

    @property
    def found(self) -> bool:
        """Whether the primary tells the effect from zero."""
        return self._found(self.primary)

    def _found(self, way: Reestimate) -> bool:
        return way.estimate is not None and bool(way.estimate.p < self.alpha)

    def holds(self, way: Reestimate) -> bool:
        """Return whether a way finds what the primary does: the same sign, or nothing."""
        if way.estimate is None or self.primary.estimate is None:
            return False
        same = way.estimate.value * self.primary.estimate.value > 0
        return self._found(way) == self.found and (same or not self.found)

    @property
    def gone(self) -> tuple[Reestimate, ...]:
        """The ways that have an estimate."""
        return tuple(way for way in self.ways if way.estimate is not None)

    @property
    def changing_months(self) -> tuple[Reestimate, ...]:
        """The months without which the primary would have come out differently."""
        return tuple(
            month for month in self.months if month.estimate is not None and not self.holds(month)
        )

    @property
    def extreme_months(self) -> tuple[Reestimate, Reestimate] | None:
        """The months without which the effect is smallest and largest."""
        known = [month for month in self.months if month.estimate is not None]
        if not known:
            return None
        known.sort(key=lambda month: month.estimate.value if month.estimate else 0.0)
        return known[0], known[-1]

    @property
    def farthest(self) -> Reestimate | None:
        """The way whose estimate lies farthest from the primary's."""
        assert self.primary.estimate is not None
        center = self.primary.estimate.value
        return max(
            self.gone,
            key=lambda way: abs(way.estimate.value - center) if way.estimate else 0.0,
            default=None,
        )


def robustness(panel: Panel, alpha: float = 0.05) -> Robustness | None:
    """Estimate the focal effect in the primary and in other ways.

    Parameters
    ----------
    panel : Panel
        The panel.
    alpha : float
        Level of the test.

    Returns
    -------
    Robustness or None
        None when the primary cannot be fitted, or has too few posts to judge the effect.
    """
    fit = fit_primary(panel)
    if fit is None:
        return None
    primary = _read(PRIMARY, fit, "")
    if primary.estimate is None:
        return None
    return Robustness(
        primary=primary,
        ways=tuple(_ways(panel, fit)),
        months=tuple(_without_months(panel, fit)),
        alpha=alpha,
    )


def _read(name: str, fit: PrimaryFit | None, note: str) -> Reestimate:
    """Return the focal effect of a fit, or why there is none."""
    if fit is None:
        return Reestimate(name, None, note=TOO_FEW)
    focal = fit.design.channels[0]
    effect = fit.effects[focal]
    why_not = why_not_judged(fit.posts_seen(focal), fit.quiet_readings(focal), effect, 0)
    if why_not:
        return Reestimate(name, None, fit.n, why_not)
    return Reestimate(name, effect, fit.n, note)


def _ways(panel: Panel, fit: PrimaryFit) -> Iterator[Reestimate]:
    yield _every_post(panel, fit)
    first = np.arange(fit.n) < fit.n // 2
    yield _read("first half", _of_rows(panel, fit, first), "")
    yield _read("second half", _of_rows(panel, fit, ~first), "")
    yield _away_from_breaks(panel, fit)
    yield _whole_points(panel)
    yield _log_counts(panel, fit)
    yield _without_jumps(panel)
    yield _newey_west(fit)
    yield _beside(fit, "slow movements of the score", f"those slower than {SLOWEST_KEPT} days")
    yield _beside(fit, "where the score stands", "before the posts")
    yield _complete_cases(panel, fit)


def _of_rows(panel: Panel, fit: PrimaryFit, keep: Flags) -> PrimaryFit | None:
    """Return the primary on some of its own rows, its lags reaching into the others."""
    return fit_design(_rows(fit.design, keep), fit.coding, panel)


def _rows(design: Design, keep: Flags) -> Design:
    return replace(design, x=design.x[keep], y=design.y[keep], rows=design.rows[keep])


def _every_post(panel: Panel, fit: PrimaryFit) -> Reestimate:
    name = "every post by itself"
    other: Coding = "all posts"
    design = primary_design(panel, other)
    if np.array_equal(design.x, fit.design.x):
        return Reestimate(name, None, note="no post shares a focal post: the same as the primary")
    return _read(name, fit_design(design, other, panel), "shares counted in their own channel")


def _without_months(panel: Panel, fit: PrimaryFit) -> Iterator[Reestimate]:
    dates = panel.dates[fit.design.rows]
    month = dates.year.to_numpy() * 12 + dates.month.to_numpy() - 1
    months, design = np.unique(month), fit.design
    keep = month != months[:, None]
    columns = [1, 0, *range(2, design.x.shape[1])]  # the focal channel's first
    fits = focal_fits(share(design.x, design.y, keep, design.rows), columns)
    times = np.ones(len(months))
    if fit.kind == "level":
        phi = np.nan_to_num(fits.beta[:, design.lag_columns][:, : fit.window_days - 1])
        times = window_multipliers(phi, fit.window_days)
    readings = rests_on(fits.weights, design.x[:, 1] > 0)
    posts = np.ceil(np.where(keep, design.x[:, 1], 0.0).sum(axis=1) / fit.window_days)
    quiet, left = (keep & (design.x[:, 1] == 0)).sum(axis=1), keep.sum(axis=1)
    for place, one in enumerate(months):
        name = f"{one // 12}-{one % 12 + 1:02d}"
        value, error, df = fits.beta[place, 0], fits.hc3[place], fits.df[place]
        effect = Estimate(float(value), float(error), int(df), float(readings[place]))
        yield _judged(
            name,
            effect.times(float(times[place])),
            int(left[place]),
            (int(posts[place]), int(quiet[place])),
            enough=left[place] >= len(columns) + MIN_SPARE,
        )


def _judged(
    name: str, effect: Estimate, n: int, posts_and_quiet: tuple[int, int], enough: bool
) -> Reestimate:
    """Return a focal effect, or why there is none, as `_read` does."""
    if not enough:
        return Reestimate(name, None, note=TOO_FEW)
    why_not = why_not_judged(*posts_and_quiet, effect, 0)
    return Reestimate(name, None if why_not else effect, n, why_not)


def _away_from_breaks(panel: Panel, fit: PrimaryFit) -> Reestimate:
    name = f"without {AROUND} days around known changes"
    days = panel.dates[fit.design.rows]
    keep = np.ones(fit.n, dtype=bool)
    for date in panel.breaks:
        keep &= np.abs((days - pd.Timestamp(date)).days.to_numpy()) > AROUND
    if keep.all():
        said = "no reading stands so near to one" if panel.breaks else "none is known"
        return Reestimate(name, None, note=said)
    said = f"{int((~keep).sum())} readings left out"
    return _read(name, _of_rows(panel, fit, keep), said)


def _whole_points(panel: Panel) -> Reestimate:
    name = "score in whole points"
    rounded = np.round(panel.score)
    if np.array_equal(rounded, panel.score, equal_nan=True):
        return Reestimate(name, None, note="it comes in whole points already")
    whole = replace(panel, score=rounded, outcome=outcome(rounded, panel.kind))
    return _read(name, fit_primary(whole), "as if it had been read so")


def _log_counts(panel: Panel, fit: PrimaryFit) -> Reestimate:
    """Count posts as log(1 + posts), every channel's, so that the tenth adds less."""
    name = "counts as log(1 + posts)"
    x = fit.design.x.copy()
    channels = slice(1, 1 + len(fit.design.channels))
    x[:, channels] = np.log1p(x[:, channels])
    logged = fit_design(replace(fit.design, x=x), fit.coding, panel)
    effect = None if logged is None else logged.effects[panel.focal].times(float(np.log(2)))
    if effect is None or not effect.known:
        return Reestimate(name, None, note="its effect cannot be told from those of others")
    return Reestimate(name, effect, fit.n, "the effect of the first post; further ones add less")


def jumps(panel: Panel) -> Flags | None:
    """Return the days whose outcome lies far outside of the others; shape (n,).

    More than ``JUMP`` times the scaled median absolute deviation from the median.

    Returns
    -------
    array or None
        None when more than half of the outcomes are the same, so that there is no such scale.
    """
    known = np.isfinite(panel.outcome) & ~panel.masked
    values = panel.outcome[known]
    middle = float(np.median(values))
    scale = 1.4826 * float(np.median(np.abs(values - middle)))
    if scale <= 0:
        return None
    far: Floats = np.abs(np.where(known, panel.outcome, middle) - middle)
    return np.asarray(far > JUMP * scale)


def _without_jumps(panel: Panel) -> Reestimate:
    name = "jumps of the score left out"
    found = jumps(panel)
    if found is None:
        return Reestimate(name, None, note="most moves are the same, so none can be called a jump")
    days = int(found.sum())
    if not days:
        return Reestimate(name, None, note="there is none")
    masked = replace(panel, masked=panel.masked | found)
    deleted = "1 day" if days == 1 else f"{days} days"
    return _read(name, fit_primary(masked), f"{deleted} deleted; where posts cause them, wrongly")


def _newey_west(fit: PrimaryFit) -> Reestimate:
    width = bandwidth(fit.n)
    ols = with_newey_west(fit.design.x, fit.ols, width, fit.design.rows)
    note = f"neighboring days, up to {width} apart, may be disturbed alike"
    return _read("errors of Newey and West", replace(fit, ols=ols), note)


def _beside(fit: PrimaryFit, rival: Rival, note: str) -> Reestimate:
    name = f"beside {rival}"
    again = beside(fit, (rival,), ())
    effect = None if again is None else again.effects[fit.design.channels[0]]
    if effect is None or not effect.known:
        flow = fit.kind == "flow" and rival == "where the score stands"
        return Reestimate(name, None, note="the primary has it" if flow else "too few readings")
    return Reestimate(name, effect, fit.n, note)


def _complete_cases(panel: Panel, fit: PrimaryFit) -> Reestimate:
    name = f"only days with all {fit.design.lags} readings before them"
    if not fit.design.filled_lags:
        return Reestimate(name, None, note="they all have: the same as the primary")
    filled = lagged_outcomes(panel, fit.design.lags).filled[fit.design.rows]
    return _read(name, _of_rows(panel, fit, filled == 0), "none set to its mean")
