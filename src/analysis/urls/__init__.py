"""Addresses: one spelling for each page, and short links undone as far as is known offline."""

from analysis.urls.canonical import canonical
from analysis.urls.expand import Expanded, expand, unresolved, unwrapped
from analysis.urls.mapping import LINKS, merge_links, read_links
from analysis.urls.redirects import short_links_in
from analysis.urls.shorteners import SHORTENERS, WpMe, is_short, wp_me

__all__ = [
    "LINKS",
    "SHORTENERS",
    "Expanded",
    "WpMe",
    "canonical",
    "expand",
    "is_short",
    "merge_links",
    "read_links",
    "short_links_in",
    "unresolved",
    "unwrapped",
    "wp_me",
]
