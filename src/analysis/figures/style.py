"""One look for every picture: legible on a phone, and told by more than color."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib.dates as mdates
import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from numpy.typing import NDArray

from analysis.display import visible

FOCAL = "#0072B2"
OTHER = "#4D4D4D"
AGAINST = "#D55E00"
"""From the palette of Okabe and Ito, which color-blind readers tell apart."""
PALE = "#E4E4E4"
LINE = "#8C8C8C"

WIDTH = 5.5
TALLEST = 60.0
"""Inches. At 96 CSS pixels an inch the width is 528 pixels: a phone that shows it 350 wide shows
type of SMALL points over 9 pixels high."""
SMALL = 10.5
"""Points of the smallest type in a picture."""

_FONT = "DejaVu Sans"
_LOOK = {
    "font.family": [_FONT],
    "font.size": 11,
    "axes.labelsize": 11,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "hatch.linewidth": 0.6,
    # Names of channels are scraped text: a dollar sign in one begins no formula.
    "text.parse_math": False,
}

_Args = ParamSpec("_Args")
_Shown = TypeVar("_Shown")


def styled(draw: Callable[_Args, _Shown]) -> Callable[_Args, _Shown]:
    """Return ``draw`` so that it works in this look, whatever the reader's own settings."""

    @wraps(draw)
    def inside(*args: _Args.args, **options: _Args.kwargs) -> _Shown:
        with matplotlib.style.context(["default", _LOOK]):
            return draw(*args, **options)

    return inside


def sheet(height: float) -> Figure:
    """Return an empty figure of ``height`` inches that belongs to no window."""
    whole = round(min(height, TALLEST) * 32) / 32  # so that the page can show whole pixels
    return Figure(figsize=(WIDTH, whole), layout="constrained")


@cache
def _has_glyph(character: str) -> bool:
    return bool(get_font(findfont(_FONT)).get_char_index(ord(character)))


def label(text: object, most: int = 18) -> str:
    """Return text fit to be drawn: one line, no more than ``most`` characters, no formula.

    Characters that the font lacks become boxes (the picture's words and table have them), and
    the middle of a long name gives way: names that differ often differ at the end.
    """
    line = " ".join(visible(text).split())
    drawn = "".join(character if _has_glyph(character) else "□" for character in line)
    if len(drawn) <= most:
        return drawn
    tail = (most - 1) // 3
    return f"{drawn[: most - 1 - tail]}…{drawn[-tail:]}"


def listed(names: Sequence[str]) -> str:
    """Return names as "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: "1 post", "12 posts"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def day(date: Any) -> str:
    """Return a day, a pandas Timestamp, as 2012-06-22."""
    return f"{date:%Y-%m-%d}"


def as_numbers(dates: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return times as matplotlib counts them: in days since 1970."""
    return dates.to_numpy(dtype="datetime64[us]").astype(np.int64) / 86_400_000_000.0


def date_axis(ax: Axes, dates: pd.DatetimeIndex) -> None:
    """Label the x axis of ``ax`` with a few of ``dates``, the year under the first of each."""
    first, last = as_numbers(dates[[0, -1]])
    ax.set_xlim(first - 1, last + 1)
    locator: Any = mdates.AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    found = locator.tick_values(dates[0].to_pydatetime(), dates[-1].to_pydatetime())
    ticks = [tick for tick in found if first - 1 <= tick <= last + 1 and tick % 1 == 0]
    names, year = [], None
    for at in map(mdates.num2date, ticks):
        name = f"{at:%b}" if last - first > 120 else f"{at.day} {at:%b}"
        names.append(name if at.year == year else f"{name}\n{at.year}")
        year = at.year
    ax.set_xticks(ticks, names)


def name_rows(
    ax: Axes, names: Sequence[str], focal: str | None = None, aside: Container[str] = ()
) -> None:
    """Label the rows 0, 1, 2 … of ``ax`` from the top.

    Parameters
    ----------
    ax : Axes
        Where.
    names : sequence of str
        The rows' names.
    focal : str, optional
        The one set in bold.
    aside : container of str
        Those marked as not judged.
    """
    shown = [label(name) + ("\nnot judged" if name in aside else "") for name in names]
    ax.set_yticks(range(len(names)), shown)
    ax.set_ylim(len(names) - 0.5, -0.5)
    bare_left(ax)
    for name, text in zip(names, ax.get_yticklabels(), strict=True):
        text.set_fontweight("bold" if name == focal else "normal")


def bare_left(ax: Axes) -> None:
    """Take the line and the ticks from the left side of ``ax``: rows need neither."""
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
