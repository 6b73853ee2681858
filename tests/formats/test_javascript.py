from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_exports import folder

from analysis.errors import InputError
from analysis.formats.javascript import head_text, load, parse, sound


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}]',
        'window.YTD.tweets.part0 = [{"a": 1}]',
        'window.YTD.tweets.part0 = [{"a": 1}];\n',
        'Grailbird.data.tweets_2012_11 = \n [{"a": 1}]',
        'var tweet_index =  [{"a": 1}]',
        '  const x=[{"a": 1}] ; ',
    ],
)
def test_the_assignment_before_the_json_is_left_out(text: str) -> None:
    assert parse(text, "f.js") == [{"a": 1}]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_the_byte_order_mark_tells_the_encoding(tmp_path: Path, mark: bytes, encoding: str) -> None:
    text = 'window.YTD.x.part0 = ["café 😀"]'
    tree = folder(tmp_path, {"x.js": mark + text.encode(encoding)})
    assert load(tree, "x.js") == ["café 😀"]
    assert head_text(tree, "x.js", 41).startswith("window.YTD")


def problem_of(text: str | bytes, tmp_path: Path) -> tuple[str, str, str]:
    tree = folder(tmp_path, {"x.js": text})
    with pytest.raises(InputError) as caught:
        load(tree, "x.js")
    (problem,) = caught.value.problems
    assert problem.kind == "corrupt"
    return problem.file, problem.place, problem.expected


def test_a_file_cut_short_names_file_line_and_column(tmp_path: Path) -> None:
    file, place, expected = problem_of('window.YTD.x.part0 = [\n  {"a": 1},\n', tmp_path)
    assert (file, place) == ("raw/x.js", "line 3, column 1")
    assert "cut short" in expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("window.YTD.x.part0 = ", "line 1, column 22"),
        ("x = [1,\n 2,, 3]", "line 2, column 4"),
        ("x = [1] [2]", "line 1, column 9"),
        ("x = [NaN]", "line 1, column 5"),
        ("x = " + "9" * 5000, "line 1, column 5"),
        ("x = " + "[" * 200_000, "line 1, column 5"),
        ("x = " + '{"a":' * 100_000, "line 1, column 5"),
        (b'["ok",\n "caf\xe9"]', "line 2, column 6"),
        (codecs.BOM_UTF16_LE + '["a"]'.encode("utf-16-le")[:-1], "line 1, column 5"),
        ("<!doctype html>", "line 1, column 1"),
    ],
)
def test_what_is_no_json_is_corrupt_at_its_place(
    tmp_path: Path, text: str | bytes, place: str
) -> None:
    assert problem_of(text, tmp_path)[1] == place


def test_half_a_surrogate_pair_becomes_a_character_that_can_be_written() -> None:
    assert sound(json.loads('"cut \\ud83d"')) == "cut \N{REPLACEMENT CHARACTER}"
    assert sound(json.loads('"\\ud83d\\ude00"')) == "😀"


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=10))
def test_any_json_comes_back_as_it_was(value: object) -> None:
    assert parse(f"window.YTD.x.part0 = {json.dumps(value)}", "x.js") == value


@given(st.text(alphabet='[]{}:,"\\ud=;x1 .\n', max_size=40))
def test_any_text_is_json_or_corrupt(text: str) -> None:
    place = "line 0"
    try:
        parse(text, "x.js")
    except InputError as error:
        place = error.problems[0].place
    assert place.startswith("line ")
