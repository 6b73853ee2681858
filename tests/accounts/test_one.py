"""One account of many as a study: the same numbers, whatever it is called."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import analysis
from analysis.accounts import sample as sampling
from analysis.accounts.build import build
from analysis.accounts.fit import fit
from analysis.accounts.folder import read_input
from analysis.accounts.one import study_toml, write_study
from analysis.accounts.take_in import Options
from analysis.cli import main
from analysis.errors import InputError
from analysis.report import build as building

NAME = 'a "quoted" name\\ = 1 # no comment'
WILD = 'a "quoted"\nname\x7f = 1 # no comment'


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """Return a few accounts whose posts have addresses; the first has a name made to mislead."""
    folder = tmp_path_factory.mktemp("one") / "in"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "ACCOUNTS", 6)
        sampling.sample(folder)
    for path in sorted(folder.rglob("*.parquet")):
        table = pd.read_parquet(path).replace({"account": {"account 01": NAME}})
        for name in {"url", "crosspost_of"} & set(table.columns):
            table[name] = table[name].str.replace("post ", "https://blog.example/post-")
        table.to_parquet(path, index=False)
    return folder


def test_it_has_the_numbers_of_the_panel(source, tmp_path) -> None:
    build(read_input(source), tmp_path / "panel", Options(), lambda _: None)
    population = fit(tmp_path / "panel").bundle
    place = list(population.grams.accounts).index(NAME)
    study = analysis.load(write_study(read_input(source), NAME, tmp_path / "study"))
    told = study.results()
    assert told["study"]["simulated"] is True
    assert told["period"]["used"] == population.grams.n[place]
    assert told["channels"]["twitter"]["crossposts"] > 0
    for channel in population.channels:
        mine = told["channels"][channel.name]
        if mine["judged"]:
            assert mine["effect"] == pytest.approx(channel.own[place], rel=1e-8)
            assert mine["p"] == pytest.approx(channel.p[place], rel=1e-6)
    assert told["channels"]["blog"]["judged"]


def test_the_settings_stay_and_tables_go() -> None:
    raw = {
        "title": "All",
        "focal": "my blog",
        "simulated": False,
        "score": {"name": "s", "kind": "flow"},
        "posts": {"kinds": ["post", 're"ply'], "at": dt.time(6, 30)},
        "question": {"alpha": 0.01, "window_hours": 24},
        "tables": {"activity": "elsewhere"},
        "coverage": {"my blog": {"end": dt.date(2020, 5, 1)}, "none": {"end": dt.date(2020, 5, 1)}},
        "breaks": [{"date": dt.date(2020, 2, 1), "label": "ä"}, {"date": dt.date(2020, 3, 1)}],
    }
    first, last = dt.date(2020, 1, 1), dt.date(2020, 6, 1)
    made = tomllib.loads(study_toml(raw, WILD, ["my blog", "x"], first, last))
    assert made == {
        "title": f"All: {WILD}",
        "focal": "my blog",
        "simulated": False,
        "posts": raw["posts"],
        "score": {"name": "s", "kind": "flow", "path": "raw/score.csv"},
        "question": raw["question"],
        "breaks": raw["breaks"],
        "sources": {"activity": "raw/activity.csv"},
        "coverage": {
            "my blog": {"start": first, "end": dt.date(2020, 5, 1)},
            "x": {"start": first, "end": last},
        },
    }


def test_who_is_not_there_and_what_is_are_one_line(source, tmp_path) -> None:
    with pytest.raises(InputError, match="expected rows of account 'nobody'"):
        write_study(read_input(source), "nobody", tmp_path / "out")
    assert not list(tmp_path.iterdir())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="not there yet, or an empty one"):
        write_study(read_input(source), NAME, tmp_path / "full")
    assert [each.name for each in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_the_command_renders_the_ordinary_report(source, tmp_path, monkeypatch) -> None:
    """What `build_reports` makes of a study has tests of its own: here it is given the study."""
    asked = []

    def renders(studies, out, **_):
        asked.append((studies, out))
        return [building.Outcome(studies[0], "rendered", "", out / "study" / "index.html")]

    monkeypatch.setattr(building, "build_reports", renders)
    arguments = ["accounts", "report", str(source), "--account", NAME, "--out", str(tmp_path / "o")]
    found = CliRunner().invoke(main, arguments)
    assert found.exit_code == 0, found.output
    assert asked == [([tmp_path / "o" / "study"], tmp_path / "o" / "report")]
    assert analysis.load(tmp_path / "o" / "study").title == f"Simulated accounts: {NAME}"
    again = CliRunner().invoke(main, arguments)
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)
