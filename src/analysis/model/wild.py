"""Wild bootstrap of one coefficient's HC3 t, with the null imposed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.model.fwl import Partialled, hc3_t, hc3_weight
from analysis.panel import Floats

_BLOCK = 256
"""Draws at a time, so that their signs stay in the processor's cache."""


@dataclass(frozen=True)
class WildBootstrap:
    """The t of a coefficient among those of accounts like this one in which it is zero.

    Attributes
    ----------
    t : float
        As estimated.
    draws : array (b,)
        The t of each draw.
    """

    t: float
    draws: Floats = field(repr=False)

    @property
    def beyond(self) -> int:
        """Draws at least as far from zero as the t that was found."""
        return int((np.abs(self.draws) >= abs(self.t) * (1 - 1e-12)).sum())

    @property
    def p(self) -> float:
        """Share of draws at least as far from zero, two-sided; at least 1 / (b + 1)."""
        return (1 + self.beyond) / (1 + len(self.draws))


def wild_bootstrap(part: Partialled, y: Floats, draws: int, seed: int) -> WildBootstrap:
    """Bootstrap the t of one column (Davidson and Flachaire 2008).

    Outcomes are the fit without the column plus its residuals, each scaled by
    ``1 / (1 - h)`` and given a random sign, so heteroskedasticity stays where it is. A sign
    squares to one, so the HC3 variance of a draw is a quadratic form in a few sums over its
    signs: no draw's residuals are ever written out.

    Parameters
    ----------
    part : Partialled
        The column, with the others taken out of it.
    y : array (n,)
        Outcome.
    draws : int
        How many.
    seed : int
        Of the random signs.
    """
    restricted = part.residual(y)
    scaled = np.where(part.free, restricted / np.where(part.free, 1 - part.leverage, 1.0), 0.0)
    span = np.column_stack([part.basis, part.left / np.sqrt(part.square)])
    weight = hc3_weight(part) ** 2
    gram = span.T @ (span * weight[:, None])
    sums = np.vstack([span.T, span.T * weight]) * scaled
    constant = float(weight @ scaled**2)
    found = np.empty(draws)
    rng = np.random.default_rng(seed)
    for start in range(0, draws, _BLOCK):
        block = found[start : start + _BLOCK]
        signs = rng.integers(0, 2, size=(len(y), len(block)), dtype=np.int8) * 2.0 - 1.0
        fitted, cross = np.split(sums @ signs, 2)
        spread = constant + (fitted * (gram @ fitted - 2 * cross)).sum(axis=0)
        block[:] = _t(fitted[-1] / np.sqrt(part.square), spread, constant)
    (t,) = hc3_t(part, restricted[:, None])
    return WildBootstrap(float(t), found)


def _t(beta: Floats, spread: Floats, scale: float) -> Floats:
    """Return beta over its error, 0 where the variance is none but for rounding."""
    known = spread > 1e-12 * scale
    return np.where(known, beta / np.sqrt(np.where(known, spread, 1.0)), 0.0)
