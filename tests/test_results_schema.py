"""The published schema of results.json: in step with the code, and held by what it writes.

``results_as_published`` in conftest.py holds every other results.json of the tests to it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis import load
from analysis.claims.base import STATEMENTS
from analysis.report.build import build_reports
from tests.builders import days_from, write_study
from tests.results_schema import FILE, as_text, descriptions, leaves, regenerated, violations
from tests.studies import DAYS, small_study
from tests.test_experiment import lived

ROOT = Path(__file__).parents[1]

Results = dict[str, Any]


@pytest.fixture(scope="module")
def bundled() -> Results:
    return load(str(ROOT / "data/banfield-2012")).results()


def test_the_schema_says_what_the_code_and_the_document_say() -> None:
    text = FILE.read_text(encoding="utf-8")
    schema = json.loads(text)
    assert text == as_text(regenerated(schema)) + "\n", "run: python -m tests.results_schema"
    assert set(dict(leaves(schema, schema))) == set(descriptions())


def test_every_record_is_closed_and_whole() -> None:
    """A record lists its keys, lets in no other, and misses none but the one that may be absent."""
    optional: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "properties" in node and "$ref" not in node:
                assert node["additionalProperties"] is False
                optional.update(set(node["properties"]) - set(node["required"]))
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)

    walk(json.loads(FILE.read_text(encoding="utf-8")))
    assert optional == {"with_rare_channels"}


def test_the_bundled_study(bundled: Results) -> None:
    assert violations(json.loads(json.dumps(bundled))) == []
    assert [claim["id"] for claim in bundled["claims"]] == list(STATEMENTS)


def test_every_real_study(shared: Path) -> None:
    for folder in sorted((shared / "studies").iterdir()):
        if (folder / "study.toml").is_file():
            assert violations(load(str(folder)).results()) == [], folder.name


def test_data_that_are_not_enough(tmp_path: Path) -> None:
    days = days_from("2012-01-02", 12)
    score = [(day, 50.0 + number % 3) for number, day in enumerate(days)]
    few = write_study(tmp_path / "few", score=score, activity=[(f"{days[3]}T10:00:00", "blog")])
    results = load(str(few)).results()
    assert violations(results) == []
    assert results["channels"] == {"blog": {"posts": 1, "crossposts": 0}}
    nothing = ("joint_other", "confirmation", "robustness", "sensitivity", "dominance")
    assert [results[key] for key in nothing] == [None] * 5
    assert {claim["verdict"] for claim in results["claims"]} <= {"inconclusive", "untestable"}


@pytest.mark.parametrize("kind", ["level", "flow"])
def test_a_score_that_never_moves_and_one_channel_alone(tmp_path: Path, kind: str) -> None:
    days = days_from("2012-01-02", 120)
    posts = [(f"{day}T10:00:00", "blog") for day in days[::5]]
    still = write_study(
        tmp_path / "still", score=[(day, 50.0) for day in days], activity=posts, kind=kind
    )
    results = load(str(still)).results()
    assert violations(results) == []
    assert results["joint_other"] is None


def test_an_experiment(tmp_path: Path) -> None:
    folder, _ = lived(tmp_path, effect=0.5)
    results = load(str(folder)).results()
    assert results["experiment"]["decides"]
    assert violations(results) == []
    score = (folder / "raw/score.csv").read_text().splitlines()
    (folder / "raw/score.csv").write_text("\n".join(score[:-1]) + "\n")
    early = load(str(folder)).results()
    assert early["experiment"]["effect"] is None
    assert violations(early) == []


def test_a_report_and_the_one_that_it_replaced(tmp_path: Path) -> None:
    study = small_study(tmp_path / "data" / "mine")
    parameters = {"tags": ["parameters"]}
    cell = {"cell_type": "code", "execution_count": None, "outputs": [], "metadata": parameters}
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    content = {"nbformat": 4, "nbformat_minor": 4, "metadata": kernel}
    content["cells"] = [{**cell, "source": 'study_folder: str = "x"'}]
    (tmp_path / "one.ipynb").write_text(json.dumps(content), encoding="utf-8")
    score = (study / "raw/score.csv").read_text().splitlines()
    for lines in (score[:-30], score):
        (study / "raw/score.csv").write_text("\n".join(lines) + "\n")
        (outcome,) = build_reports(
            [study], tmp_path / "reports", notebooks=tmp_path, names=("one",)
        )
        assert outcome.status == "rendered", outcome.message
    for name, readings in (("earlier.json", DAYS - 30), ("results.json", DAYS)):
        written = json.loads((tmp_path / "reports" / "mine" / name).read_bytes())
        assert written["period"]["readings"] == readings
        assert violations(written) == []


def new_key(results: Results) -> None:
    results["claims"][2]["certainty"] = 0.9


def missing_key(results: Results) -> None:
    del results["claims"][0]["detectable"]


def missing_claim(results: Results) -> None:
    del results["claims"][4]


def claim_twice(results: Results) -> None:
    results["claims"][4] = results["claims"][3]


def unknown_verdict(results: Results) -> None:
    results["claims"][1]["verdict"] = "likely"


def another_answer(results: Results) -> None:
    results["answer"]["claim"] = "sharing-matters"


def half_an_interval(results: Results) -> None:
    results["claims"][1]["interval"] = [0.1]


def number_as_text(results: Results) -> None:
    results["channels"]["blog"]["effect"] = "0.3"


def half_a_channel(results: Results) -> None:
    del results["channels"]["twitter"]["interval"]


def impossible_p(results: Results) -> None:
    results["joint_other"]["p"] = 1.2


def negative_count(results: Results) -> None:
    results["period"]["gaps"] = -1


def wrong_layout(results: Results) -> None:
    results["schema"] = 2


def absolute_path(results: Results) -> None:
    results["sources"][0]["path"] = "/home/someone/raw/blog.xml"


def path_out_of_the_study(results: Results) -> None:
    results["provenance"]["inputs"]["raw/../../other.csv"] = "ab" * 32


def short_digest(results: Results) -> None:
    results["provenance"]["inputs"]["study.toml"] = "ab"


def impossible_day(results: Results) -> None:
    results["period"]["end"] = "2012-02-31"


def unknown_standing(results: Results) -> None:
    results["confirmation"]["checks"][0]["standing"] = "perhaps"


def setting_of_another_kind(results: Results) -> None:
    results["provenance"]["parameters"]["score"]["kind"] = "rank"


BREAKS: dict[Callable[[Results], None], str] = {
    new_key: "$.claims[2]: ",
    missing_key: "$.claims[0]: 'detectable'",
    missing_claim: "$.claims",
    claim_twice: "$.claims[4].id: ",
    unknown_verdict: "$.claims[1].verdict: 'likely'",
    another_answer: "$.answer.claim: ",
    half_an_interval: "$.claims[1].interval: ",
    number_as_text: "$.channels.blog: ",
    half_a_channel: "$.channels.twitter: ",
    impossible_p: "$.joint_other: ",
    negative_count: "$.period.gaps: ",
    wrong_layout: "$.schema: ",
    absolute_path: "$.sources[0].path: ",
    path_out_of_the_study: "$.provenance.inputs: ",
    short_digest: "$.provenance.inputs['study.toml']: ",
    impossible_day: "$.period.end: ",
    unknown_standing: "$.confirmation: ",
    setting_of_another_kind: "$.provenance.parameters.score.kind: ",
}


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda spoil: spoil.__name__)
def test_what_breaks_the_contract_is_refused(
    bundled: Results, spoil: Callable[[Results], None]
) -> None:
    results = copy.deepcopy(bundled)
    spoil(results)
    found = violations(results)
    assert found
    assert any(line.startswith(BREAKS[spoil]) for line in found), found
