"""Evidence of absence: how little the other channels can matter, together and one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.evidence.channels import ChannelTable
from analysis.model.distributions import f_upper, t_quantile
from analysis.model.ols import FTest, fit_hc3
from analysis.model.primary import POWER, Estimate, PrimaryFit

F2_LIMIT = 0.05
"""Cohen's partial f squared under which channels together count as too small to matter."""


@dataclass(frozen=True, slots=True)
class JointEquivalence:
    """Whether several channels together explain too little to matter.

    Attributes
    ----------
    f2 : float
        Their partial f squared as estimated: what they explain over what stays unexplained.
    limit : float
        From here on they would matter.
    p : float
        Of the null that their f squared is ``limit`` or more.
    provable : float
        The smallest limit that these data prove: the upper end of a one-sided interval.
    """

    f2: float
    limit: float
    p: float
    provable: float

    @property
    def explained(self) -> float:
        """What they explain at most, as a share of what nothing else explains."""
        return self.provable / (1 + self.provable)


def partial_f(fit: PrimaryFit, channels: tuple[str, ...]) -> FTest | None:
    """Return the ordinary F test of channels: how much worse the fit is without them.

    For f squared, which is a ratio of variances. HC3 makes F smaller by design; a test that
    rejects for a small F would then do so too often (.09 at 5 %, against .07 with this one).

    Parameters
    ----------
    fit : PrimaryFit
        The primary.
    channels : tuple of str
        Those left out.

    Returns
    -------
    FTest or None
        None when nothing is left out, or nothing is left unexplained.
    """
    columns = [1 + fit.design.channels.index(name) for name in channels]
    without = fit_hc3(np.delete(fit.design.x, columns, axis=1), fit.design.y)
    df = without.df_resid - fit.ols.df_resid, fit.ols.df_resid
    if df[0] < 1 or not fit.ols.rss > 0:
        return None
    f = (without.rss - fit.ols.rss) / df[0] / (fit.ols.rss / df[1])
    return FTest(f, df, f_upper(f, *df))


def joint_equivalence(
    joint: FTest, alpha: float = 0.05, limit: float = F2_LIMIT
) -> JointEquivalence:
    """Test that a joint effect is smaller than a limit, by the noncentral F distribution.

    With u and v degrees of freedom, F has the noncentrality f^2 (u + v + 1) (Cohen 1988); an F
    as small as the observed one is rare when f^2 is the limit or more (Wellek 2010).

    Parameters
    ----------
    joint : FTest
        The ordinary F test that the channels do nothing, see `partial_f`.
    alpha : float
        The level.
    limit : float
        The smallest f squared that matters.
    """
    u, v = joint.df
    total = u + v + 1
    p = float(special.ncfdtr(u, v, limit * total, joint.f))
    nothing = float(special.fdtr(u, v, joint.f))
    bound = float(special.ncfdtrinc(u, v, alpha, joint.f)) if nothing > alpha else 0.0
    return JointEquivalence(joint.f * u / v, limit, p, bound / total)


@dataclass(frozen=True, slots=True)
class Provable:
    """How small a smallest effect these data could prove one channel to be within.

    Attributes
    ----------
    channel : str
        The channel.
    observed : float
        As it came out: the far end of the interval that decides on equivalence.
    with_power : float
        What would be proven with 80 % power if the channel did nothing.
    """

    channel: str
    observed: float
    with_power: float


def reach(effect: Estimate, alpha: float) -> float:
    """Return how far from zero an effect may still be: the far end of its 1 - 2 alpha interval."""
    return max(abs(end) for end in effect.interval(1 - 2 * alpha))


def provable_margin(
    effect: Estimate, alpha: float = 0.05, power: float = POWER, tests: int = 1
) -> float:
    """Return the margin within which two one-sided tests place a true zero with ``power``.

    Parameters
    ----------
    effect : Estimate
        Its error and degrees of freedom count, not its value.
    alpha : float
        The level of either test.
    power : float
        Of all tests together.
    tests : int
        Effects that must all pass; each may fail with an equal share of ``1 - power``.
    """
    miss = (1 - power) / tests
    return (t_quantile(1 - alpha, effect.df) + t_quantile(1 - miss / 2, effect.df)) * effect.error


@dataclass(frozen=True, slots=True)
class Margins:
    """The smallest effects that these data could prove the other channels to be within.

    Attributes
    ----------
    channels : tuple of Provable
        Every judged other channel.
    observed : float
        For all of them, as it came out; NaN without any.
    with_power : float
        For all of them, with 80 % power that none fails.
    """

    channels: tuple[Provable, ...]
    observed: float
    with_power: float


def provable_margins(table: ChannelTable) -> Margins:
    """Return the smallest provable effects of the judged other channels."""
    judged, alpha = table.judged_others, table.alpha
    each = tuple(
        Provable(c.name, reach(c.effect, alpha), provable_margin(c.effect, alpha)) for c in judged
    )
    together = [provable_margin(c.effect, alpha, tests=len(judged)) for c in judged]
    unknown = float("nan")
    return Margins(
        each,
        max((one.observed for one in each), default=unknown),
        max(together, default=unknown),
    )
