"""Which spellings of an address are one page."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.urls import (
    SHORTENERS,
    WpMe,
    canonical,
    expand,
    is_short,
    merge_links,
    read_links,
    short_links_in,
    unresolved,
    unwrapped,
    wp_me,
)
from analysis.urls import mapping as tables
from analysis.urls.expand import MOST_HOPS

POST = "http://blog.example.org/2012/06/klout"


@pytest.mark.parametrize(
    "other",
    [
        "https://blog.example.org/2012/06/klout",
        "HTTP://Blog.Example.ORG/2012/06/klout",
        "http://www.blog.example.org/2012/06/klout",
        "http://blog.example.org./2012/06/klout",
        "http://blog.example.org:80/2012/06/klout",
        "https://blog.example.org:443/2012/06/klout",
        "http://blog.example.org/2012/06/klout/",
        "http://blog.example.org/2012/06/klout#comments",
        "http://blog.example.org/2012/06/klout?",
        "http://blog.example.org/2012/06/klout?utm_source=twitter&utm_medium=social",
        "http://blog.example.org/2012/06/klout/?fbclid=IwAR0&gclid=1&twclid=2&yclid=3",
        "http://blog.example.org/2012/06/klout?UTM_CAMPAIGN=x#more",
        "http://blog.example.org/2012/06/klout?igshid=1&mibextid=2&mc_cid=3&_ga=4",
        "http://blog.example.org/2012/06/%6Blout",
        "http://someone:secret@blog.example.org/2012/06/klout",
        "  http://blog.example.org/2012/06/klout\n",
        "http://m.blog.example.org/2012/06/klout/",
        "http://www.mobile.blog.example.org/2012/06/klout/",
        "https://amp.blog.example.org/2012/06/klout/",
        "https://blog.example.org/2012/06/klout/amp/",
        "https://blog.example.org/2012/06/klout/amp/index.html",
        "https://blog.example.org/2012/06/klout/?amp=1",
        "https://blog.example.org/2012/06/klout/?amp",
        "https://blog.example.org/2012/06/klout/index.php",
        "https://blog.example.org/2012/06/klout/?replytocom=5#respond",
        "https://blog.example.org/2012/06/klout?ref=twitter&source=rss&via=facebook&spref=tw",
        "https://blog.example.org/2012/06/klout?_hsenc=1&ref_src=twsrc%5Etfw&buffer_share=ab12",
    ],
)
def test_the_same_page(other: str) -> None:
    assert canonical(other) == canonical(POST) == "blog.example.org/2012/06/klout"


@pytest.mark.parametrize(
    "other",
    [
        "http://blog.example.org/2012/06/Klout",
        "http://blog.example.org/2012/06/klout2",
        "http://blog.example.org/2012/06",
        "http://example.org/2012/06/klout",
        "http://blog.example.org:8080/2012/06/klout",
        "http://blog.example.org/2012/06/klout?p=2",
        "http://blog.example.org/2012/06%2Fklout",
        "http://blog.example.org/2012/06/klout?source=x",
        "http://blog.example.org/2012/06/klout?ref=12",
        "http://blog.example.org/2012/06/klout?s=20",
        "http://blog.example.org/2012/06/klout?m=1",
        "http://blog.example.org/2012/06/klout#!/more",
        "http://blog.example.org/2012/06/klout/amplifier",
    ],
)
def test_another_page(other: str) -> None:
    assert canonical(other)
    assert canonical(other) != canonical(POST)


def test_what_is_left_of_a_query_stands_in_order() -> None:
    assert canonical("http://x.example/?b=2&utm_source=t&a=1&a=0") == "x.example?a=0&a=1&b=2"
    assert canonical("http://x.example/?p=1&p=2") != canonical("http://x.example/?p=1")
    assert canonical("http://x.example/?q=a+b") == canonical("http://x.example/?q=a%20b")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x.example/?p=12", "x.example?p=12"),
        ("http://x.example/index.php?p=12", "x.example?p=12"),
        ("http://x.example/amp", "x.example/amp"),
        ("http://m.me/klout", "m.me/klout"),
        ("http://x.example/#!/2012/klout/", "x.example#!/2012/klout"),
        ("http://b.blogspot.co.uk/2012/06/k.html?m=1", "b.blogspot.com/2012/06/k.html"),
        ("http://b.blogspot.de/2012/06/k.html", "b.blogspot.com/2012/06/k.html"),
        ("https://x.com/someone/status/12?s=20&t=ab", "twitter.com/i/web/status/12"),
        ("http://twitter.com/someone/statuses/12/photo/1", "twitter.com/i/web/status/12"),
        ("https://mobile.twitter.com/someone?s=20", "twitter.com/someone"),
        ("http://x.example/" + "a" * 9_000, ""),
        ("http://" + "a." * 200 + "example/", ""),
    ],
)
def test_pages_that_are_spelled_in_their_own_way(url: str, expected: str) -> None:
    assert canonical(url) == expected


def test_letters_of_any_script_have_one_spelling() -> None:
    assert canonical("http://bücher.example/straße") == canonical(
        "http://xn--bcher-kva.example/stra%C3%9Fe"
    )


def test_bytes_that_are_no_utf_8_are_kept_apart() -> None:
    assert canonical("http://x.example/%ff") == "x.example/%FF"
    assert canonical("http://x.example/%ff") != canonical("http://x.example/%fe")
    assert canonical("http://x.example/?a=%ff") != canonical("http://x.example/?a=%fe")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "klout",
        "/2012/06/klout",
        "//blog.example.org/x",
        "mailto:someone@example.org",
        "javascript:alert(1)",
        "ftp://example.org/x",
        "file:///etc/hosts",
        "http://",
        "http:///path",
        "http://./x",
        "http://exa mple.org/x",
        "http://example.org:port/x",
        "http://example.org:99999999/x",
        "http://[::1/x",
        "http://a..b/x",
        "http://¸/x",
    ],
)
def test_no_web_address(text: str) -> None:
    assert canonical(text) == ""


HOSTS = st.sampled_from(["example.org", "WWW.www.Example.org", "[::1]", "bücher.example", "a.b."])
ADDRESSES = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    HOSTS | st.text(min_size=1, max_size=12),
    st.sampled_from(["", ":80", ":8080", ":443"]),
    st.text(max_size=20),
    st.text(max_size=20),
    st.text(max_size=5),
)


@given(ADDRESSES | st.text(max_size=40) | st.text(max_size=30).map("http://".__add__))
@example("http://www.www.example.org/")
@example("http://[::1]:8080/x")
@example("http://example.org/\ud800?\udfff")
@example("http://example.org/%2525?a=%2526&a")
@example("http://example.org//")
@example("http://m.www.m.example.org/amp/index.html/amp")
@example("http://example.org/#!a#b%23c//")
@example("http://a.blogspot.co.uk:8080/?m=1")
def test_the_canonical_spelling_is_its_own(url: str) -> None:
    once = canonical(url)
    once.encode("ascii")
    if once:
        assert canonical("http://" + once) == once
        if not once.startswith("[") and "#" not in once:
            assert canonical(f"https://www.{once}#x") == once


@pytest.mark.parametrize("url", ["http://x.example/?" + "a=1&" * 2_000, "http://" + "%61" * 2_700])
def test_long_addresses_take_no_time(url: str) -> None:
    began = time.process_time()
    for _ in range(20):
        canonical(url)
        unwrapped(url)
        is_short(url)
    assert time.process_time() - began < 2


PAGE = "https://blog.example.org/2012/06/klout/"


@pytest.mark.parametrize(
    "url",
    [
        "http://l.facebook.com/l.php?u=https%3A%2F%2Fblog.example.org%2F2012%2F06%2Fklout%2F&h=x",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fblog.example.org%2F2012%2F06%2Fklout%2F",
        "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fblog.example.org/2012/06/klout/",
        "https://web.archive.org/web/20120701000000id_/https://blog.example.org/2012/06/klout/",
        "https://web.archive.org/web/2012/http://l.facebook.com/l.php?u=" + PAGE,
    ],
)
def test_redirects_tell_their_page(url: str) -> None:
    assert unwrapped(url) == PAGE


def test_amp_copies_tell_their_page() -> None:
    copy = "https://www.google.com/amp/s/blog.example.org/2012/06/klout/amp/"
    assert canonical(unwrapped(copy)) == canonical(PAGE)


@pytest.mark.parametrize(
    "url",
    [
        "http://l.facebook.com/l.php?u=javascript:alert(1)",
        "http://l.facebook.com/l.php?h=x",
        "http://blog.example.org/?u=http://other.example/",
        "https://www.google.com/search?q=http://other.example/",
        "http://[",
        "",
    ],
)
def test_what_is_no_redirect_stays(url: str) -> None:
    assert unwrapped(url) == url


def test_short_links_are_known_by_their_host() -> None:
    named = "t.co bit.ly wp.me lnkd.in fb.me ow.ly buff.ly dlvr.it j.mp goo.gl is.gd tinyurl.com"
    assert set(named.split()) <= SHORTENERS
    assert len(SHORTENERS) >= 60
    assert all(is_short(f"https://{host}/abc") for host in SHORTENERS)
    assert all(canonical(f"http://{host}/").startswith(host) for host in SHORTENERS)
    assert is_short("http://feeds.feedburner.com/~r/B/~3/a/b/")
    for url in ("http://bit.ly/", "http://feeds.feedburner.com/B", PAGE, "x", "http://["):
        assert not is_short(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://wp.me/p1a2B-4Z", WpMe("1a2B", str(4 * 62 + 61), by_slug=False)),
        ("https://wp.me/p1-1/", WpMe("1", "1", by_slug=False)),
        ("http://wp.me/p1-10", WpMe("1", "62", by_slug=False)),
        ("http://wp.me/s1a2B-klout", WpMe("1a2B", "klout", by_slug=True)),
        ("http://wp.me/P1a2B-4Z", None),
        ("http://wp.me/1a2B", None),
        ("http://wp.me/p1a2B-", None),
        ("http://wp.me/p1a2B-é", None),
        ("http://wp.me/p1a2B-aaaaaaaaaaa", None),
        ("http://example.org/p1a2B-4Z", None),
        ("http://[", None),
    ],
)
def test_wp_me_tells_the_number_of_its_post(url: str, says: WpMe | None) -> None:
    assert wp_me(url) == says


MAPPING = {
    "bit.ly/a": "http://t.co/b",
    "t.co/b": PAGE,
    "bit.ly/loop": "http://is.gd/loop",
    "is.gd/loop": "http://bit.ly/loop",
    "bit.ly/self": "http://bit.ly/self",
    "bit.ly/gone": "",
    **{f"bit.ly/{n}": f"http://bit.ly/{n + 1}" for n in range(100)},
    "bit.ly/100": PAGE,
}


@pytest.mark.parametrize(
    ("link", "target", "how"),
    [
        ("http://bit.ly/a", PAGE, "mapping"),
        ("HTTP://BIT.LY/a?utm_source=x", PAGE, "mapping"),
        ("http://bit.ly/A", "http://bit.ly/A", "told"),
        ("http://bit.ly/loop", "http://bit.ly/loop", "told"),
        ("http://bit.ly/self", "http://bit.ly/self", "told"),
        ("http://bit.ly/gone", "http://bit.ly/gone", "told"),
        ("http://bit.ly/95", PAGE, "mapping"),
        ("http://bit.ly/5", "http://bit.ly/5", "told"),
        ("nothing", "nothing", "told"),
    ],
)
def test_chains_are_followed_and_bounded(link: str, target: str, how: str) -> None:
    (one,) = expand([link], MAPPING)
    assert (one.link, one.target, one.how) == (link, target, how)


def test_what_is_not_resolved_is_worth_asking_for() -> None:
    links = [
        "http://bit.ly/a",
        "http://bit.ly/new",
        PAGE,
        "http://www.bit.ly/new",
        "http://wp.me/p1-1",
    ]
    links += ["http://bit.ly/gone", "http://bit.ly/loop"]
    assert unresolved(links, MAPPING) == (
        "http://bit.ly/new",
        "http://wp.me/p1-1",
        "http://bit.ly/loop",
    )
    assert unresolved(["http://l.facebook.com/l.php?u=http://t.co/z"], {}) == ("http://t.co/z",)


WILD = st.text(max_size=30) | st.sampled_from(["http://bit.ly/a", "http://t.co/b", PAGE])


@given(st.lists(WILD, max_size=5), st.dictionaries(WILD.map(canonical), WILD))
def test_expansion_never_raises_and_ends(links: list[str], mapping: dict[str, str]) -> None:
    found = expand(links, mapping)
    assert [one.link for one in found] == links
    assert all(is_short(url) for url in unresolved(links, mapping))


def test_a_table_of_links_is_read(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    assert read_links(path, "links.csv") == {}
    path.write_text(
        "\ufeffnote,Long,short\r\n,https://blog.example.org/x,http://bit.ly/A\r\n\r\n"
        'gone,,http://bit.ly/b\r\n"a, b",https://blog.example.org/x/,http://www.bit.ly/A\r\n',
        "utf-8",
    )
    assert read_links(path, "links.csv") == {
        "bit.ly/A": "https://blog.example.org/x",
        "bit.ly/b": "",
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "line 1: expected the columns short,long; found nothing"),
        (b"a,b\n", "line 1: expected the columns short,long; found a, b"),
        (b"short,long\nx,http://a.example/\n", "row 2: expected a web address as short, found 'x'"),
        (
            b"short,long\nhttp://t.co/a,javascript:x\n",
            "row 2: expected a web address as long, or nothing; found 'javascript:x'",
        ),
        (b"short,long\nhttp://t.co/a\n", "row 2: expected 2 cells, found 1"),
        (
            b"short,long\nhttp://t.co/a,http://a.example/\nhttp://t.co/a,http://b.example/\n",
            "row 3: expected each short link once; row 2 says another address",
        ),
        (b"short,long,note\nhttp://t.co/a,http://a.example/\n", "row 2: expected 3 cells, found 2"),
        (b"short,long\n\xff", "byte 11: expected UTF-8 text"),
        (b'short,long\n"x', "line 2: expected a table separated by commas: unexpected end of data"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: bytes, line: str) -> None:
    path = tmp_path / "links.csv"
    path.write_bytes(text)
    with pytest.raises(InputError) as caught:
        read_links(path, "mine/links.csv")
    assert str(caught.value) == f"mine/links.csv, {line}"


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda t: f"short,long\n{t}".encode(errors="replace"))
)
def test_a_wild_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("wild") / "links.csv"
    path.write_bytes(data)
    try:
        found = read_links(path, "links.csv")
    except InputError as error:
        found, problems = {}, len(error.problems)
    else:
        problems = 1
    assert all(found)
    assert 1 <= problems <= 10


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="links: expected a file"):
        read_links(tmp_path, "links")


def test_the_table_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    assert (
        merge_links(path, "links.csv", {"http://t.co/a": PAGE, "x": PAGE, "http://t.co/n": ""}) == 2
    )
    assert path.read_text("utf-8") == f"short,long\nhttp://t.co/a,{PAGE}\nhttp://t.co/n,\n"
    mine = f"note,short,long\r\nhand made,http://t.co/a,{PAGE}"
    path.write_bytes(mine.encode())
    path.chmod(0o600)
    more = {"http://t.co/a": "http://else.example/", "http://t.co/c": "http://c.example/,x"}
    assert merge_links(path, "links.csv", more) == 1
    assert path.read_bytes().decode() == f'{mine}\n,http://t.co/c,"http://c.example/,x"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert merge_links(path, "links.csv", more) == 0
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path]
    assert read_links(path, "links.csv")["t.co/c"] == "http://c.example/,x"


def test_a_broken_table_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("short,long\nx,y\n")
    with pytest.raises(InputError):
        merge_links(path, "links.csv", {"http://t.co/a": PAGE})
    assert path.read_text() == "short,long\nx,y\n"
    with pytest.raises(InputError, match="expected a place to write to"):
        merge_links(tmp_path / "no/links.csv", "no/links.csv", {"http://t.co/a": PAGE})


def test_the_same_row_twice_is_no_contradiction(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text(f"short,long\nhttp://t.co/a,{PAGE}\n" + f"http://t.co/a,{PAGE}\n")
    assert read_links(path, "links.csv") == {"t.co/a": PAGE}


def test_of_a_table_that_is_all_wrong_ten_rows_are_told(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("short,long\n" + "x,y\n" * 30)
    with pytest.raises(InputError) as caught:
        read_links(path, "links.csv")
    assert [each.place for each in caught.value.problems] == [f"row {n}" for n in range(2, 12)]


def test_a_table_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "links.csv"
    path.write_text(f"short,long\nhttp://t.co/a,{PAGE}\n")
    monkeypatch.setattr(tables, "MOST_BYTES", path.stat().st_size)
    assert len(read_links(path, "links.csv")) == 1
    monkeypatch.setattr(tables, "MOST_BYTES", path.stat().st_size - 1)
    with pytest.raises(InputError, match=r"^links\.csv: expected at most [0-9]+ bytes"):
        read_links(path, "links.csv")


def test_redirects_within_redirects_are_followed_so_far_and_no_further() -> None:
    def wrapped(times: int) -> str:
        url = PAGE
        for _ in range(times):
            url = f"https://www.google.com/url?q={quote(url, safe='')}"
        return url

    assert unwrapped(wrapped(MOST_HOPS)) == PAGE
    assert unwrapped(wrapped(MOST_HOPS + 2)) == wrapped(2)


def test_short_links_in_redirects() -> None:
    found = short_links_in(
        {
            "http://bit.ly/a": PAGE,
            "http://bit.ly/b": f"https://l.facebook.com/l.php?u={quote(PAGE, safe='')}",
            "https://www.bit.ly/a": "https://other.example/",  # the first one stays
            "http://bit.ly/self": "/self",
            "http://bit.ly/https": "https://bit.ly/https",
            "http://bit.ly/odd": "javascript:alert(1)",
            "http://bit.ly/broken": "http://[broken",
            "https://blog.example/login": PAGE,
        }
    )
    assert found == {"bit.ly/a": PAGE, "bit.ly/b": PAGE}
