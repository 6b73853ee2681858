"""Text, addresses and dates, as exports write them: helpers that every format shares."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

from analysis.formats.base import When

MAX_HTML = 1_000_000
"""Characters of one post's HTML that are read, embedded images not counted."""

_BLOCK_TAGS = """
    address article aside blockquote br dd details div dl dt figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table td th tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_UNSEEN = frozenset({"script", "style", "template", "title", "textarea"})
_EMOJI_CLASSES = frozenset({"wp-smiley", "emoji"})
_DATA_URI = re.compile(r"data:[\w/+.-]*;base64,[A-Za-z0-9+/=]*")
_TAG = re.compile(r"<[A-Za-z/?][^<>]*>?")
_SPACES = re.compile(r"[^\S\n]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BARE_URL = re.compile(
    r"(?<![A-Za-z0-9])https?://[^\s<>\"`{}|\\^\x00-\x1f\x7f“”„«»「」『』【】（），、。！？]+",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'‘’…*"
_CLOSES = {")": "(", "]": "["}

_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
_ZONE_HOURS = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{"akst": -9, "akdt": -8, "hst": -10, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3},
    **{"msk": 3, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13},
}
_CLOCK = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,30}))?)?"
)
_ISO = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    rf"(?:(?:[Tt]|[ \t]{{1,4}}){_CLOCK}[ \t]{{0,4}}"
    r"(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{1,2}(?::?[0-9]{2})?)?)?"
)
_RFC822 = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s{1,4})?"
    r"(?P<day>[0-9]{1,2})(?:\s{1,4}|-)(?P<name>[A-Za-z]{3})[A-Za-z]{0,6}\.?(?:\s{1,4}|-)"
    r"(?P<year>[0-9]{4}|[0-9]{2})"
    rf"(?:,?\s{{1,4}}{_CLOCK}\s{{0,4}}(?P<zone>[A-Za-z]{{1,5}}|[+-][0-9]{{1,2}}:?[0-9]{{2}})?)?"
    r"(?:\s{1,4}\([^()]{0,40}\))?"
)


def plain_text(html: str) -> str:
    """Return the words of an HTML fragment, a line a block.

    Scripts and styles are dropped, entities become characters, and the pictures that
    WordPress puts in the place of emoji become the emoji again. Nothing is fetched.
    """
    parser = _reader(html)
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(parser.words).split("\n"))
    return "\n".join(line for line in lines if line)


def hrefs(html: str, base: str = "") -> tuple[str, ...]:
    """Return the addresses that an HTML fragment links to, each once, in order.

    Only web addresses: ``mailto:``, ``javascript:`` and the like and links within the page
    are left out. Relative ones are resolved against ``base``, the page's own address, and
    stay relative where it is empty.
    """
    links = dict.fromkeys(filter(_is_web, _reader(html).links))
    return tuple(dict.fromkeys(_joined(base, link) for link in links))


def well_formed(text: str) -> str:
    """Return ``text`` without lone surrogates, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def bare_urls(text: str) -> tuple[str, ...]:
    """Return the ``http`` and ``https`` addresses standing in plain text, each once, in order.

    Punctuation that ends the sentence is not part of an address, nor is a closing bracket
    that was opened before it.
    """
    found = (_trimmed(match.group()) for match in _BARE_URL.finditer(text))
    return tuple(dict.fromkeys(url for url in found if not url.endswith("//")))


def parse_iso(text: str) -> When:
    """Return the moment that an ISO 8601 or RFC 3339 string tells.

    Parameters
    ----------
    text : str
        ``2012-05-06``, ``2012-05-06T21:30:00-04:00``, ``2012-05-06 21:30:00 +0000``,
        ``2012-05-06T21:30Z``; a fraction of a second has any number of digits.

    Returns
    -------
    datetime or date
        Aware where the string has an offset (which is kept), naive where it has none, a
        date where it has no time.

    Raises
    ------
    ValueError
        It is not such a string, or no such day exists.
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected an ISO 8601 date, found {text[:40]!r}")
    return _when(match, int(match["year"]), int(match["month"]))


def parse_rfc822(text: str) -> When:
    """Return the moment that an RFC 822 (2822, 5322) string tells.

    Parameters
    ----------
    text : str
        ``Sun, 06 May 2012 21:30:00 -0400``; the weekday, the seconds and the zone may be
        missing, the year may have two digits, the zone may be a usual name such as EDT.

    Returns
    -------
    datetime or date
        As `parse_iso`.

    Raises
    ------
    ValueError
        It is not such a string, no such day exists, or nothing here knows its zone.
    """
    match = _RFC822.fullmatch(text.strip())
    month = _MONTHS.get(match["name"].lower()) if match else None
    if match is None or month is None:
        raise ValueError(f"expected an RFC 822 date, found {text[:40]!r}")
    year = int(match["year"])
    if len(match["year"]) == 2:
        year += 2000 if year < 70 else 1900
    return _when(match, year, month)


def parse_when(text: str) -> When:
    """Return the moment that an ISO 8601 or else an RFC 822 string tells; raises as they do."""
    try:
        return parse_iso(text)
    except ValueError:
        return parse_rfc822(text)


def _when(match: re.Match[str], year: int, month: int) -> When:
    day = dt.date(year, month, int(match["day"]))
    if match["hour"] is None:
        return day
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    midnight_after = (hour, minute, second) == (24, 0, 0)
    clock = dt.time(
        0 if midnight_after else hour,
        minute,
        min(second, 59) if second <= 60 else second,
        int((match["fraction"] or "0")[:6].ljust(6, "0")),
        tzinfo=_zone(match["zone"]),
    )
    try:
        moment = dt.datetime.combine(day, clock) + dt.timedelta(days=midnight_after)
        if moment.tzinfo is not None:
            moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(f"expected a date of the calendar, found year {year}") from error
    return moment


def _zone(name: str | None) -> dt.timezone | None:
    """Return the zone of an offset or a usual abbreviation; None where there is none."""
    if not name:
        return None
    if name[0] not in "+-":
        if name.lower() not in _ZONE_HOURS:
            raise ValueError(f"expected a known time zone, found {name!r}")
        return dt.timezone(dt.timedelta(hours=_ZONE_HOURS[name.lower()]))
    digits = name[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    if int(minutes) > 59:
        raise ValueError(f"expected an offset from UTC, found {name!r}")
    size = dt.timedelta(hours=int(hours), minutes=int(minutes))
    return dt.timezone(-size if name[0] == "-" else size)


def _trimmed(url: str) -> str:
    """Return ``url`` without the punctuation at its end that belongs to the sentence."""
    counts = Counter(url)
    end = len(url)
    while end:
        last = url[end - 1]
        unopened = last in _CLOSES and counts[last] > counts[_CLOSES[last]]
        if last not in _TRAILING and not unopened:
            break
        counts[last] -= 1
        end -= 1
    return url[:end]


@lru_cache(maxsize=4)
def _reader(html: str) -> _Reader:
    """Return what stands in ``html``; a post's words and links are asked for one by one."""
    return _Reader(html)


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _is_web(url: str) -> bool:
    if not url or url.startswith("#"):
        return False
    scheme = _SCHEME.match(url)
    return scheme is None or scheme.group().lower() in ("http:", "https:")


def _seen(html: str) -> Iterator[str]:
    """Yield the parts of ``html`` between its comments and declarations.

    The standard parser fails on some declarations, and is slow over unclosed comments.
    """
    start = 0
    while (opened := html.find("<!", start)) >= 0:
        yield html[start:opened]
        mark = "-->" if html.startswith("<!--", opened) else ">"
        closed = html.find(mark, opened + 2)
        if closed < 0:
            return
        start = closed + len(mark)
    yield html[start:]


class _Reader(HTMLParser):
    """The words and the links of one HTML fragment."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []
        self._unseen = ""
        self.feed("".join(_seen(_DATA_URI.sub("", html)))[:MAX_HTML])
        # What an unfinished tag holds back. close() would try it again at every "<" in it,
        # which takes quadratic time.
        self.handle_data(unescape(_TAG.sub(" ", self.rawdata)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            return
        if tag in _UNSEEN:
            self._unseen = tag
        elif tag in _BLOCKS:
            self.words.append("\n")
        values = dict(attrs)
        if tag in ("a", "area"):
            self.links.append((values.get("href") or "").strip())
        elif tag == "img" and _EMOJI_CLASSES & set((values.get("class") or "").split()):
            self.words.append(values.get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_within = bool(self._unseen)
        self.handle_starttag(tag, attrs)
        if not is_within:
            self._unseen = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        elif tag in _BLOCKS and not self._unseen:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)
