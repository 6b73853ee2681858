"""Kept answers that only show the way to the posts: robots.txt, who somebody is, what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from analysis.files import Tree

_PATHS = re.compile(
    r"/robots\.txt"
    r"|/cdx/search/cdx"
    r"|/xrpc/com\.atproto\.identity\.resolveHandle"
    r"|/did:plc:[a-z2-7]{24}|/\.well-known/did\.json"
    r"|/api/v1/accounts/lookup"
)


def without_signposts(tree: Tree, names: Iterable[str]) -> tuple[str, ...]:
    """Return members without those that were asked for only to find the others.

    They are told by the addresses of their captures: a file of such a name is none.
    """
    return tuple(name for name in names if not _is_signpost(tree.address(name)))


def _is_signpost(address: str) -> bool:
    try:
        return bool(address) and _PATHS.fullmatch(urlsplit(address).path) is not None
    except ValueError:
        return False
