"""Placebo leads: whether a reading goes with posts that were made only after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.evidence.channels import MIN_POSTS
from analysis.model.design import MIN_SPARE, primary_design
from analysis.model.ols import FTest, fit_hc3, joint_f
from analysis.model.primary import Estimate, combination
from analysis.panel import BACK, LEADS, Coding, Panel

LEAD_HOURS = 24 * LEADS


@dataclass(frozen=True, slots=True)
class Leads:
    """What the focal posts of the days after a reading have to do with it.

    No post can move a reading that was taken before it: where these go together, the author
    posts because of the score. The primary looks only backward and holds own lags, so its
    test stays valid there; leads describe, they never veto.

    Attributes
    ----------
    test : FTest
        That no day after the reading matters.
    effect : Estimate
        How much that reading differs per post in the next ``LEAD_HOURS``: the mean over the
        days, in points of the outcome.
    readings : int
        Readings that entered.
    """

    test: FTest
    effect: Estimate
    readings: int


def placebo_leads(panel: Panel, coding: Coding = "bundle") -> Leads | None:
    """Add the focal posts of each day after the reading to the primary, and test them jointly.

    Parameters
    ----------
    panel : Panel
        The panel.
    coding : {"bundle", "all posts"}
        How shares of focal posts are counted.

    Returns
    -------
    Leads or None
        None with too few readings, or fewer than ``MIN_POSTS`` posts after one.
    """
    design = primary_design(panel, coding)
    bins = panel.posts[coding][panel.focal]
    after = np.column_stack([bins[BACK + lead :][design.rows] for lead in range(1, LEADS + 1)])
    known = np.isfinite(after).all(axis=1)
    x = np.column_stack([after, design.x])[known]
    if len(x) < x.shape[1] + MIN_SPARE or after[known].sum() < LEADS * MIN_POSTS:
        return None
    fit = fit_hc3(x, design.y[known])
    test = joint_f(fit, np.arange(LEADS))
    effect = combination(fit, dict.fromkeys(range(LEADS), 1 / LEADS))
    if test is None or not effect.known:
        return None
    return Leads(test, effect, len(x))
