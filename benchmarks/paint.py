"""Time how soon the page of the bundled study is painted from disk, beside an empty page.

First contentful paint in headless Chromium, as the page itself is told it, in milliseconds since
the navigation began. New: the first page of a browser with a new profile, once that browser has
loaded the pages of its own interface, which takes about a second. Starting: the same without that
second, so that both share the processor; told, and not aimed at. Again: the same page once more.
Beside it, in the same browser runs in turn, stands a page of as many bytes with one word in it:
what the browser, its profile and its fonts take whatever is shown. The difference is the page's
own.

Run::

    python benchmarks/paint.py
    python benchmarks/paint.py --page reports/banfield-2012/index.html --repeat 9
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machine import Target, busy, child_cpu, conclude, parser, python

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "data" / "banfield-2012"
LIMIT = 200
"""Milliseconds."""
SETTLED = 2.0
"""Seconds after which a new browser has loaded its own pages."""

sys.path.insert(0, str(ROOT / "tests" / "report"))
from devtools import CHROMIUM, Browser  # noqa: E402

PAINTED = """new Promise((found, failed) => {
  const name = "first-contentful-paint";
  new PerformanceObserver(list => {
    for (const one of list.getEntriesByName(name)) found(one.startTime);
  }).observe({type: "paint", buffered: true});
  setTimeout(() => failed(new Error("never painted")), 20000);
})"""


@dataclass
class Times:
    """Milliseconds of every run of one page.

    Attributes
    ----------
    launch : list of float
        From starting the browser until it answers.
    starting, new, again : list of float
        Until the first contentful paint: in a browser that still starts, in one that has
        started, both with a new profile, and once more in the latter.
    """

    launch: list[float] = field(default_factory=list)
    starting: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)

    def median(self, name: str) -> float:
        """Return the median of one of the three."""
        return statistics.median(getattr(self, name))


def paint(page: Path, times: Times) -> None:
    """Show a page in two browsers of its own, in the second twice, and add what that took."""
    with _browser(times) as browser:
        times.starting.append(_painted(browser, page))
    with _browser(times) as browser:
        time.sleep(SETTLED)
        times.new.append(_painted(browser, page))
        times.again.append(_painted(browser, page))


@contextmanager
def _browser(times: Times) -> Iterator[Any]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        began = time.perf_counter()
        with Browser(Path(profile)) as browser:
            times.launch.append(1000 * (time.perf_counter() - began))
            yield browser


def _painted(browser: Any, page: Path) -> float:
    browser.open(page)
    return float(browser.run(PAINTED))


def peer(page: Path, folder: Path) -> Path:
    """Write a page of as many bytes with one word, and return where it is."""
    before, after = "<!doctype html><title>empty</title><p>word<!--", "-->"
    filling = "x" * (page.stat().st_size - len(before) - len(after))
    path = folder / "empty.html"
    path.write_text(f"{before}{filling}{after}", encoding="utf-8")
    return path


def table(found: dict[str, Times]) -> list[str]:
    """Return the lines to print: medians, with the least and the most."""
    lines = [
        f"{'milliseconds, median (least to most)':<44}{'page':>22}{'empty page':>22}{'own':>8}"
    ]
    for name, said in (
        ("launch", "launching the browser"),
        ("starting", "first paint while it still starts"),
        ("new", "first paint, new browser and profile"),
        ("again", "first paint, once more"),
    ):
        cells = []
        for times in found.values():
            taken = getattr(times, name)
            cells.append(f"{times.median(name):.0f} ({min(taken):.0f} to {max(taken):.0f})")
        page, empty = (times.median(name) for times in found.values())
        own = f"{page - empty:+.0f}" if name != "launch" else ""
        lines.append(f"  {said:<42}" + "".join(f"{cell:>22}" for cell in cells) + f"{own:>8}")
    return lines


def measure(page: Path, repeat: int) -> dict[str, Times]:
    """Return the times of a page and of its peer, shown in turn."""
    found = {"page": Times(), "empty": Times()}
    with tempfile.TemporaryDirectory() as folder:
        pages = {"page": page, "empty": peer(page, Path(folder))}
        for _ in range(repeat):
            for name, path in pages.items():
                paint(path, found[name])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the times; exit 1 where the page is painted too late."""
    about = parser(__doc__, 7)
    about.add_argument("--page", type=Path, help="a page there is; rendered when not given")
    options = about.parse_args(arguments)
    if CHROMIUM is None:
        print("chromium is not installed here: nothing is measured")
        return conclude([], options.json)
    with tempfile.TemporaryDirectory() as scratch:
        page = options.page
        if page is None:
            child_cpu(*python("-m", "analysis", "report", str(STUDY), "--out", scratch))
            page = Path(scratch) / STUDY.name / "index.html"
        print(f"{page.stat().st_size:,} bytes; wanting a core when it began: {busy()}")
        found = measure(page.resolve(), options.repeat)
    print("\n".join(table(found)))
    name = "first contentful paint from disk"
    new, again = found["page"].median("new"), found["page"].median("again")
    targets = [
        Target(f"{name}, new browser and profile", new, LIMIT, "ms"),
        Target(f"{name}, once more", again, LIMIT, "ms"),
    ]
    return conclude(targets, options.json)


if __name__ == "__main__":
    sys.exit(main())
