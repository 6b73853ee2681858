"""The page in headless Chromium: the answer at once, no sideways scroll, no request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import asked, chromium, measured, needs_chromium
from report_samples import notebook_json

from analysis.display import Picture, Table, Words
from analysis.report.page import Entry, index_page, study_page
from analysis.report.sections import read_section

pytestmark = [pytest.mark.browser, needs_chromium]

FIRST_SCREENS = [(1280, 800), (390, 844)]


@pytest.fixture
def page(results: dict[str, Any], tmp_path: Path) -> Path:
    """The study's page with a wide picture and a wide table in it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3))
    figure.subplots().plot(range(30))
    columns = tuple(f"a rather long column name {n}" for n in range(12))
    wide = Table("A wide table", columns, (tuple("x" * 12 for _ in columns),) * 3)
    picture = Picture.of(figure, "A line", "It rises from 0 to 29.", wide)
    made = notebook_json("#!# What was scraped", "figure()", "table()", "words()", "print(1)")
    for cell, shown in zip(
        made["cells"][2:5], (picture, wide, Words.of("1 " + "word" * 60)), strict=True
    ):
        data, metadata = shown._repr_mimebundle_()
        cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": metadata}]
    made["cells"][5]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "unbroken" * 60}
    ]
    path = tmp_path / "index.html"
    path.write_text(study_page(results, [read_section("activity", made)]), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "height"), FIRST_SCREENS)
def test_the_answer_is_within_the_first_screen(
    page: Path, tmp_path: Path, width: int, height: int
) -> None:
    seen = measured(page, tmp_path, width, height)
    assert all(bottom <= height for bottom in seen["bottoms"].values()), seen["bottoms"]
    assert seen["ledger"] < height
    assert seen["row"] == ("grid" if width < 700 else "table-row")
    assert seen["styled"] == "absolute"  # the policy lets the page's own style through
    assert seen["images"] == [1728]


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_sideways_scroll(page: Path, tmp_path: Path, width: int) -> None:
    assert measured(page, tmp_path, width, 800)["page"] == width


@pytest.mark.parametrize(("width", "height"), FIRST_SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screenshot_is_made(
    page: Path, tmp_path: Path, width: int, height: int, scheme: str
) -> None:
    from matplotlib.image import imread

    shot = tmp_path / f"{width}-{scheme}.png"
    dark = f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"
    chromium(page, tmp_path, f"--window-size={width},{height}", f"--screenshot={shot}", dark)
    picture = imread(shot)
    assert picture.shape[:2] == (height, width)
    corner = picture[-1, 0, :3].mean()
    assert (corner < 0.2) if scheme == "dark" else (corner > 0.9)


def test_nothing_is_asked_of_any_host(page: Path, results: Any, tmp_path: Path) -> None:
    index = tmp_path / "all.html"
    index.write_text(index_page([Entry("mine", results), Entry("bad", None, "why")]), "utf-8")
    assert asked(page, tmp_path) == set()
    assert asked(index, tmp_path) == set()


def test_the_policy_stops_what_would_ask_and_the_log_would_show_it(
    page: Path, tmp_path: Path
) -> None:
    html = page.read_text(encoding="utf-8")
    planted = html.replace("</main>", '<img src="http://elsewhere.invalid/x.png"></main>')
    stopped, let = tmp_path / "stopped.html", tmp_path / "let.html"
    stopped.write_text(planted, encoding="utf-8")
    let.write_text(planted.replace("img-src data:", "img-src *"), encoding="utf-8")
    assert asked(stopped, tmp_path) == set()
    assert asked(let, tmp_path) == {"elsewhere.invalid"}
