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
from analysis.formats.linkedin import LINKEDIN, time_in, unwrapped

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


COMMENTS = (
    "Date,Link,Message\n"
    '2012-05-08 01:30:00,https://x.example,"a \\"b\\", c\n\nd"\n'
    "2012-05-08 01:31:00,https://x.example,plain\n"
)


def test_comments_are_counted_in_their_own_dialect_and_are_no_posts(tmp_path: Path) -> None:
    assert LINKEDIN.recognise(folder(tmp_path / "alone", {"Comments.csv": COMMENTS})) is None
    doubled = 'Date,Link,Message\n2012-05-08 01:30:00,https://x.example,"a ""b"", c"\n'
    tables = {"Comments.csv": COMMENTS, "Comments_7.csv": doubled, "Shares.csv": SHARES}
    extract = read(LINKEDIN, folder(tmp_path / "both", tables))
    assert len(extract.posts) == 4
    assert extract.set_aside["comment"] == 3
    assert (extract.notes, extract.problems) == ((), ())


@pytest.mark.parametrize(
    "table", ["", "Date,Link\n1,2\n", COMMENTS + "1,2,3,4\n", COMMENTS + '1,2,"cut']
)
def test_comments_that_cannot_be_counted_are_a_problem(tmp_path: Path, table: str) -> None:
    extract = read(LINKEDIN, folder(tmp_path, {"Comments.csv": table, "Shares.csv": SHARES}))
    assert len(extract.posts) == 4
    assert "comment" not in extract.set_aside
    (problem,) = extract.problems
    assert (problem.kind, problem.file) == ("corrupt", "raw/Comments.csv")


def test_other_tables_of_the_export_are_known_and_named(tmp_path: Path) -> None:
    notes = 'Notes:\n"When exporting, some of the addresses are missing."\n\nFirst Name,URL\nA,b\n'
    tables = {
        "Connections.csv": notes,
        "Company Follows.csv": "Organization,Followed On\nAcme,Sat Sep 05 08:12:14 UTC 2026\n",
        "Content.xlsx": "PK",
        "Reactions.csv": "Date,Type,Link\n",
        "Recommendations_Given.csv": "First Name\n",
        "Shares.csv": SHARES,
        "holidays.csv": "a,b\n",
    }
    tree = folder(tmp_path, tables)
    found = LINKEDIN.recognise(tree)
    assert found is not None
    assert set(tree.names) - set(found.members) == {"holidays.csv"}
    (note,) = LINKEDIN.read(tree, found).notes
    assert note == (
        "Not posts, so not read: Company Follows.csv, Connections.csv, Content.xlsx, "
        "Reactions.csv, Recommendations_Given.csv."
    )


def test_many_other_tables_are_told_by_their_number(tmp_path: Path) -> None:
    names = ("Certifications", "Courses", "Education", "Languages", "Logins", "Profile", "Skills")
    tables = {f"{name}.csv": "a\n" for name in (*names, "Positions", "Votes", "Learning")}
    (note,) = read(LINKEDIN, folder(tmp_path, {**tables, "Shares.csv": SHARES})).notes
    assert note.endswith("Learning.csv, Logins.csv, Positions.csv, Profile.csv and 2 more.")


MILLISECONDS = int(dt.datetime(2020, 5, 8, 1, 30, tzinfo=dt.UTC).timestamp()) * 1000 + 377
NUMBER = MILLISECONDS << 22 | 4242


@pytest.mark.parametrize(
    ("date", "urn", "quality"),
    [
        ("2020-05-08 01:30:00", f"share%3A{NUMBER}", "exact"),
        ("2020-05-08 01:30:59", f"ugcPost%3A{NUMBER}", "exact"),
        ("2020-05-08 01:31:01", f"activity%3A{NUMBER}", "disputed"),
        ("2020-05-07 18:30:00", f"groupPost%3A12345-{NUMBER}", "disputed"),
        ("", f"share%3A{NUMBER}", "derived"),
        ("2020-05-08 01:30:00", "share%3A5", "exact"),
        ("2020-05-08", f"share%3A{NUMBER}", "day"),
        ("", "share%3A5", None),
    ],
)
def test_a_posts_number_tells_how_well_its_time_is_known(
    tmp_path: Path, date: str, urn: str, quality: str | None
) -> None:
    table = SHARES.split("\r\n")[0] + f"\n{date},https://x.example/urn%3Ali%3A{urn},hi,,,PUBLIC\n"
    extract = read(LINKEDIN, folder(tmp_path, {"Shares.csv": table}))
    assert [post.time_quality for post in extract.posts] == ([quality] if quality else [])
    assert extract.set_aside == Counter({} if quality else {"no date": 1})
    if quality == "derived":
        moment = dt.datetime(2020, 5, 8, 1, 30, 0, 377_000, tzinfo=dt.UTC)
        assert extract.posts[0].when == moment


@pytest.mark.parametrize("number", ["9" * 15, "9" * 18, "9" * 20, "9" * 40, "-", "0" * 20, ""])
def test_a_number_that_holds_no_time_of_linkedins_holds_none(number: str) -> None:
    assert time_in(f"urn:li:share:{number}") is None


def test_what_is_not_for_everyone_is_set_aside_under_its_name(tmp_path: Path) -> None:
    seen_by = ["PUBLIC", "MEMBER_NETWORK", "logged_in", "", "CONNECTIONS", "CONTAINER", "x\x1b"]
    rows = [f"2020-05-08 01:30:0{n},{LINK}{n},hi,,,{who}" for n, who in enumerate(seen_by)]
    table = SHARES.split("\r\n")[0] + "\n" + "\n".join(rows) + "\n"
    extract = read(LINKEDIN, folder(tmp_path, {"Shares.csv": table}))
    assert len(extract.posts) == 4
    assert extract.set_aside == Counter(
        {"visibility CONNECTIONS": 1, "visibility CONTAINER": 1, "visibility X\\x1b": 1}
    )


def test_a_post_in_a_group_is_no_public_one_where_nothing_says_so(tmp_path: Path) -> None:
    link = f"https://x.example/urn%3Ali%3AgroupPost%3A12-{NUMBER}"
    older = f"Date,ShareLink,ShareCommentary\n2020-05-08 01:30:00,{link},hi\n"
    extract = read(LINKEDIN, folder(tmp_path, {"Shares.csv": older}))
    assert (extract.posts, extract.set_aside) == ([], Counter({"in a group": 1}))


def test_a_broken_table_among_several_is_a_problem(tmp_path: Path) -> None:
    files = {"Shares.csv": SHARES, "Shares_7.csv": "", "Complete/Shares_8.csv": SHARES[:-30]}
    extract = read(LINKEDIN, folder(tmp_path, files))
    assert len(extract.posts) == 4
    assert [(problem.kind, problem.file) for problem in extract.problems] == [
        ("corrupt", "raw/Complete/Shares_8.csv"),
        ("corrupt", "raw/Shares_7.csv"),
    ]


def test_columns_never_seen_before_are_told(tmp_path: Path) -> None:
    table = "Date,ShareLink,ShareCommentary,Mood\n2020-05-08 01:30:00,,hi,glad\n"
    extract = read(LINKEDIN, folder(tmp_path, {"Shares.csv": table}))
    assert extract.drift == Counter({"Shares*.csv: mood": 1})


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Complete_LinkedInDataExport_05-12-2026.zip", dt.datetime(2026, 5, 12, tzinfo=dt.UTC)),
        ("Basic_LinkedInDataExport_13-12-2026", None),
        ("export", None),
    ],
)
def test_the_archives_name_tells_the_day_of_the_export(
    tmp_path: Path, name: str, day: dt.datetime | None
) -> None:
    tree = folder(tmp_path, {f"{name}/Shares.csv": SHARES})
    assert read(LINKEDIN, tree).exported_at == day


def article(title: str, published: str, body: str = "<p>words</p>") -> str:
    link = "https://www.linkedin.com/pulse/on-lag-zoe"
    return (
        f"<html><head><title>{title}</title></head><body><img src='x.jpg'>"
        f'<h1><a href="{link}">{title}</a></h1>\n'
        '<p class="created">Created on 2020-05-07 09:00</p>\n'
        f'<p class="published">{published}</p>\n<div>{body}</div></body></html>'
    )


def test_articles_of_the_complete_export_are_read(tmp_path: Path) -> None:
    body = '<p>See <a href="https://b.example/p/">this</a> &amp; that</p>'
    files = {
        "Shares.csv": SHARES,
        "Articles/Articles/on-lag.html": article(
            "On &quot;lag&quot;", "Published on 2020-05-08 01:30", body
        ),
        "Articles/Articles/unfinished.html": article("Later", "Published on"),
        "Articles/Articles/again.html": article("On lag", "Published on 2020-05-08 01:30"),
        "Articles/Articles/odd.html": '<p>no time</p><a href="https://www.linkedin.com/pulse/y">y</a>',
        "notes/index.html": article("No", "Published on 2020-05-08 01:30"),
    }
    extract = read(LINKEDIN, folder(tmp_path, files))
    written = [post for post in extract.posts if post.kind == "article"]
    assert len(extract.posts) == 5
    (post,) = written
    assert post.member == "Articles/Articles/again.html"
    assert post.url == "https://www.linkedin.com/pulse/on-lag-zoe"
    assert (post.title, post.text) == ("On lag", "On lag\nwords")
    assert post.when == dt.datetime(2020, 5, 8, 1, 30, tzinfo=dt.UTC)
    assert extract.set_aside["draft"] == 1
    assert extract.set_aside["duplicate"] == 2
    assert [(problem.kind, problem.file) for problem in extract.problems] == [
        ("unknown", "raw/Articles/Articles/odd.html")
    ]
    assert extract.notes == ("1 article(s): the page tells the minute and no zone, taken as UTC.",)


def test_an_article_of_a_year_without_articles_is_set_aside(tmp_path: Path) -> None:
    files = {
        "Articles/a.html": article("A", "Published on 1970-01-01 00:00"),
        "Articles/b.html": article("B", "Published on 2020-05-08 01:30"),
    }
    extract = read(LINKEDIN, folder(tmp_path, files))
    assert [post.title for post in extract.posts] == ["B"]
    assert extract.set_aside == Counter({"impossible date": 1})


def test_an_articles_words_and_links_are_its_own(tmp_path: Path) -> None:
    body = '<p>See <a href="https://b.example/p/">this</a> &amp; that</p>'
    page = article("On &quot;lag&quot;", "Published on 2020-05-08 01:30", body)
    (post,) = read(LINKEDIN, folder(tmp_path, {"Articles/on-lag.html": page})).posts
    assert (post.title, post.text) == ('On "lag"', 'On "lag"\nSee this & that')
    assert post.links == ("https://b.example/p/",)


def test_pages_of_anyone_else_are_not_articles(tmp_path: Path) -> None:
    page = "<html><head><title>Menu</title></head><body><p>soup</p></body></html>"
    assert LINKEDIN.recognise(folder(tmp_path, {"Articles/menu.html": page})) is None


@settings(deadline=None, max_examples=60)
@given(content=broken(article("é", "Published on 2020-05-08 01:30").encode()))
def test_a_damaged_article_gives_a_row_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(LINKEDIN, "Articles/a.html", content)


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
    """One post of 2021 stands there five times, once for each size of its picture."""
    tree = Tree.at(shared("exports/sanand0/linkedin"))
    extract = read(LINKEDIN, tree)
    assert len(extract.posts) == 198
    assert extract.set_aside == Counter({"comment": 323, "duplicate": 4})
    rows = {2021: 27, 2022: 19, 2023: 11, 2024: 53, 2025: 71}
    posts = Counter(post.when.year for post in extract.posts if post.when.year > 2020)
    assert posts == rows | {2021: 27 - 4}
    assert {post.time_quality for post in extract.posts} == {"exact"}
    assert not any('"\n"' in post.text for post in extract.posts)
    for post in extract.posts:
        number = post.id.rpartition(":")[2].rpartition("-")[2]  # a post's number holds its time
        assert isinstance(post.when, dt.datetime)
        assert abs((int(number) >> 22) / 1000 - post.when.timestamp()) < 2
    assert (extract.problems, extract.drift) == ((), Counter())


def test_the_sample_export() -> None:
    extract = read(LINKEDIN, Tree.at(shared("exports/native_samples/linkedin")))
    assert [post.kind for post in extract.posts] == ["share", "share"]
    assert extract.posts[0].id == "urn:li:ugcPost:7458194261025673216"
    assert extract.posts[0].time_quality == "exact"
    assert extract.set_aside == Counter({"comment": 1})
    assert extract.notes == (
        "Not posts, so not read: Company Follows.csv, Connections.csv, Reactions.csv.",
    )
