"""What is set aside, what is refused, and what happens when a build is stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.accounts import build as building
from analysis.accounts.build import build
from analysis.accounts.command import KEY
from analysis.accounts.folder import read_input
from analysis.accounts.take_in import Options, hashed
from analysis.cli import main
from analysis.worlds import simulate
from tests.accounts import inputs

SAID: list[str] = []


def quiet(text: str) -> None:
    SAID.append(text)


@pytest.fixture(scope="module")
def accounts():
    return [(f"a{seed}", simulate("blog-only", seed=seed, days=120)) for seed in range(4)]


@pytest.fixture
def folder(accounts, tmp_path) -> Path:
    return inputs.write(tmp_path / "in", accounts)


def run(*arguments: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(main, [str(part) for part in ("accounts", *arguments)])
    return found.exit_code, found.stdout, found.stderr


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_csv_and_parquet_give_the_same(accounts, folder, tmp_path) -> None:
    build(read_input(folder), tmp_path / "one", Options(), quiet)
    as_csv = inputs.write(tmp_path / "csv", accounts, kind="csv")
    build(read_input(as_csv), tmp_path / "two", Options(), quiet)
    for part in ("panel", "moments"):
        assert contents(tmp_path / "one" / part) == contents(tmp_path / "two" / part)


def test_bad_rows_are_set_aside_by_reason(folder, tmp_path) -> None:
    posts = pd.read_parquet(folder / "activity" / "part.parquet").astype(object)
    posts["at"] = posts["at"].astype(str)
    good = len(posts) - int((posts.kind == "repost").sum())
    wrong = [
        {"account": None, "at": "2012-01-05T00:00:00Z", "channel": "blog"},
        {"account": "a0", "at": "yesterday", "channel": "blog"},
        {"account": "a0", "at": "", "channel": "blog"},
        {"account": "a0", "at": "1890-01-05T00:00:00Z", "channel": "blog"},
        {"account": "a0", "at": "2012-01-05T00:00:00Z", "channel": " "},
        {"account": "a" * 300, "at": "2012-01-05T00:00:00Z", "channel": "blog"},
    ]
    (folder / "activity" / "part.parquet").unlink()
    pd.concat([posts, pd.DataFrame(wrong)]).to_csv(folder / "activity" / "a.csv", index=False)
    score = pd.read_parquet(folder / "score" / "part.parquet").astype(str)
    extra = [
        {"account": "a0", "date": score.date[0], "score": score.score[0]},
        {"account": "a1", "date": score.date[3], "score": "-1"},
        {"account": "a0", "date": "2012-02-30", "score": "5"},
        {"account": "a0", "date": "2012-02-28", "score": "many"},
        {"account": "a0", "date": "2012-02-28", "score": "1e999"},
    ]
    (folder / "score" / "part.parquet").unlink()
    pd.concat([score, pd.DataFrame(extra)]).to_csv(folder / "score" / "s.csv", index=False)
    told = build(read_input(folder), tmp_path / "out", Options(), quiet)
    assert told["rows"]["activity"] == good
    reasons = told["set_aside"]["activity"]
    assert {why: count for why, count in reasons.items() if why != "repost"} == {
        "a time out of range": 1,
        "a time that is none": 1,
        "an account of over 200 characters": 1,
        "no account": 1,
        "no channel": 1,
        "no time": 1,
    }
    assert told["set_aside"]["score"] == {
        "a date that is none": 1,
        "a score that is no finite number": 2,
        "two scores on one day": 2,
    }
    kept = pd.read_parquet(tmp_path / "out" / "set_aside" / "score" / "part.parquet")
    assert sorted(kept[kept.reason == "a score that is no finite number"].score) == [
        "1e999",
        "many",
    ]


def test_a_fraction_of_a_second_is_not_rounded_into_the_next_day(folder, tmp_path) -> None:
    file = folder / "activity" / "part.parquet"
    posts = pd.read_parquet(file)
    late = posts["at"].dt.normalize() + pd.Timedelta("23:59:59")
    for name, at in {"whole": late, "part": late + pd.Timedelta("900ms")}.items():
        posts.assign(at=at).to_parquet(file, index=False)
        build(read_input(folder), tmp_path / name, Options(), quiet)
    for part in ("panel", "moments"):
        assert contents(tmp_path / "whole" / part) == contents(tmp_path / "part" / part)


def test_stopped_and_run_again_is_the_same_byte_for_byte(folder, tmp_path, monkeypatch) -> None:
    build(read_input(folder), tmp_path / "whole", Options(part_accounts=1), quiet)
    real, calls = building._part, []

    def stops(*arguments) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(building, "_part", stops)
    with pytest.raises(KeyboardInterrupt):
        build(read_input(folder), tmp_path / "stopped", Options(workers=1, part_accounts=1), quiet)
    assert not (tmp_path / "stopped").exists()
    monkeypatch.setattr(building, "_part", real)
    SAID.clear()
    build(read_input(folder), tmp_path / "stopped", Options(workers=1, part_accounts=1), quiet)
    assert "Going on where an earlier run stopped." in SAID
    assert contents(tmp_path / "whole") == contents(tmp_path / "stopped")
    assert not (tmp_path / "stopped.building").exists()


@pytest.mark.parametrize("step", range(6))
def test_stopped_while_tidying_up_is_the_same_byte_for_byte(
    folder, tmp_path, monkeypatch, step
) -> None:
    build(read_input(folder), tmp_path / "whole", Options(), quiet)
    real, calls = building.remove, []

    def stops(path: Path) -> None:
        calls.append(path)
        if len(calls) > step:
            raise KeyboardInterrupt
        real(path)

    with monkeypatch.context() as patched:
        patched.setattr(building, "remove", stops)
        with pytest.raises(KeyboardInterrupt):
            build(read_input(folder), tmp_path / "out", Options(), quiet)
    build(read_input(folder), tmp_path / "out", Options(), quiet)
    assert contents(tmp_path / "whole") == contents(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "whole"]


def test_other_data_are_not_taken_for_the_stopped_ones(folder, tmp_path, monkeypatch) -> None:
    def stops(*arguments) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(building, "_part", stops)
        with pytest.raises(KeyboardInterrupt):
            build(read_input(folder), tmp_path / "out", Options(), quiet)
    score = pd.read_parquet(folder / "score" / "part.parquet")
    score["score"] = score["score"] + 1
    score.to_parquet(folder / "score" / "part.parquet")
    SAID.clear()
    build(read_input(folder), tmp_path / "out", Options(), quiet)
    assert "Going on where an earlier run stopped." not in SAID


def test_accounts_are_hashed_at_the_door(folder, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(KEY, "a key that nobody knows")
    score = pd.read_parquet(folder / "score" / "part.parquet")
    bad = pd.DataFrame({"account": ["Jane Doe"], "date": score.date[:1], "score": [float("nan")]})
    pd.concat([score, bad]).to_parquet(folder / "score" / "part.parquet")
    code, _out, err = run("build", folder, "--out", tmp_path / "out", "--hashed")
    assert code == 0, err
    every = b"".join(contents(tmp_path / "out").values())
    names = pd.concat(
        map(pd.read_parquet, sorted((tmp_path / "out" / "moments").rglob("*.parquet")))
    )["account"]
    assert set(names) == {hashed(f"a{n}", b"a key that nobody knows") for n in range(4)}
    assert b"a key that nobody knows" not in every
    aside = pd.read_parquet(tmp_path / "out" / "set_aside" / "score" / "part.parquet")
    assert aside.to_dict("list") == {"reason": ["no score"]}
    monkeypatch.delenv(KEY)
    code, _out, err = run("build", folder, "--out", tmp_path / "two", "--hashed")
    assert code == 2
    assert KEY in err
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "study.toml").unlink(), "study.toml"),
        (lambda folder: (folder / "score" / "part.parquet").unlink(), "score"),
        (
            lambda folder: (folder / "score" / "part.parquet").write_bytes(b"PAR1 is not enough"),
            "expected tables that can be read",
        ),
        (
            lambda folder: pd.DataFrame({"account": ["a0"], "day": ["2012-01-01"]}).to_parquet(
                folder / "score" / "part.parquet"
            ),
            "column date: expected this column",
        ),
        (lambda folder: (folder / "score" / "x.csv").write_text("a,b\n"), "files of one kind"),
        (
            lambda folder: (folder / "study.toml").write_text(
                (folder / "study.toml").read_text() + '\n[sources]\nblog = "x"\n'
            ),
            "key sources: expected no sources",
        ),
        (
            lambda folder: (folder / "study.toml").write_text(
                (folder / "study.toml").read_text().replace('"blog"', '"vlog"')
            ),
            "expected posts of the focal channel 'vlog'",
        ),
    ],
)
def test_one_line_for_an_input_that_is_wrong(folder, tmp_path, spoil, said) -> None:
    spoil(folder)
    code, out, err = run("build", folder, "--out", tmp_path / "out")
    assert code == 2, out + err
    lines = [line for line in err.splitlines() if line.startswith("needle: ")]
    assert len(lines) == 1
    assert said in lines[0]
    assert str(tmp_path) not in lines[0]
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"a0,2012-01-05,1,2", "expected 3 values as in the first line, found 4"),
        (b"a0,2012-01-05", "expected 3 values as in the first line, found 2"),
        (b'"a0"x,2012-01-05,1', "expected a quoted value to end at its quote, found more after it"),
        (b'a0,2012-01-05,"1', "expected a quote that is closed, found none up to the end"),
        (b"a\xff,2012-01-05,1", "expected text in UTF-8, found other bytes"),
    ],
)
@pytest.mark.parametrize("place", [2, 300])
def test_one_line_names_the_line_that_is_no_row(accounts, tmp_path, line, said, place) -> None:
    folder = inputs.write(tmp_path / "in", accounts, kind="csv")
    path = folder / "score" / "part.csv"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[: place - 1], line, *lines[place - 1 :]]))
    code, out, err = run("build", folder, "--out", tmp_path / "out")
    assert code == 2, out + err
    assert f"score/part.csv, line {place}: {said}" in err
    assert not list(tmp_path.glob("out*"))


def test_a_file_may_have_its_columns_in_another_order(accounts, tmp_path) -> None:
    folder = inputs.write(tmp_path / "in", accounts, kind="csv")
    build(read_input(folder), tmp_path / "one", Options(), quiet)
    score = pd.read_csv(folder / "score" / "part.csv")
    (folder / "score" / "part.csv").unlink()
    score[:200].to_csv(folder / "score" / "a.csv", index=False)
    score[200:][["score", "account", "date"]].to_csv(folder / "score" / "b.csv", index=False)
    build(read_input(folder), tmp_path / "two", Options(), quiet)
    assert contents(tmp_path / "one" / "panel") == contents(tmp_path / "two" / "panel")


def test_a_foreign_folder_is_never_replaced(folder, tmp_path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("keep me")
    code, _out, err = run("build", folder, "--out", mine)
    assert code == 2
    assert "or a panel to replace" in err
    assert (mine / "letter.txt").read_text() == "keep me"


def test_a_panel_is_replaced_whole_or_stays(accounts, folder, tmp_path) -> None:
    build(read_input(folder), tmp_path / "out", Options(part_accounts=1), quiet)
    old = contents(tmp_path / "out")
    broken = inputs.write(tmp_path / "broken", accounts)
    (broken / "score" / "part.parquet").write_bytes(b"PAR1 is not enough")
    assert run("build", broken, "--out", tmp_path / "out")[0] == 2
    assert contents(tmp_path / "out") == old
    (tmp_path / "out" / "mine.txt").write_text("goes with the panel that it was put into")
    code, out, err = run("build", folder, "--out", tmp_path / "out")
    assert code == 0, err
    assert out.startswith("4 accounts with posts and readings: ")
    new = contents(tmp_path / "out")
    assert [name for name in new if name.startswith("moments")] == [
        "moments/part-00000/part.parquet"
    ]
    assert "mine.txt" not in new
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "in", "out"]


def test_fit_prints_claims_and_json(folder, tmp_path) -> None:
    assert run("build", folder, "--out", tmp_path / "out")[0] == 0
    code, out, err = run("fit", tmp_path / "out", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert [claim["id"] for claim in told["claims"]] == [
        "blogging-moves-score",
        "nothing-else-correlates",
        "only-blogging",
    ]
    assert told["accounts"]["fitted"] == 4
    blog = told["channels"]["blog"]
    low, high = blog["mean"]["interval"]
    assert low < blog["mean"]["effect"] < high
    code, out, err = run("fit", tmp_path / "out", "--moments-only")
    assert code == 0, err
    assert "4 accounts" in out
    code, _out, err = run("fit", folder)
    assert code == 2
    assert "expected the panel that 'needle accounts build' makes" in err
