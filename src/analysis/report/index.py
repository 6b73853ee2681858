"""The index over all studies: which claim holds where, how fresh each is, and what failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.report.ledger import answer_word

VERDICTS = ("supported", "refuted", "inconclusive", "untestable")
FAILED = "failed"
_UNREADABLE = "results.json beside its page is not of a layout that this needle knows"


@dataclass(frozen=True, slots=True)
class Entry:
    """One study on the index.

    Attributes
    ----------
    name : str
        Its folder in ``reports``.
    results : mapping or None
        Of its last good report; None when there is none.
    failure : str
        Why its last run failed, in one line; empty when it did not.
    """

    name: str
    results: Mapping[str, Any] | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a study says of a claim; an empty verdict where it does not decide on it."""

    id: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Row:
    """One study, as the index lays it out.

    Attributes
    ----------
    name : str
        Its folder in ``reports``.
    title, verdict, word, sentence, question : str
        Its headline; ``failed`` and nothing else where there is no report.
    period : str
        First and last day, and the readings between.
    end : str
        Day of the last reading.
    age : str
        How many days that is before the newest reading of all studies.
    simulated : bool
        Whether the data are made up.
    failure : str
        Why the last run failed.
    cells : tuple of Cell
        One a claim, in the order of the columns.
    """

    name: str
    title: str
    verdict: str
    word: str
    sentence: str = ""
    question: str = ""
    period: str = ""
    end: str = ""
    age: str = ""
    simulated: bool = False
    failure: str = ""
    cells: tuple[Cell, ...] = ()

    @property
    def reported(self) -> bool:
        """Whether there is a page to go to."""
        return self.verdict != FAILED


@dataclass(frozen=True, slots=True)
class Index:
    """All studies.

    Attributes
    ----------
    rows : tuple of Row
        By folder name.
    claims : tuple of (str, str)
        Id and column heading, in the order of the first study's ledger.
    counts : mapping of str to int
        Studies by verdict on their headline; those without a report as ``failed``.
    """

    rows: tuple[Row, ...]
    claims: tuple[tuple[str, str], ...]
    counts: Mapping[str, int]


def index_of(entries: Iterable[Entry]) -> Index:
    """Return the index over studies.

    Days are counted from the newest reading of all, never from today: the same reports give the
    same page whenever it is made.
    """
    ordered = sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))
    read = [(entry, _read(entry)) for entry in ordered]
    claims: dict[str, str] = {}
    for _, told in read:
        for claim in told["claims"] if told else ():
            claims.setdefault(claim.id, claim.id.replace("-", " "))
    ends = [day for _, told in read if told and (day := _day(told["row"]["end"]))]
    newest = max(ends, default=None)
    rows = tuple(_row(entry, told, tuple(claims), newest) for entry, told in read)
    verdicts = [row.verdict for row in rows]
    counts = {verdict: verdicts.count(verdict) for verdict in (*VERDICTS, FAILED)}
    return Index(
        rows, tuple(claims.items()), {key: count for key, count in counts.items() if count}
    )


def _row(
    entry: Entry, told: dict[str, Any] | None, claims: Sequence[str], newest: dt.date | None
) -> Row:
    if told is None:
        why = entry.failure or _UNREADABLE
        return Row(entry.name, entry.name, FAILED, "No report", failure=why)
    verdicts = {cell.id: cell for cell in told["claims"]}
    return Row(
        name=entry.name,
        failure=entry.failure,
        age=_age(_day(told["row"]["end"]), newest),
        cells=tuple(verdicts.get(claim, Cell(claim, "")) for claim in claims),
        **told["row"],
    )


def _read(entry: Entry) -> dict[str, Any] | None:
    """Return what the index needs of a study's results; None when they do not hold it."""
    results = entry.results
    if results is None:
        return None
    try:
        study, answer = results["study"], results["answer"]
        claims = [
            Cell(_text(claim["id"]), _verdict(claim["verdict"])) for claim in results["claims"]
        ]
        end, period = _period(results)
        row = {
            "title": _text(study["title"]) or entry.name,
            "simulated": study["simulated"] is True,
            "verdict": _verdict(answer["verdict"]),
            "word": answer_word(answer["verdict"]),
            "sentence": _text(answer["sentence"]),
            "question": _text(results["question"]["text"]),
            "end": end,
            "period": period,
        }
    except (KeyError, TypeError, ValueError):
        return None
    return {"claims": claims, "row": row}


def _period(results: Mapping[str, Any]) -> tuple[str, str]:
    """Return the last day, and the days and readings in words; many accounts have no one day."""
    if results.get("kind") == "needle accounts":
        return "", f"{results['accounts']['fitted']:,} accounts, {results['readings']:,} readings"
    period = results["period"]
    days = f"{_text(period['start'])} to {_text(period['end'])}"
    return period["end"], f"{days}, {period['readings']} readings"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _verdict(value: Any) -> str:
    if value not in VERDICTS:
        raise TypeError
    return str(value)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _age(end: dt.date | None, newest: dt.date | None) -> str:
    if end is None or newest is None:
        return ""
    days = (newest - end).days
    return "newest" if days == 0 else f"{days:,} day{'' if days == 1 else 's'} before the newest"
