"""The specification curve over regressors: one effect for all, whatever is held constant.

A model of fewer regressors is solved from the summed products. What an account adds to the score
of a coefficient, ``X'y - X'X b``, is linear in its products, so that the variance of any model is
a quadratic form in one matrix, summed over accounts once: a model costs the same for ten accounts
as for a million.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import comb
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from analysis.accounts.columns import MOST_LAGS, WEEKDAYS
from analysis.accounts.effects import Population, multipliers
from analysis.accounts.gram import Floats, Grams
from analysis.accounts.pooled import FEWEST_CLUSTERS, Absorbed, Pooled, inverse, small_sample
from analysis.claims.base import number, percent

MOST_SETS = 256
"""Sets of other channels that are asked of a channel; each with and without lags and weekdays."""
ROUNDING = 1e-13
"""A variance below this share of the terms that it is summed from is rounding."""

_BLOCK = 2_048
_LAGS, _WEEKDAYS = "own lags", "weekdays"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of the products is what.

    Attributes
    ----------
    channels : tuple of str
        Of the first columns.
    lags, weekdays : slice
        Where own lags, the first one first, and weekdays stand.
    days : int
        The window.
    kind : {"level", "flow"}
        Of the score.
    """

    channels: tuple[str, ...]
    lags: slice
    weekdays: slice
    days: int = 1
    kind: str = "flow"


@dataclass(frozen=True)
class RegressorCurve:
    """The pooled effect of one channel under every choice of what is held constant.

    Attributes
    ----------
    channel : str
        The channel.
    switches : tuple of str (s,)
        What is in or out: other channels, own lags as one, weekdays as one.
    chosen : array (m, s) of bool
        What is in, by specification.
    effect, error : array (m,)
        The within estimate and its CR1 error by account, in the unit of an effect.
    df : int
        Degrees of freedom of t: one fewer than accounts.
    primary : float
        The effect with everything in; NaN where the data do not identify it.
    left_out : int
        Specifications with collinear regressors, or an error that is lost in rounding.
    complete : bool
        Whether every choice was asked, not only the smallest and largest sets of channels.
    """

    channel: str
    switches: tuple[str, ...]
    chosen: NDArray[np.bool_] = field(repr=False)
    effect: Floats = field(repr=False)
    error: Floats = field(repr=False)
    df: int
    primary: float
    left_out: int
    complete: bool

    def __len__(self) -> int:
        """Return the number of specifications."""
        return len(self.effect)

    @property
    def p(self) -> Floats:
        """The two-sided p of each; shape (m,)."""
        return np.asarray(2 * special.stdtr(self.df, -np.abs(self.effect / self.error)))

    def intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the ends of each interval; shape (m,) each."""
        half = special.stdtrit(self.df, (1 + level) / 2) * self.error
        return self.effect - half, self.effect + half

    @property
    def side(self) -> NDArray[np.bool_] | None:
        """Which lie on the primary's side of zero, shape (m,); None without a primary."""
        if not np.isfinite(self.primary) or self.primary == 0:
            return None
        return np.asarray(np.sign(self.effect) == np.sign(self.primary))

    def summary(self, alpha: float = 0.05) -> dict[str, Any]:
        """Return what the results tell, without words.

        Parameters
        ----------
        alpha : float
            The level at which a specification counts as significant.

        Returns
        -------
        dict
            specifications, left_out, complete, median, smallest, largest; as shares of the
            specifications, None where that is not known: same_sign (on the primary's side of
            zero), significant (and at ``alpha``), below_primary (a smaller effect than it).
        """
        side, count = self.side, len(self)
        place = np.flatnonzero(self.chosen.all(axis=1))
        told: tuple[float | None, float | None] = None, None
        if side is not None and count:
            told = float(side.mean()), float((side & (self.p < alpha)).mean())
        return {
            "specifications": count,
            "left_out": self.left_out,
            "complete": self.complete,
            "median": float(np.median(self.effect)) if count else None,
            "smallest": float(self.effect.min()) if count else None,
            "largest": float(self.effect.max()) if count else None,
            "same_sign": told[0],
            "significant": told[1],
            "below_primary": float(np.mean(self.effect < self.effect[place[0]]))
            if len(place)
            else None,
        }

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row a specification, the smallest effect first.

        Columns: one of bool for each of ``switches``; effect, error, low, high, p.
        """
        low, high = self.intervals(level)
        order = np.argsort(self.effect, kind="stable")
        numbers = {"effect": self.effect, "error": self.error, "low": low, "high": high}
        told = pd.DataFrame(numbers | {"p": self.p})
        switched = pd.DataFrame(self.chosen, columns=list(self.switches))
        return pd.concat([switched, told], axis=1).iloc[order].reset_index(drop=True)


def curve_words(told: dict[str, Any]) -> str:
    """Return a summary as one sentence."""
    count = told["specifications"]
    if not count:
        return f"No choice of regressors can be fitted; {told['left_out']:,} are left out."
    said = (
        f"Over {count:,} {'choice' if count == 1 else 'choices'} of regressors the pooled effect "
        f"is {number(told['median'], signed=True)} at the median and lies between "
        f"{number(told['smallest'], signed=True)} and {number(told['largest'], signed=True)}"
    )
    if told["same_sign"] is None:
        said += "; the primary, with all of them, is not identified"
    else:
        said += (
            f"; {percent(told['same_sign'])} have the sign of the primary, "
            f"{percent(told['significant'])} significantly"
        )
    if told["below_primary"] is not None:
        said += f", and {percent(told['below_primary'])} lie below it"
    left = told["left_out"]
    return f"{said}; {left:,} left out as collinear." if left else f"{said}."


def curves_of(found: Population, days: int, kind: str) -> tuple[RegressorCurve | None, ...]:
    """Return the curve of every channel of a population; see `regressor_curves`."""
    first = len(found.channels)
    lags = slice(first, first + MOST_LAGS)
    layout = Layout(
        tuple(channel.name for channel in found.channels),
        lags,
        slice(lags.stop, lags.stop + len(WEEKDAYS)),
        days,
        kind,
    )
    return regressor_curves(found.grams, found.pooled, layout)


def regressor_curves(
    grams: Grams, pooled: Pooled, layout: Layout, absorbed: Absorbed = "nested"
) -> tuple[RegressorCurve | None, ...]:
    """Fit every choice of controls for every channel, from the products alone.

    The other channels are switched one by one, own lags and weekdays each as a block; see
    `channel_sets` for how many. The readings are the same in all. Columns that are constant in
    every account are in no model.

    Parameters
    ----------
    grams : Grams
        Products within accounts.
    pooled : Pooled
        The fit of all regressors to them.
    layout : Layout
        Which regressor is what.
    absorbed : {"nested", "counted"}
        As in `analysis.accounts.pooled.fit_pooled`.

    Returns
    -------
    tuple of RegressorCurve or None
        By channel; None for one that is constant in every account, and for all of fewer than
        three accounts.
    """
    if pooled.clusters < FEWEST_CLUSTERS:
        return (None,) * len(layout.channels)
    models = _Models(grams, pooled, layout, absorbed)
    return tuple(_curve(models, focal) for focal in range(len(layout.channels)))


def channel_sets(others: int, most: int = MOST_SETS) -> tuple[list[tuple[int, ...]], bool]:
    """Return sets of so many channels, and whether they are all that there are.

    Sizes are taken whole, from both ends: none and all, one and all but one, and so on, as far
    as no more than ``most`` sets come of it.
    """
    sets: list[tuple[int, ...]] = []
    for few in range(others // 2 + 1):
        sizes = sorted({few, others - few})
        if len(sets) + sum(comb(others, size) for size in sizes) > most:
            return sets, False
        sets += [each for size in sizes for each in combinations(range(others), size)]
    return sets, True


class _Model(NamedTuple):
    """Columns of a model, the inverse of their products, and their coefficients."""

    columns: tuple[int, ...]
    bread: Floats
    beta: Floats


class _Models:
    """All models of a population, each solved once."""

    def __init__(self, grams: Grams, pooled: Pooled, layout: Layout, absorbed: Absorbed) -> None:
        xx, xy = grams.xx.sum(axis=0), grams.xy.sum(axis=0)
        used = np.flatnonzero(np.diag(xx) > 0)
        self.pooled, self.layout, self.absorbed = pooled, layout, absorbed
        self.xx, self.xy = xx[np.ix_(used, used)], xy[used]
        self.beta = (pooled.bread @ xy)[used]
        self.places = {int(column): place for place, column in enumerate(used)}
        self.lags, self.weekdays = (
            range(*block.indices(len(xx))) for block in (layout.lags, layout.weekdays)
        )
        self.triangle = np.triu_indices(len(used))
        self.crossed = self._crossed(grams, used)
        self._solved: dict[tuple[int, ...], _Model | None] = {}

    def primary(self, focal: int) -> float:
        """Return the effect of a channel with every regressor; NaN where not identified."""
        phi = np.nan_to_num(self.pooled.beta[list(self.lags)[: max(self.layout.days - 1, 0)]])
        (times,) = multipliers(phi[None], self.layout.days, self.layout.kind)
        return float(self.pooled.beta[focal] * times)

    def block(self, columns: Iterable[int]) -> tuple[int, ...]:
        """Return where those of ``columns`` stand that vary."""
        return tuple(self.places[each] for each in columns if each in self.places)

    def _crossed(self, grams: Grams, used: NDArray[np.int64]) -> Floats:
        """Return the sum over accounts of v v', where v are products and the primary's score.

        That score in place of ``X'y``: models are told by how far they are from the primary, and
        no digits are lost in what they have in common.
        """
        rows, others = (used[each] for each in self.triangle)
        total = np.zeros((len(rows) + len(used),) * 2)
        for begin in range(0, len(grams), _BLOCK):
            part = slice(begin, begin + _BLOCK)
            v = np.concatenate(
                [grams.xx[part][:, rows, others], self.pooled.scores[part][:, used]], axis=1
            )
            total += v.T @ v
        return total

    def solved(self, columns: tuple[int, ...]) -> _Model | None:
        """Return a model, or None where its columns are collinear."""
        if columns not in self._solved:
            at = np.array(columns)
            bread, identified = inverse(self.xx[np.ix_(at, at)])
            fine = bool(identified.all())
            self._solved[columns] = _Model(columns, bread, bread @ self.xy[at]) if fine else None
        return self._solved[columns]

    def effects(self, models: list[_Model], focal: int) -> tuple[Floats, Floats]:
        """Return effect and error of a column in models that have it; NaN where unknown."""
        weights, beta = np.zeros((2, len(models), len(self.xy)))
        factor = np.ones(len(models))
        for row, (columns, bread, coefficients) in enumerate(models):
            at = list(columns)
            weights[row, at] = bread[:, columns.index(focal)]
            beta[row, at] = coefficients
            fit = replace(self.pooled, rank=len(columns))
            factor[row] = small_sample(fit, self.pooled.clusters, self.absorbed)
        variance = factor * self._variance(weights, beta - self.beta)
        first = list(self.lags)[: max(self.layout.days - 1, 0)]
        phi = np.zeros((len(models), len(first)))
        for place, column in enumerate(first):
            if column in self.places:
                phi[:, place] = beta[:, self.places[column]]
        times = multipliers(phi, self.layout.days, self.layout.kind)
        return beta[:, focal] * times, np.sqrt(variance) * np.abs(times)

    def _variance(self, weights: Floats, step: Floats) -> Floats:
        """Return the sum over accounts of ``(weights'(score - X'X step))^2``; (m,) of (m, k)."""
        rows, others = self.triangle
        both = weights[:, rows] * step[:, others] + weights[:, others] * step[:, rows]
        linear = np.concatenate([-np.where(rows == others, 0.5, 1.0) * both, weights], axis=1)
        variance = ((linear @ self.crossed) * linear).sum(axis=1)
        size = (np.abs(linear) @ np.sqrt(np.diag(self.crossed))) ** 2
        return np.where(variance > ROUNDING * size, variance, np.nan)


def _switches(models: _Models, focal: int) -> tuple[list[str], list[tuple[int, ...]], int]:
    """Return what can be in or out beside a channel, its columns, and how many are channels."""
    channels = [
        (name, models.block([other]))
        for other, name in enumerate(models.layout.channels)
        if other != focal
    ]
    ends = [(_LAGS, models.block(models.lags)), (_WEEKDAYS, models.block(models.weekdays))]
    channels, ends = ([each for each in some if each[1]] for some in (channels, ends))
    return [name for name, _ in channels + ends], [at for _, at in channels + ends], len(channels)


def _curve(models: _Models, focal: int) -> RegressorCurve | None:
    mine = models.block([focal])
    if not mine:
        return None
    names, blocks, others = _switches(models, focal)
    sets, complete = channel_sets(others)
    rows = np.array(
        [
            [*(other in some for other in range(others)), *ends]
            for some, ends in product(sets, product((False, True), repeat=len(names) - others))
        ],
        dtype=bool,
    )
    solved = [
        models.solved(
            tuple(sorted(sum((at for at, on in zip(blocks, row, strict=True) if on), mine)))
        )
        for row in rows
    ]
    fitted = np.array([model is not None for model in solved])
    effect, error = models.effects([model for model in solved if model is not None], mine[0])
    known = np.isfinite(error)
    return RegressorCurve(
        models.layout.channels[focal],
        tuple(names),
        rows[fitted][known],
        effect[known],
        error[known],
        models.pooled.clusters - 1,
        models.primary(focal),
        len(rows) - int(known.sum()),
        complete,
    )
