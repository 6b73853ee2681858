"""From coefficients to effects: what one more post of a channel does, over all accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.accounts.clusters import Clusters
from analysis.accounts.columns import MOST_LAGS, Columns
from analysis.accounts.days import day_clusters, two_way
from analysis.accounts.gram import Floats, Grams
from analysis.accounts.meta import Meta, random_effects
from analysis.accounts.nickell import unpulled
from analysis.accounts.own import Own, own_classical, own_hc3
from analysis.accounts.pooled import Pooled, fit_pooled
from analysis.accounts.shares import Share, share_of
from analysis.accounts.take_in import Options
from analysis.accounts.wild import WildEffect, wild_effect
from analysis.evidence.channels import MIN_POSTS, MIN_QUIET, MIN_READINGS
from analysis.model.primary import Estimate, window_multipliers
from analysis.panel import Coding


@dataclass(frozen=True)
class ChannelEffects:
    """One channel over all accounts.

    Attributes
    ----------
    name : str
        The channel.
    own, error, p : array (a,)
        Each account's effect, its standard error and p; NaN for accounts that have too few
        posts, days of them or quiet readings for a verdict.
    pooled : Estimate
        One effect for all, without the pull of account constants on own lags; CR3 with
        Satterthwaite's degrees of freedom.
    plain : Estimate
        The same as other programs print it: least squares, CR1, one degree of freedom fewer than
        accounts.
    mean : Meta or None
        The mean of effects that differ; None for fewer than three accounts.
    share : Share
        On how many accounts there is one.
    few : int
        Accounts that have too few posts (or, for the focal channel, quiet readings), or have them
        on so few days that fewer than ``MIN_READINGS`` decide the effect.
    wild : WildEffect or None
        The bootstrap of ``plain``, for few accounts.
    """

    name: str
    own: Floats = field(repr=False)
    error: Floats = field(repr=False)
    p: Floats = field(repr=False)
    pooled: Estimate
    plain: Estimate
    mean: Meta | None
    share: Share
    few: int
    wild: WildEffect | None = None

    @property
    def estimate(self) -> Estimate:
        """The mean as an estimate; not known for fewer than three accounts."""
        if self.mean is None:
            return Estimate(float("nan"), float("nan"), 1)
        return Estimate(self.mean.mean, self.mean.error, self.mean.accounts - 1)


@dataclass(frozen=True)
class Population:
    """The primary model over all accounts, in one coding.

    Attributes
    ----------
    coding : {"bundle", "all posts"}
        How shares of focal posts count.
    grams : Grams
        Of the accounts that enter, for the model's regressors.
    pooled : Pooled
        The within regression, as other programs print it.
    clusters : Clusters
        The same, without the pull on own lags, and with errors for few accounts.
    channels : tuple of ChannelEffects
        The focal one first.
    own : Own
        Coefficients of each account.
    thin : int
        Accounts with too few readings for a fit of their own; they enter nothing.
    """

    coding: Coding
    grams: Grams = field(repr=False)
    pooled: Pooled = field(repr=False)
    clusters: Clusters = field(repr=False)
    channels: tuple[ChannelEffects, ...]
    own: Own = field(repr=False)
    thin: int

    @property
    def others(self) -> tuple[ChannelEffects, ...]:
        """All channels but the focal one."""
        return self.channels[1:]

    @property
    def mended(self) -> bool:
        """Whether a covariance by account and day was not positive definite, and was made so."""
        return self.pooled.mended or self.clusters.mended

    def joint(self) -> tuple[float, tuple[int, float], float] | None:
        """Return the joint test that no other channel matters, clustered as the pooled fit is."""
        return self.clusters.joint(list(range(1, len(self.channels))))


def population(
    panel: Path,
    grams: Grams,
    columns: Columns,
    *,
    coding: Coding,
    days: int,
    kind: str,
    rows: bool,
    thin: int,
    by_day: Options | None = None,
) -> Population:
    """Fit the primary model to every account and to all.

    Parameters
    ----------
    panel : Path
        What `needle accounts build` wrote.
    grams : Grams
        Of all regressors, of the accounts that can be fitted.
    columns : Columns
        All regressors.
    coding : {"bundle", "all posts"}
        How shares of focal posts count.
    days : int
        The window.
    kind : {"level", "flow"}
        Of the score.
    rows : bool
        Whether each account's errors are HC3, from its readings; else they are the classical
        ones, from the products alone.
    thin : int
        Accounts left out before.
    by_day : Options or None
        With them, the pooled errors are clustered by account and day, by the engine they name.
    """
    keep = columns.chosen(coding)
    mine = grams.chosen(keep)
    own = own_hc3(panel, mine, columns, keep) if rows else own_classical(mine)
    pooled = fit_pooled(mine)
    if by_day is not None:
        pooled = two_way(panel, mine, columns, keep, pooled, by_day)
    return population_of(
        mine, own, columns, coding=coding, days=days, kind=kind, thin=thin, pooled=pooled
    )


def population_of(
    grams: Grams,
    own: Own,
    columns: Columns,
    *,
    coding: Coding,
    days: int,
    kind: str,
    thin: int,
    pooled: Pooled | None = None,
) -> Population:
    """Return what the accounts' products and own estimates come to together.

    Parameters
    ----------
    grams : Grams
        For the regressors of ``coding``.
    own : Own
        From the same.
    columns, coding, days, kind, thin
        As in `population`.
    pooled : Pooled, optional
        The pooled fit, where its errors are not those by account.
    """
    pooled = pooled or fit_pooled(grams)
    quiet = columns.codings.index(coding) * len(columns.channels)
    first = len(columns.channels)
    every = slice(first, first + MOST_LAGS)
    beta = unpulled(grams, pooled.beta, pooled.bread, every)
    clusters = day_clusters(Clusters.of(grams, pooled, beta), pooled)
    lags = slice(first, first + max(days - 1, 0))
    factor = multipliers(own.beta[:, lags], days, kind)
    common, plain = multipliers(np.stack([beta, pooled.beta])[:, lags], days, kind)
    p = own.p
    judged = grams.totals[:, :first] / days >= MIN_POSTS
    judged &= own.rests_on[:, :first] >= MIN_READINGS
    judged[:, 0] &= grams.quiet[:, quiet] >= MIN_QUIET
    channels = tuple(
        _channel(
            name,
            np.where(judged[:, number], own.beta[:, number] * factor, np.nan),
            np.where(judged[:, number], own.error[:, number] * np.abs(factor), np.nan),
            np.where(judged[:, number], p[:, number], np.nan),
            clusters.estimate(number).times(float(common)),
            pooled.estimate(number).times(float(plain)),
            int((~judged[:, number]).sum()),
            wild_effect(grams, pooled, number, float(plain)),
        )
        for number, name in enumerate(columns.channels)
    )
    return Population(coding, grams, pooled, clusters, channels, own, thin)


def _channel(
    name: str,
    own: Floats,
    error: Floats,
    p: Floats,
    pooled: Estimate,
    plain: Estimate,
    few: int,
    wild: WildEffect | None,
) -> ChannelEffects:
    mean, share = random_effects(own, error), share_of(own, p)
    return ChannelEffects(name, own, error, p, pooled, plain, mean, share, few, wild)


def multipliers(phi: Floats, days: int, kind: str) -> NDArray[np.float64]:
    """Return from coefficient to effect, by account; see `model.primary.window_multiplier`.

    Parameters
    ----------
    phi : array (a, days - 1)
        Coefficients of the first own lags.
    days : int
        The window.
    kind : {"level", "flow"}
        1 for a flow.
    """
    if kind == "flow":
        return np.ones(len(phi))
    return window_multipliers(np.nan_to_num(phi), days)
