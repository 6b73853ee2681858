"""The method's own error rates: honest when nothing is true, the same code, nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.calibration import (
    CLAIMS,
    Calibration,
    Rate,
    Truth,
    accounts_like,
    calibrate,
    failings,
    plain_text,
    sentence,
)
from analysis.calibration.accounts import STEADY, steady
from analysis.calibration.batch import CODES
from analysis.calibration.run import Bench
from analysis.claims.base import VERDICTS
from analysis.claims.ledger import judge, judge_headline, wording_of
from analysis.cli import main
from analysis.display import Picture, Words
from analysis.errors import InputError
from analysis.figures import calibration as figures
from analysis.model.many import fit_many
from analysis.model.ols import fit_hc3
from analysis.model.primary import fit_primary
from analysis.panel import BACK, Panel
from analysis.workbench import Study, load
from tests.builders import days_from, panel_of, simulated_panel, write_study


def holes(panel: Panel, gaps: tuple[int, ...] = (), masked: tuple[int, ...] = ()) -> Panel:
    """Return a panel with days without a reading, and a break on others."""
    score, mask = panel.score.copy(), panel.masked.copy()
    score[list(gaps)], mask[list(masked)] = np.nan, True
    score = score - 20.0 * np.cumsum(mask)
    change = np.concatenate([[np.nan], np.diff(score)])
    return replace(panel, score=score, outcome=change, masked=mask)


def shares_in_their_own_channel(seed: int) -> Panel:
    panel = simulated_panel(seed, days=150)
    fewer = panel.posts["all posts"]["twitter"].copy()
    fewer[BACK:] = np.maximum(fewer[BACK:] - 1, 0)
    return replace(
        panel, posts={**panel.posts, "bundle": {**panel.posts["bundle"], "twitter": fewer}}
    )


def flow(seed: int) -> Panel:
    rng = np.random.default_rng(seed)
    posts = {"blog": rng.poisson(0.3, 300).astype(float), "tweets": rng.poisson(2.0, 300) * 1.0}
    score = np.zeros(300)
    for day in range(1, 300):
        score[day] = 3 + 0.6 * score[day - 1] + 0.5 * posts["blog"][day] + rng.normal()
    return panel_of(score, posts, kind="flow")


PANELS = {
    "plain": lambda: simulated_panel(1),
    "an effect": lambda: simulated_panel(2, effects={"blog": 0.6}),
    "long": lambda: simulated_panel(3, days=300, effects={"twitter": 0.2}),
    "holes": lambda: holes(simulated_panel(4, days=260), gaps=(40, 41, 130), masked=(80, 200)),
    "weekends missing": lambda: holes(
        simulated_panel(5, days=280), gaps=tuple(d for d in range(280) if d % 7 > 4)
    ),
    "shares": lambda: shares_in_their_own_channel(6),
    "flow": lambda: flow(7),
    "one channel": lambda: simulated_panel(8, rates={"blog": 0.2}),
    "a silent channel": lambda: simulated_panel(9, rates={"blog": 0.3, "mute": 0.0}),
    "a lone post": lambda: replace_posts(simulated_panel(10)),
    "a burst": lambda: crowded("blog"),
    "a burst elsewhere": lambda: crowded("facebook"),
}


def crowded(channel: str) -> Panel:
    """Return a panel in which one channel posts a hundred times on one day, and never else."""
    panel = simulated_panel(12)
    crowd = np.zeros(len(panel.dates))
    crowd[90] = 100.0
    counts = {name: panel.posts["bundle"][name][BACK:-2] for name in panel.channels}
    return panel_of(panel.score, counts | {channel: crowd})


def replace_posts(panel: Panel) -> Panel:
    """Return the panel with facebook posting once, on the last day: its row fits exactly."""
    lone = np.zeros_like(panel.posts["bundle"]["facebook"])
    lone[BACK + len(panel.dates) - 1] = 1.0
    both = {coding: {**panel.posts[coding], "facebook": lone} for coding in panel.posts}
    return replace(panel, posts=both)


@pytest.fixture(scope="module")
def null() -> Calibration:
    found = calibrate(simulated_panel(11, days=220, rates={"blog": 0.25, "x": 2.0}), draws=600)
    assert found is not None
    return found


@pytest.mark.parametrize("smallest", [None, 0.1])
@pytest.mark.parametrize("name", PANELS)
def test_the_quick_way_judges_as_judge_does(name: str, smallest: float | None) -> None:
    panel = PANELS[name]()
    bundle, own = fit_primary(panel), fit_primary(panel, "all posts")
    assert bundle is not None
    assert own is not None
    real = judge(panel, smallest_effect=smallest).channels
    assert real is not None
    judged = np.array([channel.judged for channel in (real.focal, *real.others)])
    accounts = accounts_like(panel, bundle)
    drawn = accounts.draw(12, np.random.default_rng(3))
    drawn[3:6] += 0.4 * accounts.shape(panel.focal)
    drawn[6:9] += 0.4 * accounts.shape(panel.channels[-1])
    drawn[9:] += 0.15 * accounts.shape(panel.focal) + 0.1 * accounts.shape(panel.channels[-1])
    bench = Bench(panel, bundle, judged, 0.05, smallest)
    quick = list(bench.judge(accounts.observed(drawn), drawn))
    place = 0
    for part in quick:
        low, high = part.effects.interval(0.95)
        for row in range(len(part.effects.value)):
            whole = judge(accounts.as_panel(drawn[place]), smallest_effect=smallest)
            place += 1
            assert whole.channels is not None
            for claim, codes in part.claims.items():
                assert CODES[codes[row]] == whole.claim(claim).verdict, (claim, place)
            for column, channel in enumerate((whole.channels.focal, *whole.channels.others)):
                assert channel.judged == judged[column]
                mine = part.effects.value[row, column]
                assert mine == pytest.approx(channel.effect.value, rel=1e-7, nan_ok=True)
                if channel.effect.known:
                    assert (low[row, column], high[row, column]) == pytest.approx(
                        channel.effect.interval(), rel=1e-7, abs=1e-12
                    )
                adjusted = part.effects.adjusted[row, column]
                assert adjusted == pytest.approx(channel.p_adjusted, rel=1e-6, nan_ok=True)
    assert place == len(drawn)


def test_both_ways_judge_thousands_alike() -> None:
    """A year in which posting drifts and answers the level, so that every branch is taken."""
    rng = np.random.default_rng(21)
    days = np.arange(300)
    posts = {
        "blog": rng.poisson(0.1 + 0.8 * days / 300).astype(float),
        "micro": rng.poisson(1 + 1.5 * np.sin(days / 40) ** 2).astype(float),
        "photo": rng.poisson(0.4, 300).astype(float),
    }
    panel = panel_of(50 + np.cumsum(rng.normal(0, 0.3, 300)), posts)
    bundle, own = fit_primary(panel), fit_primary(panel, "all posts")
    assert bundle is not None
    assert own is not None
    accounts = accounts_like(panel, bundle)
    drawn = accounts.draw(400, np.random.default_rng(8))
    size = np.linspace(0, 0.5, 400)[:, None]
    drawn += size * accounts.shape("blog") + size[::-1] * accounts.shape("micro")
    drawn[::3] += np.linspace(0.4, -0.4, 300)  # growth that slows down
    bench = Bench(panel, bundle, np.ones(3, dtype=bool), 0.05, 0.15)
    seen: Counter[tuple[str, str]] = Counter()
    place = lost = 0
    for part in bench.judge(accounts.observed(drawn), drawn):
        for row in range(len(part.effects.value)):
            account = accounts.as_panel(drawn[place])
            place += 1
            fits = fit_primary(account), fit_primary(account, "all posts")
            assert fits[0] is not None
            assert fits[1] is not None
            whole = judge_headline(fits[0], fits[1], wording_of(panel), 0.15, 0.05)
            table = whole.channels
            lost += any(channel.lost for channel in (table.focal, *table.others))
            for claim in whole.claims:
                assert CODES[part.claims[claim.id][row]] == claim.verdict, (claim.id, place)
                seen[claim.id, claim.verdict] += 1
    assert place == 400
    assert lost >= 5
    assert len(seen) >= 8


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(30, 90),
    p=st.integers(1, 5),
    empty=st.booleans(),
    alike=st.booleans(),
)
def test_many_fits_are_the_fits_one_by_one(
    seed: int, n: int, p: int, empty: bool, alike: bool
) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.poisson(0.5, (n, 3)), np.zeros((n, p)), rng.random(n)])
    x[:, 2] *= not empty
    moving = rng.normal(size=(4, n, p)) * 50 + 1000
    if alike:
        moving[1, :, 0] = 2.0 * x[:, 1] + 1.0  # no fit can tell these two apart
    outcomes = rng.normal(size=(4, n))
    where = slice(4, 4 + p)
    for fit, each, y in zip(fit_many(x, where, moving, outcomes), moving, outcomes, strict=True):
        whole = x.copy()
        whole[:, where] = each
        alone = fit_hc3(whole, y)
        assert (fit.rank, fit.df_resid, fit.exact_rows) == (
            alone.rank,
            alone.df_resid,
            alone.exact_rows,
        )
        assert (fit.identified == alone.identified).all()
        np.testing.assert_allclose(fit.beta, alone.beta, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(fit.covariance, alone.covariance, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(fit.residuals, alone.residuals, atol=1e-8)
        np.testing.assert_allclose(fit.leverage, alone.leverage, atol=1e-8)


def test_size_is_close_to_its_level_when_nothing_is_true(null: Calibration) -> None:
    low, high = null.nothing.size.interval(0.999)
    assert low < 0.05 < high
    low, high = null.nothing.coverage("blog").interval(0.999)
    assert low < 0.95 < high
    wrong = null.nothing.says("nothing-else-correlates", "refuted")
    assert wrong.interval(0.999)[0] < 0.05


def test_power_increases_with_the_size_of_the_effect(null: Calibration) -> None:
    assert [each.truth.focal for each in null.alone] == [0.0, 0.5, 1.0, 2.0, 4.0]
    shares = [each.found.share for each in null.alone]
    assert shares == sorted(shares)
    assert shares[0] < 0.06
    assert shares[-1] > 0.99


def test_intervals_hold_the_planted_effect(null: Calibration) -> None:
    for _, _, rate in null.coverage():
        low, high = rate.interval(0.9999)
        assert low < 0.95 < high


def test_a_planted_other_channel_is_found_and_named() -> None:
    panel = simulated_panel(12, days=260, noise=0.2)
    found = calibrate(panel, draws=60, smallest_effect=0.3)
    assert found is not None
    assert found.others == ("twitter", "facebook")
    for name in found.others:
        rates = found.under(Truth(0.0, name, 2.0))
        assert rates.names(name).share > 0.95
        assert rates.says("nothing-else-correlates", "refuted").share > 0.95
        (rest,) = set(found.others) - {name}
        assert rates.names(rest).share < 0.2
        beside = found.under(Truth(4.0, name, 1.0))
        assert beside.found.share == 1.0
        assert beside.says("only-blogging", "supported").share < 0.05


def test_a_seed_gives_the_same_rates() -> None:
    panel = simulated_panel(13, days=120)
    first, again = calibrate(panel, draws=30, seed=5), calibrate(panel, draws=30, seed=5)
    other = calibrate(panel, draws=30, seed=6)
    assert first is not None
    assert first == again
    assert other is not None
    assert first.rates != other.rates


def test_gaps_and_masks_stay_where_they_are() -> None:
    panel = PANELS["holes"]()
    fit = fit_primary(panel)
    assert fit is not None
    accounts = accounts_like(panel, fit)
    drawn = accounts.draw(5, np.random.default_rng(1))
    assert np.isfinite(drawn).all()
    seen = accounts.observed(drawn)
    assert (np.isnan(seen) == np.isnan(panel.outcome)).all()
    assert (seen[:, panel.masked] == panel.outcome[panel.masked]).all()
    account = accounts.as_panel(drawn[0])
    assert (np.isnan(account.score) == np.isnan(panel.score)).all()
    np.testing.assert_allclose(np.diff(account.score), seen[0, 1:], atol=1e-9)
    refit = fit_primary(account)
    assert refit is not None
    assert (refit.design.rows == fit.design.rows).all()
    first = len(accounts.start)
    np.testing.assert_allclose(drawn[:, 1:first], np.tile(panel.outcome[1:first], (5, 1)))


def test_residuals_keep_their_day_and_their_size() -> None:
    panel = simulated_panel(14, days=200)
    panel = holes(replace(panel, score=panel.score + 5.0 * (np.arange(200) >= 100)))
    fit = fit_primary(panel)
    assert fit is not None
    accounts = accounts_like(panel, fit)
    still = replace(accounts, phi=np.zeros_like(accounts.phi))
    jump = still.draw(200, np.random.default_rng(2))[:, 100] - accounts.expected[100]
    assert set(np.round(np.abs(jump), 6)) == {round(accounts.spread[100], 6)}
    assert accounts.spread[100] > 4
    assert 0.35 < (jump > 0).mean() < 0.65


@pytest.mark.parametrize("on_top", [False, True])
def test_a_planted_effect_is_as_large_as_said(on_top: bool) -> None:
    posts = np.zeros(120)
    posts[60] = 1.0
    noise = np.random.default_rng(4).normal(size=120)
    change = np.convolve(noise, 0.6 ** np.arange(20))[:120]
    panel = panel_of(50 + np.cumsum(change), {"blog": posts})
    fit = fit_primary(panel)
    assert fit is not None
    accounts = accounts_like(panel, fit)
    assert accounts.phi[0] > 0.3
    moves = accounts.shape("blog", on_top)
    assert moves[:60].tolist() == [0.0] * 60
    assert moves[60:62].sum() == pytest.approx(1.0)
    assert (moves[62:] == 0).all() == on_top
    level_free = replace(accounts, panel=replace(panel, kind="flow"))
    assert level_free.shape("blog", on_top=True)[60:63].tolist() == [1.0, 1.0, 0.0]


def test_few_posts_leave_everything_open_and_it_is_said() -> None:
    tweets = np.random.default_rng(1).poisson(1.0, 150).astype(float)
    posts = {"blog": np.isin(np.arange(150), [30, 70, 110]).astype(float), "tweets": tweets}
    panel = panel_of(50 + np.cumsum(np.random.default_rng(2).normal(size=150)), posts)
    found = calibrate(panel, draws=20)
    assert found is not None
    for each in found.rates:
        assert each.says("blogging-moves-score", "inconclusive").share == 1.0
        assert each.says("only-blogging", "supported").share == 0.0
    said = " ".join(failings(found))
    assert "blog gets no verdict of its own (3 posts" in said
    assert "never says 'supported' or 'refuted'" in sentence(found, "blogging-moves-score")


def test_weak_data_are_called_weak() -> None:
    panel = simulated_panel(15, days=90, noise=1.0)
    found = calibrate(panel, draws=60, smallest_effect=0.05)
    assert found is not None
    said = " ".join(failings(found))
    assert "An effect of blog that just matters (0.0500 points per post) would be found in" in said
    assert "'only' could be supported in just 0.0" in said
    assert "An effect of twitter that just matters would be named in only" in said


def test_too_few_readings_cannot_be_calibrated() -> None:
    assert calibrate(simulated_panel(1, days=30), draws=5) is None


@pytest.mark.parametrize(("draws", "seed"), [(0, 1), (10, -1)])
def test_impossible_numbers_are_refused(draws: int, seed: int) -> None:
    with pytest.raises(InputError, match="expected draws from 1 and a seed from 0"):
        calibrate(simulated_panel(1), draws=draws, seed=seed)


def test_what_is_wrong_to_say() -> None:
    blogging, nothing_else, only = CLAIMS

    def wrong(truth: Truth) -> set[tuple[str, str]]:
        return {(c, v) for c in CLAIMS for v in VERDICTS if truth.is_wrong(c, v)}

    assert wrong(Truth()) == {
        (blogging, "supported"),
        (nothing_else, "refuted"),
        (only, "supported"),
    }
    assert wrong(Truth(0.5)) == {(nothing_else, "refuted")}
    assert wrong(Truth(1.0)) == {
        (blogging, "refuted"),
        (nothing_else, "refuted"),
        (only, "refuted"),
    }
    assert wrong(Truth(0.0, "x", 1.0)) == {(claim, "supported") for claim in CLAIMS}
    assert wrong(Truth(4.0, "x", 1.0)) == {
        (blogging, "refuted"),
        (nothing_else, "supported"),
        (only, "supported"),
    }


def test_lags_that_would_explode_are_shortened() -> None:
    phi, shortened = steady(np.array([0.7, 0.5]))
    assert shortened
    assert np.abs(np.roots([1, *-phi])).max() == pytest.approx(STEADY)
    calm = np.array([0.5, 0.2])
    assert steady(calm) == (calm, False)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)],
)
def test_intervals_of_rates_are_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert Rate(hits, of).interval() == pytest.approx((low, high), abs=1e-4)


def test_the_text_names_every_truth_and_the_rates(null: Calibration) -> None:
    text = plain_text(null)
    assert text.startswith("On 600 simulated accounts like this one, this method says")
    for truth in ("nothing", "blog 0.5 δ", "blog 2 δ, not passed on", "blog 4 δ and x 1 δ"):
        assert f"\n{truth} " in text
    worst = null.worst("only-blogging", "supported")
    assert worst is not None
    assert f"{100 * worst.rate.share:.1f}\u202f%" in sentence(null)
    table = null.table()
    assert table[list(VERDICTS)].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert len(null.as_dict()["truths"]) == len(null.rates) == 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    days = days_from("2020-01-01", 120)
    score = list(zip(days, np.round(50 + np.cumsum(rng.normal(0, 0.3, 120)), 3), strict=True))
    posts = [(f"{day}T09:00:00", "blog") for day in days[3::6]]
    posts += [(f"{days[i]}T12:00:00", "tweets") for i in rng.choice(120, 70)]
    return write_study(tmp_path_factory.mktemp("c") / "mine", score=score, activity=posts)


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, ["calibrate", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def test_the_command_prints_rates(folder: Path) -> None:
    text = run(folder, "--draws", "20")
    assert text.startswith("On 20 simulated accounts like this one")
    assert "\nblog 1 δ " in text
    assert text == run(folder, "--draws", "20", "--seed", "1")
    assert text != run(folder, "--draws", "20", "--seed", "2")
    rates = json.loads(run(folder, "--draws", "20", "--json"))
    assert rates["draws"] == 20
    assert set(rates["claims"]) == set(CLAIMS)
    assert rates["truths"][0]["truth"] == "nothing"
    assert rates["truths"][1]["effects"] == {"blog": 0.5}


def test_the_command_says_when_there_is_too_little(tmp_path: Path) -> None:
    score = [(day, 50.0 + place % 3) for place, day in enumerate(days_from("2020-01-01", 20))]
    short = write_study(tmp_path / "short", score=score, activity=[("2020-01-05", "blog")])
    assert run(short).startswith("These data cannot say: only ")
    told = json.loads(run(short, "--json"))
    assert told["calibration"] is None
    assert "readings can enter the model" in told["why"]


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return load(folder)


def test_the_pictures_say_what_they_show(study: Study) -> None:
    found = study.calibrate(draws=40)
    assert found is not None
    power = figures.power_curve(study, found)
    assert isinstance(power, Picture)
    assert len(power.data.rows) == len(found.alone)
    assert "An effect matters from" in power.words
    shares = figures.verdict_shares(study, found)
    assert isinstance(shares, Picture)
    assert len(shares.data.rows) == 3 * len(found.rates)
    assert sentence(found) in shares.words
    assert sentence(found) in figures.error_words(study, found).sentences[2]


def test_without_a_fit_there_are_words(study: Study) -> None:
    for show in (
        figures.error_words,
        figures.failing_words,
        figures.power_curve,
        figures.verdict_shares,
    ):
        shown = show(study, None)
        assert isinstance(shown, Words)
        assert shown.sentences[0].startswith("There is no regression to show.")


def test_without_enough_posts_there_is_no_power_to_draw(study: Study) -> None:
    found = study.calibrate(draws=5)
    assert found is not None
    shown = figures.power_curve(study, replace(found, why_not={"blog": "3 posts of its own"}))
    assert isinstance(shown, Words)
    assert "No effect of blog is ever found" in shown.sentences[0]
