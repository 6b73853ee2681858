"""What ``needle check`` shows of a folder, file or archive that is no study."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from analysis.cli import main
from analysis.errors import InputError
from analysis.survey import span, survey
from tests.archives import packed, record, response, tar_of
from tests.studies import blog_json, facebook_json, tweets_js
from tests.test_files import folder_of, zip_of

TWITTER = {"data/tweets.js": tweets_js().encode(), "more/odd.js": b"var odd = 1"}
FEED = blog_json().encode()
SCORE = b"date,score\n2012-06-22,58\n2012-06-21,57.5\n"
RSS = (
    b"<rss version='2.0'><channel><item><title>a</title>"
    b"<pubDate>Fri, 22 Jun 2012 09:30:00 GMT</pubDate></item></channel></rss>"
)


def check(path: Path, *options: str) -> Result:
    result = CliRunner().invoke(main, ["check", str(path), *options])
    assert "Traceback" not in result.output
    assert str(path.parent) not in result.output
    return result


def downloads(root: Path) -> Path:
    """Return a folder as it gathers: archives, a blog's feed, a score and what else lies there."""
    folder = folder_of(
        root / "downloads",
        {
            "facebook/posts/your_posts_1.json": facebook_json().encode(),
            "facebook/friends.json": b"{}",
            "facebook/media/a.jpg": b"\xff\xd8",
            "blog.json": FEED,
            "score.csv": SCORE,
            "klout/2012-06-22.json": b'{"score": 57.9}',
            "klout/2012-06-23.json": b'{"score": 58.1}',
            "klout/error.json": b'{"description": "no"}',
            "tables/activity.csv": b"at,channel\n2012-06-22T09:00:00Z,g+\n",
            "tables/daily.csv": b"date,forum\n2012-06-22,3\n2012-06-23,0\n",
            "tables/prices.csv": b"date,of,price\n2012-06-22,tea,3.5\n",
        },
    )
    zip_of(folder / "twitter-2012.zip", TWITTER)
    tar_of(folder / "twitter-2013.tar.gz", TWITTER)
    (folder / "web.warc.gz").write_bytes(packed(record(response(RSS))))
    return folder


def test_every_source_is_a_line_of_its_own(tmp_path: Path) -> None:
    found = survey(downloads(tmp_path))
    assert [(each.path.removeprefix("downloads/"), each.format) for each in found.sources] == [
        ("facebook/posts/your_posts_1.json", "Facebook export (your_posts*.json)"),
        ("twitter-2012.zip/data/tweets.js", "Twitter archive (2018 on)"),
        ("twitter-2013.tar.gz/data/tweets.js", "Twitter archive (2018 on)"),
        ("web.warc.gz/20120622093000/blog.example/feed", "RSS or Atom feed"),
        ("blog.json", "JSON Feed"),
        ("tables/activity.csv", "activity table (at,channel,…)"),
        ("tables/daily.csv", "daily counts (date,<channel>,…)"),
    ]
    assert found.sources[1].rows == found.sources[2].rows
    feed = found.sources[4]
    assert (feed.files, feed.rows) == (1, {"post": 15})
    assert (feed.first, feed.last) == ("2012-01-02T18:00:00Z", "2012-03-26T18:00:00Z")
    assert found.sources[6].rows == {"count": 2}
    assert (found.sources[6].first, found.sources[6].last) == ("2012-06-22", "2012-06-23")
    assert found.problems == []


def test_readings_of_a_score_are_put_together_by_folder(tmp_path: Path) -> None:
    table, snapshots = sorted(survey(downloads(tmp_path)).scores, key=lambda each: -len(each.path))
    assert (table.path, table.files, table.readings) == ("downloads/score.csv", 1, 2)
    assert (table.first, table.last) == ("2012-06-21", "2012-06-22")
    assert (snapshots.path, snapshots.files, snapshots.readings) == ("downloads/klout", 2, 2)


def test_what_nothing_reads_is_listed_and_no_failure(tmp_path: Path) -> None:
    result = check(downloads(tmp_path))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[0] == "downloads: not a study (no study.toml); what can be read of it:"
    assert [line for line in lines if line.startswith("unknown: ")] == [
        "unknown: downloads/facebook/friends.json",
        "unknown: downloads/twitter-2012.zip/more/odd.js",
        "unknown: downloads/twitter-2013.tar.gz/more/odd.js",
        "unknown: downloads/klout/error.json",
        "unknown: downloads/tables/prices.csv",
    ]
    assert "other files: 1 .jpg" in lines
    assert lines[-1] == (
        "in all: 7 sources, 2 scores, 0 absent, 0 corrupt, 5 unknown, 1 other files"
    )


def test_what_is_corrupt_is_told_beside_what_is_whole_and_fails(tmp_path: Path) -> None:
    folder = downloads(tmp_path)
    for name in ("twitter-2012.zip", "twitter-2013.tar.gz", "web.warc.gz", "blog.json"):
        path = folder / name
        path.write_bytes(path.read_bytes()[:-30])
    (folder / "tables/activity.csv").write_text("at,channel\nyesterday,g+\n")
    (folder / "score.csv").write_text("date,score\n2012-06-22,high\n")
    result = check(folder)
    assert result.exit_code == 2
    assert sorted(line.partition(":")[2].partition(",")[0].strip().partition(":")[0]
                  for line in result.stderr.splitlines()) == [
        "downloads/blog.json", "downloads/score.csv", "downloads/tables/activity.csv",
        "downloads/twitter-2012.zip", "downloads/twitter-2013.tar.gz", "downloads/web.warc.gz",
    ]  # fmt: skip
    assert "Facebook export" in result.stdout
    assert ", 6 corrupt, " in result.stdout


def test_a_member_that_is_corrupt_is_told_once(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "x", {"data/tweets.js": b"window.YTD.tweets.part0 = [", "a.xml": RSS}
    )
    found = survey(folder)
    assert [each.path for each in found.sources] == ["x/a.xml"]
    assert [(each.kind, each.file) for each in found.problems] == [("corrupt", "x/data/tweets.js")]
    assert found.unknown == []


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("feed.json", FEED, "  feed.json: JSON Feed ("),
        ("score.csv", SCORE, "  score: score.csv, score table (date,score): 2 readings in 1 file"),
        ("x.json", b"{}", "  unknown: x.json: found no known format in 1 file(s)"),
        ("x.csv", b"a;b\n1;2\n", "  unknown: x.csv: expected columns set apart by commas"),
        ("klout.csv", b"score\n25.1\n", "  unknown: klout.csv: "),
        ("x.png", b"\x89PNG", "  unknown: x.png: found no known format"),
        ("Your archive.html", b"<html><title>x", "  unknown: Your archive.html: this page only"),
    ],
)
def test_a_single_file_is_surveyed(tmp_path: Path, name: str, data: bytes, line: str) -> None:
    (tmp_path / name).write_bytes(data)
    result = check(tmp_path / name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1].startswith(line)


def test_half_a_file_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'{"a": [')
    result = check(tmp_path / "x.json")
    assert result.exit_code == 2
    assert result.stderr.startswith("needle: x.json, line 1, column 8: ")
    assert "unknown: " not in result.stdout


def test_an_archive_of_several_networks_is_read_whole(tmp_path: Path) -> None:
    content = {f"a/{name}": data for name, data in TWITTER.items()}
    path = zip_of(tmp_path / "all.zip", {**content, "b/feed.json": FEED})
    assert [each.format for each in survey(path).sources] == [
        "JSON Feed",
        "Twitter archive (2018 on)",
    ]


def test_a_blog_of_folders_is_one_blog(tmp_path: Path) -> None:
    post = b"---\ntitle: a\ndate: 2012-06-22\n---\nwords\n"
    folder = folder_of(tmp_path / "x", {f"content/{year}/a.md": post for year in (2011, 2012)})
    (found,) = survey(folder).sources
    assert (found.path, found.files, found.rows) == ("x/content", 2, {"post": 2})


def test_a_source_without_posts_says_why(tmp_path: Path) -> None:
    empty = b'{"version": "https://jsonfeed.org/version/1.1", "items": []}'
    undated = empty.replace(b"[]", b'[{"id": "1"}]')
    folder = folder_of(tmp_path / "x", {"a.json": empty})
    assert "1 file: no posts, its files hold no record\n" in check(folder).stdout
    folder_of(folder, {"a.json": undated})
    said = check(folder).stdout
    assert "1 file: no posts, all set aside; set aside: 1 no date\n" in said


def test_the_same_as_data(tmp_path: Path) -> None:
    result = check(downloads(tmp_path), "--json")
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert shown["path"] == "downloads"
    assert [each["files"] for each in shown["sources"]] == [1] * 7
    assert shown["problems"] == {"absent": [], "corrupt": [], "unknown": [], "invalid": []}
    assert len(shown["unread"]["data"]) == 5
    assert shown["unread"]["others"] == {".jpg": 1}


def test_what_is_not_there_is_absent(tmp_path: Path) -> None:
    result = check(tmp_path / "nothing")
    assert (result.exit_code, result.stdout) == (2, "")
    with pytest.raises(InputError, match="nothing is there"):
        survey(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    result = check(tmp_path / "empty")
    assert result.exit_code == 0
    assert "in all: 0 sources, 0 scores" in result.stdout


def test_names_from_archives_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a\x1b[2J\n\u202e.json", "{}")
        archive.writestr("b\x1b.json", FEED)
    for options in ((), ("--json",)):
        result = check(path, *options)
        assert result.exit_code == 0
        assert all(line.isprintable() for line in result.output.splitlines())


def test_the_table_of_what_is_read_has_a_row_a_part(tmp_path: Path) -> None:
    downloads(tmp_path / "exports")
    (tmp_path / "exports/cut.zip").write_bytes(b"PK\x03\x04")
    script = Path(__file__).parents[1] / "benchmarks" / "exports.py"
    command = [sys.executable, script, tmp_path / "exports", "--write", tmp_path / "page.md"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    lines = (tmp_path / "page.md").read_text().splitlines()
    assert [line for line in lines if line.startswith("## ")] == ["## cut.zip", "## downloads"]
    assert "cut.zip: expected a whole zip archive: File is not a zip file." in lines
    (feed,) = (line for line in lines if "downloads/blog.json" in line)
    assert feed.startswith("| `downloads/blog.json` | JSON Feed | 1 | 15 | 0 | 0 | 0 | 2012-01-02T")
    assert lines[-1].startswith("7 parts, 4 readings of a score, 0 corrupt, 0 absent, 5 unknown, ")


@given(
    st.dictionaries(
        st.sampled_from(["a.json", "b/tweets.js", "b/c.csv", "d.xml", "e.zip", "f.warc", "g.tgz"]),
        st.one_of(st.binary(max_size=60), st.sampled_from([FEED, SCORE, RSS, FEED[:-9]])),
        max_size=4,
    )
)
def test_no_folder_breaks_it(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes]
) -> None:
    folder = folder_of(tmp_path_factory.mktemp("any") / "x", content)
    folder.mkdir(exist_ok=True)
    result = check(folder)
    assert result.exit_code in (0, 2)
    assert all(line.isprintable() for line in result.output.splitlines())


def test_a_span_tells_each_time_as_exactly_as_it_is_known() -> None:
    """A day stays a day, a local time has no zone, an instant is in UTC."""
    day = dt.date(2012, 6, 22)
    local = dt.datetime(2012, 6, 21, 9, 30)
    west = dt.timezone(dt.timedelta(hours=-7))
    instant = dt.datetime(2012, 6, 23, 22, 0, tzinfo=west)
    assert span([instant, local, day]) == ("2012-06-21T09:30:00", "2012-06-24T05:00:00Z")
    assert span([local, day]) == ("2012-06-21T09:30:00", "2012-06-22")
    assert span([]) == (None, None)
