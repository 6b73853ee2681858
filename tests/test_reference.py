"""Certified and published numbers, and statsmodels' own models, as our engine gives them.

The data lie beside the checkout with a note of where each number was published; the tests that
need them are skipped where they are absent. Published tables are rounded, so their tolerance is
half of the last digit printed; certified values and other programs are met to the precision that
the conditioning of the data leaves of double precision.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.tsa.ardl import ARDL
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.evidence.sensitivity import classical_t
from analysis.model.design import primary_design
from analysis.model.fwl import partial_out
from analysis.model.hac import newey_west, with_newey_west
from analysis.model.ols import fit_hc3
from analysis.model.primary import combination, fit_primary
from analysis.panel import Floats
from tests.builders import simulated_panel

EPS = float(np.finfo(float).eps)


@pytest.fixture(scope="module")
def reference(shared: Path) -> Path:
    folder = shared / "reference"
    if not folder.is_dir():
        pytest.skip("the reference data are not beside this checkout (NEEDLE_SHARED)")
    return folder


def with_constant(frame: pd.DataFrame, *columns: str) -> Floats:
    return np.column_stack([np.ones(len(frame)), frame[list(columns)].to_numpy(dtype=float)])


def printed(value: float, digits: int) -> object:
    """Return ``value`` with the tolerance of a table that prints so many decimals."""
    return pytest.approx(value, abs=0.5 * 10.0**-digits + 1e-12)


def r_squared(y: Floats, rss: float) -> float:
    return 1 - rss / float(((y - y.mean()) ** 2).sum())


def classical_errors(x: Floats, y: Floats) -> Floats:
    """Return textbook standard errors: each coefficient over its textbook t."""
    fit = fit_hc3(x, y)
    found = [classical_t(x[:, k], np.delete(x, k, axis=1), y) for k in range(x.shape[1])]
    return np.array([b / t[0] for b, t in zip(fit.beta, found, strict=True) if t is not None])


def scaled_condition(x: Floats) -> float:
    return float(np.linalg.cond(x / np.linalg.norm(x, axis=0)))


LONGLEY = [
    -3482258.63459582,
    15.0618722713733,
    -0.0358191792925910,
    -2.02022980381683,
    -1.03322686717359,
    -0.0511041056535807,
    1829.15146461355,
]


def test_longley_as_nist_certifies_it(reference: Path) -> None:
    data = pd.read_csv(reference / "nist_longley.csv")
    x = with_constant(data, "GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR")
    y = data["TOTEMP"].to_numpy()
    # Its columns are nearly dependent on purpose: even scaled to length one, the condition number
    # takes five of the sixteen digits.
    tolerance = 10 * scaled_condition(x) * EPS
    assert tolerance < 1e-9
    fit = fit_hc3(x, y)
    np.testing.assert_allclose(fit.beta, LONGLEY, rtol=tolerance)
    assert fit.df_resid == 9
    assert np.sqrt(fit.rss / fit.df_resid) == pytest.approx(304.854073561965, rel=tolerance)
    r2 = r_squared(y, fit.rss)
    assert r2 == pytest.approx(0.995479004577296, rel=1e-13)
    assert r2 / 6 / ((1 - r2) / 9) == pytest.approx(330.285339234588, rel=tolerance)
    assert classical_errors(x, y)[0] == pytest.approx(890420.383607373, rel=tolerance)


def test_norris_as_nist_certifies_it(reference: Path) -> None:
    text = (reference / "nist_Norris.dat").read_text(encoding="ascii")
    certified = {
        name: (float(value), float(error))
        for name, value, error in re.findall(r"^ +(B\d) +(\S+) +(\S+)", text, re.MULTILINE)
    }
    assert set(certified) == {"B0", "B1"}
    spread = float(re.findall(r"Standard Deviation +(0\.\d+)", text)[0])
    explained = float(re.findall(r"R-Squared +(0\.\d+)", text)[0])
    rows = np.array([line.split() for line in text.splitlines()[60:96]], dtype=float)
    assert len(rows) == 36
    y, x = rows[:, 0], np.column_stack([np.ones(36), rows[:, 1]])
    fit = fit_hc3(x, y)
    # Fifteen digits are certified. The constant is 1e-3 of a typical y, and so is what is left of
    # y: three digits go, of the sixteen that there are.
    np.testing.assert_allclose(fit.beta, [value for value, _ in certified.values()], rtol=1e-12)
    np.testing.assert_allclose(
        classical_errors(x, y), [error for _, error in certified.values()], rtol=1e-12
    )
    assert np.sqrt(fit.rss / fit.df_resid) == pytest.approx(spread, rel=1e-12)
    assert r_squared(y, fit.rss) == pytest.approx(explained, rel=1e-14)


def test_fertility_and_the_lags_that_only_matter_together(reference: Path) -> None:
    data = pd.read_csv(reference / "wooldridge_fertil3.csv").dropna(subset=["pe_2"])
    x = with_constant(data, "pe", "pe_1", "pe_2", "ww2", "pill")
    y = data["gfr"].to_numpy()
    fit = fit_hc3(x, y)
    assert len(y) == 70
    constant, pe, pe_1, pe_2, ww2, pill = fit.beta
    assert constant == printed(95.87, 2)
    assert (pe, pe_1, pe_2) == (printed(0.0727, 4), printed(-0.0058, 4), printed(0.0338, 4))
    assert (ww2, pill) == (printed(-22.13, 2), printed(-31.30, 2))
    assert r_squared(y, fit.rss) == printed(0.499, 3)
    together = combination(fit, {1: 1.0, 2: 1.0, 3: 1.0})
    assert together.value == printed(0.101, 3)
    # Its textbook error is that of the first lag when the other two are differences from it.
    moved = np.column_stack([x[:, 2] - x[:, 1], x[:, 3] - x[:, 1], x[:, [0, 4, 5]]])
    found = classical_t(x[:, 1], moved, y)
    assert found is not None
    assert together.value / found[0] == printed(0.030, 3)


def test_fertility_in_differences(reference: Path) -> None:
    data = pd.read_csv(reference / "wooldridge_fertil3.csv").dropna(subset=["cpe_2"])
    x = with_constant(data, "cpe", "cpe_1", "cpe_2")
    y = data["cgfr"].to_numpy()
    assert len(y) == 69
    expected = (printed(-0.036, 3), printed(-0.014, 3), printed(0.110, 3))
    assert tuple(fit_hc3(x, y).beta[1:]) == expected
    errors = (printed(0.027, 3), printed(0.028, 3), printed(0.027, 3))
    assert tuple(classical_errors(x, y)[1:]) == errors


def test_dumping_charges_before_and_after(reference: Path) -> None:
    data = pd.read_csv(reference / "wooldridge_barium.csv")
    x = with_constant(data, "lchempi", "lgas", "lrtwex", "befile6", "affile6", "afdec6")
    y = data["lchnimp"].to_numpy()
    fit = fit_hc3(x, y)
    assert len(y) == 131
    assert tuple(fit.beta[4:]) == (printed(0.060, 3), printed(-0.032, 3), printed(-0.565, 3))
    errors = (printed(0.261, 3), printed(0.264, 3), printed(0.286, 3))
    assert tuple(classical_errors(x, y)[4:]) == errors
    assert r_squared(y, fit.rss) == printed(0.305, 3)


def test_wages_of_545_men_over_eight_years(reference: Path) -> None:
    data = pd.read_csv(reference / "wooldridge_wagepan.csv")
    men, years = data["nr"].nunique(), data["year"].nunique()
    names = ["expersq", "married", "union", *(f"d8{year}" for year in range(1, 8))]
    # A man's own mean stands for his own column (Frisch, Waugh and Lovell); the degrees of
    # freedom that these columns take are put back below.
    within = data[names] - data.groupby("nr")[names].transform("mean")
    y = (data["lwage"] - data.groupby("nr")["lwage"].transform("mean")).to_numpy()
    x = within.to_numpy()
    fit = fit_hc3(x, y)
    assert (men, years, fit.df_resid) == (545, 8, 545 * 8 - 10)
    assert tuple(fit.beta[:3]) == (printed(-0.0052, 4), printed(0.0467, 4), printed(0.0800, 4))
    errors = classical_errors(x, y)[:3] * np.sqrt(fit.df_resid / (fit.df_resid - men))
    assert tuple(errors) == (printed(0.0007, 4), printed(0.0183, 4), printed(0.0193, 4))
    # One column at a time gives the same coefficient.
    part = partial_out(x[:, 1], np.delete(x, 1, axis=1))
    assert part is not None
    assert part.left @ part.residual(y) / part.square == pytest.approx(fit.beta[1], rel=1e-10)


@pytest.mark.parametrize("width", range(4))
def test_errors_alike_on_neighboring_days_as_another_program_has_them(
    reference: Path, width: int
) -> None:
    # Covariances of a pooled panel with holes, 30 units, printed with 15 digits. Days that lie
    # far apart have nothing to do with each other, so each unit gets a stretch of its own.
    panel = pd.read_csv(reference / "linearmodels_ac-covariance-panel.csv")
    table = pd.read_csv(reference / "linearmodels_ac-covariance-reference.csv")
    wanted = table[(table["model"] == "pooling") & (table["maxlag"] == width)]
    names = ["(Intercept)", "x1", "x2"]
    expected = wanted.pivot_table(index="row", columns="column", values="value")
    x = with_constant(panel, "x1", "x2")
    days = (1000 * panel["entity"] + panel["time"]).to_numpy(dtype=np.int64)
    assert (np.diff(days) > 0).all()
    fit = fit_hc3(x, panel["y"].to_numpy())
    ours = newey_west(x, fit, width, days) * fit.df_resid / len(panel)
    np.testing.assert_allclose(ours, expected.loc[names, names].to_numpy(), rtol=1e-10)


def test_ardl_on_textbook_data(reference: Path) -> None:
    data = pd.read_csv(reference / "wooldridge_fertil3.csv")
    theirs = ARDL(data["gfr"], 1, data[["pe"]], {"pe": [0, 1, 2]}, trend="c")
    plain = theirs.fit(cov_type="HC3", use_t=True)
    columns = with_constant(data.iloc[2:], "gfr_1", "pe", "pe_1", "pe_2")
    fit = fit_hc3(columns, data["gfr"].to_numpy()[2:])
    # The condition number is 29 once scaled, 1e3 as the columns stand: 1e-9 leaves room for its
    # square.
    np.testing.assert_allclose(fit.beta, plain.params, rtol=1e-9)
    np.testing.assert_allclose(fit.standard_errors, plain.bse, rtol=1e-9)


def test_the_primary_is_an_ardl() -> None:
    panel = simulated_panel(5, 260, {"blog": 0.5})
    design = primary_design(panel, "bundle")
    first = int(design.rows[0]) - design.lags
    span = slice(first, len(panel.dates))
    counts = {name: panel.window(name)[span] for name in panel.channels}
    weekdays = {str(day): (panel.weekday[span] == day).astype(float) for day in range(1, 7)}
    theirs = ARDL(
        panel.outcome[span],
        design.lags,
        pd.DataFrame(counts).to_numpy(),
        0,
        trend="c",
        fixed=pd.DataFrame(weekdays).to_numpy(),
    )
    ours = fit_primary(panel)
    assert ours is not None
    lags, channels = design.lags, len(design.channels)
    mine = np.r_[0, np.arange(1 + channels, 1 + channels + lags), np.arange(1, 1 + channels)]
    # Both solve the same well-conditioned least squares: equal but for rounding.
    for options, fit in (
        ({"cov_type": "HC3"}, ours.ols),
        (
            {"cov_type": "HAC", "cov_kwds": {"maxlags": 5, "use_correction": True}},
            with_newey_west(design.x, ours.ols, 5, design.rows),
        ),
    ):
        result = theirs.fit(use_t=True, **options)
        assert len(result.params) == design.x.shape[1]
        order = ardl_places(list(result.model.exog_names), lags, channels)
        np.testing.assert_allclose(fit.beta[mine], result.params[order], rtol=1e-8)
        np.testing.assert_allclose(fit.standard_errors[mine], result.bse[order], rtol=1e-8)


def ardl_places(names: list[str], lags: int, channels: int) -> list[int]:
    """Return where an ARDL has its constant, own lags and channels."""
    own = [names.index(name) for name in names if name.startswith("y.L")]
    others = [place for place, name in enumerate(names) if re.fullmatch(r"x\d+\.L0", name)]
    assert (len(own), len(others)) == (lags, channels)
    return [names.index("const"), *own, *others]


def test_a_random_walk_by_the_kalman_filter_is_least_squares_on_its_changes() -> None:
    panel = simulated_panel(8, 200, {"blog": 0.5})
    counts = np.column_stack([np.ones(200), *(panel.window(name) for name in panel.channels)])
    theirs = UnobservedComponents(
        panel.score, level="rwalk", exog=np.cumsum(counts, axis=0), mle_regression=False
    ).fit(disp=False)
    fit = fit_hc3(counts[1:], np.diff(panel.score))
    # The filter begins with a variance of 1e6 where least squares has an infinite one, and the
    # search for the variance stops at four or five digits; coefficients hang on neither much.
    np.testing.assert_allclose(theirs.filtered_state[1:, -1], fit.beta, atol=1e-6)
    variance = fit.rss / fit.df_resid
    assert theirs.params[0] == pytest.approx(variance, rel=1e-3)
    plain = variance * np.diag(np.linalg.inv(counts[1:].T @ counts[1:]))
    spread = np.diagonal(theirs.filtered_state_cov[1:, 1:, -1])
    np.testing.assert_allclose(spread, plain, rtol=1e-3)


def test_hac_of_statsmodels_on_textbook_data(reference: Path) -> None:
    data = pd.read_csv(reference / "wooldridge_barium.csv")
    x = with_constant(data, "lchempi", "lgas", "lrtwex", "befile6", "affile6", "afdec6")
    y = data["lchnimp"].to_numpy()
    fit = fit_hc3(x, y)
    for width in (0, 1, 4, 12):
        theirs = sm.OLS(y, x).fit(
            cov_type="HAC", cov_kwds={"maxlags": width, "use_correction": True}
        )
        # The columns are logs of growing series: the condition number, 1e3 once scaled, enters
        # squared, and some covariances are small beside the variances that they belong to.
        np.testing.assert_allclose(newey_west(x, fit, width), theirs.cov_params(), rtol=1e-8)
