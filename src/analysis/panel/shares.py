"""How many shares of focal posts were counted, on what evidence, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.crossposts import KINDS
from analysis.panel.clock import microseconds, reading_instants
from analysis.panel.table import Panel
from analysis.study import StudyData
from analysis.urls import LINKS, is_short, unresolved


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of focal posts in the period of a panel.

    Attributes
    ----------
    focal : str
        The focal channel.
    threshold : float
        The confidence from which a share counts.
    by_kind : dict of str to int
        Those that count, by the strongest evidence, the surest kind first.
    below : int
        Posts with evidence below the threshold only; not counted as shares.
    unresolved : int
        Posts that are not counted and hold a short link that nothing here expands.
    """

    focal: str
    threshold: float
    by_kind: dict[str, int]
    below: int
    unresolved: int

    @property
    def counted(self) -> int:
        """All that count."""
        return sum(self.by_kind.values())

    def record(self) -> dict[str, Any]:
        """Return the part ``crossposts`` of results.json."""
        return {
            "threshold": self.threshold,
            "counted": self.counted,
            "by_kind": dict(self.by_kind),
            "below_threshold": self.below,
            "unresolved_short_links": self.unresolved,
        }

    def limits(self) -> Iterator[str]:
        """Yield what a reader must know of shares that may have been missed."""
        if self.below:
            said = "1 post seems" if self.below == 1 else f"{self.below:,} posts seem"
            yield (
                f"{said} to share a {self.focal} post, but on evidence below "
                f"{self.threshold:g} (a title, say), so they do not count as shares."
            )
        if self.unresolved:
            said = "1 post holds" if self.unresolved == 1 else f"{self.unresolved:,} posts hold"
            yield (
                f"{said} a short link that nothing here expands; if it leads to a {self.focal} "
                f"post, that share is missed. {LINKS} beside study.toml can say where it leads."
            )


def share_counts(study: StudyData, panel: Panel) -> Shares:
    """Return what was counted as a share in the days of a panel, and why.

    Parameters
    ----------
    study : StudyData
        Its activity with the evidence.
    panel : Panel
        Built from it; ``counted`` is the sum of its crossposts.
    """
    settings = study.settings
    ends = pd.DatetimeIndex([panel.dates[0] - pd.Timedelta(days=1), panel.dates[-1]])
    first, last = reading_instants(ends, settings.score.minutes, settings.zone)
    events = study.activity
    at = microseconds(pd.DatetimeIndex(events["at"]))
    inside = (at >= first) & (at < last) & (events["kind"] != "repost").to_numpy(dtype=bool)
    counts = (events["crosspost_of"] != "").to_numpy(dtype=bool)
    told = (events["crosspost_evidence"] != "").to_numpy(dtype=bool)
    others = (events["channel"] != settings.focal).to_numpy(dtype=bool)
    kinds = events.loc[inside & counts, "crosspost_evidence"].value_counts().to_dict()
    links = events["links"].to_numpy()[inside & others & ~counts]
    return Shares(
        focal=settings.focal,
        threshold=settings.question.crosspost_confidence,
        by_kind={name: int(kinds[name]) for name in KINDS if name in kinds},
        below=int(np.sum(inside & told & ~counts)),
        unresolved=sum(
            any(map(is_short, mine)) and bool(unresolved(mine, study.short_links)) for mine in links
        ),
    )
