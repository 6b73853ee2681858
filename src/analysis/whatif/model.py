"""The model of the path: the primary's regression, with where the score stands beside it.

The primary explains one day's change. Added up day by day it would let a level climb forever, so
here yesterday's level stands beside it, and a score comes back to its usual place by itself. Posts
of the days before the window stand beside those in it, because a rate that is kept goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.model.design import MIN_SPARE, Design, primary_design, standing
from analysis.model.ols import OlsFit, fit_hc3
from analysis.panel import BACK, Flags, Floats, Panel

MIN_STRETCH = 28
"""Readings since the last known change of the scoring model without which nothing is told."""


@dataclass(frozen=True)
class State:
    """Where many accounts stand on their last day, and a path sets out from.

    Attributes
    ----------
    changes : array (b, lags)
        The latest outcomes, the last day's first; at their mean where not known.
    last : array (b,)
        The last reading.
    usual : array (b,)
        Of a level, its mean since the last known change; 0 for a flow.
    """

    changes: Floats = field(repr=False)
    last: Floats = field(repr=False)
    usual: Floats = field(repr=False)


@dataclass(frozen=True)
class PathModel:
    """The regression behind a path.

    Attributes
    ----------
    kind : {"level", "flow"}
        The kind of score.
    x : array (n, k)
        Regressors: the constant; posts of the focal channel by `age`; own lags; where a level
        stood the day before. Then what a path averages over and so adds nothing to it: the other
        channels and the weekdays, each less its mean, and indicators of the earlier stretches
        between known changes of the scoring model.
    y : array (n,)
        Outcome.
    rows : array (n,) of int
        The panel's days that enter.
    ols : OlsFit
        The fit, with HC3 errors.
    age : tuple of slice
        The days before a reading in which posts are counted together: the window, the day
        before it, and the rest of the week.
    lags : int
        Own lags.
    pending : array (BACK - 1,)
        Focal posts of the last days, the last day's first; at their mean where not known.
    state : State
        Where the score stands now; one account.
    """

    kind: str
    x: Floats = field(repr=False)
    y: Floats = field(repr=False)
    rows: NDArray[np.int64] = field(repr=False)
    ols: OlsFit = field(repr=False)
    age: tuple[slice, ...]
    lags: int
    pending: Floats = field(repr=False)
    state: State = field(repr=False)

    @property
    def first_lag(self) -> int:
        """The column of the first own lag."""
        return 1 + len(self.age)

    @property
    def moving(self) -> int:
        """How many columns, from the first, a path depends on."""
        return self.first_lag + self.lags + (self.kind == "level")

    @property
    def beta(self) -> Floats:
        """Coefficients that a path depends on, shape (moving,)."""
        return self.ols.beta[: self.moving]

    @property
    def covariance(self) -> Floats:
        """Their HC3 covariance."""
        return self.ols.covariance[: self.moving, : self.moving]


def fit_path_model(panel: Panel) -> PathModel | str:
    """Fit the model of the path in the bundle coding.

    Parameters
    ----------
    panel : Panel
        The panel.

    Returns
    -------
    PathModel or str
        Why there is none: a clause that goes after "cannot tell".
    """
    design = primary_design(panel, "bundle")
    stretch = np.cumsum(panel.masked, dtype=np.int64)
    since = int((stretch[design.rows] == stretch[-1]).sum()) if len(stretch) else 0
    if panel.masked.any() and since < MIN_STRETCH:
        return (
            f"only {since} readings can enter since the last known change of the scoring model; "
            f"{MIN_STRETCH} are needed"
        )
    if not len(design.y):
        return "no reading can enter the fit"
    age = ages(panel.window_days)
    x = _columns(panel, design, age, stretch)
    if len(design.y) < x.shape[1] + MIN_SPARE:
        needed = x.shape[1] + MIN_SPARE
        return f"only {len(design.y)} readings can enter the fit; {needed} are needed"
    if np.ptp(design.y) == 0:
        what = "the score" if panel.kind == "flow" else "the daily change of the score"
        return f"{what} is the same in every reading that can enter the fit"
    model = PathModel(
        kind=panel.kind,
        x=x,
        y=design.y,
        rows=design.rows,
        ols=fit_hc3(x, design.y),
        age=age,
        lags=design.lags,
        pending=_pending(panel),
        state=state_of(panel, panel.score[None], design.lags),
    )
    if not model.ols.identified[: model.moving].all():
        return f"the effect of posts in {panel.focal!r} cannot be told from the rest"
    if not np.diag(model.covariance).min() > 0:
        return "the fit leaves nothing open, so that there is no interval"
    return model


def ages(window_days: int) -> tuple[slice, ...]:
    """Return the days before a reading, 0 the last one, in which posts are counted together."""
    bounds = ((0, window_days), (window_days, window_days + 1), (window_days + 1, BACK))
    return tuple(slice(first, min(end, BACK)) for first, end in bounds if first < BACK)


def posts_by_age(panel: Panel, age: tuple[slice, ...]) -> Floats:
    """Return the focal posts before each reading by their age, at their mean where not known.

    Returns
    -------
    array (n, len(age))
    """
    n = len(panel.dates)
    bins = panel.posts["bundle"][panel.focal]
    days = np.column_stack([bins[BACK - back : BACK - back + n] for back in range(BACK)])
    columns = []
    for part in age:
        posts = days[:, part].sum(axis=1)
        known = np.isfinite(posts)
        mean = float(posts[known].mean()) if known.any() else 0.0
        columns.append(np.where(known, posts, mean))
    return np.column_stack(columns)


def _columns(
    panel: Panel, design: Design, age: tuple[slice, ...], stretch: NDArray[np.int64]
) -> Floats:
    """Return the regressors, in the order of ``PathModel.x``."""
    rows = design.rows
    others = design.x[:, 2 : 1 + len(design.channels)]
    weekdays = design.x[:, design.lag_columns.stop :]
    columns = [np.ones(len(rows)), posts_by_age(panel, age)[rows], design.x[:, design.lag_columns]]
    if panel.kind == "level":
        columns.append(design.level[rows])
    columns += [others - others.mean(axis=0), weekdays - 1 / (weekdays.shape[1] + 1)]
    mine = stretch[rows]
    columns += [(mine == one).astype(float) for one in np.unique(mine) if one != stretch[-1]]
    return np.column_stack(columns)


def _pending(panel: Panel) -> Floats:
    """Return the focal posts of the last days that still count in coming readings."""
    bins = panel.posts["bundle"][panel.focal][: BACK + len(panel.dates)]
    known = bins[np.isfinite(bins)]
    newest = bins[::-1][: BACK - 1]
    return np.where(np.isfinite(newest), newest, known.mean() if len(known) else 0.0)


def outcomes_of(panel: Panel, scores: Floats) -> tuple[Floats, Flags, Floats]:
    """Return the outcomes of accounts that share a calendar.

    Parameters
    ----------
    panel : Panel
        For its kind and known changes.
    scores : array (b, n)
        Readings; NaN where there is none.

    Returns
    -------
    outcomes : array (b, n)
        As ``Panel.outcome``.
    usable : array (b, n) of bool
        Those that are known and no known change moved.
    mean : array (b,)
        Of the usable ones.
    """
    outcomes, moved = scores, np.zeros(scores.shape[1], dtype=bool)
    if panel.kind == "level":
        outcomes = np.full(scores.shape, np.nan)
        outcomes[:, 1:] = np.diff(scores)
        moved = panel.masked
    usable = np.isfinite(outcomes) & ~moved
    count = np.maximum(usable.sum(axis=1), 1)
    return outcomes, usable, np.where(usable, outcomes, 0.0).sum(axis=1) / count


def filled_outcomes(panel: Panel, scores: Floats, lags: int) -> tuple[Floats, Floats]:
    """Return the outcomes (b, n), and the same (b, lags + n) as they stand among lags.

    Those that are not known stand at the mean, and so do ``lags`` days before the first.
    """
    outcomes, usable, mean = outcomes_of(panel, scores)
    filled = np.where(usable, outcomes, mean[:, None])
    return outcomes, np.column_stack([np.repeat(mean[:, None], lags, axis=1), filled])


def state_of(panel: Panel, scores: Floats, lags: int) -> State:
    """Return where accounts stand on the last day of their readings (b, n)."""
    _, filled = filled_outcomes(panel, scores, lags)
    last = scores[:, -1]
    usual = np.zeros(len(scores))
    if panel.kind == "level":
        longer = np.column_stack([scores, np.full(len(scores), np.nan)])
        usual = last - standing(longer, np.append(panel.masked, False))[:, -1]
    return State(filled[:, ::-1][:, :lags], last, usual)
