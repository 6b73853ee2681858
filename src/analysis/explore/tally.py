"""How many ways were tried: the garden of forking paths, counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.explore.choice import Choice

WARNING = "Exploring: what you see here was chosen after looking; the verdict stands in the report."


@dataclass
class Tally:
    """The different combinations that were tried on a study.

    Attributes
    ----------
    own : Choice
        The study's own, which was fixed before looking and is not counted.
    alpha : float
        The level at which an effect is told from zero.
    tried : dict of Choice to (float or None)
        By combination: p of the channel that is spoken of; None where there was no fit.
    """

    own: Choice
    alpha: float = 0.05
    tried: dict[Choice, float | None] = field(default_factory=dict, repr=False)

    def add(self, choice: Choice, p: float | None) -> None:
        """Count a combination, whatever the order of its channels; each one once."""
        if _unordered(choice) != _unordered(self.own):
            self.tried[_unordered(choice)] = p

    @property
    def count(self) -> int:
        """How many different combinations were tried, besides the study's own."""
        return len(self.tried)

    @property
    def found(self) -> int:
        """In how many of them the effect that is spoken of is told from zero."""
        return sum(p is not None and p < self.alpha for p in self.tried.values())

    def words(self) -> str:
        """Say how many were tried, and how many would find something by chance."""
        if not self.tried:
            return (
                "Combinations tried on this study in this session: 0 besides its own, which was "
                "fixed before looking."
            )
        fitted = sum(p is not None for p in self.tried.values())
        none = self.count - fitted
        without = f" ({none} without a fit)" if none else ""
        return (
            f"Combinations tried on this study in this session: {self.count} besides its own"
            f"{without}. In {self.found} of them the first channel has p < {self.alpha:g}; where "
            f"nothing moves the score, chance would give about {self.alpha * fitted:.2g}. The more "
            "are tried, the less a small p says."
        )


def _unordered(choice: Choice) -> Choice:
    return replace(choice, channels=tuple(sorted(choice.channels)))


_SESSION: dict[Path, Tally] = {}


def session_tally(folder: Path, own: Choice, alpha: float) -> Tally:
    """Return the tally of a study in this session: running a cell again does not begin anew.

    Parameters
    ----------
    folder : Path
        Of the study.
    own : Choice
        The study's own.
    alpha : float
        The level of its tests.
    """
    known = _SESSION.get(folder)
    if known is None or (known.own, known.alpha) != (own, alpha):
        tried = {} if known is None else known.tried
        _SESSION[folder] = Tally(own, alpha, tried)
    return _SESSION[folder]
