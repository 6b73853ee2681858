from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.formats.meta import label_values, repaired, repaired_text, unix_time


def broken(text: str) -> str:
    """Write ``text`` as the exports do: a character for each byte of UTF-8."""
    return text.encode().decode("latin-1")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (broken("café"), "café"),
        (broken("café") + " Zoë", "café Zoë"),
        (broken("café") + " 5 €", "café 5 €"),
        ("café 😀", "café 😀"),
        (broken("😀")[:3], broken("😀")[:3]),
        (broken("王小明更新了") + broken("😀")[:2], "王小明更新了" + broken("😀")[:2]),
        (broken("I’m — fine ✌🏼"), "I’m — fine ✌🏼"),
        ("\xc3\xa9\xc3", "é\xc3"),
        ("plain", "plain"),
        ("", ""),
        ("\xed\xa0\xbd", "\xed\xa0\xbd"),  # half a surrogate pair is no UTF-8
        ("cut \ud83d", "cut \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_text_is_repaired_where_it_is_broken_only(written: str, meant: str) -> None:
    assert repaired_text(written) == meant


@given(st.text())
def test_whatever_the_export_broke_is_whole_again(text: str) -> None:
    assert repaired_text(broken(text)) == text


_ABOVE = st.characters(min_codepoint=256, exclude_categories=["Cs"])


@given(st.text(alphabet=st.characters(max_codepoint=127) | _ABOVE))
def test_text_without_latin_1_letters_is_left_alone(text: str) -> None:
    assert repaired_text(text) == text


def test_keys_and_nested_values_are_repaired_and_other_values_kept() -> None:
    value = {broken("clé"): [broken("naïve"), 1, None, {"a": broken("é")}]}
    assert repaired(value) == {"clé": ["naïve", 1, None, {"a": "é"}]}


@pytest.mark.parametrize("value", [1336440600, "1336440600", 1336440600.9])
def test_seconds_since_1970_are_utc(value: object) -> None:
    when = unix_time(value, 2004)
    assert when is not None
    assert when.replace(microsecond=0) == dt.datetime(2012, 5, 8, 1, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "value",
    [-62169958800, 0, 1336440600000, 10**30, float("inf"), float("nan"), True, None, "soon", []],
)
def test_what_is_no_time_of_the_network_is_none(value: object) -> None:
    assert unix_time(value, 2004) is None


def test_the_message_is_found_whatever_language_its_label_is_in() -> None:
    record = {
        "label_values": [
            {"label": "网址", "value": "https://blog.example.org/a", "href": "https://e.org/b"},
            {"label": "消息", "value": "bonjour à tous"},
            {"label": "Lieu", "dict": [{"label": "Nom", "value": "a much longer name of a place"}]},
            {"label": "n", "value": "x"},
            "no object",
        ]
    }
    words, urls = label_values(record)
    assert words == "bonjour à tous"
    assert urls == ("https://blog.example.org/a", "https://e.org/b")
    assert label_values({}) == ("", ())
