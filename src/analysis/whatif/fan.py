"""What the model says at every rate that was seen: five numbers a day and one critical value."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from analysis.errors import invalid
from analysis.panel import BACK, Floats, Panel

EDGES = (0.05, 0.95)
"""Quantiles of the posts in seven days in a row between which a rate counts as seen."""

TENTH = 10
"""A rate to hold a score at is told in whole tenths of a post a week, rounded up."""

_STEPS = 20
_SIZES = (0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """The posts a week that the record shows.

    Attributes
    ----------
    low, high : float
        Nineteen of twenty times seven days in a row had no fewer, and no more.
    average : float
        Over all days that are known, but no less than ``low`` and no more than ``high``.
    step : float
        Between two places of a slider.
    weeks : int
        Seven days in a row that are known, overlapping.
    """

    low: float
    high: float
    average: float
    step: float
    weeks: int

    def check(self, rate: float) -> None:
        """Refuse a rate that was not seen.

        Raises
        ------
        InputError
            It lies outside, or is no number.
        """
        if not self.low <= rate <= self.high:
            raise invalid(
                "--posts-per-week",
                f"{rate:g}",
                f"expected from {self.low:g} to {self.high:g}, as often as was posted in most "
                "weeks so far; what more or less would do these data cannot say",
            )

    @property
    def rates(self) -> tuple[float, ...]:
        """Every place of the slider."""
        count = math.floor((self.high - self.low) / self.step + 1e-9)
        return tuple(self.low + place * self.step for place in range(count + 1))


def seen_rates(panel: Panel) -> Seen | None:
    """Return the posts a week of the focal channel that the record shows; None without a week."""
    bins = panel.posts["bundle"][panel.focal][BACK : BACK + len(panel.dates)]
    known = bins[np.isfinite(bins)]
    if len(bins) < 7:
        return None
    weeks = np.convolve(bins, np.ones(7), mode="valid")
    weeks = weeks[np.isfinite(weeks)]
    if not len(weeks):
        return None
    low, high = (float(edge) for edge in np.quantile(weeks, EDGES, method="inverted_cdf"))
    average = min(high, max(low, 7 * float(known.mean())))
    return Seen(low, high, average, step_between(low, high), len(weeks))


def step_between(low: float, high: float) -> float:
    """Return the smallest even step that makes at most twenty from one rate to the other."""
    scale = 1.0
    while True:
        for size in _SIZES:
            if (high - low) / (size * scale) <= _STEPS:
                return size * scale
        scale *= 10


@dataclass(frozen=True)
class Fan:
    """The paths of every rate between two.

    The expected score of day h + 1 at rate r is ``start[h] + slope[h] r``, and the square of the
    half width of its band ``square[h, 0] + square[h, 1] r + square[h, 2] r²``.

    Attributes
    ----------
    start, slope : array (days,)
        See above; the rate is in posts a week.
    square : array (days, 3)
        See above. The band holds for all days and all rates of the range at once.
    scatter : array (days,)
        Standard deviation of a day's score around the expected one.
    """

    start: Floats = field(repr=False)
    slope: Floats = field(repr=False)
    square: Floats = field(repr=False)
    scatter: Floats = field(repr=False)

    def expected(self, rate: float) -> Floats:
        """Return the expected score of each day at a rate, shape (days,)."""
        return np.asarray(self.start + self.slope * rate)

    def half(self, rate: float) -> Floats:
        """Return half the width of the band on each day at a rate, shape (days,)."""
        first, second, third = self.square.T
        return np.asarray(np.sqrt(np.maximum(first + second * rate + third * rate * rate, 0.0)))


@dataclass(frozen=True, slots=True)
class Hold:
    """How often one would have to post to stand at a score after the last day of the path.

    Attributes
    ----------
    target : float
        The score.
    answer : {"rate", "out of reach", "cannot tell"}
        ``cannot tell``: the band holds the target at every rate that was seen.
    rate : float or None
        The lowest at which the expected score is no less; None when it is at none.
    possible : float or None
        The lowest at which the band still holds the target, or lies above it.
    sure : float or None
        The lowest at which the band lies above the target altogether.
    """

    target: float
    answer: Literal["rate", "out of reach", "cannot tell"]
    rate: float | None
    possible: float | None
    sure: float | None


def hold(fan: Fan, seen: Seen, target: float) -> Hold:
    """Return how often one would have to post to hold a score, among the rates that were seen.

    Raises
    ------
    InputError
        The target is no number.
    """
    if not math.isfinite(target):
        raise invalid("--hold", f"{target}", "expected a score")
    first, last = math.ceil(seen.low * TENTH), math.floor(seen.high * TENTH)
    rates = [place / TENTH for place in range(first, last + 1)]
    middle = [float(fan.expected(rate)[-1]) for rate in rates]
    half = [float(fan.half(rate)[-1]) for rate in rates]
    spans = list(zip(rates, middle, half, strict=True))
    rate = next((at for at, mean, _ in spans if mean >= target), None)
    possible = next((at for at, mean, wide in spans if mean + wide >= target), None)
    sure = next((at for at, mean, wide in spans if mean - wide >= target), None)
    answer: Literal["rate", "out of reach", "cannot tell"] = "rate"
    if all(mean - wide < target <= mean + wide for _, mean, wide in spans):
        answer = "cannot tell"
    elif rate is None:
        answer = "out of reach"
    return Hold(target, answer, rate, possible, sure)
