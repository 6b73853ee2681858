"""Everything that speaks for or against the primary's finding on the focal channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.evidence.channels import ChannelEvidence, ChannelTable
from analysis.evidence.equivalence import (
    JointEquivalence,
    Margins,
    joint_equivalence,
    partial_f,
    provable_margins,
    reach,
)
from analysis.evidence.leads import Leads, placebo_leads
from analysis.evidence.placebo import Placebo, circular_placebo
from analysis.model.fwl import partial_out
from analysis.model.primary import PrimaryFit
from analysis.model.wild import WildBootstrap, wild_bootstrap
from analysis.panel import Panel

WILD_DRAWS = 9_999


@dataclass(frozen=True, slots=True)
class NegativeControl:
    """A channel known to do nothing, put through the same model.

    Attributes
    ----------
    channel : ChannelEvidence
        What the primary says about it.
    reach : float
        The far end of its 90 % interval: as much may an effect of nothing seem to be here, so a
        smallest effect below it cannot be told from nothing.
    """

    channel: ChannelEvidence
    reach: float


@dataclass(frozen=True)
class Confirmation:
    """The primary's focal effect beside every other way to test it, and what is left for others.

    Attributes
    ----------
    table : ChannelTable
        The primary.
    shifts : Placebo or None
        The focal t among calendars shifted within regimes.
    wild : WildBootstrap or None
        The focal t among accounts like this one without an effect.
    leads : Leads or None
        Posts of the days after the reading.
    control : NegativeControl or None
        A channel known to do nothing, where the study names one that was collected.
    joint : JointEquivalence or None
        Whether all judged other channels together are too small to matter.
    margins : Margins
        The smallest effects that could be proven for them.
    """

    table: ChannelTable
    shifts: Placebo | None
    wild: WildBootstrap | None
    leads: Leads | None
    control: NegativeControl | None
    joint: JointEquivalence | None
    margins: Margins


def confirm(
    panel: Panel, fit: PrimaryFit, table: ChannelTable, negative_control: str | None = None
) -> Confirmation:
    """Put the primary's finding on the focal channel to every other test.

    Parameters
    ----------
    panel : Panel
        The panel.
    fit : PrimaryFit
        The primary in the bundle coding.
    table : ChannelTable
        What was made of it.
    negative_control : str, optional
        A channel known to do nothing.
    """
    named = next((c for c in table.others if c.name == negative_control), None)
    joint = partial_f(fit, tuple(channel.name for channel in table.judged_others))
    return Confirmation(
        table=table,
        shifts=circular_placebo(panel, fit.coding),
        wild=focal_bootstrap(fit),
        leads=placebo_leads(panel, fit.coding),
        control=None if named is None else NegativeControl(named, reach(named.effect, table.alpha)),
        joint=None if joint is None else joint_equivalence(joint, table.alpha),
        margins=provable_margins(table),
    )


def focal_bootstrap(
    fit: PrimaryFit, draws: int = WILD_DRAWS, seed: int = 0
) -> WildBootstrap | None:
    """Bootstrap the focal t with its effect taken away; None when it is not identified."""
    design = fit.design
    part = partial_out(design.x[:, 1], np.delete(design.x, 1, axis=1))
    return None if part is None else wild_bootstrap(part, design.y, draws, seed)
