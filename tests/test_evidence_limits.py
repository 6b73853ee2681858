"""The numbers of the evidence against statsmodels and loops, and where each of them ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox, het_breuschpagan
from statsmodels.stats.stattools import jarque_bera

from analysis.evidence import shifts
from analysis.evidence.channels import (
    channel_table,
    default_margin,
    usual_spread,
    why_not_judged,
)
from analysis.evidence.diagnostics import autocorrelation, reference, residual_views
from analysis.evidence.dominance import MAX_CHANNELS, dominance
from analysis.evidence.drift import beside, level_p, rivals_of
from analysis.evidence.path import mean_path, paths
from analysis.evidence.placebo import Rank, calendars_of, circular_placebo, regimes
from analysis.evidence.profile import lag_profile
from analysis.evidence.reactions import reaction_evidence
from analysis.evidence.sensitivity import sensitivity, times_to_nothing
from analysis.evidence.silence import days_since_post, silence_evidence
from analysis.evidence.soundness import soundness
from analysis.evidence.splits import split_evidence
from analysis.evidence.steps import Step, flow_step, known_steps, level_step, search_break
from analysis.evidence.upticks import daily_change, event_fit, uptick_evidence, uptick_flags
from analysis.model.design import primary_design
from analysis.model.primary import Estimate, fit_primary
from analysis.model.wild import WildBootstrap
from analysis.panel import BACK, LEADS, Floats, Panel, Part
from tests.builders import panel_of, simulated_panel

NAN = float("nan")


def padded(daily: Floats) -> Floats:
    return np.concatenate([np.zeros(BACK), daily, np.zeros(LEADS)])


def flow_panel(seed: int = 0, days: int = 300, memory: float = 0.4) -> Panel:
    rng = np.random.default_rng(seed)
    posts = rng.poisson(0.4, days).astype(float)
    flow = np.zeros(days)
    for day in range(days):
        flow[day] = memory * flow[day - 1] + posts[day] + rng.normal(5, 1)
    return panel_of(flow, {"blog": posts, "twitter": rng.poisson(2.0, days)}, kind="flow")


# Channels


def test_the_spread_of_a_spiky_score_is_that_of_nine_tenths() -> None:
    rng = np.random.default_rng(1)
    plain = rng.normal(0, 1, 200)
    spiky = plain.copy()
    spiky[[20, 100, 150]] = 40, -50, 60
    low, high = np.quantile(spiky, [0.05, 0.95])
    middle = spiky[(spiky >= low) & (spiky <= high)]
    rare = np.zeros(200)
    rare[7] = 1.0
    spread, trimmed = usual_spread(np.vstack([plain, spiky, rare, np.zeros(200)]))
    assert trimmed.tolist() == [False, True, False, False]
    expected = [plain.std(ddof=1), middle.std(ddof=1), rare.std(ddof=1), 0.0]
    np.testing.assert_allclose(spread, expected)
    assert stats.kurtosis(spiky) > 20


def test_kurtosis_is_held_against_twenty() -> None:
    # n - 1 zeros and one spike have an excess kurtosis of about n - 6 + 1 / n.
    for n, trimmed in ((24, False), (30, True)):
        outcomes = np.random.default_rng(0).normal(0, 1e-3, (1, n))
        outcomes[0, 5] = 1.0
        kurtosis = stats.kurtosis(outcomes[0]) * ((n - 1) / n) ** 2 - 3 * (1 - ((n - 1) / n) ** 2)
        assert (kurtosis > 20) == trimmed
        assert usual_spread(outcomes)[1].tolist() == [trimmed]


def test_a_margin_needs_two_changes() -> None:
    one = panel_of([1.0, 2.0, NAN], {"blog": [0, 0, 0]})
    margin, trimmed = default_margin(one)
    assert np.isnan(margin)
    assert trimmed is False
    two = panel_of([1.0, 2.0, 5.0], {"blog": [0, 0, 0]})
    assert default_margin(two) == (pytest.approx(np.std([1, 3], ddof=1) / 4), False)


def test_why_a_channel_is_not_judged() -> None:
    known, unknown = Estimate(0.1, 0.1, 50), Estimate(0.1, 0.0, 50)
    assert why_not_judged(10, 10, known, 0) == ""
    assert why_not_judged(10, None, known, 3) == ""
    assert why_not_judged(9, 10, known, 0) == "9 posts of its own; 10 are needed"
    assert why_not_judged(9, 10, known, 4) == (
        "9 posts of its own, beside 4 shares of focal posts; 10 are needed"
    )
    assert why_not_judged(10, 9, known, 0) == (
        "only 9 readings without a post in the window; 10 are needed"
    )
    assert why_not_judged(10, 10, unknown, 0).startswith("its posts cannot be told from")
    few, one, enough = (Estimate(0.1, 0.1, 50, rests_on) for rests_on in (5.99, 0.99, 6.0))
    assert why_not_judged(10, 10, few, 0) == (
        "its posts crowd into so few days that they tell no more than 5.9 readings would; "
        "6 are needed"
    )
    assert "no more than 0.9 readings would" in why_not_judged(10, 10, one, 0)
    assert why_not_judged(10, 10, enough, 0) == ""


@pytest.mark.parametrize("kind", [Rank, WildBootstrap])
@pytest.mark.parametrize("t", [0.5, 3.0, -0.5])
def test_ties_count_as_far(kind: type, t: float) -> None:
    found = kind(t, np.array([t, -t, t * 1.1, t * 0.9, 0.0]))
    assert found.beyond == 3
    assert found.p == 4 / 6


def test_columns_written_out_and_sums_of_parts_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = simulated_panel(2, 150, {"blog": 0.4}, masked=(70,))
    usual = circular_placebo(panel, draws=300)
    monkeypatch.setattr(shifts, "_CANCELED", 2.0)
    written = circular_placebo(panel, draws=300)
    assert usual is not None
    assert written is not None
    assert len(usual.regimes) == 2
    np.testing.assert_allclose(written.shifted, usual.shifted, rtol=1e-9)


def test_calendars_need_ten_readings_more_than_columns() -> None:
    columns = primary_design(simulated_panel(2, 90), "bundle").x.shape[1]
    assert circular_placebo(simulated_panel(2, 8 + columns + 10)) is not None
    assert circular_placebo(simulated_panel(2, 8 + columns + 9)) is None


def test_posts_are_moved_by_a_week_or_more_either_way() -> None:
    panel = simulated_panel(2, 150, rates={"blog": 0.5})
    for length, movable in ((14, True), (13, False)):
        masked = panel.masked.copy()
        masked[150 - length] = True
        used = np.arange(10, 150)
        *_, last = regimes(replace(panel, masked=masked), "bundle", used)
        assert (last.start, last.stop, last.movable) == (150 - length, 150, movable)
        assert (last.first, last.last) == (panel.dates[-length].date(), panel.dates[-1].date())
        assert last.shifts.tolist() == ([7] if movable else [0])
    (whole,) = regimes(panel, "bundle", np.arange(10, 150))
    assert whole.shifts.tolist() == list(range(7, 144))
    assert not regimes(panel, "bundle", np.empty(0, dtype=int))[0].movable


def test_every_reading_falls_into_one_regime() -> None:
    panel = simulated_panel(2, 150, rates={"blog": 0.5}, masked=(70,))
    rows = primary_design(panel, "bundle").rows
    found = regimes(panel, "bundle", rows)
    calendars = calendars_of(panel, "bundle", found, rows, np.empty((len(rows), 0)), np.ones(2))
    assert np.concatenate(calendars.rows).tolist() == list(range(len(rows)))


def test_what_stands_behind_a_finding() -> None:
    for effect, significant in ((0.8, True), (0.0, False)):
        panel = simulated_panel(3, 200, {"blog": effect})
        fit, own = fit_primary(panel), fit_primary(panel, "all posts")
        assert fit is not None
        assert own is not None
        found = soundness(panel, fit, channel_table(fit, own, 0.1, 0.05))
        assert found.significant is significant
        assert found.robustness is not None
        assert found.sensitivity is not None
        assert found.dominance is not None


# Diagnostics


def test_residuals_in_every_view() -> None:
    fit = fit_primary(simulated_panel(6, days=200))
    assert fit is not None
    views = residual_views(fit)
    assert views is not None
    n, values = fit.n, fit.ols.residuals
    assert views.spread == pytest.approx(np.std(values))
    ranks = (np.arange(n) + 0.5) / n
    np.testing.assert_allclose(views.normal, stats.norm.ppf(ranks), atol=1e-12)
    np.testing.assert_allclose(views.ordered, np.sort(values) / np.std(values))
    assert views.bound == pytest.approx(stats.norm.ppf(0.975) / np.sqrt(n))
    assert views.outside == (np.abs(views.autocorrelation) > views.bound).sum()
    assert len(views.autocorrelation) == 21
    theirs = sm.tsa.acf(values - values.mean(), nlags=21, adjusted=True)[1:]
    np.testing.assert_allclose(views.autocorrelation, theirs, rtol=1e-9, atol=1e-12)


def test_autocorrelation_of_few_days() -> None:
    assert autocorrelation(np.array([1.0, -1.0]), np.array([3, 4]), 21).tolist() == [-1.0]
    apart = autocorrelation(np.array([1.0, -1.0]), np.array([3, 6]), 21)
    assert np.isnan(apart).tolist() == [True, True, False]


def test_an_exact_fit_has_no_residuals_to_look_at() -> None:
    fit = fit_primary(simulated_panel(6, days=200))
    assert fit is not None
    exact = replace(fit, ols=replace(fit.ols, residuals=fit.ols.residuals * 1e-15))
    assert residual_views(exact) is None
    nearly = replace(fit, ols=replace(fit.ols, residuals=fit.ols.residuals * 1e-9))
    assert residual_views(nearly) is not None


def test_every_test_of_the_residuals_is_statsmodels() -> None:
    fit = fit_primary(simulated_panel(7, days=180))
    assert fit is not None
    ours = {test.name: test for test in reference(fit).tests}
    theirs = sm.OLS(fit.design.y, fit.design.x).fit()
    box = acorr_ljungbox(theirs.resid, lags=[7])
    assert [test.lags for test in ours.values()] == [7, 7, 0, 0]
    for name, (statistic, p) in {
        "Ljung-Box": box.iloc[0][["lb_stat", "lb_pvalue"]],
        "Breusch-Pagan": het_breuschpagan(theirs.resid, fit.design.x)[:2],
        "Jarque-Bera": jarque_bera(theirs.resid)[:2],
    }.items():
        assert ours[name].statistic == pytest.approx(statistic, rel=1e-8), name
        assert ours[name].p == pytest.approx(p, rel=1e-8), name
    scaled = fit.design.x / np.linalg.norm(fit.design.x, axis=0)
    assert reference(fit).condition == pytest.approx(np.linalg.cond(scaled))


# Days around a post


def test_profile_is_the_regression_of_statsmodels() -> None:
    panel = simulated_panel(4, 220, {"twitter": 0.1})
    found = lag_profile(panel, "twitter")
    assert found is not None
    design = primary_design(panel, "bundle")
    bins = panel.posts["bundle"]["twitter"]
    # Day -1 is the bin that ends with the reading, at BACK plus its row.
    columns = [bins[BACK + design.rows + shift] for shift in (-2, -1, 0, 1, 2)]
    x = np.column_stack([*columns, np.delete(design.x, 2, axis=1)])
    theirs = sm.OLS(design.y, x).fit(cov_type="HC3", use_t=True)
    assert found.channel == "twitter"
    assert found.readings == len(design.y)
    for place, move in enumerate(found.moves):
        assert move.value == pytest.approx(theirs.params[place], rel=1e-8)
        assert move.error == pytest.approx(theirs.bse[place], rel=1e-8)
        assert move.df == theirs.df_resid
    assert [move.value for move in found.before.values()] == [m.value for m in found.moves[:3]]


def test_profile_leaves_out_days_that_are_not_known() -> None:
    panel = simulated_panel(4, 220)
    bins = {name: values.copy() for name, values in panel.posts["bundle"].items()}
    bins["blog"][-LEADS:] = np.nan
    found = lag_profile(replace(panel, posts={"bundle": bins, "all posts": bins}), "blog")
    assert found is not None
    assert found.readings == len(primary_design(panel, "bundle").y) - 2


def test_the_band_of_the_path_is_that_of_every_rolled_calendar() -> None:
    panel = simulated_panel(9, 90, {"blog": 0.5}, masked=(40,))
    path = mean_path(panel)
    assert path is not None
    posted = panel.posts["bundle"]["blog"][BACK : BACK + 90] > 0
    table = paths(panel)
    rolled = np.array([np.nanmean(table[np.roll(posted, shift)], axis=0) for shift in range(90)])
    low, high = np.quantile(rolled, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(path.mean, rolled[0], atol=1e-12)
    np.testing.assert_allclose(path.low, low, atol=1e-9)
    np.testing.assert_allclose(path.high, high, atol=1e-9)
    assert path.counts.tolist() == np.isfinite(table[posted]).sum(axis=0).tolist()


def test_paths_start_at_the_reading_before() -> None:
    score = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    table = paths(panel_of(score, {"blog": np.zeros(5)}))
    expected = np.full((5, 11), np.nan)
    for row in range(1, 5):
        for column, day in enumerate(range(-3, 8)):
            if 0 <= row + day < 5:
                expected[row, column] = score[row + day] - score[row - 1]
    np.testing.assert_allclose(table, expected)


# Kinds


def test_reactions_are_the_regression_of_statsmodels() -> None:
    for kind in ("level", "flow"):
        rng = np.random.default_rng(1)
        posts = rng.poisson(0.6, 300).astype(float)
        noticed = posts * rng.gamma(1.0, 10.0, 300)
        change = rng.normal(0, 0.2, 300) + 0.005 * (noticed + np.r_[0.0, noticed[:-1]])
        score = 50 + (np.cumsum(change) if kind == "level" else change)
        panel = panel_of(score, {"blog": np.zeros(300), "facebook": posts}, kind=kind)
        panel = replace(panel, reactions={**panel.reactions, "facebook": padded(noticed)})
        found = reaction_evidence(panel, "facebook")
        assert found is not None
        design = primary_design(panel, "all posts")
        window = (noticed + np.r_[0.0, noticed[:-1]])[design.rows]
        moving = np.flatnonzero(design.x.any(axis=0))
        x = np.column_stack([design.x[:, moving], window])
        theirs = sm.OLS(design.y, x).fit(cov_type="HC3", use_t=True)
        posted = design.x[:, 2] > 0
        dose = np.subtract(*np.quantile(window[posted], [0.9, 0.5]))
        factor = dose * (2 + theirs.params[2] if kind == "level" else 1)
        assert found.channel == "facebook"
        assert found.dose == pytest.approx(dose)
        assert found.effect.value == pytest.approx(factor * theirs.params[-1], rel=1e-8)
        assert found.effect.error == pytest.approx(factor * theirs.bse[-1], rel=1e-8)
        assert found.effect.df == theirs.df_resid
        assert found.posts == np.ceil(design.x[:, 2].sum() / 2)


def test_reactions_that_never_differ_say_nothing() -> None:
    panel = simulated_panel(1, 200)
    posts = panel.posts["bundle"]["facebook"]
    same = replace(panel, reactions={**panel.reactions, "facebook": np.where(posts > 0, 3.0, 0.0)})
    alike = replace(same, reactions={**panel.reactions, "facebook": np.ones_like(posts)})
    assert reaction_evidence(alike, "facebook") is None
    assert reaction_evidence(panel, "facebook") is None


def test_posts_of_two_kinds_in_a_flow_need_no_multiplier() -> None:
    panel = flow_panel()
    posts = panel.posts["bundle"]["blog"]
    first = np.where(np.arange(len(posts)) % 2, posts, 0.0)
    part = Part(("odd", "even"), (first, posts - first))
    found = split_evidence(replace(panel, parts={("blog", "x"): part}), "blog", "x")
    assert found is not None
    design = primary_design(panel, "bundle")
    counts = [
        sum(bins[BACK - lag : BACK - lag + 300] for lag in range(2))[design.rows]  # type: ignore[misc]
        for bins in part.bins
    ]
    x = np.column_stack([*counts, np.delete(design.x, 1, axis=1)])
    theirs = sm.OLS(design.y, x).fit(cov_type="HC3", use_t=True)
    assert found.first.value == pytest.approx(theirs.params[0], rel=1e-8)
    assert found.second.value == pytest.approx(theirs.params[1], rel=1e-8)
    assert found.posts == tuple(int(np.ceil(count.sum() / 2)) for count in counts)
    assert (found.channel, found.question, found.names) == ("blog", "x", ("odd", "even"))


def test_two_kinds_need_ten_readings_more_than_columns() -> None:
    panel = simulated_panel(3, 60)
    posts = panel.posts["bundle"]["blog"]
    first = np.where(np.arange(len(posts)) % 2, posts, 0.0)
    part = Part(("odd", "even"), (first, posts - first))
    columns = primary_design(panel, "bundle").x.shape[1] + 1
    for days, there in ((8 + columns + 10, True), (8 + columns + 9, False)):
        short = simulated_panel(3, days)
        bins = tuple(np.r_[one[: BACK + days], 0.0, 0.0] for one in part.bins)
        rest = {**short.posts["bundle"], "blog": bins[0] + bins[1]}
        short = replace(
            short,
            posts={"bundle": rest, "all posts": rest},
            parts={("blog", "x"): Part(part.names, bins)},  # type: ignore[arg-type]
        )
        assert (split_evidence(short, "blog", "x") is not None) == there


# Silence


@pytest.mark.parametrize("kind", ["level", "flow"])
def test_silence_is_the_regression_of_statsmodels(kind: str) -> None:
    panel = simulated_panel(5, 300, {"blog": 0.4}, rates={"blog": 0.2, "twitter": 2.0})
    if kind == "flow":
        panel = flow_panel(5)
        bins = panel.posts["bundle"]
        thin = {**bins, "blog": np.where(np.arange(309) % 5 == 0, bins["blog"] + 1, 0.0)}
        panel = replace(panel, posts={"bundle": thin, "all posts": thin})
    found = silence_evidence(panel)
    assert found is not None
    design = primary_design(panel, "bundle")
    since = days_since_post(panel.posts["bundle"]["blog"], 300)[design.rows]
    controls = design.x[:, 3:]
    quiet = (since >= 3).astype(float)
    centered = controls - controls.mean(axis=0)
    x = np.column_stack([quiet, 1 - quiet, centered])
    theirs = sm.OLS(design.y, x).fit(cov_type="HC3", use_t=True)
    contrast = np.zeros(x.shape[1])
    contrast[:2] = 1, -1
    apart = theirs.t_test(contrast)
    assert found.against.value == pytest.approx(float(apart.effect[0]), rel=1e-8)
    assert found.against.p == pytest.approx(float(apart.pvalue), rel=1e-7)
    if kind == "level":
        assert found.drift.value == pytest.approx(theirs.params[0], rel=1e-8)
        assert found.drift.error == pytest.approx(theirs.bse[0], rel=1e-8)
    else:
        assert found.drift == found.against
    assert (found.quiet, found.active) == (quiet.sum(), (1 - quiet).sum())
    height = panel.score[design.rows - 1]  # of a flow it is its first lag
    alone = np.column_stack([np.ones(len(quiet)), controls, *([height] * (kind == "level"))])
    fitted = sm.OLS(design.y, alone).fit().fittedvalues
    expected = fitted[quiet == 1].mean() - fitted.mean()
    assert found.mechanical == pytest.approx(expected, rel=1e-6)
    days = np.unique(since)
    indicators = (since[:, None] == days).astype(float)
    theirs = sm.OLS(design.y, np.column_stack([indicators, centered])).fit(
        cov_type="HC3", use_t=True
    )
    for place, row in enumerate(found.by_day.itertuples(index=False)):
        here = since == days[place]
        assert row[:3] == (days[place], here.sum(), pytest.approx(design.y[here].mean()))
        assert row[3] == pytest.approx(fitted[here].mean())
        weights = np.zeros(len(theirs.params))
        weights[: len(days)] = -indicators.mean(axis=0)
        weights[place] += 1
        against = theirs.t_test(weights)
        low, high = against.conf_int()[0]
        assert row[4:] == pytest.approx((float(against.effect[0]), low, high), rel=1e-6, abs=1e-9)


def test_days_since_a_post_look_back_a_week() -> None:
    bins = np.concatenate([np.zeros(7), [1] + [0] * 9, np.zeros(2)])
    assert days_since_post(bins, 10).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 7, 7]


# Steps


def stepped(
    days: int = 120, at: int = 60, size: float = -6.0, masked: tuple[int, ...] = ()
) -> Panel:
    score = simulated_panel(3, days).score.copy()
    score[at:] += size
    panel = panel_of(score, {"blog": np.zeros(days)}, masked=masked or (at,))
    return replace(panel, breaks=(panel.dates[at].date(),))


def test_a_step_has_the_numbers_of_ordinary_moves() -> None:
    panel = stepped(masked=(60, 61))
    (step,) = known_steps(panel)
    # From the reading of day 59 to that of day 61, over two days.
    change = np.diff(panel.score)
    change[[59, 60]] = np.nan
    two = change[1:] + change[:-1]
    drift = np.nanmean(change)
    moves = two[np.isfinite(two)] - two[np.isfinite(two)].mean()
    size = panel.score[61] - panel.score[59] - 2 * drift
    low, high = np.quantile(moves, [0.025, 0.975])
    assert step.date == panel.breaks[0]
    assert step.size == pytest.approx(size)
    assert (step.low, step.high) == pytest.approx((size - high, size - low))
    assert step.ordinary == pytest.approx(np.abs(moves).max())
    assert step.p == 1 / (1 + len(moves))
    assert step.spread == pytest.approx(moves.std(ddof=1))
    assert step.detectable == pytest.approx((1.959964 + 0.841621) * step.spread, rel=1e-6)


def test_a_small_step_has_the_rank_of_its_size() -> None:
    panel = stepped(size=0.1)
    (step,) = known_steps(panel)
    change = np.delete(np.diff(panel.score), 59)
    moves = change - change.mean()
    size = panel.score[60] - panel.score[59] - change.mean()
    assert step.p == (1 + (np.abs(moves) >= abs(size)).sum()) / (1 + len(moves))
    assert 0.2 < step.p < 1


def test_a_step_at_either_end_of_the_record() -> None:
    last = stepped(at=119)
    found = level_step(last, last.dates[119].date())
    assert found is not None
    assert found.low < -6 < found.high
    first = stepped(at=0)
    assert level_step(first, first.dates[0].date()) is None
    assert level_step(first, dt.date(1999, 1, 1)) is None
    second = stepped(at=1)
    assert level_step(second, second.dates[1].date()) is not None


@pytest.mark.parametrize(("last_missing", "there"), [(68, True), (69, False)])
def test_a_step_is_measured_over_ten_days_at_most(last_missing: int, there: bool) -> None:
    panel = stepped(days=240)
    score = panel.score.copy()
    score[60 : last_missing + 1] = np.nan
    holed = panel_of(score, {"blog": np.zeros(240)}, masked=(60,))
    assert (level_step(holed, panel.dates[60].date()) is not None) == there


@pytest.mark.parametrize(("days", "there"), [(22, True), (21, False)])
def test_a_step_needs_twenty_ordinary_moves(days: int, there: bool) -> None:
    panel = stepped(days=days, at=10)
    assert (level_step(panel, panel.dates[10].date()) is not None) == there


def test_a_step_of_a_flow_is_the_regression_of_statsmodels() -> None:
    panel = flow_panel(2)
    score = panel.score + np.where(np.arange(300) >= 150, -3.0, 0.0)
    posts = {name: panel.posts["bundle"][name][BACK : BACK + 300] for name in panel.channels}
    panel = panel_of(score, posts, kind="flow")
    date = panel.dates[150].date()
    step = flow_step(panel, date)
    assert step is not None
    design = primary_design(panel, "bundle")
    after = (design.rows >= 150).astype(float)
    theirs = sm.OLS(design.y, np.column_stack([design.x, after])).fit(cov_type="HC3", use_t=True)
    settle = 1 - theirs.params[design.lag_columns].sum()
    assert step.size == pytest.approx(theirs.params[-1] / settle, rel=1e-8)
    assert step.spread == pytest.approx(theirs.bse[-1] / settle, rel=1e-8)
    assert step.p == pytest.approx(theirs.pvalues[-1], rel=1e-7)
    assert (step.low, step.high) == pytest.approx(tuple(theirs.conf_int()[-1] / settle), rel=1e-7)
    weeks = [score[day - 27 : day + 1].mean() for day in range(27, 300)]
    assert (
        step.ordinary
        == pytest.approx(
            max(
                [abs(weeks[at] - weeks[at - 28]) for at in range(28, len(weeks))]
                # The first means are of 14 days at least.
                + [
                    abs(score[at + 1 : at + 29].mean() - score[: at + 1].mean())
                    for at in range(13, 27)
                ]
            )
        )
    )


def test_a_step_of_a_flow_needs_twenty_readings_on_either_side() -> None:
    panel = flow_panel(2)
    rows = primary_design(panel, "bundle").rows
    for at, there in ((20, True), (19, False), (len(rows) - 20, True), (len(rows) - 19, False)):
        assert (flow_step(panel, panel.dates[rows[at]].date()) is not None) == there


def test_the_search_is_over_the_middle_and_of_the_whole() -> None:
    panel = simulated_panel(2, 200)
    found = search_break(panel, draws=49, seed=3)
    assert found is not None
    design = primary_design(panel, "bundle")
    n = len(design.y)
    candidates = range(int(0.15 * n), int(0.85 * n))
    assert list(found.dates) == [panel.dates[design.rows[at]] for at in candidates]
    best = int(found.f.argmax())
    near = np.flatnonzero(found.f >= found.f.max() - 3.84)
    assert found.sup_f == found.f.max()
    assert found.date == found.dates[best].date()
    assert (found.first, found.last) == (found.dates[near[0]].date(), found.dates[near[-1]].date())
    # The null by hand: residuals with signs of chance, refitted.
    basis = np.linalg.qr(design.x)[0]
    residual = design.y - basis @ (basis.T @ design.y)
    signs = np.random.default_rng(3).integers(0, 2, size=(n, 49)) * 2.0 - 1.0
    largest = []
    for sign in signs.T:
        outcome = residual * sign
        outcome = outcome - basis @ (basis.T @ outcome)
        values = []
        for at in candidates:
            step = (np.arange(n) >= at).astype(float)
            step -= basis @ (basis.T @ step)
            values.append((step @ outcome) ** 2 / ((step * outcome) ** 2).sum())
        largest.append(max(values))
    assert found.p == (1 + sum(one >= found.sup_f for one in largest)) / 50


def test_a_search_needs_thirty_readings_more_than_columns() -> None:
    columns = primary_design(simulated_panel(2, 120), "bundle").x.shape[1]
    assert search_break(simulated_panel(2, 8 + columns + 30), draws=9) is not None
    assert search_break(simulated_panel(2, 8 + columns + 29), draws=9) is None


# Upticks


def test_upticks_beside_every_rolled_calendar() -> None:
    panel = simulated_panel(6, 200, {"blog": 0.5}, masked=(90,))
    found = uptick_evidence(panel)
    assert found is not None
    change = np.r_[np.nan, np.diff(panel.score)]
    change[90] = np.nan
    np.testing.assert_allclose(daily_change(panel), change, atol=1e-12)
    known = np.isfinite(change)
    posted = panel.window("blog") > 0
    uptick = change >= found.threshold - 1e-9
    shares = [np.roll(posted[known], shift)[uptick[known]].mean() for shift in range(known.sum())]
    assert found.count == uptick.sum()
    assert found.followed == (uptick & posted).sum()
    assert found.readings == known.sum()
    assert found.share == pytest.approx(shares[0])
    assert found.base == pytest.approx(posted[known].mean())
    assert found.band == pytest.approx(tuple(np.quantile(shares, [0.025, 0.975])))
    assert found.p_shift == pytest.approx(np.mean(np.array(shares) >= shares[0] - 1e-9))
    assert found.spread == pytest.approx(np.std(shares))
    assert found.detectable == pytest.approx(found.base + 2.801585 * found.spread, rel=1e-6)
    assert found.table["date"].tolist() == panel.dates[uptick].tolist()
    np.testing.assert_allclose(found.table["change"], change[uptick], atol=1e-12)
    assert found.table["follows a post"].tolist() == posted[uptick].tolist()
    fit = event_fit(panel, uptick)
    assert fit is not None
    theirs = sm.OLS(uptick[fit.design.rows].astype(float), fit.design.x).fit(
        cov_type="HC3", use_t=True
    )
    assert found.test is not None
    assert found.test.value == pytest.approx(theirs.params[1], rel=1e-8)
    assert found.test.error == pytest.approx(theirs.bse[1], rel=1e-8)


def test_rises_by_a_rounding_error_are_none() -> None:
    change = np.array([NAN, 1.0, -1.0, 0.0, 1e-12, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    flags, threshold = uptick_flags(change)
    assert np.flatnonzero(flags).tolist() == [1]
    assert threshold == 1.0
    for nothing in (np.full(5, NAN), -np.ones(5), np.zeros(5)):
        flags, threshold = uptick_flags(nothing)
        assert not flags.any()
        assert len(flags) == 5
        assert np.isnan(threshold)


# Shares of what is explained


def test_dominance_is_drawn_two_hundred_times_by_seed_nought() -> None:
    design = primary_design(simulated_panel(1, 120, {"blog": 0.4}), "bundle")
    usual, said = dominance(design), dominance(design, draws=200, seed=0)
    assert usual is not None
    assert said is not None
    assert usual.low.tolist() == said.low.tolist()
    assert usual.high.tolist() == said.high.tolist()
    rank = np.linalg.matrix_rank(design.x[:, [0, *range(4, design.x.shape[1])]])
    assert usual.by_chance == pytest.approx(1 / (len(design.y) - rank))
    rest = np.delete(design.x, [1, 2, 3], axis=1)
    without, beside_ = sm.OLS(design.y, rest).fit().ssr, sm.OLS(design.y, design.x).fit().ssr
    assert usual.total == pytest.approx(1 - beside_ / without)


@pytest.mark.parametrize(("count", "there"), [(MAX_CHANNELS, True), (MAX_CHANNELS + 1, False)])
def test_dominance_of_ten_channels_at_most(count: int, there: bool) -> None:
    names = ["blog", *(f"c{at}" for at in range(count - 1)), "silent"]
    rates = dict.fromkeys(names[:-1], 0.5)
    panel = simulated_panel(1, 200, rates={**rates, "silent": 0.0})
    found = dominance(primary_design(panel, "bundle"), draws=2)
    assert (found is not None) == there
    if found is not None:
        assert found.channels == tuple(names[:-1])


# Rivals


def test_where_the_score_stands_is_the_correlation() -> None:
    rng = np.random.default_rng(0)
    posts, level = rng.normal(size=(2, 40))
    level[5] = np.nan
    known = np.isfinite(level)
    assert level_p(posts, level) == pytest.approx(stats.pearsonr(posts[known], level[known])[1])
    assert level_p(np.ones(40), level) == level_p(posts, np.ones(40)) == 1.0
    assert level_p(posts[:2], np.array([1.0, 2.0])) == 1.0
    assert level_p(posts[:3], np.array([1.0, 2.0, 4.0])) < 1.0
    assert level_p(posts, posts) < 1e-30


def test_beside_its_rivals_is_the_regression_of_statsmodels() -> None:
    panel = simulated_panel(4, 400, {"blog": 0.3})
    fit = fit_primary(panel)
    assert fit is not None
    found = beside(fit, ("where the score stands",), ["twitter", "facebook"])
    assert found is not None
    design = fit.design
    stood = panel.score[design.rows - 2] - panel.score.mean()
    theirs = sm.OLS(design.y, np.column_stack([design.x, stood])).fit(cov_type="HC3", use_t=True)
    for place, name in enumerate(panel.channels):
        effect = found.effects[name]
        assert effect.value == pytest.approx(fit.multiplier * theirs.params[1 + place], rel=1e-7)
        assert effect.error == pytest.approx(fit.multiplier * theirs.bse[1 + place], rel=1e-7)
    restriction = np.zeros((2, len(theirs.params)))
    restriction[[0, 1], [2, 3]] = 1
    assert found.joint is not None
    assert found.joint.p == pytest.approx(float(theirs.f_test(restriction).pvalue), rel=1e-6)
    assert beside(fit, (), ["twitter"]) is None


def test_posting_when_the_score_is_low_is_a_rival() -> None:
    rng = np.random.default_rng(2)
    score = 50 + np.cumsum(rng.normal(0, 0.3, 300))
    low = np.r_[False, score[:-1] < np.median(score)]
    panel = panel_of(score, {"blog": rng.poisson(np.where(low, 0.9, 0.1)).astype(float)})
    fit = fit_primary(panel)
    assert fit is not None
    assert "where the score stands" in rivals_of(fit, "blog")
    flow = fit_primary(flow_panel())
    assert flow is not None
    assert "where the score stands" not in rivals_of(flow, "blog")


# Hidden events


def test_sensitivity_is_told_for_everything_that_was_observed() -> None:
    panel = simulated_panel(3, 240, {"blog": 0.5})
    fit = fit_primary(panel)
    assert fit is not None
    found = sensitivity(fit)
    assert found is not None
    theirs = sm.OLS(fit.design.y, fit.design.x).fit()
    t, df = theirs.tvalues[1], theirs.df_resid
    assert (found.t, found.df) == (pytest.approx(t, rel=1e-8), df)
    assert found.partial_r2 == pytest.approx(t**2 / (t**2 + df))
    assert (found.effect, found.alpha) == (fit.effects["blog"].value, 0.05)
    groups = {
        "twitter": [2],
        "facebook": [3],
        "the score's own past": list(range(4, 11)),
        "the weekday": list(range(11, 17)),
    }
    assert {one.name for one in found.observed} == set(groups)
    left = [one.effect for one in found.observed]
    assert left == sorted(left)
    assert found.strongest == found.observed[0]
    for one in found.observed:
        rest = np.delete(fit.design.x, groups[one.name], axis=1)
        small = sm.OLS(fit.design.y, rest).fit().ssr
        assert one.observed_outcome == pytest.approx(1 - theirs.ssr / small, rel=1e-6)
        column = fit.design.x[:, 1]
        others = np.delete(fit.design.x, 1, axis=1)
        full = sm.OLS(column, others).fit().ssr
        less = sm.OLS(column, np.delete(rest, 1, axis=1)).fit().ssr
        assert one.observed_posts == pytest.approx(1 - full / less, rel=1e-6)
        assert one.times == times_to_nothing(found.t, df, one.observed_posts, one.observed_outcome)


def test_what_goes_with_nothing_hides_nothing() -> None:
    assert times_to_nothing(3.0, 100, 0.0, 0.1) == np.inf
    assert times_to_nothing(3.0, 100, 0.1, 0.0) == np.inf


def test_a_step_knows_what_would_have_been_found() -> None:
    step = Step(dt.date(2012, 1, 1), 0.0, 0.0, 0.0, 0.0, 1.0, 2.0)
    assert step.detectable == pytest.approx(2 * (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)))
    assert pd.Timestamp(step.date).year == 2012
