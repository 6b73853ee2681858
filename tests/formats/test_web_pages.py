"""Exports as web pages are told what to ask for instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.registry import read_posts

META = '<html><head><title>{}</title></head><body class="_5vb_ _2yq"><div class="_a6-g">'
PAGES = {
    "Your archive.html": ("<!doctype html><title>Your archive</title>", "data/tweets.js"),
    "your_posts__check_ins__photos_and_videos_1.html": (META.format("Your posts"), "ask Facebook"),
    "your_facebook_activity/comments.html": (META.format("Comments"), "ask Facebook"),
    "content/posts_1.html": (META.format("Posts"), "ask Instagram"),
    "your_instagram_activity/stories.html": (META.format("Stories"), "ask Instagram"),
    "start_here.html": ("<html><title>Your Instagram information</title>", "ask Instagram"),
    "me.html": ("<!DOCTYPE html>\n<html><title>Activity | Me | LinkedIn</title>", "ask LinkedIn"),
}


@pytest.mark.parametrize("name", PAGES)
def test_an_export_of_web_pages_is_told_what_to_ask_for(tmp_path: Path, name: str) -> None:
    content, said = PAGES[name]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_posts(Tree.at(tmp_path, "raw/x"))
    (problem,) = caught.value.problems
    assert (problem.kind, problem.file) == ("unknown", f"raw/x/{name}")
    assert said in problem.expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("blog.html", "<html><title>Why I left Facebook</title>Instagram LinkedIn</html>"),
        ("twitter.html", "<html><title>My Twitter year</title></html>"),
        ("start_here.html", "Facebook"),
        ("linkedin.html", "<html><title>How LinkedIn works</title></html>"),
    ],
)
def test_a_page_about_a_network_is_no_export(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match="found no known format"):
        read_posts(Tree.at(tmp_path, "raw/x"))


def test_an_archive_that_is_read_has_its_page_too(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/tweets.js").write_text("window.YTD.tweets.part0 = []")
    (tmp_path / "Your archive.html").write_text("<html><title>Your archive</title>")
    reading = read_posts(Tree.at(tmp_path, "raw/x"))
    assert reading.problems == ()
    (tmp_path / "me.html").write_text("<html><title>Posts | LinkedIn</title>")
    (problem,) = read_posts(Tree.at(tmp_path, "raw/x")).problems
    assert (problem.kind, problem.file) == ("unknown", "raw/x/me.html")
