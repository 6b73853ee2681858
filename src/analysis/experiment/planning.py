"""Draw a plan for a study."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

import numpy as np

from analysis.errors import InputError, invalid
from analysis.evidence.channels import default_margin
from analysis.experiment.evidence import MIN_ARM
from analysis.experiment.posting import habit
from analysis.experiment.power import arms, detectable_effect, noise_of
from analysis.panel import Panel
from analysis.plan import Days, Design, Plan, habitual_rules
from analysis.plan.design import WEEK
from analysis.plan.file import LAYOUT, MOST_SEED, drawn
from analysis.study import StudyData

DRAWS = 4999
"""Plans that the one drawn is compared with."""

LONGEST = 520 * WEEK
"""Days from today within which a plan begins."""

_SURE = 0.95
_TRIED = 999


def make_plan(
    study: StudyData,
    panel: Panel,
    *,
    weeks: int,
    today: dt.date,
    start: dt.date | None = None,
    seed: int | None = None,
    posts_per_week: int | None = None,
    never: Sequence[int] = (),
) -> Plan:
    """Draw a plan of posting and quiet days.

    Parameters
    ----------
    study : StudyData
        The study.
    panel : Panel
        Its panel.
    weeks : int
        How long.
    today : date
        The study's local day.
    start : date, optional
        The first day; next Monday by default. Only a simulated study may begin in the past.
    seed : int, optional
        Of the lot; by default one that nobody can guess.
    posts_per_week : int, optional
        Posting days in each week; by default as many as the person is used to.
    never : sequence of int
        Weekdays (0 is Monday) without a planned post.

    Raises
    ------
    InputError
        A plan as asked for is not possible, or could not be judged.
    """
    settings, question = study.settings, study.settings.question
    begin = start or today + dt.timedelta(days=WEEK - today.weekday())
    if begin <= today and not settings.simulated:
        raise _refused(study, "--start", f"expected a day after today, {today}; found {begin}")
    each = _posts_per_week(study, posts_per_week, never)
    rules = habitual_rules(begin, weeks, each, never)
    _judgeable(study, Design(rules), question.days)
    seed = secrets.randbelow(MOST_SEED) if seed is None else seed
    assignment = drawn(rules, seed)
    days = np.array(list(assignment.values()), dtype=bool)
    margin = question.smallest_effect or default_margin(panel)[0]
    return Plan(
        schema=LAYOUT,
        made=today,
        focal=settings.focal,
        timezone=settings.timezone,
        score_kind=settings.score.kind,
        observed_at=settings.score.observed_at,
        window_hours=question.window_hours,
        alpha=question.alpha,
        smallest_effect=_digits(margin),
        start=begin,
        end=begin + dt.timedelta(days=rules.days - 1),
        weeks=weeks,
        posts_per_week=each,
        never=rules.never,
        longest_posting=rules.longest_posting,
        longest_quiet=rules.longest_quiet,
        seed=seed,
        draws=DRAWS,
        detectable=_detectable(panel, days, begin.weekday(), question.alpha, seed),
        unit="points per planned post"
        if panel.kind == "level"
        else "points a day per planned post",
        analysis=_analysis(question.window_hours),
        assignment=assignment,
    )


def _refused(study: StudyData, option: str, expected: str) -> InputError:
    return invalid(study.name, option, expected)


def _posts_per_week(study: StudyData, asked: int | None, never: Sequence[int]) -> int:
    most = WEEK - len(set(never)) - 1
    if most < 1:
        raise _refused(study, "--never", "expected at least two weekdays to choose from")
    if asked is not None:
        if asked > most:
            expected = f"expected at most {most}, so that there is a choice of days; found {asked}"
            raise _refused(study, "--posts-per-week", expected)
        return asked
    usual = habit(study)
    if usual is None:
        expected = "expected this option: the record does not tell how often the person posts"
        raise _refused(study, "--posts-per-week", expected)
    return max(1, min(int(usual + 0.5), most))


def _judgeable(study: StudyData, design: Design, window_days: int) -> None:
    """Refuse a design under which a plan often has too few readings of one kind."""
    rules = design.rules
    if rules.days <= window_days:
        raise _refused(study, "--weeks", "expected more days than the window before a reading has")
    counts = arms(design.draw(np.random.default_rng(0), _TRIED), window_days)
    if np.mean((counts >= MIN_ARM).all(axis=1)) >= _SURE:
        return
    exposed, quiet = (int(count) for count in counts.mean(axis=0))
    remedy = "fewer --posts-per-week or more --weeks" if quiet < exposed else "more --weeks"
    expected = (
        f"expected at least {MIN_ARM} readings with and {MIN_ARM} without a planned post in the "
        f"{24 * window_days} hours before; {rules.weeks} weeks of {rules.posts_per_week} posting "
        f"days have about {exposed} and {quiet}: {remedy}"
    )
    raise _refused(study, "--weeks", expected)


def _detectable(panel: Panel, days: Days, weekday: int, alpha: float, seed: int) -> float | None:
    noise = noise_of(panel)
    if noise is None:
        return None
    found = detectable_effect(noise, days, weekday, panel.window_days, alpha, seed)
    return None if found is None else _digits(found)


def _digits(value: float) -> float | None:
    """Return a number with four significant digits; None unless it is above zero."""
    return float(f"{value:.4g}") if np.isfinite(value) and value > 0 else None


def _analysis(hours: int) -> tuple[str, ...]:
    return (
        "Intention to treat: what counts is what was planned, not what was done.",
        "Readings: those whose window lies within the plan, with a reading the day before and all "
        "own lags, away from known changes of the scoring model. None is looked at before the end.",
        f"Statistic: the HC3 t of the planned posts in the {hours} hours before each reading, "
        "beside own lags (7, or 14 from 250 readings on) and weekday.",
        "p: the share of plans at least as far from zero, two-sided, among the draws of the same "
        "design, the real plan counted in.",
        "Interval: the effects, the same for every planned post and in equal parts over its "
        "window, that this test does not reject.",
        f"It decides when at least {MIN_ARM} readings have a planned post in their window and "
        f"{MIN_ARM} have none.",
    )
