"""From a study's panel and verdict to what the score would do at a rate of posts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from analysis.claims.base import Verdict, Wording
from analysis.claims.ledger import Ledger, wording_of
from analysis.panel import Floats, Panel
from analysis.whatif.fan import Fan, Seen, seen_rates
from analysis.whatif.model import PathModel, fit_path_model
from analysis.whatif.path import kept_posts, rays, scatter
from analysis.whatif.redraw import corrected, critical_value, is_stable

CLAIM = "blogging-moves-score"
DIGITS = 10
RECENT = 56
"""Days of the record that are kept to be drawn before a path."""


@dataclass(frozen=True)
class Rest:
    """Where the score comes to rest when a rate is kept.

    Attributes
    ----------
    expected : float
        The score.
    interval : tuple of float, or None
        With the band's critical value (Fieller 1954); None when the record does not bound it.
    """

    expected: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class WhatIf:
    """What the fit says of every rate that was seen.

    Attributes
    ----------
    model : PathModel
        The regression.
    theta : array (moving,)
        Its coefficients, less what fits of accounts like this one miss on average.
    seen : Seen
        The rates that are answered.
    fan : Fan
        The paths.
    critical : float
        Standard errors to either side in the band.
    verdict : str
        Of the claim that posting moves the score: ``CLAIM``.
    words : Wording
        How things are called.
    score : str
        The score's name.
    last : date
        Of the last reading.
    recent : array (up to 56,)
        The readings of the last days, the last one at the end; NaN where there is none.
    """

    model: PathModel
    theta: Floats = field(repr=False)
    seen: Seen
    fan: Fan
    critical: float
    verdict: Verdict
    words: Wording
    score: str
    last: dt.date
    recent: Floats = field(repr=False)

    @property
    def kind(self) -> str:
        """The kind of score, "level" or "flow"."""
        return self.model.kind

    @property
    def now(self) -> float:
        """The last reading."""
        return float(self.model.state.last[0])

    def date(self, day: int) -> dt.date:
        """Return the date of a day of the path; 1 is the day after the last reading."""
        return self.last + dt.timedelta(days=day)

    def rest(self, rate: float) -> Rest | None:
        """Return where the score comes to rest at a rate; None where the fit has no such place."""
        if not is_stable(self.model, self.theta):
            return None
        if self.kind == "flow":
            middle, half = float(self.fan.expected(rate)[-1]), float(self.fan.half(rate)[-1])
            return Rest(middle, (middle - half, middle + half))
        theta, v = self.theta, self.model.covariance
        brought = np.zeros(len(theta))
        brought[: self.model.first_lag] = np.append(1.0, kept_posts(self.model, rate))
        usual, gamma = float(self.model.state.usual[0]), float(theta[-1])
        total, error = float(brought @ theta), v @ brought
        roots = _fieller(
            total, gamma, float(brought @ error), float(error[-1]), float(v[-1, -1]), self.critical
        )
        interval = None if roots is None else (usual + roots[0], usual + roots[1])
        return Rest(usual - total / gamma, interval)


def _fieller(
    total: float, gamma: float, vtt: float, vtg: float, vgg: float, critical: float
) -> tuple[float, float] | None:
    """Return the u with ``|total + gamma u|`` within its errors, where that is an interval."""
    square = critical * critical
    a, b, c = gamma**2 - square * vgg, total * gamma - square * vtg, total**2 - square * vtt
    inside = b * b - a * c
    if a <= 0 or inside < 0:
        return None
    return (-b - np.sqrt(inside)) / a, (-b + np.sqrt(inside)) / a


def what_if(panel: Panel, ledger: Ledger, score: str) -> WhatIf | str:
    """Return what the score would do at other rates of focal posts.

    Parameters
    ----------
    panel : Panel
        The study's.
    ledger : Ledger
        Its verdicts.
    score : str
        The score's name.

    Returns
    -------
    WhatIf or str
        Why nothing can be told: a clause that goes after "cannot tell".
    """
    if ledger.channels is not None and not ledger.channels.focal.judged:
        return f"{panel.focal!r}: {ledger.channels.focal.why_not}"
    seen, model = seen_rates(panel), fit_path_model(panel)
    if isinstance(model, str):
        return model
    if seen is None or ledger.channels is None:
        return "there is no verdict on the posts"
    if model.kind == "flow" and not is_stable(model, model.beta):
        return "by its own past alone the score would come to no level"
    theta = corrected(panel, model)
    critical = critical_value(panel, model, theta, seen.low, seen.high)
    if not np.isfinite(critical):
        return "accounts drawn from the fit cannot be fitted again"
    return WhatIf(
        model=model,
        theta=theta,
        seen=seen,
        fan=_fan(model, theta, critical),
        critical=critical,
        verdict=ledger.claim(CLAIM).verdict,
        words=wording_of(panel),
        score=score,
        last=panel.dates[-1].date(),
        recent=panel.score[-RECENT:],
    )


def _fan(model: PathModel, theta: Floats, critical: float) -> Fan:
    """Return the paths of a model whose true coefficients are taken to be ``theta``."""
    found = rays(model, theta[None], model.state)
    square = critical**2 * found.squares(model.covariance[None])[0]
    parts = (found.start[0], found.slope[0], square, scatter(model, theta))
    return Fan(*(_rounded(part) for part in parts))


def _rounded(numbers: Floats) -> Floats:
    """Return numbers with ``DIGITS`` significant digits, so that the page has the very same."""
    texts = [f"{number:.{DIGITS}g}" for number in numbers.ravel()]
    return np.array(texts, dtype=float).reshape(numbers.shape)
