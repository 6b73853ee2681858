"""A blog of an export, a feed and kept REST pages: each post once, from the command to the row."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis import load
from analysis.activity import OBSERVED
from analysis.cli import main
from analysis.errors import InputError
from analysis.study import inspect, read_study
from tests.archives import packed, record, response
from tests.studies import DAYS, TOML, day, small_study, tweets_js

SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
)
COLLECT = '\n[collect.blog]\nurl = "https://blog.example/"\n'
NUMBERS = tuple(range(0, DAYS, 6))


def address(number: int) -> str:
    return f"https://blog.example/{number}"


def wxr() -> str:
    """Return an export of every post, with whole words and no counts but comments."""
    comment = "<wp:comment><wp:comment_approved>1</wp:comment_approved></wp:comment>"
    items = "".join(
        f"<item><title>Title {number}</title><link>{address(number)}/</link>"
        f"<content:encoded><![CDATA[<p>All the words of {number}</p>]]></content:encoded>"
        f"<wp:post_id>{number + 100}</wp:post_id>"
        f"<wp:post_date_gmt>{day(number)} 18:00:00</wp:post_date_gmt>"
        f"<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>{comment}</item>"
        for number in NUMBERS
    )
    return (
        f'<rss version="2.0" {SPACES} xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
        "<title>B</title><pubDate>Sun, 01 Apr 2012 16:00:00 +0000</pubDate>"
        f"<wp:wxr_version>1.2</wp:wxr_version>{items}</channel></rss>"
    )


def rss(comments: int) -> bytes:
    """Return a feed of the last five posts, cut short."""
    items = "".join(
        f"<item><title>Title {number}</title><link>{address(number)}/?utm_source=rss</link>"
        f'<guid isPermaLink="false">https://blog.example/?p={number + 100}</guid>'
        f"<pubDate>{day(number):%a, %d %b %Y} 18:00:00 +0000</pubDate>"
        f"<description>All the…</description><slash:comments>{comments}</slash:comments></item>"
        for number in NUMBERS[-5:]
    )
    return f'<rss version="2.0" {SPACES}><channel><title>B</title>{items}</channel></rss>'.encode()


def rest(likes: int) -> bytes:
    """Return the API's page of every post, with likes."""
    posts = [
        {
            "id": number + 100,
            "date_gmt": f"{day(number)}T18:00:00",
            "link": f"{address(number)}/",
            "type": "post",
            "status": "publish",
            "title": {"rendered": f"Title {number}"},
            "content": {
                "rendered": f"<p>All the words of {number} <a href='http://c.example/'>c</a>"
            },
            "like_count": likes,
        }
        for number in NUMBERS
    ]
    return json.dumps(posts).encode()


def kept(body: bytes, date: str, where: str, kind: str) -> bytes:
    answer = response(body).replace(b"text/html", kind.encode())
    return record(answer, f"https://blog.example/{where}", date=date)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    toml = TOML.replace('"raw/blog.json"', '["raw/export.xml", "raw/feed"]') + COLLECT
    folder = small_study(tmp_path / "mine", toml)
    (folder / "raw/blog.json").unlink()
    (folder / "raw/export.xml").write_text(wxr())
    (folder / "raw/feed").mkdir()
    (folder / "raw/feed/feed.xml").write_bytes(rss(3))
    collected = folder / "raw/collected/blog"
    collected.mkdir(parents=True)
    api, form = "wp-json/wp/v2/posts?per_page=100", "application/json"
    (collected / "20120402T000000Z.warc.gz").write_bytes(
        packed(
            kept(rest(9), "2012-04-02T00:00:00Z", api, form),
            kept(rest(7), "2012-04-09T00:00:00Z", api, form),
            kept(rss(5), "2012-04-09T00:00:01Z", "feed/", "text/xml"),
        )
    )
    (collected / "state.json").write_text('{"version": 1}')
    return folder


def test_each_post_stands_once_with_all_that_is_known_of_it(study: Path) -> None:
    found = load(study)
    blog = found.activity.query("channel == 'blog'").reset_index(drop=True)
    assert len(blog) == len(NUMBERS)
    assert blog["copies"].tolist() == [3] * 10 + [5] * 5
    row: dict[str, Any] = blog.iloc[-1].to_dict()
    number = NUMBERS[-1]
    assert (row["id"], row["url"]) == (str(number + 100), f"{address(number)}/")
    assert (row["title"], row["text"]) == (
        f"Title {number}",
        f"Title {number}\nAll the words of {number} c",
    )
    assert row["links"] == ("http://c.example/",)
    assert (row["reactions"], row["comments"]) == (7, 5)
    assert pd.isna(row["shares"])
    assert (row["quality"], row["precision"]) == ("exact", "second")
    assert (row["source"], row["member"]) == ("raw/export.xml", "export.xml")
    digest = hashlib.sha256((study / "raw/export.xml").read_bytes()).hexdigest()
    assert (row["parser"], row["sha256"]) == ("WordPress export (WXR)", digest)
    assert (row["sha256"]) == found.data.inputs["raw/export.xml"]
    assert blog["comments"].tolist() == [1] * 10 + [5] * 5


def test_two_observations_are_two_and_the_latest_stands(study: Path) -> None:
    found = load(study)
    last = found.activity.query("channel == 'blog'").index[-1]
    seen = found.observations
    assert tuple(seen.columns) == OBSERVED
    mine = seen[seen["id"] == last]
    told = [
        (metric, value, "" if pd.isna(at) else f"{at:%m-%d}")
        for metric, value, at in zip(mine["metric"], mine["value"], mine["seen_at"], strict=True)
    ]
    assert told == [
        ("reactions", 9, "04-02"),
        ("reactions", 7, "04-09"),
        ("comments", 3, ""),
        ("comments", 1, "04-01"),
        ("comments", 5, "04-09"),
    ]
    assert set(mine["source"]) == {"raw/export.xml", "raw/feed", "raw/collected/blog"}
    assert str(seen["seen_at"].dtype) == "datetime64[us, UTC]"


def test_check_and_the_results_show_each_part(study: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(study)])
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("  blog: "))
    assert lines[start].startswith("  blog: raw/export.xml and raw/feed and raw/collected/blog, ")
    assert ": 15 posts, 2012-01-02 to 2012-03-26" in lines[start]
    assert lines[start + 1 : start + 6] == [
        "    part: raw/export.xml, WordPress export (WXR): 1 file, 15 posts",
        "    part: raw/feed, RSS or Atom feed: 1 file, 5 posts",
        "    part: raw/collected/blog, RSS or Atom feed: 1 file, 5 posts",
        "    part: raw/collected/blog, WordPress REST answers (posts): 2 files, 30 posts",
        "    merged: 40 copies of 15 posts that other records tell, too",
    ]
    source = load(study).results()["sources"][0]
    assert (source["posts"], source["merged"]) == (15, 40)
    assert source["time_quality"] == {"exact": 15, "derived": 0, "disputed": 0, "day": 0}
    assert source["parts"][1] == {
        "path": "raw/feed",
        "format": "RSS or Atom feed",
        "posts": 5,
        "set_aside": {},
        "problems": 0,
    }


def test_more_copies_change_no_verdict(study: Path, tmp_path: Path) -> None:
    alone = small_study(tmp_path / "other" / "mine", TOML.replace("blog.json", "export.xml"))
    (alone / "raw/export.xml").write_text(wxr())
    one, many = load(alone), load(study)
    pd.testing.assert_frame_equal(
        one.panel.drop(columns=[name for name in one.panel if "reactions" in str(name)]),
        many.panel.drop(columns=[name for name in many.panel if "reactions" in str(name)]),
    )
    assert one.claims()["verdict"].to_dict() == many.claims()["verdict"].to_dict()


def test_a_channel_may_be_collected_alone(study: Path) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace('blog = ["raw/export.xml", "raw/feed"]\n', ""))
    data = read_study(study)
    assert (data.activity["channel"] == "blog").sum() == len(NUMBERS)
    assert data.channels[0] == "blog"
    (study / "raw/collected/blog/20120402T000000Z.warc.gz").unlink()
    with pytest.raises(InputError) as caught:
        read_study(study)
    assert [str(problem) for problem in caught.value.problems] == [
        "mine/raw/collected/blog: expected what 'needle collect' keeps; run it first"
    ]


def test_what_is_not_collected_yet_is_not_missed_beside_an_export(study: Path) -> None:
    (study / "raw/collected/blog/20120402T000000Z.warc.gz").unlink()
    assert inspect(study).problems == ()


@pytest.mark.parametrize("name", ["raw/export.xml", "raw/feed/feed.xml"])
def test_one_corrupt_path_of_several_is_told_and_the_others_are_read(
    study: Path, name: str
) -> None:
    (study / name).write_bytes((study / name).read_bytes()[:-40])
    found = inspect(study)
    assert [problem.kind for problem in found.problems] == ["corrupt"]
    assert found.problems[0].file.startswith(f"mine/{name}")
    blog = next(source for source in found.sources if source.key == "blog")
    assert len(blog.extract.posts) == len(NUMBERS)
    with pytest.raises(InputError):
        read_study(study, skip_corrupt=True)  # it is the focal channel's


def test_a_path_that_is_not_there_is_told(study: Path) -> None:
    (study / "raw/export.xml").unlink()
    assert [str(problem) for problem in inspect(study).problems] == [
        "mine/raw/export.xml: expected a file, a folder or an archive; nothing is there"
    ]


PAGE = '\n[collect.score]\nurl = "https://me.example/"\ncss = ".score"\n'


def keep_scores(study: Path, scores: dict[str, str]) -> None:
    """Keep a page with the score for each of these times."""
    folder = study / "raw/collected/score"
    folder.mkdir(parents=True, exist_ok=True)
    pages = [
        record(response(f'<b class="score">{value}</b>'.encode()), "https://me.example/", date=at)
        for at, value in scores.items()
    ]
    (folder / "20120101T000000Z.warc.gz").write_bytes(packed(*pages))


def noon(number: int) -> str:
    return f"{day(number)}T20:00:00Z"


def test_the_score_may_be_collected_alone(study: Path) -> None:
    toml = study / "study.toml"
    toml.write_text(
        toml.read_text().replace('path = "raw/score.csv"', 'observed_at = "12:00"') + PAGE
    )
    with pytest.raises(InputError) as caught:
        read_study(study)
    assert [str(problem) for problem in caught.value.problems] == [
        "mine/raw/collected/score: expected what 'needle collect' keeps; run it first"
    ]
    shown = {noon(number): str(40 + number % 7) for number in range(40)}
    shown[noon(10)] = "away"
    keep_scores(study, shown)
    data = read_study(study)
    assert data.score["score"].tolist()[:3] == [40, 41, 42]
    assert len(data.score) == 39
    assert "raw/collected/score/20120101T000000Z.warc.gz" in data.inputs
    result = CliRunner().invoke(main, ["check", str(study)])
    assert result.exit_code == 0
    assert "  score: raw/collected/score, captures of a page: 39 readings, " in result.stdout
    assert "note: 1 kept page shows no score: " in result.stdout


def test_the_file_of_the_score_stands_over_collected_readings(study: Path) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text() + PAGE)
    before = read_study(study).score
    keep_scores(study, {noon(DAYS - 1): "1", noon(DAYS + 3): "77"})
    after = read_study(study).score
    pd.testing.assert_frame_equal(after.iloc[:DAYS], before)
    assert after["score"].tolist()[DAYS:] == [1, 77]
    assert after["date"].tolist()[DAYS:] == [pd.Timestamp(day(DAYS)), pd.Timestamp(day(DAYS + 4))]
    keep_scores(study, {f"{day(3)}T08:00:00Z": "1"})
    pd.testing.assert_frame_equal(read_study(study).score, before)


def test_disputed_times_are_told_where_they_are_many(study: Path) -> None:
    off = tweets_js().replace("18:30:00 +0000 2012", "18:30:00 +0000 2013", 5)
    with zipfile.ZipFile(study / "raw/twitter.zip", "w") as archive:
        archive.writestr("data/tweets.js", off)
    found = load(study)
    disputed = (found.activity["quality"] == "disputed").sum()
    limits = [line for line in found.results()["limits"] if "own id tells" in line]
    assert len(limits) == (1 if disputed else 0)
    assert disputed
