"""How the page looks where it is not read on a bright wide screen: dark, on a phone, on paper."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import needs_chromium
from devtools import Browser
from matplotlib.figure import Figure
from matplotlib.image import imread
from report_samples import notebook_json

from analysis.display import Picture, Table
from analysis.report.page import study_page
from analysis.report.sections import read_section

pytestmark = [pytest.mark.browser, needs_chromium]

A4, SMALLEST_PAPER = 688, 640
"""CSS pixels between the margins."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("look") / "profile") as one:
        yield one


@pytest.fixture
def page(results: dict[str, Any], tmp_path: Path) -> Path:
    """A page with a picture whose caption is longer than it, and a table wider than any paper."""
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot(range(30), color="#0072B2", linewidth=6)
    columns = tuple(f"column {n}" for n in range(14))
    wide = Table("A wide table", columns, (("words of some length", *range(1000, 1013)),) * 3)
    picture = Picture.of(figure, "A line that rises " * 8, "It rises from 0 to 29.", wide)
    made = notebook_json("#!# What was scraped", "figure()", "table()")
    for cell, shown in zip(made["cells"][2:4], (picture, wide), strict=True):
        data, metadata = shown._repr_mimebundle_()
        cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": metadata}]
    path = tmp_path / "index.html"
    path.write_text(study_page(results, [read_section("activity", made)]), encoding="utf-8")
    return path


DECODED = "Promise.all([...document.images].map(one => one.decode().catch(() => null)))"
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def show(browser: Browser, page: Path, width: int, media: str = "", scheme: str = "light") -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.ask("Emulation.setEmulatedMedia", media=media, features=[feature])
    browser.open(page, width)


def shot(browser: Browser, selector: str) -> np.ndarray:
    """Return an element as it is painted: rows, columns and red, green and blue from 0 to 1."""
    browser.run(f"document.querySelector('{selector}').scrollIntoView()")
    browser.run(f"{DECODED}.then(() => null)")  # a picture may be painted after all else
    browser.run(TWO_FRAMES)  # what was far below is laid out now
    box = browser.run(
        f"(() => {{ const one = document.querySelector('{selector}'); "
        " const box = one.getBoundingClientRect();"
        " return [box.x + scrollX, box.y + scrollY, box.width, box.height]; })()"
    )
    clip = dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"scale": 1}
    told = browser.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
    return np.asarray(imread(io.BytesIO(base64.b64decode(told["data"]))))[..., :3]


def style(browser: Browser, selector: str, name: str) -> Any:
    return browser.run(f"getComputedStyle(document.querySelector('{selector}')).{name}")


def test_a_picture_is_dark_on_a_dark_page_and_keeps_its_hues(browser: Browser, page: Path) -> None:
    show(browser, page, 1280)
    light = shot(browser, "figure img")
    show(browser, page, 1280, scheme="dark")
    dark = shot(browser, "figure img")
    assert np.median(light) == 1
    assert np.median(dark.max(axis=2)) < 0.2
    assert dark.max() > 0.8  # the type
    for painted in (light, dark):
        colored = painted[np.ptp(painted, axis=2) > 0.35]
        assert len(colored) > 500
        assert (colored.argmax(axis=1) == 2).all()  # a blue line is blue
    card = shot(browser, "figure figcaption")
    assert np.abs(np.median(dark, axis=(0, 1)) - np.median(card, axis=(0, 1))).max() < 0.02


def test_a_picture_is_printed_as_drawn_whatever_the_screen(browser: Browser, page: Path) -> None:
    show(browser, page, A4, media="print", scheme="dark")
    assert style(browser, "figure img", "filter") == "none"
    assert np.median(shot(browser, "figure img")) == 1


def test_a_frame_is_as_wide_as_its_picture_needs(browser: Browser, page: Path) -> None:
    show(browser, page, 1280)
    frame, picture = (
        browser.run(f"document.querySelector('{one}').offsetWidth")
        for one in ("figure:has(img)", "figure img")
    )
    assert picture < frame < picture + 60


@pytest.mark.parametrize("width", [A4, SMALLEST_PAPER])
def test_all_is_within_the_paper(browser: Browser, page: Path, width: int) -> None:
    show(browser, page, width, media="print")
    assert browser.run("document.documentElement.scrollWidth") == width
    assert browser.run("[...document.querySelectorAll('.code')].every(one => !one.offsetHeight)")


def test_a_table_tells_that_it_goes_on(browser: Browser, page: Path) -> None:
    show(browser, page, 390)
    ends = []
    for left in (0, 10_000):
        browser.run(f"document.querySelector('.tabled .scroll').scrollLeft = {left}")
        rows = shot(browser, ".tabled .scroll")[-4:-1]
        ends.append((rows[:, :2].mean(), rows[:, -2:].mean()))
    (left_at_start, right_at_start), (left_at_end, right_at_end) = ends
    assert right_at_start < left_at_start - 0.05
    assert left_at_end < right_at_end - 0.05
    assert browser.run("document.documentElement.scrollWidth") == 390


def test_what_is_far_below_waits_on_the_screen_and_never_on_paper(
    browser: Browser, page: Path
) -> None:
    for media, expected in (("screen", "auto"), ("print", "visible")):
        show(browser, page, A4, media=media)
        assert style(browser, ".notebook", "contentVisibility") == expected
        assert style(browser, "#claims", "contentVisibility") == "visible"
    show(browser, page, 390, media="screen")
    browser.run("location.hash = 'provenance'")
    browser.run(TWO_FRAMES)
    top = browser.run("document.getElementById('provenance').getBoundingClientRect().top")
    bottom = browser.run("innerHeight")
    assert 0 <= top < bottom
