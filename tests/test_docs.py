"""The documents say what the program does."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis import load
from analysis.cli import main
from analysis.experiment.planning import make_plan
from analysis.plan.write import write_plan
from tests.commands_doc import PAGE, every, help_text, named, regenerated
from tests.studies import TOML, small_study, tweets_js

RESULTS = PAGE.with_name("results.md")
OF_THE_STUDYS_OWN = {
    "period.set_aside": "<reason>",
    "channels": "<channel>",
    "crossposts.by_kind": "<kind>",
    "sources[].set_aside": "<reason>",
    "sources[].parts[].set_aside": "<reason>",
    "provenance.inputs": "<path>",
    "provenance.versions": "<package>",
}
WHOLE = {"provenance.parameters": "<key>"}


def test_commands_are_shown_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == regenerated(page), "run: python -m tests.commands_doc"


def test_every_command_is_in_the_document() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert sorted(named(page)) == sorted(every())
    assert all(f"\n## needle {name}\n" in page for name in main.commands)


def test_a_stale_help_text_is_noticed() -> None:
    page = "<!-- help: check -->\n```text\nold\n```\n<!-- end -->\n"
    assert (
        regenerated(page)
        == f"<!-- help: check -->\n```text\n{help_text('check')}\n```\n<!-- end -->\n"
    )


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every key, with placeholders for names of the study's own."""
    if path in WHOLE:
        yield f"{path}.{WHOLE[path]}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            name = OF_THE_STUDYS_OWN.get(path, key)
            yield from keys(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from keys(inner, f"{path}[]")
    else:
        yield path


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the results of a small study in which every key occurs."""
    control = '\n[question]\nnegative_control = "facebook"\n'
    folder = small_study(tmp_path_factory.mktemp("docs") / "mine", TOML + control)
    retweet = tweets_js().replace('"full_text": "Lunch"', '"full_text": "RT @a: b"', 1)
    with zipfile.ZipFile(folder / "raw/twitter.zip", "w") as archive:
        archive.writestr("data/tweets.js", retweet)
    study = load(str(folder))
    first, before = dt.date(2012, 1, 23), dt.date(2012, 1, 20)
    plan = make_plan(study.data, study.arrays, weeks=9, start=first, today=before, seed=1)
    write_plan(plan, folder, study.title)
    return load(str(folder)).results()


def test_every_key_of_the_results_is_described(results: dict[str, Any]) -> None:
    rows = re.findall(r"^\| (`.*?`) \|", RESULTS.read_text(encoding="utf-8"), re.MULTILINE)
    described = [key for row in rows for key in re.findall(r"`([^`]+)`", row)]
    assert len(set(described)) == len(described)
    assert set(described) == set(keys(results))


def test_links_between_documents_lead_somewhere() -> None:
    root = PAGE.parents[1]
    pages = [*root.glob("*.md"), *(root / "docs").glob("*.md"), *(root / "data").glob("*.md")]
    assert len(pages) > 4
    for page in pages:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(root)}: {target}"


def test_the_documents_are_of_one_line_width() -> None:
    for page in (PAGE, RESULTS):
        lines = page.read_text(encoding="utf-8").splitlines()
        long = [line for line in lines if len(line) > 100 and not line.startswith("| ")]
        assert long == [], Path(page).name
