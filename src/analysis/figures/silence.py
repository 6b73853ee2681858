"""The score as the days since the last focal post go by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.claims.base import number
from analysis.display import Picture, Table, Words
from analysis.evidence.silence import LONGEST, QUIET_DAYS, Silence
from analysis.figures.days import wording
from analysis.figures.style import FOCAL, LINE, OTHER, PALE, label, sheet, styled
from analysis.workbench import Study

_FORMATS = dict.fromkeys(("mean", "expected", "difference", "low", "high"), "+.3g")


@styled
def silence(study: Study) -> Picture | Words:
    """Draw the mean change by days since the last focal post, beside what is expected anyway."""
    found, words = study.silence(), wording(study)
    if found is None:
        return Words.of(
            f"There are no readings after {QUIET_DAYS} days without a {words.post}, or none other, "
            "so there is nothing to compare."
        )
    what = "change a day" if study.arrays.kind == "level" else "score"
    table = found.by_day
    days = table["days since the last post"]
    figure = sheet(3.6)
    ax = figure.subplots()
    ax.axvspan(QUIET_DAYS - 0.5, LONGEST + 0.5, color=PALE, linewidth=0)
    ax.axhline(0, color=LINE, lw=0.8)
    average = float(
        np.average(table["mean"].to_numpy(float), weights=table["readings"].to_numpy(float))
    )
    ax.vlines(days, average + table["low"], average + table["high"], color=FOCAL, linewidth=2)
    ax.plot(days, average + table["difference"], "o", color=FOCAL, label="observed")
    ax.plot(days, table["expected"], "_", color=OTHER, ms=14, mew=2, label="expected anyway")
    ax.set_xticks(days, [f"{day}+" if day == LONGEST else str(day) for day in days])
    ax.set(
        xlim=(-0.5, LONGEST + 0.5),
        xlabel=f"whole days since the last {label(words.post, 30)}; gray: silence",
        ylabel=f"{what}, points",
    )
    figure.legend(loc="outside upper left", ncols=2)
    title = f"The {study.data.settings.score.name} by days since the last {words.post}"
    return Picture.of(figure, title, _words(found, words.post, what), _table(table, title))


def _table(frame: pd.DataFrame, title: str) -> Table:
    return Table.of(
        frame,
        title,
        formats=_FORMATS,
        notes=f"The last row counts {LONGEST} days and more. Expected: by the score's own past.",
    )


def _words(found: Silence, post: str, what: str) -> str:
    first, last = found.by_day.iloc[0], found.by_day.iloc[-1]
    return (
        f"With a {post} in the 24 hours before, the mean {what} is "
        f"{number(first['mean'], signed=True)} points ({first['readings']:.0f} readings); "
        f"{last['days since the last post']:.0f} days or more after the last one it is "
        f"{number(last['mean'], signed=True)} ({last['readings']:.0f} readings). A smoothed score "
        "must come down when nothing new comes in: its own past alone (lags, weekday, height) "
        f"would put readings in silence {number(found.mechanical, signed=True)} from the average."
    )
