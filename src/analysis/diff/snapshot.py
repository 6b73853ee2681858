"""What a results.json says that can be compared, checked value by value."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import InputError, Problem, absent, corrupt, invalid, one_line, unknown

SCHEMA = 1
FILE = "results.json"
_LARGEST = 1e300
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; what is not known is None, as is an end without bound."""

    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def bounded(self) -> bool:
        """Whether at least one end of an interval is known."""
        return self.low is not None or self.high is not None

    def alike(self, other: Estimate) -> bool:
        """Whether both are in the same unit, as far as they tell."""
        return not self.unit or not other.unit or self.unit == other.unit

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies within the interval."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One claim of the ledger."""

    id: str
    statement: str
    verdict: str
    reason: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: its posts, and its effect in both codings."""

    posts: int | None
    effect: Estimate
    alone: Estimate


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a results.json says that can be compared.

    Attributes
    ----------
    folder, title : str
        Of the study; empty when the file does not say.
    start, end : str
        First and last day with a reading.
    readings : int or None
        How many.
    claims, channels : mapping
        By id, and by name.
    experiment : Estimate or None
        The planned posts' effect; None without a plan.
    inputs : mapping of str to str
        sha256 by path.
    parameters : mapping of str to str
        The settings by dotted key, each as JSON.
    smallest : float or None
        The smallest effect that matters, as it was applied.
    code : mapping of str to str
        needle's version and the commit.
    versions : mapping of str to str
        Of Python and the packages.
    """

    folder: str
    title: str
    start: str
    end: str
    readings: int | None
    claims: Mapping[str, Verdict]
    channels: Mapping[str, Channel]
    experiment: Estimate | None
    inputs: Mapping[str, str]
    parameters: Mapping[str, str]
    smallest: float | None
    code: Mapping[str, str]
    versions: Mapping[str, str]

    @classmethod
    def of(cls, results: Any, file: str = FILE) -> Snapshot:
        """Return what ``results`` says.

        Parameters
        ----------
        results : object
            The content of results.json.
        file : str
            What to call it in an error.

        Raises
        ------
        InputError
            It is no results.json, or of another schema, or a value in it is not of its type.
        """
        whole = _At(results, file)
        if not isinstance(results, Mapping) or not {"schema", "claims"} <= results.keys():
            raise unknown(file, "expected a results.json, with the keys 'schema' and 'claims'")
        schema = whole.get("schema")
        if isinstance(schema.value, bool) or schema.value != SCHEMA:
            raise schema.wrong(f"{SCHEMA}, the layout that this needle knows")
        study, period = whole.get("study"), whole.get("period")
        made = whole.get("provenance")
        claims = [_claim(claim) for claim in whole.get("claims").items()]
        experiment = whole.get("experiment")
        return cls(
            folder=study.get("folder").text(),
            title=study.get("title").text(),
            start=period.get("start").text(),
            end=period.get("end").text(),
            readings=period.get("readings").count(),
            claims={claim.id: claim for claim in claims},
            channels={name: _channel(one) for name, one in whole.get("channels").members()},
            experiment=None if experiment.value is None else _estimate(experiment, "effect"),
            inputs=_texts(made.get("inputs")),
            parameters=dict(_flat(made.get("parameters"))),
            smallest=whole.get("question").get("smallest_effect").number(),
            code=_known(needle=whole.get("needle").text(), revision=made.get("revision").text()),
            versions={
                name: said
                for name, said in _texts(made.get("versions")).items()
                if name != "needle"
            },
        )


def read(path: Path) -> Snapshot:
    """Return what a results.json says, or the one in a folder.

    Parameters
    ----------
    path : Path
        The file, or the folder of a report.

    Raises
    ------
    InputError
        It is not there, cannot be read, or is no results.json that this needle knows.
    """
    place = path / FILE if path.is_dir() else path
    name = f"{place.resolve().parent.name}/{place.name}"
    if not place.exists():
        raise absent(name, f"expected a {FILE}, or a folder with one")
    if not place.is_file():
        raise unknown(name, f"expected a {FILE}, found something that is no file")
    try:
        content = json.loads(place.read_bytes())
    except OSError as error:
        raise corrupt(name, "", f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise corrupt(name, "", f"expected JSON: {one_line(error, 100)}") from None
    return Snapshot.of(content, name)


class _At:
    """A value in the file, and the way to it."""

    def __init__(self, value: Any, file: str, place: str = "") -> None:
        self.value, self.file, self.place = value, file, place

    def wrong(self, expected: str) -> InputError:
        """Return the error for a value that is not what stands there by the docs."""
        found = one_line(json.dumps(self.value), 60) if _is_short(self.value) else "something else"
        return invalid(self.file, self.place, f"expected {expected}, found {found}")

    def _as(self, kind: Callable[[Any], bool], expected: str, empty: Any) -> Any:
        if self.value is None:
            return empty
        if not kind(self.value):
            raise self.wrong(expected)
        return self.value

    def get(self, key: str) -> _At:
        """Return the value of a key; None when it is not there."""
        inside = self._as(lambda value: isinstance(value, Mapping), "an object", {})
        return _At(inside.get(key), self.file, f"{self.place}.{key}" if self.place else key)

    def members(self) -> list[tuple[str, _At]]:
        """Return every key with its value."""
        inside = self._as(lambda value: isinstance(value, Mapping), "an object", {})
        return [(key, self.get(key)) for key in inside]

    def items(self) -> list[_At]:
        """Return what stands in a list."""
        inside = self._as(lambda value: isinstance(value, list), "a list", [])
        return [_At(item, self.file, f"{self.place}[{at}]") for at, item in enumerate(inside)]

    def text(self) -> str:
        """Return a text; empty when there is none."""
        return str(self._as(lambda value: isinstance(value, str), "a text", ""))

    def number(self) -> float | None:
        """Return a number, or None."""
        found = self._as(_is_number, "a number or null", None)
        return None if found is None else float(found)

    def count(self) -> int | None:
        """Return a whole number of things, or None."""
        found = self._as(_is_count, "a whole number or null", None)
        return None if found is None else int(found)


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and not (isinstance(value, float) and math.isnan(value)) and abs(value) < _LARGEST


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_short(value: Any) -> bool:
    """Whether a value can be shown in a message."""
    return value is None or isinstance(value, str | bool | float) or _is_count(value)


def _claim(claim: _At) -> Verdict:
    name, verdict = claim.get("id").text(), claim.get("verdict").text()
    if not name or not verdict:
        raise claim.get("id" if not name else "verdict").wrong("a text")
    return Verdict(
        id=name,
        statement=claim.get("statement").text(),
        verdict=verdict,
        reason=claim.get("reason").text(),
        estimate=_estimate(claim, "estimate"),
    )


def _channel(channel: _At) -> Channel:
    return Channel(
        posts=channel.get("posts").count(),
        effect=_estimate(channel, "effect"),
        alone=_estimate(channel.get("all_posts"), "effect"),
    )


def _estimate(record: _At, key: str) -> Estimate:
    ends = [end.number() for end in record.get("interval").items()]
    if len(ends) not in (0, 2):
        raise record.get("interval").wrong("two numbers")
    low, high = ends or (None, None)
    return Estimate(record.get(key).number(), low, high, record.get("unit").text())


def _texts(record: _At) -> dict[str, str]:
    return {name: value.text() for name, value in record.members()}


def _known(**texts: str) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _flat(at: _At, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise InputError(Problem("invalid", at.file, at.place[:80], "expected less deep settings"))
    if isinstance(at.value, Mapping) and at.value:
        for key, value in at.members():
            yield from _flat(value, f"{prefix}.{key}" if prefix else key, depth + 1)
    elif isinstance(at.value, list) and any(isinstance(item, Mapping) for item in at.value):
        for number, item in enumerate(at.items(), 1):
            yield from _flat(item, f"{prefix} {number}", depth + 1)
    elif at.value is not None and prefix:
        yield prefix, json.dumps(at.value, ensure_ascii=False)
