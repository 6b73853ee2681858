"""What notebooks use: a study with its panel, fits and claims, each computed once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.calibration import DRAWS, Calibration, Progress, calibrate
from analysis.claims.ledger import Ledger, judge
from analysis.evidence.confirm import Confirmation, confirm
from analysis.evidence.silence import Silence, silence_evidence
from analysis.evidence.soundness import Soundness, soundness
from analysis.evidence.upticks import Upticks, uptick_evidence
from analysis.experiment import Experiment, experiment_evidence
from analysis.model.primary import PrimaryFit, fit_primary
from analysis.panel import Coding, Panel, build_panel
from analysis.results import results_of
from analysis.study import StudyData, read_study
from analysis.whatif import WhatIf, what_if

if TYPE_CHECKING:
    from analysis.evidence.curve import Curve


@dataclass(frozen=True)
class Study:
    """A study, ready to ask.

    Attributes
    ----------
    data : StudyData
        Settings, sources, and where everything came from.

    Examples
    --------
    >>> import analysis
    >>> study = analysis.load("data/banfield-2012")
    >>> study.score.tail()          # doctest: +SKIP
    >>> study.fit().table()         # doctest: +SKIP
    >>> study.claims()              # doctest: +SKIP
    """

    data: StudyData

    @property
    def title(self) -> str:
        """The study's title."""
        return self.data.settings.title

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel, the focal one first."""
        return self.data.channels

    @property
    def activity(self) -> pd.DataFrame:
        """One row a post, in order of time; see ``data/README.md``."""
        return self.data.activity.copy()

    @property
    def observations(self) -> pd.DataFrame:
        """Every number of every post as often as it was seen; see ``data/README.md``."""
        return self.data.observations.copy()

    @property
    def score(self) -> pd.DataFrame:
        """One row a reading: date, score, kind, derived, source."""
        return self.data.score.copy()

    @cached_property
    def arrays(self) -> Panel:
        """The panel as arrays; what the model works on."""
        return build_panel(self.data)

    @property
    def panel(self) -> pd.DataFrame:
        """One row a day: score, change, posts by hours before the reading, masks."""
        return self.arrays.frame()

    def fit(self, coding: Coding = "bundle") -> PrimaryFit | None:
        """Fit the primary model; None when there are too few readings for it."""
        return fit_primary(self.arrays, coding)

    @cached_property
    def ledger(self) -> Ledger:
        """Every claim with the evidence behind it."""
        question = self.data.settings.question
        return judge(
            self.arrays,
            alpha=question.alpha,
            smallest_effect=question.smallest_effect,
            experiment=self.experiment,
        )

    @cached_property
    def experiment(self) -> Experiment | None:
        """What the posting plan shows; None without one."""
        return experiment_evidence(self.data, self.arrays)

    @cached_property
    def confirmation(self) -> Confirmation | None:
        """Every other test of the focal effect; None when there are too few readings to fit."""
        fit, table = self.ledger.bundle, self.ledger.channels
        if fit is None or table is None:
            return None
        return confirm(self.arrays, fit, table, self.data.settings.question.negative_control)

    @cached_property
    def soundness(self) -> Soundness | None:
        """How far the focal effect can be leaned on; None when there are too few readings."""
        fit, table = self.ledger.bundle, self.ledger.channels
        return None if fit is None or table is None else soundness(self.arrays, fit, table)

    @cached_property
    def curve(self) -> Curve | None:
        """The focal effect in every admissible specification; None without a primary fit."""
        from analysis.evidence.curve import specification_curve

        return specification_curve(self.arrays, alpha=self.data.settings.question.alpha)

    def claims(self) -> pd.DataFrame:
        """Return the ledger as a frame: one row a claim."""
        rows = [
            {
                "claim": claim.id,
                "verdict": claim.verdict,
                "estimate": claim.estimate,
                "low": claim.interval[0] if claim.interval else None,
                "high": claim.interval[1] if claim.interval else None,
                "unit": claim.unit,
                "p": claim.p,
                "detectable": claim.detectable,
                "reason": claim.reason,
            }
            for claim in self.ledger.claims
        ]
        return pd.DataFrame(rows).set_index("claim")

    def upticks(self) -> Upticks | None:
        """Return how upticks and focal posts fall together."""
        return uptick_evidence(self.arrays)

    def silence(self) -> Silence | None:
        """Return what the score does when the focal channel is quiet."""
        return silence_evidence(self.arrays)

    def calibrate(
        self, draws: int = DRAWS, seed: int = 1, progress: Progress | None = None
    ) -> Calibration | None:
        """Measure how often the headline's verdicts are wrong on accounts like this one.

        Parameters
        ----------
        draws : int
            Simulated accounts under each truth.
        seed : int
            The same seed gives the same rates.
        progress : callable, optional
            Told how many truths are done, and of how many.

        Returns
        -------
        Calibration or None
            None when there are too few readings to judge anything.
        """
        question = self.data.settings.question
        return calibrate(
            self.arrays,
            alpha=question.alpha,
            smallest_effect=question.smallest_effect,
            draws=draws,
            seed=seed,
            progress=progress,
        )

    def what_if(self) -> WhatIf | str:
        """Return what the score would do at other rates of focal posts, or why none can tell."""
        return what_if(self.arrays, self.ledger, self.data.settings.score.name)

    def results(self) -> dict[str, Any]:
        """Return the content of results.json."""
        return results_of(self.data, self.arrays, self.ledger, self.confirmation, self.soundness)

    def _repr_html_(self) -> str:
        from html import escape

        period = f"{self.score['date'].iloc[0]:%Y-%m-%d} to {self.score['date'].iloc[-1]:%Y-%m-%d}"
        return (
            f"<b>{escape(self.title)}</b><br>{len(self.score)} readings, {period}; "
            f"channels: {escape(', '.join(self.channels))}"
        )


def load(folder: str | Path, *, skip_corrupt: bool = False) -> Study:
    """Read a study folder.

    Parameters
    ----------
    folder : str or Path
        With a study.toml in it.
    skip_corrupt : bool
        Leave out corrupt sources instead of refusing; they are named in the limits.

    Raises
    ------
    InputError
        One line for each thing that is wrong.
    """
    place = Path(folder).resolve()
    shared = _SHARED.pop((place, skip_corrupt), None)
    if shared is not None and shared[0] == _marks(place):
        return shared[1]
    return Study(read_study(place, skip_corrupt=skip_corrupt))


def share(folder: str | Path, *, skip_corrupt: bool = False) -> Study:
    """Read a study folder, and have :func:`load` return the same study, once, instead of reading.

    A kernel that is forked afterwards finds the study, with all that was computed for it, in its
    memory. Where a file of the folder was touched since, it is read again.

    Parameters
    ----------
    folder, skip_corrupt
        As for :func:`load`.
    """
    place = Path(folder).resolve()
    marks = _marks(place)
    study = Study(read_study(place, skip_corrupt=skip_corrupt))
    _SHARED[place, skip_corrupt] = marks, study
    return study


def unshare() -> None:
    """Forget what was kept for :func:`load`."""
    _SHARED.clear()


_Marks = dict[str, tuple[int, ...]]
_SHARED: dict[tuple[Path, bool], tuple[_Marks, Study]] = {}


def _marks(folder: Path) -> _Marks:
    """Return size, times and place on disk of everything in a folder, links followed."""
    found: _Marks = {}
    for path in [folder, *folder.rglob("*")]:
        with suppress(OSError):
            seen = path.stat()
            found[str(path)] = seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino
    return found
