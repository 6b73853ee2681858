"""What was measured of each population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from many.measure import Taken


@dataclass(frozen=True)
class Run:
    """One population through both commands.

    Attributes
    ----------
    accounts, days, posts : int
        How large it is.
    source, panel, moments : int
        Bytes of its tables, and of what is made of them.
    build, fit : Taken
        By the commands.
    folder : Path
        Where it is: ``in`` and ``panel``.
    """

    accounts: int
    days: int
    posts: int
    source: int
    panel: int
    moments: int
    build: Taken
    fit: Taken
    folder: Path = field(repr=False)

    @property
    def rows(self) -> int:
        """Account-days."""
        return self.accounts * self.days

    @property
    def cpu(self) -> float:
        """CPU seconds of both."""
        return self.build.cpu + self.fit.cpu

    @property
    def clock(self) -> float:
        """Seconds of both."""
        return self.build.seconds + self.fit.seconds

    @property
    def peak(self) -> int:
        """The larger one's bytes of memory."""
        return max(self.build.peak, self.fit.peak)


@dataclass(frozen=True)
class Peer:
    """How far another one goes.

    Attributes
    ----------
    name : str
        Which.
    runs : dict of int to Taken
        By accounts; the last one may have been ended.
    differ : float
        The largest relative difference from ours on the largest that it did; NaN for none.
    """

    name: str
    runs: dict[int, Taken]
    differ: float

    @property
    def largest(self) -> int:
        """Accounts of the largest population that it did; 0 for none."""
        return max((n for n, taken in self.runs.items() if not taken.ended), default=0)


def exponent(runs: Sequence[Run], start: float = 0.0) -> float:
    """Return the slope of the logarithms of CPU seconds, less those of a start, on accounts."""
    sizes, seconds = zip(*((one.accounts, one.cpu - start) for one in runs), strict=True)
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
