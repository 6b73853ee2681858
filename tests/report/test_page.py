"""The page from a results.json and an executed notebook: every number, and nothing from outside."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import itertools
import re
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest
from matplotlib.figure import Figure
from report_samples import notebook_json

from analysis.display import Picture, Table, Words
from analysis.report import page as page_module
from analysis.report.assets import Inline, scripts
from analysis.report.downloads import as_csv, csv_uri
from analysis.report.numerals import estimated, p_value, plain
from analysis.report.page import LONGEST_TABLE, Entry, Material, index_page, study_page
from analysis.report.sections import BESIDE_VERDICT, LAB_ONLY, Section, UnfitNotebook, read_section

HOSTILE = "<script>alert(1)</script></style>{{ 7*7 }}{% raw %}\u202egnp.exe"
VOID = {"meta", "link", "img", "input", "br", "hr", "path", "circle", "rect"}


class Page(HTMLParser):
    """What a browser would see: elements, attributes, text, and whether tags close."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.said.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.said))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def values(self) -> list[float]:
        return [float(attributes["value"]) for attributes in self.all("data")]


def shown(thing: Any) -> dict[str, Any]:
    data, metadata = thing._repr_mimebundle_()
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def result(**data: Any) -> dict[str, Any]:
    content = {kind.replace("_", "/"): value for kind, value in data.items()}
    return {"output_type": "execute_result", "data": content, "metadata": {}, "execution_count": 1}


def picture(text: str = "Score") -> Picture:
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([1, 2, 3])
    data = Table(f"{text} by day", ("day", "score"), tuple((f"d{n}", n / 7) for n in range(3)))
    return Picture.of(figure, text, f"{text}: a line from 1 to 3.", data)


def notebook(*pairs: tuple[str, list[dict[str, Any]] | None]) -> dict[str, Any]:
    """Return an executed notebook: code with its outputs, or prose with None."""
    made = notebook_json(*(f"#!{source}" if out is None else source for source, out in pairs))
    for cell, (_, outputs) in zip(made["cells"][1:], pairs, strict=True):
        if outputs is not None:
            cell["outputs"] = outputs
    return made


def full_section(name: str = "activity", text: str = "Score") -> Section:
    return read_section(
        name,
        notebook(
            (f"# What *was* {text}\n\nProse with `code` and **weight**.", None),
            ("import analysis", []),
            ("figure(study)", [shown(picture(text))]),
            ("## Smaller\n\n#### Skips two levels", None),
            ("table(study)", [shown(Table(text, (text, "n"), ((text, 1.5),), text))]),
            ("words(study)", [shown(Words.of(f"{text} in 2 words."))]),
            ("print(1)", [stream(text)]),
            ("study", [result(text_plain=text, text_html="<b>never</b>")]),
        ),
    )


@pytest.fixture
def page(results: dict[str, Any]) -> Page:
    return Page(study_page(results, [full_section(), full_section("upticks")]))


def test_the_verdict_comes_first(page: Page, results: dict[str, Any]) -> None:
    order = [
        "Simulated data",
        results["question"]["text"],
        "Cannot tell",
        results["answer"]["sentence"],
        "The claims, one by one",
        results["claims"][0]["statement"],
        results["limits"][0],
        "What was Score",
        "Where this comes from",
    ]
    start, nav = page.text.find("Skip to"), page.text.find("Limits Every channel")
    body = page.text[start:nav] + page.text[page.text.find("What these data", nav) :]
    places = [body.find(text) for text in order]
    assert -1 not in places
    assert places == sorted(places)


def test_every_claim_and_channel_has_its_numbers(page: Page, results: dict[str, Any]) -> None:
    for claim in results["claims"]:
        for part in ("statement", "verdict", "reason"):
            assert claim[part] in page.text
        numbers = [claim["estimate"], claim["p"], claim["detectable"], *(claim["interval"] or [])]
        assert {number for number in numbers if number is not None} <= set(page.values)
    for name, channel in results["channels"].items():
        assert name in page.text
        own = channel["all_posts"]
        numbers = [
            *(channel[key] for key in ("posts", "crossposts", "effect", "p", "p_adjusted")),
            channel["detectable"],
            *(channel["interval"] or []),
            own["effect"],
            own["p"],
            *(own["interval"] or []),
        ]
        assert {number for number in numbers if number is not None} <= set(page.values)


def test_numbers_are_rounded_alike_with_their_unit(page: Page) -> None:
    assert "+0.614 points per post" in page.text
    assert "0.482 to 0.745" in page.text
    assert "F(4, 210) = 0.913" in page.text
    assert "< 0.001" in page.text
    assert "raw/blog.xml" in page.text
    assert "3 draft, 2 page" in page.text
    assert "ab" * 32 in page.text
    assert "within 0.150 of zero" in page.text


def test_a_bar_shows_where_the_interval_stands(page: Page, results: dict[str, Any]) -> None:
    bars = [element for element in page.all("svg") if element["class"] == "bar"]
    drawn = [claim for claim in results["claims"] if claim["interval"]]
    judged = [channel for channel in results["channels"].values() if channel["interval"]]
    assert len(bars) == len(drawn) + len(judged)
    dots = [float(dot["cx"]) for dot in page.all("circle") if dot["class"] == "dot"]
    # Zero is in the middle, at 80, and the largest bound in this unit, 0.7453, 74 to its right.
    assert dots[0] == pytest.approx(80 + 74 * 0.6137 / 0.7453, abs=0.01)
    assert dots[1] == pytest.approx(80 + 74 * 0.1432 / 0.7453, abs=0.01)


def test_a_real_account_is_not_called_simulated(results: dict[str, Any]) -> None:
    results["study"]["simulated"] = False
    assert "imulated" not in Page(study_page(results)).text


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("supported", "Yes"), ("refuted", "No"), ("untestable", "Not testable")],
)
def test_the_answer_in_a_word(results: dict[str, Any], verdict: str, word: str) -> None:
    results["answer"]["verdict"] = verdict
    html = study_page(results)
    assert f"<title>{word}: " in html
    assert f'class="answer {verdict}"' in html


def test_what_was_never_estimated_is_no_error(results: dict[str, Any]) -> None:
    results["joint_other"] = None
    results["question"]["smallest_effect"] = None
    results["channels"] = {"blog": {"posts": 3, "crossposts": 0}}
    text = Page(study_page(results)).text
    assert "not estimable" in text
    assert "not tested" in text


def assert_harmless(html: str) -> Page:
    page = Page(html)
    assert page.open == []
    assert {tag for tag, _ in page.elements}.isdisjoint(
        {"iframe", "object", "embed", "base", "form", "audio", "video", "source"}
    )
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} has {name}"
            assert name not in ("style", "srcset", "action", "formaction", "background", "ping")
            if name in ("src", "xlink:href", "poster", "data"):
                assert value.startswith("data:image/png;base64,"), f"{tag} {name}={value[:60]}"
            if name == "href":
                allowed = value.startswith("#") or value == "data:,"
                inside = re.fullmatch(
                    r"[\w.%-]+/index\.html(#[\w%.-]+)?|results\.json#/claims/\d+|data:(text/csv|application/json);.*",
                    value,
                )
                assert allowed or inside, f"{tag} {name}={value[:60]}"
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    assert "http" not in html.replace("http-equiv", "")
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    own = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert own == [script.text for script in scripts()]
    assert len(page.all("script")) == len(own)
    assert all(f"'sha256-{script.digest}'" in policy for script in scripts())
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    return page


def assert_ordered(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {
        attributes.get("aria-labelledby", attributes.get("href", "#x")[1:])
        for tag, attributes in page.elements
        if tag in ("a", "section", "div", "table")
    }
    assert {name for name in named if name not in ("x", "") and "/" not in name} <= set(ids)


def test_the_page_asks_nothing_of_anyone_and_reads_in_order(page: Page, results: Any) -> None:
    html = study_page(results, [full_section(), full_section("upticks")])
    assert_ordered(assert_harmless(html))
    assert '<html lang="en">' in html
    assert page.all("a")[0] == {"class": "skip", "href": "#content"}
    assert all(header["scope"] for header in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) - 1  # the ledger has its heading
    regions = [box for box in page.all("div") if box.get("class") == "scroll"]
    assert all(box["tabindex"] == "0" and box["role"] == "region" for box in regions)
    assert html == study_page(results, [full_section(), full_section("upticks")])


def test_pictures_have_words_numbers_and_a_table(page: Page) -> None:
    images = page.all("img")
    assert [image["alt"] for image in images] == ["Score: a line from 1 to 3."] * 2
    assert (images[0]["width"], images[0]["height"]) == ("384", "192")
    assert base64.b64decode(images[0]["src"].partition(",")[2]) == picture().png
    assert "The numbers behind this picture" in page.text
    assert "Score by day" in page.text
    assert "0.1429" in page.text


def test_code_is_folded_and_html_of_a_notebook_never_used(page: Page) -> None:
    folded = [box for box in page.all("details") if box.get("class") == "code"]
    assert len(folded) == 10
    assert 'study: str = "somewhere"' in page.text
    assert "never" not in page.text


def test_headings_of_a_notebook_come_under_its_title() -> None:
    section = full_section()
    assert section.title == "What was Score"
    prose = [block.content for block in section.blocks if block.kind == "prose"]
    assert "<h3>Smaller</h3>" in prose[1]
    assert "<h4>Skips two levels</h4>" in prose[1]
    assert "<h1" not in "".join(prose)


def hostile(value: Any) -> Any:
    """Return results in which every text is hostile, but those that the layout rests on."""
    if isinstance(value, dict):
        kept = ("verdict", "claim", "id", "focal")
        return {key: item if key in kept else hostile(item) for key, item in value.items()} | (
            {HOSTILE: HOSTILE} if "study.toml" in value else {}
        )
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return value + HOSTILE if isinstance(value, str) else value


def test_hostile_text_is_text(results: dict[str, Any]) -> None:
    bad = hostile(results)
    bad["channels"] = {"blog": results["channels"]["blog"], HOSTILE: results["channels"]["twitter"]}
    html = study_page(bad, [full_section(text=HOSTILE)])
    page = assert_harmless(html)
    assert_ordered(page)
    assert "<script>alert(1)</script></style>{{ 7*7 }}{% raw %}\\u202egnp.exe" in page.text
    assert "\u202e" not in html
    index = index_page([Entry(HOSTILE, bad, HOSTILE), Entry("b", None, HOSTILE)])
    assert "7*7" in assert_harmless(index).text
    assert "\u202e" not in index


def test_a_title_of_ten_megabytes_is_cut_and_said_to_be(results: dict[str, Any]) -> None:
    results["study"]["title"] = "x" * 10_000_000
    html = study_page(results, [full_section(text="y" * 1_000_000)])
    assert len(html) < 300_000
    assert "(10,000,000 characters in all)" in html


def test_a_long_table_says_what_it_leaves_out(results: dict[str, Any]) -> None:
    rows = tuple((n,) for n in range(LONGEST_TABLE + 7))
    long = read_section("activity", notebook(("t", [shown(Table("T", ("n",), rows))])))
    text = Page(study_page(results, [long])).text
    assert f" {LONGEST_TABLE - 1} " in text
    assert "7 more rows are not shown here" in text


def test_links_and_pictures_of_prose_keep_their_words_only() -> None:
    source = (
        "See [the post](https://example.org/a), <https://example.org/b> and "
        "![a kitten](https://example.org/c.png)\n\n<img src=x onerror=alert(1)>\n\n"
        "[d]: javascript:alert(1)\n\n[d] & `<b>`"
    )
    prose = read_section("a", notebook((source, None))).blocks[0].content
    assert "<a" not in prose
    assert "<img" not in prose
    assert "See the post, https://example.org/b and a kitten" in prose
    assert "&lt;img src=x onerror=alert(1)&gt;" in prose
    assert "href" not in prose


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (stream("UserWarning: careful\n", "stderr"), "Warning: UserWarning: careful"),
        (
            {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []},
            "KeyError: 'x'",
        ),
        (result(image_png="AAAA", text_plain="<Figure size>"), "a picture without words"),
        (result(text_html="<b>only</b>"), "nothing that a page can show (text/html)"),
        (result(text_plain="<Axes at 0x7f3a2b1c>"), "by its address"),
        (stream("<object object at 0x7f3a2b1c>"), "by its address"),
        (
            result(**{"application_vnd.needle.table+json": {"title": "T"}}),
            "not the payload of a table",
        ),
        (
            result(**{"application_vnd.needle.picture+json": {}, "image_png": "AAAA"}),
            "bytes of a PNG|not the output of a picture",
        ),
    ],
)
def test_what_no_page_may_show_names_notebook_and_cell(output: dict[str, Any], told: str) -> None:
    made = notebook(("prose", None), ("1", []), ("2", [output]))
    with pytest.raises(UnfitNotebook) as caught:
        read_section("activity", made)
    assert str(caught.value).startswith("notebook activity, code cell 3: ")
    assert any(part in str(caught.value) for part in told.split("|"))


def test_the_index_lists_all_and_shows_failures(results: dict[str, Any]) -> None:
    entries = [
        Entry("banfield-2012", results),
        Entry("a b&c", results, "raw/blog.xml: expected a whole zip"),
        Entry("broken", None, "broken/study.toml, key timezone: expected an IANA zone"),
    ]
    page = assert_harmless(index_page(entries))
    assert_ordered(page)
    assert "3 studies: 2 inconclusive, 1 failed." in page.text
    pages = dict.fromkeys(link["href"].partition("#")[0] for link in page.all("a"))
    assert set(pages) - {""} == {"banfield-2012/index.html", "a%20b%26c/index.html"}
    assert "It failed: broken/study.toml, key timezone" in page.text
    assert "The last run failed, and the page is the one before it: raw/blog.xml" in page.text
    assert results["answer"]["sentence"] in page.text
    assert "2011-03-28 to 2012-06-22, 453 readings" in page.text
    assert "No study has been rendered yet" in Page(index_page([])).text


@pytest.mark.parametrize(
    ("value", "interval", "said"),
    [
        (0.3004631525, [0.2022441586, 0.3986821465], ("+0.300", "0.202", "0.399")),
        (-16.42740753, [-18.97899843, -13.87581664], ("−16.4", "−19.0", "−13.9")),
        (1_630_000.0, [0.0, 2_000_000.4], ("+1,630,000", "0", "2,000,000")),
        (3e-12, [-1e-12, 7e-12], ("+3.00e−12", "−1.00e−12", "7.00e−12")),
        (0.0, [-0.0004, 0.0004], ("+0.000000", "−0.000400", "0.000400")),
        (None, None, ("not estimable",) * 3),
    ],
)
def test_estimates_are_rounded_with_their_interval(
    value: float | None, interval: list[float] | None, said: tuple[str, ...]
) -> None:
    made = estimated(value, interval)
    assert (made.estimate.text, made.low.text, made.high.text) == said
    assert made.estimate.value == value


def test_p_values_and_single_numbers() -> None:
    assert [p_value(p).text for p in (3e-9, 0.00099, 0.0496, 1.0)] == [
        "< 0.001",
        "< 0.001",
        "0.0496",
        "1.000",
    ]
    assert [plain(n).text for n in (0.15, 8.138012, 1e-11, 0.0)] == [
        "0.150",
        "8.14",
        "1.00e−11",
        "0.00",
    ]


def test_the_page_does_not_ask_and_answer_twice() -> None:
    content = notebook(
        ("# Title", None),
        ("## Only in the notebook", None),
        ("about(study)", [shown(Words.of("Said 1 time too many."))]),
        ("## On the page", None),
        ("words(study)", [shown(Words.of("Said 1 time."))]),
    )
    for cell in (-4, -3):
        content["cells"][cell]["metadata"]["tags"] = [LAB_ONLY]
    kinds = [(block.kind, str(block.content)) for block in read_section("a", content).blocks]
    told = " ".join(text for _, text in kinds)
    assert "Only in the notebook" not in told
    assert "too many" not in told
    assert "On the page" in told
    assert "Said 1 time." in told
    (code,) = [text for kind, text in kinds if kind == "code"]
    assert code.endswith("about(study)\n\nwords(study)")


def test_a_failure_in_a_cell_of_the_notebook_alone_is_a_failure_all_the_same() -> None:
    content = notebook(("# Title", None), ("about(study)", [stream("careful", name="stderr")]))
    content["cells"][-1]["metadata"]["tags"] = [LAB_ONLY]
    with pytest.raises(UnfitNotebook):
        read_section("a", content)


def test_what_is_said_of_the_verdicts_stands_under_them(results: dict[str, Any]) -> None:
    content = notebook(("# How often?", None), ("say()", [shown(Words.of("Wrong in 3 of 100."))]))
    content["cells"][-1]["metadata"]["tags"] = [BESIDE_VERDICT]
    page = Page(study_page(results, [read_section("calibration", content)]))
    assert page.text.count("Wrong in 3 of 100.") == 2
    assert page.text.find("Wrong in 3 of 100.") < page.text.find("What these data cannot show")


def test_parts_with_a_module_of_their_own_fill_their_slots(
    results: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Material] = []

    def part(material: Material) -> str:
        given.append(material)
        return "said by the part"

    slot = '{% extends "report.html.j2" %}{% block title %}{{ mine }}{% endblock %}'
    loader = jinja2.ChoiceLoader(
        [jinja2.DictLoader({"slot.html.j2": slot}), page_module._templates().loader]
    )
    monkeypatch.setattr(page_module._templates(), "loader", loader)
    monkeypatch.setattr(page_module, "PARTS", (("mine", part),))
    monkeypatch.setattr(page_module, "STUDY_TEMPLATE", "slot.html.j2")
    html = study_page(results, [], {"schema": 1})
    assert "<title>said by the part</title>" in html
    assert given == [Material(results, [], {"schema": 1})]


@pytest.mark.parametrize("text", ["a </SCRIPT> b", "a <!-- b"])
def test_a_script_that_ends_its_element_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ends it"):
        Inline.of(text, "script")


FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", *"−＝＋－＠", "  =", "\ud83d=")


@pytest.mark.parametrize("begin", FORMULAS)
def test_no_cell_of_a_download_is_a_formula(begin: str) -> None:
    text = as_csv(Table("T", ("n",), ((f"{begin}cmd",), (f"{begin}7",), (-1.5,))))
    first, second, third = (row[0] for row in list(csv.reader(io.StringIO(text, newline="")))[1:])
    marked = "" if begin.startswith("\ud83d") else "'"
    assert first == f"{marked}{begin}cmd"
    assert second == (f"{begin}7" if begin in ("+", "-") else f"{marked}{begin}7")
    assert third == "-1.5"
    assert csv_uri(Table("T", ("n",), ((begin,),))).startswith("data:text/csv")
