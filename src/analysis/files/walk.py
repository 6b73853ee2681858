"""The files of a folder that may be part of an export."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NoReturn

from analysis.errors import corrupt
from analysis.files import common
from analysis.files.common import IGNORED_FOLDERS, is_noise, unreadable

_NOTES = frozenset({"state.json", ".state.json.new"})


def files_in(root: Path, label: str) -> tuple[str, ...]:
    """Return the regular files below ``root`` by relative name, in sorted order.

    Not what a computer left behind, nor what ``needle collect`` remembers beside the archives
    that it fills.

    Raises
    ------
    InputError
        A folder cannot be read, a name is not in UTF-8, or they are too many.
    """
    return _without_notes(sorted(_walk(root, label)))


def _without_notes(names: Sequence[str]) -> tuple[str, ...]:
    """Return files without what ``needle collect`` remembers beside the archives it fills."""
    filled = {str(PurePosixPath(name).parent) for name in names if name.endswith(".warc.gz")}
    return tuple(
        name
        for name in names
        if not ((path := PurePosixPath(name)).name in _NOTES and str(path.parent) in filled)
    )


def _walk(root: Path, label: str) -> Iterator[str]:
    """Yield the regular files below ``root``; links that lead out of it are left alone."""
    inside = root.resolve()
    count = 0

    def refuse(error: OSError) -> NoReturn:
        below = Path(error.filename).relative_to(root).as_posix()
        raise unreadable(label if below == "." else f"{label}/{below}", error)

    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if name not in IGNORED_FOLDERS]
        for path in (Path(folder, name) for name in files):
            name = path.relative_to(root).as_posix()
            if is_noise(name) or not path.is_file():
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                continue
            if not _is_unicode(name):
                raise corrupt(f"{label}/{name}", "", "expected a file name in UTF-8; rename it")
            count += 1
            if count > common.MAX_MEMBERS:
                raise corrupt(label, "", f"expected at most {common.MAX_MEMBERS:,} files")
            yield name


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
