"""What comes of the draws: rates with their Monte Carlo intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.calibration.truths import CLAIMS, Truth
from analysis.claims.base import VERDICTS, Verdict
from analysis.model.distributions import normal_quantile


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened.

    Attributes
    ----------
    hits, of : int
        Times it did, of how many.
    """

    hits: int
    of: int

    @property
    def share(self) -> float:
        """Hits over all."""
        return self.hits / self.of

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return Wilson's interval for the true rate (Wilson 1927), within 0 and 1."""
        z, n = normal_quantile((1 + level) / 2), self.of
        middle = (self.hits + z * z / 2) / (n + z * z)
        half = z / (n + z * z) * math.sqrt(self.hits * (n - self.hits) / n + z * z / 4)
        low = 0.0 if self.hits == 0 else middle - half
        return low, 1.0 if self.hits == n else middle + half

    def as_dict(self) -> dict[str, Any]:
        """Return the rate as plain JSON."""
        low, high = self.interval()
        return {"share": self.share, "low": low, "high": high}


@dataclass(frozen=True)
class TruthRates:
    """What the method says when something is true.

    Attributes
    ----------
    truth : Truth
        What was planted.
    draws : int
        On how many accounts.
    verdicts : mapping of str to mapping of str to int
        By claim, by verdict: on how many accounts it was said.
    rejected : int
        On how many the focal t test told the effect from zero, whatever its sign.
    covered : mapping of str to int
        By judged channel: on how many the 95 % interval held its true effect.
    named : mapping of str to int
        By judged other channel: on how many it was named as moving the score.
    """

    truth: Truth
    draws: int
    verdicts: Mapping[str, Mapping[Verdict, int]]
    rejected: int
    covered: Mapping[str, int]
    named: Mapping[str, int]

    def says(self, claim: str, verdict: Verdict) -> Rate:
        """Return how often a verdict is given on a claim."""
        return Rate(self.verdicts[claim][verdict], self.draws)

    def wrong(self, claim: str, verdict: Verdict) -> Rate | None:
        """Return how often a verdict is given wrongly; None where it would be right."""
        return self.says(claim, verdict) if self.truth.is_wrong(claim, verdict) else None

    @property
    def size(self) -> Rate:
        """How often the focal t test rejects."""
        return Rate(self.rejected, self.draws)

    @property
    def found(self) -> Rate:
        """How often the focal channel is said to move the score."""
        return self.says("blogging-moves-score", "supported")

    def coverage(self, channel: str) -> Rate:
        """Return how often the 95 % interval of a judged channel held the truth."""
        return Rate(self.covered[channel], self.draws)

    def names(self, channel: str) -> Rate:
        """Return how often another channel is named as moving the score."""
        return Rate(self.named[channel], self.draws)


@dataclass(frozen=True, slots=True)
class Worst:
    """The highest rate of a wrong verdict, and the truth under which it is reached."""

    rate: Rate
    truth: Truth


@dataclass(frozen=True)
class Calibration:
    """How often this method errs on accounts like one.

    Attributes
    ----------
    focal : str
        The focal channel.
    others : tuple of str
        The judged other channels.
    why_not : mapping of str to str
        The channels that get no verdict of their own, the focal one among them, and why.
    margin : float
        The smallest effect that matters, in ``unit``; truths are multiples of it.
    unit : str
        Of an effect.
    alpha : float
        The level of every test.
    draws : int
        Accounts under each truth.
    seed : int
        Of all draws.
    shortened : bool
        Whether own lags had to be shortened, see `Accounts`.
    rates : tuple of TruthRates
        One a truth, nothing first.
    """

    focal: str
    others: tuple[str, ...]
    why_not: Mapping[str, str]
    margin: float
    unit: str
    alpha: float
    draws: int
    seed: int
    shortened: bool
    rates: tuple[TruthRates, ...]

    @property
    def nothing(self) -> TruthRates:
        """The rates when no post matters."""
        return self.rates[0]

    @property
    def alone(self) -> tuple[TruthRates, ...]:
        """The rates when nothing or the focal channel alone matters, by size from zero."""
        return tuple(each for each in self.rates if not (each.truth.other or each.truth.on_top))

    def under(self, truth: Truth) -> TruthRates:
        """Return the rates under one truth."""
        return next(each for each in self.rates if each.truth == truth)

    def worst(self, claim: str, verdict: Verdict) -> Worst | None:
        """Return where a verdict on a claim is most often wrong; None where it never can be."""
        found = [
            Worst(rate, each.truth)
            for each in self.rates
            if (rate := each.wrong(claim, verdict)) is not None
        ]
        return max(found, key=lambda worst: worst.rate.hits, default=None)

    def coverage(self) -> list[tuple[TruthRates, str, Rate]]:
        """Return the coverage of the focal interval and of a planted channel's, by truth."""
        return [
            (each, name, each.coverage(name))
            for each in self.rates
            for name in dict.fromkeys((self.focal, each.truth.other))
            if name in each.covered
        ]

    def table(self) -> pd.DataFrame:
        """Return one row a truth and claim: the share of each verdict, and what is wrong."""
        rows = []
        for each in self.rates:
            for claim in CLAIMS:
                row: dict[str, object] = {"truth": each.truth.label(self.focal), "claim": claim}
                row |= {verdict: each.says(claim, verdict).share for verdict in VERDICTS}
                wrong = [v for v in VERDICTS if each.truth.is_wrong(claim, v)]
                row["wrong"] = sum(each.says(claim, v).share for v in wrong)
                rows.append(row | {"wrong to say": " or ".join(wrong)})
        return pd.DataFrame(rows).set_index(["truth", "claim"])

    def _repr_html_(self) -> str:
        return str(self.table().to_html(float_format=lambda number: f"{number:.3f}"))

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON."""
        return {
            "focal": self.focal,
            "judged_others": list(self.others),
            "not_judged": dict(self.why_not),
            "smallest_effect": self.margin,
            "unit": self.unit,
            "alpha": self.alpha,
            "draws": self.draws,
            "seed": self.seed,
            "lags_shortened": self.shortened,
            "claims": {claim: self._claim(claim) for claim in CLAIMS},
            "truths": [self._truth(each) for each in self.rates],
        }

    def _claim(self, claim: str) -> dict[str, Any]:
        """Return the highest rate of each wrong verdict, None where it never can be wrong."""
        found: dict[str, Any] = {}
        for verdict in VERDICTS[:2]:
            worst = self.worst(claim, verdict)
            found[f"wrongly_{verdict}"] = None
            if worst is not None:
                under = {"truth": worst.truth.label(self.focal)}
                found[f"wrongly_{verdict}"] = worst.rate.as_dict() | under
        return found

    def _truth(self, each: TruthRates) -> dict[str, Any]:
        covered = {name: each.coverage(name).as_dict() for name in each.covered}
        return {
            "truth": each.truth.label(self.focal),
            "effects": each.truth.effects(self.focal),
            "passed_on": not each.truth.on_top,
            "verdicts": {
                claim: {verdict: each.says(claim, verdict).as_dict() for verdict in VERDICTS}
                for claim in CLAIMS
            },
            "wrong": {
                claim: [v for v in VERDICTS if each.truth.is_wrong(claim, v)] for claim in CLAIMS
            },
            "focal_test_rejects": each.size.as_dict(),
            "coverage": covered,
            "named": {name: each.names(name).as_dict() for name in each.named},
        }
