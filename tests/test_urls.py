"""Which spellings of an address are one page."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.urls import canonical

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
    ],
)
def test_another_page(other: str) -> None:
    assert canonical(other)
    assert canonical(other) != canonical(POST)


def test_what_is_left_of_a_query_stands_in_order() -> None:
    assert canonical("http://x.example/?b=2&utm_source=t&a=1&a=0") == "x.example?a=0&a=1&b=2"
    assert canonical("http://x.example/?p=1&p=2") != canonical("http://x.example/?p=1")
    assert canonical("http://x.example/?q=a+b") == canonical("http://x.example/?q=a%20b")


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
def test_the_canonical_spelling_is_its_own(url: str) -> None:
    once = canonical(url)
    once.encode("ascii")
    if once:
        assert canonical("http://" + once) == once
        if not once.startswith("["):
            assert canonical(f"https://www.{once}#x") == once
