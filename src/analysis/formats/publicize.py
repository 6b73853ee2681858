"""The marks that WordPress (Publicize, Jetpack Social) leaves on posts that it passed on.

They are custom fields of a post: ``_wpas_done_twitter``, ``publicize_linkedin_url``,
``_publicize_done_external`` (PHP's serialized map by network), or, by the number of a
connection alone, ``_wpas_done_9383931`` and ``_publicize_done_9340485``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_DONE = re.compile(r"(?:_wpas_done|_publicize_done)_(?P<what>[\w-]{1,40})")
_URL = re.compile(r"publicize_(?P<network>[a-z_]{2,30})_url")
_SERIALIZED = re.compile(r's:[0-9]{1,3}:"(?P<network>[a-z][a-z0-9_-]{1,30})";a:')
_RESULTS = ("_publicize_done_external", "publicize_results")
_NAMES = {
    "google_plus": "google",
    "google-plus": "google",
    "fb": "facebook",
    "tw": "twitter",
    "instagram-business": "instagram",
}
_NOT_DONE = frozenset({"", "0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Shared:
    """Where a post was passed on to.

    Attributes
    ----------
    networks : tuple of str
        In lower case, in the order of the alphabet.
    is_unnamed : bool
        It was passed on to connections that the marks tell by number only.
    """

    networks: tuple[str, ...] = ()
    is_unnamed: bool = False


def is_mark(key: str) -> bool:
    """Return whether a custom field of this name tells of a share that was made."""
    return bool(_DONE.fullmatch(key) or _URL.fullmatch(key)) or key in _RESULTS


def shared_by(marks: Mapping[str, str]) -> Shared:
    """Return what a post's custom fields tell of its shares.

    ``_wpas_done_all`` says that sharing was dealt with, not that anything was shared, and
    ``_wpas_mess`` and ``_wpas_skip_*`` are the message and what was left out: none of them
    is a share.

    Parameters
    ----------
    marks : mapping of str to str
        Custom fields by name, as they stand.
    """
    networks: set[str] = set()
    is_unnamed = False
    for key, value in marks.items():
        if value.strip().lower() in _NOT_DONE:
            continue
        if key in _RESULTS:
            networks |= {match["network"] for match in _SERIALIZED.finditer(value)}
        elif url := _URL.fullmatch(key):
            networks.add(url["network"])
        elif (done := _DONE.fullmatch(key)) and done["what"] not in ("all", "external"):
            if done["what"].isdigit():
                is_unnamed = True
            else:
                networks.add(done["what"].lower())
    named = tuple(sorted({_NAMES.get(network, network) for network in networks}))
    return Shared(named, is_unnamed and not named)


def unnamed_note(posts: int) -> tuple[str, ...]:
    """Return the note on posts that were passed on to connections told by number only."""
    if not posts:
        return ()
    return (
        f"{posts:,} post(s) were passed on by WordPress to connections that the export tells by "
        "number only; to which network is not known.",
    )
