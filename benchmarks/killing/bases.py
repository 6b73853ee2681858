"""What each case begins with, and what a run leaves in it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.archives import whole_records
from tests.studies import DAYS, TOML, day, small_study

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ("activity", "upticks", "regression", "only-blogging", "calibration")
PER_PAGE, PAGES, FEED_PAGES = 100, 3, 4
SLOW = 0.01
"""Seconds that a site takes to answer: time to be killed in."""

WHERE = ("source", "member", "pointer", "sha256", "copies")
"""Columns that tell of which answer a post was read, whose name and headers hold the time."""

Files = dict[str, str]


def digests(folder: Path) -> Files:
    """Return the sha256 of every file by name, and every folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


def write_project(folder: Path) -> Path:
    """Write a project of five short notebooks and a study."""
    (folder / "notebooks").mkdir(parents=True)
    for name in NOTEBOOKS:
        cells = [
            _cell(1, 'study_folder: str = "x"', "parameters"),
            _cell(2, "import analysis\nlen(analysis.load(study_folder).activity)"),
        ]
        content = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {
                "kernelspec": {"display_name": "P", "language": "python", "name": "python3"}
            },
            "cells": cells,
        }
        (folder / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content))
    small_study(folder / "data" / "mine")
    return folder


def _cell(number: int, source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": f"c{number}",
        "execution_count": None,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "source": source,
    }


def write_again(folder: Path) -> Path:
    """Write the same project with a report of an earlier state of the study."""
    write_project(folder)
    score = folder / "data/mine/raw/score.csv"
    text = score.read_text(encoding="utf-8")
    score.write_text("".join(text.splitlines(keepends=True)[:-5]), encoding="utf-8")
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "analysis", "report", "data/mine"]
    subprocess.run(command, cwd=folder, env=variables, capture_output=True, check=True)
    score.write_text(text, encoding="utf-8")
    return folder


class Sites(BaseHTTPRequestHandler):
    """A WordPress of three pages, a feed of four, and a page with the score."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        time.sleep(SLOW)
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        port = self.server.server_address[1]
        headers: dict[str, str] = {}
        body, kind, status = "", "text/html", 200
        if asked.path == "/":
            headers["Link"] = f'<http://127.0.0.1:{port}/wp-json/>; rel="https://api.w.org/"'
            body = "<p>Hello"
        elif asked.path == "/wp-json/wp/v2/posts":
            page, kind = int(query.get("page", 1)), "application/json"
            status = 200 if page <= PAGES else 400
            told = _posts(page) if page <= PAGES else {"code": "rest_post_invalid_page_number"}
            body = json.dumps(told)
            headers |= {"X-WP-Total": str(PER_PAGE * PAGES), "X-WP-TotalPages": str(PAGES)}
        elif asked.path == "/feed" and int(query.get("paged", 1)) <= FEED_PAGES:
            body, kind = _feed(int(query.get("paged", 1))), "text/xml"
            headers["ETag"] = f'"{query.get("paged", 1)}"'
        else:
            status = 404
        data = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Serve; whoever was killed closes without a word."""
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            return


def _posts(page: int) -> list[dict[str, object]]:
    numbers = range((page - 1) * PER_PAGE, page * PER_PAGE)
    return [
        {
            "id": number,
            "link": f"http://blog.example/{number}",
            "date_gmt": f"{day(number % DAYS)}T{number // DAYS + 9:02}:00:00",
            "modified_gmt": f"{day(number % DAYS)}T{number // DAYS + 9:02}:00:00",
            "date": f"{day(number % DAYS)}T{number // DAYS + 9:02}:00:00",
            "title": {"rendered": f"Post {number}"},
            "content": {"rendered": "<p>Words</p>"},
            "status": "publish",
            "type": "post",
        }
        for number in numbers
    ]


def _feed(page: int) -> str:
    items = "".join(
        f"<item><title>{n}</title><guid>http://news.example/{page}-{n}</guid>"
        f"<link>http://news.example/{page}-{n}</link>"
        f"<pubDate>{day(page * 20 + n):%a, %d %b %Y} 06:00:00 +0000</pubDate></item>"
        for n in range(5)
    )
    generator = "<generator>https://wordpress.org/</generator>"
    return f'<rss version="2.0"><channel><title>T</title>{generator}{items}</channel></rss>'


@contextmanager
def served() -> Iterator[str]:
    """Give the address of the sites, as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sites)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def write_collecting(folder: Path, address: str) -> Path:
    """Write a study that collects its blog and a feed from an address."""
    collect = (
        f'[collect.blog]\nurl = "{address}/"\nkind = "wordpress"\n'
        f'[collect.news]\nurl = "{address}/feed"\n'
    )
    small_study(folder / "mine", TOML.replace('blog = "raw/blog.json"\n', "") + collect)
    return folder


def collected(place: Path) -> Files:
    """Return what is read from what was collected, and every other file that there is."""
    from analysis.study import read_study

    study = read_study(place / "mine")
    told = study.activity.drop(columns=list(WHERE))
    posts = told.sort_values(["channel", "at", "id"]).to_csv(index=False)
    counts = {str(name): str(count) for name, count in told["channel"].value_counts().items()}
    rest = {
        name: digest
        for name, digest in digests(place).items()
        if not name.endswith((".warc.gz", "/state.json"))
    }
    return {**rest, **counts, "posts": hashlib.sha256(posts.encode()).hexdigest()}


def kept(place: Path) -> dict[Path, bytes]:
    """Return every archive up to its last whole answer."""
    found = (place / "mine/raw/collected").rglob("*.warc.gz")
    return {path: data for path in found if (data := whole_records(path))}
