"""Short links that lead astray, in circles, or cannot be asked for; a site that is scripted."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from analysis.collect.base import StoppedError
from analysis.collect.fetcher import Fetcher
from analysis.collect.shortlinks import expand_links
from analysis.urls import read_links

LONG = "https://example.org/a-post"


class Scripted:
    """Answers by address: a status and where it points, or what is raised."""

    def __init__(self, answers: dict[str, Any], *, is_over: bool = False) -> None:
        self.answers = answers
        self.is_over = is_over
        self.asked: list[str] = []

    def get(self, url: str, *, follow: bool) -> Any:
        assert not follow, "the page that a link leads to is not asked for"
        self.asked.append(url)
        found = self.answers[url]
        if isinstance(found, Exception):
            raise found
        status, location = found
        return SimpleNamespace(status=status, header=lambda name: location)

    def shown(self, url: str) -> str:
        return url


def told(site: Scripted, table: Path, *links: str) -> tuple[dict[str, str], list[str]]:
    """Return what links.csv says afterwards, and the notes."""
    steps = list(expand_links(links, table, "links.csv", cast(Fetcher, site)))
    return read_links(table, "links.csv"), [step.note for step in steps if step.note]


def test_a_chain_of_short_links_is_followed_link_by_link(tmp_path: Path) -> None:
    site = Scripted({"http://bit.ly/a": (301, "http://ow.ly/b"), "http://ow.ly/b": (302, LONG)})
    found, notes = told(site, tmp_path / "links.csv", "http://bit.ly/a")
    assert list(found.values()) == ["http://ow.ly/b", LONG]
    assert notes == []


def test_a_chain_that_is_longer_than_a_run_goes_on_next_time(tmp_path: Path) -> None:
    chain = [f"http://bit.ly/{letter}" for letter in "abcdef"]
    pairs = zip(chain, [*chain[1:], LONG], strict=True)
    site = Scripted({link: (301, target) for link, target in pairs})
    found, notes = told(site, tmp_path / "links.csv", chain[0])
    assert (site.asked, notes) == (chain[:4], [])
    assert list(found.values()) == chain[1:5]
    found, _ = told(site, tmp_path / "links.csv", chain[0])
    assert (site.asked, list(found.values())) == (chain, [*chain[1:], LONG])


def test_the_same_link_by_https_is_asked_once_more(tmp_path: Path) -> None:
    site = Scripted({"http://bit.ly/a": (301, "https://bit.ly/a"), "https://bit.ly/a": (301, LONG)})
    found, _ = told(site, tmp_path / "links.csv", "http://bit.ly/a")
    assert list(found.values()) == [LONG]


def test_a_link_to_itself_is_given_up(tmp_path: Path) -> None:
    site = Scripted({"http://bit.ly/a": (301, "http://bit.ly/a")})
    found, notes = told(site, tmp_path / "links.csv", "http://bit.ly/a")
    assert found == {}
    assert site.asked == ["http://bit.ly/a"] * 3
    assert notes == ["1 short link does not tell where they lead"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_link_that_leads_nowhere_is_known_to(tmp_path: Path, status: int) -> None:
    site = Scripted({"http://bit.ly/a": (status, "")})
    found, notes = told(site, tmp_path / "links.csv", "http://bit.ly/a")
    assert list(found.values()) == [""]
    assert notes == []


@pytest.mark.parametrize(
    "answer",
    [
        (200, LONG),
        (301, ""),
        (301, "javascript:alert(1)"),
        (301, "http://[broken"),
        StoppedError("bit.ly", "the host refuses"),
    ],
)
def test_what_does_not_tell_stays_unknown_and_is_counted(tmp_path: Path, answer: Any) -> None:
    site = Scripted({"http://bit.ly/a": answer, "http://bit.ly/b": answer})
    found, notes = told(site, tmp_path / "links.csv", "http://bit.ly/a", "http://bit.ly/b")
    assert found == {}
    assert notes == ["2 short links do not tell where they lead"]


def test_a_run_whose_time_is_over_stops_and_keeps_what_came(tmp_path: Path) -> None:
    site = Scripted(
        {
            "http://bit.ly/a": (301, LONG),
            "http://bit.ly/b": StoppedError("bit.ly", "time is over"),
        },
        is_over=True,
    )
    with pytest.raises(StoppedError, match="time is over"):
        told(site, tmp_path / "links.csv", "http://bit.ly/a", "http://bit.ly/b")
    assert list(read_links(tmp_path / "links.csv", "links.csv").values()) == [LONG]
