"""On how many accounts a claim holds, when thousands are asked at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.accounts.gram import Floats

LAMBDA = 0.5
"""p values above this are taken to be of accounts without an effect (Storey 2002)."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many accounts respond.

    Attributes
    ----------
    accounts : int
        Asked.
    found : int
        Named, with a false discovery rate of at most the level.
    up, down : int
        Of these, with a positive and a negative effect.
    least : float
        The estimated share of accounts with any effect; what is weak is not seen, so it is a
        lower estimate.
    interval : tuple of float
        Of ``least``, 95 %.
    """

    accounts: int
    found: int
    up: int
    down: int
    least: float
    interval: tuple[float, float]


def discoveries(p: Floats, level: float = 0.05) -> NDArray[np.bool_]:
    """Return which hypotheses fall at a false discovery rate of ``level``; shape of ``p``.

    Benjamini and Hochberg (1995); NaN never falls.
    """
    known = np.flatnonzero(np.isfinite(p))
    fallen = np.zeros(len(p), dtype=bool)
    if not len(known):
        return fallen
    order = known[np.argsort(p[known], kind="stable")]
    passes = p[order] <= level * np.arange(1, len(order) + 1) / len(order)
    if passes.any():
        fallen[order[: np.flatnonzero(passes).max() + 1]] = True
    return fallen


def share_of(estimate: Floats, p: Floats, level: float = 0.05) -> Share:
    """Return on how many accounts there is an effect.

    Parameters
    ----------
    estimate, p : array (a,)
        Own estimates and two-sided p values.
    level : float
        The false discovery rate.
    """
    known = np.isfinite(p)
    fallen = discoveries(p, level)
    a, above = int(known.sum()), int((p[known] > LAMBDA).sum())
    low, high = _binomial(above, a)
    return Share(
        accounts=a,
        found=int(fallen.sum()),
        up=int((fallen & (estimate > 0)).sum()),
        down=int((fallen & (estimate < 0)).sum()),
        least=_responding(above / a) if a else float("nan"),
        interval=(_responding(high), _responding(low)),
    )


def _responding(above: float) -> float:
    return float(min(1.0, max(0.0, 1 - above / (1 - LAMBDA))))


def _binomial(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a share."""
    tail = (1 - level) / 2
    low = float(special.betaincinv(hits, trials - hits + 1, tail)) if hits else 0.0
    high = float(special.betaincinv(hits + 1, trials - hits, 1 - tail)) if hits < trials else 1.0
    return low, high
