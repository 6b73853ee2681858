"""The tables ``[collect.<channel>]`` of study.toml: where each channel is collected from."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

import jsonpath
from cssselect import GenericTranslator, SelectorError
from jsonpath import JSONPathError
from lxml import etree
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_serializer,
)

from analysis.collect.addresses import parsed
from analysis.collect.secrets import without_secrets
from analysis.errors import InputError, is_device

Kind = Literal[
    "wordpress",
    "feed",
    "sitemap",
    "ghost",
    "mastodon",
    "bluesky",
    "github",
    "hackernews",
    "reddit",
    "wayback",
    "page",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SCORE = "score"
"""The key of the one table that is no channel: a page with the score on it."""

_NAME = re.compile(r"\w[\w .-]{0,99}")
LONGEST_NAME = 200
"""Bytes of a channel's name, which is that of a folder too."""

_RESERVED = frozenset(("activity", "daily", "links"))
SELECTORS = ("css", "xpath", "json")
HAS_API: tuple[Kind, ...] = ("bluesky", "github", "hackernews", "reddit", "wayback")
"""Kinds whose host does not stand in the study's address; ``api`` may name another one."""
HAS_COUNTS: tuple[Kind, ...] = ("mastodon", "bluesky", "hackernews", "reddit")
"""Kinds whose posts are asked for again while they are young."""
_FOR_SCORES = (None, "page", "wayback")


def _url(text: str) -> str:
    try:
        parsed(text)
    except InputError as error:
        raise ValueError(error.problems[0].expected) from None
    return text


def _css(text: str) -> str:
    try:
        GenericTranslator().css_to_xpath(text)
    except SelectorError as error:
        raise ValueError(f"expected a CSS selector ({error})") from None
    return text


def _xpath(text: str) -> str:
    try:
        etree.XPath(text)
    except etree.XPathError as error:
        raise ValueError(f"expected an XPath ({error})") from None
    return text


def _json_path(text: str) -> str:
    try:
        jsonpath.compile(text)
    except (JSONPathError, RecursionError) as error:
        raise ValueError(f"expected a JSONPath such as $.followers ({error})") from None
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"expected a regular expression ({error})") from None
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class CollectSettings(BaseModel):
    """One table ``[collect.<channel>]``.

    ``api`` is where a network with fixed addresses is asked instead (a server of one's own);
    ``since`` is the first day that is wanted; ``refresh_days`` is for how long the counts of a post
    are asked for again.

    ``css``, ``xpath``, ``json`` and ``pattern`` say where on a page the score stands; they belong
    to ``[collect.score]`` alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: Annotated[Text, AfterValidator(_url)]
    kind: Kind | None = None
    since: dt.date | None = None
    api: Annotated[Text, AfterValidator(_url)] | None = None
    refresh_days: Annotated[int, Field(ge=0, le=36_500)] = 30
    css: Annotated[Text, AfterValidator(_css)] | None = None
    xpath: Annotated[Text, AfterValidator(_xpath)] | None = None
    json_path: Annotated[Text, AfterValidator(_json_path)] | None = Field(None, alias="json")
    pattern: Annotated[Text, AfterValidator(_pattern)] | None = None

    @field_serializer("url", "api")
    def _without_secrets(self, url: str | None) -> str | None:
        """Tell an address in results.json and on the page as it may be published."""
        return None if url is None else without_secrets(url)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the table names."""
        return (self.url,) if self.api is None else (self.url, self.api)

    @property
    def selectors(self) -> dict[str, str]:
        """The selectors that are given, by their key; a whole table has one at most."""
        found = {"css": self.css, "xpath": self.xpath, "json": self.json_path}
        return {key: value for key, value in found.items() if value is not None}


def known_keys() -> str:
    """Return the keys of a table, as study.toml spells them."""
    return ", ".join(each.alias or name for name, each in CollectSettings.model_fields.items())


def is_name(channel: str) -> bool:
    """Return whether a channel's name can be that of a folder."""
    reserved = channel.lower() in _RESERVED or channel.endswith((".", " ")) or is_device(channel)
    is_short = len(channel.encode("utf-8", "replace")) <= LONGEST_NAME
    return _NAME.fullmatch(channel) is not None and is_short and not reserved


def cross_checks(collect: Mapping[str, CollectSettings]) -> list[tuple[str, str]]:
    """Return what is wrong between the keys of ``[collect]``: key and expectation."""
    wrong = []
    folders: dict[str, str] = {}
    for channel, table in collect.items():
        key = f"collect.{channel}"
        folder = unicodedata.normalize("NFC", channel).casefold()
        if folders.setdefault(folder, channel) != channel:
            same = f"expected names that differ by more than case, found {folders[folder]!r} too"
            wrong.append((key, same))
        if not is_name(channel):
            named = "expected a channel's name of letters, digits, spaces and . _ - (not activity,"
            wrong.append((key, f"{named} daily or links, which are tables)"))
        needs_kind = (("api", HAS_API), ("refresh_days", HAS_COUNTS))
        for name, kinds in needs_kind:
            if name in table.model_fields_set and table.kind not in kinds:
                expected = f"expected it beside kind = {' or '.join(map(repr, kinds))} only"
                wrong.append((f"{key}.{name}", expected))
        is_page = table.kind == "page" or (channel == SCORE and table.kind is None)
        if is_page and table.since is not None:
            expected = "expected no such key: a page tells today's number, and has none of the past"
            wrong.append((f"{key}.since", expected))
        if channel != SCORE:
            given = [*table.selectors, *(["pattern"] if table.pattern is not None else [])]
            wrong += [(f"{key}.{name}", "expected it in [collect.score] only") for name in given]
            continue
        if len(table.selectors) != 1:
            found = " and ".join(table.selectors) or "none"
            wrong.append((key, f"expected exactly one of css, xpath and json, found {found}"))
        if table.kind not in _FOR_SCORES:
            expected = f"expected 'page', 'wayback' or nothing, found {table.kind!r}"
            wrong.append((f"{key}.kind", expected))
    return wrong
