"""The bundled study's page as a reader gets it: in the browser, on paper, on another machine."""

from __future__ import annotations

import base64
import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browser import asked, chromium, measured, needs_chromium
from rendered import ROOT, STUDY, digests, render

PDFTOTEXT = shutil.which("pdftotext")
LARGEST = 1_300_000
"""Bytes of the bundled page; 1.5 MB is the most that it may ever have."""

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


def test_the_page_is_small_and_asks_nobody(bundled_page: Path, tmp_path: Path) -> None:
    assert bundled_page.stat().st_size < LARGEST
    assert asked(bundled_page, tmp_path) == set()
    assert asked(bundled_page, tmp_path, "--blink-settings=scriptEnabled=false") == set()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_first_screen_answers_and_shows_why(
    reports: Path, tmp_path: Path, width: int, height: int
) -> None:
    seen = measured(reports / "banfield-2012/index.html", tmp_path, width, height)
    assert all(bottom <= height for bottom in seen["bottoms"].values()), seen["bottoms"]
    top, bottom = seen["chart"]
    assert top < height
    if width > 1000:
        assert bottom <= height
        assert seen["ledger"] < height


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_sideways_scroll_with_all_unfolded(reports: Path, tmp_path: Path, width: int) -> None:
    for name in ("index.html", "banfield-2012/index.html"):
        assert measured(reports / name, tmp_path, width, 800, unfold=True)["page"] == width


def words_of(pdf: Path) -> list[str]:
    """Return the text of each page."""
    done = subprocess.run(
        [str(PDFTOTEXT), "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout.split("\f")[:-1]


def test_it_prints_well(reports: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "page.pdf"
    page = reports / "banfield-2012" / "index.html"
    chromium(page, tmp_path, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
    assert 15 <= pages <= 45
    if PDFTOTEXT is None:
        pytest.skip("pdftotext is not installed here: the text is not looked at")
    texts = words_of(pdf)
    assert len(texts) == pages
    results = json.loads((page.parent / "results.json").read_bytes())
    whole = " ".join(" ".join(texts).split())
    assert "Cannot tell" in texts[0]
    for said in ("95 % interval 0.202 to 0.399", "All others together", "Klout score"):
        assert said in " ".join(texts[0].replace("\u202f", " ").split())
    for claim in results["claims"]:
        assert claim["statement"].split()[0] in whole
    assert "How each claim was tested" in whole
    assert "The numbers behind this picture" in whole
    assert "study.toml" in whole  # the inputs, folded on the screen
    assert "file:" not in whole
    assert "Download as CSV" not in whole


def test_the_same_bytes_again_and_elsewhere(reports: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "some where" / "else"
    shutil.copytree(STUDY, elsewhere / "banfield-2012")
    home = tmp_path / "home"
    home.mkdir()
    other = {"TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}
    user = {"HOME": str(home), "USER": "nobody-else", "LOGNAME": "nobody-else"}
    other |= {**user, "PYTHONHASHSEED": "7", "TMPDIR": str(home), "COLUMNS": "40"}
    with ThreadPoolExecutor(2) as both:
        again = both.submit(render, STUDY, tmp_path / "again", ROOT)
        moved = both.submit(
            render, elsewhere / "banfield-2012", tmp_path / "moved", elsewhere, **other
        )
    expected = digests(reports)
    assert digests(again.result()) == expected
    assert digests(moved.result()) == expected
    assert {"index.html", "banfield-2012/index.html", "banfield-2012/results.json"} <= set(expected)


def contents(path: Path) -> Iterator[bytes]:
    """Yield what a file says: itself, and what its downloads and pictures hold."""
    content = path.read_bytes()
    yield content
    for inside in re.findall(rb"base64,([A-Za-z0-9+/=]{40,})", content):
        yield base64.b64decode(inside)
    if path.suffix == ".ipynb":
        for cell in json.loads(content)["cells"]:
            for output in cell.get("outputs", []):
                if "image/png" in (data := output.get("data", {})):
                    yield base64.b64decode(data["image/png"])


def machine(reports: Path) -> set[bytes]:
    """Return what would tell where, by whom and on what machine a report was made."""
    folders = {str(ROOT), str(ROOT.resolve()), str(Path.home()), str(reports), sys.prefix}
    folders = folders - {"/", "/root"} | {"/tmp/", "/home/", "/root/", "/Users/"}
    names = {getpass.getuser(), socket.gethostname(), os.environ.get("USER", "")}
    return {text.encode() for text in folders | {name for name in names if len(name) > 4}}


def test_no_output_names_this_machine(reports: Path) -> None:
    here = machine(reports)
    files = [path for path in reports.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".html", ".json", ".ipynb"}
    downloads = 0
    for path in files:
        for content in contents(path):
            downloads += content.startswith(b"\xef\xbb\xbf")
            assert not [text for text in here if text in content], path
    assert downloads > 10  # tables as CSV are looked into, too


def test_a_name_of_this_machine_would_be_noticed(reports: Path, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    hidden = base64.b64encode(b"\xef\xbb\xbf" + b"x" * 20 + str(ROOT).encode()).decode()
    page.write_text(f'<a href="data:text/csv;base64,{hidden}">', encoding="utf-8")
    assert str(ROOT) not in page.read_text(encoding="utf-8")
    assert any(text in content for content in contents(page) for text in machine(reports))


def attributes(html: str, tag: str, name: str) -> Iterator[str]:
    yield from re.findall(rf"<{tag}\b[^>]*?\b{name}=\"([^\"]*)\"", html)


def test_pictures_are_told_apart_by_their_words(reports: Path) -> None:
    html = (reports / "banfield-2012" / "index.html").read_text(encoding="utf-8")
    words = [*attributes(html, "img", "alt"), *attributes(html, "svg", "aria-label")]
    assert len(words) > 12
    assert len(set(words)) == len(words)
    assert all(re.search(r"\d", each) for each in words)


def test_every_claim_leads_to_its_evidence_and_back(reports: Path) -> None:
    folder = reports / "banfield-2012"
    html = (folder / "index.html").read_text(encoding="utf-8")
    results = json.loads((folder / "results.json").read_bytes())
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    inside = re.findall(r'href="#([^"]+)"', html)
    assert set(inside) <= ids
    for at, claim in enumerate(results["claims"]):
        row = re.search(rf'<tr[^>]*id="claim-{claim["id"]}".*?</tr>', html, re.DOTALL)
        assert row is not None
        assert f'href="results.json#/claims/{at}"' in row[0]
        assert f'href="#test-{claim["id"]}"' in row[0]
        assert re.search(r'href="#[\w-]+-rows"', row[0]), claim["id"]
        figure = re.search(r'href="#([\w-]+?)">Figure', row[0])
        assert figure is not None, claim["id"]
        back = re.search(rf'<figure id="{figure[1]}".*?</figure>', html, re.DOTALL)
        assert back is not None
        assert f'href="#claim-{claim["id"]}"' in back[0]
