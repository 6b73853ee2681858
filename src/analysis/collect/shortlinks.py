"""Short links asked for, once each, and what they stand for put into links.csv."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urljoin

from analysis.collect.base import Progress, StoppedError
from analysis.collect.fetcher import Fetcher
from analysis.errors import InputError
from analysis.urls import canonical, merge_links, read_links, unresolved

FOLDER = "links"
"""Where the answers are kept, below ``raw/collected``; no channel may be called so."""

_ROUNDS = 4
_HOPS = 3
_GONE = (404, 410)


def expand_links(
    links: Sequence[str], table: Path, label: str, fetcher: Fetcher
) -> Iterator[Progress]:
    """Ask for the short links among the links of posts that nothing on this machine undoes.

    A short link is asked for, and not the page that it leads to. One that leads nowhere (404,
    410) is put down as that; one that could not be asked for stays unknown.

    Parameters
    ----------
    links : sequence of str
        Every link of every post.
    table : Path
        The study's links.csv, which grows after each answer.
    label : str
        How messages name it.
    fetcher : Fetcher
        Who asks.
    """
    asked = set[str]()
    missed = 0
    for _ in range(_ROUNDS):
        wanted = [link for link in unresolved(links, read_links(table, label)) if link not in asked]
        for number, link in enumerate(wanted, 1):
            asked.add(link)
            try:
                target = _target(link, fetcher)
            except (InputError, StoppedError):
                if fetcher.is_over:
                    raise
                target = None
            if target is None:
                missed += 1
                continue
            new = merge_links(table, label, {link: target})
            yield Progress(f"short links, {number} of {len(wanted)}", new)
        if not wanted:
            break
    if missed:
        said = "1 short link does" if missed == 1 else f"{missed:,} short links do"
        yield Progress("short links", note=f"{said} not tell where they lead")


def _target(link: str, fetcher: Fetcher) -> str | None:
    """Return where a short link leads: "" for nowhere, None where that could not be learned."""
    url = link
    for _ in range(_HOPS):
        answer = fetcher.get(url, follow=False)
        if answer.status in _GONE:
            return ""
        try:
            target = urljoin(url, answer.header("location"))
        except ValueError:
            return None
        if not 300 <= answer.status < 400 or not canonical(target):
            return None
        if canonical(target) != canonical(link):
            return fetcher.shown(target)
        url = target  # from http to https, say
    return None
