"""Killed at any moment and run again, a collection ends in the same tables."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect import collected_folder
from analysis.collect.archive import Archive
from tests.archives import whole_records
from tests.collect.conftest import START
from tests.collect.test_collect import rss

KILLS = 50
ROOT = Path(__file__).parents[2]
Table = dict[str, set[tuple[str, str]]]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


class Zygote:
    """Starts runs quickly, and kills them."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.collect.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, study: Path, kill_after: float | None = None) -> tuple[int, float]:
        """Run in a study's folder; return the exit status and how long it took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{study}\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        begun = time.monotonic()
        timer = threading.Timer(kill_after or 0, _kill, [child])
        if kill_after is not None:
            timer.start()
        status = int(self.process.stdout.readline())
        timer.cancel()
        return status, time.monotonic() - begun

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)


def _kill(child: int) -> None:
    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.fixture
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.fixture
def sites(httpserver: HTTPServer) -> dict[str, str]:
    """Serve a WordPress of 7 pages, a feed of 6, and a page with the score."""

    def posts(request: Request) -> Response:
        number = int(request.args["page"])
        if number > 7:
            return Response(json.dumps({"code": "rest_post_invalid_page_number"}), 400)
        ids = range(number * 100, number * 100 + 100)
        body = [
            {"id": n, "link": f"http://a/{n}", "modified_gmt": f"2012-01-{n % 28 + 1:02}T00:00:00"}
            for n in ids
        ]
        headers = {"X-WP-Total": "700", "X-WP-TotalPages": "7"}
        return Response(json.dumps(body), headers=headers)

    def feed(request: Request) -> Response:
        number = int(request.args.get("paged", 1))
        if number > 6:
            return Response("", 404)
        text = rss(*(f"{number}-{n}" for n in range(3)), generator="https://wordpress.org/")
        return Response(text, headers={"ETag": f'"{number}"'}, content_type="text/xml")

    link = {"Link": f'<{httpserver.url_for("/wp-json/")}>; rel="https://api.w.org/"'}
    server = httpserver
    server.expect_request("/robots.txt").respond_with_data("", status=404)
    server.expect_request("/").respond_with_data("<p>", headers=link, content_type="text/html")
    server.expect_request("/wp-json/wp/v2/posts").respond_with_handler(posts)
    server.expect_request("/feed").respond_with_handler(feed)
    server.expect_request("/me").respond_with_data("<b>58</b>", content_type="text/html")
    return {name: server.url_for(f"/{path}") for name, path in PATHS.items()}


PATHS = {"blog": "", "news": "feed", "score": "me"}


def study(folder: Path, sites: dict[str, str]) -> Path:
    """Write the settings of a study that collects from the sites."""
    folder.mkdir(parents=True)
    collect = "".join(f'[collect.{name}]\nurl = "{url}"\n' for name, url in sites.items())
    head = 'title = "T"\ntimezone = "UTC"\nfocal = "blog"\n[score]\npath = "raw/score.csv"\n'
    sources = '[sources]\nblog = "raw/blog.xml"\n'
    (folder / "study.toml").write_text(f'{head}{sources}{collect}css = "b"\n')
    return folder


def archives(folder: Path) -> list[Archive]:
    return [Archive(folder / collected_folder(name), name, START) for name in PATHS]


def table(folder: Path) -> Table:
    """Return the posts and readings in what was kept, each once."""
    found: Table = {}
    for archive in archives(folder):
        rows = found.setdefault(archive.label, set())
        for capture in archive.captures():
            if capture.status != 200 or capture.revisit:
                continue
            if "wp/v2/posts" in capture.url:
                rows |= {(post["link"], str(post["id"])) for post in json.loads(capture.body)}
            elif "/feed" in capture.url:
                parts = capture.body.decode().split("<guid>")[1:]
                rows |= {("item", part.split("<")[0]) for part in parts}
            elif capture.url.endswith("/me"):
                rows.add(("score", capture.body.decode()))
    return found


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_in_the_same_tables(
    tmp_path: Path, zygote: Zygote, sites: dict[str, str]
) -> None:
    whole = study(tmp_path / "whole", sites)
    status, seconds = zygote.run(whole)
    assert status == 0
    expected = table(whole)
    assert {name: len(rows) for name, rows in expected.items()} == {
        "blog": 700,
        "news": 18,
        "score": 1,
    }
    rng = random.Random(2012)
    killed = 0
    for number in range(KILLS):
        folder = study(tmp_path / str(number) / "mine", sites)
        kept: dict[Path, bytes] = {}
        while True:
            status, took = zygote.run(folder, rng.uniform(0, 1) * seconds)
            seconds = min(seconds, took) if status == 0 else seconds
            for archive in archives(folder):
                kept |= {path: whole_records(path) for path in archive.files()}
            if status == 0 or rng.random() < 0.7:
                break
        killed += status == -signal.SIGKILL
        assert status in (0, -signal.SIGKILL)
        status, took = zygote.run(folder)
        assert status == 0
        assert table(folder) == expected
        for archive in archives(folder):
            sizes = {path.name: path.stat().st_size for path in archive.files()}
            assert archive.mend({}) == sizes
        for path, data in kept.items():
            assert path.read_bytes().startswith(data) if path.exists() else not data
    assert killed > KILLS // 4
