"""What posts are taken for shares on what evidence, what counts, and what it costs."""

from __future__ import annotations

import random
import time
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis
from analysis.activity import SourceRead, event_table
from analysis.crossposts import KINDS, THRESHOLD, evidence_of, find_crossposts, with_crossposts
from analysis.crossposts.words import likeness, words_of
from analysis.errors import InputError
from analysis.formats.base import Extract, Post
from analysis.inspection import describe
from analysis.study import inspect
from tests.archives import packed, record, response
from tests.benchmark_modules import of_the_benchmark
from tests.studies import TOML, small_study

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/crossposts.md"


@pytest.fixture(scope="module")
def cases() -> ModuleType:
    return of_the_benchmark("shares.cases")


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return of_the_benchmark("crossposts")


def table(**channels: list[Post]) -> pd.DataFrame:
    sources = [
        SourceRead(name, f"raw/{name}", "format", "why", Extract(posts), {})
        for name, posts in channels.items()
    ]
    return event_table(sources, ZoneInfo("UTC"))


def kinds(
    blog: list[Post], mapping: dict[str, str] | None = None, **others: list[Post]
) -> list[str]:
    """Return the strongest evidence of each post of the other channels, in order of time."""
    activity = table(blog=blog, **others)
    found = with_crossposts(activity, evidence_of(activity, "blog", mapping), "blog")
    return found.loc[found["channel"] != "blog", "crosspost_evidence"].tolist()


def test_whatever_counts_among_the_cases_is_right(bench: ModuleType) -> None:
    judged = bench.by_hand()
    counted = [one for one in judged if one.confidence >= THRESHOLD]
    assert [one for one in counted if not one.right()] == []
    assert len(counted) >= 27
    missed = [one for one in judged if one.truth and one.confidence < THRESHOLD]
    assert {one.kind for one in missed} <= {
        "title",
        "title in part",
        "short id, blog unknown",
        "publicize by time",
        "",
    }


def test_every_kind_is_among_the_cases(bench: ModuleType) -> None:
    assert {one.kind for one in bench.by_hand()} == {"", *KINDS}


def test_precision_and_recall_on_real_posts(bench: ModuleType, shared: Path) -> None:
    sets = bench.of_real(shared / "exports")
    assert {name: len(judged) for name, judged in sets.items()} == {
        "tweets of a programmer, 2010 and 2012": 2429,
        "LinkedIn of a teacher": 114,
    }
    for judged in sets.values():
        counted = [one for one in judged if one.confidence >= THRESHOLD]
        assert counted
        assert all(one.right() for one in counted)
    teacher = sets["LinkedIn of a teacher"]
    said = [one for one in teacher if one.found]
    assert sum(one.right() for one in said) >= 0.8 * len(said)
    text = PAGE.read_text("utf-8")
    assert text == bench.page(text, {"made by hand": bench.by_hand(), **sets}), (
        "run: python benchmarks/crossposts.py --write docs/crossposts.md"
    )


def test_the_page_names_every_kind_with_its_confidence() -> None:
    text = PAGE.read_text("utf-8")
    for kind in KINDS.values():
        assert f"| {kind.name} | {kind.confidence:g} | " in text
        assert f"| {kind.why} |" in text
    assert f"crosspost_confidence = {THRESHOLD:g} " in text
    ordered = [kind.confidence for kind in KINDS.values()]
    assert ordered == sorted(ordered, reverse=True)


def test_one_wp_me_link_does_not_tell_whose_blog_it_is(cases: ModuleType) -> None:
    one = [cases.said("", "x", "http://wp.me/p2xyZ-2d")]
    two = [*one, cases.said("", "y", "http://wp.me/p2xyZ-2i", days=3)]
    assert kinds(cases.TWO, twitter=one) == ["short id, blog unknown"]
    assert kinds(cases.TWO, twitter=two) == ["short id", "short id"]
    known = {"wp.me/p2xyZ-2i": f"{cases.HOST}/2012/06/bread/"}
    assert kinds(cases.TWO, known, twitter=two) == ["short id", "expanded"]


def test_wp_me_links_that_do_not_fit_are_of_another_blog(cases: ModuleType) -> None:
    before = [
        cases.said("", "x", "http://wp.me/p2xyZ-2d"),
        cases.said("", "y", "http://wp.me/p2xyZ-2i", days=-9),
    ]
    assert kinds(cases.TWO, twitter=before) == ["", "short id, blog unknown"]
    others = [
        cases.said("", "x", "http://wp.me/p2xyZ-2d"),
        cases.said("", "y", "http://wp.me/p2xyZ-2i", days=3),
        *(cases.said("", "z", f"http://wp.me/p2xyZ-{n}zz", days=4) for n in range(1, 5)),
    ]
    assert kinds(cases.TWO, twitter=others)[:2] == ["short id, blog unknown"] * 2


def test_a_short_slug_is_told_by_wp_me(cases: ModuleType) -> None:
    links = [
        cases.said("", "x", "http://wp.me/s2xyZ-piano"),
        cases.said("", "y", "http://wp.me/s2xyZ-bread", days=3),
    ]
    assert kinds(cases.TWO, twitter=links) == ["short id", "short id"]


def test_a_mark_is_evidence_only_while_nothing_else_explains_the_post(cases: ModuleType) -> None:
    marked = [cases.entry("kiln", "Kiln", to=("twitter",))]
    short = cases.said("", "Hm", "http://bit.ly/x", after=9)
    assert kinds(marked, twitter=[short]) == ["publicize"]
    assert kinds(marked, twitter=[cases.said("", "Hm", after=9, via="WordPress.com")]) == [
        "publicize"
    ]
    two = [cases.said("", "Hm", after=3), cases.said("", "Ha", after=12)]
    assert kinds(marked, twitter=two) == ["publicize by time", ""]
    assert kinds(marked, twitter=[*two, short]) == ["", "publicize", ""]
    late = cases.said("", "Hm", "http://bit.ly/y", after=14)
    assert kinds(marked, twitter=[*two, short, late]) == ["", "publicize by time", "", ""]
    assert kinds(marked, {"bit.ly/x": "http://else.example/"}, twitter=[short]) == [""]
    link = f"{cases.HOST}/2012/06/kiln/"
    assert kinds(marked, twitter=[two[0], cases.said("", "x", link)]) == ["", "address"]
    assert kinds(marked, facebook=[short]) == [""]


def test_a_mark_is_no_evidence_where_only_days_are_known(cases: ModuleType) -> None:
    day = Post(cases.NOON.date(), url=f"{cases.HOST}/x/", shared_to=("twitter",))
    assert kinds([day], twitter=[cases.said("", "Hm", "http://bit.ly/x", after=3)]) == [""]


def test_networks_are_known_by_the_format_too(cases: ModuleType) -> None:
    marked = [cases.entry("kiln", "Kiln", to=("twitter",))]
    activity = table(blog=marked, mine=[cases.said("", "Hm", "http://bit.ly/x", after=3)])
    assert evidence_of(activity, "blog").empty
    (kind,) = evidence_of(activity, "blog", None, {"mine": "Twitter archive (2012-2018)"})["kind"]
    assert kind == "publicize"


def test_the_strongest_evidence_decides(cases: ModuleType) -> None:
    post = cases.said(
        "", f"{cases.BREAD.title} http://wp.me/p1-2d", "http://wp.me/p1-2d", cases.THERE, days=3
    )
    activity = table(blog=cases.TWO, twitter=[post])
    evidence = evidence_of(activity, "blog")
    assert evidence["kind"].tolist() == ["address", "title", "short id, blog unknown"]
    assert evidence["confidence"].is_monotonic_decreasing
    (row,) = with_crossposts(activity, evidence, "blog").query("channel == 'twitter'").itertuples()
    assert (row.crosspost_of, row.crosspost_evidence) == (cases.THERE, "address")
    assert row.crosspost_confidence == KINDS["address"].confidence


def test_below_the_threshold_evidence_is_told_but_not_counted(cases: ModuleType) -> None:
    post = cases.said("", cases.PIANO.title)
    for threshold, shared in ((0.8, ""), (0.7, cases.THERE), (0.0, cases.THERE)):
        found = find_crossposts(table(blog=cases.TWO, twitter=[post]), "blog", threshold=threshold)
        row = found.iloc[1]
        assert (row["crosspost_of"], row["crosspost_evidence"]) == (shared, "title")
        assert row["crosspost_confidence"] == 0.7
    assert found["crosspost_confidence"].isna().tolist() == [True, False, True]


def test_what_a_tweet_passed_on_stands_in_the_evidence(cases: ModuleType) -> None:
    activity = table(blog=cases.TWO, **cases.TWEETED)
    evidence = evidence_of(activity, "blog")
    marks = evidence[evidence["kind"] == "mark"]
    shared_by = marks["of"].map(activity["channel"]).tolist()
    assert sorted(shared_by) == ["blog", "twitter", "twitter"]
    found = with_crossposts(activity, evidence, "blog")
    assert (found["crosspost_of"] != "").sum() == 2


def test_words_have_one_spelling() -> None:
    assert words_of("𝗧𝘂𝗻𝗶𝗻𝗴 Don’t #fb https://x.example/tuning-a STRASSE straße") == (
        "tuning",
        "dont",
        "strasse",
        "strasse",
    )
    assert words_of("日本語") == ("日本", "本語")
    assert likeness((), ()) == 0
    assert likeness(("a", "b"), ("b", "c")) == pytest.approx(1 / 3)


POSTS = st.lists(
    st.builds(
        Post,
        st.datetimes(pd.Timestamp("2012-01-01"), pd.Timestamp("2012-01-20")),
        url=st.sampled_from(["", "http://b.example/1", "http://b.example/?p=7", "x"]),
        id=st.sampled_from(["", "7", "http://b.example/?p=137"]) | st.text(max_size=5),
        title=st.sampled_from(["", "One two three", "三 四"]) | st.text(max_size=20),
        text=st.sampled_from(["One two three four #fb"]) | st.text(max_size=40),
        links=st.lists(
            st.sampled_from(
                [
                    "http://b.example/1",
                    "http://wp.me/p1-2d",
                    "http://bit.ly/x",
                    "http://[",
                    "\ud800",
                ]
            )
            | st.text(max_size=20),
            max_size=3,
        ).map(tuple),
        via=st.sampled_from(["", "WordPress.com"]) | st.text(max_size=5),
        shared_to=st.lists(st.sampled_from(["twitter", "", "x", "\x00"]), max_size=2).map(tuple),
        shared_from=st.sampled_from(["", "blog", "twitter"]),
        kind=st.sampled_from(["post", "reply", "repost"]),
    ),
    max_size=6,
)


@given(POSTS, POSTS, st.dictionaries(st.just("bit.ly/x"), st.text(max_size=30)))
def test_wild_posts_break_nothing(
    blog: list[Post], tweets: list[Post], mapping: dict[str, str]
) -> None:
    activity = table(blog=blog, twitter=tweets)
    evidence = evidence_of(activity, "blog", mapping)
    found = with_crossposts(activity, evidence, "blog")
    assert evidence["confidence"].between(0, 1).all()
    assert not evidence.duplicated(["post", "of", "kind"]).any()
    own = found[(found["channel"] == "blog") | (found["kind"] == "repost")]
    assert (own["crosspost_of"] == "").all()
    assert (own["crosspost_evidence"] == "").all()
    named = found.loc[found["crosspost_of"] != "", "crosspost_of"]
    assert named.isin(found.loc[found["channel"] == "blog", "url"]).all()
    counted = found["crosspost_confidence"] >= THRESHOLD
    assert ((found["crosspost_of"] != "") == counted).all()


def test_the_order_of_sources_makes_no_difference(cases: ModuleType) -> None:
    posts = list(cases.TITLES)
    random.Random(3).shuffle(posts)
    one = evidence_of(table(blog=cases.TWO, twitter=cases.TITLES), "blog")
    two = evidence_of(table(twitter=posts, blog=cases.TWO[::-1]), "blog")
    assert sorted(one["kind"]) == sorted(two["kind"])


@pytest.mark.slow
def test_a_big_account_is_a_matter_of_seconds(bench: ModuleType) -> None:
    activity = table(**bench.big_account())
    began = time.process_time()
    evidence = evidence_of(activity, "blog")
    assert time.process_time() - began < 20
    assert (evidence["kind"] == "address").sum() > 4_000


def titles_that_are_all_alike(n: int) -> pd.DataFrame:
    at = pd.Timestamp("2012-01-01", tz="UTC").to_pydatetime()
    blog = [Post(at, url=f"http://b.example/{i}", title="One same title again") for i in range(n)]
    return table(blog=blog, twitter=[Post(at, text="One same title again") for _ in range(n)])


def test_titles_that_are_all_alike_cost_no_square() -> None:
    began = time.process_time()
    assert evidence_of(titles_that_are_all_alike(3_000), "blog").empty
    assert time.process_time() - began < 10


def test_a_study_takes_short_links_from_its_table(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "mine")
    plain = analysis.load(str(folder)).results()
    assert plain["crossposts"]["by_kind"] == {"address": 15}
    rows = [{"at": "2012-01-08T12:00:00-08:00", "channel": "diary", "text": "http://bit.ly/x"}]
    pd.DataFrame(rows).to_csv(folder / "raw/activity.csv", index=False)
    toml = TOML + 'activity = "raw/activity.csv"\n'
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    before = analysis.load(str(folder)).results()
    assert before["crossposts"]["by_kind"] == {"address": 15}
    assert before["crossposts"]["unresolved_short_links"] == 1
    assert any("short link that nothing here expands" in said for said in before["limits"])
    (folder / "links.csv").write_text("short,long\nhttp://bit.ly/x,https://blog.example/6\n")
    study = analysis.load(str(folder))
    after = study.results()["crossposts"]
    assert (after["by_kind"], after["unresolved_short_links"]) == (
        {"address": 15, "expanded": 1},
        0,
    )
    assert after["counted"] == 16
    assert "links.csv" in study.data.inputs
    assert "  short links: links.csv, 1 known" in describe(inspect(folder), "mine")


def captured(folder: Path, *hops: tuple[str, str, int]) -> None:
    """Keep a blog's feed as a web archive has it, beside redirects: from, to, and in which year."""
    items = (folder / "raw/blog.json").read_bytes()
    kept = [record(response(items), "https://blog.example/feed.json", date="2012-04-02T00:00:00Z")]
    for address, location, year in hops:
        moved = response(b"", f"Location: {location}", status="302 Found")
        kept.append(record(moved, address, date=f"{year}-02-01T00:00:00Z"))
    (folder / "raw/blog.json").unlink()
    (folder / "raw/blog.warc.gz").write_bytes(packed(*kept))


def test_a_study_takes_short_links_from_redirects_that_were_captured(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "mine")
    wayback = "https://web.archive.org/web/20120201000000id_/"
    captured(
        folder,
        ("http://bit.ly/a", "http://ads.example/", 2024),
        (f"{wayback}http://bit.ly/a", f"{wayback}http://is.gd/b", 2024),
        ("http://bit.ly/a", "http://more.example/", 2023),
        ("https://is.gd/b", "https://blog.example/6", 2013),
        ("http://bit.ly/c", "/d", 2012),
        ("http://bit.ly/e", "http://bit.ly/e", 2012),
        ("http://bit.ly/f", "http://[::1", 2012),
        ("http://other.example/g", "https://blog.example/12", 2012),
    )
    names = ("bit.ly/a", "bit.ly/c", "bit.ly/e", "other.example/g")
    rows = [
        {"at": f"2012-01-08T1{n}:00:00-08:00", "channel": "diary", "text": f"http://{name}"}
        for n, name in enumerate(names)
    ]
    pd.DataFrame(rows).to_csv(folder / "raw/activity.csv", index=False)
    toml = TOML.replace("blog.json", "blog.warc.gz") + 'activity = "raw/activity.csv"\n'
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    study = analysis.load(str(folder))
    assert study.data.short_links == {
        "bit.ly/a": "http://is.gd/b",
        "is.gd/b": "https://blog.example/6",
        "bit.ly/c": "http://bit.ly/d",
    }
    found = study.results()["crossposts"]
    assert (found["by_kind"], found["unresolved_short_links"]) == (
        {"address": 15, "expanded": 1},
        2,
    )
    told = list(describe(inspect(folder), "mine"))
    assert "  short links: redirects in web archives, 3 known" in told
    (folder / "links.csv").write_text("short,long\nhttp://bit.ly/a,\n")
    again = analysis.load(str(folder))
    assert again.data.short_links["bit.ly/a"] == ""
    assert again.results()["crossposts"]["by_kind"] == {"address": 15}


def test_a_wrong_table_of_short_links_is_one_line(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "mine")
    (folder / "links.csv").write_text("short,long\nhttp://bit.ly/x,nowhere\n")
    with pytest.raises(InputError) as caught:
        analysis.load(str(folder))
    (problem,) = caught.value.problems
    assert str(problem) == (
        "mine/links.csv, row 2: expected a web address as long, or nothing; found 'nowhere'"
    )


def test_what_seems_a_share_is_told_in_the_limits(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "mine")
    feed = (
        (folder / "raw/blog.json")
        .read_text()
        .replace('"Words"', '"Words", "title": "Forks and pianos, tuned"')
    )
    (folder / "raw/blog.json").write_text(feed)
    text = "forks and pianos tuned"
    rows = [{"at": "2012-01-08T12:00:00-08:00", "channel": "diary", "text": text}]
    pd.DataFrame(rows).to_csv(folder / "raw/activity.csv", index=False)
    toml = TOML + 'activity = "raw/activity.csv"\n[question]\ncrosspost_confidence = 0.2\n'
    (folder / "study.toml").write_text(toml.replace("0.2", "0.8"), encoding="utf-8")
    study = analysis.load(str(folder))
    assert study.results()["crossposts"]["below_threshold"] == 1
    assert any("1 post seems to share a blog post" in said for said in study.results()["limits"])
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    assert analysis.load(str(folder)).results()["crossposts"]["counted"] == 16
