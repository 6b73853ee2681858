"""A headless Chromium that reaches no host, for the tests of the page."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed here")


def chromium(page: Path, tmp_path: Path, *flags: str) -> str:
    assert CHROMIUM is not None
    profile = tmp_path / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    done = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def asked(page: Path, tmp_path: Path, *flags: str) -> set[str]:
    """Return the hosts that a page asked anything of.

    The browser's own questions (is there an update?) name no origin as their initiator.
    """
    log = tmp_path / "net.json"
    chromium(page, tmp_path, f"--log-net-log={log}", "--dump-dom", *flags)
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    urls = {
        str(event["params"]["url"])
        for event in events
        if event.get("params", {}).get("initiator", "not an origin") != "not an origin"
    }
    return {urlsplit(url).netloc for url in urls} - {""}


# Put into a copy of the page only, with leave to run: what a reader sees without scrolling. The
# copy stands in a frame, because a window cannot be narrower than 500 pixels.
MEASURE = """
<script>
addEventListener("load", () => {
  if (UNFOLD) for (const one of document.querySelectorAll("details")) one.open = true;
  // What is far below is laid out as if a reader had come near, or it could not be too wide.
  for (const one of document.querySelectorAll(".notebook")) one.style.contentVisibility = "visible";
  const box = selector => document.querySelector(selector)?.getBoundingClientRect();
  const row = document.querySelector(".ledger tr");
  const parts = [".answer .word", ".answer .sentence", ".facts", "h1"];
  const seen = {
    width: innerWidth, height: innerHeight, page: document.documentElement.scrollWidth,
    bottoms: Object.fromEntries(parts.map(part => [part, box(part)?.bottom ?? 0])),
    ledger: box("#claims")?.top, chart: [box("#chart")?.top, box("#chart")?.bottom],
    row: row && getComputedStyle(row).display,
    styled: getComputedStyle(document.querySelector(".skip")).position,
    images: [...document.images].map(image => image.naturalWidth),
  };
  parent.postMessage(JSON.stringify(seen), "*");
});
</script>
"""
FRAME = """<!doctype html><pre id="measured"></pre><script>
addEventListener("message", event => {
  document.getElementById("measured").textContent = event.data;
});
</script><iframe src="measured.html" width="{width}" height="{height}" style="border:0"></iframe>
"""


def measured(
    page: Path, tmp_path: Path, width: int, height: int, *, unfold: bool = False
) -> dict[str, Any]:
    html = page.read_text(encoding="utf-8")
    measure = MEASURE.replace("UNFOLD", "true" if unfold else "false")
    copy = tmp_path / "measured.html"
    policy = html.replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'", 1)
    assert policy != html
    copy.write_text(policy.replace("</body>", measure + "</body>"), encoding="utf-8")
    frame = tmp_path / "frame.html"
    size = {"{width}": str(width), "{height}": str(height)}
    frame.write_text(functools.reduce(lambda text, item: text.replace(*item), size.items(), FRAME))
    dom = chromium(frame, tmp_path, "--window-size=1400,1000", "--dump-dom")
    found = re.search(r'<pre id="measured">(.+?)</pre>', dom)
    assert found is not None
    seen: dict[str, Any] = json.loads(found[1])
    assert seen["width"] == width
    return seen
