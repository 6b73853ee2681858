"""Blogging moves the score: judged by an experiment where there is one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analysis.claims.base import Claim, Verdict, Wording, interval_words, number, p_words, percent
from analysis.experiment import Adherence, Experiment, Randomized

EXPERIMENT_TEST = (
    "Posting days were drawn by lot. The HC3 t of the planned posts in the window, beside own lags "
    "and weekday, against the same under the plans that might have been drawn (intention to "
    "treat, two-sided). Refuted when the effect is below zero, or when it is not told from zero "
    "and its 90 % interval lies within the smallest effect that matters, times how much likelier "
    "the plan made a post."
)


def with_experiment(
    observed: Claim, experiment: Experiment | None, words: Wording, margin: float
) -> Claim:
    """Return the claim that blogging moves the score, from the best evidence that there is.

    Parameters
    ----------
    observed : Claim
        As judged from observation.
    experiment : Experiment or None
        The study's plan, where it has one.
    words : Wording
        How things are called.
    margin : float
        The smallest effect that matters, where the plan did not fix one.
    """
    if experiment is None:
        return observed
    if experiment.found is None:
        return replace(
            observed,
            reason=(
                f"{observed.reason} This is from observation: the plan of "
                f"{experiment.plan.start.isoformat()} does not decide, because "
                f"{experiment.why_not}."
            ),
        )
    judged = blogging_by_experiment(experiment, experiment.found, words, margin)
    if observed.estimate is None:
        return judged
    alone = (
        f"From observation alone it would be {observed.verdict}, at "
        f"{number(observed.estimate, signed=True)} {observed.unit}."
    )
    return replace(judged, reason=f"{judged.reason} {alone}")


def blogging_by_experiment(
    experiment: Experiment, found: Randomized, words: Wording, margin: float
) -> Claim:
    """Judge whether the focal channel moves the score from days drawn by lot."""
    margin = experiment.plan.smallest_effect or margin
    verdict, said = _verdict(experiment, found, words, margin)
    reason = (
        f"By experiment, on {len(experiment.plan.days)} days drawn by lot: {said}. "
        f"{_kept(experiment.adherence)}"
    )
    return Claim(
        "blogging-moves-score",
        verdict,
        reason,
        EXPERIMENT_TEST,
        estimate=found.effect,
        unit=experiment.plan.unit,
        interval=found.interval,
        p=found.p,
        detectable=found.detectable,
    )


def _verdict(
    experiment: Experiment, found: Randomized, words: Wording, margin: float
) -> tuple[Verdict, str]:
    plan = experiment.plan
    measured = (
        f"{number(found.effect, signed=True)} {plan.unit} (95\u202f% interval "
        f"{interval_words(found.interval)}, {p_words(found.p)} among {found.draws:,} plans)"
    )
    if found.p < plan.alpha and found.effect > 0:
        return (
            "supported",
            f"after one more planned {words.post} the score stands higher, {measured}",
        )
    if found.p < plan.alpha:
        return "refuted", f"after one more planned {words.post} the score is lower, {measured}"
    bound = margin * experiment.adherence.contrast  # NaN, which nothing is within, if not known
    if -bound < found.narrow[0] and found.narrow[1] < bound:
        return "refuted", (
            f"one more planned {words.post} makes no difference that matters, {measured}, and "
            f"anything beyond ±{number(bound)} is ruled out"
        )
    return "inconclusive", (
        f"no effect was found, {measured}, but only one of {number(found.detectable)} or more "
        f"would have been found with {percent(0.8)} certainty"
    )


def _kept(kept: Adherence) -> str:
    said = (
        f"The plan was kept on {kept.posted} of {kept.posting} posting days and "
        f"{kept.kept_quiet} of {kept.quiet} quiet days"
    )
    unknown = f"; of {kept.unknown} more the record does not tell" if kept.unknown else ""
    return f"{said}{unknown}."


def experiment_record(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as results.json shows it."""
    plan, kept, found = experiment.plan, experiment.adherence, experiment.found
    return {
        "plan": {
            "start": plan.start.isoformat(),
            "end": plan.end.isoformat(),
            "weeks": plan.weeks,
            "posts_per_week": plan.posts_per_week,
            "seed": plan.seed,
            "detectable": plan.detectable,
        },
        "complete": experiment.complete,
        "decides": found is not None,
        "why_not": experiment.why_not,
        "readings": experiment.readings,
        "exposed": experiment.exposed,
        "unexposed": experiment.unexposed,
        "adherence": {
            "posting_days": kept.posting,
            "posted": kept.posted,
            "quiet_days": kept.quiet,
            "kept_quiet": kept.kept_quiet,
            "unknown": kept.unknown,
        },
        "effect": found and found.effect,
        "unit": plan.unit,
        "interval": found and list(found.interval),
        "p": found and found.p,
        "draws": found and found.draws,
        "detectable": found and found.detectable,
    }
