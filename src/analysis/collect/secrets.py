"""Tokens: where they come from, whom they are for, and that nothing written holds one."""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from analysis.errors import invalid

REDACTED = "REDACTED"
SERVICE = "needle"
"""Whose password a token is in the keyring; the user is the channel."""

_SHORTEST = 8
_SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "set-cookie2", "x-api-key")
)
_QUERY = re.compile(
    r"(?<=[?&;#])((?!(?:next|page|continuation)[_-]?token=)(?:[\w.-]*(?:token|secret|password|passwd|api_?key|signature|credential)"
    r"|key|auth|sig|session|sid|pwd)=)[^&#;\s\"'<>]+",
    re.IGNORECASE,
)
_USER = re.compile(r"(?<=://)[^/?#\s@]*@")


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, and the hosts that it may be sent to."""

    value: str = field(repr=False)
    hosts: frozenset[str]


def variable(channel: str) -> str:
    """Return the environment variable of a channel's token.

    Examples
    --------
    >>> variable("my blog")
    'NEEDLE_TOKEN_MY_BLOG'
    """
    return "NEEDLE_TOKEN_" + re.sub(r"[^A-Z0-9]", "_", channel.upper())


class Secrets:
    """Every secret that a run has used, so that none is written."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._spellings: set[str] = set()

    def token(self, channel: str, hosts: Iterable[str]) -> Token | None:
        """Return a channel's token, from its environment variable or else from the keyring.

        Raises
        ------
        InputError
            It has under 8 characters: too short to be told from other text and kept out of it.
        """
        name, place = variable(channel), ""
        value = self._environ.get(name, "").strip()
        if not value:
            value, name, place = _from_keyring(channel), "keyring", f"{SERVICE} {channel}"
        if not value:
            return None
        if len(value) < _SHORTEST or not value.isascii() or not value.isprintable():
            raise invalid(name, place, f"expected {_SHORTEST} or more printable ASCII characters")
        self.hide(value)
        return Token(value, frozenset(host.lower() for host in hosts))

    def hide(self, value: str) -> None:
        """Remember a secret, in each way that an answer or an error may spell it."""
        spelled = (value, quote(value, safe=""), quote(value), json.dumps(value)[1:-1])
        self._spellings.update(spelled)
        self._spellings.add(value.replace("/", "\\/"))

    def scrub(self, text: str) -> str:
        """Return text without secrets: known ones, and what addresses carry under such names."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            text = text.replace(spelling, REDACTED)
        return without_secrets(text)

    def hide_in(self, url: str) -> None:
        """Remember what an address carries under such names: an answer may say it back."""
        for found in _QUERY.finditer(url):
            value = unquote(found[0].removeprefix(found[1]))
            if len(value) >= _SHORTEST:
                self.hide(value)

    def scrub_bytes(self, data: bytes) -> bytes:
        """Return a body without the known secrets."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            data = data.replace(spelling.encode(), REDACTED.encode())
        return data

    def scrub_headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return headers without secrets; those that are secret as a whole keep their name."""
        return [
            (name, REDACTED if name.lower() in _SECRET_HEADERS else self.scrub(value))
            for name, value in headers
        ]


def without_secrets(text: str) -> str:
    """Return text without what addresses carry as a user's name, a password, a key or a token."""
    return _USER.sub("", _QUERY.sub(rf"\g<1>{REDACTED}", text))


def _from_keyring(channel: str) -> str:
    """Return a channel's token from the system's keyring, where that is installed."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return ""
    try:
        return str(keyring.get_password(SERVICE, channel) or "")
    except Exception:  # noqa: BLE001 - a keyring's backends raise what they like
        return ""
