"""The mean path of the score around a focal post, beside what chance gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.panel import LEADS, Flags, Floats, Panel

DAYS = tuple(range(-3, 8))
"""Readings around the first one after a post, which is day 0."""


@dataclass(frozen=True)
class MeanPath:
    """Where the score stands around a post, against the last reading before it.

    Attributes
    ----------
    days : tuple of int
        0 is the first reading after a post; -1, the last one before it, is the zero point.
    mean : array (d,)
        The score less that of day -1, averaged over the days with a post.
    low, high : array (d,)
        The central 95 % of the same average when the posts are shifted around the calendar:
        what chance gives with the same posting rhythm.
    counts : array (d,) of int
        The days with a post that enter each average.
    """

    days: tuple[int, ...]
    mean: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    counts: Floats = field(repr=False)


def paths(panel: Panel) -> Floats:
    """Return the path of the score around each day as if a post stood there; shape (n, d).

    NaN where a reading is missing or a known break lies between.
    """
    n = len(panel.dates)
    breaks = np.cumsum(panel.masked)
    base = np.arange(n) - 1
    table = np.full((n, len(DAYS)), np.nan)
    for column, day in enumerate(DAYS):
        there = np.arange(n) + day
        inside = (base >= 0) & (there >= 0) & (there < n)
        start, end = base[inside], there[inside]
        steady = breaks[start] == breaks[end]
        table[inside, column] = np.where(steady, panel.score[end] - panel.score[start], np.nan)
    return table


def shifted_means(posted: Flags, values: Floats) -> tuple[Floats, Floats]:
    """Return the mean of ``values`` at the posts for every circular shift of them.

    Parameters
    ----------
    posted : array (n,) of bool
        Days with a post.
    values : array (n,)
        What to average, NaN where not known.

    Returns
    -------
    means : array (n,)
        Position s: the mean when the posts are moved s days on; position 0 is as is. NaN
        where no value is known.
    counts : array (n,)
        How many values enter each.
    """
    known = np.isfinite(values)
    spectrum = np.conj(np.fft.rfft(posted.astype(float)))

    def summed(of: Floats) -> Floats:
        return np.fft.irfft(np.fft.rfft(of) * spectrum, n=len(of))

    counts = np.rint(summed(known.astype(float)))
    totals = summed(np.where(known, values, 0.0))
    return np.divide(totals, counts, out=np.full(len(values), np.nan), where=counts > 0), counts


def mean_path(panel: Panel) -> MeanPath | None:
    """Return the mean path around the focal posts, or None when there is none to average.

    A description, no estimate of an effect: paths of posts that follow each other overlap,
    and what else happened on those days is not held fixed.
    """
    n = len(panel.dates)
    bins = panel.posts["bundle"][panel.focal]
    today = bins[len(bins) - n - LEADS :][:n]
    known = np.isfinite(today)
    posted = today[known] > 0
    if not posted.any():
        return None
    columns = [shifted_means(posted, values) for values in paths(panel)[known].T]
    counts = np.array([count[0] for _, count in columns])
    if not counts.all():
        return None
    bands = np.array([np.nanquantile(means, [0.025, 0.975]) for means, _ in columns])
    mean = np.array([means[0] for means, _ in columns])
    return MeanPath(DAYS, mean, bands[:, 0], bands[:, 1], counts)
