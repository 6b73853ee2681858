"""Whether somebody else could make the same page again: a few checks, each said in words."""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from analysis.errors import InputError
from analysis.files import sha256_of
from analysis.report.parameters import source_of
from analysis.report.store import (
    DISTRIBUTION,
    LOCK,
    Ingredients,
    installed_versions,
    pinned_versions,
    required_name,
)

State = Literal["passed", "failed"]

_UNSEEDED = re.compile(r"\bdefault_rng\(\s*\)|\brandom\.(?!default_rng|Generator)[a-z]\w*\(")


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes
    ----------
    name : str
        What ought to be so.
    state : {"passed", "failed"}
        Whether it is; what cannot be looked at has failed.
    said : str
        What was found, and what that means.
    """

    name: str
    state: State
    said: str


def checks(
    results: Mapping[str, Any], made_from: Ingredients, executed: Mapping[str, Mapping[str, Any]]
) -> list[Check]:
    """Return the checks of a report whose notebooks have run.

    Parameters
    ----------
    results : mapping
        results.json.
    made_from : Ingredients
        What the report was made from, as it stands now.
    executed : mapping of str to mapping
        The executed notebooks' JSON by name.
    """
    revision = results["provenance"]["revision"]
    return [
        _committed(revision),
        _clean(revision),
        _seeded(executed),
        _relative(results, made_from, executed),
        _unchanged(results, made_from),
        _locked(made_from.lock),
    ]


def _check(name: str, failure: str, success: str) -> Check:
    return Check(name, "failed", failure) if failure else Check(name, "passed", success)


def _committed(revision: str | None) -> Check:
    return _check(
        "Committed",
        ""
        if revision
        else "The code does not stand in a Git repository, so no commit says which code this was.",
        f"The code is commit {str(revision).partition('+')[0]}: who has it can look at it.",
    )


def _clean(revision: str | None) -> Check:
    failure = ""
    if revision is None:
        failure = "Without a commit, nothing can be compared with it."
    elif "+" in revision:
        failure = (
            "Files differed from the commit when this was made, so the commit alone may not give "
            "the same page."
        )
    return _check("Clean tree", failure, "No file differed from the commit when this was made.")


def _seeded(executed: Mapping[str, Mapping[str, Any]]) -> Check:
    unseeded = sorted(
        name
        for name, notebook in executed.items()
        if any(_UNSEEDED.search(source) for source in _code(notebook))
        or any(seed is None for seed in _assigned(notebook, "seed"))
    )
    return _check(
        "Seed set",
        f"Draws without a seed in {', '.join(unseeded)}: another run gives other numbers."
        if unseeded
        else "",
        "All that is drawn at random is drawn from a fixed seed: another run gives the same.",
    )


def _relative(
    results: Mapping[str, Any],
    made_from: Ingredients,
    executed: Mapping[str, Mapping[str, Any]],
) -> Check:
    here = {str(made_from.study.resolve().parent), str(Path.home())} - {"/"}
    found = {
        name
        for name, notebook in executed.items()
        if any(_is_absolute(text) for source in _code(notebook) for text in _literals(source))
        or any(folder in str(cell.get("outputs")) for folder in here for cell in notebook["cells"])
    }
    found |= {source["path"] for source in results["sources"] if _is_absolute(source["path"])}
    return _check(
        "Relative paths",
        f"A path of one machine only is in {', '.join(sorted(found))}: elsewhere it leads nowhere."
        if found
        else "",
        "No notebook and no source names a path of this machine: the folder can be moved.",
    )


def _unchanged(results: Mapping[str, Any], made_from: Ingredients) -> Check:
    before: Mapping[str, str] = results["provenance"]["inputs"]
    now: dict[str, str] = {}
    for path in before:
        with contextlib.suppress(InputError):
            now[path] = sha256_of(made_from.study / path, path)
    changed = sorted(path for path, digest in before.items() if now.get(path) != digest)
    return _check(
        "Inputs unchanged",
        f"{len(changed)} of {len(before)} input files changed while this was made "
        f"({changed[0]}{', …' if len(changed) > 1 else ''}): numbers and pictures may not be of "
        "the same data."
        if changed
        else "",
        f"All {len(before)} input files are still what they were when the numbers were computed.",
    )


def _locked(lock: Path | None) -> Check:
    name = "Environment as locked"
    if lock is None:
        return Check(
            name,
            "failed",
            f"There is no {LOCK} beside the notebooks, so nothing says which versions belong to "
            "this page.",
        )
    other = list(_differences(lock))
    return _check(
        name,
        f"{len(other)} packages are not as in {LOCK} ({'; '.join(other[:4])}"
        f"{'; …' if len(other) > 4 else ''}): other versions may give other numbers."
        if other
        else "",
        f"Every installed package that {LOCK} pins has the version that it pins.",
    )


def _differences(lock: Path) -> Iterator[str]:
    """Yield each package that is not as the lock has it: missing, unpinned, another version."""
    pinned = pinned_versions(lock)
    for name in sorted(_required(lock) - set(pinned)):
        yield f"{name} is not pinned"
    for name, versions in sorted(pinned.items()):
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if name in _required(lock):
                yield f"{name} is not installed"
            continue  # pinned for another system or another Python
        if found not in versions:
            yield f"{name} is {found}, not {' or '.join(sorted(versions))}"


def _required(lock: Path) -> set[str]:
    """Return what this package needs to run: as its source beside the lock declares it.

    The metadata of an install may be older than the source that it runs.
    """
    try:
        project = tomllib.loads(lock.with_name("pyproject.toml").read_text("utf-8"))["project"]
        if project["name"] == DISTRIBUTION:
            return {required_name(one) for one in project["dependencies"]}
    except (OSError, KeyError, ValueError):
        pass  # no source there, or another project's
    return set(installed_versions())


def _code(notebook: Mapping[str, Any]) -> list[str]:
    return [source_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _trees(notebook: Mapping[str, Any]) -> Iterator[ast.Module]:
    for source in _code(notebook):
        try:
            yield ast.parse(source)
        except SyntaxError:  # a line for IPython, such as %matplotlib
            continue


def _assigned(notebook: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Yield the constants that a notebook gives a name."""
    for tree in _trees(notebook):
        for node in tree.body:
            targets: Sequence[ast.expr] = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AnnAssign)
                else []
            )
            named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
            value = getattr(node, "value", None)
            if named:
                yield value.value if isinstance(value, ast.Constant) else None


def _literals(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_absolute(text: str) -> bool:
    return (
        PurePosixPath(text).is_absolute()
        or bool(PureWindowsPath(text).drive)
        or text.startswith(("~", "file:"))
    )
