"""Parameters are read from the notebook's own cell, and nothing is ever converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_samples import MakeNotebook, notebook_json

from analysis.errors import InputError
from analysis.report.parameters import Parameter, checked, declared, read_notebook

CELL = '''
"""What may be set."""
study: str = "data/banfield-2012"
window_hours: int = 48
alpha: float = 0.05
skip_corrupt: bool = False
channels: list[str] = ["blog", "a=b"]
label: str | None = None
plain = "text"
'''


def cell(source: str) -> dict[str, Parameter]:
    return declared(notebook_json(parameters=source), "a.ipynb")


def test_names_types_and_defaults() -> None:
    found = cell(CELL)
    assert {name: (one.kind, one.default, one.optional) for name, one in found.items()} == {
        "study": ("str", "data/banfield-2012", False),
        "window_hours": ("int", 48, False),
        "alpha": ("float", 0.05, False),
        "skip_corrupt": ("bool", False, False),
        "channels": ("list", ["blog", "a=b"], False),
        "label": ("str", None, True),
        "plain": ("str", "text", False),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("study", "007"),
        ("study", "1e5"),
        ("study", "True"),
        ("window_hours", 24),
        ("alpha", 1),
        ("skip_corrupt", True),
        ("channels", []),
        ("label", None),
    ],
)
def test_what_fits_goes_through_as_it_is(name: str, value: Any) -> None:
    passed = checked(cell(CELL), {name: value}, "a.ipynb")
    assert passed == {name: value}
    assert type(passed[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("study", 7, "expected str, found int 7"),
        ("study", None, "expected str, found NoneType None"),
        ("window_hours", "48", "expected int, found str '48'"),
        ("window_hours", True, "expected int, found bool True"),
        ("window_hours", 4.5, "expected int, found float 4.5"),
        ("alpha", "0.05", "expected float, found str '0.05'"),
        ("alpha", float("nan"), "expected float, found float nan"),
        ("skip_corrupt", 1, "expected bool, found int 1"),
        ("label", 3, "expected str or None, found int 3"),
        ("studdy", "x", "expected one of its parameters: study, window_hours, alpha"),
    ],
)
def test_what_does_not_fit_is_one_line(name: str, value: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(cell(CELL), {name: value}, "a.ipynb")
    assert str(caught.value).startswith(f"a.ipynb, parameter {name}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_problem_is_told() -> None:
    with pytest.raises(InputError) as caught:
        checked(cell(CELL), {"a": 1, "b": 2, "study": "x"}, "a.ipynb")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "source",
    [
        "study = open('x')",
        "study = a",
        "import os",
        "study, other = 1, 2",
        "study: str",
        "study += 'x'",
        "x.y = 1",
        "study = None",
        "study: Path = 'x'",
        "study: str = 7",
        "study: int | str = 7",
        "study = (",
        "study = f'{x}'",
        "study = 'a'; print(study)",
    ],
)
def test_only_assignments_of_literals(source: str) -> None:
    with pytest.raises(InputError, match=r"^a\.ipynb, parameters cell.*expected"):
        cell(source)


@pytest.mark.parametrize("sign", ["-", "("])
def test_a_cell_that_nests_without_end_is_one_line(sign: str) -> None:
    with pytest.raises(InputError, match="expected Python: "):
        declared(notebook_json(parameters=f"n: int = {sign * 50_000}1"), "x.ipynb")


def test_exactly_one_cell() -> None:
    none = notebook_json("1", parameters=None)
    with pytest.raises(InputError, match="exactly one code cell, found 0"):
        declared(none, "a.ipynb")
    two = notebook_json("1")
    two["cells"].append(two["cells"][0])
    with pytest.raises(InputError, match="exactly one code cell, found 2"):
        declared(two, "a.ipynb")


def test_a_source_kept_as_lines() -> None:
    stored = notebook_json(parameters="")
    stored["cells"][0]["source"] = ["study = 'x'\n", "window_hours = 4"]
    assert list(declared(stored, "a.ipynb")) == ["study", "window_hours"]


def test_absent_and_corrupt_are_two_things(make_notebook: MakeNotebook, tmp_path: Path) -> None:
    assert read_notebook(make_notebook("fine"))["nbformat"] == 4
    with pytest.raises(InputError) as caught:
        read_notebook(tmp_path / "nowhere.ipynb")
    assert caught.value.problems[0].kind == "absent"
    half = tmp_path / "half.ipynb"
    for content in ('{"cells": [', "[]", '{"nbformat": 3, "cells": []}', '{"nbformat": 4}', "\xff"):
        half.write_text(content, encoding="latin-1")
        with pytest.raises(InputError, match=r"half\.ipynb: expected a Jupyter notebook") as caught:
            read_notebook(half)
        assert caught.value.problems[0].kind == "corrupt"
