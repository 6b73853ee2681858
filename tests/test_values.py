"""What the packages of numbers return: values that nobody can change, told without their arrays."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pytest

LONG = re.compile(
    r"Floats|Flags|Whole|NDArray|DataFrame|DatetimeIndex|\bPart\b|tuple\[Reestimate, \.\.\.\]"
)
SHORT = {"OlsFit.beta", "Panel.dates", "Robustness.ways"}
"""A number a column, the first and last day, a line a way: these are meant to be read."""


def dataclasses_of_numbers() -> Iterator[type]:
    for name in ("panel", "model", "evidence", "claims"):
        package = importlib.import_module(f"analysis.{name}")
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"analysis.{name}.{found.name}")
            yield from (one for one in vars(module).values() if made_in(module.__name__, one))


def made_in(module: str, one: object) -> bool:
    return inspect.isclass(one) and dataclasses.is_dataclass(one) and one.__module__ == module


EVERY = list(dataclasses_of_numbers())


def test_there_are_dozens() -> None:
    assert len(EVERY) > 50


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__qualname__)
def test_a_value_stays_as_it_was_made(kind: type) -> None:
    made = object.__new__(kind)
    name = dataclasses.fields(kind)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, name, None)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__qualname__)
def test_arrays_are_not_told(kind: type) -> None:
    for field in dataclasses.fields(kind):
        if kind.__name__.startswith("_") or f"{kind.__name__}.{field.name}" in SHORT:
            continue
        assert field.repr is not bool(LONG.search(str(field.type))), field.name
