"""The rule of the headline on thousands of accounts at once.

`analysis.claims.headline` says it in words for one account; here the same conditions are taken on
arrays. Tests hold the two together, verdict by verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.claims.base import LEVEL, Verdict
from analysis.evidence.channels import MIN_POSTS, MIN_QUIET, MIN_READINGS
from analysis.evidence.drift import SURELY_UNRELATED, drift_p, slow_columns
from analysis.model.design import MIN_SPARE, Design
from analysis.model.many import ManyFits, fit_columns
from analysis.model.primary import PrimaryFit, window_multipliers
from analysis.panel import Flags, Floats

CODES: tuple[Verdict, ...] = ("supported", "refuted", "inconclusive", "untestable")
SUPPORTED, REFUTED, INCONCLUSIVE, UNTESTABLE = range(4)

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Many accounts on one calendar, as the primary sees them.

    Attributes
    ----------
    fit : PrimaryFit
        Of the study whose calendar it is: its design's columns but for the own lags.
    lagged : array (b, n, p)
        Own lags.
    outcomes : array (b, n)
        Outcomes of the readings that enter.
    level : array (b, n) or None
        Where the score stood before each window; None for a flow.
    """

    fit: PrimaryFit
    lagged: Floats = field(repr=False)
    outcomes: Floats = field(repr=False)
    level: Floats | None = field(repr=False)

    @property
    def design(self) -> Design:
        """The study's design."""
        return self.fit.design


@dataclass(frozen=True)
class Effects:
    """Effects of every channel in many accounts, with what tests say of them.

    Attributes
    ----------
    value, error, p : array (b, c)
        In the unit of an effect, the focal channel first; NaN where not identified.
    joint : array (b,)
        p value of the joint test of the judged others; NaN where there is none.
    adjusted : array (b, c)
        p after Holm over the judged others; the focal channel's own.
    df : array (b,)
        Residual degrees of freedom.
    """

    value: Floats
    error: Floats
    p: Floats
    joint: Floats
    adjusted: Floats
    df: NDArray[np.int64]

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Return the ends of the intervals with coverage ``level``, each (b, c)."""
        half = special.stdtrit(self.df, (1 + level) / 2)[:, None] * self.error
        return self.value - half, self.value + half


@dataclass(frozen=True)
class Verdicts:
    """Verdicts on many batch.

    Attributes
    ----------
    claims : dict of str to array (b,)
        By claim of the headline: positions in ``CODES``.
    effects : Effects
        What they rest on.
    found : array (b, c) of bool
        The channels of which an effect is found and holds beside its rivals.
    judged : array (c,) of bool
        The channels that get a verdict of their own.
    """

    claims: dict[str, Codes]
    effects: Effects
    found: Flags
    judged: Flags

    def covers(self, truth: Floats) -> Flags:
        """Return where the 95 % interval holds the true effects (c,); shape (b, c)."""
        low, high = self.effects.interval(LEVEL)
        return np.asarray((low <= truth) & (truth <= high))


def verdicts(batch: Batch, margins: Floats, alpha: float, judged: Flags) -> Verdicts:
    """Judge the headline in many batch.

    Parameters
    ----------
    accounts : Accounts
        The batch.
    margins : array (b,)
        The smallest effect that matters to each.
    alpha : float
        The level of the tests.
    judged : array (c,) of bool
        The channels with enough posts, the focal one first.
    """
    design, fit = batch.design, batch.fit
    where = np.arange(design.x.shape[1])[design.lag_columns]
    asked = 1 + np.arange(len(design.channels))
    fits = fit_columns(design.x, where, batch.lagged, batch.outcomes, asked)
    times = _multipliers(fit, fits)
    effects = _effects(fits, times, judged)
    rejects = judged & (effects.adjusted < alpha)
    rejects[:, 1:] &= (effects.joint < alpha)[:, None]
    found = rejects & ~_lost(batch, rejects, times, alpha, judged)
    half = special.stdtrit(effects.df, 0.95)[:, None] * effects.error
    inside = np.abs(effects.value) + half < margins[:, None]
    blogging = _blogging(fit, effects, rejects, found, inside)
    nothing = _nothing_else(effects, rejects, found, inside, alpha, judged)
    claims = {
        "blogging-moves-score": blogging,
        "nothing-else-correlates": nothing,
        "only-blogging": _only(blogging, nothing),
    }
    return Verdicts(claims, effects, found, judged)


def _multipliers(fit: PrimaryFit, fits: ManyFits) -> Floats:
    """Return `window_multiplier` of each account, shape (b,)."""
    b, days = len(fits.moving), fit.window_days
    if fit.kind == "flow":
        return np.ones(b)
    return window_multipliers(np.nan_to_num(fits.moving[:, : days - 1]), days)


def _effects(fits: ManyFits, times: Floats, judged: Flags) -> Effects:
    variance = np.diagonal(fits.covariance, axis1=1, axis2=2)
    error = np.sqrt(np.where(variance > 0, variance, np.nan))
    t = np.where(np.isfinite(fits.beta), fits.beta, np.nan) / error
    p = 2 * special.stdtr(fits.df_resid[:, None], -np.abs(t))
    adjusted = np.full(p.shape, np.nan)
    others = np.flatnonzero(judged[1:]) + 1
    adjusted[:, others] = _holm(p[:, others])
    adjusted[:, 0] = p[:, 0] if judged[0] else np.nan
    return Effects(
        value=fits.beta * times[:, None],
        error=error * np.abs(times)[:, None],
        p=p,
        joint=_joint(fits, others),
        adjusted=adjusted,
        df=fits.df_resid,
    )


def _holm(p: Floats) -> Floats:
    """Return Holm's adjusted p values over the columns of each row."""
    m = p.shape[1]
    if not m:
        return p
    order = np.argsort(p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1) * (m - np.arange(m))
    steps = np.maximum.accumulate(np.minimum(ranked, 1.0), axis=1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, steps, axis=1)
    return adjusted


def _joint(fits: ManyFits, columns: NDArray[np.int64]) -> Floats:
    """Return p of the joint F test of some columns in each account."""
    if not len(columns):
        return np.full(len(fits.beta), np.nan)
    block = fits.covariance[:, columns[:, None], columns]
    spread = np.sqrt(np.diagonal(block, axis1=1, axis2=2))
    t = fits.beta[:, columns] / spread
    scaled = block / (spread[:, :, None] * spread[:, None, :])
    statistic = np.einsum("bi,bi->b", t, np.linalg.solve(scaled, t[:, :, None])[:, :, 0])
    return np.asarray(special.fdtrc(len(columns), fits.df_resid, statistic / len(columns)))


def _lost(batch: Batch, rejects: Flags, times: Floats, alpha: float, judged: Flags) -> Flags:
    """Return which findings do not hold beside their rivals, shape (b, c)."""
    drifting = _drifting(batch.design)
    along = _along(batch)
    lost = np.zeros(rejects.shape, dtype=bool)
    slow, level = (rejects & drifting).any(axis=1), (rejects & along).any(axis=1)
    for with_slow, with_level in ((True, True), (True, False), (False, True)):
        rows = np.flatnonzero((slow == with_slow) & (level == with_level))
        again = _beside(batch, rows, with_slow, with_level)
        if again is None:
            continue
        effects = _effects(again, times[rows], judged)
        holds = effects.adjusted < alpha
        holds[:, 1:] &= (effects.joint < alpha)[:, None]
        asked = rejects[rows] & (drifting | along[rows])
        lost[rows] = asked & ~holds
    return lost


def _drifting(design: Design) -> Flags:
    """Return which channels' posting drifts, shape (c,)."""
    rows = design.rows.astype(float)
    counts = design.x[:, 1 : 1 + len(design.channels)].T
    return np.array([drift_p(each.copy(), rows) < SURELY_UNRELATED for each in counts])


def _along(batch: Batch) -> Flags:
    """Return which channels' posting goes with where the score stands, shape (b, c)."""
    design = batch.design
    counts = design.x[:, 1 : 1 + len(design.channels)]
    along = np.zeros((len(batch.outcomes), counts.shape[1]), dtype=bool)
    if batch.level is None:
        return along
    known = np.isfinite(batch.level)
    n = known.sum(axis=1)[:, None].astype(float)
    level = np.where(known, batch.level, 0.0)
    level = np.where(known, level - level.sum(axis=1, keepdims=True) / n, 0.0)
    weight = known.astype(float)
    sums, squares = weight @ counts, weight @ counts**2
    cross = level @ counts
    spread = squares - sums**2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = cross**2 / (spread * (level**2).sum(axis=1, keepdims=True))
    usable = (n >= 3) & np.isfinite(r2) & (spread > 1e-9)
    f = np.where(usable, r2, 0.0) * (n - 2) / np.maximum(1 - np.where(usable, r2, 0.0), 1e-12)
    return np.asarray(usable & (special.fdtrc(1, n - 2, f) < SURELY_UNRELATED))


def _beside(
    batch: Batch, rows: NDArray[np.int64], with_slow: bool, with_level: bool
) -> ManyFits | None:
    """Return the fits of some accounts with rivals held fixed, as `evidence.drift.beside`."""
    design = batch.design
    x, moving = design.x, batch.lagged[rows]
    where = np.arange(x.shape[1])[design.lag_columns]
    days = design.rows.astype(float)
    if with_slow and np.ptp(days) > 0:
        x = np.column_stack([x, slow_columns(days)])
    if with_level and batch.level is not None:
        x = np.column_stack([x, np.zeros(len(x))])
        where = np.append(where, x.shape[1] - 1)
        moving = np.concatenate([moving, np.nan_to_num(batch.level[rows])[:, :, None]], axis=2)
    if not len(rows) or len(x) < x.shape[1] + MIN_SPARE:
        return None
    asked = 1 + np.arange(len(design.channels))
    return fit_columns(x, where, moving, batch.outcomes[rows], asked)


def _blogging(
    fit: PrimaryFit, effects: Effects, rejects: Flags, found: Flags, inside: Flags
) -> Codes:
    focal = fit.design.channels[0]
    value, known = effects.value[:, 0], np.isfinite(effects.p[:, 0])
    few = fit.posts_seen(focal) < MIN_POSTS or fit.quiet_readings(focal) < MIN_QUIET
    few |= fit.effects[focal].rests_on < MIN_READINGS
    said = np.full(len(value), INCONCLUSIVE)
    if not few:
        said = np.where(inside[:, 0] & ~rejects[:, 0], REFUTED, said)
        said = np.where(found[:, 0], np.where(value > 0, SUPPORTED, REFUTED), said)
    return np.where(known, said, UNTESTABLE)


def _nothing_else(
    effects: Effects,
    rejects: Flags,
    found: Flags,
    inside: Flags,
    alpha: float,
    judged: Flags,
) -> Codes:
    others = judged[1:]
    focal = judged[0] & found[:, 0] & (effects.value[:, 0] > 0)
    open_ones = (others & ~inside[:, 1:]).any(axis=1)
    quiet = ~(effects.joint < alpha) & ~open_ones & focal
    said = np.where(quiet, SUPPORTED, INCONCLUSIVE)
    said = np.where(found[:, 1:].any(axis=1), REFUTED, said)
    return np.where(np.isfinite(effects.joint), said, UNTESTABLE)


def _only(blogging: Codes, nothing: Codes) -> Codes:
    said = np.full(len(blogging), INCONCLUSIVE)
    untestable = (blogging == UNTESTABLE) | (nothing == UNTESTABLE)
    said = np.where(untestable, UNTESTABLE, said)
    said = np.where((blogging == REFUTED) | (nothing == REFUTED), REFUTED, said)
    return np.where((blogging == SUPPORTED) & (nothing == SUPPORTED), SUPPORTED, said)


def names(codes: Codes) -> Sequence[Verdict]:
    """Return verdicts by name."""
    return [CODES[code] for code in codes]
