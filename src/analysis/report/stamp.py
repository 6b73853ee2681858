"""What a report says of itself: what it was made from, and what every file of it came to.

It carries a digest of its own, so that a bit that flipped in it is found as one in the page is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from analysis import disk

STAMP = ".render.json"
_SCHEMA = 2
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands in a report's ``.render.json``.

    Attributes
    ----------
    key : str
        Of all that the report was made from; empty as long as it is being put in place.
    inputs : mapping of str to str
        sha256 by path within the study.
    outputs : mapping of str to str
        sha256 by path within the report.
    before : mapping of str to tuple of str
        Of a report that is being put in place: what else may stand there, from those before it.
    """

    key: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def known(self) -> dict[str, tuple[str, ...]]:
        """Return every digest that a file of the report may have, by path."""
        return {
            name: tuple(dict.fromkeys((*self.before.get(name, ()), *_one(self.outputs.get(name)))))
            for name in {**self.before, **self.outputs}
        }


def _one(digest: str | None) -> tuple[str, ...]:
    return () if digest is None else (digest,)


def write_stamp(folder: Path, stamp: Stamp) -> None:
    """Put a report's stamp in its place.

    Raises
    ------
    OSError
        It cannot be written.
    """
    content: dict[str, Any] = {
        "schema": _SCHEMA,
        "key": stamp.key,
        "inputs": dict(stamp.inputs),
        "outputs": dict(stamp.outputs),
    }
    if stamp.before:
        content["before"] = {name: list(digests) for name, digests in stamp.before.items()}
    content[_DIGEST] = _digest(content)
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    disk.write(folder / STAMP, text)


def read_stamp(folder: Path) -> Stamp | None:
    """Return a report's stamp, or None where there is none that is whole."""
    try:
        content = json.loads((folder / STAMP).read_bytes())
        told = content.pop(_DIGEST)
        if told != _digest(content) or content["schema"] != _SCHEMA:
            return None
        before = {name: tuple(map(str, each)) for name, each in content.get("before", {}).items()}
        stamp = Stamp(content["key"], dict(content["inputs"]), dict(content["outputs"]), before)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return stamp if all(map(_is_inside, stamp.known())) else None


def is_damaged(folder: Path) -> bool:
    """Whether a report has a stamp that is not as it was written."""
    if read_stamp(folder) is not None or not (folder / STAMP).exists():
        return False
    try:
        content = json.loads((folder / STAMP).read_bytes())
    except (OSError, ValueError, RecursionError):
        return True
    return not isinstance(content, dict) or content.get("schema") == _SCHEMA


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
