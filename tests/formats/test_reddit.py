from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from network_exports import (
    assert_rows_or_input_error,
    assert_same_when_zipped,
    broken,
    folder,
    read,
    shared,
)

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.base import Extract
from analysis.formats.reddit import REDDIT

SITE = "https://www.reddit.com"
HEADER = "id,permalink,date,ip,subreddit,gildings,title,url,body\n"
POSTS = (
    HEADER + f"aa1,{SITE}/r/x/comments/aa1/t/,2015-06-03 22:18:00 UTC,,x,0,A link,"
    "https://blog.example/p/,\n"
    f"aa2,{SITE}/r/x/comments/aa2/t/,2015-06-04 00:00:00 UTC,,x,0,Words,/r/x/comments/aa2/t/,"
    '"see [it](https://a.example/b)\nbye"\n'
    f"aa3,{SITE}/r/x/comments/aa3/t/,2015-06-05 00:00:00 UTC,,x,0,Pic,https://i.redd.it/z.jpg,\n"
    f"aa4,{SITE}/r/x/comments/aa4/t/,0001-01-01 00:00:00 UTC,,x,0,Old,,\n"
    f"aa5,{SITE}/r/x/comments/aa5/t/,,,x,0,None,,\n"
)
COMMENTS = (
    "id,permalink,date,ip,subreddit,gildings,link,parent,body,media\n"
    f'cc1,{SITE}/r/x/comments/zz/cc1/,2014-08-27 00:59:46 UTC,,x,0,{SITE}/r/x,p,"a, ""b""\nc",\n'
)
FIRST = dt.datetime(2015, 6, 3, 22, 18, tzinfo=dt.UTC)


def t3(identifier: str = "aa1", **more: Any) -> dict[str, Any]:
    data = {
        "id": identifier,
        "name": f"t3_{identifier}",
        "author": "ada",
        "subreddit": "x",
        "title": "A link",
        "url": "https://blog.example/p/",
        "permalink": f"/r/x/comments/{identifier}/t/",
        "is_self": False,
        "selftext": "",
        "score": 12,
        "num_comments": 3,
        "created_utc": FIRST.timestamp(),
        **more,
    }
    return {"kind": "t3", "data": data}


def listing(*children: object) -> str:
    return json.dumps({"kind": "Listing", "data": {"after": "t3_a", "children": children}})


def extract_of(tmp_path: Path, **files: str) -> Extract:
    named = {name.replace("_csv", ".csv").replace("_json", ".json"): files[name] for name in files}
    return read(REDDIT, folder(tmp_path, named))


def test_an_export(tmp_path: Path) -> None:
    extract = extract_of(tmp_path, posts_csv=POSTS, comments_csv=COMMENTS)
    assert [post.kind for post in extract.posts] == ["share", "post", "photo"]
    assert extract.set_aside == Counter({"comment": 1, "impossible date": 1, "no date": 1})
    shared_link, words, _ = extract.posts
    assert (shared_link.when, shared_link.id) == (FIRST, "t3_aa1")
    assert shared_link.url == f"{SITE}/r/x/comments/aa1/t/"
    assert shared_link.links == ("https://blog.example/p/",)
    assert (shared_link.title, shared_link.text) == ("A link", "A link")
    assert words.links == ("https://a.example/b",)
    assert words.text == "Words\nsee [it](https://a.example/b)\nbye"
    assert (words.reactions, words.comments, words.member) == (None, None, "posts.csv")
    assert (extract.since, extract.exported_at) == (None, None)
    assert not extract.drift


def test_the_case_and_the_order_of_columns_make_no_difference(tmp_path: Path) -> None:
    table = (
        "\ufeffTitle,URL,ID,Permalink,Date,Subreddit,Extra\n"
        "T,https://blog.example/,b1,/r/x/comments/b1/t/,2015-06-03 22:18:00 UTC,x,1\n"
    )
    extract = extract_of(tmp_path, posts_1_csv=table, posts_2_csv=POSTS)
    assert [post.id for post in extract.posts] == ["t3_b1", "t3_aa1", "t3_aa2", "t3_aa3"]
    assert extract.posts[0].url == f"{SITE}/r/x/comments/b1/t/"
    assert extract.drift == Counter({"posts.csv: column.extra": 1})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2024-01-02 03:04:05 UTC", dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
        ("never", None),
    ],
)
def test_when_the_export_was_made(tmp_path: Path, said: str, expected: dt.datetime | None) -> None:
    statistics = f"statistic,value\naccount name,ada\nexport time,{said}\n"
    extract = extract_of(tmp_path, posts_csv=POSTS, statistics_csv=statistics)
    assert extract.exported_at == expected


@pytest.mark.parametrize(
    "statistics",
    [
        "name,value\nexport time,2024-01-02 03:04:05 UTC\n",
        "statistic,value\naccount name,ada\n",
        "statistic,value\n",
    ],
)
def test_statistics_that_do_not_tell_when_the_export_was_made(
    tmp_path: Path, statistics: str
) -> None:
    extract = extract_of(tmp_path, posts_csv=POSTS, statistics_csv=statistics)
    assert (extract.exported_at, extract.problems) == (None, ())


def test_comments_alone_are_known_and_no_posts(tmp_path: Path) -> None:
    extract = extract_of(tmp_path, comments_csv=COMMENTS)
    assert (extract.posts, extract.set_aside) == ([], Counter({"comment": 1}))


def test_a_listing(tmp_path: Path) -> None:
    extract = extract_of(
        tmp_path,
        a_json=listing(
            t3(new_key=1),
            t3(
                "aa2",
                is_self=True,
                selftext="hi https://a.example/",
                url=f"{SITE}/r/x/comments/aa2/",
            ),
            {"kind": "t1", "data": {"author": "ada", "created_utc": 1_400_000_000}},
            {"kind": "t5", "data": {"author": "ada"}},
            t3("aa3", author="bob"),
            t3("aa4", subreddit_type="private"),
            t3("aa5", created_utc=-62_169_958_800),
            t3("aa1"),
            None,
        ),
    )
    link, words = extract.posts
    assert (link.reactions, link.comments, link.shares) == (12, 3, None)
    assert (link.when, link.kind) == (FIRST, "share")
    assert (words.kind, words.links) == ("post", ("https://a.example/",))
    assert extract.set_aside == Counter(
        {
            "comment": 1,
            "t5": 1,
            "another account": 1,
            "private": 1,
            "impossible date": 1,
            "duplicate": 1,
            "not a post": 1,
        }
    )
    assert extract.since == dt.datetime.fromtimestamp(1_400_000_000, dt.UTC)
    assert extract.drift == Counter({"listing: data.new_key": 1})


def test_an_export_and_a_listing_count_each_post_once_with_its_counts(tmp_path: Path) -> None:
    extract = extract_of(tmp_path, posts_csv=POSTS, z_json=listing(t3()))
    assert [post.reactions for post in extract.posts] == [12, None, None]
    assert extract.set_aside["duplicate"] == 1
    assert extract.since is None


def test_a_score_below_zero_is_no_number_of_reactions(tmp_path: Path) -> None:
    (post,) = extract_of(tmp_path, a_json=listing(t3(score=-3, num_comments=True))).posts
    assert (post.reactions, post.comments) == (None, None)


def test_a_cut_table_among_several_files_is_named(tmp_path: Path) -> None:
    cut = POSTS[: POSTS.index("A link")]
    extract = extract_of(tmp_path / "both", posts_csv=cut, z_json=listing(t3()))
    assert len(extract.posts) == 1
    assert [problem.file for problem in extract.problems] == ["raw/posts.csv"]
    with pytest.raises(InputError, match=r"raw/posts\.csv, line 2: expected 9 fields"):
        extract_of(tmp_path / "one", posts_csv=cut)


@pytest.mark.parametrize(
    "header",
    [
        "id,permalink\n",
        "id,permalink,thread_id,date,ip,from,to,subject,body\n",
        "Date,ShareLink,ShareCommentary\n",
        "at,channel,id,permalink\n",
    ],
)
def test_other_tables_are_not_ours(tmp_path: Path, header: str) -> None:
    assert REDDIT.recognise(folder(tmp_path, {"posts.csv": header})) is None


def test_other_json_is_not_ours(tmp_path: Path) -> None:
    for number, content in enumerate(('{"kind": "Listing"}', '{"children": []}', "[]", "7")):
        tree = folder(tmp_path / str(number), {"x.json": content})
        assert REDDIT.recognise(tree) is None


def test_the_other_tables_of_a_request_are_known_and_not_read(tmp_path: Path) -> None:
    files = {"posts.csv": POSTS, "messages.csv": "\xff", "ip_logs.csv": "", "own.csv": "a\n1\n"}
    tree = folder(tmp_path, files)
    found = REDDIT.recognise(tree)
    assert found is not None
    assert set(tree.names) - set(found.members) == {"own.csv"}
    extract = REDDIT.read(tree, found)
    assert (len(extract.posts), extract.problems) == (3, ())


def test_folder_and_zip_read_alike(tmp_path: Path) -> None:
    files = {"posts.csv": POSTS, "comments.csv": COMMENTS, "messages.csv": "id,body\n1,secret\n"}
    assert_same_when_zipped(REDDIT, folder(tmp_path / "a", files), tmp_path / "a.zip")


def test_the_real_samples() -> None:
    extract = read(REDDIT, Tree.at(shared("exports/native_samples/reddit")))
    (post,) = extract.posts
    assert (post.id, post.reactions, post.comments) == ("t3_38focg", 12, 3)
    assert post.links == ("https://blog.example.org/2015/06/p/",)
    assert extract.set_aside == Counter({"comment": 1, "duplicate": 1})
    assert not extract.drift


@settings(max_examples=100, deadline=None)
@given(broken(POSTS.encode()))
def test_a_broken_table_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(REDDIT, "posts.csv", content)


@settings(max_examples=150, deadline=None)
@given(broken(listing(t3(), t3("aa2", is_self=True, selftext="x")).encode()))
def test_a_broken_listing_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(REDDIT, "x.json", content)
