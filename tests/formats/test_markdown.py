from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from blog_exports import at, damaged, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read, shared

from analysis.files import Tree
from analysis.formats.base import Post
from analysis.formats.markdown import MARKDOWN

BODY = """
Words with [a link](https://a.example/x "title") and <https://b.example/>,
a bare https://c.example/y, and [one by name][d].

[d]: https://d.example/

<p>HTML, <a href="/e">too</a></p>
"""


def only(root: Path, name: str, content: str | bytes) -> Post:
    (post,) = read(MARKDOWN, folder(root, {name: content})).posts
    return post


@pytest.mark.parametrize(
    "front",
    [
        '---\ntitle: "T: a & b"\ndate: 2012-05-06 21:30:00 -0400\nslug: s\nurl: /2012/05/x/\n---\n',
        '+++\ntitle = "T: a & b"\ndate = 2012-05-06T21:30:00-04:00\n'
        'slug="s"\nurl="/2012/05/x/"\n+++\n',
        '{"title": "T: a & b", "date": "2012-05-06T21:30:00-04:00",'
        ' "slug": "s", "url": "/2012/05/x/"}\n',
    ],
)
def test_a_post_in_each_kind_of_front_matter(tmp_path: Path, front: str) -> None:
    post = only(tmp_path, "posts/x.md", front + BODY)
    assert post.when == at("2012-05-06T21:30:00-04:00")
    assert isinstance(post.when, dt.datetime)
    assert post.when.utcoffset() == dt.timedelta(hours=-4)
    assert (post.kind, post.id, post.url, post.member) == ("post", "s", "/2012/05/x/", "posts/x.md")
    assert post.text.startswith("T: a & b\nWords with a link and https://b.example/,\na bare")
    assert post.links == (
        "https://a.example/x",
        "https://b.example/",
        "https://d.example/",
        "/e",
        "https://c.example/y",
    )
    assert post.comments is None


@pytest.mark.parametrize(
    ("date", "when"),
    [
        ("2012-05-06", dt.date(2012, 5, 6)),
        ("'2012-05-06'", dt.date(2012, 5, 6)),
        ("2012-05-06 21:30:00", dt.datetime(2012, 5, 6, 21, 30)),
        ("2012-05-06 21:30", dt.datetime(2012, 5, 6, 21, 30)),
        ("2012-05-06T21:30:00Z", at("2012-05-06T21:30:00+00:00")),
        ("2012-05-06 21:30:00 +0530", at("2012-05-06T21:30:00+05:30")),
        ("2012-05-06T21:30:00+05:30 # local", at("2012-05-06T21:30:00+05:30")),
    ],
)
def test_yaml_dates_keep_their_own_clock(
    tmp_path: Path, date: str, when: dt.date | dt.datetime
) -> None:
    found = only(tmp_path, "a.md", f"---\ndate: {date}\n---\nx").when
    assert type(found) is type(when)
    assert found == when
    if isinstance(found, dt.datetime) and isinstance(when, dt.datetime):
        assert found.utcoffset() == when.utcoffset()


@pytest.mark.parametrize(
    ("date", "when"),
    [
        ("2012-05-06", dt.date(2012, 5, 6)),
        ("2012-05-06T21:30:00", dt.datetime(2012, 5, 6, 21, 30)),
        ('"2012-05-06T21:30:00Z"', at("2012-05-06T21:30:00+00:00")),
    ],
)
def test_toml_dates(tmp_path: Path, date: str, when: dt.date | dt.datetime) -> None:
    found = only(tmp_path, "a.md", f"+++\ndate = {date}\n+++\nx").when
    assert type(found) is type(when)
    assert found == when


def test_jekyll_s_dates_stand_in_the_name(tmp_path: Path) -> None:
    found = read(
        MARKDOWN,
        folder(
            tmp_path,
            {
                "_posts/2012-05-06-a-post.md": "---\ntitle: 2012\n---\nx",
                "_posts/2012-05-07-plain.markdown": "# no front matter",
                "_posts/2012-05-08-moved.md": "---\ndate: 2012-06-01 10:00\n---\n",
                "_posts/2012-05-09-imported.html": "---\ntitle: I\n---\n<p>a <b>b</b></p>",
                "content/2012-05-10-bundle/index.md": "---\ntitle: B\n---\n",
                "_layouts/default.html": "---\nlayout: base\n---\n{{ content }}",
                "_site/2012/05/06/a-post.html": "<html></html>",
                "archetypes/default.md": "---\ndate: {{ .Date }}\n---\n",
            },
        ),
    )
    assert [(post.id, post.when) for post in found.posts] == [
        ("a-post", dt.date(2012, 5, 6)),
        ("plain", dt.date(2012, 5, 7)),
        ("moved", dt.datetime(2012, 6, 1, 10)),
        ("imported", dt.date(2012, 5, 9)),
        ("bundle", dt.date(2012, 5, 10)),
    ]
    assert found.posts[0].text == "2012\nx"
    assert found.posts[3].text == "I\na b"
    assert found.set_aside == Counter()
    assert (found.since, found.exported_at) == (None, None)


def test_what_is_not_a_public_post_is_set_aside(tmp_path: Path) -> None:
    posts = {
        "posts/real.md": "---\ndate: 2012-05-06\ndraft: false\npublished: true\n---\n",
        "posts/toml.md": "+++\ndate = 2012-05-06\ndraft = true\n+++\n",
        "posts/yaml.md": "---\ndate: 2012-05-06\nDraft: yes\n---\n",
        "posts/json.md": '{"date": "2012-05-06", "draft": true}\n',
        "_drafts/idea.md": "---\ntitle: idea\n---\n",
        "posts/hidden.md": "---\ndate: 2012-05-06\npublished: false\n---\n",
        "posts/_index.md": "---\ntitle: Posts\ndate: 2012-05-06\n---\n",
        "README.md": "# My blog",
        "about.md": "---\ntitle: About\n---\n",
        "contact.md": "---\nlayout: page\ndate: 2012-05-06\n---\n",
        "odd.md": "---\ndate: early in May\n---\n",
    }
    found = read(MARKDOWN, folder(tmp_path, posts))
    assert [post.member for post in found.posts] == ["posts/real.md"]
    assert found.set_aside == Counter({"draft": 4, "unpublished": 1, "page": 3, "no date": 2})


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("permalink: /2012/x.html", "/2012/x.html"),
        ("permalink: /:year/:title/", ""),
        ("canonicalURL: https://blog.example/x", "https://blog.example/x"),
        ("canonical_url: https://blog.example/x", "https://blog.example/x"),
        ("aliases: [/old/]", ""),
        ("url: [1, 2]", ""),
        ("url: ~", ""),
    ],
)
def test_addresses(tmp_path: Path, line: str, url: str) -> None:
    post = only(tmp_path, "a.md", f"---\ndate: 2012-05-06\n{line}\n---\n")
    assert post.url == url


def test_one_file_a_zip_and_other_line_ends(tmp_path: Path) -> None:
    windows = "---\r\ntitle: café\r\ndate: 2012-05-06\r\n---\r\nx\r\ny"
    tree = folder(
        tmp_path / "raw",
        {
            "a.md": windows.encode("utf-8-sig"),
            "b.md": "---\ndate: 2012-05-07\n...\nends with dots".encode("utf-16"),
            "picture.jpg": b"\xff\xd8",
        },
    )
    first, second = read(MARKDOWN, tree).posts
    assert first.text == "café\nx\ny"
    assert second.text == "ends with dots"
    assert_same_when_zipped(MARKDOWN, tree, tmp_path / "raw.zip")
    single = Tree.at(tmp_path / "raw" / "a.md", "raw/a.md")
    assert [post.id for post in read(MARKDOWN, single).posts] == ["a"]


def test_markdown_that_is_no_blog_is_not_recognized(tmp_path: Path) -> None:
    files = {
        "README.md": "# readme\n---\nrule: no\n---\n",
        "doc/rule.md": "---\n\nA rule, then text.\n",
        "index.html": "---\ntitle: x\n---\n",
        "data.json": '{"a": 1}',
    }
    assert MARKDOWN.recognise(folder(tmp_path, files)) is None


def test_a_rule_at_the_top_of_a_page_is_not_front_matter(tmp_path: Path) -> None:
    files = {"a.md": "---\ndate: 2012-05-06\n---\n", "notes.md": "---\n\nA rule, then text.\n"}
    found = read(MARKDOWN, folder(tmp_path, files))
    assert (len(found.posts), found.set_aside) == (1, Counter({"no date": 1}))


@pytest.mark.parametrize(
    ("content", "place", "expected"),
    [
        ("---\ntitle: x\ndate: 2012-05-06\n", "line 1", "expected front matter that ends with ---"),
        ("---\ntitle: a\nx: 'b\n---\n", "line ", "expected YAML: "),
        ("---\ntitle: a: b\n---\n", "line 2", "expected YAML: "),
        ("---\ntitle: !!python/name:os.system\n---\n", "line 2", "expected YAML: "),
        ("---\ntitle: &x [*x, *y]\n---\n", "line 2", "expected YAML: "),
        ("---\ntitle: \x01\n---\n", "line 2", "expected YAML: "),
        ("---\ntitle: a\n b: c\n---\n", "line 3", "expected YAML: "),
        ("---\ntitle = 'a'\n---\n", "line 2", "expected front matter of keys"),
        ("+++\ntitle = 'a'\ndate = 2012-99-06\n+++\n", "line 3", "expected TOML: "),
        ("+++\ntitle = 'a'\n[x\n+++\n", "line 3", "expected TOML: "),
        ('{"title": "a",\n"date" "2012"}\n', "line 2", "expected JSON: "),
        ("---\ntitle: caf\xe9\n---\n".encode("latin-1"), "line 2", "expected text in UTF-8"),
    ],
)
def test_broken_front_matter_names_the_file_and_the_line(
    tmp_path: Path, content: str | bytes, place: str, expected: str
) -> None:
    problem = problem_of(MARKDOWN, tmp_path, "a.md", content)
    assert problem.kind == "corrupt"
    assert problem.place.startswith(place)
    assert problem.expected.startswith(expected)


@settings(max_examples=150, deadline=None)
@given(
    damaged(
        b"---\ntitle: 'a'\ntags: [x, &y z, *y]\ndate: 2012-05-06 21:30:00 -0400\n---\n# b\n[c](d)"
    )
)
def test_a_damaged_post_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(MARKDOWN, "2012-05-06-a.md", content)


@settings(max_examples=100, deadline=None)
@given(damaged(b'+++\ntitle = "a"\ndate = 2012-05-06T21:30:00-04:00\n[x]\ny = [1]\n+++\nb'))
def test_a_damaged_toml_post_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(MARKDOWN, "2012-05-06-a.md", content)


@settings(max_examples=100, deadline=None)
@given(damaged(b'{"title": "a", "date": "2012-05-06T21:30:00-04:00", "x": ["y"]}\nb'))
def test_a_damaged_json_post_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(MARKDOWN, "2012-05-06-a.md", content)


def test_a_real_blog() -> None:
    found = read(MARKDOWN, Tree.at(shared("exports/sanand0/blog_md_sample")))
    assert len(found.posts) == 8
    assert found.set_aside == Counter()
    assert found.posts[0].when == at("2025-03-04T11:13:55+00:00")
    assert found.posts[0].id == "a-challenge-of-blog-questions"
    assert "https://en.wikipedia.org/wiki/T._N._Seshan" in found.posts[0].links


PELICAN = "Title: T & U\nDate: 2012-05-06 21:30\nTags: a, b\nSlug: s\nStatus: {}\n\nWords\n"
RST = """T & U
#####

:date: 2012-05-06 21:30
:tags: a, b
:slug: s
:status: {}

Words and `a link <https://a.example/>`_
"""


@pytest.mark.parametrize(("name", "content"), [("x.md", PELICAN), ("x.rst", RST)])
def test_pelican_s_posts(tmp_path: Path, name: str, content: str) -> None:
    for line_end in ("\n", "\r\n"):
        text = content.format("published").replace("\n", line_end)
        post = only(tmp_path, f"content/{name}", text.encode())
        assert post.when == dt.datetime(2012, 5, 6, 21, 30)
        assert (post.id, post.title) == ("s", "T & U")
        assert post.text.startswith("T & U\nWords")
    for status in ("draft", "hidden"):
        found = read(MARKDOWN, folder(tmp_path, {f"content/{name}": content.format(status)}))
        assert found.set_aside == Counter({status: 1})


def test_links_in_restructured_text(tmp_path: Path) -> None:
    post = only(tmp_path, "content/x.rst", RST.format("published"))
    assert post.links == ("https://a.example/",)


@pytest.mark.parametrize(
    "content",
    [
        "Title\n=====\n\nNo fields here\n",
        "Usage:\n    run it\n\nDate: 2012-05-06\n",
        "Words first.\nDate: 2012-05-06\n",
    ],
)
def test_text_without_metadata_at_its_head_is_no_post(tmp_path: Path, content: str) -> None:
    for name in ("docs/usage.md", "docs/usage.rst"):
        assert MARKDOWN.recognise(folder(tmp_path / name, {name: content})) is None


def test_drafts_of_hugo_and_in_folders(tmp_path: Path) -> None:
    good = "---\ntitle: t\ndate: 2012-05-06\n---\n"
    files: dict[str, str | bytes] = {
        "content/a.md": good,
        "content/drafts/b.md": good,
        "content/c.md": good.replace("title: t", "draft: true"),
        "content/d.md": "+++\ndraft = true\ndate = 2012-05-06\n+++\n",
        "content/e.md": '{"draft": true, "date": "2012-05-06"}\n',
        "_drafts/f.md": good,
    }
    found = read(MARKDOWN, folder(tmp_path, files))
    assert [post.member for post in found.posts] == ["content/a.md"]
    assert found.set_aside == Counter({"draft": 5})


def test_a_corrupt_post_among_several_is_named(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.md": "---\ntitle: t\ndate: 2012-05-06\n---\n",
        "b.md": "---\ntitle: [t\ndate: 2012-05-06\n---\n",
        "c.md": b"---\ntitle: \xff\xfe\n---\n",
    }
    found = read(MARKDOWN, folder(tmp_path, files))
    assert [post.title for post in found.posts] == ["t"]
    assert [problem.file for problem in found.problems] == ["raw/b.md", "raw/c.md"]


def test_publicize_s_marks_come_along_to_jekyll(tmp_path: Path) -> None:
    front = "---\ntitle: t\ndate: 2012-05-06\nmeta:\n  {}: '1'\n---\n"
    files: dict[str, str | bytes] = {
        "a.md": front.format("_wpas_done_twitter"),
        "b.md": front.format("_wpas_done_1752093"),
    }
    found = read(MARKDOWN, folder(tmp_path, files))
    assert [post.shared_to for post in found.posts] == [("twitter",), ()]
    assert found.notes[0].startswith("1 post(s) were passed on by WordPress")


@given(damaged(PELICAN.format("published").encode()))
@settings(deadline=None)
def test_a_damaged_pelican_post_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(MARKDOWN, "x.md", content)


@given(damaged(RST.format("published").encode()))
@settings(deadline=None)
def test_a_damaged_rst_post_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(MARKDOWN, "x.rst", content)


@pytest.mark.parametrize(
    ("content", "title", "text"),
    [
        ("=====\nT & U\n=====\n:date: 2012-05-06\n\nWords\n", "T & U", "Words"),
        ("T & U\n\n:date: 2012-05-06\n\nWords\n", "T & U", "Words"),
        (":date: 2012-05-06\n:title: V\n\nWords\n", "V", "Words"),
        ("T\n=\n:date: 2012-05-06\n:tags: a,\n  b\n:slug: s\n\nWords\n", "T", "Words"),
        ("Go\n==  \n\n:date: 2012-05-06\n\nWords\n", "Go", "Words"),
    ],
)
def test_titles_and_fields_of_restructured_text(
    tmp_path: Path, content: str, title: str, text: str
) -> None:
    post = only(tmp_path, "content/a.rst", content)
    assert (post.title, post.when) == (title, dt.date(2012, 5, 6))
    assert post.text.splitlines()[-1] == text
