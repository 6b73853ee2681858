"""What notebooks show: escaped, complete, and the same after a trip through a notebook file."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from analysis.display import (
    PICTURE_MIME,
    TABLE_MIME,
    WORDS_MIME,
    Picture,
    Table,
    Words,
    shown,
    significant,
    visible,
)
from analysis.display.picture import COLORS

HOSTILE = "<script>alert('1')</script> </style> {{ 7*7 }} \u202eevil & \"quoted\""


def drawn() -> Figure:
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2, 3])
    return figure


def table(text: str = "blog") -> Table:
    return Table("Posts", ("channel", "posts"), ((text, 66), ("twitter", None)))


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (None, ".2f", "–"),
        (0.61372, "", "0.6137"),
        (-0.61372, "+.2f", "−0.61"),
        (123456.789, "", "123,457"),
        (0.00001234, "", "1.234e−05"),
        (0.5, "", "0.5"),
        (100.0, "", "100"),
        (0.0, "", "0"),
        (2012, "", "2012"),
        (1630, ",d", "1,630"),
        (-3, "", "−3"),
        (True, "", "yes"),
        (0.123, ".1%", "12.3%"),
        ("a\u202eb", ".2f", "a\\u202eb"),
        (float("-inf"), "", "−inf"),
    ],
)
def test_cells_as_a_reader_sees_them(value: object, spec: str, expected: str) -> None:
    assert shown(value, spec) == expected  # type: ignore[arg-type]


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_four_digits_are_never_far_off_and_never_a_silent_zero(value: float) -> None:
    read = float(significant(value).replace("−", "-").replace(",", ""))
    assert math.isclose(read, value, rel_tol=6e-4)


@given(st.text())
def test_visible_text_is_printable_where_it_stands(text: str) -> None:
    clean = visible(text)
    clean.encode("utf-8")
    assert not set(clean) & {"\u202e", "\u2066", "\x1b", "\x00", "\u2028"}
    assert visible(clean) == clean


def test_joiners_and_line_breaks_stay() -> None:
    assert visible("👩‍💻\tنمی‌خواهم\r\nnew") == "👩‍💻\tنمی‌خواهم\nnew"


def test_a_table_is_escaped_captioned_and_scoped() -> None:
    data, _ = Table(HOSTILE, (HOSTILE, "n"), ((HOSTILE, 1.5),), HOSTILE)._repr_mimebundle_()
    html = data["text/html"]
    assert "<script" not in html
    assert "</style" not in html
    assert "\u202e" not in html
    assert html.count("&lt;script&gt;") == 4
    assert '<th scope="col">' in html
    assert "<caption>" in html
    assert "1.5" in data["text/plain"]


def test_a_table_is_the_same_after_a_notebook_file() -> None:
    original = Table("T", ("a", "b"), (("x", 1), (None, 2.25)), "note", {"b": ".1f"})
    data, _ = original._repr_mimebundle_()
    assert Table.from_payload(json.loads(json.dumps(data[TABLE_MIME]))) == original


def test_a_frame_becomes_a_table() -> None:
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2012-06-22", None]),
            "at": pd.to_datetime(["2012-06-22 08:30", "2012-06-22 09:00"], utc=True),
            "effect": [0.5, np.nan],
            "posts": pd.array([3, None], dtype="Int64"),
            "judged": [True, False],
            "text": ["nan", "<b>"],
            "when": [dt.date(2012, 6, 22), None],
            "far": [np.inf, -np.inf],
        },
        index=pd.Index(["blog", "twitter"], name="channel"),
    )
    made = Table.of(frame, "All", formats={"effect": ".2f"})
    assert made.columns[:2] == ("channel", "day")
    assert made.rows[0] == (
        "blog",
        "2012-06-22",
        "2012-06-22 08:30:00+00:00",
        0.5,
        3,
        True,
        "nan",
        "2012-06-22",
        "∞",
    )
    assert made.rows[1][1:] == (
        None,
        "2012-06-22 09:00:00+00:00",
        None,
        None,
        False,
        "<b>",
        None,
        "−∞",
    )
    assert made.numeric == (False, False, False, True, True, False, False, False, False)
    json.dumps(made.payload(), allow_nan=False)
    assert Table.of(frame.reset_index(drop=True), "No names").columns[0] == "day"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("", ("a",), ()), "needs a title"),
        (("T", (), ()), "needs a column"),
        (("T", ("a", "b"), ((1,),)), "2 columns and a row of 1 cells"),
        (("T", ("a",), (), "", {"b": ".2f"}), "no column 'b'"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(arguments: tuple, told: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match=told):
        Table(*arguments)


def test_a_picture_shows_itself_with_its_words() -> None:
    picture = Picture.of(drawn(), "Score", "It rises from 1 to 3.", table())
    assert (picture.width, picture.height) == (192, 96)
    data, metadata = picture._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == picture.png
    assert int.from_bytes(picture.png[16:20]) == 2 * picture.width
    assert metadata["image/png"] == {"width": 192, "height": 96, "alt": "It rises from 1 to 3."}
    assert data["text/plain"] == "Score: It rises from 1 to 3."
    assert Picture.from_bundle(json.loads(json.dumps(data))) == picture
    lines = {**data, "image/png": [data["image/png"][:40] + "\n", data["image/png"][40:]]}
    assert Picture.from_bundle(lines) == picture


def test_the_same_picture_is_the_same_bytes_and_names_no_version() -> None:
    one, two = (Picture.of(drawn(), "T", "1", table()).png for _ in range(2))
    assert one == two
    assert b"Software" not in one


def test_a_figure_of_pyplot_is_closed() -> None:
    import matplotlib.pyplot as plt

    figure, _ = plt.subplots()
    Picture.of(figure, "T", "1 line", table())
    assert not plt.fignum_exists(figure.number)
    assert "matplotlib.pyplot" in sys.modules


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"png": b"GIF89a"}, "bytes of a PNG"),
        ({"title": " "}, "needs a title"),
        ({"words": ""}, "words with its numbers"),
        ({"words": "A line that rises."}, "words with its numbers"),
        ({"width": 0}, "a width and a height"),
    ],
)
def test_a_picture_without_words_or_bytes_is_refused(changes: dict[str, object], told: str) -> None:
    whole = {"png": png(), "title": "T", "words": "1", "data": table(), "width": 2, "height": 1}
    with pytest.raises(ValueError, match=told):
        Picture(**{**whole, **changes})  # type: ignore[arg-type]


def png() -> bytes:
    buffer = io.BytesIO()
    drawn().savefig(buffer, format="png")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "payload", [None, [], {}, {"title": "T"}, {"title": "T", "columns": 3, "rows": 1}, "text"]
)
def test_a_payload_of_another_shape_is_refused(payload: object) -> None:
    with pytest.raises(ValueError, match="payload"):
        Table.from_payload(payload)
    with pytest.raises(ValueError, match="payload"):
        Words.from_payload(payload)
    with pytest.raises(ValueError, match="picture"):
        Picture.from_bundle({PICTURE_MIME: payload, "image/png": "AAAA"})


def test_a_cell_that_is_no_cell_is_refused() -> None:
    payload = {**table().payload(), "rows": [["a", {"b": 1}]]}
    with pytest.raises(ValueError, match="a cell of type dict"):
        Table.from_payload(payload)


def test_words_are_escaped_and_never_empty() -> None:
    data, _ = Words.of(HOSTILE, "Two.")._repr_mimebundle_()
    assert "<script" not in data["text/html"]
    assert data["text/html"].count("<p>") == 2
    assert Words.from_payload(data[WORDS_MIME]).sentences[1] == "Two."
    for sentences in ((), ("",), ("a", " ")):
        with pytest.raises(ValueError, match="at least one sentence"):
            Words(sentences)


def test_display_imports_nothing_heavy() -> None:
    heavy = (
        "import sys, analysis.display; print({'pandas', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_picture_has_the_pixels_that_matplotlib_saves() -> None:
    def sketch() -> Figure:
        figure = Figure(figsize=(4, 3), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot([1, 4, 9], label="a line")
        left.legend(title="with a legend")
        right.imshow([[0.1, 0.5], [0.9, 0.3]])
        right.set(title="a title", xlabel="and a label")
        return figure

    mine = Picture.of(sketch(), "t", "1", table())
    saved = io.BytesIO()
    sketch().savefig(saved, format="png", dpi=192)
    with Image.open(io.BytesIO(mine.png)) as one, Image.open(saved) as other:
        assert one.size == other.size == (768, 576)
        few = other.convert("RGB").quantize(
            COLORS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
        assert one.convert("RGB").tobytes() == few.convert("RGB").tobytes()
