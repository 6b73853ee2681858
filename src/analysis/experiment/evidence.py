"""The experiment of a study: what its plan was, how it was kept, what it shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.errors import invalid
from analysis.evidence.channels import MIN_QUIET
from analysis.experiment.posting import Adherence, adherence
from analysis.experiment.rerandomization import Randomized, Trial, rerandomize, shift, trial
from analysis.panel import Panel
from analysis.plan import Plan
from analysis.plan.file import disagreements
from analysis.settings import FILE
from analysis.study import StudyData

MIN_ARM = MIN_QUIET
"""Readings with a planned post in their window, and readings without one, that it takes."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What a study's plan shows.

    Attributes
    ----------
    plan : Plan
        The sealed plan.
    complete : bool
        Whether the readings reach over its end. Before that its effect is not looked at: who
        may stop when it looks good will find something in chance alone.
    readings : int
        Readings that it decides about.
    exposed, unexposed : int
        Those with a planned post in the window before them, and those with none.
    adherence : Adherence
        How it was kept.
    found : Randomized or None
        Its effect; None when ``why_not`` says why there is none.
    why_not : str
        Empty when it decides.
    """

    plan: Plan = field(repr=False)
    complete: bool
    readings: int
    exposed: int
    unexposed: int
    adherence: Adherence
    found: Randomized | None
    why_not: str


def experiment_evidence(study: StudyData, panel: Panel) -> Experiment | None:
    """Return what a study's plan shows, or None where there is none.

    Raises
    ------
    InputError
        study.toml asks another question than the one that was sealed.
    """
    plan = study.plan
    if plan is None:
        return None
    for key, sealed, now in disagreements(plan, study.settings):
        expected = f"expected {sealed!r}, as in the sealed plan; found {now!r}"
        raise invalid(f"{study.name}/{FILE}", f"key {key}", expected)
    return judged_by_plan(plan, panel, adherence(plan, study))


def judged_by_plan(plan: Plan, panel: Panel, kept: Adherence) -> Experiment:
    """Return what a plan shows on a panel.

    Parameters
    ----------
    plan : Plan
        The plan.
    panel : Panel
        The panel.
    kept : Adherence
        How the plan was kept; told, never used: the effect is that of the plan.
    """
    tried = trial(plan, panel)
    complete = (panel.dates[-1].date() - plan.end).days >= shift(plan)
    why_not = _why_not(plan, tried, complete)
    found = None if why_not else rerandomize(plan, tried)
    if found is None and not why_not:
        why_not = "its readings do not tell the planned posts from weekdays and earlier changes"
    return Experiment(
        plan=plan,
        complete=complete,
        readings=len(tried.rows),
        exposed=tried.exposed,
        unexposed=tried.unexposed,
        adherence=kept,
        found=found,
        why_not=why_not,
    )


def _why_not(plan: Plan, tried: Trial, complete: bool) -> str:
    if not complete:
        return f"it is over with the last reading after {plan.end.isoformat()}"
    if min(tried.exposed, tried.unexposed) < MIN_ARM:
        return (
            f"{tried.exposed} readings have a planned post in the {plan.window_hours} hours "
            f"before and {tried.unexposed} have none; {MIN_ARM} of each are needed"
        )
    return ""
