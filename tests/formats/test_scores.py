"""Readings of a score, from tables, from Klout's answers, from snapshots."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import Score
from analysis.formats.registry import read_scores
from analysis.formats.scores import SNAPSHOTS, TABLE, klout_score

SNAPSHOT = {"retrieved_at": "2012-05-08T09:00:03Z", "body": {"score": 47.3, "bucket": "40-49"}}


def tree_of(root: Path, content: str | bytes, name: str) -> Tree:
    path = root / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Tree.at(path, f"raw/{name}")


def read(root: Path, content: str | bytes, name: str = "score.csv") -> list[Score]:
    return read_scores(tree_of(root, content, name))[2]


def problem_of(root: Path, content: str | bytes, name: str = "score.csv") -> Problem:
    with pytest.raises(InputError) as caught:
        read(root, content, name)
    (problem,) = caught.value.problems
    assert str(problem).isprintable()
    assert problem.file == f"raw/{name}"
    return problem


def test_a_table_of_dates_and_scores(tmp_path: Path) -> None:
    table = (
        "\ufeffDate,Score,note\r\n2012-05-08,47.30,\r\n2012-05-09, 48 ,up\r\n2012-05-11,1e2,\r\n"
    )
    readings = read(tmp_path, table)
    assert [(reading.when, reading.value) for reading in readings] == [
        (dt.date(2012, 5, 8), 47.3),
        (dt.date(2012, 5, 9), 48.0),
        (dt.date(2012, 5, 11), 100.0),
    ]
    assert (readings[0].member, readings[0].pointer) == ("score.csv", "line 2")
    assert not any(reading.derived for reading in readings)


def test_a_table_may_tell_the_hour(tmp_path: Path) -> None:
    first, second = read(tmp_path, "date,score\n2012-05-08T06:00,47\n2012-05-08T18:00Z,48\n")
    assert first.when == dt.datetime(2012, 5, 8, 6)
    assert second.when == dt.datetime(2012, 5, 8, 18, tzinfo=dt.UTC)


def test_a_day_without_a_score_is_a_gap(tmp_path: Path) -> None:
    readings = read(tmp_path, "date,score\n2012-05-08,47\n2012-05-09,\n2012-05-10,0\n")
    assert [reading.value for reading in readings] == [47.0, 0.0]


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "-Infinity", "1e999", "n/a", "1,5", "1_0"])
def test_a_score_is_a_finite_number(tmp_path: Path, cell: str) -> None:
    problem = problem_of(tmp_path, f'date,score\n2012-05-08,47\n2012-05-09,"{cell}"\n')
    assert (problem.kind, problem.place) == ("corrupt", "line 3, column score")
    assert f"found {cell!r}" in problem.expected


@pytest.mark.parametrize("when", ["2012-05-08", "2012-05-08T06:00", "2012-05-08T06:00Z"])
def test_a_moment_has_one_score(tmp_path: Path, when: str) -> None:
    problem = problem_of(tmp_path, f"date,score\n{when},47\n2012-05-09,48\n{when},49\n")
    assert (problem.kind, problem.place) == ("invalid", "line 4")
    assert "line 2" in problem.expected


@pytest.mark.parametrize(
    ("table", "place", "said"),
    [
        ("date,score\n", "", "found none"),
        ("date,score\n2012-05-08,\n", "", "found none"),
        ("date,score\n2012-05-08\n", "line 2", "expected 2 fields"),
        ("date,score\n08.05.2012,47\n", "line 2, column date", "found '08.05.2012'"),
        ("date,score\n0012-05-08,47\n", "line 2, column date", "a year from 1970"),
        ("", "", "found an empty file"),
    ],
)
def test_a_broken_table_names_the_place(tmp_path: Path, table: str, place: str, said: str) -> None:
    problem = problem_of(tmp_path, table)
    assert (problem.kind, problem.place) == ("corrupt", place)
    assert said in problem.expected


def test_another_table_is_unknown(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "day,klout\n2012-05-08,47\n")
    assert problem.kind == "unknown"
    assert "date,score" in problem.expected


@pytest.mark.parametrize(
    "body",
    [
        {"score": 47.3},
        {"score": {"score": 47.3, "bucket": "40-49"}},
        {"users": [{"kscore": 47.3}]},
        {"status": 200, "users": [{"score": {"kscore": 47.3, "network_score": 55}}]},
    ],
)
def test_both_versions_of_the_api_are_understood(body: object) -> None:
    assert klout_score(body) == 47.3


@pytest.mark.parametrize(
    "body",
    [
        None,
        47.3,
        [],
        {},
        {"score": None},
        {"score": True},
        {"score": "47.3"},
        {"score": 10**400},
        {"score": float("inf")},
        {"users": []},
        {"users": [{"kscore": 1}, {"kscore": 2}]},
        {"id": "635000", "network": "ks"},
    ],
)
def test_an_answer_without_a_score_has_none(body: object) -> None:
    assert klout_score(body) is None


def test_a_score_nested_without_end_is_none() -> None:
    body: dict[str, object] = {"score": 1.0}
    for _ in range(5000):
        body = {"score": body}
    assert klout_score(body) is None


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("klout-2012-05-08.json", dt.date(2012, 5, 8)),
        ("20120508.json", dt.date(2012, 5, 8)),
        ("2012-05-08T09-30.json", dt.datetime(2012, 5, 8, 9, 30)),
        ("user_635000_2012-05-08_0930.json", dt.datetime(2012, 5, 8, 9, 30)),
    ],
)
def test_an_answer_is_dated_by_the_name_of_its_file(
    tmp_path: Path, name: str, when: dt.date
) -> None:
    (reading,) = read(tmp_path, '{"score": 47.3}', name)
    assert (reading.when, reading.value, reading.member) == (when, 47.3, name)


@pytest.mark.parametrize("name", ["klout.json", "20121308.json", "00120508.json", "635000.json"])
def test_an_answer_without_a_date_is_refused(tmp_path: Path, name: str) -> None:
    problem = problem_of(tmp_path, '{"score": 47.3}', name)
    assert problem.kind == "corrupt"
    assert "retrieved_at, or a date in the name" in problem.expected


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ({"date": "2012-05-08", "score": 47.3}, dt.date(2012, 5, 8)),
        (SNAPSHOT, dt.datetime(2012, 5, 8, 9, 0, 3, tzinfo=dt.UTC)),
        (
            {"timestamp": 1336467603, "score": 47.3},
            dt.datetime(2012, 5, 8, 9, 0, 3, tzinfo=dt.UTC),
        ),
    ],
)
def test_snapshots_tell_their_time(tmp_path: Path, line: object, when: dt.date) -> None:
    (reading,) = read(tmp_path, json.dumps(line), "score.jsonl")
    assert (reading.when, reading.value) == (when, 47.3)


def test_one_snapshot_a_line_one_array_or_one_file_each_are_the_same(tmp_path: Path) -> None:
    items = [{"date": f"2012-05-{day:02}", "score": day} for day in range(1, 10)]
    lines = "\n".join(map(json.dumps, items))
    expected = [(dt.date(2012, 5, day), float(day)) for day in range(1, 10)]
    for number, content in enumerate(
        (lines, lines + "\r\n\n", "\ufeff" + lines, json.dumps(items), json.dumps(items, indent=1))
    ):
        readings = read(tmp_path, content, f"s{number}.json")
        assert [(reading.when, reading.value) for reading in readings] == expected
    folder = tmp_path / "snapshots"
    folder.mkdir()
    for item in items:
        (folder / f"{item['date']}.json").write_text(json.dumps({"score": item["score"]}))
    readings = read_scores(Tree.at(folder, "raw/snapshots"))[2]
    assert [(reading.when, reading.value) for reading in readings] == expected


def test_a_day_that_two_snapshots_claim_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    folder.mkdir()
    (folder / "a.json").write_text('{"date": "2012-05-08", "score": 1}')
    (folder / "b.json").write_text('{"date": "2012-05-08", "score": 2}')
    with pytest.raises(InputError) as caught:
        read_scores(Tree.at(folder, "raw/snapshots"))
    assert str(caught.value) == (
        "raw/snapshots/b.json, item 1: expected every date once; 2012-05-08 is in a.json, "
        "item 1 too"
    )


ARRAY = json.dumps([SNAPSHOT, SNAPSHOT, SNAPSHOT], indent=2)


@pytest.mark.parametrize("end", [1, 5, 30, 60, 120, 200, len(ARRAY) - 1])
def test_a_half_written_array_is_corrupt_with_its_place(tmp_path: Path, end: int) -> None:
    problem = problem_of(tmp_path, ARRAY[:end], "score.json")
    assert problem.kind == "corrupt"
    assert problem.expected.startswith("expected JSON: ")
    line = re.fullmatch(r"line (\d+), column \d+", problem.place)
    assert line
    assert int(line[1]) in {
        ARRAY[:end].count("\n") + 1,
        ARRAY[:end].rstrip().count("\n") + 1,
    }


@pytest.mark.parametrize("cut", [1, 2, 10, 40])
def test_a_half_written_last_line_is_corrupt_with_its_place(tmp_path: Path, cut: int) -> None:
    lines = json.dumps(SNAPSHOT) + "\n" + json.dumps(SNAPSHOT | {"retrieved_at": "2012-05-09"})
    problem = problem_of(tmp_path, lines[:-cut], "score.jsonl")
    assert problem.kind == "corrupt"
    assert problem.place.startswith("line 2, column ")


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ('{"date": "2012-05-08", "score": NaN}', "line 1, column 1", "found NaN"),
        ('{"date": "2012-05-08", "score": Infinity}', "line 1, column 1", "found Infinity"),
        ('{"date": "2012-05-08", "score": 1e999}', "item 1", "expected a score"),
        ('{"date": "2012-05-08", "score": "47"}', "item 1", "expected a score"),
        ('{"date": "2012-05-08", "score": ' + "9" * 5000 + "}", "line 1, column 1", "JSON"),
        ('{"date": "soon", "score": 47}', "item 1, key date", "found 'soon'"),
        ('{"date": 1e300, "score": 47}', "item 1, key date", "seconds since 1970"),
        ('{"date": 1336467603000, "score": 47}', "item 1, key date", "seconds since 1970"),
        ('{"date": -62169958800, "score": 47}', "item 1, key date", "seconds since 1970"),
        ('[{"date": "2012-05-08", "score": 4}, {"error": 403}]', "item 2", "expected a score"),
        ('[{"date": "2012-05-08", "score": 4}, 7]', "item 2", "expected a score"),
        ('{"score": ' * 4000, "line 1, column 1", "fewer levels"),
    ],
)
def test_a_broken_snapshot_names_the_place(
    tmp_path: Path, content: str, place: str, said: str
) -> None:
    problem = problem_of(tmp_path, content, "score.json")
    assert (problem.kind, problem.place) == ("corrupt", place)
    assert said in problem.expected


def test_an_error_of_the_api_is_shown_as_what_it_says(tmp_path: Path) -> None:
    content = json.dumps(
        {"date": "2012-05-08", "body": {"error": 403, "description": "No\x1b key"}}
    )
    assert (
        problem_of(tmp_path, content, "s.json").expected == r"expected a score, found 'No\x1b key'"
    )


def test_json_without_a_score_is_unknown(tmp_path: Path) -> None:
    for content in ('{"posts": []}', "[]", "{}", "3"):
        assert problem_of(tmp_path, content, "posts.json").kind == "unknown"


def test_json_in_other_bytes(tmp_path: Path) -> None:
    content = json.dumps({"date": "2012-05-08", "score": 47, "note": "é"}, ensure_ascii=False)
    assert read(tmp_path, content.encode("utf-8-sig"), "s.json")[0].value == 47
    problem = problem_of(tmp_path, content.encode("latin-1"), "s.json")
    assert (problem.kind, problem.expected) == ("corrupt", "expected UTF-8 text")


def test_the_real_answers_of_klout(shared: Path, tmp_path: Path) -> None:
    samples = shared / "exports/native_samples/klout"
    for name in ("score_history.csv", "score_history_snapshots.jsonl"):
        readings = read_scores(Tree.at(samples / name, name))[2]
        assert [reading.value for reading in readings] == [47.3, 47.52]
        assert [reading.when.day for reading in readings] == [8, 9]
    for name in ("v1_klout", "v1_users_show", "v2_user_score", "v2_user_show"):
        content = (samples / f"{name}.json").read_bytes()
        (reading,) = read(tmp_path, content, f"{name}_2012-05-08.json")
        assert (reading.when, round(reading.value, 1)) == (dt.date(2012, 5, 8), 47.3)
    for name in ("v2_error", "v2_identity_twitter"):
        content = (samples / f"{name}.json").read_bytes()
        assert problem_of(tmp_path, content, f"{name}_2012-05-08.json").kind == "unknown"


@pytest.mark.parametrize(
    ("study", "count"), [("followers-kawalcovid19", 496), ("simonw-2022-points", 839)]
)
def test_real_scores(shared: Path, study: str, count: int) -> None:
    found, _, readings = read_scores(Tree.at(shared / "studies" / study / "raw/score.csv"))
    assert found is TABLE
    assert len(readings) == count


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["score", "kscore", "users", "body", "date", "at", "description"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["2012-05-08.json", "s.jsonl", "score.csv"]),
    st.binary(max_size=50)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.lists(VALUES, max_size=3).map(lambda values: "\n".join(map(json.dumps, values)).encode())
    | st.binary(max_size=30).map(b"date,score\n".__add__),
)
@example("s.jsonl", b'{"score": 1, "at": true}')
@example("s.jsonl", b'{"score": 1, "date": 253402300800}')
def test_wild_scores_give_readings_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    root = tmp_path_factory.getbasetemp()
    said, readings = "", []
    try:
        readings = read(root, content, name)
    except InputError as error:
        said = str(error)
    assert bool(said) != bool(readings)
    assert not said or said.isprintable()
    assert all(abs(reading.value) < 1e300 for reading in readings if name != "score.csv")


def test_the_two_formats_are_told_apart(tmp_path: Path) -> None:
    assert read_scores(tree_of(tmp_path, "date,score\n2012-05-08,1\n", "a.csv"))[0] is TABLE
    assert read_scores(tree_of(tmp_path, json.dumps(SNAPSHOT), "b.json"))[0] is SNAPSHOTS
