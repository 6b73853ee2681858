"""How far the primary's finding can be leaned on: other ways, hidden events, shares."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.evidence.channels import ChannelTable
from analysis.evidence.dominance import Dominance, dominance
from analysis.evidence.robustness import Robustness, robustness
from analysis.evidence.sensitivity import Sensitivity, sensitivity
from analysis.model.primary import PrimaryFit
from analysis.panel import Panel


@dataclass(frozen=True, slots=True)
class Soundness:
    """What stands behind the focal effect.

    Attributes
    ----------
    robustness : Robustness or None
        The effect in other ways; None when the focal channel cannot be judged.
    sensitivity : Sensitivity or None
        How strong a hidden event would have to be; None likewise.
    dominance : Dominance or None
        What each channel's posts explain; None when there is nothing to share out.
    significant : bool
        Whether the primary tells the focal effect from zero.
    """

    robustness: Robustness | None
    sensitivity: Sensitivity | None
    dominance: Dominance | None
    significant: bool


def soundness(panel: Panel, fit: PrimaryFit, table: ChannelTable) -> Soundness:
    """Return what stands behind the focal effect.

    Parameters
    ----------
    panel : Panel
        The panel.
    fit : PrimaryFit
        Its primary in the coding that decides.
    table : ChannelTable
        What that says of every channel.
    """
    judged = table.focal.judged
    return Soundness(
        robustness=robustness(panel, table.alpha) if judged else None,
        sensitivity=sensitivity(fit, table.alpha) if judged else None,
        dominance=dominance(fit.design),
        significant=bool(table.focal.effect.p < table.alpha),
    )
