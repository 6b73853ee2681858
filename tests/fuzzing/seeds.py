"""Small whole exports of every format: what the mutants are made from.

The builders are those of the formats' own tests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))

import repositories
import test_blogger
import test_bluesky
import test_facebook
import test_feeds
import test_ghost
import test_github
import test_hackernews
import test_instagram
import test_linkedin
import test_markdown
import test_mastodon
import test_medium
import test_post_table
import test_reddit
import test_scores
import test_tumblr
import test_twitter_analytics as analytics
import test_wp_rest
import test_wxr
import test_youtube
import twitter_exports as twitter

from analysis.formats.tables import ACTIVITY, DAILY
from analysis.formats.twitter_archive import GRAILBIRD
from analysis.formats.twitter_csv import CSV
from tests import studies

HTML = '<p>Words &amp; <a href="https://a.example/x">a</a> <img alt="x" src="y.jpg"></p>'
STUDY = "study"
"""The format's name of what is no export: a study folder, read by ``needle check``."""


@dataclass(frozen=True)
class Seed:
    """One export.

    Attributes
    ----------
    name : str
        Its own.
    format : str
        The name of the format that reads it, or ``STUDY``.
    files : mapping of str to bytes
        Its files.
    is_score : bool
        Whether it holds readings of the score.
    """

    name: str
    format: str
    files: Mapping[str, bytes]
    is_score: bool = False


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()


def _seed(name: str, source: Any, files: Mapping[str, Any], is_score: bool = False) -> Seed:
    known = source if isinstance(source, str) else source.name
    return Seed(name, known, {each: _bytes(value) for each, value in files.items()}, is_score)


def _blogs() -> list[Seed]:
    comment = test_wxr.COMMENT.format("1", "comment")
    items = (
        test_wxr.item(content=HTML, extra=comment + test_wxr.meta(_wpas_done_all="1")),
        test_wxr.item(wp_post_id="8", guid="http://blog.example/?p=8", wp_status="draft"),
    )
    rest = [test_wp_rest.record(7), test_wp_rest.record(8, status="draft")]
    ghost = test_ghost.record(lexical=json.dumps(test_ghost.LEXICAL))
    stored = test_ghost.stored(html=None, mobiledoc=json.dumps(test_ghost.MOBILEDOC))
    entries = (test_blogger.entry(1), test_blogger.entry(5, "comment", test_blogger.on(1)))
    taken = (test_blogger.taken(1), test_blogger.taken(2, "PAGE"))
    medium = {test_medium.NAME: test_medium.story(), "README.html": "<html>x</html>"}
    tumblr = test_tumblr.answer(test_tumblr.record(), test_tumblr.record(8), total=2)
    old = {"tumblelog": {"name": "me"}, "posts-total": 1, "posts": [test_tumblr.OLD]}
    pages = {"posts/html/170000000001.html": test_tumblr.page(), "posts/x.html": "<html></html>"}
    return [
        _seed("wxr", test_wxr.WXR, {"export.xml": test_wxr.export(*items)}),
        _seed("wp_rest", test_wp_rest.WP_REST, {"page1.json": rest}),
        _seed("ghost_api", test_ghost.GHOST, {"p.json": test_ghost.answer(1, 1, ghost)}),
        _seed("ghost", test_ghost.GHOST, {"ghost.json": test_ghost.export(stored)}),
        _seed("blogger", test_blogger.BLOGGER, {"b.xml": test_blogger.backup(*entries)}),
        _seed("takeout", test_blogger.BLOGGER, {"feed.atom": test_blogger.takeout(*taken)}),
        _seed(
            "blogger_json",
            test_blogger.BLOGGER_JSON,
            {"b.json": test_blogger.feed(test_blogger.item())},
        ),
        _seed("medium", test_medium.MEDIUM, medium),
        _seed("tumblr", test_tumblr.TUMBLR, {"posts.json": tumblr}),
        _seed(
            "tumblr_old",
            test_tumblr.TUMBLR,
            {"read.js": f"var tumblr_api_read = {json.dumps(old)};"},
        ),
        _seed("tumblr_export", test_tumblr.TUMBLR_EXPORT, pages),
    ]


_RSS_ITEM = (
    "<title>T &amp; U</title><link>https://blog.example/2012/05/a/</link>"
    "<guid isPermaLink='false'>https://blog.example/?p=1</guid>"
    "<pubDate>Sun, 06 May 2012 21:30:00 -0400</pubDate><description>short</description>"
    f"<content:encoded><![CDATA[{HTML}]]></content:encoded><slash:comments>3</slash:comments>"
)
_ENTRY = (
    "<id>tag:x,2012:1</id><title type='html'>&lt;b&gt;A&lt;/b&gt; b</title>"
    "<link rel='alternate' href='https://blog.example/a'/>"
    "<published>2012-05-06T21:30:00.25-04:00</published><updated>2013-01-01T00:00:00Z</updated>"
    "<content type='html'>&lt;a href='https://c.example/'&gt;c&lt;/a&gt;</content>"
)
_YAML = "---\ntitle: 'T: a'\ndate: 2012-05-06 21:30:00 -0400\ntags: [a, b]\nslug: s\n---\n"
_TOML = '+++\ntitle = "T"\ndate = 2012-05-06T21:30:00-04:00\ntags = ["a"]\nslug = "s"\n+++\n'
_JSON = '{"title": "T", "date": "2012-05-06T21:30:00-04:00", "slug": "s"}\n'


def _feeds() -> list[Seed]:
    item = {
        "id": "1",
        "url": "https://blog.example/1",
        "title": "T",
        "content_html": HTML,
        "date_published": "2012-06-22T09:30:00Z",
        "tags": ["a"],
        "attachments": [{"url": "https://blog.example/a.mp3", "mime_type": "audio/mpeg"}],
    }
    pages = {
        "_posts/2012-05-06-a-post.md": _YAML + test_markdown.BODY,
        "content/b.md": _TOML + test_markdown.BODY,
        "content/c.md": _JSON + test_markdown.BODY,
        "content/d.md": f"Title: D\nDate: 2012-05-08 10:00\n\n{test_markdown.BODY}",
        "content/e.rst": "E\n=\n\n:date: 2012-05-09 10:00\n:slug: e\n\nWords\n",
    }
    return [
        _seed("rss", test_feeds.FEED, {"feed.xml": test_feeds.rss(_RSS_ITEM, _RSS_ITEM)}),
        _seed("atom", test_feeds.FEED, {"feed.xml": test_feeds.atom(_ENTRY)}),
        _seed("json_feed", test_feeds.JSON_FEED, {"feed.json": test_feeds.json_feed(item)}),
        _seed("markdown", test_markdown.MARKDOWN, pages),
    ]


def _twitter() -> list[Seed]:
    urls = [twitter.url("https://t.co/a", "https://blog.example/p/")]
    tweets = (
        twitter.tweet("Look https://t.co/a", twitter.ID, entities={"urls": urls}),
        twitter.tweet("RT @you: words", twitter.LATER_ID, in_reply_to_status_id_str="5"),
    )
    account = [{"account": {"username": "ada", "accountId": "7", "accountDisplayName": "A"}}]
    header = (
        "tweet_id,in_reply_to_status_id,in_reply_to_user_id,timestamp,source,text,"
        "retweeted_status_id,retweeted_status_user_id,retweeted_status_timestamp,expanded_urls"
    )
    row = f'{twitter.ID},,,2012-05-08 01:30:00 +0000,web,"Look, http://t.co/a",,,,http://b.example/'
    by_tweet = analytics.table(analytics.TWEET, analytics.one())
    by_day = analytics.table(analytics.DAY, ["2021-01-31", "1"], ["2021-01-30", "0"])
    return [
        _seed(
            "archive",
            twitter.ARCHIVE,
            {
                "data/tweets.js": twitter.current(*tweets),
                "data/account.js": "window.YTD.account.part0 = " + json.dumps(account),
                "data/manifest.js": 'window.__THAR_CONFIG = {"archiveInfo": '
                '{"generationDate": "2022-11-01T00:00:00.000Z"}}',
            },
        ),
        _seed(
            "grailbird",
            GRAILBIRD,
            {"data/js/tweets/2012_05.js": twitter.month(*tweets)},
        ),
        _seed("tweets_csv", CSV, {"tweets.csv": f"{header}\n{row}\n"}),
        _seed(
            "analytics",
            analytics.ANALYTICS,
            {
                analytics.by_tweet(analytics.JANUARY): by_tweet,
                analytics.by_day(analytics.JANUARY): by_day,
            },
        ),
    ]


def _networks() -> list[Seed]:
    facebook, instagram, linkedin = test_facebook, test_instagram, test_linkedin
    posts = [
        facebook.post("look", facebook.link("https://b.example/p/")),
        facebook.post("", facebook.media("1.jpg"), facebook.PLACE),
    ]
    base = "your_instagram_activity/media/"
    article = linkedin.article("Title", "Published on 2020-05-08 01:30")
    item = test_youtube.item("abcdefghijk")
    playlist = {"kind": "youtube#playlistItemListResponse", "items": [item], "pageInfo": {}}
    return [
        _seed("facebook", facebook.FACEBOOK, {facebook.NAME: posts}),
        _seed(
            "instagram",
            instagram.INSTAGRAM,
            {
                instagram.NAME: [instagram.SINGLE, instagram.CAROUSEL],
                f"{base}reels.json": {"ig_reels_media": [instagram.SINGLE]},
                f"{base}posts.json": [instagram.labelled("p/1.jpg", instagram.AT, Draft="False")],
            },
        ),
        _seed("instagram_old", instagram.INSTAGRAM, {"media.json": instagram.OLD}),
        _seed(
            "linkedin",
            linkedin.LINKEDIN,
            {
                "Shares.csv": linkedin.SHARES,
                "Comments.csv": linkedin.COMMENTS,
                "Articles/a.html": article,
            },
        ),
        _seed(
            "youtube",
            test_youtube.YOUTUBE,
            {test_youtube.NAME: test_youtube.table(test_youtube.row("abcdefghijk"))},
        ),
        _seed("youtube_api", test_youtube.YOUTUBE, {"items.json": playlist}),
    ]


def _open_networks() -> list[Seed]:
    mastodon, bluesky = test_mastodon, test_bluesky
    note = mastodon.note(tag=[{"type": "Hashtag", "name": "#a"}], content=HTML)
    key = bluesky.tid(bluesky.AT)
    record = bluesky.record("é see it", facets=[bluesky.link(3, 6, "https://blog.example/a/")])
    made = {f"{bluesky.POST}/{bluesky.later(n)}": record for n in range(4)}
    whole = repositories.repository(bluesky.ME, key, made)
    events = [
        test_github.event(6, "PushEvent", {"commits": [{"message": "Fix a"}], "size": 1}),
        test_github.event(5, "ReleaseEvent", {"action": "published", "release": {"body": "x"}}),
    ]
    hacker = {
        "hits.json": test_hackernews.search(test_hackernews.hit(), test_hackernews.hit(12)),
        "13.json": test_hackernews.item(13),
    }
    return [
        _seed(
            "mastodon",
            mastodon.MASTODON,
            {
                "outbox.json": mastodon.outbox(mastodon.create(note)),
                "actor.json": {"type": "Person", "id": mastodon.ME, "preferredUsername": "ada"},
            },
        ),
        _seed(
            "mastodon_api",
            mastodon.MASTODON,
            {"page1.json": [mastodon.status(content=HTML), mastodon.status(mastodon.ID + 9)]},
        ),
        _seed("bluesky", bluesky.BLUESKY, {"records.json": bluesky.records(record, record)}),
        _seed(
            "bluesky_feed", bluesky.BLUESKY, {"f.json": bluesky.feed({"post": bluesky.view(key)})}
        ),
        _seed("bluesky_car", bluesky.BLUESKY, {"repo.car": whole}),
        _seed(
            "reddit",
            test_reddit.REDDIT,
            {"posts.csv": test_reddit.POSTS, "comments.csv": test_reddit.COMMENTS},
        ),
        _seed("reddit_api", test_reddit.REDDIT, {"s.json": test_reddit.listing(test_reddit.t3())}),
        _seed("hackernews", test_hackernews.HACKER_NEWS, hacker),
        _seed("github", test_github.GITHUB, {"events.json": events}),
    ]


_ACTIVITY = (
    "at,channel,id,kind,url,text,reactions\n"
    "2012-05-06T21:30:00-04:00,blog,1,post,https://x.example/a,Words,3\n"
    "2012-05-07,twitter,2,reply,,,\n"
)
_DAILY = "date,blog,twitter\n2012-05-06,1,3\n2012-05-07,0,\n"


def _tables() -> list[Seed]:
    lines = "\n".join(json.dumps(each) for each in test_scores.KLOUT)
    pages = test_scores.answers(([test_scores.change(1.5, 10), test_scores.change(0.1, 2)], False))
    return [
        _seed("post_table", test_post_table.POST_TABLE, {"posts.csv": test_post_table.TABLE}),
        _seed("activity", ACTIVITY, {"activity.csv": _ACTIVITY}),
        _seed("daily", DAILY, {"daily.csv": _DAILY}),
        _seed(
            "score_table",
            test_scores.TABLE,
            {"score.csv": "date,score\n2012-05-08,47.3\n2012-05-09,48\n2012-05-11,1e2\n"},
            is_score=True,
        ),
        _seed("snapshots", test_scores.SNAPSHOTS, {"klout.jsonl": lines}, is_score=True),
        _seed(
            "reputation",
            test_scores.REPUTATION,
            {f"page{n}.json": page for n, page in enumerate(pages)},
            is_score=True,
        ),
    ]


_LINKS = "short,long\nhttps://bit.ly/x,https://blog.example/1\nhttps://t.co/gone,\n"
_MORE_TOML = """
[[breaks]]
date = 2012-02-10
label = "a new formula"

[coverage.blog]
start = 2012-01-02
"""


def _studies() -> list[Seed]:
    files = {
        "study.toml": studies.TOML.partition("twitter =")[0] + _MORE_TOML,
        "links.csv": _LINKS,
        "raw/score.csv": studies.score_csv(),
        "raw/blog.json": studies.blog_json(),
    }
    return [_seed("study", STUDY, files), _seed("links", STUDY, files)]


def seeds() -> dict[str, Seed]:
    """Return every seed by its name."""
    made = [*_blogs(), *_feeds(), *_twitter(), *_networks(), *_open_networks(), *_tables()]
    return {seed.name: seed for seed in (*made, *_studies())}


def cbor(value: Any) -> bytes:
    """Return a repository with one more record of any content."""
    name = f"{test_bluesky.POST}/{test_bluesky.later(9)}"
    blocks = {name: value, f"{test_bluesky.POST}/{test_bluesky.later(3)}": test_bluesky.record()}
    return repositories.repository(test_bluesky.ME, test_bluesky.tid(test_bluesky.AT), blocks)


def packed_cbor(value: Any) -> bytes:
    return cbor2.dumps(value)
