"""Every plan that obeys the rules of a livable week, each as likely as any other.

A week has as many posting days as the person is used to; only *which* days is left to chance.
The days are drawn one by one, not in pairs as long as the window: neighboring windows then
overlap, but so they do in every plan that could have been drawn, and the analysis compares the
plan with those. It keeps a person's rhythm, and gives many more plans to compare with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, groupby
from math import ceil

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.bool_]
Floats = NDArray[np.float64]

WEEK = 7


@dataclass(frozen=True, slots=True)
class Rules:
    """What every plan of a design has in common.

    Attributes
    ----------
    start : date
        The first day; a week is seven days from here on, whatever weekday it is.
    weeks : int
        How many.
    posts_per_week : int
        Posting days in each week, 1 to 6.
    never : tuple of int
        Weekdays (0 is Monday) that are never posting days.
    longest_posting, longest_quiet : int
        The most posting days, or quiet days, in a row.
    """

    start: dt.date
    weeks: int
    posts_per_week: int
    never: tuple[int, ...]
    longest_posting: int
    longest_quiet: int

    @property
    def days(self) -> int:
        """The number of planned days."""
        return WEEK * self.weeks


def habitual_rules(
    start: dt.date, weeks: int, posts_per_week: int, never: Sequence[int] = ()
) -> Rules:
    """Return rules whose longest runs are twice what an even week would have, at least 3 days."""
    return Rules(
        start=start,
        weeks=weeks,
        posts_per_week=posts_per_week,
        never=tuple(sorted(set(never))),
        longest_posting=max(3, ceil(2 * WEEK / (WEEK - posts_per_week))),
        longest_quiet=max(3, ceil(2 * WEEK / posts_per_week)),
    )


class Design:
    """All the plans that obey the rules.

    Every week has a posting day and a quiet day, so no run of either reaches over more than two
    weeks: whether a plan obeys is a matter of its weeks and of each two neighbors. That makes the
    weeks a Markov chain, and a walk weighted by the number of ways to go on draws each plan with
    the same probability.

    Parameters
    ----------
    rules : Rules
        What they have in common.

    Raises
    ------
    ValueError
        No two plans obey the rules.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._weeks = _admissible_weeks(rules)
        if len(self._weeks) < 2 or self.size < 2:
            raise ValueError("expected rules that leave a choice of days")

    @cached_property
    def _follows(self) -> Days:
        """Which week may follow which; shape (m, m)."""
        pairs = [
            [self._livable([first, second]) for second in self._weeks] for first in self._weeks
        ]
        return np.array(pairs, dtype=bool)

    def _livable(self, weeks: Sequence[Days]) -> bool:
        return _runs_hold(np.concatenate(weeks), self.rules)

    @cached_property
    def _ways(self) -> list[list[int]]:
        """For each week of the plan, in how many ways one may go on from each choice for it."""
        ways = [[1] * len(self._weeks)]
        for _ in range(self.rules.weeks - 1):
            after = ways[0]
            here = [
                sum(after[j] for j in np.flatnonzero(self._follows[i]))
                for i in range(len(self._weeks))
            ]
            ways.insert(0, here)
        return ways

    @cached_property
    def size(self) -> int:
        """The number of plans."""
        return sum(self._ways[0])

    def draw(self, rng: np.random.Generator, count: int) -> Days:
        """Draw plans, each as likely as any other.

        Parameters
        ----------
        rng : Generator
            Where chance comes from.
        count : int
            How many.

        Returns
        -------
        array (count, days) of bool
            True on posting days.
        """
        chosen = np.empty((count, self.rules.weeks), dtype=np.int64)
        first = _cumulative(self._ways[0])
        u = rng.random((count, self.rules.weeks))
        chosen[:, 0] = np.searchsorted(first, u[:, 0], side="right")
        for week in range(1, self.rules.weeks):
            onward = np.array(
                [
                    _cumulative(
                        [n if may else 0 for n, may in zip(self._ways[week], row, strict=True)]
                    )
                    for row in self._follows
                ]
            )
            here = onward[chosen[:, week - 1]]
            chosen[:, week] = (here <= u[:, week, None]).sum(axis=1)
        return self._weeks[chosen].reshape(count, self.rules.days)

    def holds(self, plan: Days) -> bool:
        """Return whether a plan is one of these; ``plan`` has shape (days,)."""
        if plan.shape != (self.rules.days,) or not _runs_hold(plan, self.rules):
            return False
        allowed = {week.tobytes() for week in self._weeks}
        return all(week.tobytes() in allowed for week in plan.reshape(-1, WEEK))


def _admissible_weeks(rules: Rules) -> Days:
    """Return the weeks that obey the rules on their own; shape (m, 7)."""
    first = rules.start.weekday()
    allowed = [day for day in range(WEEK) if (first + day) % WEEK not in rules.never]
    found = []
    for days in combinations(allowed, rules.posts_per_week):
        week = np.zeros(WEEK, dtype=bool)
        week[list(days)] = True
        if _runs_hold(week, rules):
            found.append(week)
    return np.array(found, dtype=bool).reshape(-1, WEEK)


def _runs_hold(days: Days, rules: Rules) -> bool:
    longest = {True: rules.longest_posting, False: rules.longest_quiet}
    return all(len(list(run)) <= longest[post] for post, run in groupby(days.tolist()))


def _cumulative(ways: Sequence[int]) -> Floats:
    """Return cumulative probabilities in proportion to whole numbers of any size."""
    total = sum(ways)
    if not total:
        return np.ones(len(ways))
    running, cumulative = 0, []
    for count in ways:
        running += count
        cumulative.append(running / total)
    return np.array(cumulative)
