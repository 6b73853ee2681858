"""What short links stood for when they were captured: the redirects in web archives."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from analysis.urls.canonical import canonical
from analysis.urls.expand import unwrapped
from analysis.urls.shorteners import is_short


def short_links_in(redirects: Mapping[str, str]) -> dict[str, str]:
    """Return long by short address, for the short links among some redirects.

    Others are left out: a page that leads to another (to a login, to where a blog has moved) may
    do so for everyone alike.

    Parameters
    ----------
    redirects : mapping of str to str
        What was answered (``Location``, perhaps relative) by the address that was asked.

    Returns
    -------
    dict of str to str
        As `analysis.urls.read_links` gives it: keys are canonical.
    """
    found: dict[str, str] = {}
    for short, location in redirects.items():
        if not is_short(short):
            continue
        try:
            long = unwrapped(urljoin(short, location))
        except ValueError:
            continue
        key, target = canonical(short), canonical(long)
        if key and target and key != target:
            found.setdefault(key, long)
    return found
