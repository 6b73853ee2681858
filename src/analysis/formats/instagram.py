"""Instagram's "Download your information" in JSON: the owner's posts.

``posts_1.json`` and its numbered fellows, under paths that change every year. A single
picture has its time and caption on the medium, a carousel on the post. There is no id, no
address and no count. Stories, reels and archived posts are in other files.
"""

from __future__ import annotations

import re
from typing import Any

from analysis.formats.base import Format, Post
from analysis.formats.javascript import items_of, section, string
from analysis.formats.meta import Export, label_values, unix_time
from analysis.formats.text import bare_urls
from analysis.urls import canonical

FIRST_YEAR = 2010

_TIMES = ("creation_timestamp", "timestamp")


def _post_of(record: dict[str, Any], member: str, pointer: str) -> Post | str:
    """Return the post that a record is, or the reason why it is none."""
    media = [section(medium) for medium in items_of(record.get("media"))]
    message, labelled = label_values(record)
    if not media and not message:
        return "no content"
    places = [*media, record] if len(media) == 1 else [record, *media[:1]]
    stated = [place[key] for place in places for key in _TIMES if place.get(key) is not None]
    if not stated:
        return "no date"
    when = unix_time(stated[0], FIRST_YEAR)
    if when is None:
        return "impossible date"
    captions = (string(place, "title") for place in places)
    text = next(filter(None, captions), message)
    return Post(
        when=when,
        kind="photo",
        text=text,
        links=tuple(dict.fromkeys(filter(canonical, (*labelled, *bare_urls(text))))),
        member=member,
        pointer=pointer,
    )


_KEYS = (
    re.compile(r'"media"\s*:\s*\['),
    re.compile(r'"(?:creation_timestamp|label_values)"\s*:'),
)

_EXPORT = Export(
    network="Instagram",
    name=re.compile(r"posts_\d+", re.IGNORECASE),
    keys=_KEYS,
    marks=(*_KEYS, re.compile(r'"uri"\s*:')),
    post_of=_post_of,
)

INSTAGRAM = Format("Instagram export (posts_1.json)", _EXPORT.recognise, _EXPORT.read)
