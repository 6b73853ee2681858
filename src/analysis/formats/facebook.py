"""Facebook's "Download your information" in JSON: the owner's posts.

``your_posts_1.json`` or ``your_posts__check_ins__photos_and_videos_1.json`` under paths that
change every year, ten thousand posts a file. A post has no id, no address and no counts,
and its title is a sentence in the owner's language, which is not read.
"""

from __future__ import annotations

import re
from typing import Any

from analysis.formats.base import Format, Kind, Post
from analysis.formats.javascript import items_of, section, string
from analysis.formats.meta import Export, attachments, label_values, media_files, unix_time
from analysis.formats.text import bare_urls
from analysis.urls import canonical

FIRST_YEAR = 2004

_OWN_HOST = re.compile(r"(?:[\w-]+\.)*(?:facebook\.com|fb\.com|fb\.me)(?:[/:?]|$)", re.IGNORECASE)


def _post_of(record: dict[str, Any], member: str, pointer: str) -> Post | str:
    """Return the post that a record is, or the reason why it is none."""
    if not record:
        return "not a post"
    attached = attachments(record)
    message, labelled = label_values(record)
    shared = [string(section(data.get("external_context")), "url") for data in attached]
    shared += [url for url in labelled if not _OWN_HOST.match(canonical(url))]
    shared = [url for url in shared if canonical(url)]
    text = _text(record, attached) or message
    words = text or _description(record, attached)
    if not (text or attached or media_files(record) or record.get("label_values")):
        return "no content"
    if "timestamp" not in record:
        return "no date"
    when = unix_time(record["timestamp"], FIRST_YEAR)
    if when is None:
        return "impossible date"
    return Post(
        when=when,
        kind=_kind(record, shared, text),
        text=words,
        links=tuple(dict.fromkeys((*shared, *bare_urls(words)))),
        member=member,
        pointer=pointer,
    )


def _kind(record: dict[str, Any], shared: list[str], text: str) -> Kind:
    if shared:
        return "share"
    return "photo" if media_files(record) and not text else "post"


def _text(record: dict[str, Any], attached: list[dict[str, Any]]) -> str:
    """Return what the owner wrote: the post's own words, or else its attachments'."""
    own = [string(section(data), "post") for data in items_of(record.get("data"))]
    beside = [string(data, "text") for data in attached]
    return "\n".join(filter(None, own)) or "\n".join(filter(None, beside))


def _description(record: dict[str, Any], attached: list[dict[str, Any]]) -> str:
    """Return the words under the first picture that has any."""
    media = [*(data.get("media") for data in attached), *items_of(record.get("media"))]
    descriptions = (string(section(medium), "description") for medium in media)
    return next(filter(None, descriptions), "")


_EXPORT = Export(
    network="Facebook",
    name=re.compile(r"your_posts(?!.*group).*", re.IGNORECASE),
    keys=(
        re.compile(r'"timestamp"\s*:'),
        re.compile(r'"(?:data|attachments|label_values|title)"\s*:'),
    ),
    marks=(
        re.compile(r'"timestamp"\s*:'),
        re.compile(
            r'"(?:update_timestamp|external_context)"\s*:|"data"\s*:\s*\[\s*\{\s*"post"\s*:'
        ),
    ),
    post_of=_post_of,
)

FACEBOOK = Format("Facebook export (your_posts*.json)", _EXPORT.recognise, _EXPORT.read)
