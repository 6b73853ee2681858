"""The expected path at a rate of posts, and how it moves with the coefficients.

Given the coefficients, every day of a path is a straight line in the rate. Its error is by the
delta method, so its square is a quadratic in the rate: five numbers a day and one critical value
are everything that can be asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.panel import Floats
from analysis.whatif.model import PathModel, State

HORIZON = 56
"""Days of a path: eight weeks."""


@dataclass(frozen=True)
class Rays:
    """The paths of many accounts at every rate: ``start + slope * rate``.

    Attributes
    ----------
    start, slope : array (b, days)
        The rate is in posts a week.
    by_start, by_slope : array (b, days, moving)
        Their derivatives by the coefficients.
    """

    start: Floats = field(repr=False)
    slope: Floats = field(repr=False)
    by_start: Floats = field(repr=False)
    by_slope: Floats = field(repr=False)

    def squares(self, covariance: Floats) -> Floats:
        """Return the squared standard errors as quadratics in the rate; shape (b, days, 3).

        Parameters
        ----------
        covariance : array (b, moving, moving)
            Of the coefficients.
        """
        along = self.by_start @ covariance
        return np.stack(
            [
                (along * self.by_start).sum(axis=2),
                2 * (along * self.by_slope).sum(axis=2),
                ((self.by_slope @ covariance) * self.by_slope).sum(axis=2),
            ],
            axis=2,
        )


def rays(model: PathModel, theta: Floats, state: State, days: int = HORIZON) -> Rays:
    """Return the paths of accounts with coefficients ``theta`` (b, moving) from their states."""
    at_zero, first = walk(model, theta, state, 0.0, days)
    at_one, second = walk(model, theta, state, 1.0, days)
    return Rays(at_zero, at_one - at_zero, first, second - first)


def walk(
    model: PathModel, theta: Floats, state: State, rate: float, days: int
) -> tuple[Floats, Floats]:
    """Return the expected scores at a rate, and how they move with the coefficients.

    Parameters
    ----------
    model : PathModel
        What the coefficients stand for, and the posts of the days before.
    theta : array (b, moving)
        Coefficients of many accounts.
    state : State
        Where they stand.
    rate : float
        Posts a week, spread evenly over its days, from the day after the last reading on.
    days : int
        How many.

    Returns
    -------
    path : array (b, days)
    slopes : array (b, days, moving)
        Derivatives by each coefficient.
    """
    if model.kind == "flow":
        return _steady(model, theta, rate, days)
    posts = coming_posts(model, rate, days)
    b, size = theta.shape
    first = model.first_lag
    phi, gamma = theta[:, first : first + model.lags], theta[:, -1]
    changes, moves = state.changes.copy(), np.zeros((b, model.lags, size))
    level, risen = state.last - state.usual, np.zeros((b, size))
    path, slopes = np.empty((b, days)), np.empty((b, days, size))
    for day in range(days):
        fixed = np.broadcast_to(np.append(1.0, posts[day]), (b, first))
        known = np.column_stack([fixed, changes, level])
        change = (known * theta).sum(axis=1)
        move = known + (phi[:, :, None] * moves).sum(axis=1) + gamma[:, None] * risen
        changes = np.column_stack([change, changes[:, :-1]])
        moves = np.concatenate([move[:, None], moves[:, :-1]], axis=1)
        level, risen = level + change, risen + move
        path[:, day], slopes[:, day] = level + state.usual, risen
    return path, slopes


def coming_posts(model: PathModel, rate: float, days: int) -> Floats:
    """Return the focal posts before each coming reading by their age; shape (days, ages)."""
    bins = np.concatenate([model.pending[::-1], np.full(days, rate / 7)])
    back = len(model.pending)
    newest = [bins[back + day :: -1][: back + 1] for day in range(days)]
    return np.array([[part[age].sum() for age in model.age] for part in newest])


def kept_posts(model: PathModel, rate: float) -> Floats:
    """Return the focal posts by age once a rate has been kept for a week; shape (ages,)."""
    return np.array([(age.stop - age.start) * rate / 7 for age in model.age])


def _steady(model: PathModel, theta: Floats, rate: float, days: int) -> tuple[Floats, Floats]:
    """Return what flows come to once the rate has been kept, the same on all days."""
    fixed = np.append(1.0, kept_posts(model, rate))
    kept = 1 - theta[:, model.first_lag :].sum(axis=1)
    value = theta[:, : model.first_lag] @ fixed / kept
    slope = np.column_stack(
        [
            np.broadcast_to(fixed, (len(theta), len(fixed))),
            np.repeat(value[:, None], model.lags, axis=1),
        ]
    )
    slope = slope / kept[:, None]
    return np.repeat(value[:, None], days, axis=1), np.repeat(slope[:, None], days, axis=1)


def scatter(model: PathModel, theta: Floats, days: int = HORIZON) -> Floats:
    """Return the standard deviation of each day's score around the expected one; shape (days,).

    From the shocks since the last reading; for a flow, once none is remembered any more.
    """
    phi = theta[model.first_lag : model.first_lag + model.lags]
    gamma = float(theta[-1]) if model.kind == "level" else 0.0
    sigma = float(np.sqrt(model.ols.rss / model.ols.df_resid))
    responses, changes, level = np.empty(days), np.zeros(model.lags), 0.0
    for day in range(days):
        change = float(phi @ changes + gamma * level) + (day == 0)
        changes = np.append(change, changes[:-1])
        level += change
        responses[day] = change if model.kind == "flow" else level
    spread = sigma * np.sqrt(np.cumsum(responses**2))
    return np.full(days, spread[-1]) if model.kind == "flow" else np.asarray(spread)
