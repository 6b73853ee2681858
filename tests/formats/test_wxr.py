from __future__ import annotations

import datetime as dt
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from blog_exports import at, damaged, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read, shared

from analysis.files import Tree
from analysis.formats.feeds import FEED
from analysis.formats.wxr import WXR

COMMENT = (
    "<wp:comment><wp:comment_approved>{}</wp:comment_approved>"
    "<wp:comment_type>{}</wp:comment_type></wp:comment>"
)


def item(**fields: str) -> str:
    """Return an item of an export; an empty value leaves its element empty."""
    extra = fields.pop("extra", "")
    content = fields.pop("content", "")
    values = {
        "title": "A title",
        "link": "http://blog.example/2012/05/a/",
        "guid": "http://blog.example/?p=7",
        "pubDate": "Mon, 07 May 2012 01:30:00 +0000",
        "wp:post_id": "7",
        "wp:post_date": "2012-05-06 21:30:00",
        "wp:post_date_gmt": "2012-05-07 01:30:00",
        "wp:status": "publish",
        "wp:post_type": "post",
        "wp:post_password": "",
        **{name.replace("wp_", "wp:"): value for name, value in fields.items()},
    }
    lines = [f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items()]
    body = f"<content:encoded><![CDATA[{content}]]></content:encoded>"
    return "\n".join(["<item>", *lines, body, extra, "</item>"])


def export(*items: str, version: str = "1.2", encoding: str = "UTF-8", before: str = "") -> str:
    return "\n".join(
        [
            f'<?xml version="1.0" encoding="{encoding}"?>{before}',
            "<!-- a comment -->",
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"',
            f' xmlns:wp="http://wordpress.org/export/{version}/">',
            "<channel><title>Blog</title><pubDate>Fri, 22 Jun 2012 16:00:00 +0000</pubDate>",
            "<wp:base_blog_url>http://blog.example</wp:base_blog_url>",
            *items,
            "</channel></rss>\n",
        ]
    )


def one(root: Path, content: str | bytes) -> Tree:
    return folder(root, {"export.xml": content})


def test_a_published_post(tmp_path: Path) -> None:
    content = '<p>Words &amp; <a href="/b/?x=1&amp;y=2">a link</a></p>'
    comments = "".join(
        COMMENT.format(approved, kind)
        for approved, kind in [("1", "comment"), ("1", ""), ("0", ""), ("spam", ""), ("trash", "")]
    )
    pings = COMMENT.format("1", "pingback") + COMMENT.format("1", "trackback")
    found = read(
        WXR, one(tmp_path, export(item(title="T &amp; U", content=content, extra=comments + pings)))
    )
    assert found.exported_at == at("2012-06-22T16:00:00+00:00")
    assert found.since is None
    assert found.set_aside == Counter()
    (post,) = found.posts
    assert post.when == at("2012-05-07T01:30:00+00:00")
    assert post.kind == "post"
    assert post.id == "7"
    assert post.url == "http://blog.example/2012/05/a/"
    assert post.text == "T & U\nWords & a link"
    assert post.links == ("http://blog.example/b/?x=1&y=2",)
    assert post.comments == 2
    assert (post.reactions, post.shares, post.views) == (None, None, None)
    assert (post.member, post.pointer) == ("export.xml", "line 7")


def test_only_published_posts_count(tmp_path: Path) -> None:
    found = read(
        WXR,
        one(
            tmp_path,
            export(
                item(),
                item(wp_post_type="page"),
                item(wp_post_type="page", wp_status="draft"),
                item(wp_post_type="attachment", wp_status="inherit"),
                item(wp_post_type="nav_menu_item"),
                *(item(wp_status=status) for status in ("draft", "private", "trash", "future")),
                item(wp_post_password="secret"),
                item(wp_post_type=""),
            ),
        ),
    )
    assert len(found.posts) == 1
    assert found.set_aside == Counter(
        {
            "page": 2,
            "attachment": 1,
            "nav_menu_item": 1,
            "draft": 1,
            "private": 1,
            "trash": 1,
            "future": 1,
            "password": 1,
            "no type": 1,
        }
    )


def test_the_time_falls_back_from_utc_to_the_feed_to_the_local_clock(tmp_path: Path) -> None:
    zeros, never = "0000-00-00 00:00:00", "Mon, 30 Nov -0001 00:00:00 +0000"
    found = read(
        WXR,
        one(
            tmp_path,
            export(
                item(wp_post_date_gmt=zeros),
                item(wp_post_date_gmt=zeros, pubDate=never),
                item(wp_post_date_gmt="", pubDate="", wp_post_date=zeros),
            ),
        ),
    )
    assert [post.when for post in found.posts] == [
        at("2012-05-07T01:30:00+00:00"),
        dt.datetime(2012, 5, 6, 21, 30),
    ]
    assert found.set_aside == Counter({"no date": 1})


def test_no_link_leaves_the_guid(tmp_path: Path) -> None:
    (post,) = read(WXR, one(tmp_path, export(item(link="")))).posts
    assert post.url == "http://blog.example/?p=7"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_every_version_and_no_plain_feed(tmp_path: Path, version: str) -> None:
    tree = one(tmp_path, export(item(), version=version))
    assert len(read(WXR, tree).posts) == 1
    assert FEED.recognise(tree) is None
    plain = export(item()).replace("wordpress.org/export", "other.example")
    assert WXR.recognise(one(tmp_path / "plain", plain)) is None


def test_the_parts_of_one_export_are_read_together_and_from_a_zip(tmp_path: Path) -> None:
    tree = folder(
        tmp_path / "raw",
        {
            "blog.001.xml": export(item(wp_post_id="1")),
            "blog.002.xml": export(item(wp_post_id="2")),
            "notes.txt": "mine",
        },
    )
    found = read(WXR, tree)
    assert [(post.id, post.member) for post in found.posts] == [
        ("1", "blog.001.xml"),
        ("2", "blog.002.xml"),
    ]
    assert found.notes == ()
    assert_same_when_zipped(WXR, tree, tmp_path / "raw.zip")
    single = Tree.at(tmp_path / "raw" / "blog.001.xml", "raw/blog.001.xml")
    assert [post.id for post in read(WXR, single).posts] == ["1"]


def test_two_blogs_are_told(tmp_path: Path) -> None:
    other = export(item()).replace("<wp:base_blog_url>http://blog", "<wp:base_blog_url>http://two")
    found = read(WXR, folder(tmp_path, {"a.xml": export(item()), "b.xml": other}))
    assert found.notes == ("The files come from 2 blogs; they are read as one channel.",)


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252", "iso-8859-1", "utf-8-sig"])
def test_the_declared_encoding_is_honored(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    content = export(item(title="café"), encoding=declared).encode(encoding)
    assert read(WXR, one(tmp_path, content)).posts[0].text == "café"


@pytest.mark.parametrize("encoding", ["gb18030", "shift_jis", "euc-kr", "utf-32"])
def test_encodings_that_the_parser_does_not_know(tmp_path: Path, encoding: str) -> None:
    content = export(item(title="中"), encoding=encoding).encode(encoding)
    assert read(WXR, one(tmp_path, content)).posts[0].text == "中"


def test_a_doctype_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///x">]>'
    for number, doctype in enumerate((bomb, '<!DOCTYPE rss SYSTEM "http://x.example/a.dtd">')):
        content = export(item(title="&b;"), before=f"\n{doctype}")
        problem = problem_of(WXR, tmp_path / str(number), "export.xml", content)
        assert (problem.kind, problem.place) == ("corrupt", "line 2")
        assert "DOCTYPE" in problem.expected


def test_elements_in_elements_without_end_cost_no_more_than_their_bytes(tmp_path: Path) -> None:
    deep = "<a>" * 200_000 + "</a>" * 200_000  # hours, where each looks at all around it
    (post,) = read(WXR, one(tmp_path, export(item(extra=deep)))).posts
    assert post.id == "7"


def test_control_characters_are_left_out_and_told(tmp_path: Path) -> None:
    found = read(WXR, one(tmp_path, export(item(title="a\x0bb\x08c"))))
    assert found.posts[0].text == "abc"
    assert found.notes == ("2 control character(s) that XML forbids were left out.",)


def test_a_half_written_export_names_the_line(tmp_path: Path) -> None:
    whole = export(item(), item())
    half = whole[: whole.index("</item>", whole.index("</item>") + 1)]
    problem = problem_of(WXR, tmp_path, "export.xml", half)
    assert problem.kind == "corrupt"
    assert problem.place.startswith(f"line {half.count(chr(10)) + 1}, column ")
    assert "the file ends here" in problem.expected


def test_broken_markup_and_a_wrong_encoding_are_corrupt(tmp_path: Path) -> None:
    broken_tag = export(item()).replace("</channel>", "</chanel>")
    problem = problem_of(WXR, tmp_path / "a", "export.xml", broken_tag)
    assert problem.expected == "expected well-formed XML: mismatched tag"
    latin = export(item(title="café")).encode("latin-1")
    assert problem_of(WXR, tmp_path / "b", "export.xml", latin).kind == "corrupt"
    strange = export(item(), encoding="klingon")
    assert problem_of(WXR, tmp_path / "c", "export.xml", strange).kind == "corrupt"
    short = export(item(title="中"), encoding="gbk").encode("gbk").replace(b"\xd6\xd0", b"\xd6")
    assert problem_of(WXR, tmp_path / "d", "export.xml", short).kind == "corrupt"


@settings(max_examples=150, deadline=None)
@given(damaged(export(item(content="<p>é</p>"), item(wp_post_type="page")).encode()))
def test_a_damaged_export_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(WXR, "export.xml", content)


def test_a_real_export() -> None:
    found = read(WXR, Tree.at(shared("exports/native_samples/wordpress/wp_export_wxr12.xml")))
    assert len(found.posts) == 15
    assert found.set_aside == Counter({"page": 2})
    assert found.exported_at == at("2026-11-22T21:39:07+00:00")
    hello, first = found.posts[:2]
    assert (hello.comments, first.comments) == (1, 0)
    assert first.when == at("2012-01-11T02:30:00+00:00")
    assert first.links == ("https://example.org/a?utm_source=x",)
    assert first.text.startswith("Post 1 — “quoted” & naïve\n")


def test_a_real_export_without_comments() -> None:
    (post,) = read(WXR, Tree.at(shared("exports/parser_fixtures/wxr/wxr-simple.xml"))).posts
    assert post.id == "10"
    assert len(post.links) == 3
    assert post.comments == 0


def meta(**fields: str) -> str:
    """Return the custom fields of an item."""
    return "".join(
        f"<wp:postmeta><wp:meta_key><![CDATA[{key}]]></wp:meta_key>"
        f"<wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
        for key, value in fields.items()
    )


RESULTS = 'a:2:{s:7:"twitter";a:1:{i:111;a:1:{s:7:"post_id";s:4:"1675";}}s:8:"facebook";a:0:{}}'


@pytest.mark.parametrize(
    ("marks", "networks"),
    [
        ({"_wpas_done_twitter": "1", "_wpas_done_fb": "1"}, ("facebook", "twitter")),
        ({"_publicize_done_external": 'a:1:{s:7:"twitter";a:1:{i:111;b:1;}}'}, ("twitter",)),
        ({"publicize_results": RESULTS}, ("facebook", "twitter")),
        ({"publicize_linkedin_url": "https://linkedin.example/u/1"}, ("linkedin",)),
        ({"publicize_google_plus_url": "https://plus.example/1"}, ("google",)),
        ({"_wpas_done_77": "1", "_wpas_done_twitter": "1"}, ("twitter",)),
        ({"_wpas_done_all": "1", "_wpas_mess": "Read this", "_wpas_skip_twitter": "1"}, ()),
        ({"_publicize_pending": "1", "_publicize_twitter_user": "@me"}, ()),
        ({"_wpas_done_twitter": "", "publicize_linkedin_url": "0"}, ()),
        ({"_publicize_done_external": "not what PHP writes"}, ()),
    ],
)
def test_publicize_tells_where_a_post_was_passed_on_to(
    tmp_path: Path, marks: dict[str, str], networks: tuple[str, ...]
) -> None:
    found = read(WXR, one(tmp_path, export(item(extra=meta(**marks)))))
    (post,) = found.posts
    assert post.shared_to == networks
    assert found.notes == ()


def test_a_connection_told_by_number_only_is_noted(tmp_path: Path) -> None:
    items = [item(extra=meta(_wpas_done_77="1")), item(extra=meta(_publicize_done_78="1")), item()]
    found = read(WXR, one(tmp_path, export(*items)))
    assert [post.shared_to for post in found.posts] == [(), (), ()]
    assert found.notes == (
        "2 post(s) were passed on by WordPress to connections that the export tells by number "
        "only; to which network is not known.",
    )


def test_a_title_stands_apart(tmp_path: Path) -> None:
    (post,) = read(WXR, one(tmp_path, export(item(title="T &amp; <em>U</em>")))).posts
    assert post.title == "T & U"


def test_a_draft_without_a_date_is_a_draft(tmp_path: Path) -> None:
    zeros = "0000-00-00 00:00:00"
    draft = item(wp_status="draft", wp_post_date_gmt=zeros, wp_post_date=zeros, pubDate="")
    assert read(WXR, one(tmp_path, export(item(), draft))).set_aside == Counter({"draft": 1})


def test_a_corrupt_part_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    whole = export(item())
    files: dict[str, str | bytes] = {"a.xml": whole, "b.xml": whole[: len(whole) - 30]}
    found = read(WXR, folder(tmp_path, files))
    assert len(found.posts) == 1
    assert [(problem.kind, problem.file) for problem in found.problems] == [
        ("corrupt", "raw/b.xml")
    ]


def test_a_large_export_is_read_as_a_stream(tmp_path: Path) -> None:
    """What is held is the words of the posts, not the markup and the comments around them."""
    markup = "<div class='x' style='color: black; background: white'></div>" * 200
    comments = COMMENT.format("1", "comment") * 100
    one_item = item(content=f"<p>word</p>{markup}", extra=comments)
    tree = one(tmp_path, export(*[one_item] * 300))
    size = len(tree.bytes("export.xml"))
    tracemalloc.start()
    try:
        found = read(WXR, tree)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.posts) == 300
    assert peak < size / 4


@pytest.mark.parametrize("encoding", ["unicode_escape", "raw_unicode_escape", "idna", "undefined"])
def test_what_only_python_calls_an_encoding_is_none(tmp_path: Path, encoding: str) -> None:
    content = export(item(content="[x\\]"), encoding=encoding)
    encoded = (content.encode(each) for each in ("utf-8", "utf-8-sig", "utf-16"))
    for folder_, data in zip("abc", encoded, strict=True):
        problem = problem_of(WXR, tmp_path / folder_, "export.xml", data)
        assert (problem.kind, "as its encoding says" in problem.expected) == ("corrupt", True)
