"""The page of many accounts, for everybody: axe, a narrow screen, and no request."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe import violations
from browser import asked, needs_chromium
from devtools import Browser

from analysis.accounts.build import build
from analysis.accounts.folder import read_input
from analysis.accounts.sample import sample
from analysis.accounts.take_in import Options
from analysis.report.accounts import write_report

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]

UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = {}; null"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    build(read_input(sample(folder / "in")), folder / "panel", Options(), lambda _: None)
    return write_report(folder / "panel", folder / "report")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Path, axe: Path, browser: Browser, scheme: str) -> None:
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.ask("Emulation.setEmulatedMedia", features=feature)
    for width in (1280, 390):
        browser.open(page, width)
        for unfold in ("false", "true"):
            browser.run(UNFOLD.format(unfold))
            assert violations(browser, axe) == [], (width, unfold)
    assert browser.said == []


def test_no_part_is_wider_than_a_small_phone(page: Path, browser: Browser) -> None:
    browser.open(page, 320)
    browser.run(UNFOLD.format("true"))
    assert browser.run("document.documentElement.scrollWidth") <= 320


def test_nobody_is_asked(page: Path, tmp_path: Path) -> None:
    assert asked(page, tmp_path) == set()
