"""What the page says is what results.json says: read from both, compared number by number."""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from rendered import STUDY
from tests.results_schema import violations

import analysis
from analysis.claims.base import STATEMENTS
from analysis.report.page import Entry, index_page, study_page

Element = lxml_html.HtmlElement
Results = dict[str, Any]

UNKNOWN = "–not estimable"


def read(page: str) -> Element:
    return lxml_html.document_fromstring(page)


def number_of(text: str) -> Decimal:
    """Return the number that a reader reads."""
    plain = text.replace("−", "-").replace(",", "")
    assert re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", plain), text
    return Decimal(plain)


def places_of(text: str) -> Decimal:
    """Return the worth of one unit of the last digit shown."""
    digits, _, power = text.replace("−", "-").lower().partition("e")
    decimals = len(digits.partition(".")[2])
    return Decimal(1).scaleb(int(power or 0) - decimals)


def assert_number(shown: Element | None, value: float | None, *, signed: bool = False) -> None:
    """Hold what is shown, and the exact value that it carries, against results.json."""
    assert shown is not None
    (data,) = shown.xpath("descendant-or-self::data") or [None]
    if value is None:
        assert data is None
        assert UNKNOWN in shown.text_content()
        return
    assert data is not None, f"{value} is not shown"
    assert float(data.get("value")) == value
    text = data.text_content().strip()
    if text.startswith("<"):
        assert value < float(text.lstrip("< "))
        return
    exact = Decimal(repr(value))
    assert abs(number_of(text) - exact) <= places_of(text) / 2, (text, value)
    assert not signed or value == 0 or text[0] == ("+" if value > 0 else "−"), (text, value)


def assert_interval(cell: Element, interval: list[float | None] | None) -> None:
    shown = cell.xpath(".//span[@class='span']")
    if interval is None or None in interval:
        assert shown == []
        assert UNKNOWN in cell.text_content()
        return
    ends = shown[0].xpath("./data")
    for end, value in zip(ends, interval, strict=True):
        assert_number(end, value)
    texts = [end.text_content() for end in ends]
    assert shown[0].text_content().split() == [texts[0], "to", texts[1]]


def assert_p(cell: Element, p: float | None) -> None:
    assert_number(cell, p)
    if p is not None:
        assert cell.text_content().strip().startswith("<") == (p < 0.001)


def assert_alike(cells: list[Element]) -> None:
    """An estimate and its interval have the same number of decimals, three digits at least."""
    texts = [data.text_content() for cell in cells for data in cell.xpath(".//data")]
    if texts and not any("e" in text for text in texts):
        assert len({places_of(text) for text in texts}) == 1, texts
        largest = max(texts, key=lambda text: abs(number_of(text)))
        digits = number_of(largest).normalize().as_tuple().digits
        whole = len(re.sub(r"\D", "", largest).lstrip("0"))
        assert whole >= 3 or digits == (0,), texts


def assert_claims(page: Element, results: Results) -> None:
    rows = page.xpath("//table[contains(@class, 'ledger')]/tbody/tr")
    assert [row.get("id") for row in rows] == [f"claim-{name}" for name in STATEMENTS]
    for row, claim in zip(rows, results["claims"], strict=True):
        head, verdict, estimate, interval, p, detectable = row.xpath("./th|./td")
        assert head.xpath("string(.//*[@class='statement'])") == claim["statement"]
        assert head.xpath("string(.//*[@class='reason'])") == claim["reason"]
        assert verdict.text_content() == claim["verdict"]
        assert verdict.xpath(".//*[contains(@class, 'chip')]/@class") == [
            f"chip {claim['verdict']}"
        ]
        assert_number(estimate, claim["estimate"], signed=True)
        unit = estimate.xpath("string(.//*[@class='unit'])")
        assert unit == (claim["unit"] if claim["estimate"] is not None else "")
        assert_interval(interval, claim["interval"])
        assert_alike([estimate, interval])
        assert_p(p, claim["p"])
        assert_number(detectable, claim["detectable"])
        assert ("headline" in (row.get("class") or "")) == (
            claim["id"] == results["answer"]["claim"]
        )


def assert_channels(page: Element, results: Results) -> None:
    first, second = page.xpath("//table[@class='channels']")
    for row, own, (name, told) in zip(
        first.xpath("./tbody/tr"),
        second.xpath("./tbody/tr"),
        results["channels"].items(),
        strict=True,
    ):
        cells = row.xpath("./th|./td")
        assert cells[0].xpath("string(./bdi)") == name
        assert_number(cells[1], told["posts"])
        assert_number(cells[2], told["crossposts"])
        every = told.get("all_posts", {})
        for place, record in ((3, told), (9, every)):
            assert_number(cells[place], record.get("effect"), signed=True)
            assert_interval(cells[place + 1], record.get("interval"))
            assert_alike([cells[place], cells[place + 1]])
        assert_p(cells[5], told.get("p"))
        assert_p(cells[6], told.get("p_adjusted"))
        zero = told.get("equivalent_to_zero") if told.get("effect") is not None else None
        assert cells[7].text_content() == {True: "yes", False: "no", None: "–"}[zero]
        assert_number(cells[8], told.get("detectable"))
        assert_p(cells[11], every.get("p"))
        more = own.xpath("./th|./td")
        assert more[0].text_content() == name
        assert_number(more[1], told.get("coefficient"))
        assert_number(more[2], told.get("standard_error"))
        assert_interval(more[3], told.get("interval_90"))
        assert_number(more[4], told.get("posts_in_windows"))
        assert_number(more[5], told.get("quiet_readings"))
        assert_number(more[6], told.get("rests_on"))


def assert_first_screen(page: Element, results: Results) -> None:
    verdict = page.xpath("string(//section[@id='answer']//*[@class='verdict'])")
    assert verdict == results["answer"]["verdict"]
    sentence = page.xpath("string(//section[@id='answer']//*[@class='sentence'])")
    assert results["answer"]["sentence"].lower().endswith(sentence.lower())
    focal = results["channels"][results["study"]["focal"]]
    joint = results["joint_other"] or {}
    told = [focal.get("effect"), joint.get("p"), focal.get("detectable"), results["period"]["used"]]
    figures = page.xpath("//dl[@class='facts']//*[@class='figure']")
    for figure, value in zip(figures, told, strict=True):
        assert_number(figure, value)


def assert_same(page: Element, results: Results) -> None:
    assert_claims(page, results)
    assert_channels(page, results)
    assert_first_screen(page, results)
    limits = page.xpath("//ul[@class='limits']/li")
    assert [limit.text_content() for limit in limits] == results["limits"]


def test_the_page_as_rendered_and_its_results(reports: Path) -> None:
    folder = reports / "banfield-2012"
    written = (folder / "results.json").read_bytes()
    results = json.loads(written)
    page = read((folder / "index.html").read_text(encoding="utf-8"))
    assert_same(page, results)
    assert violations(results) == []
    verdicts = {claim["id"]: claim["verdict"] for claim in results["claims"]}
    backs = page.xpath("//p[@class='backs']/a")
    assert len(backs) >= len(verdicts)
    for back in backs:
        (beside,) = back.xpath("./following-sibling::*[1][contains(@class, 'verdict')]")
        assert beside.text_content() == verdicts[back.get("href").removeprefix("#claim-")]
    (inside,) = page.xpath("//a[@download='results.json']/@href")
    assert base64.b64decode(inside.partition("base64,")[2]) == written
    index = read((reports / "index.html").read_text(encoding="utf-8"))
    assert_matrix(index, {"banfield-2012": results})


def assert_matrix(index: Element, told: dict[str, Results]) -> None:
    heads = index.xpath("//table[@class='matrix']/thead//th")
    rows = index.xpath("//table[@class='matrix']/tbody/tr")
    assert len(rows) == len(told)
    for row, (name, results) in zip(rows, sorted(told.items()), strict=True):
        cells = dict(
            zip([head.text_content() for head in heads[1:-1]], row.xpath("./td")[:-1], strict=True)
        )
        for claim in results["claims"]:
            cell = cells[claim["id"].replace("-", " ")]
            assert cell.text_content().strip() == claim["verdict"]
            assert cell.xpath("./a/@href") == [f"{name}/index.html#claim-{claim['id']}"]
        assert row.xpath("./td")[-1].text_content().startswith(results["period"]["end"])


@pytest.fixture(scope="module")
def bundled() -> Results:
    return analysis.load(str(STUDY)).results()


def test_real_studies(shared: Path, bundled: Results) -> None:
    told = {"banfield-2012": bundled}
    for folder in sorted((shared / "studies").iterdir()):
        if (folder / "study.toml").is_file():
            told[folder.name] = analysis.load(str(folder)).results()
            assert_same(read(study_page(told[folder.name])), told[folder.name])
    assert_matrix(read(index_page([Entry(name, one) for name, one in told.items()])), told)


@pytest.mark.parametrize(
    "numbers",
    [
        (0.0005, [-0.0004999, 0.0014999], 0.0009999, 0.0015),
        (-16.42740753, [-18.97899843, -13.87581664], 0.001, 0.99949),
        (1_630_000.4, [1.0, 2_000_000.6], 0.09999, 123_456.7),
        (-3e-12, [-7e-12, 1e-12], 0.9999999, 4e-12),
        (0.0, [-0.0004, 0.0004], 0.0, 0.0),
        (None, None, None, None),
        (0.3, [None, None], 0.5, None),
    ],
)
def test_numbers_of_every_size(bundled: Results, numbers: tuple[Any, ...]) -> None:
    results = json.loads(json.dumps(bundled))
    estimate, interval, p, detectable = numbers
    claim = {"estimate": estimate, "interval": interval, "p": p, "detectable": detectable}
    for each in results["claims"]:
        each |= claim
    for channel in results["channels"].values():
        both = {"effect": estimate, "interval": interval or [None, None], "p": p}
        channel |= {**both, "p_adjusted": p, "detectable": detectable, "all_posts": both}
    results["joint_other"]["p"] = p
    assert_same(read(study_page(results)), results)


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (r">\+0\.300</data>", ">+0.301</data>"),
        (r'<data value="0\.2022441586">', '<data value="0.2022441587">'),
        (r">0\.202</data>", ">0.20</data>"),
        (r"&lt; 0\.001</data>", "0.001</data>"),
        (r"<span>supported</span>", "<span>refuted</span>"),
        (r">0\.140</data>", ">0.141</data>"),
    ],
)
def test_another_number_would_be_noticed(bundled: Results, what: str, instead: str) -> None:
    page = study_page(bundled)
    other, count = re.subn(what, instead, page, count=1)
    assert count == 1
    with pytest.raises(AssertionError):
        assert_same(read(other), bundled)
