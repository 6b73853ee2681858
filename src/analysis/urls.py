"""One address, one spelling: what makes two links the same page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|_hs\w+|mc_[ce]id|(?:fb|g|dc|ms|tw|tt|y)clid|[gw]braid"
    r"|fb_(?:action_ids|action_types|source|ref)|igsh(?:id)?|mibextid|li_fat_id|mkt_tok|_g[al]"
    r"|ref_src|ref_url|awesm|cmpid|ncid|soc_src|soc_trk)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_IN_SEGMENT = ":@!$&'()*+,;=~-._"


def canonical(url: str) -> str:
    """Return the canonical spelling of a web address, or "" when it is none.

    Scheme, the case of the host and how its letters are encoded, ``www.``, default ports, a
    trailing slash, the fragment, tracking parameters and the order of the others make no
    difference; the case of the path does.

    Examples
    --------
    >>> canonical("HTTP://Example.org:80/a/?utm_source=x&b=2&a=1#frag")
    'example.org/a?a=1&b=2'
    """
    writable = url.encode("utf-8", "replace").decode("utf-8")
    try:
        parts = urlsplit(writable.strip())
        port = parts.port
    except ValueError:
        return ""
    host = _host(parts.hostname or "")
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    if port is not None and port not in _DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    path = "/".join(map(_segment, parts.path.split("/"))).rstrip("/")
    query = _query(parts.query)
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def _host(name: str) -> str:
    """Return a host in lower case and ASCII, without ``www.``; "" where it is no host."""
    if ":" in name:
        return f"[{name}]"
    try:
        name = name.strip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    while name.startswith("www."):
        name = name.removeprefix("www.")
    return name if _HOST.fullmatch(name) else ""


def _segment(text: str) -> str:
    """Return one part of a path with only what must be percent-encoded so; %2F stays apart."""
    return quote(unquote_to_bytes(text), safe=_IN_SEGMENT)


def _query(text: str) -> str:
    """Return a query in order, without what only says where the reader came from."""
    pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((key, value) for key, value in pairs if not _TRACKING.fullmatch(key))
    return urlencode(kept, errors="surrogateescape")
