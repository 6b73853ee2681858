"""The checks beside the primary: profile by day, path, residuals."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.evidence.diagnostics import autocorrelation, independent, reference, residual_views
from analysis.evidence.path import DAYS, mean_path, shifted_means
from analysis.evidence.profile import lag_profile
from analysis.model.primary import fit_primary
from tests.builders import panel_of, simulated_panel

Floats = NDArray[np.float64]


def reacting(
    day: int, effect: float = 0.8, days: int = 300, seed: int = 3
) -> tuple[Floats, Floats]:
    """Return a score, and posts of which each moves the reading ``day`` days away by ``effect``."""
    rng = np.random.default_rng(seed)
    posts = rng.binomial(1, 0.25, days).astype(float)
    change = rng.normal(0, 0.2, days)
    moved = np.flatnonzero(posts) + day
    inside = (moved >= 0) & (moved < days)
    np.add.at(change, moved[inside], effect)
    return 50 + np.cumsum(change), posts


@pytest.mark.parametrize(("shift", "day"), [(0, -1), (1, -2), (2, -3), (-1, 1), (-2, 2)])
def test_profile_puts_an_effect_on_its_own_day(shift: int, day: int) -> None:
    score, posts = reacting(shift)
    profile = lag_profile(panel_of(score, {"blog": posts}), "blog")
    assert profile is not None
    assert profile.days == (-3, -2, -1, 1, 2)
    for found, move in zip(profile.days, profile.moves, strict=True):
        low, high = move.interval(0.999)
        assert (low < 0.8 < high) if found == day else (low < 0 < high), found
    assert set(profile.before) == {-3, -2, -1}
    assert set(profile.after) == {1, 2}


def test_profile_of_the_longest_window_reaches_back_far_enough() -> None:
    score, posts = reacting(6)
    profile = lag_profile(panel_of(score, {"blog": posts}, window_days=7), "blog")
    assert profile is not None
    assert profile.days[0] == -8
    assert profile.before[-7].value == pytest.approx(0.8, abs=0.1)


def test_profile_needs_readings() -> None:
    assert lag_profile(simulated_panel(1, days=25), "twitter") is None


def test_mean_path_of_a_jump_after_every_post() -> None:
    posts = np.zeros(120)
    posts[10:110:10] = 1
    score = np.cumsum(posts)
    path = mean_path(panel_of(score, {"blog": posts}))
    assert path is not None
    assert path.days == DAYS == tuple(range(-3, 8))
    assert path.mean == pytest.approx([0.0] * 3 + [1.0] * 8, abs=1e-12)
    assert path.counts.tolist() == [10.0] * 11
    assert path.high[3] < 1


def test_mean_path_never_crosses_a_known_break() -> None:
    posts = np.zeros(60)
    posts[[20, 40]] = 1
    score = np.where(np.arange(60) >= 22, 30.0, 50.0)
    path = mean_path(panel_of(score, {"blog": posts}, masked=[22]))
    assert path is not None
    assert path.mean == pytest.approx([0.0] * 11, abs=1e-12)
    assert path.counts.tolist() == [2.0] * 5 + [1.0] * 6


def test_there_is_no_path_without_a_post() -> None:
    assert mean_path(panel_of(np.arange(40.0), {"blog": np.zeros(40)})) is None


def test_shifted_means_are_those_of_a_rolled_calendar() -> None:
    rng = np.random.default_rng(5)
    posted, values = rng.random(41) < 0.3, rng.normal(size=41)
    values[[3, 17]] = np.nan
    means, counts = shifted_means(posted, values)
    for shift in range(41):
        seen = values[np.roll(posted, shift)]
        assert means[shift] == pytest.approx(np.nanmean(seen), abs=1e-12)
        assert counts[shift] == np.isfinite(seen).sum()


def test_autocorrelation_of_a_series_with_a_hole() -> None:
    values, days = np.array([1.0, -1.0, 1.0, -1.0]), np.array([0, 1, 3, 4])
    # Pairs one day apart: (1, -1), (1, -1); two apart: (-1, 1); three: (1, 1), (-1, -1).
    assert autocorrelation(values, days, 9).tolist() == [-1.0, -1.0, 1.0, -1.0]


def test_residual_views_find_what_is_left_over() -> None:
    panel = simulated_panel(6, days=200)
    fit = fit_primary(panel)
    assert fit is not None
    views = residual_views(fit)
    assert views is not None
    assert views.residuals.tolist() == (fit.ols.residuals).tolist()
    assert views.bound == pytest.approx(1.96 / np.sqrt(fit.n), rel=1e-3)
    assert views.outside <= 3
    assert views.ordered[-1] == pytest.approx(fit.ols.residuals.max() / fit.ols.residuals.std())
    assert views.normal[0] == pytest.approx(-views.normal[-1])


def test_reference_tests_are_those_of_statsmodels() -> None:
    from statsmodels.stats.diagnostic import acorr_breusch_godfrey

    fit = fit_primary(simulated_panel(7, days=180))
    assert fit is not None
    found = reference(fit)
    assert [test.name for test in found.tests] == [
        "Ljung-Box",
        "Breusch-Godfrey",
        "Breusch-Pagan",
        "Jarque-Bera",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about the type that it returns
        statistic, p, *_ = acorr_breusch_godfrey(fit.statsmodels(), nlags=7)
    assert found.tests[1].statistic == pytest.approx(statistic, rel=1e-8)
    assert found.tests[1].p == pytest.approx(p, rel=1e-8)
    assert 1 <= found.condition < 30
    # Both are sums of a few hundred terms in double precision.
    assert found.estimates < 1e-10
    assert found.errors < 1e-10


def test_reference_of_a_channel_that_repeats_another_warns_of_nothing() -> None:
    panel = simulated_panel(7, days=180)
    for coding in panel.posts.values():
        coding["facebook"] = coding["twitter"]
    fit = fit_primary(replace(panel))
    assert fit is not None
    assert fit.ols.rank < fit.design.x.shape[1]
    assert reference(fit).estimates < 1e-10


def test_independent_columns_span_all_of_them() -> None:
    one, ramp = np.ones(6), np.arange(6.0)
    x = np.column_stack([one, np.zeros(6), ramp, one + ramp, ramp**2])
    columns = independent(x)
    assert len(columns) == 3
    assert 4 in columns
    assert 1 not in columns
    assert np.linalg.matrix_rank(x[:, columns]) == np.linalg.matrix_rank(x) == 3
