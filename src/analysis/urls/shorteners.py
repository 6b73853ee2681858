"""Short links: which hosts give them out, and the one kind that tells its post by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_ANYONES = """
    2.gp adf.ly bit.ly bitly.com bl.ink budurl.com cli.gs cutt.ly dld.bz goo.gl hex.io ht.ly is.gd
    j.mp lnk.co mcaf.ee ow.ly ping.fm po.st post.ly r.im rb.gy rebrand.ly s.id shar.es shorturl.at
    sn.im snipurl.com snurl.com soo.gd su.pr t.ly tiny.cc tinyurl.com tr.im twurl.nl u.nu ur1.ca
    urlz.fr v.gd wow.ly x.co zi.ma
"""
_SERVICES = """
    4sq.com amzn.com amzn.to awe.sm bbc.in buff.ly bufferapp.com cl.ly conta.cc db.tt dlvr.it
    econ.st eepurl.com fb.me feedproxy.google.com ff.im flip.it g.co gizmo.do goo.su hubs.la hubs.ly
    ift.tt lnkd.in mzl.la nyti.ms pocket.co qr.ae redd.it reut.rs sco.lt spr.ly t.co tcrn.ch
    tmblr.co trib.al tumblr.co wapo.st wp.me
"""
SHORTENERS = frozenset((_ANYONES + _SERVICES).split())
"""Hosts whose links stand for another page. A link of theirs to nowhere known is unresolved."""

_FEEDBURNER = "/~r/"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_WP_ME = re.compile(r"/([ps])([0-9A-Za-z]{1,9})-(\w{1,40})/?", re.ASCII)
_LONGEST_NUMBER = 10


def split(url: str) -> SplitResult | None:
    """Return the parts of a web address, or None when it is none."""
    try:
        parts = urlsplit(url.strip())
        named = parts.hostname is not None
    except ValueError:
        return None
    return parts if named and parts.scheme in ("http", "https") else None


def host_of(parts: SplitResult) -> str:
    """Return the host in lower case, without ``www.``."""
    return (parts.hostname or "").rstrip(".").removeprefix("www.")


def is_short(url: str) -> bool:
    """Return whether an address stands for another one that it does not tell.

    Feedburner's redirects (``/~r/Blog/~3/x/``) are so, too: nothing undoes them offline.
    """
    parts = split(url)
    if parts is None or len(parts.path) < 2:
        return False
    host = host_of(parts)
    if host.startswith("feeds.feedburner."):
        return parts.path.startswith(_FEEDBURNER)
    return host in SHORTENERS


@dataclass(frozen=True, slots=True)
class WpMe:
    """What a wp.me link tells: the number of the blog, and the post's number or its slug."""

    blog: str
    post: str
    by_slug: bool


def wp_me(url: str) -> WpMe | None:
    """Return what a wp.me link says by itself, or None for any other address.

    ``wp.me/p<blog>-<post>`` holds both numbers in base 62, ``wp.me/s<blog>-<slug>`` the slug of a
    post with a short one. Links to pages (``P``), files (``a``) and whole blogs tell no post.
    """
    parts = split(url)
    if parts is None or host_of(parts) != "wp.me":
        return None
    found = _WP_ME.fullmatch(parts.path)
    if found is None:
        return None
    kind, blog, post = found.groups()
    if kind == "s":
        return WpMe(blog, post, by_slug=True)
    if len(post) > _LONGEST_NUMBER or "_" in post:
        return None
    number = 0
    for character in post:
        number = number * len(_ALPHABET) + _VALUE[character]
    return WpMe(blog, str(number), by_slug=False)
