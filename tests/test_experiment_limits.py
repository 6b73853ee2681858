"""Plans at the edges: what cannot be drawn, what cannot be judged, and what is not known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import load
from analysis.errors import InputError
from analysis.experiment.evidence import MIN_ARM, judged_by_plan
from analysis.experiment.posting import habit, posting_days
from analysis.experiment.power import noise_of
from analysis.experiment.rerandomization import _Inversion, _root, trial
from analysis.study import read_study
from tests.builders import panel_of
from tests.test_experiment import KEPT, MONDAY, plan_of, planned, record, study_of


def added(folder: Path, toml: str) -> Path:
    path = folder / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + toml, encoding="utf-8")
    return folder


def test_too_few_readings_of_one_kind_say_how_many_there_are() -> None:
    plan = plan_of(weeks=2)
    found = judged_by_plan(plan, record(plan, np.random.default_rng(0).normal(size=28)), KEPT)
    assert found.complete
    assert found.found is None
    assert found.exposed + found.unexposed == found.readings == 13
    assert min(found.exposed, found.unexposed) < MIN_ARM
    assert found.why_not == (
        f"{found.exposed} readings have a planned post in the 48 hours before and "
        f"{found.unexposed} have none; 10 of each are needed"
    )


def test_a_score_that_never_moves_says_that_it_does_not_tell() -> None:
    plan = plan_of(weeks=8)
    found = judged_by_plan(plan, record(plan, np.zeros(70)), KEPT)
    assert found.found is None
    assert found.why_not == (
        "its readings do not tell the planned posts from weekdays and earlier changes"
    )


def test_a_habit_that_no_source_tells_has_to_be_said(tmp_path: Path) -> None:
    """The record of the blog begins after the last reading: nothing is known of the time before."""
    folder = study_of(tmp_path / "mine")
    activity = folder / "raw" / "activity.csv"
    activity.write_text(activity.read_text() + "2012-03-06T12:00:00,blog,late\n", encoding="utf-8")
    added(folder, "\n[coverage.blog]\nstart = 2012-03-05\n")
    study = read_study(folder)
    assert habit(study) is None
    assert posting_days(study, MONDAY, dt.date(2012, 3, 6)).tolist() == [0, 1]
    with pytest.raises(InputError) as caught:
        planned(folder)
    assert str(caught.value) == (
        "mine, --posts-per-week: expected this option: the record does not tell how often the "
        "person posts"
    )
    assert planned(folder, posts_per_week=2).posts_per_week == 2


def test_a_plan_no_longer_than_its_window_is_refused(tmp_path: Path) -> None:
    folder = added(study_of(tmp_path / "mine"), "\n[question]\nwindow_hours = 168\n")
    with pytest.raises(InputError) as caught:
        planned(folder, weeks=1)
    assert str(caught.value) == (
        "mine, --weeks: expected more days than the window before a reading has"
    )


def test_a_short_record_does_not_tell_what_could_be_found(tmp_path: Path) -> None:
    folder = study_of(tmp_path / "mine")
    score = folder / "raw" / "score.csv"
    lines = score.read_text().splitlines()
    score.write_text("\n".join([lines[0], *lines[-12:]]) + "\n", encoding="utf-8")
    assert noise_of(load(folder).arrays) is None
    assert planned(folder).detectable is None


def test_a_habit_is_counted_where_only_counts_are_known(tmp_path: Path) -> None:
    """Four known days, of which one has posts; of the fifth and sixth nothing is known."""
    folder = tmp_path / "mine"
    (folder / "raw").mkdir(parents=True)
    days = pd.date_range("2012-03-01", periods=6).strftime("%Y-%m-%d").tolist()
    score = "".join(f"{day},{number}\n" for number, day in enumerate(days))
    (folder / "raw" / "score.csv").write_text("date,score\n" + score, encoding="utf-8")
    counts = zip(days, ("0", "3", "0", "0"), strict=False)
    daily = "date,blog\n" + "".join(f"{day},{count}\n" for day, count in counts)
    (folder / "raw" / "daily.csv").write_text(daily, encoding="utf-8")
    (folder / "study.toml").write_text(
        'title = "T"\ntimezone = "UTC"\nfocal = "blog"\n[score]\nname = "S"\n'
        'path = "raw/score.csv"\n[sources]\ndaily = "raw/daily.csv"\n',
        encoding="utf-8",
    )
    study = read_study(folder)
    found = posting_days(study, dt.date(2012, 3, 1), dt.date(2012, 3, 6))
    np.testing.assert_array_equal(found, [0, 1, 0, 0, np.nan, np.nan])
    assert habit(study) == 7 / 4


def test_a_record_that_runs_away_is_calmed() -> None:
    """Changes that grow by a tenth each day are taken for ones that die out, if slowly."""
    rng = np.random.default_rng(4)
    changes = np.zeros(120)
    for day in range(1, 120):
        changes[day] = 1.1 * changes[day - 1] + rng.normal()
    noise = noise_of(panel_of(50 + np.cumsum(changes), {"blog": rng.integers(0, 2, 120) + 0.0}))
    assert noise is not None
    companion = np.eye(len(noise.phi), k=-1)
    companion[0] = noise.phi
    assert np.abs(np.linalg.eigvals(companion)).max() == pytest.approx(0.995)
    assert np.abs(noise.draw(np.random.default_rng(0), 5, 700)).max() < 1e3 * noise.residuals.std()


def test_an_interval_that_no_effect_ends_is_infinite() -> None:
    """Five plans to compare with reject nothing at 5 %: not even what is far away."""
    plan = plan_of(weeks=8)
    tried = trial(plan, record(plan, np.random.default_rng(1).normal(size=70)))
    real = tried.planned[tried.rows, None]
    test = _Inversion(tried, real, np.repeat(real, 5, axis=1))
    assert test.interval(0.0, 0.1, 0.05) == (-np.inf, np.inf)


def test_an_estimate_is_looked_for_farther_and_farther_away() -> None:
    plan = plan_of(weeks=8)
    tried = trial(plan, record(plan, np.random.default_rng(1).normal(0, 0.01, 70), 0.4))
    real = tried.planned[tried.rows, None]
    test = _Inversion(tried, real, real)
    assert test.estimate(9.0, 0.01) == pytest.approx(test.estimate(0.4, 0.05), abs=1e-3)
    upside_down = _Inversion(tried, -real, real)
    assert np.isnan(upside_down.estimate(0.4, 0.05))


def test_a_root_is_found_between_two_signs() -> None:
    assert _root(lambda x: 2.0 - x**3, 0.0, 5.0, 1e-12) == pytest.approx(2 ** (1 / 3))
    # Precision that is never reached: the best that was found.
    assert _root(lambda x: 1.0 if x < 2 else -1e-300, 0.0, 5.0, 0.0) == pytest.approx(2, abs=3)
