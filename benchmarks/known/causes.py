"""Why a bound is broken, by world and measure, with the numbers that ``causes.py`` measured."""

from __future__ import annotations

from typing import Any

_HIDDEN = (
    "The event makes the author blog and lifts the score in the same 48 hours, and no source shows "
    "it: nothing computed from them can tell it from an effect of blogging. Only posting at random "
    "can."
)
_COVERS = "interval holds the truth"

_CAUSES: dict[tuple[str, str], str] = {
    ("hidden-event", "false “blogging moves it”"): _HIDDEN,
    ("hidden-event", _COVERS): _HIDDEN,
    ("slow-blog", _COVERS): (
        "The model looks 48 hours back. Posts come in spells, so those of three to seven days "
        "before, which are still working, are counted as the newest one's effect. With the posts "
        "of those days in the model, {slow[accounts]:.0f} accounts of 730 readings gave a mean "
        "error of {slow[error]:.3f}, and {slow[covered]:.1%} of the intervals held the truth."
    ),
    ("saturation", _COVERS): (
        "The truth here is the mean of what the posts added. One more post also takes from the one "
        "after it, and that is what a regression measures: less. Less half of that loss (about the "
        "part in the same 48 hours), {saturated[covered_less_half]:.1%} of "
        "{saturated[accounts]:.0f} intervals at 730 readings held it."
    ),
    ("reactions", _COVERS): (
        "The truth here is the mean over all Facebook posts of the account. A blog post acts by "
        "its own shares, a few dozen, of which some get many reactions: the mean of those is "
        "another number. They are what the interval holds, in {reacted[covered_own]:.1%} of "
        "{reacted[accounts]:,.0f} accounts; the mean over all posts in {reacted[covered]:.1%}."
    ),
}


def cause_of(world: str, measure: str, numbers: dict[str, Any]) -> str:
    """Return the cause of a miss in words.

    Parameters
    ----------
    world, measure : str
        What was missed, and where.
    numbers : dict
        The content of ``docs/error-causes.json``.
    """
    return _CAUSES.get((world, measure), "not explained").format(**numbers)
