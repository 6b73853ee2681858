"""The bundled study's page as a reader gets it: in the browser, on paper, on another machine."""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import asked, chromium, measured, needs_chromium

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "data" / "banfield-2012"
PDFTOTEXT = shutil.which("pdftotext")
NPM = shutil.which("npm")
LARGEST = 1_300_000
"""Bytes of the bundled page; 1.5 MB is the most that it may ever have."""
DRAWS = 40

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]

RENDER = f"""
import sys
from pathlib import Path
from analysis.report.build import build_reports
(outcome,) = build_reports([Path(sys.argv[1])], Path(sys.argv[2]), parameters={{"draws": {DRAWS}}})
print(outcome)
sys.exit(outcome.status != "rendered")
"""


def render(study: Path, out: Path, cwd: Path, **environment: str) -> Path:
    """Render a study's report in a process of its own."""
    command = [sys.executable, "-c", RENDER, str(study), str(out)]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled study's reports, rendered once for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out = shared / "bundled" / "reports"
    out.parent.mkdir(exist_ok=True)
    with (out.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out.parent / "done").exists():
            render(STUDY, out, ROOT)
            (out.parent / "done").touch()
    return out


@pytest.fixture(params=["report", "index"])
def page(request: pytest.FixtureRequest, reports: Path) -> Path:
    return reports / ("index.html" if request.param == "index" else "banfield-2012/index.html")


def digests(reports: Path) -> dict[str, str]:
    return {
        path.relative_to(reports).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in reports.rglob("*")
        if path.is_file()
    }


def test_the_page_is_small_and_asks_nobody(page: Path, tmp_path: Path) -> None:
    assert page.stat().st_size < LARGEST
    assert asked(page, tmp_path) == set()
    assert asked(page, tmp_path, "--blink-settings=scriptEnabled=false") == set()


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
    again = render(STUDY, tmp_path / "again", ROOT)
    elsewhere = tmp_path / "some where" / "else"
    shutil.copytree(STUDY, elsewhere / "banfield-2012")
    home = tmp_path / "home"
    home.mkdir()
    other = {"TZ": "Pacific/Auckland", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
    user = {"HOME": str(home), "USER": "nobody-else", "LOGNAME": "nobody-else"}
    moved = render(
        elsewhere / "banfield-2012", tmp_path / "moved", ROOT, PYTHONHASHSEED="7", **other, **user
    )
    expected = digests(reports)
    assert digests(again) == expected
    assert digests(moved) == expected
    assert {"index.html", "banfield-2012/index.html", "banfield-2012/results.json"} <= set(expected)


def test_no_output_names_this_machine(reports: Path) -> None:
    here = {str(ROOT), str(Path.home()), str(reports), str(Path(sys.prefix)), "/tmp/", "/home/"}
    names = {name for name in (getpass.getuser(), socket.gethostname()) if len(name) > 4}
    for path in reports.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not [folder for folder in here - {"/", "/root"} if folder in text], path
            assert "/root/" not in text, path
            assert not [name for name in names if name in text], path


# Put into a copy of the page only, beside axe itself.
AXE = """
<pre id="axe"></pre>
<script>
addEventListener("load", () => {
  if (UNFOLD) for (const one of document.querySelectorAll("details")) one.open = true;
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  axe.run(document, {runOnly: tags, resultTypes: ["violations"]}).then(done => {
    const where = nodes => nodes.map(node => node.html.slice(0, 200));
    const found = done.violations.map(one => [one.id, where(one.nodes)]);
    document.getElementById("axe").textContent = JSON.stringify({found});
  });
});
</script>
"""


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> Path:
    """The axe-core script, fetched once by npm and kept in pytest's cache."""
    if NPM is None:
        pytest.skip("npm is not installed here, so axe-core cannot be fetched")
    folder: Path = request.config.cache.mkdir("axe-core")  # type: ignore[union-attr]
    script = folder / "axe.min.js"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.exists():
            command = [NPM, "pack", "axe-core@4", "--silent"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
            if done.returncode:
                pytest.skip(f"npm could not fetch axe-core: {done.stderr.strip()[:200]}")
            with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as packed:
                member = packed.extractfile("package/axe.min.js")
                assert member is not None
                script.write_bytes(member.read())
    return script


def violations(page: Path, axe: Path, tmp_path: Path, *flags: str, unfold: bool) -> Any:
    """Return what axe has against a page, by rule."""
    html = re.sub(r"<meta http-equiv=.*?>", "", page.read_text(encoding="utf-8"), count=1)
    copy = tmp_path / "audited.html"
    shutil.copy(axe, tmp_path / "axe.min.js")
    probe = AXE.replace("UNFOLD", "true" if unfold else "false")
    loaded = f'<script src="axe.min.js"></script>{probe}</body>'
    copy.write_text(html.replace("</body>", loaded), encoding="utf-8")
    dom = chromium(copy, tmp_path, "--virtual-time-budget=60000", "--dump-dom", *flags)
    found = re.search(r'<pre id="axe">(.+?)</pre>', dom, re.DOTALL)
    assert found is not None, "axe did not end"
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


@pytest.mark.parametrize("unfold", [False, True], ids=["folded", "unfolded"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    page: Path, axe: Path, tmp_path: Path, scheme: str, unfold: bool
) -> None:
    dark = f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"
    for width in (1280, 500):
        seen = violations(page, axe, tmp_path, dark, f"--window-size={width},900", unfold=unfold)
        assert seen["found"] == []


def test_axe_would_find_something(reports: Path, axe: Path, tmp_path: Path) -> None:
    html = (reports / "index.html").read_text(encoding="utf-8")
    spoiled = tmp_path / "spoiled.html"
    planted = '<img src="data:,"><p style="color:#999;background:#fff">faint</p></main>'
    spoiled.write_text(html.replace("</main>", planted), encoding="utf-8")
    rules = [rule for rule, _ in violations(spoiled, axe, tmp_path, unfold=False)["found"]]
    assert {"image-alt", "color-contrast"} <= set(rules)


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
