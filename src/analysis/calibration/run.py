"""The whole verdict on many simulated accounts, by the rule that judges the study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from analysis.calibration.accounts import Accounts, accounts_like
from analysis.calibration.batch import CODES, Batch, Verdicts, verdicts
from analysis.calibration.rates import Calibration, TruthRates
from analysis.calibration.truths import CLAIMS, Truth, truths
from analysis.claims.base import VERDICTS
from analysis.claims.ledger import margin_of, wording_of
from analysis.errors import invalid
from analysis.evidence.channels import channel_table, usual_spread
from analysis.model.design import standing
from analysis.model.primary import PrimaryFit, fit_primary
from analysis.panel import Flags, Floats, Panel

DRAWS = 1000
"""Accounts under each truth; a rate of 5 % is then known to 1.4 points."""

_AT_ONCE = 400_000
"""Numbers in the designs that are fitted together: what a processor's cache holds."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Bench:
    """Judges outcomes of accounts that share a study's calendar.

    Attributes
    ----------
    panel : Panel
        The study's.
    bundle : PrimaryFit
        Its primary, bundle coding.
    judged : array (c,) of bool
        The channels that get a verdict of their own, the focal one first.
    alpha : float
        The level of every test.
    smallest_effect : float or None
        As in `judge`; None takes it from each account's own outcomes, as the verdict does.
    """

    panel: Panel = field(repr=False)
    bundle: PrimaryFit = field(repr=False)
    judged: Flags = field(repr=False)
    alpha: float
    smallest_effect: float | None

    def judge(self, outcomes: Floats, moves: Floats | None = None) -> Iterator[Verdicts]:
        """Yield the verdicts of the headline on many outcomes, some hundred at a time.

        Parameters
        ----------
        outcomes : array (b, n)
            As the study would have seen them, see `Accounts.observed`.
        moves : array (b, n), optional
            The same on every day, those without a reading too, which tell where the score
            stands after them; by default a gap is no move.
        """
        design = self.bundle.design
        every = outcomes if moves is None else moves
        at_once = max(1, _AT_ONCE // design.x.size)
        for start in range(0, len(outcomes), at_once):
            part = outcomes[start : start + at_once]
            batch = Batch(
                fit=self.bundle,
                lagged=self._lagged(part),
                outcomes=part[:, design.rows],
                level=self._level(every[start : start + at_once]),
            )
            yield verdicts(batch, np.array(self._margins(part)), self.alpha, self.judged)

    def _level(self, moves: Floats) -> Floats | None:
        """Return where each account's level stood before each window, as the design has it."""
        if self.panel.kind != "level":
            return None
        score = np.cumsum(np.nan_to_num(moves), axis=1)
        score[:, ~np.isfinite(self.panel.score)] = np.nan
        level = standing(score, self.panel.masked)
        return level[:, self.bundle.design.rows - (self.bundle.window_days - 1)]

    def _lagged(self, outcomes: Floats) -> Floats:
        """Return the earlier outcomes of each row, as `lagged_outcomes` does; (b, rows, p)."""
        design, panel = self.bundle.design, self.panel
        use = np.isfinite(panel.outcome) & ~(panel.masked & (panel.kind == "level"))
        mean = outcomes[:, use].mean(axis=1, keepdims=True)
        source = np.where(use, outcomes, mean)
        days = design.rows[:, None] - np.arange(1, design.lags + 1)
        return source[:, days]

    def _margins(self, outcomes: Floats) -> list[float]:
        """Return the smallest effect that matters to each account, as `margin_of` does."""
        if self.smallest_effect is not None:
            return [self.smallest_effect] * len(outcomes)
        use = np.isfinite(self.panel.outcome) & ~self.panel.masked
        return [float(each) / 4 for each in usual_spread(outcomes[:, use])[0]]


def calibrate(
    panel: Panel,
    *,
    alpha: float = 0.05,
    smallest_effect: float | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    progress: Progress | None = None,
) -> Calibration | None:
    """Measure how often the verdicts are wrong on accounts like this one.

    The same accounts are used under every truth, each with that truth planted in it.

    Parameters
    ----------
    panel : Panel
        The study's.
    alpha : float
        The level of every test.
    smallest_effect : float, optional
        As in `judge`; truths are planted in multiples of the study's own.
    draws : int
        Accounts under each truth.
    seed : int
        Of all draws: the same seed gives the same rates.
    progress : callable, optional
        Told how many truths are done, and of how many.

    Returns
    -------
    Calibration or None
        None when the study has too few readings to be judged at all.

    Raises
    ------
    InputError
        ``draws`` or ``seed`` is no number to work with.
    """
    if draws < 1 or seed < 0:
        raise invalid("calibrate", "draws and seed", "expected draws from 1 and a seed from 0 on")
    bundle, own = fit_primary(panel, "bundle"), fit_primary(panel, "all posts")
    if bundle is None or own is None:
        return None
    margin, _ = margin_of(panel, smallest_effect)
    real = channel_table(bundle, own, margin, alpha)
    others = tuple(channel.name for channel in real.judged_others)
    accounts = accounts_like(panel, bundle)
    outcomes = accounts.draw(draws, np.random.default_rng(seed))
    judged = np.array([channel.judged for channel in (real.focal, *real.others)])
    bench = Bench(panel, bundle, judged, alpha, smallest_effect)
    return Calibration(
        focal=panel.focal,
        others=others,
        why_not={c.name: c.why_not for c in (real.focal, *real.others) if c.why_not},
        margin=margin,
        unit=wording_of(panel).unit,
        alpha=alpha,
        draws=draws,
        seed=seed,
        shortened=accounts.shortened,
        rates=tuple(_rates(others, accounts, outcomes, bench, margin, progress)),
    )


def _rates(
    others: tuple[str, ...],
    accounts: Accounts,
    outcomes: Floats,
    bench: Bench,
    margin: float,
    progress: Progress | None,
) -> Iterator[TruthRates]:
    """Yield the rates under every truth."""
    planted = list(truths(others))
    for done, truth in enumerate(planted, 1):
        yield _under(truth, accounts, outcomes, bench, margin)
        if progress is not None:
            progress(done, len(planted))


def _under(
    truth: Truth, accounts: Accounts, outcomes: Floats, bench: Bench, margin: float
) -> TruthRates:
    """Plant one truth in every account, judge them all, and count."""
    effects = {name: size * margin for name, size in truth.effects(accounts.panel.focal).items()}
    planted = outcomes + sum(
        size * accounts.shape(name, truth.on_top) for name, size in effects.items()
    )
    names = accounts.panel.channels
    size = np.array([effects.get(name, 0.0) for name in names])
    said = {claim: Counter(dict.fromkeys(VERDICTS, 0)) for claim in CLAIMS}
    covered, named = np.zeros(len(names), dtype=int), np.zeros(len(names), dtype=int)
    rejected = 0
    for found in bench.judge(accounts.observed(planted), planted):
        for claim in CLAIMS:
            said[claim].update(CODES[code] for code in found.claims[claim])
        rejected += int((found.effects.p[:, 0] < bench.alpha).sum())
        covered += found.covers(size).sum(axis=0)
        refuted = found.claims["nothing-else-correlates"] == CODES.index("refuted")
        named += (found.found & refuted[:, None]).sum(axis=0)
    judged = [place for place, use in enumerate(bench.judged) if use]
    return TruthRates(
        truth,
        len(outcomes),
        said,
        rejected,
        {names[place]: int(covered[place]) for place in judged},
        {names[place]: int(named[place]) for place in judged if place},
    )
