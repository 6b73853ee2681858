"""study.toml: what a study says about itself, every key checked."""

from __future__ import annotations

import datetime as dt
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from analysis.collect.secrets import without_secrets
from analysis.collect.settings import SCORE, CollectSettings, cross_checks, known_keys
from analysis.crossposts import THRESHOLD
from analysis.errors import InputError, Problem, absent, corrupt
from analysis.places import checked_paths, places_of
from analysis.places import is_inside as is_inside

FILE = "study.toml"
TABLES = ("activity", "daily")
"""Source keys that are not channels but tables that carry their own."""

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_TOML_PLACE = re.compile(r" \(at (line \d+, column \d+|end of document)\)$")
_EXPECTED = {
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "date_type": "a date such as 2011-10-26, without quotes and without a time",
    "model_type": "a table",
    "dict_type": "a table",
    "tuple_type": "tables, each under [[breaks]]",
    "literal_error": "{expected}",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "string_too_short": "some text",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least one entry",
}
"""What pydantic's kinds of error say in the words of someone who writes TOML."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError("expected an IANA time zone such as Europe/Berlin") from None
    return name


def _inside(path: str) -> str:
    if not is_inside(path):
        raise ValueError("expected a path inside the study's folder")
    return path


def _clock(value: str) -> str:
    found = _CLOCK.fullmatch(value)
    if not found or (found[1] == "24" and found[2] != "00"):
        raise ValueError("expected a time of day from 00:00 to 24:00")
    return value


def _plain_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


def _whole_days(hours: int) -> int:
    if hours not in range(24, 169, 24):
        raise ValueError("expected whole days in hours: 24, 48, 72, … or 168")
    return hours


Zone = Annotated[str, AfterValidator(_zone)]
Inside = Annotated[str, StringConstraints(min_length=1), AfterValidator(_inside)]
Paths = Annotated[str | tuple[str, ...], BeforeValidator(checked_paths)]
Clock = Annotated[str, AfterValidator(_clock)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Number = Annotated[float, BeforeValidator(_plain_number), Field(allow_inf_nan=False)]
Hours = Annotated[int, AfterValidator(_whole_days)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ScoreSettings(_Strict):
    """The table ``[score]``; without a path the readings are those of ``[collect.score]``."""

    name: Words = "score"
    path: Inside | None = None
    kind: Literal["level", "flow"] = "level"
    observed_at: Clock = "00:00"

    @property
    def minutes(self) -> int:
        """Minutes after local midnight at which the score is read (0 to 1440)."""
        hours, minutes = self.observed_at.split(":")
        return int(hours) * 60 + int(minutes)


class Question(_Strict):
    """The table ``[question]``: the rules, fixed before looking.

    ``negative_control`` names a channel that is known to do nothing to the score. A post is taken
    for a share of a focal post from ``crosspost_confidence`` on.
    """

    window_hours: Hours = 48
    alpha: Annotated[Number, Field(gt=0, lt=0.5)] = 0.05
    smallest_effect: Annotated[Number, Field(gt=0)] | None = None
    negative_control: Words | None = None
    crosspost_confidence: Annotated[Number, Field(ge=0, le=1)] = THRESHOLD

    @property
    def days(self) -> int:
        """The window in days."""
        return self.window_hours // 24


class Break(_Strict):
    """One ``[[breaks]]``: a known change of the scoring model."""

    date: dt.date
    label: Words = "a change of the scoring model"


class Coverage(_Strict):
    """One ``[coverage.<channel>]``: the first and last day on which its source is complete."""

    start: dt.date | None = None
    end: dt.date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Coverage:
        if self.start and self.end and self.start > self.end:
            raise ValueError("expected start on or before end")
        return self


class Settings(_Strict):
    """A whole study.toml.

    ``sources`` holds one path or several for each channel. ``coverage`` is optional: it says how
    far a source reaches where its files do not. ``collect`` too: it says what ``needle collect``
    asks, channel by channel; what that kept is one more part of the channel's source.
    """

    title: Words
    timezone: Zone
    focal: Words
    simulated: bool = False
    score: ScoreSettings = ScoreSettings()
    sources: dict[Words, Paths] = {}
    question: Question = Question()
    breaks: tuple[Break, ...] = Field(default=(), strict=False)
    coverage: dict[str, Coverage] = {}
    collect: dict[str, CollectSettings] = {}

    @property
    def zone(self) -> ZoneInfo:
        """The study's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """Where each source stands, by its key: its own paths, then what was collected."""
        return places_of(dict(self.sources), self.collect)


def read_toml(folder: Path) -> dict[str, Any]:
    """Return the raw content of a study's study.toml.

    Raises
    ------
    InputError
        The folder or file is not there, or it is no TOML.
    """
    path, label = folder / FILE, f"{folder.name}/{FILE}"
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise NotADirectoryError
        if not path.exists():
            raise absent(label, "expected this file in the study's folder")
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        expected = "expected a study: a folder with a study.toml in it"
        raise absent(folder.name, expected) from None
    except UnicodeDecodeError as error:
        raise corrupt(label, f"byte {error.start}", "expected UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        said = str(error)[: place.start()] if place else str(error)
        raise corrupt(label, place[1] if place else "", f"expected TOML: {said}") from None
    except ValueError:
        raise corrupt(label, "", "expected TOML whose numbers have fewer digits") from None
    except RecursionError:
        raise corrupt(label, "", "expected TOML with fewer levels of nesting") from None
    except OSError as error:
        raise corrupt(label, "", f"expected a readable file: {error.strerror}") from None


def _shown(value: Any) -> str:
    """Return a value as study.toml spells it; a table or list only by what it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of many digits"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else repr(value)


def _key(location: tuple[int | str, ...]) -> str:
    """Return where in study.toml an error stands; the first of ``[[breaks]]`` is number 1."""
    parts = [str(part + 1) if isinstance(part, int) else part for part in location]
    return ".".join(part or '""' for part in parts if part != "[key]")


def _expected(error: Any) -> str:
    """Return the expectation that one pydantic error stands for."""
    kind, found = error["type"], error["input"]
    if kind == "extra_forbidden":
        known = _known_keys(error["loc"][:-1])
        return f"unknown key; expected one of: {known}" if known else "unknown key"
    if kind == "missing":
        return "expected this key; it is missing"
    if kind == "value_error":
        said = str(error["msg"]).removeprefix("Value error, ")
        if isinstance(found, dict):
            return said
    elif kind in _EXPECTED:
        said = "expected " + _EXPECTED[kind].format_map(error.get("ctx", {}))
    else:
        said = f"expected another value ({error['msg']})"
    return f"{said}, found {without_secrets(_shown(found))}"


def check_settings(raw: dict[str, Any], label: str) -> tuple[Settings | None, list[Problem]]:
    """Validate a study.toml.

    Parameters
    ----------
    raw : dict
        The parsed file.
    label : str
        How problems name it.

    Returns
    -------
    settings, problems
        Settings are None when there is any problem; there is one problem a wrong key.
    """
    missing = [Problem("invalid", label, f"key {key}", said) for key, said in _missing(raw)]
    try:
        settings = validated(raw, label)
    except InputError as error:
        return None, [*error.problems, *missing]
    if missing:
        return None, missing
    problems = _cross_checks(settings, label)
    return (None, problems) if problems else (settings, [])


def validated(raw: dict[str, Any], label: str) -> Settings:
    """Return settings whose keys are right each on its own.

    Raises
    ------
    InputError
        One problem a wrong key.
    """
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise InputError(
            [
                Problem("invalid", label, f"key {_key(item['loc'])}", _expected(item))
                for item in error.errors(include_url=False)
            ]
        ) from None


def _missing(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys that can be left out only where ``[collect]`` stands in for them."""
    collect = raw.get("collect")
    asked = set(collect) if isinstance(collect, dict) else set()
    said = "expected this key; it is missing"
    if SCORE not in asked:
        score = raw.get("score", raw)
        if score is raw:
            yield "score", said
        elif isinstance(score, dict) and "path" not in score:
            yield "score.path", said
    if not asked - {SCORE}:
        if "sources" not in raw:
            yield "sources", said
        elif raw["sources"] == {}:
            yield "sources", "expected at least one entry, found a table"


def _known_keys(where: tuple[int | str, ...]) -> str:
    tables: dict[str, type[BaseModel]] = {
        "": Settings,
        "score": ScoreSettings,
        "question": Question,
        "breaks": Break,
        "coverage": Coverage,
    }
    if where and where[0] == "collect":
        return known_keys()
    model = tables.get(str(where[0]) if where else "")
    return ", ".join(model.model_fields) if model else ""


def _cross_checks(settings: Settings, label: str) -> list[Problem]:
    """Return what is wrong between keys that are right each on its own."""
    wrong: list[tuple[str, str]] = []
    named = [name for name in settings.places if name not in TABLES]
    control, control_key = settings.question.negative_control, "question.negative_control"
    if len(named) == len(settings.places):
        tables = " and ".join(
            f"[{table}]"
            for table, held in (("sources", settings.sources), ("collect", settings.collect))
            if any(name in held for name in named)
        )
        known = f"expected one of the channels in {tables}: {', '.join(named)}"
        if settings.focal not in named:
            wrong.append(("focal", f"{known}; found {settings.focal!r}"))
        if control is not None and control not in named:
            wrong.append((control_key, f"{known}; found {control!r}"))
        wrong += [(f"coverage.{name}", known) for name in settings.coverage if name not in named]
    if control == settings.focal:
        wrong.append((control_key, f"expected another channel than the focal one, {control!r}"))
    owner: dict[PurePosixPath, str] = {}
    for key, paths in settings.places.items():
        for path in paths:
            first = owner.setdefault(PurePosixPath(path), key)
            if first != key:
                wrong.append(
                    (f"sources.{key}", f"expected each path once; {first} has {path!r} too")
                )
    wrong += cross_checks(settings.collect)
    return [Problem("invalid", label, f"key {key}", expected) for key, expected in wrong]
