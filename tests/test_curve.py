"""The specification curve: every fit is the textbook's, and its null holds its level."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis
from analysis.claims.base import number, percent
from analysis.display import Picture, Words
from analysis.evidence.curve import Curve, specification_curve
from analysis.evidence.specifications import AXES, samples
from analysis.figures.curve import choices, specifications
from analysis.model.batch import FocalFits, focal_fits, share
from analysis.model.design import own_lags, primary_design
from analysis.model.hac import bandwidth, newey_west
from analysis.model.null import null_outcomes
from analysis.model.ols import fit_hc3
from analysis.model.primary import Estimate, fit_primary
from analysis.panel import BACK, Floats, Panel, outcome
from tests.builders import days_from, panel_of, simulated_panel, write_study

ROOT = Path(__file__).parents[1]
QUICK = (7, 14)


def data(seed: int, n: int = 150, k: int = 12) -> tuple[Floats, Floats]:
    """Return columns like a design's, the focal one first, and an outcome with wild days."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson([0.4, 3.0, 900.0], (n, 3)).astype(float)
    x = np.column_stack([counts[:, :1], np.ones(n), counts[:, 1:], rng.normal(size=(n, k - 4))])
    return x, x[:, 0] * 0.3 + rng.standard_t(3, n) * (1 + counts[:, 0])


def with_gaps(x: Floats, y: Floats, rows: np.ndarray) -> tuple[Floats, float]:
    """Return statsmodels' coefficients and Newey-West error of column 0, days kept apart.

    Rows of zeros stand for the days left out: they add nothing to any sum, but keep the distance.
    """
    used = rows[:, None]
    lags, n = bandwidth(int(rows.sum())), rows.sum()
    fit = sm.OLS(np.where(rows, y, 0), np.where(used, x, 0)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    rank = np.linalg.matrix_rank(x[rows])
    return fit.params, float(fit.bse[0] * np.sqrt(n / (n - rank)))


@pytest.mark.parametrize("seed", range(5))
def test_fits_equal_statsmodels(seed: int) -> None:
    x, y = data(seed)
    rng = np.random.default_rng(seed + 100)
    rows = np.array([np.ones(150, bool), np.arange(150) < 80, *(rng.random((6, 150)) < 0.8)])
    columns = [0, 1, *np.sort(rng.choice(np.arange(2, 12), 7, replace=False))]
    found = focal_fits(share(x, y, rows), columns)
    for place, used in enumerate(rows):
        theirs = sm.OLS(y[used], x[used][:, columns]).fit(cov_type="HC3", use_t=True)
        np.testing.assert_allclose(found.beta[place], theirs.params, rtol=1e-8)
        assert found.hc3[place] == pytest.approx(theirs.bse[0], rel=1e-10)
        assert found.df[place] == theirs.df_resid
        _, hac = with_gaps(x[:, columns], y, used)
        assert found.hac[place] == pytest.approx(hac, rel=1e-10)
        assert found.weights[place] @ y == pytest.approx(theirs.params[0], rel=1e-8)
        assert not found.weights[place][~used].any()
    plain = sm.OLS(y, x[:, columns]).fit(
        cov_type="HAC", cov_kwds={"maxlags": bandwidth(150), "use_correction": True}
    )
    assert found.hac[0] == pytest.approx(plain.bse[0], rel=1e-10)


def test_days_apart_are_as_far_apart_as_they_are() -> None:
    x, y = data(3)
    used = np.sort(np.random.default_rng(0).choice(400, 150, replace=False))
    found = focal_fits(share(x, y, np.ones((1, 150), bool), used), range(12))
    expected = newey_west(x, fit_hc3(x, y), bandwidth(150), used)[0, 0]
    assert found.hac[0] == pytest.approx(np.sqrt(expected), rel=1e-9)
    together = focal_fits(share(x, y, np.ones((1, 150), bool)), range(12))
    assert found.hac[0] != pytest.approx(together.hac[0], rel=1e-4)


def one(x: Floats, y: Floats, rows: np.ndarray | None = None) -> FocalFits:
    """Return the fits of all columns on all rows, and on ``rows``."""
    every = np.ones(len(y), dtype=bool)
    sets = np.array([every, every if rows is None else rows])
    return focal_fits(share(x, y, sets), range(x.shape[1]))


def test_a_focal_combination_of_others_is_not_identified() -> None:
    x, y = data(0)
    x[:, 0] = x[:, 2] - 2 * x[:, 5]
    found = one(x, y)
    assert np.isnan(found.beta[:, 0]).all()
    assert np.isnan(found.hc3).all()
    assert np.isnan(found.hac).all()
    assert not found.weights.any()


def test_a_combination_among_the_others_changes_nothing() -> None:
    x, y = data(1)
    doubled = np.column_stack([x, x[:, 4] + x[:, 6]])
    found, plain = one(doubled, y), one(x, y)
    for field in ("hc3", "hac", "df"):
        np.testing.assert_allclose(getattr(found, field), getattr(plain, field), rtol=1e-9)
    np.testing.assert_allclose(found.beta[:, 0], plain.beta[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.weights, plain.weights, rtol=1e-7, atol=1e-12)
    assert np.isnan(found.beta[:, 4]).all()


def test_columns_nearly_alike_keep_their_digits() -> None:
    x, y = data(2)
    theirs = sm.OLS(y, x).fit(cov_type="HC3")
    x[:, 5] = x[:, 4] + 1e-6 * x[:, 5]  # the two span what they spanned before
    found = one(x, y)
    assert found.beta[0, 0] == pytest.approx(theirs.params[0], rel=1e-8)
    assert found.hc3[0] == pytest.approx(theirs.bse[0], rel=1e-8)


def test_a_specification_needs_its_constant() -> None:
    x, y = data(2)
    with pytest.raises(ValueError, match="constant"):
        focal_fits(share(x, y, np.ones((1, 150), bool)), [0, 2, 3])
    with pytest.raises(ValueError, match="constant"):
        share(x[:, 2:], y, np.ones((1, 150), bool))


def test_a_row_with_a_column_of_its_own_is_left_out() -> None:
    x, y = data(4)
    own = np.zeros(150)
    own[20] = 1.0
    rest = np.arange(150) != 20
    found = one(np.column_stack([x, own]), y)
    theirs = sm.OLS(y[rest], x[rest]).fit(cov_type="HC3")
    assert found.beta[0, 0] == pytest.approx(theirs.params[0], rel=1e-9)
    assert found.hc3[0] == pytest.approx(theirs.bse[0], rel=1e-9)
    assert found.hac[0] == pytest.approx(with_gaps(x, y, rest)[1], rel=1e-9)
    assert found.df[0] == theirs.df_resid
    assert found.weights[0, 20] == 0
    assert found.weights[0] @ y == pytest.approx(theirs.params[0], rel=1e-9)


def test_a_column_empty_in_a_set_takes_no_degree_of_freedom() -> None:
    x, y = data(5)
    x[:, 6] = np.where(np.arange(150) < 100, x[:, 6], 0.0)
    late = np.arange(150) >= 100
    found = one(x, y, late)
    theirs = sm.OLS(y[late], np.delete(x, 6, axis=1)[late]).fit(cov_type="HC3")
    assert np.isnan(found.beta[1, 6])
    assert found.hc3[1] == pytest.approx(theirs.bse[0], rel=1e-9)
    assert found.df[1] == theirs.df_resid
    x[late, 0] = 0.0
    assert np.isnan(one(x, y, late).beta[1, 0])
    assert np.isfinite(one(x, y, late).beta[0, 0])


def rich_panel(seed: int = 3, days: int = 200, kind: str = "level") -> Panel:
    """Return a panel on which every axis has something to change."""
    rng = np.random.default_rng(seed)
    blog, other = rng.poisson(0.5, days).astype(float), rng.poisson(1.5, days).astype(float)
    change = rng.normal(0, 0.3, days) + 0.3 * blog
    change[150] += 9.0
    values = 50 + (np.cumsum(change) if kind == "level" else change)
    bare = np.maximum(other - blog, 0)
    panel = panel_of(
        np.round(values, 2),
        {"blog": blog, "twitter": other},
        own={"twitter": bare},
        masked=[90, 91],
        kind=kind,
    )
    return replace(panel, breaks=(panel.dates[90].date(),))


@pytest.fixture(scope="module")
def rich() -> Curve:
    curve = specification_curve(rich_panel(), lags=QUICK, draws=99)
    assert curve is not None
    return curve


def by_hand(panel: Panel, row: pd.Series) -> tuple[float, float, float, int]:
    """Return effect, error, p and n of one row of a curve, from the panel and statsmodels."""
    n, window, lags = len(panel.dates), int(row["window"][:2]) // 24, int(row["own lags"])
    score = panel.score if row["score"] == "as read" else np.round(panel.score)
    y = outcome(score, panel.kind)
    masked = panel.masked.copy()
    if row["jumps"] != "kept":
        moves = outcome(panel.score, panel.kind)
        known = moves[np.isfinite(moves) & ~masked]
        scale = 1.4826 * np.median(np.abs(known - np.median(known)))
        masked |= np.abs(moves - np.median(known)) > 7 * scale
    hidden = masked if panel.kind == "level" else np.zeros(n, bool)
    mean = y[np.isfinite(y) & ~hidden].mean()
    past = pd.Series(np.where(hidden, mean, y))
    table = pd.DataFrame({"constant": np.ones(n)})
    for name in panel.channels:
        bins = panel.posts[row["coding"]][name][: BACK + n]
        counts = pd.Series(bins).rolling(window).sum().to_numpy()[BACK:]
        table.insert(len(table.columns) - 1, name, counts)
    if row["posts"] == "logarithm":
        table[list(panel.channels)] = np.log1p(table[list(panel.channels)])
    for lag in range(1, lags + 1):
        table[f"lag {lag}"] = past.shift(lag)
    use = np.isfinite(y) & ~masked & table.notna().all(axis=1).to_numpy()
    if row["weekday"] == "with":
        table = table.join(
            pd.get_dummies(panel.weekday, prefix="day", drop_first=True, dtype=float)
        )
    use &= samples(panel)[row["sample"]]
    x = table.to_numpy()
    theirs = sm.OLS(y[use], x[use]).fit(cov_type="HC3", use_t=True)
    error = theirs.bse[0] if row["errors"] == "HC3" else with_gaps(np.nan_to_num(x), y, use)[1]
    factor = np.log(2) if row["posts"] == "logarithm" else 1.0
    if panel.kind == "level" and window == 2:
        factor *= 2 + theirs.params[len(panel.channels) + 1]
    beta = theirs.params[0]
    p = 2 * float(sm.stats.stattools.stats.t.sf(abs(beta / error), theirs.df_resid))
    return factor * beta, factor * error, p, int(use.sum())


@pytest.mark.parametrize("kind", ["level", "flow"])
def test_every_specification_is_the_textbooks(kind: str) -> None:
    panel = rich_panel(kind=kind)
    curve = specification_curve(panel, lags=QUICK, draws=9)
    assert curve is not None
    assert len(curve.sensitivity) > 500
    assert {axis: curve.table[axis].nunique() for axis in AXES if axis != "sample"} == {
        "own lags": 2,
        "window": 2,
        "posts": 2,
        "weekday": 2,
        "errors": 2,
        "score": 2,
        "jumps": 1,
        "coding": 2,
    }
    both = pd.concat([curve.table.sample(25, random_state=1), curve.sensitivity.sample(15)])
    for _, row in both.iterrows():
        expected = by_hand(panel, row)
        found = (row["effect"], row["error"], row["p"], row["n"])
        np.testing.assert_allclose(found, expected, rtol=1e-8, err_msg=str(row))


@pytest.mark.parametrize(("days", "kind"), [(160, "level"), (300, "level"), (300, "flow")])
def test_the_primary_is_one_of_them(days: int, kind: str) -> None:
    panel = rich_panel(1, days, kind)
    curve, primary = specification_curve(panel, lags=QUICK, draws=9), fit_primary(panel)
    assert curve is not None
    assert primary is not None
    asked = {
        "own lags": str(own_lags(panel)),
        "window": "48 h",
        "posts": "counts",
        "weekday": "with",
        "errors": "HC3",
        "sample": "all readings",
        "score": "as read",
        "jumps": "kept",
        "coding": "bundle",
    }
    same = np.logical_and.reduce([curve.table[axis] == level for axis, level in asked.items()])
    (row,) = curve.table[same].to_dict("records")
    effect = primary.effects["blog"]
    assert curve.primary == effect
    assert row["effect"] == pytest.approx(effect.value, rel=1e-10)
    assert row["error"] == pytest.approx(effect.error, rel=1e-10)
    assert row["p"] == pytest.approx(effect.p, rel=1e-8)
    assert (row["df"], row["n"]) == (effect.df, primary.n)


def test_no_specification_is_there_twice(rich: Curve) -> None:
    for table in (rich.table, rich.sensitivity):
        assert not table.duplicated(list(AXES)).any()
    # Another sample is another set of readings, or it is not there.
    assert set(rich.table["sample"].unique()) >= {"all readings", "first half", "second half"}
    assert "without 7 days around 2012-04-01" in set(rich.table["sample"])
    months = {f"without 2012-{month:02d}" for month in range(1, 8)}
    assert months <= set(rich.table["sample"])


def test_axes_that_change_nothing_are_left_out() -> None:
    panel = simulated_panel(0, 200, rates={"blog": 0.4, "twitter": 2.0})
    score = np.round(np.where(np.arange(200) % 2, 50, 51) + np.cumsum(panel.outcome > 1))
    panel = replace(panel, score=score, outcome=outcome(score, "level"), window_days=1)
    curve = specification_curve(panel, lags=QUICK, draws=9)
    assert curve is not None
    assert not len(curve.sensitivity)
    for axis in ("window", "score", "jumps", "coding"):
        assert curve.table[axis].nunique() == 1
    assert "coding" not in set(curve.by_axis()["axis"])
    # 8 months, two halves and the whole; without the first month, 14 lags lose no reading.
    assert curve.specifications == len(curve.table) <= 2 * 2 * 2 * 2 * 10


def test_a_known_break_never_enters(rich: Curve) -> None:
    panel = rich_panel()
    wild = panel.outcome.copy()
    wild[90:92] = [1e6, -1e6]
    # The rounded score would carry the jump as well: only the masked changes may differ.
    moved = replace(panel, outcome=wild)
    curve = specification_curve(moved, lags=QUICK, draws=9)
    assert curve is not None
    as_read = [each.table[each.table["score"] == "as read"]["effect"] for each in (rich, curve)]
    np.testing.assert_allclose(as_read[1], as_read[0], rtol=1e-9)


def test_samples_of_too_few_posts_are_counted_and_left_out() -> None:
    panel = simulated_panel(2, 200, rates={"blog": 0.3, "twitter": 2.0})
    bins = panel.posts["bundle"]["blog"].copy()
    bins[: BACK + 110] = 0.0
    late = {"blog": bins, "twitter": panel.posts["bundle"]["twitter"]}
    curve = specification_curve(
        replace(panel, posts={"bundle": late, "all posts": late}), lags=QUICK, draws=9
    )
    assert curve is not None
    assert "first half" not in set(curve.table["sample"])
    assert curve.left_out >= 2**5  # lags, window, posts, weekday and errors of the first half


def test_no_curve_without_a_primary() -> None:
    assert specification_curve(simulated_panel(0, 30), draws=9) is None
    quiet = simulated_panel(0, 200, rates={"blog": 0.0, "twitter": 2.0})
    assert specification_curve(quiet, draws=9) is None
    few = np.zeros(200)
    few[20:180:20] = 1.0
    rng = np.random.default_rng(0)
    thin = panel_of(50 + np.cumsum(rng.normal(size=200)), {"blog": few})
    assert fit_primary(thin) is not None
    assert specification_curve(thin, lags=QUICK, draws=9) is None


def test_null_accounts_have_no_focal_effect_and_the_same_errors() -> None:
    panel = rich_panel()
    design = primary_design(panel, "bundle")
    drawn = null_outcomes(panel, design, 64, 5)[design.rows]
    middle = (drawn.max(axis=1) + drawn.min(axis=1)) / 2
    others = np.delete(design.x, 1, axis=1)
    restricted = sm.OLS(design.y, others).fit()
    np.testing.assert_allclose(middle, restricted.fittedvalues, atol=1e-9)
    influence = restricted.get_influence().hat_matrix_diag
    expected = np.abs(restricted.resid) / (1 - influence)
    np.testing.assert_allclose(np.abs(drawn - middle[:, None])[:, 0], expected, atol=1e-9)
    assert fit_hc3(design.x, middle).beta[1] == pytest.approx(0, abs=1e-10)
    early = np.setdiff1d(np.arange(8, 200), [*design.rows, 90, 91])
    assert null_outcomes(panel, design, 64, 5)[early].std(axis=1).min(initial=1) > 0
    assert not null_outcomes(panel, design, 4, 5)[[0, 90, 91]].any()


def test_the_joint_test_holds_its_level_and_finds_an_effect() -> None:
    def p(seed: int, effect: float) -> float:
        effects = {"blog": effect, "facebook": 0.3}
        curve = specification_curve(simulated_panel(seed, 150, effects), lags=(7,), draws=99)
        assert curve is not None
        return curve.p

    null = [p(seed, 0.0) for seed in range(60)]
    # 60 uniform p values: more than 9 up to .06 happen once in 400 times.
    assert sum(value <= 0.06 for value in null) <= 9
    assert 0.35 < np.mean(null) < 0.65
    assert [p(seed, 0.8) for seed in range(3)] == [0.02] * 3


def test_the_seed_decides() -> None:
    panel = simulated_panel(4, 150)
    first, again = (specification_curve(panel, lags=(7,), draws=49, seed=1) for _ in range(2))
    other = specification_curve(panel, lags=(7,), draws=49, seed=2)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.null_medians.tolist() == again.null_medians.tolist()
    assert first.null_medians.tolist() != other.null_medians.tolist()
    pd.testing.assert_frame_equal(first.table, other.table)


def hand_made(
    effects: list[float], errors: list[float], primary: float, null: list[float]
) -> Curve:
    frame = pd.DataFrame({"effect": effects, "error": errors, "df": 100})
    p = [0.01 if abs(a / b) > 2.5 else 0.4 for a, b in zip(effects, errors, strict=True)]
    table = frame.assign(p=p, n=120, **{axis: pd.Categorical(["a"] * len(frame)) for axis in AXES})
    return Curve("blog", table, table[:0], Estimate(primary, 0.1, 90), 0.05, np.array(null), 0)


def test_what_is_said_of_a_curve() -> None:
    curve = hand_made([-0.4, -0.3, -0.2, 0.5], [0.1, 0.1, 0.2, 0.1], -0.3, [-0.2, 0.0, 0.1, 0.3])
    assert curve.median == pytest.approx(-0.25)
    assert (curve.positive, curve.significant, curve.against) == (0.25, 0.5, 0.25)
    assert curve.p == 2 / 5
    assert hand_made([0.1], [1.0], 0.1, [-0.2, 0.0, 0.1, 0.3]).p == 1.0
    assert hand_made([0.05], [1.0], 0.1, [-0.2, 0.0, 0.1, 0.3]).p == 1.0
    low, high = curve.intervals()
    np.testing.assert_allclose((high - low)[:2], 2 * 1.98397 * 0.1, rtol=1e-5)


def test_by_axis_adds_up(rich: Curve) -> None:
    table = rich.by_axis()
    for axis, rows in table[table["axis"] != "jumps"].groupby("axis"):
        assert rows["specifications"].sum() == rich.specifications, axis
        share = (rows["positive"] * rows["specifications"]).sum() / rich.specifications
        assert share == pytest.approx(rich.positive)
    jumps = table[table["axis"] == "jumps"].set_index("level")
    assert jumps.loc["kept", "median"] == pytest.approx(rich.median)
    assert jumps.loc["masked (sensitivity)", "specifications"] == len(rich.sensitivity)
    halves = table[table["level"] == "first half"]
    expected = rich.table[rich.table["sample"] == "first half"]["effect"].median()
    assert halves["median"].item() == pytest.approx(expected)


@pytest.fixture(scope="module")
def example() -> Panel:
    return analysis.load(ROOT / "data" / "banfield-2012").arrays


def test_the_example_has_thousands_of_specifications(example: Panel) -> None:
    curve = specification_curve(example)
    assert curve is not None
    assert curve.specifications >= 5000
    assert len(curve.null_medians) >= 499


def test_the_curve_takes_little_memory(example: Panel) -> None:
    tracemalloc.start()
    curve = specification_curve(example, lags=QUICK)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert curve is not None
    # Of each fit 999 effects in the null, and as much again at once for all else: a whole curve of
    # 840 readings, with three times as many fits, stays far below 300 MB.
    assert peak < 2 * 8 * 999 * curve.specifications / 2 + 20e6


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> analysis.workbench.Study:
    rng = np.random.default_rng(7)
    days = days_from("2020-01-01", 180)
    posts = sorted(rng.choice(180, 60, replace=False))
    change = rng.normal(0, 0.2, 182)
    for day in posts:
        change[day + 1 : day + 3] += 0.4
    scores = np.round(50 + np.cumsum(change)[:180], 2)
    tweets = [(f"{day}T09:00:00Z", "twitter") for day in days[::3]]
    folder = write_study(
        tmp_path_factory.mktemp("curve"),
        score=list(zip(days, map(float, scores), strict=True)),
        activity=[*((f"{days[day]}T12:00:00Z", "blog") for day in posts), *tweets],
        observed_at="06:00",
        timezone="UTC",
    )
    return analysis.load(folder)


def test_the_picture_tells_its_numbers(study: analysis.workbench.Study) -> None:
    picture, curve = specifications(study), specification_curve(study.arrays)
    assert isinstance(picture, Picture)
    assert curve is not None
    assert f"{curve.specifications:,} specifications" in picture.words
    assert f"the median is {number(curve.median, signed=True)} points per post" in picture.words
    assert f"{percent(curve.significant)} are significantly above it" in picture.words
    low, high = curve.null_interval()
    assert f"{number(low)} to {number(high)}" in picture.words
    assert picture.width <= 640
    assert picture.height < 1.6 * picture.width
    # The whole, then a row for each level of each axis: hardly 8,000 rows.
    assert len(picture.data.rows) == 1 + len(curve.by_axis()) < 60
    assert picture.data.rows[0][:4] == ("all", "", curve.specifications, curve.median)


def test_the_choices_share_out_the_curve(study: analysis.workbench.Study) -> None:
    curve = specification_curve(study.arrays)
    assert curve is not None
    rows = choices(curve)
    names = [row.name for row in rows]
    assert names[:4] == ["7 to 10 own lags", "11 to 14 own lags", "24 h window", "48 h window"]
    assert "one month left out" in names
    for axis in {row.axis for row in rows} - {"jumps"}:
        assert sum(len(row.effects) for row in rows if row.axis == axis) == curve.specifications


def test_words_where_there_is_no_curve(tmp_path: Path) -> None:
    days = days_from("2020-01-01", 20)
    folder = write_study(
        tmp_path,
        score=[(day, 50.0 + index % 3) for index, day in enumerate(days)],
        activity=[(f"{days[3]}T12:00:00Z", "blog")],
        timezone="UTC",
    )
    shown = specifications(analysis.load(folder))
    assert isinstance(shown, Words)


@pytest.mark.parametrize("name", ["simonw-2022-points", "simonw-2022-attention"])
def test_the_curves_of_real_studies(shared: Path, name: str) -> None:
    curve = specification_curve(analysis.load(shared / "studies" / name).arrays)
    assert curve is not None
    assert curve.specifications >= 5000
    assert np.isfinite(curve.table[["effect", "error", "p"]].to_numpy()).all()
