"""Exports as WordPress, Facebook, Instagram and LinkedIn write them, and the score's table."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from analysis import disk
from analysis.worlds import clock, words
from analysis.worlds.account import Account

Json = dict[str, Any]

_WXR_HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- Simulated: an export in the form of WordPress's WXR 1.2. -->
<rss version="2.0"
	xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:wfw="http://wellformedweb.org/CommentAPI/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:wp="http://wordpress.org/export/1.2/"
>
<channel>
	<title>The simulated author</title>
	<link>{site}</link>
	<description></description>
	<pubDate>{exported}</pubDate>
	<language>en-US</language>
	<wp:wxr_version>1.2</wp:wxr_version>
	<wp:base_site_url>{site}</wp:base_site_url>
	<wp:base_blog_url>{site}</wp:base_blog_url>
	<generator>https://wordpress.org/?v=3.3.2</generator>
"""
_WXR_ITEM = """	<item>
		<title>{title}</title>
		<link>{link}</link>
		<pubDate>{published}</pubDate>
		<dc:creator><![CDATA[author]]></dc:creator>
		<guid isPermaLink="false">{site}/?p={number}</guid>
		<description></description>
		<content:encoded><![CDATA[{body}]]></content:encoded>
		<excerpt:encoded><![CDATA[]]></excerpt:encoded>
		<wp:post_id>{number}</wp:post_id>
		<wp:post_date><![CDATA[{local}]]></wp:post_date>
		<wp:post_date_gmt><![CDATA[{gmt}]]></wp:post_date_gmt>
		<wp:comment_status><![CDATA[open]]></wp:comment_status>
		<wp:post_name><![CDATA[{name}]]></wp:post_name>
		<wp:status><![CDATA[{status}]]></wp:status>
		<wp:post_parent>0</wp:post_parent>
		<wp:post_type><![CDATA[{type}]]></wp:post_type>
		<wp:post_password><![CDATA[]]></wp:post_password>
		<wp:is_sticky>0</wp:is_sticky>
	</item>
"""
_WXR_TAIL = "</channel>\n</rss>\n"

_NOT_POSTS = (
    # title, address, type, status: what an export also holds and what is no published post
    ("About", "about/", "page", "publish"),
    ("Contact", "contact/", "page", "publish"),
    ("Half a thought on open data sets", "?p={number}", "post", "draft"),
    ("Notes to myself", "notes-to-myself/", "post", "private"),
    ("A post taken back", "?p={number}", "post", "trash"),
    ("header-photo", "header-photo/", "attachment", "inherit"),
    ("Menu", "menu/", "nav_menu_item", "publish"),
)


def write_wxr(account: Account, path: Path, zone: ZoneInfo) -> None:
    """Write the blog as WXR 1.2: published posts, and pages, drafts and files that are none."""
    blog = account.posts["blog"]
    exported: dt.datetime = account.exported.astype("datetime64[s]").item()
    moment = exported.replace(tzinfo=zone).astimezone(dt.UTC)
    parts = [_WXR_HEAD.format(site=words.SITE, exported=clock.rfc822(moment))]
    opened: dt.datetime = account.dates[0].astype("datetime64[s]").item()
    for row, (title, address, kind, status) in enumerate(_NOT_POSTS):
        local = opened + dt.timedelta(days=3 * row, hours=10)
        link = f"{words.SITE}/{address.format(number=row + 2)}"
        parts.append(_item(row + 2, title, link, "", local, zone, kind, status))
    times: list[dt.datetime] = blog.when.tolist()
    for row, local in enumerate(times):
        body = "\n\n".join(f"<p>{escape(text)}</p>" for text in blog.text[row].split("\n\n"))
        parts.append(
            _item(row + 20, blog.title[row], blog.link[row], body, local, zone, "post", "publish")
        )
    parts.append(_WXR_TAIL)
    disk.write(path, "".join(parts), synced=False)


def _item(
    number: int,
    title: str,
    link: str,
    body: str,
    local: dt.datetime,
    zone: ZoneInfo,
    kind: str,
    status: str,
) -> str:
    instant = local.replace(tzinfo=zone).astimezone(dt.UTC)
    draft = status == "draft"
    return _WXR_ITEM.format(
        number=number,
        title=escape(title),
        link=escape(link),
        site=words.SITE,
        published="Wed, 30 Nov -0001 00:00:00 +0000" if draft else clock.rfc822(instant),
        body=body,
        local=clock.sql(local),
        gmt="0000-00-00 00:00:00" if draft else clock.sql(instant),
        name=words.slug(title),
        status=status,
        type=kind,
    )


def _mangled(text: str) -> str:
    """Return the text as Meta's exports hold it: each byte of its UTF-8 as one character."""
    return text.encode("utf-8").decode("latin-1")


def write_facebook(account: Account, folder: Path, zone: ZoneInfo) -> None:
    """Write ``posts/your_posts_1.json``, newest first, as the download of 2018 to 2022 has it."""
    posts = account.posts["facebook"]
    records: list[Json] = []
    for row, instant in enumerate(clock.instants(posts.when, zone)):
        when = clock.unix(instant)
        record: Json = {"timestamp": when}
        title = "The Author updated his status."
        if posts.link[row]:
            parent = int(posts.crosspost_of[row])
            name = account.posts["blog"].title[parent] if parent >= 0 else "News"
            context = {"url": posts.link[row], "name": _mangled(name)}
            record["attachments"] = [{"data": [{"external_context": context}]}]
            title = "The Author shared a link."
        elif posts.kind[row] == "photo":
            media = {"uri": f"photos_and_videos/{row}.jpg", "creation_timestamp": when}
            record["attachments"] = [{"data": [{"media": media}]}]
            title = "The Author added a new photo."
        record["data"] = [{"post": _mangled(posts.text[row])}]
        record["title"] = title
        records.append(record)
    (folder / "posts").mkdir(parents=True)
    _write_json(folder / "posts/your_posts_1.json", records[::-1])


def write_instagram(account: Account, folder: Path, zone: ZoneInfo) -> None:
    """Write ``content/posts_1.json``: one photo, or now and then two or three in a post.

    The caption and time of a single photo stand on the photo, of several on the post.
    """
    posts = account.posts["instagram"]
    records: list[Json] = []
    for row, instant in enumerate(clock.instants(posts.when, zone)):
        when, caption = clock.unix(instant), _mangled(posts.text[row])
        pictures = 2 + row % 2 if row % 9 == 4 else 1
        media: list[Json] = [
            {
                "uri": f"media/posts/{instant:%Y%m}/{row}_{picture}.jpg",
                "creation_timestamp": when - (pictures - picture if pictures > 1 else 0),
                "title": caption if pictures == 1 else "",
            }
            for picture in range(pictures)
        ]
        record: Json = {"media": media}
        if pictures > 1:
            record |= {"title": caption, "creation_timestamp": when}
        records.append(record)
    (folder / "content").mkdir(parents=True)
    _write_json(folder / "content/posts_1.json", records[::-1])


def write_linkedin(account: Account, folder: Path, zone: ZoneInfo) -> None:
    """Write ``Shares.csv``, newest first; its times are UTC without saying so."""
    posts = account.posts["linkedin"]
    rows = []
    for row, instant in enumerate(clock.instants(posts.when, zone)):
        number = (clock.unix(instant) * 1000 << 22) + row
        urn = quote(f"urn:li:share:{number}", safe="")
        rows.append(
            (
                clock.sql(instant),
                f"https://www.linkedin.com/feed/update/{urn}",
                posts.text[row],
                posts.link[row],
                "",
                "MEMBER_NETWORK",
            )
        )
    header = ("Date", "ShareLink", "ShareCommentary", "SharedUrl", "MediaUrl", "Visibility")
    folder.mkdir(parents=True)
    _write_csv(folder / "Shares.csv", [header, *reversed(rows)])


def write_score(account: Account, path: Path) -> None:
    """Write ``date,score`` with two decimals."""
    readings = zip(account.dates.tolist(), account.score.tolist(), strict=True)
    rows = [(day.isoformat(), f"{value:.2f}") for day, value in readings]
    _write_csv(path, [("date", "score"), *rows])


def _write_json(path: Path, records: list[Json]) -> None:
    """Write a JSON array with one record a line, in ASCII as Meta does."""
    rows = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    disk.write(path, f"[\n{rows}\n]\n".encode("ascii"), synced=False)


def _write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    disk.write(path, table.getvalue(), synced=False)
