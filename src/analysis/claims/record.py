"""The confirmation as plain records, as results.json has it. ``docs/results.md`` describes it."""

from __future__ import annotations

from typing import Any

from analysis.claims.agreement import agreement
from analysis.evidence.confirm import Confirmation
from analysis.evidence.placebo import Placebo
from analysis.model.wild import WildBootstrap


def confirmation_record(found: Confirmation, unit: str) -> dict[str, Any]:
    """Return everything that was tried beside the primary, and whether it agrees.

    Parameters
    ----------
    found : Confirmation
        The evidence.
    unit : str
        Of an effect.
    """
    judged = agreement(found, unit)
    return {
        "agree": judged.agree,
        "sentence": judged.sentence,
        "checks": [
            {
                "id": check.id,
                "asks": check.asks,
                "found": check.found,
                "p": check.p,
                "standing": check.standing,
                "why": check.why,
            }
            for check in judged.checks
        ],
        "primary": {"channel": found.table.focal.name, "p": found.table.focal.effect.p},
        "shifts": None if found.shifts is None else _shifts(found.shifts),
        "wild": None if found.wild is None else _wild(found.wild),
        "leads": _leads(found),
        "negative_control": _control(found),
        "joint_equivalence": _joint(found),
        "smallest_provable": {
            "observed": found.margins.observed,
            "with_power": found.margins.with_power,
            "channels": [
                {"channel": one.channel, "observed": one.observed, "with_power": one.with_power}
                for one in found.margins.channels
            ],
        },
    }


def _shifts(shifts: Placebo) -> dict[str, Any]:
    return {
        "t": shifts.t,
        "p": shifts.p,
        "beyond": shifts.beyond,
        "calendars": len(shifts.shifted),
        "possible": shifts.possible,
        "classical_t": shifts.classical.t,
        "classical_p": shifts.classical.p,
        "regimes": [
            {
                "start": one.first.isoformat(),
                "end": one.last.isoformat(),
                "shifts": len(one.shifts) if one.movable else 0,
            }
            for one in shifts.regimes
        ],
    }


def _wild(wild: WildBootstrap) -> dict[str, Any]:
    return {"t": wild.t, "p": wild.p, "beyond": wild.beyond, "draws": len(wild.draws)}


def _leads(found: Confirmation) -> dict[str, Any] | None:
    leads = found.leads
    if leads is None:
        return None
    return {
        "f": leads.test.f,
        "df": list(leads.test.df),
        "p": leads.test.p,
        "effect": leads.effect.value,
        "interval": list(leads.effect.interval()),
        "readings": leads.readings,
    }


def _control(found: Confirmation) -> dict[str, Any] | None:
    control = found.control
    if control is None:
        return None
    effect = control.channel.effect
    return {
        "channel": control.channel.name,
        "effect": effect.value,
        "interval": list(effect.interval()),
        "p": effect.p,
        "reach": control.reach,
    }


def _joint(found: Confirmation) -> dict[str, Any] | None:
    joint = found.joint
    if joint is None:
        return None
    return {"f2": joint.f2, "limit": joint.limit, "p": joint.p, "provable": joint.provable}
