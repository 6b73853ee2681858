"""An account without files and the same one through its exports: one panel, one verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analysis import load, worlds
from analysis.claims.ledger import judge_headline, margin_of, wording_of
from analysis.model.primary import fit_primary
from analysis.simulated import simulated_panel
from analysis.urls import canonical
from analysis.workbench import Study
from analysis.worlds.words import SITE

ACCOUNTS = [
    *((name, 1, 120) for name in worlds.names() if worlds.get(name).period is None),
    ("blog-only", 2, 365),
    ("heavy-crossposting-blog", 3, 365),
    ("missing-readings-blog", 4, 365),
    ("algorithm-change-blog", 5, 300),
    ("banfield-2012", 2047, None),
]
HEADLINE = ("blogging-moves-score", "nothing-else-correlates", "only-blogging")


def through_files(folder: Path, account: worlds.Account) -> Study:
    worlds.write_account(account, folder, zone=ZoneInfo(worlds.TIMEZONE))
    return load(str(folder))


def differences(one: object, other: object, place: str = "panel") -> list[str]:
    """Return where two values are not the same to the last bit."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys():
            return [f"{place}: {sorted(one)} and {sorted(other)}"]
        pairs = [(one[key], other[key], f"{place}.{key}") for key in one]
    elif dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        pairs = [(getattr(one, n), getattr(other, n), f"{place}.{n}") for n in names]
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        pairs = [(a, b, f"{place}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        floats = one.dtype.kind == "f"
        same = one.dtype == other.dtype and np.array_equal(one, other, equal_nan=floats)
        return [] if same else [place]
    elif isinstance(one, pd.Index) and isinstance(other, pd.Index):
        return [] if one.dtype == other.dtype and one.equals(other) else [place]
    else:
        return [] if type(one) is type(other) and one == other else [place]
    return [found for pair in pairs for found in differences(*pair)]


@pytest.mark.parametrize(("world", "seed", "days"), ACCOUNTS)
def test_the_panel_is_the_one_that_comes_from_files(tmp_path, world, seed, days):
    account = worlds.simulate(world, seed=seed, days=days)
    panel = simulated_panel(account)
    study = through_files(tmp_path, account)
    assert differences(panel, study.arrays) == []
    mute = worlds.simulate(world, seed=seed, days=days, worded=False)
    assert differences(simulated_panel(mute), panel) == []
    assert panel.posts["bundle"]["blog"].sum() > 5
    assert panel.crossposts["twitter"].sum() > 5


@pytest.mark.parametrize(
    ("world", "seed", "days"),
    [
        ("blog-only", 11, 180),
        ("everything", 12, 365),
        ("missing-readings", 13, 365),
        ("whole-points-blog", 14, 270),
        ("banfield-2012", 2047, None),
    ],
)
def test_verdicts_and_numbers_are_those_through_files(tmp_path, world, seed, days):
    account = worlds.simulate(world, seed=seed, days=days)
    panel = simulated_panel(account)
    bundle, own = fit_primary(panel, "bundle"), fit_primary(panel, "all posts")
    assert bundle is not None
    assert own is not None
    margin, _ = margin_of(panel, account.world.smallest_effect)
    headline = judge_headline(bundle, own, wording_of(panel), margin, 0.05)
    ledger = through_files(tmp_path, account).ledger
    assert [claim.id for claim in headline.claims] == list(HEADLINE)
    assert headline.claims == tuple(ledger.claim(name) for name in HEADLINE)
    assert headline.channels == ledger.channels
    assert headline.blogging.estimate is not None


@pytest.mark.parametrize("world", ["nothing", "heavy-crossposting", "banfield-2012"])
def test_links_say_of_every_post_what_the_truth_says(world):
    """The links are read as addresses are, and come to what the account knows of itself."""
    for seed in range(5):
        account = worlds.simulate(world, seed=seed)
        blog = account.posts["blog"]
        pages = {canonical(link): row for row, link in enumerate(blog.link)}
        assert len(pages) == len(blog)
        for name in ("twitter", "facebook", "instagram", "linkedin"):
            posts = account.posts[name]
            linked = [pages.get(canonical(link), -1) for link in posts.link]
            assert linked == posts.crosspost_of.tolist()


def test_a_link_to_the_front_page_is_no_share():
    account = worlds.simulate("nothing", seed=1, days=365)
    twitter = account.posts["twitter"]
    assert f"{SITE}/" in twitter.link
    shares = (twitter.crosspost_of >= 0) & (twitter.when >= account.dates[0])
    shares &= twitter.when < account.dates[-1]
    assert simulated_panel(account).crossposts["twitter"].sum() == pytest.approx(
        shares.sum(), abs=4
    )


def test_days_after_the_last_record_are_not_known():
    account = worlds.simulate("nothing", seed=1, days=40)
    last = account.posts["linkedin"].when[-1].astype("datetime64[D]")
    beyond = int((account.dates[-1] - last).astype(int)) + 1
    assert beyond > 1
    panel = simulated_panel(account)
    known = np.isfinite(panel.posts["all posts"]["linkedin"])
    assert known.tolist() == [True] * (len(known) - beyond) + [False] * beyond
    assert np.isfinite(panel.posts["all posts"]["blog"]).all()


def test_a_channel_without_posts_is_silent_and_known():
    account = worlds.simulate("nothing", seed=3, days=40)
    some = account.posts["linkedin"]
    empty = worlds.Posts(some.when[:0], some.crosspost_of[:0], (), (), (), (), some.reactions[:0])
    quiet = dataclasses.replace(account, posts={**account.posts, "linkedin": empty})
    panel = simulated_panel(quiet)
    assert (panel.posts["all posts"]["linkedin"] == 0).all()


def test_a_difference_is_seen():
    one = simulated_panel(worlds.simulate("nothing", seed=1, days=40))
    other = simulated_panel(worlds.simulate("nothing", seed=2, days=40))
    found = differences(one, other)
    assert "panel.score" in found
    assert "panel.posts.bundle.blog" in found
    assert "panel.dates" not in found
