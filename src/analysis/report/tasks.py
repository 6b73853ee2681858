"""A notebook to run, what came of it, and the checks before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import one_line
from analysis.report.parameters import TAG, checked, declared, read_notebook, tags_of

CELL_TIMEOUT = 300.0
RUN_TIMEOUT = 900.0


@dataclass(frozen=True, slots=True)
class Task:
    """One notebook to run.

    Attributes
    ----------
    notebook : Path
        The stored notebook; never written to.
    output : Path
        Where the executed one goes, once it is proved whole.
    cwd : Path
        The kernel's working folder.
    parameters : mapping of str to object
        Checked against the notebook's own before anything runs.
    """

    notebook: Path
    output: Path
    cwd: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """What stopped a notebook.

    Attributes
    ----------
    notebook : str
        Its name, without the ending.
    cell : int or None
        Which code cell, counted from 1 as in the stored notebook; None outside any cell.
    error : str
        The exception's type, or CellTimeout, RunTimeout, DeadKernel, DeadWorker, NotExecuted,
        Warning (text on stderr), Output (what no page may show).
    message : str
        One line.
    """

    notebook: str
    cell: int | None
    error: str
    message: str

    def __str__(self) -> str:
        """Return the failure as one line."""
        place = f", code cell {self.cell}" if self.cell else ""
        said = f": {self.message}" if self.message else ""
        return one_line(f"notebook {self.notebook}{place}: {self.error}{said}")


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a task: ``failure`` is None exactly when ``task.output`` was written."""

    task: Task
    failure: Failure | None = None


def prepare(task: Task) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the notebook to run and its entry in a worker's job; nothing has run yet.

    Raises
    ------
    InputError
        The notebook is missing or broken, or a parameter is unknown or of the wrong type.
    """
    notebook = read_notebook(task.notebook)
    label = task.notebook.name
    parameters = checked(declared(notebook, label), task.parameters, label)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return numbered(notebook), {
        "parameters": parameters,
        "parameters_cell": next(at for at, cell in enumerate(code, 1) if TAG in tags_of(cell)),
        "cwd": str(task.cwd.resolve()),
    }


def numbered(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook without outputs whose cells are named code-1, text-1, code-2 and so on.

    Random ids would make two runs of the same inputs differ.
    """
    cells: list[dict[str, Any]] = []
    counts = {"code": 0, "text": 0}
    for cell in notebook["cells"]:
        kind = "code" if cell["cell_type"] == "code" else "text"
        counts[kind] += 1
        bare: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
        cells.append({**cell, **bare, "id": f"{kind}-{counts[kind]}"})
    return {**notebook, "nbformat_minor": 5, "cells": cells}
