"""The focal effect in other ways: each is the regression that it says it is."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

import analysis
from analysis.claims.base import Wording, number
from analysis.claims.soundness import dominance_words, robustness_words
from analysis.display import Picture, Table, Words
from analysis.evidence.dominance import dominance, shapley
from analysis.evidence.robustness import Reestimate, Robustness, jumps, robustness
from analysis.evidence.structural import second_opinion
from analysis.figures import robustness as pictures
from analysis.model.design import Design, primary_design
from analysis.model.hac import newey_west
from analysis.model.ols import fit_hc3
from analysis.model.primary import Estimate, fit_primary
from analysis.panel import Panel
from analysis.workbench import Study
from tests.builders import panel_of, simulated_panel
from tests.test_figures import odd_studies, ordinary

WORDS = Wording("blog", "points per post", 48)


def by_name(found: Robustness) -> dict[str, Reestimate]:
    return {way.name: way for way in found.ways}


def by_statsmodels(
    x: NDArray[np.float64], y: NDArray[np.float64], lag: int, **options: object
) -> tuple[float, float]:
    """Return the effect of the first channel and its standard error, as in the primary."""
    fit = sm.OLS(y, x).fit(use_t=True, **(options or {"cov_type": "HC3"}))
    factor = 2 + fit.params[lag]
    return fit.params[1] * factor, fit.bse[1] * factor


def same(estimate: Estimate | None, expected: tuple[float, float]) -> None:
    assert estimate is not None
    assert (estimate.value, estimate.error) == pytest.approx(expected, rel=1e-9)


@pytest.fixture(scope="module")
def panel() -> Panel:
    made = simulated_panel(3, 240, {"blog": 0.5})
    return replace(made, breaks=(made.dates[100].date(),))


@pytest.fixture(scope="module")
def design(panel: Panel) -> Design:
    return primary_design(panel, "bundle")


@pytest.fixture(scope="module")
def found(panel: Panel) -> Robustness:
    got = robustness(panel)
    assert got is not None
    return got


def test_the_primary_is_the_primary(panel: Panel, found: Robustness) -> None:
    fit = fit_primary(panel)
    assert fit is not None
    assert found.primary.estimate == fit.effects["blog"]
    assert found.primary.readings == fit.n
    assert found.found


def test_halves_share_out_the_rows(design: Design, found: Robustness) -> None:
    half = len(design.y) // 2
    lag = design.lag_columns.start
    ways = by_name(found)
    same(ways["first half"].estimate, by_statsmodels(design.x[:half], design.y[:half], lag))
    same(ways["second half"].estimate, by_statsmodels(design.x[half:], design.y[half:], lag))
    assert ways["first half"].readings + ways["second half"].readings == len(design.y)


def test_every_month_is_left_out_once(panel: Panel, design: Design, found: Robustness) -> None:
    months = panel.dates[design.rows].strftime("%Y-%m")
    assert [month.name for month in found.months] == sorted(set(months))
    for month in found.months:
        keep = np.asarray(months != month.name)
        expected = by_statsmodels(design.x[keep], design.y[keep], design.lag_columns.start)
        same(month.estimate, expected)
        assert month.readings == keep.sum()
    assert found.extreme_months is not None
    values = [month.estimate.value for month in found.months if month.estimate]
    ends = [month.estimate.value for month in found.extreme_months if month.estimate]
    assert ends == [min(values), max(values)]


def test_days_around_a_known_change_are_left_out(
    panel: Panel, design: Design, found: Robustness
) -> None:
    keep = np.abs(design.rows - 100) > 7
    way = by_name(found)["without 7 days around known changes"]
    same(way.estimate, by_statsmodels(design.x[keep], design.y[keep], design.lag_columns.start))
    assert way.note == "15 readings left out"
    far = replace(panel, breaks=(dt.date(1999, 1, 1),))
    other = robustness(far)
    assert other is not None
    assert by_name(other)[way.name].note == "no reading stands so near to one"


def test_rounding_refits_the_rounded_score(panel: Panel, found: Robustness) -> None:
    rounded = np.round(panel.score)
    refit = fit_primary(replace(panel, score=rounded, outcome=np.diff(rounded, prepend=np.nan)))
    assert refit is not None
    estimate = by_name(found)["score in whole points"].estimate
    assert estimate is not None
    assert estimate.value == pytest.approx(refit.effects["blog"].value, rel=1e-9)
    assert estimate.error == pytest.approx(refit.effects["blog"].error, rel=1e-9)
    whole = robustness(replace(panel, score=rounded, outcome=np.diff(rounded, prepend=np.nan)))
    assert whole is not None
    assert by_name(whole)["score in whole points"].estimate is None


def test_log_counts_give_the_effect_of_the_first_post(design: Design, found: Robustness) -> None:
    x = design.x.copy()
    x[:, 1:4] = np.log1p(x[:, 1:4])
    value, error = by_statsmodels(x, design.y, design.lag_columns.start)
    way = by_name(found)["counts as log(1 + posts)"]
    same(way.estimate, (value * np.log(2), error * np.log(2)))


def test_newey_west_equals_statsmodels(design: Design, found: Robustness) -> None:
    theirs = sm.OLS(design.y, design.x).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True}, use_t=True
    )
    fit = fit_hc3(design.x, design.y)
    ours = newey_west(design.x, fit, 4)
    np.testing.assert_allclose(ours, theirs.cov_params(), rtol=1e-8, atol=1e-12)
    way = by_name(found)["errors of Newey and West"]
    assert "up to 4 apart" in way.note
    factor = 2 + theirs.params[design.lag_columns.start]
    same(way.estimate, (theirs.params[1] * factor, theirs.bse[1] * factor))


def test_newey_west_knows_days_apart() -> None:
    rng = np.random.default_rng(0)
    n = 90
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = rng.normal(size=n)
    days = np.sort(rng.choice(200, n, replace=False)).astype(np.int64)
    fit = fit_hc3(x, y)
    bread = np.linalg.inv(x.T @ x)
    apart = np.abs(days[:, None] - days[None, :])
    weight = np.maximum(0, 1 - apart / 6)
    scores = x * fit.residuals[:, None]
    expected = bread @ (scores.T @ weight @ scores) @ bread * n / (n - 2)
    np.testing.assert_allclose(newey_west(x, fit, 5, days), expected, rtol=1e-10)
    assert not np.allclose(newey_west(x, fit, 5), expected, rtol=1e-3)


def test_newey_west_leaves_out_rows_of_their_own_and_what_is_not_identified() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(60), rng.normal(size=60), np.zeros(60), np.arange(60) == 7])
    y = rng.normal(size=60)
    got = newey_west(x, fit_hc3(x, y), 3, np.arange(60))
    assert np.isnan(got[2]).all()
    rest = np.arange(60) != 7
    expected = newey_west(x[rest, :2], fit_hc3(x[rest, :2], y[rest]), 3, np.flatnonzero(rest))
    np.testing.assert_allclose(got[:2, :2], expected, rtol=1e-10)


def test_jumps_are_deleted_and_counted(panel: Panel) -> None:
    score = panel.score.copy()
    score[150:] += 30
    jumping = replace(panel, score=score, outcome=np.diff(score, prepend=np.nan))
    flags = jumps(jumping)
    assert flags is not None
    assert np.flatnonzero(flags).tolist() == [150]
    got = robustness(jumping)
    assert got is not None
    way = by_name(got)["jumps of the score left out"]
    masked = fit_primary(replace(jumping, masked=panel.masked | flags))
    assert masked is not None
    assert way.estimate == masked.effects["blog"]
    assert way.note.startswith("1 day deleted")
    assert by_name(robustness(panel) or got)[way.name].note == "there is none"
    still = panel_of(np.repeat([50.0, 51.0], 60), {"blog": np.arange(120) % 5 == 0})
    assert jumps(still) is None


def test_shares_in_their_own_channel_are_the_other_coding() -> None:
    rng = np.random.default_rng(4)
    posts = {name: rng.poisson(0.4, 200).astype(float) for name in ("blog", "twitter")}
    posts["twitter"] += posts["blog"]
    own = {"twitter": posts["twitter"] - posts["blog"]}
    made = panel_of(50 + np.cumsum(rng.normal(size=200)), posts, own=own)
    got, fit = robustness(made), fit_primary(made, "all posts")
    assert got is not None
    assert fit is not None
    assert by_name(got)["every post by itself"].estimate == fit.effects["blog"]


def test_what_is_the_same_as_the_primary_is_not_counted(found: Robustness) -> None:
    ways = by_name(found)
    for name in ("every post by itself", "jumps of the score left out"):
        assert ways[name].estimate is None
        assert ways[name] not in found.gone
    assert len(found.gone) == 8


def test_complete_cases_where_lags_are_filled() -> None:
    made = simulated_panel(2, 400, {"blog": 0.5})
    score = made.score.copy()
    score[made.weekday == 6] = np.nan
    score[300:] = made.score[300:]
    outcome = np.diff(score, prepend=np.nan)
    gappy = replace(made, score=score, outcome=outcome)
    design = primary_design(gappy, "bundle")
    assert design.filled_lags > 0
    got = robustness(gappy)
    assert got is not None
    way = by_name(got)["only days with all 14 readings before them"]
    assert way.estimate is not None
    known = np.isfinite(outcome)
    full = [bool(known[row - 14 : row].all()) for row in design.rows]
    assert way.readings == sum(full) < len(design.rows)


def test_few_posts_give_no_estimate() -> None:
    late = np.where(np.arange(240) > 150, np.arange(240) % 4 == 0, 0).astype(float)
    made = panel_of(50 + np.cumsum(np.random.default_rng(0).normal(size=240)), {"blog": late})
    got = robustness(made)
    assert got is not None
    first = by_name(got)["first half"]
    assert first.estimate is None
    assert "posts of its own; 10 are needed" in first.note
    few = np.where(np.arange(240) % 60 == 5, 1.0, 0.0)
    assert robustness(panel_of(made.score, {"blog": few})) is None
    assert robustness(panel_of(made.score[:12], {"blog": late[:12]})) is None


def way(name: str, value: float, error: float) -> Reestimate:
    return Reestimate(name, Estimate(value, error, 200), 200)


def test_what_holds_is_sign_and_significance() -> None:
    primary, months = way("the primary", 0.5, 0.1), (way("2012-01", 0.4, 0.3),)
    ways = (way("a", 0.3, 0.1), way("b", 0.9, 0.6), way("c", -0.5, 0.1), Reestimate("d", None))
    found = Robustness(primary, ways, months, 0.05)
    assert [found.holds(one) for one in ways] == [True, False, False, False]
    assert found.changing_months == months
    assert found.farthest == ways[2]
    said = " ".join(robustness_words(found, WORDS))
    assert "In 1 of 3 other ways of computing it, it stays above zero and significant." in said
    assert "It does not in: b (+0.900, p = 0.14); c (−0.500, p < 0.001)." in said
    assert "The one that differs most: c (−0.500" in said
    assert "Without 2012-01 it is +0.400; whether it is told from zero hangs on: 2012-01" in said
    nothing = Robustness(way("the primary", 0.05, 0.1), ways[1:2], (), 0.05)
    assert nothing.holds(ways[1])
    said = " ".join(robustness_words(nothing, WORDS))
    assert "In the one other way of computing it that these data allow, it is not told" in said


def test_a_month_that_makes_the_effect_is_named() -> None:
    made = simulated_panel(11, 240)
    outcome = made.outcome.copy()
    march = (made.dates.month == 3) & (made.window("blog") > 0)
    outcome[march] += 1.5
    score = 50 + np.cumsum(np.nan_to_num(outcome))
    found = robustness(replace(made, score=score, outcome=np.diff(score, prepend=np.nan)))
    assert found is not None
    assert found.found
    assert [month.name for month in found.changing_months] == ["2012-03"]


@pytest.mark.parametrize("seed", range(4))
def test_the_second_opinion_finds_what_was_planted(seed: int) -> None:
    opinion = second_opinion(simulated_panel(seed, 300, {"blog": 0.5}))
    assert opinion.estimate is not None
    assert abs(opinion.estimate.value - 0.5) < 3 * opinion.estimate.error
    assert opinion.estimate.error < 0.08
    assert opinion.readings == 300


def test_the_second_opinion_is_near_least_squares_on_the_changes() -> None:
    # Readings without noise of their own make a wandering level a random walk, whose best
    # estimate is that of the changes; the noise that is found by chance moves it a little.
    made = simulated_panel(7, 300, {"blog": 0.5})
    change = np.diff(made.score)
    counts = np.column_stack([made.window(name)[1:] for name in made.channels])
    weekdays = np.column_stack([made.weekday[1:] == day for day in range(1, 7)])
    plain = sm.OLS(change, np.column_stack([np.ones(len(change)), counts, weekdays])).fit()
    opinion = second_opinion(made)
    assert opinion.estimate is not None
    assert abs(opinion.estimate.value - 2 * plain.params[1]) < opinion.estimate.error / 2
    assert opinion.estimate.error == pytest.approx(2 * plain.bse[1], rel=0.1)


def test_the_second_opinion_bears_gaps_breaks_and_unknown_days() -> None:
    made = simulated_panel(5, 320, {"blog": 0.5})
    score = made.score.copy()
    score[120:] -= 8
    score[40:50] = np.nan
    posts = {
        coding: {name: bins.copy() for name, bins in channels.items()}
        for coding, channels in made.posts.items()
    }
    for channels in posts.values():
        channels["twitter"][7 + 200 : 7 + 215] = np.nan
    masked = made.masked.copy()
    masked[120] = True
    holes = replace(made, score=score, posts=posts, masked=masked)
    opinion = second_opinion(holes)
    assert opinion.estimate is not None
    assert opinion.readings == 320 - 10 - 16
    assert abs(opinion.estimate.value - 0.5) < 3 * opinion.estimate.error
    blind = second_opinion(replace(holes, masked=made.masked))
    assert blind.estimate is not None
    assert blind.estimate.error > 1.5 * opinion.estimate.error


def test_the_second_opinion_on_a_flow() -> None:
    made = simulated_panel(6, 300, kind="flow")
    rng = np.random.default_rng(6)
    noise = np.zeros(300)
    for day in range(1, 300):
        noise[day] = 0.5 * noise[day - 1] + rng.normal()
    score = 100 + 2.0 * made.window("blog") + noise
    opinion = second_opinion(replace(made, score=score, outcome=score))
    assert opinion.estimate is not None
    assert abs(opinion.estimate.value - 2) < 3 * opinion.estimate.error
    assert opinion.estimate.error < 0.3


def test_a_second_opinion_that_does_not_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    original = UnobservedComponents.fit

    def unsettled(self: object, *args: object, **options: object) -> object:
        warnings.warn("it did not converge", stacklevel=1)
        result = original(self, *args, **options)
        result.mle_retvals["converged"] = False
        return result

    monkeypatch.setattr(UnobservedComponents, "fit", unsettled)
    opinion = second_opinion(simulated_panel(0, 120))
    assert opinion.estimate is None
    assert opinion.said == "Its estimation did not settle, so it has no say."

    def broken(self: object, *args: object, **options: object) -> object:
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(UnobservedComponents, "fit", broken)
    assert second_opinion(simulated_panel(0, 120)).said == "It could not be computed: singular."


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (panel_of(np.arange(12.0) ** 2, {"blog": np.ones(12)}), "too few readings"),
        (panel_of(np.sin(np.arange(90.0)), {"blog": np.ones(90)}), "cannot tell the focal posts"),
        (panel_of(np.full(200, 50.0), {"blog": np.ones(200)}), "too few readings"),
        (
            panel_of(np.random.default_rng(0).normal(size=200), {"blog": np.zeros(200)}),
            "cannot tell the focal posts from the rest",
        ),
    ],
)
def test_a_second_opinion_without_anything_to_go_by(made: Panel, said: str) -> None:
    opinion = second_opinion(made)
    assert opinion.estimate is None
    assert said in opinion.said


def test_shares_of_columns_that_are_combinations() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 2))
    y = x[:, 0] + rng.normal(size=100)
    twice = np.column_stack([x, x[:, 0], np.zeros(100)])
    table = np.column_stack([twice, y])
    shares = shapley((table.T @ table)[None])[0]
    plain = sm.OLS(y, x).fit()
    assert shares[0] == pytest.approx(shares[2])
    assert shares.sum() == pytest.approx(plain.rsquared)
    assert shares[3] == 0
    nothing = np.column_stack([x, np.zeros(100)])
    assert shapley((nothing.T @ nothing)[None]).tolist() == [[0.0, 0.0]]


def test_shares_where_the_level_is_high_or_nothing_moves() -> None:
    made = simulated_panel(1, 300, {"blog": 0.6})
    posts = {name: made.posts["bundle"][name][7:-2] for name in made.channels}
    low = panel_of(made.outcome[1:] + 1, {k: v[1:] for k, v in posts.items()}, kind="flow")
    high = panel_of(made.outcome[1:] + 1e7, {k: v[1:] for k, v in posts.items()}, kind="flow")
    first = dominance(primary_design(low, "bundle"), draws=20)
    second = dominance(primary_design(high, "bundle"), draws=20)
    assert first is not None
    assert second is not None
    np.testing.assert_allclose(second.shares, first.shares, rtol=1e-5)
    flat = panel_of(np.full(300, 50.0), posts, kind="flow")
    assert dominance(primary_design(flat, "bundle")) is None


def test_the_share_by_chance_is_what_useless_channels_get() -> None:
    # 60 panels of 2 useless channels: the mean share has a standard error of about 12 %.
    shares = []
    for seed in range(60):
        got = dominance(primary_design(simulated_panel(seed, 150, {"blog": 0.5}), "bundle"), 1)
        assert got is not None
        shares.append(got.shares[1:].mean() / got.by_chance / (1 - got.shares[0]))
    assert np.mean(shares) == pytest.approx(1, abs=0.4)


def test_the_words_on_shares_name_every_channel() -> None:
    found = dominance(primary_design(simulated_panel(1, 300, {"blog": 0.6}), "bundle"))
    assert found is not None
    said = " ".join(dominance_words(found))
    assert f"posts explain {round(100 * found.total)}\u202f%: blog " in said
    assert all(name in said for name in found.channels)
    assert "A channel that does nothing gets about 0.4\u202f% by chance" in said


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return analysis.load(str(ordinary(tmp_path_factory.mktemp("robust") / "ordinary")))


def test_the_forest_has_every_way_in_its_table(study: Study) -> None:
    picture = pictures.reestimates(study)
    assert isinstance(picture, Picture)
    assert study.soundness is not None
    found = study.soundness.robustness
    assert found is not None
    names = [row[0] for row in picture.data.rows]
    assert names[: 2 + len(found.ways)] == [
        "the primary",
        *(one.name for one in found.ways),
        pictures.STRUCTURAL,
    ]
    assert names[2 + len(found.ways) :] == [f"without {month.name}" for month in found.months]
    values = {row[0]: row[1] for row in picture.data.rows}
    assert found.primary.estimate is not None
    assert values["the primary"] == found.primary.estimate.value
    assert number(found.primary.estimate.value, signed=True) in picture.words
    assert "A second opinion, a structural time series" in picture.words
    again = pictures.reestimates(study)
    assert isinstance(again, Picture)
    assert again.png == picture.png


def test_dominance_is_drawn_with_its_numbers(study: Study) -> None:
    picture = pictures.dominance_bars(study)
    assert isinstance(picture, Picture)
    assert study.soundness is not None
    found = study.soundness.dominance
    assert found is not None
    shares = {row[0]: row[1:4] for row in picture.data.rows}
    for name, share, low, high in zip(
        found.channels, found.shares, found.low, found.high, strict=True
    ):
        assert shares[name] == (share, low, high)


def test_results_have_the_same_numbers(study: Study) -> None:
    results, found = study.results(), study.soundness
    assert found is not None
    assert found.robustness is not None
    assert found.dominance is not None
    ways = {way["name"]: way for way in results["robustness"]["ways"]}
    for one in found.robustness.ways:
        expected = None if one.estimate is None else pytest.approx(one.estimate.value, rel=1e-9)
        assert ways[one.name]["effect"] == expected
    assert len(results["robustness"]["months"]) == len(found.robustness.months)
    total = sum(one["share"] for one in results["dominance"]["channels"])
    assert total == pytest.approx(results["dominance"]["explained"], rel=1e-8)
    assert results["sensitivity"]["robustness_value"] > results["sensitivity"]["partial_r2"]


@pytest.mark.parametrize("name", odd_studies())
def test_an_odd_study_is_shown_or_said(name: str, tmp_path: Path) -> None:
    odd = analysis.load(str(odd_studies()[name](tmp_path / "s")))
    for show in (
        pictures.reestimates,
        pictures.hidden_event,
        pictures.hidden_event_table,
        pictures.dominance_bars,
    ):
        shown = show(odd)
        data, _ = shown._repr_mimebundle_()
        assert "nan" not in data["text/plain"].lower().replace("\u202egnolaaa", "")
        assert isinstance(shown, Picture | Table | Words)
    assert {"robustness", "sensitivity", "dominance"} <= set(odd.results())
