from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
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

NAME = "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json"
AT = 1336440600  # 2012-05-08 01:30:00 UTC


def as_written(text: str) -> str:
    return text.encode().decode("latin-1")


def post(text: str = "", /, *attached: dict[str, Any], **more: Any) -> dict[str, Any]:
    data = [{"post": as_written(text)}] if text else []
    attachments = [{"data": [one]} for one in attached]
    return {"timestamp": AT, "data": data, "attachments": attachments, "title": "Zo", **more}


def link(url: str) -> dict[str, Any]:
    return {"external_context": {"url": url, "name": "its title"}}


def media(uri: str, **more: Any) -> dict[str, Any]:
    return {"media": {"uri": uri, "creation_timestamp": 1, **more}}


PLACE = {"place": {"name": as_written("Café"), "coordinate": {"latitude": 1, "longitude": 2}}}


def extract_of(tmp_path: Path, *posts: object, name: str = NAME) -> Extract:
    return read(FACEBOOK, folder(tmp_path, {name: json.dumps(posts)}))


@pytest.mark.parametrize(
    ("record", "kind", "text", "links"),
    [
        (post("words"), "post", "words", ()),
        (post("naïve café 😀"), "post", "naïve café 😀", ()),
        (post("see http://bit.ly/x."), "post", "see http://bit.ly/x.", ("http://bit.ly/x",)),
        (
            post("read http://bit.ly/x", link("https://b.example/p/")),
            "share",
            "read http://bit.ly/x",
            ("https://b.example/p/", "http://bit.ly/x"),
        ),
        (post("", link("https://b.example/p/")), "share", "", ("https://b.example/p/",)),
        (post("", link("javascript:alert(1)")), "post", "", ()),
        (post("", media("1.jpg")), "photo", "", ()),
        (post("", media("1.jpg", description=as_written("légende"))), "photo", "légende", ()),
        (post("look", media("1.jpg"), media("2.jpg")), "post", "look", ()),
        (post("", PLACE), "post", "", ()),
        (post("", {"text": "beside"}), "post", "beside", ()),
    ],
)
def test_what_is_in_a_post_tells_its_kind(
    tmp_path: Path, record: dict[str, Any], kind: str, text: str, links: tuple[str, ...]
) -> None:
    (found,) = extract_of(tmp_path, record).posts
    assert (found.kind, found.text, found.links) == (kind, text, links)
    assert found.when == dt.datetime(2012, 5, 8, 1, 30, tzinfo=dt.UTC)
    assert (found.reactions, found.comments, found.shares, found.views) == (None,) * 4
    assert (found.id, found.url, found.member, found.pointer) == ("", "", NAME, "item 1")


def test_newer_posts_hold_their_words_in_values_with_labels_of_any_language(
    tmp_path: Path,
) -> None:
    words = {"label": as_written("消息"), "value": as_written("À Paris")}
    place = {"label": "Ort", "dict": [{"label": "Name", "value": "Paris"}]}
    address = {"label": "URL", "value": "https://b.example/p/"}
    own = {"label": "URL", "href": "https://www.facebook.com/zoe/posts/1"}
    newer: dict[str, Any] = {"media": []}
    extract = extract_of(
        tmp_path,
        {**newer, "timestamp": AT, "label_values": [words, place]},
        {**newer, "timestamp": AT + 1, "label_values": [words, address, own], "fbid": "1"},
        {"timestamp": AT + 2, "label_values": [], "media": [{"uri": "1.jpg"}]},
        {**newer, "timestamp": AT + 3, "label_values": [place]},
    )
    assert [(one.kind, one.text, one.id) for one in extract.posts] == [
        ("post", "À Paris", ""),
        ("share", "À Paris", "1"),
        ("photo", "", ""),
        ("post", "", ""),
    ]
    assert extract.posts[1].links == ("https://b.example/p/",)
    assert extract.drift == Counter()


def test_two_exports_of_one_profile_give_each_post_once(tmp_path: Path) -> None:
    """The older one tells no ids; two posts with ids of their own are two."""
    said = [{"label": "M", "value": "words"}]
    newer = {"timestamp": AT, "media": [], "label_values": said}
    files = {
        "facebook-2023.zip/posts/your_posts_1.json": [post("words")],
        "facebook-2024.zip/your_facebook_activity/posts/your_posts_1.json": [
            {**newer, "fbid": "1"},
            {**newer, "fbid": "1"},
        ],
        "facebook-2025.zip/your_facebook_activity/posts/your_posts_1.json": [
            {**newer, "timestamp": AT + 60, "fbid": "2"},
            {**newer, "timestamp": AT + 60, "fbid": "3"},
        ],
    }
    extract = read_all(tmp_path, files)
    assert [one.id for one in extract.posts] == ["", "2", "3"]
    assert extract.set_aside == Counter({"duplicate": 2})


def read_all(tmp_path: Path, files: dict[str, Any]) -> Extract:
    written = {name: json.dumps(value) for name, value in files.items()}
    return read(FACEBOOK, folder(tmp_path, written))


def picture(uri: str, seconds: int, **more: Any) -> dict[str, Any]:
    exif = {"photo_metadata": {"exif_data": [{"taken_timestamp": -62169958800}]}}
    return {"uri": uri, "creation_timestamp": seconds, "media_metadata": exif, **more}


def test_a_picture_in_an_album_and_in_a_post_is_one_row(tmp_path: Path) -> None:
    base = "your_facebook_activity/posts/"
    album = {
        "name": "Trip",
        "photos": [
            picture("your_facebook_activity/posts/media/1.jpg", AT),
            picture("posts/media/2.jpg", AT + 9_000, description=as_written("légende")),
        ],
        "cover_photo": picture("posts/media/1.jpg", AT),
    }
    files = {
        f"{base}your_posts_1.json": [post("look", media("posts/media/1.jpg"))],
        f"{base}album/0.json": album,
        f"{base}your_uncategorized_photos.json": {
            "other_photos_v2": [
                picture("posts/media/2.jpg", AT + 9_000),
                picture("posts/media/3.jpg", AT + 20_000),
                picture("posts/media/4.jpg", -62169958800),
                {"creation_timestamp": AT},
                {"uri": "posts/media/5.jpg"},
            ]
        },
        f"{base}your_videos.json": {"videos_v2": [picture("posts/media/6.mp4", AT + 30_000)]},
    }
    extract = read_all(tmp_path, files)
    assert [(one.kind, one.text, (one.when - at(AT)).total_seconds()) for one in extract.posts] == [
        ("post", "look", 0),
        ("photo", "légende", 9_000),
        ("photo", "", 20_000),
        ("photo", "", 30_000),
    ]
    assert extract.posts[1].member == f"{base}album/0.json"
    assert extract.set_aside == Counter(
        {"duplicate": 2, "impossible date": 1, "no content": 1, "no date": 1}
    )


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def test_pictures_uploaded_in_one_go_are_one_post(tmp_path: Path) -> None:
    times = [AT + 1_500, AT, AT + 600, AT + 1_100, AT + 2_101]
    album = {"photos": [picture(f"{time}.jpg", time) for time in times]}
    extract = read_all(tmp_path, {"posts/album/1.json": album})
    assert [one.when for one in extract.posts] == [at(AT), at(AT + 2_101)]
    assert extract.set_aside == Counter({"uploaded together with another": 3})


def test_the_rest_of_an_upload_belongs_to_the_post_that_shows_some_of_it(tmp_path: Path) -> None:
    """A post of a large album need not hold all of its pictures."""
    times = range(AT - 300, AT + 900, 300)
    album = {"photos": [*(picture(f"{n}.jpg", n) for n in times), picture("z.jpg", AT + 9_000)]}
    files = {
        "posts/your_posts_1.json": [post("the trip", media(f"{AT}.jpg"))],
        "posts/album/1.json": album,
    }
    extract = read_all(tmp_path, files)
    assert [(one.text, one.when) for one in extract.posts] == [
        ("the trip", at(AT)),
        ("", at(AT + 9_000)),
    ]
    assert extract.set_aside == Counter({"duplicate": 1, "uploaded together with another": 3})


def test_check_ins_are_posts_unless_they_stand_among_the_posts(tmp_path: Path) -> None:
    newer = {
        "timestamp": AT + 5,
        "media": [],
        "label_values": [{"label": "Message", "value": as_written("à Paris")}],
        "fbid": "7",
    }
    files = {
        "posts/your_posts_1.json": [post("here", PLACE)],
        "posts/check-ins.json": [post("", PLACE), newer],
    }
    extract = read_all(tmp_path, files)
    assert [(one.text, one.id) for one in extract.posts] == [("here", ""), ("à Paris", "7")]
    assert extract.set_aside == Counter({"duplicate": 1})


def test_what_is_archived_deleted_or_elsewhere_is_no_post_wherever_it_stands(
    tmp_path: Path,
) -> None:
    newer = {
        "timestamp": AT + 1,
        "media": [],
        "label_values": [{"label": "Mensaje", "value": "for you"}, {"label": "Q", "value": "Sam"}],
    }
    base = "your_facebook_activity/posts/"
    files = {
        f"{base}your_posts__check_ins__photos_and_videos_1.json": [
            post("kept", timestamp=AT + 9),
            post("hidden"),
        ],
        f"{base}archive.json": [post("hidden")],
        f"{base}trash.json": [post("gone", timestamp=AT + 3)],
        f"{base}posts_on_other_pages_and_profiles.json": [newer],
    }
    extract = read_all(tmp_path, files)
    assert [one.text for one in extract.posts] == ["kept"]
    assert extract.set_aside == Counter(
        {"archived": 1, "deleted": 1, "on another page or profile": 1, "duplicate": 1}
    )


def test_other_files_of_the_export_are_named_and_not_read(tmp_path: Path) -> None:
    files = {
        NAME: [post("words")],
        "your_facebook_activity/posts/edits_you_made_to_posts.json": [post("older words")],
        "your_facebook_activity/groups/group_posts_and_comments.json": {"group_posts_v2": []},
    }
    extract = read_all(tmp_path, files)
    found = FACEBOOK.recognise(Tree.at(tmp_path))
    assert found is not None
    assert set(found.members) == set(files)
    assert extract.notes == (
        "No posts of the profile, so not read: group_posts_and_comments.json, "
        "edits_you_made_to_posts.json.",
    )


def test_keys_never_seen_before_are_told(tmp_path: Path) -> None:
    changed = post("words", {"external_context": {"url": "https://b.example/", "rank": 1}}, mood=1)
    extract = extract_of(tmp_path, changed, post("more", timestamp=AT + 1, mood=2))
    assert extract.drift == Counter(
        {
            "your_posts*.json: mood": 2,
            "your_posts*.json: attachments.data.external_context.rank": 1,
        }
    )


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("facebook-zoe-2024-05-01-AbC1", dt.datetime(2024, 5, 1, tzinfo=dt.UTC)),
        ("facebook-zoe-2024-05-01.zip", dt.datetime(2024, 5, 1, tzinfo=dt.UTC)),
        ("facebook-zoe-2024-13-01-AbC1", None),
        ("facebook-zoe", None),
    ],
)
def test_an_archive_that_is_named_after_a_day_was_made_on_it(
    tmp_path: Path, name: str, day: dt.datetime | None
) -> None:
    assert extract_of(tmp_path, post("x"), name=f"{name}/{NAME}").exported_at == day
    tree = folder(tmp_path / "b", {NAME: json.dumps([post("x")])})
    renamed = Tree(tree.root, f"raw/{name}", tree.names)
    assert read(FACEBOOK, renamed).exported_at == day


def test_what_is_no_post_is_set_aside_by_reason(tmp_path: Path) -> None:
    extract = extract_of(
        tmp_path,
        post(),
        post("", data=[{"update_timestamp": AT}]),
        post("old", timestamp=-62169958800),
        post("in milliseconds", timestamp=AT * 1000),
        {"data": [{"post": "when?"}]},
        "no object",
        post("kept"),
        post("kept"),
    )
    assert [one.text for one in extract.posts] == ["kept"]
    assert extract.set_aside == Counter(
        {"no content": 2, "impossible date": 2, "no date": 1, "not a post": 1, "duplicate": 1}
    )


def test_two_posts_of_one_second_are_two(tmp_path: Path) -> None:
    records = (post("one"), post("two"), post("", media("1.jpg")), post("", media("2.jpg")))
    assert len(extract_of(tmp_path, *records).posts) == 4


def test_repairing_text_is_told_and_only_when_it_was_done(tmp_path: Path) -> None:
    assert len(extract_of(tmp_path / "a", post("café")).notes) == 1
    assert extract_of(tmp_path / "b", post("cafe")).notes == ()


@pytest.mark.parametrize(
    "name",
    [
        "posts/your_posts_1.json",
        "your_activity_across_facebook/posts/your_posts__check_ins__photos_and_videos_12.json",
        "facebook-zoe/your_facebook_activity/posts/your_posts.json",
    ],
)
def test_the_file_is_known_under_every_path(tmp_path: Path, name: str) -> None:
    assert len(extract_of(tmp_path, post("words"), name=name).posts) == 1


def test_all_numbered_files_are_read_and_other_files_are_not(tmp_path: Path) -> None:
    groups = {"group_posts_v2": [post("in a group")]}
    files = {
        "posts/your_posts_1.json": [post("one")],
        "posts/your_posts_2.json": [post("two")],
        "groups/your_posts_and_comments_in_groups.json": groups,
        "messages/inbox/message_1.json": {"messages": [{"timestamp_ms": AT, "content": "no"}]},
        "comments/comments.json": {"comments_v2": [post("no")]},
    }
    written = {name: json.dumps(value) for name, value in files.items()}
    extract = read(FACEBOOK, folder(tmp_path, written))
    assert [(one.text, one.member) for one in extract.posts] == [
        ("one", "posts/your_posts_1.json"),
        ("two", "posts/your_posts_2.json"),
    ]


def test_one_file_of_any_name_is_known_by_its_content(tmp_path: Path) -> None:
    folder(tmp_path, {"facebook.json": json.dumps([post("words")])})
    extract = read(FACEBOOK, Tree.at(tmp_path / "facebook.json", "raw/facebook.json"))
    assert [one.text for one in extract.posts] == ["words"]


@pytest.mark.parametrize("content", ['[{"score": 50, "timestamp": 1}]', "title: x", "", "[1, 2]"])
def test_foreign_files_are_not_known(tmp_path: Path, content: str) -> None:
    folder(tmp_path, {"score.json": content, "raw/posts.json": content})
    assert FACEBOOK.recognise(Tree.at(tmp_path / "score.json")) is None
    assert FACEBOOK.recognise(Tree.at(tmp_path)) is None
    assert INSTAGRAM.recognise(Tree.at(tmp_path / "score.json")) is None
    assert INSTAGRAM.recognise(Tree.at(tmp_path)) is None


def test_an_export_as_web_pages_says_what_to_ask_for_instead(tmp_path: Path) -> None:
    page = "<html><head><title>Your posts</title></head></html>"
    tree = folder(tmp_path, {"posts/your_posts_1.html": page})
    with pytest.raises(InputError, match="ask Facebook for JSON") as caught:
        read(FACEBOOK, tree)
    (problem,) = caught.value.problems
    assert (problem.kind, problem.file) == ("unknown", "raw/posts/your_posts_1.html")


def test_json_beside_web_pages_is_read(tmp_path: Path) -> None:
    files = {"a/your_posts_1.html": "<html></html>", NAME: json.dumps([post("words")])}
    assert len(read(FACEBOOK, folder(tmp_path, files)).posts) == 1


@pytest.mark.parametrize("damage", ["", "[", '[{"timest', "\0" * 500, "{}", "[1, 2", "x"])
def test_a_file_emptied_or_cut_short_is_a_problem_and_the_others_are_read(
    tmp_path: Path, damage: str
) -> None:
    whole = {"posts/your_posts_1.json": json.dumps([post("x")])}
    files = {**whole, "posts/your_posts_2.json": damage, "posts/your_videos.json": damage}
    extract = read(FACEBOOK, folder(tmp_path, files))
    assert [one.text for one in extract.posts] == ["x"]
    assert {(problem.kind, problem.file) for problem in extract.problems} == {
        ("corrupt", "raw/posts/your_posts_2.json"),
        ("corrupt", "raw/posts/your_videos.json"),
    }


@pytest.mark.parametrize("damage", ["", "[", '[{"timest', "\0" * 500])
def test_a_file_emptied_or_cut_short_is_corrupt_where_it_is_the_only_one(
    tmp_path: Path, damage: str
) -> None:
    tree = folder(tmp_path, {"posts/your_posts_2.json": damage})
    with pytest.raises(InputError, match=r"raw/posts/your_posts_2\.json, line 1") as caught:
        read(FACEBOOK, tree)
    assert caught.value.problems[0].kind == "corrupt"


def test_what_is_set_aside_does_not_stand_for_posts_that_cannot_be_read(tmp_path: Path) -> None:
    files = {"posts/your_posts_1.json": "[", "posts/trash.json": json.dumps([post("gone")])}
    with pytest.raises(InputError, match=r"your_posts_1\.json"):
        read(FACEBOOK, folder(tmp_path, files))


def test_an_object_where_the_list_should_be(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", {NAME: json.dumps(post("the only one"))})
    assert [found.text for found in read(FACEBOOK, one).posts] == ["the only one"]
    other = folder(tmp_path / "other", {NAME: json.dumps({"x": [post("words")]})})
    with pytest.raises(InputError, match="expected a list of posts"):
        read(FACEBOOK, other)


def test_deep_nesting_is_corrupt(tmp_path: Path) -> None:
    deep = json.dumps([post("words")])[:-1] + "," + "[" * 900 + "]" * 900 + "]"
    extract_or_error = folder(tmp_path / "a", {NAME: deep})
    with pytest.raises(InputError, match="nesting"):
        read(FACEBOOK, extract_or_error)


def test_folder_and_zip_give_the_same_rows(tmp_path: Path) -> None:
    tree = folder(tmp_path / "raw", {NAME: json.dumps([post("café"), post("", PLACE)])})
    assert_same_when_zipped(FACEBOOK, tree, tmp_path / "raw.zip")


SMALL = json.dumps([post("café", link("https://b.example/")), post("", media("1.jpg"), PLACE)])


ALBUM = json.dumps({"photos": [picture("1.jpg", AT), picture("2.jpg", AT + 9_000)]})


@settings(deadline=None, max_examples=60)
@given(content=broken(ALBUM.encode()))
def test_a_damaged_album_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(FACEBOOK, "posts/album/1.json", content)


LABELLED = json.dumps(
    [
        {
            "timestamp": AT,
            "media": [],
            "label_values": [
                {"label": "A", "value": "words", "dict": [{"media": [{"uri": "1.jpg"}]}]}
            ],
            "fbid": "1",
        }
    ]
)


@settings(deadline=None, max_examples=60)
@given(content=broken(LABELLED.encode()))
def test_damaged_labels_give_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(FACEBOOK, "posts/your_posts_1.json", content)


@settings(deadline=None, max_examples=80)
@given(content=broken(SMALL.encode()))
def test_a_damaged_export_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(FACEBOOK, "posts/your_posts_1.json", content)


@pytest.mark.parametrize(
    ("sample", "kinds", "aside"),
    [
        ("native_samples/facebook/old", ["share", "post", "photo"], {}),
        ("native_samples/facebook/2024", ["share", "post", "photo", "post"], {}),
        ("native_samples/facebook", ["share", "post", "photo", "post"], {"duplicate": 3}),
        (
            "parser_fixtures/facebook",
            ["post", "share", "post", "post", "post", "post"],
            {"no content": 2},
        ),
    ],
)
def test_the_sample_exports(
    sample: str, kinds: list[str], aside: dict[str, int], tmp_path: Path
) -> None:
    tree = Tree.at(shared(f"exports/{sample}"))
    extract = read(FACEBOOK, tree)
    assert [one.kind for one in extract.posts] == kinds
    assert extract.set_aside == Counter(aside)
    assert extract.drift == Counter()
    records = sum(
        len(json.loads(tree.bytes(name)))
        for name in tree.names
        if "your_posts" in name or "check-ins" in name
    )
    assert records == len(extract.posts) + sum(extract.set_aside.values())
    assert_same_when_zipped(FACEBOOK, tree, tmp_path / "raw.zip")


EVERYTHING = [
    post("café", link("https://b.example/"), media("1.jpg", description="x"), PLACE),
    post("", tags=[{"name": "Sam"}]),
    json.loads(LABELLED)[0],
]


@settings(deadline=None, max_examples=150)
@given(value=changed(EVERYTHING))
def test_posts_of_any_shape_give_rows_or_one_clear_error(value: Any) -> None:
    assert_rows_or_input_error(FACEBOOK, "posts/your_posts_1.json", json.dumps(value).encode())


@settings(deadline=None, max_examples=80)
@given(value=changed(json.loads(ALBUM)))
def test_albums_of_any_shape_give_rows_or_one_clear_error(value: Any) -> None:
    assert_rows_or_input_error(FACEBOOK, "posts/album/1.json", json.dumps(value).encode())


def test_several_zips_of_one_export_are_one_source(tmp_path: Path) -> None:
    parts = {
        "facebook-zoe-2024-05-01-a1.zip": {NAME: [post("one")]},
        "facebook-zoe-2024-05-02-b2.zip": {
            "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_2.json": [
                post("one"),
                post("two", media("your_facebook_activity/posts/media/1.jpg")),
            ],
            "your_facebook_activity/posts/album/0.json": {
                "photos": [picture("your_facebook_activity/posts/media/1.jpg", AT)]
            },
        },
    }
    for name, files in parts.items():
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member, value in files.items():
                archive.writestr(member, json.dumps(value))
    extract = read(FACEBOOK, Tree.at(tmp_path, "raw/facebook"))
    assert [one.text for one in extract.posts] == ["one", "two"]
    assert extract.set_aside == Counter({"duplicate": 2})
    assert extract.exported_at == dt.datetime(2024, 5, 2, tzinfo=dt.UTC)
