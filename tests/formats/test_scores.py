"""Readings of a score, from tables, from Klout's answers, from snapshots."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from blog_exports import damaged, distorted
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import Readings, Score
from analysis.formats.klout import klout_changes, klout_score
from analysis.formats.registry import read_scores
from analysis.formats.reputation import REPUTATION
from analysis.formats.scores import SNAPSHOTS, TABLE, score_in
from analysis.study import inspect, score_table

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
    problem = problem_of(tmp_path, "day,klout,posts\n2012-05-08,47,2\n")
    assert problem.kind == "unknown"
    assert problem.expected == (
        "expected date,score, or a date and one number; found day, klout, posts: keep two columns"
    )
    assert problem_of(tmp_path, "name,age\nAda,36\n").kind == "unknown"


@pytest.mark.parametrize("first", ["day", "Timestamp", "Measured on"])
def test_a_date_and_one_number_are_a_score_whatever_it_is_called(
    tmp_path: Path, first: str
) -> None:
    table = f"{first},Karma (HN)\n2012-05-08,47\n2012-05-09,\n2012-05-10,1e2\n"
    found, why, readings = read_scores(tree_of(tmp_path, table, "score.csv"))
    assert found is TABLE
    assert [(reading.when.day, reading.value) for reading in readings] == [(8, 47.0), (10, 100.0)]
    assert why.why == "a CSV with a date, whose other column, karma (hn), is the score"
    assert readings.notes == ("The column karma (hn) is taken for the score.",)


def test_a_score_without_its_day_is_refused(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "score\n47.3\n")
    assert (problem.kind, problem.expected) == ("corrupt", "expected a column date")


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
        ('[{"date": "2012-05-08", "score": 4}, {"fault": 403}]', "item 2", "expected a score"),
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
        readings = [
            reading
            for reading in read_scores(Tree.at(samples / name, name))[2]
            if not reading.derived
        ]
        assert [reading.value for reading in readings] == [47.3, 47.52]
        assert [reading.when.day for reading in readings] == [8, 9]
    for name in ("v1_klout", "v1_users_show", "v2_user_score", "v2_user_show"):
        content = (samples / f"{name}.json").read_bytes()
        reading = read(tmp_path, content, f"{name}_2012-05-08.json")[0]
        assert (reading.when, round(reading.value, 1)) == (dt.date(2012, 5, 8), 47.3)
    identity = (samples / "v2_identity_twitter.json").read_bytes()
    assert problem_of(tmp_path, identity, "id_2012-05-08.json").kind == "unknown"
    refused = problem_of(tmp_path, (samples / "v2_error.json").read_bytes(), "e.json")
    assert refused.kind == "corrupt"
    assert refused.expected == (
        "expected a score, found 'Invalid or unprovided API key. All calls must have a key.'"
    )


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


def derived(readings: list[Score]) -> dict[dt.date, float]:
    return {
        (reading.when.date() if isinstance(reading.when, dt.datetime) else reading.when): (
            reading.value
        )
        for reading in readings
        if reading.derived
    }


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (
            {"score": 47.3, "scoreDelta": {"dayChange": 1, "weekChange": -2, "monthChange": 0.5}},
            {1: 1.0, 7: -2.0, 30: 0.5},
        ),
        ({"score": {"score": 47.3}, "scoreDeltas": {"dayChange": 1}}, {1: 1.0}),
        (
            {"users": [{"score": {"kscore": 47.3, "slope": 3, "delta_1day": -1, "delta_5day": 2}}]},
            {1: -1.0, 5: 2.0, 30: 3.0},
        ),
        ({"score": 47.3, "scoreDelta": {"dayChange": None, "weekChange": "1"}}, {}),
        ({"score": 47.3, "scoreDelta": {"dayChange": 1e9}}, {}),
        ({"score": 47.3, "scoreDelta": [1]}, {}),
        (None, {}),
    ],
)
def test_the_changes_that_an_answer_states(body: object, changes: dict[int, float]) -> None:
    assert klout_changes(body) == changes


def test_changes_tell_of_days_before_that_have_no_reading(tmp_path: Path) -> None:
    def line(day: int, score: float, **delta: float) -> str:
        when = f"2012-05-{day:02}T09:00:0{day % 7}Z"
        return json.dumps({"retrieved_at": when, "body": {"score": score, "scoreDelta": delta}})

    lines = [
        line(18, 47.0, dayChange=0.5, weekChange=1.5, monthChange=4),
        line(19, 48.0, dayChange=9, weekChange=2),
    ]
    readings = read(tmp_path, "\n".join(lines), "s.jsonl")
    assert [(reading.when.day, reading.value) for reading in readings if not reading.derived] == [
        (18, 47.0),
        (19, 48.0),
    ]
    assert derived(readings) == {
        dt.date(2012, 5, 17): 46.5,
        dt.date(2012, 5, 11): 45.5,
        dt.date(2012, 5, 12): 46.0,
        dt.date(2012, 4, 18): 43.0,
    }


def test_the_shortest_span_tells_a_day_best(tmp_path: Path) -> None:
    items = [
        {"date": "2012-05-09", "score": 50.0, "scoreDelta": {"weekChange": 5}},
        {"date": "2012-05-03", "score": 47.0, "scoreDelta": {"dayChange": 3}},
    ]
    assert derived(read(tmp_path, json.dumps(items), "s.json")) == {dt.date(2012, 5, 2): 44.0}


def test_a_longer_span_that_comes_later_does_not_stand_over_a_shorter_one(tmp_path: Path) -> None:
    near = {"date": "2012-05-10", "score": 50, "scoreDelta": {"dayChange": 1}}
    far = {"date": "2012-05-16", "score": 60, "scoreDelta": {"weekChange": 9}}
    for lines in ([near, far], [far, near]):
        readings = read(tmp_path, "\n".join(map(json.dumps, lines)), "s.jsonl")
        assert derived(readings)[dt.date(2012, 5, 9)] == 49


def test_what_is_derived_is_told_and_never_stands_over_a_reading(tmp_path: Path) -> None:
    """At any hour of the day and in any zone the reading itself stands for its day."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "study.toml").write_text(
        'title = "T"\ntimezone = "Asia/Tokyo"\nfocal = "blog"\n[score]\n'
        'path = "raw/s.jsonl"\nobserved_at = "23:00"\n[sources]\nblog = "raw/activity.csv"\n'
    )
    lines = [
        {"at": "2012-05-08T00:30:00+09:00", "score": 40.0},
        {"at": "2012-05-09T23:00:00+09:00", "score": 50.0, "scoreDelta": {"dayChange": 1}},
    ]
    (tmp_path / "raw/s.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = inspect(tmp_path)
    assert found.settings is not None
    assert found.readings is not None
    table = score_table(found.readings, found.settings)
    assert table["score"].tolist() == [40.0, 49.0, 50.0]
    assert table["derived"].tolist() == [False, True, False]
    assert [day.day for day in table["date"]] == [7, 8, 9]
    assert found.score_notes == (
        "1 reading(s) of earlier days are worked out from the changes that the answers state "
        "(over 1, 5 and 7 days, and a month taken for 30), where no reading of the day itself is "
        "there.",
    )


def test_errors_among_answers_are_gaps_that_are_told(tmp_path: Path) -> None:
    refused = {"retrieved_at": "2012-05-09T09:00:00Z", "body": {"error": 403, "description": "No"}}
    lines = "\n".join(map(json.dumps, [SNAPSHOT, refused]))
    readings = read_scores(tree_of(tmp_path, lines, "s.jsonl"))[2]
    assert [reading.value for reading in readings] == [47.3]
    assert readings.notes == ("1 answer(s) hold an error and no score, as 'No': gaps.",)


@pytest.mark.parametrize(
    ("body", "score"),
    [
        ({"id": "me", "created": 1, "karma": 7, "submitted": [1]}, 7.0),
        ({"items": [{"user_id": 1, "reputation": 101}], "has_more": False}, 101.0),
        ({"user_id": 1, "reputation": 101}, 101.0),
        ({"items": [{"reputation": 1}, {"reputation": 2}]}, None),
        ({"karma": "7"}, None),
        ({"score": 47.3}, 47.3),
    ],
)
def test_levels_of_other_networks(body: object, score: float | None) -> None:
    assert score_in(body) == score


def test_karma_read_day_by_day(tmp_path: Path) -> None:
    lines = [
        json.dumps({"retrieved_at": f"2024-05-0{day}T09:00:00Z", "body": {"karma": 100 + day}})
        for day in (1, 2, 3)
    ]
    readings = read(tmp_path, "\n".join(lines), "karma.jsonl")
    assert [reading.value for reading in readings] == [101.0, 102.0, 103.0]


def test_the_time_of_an_item_is_not_when_its_points_were_read(tmp_path: Path) -> None:
    item = {"by": "me", "id": 1, "score": 57, "time": 1336467603, "type": "story"}
    problem = problem_of(tmp_path, json.dumps(item), "item.json")
    assert "retrieved_at, or a date in the name" in problem.expected
    (reading,) = read(tmp_path, json.dumps(item | {"retrieved_at": "2012-05-09"}), "item.json")
    assert (reading.when, reading.value) == (dt.date(2012, 5, 9), 57.0)


class Captures(Tree):
    """A folder that tells what its members are captures of, as a web archive does."""

    def address(self, name: str) -> str:
        return f"https://api.example/{name}"

    def seen_at(self, name: str) -> dt.datetime:
        return dt.datetime(2024, 5, int(name[0]), tzinfo=dt.UTC)


def test_captures_are_dated_by_when_they_were_made(tmp_path: Path) -> None:
    for day in (1, 2):
        (tmp_path / f"{day}_user").write_text(json.dumps({"id": "me", "karma": day}))
    (tmp_path / "3_page").write_text("<html>hello</html>")
    plain = Tree.at(tmp_path, "raw")
    found, why, readings = read_scores(Captures(plain.root, plain.label, plain.names))
    assert found is SNAPSHOTS
    assert why.members == ("1_user", "2_user")
    assert [(reading.when, reading.value) for reading in readings] == [
        (dt.datetime(2024, 5, 1, tzinfo=dt.UTC), 1.0),
        (dt.datetime(2024, 5, 2, tzinfo=dt.UTC), 2.0),
    ]


DAY = 86_400


def change(day: float, size: int, post: int = 1, **more: object) -> dict[str, object]:
    """Return a change of reputation; day 0 is 2012-05-01."""
    moment = 1335830400 + int(day * DAY)
    kind = {"reputation_history_type": "post_upvoted", "post_id": post, "user_id": 1}
    return {"creation_date": moment, "reputation_change": size, **kind, **more}


def answers(*pages: tuple[list[object], bool]) -> list[str]:
    return [json.dumps({"items": items, "has_more": more}) for items, more in pages]


def reputation(root: Path, *pages: tuple[list[object], bool]) -> Readings:
    for number, page in enumerate(answers(*pages), start=1):
        (root / f"page{number}.json").write_text(page)
    found, _, readings = read_scores(Tree.at(root, "raw"))
    assert found is REPUTATION
    return readings


def test_reputation_is_added_up_to_the_end_of_every_day(tmp_path: Path) -> None:
    first = [change(3.5, 10), change(2.2, -2), change(0.2, 10), change(0.1, 10)]
    readings = reputation(tmp_path, (first, False))
    assert [(reading.when, reading.value) for reading in readings] == [
        (dt.datetime(2012, 5, 2, tzinfo=dt.UTC), 21.0),
        (dt.datetime(2012, 5, 3, tzinfo=dt.UTC), 21.0),
        (dt.datetime(2012, 5, 4, tzinfo=dt.UTC), 19.0),
    ]
    assert all(reading.derived for reading in readings)
    assert readings.notes == (
        "Reputation is added up from its changes, beginning with 1. Changes of 2012-05-04, the "
        "last day, are left out: it may have gone on.",
    )


def test_pages_that_overlap_count_once_and_twins_twice(tmp_path: Path) -> None:
    twin = change(0.1, 10)
    readings = reputation(
        tmp_path, ([change(1.5, 5), twin, twin], True), ([twin, change(0, 2)], True)
    )
    assert [reading.value for reading in readings] == [22.0]
    assert "the first level is set to 0" in readings.notes[0]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (change(0, 10) | {"creation_date": "soon"}, "items[0]: expected the time of a change"),
        (change(0, 10) | {"creation_date": 1e12}, "items[0]: expected the time of a change"),
        (change(0, 10) | {"user_id": 2}, "items: expected changes of one user, found 2"),
    ],
)
def test_broken_changes_name_the_place(tmp_path: Path, item: object, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        reputation(tmp_path, ([item, change(1, 2), change(2, 2)], False))


def test_a_cut_page_of_changes_is_no_gap(tmp_path: Path) -> None:
    whole, cut = answers(([change(1, 2), change(0, 2)], True), ([change(2, 2)], False))
    (tmp_path / "p1.json").write_text(whole)
    (tmp_path / "p2.json").write_text(cut[:-9])
    with pytest.raises(InputError, match=r"raw/p2\.json, line 1"):
        read_scores(Tree.at(tmp_path, "raw"))


CHANGES = {"items": [change(1.5, 10), change(0.1, 2)], "has_more": False}
KLOUT = [SNAPSHOT, {"date": "2012-05-09", "score": 48, "scoreDelta": {"weekChange": 2}}]


@given(
    st.sampled_from(["2012-05-08.json", "s.jsonl"]),
    distorted(CHANGES) | distorted(KLOUT) | damaged(json.dumps(CHANGES).encode()),
)
def test_wild_answers_give_readings_or_one_line(
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
    assert all(abs(reading.value) < 1e301 for reading in readings)


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("udacity_klout/klout.csv", "corrupt", "expected a column date"),
        ("udacity_klout/engagement-ratio.csv", "unknown", "found no known format"),
        ("twitter_followers_zakiego/user.csv", "unknown", "found the columns id, username, name"),
        ("lisadebruine_2021/site_events.csv", "unknown", "found the columns channel, date, title"),
    ],
)
def test_real_tables_that_are_no_score_say_why(
    shared: Path, name: str, kind: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_scores(Tree.at(shared / "exports" / name, name))
    (problem,) = caught.value.problems
    assert problem.kind == kind
    assert problem.expected.startswith(said)
