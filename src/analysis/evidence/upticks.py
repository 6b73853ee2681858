"""Does each uptick follow a post? Shares beside base rates, and the event version of the fit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.model.design import primary_design
from analysis.model.distributions import normal_quantile
from analysis.model.primary import Estimate, PrimaryFit, fit_design
from analysis.panel import Flags, Floats, Panel, differences

TOP = 0.15
"""An uptick is a rise among the top 15 % of the daily changes."""


@dataclass(frozen=True)
class Upticks:
    """How upticks and focal posts fall together.

    Attributes
    ----------
    table : DataFrame
        One row an uptick: date, change, and whether a focal post stands in the window.
    readings : int
        Readings whose change and window are known.
    threshold : float
        The smallest change that counts, in points.
    followed : int
        Upticks with a focal post in the window before them.
    share, base : float
        The share of upticks, and of all those readings, with a focal post in the window.
    share_interval : tuple of float
        Wilson's 95 % interval of the share.
    band : tuple of float
        The central 95 % of the share when the posts are shifted around the calendar: what
        chance gives with the same posting rhythm.
    p_shift : float
        Share of shifts that give at least as many.
    spread : float
        Standard deviation of the share over the shifts.
    test : Estimate or None
        The event version of the primary: how much likelier one more focal post makes an
        uptick. None when it cannot be fitted.
    """

    table: pd.DataFrame = field(repr=False)
    readings: int
    threshold: float
    followed: int
    share: float
    base: float
    share_interval: tuple[float, float]
    band: tuple[float, float]
    p_shift: float
    spread: float
    test: Estimate | None

    @property
    def count(self) -> int:
        """The number of upticks."""
        return len(self.table)

    @property
    def detectable(self) -> float:
        """The share that would have been told from chance with 80 % power."""
        return self.base + (normal_quantile(0.975) + normal_quantile(0.8)) * self.spread


def daily_change(panel: Panel) -> Floats:
    """Return the change of the score since the day before, NaN across gaps and known breaks."""
    change = np.full(len(panel.score), np.nan)
    change[1:] = differences(panel.score)
    return np.where(panel.masked, np.nan, change)


def uptick_flags(change: Floats) -> tuple[Flags, float]:
    """Return which changes are upticks, and the smallest one that counts.

    Only a rise is one: where most days bring no rise at all, every rise counts.

    Parameters
    ----------
    change : array (n,)
        Daily changes, NaN where not known.

    Returns
    -------
    flags : array (n,) of bool
    threshold : float
        NaN where nothing ever rises.
    """
    known = change[np.isfinite(change)]
    if not len(known):
        return np.zeros(len(change), dtype=bool), float("nan")
    slack = 1e-9 * float(np.abs(known).max())
    rises = known[known > slack]
    if not len(rises):
        return np.zeros(len(change), dtype=bool), float("nan")
    threshold = max(float(np.quantile(known, 1 - TOP)), float(rises.min()))
    return np.nan_to_num(change, nan=-np.inf) >= threshold - slack, threshold


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927)."""
    if n == 0:
        return float("nan"), float("nan")
    z = normal_quantile(0.975)
    share, spread = hits / n, z * z / n
    center = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, center - half), min(1.0, center + half)


def shifted_shares(posted: Flags, uptick: Flags) -> Floats:
    """Return the share of upticks with a post for every circular shift of the posts.

    Parameters
    ----------
    posted, uptick : array (n,) of bool
        Over the same readings, in order.

    Returns
    -------
    array (n,)
        Position s: the share when the posts are moved s readings on; position 0 is as is.
    """
    total = int(uptick.sum())
    spectrum = np.fft.rfft(uptick.astype(float)) * np.conj(np.fft.rfft(posted.astype(float)))
    hits = np.rint(np.fft.irfft(spectrum, n=len(posted)))
    return hits / total


def uptick_evidence(panel: Panel) -> Upticks | None:
    """Return how the upticks of a panel fall with its focal posts, or None without any."""
    change = daily_change(panel)
    window = panel.window(panel.focal)
    usable = np.isfinite(change) & np.isfinite(window)
    flags, threshold = uptick_flags(np.where(usable, change, np.nan))
    if not flags.any():
        return None
    posted = np.nan_to_num(window) > 0
    shares = shifted_shares(posted[usable], flags[usable])
    followed = int((flags & posted).sum())
    table = pd.DataFrame(
        {
            "date": panel.dates[flags],
            "change": change[flags],
            "follows a post": posted[flags],
        }
    )
    low, high = np.quantile(shares, [0.025, 0.975])
    fit = event_fit(panel, flags)
    return Upticks(
        table=table,
        readings=int(usable.sum()),
        threshold=threshold,
        followed=followed,
        share=followed / len(table),
        base=float(posted[usable].mean()),
        share_interval=wilson(followed, len(table)),
        band=(float(low), float(high)),
        p_shift=float((shares >= shares[0] - 1e-12).mean()),
        spread=float(shares.std()),
        test=None if fit is None else fit.coefficient(panel.focal),
    )


def event_fit(panel: Panel, uptick: Flags) -> PrimaryFit | None:
    """Fit the primary's design to whether each reading is an uptick (0 or 1)."""
    design = primary_design(panel, "bundle")
    return fit_design(replace(design, y=uptick[design.rows].astype(float)), "bundle", panel)
