from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from blog_exports import at, damaged, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import folder, read, shared

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.post_table import POST_TABLE
from analysis.formats.registry import POSTS, read_posts, recognise

TABLE = (
    "Date,Title,URL,Text,Status,Mood\n"
    "2012-05-06T21:30:00-04:00,T & U,https://x.example/a,Read https://y.example/b,,good\n"
    "2012-05-09,U,https://x.example/b,,published,\n"
    "2012-05-08,V,https://x.example/c,,draft,\n"
    ",W,https://x.example/d,,,\n"
)


def test_a_table_of_posts(tmp_path: Path) -> None:
    found = read(POST_TABLE, folder(tmp_path, {"posts.csv": TABLE}))
    first, second = found.posts
    assert first.when == at("2012-05-06T21:30:00-04:00")
    assert (first.title, first.url) == ("T & U", "https://x.example/a")
    assert first.text == "T & U\nRead https://y.example/b"
    assert first.links == ("https://y.example/b",)
    assert (first.reactions, first.comments) == (None, None)
    assert (second.when, second.pointer) == (dt.date(2012, 5, 9), "line 3")
    assert found.set_aside == Counter({"draft": 1, "no date": 1})
    assert found.since == first.when
    assert found.notes == ("columns not used: mood",)


@pytest.mark.parametrize(
    "header",
    [
        "date,title,score",
        "date,title,value",
        "channel,date,title",
        "date,views",
        "title,url",
        "at,channel,title",
    ],
)
def test_other_tables_are_not_taken_for_posts(tmp_path: Path, header: str) -> None:
    content = header + "\n" + ",".join("1" for _ in header.split(",")) + "\n"
    assert POST_TABLE.recognise(folder(tmp_path, {"x.csv": content})) is None


def test_every_other_format_is_surer(tmp_path: Path) -> None:
    table = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility,title,url\n"
    found = recognise(folder(tmp_path, {"Shares.csv": table}), POSTS)
    assert found is not None
    assert found[0] is not POST_TABLE


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("date,title\n08.05.2012,a\n", "line 2, column date"),
        ("date,title\n2012-05-08\n", "line 2"),
        ("date,title\n0012-05-08,a\n", "line 2, column date"),
        ("date,title,title\n2012-05-08,a,b\n", "line 1"),
    ],
)
def test_a_broken_table_names_the_place(tmp_path: Path, content: str, place: str) -> None:
    problem = problem_of(POST_TABLE, tmp_path, "posts.csv", content)
    assert (problem.kind, problem.place) == ("corrupt", place)


def test_the_same_second_of_the_day_again_and_again_is_told(tmp_path: Path) -> None:
    days = [f"2012-05-{day:02}T12:00:00Z,a{day}\n" for day in range(1, 13)]
    found = read(POST_TABLE, folder(tmp_path, {"posts.csv": "date,title\n" + "".join(days)}))
    assert found.notes == (
        "12 of 12 posts are timed at exactly 12:00:00, which may stand for a time that is not "
        "known.",
    )


@given(damaged(TABLE.encode()))
@settings(deadline=None)
def test_a_damaged_table_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(POST_TABLE, "posts.csv", content)


def test_a_real_list_of_posts_and_its_files() -> None:
    root = shared("exports/sanand0")
    (part,) = read_posts(Tree.at(root / "blog_posts.csv")).parts
    assert part.format is POST_TABLE
    assert len(part.extract.posts) == 2595
    assert part.extract.set_aside == Counter()
    assert "columns not used: categories, path" in part.extract.notes
    listed = {(post.title, post.when) for post in part.extract.posts}
    (files,) = read_posts(Tree.at(root / "blog_md_sample")).parts
    titled = {(post.title, post.when) for post in files.extract.posts if post.title}
    assert len(titled) == 5
    assert titled <= listed


def test_a_real_table_of_several_channels_is_unknown() -> None:
    path = shared("exports/lisadebruine_2021/site_events.csv")
    with pytest.raises(InputError, match="found the columns channel, date, title, path"):
        read_posts(Tree.at(path))


def test_columns_and_states_of_any_content_stay_one_line(tmp_path: Path) -> None:
    odd = ",".join(f"\x1b{number}{'y' * 900}" for number in range(300))
    rows = "".join(f"2012-05-06,T,\x1b]0;{number},{',' * 299}\n" for number in range(99))
    found = read(POST_TABLE, folder(tmp_path, {"p.csv": f"date,title,status,{odd}\n{rows}"}))
    (note,) = found.notes
    assert note.startswith("columns not used: \\x1b0yyy")
    assert (note.isprintable(), len(note) <= 500) == (True, True)
    assert sum(found.set_aside.values()) == 99
    assert len(found.set_aside) == 51
    assert all(reason.isprintable() for reason in found.set_aside)
