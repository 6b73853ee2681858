"""A folder in, a study out, or one line for each thing that is wrong with it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from analysis import load
from analysis.activity import SourceRead
from analysis.cli import main
from analysis.errors import InputError, Problem, ProblemKind
from analysis.files import sha256_of
from analysis.formats.base import Extract, Format, Recognition, Score
from analysis.formats.registry import Part
from analysis.inspection import as_data, describe, ledger_text
from analysis.settings import check_settings
from analysis.study import Inspection, inspect, read_study, score_table
from tests.archives import record, response
from tests.studies import DAYS, TOML, cut_short, forbid, small_study, tweets_js

KINDS: tuple[ProblemKind, ...] = ("absent", "corrupt", "unknown")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return small_study(tmp_path / "mine")


def check(folder: Path) -> Result:
    return CliRunner().invoke(main, ["check", str(folder)])


def complaints(folder: Path) -> list[str]:
    """Return what ``needle check`` says is wrong, one line each."""
    result = check(folder)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert str(folder.parent) not in result.output
    lines = result.stderr.splitlines()
    assert all(line.startswith("needle: mine") and line.isprintable() for line in lines)
    assert len(lines) == len(inspect(folder).problems)
    return [line.removeprefix("needle: mine/") for line in lines]


def refusals(folder: Path, **options: bool) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_study(folder, **options)
    return [str(problem).removeprefix("mine/") for problem in caught.value.problems]


def test_a_whole_study_is_read(study: Path) -> None:
    data = read_study(study)
    assert data.name == "mine"
    assert data.channels == ("blog", "twitter", "facebook")
    assert data.activity["channel"].value_counts().to_dict() == {
        "twitter": sum(number % 3 == 0 or number % 7 == 1 for number in range(DAYS)),
        "facebook": 23,
        "blog": 15,
    }
    shared = data.activity[data.activity["crosspost_of"] != ""]
    assert shared["channel"].tolist() == ["twitter"] * 15
    assert len(data.score) == DAYS
    assert (data.skipped, data.counts.empty) == ((), True)
    assert data.coverage()["blog"] == (dt.date(2012, 1, 2), dt.date(2012, 3, 26))
    assert data.coverage()["twitter"][0] is None


def test_the_inputs_are_hashed_by_their_path_in_the_study(study: Path) -> None:
    inputs = read_study(study).inputs
    assert list(inputs) == [
        "raw/blog.json",
        "raw/facebook/posts/your_posts_1.json",
        "raw/score.csv",
        "raw/twitter.zip",
        "study.toml",
    ]
    assert all(digest == sha256_of(study / path, path) for path, digest in inputs.items())


def test_where_it_stands_makes_no_difference(study: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(study, tmp_path / "elsewhere" / "mine")
    assert load(str(copy)).results() == load(str(study)).results()


def test_check_shows_what_was_read(study: Path) -> None:
    result = check(study)
    assert (result.exit_code, result.stderr) == (0, "")
    first, score, blog, *_ = result.stdout.splitlines()
    assert first == "mine: A small study"
    assert score == (
        "  score: raw/score.csv, score table (date,score): 90 readings, 2012-01-02 to 2012-03-31, "
        "0 days without one"
    )
    assert blog.startswith("  blog: raw/blog.json, JSON Feed (")
    assert blog.endswith("): 15 posts, 2012-01-02 to 2012-03-26")


def missing(study: Path) -> None:
    (study / "raw/blog.json").unlink()


def corrupt_zip(study: Path) -> None:
    cut_short(study / "raw/twitter.zip")


def half_json(study: Path) -> None:
    cut_short(study / "raw/facebook/posts/your_posts_1.json")


def unknown_key(study: Path) -> None:
    path = study / "study.toml"
    path.write_text(path.read_text().replace("[score]\n", '[score]\nunits = "points"\n'))


def bad_zone(study: Path) -> None:
    path = study / "study.toml"
    path.write_text(path.read_text().replace("America/Los_Angeles", "America/Los Angeles"))


def empty_score(study: Path) -> None:
    (study / "raw/score.csv").write_text("date,score\n")


def duplicate_dates(study: Path) -> None:
    path = study / "raw/score.csv"
    path.write_text(path.read_text() + "2012-01-05,41.0\n")


WRONG: dict[Callable[[Path], None], str] = {
    missing: "raw/blog.json: expected a file, a folder or an archive; nothing is there",
    corrupt_zip: "raw/twitter.zip: expected a whole zip archive: File is not a zip file",
    half_json: "raw/facebook/posts/your_posts_1.json, line 1, column ",
    unknown_key: (
        "study.toml, key score.units: unknown key; expected one of: name, path, kind, observed_at"
    ),
    bad_zone: (
        "study.toml, key timezone: expected an IANA time zone such as Europe/Berlin, "
        "found 'America/Los Angeles'"
    ),
    empty_score: "raw/score.csv: expected at least one reading of the score, found none",
    duplicate_dates: (
        "raw/score.csv, line 92: expected every date once; 2012-01-05 is in line 5 too"
    ),
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_each_thing_that_is_wrong_is_one_line(study: Path, wrong: Callable[[Path], None]) -> None:
    wrong(study)
    (line,) = complaints(study)
    assert line.startswith(WRONG[wrong])
    assert refusals(study) == [line]


def test_everything_that_is_wrong_is_told_at_once(study: Path) -> None:
    for wrong in WRONG:
        if wrong is not duplicate_dates:
            wrong(study)
    lines = complaints(study)
    expected = [line for wrong, line in WRONG.items() if wrong is not duplicate_dates]
    assert len(lines) == len(expected) == 6
    for start in expected:
        assert sum(line.startswith(start) for line in lines) == 1, start


def test_what_could_be_read_is_shown_beside_what_could_not(study: Path) -> None:
    corrupt_zip(study)
    result = check(study)
    assert "  facebook: raw/facebook, " in result.stdout
    assert "twitter" not in result.stdout


@pytest.mark.parametrize(
    ("score", "kind"), [("", "corrupt"), ("date;score\n", "unknown"), (None, "absent")]
)
def test_a_score_that_is_empty_foreign_or_missing(
    study: Path, score: str | None, kind: str
) -> None:
    path = study / "raw/score.csv"
    path.unlink()
    if score is not None:
        path.write_text(score)
    (line,) = complaints(study)
    assert line.startswith("raw/score.csv: ")
    assert [problem.kind for problem in inspect(study).problems] == [kind]


def test_an_export_cut_short_inside_a_zip(study: Path) -> None:
    with zipfile.ZipFile(study / "raw/twitter.zip", "w") as archive:
        archive.writestr("data/tweets.js", tweets_js()[:5000])
    (line,) = complaints(study)
    assert line.startswith("raw/twitter.zip/data/tweets.js, line 1, column 5001: expected JSON: ")


@pytest.mark.parametrize("name", ["raw/score.csv", "raw/twitter.zip", "raw/facebook", "study.toml"])
def test_what_may_not_be_read_is_told(study: Path, name: str) -> None:
    with forbid(study / name):
        (line,) = complaints(study)
    assert line == f"{name}: expected a readable file: Permission denied"


@pytest.mark.parametrize("name", ["raw/blog.json", "raw/facebook", "raw/score.csv", "links.csv"])
def test_a_link_that_leads_out_of_the_study_is_not_followed(study: Path, name: str) -> None:
    """Somebody else's study could show what stands in files of whoever opens it."""
    path, outside = study / name, study.parent / "outside"
    if path.exists():
        path.rename(outside)
    else:
        outside.write_text("short,long\nhttps://bit.ly/x,https://a.example/\n", encoding="utf-8")
    path.symlink_to(outside)
    (line,) = complaints(study)
    found = "found a link that leads out of it"
    assert line == f"{name}: expected a path inside the study's folder, {found}"
    path.unlink()
    outside.rename(study / "inside")
    path.symlink_to(study / "inside")
    assert check(study).exit_code == 0


@pytest.mark.parametrize("value", ["1e300", "-1e300", "1.1e15"])
def test_a_score_that_no_account_has_is_one_line(study: Path, value: str) -> None:
    path = study / "raw/score.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    for at in (40, 50):
        rows[at] = f"{rows[at].partition(',')[0]},{value}"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = f"{float(value):g}"
    expected = f"expected a score from -1e+15 to 1e+15, found {found}"
    assert complaints(study) == [f"raw/score.csv, line 41: {expected}"]
    result = CliRunner().invoke(main, ["verdict", str(study)])
    assert result.exit_code == 2
    assert result.stderr == f"needle: mine/raw/score.csv, line 41: {expected}\n"


def test_a_channel_of_two_sources_is_told(study: Path) -> None:
    (study / "study.toml").write_text(TOML + 'activity = "raw/activity.csv"\n')
    (study / "raw/activity.csv").write_text("at,channel\n2012-01-05,facebook\n2012-01-06,talks\n")
    assert complaints(study) == [
        "raw/activity.csv: expected channel 'facebook' once; raw/facebook has it too"
    ]


def test_a_focal_channel_that_no_source_has_is_told(study: Path) -> None:
    (study / "study.toml").write_text(
        TOML.replace('blog = "raw/blog.json"', 'activity = "raw/activity.csv"')
        + "[coverage.radio]\nend = 2012-03-01\n"
        + '[question]\nnegative_control = "video"\n'
    )
    (study / "raw/activity.csv").write_text("at,channel\n2012-01-05,talks\n")
    found = "expected one of the channels found: facebook, talks, twitter"
    assert complaints(study) == [
        f"study.toml, key focal: {found}; found 'blog'",
        f"study.toml, key coverage.radio: {found}; found 'radio'",
        f"study.toml, key question.negative_control: {found}; found 'video'",
    ]
    (study / "raw/activity.csv").write_text("at,channel\n2012-01-05,\n")
    (line,) = complaints(study)
    assert line.startswith("raw/activity.csv, line 2, column channel: ")


def test_a_folder_whose_name_begins_with_dots_is_read(study: Path) -> None:
    (study / "raw/blog.json").rename(study / "raw/..blog.json")
    (study / "study.toml").write_text(TOML.replace("raw/blog.json", "raw/..blog.json"))
    assert (read_study(study).activity["channel"] == "blog").sum() == 15


def test_a_source_without_posts_is_said(study: Path) -> None:
    (study / "raw/facebook/posts/your_posts_1.json").write_text("[]")
    result = check(study)
    assert result.exit_code == 0
    assert any("facebook" in line and "no posts" in line for line in result.stdout.splitlines())
    limits = load(str(study)).results()["limits"]
    assert any(line.startswith("raw/facebook: ") and "no post" in line for line in limits)


def test_an_archive_without_tweets_is_said(study: Path) -> None:
    with zipfile.ZipFile(study / "raw/twitter.zip", "w") as archive:
        archive.writestr("data/tweets.js", "window.YTD.tweets.part0 = []")
    result = check(study)
    assert result.exit_code == 0
    assert any("twitter" in line and "no posts" in line for line in result.stdout.splitlines())
    limits = load(str(study)).results()["limits"]
    assert any(line.startswith("raw/twitter.zip: ") and "no post" in line for line in limits)


def test_a_corrupt_source_means_no_verdict_unless_it_is_left_out(study: Path) -> None:
    corrupt_zip(study)
    result = CliRunner().invoke(main, ["verdict", str(study)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"needle: mine/{WRONG[corrupt_zip]}\n"
    result = CliRunner().invoke(main, ["verdict", str(study), "--skip-corrupt"])
    assert (result.exit_code, result.stderr) == (0, "")
    left_out = load(str(study), skip_corrupt=True)
    assert left_out.channels == ("blog", "facebook")
    assert (
        f"Left out because it is corrupt, as asked: mine/{WRONG[corrupt_zip]}."
        in (left_out.results()["limits"])
    )
    assert "raw/twitter.zip" not in left_out.data.inputs


def test_a_source_with_one_corrupt_file_is_left_out_whole(study: Path) -> None:
    with zipfile.ZipFile(study / "raw/twitter.zip", "a") as archive:
        archive.writestr("data/tweets-part1.js", "window.YTD.tweets.part1 = [{")
    data = read_study(study, skip_corrupt=True)
    assert "twitter" not in data.channels
    assert [problem.file for problem in data.skipped] == [
        "mine/raw/twitter.zip/data/tweets-part1.js"
    ]


def test_neither_the_score_nor_the_focal_channel_can_be_left_out(study: Path) -> None:
    corrupt_zip(study)
    cut_short(study / "raw/blog.json")
    (line,) = refusals(study, skip_corrupt=True)
    assert line.startswith("raw/blog.json, line 1, column ")
    small_study(study.parent / "other" / "mine")
    empty_score(study.parent / "other" / "mine")
    assert refusals(study.parent / "other" / "mine", skip_corrupt=True) == [WRONG[empty_score]]


def test_a_table_that_may_hold_the_focal_channel_cannot_be_left_out(study: Path) -> None:
    (study / "study.toml").write_text(
        TOML.replace('blog = "raw/blog.json"', 'activity = "raw/activity.csv"')
    )
    (study / "raw/activity.csv").write_text("at,channel\n2012-01-05,blog\nsoon,blog\n")
    (line,) = refusals(study, skip_corrupt=True)
    assert line.startswith("raw/activity.csv, line 3, column at: ")


def test_a_source_beside_the_focal_one_with_a_longer_name_can_be_left_out(study: Path) -> None:
    (study / "raw/twitter.zip").rename(study / "raw/blog.json.zip")
    (study / "study.toml").write_text(TOML.replace("raw/twitter.zip", "raw/blog.json.zip"))
    cut_short(study / "raw/blog.json.zip")
    assert read_study(study, skip_corrupt=True).channels == ("blog", "facebook")


@pytest.mark.parametrize("wrong", [missing, unknown_key, bad_zone, duplicate_dates])
def test_only_what_is_corrupt_can_be_left_out(study: Path, wrong: Callable[[Path], None]) -> None:
    wrong(study)
    (line,) = refusals(study, skip_corrupt=True)
    assert line.startswith(WRONG[wrong])


def test_what_is_absent_or_foreign_is_never_left_out(study: Path) -> None:
    (study / "raw/twitter.zip").unlink()
    (study / "raw/facebook/posts/your_posts_1.json").rename(study / "raw/facebook/notes.txt")
    absent, foreign = refusals(study, skip_corrupt=True)
    assert absent.startswith("raw/twitter.zip: ")
    assert foreign.startswith("raw/facebook: found no known format in 1 file(s); ")


def test_a_folder_without_a_study(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    result = check(folder)
    assert (result.exit_code, result.stderr) == (
        2,
        "needle: mine: expected a study: a folder with a study.toml in it\n",
    )
    folder.mkdir()
    assert refusals(folder) == ["study.toml: expected this file in the study's folder"]


def test_an_empty_folder_is_no_source(study: Path) -> None:
    shutil.rmtree(study / "raw/facebook/posts")
    assert complaints(study) == ["raw/facebook: expected files, found an empty folder or archive"]


def test_a_declared_coverage_goes_before_what_the_files_show(study: Path) -> None:
    (study / "study.toml").write_text(TOML + "[coverage.facebook]\nend = 2012-05-01\n")
    assert read_study(study).coverage()["facebook"] == (None, dt.date(2012, 5, 1))


def test_daily_counts_become_a_column_a_channel(study: Path) -> None:
    (study / "study.toml").write_text(TOML + 'daily = "raw/daily.csv"\n')
    (study / "raw/daily.csv").write_text("date,a,b\n2012-01-03,1,\n2012-01-02,-1,0\n")
    data = read_study(study)
    assert data.channels == ("blog", "twitter", "facebook", "a", "b")
    assert data.counts.index.tolist() == [pd.Timestamp("2012-01-02"), pd.Timestamp("2012-01-03")]
    assert data.counts.fillna(-1).to_dict("list") == {"a": [-1.0, 1.0], "b": [0.0, -1.0]}


def test_check_tells_the_channels_of_a_table_of_counts(study: Path) -> None:
    (study / "study.toml").write_text(TOML + 'daily = "raw/daily.csv"\n')
    (study / "raw/daily.csv").write_text("date,forum,list\n2012-01-02,3,\n2012-01-03,2,0\n")
    (line,) = (line for line in check(study).stdout.splitlines() if "by channel" in line)
    assert line.endswith("; by channel: forum 5, list 0")


def test_check_tells_of_short_links_that_web_archives_undo(study: Path) -> None:
    moved = response(b"", "Location: https://blog.example/6", status="301 Moved")
    elsewhere = record(moved, "https://blog.example/login")
    archive = study / "raw/facebook/links.warc"
    archive.write_bytes(record(moved, "http://bit.ly/a") + elsewhere)
    told = "  short links: redirects in web archives, 1 known"
    assert told in check(study).stdout.splitlines()
    archive.write_bytes(elsewhere)
    assert "short links" not in check(study).stdout


def test_without_a_file_of_the_score_a_corrupt_source_can_be_left_out(study: Path) -> None:
    """What then is told is what the score lacks, and nothing of the source."""
    collected = '[collect.score]\nurl = "https://klout.example/me"\ncss = "b"\n'
    (study / "study.toml").write_text(TOML.replace('path = "raw/score.csv"\n', "") + collected)
    corrupt_zip(study)
    assert len(refusals(study)) == 2
    (line,) = refusals(study, skip_corrupt=True)
    assert line == "raw/collected/score: expected what 'needle collect' keeps; run it first"


def test_a_verdict_on_simulated_data_says_so_before_its_numbers() -> None:
    results = {
        "question": {"text": "Is it?"},
        "answer": {"sentence": "It is not known."},
        "study": {"title": "T", "simulated": True},
        "period": {"used": 80, "readings": 90, "start": "2012-01-02", "end": "2012-03-31"},
        "claims": [],
    }
    lines = ledger_text(results).splitlines()
    assert lines[4] == "SIMULATED DATA: they show the method, not a person."
    assert lines[6] == "T: 80 of 90 readings used, 2012-01-02 to 2012-03-31."
    results["study"] = {"title": "T", "simulated": False}
    assert "SIMULATED" not in ledger_text(results)


def scores(text: str, *readings: tuple[str, float]) -> list[tuple[str, float]]:
    settings, _ = check_settings(
        {
            "title": "T",
            "timezone": "America/Los_Angeles",
            "focal": "blog",
            "score": {"path": "s.csv", "observed_at": text},
            "sources": {"blog": "b"},
        },
        "t",
    )
    assert settings is not None
    taken = tuple(Score(dt.datetime.fromisoformat(when), value) for when, value in readings)
    frame = score_table(taken, settings)
    assert frame["kind"].eq("level").all()
    assert not frame["derived"].any()
    return [
        (f"{when:%m-%d}", value) for when, value in zip(frame["date"], frame["score"], strict=True)
    ]


def test_the_reading_nearest_to_the_usual_time_stands_for_its_day() -> None:
    readings = [
        ("2012-05-08T01:00", 1.0),
        ("2012-05-08T06:30", 2.0),
        ("2012-05-08T23:00", 3.0),
        ("2012-05-10T05:00+00:00", 4.0),
    ]
    # Late in the evening is nearer to the next morning's reading than to this one's.
    assert scores("06:00", *readings) == [("05-08", 2.0), ("05-09", 3.0), ("05-10", 4.0)]
    assert scores("24:00", *readings) == [("05-07", 1.0), ("05-08", 3.0), ("05-09", 4.0)]
    expected = [("05-08", 1.0), ("05-09", 3.0), ("05-10", 4.0)]
    assert scores("00:00", *reversed(readings)) == expected


def test_of_two_readings_equally_near_the_earlier_stands() -> None:
    readings = [("2012-05-08T11:00", 1.0), ("2012-05-08T13:00", 2.0)]
    assert scores("12:00", *readings) == scores("12:00", *reversed(readings)) == [("05-08", 1.0)]


def test_check_says_how_many_snapshots_stand_for_a_day(study: Path) -> None:
    path = study / "raw/score.csv"
    path.write_text(path.read_text() + "2012-01-05T06:00,41.0\n")
    assert ": 90 readings (one a day of 91, the nearest to 00:00), " in check(study).stdout


@pytest.mark.parametrize(
    "name",
    [
        "followers-kawalcovid19",
        "followers-prasastipagi",
        "followers-twitterid",
        "simonw-2022-attention",
        "simonw-2022-points",
    ],
)
def test_real_studies_have_nothing_wrong(shared: Path, name: str) -> None:
    assert inspect(shared / "studies" / name).problems == ()


def two_formats(study: Path) -> Path:
    """Make the blog a folder of two feeds, the second with a post of its own."""
    feed = (study / "raw/blog.json").read_text()
    (study / "raw/blog.json").unlink()
    (study / "raw/blog").mkdir()
    (study / "raw/blog/feed.json").write_text(feed)
    date = "<pubDate>Sun, 01 Jan 2012 10:00:00 -0800</pubDate>"
    rss = f"<rss version='2.0'><channel><item><title>a</title>{date}</item></channel></rss>"
    (study / "raw/blog/feed.xml").write_text(rss)
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("raw/blog.json", "raw/blog"))
    return study


def test_every_format_of_a_source_counts(study: Path) -> None:
    before = read_study(study).activity
    data = read_study(two_formats(study))
    assert len(data.activity) == len(before) + 1
    blog = next(source for source in data.sources if source.key == "blog")
    assert blog.format_name == "JSON Feed and RSS or Atom feed"
    assert [len(part.extract.posts) for part in blog.parts] == [15, 1]
    assert data.inputs.keys() >= {"raw/blog/feed.json", "raw/blog/feed.xml"}


def test_a_source_that_is_corrupt_in_part_is_refused_or_left_out_whole(study: Path) -> None:
    part = study / "raw/facebook/more"
    part.mkdir()
    (part / "cut.zip").write_bytes(b"PK\x03\x04")
    (line,) = refusals(study)
    assert line == complaints(study)[0]
    assert line.startswith("raw/facebook/more/cut.zip: expected a whole zip archive")
    assert "  facebook: raw/facebook, Facebook export" in check(study).stdout
    data = read_study(study, skip_corrupt=True)
    assert [source.key for source in data.sources] == ["blog", "twitter"]
    assert [str(problem) for problem in data.skipped] == [f"mine/{line}"]
    assert "facebook" not in set(data.activity["channel"])
    assert not any(path.startswith("raw/facebook") for path in data.inputs)


def test_what_is_not_read_of_a_source_is_told_below_it(study: Path) -> None:
    for name, content in {"notes.json": "{}", "a.jpg": "", "b.JPG": "", "README": "hello"}.items():
        (study / "raw/facebook" / name).write_text(content)
    with zipfile.ZipFile(study / "raw/twitter.zip", "a") as archive:
        for number in range(12):
            archive.writestr(f"data/like{number:02}.js", "window.YTD.like.part0 = []")
    (study / "raw/blog.json").write_text(
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}'
    )
    result = check(study)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "    unknown: notes.json\n    other files: 2 .jpg, 1 without a suffix\n" in result.stdout
    assert "    unknown: data/like09.js\n    unknown: 2 more\n" in result.stdout
    assert ": no posts, all set aside; set aside: 1 no date" in result.stdout
    (study / "raw/blog.json").write_text(
        '{"version": "https://jsonfeed.org/version/1.1", "items": []}'
    )
    assert ": no posts, its files hold no record\n" in check(study).stdout


def test_what_a_format_reports_of_its_files_is_told(study: Path) -> None:
    (study / "raw/blog/more").mkdir(parents=True)
    problems = tuple(Problem(kind, f"mine/raw/x-{kind}", "", "expected it") for kind in KINDS)
    drift = Counter({f"tweets.js: key{number:02}": number for number in range(1, 13)})
    known = Format("Some export", lambda _: None, lambda *_: Extract())
    part = Part(known, Recognition(1.0, ("a",), "so"), Extract(problems=problems, drift=drift))
    source = SourceRead("x", "raw/x", "Some export", "so", part.extract, {}, (part, part))
    found = Inspection(None, (source,), None, "", source.corrupt, {})
    lines = list(describe(found, "mine"))
    assert lines[1] == "  x: raw/x, Some export (so): no posts, its files hold no record"
    assert lines[2] == lines[3] == "    part: Some export: 1 file, 0 posts"
    assert lines[4:6] == [
        "    absent: mine/raw/x-absent: expected it",
        "    unknown: mine/raw/x-unknown: expected it",
    ]
    assert lines[6] == "    new key: tweets.js: key01, 1 times"
    assert lines[-1] == "    new key: 2 more"
    assert [problem.kind for problem in found.problems] == ["corrupt"]
    assert as_data(found, "mine")["problems"] == {
        kind: [f"mine/raw/x-{kind}: expected it"] if kind in KINDS else []
        for kind in ("absent", "corrupt", "unknown", "invalid")
    }


def test_check_gives_the_same_as_data(study: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(study), "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    shown = json.loads(result.stdout)
    assert (shown["study"], shown["title"]) == ("mine", "A small study")
    assert shown["score"]["readings"] == 90
    assert [source["channel"] for source in shown["sources"]] == ["blog", "twitter", "facebook"]
    assert shown["sources"][0]["parts"][0]["rows"] == {"post": 15}
    assert not any(shown["problems"].values())


def test_the_focal_source_is_never_left_out(study: Path) -> None:
    (two_formats(study) / "raw/blog/cut.warc").write_bytes(b"WARC/1.0\r\n")
    with pytest.raises(InputError, match=r"cut\.warc"):
        read_study(study, skip_corrupt=True)
