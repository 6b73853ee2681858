from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from network_exports import (
    assert_rows_or_input_error,
    assert_same_when_zipped,
    broken,
    folder,
    read,
    shared,
)

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.facebook import FACEBOOK
from analysis.formats.instagram import INSTAGRAM

NAME = "your_instagram_activity/media/posts_1.json"
AT = 1336440600  # 2012-05-08 01:30:00 UTC


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def medium(uri: str, seconds: int, title: str = "") -> dict[str, Any]:
    written = title.encode().decode("latin-1")
    return {"uri": uri, "creation_timestamp": seconds, "title": written}


SINGLE = {"media": [medium("a.jpg", AT, "légende 😀 https://b.example/p/")]}
CAROUSEL = {
    "media": [medium("b.jpg", AT + 1, "not this"), medium("c.jpg", AT + 2)],
    "title": "on the post",
    "creation_timestamp": AT + 60,
}


def test_time_and_caption_are_on_the_medium_or_on_the_post(tmp_path: Path) -> None:
    extract = read(INSTAGRAM, folder(tmp_path, {NAME: json.dumps([SINGLE, CAROUSEL])}))
    single, carousel = extract.posts
    assert (single.when, single.text) == (at(AT), "légende 😀 https://b.example/p/")
    assert single.links == ("https://b.example/p/",)
    assert (carousel.when, carousel.text) == (at(AT + 60), "on the post")
    assert [post.kind for post in extract.posts] == ["photo", "photo"]
    assert (single.reactions, single.comments, single.shares, single.views) == (None,) * 4
    assert (carousel.member, carousel.pointer) == (NAME, "item 2")


def test_what_is_missing_in_one_place_is_taken_from_the_other(tmp_path: Path) -> None:
    records = [
        {"media": [{"uri": "a.jpg"}], "title": "words", "creation_timestamp": AT},
        {"media": [medium("b.jpg", AT + 5, "first"), medium("c.jpg", AT + 6)]},
    ]
    posts = read(INSTAGRAM, folder(tmp_path, {NAME: json.dumps(records)})).posts
    assert [(post.when, post.text) for post in posts] == [(at(AT), "words"), (at(AT + 5), "first")]


def test_newer_posts_with_labelled_values(tmp_path: Path) -> None:
    labels = [{"label": "Untertitel", "value": "words"}]
    record = {"timestamp": AT, "media": [{"uri": "a.jpg"}], "label_values": labels}
    (post,) = read(INSTAGRAM, folder(tmp_path, {NAME: json.dumps([record])})).posts
    assert (post.when, post.text) == (at(AT), "words")


def test_what_is_no_post_is_set_aside_by_reason(tmp_path: Path) -> None:
    records = [
        SINGLE,
        SINGLE,
        {"media": []},
        {"media": [{"uri": "x.jpg"}]},
        {"media": [medium("y.jpg", 0)]},
        None,
    ]
    extract = read(INSTAGRAM, folder(tmp_path, {NAME: json.dumps(records)}))
    assert len(extract.posts) == 1
    assert extract.set_aside == Counter(
        {"no content": 2, "duplicate": 1, "no date": 1, "impossible date": 1}
    )


def test_posts_are_read_under_every_path_and_other_files_are_not(tmp_path: Path) -> None:
    stories = {"ig_stories": [medium("s.jpg", AT)]}
    files = {
        "content/posts_1.json": [SINGLE],
        "content/posts_2.json": [CAROUSEL],
        "content/stories.json": stories,
        "content/archived_posts.json": {"ig_archived_post_media": [SINGLE]},
        "content/reels.json": {"ig_reels_media": [CAROUSEL]},
    }
    tree = folder(tmp_path, {name: json.dumps(value) for name, value in files.items()})
    assert len(read(INSTAGRAM, tree).posts) == 2
    assert FACEBOOK.recognise(tree) is None


def test_one_file_of_any_name_is_known_by_its_content(tmp_path: Path) -> None:
    folder(tmp_path, {"instagram.json": json.dumps([SINGLE])})
    assert len(read(INSTAGRAM, Tree.at(tmp_path / "instagram.json")).posts) == 1


def test_an_export_as_web_pages_says_what_to_ask_for_instead(tmp_path: Path) -> None:
    tree = folder(tmp_path, {"content/posts_1.html": "<!DOCTYPE html><html></html>"})
    with pytest.raises(InputError, match="ask Instagram for JSON") as caught:
        read(INSTAGRAM, tree)
    assert caught.value.problems[0].kind == "unknown"


def test_a_file_cut_short_is_corrupt_at_its_place(tmp_path: Path) -> None:
    tree = folder(tmp_path, {NAME: json.dumps([SINGLE], indent=1)[:-2]})
    with pytest.raises(InputError, match=r"posts_1\.json, line \d+, column \d+: .*cut short"):
        read(INSTAGRAM, tree)


def test_folder_and_zip_give_the_same_rows(tmp_path: Path) -> None:
    tree = folder(tmp_path / "raw", {NAME: json.dumps([SINGLE, CAROUSEL])})
    assert_same_when_zipped(INSTAGRAM, tree, tmp_path / "raw.zip")


@settings(deadline=None, max_examples=80)
@given(content=broken(json.dumps([SINGLE, CAROUSEL]).encode()))
def test_a_damaged_export_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(INSTAGRAM, NAME, content)


@pytest.mark.parametrize(
    ("sample", "posts", "duplicates"),
    [
        ("native_samples/instagram/old_2021", 2, 0),
        ("native_samples/instagram/2024", 2, 0),
        ("native_samples/instagram/2025", 2, 0),
        ("native_samples/instagram", 2, 4),
        ("parser_fixtures/instagram", 4, 0),
    ],
)
def test_the_sample_exports(sample: str, posts: int, duplicates: int, tmp_path: Path) -> None:
    tree = Tree.at(shared(f"exports/{sample}"))
    extract = read(INSTAGRAM, tree)
    assert len(extract.posts) == posts
    assert extract.set_aside["duplicate"] == duplicates
    assert {post.when.year for post in extract.posts} == {2012}
    assert_same_when_zipped(INSTAGRAM, tree, tmp_path / "raw.zip")
