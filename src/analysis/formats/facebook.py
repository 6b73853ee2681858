"""Facebook's "Download your information" in JSON: the owner's posts.

``your_posts_1.json`` or ``your_posts__check_ins__photos_and_videos_1.json`` under paths that
change every year, ten thousand posts a file; pictures and videos also in albums and in lists of
their own, check-ins too. A post has no address and no counts, an id in newer exports only, and
no word on who could see it. Its title is a sentence in the owner's language, which is not
read. Only the times of posts and uploads are read, never a picture's own (EXIF), which are
often nonsense.

Pictures of one list that were uploaded within ten minutes of one another are one post.
"""

from __future__ import annotations

import re
from typing import Any

from analysis.formats.base import Format, Kind, Post
from analysis.formats.javascript import items_of, section, string
from analysis.formats.meta import attachments, labelled_links, media_of, unix_time
from analysis.formats.meta_export import Export, Part
from analysis.formats.text import bare_urls
from analysis.urls import canonical

FIRST_YEAR = 2004

ONE_GO = 600
"""Seconds between two pictures of a list that were uploaded in one go."""

_OWN_HOST = re.compile(
    r"(?:[\w-]+\.)*(?:facebook\.com|fbcdn\.net|fb\.com|fb\.me)(?:[/:?]|$)", re.IGNORECASE
)


def _post_of(record: dict[str, Any], message: str) -> Post | str:
    """Return the post that a record is, or the reason why it is none."""
    if not record:
        return "not a post"
    attached = attachments(record)
    shared = [string(section(data.get("external_context")), "url") for data in attached]
    shared += [url for url in labelled_links(record) if not _OWN_HOST.match(canonical(url))]
    shared = [url for url in shared if canonical(url)]
    media = media_of(record)
    text = _text(record, attached) or message
    words = text or next(filter(None, (string(medium, "description") for medium in media)), "")
    if not (text or attached or media or record.get("label_values")):
        return "no content"
    if "timestamp" not in record:
        return "no date"
    when = unix_time(record["timestamp"], FIRST_YEAR)
    if when is None:
        return "impossible date"
    return Post(
        when=when,
        kind=_kind(shared, has_media=bool(media), text=text),
        id=string(record, "fbid"),
        text=words,
        links=tuple(dict.fromkeys((*shared, *bare_urls(words)))),
    )


def _kind(shared: list[str], *, has_media: bool, text: str) -> Kind:
    if shared:
        return "share"
    return "photo" if has_media and not text else "post"


def _text(record: dict[str, Any], attached: list[dict[str, Any]]) -> str:
    """Return what the owner wrote: the post's own words, or else its attachments'."""
    own = [string(section(data), "post") for data in items_of(record.get("data"))]
    beside = [string(data, "text") for data in attached]
    return "\n".join(filter(None, own)) or "\n".join(filter(None, beside))


def _picture_of(record: dict[str, Any], message: str) -> Post | str:
    """Return a picture or video of an album or list as a post, or why it is none."""
    if not string(record, "uri"):
        return "no content"
    if "creation_timestamp" not in record:
        return "no date"
    when = unix_time(record["creation_timestamp"], FIRST_YEAR)
    if when is None:
        return "impossible date"
    words = string(record, "description") or message
    return Post(when=when, kind="photo", text=words, links=bare_urls(words))


_MEDIUM = frozenset(
    {
        "uri",
        "creation_timestamp",
        "media_metadata",
        "title",
        "description",
        "thumbnail",
        "comments",
        "backup_uri",
        "cross_post_source",
        "media_variants",
        "upload_ip",
        "upload_timestamp",
        "dubbing_info",
    }
)
_RECORD = {
    "": frozenset(
        {
            "timestamp",
            "data",
            "attachments",
            "title",
            "tags",
            "media",
            "label_values",
            "fbid",
            "ent_name",
        }
    ),
    "data": frozenset({"post", "update_timestamp", "backdated_timestamp"}),
    "attachments": frozenset({"data"}),
    "attachments.data": frozenset(
        {
            "external_context",
            "media",
            "place",
            "text",
            "name",
            "event",
            "poll",
            "note",
            "life_event",
            "fundraiser",
            "for_sale_item",
            "product_item",
            "user_recommendation",
        }
    ),
    "attachments.data.external_context": frozenset({"url", "name", "source"}),
    "attachments.data.media": _MEDIUM,
    "media": _MEDIUM,
    "label_values": frozenset(
        {
            "label",
            "value",
            "dict",
            "title",
            "href",
            "vec",
            "media",
            "timestamp_value",
            "ent_field_name",
        }
    ),
}


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|/){pattern}$", re.IGNORECASE)


_TIMESTAMP = re.compile(r'"timestamp"\s*:')
_MARKS = (_TIMESTAMP, re.compile(r'"(?:data|attachments|label_values|title)"\s*:'))
_PICTURE_TIME = re.compile(r'"creation_timestamp"\s*:')


def _pictures(label: str, name: str, key: str, *, telling: bool) -> Part:
    """Return the part of an album or a list of pictures."""
    return Part(
        label,
        _named(name),
        (re.compile(rf'"{key}"\s*:'), _PICTURE_TIME),
        _picture_of,
        keys=(key,),
        known={"": _MEDIUM},
        telling=telling,
        by_file=True,
        burst=ONE_GO,
    )


def _aside(name: str, reason: str) -> Part:
    return Part(f"{name}.json", _named(name), _MARKS, _post_of, known=_RECORD, aside=reason)


_EXPORT = Export(
    network="Facebook",
    parts=(
        Part(
            "your_posts*.json",
            _named(r"your_posts(?!.*group)[^/]*"),
            _MARKS,
            _post_of,
            known=_RECORD,
            telling=True,
        ),
        Part(
            "posts/check-ins.json",
            _named("posts/check-ins"),
            _MARKS,
            _post_of,
            known=_RECORD,
            echo=True,
        ),
        _pictures("album/*.json", r"album/[^/]+", "photos", telling=False),
        _pictures(
            "your_uncategorized_photos.json",
            "your_uncategorized_photos",
            "other_photos_v2",
            telling=True,
        ),
        _pictures("your_videos.json", "your_videos", "videos_v2", telling=True),
        _aside("posts_on_other_pages_and_profiles", "on another page or profile"),
        _aside("posts/archive", "archived"),
        _aside("posts/trash", "deleted"),
    ),
    marks=(
        _TIMESTAMP,
        re.compile(
            r'"(?:update_timestamp|external_context)"\s*:|"data"\s*:\s*\[\s*\{\s*"post"\s*:'
        ),
    ),
    left=re.compile(
        r"(?:^|/)(?:edits_you_made_to_posts|places_you_have_been_tagged_in"
        r"|content_sharing_links_you_have_created|media_used_for_memories|archived_stories"
        r"|your_reels|comments|group_posts_and_comments|your_comments_in_groups"
        r"|posts_from_apps_and_websites)\.json$",
        re.IGNORECASE,
    ),
    dated=re.compile(r"facebook-.{1,100}?-(20\d\d)-(\d\d)-(\d\d)(?:-|\.|$)", re.IGNORECASE),
)

FACEBOOK = Format("Facebook export (your_posts*.json)", _EXPORT.recognise, _EXPORT.read)
