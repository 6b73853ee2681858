"""The panel: counts by hours before the reading, across daylight saving; gaps as gaps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis.panel import break_mask, reading_instants
from analysis.settings import Break
from tests.builders import days_from, write_study


def scores(start: str, count: int) -> list[tuple[str, float]]:
    return [(day, 50 + index) for index, day in enumerate(days_from(start, count))]


def windows(folder: Path, channel: str = "blog") -> pd.DataFrame:
    panel = analysis.load(str(folder)).panel
    return panel[[column for column in panel if column.startswith(channel)]]


@pytest.mark.parametrize(
    ("observed_at", "at", "first", "second"),
    [
        # A reading at 00:00 sees the day before it, and at that instant nothing of its own day.
        ("00:00", "2012-01-09T23:59:59-08:00", "2012-01-10", "2012-01-11"),
        ("00:00", "2012-01-10T00:00:00-08:00", "2012-01-11", "2012-01-12"),
        ("00:00", "2012-01-10T07:59:59Z", "2012-01-10", "2012-01-11"),
        ("24:00", "2012-01-10T00:00:00-08:00", "2012-01-10", "2012-01-11"),
        ("24:00", "2012-01-10T23:59:59-08:00", "2012-01-10", "2012-01-11"),
        ("09:30", "2012-01-10T09:29:00-08:00", "2012-01-10", "2012-01-11"),
        ("09:30", "2012-01-10T09:31:00-08:00", "2012-01-11", "2012-01-12"),
        # Without an offset it is the study's own clock; a date alone stands at its noon.
        ("00:00", "2012-01-09T23:59:59", "2012-01-10", "2012-01-11"),
        ("00:00", "2012-01-09", "2012-01-10", "2012-01-11"),
        ("24:00", "2012-01-10", "2012-01-10", "2012-01-11"),
    ],
)
def test_a_post_stands_in_the_readings_after_it(
    tmp_path: Path, observed_at: str, at: str, first: str, second: str
) -> None:
    folder = write_study(
        tmp_path / "s",
        score=scores("2012-01-02", 20),
        activity=[("2012-01-01T12:00:00Z", "blog"), (at, "blog"), ("2012-01-25T12:00:00Z", "blog")],
        observed_at=observed_at,
    )
    seen = windows(folder)
    inner = seen.loc["2012-01-05":"2012-01-20"]
    assert list(inner.index[inner["blog 0-24h"] == 1].strftime("%Y-%m-%d")) == [first]
    assert list(inner.index[inner["blog 24-48h"] == 1].strftime("%Y-%m-%d")) == [second]
    before = pd.Timestamp(first) - pd.Timedelta(days=1)
    assert seen.loc[before, "blog next 24h"] == 1
    assert seen.loc[before - pd.Timedelta(days=1), "blog next 48h"] == 1


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Los_Angeles", "2012-03-11", 23),
        ("America/Los_Angeles", "2012-11-04", 25),
        ("Europe/Berlin", "2012-03-25", 23),
        ("Asia/Jakarta", "2012-03-11", 24),
        ("Australia/Lord_Howe", "2012-04-01", 24.5),
    ],
)
def test_readings_keep_the_local_clock_across_daylight_saving(
    zone: str, day: str, hours: float
) -> None:
    dates = pd.DatetimeIndex([day, pd.Timestamp(day) + pd.Timedelta(days=1)])
    instants = reading_instants(dates, 0, ZoneInfo(zone))
    assert (instants[1] - instants[0]) / 3.6e9 == hours
    for date, instant in zip(dates, instants, strict=True):
        local = dt.datetime.fromtimestamp(instant / 1e6, ZoneInfo(zone))
        assert (local.date(), local.hour, local.minute) == (date.date(), 0, 0)


def test_a_reading_in_the_skipped_hour_is_at_the_jump_and_in_the_doubled_one_at_its_first() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    spring = reading_instants(pd.DatetimeIndex(["2012-03-11"]), 150, zone)[0]
    assert (
        dt.datetime.fromtimestamp(spring / 1e6, dt.UTC).isoformat() == "2012-03-11T10:00:00+00:00"
    )
    autumn = reading_instants(pd.DatetimeIndex(["2012-11-04"]), 90, zone)[0]
    assert (
        dt.datetime.fromtimestamp(autumn / 1e6, dt.UTC).isoformat() == "2012-11-04T08:30:00+00:00"
    )


def test_every_post_stands_in_one_bin_also_across_daylight_saving(tmp_path: Path) -> None:
    posts = pd.date_range("2012-03-05T00:30Z", "2012-03-16T00:30Z", freq="h")
    folder = write_study(
        tmp_path / "s",
        score=scores("2012-03-01", 22),
        activity=[("2012-02-01T00:00:00Z", "blog")]
        + [(at.isoformat(), "blog") for at in posts]
        + [("2012-04-01T00:00:00Z", "blog")],
        observed_at="00:00",
    )
    column = windows(folder)["blog 0-24h"]
    assert column.sum() == len(posts)
    assert column.loc["2012-03-12"] == 23
    assert column.loc["2012-03-11"] == 24


def test_gaps_stay_gaps(tmp_path: Path) -> None:
    rows = [row for row in scores("2012-01-02", 40) if row[0] not in {"2012-01-20", "2012-01-21"}]
    activity = [("2012-01-01", "blog"), ("2012-02-20", "blog")]
    study = analysis.load(str(write_study(tmp_path / "s", score=rows, activity=activity)))
    panel = study.panel
    assert panel.loc["2012-01-20":"2012-01-21", "score"].isna().all()
    assert panel["change"].isna().sum() == 1 + 3
    assert (study.arrays.readings, study.arrays.gaps) == (38, 2)


def test_silence_outside_a_sources_reach_is_unknown_not_zero(tmp_path: Path) -> None:
    folder = write_study(
        tmp_path / "s",
        score=scores("2012-01-02", 60),
        activity=[("2012-01-20T12:00:00", "blog"), ("2012-02-10T12:00:00", "blog")],
    )
    bins = windows(folder)["blog 0-24h"]
    assert bins.loc[:"2012-01-19"].isna().all()
    assert bins.loc["2012-01-20":"2012-02-10"].notna().all()
    assert bins.loc["2012-02-11":].isna().all()
    assert bins.sum() == 2


def test_declared_coverage_extends_what_is_known(tmp_path: Path) -> None:
    folder = write_study(
        tmp_path / "s",
        score=scores("2012-01-02", 60),
        activity=[("2012-01-20T12:00:00", "blog"), ("2012-02-10T12:00:00", "blog")],
        extra="\n[coverage.blog]\nstart = 2012-01-01\nend = 2012-03-31",
    )
    assert windows(folder)["blog 0-24h"].notna().all()


def test_daily_counts_need_no_times_and_keep_their_unknown_days(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "s", score=scores("2012-01-02", 30), focal="tweets")
    days = days_from("2011-12-20", 50)
    cells = ["" if day == "2012-01-10" else "-1" if day == "2012-01-12" else "3" for day in days]
    lines = [f"{day},{cell}" for day, cell in zip(days, cells, strict=True) if day != "2012-01-14"]
    (folder / "raw/daily.csv").write_text("\n".join(["date,tweets", *lines, ""]))
    toml = (
        (folder / "study.toml")
        .read_text()
        .replace('activity = "raw/activity.csv"', 'daily = "raw/daily.csv"')
    )
    (folder / "study.toml").write_text(toml)
    bins = windows(folder, "tweets")["tweets 0-24h"]
    unknown = list(bins.index[bins.isna()].strftime("%m-%d"))
    assert unknown == ["01-10", "01-12", "01-14"]
    assert (bins.dropna() == 3).all()
    midnight = (folder / "study.toml").read_text().replace('"24:00"', '"00:00"')
    (folder / "study.toml").write_text(midnight)
    shifted = windows(folder, "tweets")["tweets 0-24h"]
    assert list(shifted.index[shifted.isna()].strftime("%m-%d")) == ["01-11", "01-13", "01-15"]


def test_a_known_break_is_masked_on_its_day_and_when_read_early_on_the_next() -> None:
    dates = pd.date_range("2011-10-20", periods=12)
    known = (Break(date=dt.date(2011, 10, 26), label="new model"),)
    late = break_mask(dates, 1440, known, "level")
    assert list(dates[late].day) == [26]
    early = break_mask(dates, 0, known, "level")
    assert list(dates[early].day) == [26, 27]


def test_crossposts_leave_their_channel_in_the_bundle_only(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "s", score=scores("2012-01-02", 40))
    lines = [
        "at,channel,id,url,text",
        "2012-01-01T10:00:00Z,blog,b0,https://blog.example.org/zero,zero",
        "2012-01-10T10:00:00Z,blog,b1,https://blog.example.org/one/,one",
        "2012-01-10T12:00:00Z,twitter,t1,,new: http://BLOG.example.org/one?utm_source=t",
        "2012-01-20T12:00:00Z,twitter,t2,,again http://blog.example.org/one",
        "2012-01-21T12:00:00Z,twitter,t3,,lunch",
        "2012-02-20T10:00:00Z,blog,b2,https://blog.example.org/two,two",
    ]
    (folder / "raw/activity.csv").write_text("\n".join([*lines, ""]))
    study = analysis.load(str(folder))
    table = study.activity.set_index("id")
    assert table.loc["t1", "crosspost_of"] == "https://blog.example.org/one/"
    assert table.loc["t2", "crosspost_of"] == "https://blog.example.org/one/"
    assert table.loc["t3", "crosspost_of"] == ""
    posts = study.arrays.posts
    assert np.nansum(posts["all posts"]["twitter"]) == 3
    # A share of an old post is an ordinary tweet: nothing happened on the blog that day.
    assert np.nansum(posts["bundle"]["twitter"]) == 2
    assert np.nansum(study.arrays.crossposts["twitter"]) == 2
