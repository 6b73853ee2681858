"""The network in headless Chromium: by mouse, by keyboard, without scripts, with hostile text."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from devtools import CHROMIUM, Browser

import analysis
from analysis.network import Network
from analysis.network.build import network_of
from analysis.report.page import study_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed here"),
]

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror=window.hacked=1>"
OVERRIDE = "first \u202etsal\u202c and \u2028 <!--"
STATE = "document.getElementById('network-figure').network.state()"
PAGE_WEIGHT = 250_000


def write_study(folder: Path) -> Path:
    """Write 40 days: a blog post every eighth day, shared on twitter, and a rise after each."""
    start, value = dt.date(2012, 3, 1), 50.0
    rows, score = ["at,channel,id,url,text"], ["date,score"]
    for number in range(40):
        day = start + dt.timedelta(days=number)
        value += 1.0 + number / 100 if number % 8 == 1 else 0.9 if number == 20 else -0.1
        score.append(f"{day},{value:.3f}")
        if number % 8 == 0:
            text = {0: HOSTILE, 8: OVERRIDE}.get(number, f"Post {number}")
            url = f"https://blog.example/{number}"
            rows.append(f'{day}T10:00:00Z,blog,b{number},{url},"{text}"')
            rows.append(f'{day}T12:00:00Z,twitter,t{number},,"Read {url} {HOSTILE}"')
        rows.append(f"{day}T15:00:00Z,face<b>book,f{number},,Words of {number}")
    raw = folder / "raw"
    raw.mkdir(parents=True)
    (raw / "activity.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (raw / "score.csv").write_text("\n".join(score) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(
        'title = "T"\ntimezone = "UTC"\nfocal = "blog"\n[score]\nname = "Rank"\n'
        'path = "raw/score.csv"\nobserved_at = "06:00"\n[sources]\n'
        'activity = "raw/activity.csv"\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network_of(analysis.load(write_study(tmp_path_factory.mktemp("study") / "s")))


@pytest.fixture
def page(network: Network, results: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "index.html"
    path.write_text(study_page(results, network=network), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def live(browser: Browser, page: Path) -> Browser:
    browser.said.clear()
    browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    browser.ask("Emulation.setEmulatedMedia", media="", features=[])
    browser.open(page)
    browser.until("document.querySelector('#network-figure.is-live canvas').width > 0")
    browser.run("document.querySelector('#network-figure canvas').scrollIntoView()")
    return browser


def said(browser: Browser) -> str:
    text: str = browser.run("document.getElementById('network-status').textContent")
    return text


def shown(browser: Browser, selector: str) -> bool:
    visible: bool = browser.run(
        f"[...document.querySelectorAll({selector!r})].some(one => one.getClientRects().length)"
    )
    return visible


def place_of(browser: Browser, item: str) -> tuple[float, float]:
    x, y = browser.run(
        "(() => { const s = " + STATE + f", i = {item};"
        "const box = document.querySelector('#network-figure canvas').getBoundingClientRect();"
        "return [box.left + s.x(s.timeOf(i)), box.top + s.heightOf(i)]; })()"
    )
    return x, y


def test_keys_walk_explain_and_leave(live: Browser) -> None:
    live.run("document.querySelector('#network-figure canvas').focus()")
    live.press("ArrowRight")
    assert said(live).startswith("Uptick of +1")
    assert "Joined to blog 19 hours before" not in said(live)
    assert "Joined to blog 20 hours before (within 48 hours)" in said(live)
    live.press("ArrowDown")
    assert said(live).startswith("</script><script>window.hacked")
    assert "blog, post, 2012-03-01 10:00" in said(live)
    assert "twitter 2 hours after (address, confidence 0.99)" in said(live)
    live.press("ArrowRight")
    assert said(live).startswith("first \\u202etsal\\u202c and \\u2028 <!--.")
    live.press("ArrowLeft", "Enter")
    assert shown(live, ".network-details")
    buttons = live.run("[...document.querySelectorAll('.network-details li')].length")
    assert buttons == 2
    live.press("Escape")
    assert not shown(live, ".network-details")
    assert live.run("document.activeElement.tagName") == "CANVAS"
    live.press("End")
    assert "2012-04-02 10:00" in said(live)
    live.press("Home", "Escape")
    assert said(live) == ""
    assert live.run(f"{STATE}.current") == -1


def test_keys_zoom_and_show_everything(live: Browser) -> None:
    live.run("document.querySelector('#network-figure canvas').focus()")
    before = live.run(f"{STATE}.scale")
    live.press("+", "+")
    assert live.run(f"{STATE}.scale") == pytest.approx(2.25 * before)
    live.press("-")
    assert live.run(f"{STATE}.scale") == pytest.approx(1.5 * before)
    live.press("0")
    live.until(f"Math.abs({STATE}.scale / {before} - 1) < 1e-9")


def test_without_motion_everything_is_at_once(live: Browser) -> None:
    reduced = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    live.ask("Emulation.setEmulatedMedia", media="", features=reduced)
    off_center = live.run(
        "(() => { const n = document.getElementById('network-figure').network;"
        "n.zoom(4); n.jump(n.state().count + 2); const s = n.state();"
        "return s.x(s.timeOf(s.current)) - (s.left + s.width - 14) / 2; })()"
    )
    assert abs(off_center) < 1


def test_the_mouse_points_drags_and_turns(live: Browser, network: Network) -> None:
    x, y = place_of(live, f"{[n.text for n in network.nodes].index('Post 16')}")
    live.mouse("mouseMoved", x, y)
    live.until("!document.querySelector('.network-tip').hidden")
    tip = live.run("document.querySelector('.network-tip').innerText")
    assert "Post 16" in tip
    assert "blog, post, 2012-03-17 10:00" in tip
    before = live.run(f"{STATE}.scale")
    live.mouse("mousePressed", x, y, button="left", clickCount=1)
    live.mouse("mouseReleased", x, y, button="left", clickCount=1)
    assert shown(live, ".network-details")
    live.run("document.querySelector('#network-figure canvas').focus()")
    live.mouse("mouseWheel", x, y, deltaX=0, deltaY=-400)
    live.until(f"{STATE}.scale > 2 * {before}")
    begin = live.run(f"{STATE}.begin")
    live.mouse("mousePressed", x, y, button="left", clickCount=1)
    live.mouse("mouseMoved", x + 80, y, button="left", buttons=1)
    live.mouse("mouseReleased", x + 80, y, button="left", clickCount=1)
    scale = live.run(f"{STATE}.scale")
    assert live.run(f"{STATE}.begin") == pytest.approx(begin - 80 / scale)


def test_the_page_scrolls_where_the_picture_is_not_meant(live: Browser) -> None:
    x, y = place_of(live, "0")
    before = live.run(f"{STATE}.scale")
    live.run("document.activeElement.blur(); scrollBy(0, -200)")
    live.mouse("mouseWheel", x, y, deltaX=0, deltaY=-300)
    assert live.run(f"{STATE}.scale") == before


def test_two_fingers_zoom(live: Browser) -> None:
    before = live.run(f"{STATE}.scale")
    x, y = place_of(live, "0")
    for kind, apart in (("touchStart", 40), ("touchMove", 60), ("touchMove", 120), ("touchEnd", 0)):
        points = [{"x": x + 200, "y": y, "id": 0}, {"x": x + 200 + apart, "y": y, "id": 1}]
        live.ask("Input.dispatchTouchEvent", type=kind, touchPoints=points if apart else [])
    live.until(f"{STATE}.scale > 1.4 * {before}")


def test_a_channel_can_be_hidden(live: Browser, network: Network) -> None:
    names = [lane.name for lane in network.lanes]
    labels = "[...document.querySelectorAll('.network-bar label')]"
    wanted = ["blog", "twitter", "face<b>book"]
    assert live.run(f"{labels}.map(one => one.textContent)") == names == wanted
    live.run(f"{labels}[1].querySelector('input').click()")
    assert said(live) == "twitter hidden"
    live.run("document.querySelector('#network-figure canvas').focus()")
    live.press("ArrowRight", "ArrowDown")
    assert "twitter" not in said(live)
    live.press("ArrowDown")
    assert said(live).startswith("Words of")
    live.press("ArrowDown")
    assert said(live).startswith("Words of")
    live.run(f"{labels}[1].querySelector('input').click()")
    live.press("ArrowUp")
    assert "Read https://blog.example/0" in said(live)


def test_an_uptick_can_be_jumped_to(live: Browser, network: Network) -> None:
    options = live.run(
        "[...document.querySelector('.network-bar select').options].map(o => o.text)"
    )
    assert len(options) == 1 + len(network.upticks)
    bare = next(at for at, mark in enumerate(network.upticks) if not mark.follows)
    assert options[bare + 1].startswith("2012-03-21 +0.9")
    assert options[bare + 1].endswith("bare")
    live.run(
        "(() => { const pick = document.querySelector('.network-bar select');"
        f"pick.value = '{bare}'; pick.dispatchEvent(new Event('change')); }})()"
    )
    assert said(live).startswith("Bare uptick of +0.9")
    assert "No blog post in the 48 hours before." in said(live)
    assert shown(live, ".network-details")


def test_hostile_text_is_text_and_nothing_is_asked(live: Browser, page: Path) -> None:
    live.run("document.querySelector('#network-figure canvas').focus()")
    live.press("ArrowRight", "ArrowDown", "Enter")
    assert live.run("window.hacked") is None
    assert (
        live.run("document.querySelectorAll('#network-figure img, #network-figure b').length") == 0
    )
    heading = live.run("document.querySelector('.network-details h3').textContent")
    assert heading == HOSTILE
    assert live.said == []
    assert [url for url in live.requests if not url.startswith("data:")] == [page.as_uri()]
    assert not any("\u202e" in text for text in (page.read_text("utf-8"), said(live)))


def pixels(browser: Browser, selector: str) -> Any:
    import numpy as np
    from matplotlib.image import imread

    left, top, width, height = browser.run(
        f"(() => {{ const box = document.querySelector({selector!r}).getBoundingClientRect();"
        "return [box.left + scrollX, box.top + scrollY, box.width, box.height]; })()"
    )
    clip = {"x": left, "y": top, "width": width, "height": height, "scale": 1}
    shot = browser.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
    return np.asarray(imread(io.BytesIO(base64.b64decode(shot["data"]))))[..., :3]


def colorful(image: Any) -> float:
    """Return the share of pixels that are clearly blue or red."""
    return float(((image.max(axis=2) - image.min(axis=2)) > 0.3).mean())


@pytest.mark.parametrize(("width", "look"), [(1280, "wide"), (390, "narrow"), (320, "narrow")])
def test_without_scripts_the_picture_stands(
    browser: Browser, page: Path, width: int, look: str
) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    browser.ask("Emulation.setEmulatedMedia", media="", features=[])
    browser.open(page, width)
    assert shown(browser, f"svg.network-still.{look}")
    other = {"wide": "narrow", "narrow": "wide"}[look]
    assert not shown(browser, f"svg.network-still.{other}")
    assert not shown(browser, "#network-figure canvas")
    assert browser.run("document.documentElement.scrollWidth") == width
    smallest = browser.run(
        f"Math.min(...[...document.querySelectorAll('svg.network-still.{look} text')]"
        ".map(one => one.getBoundingClientRect().height))"
    )
    assert smallest >= 9.5
    cut = browser.run(
        f"[...document.querySelectorAll('svg.network-still.{look} text')].filter(one => {{"
        "const box = one.getBoundingClientRect();"
        "const all = one.ownerSVGElement.getBoundingClientRect();"
        "return box.left < all.left - 1 || box.right > all.right + 1; }).length"
    )
    assert cut == 0
    assert colorful(pixels(browser, f"svg.network-still.{look}")) > 0.0005
    named = browser.run(
        "document.querySelector('#network-figure [role=img]').ariaLabelledByElements[0].id"
    )
    assert named == "network-words"


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_moving_picture_fits_and_is_drawn(
    live: Browser, page: Path, width: int, scheme: str
) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    live.ask("Emulation.setEmulatedMedia", media="", features=features)
    live.open(page, width)
    live.until("document.querySelector('#network-figure canvas')?.width > 0")
    assert live.run("document.documentElement.scrollWidth") == width
    image = pixels(live, "#network-figure canvas")
    assert colorful(image) > 0.0005
    assert (image[2, 2].mean() > 0.5) == (scheme == "light")


def test_long_names_and_many_posts_fit_a_phone(
    browser: Browser, results: dict[str, Any], tmp_path: Path
) -> None:
    folder = write_study(tmp_path / "s")
    table = folder / "raw" / "activity.csv"
    table.write_text(table.read_text("utf-8").replace("twitter", "t" * 200), encoding="utf-8")
    path = tmp_path / "long.html"
    network = network_of(analysis.load(folder), most=30)
    path.write_text(study_page(results, network=network), encoding="utf-8")
    browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    browser.ask("Emulation.setEmulatedMedia", media="", features=[])
    browser.said.clear()
    browser.open(path, 320)
    browser.until("document.querySelector('#network-figure canvas')?.width > 0")
    assert browser.run("document.documentElement.scrollWidth") == 320
    browser.run("document.querySelector('#network-figure canvas').focus()")
    browser.press("ArrowRight", "Home")
    assert "A blog post stands in the 48 hours before; it is not drawn." in said(browser)
    assert browser.said == []


def test_on_paper_the_picture_stands_still(live: Browser) -> None:
    live.ask("Emulation.setEmulatedMedia", media="print", features=[])
    assert shown(live, "svg.network-still.wide")
    assert not shown(live, "#network-figure canvas")
    assert not shown(live, ".network-bar")


def test_the_bundled_study_stays_light(results: dict[str, Any]) -> None:
    study = analysis.load(Path(__file__).parents[2] / "data" / "banfield-2012")
    without, whole = study_page(results), study_page(results, network=network_of(study))
    script = Path(analysis.__file__).parent / "report" / "scripts" / "network.js"
    style = Path(analysis.__file__).parent / "report" / "styles" / "network.css"
    own = script.stat().st_size + style.stat().st_size
    assert len(whole.encode()) - len(without.encode()) + own <= PAGE_WEIGHT
