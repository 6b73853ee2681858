"""One address, one spelling: what makes two links the same page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_TRACKING = re.compile(
    r"(utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|_hs\w+|mc_[ce]id|(fb|gb|g|d|ms|tw|yc|igsh?)clid|igshid|igsh"
    r"|fb_(action_ids|action_types|source|ref)|ref_src|ref_url|awesm|cmpid|ncid|soc_src|soc_trk)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str:
    """Return the canonical spelling of a web address, or "" when it is none.

    Scheme, the case of the host, ``www.``, default ports, a trailing slash, the fragment,
    tracking parameters and the order of the others make no difference; the case of the
    path does.

    Examples
    --------
    >>> canonical("HTTP://Example.org:80/a/?utm_source=x&b=2&a=1#frag")
    'example.org/a?a=1&b=2'
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in _DEFAULT_PORTS or not host:
        return ""
    host = host.removeprefix("www.")
    if port is not None and port not in _DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~-._").rstrip("/")
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(key)
    ]
    query = urlencode(sorted(kept))
    return f"{host}{path}?{query}" if query else f"{host}{path}"
