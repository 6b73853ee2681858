"""What is different between two results.json: of the same study at two times, as a rule.

Only the JSON is looked at, so it compares what was published, however long ago. Old layouts are
read as far as they go: what a file does not hold is not compared.
"""

from __future__ import annotations

from analysis.diff.compare import Change, Difference, Flip, Move, compare
from analysis.diff.snapshot import Estimate, Snapshot, read
from analysis.diff.words import as_data, lines

__all__ = [
    "Change",
    "Difference",
    "Estimate",
    "Flip",
    "Move",
    "Snapshot",
    "as_data",
    "compare",
    "lines",
    "read",
]
