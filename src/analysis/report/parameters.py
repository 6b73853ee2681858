"""The parameters of a notebook: read from its own cell, and checked before it runs.

papermill itself only warns about a name that it does not know, and then runs the default.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import InputError, Problem, corrupt, invalid, one_line

TAG = "parameters"

_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One name that a notebook lets its caller set.

    Attributes
    ----------
    name : str
        As the cell assigns it.
    kind : str
        One of str, int, float, bool, list, dict.
    default : object
        What it is when nobody sets it.
    optional : bool
        Whether None is allowed too.
    """

    name: str
    kind: str
    default: Any
    optional: bool = False

    def accepts(self, value: Any) -> bool:
        """Whether ``value`` has this parameter's type; nothing is converted, ever."""
        if value is None:
            return self.optional
        if isinstance(value, bool) and self.kind != "bool":
            return False
        if isinstance(value, float) and not math.isfinite(value):
            return False
        return isinstance(value, _TYPES[self.kind])


def read_notebook(path: Path) -> dict[str, Any]:
    """Return a notebook's JSON.

    Raises
    ------
    InputError
        It is not there, cannot be read, or is no notebook of format 4.
    """
    expected = "expected a Jupyter notebook (nbformat 4)"
    try:
        notebook: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        message = f"{expected}; nothing is there"
        raise InputError(Problem("absent", path.name, "", message)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise corrupt(path.name, "", f"{expected}: {error}") from None
    whole = (
        isinstance(notebook, dict)
        and notebook.get("nbformat") == 4
        and isinstance(notebook.get("cells"), list)
        and all(isinstance(cell, dict) and "cell_type" in cell for cell in notebook["cells"])
    )
    if not whole:
        raise corrupt(path.name, "", expected)
    return notebook


def source_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, which a file may hold as one string or as lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: Mapping[str, Any]) -> list[str]:
    """Return a cell's tags."""
    return list(cell.get("metadata", {}).get("tags", []))


def declared(notebook: Mapping[str, Any], label: str) -> dict[str, Parameter]:
    """Return the parameters that a notebook's ``parameters`` cell declares.

    Parameters
    ----------
    notebook : mapping
        Its JSON, see :func:`read_notebook`.
    label : str
        How messages name it.

    Raises
    ------
    InputError
        There is not exactly one such cell, or it holds anything but assignments of literals.
    """
    cells = [cell for cell in notebook["cells"] if TAG in tags_of(cell)]
    if len(cells) != 1 or cells[0]["cell_type"] != "code":
        raise invalid(label, f"tag {TAG}", f"expected exactly one code cell, found {len(cells)}")
    try:
        body = ast.parse(source_of(cells[0])).body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        why = str(error) or "it nests too deep"
        raise invalid(label, "parameters cell", f"expected Python: {why}") from None
    found = [_parameter(statement, label) for statement in body if not _is_remark(statement)]
    return {parameter.name: parameter for parameter in found}


def checked(
    parameters: Mapping[str, Parameter], given: Mapping[str, Any], label: str
) -> dict[str, Any]:
    """Return ``given`` as it is, once every name is known and every type right.

    A text stays a text: ``"007"`` reaches the notebook as ``"007"``.

    Raises
    ------
    InputError
        One problem for each unknown name or wrong type.
    """
    problems = [
        problem
        for name, value in given.items()
        if (problem := _problem(parameters, name, value, label)) is not None
    ]
    if problems:
        raise InputError(problems)
    return dict(given)


def _problem(
    parameters: Mapping[str, Parameter], name: str, value: Any, label: str
) -> Problem | None:
    place = f"parameter {one_line(name, 60)}"
    if name not in parameters:
        known = ", ".join(parameters) or "none"
        return Problem("invalid", label, place, f"expected one of its parameters: {known}")
    parameter = parameters[name]
    if parameter.accepts(value):
        return None
    expected = f"{parameter.kind} or None" if parameter.optional else parameter.kind
    found = f"{type(value).__name__} {one_line(repr(value), 60)}"
    return Problem("invalid", label, place, f"expected {expected}, found {found}")


def _is_remark(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _parameter(statement: ast.stmt, label: str) -> Parameter:
    """Return the parameter that one statement of the cell declares."""
    line = f"parameters cell, line {statement.lineno}"
    expected = 'expected an assignment of a literal, such as study: str = "data/mine"'
    annotation: str | None = None
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=note, value=ast.expr() as value):
            annotation = ast.unparse(note)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            pass
        case _:
            raise invalid(label, line, expected)
    try:
        default = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise invalid(label, line, expected) from None
    kind, optional = _kind(annotation, default)
    if kind not in _TYPES:
        allowed = ", ".join(_TYPES)
        raise invalid(label, line, f"expected a type among {allowed} (or one of them | None)")
    parameter = Parameter(name, kind, default, optional)
    if not parameter.accepts(default):
        raise invalid(label, line, f"expected the default of {name} to be {annotation or kind}")
    return parameter


def _kind(annotation: str | None, default: Any) -> tuple[str, bool]:
    """Return the type's name, from the annotation or else from the default."""
    if annotation is None:
        return type(default).__name__, False
    parts = [part.strip() for part in annotation.strip("'\"").split("|")]
    names = [part.partition("[")[0] for part in parts if part != "None"]
    return names[0] if len(names) == 1 else annotation, "None" in parts
