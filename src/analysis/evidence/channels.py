"""Every channel's effect with what the gate, Holm and equivalence make of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evidence.drift import Rival, beside, rivals_of
from analysis.model.ols import FTest
from analysis.model.primary import Estimate, PrimaryFit
from analysis.panel import Flags, Floats, Panel

SPIKY = 20.0
"""Excess kurtosis; a normal has 0, a t with 5 degrees of freedom 6."""

MIN_POSTS = 10
MIN_QUIET = 10
"""With fewer events, HC3 calls anything significant; see ``docs/method.md``."""

MIN_READINGS = 6
"""Readings that an effect has to rest on; HC3 errs where a burst of posts decides it alone."""


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """What the primary says about one channel.

    Attributes
    ----------
    name : str
        The channel.
    posts : int
        Posts in the windows of the readings that entered.
    quiet : int
        Readings that entered with none in their window.
    effect, own : Estimate
        Of one more post: in the bundle coding, and counting every share in its own channel.
    p_adjusted : float
        Holm over the judged other channels; the focal channel's own p. NaN if not judged.
    equivalent : bool
        Whether the 90 % interval lies within the smallest effect that matters.
    why_not : str
        Why the channel gets no verdict of its own; empty when it does.
    beside : Estimate or None
        The effect beside rival explanations; None where nothing was to be confirmed: nothing is
        found, or posting goes with none of them.
    rivals : tuple of str
        What the finding was held to.
    lost : bool
        Whether the test rejects, but not beside them.
    """

    name: str
    posts: int
    quiet: int
    effect: Estimate
    own: Estimate
    p_adjusted: float
    equivalent: bool
    why_not: str
    beside: Estimate | None = None
    rivals: tuple[Rival, ...] = ()
    lost: bool = False

    @property
    def judged(self) -> bool:
        """Whether there is enough of it to judge."""
        return not self.why_not

    def is_found(self, alpha: float) -> bool:
        """Return whether an effect, of either sign, is told from zero and its rivals."""
        return self.judged and self.p_adjusted < alpha and not self.lost


@dataclass(frozen=True, slots=True)
class ChannelTable:
    """Every channel, and the joint test of those that are not the focal one.

    Attributes
    ----------
    focal : ChannelEvidence
        The channel that the claim is about.
    others : tuple of ChannelEvidence
        The rest.
    joint : FTest or None
        That no judged other channel matters; None when there is none to test.
    joint_all : FTest or None
        The same with the channels of too few posts among them. Shown, never used.
    margin : float
        The smallest effect that matters, in points per post.
    alpha : float
        The level of every test.
    """

    focal: ChannelEvidence
    others: tuple[ChannelEvidence, ...]
    joint: FTest | None
    joint_all: FTest | None
    margin: float
    alpha: float

    @property
    def judged_others(self) -> tuple[ChannelEvidence, ...]:
        """The other channels with enough posts."""
        return tuple(channel for channel in self.others if channel.judged)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p values (Holm 1979), in the order given."""
    order = np.argsort(p_values, kind="stable")
    m = len(p_values)
    adjusted = [0.0] * m
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (m - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def usual_spread(outcomes: Floats) -> tuple[Floats, Flags]:
    """Return the standard deviation that the default smallest effect is a quarter of.

    Where a few extreme days make it (excess kurtosis above ``SPIKY``), a quarter of it would be
    more than most days ever see, and every effect would be "too small to matter": then it is
    that of the middle nine tenths of the days.

    Parameters
    ----------
    outcomes : array (b, n)
        Known outcomes of b accounts.

    Returns
    -------
    spread : array (b,)
    trimmed : array (b,) of bool
        Where only the middle nine tenths count.
    """
    spread = outcomes.std(axis=1, ddof=1)
    centered = outcomes - outcomes.mean(axis=1, keepdims=True)
    scale = np.where(spread > 0, spread, 1.0)
    squared = (centered / scale[:, None]) ** 2
    kurtosis = (squared**2).mean(axis=1) - 3
    trimmed = (kurtosis > SPIKY) & (spread > 0)
    for row in np.flatnonzero(trimmed):
        low, high = np.quantile(outcomes[row], [0.05, 0.95])
        middle = outcomes[row][(outcomes[row] >= low) & (outcomes[row] <= high)]
        inner = float(middle.std(ddof=1)) if len(middle) > 1 else 0.0
        trimmed[row] = inner > 0
        spread[row] = inner or spread[row]
    return spread, trimmed


def default_margin(panel: Panel) -> tuple[float, bool]:
    """Return the default smallest effect: a quarter of the `usual_spread` of the outcome.

    Returns
    -------
    margin : float
        NaN with fewer than two known outcomes.
    trimmed : bool
        Whether only the middle nine tenths of the days count.
    """
    known = panel.outcome[np.isfinite(panel.outcome) & ~panel.masked]
    if len(known) < 2:
        return float("nan"), False
    spread, trimmed = usual_spread(known[None, :])
    return float(spread[0]) / 4, bool(trimmed[0])


def why_not_judged(posts: int, quiet: int | None, effect: Estimate, shares: int) -> str:
    """Return why a channel gets no verdict of its own, or "" when it does.

    Parameters
    ----------
    posts : int
        As in `ChannelEvidence`.
    quiet : int or None
        The same; None for a channel that is compared by its counts, not with silence.
    effect : Estimate
        In the bundle coding.
    shares : int
        Posts of the channel that are shares of focal posts.
    """
    if posts < MIN_POSTS:
        beside = f", beside {shares} shares of focal posts" if shares else ""
        return f"{posts} posts of its own{beside}; {MIN_POSTS} are needed"
    if quiet is not None and quiet < MIN_QUIET:
        return f"only {quiet} readings without a post in the window; {MIN_QUIET} are needed"
    if not effect.known:
        return "its posts cannot be told from those of other channels"
    if effect.rests_on < MIN_READINGS:
        return f"{crowded_words(effect)}; {MIN_READINGS} are needed"
    return ""


def crowded_words(effect: Estimate) -> str:
    """Return what an effect rests on, where a few days of posting decide it."""
    readings = math.floor(10 * effect.rests_on) / 10
    return f"its posts crowd into so few days that they tell no more than {readings} readings would"


def channel_table(bundle: PrimaryFit, own: PrimaryFit, margin: float, alpha: float) -> ChannelTable:
    """Return the evidence on every channel.

    Parameters
    ----------
    bundle, own : PrimaryFit
        The primary in the two codings, of one panel.
    margin : float
        The smallest effect that matters.
    alpha : float
        The level of the tests.
    """
    focal, *others = bundle.design.channels
    reasons = {}
    for name in bundle.design.channels:
        posts = bundle.posts_seen(name)
        shares = own.posts_seen(name) - posts
        quiet = bundle.quiet_readings(name) if name == focal else None
        reasons[name] = why_not_judged(posts, quiet, bundle.effects[name], shares)
    judged = tuple(name for name in others if not reasons[name])
    adjusted = dict(zip(judged, holm([bundle.effects[n].p for n in judged]), strict=True))
    adjusted[focal] = bundle.effects[focal].p if not reasons[focal] else float("nan")

    def evidence(name: str) -> ChannelEvidence:
        effect = bundle.effects[name]
        return ChannelEvidence(
            name=name,
            posts=bundle.posts_seen(name),
            quiet=bundle.quiet_readings(name),
            effect=effect,
            own=own.effects[name],
            p_adjusted=adjusted.get(name, float("nan")),
            equivalent=not reasons[name] and effect.within(margin),
            why_not=reasons[name],
        )

    table = ChannelTable(
        focal=evidence(focal),
        others=tuple(evidence(name) for name in others),
        joint=bundle.joint(judged),
        joint_all=bundle.joint(tuple(others)),
        margin=margin,
        alpha=alpha,
    )
    return _confirmed(table, bundle)


def _confirmed(table: ChannelTable, bundle: PrimaryFit) -> ChannelTable:
    """Return the table with what is not found beside its rivals marked as lost.

    Where a channel's posting goes with a rival explanation, a finding needs the same tests to
    reject once more: the focal channel's own, and for another the joint one and Holm's. A test
    that can only take findings away errs no more often.
    """
    alpha = table.alpha
    judged = table.judged_others
    gate = table.joint is not None and table.joint.p < alpha
    found = [c for c in (table.focal, *(judged if gate else ())) if c.is_found(alpha)]
    asked = {c.name: rivals for c in found if (rivals := rivals_of(bundle, c.name))}
    every = tuple(dict.fromkeys(rival for rivals in asked.values() for rival in rivals))
    again = beside(bundle, every, [channel.name for channel in judged]) if asked else None
    if again is None:
        return table
    names = [channel.name for channel in judged]
    p_beside = dict(zip(names, holm([_p_or_one(again.effects[n]) for n in names]), strict=True))
    p_beside[table.focal.name] = _p_or_one(again.effects[table.focal.name])
    joint = again.joint is not None and again.joint.p < alpha

    def confirmed(channel: ChannelEvidence) -> ChannelEvidence:
        if channel.name not in asked:
            return channel
        holds = p_beside[channel.name] < alpha and (channel is table.focal or joint)
        return replace(
            channel,
            beside=again.effects[channel.name],
            rivals=asked[channel.name],
            lost=not holds,
        )

    return replace(
        table,
        focal=confirmed(table.focal),
        others=tuple(confirmed(channel) for channel in table.others),
    )


def _p_or_one(effect: Estimate) -> float:
    return effect.p if effect.known else 1.0
