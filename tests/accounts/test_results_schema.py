"""The published schema of the results of many accounts: in step with the code, and strict.

``accounts_results_as_published`` in conftest.py holds all other such results to it.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.accounts import sample as sampling
from analysis.accounts.build import build
from analysis.accounts.fit import Fitted, fit, lines, results
from analysis.accounts.folder import read_input
from analysis.accounts.take_in import Options
from analysis.model.primary import Estimate
from analysis.worlds import simulate
from tests.accounts import inputs
from tests.accounts.results_schema import FILE, descriptions, keys, regenerated, violations
from tests.results_schema import as_text

Results = dict[str, Any]
UNKNOWN = Estimate(math.nan, math.nan, 1)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """Return thirty accounts with attributes, and shares of their posts."""
    folder = tmp_path_factory.mktemp("schema")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "ACCOUNTS", 30)
        patch.setattr(sampling, "DAYS", 120)
        source = sampling.sample(folder / "in")
    build(read_input(source), folder / "panel", Options(), lambda _: None)
    return fit(folder / "panel", cluster="account-day")


@pytest.fixture(scope="module")
def told(fitted: Fitted) -> Results:
    return results(fitted)


def test_the_schema_says_what_the_code_and_the_document_say() -> None:
    text = FILE.read_text(encoding="utf-8")
    schema = json.loads(text)
    made = as_text(regenerated(schema)) + "\n"
    assert text == made, "run: python -m tests.accounts.results_schema"
    assert set(dict(keys(schema))) == set(descriptions())


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

    schema = json.loads(FILE.read_text(encoding="utf-8"))
    walk({key: value for key, value in schema.items() if key != "$defs"})
    assert optional == {"accounts"}
    for record in schema["$defs"].values():
        walk(record)
    assert optional == {"accounts"}


def test_the_results_of_a_population_use_every_record(told: Results) -> None:
    assert violations(json.loads(json.dumps(told))) == []
    channel = told["channels"]["blog"]
    records = (channel["mean"], channel["all_posts"], channel["pooled"]["plain"]["wild"])
    assert all(records)
    assert told["joint_other"]
    assert told["groups"]["attributes"][0]["groups"]
    assert told["pooled_errors"]["days"]


def test_two_accounts_have_no_mean_and_no_joint_test(tmp_path: Path) -> None:
    accounts = [(f"account {seed}", simulate("blog-only", seed=seed, days=90)) for seed in (1, 2)]
    source = read_input(inputs.write(tmp_path / "in", accounts))
    build(source, tmp_path / "panel", Options(key=b"key"), lambda _: None)
    few = results(fit(tmp_path / "panel", rows=False))
    assert violations(few) == []
    assert few["hashed"]
    assert {channel["mean"] for channel in few["channels"].values()} == {None}
    assert few["answer"]["verdict"] == "untestable"
    assert few["groups"]["attributes"] == []


def test_a_pooled_effect_that_is_not_known_is_a_dash(fitted: Fitted) -> None:
    """A channel of which each account tells, but all together do not; and a mean without error."""
    focal, other = fitted.bundle.channels[:2]
    assert focal.mean is not None
    assert other.mean is not None
    channels = (
        replace(focal, pooled=UNKNOWN),
        replace(other, mean=replace(other.mean, error=0.0)),
        *fitted.bundle.channels[2:],
    )
    bundle = replace(fitted.bundle, channels=channels)
    told = results(replace(fitted, codings={**fitted.codings, "bundle": bundle}))
    assert told["channels"][focal.name]["pooled"]["interval"] == [None, None]
    said = {line.split(":")[0]: line for line in lines(told)}
    assert "pooled – (–). " in said[focal.name]
    assert f"mean {'−' if focal.mean.mean < 0 else '+'}" in said[focal.name]
    assert "(–, p = –), spread " in said[other.name]
    assert "–" not in " ".join(lines(results(fitted)))


def new_key(told: Results) -> None:
    told["channels"]["blog"]["certainty"] = 0.9


def missing_key(told: Results) -> None:
    del told["channels"]["blog"]["mean"]["tau"]


def missing_count(told: Results) -> None:
    del told["accounts"]["without posts"]


def claim_twice(told: Results) -> None:
    told["claims"][2] = told["claims"][1]


def unknown_verdict(told: Results) -> None:
    told["claims"][1]["verdict"] = "likely"


def number_as_text(told: Results) -> None:
    told["channels"]["blog"]["pooled"]["effect"] = "0.3"


def half_an_interval(told: Results) -> None:
    told["channels"]["blog"]["pooled"]["plain"]["interval"] = [0.1]


def half_a_coding(told: Results) -> None:
    del told["channels"]["blog"]["all_posts"]["share"]


def impossible_share(told: Results) -> None:
    told["channels"]["blog"]["share"]["at_least"] = 1.2


def negative_spread(told: Results) -> None:
    told["channels"]["blog"]["mean"]["tau"] = -0.1


def unknown_mean(told: Results) -> None:
    told["channels"]["blog"]["mean"]["effect"] = None


def a_count_that_is_none(told: Results) -> None:
    told["set_aside"]["activity"]["no day"] = 0


def a_group_too_small_to_show(told: Results) -> None:
    told["groups"]["attributes"][0]["groups"][1]["accounts"] = 9


def unknown_clusters(told: Results) -> None:
    told["pooled_errors"]["clustered_by"] = "day"


def an_absolute_path(told: Results) -> None:
    told["provenance"]["inputs"]["/home/someone/score/part.csv"] = "ab" * 32


def wrong_layout(told: Results) -> None:
    told["schema"] = 2


def of_one_account(told: Results) -> None:
    del told["kind"]


BREAKS: dict[Callable[[Results], None], str] = {
    new_key: "$.channels.blog: ",
    missing_key: "$.channels.blog.mean: ",
    missing_count: "$.accounts: 'without posts'",
    claim_twice: "$.claims[2].id: ",
    unknown_verdict: "$.claims[1].verdict: 'likely'",
    number_as_text: "$.channels.blog.pooled.effect: ",
    half_an_interval: "$.channels.blog.pooled.plain.interval: ",
    half_a_coding: "$.channels.blog.all_posts: ",
    impossible_share: "$.channels.blog.share.at_least: ",
    negative_spread: "$.channels.blog.mean: ",
    unknown_mean: "$.channels.blog.mean: ",
    a_count_that_is_none: "$.set_aside.activity",
    a_group_too_small_to_show: "$.groups.attributes[0].groups[1].accounts: ",
    unknown_clusters: "$.pooled_errors.clustered_by: ",
    an_absolute_path: "$.provenance.inputs: ",
    wrong_layout: "$.schema: ",
    of_one_account: "$: 'kind'",
}


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda spoil: spoil.__name__)
def test_what_breaks_the_contract_is_refused(
    told: Results, spoil: Callable[[Results], None]
) -> None:
    wrong = copy.deepcopy(told)
    spoil(wrong)
    found = violations(wrong)
    assert found
    assert any(line.startswith(BREAKS[spoil]) for line in found), found


def test_what_tests_make_is_held_to_it(fitted: Fitted) -> None:
    """The fixture that holds them does: a key more in what ``results`` makes stops the test."""
    entered = {**fitted.manifest["accounts"], "more": 1}
    wrong = replace(fitted, manifest={**fitted.manifest, "accounts": entered})
    with pytest.raises(AssertionError, match="'more' was unexpected"):
        results(wrong)
