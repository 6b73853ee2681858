"""The truths that are planted, and what would be wrong to say under each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.claims.base import Verdict

SIZES = (0.5, 1.0, 2.0, 4.0)
"""Of the focal effect, in smallest effects that matter."""

ON_TOP = 2.0
"""Of the focal effect that own lags do not pass on."""

OTHER_SIZES = (1.0, 2.0)
"""Of another channel's effect, alone."""

CLAIMS = ("blogging-moves-score", "nothing-else-correlates", "only-blogging")


@dataclass(frozen=True)
class Truth:
    """What truly moves an account's score.

    Attributes
    ----------
    focal : float
        The focal effect, in smallest effects that matter.
    other : str
        The one other channel that has an effect; empty when there is none.
    size : float
        Its effect, in the same unit.
    on_top : bool
        Whether the effect stands beside the score's own momentum, which does not pass it on:
        the one truth here that the primary does not allow for.
    """

    focal: float = 0.0
    other: str = ""
    size: float = 0.0
    on_top: bool = False

    def effects(self, focal: str) -> dict[str, float]:
        """Return the channels with an effect, in smallest effects that matter."""
        found = {focal: self.focal, self.other: self.size}
        return {name: size for name, size in found.items() if size}

    def label(self, focal: str) -> str:
        """Return the truth in a few words."""
        parts = [f"{name} {size:g} δ" for name, size in self.effects(focal).items()]
        return (" and ".join(parts) or "nothing") + (", not passed on" if self.on_top else "")

    def is_wrong(self, claim: str, verdict: Verdict) -> bool:
        """Return whether a verdict on a claim is false under this truth.

        It is wrong to support what does not hold: the focal channel has no effect, or another
        one has an effect that matters. It is wrong to refute what does: the focal effect
        matters, or no other channel has any effect. To leave it open is never wrong. Half a
        smallest effect that matters is one, and does not matter: either verdict is right.
        """
        if verdict not in ("supported", "refuted"):
            return False
        if claim == "only-blogging":
            parts = [self.is_wrong(part, verdict) for part in CLAIMS[:2]]
            return any(parts) if verdict == "supported" else all(parts)
        if claim == "blogging-moves-score":
            return self.focal <= 0 if verdict == "supported" else self.focal >= 1
        return self.size >= 1 if verdict == "supported" else self.size == 0


def truths(others: Sequence[str]) -> Iterator[Truth]:
    """Yield every truth to plant.

    Nothing; the focal channel alone, at each size, and once not passed on; each other channel
    alone; and each other channel with a smallest effect that matters beside a focal effect
    that is surely found, where "only blogging" is most easily supported wrongly.

    Parameters
    ----------
    others : sequence of str
        The judged other channels.
    """
    yield Truth()
    yield from (Truth(size) for size in SIZES)
    yield Truth(ON_TOP, on_top=True)
    for name in others:
        yield from (Truth(0.0, name, size) for size in OTHER_SIZES)
        yield Truth(SIZES[-1], name, 1.0)
