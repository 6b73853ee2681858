"""The two plain tables, as people and spreadsheets write them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import DailyCount, Extract, Format
from analysis.formats.registry import POSTS, read_posts, recognise
from analysis.formats.tables import ACTIVITY, DAILY, rows_of


def tree_of(root: Path, content: str | bytes, name: str = "table.csv") -> Tree:
    path = root / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Tree.at(path, f"raw/{name}")


def read(root: Path, source: Format, content: str | bytes) -> Extract:
    return read_posts(tree_of(root, content), (source,)).parts[0].extract


def problem_of(root: Path, source: Format, content: str | bytes) -> Problem:
    with pytest.raises(InputError) as caught:
        read(root, source, content)
    (problem,) = caught.value.problems
    assert str(problem).isprintable()
    assert problem.file == "raw/table.csv"
    return problem


def test_every_column_of_the_activity_table_is_read(tmp_path: Path) -> None:
    table = (
        "at,channel,id,url,text,reactions,comments,shares,views\n"
        "2012-05-08T09:30:00Z,talks,7,https://x.example/7,"
        '"Slides, at last: https://s.example/1",1,2,3,4\n'
    )
    (post,) = read(tmp_path, ACTIVITY, table).posts
    assert post.when == dt.datetime(2012, 5, 8, 9, 30, tzinfo=dt.UTC)
    assert (post.channel, post.id, post.url) == ("talks", "7", "https://x.example/7")
    assert post.text == "Slides, at last: https://s.example/1"
    assert post.links == ("https://s.example/1",)
    assert (post.reactions, post.comments, post.shares, post.views) == (1, 2, 3, 4)
    assert (post.member, post.pointer) == ("table.csv", "line 2")


@pytest.mark.parametrize(
    ("cell", "when"),
    [
        ("2012-05-08", dt.date(2012, 5, 8)),
        ("2012-05-08 09:30", dt.datetime(2012, 5, 8, 9, 30)),
        ("2012-05-08T09:30:15", dt.datetime(2012, 5, 8, 9, 30, 15)),
        ("2012-05-08T09:30:15Z", dt.datetime(2012, 5, 8, 9, 30, 15, tzinfo=dt.UTC)),
        (
            "2012-05-08T09:30:15-07:00",
            dt.datetime(2012, 5, 8, 9, 30, 15, tzinfo=dt.timezone(dt.timedelta(hours=-7))),
        ),
    ],
)
def test_a_time_is_exact_local_or_a_day(tmp_path: Path, cell: str, when: dt.date) -> None:
    (post,) = read(tmp_path, ACTIVITY, f"at,channel\n{cell},talks\n").posts
    assert post.when == when
    assert type(post.when) is type(when)
    assert getattr(post.when, "tzinfo", None) == getattr(when, "tzinfo", None)


def test_what_is_not_told_is_not_zero(tmp_path: Path) -> None:
    (post,) = read(tmp_path, ACTIVITY, "at,channel,reactions,views\n2012-05-08,talks,,0\n").posts
    assert (post.reactions, post.comments, post.views) == (None, None, 0)


def test_spreadsheets_add_a_mark_capitals_spaces_and_empty_lines(tmp_path: Path) -> None:
    table = '\ufeff"At", Channel,ID\r\n2012-05-08, talks ,1\r\n,,\r\n\r\n"2012-05-09",talks,2\r\n'
    posts = read(tmp_path, ACTIVITY, table).posts
    assert [(post.channel, post.id, post.pointer) for post in posts] == [
        ("talks", "1", "line 2"),
        ("talks", "2", "line 5"),
    ]


def test_a_quoted_field_may_hold_lines_and_quotes(tmp_path: Path) -> None:
    table = 'at,channel,text\n2012-05-08,talks,"one\n""two"", three"\n2012-05-09,talks,four\n'
    posts = read(tmp_path, ACTIVITY, table).posts
    assert [post.text for post in posts] == ['one\n"two", three', "four"]
    assert posts[1].pointer == "line 4"


def test_an_id_counts_once_a_channel(tmp_path: Path) -> None:
    table = "at,channel,id\n2012-05-08,talks,1\n2012-05-09,talks,1\n2012-05-09,radio,1\n"
    extract = read(tmp_path, ACTIVITY, table)
    assert [(post.channel, post.when.day) for post in extract.posts] == [("talks", 8), ("radio", 9)]
    assert extract.set_aside == {"duplicate": 1}
    without = read(tmp_path, ACTIVITY, "at,channel,id\n2012-05-08,talks,\n2012-05-08,talks,\n")
    assert len(without.posts) == 2


def test_the_table_speaks_from_its_first_day_on(tmp_path: Path) -> None:
    table = "at,channel\n2012-05-09T08:00Z,talks\n2012-05-08,talks\n2012-05-10 07:00,talks\n"
    assert read(tmp_path, ACTIVITY, table).since == dt.date(2012, 5, 8)
    empty = read(tmp_path, ACTIVITY, "at,channel\n")
    assert (empty.posts, empty.since) == ([], None)


def test_columns_that_nobody_asked_for_are_named(tmp_path: Path) -> None:
    extract = read(tmp_path, ACTIVITY, "at,channel,mood,\n2012-05-08,talks,fine,\n")
    assert extract.notes == ("columns not used: mood",)


@pytest.mark.parametrize(
    ("table", "place", "said"),
    [
        ("at,channel\nyesterday,talks\n", "line 2, column at", "found 'yesterday'"),
        ("at,channel\n,talks\n", "line 2, column at", "found ''"),
        ("at,channel\n0012-05-08,talks\n", "line 2, column at", "a year from 1970 to 2100"),
        ("at,channel\n2012-02-30,talks\n", "line 2, column at", "found '2012-02-30'"),
        ("at,channel\n2012-05-08,\n", "line 2, column channel", "found an empty cell"),
        ("at,channel\n2012-05-08\n", "line 2", "expected 2 fields, found 1"),
        ("at,channel\n2012-05-08,a,b\n", "line 2", "expected 2 fields, found 3"),
        ("at,channel,at\n", "line 1", "found 'at' twice"),
        ('at,channel\n"2012-05-08,talks\n', "line 2", "expected a CSV row"),
        ("at,channel,views\n2012-05-08,a,many\n", "line 2, column views", "found 'many'"),
        ("at,channel,views\n2012-05-08,a,1.5\n", "line 2, column views", "found '1.5'"),
        ("at,channel,views\n2012-05-08,a,1_000\n", "line 2, column views", "found '1_000'"),
        ("at,channel,views\n2012-05-08,a,1e300\n", "line 2, column views", "found '1e300'"),
        ("at,channel,views\n2012-05-08,a,-3\n", "line 2, column views", "zero or more, found -3"),
        ("at,channel\n2012-05-08,caf\udce9\n", "byte 25", "expected UTF-8 text"),
    ],
)
def test_a_broken_activity_table_names_the_place(
    tmp_path: Path, table: str, place: str, said: str
) -> None:
    problem = problem_of(tmp_path, ACTIVITY, table.encode(errors="surrogateescape"))
    assert (problem.kind, problem.place) == ("corrupt", place)
    assert said in problem.expected


def test_daily_counts_are_read_by_column(tmp_path: Path) -> None:
    extract = read(tmp_path, DAILY, "date,Tweets,photos\n2012-05-08,3,0\n2012-05-09,12.0,1\n")
    assert extract.counts == [
        DailyCount(dt.date(2012, 5, 8), "tweets", 3, "line 2"),
        DailyCount(dt.date(2012, 5, 8), "photos", 0, "line 2"),
        DailyCount(dt.date(2012, 5, 9), "tweets", 12, "line 3"),
        DailyCount(dt.date(2012, 5, 9), "photos", 1, "line 3"),
    ]
    assert not extract.posts


def test_empty_and_negative_counts_are_unknown(tmp_path: Path) -> None:
    extract = read(tmp_path, DAILY, "date,tweets\n2012-05-08,\n2012-05-09,-2\n2012-05-10,0\n")
    assert [count.posts for count in extract.counts] == [None, None, 0]
    assert extract.set_aside == {"negative count": 1}


@pytest.mark.parametrize(
    ("table", "kind", "place", "said"),
    [
        ("date,a\n2012-05-08,1\n2012-05-08,1\n", "invalid", "line 3", "2012-05-08 is in line 2"),
        ("date,a\n2012-05-08T09:00,1\n", "corrupt", "line 2, column date", "without a time"),
        ("date,a\n8 May,1\n", "corrupt", "line 2, column date", "found '8 May'"),
        ("date,a\n2012-05-08,x\n", "corrupt", "line 2, column a", "found 'x'"),
        ("date,a\n2012-05-08,nan\n", "corrupt", "line 2, column a", "found 'nan'"),
        ("date,a\n2012-05-08,inf\n", "corrupt", "line 2, column a", "found 'inf'"),
        ("date,a,\n2012-05-08,1,2\n", "corrupt", "line 1", "over every column"),
        ("date,a\n", "corrupt", "", "at least one row"),
    ],
)
def test_a_broken_daily_table_names_the_place(
    tmp_path: Path, table: str, kind: str, place: str, said: str
) -> None:
    problem = problem_of(tmp_path, DAILY, table)
    assert (problem.kind, problem.place) == (kind, place)
    assert said in problem.expected


@pytest.mark.parametrize(
    "table", ["", "when,channel\n1,2\n", "date\n2012-05-08\n", "date,score\n2012-05-08,1\n", "\n\n"]
)
def test_other_tables_are_not_taken(tmp_path: Path, table: str) -> None:
    assert recognise(tree_of(tmp_path, table), (ACTIVITY, DAILY)) is None


def test_of_several_tables_none_is_the_one(tmp_path: Path) -> None:
    content = "date,tweets\n2012-05-08,1\n"
    assert recognise(tree_of(tmp_path, content, "a.csv"), (DAILY,)) is not None
    tree_of(tmp_path, content, "b.csv")
    assert recognise(Tree.at(tmp_path, "raw"), (ACTIVITY, DAILY)) is None


def test_a_header_that_only_looks_right_is_told(tmp_path: Path) -> None:
    assert recognise(tree_of(tmp_path, '"x,at,channel,y"\n'), (ACTIVITY,)) is None
    cut = "at,channel," + "x" * 5000 + "\n"
    assert not read(tmp_path, ACTIVITY, cut).posts
    partial = "x" * 4085 + ",at,channel_of_mine\n2012-05-08,1,2\n"
    assert "a column channel" in problem_of(tmp_path, ACTIVITY, partial).expected


def test_the_tables_are_asked_for_by_name_only(tmp_path: Path) -> None:
    for content in ("at,channel\n2012-05-08,talks\n", "date,tweets\n2012-05-08,1\n"):
        assert recognise(tree_of(tmp_path, content), POSTS) is None


def test_a_real_activity_table(shared: Path) -> None:
    path = shared / "studies/simonw-2022-points/raw/activity.csv"
    extract = read_posts(Tree.at(path, "raw/activity.csv"), (ACTIVITY,)).parts[0].extract
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(extract.posts) + extract.set_aside["duplicate"] == len(rows)
    assert {post.channel for post in extract.posts} == {row["channel"] for row in rows}
    assert extract.posts[0].when == dt.datetime.fromisoformat(rows[0]["at"])


def test_a_real_daily_table(shared: Path) -> None:
    path = shared / "studies/followers-prasastipagi/raw/daily.csv"
    extract = read_posts(Tree.at(path, "raw/daily.csv"), (DAILY,)).parts[0].extract
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))[1:]
    known = [count.posts for count in extract.counts if count.posts is not None]
    assert len(extract.counts) == len(rows)
    assert sum(known) == sum(int(cell) for _, cell in rows if cell and int(cell) >= 0)
    assert len(rows) - len(known) == sum(not cell or int(cell) < 0 for _, cell in rows)


WILD = st.binary(max_size=60) | st.text(alphabet='0129-:TZ,"\n\r \ufeffé', max_size=60).map(
    str.encode
)


@given(st.sampled_from([b"at,channel,views\n", b"date,a,b\n", b""]), WILD)
@example(b"at,channel,views\n", b"2012-05-08,\0,1")
@example(b"date,a,b\n", b"9999-12-31T24:00,1,1")
def test_wild_tables_give_rows_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, header: bytes, content: bytes
) -> None:
    root = tmp_path_factory.getbasetemp()
    for source in (ACTIVITY, DAILY):
        said = ""
        extract = Extract()
        try:
            extract = read(root, source, header + content)
        except InputError as error:
            said = str(error)
        assert not said or said.isprintable()
        assert all(1970 <= post.when.year <= 2100 and post.channel for post in extract.posts)
        assert all(1970 <= count.day.year <= 2100 for count in extract.counts)


def test_a_long_table_is_not_held_as_text(tmp_path: Path) -> None:
    data = b"date,blog\n2012-05-06,1\n" + b"x\n" * 4_000_000
    (tmp_path / "daily.csv").write_bytes(data)
    tree = Tree.at(tmp_path / "daily.csv", "raw/daily.csv")
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"line 3: expected 2 fields, found 1"):
            list(rows_of(tree, "daily.csv"))
        assert tracemalloc.get_traced_memory()[1] < 4 * len(data)
    finally:
        tracemalloc.stop()


def test_more_posts_a_day_than_anyone_can_make_are_corrupt(tmp_path: Path) -> None:
    (tmp_path / "daily.csv").write_text("date,blog\n2012-05-06,1000000\n2012-05-07,1000001\n")
    with pytest.raises(InputError, match=r"line 3, column blog: expected at most 1,000,000 posts"):
        read_posts(Tree.at(tmp_path / "daily.csv", "raw/daily.csv"), (DAILY,))
