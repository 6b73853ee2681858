"""The command and its tables in study.toml."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from analysis.cli import main
from analysis.collect.addresses import kind_of, origin, parsed, shown_host
from analysis.errors import InputError
from analysis.settings import check_settings
from analysis.urls import read_links, shorteners
from tests.collect.conftest import Collect
from tests.collect.test_collect import page, rss, serve

HEAD = """title = "T"
timezone = "UTC"
focal = "blog"
[score]
path = "raw/score.csv"
[sources]
blog = "raw/blog.xml"
"""
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Return what runs ``needle collect`` on a study with these tables."""

    def run(tables: str, *options: str) -> Result:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "study.toml").write_text(HEAD + tables, encoding="utf-8")
        return CliRunner().invoke(main, ["collect", str(folder), *options])

    return run


@pytest.mark.usefixtures("no_robots")
def test_all_went_well(httpserver: HTTPServer, command: Command, tmp_path: Path) -> None:
    serve(httpserver, "/f", rss("a", "b"), "text/xml")
    serve(httpserver, "/me", page("<b>1.2K</b> followers"))
    tables = (
        f'[collect.blog]\nurl = "{httpserver.url_for("/f")}"\n'
        f'[collect.score]\nurl = "{httpserver.url_for("/me")}"\nxpath = "//b"\n'
    )
    result = command(tables)
    assert (result.exit_code, result.stderr) == (0, "")
    blog, score = result.stdout.splitlines()
    assert blog == "blog: feed: 2 new, 2 requests"
    assert score.startswith("score: page: 1 new, 2 requests; 1,200 ± 50 on ")
    result = command(tables, "--only", "blog")
    assert result.stdout == "blog: feed: 0 new, 1 request, 1 unchanged\n"


@pytest.mark.usefixtures("no_robots")
def test_a_host_that_stops_us(httpserver: HTTPServer, command: Command) -> None:
    httpserver.expect_request("/f").respond_with_data("", 429, headers={"Retry-After": "86400"})
    result = command(f'[collect.blog]\nurl = "{httpserver.url_for("/f")}"\n', "--budget", "1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "stopped: localhost:" in result.stderr
    assert "it asks to be left alone; not before 20" in result.stderr


def test_robots_that_forbid(httpserver: HTTPServer, command: Command) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /")
    result = command(f'[collect.blog]\nurl = "{httpserver.url_for("/f")}"\n')
    assert result.exit_code == 2
    assert result.stderr.endswith("/f: expected an address that robots.txt allows\n")


def test_no_secret_in_a_line(
    httpserver: HTTPServer, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLE_TOKEN_BLOG", "a-secret-token")
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /")
    url = httpserver.url_for("/f") + "?api_key=of-the-settings"
    result = command(f'[collect.blog]\nurl = "{url}"\n')
    assert result.exit_code == 2
    assert "of-the-settings" not in result.output
    assert "api_key=REDACTED" in result.stderr


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ("", "needle: mine/study.toml: expected a table [collect.<channel>] with a url; there is"),
        ("[collect]\nblog = 1\n", "key collect.blog: expected a table, found 1"),
        ("[collect.blog]\n", "key collect.blog.url: expected this key; it is missing"),
        ('[collect.blog]\nurl = ""\n', "key collect.blog.url: expected some text"),
        ('[collect.blog]\nurl = "x"\n', "expected an address that begins with http:// or https://"),
        ('[collect.blog]\nurl = "ftp://x/"\n', "begins with http:// or https://"),
        ('[collect.blog]\nurl = "http://a:b@x/"\n', "without a user name or password"),
        ('[collect.aux]\nurl = "http://x/"\n', "expected a channel's name of letters, digits"),
        (
            '[collect.blog]\nurl = "http://x/"\n[collect.Blog]\nurl = "http://x/"\n',
            "key collect.Blog: expected names that differ by more than case, found 'blog' too",
        ),
        ('[collect.blog]\nurl = "http://x y/"\n', "without spaces, backslashes or controls"),
        ('[collect.blog]\nurl = "http://x/"\nkind = "gopher"\n', "kind: expected 'wordpress', "),
        ('[collect.blog]\nurl = "http://x/"\nsince = "2011"\n', "since: expected a date such as"),
        ('[collect.blog]\nurl = "http://x/"\ncss = "b"\n', "css: expected it in [collect.score]"),
        (
            '[collect.blog]\nurl = "http://x/"\nfrom = 1\n',
            "unknown key; expected one of: url, kind, since, ",
        ),
        ('[collect.activity]\nurl = "http://x/"\n', "expected a channel's name"),
        ('[collect."../x"]\nurl = "http://x/"\n', "expected a channel's name"),
        ('[collect."a/b"]\nurl = "http://x/"\n', "expected a channel's name"),
        ('[collect.score]\nurl = "http://x/"\n', "exactly one of css, xpath and json, found none"),
        (
            '[collect.score]\nurl = "http://x/"\ncss = "b"\nxpath = "//b"\n',
            "exactly one of css, xpath and json, found css and xpath",
        ),
        ('[collect.score]\nurl = "http://x/"\ncss = "b["\n', "css: expected a CSS selector ("),
        ('[collect.score]\nurl = "http://x/"\nxpath = "//["\n', "xpath: expected an XPath ("),
        ('[collect.score]\nurl = "http://x/"\njson = "$["\n', "json: expected a JSONPath such as"),
        (
            '[collect.score]\nurl = "http://x/"\njson = "$.a"\npattern = "("\n',
            "pattern: expected a regular expression (",
        ),
        (
            '[collect.score]\nurl = "http://x/"\njson = "$.a"\nkind = "feed"\n',
            "or nothing, found 'feed'",
        ),
    ],
)
def test_a_wrong_key_is_one_line(command: Command, tables: str, expected: str) -> None:
    result = command(tables)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1


@given(st.text(max_size=60))
def test_any_url_is_taken_or_told(text: str) -> None:
    raw = tomllib.loads(HEAD) | {"collect": {"blog": {"url": text}}}
    settings, problems = check_settings(raw, "s")
    assert (settings is None) == bool(problems)
    if settings:
        assert origin(text)[0]


@pytest.mark.parametrize(
    ("url", "host", "shown"),
    [
        ("HTTP://Example.ORG./a", ("example.org", 80), "example.org"),
        ("https://example.org:8443", ("example.org", 8443), "example.org:8443"),
        ("https://[::1]:80/", ("::1", 80), "[::1]"),
        ("https://münchen.example/", ("xn--mnchen-3ya.example", 443), "xn--mnchen-3ya.example"),
    ],
)
def test_origins(url: str, host: tuple[str, int], shown: str) -> None:
    assert origin(url) == host
    assert shown_host(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "http://a\\@127.0.0.1/",
        "http://a@b@c/",
        "http://:@x/",
        "http://x:0/",
        "http://x:99999/",
        "http://[::1/",
        "http:///x",
        "//x/",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InputError, match="expected"):
        parsed(url)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("93.184.215.14", "public"),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "public"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("198.18.0.1", "private"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("fe80::1", "link-local"),
        ("fd00::1", "private"),
        ("fd00:ec2::254", "metadata"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "metadata"),
        ("::ffff:93.184.215.14", "public"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b::5db8:d70e", "public"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a00:1::", "private"),
        ("2001:0:5db8:d70e:0:0:80ff:fffe", "loopback"),
        ("2001:0:5db8:d70e:0:0:f5ff:fffe", "private"),
        ("2001:0:5db8:d70e:0:0:5601:5601", "metadata"),
        ("2001:0:5db8:d70e:0:0:a247:28f1", "public"),
        ("fec0::1", "private"),
        ("64:ff9b:1::a00:1", "reserved"),
        ("3fff::1", "private"),
        ("5f00::1", "reserved"),
    ],
)
def test_kinds_of_address(text: str, kind: str) -> None:
    assert kind_of(ipaddress.ip_address(text)) == kind


@pytest.mark.usefixtures("no_robots")
def test_short_links_are_asked_for_once(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shortener on loopback: its name is taken for that of a real one."""
    here = httpserver.url_for("").rstrip("/")
    monkeypatch.setattr(shorteners, "SHORTENERS", frozenset({httpserver.host}))
    answers = {"/a": "http://example.org/long?x=1", "/b": "/a", "/gone": "", "/page": ""}
    for path, location in answers.items():
        status = 301 if location else 404 if path == "/gone" else 200
        headers = {"Location": location} if location else {}
        httpserver.expect_request(path).respond_with_data("", status, headers=headers)
    links = [here + path for path in ("/b", "/gone", "/page")] + ["http://example.org/other"]
    tables = {"blog": {"url": httpserver.url_for("/a"), "kind": "page"}}
    _, found = collect(tables, links=links, only=["blog"])
    assert (found.status, found.kind, found.new) == ("done", "short links", 3)
    assert found.notes == ("1 short link does not tell where they lead",)
    known = read_links(tmp_path / "mine" / "links.csv", "links.csv")
    assert set(known.values()) == {f"{here}/a", "http://example.org/long?x=1", ""}
    httpserver.clear_log()
    _, found = collect(tables, links=links)
    assert [request.path for request, _ in httpserver.log if request.path != "/a"] == ["/page"]
