"""What a notebook shows and the page understands: pictures, tables and sentences.

Each shows itself in JupyterLab, and carries beside that a payload of its own type, the only
rich output that the page accepts. Text is shown as text: nothing in it becomes markup.
"""

from __future__ import annotations

from analysis.display.picture import PICTURE_MIME, Picture
from analysis.display.table import TABLE_MIME, Table
from analysis.display.text import Bundle, Cell, shown, significant, to_json, visible
from analysis.display.words import WORDS_MIME, Words

__all__ = [
    "PICTURE_MIME",
    "TABLE_MIME",
    "WORDS_MIME",
    "Bundle",
    "Cell",
    "Picture",
    "Table",
    "Words",
    "shown",
    "significant",
    "to_json",
    "visible",
]
