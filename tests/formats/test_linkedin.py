from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

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
from analysis.formats.linkedin import LINKEDIN, unwrapped

LINK = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A"
SHARES = (
    "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\r\n"
    f'2012-05-08 01:30:00,{LINK}1,"New ""post""\n\nread, https://a.example/x.",'
    "https://blog.example/p/,,PUBLIC\r\n"
    f"2012-05-09 02:00:00,{LINK}2,a thought,,,MEMBER_NETWORK\r\n"
    f"2012-05-10 03:00:00,{LINK}3,,,,PUBLIC\r\n"
    f"2012-05-11 04:00:00,{LINK}4,,,https://media.example/1.jpg,PUBLIC\r\n"
    f"2012-05-11 04:00:00,{LINK}4,,,https://media.example/1.jpg,PUBLIC\r\n"
    f"0012-05-11 04:00:00,{LINK}5,an old one,,,PUBLIC\r\n"
)


def test_posts_shares_and_reshares_are_told_apart(tmp_path: Path) -> None:
    extract = read(LINKEDIN, folder(tmp_path, {"Shares.csv": SHARES}))
    assert [post.kind for post in extract.posts] == ["share", "post", "repost", "post"]
    assert extract.set_aside == Counter({"duplicate": 1, "impossible date": 1})
    first = extract.posts[0]
    assert first.when == dt.datetime(2012, 5, 8, 1, 30, tzinfo=dt.UTC)
    assert first.id == "urn:li:share:1"
    assert first.url == LINK + "1"
    assert first.text == 'New "post"\n\nread, https://a.example/x.'
    assert first.links == ("https://blog.example/p/", "https://a.example/x")
    assert (first.reactions, first.comments, first.shares, first.views) == (None,) * 4
    assert (first.member, first.pointer) == ("Shares.csv", "line 4")


@pytest.mark.parametrize("name", ["Shares.csv", "Complete/Shares_1234567.csv", "shares.CSV"])
def test_every_name_of_the_file_is_known(tmp_path: Path, name: str) -> None:
    assert len(read(LINKEDIN, folder(tmp_path, {name: SHARES})).posts) == 4


def test_columns_are_found_by_name_whatever_their_case_order_and_number(tmp_path: Path) -> None:
    header = '\ufeffSharedURL,"DATE",sharelink,ShareCommentary\n'
    table = header + "https://b.example/,2012-05-08 01:30:00,,hi\n"
    (post,) = read(LINKEDIN, folder(tmp_path, {"x/Shares.csv": table})).posts
    assert (post.kind, post.text, post.links) == ("share", "hi", ("https://b.example/",))
    assert (post.id, post.url) == ("", "")


def test_both_shares_files_of_one_export_count_once(tmp_path: Path) -> None:
    files = {"Shares.csv": SHARES, "Shares_7.csv": SHARES}
    assert len(read(LINKEDIN, folder(tmp_path, files)).posts) == 4


def test_other_tables_are_not_posts(tmp_path: Path) -> None:
    comments = 'Date,Link,Message\n2012-05-08 01:30:00,https://x.example,"a \\"b\\""\n'
    assert LINKEDIN.recognise(folder(tmp_path / "alone", {"Comments.csv": comments})) is None
    tree = folder(tmp_path / "both", {"Comments.csv": comments, "Shares.csv": SHARES})
    extract = read(LINKEDIN, tree)
    assert len(extract.posts) == 4
    assert extract.notes == ("Not posts, so not read: Comments.csv.",)


def test_a_header_of_another_table_is_unknown(tmp_path: Path) -> None:
    tree = folder(tmp_path, {"Shares.csv": "Ticker,Quantity\nACME,3\n"})
    with pytest.raises(InputError, match=r"raw/Shares\.csv: .*ticker, quantity") as caught:
        read(LINKEDIN, tree)
    assert caught.value.problems[0].kind == "unknown"


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ("", "line 1"),
        (SHARES.replace("2012-05-09 02:00:00", "yesterday"), "line 5, column Date"),
        (SHARES.replace("a thought,,,", "a thought,,,,,"), "line 5"),
        (SHARES[: SHARES.index(", https://a.ex")], "line 4"),
    ],
)
def test_a_broken_table_is_corrupt_at_its_line(tmp_path: Path, table: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        read(LINKEDIN, folder(tmp_path, {"Shares.csv": table}))
    (problem,) = caught.value.problems
    assert (problem.kind, problem.file, problem.place) == ("corrupt", "raw/Shares.csv", place)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('one"\n""\n"two', "one\n\ntwo"),
        ('"one"\n""\n"two"', "one\n\ntwo"),
        ('"A" is first"\n"and last is "B"', '"A" is first\nand last is "B"'),
        ('one"\r\n"two', "one\ntwo"),
        ('she said "yes"\n"no" said he\nthe end', 'she said "yes"\n"no" said he\nthe end'),
        ('a "quoted" line', 'a "quoted" line'),
        ("", ""),
    ],
)
def test_the_quotes_around_each_line_are_taken_off(written: str, meant: str) -> None:
    assert unwrapped(written) == meant


def test_folder_and_zip_give_the_same_rows(tmp_path: Path) -> None:
    tree = folder(tmp_path / "raw", {"Basic/Shares.csv": SHARES})
    assert_same_when_zipped(LINKEDIN, tree, tmp_path / "raw.zip")


@settings(deadline=None, max_examples=60)
@given(content=broken(SHARES.encode()))
def test_a_damaged_export_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(LINKEDIN, "Shares.csv", content)


def test_two_hundred_real_shares() -> None:
    tree = Tree.at(shared("exports/sanand0/linkedin"))
    extract = read(LINKEDIN, tree)
    assert len(extract.posts) + extract.set_aside["duplicate"] == 202
    assert not any('"\n"' in post.text for post in extract.posts)
    for post in extract.posts:
        number = post.id.rpartition(":")[2]
        if number.isdecimal():  # a post's number holds its time
            assert isinstance(post.when, dt.datetime)
            assert abs((int(number) >> 22) / 1000 - post.when.timestamp()) < 2


def test_the_sample_export() -> None:
    extract = read(LINKEDIN, Tree.at(shared("exports/native_samples/linkedin")))
    assert [post.kind for post in extract.posts] == ["share", "share"]
    assert extract.posts[0].id == "urn:li:ugcPost:7458194261025673216"
