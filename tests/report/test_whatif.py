"""What if, on the page: the numbers are those of the command, with and without scripts."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import violations
from browser import needs_chromium
from click.testing import CliRunner
from devtools import Browser
from tests.posting import account, written

from analysis import load
from analysis.cli import main
from analysis.report.page import study_page
from analysis.report.whatif import whatif_part
from analysis.whatif import WhatIf, hold
from analysis.whatif.words import as_dict, hold_sentence, path_sentence

WEIGHT = 40_000
TARGETS = (48.0, 49.5, 50.25, 50.5, 51.0, 52.0, 60.0, 1250.0, -3.0)
HOSTILE = "</script><script>window.hacked = 1</script> {rate} \u202e"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("whatif") / "mine", account(20))


@pytest.fixture(scope="module")
def found(study: Path) -> WhatIf:
    told = load(study).what_if()
    assert isinstance(told, WhatIf)
    return told


def page_of(results: dict[str, Any], told: WhatIf | str) -> str:
    """Return a page with paths at other rates, or with why there are none."""
    return study_page(results, whatif=whatif_part(told))


def data_of(page: str) -> dict[str, Any]:
    """Return what the page holds for its script."""
    match = re.search(r'id="whatif-data">(.*?)</script>', page, re.S)
    assert match is not None
    loaded: dict[str, Any] = json.loads(match[1])
    return loaded


def test_the_page_has_the_numbers_of_the_command(
    study: Path, found: WhatIf, results: dict[str, Any]
) -> None:
    data = data_of(page_of(results, found))
    part = whatif_part(found)
    assert part.table is not None
    rows = {row[0]: row for row in part.table.rows}
    assert data["rates"][0] == found.seen.low
    assert data["rates"][-1] == found.seen.high
    for place, rate in enumerate(data["rates"]):
        arguments = ["whatif", str(study), "--posts-per-week", str(rate), "--json"]
        told = json.loads(CliRunner().invoke(main, arguments).stdout)
        assert data["said"][place] == [told["sentences"][0], told["sentences"][2]]
        for day in told["path"]:
            at = day["day"] - 1
            middle = data["start"][at] + data["slope"][at] * rate
            first, second, third = data["square"][at]
            half = (first + second * rate + third * rate * rate) ** 0.5
            assert middle == pytest.approx(day["expected"], rel=1e-5)
            assert middle - half == pytest.approx(day["low"], rel=1e-5)
            assert middle + half == pytest.approx(day["high"], rel=1e-5)
        path = told["path"]
        spans = [path[day - 1][key] for day in (7, 28, 56) for key in ("expected", "low", "high")]
        assert list(rows[rate][1:]) == spans


def test_without_scripts_it_stands_at_the_average(found: WhatIf, results: dict[str, Any]) -> None:
    page = page_of(results, found)
    assert html.escape(path_sentence(found, found.seen.average), quote=False) in html.unescape(page)
    assert page.count('class="whatif-live" hidden') == 2
    assert page == page_of(results, found)


def test_it_is_light(found: WhatIf, results: dict[str, Any]) -> None:
    added = len(page_of(results, found).encode()) - len(study_page(results).encode())
    assert added < WEIGHT


def test_a_verdict_that_is_not_supported_shows(found: WhatIf, results: dict[str, Any]) -> None:
    unsure = page_of(results, dataclasses.replace(found, verdict="inconclusive"))
    assert 'class="whatif unsure"' in unsure
    assert "inconclusive: not what is known</text>" in unsure
    sure = page_of(results, dataclasses.replace(found, verdict="supported"))
    assert 'class="whatif unsure"' not in sure
    assert "not what is known" not in sure


def test_where_nothing_is_told_it_says_why(results: dict[str, Any]) -> None:
    page = page_of(results, "<b>too thin</b>")
    assert "<p>Cannot tell: &lt;b&gt;too thin&lt;/b&gt;.</p>" in page
    assert 'id="whatif-data"' not in page
    assert 'id="whatif"' not in study_page(results)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def live(
    browser: Browser, found: WhatIf, results: dict[str, Any], tmp_path: Path
) -> Iterator[Browser]:
    page = tmp_path / "index.html"
    page.write_text(page_of(results, found), encoding="utf-8")
    browser.said.clear()
    browser.open(page)
    yield browser
    assert browser.said == []


def text_of(browser: Browser, name: str) -> str:
    said: str = browser.run(f"document.getElementById('whatif-{name}').innerText")
    return " ".join(said.split())


@pytest.mark.browser
@needs_chromium
def test_the_slider_says_what_the_command_says(live: Browser, found: WhatIf) -> None:
    live.run("document.getElementById('whatif-rate').focus()")
    live.press("Home")
    seen = set()
    for rate in found.seen.rates:
        said = as_dict(found, rate)["sentences"]
        assert text_of(live, "said") == f"{said[0]} {said[2]}"
        assert text_of(live, "now") == f"{rate:g}"
        seen.add(live.run("document.getElementById('whatif-line').getAttribute('d')"))
        live.press("ArrowRight")
    assert len(seen) == len(found.seen.rates)
    told = live.run("document.getElementById('whatif-rate').getAttribute('aria-valuetext')")
    assert told == f"{found.seen.high:g} blog posts a week"


@pytest.mark.browser
@needs_chromium
def test_a_score_to_hold_is_answered_as_by_the_command(live: Browser, found: WhatIf) -> None:
    answers = set()
    for target in TARGETS:
        live.run(
            "(() => { const field = document.getElementById('whatif-target');"
            f"field.value = '{target}'; field.dispatchEvent(new Event('input')); }})()"
        )
        asked = hold(found.fan, found.seen, target)
        answers.add((asked.answer, asked.sure is None))
        assert text_of(live, "hold") == hold_sentence(found, asked)
    assert len(answers) > 2
    live.run(
        "(() => { const field = document.getElementById('whatif-target');"
        "field.value = ''; field.dispatchEvent(new Event('input')); })()"
    )
    assert text_of(live, "hold") == "Give a score as a number."


@pytest.mark.browser
@needs_chromium
def test_the_moved_picture_is_the_one_that_stood_still(live: Browser, found: WhatIf) -> None:
    rate = live.run("Number(document.getElementById('whatif-rate').value)")
    seen = dataclasses.replace(found.seen, average=rate)
    still = whatif_part(dataclasses.replace(found, seen=seen))
    moved = live.run(
        "['line', 'band'].map(one => document.getElementById('whatif-' + one).getAttribute('d'))"
    )
    for drawn, expected in zip(moved, (still.line, still.band), strict=True):
        numbers = [
            [float(part) for part in re.findall(r"[\d.]+", path)] for path in (drawn, expected)
        ]
        assert len(numbers[0]) == len(numbers[1])
        # The band of the average may set another scale by a hair.
        assert numbers[0] == pytest.approx(numbers[1], abs=1.0)


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_in_it(live: Browser, axe: Path, width: int) -> None:
    live.ask(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=900,
        deviceScaleFactor=1,
        mobile=False,
    )
    live.run("for (const one of document.querySelectorAll('details')) one.open = true; null")
    assert violations(live, axe) == []
    assert live.run("document.documentElement.scrollWidth") == width


@pytest.mark.browser
@needs_chromium
def test_hostile_names_stay_text(
    browser: Browser, found: WhatIf, results: dict[str, Any], tmp_path: Path
) -> None:
    words = dataclasses.replace(found.words, focal=HOSTILE)
    page = tmp_path / "index.html"
    page.write_text(
        page_of(results, dataclasses.replace(found, score=HOSTILE, words=words)),
        encoding="utf-8",
    )
    browser.said.clear()
    browser.open(page)
    assert browser.run("window.hacked === undefined")
    assert "</script>" in text_of(browser, "said")
    assert browser.said == []
