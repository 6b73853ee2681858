"""What was found, once more beside slow movements of the outcome over the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.model.design import MIN_SPARE
from analysis.model.distributions import f_upper
from analysis.model.ols import Floats, FTest, fit_hc3, joint_f
from analysis.model.primary import Estimate, PrimaryFit, combination

SLOWEST_KEPT = 120
"""Days: movements of the score's daily change with a longer period are held fixed."""

SURELY_STEADY = 0.2
"""A channel's posting counts as steady when the test for its drift gives at least this p."""


@dataclass(frozen=True, slots=True)
class BesideTrend:
    """The primary fitted again beside slow movements of the outcome.

    Attributes
    ----------
    effects : dict of str to Estimate
        Of one more post in each channel, in the unit of the primary's effects.
    joint : FTest or None
        That none of the channels asked for matters.
    """

    effects: dict[str, Estimate]
    joint: FTest | None


def slow_columns(rows: Floats) -> Floats:
    """Return a straight line and cosines slower than ``SLOWEST_KEPT`` over the record.

    Parameters
    ----------
    rows : array (n,)
        The days, as numbers; at least two of them differ.

    Returns
    -------
    array (n, 1 + m)
        The cosines are those of Müller and Watson (2008): half a period, a whole one, and so
        on over the record, as many as stay slow enough.
    """
    return _slow_columns(rows.tobytes())


@lru_cache(maxsize=4)
def _slow_columns(rows: bytes) -> Floats:
    days = np.frombuffer(rows)
    place = _places(days)
    columns = np.column_stack([2 * place - 1, _cosines(place, _slow(days))])
    columns.flags.writeable = False
    return columns


def _places(rows: Floats) -> Floats:
    return np.asarray((rows - rows.min() + 0.5) / (np.ptp(rows) + 1))


def _slow(rows: Floats) -> int:
    """Return how many cosines over the record are slow."""
    return int(2 * (np.ptp(rows) + 1) / SLOWEST_KEPT)


def _cosines(place: Floats, count: int) -> Floats:
    return np.asarray(np.cos(np.pi * np.outer(place, np.arange(1, count + 1))))


def drift_p(posts: Floats, rows: Floats) -> float:
    """Return the p value of the null that posting moves no more in the long run than in the short.

    Posts that come at random, or in spells of days, have as much of slow movements as of those
    just faster: the first cosines over the record carry no more than the next twice as many. Their
    ratio is an F where that is so (a test of a locally flat spectrum).

    Parameters
    ----------
    posts : array (n,)
        Posts in the windows of the readings.
    rows : array (n,)
        Their days.

    Returns
    -------
    float
        1 where there is nothing to compare.
    """
    return _drift_p(posts.tobytes(), rows.tobytes())


@lru_cache(maxsize=64)
def _drift_p(posts_bytes: bytes, rows_bytes: bytes) -> float:
    """Return `drift_p`; thousands of simulated accounts share one calendar."""
    posts, rows = np.frombuffer(posts_bytes), np.frombuffer(rows_bytes)
    slow = max(_slow(rows), 2)
    if np.ptp(posts) == 0 or len(rows) < 8 * slow:
        return 1.0
    waves = _cosines(_places(rows), 3 * slow)
    waves = (waves - waves.mean(axis=0)) / waves.std(axis=0)
    power = (waves.T @ (posts - posts.mean())) ** 2
    ratio = float(power[:slow].mean() / power[slow:].mean())
    return f_upper(ratio, slow, 2 * slow)


def beside_trend(fit: PrimaryFit, joint: Sequence[str]) -> BesideTrend | None:
    """Fit the primary again with slow movements of the outcome held fixed.

    The primary holds the score's recent past fixed, not a drift of its daily change over months.
    Where posting drifts over the record as well, the two go together without any effect. What a
    post does within its window is faster than that, and stays.

    Parameters
    ----------
    fit : PrimaryFit
        The primary.
    joint : sequence of str
        The channels to be tested together.

    Returns
    -------
    BesideTrend or None
        None when there are too few readings for the further columns.
    """
    design = fit.design
    rows = design.rows.astype(float)
    if np.ptp(rows) == 0:
        return None
    x = np.column_stack([design.x, slow_columns(rows)])
    if len(design.y) < x.shape[1] + MIN_SPARE:
        return None
    beside = fit_hc3(x, design.y)
    columns = {name: 1 + place for place, name in enumerate(design.channels)}
    return BesideTrend(
        effects={
            name: combination(beside, {column: 1.0}).times(fit.multiplier)
            for name, column in columns.items()
        },
        joint=joint_f(beside, np.array([columns[name] for name in joint], dtype=int)),
    )
