"""Whether what the regression leaves over behaves as its tests assume."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.claims.base import number
from analysis.display import Picture, Table, Words
from analysis.evidence.diagnostics import Reference, Residuals, reference, residual_views
from analysis.figures.intervals import no_fit
from analysis.figures.style import (
    AGAINST,
    LINE,
    OTHER,
    PALE,
    as_numbers,
    counted,
    date_axis,
    sheet,
    styled,
)
from analysis.workbench import Study

_EXACT = "The regression fits every reading exactly, so it leaves nothing over to check."


@styled
def residual_checks(study: Study) -> Picture | Words:
    """Draw the residuals over time, their autocorrelation, and their quantiles."""
    fit = study.fit()
    if fit is None:
        return no_fit(study)
    views = residual_views(fit)
    if views is None:
        return Words.of(_EXACT)
    dates = study.arrays.dates
    figure = sheet(5.2)
    grid = figure.add_gridspec(2, 2)
    over_time = figure.add_subplot(grid[0, :])
    over_time.plot(
        as_numbers(dates[fit.design.rows]), views.residuals, ".", color=OTHER, markersize=4
    )
    over_time.axhline(0, color=LINE, linewidth=1)
    over_time.set_title("Residuals over time, points")
    date_axis(over_time, dates)
    _draw_autocorrelation(figure.add_subplot(grid[1, 0]), views)
    _draw_quantiles(figure.add_subplot(grid[1, 1]), views)
    return Picture.of(
        figure,
        "What the regression leaves over",
        _residual_words(views, fit.n),
        Table.of(
            pd.DataFrame(
                {
                    "date": dates[fit.design.rows],
                    "outcome": fit.design.y,
                    "residual": views.residuals,
                }
            ),
            "Residuals",
            formats={"residual": "+.3g"},
        ),
    )


def _draw_autocorrelation(ax: Axes, views: Residuals) -> None:
    days = np.arange(1, len(views.autocorrelation) + 1)
    ax.axhspan(-views.bound, views.bound, color=PALE, linewidth=0)
    ax.vlines(days, 0, views.autocorrelation, color=OTHER, linewidth=1.6)
    ax.plot(days, views.autocorrelation, "o", color=OTHER, markersize=3.5)
    ax.axhline(0, color=LINE, linewidth=1)
    reach = max(0.25, 1.15 * float(np.nanmax(np.abs(views.autocorrelation), initial=0.0)))
    ax.set(ylim=(-reach, reach), xlabel="days apart", title="Autocorrelation")


def _draw_quantiles(ax: Axes, views: Residuals) -> None:
    ends = views.normal[[0, -1]]
    ax.plot(ends, ends, color=AGAINST, linestyle="--", linewidth=1.2)
    ax.plot(views.normal, views.ordered, ".", color=OTHER, markersize=4)
    ax.set(xlabel="normal quantile", title="Quantiles, in sd")


def _residual_words(views: Residuals, n: int) -> str:
    strongest = int(np.nanargmax(np.abs(views.autocorrelation)))
    far = int((np.abs(views.ordered) > 3).sum())
    return (
        f"{n} residuals with a standard deviation of {number(views.spread)}. "
        f"{views.outside} of {len(views.autocorrelation)} autocorrelations lie outside "
        f"±{number(views.bound)}, where about one in twenty does by chance; the strongest is "
        f"{number(views.autocorrelation[strongest], signed=True)} at "
        f"{counted(strongest + 1, 'day')}. {far} residuals lie more than three standard "
        f"deviations out; a normal distribution would have {number(0.0027 * n)}."
    )


def diagnostics_table(study: Study) -> Table | Words:
    """Return tests of the residuals and the agreement with statsmodels, and what they mean."""
    fit = study.fit()
    if fit is None:
        return no_fit(study)
    if residual_views(fit) is None:
        return Words.of(_EXACT)
    checked = reference(fit)
    rows = [
        (
            f"{test.name}{f', {test.lags} days' if test.lags else ''}",
            test.statistic,
            test.p,
            _MEANINGS[test.name][test.p < study.data.settings.question.alpha],
        )
        for test in checked.tests
    ]
    rows += _agreement(checked)
    return Table.of(
        pd.DataFrame(rows, columns=["check", "statistic", "p", "what it means here"]),
        "Checks of the regression, by statsmodels",
        formats={"statistic": ".3g", "p": ".2g"},
    )


_MEANINGS = {
    "Ljung-Box": (
        "no pattern from day to day is left",
        "a pattern from day to day is left: trust the shifted-calendar placebo more than p",
    ),
    "Breusch-Godfrey": (
        "the same by the test made for models with own lags",
        "by the test made for models with own lags a pattern is left: see the placebo as well",
    ),
    "Breusch-Pagan": (
        "the spread is even",
        "the spread differs between days, which the HC3 errors allow for",
    ),
    "Jarque-Bera": (
        "the residuals look normal",
        "the residuals are not normal; with this many readings the tests hold without that",
    ),
}


_ROUNDING = 1e-10
"""Relative; what a sum of hundreds of terms may lose, with room. Smaller digits are noise."""


def _agreement(checked: Reference) -> list[tuple[str, float, float, str]]:
    nan = float("nan")
    solid = checked.condition < 30
    apart = "the columns can be told apart" if solid else "some columns nearly repeat others"
    return [
        ("condition number", checked.condition, nan, apart),
        ("estimates, beside statsmodels'", nan, nan, _same(checked.estimates)),
        ("HC3 errors, beside statsmodels'", nan, nan, _same(checked.errors)),
    ]


def _same(difference: float) -> str:
    if difference < _ROUNDING:
        return "equal but for rounding"
    return f"they differ, by up to {number(difference)} of the largest: do not trust them"
