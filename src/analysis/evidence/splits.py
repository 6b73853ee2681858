"""Two kinds of posts of one channel, side by side in the primary model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.model.design import MIN_SPARE, primary_design
from analysis.model.ols import fit_hc3
from analysis.model.primary import Estimate, combination, window_multiplier
from analysis.panel import Coding, Floats, Panel, window_sum


@dataclass(frozen=True, slots=True)
class SplitEvidence:
    """The effect of one more post of either kind, and their difference.

    Attributes
    ----------
    channel, question : str
        Whose posts, and what tells them apart.
    names : tuple of str
        The two kinds.
    posts : tuple of int
        Posts of each kind in the windows of the readings that entered.
    first, second, difference : Estimate
        In points per post; the difference is the first less the second.
    """

    channel: str
    question: str
    names: tuple[str, str]
    posts: tuple[int, int]
    first: Estimate
    second: Estimate
    difference: Estimate


def split_evidence(
    panel: Panel, channel: str, question: str, coding: Coding = "bundle"
) -> SplitEvidence | None:
    """Refit the primary with a channel's posts counted in two kinds.

    Parameters
    ----------
    panel : Panel
        With a part for ``channel`` and ``question``.
    channel, question : str
        As in `analysis.parts.Split`.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.

    Returns
    -------
    SplitEvidence or None
        None when the sources do not tell the kinds apart, or there are too few readings.
    """
    part = panel.parts.get((channel, question))
    if part is None:
        return None
    design = primary_design(panel, coding)
    n = len(panel.dates)
    column = 1 + design.channels.index(channel)
    counts = [window_sum(bins, panel.window_days, n)[design.rows] for bins in part.bins]
    rest = design.x[:, column] - counts[0] - counts[1]
    kinds = [*counts, rest] if np.abs(rest).max(initial=0) > 0 else counts
    x = np.column_stack([*kinds, np.delete(design.x, column, axis=1)])
    if len(x) < x.shape[1] + MIN_SPARE:
        return None
    fit = fit_hc3(x, design.y)
    shift = len(kinds) - 1
    lags = slice(design.lag_columns.start + shift, design.lag_columns.stop + shift)
    factor = 1.0
    if panel.kind == "level":
        phi: Floats = np.nan_to_num(fit.beta[lags][: panel.window_days - 1])
        factor = window_multiplier(phi, panel.window_days)
    one, other = (count > 0 for count in counts)
    seen = [int(np.ceil(count.sum() / panel.window_days)) for count in counts]
    return SplitEvidence(
        channel=channel,
        question=question,
        names=part.names,
        posts=(seen[0], seen[1]),
        first=combination(fit, {0: 1.0}, one).times(factor),
        second=combination(fit, {1: 1.0}, other).times(factor),
        difference=combination(fit, {0: 1.0, 1: -1.0}, one | other).times(factor),
    )
