"""The chart of the first screen: every reading and uptick in its place, and none made up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import pytest

from analysis.display import Picture, Table
from analysis.report.chart import HEIGHT, WIDTH, Chart, first_chart
from analysis.report.sections import Block, Section

Results = dict[str, Any]
PNG = b"\x89PNG\r\n\x1a\n"
START = dt.date(2012, 3, 5)


def picture(name: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Section:
    data = Table(name, columns, tuple(rows))
    drawn = Picture(PNG, name, "1 line", data, 10, 10)
    return Section(name, name, (Block("text", "before"), Block("picture", drawn, f"{name}-1-1")))


def day(number: int, start: dt.date = START) -> str:
    return (start + dt.timedelta(days=number)).isoformat()


def sections_of(
    scores: Sequence[float | None],
    posts: Sequence[int] = (),
    rises: Sequence[tuple[int, bool, float | None]] = (),
    start: dt.date = START,
) -> tuple[Section, Section]:
    """Return the pictures of a score and of its upticks: the day, if it follows, hours before."""
    daily = [
        (day(number, start), score, int(number in posts)) for number, score in enumerate(scores)
    ]
    told = [(day(number, start), 1.0, follows, hours) for number, follows, hours in rises]
    return (
        picture("activity", ("date", "score", "blog"), daily),
        picture("upticks", ("date", "change", "follows a post", "hours before"), told),
    )


def chart(results: Results, *given: Any, **more: Any) -> Chart:
    found = first_chart(results, sections_of(*given, **more))
    assert found is not None
    return found


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def test_where_the_notebooks_drew_nothing_of_it_there_is_none(results: Results) -> None:
    scores, upticks = sections_of([1.0, 2.0, 3.0])
    assert first_chart(results, ()) is None
    assert first_chart(results, (scores,)) is None
    assert first_chart(results, (upticks,)) is None
    assert first_chart(results, (scores, upticks)) is not None
    one = sections_of([None, 2.0, None])
    assert first_chart(results, one) is None  # a single reading is no line
    bare = picture("activity", ("date", "score"), [(day(0), 1.0), (day(1), 2.0)])
    assert first_chart(results, (bare, upticks)) is None  # no channel in it


def test_a_gap_breaks_the_line_and_a_lone_reading_is_a_dot(results: Results) -> None:
    found = chart(results, [1.0, 2.0, None, 3.0, None, None, 2.0, 1.0])
    first, lone, last = found.line.split("M")[1:]
    assert len(points(first)) == len(points(last)) == 2
    assert lone.endswith("h.1")
    assert len(points(lone)) == 1
    (x, low), (_, higher) = points(first)
    assert low > higher  # upwards is a smaller number
    assert x < points(lone)[0][0] < points(last)[0][0]


def test_upticks_are_tied_to_the_post_before_them_or_left_bare(results: Results) -> None:
    scores = [50.0, 51.0, 51.0, None, 52.0, 53.0]
    rises = [(1, True, 12.0), (3, True, 5.0), (4, False, None), (5, True, None)]
    found = chart(results, scores, (0, 4), rises)
    # The third day has no reading: nothing stands there that could be marked.
    assert (found.followed, found.alone) == (2, 1)
    assert found.after.count("M") == 2
    assert found.bare.count("M") == 1
    assert found.ties.count("M") == 1  # how long before is not known of the last one
    assert found.posts.count("M") == 2
    assert found.anchor == "upticks-1-1"
    (tie_from, _), (tie_to, _) = points(found.ties.replace("M", " ").replace("L", " "))
    days = points(found.line)
    assert tie_to == days[1][0]
    assert tie_from == pytest.approx((days[0][0] + days[1][0]) / 2, abs=0.11)
    assert found.words == (
        "The Klout score from 50 on 2012-03-05 to 53 on 2012-03-10. Days with a blog post are "
        "marked under it, 2 in all. Of 3 upticks 2 are tied to the blog post before them, and 1 "
        "are left bare."
    )
    results["study"]["focal"] = "vlog"
    assert chart(results, scores, (0,), rises).title.endswith("and the post in vlog before it")


@pytest.mark.parametrize(
    ("scores", "names"),
    [
        ([53.5, 69.2], ["55", "60", "65"]),
        ([0.0, 1.0], ["0", "0.5", "1"]),
        ([-3.0, 3.0], ["−2", "0", "2"]),
        ([7.0, 7.0], ["7"]),
        ([0.0, 0.0], ["0"]),
        ([1.0, 1e6], ["200,000", "400,000", "600,000", "800,000", "1,000,000"]),
    ],
)
def test_the_scores_axis_has_few_round_numbers(
    results: Results, scores: list[float], names: list[str]
) -> None:
    found = chart(results, scores)
    assert [label.text for label in found.along] == names
    for label in found.along:
        assert 0 < float(label.y) < HEIGHT


def test_a_long_record_keeps_what_can_be_seen(results: Results) -> None:
    scores = [50 + number % 7 / 10 for number in range(4000)]
    scores[1234], scores[2345] = 90.0, 10.0
    found = chart(results, scores)
    kept = points(found.line)
    assert len(kept) < 4 * WIDTH
    ys = [y for _, y in kept]
    assert ys.count(min(ys)) == ys.count(max(ys)) == 1  # the highest and the lowest are there
    assert kept[0][0] < 60
    assert kept[-1][0] == pytest.approx(WIDTH - 8, abs=0.1)


@pytest.mark.parametrize(
    ("days", "start", "names"),
    [
        (20, dt.date(2012, 3, 5), ["Mar", "2012"]),
        (100, dt.date(2011, 12, 5), ["Jan", "2012", "Feb", "Mar"]),
        (300, dt.date(2011, 11, 1), ["Nov", "2011", "Jan", "2012", "Mar", "May", "Jul"]),
        (2000, dt.date(2009, 6, 1), ["2010", "2011", "2012", "2013", "2014"]),
        (40_000, dt.date(1900, 1, 1), ["1900", "1920", "1940", "1960", "1980", "2000"]),
    ],
)
def test_the_time_axis_has_months_or_years(
    results: Results, days: int, start: dt.date, names: list[str]
) -> None:
    scores: list[float | None] = [None] * days
    scores[0] = scores[-1] = 5.0
    found = chart(results, scores, start=start)
    assert [label.text for label in found.across] == names
    for label in found.across:
        assert 0 < float(label.x) < WIDTH


def test_known_changes_within_the_record_stand_out_of_each_others_way(results: Results) -> None:
    long = "A change of how the score is made that has a very long name"
    told = [(-3, "before"), (10, "first"), (11, "second"), (12, long), (95, "late"), (200, "after")]
    results["provenance"]["parameters"]["breaks"] = [
        {"date": day(number), "label": label} for number, label in told
    ]
    scores = [50.0 + number / 10 for number in range(100)]
    found = chart(results, scores)
    assert [label.text for label in found.breaks] == ["first", "second", f"{long[:33]}…", "late"]
    assert [label.late for label in found.breaks] == [False, False, False, True]
    assert len({label.y for label in found.breaks[:3]}) == 3
    top = min(y for _, y in points(found.line))
    assert top > max(float(label.y) for label in found.breaks)
    results["provenance"]["parameters"]["breaks"] = [
        {"date": day(number), "label": "x"} for number in range(1, 40)
    ]
    assert len(chart(results, scores).breaks) == 12
