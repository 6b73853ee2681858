from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.formats.text import (
    bare_urls,
    hrefs,
    parse_iso,
    parse_rfc822,
    parse_when,
    plain_text,
    well_formed,
)


def zone(hours: float) -> dt.timezone:
    return dt.timezone(dt.timedelta(hours=hours))


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One</p><p>two  &amp;\tthree</p>", "One\ntwo & three"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("first\n\nsecond, as WordPress keeps it", "first\nsecond, as WordPress keeps it"),
        ("<script>alert(1)</script><style>p{}</style>seen", "seen"),
        ('so <img class="wp-smiley" alt="😀" src="x"> it is', "so 😀 it is"),
        ('<img alt="a picture" src="x">text', "text"),
        ("<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->", "x"),
        ("before <!-- never closed <p>x</p>", "before"),
        ("<![CDATA[x]]> <!DOCTYPE html> <![if IE]>kept", "kept"),
        ("a < b and c > d", "a < b and c > d"),
        ("&#128512; caf&eacute; &lt;b&gt;", "😀 café <b>"),
        ("it breaks <a href='x", "it breaks"),
        ("", ""),
    ],
)
def test_plain_text(html: str, words: str) -> None:
    assert plain_text(html) == words


def test_an_embedded_picture_does_not_crowd_out_the_words() -> None:
    picture = "data:image/png;base64," + "A" * 2_000_000
    assert plain_text(f'<img src="{picture}"><p>after</p>') == "after"


def test_hrefs_are_web_addresses_once_in_order() -> None:
    html = """<a href="https://b.example/?x=1&amp;y=2">b</a> <A HREF=' http://a.example '>a</A>
        <a href="https://b.example/?x=1&amp;y=2">again</a> <a href="javascript:alert(1)">no</a>
        <a href="mailto:x@y.example">no</a> <a href="#top">no</a> <a name="x">no</a>
        <!-- <a href="https://hidden.example">no</a> -->
        <script>"<a href='https://script.example'>"</script><a href="/2012/05/post/">post</a>"""
    assert hrefs(html) == (
        "https://b.example/?x=1&y=2",
        "http://a.example",
        "/2012/05/post/",
    )
    assert hrefs('<a href="two.html">', "https://a.example/x/one.html") == (
        "https://a.example/x/two.html",
    )
    assert hrefs('<a href="http://[broken">', "https://a.example/") == ("http://[broken",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see http://a.example/x. And more", ("http://a.example/x",)),
        ("(http://a.example/x)", ("http://a.example/x",)),
        ("http://a.example/wiki/X_(y) z", ("http://a.example/wiki/X_(y)",)),
        ("(see http://a.example/wiki/X_(y)).", ("http://a.example/wiki/X_(y)",)),
        ("<https://a.example/?q=1&r=2>", ("https://a.example/?q=1&r=2",)),
        ("“https://a.example/x”…", ("https://a.example/x",)),
        ("HTTP://A.example!", ("HTTP://A.example",)),
        ("http://a.example/, http://a.example/", ("http://a.example/",)),
        ("記事https://a.example/1。", ("https://a.example/1",)),
        ("http:// and https://. and ftp://a.example and www.a.example", ()),
        ("xhttp://a.example", ()),
    ],
)
def test_bare_urls(text: str, found: tuple[str, ...]) -> None:
    assert bare_urls(text) == found


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2012-05-06", dt.date(2012, 5, 6)),
        ("2012-5-6", dt.date(2012, 5, 6)),
        ("2012-05-06T21:30:00", dt.datetime(2012, 5, 6, 21, 30)),
        ("2012-05-06 21:30", dt.datetime(2012, 5, 6, 21, 30)),
        ("2012-05-06T21:30:00Z", dt.datetime(2012, 5, 6, 21, 30, tzinfo=dt.UTC)),
        (" 2012-05-06 21:30:00 UTC\n", dt.datetime(2012, 5, 6, 21, 30, tzinfo=dt.UTC)),
        ("2012-05-06 21:30:00 +0000", dt.datetime(2012, 5, 6, 21, 30, tzinfo=dt.UTC)),
        ("2012-05-06T21:30:00-04:00", dt.datetime(2012, 5, 6, 21, 30, tzinfo=zone(-4))),
        ("2012-05-06T21:30:00+0530", dt.datetime(2012, 5, 6, 21, 30, tzinfo=zone(5.5))),
        ("2012-05-06T21:30:00-04", dt.datetime(2012, 5, 6, 21, 30, tzinfo=zone(-4))),
        ("2012-05-06T21:30:00.5", dt.datetime(2012, 5, 6, 21, 30, 0, 500_000)),
        ("2012-05-06T21:30:00.123456789", dt.datetime(2012, 5, 6, 21, 30, 0, 123_456)),
        ("2012-05-06T24:00:00", dt.datetime(2012, 5, 7)),
        ("2012-06-30T23:59:60Z", dt.datetime(2012, 6, 30, 23, 59, 59, tzinfo=dt.UTC)),
    ],
)
def test_parse_iso(text: str, when: dt.datetime | dt.date) -> None:
    found = parse_iso(text)
    assert type(found) is type(when)
    assert found == when
    if isinstance(found, dt.datetime) and isinstance(when, dt.datetime):
        assert found.utcoffset() == when.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2012",
        "2012-05",
        "2012-13-01",
        "2012-02-30",
        "0000-00-00 00:00:00",
        "2012-05-06T25:00",
        "2012-05-06T21:30:61",
        "2012-05-06T24:30",
        "2012-05-06T21:30+24:00",
        "2012-05-06T21:30+01:75",
        "2012-05-06T21:30 EDT",
        "0001-01-01T00:00:00+05:00",
        "٢٠١٢-05-06",
        "yesterday",
    ],
)
def test_parse_iso_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_iso(text)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("Sun, 06 May 2012 21:30:00 -0400", dt.datetime(2012, 5, 6, 21, 30, tzinfo=zone(-4))),
        ("Mon, 07 May 2012 21:30:00 EDT", dt.datetime(2012, 5, 7, 21, 30, tzinfo=zone(-4))),
        ("07 May 12 21:30 +0200", dt.datetime(2012, 5, 7, 21, 30, tzinfo=zone(2))),
        ("7 may 99 21:30 GMT", dt.datetime(1999, 5, 7, 21, 30, tzinfo=dt.UTC)),
        ("Mon, 7 May 2012 9:30:00 +0000 (UTC)", dt.datetime(2012, 5, 7, 9, 30, tzinfo=dt.UTC)),
        ("Mon, 07 May 2012 21:30:00 -0000", dt.datetime(2012, 5, 7, 21, 30, tzinfo=dt.UTC)),
        ("Monday, 07-May-12 21:30:00 UTC", dt.datetime(2012, 5, 7, 21, 30, tzinfo=dt.UTC)),
        ("Mon, 07 May 2012 21:30:00", dt.datetime(2012, 5, 7, 21, 30)),
        ("Mon, 07 May 2012", dt.date(2012, 5, 7)),
    ],
)
def test_parse_rfc822(text: str, when: dt.datetime | dt.date) -> None:
    found = parse_rfc822(text)
    assert type(found) is type(when)
    assert found == when
    if isinstance(found, dt.datetime) and isinstance(when, dt.datetime):
        assert found.utcoffset() == when.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mon, 30 Nov -0001 00:00:00 +0000",
        "Mon, 31 Feb 2012 00:00:00 GMT",
        "Mon, 07 Foo 2012 00:00:00 GMT",
        "Mon, 07 May 2012 21:30:00 XYZ",
        "2012-05-07",
    ],
)
def test_parse_rfc822_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_rfc822(text)


def test_parse_when_takes_both() -> None:
    assert parse_when("2012-05-06") == parse_when("06 May 2012") == dt.date(2012, 5, 6)


def test_well_formed_joins_pairs_and_replaces_what_is_alone() -> None:
    assert well_formed("a \ud83d\ude00 b \ud83d c") == "a 😀 b \ufffd c"


@given(st.datetimes(timezones=st.timezones().map(lambda _: dt.UTC) | st.none()))
def test_every_isoformat_comes_back(when: dt.datetime) -> None:
    assert parse_iso(when.isoformat()) == when


@given(st.text(alphabet=st.sampled_from("<>!-/?&;#\"'= ax[]\n") | st.characters(), max_size=200))
@example("<![x")
@example("<!-->")
@example("</script><script>")
def test_any_html_gives_lines_that_can_be_written(html: str) -> None:
    words = plain_text(html)
    assert all(line == line.strip() and line for line in words.split("\n") if words)
    assert all(isinstance(link, str) and link for link in hrefs(html))


@given(st.text(alphabet=st.sampled_from("htps:/.()[]x, ") | st.characters(), max_size=200))
def test_every_bare_url_stands_in_the_text(text: str) -> None:
    for url in bare_urls(f"{text} http://a.example/{text}"):
        assert url in f"{text} http://a.example/{text}"
        assert url.lower().startswith(("http://", "https://"))
        assert not url.endswith((".", ",", "//"))


@given(st.text(max_size=60))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    for parse in (parse_iso, parse_rfc822, parse_when):
        try:
            assert isinstance(parse(text), dt.date)
        except ValueError:
            continue


@pytest.mark.parametrize("piece", ["<a ", "<a x='", "<!--", "</", "<?", "<!", "&#", "<script>"])
def test_hostile_html_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    plain_text(piece * (300_000 // len(piece)))
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("a<script><p>x</p><b>y</b></script>b", "ab"),
        ("a<title><i>x</i></title>b", "ab"),
        ("a<template>x<p>y</p></template>b", "ab"),
        ("a<template/>b", "ab"),
        ("a<template>x<template/>y</template>b", "ab"),
    ],
)
def test_what_nobody_sees_is_no_text(html: str, words: str) -> None:
    assert plain_text(html) == words


def test_links_that_nobody_sees_are_no_links() -> None:
    html = (
        '<template><a href="https://a.example/">x</a></template><a href="https://b.example/">y</a>'
    )
    assert hrefs(html) == ("https://b.example/",)
