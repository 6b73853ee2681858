"""Revisits of web archives: what was seen again, unchanged, is a member with a time of its own."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.files import Tree, common
from tests.archives import packed, record, response
from tests.test_files import problem_of

PAGE = "https://blog.example/feed/"
BODY = b"<rss/>"
NAME = "20120622093000/blog.example/feed"
AGAIN = "20120624093000/blog.example/feed"
ABSENT = "in any archive of one folder; not found"


def digest(body: bytes, *, as_hex: bool = False) -> str:
    made = hashlib.sha1(body).digest()
    return f"sha1:{made.hex() if as_hex else base64.b32encode(made).decode()}"


def revisit(
    day: int,
    refers: str | int | None = 22,
    *,
    address: str = PAGE,
    to: str = PAGE,
    content: str = "",
    block: bytes = b"HTTP/1.1 304 Not Modified\r\n\r\n",
    length: int | None = None,
) -> bytes:
    """Return a revisit on a day of June 2012; ``refers`` is the day, or text of a date."""
    more = [] if not content else [f"WARC-Payload-Digest: {content}"]
    if refers is not None:
        date = f"2012-06-{refers:02}T09:30:00Z" if isinstance(refers, int) else refers
        more += [f"WARC-Refers-To-Target-URI: {to}", f"WARC-Refers-To-Date: {date}"]
    date = f"2012-06-{day:02}T09:30:00Z"
    return record(block, address, date=date, kind="revisit", more=more, length=length)


def page(body: bytes = BODY, *, address: str = PAGE, day: int = 22, content: str = "") -> bytes:
    more = [] if not content else [f"WARC-Payload-Digest: {content}"]
    return record(response(body), address, date=f"2012-06-{day:02}T09:30:00Z", more=more)


def folder(tmp_path: Path, **files: Iterable[bytes]) -> Tree:
    (tmp_path / "kept").mkdir()
    for name, records in files.items():
        (tmp_path / "kept" / f"{name}.warc.gz").write_bytes(packed(*records))
    return Tree.at(tmp_path / "kept", "raw/kept")


def content(tree: Tree) -> dict[str, bytes]:
    return {name: tree.bytes(name) for name in tree.names}


def repeated(tree: Tree) -> dict[str, str]:
    return {name: of for name in tree.names if (of := tree.repeats(name))}


def test_the_latest_of_a_file_is_a_member(tmp_path: Path) -> None:
    (tmp_path / "x.warc").write_bytes(page() + revisit(23) + revisit(24) + revisit(23))
    tree = Tree.at(tmp_path / "x.warc", "raw/x.warc")
    assert content(tree) == {NAME: BODY, AGAIN: BODY}
    assert tree.seen_at(AGAIN) == dt.datetime(2012, 6, 24, 9, 30, tzinfo=dt.UTC)
    assert (tree.address(AGAIN), tree.head(AGAIN, 3)) == (PAGE, BODY[:3])
    assert repeated(tree) == {AGAIN: NAME}
    assert tree.problems == ()
    assert list(tree.digests()) == ["raw/x.warc"]


def test_what_it_repeats_may_stand_in_another_file(tmp_path: Path) -> None:
    tree = folder(tmp_path, b=[page()], a=[revisit(23)], c=[revisit(24)], d=[page(b"new", day=25)])
    later = f"c.warc.gz/{AGAIN}"
    new = "d.warc.gz/20120625093000/blog.example/feed"
    assert content(tree) == {f"b.warc.gz/{NAME}": BODY, later: BODY, new: b"new"}
    assert repeated(tree) == {later: f"b.warc.gz/{NAME}"}
    assert tree.digest_of(later)[1] == "raw/kept/c.warc.gz"
    assert len(tree.digests()) == 4
    assert tree.below("c.warc.gz").bytes(AGAIN) == BODY
    assert repeated(tree.below("c.warc.gz")) == {}
    assert repeated(tree.only([later, new])) == {}
    (alone,) = Tree.at(tmp_path / "kept" / "d.warc.gz").names
    assert new.endswith(alone)


def test_each_content_of_an_address_has_its_last_sight(tmp_path: Path) -> None:
    first = [page(b"1"), revisit(23), revisit(24)]
    second = [page(b"2", day=25), revisit(26, 25), revisit(27, 25)]
    tree = folder(tmp_path, a=[*first, *second])
    assert [(name[10:18], tree.bytes(name)) for name in tree.names] == [
        ("20120622", b"1"),
        ("20120624", b"1"),
        ("20120625", b"2"),
        ("20120627", b"2"),
    ]


@pytest.mark.parametrize("as_hex", [False, True])
def test_by_the_digest_of_its_content(tmp_path: Path, as_hex: bool) -> None:
    same = digest(BODY, as_hex=as_hex)
    block = b"HTTP/1.1 200 OK\r\n\r\n"
    tree = folder(
        tmp_path,
        a=[page(content=digest(BODY))],
        b=[revisit(24, None, address="https://b.example/", content=same, block=block)],
    )
    assert content(tree)["b.warc.gz/20120624093000/b.example/index"] == BODY
    assert tree.problems == ()


def test_a_digest_of_something_else_is_believed_over_the_time(tmp_path: Path) -> None:
    other = page(b"other", address="https://b.example/", content=digest(b"other"))
    tree = folder(
        tmp_path,
        a=[page(content=digest(BODY)), other],
        b=[revisit(23, content=digest(b"other"))],
        c=[revisit(24, content=digest(b"nowhere"))],
    )
    assert content(tree)["b.warc.gz/20120623093000/blog.example/feed"] == b"other"
    assert f"c.warc.gz/{AGAIN}" not in tree.names
    (problem,) = tree.problems
    assert (problem.kind, problem.file) == ("absent", "raw/kept/c.warc.gz")


def test_what_is_nowhere_is_told_once_a_file_with_the_number(tmp_path: Path) -> None:
    lost = [revisit(day, 1) for day in (2, 3, 4)]
    tree = folder(tmp_path, a=[*lost, revisit(5, None), page()], b=[revisit(24), revisit(24, 2)])
    assert repeated(tree) == {f"b.warc.gz/{AGAIN}": f"a.warc.gz/{NAME}"}
    assert [(problem.kind, problem.file, problem.expected) for problem in tree.problems] == [
        ("absent", "raw/kept/a.warc.gz", f"expected the pages that 4 records repeat, {ABSENT}"),
        ("absent", "raw/kept/b.warc.gz", f"expected the page that 1 record repeats, {ABSENT}"),
    ]
    (tmp_path / "x.warc").write_bytes(lost[0])
    alone = Tree.at(tmp_path / "x.warc", "raw/x.warc")
    assert (alone.names, [problem.kind for problem in alone.problems]) == ((), ["absent"])
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "x.warc").write_bytes(lost[0])
    problem = problem_of(lambda: Tree.at(tmp_path / "empty", "raw/empty"), tmp_path)
    assert problem.kind == "absent"


def test_over_other_revisits(tmp_path: Path) -> None:
    chain = [revisit(day, day - 1) for day in range(23, 31)]
    tree = folder(tmp_path, a=[*reversed(chain[4:]), page()], b=chain[:4])
    assert repeated(tree) == {
        "a.warc.gz/20120630093000/blog.example/feed": f"a.warc.gz/{NAME}",
    }
    assert tree.problems == ()


def test_revisits_of_themselves_and_in_circles_lead_nowhere(tmp_path: Path) -> None:
    circle = [revisit(3, 4), revisit(4, 5), revisit(5, 3)]
    tree = folder(tmp_path, a=[page(), revisit(2, 2), *circle])
    assert tree.names == (f"a.warc.gz/{NAME}",)
    (problem,) = tree.problems
    assert "the pages that 4 records repeat" in problem.expected


@pytest.mark.parametrize(
    "odd",
    [
        revisit(24, block=b"HTTP/1.1 404 Not Found\r\n\r\n"),
        revisit(24, to="https://blog.example/gone", block=b""),
        revisit(22),  # the same address at the same time
        record(b"HTTP/1.1 304 Not Modified\r\n\r\n", kind="revisit", address=f"https://web.archive.org/web/20120622093000id_/{PAGE}"),
    ],
)  # fmt: skip
def test_what_is_no_later_sight_of_a_page_is_left_alone(tmp_path: Path, odd: bytes) -> None:
    gone = record(response(b"", status="404 Not Found"), "https://blog.example/gone")
    tree = folder(tmp_path, a=[page(), gone, odd])
    assert (tree.names, tree.problems) == ((f"a.warc.gz/{NAME}",), ())


def test_a_revisit_of_a_wrong_length_is_told(tmp_path: Path) -> None:
    tree = folder(tmp_path, a=[page(), revisit(24, length=9_000)])
    assert tree.names == (f"a.warc.gz/{NAME}",)
    assert [problem.kind for problem in tree.problems] == ["corrupt"]
    short = revisit(24, block=b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
    (tmp_path / "kept" / "a.warc.gz").write_bytes(packed(page(), short))
    assert repeated(Tree.at(tmp_path / "kept")) == {f"a.warc.gz/{AGAIN}": f"a.warc.gz/{NAME}"}


def test_a_damaged_page_is_told_under_its_own_name(tmp_path: Path) -> None:
    block = response(BODY)
    more = [f"WARC-Block-Digest: {digest(b'else')}"]
    tree = folder(tmp_path, a=[record(block, more=more)], b=[revisit(24)])
    problem = problem_of(lambda: tree.bytes(f"b.warc.gz/{AGAIN}"), tmp_path)
    assert (problem.kind, problem.file) == ("corrupt", f"raw/kept/a.warc.gz/{NAME}")


def test_thousands_of_revisits_of_a_big_page_are_one_member(tmp_path: Path) -> None:
    body = bytes(4_000_000)
    same = digest(body)
    records = [page(body, content=same)]
    for number in range(3_000):
        other = f"https://blog.example/{number}"
        records.append(revisit(23 + number % 5, None, address=other, content=same))
    tree = folder(tmp_path, a=records)
    assert len(tree.names) == 2
    assert sum(len(tree.bytes(name)) for name in tree.names) == 2 * len(body)


def test_too_many_revisits_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "MAX_MEMBERS", 5)
    tree = folder(tmp_path, a=[page(), *(revisit(23, day) for day in range(1, 12))])
    assert [problem.kind for problem in tree.problems] == ["corrupt", "absent"]
    assert "at most 5" in tree.problems[0].expected


def test_what_collecting_remembers_is_no_input(tmp_path: Path) -> None:
    tree = folder(tmp_path, a=[page()])
    before = tree.digests()
    for name in ("state.json", ".state.json.new", "note.json"):
        (tmp_path / "kept" / name).write_text('{"cursor": {}}')
    again = Tree.at(tmp_path / "kept", "raw/kept")
    assert again.names == (f"a.warc.gz/{NAME}", "note.json")
    assert again.digests().keys() - before.keys() == {"raw/kept/note.json"}
    (tmp_path / "kept" / "a.warc.gz").unlink()
    assert "state.json" in Tree.at(tmp_path / "kept").names
    (tmp_path / "kept" / "b.warc.gz").write_bytes(packed(page(), revisit(24)))
    assert Tree.at(tmp_path / "kept", "raw/kept").digests().keys() == {
        "raw/kept/b.warc.gz",
        "raw/kept/note.json",
    }


HEADERS = st.sampled_from(
    [
        "WARC-Refers-To-Date: 9999-12-31T23:59:59-14:00",
        "WARC-Refers-To-Date: \0",
        "WARC-Refers-To-Target-URI: \u202e",
        "WARC-Refers-To-Target-URI: " + "x" * 5000,
        "WARC-Payload-Digest: sha1:é=",
        "WARC-Payload-Digest: ::::",
        "WARC-Payload-Digest: sha1:" + "A" * 9000,
        f"WARC-Payload-Digest: {digest(BODY)}",
        f"WARC-Refers-To-Target-URI: <{PAGE}>",
        "WARC-Refers-To-Date: 2012-06-22T09:30:00Z",
    ]
)


@given(st.lists(st.lists(HEADERS, max_size=4), max_size=4))
def test_whatever_a_revisit_says_it_is_a_member_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, headers: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.warc.gz"
    odd = [record(b"", date="2012-06-24T09:30:00Z", kind="revisit", more=more) for more in headers]
    path.write_bytes(packed(page(content=digest(BODY)), *odd))
    said = ""
    try:
        tree = Tree.at(path, "raw/x")
        said = "".join(map(str, tree.problems))
        assert {tree.bytes(name) for name in tree.names} == {BODY}
        assert len(tree.names) <= 2
    except InputError as error:
        said = str(error)
    assert not said or (said.startswith("raw/x") and said.isprintable())
