"""What mutation tests found that no other test noticed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.ledger import judge
from analysis.evidence.curve import specification_curve
from analysis.evidence.placebo import choose_shifts, regimes
from analysis.evidence.silence import QUIET_DAYS, days_since_post, silence_evidence
from analysis.model.design import primary_design
from analysis.model.fwl import hc3_t, partial_out
from analysis.panel import Panel, Part
from tests.builders import panel_of, simulated_panel
from tests.test_confirm import all_shifted, with_posts_moved


def test_every_channel_that_does_nothing_is_named() -> None:
    rates = {"blog": 0.3, "twitter": 1.0, "photos": 0.8, "links": 0.6}
    panel = simulated_panel(3, days=500, effects={"blog": 0.5}, rates=rates)
    claim = judge(panel, smallest_effect=0.5).claim("nothing-else-correlates")
    assert claim.verdict == "supported"
    assert "Each of twitter, photos and links is within" in claim.reason


def tweets_told(panel: Panel) -> Panel:
    """Return the panel with its tweets told apart by their shares, one in five of them shared."""
    bins = panel.posts["all posts"]["twitter"]
    rare = np.where(np.arange(len(bins)) % 5 == 0, bins, 0.0)
    part = Part(("little shared", "shared"), (bins - rare, rare))
    networks = {"twitter": "twitter"}
    return replace(panel, parts={("twitter", "shares"): part}, networks=networks)


def test_tweets_are_judged_by_those_that_were_little_shared() -> None:
    panel = tweets_told(simulated_panel(2, days=300))
    reason = judge(panel, smallest_effect=0.2).claim("tweets-rarely-move-it").reason
    assert "with at most 3 shares" in reason


def test_the_null_of_the_curve_is_that_of_its_seed() -> None:
    panel = simulated_panel(1, days=120)
    plain, zero, one = (
        specification_curve(panel, draws=40, lags=(7,), **chosen)  # type: ignore[arg-type]
        for chosen in ({}, {"seed": 0}, {"seed": 1})
    )
    assert plain is not None
    assert zero is not None
    assert one is not None
    np.testing.assert_array_equal(plain.null_medians, zero.null_medians)
    assert not np.array_equal(zero.null_medians, one.null_medians)


def test_specifications_are_fitted_or_left_out_and_none_is_lost() -> None:
    found = []
    for posts in (40, 11):
        counts = np.zeros(240)
        counts[np.linspace(5, 235, posts).astype(int)] = 1.0
        panel = panel_of(simulated_panel(1, days=240).score, {"blog": counts})
        curve = specification_curve(panel, draws=4, lags=(7,))
        assert curve is not None
        found.append((curve.left_out, curve.left_out + curve.specifications))
    assert found[0][0] == 0
    assert found[1][0] > 4
    assert found[0][1] == found[1][1]


def test_silence_begins_on_the_third_day_without_a_post() -> None:
    counts = np.zeros(200)
    counts[::4] = 1.0
    panel = panel_of(simulated_panel(1, days=200).score, {"blog": counts})
    since = days_since_post(panel.posts["bundle"]["blog"], 200)
    assert set(since[10:]) == {0.0, 1.0, 2.0, 3.0}
    found = silence_evidence(panel)
    assert found is not None
    assert QUIET_DAYS == 3
    rows = primary_design(panel, "bundle").rows
    assert found.quiet == int((since[rows] == 3).sum())


def test_a_row_that_a_shifted_post_fits_exactly_says_nothing_of_the_error() -> None:
    counts = np.zeros(120)
    counts[60] = 1.0
    panel = panel_of(simulated_panel(8, 120).score, {"blog": counts}, window_days=1)
    design = primary_design(panel, "bundle")
    found = regimes(panel, "bundle", design.rows)
    shifts, _ = choose_shifts(found, 200, 0)
    shifts = shifts[np.isin((60 + shifts[:, 0]) % 120, design.rows)]
    assert len(shifts) > 80
    _, robust = all_shifted(panel, shifts)
    for shift, t in zip(shifts, robust, strict=True):
        moved = primary_design(with_posts_moved(panel, found, shift), "bundle")
        part = partial_out(moved.x[:, 1], np.delete(moved.x, 1, axis=1))
        assert part is not None
        assert t == pytest.approx(float(hc3_t(part, moved.y[:, None])[0]), rel=1e-7)
