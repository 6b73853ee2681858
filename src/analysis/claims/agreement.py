"""Whether everything that was tried beside the primary agrees with it, and if not, why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.claims.base import interval_words, number, p_words, percent
from analysis.evidence.confirm import Confirmation
from analysis.evidence.leads import LEAD_HOURS

Standing = Literal["agrees", "does not agree", "stands aside", "cannot tell"]

RULE = (
    "Shifted calendars and the wild bootstrap agree when their p falls on the same side of alpha "
    "as that of the primary; the negative control, when no effect is found in it; joint "
    "equivalence, when it says of all other channels together what their single intervals say "
    "of each. Leads stand aside: the primary stays valid where one posts because of the score. "
    "A check that cannot be made counts neither way. Where two p fall on different sides of "
    "alpha, the larger one is to be believed."
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check beside the primary.

    Attributes
    ----------
    id : str
        Its name, which does not change.
    name : str
        The same for people.
    asks : str
        What it asks, in plain words.
    found : str
        What it found, with its numbers.
    p : float or None
        Its p value.
    standing : {"agrees", "does not agree", "stands aside", "cannot tell"}
        By ``RULE``.
    why : str
        Why it does not agree, or cannot tell; else empty.
    """

    id: str
    name: str
    asks: str
    found: str
    p: float | None
    standing: Standing
    why: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """All checks.

    Attributes
    ----------
    checks : tuple of Check
        In the order in which they are told.
    agree : bool or None
        Whether all that bear on the primary agree; None when none could be made.
    sentence : str
        The same in words.
    """

    checks: tuple[Check, ...]
    agree: bool | None
    sentence: str


def agreement(found: Confirmation, unit: str) -> Agreement:
    """Hold every check against the primary, by ``RULE``.

    Parameters
    ----------
    found : Confirmation
        The evidence.
    unit : str
        Of an effect.
    """
    checks = (
        _shifts(found),
        _wild(found),
        _leads(found),
        _control(found, unit),
        _joint(found, unit),
    )
    bearing = [check for check in checks if check.standing in ("agrees", "does not agree")]
    against = [check for check in bearing if check.standing == "does not agree"]
    agree = not against if bearing else None
    return Agreement(checks, agree, f"{_sentence(found, bearing, against)}{_also(found)}")


def _against_primary(found: Confirmation, p: float, smallest: float) -> tuple[Standing, str]:
    """Return how a p value of the focal channel stands to the primary's, and why."""
    focal, alpha = found.table.focal, found.table.alpha
    if not focal.judged:
        return "cannot tell", f"{focal.name} gets no verdict of its own: {focal.why_not}"
    if smallest >= alpha:
        return "cannot tell", f"too few calendars: p cannot fall below {number(smallest)}"
    if (p < alpha) == (focal.effect.p < alpha):
        return "agrees", ""
    larger = max(p, focal.effect.p)
    return "does not agree", (
        f"the two fall on different sides of {number(alpha)}, so the finding leans on what is "
        f"assumed of chance: believe the larger, {p_words(larger)}"
    )


def _shifts(found: Confirmation) -> Check:
    name = "shifted-calendars", "shifted calendars", "Do calendars that mean nothing do as well?"
    shifts = found.shifts
    if shifts is None or not len(shifts.shifted):
        return Check(*name, "not made", None, "cannot tell", "the posts cannot be moved around")
    tried = len(shifts.shifted)
    standing, why = _against_primary(found, shifts.p, 1 / (1 + tried))
    said = (
        f"{shifts.beyond:,} of {tried:,} reach the real t of {number(shifts.t)} "
        f"({p_words(shifts.p)})"
    )
    return Check(*name, said, shifts.p, standing, why)


def _wild(found: Confirmation) -> Check:
    asks = "Would an account like this one, but without an effect, show as much?"
    name = "wild-bootstrap", "wild bootstrap", asks
    wild = found.wild
    if wild is None:
        why = "the focal posts cannot be told from other channels"
        return Check(*name, "not made", None, "cannot tell", why)
    standing, why = _against_primary(found, wild.p, 1 / (1 + len(wild.draws)))
    share = f"{wild.beyond:,} of {len(wild.draws):,} such accounts do ({p_words(wild.p)})"
    return Check(*name, share, wild.p, standing, why)


def _leads(found: Confirmation) -> Check:
    name = "leads", f"posts in the next {LEAD_HOURS} hours", "Do you post because of the score?"
    leads, focal = found.leads, found.table.focal
    if leads is None or not focal.judged:
        return Check(*name, "not made", None, "cannot tell", "too few posts after a reading")
    p = leads.test.p
    answer = "It seems so" if p < found.table.alpha else "No sign of it"
    said = (
        f"{answer}: a reading differs by {number(leads.effect.value, signed=True)} points per "
        f"post that follows ({p_words(p)})"
    )
    return Check(*name, said, p, "stands aside")


def _control(found: Confirmation, unit: str) -> Check:
    control = found.control
    name = "negative-control", "negative control"
    if control is None:
        asks = "Does a channel that can do nothing stay silent?"
        why = "no channel that was collected is known to do nothing"
        return Check(*name, asks, "not made", None, "cannot tell", why)
    channel = control.channel
    asks = f"Does {channel.name}, which can do nothing, stay silent?"
    if not channel.judged:
        return Check(*name, asks, "not made", None, "cannot tell", channel.why_not)
    effect, level = channel.effect, 1 - 2 * found.table.alpha
    said = (
        f"{number(effect.value, signed=True)} {unit} ({percent(level)} interval "
        f"{interval_words(effect.interval(level))}, {p_words(effect.p)})"
    )
    if effect.p >= found.table.alpha:
        return Check(*name, asks, said, effect.p, "agrees")
    why = (
        f"{channel.name} goes with the score though it can do nothing: something unseen moves "
        f"both, and other effects of {number(abs(effect.value))} may be no more than that"
    )
    return Check(*name, asks, said, effect.p, "does not agree", why)


def _joint(found: Confirmation, unit: str) -> Check:
    asks = "Are the other channels together too small to matter?"
    name = "joint-equivalence", "joint equivalence", asks
    joint, table = found.joint, found.table
    if joint is None:
        why = "no other channel can be judged"
        return Check(*name, "not made", None, "cannot tell", why)
    together = joint.p < table.alpha
    open_ones = [channel.name for channel in table.judged_others if not channel.equivalent]
    most = percent(joint.explained)
    said = (
        f"{'Yes' if together else 'Not shown'}: they explain at most {most} of what nothing "
        f"else does ({p_words(joint.p)} against {percent(joint.limit / (1 + joint.limit))})"
    )
    if together == (not open_ones):
        return Check(*name, said, joint.p, "agrees")
    if together:
        why = (
            f"together they explain at most {most}, but alone {', '.join(open_ones)} may still "
            f"reach beyond ±{number(table.margin)} {unit}"
        )
    else:
        why = (
            f"each alone lies within ±{number(table.margin)} {unit}, but together they may "
            f"still explain {most}"
        )
    return Check(*name, said, joint.p, "does not agree", why)


def _sentence(found: Confirmation, bearing: list[Check], against: list[Check]) -> str:
    focal = found.table.focal
    if not bearing:
        return "No check could be made beside the primary analysis."
    if focal.judged:
        verb = "finds an" if focal.effect.p < found.table.alpha else "finds no"
        primary = f"The primary analysis {verb} effect of {focal.name} ({p_words(focal.effect.p)})"
    else:
        primary = f"The primary analysis does not judge {focal.name}"
    made = "the one check" if len(bearing) == 1 else f"all {len(bearing)} checks"
    if not against:
        verb = "agrees" if len(bearing) == 1 else "agree"
        return f"{primary}, and {made} that could be made {verb}."
    fit = len(bearing) - len(against)
    reasons = "; ".join(f"{check.name} ({check.why})" for check in against)
    others = "That which does not" if len(against) == 1 else "Those which do not"
    return f"{primary}; {fit} of {len(bearing)} checks agree. {others}: {reasons}."


def _also(found: Confirmation) -> str:
    leads = found.leads
    if leads is None or not found.table.focal.judged or leads.test.p >= found.table.alpha:
        return ""
    way = "lower" if leads.effect.value < 0 else "higher"
    return (
        f" Readings are also {way} in the {LEAD_HOURS} hours before a post "
        f"({p_words(leads.test.p)}): you seem to post because of the score, or something unseen "
        "drives both. In the first case the primary stays valid, as it counts only posts made "
        "before a reading; in the second it does not."
    )
