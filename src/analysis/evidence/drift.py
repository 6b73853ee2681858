"""What was found, once more beside a slow trend of the outcome over the record."""

from __future__ import annotations

import numpy as np

from analysis.evidence.channels import ChannelTable
from analysis.model.ols import fit_hc3
from analysis.model.primary import PrimaryFit, combination


def lost_beside_trend(fit: PrimaryFit, table: ChannelTable) -> tuple[str, ...]:
    """Return the channels whose effect is found, but not beside a slow trend.

    The primary holds the score's recent past fixed, not a drift of its daily change over months.
    Where posting drifts over the record as well, the two go together without any effect. The
    primary is fitted again with the day and its square.

    Parameters
    ----------
    fit : PrimaryFit
        The primary, bundle coding.
    table : ChannelTable
        What was found.

    Returns
    -------
    tuple of str
        In the order of the channels; empty when all that was found stays.
    """
    found = [
        channel.name
        for channel in (table.focal, *table.others)
        if channel.judged and channel.p_adjusted < table.alpha
    ]
    rows = fit.design.rows.astype(float)
    if not found or np.ptp(rows) == 0:
        return ()
    day = 2 * (rows - rows.min()) / np.ptp(rows) - 1
    beside = fit_hc3(np.column_stack([fit.design.x, day, day**2]), fit.design.y)
    lost = []
    for name in found:
        effect = combination(beside, {1 + fit.design.channels.index(name): 1.0})
        if not effect.known or effect.p >= table.alpha:
            lost.append(name)
    return tuple(lost)
