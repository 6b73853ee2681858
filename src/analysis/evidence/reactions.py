"""The reactions to a channel's posts, at the same number of posts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.model.design import MIN_SPARE, primary_design
from analysis.model.ols import fit_hc3
from analysis.model.primary import Estimate, combination, window_multiplier
from analysis.panel import Panel, window_sum


@dataclass(frozen=True, slots=True)
class Reactions:
    """The effect of the reactions to a channel's posts, given the posts.

    Attributes
    ----------
    channel : str
        The channel.
    posts : int
        Its posts in the windows of the readings that entered.
    dose : float
        Reactions by which a much noticed day of posting exceeds an ordinary one: the 90th
        percentile of a window's reactions less the median, over windows with posts.
    effect : Estimate
        Of that many more reactions, at the same number of posts.
    """

    channel: str
    posts: int
    dose: float
    effect: Estimate


def reaction_evidence(panel: Panel, channel: str) -> Reactions | None:
    """Add the reactions in the window to the primary in the all-posts coding.

    Parameters
    ----------
    panel : Panel
        The panel.
    channel : str
        Whose reactions.

    Returns
    -------
    Reactions or None
        None when no source tells reactions, they never differ, or readings are too few.
    """
    bins = panel.reactions[channel]
    if not np.isfinite(bins).any():
        return None
    design = primary_design(panel, "all posts")
    counts = design.x[:, 1 + design.channels.index(channel)]
    noticed = window_sum(bins, panel.window_days, len(panel.dates))[design.rows]
    told = np.isfinite(noticed)
    posted = (counts > 0) & told
    if not posted.any() or told.sum() < design.x.shape[1] + 1 + MIN_SPARE:
        return None
    middle, high = np.quantile(noticed[posted], [0.5, 0.9])
    if high <= middle:
        return None
    fit = fit_hc3(np.column_stack([design.x, noticed])[told], design.y[told])
    factor = float(high - middle)
    if panel.kind == "level":
        phi = np.nan_to_num(fit.beta[design.lag_columns][: panel.window_days - 1])
        factor *= window_multiplier(phi, panel.window_days)
    return Reactions(
        channel=channel,
        posts=int(np.ceil(counts[told].sum() / panel.window_days)),
        dose=float(high - middle),
        effect=combination(fit, {design.x.shape[1]: 1.0}, noticed[told] > 0).times(factor),
    )
