"""Write a plan into its study's folder, once."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from analysis import disk
from analysis.errors import invalid
from analysis.plan.calendar import calendar
from analysis.plan.design import WEEK
from analysis.plan.file import CALENDAR, FILES, PLAN, SEAL, TABLE, Plan, seal_of


def refuse_second(folder: Path) -> None:
    """Refuse a folder that has a plan, or a part of one.

    Raises
    ------
    InputError
        One line, naming what is there.
    """
    for name in FILES:
        if (folder / name).exists() or (folder / name).is_symlink():
            expected = "expected no plan yet: one that is sealed is not drawn again"
            raise invalid(f"{folder.name}/{name}", "", expected)


def write_plan(plan: Plan, folder: Path, title: str) -> str:
    """Write plan.json, its seal, a table and a calendar.

    Parameters
    ----------
    plan : Plan
        The plan.
    folder : Path
        The study's folder.
    title : str
        The study's title.

    Returns
    -------
    str
        The seal: the sha256 of plan.json.

    Raises
    ------
    InputError
        There is a plan already, or the folder cannot be written to.
    """
    content = (plan.model_dump_json(by_alias=True, indent=2) + "\n").encode("utf-8")
    seal = seal_of(content)
    files = {
        CALENDAR: calendar(plan, title, seal),
        TABLE: table(plan).encode("ascii"),
        SEAL: f"{seal}  {PLAN}\n".encode("ascii"),
        PLAN: content,
    }
    written: list[Path] = []
    try:
        with disk.locked(folder / f".plan{disk.LOCK}", f"{folder.name}/{PLAN}"):
            refuse_second(folder)
            for name, data in files.items():
                written.append(folder / name)
                disk.write(folder / name, data)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        expected = f"expected a folder that can be written to: {error.strerror}"
        raise invalid(folder.name, "", expected) from None
    return seal


def table(plan: Plan) -> str:
    """Return the plan as CSV: date, weekday, week (from 1), post (1 or 0)."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["date", "weekday", "week", "post"])
    for index, (day, post) in enumerate(plan.assignment.items()):
        rows.writerow([day.isoformat(), f"{day:%A}", index // WEEK + 1, int(post)])
    return text.getvalue()
