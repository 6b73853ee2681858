"""What was found, once more beside what moves both posting and the score without any effect.

Two such things are known from the record itself. Posting and the score's daily change may both
drift over months. And an author may post when the score is low (or high), from where it comes back
by itself. The primary holds only the score's recent moves fixed, so either can look like an effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from analysis.model.design import MIN_SPARE
from analysis.model.distributions import f_upper
from analysis.model.ols import Floats, FTest, fit_hc3, joint_f
from analysis.model.primary import Estimate, PrimaryFit, combination

SLOWEST_KEPT = 120
"""Days: movements of the score's daily change with a longer period are held fixed."""

SURELY_UNRELATED = 0.2
"""A rival is left aside when the test that posting goes with it gives at least this p."""


Rival = Literal["slow movements of the score", "where the score stands"]


@dataclass(frozen=True, slots=True)
class Beside:
    """The primary fitted again beside rival explanations.

    Attributes
    ----------
    effects : dict of str to Estimate
        Of one more post in each channel, in the unit of the primary's effects.
    joint : FTest or None
        That none of the channels asked for matters.
    """

    effects: dict[str, Estimate]
    joint: FTest | None


def rivals_of(fit: PrimaryFit, channel: str) -> tuple[Rival, ...]:
    """Return what may stand behind a channel's posting and the score alike.

    Parameters
    ----------
    fit : PrimaryFit
        The primary.
    channel : str
        The channel.
    """
    design = fit.design
    posts = design.x[:, 1 + design.channels.index(channel)]
    found: list[Rival] = []
    if drift_p(posts, design.rows.astype(float)) < SURELY_UNRELATED:
        found.append("slow movements of the score")
    if len(design.level) and level_p(posts, _level_before(fit)) < SURELY_UNRELATED:
        found.append("where the score stands")
    return tuple(found)


def _level_before(fit: PrimaryFit) -> Floats:
    """Return where the score stood before the window of each reading, shape (n,)."""
    return np.asarray(fit.design.level[fit.design.rows - (fit.window_days - 1)])


def level_p(posts: Floats, level: Floats) -> float:
    """Return the p value of the null that posting does not go with where the score stands.

    Parameters
    ----------
    posts : array (n,)
        Posts in the windows of the readings.
    level : array (n,)
        Where the score stood before them.

    Returns
    -------
    float
        From the correlation; 1 where either never changes. Both have memory, so it is small
        too often: that asks for one more test, and never spares one.
    """
    known = np.isfinite(level)
    x, y = posts[known], level[known]
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 1.0
    x, y = x - x.mean(), y - y.mean()
    r2 = float((x @ y) ** 2 / ((x @ x) * (y @ y)))
    return f_upper(r2 * (len(x) - 2) / max(1 - r2, 1e-12), 1, len(x) - 2)


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


def beside(fit: PrimaryFit, rivals: Sequence[Rival], joint: Sequence[str]) -> Beside | None:
    """Fit the primary again with rival explanations held fixed.

    What a post does within its window is faster than the slow movements, and comes after where
    the score stood before it: an effect stays.

    Parameters
    ----------
    fit : PrimaryFit
        The primary.
    rivals : sequence of str
        What is held fixed; for a flow, whose own past is in the primary, never where it stands.
    joint : sequence of str
        The channels to be tested together.

    Returns
    -------
    Beside or None
        None when there are too few readings for the further columns.
    """
    design = fit.design
    rows = design.rows.astype(float)
    added = []
    if "slow movements of the score" in rivals and np.ptp(rows) > 0:
        added.append(slow_columns(rows))
    if "where the score stands" in rivals and len(design.level):
        added.append(np.nan_to_num(_level_before(fit))[:, None])
    x = np.column_stack([design.x, *added])
    if not added or len(design.y) < x.shape[1] + MIN_SPARE:
        return None
    again = fit_hc3(x, design.y)
    columns = {name: 1 + place for place, name in enumerate(design.channels)}
    return Beside(
        effects={
            name: combination(again, {column: 1.0}).times(fit.multiplier)
            for name, column in columns.items()
        },
        joint=joint_f(again, np.array([columns[name] for name in joint], dtype=int)),
    )
