"""A number on a page: which one, and how finely it is told."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonpath
from cssselect import GenericTranslator
from jsonpath import JSONPathError
from lxml import etree, html

LONGEST_TEXT = 20_000
_SPACES = "\u0020\u00a0\u202f\u2009'\u2019"
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[+\-\u2212])?"
    rf"(?P<digits>[0-9]+(?:[.,{_SPACES}][0-9]+)*|[.,][0-9]+)"
    r"(?:[\u0020\u00a0\u202f]?(?P<suffix>[KkMmBb]|bn|Bn|mn|Mn|mio|Mio|mil|Tsd\.?)(?!\w))?(?!\w)"
)
_POWERS = {"k": 3, "tsd": 3, "mil": 3, "m": 6, "mn": 6, "mio": 6, "b": 9, "bn": 9}
_GROUPED = re.compile(rf"[0-9]{{1,3}}(?P<mark>[.,{_SPACES}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a page shows it.

    Attributes
    ----------
    value : float
        Finite.
    granularity : float
        Half the width of what it may stand for: 50 for ``1.2K``, which is 1150 to 1250; 0 where it
        is written out in full.
    """

    value: float
    granularity: float = 0.0

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.value:,.10g}" + (f" ± {self.granularity:,.10g}" if self.granularity else "")


def read_number(text: str, pattern: str | None = None) -> Number:
    r"""Return the one number in a text.

    Parameters
    ----------
    text : str
        What stands on the page.
    pattern : str, optional
        A regular expression: its first group, or the whole match, is the text that counts.

    Raises
    ------
    ValueError
        There is none, or more than one, or it can be read in two ways (``1.234``).

    Examples
    --------
    >>> read_number("1.2K followers")
    Number(value=1200.0, granularity=50.0)
    >>> read_number("rank 7 of 1,234", r"of (\S+)")
    Number(value=1234.0, granularity=0.0)
    """
    text = text[:LONGEST_TEXT]
    if pattern is not None:
        match = re.search(pattern, text)
        if match is None:
            raise ValueError(f"expected text that fits the pattern, found {_short(text)}")
        text = next((part for part in match.groups() if part is not None), match[0])
    found = list(_NUMBER.finditer(text))
    if not found:
        raise ValueError(f"expected a number, found {_short(text)}")
    if len(found) > 1:
        expected = "expected one number (a pattern can choose)"
        raise ValueError(f"{expected}, found {len(found)} in {_short(text)}")
    return _number(found[0])


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _number(match: re.Match[str]) -> Number:
    suffix = (match["suffix"] or "").rstrip(".").lower()
    digits = _plain(match["digits"], bool(suffix))
    power = _POWERS.get(suffix, 0)
    places = len(digits.partition(".")[2])
    value = float(f"{digits}e{power}")
    if not math.isfinite(value) or len(digits) > 30:
        raise ValueError(f"expected a number of a usual size, found {_short(match[0])}")
    if match["sign"] in ("-", "\u2212"):
        value = -value
    return Number(value, 0.5 * 10.0 ** (power - places) if suffix else 0.0)


def _plain(digits: str, has_suffix: bool) -> str:
    """Return digits with a point for decimals and nothing between thousands.

    Raises
    ------
    ValueError
        The marks can be read in two ways, or in none.
    """
    marks = [character for character in digits if not character.isdigit()]
    if not marks:
        return digits
    last, *others = marks[-1], *marks[:-1]
    whole, _, decimals = digits.rpartition(last)
    unusual = ValueError(f"expected a number with usual separators, found {_short(digits)}")
    if last in others or last not in ".,":
        if _GROUPED.fullmatch(digits):
            return "".join(filter(str.isdigit, digits))
        raise unusual
    if others:
        if _GROUPED.fullmatch(whole):
            return "".join(filter(str.isdigit, whole)) + "." + decimals
        raise unusual
    could_be_thousands = _GROUPED.fullmatch(digits) and not digits.startswith("0")
    if could_be_thousands and last == "," and not has_suffix:
        return digits.replace(",", "")
    if could_be_thousands:
        expected = "expected a number that can be read in one way"
        raise ValueError(
            f"{expected}; in {_short(digits)} the mark may be of thousands or decimals"
        )
    return f"{whole or 0}.{decimals}"


def find_number(
    body: bytes, charset: str | None, selectors: Mapping[str, str], pattern: str | None
) -> Number:
    """Return the number that a selector finds in a page or a JSON answer.

    Parameters
    ----------
    body : bytes
        The page.
    charset : str or None
        As the answer's headers tell it.
    selectors : mapping
        ``css``, ``xpath`` or ``json`` to the selector; one of them.
    pattern : str or None
        As in `read_number`.

    Raises
    ------
    ValueError
        It finds nothing, several different things, or no number.
    """
    ((kind, selector),) = selectors.items()
    found = _in_json(body, selector) if kind == "json" else _in_html(body, charset, kind, selector)
    if not found:
        raise ValueError(f"expected {kind} {_short(selector)} to find something; it finds nothing")
    numbers = {_as_number(each, pattern) for each in found}
    if len(numbers) > 1:
        said = f"it finds {len(numbers)} different ones"
        raise ValueError(f"expected {kind} {_short(selector)} to find one number; {said}")
    return numbers.pop()


def _as_number(found: Any, pattern: str | None) -> Number:
    if isinstance(found, int | float) and not isinstance(found, bool) and pattern is None:
        try:
            value = float(found)
        except OverflowError:
            value = math.inf
        if math.isfinite(value):
            return Number(value)
        raise ValueError("expected a finite number")
    if isinstance(found, str | int | float) and not isinstance(found, bool):
        return read_number(str(found), pattern)
    raise ValueError(f"expected a number or text, found {_short(json.dumps(found))}")


def _in_json(body: bytes, selector: str) -> list[Any]:
    try:
        data = json.loads(body)
        return list(jsonpath.findall(selector, data))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected JSON: {error}") from None
    except JSONPathError as error:
        raise ValueError(f"expected a JSONPath that fits the answer: {error}") from None


def _in_html(body: bytes, charset: str | None, kind: str, selector: str) -> list[Any]:
    path = GenericTranslator().css_to_xpath(selector) if kind == "css" else selector
    if charset is None:
        with contextlib.suppress(UnicodeDecodeError):
            body.decode()
            charset = "utf-8"
    try:
        parser = html.HTMLParser(encoding=charset, no_network=True)
    except LookupError:
        parser = html.HTMLParser(no_network=True)
    try:
        page = html.document_fromstring(body, parser=parser)
        found: Any = page.xpath(path)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ValueError(f"expected a page of HTML: {error}") from None
    found = found if isinstance(found, list) else [found]
    return [each.text_content() if hasattr(each, "text_content") else each for each in found]
