"""What kind of site an address is, where its address does not tell: by what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from analysis.collect.base import Answer, CollectPlan
from analysis.collect.fetcher import Fetcher
from analysis.collect.kinds import kind_by_address
from analysis.collect.settings import Kind
from analysis.collect.state import State
from analysis.urls import canonical

REST = "https://api.w.org/"
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_ROOT = re.compile(rb"<(?!\?|!)(?:[\w.-]+:)?([A-Za-z]+)[\s>]")
_COMMENTS = re.compile(r"/comments?/|comments", re.IGNORECASE)
_HEX_KEY = re.compile(r"[0-9a-f]{26}")


def kind_of_site(plan: CollectPlan, fetcher: Fetcher, state: State) -> Kind:
    """Return the kind of a channel: as the study says, as known, or as found out now.

    What was found out stands in ``state.cursor``, which begins anew when the study asks for
    something else.
    """
    since = plan.since.isoformat() if plan.since else ""
    asked = {"url": fetcher.shown(plan.url), "kind": plan.settings.kind or "", "since": since}
    if state.cursor.get("asked") != asked:
        state.cursor = {"asked": asked}
    known = plan.settings.kind or kind_by_address(plan.url)
    return known or look(plan, fetcher, state)["kind"]


def look(plan: CollectPlan, fetcher: Fetcher, state: State) -> dict[str, Any]:
    """Return what a site offers, asking it where that is not known yet.

    Returns
    -------
    dict
        ``kind``, and as far as they are there ``api`` (WordPress), ``feed``, ``ghost`` and
        ``key`` (Ghost), ``sitemap``: addresses.

    Raises
    ------
    InputError
        The site offers nothing that can be collected.
    """
    site = state.cursor.get("site")
    if isinstance(site, dict):
        return site
    answer = fetcher.get(plan.url).expect("a site, a feed or a sitemap")
    site = offered(answer)
    if not site and plan.settings.kind:
        site = {"kind": plan.settings.kind}
    if not site:
        sitemaps = fetcher.sitemaps(plan.url)
        if not sitemaps:
            said = "it has none; an address of a feed would do"
            raise plan.wrong("url", f"expected a site with an API, a feed or a sitemap; {said}")
        site = {"kind": "sitemap", "sitemap": sitemaps[0]}
    state.cursor["site"] = site
    return site


def offered(answer: Answer) -> dict[str, Any]:
    """Return what an answer is or points to; empty for nothing."""
    root = _ROOT.search(answer.body[:4096])
    name = root[1].lower().decode() if root else ""
    if name in ("rss", "feed", "rdf") or is_json_feed(answer.body):
        return {"kind": "feed", "feed": answer.url}
    if name in ("urlset", "sitemapindex"):
        return {"kind": "sitemap", "sitemap": answer.url}
    page = page_of(answer)
    site = dict[str, Any]()
    api = _rest_of(answer, page)
    if api:
        site = {"kind": "wordpress", "api": api}
    elif page is not None:
        site = _ghost_of(answer, page)
    feed = _feed_of(answer, page)
    if feed:
        site = {"kind": "feed", **site, "feed": feed}
    return site


def page_of(answer: Answer) -> Any:
    """Return the page in an answer, or None where it is no HTML."""
    try:
        parser = html.HTMLParser(no_network=True, encoding=answer.headers.get_content_charset())
        return html.document_fromstring(answer.body, parser=parser)
    except (etree.LxmlError, ValueError, LookupError, AssertionError):
        return None


def is_json_feed(body: bytes) -> bool:
    """Whether a body is a JSON Feed."""
    if body.lstrip()[:1] != b"{":
        return False
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError):
        return False
    version = feed.get("version")
    return isinstance(version, str) and "jsonfeed.org/version/" in version


def links_of(answer: Answer) -> dict[str, str]:
    """Return the addresses in the ``Link`` headers, by their relation."""
    found = dict[str, str]()
    for value in answer.headers.get_all("link", []):
        for target, rest in re.findall(r"<([^<>]*)>((?:\s*;[^,<]*)*)", str(value)):
            relation = re.search(r';\s*rel\s*=\s*"?([^";]*)', rest)
            for name in (relation[1] if relation else "").split():
                found.setdefault(name, _joined(answer.url, target))
    return found


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target.strip())
    except ValueError:
        return ""


def _tags(page: Any, name: str) -> list[Mapping[str, str]]:
    return [each.attrib for each in page.iter(name)] if page is not None else []


def _rest_of(answer: Answer, page: Any) -> str:
    told = links_of(answer).get(REST, "")
    for tag in _tags(page, "link"):
        if not told and tag.get("rel") == REST:
            told = _joined(answer.url, tag.get("href", ""))
    return told


def _feed_of(answer: Answer, page: Any) -> str:
    """Return a page's own feed; a feed of its comments only where there is no other."""
    found = [
        _joined(answer.url, tag.get("href", ""))
        for tag in _tags(page, "link")
        if "alternate" in tag.get("rel", "").lower().split()
        and tag.get("type", "").split(";")[0].strip().lower() in _FEED_TYPES
        and tag.get("href")
    ]
    plain = [url for url in found if not _COMMENTS.search(url)]
    return next(iter(plain + found), "")


def _ghost_of(answer: Answer, page: Any) -> dict[str, Any]:
    generators = [
        tag.get("content", "")
        for tag in _tags(page, "meta")
        if tag.get("name", "").lower() == "generator"
    ]
    is_ghost = any(text.startswith("Ghost") for text in generators)
    for tag in _tags(page, "script"):
        key = tag.get("data-key", "")
        if not _HEX_KEY.fullmatch(key) or not (is_ghost or tag.get("data-ghost")):
            continue
        api = tag.get("data-api") or tag.get("data-ghost") or answer.url
        base = _joined(answer.url, api)
        if canonical(base).split("/")[0] == canonical(answer.url).split("/")[0]:
            return {"kind": "ghost", "ghost": base, "key": key}
    return {"kind": "ghost", "ghost": answer.url} if is_ghost else {}
