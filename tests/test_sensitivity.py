"""How strong a hidden event must be: the algebra is exact, so each number can be built."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import analysis
from analysis.claims.base import Wording, number
from analysis.claims.soundness import sensitivity_words, share_words
from analysis.display import Table, Words
from analysis.evidence.sensitivity import (
    OWN_LAGS,
    WEEKDAYS,
    bounds,
    classical_t,
    explained_away,
    robustness_value,
    sensitivity,
    times_to_nothing,
)
from analysis.figures import robustness as pictures
from analysis.model.primary import PrimaryFit, fit_primary
from analysis.panel import Floats
from tests.builders import panel_of, simulated_panel
from tests.test_figures import ordinary

WORDS = Wording("blog", "points per post", 48)


def primary(seed: int = 3, effect: float = 0.5, days: int = 240) -> PrimaryFit:
    fit = fit_primary(simulated_panel(seed, days, {"blog": effect}))
    assert fit is not None
    return fit


def test_the_published_example() -> None:
    # Cinelli and Hazlett (2020), table 1 and section 5: exposure to violence and attitudes to
    # peace in Darfur. Their t values are printed with three decimals, hence the tolerances.
    t, df = 4.18445, 783
    assert t**2 / (t**2 + df) == pytest.approx(0.02187, abs=5e-6)
    assert robustness_value(t, df) == pytest.approx(0.13878, abs=5e-6)
    assert robustness_value(t, df, 0.05) == pytest.approx(0.07626, abs=5e-6)
    with_outcome, with_posts = (x**2 / (x**2 + df) for x in (-9.789, -2.680))
    for times, expected in ((1, (0.00916, 0.12464)), (2, (0.01833, 0.24932)), (3, (0.0275, 0.374))):
        strong = bounds(with_posts, with_outcome, times)
        assert strong == pytest.approx(expected, rel=2e-3)
    share, left = explained_away(t, df, 0.00916428667504862, 0.12464092303637)
    assert 0.09731582 * share == pytest.approx(0.0752202712, rel=1e-6)
    assert left == pytest.approx(3.438904, rel=1e-6)


@given(st.floats(0.05, 40), st.integers(20, 3000))
def test_an_event_of_that_strength_leaves_nothing(t: float, df: int) -> None:
    strength = robustness_value(t, df)
    assert 0 < strength < 1
    assert explained_away(t, df, strength, strength)[0] == pytest.approx(0, abs=1e-9)
    partial = t**2 / (t**2 + df)
    assert explained_away(t, df, partial, 1.0)[0] == pytest.approx(0, abs=1e-9)
    assert robustness_value(-t, df) == strength


@given(st.floats(2.5, 40), st.integers(20, 3000), st.sampled_from([0.01, 0.05, 0.1]))
def test_an_event_of_that_strength_is_at_the_edge_of_significance(
    t: float, df: int, alpha: float
) -> None:
    strength = robustness_value(t, df, alpha)
    edge = stats.t.ppf(1 - alpha / 2, df - 1)
    if strength == 0:
        assert t / np.sqrt(df) <= edge / np.sqrt(df - 1)
    else:
        assert explained_away(t, df, strength, strength)[1] == pytest.approx(edge, rel=1e-6)


def test_a_hidden_column_of_known_strength_does_what_is_said() -> None:
    rng = np.random.default_rng(0)
    n = 200
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    hidden = rng.normal(size=n)
    posts = x[:, 1] + 0.7 * hidden + rng.normal(size=n)
    y = 0.5 * posts - x[:, 2] + 0.8 * hidden + rng.normal(size=n)

    def rss(outcome: Floats, *columns: Floats) -> float:
        return float(sm.OLS(outcome, np.column_stack([x, *columns])).fit().ssr)

    with_posts = 1 - rss(posts, hidden) / rss(posts)
    with_outcome = 1 - rss(y, posts, hidden) / rss(y, posts)
    short = sm.OLS(y, np.column_stack([posts, x])).fit()
    long = sm.OLS(y, np.column_stack([posts, x, hidden])).fit()
    found = classical_t(posts, x, y)
    assert found is not None
    t, df = found
    assert (t, df) == (pytest.approx(short.tvalues[0]), short.df_resid)
    share, left = explained_away(t, df, with_posts, with_outcome)
    assert short.params[0] * share == pytest.approx(long.params[0])
    assert left == pytest.approx(long.tvalues[0])


def test_bounds_at_their_ends() -> None:
    assert bounds(0.0, 0.3) == pytest.approx((0.0, 0.3 / 0.7))
    assert bounds(0.1, 0.0) == pytest.approx((1 / 9, 0.0))
    assert bounds(0.5, 0.1) is None
    assert bounds(0.1, 1.0) is None
    assert bounds(0.1, 0.9) == (pytest.approx(1 / 9), 1.0)


@given(st.floats(1, 30), st.integers(50, 1000), st.floats(1e-4, 0.4), st.floats(1e-4, 0.4))
def test_so_many_times_as_strong_leaves_nothing(
    t: float, df: int, posts: float, outcome: float
) -> None:
    times = times_to_nothing(t, df, posts, outcome)
    less, more = (bounds(posts, outcome, times * by) for by in (1 - 1e-6, 1 + 1e-6))
    assert less is not None
    assert explained_away(t, df, *less)[0] > 0
    assert more is None or explained_away(t, df, *more)[0] < 1e-4
    assert times_to_nothing(t, df, 0.0, outcome) == float("inf")


def test_of_a_study_it_is_what_statsmodels_gives() -> None:
    fit = primary()
    found = sensitivity(fit)
    assert found is not None
    x, y = fit.design.x, fit.design.y
    theirs = sm.OLS(y, x).fit()
    assert found.t == pytest.approx(theirs.tvalues[1], rel=1e-9)
    assert found.df == theirs.df_resid
    assert found.effect == fit.effects["blog"].value
    without = sm.OLS(y, np.delete(x, 1, axis=1)).fit()
    assert found.partial_r2 == pytest.approx(1 - theirs.ssr / without.ssr, rel=1e-9)
    assert {one.name for one in found.observed} == {"twitter", "facebook", OWN_LAGS, WEEKDAYS}
    left = [one.effect for one in found.observed]
    assert left == sorted(left)
    tweets = next(one for one in found.observed if one.name == "twitter")
    assert tweets.observed_outcome == pytest.approx(
        1 - theirs.ssr / sm.OLS(y, np.delete(x, 2, axis=1)).fit().ssr, rel=1e-6
    )
    posts = sm.OLS(x[:, 1], np.delete(x, 1, axis=1)).fit()
    fewer = sm.OLS(x[:, 1], np.delete(x, [1, 2], axis=1)).fit()
    assert tweets.observed_posts == pytest.approx(1 - posts.ssr / fewer.ssr, rel=1e-6)
    lags = next(one for one in found.observed if one.name == OWN_LAGS)
    own = list(range(fit.design.lag_columns.start, fit.design.lag_columns.stop))
    assert lags.observed_outcome == pytest.approx(
        1 - theirs.ssr / sm.OLS(y, np.delete(x, own, axis=1)).fit().ssr, rel=1e-6
    )


def test_a_negative_effect_is_as_sensitive() -> None:
    panel = simulated_panel(3, 240, {"blog": -0.5})
    fit = fit_primary(panel)
    assert fit is not None
    found = sensitivity(fit)
    assert found is not None
    assert found.t < 0
    assert found.robustness > found.robustness_alpha > 0
    strongest = found.strongest
    assert strongest is not None
    assert found.effect < strongest.effect < 0
    assert strongest.effect == max(one.effect for one in found.observed)


def test_where_nothing_is_identified_there_is_nothing_to_say() -> None:
    score = 50 + np.cumsum(np.random.default_rng(0).normal(size=200))
    twins = np.arange(200) % 4 == 0
    same = fit_primary(panel_of(score, {"blog": twins, "twitter": twins}))
    assert same is not None
    assert sensitivity(same) is None
    flat = fit_primary(panel_of(np.full(200, 50.0), {"blog": np.arange(200) % 5 == 0}))
    assert flat is not None
    assert sensitivity(flat) is None
    column = np.ones(5)
    assert classical_t(column, np.ones((5, 1)), np.arange(5.0)) is None
    assert classical_t(np.arange(5.0), np.ones((5, 1)), np.arange(5.0)) is None


def test_the_words_tell_the_numbers() -> None:
    found = sensitivity(primary())
    assert found is not None
    strongest = found.strongest
    assert strongest is not None
    said = " ".join(sensitivity_words(found, WORDS, True))
    assert f"it would have to explain {share_words(found.robustness)} of what the model" in said
    assert f"; {share_words(found.robustness_alpha)} of each would do" in said
    assert f"{strongest.name} could hide most" in said
    left = f"leave {number(strongest.effect, signed=True)} of {number(found.effect, signed=True)}"
    assert left in said
    assert said.endswith("not whether there was one.")
    (none,) = sensitivity_words(found, WORDS, False)
    assert "nothing for a hidden event to explain away" in none
    weak = sensitivity(primary(effect=0.0))
    assert weak is not None
    assert weak.robustness_alpha == 0
    assert len(sensitivity_words(weak, WORDS, True)) == 1


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.28, "28\u202f%"), (0.0996, "10\u202f%"), (0.0123, "1.2\u202f%"), (0.0001, "under 0.1")],
)
def test_shares_in_words(share: float, said: str) -> None:
    assert share_words(share).startswith(said)


def test_the_table_has_everything_observed(tmp_path: Path) -> None:
    study = analysis.load(str(ordinary(tmp_path / "s")))
    assert study.soundness is not None
    found = study.soundness.sensitivity
    assert found is not None
    table = pictures.hidden_event_table(study)
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == [one.name for one in found.observed]
    assert [row[3] for row in table.rows] == [one.effect for one in found.observed]
    words = pictures.hidden_event(study)
    assert isinstance(words, Words)
    assert study.results()["sensitivity"]["sentence"] == " ".join(words.sentences)
