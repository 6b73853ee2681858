from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.formats.drift import MOST, count_unseen
from analysis.formats.meta import (
    draft_flag,
    labelled_links,
    labelled_message,
    media_files,
    message_label,
    repaired,
    repaired_text,
    unix_time,
)


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


def labelled(**values: str) -> dict[str, Any]:
    return {"label_values": [{"label": label, "value": value} for label, value in values.items()]}


def test_the_message_is_found_whatever_language_its_label_is_in() -> None:
    record = {
        "label_values": [
            {"label": "网址", "value": "https://blog.example.org/a", "href": "https://e.org/b"},
            {"label": "时间", "value": "2024-03-09 16:00:00"},
            {"label": "消息", "value": "bonjour à tous"},
            {"label": "Koordinaten", "value": "(48.8584000000 , 2.2945000000)"},
            {"label": "Lieu", "dict": [{"label": "Nom", "value": "a much longer name of a place"}]},
            {"label": "n", "value": "x"},
            "no object",
        ]
    }
    assert message_label([record]) == "消息"
    assert labelled_message(record, "消息") == "bonjour à tous"
    assert labelled_links(record) == ("https://blog.example.org/a", "https://e.org/b")
    assert message_label([{}]) == ""
    assert labelled_message({}, "") == ""
    assert labelled_links({}) == ()


def test_the_message_is_one_label_in_the_whole_file() -> None:
    """The longest words of one record alone would take a place for what was said."""
    records = [
        labelled(Ort="Georgetown in Washington", Nachricht="hi"),
        labelled(Ort="Paris", Nachricht="a day out with everybody"),
        labelled(Ort="Lisbon"),
    ]
    assert message_label(records) == "Ort"  # too little was ever said: it cannot be told
    records.append(labelled(Nachricht="and a few words more, at home again"))
    label = message_label(records)
    said = [labelled_message(record, label) for record in records]
    assert said == [
        "hi",
        "a day out with everybody",
        "",
        "and a few words more, at home again",
    ]


def test_the_networks_own_name_of_a_field_decides() -> None:
    place = {"label": "Lugar", "value": "a very, very long name of a place", "ent_field_name": "P"}
    text = {"label": "Texto", "value": "hola", "ent_field_name": "Text"}
    records = [{"label_values": [place]}, {"label_values": [place, text]}]
    label = message_label(records)
    assert [labelled_message(record, label) for record in records] == ["", "hola"]


@pytest.mark.parametrize(
    ("values", "flag"),
    [
        ({"Draft": "True"}, True),
        ({"Draft": "false"}, False),
        ({"Draft": "maybe"}, None),
        ({"Entwurf": "True"}, None),
        ({}, None),
    ],
)
def test_a_draft_is_known_by_a_label_that_can_be_read(
    values: dict[str, str], flag: bool | None
) -> None:
    assert draft_flag(labelled(**values)) is flag


def test_the_pictures_of_a_carousel_are_found_in_one_another_without_subtitles() -> None:
    third = {"label": "C", "media": [{"uri": "c.mp4"}, {"uri": "c.srt"}, {"uri": "a.jpg"}]}
    second = {"dict": [{"label": "B", "media": [{"uri": "b.jpg"}], "dict": [third]}]}
    record = {"label_values": [{"label": "A", "media": [{"uri": "a.jpg"}]}, second]}
    assert media_files(record) == ("a.jpg", "b.jpg", "c.mp4")
    assert media_files({"media": [{"uri": "d.jpg"}], **record}) == ("d.jpg",)


def test_keys_never_seen_before_are_counted_where_the_levels_are_known() -> None:
    known = {"": frozenset({"a", "b"}), "a": frozenset({"x"})}
    drift: Counter[str] = Counter()
    record = {"a": [{"x": {"anything": 1}, "y": 1}, 3, [{"z": 1}]], "b": {"c": 1}, "new\x1b": 1}
    count_unseen(drift, "f.json", record, known)
    count_unseen(drift, "f.json", {"a": {"y": 2}}, known)
    assert drift == Counter({"f.json: a.y": 2, "f.json: new\\x1b": 1})


def test_keys_never_seen_before_are_bounded_in_number() -> None:
    drift: Counter[str] = Counter()
    for number in range(3 * MOST):
        count_unseen(drift, "f.json", {str(number): 1}, {"": frozenset()})
    assert len(drift) == MOST
