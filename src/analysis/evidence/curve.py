"""The specification curve: the focal effect under every admissible way to ask.

The curve of Simonsohn, Simmons and Nelson (2020), with a null of its own: accounts made from the
primary without the focal channel, whose residuals get random signs day by day.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from analysis.evidence.specification_fits import FitGroup, fits_table, setting_fits
from analysis.evidence.specifications import AXES, KEPT, LAGS, samples, settings
from analysis.model.null import null_outcomes
from analysis.model.primary import Estimate, fit_primary
from analysis.panel import Floats, Panel

DRAWS = 999

_BLOCK = 64


@dataclass(frozen=True)
class Curve:
    """The focal effect in every specification, and what chance makes of their median.

    Attributes
    ----------
    channel : str
        The focal channel.
    table : DataFrame
        One row a specification: its level on each axis; ``effect``, ``error``, ``df``, ``p``,
        ``n``. Effects are in points for the first post, as in the primary.
    sensitivity : DataFrame
        The same with jumps masked. What is masked depends on the outcome, so these stand beside
        the curve and are not counted in it; empty where no outcome is a jump.
    primary : Estimate
        The effect in the primary.
    alpha : float
        The level at which a specification counts as significant.
    null_medians : array (b,)
        The median effect in each account of the null.
    left_out : int
        Specifications of which the rows hold too little: fewer than ``MIN_POSTS`` focal posts,
        ``MIN_QUIET`` readings without one, or ``MIN_SPARE`` degrees of freedom, or an effect that
        rests on fewer than ``MIN_READINGS``.
    """

    channel: str
    table: pd.DataFrame = field(repr=False)
    sensitivity: pd.DataFrame = field(repr=False)
    primary: Estimate
    alpha: float
    null_medians: Floats = field(repr=False)
    left_out: int

    @property
    def specifications(self) -> int:
        """How many there are."""
        return len(self.table)

    @property
    def effects(self) -> Floats:
        """The effect in each; shape (m,)."""
        return self.table["effect"].to_numpy()

    @property
    def median(self) -> float:
        """The median effect."""
        return float(np.median(self.effects))

    @property
    def positive(self) -> float:
        """Share of specifications with an effect above zero."""
        return float((self.effects > 0).mean())

    @property
    def significant(self) -> float:
        """Share that is significant by the primary's test and on its side of zero."""
        return _significant(self.table, self.alpha, self.primary.value)

    @property
    def against(self) -> float:
        """Share that is significant on the other side of zero."""
        return _significant(self.table, self.alpha, -self.primary.value)

    @property
    def p(self) -> float:
        """Rank of the median among those of the null: twice the smaller tail, at most 1."""
        above = int((self.null_medians >= self.median).sum())
        below = int((self.null_medians <= self.median).sum())
        return min(1.0, 2 * (1 + min(above, below)) / (1 + len(self.null_medians)))

    def null_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the central ``level`` of the median where the focal channel does nothing."""
        low, high = np.quantile(self.null_medians, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the ends of each specification's interval; shape (m,) each."""
        half = special.stdtrit(self.table["df"].to_numpy(), (1 + level) / 2)
        half = half * self.table["error"].to_numpy()
        return self.effects - half, self.effects + half

    def by_axis(self) -> pd.DataFrame:
        """Return one row a level of each axis that has more than one.

        Columns: axis, level, specifications, median, low, high (the central 90 % of effects),
        positive and significant (shares, as of the whole curve). The levels of ``jumps`` are
        the curve and the sensitivity; on all other axes only the curve is counted.
        """
        rows = []
        for axis in AXES:
            beside = [self.sensitivity] if axis == "jumps" and len(self.sensitivity) else []
            whole = pd.concat([self.table, *beside]) if beside else self.table
            levels = whole.groupby(axis, observed=True, sort=not beside)
            if len(levels) > 1:
                rows += [
                    {"axis": axis, "level": level} | self._summary(part) for level, part in levels
                ]
        return pd.DataFrame(rows, columns=["axis", "level", *_SUMMARY])

    def _summary(self, part: pd.DataFrame) -> dict[str, float]:
        effects = part["effect"].to_numpy()
        low, median, high = np.quantile(effects, [0.05, 0.5, 0.95])
        values = (
            len(part),
            median,
            low,
            high,
            (effects > 0).mean(),
            _significant(part, self.alpha, self.primary.value),
        )
        return dict(zip(_SUMMARY, values, strict=True))


_SUMMARY = ("specifications", "median", "low", "high", "positive", "significant")


def _significant(table: pd.DataFrame, alpha: float, side: float) -> float:
    """Return the share with ``p < alpha`` and an effect of the sign of ``side``."""
    hits = (table["p"].to_numpy() < alpha) & (table["effect"].to_numpy() * side > 0)
    return float(hits.mean())


def specification_curve(
    panel: Panel,
    *,
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
    lags: tuple[int, ...] = LAGS,
) -> Curve | None:
    """Fit every admissible specification of the focal effect, and test their median.

    The null holds every design fixed: the same accounts, made by `null_outcomes`, are put to
    all specifications, so the test knows how much they have in common.

    Parameters
    ----------
    panel : Panel
        The panel.
    alpha : float
        The level of the tests that are counted.
    draws : int
        Accounts of the null.
    seed : int
        Of their random signs.
    lags : tuple of int
        The numbers of own lags to try.

    Returns
    -------
    Curve or None
        None when the primary cannot be fitted, when it does not identify the focal effect, or
        when no specification has enough posts, quiet readings and degrees of freedom.
    """
    primary = fit_primary(panel, "bundle")
    if primary is None or not primary.effects[panel.focal].known:
        return None
    null = null_outcomes(panel, primary.design, draws, seed)
    kept = samples(panel)
    groups: list[FitGroup] = []
    beside: list[FitGroup] = []
    for setting in settings(panel):
        counted = setting.jumps == KEPT
        outcomes = null if counted else null[:, :0]
        (groups if counted else beside).extend(setting_fits(setting, kept, lags, outcomes))
    if not sum(len(group.effect) for group in groups):
        return None
    return Curve(
        channel=panel.focal,
        table=fits_table(groups, list(kept)),
        sensitivity=fits_table(beside, list(kept)),
        primary=primary.effects[panel.focal],
        alpha=alpha,
        null_medians=_medians([group.null for group in groups]),
        left_out=2 * sum(int((~group.usable).sum()) for group in groups),
    )


def _medians(effects: list[Floats]) -> Floats:
    """Return the median of each column of stacked arrays, some columns at a time."""
    draws = effects[0].shape[1]
    blocks = (slice(start, start + _BLOCK) for start in range(0, draws, _BLOCK))
    stacked = (np.concatenate([each[:, block].T for each in effects], axis=1) for block in blocks)
    return np.concatenate([np.median(each, axis=1) for each in stacked])
