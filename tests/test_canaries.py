"""Ten secrets are planted, and everything that is written anywhere is searched for them."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import quote, urlsplit

import pytest

from tests.benchmark_modules import of_the_benchmark
from tests.studies import TOML, small_study

ROOT = Path(__file__).parents[1]

CANARIES = {
    name: f"canary+{name}/{number:02}=x"
    for number, name in enumerate(
        (
            "token-of-a-channel",  # NEEDLE_TOKEN_CODE, sent, and echoed by the server
            "key-of-accounts",  # NEEDLE_ACCOUNTS_KEY
            "key-of-a-cloud",  # a variable that has nothing to do with us
            "proxy",  # HTTP_PROXY and HTTPS_PROXY, with a password
            "netrc",
            "keyring",
            "of-git",  # ~/.git-credentials, ~/.config
            "in-an-address",  # ?api_key= in study.toml, echoed in the body
            "cookie",  # Set-Cookie, which nobody sent
            "in-a-redirect",  # http://user:password@host/
        )
    )
}
EVENTS = [{"id": "1", "type": "PushEvent", "created_at": "2012-01-03T04:05:06Z", "public": True}]
KEYRING = "def get_password(service, user):\n    return {secret!r} if user == 'ring' else None\n"
TELLS = "import os, sys\nprint(dict(os.environ), sys.argv, sys.path)"


class Echo(BaseHTTPRequestHandler):
    """Says in every way what it was told, and sets a cookie."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def do_GET(self) -> None:
        """Answer."""
        told = f"{self.headers.get('Authorization', '')} {self.path}"
        self.seen.append(told)
        path, status, extra = urlsplit(self.path).path, 200, {}
        kind, body = "text/html", f"<p>You said {told}"
        if path.startswith("/users"):
            kind = "application/json"
            events = [{**event, "payload": {"note": told}} for event in EVENTS]
            body = json.dumps(events)
        elif path == "/moved":
            port = self.server.server_address[1]
            user = f"me:{quote(CANARIES['in-a-redirect'], safe='')}"
            status, extra = 302, {"Location": f"http://{user}@127.0.0.1:{port}/feed"}
        elif path == "/feed":
            kind = "text/xml"
            link = self.path.replace("&", "&amp;")
            key = CANARIES["in-an-address"]
            body = (
                f'<rss version="2.0"><channel><title>T</title><link>http://x{link}</link>'
                f"<description>by {key}</description><item><title>{link}</title><guid>1</guid>"
                "<pubDate>Tue, 03 Jan 2012 04:05:06 +0000</pubDate></item></channel></rss>"
            )
        elif path == "/broken":
            status = 500
        elif path == "/robots.txt":
            status, body = 404, ""
        data = body.encode()
        headers = {
            "Set-Cookie": f"session={CANARIES['cookie']}",
            "X-Echo": told,
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            **extra,
        }
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def server() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (Echo,), {"seen": []})
    made = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_address[1]}", handler.seen  # type: ignore[attr-defined]
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


def plant(home: Path) -> dict[str, str]:
    """Write the secrets that lie about on a machine; return the variables of a run."""
    for folder in (".config/needle", "lib", "tmp"):
        (home / folder).mkdir(parents=True)
    password = CANARIES["netrc"]
    (home / ".netrc").write_text(f"machine 127.0.0.1 login me password {password}\n")
    (home / ".netrc").chmod(0o600)
    (home / ".git-credentials").write_text(f"https://me:{CANARIES['of-git']}@example.org\n")
    (home / ".config/needle/token").write_text(CANARIES["of-git"])
    (home / "lib/keyring.py").write_text(KEYRING.format(secret=CANARIES["keyring"]))
    proxy = f"http://me:{quote(CANARIES['proxy'], safe='')}@127.0.0.1:9"
    return {
        **os.environ,
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(home / "lib"))),
        "NEEDLE_TOKEN_CODE": CANARIES["token-of-a-channel"],
        "NEEDLE_ACCOUNTS_KEY": CANARIES["key-of-accounts"],
        "AWS_SECRET_ACCESS_KEY": CANARIES["key-of-a-cloud"],
        "HTTP_PROXY": proxy,
        "HTTPS_PROXY": proxy,
        "ALL_PROXY": proxy,
    }


def spellings(secret: str) -> set[bytes]:
    """Return a secret as it is, as addresses and JSON spell it, and as a password is sent."""
    plain = {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1]}
    plain |= {secret.replace("/", "\\/"), secret.replace("+", " ")}
    coded = {base64.b64encode(f"{user}{secret}".encode()) for user in ("", "me:", "x-access:")}
    return {each.encode() for each in plain} | coded


def found_in(data: bytes) -> set[str]:
    """Return the secrets that bytes hold, packed or not."""
    if data[:2] == b"\x1f\x8b":
        data = unpacked(data)
    return {name for name, secret in CANARIES.items() if any(x in data for x in spellings(secret))}


def unpacked(data: bytes) -> bytes:
    parts = []
    while data:
        unpacker = zlib.decompressobj(31)
        parts.append(unpacker.decompress(data))
        data = unpacker.unused_data
    return b"".join(parts)


def written(*folders: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def run(place: Path, variables: dict[str, str], *arguments: str) -> tuple[int, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *arguments],
        cwd=place,
        env=variables,
        capture_output=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def tables(address: str) -> str:
    key = quote(CANARIES["in-an-address"], safe="")
    return (
        f'[collect.code]\nurl = "https://github.com/me"\nkind = "github"\napi = "{address}"\n'
        f'[collect.ring]\nurl = "https://github.com/me"\nkind = "github"\napi = "{address}"\n'
        f'[collect.news]\nurl = "{address}/feed?api_key={key}"\nkind = "feed"\n'
    )


@pytest.fixture
def bases() -> ModuleType:
    return of_the_benchmark("killing.bases")


def project(bases: ModuleType, place: Path, more: str) -> None:
    """Write a project whose notebooks tell all that they can see, and whose study collects."""
    bases.write_project(place)
    for path in (place / "notebooks").glob("*.ipynb"):
        content = json.loads(path.read_bytes())
        content["cells"][1]["source"] += f"\n{TELLS}"
        path.write_text(json.dumps(content))
    (place / "data/mine/study.toml").write_text(TOML + more)


def test_the_search_finds_each_spelling() -> None:
    for name, secret in CANARIES.items():
        for spelled in spellings(secret):
            assert name in found_in(b"x" + spelled + b"y")
            assert name in found_in(gzip.compress(b"1") + gzip.compress(spelled))
    assert found_in(b"canary") == set()


@pytest.mark.slow
def test_no_secret_is_in_anything_that_is_written(bases: ModuleType, tmp_path: Path) -> None:
    place, home = tmp_path / "project", tmp_path / "home"
    variables = plant(home)
    with server() as (address, seen):
        project(bases, place, tables(address))
        planted = written(place, home)
        said = {}
        for arguments in (
            ("collect", "data/mine"),
            ("check", "data/mine"),
            ("check", "data/mine", "--json"),
            ("verdict", "data/mine", "--json"),
            ("report", "data/mine"),
        ):
            code, said[arguments] = run(place, variables, *arguments)
            assert code == 0, said[arguments]
    sent = "\n".join(seen)
    for name in ("token-of-a-channel", "keyring"):  # they were used, or this would show nothing
        assert f"Bearer {CANARIES[name]}" in sent or f"token {CANARIES[name]}" in sent
    assert quote(CANARIES["in-an-address"], safe="") in sent
    for name in ("netrc", "proxy", "cookie"):
        assert not any(x.decode() in sent for x in spellings(CANARIES[name]))
    new = {name: data for name, data in written(place, home).items() if name not in planted}
    assert any(name.endswith(".warc.gz") for name in new)
    assert any(name.endswith("mine/index.html") for name in new)
    leaks = {name: found for name, data in new.items() if (found := found_in(data))}
    leaks |= {
        str(arguments): found for arguments, text in said.items() if (found := found_in(text))
    }
    assert leaks == {}
    assert all(written(place, home)[name] == data for name, data in planted.items())


FAILING = {
    "a server that is broken": '[collect.code]\nurl = "{address}/broken?api_key={key}"\n',
    "a redirect": '[collect.code]\nurl = "{address}/moved?sig={key}"\nkind = "feed"\n',
    "no server": '[collect.code]\nurl = "http://127.0.0.1:9/?token={key}"\n',
    "a password in an address": '[collect.code]\nurl = "http://me:{key}@127.0.0.1/"\n',
    "a kind that is none": '[collect.code]\nurl = "{address}/?api_key={key}"\nkind = "gopher"\n',
    "an address that is none": '[collect.code]\nurl = "{address}/ ?api_key={key}"\n',
    "not what it was said to be": '[collect.code]\nurl = "{address}/x?sig={key}"\nkind = "ghost"\n',
}


@pytest.mark.parametrize("how", FAILING)
def test_no_secret_is_in_what_a_failing_run_says_or_writes(tmp_path: Path, how: str) -> None:
    variables = plant(tmp_path / "home")
    key = quote(CANARIES["in-an-address"], safe="")
    with server() as (address, _):
        more = FAILING[how].format(address=address, key=key)
        small_study(tmp_path / "mine", TOML + more)
        planted = written(tmp_path)
        for debug in ({}, {"NEEDLE_DEBUG": "1"}):
            budget = ("--budget", "0.05")
            code, said = run(tmp_path, {**variables, **debug}, "collect", "mine", *budget)
            assert code != 0
            assert found_in(said) == set(), said
    new = {name: data for name, data in written(tmp_path).items() if name not in planted}
    assert {name: found for name, data in new.items() if (found := found_in(data))} == {}
