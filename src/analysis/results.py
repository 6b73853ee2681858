"""results.json: the public face of a verdict. ``docs/results.md`` describes it."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from analysis import __version__
from analysis.claims.base import Claim, number, percent
from analysis.claims.experiment import experiment_record
from analysis.claims.ledger import Ledger, wording_of
from analysis.claims.record import confirmation_record
from analysis.claims.soundness import soundness_records
from analysis.evidence.channels import ChannelEvidence
from analysis.evidence.confirm import Confirmation
from analysis.evidence.soundness import Soundness
from analysis.model.design import SHORT, lagged_outcomes, own_lags, usable_rows
from analysis.model.primary import Estimate
from analysis.panel import Panel, set_aside, share_counts
from analysis.provenance import limits_of_times, source_record
from analysis.revision import revision
from analysis.study import StudyData

SCHEMA = 1
DIGITS = 10
"""Significant digits kept, so that a last bit of rounding changes no byte."""

NOT_ASKED = Estimate(math.nan, math.nan, 1)
_PACKAGES = ("numpy", "pandas", "papermill", "scipy", "seaborn", "statsmodels")


def results_of(
    study: StudyData,
    panel: Panel,
    ledger: Ledger,
    confirmation: Confirmation | None,
    soundness: Soundness | None,
) -> dict[str, Any]:
    """Return the content of results.json: plain, JSON-ready, NaN as None.

    Parameters
    ----------
    study : StudyData
        The inputs.
    panel : Panel
        Its panel.
    ledger : Ledger
        Its claims.
    confirmation : Confirmation or None
        What was tried beside them; None when there are too few readings.
    soundness : Soundness or None
        How far the focal effect can be leaned on; None likewise.
    """
    settings = study.settings
    question = settings.question
    shown = {
        "schema": SCHEMA,
        "needle": __version__,
        "study": {
            "title": settings.title,
            "folder": study.name,
            "simulated": settings.simulated,
            "focal": settings.focal,
            "timezone": settings.timezone,
            "score": {"name": settings.score.name, "kind": settings.score.kind},
        },
        "question": {
            "text": question_text(study),
            "window_hours": question.window_hours,
            "alpha": question.alpha,
            "smallest_effect": ledger.margin,
            "smallest_effect_from": ledger.margin_from,
        },
        "period": _period(panel),
        "channels": _channels(panel, ledger),
        "crossposts": share_counts(study, panel).record(),
        "joint_other": _joint(ledger),
        "confirmation": None
        if confirmation is None
        else confirmation_record(confirmation, wording_of(panel).unit),
        "experiment": None if ledger.experiment is None else experiment_record(ledger.experiment),
        **soundness_records(soundness, wording_of(panel)),
        "claims": [claim_record(claim) for claim in ledger.claims],
        "answer": {
            "claim": "only-blogging",
            "verdict": ledger.claim("only-blogging").verdict,
            "sentence": ledger.sentence,
        },
        "limits": limits(study, panel, ledger),
        "sources": [source_record(source, settings.zone) for source in study.sources],
        "provenance": {
            "inputs": study.inputs,
            "parameters": settings.model_dump(mode="json"),
            "versions": versions(),
            "revision": revision(),
        },
    }
    return dict(cleaned(shown))


def cleaned(value: Any) -> Any:
    """Return ``value`` with every float rounded to ``DIGITS`` digits, NaN and infinity as None."""
    if isinstance(value, dict):
        return {str(key): cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    if isinstance(value, float | np.floating):
        number = float(value)
        return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else None
    if isinstance(value, np.integer):
        return int(value)
    return value


def question_text(study: StudyData) -> str:
    """Return the question that the study asks, in words."""
    return question_of(study.settings.focal, study.settings.score.name)


def question_of(focal: str, score: str) -> str:
    """Return the question about a focal channel and a score, in words."""
    what = "blogging" if focal == "blog" else f"posting in {focal!r}"
    return f"Is {what} the only thing that moves the {score}?"


def _period(panel: Panel) -> dict[str, Any]:
    lags = own_lags(panel)
    enough = lagged_outcomes(panel, lags).enough
    used = usable_rows(panel, enough)
    return {
        "start": panel.dates[0].date().isoformat(),
        "end": panel.dates[-1].date().isoformat(),
        "readings": panel.readings,
        "gaps": panel.gaps,
        "used": int(used.sum()),
        "set_aside": dict(set_aside(panel, used, enough, lags)),
    }


def _period_posts(panel: Panel, channel: str) -> tuple[int, int]:
    """Return the posts and the crossposts of a channel in the days of the panel."""
    n = len(panel.dates)
    bins = panel.posts["all posts"][channel][-n - 2 : -2]
    return int(np.nansum(bins)), int(np.nansum(panel.crossposts[channel]))


def estimate_record(estimate: Estimate) -> dict[str, Any]:
    """Return an effect as results.json tells it."""
    return {"effect": estimate.value, "interval": list(estimate.interval()), "p": estimate.p}


def _channels(panel: Panel, ledger: Ledger) -> dict[str, Any]:
    table = ledger.channels
    shown: dict[str, Any] = {}
    for name in panel.channels:
        posts, crossposts = _period_posts(panel, name)
        shown[name] = {"posts": posts, "crossposts": crossposts}
    if table is None or ledger.bundle is None:
        return shown
    for channel in (table.focal, *table.others):
        shown[channel.name] |= _channel(channel, ledger, table.alpha)
    return shown


def _channel(channel: ChannelEvidence, ledger: Ledger, alpha: float) -> dict[str, Any]:
    assert ledger.bundle is not None
    coefficient = ledger.bundle.coefficient(channel.name)
    return {
        **estimate_record(channel.effect),
        "p_adjusted": channel.p_adjusted,
        "equivalent_to_zero": channel.equivalent,
        "detectable": channel.effect.detectable(alpha),
        "judged": channel.judged,
        "note": channel.why_not,
        "posts_in_windows": channel.posts,
        "quiet_readings": channel.quiet,
        "rests_on": channel.effect.rests_on if channel.effect.known else math.nan,
        "interval_90": list(channel.effect.interval(0.9)),
        "coefficient": coefficient.value,
        "standard_error": coefficient.error,
        "all_posts": estimate_record(channel.own),
        "beside_rivals": {
            "rivals": list(channel.rivals),
            **estimate_record(channel.beside or NOT_ASKED),
            "lost": channel.lost,
        },
    }


def _joint(ledger: Ledger) -> dict[str, Any] | None:
    table = ledger.channels
    if table is None or table.joint is None:
        return None
    shown: dict[str, Any] = {
        "f": table.joint.f,
        "df": list(table.joint.df),
        "p": table.joint.p,
        "channels": [channel.name for channel in table.judged_others],
    }
    if table.joint_all is not None:
        shown["with_rare_channels"] = {
            "f": table.joint_all.f,
            "df": list(table.joint_all.df),
            "p": table.joint_all.p,
        }
    return shown


def claim_record(claim: Claim) -> dict[str, Any]:
    """Return one of the ``claims`` of results.json."""
    return {
        "id": claim.id,
        "statement": claim.statement,
        "verdict": claim.verdict,
        "reason": claim.reason,
        "estimate": claim.estimate,
        "unit": claim.unit,
        "interval": None if claim.interval is None else list(claim.interval),
        "level": claim.level,
        "p": claim.p,
        "detectable": claim.detectable,
        "test": claim.test,
    }


def limits(study: StudyData, panel: Panel, ledger: Ledger) -> list[str]:
    """Return what a reader must know before believing a verdict, one sentence each."""
    said = [*_limits_of_data(study, panel), *share_counts(study, panel).limits()]
    table = ledger.channels
    if table is None:
        return said
    unjudged = [channel for channel in table.others if not channel.judged]
    said += [
        f"{channel.name} gets no verdict of its own: {channel.why_not}." for channel in unjudged
    ]
    tests = len(table.judged_others)
    if tests > 1:
        said.append(
            f"{tests} other channels are tested: one joint test first, and only if it rejects "
            "each of them, with Holm's correction."
        )
    if table.joint is not None and table.joint.df[0] * 10 > table.joint.df[1]:
        said.append(
            f"With {tests} channels beside {table.joint.df[1]} degrees of freedom the joint test "
            "rejects too often; what is found one by one, with Holm's correction, is not affected."
        )
    if panel.readings < SHORT:
        said.append(
            f"With {panel.readings} readings 'nothing else matters' can hardly ever be shown: "
            "small effects stay below what can be detected."
        )
    said += _limits_of_shares(panel)
    tried = ledger.experiment is not None and ledger.experiment.found is not None
    said.append(
        f"{f'But for the experiment on {panel.focal}, these' if tried else 'These'} are "
        "observations. Something unseen that makes one post and also lifts the score, "
        "such as a talk or a launch, would look like an effect of posting."
    )
    said.append(
        f"'Does not matter' means less than {number(ledger.margin)} {wording_of(panel).unit} "
        f"({ledger.margin_from})."
    )
    return said


def _limits_of_data(study: StudyData, panel: Panel) -> list[str]:
    period = _period(panel)
    said = []
    if study.settings.simulated:
        said.append("The data are simulated: they show the method, not a person.")
    aside = "; ".join(f"{count} {reason}" for reason, count in period["set_aside"].items())
    used = f"{period['used']} of {period['readings']} readings enter the model"
    said.append(f"{used}; set aside: {aside}." if aside else f"{used}.")
    if any(reason.startswith("where the record of") for reason in period["set_aside"]):
        said.append(
            "Days after the last record of an export that does not say when it was made are not "
            "known to be silent. If you know better, say so under [coverage.<channel>]."
        )
    if "observed_at" not in study.settings.score.model_fields_set:
        said.append(
            "study.toml does not say when the score is read (observed_at): 00:00 is taken, the "
            "beginning of its day, so posts of that day stand after it."
        )
    if study.hours_off > 1:
        said.append(
            f"The readings carry times that are typically {study.hours_off:.0f} hours away from "
            f"observed_at, {study.settings.score.observed_at}; set it to when the score is read, "
            "or posts of the hours between stand on the wrong side of a reading."
        )
    if panel.gaps:
        said.append(f"{panel.gaps} days have no reading; they stay gaps, nothing is filled in.")
    said += [f"Left out because it is corrupt, as asked: {problem}." for problem in study.skipped]
    said += limits_of_times(study)
    for source in study.sources:
        shown = source_record(source, study.settings.zone)
        if shown["set_aside"]:
            counts = ", ".join(f"{count} {why}" for why, count in shown["set_aside"].items())
            said.append(f"{source.path}: {shown['posts']} posts counted; not counted: {counts}.")
        elif not shown["posts"]:
            said.append(f"{source.path}: read as {source.format_name}, but it holds no post.")
    return said


def _limits_of_shares(panel: Panel) -> list[str]:
    said = []
    for name in panel.channels[1:]:
        posts, shares = _period_posts(panel, name)
        if posts and shares / posts > 0.5:
            said.append(
                f"{percent(shares / posts)} of the posts in {name} share a {panel.focal} post, so "
                f"little is known about {name} alone."
            )
    return said


def versions(packages: Sequence[str] = _PACKAGES) -> dict[str, str]:
    """Return the versions of Python, needle and the packages that make the numbers."""
    found = {"python": platform.python_version(), "needle": __version__}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
