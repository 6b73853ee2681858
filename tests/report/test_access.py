"""The bundled study's report and the index, for everybody: axe, the keyboard alone, no scripts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from axe import LAID_OUT, violations
from browser import needs_chromium
from devtools import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]

UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = {}; null"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(bundled_page: Path, axe: Path, browser: Browser, scheme: str) -> None:
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.ask("Emulation.setEmulatedMedia", features=feature)
    for width in (1280, 390):
        browser.open(bundled_page, width)
        assert browser.run(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        for unfold in ("false", "true"):
            browser.run(UNFOLD.format(unfold))
            assert violations(browser, axe) == [], (width, unfold)
    assert browser.said == []


def test_axe_would_find_something(
    reports: Path, axe: Path, browser: Browser, tmp_path: Path
) -> None:
    html = (reports / "index.html").read_text(encoding="utf-8")
    spoiled = tmp_path / "spoiled.html"
    small = '<button class="small">x</button>' * 3
    planted = f'<img src="data:,"><p class="faint">faint</p><p>{small}</p></main>'
    spoiled.write_text(html.replace("</main>", planted), encoding="utf-8")
    browser.open(spoiled)
    browser.run(
        """
        document.querySelector('.faint').style = 'color: #999; background: #fff';
        for (const one of document.querySelectorAll('.small'))
          one.style = 'width: 9px; height: 9px; padding: 0; border: 0; font-size: 6px';
        null
        """
    )
    found = {rule for rule, _ in violations(browser, axe)}
    assert {"image-alt", "color-contrast", "target-size"} <= found  # the last is of WCAG 2.2


# What can take the focus, in order, and where the focus is now.
REACHABLE = """
(() => {
  const all = document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]");
  window.reachable = [...all].filter(one => one.tabIndex >= 0 && !one.disabled
    && one.checkVisibility({visibilityProperty: true}));
  window.reachable.forEach((one, place) => one.dataset.place = place);
  return window.reachable.length;
})()
"""
FOCUSED = """
(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    place: Number(one.dataset.place ?? -1), name: one.tagName, text: one.textContent.slice(0, 60),
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    inside: box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0,
  };
})()
"""


@pytest.mark.parametrize("unfold", ["false", "true"], ids=["folded", "unfolded"])
def test_the_keyboard_alone_reaches_all(bundled_page: Path, browser: Browser, unfold: str) -> None:
    browser.open(bundled_page)
    browser.run(UNFOLD.format(unfold))
    count = browser.run(REACHABLE)
    assert count > 5
    for expected in range(count):
        browser.press("Tab")
        seen = browser.run(FOCUSED)
        assert seen is not None, f"the focus is lost before {expected} of {count}"
        assert seen["place"] == expected, seen
        assert seen["seen"], seen
        assert seen["inside"], seen


def test_the_keyboard_alone_skips_and_unfolds(reports: Path, browser: Browser) -> None:
    browser.open(reports / "banfield-2012/index.html")
    browser.press("Tab", "Enter")
    assert browser.run("location.hash") == "#content"
    browser.press("Tab")
    assert browser.run("document.querySelector('main').contains(document.activeElement)")
    folds = browser.run("document.querySelectorAll('details').length")
    assert folds > 20
    for place in range(folds):
        browser.run(f"document.querySelectorAll('summary')[{place}].focus(); null")
        browser.press("Enter")
    assert browser.run("document.querySelectorAll('details[open]').length") == folds
    assert browser.said == []


def test_without_scripts_all_can_be_read(
    bundled_page: Path, reports: Path, browser: Browser
) -> None:
    """Nothing waits for a script: not a word of the page is hidden without one."""
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(bundled_page)
    browser.run(UNFOLD.format("true"))
    browser.run(LAID_OUT)
    told = " ".join(browser.run("document.body.innerText").split()).lower()
    results = json.loads((reports / "banfield-2012/results.json").read_bytes())
    sentence = results["answer"]["sentence"].partition(": ")[2]
    assert sentence
    assert " ".join(sentence.split()).lower() in told
    for claim in results["claims"]:
        assert claim["verdict"] in told
        name = claim["statement"] if bundled_page.parent.name == "banfield-2012" else claim["id"]
        assert name.replace("-", " ").lower() in told.replace("-", " "), name
    headings = "[...document.querySelectorAll('h1, h2, h3, caption')].map(one => one.textContent)"
    for heading in browser.run(headings):
        assert " ".join(heading.split()).lower() in told
    assert browser.run("[...document.images].every(image => image.naturalWidth > 0)")
    hidden = browser.run(
        "[...document.querySelectorAll('main *')].filter(one => !one.checkVisibility() "
        "&& getComputedStyle(one).display !== 'contents' && one.textContent.trim() "
        "&& !one.closest('.find, .whatif-live, script, [aria-hidden=true]')).map("
        "one => one.outerHTML.slice(0, 200))"
    )
    assert hidden == []
    assert browser.run("document.querySelector('.is-live')") is None
    stills = "[...document.querySelectorAll('svg.network-still')]"
    stills = browser.run(f"{stills}.filter(one => one.checkVisibility()).length")
    assert stills == (bundled_page.parent.name == "banfield-2012")
    controls = "[...document.querySelectorAll('.find, .whatif-live')]"
    assert not browser.run(f"{controls}.some(one => one.checkVisibility())")
    assert [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in browser.requests if url.startswith("file:")]) == 1


def test_with_scripts_no_request_either(bundled_page: Path, browser: Browser) -> None:
    browser.open(bundled_page)
    assert [url.split(":")[0] for url in browser.requests if not url.startswith("data:")] == [
        "file"
    ]
    assert browser.said == []


def test_tables_have_captions_and_scoped_headers(bundled_page: Path) -> None:
    html = bundled_page.read_text(encoding="utf-8")
    tables: list[Any] = re.findall(r"<table\b.*?</table>", html, re.DOTALL)
    assert tables
    for table in tables:
        first = table[: table.index(">") + 1]
        assert "<caption" in table or 'aria-labelledby="' in first, first
        headers = re.findall(r"<th\b[^>]*>", table)
        assert headers
        assert all(re.search(r'\bscope="(col|row|colgroup|rowgroup)"', one) for one in headers)
    captions = re.findall(r"<caption[^>]*>(.*?)</caption>", html, re.DOTALL)
    assert all(re.sub(r"<.*?>", "", caption).strip() for caption in captions)
