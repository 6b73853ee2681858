"""Say what is read of every export below a folder, as a table: the coverage of the formats.

One row a part that a format recognizes, with its records by kind, what was set aside and its first
and last time; then what is corrupt and how much is unknown. Counts and dates only, no words of
anybody's.

Run::

    python benchmarks/exports.py
    python benchmarks/exports.py ../shared/exports --write docs/exports.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from analysis.errors import InputError, one_line
from analysis.survey import Found, Survey, survey, unknown_files

EXPORTS = Path(__file__).parents[2] / "shared" / "exports"
COLUMNS = (
    "file or folder",
    "format",
    "files",
    "posts",
    "replies",
    "reposts",
    "set aside",
    "first",
    "last",
)
_NOT_POSTS = ("reply", "repost", "count")


def cells(found: Found) -> tuple[str, ...]:
    """Return the cells of a part's row."""
    rows = found.rows
    posts = sum(count for kind, count in rows.items() if kind not in _NOT_POSTS)
    said = f"{rows['count']:,} daily counts" if "count" in rows else f"{posts:,}"
    return (
        f"`{found.path}`",
        found.format,
        f"{found.files:,}",
        said,
        f"{rows.get('reply', 0):,}",
        f"{rows.get('repost', 0):,}",
        f"{sum(found.set_aside.values()):,}",
        found.first or "",
        found.last or "",
    )


def row(values: tuple[str, ...]) -> str:
    """Return a row of a Markdown table; a name cannot end its cell."""
    return f"| {' | '.join(one_line(value).replace('|', chr(92) + '|') for value in values)} |"


def summary(found: Survey) -> str:
    """Return what stands under the table of one folder."""
    files = unknown_files(found.unknown)
    unknown = len(found.of_kind("unknown")) + len(files.data)
    corrupt = len(found.of_kind("corrupt", "invalid"))
    readings = sum(score.readings for score in found.scores)
    return (
        f"{len(found.sources)} parts, {readings:,} readings of a score, {corrupt} corrupt, "
        f"{len(found.of_kind('absent'))} absent, {unknown} unknown, "
        f"{sum(files.others.values())} other files."
    )


def page(folder: Path) -> Iterator[str]:
    """Yield the lines of the page: a table for each folder, file or archive in ``folder``."""
    yield "# What is read of the exports at hand"
    for below in sorted(folder.iterdir()):
        yield ""
        yield f"## {one_line(below.name)}"
        yield ""
        try:
            found = survey(below)
        except InputError as error:
            yield from (f"{problem}." for problem in error.problems)
            continue
        if found.sources:
            yield row(COLUMNS)
            yield row(("---",) * len(COLUMNS))
            yield from (row(cells(each)) for each in found.sources)
            yield ""
        yield summary(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=EXPORTS)
    parser.add_argument("--write", type=Path, help="write the page there instead of printing it")
    asked = parser.parse_args()
    if not asked.folder.is_dir():
        print(f"{asked.folder}: no such folder, so there is nothing to measure")
        return 0
    text = "\n".join(page(asked.folder)) + "\n"
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
