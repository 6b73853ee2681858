"""The one place that writes: whole files or none, one run at a time, nothing left of dead ones."""

from analysis.disk.locks import locked
from analysis.disk.marks import LOCK, PART, hidden_name, is_ours
from analysis.disk.scratch import scratch, sweep, sweep_folders
from analysis.disk.whole import beside, move, sync_folder, sync_tree, unwritable, write

__all__ = [
    "LOCK",
    "PART",
    "beside",
    "hidden_name",
    "is_ours",
    "locked",
    "move",
    "scratch",
    "sweep",
    "sweep_folders",
    "sync_folder",
    "sync_tree",
    "unwritable",
    "write",
]
