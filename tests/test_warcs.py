"""Web archives: captured pages as members, and what is torn is told beside what is whole."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.warcwriter import WARCWriter

from analysis.errors import InputError
from analysis.files import Tree, common, warcs
from tests.archives import packed, record, response
from tests.test_files import folder_of, problem_of


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


NAME = "20120622093000/blog.example/feed"
Join = Callable[..., bytes]
JOINS: list[Join] = [lambda *records: b"".join(records), packed]


def warc(tmp_path: Path, data: bytes, name: str = "x.warc.gz") -> Tree:
    path = tmp_path / name
    path.write_bytes(data)
    return Tree.at(path, f"raw/{name}")


@pytest.mark.parametrize("join", JOINS)
@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz", "captures"])
def test_pages_are_members(tmp_path: Path, join: Join, name: str) -> None:
    data = join(
        record(b"software: needle\r\n", kind="warcinfo"),
        record(b"GET /feed/ HTTP/1.1\r\n\r\n", kind="request"),
        record(response(b"<rss/>")),
        record(response(b"gone", status="404 Not Found"), "https://blog.example/gone"),
        record(response(b"same"), kind="revisit"),
        record(response(b"{}"), "https://API.example:8080/v1/posts.json?page=2&a=b/c"),
        record(response(b""), "https://blog.example/", date="2012-06-22T11:30:00.25+02:00"),
    )
    tree = warc(tmp_path, data, name)
    assert {member: tree.bytes(member) for member in tree.names} == {
        NAME: b"<rss/>",
        "20120622093000/api.example_8080/v1/posts@page=2_a=b_c.json": b"{}",
        "20120622093000/blog.example/index": b"",
    }
    assert tree.address(NAME) == "https://blog.example/feed/"
    assert tree.seen_at(NAME) == dt.datetime(2012, 6, 22, 9, 30, tzinfo=dt.UTC)
    quarter = tree.seen_at("20120622093000/blog.example/index")
    assert quarter == dt.datetime(2012, 6, 22, 9, 30, 0, 250_000, tzinfo=dt.UTC)
    (problem,) = tree.problems  # the revisit does not say of what it is one
    assert (problem.kind, problem.file) == ("absent", f"raw/{name}")
    assert list(tree.digests()) == [f"raw/{name}"]
    assert tree.digest_of(NAME)[1] == f"raw/{name}"


def test_what_warcio_writes_is_read(tmp_path: Path) -> None:
    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=True)
    for number in range(3):
        body = gz(b"page %d" % number)
        answer = io.BytesIO(response(body, "Content-Encoding: gzip"))
        address = f"https://blog.example/{number}"
        date = {"WARC-Date": f"2012-06-22T09:30:0{number}Z"}
        made = writer.create_warc_record(address, "response", answer, warc_headers_dict=date)
        writer.write_record(made)
        made.raw_stream.close()
    tree = warc(tmp_path, stream.getvalue())
    assert [tree.bytes(name) for name in tree.names] == [b"page 0", b"page 1", b"page 2"]
    flipped = bytearray(stream.getvalue())
    flipped[len(flipped) // 2] ^= 64
    with pytest.raises(InputError, match="expected"):
        warc(tmp_path, bytes(flipped)).bytes(tree.names[1])


def test_one_address_in_one_second_has_two_names(tmp_path: Path) -> None:
    twice = [record(response(b"%d" % number), "https://a.example/x.json") for number in range(3)]
    tree = warc(tmp_path, packed(*twice))
    stem = "20120622093000/a.example/x"
    assert tree.names == (f"{stem}.json", f"{stem}~2.json", f"{stem}~3.json")
    assert [tree.bytes(name) for name in tree.names] == [b"0", b"1", b"2"]


@pytest.mark.parametrize(
    "address",
    ["", "https://[::1/x", "https://a/../../etc/passwd", "file:///etc/passwd", "https://a/%00\x07\u202e",
     "https://a/" + "b" * 4000, "https://user:pw@a/x"],
)  # fmt: skip
def test_hostile_addresses_are_only_names(tmp_path: Path, address: str) -> None:
    tree = warc(tmp_path, packed(record(response(b"1"), address)))
    (name,) = tree.names
    assert name.startswith("20120622093000/")
    assert name.isprintable()
    assert len(name) < 220
    assert ".." not in name.split("/")
    assert "pw" not in name
    assert tree.bytes(name) == b"1"


BODY = b"<p>words</p>" * 50
CHUNKED = b"5;ext=1\r\n<p>wo\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) - 5, BODY[5:])
RAW_DEFLATE = zlib.compress(BODY)[2:-4]
GZ = "Content-Encoding: gzip"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, ()),
        (gz(BODY), (GZ,)),
        (gz(BODY), ("content-encoding: X-GZIP",)),
        (BODY, (GZ,)),  # a header that lies
        (gz(BODY), ()),  # none where there should be one
        (gz(gz(BODY)), (GZ,)),
        (gz(gz(BODY)), ("Content-Encoding: gzip, gzip",)),
        (gz(BODY[:70]) + gz(BODY[70:]), (GZ,)),
        (gz(BODY) + b"junk", (GZ,)),
        (zlib.compress(BODY), ("Content-Encoding: deflate",)),
        (RAW_DEFLATE, ("Content-Encoding: deflate",)),
        (BODY, ("Content-Encoding: deflate",)),
        (BODY, ("Content-Encoding: identity",)),
        (CHUNKED, ("Transfer-Encoding: chunked",)),
        (BODY, ("Transfer-Encoding: chunked",)),
        (CHUNKED.replace(b"\r\n", b"\n"), ("Transfer-Encoding: chunked",)),
    ],
)
def test_a_body_is_what_the_server_meant(
    tmp_path: Path, body: bytes, headers: tuple[str, ...]
) -> None:
    assert warc(tmp_path, packed(record(response(body, *headers)))).bytes(NAME) == BODY


@pytest.mark.parametrize(
    ("body", "header", "kind", "said"),
    [
        (gz(BODY)[:-12], GZ, "corrupt", "ends too early"),
        (gz(BODY)[:20] + bytes(9), GZ, "corrupt", "can be unpacked"),
        (gz(bytes(30_000_000)), GZ, "corrupt", "at most"),
        (CHUNKED[:-40], "Transfer-Encoding: chunked", "corrupt", "the body ends here"),
        (b"1\r\nx\r\nmore\r\n", "Transfer-Encoding: chunked", "corrupt", "length of a chunk"),
        (b"1\r\nx\r\n-1\r\n", "Transfer-Encoding: chunked", "corrupt", "length of a chunk"),
        (b"x", "Content-Encoding: br", "unknown", "found br"),
    ],
)
def test_a_damaged_body_is_told_when_it_is_read(
    tmp_path: Path, body: bytes, header: str, kind: str, said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(common, "MAX_RATIO", 500)
    tree = warc(tmp_path, packed(record(response(body, header)), record(response(b"1"))))
    problem = problem_of(lambda: tree.bytes(NAME), tmp_path)
    assert (problem.kind, problem.file) == (kind, f"raw/x.warc.gz/{NAME}")
    assert said in problem.expected
    assert tree.bytes(f"{NAME}~2") == b"1"


@pytest.mark.parametrize("join", JOINS)
def test_a_torn_last_record_leaves_the_ones_before_it(tmp_path: Path, join: Join) -> None:
    one = join(record(response(b"1" * 400)))
    data = one + join(record(response(b"2" * 400), "https://blog.example/2"))
    for end in range(len(one) + 1, len(data) - 12):
        tree = warc(tmp_path, data[:end])
        assert tree.names == (NAME,)
        assert tree.bytes(NAME) == b"1" * 400
        (problem,) = tree.problems
        assert (problem.kind, problem.file) == ("corrupt", "raw/x.warc.gz")
        assert problem.place == f"record at byte {len(one):,}"
    folder = folder_of(tmp_path / "x", {"y.warc.gz": data[:-40], "z.warc": b"WARC/1.0\r\n"})
    inside = Tree.at(folder, "raw/x")
    assert inside.names == (f"y.warc.gz/{NAME}",)
    assert [problem.file for problem in inside.problems] == ["raw/x/y.warc.gz", "raw/x/z.warc"]
    assert inside.address(inside.names[0]) == "https://blog.example/feed/"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", None),
        (b"hello", "starts with WARC/"),
        (record(response(b"1"), length=99), "the file ends here"),
        (record(response(b"1")).replace(b"Content-Length: ", b"Content-Length: x"), "found x"),
        (b"WARC/1.0\r\n" + b"x" * 2_000_000, "rest of the record's header"),
        (gz(record(response(b"1")) * 2), "packed by itself"),
    ],
)
def test_an_archive_without_a_whole_record_is_refused(
    tmp_path: Path, data: bytes, said: str | None
) -> None:
    if said is None:
        assert warc(tmp_path, data).names == ()
        return
    problem = problem_of(lambda: warc(tmp_path, data), tmp_path)
    assert problem.kind == "corrupt"
    assert said in problem.expected


def test_a_record_that_is_not_what_it_says_is_not_believed(tmp_path: Path) -> None:
    block = response(b"1")
    sha1 = base64.b32encode(hashlib.sha1(block).digest()).decode()
    right = f"WARC-Block-Digest: sha1:{sha1}"
    wrong = f"WARC-Block-Digest: sha256:{'0' * 64}"
    cut = "WARC-Truncated: length"
    other = "WARC-Block-Digest: md99:abc"
    data = packed(*(record(block, more=[each]) for each in (right, wrong, cut, other)))
    tree = warc(tmp_path, data)
    assert tree.bytes(NAME) == tree.bytes(f"{NAME}~4") == b"1"
    assert "Digest" in problem_of(lambda: tree.bytes(f"{NAME}~2"), tmp_path).expected
    assert "cut short" in problem_of(lambda: tree.bytes(f"{NAME}~3"), tmp_path).expected
    undated = warc(tmp_path, packed(record(block, date="yesterday"), record(block)))
    assert undated.names == (NAME,)
    assert undated.problems[0].expected == "expected a WARC-Date, found yesterday"


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warcs, "MAX_BODY_BYTES", 100)
    tree = warc(tmp_path, packed(record(response(b"1" * 200)), record(response(b"1"))))
    assert "at most 100" in problem_of(lambda: tree.bytes(NAME), tmp_path).expected
    monkeypatch.setattr(common, "MAX_MEMBERS", 1)
    assert len(warc(tmp_path, packed(*[record(response(b"1"))] * 3)).problems) == 1


def test_a_record_that_is_a_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = record(response(b"one"), "https://blog.example/1")
    bomb = record(response(bytes(30_000_000)), "https://blog.example/2")
    path = tmp_path / "x.warc.gz"
    path.write_bytes(packed(good, bomb, good))
    tree = Tree.at(path, "raw/x.warc.gz")
    assert len(tree.names) == 1
    (problem,) = tree.problems
    assert "expected at most 1,000 times its packed size" in problem.expected
    monkeypatch.setattr(common, "MAX_RATIO", 2_000)
    assert len(Tree.at(path, "raw/x.warc.gz").names) == 3


def test_records_are_found_again_without_reading_the_others(tmp_path: Path) -> None:
    pages = [
        record(response(b"%d" % number), f"https://a.example/{number}") for number in range(200)
    ]
    tree = warc(tmp_path, packed(*pages))
    path = tmp_path / "x.warc.gz"
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    path.write_bytes(bytes(half) + data[half:])
    assert tree.bytes("20120622093000/a.example/199") == b"199"


WHOLE = record(response(BODY)) + record(response(gz(BODY), GZ), "https://b.example")


@given(
    st.booleans(),
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 9), st.binary(max_size=6)), max_size=4
    ),
    st.integers(0, len(WHOLE)),
)
def test_any_damage_is_told_or_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    is_packed: bool,
    edits: list[tuple[int, int, bytes]],
    end: int,
) -> None:
    data = packed(WHOLE[: len(WHOLE) // 2], WHOLE[len(WHOLE) // 2 :]) if is_packed else WHOLE
    for start, length, put in edits:
        data = data[:start] + put + data[start + length :]
    path = tmp_path_factory.getbasetemp() / "damaged.warc"
    path.write_bytes(data if edits else data[:end])
    said = ""
    try:
        tree = Tree.at(path, "raw/x")
        said = "".join(map(str, tree.problems))
        for name in tree.names:
            tree.bytes(name)
    except InputError as error:
        said = str(error)
    assert not said or (said.startswith("raw/x") and said.isprintable())


@pytest.mark.parametrize("kind", ["application/gzip", "Application/X-Tar", "application/zip"])
def test_a_body_that_is_packed_by_its_kind_stays_packed(tmp_path: Path, kind: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode()
    tree = warc(tmp_path, packed(record(head + gz(BODY))))
    assert tree.bytes(NAME) == gz(BODY)


@pytest.mark.parametrize("join", JOINS)
def test_an_answer_that_is_no_page_needs_no_date(tmp_path: Path, join: Join) -> None:
    moved = response(b"", "Location: /x", status="301 Moved")
    tree = warc(
        tmp_path, join(record(moved, "http://bit.ly/a", date="soon"), record(response(b"1")))
    )
    assert (tree.names, tree.problems, tree.redirects()) == ((NAME,), (), {})
    tree = warc(tmp_path, join(record(response(b"1")), record(response(b"2"), date="soon")))
    assert tree.names == (NAME,)
    (problem,) = tree.problems
    assert problem.expected == "expected a WARC-Date, found soon"


@pytest.mark.parametrize("join", JOINS)
def test_a_date_without_a_zone_is_utc(tmp_path: Path, join: Join) -> None:
    tree = warc(tmp_path, join(record(response(b"1"), date="2012-06-22T09:30:00")))
    assert tree.seen_at(NAME) == dt.datetime(2012, 6, 22, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("join", JOINS)
def test_blank_lines_before_a_record_are_passed_over(tmp_path: Path, join: Join) -> None:
    first, second = record(response(b"1")), record(response(b"2"), date="2012-06-22T09:31:00Z")
    tree = warc(tmp_path, join(b"\r\n\n" + first, b"\r\n" + second))
    assert [tree.bytes(name) for name in tree.names] == [b"1", b"2"]


def test_too_many_answers_that_are_no_pages_are_not_all_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = response(b"", "Location: /x", status="301 Moved")
    links = [record(moved, f"http://bit.ly/{n}") for n in range(4)]
    monkeypatch.setattr(common, "MAX_MEMBERS", 2)
    tree = warc(tmp_path, packed(*links, record(response(b"1"))))
    assert tree.redirects() == {"http://bit.ly/0": "/x", "http://bit.ly/1": "/x"}
    assert tree.bytes(NAME) == b"1"


def test_a_redirect_is_the_one_caught_first_and_of_a_length_that_can_be(tmp_path: Path) -> None:
    def moved(where: str, date: str, address: str = "http://bit.ly/a") -> bytes:
        told = response(b"", f"Location: {where}", status="301 Moved")
        return record(told, address, date=date)

    found = [
        moved("/b", "2012-02-01T00:00:00Z"),
        moved("/a", "2012-01-01T00:00:00Z"),
        moved("/c", "2012-03-01T00:00:00Z"),
        moved("/" + "x" * 9000, "2012-01-01T00:00:00Z", "http://bit.ly/long"),
        moved("", "2012-01-01T00:00:00Z", "http://bit.ly/none"),
    ]
    tree = warc(tmp_path, packed(*found, record(response(b"1"))))
    assert tree.redirects() == {"http://bit.ly/a": "/a"}


def test_a_record_that_shrank_after_it_was_found_is_told(tmp_path: Path) -> None:
    data = record(response(b"1" * 500))
    tree = warc(tmp_path, data, "x.warc")
    (tmp_path / "x.warc").write_bytes(data[:-300])
    problem = problem_of(lambda: tree.bytes(NAME), tmp_path)
    assert (problem.kind, problem.file) == ("corrupt", f"raw/x.warc/{NAME}")
    assert "it ends too early" in problem.expected
