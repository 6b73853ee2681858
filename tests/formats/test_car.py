from __future__ import annotations

from collections import Counter

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_exports import broken
from repositories import car, cid_of, commit, framed, link, node, repository, varint

from analysis.errors import InputError
from analysis.formats.car import Repository, is_car, read_repository

WANTED = ("app.bsky.feed.post",)
RECORDS = {f"app.bsky.feed.post/{n}": {"text": f"post {n}"} for n in range(6)}
OTHER = {"app.bsky.feed.like/1": {"x": 1}, "app.bsky.feed.like/2": {"x": 2}}


def found_in(data: bytes) -> Repository:
    return read_repository(data, "repo.car", WANTED)


def test_records_come_with_their_keys_in_order() -> None:
    data = repository("did:plc:ada", "3kabc", {**RECORDS, **OTHER})
    found = found_in(data)
    assert is_car(data[:256])
    assert dict(found.records) == RECORDS
    assert [key for key, _ in found.records] == sorted(RECORDS)
    assert (found.did, found.rev) == ("did:plc:ada", "3kabc")
    assert found.others == Counter({"app.bsky.feed.like": 2})
    assert found.problems == ()


def test_a_missing_block_is_told_and_the_others_are_read() -> None:
    block = cbor2.dumps(RECORDS["app.bsky.feed.post/3"])
    found = found_in(repository("d", "r", RECORDS).replace(framed(block), b""))
    assert len(found.records) == 5
    (problem,) = found.problems
    assert (problem.kind, problem.place) == ("corrupt", "app.bsky.feed.post/3")
    assert problem.expected == "expected a block that is not in the file"


def test_a_changed_block_is_corrupt_and_not_read() -> None:
    data = repository("d", "r", RECORDS).replace(b"post 3", b"past 3")
    found = found_in(data)
    assert [key for key, _ in found.records if key.endswith("3")] == []
    (problem,) = found.problems
    assert (problem.kind, problem.place) == ("corrupt", "app.bsky.feed.post/3")
    assert "sha256" in problem.expected


@pytest.mark.parametrize("value", [["a"], "text", 7, True])
def test_a_record_of_another_shape_is_told(value: object) -> None:
    records = {**RECORDS, "app.bsky.feed.post/3": value}
    found = found_in(repository("d", "r", records))
    assert len(found.records) == 5
    (problem,) = found.problems
    assert (problem.place, problem.expected) == ("app.bsky.feed.post/3", "expected a record")


def test_a_missing_node_is_told() -> None:
    record = cbor2.dumps({"text": "x"})
    top = node([("app.bsky.feed.post/b", record)], left=b"not there")
    found = found_in(car(commit("d", "r", top), top, record))
    assert [key for key, _ in found.records] == ["app.bsky.feed.post/b"]
    assert [problem.expected for problem in found.problems] == [
        "expected a block that is not in the file"
    ]


def test_a_cut_file_is_told_once_and_read_as_far_as_it_goes() -> None:
    data = repository("d", "r", RECORDS)
    found = found_in(data[:-60])
    assert 0 < len(found.records) < 6
    assert [problem.kind for problem in found.problems] == ["corrupt"] * 2
    assert {problem.expected.partition(" (")[0] for problem in found.problems} == {
        "expected the rest of a block; the file ends",
        "expected a block that is not in the file",
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\xff" * 12,
        varint(2**62) + b"x",
        varint(3) + b"\xa0",
        varint(1) + b"\xa0",
        car(cbor2.dumps({"did": "d"})),
        car(cbor2.dumps([1])),
        car(commit("d", "r", b""))[:60],
        framed(b""),
    ],
)
def test_what_is_no_repository_is_one_line(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^repo\.car") as caught:
        found_in(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "claim",
    [
        b"\x9b\x00\x00\x01\x00\x00\x00\x00\x00",  # a list of a trillion
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",  # so many bytes
        b"\xbb\x00\x00\x01\x00\x00\x00\x00\x00",
        b"\x81" * 100_000,
        b"\xd8\x1e\x82\x01\x00",  # one part of nothing
        b"\xff",
    ],
)
def test_hostile_lengths_are_corrupt_blocks(claim: bytes) -> None:
    top = node([("app.bsky.feed.post/a", claim), ("app.bsky.feed.post/b", cbor2.dumps({}))])
    found = found_in(car(commit("d", "r", top), top, claim, cbor2.dumps({})))
    assert [key for key, _ in found.records] == ["app.bsky.feed.post/b"]
    assert [problem.place for problem in found.problems] == ["app.bsky.feed.post/a"]


def test_keys_that_grow_without_end_are_refused() -> None:
    record = cbor2.dumps({})
    entry = {"k": b"a" * 700, "v": link(record), "t": None}
    top = cbor2.dumps({"l": None, "e": [{**entry, "p": 0}, {**entry, "p": 700}]})
    found = found_in(car(commit("d", "r", top), top, record))
    assert [problem.expected for problem in found.problems] == ["expected a key and a record"]


def test_a_tree_that_names_one_node_many_times_is_read_once() -> None:
    record = cbor2.dumps({"text": "x"})
    below = node([("app.bsky.feed.post/a", record)])
    blocks = [record, below]
    for _ in range(40):  # 2 ** 40 ways down, if each were gone
        entry = {"p": 0, "k": b"x.y.z/1", "v": link(record), "t": link(below)}
        below = cbor2.dumps({"l": link(below), "e": [entry, entry]})
        blocks.append(below)
    found = found_in(car(commit("d", "r", below), *blocks))
    assert [key for key, _ in found.records] == ["app.bsky.feed.post/a"]


def test_blocks_named_by_another_hash_are_not_trusted() -> None:
    record = cbor2.dumps({"text": "x"})
    odd = b"\x01\x71\x13\x20" + cid_of(record)[4:]
    entry = {"p": 0, "k": b"app.bsky.feed.post/a", "v": cbor2.CBORTag(42, b"\0" + odd), "t": None}
    top = cbor2.dumps({"l": None, "e": [entry]})
    found = found_in(car(commit("d", "r", top), top) + framed(record, odd))
    assert found.records == []
    assert [problem.kind for problem in found.problems] == ["corrupt"]


def read_or_refused(data: bytes) -> None:
    problems = []
    try:
        problems += found_in(data).problems
    except InputError as error:
        problems += error.problems
    assert all(str(problem).isprintable() for problem in problems)


@settings(max_examples=300, deadline=None)
@given(broken(repository("did:plc:ada", "3kabc", {**RECORDS, **OTHER})))
def test_broken_files_are_records_or_one_line(data: bytes) -> None:
    read_or_refused(data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=9) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*"elpkvt", "data", "did"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_blocks_of_any_content_are_records_or_one_line(root: object, top: object) -> None:
    block = cbor2.dumps(top)
    read_or_refused(car(cbor2.dumps(root), block))
    read_or_refused(car(commit("d", "r", block), block))
