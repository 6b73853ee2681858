"""Simulated worlds: the truth that is planted, the exports that are written, the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import worlds
from analysis.errors import InputError
from analysis.worlds import banfield, catalog, clock, engines, words
from analysis.worlds.simulate import first_reading_after

ROOT = Path(__file__).parents[1]
PACIFIC = ZoneInfo("America/Los_Angeles")
WP = "{http://wordpress.org/export/1.2/}"
FREE_WORLDS = tuple(name for name in worlds.names() if worlds.get(name).period is None)


def digest_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def after_first(text: str, mark: str) -> list[dict]:
    return json.loads(text.split(mark, 1)[1])


def repaired(text: str) -> str:
    return text.encode("latin-1").decode("utf-8")


def change_after(account: worlds.Account, channel: str, *, own_only: bool) -> float:
    """Mean two-day rise of the score after the channel's posts, over that of all days."""
    posts = account.posts[channel]
    chosen = posts.counts & ((posts.crosspost_of < 0) if own_only else True)
    reading = first_reading_after(posts.when[chosen], account.dates, account.world.observed_at)
    rise = account.score[2:] - account.score[:-2]
    inside = reading[(reading >= 1) & (reading < len(account.score) - 1)]
    return float(rise[inside - 1].mean() - rise.mean())


# --- the catalog -----------------------------------------------------------------------------


def test_the_asked_for_worlds_are_there_and_described():
    asked = {
        "nothing",
        "blog-only",
        "tweets-only",
        "everything",
        "busy",
        "trend-season",
        "algorithm-change",
        "algorithm-change-blog",
        "reverse",
        "reverse-blog",
        "cliff",
        "cliff-blog",
        "heavy-tails",
        "heavy-tails-blog",
        "whole-points",
        "whole-points-blog",
        "missing-readings",
        "missing-readings-blog",
        "heavy-crossposting",
        "heavy-crossposting-blog",
        "hidden-event",
        "slow-blog",
        "saturation",
        "reactions",
        "banfield-2012",
    }
    assert asked == set(worlds.names())
    for name in worlds.names():
        assert worlds.describe(name).endswith(".")


def test_underscores_count_as_dashes():
    assert worlds.get("algorithm_change_blog") is worlds.get("algorithm-change-blog")


@pytest.mark.parametrize(
    ("name", "focal_moves", "others_move"),
    [
        ("nothing", False, ()),
        ("blog-only", True, ()),
        ("tweets-only", True, ("twitter",)),
        ("everything", True, ("twitter", "facebook", "instagram", "linkedin")),
        ("busy", False, ()),
        ("trend-season", False, ()),
        ("algorithm-change", False, ()),
        ("algorithm-change-blog", True, ()),
        ("reverse", False, ()),
        ("reverse-blog", True, ()),
        ("cliff", False, ()),
        ("cliff-blog", True, ()),
        ("heavy-tails", False, ()),
        ("heavy-tails-blog", True, ()),
        ("whole-points", False, ()),
        ("whole-points-blog", True, ()),
        ("missing-readings", False, ()),
        ("missing-readings-blog", True, ()),
        ("heavy-crossposting", False, ()),
        ("heavy-crossposting-blog", True, ()),
        ("hidden-event", False, ()),
        ("slow-blog", True, ()),
        ("saturation", True, ()),
        ("reactions", True, ("facebook",)),
        ("banfield-2012", True, ()),
    ],
)
def test_what_is_true_where(name, focal_moves, others_move):
    world = worlds.get(name)
    assert world.focal_moves is focal_moves
    assert world.others_move == others_move
    assert world.identifiable is (name != "hidden-event")


# --- the score -------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_a_response_starts_as_published_and_fades(engine):
    response = engines.ENGINES[engine](400)
    assert 0 < response[0] <= 1
    assert response[-1] < 0.01
    assert engines.post_response(engine, 400)[0] == pytest.approx(response[0] / 2)


def test_the_true_effect_of_a_blog_post_is_a_quarter_point_on_average():
    effects = [0.3 * engines.post_response(engine, 2)[1] for engine in engines.DRAWN]
    assert np.mean(effects) == pytest.approx(0.26, abs=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_a_blog_post_adds_exactly_its_response(seed):
    without = worlds.simulate("nothing", seed=seed, days=200)
    with_blog = worlds.simulate("blog-only", seed=seed, days=200)
    blog = with_blog.posts["blog"]
    assert (blog.when == without.posts["blog"].when).all()
    calendar = with_blog.dates[0] - 14 + np.arange(214)
    arriving = np.bincount(first_reading_after(blog.when, calendar, "00:00"), minlength=250)
    expected = 0.3 * (arriving[:214] - catalog.RATES["blog"])
    added = np.convolve(expected, engines.post_response(with_blog.engine, 214))[14:214]
    assert with_blog.score - without.score == pytest.approx(added, abs=0.0101)
    assert with_blog.effects["blog"] == pytest.approx(
        0.3 * engines.post_response(with_blog.engine, 2)[1]
    )


def test_the_score_rises_after_blog_posts_only_where_they_matter():
    def mean_rise(world: str, channel: str) -> float:
        accounts = [worlds.simulate(world, seed=seed, days=365) for seed in range(40)]
        return float(np.mean([change_after(a, channel, own_only=True) for a in accounts]))

    assert mean_rise("blog-only", "blog") > 0.12
    assert abs(mean_rise("nothing", "blog")) < 0.03
    assert abs(mean_rise("blog-only", "instagram")) < 0.03
    assert mean_rise("everything", "instagram") > 0.06
    assert mean_rise("tweets-only", "twitter") > 0.05
    assert abs(mean_rise("busy", "twitter")) < 0.03


def test_in_the_bundled_world_only_the_shared_links_act():
    account = worlds.simulate("banfield-2012", seed=3)
    assert account.effects == {}
    assert account.bundle_effect == pytest.approx(0.9 * 0.33 * 179 / 180)
    assert worlds.truth(account)["only_focal_moves"] is True


def test_the_author_of_reverse_blogs_because_the_score_fell():
    def fall_before_posts(world: str) -> float:
        falls = []
        for seed in range(30):
            account = worlds.simulate(world, seed=seed, days=365)
            fall = account.score[:-3] - account.score[3:]
            day = (account.posts["blog"].when.astype("datetime64[D]") - account.dates[3]).astype(
                int
            )
            falls.append(fall[day[(day >= 0) & (day < len(fall))]].mean() - fall.mean())
        return float(np.mean(falls))

    assert fall_before_posts("reverse") > 0.1
    assert abs(fall_before_posts("nothing")) < 0.04


def test_the_announced_change_is_where_the_score_drops():
    for seed in range(10):
        account = worlds.simulate("algorithm-change", seed=seed, days=240)
        (change,) = account.breaks
        row = int(np.flatnonzero(account.dates == np.datetime64(change.date))[0])
        step = account.score[row] - account.score[row - 1]
        assert -8.5 < step < -3.5
        assert np.argmin(np.diff(account.score)) == row - 1
        assert 0.4 * 240 <= row <= 0.6 * 240


def test_more_posts_follow_the_change():
    before = after = 0
    for seed in range(10):
        account = worlds.simulate("algorithm-change", seed=seed, days=240)
        when = account.posts["twitter"].when
        changed = np.datetime64(account.breaks[0].date)
        days_before = (changed - when[0].astype("datetime64[D]")).astype(int)
        days_after = (account.dates[-1] - changed).astype(int) + 3
        before += (when < changed).sum() / days_before
        after += (when >= changed).sum() / days_after
    assert 1.4 < after / before < 1.8


def test_busy_weeks_are_busy_in_every_channel():
    def weekly_correlation(world: str) -> float:
        found = []
        for seed in range(20):
            account = worlds.simulate(world, seed=seed, days=360)
            weeks = [
                np.bincount(
                    (account.posts[c].when[account.posts[c].crosspost_of < 0] - account.dates[0])
                    .astype("timedelta64[D]")
                    .astype(int)
                    .clip(0)
                    // 10,
                    minlength=40,
                )[1:36]
                for c in ("twitter", "instagram")
            ]
            found.append(np.corrcoef(weeks)[0, 1])
        return float(np.mean(found))

    assert weekly_correlation("busy") > 0.35
    assert abs(weekly_correlation("nothing")) < 0.15


@settings(max_examples=25, deadline=None)
@given(
    world=st.sampled_from(FREE_WORLDS),
    seed=st.integers(0, 2**63),
    days=st.integers(30, 500),
    start=st.dates(dt.date(2010, 12, 1), dt.date(2099, 1, 1)),
)
def test_any_account_is_possible_and_whole(world, seed, days, start):
    account = worlds.simulate(world, seed=seed, days=days, start=start)
    assert len(account.score) == len(account.dates) <= days
    assert (np.diff(account.dates).astype(int) >= 1).all()
    if not account.world.readings.missing:
        assert len(account.score) == days
    assert account.dates[[0, -1]].tolist() == [start, start + dt.timedelta(days=days - 1)]
    assert ((account.score >= 1) & (account.score <= 100)).all()
    blog = account.posts["blog"]
    for posts in account.posts.values():
        fields = (posts.when, posts.kind, posts.title, posts.text, posts.link, posts.reactions)
        assert {len(field) for field in fields} == {len(posts)}
        assert (np.diff(posts.when).astype(int) >= 0).all()
        assert (posts.when < account.exported).all()
        shared = posts.crosspost_of >= 0
        wait = (posts.when[shared] - blog.when[posts.crosspost_of[shared]]).astype(int)
        assert ((wait >= 60) & (wait <= 7200)).all()
    assert len(set(blog.link)) == len(blog)


# --- worlds that break an assumption ----------------------------------------------------------


def accounts_of(world: str, seeds: int = 30, days: int = 365) -> list[worlds.Account]:
    return [worlds.simulate(world, seed=seed, days=days) for seed in range(seeds)]


def kurtosis(values: np.ndarray) -> float:
    centered = values - values.mean()
    return float((centered**4).mean() / (centered**2).mean() ** 2 - 3)


@pytest.mark.parametrize(("engine", "spread"), [("cliff", 2), ("leaky", 7), ("window", 3)])
def test_an_effect_arrives_in_equal_parts(engine, spread):
    whole = engines.ENGINES[engine](60)
    parts = [np.concatenate((np.zeros(lag), whole[: 60 - lag])) for lag in range(spread)]
    assert engines.post_response(engine, 60, spread) == pytest.approx(np.mean(parts, axis=0))


def test_over_the_cliff_all_is_gone_after_thirty_days():
    assert engines.cliff(40).tolist() == [1.0] * 30 + [0.0] * 10
    added = [
        with_blog.score - without.score
        for with_blog, without in zip(
            accounts_of("cliff-blog", 4), accounts_of("cliff", 4), strict=True
        )
    ]
    account = worlds.simulate("cliff-blog", seed=3, days=365)
    reading = first_reading_after(account.posts["blog"].when, account.dates, "00:00")
    posts = np.bincount(reading[reading >= 0], minlength=400)[:365]
    arriving = 0.15 * (posts + np.concatenate(([0], posts[:-1])))
    expected = np.convolve(arriving, np.ones(30))[30:365]
    assert added[3][30:] - expected == pytest.approx(
        float(np.mean(added[3][30:] - expected)), abs=0.011
    )


def test_heavy_tails_are_heavy_and_as_wide_in_the_middle():
    heavy = [kurtosis(np.diff(a.score)) for a in accounts_of("heavy-tails")]
    usual = [kurtosis(np.diff(a.score)) for a in accounts_of("nothing")]
    assert np.median(heavy) > 4
    assert 0 < np.median(usual) < 3


def test_whole_points_are_the_same_score_rounded():
    fine = worlds.simulate("blog-only", seed=8, days=200).score
    coarse = worlds.simulate("whole-points-blog", seed=8, days=200).score
    assert (coarse == np.round(coarse)).all()
    assert np.abs(coarse - fine).max() <= 0.51
    assert len(set(coarse.tolist())) > 3


def test_missing_readings_are_gaps_in_the_same_score():
    shares, longest = [], []
    for seed in range(40):
        whole = worlds.simulate("blog-only", seed=seed, days=365)
        account = worlds.simulate("missing-readings-blog", seed=seed, days=365)
        rows = (account.dates - whole.dates[0]).astype(int)
        assert (account.score == whole.score[rows]).all()
        assert account.posts["blog"].link == whole.posts["blog"].link
        shares.append(1 - len(rows) / 365)
        longest.append(int(np.diff(rows).max()) - 1)
    assert np.mean(shares) == pytest.approx(0.08 + 0.92 * 10 / 365, abs=0.01)
    assert min(longest) >= 10
    assert len(set(longest)) > 1


def test_missing_readings_are_missing_in_the_table(tmp_path):
    out = worlds.write_world("missing-readings", tmp_path / "out", seed=4, days=120)
    account = worlds.simulate("missing-readings", seed=4, days=120)
    rows = list(csv.DictReader((out / "raw/score.csv").read_text("utf-8").splitlines()))
    assert [row["date"] for row in rows] == [str(day) for day in account.dates]
    assert len(rows) < 112


def test_where_all_is_crossposted_facebook_follows_the_blog():
    def correlation(world: str) -> float:
        found = []
        for account in accounts_of(world, 15):
            first = account.dates[0] - 14
            days = [
                np.bincount((account.posts[name].when - first).astype("timedelta64[D]").astype(int))
                for name in ("blog", "facebook")
            ]
            length = min(map(len, days))
            found.append(np.corrcoef(days[0][:length], days[1][:length])[0, 1])
        return float(np.mean(found))

    assert correlation("heavy-crossposting") > 0.65
    assert correlation("nothing") < 0.6
    for account in accounts_of("heavy-crossposting-blog", 5):
        assert account.bundle_effect == account.effects["blog"]
        shared = int((account.posts["linkedin"].crosspost_of >= 0).sum())
        assert shared / len(account.posts["blog"]) > 0.9


def test_a_hidden_event_lifts_the_score_where_one_blogs_and_blogging_does_nothing():
    accounts = accounts_of("hidden-event", 40)
    rises = [change_after(account, "blog", own_only=True) for account in accounts]
    assert np.mean(rises) > 0.06
    assert abs(np.mean([change_after(a, "instagram", own_only=True) for a in accounts])) < 0.03
    assert all(account.bundle_effect == 0 for account in accounts)
    assert worlds.truth(accounts[0])["identifiable"] is False
    assert "identifiable" not in worlds.truth(worlds.simulate("nothing", seed=1))


def test_a_slow_post_is_still_working_after_a_week():
    def rise(world: str, days: int) -> float:
        found = []
        for account in accounts_of(world, 60):
            score = account.score
            reading = first_reading_after(account.posts["blog"].when, account.dates, "00:00")
            change = score[days:] - score[:-days]
            inside = reading[(reading >= 1) & (reading <= len(change))]
            found.append(float(change[inside - 1].mean() - change.mean()))
        return float(np.mean(found))

    assert rise("slow-blog", 6) > rise("slow-blog", 2) + 0.1
    assert rise("blog-only", 6) < rise("blog-only", 2) + 0.1
    account = worlds.simulate("slow-blog", seed=1)
    full = engines.post_response(account.engine, 2, 7)[1] * 0.6
    assert account.bundle_effect == pytest.approx(full)
    assert full < 0.18


def test_a_second_post_adds_a_third():
    ratios = []
    for seed in range(20):
        account = worlds.simulate("saturation", seed=seed, days=365)
        when = account.posts["blog"].when
        soon = np.concatenate(([False], np.diff(when) < np.timedelta64(48, "h")))
        ratio = account.bundle_effect / (0.3 * engines.post_response(account.engine, 2)[1])
        assert ratio == pytest.approx(np.where(soon, 1 / 3, 1.0).mean())
        ratios.append(ratio)
    assert 0.6 < np.mean(ratios) < 0.9


def test_reactions_move_the_score_and_posts_only_by_them():
    liked, ignored = [], []
    for account in accounts_of("reactions", 40):
        posts = account.posts["facebook"]
        reading = first_reading_after(posts.when, account.dates, "00:00")
        rise = account.score[2:] - account.score[:-2]
        inside = (reading >= 1) & (reading < len(account.score) - 1)
        moved = rise[reading[inside] - 1] - rise.mean()
        liked.append(moved[posts.reactions[inside] >= 15].mean())
        ignored.append(moved[posts.reactions[inside] == 0].mean())
        mean = posts.reactions.mean()
        within = engines.post_response(account.engine, 2)[1]
        assert account.effects["facebook"] == pytest.approx(0.04 * mean * within)
        assert account.bundle_effect == pytest.approx(0.9 * account.effects["facebook"])
    assert np.mean(liked) > 0.5
    assert abs(np.mean(ignored)) < 0.06


# --- posting ---------------------------------------------------------------------------------


def test_posting_rates_are_as_stated():
    accounts = [worlds.simulate("nothing", seed=seed, days=365) for seed in range(30)]
    for channel, rate in catalog.RATES.items():
        own = [
            int((a.posts[channel].counts & (a.posts[channel].crosspost_of < 0)).sum())
            for a in accounts
        ]
        assert np.mean(own) / 382 == pytest.approx(rate, rel=0.1)
    blog = sum(len(a.posts["blog"]) for a in accounts)
    for channel, probability in catalog.SHARING.items():
        shared = sum(int((a.posts[channel].crosspost_of >= 0).sum()) for a in accounts)
        assert shared / blog == pytest.approx(probability, abs=0.03)


def test_nobody_posts_at_night_and_some_post_late():
    account = worlds.simulate("nothing", seed=1, days=365)
    posts = account.posts["twitter"]
    second = (posts.when - posts.when.astype("datetime64[D]")).astype(int)
    assert second[posts.crosspost_of < 0].min() >= 6.5 * 3600
    assert (second > 23 * 3600).sum() > 20


@pytest.mark.parametrize("variant", range(7))
def test_every_spelling_of_a_shared_address_is_one_page(variant):
    permalink = f"{words.SITE}/2012/05/a-title/"
    link = words.share([0, variant], "A title", permalink, "twitter").link
    bare = link.split("?")[0].lower().replace("https://", "http://").rstrip("/") + "/"
    assert bare == permalink


# --- what is written -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> tuple[Path, worlds.Account]:
    out = tmp_path_factory.mktemp("worlds") / "study"
    worlds.write_world("algorithm-change-blog", out, seed=5, days=150)
    return out, worlds.simulate("algorithm-change-blog", seed=5, days=150)


def test_settings_name_what_is_there(study):
    out, account = study
    told = tomllib.loads((out / "study.toml").read_text("utf-8"))
    assert told["simulated"] is True
    assert told["timezone"] == "America/Los_Angeles"
    assert told["focal"] == "blog"
    assert told["score"]["observed_at"] == "00:00"
    assert set(told["sources"]) == set(catalog.RATES)
    for path in [told["score"]["path"], *told["sources"].values()]:
        assert (out / path).exists()
    assert told["breaks"] == [{"date": account.breaks[0].date, "label": account.breaks[0].label}]


def test_truth_is_told(study):
    out, account = study
    told = json.loads((out / "truth.json").read_text("utf-8"))
    assert told["focal_moves"] is True
    assert told["others_move"] == []
    assert told["only_focal_moves"] is True
    assert told["effects"]["blog"] == round(account.effects["blog"], 4) > 0.1
    assert told["effects"]["instagram"] == 0
    assert told["posts"]["blog"]["own"] == len(account.posts["blog"])


def test_score_table_has_every_reading(study):
    out, account = study
    rows = list(csv.DictReader((out / "raw/score.csv").read_text("utf-8").splitlines()))
    assert [row["date"] for row in rows] == [str(day) for day in account.dates]
    assert [float(row["score"]) for row in rows] == pytest.approx(account.score.tolist())
    assert all(len(row["score"].split(".")[1]) == 2 for row in rows)


def test_wxr_has_the_posts_and_what_is_none(study):
    out, account = study
    items = ET.parse(out / "raw/blog.xml").getroot().findall("channel/item")
    kinds = [(item.findtext(f"{WP}post_type"), item.findtext(f"{WP}status")) for item in items]
    assert {"page", "attachment", "nav_menu_item"} <= {kind for kind, _ in kinds}
    assert {"draft", "private", "trash"} <= {status for _, status in kinds}
    published = [
        item for item, kind in zip(items, kinds, strict=True) if kind == ("post", "publish")
    ]
    blog = account.posts["blog"]
    assert [item.findtext("link") for item in published] == list(blog.link)
    assert [item.findtext("title") for item in published] == list(blog.title)
    for item, local in zip(published, blog.when.tolist(), strict=True):
        assert item.findtext(f"{WP}post_date") == str(local)
        instant = local.replace(tzinfo=PACIFIC).astimezone(dt.UTC)
        assert item.findtext(f"{WP}post_date_gmt") == f"{instant:%Y-%m-%d %H:%M:%S}"
    drafts = [item for item, kind in zip(items, kinds, strict=True) if kind[1] == "draft"]
    assert drafts[0].findtext(f"{WP}post_date_gmt") == "0000-00-00 00:00:00"


def test_grailbird_has_every_tweet_with_its_link(study):
    out, account = study
    folder = out / "raw/twitter/data/js"
    index = after_first((folder / "tweet_index.js").read_text("ascii"), "=")
    tweets = []
    for month in index:
        text = (out / "raw/twitter" / month["file_name"]).read_text("ascii")
        assert text.startswith(f"Grailbird.data.{month['var_name']} = ")
        found = after_first(text, "=")
        assert len(found) == month["tweet_count"]
        assert all(
            tweet["created_at"].startswith(f"{month['year']}-{month['month']:02}")
            for tweet in found
        )
        tweets += found
    posts = account.posts["twitter"]
    assert len(tweets) == len(posts)
    assert len({tweet["id_str"] for tweet in tweets}) == len(posts)
    by_time = sorted(tweets, key=lambda tweet: tweet["id"])
    for row, (tweet, local) in enumerate(zip(by_time, posts.when.tolist(), strict=True)):
        instant = local.replace(tzinfo=PACIFIC).astimezone(dt.UTC)
        assert tweet["created_at"] == f"{instant:%Y-%m-%d %H:%M:%S} +0000"
        assert (tweet["id"] >> 22) + clock.TWITTER_EPOCH_MS == instant.timestamp() * 1000
        assert ("retweeted_status" in tweet) == (posts.kind[row] == "repost")
        assert len(tweet["text"]) <= 140
        for url in tweet["entities"]["urls"]:
            begin, end = url["indices"]
            assert tweet["text"][begin:end] == url["url"]
            assert url["expanded_url"] == posts.link[row]
    details = after_first((folder / "payload_details.js").read_text("ascii"), "=")
    assert details["tweets"] == len(posts)
    assert details["created_at"] > max(tweet["created_at"] for tweet in tweets)


def test_the_current_archive_holds_the_same_tweets(tmp_path, study):
    _, account = study
    out = worlds.write_world(
        "algorithm-change-blog", tmp_path / "now", seed=5, days=150, twitter="archive"
    )
    data = out / "raw/twitter/data"
    tweets = [item["tweet"] for item in after_first((data / "tweets.js").read_text("ascii"), "=")]
    posts = account.posts["twitter"]
    assert len(tweets) == len(posts)
    for tweet, local in zip(reversed(tweets), posts.when.tolist(), strict=True):
        stated = dt.datetime.strptime(tweet["created_at"], "%a %b %d %H:%M:%S %z %Y")
        assert stated == local.replace(tzinfo=PACIFIC)
        assert isinstance(tweet["favorite_count"], str)
        for url in tweet["entities"]["urls"]:
            begin, end = map(int, url["indices"])
            assert tweet["full_text"][begin:end] == url["url"]
    manifest = after_first((data / "manifest.js").read_text("ascii"), "=")
    assert manifest["archiveInfo"]["generationDate"].startswith("2012-06-03T19:00:00")


def test_facebook_is_mangled_as_meta_mangles(study):
    out, account = study
    text = (out / "raw/facebook/posts/your_posts_1.json").read_text("ascii")
    records = json.loads(text)[::-1]
    posts = account.posts["facebook"]
    said = [repaired(record["data"][0]["post"]) for record in records]
    assert said == list(posts.text)
    assert any(not one.isascii() for one in said)
    assert "\\u00c3" in text or "\\u00e2" in text
    for record, local, link in zip(records, posts.when.tolist(), posts.link, strict=True):
        assert record["timestamp"] == local.replace(tzinfo=PACIFIC).timestamp()
        attached = [part for a in record.get("attachments", []) for part in a["data"]]
        urls = [part["external_context"]["url"] for part in attached if "external_context" in part]
        assert urls == ([link] if link else [])


def test_instagram_has_single_photos_and_carousels(study):
    out, account = study
    records = json.loads((out / "raw/instagram/content/posts_1.json").read_text("ascii"))[::-1]
    posts = account.posts["instagram"]
    times, captions = [], []
    for record in records:
        holder = record if len(record["media"]) > 1 else record["media"][0]
        times.append(holder["creation_timestamp"])
        captions.append(repaired(holder["title"]))
    assert {len(record["media"]) for record in records} >= {1, 2}
    assert times == [local.replace(tzinfo=PACIFIC).timestamp() for local in posts.when.tolist()]
    assert captions == list(posts.text)


def test_linkedin_times_are_utc(study):
    out, account = study
    text = (out / "raw/linkedin/Shares.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))[::-1]
    posts = account.posts["linkedin"]
    assert [row["ShareCommentary"] for row in rows] == list(posts.text)
    assert [row["SharedUrl"] for row in rows] == list(posts.link)
    for row, local in zip(rows, posts.when.tolist(), strict=True):
        stated = dt.datetime.fromisoformat(row["Date"]).replace(tzinfo=dt.UTC)
        assert stated == local.replace(tzinfo=PACIFIC)
    assert any("\n" in row["ShareCommentary"] for row in rows)


def test_daylight_saving_moves_the_utc_day(study):
    _, account = study
    local = account.posts["twitter"].when
    instants = clock.instants(local, PACIFIC)
    offsets = {
        (stamp.replace(tzinfo=None) - time).total_seconds() / 3600: time.date()
        for stamp, time in zip(instants, local.tolist(), strict=True)
    }
    assert sorted(offsets) == [7.0, 8.0]
    assert offsets[8.0] <= dt.date(2012, 3, 11) < offsets[7.0]
    late = [
        (stamp, time)
        for stamp, time in zip(instants, local.tolist(), strict=True)
        if time.hour == 23
    ]
    assert late
    assert all(stamp.date() == time.date() + dt.timedelta(days=1) for stamp, time in late)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Sao_Paulo", "Pacific/Auckland"])
def test_local_days_come_back_from_instants_anywhere(zone):
    account = worlds.simulate("nothing", seed=2, days=365)
    there = ZoneInfo(zone)
    for posts in account.posts.values():
        back = [stamp.astimezone(there).date() for stamp in clock.instants(posts.when, there)]
        assert back == [time.date() for time in posts.when.tolist()]


# --- the same bytes --------------------------------------------------------------------------


def test_same_seed_same_bytes_in_another_process(tmp_path):
    here = worlds.write_world("everything", tmp_path / "here", seed=9, days=60)
    code = "from pathlib import Path; from analysis import worlds; import sys; "
    code += "worlds.write_world('everything', Path(sys.argv[1]), seed=9, days=60)"
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "there")],
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    )
    assert digest_of(here) == digest_of(tmp_path / "there")


def test_another_seed_is_another_account(tmp_path):
    one = worlds.write_world("nothing", tmp_path / "one", seed=1, days=60)
    two = worlds.write_world("nothing", tmp_path / "two", seed=2, days=60)
    assert digest_of(one).keys() == digest_of(two).keys()
    assert (one / "raw/score.csv").read_bytes() != (two / "raw/score.csv").read_bytes()


def test_files_end_lines_with_a_bare_newline(study):
    out, _ = study
    for name, content in digest_of(out).items():
        assert b"\r" not in content, name
        assert content.endswith(b"\n"), name


# --- what is refused -------------------------------------------------------------------------


def one_line_of(error: pytest.ExceptionInfo[InputError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError) as error:
        worlds.write_world("nothing", tmp_path, seed=1, days=30)
    assert "expected a folder that is empty" in one_line_of(error)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError):
        worlds.write_world("nothing", tmp_path / "out", seed=1, days=30)
    assert (tmp_path / "out").read_text() == "mine"


def test_an_empty_folder_and_new_parents_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", tmp_path / "a/b/c"):
        assert worlds.write_world("nothing", out, seed=1, days=30) == out
        assert (out / "study.toml").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "a"}


def test_a_parent_that_is_a_file_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as error:
        worlds.write_world("nothing", tmp_path / "file/out", seed=1, days=30)
    assert "expected" in one_line_of(error)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"world": "no-such-world"}, "blog-only"),
        ({"world": "nothing", "seed": -1}, "--seed"),
        ({"world": "nothing", "days": 29}, "--days"),
        ({"world": "nothing", "days": 10_001}, "--days"),
        ({"world": "nothing", "start": dt.date(2009, 1, 1)}, "2010-12-01"),
        ({"world": "nothing", "timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"world": "nothing", "timezone": "../etc"}, "IANA"),
        ({"world": "banfield-2012", "days": 100}, "458 days"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path, arguments, names):
    world = arguments.pop("world")
    with pytest.raises(InputError) as error:
        worlds.write_world(world, tmp_path / "out", **arguments)
    assert names in one_line_of(error)
    assert not list(tmp_path.iterdir())


# --- the bundled study -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundled() -> worlds.Account:
    return worlds.simulate("banfield-2012", seed=catalog.BANFIELD.period.seed)


def test_the_bundled_study_is_made_by_its_command(tmp_path):
    fresh = worlds.write_banfield(tmp_path / "banfield-2012")
    kept = ROOT / "data/banfield-2012"
    assert digest_of(fresh) == digest_of(kept)
    told = json.loads((kept / "truth.json").read_text("utf-8"))
    command = f"needle simulate banfield-2012 data/banfield-2012 --seed {told['seed']}"
    assert command in (ROOT / "data/README.md").read_text("utf-8")


def test_the_seed_is_the_first_that_meets_the_facts(bundled):
    assert banfield.find_seed() == bundled.seed == 2047


def test_the_stated_facts_hold(bundled):
    score = dict(zip(bundled.dates.tolist(), bundled.score.tolist(), strict=True))
    last = dt.date(2012, 6, 22)
    assert max(score) == last
    assert min(score) == dt.date(2011, 3, 23)
    assert round(score[last]) == 58
    changed = dt.date(2011, 10, 26)
    assert [change.date for change in bundled.breaks] == [changed]
    since = [round(value) for day, value in score.items() if day >= changed]
    assert max(since) == 61
    assert max(round(value) for day, value in score.items() if day.year == 2012) == 61
    drop = score[changed - dt.timedelta(days=1)] - score[changed]
    assert 5.5 < drop < 10.5
    assert score[last] < score[dt.date(2012, 5, 22)]
    month = [score[last - dt.timedelta(days=back)] for back in range(31, -1, -1)]
    assert np.polyfit(range(32), month, 1)[0] < 0
    assert bundled.world.observed_at == "06:00"


def test_the_bundled_study_is_small():
    size = sum(len(content) for content in digest_of(ROOT / "data/banfield-2012").values())
    assert size < 1_500_000
