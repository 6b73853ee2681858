"""The whole ledger, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.claims.base import STATEMENTS, Claim, Wording
from analysis.claims.experiment import with_experiment
from analysis.claims.headline import (
    answer_sentence,
    blogging_moves_score,
    nothing_else_correlates,
    only_blogging,
)
from analysis.claims.links import (
    content_need_not_compel,
    facebook_activity,
    sharing_matters,
    tweets_rarely_move_it,
)
from analysis.claims.rhythm import silence_lowers_score, upticks_follow_posts
from analysis.claims.scheme import algorithm_change
from analysis.evidence.channels import ChannelTable, channel_table, default_margin
from analysis.evidence.reactions import reaction_evidence
from analysis.evidence.silence import silence_evidence
from analysis.evidence.splits import split_evidence
from analysis.evidence.steps import known_steps, search_break
from analysis.evidence.upticks import uptick_evidence
from analysis.experiment import Experiment
from analysis.model.design import MIN_SPARE, own_lags, primary_design
from analysis.model.primary import PrimaryFit, fit_primary
from analysis.panel import Panel

CONTENT = ("length", "type", "audience")
"""The ways to tell focal posts apart by what they are."""


@dataclass(frozen=True)
class Ledger:
    """Every claim of a study, and the evidence that they share.

    Attributes
    ----------
    claims : tuple of Claim
        Ten, in the order of ``STATEMENTS``.
    sentence : str
        The answer to the headline.
    bundle, own : PrimaryFit or None
        The primary in its two codings; None when there are too few readings.
    channels : ChannelTable or None
        The evidence on every channel.
    margin : float
        The smallest effect that matters, and
    margin_from : str
        where it comes from.
    experiment : Experiment or None
        What the study's posting plan shows, where it has one.
    """

    claims: tuple[Claim, ...]
    sentence: str
    bundle: PrimaryFit | None
    own: PrimaryFit | None
    channels: ChannelTable | None
    margin: float
    margin_from: str
    experiment: Experiment | None = None

    def claim(self, name: str) -> Claim:
        """Return one claim by its id."""
        return next(claim for claim in self.claims if claim.id == name)


@dataclass(frozen=True, slots=True)
class Headline:
    """The three claims of the headline, and the evidence that they rest on."""

    channels: ChannelTable
    blogging: Claim
    nothing_else: Claim
    only: Claim

    @property
    def claims(self) -> tuple[Claim, Claim, Claim]:
        """The three, in the order of ``STATEMENTS``."""
        return self.blogging, self.nothing_else, self.only


def wording_of(panel: Panel) -> Wording:
    """Return how the things of a panel are called."""
    unit = "points per post" if panel.kind == "level" else "points a day per post"
    return Wording(panel.focal, unit, 24 * panel.window_days)


def margin_of(panel: Panel, smallest_effect: float | None) -> tuple[float, str]:
    """Return the smallest effect that matters, and where it comes from."""
    if smallest_effect is not None:
        return smallest_effect, "study.toml"
    spread = "daily change" if panel.kind == "level" else "score"
    margin, trimmed = default_margin(panel)
    source = f"a quarter of the standard deviation of the {spread}"
    return margin, f"{source} in nine of ten days, as a few set it else" if trimmed else source


def judge_headline(
    bundle: PrimaryFit,
    own: PrimaryFit,
    words: Wording,
    margin: float,
    alpha: float,
    experiment: Experiment | None = None,
) -> Headline:
    """Judge the three claims of the headline on the primary in its two codings.

    Parameters
    ----------
    bundle, own : PrimaryFit
        The primary in the two codings, of one panel.
    words : Wording
        How things are called.
    margin : float
        The smallest effect that matters.
    alpha : float
        The level of every test.
    experiment : Experiment, optional
        What the study's posting plan shows; where it decides, it does instead of the primary.
    """
    channels = channel_table(bundle, own, margin, alpha)
    observed = blogging_moves_score(channels, words)
    blogging = with_experiment(observed, experiment, words, margin)
    nothing_else = nothing_else_correlates(channels, words, blogging.verdict == "supported")
    return Headline(channels, blogging, nothing_else, only_blogging(blogging, nothing_else, words))


def judge(
    panel: Panel,
    *,
    alpha: float = 0.05,
    smallest_effect: float | None = None,
    experiment: Experiment | None = None,
) -> Ledger:
    """Judge every claim on a panel.

    Parameters
    ----------
    panel : Panel
        The panel.
    alpha : float
        The level of every test.
    smallest_effect : float, optional
        Points per post below which an effect does not matter; by default a quarter of the
        standard deviation of the daily change (flow: of the score).
    experiment : Experiment, optional
        What the study's posting plan shows.

    Returns
    -------
    Ledger
    """
    words = wording_of(panel)
    margin, margin_from = margin_of(panel, smallest_effect)
    bundle, own = fit_primary(panel, "bundle"), fit_primary(panel, "all posts")
    if bundle is None or own is None:
        return _too_short(panel, words, margin, margin_from, experiment)
    if never_moves(panel):
        reason = "The score never changes, or always by the same amount: nothing can move it."
        return _untestable(reason, words, margin, margin_from, experiment)
    headline = judge_headline(bundle, own, words, margin, alpha, experiment)
    channels = headline.channels
    blogging, nothing_else, only = headline.claims
    claims = (
        *headline.claims,
        upticks_follow_posts(uptick_evidence(panel), words, alpha),
        silence_lowers_score(silence_evidence(panel), words, panel.kind, margin, alpha),
        *_by_kind(panel, channels, words),
        _scheme(panel, alpha),
    )
    return Ledger(
        claims=claims,
        sentence=answer_sentence(only, blogging, nothing_else, channels, words),
        bundle=bundle,
        own=own,
        channels=channels,
        margin=margin,
        margin_from=margin_from,
        experiment=experiment,
    )


def _by_kind(panel: Panel, channels: ChannelTable, words: Wording) -> Iterator[Claim]:
    """Yield the claims that look at posts of different kinds."""
    margin, alpha = channels.margin, channels.alpha
    focal = panel.focal
    yield sharing_matters(split_evidence(panel, focal, "sharing"), words, margin, alpha)
    facebook = panel.networks.get("facebook")
    found = None if facebook is None else reaction_evidence(panel, facebook)
    yield facebook_activity(found, words, margin, alpha, facebook is not None)
    twitter = panel.networks.get("twitter")
    tweets = next((c for c in (channels.focal, *channels.others) if c.name == twitter), None)
    yield tweets_rarely_move_it(
        None if twitter is None else split_evidence(panel, twitter, "shares"),
        None if tweets is None else tweets.effect,
        0 if tweets is None else tweets.posts,
        words,
        margin,
        alpha,
    )
    kinds = (split_evidence(panel, focal, question) for question in CONTENT)
    yield content_need_not_compel([kind for kind in kinds if kind], words, margin, alpha)


def _scheme(panel: Panel, alpha: float) -> Claim:
    steps = known_steps(panel)
    search = None if panel.breaks else search_break(panel)
    return algorithm_change(steps, search, alpha, panel.breaks)


def never_moves(panel: Panel) -> bool:
    """Return whether the outcome is the same on every day, but for rounding."""
    known = panel.outcome[np.isfinite(panel.outcome) & ~panel.masked]
    largest = float(np.nanmax(np.abs(panel.score), initial=0.0))
    return bool(np.ptp(known) <= 1e-12 * largest) if len(known) else True


def _too_short(
    panel: Panel,
    words: Wording,
    margin: float,
    margin_from: str,
    experiment: Experiment | None,
) -> Ledger:
    design = primary_design(panel, "bundle")
    needed = design.x.shape[1] + MIN_SPARE
    reason = (
        f"Only {len(design.y)} of {panel.readings} readings can enter the model; with "
        f"{len(panel.channels)} channels and {own_lags(panel)} own lags it needs {needed}."
    )
    return _untestable(reason, words, margin, margin_from, experiment)


def _untestable(
    reason: str, words: Wording, margin: float, margin_from: str, experiment: Experiment | None
) -> Ledger:
    """Return a ledger in which nothing can be judged but by an experiment."""
    observed, *others = (Claim(name, "untestable", reason, "") for name in STATEMENTS)
    claims = (with_experiment(observed, experiment, words, margin), *others)
    sentence = f"These data cannot say: {reason[0].lower()}{reason[1:]}"
    return Ledger(claims, sentence, None, None, None, margin, margin_from, experiment)
