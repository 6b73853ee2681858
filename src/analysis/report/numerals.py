"""Numbers as readers see them, each with the exact value that it stands for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

UNKNOWN = "not estimable"
MOST_PLACES = 8


@dataclass(frozen=True, slots=True)
class Numeral:
    """A rounded number and the exact one behind it (None: there is none).

    Attributes
    ----------
    text : str
        What is read.
    value : float or None
        What results.json holds; the page keeps it in the element's ``value``.
    """

    text: str
    value: float | None


def places_for(values: Iterable[float | None]) -> int:
    """Return how many decimals give the largest of ``values`` three significant digits."""
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    if not largest or not math.isfinite(largest):
        return 2
    return min(MOST_PLACES, max(0, 2 - math.floor(math.log10(largest))))


def fixed(value: float | None, places: int, *, signed: bool = False) -> Numeral:
    """Return a number with so many decimals and a true minus sign.

    One that so few decimals would show as zero is written with its power of ten.
    """
    if value is None:
        return Numeral(UNKNOWN, None)
    sign = "+" if signed else ""
    text = f"{value:{sign},.{places}f}"
    if value and places == MOST_PLACES and not text.strip("+-0."):
        text = f"{value:{sign}.2e}"
    return Numeral(text.replace("-", "−"), value)


def plain(value: float | None) -> Numeral:
    """Return a number with three significant digits."""
    return fixed(value, places_for((value,)))


def p_value(value: float | None) -> Numeral:
    """Return a p value: three decimals, four below 0.1, and a bound below 0.001."""
    if value is None:
        return Numeral(UNKNOWN, None)
    text = "< 0.001" if value < 0.001 else f"{value:.{4 if value < 0.1 else 3}f}"
    return Numeral(text, value)


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate with its interval, rounded alike."""

    estimate: Numeral
    low: Numeral
    high: Numeral

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return self.low.value is not None and self.high.value is not None


def estimated(estimate: float | None, interval: Iterable[float | None] | None) -> Estimated:
    """Return an estimate and its interval with the same number of decimals."""
    low, high = interval or (None, None)
    places = places_for((estimate, low, high))
    return Estimated(fixed(estimate, places, signed=True), fixed(low, places), fixed(high, places))


WIDTH = 160.0
_MIDDLE = WIDTH / 2
_HALF = _MIDDLE - 6


@dataclass(frozen=True, slots=True)
class Bar:
    """Where an interval's parts stand on a bar ``WIDTH`` wide, zero in its middle.

    Attributes
    ----------
    low, high, at : str
        Horizontal positions of the interval's ends and of the estimate.
    band_from, band_width : str
        The band of effects too small to matter; empty when there is none.
    """

    low: str
    high: str
    at: str
    band_from: str = ""
    band_width: str = ""


def bar(shown: Estimated, reach: float, band: float | None = None) -> Bar | None:
    """Return the bar of an interval, or None when there is no interval.

    Parameters
    ----------
    shown : Estimated
        What is drawn.
    reach : float
        The value at the bar's right end, and its negative at the left; one for all bars of
        the same unit, so that they can be compared.
    band : float, optional
        Half the width of the band around zero.
    """
    low, high, at = shown.low.value, shown.high.value, shown.estimate.value
    if low is None or high is None or at is None or reach <= 0:
        return None
    edges = ("", "")
    if band is not None:
        left = _x(-band, reach)
        edges = (f"{left:.2f}", f"{_x(band, reach) - left:.2f}")
    places = [f"{_x(value, reach):.2f}" for value in (low, high, at)]
    return Bar(places[0], places[1], places[2], *edges)


def reach_of(values: Iterable[Estimated]) -> float:
    """Return the largest absolute value that any of these has."""
    numbers = (
        abs(part.value)
        for each in values
        for part in (each.estimate, each.low, each.high)
        if part.value is not None
    )
    return max(numbers, default=0.0)


def _x(value: float, reach: float) -> float:
    return _MIDDLE + max(-1.0, min(1.0, value / reach)) * _HALF
