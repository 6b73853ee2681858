"""Exploring: any choice is fitted as statsmodels would, counted, and shown beside the primary."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis
from analysis.display import Picture
from analysis.errors import InputError
from analysis.explore import (
    WARNING,
    Choice,
    Exploration,
    Tally,
    draw_exploration,
    fit_choice,
    options_of,
    own_choice,
    panel_of,
    tally,
)
from analysis.explore.widgets import Explorer, explore
from analysis.model.hac import bandwidth
from analysis.model.primary import fit_primary
from analysis.panel import CODINGS, Panel
from analysis.report.build import NOTEBOOKS
from analysis.workbench import Study
from tests.builders import days_from, simulated_panel, write_study
from tests.builders import panel_of as made_panel

EFFECTS = {"blog": 0.4}
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Return a panel in which some tweets share a blog post."""
    made = simulated_panel(5, 200, EFFECTS)
    tweets = made.posts["all posts"]["twitter"]
    shares = np.minimum(tweets, made.posts["all posts"]["blog"])
    bundle = made.posts["bundle"] | {"twitter": tweets - shares}
    return replace(made, posts={**made.posts, "bundle": bundle})


def fitted(panel: Panel, choice: Choice) -> Exploration:
    return fit_choice(replace(panel, window_days=choice.days), choice, fit_primary(panel))


def by_statsmodels(panel: Panel, choice: Choice) -> Any:
    """Return the regression of a choice, put together by pandas alone."""
    score = pd.Series(panel.score, panel.dates)
    score = {"log change": np.log(score), "change of whole points": score.round()}.get(
        choice.outcome, score
    )
    if choice.outcome == "log level":
        score = np.log(score)
    outcome = score if panel.kind == "flow" else score.diff()
    columns = {}
    reach = pd.date_range(panel.dates[0] - pd.Timedelta(days=7), periods=7 + len(panel.dates) + 2)
    for name in choice.channels:
        bins = pd.Series(panel.posts[choice.coding][name], reach)
        window = bins.rolling(choice.days).sum().shift(choice.delay).reindex(panel.dates)
        columns[name] = np.log1p(window) if choice.posts == "logarithm" else window
    for lag in range(1, choice.own_lags + 1):
        columns[f"lag {lag}"] = outcome.shift(lag)
    x = pd.DataFrame(columns)
    if choice.weekday:
        days = pd.get_dummies(panel.dates.day_name(), drop_first=True, dtype=float)
        x = x.join(days.set_index(panel.dates))
    data = sm.add_constant(x).assign(y=outcome).dropna()
    model = sm.OLS(data.pop("y"), data)
    if choice.errors == "HC3":
        return model.fit(cov_type="HC3", use_t=True)
    lags = {"maxlags": bandwidth(len(data)), "use_correction": True}
    return model.fit(cov_type="HAC", use_t=True, cov_kwds=lags)


OTHERS: list[dict[str, Any]] = [
    {"errors": "Newey-West"},
    {"own_lags": 0},
    {"own_lags": 1, "window_hours": 72},
    {"own_lags": 14, "weekday": False},
    {"window_hours": 24},
    {"window_hours": 168, "coding": "all posts"},
    {"delay_hours": 24},
    {"window_hours": 72, "delay_hours": 96},
    {"outcome": "log change", "posts": "logarithm"},
    {"outcome": "change of whole points", "errors": "Newey-West"},
    {"channels": ("twitter",), "coding": "all posts"},
    {"channels": ("blog", "facebook"), "posts": "logarithm", "errors": "Newey-West"},
]


@pytest.mark.parametrize("changed", [{}, *OTHERS], ids=str)
def test_a_choice_agrees_with_statsmodels(panel: Panel, changed: dict[str, Any]) -> None:
    choice = replace(own_choice(panel), **changed)
    found, theirs = fitted(panel, choice), by_statsmodels(panel, choice)
    assert found.fit.n == theirs.nobs
    for name in choice.channels:
        ours = found.fit.coefficient(name)
        assert ours.value == pytest.approx(theirs.params[name], rel=1e-8, abs=1e-12)
        assert ours.error == pytest.approx(theirs.bse[name], rel=1e-8)
        assert ours.p == pytest.approx(theirs.pvalues[name], rel=1e-6, abs=1e-12)
        low, high = theirs.conf_int().loc[name]
        scale = found.effects[name].value / ours.value
        assert found.effects[name].interval() == pytest.approx((low * scale, high * scale))


@pytest.mark.parametrize("outcome", ["level", "log level"])
def test_a_flow_agrees_with_statsmodels(panel: Panel, outcome: str) -> None:
    change = np.exp(np.nan_to_num(panel.outcome)) * 50
    flow = replace(panel, score=change, outcome=change, kind="flow")
    choice = replace(own_choice(flow), outcome=outcome)
    found, theirs = fitted(flow, choice), by_statsmodels(flow, choice)
    factor = 100.0 if outcome == "log level" else 1.0
    for name in choice.channels:
        assert found.effects[name].value == pytest.approx(factor * theirs.params[name], rel=1e-8)
        assert found.effects[name].error == pytest.approx(factor * theirs.bse[name], rel=1e-8)
    assert found.unit.startswith("% a day" if factor > 1 else "points a day")


def test_the_own_choice_is_the_primary(panel: Panel) -> None:
    primary, found = fit_primary(panel), fitted(panel, own_choice(panel))
    assert primary is not None
    assert found.fit.design.names == primary.design.names
    np.testing.assert_array_equal(found.fit.design.x, primary.design.x)
    assert found.effects == primary.effects == found.primary
    assert found.sentence.count("+0.") == 2
    effect = {row[0]: row[1] for row in found.table.rows}
    assert effect == {name: each.value for name, each in primary.effects.items()}


@pytest.mark.parametrize("days", [1, 2, 3, 7])
def test_the_effect_is_the_rise_once_the_window_has_passed(panel: Panel, days: int) -> None:
    """Also with fewer own lags than the window has days: play the model forward."""
    choice = replace(own_choice(panel), window_hours=24 * days, own_lags=1)
    found = fitted(panel, choice)
    b, phi = found.fit.coefficient("blog").value, found.fit.ols.beta[found.fit.design.lag_columns]
    moves: list[float] = []
    for _ in range(days):
        moves.append(b + (phi[0] * moves[-1] if moves else 0.0))
    assert found.effects["blog"].value == pytest.approx(sum(moves))


def test_what_is_planted_is_found_and_its_log_is_in_percent(panel: Panel) -> None:
    points = fitted(panel, own_choice(panel)).effects["blog"]
    assert points.interval()[0] < EFFECTS["blog"] < points.interval()[1]
    percent = fitted(panel, replace(own_choice(panel), outcome="log change")).effects["blog"]
    assert percent.value == pytest.approx(100 * points.value / np.nanmean(panel.score), rel=0.1)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"channels": ()}, "channels: expected at least one"),
        ({"channels": ("blog", "blog")}, "each one once"),
        ({"channels": ("myspace",)}, "there is no 'myspace'"),
        ({"outcome": "level"}, "outcome: expected one of"),
        ({"window_hours": 36}, "window: expected one of"),
        ({"delay_hours": -24}, "delay: expected one of"),
        ({"own_lags": 15}, "own lags: expected one of"),
        ({"errors": "none"}, "errors: expected one of"),
        ({"window_hours": 168, "delay_hours": 24}, "reaches back 192 hours; at most 168"),
    ],
)
def test_what_cannot_be_chosen_is_one_line(
    panel: Panel, changed: dict[str, Any], line: str
) -> None:
    with pytest.raises(InputError, match=re.escape(line)) as error:
        fitted(panel, replace(own_choice(panel), **changed))
    assert "\n" not in str(error.value)


def test_channels_that_cannot_be_told_apart_are_named(panel: Panel) -> None:
    every = {**panel.posts["all posts"]}
    every["facebook"] = 2 * every["blog"]
    twins = replace(panel, posts=dict.fromkeys(CODINGS, every))
    with pytest.raises(InputError, match="blog and facebook cannot be told apart"):
        fitted(twins, own_choice(twins))
    alone = fitted(twins, replace(own_choice(twins), channels=("blog", "twitter")))
    assert alone.effects["blog"].known


def test_a_window_without_posts_is_named(panel: Panel) -> None:
    every = {**panel.posts["all posts"], "facebook": np.zeros(7 + 200 + 2)}
    silent = replace(panel, posts=dict.fromkeys(CODINGS, every))
    with pytest.raises(InputError, match="facebook has no post in the window of any reading"):
        fitted(silent, own_choice(silent))


def test_too_few_readings_and_impossible_logarithms_are_told() -> None:
    short = simulated_panel(1, 25)
    with pytest.raises(InputError, match=r"17 can enter, and these choices need 2\d"):
        fitted(short, own_choice(short))
    score = np.arange(60.0) % 7
    zero = made_panel(score, {"blog": np.arange(60) % 3})
    with pytest.raises(InputError, match="above zero, found 0 on 2012-01-02"):
        fitted(zero, replace(own_choice(zero), outcome="log change"))


def test_a_score_that_does_not_move_is_told() -> None:
    still = made_panel(np.full(100, 50.0), {"blog": (np.arange(100) % 5 == 0).astype(float)})
    with pytest.raises(InputError, match="leave nothing over to judge by"):
        fitted(still, own_choice(still))


def test_a_panel_of_another_window_is_refused(panel: Panel) -> None:
    with pytest.raises(ValueError, match="a panel of 2 days for a window of 3"):
        fit_choice(panel, replace(own_choice(panel), window_hours=72), None)


def test_a_channel_of_few_posts_is_told(panel: Panel) -> None:
    few = np.zeros(209)
    few[[40, 90, 150]] = 1
    every = {**panel.posts["all posts"], "facebook": few}
    rare = replace(panel, posts=dict.fromkeys(CODINGS, every))
    found = fitted(rare, own_choice(rare))
    assert found.aside == {"facebook": "3 posts of its own; 10 are needed"}
    assert found.primary_aside == {"facebook"}
    assert "3 posts of its own" in draw_exploration(found, "score").words


@pytest.fixture(scope="module")
def own_picture(panel: Panel) -> Picture:
    return draw_exploration(fitted(panel, own_choice(panel)), "followers")


@pytest.mark.parametrize("changed", [{}, *OTHERS[2::3]], ids=str)
def test_the_picture_follows_the_choice(
    panel: Panel, own_picture: Picture, changed: dict[str, Any]
) -> None:
    found = fitted(panel, replace(own_choice(panel), **changed))
    drawn = draw_exploration(found, "followers")
    assert found.sentence in drawn.words
    assert (drawn.png == own_picture.png) == (not changed)
    assert len(drawn.data.rows) == len(panel.dates)
    assert (found.days["fitted"].notna()).sum() == found.fit.n


# The tally


def test_each_different_combination_counts_once(panel: Panel) -> None:
    own = own_choice(panel)
    counted = Tally(own)
    assert "0 besides its own" in counted.words()
    counted.add(own, 0.001)
    counted.add(replace(own, channels=own.channels[::-1]), 0.001)
    assert counted.count == 0
    for lags in (1, 2, 1):
        counted.add(replace(own, own_lags=lags), 0.04)
    counted.add(replace(own, channels=()), None)
    assert (counted.count, counted.found) == (3, 2)
    words = counted.words()
    assert "3 besides its own (1 without a fit)" in words
    assert "In 2 of them the first channel has p < 0.05" in words
    assert "about 0.1." in words


# The widgets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study beside another one, a broken one, and a few things that are no study."""
    home = tmp_path_factory.mktemp("studies")
    days = days_from("2020-01-01", 150)
    rng = np.random.default_rng(3)
    posts = [(f"{day}T09:00:00", "blog") for day in days if rng.random() < 0.3]
    posts += [(f"{day}T12:00:00", "<b>tweets</b>") for day in days if rng.random() < 0.4]
    posts += [("2021-01-01T10:00:00", "later")]
    score = list(zip(days, 50 + np.cumsum(rng.normal(0, 1, 150)), strict=True))
    write_study(home / "mine", score=score, activity=[(at, _plain(name)) for at, name in posts])
    views = [(day, float(value)) for day, value in zip(days, rng.poisson(40, 150), strict=True)]
    write_study(home / "views", score=views, activity=posts[:-1], kind="flow")
    shutil.copytree(home / "mine", home / "broken")
    (home / "broken" / "study.toml").write_text("title = ", encoding="utf-8")
    (home / "notes").mkdir()
    return home


def _plain(name: str) -> str:
    return name.replace("<b>", "").replace("</b>", "")


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return analysis.load(folder / "mine")


@pytest.fixture
def explorer(study: Study, monkeypatch: pytest.MonkeyPatch) -> Iterator[Explorer]:
    """Return widgets in a session of their own."""
    monkeypatch.setattr(tally, "_SESSION", {})
    made = explore(study)
    made.controls["channels"].value = ("blog", "tweets")
    made.tally.tried.clear()
    yield made
    made.box.close()


def shown(explorer: Explorer) -> tuple[str, str, str]:
    return explorer.sentence.value, explorer.table.value, explorer.picture.value


def test_a_channel_without_posts_is_one_line_at_once(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "_SESSION", {})
    made = explore(study)
    assert "later has no post in the window of any reading" in made.problem.value
    assert shown(made) == ("", "", "")
    assert made.found is None
    data, _ = made._repr_mimebundle_()
    assert "later has no post" in data["text/plain"]


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("channels", ("blog",)),
        ("outcome", "log change"),
        ("window_hours", 24),
        ("delay_hours", 48),
        ("own_lags", 3),
        ("posts", "logarithm"),
        ("errors", "Newey-West"),
        ("weekday", False),
    ],
)
def test_a_change_changes_what_is_shown(explorer: Explorer, control: str, value: Any) -> None:
    before = shown(explorer)
    explorer.controls[control].value = value
    after = shown(explorer)
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert explorer.problem.value == ""
    assert explorer.tally.count == 1
    choice = explorer.choice
    panel = panel_of(explorer.study, choice.window_hours)
    alone = fit_choice(panel, choice, explorer.study.fit())
    assert explorer.found is not None
    assert explorer.found.effects == alone.effects
    assert alone.sentence in after[0]
    assert alone.sentence not in before[0]


def test_another_window_is_that_of_a_study_with_it(study: Study, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(study.data.folder, other)
    settings = other / "study.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"{text}\n[question]\nwindow_hours = 96\n", encoding="utf-8")
    theirs, ours = analysis.load(other).arrays, panel_of(study, 96)
    assert ours.window_days == theirs.window_days == 4
    for coding in CODINGS:
        for name in study.channels:
            np.testing.assert_array_equal(ours.posts[coding][name], theirs.posts[coding][name])
    assert panel_of(study, 48) is study.arrays


def test_the_warning_and_the_primary_are_always_there(explorer: Explorer) -> None:
    said = "chosen after looking; the verdict stands in the report"
    assert said in WARNING
    primary = re.search(r"The primary, fixed before looking: .*$", explorer.sentence.value)
    assert primary is not None
    for tried, lags in enumerate((0, 5, 14), start=1):
        explorer.controls["own_lags"].value = lags
        assert said in explorer.warning.value
        assert f"session: {tried} besides" in explorer.warning.value
        assert primary[0] in explorer.sentence.value
    explorer.controls["channels"].value = ()
    assert said in explorer.warning.value
    assert "session: 4 besides its own (1 without a fit)" in explorer.warning.value
    assert explorer.problem.value.count("<p") == 1
    assert "expected at least one" in explorer.problem.value
    assert shown(explorer) == ("", "", "")
    explorer.controls["channels"].value = ("tweets", "blog")
    assert explorer.problem.value == ""
    assert explorer.choice.channels == ("blog", "tweets")


def test_what_was_tried_stays_counted_in_a_session(explorer: Explorer) -> None:
    explorer.controls["own_lags"].value = 2
    again = explore(explorer.study)
    assert again.tally is explorer.tally
    assert again.tally.count >= 1
    again.box.close()


def test_back_to_the_primary_is_one_change(explorer: Explorer) -> None:
    explorer.controls["own_lags"].value = 2
    explorer.controls["weekday"].value = False
    tried = explorer.tally.count
    explorer.controls["reset"].click()
    assert explorer.choice == own_choice(explorer.study.arrays)
    assert explorer.tally.count == tried


def test_the_same_choice_is_not_computed_again(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shown(explorer)
    explorer.controls["own_lags"].value = 2
    monkeypatch.setattr("analysis.explore.widgets.fit_choice", None)
    explorer.controls["own_lags"].value = 7
    assert shown(explorer) == first


def test_an_error_that_nobody_foresaw_is_one_line(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise np.linalg.LinAlgError("no\nconvergence <b>")

    monkeypatch.setattr("analysis.explore.widgets.fit_choice", fails)
    explorer.controls["own_lags"].value = 9
    assert "no fit: LinAlgError: no\\nconvergence &lt;b&gt;" in explorer.problem.value
    assert "Traceback" not in "".join(capfd.readouterr())


def test_another_study_brings_its_own_choices(explorer: Explorer) -> None:
    control = explorer.controls["study"]
    assert control.options == ("broken", "mine", "views")
    control.value = "broken"
    assert "study.toml" in explorer.problem.value
    assert (control.value, explorer.study.data.folder.name) == ("mine", "mine")
    control.value = "views"
    assert explorer.study.data.folder.name == "views"
    assert explorer.controls["outcome"].options == options_of(explorer.study.arrays).outcomes
    assert explorer.choice == own_choice(explorer.study.arrays)
    assert explorer.tally.count == 0


def test_names_of_channels_never_become_markup(explorer: Explorer, folder: Path) -> None:
    explorer.controls["study"].value = "views"
    assert "&lt;b&gt;tweets" in explorer.table.value
    everything = [*shown(explorer), explorer.problem.value, explorer.warning.value]
    assert "<b>" not in "".join(everything)


def test_who_cannot_show_widgets_sees_the_picture(explorer: Explorer) -> None:
    data, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "image/png" in data
    assert data["text/plain"].startswith(WARNING)
    alt = re.search(r'alt="([^"]*)"', explorer.picture.value)
    assert alt is not None
    assert any(character.isdigit() for character in alt[1])


def test_without_ipywidgets_one_line_says_how_to_get_it() -> None:
    """As a notebook shows it, in a process in which ipywidgets is not there."""
    script = (
        "import sys\nsys.modules['ipywidgets'] = None\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "import analysis.explore\n"
        "shell = InteractiveShell.instance(colors='nocolor', history_length=0)\n"
        "shell.run_cell('from analysis.explore.widgets import explore')\n"
    )
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    (line,) = done.stdout.strip().splitlines()
    assert "needs ipywidgets, which is not installed here: run `make lab-setup`" in line
    assert "Traceback" not in done.stderr


def test_no_report_explores() -> None:
    assert (ROOT / "notebooks" / "explore.ipynb").is_file()
    assert "explore" not in NOTEBOOKS
    assert "explore.ipynb" in (ROOT / "README.md").read_text(encoding="utf-8")
