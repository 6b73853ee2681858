"""Scraped strings on their way out: they stay data wherever they are written."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from analysis.collect.settings import is_name
from analysis.display import Table, visible
from analysis.display.text import escaped
from analysis.errors import Problem, one_line
from analysis.formats.javascript import sound
from analysis.inspection import printable_json
from analysis.plan.calendar import OCTETS, calendar
from analysis.plan.file import Plan
from analysis.report.downloads import as_csv, csv_uri, file_name
from analysis.report.index import Entry
from analysis.report.network import embedded
from analysis.report.page import index_page, study_page
from analysis.report.store import safe_name
from attacks import REFUSED, SURVIVED, Case, Lost, kind
from attacks._reading import needle, put
from attacks._strings import PIECES, hostile

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{MINUS SIGN}", "\uff1d", "\uff0b", "\uff20")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_TURNING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def _string(case: Case) -> str:
    """Return a hostile string: each piece alone first, then mixtures."""
    if case.number < len(PIECES):
        return PIECES[case.number]
    return hostile(case.random)


def _require(is_so: bool, said: str) -> None:
    if not is_so:
        raise Lost(said)


class _Seen(HTMLParser):
    """The elements and the text of a fragment, as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append("!--")

    def handle_decl(self, decl: str) -> None:
        self.tags.append("!")

    def unknown_decl(self, data: str) -> None:
        self.tags.append("![")


@kind()
def text_in_html(case: Case) -> str:
    """Strings in HTML, as text and in attributes."""
    text = _string(case)
    read = _Seen(f"<p title='x'>{escaped(text)}</p>")
    _require(read.tags == ["p"], f"{text!r} became {read.tags}")
    _require("".join(read.words) == visible(text), f"{text!r} reads {''.join(read.words)!r}")
    (element,) = lxml_html.fragments_fromstring(f'<p title="{escaped(text)}">x</p>')
    _require(element.keys() == ["title"], f"{text!r} gave the attributes {element.keys()}")
    _require(not _TURNING.search(escaped(text).replace("\n", "").replace("\t", "")), "turns text")
    return SURVIVED


@cache
def _samples() -> tuple[Mapping[str, Any], Callable[..., Any]]:
    """Return results with one of everything, and what gives a section of a notebook."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "report"))
    from report_samples import RESULTS
    from test_page import full_section

    return RESULTS, full_section


_KEPT = ("verdict", "claim", "id", "focal", "start", "end", "kind", "unit")


def _all(value: Any, text: str) -> Any:
    """Return results in which every text has hostile text in it."""
    if isinstance(value, dict):
        return {key: each if key in _KEPT else _all(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_all(each, text) for each in value]
    return value + text if isinstance(value, str) else value


def _skeleton(page: str) -> dict[str, int]:
    """Return how often each element, with the names of its attributes, is on a page."""
    found: dict[str, int] = {}
    for element in lxml_html.document_fromstring(page.encode()).iter():
        if isinstance(element.tag, str):
            name = " ".join((element.tag, *sorted(element.keys())))
            found[name] = found.get(name, 0) + 1
    return found


@cache
def _harmless() -> dict[str, int]:
    results, section = _samples()
    return _skeleton(study_page(copy.deepcopy(dict(results)), [section(text="words")]))


@kind(starts=("fc-list",))
def text_in_pages(case: Case) -> str:
    """Strings in every place of the study's page: titles, tables, charts, settings, sentences."""
    text = sound(_string(case))
    results, section = _samples()
    page = study_page(_all(copy.deepcopy(dict(results)), text), [section(text=f"words{text}")])
    known, found = _harmless(), _skeleton(page)
    strange = [name for name in found if name not in known]
    _require(not strange, f"{text!r} gave {strange[:3]}")
    for tag in ("script", "style", "title", "iframe", "object", "form", "link", "base", "meta"):
        counts = [_count(each, tag) for each in (known, found)]
        _require(counts[0] == counts[1], f"{text!r} gave {counts[1]} {tag} of {counts[0]}")
    _require(not _TURNING.search(page.replace("\n", "").replace("\t", "")), f"{text!r} turns text")
    _links(page, text)
    return SURVIVED


def _count(skeleton: Mapping[str, int], tag: str) -> int:
    return sum(count for name, count in skeleton.items() if name.split(" ")[0] == tag)


def _links(page: str, text: str) -> None:
    """Raise where an address of a page leads anywhere but into it or beside it."""
    for _, _, link, _ in lxml_html.document_fromstring(page.encode()).iterlinks():
        fine = link.startswith(("#", "data:", "results.json#")) or link == "../index.html"
        _require(fine, f"{text!r} leads to {link!r}")


@kind(starts=("fc-list",))
def text_in_the_index(case: Case) -> str:
    """Strings in the index: names of folders, titles, reasons of failures."""
    text = _string(case)
    results, _ = _samples()
    bad = _all(copy.deepcopy(dict(results)), text)
    known = _skeleton(index_page([Entry("a", results, "why"), Entry("b", None, "why")]))
    page = index_page([Entry(f"a{text}", bad, f"why{text}"), Entry("b", None, f"why{text}")])
    strange = [name for name in _skeleton(page) if name not in known]
    _require(not strange, f"{text!r} gave {strange[:3]}")
    _require(not _TURNING.search(page.replace("\n", "").replace("\t", "")), f"{text!r} turns text")
    return SURVIVED


@kind()
def text_in_scripts_data(case: Case) -> str:
    """Strings in the JSON that stands in the page for its scripts."""
    text = _string(case)
    value = {"a": [text, {text: text}], "n": 1}
    data = str(embedded(value))
    (element,) = lxml_html.fragments_fromstring(f"<script type='application/json'>{data}</script>")
    _require("<" not in data and "\u2028" not in data, f"{text!r} is {data!r}")
    told = json.loads(element.text)
    wanted = json.loads(json.dumps(value))
    _require(json.dumps(told) == json.dumps(wanted), f"{text!r} reads {told}")
    return SURVIVED


@kind()
def text_in_tables(case: Case) -> str:
    """Strings in the tables to download: no cell is a formula, and each is one cell."""
    text = _string(case)
    cells: list[Any] = [text, f" {text}", f"{case.turn(_FORMULA)}{text}", f"'{text}", "x"]
    table = Table(f"T{text}", tuple(f"{n}{text}" for n in range(5)), (tuple(cells),))
    rows = list(csv.reader(io.StringIO(as_csv(table), newline="")))
    _require([len(row) for row in rows] == [5, 5], f"{text!r} gave {[len(row) for row in rows]}")
    for cell in rows[0] + rows[1]:
        bare = cell.lstrip(" ")
        is_formula = bare.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(cell)
        _require(not is_formula, f"{cell!r} is a formula")
    _require(csv_uri(table).isascii(), "an address with other characters")
    return SURVIVED


@cache
def _plan() -> Plan:
    from tests.test_experiment import plan_of

    return plan_of()


def _unfolded(data: bytes) -> list[str]:
    lines = data.decode("utf-8").split("\r\n")
    joined: list[str] = []
    for line in lines:
        if line.startswith(" ") and joined:
            joined[-1] += line[1:]
        else:
            joined.append(line)
    return joined


@kind()
def text_in_calendars(case: Case) -> str:
    """Strings in the calendar of a plan: no property, event or line of their own."""
    text = _string(case)
    data = calendar(_plan(), text, "0" * 64)
    known = _unfolded(calendar(_plan(), "words", "0" * 64))
    found = _unfolded(data)
    names = [re.split("[:;]", line)[0] for line in found]
    _require(names == [re.split("[:;]", line)[0] for line in known], f"{text!r} gave {names[:9]}")
    long = [line for line in data.split(b"\r\n") if len(line) > OCTETS]
    _require(not long, f"a line of {len(long[:1])} octets")
    _require(b"\n" not in data.replace(b"\r\n", b""), f"{text!r} breaks a line")
    return SURVIVED


@kind()
def text_in_terminals(case: Case) -> str:
    """Strings in lines for a terminal: no escape, no line of their own, no turn."""
    text = _string(case)
    lines = (one_line(text), str(Problem("corrupt", text, text, f"expected x, found {text}")))
    for line in (*lines, printable_json(json.dumps({text: text}, ensure_ascii=False)).rstrip("\n")):
        _require(line.isprintable(), f"{text!r} prints {line!r}")
        _require(len(line) <= 500 or line.startswith("{"), f"a line of {len(line)}")
    return SURVIVED


@kind()
def text_in_checks(case: Case) -> str:
    """Strings in titles, columns, names of members and channels that `needle check` prints."""
    text = _string(case).replace("\ud83d", "x").replace("\udc00", "x")
    quoted = '"' + text.replace('"', '""') + '"'
    way = case.random.randrange(3)
    if way == 0:
        rows = f"at,channel,id,{quoted}\n2012-01-02,{quoted},1,2\n{quoted},x,2,3\n"
        root = put(case, "x.csv", rows.encode())
    elif way == 1:
        item = {"id": text, "url": text, "title": text, "date_published": text}
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": text, "items": [item, item]}
        root = put(case, "x.json", json.dumps(feed | {text: text}).encode())
    else:
        root = put(case, "x.json", json.dumps({text: [text]}).encode())
    needle("check", str(root))
    said = needle("check", str(root), "--json")
    return SURVIVED if said.startswith("{") else REFUSED


_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{n}" for name in ("com", "lpt") for n in range(10)),
}


def _is_fine_name(name: str) -> bool:
    """Return whether every usual system can hold a file of that name, and means no other by it."""
    return (
        0 < len(name.encode("utf-8")) <= 255
        and name not in (".", "..")
        and not name.endswith((".", " "))
        and not re.search(r'[\x00-\x1f<>:"/\\|?*\ud800-\udfff]', name)
        and name.partition(".")[0].rstrip().casefold() not in _DEVICES
    )


@kind()
def text_in_file_names(case: Case) -> str:
    """Strings in names of files and folders: climbing, reserved, too long, of another case."""
    text = _string(case)
    _require(_is_fine_name(f"{file_name(text)}.csv"), f"{text!r} is {file_name(text)!r}")
    folder = re.sub("[\x00/\ud800-\udfff]", "", text)[:80]
    if folder not in ("", ".", ".."):
        name = safe_name(case.folder / folder)
        _require(_is_fine_name(name) and not name.startswith("."), f"{text!r} is {name!r}")
    if is_name(text):
        _require(_is_fine_name(text), f"the channel {text!r} is taken for a folder's name")
        return SURVIVED
    return REFUSED
