"""What is tried beside the primary: each check against a refit, its size and its power."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats

from analysis.claims.agreement import Agreement, agreement
from analysis.evidence.channels import MIN_POSTS, channel_table
from analysis.evidence.confirm import WILD_DRAWS, Confirmation, confirm
from analysis.evidence.equivalence import (
    F2_LIMIT,
    joint_equivalence,
    partial_f,
    provable_margin,
    provable_margins,
    reach,
)
from analysis.evidence.leads import placebo_leads
from analysis.evidence.placebo import (
    DRAWS,
    MIN_SHIFT,
    Placebo,
    Rank,
    Regime,
    calendars_of,
    choose_shifts,
    circular_placebo,
    regimes,
)
from analysis.evidence.shifts import Calendars, shifted_hc3, shifted_ols
from analysis.model.design import Design, primary_design
from analysis.model.fwl import hc3_t, orthonormal, partial_out
from analysis.model.ols import FTest
from analysis.model.primary import Estimate, fit_primary
from analysis.model.wild import WildBootstrap, wild_bootstrap
from analysis.panel import BACK, Panel
from tests.builders import panel_of, simulated_panel

Floats = NDArray[np.float64]


def broken_panel(seed: int = 3, days: int = 320, window_days: int = 2) -> Panel:
    """Return a panel with a known change, scattered gaps and a long hole in its readings."""
    panel = simulated_panel(seed, days, masked=[150, 151], window_days=window_days)
    score = panel.score.copy()
    score[[40, 41, 90]] = np.nan
    score[220:245] = np.nan
    change = np.concatenate([[np.nan], np.diff(score)])
    return replace(panel, score=score, outcome=change)


def all_shifted(panel: Panel, shifts: NDArray[np.int64]) -> Floats:
    """Return both t (ordinary, HC3) of every shifted calendar; shape (2, m)."""
    design = primary_design(panel, "bundle")
    found = regimes(panel, "bundle", design.rows)
    basis = orthonormal(np.delete(design.x, 1, axis=1))
    left = design.y - basis @ (basis.T @ design.y)
    calendars = calendars_of(panel, "bundle", found, design.rows, basis, left)
    return np.array([shifted_ols(calendars, shifts), shifted_hc3(calendars, shifts)])


def with_posts_moved(panel: Panel, found: tuple[Regime, ...], shifts: NDArray[np.int64]) -> Panel:
    """Return the panel with each focal post on another day of its regime, moved one by one."""
    bins = panel.posts["bundle"]["blog"]
    moved = bins.copy()
    for one, shift in zip(found, shifts, strict=True):
        length = one.stop - one.start
        for day in range(length):
            to = one.start + (day + int(shift)) % length
            moved[BACK + to] = bins[BACK + one.start + day]
    return replace(panel, posts={**panel.posts, "bundle": panel.posts["bundle"] | {"blog": moved}})


def refitted(design: Design) -> tuple[float, float]:
    model = sm.OLS(design.y, design.x)
    return model.fit().tvalues[1], model.fit(cov_type="HC3").tvalues[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_t_of_a_shifted_calendar_is_that_of_statsmodels(seed: int) -> None:
    panel = broken_panel(seed)
    design = primary_design(panel, "bundle")
    found = regimes(panel, "bundle", design.rows)
    shifts, _ = choose_shifts(found, 4, seed)
    shifts = np.vstack([np.zeros((1, len(found)), dtype=int), shifts])
    ordinary, robust = all_shifted(panel, shifts)
    for place, shift in enumerate(shifts):
        again = primary_design(with_posts_moved(panel, found, shift), "bundle")
        assert again.rows.tolist() == design.rows.tolist()
        theirs = refitted(again)
        # Sums of a few hundred terms; the transform loses three digits more than they do.
        assert ordinary[place] == pytest.approx(theirs[0], rel=1e-8, abs=1e-10)
        assert robust[place] == pytest.approx(theirs[1], rel=1e-8, abs=1e-10)


def test_parts_that_cancel_leave_no_column() -> None:
    inside = np.arange(60) < 25
    calendars = Calendars(
        basis=np.column_stack([np.full(60, 60**-0.5)]),
        left=np.sin(np.arange(60.0)) - np.sin(np.arange(60.0)).mean(),
        rows=(np.flatnonzero(inside), np.flatnonzero(~inside)),
        days=(np.arange(25), np.arange(35)),
        counts=(np.full(25, 3.0), np.full(35, 3.0)),
    )
    shifts = np.array([[7, 9], [8, 7]])
    assert np.isnan(shifted_hc3(calendars, shifts)).all()
    assert np.isnan(shifted_ols(calendars, shifts)).all()


def test_many_shifts_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = broken_panel()
    found = regimes(panel, "bundle", primary_design(panel, "bundle").rows)
    shifts, _ = choose_shifts(found, 700, 0)
    shifts = np.vstack([shifts, shifts[:50]])
    together = all_shifted(panel, shifts)
    assert together[:, :50].tolist() == together[:, 700:].tolist()
    monkeypatch.setattr("analysis.evidence.shifts._KEPT", 1000)
    monkeypatch.setattr("analysis.evidence.shifts._BLOCK", 16)
    np.testing.assert_allclose(all_shifted(panel, shifts), together, rtol=1e-10)


def test_posts_stay_within_their_regime() -> None:
    panel = broken_panel()
    design = primary_design(panel, "bundle")
    found = regimes(panel, "bundle", design.rows)
    assert [(one.start, one.stop) for one in found] == [(0, 150), (150, 220), (245, 320)]
    assert all(one.movable for one in found)
    inside = [(design.rows >= one.start) & (design.rows < one.stop) for one in found]
    assert np.sum(inside, axis=0).tolist() == [1] * len(design.rows)
    assert found[1].first == panel.dates[150].date()
    assert found[1].last == panel.dates[219].date()
    assert found[1].shifts.tolist() == list(range(MIN_SHIFT, 70 - MIN_SHIFT + 1))


def test_a_regime_ends_where_the_source_is_silent() -> None:
    panel = simulated_panel(1, 200)
    panel.posts["bundle"]["blog"][BACK + 120 :] = np.nan
    found = regimes(panel, "bundle", primary_design(panel, "bundle").rows)
    assert [(one.start, one.stop) for one in found] == [(0, 120)]


def test_what_is_too_short_or_without_posts_stays() -> None:
    panel = simulated_panel(1, 200, masked=[100, 110])
    bins = panel.posts["bundle"]["blog"]
    bins[BACK + 110 :] = 0
    found = regimes(panel, "bundle", primary_design(panel, "bundle").rows)
    assert [(one.start, one.stop, one.movable) for one in found] == [
        (0, 100, True),
        (100, 110, False),
        (110, 200, False),
    ]
    placebo = circular_placebo(panel)
    assert placebo is not None
    assert placebo.possible == len(placebo.shifted) == 100 - 2 * MIN_SHIFT + 1


def test_every_combination_is_tried_where_there_are_few() -> None:
    panel = simulated_panel(5, 130, masked=[60])
    placebo = circular_placebo(panel)
    assert placebo is not None
    each = [60 - 2 * MIN_SHIFT + 1, 70 - 2 * MIN_SHIFT + 1]
    assert placebo.possible == each[0] * each[1] == len(placebo.shifted)
    shifts, _ = choose_shifts(placebo.regimes, DRAWS, 0)
    assert len({tuple(row) for row in shifts.tolist()}) == placebo.possible


def test_ten_thousand_are_drawn_where_there_are_more() -> None:
    panel = simulated_panel(5, 300, masked=[140])
    placebo, again = circular_placebo(panel), circular_placebo(panel)
    assert placebo is not None
    assert again is not None
    assert placebo.possible > DRAWS == len(placebo.shifted) == len(placebo.classical.shifted)
    assert placebo.shifted.tolist() == again.shifted.tolist()
    few = circular_placebo(panel, draws=200)
    assert few is not None
    assert len(few.shifted) == 200


@pytest.mark.parametrize("window_days", [1, 2, 7])
def test_the_real_t_is_that_of_the_primary(window_days: int) -> None:
    panel = broken_panel(4, window_days=window_days)
    placebo, fit = circular_placebo(panel, draws=50), fit_primary(panel)
    assert placebo is not None
    assert fit is not None
    estimate = fit.coefficient("blog")
    assert placebo.t == pytest.approx(estimate.value / estimate.error, rel=1e-9)
    assert placebo.classical.t == pytest.approx(fit.statsmodels().model.fit().tvalues["blog"])


def test_placebo_ranks_a_real_effect_first() -> None:
    placebo = circular_placebo(simulated_panel(4, 200, {"blog": 0.6}))
    assert placebo is not None
    assert len(placebo.shifted) == 200 - 2 * MIN_SHIFT + 1
    assert placebo.beyond == placebo.classical.beyond == 0
    assert placebo.p == pytest.approx(1 / (1 + len(placebo.shifted)))


def clustered(seed: int, days: int = 160) -> Panel:
    """Return posts in busy and idle weeks, and a change that remembers itself, unrelated."""
    rng = np.random.default_rng([seed, 77])
    mood = np.repeat(rng.normal(0, 0.8, days // 8 + 1), 8)[:days]
    posts = rng.poisson(0.3 * np.exp(mood)).astype(float)
    noise, change = rng.standard_t(5, days) * 0.2, np.zeros(days)
    for day in range(1, days):
        change[day] = 0.4 * change[day - 1] + noise[day]
    twitter = rng.poisson(3.0, days).astype(float)
    return panel_of(50 + np.cumsum(change), {"blog": posts, "twitter": twitter}, masked=[70])


def test_shifted_calendars_hold_their_level() -> None:
    found = [circular_placebo(clustered(seed), draws=399) for seed in range(200)]
    p = np.array([placebo.p for placebo in found if placebo is not None])
    assert len(p) == 200
    assert (p < 0.05).sum() <= 20  # binomial(200, .05) exceeds 20 once in 1,000 times
    assert 0.44 < p.mean() < 0.56  # three standard errors of a uniform mean are .061


def test_shifted_calendars_find_an_effect() -> None:
    found = [
        circular_placebo(simulated_panel(seed, 160, {"blog": 0.3}, masked=[70]), draws=399)
        for seed in range(30)
    ]
    assert sum(placebo is not None and placebo.p < 0.05 for placebo in found) >= 24


def test_a_rank_counts_both_sides() -> None:
    rank = Rank(2.0, np.array([-3.0, 0.0, 1.0, 2.0, 2.5]))
    assert rank.beyond == 3
    assert rank.p == pytest.approx(4 / 6)


@pytest.mark.parametrize("posts", [np.zeros(100), np.ones(100)])
def test_there_is_no_placebo_when_no_day_differs(posts: Floats) -> None:
    score = np.cumsum(np.random.default_rng(2).normal(size=100))
    assert circular_placebo(panel_of(score, {"blog": posts})) is None


def test_a_shift_onto_another_channel_is_left_out() -> None:
    panel = simulated_panel(8, 120)
    for coding in panel.posts.values():
        coding["twitter"] = np.concatenate(
            [np.zeros(BACK), np.roll(coding["blog"][BACK : BACK + 120], 30), np.zeros(2)]
        )
    ordinary, robust = all_shifted(panel, np.array([[29], [30], [31]]))
    assert np.isnan([ordinary[1], robust[1]]).all()
    assert np.isfinite(ordinary[[0, 2]]).all()
    assert np.isfinite(robust[[0, 2]]).all()


def test_shifted_calendars_beside_a_row_that_is_fitted_exactly() -> None:
    panel = simulated_panel(8, 120)
    alone = np.zeros(len(panel.posts["bundle"]["facebook"]))
    design = primary_design(panel, "bundle")
    alone[BACK + design.rows[0] - 1] = 1  # a post that only the first row still sees
    for coding in panel.posts.values():
        coding["facebook"] = alone
    shifts = np.array([[0], [9], [40]])
    _, robust = all_shifted(panel, shifts)
    found = regimes(panel, "bundle", design.rows)
    for shift, t in zip(shifts, robust, strict=True):
        fit = fit_primary(with_posts_moved(panel, found, shift))
        assert fit is not None
        assert fit.ols.exact_rows == 1
        estimate = fit.coefficient("blog")
        assert t == pytest.approx(estimate.value / estimate.error, rel=1e-8)


@pytest.mark.parametrize("exact", [False, True])
def test_wild_draws_are_those_of_every_outcome_written_out(exact: bool) -> None:
    design = primary_design(simulated_panel(2, 150), "bundle")
    others = np.delete(design.x, 1, axis=1)
    if exact:
        others = np.column_stack([others, np.arange(len(others)) == 20])
    part = partial_out(design.x[:, 1], others)
    assert part is not None
    n = len(design.y)
    signs = np.random.default_rng(6).integers(0, 2, size=(n, 120), dtype=np.int8) * 2.0 - 1.0
    left = part.residual(design.y)
    scaled = np.where(part.free, left / np.where(part.free, 1 - part.leverage, 1.0), 0.0)
    written = hc3_t(part, scaled[:, None] * signs)
    found = wild_bootstrap(part, design.y, 120, 6)
    np.testing.assert_allclose(found.draws, written, rtol=1e-9, atol=1e-12)
    assert len(wild_bootstrap(part, design.y, 1000, 6).draws) == 1000


def test_wild_draws_of_an_outcome_without_residuals_are_zero() -> None:
    design = primary_design(simulated_panel(2, 150), "bundle")
    part = partial_out(design.x[:, 1], np.delete(design.x, 1, axis=1))
    assert part is not None
    found = wild_bootstrap(part, np.zeros(len(design.y)), 30, 0)
    assert found.draws.tolist() == [0.0] * 30
    assert (found.beyond, found.p) == (30, 1.0)


def reverse(seed: int, strength: float, days: int = 200) -> Panel:
    """Return an author who posts because the score fell, and a score that does not care."""
    rng = np.random.default_rng([seed, 5])
    change = rng.normal(0, 0.25, days)
    rate = 0.25 * np.exp(-strength * np.concatenate([[0], change[:-1]]))
    posts = rng.poisson(rate).astype(float)
    twitter = rng.poisson(2.0, days).astype(float)
    return panel_of(50 + np.cumsum(change), {"blog": posts, "twitter": twitter})


def test_leads_are_those_of_statsmodels() -> None:
    panel = reverse(1, 2.0)
    leads = placebo_leads(panel)
    design = primary_design(panel, "bundle")
    bins = panel.posts["bundle"]["blog"]
    after = np.column_stack([bins[BACK + day + design.rows] for day in (1, 2)])
    theirs = sm.OLS(design.y, np.column_stack([after, design.x])).fit(cov_type="HC3", use_t=True)
    weights = np.eye(theirs.params.size)
    assert leads is not None
    joint = theirs.f_test(weights[:2])
    assert leads.test.f == pytest.approx(float(joint.fvalue), rel=1e-9)
    assert leads.test.p == pytest.approx(float(joint.pvalue), rel=1e-9)
    assert leads.test.df == (2, theirs.df_resid)
    mean = theirs.t_test((weights[0] + weights[1]) / 2)
    assert leads.effect.value == pytest.approx(float(mean.effect[0]), rel=1e-9)
    assert leads.effect.error == pytest.approx(float(mean.sd[0, 0]), rel=1e-9)


def test_leads_hold_their_level_and_the_primary_stays_valid() -> None:
    quiet = [placebo_leads(reverse(seed, 0.0)) for seed in range(150)]
    wrong = sum(leads is not None and leads.test.p < 0.05 for leads in quiet)
    assert wrong <= 17  # binomial(150, .05) exceeds 17 twice in 1,000 times
    panels = [reverse(seed, 3.0) for seed in range(150)]
    seen = [placebo_leads(panel) for panel in panels]
    assert sum(leads is not None and leads.test.p < 0.05 for leads in seen) >= 120
    assert np.mean([leads.effect.value for leads in seen if leads is not None]) < 0
    fits = [fit_primary(panel) for panel in panels]
    assert sum(fit is not None and fit.effects["blog"].p < 0.05 for fit in fits) <= 17


def test_leads_need_posts_after_a_reading() -> None:
    panel = simulated_panel(1, 150)
    bins = panel.posts["bundle"]["blog"]
    bins[BACK + 40 :] = 0
    seen = (bins[BACK + 9 : BACK + 40]).sum()
    assert (placebo_leads(panel) is None) == (seen < MIN_POSTS)
    assert placebo_leads(simulated_panel(1, 30)) is None


@pytest.mark.parametrize("df", [(1, 90), (4, 210), (6, 800)])
@pytest.mark.parametrize("f", [0.05, 0.8, 1.6, 4.0])
def test_joint_equivalence_is_the_noncentral_f(f: float, df: tuple[int, int]) -> None:
    found = joint_equivalence(FTest(f, df, 0.5), 0.05)
    total = sum(df) + 1
    # scipy computes both by series; they agree to the digits that it keeps there.
    assert found.p == pytest.approx(stats.ncf.cdf(f, *df, F2_LIMIT * total), rel=1e-6, abs=1e-12)
    assert found.f2 == pytest.approx(f * df[0] / df[1])
    if found.provable:
        at_bound = stats.ncf.cdf(f, *df, found.provable * total)
        assert at_bound == pytest.approx(0.05, abs=1e-5)
    else:
        assert stats.f.cdf(f, *df) <= 0.05
    assert (found.p < 0.05) == (found.provable < F2_LIMIT)
    assert found.explained == pytest.approx(found.provable / (1 + found.provable))


def test_partial_f_is_that_of_statsmodels() -> None:
    fit = fit_primary(simulated_panel(3, 200, {"twitter": 0.1}))
    assert fit is not None
    found = partial_f(fit, ("twitter", "facebook"))
    weights = np.eye(fit.design.x.shape[1])[[2, 3]]
    theirs = sm.OLS(fit.design.y, fit.design.x).fit().f_test(weights)
    assert found is not None
    assert found.f == pytest.approx(float(theirs.fvalue), rel=1e-9)
    assert found.p == pytest.approx(float(theirs.pvalue), rel=1e-8)
    assert found.df == (2, int(theirs.df_denom))
    assert partial_f(fit, ()) is None


def shown_small(effect: float, seeds: range) -> int:
    """Return in how many simulated accounts two other channels are shown too small to matter."""
    passed = 0
    for seed in seeds:
        fit = fit_primary(simulated_panel(seed, 300, {"twitter": effect}))
        assert fit is not None
        joint = partial_f(fit, ("twitter", "facebook"))
        assert joint is not None
        passed += joint_equivalence(joint).p < 0.05
    return passed


def test_joint_equivalence_errs_as_often_as_it_says() -> None:
    # f squared is the variance that tweets explain over the noise: windows hold two days of
    # Poisson posts at 3 a day, each worth half of the effect in points a day.
    at_limit = 2 * np.sqrt(F2_LIMIT * 0.25**2 / 6)
    # Measured over 1,000 seeds: .067, as windows that vary by themselves blur the limit; 150
    # draws of that exceed 18 six times in 1,000.
    assert shown_small(at_limit, range(150)) <= 18
    assert shown_small(0.0, range(40)) >= 32


def test_provable_margin_has_the_power_that_it_promises() -> None:
    rng = np.random.default_rng(0)
    df, error, runs = 60, 0.3, 20_000
    margin = provable_margin(Estimate(0.0, error, df))
    both = provable_margin(Estimate(0.0, error, df), tests=3)
    assert margin == pytest.approx(error * (stats.t.ppf(0.95, df) + stats.t.ppf(0.9, df)))
    values = rng.normal(0, error, (runs, 3))
    errors = error * np.sqrt(rng.chisquare(df, (runs, 1)) / df)
    half = stats.t.ppf(0.95, df) * errors
    alone = (np.abs(values[:, 0]) + half[:, 0] < margin).mean()
    # 20,000 runs have a standard error of .003; an error that is itself estimated costs .01.
    assert alone == pytest.approx(0.8, abs=0.02)
    together = ((np.abs(values) + half).max(axis=1) < both).mean()
    assert 0.78 < together < 0.86


def confirmed(effect: float = 0.6, seed: int = 4, control: str | None = "facebook") -> Confirmation:
    panel = simulated_panel(seed, 300, {"blog": effect})
    bundle, own = fit_primary(panel), fit_primary(panel, "all posts")
    assert bundle is not None
    assert own is not None
    return confirm(panel, bundle, channel_table(bundle, own, 0.3, 0.05), control)


@pytest.fixture(scope="module")
def moving() -> Confirmation:
    return confirmed()


def test_everything_is_collected(moving: Confirmation) -> None:
    table = moving.table
    assert moving.wild is not None
    assert moving.shifts is not None
    assert moving.wild.t == pytest.approx(moving.shifts.t, rel=1e-9)
    assert len(moving.wild.draws) == WILD_DRAWS
    assert moving.control is not None
    assert moving.control.channel.name == "facebook"
    assert moving.control.reach == reach(moving.control.channel.effect, 0.05)
    assert confirmed(control=None).control is None
    assert confirmed(control="elsewhere").control is None
    names = [one.channel for one in moving.margins.channels]
    assert names == [channel.name for channel in table.others]
    for one, channel in zip(moving.margins.channels, table.others, strict=True):
        assert one.observed == max(abs(end) for end in channel.effect.interval(0.9))
        assert channel.effect.within(one.observed * 1.001)
        assert not channel.effect.within(one.observed * 0.999)
    assert moving.margins.observed == max(one.observed for one in moving.margins.channels)
    assert moving.margins.with_power > max(one.with_power for one in moving.margins.channels)


def test_nothing_can_be_proven_of_no_channel(moving: Confirmation) -> None:
    margins = provable_margins(replace(moving.table, others=()))
    assert margins.channels == ()
    assert np.isnan([margins.observed, margins.with_power]).all()


def standings(found: Agreement) -> dict[str, str]:
    return {check.id: check.standing for check in found.checks}


def with_p(rank: Placebo, beyond: int, among: int = 999) -> Placebo:
    """Return the placebo with ``beyond`` of ``among`` calendars farther out than the real t."""
    t = np.zeros(among)
    t[:beyond] = 1e9
    return replace(rank, shifted=t)


def test_all_agree_on_a_real_effect(moving: Confirmation) -> None:
    found = agreement(moving, "points per post")
    assert found.agree is True
    assert standings(found) == {
        "shifted-calendars": "agrees",
        "wild-bootstrap": "agrees",
        "leads": "stands aside",
        "negative-control": "agrees",
        "joint-equivalence": "agrees",
    }
    assert found.sentence == (
        "The primary analysis finds an effect of blog (p < 0.001), and all 4 checks that could "
        "be made agree."
    )
    assert all(not check.why for check in found.checks)


def test_all_agree_on_nothing() -> None:
    found = confirmed(effect=0.0, seed=9)
    assert found.table.focal.effect.p > 0.2
    said = agreement(found, "points per post")
    assert said.agree is True
    assert said.sentence.startswith("The primary analysis finds no effect of blog (p = 0.")


def test_calendars_that_do_as_well_do_not_agree(moving: Confirmation) -> None:
    assert moving.shifts is not None
    found = agreement(replace(moving, shifts=with_p(moving.shifts, 120)), "points per post")
    assert found.agree is False
    assert standings(found)["shifted-calendars"] == "does not agree"
    assert found.checks[0].p == pytest.approx(0.121)
    assert "3 of 4 checks agree. That which does not: shifted calendars (" in found.sentence
    assert "believe the larger, p = 0.12)." in found.sentence


def test_a_bootstrap_that_does_as_well_does_not_agree(moving: Confirmation) -> None:
    assert moving.wild is not None
    wild = WildBootstrap(moving.wild.t, np.full(99, 1e9))
    found = agreement(replace(moving, wild=wild, joint=None, control=None), "points per post")
    assert standings(found)["wild-bootstrap"] == "does not agree"
    assert "1 of 2 checks agree." in found.sentence


def test_too_few_calendars_cannot_tell(moving: Confirmation) -> None:
    assert moving.shifts is not None
    for among, standing in ((19, "cannot tell"), (20, "agrees")):
        shifts = with_p(moving.shifts, 0, among)
        found = agreement(replace(moving, shifts=shifts), "points per post")
        assert standings(found)["shifted-calendars"] == standing
    assert agreement(replace(moving, shifts=None), "points per post").checks[0].p is None


def test_a_control_that_speaks_does_not_agree(moving: Confirmation) -> None:
    assert moving.control is not None
    loud = replace(moving.control.channel, effect=Estimate(0.5, 0.1, 200))
    control = replace(moving.control, channel=loud)
    found = agreement(replace(moving, control=control), "points per post")
    assert standings(found)["negative-control"] == "does not agree"
    assert "facebook goes with the score though it can do nothing" in found.sentence
    rare = replace(control, channel=replace(loud, why_not="3 posts of its own; 10 are needed"))
    quiet = agreement(replace(moving, control=rare), "points per post")
    assert standings(quiet)["negative-control"] == "cannot tell"


def test_joint_equivalence_is_held_against_the_single_intervals(moving: Confirmation) -> None:
    table, joint = moving.table, moving.joint
    assert joint is not None
    wide = replace(table, others=(replace(table.others[0], equivalent=False), *table.others[1:]))
    cases = {
        (True, True): "agrees",
        (True, False): "does not agree",
        (False, True): "does not agree",
        (False, False): "agrees",
    }
    reasons = set()
    for (together, each), standing in cases.items():
        changed = replace(
            moving,
            table=table if each else wide,
            joint=replace(joint, p=0.001 if together else 0.4),
        )
        check = agreement(changed, "points per post").checks[4]
        assert check.standing == standing
        assert check.found.startswith("Yes: " if together else "Not shown: ")
        reasons.add(check.why)
    assert any("alone twitter may still reach beyond ±0.300 points per post" in r for r in reasons)
    assert any("each alone lies within ±0.300 points per post" in r for r in reasons)
    none = agreement(replace(moving, joint=None), "points per post")
    assert standings(none)["joint-equivalence"] == "cannot tell"


def test_leads_never_veto(moving: Confirmation) -> None:
    leads = moving.leads
    assert leads is not None
    loud = replace(leads, test=FTest(9.0, (2, 200), 1e-4), effect=Estimate(-0.3, 0.05, 200))
    found = agreement(replace(moving, leads=loud), "points per post")
    assert found.agree is True
    assert standings(found)["leads"] == "stands aside"
    assert found.checks[2].found.startswith("It seems so: a reading differs by −0.300 points")
    assert "are also lower in the 48 hours before a post (p < 0.001)" in found.sentence
    none = agreement(replace(moving, leads=None), "points per post")
    assert standings(none)["leads"] == "cannot tell"


def test_a_channel_that_is_not_judged_is_not_confirmed(moving: Confirmation) -> None:
    focal = replace(moving.table.focal, why_not="4 posts of its own; 10 are needed")
    table = replace(moving.table, focal=focal)
    found = agreement(replace(moving, table=table, joint=None, control=None), "points per post")
    assert found.agree is None
    assert set(standings(found).values()) == {"cannot tell"}
    assert found.sentence == "No check could be made beside the primary analysis."
    some = agreement(replace(moving, table=table), "points per post")
    assert some.sentence.startswith("The primary analysis does not judge blog, and all 2 checks")


def test_checks_stand_in_one_order(moving: Confirmation) -> None:
    seeds = [agreement(confirmed(seed=seed), "points per post") for seed in (1, 2)]
    orders = [tuple(check.id for check in found.checks) for found in seeds]
    assert all(one == other for one, other in pairwise(orders))
