"""results.json: a public interface, the same bytes for the same inputs."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

import analysis
from analysis.display import to_json
from tests.builders import days_from, simulated_panel, write_study

KEYS = {
    "schema",
    "needle",
    "study",
    "question",
    "period",
    "channels",
    "crossposts",
    "joint_other",
    "experiment",
    "confirmation",
    "robustness",
    "sensitivity",
    "dominance",
    "claims",
    "answer",
    "limits",
    "sources",
    "provenance",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    panel = simulated_panel(1, 260, {"blog": 0.6})
    days = days_from("2012-01-02", 260)
    activity = [
        (f"{day}T{9 + i % 12:02d}:00:00", name)
        for index, day in enumerate(days)
        for name in panel.channels
        for i in range(int(panel.posts["all posts"][name][7 + index]))
    ]
    score = [(day, round(float(value), 2)) for day, value in zip(days, panel.score, strict=True)]
    return write_study(
        tmp_path_factory.mktemp("results") / "mine", score=score, activity=sorted(activity)
    )


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Any]:
    return analysis.load(str(folder)).results()


def test_public_keys(results: dict[str, Any]) -> None:
    assert set(results) == KEYS
    assert results["schema"] == 1
    assert results["needle"] == analysis.__version__
    assert len(results["claims"]) == 10
    assert results["answer"]["claim"] == "only-blogging"
    assert results["period"]["used"] == 260 - 15
    blog = results["channels"]["blog"]
    assert set(blog) >= {
        "posts",
        "crossposts",
        "effect",
        "interval",
        "p",
        "p_adjusted",
        "equivalent_to_zero",
        "detectable",
    }


def test_effect_agrees_with_what_was_planted(results: dict[str, Any]) -> None:
    low, high = results["channels"]["blog"]["interval"]
    assert low < 0.6 < high
    assert results["channels"]["blog"]["posts"] == sum(
        1 for source in results["sources"] for _ in range(source["posts"])
    ) - sum(results["channels"][name]["posts"] for name in ("twitter", "facebook"))


def test_shares_are_counted_by_their_evidence(results: dict[str, Any]) -> None:
    shares = results["crossposts"]
    assert shares["threshold"] == 0.8
    assert shares["counted"] == sum(shares["by_kind"].values())
    counted = sum(channel["crossposts"] for channel in results["channels"].values())
    assert shares["counted"] == counted == 0
    assert shares["by_kind"] == {}
    assert (shares["below_threshold"], shares["unresolved_short_links"]) == (0, 0)


def test_answer_is_the_verdict_of_its_claim(results: dict[str, Any]) -> None:
    claims = {claim["id"]: claim for claim in results["claims"]}
    assert results["answer"]["verdict"] == claims["only-blogging"]["verdict"]


def test_only_plain_finite_values(results: dict[str, Any]) -> None:
    def walk(value: object) -> None:
        if isinstance(value, dict):
            assert all(isinstance(key, str) for key in value)
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)
        else:
            assert value is None or isinstance(value, str | bool | int | float)
            assert not isinstance(value, float) or math.isfinite(value)

    walk(results)
    assert json.loads(to_json(results)) == results


def test_same_inputs_same_bytes_and_no_path_of_this_machine(
    folder: Path, results: dict[str, Any], tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere" / "mine"
    moved.parent.mkdir()
    folder.rename(moved)
    try:
        again = to_json(analysis.load(str(moved)).results())
    finally:
        moved.rename(folder)
    assert again == to_json(results)
    assert str(folder) not in again
    assert str(folder.parent) not in again


def test_inputs_are_named_with_their_digests(folder: Path, results: dict[str, Any]) -> None:
    import hashlib

    inputs = results["provenance"]["inputs"]
    assert set(inputs) == {"study.toml", "raw/score.csv", "raw/activity.csv"}
    for name, digest in inputs.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_readings_at_another_time_than_said_are_told(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "timed"
    shutil.copytree(folder, moved)
    path = moved / "raw/score.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *(row.replace(",", "T21:00,") for row in rows), ""]))
    limits = analysis.load(str(moved)).results()["limits"]
    assert any("typically 3 hours away from observed_at, 24:00" in limit for limit in limits)


def test_what_does_not_matter_has_the_unit_of_the_effects(folder: Path, tmp_path: Path) -> None:
    flow = tmp_path / "flow"
    shutil.copytree(folder, flow)
    path = flow / "study.toml"
    level, other = 'kind = "level"', 'kind = "flow"'
    assert level in path.read_text()
    path.write_text(path.read_text().replace(level, other))
    results = analysis.load(str(flow)).results()
    unit = results["claims"][0]["unit"]
    assert unit == "points a day per post"
    said = [limit for limit in results["limits"] if limit.startswith("'Does not matter'")]
    assert len(said) == 1
    assert f" {unit} (" in said[0]


def test_limits_count_what_was_dropped(results: dict[str, Any]) -> None:
    text = " ".join(results["limits"])
    assert "245 of 260 readings enter the model" in text
    assert "15 at the beginning" in text
    assert "one joint test first" in text
    assert "would look like an effect of posting" in text
