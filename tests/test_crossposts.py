"""Which posts share a post of the focal channel, and which belong to its burst."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analysis.activity import SourceRead, event_table
from analysis.crossposts import find_crossposts, in_bundle
from analysis.formats.base import Extract, Kind, Post, When

URL = "http://blog.example.org/2012/06/klout/"
BORN = dt.datetime(2012, 6, 20, 10, tzinfo=dt.UTC)
TWO_DAYS = pd.Timedelta(hours=48)


def table(**channels: list[Post]) -> pd.DataFrame:
    sources = [
        SourceRead(name, f"raw/{name}", "format", "why", Extract(posts), {})
        for name, posts in channels.items()
    ]
    return event_table(sources, ZoneInfo("America/Los_Angeles"))


def post(when: When = BORN, url: str = "", *links: str, kind: Kind = "post") -> Post:
    return Post(when, kind=kind, url=url, links=links)


def shared(activity: pd.DataFrame, channel: str) -> list[str]:
    found = find_crossposts(activity, "blog")
    return found.loc[found["channel"] == channel, "crosspost_of"].tolist()


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (("https://www.blog.example.org/2012/06/klout?utm_source=twitter",), URL),
        (("http://other.example/", URL), URL),
        (("http://blog.example.org/",), ""),
        (("http://blog.example.org/2012/06/other/",), ""),
        (("javascript:alert(1)", "klout"), ""),
        ((), ""),
    ],
)
def test_a_post_that_links_to_a_blog_post_shares_it(links: tuple[str, ...], expected: str) -> None:
    activity = table(blog=[post(BORN, URL)], twitter=[post(BORN, "", *links)])
    assert shared(activity, "twitter") == [expected]
    assert shared(activity, "blog") == [""]


def test_without_an_address_nothing_can_be_shared() -> None:
    activity = table(blog=[post(BORN, "")], twitter=[post(BORN, "", URL)])
    assert shared(activity, "twitter") == [""]


def test_a_network_that_was_renamed_is_one_network() -> None:
    """With the tweets in question, links to them lead to x.com as well."""
    mine = "https://twitter.com/me/status/1"
    links = ("https://x.com/me/status/1", mine, "https://x.com/me/status/2")
    activity = table(twitter=[post(BORN, mine)], blog=[post(BORN, "", link) for link in links])
    found = find_crossposts(activity, "twitter")
    of = {tuple(row.links): row.crosspost_of for row in found.itertuples()}
    assert [of[link,] for link in links] == [mine, mine, ""]


def test_the_address_is_given_as_the_blog_spells_it() -> None:
    twice = [post(BORN, URL), post(BORN + dt.timedelta(days=9), URL.replace("http:", "https:"))]
    assert shared(table(blog=twice, twitter=[post(BORN, "", URL)]), "twitter") == [URL]


def test_reposts_neither_share_nor_are_shared() -> None:
    repost = post(BORN, "", URL, kind="repost")
    assert shared(table(blog=[post(BORN, URL)], twitter=[repost]), "twitter") == [""]
    others = post(BORN, URL, kind="repost")
    assert shared(table(blog=[others], twitter=[post(BORN, "", URL)]), "twitter") == [""]


def test_a_blog_post_that_links_to_another_is_no_share() -> None:
    blog = [post(BORN, URL), post(BORN, "http://blog.example.org/2", URL)]
    assert shared(table(blog=blog), "blog") == ["", ""]


@pytest.mark.parametrize(
    "activity",
    [table(), table(twitter=[post(BORN, "", URL)]), table(blog=[post()], twitter=[post()])],
)
def test_without_addresses_nothing_is_shared(activity: pd.DataFrame) -> None:
    found = find_crossposts(activity, "blog")
    assert (found["crosspost_of"] == "").all()
    assert found["crosspost_of"].dtype == "str"
    assert not in_bundle(found, "blog", TWO_DAYS).any()


def test_the_table_that_is_given_stays_as_it_is() -> None:
    activity = table(blog=[post(BORN, URL)], twitter=[post(BORN, "", URL)])
    before = activity.copy()
    find_crossposts(activity, "blog")
    pd.testing.assert_frame_equal(activity, before)


def bundled(born: When, when: When) -> bool:
    activity = table(blog=[post(born, URL)], twitter=[post(when, "", URL)])
    found = find_crossposts(activity, "blog")
    assert (found["crosspost_of"] != "").sum() == 1
    inside = in_bundle(found, "blog", TWO_DAYS)
    assert not inside[found["channel"] == "blog"].any()
    return bool(inside[found["channel"] == "twitter"].item())


@pytest.mark.parametrize(
    ("hours", "inside"),
    [(0, True), (47, True), (48, True), (48.01, False), (-1, True), (-1.01, False), (900, False)],
)
def test_a_share_belongs_to_the_burst_of_its_post(hours: float, inside: bool) -> None:
    assert bundled(BORN, BORN + dt.timedelta(hours=hours)) is inside


@pytest.mark.parametrize(
    ("born", "when", "inside"),
    [
        (BORN.date(), BORN - dt.timedelta(hours=9), True),
        (BORN.date(), BORN - dt.timedelta(hours=20), False),
        (BORN, BORN.date(), True),
        (BORN, BORN.date() - dt.timedelta(days=1), True),
        (BORN, BORN.date() - dt.timedelta(days=2), False),
        (BORN.date(), BORN.date(), True),
        (BORN.date(), BORN.date() + dt.timedelta(days=2), True),
        (BORN.date(), BORN.date() + dt.timedelta(days=3), False),
    ],
)
def test_where_only_days_are_known_a_day_is_forgiven(born: When, when: When, inside: bool) -> None:
    assert bundled(born, when) is inside


def test_the_first_of_two_posts_with_one_address_is_what_is_shared() -> None:
    later = BORN + dt.timedelta(days=9)
    activity = table(
        blog=[
            post(later, URL),
            post(BORN, URL),
            post(BORN - dt.timedelta(days=3), URL, kind="repost"),
        ],
        twitter=[post(BORN, "", URL), post(later, "", URL)],
    )
    found = find_crossposts(activity, "blog")
    inside = in_bundle(found, "blog", TWO_DAYS)
    assert inside[found["channel"] == "twitter"].tolist() == [True, False]
