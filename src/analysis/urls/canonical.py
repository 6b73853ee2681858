"""One address, one spelling: what makes two links the same page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

from analysis.urls.tracking import is_tracking

LONGEST = 8_192
"""Characters of an address. Longer ones are no page's (``data:`` in disguise, broken exports)."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LONGEST_HOST = 253
_TELEPHONES = ("m.", "mobile.", "amp.")
_BLOGGER = re.compile(r"([a-z0-9-]+)\.blogspot\.(?:com?\.)?[a-z]{2,3}")
_INDEX = re.compile(r"(?:index|default)\.(?:html?|php[345]?|aspx?|jsp|cfm|shtml)", re.IGNORECASE)
_TWEET = re.compile(r"/(?:i/(?:web/)?|[A-Za-z0-9_]{1,20}/)status(?:es)?/([0-9]{1,20})")
_IN_SEGMENT = ":@!$&'()*+,;=~-._"
_IN_FRAGMENT = _IN_SEGMENT + "/?"


def canonical(url: str) -> str:
    """Return the canonical spelling of a web address, or "" when it is none.

    Scheme, the case of the host and how its letters are encoded, ``www.`` and the hosts for
    telephones, default ports, ``index.html`` and ``/amp`` at the end, a trailing slash, the
    fragment (but ``#!``, which is a page), tracking parameters and the order of the others make
    no difference; the case of the path does. ``?p=12`` is a page and stays.

    Examples
    --------
    >>> canonical("HTTP://Example.org:80/a/?utm_source=x&b=2&a=1#frag")
    'example.org/a?a=1&b=2'
    """
    if len(url) > LONGEST:
        return ""
    writable = url.encode("utf-8", "replace").decode("utf-8")
    try:
        parts = urlsplit(writable.strip())
        port = parts.port
    except ValueError:
        return ""
    name = _host(parts.hostname or "")
    if parts.scheme not in _DEFAULT_PORTS or not name:
        return ""
    if name in ("twitter.com", "x.com") and (tweet := _TWEET.match(parts.path)):
        return f"twitter.com/i/web/status/{tweet[1]}"  # whoever's name stands before it
    other_port = port is not None and port not in _DEFAULT_PORTS.values()
    host = f"{name}:{port}" if other_port else name
    query = _query(name, parts.query)
    shown = f"{host}{_path(parts.path)}"
    return f"{shown}?{query}{_page(parts.fragment)}" if query else shown + _page(parts.fragment)


def _host(name: str) -> str:
    """Return a host in lower case and ASCII, without what stands for another way to read it."""
    if ":" in name:
        return f"[{name}]"
    if len(name) > _LONGEST_HOST:
        return ""
    try:
        name = name.strip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    while short := _shorter(name):
        name = short
    blog = _BLOGGER.fullmatch(name)  # one blog under the domain of the reader's country
    if blog:
        name = f"{blog[1]}.blogspot.com"
    return name if _HOST.fullmatch(name) else ""


def _shorter(name: str) -> str:
    """Return a host without the prefix of another view of it, or "" where it has none.

    ``m.me`` is a host of its own: a name for telephones stands before at least two more.
    """
    if name.startswith("www."):
        return name.removeprefix("www.")
    for prefix in _TELEPHONES:
        if name.startswith(prefix) and "." in name.removeprefix(prefix):
            return name.removeprefix(prefix)
    return ""


def _path(text: str) -> str:
    """Return a path without a trailing slash, a file that stands for its folder, or ``/amp``."""
    segments = [_segment(part) for part in text.split("/")]
    while len(segments) > 1:
        last = segments[-1]
        amp = last == "amp" and any(segments[:-1])
        if last and not amp and not _INDEX.fullmatch(last):
            break
        segments.pop()
    return "/".join(segments).rstrip("/")


def _segment(text: str) -> str:
    """Return one part of a path with only what must be percent-encoded so; %2F stays apart."""
    return quote(unquote_to_bytes(text), safe=_IN_SEGMENT)


def _query(host: str, text: str) -> str:
    """Return a query in order, without what only says where the reader came from."""
    if not text:
        return ""
    pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((key, value) for key, value in pairs if not is_tracking(host, key, value))
    return urlencode(kept, errors="surrogateescape")


def _page(fragment: str) -> str:
    """Return the fragment where it names a page (``#!/2012/klout``), else ""."""
    if not fragment.startswith("!"):
        return ""
    name = quote(unquote_to_bytes(fragment[1:]), safe=_IN_FRAGMENT).rstrip("/")
    return f"#!{name}" if name else ""
