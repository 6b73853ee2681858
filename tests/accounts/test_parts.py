"""The parts of a panel as they may stand on disk: empty, in another order, broken, or gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.accounts.build import build
from analysis.accounts.fit import fit, results
from analysis.accounts.folder import read_input
from analysis.accounts.gram import Grams
from analysis.accounts.own import own_classical, own_of_rows, solve
from analysis.accounts.take_in import Options
from analysis.errors import InputError
from analysis.worlds import simulate
from tests.accounts import inputs


@pytest.fixture(scope="module")
def panel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    accounts = [(f"a{seed}", simulate("blog-only", seed=seed, days=120)) for seed in range(4)]
    source = read_input(inputs.write(folder / "in", accounts))
    build(source, folder / "panel", Options(part_accounts=2), lambda _: None)
    return folder / "panel"


@pytest.fixture
def copy(panel, tmp_path) -> Path:
    return Path(shutil.copytree(panel, tmp_path / "panel"))


def test_empty_parts_and_rows_in_another_order_change_nothing(panel, copy) -> None:
    """As Spark may leave them: files without a row, and an account's days in any order."""
    for name in ("moments", "panel"):
        first = min((copy / name).rglob("*.parquet"))
        table = pq.read_table(first, partitioning=None)
        empty = copy / name / "part-00009"
        empty.mkdir()
        pq.write_table(table.slice(0, 0), empty / "part.parquet")
    rng = np.random.default_rng(3)
    for path in sorted((copy / "panel").rglob("*.parquet")):
        rows = pq.read_table(path, partitioning=None)
        if rows.num_rows:
            pq.write_table(rows.take(rng.permutation(rows.num_rows)), path)
    theirs, mine = (results(fit(place)) for place in (panel, copy))
    assert theirs == mine


@pytest.mark.parametrize("name", ["moments", "panel"])
def test_a_part_that_is_broken_is_one_line(copy, name) -> None:
    part = min((copy / name).rglob("*.parquet"))
    part.write_bytes(b"PAR1 but no more")
    with pytest.raises(InputError) as caught:
        fit(copy)
    said = f"panel/{name}/part-00000/part.parquet: expected a Parquet file of this program: "
    assert str(caught.value).startswith(said)
    assert str(copy.parent) not in str(caught.value)


def test_a_panel_without_moments_is_one_line(copy) -> None:
    shutil.rmtree(copy / "moments")
    with pytest.raises(InputError) as caught:
        fit(copy)
    assert str(caught.value) == "panel/moments: expected Parquet files, found none"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "needle study"}'])
def test_a_manifest_of_something_else_is_no_panel(copy, content) -> None:
    (copy / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        fit(copy)
    said = "panel, manifest.json: expected the panel that 'needle accounts build' makes"
    assert str(caught.value) == said


def grams(*x: np.ndarray) -> tuple[Grams, list[np.ndarray]]:
    """Return products of accounts with these regressors, and their outcomes."""
    rng = np.random.default_rng(1)
    y = [rng.normal(size=len(each)) for each in x]
    inner = [each - each.mean(axis=0) for each in x]
    outer = [each - each.mean() for each in y]
    made = Grams(
        np.array([f"a{row}" for row in range(len(x))]),
        np.array([float(len(each)) for each in x]),
        np.stack([each.T @ each for each in inner]),
        np.stack([each.T @ out for each, out in zip(inner, outer, strict=True)]),
        np.array([out @ out for out in outer]),
        np.full(len(x), 7),
        np.stack([each.sum(axis=0) for each in x]),
        np.zeros((len(x), 1)),
    )
    return made, y


def test_an_account_of_singular_products_does_not_touch_another() -> None:
    """Posts of two channels on the same days: the matrix has no inverse, to the last bit."""
    turns = np.array([0.0, 1.0] * 16)
    other = np.array([0.0, 0.0, 1.0, 1.0] * 8)
    same, fine = np.column_stack([turns, turns]), np.column_stack([turns, other])
    both, _ = grams(same, fine)
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.inv(both.xx)
    solved = solve(both)
    assert not solved.identified[0].any()
    assert solved.identified[1].all()
    alone = np.linalg.solve(both.xx[1], both.xy[1])
    np.testing.assert_allclose(solved.beta[1], alone, rtol=1e-12)
    assert list(solved.df) == [32 - 1 - 1, 32 - 2 - 1]
    assert np.isnan(own_classical(both).error[0]).all()


def test_readings_of_others_and_accounts_without_readings_are_passed_over() -> None:
    turns, other = np.array([0.0, 1.0] * 16), np.array([0.0, 0.0, 1.0, 1.0] * 8)
    x = np.column_stack([turns, other])
    both, y = grams(x, x)
    names = np.array(["a1", "someone", "a0"])
    rows = [
        (names, np.concatenate([x, x]), np.concatenate([y[1], y[0]]), np.array([0, 32, 64, 64]))
    ]
    found = own_of_rows(both, rows)
    inner = x - x.mean(axis=0)
    assert np.isfinite(found.error[1]).all()
    assert np.isnan(found.error[0]).all()  # nothing was read of it
    np.testing.assert_allclose(
        found.beta[1], np.linalg.lstsq(inner, y[1] - y[1].mean(), rcond=None)[0], rtol=1e-10
    )
    assert pd.isna(found.p[0]).all()
