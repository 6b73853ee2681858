"""Attacks and faults, each a kind: one function that does one case of it by a seed.

A module here is a table of kinds, and is found by being here. A kind is::

    @kind()
    def zip_slip(case: Case) -> str:
        \"\"\"Zip members that climb out of the archive.\"\"\"
        ...
        return REFUSED

The first line of its docstring is its row on the page. It goes through what is shipped, and
returns `REFUSED` (one clear line) or `SURVIVED` (right nevertheless); it raises `Lost` with a
reason for all else, and any other exception counts as that too. How many cases of it are tried,
by which seed, and which ones once were lost, is a line of ``seeds.json``.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

REFUSED, SURVIVED = "refused", "survived"
SEEDS = Path(__file__).with_name("seeds.json")
_OURS = ("worker", "page")
_Option = TypeVar("_Option")


class Lost(Exception):  # noqa: N818
    """An attack that came through, or a fault that cost something."""


@dataclass(frozen=True)
class Case:
    """One case of a kind.

    Attributes
    ----------
    name : str
        ``kind:seed:number``.
    number : int
        From 0; kinds with few ways take them in turn by `turn`.
    folder : Path
        Empty, its own, gone afterwards.
    watch : Watch
        With a ``canary`` file that nothing may read and a ``port`` that nothing may ask.
    random : Random
        By the name.
    """

    name: str
    number: int
    folder: Path
    watch: Any
    random: random.Random = field(repr=False)

    def turn(self, options: Sequence[_Option]) -> _Option:
        """Return one of the options, each as often as the others."""
        return options[self.number % len(options)]


@dataclass(frozen=True)
class Kind:
    """A kind of attack or fault.

    Attributes
    ----------
    name, where, what : str
        Of the function, with dashes; the module; the words on the page.
    run : callable
        Does one case.
    seconds : float
        Of the processor that one case may take.
    room : int
        Bytes that it may take.
    watched : bool
        Whether it may neither write outside its folder, nor connect, nor start a process. Kinds
        that need to do so hold what they start to that by themselves.
    starts : tuple of str
        Programs that it may start even so.
    """

    name: str
    where: str
    what: str
    run: Callable[[Case], str] = field(repr=False)
    seconds: float = 10.0
    room: int = 1024**3
    watched: bool = True
    starts: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {}


def kind(
    *,
    seconds: float = 10.0,
    room: int = 1024**3,
    watched: bool = True,
    starts: tuple[str, ...] = (),
) -> Callable[[Callable[[Case], str]], Callable[[Case], str]]:
    """Return a decorator that makes a function a kind."""

    def register(run: Callable[[Case], str]) -> Callable[[Case], str]:
        name = run.__name__.strip("_").replace("_", "-")
        what = (run.__doc__ or "").partition("\n")[0].rstrip(".")
        where = run.__module__.rpartition(".")[2].replace("_", " ")
        if not what or name in KINDS:
            raise ValueError(f"{name}: expected a kind with words, once")
        KINDS[name] = Kind(name, where, what, run, seconds, room, watched, starts)
        return run

    return register


def every_kind() -> dict[str, Kind]:
    """Return every kind by name."""
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        if module not in _OURS and not module.startswith("_"):
            importlib.import_module(f"{__name__}.{module}")
    return KINDS


def seeds() -> dict[str, dict[str, Any]]:
    """Return what ``seeds.json`` says of each kind: ``cases``, ``seed``, ``found``."""
    known: dict[str, dict[str, Any]] = json.loads(SEEDS.read_text(encoding="utf-8"))
    return known


def names_of(kind_: str, share: float = 1.0) -> list[str]:
    """Return the names of a kind's cases: those once lost, then a share of the others."""
    told = seeds()[kind_]
    count = max(1, round(told["cases"] * share))
    return [*told.get("found", ()), *(f"{kind_}:{told['seed']}:{n}" for n in range(count))]
