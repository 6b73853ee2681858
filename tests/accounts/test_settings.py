"""What a study.toml asks of many accounts is what it asks of each of them alone."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest

import analysis
from analysis.accounts import sample as sampling
from analysis.accounts.build import build
from analysis.accounts.fit import fit, lines, results
from analysis.accounts.folder import read_input
from analysis.accounts.one import write_study
from analysis.accounts.take_in import Options
from analysis.errors import InputError
from tests.accounts import inputs
from tests.test_cli import run

NAME = "account 01"
FLOW = 'kind = "flow"'
DAY = """
[question]
window_hours = 24
smallest_effect = 0.5
alpha = 0.01
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """Return four accounts whose posts have addresses."""
    folder = tmp_path_factory.mktemp("settings") / "in"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "ACCOUNTS", 4)
        sampling.sample(folder)
    path = folder / "activity" / "part.parquet"
    table = pd.read_parquet(path)
    for name in ("url", "crosspost_of"):
        table[name] = table[name].str.replace("post ", "https://blog.example/post-")
    table.to_parquet(path, index=False)
    return folder


def asked(source: Path, folder: Path, kind: str, more: str) -> Path:
    """Return the same accounts under other settings."""
    shutil.copytree(source, folder)
    text = (folder / "study.toml").read_text(encoding="utf-8").replace('kind = "level"', kind)
    (folder / "study.toml").write_text(text + more, encoding="utf-8")
    return folder


def covered(source: Path) -> str:
    """Return settings under which the record of tweets begins late, ends early, and one break."""
    days = pd.to_datetime(pd.read_parquet(source / "score" / "part.parquet")["date"])
    first, last = days.min().date(), days.max().date()
    start, end, broken = first + dt.timedelta(40), last - dt.timedelta(9), last - dt.timedelta(50)
    return (
        f"[coverage.twitter]\nstart = {start}\nend = {end}\n"
        f'[[breaks]]\ndate = {broken}\nlabel = "new"\n'
    )


@pytest.mark.parametrize("how", ["flow", "a day", "covered"])
def test_each_account_has_the_numbers_that_it_has_alone(source, tmp_path, how) -> None:
    kind = FLOW if how == "flow" else 'kind = "level"'
    more = {"flow": "", "a day": DAY, "covered": covered(source)}[how]
    folder = asked(source, tmp_path / "in", kind, more)
    build(read_input(folder), tmp_path / "panel", Options(), lambda _: None)
    fitted = fit(tmp_path / "panel")
    alone = analysis.load(write_study(read_input(folder), NAME, tmp_path / "study")).results()
    population = fitted.bundle
    place = list(population.grams.accounts).index(NAME)
    assert alone["period"]["used"] == population.grams.n[place]
    judged = 0
    for channel in population.channels:
        mine = alone["channels"][channel.name]
        if mine["judged"]:
            judged += 1
            assert mine["effect"] == pytest.approx(channel.own[place], rel=1e-8)
            assert mine["p"] == pytest.approx(channel.p[place], rel=1e-6)
    assert judged
    unit = {"flow": "points a day per post"}.get(how, "points per post")
    assert unit.endswith(fitted.unit)
    aside = fitted.manifest["set_aside"]["readings"]
    assert ("where the record of a channel does not reach" in aside) == (how == "covered")
    assert ("at a known change of the scoring model" in aside) == (how == "covered")
    told = results(fitted)["question"]
    if how == "a day":
        assert (told["smallest_effect"], told["smallest_effect_from"]) == (0.5, "study.toml")
        assert (told["window_hours"], told["alpha"]) == (24, 0.01)
    else:
        assert told["smallest_effect_from"].startswith("a quarter of the usual spread")


def test_posts_on_too_few_accounts_are_said(tmp_path) -> None:
    source = inputs.write(
        tmp_path / "in", [(f"a{n}", analysis.worlds.simulate("blog-only", seed=n, days=120))
                          for n in range(2)]
    )  # fmt: skip
    build(read_input(source), tmp_path / "panel", Options(), lambda _: None)
    told = results(fit(tmp_path / "panel", rows=False))
    assert "blog: posts enough on fewer than 3 accounts" in lines(told)
    assert told["channels"]["blog"]["curve"] is None
    assert not any("under other regressors" in line for line in lines(told))


def test_accounts_that_are_all_too_short_are_one_line(tmp_path) -> None:
    accounts = [(f"a{n}", analysis.worlds.simulate("blog-only", seed=n, days=30)) for n in range(2)]
    source = inputs.write(tmp_path / "in", accounts)
    build(read_input(source), tmp_path / "panel", Options(), lambda _: None)
    with pytest.raises(InputError) as caught:
        fit(tmp_path / "panel")
    assert str(caught.value) == (
        "panel: expected an account with readings enough for a fit, found none in 2"
    )


@pytest.mark.parametrize(
    ("posts", "said"),
    [
        (["b"], "in/score: expected accounts with readings and with posts, found none with both"),
        (["a"], ""),
    ],
)
def test_an_account_is_known_by_its_posts_and_its_readings(tmp_path, posts, said) -> None:
    folder = tmp_path / "in"
    for name in ("activity", "score", "accounts"):
        (folder / name).mkdir(parents=True)
    toml = sampling.STUDY.format(zone="UTC", observed_at="00:00")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    table = pd.DataFrame({"account": posts, "at": "2020-01-02T10:00:00Z", "channel": "blog"})
    table.to_csv(folder / "activity" / "a.csv", index=False)
    days = pd.date_range("2020-01-01", periods=3).strftime("%Y-%m-%d")
    pd.DataFrame({"account": "a", "date": days, "score": 5}).to_csv(
        folder / "score" / "a.csv", index=False
    )
    (folder / "accounts" / "a.csv").write_text("name\nJane\n", encoding="utf-8")
    done = run("accounts", "build", folder, "--out", tmp_path / "out")
    missing = "in/accounts, column account: expected this column, found none of that name"
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == f"needle: {said or missing}"
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_channels_beyond_what_a_design_holds_are_one_line(tmp_path) -> None:
    folder = tmp_path / "in"
    for name in ("activity", "score"):
        (folder / name).mkdir(parents=True)
    toml = sampling.STUDY.format(zone="UTC", observed_at="00:00")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    channels = ["blog", *(f"c{number:02}" for number in range(50))]
    table = pd.DataFrame({"account": "a", "at": "2020-01-02T10:00:00Z", "channel": channels})
    table.to_parquet(folder / "activity" / "a.parquet", index=False)
    days = pd.date_range("2020-01-01", periods=3)
    score = pd.DataFrame({"account": "a", "date": days, "score": 5})
    score.to_parquet(folder / "score" / "a.parquet", index=False)
    done = run("accounts", "build", folder, "--out", tmp_path / "out")
    assert done.exit_code == 2
    said = "in/activity, column channel: expected at most 50 channels, found 51"
    assert done.stderr.splitlines()[-1] == f"needle: {said}"
