"""The page of many accounts: verdict first, numbers of results.json, nothing from outside."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.accounts import sample as sampling
from analysis.accounts.build import build
from analysis.accounts.folder import read_input
from analysis.accounts.take_in import Options
from analysis.cli import main
from analysis.report.accounts import write_report
from analysis.report.index import Entry, index_of
from analysis.report.overview import write_index

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"
RARE = "a village of three"


class Seen(HTMLParser):
    """What a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.said))


def run(*arguments: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(main, [str(part) for part in ("accounts", *arguments)])
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture(scope="module")
def panel(tmp_path_factory) -> Path:
    """Return a small population with a hostile name, and a village of three accounts."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "ACCOUNTS", 36)
        source = sampling.sample(folder / "in")
    for name in ("activity", "score", "accounts"):
        path = source / name / "part.parquet"
        table = pd.read_parquet(path).replace({"account": {"account 00": HOSTILE}})
        if name == "accounts":
            town = [RARE] * 3 + ["a town"] * 15 + [HOSTILE] * (len(table) - 18)
            table = table.assign(place=town)
        table.to_parquet(path, index=False)
    build(read_input(source), folder / "panel", Options(), lambda _: None)
    return folder / "panel"


@pytest.fixture(scope="module")
def report(panel, tmp_path_factory) -> Path:
    return write_report(panel, tmp_path_factory.mktemp("out") / "many").parent


@pytest.fixture(scope="module")
def told(report) -> dict:
    return json.loads((report / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(report) -> Seen:
    return Seen((report / "index.html").read_text(encoding="utf-8"))


def test_the_verdict_comes_first_and_provenance_last(page, told) -> None:
    verdict = told["answer"]["sentence"].split(": ", 1)[1][:60]
    first = [page.text.index(part) for part in (verdict, "The claims, on average")]
    headings = ("Who differs?", "Account by account", "What these data cannot show", "sha256")
    places = first + [page.text.rindex(part) for part in headings]
    assert places == sorted(places)


def test_every_claim_and_limit_is_on_the_page(page, told) -> None:
    assert len(told["claims"]) == 3
    for claim in told["claims"]:
        assert claim["statement"] in page.text
        assert claim["verdict"] in page.text
    for limit in told["limits"]:
        assert limit in page.text
    assert "activity: repost" in page.text
    assert "needle accounts report INPUT --account NAME --out FOLDER" in page.text
    for path, digest in told["provenance"]["inputs"].items():
        assert path in page.text
        assert digest in page.text


def test_numbers_are_those_of_the_results(page, told) -> None:
    values = {attrs["value"] for tag, attrs in page.elements if tag == "data"}
    for claim in told["claims"]:
        assert {str(claim["estimate"]), *map(str, claim["interval"])} <= values
    assert str(told["channels"]["blog"]["share"]["at_least"]) in values


def test_nothing_is_asked_of_anybody_and_links_lead_somewhere(page, report) -> None:
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    for tag, attrs in page.elements:
        for name in ("src", "href"):
            place = attrs.get(name, "")
            if place.startswith("#"):
                assert place[1:] in ids, place
            elif place and not place.startswith("data:"):
                assert (report / place.partition("#")[0]).is_file(), (tag, place)
    policy = next(a["content"] for t, a in page.elements if "Content-Security" in str(a))
    assert policy.startswith("default-src 'none'")
    assert all(attrs.get("alt") for tag, attrs in page.elements if tag == "img")
    assert sum(tag == "img" for tag, _ in page.elements) == 3


def test_names_and_attributes_are_text(report, page) -> None:
    raw = (report / "index.html").read_text(encoding="utf-8")
    assert "alert(1)</script>{{" not in raw
    assert "<script>alert(1)</script>{{ 7*7 }}" in page.text


def test_a_small_group_is_nowhere(report, told) -> None:
    (place,) = [each for each in told["groups"]["attributes"] if each["attribute"] == "place"]
    assert [group["accounts"] for group in place["groups"]] == [18, 15]
    assert place["left_out"] == 3
    for file in report.iterdir():
        assert RARE not in file.read_text(encoding="utf-8")


def test_the_same_panel_gives_the_same_bytes(panel, report, tmp_path) -> None:
    code, said, _ = run("report", panel, "--out", tmp_path / "again")
    assert code == 0
    assert said.strip() == str((tmp_path / "again" / "index.html").resolve())
    for name in ("index.html", "results.json"):
        assert (tmp_path / "again" / name).read_bytes() == (report / name).read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["again"]


def test_no_panel_and_a_foreign_folder_are_one_line(panel, tmp_path) -> None:
    code, _, said = run("report", tmp_path / "none", "--out", tmp_path / "out")
    assert (code, said.count("\n")) == (2, 1)
    assert "expected the panel" in said
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear", encoding="utf-8")
    code, _, said = run("report", panel, "--out", tmp_path / "mine")
    assert (code, said.count("\n")) == (2, 1)
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["diary.txt"]
    assert not (tmp_path / "out").exists()


def test_the_index_lists_it(told, report) -> None:
    (row,) = index_of([Entry("many", told)]).rows
    assert row.reported
    assert row.period == f"36 accounts, {told['readings']:,} readings"
    write_index(report.parent)
    assert "36 accounts" in (report.parent / "index.html").read_text(encoding="utf-8")
