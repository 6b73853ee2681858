"""The folder of many accounts: where its tables may be, and what is refused in one line."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from analysis.accounts import engines
from analysis.accounts.command import _summary
from analysis.accounts.engines import needs
from analysis.accounts.faults import in_one_line, unreadable
from analysis.accounts.folder import Table, read_input
from analysis.accounts.one import rows_of
from analysis.errors import InputError

STUDY = """title = "t"
timezone = "UTC"
focal = "blog"
[score]
name = "s"
kind = "level"
observed_at = "00:00"
"""
POSTS = "account,at,channel\na,2020-01-01T10:00:00Z,blog\nb,2020-01-02T10:00:00Z,blog\n"
READINGS = "account,date,score\na,2020-01-01,5\na,2020-01-02,6\n"


def write(folder: Path, text: str = "", posts: str = "activity", readings: str = "score") -> Path:
    """Write a folder of many accounts whose tables are at these places."""
    folder.mkdir(exist_ok=True)
    (folder / "study.toml").write_text(STUDY + text, encoding="utf-8")
    for place, table in ((posts, POSTS), (readings, READINGS)):
        file = folder / place / "a.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(table, encoding="utf-8")
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_input(folder)
    return str(caught.value)


@pytest.mark.parametrize("how", ["beside", "absolute"])
def test_tables_may_be_elsewhere_on_the_machine(tmp_path, how) -> None:
    place = "../far" if how == "beside" else str(tmp_path / "far")
    text = f"[tables]\nactivity = '{place}'\nscore = 'readings/a.csv'\n"
    source = read_input(write(tmp_path / "in", text, "../far", "readings"))
    assert set(source.tables) == {"activity", "score"}
    assert {table.kind for table in source.tables.values()} == {"csv"}
    found = source.digests()
    assert list(found) == ["study.toml", "../far/a.csv", "readings/a.csv"]
    assert found["../far/a.csv"] == hashlib.sha256(POSTS.encode()).hexdigest()
    assert source.size() == len(POSTS) + len(READINGS)
    posts, readings = rows_of(source, "a")
    assert list(readings["score"]) == [5, 6]
    assert list(posts["channel"]) == ["blog"]


def test_addresses_are_left_to_the_engine(tmp_path) -> None:
    text = "[tables]\nactivity = 's3://bucket/posts'\nscore = 's3://bucket/readings.csv'\n"
    source = read_input(write(tmp_path / "in", text))
    activity, score = source.tables["activity"], source.tables["score"]
    assert (activity.kind, score.kind) == ("parquet", "csv")
    assert activity.files == ("s3://bucket/posts",)
    assert list(source.digests()) == ["study.toml"]
    assert source.size() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[tables]\nposts = 'x'\n",
            "key tables.posts: unknown key; expected one of: activity, score, accounts",
        ),
        (
            "[tables]\nscore = 3\n",
            "key tables.score: expected a folder, or an address that the engine reads",
        ),
        (
            "[tables]\nactivity = ''\n",
            "key tables.activity: expected a folder, or an address that the engine reads",
        ),
        (
            "[collect]\n[sources]\n",
            "key sources: expected no sources: activity/ holds the posts of every account and "
            "channel\nin/study.toml, key collect: expected nothing to collect: many accounts come "
            "as tables",
        ),
    ],
)
def test_one_line_for_a_key_that_does_not_belong(tmp_path, text, said) -> None:
    assert refused(write(tmp_path / "in", text)) == f"in/study.toml, {said}"


def test_one_line_for_keys_that_stand_above_the_tables(tmp_path) -> None:
    folder = write(tmp_path / "in")
    file = folder / "study.toml"
    file.write_text("tables = 'x'\n" + STUDY, encoding="utf-8")
    assert refused(folder) == "in/study.toml, key tables: expected a table"
    file.write_text(STUDY + "path = 'raw/score.csv'\n", encoding="utf-8")
    assert refused(folder) == (
        "in/study.toml, key score.path: expected no path: score/ holds the readings of every "
        "account"
    )
    file.write_text(STUDY.partition("[score]")[0] + "score = 5\n", encoding="utf-8")
    assert refused(folder).startswith("in/study.toml, key score: expected a table")


def test_a_table_has_files_of_its_own(tmp_path) -> None:
    folder = write(tmp_path / "in")
    (folder / "score" / "a.csv").rename(tmp_path / "s.csv")
    (folder / "score" / "notes.txt").write_text("no table", encoding="utf-8")
    said = "in/score: expected a folder of tables, *.parquet or *.csv"
    assert refused(folder) == said
    (folder / "score" / "a.csv").symlink_to(tmp_path / "s.csv")
    said = "in/score/a.csv: expected files of its own, found a link to another place"
    assert refused(folder) == said


def test_a_file_that_cannot_be_read_is_one_line(tmp_path, monkeypatch) -> None:
    folder = write(tmp_path / "in")
    real = Path.open

    def opened(path: Path, *arguments, **more):
        if path.parent.name == "score":
            raise PermissionError(13, os.strerror(13))
        return real(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", opened)
    assert refused(folder) == "a.csv: expected a readable file: Permission denied"


def test_an_engine_that_is_not_installed_is_named(monkeypatch) -> None:
    monkeypatch.setitem(engines.NEEDS, "duckdb", "'pip install it'")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(InputError) as caught:
        needs("duckdb")
    assert str(caught.value) == "engine duckdb: expected duckdb to be installed: 'pip install it'"


def test_what_is_no_engines_fault_is_not_told_as_one(tmp_path) -> None:
    with pytest.raises(ZeroDivisionError), in_one_line("duckdb", tmp_path, "marker"):
        raise ZeroDivisionError
    with pytest.raises(InputError) as caught, in_one_line("duckdb", tmp_path / "w", "marker"):
        raise OSError("quota")
    assert str(caught.value) == "w: expected to write here: quota"


def test_an_unreadable_table_is_told_without_the_folders_above_it(tmp_path) -> None:
    fine = tmp_path / "a.csv"
    fine.write_text(READINGS, encoding="utf-8")
    table = Table("score", "csv", ("s3://bucket/b.csv", str(fine)), {})
    said = str(unreadable(table, ValueError(f"no sense in {fine}\nand more")))
    assert said == "score/: expected tables that can be read: no sense in a.csv"


def test_the_summary_tells_who_was_left_out_and_why() -> None:
    told = {
        "accounts": {"with both": 1_000, "without posts": 2, "without readings": 0},
        "rows": {"activity": 12_345, "score": 6},
        "set_aside": {"activity": {"repost": 7}, "score": {}},
    }
    assert _summary(told) == [
        "1,000 accounts with posts and readings: 12,345 posts, 6 readings",
        "2 accounts without posts, left out",
        "set aside: 7 activity: repost",
    ]
