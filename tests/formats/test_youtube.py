from __future__ import annotations

import csv
import datetime as dt
import io
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
    changed,
    folder,
    read,
)

from analysis.errors import InputError
from analysis.formats.base import Extract
from analysis.formats.registry import POSTS, recognise
from analysis.formats.youtube import YOUTUBE

NAME = "Takeout/YouTube and YouTube Music/video metadata/videos.csv"
COLUMNS = (
    "Video ID",
    "Approx Duration (ms)",
    "Video Description (Original)",
    "Channel ID",
    "Tag 1",
    "Tag 2",
    "Video Title (Original)",
    "Privacy",
    "Video State",
    "Video Create Timestamp",
    "Video Publish Timestamp",
)


def row(video: str, **more: str) -> dict[str, str]:
    return {
        "Video ID": video,
        "Video Title (Original)": f"About {video}",
        "Privacy": "Public",
        "Video Create Timestamp": "2018-12-02T02:45:06+00:00",
        "Video Publish Timestamp": "2018-12-02T02:55:54+00:00",
    } | {key.replace("_", " "): value for key, value in more.items()}


def table(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def item(video: str, playlist: str = "UUzoe", **more: Any) -> dict[str, Any]:
    return {
        "contentDetails": {"videoId": video, "videoPublishedAt": "2012-05-08T01:30:00.000Z"},
        "etag": "e",
        "id": "i",
        "kind": "youtube#playlistItem",
        "snippet": {
            "channelId": "UCzoe",
            "description": "see https://b.example/p/",
            "playlistId": playlist,
            "publishedAt": "2012-05-07T01:30:00.000Z",
            "resourceId": {"kind": "youtube#video", "videoId": video},
            "title": f"About {video}",
        },
        "status": {"privacyStatus": "public"},
    } | more


def extract_of(tmp_path: Path, files: dict[str, Any]) -> Extract:
    written = {
        name: content if isinstance(content, str) else json.dumps(content)
        for name, content in files.items()
    }
    return read(YOUTUBE, folder(tmp_path, written))


def test_public_videos_count_from_their_publication(tmp_path: Path) -> None:
    description = 'two\nlines, "quoted" https://b.example/p/'
    rows = (
        row("abcdefghijk", **{"Video Description (Original)": description}),
        row("unlisted001", Privacy="Unlisted"),
        row("private0001", Privacy="Private"),
        row("nothing0001", Privacy=""),
        row("foreign0001", Privacy="Öffentlich"),
        row("lmnopqrstuv", Video_Publish_Timestamp=""),
        row("nodate00001", Video_Publish_Timestamp="", Video_Create_Timestamp=""),
        row("ancient0001", Video_Publish_Timestamp="1970-01-01T00:00:00+00:00"),
        row("", Privacy="public"),
        row("abcdefghijk"),
        row("<script>", Video_Publish_Timestamp="2019-01-01 10:00:00 UTC"),
    )
    extract = extract_of(tmp_path, {NAME: table(*rows)})
    first, second, third = extract.posts
    assert first.when == dt.datetime(2018, 12, 2, 2, 55, 54, tzinfo=dt.UTC)
    assert (first.id, first.kind, first.title) == ("abcdefghijk", "post", "About abcdefghijk")
    assert first.url == "https://www.youtube.com/watch?v=abcdefghijk"
    assert first.text == f"About abcdefghijk\n{description}"
    assert first.links == ("https://b.example/p/",)
    assert (first.member, first.pointer, first.time_quality) == (NAME, "line 3", "exact")
    assert (first.reactions, first.comments, first.shares, first.views) == (None,) * 4
    assert second.when == dt.datetime(2018, 12, 2, 2, 45, 6, tzinfo=dt.UTC)
    assert second.time_quality == "derived"
    assert (third.url, third.when) == ("", dt.datetime(2019, 1, 1, 10, tzinfo=dt.UTC))
    assert extract.set_aside == Counter(
        {
            "not public": 2,
            "not known to be public": 1,
            "privacy Öffentlich": 1,
            "no date": 1,
            "impossible date": 1,
            "no id": 1,
            "duplicate": 1,
        }
    )
    assert extract.notes == ("1 video(s) tell no publication: the time is that of the upload.",)
    assert extract.drift == Counter()


@pytest.mark.parametrize(
    "name", [NAME, "Takeout/YouTube und YouTube Music/Video-Metadaten/Videos(1).csv", "x.csv"]
)
def test_a_table_is_known_by_its_columns_not_by_its_name(tmp_path: Path, name: str) -> None:
    columns = tuple(column.lower() for column in COLUMNS)
    content = table({key.lower(): value for key, value in row("a" * 11).items()}, columns=columns)
    tree = folder(tmp_path, {name: content})
    assert len(read(YOUTUBE, tree).posts) == 1
    found = recognise(tree, POSTS)
    assert found is not None
    assert found[0] is YOUTUBE


def test_a_video_of_which_only_the_day_is_told(tmp_path: Path) -> None:
    day = row("abcdefghijk", Video_Publish_Timestamp="2012-05-06")
    (post,) = extract_of(tmp_path, {NAME: table(day)}).posts
    assert post.when == dt.datetime(2012, 5, 6, tzinfo=dt.UTC)


def test_numbered_tables_are_read_and_other_files_named(tmp_path: Path) -> None:
    files = {
        "Takeout/YouTube/video metadata/videos.csv": table(row("a" * 11)),
        "Takeout/YouTube/video metadata/videos(1).csv": table(row("b" * 11), row("a" * 11)),
        "Takeout/YouTube/history/watch-history.json": [{"header": "YouTube", "title": "Watched"}],
        "Takeout/YouTube/comments/comments.csv": "Channel ID,Comment ID,Privacy\nx,y,Public\n",
        "Takeout/YouTube/subscriptions/subscriptions.csv": "Channel ID\nx\n",
    }
    extract = extract_of(tmp_path, files)
    assert sorted(post.id for post in extract.posts) == ["a" * 11, "b" * 11]
    assert extract.set_aside == Counter({"duplicate": 1})
    assert extract.notes == (
        "No videos of the channel, so not read: comments.csv, watch-history.json, "
        "subscriptions.csv.",
    )


def test_older_exports_list_the_uploads_as_a_playlist(tmp_path: Path) -> None:
    undated = item("c" * 11)
    del undated["contentDetails"]["videoPublishedAt"]
    unknown = item("d" * 11)
    del unknown["status"]
    items = [
        item("a" * 11),
        item("b" * 11, status={"privacyStatus": "unlisted"}),
        undated,
        unknown,
        item("e" * 11, contentDetails={}, snippet={"publishedAt": "soon", "title": 5}),
        item("f" * 11, contentDetails={}, snippet={"publishedAt": "2012-05-07", "title": 5}),
        item("g" * 11, contentDetails={}, snippet={"title": "\ud83d"}),
        item("h" * 11, rank=1),
        "no item",
    ]
    extract = extract_of(tmp_path, {"Takeout/YouTube/Playlists/Hochgeladen.json": items})
    assert [(post.id[0], post.time_quality) for post in extract.posts] == [
        ("a", "exact"),
        ("c", "derived"),
        ("h", "exact"),
    ]
    assert extract.posts[0].when == dt.datetime(2012, 5, 8, 1, 30, tzinfo=dt.UTC)
    assert extract.posts[1].when == dt.datetime(2012, 5, 7, 1, 30, tzinfo=dt.UTC)
    assert extract.posts[0].text == f"About {'a' * 11}\nsee https://b.example/p/"
    assert extract.posts[0].links == ("https://b.example/p/",)
    assert extract.set_aside == Counter(
        {
            "not public": 1,
            "not known to be public": 1,
            "impossible date": 2,
            "no date": 1,
            "not a video": 1,
        }
    )
    assert extract.drift == Counter({"uploads.json: rank": 1})


def test_other_playlists_and_tables_are_not_videos_of_the_channel(tmp_path: Path) -> None:
    files = {
        "playlists/likes.json": json.dumps([item("a" * 11, "LLzoe")]),
        "playlists/trips.json": json.dumps([item("a" * 11, "PLtrips")]),
        "playlists/uploads.json": json.dumps([item("a" * 11, "PLtrips")]),
        "videos.csv": "Video ID,Privacy\na,Public\n",
        "watch.csv": "Video ID,Time\na,2012-05-08\n",
    }
    assert YOUTUBE.recognise(folder(tmp_path, files)) is None


def test_a_broken_file_is_a_problem_among_several_and_an_error_alone(tmp_path: Path) -> None:
    cut = table(row("b" * 11), row("c" * 11))[:-40]
    tree = folder(tmp_path / "a", {"videos.csv": table(row("a" * 11)), "videos(1).csv": cut})
    extract = read(YOUTUBE, tree)
    assert [post.id for post in extract.posts] == ["a" * 11]
    (problem,) = extract.problems
    assert (problem.kind, problem.file) == ("corrupt", "raw/videos(1).csv")
    with pytest.raises(InputError, match=r"raw/videos\.csv, line"):
        extract_of(tmp_path / "b", {"videos.csv": cut})
    wrong = table(row("a" * 11, Video_Publish_Timestamp="yesterday"))
    with pytest.raises(InputError, match="line 2, column video publish timestamp"):
        extract_of(tmp_path / "c", {"videos.csv": wrong})


def test_columns_never_seen_before_are_told(tmp_path: Path) -> None:
    content = table(row("a" * 11), columns=(*COLUMNS, "Mood", "Tag 31"))
    assert extract_of(tmp_path, {NAME: content}).drift == Counter({"videos*.csv: mood": 1})


def test_the_archives_name_tells_when_it_was_made(tmp_path: Path) -> None:
    made = "takeout-20260911T193951Z-001"
    extract = extract_of(tmp_path / "a", {f"{made}/{NAME}": table(row("a" * 11))})
    assert extract.exported_at == dt.datetime(2026, 9, 11, 19, 39, 51, tzinfo=dt.UTC)
    wrong = extract_of(tmp_path / "b", {"takeout-20261311T193951Z/v.csv": table(row("a" * 11))})
    assert wrong.exported_at is None


def test_folder_and_zip_give_the_same_rows(tmp_path: Path) -> None:
    tree = folder(tmp_path / "raw", {NAME: table(row("a" * 11), row("b" * 11, Privacy="Private"))})
    assert_same_when_zipped(YOUTUBE, tree, tmp_path / "raw.zip")


@settings(deadline=None, max_examples=60)
@given(content=broken(table(row("a" * 11), row("b" * 11)).encode()))
def test_a_damaged_table_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(YOUTUBE, "videos.csv", content)


@settings(deadline=None, max_examples=60)
@given(content=broken(json.dumps([item("a" * 11)]).encode()))
def test_a_damaged_list_gives_rows_or_one_clear_error(content: bytes) -> None:
    assert_rows_or_input_error(YOUTUBE, "uploads.json", content)


@settings(deadline=None, max_examples=150)
@given(value=changed({"items": [item("a" * 11), item("b" * 11)]}))
def test_lists_of_any_shape_give_rows_or_one_clear_error(value: Any) -> None:
    assert_rows_or_input_error(YOUTUBE, "uploads.json", json.dumps(value).encode())
