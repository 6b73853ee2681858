"""Events and readings to a daily panel: counts by hours before the reading."""

from analysis.panel.build import build_panel
from analysis.panel.clock import break_mask, microseconds, reading_instants
from analysis.panel.shares import Shares, share_counts
from analysis.panel.table import (
    BACK,
    CODINGS,
    LEADS,
    Coding,
    Flags,
    Floats,
    Panel,
    Part,
    differences,
    outcome,
    set_aside,
    window_sum,
)

__all__ = [
    "BACK",
    "CODINGS",
    "LEADS",
    "Coding",
    "Flags",
    "Floats",
    "Panel",
    "Part",
    "Shares",
    "break_mask",
    "build_panel",
    "differences",
    "microseconds",
    "outcome",
    "reading_instants",
    "set_aside",
    "share_counts",
    "window_sum",
]
