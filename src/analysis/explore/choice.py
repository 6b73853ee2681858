"""What can be chosen when exploring, and what cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.errors import InputError, Problem
from analysis.model.design import own_lags
from analysis.panel import BACK, CODINGS, Coding, Panel

Outcome = Literal["change", "change of whole points", "log change", "level", "log level"]
Errors = Literal["HC3", "Newey-West"]
Posts = Literal["counts", "logarithm"]

ERRORS: tuple[Errors, ...] = ("HC3", "Newey-West")
POSTS: tuple[Posts, ...] = ("counts", "logarithm")
MOST_LAGS = 14

_OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    "level": ("change", "change of whole points", "log change"),
    "flow": ("level", "log level"),
}
_LOGARITHMS = ("log change", "log level")


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to ask; the defaults are those of the primary, but for what a study sets.

    Attributes
    ----------
    channels : tuple of str
        Whose posts explain the score, jointly; the first is the one that is spoken of.
    outcome : str
        What is explained. A level is never regressed as it stands: that finds effects in
        accounts where nothing moves the score.
    own_lags : int
        Earlier outcomes beside the posts, 0 to ``MOST_LAGS`` days.
    window_hours : int
        Width of the window in which a post counts, in whole days.
    delay_hours : int
        From the end of the window to the reading, in whole days. Posts after a reading are
        never among those that explain it.
    coding : {"bundle", "all posts"}
        Whether a focal post's shares are part of it or posts of their own channel.
    posts : {"counts", "logarithm"}
        How the posts of a window enter: their number, or log(1 + number).
    errors : {"HC3", "Newey-West"}
        The covariance of the coefficients.
    weekday : bool
        Whether weekdays are held fixed.
    """

    channels: tuple[str, ...]
    outcome: Outcome
    own_lags: int
    window_hours: int = 48
    delay_hours: int = 0
    coding: Coding = "bundle"
    posts: Posts = "counts"
    errors: Errors = "HC3"
    weekday: bool = True

    @property
    def days(self) -> int:
        """The width of the window in days."""
        return self.window_hours // 24

    @property
    def delay(self) -> int:
        """The days from the end of the window to the reading."""
        return self.delay_hours // 24

    @property
    def is_logarithm(self) -> bool:
        """Whether the outcome is one of the score's logarithm."""
        return self.outcome in _LOGARITHMS


@dataclass(frozen=True, slots=True)
class Options:
    """What a panel allows to choose.

    Attributes
    ----------
    channels : tuple of str
        Every channel, the focal one first.
    outcomes : tuple of str
        Transformations of the score, that of the primary first.
    window_hours, delay_hours, own_lags : tuple of int
        In rising order.
    codings, posts, errors : tuple of str
        That of the primary first.
    """

    channels: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    window_hours: tuple[int, ...] = tuple(range(24, 24 * BACK + 1, 24))
    delay_hours: tuple[int, ...] = tuple(range(0, 24 * BACK, 24))
    own_lags: tuple[int, ...] = tuple(range(MOST_LAGS + 1))
    codings: tuple[Coding, ...] = CODINGS
    posts: tuple[Posts, ...] = POSTS
    errors: tuple[Errors, ...] = ERRORS


def options_of(panel: Panel) -> Options:
    """Return what can be chosen on a panel: its channels, and what its kind of score allows."""
    return Options(panel.channels, _OUTCOMES[panel.kind])


def own_choice(panel: Panel) -> Choice:
    """Return the primary as a choice: every channel, and the study's own window."""
    return Choice(
        channels=panel.channels,
        outcome=_OUTCOMES[panel.kind][0],
        own_lags=own_lags(panel),
        window_hours=24 * panel.window_days,
    )


def refused(place: str, expected: str) -> InputError:
    """Return the error, one line, for a choice that gives no fit."""
    return InputError(Problem("invalid", "no fit", place, expected))


def check_choice(panel: Panel, choice: Choice) -> None:
    """Refuse a choice that the panel does not allow.

    Raises
    ------
    InputError
        One line that names what was chosen, and what is possible.
    """
    options = options_of(panel)
    if not choice.channels:
        raise refused("channels", "expected at least one")
    strange = [name for name in choice.channels if name not in options.channels]
    if strange:
        raise refused("channels", f"there is no {strange[0]!r}; expected {options.channels}")
    if len(set(choice.channels)) < len(choice.channels):
        raise refused("channels", "expected each one once")
    for place, value, allowed in (
        ("outcome", choice.outcome, options.outcomes),
        ("window", choice.window_hours, options.window_hours),
        ("delay", choice.delay_hours, options.delay_hours),
        ("own lags", choice.own_lags, options.own_lags),
        ("coding", choice.coding, options.codings),
        ("posts", choice.posts, options.posts),
        ("errors", choice.errors, options.errors),
    ):
        if value not in allowed:
            raise refused(place, f"expected one of {allowed}, found {value!r}")
    if choice.days + choice.delay > BACK:
        most = 24 * BACK
        found = choice.window_hours + choice.delay_hours
        raise refused("window", f"with its delay it reaches back {found} hours; at most {most}")
    _check_logarithm(panel, choice)


def _check_logarithm(panel: Panel, choice: Choice) -> None:
    known = np.isfinite(panel.score)
    if not choice.is_logarithm or (panel.score[known] > 0).all():
        return
    lowest = int(np.nanargmin(panel.score))
    found = f"{panel.score[lowest]:g} on {panel.dates[lowest]:%Y-%m-%d}"
    raise refused("outcome", f"a logarithm needs every reading above zero, found {found}")
