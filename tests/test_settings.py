"""study.toml: what is right is kept, what is wrong is one line that says what is expected."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError, Problem
from analysis.settings import Settings, check_settings, is_inside, read_toml

HEAD = 'title = "T"\ntimezone = "America/Los_Angeles"\nfocal = "blog"\n'
SCORE = '[score]\npath = "raw/score.csv"\n'
SOURCES = '[sources]\nblog = "raw/blog.xml"\ntwitter = "raw/twitter"\n'
SMALL = HEAD + SCORE + SOURCES


def check(text: str) -> tuple[Settings | None, list[Problem]]:
    return check_settings(tomllib.loads(text), "s/study.toml")


def good(text: str) -> Settings:
    settings, problems = check(text)
    assert problems == []
    assert settings is not None
    return settings


def lines(text: str) -> list[str]:
    settings, problems = check(text)
    assert settings is None
    assert {problem.kind for problem in problems} == {"invalid"}
    said = [str(problem) for problem in problems]
    assert all(line.isprintable() for line in said)
    assert all(line.startswith("s/study.toml, key ") for line in said)
    return [line.removeprefix("s/study.toml, key ") for line in said]


def test_the_defaults() -> None:
    settings = good(SMALL)
    assert (settings.simulated, settings.breaks, settings.coverage) == (False, (), {})
    assert (settings.score.name, settings.score.kind, settings.score.minutes) == (
        "score",
        "level",
        0,
    )
    question = settings.question
    assert (question.window_hours, question.days, question.alpha) == (48, 2, 0.05)
    assert (question.smallest_effect, question.negative_control) == (None, None)
    assert settings.zone.key == "America/Los_Angeles"


def test_every_key_is_kept() -> None:
    settings = good(
        HEAD
        + "simulated = true\n"
        + '[score]\nname = "Klout"\npath = "raw/s.csv"\nkind = "flow"\nobserved_at = "24:00"\n'
        + SOURCES
        + "[question]\nwindow_hours = 72\nalpha = 0.01\nsmallest_effect = 2\n"
        + 'negative_control = "twitter"\n'
        + '[[breaks]]\ndate = 2011-10-26\nlabel = "New"\n[[breaks]]\ndate = 2012-08-14\n'
        + "[coverage.twitter]\nstart = 2011-01-01\nend = 2012-06-22\n"
    )
    assert settings.simulated
    assert (settings.score.name, settings.score.kind, settings.score.minutes) == (
        "Klout",
        "flow",
        1440,
    )
    assert settings.sources == {"blog": "raw/blog.xml", "twitter": "raw/twitter"}
    question = settings.question
    assert (question.days, question.alpha, question.smallest_effect) == (3, 0.01, 2.0)
    assert question.negative_control == "twitter"
    assert [(one.date, one.label) for one in settings.breaks] == [
        (dt.date(2011, 10, 26), "New"),
        (dt.date(2012, 8, 14), "a change of the scoring model"),
    ]
    assert settings.coverage["twitter"].end == dt.date(2012, 6, 22)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SMALL.replace('"T"', "3"), "title: expected text in quotes, found 3"),
        (SMALL.replace('"T"', '"  "'), "title: expected some text, found '  '"),
        (SMALL.replace('title = "T"\n', ""), "title: expected this key; it is missing"),
        (
            SMALL.replace("America/Los_Angeles", "Pacific"),
            "timezone: expected an IANA time zone such as Europe/Berlin, found 'Pacific'",
        ),
        (
            SMALL.replace("America/Los_Angeles", "../zone"),
            "timezone: expected an IANA time zone such as Europe/Berlin, found '../zone'",
        ),
        (SMALL.replace('"blog"', '""'), "focal: expected some text, found ''"),
        (
            SMALL.replace('"blog"', '"vlog"'),
            "focal: expected one of the channels in [sources]: blog, twitter; found 'vlog'",
        ),
        ('simulated = "yes"\n' + SMALL, "simulated: expected true or false, found 'yes'"),
        (
            "colour = 1\n" + SMALL,
            "colour: unknown key; expected one of: title, timezone, focal, simulated, score, "
            "sources, question, breaks, coverage, collect",
        ),
        ("score = 3\n" + HEAD + SOURCES, "score: expected a table, found 3"),
        (
            HEAD + "[score]\n" + SOURCES,
            "score.path: expected this key; it is missing",
        ),
        (
            HEAD + SCORE + 'kind = "stock"\n' + SOURCES,
            "score.kind: expected 'level' or 'flow', found 'stock'",
        ),
        (
            HEAD + SCORE + 'observed_at = "24:30"\n' + SOURCES,
            "score.observed_at: expected a time of day from 00:00 to 24:00, found '24:30'",
        ),
        (
            HEAD + SCORE + "observed_at = 06:00:00\n" + SOURCES,
            "score.observed_at: expected text in quotes, found 06:00:00",
        ),
        (
            HEAD + SCORE + "units = 1\n" + SOURCES,
            "score.units: unknown key; expected one of: name, path, kind, observed_at",
        ),
        (HEAD + SCORE + "[sources]\n", "sources: expected at least one entry, found a table"),
        (HEAD + SCORE + "[sources]\nblog = 3\n", "sources.blog: expected text in quotes, found 3"),
        (
            HEAD + SCORE + '[sources]\nblog = "../blog.xml"\n',
            "sources.blog: expected a path inside the study's folder, found '../blog.xml'",
        ),
        (
            HEAD + SCORE + '[sources]\nblog = "/etc/blog.xml"\n',
            "sources.blog: expected a path inside the study's folder, found '/etc/blog.xml'",
        ),
        (
            HEAD + SCORE + '[sources]\nblog = "raw/x"\nother = "raw/x"\n',
            "sources.other: expected each path once; blog has 'raw/x' too",
        ),
        (
            SMALL + "[question]\nwindow_hours = 47\n",
            "question.window_hours: expected whole days in hours: 24, 48, 72, … or 168, found 47",
        ),
        (
            SMALL + "[question]\nwindow_hours = true\n",
            "question.window_hours: expected a whole number, found true",
        ),
        (
            SMALL + "[question]\nwindow_hours = 48.0\n",
            "question.window_hours: expected a whole number, found 48.0",
        ),
        (SMALL + "[question]\nalpha = 0\n", "question.alpha: expected more than 0, found 0"),
        (SMALL + "[question]\nalpha = 5\n", "question.alpha: expected less than 0.5, found 5"),
        (
            SMALL + "[question]\nalpha = nan\n",
            "question.alpha: expected a finite number, found nan",
        ),
        (SMALL + "[question]\nalpha = true\n", "question.alpha: expected a number, found true"),
        (
            SMALL + '[question]\nalpha = "0.05"\n',
            "question.alpha: expected a number, found '0.05'",
        ),
        (
            SMALL + "[question]\nsmallest_effect = inf\n",
            "question.smallest_effect: expected a finite number, found inf",
        ),
        (
            SMALL + "[question]\nsmallest_effect = -0.1\n",
            "question.smallest_effect: expected more than 0, found -0.1",
        ),
        (
            SMALL + "[question]\ndelta = 1\n",
            "question.delta: unknown key; expected one of: window_hours, alpha, smallest_effect, "
            "negative_control, crosspost_confidence",
        ),
        (
            SMALL + "[question]\ncrosspost_confidence = 1.5\n",
            "question.crosspost_confidence: expected at most 1, found 1.5",
        ),
        (
            SMALL + "[question]\ncrosspost_confidence = -0.1\n",
            "question.crosspost_confidence: expected at least 0, found -0.1",
        ),
        (
            SMALL + '[question]\nnegative_control = "vlog"\n',
            "question.negative_control: expected one of the channels in [sources]: blog, twitter; "
            "found 'vlog'",
        ),
        (
            SMALL + '[question]\nnegative_control = "blog"\n',
            "question.negative_control: expected another channel than the focal one, 'blog'",
        ),
        (
            SMALL + "[question]\nnegative_control = true\n",
            "question.negative_control: expected text in quotes, found true",
        ),
        (
            SMALL + '[[breaks]]\ndate = 2011-10-26\n[[breaks]]\ndate = "2011-10-26"\n',
            "breaks.2.date: expected a date such as 2011-10-26, without quotes and without a time, "
            "found '2011-10-26'",
        ),
        (
            SMALL + "[[breaks]]\ndate = 2011-10-26T09:00:00\n",
            "breaks.1.date: expected a date such as 2011-10-26, without quotes and without a time, "
            "found 2011-10-26T09:00:00",
        ),
        (SMALL + '[[breaks]]\nlabel = "x"\n', "breaks.1.date: expected this key; it is missing"),
        (
            SMALL + "[breaks]\ndate = 2011-10-26\n",
            "breaks: expected tables, each under [[breaks]], found a table",
        ),
        (
            SMALL + "[[breaks]]\ndate = 2011-10-26\nwhen = 1\n",
            "breaks.1.when: unknown key; expected one of: date, label",
        ),
        (
            SMALL + "[coverage.blog]\nstart = 2012-01-02\nend = 2012-01-01\n",
            "coverage.blog: expected start on or before end",
        ),
        (
            SMALL + "[coverage.blog]\nfrom = 2012-01-02\n",
            "coverage.blog.from: unknown key; expected one of: start, end",
        ),
        (
            SMALL + "[coverage]\nstart = 2012-01-02\n",
            "coverage.start: expected a table, found 2012-01-02",
        ),
        (
            SMALL + "[coverage.vlog]\nstart = 2012-01-02\n",
            "coverage.vlog: expected one of the channels in [sources]: blog, twitter",
        ),
    ],
)
def test_a_wrong_key_is_one_line_with_what_is_expected(text: str, line: str) -> None:
    assert lines(text) == [line]


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ('""', "expected some text"),
        ('["raw/x", ""]', "expected some text"),
        ('["raw/x", "raw/./x"]', "expected each path once"),
        ('["raw/x", 5]', "expected text in quotes, or a list of such"),
        ('["raw/x", "../y"]', "expected a path inside the study's folder, not '../y'"),
    ],
)
def test_a_wrong_list_of_paths_is_one_line(paths: str, said: str) -> None:
    (line,) = lines(SMALL.replace('"raw/twitter"', paths))
    assert line.startswith(f"sources.twitter: {said}")


def test_all_that_is_wrong_is_told_at_once() -> None:
    said = lines(
        'title = ""\ntimezone = "Mars/Base"\nextra = 1\n[score]\npath = "/x"\n[sources]\n'
        '"" = "raw/a"\n[question]\nalpha = 9\n'
    )
    assert [line.partition(":")[0] for line in said] == [
        "title",
        "timezone",
        "focal",
        "score.path",
        'sources.""',
        "question.alpha",
        "extra",
    ]


def test_a_table_of_channels_may_have_the_focal_one() -> None:
    assert good(HEAD + SCORE + '[sources]\nactivity = "raw/activity.csv"\n').focal == "blog"


def test_hostile_words_are_shown_as_escapes() -> None:
    (line,) = lines(SMALL.replace('"blog"', r'"\u001b[31m\u202e"'))
    assert r"\x1b[31m\u202e" in line


def test_long_words_are_cut() -> None:
    (line,) = lines(SMALL.replace('"T"', f'"{"x" * 5000}"'))
    assert line.startswith("title: expected at most 500 characters")
    assert len(line) < 600


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("raw/blog.xml", True),
        ("raw", True),
        ("raw/..hidden", True),
        ("raw/a..b/c", True),
        ("raw\\blog.xml", True),
        ("./raw", True),
        ("", False),
        (".", False),
        ("/raw", False),
        ("\\raw", False),
        ("C:\\raw", False),
        ("c:raw", False),
        ("..", False),
        ("raw/../..", False),
        ("raw\\..\\x", False),
        ("raw\0", False),
        ("raw\n", False),
    ],
)
def test_paths_stay_inside_the_study(path: str, inside: bool) -> None:
    assert is_inside(path) is inside


def test_a_missing_study_is_absent(tmp_path: Path) -> None:
    for folder, line in (
        (tmp_path / "none", "none: expected a study: a folder with a study.toml in it"),
        (tmp_path, f"{tmp_path.name}/study.toml: expected this file in the study's folder"),
    ):
        with pytest.raises(InputError) as caught:
            read_toml(folder)
        assert str(caught.value) == line
        assert caught.value.problems[0].kind == "absent"
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="expected a study: a folder"):
        read_toml(file)


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        (b"title = \n", "line 1, column 9", "expected TOML: "),
        (b'title = "a"\ntitle = "b"\n', "line 2, column 12", "expected TOML: "),
        (b"[score", "end of document", "expected TOML: "),
        (b'title = "caf\xe9"\n', "byte 12", "expected UTF-8 text"),
        (b"a = " + b"[" * 5000, "", "fewer levels"),
    ],
)
def test_a_broken_file_is_corrupt_with_its_place(
    tmp_path: Path, content: bytes, place: str, said: str
) -> None:
    (tmp_path / "study.toml").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_toml(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.kind, problem.place) == ("corrupt", place)
    assert said in problem.expected


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b'\xef\xbb\xbftitle = "T"\n')
    assert read_toml(tmp_path) == {"title": "T"}


def test_what_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "study.toml").write_text(SMALL)

    def deny(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", deny)
    with pytest.raises(InputError) as caught:
        read_toml(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path.name}/study.toml: expected a readable file: Permission denied"
    )


NAMES = (
    {"title", "timezone", "focal", "simulated", "score", "sources", "question", "breaks"}
    | {"coverage", "name", "path", "kind", "observed_at", "window_hours", "alpha"}
    | {"smallest_effect", "negative_control", "date", "label", "start", "end", "blog", "activity"}
)
KEYS = st.text(max_size=3) | st.sampled_from(sorted(NAMES))
WILD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.dates()
    | st.datetimes()
    | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, WILD, max_size=8))
def test_wild_settings_are_right_or_told(wild: dict[str, object]) -> None:
    raw = tomllib.loads(SMALL) | wild
    settings, problems = check_settings(raw, "s/study.toml")
    assert (settings is None) == bool(problems)
    assert all(str(problem).isprintable() for problem in problems)


def test_a_number_of_many_digits_is_not_written_out(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(f"title = 0x{'f' * 5000}")
    settings, problems = check_settings(read_toml(tmp_path), "study.toml")
    assert settings is None
    assert any("found a number of many digits" in str(problem) for problem in problems)
    assert all(str(problem).isprintable() for problem in problems)


def test_a_number_of_thousands_of_digits_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(f"title = {'9' * 5000}\n")
    with pytest.raises(InputError, match="fewer digits"):
        read_toml(tmp_path)
