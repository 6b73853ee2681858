"""Short links and redirects undone as far as is known without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote

from analysis.urls.canonical import canonical
from analysis.urls.shorteners import host_of, is_short, split

MOST_HOPS = 10
"""Short links of short links that are followed. Browsers stop at 20; nobody chains so many."""

How = Literal["told", "mapping"]

_IN_QUERY: Mapping[str, tuple[str, ...]] = {
    "google.com": ("q", "url"),
    "l.facebook.com": ("u",),
    "lm.facebook.com": ("u",),
    "facebook.com": ("u",),
    "l.instagram.com": ("u",),
    "linkedin.com": ("url",),
    "out.reddit.com": ("url",),
    "slack-redir.net": ("url",),
    "youtube.com": ("q",),
    "t.umblr.com": ("z",),
    "vk.com": ("to",),
}
_REDIRECTS = frozenset(
    ("/url", "/l.php", "/", "/redir/redirect", "/safety/go", "/link", "/redirect", "/away.php")
)
_AMP_S, _AMP = "/amp/s/", "/amp/"


@dataclass(frozen=True, slots=True)
class Expanded:
    """A link, what it stands for, and how that is known.

    Attributes
    ----------
    link : str
        As the post has it.
    target : str
        The page it leads to as far as is known; the link itself where nothing is.
    how : str
        ``told`` by the link itself, or by a ``mapping`` from elsewhere.
    """

    link: str
    target: str
    how: How

    @property
    def is_known(self) -> bool:
        """Whether the target is a page, not one more short link."""
        return not is_short(self.target)


def unwrapped(url: str) -> str:
    """Return the page that a redirect names in its own address, or the address as it is.

    ``l.facebook.com/l.php?u=…``, ``google.com/url?q=…`` and their like, Google's copies of AMP
    pages, and captures of the Wayback Machine.
    """
    for _ in range(MOST_HOPS):
        inner = _inner(url)
        if not inner:
            break
        url = inner
    return url


def _inner(url: str) -> str:
    parts = split(url)
    if parts is None:
        return ""
    host = host_of(parts)
    target = ""
    if host in _IN_QUERY and parts.path in _REDIRECTS and len(parts.query) < 10_000:
        told = parse_qs(parts.query, max_num_fields=None)
        target = next((told[key][0] for key in _IN_QUERY[host] if key in told), "")
    elif host == "google.com" and parts.path.startswith(_AMP):
        secure = parts.path.startswith(_AMP_S)
        target = f"http://{unquote(parts.path.removeprefix(_AMP_S if secure else _AMP))}"
    elif host == "web.archive.org" and parts.path.startswith("/web/"):
        _, _, target = url.partition("/web/")[2].partition("/")
    return target if target.startswith(("http://", "https://")) and canonical(target) else ""


def expand(links: Iterable[str], mapping: Mapping[str, str]) -> tuple[Expanded, ...]:
    """Return what each link stands for.

    Parameters
    ----------
    links : iterable of str
        A post's links, in order.
    mapping : mapping of str to str
        Long by short address, as `read_links` gives it: keys are canonical. A short link may
        lead to another; loops and chains of more than ``MOST_HOPS`` stay short, so unknown.
    """
    return tuple(_expanded(link, mapping) for link in links)


def _expanded(link: str, mapping: Mapping[str, str]) -> Expanded:
    target = unwrapped(link)
    how: How = "told"
    if not mapping:
        return Expanded(link, target, how)
    seen: set[str] = set()
    while key := _next(target, mapping):
        if key in seen or len(seen) == MOST_HOPS:
            return Expanded(link, link, "told")
        seen.add(key)
        target, how = unwrapped(mapping[key]), "mapping"
    return Expanded(link, target, how)


def _next(target: str, mapping: Mapping[str, str]) -> str:
    """Return the key under which the mapping knows more of an address, or ""."""
    key = canonical(target)
    longer = mapping.get(key, "") if key else ""
    return key if longer and canonical(longer) != key else ""


def unresolved(links: Iterable[str], mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return the short links that nothing here undoes, each once, in order.

    These are worth asking for. What a mapping knows to lead nowhere (an empty long address) is
    not asked for again; wp.me links are in, since the blog behind one may be anybody's.

    Parameters
    ----------
    links : iterable of str
        Of many posts.
    mapping : mapping of str to str
        As for `expand`.
    """
    found: dict[str, str] = {}
    for one in expand(links, mapping):
        if is_short(one.target):
            key = canonical(one.target)
            if key and mapping.get(key) != "":
                found.setdefault(key, one.target)
    return tuple(found.values())
