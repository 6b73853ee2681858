"""A study whose every text is hostile, from its files to the page in a browser: it stays text."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from pathlib import Path

import pytest
from axe import LAID_OUT
from browser import needs_chromium
from devtools import Browser
from hostile_study import EVIL, LONG, hostile_study
from lxml import html as lxml_html
from rendered import ROOT, once, render, shared_folder
from test_page import Page
from tests.results_schema import violations

from analysis.report.assets import scripts

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
TURNING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the hostile study, rendered once for all processes of this run."""
    folder = shared_folder(tmp_path_factory, "hostile")
    with once(folder) as missing:
        if missing:
            render(hostile_study(folder / "mine"), folder / "reports", ROOT)
    return folder / "reports"


@pytest.fixture(params=["mine/index.html", "index.html"])
def page(hostile: Path, request: pytest.FixtureRequest) -> Path:
    return hostile / str(request.param)


def test_nothing_of_it_runs_or_becomes_an_element(page: Path, browser: Browser) -> None:
    browser.open(page)
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true; null")
    assert browser.run("typeof window.pwned") == "undefined"
    assert browser.run("document.querySelectorAll('.planted, textarea, iframe').length") == 0
    names = (
        "[...document.querySelectorAll('*:not(canvas)')].flatMap(one => one.getAttributeNames())"
    )
    assert browser.run(f"{names}.filter(name => name.startsWith('on') || name === 'style')") == []
    links = browser.run("[...document.links].map(link => link.getAttribute('href').split(':')[0])")
    assert {link for link in links if not link.startswith("#")} <= {
        "data",
        *(f"results.json#/claims/{place}" for place in range(10)),
        "mine/index.html",
        *(link for link in links if link.startswith("mine/index.html#claim-")),
    }
    assert [url for url in browser.requests if not url.startswith("data:")] == [page.as_uri()]
    assert browser.said == []
    told = browser.run("document.body.innerText")
    assert EVIL in told
    assert "{{ 7*191 }}" in told
    assert "1337" not in told
    assert "\\u202egnp.exe\\u202c" in told


def test_the_network_shows_it_as_text(hostile: Path, browser: Browser) -> None:
    browser.open(hostile / "mine/index.html")
    browser.run("document.getElementById('network-figure').network.jump(0); null")
    for _ in range(8):
        browser.press("ArrowRight", "Enter")
        assert browser.run("typeof window.pwned") == "undefined"
        assert browser.run("document.querySelectorAll('.planted').length") == 0
    assert browser.said == []
    assert len(browser.requests) == 1 + sum(url.startswith("data:") for url in browser.requests)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_holds_together(page: Path, browser: Browser, width: int) -> None:
    browser.open(page, width)
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true; null")
    browser.run(LAID_OUT)
    assert browser.run("document.documentElement.scrollWidth") == width


def test_markup_and_policy_are_whole(page: Path) -> None:
    html = page.read_bytes().decode("utf-8")  # no half of a pair: it can be decoded
    read = Page(html)
    assert read.open == []
    data = [script for script in read.all("script") if script.get("type") == "application/json"]
    assert len(read.all("script")) == len(scripts()) + len(data)
    assert len(read.all("style")) == len(read.all("title")) == 1
    assert not TURNING.search(html.replace("\n", ""))
    assert len(html) < 1_500_000  # a title of 10 MB is cut


def test_a_long_title_is_cut_and_said_to_be(hostile: Path) -> None:
    html = (hostile / "mine/index.html").read_text(encoding="utf-8")
    assert max(map(len, re.findall(r"(?:long ?){2,}", html))) < 25_000
    assert "long long" in html
    for name in (
        "results.json",
        *(f"notebooks/{path.name}" for path in (hostile / "mine/notebooks").iterdir()),
    ):
        assert (hostile / "mine" / name).stat().st_size < LONG / 2


def test_data_for_scripts_cannot_end_their_element(hostile: Path) -> None:
    html = (hostile / "mine/index.html").read_text(encoding="utf-8")
    every = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert len(every) == html.count('<script type="application/json"')
    assert not any("<" in data for data in every)
    told = [json.dumps(json.loads(data)) for data in every]
    assert any("</script><script>window.pwned=1</script>" in data for data in told)


def downloads(html: str, kind: str) -> list[str]:
    links = lxml_html.document_fromstring(html).xpath("//a[@download]/@href")
    found = [link for link in links if link.startswith(f"data:{kind}")]
    return [base64.b64decode(link.partition("base64,")[2]).decode("utf-8-sig") for link in found]


def test_no_download_holds_a_formula(hostile: Path) -> None:
    html = (hostile / "mine/index.html").read_text(encoding="utf-8")
    tables = downloads(html, "text/csv")
    assert len(tables) > 10
    kept = set()
    for table in tables:
        rows = list(csv.reader(io.StringIO(table, newline="")))
        assert len({len(row) for row in rows}) == 1
        for cell in (cell for row in rows for cell in row):
            if not NUMBER.fullmatch(cell):
                assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")), cell
            kept |= {cell[1]} if cell.startswith("'") else set()
    assert kept >= {"=", "@", "-"}  # as text, with the mark that says so
    (results,) = downloads(html, "application/json")
    written = json.loads((hostile / "mine/results.json").read_bytes())
    assert json.loads(results) == written
    assert violations(written) == []
