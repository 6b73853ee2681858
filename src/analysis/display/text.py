"""Text and numbers as a reader sees them; nothing in them becomes markup."""

from __future__ import annotations

import html
import json
import math
import re
from typing import Any

Cell = str | float | int | None
Bundle = tuple[dict[str, Any], dict[str, Any]]

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


def to_json(results: dict[str, Any]) -> str:
    """Return results as the text of results.json."""
    return json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def escaped(text: str) -> str:
    """Return text that is safe as HTML, its unseen characters shown."""
    return html.escape(visible(text))
