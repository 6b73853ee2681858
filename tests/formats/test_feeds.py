from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path

import feedparser
import pytest
from blog_exports import at, damaged, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read, shared

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import Extract
from analysis.formats.feeds import FEED, JSON_FEED
from analysis.formats.registry import recognise
from analysis.formats.wxr import WXR

SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def rss(*items: str, head: str = '<?xml version="1.0"?>') -> str:
    inside = "\n".join(f"<item>{item}</item>" for item in items)
    return (
        f'{head}\n<rss version="2.0" {SPACES}><channel><title>B</title>\n{inside}\n</channel></rss>'
    )


def atom(*entries: str) -> str:
    inside = "\n".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">'
        f"<title>B</title>{inside}</feed>"
    )


def dated(text: str) -> str:
    return f"<title>t</title><pubDate>{text}</pubDate>"


def read_feed(root: Path, content: str | bytes) -> Extract:
    return read(FEED, folder(root, {"feed.xml": content}))


def test_an_rss_item(tmp_path: Path) -> None:
    found = read_feed(
        tmp_path,
        rss(
            "<title>T &amp; U</title><link>https://blog.example/2012/05/a/</link>"
            "<guid isPermaLink='false'>https://blog.example/?p=1</guid>"
            "<pubDate>Sun, 06 May 2012 21:30:00 -0400</pubDate><description>short</description>"
            "<content:encoded><![CDATA[<p>Words <a href='../b/'>b</a></p><script>x</script>]]>"
            "</content:encoded><slash:comments>3</slash:comments>"
        ),
    )
    (post,) = found.posts
    assert post.when == at("2012-05-06T21:30:00-04:00")
    assert isinstance(post.when, dt.datetime)
    assert post.when.utcoffset() == dt.timedelta(hours=-4)
    assert (post.kind, post.id) == ("post", "https://blog.example/?p=1")
    assert post.url == "https://blog.example/2012/05/a/"
    assert post.text == "T & U\nWords b"
    assert post.links == ("https://blog.example/2012/05/b/",)
    assert post.comments == 3
    assert (post.member, post.pointer) == ("feed.xml", "item 1")
    assert found.since == post.when
    assert found.exported_at is None
    assert found.notes == (
        "A feed holds only a blog's newest posts: this one has 1 item; "
        "posts before 2012-05-06 are not known.",
    )


def test_an_atom_entry(tmp_path: Path) -> None:
    found = read_feed(
        tmp_path,
        atom(
            "<id>tag:x,2012:1</id><title type='html'>&lt;b&gt;A&lt;/b&gt; b</title>"
            "<link rel='alternate' href='https://blog.example/a'/>"
            "<link rel='edit' href='https://blog.example/edit'/>"
            "<published>2012-05-06T21:30:00.25-04:00</published>"
            "<updated>2013-01-01T00:00:00Z</updated>"
            "<content type='html'>&lt;a href='https://c.example/'&gt;c&lt;/a&gt;</content>"
            "<thr:total>2</thr:total>",
            "<id>2</id><title>only updated</title><updated>2012-05-07T10:00:00Z</updated>",
        ),
    )
    first, second = found.posts
    assert first.when == at("2012-05-06T21:30:00.250000-04:00")
    assert (first.url, first.text) == ("https://blog.example/a", "A b\nc")
    assert first.links == ("https://c.example/",)
    assert (first.comments, second.comments) == (2, None)
    assert second.when == at("2012-05-07T10:00:00+00:00")
    assert found.since == first.when


def test_rss_in_rdf(tmp_path: Path) -> None:
    content = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<channel rdf:about='https://blog.example/'><title>B</title></channel>"
        "<item rdf:about='https://blog.example/a'><title>A</title>"
        "<link>https://blog.example/a</link><dc:date>2004-05-06T21:30:00+09:00</dc:date></item>"
        "</rdf:RDF>"
    )
    (post,) = read_feed(tmp_path, content).posts
    assert post.when == at("2004-05-06T21:30:00+09:00")
    assert post.url == "https://blog.example/a"


def test_dates_keep_what_is_known_of_them(tmp_path: Path) -> None:
    found = read_feed(
        tmp_path,
        rss(
            dated("Mon, 07 May 2012 21:30:00 EDT"),
            dated("07 May 12 21:30 +0200"),
            dated("Mon, 07 May 2012"),
            "<title>t</title><dc:date>2012-05-08</dc:date>",
            dated("2012-05"),
            dated("Mon, 07 May 2012 21:30:00"),
            dated("Mon May 14 21:30:00 2012"),
            dated("some day"),
            "<title>no date at all</title>",
        ),
    )
    assert [post.when for post in found.posts] == [
        at("2012-05-07T21:30:00-04:00"),
        at("2012-05-07T21:30:00+02:00"),
        dt.date(2012, 5, 7),
        dt.date(2012, 5, 8),
        dt.datetime(2012, 5, 7, 21, 30),
        at("2012-05-14T21:30:00+00:00"),
    ]
    assert found.set_aside == Counter({"no date": 3})
    assert found.since == dt.date(2012, 5, 7)
    assert "this one has 9 items" in found.notes[0]


def test_items_that_all_stand_at_midnight_are_days(tmp_path: Path) -> None:
    dates = [f"0{day} May 2012 00:00:00 +0000" for day in (9, 8, 7)]
    found = read_feed(tmp_path / "days", rss(*map(dated, dates)))
    assert [post.when for post in found.posts] == [dt.date(2012, 5, day) for day in (9, 8, 7)]
    assert found.since == dt.date(2012, 5, 7)
    assert len(found.notes) == 2
    exact = read_feed(tmp_path / "exact", rss(*map(dated, [*dates, "06 May 2012 10:00:00 +0000"])))
    assert exact.posts[0].when == at("2012-05-09T00:00:00+00:00")


def test_feedburner_hides_the_post_s_own_address(tmp_path: Path) -> None:
    found = read_feed(
        tmp_path,
        rss(
            "<link>http://feedproxy.google.com/~r/x/~3/abc/</link>"
            "<feedburner:origLink>https://blog.example/a/</feedburner:origLink>"
            "<pubDate>2012-05-07</pubDate>",
            "<guid isPermaLink='false'>https://blog.example/?p=2</guid><pubDate>2012-05-08</pubDate>",
        ),
    )
    assert [post.url for post in found.posts] == [
        "https://blog.example/a/",
        "https://blog.example/?p=2",
    ]


def test_pages_of_a_feed_in_a_folder_or_zip(tmp_path: Path) -> None:
    tree = folder(
        tmp_path / "raw",
        {
            "page1.xml": rss(dated("2012-05-08T10:00:00Z")),
            "page2": rss(dated("2012-05-07T10:00:00Z")),
            "license.txt": "free",
            "page.html": "<html><body>rss feed</body></html>",
            "sitemap.xml": '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>',
        },
    )
    found = read(FEED, tree)
    assert [(post.member, post.pointer) for post in found.posts] == [
        ("page1.xml", "item 1"),
        ("page2", "item 1"),
    ]
    assert found.since == at("2012-05-07T10:00:00+00:00")
    assert_same_when_zipped(FEED, tree, tmp_path / "raw.zip")


@pytest.mark.parametrize(
    "encoding", ["utf-16", "iso-8859-1", "windows-1252", "utf-32", "utf-8-sig"]
)
def test_the_declared_encoding_is_honored(tmp_path: Path, encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    content = rss("<title>café</title><pubDate>2012-05-07</pubDate>", head=head).encode(encoding)
    assert read_feed(tmp_path, content).posts[0].text == "café"


def test_nothing_is_opened_whatever_the_bytes_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tree = folder(tmp_path / "raw", {"feed.xml": rss(dated("2012-05-07"))})
    found = FEED.recognise(tree)
    assert found is not None
    other = tmp_path / "feed-address"
    other.write_text(rss(*[dated("2012-05-07")] * 2))
    (tmp_path / "raw" / "feed.xml").write_text("feed-address")
    with pytest.raises(InputError, match="expected a whole feed"):
        FEED.read(tree, found)


def test_entities_of_a_doctype_neither_read_files_nor_explode(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    head = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">'
        f'<!ENTITY a0 "hahahahaha">{laughs}]>'
    )
    content = rss(
        *(f"<title>{text}</title><pubDate>2012-05-07</pubDate>" for text in ("&x;", "&a8;")),
        head=head,
    )
    texts = [post.text for post in read_feed(tmp_path / "raw", content).posts]
    assert len(texts) == 2
    assert all("hidden" not in text and len(text) < 1_000 for text in texts)


def test_a_malformed_feed_that_is_whole_is_read_and_told(tmp_path: Path) -> None:
    found = read_feed(tmp_path, rss("<title>Fish & chips</title><pubDate>2012-05-07</pubDate>"))
    assert found.posts[0].text == "Fish & chips"
    assert found.notes[1].startswith("The feed is not well-formed XML (line 3)")


def damage_of(found: Extract) -> Problem:
    (problem,) = found.problems
    assert (problem.kind, problem.file) == ("corrupt", "raw/feed.xml")
    assert "\n" not in str(problem)
    return problem


def test_a_half_written_feed_is_read_up_to_the_cut_and_names_the_line(tmp_path: Path) -> None:
    whole = rss(dated("2012-05-08"), dated("2012-05-07"))
    found = read_feed(tmp_path, whole[: whole.rindex("</item>")])
    assert [post.when for post in found.posts] == [dt.date(2012, 5, 8)]
    assert found.set_aside == Counter({"cut off": 1})
    assert found.since == dt.date(2012, 5, 8)
    problem = damage_of(found)
    assert problem.place.startswith("line 4, column ")
    assert problem.expected.startswith("expected a whole feed, found one that is cut off (")
    assert problem.expected.endswith("); 2 items are in what is there")


@pytest.mark.parametrize("feed", [rss, atom])
def test_no_date_that_lost_its_end_is_taken_for_a_date(
    tmp_path: Path, feed: Callable[..., str]
) -> None:
    """Wherever a feed is cut off, an item that is read has the date that the whole one has."""
    stated = ("2012-05-18T21:30:00Z", "2012-05-17T11:22:33Z")
    tag = "pubDate" if feed is rss else "published"
    body = "<summary><![CDATA[ </item></entry> <item> ]]></summary><!-- </entry> -->"
    items = [f"<title>t</title>{body}<{tag}>{when}</{tag}>" for when in stated]
    whole = feed(*items)
    start = whole.index("<item>" if feed is rss else "<entry>")
    ends = [found.end() for found in re.finditer(r"</(?:item|entry)>(?=\n|</feed>)", whole)]
    assert len(ends) == 2
    for end in range(start, len(whole) - 10):
        found = read_feed(tmp_path, whole[:end])
        assert [post.when for post in found.posts] == [at(when) for when in stated][
            : len(found.posts)
        ]
        assert len(found.posts) <= sum(end >= closed for closed in ends), whole[:end]
        damage_of(found)


def test_a_cut_feed_of_entities_neither_reads_files_nor_explodes(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    head = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">'
        f'<!ENTITY a0 "hahahahaha">{laughs}]>'
    )
    items = [f"<title>{text}</title><pubDate>2012-05-07</pubDate>" for text in ("&x;", "&a8;")]
    found = read_feed(tmp_path / "raw", rss(*items, head=head).removesuffix("</channel></rss>"))
    assert len(found.posts) == 2
    damage_of(found)
    for post in found.posts:
        assert "hidden" not in post.text
        assert len(post.text) < 1_000


def test_a_feed_without_items_says_so(tmp_path: Path) -> None:
    found = read_feed(tmp_path, rss())
    assert (found.posts, found.since) == ([], None)
    assert found.notes == ("A feed holds only a blog's newest posts: this one has 0 items.",)


def json_feed(*items: object, **others: object) -> str:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "B", **others, "items": items}
    return json.dumps(feed, indent=1)


def read_json(root: Path, content: str | bytes) -> Extract:
    return read(JSON_FEED, folder(root, {"feed.json": content}))


def test_a_json_feed(tmp_path: Path) -> None:
    found = read_json(
        tmp_path,
        json_feed(
            {
                "id": 14,
                "url": "https://blog.example/14/",
                "external_url": "https://news.example/",
                "title": "T",
                "content_html": "<p>Body <a href='/x'>x</a></p>",
                "date_published": "2012-05-07T21:30:00-04:00",
                "date_modified": "2013-05-07T21:30:00-04:00",
            },
            {
                "id": "https://blog.example/13/",
                "content_text": "short \ud83d see https://c.example/.",
                "date_published": "2012-05-06",
            },
            {"id": "12", "title": "modified only", "date_modified": "2012-05-05T00:00:00Z"},
            {"id": "11", "title": None, "date_published": 5},
            "not an item",
            next_url="https://blog.example/feed.json?p=2",
        ),
    )
    first, second, third = found.posts
    assert first.when == at("2012-05-07T21:30:00-04:00")
    assert (first.id, first.url) == ("14", "https://blog.example/14/")
    assert first.text == "T\nBody x"
    assert first.links == ("https://news.example/", "https://blog.example/x")
    assert first.pointer == "items[0]"
    assert (second.when, second.url) == (dt.date(2012, 5, 6), "https://blog.example/13/")
    assert second.text == "short \ufffd see https://c.example/."
    assert second.links == ("https://c.example/",)
    assert third.when == found.since == at("2012-05-05T00:00:00+00:00")
    assert found.set_aside == Counter({"no date": 1, "not an item": 1})
    assert "5 items; posts before 2012-05-05" in found.notes[0]
    assert "another address" in found.notes[1]


def test_json_feeds_are_told_by_their_version_or_their_keys(tmp_path: Path) -> None:
    late = json.dumps({"items": [{"date_published": "2012-05-06", "id": "1"}], "version": "x"})
    assert len(read_json(tmp_path / "keys", late).posts) == 1
    marked = json_feed({"id": "1", "date_published": "2012-05-06"}).encode("utf-8-sig")
    assert len(read_json(tmp_path / "mark", marked).posts) == 1
    for number, foreign in enumerate(['{"items": []}', "[1]", '{"version": "1.1"}', "{", ""]):
        tree = folder(tmp_path / str(number), {"feed.json": foreign})
        assert recognise(tree, (WXR, FEED, JSON_FEED)) is None


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (json_feed({"id": "1"})[:-4], "line 8, column "),
        (json_feed().replace('"items": []', '"items": {}'), "items"),
        (json_feed({"title": "café"}).encode().replace(b"caf\\u00e9", b"caf\xe9"), "byte "),
        (json_feed() + "[" * 10, "line 5, column 2"),
        (json_feed().replace("[]", "[" * 100_000), ""),
        (json_feed().replace("[]", "[" + "9" * 5_000 + "]"), ""),
    ],
)
def test_a_broken_json_feed_names_the_place(
    tmp_path: Path, content: str | bytes, place: str
) -> None:
    problem = problem_of(JSON_FEED, tmp_path, "feed.json", content)
    assert problem.kind == "corrupt"
    assert problem.place.startswith(place)


@settings(max_examples=150, deadline=None)
@given(
    damaged(
        rss(dated("Mon, 07 May 2012 21:30:00 EDT"), "<description>&lt;p></description>").encode()
    )
)
def test_a_damaged_feed_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(FEED, "feed.xml", content)


@settings(max_examples=100, deadline=None)
@given(damaged(atom("<published>2012-05-06T21:30:00Z</published><content>é</content>").encode()))
def test_a_damaged_atom_feed_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(FEED, "feed.xml", content)


@settings(max_examples=150, deadline=None)
@given(damaged(json_feed({"id": "1", "url": "u", "date_published": "2012-05-06"}).encode()))
def test_a_damaged_json_feed_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(JSON_FEED, "feed.json", content)


@pytest.mark.parametrize(
    ("name", "posts", "first"),
    [
        ("native_samples/feeds/hugo_rss.xml", 3, "2012-05-01T21:30:00-04:00"),
        ("native_samples/feeds/pelican_atom.xml", 3, "2012-05-01T21:30:00-04:00"),
        ("native_samples/feeds/pelican_rss.xml", 3, "2012-05-01T21:30:00-04:00"),
        ("native_samples/feeds/rss_hard_cases.xml", 4, "2012-05-07T21:30:00+02:00"),
        ("native_samples/ghost/ghost_feed.xml", 7, "2012-05-01T21:30:00+00:00"),
        ("native_samples/wordpress/wp_feed_rss2.xml", 10, "2012-02-25T02:30:00+00:00"),
        ("native_samples/wordpress/wp_feed_atom.xml", 10, "2012-02-25T02:30:00+00:00"),
    ],
)
def test_real_feeds(name: str, posts: int, first: str) -> None:
    found = read(FEED, Tree.at(shared(f"exports/{name}")))
    assert len(found.posts) == posts
    assert found.since == at(first)


def test_a_real_feed_of_days() -> None:
    found = read(FEED, Tree.at(shared("exports/lisadebruine_2021/blog_rss.xml")))
    assert len(found.posts) == 32
    assert found.since == dt.date(2017, 6, 21)
    assert not any(isinstance(post.when, dt.datetime) for post in found.posts)


def test_a_real_json_feed() -> None:
    (post,) = read(
        JSON_FEED, Tree.at(shared("exports/native_samples/feeds/jsonfeed_1.1.json"))
    ).posts
    assert post.when == at("2012-05-07T21:30:00-04:00")


DAMAGED = {
    "aaa_illformed.xml": "cut off",
    "rdf_channel_empty_textinput.xml": "cut off",
    "rss_incomplete_cdata.xml": "cut off",
    "rss_item_link_corrupted_ampersands.xml": "cut off",
    "undeclared_namespace.xml": "broken",
}
"""Those of feedparser's own cases that are read as far as they go, and what is said of them."""


def parsed_dates(entries: list[dict[str, object]]) -> list[dt.datetime]:
    """Return the dates that feedparser itself gives, in UTC."""
    dates = []
    for entry in entries:
        keys = ("published_parsed", "updated_parsed", "created_parsed")
        found = [value for key in keys if (value := dict.get(entry, key))]
        dates += [dt.datetime(*value[:6], tzinfo=dt.UTC) for value in found[:1]]
    return dates


def test_feedparser_s_own_cases_have_the_dates_that_feedparser_gives(shared: Path) -> None:
    """All 94, the broken ones too; the one without any element is nothing to both."""
    files = sorted((shared / "exports/parser_fixtures/feeds").rglob("*.xml"))
    compared, dated, nothing = 0, 0, []
    for path in files:
        theirs = feedparser.parse(io.BytesIO(path.read_bytes()))
        tree = Tree.at(path)
        why = FEED.recognise(tree)
        if why is None:
            assert (theirs.version, theirs.entries) == ("", []), path.name
            nothing.append(path.name)
            compared += 1
            continue
        found = FEED.read(tree, why)
        dates = parsed_dates(theirs.entries)
        assert [utc(post.when) for post in found.posts] == dates, path.name
        assert found.set_aside.total() == len(theirs.entries) - len(dates), path.name
        assert set(found.set_aside) <= {"no date", "cut off"}
        said = [problem.expected for problem in found.problems]
        assert len(said) == (path.name in DAMAGED), path.name
        assert all(f"found one that is {DAMAGED[path.name]} (" in line for line in said)
        compared += 1
        dated += len(dates)
    assert (compared, dated) == (94, 3)
    assert nothing == ["rss_empty_document.xml"]


def utc(when: dt.date) -> dt.datetime:
    assert isinstance(when, dt.datetime)
    return when.astimezone(dt.UTC).replace(microsecond=0)


@pytest.mark.parametrize(
    "name",
    [
        "native_samples/feeds/hugo_rss.xml",
        "native_samples/feeds/pelican_atom.xml",
        "native_samples/feeds/pelican_rss.xml",
        "native_samples/feeds/rss_hard_cases.xml",
        "native_samples/ghost/ghost_feed.xml",
        "native_samples/wordpress/wp_feed_rss2.xml",
        "native_samples/wordpress/wp_feed_atom.xml",
    ],
)
def test_real_feeds_have_the_dates_and_titles_that_feedparser_gives(name: str) -> None:
    path = shared(f"exports/{name}")
    theirs = feedparser.parse(io.BytesIO(path.read_bytes()))
    found = read(FEED, Tree.at(path))
    assert [utc(post.when) for post in found.posts] == parsed_dates(theirs.entries)
    dated = [entry for entry in theirs.entries if parsed_dates([entry])]
    assert [post.title for post in found.posts] == [
        unescape(entry.get("title", "")) for entry in dated
    ]


@pytest.mark.parametrize("name", ["hugo_rss.xml", "pelican_atom.xml", "pelican_rss.xml"])
def test_the_author_s_own_clock_is_kept(name: str) -> None:
    path = shared(f"exports/native_samples/feeds/{name}")
    said = re.findall(r"(?:[0-9]{2}:[0-9]{2}:[0-9]{2}) ?([+-][0-9]{2}:?[0-9]{2})", path.read_text())
    assert set(said) <= {"-0400", "-04:00", "-0500", "-05:00"}
    assert said
    for post in read(FEED, Tree.at(path)).posts:
        assert isinstance(post.when, dt.datetime)
        assert post.when.utcoffset() in (dt.timedelta(hours=-4), dt.timedelta(hours=-5))


def test_titles_stand_apart(tmp_path: Path) -> None:
    found = read_feed(tmp_path, rss(dated("Sun, 06 May 2012 21:30:00 -0400")))
    assert [post.title for post in found.posts] == ["t"]


def test_a_corrupt_page_among_several_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = rss(dated("Sun, 06 May 2012 21:30:00 -0400"))
    files: dict[str, str | bytes] = {"1.xml": good, "2.xml": good[:-40]}
    found = read(FEED, folder(tmp_path, files))
    assert [post.member for post in found.posts] == ["1.xml"]
    assert found.set_aside == Counter({"cut off": 1})
    (problem,) = found.problems
    assert (problem.kind, problem.file) == ("corrupt", "raw/2.xml")


def test_only_pages_that_are_no_feed_are_an_error(tmp_path: Path) -> None:
    tree = folder(tmp_path, {"1.xml": rss(), "2.xml": rss()})
    why = FEED.recognise(tree)
    assert why is not None
    for name in tree.names:
        (tmp_path / name).write_text("gone")
    with pytest.raises(InputError) as caught:
        FEED.read(tree, why)
    assert [problem.file for problem in caught.value.problems] == ["raw/1.xml", "raw/2.xml"]


def test_a_post_on_two_pages_counts_once(tmp_path: Path) -> None:
    first = f"<guid>a</guid>{dated('Sun, 06 May 2012 21:30:00 -0400')}"
    second = f"<guid>b</guid>{dated('Mon, 07 May 2012 21:30:00 -0400')}"
    found = read(FEED, folder(tmp_path, {"1.xml": rss(second, first), "2.xml": rss(first)}))
    assert [post.id for post in found.posts] == ["b", "a"]
    assert found.set_aside == Counter({"duplicate": 1})


def test_what_a_capture_counts_was_counted_then(tmp_path: Path) -> None:
    """A source that knows when its files were fetched tells it: each count stands."""
    item = f"<guid>a</guid>{dated('Sun, 06 May 2012 21:30:00 -0400')}"
    pages: dict[str, str | bytes] = {
        name: rss(f"{item}<slash:comments>{count}</slash:comments>")
        for name, count in (("1.xml", 3), ("2.xml", 7))
    }
    plain = folder(tmp_path, pages)
    tree = Captures(plain.root, plain.label, plain.names)
    found = read(FEED, tree)
    assert [(post.comments, post.seen_at) for post in found.posts] == [
        (3, at("2012-06-01T00:00:00+00:00")),
        (7, at("2012-06-02T00:00:00+00:00")),
    ]
    assert found.exported_at == at("2012-06-02T00:00:00+00:00")


def test_captures_without_counts_are_one_post(tmp_path: Path) -> None:
    page = rss(f"<guid>a</guid>{dated('Sun, 06 May 2012 21:30:00 -0400')}")
    plain = folder(tmp_path, {"1.xml": page, "2.xml": page})
    found = read(FEED, Captures(plain.root, plain.label, plain.names))
    assert [post.seen_at for post in found.posts] == [at("2012-06-02T00:00:00+00:00")]
    assert found.set_aside == Counter(duplicate=1)


class Captures(Tree):
    """A folder that tells when its members were fetched, as a web archive does."""

    def seen_at(self, name: str) -> dt.datetime:
        return dt.datetime(2012, 6, int(name[0]), tzinfo=dt.UTC)


def test_unknown_keys_of_a_json_feed_are_counted(tmp_path: Path) -> None:
    item = {"id": "1", "date_published": "2012-05-06T21:30:00-04:00", "mood": "good"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [item, item], "shoe_size": 7}
    found = read(JSON_FEED, folder(tmp_path, {"feed.json": json.dumps(feed)}))
    assert found.drift == Counter({"feed.json: item.mood": 2, "feed.json: feed.shoe_size": 1})


def test_a_date_beyond_the_calendar_is_none(tmp_path: Path) -> None:
    found = read_feed(tmp_path, rss(dated("9999-12-31T23:59:59-12:00"), dated("2012-05-06")))
    assert [post.when for post in found.posts] == [dt.date(2012, 5, 6)]
    assert found.set_aside == Counter({"no date": 1})


def test_a_character_of_no_number_is_corrupt(tmp_path: Path) -> None:
    broken = rss(dated("2012-05-06") + "<b>&#99999999999999999999;</b>")
    with pytest.raises(InputError, match=r"^raw/feed\.xml: expected a feed: "):
        read_feed(tmp_path, broken)


def test_endless_attributes_and_elements_are_refused(tmp_path: Path) -> None:
    """Parsing them takes the square of their number: a megabyte took minutes."""
    item = "<title>T</title><pubDate>Sun, 06 May 2012 21:30:00 -0400</pubDate>"
    many = "<a " + " ".join(f"a{number}='1'" for number in range(200_000)) + "/>"
    problem = problem_of(FEED, tmp_path / "many", "feed.xml", rss(item + many))
    assert problem.expected == "expected at most 1,000 attributes in an element, found more"
    deep = "<a>" * 100_000
    problem = problem_of(FEED, tmp_path / "deep", "feed.xml", rss(item + deep))
    assert problem.expected == "expected elements at most 10,000 deep, found more"
    picture = f"<description><![CDATA[<img src='data:,{'=' * 9_000}'>]]></description>"
    (post,) = read(FEED, folder(tmp_path / "fine", {"feed.xml": rss(item + picture)})).posts
    assert post.title == "T"
