"""Where a channel stands: safe to lose, since losing it costs only requests.

What is collected twice is one post all the same, because posts are merged by id and address.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis import disk
from analysis.collect.archive import Place
from analysis.collect.robots import Robots

FILE = "state.json"
VERSION = 1
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Validator:
    """What the last answer of an address said of itself, verbatim, and where it stands."""

    etag: str
    modified: str
    sha256: str
    at: str
    file: str
    offset: int

    @property
    def place(self) -> Place:
        """Where the archive holds it."""
        return Place(self.file, self.offset)


class State:
    """The state of one channel.

    Attributes
    ----------
    cursor : dict
        The collector's own: whatever JSON holds. Set it before each ``yield``.
    validators, robots, stops, whole
        The fetcher's and the archive's.
    saved : datetime or None
        When the stops were noted, by the clock of that time.
    damaged : bool
        What stood there was not as it was written, and is as if it were not there.
    """

    def __init__(self, folder: Path, scrub: Callable[[str], str] = str) -> None:
        self.folder, self._scrub = folder, scrub
        self.cursor: dict[str, Any] = {}
        self.validators: dict[str, Validator] = {}
        self.robots: dict[str, Robots] = {}
        self.stops: dict[str, dt.datetime] = {}
        self.whole: dict[str, int] = {}
        self.saved: dt.datetime | None = None
        self.damaged = False
        self._seen: set[str] = set()
        self._read()

    def note(self, ids: Iterable[str]) -> int:
        """Remember ids of records, and return how many were never seen before."""
        marks = {hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16] for name in ids}
        new = len(marks - self._seen)
        self._seen |= marks
        return new

    def knows(self, name: str) -> bool:
        """Whether an id has been noted."""
        return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16] in self._seen

    def _read(self) -> None:
        """Read what is there; what cannot be read is as if it were not there."""
        self.damaged = (self.folder / FILE).exists()
        try:
            raw = json.loads((self.folder / FILE).read_bytes())
            if raw["version"] != VERSION or raw.pop(_DIGEST, None) not in (None, _digest(raw)):
                return
            saved = raw.get("saved")
            noted = dt.datetime.fromisoformat(saved) if saved else None
            validators = {url: Validator(**each) for url, each in raw["validators"].items()}
            robots = {
                where: Robots(dt.datetime.fromisoformat(each["at"]), str(each["text"]))
                for where, each in raw["robots"].items()
            }
            stops = {host: dt.datetime.fromisoformat(until) for host, until in raw["stops"].items()}
            whole = {str(name): int(size) for name, size in raw["whole"].items()}
            cursor, seen = dict(raw["cursor"]), set(map(str, raw["seen"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return
        self.validators, self.robots, self.stops = validators, robots, stops
        self.whole, self.cursor, self._seen = whole, cursor, seen
        self.saved, self.damaged = noted, False

    def stops_by(self, now: dt.datetime) -> dict[str, dt.datetime]:
        """Return the stops; where the clock went back since, as long from now as they were then."""
        back = self.saved - now if self.saved and self.saved > now else dt.timedelta()
        return {host: until - back for host, until in self.stops.items()}

    def save(self) -> None:
        """Write it beside its place, put it on the disk, and only then in its place."""
        raw = {
            "version": VERSION,
            "cursor": self.cursor,
            "validators": {url: asdict(each) for url, each in self.validators.items()},
            "robots": {
                where: {"at": each.at.isoformat(), "text": each.text}
                for where, each in self.robots.items()
            },
            "stops": {host: until.isoformat() for host, until in self.stops.items()},
            "saved": self.saved.isoformat() if self.saved else None,
            "whole": self.whole,
            "seen": sorted(self._seen),
        }
        whole = json.loads(
            self._scrub(json.dumps(raw, ensure_ascii=False)).encode("utf-8", "replace")
        )
        whole[_DIGEST] = _digest(whole)
        text = json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False)
        self.folder.mkdir(parents=True, exist_ok=True)
        disk.write(self.folder / FILE, text)


def _digest(raw: Mapping[str, Any]) -> str:
    text = json.dumps(raw, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
