from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_exports import (
    assert_rows_or_input_error,
    assert_same_when_zipped,
    broken,
    changed,
    folder,
    read,
    shared,
)

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.base import Extract
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


def labelled(uri: str, seconds: int, **values: str) -> dict[str, Any]:
    labels: list[dict[str, Any]] = [{"label": "Media", "media": [medium(uri, seconds - 30)]}]
    labels += [{"label": label, "value": value} for label, value in values.items()]
    return {"timestamp": seconds, "label_values": labels, "fbid": uri}


def read_all(tmp_path: Path, files: dict[str, Any]) -> Extract:
    written = {name: json.dumps(value) for name, value in files.items()}
    return read(INSTAGRAM, folder(tmp_path, written))


def test_newer_posts_with_labelled_values(tmp_path: Path) -> None:
    labels = [
        {"label": "Untertitel", "value": "words"},
        {"label": "URL", "value": "https://www.instagram.com/p/x/"},
        {"label": "Link", "href": "https://b.example/p/"},
    ]
    record = {"timestamp": AT, "media": [{"uri": "a.jpg"}], "label_values": labels}
    (post,) = read(INSTAGRAM, folder(tmp_path, {NAME: json.dumps([record])})).posts
    assert (post.when, post.text, post.links) == (at(AT), "words", ("https://b.example/p/",))


def test_posts_that_stand_again_with_labels_count_once_and_drafts_never(tmp_path: Path) -> None:
    base = "your_instagram_activity/media/"
    files = {
        f"{base}posts_1.json": [{"media": [medium("p/1.jpg", AT, "one")]}],
        f"{base}reels.json": {"ig_reels_media": [{"media": [medium("p/2.mp4", AT + 5, "two")]}]},
        f"{base}posts.json": [
            labelled("p/1.jpg", AT + 30, Draft="False"),
            labelled("p/2.mp4", AT + 35, Draft="False"),
            labelled("p/3.jpg", AT + 60, Draft="False", Caption="three"),
            labelled("p/4.jpg", AT + 90, Draft="True"),
            labelled("p/5.jpg", AT + 99),
        ],
        f"{base}archived_posts.json": {
            "ig_archived_post_media": [{"media": [medium("p/5.jpg", AT)]}]
        },
    }
    extract = read_all(tmp_path, files)
    assert sorted((post.text, post.when) for post in extract.posts) == [
        ("one", at(AT)),
        ("three", at(AT + 60)),
        ("two", at(AT + 5)),
    ]
    assert extract.set_aside == Counter({"duplicate": 3, "draft": 1, "archived": 1})
    assert extract.notes[0].startswith("1 of the posts stand in posts.json only")


def test_the_export_before_2021_holds_all_in_one_file(tmp_path: Path) -> None:
    def old(path: str, taken_at: str, caption: str = "") -> dict[str, str]:
        return {"path": path, "taken_at": taken_at, "caption": caption, "location": "x"}

    content = {
        "photos": [
            old("photos/a.jpg", "2018-05-08T01:30:00", "caf\xc3\xa9 https://b.example/"),
            old("photos/b.jpg", "2018-05-08T01:30:00", "caf\xc3\xa9 https://b.example/"),
            old("photos/c.jpg", "2018-05-09T01:30:00+00:00"),
            old("photos/d.jpg", "0001-05-09T01:30:00"),
            old("photos/e.jpg", "2018-05-09"),
            {"path": "photos/f.jpg"},
            {"taken_at": "2018-05-09T01:30:00"},
        ],
        "videos": [old("videos/a.mp4", "2018-06-08T01:30:00", "moving")],
        "stories": [old("stories/a.jpg", "2018-07-08T01:30:00")],
        "profile": [old("profile/a.jpg", "2018-08-08T01:30:00")],
        "direct": [old("direct/a.jpg", "2018-09-08T01:30:00")],
    }
    extract = read_all(tmp_path, {"media.json": content, "messages.json": [{"x": 1}]})
    assert [(post.text, post.pointer) for post in extract.posts] == [
        ("café https://b.example/", "photos, item 1"),
        ("", "photos, item 3"),
        ("moving", "videos, item 1"),
        ("", "stories, item 1"),
    ]
    assert extract.posts[0].when == dt.datetime(2018, 5, 8, 1, 30, tzinfo=dt.UTC)
    assert extract.posts[0].links == ("https://b.example/",)
    assert extract.set_aside == Counter(
        {
            "uploaded together with another": 1,
            "impossible date": 2,
            "no date": 1,
            "no content": 1,
        }
    )


def marked(uri: str, seconds: int, app: str = "FB") -> dict[str, Any]:
    return {"media": [{**medium(uri, seconds), "cross_post_source": {"source_app": app}}]}


def test_facebooks_mark_tells_where_a_picture_came_from_if_not_all_bear_it(tmp_path: Path) -> None:
    some = [marked("x.jpg", AT), SINGLE, marked("c.jpg", AT + 9, "Other")]
    found = read_all(tmp_path / "some", {NAME: some})
    assert [post.shared_from for post in found.posts] == ["facebook", "", ""]
    every = read_all(tmp_path / "every", {NAME: [marked("a.jpg", AT), marked("b.jpg", AT + 1)]})
    assert [post.shared_from for post in every.posts] == ["", ""]
    assert [note for note in every.notes if "cross_post_source" in note]
    assert not [note for note in found.notes if "cross_post_source" in note]


def test_keys_never_seen_before_are_told(tmp_path: Path) -> None:
    record = {"media": [{**medium("a.jpg", AT), "mood": 1}], "rank": 2}
    extract = read_all(tmp_path, {NAME: [record]})
    assert extract.drift == Counter({"posts_*.json: media.mood": 1, "posts_*.json: rank": 1})


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


def test_all_that_the_public_sees_is_read_under_every_path(tmp_path: Path) -> None:
    files = {
        "content/posts_1.json": [SINGLE],
        "content/posts_2.json": [CAROUSEL],
        "content/stories.json": {"ig_stories": [medium("s.jpg", AT), medium("t.jpg", AT + 1)]},
        "content/archived_posts.json": {"ig_archived_post_media": [{"media": [medium("z", AT)]}]},
        "content/reels.json": {"ig_reels_media": [{"media": [medium("r.mp4", AT + 3, "reel")]}]},
        "content/igtv_videos.json": {"ig_igtv_media": [{"media": [medium("i.mp4", AT + 4)]}]},
        "content/other_content.json": {"ig_other_media": [{"media": [medium("o.mp4", AT + 5)]}]},
        "content/profile_photos.json": {"ig_profile_picture": [medium("me.jpg", AT)]},
        "messages/inbox/sam_1/message_1.json": {"messages": [{"content": "no"}]},
    }
    tree = folder(tmp_path, {name: json.dumps(value) for name, value in files.items()})
    extract = read(INSTAGRAM, tree)
    members = Counter(post.member.removeprefix("content/") for post in extract.posts)
    assert members == Counter(
        {"posts_1.json": 1, "posts_2.json": 1, "stories.json": 2, "reels.json": 1}
        | {"igtv_videos.json": 1}
    )
    assert {post.kind for post in extract.posts} == {"photo"}
    assert extract.set_aside == Counter({"archived": 1, "not known to be published": 1})
    assert "2 of the posts are stories, which the public sees for 24 hours." in extract.notes
    assert "No posts of the profile, so not read: profile_photos.json." in extract.notes
    assert FACEBOOK.recognise(tree) is None


def test_an_export_without_posts_or_stories_is_no_error(tmp_path: Path) -> None:
    reels = {"ig_reels_media": [{"media": [medium("r.mp4", AT)]}]}
    assert len(read_all(tmp_path, {"your_instagram_activity/media/reels.json": reels}).posts) == 1


def test_a_broken_file_among_several_is_a_problem(tmp_path: Path) -> None:
    files = {
        "content/posts_1.json": json.dumps([SINGLE]),
        "content/posts_2.json": json.dumps([CAROUSEL])[:-9],
        "content/stories.json": json.dumps({"ig_stories": {}}),
    }
    extract = read(INSTAGRAM, folder(tmp_path, files))
    assert len(extract.posts) == 1
    assert [(problem.kind, problem.file) for problem in extract.problems] == [
        ("corrupt", "raw/content/posts_2.json"),
        ("corrupt", "raw/content/stories.json"),
    ]


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


OLD = {"photos": [{"path": "a.jpg", "taken_at": "2018-05-08T01:30:00", "caption": "x"}]}


@settings(deadline=None, max_examples=60)
@given(content=broken(json.dumps(OLD).encode()))
def test_a_damaged_old_export_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(INSTAGRAM, "media.json", content)


@settings(deadline=None, max_examples=60)
@given(content=broken(json.dumps({"ig_stories": [medium("s.jpg", AT, "é")]}).encode()))
def test_a_damaged_list_of_stories_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(INSTAGRAM, "content/stories.json", content)


@settings(deadline=None, max_examples=80)
@given(content=broken(json.dumps([SINGLE, CAROUSEL]).encode()))
def test_a_damaged_export_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(INSTAGRAM, NAME, content)


KEYS = ("ig_stories", "ig_reels_media", "ig_archived_post_media")


@pytest.mark.parametrize(
    ("sample", "posts", "aside"),
    [
        ("native_samples/instagram/old_2021", 4, {"archived": 1}),
        ("native_samples/instagram/2024", 4, {"archived": 1}),
        ("native_samples/instagram/2025", 4, {"archived": 1}),
        ("native_samples/instagram", 4, {"archived": 1, "duplicate": 10}),
        ("parser_fixtures/instagram", 4, {}),
    ],
)
def test_the_sample_exports(sample: str, posts: int, aside: dict[str, int], tmp_path: Path) -> None:
    tree = Tree.at(shared(f"exports/{sample}"))
    extract = read(INSTAGRAM, tree)
    assert len(extract.posts) == posts
    assert extract.set_aside == Counter(aside)
    assert extract.drift == Counter()
    assert extract.problems == ()
    records = 0
    for name in tree.names:
        value = json.loads(tree.bytes(name))
        lists = [value] if isinstance(value, list) else [value[key] for key in KEYS if key in value]
        records += sum(map(len, lists))
    assert records == posts + sum(aside.values())
    feed = [post for post in extract.posts if "posts_1" in post.member]
    assert {post.when.year for post in feed} == {2012}
    native = sample.startswith("native")
    assert [bool(post.shared_from) for post in feed[:2]] == [native, False]
    assert_same_when_zipped(INSTAGRAM, tree, tmp_path / "raw.zip")


SHAPES: dict[str, Any] = {
    NAME: [SINGLE, CAROUSEL, marked("m.jpg", AT)],
    "your_instagram_activity/media/posts.json": [labelled("l.jpg", AT, Draft="False", Text="x")],
    "content/reels.json": {"ig_reels_media": [{"media": [medium("r.mp4", AT)]}]},
    "media.json": OLD,
}


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_posts_of_any_shape_give_rows_or_one_clear_error(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SHAPES)))
    value = data.draw(changed(SHAPES[name]))
    assert_rows_or_input_error(INSTAGRAM, name, json.dumps(value).encode())
