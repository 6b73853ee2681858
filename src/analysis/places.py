"""Where a study's sources stand: paths within its folder, and what was collected for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from analysis.collect import collected_folder
from analysis.collect.settings import SCORE


def is_inside(path: str) -> bool:
    """Return whether a path of study.toml names something inside the study's folder."""
    pure = PurePosixPath(path.replace("\\", "/"))
    return (
        bool(pure.parts)
        and not pure.is_absolute()
        and ".." not in pure.parts
        and not re.match(r"[A-Za-z]:", path)
        and not any(unicodedata.category(character) == "Cc" for character in path)
    )


def checked_paths(value: Any) -> str | tuple[str, ...]:
    """Return one path or a list of them, each inside of the study and once.

    Raises
    ------
    ValueError
        With what is expected, as study.toml's other keys tell it.
    """
    paths = value if isinstance(value, list | tuple) and value else [value]
    for path in paths:
        if not isinstance(path, str):
            listed = "expected text in quotes, or a list of such"
            raise ValueError("expected text in quotes" if path is value else listed)
        if not path:
            raise ValueError("expected some text")
        if not is_inside(path):
            inside = "expected a path inside the study's folder"
            raise ValueError(inside if path is value else f"{inside}, not {path!r}")
    if len({PurePosixPath(path) for path in paths}) < len(paths):
        raise ValueError("expected each path once")
    return value if isinstance(value, str) else tuple(paths)


def places_of(sources: Mapping[str, Any], collect: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the usable paths of each source, and after them the one of what was collected.

    Parameters
    ----------
    sources : mapping
        The table ``[sources]``, checked or not; what is wrong with it is told elsewhere.
    collect : iterable of str
        The channels of ``[collect]``.
    """
    places: dict[str, tuple[str, ...]] = {}
    for key, value in sources.items():
        paths = value if isinstance(value, list | tuple) else [value]
        usable = tuple(path for path in paths if isinstance(path, str) and is_inside(path))
        if usable:
            places[key] = usable
    for channel in collect:
        if channel != SCORE:
            kept = collected_folder(channel)
            places[channel] = tuple(dict.fromkeys((*places.get(channel, ()), kept)))
    return places
