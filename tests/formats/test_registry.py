"""Which format a source is taken for, and what is said of one that nobody knows."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.archives import packed, record, response

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Recognition
from analysis.formats.blogger_json import BLOGGER_JSON
from analysis.formats.bluesky import BLUESKY
from analysis.formats.facebook import FACEBOOK
from analysis.formats.feeds import FEED, JSON_FEED
from analysis.formats.ghost import GHOST
from analysis.formats.github import GITHUB
from analysis.formats.hackernews import HACKER_NEWS
from analysis.formats.instagram import INSTAGRAM
from analysis.formats.linkedin import LINKEDIN
from analysis.formats.mastodon import MASTODON
from analysis.formats.reddit import REDDIT
from analysis.formats.registry import POSTS, SCORES, read_posts, read_scores, recognise
from analysis.formats.twitter_archive import ARCHIVE, GRAILBIRD
from analysis.formats.twitter_csv import CSV
from analysis.formats.wp_rest import WP_REST
from analysis.formats.wxr import WXR

RSS = (
    "<rss version='2.0'><channel><item><title>a</title>"
    "<pubDate>Fri, 22 Jun 2012 09:30:00 GMT</pubDate></item></channel></rss>"
)

KNOWN: dict[str, Format] = {
    "twitter/gen0_2012-12": CSV,
    "twitter/gen1_2013": GRAILBIRD,
    "twitter/gen2_ytd": ARCHIVE,
    "facebook/old": FACEBOOK,
    "facebook/2024": FACEBOOK,
    "instagram/old_2021": INSTAGRAM,
    "instagram/2024": INSTAGRAM,
    "instagram/2025": INSTAGRAM,
    "linkedin": LINKEDIN,
    "linkedin/Shares.csv": LINKEDIN,
    "wordpress/wp_export_wxr12.xml": WXR,
    "wordpress/wp_feed_rss2.xml": FEED,
    "wordpress/wp_feed_atom.xml": FEED,
    "feeds/hugo_rss.xml": FEED,
    "feeds/pelican_rss.xml": FEED,
    "feeds/pelican_atom.xml": FEED,
    "feeds/rss_hard_cases.xml": FEED,
    "feeds/jsonfeed_1.1.json": JSON_FEED,
    "feeds/blogger_gdata.json": BLOGGER_JSON,
    "ghost/ghost_feed.xml": FEED,
    "mastodon/export": MASTODON,
    "mastodon/rest": MASTODON,
    "bluesky": BLUESKY,
    "bluesky/repo.car": BLUESKY,
    "bluesky/listRecords.json": BLUESKY,
    "reddit": REDDIT,
    "reddit/api/submitted.json": REDDIT,
    "hackernews": HACKER_NEWS,
    "hackernews/item.json": HACKER_NEWS,
    "github": GITHUB,
    "ghost/ghost_content_posts.json": GHOST,
    "wordpress/wp_rest_posts_page1.json": WP_REST,
}
FOREIGN = (
    "bluesky/getProfile.json",
    "hackernews/user.json",
    "klout",
    "klout/v2_user_score.json",
    "linkedin/Connections.csv",
    "mastodon/export/actor.json",
    "mastodon/rest/headers.txt",
    "twitter/gen2_ytd/data/account.js",
    "twitter/gen2_ytd/data/like.js",
    "wayback",
    "wordpress/wp_feed_headers.txt",
    "wordpress/wp_rest_root.json",
    "wordpress/wp_robots.txt",
)


def sample(shared: Path, name: str) -> Path:
    path = shared / "exports/native_samples" / name
    if not path.exists():
        pytest.skip(f"no sample {name}")
    return path


def as_zip(path: Path, target: Path) -> Path:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if file.is_file():
                archive.write(file, file.relative_to(path if path.is_dir() else path.parent))
    return target


def json_feed(*numbers: int) -> str:
    items = [
        {"id": str(number), "content_text": "w", "date_published": f"2012-06-{number:02}T09:00:00Z"}
        for number in numbers
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})


def problem_of(tree: Tree) -> Problem:
    with pytest.raises(InputError) as caught:
        read_posts(tree)
    (problem,) = caught.value.problems
    assert str(problem).isprintable()
    assert str(problem).startswith("raw/x")
    return problem


@pytest.mark.parametrize("name", KNOWN)
def test_real_exports_are_known_as_folder_file_and_zip(
    shared: Path, tmp_path: Path, name: str
) -> None:
    path = sample(shared, name)
    plain, why, extract = read_posts(Tree.at(path, "raw/x")).parts[0][:3]
    zipped = Tree.at(as_zip(path, tmp_path / "x.zip"), "x")
    packed, packed_why, packed_extract = read_posts(zipped).parts[0][:3]
    assert plain is packed is KNOWN[name]
    assert (why, extract) == (packed_why, packed_extract)
    assert extract.posts


@pytest.mark.parametrize("name", FOREIGN)
def test_what_nobody_knows_is_unknown(shared: Path, tmp_path: Path, name: str) -> None:
    path = sample(shared, name)
    for source in (path, as_zip(path, tmp_path / "x.zip")):
        tree = Tree.at(source, "raw/x")
        assert recognise(tree, POSTS) is None
        problem = problem_of(tree)
        assert problem.kind == "unknown"
        assert "found no known format" in problem.expected


def test_a_source_is_known_below_a_folder_of_any_name(shared: Path, tmp_path: Path) -> None:
    for name in ("twitter/gen2_ytd", "facebook/2024", "instagram/2024"):
        deeper = tmp_path / name.replace("/", "-")
        shutil.copytree(sample(shared, name), deeper / "unpacked 2024-05-01")
        assert read_posts(Tree.at(deeper, "raw/x")).parts[0].format is KNOWN[name]


def test_the_message_names_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    said = problem_of(Tree.at(tmp_path, "raw/x")).expected
    assert said.startswith("found no known format in 1 file(s); expected one of: ")
    assert all(known.name in said for known in POSTS)


def test_nothing_at_all_is_told_apart_from_something_foreign(tmp_path: Path) -> None:
    empty = problem_of(Tree.at(tmp_path, "raw/x"))
    assert (empty.kind, empty.expected) == (
        "unknown",
        "expected files, found an empty folder or archive",
    )
    (tmp_path / "posts.xml").write_bytes(b"")
    nothing = problem_of(Tree.at(tmp_path / "posts.xml", "raw/x"))
    assert (nothing.kind, nothing.expected) == ("corrupt", "expected content, found an empty file")


@pytest.mark.parametrize("name", ["your_posts_1.json", "posts_1.json", "feed.json", "x.json"])
@pytest.mark.parametrize("content", ["[", '{"ver', '[{"timestamp": 13', '{"a": [1, 2'])
def test_half_written_json_is_corrupt_whatever_it_was_to_be(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    problem = problem_of(Tree.at(path, "raw/x"))
    assert problem.kind == "corrupt"
    assert problem.place.startswith("line 1, column ")
    with pytest.raises(InputError) as caught:
        read_scores(Tree.at(path, "raw/x"))
    assert caught.value.problems[0].kind == "corrupt"


def test_a_damaged_member_is_corrupt_not_unknown(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/tweets.js", "window.YTD.tweets.part0 = [ ]")
    path.write_bytes(path.read_bytes().replace(b"part0 = [ ]", b"part0 = [!]"))
    problem = problem_of(Tree.at(path, "raw/x"))
    assert (problem.kind, problem.file) == ("corrupt", "raw/x/data/tweets.js")


def test_every_format_of_a_source_is_read(tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text(json_feed(1, 2))
    (tmp_path / "feed.xml").write_text(RSS)
    (tmp_path / "notes.txt").write_text("hello")
    reading = read_posts(Tree.at(tmp_path, "raw/x"))
    assert [part.format for part in reading.parts] == [JSON_FEED, FEED]
    assert [part.recognition.members for part in reading.parts] == [("feed.json",), ("feed.xml",)]
    assert [len(part.extract.posts) for part in reading.parts] == [2, 1]
    assert (reading.problems, reading.unclaimed) == ((), ("notes.txt",))


def test_a_broken_part_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text(json_feed(1)[:-4])
    (tmp_path / "feed.xml").write_text(RSS)
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04")
    reading = read_posts(Tree.at(tmp_path, "raw/x"))
    assert [part.format for part in reading.parts] == [FEED]
    files = [problem.file for problem in reading.problems]
    assert files == ["raw/x/cut.zip", "raw/x/feed.json"]
    (tmp_path / "feed.xml").unlink()
    with pytest.raises(InputError) as caught:
        read_posts(Tree.at(tmp_path, "raw/x"))
    assert caught.value.problems == reading.problems


def test_a_damaged_member_is_told_whoever_it_would_belong_to(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("feed.xml", RSS)
        archive.writestr("notes.txt", "hello hello hello")
    data = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(data.replace(b"hello hello hello", b"hello hxllo hello"))
    reading = read_posts(Tree.at(tmp_path / "x.zip", "raw/x"))
    assert [part.format for part in reading.parts] == [FEED]
    (problem,) = reading.problems
    assert (problem.kind, problem.file) == ("corrupt", "raw/x/notes.txt")


def test_a_member_that_two_formats_want_is_the_surest_ones(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)

    def taking(name: str, confidence: float, *members: str) -> Format:
        recognition = Recognition(confidence, members, "so")
        return Format(name, lambda _: recognition, lambda _, why: Extract(notes=why.members))

    formats = (
        taking("one", 0.5, "a", "b"),
        taking("two", 0.9, "b", "c"),
        taking("three", 0.1, "a"),
    )
    parts = read_posts(Tree.at(tmp_path, "raw/x"), formats).parts
    assert [(part.format.name, part.extract.notes) for part in parts] == [
        ("two", ("b", "c")),
        ("one", ("a",)),
    ]


def test_every_format_has_a_name_of_its_own() -> None:
    names = [known.name for known in (*POSTS, *SCORES)]
    assert len(set(names)) == len(names)


@given(
    st.sampled_from([".json", ".js", ".xml", ".csv", ".md", ".txt", ".zip", ""]),
    st.binary(max_size=80),
)
def test_foreign_bytes_are_one_line(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"x{suffix}"
    path.write_bytes(content)
    for read in (read_posts, read_scores):
        said = ""
        try:
            read(Tree.at(path, "raw/x"))
        except InputError as error:
            said = str(error)
        assert not said or said.isprintable()


def test_a_spreadsheet_with_semicolons_is_told_what_to_do(tmp_path: Path) -> None:
    source = tmp_path / "score.csv"
    source.write_text("date;score\n2012-06-22;58\n")
    with pytest.raises(InputError, match="set apart by commas, found semicolons"):
        read_scores(Tree.at(source, "raw/score.csv"))


def test_what_a_format_reads_beside_its_posts_is_not_unclaimed(tmp_path: Path) -> None:
    for name in ("posts", "index", "likes"):
        (tmp_path / name).write_text(name)

    def read(tree: Tree, _: Recognition) -> Extract:
        assert tree.head("likes") == b"likes"
        return Extract(notes=(tree.bytes("index").decode(),))

    known = Format("Own", lambda _: Recognition(1.0, ("posts",), "so"), read)
    reading = read_posts(Tree.at(tmp_path, "raw/x"), (known,))
    assert (reading.parts[0].extract.notes, reading.unclaimed) == (("index",), ("likes",))


def test_kept_answers_that_only_lead_to_others_are_not_unclaimed(tmp_path: Path) -> None:
    posts = json.dumps([{"uri": "at://did:plc:a/app.bsky.feed.post/a", "value": {"text": "Hi"}}])
    ways = (
        "robots.txt",
        "cdx/search/cdx?url=x",
        f"did:plc:{'a' * 24}",
        ".well-known/did.json",
        "xrpc/com.atproto.identity.resolveHandle?handle=me",
        "api/v1/accounts/lookup?acct=me",
        "about/robots.txt",
        "did:plc:me",
    )
    kept = [record(response(b"{}"), f"https://a.example/{way}") for way in ways]
    url = "https://a.example/xrpc/com.atproto.repo.listRecords?repo=x"
    kept.append(record(response(f'{{"records": {posts}}}'.encode()), url))
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "kept.warc.gz").write_bytes(packed(*kept))
    (tmp_path / "x" / "robots.txt").write_text("User-agent: *")
    tree = Tree.at(tmp_path / "x")
    assert {tree.address(name) for name in read_posts(tree).unclaimed} == {
        "",
        "https://a.example/about/robots.txt",
        "https://a.example/did:plc:me",
    }


def test_readings_of_an_archive_that_lacks_what_it_repeats_say_so(tmp_path: Path) -> None:
    day = b"date,score\n2012-06-22,58\n"
    again = record(b"", "https://a.example/x", date="2012-06-23T09:30:00Z", kind="revisit")
    (tmp_path / "x.warc").write_bytes(record(response(day), "https://a.example/x.csv") + again)
    _, _, readings = read_scores(Tree.at(tmp_path / "x.warc", "raw/x.warc"))
    assert [reading.value for reading in readings] == [58]
    assert readings.notes == (
        "absent: raw/x.warc: expected the page that 1 record repeats, in any archive of one folder;"
        " not found.",
    )
