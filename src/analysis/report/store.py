"""When a report is fresh, and how a new one takes its place.

Freshness is a matter of content alone: the notebooks, the package and its commit, the study, the
parameters and the environment. Times of files never matter; a git checkout sets them all anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import platform
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import analysis
from analysis import disk
from analysis.errors import Problem, invalid, is_device
from analysis.files import Tree, sha256_of
from analysis.report.stamp import STAMP, Stamp, is_damaged, read_stamp, write_stamp
from analysis.revision import revision

FAILURE = ".failure.json"
RESULTS = "results.json"
INDEX = "index.html"
LOCK = "requirements.lock"
DISTRIBUTION = "needle-analysis"
_SCHEMA = 1
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that a report is made from.

    Attributes
    ----------
    study : Path
        The study's folder.
    notebooks : tuple of Path
        In the order of the page.
    parameters : mapping of str to object
        What the notebooks are given, and whatever else changes the results.
    lock : Path or None
        The pinned requirements, when there are any.
    """

    study: Path
    notebooks: tuple[Path, ...]
    parameters: Mapping[str, Any]
    lock: Path | None = None


def content_key(made_from: Ingredients, around: Mapping[str, Any] | None = None) -> str:
    """Return the sha256 over everything that a report is made from.

    Parameters
    ----------
    made_from : Ingredients
        What is its own.
    around : mapping of str to object, optional
        The :func:`surroundings` of its lock, when they are known.

    Raises
    ------
    InputError
        The study's folder or a file in it cannot be read.
    """
    parts = {
        "notebooks": [(path.name, sha256_of(path, path.name)) for path in made_from.notebooks],
        "study": Tree.at(made_from.study, made_from.study.name).digests(),
        "parameters": made_from.parameters,
        **(around or surroundings(made_from.lock)),
    }
    return digest_of(parts)


def surroundings(lock: Path | None) -> dict[str, Any]:
    """Return what every report of a run is made from: the package and the environment.

    Parameters
    ----------
    lock : Path or None
        The pinned requirements, when there are any.
    """
    return {
        "package": package_digests(),
        "lock": sha256_of(lock, LOCK) if lock else None,
        "installed": installed_versions(),
        "pinned": _by_folders(pinned_versions(lock)) if lock else {},
        "python": platform.python_version(),
        "revision": revision(),
    }


def digest_of(parts: Mapping[str, Any]) -> str:
    """Return the sha256 over what can be JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def package_digests() -> dict[str, str]:
    """Return the sha256 of every file of this package, by relative path."""
    root = Path(analysis.__file__).parent
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): sha256_of(path, path.name)
        for path in files
        if "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def installed_versions() -> dict[str, str]:
    """Return the versions of what this package requires, as they are installed.

    What is required and not there is left out: the metadata of an older install may name it.
    """
    required = [
        required_name(requirement)
        for requirement in importlib.metadata.requires(DISTRIBUTION) or []
        if "extra ==" not in requirement
    ]
    versions = _by_folders(required)
    for name in set(required) - versions.keys():  # installed in a way of its own
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions


def required_name(requirement: str) -> str:
    """Return the name in a requirement such as ``NumPy>=2.1``, as package indexes compare it."""
    return plain_name(re.split(r"[\s<>=!~;\[(]", requirement, maxsplit=1)[0])


def plain_name(name: str) -> str:
    """Return a package's name as package indexes compare it: lower case, with hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned_versions(lock: Path) -> dict[str, set[str]]:
    """Return the versions that a lock pins by name; more than one where systems differ."""
    pinned: dict[str, set[str]] = {}
    for name, version in _PINNED.findall(lock.read_text(encoding="utf-8")):
        pinned.setdefault(plain_name(name), set()).add(version)
    return pinned


def _by_folders(names: Collection[str]) -> dict[str, str]:
    """Return the versions of packages by the names of their folders: all read at once."""
    wanted, found = set(names), {}
    for folder in map(Path, reversed(sys.path)):  # what comes first is what is imported
        for record in folder.glob("*.dist-info"):
            name, _, version = record.stem.partition("-")
            if plain_name(name) in wanted:
                found[plain_name(name)] = version
    return found


def is_fresh(folder: Path, made_from: Ingredients, key: str) -> bool:
    """Whether the report in ``folder`` was made from the same, and is whole.

    Parameters
    ----------
    folder : Path
        Of the report.
    made_from : Ingredients
        What it would be made from now.
    key : str
        Their :func:`content_key`.
    """
    stamp = read_stamp(folder)
    if stamp is None or stamp.key != key or (folder / FAILURE).exists():
        return False
    # A link in the study may lead to a file outside of it, which the key does not see.
    return _holds(made_from.study, stamp.inputs) and _holds(folder, stamp.outputs)


def damage(folder: Path) -> str:
    """Return which file of a report is not as it was written; empty where each is."""
    stamp = read_stamp(folder)
    if stamp is None:
        return STAMP if is_damaged(folder) else ""
    known = stamp.known()
    return next((name for name in sorted(known) if not is_sound(folder, name, stamp)), "")


def is_sound(folder: Path, name: str, stamp: Stamp) -> bool:
    """Whether a file of a report is as it was written."""
    path, known = folder / name, stamp.known().get(name, ())
    if not path.is_file():
        return bool(stamp.before)  # it was being put in place, or taken away
    return sha256_of(path, name) in known


def _holds(folder: Path, digests: Mapping[str, str]) -> bool:
    return all(
        (folder / name).is_file() and sha256_of(folder / name, name) == digest
        for name, digest in digests.items()
    )


def publish(built: Path, folder: Path, key: str, inputs: Mapping[str, str]) -> None:
    """Put a finished report in place of the old one.

    Each file is renamed over its predecessor, the page last, so that there is a whole page at
    every moment. What the old report had and the new one has not is removed; files that no
    report made are left alone. A stop half-way leaves a stamp of no key: the next run renders
    again.

    Parameters
    ----------
    built : Path
        The new report, complete, on the same file system; it is used up.
    folder : Path
        Where it goes.
    key : str
        What it was made from.
    inputs : mapping of str to str
        sha256 by path within the study.

    Raises
    ------
    OSError
        The disk does not take it.
    """
    names = [path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()]
    outputs = {name: sha256_of(built / name, name) for name in sorted(names)}
    disk.sync_tree(built)
    old = (read_stamp(folder) or Stamp("")).known()
    folder.mkdir(parents=True, exist_ok=True)
    write_stamp(folder, Stamp("", {}, outputs, old))
    for name in sorted(outputs, key=lambda name: (name == INDEX, name)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        disk.move(built / name, folder / name, synced=False)
    for name in set(old) - set(outputs):
        (folder / name).unlink(missing_ok=True)
    (folder / FAILURE).unlink(missing_ok=True)
    for place in {(folder / name).parent for name in outputs}:
        disk.sync_folder(place)
    write_stamp(folder, Stamp(key, inputs, outputs))


def record_failure(folder: Path, messages: Sequence[str]) -> None:
    """Note beside the old report, if any, why the last run failed; nothing else is touched."""
    folder.mkdir(parents=True, exist_ok=True)
    disk.write(folder / FAILURE, json_text({"schema": _SCHEMA, "messages": list(messages)}))


def failure_of(folder: Path) -> str:
    """Return why the last run failed; empty when it did not."""
    if not (folder / FAILURE).exists():
        return ""
    noted = (_read(folder / FAILURE) or {}).get("messages")
    if isinstance(noted, list) and noted and all(isinstance(each, str) for each in noted):
        return "; ".join(noted)
    return f"{FAILURE} beside its page, which says why, cannot be read"


def results_of(folder: Path) -> dict[str, Any] | None:
    """Return the results.json of a report, or None when there is none that can be read."""
    return json_of(folder / RESULTS)


def json_of(path: Path) -> dict[str, Any] | None:
    """Return the object that a JSON file holds, or None when there is none that can be read."""
    return _read(path)


def holding(
    folder: Path, tell: Callable[[str], None] | None = None
) -> AbstractContextManager[bool]:
    """Hold a report's folder for one run, as `analysis.disk.locked`; its parent exists."""
    place = folder.with_name(disk.hidden_name(folder.name, disk.LOCK))
    return disk.locked(place, f"{folder.parent.name}/{folder.name}", tell=tell)


def check_ours(folder: Path) -> None:
    """Refuse a folder that holds something other than a report.

    Raises
    ------
    InputError
        It is no folder, or not empty and without the stamp that a report leaves.
    """
    if not folder.exists():
        return
    ours = folder.is_dir() and (
        all(disk.is_ours(path.name) for path in folder.iterdir())
        or (folder / STAMP).exists()
        or (folder / FAILURE).exists()
    )
    if not ours:
        expected = "expected a folder that an earlier report left, or none; name another --out"
        raise invalid(f"{folder.parent.name}/{folder.name}", "", expected)


def safe_name(study: Path) -> str:
    """Return the study folder's name without what paths or browsers give a meaning to."""
    name = re.sub(r"[^\w.-]+", "-", study.resolve().name).strip(".-")[:100]
    is_free = name and name.casefold() != "index.html" and not is_device(name)
    return name if is_free else f"study-{name}".strip("-")


def same_names(studies: Sequence[Path]) -> list[Problem]:
    """Return a problem for each study whose report would go where another's goes."""
    seen: dict[str, Path] = {}
    problems = []
    for study in studies:
        name = safe_name(study)
        if name.casefold() in seen:
            expected = f"expected studies of different folder names, found {name!r} twice"
            problems.append(Problem("invalid", study.name or name, "", expected))
        seen[name.casefold()] = study
    return problems


def find_lock(notebooks: Path) -> Path | None:
    """Return the pinned requirements beside the notebooks' folder, if there are any."""
    lock = notebooks.resolve().parent / LOCK
    return lock if lock.is_file() else None


def json_text(content: Mapping[str, Any]) -> str:
    """Return JSON as it is written to disk: UTF-8, two spaces, no NaN."""
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
