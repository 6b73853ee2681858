"""The panel of many accounts is that of each account alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.accounts.build import build
from analysis.accounts.columns import Columns
from analysis.accounts.effects import multipliers
from analysis.accounts.fit import fit
from analysis.accounts.folder import read_input
from analysis.accounts.gram import whole
from analysis.accounts.own import own_classical, own_hc3
from analysis.accounts.take_in import Options
from analysis.model.design import primary_design
from analysis.model.primary import fit_primary
from analysis.panel import CODINGS
from analysis.simulated import simulated_panel
from analysis.worlds import simulate
from tests.accounts import inputs

WORLDS = (("blog-only", 300), ("blog-only", 120), ("missing-readings", 260), ("whole-points", 90))


@pytest.fixture(scope="module")
def accounts():
    """Sixteen accounts, some long and some short, some with gaps."""
    return [
        (
            f"account {seed:02}",
            simulate(*[WORLDS[seed % 4][0]], seed=seed, days=WORLDS[seed % 4][1]),
        )
        for seed in range(16)
    ]


@pytest.fixture(scope="module")
def panel(accounts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    build(read_input(inputs.write(folder / "in", accounts)), folder / "out", Options(), print)
    return folder / "out"


@pytest.fixture(scope="module")
def rows(panel):
    return pd.concat(map(pd.read_parquet, sorted((panel / "panel").rglob("*.parquet"))))


@pytest.fixture(scope="module")
def columns(panel):
    return fit(panel).manifest


def columns_of(manifest) -> Columns:
    return Columns(tuple(manifest["channels"]), tuple(manifest["codings"]))


@pytest.mark.parametrize("coding", CODINGS)
def test_every_account_has_its_own_design(accounts, rows, columns, coding) -> None:
    every = columns_of(columns)
    for name, account in accounts:
        alone = simulated_panel(account)
        design = primary_design(alone, coding)
        mine = rows[(rows.account == name) & (rows.used == 1)]
        first = (alone.dates[0] - pd.Timestamp("1970-01-01")).days
        ours, theirs = set(mine.day), set((design.rows + first).tolist())
        assert theirs <= ours
        # Tables have no export that ends early: days are known that a file would not cover.
        for day in ours - theirs:
            assert any(np.isnan(alone.window(c)[day - first]) for c in alone.channels)
        same = mine[mine.day.isin(theirs)].sort_values("day")
        np.testing.assert_array_equal(same.outcome, design.y)
        for number, channel in enumerate(every.channels):
            column = f"posts_{CODINGS.index(coding)}_{number}"
            place = 1 + design.channels.index(channel)
            np.testing.assert_array_equal(same[column], design.x[:, place])
        assert set(same.lags) == {design.lags}


def test_own_estimates_are_those_of_the_account_alone(accounts, panel, rows, columns) -> None:
    every = columns_of(columns)
    keep = every.chosen("bundle")
    grams = whole(panel, every).chosen(keep)
    own, classical = own_hc3(panel, grams, every, keep), own_classical(grams)
    compared = 0
    for name, account in accounts:
        alone = simulated_panel(account)
        fitted = fit_primary(alone, "bundle")
        row = list(grams.accounts).index(name)
        if fitted is None or fitted.n != grams.n[row]:
            continue
        compared += 1
        for number, channel in enumerate(every.channels):
            one = fitted.coefficient(channel)
            assert own.beta[row, number] == pytest.approx(one.value, rel=1e-8, abs=1e-12)
            assert own.error[row, number] == pytest.approx(one.error, rel=1e-8)
            assert own.df[row] == one.df
        plain = fitted.statsmodels().model.fit()
        for number, channel in enumerate(every.channels):
            assert classical.error[row, number] == pytest.approx(plain.bse[channel], rel=1e-8)
        factor = multipliers(own.beta[[row]][:, [len(every.channels)]], 2, "level")[0]
        assert factor == pytest.approx(fitted.multiplier, rel=1e-9)
    assert compared >= 6
