"""Fits of the specifications of one setting, and their table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from analysis.evidence.channels import MIN_POSTS, MIN_QUIET, MIN_READINGS
from analysis.evidence.specifications import (
    AXES,
    HAC,
    HC3,
    LOGARITHM,
    WITH,
    WITHOUT,
    Columns,
    Setting,
    columns_of,
)
from analysis.model.batch import FocalFits, nested_fits, share
from analysis.model.design import MIN_SPARE
from analysis.model.ols import rests_on
from analysis.model.primary import window_multipliers
from analysis.panel import Flags, Floats


@dataclass(frozen=True)
class FitGroup:
    """Fits that differ in their sample only.

    Attributes
    ----------
    levels : dict of str to str
        Their level on every axis but sample and errors.
    samples : tuple of str
        The samples that hold enough; m of them.
    usable : array (s,) of bool
        Which of all those were.
    effect : array (m,)
        In points for the first post.
    errors : dict of str to array (m,)
        Its standard error, by kind.
    df, n : array (m,) of int
        Degrees of freedom, and rows.
    null : array (m, b)
        The effect in each account of the null.
    """

    levels: dict[str, str]
    samples: tuple[str, ...]
    usable: Flags = field(repr=False)
    effect: Floats = field(repr=False)
    errors: dict[str, Floats] = field(repr=False)
    df: NDArray[np.int64] = field(repr=False)
    n: NDArray[np.int64] = field(repr=False)
    null: Floats = field(repr=False)


def setting_fits(
    setting: Setting, kept: dict[str, Flags], lags: tuple[int, ...], null: Floats
) -> Iterator[FitGroup]:
    """Yield the fits of a setting: for each number of lags, with and without weekday.

    Parameters
    ----------
    setting : Setting
        The setting.
    kept : dict of str to array (n,) of bool
        The samples.
    lags : tuple of int
        The numbers of own lags.
    null : array (n, b)
        Outcomes of the accounts of the null, a row a day.
    """
    data = columns_of(setting, kept, lags)
    if not len(data.days):
        return
    shared = share(data.x, data.y, data.rows, data.days)
    enough = _enough_posts(data, setting.panel.window_days)
    outcomes, posted = null[data.days], data.focal > 0
    start = 0
    for count, names in data.samples.items():
        sets = slice(start, start + len(names))
        start = sets.stop
        without, beside = nested_fits(shared, data.chosen(count), data.weekdays, sets)
        for weekday, fits in ((WITH, beside), (WITHOUT, without)):
            levels = setting.levels | {"own lags": str(count), "weekday": weekday}
            n = shared.counts[sets]
            rests = rests_on(fits.weights, posted)
            held = enough[sets] & (rests >= MIN_READINGS)
            yield _group(setting, levels, names, fits, n, held, outcomes)


def _enough_posts(data: Columns, window_days: int) -> Flags:
    """Return which sets of rows hold enough focal posts, and enough readings without any."""
    rows = data.rows.astype(np.float64)
    posts = np.ceil(rows @ data.focal / window_days)
    quiet = rows @ (data.focal == 0).astype(np.float64)
    return np.asarray((posts >= MIN_POSTS) & (quiet >= MIN_QUIET))


def _group(
    setting: Setting,
    levels: dict[str, str],
    names: tuple[str, ...],
    fits: FocalFits,
    n: NDArray[np.int64],
    enough: Flags,
    outcomes: Floats,
) -> FitGroup:
    scale = _scale(setting, fits, int(levels["own lags"]), len(setting.panel.channels))
    known = np.isfinite(fits.beta[:, 0]) & (fits.hc3 > 0) & (fits.hac > 0)
    usable = known & enough & (fits.df >= MIN_SPARE)
    return FitGroup(
        levels=levels,
        samples=tuple(name for name, use in zip(names, usable, strict=True) if use),
        usable=usable,
        effect=(scale * fits.beta[:, 0])[usable],
        errors={
            HC3: (np.abs(scale) * fits.hc3)[usable],
            HAC: (np.abs(scale) * fits.hac)[usable],
        },
        df=fits.df[usable],
        n=n[usable],
        null=scale[usable, None] * (fits.weights @ outcomes)[usable],
    )


def _scale(setting: Setting, fits: FocalFits, lags: int, channels: int) -> Floats:
    """Return what turns each coefficient into the effect of the first post; shape (s,)."""
    first = float(np.log(2)) if setting.posts == LOGARITHM else 1.0
    days = setting.panel.window_days
    if setting.panel.kind == "flow" or days == 1:
        return np.full(len(fits.df), first)
    start = 1 + channels
    phi = fits.beta[:, start : start + min(lags, days - 1)]
    phi = np.where(np.isnan(phi), 0.0, phi)
    return first * window_multipliers(phi, days)


def fits_table(groups: Sequence[FitGroup], sample_names: Sequence[str]) -> pd.DataFrame:
    """Return one row a specification: its levels, effect, error, df, p and n.

    Parameters
    ----------
    groups : sequence of FitGroup
        The fits; each is two specifications, by its error.
    sample_names : sequence of str
        The samples, in the order to show them.
    """
    sizes = [len(group.effect) for group in groups]
    columns: dict[str, object] = {
        axis: _levels([group.levels[axis] for group in groups], sizes)
        for axis in AXES
        if axis not in ("sample", "errors")
    }
    taken = [name for group in groups for name in group.samples]
    columns["sample"] = _levels(taken, [1] * len(taken), sample_names)
    columns["errors"] = pd.Categorical.from_codes(
        np.repeat([0, 1], len(taken)), pd.Index([HC3, HAC] if taken else [])
    )
    effect = np.tile(_joined([group.effect for group in groups]), 2)
    error = _joined([group.errors[kind] for kind in (HC3, HAC) for group in groups])
    df = np.tile(_joined([group.df for group in groups]).astype(int), 2)
    n = np.tile(_joined([group.n for group in groups]).astype(int), 2)
    p = 2 * special.stdtr(df, -np.abs(effect / error))
    numbers = {"effect": effect, "error": error, "df": df, "p": p, "n": n}
    return pd.DataFrame({axis: columns[axis] for axis in AXES} | numbers)


def _levels(
    names: Sequence[str], sizes: Sequence[int], levels: Sequence[str] | None = None
) -> pd.Categorical[str]:
    """Return each name as often as its size, and all of it again for the second error.

    The levels are those given, or the names that occur, in their order.
    """
    held = [name for name, size in zip(names, sizes, strict=True) if size]
    codes = {name: place for place, name in enumerate(levels or dict.fromkeys(held))}
    each = np.repeat([codes[name] for name in held], [size for size in sizes if size])
    return pd.Categorical.from_codes(np.tile(each.astype(int), 2), pd.Index(list(codes)))


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([np.empty(0), *parts])
