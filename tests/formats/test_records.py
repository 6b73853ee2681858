from __future__ import annotations

import codecs
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_exports import folder

from analysis.errors import InputError
from analysis.formats import records
from analysis.formats.javascript import decode, parse
from analysis.formats.records import batches

PREFIX = "window.YTD.tweets.part0 = "


def read(content: bytes, block: int, quick: bool = True) -> object:
    """Return the records of a file read in blocks of so many bytes, or what is wrong with it."""
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "BLOCK", block)
        patch.setattr(records, "_BATCH", 3)
        if not quick:
            patch.setattr(records, "orjson", None)
        tree = folder(Path(scratch), {"x.js": content})
        try:
            return [item for batch in batches(tree, "x.js") for item in batch]
        except InputError as error:
            return str(error)


def whole(content: bytes) -> object:
    """Return what the standard parser finds in a file that is read at once."""
    try:
        value = parse(decode(content, "raw/x.js"), "raw/x.js")
    except InputError as error:
        return str(error)
    return value if isinstance(value, list) else "no list"


RECORDS: list[dict[str, Any]] = [
    {"tweet": {"id": str(n), "text": 'in "quotes", {"tweet": \\ é 😀', "list": [{"tweet": n}]}}
    for n in range(40)
]


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("block", [64, 100, 1000, 10**6])
@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("end", ["", ";", "\n ;\r\n"])
def test_pieces_are_what_the_whole_is(
    quick: bool, block: int, indent: int | None, end: str
) -> None:
    content = PREFIX + json.dumps(RECORDS, indent=indent, ensure_ascii=False) + end
    assert read(content.encode(), block, quick) == RECORDS


@pytest.mark.parametrize("block", [64, 10**6])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_every_encoding(block: int, mark: bytes, encoding: str) -> None:
    text = PREFIX + json.dumps(RECORDS, ensure_ascii=False)
    assert read(mark + text.encode(encoding), block) == RECORDS


def test_half_a_surrogate_pair_stays_what_it_was() -> None:
    content = json.dumps([*RECORDS, {"tweet": "cut \ud83d"}, *RECORDS]).encode()
    assert read(content, 200) == json.loads(content)


@pytest.mark.parametrize("content", ["[]", "[ \n ]", f"{PREFIX}[];", " []  ;\n"])
@pytest.mark.parametrize("mark", ["utf-8", "utf-16"])
def test_an_empty_list_has_no_records(content: str, mark: str) -> None:
    padded = content.replace("]", " " * 200 + "]")
    for text in (content, padded):
        assert read(text.encode(mark), 64) == []


def test_records_whose_ends_cannot_be_told_are_read_one_by_one() -> None:
    """The first key stands many times in one record: no comma between two is found quickly."""
    inner = [{"x": 0, "tweet": n} for n in range(200)]
    items = [{"tweet": inner}, {"tweet": inner}]
    assert read(json.dumps(items).encode(), 1500) == items


def test_a_huge_number_is_no_loss_of_the_others() -> None:
    content = json.dumps([{"tweet": n * 10**9} for n in range(40)]).encode()
    assert read(content, 64) == json.loads(content)


DAMAGE = {
    "cut": lambda text: text[:-40],
    "cut within a word": lambda text: text[: text.index('"30"') + 2],
    "comma at the end": lambda text: text[:-1] + ",]",
    "two commas": lambda text: text.replace('"20"', ",", 1),
    "not a number": lambda text: text.replace('"20"', "NaN", 1),
    "control": lambda text: text.replace('"20"', '"\n"', 1),
    "nested": lambda text: text.replace('"20"', "[" * 100_000, 1),
    "more": lambda text: text + "[1]",
    "unclosed": lambda text: text[:-1],
    "nothing": lambda text: "",
    "the beginning": lambda text: text[:30],
}


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("block", [64, 500, 10**7])
@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_told_at_the_same_place_in_one_piece_and_in_many(
    name: str, block: int, quick: bool
) -> None:
    content = DAMAGE[name](PREFIX + json.dumps(RECORDS, indent=1)).encode()
    found, expected = read(content, block, quick), whole(content)
    assert isinstance(expected, str)
    assert isinstance(found, str)
    assert found.startswith("raw/x.js, line ")
    if name not in ("nested", "not a number", "nothing", "the beginning"):
        assert found == expected


def test_bytes_that_are_no_text_are_told_at_their_place() -> None:
    content = (PREFIX + json.dumps(RECORDS, indent=1)).encode().replace(b'"20"', b'"\xff"')
    assert read(content, 64) == whole(content)
    assert "expected UTF-8 text" in str(whole(content))


@pytest.mark.parametrize("content", ["{}", '{"a": 1}', "1", "null", '"' + "x" * 300 + '"'])
@pytest.mark.parametrize("block", [64, 10**6])
def test_what_is_no_list_is_refused(content: str, block: int) -> None:
    assert "expected a list of records" in str(read(f"{PREFIX}{content}".encode(), block))


def test_a_record_without_end_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "MAX_RECORD", 1000)
    content = b'[{"a": "' + b"x" * 10_000 + b'"}]'
    assert "expected JSON" in str(read(content, 64))


VALUES = st.recursive(
    st.none() | st.integers(-(2**63), 2**63) | st.text() | st.sampled_from(['{"tweet":', "\ud83d"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["tweet", "a", "é"]), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({"tweet": VALUES}) | VALUES), st.integers(8, 200))
def test_any_list_comes_back_as_it_was(items: list[Any], block: int) -> None:
    content = json.dumps(items).encode()
    assert read(content, max(block, 64)) == items


@settings(deadline=None)
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=4), st.integers(64, 300))
def test_any_damage_is_found_or_read_alike(start: int, change: bytes, block: int) -> None:
    good = (PREFIX + json.dumps(RECORDS[:20])).encode()
    content = good[:start] + change + good[start + len(change) :]
    found, expected = read(content, block), whole(content)
    assert isinstance(found, str) == isinstance(expected, str)
    if isinstance(expected, list):
        assert found == expected
