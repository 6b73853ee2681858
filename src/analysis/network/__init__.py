"""Where posts, their shares and the upticks after them stand on one sheet over time.

Pure functions from a study to a layout: what stands still on the page and what can be moved there
are drawn from the same numbers. Time is in whole minutes since the left edge, height in pixels
from the top of the sheet.
"""

from analysis.network.table import (
    LANE_HEIGHT,
    LONGEST,
    SCORE_HEIGHT,
    SCORE_TOP,
    Bin,
    Lane,
    Mark,
    Network,
    Node,
    Share,
    short,
)

__all__ = [
    "LANE_HEIGHT",
    "LONGEST",
    "SCORE_HEIGHT",
    "SCORE_TOP",
    "Bin",
    "Lane",
    "Mark",
    "Network",
    "Node",
    "Share",
    "short",
]
