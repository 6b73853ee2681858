"""What a notebook shows and the page understands: pictures, tables and sentences.

Each shows itself in JupyterLab, and carries beside that a payload of its own type, the only
rich output that the page accepts. Text is shown as text: nothing in it becomes markup.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import html
import io
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PICTURE_MIME = "application/vnd.needle.picture+json"
TABLE_MIME = "application/vnd.needle.table+json"
WORDS_MIME = "application/vnd.needle.words+json"

Cell = str | float | int | None
Bundle = tuple[dict[str, Any], dict[str, Any]]

CSS_DPI = 96
SCALE = 2
"""Pictures are drawn at twice their size on the page, to stay sharp on fine screens."""

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

# Controls, bidirectional overrides and isolates, odd line ends and halves of surrogate pairs:
# they change how text around them reads, or cannot be written at all.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: object) -> str:
    r"""Return text whose control and direction characters are shown as ``\x..`` escapes.

    Line breaks and tabs stay, and so do the joiners that emoji and many scripts need.
    """
    plain = str(text).replace("\r\n", "\n")
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), plain)


def shown(value: Cell, spec: str = "") -> str:
    """Return a table cell as a reader sees it.

    Parameters
    ----------
    value : str, float, int or None
        None is shown as a dash.
    spec : str
        A format of Python's mini-language for the numbers of a column (``".2f"``, ``",d"``,
        ``"+.3g"``). Without one, whole numbers are shown as they are and others with four
        significant digits.
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if spec:
        return format(value, spec).replace("-", "−")
    return str(value).replace("-", "−") if isinstance(value, int) else significant(value)


def significant(value: float, digits: int = 4) -> str:
    """Return a number with up to ``digits`` significant digits and a true minus sign."""
    if not math.isfinite(value):
        return str(value).replace("-", "−")
    size = abs(value)
    if size and not 1e-4 <= size < 1e15:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    places = max(0, digits - 1 - math.floor(math.log10(size))) if size else 0
    text = f"{value:,.{places}f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if places else text


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
        head = "".join(f'<th scope="col">{_escaped(name)}</th>' for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in self.texts()
        )
        notes = f"<p>{_escaped(self.notes)}</p>" if self.notes else ""
        caption = f"<caption>{_escaped(self.title)}</caption>"
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


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with the words that say what it shows, and the numbers behind it.

    Attributes
    ----------
    png : bytes
        Drawn at twice ``width`` by ``height``.
    title : str
        Its caption: what is drawn. Required.
    words : str
        What the picture shows, computed from its data, for who cannot see it. Required,
        with at least one number.
    data : Table
        The numbers behind it.
    width, height : int
        Size on the page, in CSS pixels.
    """

    png: bytes = field(repr=False)
    title: str
    words: str
    data: Table = field(repr=False)
    width: int
    height: int

    def __post_init__(self) -> None:
        """Refuse a picture that a blind reader, or the page, could not use."""
        if not self.png.startswith(_PNG_MAGIC):
            raise ValueError("a picture needs the bytes of a PNG")
        if not self.title.strip():
            raise ValueError("a picture needs a title")
        if not any(character.isdigit() for character in self.words):
            raise ValueError(f"picture {self.title!r} needs words with its numbers in them")
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"picture {self.title!r} needs a width and a height in pixels")

    @classmethod
    def of(cls, figure: Any, title: str, words: str, data: Table) -> Picture:
        """Return a matplotlib figure as a picture, and close it.

        A figure left open would be shown a second time by the notebook, without words.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
            Its size in inches gives the size on the page, at 96 CSS pixels an inch.
        title, words, data
            As in :class:`Picture`.
        """
        buffer = io.BytesIO()
        # The metadata would name matplotlib's version: same data, same bytes.
        figure.savefig(buffer, format="png", dpi=CSS_DPI * SCALE, metadata={"Software": None})
        width, height = (round(inches * CSS_DPI) for inches in figure.get_size_inches())
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close(figure)
        return cls(buffer.getvalue(), title, words, data, width, height)

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        payload = {
            "title": visible(self.title),
            "words": visible(self.words),
            "data": self.data.payload(),
            "width": self.width,
            "height": self.height,
        }
        data = {
            "image/png": base64.b64encode(self.png).decode("ascii"),
            "text/plain": f"{payload['title']}: {payload['words']}",
            PICTURE_MIME: payload,
        }
        look = {"width": self.width, "height": self.height, "alt": payload["words"]}
        return data, {"image/png": look}

    @classmethod
    def from_bundle(cls, data: Mapping[str, Any]) -> Picture:
        """Return the picture of a notebook's output.

        Raises
        ------
        ValueError
            The output is not one of a picture.
        """
        try:
            payload = data[PICTURE_MIME]
            png = base64.b64decode(_joined(data["image/png"]), validate=False)
            return cls(
                png,
                str(payload["title"]),
                str(payload["words"]),
                Table.from_payload(payload["data"]),
                int(payload["width"]),
                int(payload["height"]),
            )
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError(f"not the output of a picture: {error!r}") from None


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence or a few, each a paragraph of the page.

    Attributes
    ----------
    sentences : tuple of str
        At least one, none empty.
    """

    sentences: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse to say nothing."""
        if not self.sentences or not all(sentence.strip() for sentence in self.sentences):
            raise ValueError("words need at least one sentence, and none empty")

    @classmethod
    def of(cls, *sentences: str) -> Words:
        """Return these sentences as words to show."""
        return cls(sentences)

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        data = {
            "text/html": "".join(f"<p>{_escaped(sentence)}</p>" for sentence in self.sentences),
            "text/plain": "\n".join(visible(sentence) for sentence in self.sentences),
            WORDS_MIME: {"sentences": [visible(sentence) for sentence in self.sentences]},
        }
        return data, {}

    @classmethod
    def from_payload(cls, payload: Any) -> Words:
        """Return the words of a notebook's output.

        Raises
        ------
        ValueError
            The payload is of another shape.
        """
        try:
            return cls(tuple(str(sentence) for sentence in payload["sentences"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the payload of words: {error!r}") from None


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def _joined(source: str | Sequence[str]) -> str:
    """Return text that a notebook file may hold as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


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
