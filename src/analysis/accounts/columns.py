"""The columns of the design, and where the sums over them stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analysis.panel import CODINGS, Coding

MOST_LAGS = 14
WEEKDAYS = ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_CHANNELS = 50


@dataclass(frozen=True)
class Columns:
    """Regressors of the primary model, in both codings where there are shares.

    Attributes
    ----------
    channels : tuple of str
        The focal one first.
    codings : tuple of str
        ``("bundle",)`` where no post shares another, else both.
    """

    channels: tuple[str, ...]
    codings: tuple[Coding, ...]

    @cached_property
    def windows(self) -> tuple[tuple[Coding, int, str], ...]:
        """Coding, number of the channel and column of each count of posts."""
        return tuple(
            (coding, number, f"posts_{CODINGS.index(coding)}_{number}")
            for coding in self.codings
            for number in range(len(self.channels))
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every regressor: counts by coding and channel, own lags, weekdays."""
        return (
            *(name for _, _, name in self.windows),
            *(f"lag_{lag}" for lag in range(1, MOST_LAGS + 1)),
            *(f"weekday_{day}" for day in range(1, 7)),
        )

    def chosen(self, coding: Coding) -> list[int]:
        """Return the positions of a model's regressors among ``names``."""
        begin = self.codings.index(coding) * len(self.channels)
        return [
            *range(begin, begin + len(self.channels)),
            *range(len(self.windows), len(self.names)),
        ]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the products that are summed: the upper triangle, the outcome last."""
        k = len(self.names) + 1
        for row in range(k):
            for column in range(row, k):
                yield row, column
