from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from blog_exports import at, damaged, distorted, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read, shared

from analysis.files import Tree
from analysis.formats.base import Recognition
from analysis.formats.blogger import BLOGGER
from analysis.formats.blogger_json import BLOGGER_JSON
from analysis.formats.feeds import FEED
from analysis.formats.registry import POSTS, recognise

KIND = "http://schemas.google.com/g/2005#kind"
TERM = "http://schemas.google.com/blogger/2008/kind#"
BLOG = "tag:blogger.com,1999:blog-1"


def entry(number: int, kind: str = "post", extra: str = "") -> str:
    """Return an entry of the older backup."""
    return f"""<entry><id>{BLOG}.post-{number}</id>
        <published>2012-05-06T21:30:00.000-07:00</published>
        <updated>2013-01-01T00:00:00.000-08:00</updated>
        <category scheme='{KIND}' term='{TERM}{kind}'/>
        <category scheme='http://www.blogger.com/atom/ns#' term='label'/>
        <title type='text'>T &amp;amp; U</title>
        <content type='html'>&lt;p&gt;Words &lt;a href='/b'&gt;b&lt;/a&gt;&lt;/p&gt;</content>
        <link rel='replies' href='http://x.blogspot.example/feeds/1'/>
        <link rel='alternate' type='text/html' href='http://x.blogspot.example/2012/{number}.html'/>
        {extra}</entry>"""


def backup(*entries: str) -> str:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom'"
        " xmlns:app='http://purl.org/atom/app#' xmlns:thr='http://purl.org/syndication/thread/1.0'>"
        f"<id>{BLOG}.archive</id>{''.join(entries)}</feed>"
    )


def on(number: int) -> str:
    return f"<thr:in-reply-to ref='{BLOG}.post-{number}'/>"


DRAFT = "<app:control><app:draft>yes</app:draft></app:control>"


def test_the_older_backup(tmp_path: Path) -> None:
    content = backup(
        entry(90, "template"),
        entry(91, "settings"),
        entry(1),
        entry(2),
        entry(3, "page"),
        entry(4, "post", DRAFT),
        entry(5, "comment", on(1)),
        entry(6, "comment", on(1)),
    )
    found = read(BLOGGER, folder(tmp_path, {"blog-06-22-2012.xml": content}))
    first, second = found.posts
    assert first.when == at("2012-05-06T21:30:00-07:00")
    assert (first.id, first.url) == (f"{BLOG}.post-1", "http://x.blogspot.example/2012/1.html")
    assert (first.title, first.text) == ("T &amp; U", "T &amp; U\nWords b")
    assert first.links == ("http://x.blogspot.example/b",)
    assert (first.comments, second.comments) == (2, 0)
    assert found.since is None
    assert found.set_aside == Counter(
        {"template": 1, "settings": 1, "page": 1, "draft": 1, "comment": 2}
    )
    assert first.pointer == "entry 3"


def test_a_label_before_the_kind_is_no_kind(tmp_path: Path) -> None:
    kind = f"<category scheme='{KIND}' term='{TERM}page'/>"
    label = "<category scheme='http://www.blogger.com/atom/ns#' term='post'/>"
    page = entry(2).replace(f"<category scheme='{KIND}' term='{TERM}post'/>", label + kind)
    found = read(BLOGGER, folder(tmp_path, {"b.xml": backup(entry(1), page)}))
    assert [post.id for post in found.posts] == [f"{BLOG}.post-1"]
    assert found.set_aside == Counter({"page": 1})


def test_an_entry_that_does_not_say_what_it_is_is_a_post(tmp_path: Path) -> None:
    plain = entry(2).replace(f"<category scheme='{KIND}' term='{TERM}post'/>", "")
    found = read(BLOGGER, folder(tmp_path, {"b.xml": backup(entry(1), plain)}))
    assert [post.id for post in found.posts] == [f"{BLOG}.post-1", f"{BLOG}.post-2"]


@pytest.mark.parametrize("kind", ["html", "xhtml"])
def test_a_title_in_html_is_told_as_words(tmp_path: Path, kind: str) -> None:
    written = entry(1).replace("type='text'>T &amp;amp; U", f"type='{kind}'>T &amp;lt;i&amp;gt;")
    assert written != entry(1)
    (post,) = read(BLOGGER, folder(tmp_path, {"b.xml": backup(written)})).posts
    assert post.title == "T <i>"


def test_a_backup_without_comments_does_not_say_that_there_are_none(tmp_path: Path) -> None:
    (post,) = read(BLOGGER, folder(tmp_path, {"b.xml": backup(entry(1))})).posts
    assert post.comments is None


def taken(number: int, kind: str = "POST", status: str = "LIVE", extra: str = "") -> str:
    """Return an entry of Takeout's feed.atom."""
    return f"""<entry><id>{BLOG}.post-{number}</id>
        <blogger:type>{kind}</blogger:type><blogger:status>{status}</blogger:status>
        <author><name>A</name><blogger:type>BLOGGER</blogger:type></author>
        <title>T</title><content type='html'>&lt;p&gt;x&lt;/p&gt;</content>
        <blogger:created>2012-05-01T00:00:00Z</blogger:created>
        <published>2012-05-07T04:30:00Z</published><updated>2013-01-01T00:00:00Z</updated>
        <blogger:filename>/2012/05/{number}.html</blogger:filename>{extra}</entry>"""


def takeout(*entries: str, home: str = "") -> str:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'"
        f" xmlns:blogger='http://schemas.google.com/blogger/2018'>{home}{''.join(entries)}</feed>"
    )


PARENT = f"<blogger:parent>{BLOG}.post-1</blogger:parent>"


def test_takeout_s_feed(tmp_path: Path) -> None:
    content = takeout(
        taken(1),
        taken(2, status="DRAFT"),
        taken(3, status="SOFT_TRASHED"),
        taken(4, "PAGE"),
        taken(5, "COMMENT", extra=PARENT),
        taken(6, "COMMENT", "SPAM_COMMENT", extra=PARENT),
        taken(7, extra="<blogger:trashed>2013-01-01T00:00:00Z</blogger:trashed>"),
    )
    tree = folder(tmp_path / "raw", {"Blogger/Blogs/X/feed.atom": content})
    found = read(BLOGGER, tree)
    (post,) = found.posts
    assert post.when == at("2012-05-07T04:30:00+00:00")
    assert (post.url, post.comments) == ("/2012/05/1.html", 1)
    assert found.set_aside == Counter(
        {
            "draft": 1,
            "soft_trashed": 1,
            "trashed": 1,
            "page": 1,
            "comment": 1,
            "comment (spam_comment)": 1,
        }
    )
    assert found.notes[0].startswith("The backup tells the posts' paths without the blog's address")
    assert_same_when_zipped(BLOGGER, tree, tmp_path / "x.zip")


def test_the_blog_s_address_completes_the_paths(tmp_path: Path) -> None:
    home = "<link rel='alternate' href='https://x.example/'/>"
    found = read(BLOGGER, folder(tmp_path, {"feed.atom": takeout(taken(1), home=home)}))
    assert [post.url for post in found.posts] == ["https://x.example/2012/05/1.html"]
    assert found.notes == ()


def test_a_blog_s_own_feed_is_no_backup(tmp_path: Path) -> None:
    feed = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id></entry></feed>"
    found = recognise(folder(tmp_path, {"atom.xml": feed}), POSTS)
    assert found is not None
    assert found[0] is FEED


def test_a_half_written_backup_names_the_line(tmp_path: Path) -> None:
    problem = problem_of(BLOGGER, tmp_path, "b.xml", backup(entry(1), entry(2))[:-50])
    assert problem.kind == "corrupt"
    assert problem.place.startswith("line ")


def test_a_corrupt_backup_among_several_is_named(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.xml": backup(entry(1)),
        "b.xml": backup(entry(2))[:-50],
    }
    found = read(BLOGGER, folder(tmp_path, files))
    assert len(found.posts) == 1
    assert [problem.file for problem in found.problems] == ["raw/b.xml"]


@pytest.mark.parametrize("depth", [300, 5_000])
def test_deep_elements_neither_crash_nor_hang(tmp_path: Path, depth: int) -> None:
    inside = "<a>" * depth + "</a>" * depth
    content = takeout(f"<entry><content type='xhtml'>{inside}</content></entry>")
    assert rows_or_problem(BLOGGER, "b.xml", content.encode()) is not None


def test_a_doctype_is_refused(tmp_path: Path) -> None:
    content = "<!DOCTYPE feed [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>" + backup(entry(1))[38:]
    problem = problem_of(BLOGGER, tmp_path, "b.xml", content)
    assert "no DOCTYPE" in problem.expected


@given(damaged(backup(entry(1), entry(5, "comment", on(1))).encode()))
@settings(deadline=None)
def test_a_damaged_backup_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(BLOGGER, "b.xml", content)


@given(damaged(takeout(taken(1), taken(5, "COMMENT", extra=PARENT)).encode()))
@settings(deadline=None)
def test_a_damaged_takeout_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(BLOGGER, "feed.atom", content)


def item(number: int = 2, **changes: Any) -> dict[str, Any]:
    """Return an entry of the feed in JSON."""
    href = f"http://x.blogspot.example/{number}.html"
    return {
        "id": {"$t": f"{BLOG}.post-{number}"},
        "published": {"$t": "2012-05-07T18:30:00.000-07:00"},
        "updated": {"$t": "2012-05-08T01:30:00.001-07:00"},
        "category": [{"scheme": "http://www.blogger.com/atom/ns#", "term": "klout"}],
        "title": {"type": "text", "$t": "T & U"},
        "content": {"type": "html", "$t": "<p>Words <a href='/b'>b</a></p>"},
        "link": [{"rel": "self", "href": "x"}, {"rel": "alternate", "href": href}],
        "thr$total": {"$t": "3"},
        **changes,
    }


def feed(*items: Any, total: int = 1) -> dict[str, Any]:
    counted = {"openSearch$totalResults": {"$t": str(total)}}
    return {"version": "1.0", "feed": {"id": {"$t": BLOG}, **counted, "entry": list(items)}}


def test_the_feed_in_json(tmp_path: Path) -> None:
    found = read(BLOGGER_JSON, folder(tmp_path, {"posts.json": json.dumps(feed(item()))}))
    (post,) = found.posts
    assert post.when == at("2012-05-07T18:30:00-07:00")
    assert (post.title, post.text, post.comments) == ("T & U", "T & U\nWords b", 3)
    assert post.url == "http://x.blogspot.example/2.html"
    assert post.links == ("http://x.blogspot.example/b",)
    assert (found.since, found.notes, found.drift) == (None, (), Counter())


def test_what_is_no_public_post_is_set_aside(tmp_path: Path) -> None:
    def kind(name: str) -> list[dict[str, str]]:
        return [{"scheme": KIND, "term": TERM + name}]

    entries = [
        item(),
        item(3, category=kind("post")),
        item(4, category=kind("comment")),
        item(5, app__control=0) | {"app$control": {"app$draft": {"$t": "yes"}}},
        item(6, published={}, updated={}),
        None,
    ]
    content = json.dumps(feed(*entries, total=120))
    found = read(BLOGGER_JSON, folder(tmp_path, {"posts.json": content}))
    assert len(found.posts) == 2
    assert found.set_aside == Counter({"comment": 1, "draft": 1, "no date": 1, "not a post": 1})
    assert found.since == at("2012-05-07T18:30:00-07:00")
    assert found.notes == ("2 of 120 posts are here; those before 2012-05-07 are not known.",)
    assert found.drift == Counter({"blogger.json: entry.app__control": 1})


API = {
    "kind": "blogger#post",
    "id": "5",
    "published": "2012-05-07T18:30:00-07:00",
    "url": "http://x.blogspot.example/5.html",
    "title": "T",
    "content": "<p>x</p>",
}


def test_the_answers_of_the_api(tmp_path: Path) -> None:
    post = API | {"replies": {"totalItems": "4"}}
    value = {"kind": "blogger#postList", "items": [post, post | {"id": "6", "status": "DRAFT"}]}
    found = read(BLOGGER_JSON, folder(tmp_path, {"posts.json": json.dumps(value)}))
    (made,) = found.posts
    assert (made.id, made.title, made.comments) == ("5", "T", 4)
    assert found.set_aside == Counter({"draft": 1})


@pytest.mark.parametrize(
    ("value", "identifier"),
    [
        (API, "5"),
        ({"entry": item()}, f"{BLOG}.post-2"),
        ({"feed": {"id": {"$t": BLOG}, "entry": {}}, "entry": item()}, f"{BLOG}.post-2"),
    ],
)
def test_one_post_alone(tmp_path: Path, value: dict[str, Any], identifier: str) -> None:
    tree = folder(tmp_path, {"post.json": json.dumps(value)})
    why = Recognition(1.0, tree.names, "")
    (post,) = BLOGGER_JSON.read(tree, why).posts
    assert (post.id, post.title) == (identifier, API["title"] if value is API else "T & U")


def test_what_else_the_api_gives_is_no_post(tmp_path: Path) -> None:
    items = [API, API | {"kind": "blogger#page"}, API | {"published": "soon"}]
    content = json.dumps({"kind": "blogger#postList", "items": items})
    found = read(BLOGGER_JSON, folder(tmp_path, {"posts.json": content}))
    assert [post.id for post in found.posts] == ["5"]
    assert found.set_aside == Counter({"page": 1, "no date": 1})


@pytest.mark.parametrize("kind", ["html", "xhtml"])
def test_a_title_in_html_in_json_is_told_as_words(tmp_path: Path, kind: str) -> None:
    written = item(title={"type": kind, "$t": "T <i>&amp;</i> U"})
    (post,) = read(BLOGGER_JSON, folder(tmp_path, {"p.json": json.dumps(feed(written))})).posts
    assert post.title == "T & U"


@given(damaged(json.dumps(feed(item())).encode()) | distorted(feed(item(), total=4)))
@settings(deadline=None)
def test_wild_answers_are_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(BLOGGER_JSON, "posts.json", content)


def test_a_real_feed_in_json() -> None:
    path = shared("exports/native_samples/feeds/blogger_gdata.json")
    (post,) = read(BLOGGER_JSON, Tree.at(path)).posts
    assert post.when == at("2012-05-07T18:30:00-07:00")
    assert (post.title, post.comments) == ("Post 14", 3)
