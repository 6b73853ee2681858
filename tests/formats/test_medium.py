from __future__ import annotations

from collections import Counter
from pathlib import Path

from blog_exports import at, damaged, problem_of, rows_or_problem
from hypothesis import given, settings
from network_exports import assert_same_when_zipped, folder, read

from analysis.formats.medium import MEDIUM
from analysis.formats.registry import POSTS, recognise

NAME = "posts/2019-01-09_Chewing---the-feed-4fce463790f9.html"


def story(
    title: str = "T &amp; U",
    heading: str = "<h3 class='graf graf--title'>T &amp; U</h3>",
    when: str = "2019-01-09T06:16:00.766Z",
) -> str:
    """Return a story as Medium exports it."""
    by = (
        '<p>By <a href="https://medium.com/@me" class="p-author h-card">Me</a> on '
        f'<a href="https://medium.com/p/4f"><time class="dt-published" datetime="{when}">x</time>'
        '</a>.</p><p><a href="https://medium.com/@me/chewing-4fce463790f9" class="p-canonical">'
        "Canonical link</a></p>"
    )
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title><style>* {{}}</style></head><body>"
        f'<article class="h-entry">\n<header>\n<h1 class="p-name">{title}</h1>\n</header>'
        f'<section data-field="body" class="e-content">{heading}<p>Words on '
        f'<a href="https://a.example/">a</a></p></section>\n<footer>{by if when else ""}'
        '<p>Exported from <a href="https://medium.com">Medium</a> on April 12, 2019.</p></footer>'
        "</article></body></html>"
    )


def test_a_story(tmp_path: Path) -> None:
    tree = folder(tmp_path / "raw", {NAME: story(), "README.html": "<html>x</html>"})
    found = read(MEDIUM, tree)
    (post,) = found.posts
    assert post.when == at("2019-01-09T06:16:00.766+00:00")
    assert (post.kind, post.id, post.title) == ("post", "4fce463790f9", "T & U")
    assert post.url == "https://medium.com/@me/chewing-4fce463790f9"
    assert post.text == "T & U\nT & U\nWords on a"
    assert post.links == ("https://a.example/",)
    assert post.member == NAME
    assert found.exported_at == at("2019-04-12T12:00:00+00:00")
    assert (found.since, found.notes) == (None, ())
    assert_same_when_zipped(MEDIUM, tree, tmp_path / "x.zip")


def test_drafts_and_responses_are_set_aside_where_told(tmp_path: Path) -> None:
    found = read(
        MEDIUM,
        folder(
            tmp_path,
            {
                NAME: story(),
                "posts/draft_Later-0a1b2c3d4e5f.html": story(when=""),
                "posts/2019-01-10_-0a1b2c3d4e50.html": story(title=""),
                "posts/2019-01-11_Lost-0a1b2c3d4e51.html": story(when=""),
                "posts/2019-01-12_Thanks-0a1b2c3d4e52.html": story("Thanks", heading=""),
            },
        ),
    )
    assert [post.title for post in found.posts] == ["T & U", "Thanks"]
    assert found.set_aside == Counter({"draft": 1, "response": 1, "no date": 1})
    assert found.notes == (
        "1 of the stories have no heading in their text, as responses to others have none; "
        "Medium's export does not tell them apart, so they count as posts.",
    )


def test_a_cut_story_is_corrupt_and_the_others_are_read(tmp_path: Path) -> None:
    problem = problem_of(MEDIUM, tmp_path / "one", NAME, story()[:-60])
    assert problem.kind == "corrupt"
    cut = NAME.replace("09_", "08_")
    found = read(MEDIUM, folder(tmp_path / "two", {NAME: story(), cut: story()[:400]}))
    assert len(found.posts) == 1
    assert [problem.file for problem in found.problems] == [f"raw/{cut}"]


def test_other_pages_are_not_recognized(tmp_path: Path) -> None:
    other = '<html><time class="dt-published" datetime="2019-01-09">x</time></html>'
    assert recognise(folder(tmp_path, {NAME: other}), POSTS) is None


@given(damaged(story().encode()))
@settings(deadline=None)
def test_a_damaged_story_is_rows_or_one_line(content: bytes) -> None:
    rows_or_problem(MEDIUM, NAME.rpartition("/")[2], content)
