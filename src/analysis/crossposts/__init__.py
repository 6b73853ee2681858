"""Which post shares which, on what evidence, and which shares belong to a post's burst."""

from analysis.crossposts.bundle import EARLY, in_bundle
from analysis.crossposts.find import THRESHOLD, evidence_of, find_crossposts, with_crossposts
from analysis.crossposts.kinds import KINDS, Kind

__all__ = [
    "EARLY",
    "KINDS",
    "THRESHOLD",
    "Kind",
    "evidence_of",
    "find_crossposts",
    "in_bundle",
    "with_crossposts",
]
