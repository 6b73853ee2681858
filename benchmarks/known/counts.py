"""Counts of verdicts by world and length, and the bounds that they are held to."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analysis import worlds
from analysis.evidence.upticks import wilson

CLAIMS = ("blogging-moves-score", "nothing-else-correlates", "only-blogging")

Row = tuple[str, int, tuple[str, ...], float, float | None, tuple[float, float] | None]
"""World, days, verdicts, true effect, estimate, its 95 % interval."""


@dataclass(frozen=True)
class Cell:
    """The verdicts on the accounts of one world and length.

    Attributes
    ----------
    world, days, accounts
        What was judged.
    verdicts : dict of str to dict of str to int
        By claim, by verdict.
    covered, intervals : int
        How many 95 % intervals of the focal effect hold the true one, of how many.
    truth, bias, bias_error : float
        Mean true effect; mean of estimate minus truth, and its standard error.
    """

    world: str
    days: int
    accounts: int
    verdicts: dict[str, dict[str, int]]
    covered: int
    intervals: int
    truth: float
    bias: float
    bias_error: float

    def kept(self) -> dict[str, Any]:
        """Return the counts for their file."""
        return asdict(self)

    def count(self, claim: str, verdict: str) -> int:
        """Return how often a claim got a verdict."""
        return self.verdicts[claim].get(verdict, 0)

    @property
    def place(self) -> worlds.World:
        """The world."""
        return worlds.get(self.world)


def cells_of(rows: Iterable[Row]) -> list[Cell]:
    """Return the counts by world and length, in the order in which they first come."""
    groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[:2]].append(row)
    return [_cell(world, days, mine) for (world, days), mine in groups.items()]


def _cell(world: str, days: int, rows: Sequence[Row]) -> Cell:
    verdicts = {
        claim: dict(sorted(Counter(row[2][place] for row in rows).items()))
        for place, claim in enumerate(CLAIMS)
    }
    intervals = [(row[3], row[5]) for row in rows if row[5] is not None]
    errors = [row[4] - row[3] for row in rows if row[4] is not None]
    bias = math.fsum(errors) / len(errors) if errors else math.nan
    spread = math.fsum((error - bias) ** 2 for error in errors)
    return Cell(
        world=world,
        days=days,
        accounts=len(rows),
        verdicts=verdicts,
        covered=sum(low <= truth <= high for truth, (low, high) in intervals),
        intervals=len(intervals),
        truth=round(math.fsum(row[3] for row in rows) / len(rows), 4),
        bias=round(bias, 4),
        bias_error=round(math.sqrt(spread) / max(len(errors), 1), 4),
    )


@dataclass(frozen=True)
class Measure:
    """One rate of a cell, and the bound that it is held to.

    Attributes
    ----------
    name : str
        As the tables call it.
    hits : callable
        From a cell to the number of accounts, and of how many.
    applies : callable
        From a cell to whether the rate is an error (or a power) there at all.
    limit : callable
        From a cell to its bound, or None where none is set.
    most : bool
        Whether the bound is the most that is allowed; else the least.
    """

    name: str
    hits: Callable[[Cell], tuple[int, int]]
    applies: Callable[[Cell], bool]
    limit: Callable[[Cell], float | None]
    most: bool = True

    def missed(self, cell: Cell, certainly: bool) -> bool:
        """Return whether a cell breaks its bound; ``certainly``: beyond Monte Carlo error."""
        bound = self.limit(cell)
        hits, n = self.hits(cell)
        if bound is None or not n or not self.applies(cell):
            return False
        low, high = wilson(hits, n) if certainly else (hits / n, hits / n)
        return low > bound if self.most else high < bound


def _verdict(claim: str, verdict: str) -> Callable[[Cell], tuple[int, int]]:
    return lambda cell: (cell.count(claim, verdict), cell.accounts)


def truly_only(place: worlds.World) -> bool:
    """Return whether blogging is truly the only thing that moves the score."""
    return place.focal_moves and not place.others_move


def _blog_limit(cell: Cell) -> float | None:
    if not cell.place.identifiable:
        return None
    return 0.075 if cell.world == "trend-season" else 0.064


def _power_limit(cell: Cell) -> float | None:
    return 0.97 if cell.world == "blog-only" and cell.days == 365 else None


MEASURES: tuple[Measure, ...] = (
    Measure(
        "false “blogging moves it”",
        _verdict(CLAIMS[0], "supported"),
        lambda cell: not cell.place.focal_moves,
        _blog_limit,
    ),
    Measure(
        "false “something else does”",
        _verdict(CLAIMS[1], "refuted"),
        lambda cell: not cell.place.others_move,
        lambda cell: 0.064,
    ),
    Measure(
        "false “only blogging”",
        _verdict(CLAIMS[2], "supported"),
        lambda cell: not truly_only(cell.place),
        lambda cell: 0.03,
    ),
    Measure(
        "false refutation of “only blogging”",
        _verdict(CLAIMS[2], "refuted"),
        lambda cell: truly_only(cell.place),
        lambda cell: None,
    ),
    Measure(
        "interval holds the truth",
        lambda cell: (cell.covered, cell.intervals),
        lambda cell: True,
        lambda cell: 0.936 if cell.place.identifiable else None,
        most=False,
    ),
    Measure(
        "blogging found",
        _verdict(CLAIMS[0], "supported"),
        lambda cell: cell.place.focal_moves,
        _power_limit,
        most=False,
    ),
    Measure(
        "something else found",
        _verdict(CLAIMS[1], "refuted"),
        lambda cell: bool(cell.place.others_move),
        lambda cell: None,
        most=False,
    ),
    Measure(
        "“only blogging” supported",
        _verdict(CLAIMS[2], "supported"),
        lambda cell: truly_only(cell.place),
        lambda cell: None,
        most=False,
    ),
    Measure(
        "“only blogging” refuted",
        _verdict(CLAIMS[2], "refuted"),
        lambda cell: not truly_only(cell.place),
        lambda cell: 0.98 if cell.world == "everything" else None,
        most=False,
    ),
)
"""Errors first (the most that is allowed), then what should be high (the least)."""


UNTOLD = ("false “blogging moves it”", "interval holds the truth")
"""Errors that no bound is set for where the data cannot tell the truth."""


def missed(cells: Iterable[Cell], certainly: bool = False) -> Iterator[tuple[Measure, Cell]]:
    """Yield every bound that is broken, with the cell that breaks it."""
    for cell in cells:
        for measure in MEASURES:
            if measure.missed(cell, certainly):
                yield measure, cell


def said(measure: Measure, cell: Cell) -> str:
    """Return a broken bound in words."""
    hits, n = measure.hits(cell)
    bound = measure.limit(cell) or 0.0
    word = "at most" if measure.most else "at least"
    return (
        f"{cell.world}, {cell.days} readings: {measure.name} in {hits} of {n}; "
        f"{word} {100 * bound:g} % allowed"
    )
