"""The bundled study: one account simulated to the facts that its author stated.

What he wrote on 2012-06-22: his score is 58, has been as high as 61 and has fallen over the
last month. His chart's numbers are not public. The seed is the first from 2012 on whose
score meets these facts; what any regression says of it plays no part in the choice.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.worlds.account import Account
from analysis.worlds.catalog import BANFIELD
from analysis.worlds.simulate import simulate
from analysis.worlds.write import write_world

FIRST_SEED = 2012
LAST_SCORE = 58
HIGHEST_SCORE = 61
MONTH = 31


def displayed(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores as the profile showed them: rounded to whole points, halves up."""
    return np.floor(score + 0.5)


def meets_facts(account: Account) -> bool:
    """Return whether the score is 58 at the end, 61 at its highest since the change, and falling.

    Falling is both: lower than a month before, and a downward least-squares slope over the
    last month's readings.
    """
    changed = np.datetime64(account.breaks[0].date)
    since = displayed(account.score[account.dates >= changed])
    month = account.score[-MONTH - 1 :]
    slope = np.polyfit(np.arange(len(month)), month, 1)[0]
    return bool(
        since[-1] == LAST_SCORE
        and since.max() == HIGHEST_SCORE
        and month[-1] < month[0]
        and slope < 0
    )


def find_seed() -> int:
    """Return the first seed from 2012 on that meets the stated facts."""
    return next(
        seed for seed in count(FIRST_SEED) if meets_facts(simulate(BANFIELD.name, seed=seed))
    )


def write_banfield(out: Path, *, seed: int | None = None) -> Path:
    """Write the bundled study; without a seed, the very one in ``data/banfield-2012``."""
    return write_world(BANFIELD.name, out, seed=seed)
