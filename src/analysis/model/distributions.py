"""Tails of the t and F distributions, without the cost of importing all of scipy.stats."""

from __future__ import annotations

from scipy import special


def t_two_sided(t: float, df: float) -> float:
    """Return the probability that |T| exceeds ``|t|`` with ``df`` degrees of freedom."""
    return float(2 * special.stdtr(df, -abs(t)))


def t_quantile(p: float, df: float) -> float:
    """Return the value below which T falls with probability ``p``."""
    return float(special.stdtrit(df, p))


def f_upper(f: float, numerator: int, denominator: float) -> float:
    """Return the probability that F exceeds ``f``."""
    return float(special.fdtrc(numerator, denominator, f))


def normal_quantile(p: float) -> float:
    """Return the value below which a standard normal falls with probability ``p``."""
    return float(special.ndtri(p))
