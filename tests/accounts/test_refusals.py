"""Names that no page may show, rows that contradict each other, and engines that fail."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.accounts import build as building
from analysis.accounts.build import build
from analysis.accounts.folder import read_input
from analysis.accounts.take_in import Options
from analysis.cli import main
from analysis.worlds import simulate
from tests.accounts import inputs

ESCAPE, OVERRIDE = "\x1b[2J", "\u202e"


def quiet(text: str) -> None:
    pass


@pytest.fixture(scope="module")
def accounts():
    return [(f"a{seed}", simulate("blog-only", seed=seed, days=120)) for seed in range(4)]


@pytest.fixture
def folder(accounts, tmp_path) -> Path:
    return inputs.write(tmp_path / "in", accounts)


def built(folder: Path, out: Path, **options):
    told = build(read_input(folder), out, Options(**options), quiet)
    return told, sorted(pd.read_parquet(out / "moments")["account"])


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_no_name_with_control_characters_enters(accounts, tmp_path, kind) -> None:
    folder = inputs.write(tmp_path / "in", accounts, kind="parquet")
    for name in ("activity", "score"):
        path = folder / name / "part.parquet"
        table = pd.read_parquet(path)
        bad = [
            table[table.account == "a0"].assign(account=mark.join("zed"))
            for mark in ("\0", ESCAPE, OVERRIDE, "\n")
        ]
        if name == "activity":
            mine = table[table.account == "a1"].iloc[:3]
            bad += [mine.assign(channel=f"blog{mark}") for mark in ("\0", "\x07", "\u2028")]
        whole = pd.concat([table, *bad])
        if kind == "csv":
            path.unlink()
            whole.to_csv(path.with_suffix(".csv"), index=False)
        else:
            whole.to_parquet(path, index=False)
    told, names = built(folder, tmp_path / "out")
    assert names == ["a0", "a1", "a2", "a3"]
    assert all(name.isprintable() for name in told["channels"])
    assert told["set_aside"]["activity"]["a channel with control characters"] == 9
    posts = pd.read_parquet(tmp_path / "out" / "set_aside" / "activity")
    assert set(posts[posts.reason == "an account with control characters"].account) == {
        mark.join("zed") for mark in ("\0", ESCAPE, OVERRIDE, "\n")
    }
    readings = len(pd.read_parquet(tmp_path / "out" / "set_aside" / "score"))
    assert told["set_aside"]["score"] == {"an account with control characters": readings}
    assert readings >= 4 * 100
    page = CliRunner().invoke(
        main, ["accounts", "report", str(tmp_path / "out"), "--out", str(tmp_path / "page")]
    )
    assert page.exit_code == 0, page.stderr
    said = page.output + (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    kinds = {unicodedata.category(character) for character in set(said) - {"\n"}}
    assert not kinds & {"Cc", "Zl", "Zp"}
    assert OVERRIDE not in said


def test_two_rows_that_differ_are_never_one(folder, tmp_path) -> None:
    (folder / "accounts").mkdir()
    rows = [
        {"account": "a0", "team": "north", "reason": "x"},
        {"account": "a0", "team": "south", "reason": "a"},
        {"account": "a1", "team": "south", "reason": None},
        {"account": "a1", "team": "south", "reason": None},
        {"account": "a2", "team": None, "reason": "x"},
        {"account": "a2", "team": "north", "reason": "x"},
        {"account": "a3", "team": "west", "reason": "x"},
        {"account": "nobody", "team": "west", "reason": "x"},
        {"account": "", "team": "west", "reason": "x"},
        {"account": "a\0", "team": "west", "reason": "x"},
    ]
    pd.DataFrame(rows).to_parquet(folder / "accounts" / "part.parquet", index=False)
    told, _names = built(folder, tmp_path / "out")
    kept = pd.read_parquet(tmp_path / "out" / "accounts").set_index("account")
    assert kept["team"].to_dict() == {"a1": "south", "a3": "west"}
    assert told["set_aside"]["accounts"] == {
        "an account with control characters": 1,
        "an account without both posts and readings": 1,
        "no account": 1,
        "two rows for one account that differ": 4,
    }
    aside = pd.read_parquet(tmp_path / "out" / "set_aside" / "accounts")
    assert sorted(aside[aside.account == "a0"]["reason (given)"]) == ["a", "x"]


def test_an_attribute_cannot_stand_for_a_name(folder, tmp_path) -> None:
    """Whatever it is called, a hashed account goes by its hash."""
    (folder / "accounts").mkdir()
    rows = [
        {"account": f"a{n}", "shown": "Jane", "part": "7", "account_": "Jane"} for n in range(4)
    ]
    pd.DataFrame(rows).to_parquet(folder / "accounts" / "part.parquet", index=False)
    _told, names = built(folder, tmp_path / "out", key=b"secret")
    kept = pd.read_parquet(tmp_path / "out" / "accounts")
    assert sorted(kept["account"]) == names
    assert set(kept["shown"]) == set(kept["account_"]) == {"Jane"}


@pytest.mark.parametrize("late", [False, True])
def test_an_engine_that_fails_says_so_in_one_line(folder, tmp_path, monkeypatch, late) -> None:
    """No file may grow beyond a bound, as on a disk that is full: at the start, or in a part."""

    def stops(*arguments) -> None:
        raise KeyboardInterrupt

    if late:
        with monkeypatch.context() as patched:
            patched.setattr(building, "_part", stops)
            with pytest.raises(KeyboardInterrupt):
                built(folder, tmp_path / "out")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))

    # What coverage.py would write has no room either, and says so.
    measured_by_nobody = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")
    }
    command = [sys.executable, "-m", "analysis", "accounts", "build", folder, "--out"]
    done = subprocess.run(
        [*map(str, command), str(tmp_path / "out")],
        preexec_fn=limited,
        env=measured_by_nobody,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("needle: ")]
    assert done.returncode == 2, done.stderr
    assert len(said) == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path) not in said[0]
    assert ("out.building; the same command goes on" in said[0]) == late
    left = ["in", "out.building"] if late else ["in"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left
    _told, names = built(folder, tmp_path / "out")
    assert names == ["a0", "a1", "a2", "a3"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
