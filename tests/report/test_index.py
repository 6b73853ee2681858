"""The index over several studies: who says what, how fresh, what failed, and how to find one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe import violations
from browser import needs_chromium
from devtools import Browser
from lxml import html as lxml_html

from analysis.report.build import write_index
from analysis.report.index import Entry, index_of
from analysis.report.store import FAILURE, RESULTS

Results = dict[str, Any]
Element = lxml_html.HtmlElement

DAYS = {"first": "2012-06-22", "a b&c": "2012-06-21", "straße": "2011-06-23", "later": "2012-06-22"}
VERDICTS = {
    "first": ("supported", "inconclusive", "inconclusive", "refuted", "untestable"),
    "a b&c": ("refuted", "refuted", "refuted", "refuted", "refuted"),
    "straße": ("supported", "supported", "supported", "untestable", "inconclusive"),
    "later": ("untestable", "untestable", "untestable", "supported", "untestable"),
}
WHY = "raw/blog.xml: expected a whole zip"
NEVER = "never/study.toml, key timezone: expected an IANA zone"


def write_report(folder: Path, results: Results, name: str) -> None:
    told = copy.deepcopy(results)
    told["study"] |= {"folder": name, "title": f"What of {name.upper()}?", "simulated": False}
    told["period"]["end"] = DAYS[name]
    for claim, verdict in zip(told["claims"], VERDICTS[name], strict=True):
        claim["verdict"] = verdict
    told["answer"] |= {"verdict": VERDICTS[name][2], "sentence": f"The answer of {name} is café."}
    folder.mkdir(parents=True)
    (folder / RESULTS).write_text(json.dumps(told), encoding="utf-8")
    (folder / "index.html").write_text(f"<!doctype html><title>{name}</title>", encoding="utf-8")


def write_failure(folder: Path, *messages: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FAILURE).write_text(json.dumps({"schema": 1, "messages": list(messages)}))


@pytest.fixture
def index(results: Results, tmp_path: Path) -> Path:
    """Four reports, of which the last run of one failed; one that never came about; one broken."""
    out = tmp_path / "reports"
    for name in VERDICTS:
        write_report(out / name, results, name)
    write_failure(out / "a b&c", WHY, "notebook upticks, code cell 3: ZeroDivisionError")
    write_failure(out / "never", NEVER)
    (out / "broken").mkdir()
    (out / "broken" / RESULTS).write_text('{"schema": 9}')
    (out / ".hidden").mkdir()
    (out / ".hidden" / RESULTS).write_text("{}")
    (out / "empty").mkdir()
    (out / "README.md").write_text("not a report")
    write_index(out)
    return out / "index.html"


@pytest.fixture
def read(index: Path) -> Element:
    return lxml_html.document_fromstring(index.read_text(encoding="utf-8"))


def told(element: Element) -> str:
    return " ".join(element.text_content().split())


def test_the_matrix_has_every_verdict_of_every_study(read: Element, results: Results) -> None:
    heads = [told(head) for head in read.xpath("//table[@class='matrix']/thead//th")]
    claims = [claim["id"] for claim in results["claims"]]
    assert heads == ["Study", *(name.replace("-", " ") for name in claims), "Last reading"]
    rows = read.xpath("//table[@class='matrix']/tbody/tr")
    names = ["a b&c", "broken", "first", "later", "never", "straße"]
    assert len(rows) == len(names)
    for name, row in zip(names, rows, strict=True):
        cells = row.xpath("./td")
        if name not in VERDICTS:
            assert [told(cell) for cell in cells] == ["failed"]
            assert cells[0].get("colspan") == str(len(claims) + 1)
            assert row.xpath(".//a") == []
            continue
        assert [told(cell) for cell in cells[:-1]] == list(VERDICTS[name])
        for claim, cell in zip(claims, cells, strict=False):
            (link,) = cell.xpath("./a")
            address = urlsplit(link.get("href"))
            assert unquote(address.path) == f"{name}/index.html"
            assert address.fragment == f"claim-{claim}"
            (sign,) = link.xpath(".//use/@href")
            assert read.xpath(f"//*[@id='{sign[1:]}']")  # told by its shape, too
            assert sign == f"#sign-{told(cell)}"


def test_how_fresh_each_is_counts_from_the_newest(read: Element) -> None:
    rows = read.xpath("//table[@class='matrix']/tbody/tr[not(.//td[@colspan])]")
    said = [told(row.xpath("./td")[-1]) for row in rows]
    assert said == [
        "2012-06-21 1 day before the newest",
        "2012-06-22 newest",
        "2012-06-22 newest",
        "2011-06-23 365 days before the newest",
    ]


def test_failures_are_shown_as_failures(read: Element) -> None:
    summary = told(read.xpath("//main//p[@class='sentence']")[0])
    assert summary == "6 studies: 1 supported, 1 refuted, 1 inconclusive, 1 untestable, 2 failed."
    studies = {told(one.xpath(".//h3")[0]): one for one in read.xpath("//ul[@class='studies']/li")}
    never = studies["never"]
    assert never.get("class") == "failed"
    assert never.xpath(".//a") == []
    assert told(never).startswith("never No report failed")
    assert told(never).endswith(f"It failed: {NEVER}")
    assert "not of a layout that this needle knows" in told(studies["broken"])
    old = studies["What of A B&C?"]
    assert old.get("class") == "refuted"
    assert told(old.xpath(".//p[@class='failure']")[0]) == (
        "The last run failed, and the page is the one before it: "
        f"{WHY}; notebook upticks, code cell 3: ZeroDivisionError"
    )
    (row,) = read.xpath("//table[@class='matrix']/tbody/tr[contains(., 'A B&C')]")
    assert "last run failed" in told(row.xpath("./th")[0])
    assert [one for one in studies if "failed" in told(studies[one])] == [
        "What of A B&C?",
        "broken",
        "never",
    ]


def test_every_link_leads_to_a_page(read: Element, index: Path) -> None:
    links = [link for link in read.xpath("//a/@href") if not link.startswith("#")]
    assert {unquote(urlsplit(link).path) for link in links} == {
        f"{name}/index.html" for name in VERDICTS
    }
    assert all((index.parent / unquote(urlsplit(link).path)).is_file() for link in links)


def test_the_same_reports_give_the_same_index(index: Path) -> None:
    before, written = index.read_bytes(), index.stat()
    write_index(index.parent)
    assert index.read_bytes() == before
    assert index.stat().st_ino == written.st_ino  # nobody wrote it again
    index.unlink()
    write_index(index.parent)
    assert index.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"), [("café", "cake"), ("without this line ", "without this line 0"), ("-->", "")]
)
def test_an_index_that_somebody_touched_is_made_again(index: Path, old: str, new: str) -> None:
    before = index.read_text("utf-8")
    assert old in before
    index.write_text(before.replace(old, new), "utf-8")
    write_index(index.parent)
    assert index.read_text("utf-8") == before


def test_an_index_is_made_again_when_what_it_lists_is_different(index: Path) -> None:
    listed = index.read_bytes()
    (index.parent / "never" / FAILURE).unlink()
    write_index(index.parent)
    mended = index.read_bytes()
    assert NEVER.encode() in listed
    assert NEVER.encode() not in mended
    write_index(index.parent, {"package": "another"})
    assert index.read_bytes().rpartition(b"<!--")[0] == mended.rpartition(b"<!--")[0]
    assert index.read_bytes() != mended


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"messages": []}', b'{"messages": [3]}'])
def test_a_note_of_a_failure_that_cannot_be_read_is_a_failure_all_the_same(
    index: Path, content: bytes
) -> None:
    (index.parent / "first" / FAILURE).write_bytes(content)
    write_index(index.parent)
    read = lxml_html.document_fromstring(index.read_text(encoding="utf-8"))
    (study,) = read.xpath("//ul[@class='studies']/li[contains(., 'What of FIRST?')]")
    assert told(study.xpath(".//p[@class='failure']")[0]).endswith(
        ".failure.json beside its page, which says why, cannot be read"
    )


MANY = {"kind": "needle accounts", "accounts": {"fitted": 1200}, "readings": 90_000}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (MANY, "1,200 accounts, 90,000 readings"),
        (MANY | {"readings": "many"}, ""),
        (MANY | {"accounts": {}}, ""),
        ({"claims": [{"id": "x", "verdict": "maybe"}]}, ""),
        ({"study": {"title": 3, "simulated": False}}, ""),
        ({"period": {"start": "2012-01-01", "end": None, "readings": 3}}, ""),
        (
            {"period": {"start": "long ago", "end": "lately", "readings": 3}},
            "long ago to lately, 3 readings",
        ),
    ],
)
def test_a_report_is_listed_as_far_as_its_results_can_be_read(
    results: Results, changes: Results, said: str
) -> None:
    found = index_of([Entry("odd", results | changes), Entry("usual", results)])
    odd, usual = found.rows
    assert usual.age == "newest"
    assert odd.reported == bool(said)
    if said:
        assert odd.period == said
        assert odd.age == ""  # nothing tells how old it is
    else:
        assert odd.failure.startswith("results.json beside its page is not of a layout")
    assert found.counts.get("failed", 0) == (not said)


SHOWN = """
[...document.querySelectorAll("[data-study]")].filter(one => one.checkVisibility())
  .map(one => one.tagName + one.dataset.study)
"""


@pytest.fixture
def opened(index: Path, browser: Browser) -> Browser:
    browser.open(index)
    return browser


def find(browser: Browser, words: str) -> tuple[set[str], str]:
    """Type into the search, and return which studies are left, and what is said of it."""
    browser.run("document.getElementById('find').focus(); null")
    browser.press("Escape", *words)
    shown = browser.run(SHOWN)
    rows = {name[2:] for name in shown if name.startswith("TR")}
    assert rows == {name[2:] for name in shown if name.startswith("LI")}
    said: str = browser.run("document.getElementById('found').textContent")
    return rows, said


@pytest.mark.browser
@needs_chromium
def test_the_search_finds_by_all_words_anywhere(opened: Browser) -> None:
    every = {str(number) for number in range(1, 7)}
    assert find(opened, "") == (every, "")
    assert find(opened, "never") == ({"5"}, "1 of 6 studies")
    assert find(opened, "FAILED") == ({"1", "2", "5"}, "3 of 6 studies")
    assert find(opened, "answer later") == ({"4"}, "1 of 6 studies")
    assert find(opened, "later answer") == ({"4"}, "1 of 6 studies")
    assert find(opened, "cafe refuted") == ({"1"}, "1 of 6 studies")  # and without the accent
    assert find(opened, "iana zone") == ({"5"}, "1 of 6 studies")
    assert find(opened, "b&c") == ({"1"}, "1 of 6 studies")
    assert find(opened, "<script>.*") == (set(), "0 of 6 studies")
    opened.press("Escape")
    assert opened.run("document.getElementById('find').value") == ""
    assert len(opened.run(SHOWN)) == 12
    assert opened.requests == [opened.run("location.href")]
    assert opened.said == []


@pytest.mark.browser
@needs_chromium
def test_a_verdict_is_followed_by_keyboard_to_its_page(opened: Browser) -> None:
    opened.run("document.querySelector('.matrix a.sign').focus(); null")
    opened.press("Enter")
    opened.until("document.title === 'a b&c'")
    assert opened.run("location.hash") == "#claim-blogging-moves-score"


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_sideways_scroll(index: Path, browser: Browser, width: int) -> None:
    browser.open(index, width)
    assert browser.run("document.documentElement.scrollWidth") == width


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened: Browser, axe: Path, scheme: str) -> None:
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.ask("Emulation.setEmulatedMedia", features=feature)
    assert violations(opened, axe) == []
