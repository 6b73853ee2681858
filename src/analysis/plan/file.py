"""plan.json: what was planned, sealed by a hash before the first day."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.errors import absent, corrupt, invalid, one_line
from analysis.plan.design import WEEK, Days, Design, Rules
from analysis.settings import Clock, Hours, Number, Settings, Words, Zone

PLAN, SEAL, TABLE, CALENDAR = "plan.json", "plan.sha256", "plan.csv", "plan.ics"
FILES = (PLAN, SEAL, TABLE, CALENDAR)

LAYOUT: Literal[1] = 1
MOST_WEEKS = 104
MOST_SEED = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""

Day = Annotated[dt.date, Field(ge=dt.date(1900, 1, 1), le=dt.date(9000, 1, 1))]

_MOST_BYTES = 1_000_000
_DRAWN, _COMPARED = 0, 1
"""Streams of one seed: the plan itself, and the plans that it is compared with."""


class Plan(BaseModel):
    """A plan as its file holds it.

    Attributes
    ----------
    made : date
        The day it was drawn.
    start, end : date
        The first and last planned local day.
    never : tuple of int
        Weekdays (0 is Monday) without a planned post.
    detectable : float or None
        The effect that it was expected to find with 80 % power, in ``unit``.
    smallest_effect : float or None
        The smallest effect that matters, as it was when the plan was made.
    analysis : tuple of str
        How it is going to be analyzed, in words.
    assignment : dict of date to bool
        True on posting days.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    layout: Literal[1] = Field(alias="schema")
    made: Day
    focal: Words
    timezone: Zone
    score_kind: Literal["level", "flow"]
    observed_at: Clock
    window_hours: Hours
    alpha: Annotated[Number, Field(gt=0, lt=0.5)]
    smallest_effect: Annotated[Number, Field(gt=0)] | None
    start: Day
    end: Day
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)]
    posts_per_week: Annotated[int, Field(ge=1, le=WEEK - 1)]
    never: tuple[Annotated[int, Field(ge=0, le=WEEK - 1)], ...]
    longest_posting: Annotated[int, Field(ge=1)]
    longest_quiet: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)]
    draws: Annotated[int, Field(ge=999, le=99_999)]
    detectable: Annotated[Number, Field(gt=0)] | None
    unit: Words
    analysis: tuple[str, ...]
    assignment: dict[dt.date, bool]

    @model_validator(mode="after")
    def _of_its_own_design(self) -> Plan:
        whole = [self.start + dt.timedelta(days=day) for day in range(self.rules.days)]
        if list(self.assignment) != whole or self.end != whole[-1]:
            raise ValueError("expected every day of the weeks from start to end, in order")
        if not Design(self.rules).holds(self.days):
            raise ValueError("expected an assignment that obeys the plan's own rules")
        return self

    @property
    def rules(self) -> Rules:
        """What every plan that might have been drawn has in common."""
        return Rules(
            start=self.start,
            weeks=self.weeks,
            posts_per_week=self.posts_per_week,
            never=self.never,
            longest_posting=self.longest_posting,
            longest_quiet=self.longest_quiet,
        )

    @property
    def days(self) -> Days:
        """Which days are posting days; shape (days,)."""
        return np.array(list(self.assignment.values()), dtype=bool)

    @property
    def posting_days(self) -> int:
        """The number of posting days."""
        return self.weeks * self.posts_per_week

    @property
    def minutes(self) -> int:
        """Minutes after local midnight at which the score is read."""
        hours, minutes = self.observed_at.split(":")
        return int(hours) * 60 + int(minutes)

    def others(self) -> Days:
        """Return the plans that it is compared with; shape (draws, days)."""
        return Design(self.rules).draw(np.random.default_rng([self.seed, _COMPARED]), self.draws)


def drawn(rules: Rules, seed: int) -> dict[dt.date, bool]:
    """Return the one plan of a seed, by local day."""
    (days,) = Design(rules).draw(np.random.default_rng([seed, _DRAWN]), 1)
    return {rules.start + dt.timedelta(days=i): bool(post) for i, post in enumerate(days)}


def seal_of(content: bytes) -> str:
    """Return what is published before the first day: the hexadecimal sha256 of plan.json."""
    return hashlib.sha256(content).hexdigest()


def read_plan(folder: Path) -> Plan | None:
    """Return the plan of a study's folder, or None where none was made.

    Raises
    ------
    InputError
        There is a plan without its seal or a seal without its plan, the plan was changed after
        it was sealed, or it is none that ``needle plan`` could have written.
    """
    label = folder.name
    if not (folder / PLAN).exists() and not (folder / SEAL).exists():
        return None
    content, seal = (_content(folder / name, f"{label}/{name}") for name in (PLAN, SEAL))
    found = re.match(rb"([0-9a-f]{64})\s", seal + b"\n")
    if not found:
        raise corrupt(f"{label}/{SEAL}", "", "expected the sha256 of plan.json, 64 hex digits")
    if found[1].decode("ascii") != seal_of(content):
        expected = "expected the plan that was sealed; it was changed after that (plan.sha256)"
        raise invalid(f"{label}/{PLAN}", "", expected)
    return _parsed(content, f"{label}/{PLAN}")


def _content(path: Path, label: str) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise absent(label, "expected this file: a plan and its seal belong together") from None
    except OSError as error:
        raise corrupt(label, "", f"expected a readable file: {error.strerror}") from None
    if len(content) > _MOST_BYTES:
        raise corrupt(label, "", "expected a file of at most a megabyte")
    return content


def _parsed(content: bytes, label: str) -> Plan:
    try:
        return Plan.model_validate_json(content)
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        said = one_line(str(first["msg"]).removeprefix("Value error, "))
        raise invalid(label, f"key {place}" if place else "", said) from None


def disagreements(plan: Plan, settings: Settings) -> list[tuple[str, object, object]]:
    """Return where study.toml has changed since the plan was sealed.

    Returns
    -------
    list of tuple
        The key of study.toml, what the plan has, what study.toml has.
    """
    pairs = {
        "focal": (plan.focal, settings.focal),
        "timezone": (plan.timezone, settings.timezone),
        "score.kind": (plan.score_kind, settings.score.kind),
        "score.observed_at": (plan.observed_at, settings.score.observed_at),
        "question.window_hours": (plan.window_hours, settings.question.window_hours),
        "question.alpha": (plan.alpha, settings.question.alpha),
    }
    return [(key, sealed, now) for key, (sealed, now) in pairs.items() if sealed != now]
