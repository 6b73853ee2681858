"""The layout of posts, shares and upticks, against what the study itself says."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

import analysis
from analysis.network import LANE_HEIGHT, LONGEST, Network
from analysis.network.build import network_of, round_values
from analysis.report.computing import compute
from analysis.report.network import TEXT_BYTES, data, embedded, network_part, words
from analysis.workbench import Study
from tests.studies import TOML, small_study

BANFIELD = Path(__file__).parents[1] / "data" / "banfield-2012"


@pytest.fixture(scope="module")
def study() -> Study:
    return analysis.load(BANFIELD)


@pytest.fixture(scope="module")
def network(study: Study) -> Network:
    return network_of(study)


def table_study(folder: Path, activity: str, score: str, zone: str = "UTC") -> Study:
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "activity.csv").write_text(activity, encoding="utf-8")
    (folder / "raw" / "score.csv").write_text(score, encoding="utf-8")
    (folder / "study.toml").write_text(
        f'title = "T"\ntimezone = "{zone}"\nfocal = "blog"\n[score]\nname = "S"\n'
        'path = "raw/score.csv"\nobserved_at = "06:00"\n[sources]\n'
        'activity = "raw/activity.csv"\n',
        encoding="utf-8",
    )
    return analysis.load(folder)


def readings(*values: float | None, start: str = "2012-03-01") -> str:
    first = dt.date.fromisoformat(start)
    rows = [
        f"{first + dt.timedelta(days=number)},{value}"
        for number, value in enumerate(values)
        if value is not None
    ]
    return "\n".join(["date,score", *rows]) + "\n"


def test_edges_are_those_of_the_evidence(study: Study, network: Network) -> None:
    found = study.upticks()
    assert found is not None
    assert [mark.date for mark in network.upticks] == [
        f"{date:%Y-%m-%d}" for date in found.table["date"]
    ]
    assert [mark.follows for mark in network.upticks] == found.table["follows a post"].tolist()
    assert [bool(mark.posts) for mark in network.upticks] == [m.follows for m in network.upticks]
    for mark in network.upticks:
        for post in mark.posts:
            assert network.nodes[post].lane == 0
            assert 0 < mark.at - network.nodes[post].at <= 48 * 60 + 60


def test_nodes_are_the_posts_of_the_period(study: Study, network: Network) -> None:
    activity = study.activity
    local = activity["at"].dt.tz_convert("America/Los_Angeles").dt.tz_localize(None)
    inside = (local >= "2011-03-21") & (local < "2012-06-23") & (activity["kind"] != "repost")
    assert len(network.nodes) == int(inside.sum())
    assert {lane.name: lane.posts for lane in network.lanes} == (
        activity[inside]["channel"].value_counts().to_dict()
    )
    assert len(network.shares) == int((activity[inside]["crosspost_of"] != "").sum())
    assert [f"{network.local(node.at):%Y-%m-%d %H:%M}" for node in network.nodes] == (
        local[inside].dt.strftime("%Y-%m-%d %H:%M").tolist()
    )
    for node in network.nodes:
        top = network.lanes[node.lane].top
        assert top < node.y < top + LANE_HEIGHT


def test_shares_join_the_post_whose_address_they_hold(study: Study, network: Network) -> None:
    titles = study.activity.set_index("url")["title"]
    said = {
        (network.nodes[share.post].text, network.nodes[share.of].text) for share in network.shares
    }
    wanted = {" ".join(titles[url].split()) for url in study.activity["crosspost_of"] if url}
    assert {of for _, of in said} <= wanted


def test_words_have_the_numbers(network: Network) -> None:
    text = words(network)
    followed = sum(mark.follows for mark in network.upticks)
    assert f"{len(network.nodes):,} posts" in text
    assert f"Of {len(network.upticks)} upticks, {followed} " in text
    assert f"{len(network.upticks) - followed} are bare" in text


def test_the_same_inputs_give_the_same_bytes(network: Network) -> None:
    again = network_of(analysis.load(BANFIELD))
    assert embedded(data(again)) == embedded(data(network))
    assert network_part(again) == network_part(network)


def test_the_data_tell_the_layout(network: Network) -> None:
    told = json.loads(embedded(data(network)))
    at, times = 0, []
    for step in told["t"]:
        at += step
        times.append(at)
    assert times == [node.at for node in network.nodes]
    texts = [told["text"][one] if isinstance(one, int) else one for one in told["text"]]
    joined = {end for share in network.shares for end in (share.of, share.post)}
    cut = 0
    for place, (shown, node) in enumerate(zip(texts, network.nodes, strict=True)):
        if shown != node.text:
            cut += 1
            assert place not in joined
            assert node.lane != 0
            assert shown.endswith("…")
            assert node.text.startswith(shown[:-1])
    assert cut == 0 or sum(len(node.text.encode()) for node in network.nodes) > TEXT_BYTES
    assert max(map(len, texts)) <= LONGEST
    assert sum(len(text.encode()) for text in set(texts)) <= TEXT_BYTES


def test_beyond_the_most_only_the_newest_are_kept(study: Study, network: Network) -> None:
    few = network_of(study, most=100)
    assert few.nodes == network.nodes[-100:]
    assert few.left_out == len(network.nodes) - 100
    assert few.upticks[0].follows == network.upticks[0].follows
    part = network_part(few)
    assert part is not None
    assert any(f"{few.left_out:,} older ones are left out" in note for note in part.notes)
    assert all(share.of < 100 and share.post < 100 for share in few.shares)
    assert f"the newest 100 of {len(network.nodes):,} posts" in part.words
    by_date = {str(row[0]): row[2] for row in part.table.rows}
    assert by_date[few.upticks[0].date] is None
    for mark in few.upticks:
        if mark.at - 48 * 60 >= few.since:
            assert by_date[mark.date] == len(mark.posts)


def test_a_report_of_a_study_has_its_network() -> None:
    computed = compute(BANFIELD, skip_corrupt=False)
    assert computed.network is not None
    assert computed.network.first == computed.results["period"]["start"]
    assert computed.network.last == computed.results["period"]["end"]


def test_hostile_text_stays_in_its_element(tmp_path: Path) -> None:
    title = '</script><img src=x onerror="alert(1)">&amp; \u202eabc \u2028 <!-- ' + "y" * 300
    activity = (
        f'at,channel,id,url,text\n2012-03-03T10:00:00Z,blog,1,https://b.example/1,"{title}"\n'
    )
    activity = activity.replace('="alert(1)"', "=alert(1)")
    network = network_of(table_study(tmp_path, activity, readings(*range(1, 9))))
    text = embedded(data(network))
    assert not set(text) & set("<>&\u2028\u2029\u202e")
    said = json.loads(text)["text"][0]
    assert said.startswith("</script><img src=x onerror=alert(1)>&amp; \\u202eabc")
    assert len(said) == LONGEST


def test_a_gap_breaks_the_line_and_makes_no_uptick(tmp_path: Path) -> None:
    activity = "at,channel,id,url,text\n2012-02-20T10:00:00Z,blog,0,https://b.example/0,x\n"
    activity += "2012-03-20T10:00:00Z,blog,1,https://b.example/1,x\n"
    values = [1.0, 2.0, None, *(9.0 - number / 10 for number in range(20))]
    network = network_of(table_study(tmp_path, activity, readings(*values)))
    assert [len(run) for run in network.line] == [2, 20]
    assert [mark.date for mark in network.upticks] == ["2012-03-02"]
    assert not network.upticks[0].follows


def test_a_window_is_told_by_the_local_clock(tmp_path: Path) -> None:
    # Clocks go forward on 2012-03-11: 48 hours of days before the reading at 06:00 are 47.
    rows = ["2012-03-10T13:59:00Z", "2012-03-10T14:01:00Z", "2012-03-12T12:59:00Z"]
    rows += ["2012-03-12T13:00:00Z"]
    activity = "at,channel,id,url,text\n2012-03-01T08:00:00Z,blog,0,https://b.example/0,x\n"
    activity += "".join(
        f"{at},blog,{n},https://b.example/{n + 1},x\n" for n, at in enumerate(rows, 1)
    )
    values = [5.0 - number / 10 for number in range(10)] + [6.0] + [5.9]
    study = table_study(
        tmp_path, activity, readings(*values, start="2012-03-02"), "America/Los_Angeles"
    )
    network = network_of(study)
    (mark,) = network.upticks
    assert mark.date == "2012-03-12"
    inside = [f"{network.local(network.nodes[post].at):%m-%d %H:%M}" for post in mark.posts]
    assert inside == ["03-10 06:01", "03-12 05:59"]
    assert network.minute(dt.datetime(2012, 3, 12, 6)) == mark.at


def test_what_no_source_tells_is_hatched_as_far_as_the_sheet_goes(tmp_path: Path) -> None:
    """Readings of 2012-03-01 to 03-20; the sheet begins two days before the first."""
    rows = [f"2012-03-{day:02}T10:00:00Z,{name},{day},,x" for day in (3, 12)
            for name in ("blog", "early", "late", "never")]  # fmt: skip
    activity = "at,channel,id,url,text\n" + "\n".join(rows) + "\n"
    table_study(tmp_path, activity, readings(*range(20)))
    more = {
        "blog": "start = 2012-03-03\nend = 2012-03-12",
        "early": "start = 2011-01-01\nend = 2013-01-01",
        "late": "start = 2012-03-02\nend = 2012-04-01",
        "never": "start = 2012-06-01\nend = 2012-07-01",
    }
    toml = "".join(f"[coverage.{name}]\n{text}\n" for name, text in more.items())
    for day in ("2012-01-01", "2012-03-05", "2012-08-14"):
        toml += f'[[breaks]]\ndate = {day}\nlabel = "of {day}"\n'
    path = tmp_path / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + toml, encoding="utf-8")
    network = network_of(analysis.load(tmp_path))
    day = 1440
    first = dt.datetime.combine(dt.date.fromisoformat("2012-02-28"), dt.time())
    assert network.local(0) == first
    assert network.minutes == 22 * day
    unknown = {lane.name: lane.unknown for lane in network.lanes}
    assert unknown == {
        "blog": ((0, 4 * day), (14 * day, 22 * day)),
        "early": (),
        "late": ((0, 3 * day),),
        "never": ((0, 22 * day),),
    }
    assert network.breaks == ((6 * day, "of 2012-03-05"),)


def test_counts_by_day_are_nodes_at_noon(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    (folder / "raw").mkdir(parents=True)
    days = pd.date_range("2012-03-01", periods=30)
    daily = [
        "date,blog",
        *(f"{day:%Y-%m-%d},{number % 5 == 0:d}" for number, day in enumerate(days)),
    ]
    (folder / "raw" / "daily.csv").write_text("\n".join(daily) + "\n", encoding="utf-8")
    score = readings(*(number // 5 for number in range(30)))
    (folder / "raw" / "score.csv").write_text(score, encoding="utf-8")
    (folder / "study.toml").write_text(
        'title = "T"\ntimezone = "UTC"\nfocal = "blog"\n[score]\nname = "S"\n'
        'path = "raw/score.csv"\n[sources]\ndaily = "raw/daily.csv"\n',
        encoding="utf-8",
    )
    network = network_of(analysis.load(folder))
    assert [f"{network.local(node.at):%d %H:%M}" for node in network.nodes] == [
        f"{day:02d} 12:00" for day in (1, 6, 11, 16, 21, 26)
    ]
    assert network.nodes[0].text == "1 post; only the count of this day is known"
    assert [bool(mark.posts) for mark in network.upticks] == [m.follows for m in network.upticks]
    assert "blog 6 days with posts" in words(network)


def test_a_score_that_never_moves_still_has_a_picture(tmp_path: Path) -> None:
    study = analysis.load(small_study(tmp_path / "s", TOML))
    (tmp_path / "s" / "raw" / "score.csv").write_text(readings(*[3.0] * 40), encoding="utf-8")
    flat = network_of(analysis.load(tmp_path / "s"))
    assert flat.upticks == ()
    part = network_part(flat)
    assert part is not None
    assert "0 upticks" in part.words
    assert len(network_of(study).upticks) > 0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.5, 1.0]),
        (53.5, 69.2, [55.0, 60.0, 65.0]),
        (-3.0, 3.0, [-2.0, 0.0, 2.0]),
        (1e9, 1.4e9, [1e9, 1.1e9, 1.2e9, 1.3e9, 1.4e9]),
        (1.0, 1.0 + 1e-16, [1.0, 1.0 + 1e-16]),
    ],
)
def test_levels_are_round(low: float, high: float, expected: list[float]) -> None:
    assert round_values(low, high) == pytest.approx(expected)
