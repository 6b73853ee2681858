"""The whole verdict on many simulated accounts, by the very code that judges the study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.calibration.accounts import Accounts, accounts_like
from analysis.calibration.rates import Calibration, TruthRates
from analysis.calibration.truths import CLAIMS, Truth, truths
from analysis.claims.base import LEVEL, VERDICTS, Wording
from analysis.claims.ledger import Headline, judge_headline, margin_of, wording_of
from analysis.errors import invalid
from analysis.evidence.channels import usual_spread
from analysis.model.design import standing
from analysis.model.many import fit_many
from analysis.model.primary import PrimaryFit, fit_primary
from analysis.panel import Floats, Panel

DRAWS = 1000
"""Accounts under each truth; a rate of 5 % is then known to 1.4 points."""

_AT_ONCE = 200_000
"""Numbers in the designs that are fitted together: what a processor's cache holds."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Bench:
    """Judges outcomes of accounts that share a study's calendar.

    Attributes
    ----------
    panel : Panel
        The study's.
    bundle, own : PrimaryFit
        Its primary in the two codings.
    alpha : float
        The level of every test.
    smallest_effect : float or None
        As in `judge`; None takes it from each account's own outcomes, as the verdict does.
    """

    panel: Panel = field(repr=False)
    bundle: PrimaryFit = field(repr=False)
    own: PrimaryFit = field(repr=False)
    alpha: float
    smallest_effect: float | None

    def judge(self, outcomes: Floats, moves: Floats | None = None) -> Iterator[Headline]:
        """Yield the three headline claims for each of many outcomes.

        The coding in which every share is a post of its own is left as the study's: no verdict
        of the headline rests on it, and its counts of posts are those of the calendar.

        Parameters
        ----------
        outcomes : array (b, n)
            As the study would have seen them, see `Accounts.observed`.
        moves : array (b, n), optional
            The same on every day, those without a reading too, which tell where the score
            stands after them; by default a gap is no move.
        """
        words: Wording = wording_of(self.panel)
        at_once = max(1, _AT_ONCE // self.bundle.design.x.size)
        for start in range(0, len(outcomes), at_once):
            part = outcomes[start : start + at_once]
            every = (outcomes if moves is None else moves)[start : start + at_once]
            fits = self._fits(part, self._standing(every))
            for fit, margin in zip(fits, self._margins(part), strict=True):
                yield judge_headline(fit, self.own, words, margin, self.alpha)

    def _standing(self, moves: Floats) -> Floats:
        """Return where each account's level stood before each day, as the design has it."""
        if self.panel.kind != "level":
            return np.empty((len(moves), 0))
        return standing(np.cumsum(np.nan_to_num(moves), axis=1), self.panel.masked)

    def _fits(self, outcomes: Floats, levels: Floats) -> Iterator[PrimaryFit]:
        design = self.bundle.design
        lagged = self._lagged(outcomes)
        y = outcomes[:, design.rows]
        fits = fit_many(design.x, design.lag_columns, lagged, y)
        for fit, lags, outcome, level in zip(fits, lagged, y, levels, strict=True):
            x = design.x.copy()
            x[:, design.lag_columns] = lags
            its = replace(design, x=x, y=outcome, level=level)
            yield replace(self.bundle, design=its, ols=fit)

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
    real = judge_headline(bundle, own, wording_of(panel), margin, alpha).channels
    others = tuple(channel.name for channel in real.judged_others)
    accounts = accounts_like(panel, bundle)
    outcomes = accounts.draw(draws, np.random.default_rng(seed))
    bench = Bench(panel, bundle, own, alpha, smallest_effect)
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
    verdicts = {claim: Counter(dict.fromkeys(VERDICTS, 0)) for claim in CLAIMS}
    covered: Counter[str] = Counter()
    named: Counter[str] = Counter()
    rejected = 0
    for found in bench.judge(accounts.observed(planted), planted):
        table = found.channels
        for claim in found.claims:
            verdicts[claim.id][claim.verdict] += 1
        rejected += table.focal.effect.p < table.alpha
        refuted = found.nothing_else.verdict == "refuted"
        for channel in (table.focal, *table.others):
            if not channel.judged:
                continue
            low, high = channel.effect.interval(LEVEL)
            covered[channel.name] += low <= effects.get(channel.name, 0.0) <= high
            named[channel.name] += refuted and channel.is_found(table.alpha)
    named.pop(accounts.panel.focal, None)
    return TruthRates(truth, len(outcomes), verdicts, rejected, covered, named)
