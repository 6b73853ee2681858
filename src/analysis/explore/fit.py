"""The fit of a choice: its table, its sentence, and what its picture shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.claims.base import interval_words, number, p_words
from analysis.display import Table
from analysis.evidence.channels import why_not_judged
from analysis.explore.choice import Choice, check_choice, own_choice, refused
from analysis.model.design import MIN_SPARE, Design, lagged_outcomes, usable_rows, weekday_dummies
from analysis.model.hac import bandwidth, with_newey_west
from analysis.model.primary import Estimate, PrimaryFit, fit_design
from analysis.panel import Floats, Panel, build_panel, outcome
from analysis.workbench import Study

LEVEL = 0.95
_SHOWN = ("effect", "low", "high", "primary", "primary low", "primary high")
_FORMATS = dict.fromkeys(_SHOWN, "+.3g")


@dataclass(frozen=True)
class Exploration:
    """What one choice gives, beside the primary.

    Attributes
    ----------
    choice : Choice
        What was chosen.
    fit : PrimaryFit
        Its regression, and that as a statsmodels result by ``fit.statsmodels()``.
    effects : dict of str to Estimate
        By channel: what one more post (with logarithms, the first one) goes with, in ``unit``.
    unit : str
        Of the effects.
    primary : dict of str to Estimate
        The primary's effects, every channel's, in ``primary_unit``; empty where it has no fit.
    primary_unit : str
        Of these.
    table : Table
        One row a channel: effect, interval, p, and the primary's beside them.
    sentence : str
        The effect of the first channel, and the primary's.
    days : DataFrame
        What the picture shows, one row a day: score, outcome, what the regression makes of it
        (missing where the day did not enter), the posts of each channel in the 24 hours before
        the reading, and those in its window.
    aside : dict of str to str
        By channel: why it holds too little to judge; without those that hold enough.
    primary_aside : frozenset of str
        The channels of which the primary holds too little.
    """

    choice: Choice
    fit: PrimaryFit
    effects: dict[str, Estimate]
    unit: str
    primary: dict[str, Estimate]
    primary_unit: str
    table: Table = field(repr=False)
    sentence: str
    days: pd.DataFrame = field(repr=False)
    aside: dict[str, str]
    primary_aside: frozenset[str]

    @property
    def spoken_of(self) -> str:
        """The channel of the sentence: the focal one where it was chosen, else the first."""
        return self.choice.channels[0]


def panel_of(study: Study, window_hours: int) -> Panel:
    """Return the panel that a study would have with another window.

    The shares of a post that are part of it are those within the window, so the posts are
    counted again.

    Parameters
    ----------
    study : Study
        The study.
    window_hours : int
        Whole days.
    """
    settings = study.data.settings
    if window_hours == settings.question.window_hours:
        return study.arrays
    question = settings.question.model_copy(update={"window_hours": window_hours})
    varied = settings.model_copy(update={"question": question})
    return build_panel(replace(study.data, settings=varied))


def fit_choice(panel: Panel, choice: Choice, primary: PrimaryFit | None) -> Exploration:
    """Fit one choice; nothing is remembered and nothing is changed.

    Parameters
    ----------
    panel : Panel
        The study's, with the window of the choice: see `panel_of`.
    choice : Choice
        What to fit.
    primary : PrimaryFit or None
        The study's primary, to stand beside it.

    Returns
    -------
    Exploration
        Equal to the primary where the choice is the study's own.

    Raises
    ------
    InputError
        One line: the choice is not possible, too few readings are left, a channel has no post in
        any window, or channels cannot be told apart.
    """
    check_choice(panel, choice)
    if panel.window_days != choice.days:
        raise ValueError(f"a panel of {panel.window_days} days for a window of {choice.days}")
    varied = _varied(panel, choice)
    design, counts = _design(varied, choice)
    fit = fit_design(design, choice.coding, varied)
    if fit is None:
        need = design.x.shape[1] + MIN_SPARE
        raise refused("readings", f"{len(design.y)} can enter, and these choices need {need}")
    _check_identified(fit, counts)
    if choice.errors == "Newey-West":
        ols = with_newey_west(design.x, fit.ols, bandwidth(fit.n), design.rows)
        fit = replace(fit, ols=ols)
    factor = (100.0 if choice.is_logarithm else 1.0) * (
        float(np.log(2)) if choice.posts == "logarithm" else 1.0
    )
    effects = {name: effect.times(factor) for name, effect in fit.effects.items()}
    beside = {} if primary is None else primary.effects
    unit, primary_unit = _unit(panel, choice), _unit(panel, own_choice(panel))
    posts = {name: int(np.ceil(count.sum() / choice.days)) for name, count in counts.items()}
    quiet = int((counts[choice.channels[0]] == 0).sum())
    aside = _too_little(posts, quiet, effects)
    return Exploration(
        choice=choice,
        fit=fit,
        effects=effects,
        unit=unit,
        primary=beside,
        primary_unit=primary_unit,
        table=_table(fit, posts, effects, beside, aside, (unit, primary_unit)),
        sentence=_sentence(fit, choice, effects, beside, (unit, primary_unit)),
        days=_days(panel, varied, choice, fit),
        aside=aside,
        primary_aside=frozenset() if primary is None else _primary_aside(primary),
    )


def _too_little(posts: dict[str, int], quiet: int, effects: dict[str, Estimate]) -> dict[str, str]:
    """Return why channels hold too little to judge; the first one needs quiet readings too."""
    asked = [quiet, *(None for _ in range(len(posts) - 1))]
    why = {
        name: why_not_judged(posts[name], needed, effects[name], 0)
        for name, needed in zip(posts, asked, strict=True)
    }
    return {name: reason for name, reason in why.items() if reason}


def _primary_aside(primary: PrimaryFit) -> frozenset[str]:
    channels = primary.design.channels
    posts = {name: primary.posts_seen(name) for name in channels}
    return frozenset(_too_little(posts, primary.quiet_readings(channels[0]), primary.effects))


def _varied(panel: Panel, choice: Choice) -> Panel:
    """Return the panel with the channels, the delay and the outcome of a choice."""
    every = {
        coding: {name: _delayed(bins[name], choice.delay) for name in choice.channels}
        for coding, bins in panel.posts.items()
    }
    score = panel.score
    if choice.is_logarithm:
        score = np.log(score)
    elif choice.outcome == "change of whole points":
        score = np.rint(score)
    return replace(
        panel,
        channels=choice.channels,
        posts=every,
        score=score,
        outcome=outcome(score, panel.kind),
    )


def _delayed(bins: Floats, days: int) -> Floats:
    """Return the bins moved to later days; before the first, nothing is known."""
    return np.concatenate([np.full(days, np.nan), bins[: len(bins) - days]])


def _design(panel: Panel, choice: Choice) -> tuple[Design, dict[str, Floats]]:
    """Return the design of a choice, and its posts in the windows as counts."""
    lagged = lagged_outcomes(panel, choice.own_lags)
    rows = np.flatnonzero(usable_rows(panel, lagged.enough))
    counts = {name: panel.window(name, choice.coding)[rows] for name in panel.channels}
    shaped = [np.log1p(each) if choice.posts == "logarithm" else each for each in counts.values()]
    days, day_names = weekday_dummies(panel.weekday[rows])
    if not choice.weekday:
        days, day_names = days[:, :0], ()
    first = 1 + len(panel.channels)
    names = ("constant", *panel.channels, *(f"lag {lag + 1}" for lag in range(choice.own_lags)))
    design = Design(
        x=np.column_stack([np.ones(len(rows)), *shaped, lagged.outcomes[rows], days]),
        y=panel.outcome[rows],
        names=(*names, *day_names),
        channels=panel.channels,
        rows=rows,
        lags=choice.own_lags,
        lag_columns=slice(first, first + choice.own_lags),
        filled_lags=int(lagged.filled[rows].sum()),
    )
    return design, counts


def _check_identified(fit: PrimaryFit, counts: dict[str, Floats]) -> None:
    """Refuse a fit in which the effect of a channel is not told by the data."""
    silent = [name for name, count in counts.items() if not count.any()]
    if silent:
        raise refused("channels", f"{silent[0]} has no post in the window of any reading")
    lost = [name for name in counts if not fit.coefficient(name).known]
    if not lost:
        return
    if not fit.ols.rss > 1e-20 * float((fit.design.y**2).sum()):
        raise refused("outcome", "the readings leave nothing over to judge by")
    if len(lost) > 1:
        raise refused("channels", f"{' and '.join(lost)} cannot be told apart by these windows")
    raise refused("channels", f"{lost[0]} cannot be told from the weekdays or a constant")


def _unit(panel: Panel, choice: Choice) -> str:
    what = "%" if choice.is_logarithm else "points"
    a_day = " a day" if panel.kind == "flow" else ""
    post = "for the first post" if choice.posts == "logarithm" else "per post"
    return f"{what}{a_day} {post}{', by logarithms' if choice.is_logarithm else ''}"


def _table(
    fit: PrimaryFit,
    posts: dict[str, int],
    effects: dict[str, Estimate],
    primary: dict[str, Estimate],
    aside: dict[str, str],
    units: tuple[str, str],
) -> Table:
    rows = []
    for name, effect in effects.items():
        coefficient, own = fit.coefficient(name), primary.get(name)
        rows.append(
            {
                "channel": name,
                "effect": effect.value,
                "low": effect.interval(LEVEL)[0],
                "high": effect.interval(LEVEL)[1],
                "p": effect.p,
                "posts": posts[name],
                "primary": None if own is None else own.value,
                "primary low": None if own is None else own.interval(LEVEL)[0],
                "primary high": None if own is None else own.interval(LEVEL)[1],
                "coefficient": coefficient.value,
                "standard error": coefficient.error,
                "too little to judge": aside.get(name),
            }
        )
    unit = units[0] if units[0] == units[1] else f"{units[0]}; the primary in {units[1]}"
    return Table.of(
        pd.DataFrame(rows),
        f"What one more post goes with, in {unit}",
        formats=_FORMATS
        | {"p": ".2g", "posts": ",d", "coefficient": "+.4g", "standard error": ".4g"},
        notes=f"Low and high bound the 95 % interval; {fit.n} readings entered.",
    )


def _sentence(
    fit: PrimaryFit,
    choice: Choice,
    effects: dict[str, Estimate],
    primary: dict[str, Estimate],
    units: tuple[str, str],
) -> str:
    name = choice.channels[0]
    said = (
        f"Chosen: one more post in {name} goes with {_words(effects[name], units[0])}, "
        f"on {fit.n} readings."
    )
    if name not in primary:
        return f"{said} The primary has no estimate: there are too few readings for it."
    return f"{said} The primary, fixed before looking: {_words(primary[name], units[1])}."


def _words(effect: Estimate, unit: str) -> str:
    if not effect.known:
        return "no estimate: the data do not tell it"
    interval = interval_words(effect.interval(LEVEL))
    value = number(effect.value, signed=True)
    return f"{value} {unit} (95 % interval {interval}; {p_words(effect.p)})"


def _days(panel: Panel, varied: Panel, choice: Choice, fit: PrimaryFit) -> pd.DataFrame:
    n = len(panel.dates)
    fitted = np.full(n, np.nan)
    fitted[fit.design.rows] = fit.design.y - fit.ols.residuals
    columns: dict[str, object] = {
        "score": panel.score,
        "outcome": varied.outcome,
        "fitted": fitted,
    }
    for name in choice.channels:
        columns[f"{name} posts"] = replace(panel, window_days=1).window(name, choice.coding)
        columns[f"{name} in window"] = varied.window(name, choice.coding)
    return pd.DataFrame(columns, index=panel.dates)
