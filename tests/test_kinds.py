"""Claims about kinds of posts and about the scheme: the evidence, and every verdict."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis
from analysis.claims.base import Wording
from analysis.claims.ledger import judge
from analysis.claims.links import (
    content_need_not_compel,
    facebook_activity,
    sharing_matters,
    tweets_rarely_move_it,
)
from analysis.claims.scheme import algorithm_change
from analysis.evidence.reactions import Reactions, reaction_evidence
from analysis.evidence.splits import SplitEvidence, split_evidence
from analysis.evidence.steps import Step, known_steps, search_break
from analysis.model.design import primary_design
from analysis.model.primary import Estimate
from analysis.panel import BACK, LEADS, Floats, Panel, Part
from analysis.parts import audience, content, ordinary_tweets, sharing
from tests.builders import panel_of, simulated_panel

WORDS = Wording("blog", "points per post", 48)
MARGIN, ALPHA = 0.15, 0.05


def padded(daily: Floats) -> Floats:
    return np.concatenate([np.zeros(BACK), daily, np.zeros(LEADS)])


def two_kinds(effects: tuple[float, float], seed: int = 0, days: int = 400) -> Panel:
    """Return a panel whose blog posts are of two kinds with effects of their own."""
    rng = np.random.default_rng(seed)
    kinds = rng.poisson(0.2, (2, days)).astype(float)
    change = rng.normal(0, 0.2, days)
    for kind, effect in zip(kinds, effects, strict=True):
        change += effect / 2 * (kind + np.r_[0.0, kind[:-1]])
    posts = {"blog": kinds.sum(axis=0), "twitter": rng.poisson(3, days).astype(float)}
    panel = panel_of(50 + np.cumsum(change), posts)
    part = Part(("shared", "not shared"), (padded(kinds[0]), padded(kinds[1])))
    return replace(panel, parts={("blog", "sharing"): part})


# Evidence


def test_split_is_the_primary_with_two_columns_for_one() -> None:
    panel = two_kinds((0.5, 0.1))
    found = split_evidence(panel, "blog", "sharing")
    assert found is not None
    design = primary_design(panel, "bundle")
    part = panel.parts["blog", "sharing"]
    columns = []
    for bins in part.bins:
        daily = bins[BACK : BACK + 400]
        columns.append((daily + np.r_[0.0, daily[:-1]])[design.rows])
    x = np.column_stack([*columns, np.delete(design.x, 1, axis=1)])
    theirs = sm.OLS(design.y, x).fit(cov_type="HC3", use_t=True)
    factor = 2 + theirs.params[2 + 1 + 1]  # constant and twitter stand before lag 1
    assert found.first.value == pytest.approx(factor * theirs.params[0], rel=1e-9)
    assert found.second.error == pytest.approx(factor * theirs.bse[1], rel=1e-8)
    contrast = np.zeros(x.shape[1])
    contrast[:2] = 1, -1
    reference = theirs.t_test(contrast)
    assert found.difference.p == pytest.approx(float(reference.pvalue), rel=1e-7)
    assert found.difference.interval(0.999)[0] < 0.4 < found.difference.interval(0.999)[1]


def test_posts_of_neither_kind_keep_a_column_of_their_own() -> None:
    panel = two_kinds((0.5, 0.5))
    part = panel.parts["blog", "sharing"]
    fewer = Part(part.names, (part.bins[0], np.where(np.arange(409) < 200, part.bins[1], 0.0)))
    found = split_evidence(replace(panel, parts={("blog", "sharing"): fewer}), "blog", "sharing")
    assert found is not None
    assert found.posts[1] < found.posts[0]
    assert found.first.interval(0.999)[0] < 0.5 < found.first.interval(0.999)[1]
    assert split_evidence(panel, "blog", "length") is None


def test_reactions_are_told_from_posts() -> None:
    rng = np.random.default_rng(1)
    days = 400
    posts = rng.poisson(0.6, days).astype(float)
    noticed = posts * rng.gamma(1.0, 10.0, days)
    change = rng.normal(0, 0.2, days) + 0.01 / 2 * (noticed + np.r_[0.0, noticed[:-1]])
    panel = panel_of(50 + np.cumsum(change), {"blog": np.zeros(days), "facebook": posts})
    panel = replace(panel, reactions={**panel.reactions, "facebook": padded(noticed)})
    found = reaction_evidence(panel, "facebook")
    assert found is not None
    low, high = found.effect.interval(0.999)
    assert low < 0.01 * found.dose < high
    assert found.effect.p < 0.001
    assert reaction_evidence(panel, "blog") is None


def test_known_step_is_set_against_ordinary_days() -> None:
    panel = simulated_panel(3, 300, masked=(150,))
    score = panel.score.copy()
    score[150:] -= 6
    dropped = replace(
        panel_of(score, {"blog": np.zeros(300)}, masked=(150,)),
        breaks=(panel.dates[150].date(), dt.date(1999, 1, 1)),
    )
    (step,) = known_steps(dropped)
    assert step.low < -6 < step.high
    assert step.p == pytest.approx(1 / 299)
    assert step.ordinary == pytest.approx(
        np.abs(
            np.delete(np.diff(panel.score), 149) - np.delete(np.diff(panel.score), 149).mean()
        ).max()
    )


def test_a_known_step_beside_a_gap_is_measured_across_it() -> None:
    panel = simulated_panel(3, 300, masked=(150, 151))
    score = panel.score.copy()
    score[150:] -= 6
    score[[149, 151, 152]] = np.nan
    holed = panel_of(score, {"blog": np.zeros(300)}, masked=(150, 151))
    (step,) = known_steps(replace(holed, breaks=(panel.dates[150].date(),)))
    assert step.low < -6 < step.high
    score[140:165] = np.nan
    nothing = panel_of(score, {"blog": np.zeros(300)}, masked=(150, 151))
    dates = (panel.dates[150].date(), dt.date(2030, 1, 1))
    found = known_steps(replace(nothing, breaks=dates))
    claim = algorithm_change(found, None, ALPHA, dates)
    assert claim.verdict == "untestable"
    assert str(dates[0]) in claim.reason
    assert "2030-01-01" in claim.reason


def test_a_date_that_cannot_be_measured_forbids_refuting() -> None:
    missing = (dt.date(2011, 10, 26), dt.date(2012, 3, 27))
    claim = algorithm_change([step(0.1, 0.9)], None, ALPHA, missing)
    assert claim.verdict == "inconclusive"
    assert "2012-03-27 cannot be measured" in claim.reason


def test_flow_steps_where_it_settles() -> None:
    rng = np.random.default_rng(5)
    flow = 20 + rng.normal(0, 1, 400)
    flow[200:] -= 5
    panel = panel_of(flow, {"blog": np.zeros(400)}, kind="flow", masked=(200,))
    (step,) = known_steps(replace(panel, breaks=(panel.dates[200].date(),)))
    assert step.low < -5 < step.high
    assert step.p < 1e-6


def test_search_finds_a_planted_change_of_drift_and_nothing_in_noise() -> None:
    p_values = []
    for seed in range(20):
        quiet = search_break(simulated_panel(seed, 300), draws=99, seed=seed)
        assert quiet is not None
        p_values.append(quiet.p)
    assert sum(p < 0.05 for p in p_values) <= 3
    panel = simulated_panel(1, 300)
    bent = panel.score + np.where(np.arange(300) >= 140, 0.25 * (np.arange(300) - 140), 0)
    found = search_break(panel_of(bent, {"blog": np.zeros(300)}), draws=99)
    assert found is not None
    assert found.p == 0.01
    assert abs((pd.Timestamp(found.date) - panel.dates[140]).days) <= 7
    assert found.first <= found.date <= found.last


def test_search_is_the_f_of_statsmodels() -> None:
    panel = simulated_panel(2, 200)
    found = search_break(panel, draws=9)
    assert found is not None
    design = primary_design(panel, "bundle")
    at = len(found.dates) // 3
    step = (panel.dates[design.rows] >= found.dates[at]).astype(float)
    restricted = sm.OLS(design.y, design.x).fit()
    left = sm.OLS(step, design.x).fit().resid
    score = float((left * restricted.resid).sum() ** 2 / ((left * restricted.resid) ** 2).sum())
    assert found.f[at] == pytest.approx(score, rel=1e-8)


# Which post is which


def events(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    base: dict[str, list[object]] = {
        "channel": ["blog"] * n,
        "kind": ["post"] * n,
        "url": [f"https://e.org/{i}" for i in range(n)],
        "text": ["some words"] * n,
        "crosspost_of": [""] * n,
        **{name: [None] * n for name in ("views", "reactions", "comments", "shares")},
    }
    table = pd.DataFrame({**base, **columns})
    for name in ("views", "reactions", "comments", "shares"):
        table[name] = table[name].astype("Int64")
    return table


def test_sharing_needs_an_address_to_be_recognized_by() -> None:
    table = events(
        channel=["blog", "blog", "blog", "twitter"],
        url=["https://e.org/0", "https://e.org/1", "", ""],
        crosspost_of=["", "", "", "https://e.org/0"],
    )
    split = sharing(table, "blog", np.array([False, False, False, True]))
    assert split.in_first.tolist() == [True, False, False, False]
    assert split.in_second.tolist() == [False, True, False, False]


def test_content_is_split_as_far_as_the_source_tells() -> None:
    table = events(text=["a b c", "a", "a b", ""], kind=["post", "post", "photo", "post"])
    found = {split.question: split for split in content(table, "blog")}
    assert set(found) == {"length", "type"}
    assert found["length"].in_first.tolist() == [True, False, False, False]
    assert found["length"].in_second.tolist() == [False, True, True, False]
    assert found["type"].second == "other types"
    noticed = events(views=[10, None, 3, None], comments=[None, 5, None, None])
    np.testing.assert_array_equal(audience(noticed), [10, 5, 3, np.nan])
    assert "audience" in {split.question for split in content(noticed, "blog")}


def test_ordinary_tweets_are_own_ones_with_few_shares() -> None:
    table = events(channel=["twitter"] * 4, shares=[0, 3, 4, None])
    split = ordinary_tweets(table, "twitter", np.array([True, False, False, False]))
    assert split is not None
    assert split.in_first.tolist() == [False, True, False, False]
    assert split.in_second.tolist() == [False, False, True, False]
    assert ordinary_tweets(events(text=["x"]), "blog", np.array([False])) is None


# Verdicts


def split(
    value: float, error: float, posts: tuple[int, int] = (40, 40), question: str = "sharing"
) -> SplitEvidence:
    one = Estimate(0.3, 0.05, 200)
    return SplitEvidence(
        "blog", question, ("one", "other"), posts, one, one, Estimate(value, error, 200)
    )


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        (split(0.4, 0.05), "supported", "the difference is +0.400"),
        (split(-0.4, 0.05), "refuted", "−0.400"),
        (split(0.0, 0.03), "refuted", "too small to matter"),
        (split(0.1, 0.2), "inconclusive", "either"),
        (split(0.4, 0.05, (91, 3)), "untestable", "Leaving a share out"),
        (split(0.4, 0.05, (3, 91)), "untestable", "Sharing on days drawn"),
        (None, "untestable", "has an address"),
    ],
)
def test_sharing_matters(found: SplitEvidence | None, verdict: str, said: str) -> None:
    claim = sharing_matters(found, WORDS, MARGIN, ALPHA)
    assert (claim.verdict, said in claim.reason) == (verdict, True)


@pytest.mark.parametrize(
    ("effect", "posts", "verdict"),
    [
        (Estimate(0.01, 0.03, 200), 60, "supported"),
        (Estimate(0.5, 0.05, 200), 60, "refuted"),
        (Estimate(0.1, 0.2, 200), 60, "inconclusive"),
        (Estimate(0.5, 0.05, 200), 9, "inconclusive"),
        (None, 0, "untestable"),
    ],
)
def test_facebook_activity(effect: Estimate | None, posts: int, verdict: str) -> None:
    found = None if effect is None else Reactions("facebook", posts, 20.0, effect)
    claim = facebook_activity(found, WORDS, MARGIN, ALPHA)
    assert claim.verdict == verdict
    assert claim.id == "facebook-activity-does-not-matter"


@pytest.mark.parametrize(
    ("found", "every", "posts", "verdict", "said"),
    [
        (None, Estimate(0.0, 0.02, 200), 900, "supported", "its shares are not told"),
        (None, Estimate(0.4, 0.02, 200), 900, "refuted", "+0.400"),
        (None, Estimate(0.1, 0.2, 200), 900, "inconclusive", "not ruled out"),
        (split(0, 1), Estimate(9.0, 0.02, 200), 900, "refuted", "at most 3 shares"),
        (None, Estimate(0.4, 0.02, 200), 9, "untestable", "Only 9 tweets"),
        (None, None, 0, "untestable", "no Twitter"),
    ],
)
def test_tweets_rarely_move_it(
    found: SplitEvidence | None, every: Estimate | None, posts: int, verdict: str, said: str
) -> None:
    claim = tweets_rarely_move_it(found, every, posts, WORDS, MARGIN, ALPHA)
    assert (claim.verdict, said in claim.reason) == (verdict, True)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([split(0.0, 0.03, question="length"), split(0.01, 0.03, question="type")], "supported"),
        ([split(0.0, 0.03), split(0.5, 0.05, question="type")], "refuted"),
        ([split(0.1, 0.2)], "inconclusive"),
        # One p of .04 among three is none after Holm's correction.
        ([split(0.41, 0.2), split(0.1, 0.2), split(0.1, 0.2)], "inconclusive"),
        ([split(0.5, 0.05, (9, 80))], "untestable"),
        ([], "untestable"),
    ],
)
def test_content_need_not_compel(found: list[SplitEvidence], verdict: str) -> None:
    assert content_need_not_compel(found, WORDS, MARGIN, ALPHA).verdict == verdict


def step(size: float, p: float, half: float = 0.5, ordinary: float = 1.5) -> Step:
    return Step(dt.date(2011, 10, 26), size, size - half, size + half, ordinary, p, 0.4)


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ([step(-8.0, 0.002)], "supported"),
        ([step(-8.0, 0.002), step(0.1, 0.9)], "supported"),
        ([step(0.1, 0.9)], "refuted"),
        ([step(8.0, 0.002)], "refuted"),
        ([step(-1.4, 0.2)], "inconclusive"),
        # Two dates: each must pass the stricter bound.
        ([step(-1.4, 0.04), step(-0.1, 0.8)], "inconclusive"),
        ([], "untestable"),
    ],
)
def test_algorithm_change(steps: list[Step], verdict: str) -> None:
    assert algorithm_change(steps, None, ALPHA).verdict == verdict


def test_unknown_dates_are_searched_and_told() -> None:
    reason = algorithm_change([], search_break(simulated_panel(0, 200), draws=19), ALPHA).reason
    assert "names no known change" in reason
    assert "likeliest date" in reason


def test_ledger_judges_kinds_end_to_end(shared: Path) -> None:
    ledger = judge(two_kinds((0.6, 0.0)))
    assert ledger.claim("sharing-matters").verdict == "supported"
    study = analysis.load(str(shared / "studies/simonw-2022-points"))
    assert study.ledger.claim("sharing-matters").verdict == "untestable"
