"""Wild bootstrap of one coefficient's HC3 t, with the null imposed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.model.fwl import Partialled, hc3_t
from analysis.panel import Floats


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
    def p(self) -> float:
        """Share of draws at least as far from zero, two-sided; at least 1 / (b + 1)."""
        beyond = int((np.abs(self.draws) >= abs(self.t) * (1 - 1e-12)).sum())
        return (1 + beyond) / (1 + len(self.draws))


def wild_bootstrap(part: Partialled, y: Floats, draws: int, seed: int) -> WildBootstrap:
    """Bootstrap the t of one column (Davidson and Flachaire 2008).

    Outcomes are the fit without the column plus its residuals, each scaled by
    ``1 / (1 - h)`` and given a random sign, so heteroskedasticity stays where it is.

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
    rng = np.random.default_rng(seed)
    restricted = part.residual(y)
    room = np.where(part.free, 1 - part.leverage, 1.0)
    scaled = np.where(part.free, restricted / room, 0.0)
    signs = rng.integers(0, 2, size=(len(y), draws)) * 2.0 - 1.0
    (t,) = hc3_t(part, restricted[:, None])
    return WildBootstrap(float(t), hc3_t(part, scaled[:, None] * signs))
