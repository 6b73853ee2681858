"""study.toml: what a study says about itself, every key checked."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
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

from analysis.errors import InputError, Problem, absent

FILE = "study.toml"
TABLES = ("activity", "daily")
"""Source keys that are not channels but tables that carry their own."""

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError("expected an IANA time zone such as Europe/Berlin") from None
    return name


def _inside(path: str) -> str:
    pure = PurePosixPath(path.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or re.match(r"[A-Za-z]:", path):
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


Zone = Annotated[str, AfterValidator(_zone)]
Inside = Annotated[str, StringConstraints(min_length=1), AfterValidator(_inside)]
Clock = Annotated[str, AfterValidator(_clock)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Number = Annotated[float, BeforeValidator(_plain_number)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ScoreSettings(_Strict):
    """The table ``[score]``."""

    name: Words = "score"
    path: Inside
    kind: Literal["level", "flow"] = "level"
    observed_at: Clock = "00:00"

    @property
    def minutes(self) -> int:
        """Minutes after local midnight at which the score is read (0 to 1440)."""
        hours, minutes = self.observed_at.split(":")
        return int(hours) * 60 + int(minutes)


class Question(_Strict):
    """The table ``[question]``: the rules, fixed before looking."""

    window_hours: int = 48
    alpha: Annotated[Number, Field(gt=0, lt=0.5)] = 0.05
    smallest_effect: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _whole_days(self) -> Question:
        if self.window_hours not in range(24, 169, 24):
            raise ValueError("window_hours: expected 24, 48, 72, … or 168: whole days")
        return self

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

    ``coverage`` is optional: it says how far a source reaches where its files do not.
    """

    title: Words
    timezone: Zone
    focal: Words
    simulated: bool = False
    score: ScoreSettings
    sources: Annotated[dict[str, Inside], Field(min_length=1)]
    question: Question = Question()
    breaks: tuple[Break, ...] = Field(default=(), strict=False)
    coverage: dict[str, Coverage] = {}

    @property
    def zone(self) -> ZoneInfo:
        """The study's time zone."""
        return ZoneInfo(self.timezone)


def read_toml(folder: Path) -> dict[str, Any]:
    """Return the raw content of a study's study.toml.

    Raises
    ------
    InputError
        The folder or file is not there, or it is no TOML.
    """
    path = folder / FILE
    label = f"{folder.name}/{FILE}"
    if not folder.is_dir():
        raise absent(folder.name, "expected a study: a folder with a study.toml in it")
    if not path.is_file():
        raise absent(label, "expected this file in the study's folder")
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(Problem("corrupt", label, "", f"expected TOML: {error}")) from None


def _expected(error: Any) -> tuple[str, str]:
    """Return the key and the expectation that one pydantic error stands for."""
    key = ".".join(str(part) for part in error["loc"])
    kind, message = error["type"], error["msg"].removeprefix("Value error, ")
    found = repr(error.get("input"))
    if kind == "extra_forbidden":
        return key, "unknown key"
    if kind == "missing":
        return key, "expected this key; it is missing"
    if kind == "value_error":
        if key and isinstance(error.get("input"), str | int | float):
            return key, f"{message}, found {found}"
        return key, message
    lowered = message[0].lower() + message[1:]
    lowered = lowered.removeprefix("input should be ").removeprefix("a valid ")
    return key, f"expected {lowered}, found {found}"


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
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        problems = []
        for item in error.errors(include_url=False):
            key, expected = _expected(item)
            if expected == "unknown key":
                known = _known_keys(item["loc"][:-1])
                expected = f"unknown key; expected one of: {known}" if known else expected
            problems.append(Problem("invalid", label, f"key {key}" if key else "", expected))
        return None, problems
    problems = _cross_checks(settings, label)
    return (None, problems) if problems else (settings, [])


def _known_keys(where: tuple[int | str, ...]) -> str:
    tables: dict[str, type[BaseModel]] = {
        "": Settings,
        "score": ScoreSettings,
        "question": Question,
        "breaks": Break,
        "coverage": Coverage,
    }
    model = tables.get(str(where[0]) if where else "")
    return ", ".join(model.model_fields) if model else ""


def _cross_checks(settings: Settings, label: str) -> list[Problem]:
    named = [name for name in settings.sources if name not in TABLES]
    carries_its_own = len(named) < len(settings.sources)
    if settings.focal not in named and not carries_its_own:
        expected = f"expected one of the channels in [sources]: {', '.join(named)}"
        return [Problem("invalid", label, "key focal", f"{expected}; found {settings.focal!r}")]
    return []
