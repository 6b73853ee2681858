"""Exports as web pages, which only show what the networks' JSON and CSV files tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from analysis.errors import Problem
from analysis.files import Tree
from analysis.formats.sniff import text_head

LOOKED_AT = 50
"""Web pages of one source that are looked at."""

_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_META_MADE = re.compile(r'class="[^"]{0,200}\b(?:_a6-g|_5vb_|_2yq|_3-95|_a706)\b')


_INSTEAD = {
    "Twitter": "this page only shows the files of Twitter's archive, data/tweets.js and others: "
    "give the whole archive as it was downloaded",
    "Instagram": "expected JSON, found web pages: ask Instagram for JSON instead",
    "Facebook": "expected JSON, found web pages: ask Facebook for JSON instead",
    "LinkedIn": "expected Shares.csv, found web pages: ask LinkedIn for a copy of your data, the "
    "larger archive",
}


def export_pages(tree: Tree, members: Iterable[str], known: str) -> Iterator[Problem]:
    """Yield a problem (kind "unknown") for each network whose export is there as web pages only.

    Parameters
    ----------
    tree : Tree
        The source.
    members : iterable of str
        Those of its members that no format takes for its own.
    known : str
        The names of the formats that do take some: a network among them needs no advice.
    """
    pages = [name for name in members if PurePosixPath(name).suffix.lower() in (".html", ".htm")]
    told: set[str] = set()
    for name in pages[:LOOKED_AT]:
        network = _network_of(name, text_head(tree, name))
        if network and network not in told and network.lower() not in known.lower():
            told.add(network)
            yield Problem("unknown", tree.where(name), "", _INSTEAD[network])


def _network_of(name: str, head: str) -> str:
    """Return the network whose export a page belongs to; empty for none.

    The page must be named or titled after it, and look like an export's: a page about a
    network is none.
    """
    if not _HTML.match(head):
        return ""
    title = found[1] if (found := _TITLE.search(head)) else ""
    path = PurePosixPath(name)
    if path.name.lower() == "your archive.html" or "window.__THAR_CONFIG" in head:
        return "Twitter"
    if re.search(r"[|-]\s*LinkedIn\s*$", title) or title.strip() == "LinkedIn":
        return "LinkedIn"
    made_by_meta = _META_MADE.search(head) or path.name.lower() == "start_here.html"
    if not made_by_meta:
        return ""
    words = f"{name} {title} {head}".lower()
    return next((each for each in ("Instagram", "Facebook") if each.lower() in words), "")
