"""The number on a page: which, and how finely it is told."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.collect.numbers import Number, find_number, read_number


@pytest.mark.parametrize(
    ("text", "value", "granularity"),
    [
        ("58", 58, 0),
        ("Score: 47.31 of today", 47.31, 0),
        ("1,234", 1234, 0),
        ("1,234,567", 1234567, 0),
        ("1.234.567", 1234567, 0),
        ("1,234.56", 1234.56, 0),
        ("1.234,56", 1234.56, 0),
        ("1 234", 1234, 0),
        ("1\u202f234\u202f567", 1234567, 0),
        ("1'234", 1234, 0),
        ("12,5", 12.5, 0),
        ("0.234", 0.234, 0),
        ("1234.567", 1234.567, 0),
        ("-3", -3, 0),
        ("\u22123", -3, 0),
        (".5", 0.5, 0),
        ("1.2K", 1200, 50),
        ("1,2K followers", 1200, 50),
        ("12k", 12000, 500),
        ("3M", 3e6, 5e5),
        ("1.25M", 1.25e6, 5000),
        ("2.1 bn", 2.1e9, 5e7),
        ("120K", 120000, 500),
        ("99%", 99, 0),
        ("(58)", 58, 0),
    ],
)
def test_a_number(text: str, value: float, granularity: float) -> None:
    found = read_number(text)
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.granularity == pytest.approx(granularity)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected a number, found ''"),
        ("none yet", "expected a number, found 'none yet'"),
        ("1.234", "may be of thousands or decimals"),
        ("12.345", "may be of thousands or decimals"),
        ("1.234K", "may be of thousands or decimals"),
        ("1,234K", "may be of thousands or decimals"),
        ("12,34,567", "usual separators"),
        ("1,234.567.8", "usual separators"),
        ("1.2.3", "usual separators"),
        ("12,34.5", "usual separators, found '12,34.5'"),
        ("1.23,5", "usual separators, found '1.23,5'"),
        ("9" * 31, "a number of a usual size"),
        ("9" * 400, "a number of a usual size"),
        ("58 of 100", "found 2 in '58 of 100'"),
        ("v2", "expected a number"),
    ],
)
def test_what_is_no_number_is_told(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        read_number(text)
    assert expected in str(caught.value)


def test_a_pattern_chooses() -> None:
    assert read_number("rank 7, score 58.5", r"score (\S+)") == Number(58.5)
    assert read_number("rank 7, score 58.5", r"rank \d") == Number(7)
    with pytest.raises(ValueError, match="fits the pattern, found 'rank 7'"):
        read_number("rank 7", r"score (\d+)")


PAGE = b"""<html><head><meta charset="utf-8"></head><body><p class="score">58<p class="old">57</p>
<span id="n" data-n="1.2K">1.2K</span><i class="score2">58</i></body></html>"""


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ({"css": ".score"}, Number(58)),
        ({"css": ".score, .score2"}, Number(58)),
        ({"xpath": "//span[@id='n']/@data-n"}, Number(1200, 50)),
        ({"xpath": "count(//p)"}, Number(2)),
        ({"xpath": "string(//i)"}, Number(58)),
    ],
)
def test_a_selector_finds_it(selectors: dict[str, str], expected: Number) -> None:
    assert find_number(PAGE, None, selectors, None) == expected


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ({"css": ".none"}, "expected css '.none' to find something; it finds nothing"),
        ({"css": "p"}, "to find one number; it finds 2 different ones"),
        ({"xpath": "//nothing"}, "it finds nothing"),
        ({"json": "$.a"}, "expected JSON"),
        ({"xpath": "boolean(//p)"}, "expected a number or text, found 'true'"),
    ],
)
def test_a_selector_that_fails(selectors: dict[str, str], expected: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        find_number(PAGE, None, selectors, None)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        (b'{"user": {"followers": 1234}}', "$.user.followers", Number(1234)),
        (b'{"score": 1.234}', "$.score", Number(1.234)),
        (b'{"score": "1.2K"}', "$.score", Number(1200, 50)),
        (b'[{"n": 5}, {"n": 5}]', "$[*].n", Number(5)),
    ],
)
def test_json(body: bytes, path: str, expected: Number) -> None:
    assert find_number(body, None, {"json": path}, None) == expected


@pytest.mark.parametrize(
    "body",
    [b'{"score": true}', b'{"score": null}', b'{"score": {}}', b'{"score": 1e999}', b"{}", b"\xff"],
)
def test_json_without_a_number(body: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        find_number(body, None, {"json": "$.score"}, None)


@given(st.text(), st.sampled_from([None, r"(\d+)", r"x|(y)"]))
def test_any_text_gives_a_number_or_a_line(text: str, pattern: str | None) -> None:
    with contextlib.suppress(ValueError):
        found = read_number(text, pattern)
        assert math.isfinite(found.value)
        assert found.granularity >= 0


@given(st.binary(max_size=200), st.sampled_from(["css", "xpath", "json"]))
def test_any_bytes_give_a_number_or_a_line(body: bytes, kind: str) -> None:
    selector = {"css": "*", "xpath": "//text()", "json": "$..*"}[kind]
    with contextlib.suppress(ValueError):
        assert math.isfinite(find_number(body, "utf-8", {kind: selector}, None).value)


@given(st.integers(0, 10**12))
def test_thousands_by_any_mark(value: int) -> None:
    for mark in " '\u202f\u00a0":
        assert read_number(f"{value:,}".replace(",", mark)).value == value
