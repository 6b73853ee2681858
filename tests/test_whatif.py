"""The path at a rate of posts: its fit, its recursion, its band, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from click.testing import CliRunner, Result

from analysis import load
from analysis.claims.ledger import judge
from analysis.cli import main
from analysis.errors import InputError
from analysis.model.design import lagged_outcomes, primary_design
from analysis.model.distributions import t_quantile
from analysis.panel import BACK, Floats, Panel
from analysis.whatif import Fan, PathModel, Seen, WhatIf, fit_path_model, hold, seen_rates, what_if
from analysis.whatif.fan import step_between
from analysis.whatif.path import coming_posts, rays, scatter, walk
from analysis.whatif.redraw import FOR_BIAS, SEEDS, _drawn, corrected, drawable, is_stable
from analysis.whatif.words import as_dict, rate_text, value
from tests.builders import panel_of, write_study
from tests.posting import DAYS, account, written


def model_of(panel: Panel) -> PathModel:
    model = fit_path_model(panel)
    assert isinstance(model, PathModel), model
    return model


def told(panel: Panel) -> WhatIf:
    found = what_if(panel, judge(panel), "Score")
    assert isinstance(found, WhatIf), found
    return found


def with_gap(panel: Panel) -> Panel:
    score = panel.score.copy()
    score[90:93] = np.nan
    outcome = panel.outcome.copy()
    outcome[90:94] = np.nan
    return replace(panel, score=score, outcome=outcome)


@pytest.fixture(scope="module")
def level() -> WhatIf:
    return told(account(1))


@pytest.fixture(scope="module")
def flow() -> WhatIf:
    return told(account(2, "flow"))


@pytest.mark.parametrize("kind", ["level", "flow"])
@pytest.mark.parametrize("gap", [False, True])
def test_the_fit_is_that_of_statsmodels(kind: str, gap: bool) -> None:
    panel = with_gap(account(3, kind)) if gap else account(3, kind)
    model = model_of(panel)
    peer = sm.OLS(model.y, model.x).fit(cov_type="HC3", use_t=True)
    assert model.beta == pytest.approx(peer.params[: model.moving], rel=1e-8, abs=1e-10)
    size = model.moving
    assert model.covariance == pytest.approx(peer.cov_params()[:size, :size], rel=1e-8, abs=1e-12)


def test_the_state_is_that_of_every_other_day() -> None:
    panel = account(4)
    model = model_of(panel)
    last = len(panel.dates) - 1
    earlier = lagged_outcomes(panel, model.lags).outcomes[last]
    assert model.state.changes[0, 0] == pytest.approx(panel.outcome[last])
    assert model.state.changes[0, 1:] == pytest.approx(earlier[:-1])
    assert model.state.usual[0] == pytest.approx(panel.score.mean())
    assert model.x[-1, model.moving - 1] == pytest.approx(panel.score[-2] - panel.score.mean())


def by_hand(panel: Panel, theta: Floats, lags: int, rate: float, days: int) -> list[float]:
    """Go on from the readings day by day, in plain numbers."""
    n = len(panel.dates)
    posts = [*panel.posts["bundle"]["blog"][: BACK + n], *[rate / 7] * days]
    scores = list(panel.score)
    center = float(np.mean(panel.score))
    for day in range(n, n + days):
        recent = posts[: BACK + day + 1]
        change = theta[0] + theta[1] * sum(recent[-2:]) + theta[2] * recent[-3]
        change += theta[3] * sum(recent[-7:-3])
        for lag in range(1, lags + 1):
            change += theta[3 + lag] * (scores[day - lag] - scores[day - lag - 1])
        change += theta[4 + lags] * (scores[day - 1] - center)
        scores.append(scores[-1] + change)
    return scores[n:]


@pytest.mark.parametrize("rate", [0.0, 1.7, 3.0])
def test_a_path_goes_on_day_by_day(rate: float) -> None:
    panel = account(5)
    model = model_of(panel)
    path, _ = walk(model, model.beta[None], model.state, rate, 30)
    assert path[0] == pytest.approx(by_hand(panel, model.beta, model.lags, rate, 30), abs=1e-9)


def test_a_flow_comes_to_what_it_would_if_the_rate_were_kept(flow: WhatIf) -> None:
    theta, model = flow.theta, flow.model
    recent = [40.0] * model.lags
    for _ in range(3000):
        posts = theta[1] * 2 * 3 / 7 + theta[2] * 3 / 7 + theta[3] * 4 * 3 / 7
        come = (
            theta[0]
            + posts
            + sum(theta[4 + back] * recent[-1 - back] for back in range(model.lags))
        )
        recent.append(come)
    assert flow.fan.expected(3.0) == pytest.approx(np.full(56, recent[-1]), abs=1e-6)


@pytest.mark.parametrize("kind", ["level", "flow"])
def test_slopes_are_derivatives(kind: str) -> None:
    model = model_of(account(6, kind))
    theta = model.beta[None]
    _, slopes = walk(model, theta, model.state, 2.0, 40)
    for column in range(model.moving):
        step = np.zeros_like(theta)
        step[0, column] = 1e-6
        above, _ = walk(model, theta + step, model.state, 2.0, 40)
        below, _ = walk(model, theta - step, model.state, 2.0, 40)
        assert slopes[0, :, column] == pytest.approx((above - below)[0] / 2e-6, rel=1e-4, abs=1e-5)


def test_every_rate_is_on_a_straight_line_and_its_error_on_a_quadratic() -> None:
    model = model_of(account(7))
    line = rays(model, model.beta[None], model.state)
    path, slopes = walk(model, model.beta[None], model.state, 2.5, 56)
    assert line.start + 2.5 * line.slope == pytest.approx(path)
    squares = line.squares(model.covariance[None])[0] @ np.array([1, 2.5, 2.5**2])
    error = ((slopes[0] @ model.covariance) * slopes[0]).sum(axis=1)
    assert squares == pytest.approx(error)


def test_scatter_is_that_of_simulated_days() -> None:
    model = model_of(account(8))
    sigma = np.sqrt(model.ols.rss / model.ols.df_resid)
    shocks = np.random.default_rng(0).normal(0, sigma, (4000, 20))
    phi, gamma = model.beta[model.first_lag : -1], model.beta[-1]
    changes, level = np.zeros((4000, model.lags)), np.zeros(4000)
    for day in range(20):
        change = changes @ phi + gamma * level + shocks[:, day]
        changes = np.column_stack([change, changes[:, :-1]])
        level += change
    assert scatter(model, model.beta, 20)[-1] == pytest.approx(level.std(), rel=0.05)


def test_posts_of_the_last_days_are_in_the_first_windows() -> None:
    panel = account(9)
    bins = panel.posts["bundle"]["blog"][: BACK + DAYS]
    coming = coming_posts(model_of(panel), 7.0, 8)
    assert coming[0] == pytest.approx([1 + bins[-1], bins[-2], bins[-6:-2].sum()])
    assert coming[-1] == pytest.approx([2, 1, 4])


def test_a_slow_score_is_given_back_its_memory() -> None:
    """Fits of drawn accounts come back too quickly; on average that is taken out again."""
    panel = account(10)
    model = model_of(panel)
    truth = drawable(model, model.beta)
    drawn = np.concatenate([part.beta for part in _drawn(panel, model, truth, FOR_BIAS, SEEDS[0])])
    assert drawn[:, -1].mean() < truth[-1]
    theta = corrected(panel, model)
    assert theta[-1] > model.beta[-1]
    assert theta == pytest.approx(2 * model.beta - drawn.mean(axis=0))
    assert is_stable(model, theta)


def test_a_drawn_account_has_the_studys_calendar() -> None:
    panel = with_gap(account(11))
    model = model_of(panel)
    (part,) = _drawn(panel, model, model.beta, 20, 1)
    assert part.beta.shape == (20, model.moving)
    assert np.isfinite(part.covariance).all()
    assert drawable(model, model.beta) == pytest.approx(model.beta)


@pytest.mark.parametrize("pull", [0.05, 0.0, -3.0])
def test_a_score_that_never_comes_back_is_drawn_from_near_by(pull: float) -> None:
    model = model_of(account(12))
    theta = model.beta.copy()
    theta[-1] = pull
    assert not is_stable(model, theta)
    assert is_stable(model, drawable(model, theta))


@pytest.mark.parametrize("kind", ["level", "flow"])
def test_the_band_is_wider_than_one_for_a_single_day(
    kind: str, level: WhatIf, flow: WhatIf
) -> None:
    found = level if kind == "level" else flow
    assert found.critical > t_quantile(0.975, found.model.ols.df_resid)
    path, slopes = walk(found.model, found.theta[None], found.model.state, 2.0, 56)
    error = np.sqrt(((slopes[0] @ found.model.covariance) * slopes[0]).sum(axis=1))
    assert found.fan.expected(2.0) == pytest.approx(path[0], rel=1e-8)
    assert found.fan.half(2.0) == pytest.approx(found.critical * error, rel=1e-6)


def test_the_long_run_is_where_the_path_ends(level: WhatIf) -> None:
    rest = level.rest(2.0)
    assert rest is not None
    path, _ = walk(level.model, level.theta[None], level.model.state, 2.0, 3000)
    assert rest.expected == pytest.approx(path[0, -1], abs=1e-6)
    if rest.interval is not None:
        assert rest.interval[0] < rest.expected < rest.interval[1]


def test_a_strong_pull_bounds_the_long_run() -> None:
    rng = np.random.default_rng(0)
    score = 50 + rng.normal(0, 1, 600)
    found = told(panel_of(score, {"blog": (rng.random(600) < 0.3).astype(float)}))
    rest = found.rest(2.0)
    assert rest is not None
    assert rest.interval is not None
    low, high = rest.interval
    assert low < rest.expected < high
    assert low < 50 < high


def test_a_fit_that_comes_to_rest_nowhere_says_so(level: WhatIf) -> None:
    theta = level.theta.copy()
    theta[-1] = 0.02
    assert replace(level, theta=theta).rest(2.0) is None


def test_seen_rates_are_weeks_that_were_seen() -> None:
    rng = np.random.default_rng(3)
    blog = rng.poisson(0.4, 300).astype(float)
    panel = panel_of(np.arange(300.0), {"blog": blog})
    seen = seen_rates(panel)
    weeks = sorted(blog[day : day + 7].sum() for day in range(294))
    assert seen is not None
    assert seen.weeks == 294
    assert seen.low == weeks[int(np.ceil(0.05 * 294)) - 1]
    assert seen.high == weeks[int(np.ceil(0.95 * 294)) - 1]
    assert seen.average == pytest.approx(7 * blog.mean())
    assert seen.rates[0] == seen.low
    assert seen.rates[-1] == seen.high


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0, 4, 0.5), (1, 1, 0.5), (0, 11, 1), (0, 60, 5), (10, 900, 50)]
)
def test_a_slider_has_few_places(low: float, high: float, step: float) -> None:
    assert step_between(low, high) == step


@pytest.mark.parametrize("rate", [-0.1, 4.01, float("nan"), float("inf")])
def test_a_rate_that_was_not_seen_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="expected from 0 to 4") as caught:
        Seen(0.0, 4.0, 1.5, 0.5, 100).check(rate)
    assert len(caught.value.problems) == 1


SEEN = Seen(0.0, 4.0, 1.5, 0.5, 100)


def straight(start: float, slope: float, half: float) -> Fan:
    return Fan(np.array([start]), np.array([slope]), np.array([[half**2, 0, 0]]), np.array([1.0]))


@pytest.mark.parametrize(
    ("fan", "target", "expected"),
    [
        (straight(50, 1, 0.5), 52, ("rate", 2.0, 1.5, 2.5)),
        (straight(50, 1, 0.5), 49, ("rate", 0.0, 0.0, 0.0)),
        (straight(50, 1, 0.5), 55, ("out of reach", None, None, None)),
        (straight(50, 1, 0.5), 54.2, ("out of reach", None, 3.7, None)),
        (straight(50, 1, 1.5), 53, ("rate", 3.0, 1.5, None)),
        (straight(50, 1, 9.0), 52, ("cannot tell", 2.0, 0.0, None)),
        (straight(50, -1, 0.5), 49, ("rate", 0.0, 0.0, 0.0)),
        (straight(50, -1, 0.5), 51, ("out of reach", None, None, None)),
    ],
)
def test_holding_a_score(
    fan: Fan, target: float, expected: tuple[str, float | None, float | None, float | None]
) -> None:
    found = hold(fan, SEEN, target)
    assert (found.answer, found.rate, found.possible, found.sure) == expected


def test_no_target_is_no_number() -> None:
    with pytest.raises(InputError, match="--hold"):
        hold(straight(50, 1, 1), SEEN, float("nan"))


def test_a_name_without_end_is_cut(level: WhatIf) -> None:
    words = replace(level.words, focal="f" * 10_000)
    said = as_dict(replace(level, score="s" * 10_000, words=words), 1.0)["sentences"][0]
    assert len(said) < 400


def test_a_verdict_that_is_not_supported_is_said() -> None:
    found = told(account(13, effect=0.0))
    assert found.verdict != "supported"
    said = " ".join(as_dict(found, found.seen.average)["sentences"])
    assert f"is {found.verdict} on these data: this shows what the fit would say" in said
    supported = replace(found, verdict="supported")
    assert "not what is known" not in " ".join(as_dict(supported, 1.0)["sentences"])


@pytest.mark.parametrize(
    ("panel", "why"),
    [
        (panel_of([50.0], {"blog": [1.0]}), "no reading can enter"),
        (panel_of([50.0] * 200, {"blog": [1.0, 0, 0, 0, 0] * 40}), "same in every reading"),
        (panel_of(np.arange(200.0), {"blog": [1.0, 0, 0, 0, 0] * 40}), "same in every reading"),
        (
            panel_of(account(14).score, {"blog": [1.0, 0, 0, 0, 0, 0, 0] * 28 + [1.0, 0, 0, 0]}),
            "cannot be told from",
        ),
        (account(14, days=25), "readings can enter the fit; "),
        (
            panel_of(account(15).score, {"blog": np.zeros(DAYS), "twitter": [1.0, 0] * 100}),
            "0 posts of its own",
        ),
        (
            replace(account(16), masked=np.arange(DAYS) == DAYS - 20),
            "since the last known change of the scoring model; 28 are needed",
        ),
        (
            panel_of(
                1.05 ** np.arange(DAYS) + account(17).score,
                {"blog": account(17).posts["bundle"]["blog"][BACK:-2]},
                kind="flow",
            ),
            "no level",
        ),
    ],
)
def test_where_nothing_can_be_told_it_says_why(panel: Panel, why: str) -> None:
    found = what_if(panel, judge(panel), "Score")
    assert isinstance(found, str)
    assert why in found


def test_stretches_between_known_changes_have_their_own_place() -> None:
    panel = account(18)
    score = panel.score.copy()
    score[:100] += 20
    moved = panel_of(score, {"blog": panel.posts["bundle"]["blog"][BACK:-2]}, masked=[100])
    model = model_of(moved)
    assert model.state.usual[0] == pytest.approx(score[100:].mean())
    assert model.x.shape[1] == len(primary_design(moved, "bundle").names) + 2 + 1 + 1
    found = told(moved)
    assert abs(found.fan.expected(1.5)[-1] - 50) < 5


def test_a_window_of_a_week_leaves_no_day_before_it() -> None:
    panel = replace(account(19), window_days=7)
    model = model_of(panel)
    assert model.age == (slice(0, 7),)
    assert coming_posts(model, 7.0, 9)[-1] == pytest.approx([7])


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [(1234.5, 1, "1,234.5"), (-0.04, 1, "0.0"), (-2.5, 1, "−2.5"), (60, 0, "60")],
)
def test_numbers_are_written_out(number: float, places: int, text: str) -> None:
    assert value(number, places) == text


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("whatif") / "mine", account(20))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["whatif", *arguments])


def test_the_command_gives_the_numbers_of_the_fit(study: Path) -> None:
    found = load(study).what_if()
    assert isinstance(found, WhatIf), found
    result = run(str(study), "--posts-per-week", "1", "--hold", "50.5", "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data == json.loads(json.dumps(as_dict(found, 1.0, 50.5)))
    assert len(data["path"]) == 56
    assert data["path"][-1]["expected"] == pytest.approx(found.fan.expected(1.0)[-1], rel=1e-5)
    text = run(str(study), "--posts-per-week", "1", "--hold", "50.5").stdout
    assert " ".join(text.split()).startswith(data["sentences"][0])


def test_the_command_takes_the_average_by_itself(study: Path) -> None:
    found = load(study).what_if()
    assert isinstance(found, WhatIf)
    assert json.loads(run(str(study), "--json").stdout)["posts_per_week"] == found.seen.average


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--posts-per-week", "40"], "needle: --posts-per-week, 40: expected from "),
        (["--posts-per-week", "nan"], "needle: --posts-per-week, nan: expected from "),
        (["--hold", "inf"], "needle: --hold, inf: expected a score"),
        (["--posts-per-week", "many"], "'many' is not a valid float"),
    ],
)
def test_the_command_refuses_what_was_not_seen(
    study: Path, arguments: list[str], said: str
) -> None:
    result = run(str(study), *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_command_says_that_it_cannot_tell(study: Path, tmp_path: Path) -> None:
    folder = write_study(
        tmp_path / "short", score=[("2012-01-03", 50)], activity=[("2012-01-02T12:00:00", "blog")]
    )
    result = run(str(folder), "--posts-per-week", "3")
    assert result.exit_code == 0, result.output
    assert result.stdout == "Cannot tell: no reading can enter the fit.\n"
    data = json.loads(run(str(folder), "--json").stdout)
    assert data["whatif"] is None
    assert data["why"] == "no reading can enter the fit"


@pytest.mark.parametrize(
    ("rate", "text"),
    [(3.0, "3"), (1.43668, "1.44"), (36.4, "36.4"), (123.4, "123.4"), (2000, "2000")],
)
def test_rates_are_written_in_few_digits(rate: float, text: str) -> None:
    assert rate_text(rate) == text
