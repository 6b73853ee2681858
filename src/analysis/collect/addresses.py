"""Which addresses may be asked: public ones, and those that the study names itself."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from analysis.errors import InputError, invalid, one_line

Origin = tuple[str, int]
"""Host, in lower case, and port."""

_PORTS = {"http": 80, "https": 443}
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_GLOBAL = tuple(
    map(ipaddress.ip_network, ("fec0::/10", "64:ff9b:1::/48", "3fff::/20", "5f00::/16"))
)
"""Site-local, translated within a site, for documents, within a domain: not all Pythons know."""

_METADATA = frozenset(map(ipaddress.ip_address, ("169.254.169.254", "fd00:ec2::254")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed(url: str) -> Url:
    """Return the parts of an address that may be asked, as the connection itself reads them.

    Raises
    ------
    InputError
        It is not http or https, names nobody, or carries a user name or password.
    """
    shown = re.sub(r"//[^/?#]*@", "//", url.split("?")[0])
    if _NOT_IN_URL.search(url):
        raise invalid(shown, "", "expected an address without spaces, backslashes or controls")
    try:
        parts = parse_url(url)
        port = parts.port
    except (LocationParseError, ValueError):
        raise invalid(shown, "", "expected an address such as https://example.org/") from None
    if parts.scheme not in _PORTS or not parts.host:
        raise invalid(shown, "", "expected an address that begins with http:// or https://")
    if parts.auth is not None or "@" in (parts.netloc or ""):
        raise invalid(shown, "", "expected an address without a user name or password in it")
    if port == 0:
        raise invalid(shown, "", "expected a port from 1 to 65535")
    return parts


def origin(url: str) -> Origin:
    """Return the host and port that an address leads to."""
    parts = parsed(url)
    host = (parts.host or "").strip("[]").rstrip(".").lower()
    return host, parts.port or _PORTS[str(parts.scheme)]


def shown_host(url: str) -> str:
    """Return the host as messages and the state name it; with its port where that is not usual."""
    host, port = origin(url)
    host = f"[{host}]" if ":" in host else host
    return host if port in _PORTS.values() else f"{host}:{port}"


def embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def kind_of(address: Address) -> str:
    """Return what an address is: ``public``, or the word for why it is not."""
    inner = embedded(address)
    if inner in _METADATA:
        return "metadata"
    for word in ("multicast", "loopback", "link_local", "unspecified"):
        if getattr(inner, f"is_{word}"):
            return word.replace("_", "-")
    if inner.is_reserved:
        return "reserved"
    if any(address in network for network in _NOT_GLOBAL):
        return "private"
    return "public" if inner.is_global and address.is_global | (inner != address) else "private"


class Guard:
    """Opens connections, and only to addresses that may be asked.

    The name is resolved once and the connection goes to that very address, so DNS cannot change
    its mind between the look and the leap.

    Attributes
    ----------
    named : frozenset of Origin
        What the study names itself: there a private or loopback address may answer. Link-local,
        metadata, multicast and reserved addresses are refused even so.
    """

    def __init__(self, named: frozenset[Origin]) -> None:
        self.named = named
        self.live: socket.socket | None = None

    def connect(
        self, host: str, port: int, timeout: float | None, options: Any = None
    ) -> socket.socket:
        """Return a socket that is connected to an address that has been looked at.

        Raises
        ------
        InputError
            Every address of the host is one that may not be asked.
        OSError
            It has none, or none answers.
        """
        fault: OSError | None = None
        refused: InputError | None = None
        plain = host.strip("[]").rstrip(".").lower()
        for family, kind, protocol, _, where in socket.getaddrinfo(
            plain, port, type=socket.SOCK_STREAM
        ):
            refusal = self.refusal(plain, port, str(where[0]))
            if refusal:
                refused = refusal
                continue
            peer = socket.socket(family, kind, protocol)
            try:
                for option in options or ():
                    peer.setsockopt(*option)
                peer.settimeout(timeout)
                self.live = peer
                peer.connect(where)
                refusal = self.refusal(plain, port, str(peer.getpeername()[0]))
            except OSError as error:
                peer.close()
                fault = error
                continue
            if refusal:
                peer.close()
                raise refusal
            return peer
        if fault:
            raise fault
        raise refused or OSError(f"{plain} has no address")

    def refusal(self, host: str, port: int, text: str) -> InputError | None:
        """Return the error for an address that may not be asked, or None."""
        kind = kind_of(ipaddress.ip_address(text.split("%")[0]))
        if kind == "public" or (kind in ("private", "loopback") and (host, port) in self.named):
            return None
        more = "; only [collect] itself may name one" if kind in ("private", "loopback") else ""
        return invalid(one_line(host), "", f"expected a public address, found a {kind} one{more}")
