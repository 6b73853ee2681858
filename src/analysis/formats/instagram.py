"""Instagram's "Download your information" in JSON: the owner's posts.

``posts_1.json`` and its numbered fellows, reels, IGTV and stories, under paths that change
every year; before 2021 all of it in ``media.json``. A single picture has its time and caption
on the medium, a carousel on the post. There is no address and no count. Newer exports repeat
the posts in ``posts.json`` with ids and labelled values, drafts among them. Archived posts are
seen by nobody else and set aside.

``cross_post_source`` is a mark of Facebook's on a picture. Whole exports bear it on every
picture, and then it tells nothing of any; where only some have it, those are taken to have
come from Facebook.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition
from analysis.formats.javascript import section, string
from analysis.formats.meta import draft_flag, labelled_links, media_of, unix_time
from analysis.formats.meta_export import Export, Part
from analysis.formats.text import bare_urls, parse_iso
from analysis.urls import canonical

FIRST_YEAR, LAST_YEAR = 2010, 2100

_TIMES = ("creation_timestamp", "timestamp")
_APPS = {"FB": "facebook"}
_OWN_HOST = re.compile(r"(?:[\w-]+\.)*(?:cdn)?instagram\.com(?:[/:?]|$)", re.IGNORECASE)


def _post_of(record: dict[str, Any], message: str) -> Post | str:
    """Return the post that a record is, or the reason why it is none."""
    media = media_of(record) or ([record] if string(record, "uri") else [])
    if not media and not message:
        return "no content"
    if draft_flag(record):
        return "draft"
    on_medium = len(media) == 1 and not record.get("label_values")
    places = [*media, record] if on_medium else [record, *media[:1]]
    stated = [place[key] for place in places for key in _TIMES if place.get(key) is not None]
    if not stated:
        return "no date"
    when = unix_time(stated[0], FIRST_YEAR)
    if when is None:
        return "impossible date"
    text = next(filter(None, (string(place, "title") for place in places)), message)
    apps = (string(section(one.get("cross_post_source")), "source_app") for one in media)
    return Post(
        when=when,
        kind="photo",
        id=string(record, "fbid"),
        text=text,
        links=tuple(dict.fromkeys(filter(canonical, (*_elsewhere(record), *bare_urls(text))))),
        shared_from=next((_APPS[app] for app in apps if app in _APPS), ""),
    )


def _elsewhere(record: dict[str, Any]) -> list[str]:
    """Return the labelled links that lead away from Instagram."""
    return [url for url in labelled_links(record) if not _OWN_HOST.match(canonical(url))]


def _old_post_of(record: dict[str, Any], message: str) -> Post | str:
    """Return a record of ``media.json``; its times are UTC, with or without saying so."""
    if not string(record, "path"):
        return "no content"
    stated = string(record, "taken_at")
    if not stated:
        return "no date"
    try:
        when = parse_iso(stated)
    except ValueError:
        return "impossible date"
    if not isinstance(when, dt.datetime) or not FIRST_YEAR <= when.year <= LAST_YEAR:
        return "impossible date"
    when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    text = string(record, "caption") or message
    return Post(when=when, kind="photo", text=text, links=bare_urls(text))


def _read(tree: Tree, recognition: Recognition) -> Extract:
    """Read the export; a mark that every picture bears marks none."""
    extract = _EXPORT.read(tree, recognition)
    marked = sum(bool(post.shared_from) for post in extract.posts)
    if not marked or marked < len(extract.posts):
        return extract
    posts = [replace(post, shared_from="") for post in extract.posts]
    note = "Every post bears Facebook's mark (cross_post_source), so that it tells nothing of any."
    return replace(extract, posts=posts, notes=(*extract.notes, note))


_MEDIUM = frozenset(
    {
        "uri",
        "creation_timestamp",
        "media_metadata",
        "title",
        "cross_post_source",
        "dubbing_info",
        "media_variants",
        "thumbnail",
        "backup_uri",
        "ai_stickers",
        "music_genre",
    }
)
_KNOWN = {
    "": frozenset(
        {"media", "title", "creation_timestamp", "timestamp", "label_values", "fbid"} | _MEDIUM
    ),
    "media": _MEDIUM,
    "cross_post_source": frozenset({"source_app"}),
    "media.cross_post_source": frozenset({"source_app"}),
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
_OLD = {"": frozenset({"caption", "taken_at", "path", "location"})}
_MARKS = (
    re.compile(r'"media"\s*:\s*\['),
    re.compile(r'"(?:creation_timestamp|label_values)"\s*:'),
)


def _part(name: str, key: str, *, aside: str = "", note: str = "") -> Part:
    """Return the part whose posts stand under a key that no other network has."""
    return Part(
        f"{name}.json",
        re.compile(rf"(?:^|/){name}(?:_\d+)?$", re.IGNORECASE),
        (re.compile(rf'"{key}"\s*:'),),
        _post_of,
        keys=(key,),
        known=_KNOWN,
        aside=aside,
        by_file=True,
        note=note,
    )


_EXPORT = Export(
    network="Instagram",
    parts=(
        Part(
            "posts_*.json",
            re.compile(r"(?:^|/)posts_\d+$", re.IGNORECASE),
            _MARKS,
            _post_of,
            known=_KNOWN,
            telling=True,
            by_file=True,
        ),
        _part("reels", "ig_reels_media"),
        _part("igtv_videos", "ig_igtv_media"),
        _part(
            "stories",
            "ig_stories",
            note="of the posts are stories, which the public sees for 24 hours.",
        ),
        Part(
            "posts.json",
            re.compile(r"(?:^|/)your_instagram_activity/media/posts$", re.IGNORECASE),
            (re.compile(r'"timestamp"\s*:'), re.compile(r'"label_values"\s*:')),
            _post_of,
            known=_KNOWN,
            by_file=True,
            note="of the posts stand in posts.json only; drafts among them are known by the "
            "English label, and counted as posts where labels are in another language.",
        ),
        Part(
            "media.json",
            re.compile(r"(?:^|/)media$", re.IGNORECASE),
            (re.compile(r'"taken_at"\s*:'), re.compile(r'"path"\s*:')),
            _old_post_of,
            keys=("photos", "videos", "stories"),
            known=_OLD,
            by_file=True,
            burst=0,
            note="of the posts stand in media.json, stories among them; pictures of one second "
            "are one post.",
        ),
        _part("archived_posts", "ig_archived_post_media", aside="archived"),
        _part("other_content", "ig_other_media", aside="not known to be published"),
    ),
    marks=(*_MARKS, re.compile(r'"uri"\s*:')),
    left=re.compile(
        r"(?:^|/)(?:profile_photos|recently_deleted_content|reposts|post_comments_\d+"
        r"|reels_comments|threads_and_replies)\.json$",
        re.IGNORECASE,
    ),
    dated=re.compile(r"instagram-.{1,100}?-(20\d\d)-(\d\d)-(\d\d)(?:-|\.|$)", re.IGNORECASE),
)

INSTAGRAM = Format("Instagram export (posts_1.json)", _EXPORT.recognise, _read)
