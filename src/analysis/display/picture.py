"""A picture with its words and its numbers, for notebooks and for the page."""

from __future__ import annotations

import base64
import binascii
import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.display.table import Table
from analysis.display.text import Bundle, visible

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURE_MIME = "application/vnd.needle.picture+json"

CSS_DPI = 96
SCALE = 2
"""Pictures are drawn at twice their size on the page, to stay sharp on fine screens."""
COLORS = 32

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


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
    def of(cls, figure: Any, title: str, words: str, data: Table, *, small: bool = True) -> Picture:
        """Return a matplotlib figure as a picture, and close it.

        A figure left open would be shown a second time by the notebook, without words.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
            Its size in inches gives the size on the page, at 96 CSS pixels an inch.
        title, words, data
            As in :class:`Picture`.
        small : bool
            Whether to spend time on few bytes, as a page wants; not what follows a hand.
        """
        # Not by savefig, which draws twice, and whose PNG would be packed only to be unpacked.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL.Image import frombuffer

        figure.set_dpi(CSS_DPI * SCALE)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        drawn = frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
        width, height = (round(inches * CSS_DPI) for inches in figure.get_size_inches())
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close(figure)
        png = _with_few_colors(drawn) if small else _at_once(drawn)
        return cls(png, title, words, data, width, height)

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


def _joined(source: str | Sequence[str]) -> str:
    """Return text that a notebook file may hold as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def _with_few_colors(drawn: Image) -> bytes:
    """Return a drawing with a palette of its own: the same to the eye, a third of the bytes.

    Colors are chosen so that none is far from its neighbor in the palette: a few thin marks
    count as much as the white behind them.
    """
    from PIL.Image import Dither, Quantize

    packed = io.BytesIO()
    palette = drawn.quantize(COLORS, method=Quantize.MAXCOVERAGE, dither=Dither.NONE)
    palette.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _at_once(drawn: Image) -> bytes:
    """Return a drawing as a PNG that takes less time, and more bytes."""
    packed = io.BytesIO()
    drawn.save(packed, "PNG", compress_level=1)
    return packed.getvalue()
