"""Wild cluster bootstrap of a pooled coefficient, from each account's cross products alone.

With few accounts the t of a cluster-robust error does not follow its distribution. Here accounts
are made in which the coefficient is what the null says, each keeping its own residuals up to a
random weight, and their t are what the one that was found is held against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.accounts.gram import Floats, Grams
from analysis.accounts.pooled import FEWEST_CLUSTERS, Pooled, inverse, small_sample

Weights = Literal["rademacher", "webb"]

DRAWS, SEED = 9_999, 1
ALL_SIGNS = 12
"""Up to so many accounts, every combination of signs is taken."""
FEW_ACCOUNTS = 50
"""With fewer, results tell the bootstrap beside the t distribution."""

_BLOCK = 1_000
_TIE = 1e-10
"""Two t that differ by less than this share are one."""
_WEBB = np.sqrt([0.5, 1.0, 1.5])
_DOUBLINGS, _HALVINGS = 60, 60


@dataclass(frozen=True)
class Wild:
    """What a coefficient comes to under weights that were drawn once, whatever the null.

    With the null that the coefficient is ``b``, residuals are linear in ``b``, and with them what
    a draw estimates and what each account adds to it. So all t of all draws follow for any null.

    Attributes
    ----------
    beta, error : float
        The coefficient and its cluster-robust standard error.
    steps : array (2, d)
        What a draw estimates beyond the null: constant and slope in ``b``.
    squares : array (3, d)
        Its variance: constant, slope and square.
    same : array (d,) of bool
        Draws with one weight for all accounts: their t is the one that was found.
    exact : bool
        Whether the draws are every combination of signs.
    weights : {"rademacher", "webb"}
        What the residuals were multiplied by.
    accounts : int
        How many were drawn for.
    """

    beta: float
    error: float
    steps: Floats = field(repr=False)
    squares: Floats = field(repr=False)
    same: NDArray[np.bool_] = field(repr=False)
    exact: bool
    weights: Weights
    accounts: int

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return int(self.steps.shape[1])

    def t(self, null: float = 0.0) -> Floats:
        """Return the t of every draw under a null; shape (d,). 0 without variance."""
        step = self.steps[0] + null * self.steps[1]
        square = self.squares[0] + null * (self.squares[1] + null * self.squares[2])
        size = self.squares[0] + null**2 * self.squares[2]
        known = square > 1e-12 * size
        return np.where(known, step / np.sqrt(np.where(known, square, 1.0)), 0.0)

    def p(self, null: float = 0.0) -> float:
        """Return the two-sided p of a null: the share of draws at least as far out."""
        found = abs(self.beta - null) / self.error
        beyond = int(((np.abs(self.t(null)) >= found * (1 - _TIE)) | self.same).sum())
        return beyond / self.draws if self.exact else (1 + beyond) / (1 + self.draws)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the nulls that are not rejected; an end that is never reached is infinite."""
        alpha = round(1 - level, 12)  # p are fractions that alpha has to meet
        return self._end(-1.0, alpha), self._end(1.0, alpha)

    def _end(self, side: float, alpha: float) -> float:
        """Return where p falls below ``alpha``, by doubling the way and halving the step."""
        inside, step = 0.0, side * 2 * self.error
        for _ in range(_DOUBLINGS):
            if self.p(self.beta + step) < alpha:
                break
            inside, step = step, 2 * step
        else:
            return float(np.copysign(np.inf, side))
        outside = step
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if self.p(self.beta + middle) < alpha:
                outside = middle
            else:
                inside = middle
        return self.beta + inside


@dataclass(frozen=True, slots=True)
class WildEffect:
    """What the bootstrap says of an effect.

    Attributes
    ----------
    p : float
        Of the null that it is zero.
    low, high : float
        Its 95 % interval; infinite where no null is rejected however far it lies.
    draws : int
        How many.
    exact : bool
        Whether they are every combination of signs.
    weights : {"rademacher", "webb"}
        What residuals were multiplied by.
    """

    p: float
    low: float
    high: float
    draws: int
    exact: bool
    weights: Weights


def wild_effect(grams: Grams, pooled: Pooled, column: int, factor: float) -> WildEffect | None:
    """Return the bootstrap of an effect that is ``factor`` times a coefficient.

    None for ``FEW_ACCOUNTS`` or more, and where there is no error to ask about.
    """
    if len(grams) >= FEW_ACCOUNTS:
        return None
    found = wild_clusters(grams, pooled, column)
    if found is None:
        return None
    low, high = sorted(end * factor for end in found.interval())
    return WildEffect(found.p(), low, high, found.draws, found.exact, found.weights)


def wild_clusters(
    grams: Grams,
    pooled: Pooled,
    column: int,
    *,
    weights: Weights = "rademacher",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Wild | None:
    """Bootstrap a pooled coefficient (Cameron, Gelbach and Miller 2008, with the null imposed).

    Accounts are within their means; a weight of a whole account leaves them there.

    Parameters
    ----------
    grams : Grams
        Of the accounts and regressors of the fit.
    pooled : Pooled
        The fit; the errors of the bootstrap are by account, whatever its own are.
    column : int
        Which coefficient.
    weights : {"rademacher", "webb"}
        Signs, or Webb's six points. Of up to 12 accounts all combinations of signs are taken.
    draws, seed : int
        How many, where not all, and of the random weights.

    Returns
    -------
    Wild or None
        None where the coefficient is not identified, or has no error by account.
    """
    row = pooled.bread[column]
    meat = float(((pooled.scores @ row) ** 2).sum())
    few = pooled.clusters < FEWEST_CLUSTERS
    if few or not (np.isfinite(pooled.beta[column]) and meat > 0):
        return None
    constant, slope = _restricted(grams, column)
    reach = np.einsum("j,aji->ai", row, grams.xx)
    solve = np.stack([pooled.bread @ part.T for part in (constant, slope)])
    own = np.stack([constant @ row, slope @ row])
    steps, squares, same = [], [], []
    for block in _blocks(len(grams), weights, draws, seed):
        moved = solve @ block
        added = own[:, :, None] * block - reach @ moved
        steps.append(moved[:, column])
        same.append((block == block[0]).all(axis=0))
        first, second = added
        squares.append(
            np.stack([(first**2).sum(0), 2 * (first * second).sum(0), (second**2).sum(0)])
        )
    factor = small_sample(pooled, pooled.clusters, "nested")
    return Wild(
        beta=float(pooled.beta[column]),
        error=float(np.sqrt(factor * meat)),
        steps=np.concatenate(steps, axis=1),
        squares=np.concatenate(squares, axis=1) * factor,
        same=np.concatenate(same),
        exact=_is_exact(len(grams), weights),
        weights=weights,
        accounts=len(grams),
    )


def _restricted(grams: Grams, column: int) -> tuple[Floats, Floats]:
    """Return the accounts' scores under the null ``b``: constant and slope; each (a, k)."""
    xx, xy = grams.xx.sum(axis=0), grams.xy.sum(axis=0)
    k = len(xy)
    others = np.delete(np.arange(k), column)
    bread, _ = inverse(xx[np.ix_(others, others)])
    beta, slope = np.zeros(k), np.zeros(k)
    beta[others] = bread @ xy[others]
    slope[others] = -bread @ xx[others, column]
    slope[column] = 1.0
    return grams.xy - grams.xx @ beta, -(grams.xx @ slope)


def _is_exact(accounts: int, weights: Weights) -> bool:
    return weights == "rademacher" and accounts <= ALL_SIGNS


def _blocks(accounts: int, weights: Weights, draws: int, seed: int) -> Iterator[Floats]:
    """Yield weights, a column a draw."""
    if _is_exact(accounts, weights):
        yield np.array(list(product((1.0, -1.0), repeat=accounts))).T
        return
    rng = np.random.default_rng(seed)
    for start in range(0, draws, _BLOCK):
        shape = (accounts, min(_BLOCK, draws - start))
        signs = rng.integers(0, 2, size=shape) * 2.0 - 1.0
        size = rng.choice(_WEBB, size=shape) if weights == "webb" else np.ones(shape)
        yield np.asarray(signs * size)
