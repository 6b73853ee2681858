"""A table with a title, for notebooks and for the page."""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.display.text import Bundle, Cell, escaped, shown, visible

TABLE_MIME = "application/vnd.needle.table+json"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title, shown with a caption and scoped headers.

    Attributes
    ----------
    title : str
        The caption. Required.
    columns : tuple of str
        Headers, in order.
    rows : tuple of tuple
        Cells: str, float, int or None (shown as a dash). One a column.
    notes : str
        A line under the table; may be empty.
    formats : mapping of str to str
        Column name to a number format, see :func:`shown`.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    notes: str = ""
    formats: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse a table that could not be read as one."""
        if not self.title.strip():
            raise ValueError("a table needs a title")
        if not self.columns:
            raise ValueError(f"table {self.title!r} needs a column")
        ragged = next((row for row in self.rows if len(row) != len(self.columns)), None)
        if ragged is not None:
            message = f"table {self.title!r} has {len(self.columns)} columns and a row of "
            raise ValueError(f"{message}{len(ragged)} cells")
        strange = set(self.formats) - set(self.columns)
        if strange:
            raise ValueError(f"table {self.title!r} has no column {sorted(strange)[0]!r} to format")

    @classmethod
    def of(
        cls,
        frame: Any,
        title: str,
        *,
        formats: Mapping[str, str] | None = None,
        notes: str = "",
    ) -> Table:
        """Return a pandas frame as a table; a named index becomes its first columns.

        Parameters
        ----------
        frame : pandas.DataFrame
            Anything with its ``columns``, ``index``, ``reset_index`` and ``itertuples``.
        title : str
            The caption.
        formats : mapping of str to str, optional
            Column name to a number format, see :func:`shown`.
        notes : str
            A line under the table.
        """
        if any(name is not None for name in frame.index.names):
            frame = frame.reset_index()
        rows = tuple(
            tuple(_cell(value) for value in row) for row in frame.itertuples(index=False, name=None)
        )
        return cls(title, tuple(str(name) for name in frame.columns), rows, notes, formats or {})

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers only, and so is set flush right."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return tuple(_all_numbers(column) for column in columns)

    def texts(self) -> Iterable[tuple[str, ...]]:
        """Yield the rows as a reader sees them."""
        specs = [self.formats.get(name, "") for name in self.columns]
        for row in self.rows:
            yield tuple(shown(value, spec) for value, spec in zip(row, specs, strict=True))

    def payload(self) -> dict[str, Any]:
        """Return what the page needs, as plain JSON."""
        return {
            "title": visible(self.title),
            "columns": [visible(name) for name in self.columns],
            "rows": [[_plain_cell(value) for value in row] for row in self.rows],
            "notes": visible(self.notes),
            "formats": {visible(name): spec for name, spec in self.formats.items()},
        }

    @classmethod
    def from_payload(cls, payload: Any) -> Table:
        """Return the table that :meth:`payload` described.

        Raises
        ------
        ValueError
            The payload is of another shape.
        """
        try:
            return cls(
                str(payload["title"]),
                tuple(str(name) for name in payload["columns"]),
                tuple(tuple(_read_cell(value) for value in row) for row in payload["rows"]),
                str(payload["notes"]),
                {str(name): str(spec) for name, spec in payload["formats"].items()},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the payload of a table: {error!r}") from None

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        data = {"text/html": self._html(), "text/plain": self._text(), TABLE_MIME: self.payload()}
        return data, {}

    def _html(self) -> str:
        head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in self.texts()
        )
        notes = f"<p>{escaped(self.notes)}</p>" if self.notes else ""
        caption = f"<caption>{escaped(self.title)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def _text(self) -> str:
        lines = [tuple(visible(name) for name in self.columns), *self.texts()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        aligned = [
            "  ".join(
                text.rjust(width) if number else text.ljust(width)
                for text, width, number in zip(line, widths, self.numeric, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([visible(self.title), *aligned, *filter(None, [visible(self.notes)])])


def _all_numbers(column: Sequence[Cell]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in known
    )


def _plain_cell(value: Cell) -> Cell:
    return visible(value) if isinstance(value, str) else value


def _read_cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a cell of type {type(value).__name__}")


def _cell(value: Any) -> Cell:
    """Return a frame's value as a cell: no NaN, no numpy types, dates as ISO text."""
    if isinstance(value, str):
        return value
    if value is None or str(value) in ("NaT", "<NA>", "nan"):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    if isinstance(value, int | float):
        return value
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
