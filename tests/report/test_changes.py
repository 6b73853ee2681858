"""What changed since the report before: on the page, and to the byte."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from report_samples import notebook_json
from test_page import HOSTILE, Page, assert_harmless, assert_ordered, hostile

from analysis.report import store
from analysis.report.build import build_reports
from analysis.report.changes import EARLIER, changes_since
from analysis.report.page import study_page

Results = dict[str, Any]


@pytest.fixture
def earlier(results: Results) -> Results:
    """A month before: another verdict, another estimate, fewer readings."""
    before = copy.deepcopy(results)
    before["period"] |= {"end": "2012-05-22", "readings": 422}
    before["claims"][3]["verdict"] = "inconclusive"
    before["claims"][0] |= {"estimate": 0.3, "interval": [0.2, 0.4]}
    before["claims"][1] |= {"estimate": 0.15}
    before["channels"]["linkedin"]["posts"] = 3
    before["provenance"]["inputs"]["raw/blog.xml"] = "ef" * 32
    before["provenance"]["revision"] = "0000000"
    return before


def test_the_page_says_what_changed(results: Results, earlier: Results) -> None:
    html = study_page(results, [], earlier)
    page = assert_harmless(html)
    assert_ordered(page)
    for said in (
        "What changed since 2012-05-22",
        "1 verdict flipped and 1 estimate moved beyond its interval.",
        "31 more readings (422, now 453).",
        "0.3 (0.2 to 0.4), now 0.614 (0.482 to 0.745) points",
        "1 estimate moved within the earlier interval.",
        "linkedin 3, now 4",
        "raw/blog.xml changed",
        "revision 0000000, now 673022f",
    ):
        assert said in page.text, said
    links = [link["href"] for link in page.all("a")]
    assert "#claim-silence-lowers-score" in links
    assert "#changes" in links
    order = [page.text.find(text) for text in ("What these data cannot", "What changed since")]
    assert -1 < order[0] < order[1] < page.text.find("Every channel, side by side")


def test_without_an_earlier_report_there_is_no_section(results: Results, earlier: Results) -> None:
    plain = study_page(results)
    assert "What changed" not in plain
    assert study_page(results, [], results) == plain
    code_only = copy.deepcopy(results)
    code_only["provenance"] |= {"revision": "0000000", "versions": {"python": "3.13.0"}}
    assert study_page(results, [], code_only) == plain
    other = {**earlier, "study": {**earlier["study"], "folder": "another"}}
    assert study_page(results, [], other) == plain
    for unreadable in ({}, {"schema": 2, "claims": []}, {"schema": 1, "claims": 3}):
        assert study_page(results, [], unreadable) == plain


def test_the_same_last_day_is_told_in_words(results: Results, earlier: Results) -> None:
    earlier["period"]["end"] = results["period"]["end"]
    assert "What changed since the report before" in study_page(results, [], earlier)


def test_hostile_text_of_an_earlier_report_is_text(results: Results, earlier: Results) -> None:
    bad = hostile(earlier)
    bad["schema"], bad["study"]["folder"] = 1, results["study"]["folder"]
    bad["claims"][0]["verdict"] = HOSTILE
    bad["channels"][HOSTILE] = {"posts": 1}
    html = study_page(results, [], bad)
    page = assert_harmless(html)
    assert "alert(1)" in page.text
    assert "\u202e" not in html


def test_a_thousand_changed_files_are_cut_and_said_to_be(
    results: Results, earlier: Results
) -> None:
    results["provenance"]["inputs"] |= {f"raw/{n:04}.json": "0" * 64 for n in range(1000)}
    changes = changes_since(earlier, results)
    assert changes is not None
    text = Page(study_page(results, [], earlier)).text
    assert "901 more are not shown here" in text
    start = text.rfind("What changed since")
    said = text[start : text.find("Every channel, side by side", start)]
    assert "raw/0098.json" in said
    assert "raw/0101.json" not in said


# The whole way, with a real kernel.


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(store, "package_digests", dict)
    (tmp_path / "notebooks").mkdir()
    content = notebook_json("#!# One", "print(1)", parameters='study_folder: str = "x"')
    (tmp_path / "notebooks" / "activity.ipynb").write_text(json.dumps(content))
    (tmp_path / "data" / "mine").mkdir(parents=True)
    return tmp_path


def render(project: Path, results: Results, **options: Any) -> tuple[str, dict[str, bytes]]:
    """Render a study whose one file holds the results; return the status and all files."""
    path = project / "data" / "mine" / "study.toml"
    text = json.dumps(results["period"])
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    digest = store.sha256_of(path, "study.toml")

    def compute(_: Path) -> Results:
        made = {**results["provenance"], "inputs": {"study.toml": digest}}
        about = {**results["study"], "folder": "mine"}
        return {**results, "study": about, "provenance": made}

    (outcome,) = build_reports(
        [project / "data" / "mine"],
        project / "reports",
        notebooks=project / "notebooks",
        names=("activity",),
        results=compute,
        **options,
    )
    assert outcome.status != "failed", outcome.message
    folder = project / "reports" / "mine"
    return outcome.status, {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_rendered_changed_and_unchanged(project: Path, results: Results, earlier: Results) -> None:
    status, first = render(project, earlier)
    assert status == "rendered"
    assert EARLIER not in first
    assert b"What changed" not in first["index.html"]
    # Once more from the same: the same, by leave and by force.
    assert render(project, earlier) == ("unchanged", first)
    assert render(project, earlier, force=True) == ("rendered", first)
    # The data have grown.
    status, second = render(project, results)
    assert status == "rendered"
    assert b"What changed since 2012-05-22" in second["index.html"]
    assert second[EARLIER] == first["results.json"]
    assert render(project, results) == ("unchanged", second)
    assert render(project, results, force=True) == ("rendered", second)
    # Other code that computes the same: still compared with what stood there before.
    code = copy.deepcopy(results)
    code["provenance"]["revision"] = "1234567"
    status, third = render(project, code, force=True)
    assert third[EARLIER] == first["results.json"]
    assert b"0000000, now 1234567" in third["index.html"]
    # A month later it is compared with the month before.
    later = copy.deepcopy(code)
    later["period"] |= {"end": "2012-07-22", "readings": 483}
    status, fourth = render(project, later)
    assert fourth[EARLIER] == third["results.json"]
    assert b"What changed since 2012-06-22" in fourth["index.html"]


def test_an_elsewhere_rendered_report_is_the_same_without_a_past(
    project: Path, results: Results, earlier: Results
) -> None:
    render(project, earlier)
    render(project, results)
    fresh = project / "reports" / "mine"
    for path in (fresh / "results.json", fresh / EARLIER):
        path.unlink()
    status, files = render(project, results)
    assert status == "rendered"
    assert EARLIER not in files
    assert b"What changed" not in files["index.html"]


@pytest.mark.parametrize("harm", [b"", b"\xff", b"[" * 100_000, b'{"schema": 1, "claims": NaN}'])
def test_an_earlier_report_that_cannot_be_read_stops_nothing(
    project: Path, results: Results, earlier: Results, harm: bytes
) -> None:
    render(project, earlier)
    (project / "reports" / "mine" / "results.json").write_bytes(harm)
    status, files = render(project, results)
    assert status == "rendered"
    assert EARLIER not in files
