"""How strong something unseen would have to be to explain the effect away.

After Cinelli and Hazlett (2020), *Making sense of sensitivity*, Journal of the Royal Statistical
Society B 82. An unseen event can fake an effect only as far as it goes with both the posts and
the score. Its strength is measured by partial R squared: the share that it explains of what the
model leaves of each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.model.distributions import t_quantile
from analysis.model.fwl import orthonormal
from analysis.model.ols import LEVERAGE_ONE, RANK_TOLERANCE
from analysis.model.primary import PrimaryFit
from analysis.panel import Floats

OWN_LAGS = "the score's own past"
WEEKDAYS = "the weekday"


@dataclass(frozen=True, slots=True)
class Strength:
    """What a hidden event of one strength would do to the effect.

    Attributes
    ----------
    name : str
        What was observed and is as strong.
    observed_posts, observed_outcome : float
        Partial R squared of what was observed with the focal posts and with the outcome.
    posts, outcome : float
        Those of the hidden event, at most (the bounds of Cinelli and Hazlett, section 4.4).
    effect, t : float
        The focal effect, in points per post, and its t that such an event would leave.
    times : float
        How many times as strong as what was observed an event must be to leave nothing;
        infinite where that has nothing to do with the posts or with the outcome.
    """

    name: str
    observed_posts: float
    observed_outcome: float
    posts: float
    outcome: float
    effect: float
    t: float
    times: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How strong a hidden event would have to be.

    Attributes
    ----------
    effect, t : float
        The focal effect, in points per post, and its classical t.
    df : int
        Its degrees of freedom.
    partial_r2 : float
        Share of what the others leave of the outcome that the focal posts explain. A hidden
        event that explained all the rest of the outcome would have to explain this share of
        the posts.
    robustness : float
        The share that a hidden event would have to explain of both for no effect to be left.
    robustness_alpha : float
        The same for the effect not to be significant; 0 when it is not to begin with.
    alpha : float
        At this level.
    observed : tuple of Strength
        An event as strong as each thing that was observed, the strongest first.
    """

    effect: float
    t: float
    df: int
    partial_r2: float
    robustness: float
    robustness_alpha: float
    alpha: float
    observed: tuple[Strength, ...]

    @property
    def strongest(self) -> Strength | None:
        """The observed thing that would take most from the effect."""
        return self.observed[0] if self.observed else None


def robustness_value(t: float, df: int, alpha: float | None = None) -> float:
    """Return the partial R squared with both that would explain a coefficient away.

    Parameters
    ----------
    t : float
        The coefficient's classical t.
    df : int
        Its degrees of freedom, 2 at least.
    alpha : float, optional
        To bring it below significance at this level; by default, to zero.
    """
    f = abs(t) / np.sqrt(df)
    if alpha is not None:
        f -= t_quantile(1 - alpha / 2, df - 1) / np.sqrt(df - 1)
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2) if f > 0 else 0.0


def explained_away(t: float, df: int, posts: float, outcome: float) -> tuple[float, float]:
    """Return the share of a coefficient, and the t, that a hidden event leaves of it.

    Parameters
    ----------
    t, df : float, int
        The coefficient's classical t and its degrees of freedom.
    posts, outcome : float
        Partial R squared of the event with the regressor and with the outcome; ``posts`` < 1.

    Returns
    -------
    share, t : float
        Negative when the event more than explains the coefficient.
    """
    lost = np.sqrt(df * outcome * posts / (1 - posts)) / abs(t)
    spread = np.sqrt((1 - outcome) / (1 - posts) * df / (df - 1))
    left = 1 - lost
    return float(left), float(np.divide(left * t, spread)) if spread > 0 else float("nan")


def bounds(posts: float, outcome: float, times: float = 1.0) -> tuple[float, float] | None:
    """Return how strong an event can be, given something observed that it is compared with.

    Parameters
    ----------
    posts, outcome : float
        Partial R squared of what was observed, with the regressor given the other controls,
        and with the outcome given those and the regressor.
    times : float
        How many times as much as that the event explains, of both.

    Returns
    -------
    tuple of float, or None
        Partial R squared of the event with each; None when no event can be so strong beside
        what was observed.
    """
    with_posts = times * posts / (1 - posts) if posts < 1 else np.inf
    if with_posts >= 1 or outcome >= 1:
        return None
    tie = times * posts**2 / ((1 - times * posts) * (1 - posts))
    reach = (np.sqrt(times) + np.sqrt(tie)) ** 2 / (1 - tie)
    return with_posts, float(min(1.0, reach * outcome / (1 - outcome)))


def times_to_nothing(t: float, df: int, posts: float, outcome: float) -> float:
    """Return how many times as strong as something observed an event must be to leave nothing.

    Parameters
    ----------
    t, df : float, int
        The coefficient's classical t and its degrees of freedom.
    posts, outcome : float
        Partial R squared of what was observed, as in `bounds`.
    """
    if posts <= 0 or outcome <= 0:
        return float("inf")
    low, high = 0.0, (1 - posts) / posts
    for _ in range(60):
        middle = (low + high) / 2
        strong = bounds(posts, outcome, middle)
        if strong is None or explained_away(t, df, *strong)[0] <= 0:
            high = middle
        else:
            low = middle
    return high


def classical_t(column: Floats, others: Floats, y: Floats) -> tuple[float, int] | None:
    """Return the textbook t of one column and its degrees of freedom.

    None when the others leave nothing of it, or all of them together nothing of ``y``.
    """
    q = orthonormal(others)
    df = len(y) - q.shape[1] - 1
    left, rest = _residual(q, column), _residual(q, y)
    square = float(left @ left)
    if df < 2 or square <= RANK_TOLERANCE**2 * float(column @ column):
        return None
    beta = float(left @ rest) / square
    unexplained = rest - beta * left
    rss = float(unexplained @ unexplained)
    if rss <= RANK_TOLERANCE**2 * float(y @ y):
        return None
    return beta / np.sqrt(rss / df / square), df


def sensitivity(fit: PrimaryFit, alpha: float = 0.05) -> Sensitivity | None:
    """Return how strong a hidden event would have to be to explain the focal effect.

    The events that it is measured against are as strong as what was observed: each other
    channel, the score's own past and the weekday.

    Parameters
    ----------
    fit : PrimaryFit
        The primary; its first channel is the focal one.
    alpha : float
        Level of the test.

    Returns
    -------
    Sensitivity or None
        None when the focal effect is not identified.
    """
    effect = fit.effects[fit.design.channels[0]]
    used = fit.ols.leverage < LEVERAGE_ONE
    x, y = fit.design.x[used], fit.design.y[used]
    others = np.delete(x, 1, axis=1)
    found = classical_t(x[:, 1], others, y) if effect.known else None
    if found is None or found[0] == 0:
        return None
    t, df = found
    strengths = [
        _strength(name, (x[:, 1], others, y), [column - 1 for column in columns], effect.value, t)
        for name, columns in _groups(fit)
    ]
    observed = [strength for strength in strengths if strength is not None]
    observed.sort(key=lambda strength: strength.effect / effect.value)
    return Sensitivity(
        effect=effect.value,
        t=t,
        df=df,
        partial_r2=t**2 / (t**2 + df),
        robustness=robustness_value(t, df),
        robustness_alpha=robustness_value(t, df, alpha),
        alpha=alpha,
        observed=tuple(observed),
    )


def _groups(fit: PrimaryFit) -> list[tuple[str, list[int]]]:
    """Return everything observed beside the focal posts: its name and its columns."""
    design = fit.design
    lags = design.lag_columns
    groups = [(name, [2 + place]) for place, name in enumerate(design.channels[1:])]
    groups.append((OWN_LAGS, list(range(lags.start, lags.stop))))
    groups.append((WEEKDAYS, list(range(lags.stop, design.x.shape[1]))))
    return [(name, columns) for name, columns in groups if columns]


def _strength(
    name: str,
    regression: tuple[Floats, Floats, Floats],
    columns: list[int],
    effect: float,
    t: float,
) -> Strength | None:
    """Return what an event as strong as some of the other columns would leave of the effect."""
    column, others, y = regression
    without = np.delete(others, columns, axis=1)
    full, reduced = orthonormal(others), orthonormal(without)
    if full.shape[1] == reduced.shape[1]:
        return None
    posts = _explained(column, reduced, full)
    with_column = orthonormal(np.column_stack([others, column]))
    outcome = _explained(y, orthonormal(np.column_stack([without, column])), with_column)
    strong = bounds(posts, outcome)
    if strong is None:
        return None
    df = len(y) - with_column.shape[1]
    share, left = explained_away(t, df, *strong)
    times = times_to_nothing(t, df, posts, outcome)
    return Strength(name, posts, outcome, *strong, effect * share, left, times)


def _explained(y: Floats, small: Floats, large: Floats) -> float:
    """Return the share of what one basis leaves of ``y`` that a larger one explains."""
    before, after = _residual(small, y), _residual(large, y)
    return max(0.0, 1 - float(after @ after) / float(before @ before))


def _residual(basis: Floats, y: Floats) -> Floats:
    left = y - basis @ (basis.T @ y)
    return np.asarray(left - basis @ (basis.T @ left))
